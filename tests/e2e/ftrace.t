#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
ipitrace and ftrace watch the same loads: in each window and in the whole run, counts by function
and call site, sender, receiver, edge and kind are equal, not near. Two ipitrace at once agree with
ftrace, and so with each other. `ipitrace prove` compares the sums of one window, load by load
(prove.t); here are call sites, many windows in a row, and two ipitraces.

Events under a task that this machine hides from BPF are left out.

An event is certainly in a window, certainly outside, or may be either; docs/proof.md, "A window's
ends", has the rule. Each figure is at least the sum of the events that are in, and at most that sum
with those that may be either. Nothing else may differ.

ftrace of this machine's kernel now and then keeps no event of a flush that did
run: BPF saw the entry, and the csd is queued again later. Such runs are known from
ftrace's own queue events (see runs_unseen()), and such sends from its entries (see
sends_unseen()).
"""

import bisect
import os
import subprocess
import sys
from collections import Counter, defaultdict

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from ipitest import IPILOAD, Background, Ftrace, Tap, hidden_pids, ipitrace  # noqa: E402

# ns: ftrace's text rounds its times to microseconds (ns2usecs(), kernel/trace/trace.h).
ROUNDED = 1_000
# ns: no csd of these loads waits longer for its run.
SENT_BEFORE = 20_000_000
# Figures that a failure prints.
SHOWN = 40
KEYS = ("functions", "sent", "edges", "local", "kinds", "sends")

MIX = (f"{IPILOAD} membarrier -q --rate 4000 --duration 1 & "
       f"{IPILOAD} tlb-munmap -q --rate 4000 --duration 1 & "
       f"{IPILOAD} wakeup -q --rate 2000 --duration 1 & "
       f"{IPILOAD} setaffinity -q --rate 500 --duration 1 & wait")

# A task with this name, which goes from CPU to CPU.
NAMED = """
import os, sys
with open("/proc/self/comm", "w", encoding="utf-8") as f:
    f.write(sys.argv[1])
cpus = sorted(os.sched_getaffinity(0))
for i in range(100):
    os.sched_setaffinity(0, {cpus[i % len(cpus)]})
"""

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


def figures_of(e):
    """What ipitrace should count for an event: (key, item, how many)."""
    cpu = e["cpu"]
    if e["event"] == "csd_queue_cpu":
        yield "functions", (e["func"], e["callsite"].split("/")[0]), 1
        yield "sent", cpu, 1
        yield "edges", (cpu, int(e["dst"])), 1
    elif e["event"] == "csd_function_entry":
        if int(e["csd"], 16) == 0:
            yield "local", cpu, 1
        elif e["func"] != "sched_ttwu_pending":
            yield "ran", "function", 1
    elif e["event"] == "ipi_send_cpu":
        kind = "call_function"
        if e["callback"].startswith("0x0"):
            kind = "reschedule"
        elif int(e["dst"]) == cpu:
            kind = "irq_work"
        yield "kinds", kind, 1
        if kind != "call_function":
            func = None if kind == "reschedule" else e["callback"].split("+")[0]
            yield "sends", (kind, func, e["callsite"].split("/")[0]), 1
    elif e["event"] == "ipi_send_cpumask":
        yield "kinds", "call_function", mask_weight(e["cpumask"])


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
        for send in s["sends"]:
            got["sends"][send["kind"], send["func"], send["callsite"]] += send["count"]
        got["ran"]["function"] += s["ledger"]["matched"]["function"]
    return {k: +v for k, v in got.items()}


def runs_unseen(events):
    """
    The entries that ftrace did not keep. A csd is locked from its queueing to its run
    (csd_lock(), kernel/smp.c), so one that is queued a second time on a CPU has run there.
    The run was between the two: "time" and "until".
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
                runs.append({**waiting[at], "event": "csd_function_entry", "cpu": at[1], "until": e["time"]})
            waiting[at] = e
        elif e["event"] == "csd_function_entry":
            waiting.pop((e["csd"], e["cpu"]), None)
    return runs, waiting.values()


def sends_unseen(events):
    """
    The sends that ftrace did not keep: a csd's entry without its queue event, on the target's CPU. A csd belongs to
    one sender and target, so another queue event of the same csd says who sent this one. BPF may have missed the send,
    too. With the queueing went the IPI, and the function that a sender of a flush runs itself.
    """
    known = {(e["csd"], int(e["dst"])): e for e in events if e["event"] == "csd_queue_cpu"}
    waiting, sends = set(), []
    for e in events:
        at = e["event"].startswith("csd") and (e["csd"], int(e["dst"]) if "dst" in e else e["cpu"])
        if e["event"] == "csd_queue_cpu":
            waiting.add(at)
        elif e["event"] == "csd_function_entry" and at in waiting:
            waiting.discard(at)
        elif e["event"] == "csd_function_entry" and at in known and e["func"] != "sched_ttwu_pending":
            when = {"cpu": known[at]["cpu"], "time": e["time"] - SENT_BEFORE, "until": e["time"]}
            sends += [{**known[at], **when},
                      {**when, "event": "ipi_send_cpu", "callback": "call", "dst": e["cpu"], "callsite": ""},
                      {**when, "event": "csd_function_entry", "csd": "0", "func": e["func"]}]
    return sends


class Events:
    """ftrace's events, by CPU and by what ran there: a task, or an interrupt on top of it."""

    def __init__(self, seen):
        self.lanes = defaultdict(list)
        for e in seen:
            self.lanes[e["cpu"], e["context"]].append(e)
        self.times = {lane: [e["time"] for e in events] for lane, events in self.lanes.items()}
        self.runs, self.waiting = runs_unseen(seen)
        self.sends = sends_unseen(seen)

    def split(self, start, start_within, end, end_within):
        """The events that are certainly between @start and @end, and those that may be."""
        certain, either = [], []
        for lane, events in self.lanes.items():
            times = self.times[lane]
            # In each lane one event more at either side: a program may be interrupted between
            # ftrace's reading of the clock and its own of the epoch.
            outside = bisect.bisect_left(times, start - ROUNDED) - 1
            inside = bisect.bisect_right(times, start + start_within + ROUNDED) + 1
            last = bisect.bisect_left(times, end - ROUNDED) - 1
            beyond = bisect.bisect_right(times, end + end_within + ROUNDED) + 1
            last = max(last, inside)
            certain += events[inside:last]
            either += events[max(outside, 0):inside] + events[last:beyond]
        for run in self.runs:
            if start + start_within < run["time"] and run["until"] < end:
                certain.append(run)
            elif start <= run["until"] and run["time"] <= end + end_within:
                either.append(run)
        either += [e for e in self.sends if start <= e["until"] and e["time"] <= end + end_within]
        return certain, either


def sums_of(events):
    sums = {key: Counter() for key in KEYS + ("ran",)}
    for e in events:
        for key, item, n in figures_of(e):
            sums[key][item] += n
    return sums


def differences(keys, got, certain, either):
    """The figures that are less than the events which are certain, or more than all."""
    least, more = sums_of(certain), sums_of(either)
    return [f"{key} {item}: {got[key][item]} is not from {least[key][item]} to {least[key][item] + more[key][item]}"
            for key in keys for item in sorted({*got[key], *least[key]}, key=str)
            if not least[key][item] <= got[key][item] <= least[key][item] + more[key][item]]


def keys_of(snaps):
    """What must be equal. A send inside a send is in no kind and in no row, but in sends_unseen."""
    return tuple(k for k in KEYS if k not in ("kinds", "sends") or not sum(s["sends_unseen"] for s in snaps))


def ledger_sum(snaps, *path):
    total = 0
    for s in snaps:
        value = s["ledger"]
        for key in path:
            value = value[key]
        total += value
    return total


def runs_differ(snaps, got, certain, either, waiting):
    """
    The runs of functions. An orphan, queued before the first window, is a run of a function or of a
    batch of wake-ups, and ipitrace does not say which. Of those that wait when ftrace ends ftrace
    does not tell which have run.
    """
    ran, orphans = got["ran"]["function"], ledger_sum(snaps, "orphans")
    least = sums_of(certain)["ran"]["function"]
    most = least + sums_of(either)["ran"]["function"]
    if ran + orphans >= least and ran - waiting <= most:
        return []
    return [f"runs: {ran}, {orphans} orphans, {waiting} wait when ftrace ends: not from {least} to {most}"]


def check_windows(tap, name, snaps, events):
    """Each window by itself."""
    wrong, unsharp = [], 0
    for s in snaps:
        w = s["window"]
        certain, either = events.split(w["mono_start"], w["start_within"], w["mono_end"], w["end_within"])
        unsharp = max(unsharp, len(either))
        wrong += [f"{w['mono_start']}: {text}"
                  for text in differences(keys_of([s]), by_ipitrace([s]), certain, either)]
    tap.ok(not wrong, f"{name}: equal in each of {len(snaps)} windows, up to {unsharp} events at their ends", *wrong[:SHOWN])


def compare(tap, name, snaps, events, n_hidden):
    first, last = snaps[0]["window"], snaps[-1]["window"]
    waiting = sum(e["time"] < last["mono_end"] for e in events.waiting)
    got = by_ipitrace(snaps)
    check_windows(tap, name, snaps, events)
    certain, either = events.split(first["mono_start"], first["start_within"], last["mono_end"], last["end_within"])
    wrong = differences(keys_of(snaps), got, certain, either)
    tap.ok(len(certain) > 20 * len(either), f"{name}: hardly any event is uncertain", len(certain), len(either))
    # A run whose queue event is hidden is an orphan, and nothing tells an orphan's function.
    if not n_hidden:
        wrong += runs_differ(snaps, got, certain, either, waiting)
    tap.ok(not wrong, f"{name}: all equal, {sum(got['sent'].values())} csds, {len(either)} events at the ends",
           *wrong[:SHOWN], f"sends_unseen {[s['sends_unseen'] for s in snaps]}")
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
    seen = [e for e in events if e["pid"] not in hidden]
    n_hidden = sum(e["event"].startswith("csd") for e in events if e["pid"] in hidden)
    of_ftrace = Events(seen)
    # Three events for each send. Those before the first event are no losses.
    sends = of_ftrace.sends
    tap.ok(len(sends) < 3 * (os.cpu_count() + len(seen) / 1000), f"{name}: sends that ftrace lacks: {len(sends) // 3}",
           *sends[:SHOWN])
    compare(tap, name, mine.snapshots(), of_ftrace, n_hidden)
    compare(tap, f"{name}, the other ipitrace", other.snapshots(), of_ftrace, n_hidden)


def test_names(tap):
    """An event under a task with a strange name is in ftrace's text, and so among its events."""
    names = ["two\nlines", "caf\u00e9 \U0001f980"]
    ftrace = Ftrace()
    for name in names:
        subprocess.run([sys.executable, "-c", NAMED, name], check=True)
    seen = {e["comm"] for e in ftrace.stop()}
    tap.ok(seen.issuperset(names), "ftrace's events under tasks with strange names are read", *sorted(seen)[:SHOWN])


def main():
    tap = Tap()
    test_names(tap)
    for name, load in LOADS.items():
        watch(tap, name, load)
    tap.done()


main()
