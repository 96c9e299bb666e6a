#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
ipitrace trace: a record each csd, beside ftrace; what is lost is counted; what is asked for.

Left out: events under a task that this machine hides from BPF. No test here asserts how long
something takes: the machine may be busy.
"""
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import CPUS, LIMIT, LOAD, WIDTH, fails, no_ftrace, nothing_said, tap  # noqa: E402
from ipitest import (IPILOAD, IPITRACE, Ftrace, Run, hidden_pids, ipitrace,  # noqa: E402
                     validate, wait_until, without_slow_start)
from storms import interrupts  # noqa: E402
from records import adds_up, read, strangers, unmatched, without_gaps  # noqa: E402

MIX = (f"{IPILOAD} membarrier -q --rate 4000 --duration 0.6 & "
       f"{IPILOAD} tlb-munmap -q --rate 4000 --duration 0.6 & "
       f"{IPILOAD} wakeup -q --rate 2000 --duration 0.6 & "
       f"{IPILOAD} setaffinity -q --rate 500 --duration 0.6 & wait")
# Columns of both names on 80 columns: src/view/text/trace.c.
FUNC, TASK = 15, 14
LOADS = {
    "membarrier at the maximal rate": [IPILOAD, "membarrier", "-q", "--duration", "0.7"],
    "tlb-munmap at the maximal rate": [IPILOAD, "tlb-munmap", "-q", "--duration", "0.5"],
    "wakeup": [IPILOAD, "wakeup", "-q", "--rate", "2000", "--duration", "0.7"],
    "a mix of four": ["sh", "-c", MIX],
}


def trace(*args, file=None):
    """To a file, as people do: a pipe's reader would be a load of its own."""
    with contextlib.ExitStack() as stack:
        out = file or stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
        done = subprocess.run([IPITRACE, "trace", *map(str, args)], stdout=out,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                              timeout=LIMIT)
        run = Run(["true"])
        run.status, run.err, run.out = done.returncode, without_slow_start(done.stderr), ""
        if not file:
            out.seek(0)
            run.out = out.read()
        return run


def traced(*args):
    """-j: the records of ipitrace, and the end. PROGRAM's own lines are left out."""
    run = trace("-j", *args)
    lines = [line for line in run.out.splitlines() if '"ipitrace/1"' in line]
    run.records, run.end = read(lines)
    return run


# Beside ftrace

def beside_ftrace(name, load):
    ftrace = Ftrace(events=("csd/csd_queue_cpu", "csd/csd_function_entry", "csd/csd_function_exit"))
    run = traced("--", *load)
    # A program ran under a task that has a record.
    hidden = hidden_pids() - {r["tid"] for r in run.records}
    events = ftrace.stop()
    if not tap.ok(run.status == 0 and run.end and not ftrace.overrun, f"{name}: ran, ftrace kept "
                  "all", run.status, run.err, f"overrun {ftrace.overrun}"):
        return
    records, end = run.records, run.end
    n_hidden = sum(e["pid"] in hidden for e in events)
    queued = [e for e in events if e["event"] == "csd_queue_cpu" and e["pid"] not in hidden]
    compared = without_gaps(records, events)
    missing = unmatched(compared, queued)
    tap.ok(missing is not None, f"{name}: {len(compared)} records are ftrace's events, one by one; of "
           f"{len(records) - len(compared)} ftrace has the entry alone", missing is None and strangers(compared, queued))
    tap.ok(missing is not None and missing <= end["lost"] + end["in_flight"],
           f"{name}: no event in between has none, but what is lost or in flight", missing, end)
    tap.ok(end["lost"] <= n_hidden, f"{name}: lost nothing but what is hidden here", end,
           f"{n_hidden} hidden events")
    tap.ok(adds_up(end) and end["records"] == end["csds"] == len(records),
           f"{name}: records, lost and in flight are all that was queued", end)
    times = [r["time"] for r in records]
    tap.ok(times == sorted(times) and not end["late"], f"{name}: in order of time", end["late"])
    no_handler = [r for r in records if r["handler"] is None and r["csd"] in ("sync", "async")]
    tap.ok(len(no_handler) <= n_hidden, f"{name}: each has a handler time, but for hidden exits",
           no_handler[:3])
    faults = [f for r in records[:50] + records[-50:] + [end] if (f := validate(r))]
    tap.ok(not faults, f"{name}: valid by the schema", *faults[:5])
    plural = "" if len(records) == 1 else "s"
    tap.ok(run.err.count("\n") == 1 and f" {len(records)} record{plural}, {end['lost']} lost" in run.err,
           f"{name}: stderr says so", run.err)


# What is asked for

@contextlib.contextmanager
def membarriers(*args):
    """ipiload's, until the end of the block."""
    with subprocess.Popen([IPILOAD, "membarrier", "-q", "-d", "1000", *args],
                          stdout=subprocess.DEVNULL) as proc:
        try:
            yield proc
        finally:
            proc.kill()


def enough(*args, good=lambda records: len(records) > 20, load=()):
    """Traced for longer, until there are enough: on a busy machine both threads may for long be on one CPU."""
    for seconds in (0.3, 4, 16):
        run = traced(*args, *(("--", *load, "-d", seconds) if load else ("-d", seconds)))
        if good(run.records):
            break
    return run


def test_filters():
    # Two threads, each of which runs and is interrupted by the other.
    load = (IPILOAD, "membarrier", "-q", "--threads", 2, "--cpus", "0,1")
    for args, good in ((("--src", 0), lambda r: r["src"] == 0),
                       (("--dst", 0), lambda r: r["dst"] == 0),
                       (("-c", 1), lambda r: 1 in (r["src"], r["dst"])),
                       (("-f", "ipi_m*"), lambda r: r["func"] == "ipi_mb"),
                       (("-f", "ipi_mb", "--src", 1), lambda r: (r["func"], r["src"]) ==
                        ("ipi_mb", 1))):
        run = enough(*args, load=load)
        name = " ".join(map(str, args))
        tap.ok(len(run.records) > 20 and all(map(good, run.records)), f"{name}: nothing else",
               run.err, *[r for r in run.records if not good(r)][:3])
        tap.ok(run.end and adds_up(run.end) and run.end["lost_by"]["queue_unseen"] is None,
               f"{name}: it adds up", run.end)
    with membarriers(*map(str, load[3:])) as proc:
        run = enough("-p", proc.pid, good=lambda records: len(records) > 20 and
                     len({r["tid"] for r in records if r["func"] == "ipi_mb"}) == 2)
    tap.ok(len(run.records) > 20 and {r["pid"] for r in run.records} == {proc.pid} and
           len({r["tid"] for r in run.records if r["func"] == "ipi_mb"}) == 2,
           "-p: that process, all of its threads", run.err, run.records[:2])


def test_durations():
    load = (IPILOAD, "membarrier", "-q", "--rate", 4000, "--count", 2000)
    # By each of them alone, and by two; what all are longer than, some are, and none is.
    for keys, least, some in ((("delay",), "1ns", True), (("delay",), "1500ns", None), (("delay",), "1000s", False),
                              (("handler",), "1ns", True), (("handler",), "1500ns", None),
                              (("delay", "wait"), "1ns", True), (("delay", "wait"), "15us", None),
                              (("delay", "wait"), "1000s", False)):
        args = [word for key in keys for word in (f"--min-{key}", least)]
        run = traced(*args, "--", *load)
        name, ns = " ".join(args), {"1ns": 1, "1500ns": 1500, "15us": 15000}.get(least, 1e12)
        short = [r for r in run.records if any(r[k] is None or r[k] < ns for k in keys)]
        tap.ok(not short and some in (None, bool(run.records)), f"{name}: none is shorter",
               run.err, short[:3])
        tap.ok(run.end and adds_up(run.end) and run.end["records"] == len(run.records) and
               (some is not False or run.end["brief"] > 0), f"{name}: the others are counted",
               run.end)


def test_kinds():
    name = "--kind reschedule"
    load = (IPILOAD, "setaffinity", "-q", "--rate", 2000, "-d", 0.5)
    # Some kernels' ftrace loses an event and counts none as lost (without_gaps()); no other event shows that here.
    for _ in range(3):
        ftrace = Ftrace(events=("ipi/ipi_send_cpu",))
        run = traced("--kind", "reschedule", "--", *load)
        hidden = hidden_pids()
        events = [dict(e, func=None) for e in ftrace.stop()
                  if e["callback"].startswith("0x0") and e["pid"] not in hidden]
        missing = unmatched(run.records, events)
        if missing is not None:
            break
    tap.ok(len(run.records) > 100 and {r["kind"] for r in run.records} == {"reschedule"},
           f"{name}: reschedules", run.err)
    tap.ok(missing == 0, f"{name}: {len(run.records)} are ftrace's events, one by one", missing,
           missing is None and strangers(run.records, events))
    faults = [f for r in run.records + [run.end] if (f := validate(r))]
    tap.ok(not faults, f"{name}: valid by the schema", *faults[:3])
    tap.ok(run.end["queued"] is None and run.end["records"] == len(run.records),
           f"{name}: no csd is looked for", run.end)
    run = traced("--kind", "call_function,reschedule", "--", "sh", "-c", MIX)
    kinds = {r["kind"] for r in run.records}
    tap.ok(kinds == {"call_function", "reschedule"} and adds_up(run.end) and
           run.end["records"] == len(run.records) > run.end["csds"] > 0,
           "two kinds: both, and it adds up", kinds, run.end)
    times = [r["time"] for r in run.records]
    tap.ok(times == sorted(times), "two kinds: in order of time")
    fails(trace("--kind", "reschedule", "-f", "ipi_mb", "-d", 1), 2, "--kind reschedule -f: refused",
          "--func ipi_mb", "--kind")


def test_stacks():
    run = traced("--stacks", "-f", "ipi_mb", "--", *LOAD)
    # Others may call membarrier too, in another way.
    own = {sender["tid"] for line in run.out.splitlines() if '"ipiload/' in line
           for sender in json.loads(line)["senders"]}
    mine = [r for r in run.records if r["tid"] in own]
    callers = {r["caller"] for r in mine}
    tap.ok(mine and callers == {"membarrier_private_expedited"},
           "--stacks: who calls", callers, len(mine), own)
    tap.ok(all(any("membarrier" in frame for frame in r["stack"]) and
               r["stack"][-1].startswith(("entry_SYSCALL", "el0t_64")) for r in mine),
           "--stacks: from the inside to the system call", *[r["stack"] for r in mine[:1]])
    faults = [fault for r in mine[:1] for fault in validate(r)]
    tap.ok(mine and not faults, "--stacks: valid by the schema", *faults)
    text = trace("--stacks", "-f", "ipi_mb", "--", *LOAD).out
    tap.ok(" membarrier_private_expedited+0x" in text, "--stacks: in the text", text[:2000])


def test_text():
    run = trace("--", *LOAD)
    lines = [line for line in run.out.splitlines() if not line.startswith("{")]
    tap.ok(run.status == 0 and lines[0].startswith("ipitrace trace: ") and "FUNCTION" in lines[1],
           "text: a head", lines[:3])
    rows = [line.split() for line in lines[2:]]
    # In a pipe names are whole, and make a line as much longer as they are longer than their columns. What the host
    # stole meanwhile comes after them.
    long = [line for line, row in zip(lines[2:], rows) if len(line.split(" (stolen: ")[0]) > WIDTH + max(0, len(row[7]) - FUNC) + max(0, len(row[8]) - TASK)]
    tap.ok(not long and all(len(line) <= WIDTH for line in lines[:2]), f"text: {WIDTH} columns", *lines[:2], *long[:3])
    mine = [row for row in rows if row[7] == "ipi_mb" and row[8].startswith("ipiload[")]
    tap.ok(mine and all(float(row[0]) >= 0 and {row[1], row[3]} <= set(map(str, CPUS)) and
                                   row[2].isdigit() and row[4].endswith("s") and
                                   row[5].endswith("s") and row[6][-1] in "s-" for row in mine) and
           any(row[6].endswith("s") for row in mine),
           "text: a line a csd", lines[:5])
    run = trace("-q", "--", *LOAD)
    tap.ok("ipitrace trace" not in run.out and "ipi_mb" in run.out and
           (not run.err or " 0 lost" not in run.err), "-q: no head, and loss alone is told",
           run.out[:200], run.err)


def test_jq():
    with tempfile.TemporaryDirectory(prefix="ipitest-") as path:
        name = os.path.join(path, "trace.json")
        with open(name, "w", encoding="utf-8") as f:
            trace("-j", "--", *LOAD, file=f)
        # The last line but one is ipiload's own.
        done = Run(["jq", "-s", '([.[] | select(.type == "ipi")] | length) == '
                    '(.[] | select(.type == "trace_end") | .records)', name])
        tap.equal(done.out.strip(), "true", "jq counts as many records as trace_end")


def test_program_and_duration():
    run = trace("-q", "-f", "ipi_mb", "--", "sh", "-c", "exit 7")
    tap.equal(run.status, 7, "PROGRAM's status is ipitrace's")
    run = traced("-q", "-f", "ipi_mb", "-d", 0.2)
    nothing_said(run, "-d: ends")
    tap.ok(run.end and run.end["records"] == len(run.records), "-d: the end is told", run.out)
    run = traced("-d", 0.3, "--", IPILOAD, "membarrier", "-q", "-d", 0.6)
    tap.ok(run.status == 0 and run.end and adds_up(run.end), "-d under load: what is in flight at "
           "the end is told", run.end)


# Loss and errors

def test_full_buffer():
    """Stopped, it cannot read: what finds no place is counted."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, membarriers():
        with subprocess.Popen([IPITRACE, "trace", "-j", "--buffer", "1024"], stdout=out,
                              stderr=subprocess.PIPE, text=True) as proc:
            wait_until(lambda: os.fstat(out.fileno()).st_size > 100_000, LIMIT)
            proc.send_signal(signal.SIGSTOP)
            before = sum(interrupts())
            wait_until(lambda: sum(interrupts()) > before + 10_000, LIMIT)
            proc.send_signal(signal.SIGCONT)
            proc.send_signal(signal.SIGINT)
            err = proc.communicate(timeout=LIMIT)[1]
        out.seek(0)
        records, end = read(line for line in out if '"ipitrace/1"' in line)
    tap.ok(end and end["lost_by"]["buffer_full"] > 1000 and adds_up(end) and
           len(records) == end["records"] > 100, "a full buffer: what is lost is counted", end)
    tap.ok("found the buffer full: use a larger --buffer" in err, "a full buffer: stderr says so", err)


@contextlib.contextmanager
def small_disk():
    with tempfile.TemporaryDirectory(prefix="ipitest-") as path:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", path], check=True)
        try:
            yield path
        finally:
            subprocess.run(["umount", path], check=True)


def test_full_disk():
    with small_disk() as path, membarriers():
        for args in (("-j",), ()):
            name = os.path.join(path, "trace")
            with open(name, "w", encoding="utf-8") as f:
                run = trace(*args, file=f)
            fails(run, 4, f"a full disk{' '.join(('',) + args)}: 4", "stdout", "No space left")
            with open(name, encoding="utf-8") as f:
                text = f.read()
            tap.ok(len(text) > 200_000 and text.endswith("\n"), "what was written ends with a line",
                   len(text), text[-100:])
            if args:
                records, end = read(text.splitlines())
                tap.ok(len(records) > 400 and not end, "all of it are records", len(records))
        fails(trace("-j", file=open("/dev/full", "w", encoding="ascii")), 4, ">/dev/full",
              "stdout", "No space left")


def test_reader_leaves():
    for args in (("-j",), (), ("-j", "--", IPILOAD, "membarrier", "-q", "-d", "2")):
        with membarriers(), \
             subprocess.Popen([IPITRACE, "trace", *args], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as proc:
            line = proc.stdout.readline()
            proc.stdout.close()
            err = without_slow_start(proc.stderr.read())
            status = proc.wait(timeout=LIMIT)
        tap.ok(line and status == 0 and not err, f"trace {' '.join(args)} | head -1: quiet",
               f"status {status}", err)


def test_killed():
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, membarriers():
        with subprocess.Popen([IPITRACE, "trace", "-j"], stdout=out,
                              stderr=subprocess.DEVNULL) as proc:
            wait_until(lambda: os.fstat(out.fileno()).st_size > 500_000, LIMIT)
            proc.kill()
        out.seek(0)
        lines = out.read().split("\n")
    # The kernel may have been in the middle of the last one.
    tap.ok(len(lines) > 1000 and all(json.loads(line) for line in lines[:-1]),
           "kill -9: what was written are lines", len(lines))


def test_signals():
    for signo in (signal.SIGINT, signal.SIGTERM):
        with tempfile.TemporaryDirectory(prefix="ipitest-") as path, open(f"{path}/out", "w+", encoding="utf-8") as out:
            with subprocess.Popen([IPITRACE, "trace", "-j", "--ready-file", f"{path}/ready"], stdout=out,
                                  stderr=subprocess.PIPE, text=True) as proc:
                wait_until(lambda: os.path.exists(f"{path}/ready"), LIMIT)
                proc.send_signal(signo)
                err = without_slow_start(proc.communicate(timeout=LIMIT)[1])
            out.seek(0)
            last = out.read().splitlines()[-1]
        tap.ok(proc.returncode == 0 and json.loads(last)["type"] == "trace_end" and
               err.count("\n") == 1, f"{signo.name}: the end is told", proc.returncode, last, err)


def test_keys():
    """--keys: these keys of each record, in that order, live and out of a capture; null where there is none."""
    load = ["--", "sh", "-c", f"{IPILOAD} membarrier -q --count 50 --rate 1000 >/dev/null"]
    keys = ["dst", "func", "delay", "type", "stack"]
    run = trace("-j", "-f", "ipi_mb", "--keys", ",".join(keys), *load)
    *lines, end = [line for line in run.out.splitlines() if line.startswith("{")]
    records = [json.loads(line) for line in lines]
    tap.ok(run.status == 0 and records and all(list(r) == keys and r["func"] == "ipi_mb" and r["type"] == "ipi" and
                                               r["stack"] is None for r in records) and
           json.loads(end)["records"] == len(records) and not validate(json.loads(end)),
           f"--keys: of {len(records)} records these keys, and the last line whole", run.status, *lines[:3], end)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "x.zst")
        ipitrace("record", "--trace", "-o", path, "-f", "ipi_mb", *load)
        whole = [json.loads(line) for line in ipitrace("report", path, "trace", "-j").out.splitlines()][:-1]
        some = [json.loads(line) for line in ipitrace("report", path, "trace", "-j", "--keys", "comm,time").out.splitlines()][:-1]
        tap.ok(whole and some == [{key: r[key] for key in ("comm", "time")} for r in whole],
               "report trace -j --keys: the values of the whole records", some[:3])
        few = ipitrace("report", path, "trace", "-j", "--keys", "src", "-f", "ipi_mb").out.splitlines()[:-1]
        tap.ok(few and all(list(json.loads(line)) == ["src"] for line in few), "report --keys beside a filter", few[:3])
        for args, why in ((("-j",), "VIEW trace"), (("trace",), "needs --json"), (("stalls", "-j"), "VIEW trace"),
                          (("--diff", path, "-j"), "--diff cannot go with")):
            fails(ipitrace("report", path, *args, "--keys", "src"), 2, f"report {' '.join(args)} --keys: refused",
                  "--keys", why)
    fails(ipitrace("trace", "--keys", "func"), 2, "trace --keys: text has columns", "--keys", "--json")
    fails(ipitrace("trace", "-j", "--keys", "func,latency"), 2, "trace --keys: an unknown key", "--keys func,latency",
          "schema, type, time,", "stack")
    fails(ipitrace("trace", "-j", "--keys", "func,func"), 2, "trace --keys: a key twice", "each key once")


def main():
    why = no_ftrace()
    if why:
        print(f"1..0 # SKIP {why}")
        return
    for name, load in LOADS.items():
        beside_ftrace(name, load)
    test_filters()
    test_durations()
    test_kinds()
    test_stacks()
    test_text()
    test_jq()
    test_keys()
    test_program_and_duration()
    test_full_buffer()
    test_full_disk()
    test_reader_leaves()
    test_killed()
    test_signals()
    tap.done()


main()
