#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""What ipitrace needs root for, and where it runs: given up, kept off, no IPIs of its own.

No test here asserts how long something takes: the machine may be busy.
"""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import (  # noqa: E402
    LIMIT, LOAD, CPUS, SPARE_UIDS, fails, nothing_said, in_mounts, tap, counted, no_ftrace, no_such_cpu)
from ipitest import IPILOAD, IPITRACE, Background, Ftrace, Run, as_user, children_of, find_at_once, ipitrace, wait_until  # noqa: E402
from mounts import cgroup2, privately  # noqa: E402


def test_few_files():
    """A limit on open files is named; it is not taken for a feature that the kernel lacks."""
    for limit in (8, 16, 32):
        for command in ("summary", "stalls", "storm", "waits", "isolated -c 1"):
            run = Run(["prlimit", f"--nofile={limit}", IPITRACE, *command.split(), "-d", "0.2"])
            fails(run, 3, f"{command} with {limit} open files: says what is short",
                  f"limit of {limit} open files", "ulimit -n")


def test_small_stack():
    for limit in (64 << 10, 255 << 10):
        for words in (("summary", "-d", "0.1"), ("serve", "-d", "0.1"), ("report", "/dev/null"), ("import", "/dev/null")):
            run = Run(["env", "-i", "prlimit", f"--stack={limit}", IPITRACE, *words])
            fails(run, 3, f"{words[0]} with a stack of {limit >> 10} kB: says what is short",
                  f"limit of {limit >> 10} kB for the stack", "ulimit -s")


def test_no_sys():
    """As in a chroot: the kernel is not to blame."""
    for command in ("summary", "stalls", "isolated -c 0", "check"):
        run = Run(["unshare", "-m", "sh", "-c", f"umount -l /sys && exec {IPITRACE} {command}"])
        fails(run, 3, f"{command} without /sys: says that it is not mounted", "/sys is not mounted")


def test_no_proc():
    """Without /proc the error says what to mount."""
    for command in ("stalls --exit-code -t 1s", "waits -t 1s", "record -o /dev/null"):
        run = Run(["unshare", "-m", "sh", "-c", f"umount -l /proc && exec {IPITRACE} {command} -d 0.1"])
        fails(run, 3, f"{command} without /proc: says what to do", "/proc is not mounted", "mount -t proc proc /proc")


def test_no_file_left():
    """Whichever file is the first that there is no room for: a message, and a status of ours."""
    silent = []
    for limit in range(56, 96):
        run = Run(["prlimit", f"--nofile={limit}", IPITRACE, "serve", "--listen", "127.0.0.1:0", "-d", "0.01"])
        if run.status not in (0, 3, 4) or not run.err.startswith("ipitrace: "):
            silent.append((limit, run.status, run.err))
    tap.ok(not silent, "serve with 56 to 95 open files: runs, or says why not", *silent)


# Root, and where it runs

def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


# It outlives the test, and does not hold the pipes.
PROGRAM = ("sh", "-c", "exec sleep 1000 >/dev/null 2>&1")
# Of daemons, as a service may have them; a root that has none would show nothing.
GROUPS = (4, 27)


class InGroups(Background):
    """Started by a root who is a member of GROUPS, too."""

    def command(self, args):
        return ["setpriv", "--groups", ",".join(map(str, GROUPS)), *args]


def program_of(run):
    """The pid of PROGRAM, once it is there."""
    found = []

    def look():
        found[:] = children_of(run.proc.pid)
        return found and os.readlink(f"/proc/{found[0]}/exe").endswith(("sleep", "coreutils"))
    return found[0] if wait_until(look) else None


def tasks_of(pid):
    return [int(tid) for tid in os.listdir(f"/proc/{pid}/task")]


def first_seen(snaps, func):
    """The number of the window in which it was first counted."""
    return next((i for i, s in enumerate(snaps) if counted(s, func)), None)


def test_root_is_given_up():
    own = status_of("self")
    caps = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    has_cgroups = cgroup2()
    # The function comes first when root is long gone.
    run = InGroups("-j", "-i", "0.1", "--by", "cgroup", "--self", "--", *PROGRAM)
    program = program_of(run)
    pid = run.proc.pid
    tap.ok(wait_until(lambda: status_of(pid)["Uid"].split() != ["0"] * 4), "root is given up",
           status_of(pid)["Uid"])
    for task in tasks_of(pid):
        status = status_of(f"{pid}/task/{task}")
        uids = set(map(int, status["Uid"].split()))
        tap.ok(len(uids) == 1 and min(uids) in SPARE_UIDS, "its user is a spare one", uids)
        tap.equal(status["Gid"].split(), status["Uid"].split(), "and its group")
        tap.equal(status["Groups"].split(), [], "with no other group")
        tap.equal([int(status[cap], 16) for cap in caps], [0] * 5, "without any capability")
        tap.equal(status["NoNewPrivs"], "1", "and gets none by exec")
    status = status_of(program)
    for key in ("Uid", "Gid", "Groups", "NoNewPrivs", "Seccomp", *caps):
        want = " ".join(map(str, GROUPS)) if key == "Groups" else own[key]
        tap.equal(status[key].rstrip(), want.rstrip(), f"PROGRAM's {key} is that of who started ipitrace")
    time.sleep(0.3)
    # An IPI is sent only while both threads of the load run, and the machine may be busy: both come first, and for long.
    load = Run((*find_at_once(), IPILOAD, "membarrier-sync-core", "-q", "--rate", "1000", "-d", "2"))
    run.end()
    os.kill(program, signal.SIGKILL)
    done = run.status
    snaps = run.snapshots()
    tap.ok(not done and not run.err and not load.status, "without root: done", done, run.err)
    tap.ok(len(snaps) > 3, "without root: windows are cut", len(snaps))
    first = first_seen(snaps, "ipi_sync_core")
    tap.ok(first, "without root: a function that comes later has its name",
           [f["func"] for s in snaps for f in s["functions"]])
    if has_cgroups:
        tap.ok(any(row["cgroup"] for s in snaps
                   for row in s["by"]["rows"]), "without root: cgroups have paths",
               [s["by"] for s in snaps])
    else:
        tap.skip("without root: cgroups have paths", "cgroup2 cannot be mounted")
    tap.ok(sum(s["self"]["bpf_runs"] for s in snaps[first or 0:]), "without root: --self goes on",
           snaps[-1]["self"])
    tap.ok(all(s["ledger"]["closed"] for s in snaps), "without root: the ledger closes")


def kill_as(uid, pid):
    """What a process of that user gets from kill(@pid, 0): "" or the error."""
    script = f"import os\ntry: os.kill({pid}, 0)\nexcept OSError as e: print(type(e).__name__)"
    return Run(as_user(uid, sys.executable, "-c", script)).out.strip()


def test_nobody_can_end_it():
    """Processes of the same user may send signals; so ipitrace shares its user with none."""
    runs = [Background("-j", "-i", "1000") for _ in range(2)]
    uids = []
    for run in runs:
        pid = run.proc.pid
        wait_until(lambda p=pid: status_of(p)["Uid"].split() != ["0"] * 4)
        uids.append(int(status_of(pid)["Uid"].split()[0]))
        tap.equal([kill_as(uid, pid) for uid in (65534, 1, 61184)], ["PermissionError"] * 3,
                  "a process of nobody, or of a daemon, cannot end it")
    tap.ok(uids[0] != uids[1], "nor can another ipitrace", uids)
    for run in runs:
        run.end()


def test_read_only_root():
    script = "mount -o remount,ro,bind / && ! touch /ipitest-read-only 2>/dev/null"
    if Run(privately(script)).status:
        tap.skip("a read-only root", "it cannot be made here", 12)
        return
    for args in (("-d", "0.2"), ("hist", "-d", "0.2"), ("-j", "-i", "0.1", "-d", "0.3"),
                 ("trace", "-q", "-d", "0.3", "--", IPILOAD, "membarrier", "-q", "-d", "0.2"),
                 ("check",), ("-d", "1", "--by", "sender", "--stacks", "--", "true")):
        run = in_mounts(script, *args)
        nothing_said(run, f"a read-only root: {' '.join(args)}")
        tap.ok(run.out, f"a read-only root: {' '.join(args)} says something")


def test_housekeeping():
    own = status_of("self")["Cpus_allowed_list"]
    for cpu in [None, *(str(cpu) for cpu in CPUS[:2])]:
        name = f"--housekeeping {cpu}" if cpu else "no --housekeeping"
        run = Background("-j", "-i", "0.1", *(("--housekeeping", cpu) if cpu else ()), "--",
                         *PROGRAM)
        program = program_of(run)
        pid = run.proc.pid
        wanted = cpu
        if not cpu:
            isolated = {c for path in ("isolated", "nohz_full")
                        for c in cpu_list(f"/sys/devices/system/cpu/{path}")}
            kept = set(CPUS) - isolated
            wanted = own if not isolated or not kept else None
        lists = {status_of(f"{pid}/task/{task}")["Cpus_allowed_list"] for task in tasks_of(pid)}
        if wanted:
            tap.equal(lists, {wanted}, f"{name}: its own threads' CPUs")
        tap.equal(status_of(program)["Cpus_allowed_list"], own, f"{name}: PROGRAM's are untouched")
        run.end()
        os.kill(program, signal.SIGKILL)
        nothing_said(run, f"{name}: done")
        tap.ok(run.snapshots(), f"{name}: a window")
    cpu = str(no_such_cpu())
    for value in ("", "x", "1-0", "0,", "5000", cpu):
        run = ipitrace("-d", "1000", "--housekeeping", value)
        fails(run, 2, f"--housekeeping {value!r}: refused", "--housekeeping")


def cpu_list(path):
    try:
        with open(path, encoding="ascii") as f:
            text = f.read().strip()
    except OSError:
        return []
    return [n for part in text.split(",") if part and part != "(null)"
            for n in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1)]


def ipis_of(args):
    """
    What it sends while it collects, between the end of its first window and
    that of the last but one: {(what, to which CPU): n}.
    """
    trace = Ftrace(events=("csd/csd_queue_cpu", "ipi"), size_kb=16384)
    run = Background("-j", "-i", "0.1", *args)
    tasks = set(tasks_of(run.proc.pid))
    trace.follow(tasks)
    subprocess.run([*LOAD[:-4], "--rate", "1000", "-d", "1.5"], stdout=subprocess.DEVNULL,
                   check=True)
    run.end()
    events = trace.stop()
    snaps = run.snapshots()
    start, end = snaps[0]["window"]["mono_end"], snaps[-2]["window"]["mono_end"]
    found = {}
    for e in events:
        if e["task"] not in tasks or e["interrupt"] or not start < e["time"] < end:
            continue
        if e["event"] == "csd_queue_cpu":
            what = e["func"]
        elif e["event"] == "ipi_send_cpumask":
            what = "a mask"
        elif e.get("callback", "").startswith("0x0"):
            what = "reschedule"
        else:
            continue  # of a csd that is there already, or to itself
        key = what, e.get("dst", e.get("cpumask"))
        found[key] = found.get(key, 0) + 1
    return found, len(snaps), trace.overrun


def test_sends_no_ipis():
    why = no_ftrace()
    if why:
        tap.skip("no IPIs of its own", why, 5)
        return
    # A wake-up is of its reader, or of RCU's thread, for which a cut waits.
    wakeups = {"sched_ttwu_pending", "reschedule"}
    for args in (("--housekeeping", str(CPUS[0])), ("--housekeeping", str(CPUS[1]), "--by",
                                                    "sender", "--stacks", "--self"), ()):
        found, windows, overrun = ipis_of(args)
        name = " ".join(args) or "on all CPUs"
        tap.note(f"{name}: {windows} windows, sent {found}")
        tap.ok(not overrun, f"{name}: ftrace lost none", overrun)
        others = {key: n for key, n in found.items() if key[0] not in wakeups}
        if args:
            tap.ok(not others, f"{name}: sends none while it collects, wake-ups apart", others)
        else:
            tap.note(f"{name}: wake-ups apart {others}")


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    test_few_files()
    test_small_stack()
    test_no_sys()
    test_no_proc()
    test_no_file_left()
    test_root_is_given_up()
    test_nobody_can_end_it()
    test_read_only_root()
    test_housekeeping()
    test_sends_no_ipis()
    tap.done()


if __name__ == "__main__":
    main()
