#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
The tests themselves can fail: what they pass over, how many samples they want, that a test that cannot
judge is skipped with a reason that prove shows, and which VMs boot again.
"""
import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [os.path.join(TOP, "tests", *part) for part in (("lib",), ("vm", "host"), ("vm", "judge"))]
import books  # noqa: E402
import made  # noqa: E402
import said  # noqa: E402
import stalls  # noqa: E402
import taps  # noqa: E402
from ipitest import BUILD, HUNG_S, Tap, ipitrace, schema, validate  # noqa: E402
from mounts import privately  # noqa: E402
from storms import check_onset, not_ours  # noqa: E402
from times import Times  # noqa: E402
from vm import boot  # noqa: E402

tap = Tap()


def test_cmocka_skips():
    """test_cgroups, in a mount namespace without cgroup2."""
    name = "a cmocka program without cgroup2"
    if os.geteuid():
        tap.skip(name, "not root")
        return
    test = os.path.abspath(os.path.join(BUILD, "tests", "test_cgroups"))
    done = subprocess.run(privately('umount -a -t cgroup2; exec "$@"', "sh",
                                    "prove", "--directives", "--exec", "", test), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=HUNG_S,
                          env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"})
    tap.ok(done.returncode == 0 and "# SKIP no cgroup2" in done.stdout and
           "All tests successful" in done.stdout, f"{name}: prove shows what is skipped, and why",
           done.returncode, done.stdout)


def storm(name, *sources, rate=5000):
    """A storm: @sources are (samples, comm, cgroup), None as cgroup: an interrupt."""
    return {"name": name, "cpu_rate_per_s": rate,
            "sources": [{"samples": n, "comm": comm, "cgroup": cgroup, "interrupt": cgroup is None}
                        for n, comm, cgroup in sources]}


def test_whose_storm():
    """storm.t passes over storms of others alone."""
    own, load = (9, "ipitrace", "/ipitrace"), (9, "ipiload", "/storm")
    other = (9, "qemu", "/user.slice")
    for sources, ours in (((own,), True), ((load,), True), ((load, other), True), ((other,), False),
                          ((other, other, load), False), (((5, "", None), other), False),
                          (((5, "", None), own), True)):
        why = not_ours(storm("membarrier", *sources), ("/storm", "/ipitrace"), lambda: 1e6)
        tap.equal(why is None, ours, f"a storm of {[s[1] or 'an interrupt' for s in sources]}: "
                  f"{'ours' if ours else 'not ours'}")
    for rate, ours in ((100, True), (4000, False)):
        why = not_ours(storm("wakeups"), ("/storm",), lambda rate=rate: rate)
        tap.equal(why is None, ours, f"a storm that names no task, {rate} a second without us: "
                  f"{'ours' if ours else 'not ours'}")


def judged(delays, held=0, witness=None):
    """ipigen-check's verdict on these delays of 10 ms, ns: (its line, whether it passed)."""
    judge, out = taps.Tap(0.02, held), io.StringIO()
    with contextlib.redirect_stdout(out):
        for i, delay in enumerate(delays):
            judge.time("single_wait", "ipitrace's delay", f"round {i}", delay, 10_000_000, 1, witness)
        judge.judge_times()
    return out.getvalue(), not judge.failed


def test_times():
    """The proof's bound: 95 of 100 samples on each path, 20 at least."""
    for agree, samples, good in ((20, 20, True), (19, 20, True), (18, 20, False), (95, 100, True),
                                 (94, 100, False), (19, 19, False), (1, 1, False)):
        # 2 % of 10 ms and 10 us: 210 us.
        said, passed = judged([10_200_000] * agree + [10_220_000] * (samples - agree))
        tap.equal(passed, good, f"times: {agree} of {samples} agree: {'passes' if good else 'fails'}")
        if passed != good:
            tap.note(said)


def test_times_held_up():
    """A host that takes the VM's CPUs away: ftrace must have lost as much as ipitrace."""
    for held, measured, witness, good in ((0.4, 12, 12, True), (0.4, 12, 10, False), (0.4, 12, None, False),
                                          (0.2, 12, 12, False), (0.4, 10, 12, True)):
        passed = judged([measured * 10**6] * 20, held, witness and witness * 10**6)[1]
        tap.equal(passed, good, f"times: {measured} ms for 10, ftrace's {witness}, the VM waited for "
                  f"{held:.0%} of the time: {'passes' if good else 'fails'}")


def test_lengths():
    """The stalls' bound: what 95 of 100 may be by chance in so few samples."""
    for agree, samples, good in ((32, 32, True), (28, 32, True), (27, 32, False), (24, 32, False),
                                 (95, 100, True), (90, 100, False), (19, 19, False)):
        tap.equal(taps.likely(agree, samples), good,
                  f"lengths: {agree} of {samples} agree: {'passes' if good else 'fails'}")
    for agree, good in ((27, True), (22, True), (21, False)):
        tap.equal(taps.likely(agree, 32, True), good,
                  f"lengths on a busy host: {agree} of 32 agree: {'passes' if good else 'fails'}")


LATE_SEND = """
ipigen-1204 [000] d..1. 74.112320: csd_queue_cpu: cpu=1 callsite=generic_exec_single+0x33/0x120 func=ipigen_single_wait [ipigen] csd=00000000f2c7
ipigen-1204 [000] d.h1. 74.112321: ipi_send_cpu: cpu=1 callsite=ttwu_queue_wakelist+0xf1/0x120 callback=0x0
ipigen-1204 [000] d..1. 74.1%05d: ipi_send_cpu: cpu=1 callsite=generic_exec_single+0x33/0x120 callback=generic_smp_call_function_single_interrupt+0x0/0x20
"""


INTERRUPTS_OFF = stalls.InterruptsOff("ipigen_single_wait", 0, 1)


def late_case(truth_ms):
    """A csd whose handler began so late by the books, with interrupts off for 30 ms."""
    return SimpleNamespace(name="late", number="1", path="single_wait", begin=0, end=10**12,
                           args="ipigen run single_wait --src 0 --dst 1 --irqs-off 30ms",
                           truth={"single_wait": {"edges": [
                               {"src": 0, "dst": 1, "delay_ns": {"max": truth_ms * 10**6}}]}})


def lateness(sent_us, truth_ms, reason):
    """The judge's line on a csd that came so late, and whose IPI was sent so late: ipitrace gives that reason."""
    case, want = late_case(truth_ms), INTERRUPTS_OFF
    stream = SimpleNamespace(sends=stalls.Sends((LATE_SEND % (12320 + sent_us)).splitlines()),
                             first_report=lambda stall: {"written": stall["start"], "ongoing": True})
    row = stalls.Row(case, want, {"start": 74112320000, "split": {}}, stream)
    row.late = None if reason == "interrupts_off" else ("interrupts_off", reason)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        stalls.check_lateness(taps.Tap(0.02), [row])
    return said.getvalue().splitlines()[0]


def test_lateness():
    """A sender may be the reason only where ftrace, too, saw it late, or the module saw more than was injected."""
    for sent_us, truth_ms, reason, verdict in (
            (19, 32, "interrupts_off", "ok"), (19, 32, "sender", "not ok"), (19, 32, "idle", "not ok"),
            (14000, 32, "sender", "not ok"), (19000, 32, "sender", "SKIP"), (19000, 32, "idle", "not ok"),
            (19000, 32, "interrupts_off", "ok"),
            (19, 46, "sender", "SKIP"), (19, 46, "interrupts_off", "ok")):
        said = lateness(sent_us, truth_ms, reason)
        tap.equal("SKIP" if "# SKIP" in said else said.split(" 1 - ")[0], verdict,
                  f"lateness: {reason} for {truth_ms} ms, sent after {sent_us} us: {verdict}")


def test_victims():
    """The interrupt finds the thread that keeps interrupts off, unless it came when that was over."""
    for truth_ms, victim, right in ((29, "ipigen/1", True), (29, "swapper/1", False), (31, "swapper/1", False),
                                    (37, "swapper/1", True), (37, "ipigen/1", True)):
        stall = {"sender": {"comm": "ipigen"}, "late": "interrupts_off", "victim": {"comm": victim}}
        wrong = INTERRUPTS_OFF.wrong_fields(stall, late_case(truth_ms))
        tap.equal(wrong, {} if right else {"victim": ("ipigen/1", victim)},
                  f"victim: {victim} after {truth_ms} ms: {'right' if right else 'wrong'}")


RAN = """
kworker-9 [00{cpu}] d.h1. 74.{entry:06d}: csd_function_entry: func=ipigen_many_wait [ipigen], csd=00000000f2c7
kworker-9 [00{cpu}] d.h1. 74.{exit:06d}: csd_function_exit: func=ipigen_many_wait [ipigen], csd=00000000f2c7
"""


def test_stragglers():
    """Late or long by the kernel's events; either, where the slack of the clocks decides."""
    for runs, wants in (
            (((1, 10, 20), (2, 30010, 30020), (3, 12, 22)), [(2, "late")]),
            (((1, 10, 20), (2, 10, 30020), (3, 12, 22)), [(2, "long")]),
            (((1, 10, 20), (2, 15010, 30020), (3, 12, 22)), [(2, "late"), (2, "long")])):
        lines = "".join(RAN.format(cpu=cpu, entry=entry, exit=end) for cpu, entry, end in runs).splitlines()
        tap.equal(stalls.stragglers(list(stalls.runs_in(lines))), wants, f"straggler of {runs}: {wants}")


def test_late_queueing():
    """A sender that stood still before it queued the csd makes the books' delay, and no stall; the events say so."""
    lines = RAN.format(cpu=1, entry=112900, exit=112950).replace("many_wait", "single_wait").splitlines()
    for sends, reports, wants in ((LATE_SEND % 12330, [], 0), ("", [], 1)):
        case = late_case(65)
        case.sends, case.odd = stalls.Sends(sends.splitlines()), []
        case.runs = list(stalls.runs_in(lines))
        stream, problems = SimpleNamespace(stalls=reports), []
        if not INTERRUPTS_OFF.too_short(case):
            stalls.check_want(case, INTERRUPTS_OFF, stream, problems)
        tap.equal(len(problems), wants, f"queued {'late' if sends else 'unseen'}, 65 ms by the books, no report: "
                  f"{'right' if not wants else 'wrong'}")
    lines = RAN.format(cpu=1, entry=177900, exit=177950).replace("many_wait", "single_wait").splitlines()
    case.sends, case.runs = stalls.Sends((LATE_SEND % 12330).splitlines()), list(stalls.runs_in(lines))
    tap.ok(not INTERRUPTS_OFF.too_short(case), "queued at once, 65 ms by the events: a report is wanted")


def test_words():
    """The text names the cause that JSON's evidence is of, and none that it contradicts."""
    cases = (("interrupts_off", "interrupts_off", 0, "interrupts_off"), (None, "interrupts_off", 0, "interrupts_off"),
             (None, "interrupts_off", None, "interrupts_off"), (None, "idle", None, "idle"), (None, None, 2, None),
             ("never_arrived", None, 212, "never_arrived"), ("behind", "behind", 1, "behind"),
             ("stolen", "stolen", 5, "stolen"), ("busy", "interrupts_off", 0, "busy"), (None, "sender", 9, "sender"))
    told = [{**made.stall(i, 0, 30_000_000, False), "why": why, "late": late, "timer_interrupts": timers}
            for i, (why, late, timers, _) in enumerate(cases)]
    got = said.causes_said(told)
    for stall, causes, (why, late, timers, want) in zip(told, got, cases):
        tap.equal(causes, [want], f"words: why {why}, late {late}, {timers} timer interrupts: {want}")
        tap.ok(causes and not said.contradicts(stall, causes[0]), f"words: {want} agrees with why {why}, late {late}")
    for stall, other, (why, late, timers, _) in zip(told, ("behind", "idle", "never_arrived", "interrupts_off"), cases):
        tap.ok(said.contradicts(stall, other), f"words: {other} contradicts why {why}, late {late}, timers {timers}")


def test_longest():
    """An alarm is true if the window of its end, or one beside it, has its length; windows may be long."""
    ends, waits = (1, 5, 6, 7), (20, 30, 40, 50)
    windows = [{"window": {"mono_end": end * 10**9}, "cpus": [
        {"cpu": 2, "delay": {"max": None}, "handler": {"max": None}, "wait": {"max": wait}}]}
        for end, wait in zip(ends, waits)]
    for time, src, longest in ((0.5, 2, 30), (2.5, 2, 40), (5.5, 2, 50), (6.5, 2, 50), (2.5, 1, 0)):
        stall = {"phase": "wait", "src": src, "dst": 3, "time": int(time * 10**9)}
        tap.equal(stalls.longest_at(windows, stall), longest, f"load: a wait of CPU {src} that ends at {time} s")


def one_by_one(recorded, lost, in_flight):
    """
    The judge's verdict on records of CPU 2, which queued 300 csds, one in each ms; @recorded: whose turn has a record.
    The host held the CPU for 40 ms when ftrace, but not ipitrace, had handled the event of the first record.
    """
    first, held = recorded[0], 40
    queued = [{"cpu": 2, "dst": str(i % 2), "func": "f", "callsite": "g+0x33/0x120", "task": i, "interrupt": False,
               "time": (i + held * (i > first)) * 1000000} for i in range(300)]
    got = [{"src": 2, "dst": i % 2, "func": "f", "callsite": "g+0x33", "tid": i, "interrupt": False,
            "time": (i + held) * 1000000} for i in recorded]
    end = {"queued": len(got) + lost + in_flight, "csds": len(got), "brief": 0, "in_flight": in_flight,
           "lost": lost, "lost_by": {"queue_unseen": lost}}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        books.check_one_by_one(taps.Tap(0.02), "trace", got, end, queued)
    return [line.split(" 2 - ")[0] for line in said.getvalue().splitlines() if " 2 - " in line][0]


def test_one_by_one():
    """An event may have no record if its csd is lost or in flight, also if later csds have run."""
    every, gap, end = range(300), [i for i in range(300) if i != 298], range(299)
    for what, recorded, lost, in_flight, verdict in (
            ("all", every, 0, 0, "ok"), ("all but the last", end, 0, 1, "ok"),
            ("the last 200", range(100, 300), 0, 0, "ok"), ("all but the last but one", gap, 0, 1, "ok"),
            ("all but the last but one", gap, 1, 0, "ok"),
            ("all but the last but one", gap, 0, 0, "not ok"), ("all", every, 1, 0, "not ok")):
        tap.equal(one_by_one(recorded, lost, in_flight), verdict,
                  f"records: {what} of 300, {lost} lost, {in_flight} in flight: {verdict}")


def in_order(times, late):
    """The verdict on records of these (time, delay, handler), ms or None, so many of which are counted as late."""
    got = [dict(zip(("time", "delay", "handler"), (n if n is None else n * 10**6 for n in of))) for of in times]
    judge = taps.Tap(0.02)
    with contextlib.redirect_stdout(io.StringIO()):
        books.check_order(judge, "trace", got, {"late": late})
    return not judge.failed


def test_order():
    """A record may come behind a later one if its csd outlasted ipitrace's hold of 2 s, and is counted late."""
    first, last = (1000, 1, 0), (9000, 1, None)
    slow, sleeper, untimed, quick = (900, 2001, 0), (950, 1, 2000), (900, None, None), (900, 1999, 1)
    for what, times, late, good in (
            ("in order", (first, last), 0, True), ("in order, one counted", (first, last), 1, False),
            ("one delivered after 2 s", (first, slow, last), 1, True),
            ("one delivered after 2 s, not counted", (first, slow, last), 0, False),
            ("two that took 2 s", (first, slow, sleeper, last), 2, True),
            ("two that took 2 s, one counted", (first, slow, sleeper, last), 1, False),
            ("one within 2 s", (first, quick, last), 1, False), ("one of unknown times", (first, untimed, last), 1, False),
            ("one of two within 2 s", (first, slow, quick, last), 2, False),
            ("one that took 2 s, in its turn", (slow, first, last), 0, True)):
        tap.equal(in_order(times, late), good, f"records: {what}: {'passes' if good else 'fails'}")


def test_held_up():
    with tempfile.TemporaryDirectory() as path:
        tap.equal(taps.held_up(Path(path)), 0, "a host that does not say: not known to be busy")
        Path(path, "host").write_text("30 10\n", encoding="ascii")
        tap.equal(taps.held_up(Path(path)), 0.25, "10 ns waited, 30 ns ran: held up for a quarter")


INT3_TAKEN = "[   85.9] RIP: 0010:asm_exc_int3+0x0/0x40\n"
STUCK = "[  132.8] watchdog: BUG: soft lockup - CPU#3 stuck for 45s! [ipitrace:278]\n"


def test_consoles():
    """A VM boots again after QEMU's own fault, and after no other complaint of its kernel."""
    consoles = {
        "an oops on a breakpoint": ("[   12.3] Oops: int3: 0000 [#1] PREEMPT SMP\n", True, 1),
        "an oops on a breakpoint, Linux 6.12": ("[   12.3] int3: 0000 [#1] SMP\n", True, 0),
        "a breakpoint taken for ever": (STUCK + INT3_TAKEN, True, 1),
        "a CPU that is stuck": (STUCK, False, 1),
        "a breakpoint": (INT3_TAKEN, False, 0),
        "a known warning": ("[   45.4] WARNING: CPU: 3 PID: 38 at kernel/sched/core.c:8365 sched_cpu_dying+0x93/0x230\n",
                            False, 0),
        "a known warning of deadlines": ("[   45.4] WARNING: CPU: 1 PID: 24 at kernel/sched/deadline.c:255 "
                                         "dl_server_stop+0x120/0x1a0\n", False, 0),
        "another warning": ("[   45.4] WARNING: CPU: 3 PID: 38 at kernel/smp.c:815 smp_call_function_many_cond+0x1/0x2\n",
                            False, 1),
        "nothing": ("[    1.0] vm: init runs the script\n", False, 0),
    }
    lib = os.path.join(TOP, "tests", "vm", "host", "console.sh")
    with tempfile.TemporaryDirectory() as path:
        for name, (text, stale, complaints) in consoles.items():
            console = Path(path, "console")
            console.write_text(text, encoding="ascii")
            done = subprocess.run(["bash", "-euc", '. "$1"; console_complaints "$2" never; '
                                   'console_stale_int3 "$2"', "sh", lib, console],
                                  stdout=subprocess.PIPE, text=True, check=False)
            tap.equal((not done.returncode, len(done.stdout.splitlines())), (stale, complaints),
                      f"a console with {name}: {'boots again' if stale else 'is judged'}")


# A QEMU whose console has QEMU's fault in so many boots; then the script ends well.
FAULTY_QEMU = r"""#!/bin/bash
while [ $# -gt 0 ]; do
	case $1 in
	-accel) accel=$2 ;;
	-serial) console=${2#file:} ;;
	-pidfile) echo $$ >"$2" ;;
	-drive) disk=${2#file=} && disk=${disk%%,*} ;;
	esac
	shift
done
echo "$accel" >>"$BOOTS"
if [ "$(wc -l <"$BOOTS")" -le "$FAULTS" ]; then
	printf %s "$FAULT" >"$console"
	exec sleep 100
fi
echo 0 >"$OUT/.status"
tar -C "$OUT" -cf "$disk" .status
"""


def test_boots_again():
    """
    host/run ends a QEMU that is at fault, and boots again: at last where the fault cannot be. Each such
    boot is told, though the last one goes well.
    """
    with tempfile.TemporaryDirectory() as path:
        qemu = Path(path, "qemu-system-x86_64")
        qemu.write_text(FAULTY_QEMU, encoding="ascii")
        qemu.chmod(0o755)
        for faults, accels in ((0, ["multi"]), (2, ["multi"] * 3), (4, ["multi"] * 4 + ["single"])):
            boots = Path(path, "boots")
            boots.write_text("", encoding="ascii")
            env = {"PATH": f"{path}:{os.environ['PATH']}", "BOOTS": str(boots), "OUT": path,
                   "FAULTS": str(faults), "FAULT": STUCK + INT3_TAKEN}
            told = io.StringIO()
            with patch.dict(os.environ, env), contextlib.redirect_stdout(told):
                done = boot("6.12", os.path.join(path, "out"), [], ["-t", "60"], "scale.sh")
            tap.equal((done.returncode, done.stdout.count("booting again"), told.getvalue().count("\n"),
                       [line.removeprefix("tcg,thread=") for line in boots.read_text().split()]),
                      (0, faults, faults, accels), f"a VM with QEMU's fault in {faults} boots: {len(accels)} in all")
            if done.returncode:
                tap.note(done.stdout)


def made_proc(path, used, stolen, threads):
    """A /proc of two CPUs whose programs used so many s: {process: (its children, {thread: (s it ran, s it waited)})}."""
    ticks = os.sysconf("SC_CLK_TCK")
    Path(path, "stat").write_text(f"cpu  {used * ticks:.0f} 0 0 5000 7 3 2 {stolen * ticks:.0f} 0 0\ncpu0 1 2 3\n", encoding="ascii")
    for pid, (children, tasks) in threads.items():
        for tid, (ran, waited) in tasks.items():
            task = Path(path, str(pid), "task", str(tid))
            task.mkdir(parents=True, exist_ok=True)
            (task / "schedstat").write_text(f"{ran * 1e9:.0f} {waited * 1e9:.0f} 12\n", encoding="ascii")
            (task / "children").write_text(children if pid == tid else "", encoding="ascii")


# What no key of a record may be, and what some may.
# A validator takes 10 ms for a snapshot, so some changes of each kind of record are tried; JUDGES_CHANGES=9999: all.
CHANGES = int(os.environ.get("JUDGES_CHANGES", "40"))
WRONG_VALUES = (None, True, -1, 0, 1, 1.5, 10**12, "", "x", "/x", "0-1", "stall", "a" * 40, [], [1, 1], {}, {"x": 1})


def changed(value):
    """A JSON value with one of its parts replaced, removed or added, in each way."""
    if isinstance(value, dict):
        yield {**value, "no_such_key": 1}
        for key, part in value.items():
            yield {k: v for k, v in value.items() if k != key}
            for other in changed(part):
                yield {**value, key: other}
    elif isinstance(value, list):
        yield value + value
        for part in changed(value[0]) if value else ():
            yield [part, *value[1:]]
    yield from WRONG_VALUES


def test_shapes():
    """What lib/shapes.py takes for alike is alike: each change of a record, before and after it was seen."""
    records = {}
    for path in sorted(Path(TOP, "tests", "unit", "captures").glob("*.zst")):
        for o in ipitrace("report", "-j", path).objects():
            records.setdefault(o["type"], o)
    tap.ok(len(records) >= 4, "there are records of some types", sorted(records))
    for kind, record in records.items():
        validate(record)
        changes = list(changed(record))
        changes = changes[::1 + len(changes) // CHANGES]
        unlike = [c for c in changes if validate(c) != schema().errors(c)]
        tap.ok(not unlike, f"{kind}: {len(changes)} changes are as valid as the schema says", *map(str, unlike[:2]))


# In 10 s of two CPUs: (s that all programs used, s that were stolen, {threads of process 7}, {of its child 8}), and
# what becomes of a check of a time that fails.
MACHINES = {
    "a quiet machine": (2, 0.2, {7: (1, 0.1)}, {8: (1, 0.1)}, "not ok"),
    "a host that steals": (2, 1, {7: (1, 0.1)}, {8: (1, 0.1)}, "SKIP"),
    "others on the CPUs, and a child that waits": (12, 0.2, {7: (1, 0.1), 9: (1, 0.2)}, {8: (5, 3)}, "SKIP"),
    "others on the CPUs, and a second thread that waits": (12, 0.2, {7: (1, 0.1), 9: (1, 1.2)}, {8: (5, 0)}, "SKIP"),
    "others on the CPUs, and nobody waits": (12, 0.2, {7: (1, 0.1)}, {8: (5, 0.5)}, "not ok"),
    "the test's own load on the CPUs": (19, 0.2, {7: (9, 5)}, {8: (9.5, 5)}, "not ok"),
}


def test_judged_times():
    """lib/times.py: a check of a time that fails is a skip where the machine was slow, and there alone."""
    for what, (used, stolen, own, child, verdict) in MACHINES.items():
        with tempfile.TemporaryDirectory() as path:
            # What was before counts for nothing.
            made_proc(path, 1000, 500, {7: ("8", {7: (50, 40)}), 8: ("", {8: (50, 40)})})
            with Times(path, 7, 2, iter((100, 110)).__next__) as times:
                since = [{tid: (ran + 50 * (tid != 9), waited + 40 * (tid != 9)) for tid, (ran, waited) in of.items()}
                         for of in (own, child)]
                made_proc(path, 1000 + used, 500 + stolen, {7: ("8", since[0]), 8: ("", since[1])})
        for good, wanted in ((False, verdict), (True, "ok")):
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                times.check(Tap(), good, "it took 2 s", "details")
            line = said.getvalue().splitlines()[0]
            tap.equal("SKIP" if "# SKIP times cannot be judged: in 10.00 s " in line else line.split(" 1 - ")[0], wanted,
                      f"{what}: a time that is {'right' if good else 'wrong'}: {wanted}")


def test_onset_on_a_slow_machine():
    """One of these checks, storm.t's: a storm that is named after 2 s, where the host stole half of the CPUs."""
    with tempfile.TemporaryDirectory() as path:
        for stolen, verdict in ((0, "not ok"), (10, "SKIP")):
            made_proc(path, 0, 0, {7: ("", {7: (0, 0)})})
            with Times(path, 7, 2, iter((0, 10)).__next__) as times:
                made_proc(path, 1, stolen, {7: ("", {7: (1, 0)})})
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                check_onset(Tap(), times, {"time": 2 * 10**9, "onset": 10**8}, 0, 0)
            tap.equal(["SKIP" if "# SKIP" in line else re.match("not ok|ok", line)[0]
                       for line in said.getvalue().splitlines() if not line.startswith("#")], [verdict, "ok"],
                      f"a storm that is named after 2 s, {stolen} s stolen: {verdict}")


def main():
    test_cmocka_skips()
    test_whose_storm()
    test_judged_times()
    test_onset_on_a_slow_machine()
    test_shapes()
    test_times()
    test_times_held_up()
    test_lengths()
    test_lateness()
    test_victims()
    test_stragglers()
    test_late_queueing()
    test_words()
    test_longest()
    test_one_by_one()
    test_order()
    test_held_up()
    test_consoles()
    test_boots_again()
    tap.done()


if __name__ == "__main__":
    main()
