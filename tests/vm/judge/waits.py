# SPDX-License-Identifier: GPL-2.0
"""Synchronous calls, and how long senders waited: the module's books against ipitrace."""
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


def targets(cases, paths):
    """path -> [csds of its synchronous calls, the most CPUs that a call went to]; local runs are none."""
    total = collections.defaultdict(lambda: [0, 0])
    for case in cases:
        for truth in case.truth.values():
            path = paths[truth["path"]]
            if not (path["ours"] and path["csd"] and path["waits"]):
                continue
            remote = [e for e in truth["edges"] if e["src"] != e["dst"] and e["executed"]]
            one = total[truth["path"]]
            one[0] += sum(e["executed"] for e in remote)
            single = path["one_dst"] or path["path"] == "any"
            most = collections.Counter(e["src"] for e in remote).values()
            one[1] = max(one[1], min(1, len(remote)) if single else max(most, default=0))
    return total


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
    tap.equal({path: functions[paths[path]["func"]]["calls"] for path in by_path}, want,
              f"{name}: functions[].calls: as many")
    most = {path: tuple(n) for path, n in targets(seen.cases, paths).items()}
    tap.equal({path: functions[paths[path]["func"]]["call csds"] for path in most},
              {path: n for path, (n, _) in most.items()},
              f"{name}: functions[].calls: {sum(n for n, _ in most.values())} csds")
    # A call that has a condition goes to some of its CPUs, of which the books have the sum alone.
    wrong = {path: (got, n) for path, n in most.items() if not (
        n[0] <= want[path] * (got := functions[paths[path]["func"]]["targets max"]) and got <= n[1])}
    tap.equal(wrong, {}, f"{name}: functions[].calls: to "
              f"{max((n for _, n in most.values()), default=0)} CPUs at most")
    tap.equal(sum(w["calls"]["count"] for w in own.windows), sum(want.values()),
              f"{name}: calls: their sum")
    check_worst(tap, name, own)
    tap.equal({cpu: w["waits"] for cpu, w in own.waits().items()},
              {cpu: calls for cpu, (calls, _) in by_cpu(by_path).items()},
              f"{name}: cpus[].wait, under the senders")


def check_worst(tap, name, own):
    """
    Each window's worst call is among its functions', with a straggler that was interrupted: in the
    window before if the sender adds the call up only now, in the next one if the call ended between
    the window's end and its reading.
    """
    wrong, known = [], 0
    received_by = [set(), *({c["cpu"] for c in w["cpus"] if c["received"]} for w in own.windows), set()]
    for i, window in enumerate(own.windows):
        rows = [f["calls"]["worst"] for f in window["functions"] if f["calls"]["worst"]]
        received = set().union(*received_by[i:i + 3])
        known += len(rows)
        wrong += [w for w in rows if not 1 <= w["targets"] <= len(window["cpus"]) - 1 or
                  w["last"] not in received | {w["src"]}]
        worst = window["calls"]["worst"]
        if worst and (worst not in rows or worst["wait"] != window["calls"]["wait"]["max"]):
            wrong.append(worst)
    rows = sum(bool(f["wait"]["count"]) for w in own.windows for f in w["functions"])
    tap.ok(known and not wrong, f"{name}: functions[].calls.worst: of {known} rows, each with its "
           "straggler", *wrong[:5])
    # Two CPUs may race for the worst call of a row that they share.
    tap.ok(known >= 0.9 * rows, f"{name}: functions[].calls.worst: of nearly all of {rows} rows", known)


def check_ids(tap, name, got, seen, paths):
    """Records: the csds of each call, and of no other, have its id."""
    sync = [r for r in got if r["csd"] == "sync"]
    calls = collections.defaultdict(list)
    for r in sync:
        calls[r["call"]].append(r)
    odd = [r for r in got if (r["csd"] == "sync") != bool(r["call"])]
    tap.equal(odd, [], f"{name}: each of {len(sync)} csds that somebody waits for has a call, no other")
    mixed = [of for of in calls.values() if len({r["dst"] for r in of}) < len(of) or
             len({(r["src"], r["func"], r["callsite"], r["tid"]) for r in of}) > 1]
    tap.equal(mixed, [], f"{name}: one sender, one function, each target once in each of {len(calls)} calls")
    numbers = collections.defaultdict(set)
    for call, of in calls.items():
        cpu, _, number = call.partition("-")
        numbers[int(cpu)].add(int(number))
        if of[0]["src"] != int(cpu):
            odd.append(call)
    tap.ok(not odd and all(n == set(range(1, len(n) + 1)) for n in numbers.values()),
           f"{name}: each sender's calls are numbered from 1, none left out", *odd[:3])
    # Of each path: how many calls have how many csds. Every call goes to all CPUs that it may.
    want = {}
    for path, (csds, most) in targets(seen.cases, paths).items():
        n = sum(n for n, _ in truths(seen.cases, paths)[path].values())
        if n and csds == n * most:
            want[paths[path]["func"]] = {most: n}
    sizes = collections.defaultdict(collections.Counter)
    for of in calls.values():
        sizes[of[0]["func"].split(" ")[0]][len(of)] += 1
    tap.equal({func: dict(sizes[func]) for func in want}, want,
              f"{name}: the books' calls, each with a csd for each target: "
              f"{sum(sum(n.values()) for n in want.values())} of {len(want)} paths")
    twice = [of for of in calls.values() if sum(r["wait"] is not None for r in of) > 1]
    tap.equal(twice, [], f"{name}: no call has its wait in two records")


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
    lines = ["| path | calls that others ran | waited, by the module: ms | ipitrace: waits | ms |",
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
