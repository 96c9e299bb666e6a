#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""How ipitrace behaves: windows, PROGRAM, signals, exit statuses, errors, text.

No test here asserts how long something takes: the machine may be busy.
"""
import contextlib
import fnmatch
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import (IPILOAD, IPITRACE, Background, Ftrace, Run, Tap, bpf_ids, ipitrace,
                     wait_until)

tap = Tap()
LIMIT = 60  # seconds after which something counts as hung
NEVER = "panic"  # never called while the machine lives: a cheap filter
CHEAP = ("-q", "-f", NEVER)
LOAD = (IPILOAD, "membarrier", "-q", "--count", "1000", "--rate", "2000")
FUZZ = 20_000_000  # ns around a window's ends in which an event of others is anyone's
WIDTH = 80
ANSI = re.compile(r"\x1b\[[0-9;]*m")
CPUS = sorted(os.sched_getaffinity(0))


def one_line(text, *words):
    return text.count("\n") == 1 and text.endswith("\n") and all(word in text for word in words)


def fails(run, status, name, *words):
    """That status, and one line on stderr with these words."""
    return tap.ok(run.status == status and one_line(run.err, "ipitrace: ", *words), name,
                  f"status {run.status}, want {status} and {words}", run.err)


def nothing_said(run, name, status=0):
    return tap.ok(run.status == status and not run.err, name,
                  f"status {run.status}, want {status}", run.err)


@contextlib.contextmanager
def scratch():
    """A directory that anyone may enter."""
    with tempfile.TemporaryDirectory(prefix="ipitest-") as path:
        os.chmod(path, 0o755)
        yield path


def in_mounts(script, *args):
    """ipitrace in a mount namespace of its own, in which @script was run before."""
    return Run(["unshare", "-m", "sh", "-c", f'{script} && exec "$0" "$@"', IPITRACE, *args])


def as_nobody(path, *args):
    return Run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", path, *args],
               cwd="/")


# Windows

def test_windows():
    for args, want in ((("-d", "0.4"), 1), (("-i", "0.1", "-d", "0.5"), 5),
                       (("-i", "0.2", "-d", "0.5"), 3), (("-i", "1000", "-d", "0.2"), 1),
                       (("-i", "0.1", "-d", "0.3"), 3)):
        run = ipitrace("-j", "-f", NEVER, *args)
        nothing_said(run, f"{' '.join(args)}: done")
        tap.equal(len(run.snapshots()), want, f"{' '.join(args)}: {want} windows")
    run = ipitrace(*CHEAP, "-i", "0.1", "-d", "0.3")
    tap.equal(run.out.count("ledger"), 3, "as many reports in text")
    run = ipitrace("-j", "-f", NEVER, "--", "sleep", "2.5")
    tap.ok(len(run.snapshots()) >= 3, "without -i and -d: a window a second",
           len(run.snapshots()))
    run = ipitrace("-j", "-f", NEVER, "-i", "0.1", "--", "sleep", "0.5")
    tap.ok(len(run.snapshots()) >= 5, "-i alone: until PROGRAM ends", len(run.snapshots()))


# PROGRAM

def test_status():
    for status in (0, 1, 3, 7, 127, 255):
        run = ipitrace(*CHEAP, "--", "sh", "-c", f"exit {status}")
        nothing_said(run, f"PROGRAM's status {status}", status)
    for signo in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
        run = ipitrace(*CHEAP, "--", "sh", "-c", f"kill -{signo.value} $$")
        nothing_said(run, f"PROGRAM ended by {signo.name}: {128 + signo}", 128 + signo)
    for command in ("summary", "hist"):
        run = ipitrace(command, "-j", "-f", NEVER, "--", "sh", "-c", "exit 7")
        tap.ok(run.status == 7 and len(run.snapshots()) == 1, f"{command}: its end ends the "
               "last window", run.status, run.out)


def test_program_environment():
    # Not by way of a shell: that blocks signals while it forks.
    run = ipitrace("-j", "-f", NEVER, "--", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status")
    masks = {line.split()[0]: int(line.split()[1], 16) for line in run.out.splitlines()
             if line.startswith("Sig")}
    tap.equal(masks.get("SigBlk:"), 0, "PROGRAM has no signal blocked")
    tap.ok(not masks.get("SigIgn:", -1) >> (signal.SIGPIPE - 1) & 1, "nor SIGPIPE ignored", masks)
    run = ipitrace("-j", "-f", NEVER, "--", "sh", "-c", "ls /proc/$$/fd")
    tap.equal([line for line in run.out.splitlines() if line.isdigit()], ["0", "1", "2"],
              "PROGRAM has no descriptor of ours")
    run = ipitrace("-j", "-f", NEVER, "--", "printf", "%s\\n", "-d", "--", "x y")
    rest = [line for line in run.out.splitlines() if not line.startswith("{")]
    tap.equal(rest, ["-d", "--", "x y"], "PROGRAM's arguments are its own")


def test_program_errors():
    fails(ipitrace("-d", "1000", "--", "/nonexistent/program"), 4, "PROGRAM not found",
          "/nonexistent/program")
    fails(ipitrace("-d", "1000", "--", "/"), 4, "PROGRAM that is a directory", "/")
    fails(ipitrace("-j", "--", "no-such-program-in-path"), 4, "PROGRAM not in PATH",
          "no-such-program-in-path")


def test_program_goes_on():
    with scratch() as path:
        name = os.path.join(path, "pid")
        run = ipitrace("-j", "-f", NEVER, "-d", "0.5", "--", "sh", "-c",
                       f"echo $$ >{name}; exec sleep 1000 >/dev/null 2>&1")
        nothing_said(run, "-d ends while PROGRAM runs: 0")
        tap.equal(len(run.snapshots()), 1, "-d ends the window")
        with open(name, encoding="ascii") as f:
            pid = int(f.read())
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        state = f.read().rsplit(")", 1)[1].split()[0]
    tap.ok(state in "SRD", "PROGRAM goes on", state)
    os.kill(pid, signal.SIGKILL)


def test_sigchld_ignored():
    """Who started us may have SIGCHLD ignored: then no child's status is kept."""
    run = Run(["env", "--ignore-signal=CHLD", IPITRACE, *CHEAP, "-d", "3", "--", "sh", "-c",
               "exit 7"])
    tap.ok(run.status == 7, "PROGRAM's end is seen with SIGCHLD inherited as ignored",
              f"status {run.status}: it is not seen at all")


# Counts

def queued_of(events, func):
    return [e for e in events if e["event"] == "csd_queue_cpu" and e.get("func") == func]


def counted(snap, func):
    return sum(f["count"] for f in snap["functions"] if f["func"] == func)


def bracket(events, snap):
    """
    How many of the events the window has, at least and at most: those of
    others on this machine may be close to its ends.
    """
    start, end = snap["window"]["mono_start"], snap["window"]["mono_end"]
    times = [e["time"] for e in events]
    return (sum(start + FUZZ < t < end - FUZZ for t in times),
            sum(start - FUZZ < t < end + FUZZ for t in times))


def no_ftrace():
    if not os.path.isdir("/sys/kernel/tracing/events/csd"):
        return "no csd events in tracefs"
    return "one CPU" if len(CPUS) < 2 else None


def ftrace():
    return Ftrace(events=("csd/csd_queue_cpu",), size_kb=8192)


def check_count(snap, events, func, name, mine=None):
    """ipitrace's count of @func against ftrace's; @mine: events wholly within the window."""
    low, high = bracket(events, snap)
    start, end = snap["window"]["mono_start"], snap["window"]["mono_end"]
    if mine is not None:
        outside = [e for e in mine if not start <= e["time"] <= end]
        tap.ok(not outside, f"{name}: all within the window", f"{len(outside)} of {len(mine)}")
        # They begin and end close to the window's ends, and are not anyone's.
        low = sum(start + FUZZ < e["time"] < end - FUZZ for e in events if e not in mine) + \
            len(mine)
        high = max(high, low)
    got = counted(snap, func)
    tap.ok(low <= got <= high, f"{name}: as many {func} as ftrace saw", f"ipitrace {got}, "
           f"ftrace {low} to {high}", json.dumps(snap["ledger"]))
    tap.note(f"ipitrace {got}, ftrace {low} to {high}")


def test_program_is_seen():
    """It starts after collection has begun, and ends before it ends: nothing is missed."""
    name = "a load as PROGRAM"
    why = no_ftrace()
    if why:
        tap.skip(name, why)
        return
    everyone, first = ",".join(map(str, CPUS)), str(CPUS[0])
    for extra in ((), ("-f", "ipi_*"), ("-c", everyone), ("-c", first)):
        trace = ftrace()
        run = ipitrace("-j", "-i", "1000", *extra, "--", *LOAD)
        events = queued_of(trace.stop(), "ipi_mb")
        if extra == ("-c", first):
            events = [e for e in events if first in (str(e["cpu"]), e["dst"])]
        label = f"{name} {' '.join(extra)}".rstrip()
        report = run.objects("ipiload/1")
        if not nothing_said(run, f"{label}: done") or not report:
            continue
        snaps = run.snapshots()
        tap.equal(len(snaps), 1, f"{label}: one window")
        tids = {sender["tid"] for sender in report[0]["senders"]}
        mine = [e for e in events if e["pid"] in tids]
        tap.ok(mine, f"{label}: ftrace saw some", f"of {len(events)}")
        tap.ok(not trace.overrun, f"{label}: ftrace lost none", trace.overrun)
        check_count(snaps[0], events, "ipi_mb", label, mine)
        if "-f" in extra:
            names = [f["func"] for f in snaps[0]["functions"]]
            tap.ok(all(fnmatch.fnmatch(name, "ipi_*") for name in names),
                   f"{label}: only functions that match", names)


def test_two_at_once():
    name = "two ipitrace at once"
    why = no_ftrace()
    if why:
        tap.skip(name, why)
        return
    trace = ftrace()
    both = [Background("-j", "-i", "1000"), Background("-j", "-i", "1000")]
    time.sleep(2 * FUZZ / 1e9)
    report = json.loads(Run(LOAD).out)
    time.sleep(2 * FUZZ / 1e9)
    for one in both:
        one.end()
    events = queued_of(trace.stop(), "ipi_mb")
    tids = {sender["tid"] for sender in report["senders"]}
    snaps = [one.snapshots()[0] for one in both]
    for i, snap in enumerate(snaps):
        check_count(snap, events, "ipi_mb", f"{name}, number {i}")
    if all(e["pid"] in tids for e in events):
        counts = [counted(snap, "ipi_mb") for snap in snaps]
        tap.equal(counts[0], counts[1], f"{name}: the same count")
    else:
        tap.skip(f"{name}: the same count", "something else sends ipi_mb on this machine")


def test_cpu_filter():
    if len(CPUS) < 2:
        tap.skip("-c", "one CPU")
        return
    first, last = str(CPUS[0]), str(CPUS[-1])
    # Each call runs on the sender's own CPU too, which is the first.
    load = (IPILOAD, "membarrier-sync-core", "-q", "--count", "300", "--rate", "2000")
    local = {}
    for cpus in (None, first, last):
        run = ipitrace("-j", *(("-c", cpus) if cpus else ()), "--", *load)
        name = f"-c {cpus}" if cpus else "no -c"
        nothing_said(run, f"{name}: done")
        rows = [c for s in run.snapshots() for c in s["cpus"] if c["cpu"] == CPUS[0]]
        local[cpus] = sum(row["local"] for row in rows)
        strangers = [e for s in run.snapshots() for e in s["edges"]
                     if cpus and int(cpus) not in (e["src"], e["dst"])]
        tap.ok(not strangers, f"{name}: all edges touch the list", strangers)
        for key, value in (("orphans", [s["ledger"]["orphans"] for s in run.snapshots()]),
                           ("queue_unseen", [s["ledger"]["lost_by"]["queue_unseen"]
                                             for s in run.snapshots()])):
            tap.ok(all((v is None) == bool(cpus) for v in value),
                   f"{name}: {key} is {'null' if cpus else 'a number'}", value)
        tap.ok(all(s["kinds"] is not None for s in run.snapshots()), f"{name}: kinds are told")
    tap.ok(local[None] and local[first] and not local[last],
           "-c: local runs of the list's CPUs alone", local)


def test_func_filter():
    load = ("--", IPILOAD, "membarrier-sync-core", "-q", "--count", "300", "--rate", "2000")
    run = ipitrace("-j", "-f", "ipi_sync*", *load)
    nothing_said(run, "-f ipi_sync*: done")
    names = {f["func"] for s in run.snapshots() for f in s["functions"]}
    tap.ok(names and all(fnmatch.fnmatch(name, "ipi_sync*") for name in names),
           "-f ipi_sync*: these functions alone", names)
    tap.ok(all(s["kinds"] is None and s["ledger"]["orphans"] is None
               and s["ledger"]["lost_by"]["queue_unseen"] is None for s in run.snapshots()),
           "-f: kinds, orphans and queue_unseen are null", run.out)
    run = ipitrace("-j", "-f", "*", *load)
    names = {f["func"] for s in run.snapshots() for f in s["functions"]}
    tap.ok(run.status == 0 and "ipi_sync_core" in names, "-f '*': all of them", run.status,
           run.err, names)
    run = ipitrace("-j", "-f", "flush_tlb_func", *load)
    tap.ok(all(f["func"] == "flush_tlb_func" for s in run.snapshots() for f in s["functions"]),
           "-f: another function's csds are not there", run.out)


# Signals

def test_signals():
    for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        run = Background("-j", "-i", "1000").end(signo)
        nothing_said(run, f"{signo.name}: 0")
        tap.equal(len(run.snapshots()), 1, f"{signo.name}: the last window is printed")
    run = Background("-i", "1000").end()
    nothing_said(run, "SIGINT in text: 0")
    tap.equal(run.out.count("ledger"), 1, "SIGINT in text: the last window is printed")
    run = Background("-j", "-i", "1000", "-d", "1000").end()
    tap.ok(run.status == 0 and len(run.snapshots()) == 1, "SIGINT ends -d early", run.status)
    run = Background("-j", "-i", "1000", "--", "sh", "-c",
                     "trap '' INT; exec sleep 2 >/dev/null 2>&1").end()
    tap.ok(run.status == 0 and len(run.snapshots()) == 1, "SIGINT while PROGRAM runs: 0",
           run.status, run.err)


# What is left behind

def kernel_has(kind):
    done = Run(["bpftool", kind, "list", "-j"])
    return {o["id"]: o.get("name", "") for o in json.loads(done.out or "[]")}


def pinned():
    return sorted(os.path.join(path, name) for path, _, names in os.walk("/sys/fs/bpf")
                  for name in names)


def gone(ids):
    return all(not ids[kind] & set(kernel_has(kind)) for kind in ids)


def test_nothing_is_left():
    before = pinned()
    names = set()
    for how in (signal.SIGKILL, signal.SIGINT):
        run = Background("-j", "-i", "1000")
        ids = bpf_ids(run.proc.pid)
        programs = kernel_has("prog")
        names = {programs.get(number) for number in ids["prog"]} - {None, ""}
        if not tap.ok(len(ids["link"]) >= 4 and ids["prog"] and ids["map"] and names,
                      f"{how.name}: programs, maps and links are there while it runs", ids):
            return
        run.end(how)
        tap.ok(wait_until(lambda i=ids: gone(i)), f"{how.name}: none is left", ids)
    # Of those that fail too soon for a look: no one holds a program of these names.
    highest = max(kernel_has("prog"), default=0)
    with open("/dev/full", "w", encoding="ascii") as full:
        subprocess.run([IPITRACE, "-d", "0.1"], stdout=full, stderr=subprocess.DEVNULL,
                       timeout=LIMIT)
    ipitrace("--", "/nonexistent/program")
    ipitrace("--ready-file", "/nonexistent/ready")
    ipitrace("check")
    ipitrace("-d", "0.1", "-f", "no_function_is_called_that")

    def left():
        found = {n for n, name in kernel_has("prog").items() if n > highest and name in names}
        return found - bpf_ids()["prog"]
    tap.ok(wait_until(lambda: not left()), "errors and check leave no program", left())
    tap.equal(pinned(), before, "nothing is pinned")


# stdout and files

def test_reader_leaves():
    for args in (("-i", "0.1"), ("-j", "-i", "0.1"), ("hist", "-i", "0.1"),
                 ("-i", "0.1", "--", "sleep", "3")):
        name = f"{' '.join(args)} | head -1"
        with subprocess.Popen([IPITRACE, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as proc:
            line = proc.stdout.readline()
            proc.stdout.close()
            try:
                err = proc.stderr.read()
                status = proc.wait(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                proc.kill()
                err = status = "it does not end"
        tap.ok(line and status == 0 and not err, f"{name}: ends, says nothing",
               f"status {status}", err)


def run_full(*args):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([IPITRACE, *args], stdout=full, stderr=subprocess.PIPE, text=True,
                              timeout=LIMIT)
    run = Run(["true"])
    run.status, run.err = done.returncode, done.stderr
    return run


def test_full_disk():
    for args in (("-i", "0.1"), ("-j", "-i", "0.1"), ("hist", "-i", "0.1"), ("check", "-j"),
                 ("-i", "0.1", "--", "sleep", "1")):
        fails(run_full(*args), 4, f"{' '.join(args)} >/dev/full", "stdout")
    for args in (("check",), ("--help",), ("--version",)):
        status = run_full(*args).status
        tap.ok(status == 4, f"{args[0]} >/dev/full: 4", f"status {status}")
    run = Run(["sh", "-c", f"exec {IPITRACE} -j -d 0.1 >&-"])
    fails(run, 4, "stdout closed", "stdout")


def test_ready_file():
    with scratch() as path:
        ready = os.path.join(path, "ready")
        run = ipitrace("-d", "0.1", *CHEAP, "--ready-file", ready)
        nothing_said(run, "--ready-file: done")
        tap.ok(os.path.exists(ready), "--ready-file: created")
        for name, args in (("usage", ("-f", "no_function_is_called_that")),
                           ("no BTF", None)):
            other = os.path.join(path, name)
            if args:
                run = ipitrace("--ready-file", other, *args)
            else:
                run = in_mounts("mount -t tmpfs none /sys/kernel/btf", "--ready-file", other)
            tap.ok(run.status in (2, 3) and not os.path.exists(other),
                   f"--ready-file: not created where collection does not begin ({name})",
                   run.status, run.err)
        for where in (os.path.join(path, "no", "such", "ready"), "/proc/ready", path):
            fails(ipitrace("-d", "1000", "--ready-file", where), 4, f"--ready-file {where}",
                  "--ready-file", where)
    run = Background("-j", "-i", "1000")
    links = len(bpf_ids(run.proc.pid)["link"])
    run.end()
    tap.ok(links >= 4, "--ready-file: the programs are attached by then", links)


def test_quiet():
    loud, quiet = ipitrace("-d", "0.1", "-f", NEVER), ipitrace(*CHEAP, "-d", "0.1")
    tap.ok("ipitrace summary" in loud.out and "ipitrace summary" not in quiet.out
           and "ledger" in quiet.out, "-q: the data without its heading", quiet.out)
    tap.ok(not quiet.err and not loud.err, "stderr is empty either way", quiet.err, loud.err)
    quiet = ipitrace("hist", *CHEAP, "-d", "0.1")
    tap.ok("ipitrace hist" not in quiet.out, "hist -q: no heading", quiet.out)


# Root, and where it runs

def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def program_of(run):
    """The pid of PROGRAM, once it is there."""
    found = []

    def look():
        with open(f"/proc/{run.proc.pid}/task/{run.proc.pid}/children", encoding="ascii") as f:
            found[:] = [int(pid) for pid in f.read().split()]
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
    # The function comes first when root is long gone.
    run = Background("-j", "-i", "0.1", "--by", "cgroup", "--self", "--", "sleep", "2")
    program = program_of(run)
    pid = run.proc.pid
    tap.ok(wait_until(lambda: status_of(pid)["Uid"].split() == ["65534"] * 4), "it becomes nobody",
           status_of(pid)["Uid"])
    for task in tasks_of(pid):
        status = status_of(f"{pid}/task/{task}")
        tap.equal(status["Gid"].split(), ["65534"] * 4, "and its group")
        tap.equal(status["Groups"].split(), [], "with no other group")
        tap.equal([int(status[cap], 16) for cap in caps], [0] * 5, "without any capability")
        tap.equal(status["NoNewPrivs"], "1", "and gets none by exec")
    status = status_of(program)
    for key in ("Uid", "Gid", "Groups", "NoNewPrivs", "Seccomp", *caps):
        tap.equal(status[key], own[key], f"PROGRAM's {key} is that of who started ipitrace")
    time.sleep(0.3)
    load = Run((IPILOAD, "membarrier-sync-core", "-q", "--rate", "1000", "-d", "0.4"))
    run.out, run.err = run.proc.communicate(timeout=LIMIT)
    done = run.proc.returncode
    snaps = run.snapshots()
    tap.ok(not done and not run.err and not load.status, "as nobody: done", done, run.err)
    tap.ok(len(snaps) > 3, "as nobody: windows are cut", len(snaps))
    first = first_seen(snaps, "ipi_sync_core")
    tap.ok(first, "as nobody: a function that comes later has its name",
           [f["func"] for s in snaps for f in s["functions"]])
    tap.ok(any(row["cgroup"] for s in snaps
               for row in s["by"]["rows"]), "as nobody: cgroups have paths",
           [s["by"] for s in snaps])
    tap.ok(sum(s["self"]["bpf_runs"] for s in snaps[first or 0:]), "as nobody: --self goes on",
           snaps[-1]["self"])
    tap.ok(all(s["ledger"]["closed"] for s in snaps), "as nobody: the ledger closes")


def test_read_only_root():
    script = "mount -o remount,ro,bind / && ! touch /ipitest-read-only 2>/dev/null"
    if Run(["unshare", "-m", "sh", "-c", script]).status:
        tap.skip("a read-only root", "it cannot be made here")
        return
    for args in (("-d", "0.2"), ("hist", "-d", "0.2"), ("-j", "-i", "0.1", "-d", "0.3"),
                 ("check",), ("-d", "1", "--by", "sender", "--stacks", "--", "true")):
        run = in_mounts(script, *args)
        nothing_said(run, f"a read-only root: {' '.join(args)}")
        tap.ok(run.out, f"a read-only root: {' '.join(args)} says something")


def test_housekeeping():
    own = status_of("self")["Cpus_allowed_list"]
    for cpu in [None, *(str(cpu) for cpu in CPUS[:2])]:
        name = f"--housekeeping {cpu}" if cpu else "no --housekeeping"
        run = Background("-j", "-i", "0.1", *(("--housekeeping", cpu) if cpu else ()), "--",
                         "sleep", "1")
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
        tap.skip("no IPIs of its own", why)
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


# Usage

def no_such_cpu():
    with open("/sys/devices/system/cpu/possible", encoding="ascii") as f:
        return int(re.split("[-,]", f.read().strip())[-1]) + 1


def test_usage():
    cpu = str(no_such_cpu())
    bad = [
        *[((option, value), (option, value)) for option in ("--duration", "--interval")
          for value in ("0", "-1", "x", "1x", "1,5", "", "nan", "inf", "1e99", "0.0000001")],
        *[(("--cpus", value), ("--cpus", value)) for value in
          ("", "x", "1-0", "0,", ",0", "0-", "-1", "0x1", "0 ", "99999999999999999999", "5000")],
        (("-c", cpu), ("--cpus", cpu)),
        (("-c", f"0,{cpu}"), ("--cpus", cpu)),
        (("-c", f"0-{cpu}"), ("--cpus", cpu)),
        (("-f", ""), ("--func", "''")),
        (("-f", "no_function_is_called_that"), ("--func", "no_function_is_called_that")),
        (("-f", "ipi_mb ["), ("--func", "ipi_mb [")),
        (("frobnicate",), ("frobnicate",)),
        (("Summary",), ("Summary",)),
        (("",), ("",)),
        (("summary", "hist"), ("hist",)),
        (("--frobnicate",), ("--frobnicate",)),
        (("--frobnicate=1",), ("--frobnicate",)),
        (("-z",), ("-z",)),
        (("-jz",), ("-z",)),
        (("--json=1",), ("--json", "1")),
        *[((option,), (long,)) for option, long in
          (("-d", "--duration"), ("--duration", "--duration"), ("-i", "--interval"),
           ("-c", "--cpus"), ("-f", "--func"), ("--ready-file", "--ready-file"))],
        (("-d", "1", "--"), ("--", "PROGRAM")),
        (("check", "--", "true"), ("check", "PROGRAM")),
    ]
    for args, words in bad:
        run = ipitrace(*args)
        good = run.status == 2 and one_line(run.err, "ipitrace: ", *words) and not run.out
        tap.ok(good, f"refuses {' '.join(args)!r}", f"status {run.status}", run.err, run.out)
    run = ipitrace("--json", "-zj")
    tap.ok("-z" in run.err, "refuses --json -zj for -z", f"it says: {run.err.strip()}")
    run = ipitrace(*CHEAP, "-d", "0x.1")
    tap.ok(run.status == 2, "refuses a hexadecimal number of seconds", f"status {run.status}")


def test_help():
    run = ipitrace("--help")
    nothing_said(run, "--help")
    for word in ("summary", "hist", "check", "-d, --duration", "-i, --interval", "-j, --json",
                 "-c, --cpus", "-f, --func", "--ready-file", "-q, --quiet", "--version",
                 "-- PROGRAM"):
        tap.ok(word in run.out, f"--help: {word}", run.out)
    tap.equal(ipitrace("-h").out, run.out, "-h says the same")
    tap.equal(ipitrace("hist", "--help").out, run.out, "so does hist --help")
    # What the help says is taken.
    rows = re.findall(r"^ +(?:-(\w), )?--([\w-]+)(?: ([A-Z]+))? ", run.out, re.M)
    values = {"SEC": "1", "LIST": "0", "GLOB": "x", "PATH": "x", "TIME": "1ms", "PID": "1",
              "KEY": "sender"}
    tap.ok(len(rows) >= 10, "--help: a row an option", rows)
    for letter, name, value in rows:
        for option in [f"--{name}", *([f"-{letter}"] if letter else [])]:
            if name == "help":
                continue
            args = (option, *([values.get(value, "x")] if value else []), "--version")
            nothing_said(ipitrace(*args), f"{option} is taken as the help says")
    run = ipitrace("--version")
    nothing_said(run, "--version")
    tap.ok(re.fullmatch(r"ipitrace \d+(\.\d+)+\S*\n", run.out), "--version: one line", run.out)


# Where it cannot run

def test_not_root():
    with scratch() as path:
        binary = shutil.copy(IPITRACE, path)
        probe = as_nobody(binary, "--version")
        if probe.status:
            tap.skip("not root", f"nobody cannot run {binary}: {probe.err}")
            return
        for args in ((), ("-d", "0.1"), ("hist",), ("-j",), ("--", "true")):
            run = as_nobody(binary, *args)
            fails(run, 3, f"not root: {' '.join(args) or 'no argument'}", "root")
            tap.equal(run.out, "", "not root: nothing on stdout")
        run = as_nobody(binary, "-f", "ipi_mb")
        tap.ok(run.status == 3 and one_line(run.err, "root"), "not root: -f ipi_mb",
                  f"it says: {run.err.strip()}")
        run = as_nobody(binary, "--ready-file", "/tmp/x", "-d", "x")
        fails(run, 2, "not root: usage comes first", "--duration")
        fails(as_nobody(binary, "check"), 3, "not root: check", "root")
        run = as_nobody(binary, "check", "-j")
        rows = {f["name"]: f for o in run.objects() for f in o["features"]}
        tap.ok(run.status == 3 and rows and not rows["main job"]["available"]
               and "root" in rows["main job"]["why"], "not root: check -j", run.status, run.out)


def test_no_btf():
    hide = "mount -t tmpfs none /sys/kernel/btf"
    for args in (("-d", "0.1"), ("hist", "-d", "0.1"), ("-j", "-d", "0.1"),
                 ("-f", "ipi_mb", "-d", "0.1"), ("--", "true")):
        run = in_mounts(hide, *args)
        fails(run, 3, f"no BTF: {' '.join(args)}", "BTF")
        tap.equal(run.out, "", "no BTF: nothing on stdout")
    run = in_mounts(hide, "check")
    fails(run, 3, "no BTF: check", "BTF")
    tap.ok(re.search(r"^no +btf ", run.out, re.M) and re.search(r"^no +main job ", run.out, re.M)
           and re.search(r"^ok +names ", run.out, re.M), "no BTF: check's rows", run.out)


def test_no_kallsyms():
    hide = "mount --bind /dev/null /proc/kallsyms"
    run = in_mounts(hide, "-j", "-d", "0.2")
    nothing_said(run, "no kallsyms: it runs")
    tap.equal(len(run.snapshots()), 1, "no kallsyms: a window")
    fails(in_mounts(hide, "-f", "ipi_mb", "-d", "0.2"), 3, "no kallsyms: -f", "--func ipi_mb",
          "kallsyms")
    run = in_mounts(hide, "check")
    tap.ok(run.status == 0 and re.search(r"^no +names ", run.out, re.M)
           and re.search(r"^ok +main job ", run.out, re.M), "no kallsyms: check", run.status,
           run.out)


def test_check():
    run = ipitrace("check")
    nothing_said(run, "check")
    rows = [row for row in run.out.splitlines() if not row.startswith(" ")]
    tap.ok(len(rows) >= 5 and all(row.startswith("ok ") for row in rows), "check: ok rows",
           run.out)


# Text

def wide(text):
    """Lines that are too wide, but for those that the name of a symbol makes so."""
    found = []
    for line in ANSI.sub("", text).splitlines():
        longest = max((len(word) for word in line.split()), default=0)
        if len(line) > WIDTH and longest <= WIDTH // 2:
            found.append(f"{len(line)}: {line}")
    return found


def busy(command, *args, env=None):
    return ipitrace(command, *args, "--", "sh", "-c",
                    f"{IPILOAD} membarrier -q --count 600 --rate 2000 >/dev/null &"
                    f"{IPILOAD} tlb-munmap -q --count 600 --rate 2000 >/dev/null; wait",
                    env={**os.environ, **(env or {})})


def test_width():
    run = busy("summary")
    tap.ok(run.status == 0 and "FUNCTION" in run.out and not wide(run.out),
           "summary: no line is wider than 80 columns", *wide(run.out))
    run = busy("hist")
    lines = wide(run.out)
    others = [line for line in lines if "p99.9" not in line]
    tap.ok(run.status == 0 and "CPU" in run.out and not others,
           "hist: no line is wider than 80 columns, percentiles apart", *others)
    tap.ok(not lines, "hist: the percentiles' line is not wider than 80 columns",
              lines[0] if lines else "")
    lines = wide(ipitrace("check").out)
    tap.ok(not lines, "check: no line is wider than 80 columns", lines[0] if lines else "")
    run = Run(["unshare", "-u", "sh", "-c", "echo a-host-of-a-long-name.example.org "
               f">/proc/sys/kernel/hostname && exec {IPITRACE} -f {NEVER} -d 0.1"])
    lines = wide(run.out)
    tap.ok(run.status == 0 and not lines, "a host with a long name: 80 columns",
              lines[0] if lines else run.err.strip())
    # A name may be any bytes.
    run = Run(["unshare", "-u", "sh", "-c", "printf '\\377x' >/proc/sys/kernel/hostname && exec "
               f"{IPITRACE} -j -f {NEVER} -d 0.1"])
    tap.ok(run.status == 0, "a host name that is not UTF-8, -j", f"it says: {run.err.strip()}")


def on_terminal(*args, **env):
    """What ipitrace writes to a terminal."""
    master, slave = pty.openpty()
    proc = subprocess.Popen([IPITRACE, *args], stdin=slave, stdout=slave,
                            stderr=subprocess.PIPE, text=True,
                            env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"},
                                 "TERM": "xterm", **env})
    os.close(slave)
    out = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # EIO: the last one has closed it
            data = b""
        if not data:
            break
        out += data
    os.close(master)
    proc.communicate(timeout=LIMIT)
    return out.decode("utf-8", "replace")


def test_colours():
    for command in ("summary", "hist"):
        args = (command, "-d", "0.2")
        tap.ok("\x1b" not in ipitrace(*args).out, f"{command}: no colours in a pipe")
        out = on_terminal(*args)
        tap.ok(ANSI.search(out) and "\x1b" not in ANSI.sub("", out),
               f"{command}: colours on a terminal", repr(out))
        tap.ok(not re.search(r"\x1b\[(?!0m)[0-9;]*m[^\x1b]*$", out), f"{command}: and off again",
               repr(out))
        tap.ok("\x1b" not in on_terminal(*args, NO_COLOR="1"), f"{command}: none with NO_COLOR")
        tap.ok("\x1b" not in on_terminal(*args, TERM="dumb"), f"{command}: none on a dumb terminal")
    out = on_terminal("-j", "-d", "0.1")
    tap.ok("\x1b" not in out and json.loads(out), "-j: no colours on a terminal", repr(out))


def test_locale():
    have = Run(["locale", "-a"]).out.lower().replace("-", "")
    out = busy("hist", env={"LC_ALL": "C"}).out
    tap.ok(out.isascii() and "#" in out, "LC_ALL=C: bars of ASCII", out)
    tap.ok(busy("summary", env={"LC_ALL": "C"}).out.isascii(), "LC_ALL=C: summary is ASCII")
    if "c.utf8" not in have:
        tap.skip("LC_ALL=C.UTF-8: bars of blocks", "no such locale")
        return
    out = busy("hist", env={"LC_ALL": "C.UTF-8"}).out
    tap.ok(re.search("[▏▎▍▌▋▊▉█]", out) and "#" not in out, "LC_ALL=C.UTF-8: bars of blocks", out)


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    test_windows()
    test_status()
    test_program_environment()
    test_program_errors()
    test_program_goes_on()
    test_sigchld_ignored()
    test_program_is_seen()
    test_two_at_once()
    test_cpu_filter()
    test_func_filter()
    test_signals()
    test_nothing_is_left()
    test_reader_leaves()
    test_full_disk()
    test_ready_file()
    test_quiet()
    test_root_is_given_up()
    test_read_only_root()
    test_housekeeping()
    test_sends_no_ipis()
    test_usage()
    test_help()
    test_not_root()
    test_no_btf()
    test_no_kallsyms()
    test_check()
    test_width()
    test_colours()
    test_locale()
    tap.done()


if __name__ == "__main__":
    main()
