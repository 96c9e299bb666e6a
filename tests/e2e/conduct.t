#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""How ipitrace behaves: windows, PROGRAM, counts, signals, files.

No test here asserts how long something takes: the machine may be busy.
"""
import fnmatch
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import (  # noqa: E402
    CHEAP, LIMIT, LOAD, NEVER, FUZZ, CPUS, check_ends, ends_due, fails, nothing_said, one_line, scratch, in_mounts,
    tap, counted, no_ftrace)
from ipitest import (IPILOAD, IPITRACE, Background, Ftrace, Run, bpf_ids, ipitrace, wait_until,  # noqa: E402
                     without_slow_start)
from times import Times  # noqa: E402


# Windows

def windows_due(run, interval):
    """The number of windows; one that is longer, since the machine is busy, counts as several."""
    return sum(max(1, round(s["window"]["duration_s"] / interval)) for s in run.snapshots())


def test_windows():
    for args, want in ((("-d", "0.4"), 1), (("-i", "0.1", "-d", "0.5"), 5),
                       (("-i", "0.2", "-d", "0.5"), 3), (("-i", "1000", "-d", "0.2"), 1),
                       (("-i", "0.1", "-d", "0.3"), 3)):
        run = ipitrace("-j", "-f", NEVER, *args)
        nothing_said(run, f"{' '.join(args)}: done")
        due = ends_due(float(args[1]), float(args[-1]))
        tap.equal(len(due), want, f"{' '.join(args)}: {want} windows are due")
        windows = [s["window"] for s in run.snapshots()]
        check_ends([w["mono_end"] - windows[0]["mono_start"] for w in windows], due,
                   f"{' '.join(args)}: each window ends when it is due, or later")
    run = ipitrace(*CHEAP, "-i", "0.1", "-d", "0.8")
    tap.ok(2 <= run.out.count("COST") <= 8, "as many reports in text", run.out)
    run = ipitrace("-j", "-f", NEVER, "--", "sleep", "2.5")
    tap.ok(windows_due(run, 1) >= 3, "without -i and -d: a window a second",
           len(run.snapshots()))
    run = ipitrace("-j", "-f", NEVER, "-i", "0.1", "--", "sleep", "0.5")
    tap.ok(windows_due(run, 0.1) >= 5, "-i alone: until PROGRAM ends", len(run.snapshots()))


def check_line(snaps, interval, name):
    """The windows follow each other, and the ledger closes over all of them."""
    windows = [s["window"] for s in snaps]
    for w in windows:
        w["ns"] = w["mono_end"] - w["mono_start"]
    tap.ok(all(a["mono_end"] == b["mono_start"] for a, b in zip(windows, windows[1:])),
           f"{name}: each window begins where the one before ends", windows)
    tap.equal(sum(w["ns"] for w in windows), windows[-1]["mono_end"] - windows[0]["mono_start"],
              f"{name}: the windows' lengths add up to the whole time")
    tap.ok(all(abs(w["duration_s"] * 1e9 - w["ns"]) < 1e3 for w in windows),
           f"{name}: each states its true length", windows)
    tap.ok(all(s["ledger"]["closed"] for s in snaps) and
           all(a["ledger"]["in_flight"] == b["ledger"]["carried_in"]
               for a, b in zip(snaps, snaps[1:])), f"{name}: the ledger closes over all windows",
           [s["ledger"] for s in snaps])
    return [w["ns"] / interval for w in windows]


def test_stopped():
    """Windows that were missed while it was stopped are one long window, not many short ones."""
    def windows():
        with open(path, encoding="utf-8") as f:
            whole, _, _ = f.read().rpartition("\n")
        return [o for o in map(json.loads, whole.splitlines()) if o["type"] == "snapshot"]

    with scratch() as directory, Times() as times:
        path = os.path.join(directory, "out")
        run = Background("-j", "-f", NEVER, "-i", "0.2", "-o", path)
        time.sleep(0.5)
        run.proc.send_signal(signal.SIGSTOP)
        before = len(windows())
        time.sleep(3)
        run.proc.send_signal(signal.SIGCONT)
        # The long one, and five more.
        wait_until(lambda: len(windows()) >= before + 6, LIMIT)
        run.end()
        snaps = windows()
    ratios = check_line(snaps, 0.2e9, "stopped")
    longest = ratios.index(max(ratios))
    after = ratios[longest + 1:-1]  # the last is ended by the signal
    tap.ok(ratios[longest] > 10, "stopped: one window has the time of the stop", ratios)
    tap.ok(len(after) >= 2, "stopped: windows come afterwards", ratios)
    # The first after it ends at the next boundary. A busy machine makes windows longer, and the
    # next one shorter by as much, but many cannot be short.
    times.check(tap, sum(ratio < 0.5 for ratio in after) <= 2, "stopped: none is made up for", ratios)


# PROGRAM

def test_status():
    for status in (0, 1, 3, 7, 127, 255):
        run = ipitrace(*CHEAP, "--", "sh", "-c", f"exit {status}")
        nothing_said(run, f"PROGRAM's status {status}", status)
    for signo in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
        run = ipitrace(*CHEAP, "--", "sh", "-c", f"kill -{signo.value} $$")
        nothing_said(run, f"PROGRAM ended by {signo.name}: {128 + signo}", 128 + signo)
    run = ipitrace("trace", *CHEAP, "--", "sh", "-c", "exit 7")
    nothing_said(run, "trace: PROGRAM's status 7", 7)
    for command in ("summary", "hist"):
        run = ipitrace(command, "-j", "-i", "1000", "-f", NEVER, "--", "sh", "-c", "exit 7")
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
    run = Run(["env", "--ignore-signal=CHLD", IPITRACE, *CHEAP, "-d", "30", "--", "sh", "-c",
               "exit 7"])
    tap.ok(run.status == 7, "PROGRAM's end is seen with SIGCHLD inherited as ignored",
              f"status {run.status}: it is not seen at all")
    with scratch() as path:
        capture = os.path.join(path, "capture")
        ipitrace("record", *CHEAP, "-d", "0.1", "-o", capture)
        run = Run(["env", "--ignore-signal=CHLD", IPITRACE, "report", "-j", capture])
        nothing_said(run, "report: so is its reader's end")


def test_blocked_signals():
    """Who started us may have blocked the signals that end a run."""
    with scratch() as path:
        fifo = os.path.join(path, "fifo")
        os.mkfifo(fifo)
        for signo in (signal.SIGINT, signal.SIGTERM):
            proc = subprocess.Popen(["env", f"--block-signal={signo.value}", IPITRACE, "report", fifo],
                                    stdout=subprocess.DEVNULL)
            with open(fifo, "wb"):  # report reads it from here on
                proc.send_signal(signo)
                tap.ok(wait_until(lambda: proc.poll() is not None) and proc.returncode == -signo,
                       f"report: {signo.name} ends it, although it was blocked", proc.returncode)
            proc.kill()
            proc.wait()


def test_closed_streams():
    """A closed stdin, stdout or stderr: no file gets its number, and no message goes into a file."""
    with scratch() as path:
        capture = os.path.join(path, "capture")
        made, text = os.path.join(path, "made"), os.path.join(path, "text")
        with open(capture, "w", encoding="ascii") as f:
            f.write("old")
        with open(text, "w", encoding="ascii") as f:
            f.write("   bash-7141    [001] d..1.   746.549978: csd_queue_cpu: cpu=0 callsite=x+0x1/0x2 func=f csd=01\n")
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            run = Run(["sh", "-c", f'exec "$0" "$@" {closed}', IPITRACE, "record", "-f", NEVER, "-d", "0.1",
                       "-o", capture])
            report = ipitrace("report", "-j", capture)
            tap.ok(run.status == 0 and report.status == 0 and len(report.snapshots()) == 1,
                   f"record {closed}: a whole capture", run.status, run.err, report.err)
            # The input is the first descriptor, the output the second one, and a message goes to the third one.
            run = Run(["sh", "-c", f'exec "$0" "$@" {closed}', IPITRACE, "import", text, "-o", made])
            report = ipitrace("report", "-j", made)
            tap.ok(run.status == 0 and report.status == 0 and len(report.snapshots()) == 1,
                   f"import {closed}: a whole capture", run.status, run.err, report.err)
            run = Run(["sh", "-c", f'exec "$0" "$@" {closed}', IPITRACE, "report", capture])
            if closed == ">&-":
                fails(run, 4, f"report {closed}: it says so", "stdout: Bad file descriptor")
            elif ">&-" in closed.split():
                tap.ok(run.status == 4 and not run.err, f"report {closed}: the status says so", run.status, run.err)
            else:
                tap.ok(run.status == 0 and run.out, f"report {closed}: done", run.status, run.err)
        run = Run(["sh", "-c", f'exec "$0" "$@" <&-', IPITRACE, "-j", "-f", NEVER, "--", "sh", "-c", "ls /proc/$$/fd"])
        tap.equal([line for line in run.out.splitlines() if line.isdigit()], ["1", "2"],
                  "PROGRAM finds it closed, too")


# Counts

def queued_of(events, func):
    return [e for e in events if e["event"] == "csd_queue_cpu" and e.get("func") == func]


def bracket(events, snap):
    """
    How many of the events the window has, at least and at most: those of
    others on this machine may be close to its ends.
    """
    start, end = snap["window"]["mono_start"], snap["window"]["mono_end"]
    times = [e["time"] for e in events]
    return (sum(start + FUZZ < t < end - FUZZ for t in times),
            sum(start - FUZZ < t < end + FUZZ for t in times))


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
        tap.skip(name, why, 25)
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
        tap.skip(name, why, 3)
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
        tap.skip("-c", "one CPU", 16)
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
    snaps = run.snapshots()
    tap.ok(run.status == 0 and snaps and all(f["func"] == "flush_tlb_func" for s in snaps for f in s["functions"]),
           "-f: another function's csds are not there", run.status, run.out, run.err)


# Signals

def test_signals():
    for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        run = Background("-j", "-i", "1000").end(signo)
        nothing_said(run, f"{signo.name}: 0")
        tap.equal(len(run.snapshots()), 1, f"{signo.name}: the last window is printed")
    run = Background("-i", "1000").end()
    nothing_said(run, "SIGINT in text: 0")
    tap.equal(run.out.count("COST"), 1, "SIGINT in text: the last window is printed")
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
    statuses = [run_full("-d", "0.1").status] + [ipitrace(*args).status for args in (
        ("--", "/nonexistent/program"), ("--ready-file", "/nonexistent/ready"), ("check",),
        ("-d", "0.1", "-f", "no_function_is_called_that"))]
    tap.equal(statuses, [4, 4, 4, 0, 2], "they fail, each as it should")

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
                err = without_slow_start(proc.stderr.read())
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
    run.status, run.err = done.returncode, without_slow_start(done.stderr)
    return run


# A load that does not write to stdout itself.
QUIETLY = f"exec {' '.join(LOAD)} >/dev/null"


def test_full_disk():
    for args in (("-i", "0.1"), ("-j", "-i", "0.1"), ("hist", "-i", "0.1"),
                 ("hist", "-j", "-i", "0.1"), ("check",), ("check", "-j"), ("--help",),
                 ("--version",), ("storm", "--help"), ("-i", "0.1", "--", "sleep", "1"),
                 ("storm", "-d", "0.4"), ("storm", "-j", "-d", "1", "--storm-rate", "1", "--", "sh", "-c", QUIETLY),
                 ("stalls", "-d", "0.2"), ("stalls", "-j", "-d", "0.2"), ("waits", "-d", "0.2"),
                 ("waits", "-j", "-d", "0.2"), ("trace", "-d", "0.2"), ("trace", "-j", "-d", "0.2")):
        fails(run_full(*args), 4, f"{' '.join(args)} >/dev/full",
              "stdout: No space left on device")
    run = Run(["sh", "-c", f"exec {IPITRACE} -j -d 0.1 >&-"])
    fails(run, 4, "stdout closed", "stdout")


def test_file_size_limit():
    """`ulimit -f`: a write that fails, no signal; PROGRAM begins as a fresh process does."""
    with scratch() as path:
        for args, word in (("-j -d 0.2", "stdout"), ("trace -j -d 0.2", "stdout"),
                           (f"record -d 0.2 -o {path}/capture", "capture")):
            run = Run(["sh", "-c", f"ulimit -f 0; exec {IPITRACE} {args} >{path}/out"])
            fails(run, 4, f"ulimit -f 0; {args.split(' -', maxsplit=1)[0]}", word, "File too large")
    run = ipitrace("-j", "--", "sh", "-c", "grep SigIgn /proc/$$/status >&2")
    ignored = int(re.search(r"SigIgn:\s*(\w+)", run.err).group(1), 16)
    tap.ok(not ignored & (1 << signal.SIGXFSZ - 1 | 1 << signal.SIGPIPE - 1),
           "PROGRAM: the signals of writes end it", run.err)


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


def test_old_ready_file():
    """What is there already is removed, before collection begins, and never followed."""
    with scratch() as path:
        ready, other = os.path.join(path, "ready"), os.path.join(path, "other")
        with open(other, "w", encoding="ascii") as f:
            f.write("precious")
        os.symlink(other, ready)
        run = ipitrace("-d", "0.1", *CHEAP, "--ready-file", ready)
        nothing_said(run, "--ready-file over a symlink: done")
        with open(other, encoding="ascii") as f:
            tap.equal(f.read(), "precious", "--ready-file over a symlink: its target is untouched")
        tap.ok(not os.path.islink(ready) and os.path.isfile(ready) and not os.path.getsize(ready),
               "--ready-file over a symlink: a fresh file", os.listdir(path))
        os.unlink(ready)
        os.symlink(os.path.join(path, "nowhere"), ready)
        nothing_said(ipitrace("-d", "0.1", *CHEAP, "--ready-file", ready),
                     "--ready-file over a dangling symlink: done")
        tap.ok(not os.path.lexists(os.path.join(path, "nowhere")) and not os.path.islink(ready),
               "--ready-file over a dangling symlink: not created through it", os.listdir(path))
        # Collection does not begin: what a former run left must not say that it has.
        run = ipitrace("-f", "no_function_is_called_that", "--ready-file", ready)
        tap.ok(run.status == 2 and not os.path.lexists(ready),
               "--ready-file: an old one is removed before collection begins", run.status, run.err)
        fifo = os.path.join(path, "fifo")
        os.mkfifo(fifo)
        fails(ipitrace("-d", "1000", "--ready-file", fifo), 4, "--ready-file on a fifo: refused",
              "--ready-file", fifo)
        tap.ok(os.path.exists(fifo), "--ready-file on a fifo: not removed")


def test_quiet():
    loud, quiet = ipitrace("-d", "0.1", "-f", NEVER), ipitrace(*CHEAP, "-d", "0.1")
    tap.ok("ipitrace: " in loud.out and "ipitrace: " not in quiet.out
           and "COST" in quiet.out, "-q: the data without its heading", quiet.out)
    tap.ok(not quiet.err and one_line(loud.err, "no csd ran"), "-q: no notices", quiet.err, loud.err)
    quiet = ipitrace("hist", *CHEAP, "-d", "0.1")
    tap.ok("ipitrace hist" not in quiet.out, "hist -q: no heading", quiet.out)


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    test_windows()
    test_program_is_seen()
    test_two_at_once()
    test_cpu_filter()
    test_func_filter()
    test_nothing_is_left()
    # Each waits for half of its time, and none looks at what another does.
    with ThreadPoolExecutor(3) as pool:
        for case in [pool.submit(case) for case in (
                test_stopped, test_full_disk, test_status, test_signals, test_reader_leaves, test_program_environment,
                test_program_errors, test_program_goes_on, test_sigchld_ignored,
                test_blocked_signals, test_closed_streams, test_file_size_limit, test_ready_file,
                test_old_ready_file, test_quiet)]:
            case.result()
    tap.done()


if __name__ == "__main__":
    main()
