#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
ipitrace and ftrace watch the same loads: counts by function and call site,
sender, receiver, edge and kind are equal, not near. Two ipitrace at once
agree with it, and so with each other. `ipitrace prove` compares the sums of one
window, load by load (prove.t); here are call sites, many windows in a row, and
two ipitraces.

Left out: events under a task that this machine hides from BPF. The windows'
first start and last end are moments between two events; which two is told to
one of EDGES by the times, and exactly by there being one choice at either end
for which everything is equal. Events of the same microsecond on two CPUs have no
order: a hypervisor may take a CPU away between ftrace's time stamp and
ipitrace's look at the epoch, and its CPUs' clocks may differ by some
microseconds. So each CPU's end of a window may be some (SKEWS) of its events
away from the moment.

ftrace of this machine's kernel now and then keeps no event of a flush that did
run: BPF saw the entry, and the csd is queued again later. Such runs are told by
ftrace's own queue events (see runs_unseen()).
"""

import itertools
import os
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from ipitest import IPILOAD, Background, Ftrace, Tap, hidden_pids, ipitrace  # noqa: E402

# ns: ipitrace can lose its CPU between its look at the clock and the cut, and for
# long where a hypervisor takes it.
EDGES = (5_000_000, 20_000_000, 50_000_000)
SKEWS = (0, 3, 20)
# Choices that are tried at an end: they grow with the CPUs' skews multiplied.
CHOICES = 10_000_000
# Events of an end that a failure prints.
SHOWN = 200
KEYS = ("functions", "sent", "edges", "local", "kinds")

MIX = (f"{IPILOAD} membarrier -q --rate 4000 --duration 1 & "
       f"{IPILOAD} tlb-munmap -q --rate 4000 --duration 1 & "
       f"{IPILOAD} wakeup -q --rate 2000 --duration 1 & "
       f"{IPILOAD} setaffinity -q --rate 500 --duration 1 & wait")

LOADS = {
    "membarrier at the maximal rate": [IPILOAD, "membarrier", "-q", "--duration", "1.5"],
    "a mix of four": ["sh", "-c", MIX],
}


def mask_weight(text):
    """Of a cpumask as the trace prints it: a list, 0-3,5."""
    weight = 0
    for part in text.split(","):
        first, _, last = part.partition("-")
        weight += int(last or first) - int(first) + 1
    return weight


def by_ftrace(events):
    """What ipitrace should say, from the events alone."""
    want = {k: Counter() for k in KEYS + ("ran",)}
    for e in events:
        cpu = e["cpu"]
        if e["event"] == "csd_queue_cpu":
            want["functions"][e["func"], e["callsite"].split("/")[0]] += 1
            want["sent"][cpu] += 1
            want["edges"][cpu, int(e["dst"])] += 1
        elif e["event"] == "csd_function_entry":
            if int(e["csd"], 16) == 0:
                want["local"][cpu] += 1
            elif e["func"] != "sched_ttwu_pending":
                want["ran"]["function"] += 1
        elif e["event"] == "ipi_send_cpu":
            kind = "call_function"
            if e["callback"].startswith("0x0"):
                kind = "reschedule"
            elif int(e["dst"]) == cpu:
                kind = "irq_work"
            want["kinds"][kind] += 1
        elif e["event"] == "ipi_send_cpumask":
            want["kinds"]["call_function"] += mask_weight(e["cpumask"])
    return want


def by_ipitrace(snaps):
    got = {k: Counter() for k in KEYS + ("ran",)}
    for s in snaps:
        for f in s["functions"]:
            got["functions"][f["func"], f["callsite"]] += f["count"]
        for c in s["cpus"]:
            got["sent"][c["cpu"]] += c["sent"]
            got["local"][c["cpu"]] += c["local"]
        for e in s["edges"]:
            got["edges"][e["src"], e["dst"]] += e["count"]
        for k in s["kinds"]:
            if k["kind"] in ("call_function", "reschedule", "irq_work"):
                got["kinds"][k["kind"]] += k["sent"]
        got["ran"]["function"] += s["ledger"]["matched"]["function"]
    return {k: +v for k, v in got.items()}


def runs_unseen(events):
    """
    The entries that ftrace did not keep. A csd is locked from its queueing to its run
    (csd_lock(), kernel/smp.c), so one that is queued a second time on a CPU has run there.
    A run follows its queueing in some us, the second queueing may follow after a whole
    window; so the run gets the time of its queueing.
    Wake-ups and irq_works are no csds of this kind, and no irq_work has an entry event.
    Then the csds that wait for their run when ftrace ends: in flight, or their entry was not kept.
    """
    funcs = {e["func"] for e in events if e["event"] == "csd_function_entry"}
    funcs.discard("sched_ttwu_pending")
    waiting, runs = {}, []
    for e in events:
        if e["event"] == "csd_queue_cpu" and e["func"] in funcs:
            at = e["csd"], int(e["dst"])
            if at in waiting:
                runs.append({**waiting[at], "event": "csd_function_entry", "cpu": at[1]})
            waiting[at] = e
        elif e["event"] == "csd_function_entry":
            waiting.pop((e["csd"], e["cpu"]), None)
    return runs, waiting.values()


class Sums:
    """Counters as one number each, so that many sums of them can be tried: each item has 32 bits of it."""

    def __init__(self, keys):
        self.keys = keys
        self.units = {}

    def of(self, counters):
        return sum(n * self.units.setdefault((k, item), 1 << 32 * len(self.units))
                   for k in self.keys for item, n in counters[k].items())

    def cuts(self, events, skew):
        """
        For each place between two events the sum of what comes before it, in order, with each CPU's
        place moved by up to @skew of its events; None: these are too many.
        """
        by_cpu = {e["cpu"]: [0] for e in events}
        moments = [dict.fromkeys(by_cpu, 0)]
        for e in events:
            sums = by_cpu[e["cpu"]]
            sums.append(sums[-1] + self.of(by_ftrace([e])))
            moments.append({**moments[-1], e["cpu"]: len(sums) - 1})
        if (2 * skew + 1) ** len(by_cpu) * len(moments) > CHOICES:
            return None
        return {sum(parts) for moment in moments for parts in itertools.product(*(
            by_cpu[cpu][max(0, at - skew):at + skew + 1] for cpu, at in moment.items()))}


def keys_of(snaps, n_hidden):
    """
    What must be equal. A run whose queue event is hidden is an orphan, and nothing tells an
    orphan's function. A send inside a send is in no kind, but in sends_unseen.
    """
    keys = KEYS if n_hidden else KEYS + ("ran",)
    return tuple(k for k in keys if k != "kinds" or not sum(s["sends_unseen"] for s in snaps))


def with_ends(base, head, tail, choices, keys, n_hidden, skew):
    """
    Whether there is an end of @head and a start of @tail that make @base equal to one of @choices,
    each CPU's up to @skew of its events away from a moment. The runs may differ by as many as are
    hidden, and by no more.
    """
    sums = Sums(keys)
    ends, starts = sums.cuts(head, skew), sums.cuts(tail, skew)
    if ends is None or starts is None:
        return False
    whole = sums.of(base) + sums.of(by_ftrace(head))
    for got in choices:
        ran = base["ran"]["function"] - got["ran"]["function"]
        if n_hidden and abs(ran) > n_hidden + len(head) + len(tail):
            continue
        missing = sums.of(got) - whole
        if any(missing + left_out in starts for left_out in ends):
            return True
    return False


def ledger_sum(snaps, *path):
    total = 0
    for s in snaps:
        value = s["ledger"]
        for key in path:
            value = value[key]
        total += value
    return total


def runs_of(got, orphans, waiting):
    """
    What may be equal. An orphan, queued before the first window or hidden, is a run of a
    function or of a batch of wake-ups, and ipitrace does not tell which. Of those that wait
    when ftrace ends ftrace does not tell which have run.
    """
    for n in range(-waiting, orphans + 1):
        yield {**got, "ran": Counter(function=got["ran"]["function"] + n)}


def equal_within(edge, snaps, seen, waiting, got, n_hidden):
    """Whether ends up to @edge ns from ipitrace's own make all equal, and what differs."""
    orphans = ledger_sum(snaps, "orphans")
    begin, end = snaps[0]["window"]["mono_start"], snaps[-1]["window"]["mono_end"]
    base = by_ftrace([e for e in seen if begin + edge < e["time"] < end - edge])
    head = [e for e in seen if abs(e["time"] - begin) <= edge]
    tail = [e for e in seen if abs(e["time"] - end) <= edge]
    keys = keys_of(snaps, n_hidden)
    choices = list(runs_of(got, orphans, waiting))
    equal = any(with_ends(base, head, tail, choices, keys, n_hidden, skew) for skew in SKEWS)
    return equal, [
        *(f"{k}: ipitrace - ftrace: {dict(got[k] - base[k])}, "
          f"ftrace - ipitrace: {dict(base[k] - got[k])}" for k in base),
        f"{len(head)} + {len(tail)} events within {edge} ns of the ends, {n_hidden} hidden",
        *(f"{where}: {[(e['event'], e['cpu'], e.get('dst'), e.get('func'), e['time'] - begin) for e in part]}"
          for where, part in (("head", head), ("tail", tail)) if len(part) < SHOWN),
        f"compared by {keys}; sends_unseen {[s['sends_unseen'] for s in snaps]}; "
        f"{orphans} orphans, {waiting} wait for their run when ftrace ends"]


def compare(tap, name, snaps, events, hidden):
    seen = [e for e in events if e["pid"] not in hidden]
    runs, waiting = runs_unseen(seen)
    waiting = sum(e["time"] < snaps[-1]["window"]["mono_end"] for e in waiting)
    seen = sorted(seen + runs, key=lambda e: e["time"])
    got = by_ipitrace(snaps)
    n_hidden = sum(e["pid"] in hidden and e["event"].startswith("csd") for e in events)
    differences = []
    for edge in EDGES:
        equal, told = equal_within(edge, snaps, seen, waiting, got, n_hidden)
        differences += told
        if equal:
            break
    tap.ok(equal, f"{name}: all equal, {sum(got['sent'].values())} csds", *differences)
    orphans = ledger_sum(snaps, "orphans")
    tap.ok(orphans <= n_hidden + os.cpu_count(), f"{name}: no orphan but of the first window's start",
           f"{orphans} orphans, hidden events {n_hidden}")
    # What is hidden may be lost, or queued and never seen to run; nothing else.
    lost = ledger_sum(snaps, "lost")
    tap.ok(lost <= n_hidden, f"{name}: lost nothing but what is hidden here",
           f"lost {lost}, hidden events {n_hidden}")
    wakeups = sum(n for (func, _), n in got["functions"].items() if func == "sched_ttwu_pending")
    matched = ledger_sum(snaps, "matched", "ttwu")
    tap.ok(0 <= wakeups - matched <= n_hidden + snaps[-1]["ledger"]["in_flight"],
           f"{name}: wake-ups, one by one", f"queued {wakeups}, matched {matched}")
    tap.ok(all(s["ledger"]["closed"] for s in snaps), f"{name}: the ledger closes")


def watch(tap, name, load):
    hidden = hidden_pids()
    ftrace = Ftrace()
    other = Background("-j", "-i", "0.2")
    mine = ipitrace("-j", "-i", "0.1", "--", *load)
    other.end()
    events = ftrace.stop()
    if not tap.ok(mine.status == 0 and not ftrace.overrun, f"{name}: ran, ftrace kept all",
                  mine.err, f"overrun {ftrace.overrun}"):
        return
    compare(tap, name, mine.snapshots(), events, hidden)
    compare(tap, f"{name}, the other ipitrace", other.snapshots(), events, hidden)


def main():
    tap = Tap()
    for name, load in LOADS.items():
        watch(tap, name, load)
    tap.done()


main()
