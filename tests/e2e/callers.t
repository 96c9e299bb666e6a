#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Who sends, and who is interrupted: --by, -p, --src, --dst, callers, stacks,
against ftrace. Each load runs in a cgroup of its own; it starts after
collection has begun and ends before it ends, so its counts are equal, not near.

Left out: events under a task that this machine hides from BPF.
"""
import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import (IPILOAD, IPITRACE, Background, Ftrace, Run, Tap, hidden_pids, ipitrace,
                     validate, wait_until)

tap = Tap()
NEVER = "panic"  # never called while the machine lives: a cheap filter
EVENTS = ("csd", "sched/sched_process_fork")
STATS = "/proc/sys/kernel/bpf_stats_enabled"
STACK_DEPTH = 24
# Where a stack ends: a system call, a kernel thread, an exception, idle.
BOTTOMS = ("entry_SYSCALL", "ret_from_fork", "asm_", "el0t_64_sync", "common_startup",
           "secondary_startup", "start_secondary", "entry_INT80")
MEMBARRIER = {"x86_64": 324, "aarch64": 283}.get(platform.machine())
# Registers for MEMBARRIER_CMD_GLOBAL_EXPEDITED, which then interrupts it wherever it runs.
VICTIM = f"""
import ctypes, time
assert not ctypes.CDLL(None).syscall({MEMBARRIER}, 1 << 2, 0, 0)
end = time.monotonic() + 1.2
while time.monotonic() < end:
    pass
"""
# A timer of CPU 0 that wakes a task on CPU 1: sent from the timer's interrupt.
TIMERS = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
for i in range(60):
    os.sched_setaffinity(0, {0})
    signal.setitimer(signal.ITIMER_REAL, .004)
    os.sched_setaffinity(0, {1})
    signal.sigtimedwait([signal.SIGALRM], 1)
"""


def cgroup_root():
    """Where cgroup2 is mounted."""
    with open("/proc/self/mounts", encoding="utf-8") as f:
        for line in f:
            fields = line.split()
            if fields[2] == "cgroup2":
                return fields[1]
    return None


def why_not():
    if os.geteuid():
        return "not root"
    if len(os.sched_getaffinity(0)) < 2 or not {0, 1} <= os.sched_getaffinity(0):
        return "CPUs 0 and 1 are needed"
    if not os.path.isdir(Ftrace.ROOT + "/events/csd"):
        return "no csd events in tracefs"
    if not MEMBARRIER:
        return f"membarrier's number on {platform.machine()} is not known here"
    if not cgroup_root():
        return "no cgroup2 is mounted"
    try:
        with Group("probe"):
            pass
    except OSError as error:
        return f"no cgroup can be made: {error}"
    return None


class Group:
    """A cgroup of its own; what still runs in it ends with it."""

    def __init__(self, name):
        self.path = f"/ipitest-{os.getpid()}-{name}"
        self.dir = cgroup_root() + self.path

    def __enter__(self):
        os.mkdir(self.dir)
        return self

    def pids(self):
        with open(self.dir + "/cgroup.procs", encoding="ascii") as f:
            return [int(line) for line in f]

    def __exit__(self, *exc):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # The cgroup is busy until the last one is reaped.
        wait_until(self.remove, 5)

    def remove(self):
        try:
            os.rmdir(self.dir)
        except OSError:
            return False
        return True


class Load:
    """A program in a cgroup, stopped just before its first instruction."""

    def __init__(self, group, *args, cpus=None):
        pin = ["taskset", "-c", cpus] if cpus else []
        self.proc = subprocess.Popen(["sh", "-c", 'kill -STOP $$; exec "$@"', "sh", *pin,
                                      *map(str, args)],
                                     stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.pid = self.proc.pid
        self.path = group.path
        if not wait_until(self.stopped, 10):
            raise RuntimeError("it does not stop")
        with open(group.dir + "/cgroup.procs", "w", encoding="ascii") as f:
            f.write(str(self.pid))

    def stopped(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "T"

    def go(self):
        self.begun = time.monotonic_ns()
        os.kill(self.pid, signal.SIGCONT)

    def wait(self):
        self.out = self.proc.communicate(timeout=60)[0]
        return self.proc.returncode


def watch(loads, *args):
    """ipitrace and ftrace while @loads run: the snapshots and the events."""
    ftrace = Ftrace(events=EVENTS)
    run = Background("-j", *args)
    for load in loads:
        load.go()
    failed = [load.pid for load in loads if load.wait()]
    run.end()
    events = ftrace.stop()
    snaps = run.snapshots()
    name = " ".join(map(str, args)) or "no option"
    tap.ok(not run.status and not run.err and snaps and not failed and not ftrace.overrun,
           f"{name}: ran, ftrace kept all", run.status, run.err, failed, ftrace.overrun)
    for snap in snaps:
        tap.equal(validate(snap), [], f"{name}: valid by the schema")
        tap.ok(snap["ledger"]["closed"], f"{name}: the ledger closes", snap["ledger"])
    return snaps, events


def tasks_of(load, events):
    """The load's tasks: itself and what it cloned (it never forks)."""
    tids = {load.pid}
    for e in events:
        if e["event"] == "sched_process_fork" and e["task"] in tids:
            tids.add(int(e["child_pid"]))
    return tids


def sent_by(load, events, sees):
    """Its queue events; @sees: not what interrupts queued meanwhile."""
    tids = tasks_of(load, events)
    return [e for e in events if e["event"] == "csd_queue_cpu" and e["task"] in tids
            and e["time"] > load.begun and not (sees and e["interrupt"])]


def rows_of(snaps, **want):
    return [row for s in snaps for row in s["by"]["rows"]
            if all(row[key] == value for key, value in want.items())]


def total(rows, key="count"):
    return sum(row[key] for row in rows)


def sees_interrupts(snaps):
    """
    Not every kernel shows it to BPF. Where there was nothing to be seen it
    makes no difference.
    """
    return any(row["interrupt"] for s in snaps for row in s["by"]["rows"])


def invariants(snaps, name):
    for s in snaps:
        rows, fns, ledger = s["by"]["rows"], s["functions"], s["ledger"]
        ran = ledger["matched"]["function"] + ledger["matched"]["ttwu"]
        want = {"count": total(fns), "local": total(fns, "local")}
        if s["by"]["key"] == "victim":
            want = {"count": ran, "local": 0}
        got = {key: total(rows, key) for key in want}
        for key in ("delay", "handler"):
            for part in ("count", "sum"):
                want[key, part] = sum(f[key][part] for f in fns if f[key])
                got[key, part] = sum(row[key][part] for row in rows)
        tap.equal(got, want, f"{name}: the rows sum up to the functions")
        keys = [(row["tgid"], row["cgroup_id"], row["interrupt"], row["other"]) for row in rows]
        tap.ok(len(set(keys)) == len(keys), f"{name}: no row is there twice", keys)


@contextlib.contextmanager
def three_cgroups():
    """Membarriers, TLB shootdowns, and a busy process that only gets interrupted."""
    with Group("membarrier") as a, Group("tlb") as b, Group("victim") as c:
        loads = {
            "membarrier": Load(a, IPILOAD, "membarrier", "-q", "--rate", 800, "-d", 1.3,
                               "--cpus", "0,1"),
            "global": Load(a, IPILOAD, "membarrier-global", "-q", "--rate", 800, "-d", 1.3,
                           "--receivers", 0, "--cpus", 0),
            "tlb": Load(b, IPILOAD, "tlb-munmap", "-q", "--rate", 800, "-d", 1.3, "--cpus", "0,1"),
            "victim": Load(c, sys.executable, "-c", VICTIM, cpus="1"),
        }
        yield loads


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
    for row in snaps[0]["by"]["rows"]:
        if row["cgroup"] in want:
            inode = row["cgroup_id"]
            tap.ok(inode, f"--by cgroup: {row['cgroup']} has its id", row)
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
    tap.ok(total(rows) > 20, "--by victim: the one that does nothing is interrupted", rows)
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
            run = Background("--by", key, "-i", "1000")
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
            "tlb": ("flush_tlb_func", ("flush_tlb_mm_range",))}
    rows = [(f["func"], c) for s in snaps for f in s["functions"] for c in f["callers"]]
    comms = set()
    for name, load in loads.items():
        if name not in want or (platform.machine() != "x86_64" and name == "tlb"):
            continue
        func, names = want[name]
        mine = [c for f, c in rows if f == func and c["tgid"] == load.pid and c["caller"]
                and c["caller"].split(".")[0] in names and c["cgroup"] == load.path]
        tap.ok(mine, f"callers: {func} is {names[0]}'s, of {name}", *rows)
        comms |= {c["comm"] for c in mine}
    tap.ok(comms == {"ipiload"}, "callers: each by its name", "of a group's samples the first "
              "one's is told, that may be from before exec", comms)
    for s in snaps:
        for f in s["functions"]:
            samples = total(f["callers"], "samples")
            # One shard of the table for each of up to four CPUs, sampled apart.
            most = 4 * f["count"].bit_length()
            if not samples <= f["samples"] <= most:
                tap.ok(False, f"callers: samples of {f['func']}", f)
        if any(f["count"] and not f["samples"] for f in s["functions"]) \
           and not s["samples_dropped"]:
            tap.ok(False, "callers: the first csd of each function is sampled", s["functions"])
    tap.ok(any(f["samples"] for s in snaps for f in s["functions"]), "callers: samples")


def test_interrupts():
    """A timer's interrupt wakes a task elsewhere: the task there is not the sender."""
    with Group("timers") as group:
        load = Load(group, sys.executable, "-c", TIMERS)
        snaps, events = watch([load], "-i", "0.1", "--by", "sender")
    found = [c for s in snaps for f in s["functions"] for c in f["callers"] if c["interrupt"]]
    tap.ok(all(c["tgid"] is c["comm"] is c["cgroup"] is None for c in found),
           "a caller in an interrupt has no process", found)
    sent = [e["interrupt"] for e in events if e["event"] == "csd_queue_cpu"]
    tap.note(f"{sum(sent)} of {len(sent)} from interrupts: {Counter(c['caller'] for c in found)}")
    # A sample is of whoever is the 1st, 2nd, 4th ... of a window.
    if sum(sent) < 20 or 4 * sum(sent) < len(sent):
        tap.skip("interrupts as callers", "hardly any sent anything here")
        return
    tap.ok(found, "interrupts as callers", snaps[0]["functions"])


def test_stacks():
    with Group("stacks") as group:
        load = Load(group, IPILOAD, "membarrier", "-q", "--rate", 1000, "-d", 0.5, "--cpus", "0,1")
        snaps, _ = watch([load], "-i", "1000", "--stacks")
    stacks = snaps[0]["stacks"]
    mine = [s for s in stacks if s["func"] == "ipi_mb" and s["tgid"] == load.pid]
    tap.ok(mine and all(s["comm"] == "ipiload" and s["cgroup"] == load.path for s in mine),
           "--stacks: of the load", stacks)
    bottoms = Counter(s["frames"][-1].split("+")[0] for s in stacks if s["frames"]
                      and len(s["frames"]) < STACK_DEPTH - 5)
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


# Filters

def both_ways(group):
    """Two threads, each of which runs and is interrupted by the other."""
    return Load(group, IPILOAD, "membarrier", "-q", "-d", 0.4, "--threads", 2, "--cpus", "0,1")


def test_pid():
    """All of a process, its threads included, and of nobody else."""
    with Group("pid") as group:
        mine = both_ways(group)
        other = Load(group, IPILOAD, "membarrier", "-q", "--rate", 1000, "-d", 0.7, "--cpus", "0,1")
        snaps, events = watch([mine, other], "-i", "0.3", "-p", mine.pid)
    counts = {len(sent_by(mine, events, sees)) for sees in (False, True)}
    # Those of its shell, too, before it became the load.
    got = sum(total(s["functions"]) for s in snaps)
    tap.ok(got in counts, f"-p: as many as ftrace has of it ({got})", counts)
    senders = {e["task"] for e in sent_by(mine, events, False) if e["func"] == "ipi_mb"}
    tap.ok(len(senders) == 2, "-p: of more than one thread", senders)
    tgids = {c["tgid"] for s in snaps for f in s["functions"] for c in f["callers"]}
    tap.ok(tgids - {None} == {mine.pid}, "-p: no other caller", tgids)
    tap.ok(all(s["ledger"]["orphans"] is None for s in snaps), "-p: orphans cannot be told")
    tap.ok(all(s["kinds"] is not None for s in snaps), "-p: kinds can")


def test_sides():
    """With -p, so that ftrace's count is exact; both threads send to the other's CPU."""
    for option, value in (("--src", 0), ("--src", 1), ("--dst", 0), ("--dst", 1)):
        with Group("sides") as group:
            load = both_ways(group)
            snaps, events = watch([load], "-i", "1000", "-p", load.pid, option, value)
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
        tap.ok(got in want.values() and total(snaps[0]["edges"]) > 20,
               f"{option} {value}: its edges, as many as ftrace has", got, want)


def test_pid_errors():
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as f:
        nobody = int(f.read()) + 1
    for pid, word in ((nobody, "process"), (0, "process"), ("self", "process")):
        run = ipitrace("-d", "1000", "-p", pid)
        tap.ok(run.status == 2 and run.err.count("\n") == 1 and word in run.err
               and str(pid) in run.err, f"-p {pid}: refused", run.status, run.err)
    with Group("tid") as group:
        load = Load(group, IPILOAD, "membarrier", "-q", "-d", 30, "--rate", 100, "--cpus", "0,1")
        load.go()
        wait_until(lambda: len(os.listdir(f"/proc/{load.pid}/task")) > 1)
        thread = max(map(int, os.listdir(f"/proc/{load.pid}/task")))
        run = ipitrace("-j", "-d", "0.5", "-p", thread)
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
        for program in own["programs"]:
            rows[program["name"]] += program["runs"]
    queued = sum(s["ledger"]["queued"] for s in snaps)
    for name in ("csd_queue", "csd_entry", "csd_exit"):
        tap.ok(rows[name] >= 0.9 * queued > 0, f"--self: {name} ran for each csd",
               f"{rows[name]} runs, {queued} csds")
    tap.equal(set(rows), {"csd_queue", "csd_queue_twin", "csd_entry", "csd_exit", "ipi_send_cpu",
                          "ipi_send_cpumask"}, "--self: every program")
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
    test_by_sender()
    test_by_cgroup()
    test_by_victim()
    test_by_others()
    test_interrupts()
    test_stacks()
    test_pid()
    test_sides()
    test_pid_errors()
    test_self()
    tap.done()


if __name__ == "__main__":
    main()
