#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""ipitrace beside ftrace: equal under load, no verdict where ftrace fails, nothing left behind."""
import fcntl
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import (IPITRACE, TRACING, Tap, children_of, first_good, programs_at, validate, wait_until,  # noqa: E402
                     without_slow_start)
from mounts import no_tracefs  # noqa: E402
from times import Times  # noqa: E402

tap = Tap()
CSDS = 30_000


def begin(*options, settle=0.5):
    """
    A run whose programs have been attached for @settle s, and its instance; 0: a run whose instance records. Other
    tests have instances at the same time.
    """
    run = subprocess.Popen([IPITRACE, "prove", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           text=True)
    wait_until(lambda: run.poll() is not None or instance_of(run.pid))
    instance = instance_of(run.pid) if run.poll() is None else None
    if not instance:
        run.kill()
        raise RuntimeError("prove did not begin")
    if settle:
        wait_until(lambda: run.poll() is not None or programs_at("csd_queue_cpu", run.pid))
        time.sleep(settle)
    return run, instance


def instance_of(pid):
    """The instance of a child of process @pid, once ftrace keeps the csds' events there."""
    for instance in (f"{TRACING}/instances/ipitrace-prove-{child}" for child in children_of(pid)):
        enable = Path(instance, "events/csd/enable")
        if enable.exists() and enable.read_text(encoding="ascii") == "1\n":
            return instance
    return None


def prove(*options, before=()):
    """
    A run to its end: the status, the object of -j, stderr. Where ftrace itself lacks events, a difference is nobody's
    fault: once more.
    """
    for _ in range(5):
        run = subprocess.run([*before, IPITRACE, "prove", "-j", *options], capture_output=True, text=True, check=False)
        out = json.loads(run.stdout) if run.stdout else {}
        if not (out.get("why") or "").startswith("ftrace lacks events of"):
            break
    return run.returncode, out, without_slow_start(run.stderr)


def what_differs(out):
    """The parts of a proof that say why it is not equal: a failed check prints the first 2,000 bytes."""
    return {k: out.get(k) for k in ("verdict", "why", "alone", "csds")}


def test_equal():
    total, told, status, last = 0, 0, 0, {}
    threshold = 60  # us: so low that there are stalls to compare, and on a quick machine lower
    for _ in range(20):
        with Times() as watched:
            status, last, _err = prove("-d", "5", "-t", f"{threshold}us", "--load")
        total += last.get("csds", {}).get("matched", 0)
        told += last.get("stalls", {}).get("told", 0)
        if status or total >= CSDS and told:
            break
        threshold = threshold if told else max(1, threshold // 2)
    tap.ok(not status and last["verdict"] == "equal" and total >= CSDS, f"equal, {total} csds", what_differs(last),
           last)
    tap.equal(validate(last), [], "valid by the schema")
    tap.ok(validate({k: v for k, v in last.items() if k != "stalls"}), "the schema wants all parts")
    sums = {k: sum(r["ipitrace"] for r in last[k]) for k in ("functions", "edges")}
    tap.equal(sums, dict.fromkeys(sums, last["csds"]["queued"]), "functions and edges add up to the ledger")
    calls = [r for r in last["interrupts"] if r["kind"].startswith("call")]
    tap.ok(calls and all(r["ipitrace"] > 0 and r["ftrace"] > 0 for r in calls), "interrupts of both sides",
           last["interrupts"])
    cost = last["cost"]
    tap.ok({"csd_queue", "csd_entry", "csd_exit"} <= {p["name"] for p in cost["programs"]} and
           all(p["runs"] and p["ns"] for p in cost["programs"]), "the programs' cost", cost)
    # Two CPUs must be free at one time.
    watched.check(tap, os.cpu_count() == 1 or any(cost["membarrier"].values()), "a round trip, bare and watched", cost)
    tap.ok(told, "stalls were compared", last["stalls"])


def test_others_begin():
    """Programs that others attach after ftrace began are not between both readings of a time."""

    def beside():
        run, _ = begin("-j", "-d", "3", "--load", settle=0)
        others = [subprocess.Popen([IPITRACE, "-q", "-d", "5"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                  for _ in range(4)]
        out = json.loads(run.communicate()[0])
        statuses = [other.wait() for other in others]
        return out, statuses

    out, statuses = first_good(beside, lambda ended: ended[0]["verdict"] == "equal")
    tap.ok(out["verdict"] == "equal" and not any(statuses), "four others that begin meanwhile: equal", what_differs(out),
           out.get("readings"), statuses)


def test_file():
    with tempfile.TemporaryDirectory() as where:
        for details in (), ("--details",):
            path = f"{where}/proof{len(details)}.json"
            status, _, err = prove("-d", "1", "--load", "-o", path, *details)
            with open(path, encoding="utf-8") as f:
                text = f.read()
            out = json.loads(text)
            tap.ok(status in (0, 1, 4) and not validate(out) and out["machine"]["cpus"] == os.cpu_count() and
                   out["machine"]["kernel"] == os.uname().release, "a file of figures and machine", err, text)
            tap.equal(out["nodename"], os.uname().nodename if details else "?",
                      "with the host's name only by --details")
            tap.equal(os.stat(path).st_mode & 0o777, 0o600, "it is its owner's alone")


def test_switched_off():
    run, instance = begin("-j", "-d", "2")
    with open(f"{instance}/tracing_on", "w", encoding="ascii") as f:
        f.write("0")
    out = json.loads(run.communicate()[0])
    tap.ok((run.returncode, out["verdict"]) == (4, "no_verdict"), "tracing switched off: no verdict",
           what_differs(out))
    tap.ok("switched" in out["why"], "and why", out)


def test_hole():
    """Off and on again: the csds in between are no fault of ipitrace's."""
    run, instance = begin("-j", "-d", "3", "--load")
    for value, pause in ("0", 1), ("1", 0):
        with open(f"{instance}/tracing_on", "w", encoding="ascii") as f:
            f.write(value)
        time.sleep(pause)
    out = json.loads(run.communicate()[0])
    tap.ok((run.returncode, out["verdict"]) == (4, "no_verdict"), "off and on again: no verdict", what_differs(out))


def test_overrun():
    run, instance = begin("-j", "-d", "2", "--load")
    with open(f"{instance}/buffer_size_kb", "w", encoding="ascii") as f:
        f.write("8")
    out = json.loads(run.communicate()[0])
    tap.ok((run.returncode, out["verdict"]) == (4, "no_verdict"), "too small a buffer: no verdict",
           what_differs(out))
    tap.ok("ftrace lost" in out["why"], "and why", out["why"])


def test_held_instance():
    """The holder may be a process of another PID namespace, in which its number is another one."""
    held, left = (f"{TRACING}/instances/ipitrace-prove-{number}" for number in (4194303, 4194304))
    for instance in (held, left):
        os.mkdir(instance)
    fd = os.open(held, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        subprocess.run([IPITRACE, "prove", "-d", "0.5"], stdout=subprocess.DEVNULL, check=False)
        tap.ok([os.path.exists(instance) for instance in (held, left)] == [True, False],
               "an instance without a process: removed, unless somebody holds it",
               glob.glob(f"{TRACING}/instances/ipitrace-prove-*"))
    finally:
        os.close(fd)
        os.rmdir(held)


def test_busy_instance():
    """Who has a file of the instance open keeps the instance there. Nothing is recorded there any more."""
    run, instance = begin("-j", "-d", "1")
    with open(f"{instance}/tracing_on", encoding="ascii") as held, \
            open(f"{instance}/events/enable", encoding="ascii") as events:
        run.communicate()
        tap.equal([held.read(), events.read()], ["0\n", "0\n"], "an instance that somebody uses: switched off")
    os.rmdir(instance)


def test_other_instance():
    other = f"{TRACING}/instances/ipitest-{os.getpid()}"
    os.mkdir(other)
    try:
        with open(f"{other}/events/csd/enable", "w", encoding="ascii") as f:
            f.write("1")
        _status, out, err = prove("-d", "2", "--load")
        with open(f"{other}/events/csd/enable", encoding="ascii") as f:
            enabled = f.read()
        tap.ok(out["verdict"] == "equal" and enabled == "1\n", "another tool's instance: equal, and left alone",
               what_differs(out), out, err, enabled)
    finally:
        os.rmdir(other)


def test_no_ftrace():
    """No tracefs that can be mounted; one in which nothing is: as where the kernel has no such events."""
    for what, mount in (("no tracefs", "exec setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin"),
                        ("no events", "mkdir /sys/kernel/tracing/instances; exec")):
        script = f'mount -t tmpfs none /sys/kernel/tracing && {mount} "$@"'
        status, out, err = prove("-d", "1", before=("unshare", "-m", "sh", "-c", script, "sh"))
        tap.ok(status == 4 and out["verdict"] == "no_verdict" and not validate(out) and len(err.splitlines()) == 1,
               f"{what}: no verdict, one line", out, err)


def test_not_mounted():
    """A tracefs that is not mounted is mounted for ipitrace alone."""
    script = 'mount -t tmpfs none /sys/kernel/tracing && "$@"; status=$?; ls /sys/kernel/tracing >&2; exit $status'
    status, out, err = prove("-d", "2", "--load", before=("unshare", "-m", "sh", "-c", script, "sh"))
    tap.ok(status == 0 and out["verdict"] == "equal" and len(err.splitlines()) == 1,
           "tracefs is not mounted: equal, and nobody sees it", what_differs(out), out, err)


def test_signals():
    run, instance = begin("-d", "60")
    run.send_signal(signal.SIGINT)
    run.communicate()
    tap.ok(not os.path.exists(instance), "SIGINT: nothing is left in tracefs")
    run, instance = begin("-d", "60")
    run.kill()
    run.communicate()
    end = time.monotonic() + 30
    while os.path.exists(instance) and time.monotonic() < end:
        time.sleep(0.1)
    tap.ok(not os.path.exists(instance), "SIGKILL: the holder takes the instance away")


def test_left_over():
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = f"{TRACING}/instances/ipitrace-prove-{gone.pid}"
    os.mkdir(left)
    subprocess.run([IPITRACE, "prove", "-d", "0.1"], capture_output=True, check=False)
    tap.ok(not os.path.exists(left), "an instance of a dead process goes with the next run")


tap.note(no_tracefs() or "tracefs is there, or mounted for the test")
test_equal()
test_others_begin()
test_file()
test_hole()
test_overrun()
test_held_instance()
test_busy_instance()
test_other_instance()
test_no_ftrace()
test_not_mounted()
test_switched_off()
test_signals()
test_left_over()
tap.done()
