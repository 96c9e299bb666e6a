#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
What -p, --src and --dst let through, against ftrace; and --self.

Left out: events under a task that this machine hides from BPF.
"""
import json
import os
import subprocess
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import IPILOAD, IPITRACE, Run, ipitrace, validate, wait_until  # noqa: E402
from senders import tap, NEVER, STATS, why_not, Group, Load, watch, sent_by, total  # noqa: E402


# Filters

# For longer where the threads of the load do not run at the same time, and so send nothing: the machine is busy.
SECONDS = (0.4, 4, 16)


def both_ways(group, seconds):
    """Two threads, each of which runs and is interrupted by the other."""
    return Load(group, IPILOAD, "membarrier", "-q", "-d", seconds, "--threads", 2, "--cpus", "0,1")


def test_pid():
    """All of a process, its threads included, and of nobody else."""
    for seconds in SECONDS:
        with Group("pid") as group:
            mine = both_ways(group, seconds)
            other = Load(group, IPILOAD, "membarrier", "-q", "--rate", 1000, "-d", seconds + 0.3, "--cpus", "0,1")
            snaps, events = watch([mine, other], "-i", "0.3", "-p", mine.pid)
        senders = {e["task"] for e in sent_by(mine, events, False) if e["func"] == "ipi_mb"}
        if len(senders) == 2:
            break
    counts = {len(sent_by(mine, events, sees)) for sees in (False, True)}
    # Those of its shell, too, before it became the load.
    got = sum(total(s["functions"]) for s in snaps)
    tap.ok(got in counts, f"-p: as many as ftrace has of it ({got})", counts)
    tap.ok(len(senders) == 2, "-p: of more than one thread", senders)
    tgids = {c["tgid"] for s in snaps for f in s["functions"] for c in f["callers"]}
    tap.ok(tgids - {None} == {mine.pid}, "-p: no other caller", tgids)
    tap.ok(all(s["ledger"]["orphans"] is None for s in snaps), "-p: orphans cannot be told")
    tap.ok(all(s["kinds"] is not None for s in snaps), "-p: kinds can")


def test_sides():
    """With -p, so that ftrace's count is exact; both threads send to the other's CPU."""
    for option, value in (("--src", 0), ("--src", 1), ("--dst", 0), ("--dst", 1)):
        for seconds in SECONDS:
            with Group("sides") as group:
                load = both_ways(group, seconds)
                snaps, events = watch([load], "-i", "1000", "-p", load.pid, option, value)
            if total(snaps[0]["edges"]):
                break
        got, want = Counter(), {False: Counter(), True: Counter()}
        for s in snaps:
            for edge in s["edges"]:
                got[edge["src"], edge["dst"]] += edge["count"]
        for sees, counts in want.items():
            for e in sent_by(load, events, sees):
                counts[e["cpu"], int(e["dst"])] += 1
        side = 0 if option == "--src" else 1
        for counts in want.values():
            for edge in list(counts):
                if edge[side] != value:
                    del counts[edge]
        tap.ok(got in want.values() and total(snaps[0]["edges"]) > 0,
               f"{option} {value}: its edges, as many as ftrace has", got, want)


def test_pid_errors():
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as f:
        nobody = int(f.read()) + 1
    for pid, word in ((nobody, "process"), (0, "PID"), ("self", "PID")):
        run = ipitrace("-d", "1000", "-p", pid)
        tap.ok(run.status == 2 and run.err.count("\n") == 1 and word in run.err
               and str(pid) in run.err, f"-p {pid}: refused", run.status, run.err)
    with Group("tid") as group:
        load = Load(group, IPILOAD, "membarrier", "-q", "-d", 30, "--rate", 100, "--cpus", "0,1")
        load.go()
        wait_until(lambda: len(os.listdir(f"/proc/{load.pid}/task")) > 1)
        thread = max(map(int, os.listdir(f"/proc/{load.pid}/task")))
        run = ipitrace("-j", "-d", "2", "-p", thread)
        counted = sum(s["ledger"]["queued"] for s in run.snapshots())
    tap.ok(run.status == 2 or counted, "-p with a thread's number: refused, or its process",
              "kill(2) finds a thread, and no process has its number: an empty report", run.out)
    possible = Run(["cat", "/sys/devices/system/cpu/possible"]).out.strip()
    beyond = str(int(possible.replace(",", "-").split("-")[-1]) + 1)
    for option in ("--src", "--dst"):
        run = ipitrace("-d", "1000", option, beyond)
        tap.ok(run.status == 2 and option in run.err and beyond in run.err,
               f"{option} {beyond}: there is no such CPU", run.status, run.err)


# Its own cost

def test_self():
    with open(STATS, encoding="ascii") as f:
        before = f.read()
    run = ipitrace("-j", "-i", "0.2", "--self", "--", IPILOAD, "membarrier", "-q", "--rate", 2000,
                   "-d", "0.7")
    with open(STATS, encoding="ascii") as f:
        tap.equal(f.read(), before, "--self: the statistics' sysctl is as it was")
    snaps = run.snapshots()
    tap.equal([validate(s) for s in snaps], [[]] * len(snaps), "--self: valid by the schema")
    rows = Counter()
    for s in snaps:
        own = s["self"]
        tap.equal((own["bpf_runs"], own["bpf_ns"]),
                  (total(own["programs"], "runs"), total(own["programs"], "ns")),
                  "--self: the programs sum up")
        tap.ok(own["bpf_runs"] > 0 and own["bpf_ns"] > 0, "--self: there is a cost", own)
        tap.ok(own["cut_ns"] > 0, "--self: the window's cut took time", own)
        for program in own["programs"]:
            rows[program["name"]] += program["runs"]
    queued = sum(s["ledger"]["queued"] for s in snaps)
    for name in ("csd_queue", "csd_entry", "csd_exit"):
        tap.ok(rows[name] >= 0.9 * queued > 0, f"--self: {name} ran for each csd",
               f"{rows[name]} runs, {queued} csds")
    # And fentry's, and those that see CPUs come or poll, or who queues works, where the machine has such.
    want = {"csd_queue", "csd_queue_twin", "csd_entry", "csd_exit", "ipi_send_cpu", "ipi_send_cpumask"}
    more = {"call_polled", "single_begin", "single_end", "many_begin", "cpu_hotplugged", "work_queued", "kthread_work_queued"}
    # With a filter by function: modules that come and go.
    more |= {"module_came", "module_went"}
    tap.ok(want <= set(rows) <= want | more, "--self: every program", rows)
    tap.ok(ipitrace("-j", "-d", "0.1", "-f", NEVER).snapshots()[0]["self"] is None,
           "no --self: null")
    # Started by a big one: what that had in memory is not ipitrace's.
    code = (f"import subprocess, sys; x = bytearray(200 << 20); sys.exit(subprocess.call(['{IPITRACE}',"
            f" '-j', '--self', '-d', '0.1', '-f', '{NEVER}']))")
    rss = json.loads(Run([sys.executable, "-c", code]).out)["self"]["rss_bytes"]
    tap.ok(rss < 100 << 20, "--self: rss_bytes is ipitrace's alone",
              "ru_maxrss counts what the parent had before exec", f"{rss >> 20} MiB")


def main():
    why = why_not()
    if why:
        print(f"1..0 # SKIP {why}")
        return
    test_pid()
    test_sides()
    test_pid_errors()
    test_self()
    tap.done()


if __name__ == "__main__":
    main()
