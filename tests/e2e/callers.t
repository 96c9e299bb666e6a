#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Who sends, and who is interrupted: --by, callers, stacks, against ftrace. Each
load runs in a cgroup of its own; it starts after collection has begun and ends
before it ends, so its counts are equal, not near.

Left out: events under a task that this machine hides from BPF.
"""
import os
import re
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import flushes  # noqa: E402
from ipitest import IPILOAD, Background, features, hidden_pids, ipitrace, validate  # noqa: E402
from senders import (  # noqa: E402
    tap, NEVER, STACK_DEPTH, BOTTOMS, TIMERS, STAMPS, MOUNTS, MOVES, why_not, Group, Load, watch, tasks_of, sent_by,
    rows_of, total, sees_interrupts, invariants, three_cgroups)

# The page of the whole run.
FULL = ("--full", "-i", "1000")
# The rows of the table behind --by, and so many senders that some rows must serve twice.
ROWS, SHORT_LIVED = 256, 450


def test_by_sender():
    with three_cgroups() as loads:
        snaps, events = watch(loads.values(), "-i", "0.4", "--by", "sender")
    sees = sees_interrupts(snaps)
    for name, load in loads.items():
        rows = rows_of(snaps, tgid=load.pid, cgroup=load.path)
        want = len(sent_by(load, events, sees))
        tap.equal(total(rows), want, f"--by sender: {name} sent {want}, as ftrace has it")
        if name != "victim":
            tap.ok(want > 20, f"--by sender: {name} did send", want)
    names = {row["comm"] for row in rows_of(snaps, tgid=loads["membarrier"].pid,
                                            cgroup=loads["membarrier"].path)}
    tap.ok(names == {"ipiload"}, "--by sender: a process by its name",
              "a row keeps the name of its first csd's task, before exec gives it its own", names)
    invariants(snaps, "--by sender")
    tap.note(f"interrupts are {'' if sees else 'not '}told from tasks")
    callers_of(snaps, loads)


def test_short_lived():
    """Senders that come and go, more than the table has rows: each has a row, and so has the next."""
    script = f"for i in $(seq {SHORT_LIVED}); do {IPILOAD} membarrier -q --count 20; sleep 0.01; done >/dev/null; " \
             f"sleep 1; {IPILOAD} membarrier -q --duration 2"
    snaps = ipitrace("-j", "-i", "0.2", "--by", "sender", "-f", "ipi_mb", "--", "sh", "-c", script).snapshots()
    rows = [row for snap in snaps for row in snap["by"]["rows"]]
    processes = {row["tgid"] for row in rows if row["comm"] == "ipiload"}
    name = f"--by sender: of {SHORT_LIVED} short-lived senders more than {ROWS} had rows"
    if len(processes) <= ROWS and not any(row["other"] for row in rows):
        tap.skip(name, f"the busy machine let {len(processes)} send")
    else:
        tap.ok(len(processes) > ROWS, name, len(processes))
    last = [row for snap in snaps[-10:] for row in snap["by"]["rows"]]
    if not last:
        tap.skip("--by sender: the sender after them has a row", "the busy machine let it send nothing for 2 s")
    else:
        tap.ok(any(row["comm"] == "ipiload" for row in last) and not any(row["other"] for row in last),
               "--by sender: the sender after them has a row", last)
    invariants(snaps[-2:], "--by sender, short-lived")


def test_by_cgroup():
    with three_cgroups() as loads:
        snaps, events = watch(loads.values(), "-i", "1000", "--by", "cgroup")
    sees = sees_interrupts(snaps)
    want = Counter()
    for load in loads.values():
        want[load.path] += len(sent_by(load, events, sees))
    got = {path: total(rows_of(snaps, cgroup=path)) for path in want}
    tap.equal(got, dict(want), "--by cgroup: as many from each as ftrace has it")
    tap.note(f"--by cgroup: {got}")
    # A cgroup that sent no csd may have a row for its reschedules.
    ids = {row["cgroup"]: row["cgroup_id"] for row in snaps[0]["by"]["rows"]
           if row["cgroup"] in want and row["count"]}
    tap.equal({path for path, number in ids.items() if number}, set(+want), "--by cgroup: each has its id")
    invariants(snaps, "--by cgroup")


def runs_on(load, events, since):
    """
    How many csds ran on it, at least and at most: a batch of wake-ups is one
    event. Not those whose queue event was hidden, or before collection began.
    """
    tids, hidden = tasks_of(load, events), hidden_pids()
    queued = {}
    low = high = 0
    for e in events:
        if e["event"] == "csd_queue_cpu":
            queued[e["csd"], int(e["dst"])] = e
        elif e["event"] == "csd_function_entry" and int(e["csd"], 16):
            source = queued.get((e["csd"], e["cpu"]))
            if e["task"] not in tids or e["time"] < load.begun:
                continue
            if not source or source["task"] in hidden or source["time"] < since:
                continue
            low += 1
            high += 1
            if e["func"] == "sched_ttwu_pending":
                high += 100
    return low, high


def test_by_victim():
    with three_cgroups() as loads:
        snaps, events = watch(loads.values(), "-i", "0.4", "--by", "victim")
    since = snaps[0]["window"]["mono_start"]
    # A thread of the hidden process may have come and gone: its csds are orphans.
    orphans = sum(s["ledger"]["orphans"] for s in snaps)
    tap.note(f"{orphans} orphans")
    for name, load in loads.items():
        rows = rows_of(snaps, tgid=load.pid, cgroup=load.path)
        low, high = runs_on(load, events, since)
        got = total(rows)
        tap.ok(low - orphans <= got <= high, f"--by victim: {name} was interrupted {got} times, as ftrace "
               "has it", f"ftrace: {low} to {high}")
    rows = rows_of(snaps, tgid=loads["victim"].pid, cgroup=loads["victim"].path)
    tap.ok(total(rows) > 0, "--by victim: the one that does nothing is interrupted", rows)
    tap.ok(sum(row["handler"]["sum"] for row in rows) > 0, "--by victim: for a time", rows)
    tap.ok(all(row["comm"].startswith(("python", "taskset", "sh")) for row in rows),
           "--by victim: by its name", [row["comm"] for row in rows])
    tap.ok(not any(row["interrupt"] for s in snaps for row in s["by"]["rows"]),
           "--by victim: an interrupt is no victim")
    invariants(snaps, "--by victim")


def test_by_others():
    """By function and by CPU there is nothing that is not there without it."""
    for key in ("function", "cpu"):
        run = ipitrace("-j", "--by", key, "--", IPILOAD, "membarrier", "-q", "--count", "100")
        snaps = run.snapshots()
        tap.ok(snaps and not run.err and snaps[0]["by"] is None, f"--by {key}: no rows of its own",
               run.err)
        tap.equal([validate(s) for s in snaps], [[]] * len(snaps), f"--by {key}: valid")
    with Group("text") as group:
        for key, head in (("sender", "SENT BY"), ("cgroup", "SENT FROM"),
                          ("victim", "INTERRUPTED"), ("cpu", "CPU"), ("function", "FUNCTION")):
            load = Load(group, IPILOAD, "membarrier", "-q", "--rate", 1000, "-d", 0.4)
            run = Background("--full", "--by", key, "-i", "1000")
            load.go()
            load.wait()
            run.end()
            tap.ok(head in run.out and not run.err, f"--by {key}, in text: {head}", run.out)
            if key in ("sender", "cgroup", "victim"):
                tap.ok(group.path in run.out, f"--by {key}, in text: the cgroup", run.out)
            wide = [line for line in run.out.splitlines() if len(line) > 80]
            tap.ok(not wide, f"--by {key}, in text: 80 columns", *wide)


# Callers

def callers_of(snaps, loads):
    """Of the loads' own functions."""
    # Where the compiler put it into its caller, that one.
    want = {"membarrier": ("ipi_mb", ("membarrier_private_expedited",)),
            "global": ("ipi_mb", ("membarrier_global_expedited", "__x64_sys_membarrier",
                                  "__arm64_sys_membarrier", "__se_sys_membarrier",
                                  "__do_sys_membarrier")),
            "tlb": (flushes.FUNC, flushes.CALLERS)}
    rows = [(f["func"], c) for s in snaps for f in s["functions"] for c in f["callers"]]
    comms = set()
    for name, load in loads.items():
        if name not in want:
            continue
        func, names = want[name]
        mine = [c for f, c in rows if f == func and c["tgid"] == load.pid and c["caller"]
                and c["caller"].split(".")[0] in names and c["cgroup"] == load.path]
        tap.ok(mine, f"callers: {func} is {names[0]}'s, of {name}", *rows)
        # The first sample names its group; a TLB flush may be sampled before sh becomes ipiload.
        comms |= {c["comm"] for c in mine} - ({"sh"} if name == "tlb" else set())
    tap.ok(comms == {"ipiload"}, "callers: each by its name", comms)
    functions = [f for s in snaps for f in s["functions"]]
    # One shard of the table for each of up to four CPUs, sampled apart.
    wrong = [f for f in functions
             if not total(f["callers"], "samples") <= f["samples"] <= 4 * f["count"].bit_length()]
    tap.ok(functions and not wrong, "callers: samples, of whom not more have a caller, and not too many", *wrong[:3])
    wrong = [f for s in snaps if not s["samples_dropped"] for f in s["functions"] if f["count"] and not f["samples"]]
    tap.ok(not wrong, "callers: the first csd of each function is sampled", *wrong[:3])
    tap.ok(any(f["samples"] for f in functions), "callers: samples")


def test_interrupts():
    """A timer's interrupt wakes a task elsewhere: the task there is not the sender."""
    with Group("timers") as group:
        load = Load(group, sys.executable, "-c", TIMERS)
        snaps, events = watch([load], "-i", "0.1", "--by", "sender")
    found = [c for s in snaps for f in s["functions"] for c in f["callers"] if c["interrupt"]]
    sent = [e["interrupt"] for e in events if e["event"] == "csd_queue_cpu"]
    tap.note(f"{sum(sent)} of {len(sent)} from interrupts: {Counter(c['caller'] for c in found)}")
    # A sample is of whoever is the 1st, 2nd, 4th ... of a window.
    if sum(sent) < 20 or 4 * sum(sent) < len(sent):
        tap.skip("interrupts as callers", "hardly any sent anything here", 2)
        return
    tap.ok(found, "interrupts as callers", snaps[0]["functions"])
    tap.ok(all(c["tgid"] is c["comm"] is c["cgroup"] is None for c in found),
           "a caller in an interrupt has no process", found)


def watch_workers(group_name, script, commands, *others):
    """
    @script on CPU 0, and @others, other loads: the script's pid, its snapshots, ftrace's events, the runs of @commands
    meanwhile, and the causes with a sender that isolated finds on CPU 1.
    """
    commands = [*commands, ("isolated", "-j", "-c", "1", "--only", "ipis", "-d", "1000")]
    with Group(group_name) as group:
        load = Load(group, sys.executable, "-c", script, cpus="0")
        runs = [Background(*command) for command in commands]
        snaps, events = watch([load, *(Load(group, *other) for other in others)], "-i", "0.4", "--stacks")
        for run in runs:
            run.end()
    causes = [c for line in runs[-1].objects() for c in line["cpus"][0]["causes"] if c["sender"]]
    return load.pid, snaps, events, runs, causes


def lacks_work(sender, frames):
    """
    Whether a kworker, @sender, has no key, though it ran a work. A kworker that begins or ends, as does a
    workqueue's rescuer when its file system is mounted and unmounted, wakes who waits for that: it is no
    worker then (Linux: kernel/workqueue.c, set_pf_worker()).
    """
    names = {frame.split("+")[0] for frame in frames}
    at_an_end = "kthread" in names and not names & {"worker_thread", "rescuer_thread"}
    return (sender["comm"] or "").startswith("kworker/") and "queued_by" not in sender and not at_an_end


def test_works():
    """A kworker patches code for a process that wants time stamps: the process is the sender."""
    name = "kworkers: the process that queued their work"
    if not features()["works"]["available"]:
        tap.skip(name, "this kernel does not show who queues works", 6)
        return
    pid, snaps, _, (text, _), causes = watch_workers("works", STAMPS, [FULL])
    callers = [c for s in snaps for row in s["functions"] + s["sends"] for c in row["callers"]]
    works = [c for c in callers if (c["reason"] or "").startswith("static_key_") and "queued_by" in c]
    if not works:
        tap.skip(name, "another program wants time stamps of all packets", 6)
        return
    queued = [c["queued_by"] for c in works if c["queued_by"]]
    tap.ok(any(q["tgid"] == q["pid"] == pid and q["comm"].startswith("python") for q in queued),
           name, f"load {pid}", *works)
    others = [q for q in queued if q["tgid"] != pid and q["comm"].startswith(("kworker", "swapper"))]
    tap.ok(not others, "kworkers: neither an idle task nor another kworker has queued it", *others)
    wrong = [s for snap in snaps for s in snap["stacks"] if lacks_work(s, s["frames"])]
    wrong += [c for c in callers if "queued_by" in c and (c["interrupt"] or c["user_frames"])]
    tap.ok(not wrong, "kworkers: they have the key, and what interrupts and processes send has not", *wrong)
    tap.ok(re.search(rf"via static_key_\w+, kworker for python[0-9.]*\[{pid}\]", text.out), "kworkers: in text",
           text.out)
    senders = [c["sender"] for c in causes]
    works = [s for s in senders if "queued_by" in s]
    tap.ok(any((s["queued_by"] or {}).get("tgid") == pid for s in works), "kworkers: isolated has it", *works)
    # A kworker may also run on CPU 1 and have no work: it is then the culprit itself.
    wrong = [c for c in causes if c["sender"]["cpu"] != 1 and lacks_work(c["sender"], c["stack"])]
    tap.ok(not wrong, "kworkers: in isolated, too, they have the key", *wrong)


def test_grace_periods():
    """A thread of RCU's, which is no kworker, runs the works of expedited grace periods: who asked is the sender."""
    name = "expedited grace periods: the process that asked for them"
    if not features()["works"]["available"]:
        tap.skip(name, "this kernel does not show who queues works", 4)
        return
    pid, snaps, events, (text, storm, isolated), causes = watch_workers(
        "grace", MOUNTS, [FULL, ("storm", "-j", "--storm-rate", "40", "-i", "0.4", "-d", "1000")],
        (IPILOAD, "membarrier", "-q", "--rate", 100, "-d", 5, "--cpus", "0,1"))
    sent = [c for s in snaps for row in s["functions"] if row["func"] == "rcu_exp_handler" for c in row["callers"]]
    threads = [c for c in sent if (c["comm"] or "").startswith("rcu_exp_")]
    if not threads:
        tap.skip(name, "no thread of RCU's sent for a grace period", 4)
        return
    tap.ok(any((c.get("queued_by") or {}).get("tgid") == pid for c in threads), name, f"load {pid}", *threads)
    tap.ok(re.search(rf"via wait_rcu_exp_gp, rcu_exp_gp_kthr for python[0-9.]*\[{pid}\]", text.out),
           "expedited grace periods: in text", text.out)
    storms = [s for s in storm.objects() if s["type"] == "storm" and s["name"] == "rcu_expedited"]
    sources = [source for s in storms for source in s["sources"]]
    tap.ok(any((s.get("queued_by") or {}).get("tgid") == pid for s in sources),
           "expedited grace periods: storm has it", *sources)
    name = "expedited grace periods: isolated has it"
    # RCU asks no CPU that is idle, and not the CPU that its thread runs on.
    asked = [e for e in events if e["event"] == "csd_queue_cpu" and e["func"] == "rcu_exp_handler" and e["dst"] == "1"]
    if not asked:
        tap.skip(name, "no grace period asked CPU 1")
        return
    found = [c for c in causes if c["func"] == "rcu_exp_handler"]
    tap.ok(any((c["sender"].get("queued_by") or {}).get("tgid") == pid for c in found), name,
           f"ftrace: {len(asked)}", *(f"{c['count']} by {c['sender']}" for c in found), *isolated.err.splitlines())


def test_stoppers():
    """A stopper thread moves a task for who asked: where it was asked is the outermost frame of its stack."""
    name = "stopper threads: for whom they move a task"
    if not features()["works"]["available"]:
        tap.skip(name, "this kernel does not show who queues works", 2)
        return
    with Group("stoppers") as group:
        load = Load(group, sys.executable, "-c", MOVES)
        snaps, _ = watch([load], "-i", "0.4", "--stacks")
    stacks = [[frame.split("+")[0] for frame in s["frames"]] for snap in snaps for s in snap["stacks"]]
    stacks = [frames for frames in stacks if "cpu_stopper_thread" in frames]
    if not stacks:
        tap.skip(name, "no stopper thread sent anything", 2)
        return
    tap.ok(any("migration_cpu_stop" in frames and frames[-1] == "affine_move_task" for frames in stacks), name, *stacks)
    # An interrupt may send before the function runs, or after it.
    whole = [frames for frames in stacks if len(frames) < STACK_DEPTH - 1 and
             re.search("_stop$|^cpu_stop_signal_done|^complete", frames[frames.index("cpu_stopper_thread") - 1])]
    tap.ok(whole and not any(frames[-1].startswith(BOTTOMS) for frames in whole), "stopper threads: each has such a frame", *whole)


def test_stacks():
    with Group("stacks") as group:
        load = Load(group, IPILOAD, "membarrier", "-q", "--rate", 1000, "-d", 0.5, "--cpus", "0,1")
        snaps, _ = watch([load], "-i", "1000", "--stacks")
    stacks = snaps[0]["stacks"]
    mine = [s for s in stacks if s["func"] == "ipi_mb" and s["tgid"] == load.pid]
    tap.ok(mine and all(s["comm"] == "ipiload" and s["cgroup"] == load.path for s in mine),
           "--stacks: of the load", stacks)
    # A stopper thread's stack ends with where its work was asked for.
    bottoms = Counter(s["frames"][-1].split("+")[0] for s in stacks if s["frames"]
                      and len(s["frames"]) < STACK_DEPTH - 5 and "cpu_stopper_thread" not in str(s["frames"]))
    tap.ok(bottoms and all(name.startswith(BOTTOMS) for name in bottoms),
           "--stacks: each is whole, down to a system call or where its thread began", bottoms)
    tap.ok(all(s["frames"][-1].startswith(("entry_SYSCALL", "el0t_64_sync")) for s in mine),
           "--stacks: the load's to its system call", mine)
    named = [frame for s in mine for frame in s["frames"]]
    tap.ok(all("+0x" in frame for frame in named), "--stacks: all frames have names", named)
    tap.ok(not any("bpf" in s["frames"][0] or "trace" in s["frames"][0] for s in mine),
           "--stacks: without the tracing's own frames", mine)
    tap.equal(len(stacks), total(snaps[0]["functions"], "samples"), "--stacks: all samples")
    run = ipitrace("-j", "-d", "0.1", "-f", NEVER)
    tap.ok("stacks" not in run.snapshots()[0], "no --stacks: none")
    run = ipitrace("-d", "1", "--stacks", "--", IPILOAD, "membarrier", "-q", "--rate", "1000",
                   "-d", "0.5")
    tap.ok("STACKS" in run.out and "membarrier_private_expedited+0x" in run.out,
           "--stacks, in text", run.out)


def main():
    why = why_not()
    if why:
        print(f"1..0 # SKIP {why}")
        return
    test_by_sender()
    test_short_lived()
    test_by_cgroup()
    test_by_victim()
    test_by_others()
    test_interrupts()
    test_works()
    test_grace_periods()
    test_stoppers()
    test_stacks()
    tap.done()


if __name__ == "__main__":
    main()
