#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""ipiload from outside: exact counts, the report, its errors. Prints TAP.

No test here asserts how long something takes: the machine may be busy.
"""
import ctypes
import errno
import json
import os
import re
import signal
import struct
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import flushes  # noqa: E402
from ipitest import children_of  # noqa: E402
from mounts import TRACING, no_tracefs  # noqa: E402
from times import Times  # noqa: E402

IPILOAD = os.path.join(os.environ.get("BUILD") or os.path.join(ROOT, "build"), "ipiload")
LIMIT = 60  # seconds after which a run counts as hung
KEYS = ["schema", "load", "calls", "errors", "duration_s", "rate_per_s", "cpus",
        "senders", "receivers", "round_trip_ns"]
ROUND_TRIP = ["p50", "p90", "p99", "max", "sum", "count"]
CPUS = sorted(os.sched_getaffinity(0))
PAIRS = ("wakeup", "setaffinity")
TRIES = 10  # of half a second, in which other programs may keep a CPU busy

tests = 0
failures = 0


def ok(good, name, detail=""):
    global tests, failures
    tests += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {tests} - {name}")
    if not good:
        for line in str(detail).splitlines():
            print(f"# {line}")
    sys.stdout.flush()


def skip(name, why):
    global tests
    tests += 1
    print(f"ok {tests} - {name} # SKIP {why}")


def run(*args):
    return subprocess.run([IPILOAD, *args], capture_output=True, text=True, timeout=LIMIT)


def report_faults(text, count=None):
    """What is wrong with a report, [] when nothing is."""
    try:
        report = json.loads(text)
    except ValueError as error:
        return [f"not JSON: {error}: {text!r}"]
    trip = report.get("round_trip_ns", {})
    if list(report) != KEYS or list(trip) != ROUND_TRIP:
        return [f"keys: {list(report)}, {list(trip)}"]
    faults = []
    if report["schema"] != "ipiload/1":
        faults.append(f"schema {report['schema']}")
    if text.count("\n") != 1:
        faults.append("not one line")
    if count is not None and report["calls"] != count:
        faults.append(f"{report['calls']} calls, not {count}")
    if sum(sender["calls"] for sender in report["senders"]) != report["calls"]:
        faults.append(f"senders: {report['senders']}")
    if report["errors"] or trip["count"] != report["calls"]:
        faults.append(f"{report['errors']} errors, {trip['count']} round trips")
    if trip["count"] and not (0 < trip["p50"] <= trip["p90"] <= trip["p99"] <= trip["max"]
                              <= trip["sum"]):
        faults.append(f"round trip: {trip}")
    if not trip["count"] and trip["max"] is not None:
        faults.append("an empty set has a max")
    used = [thread["cpu"] for thread in report["senders"] + report["receivers"]]
    if not set(used) <= set(report["cpus"]):
        faults.append(f"CPUs {used} of {report['cpus']}")
    tids = [thread["tid"] for thread in report["senders"] + report["receivers"]]
    if len(set(tids)) != len(tids) or min(tids) <= 0:
        faults.append(f"tids {tids}")
    return faults


def check_run(name, count, *args):
    done = run(*args, "-q")
    faults = report_faults(done.stdout, count)
    ok(done.returncode == 0 and not faults and not done.stderr, name,
       "\n".join([f"status {done.returncode}", done.stderr, *faults]))
    return json.loads(done.stdout) if not faults else None


def usable(load, name):
    if not load["available"]:
        skip(name, load["why"])
        return False
    if load["load"] in PAIRS and len(CPUS) < 2:
        skip(name, "one CPU")
        return False
    return True


def test_list():
    done = run("list", "-j")
    loads = json.loads(done.stdout)["loads"]
    ok(done.returncode == 0 and all(list(load) == ["load", "func", "available", "why", "about"]
                                    for load in loads), "list -j: every load has its keys", loads)
    done = run("list")
    names = [line.split()[0] for line in done.stdout.splitlines()[1:]]
    ok(done.returncode == 0 and names == [load["load"] for load in loads],
       "list: the same loads as text", done.stdout)
    done = run("--help")
    ok(done.returncode == 0 and not done.stderr
       and all(name in done.stdout for name in names + ["--duration", "--cpus", "--receivers"]),
       "--help tells of every load", done.stdout)
    return loads


def test_counts(loads):
    for load in loads:
        name = load["load"]
        if usable(load, f"{name}: exact count"):
            check_run(f"{name}: exact count", 301, name, "--count", "301")
        if usable(load, f"{name}: exact count by three senders"):
            check_run(f"{name}: exact count by three senders", 301, name, "--count", "301",
                      "--threads", "3")


def test_split():
    report = check_run("tlb-madvise: a count smaller than the senders", 2, "tlb-madvise",
                       "--count", "2", "--threads", "4", "--receivers", "0")
    ok(report and [s["calls"] for s in report["senders"]] == [1, 1, 0, 0]
       and report["receivers"] == [], "the calls are split evenly", report)
    report = check_run("tlb-munmap: more pages than it maps at once", 2500, "tlb-munmap",
                       "--count", "2500", "--receivers", "1")
    check_run("tlb-mprotect: more pages than it maps at once", 2500, "tlb-mprotect",
              "--count", "2500", "--receivers", "1")
    ok(report and len(report["receivers"]) == 1, "as many receivers as asked", report)
    report = check_run("--cpus: one CPU", 10, "tlb-munmap", "--count", "10", "--cpus",
                       str(CPUS[-1]))
    ok(report and report["cpus"] == [CPUS[-1]] and report["senders"][0]["cpu"] == CPUS[-1],
       "--cpus is where it runs", report)


def paced(name, *args):
    """How long 120 calls at 200 a second took, in seconds; at least 119/200."""
    report = check_run(name, 120, "tlb-madvise", "--rate", "200", "--count", "120", *args)
    took = report["duration_s"] if report else 0
    ok(took >= 119 / 200, f"{name}: no call comes before its turn", took)
    return took


def test_bounds():
    for threads in "1", "3":
        report = check_run(f"--rate and --duration, {threads} senders", None, "tlb-madvise",
                           "--rate", "200", "--duration", "1", "--threads", threads)
        calls = report["calls"] if report else -1
        ok(0 < calls <= 201, f"--rate 200 for a second by {threads}: at most 201 calls", calls)
    # Late calls are caught up with, so a busy machine delays only the last, as it delays the
    # end of a sleep. Senders that each took a third of a third would need three times as long.
    with Times() as times:
        begin = time.monotonic()
        time.sleep(119 / 200)
        slept = time.monotonic() - begin
        alone = paced("--rate by one sender")
        together = paced("--rate by three senders", "--threads", "3")
    here = sys.modules[__name__]
    times.check(here, alone < 2 * slept, "--rate by one sender: at least half of it", f"{slept} s, {alone} s")
    times.check(here, together < 2 * alone, "the rate is the total of the senders", f"{alone} s, {together} s")
    report = check_run("--duration ends a count that is out of reach", None, "tlb-madvise",
                       "--duration", ".2", "--count", "1000000000")
    ok(report and 0 < report["calls"] < 1000000000, "and some calls were made", report)
    check_run("--duration ends a slow rate between two calls", 1, "tlb-madvise", "--rate", "1",
              "--duration", "0.3")


BAD = [
    *[("--duration", value) for value in
      ("0", "-1", "nan", "inf", "1e3", "0x1", "1s", "", ".", "1..2", "1e999", "0.0000000001",
       "99999999999", " 1", "1,5")],
    *[("--count", value) for value in
      ("0", "-1", "x", "", "1.5", "10k", "99999999999999999999999", "+1", "nan")],
    *[("--rate", value) for value in ("-1", "fast", "", "1.5", "99999999999999999999999")],
    *[("--threads", value) for value in ("0", "-1", "", "many", "1000000", "4294967297")],
    *[("--receivers", value) for value in ("-1", "", "many", "1000000", "4294967296")],
    *[("--cpus", value) for value in
      ("", ",", "0,", "1-0", "-1", "0-", "x", "0x1", "0,zero", "99999999999999999999",
       "8191", "4294967296", "0 ")],
]


def check_usage(name, args, *words):
    done = run(*args)
    line = done.stderr
    good = (done.returncode == 2 and not done.stdout and line.count("\n") == 1
            and line.startswith("ipiload: ") and all(word in line for word in words))
    ok(good, name, f"status {done.returncode}\n{done.stdout}\n{line}")


def offline_cpu():
    with open("/sys/devices/system/cpu/offline", encoding="ascii") as file:
        found = re.match(r"\d+", file.read())
    return found and found.group()


def test_usage():
    for option, value in BAD:
        check_usage(f"refuses {option} '{value}'", ("tlb-munmap", option, value), option,
                    value or "''")
    cpu = offline_cpu()
    if cpu and int(cpu) < 8192:
        check_usage("refuses an offline CPU", ("tlb-munmap", "--cpus", cpu), "--cpus", cpu)
    else:
        skip("refuses an offline CPU", "all are online")
    check_usage("refuses no LOAD", (), "no LOAD")
    check_usage("refuses an unknown LOAD", ("storm",), "storm")
    check_usage("refuses a second LOAD", ("wakeup", "membarrier"), "membarrier")
    check_usage("refuses an unknown option", ("wakeup", "--frob"), "--frob")
    check_usage("refuses an unknown letter", ("wakeup", "-z"), "-z")
    check_usage("refuses an option without its value", ("wakeup", "--count"), "--count")
    check_usage("refuses a value where none is due", ("wakeup", "--quiet=1"), "--quiet=1")
    check_usage("refuses receivers where senders have one each",
                ("wakeup", "--receivers", "3"), "--receivers", "3")
    check_usage("refuses one CPU where two are needed",
                ("wakeup", "--cpus", str(CPUS[0])), "--cpus", str(CPUS[0]))


def wait_for_run(pid):
    """Until it has threads or children: before it blocks the signal one would kill it."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            started = int(re.search(r"^Threads:\s+(\d+)", file.read(), re.M).group(1)) > 1
        time.sleep(0.05)  # that it may make some calls too
        if started:
            return


def test_signals(loads):
    for load in loads:
        name = f"{load['load']}: SIGINT gives the report"
        if not usable(load, name):
            continue
        number = signal.SIGTERM if load["load"] == "tlb-madvise" else signal.SIGINT
        name = name.replace("SIGINT", number.name)
        with subprocess.Popen([IPILOAD, load["load"], "-q", "--duration", "1000", "--rate", "50"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            wait_for_run(child.pid)
            child.send_signal(number)
            out, err = child.communicate(timeout=LIMIT)
        faults = report_faults(out)
        ok(child.returncode == 0 and not faults and not err, name,
           "\n".join([f"status {child.returncode}", err, *faults]))


def test_killed_receiver(loads):
    name = "a receiver process that is killed ends the run with 4"
    load = next(load for load in loads if load["load"] == "membarrier-global")
    if len(CPUS) < 2:
        skip(name, "one CPU")
        return
    if not usable(load, name):
        return
    with subprocess.Popen([IPILOAD, load["load"], "--duration", "1000", "--rate", "50"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        wait_for_run(child.pid)
        os.kill(children_of(child.pid)[0], signal.SIGKILL)
        out, err = child.communicate(timeout=LIMIT)
    ok(child.returncode == 4 and err.count("\n") == 1 and "killed" in err and json.loads(out),
       name, f"status {child.returncode}\n{err}\n{out}")


def refuse(number, error):
    """For preexec_fn: a seccomp filter under which one system call fails so."""
    def instruction(code, jump_true, jump_false, value):
        return struct.pack("HBBI", code, jump_true, jump_false, value)

    program = (instruction(0x20, 0, 0, 0)  # load the number
               + instruction(0x15, 0, 1, number)  # equal: next, else the one after
               + instruction(0x06, 0, 0, 0x00050000 | error)  # SECCOMP_RET_ERRNO
               + instruction(0x06, 0, 0, 0x7fff0000))  # SECCOMP_RET_ALLOW
    code = ctypes.create_string_buffer(program)
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", 4, ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)

    def install(_keep=code):  # the filter has its address alone
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
        libc.prctl(22, 2, filter_)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
    return install


# membarrier, madvise, sched_setaffinity
NUMBERS = {"x86_64": (324, 28, 203), "aarch64": (283, 233, 122)}.get(os.uname().machine)


def test_refused():
    names = ("a kernel without membarrier: 3", "list says so", "a call that fails: 4",
             "a thread that cannot be pinned: 4")
    if not NUMBERS:
        for name in names:
            skip(name, "system call numbers unknown here")
        return

    def run_without(number, error, *args):
        return subprocess.run([IPILOAD, *args], capture_output=True, text=True, check=False,
                              timeout=LIMIT, preexec_fn=refuse(number, error))

    done = run_without(NUMBERS[0], errno.ENOSYS, "membarrier-rseq")
    ok(done.returncode == 3 and not done.stdout and done.stderr.count("\n") == 1
       and "membarrier" in done.stderr, names[0], f"{done}")
    done = run_without(NUMBERS[0], errno.ENOSYS, "list", "-j")
    ok(done.returncode == 0 and all(load["available"] != load["load"].startswith("membarrier")
                                    and load["available"] == (load["why"] is None)
                                    for load in json.loads(done.stdout)["loads"]),
       names[1], done.stdout)
    done = run_without(NUMBERS[1], errno.ENOMEM, "tlb-madvise", "-q")
    report = json.loads(done.stdout)
    ok(done.returncode == 4 and done.stderr.count("\n") == 1 and report["calls"] == 1
       and report["errors"] == 1 and report["round_trip_ns"]["p50"] is None, names[2], f"{done}")
    done = run_without(NUMBERS[2], errno.EPERM, "tlb-munmap", "-q")
    ok(done.returncode == 4 and done.stderr.count("\n") == 1
       and json.loads(done.stdout)["calls"] == 0, names[3], f"{done}")


def test_stdout():
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([IPILOAD, "tlb-madvise", "--count", "10", "-q"], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False)
    ok(done.returncode == 4 and done.stderr.count("\n") == 1, "a full disk is told",
       f"status {done.returncode}\n{done.stderr}")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([IPILOAD, "tlb-madvise", "--count", "10", "-q"], stdout=writer,
                          stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False)
    os.close(writer)
    ok(done.returncode == 0 and not done.stderr, "a reader that left is not told",
       f"status {done.returncode}\n{done.stderr}")
    done = run("tlb-madvise", "--count", "10")
    ok(done.returncode == 0 and done.stderr.count("\n") >= 1 and not report_faults(done.stdout),
       "without -q a summary on stderr, data alone on stdout", done.stderr)


class Tracing:
    """csd_queue_cpu events of a ftrace instance of our own."""

    def __init__(self):
        self.path = f"{TRACING}/instances/ipiload_t_{os.getpid()}"

    def __enter__(self):
        os.mkdir(self.path)
        self.write("buffer_size_kb", "2048")
        self.write("events/csd/csd_queue_cpu/enable", "1")
        return self

    def __exit__(self, *_):
        self.write("events/enable", "0")
        os.rmdir(self.path)

    def write(self, name, text):
        with open(f"{self.path}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def queued(self, tids, func):
        with open(f"{self.path}/trace", encoding="utf-8", errors="replace") as file:
            found = re.findall(r"-(\d+) +\[\d+\].*csd_queue_cpu:.* func=(\S+) ", file.read())
        self.write("trace", "")
        return sum(int(tid) in tids and name == func for tid, name in found)


def idle_ticks():
    with open("/proc/stat", encoding="ascii") as file:
        return int(file.readline().split()[4])


def test_functions(loads):
    """That other CPUs were sent what the list says.

    Some of it: on a busy machine a receiver does not always run. Slowly, so that it
    comes to run at all.
    """
    missing = no_tracefs() or ("one CPU" if len(CPUS) < 2 else None)
    loads = [load for load in loads if load["func"]]
    if missing:
        for load in loads:
            skip(f"{load['load']}: {load['func']} is queued", missing)
        return
    with Tracing() as tracing:
        for load in loads:
            name = f"{load['load']}: {load['func']} is queued"
            if not usable(load, name):
                continue
            if load["func"] == "flush_tlb_func" and not flushes.SEND_IPIS:
                skip(name, flushes.NO_IPIS)
                continue
            before = idle_ticks()
            for _ in range(TRIES):
                report = json.loads(run(load["load"], "--count", "300", "--rate", "600", "-q").stdout)
                queued = tracing.queued([thread["tid"] for thread in report["senders"]], load["func"])
                if queued:
                    break
            if not queued and load["load"] == "wakeup" and idle_ticks() - before < 10 * TRIES:
                skip(name, "no CPU was idle, and only such are woken by a csd")
            else:
                ok(queued > 0, name, f"{queued} by the sender in {TRIES} times 300 calls")


def main():
    loads = test_list()
    test_counts(loads)
    test_split()
    test_bounds()
    test_usage()
    test_signals(loads)
    test_killed_receiver(loads)
    test_refused()
    test_stdout()
    test_functions(loads)
    print(f"1..{tests}")
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
