# SPDX-License-Identifier: GPL-2.0
"""ipitrace of the module's own handlers, against the module's books: every figure is equal."""
import collections

import waits
from witnesses import KINDS, LATE, TIMED, records

# ipitrace holds records for so long for a csd that has not run, ns: RECORDS_HOLD_NS in src/collect/read_bank.h.
HOLD = 2_000_000_000
# The paths whose csds are queued by hard and by soft interrupts.
FROM_INTERRUPTS = ("timer_async", "hrtimer_async", "softirq_async")


def edges(truth, key):
    return {(e["src"], e["dst"]): e[key] for e in truth["edges"] if e[key]}


def by_cpu(table, which):
    """The sums of (src, dst) -> n by src (which 0) or by dst (which 1)."""
    total = collections.Counter()
    for edge, n in table.items():
        total[edge[which]] += n
    return dict(total)


def truths_of(cases, paths):
    """The books of several cases together: path -> counts and sums, of csds' handlers."""
    total = collections.defaultdict(collections.Counter)
    for case in cases:
        for truth in case.truth.values():
            if not (paths[truth["path"]]["ours"] and paths[truth["path"]]["csd"]):
                continue
            one = total[truth["path"]]
            one["executed"] += truth["executed"]
            one["local"] += truth["local"]
            for edge in truth["edges"]:
                if edge["src"] == edge["dst"]:
                    continue
                for figure in ("handler", "delay"):
                    one[figure] += edge[figure + "_ns"]["sum"]
    return total


def edges_of(cases, paths):
    """(src, dst) -> how many of the module's csds ran; (cpu, cpu): locally."""
    total = collections.Counter()
    for case in cases:
        for truth in case.truth.values():
            if paths[truth["path"]]["ours"] and paths[truth["path"]]["csd"]:
                total.update(edges(truth, "executed"))
                total.update(edges(truth, "local"))
    return +total


def check_closed(tap, name, ipitrace):
    wrong = ipitrace.unclosed()
    windows = len(ipitrace.windows)
    tap.ok(windows and not wrong, f"{name}: the ledger closes in {windows} windows, each carries "
           "the previous one's csds in flight", ipitrace.error, *wrong)


def check_functions(tap, name, functions, truths, paths, hidden):
    """Each path's figures are the books', but for at most @hidden csds. Returns how many are missing."""
    missing = 0
    for path, truth in truths.items():
        got, n = functions[paths[path]["func"]], truth["executed"]
        seen = n - min(max(n - got["count"], 0), hidden - missing)
        missing += n - seen
        tap.ok((got["count"], got["delays"], got["handlers"], got["local"]) ==
               (seen, seen, seen, truth["local"]), f"{name}: {path}: {n} queued, {n} delays, {n} handler "
               f"times, {truth['local']} local" + (f", but for {n - seen} hidden" if seen < n else ""),
               f"ipitrace {dict(got)}", f"hidden from it, at most: {hidden}")
    return missing


def check_books(tap, seen, paths):
    """
    ipitrace -f 'ipigen_*': all its figures equal the books. Where paths run at once, an interrupt
    inside an interrupt may queue a csd while both queue programs run: those csds are missing, and
    the kernel counts them.
    """
    name, own = f"ipitrace -f over {seen.name}", seen.own
    check_closed(tap, name, own)
    if not own.windows:
        return
    missing = check_functions(tap, name, own.functions(), truths_of(seen.cases, paths), paths,
                              0 if seen.name in KINDS else seen.hidden_from_own)
    truth, got = edges_of(seen.cases, paths), own.edges()
    remote = collections.Counter({edge: n for edge, n in truth.items() if edge[0] != edge[1]})
    tap.ok(not got - remote and (remote - got).total() == missing,
           f"{name}: edges are the books', {len(remote)} of them" + (f", but for {missing}" if missing else ""),
           f"got  {got}", f"want {remote}")
    tap.equal(own.cpus("sent"), by_cpu(got, 0), f"{name}: cpus[].sent")
    tap.equal(own.cpus("received"), by_cpu(got, 1), f"{name}: cpus[].received")
    tap.equal(own.cpus("local"), {src: n for (src, dst), n in truth.items() if src == dst},
              f"{name}: cpus[].local")
    n = sum(remote.values()) - missing
    tap.equal([own.ledger("queued"), own.ledger("matched"), own.ledger("lost"),
               own.windows[-1]["ledger"]["in_flight"]], [n, n, 0, 0],
              f"{name}: ledger: {n} queued, all ran, none lost")
    waits.check(tap, name, seen, paths)
    if seen.name in TIMED:
        for rounds in seen.rounds():
            check_times(tap, *rounds, paths, seen.name in LATE)


def witness_of(cases, func, remote, figure):
    """ftrace's sum of a figure, as in truths_of()."""
    return sum(getattr(case.ftrace, figure)(func, edge) for case in cases for edge in remote)


def check_times(tap, name, cases, own, paths, late):
    """A round is a sample of each path's times."""
    functions, remote = own.functions(), [e for e in edges_of(cases, paths) if e[0] != e[1]]
    for path, truth in truths_of(cases, paths).items():
        func = paths[path]["func"]
        got, n = functions[func], truth["executed"]
        tap.time(path, "ipitrace's handler time", name, got["handler"], truth["handler"], n,
                 witness_of(cases, func, remote, "handler_time"))
        if late:
            tap.time(path, "ipitrace's delay", name, got["delay"], truth["delay"], n,
                     witness_of(cases, func, remote, "delay_time"))
    waits.check_times(tap, name, cases, own, paths)


def check_one_by_one(tap, name, got, end, queued):
    """
    The records @got are ftrace's events @queued. Returns how many csds may have no record: those of
    an event inside another's two programs, which an interrupt inside an interrupt can send, and
    those in flight at the end.
    """
    unseen = end["lost_by"]["queue_unseen"]
    tap.ok(records.adds_up(end) and end["csds"] == len(got) and end["lost"] == unseen <= len(got) // 100,
           f"{name}: {end['queued']} csds, each a record but {unseen} that are counted as lost and "
           f"{end['in_flight']} in flight", str(end))
    # Whether the stream is in order is check_order()'s.
    missing = records.unmatched(sorted(got, key=lambda r: r["time"]), queued)
    # Those in flight need not be the last that their senders queued.
    if not tap.ok(missing is not None and unseen <= missing <= unseen + end["in_flight"],
                  f"{name}: {len(got)} records are ftrace's events, one by one", missing, str(end)):
        print(f"#   strangers: {dict(records.strangers(got, queued))}")
    return unseen + end["in_flight"]


def inverted(got):
    """The records that come behind one of a later time."""
    latest, found = 0, []
    for r in got:
        if r["time"] < latest:
            found.append(r)
        latest = max(latest, r["time"])
    return found


def check_order(tap, name, got, end):
    """
    The records come in order of time. One whose csd was outstanding for longer than ipitrace holds others
    for it, as on a CPU that the host does not run, comes behind, and is counted as late; no other may.
    """
    behind = inverted(got)
    brief = [r for r in behind if (r["delay"] or 0) + (r["handler"] or 0) <= HOLD]
    tap.ok(len(behind) == end["late"] and not brief,
           f"{name}: in order of time, but for {len(behind)} that outlasted the hold; {end['late']} counted late",
           *behind[:10])


def check_records(tap, seen, paths):
    """ipitrace trace: its records are ftrace's queue events one by one, and the books' runs."""
    name, got, end = "ipitrace trace", seen.records, seen.records_end
    if not tap.ok(end is not None, f"{name}: came to its end"):
        return
    without = check_one_by_one(tap, name, got, end, seen.queued)
    check_order(tap, name, got, end)
    own = {paths[t["path"]]["func"] for c in seen.cases for t in c.truth.values()
           if paths[t["path"]]["ours"] and paths[t["path"]]["csd"]}
    edges_got = collections.Counter((r["src"], r["dst"]) for r in got if r["func"] in own)
    truth = {e: n for e, n in edges_of(seen.cases, paths).items() if e[0] != e[1]}
    short = collections.Counter(truth)
    short.subtract(edges_got)
    tap.ok(set(edges_got) == set(truth) and min(short.values()) >= 0 and short.total() <= without,
           f"{name}: edges are the books', {len(truth)} of them, but for these", str(+short), str(-short))
    waits.check_ids(tap, name, got, seen, paths)
    untimed = [r for r in got if r["csd"] in ("sync", "async") and None in (r["delay"], r["handler"])]
    tap.equal(untimed, [], f"{name}: each function's csd has a delay and a handler time")
    sent = [r for r in got if r["func"] in map("ipigen_{}".format, FROM_INTERRUPTS)]
    tasks = {(r["func"], r["comm"]) for r in sent if r["interrupt"] is False}
    tap.ok(sent and not tasks, f"{name}: {len(sent)} csds of timers and tasklets name no task", str(tasks))
