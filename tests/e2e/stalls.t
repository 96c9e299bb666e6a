#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""stalls and waits on this host's kernel: what they report, how they end, who they are.

Nothing here is stuck; a threshold of microseconds makes stalls of usual IPIs.
No test asserts how long something takes: the machine may be busy.
"""
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import flushes  # noqa: E402
from conduct import ANSI, CPUS, LIMIT, NEVER, SPARE_UIDS, WIDTH, fails, nothing_said, tap  # noqa: E402
from ipitest import IPILOAD, IPITRACE, Background, Run, children_of, ipitrace, validate, wait_until, without_slow_start  # noqa: E402
from storms import Witness  # noqa: E402

LOADS = {name: (IPILOAD, name, "-q", "--duration", "0.3") for name in ("membarrier", flushes.LOAD)}
LONG = ("-t", "1000s")
STORM_LOADS = (sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib",
                                            "storm_loads.py"))
PHASES = ("delivery", "handler", "wait")


def stalls_of(run):
    return [o for o in run.objects() if o["type"] == "stall"]


def check_records(run, name, threshold):
    """What must hold for whatever was reported."""
    found = stalls_of(run)
    end = run.objects()[-1] if run.objects() else {}
    wrong = [w for o in run.objects() for w in validate(o)]
    tap.ok(not wrong, f"{name}: by the schema", wrong[:5])
    if not tap.ok(end.get("type") == "stalls_end", f"{name}: the last line sums up", end):
        return found
    first = {}
    again = []
    for o in found:
        state = first.setdefault(o["id"], [])
        if state and not (state == [True] and not o["ongoing"]):
            again.append((o["id"], state, o["ongoing"]))
        state.append(o["ongoing"])
    tap.ok(not again, f"{name}: each is told once as it lasts, once as it is over", again)
    by_id = {o["id"]: o for o in found}
    counts = {p: sum(o["phase"] == p for o in by_id.values()) for p in PHASES}
    tap.equal(end["found"], counts, f"{name}: as many as it says")
    tap.equal(end["threshold"], threshold, f"{name}: the threshold")
    # A function that slept is told whatever it took.
    short = [o for o in found if o["duration"] < threshold and not o["slept"]]
    tap.ok(not short, f"{name}: none is shorter than the threshold", short[:3])
    odd = [o for o in found if o["time"] != o["start"] + o["duration"]]
    tap.ok(not odd, f"{name}: time is start + duration", odd[:3])
    causes = [(o["id"], o["cause"]) for o in found if o["cause"] and
              by_id.get(o["cause"], o)["phase"] == "wait"]
    tap.ok(not causes, f"{name}: no wait is the cause of another", causes[:5])
    cpus = [o for o in found if o["src"] not in CPUS or o["dst"] not in (None, *CPUS)]
    tap.ok(not cpus, f"{name}: on CPUs that are there", cpus[:3])
    late = [o for o in found if o["phase"] == "wait" and o["targets"] and not o["end_unseen"] and
            any(t["end"] and t["end"] > o["duration"] for t in o["targets"])]
    tap.ok(not late, f"{name}: no target ends after the wait for it", late[:3])
    return found


def test_loads():
    funcs = {"membarrier": "ipi_mb", flushes.LOAD: flushes.FUNC}
    for load, args in LOADS.items():
        run = ipitrace("stalls", "-j", "-t", "5us", "--", *args)
        nothing_said(run, f"{load}: done")
        found = check_records(run, load, 5000)
        mine = [o for o in found if o["func"] == funcs[load] and not o["ongoing"]]
        for phase in ("delivery", "wait"):
            own = [o for o in mine if o["phase"] == phase]
            tap.ok(own, f"{load}: {phase} of {funcs[load]}", [o["func"] for o in found][:20])
            named = [o for o in own if o["sender"] and o["sender"]["comm"] == "ipiload"]
            tap.ok(named, f"{load}: {phase}: the sender is named", own[:2])
            tap.ok(all(o["callsite"] for o in named), f"{load}: {phase}: and where it sent it",
                   named[:2])
        victims = [o["victim"] for o in mine if o["phase"] == "delivery"]
        tap.ok(all(victims), f"{load}: each delivery has who was interrupted", victims[:5])
        tap.ok(any(o["split"] and o["split"]["function"] is not None for o in mine) or
               not os.path.exists("/sys/kernel/tracing/events/irq_vectors"),
               f"{load}: deliveries are split at the interrupt", mine[:2])


def test_quiet_machine():
    for load, args in LOADS.items():
        run = ipitrace("stalls", "-j", *LONG, "--exit-code", "--", *args)
        nothing_said(run, f"{load}: nothing lasts so long: 0")
        tap.equal(stalls_of(run), [], f"{load}: and nothing is told")


def test_exit_code():
    load = LOADS["membarrier"]
    tap.equal(ipitrace("stalls", "-q", "-t", "5us", "--exit-code", "--", *load).status, 5,
              "--exit-code: 5 when something was found beside PROGRAM")
    tap.equal(ipitrace("stalls", "-q", "-t", "5us", "--", *load).status, 0, "without it: 0")
    run = ipitrace("stalls", "-q", *LONG, "--exit-code", "--", "sh", "-c", "exit 7")
    tap.equal(run.status, 7, "--exit-code: PROGRAM's own status when nothing was")
    fails(ipitrace("stalls", "-t", "5us", "--exit-code", "--", "/nonexistent/program"), 4,
          "PROGRAM not found", "/nonexistent/program")
    fails(ipitrace("stalls", "-t", "5"), 2, "a threshold without a unit", "--threshold")


def test_text():
    run = ipitrace("stalls", "-t", "5us", "--", *LOADS["membarrier"])
    lines = [line for line in run.out.splitlines() if not line.startswith("{")]
    nothing_said(run, "text: done")
    tap.ok(lines and lines[0].startswith("ipitrace stalls: "), "text: a heading", lines[:1])
    tap.ok(not ANSI.search(run.out), "text: no colours into a pipe")
    wide = [line for line in lines if len(line) > WIDTH]
    tap.ok(not wide, f"text: {WIDTH} columns", wide[:3])
    tap.ok(any(line.startswith("stall 1  ") for line in lines), "text: a block", lines[:20])
    # The sum takes up to three lines; what was lost and what ran unseen come behind, a line each.
    tap.ok(any("over 5 us in " in line for line in lines[-6:]), "text: the sum",
           lines[-6:])
    run = ipitrace("stalls", "-q", *LONG, "-d", "0.2")
    tap.ok("ipitrace stalls" not in run.out, "-q: no heading", run.out)


def test_filter():
    run = ipitrace("stalls", "-j", "-t", "5us", "-f", NEVER, "--", *LOADS["membarrier"])
    tap.ok(not run.status and not stalls_of(run), "-f: what does not match is not told", run.out)


def test_ends():
    for command in ("stalls", "waits"):
        run = Background(command, "-j", *LONG, "-d", "1000").end(signal.SIGTERM)
        nothing_said(run, f"{command}: SIGTERM: 0")
        tap.equal(len(run.objects()), 1, f"{command}: SIGTERM: its last line is there")
    with open("/dev/full", "w", encoding="ascii") as full:
        for args in (("stalls",), ("stalls", "-j"), ("waits",), ("waits", "-j")):
            done = subprocess.run([IPITRACE, *args, *LONG, "-d", "0.2"], stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=LIMIT)
            tap.ok(done.returncode == 4 and "stdout" in done.stderr,
                   f"{' '.join(args)} to a full disk: 4", done.returncode, done.stderr)
    for args in (("stalls", "-t", "5us"), ("stalls", "-j", "-t", "5us")):
        # Not as PROGRAM: that goes on, and holds the pipes.
        with subprocess.Popen([*LOADS["membarrier"][:-1], str(LIMIT)]) as load, \
                subprocess.Popen([IPITRACE, *args], stdout=subprocess.PIPE, text=True,
                                 stderr=subprocess.PIPE) as proc:
            proc.stdout.readline()
            proc.stdout.close()
            try:
                status, err = proc.wait(timeout=LIMIT), without_slow_start(proc.stderr.read())
            except subprocess.TimeoutExpired:
                proc.kill()
                err = status = "it does not end"
            # The load ends by itself, too.
            sends = load.poll() is None
            load.kill()
        tap.ok(status == 0 and not err and sends, f"{' '.join(args)} | head -1: ends, says nothing", status,
               err)


def status_of(path):
    with open(f"/proc/{path}/status", encoding="ascii", errors="replace") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def policy_of(tid):
    with open(f"/proc/{tid}/stat", encoding="ascii", errors="replace") as f:
        return int(f.read().rsplit(")", 1)[1].split()[38])


def test_threads():
    run = Background("stalls", "-j", *LONG, "-d", "1000", "--", "sleep", "1000")
    pid = run.proc.pid
    nr = 1 + min(len(CPUS), 4)
    tap.ok(wait_until(lambda: len(os.listdir(f"/proc/{pid}/task")) == nr),
           f"a thread for each of up to four CPUs, and the main one: {nr}",
           os.listdir(f"/proc/{pid}/task"))
    tasks = [int(tid) for tid in os.listdir(f"/proc/{pid}/task")]
    statuses = {tid: status_of(f"{pid}/task/{tid}") for tid in tasks}
    uids = {uid for s in statuses.values() for uid in (s["Uid"] + " " + s["Gid"]).split()}
    tap.ok(len(uids) == 1 and int(min(uids)) in SPARE_UIDS, "all threads have one spare user", uids)
    for key, want in (("CapEff", ["0" * 16]), ("CapPrm", ["0" * 16]), ("NoNewPrivs", ["1"])):
        tap.equal({tuple(s[key].split()) for s in statuses.values()}, {tuple(want)},
                  f"{key} of all threads")
    lists = [s["Cpus_allowed_list"] for tid, s in statuses.items() if tid != pid]
    tap.equal(len(set(lists)), len(lists), "each watcher has a CPU of its own")
    policies = {policy_of(tid) for tid in tasks if tid != pid}
    if policies == {0}:
        tap.skip("watchers are SCHED_FIFO", "it is not permitted here")
    else:
        tap.equal(policies, {1}, "watchers are SCHED_FIFO")
    tap.equal(policy_of(pid), 0, "the main thread is not")
    child = children_of(pid)[0]
    tap.equal((policy_of(child), status_of(child)["VmLck"].split()[0] if "VmLck" in
               status_of(child) else "0"), (0, "0"), "nor is PROGRAM, nor is its memory locked")
    # Since 5.0; without huge pages it is 0 for all.
    huge = [status_of(p).get("THP_enabled", "0").strip() for p in (pid, child, os.getpid())]
    tap.equal(huge, ["0", huge[2], huge[2]], "khugepaged keeps off its memory, not off PROGRAM's")
    os.kill(child, signal.SIGKILL)
    run.out, run.err = run.proc.communicate(timeout=LIMIT)
    run.status = run.proc.returncode
    tap.ok(run.status == 128 + 9 and len(run.objects()) == 1, "PROGRAM's end ends it", run.status,
           run.err)
    run = Background("stalls", "-j", *LONG, "-d", "1000", "--housekeeping", str(CPUS[0]))
    pid = run.proc.pid
    wait_until(lambda: len(os.listdir(f"/proc/{pid}/task")) == 2)
    lists = {status_of(f"{pid}/task/{tid}")["Cpus_allowed_list"]
             for tid in os.listdir(f"/proc/{pid}/task")}
    tap.equal(lists, {str(CPUS[0])}, "--housekeeping: all threads are there")
    nothing_said(run.end(), "--housekeeping: done")


def test_waits():
    run = ipitrace("waits", "-j", *LONG)
    nothing_said(run, "waits: nobody waits: done")
    tap.ok([o["waiting"] for o in run.objects()] == [[]] and not validate(run.objects()[0]),
           "waits -j: one record, by the schema", run.out)
    run = ipitrace("waits", *LONG, "-d", "0.2")
    tap.ok(re.match(r"ipitrace waits: .*[^$]*\n\nnobody waited longer than 1000 s: ", run.out), "waits: nobody waits: it says so",
           run.out)
    # Some 250 looks a second, on the CPU that the calls go to: a sender waits with preemption off
    # (smp_call_function_single(), kernel/smp.c), so that no look from its own CPU falls into a call.
    # Not membarriers: while ipitrace runs there, their program does not, and gets none. A wait is told
    # if the csd is still outstanding when the kernel's memory is asked, a microsecond behind the look;
    # the call interrupts that CPU meanwhile, and may be over.
    with Witness() as witness:
        run = ipitrace("waits", "-j", "-t", "1ns", "-d", "20", "--exit-code", "--housekeeping", str(CPUS[-1]),
                       "--", *STORM_LOADS, "perf", "4")
    seen = run.objects()
    wrong = [w for o in seen for w in validate(o)]
    if not tap.ok(len(seen) == 1 and not wrong, "waits: one record, by the schema", wrong, run.err):
        return
    # The first look that finds one ends it, and the load: then there was no time for more.
    if not seen[0]["waiting"] and witness.too_few(3000):
        tap.skip("waits: who waits", witness.too_few(3000), 3)
        return
    if not seen[0]["waiting"] and len(CPUS) == 2:
        tap.skip("waits: who waits is found", f"two CPUs: in {seen[0]['counted']['looks']} looks each wait was "
                 "over when the kernel was asked")
        tap.ok(seen[0]["counted"]["waits"] > 1000, "waits: those that nobody saw are counted", seen[0])
    else:
        tap.ok(seen[0]["waiting"], "waits: who waits is found", seen[0])
    tap.equal(run.status, 5, "waits --exit-code: 5, beside PROGRAM")
    odd = [w for w in seen[0]["waiting"] if w["duration"] != max(0, seen[0]["time"] - w["call"])]
    tap.ok(not odd, "waits: durations are up to now", odd)


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    test_loads()
    test_quiet_machine()
    test_exit_code()
    test_text()
    test_filter()
    test_ends()
    test_threads()
    test_waits()
    tap.done()


if __name__ == "__main__":
    main()
