# SPDX-License-Identifier: GPL-2.0
"""How long senders waited: the module's books against ipitrace."""
import collections


def remote_waits(truth, path):
    """
    src -> (calls that other CPUs ran a part of, their waits' sum). Only calls with one target can be
    purely local; for those paths the edges have the waits, so local ones drop out.
    """
    waits = {}
    for sender in truth["senders"]:
        edges = [e for e in truth["edges"] if e["src"] == sender["src"]]
        calls, figures = sender["calls"], [sender["wait_ns"]]
        if path["one_dst"] or path["path"] == "any":
            edges = [e for e in edges if e["dst"] != e["src"]]
            calls, figures = sum(e["executed"] for e in edges), [e["wait_ns"] for e in edges]
        if calls:
            waits[sender["src"]] = (calls, sum(f["sum"] for f in figures))
    return waits


def truths(cases, paths):
    """path -> src -> [calls, sum], over several cases."""
    total = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0]))
    for case in cases:
        for truth in case.truth.values():
            path = paths[truth["path"]]
            if not (path["ours"] and path["csd"]):
                continue
            one = total[truth["path"]]
            for src, (calls, time) in remote_waits(truth, path).items():
                if path["waits"]:
                    one[src] = [one[src][0] + calls, one[src][1] + time]
    return total


def by_cpu(by_path):
    """src -> [calls, sum], over all paths."""
    total = collections.defaultdict(lambda: [0, 0])
    for senders in by_path.values():
        for src, (calls, time) in senders.items():
            total[src] = [total[src][0] + calls, total[src][1] + time]
    return total


def check(tap, name, seen, paths):
    """
    Each synchronous call that another CPU ran a part of is one wait, under its function and its
    sender; other calls are none.
    """
    own, by_path = seen.own, truths(seen.cases, paths)
    source = {w["sources"]["wait"] for w in own.windows}
    tap.equal(source, {"fexit"}, f"{name}: sources.wait is fexit")
    functions = own.functions()
    want = {path: sum(calls for calls, _ in senders.values()) for path, senders in by_path.items()}
    got = {path: functions[paths[path]["func"]]["waits"] for path in by_path}
    tap.equal(got, want, f"{name}: functions[].wait: {sum(want.values())} waits, each call of "
              f"{sum(n > 0 for n in want.values())} paths that wait, none of the others")
    tap.equal({cpu: w["waits"] for cpu, w in own.waits().items()},
              {cpu: calls for cpu, (calls, _) in by_cpu(by_path).items()},
              f"{name}: cpus[].wait, under the senders")


def check_times(tap, name, cases, own, paths):
    """A round is a sample of each path's waits, and of each sender's."""
    functions, waits, by_path = own.functions(), own.waits(), truths(cases, paths)
    for path, senders in by_path.items():
        tap.time(path, "ipitrace's wait", name, functions[paths[path]["func"]]["wait"],
                 sum(time for _, time in senders.values()),
                 sum(calls for calls, _ in senders.values()))
    for cpu, (calls, time) in by_cpu(by_path).items():
        tap.time("cpus[].wait", "ipitrace's wait of a CPU", f"{name}, CPU {cpu}",
                 waits[cpu]["wait"], time, calls)


def table(seen, paths):
    """Rows by path: the waits in the books, and in ipitrace, over several observations."""
    lines = ["| path | calls that others ran | waited, by the books: ms | ipitrace: waits | ms |",
             "|---|---:|---:|---:|---:|"]
    total = collections.defaultdict(lambda: [0, 0, 0, 0])
    for one in seen:
        functions = one.own.functions()
        for path, senders in truths(one.cases, paths).items():
            row, got = total[path], functions[paths[path]["func"]]
            for calls, time in senders.values():
                row[0] += calls
                row[1] += time
            row[2] += got["waits"]
            row[3] += got["wait"]
    for path, (calls, time, waits, waited) in total.items():
        if calls:
            lines.append(f"| {path} | {calls} | {time / 1e6:,.1f} | {waits} | {waited / 1e6:,.1f} |")
    return "\n".join(lines) + "\n"
