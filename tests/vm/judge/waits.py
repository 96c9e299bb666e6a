# SPDX-License-Identifier: GPL-2.0
"""How long senders waited: the module's books against ipitrace."""
import collections


def remote_waits(truth, path):
    """
    src -> (calls that other CPUs ran a part of, their waits' sum, the longest). Only calls with one
    target can be purely local; for those paths the edges have the waits, so local ones drop out.
    """
    waits = {}
    for sender in truth["senders"]:
        edges = [e for e in truth["edges"] if e["src"] == sender["src"]]
        calls, figures = sender["calls"], [sender["wait_ns"]]
        if path["one_dst"] or path["path"] == "any":
            edges = [e for e in edges if e["dst"] != e["src"]]
            calls, figures = sum(e["executed"] for e in edges), [e["wait_ns"] for e in edges]
        if calls:
            waits[sender["src"]] = (calls, sum(f["sum"] for f in figures),
                                    max(f["max"] for f in figures))
    return waits


def truths(cases, paths):
    """path -> src -> [calls, sum, longest], over several cases."""
    total = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0, 0]))
    for case in cases:
        for truth in case.truth.values():
            path = paths[truth["path"]]
            if not (path["ours"] and path["csd"]):
                continue
            one = total[truth["path"]]
            for src, (calls, time, longest) in remote_waits(truth, path).items():
                if path["waits"]:
                    one[src] = [one[src][0] + calls, one[src][1] + time, max(one[src][2], longest)]
    return total


def check(tap, name, seen, paths, timed):
    """
    Each synchronous call that another CPU ran a part of is one wait, under its function and its
    sender; other calls are none. For times see Tap.judge_times().
    """
    own, by_path = seen.own, truths(seen.cases, paths)
    source = {w["sources"]["wait"] for w in own.windows}
    tap.equal(source, {"fexit"}, f"{name}: sources.wait is fexit")
    functions, by_cpu = own.functions(), collections.defaultdict(lambda: [0, 0, 0])
    want, got = {}, {}
    for path, senders in by_path.items():
        func, calls = paths[path]["func"], sum(w[0] for w in senders.values())
        want[path], got[path] = calls, functions[func]["waits"]
        if timed and calls:
            tap.time(path, "ipitrace's wait", seen.name,
                     (functions[func]["wait"], functions[func]["wait max"]),
                     (sum(w[1] for w in senders.values()), max(w[2] for w in senders.values())),
                     calls)
        for src, wait in senders.items():
            cpu = by_cpu[src]
            by_cpu[src] = [cpu[0] + wait[0], cpu[1] + wait[1], max(cpu[2], wait[2])]
    tap.equal(got, want, f"{name}: functions[].wait: {sum(want.values())} waits, each call of "
              f"{sum(n > 0 for n in want.values())} paths that wait, none of the others")
    waits = own.waits()
    tap.equal({cpu: w["waits"] for cpu, w in waits.items()},
              {cpu: w[0] for cpu, w in by_cpu.items()}, f"{name}: cpus[].wait, under the senders")
    if timed:
        for cpu, (calls, time, longest) in by_cpu.items():
            tap.time("cpus[].wait", "ipitrace's wait of a CPU", f"{seen.name}, CPU {cpu}",
                     (waits[cpu]["wait"], waits[cpu]["wait max"]), (time, longest), calls)


def table(seen, paths):
    """Rows by path: the waits in the books, and in ipitrace, over several observations."""
    lines = ["| path | calls that others ran | waited, by the books: ms | ipitrace: waits | ms |",
             "|---|---:|---:|---:|---:|"]
    total = collections.defaultdict(lambda: [0, 0, 0, 0])
    for one in seen:
        functions = one.own.functions()
        for path, senders in truths(one.cases, paths).items():
            row, got = total[path], functions[paths[path]["func"]]
            for calls, time, _ in senders.values():
                row[0] += calls
                row[1] += time
            row[2] += got["waits"]
            row[3] += got["wait"]
    for path, (calls, time, waits, waited) in total.items():
        if calls:
            lines.append(f"| {path} | {calls} | {time / 1e6:,.1f} | {waits} | {waited / 1e6:,.1f} |")
    return "\n".join(lines) + "\n"
