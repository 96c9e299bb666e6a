#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Real storms on this host's kernel, each named rightly, and quiet in which none
is. The table of it is left in build/storms-host.md.
"""

import os
import re
import signal
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
import flushes  # noqa: E402
import storm_loads  # noqa: E402
from conduct import ANSI, CHEAP, CPUS, WIDTH, fails, tap  # noqa: E402
from ipitest import BUILD, IPILOAD, IPITRACE, Background, Run, first_good, ipitrace, programs_at  # noqa: E402
from mounts import cgroup2, privately  # noqa: E402
from senders import Group  # noqa: E402
from storms import (NONE, Table, Witness, check_onset, last_of, machine_rate, names_of,  # noqa: E402
                    not_ours, storms_of, valid, witness_of)
from times import Times  # noqa: E402

LOADS = os.path.join(TOP, "tests", "lib", "storm_loads.py")
PRELOADED = os.path.join(TOP, "tests", "lib", "preloaded.c")
# Two windows make a storm, and each load fills four.
WINDOW = ("-i", "0.3")
SECONDS = 1.5
# The IPIs a second of one CPU that must be a storm: 1.5 times the limit of each cause. Membarriers
# and TLB flushes interrupt running threads alone.
TRAFFIC, ROUTINE, OCCASIONAL, RARE = 30000, 12000, 300, 75
# Wake-ups and moves of tasks are ordinary at any rate that two tasks make: ask for a lower limit.
LOWER = ("--storm-rate", "500")
IN_GROUP = 'echo $$ >"$0" && exec "$@"'
BEFORE_OTHERS = []  # words before a command
table = Table()


def ipiload(load, *args):
    return [IPILOAD, load, "-q", "--duration", str(SECONDS), *map(str, args)]


def made(load):
    return [sys.executable, LOADS, load, str(SECONDS)]


def take_precedence():
    """
    From now on the loads run before other programs, for a load that is held up is no storm; and this test before the
    loads. Not in a container that may not.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(2))
    except PermissionError as error:
        tap.note(f"the loads run beside other programs: {error}")
    else:
        BEFORE_OTHERS.extend(["chrt", "-r", "1"])


def grouped(group, command):
    """The command to run another in that cgroup."""
    return ["sh", "-c", IN_GROUP, f"{group.dir}/cgroup.procs", *BEFORE_OTHERS, *map(str, command)]


def divided(what, storms, *groups):
    """(the storms of these cgroups, why each other storm is not of them)"""
    ours, reasons = [], []
    for storm in storms:
        why = not_ours(storm, [group.path for group in groups], machine_rate)
        ours += [] if why else [storm]
        reasons += [why] if why and why not in reasons else []
    for why in reasons:
        tap.note(f"{what}: not of this test: {why}")
    return ours, reasons


def watched(what, load, *options):
    """ipitrace storm over the load, each in a cgroup of its own, which tell others' storms apart."""
    with Group("storm") as group, Group("ipitrace") as own:
        run = Run(grouped(own, [IPITRACE, "storm", "-j", *WINDOW, *options, "--", *grouped(group, load)]))
        return run, *divided(what, storms_of(run.out), group, own)


def is_of_the_host(storm):
    """Whether the limit is exceeded by a cost of which the host stole half."""
    stolen = storm["stolen_ns_per_s"]
    return storm["reason"] == "share" and stolen is not None and \
        2 * (stolen["delay"] + stolen["handler"]) >= storm["handler_ns_per_s"] + storm["wait_ns_per_s"]


def case(what, true, load, least=ROUTINE, options=(), more=0):
    """
    Judged at once: a second try would hide a name that is wrong half of the time. @more: checks that the
    caller makes of the storms.
    """
    with Witness() as seen:
        run, storms, others = watched(what, load, *options)
    tap.ok(run.status == 0 and not run.err, f"{what}: ran", run.status, run.err)
    stolen = [s for s in storms if true == NONE and is_of_the_host(s)]
    storms = [s for s in storms if s not in stolen]
    others += ["the host stole half of what its IPIs cost"] if stolen else []
    names = names_of(storms)
    why = "; ".join(others) if true == NONE else seen.too_few(least)
    if names == [NONE] and why:
        tap.skip(f"{what}: is {true}", why, 2 + more)
        return None
    tap.ok(names == [true], f"{what}: is {true}", f"got {names}", *storms)
    valid(tap, storms, what)
    table.add(what, true, storms)
    return storms


def is_storm(what, seen, checks=1):
    """Whether the load was one; else so many checks are skipped."""
    why = seen.too_few(ROUTINE)
    if why:
        tap.skip(what, why, checks)
    return not why


def check_membarrier(storms):
    first = storms[0]
    tap.ok(first.get("func") == "ipi_mb" and first.get("share", 0) > 0.5, "membarrier: func, share",
           first)
    tap.ok(first.get("sources") and first["sources"][0]["comm"] == "ipiload",
           "membarrier: ipiload is its source", first.get("sources"))
    tap.ok(first.get("src") and first.get("dst") and first.get("cost_ns_per_s", 0) > 0,
           "membarrier: from, to, cost", first)
    for key in ("sent", "received"):
        cpus = first[key]
        rate = sum(cpu["rate_per_s"] for cpu in cpus["cpus"]) + cpus["other_per_s"]
        tap.ok(abs(rate - first["rate_per_s"]) < 1, f"membarrier: {key} adds up to its rate", cpus)
        tap.ok(cpus["other_per_s"] < 0.2 * rate, f"membarrier: {key} by which CPU", cpus)
    tap.ok(any("membarrier" in f for s in first.get("sources", ()) for f in s["chain"]),
           "membarrier: the caller", first.get("sources"))


def check_migration(storms):
    moved = [s["evidence"]["tasks_moved_per_s"] for s in storms]
    # The window of the last report may be one in which the load had ended.
    tap.ok(None not in moved and moved[0] > 1000, "sched_setaffinity: tasks were moved", moved)
    tap.ok(all(s["evidence"]["stopper_runs_per_s"] is not None for s in storms),
           "sched_setaffinity: the stoppers are watched", storms)


def test_kinds():
    storms = case("membarrier(2)", "membarrier", ipiload("membarrier"), more=8)
    if storms:
        check_membarrier(storms)
    case("membarrier(2), rseq", "membarrier", ipiload("membarrier-rseq"))
    for call in ("munmap", "mprotect"):
        if flushes.SEND_IPIS:
            case(call, f"tlb_{call}", ipiload(f"tlb-{call}"))
        else:
            tap.skip(f"{call}: is tlb_{call}", flushes.NO_IPIS, 3)
    case("futex ping-pong, --storm-rate 500", "wakeups", ipiload("wakeup"), TRAFFIC / 4, LOWER)
    storms = case("sched_setaffinity, --storm-rate 500", "migration", ipiload("setaffinity"),
                  TRAFFIC / 4, LOWER, 2)
    if storms:
        check_migration(storms)
    storms = case("a tracepoint on and off", "text_patching", made("patch"), RARE, more=1)
    if storms is not None:
        tap.ok(any("tracepoint" in f for s in storms for source in s["sources"]
                   for f in source["chain"]), "text patching: by a tracepoint",
               [s["sources"] for s in storms])
    if os.path.exists(storm_loads.RPS_CPUS):
        case("packets received on another CPU", "rps", made("rps"), TRAFFIC)
    if storm_loads.PERF_EVENT_OPEN:
        case("perf events opened and closed", "perf", made("perf"), OCCASIONAL)


def test_whose():
    """A storm of a cgroup that is neither the load's nor ipitrace's is told apart, and not dropped."""
    what = "somebody's membarriers beside idle"
    with Group("others") as group, \
            subprocess.Popen(grouped(group, [IPILOAD, "membarrier", "-q", "--duration", "60"]),
                             stdout=subprocess.DEVNULL) as load:
        with Witness() as seen:
            _, storms, others = watched(what, ["sleep", SECONDS])
        load.terminate()
    if not is_storm(what, seen):
        return
    tap.ok("membarrier" not in names_of(storms) and
           any("membarrier is of ipiload" in why for why in others), f"{what}: named as theirs",
           storms, others)


def test_sends_nothing():
    """To read a perf counter of a CPU is to interrupt that CPU; storm counts events otherwise."""
    storm = Background("storm", "-j", "-i", 0.2)
    watch = Background("-j", "-p", storm.proc.pid, "-f", "*perf_event_read*")
    time.sleep(1)
    snaps = watch.end().snapshots()
    storm.end()
    tap.equal([f["func"] for snap in snaps for f in snap["functions"]], [],
              "storm interrupts no CPU for what it reads")
    tap.ok(snaps and storm.status == 0, "and runs meanwhile", storm.err)


def test_quiet():
    case("idle", NONE, ["sleep", str(SECONDS)])
    case("1,000 membarriers a second", NONE, ipiload("membarrier", "--rate", 1000))
    case("1,000 munmaps a second", NONE, ipiload("tlb-munmap", "--rate", 1000))
    case("a compiler on all CPUs", NONE, made("compile"))


def counts(snapshots):
    """csds by function, reschedules and irq_works as all that storm counts."""
    found = {}
    for snap in snapshots:
        for f in snap["functions"]:
            found[f["func"]] = found.get(f["func"], 0) + f["count"]
        for k in snap["kinds"]:
            if k["kind"] in ("reschedule", "irq_work"):
                found[k["kind"]] = found.get(k["kind"], 0) + k["sent"]
    return found


def mix():
    """Both loads, and what summary counts meanwhile: names, last words, shares; the witness."""
    # Two loads of ipiload's would share both CPUs, and may run so that each misses its receiver.
    # To attach takes its time where others patch the kernel too: the loads outlast it.
    with Group("storm") as group, Group("ipitrace") as own:
        loads = [subprocess.Popen(grouped(group, load), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
                 for load in ([IPILOAD, "membarrier", "-q", "--duration", "30"],
                              [sys.executable, LOADS, "patch", "30"])]
        time.sleep(0.3)
        summary = Background("-j", "-d", 3)
        with Witness() as seen:
            run = Run(grouped(own, [IPITRACE, "storm", "-j", "-d", 3, *LOWER]))
        summary.proc.wait(30)
        counted = counts(summary.end(0).snapshots())
        for load in loads:
            load.send_signal(signal.SIGINT)
            load.wait(30)
        storms, _ = divided("a mix", storms_of(run.out), group, own)
    total = sum(counted.values())
    return storms, {f: n / total for f, n in counted.items()}, seen


def test_mix():
    storms, truth, seen = mix()
    if "membarrier" not in names_of(storms) and not is_storm("a mix of two: both are named", seen, 4):
        return
    tap.equal(names_of(storms), ["membarrier", "text_patching"], "a mix of two: both are named")
    valid(tap, storms, "a mix")
    for storm in last_of(storms):
        want = truth.get(storm["func"], 0)
        tap.ok(abs(storm["share"] - want) < 0.1, f"a mix: the share of {storm['name']}",
               f"{storm['share']}, summary has {want}")
    table.rows.append(["membarrier(2), and a tracepoint on and off", "`membarrier`, `text_patching`",
                       ", ".join(f"`{n}`" for n in names_of(storms)), "",
                       " + ".join(f"{100 * s['share']:.0f} %" for s in sorted(
                           last_of(storms), key=lambda s: s["name"])), ""])


def test_onset():
    """It begins while we look, and ends."""
    run = Background("storm", "-j", "-i", 0.5)
    time.sleep(3.2)
    begun = time.monotonic_ns()
    with Times() as times, Group("storm") as group:
        with witness_of("ipi_mb") as load, Witness() as seen:
            subprocess.run(grouped(group, [IPILOAD, "membarrier", "-q", "--duration", "3"]),
                           stdout=subprocess.DEVNULL, check=True)
        time.sleep(1.2)
        storms, _ = divided("an onset", storms_of(run.end().out), group)
    storms = [s for s in storms if s["name"] == "membarrier"]
    # As late as the machine is: so much later than it asked for the witness woke up.
    late = 4 * seen.latest
    # The load must be a storm all the time: interrupted, it is two of them.
    if min(load.rates[1:-1], default=0) < ROUTINE:
        tap.skip("an onset", f"the load was no storm for {Witness.STEP} s: the machine is busy", 4)
        return
    tap.ok(len(storms) == 2 and storms[0]["ongoing"] and not storms[1]["ongoing"]
           and storms[0]["id"] == storms[1]["id"], "an onset: told when it begins and ends", storms)
    if not storms:
        return
    first = storms[0]
    tap.ok(not first["before"] and first["baseline_per_s"] is not None,
           "an onset: there was a time before", first)
    check_onset(tap, times, first, begun, late)


def test_text():
    with Witness() as seen:
        run = ipitrace("storm", *WINDOW, "-f", "ipi_mb", "--", *ipiload("membarrier"))
    lines = ANSI.sub("", run.out).splitlines()
    if "STORM membarrier" in lines or is_storm("text: named", seen, 9):
        tap.ok("STORM membarrier" in lines, "text: named", run.out)
        tap.ok(lines[lines.index("STORM membarrier") - 1].startswith("CULPRIT:  ipiload["), "text: who it is comes first", run.out)
        for label in ("function", "rate", "limit", "shape", "sources", "cost", "onset", "advice"):
            tap.ok(any(line.startswith(f"{label} ") for line in lines), f"text: {label}", run.out)
    tap.ok(all(len(line) <= WIDTH for line in lines if not line.startswith("{")),
           "text: 80 columns", run.out)
    run = ipitrace("storm", *CHEAP, "-d", "0.5")
    tap.ok(run.status == 0 and not run.out and not run.err, "text: -q, nothing", run.out, run.err)
    run = ipitrace("storm", "-f", "panic", "-d", "0.5")
    tap.ok(re.search(r"^no storm in 0\.\d+ s$", run.out, re.M), "text: no storm, and says so",
           run.out)
    tap.equal([o["type"] for o in ipitrace("storm", "-j", *CHEAP, "-d", "0.5").objects()], ["no_storm"],
              "-j: no storm, and one line that says so")


def until(good, *args):
    """A run for which @good() holds, or the last of some."""
    return first_good(lambda: ipitrace(*args), good)


def test_exit():
    quiet = ("storm", "-j", *CHEAP, "--exit-code")
    tap.equal(ipitrace(*quiet, "-d", "0.5").status, 0, "--exit-code: 0, nothing found")
    tap.equal(ipitrace(*quiet, "--", "sh", "-c", "exit 7").status, 7, "PROGRAM's status")
    # Where csds were lost and the load was below the limit, the status is 4, and the machine is busy.
    with Witness() as seen:
        run = until(lambda run: run.status != 4, "storm", "-j", *WINDOW, "--exit-code", "-f", "ipi_mb", "--",
                    *ipiload("membarrier"))
    if run.status in (1, 5) or is_storm("--exit-code: 5, a storm", seen):
        tap.ok(run.status == 5, "--exit-code: 5, a storm beside PROGRAM", run.status, run.err)
    tap.equal(ipitrace("storm", "-j", *WINDOW, "-f", "ipi_mb", "--", *ipiload("membarrier")).status, 0,
              "without it: 0")


def of_patching(run):
    """The storms by text patching that the run told."""
    return [o for o in run.objects() if o["type"] == "storm" and o["name"] == "text_patching"]


def test_notes():
    """What patches text a hundred times a second costs next to nothing: it is reported, and sets off nothing."""
    patching = re.compile(r"^NOTE text_patching$|^STORM text_patching$", re.M)
    watch = ("-i", "0.5", "-d", "2", "-f", "do_sync_core")
    with subprocess.Popen([sys.executable, LOADS, "patch_slowly", "600"]) as load:
        time.sleep(0.5)
        run = until(of_patching, "storm", "-j", "--exit-code", *watch)
        text = until(lambda run: patching.search(run.out), "storm", *watch).out
        asked = until(of_patching, "storm", "-j", "--exit-code", *watch, "--storm-rate", "2000")
        page = ipitrace("-d", "1").out
        load.terminate()
    told = of_patching(run)
    valid(tap, run.objects(), "notes")
    # When a note begins, the last interval, which cost_share is of, costs less than 1 %, or the last two together.
    begun = {s["id"]: s for s in reversed(told)}.values()
    tap.ok(told and all(s["cost_share"] < 0.02 if s["note"] else s["cost_share"] >= 0.01 for s in begun),
           "text patching is reported, and is a note if it costs less than 1 %", told)
    stormy = any(not s["note"] for s in storms_of(run.out))
    tap.equal(run.status, int(stormy), "--exit-code: a note sets off nothing")
    tap.equal(run.objects()[-1]["type"] == "no_storm", not stormy, "-j: beside notes there is no storm")
    tap.ok(patching.search(text), "text: NOTE", text[:300])
    cost = re.search(r"^COST ([\d.]+)% of CPU time", page, re.M)
    if not cost or float(cost[1]) < 1:
        tap.ok(not re.search("^STORM", page, re.M), "summary: no storm", page)
    else:
        tap.skip("summary: no storm", f"on this busy machine the patches cost {cost[1]}% of CPU time")
    found = of_patching(asked)
    tap.ok(found and not any(s["note"] for s in found) and asked.status == 1,
           "a --storm-rate of one's own: a storm, whatever it costs", asked.status, found)


def test_own_start():
    """
    Each start and end of an ipitrace patches text, and interrupts all CPUs some hundred times. Another
    ipitrace is a tracer as any other, for its name proves nothing: what it does is named, and is no storm of
    this one's.
    """
    starts = f"for i in 1 2 3 4 5 6 7 8; do {IPITRACE} -q -d 0.1 >/dev/null; done"
    what = "ipitraces that start and end"
    others = programs_at("csd_function_entry")
    with Group("starts") as group:
        run = Run([IPITRACE, "storm", "-j", "-i", "0.3", "-f", "do_sync_core", "--", *grouped(group, ["sh", "-c", starts])])
        storms, _ = divided(what, storms_of(run.out), group)
    # A third ipitrace must not count them: the static call of a tracepoint is patched for the first two of its
    # programs only (tracepoint_add_func(), kernel/tracepoint.c).
    csds = [o["csds"] for o in run.objects() if o["type"] == "no_storm"]
    patched = storms_of(run.out) or csds[0] > 200
    if run.status == 0 and not patched and others:
        tap.skip(f"{what} patch text", "another process has programs at csd_function_entry: only the first two patch text")
    else:
        tap.ok(run.status == 0 and patched, f"{what} patch text, by {csds} csds", run.out, run.err)
    tap.ok(names_of(storms) in ([NONE], ["text_patching"]), "and are at most text_patching", storms)
    why = {source["why"] for s in storms for source in s["sources"] if source["comm"] == "ipitrace"}
    tap.ok(why <= {"tracing"}, "for programs are attached", storms)


def test_contained():
    """
    A container's root has user id 0, and may call a program ipitrace; its PID namespace may be the host's, and it may
    have been given ipitrace's file, in which LD_PRELOAD has code of its own run. What it sends is a storm.
    """
    name, unshare = "a container's root calls the load ipitrace", ["unshare", "-p", "-f"]
    with tempfile.TemporaryDirectory() as directory:
        load = [f"{directory}/ipitrace", *ipiload("membarrier")[1:]]
        shutil.copy(IPILOAD, load[0])
        if Run([*unshare, "true"]).status:
            tap.skip(name, "unshare or the kernel lacks PID namespaces", 3)
        else:
            case(name, "membarrier", [*unshare, *load])
        case(f"{name}, in the host's PID namespace", "membarrier", load)
        given, code = f"{directory}/ipitrace-given", f"{directory}/code.so"
        with open(given, "w", encoding="ascii"):
            pass
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", code, PRELOADED], check=True)
        case("a container's root has ipitrace's file, and runs other code in it", "membarrier",
             privately(f'mount --bind {IPITRACE} {given} && exec env LD_PRELOAD={code} SECONDS={SECONDS} {given}'))


def test_options():
    name = "--storm-rate 200: 1,000 a second are a storm"
    low = ("--storm-rate", "200", "-f", "ipi_mb")
    # So few IPIs a second may be those of other programs.
    with witness_of("ipi_mb") as seen:
        _, storms, _ = watched(name, ipiload("membarrier", "--rate", 1000), *low)
    why = seen.too_few(900)
    if names_of(storms) == [NONE] and why:
        tap.skip(name, why)
    else:
        tap.equal(names_of(storms), ["membarrier"], name)
    high = ("--storm-rate", "1e9", "--storm-share", "99", "-f", "ipi_mb")
    _, storms, _ = watched("high", ipiload("membarrier"), *high)
    tap.equal(names_of(storms), [NONE], "--storm-rate 1e9 --storm-share 99: nothing is")
    share = ("--storm-rate", "1e9", "--storm-share", "0.01", "-f", "ipi_mb")
    with Witness() as seen:
        _, storms, _ = watched("share", ipiload("membarrier"), *share)
    if storms or is_storm("--storm-share 0.01: by share", seen):
        tap.ok(storms and all(s["reason"] == "share" for s in storms),
               "--storm-share 0.01: by share", storms)
    for option in ("--storm-rate", "--storm-share", "--storm-rise"):
        for value in ("0", "-1", "x", "1x", "0x10", "", "nan", "inf", "1e13"):
            fails(ipitrace("storm", option, value, "-d", "0.1"), 2, f"refuses {option} {value!r}",
                  option)


def test_check():
    run = ipitrace("check", "-j")
    rows = {f["name"]: f for o in run.objects() for f in o["features"]}
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        flags = re.search(r"^flags\s*:(.*)$", f.read(), re.M)
    constant = not flags or "constant_tsc" in flags[1].split()
    tap.equal(rows["tsc"]["available"], constant, "check: whether the TSC is constant")
    text = rows["tsc"]["how"] or rows["tsc"]["why"]
    tap.ok(not flags or "constant_tsc" in text, "check: and says by what", text)


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    if len(CPUS) < 2:
        print("1..0 # SKIP one CPU")
        return
    if not cgroup2():
        print("1..0 # SKIP no cgroup2 is mounted")
        return
    take_precedence()
    test_text()
    test_exit()
    test_notes()
    test_own_start()
    test_contained()
    test_options()
    test_check()
    test_sends_nothing()
    test_onset()
    test_whose()
    test_kinds()
    test_quiet()
    test_mix()
    table.write(os.path.join(BUILD, "storms-host.md"))
    table.note(tap)
    tap.done()


if __name__ == "__main__":
    main()
