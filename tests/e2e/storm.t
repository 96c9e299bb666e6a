#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Real storms on this host's kernel, each named rightly, and quiet in which none
is. The table of it is left in build/storms-host.md.
"""

import os
import re
import signal
import subprocess
import sys
import time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
import storm_loads  # noqa: E402
from conduct import ANSI, CHEAP, CPUS, WIDTH, fails, tap  # noqa: E402
from ipitest import BUILD, IPILOAD, IPITRACE, Background, Run, ipitrace  # noqa: E402
from mounts import cgroup2  # noqa: E402
from senders import Group  # noqa: E402
from storms import NONE, Table, is_of, last_of, names_of, storms_of, valid  # noqa: E402

LOADS = os.path.join(TOP, "tests", "lib", "storm_loads.py")
SECONDS = 3.5
ATTEMPTS = 3  # a machine that others use too may have storms of theirs
table = Table()


def ipiload(load, *args):
    return [IPILOAD, load, "-q", "--duration", str(SECONDS), *map(str, args)]


def made(load):
    return [sys.executable, LOADS, load, str(SECONDS)]


def watched(load, *options):
    """The storms of the load, which runs in a cgroup of its own; others' are told apart."""
    with Group("storm") as group:
        run = ipitrace("storm", "-j", *options, "--", "sh", "-c",
                       'echo $$ >"$0" && exec "$@"', f"{group.dir}/cgroup.procs", *load)
        storms = storms_of(run.out)
        ours = [s for s in storms if is_of(s, group.path)]
    if len(ours) != len(storms):
        tap.note(f"others have {names_of([s for s in storms if s not in ours])}")
    return run, ours


def case(what, true, load):
    for attempt in range(ATTEMPTS):
        run, storms = watched(load)
        if names_of(storms) == [true] or attempt + 1 == ATTEMPTS:
            break
        tap.note(f"{what}: {names_of(storms)}, once more")
    tap.ok(run.status == 0 and not run.err, f"{what}: ran", run.status, run.err)
    tap.equal(names_of(storms), [true], f"{what}: is {true}")
    valid(tap, storms, what)
    table.add(what, true, storms)
    return storms


def test_kinds():
    storms = case("membarrier(2)", "membarrier", ipiload("membarrier"))
    first = storms[0] if storms else {}
    tap.ok(first.get("func") == "ipi_mb" and first.get("share", 0) > 0.5, "membarrier: func, share",
           first)
    tap.ok(first.get("sources") and first["sources"][0]["comm"] == "ipiload",
           "membarrier: ipiload is its source", first.get("sources"))
    tap.ok(first.get("src") and first.get("dst") and first.get("cost_ns_per_s", 0) > 0,
           "membarrier: from, to, cost", first)
    tap.ok(any("membarrier" in f for s in first.get("sources", ()) for f in s["chain"]),
           "membarrier: the caller", first.get("sources"))
    case("membarrier(2), rseq", "membarrier", ipiload("membarrier-rseq"))
    case("munmap", "tlb_flush", ipiload("tlb-munmap"))
    case("mprotect", "tlb_flush", ipiload("tlb-mprotect"))
    case("futex ping-pong", "wakeups", ipiload("wakeup"))
    storms = case("sched_setaffinity", "migration", ipiload("setaffinity"))
    moved = [s["evidence"]["tasks_moved_per_s"] for s in storms]
    tap.ok(moved and all(n and n > 1000 for n in moved), "sched_setaffinity: tasks were moved",
           moved)
    tap.ok(all(s["evidence"]["stopper_runs_per_s"] is not None for s in storms),
           "sched_setaffinity: the stoppers are watched", storms)
    storms = case("a tracepoint on and off", "text_patching", made("patch"))
    tap.ok(any("tracepoint" in f for s in storms for source in s["sources"]
               for f in source["chain"]), "text patching: by a tracepoint",
           [s["sources"] for s in storms])
    if os.path.exists(storm_loads.RPS_CPUS):
        case("packets received on another CPU", "rps", made("rps"))
    if storm_loads.PERF_EVENT_OPEN:
        case("perf events opened and closed", "perf", made("perf"))


def test_quiet():
    case("idle", NONE, ["sleep", "3.5"])
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
    """Both loads, and what summary counts meanwhile: names, last words, shares."""
    # Two loads of ipiload's would share both CPUs, and may run so that each misses its receiver.
    # To attach takes its time where others patch the kernel too: the loads outlast it.
    loads = [subprocess.Popen(load, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
             for load in ([IPILOAD, "membarrier", "-q", "--duration", "30"],
                          [sys.executable, LOADS, "patch", "30"])]
    time.sleep(0.3)
    summary = Background("-j", "-d", 3)
    run = ipitrace("storm", "-j", "-d", 3)
    summary.proc.wait(30)
    counted = counts(summary.end(0).snapshots())
    for load in loads:
        load.send_signal(signal.SIGINT)
        load.wait(30)
    total = sum(counted.values())
    return storms_of(run.out), {f: n / total for f, n in counted.items()}


def test_mix():
    for attempt in range(ATTEMPTS):
        storms, truth = mix()
        if names_of(storms) == ["membarrier", "text_patching"] or attempt + 1 == ATTEMPTS:
            break
        tap.note(f"a mix: {names_of(storms)}, once more")
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
    subprocess.run([IPILOAD, "membarrier", "-q", "--duration", "3"], stdout=subprocess.DEVNULL,
                   check=True)
    time.sleep(1.2)
    storms = [s for s in storms_of(run.end().out) if s["name"] == "membarrier"]
    tap.ok(len(storms) == 2 and storms[0]["ongoing"] and not storms[1]["ongoing"]
           and storms[0]["id"] == storms[1]["id"], "an onset: told when it begins and ends", storms)
    if not storms:
        return
    first = storms[0]
    tap.ok(not first["before"] and first["baseline_per_s"] is not None,
           "an onset: there was a time before", first)
    tap.ok((first["time"] - begun) / 1e9 < 2 * 0.5 + 0.3, "an onset: named within two windows",
           (first["time"] - begun) / 1e9)
    # The load forks and registers first; a window is half a second.
    tap.ok(abs(first["onset"] - begun) / 1e9 < 0.7, "an onset: when it was",
           (first["onset"] - begun) / 1e9)


def test_text():
    run = ipitrace("storm", "--", *ipiload("membarrier"))
    lines = ANSI.sub("", run.out).splitlines()
    tap.ok("STORM membarrier" in lines, "text: named", run.out)
    for label in ("function", "rate", "shape", "sources", "cost", "onset", "advice"):
        tap.ok(any(line.startswith(f"{label} ") for line in lines), f"text: {label}", run.out)
    tap.ok(all(len(line) <= WIDTH for line in lines if not line.startswith("{")),
           "text: 80 columns", run.out)
    run = ipitrace("storm", *CHEAP, "-d", "0.5")
    tap.ok(run.status == 0 and not run.out and not run.err, "text: -q, nothing", run.out, run.err)
    run = ipitrace("storm", "-f", "panic", "-d", "0.5")
    tap.ok(re.search(r"^no storm in 0\.\d+ s$", run.out, re.M), "text: no storm, and says so",
           run.out)
    tap.equal(ipitrace("storm", "-j", *CHEAP, "-d", "0.5").out, "", "-j: no storm, no object")


def test_exit():
    quiet = ("storm", "-j", *CHEAP, "--exit-code")
    tap.equal(ipitrace(*quiet, "-d", "0.5").status, 0, "--exit-code: 0, nothing found")
    tap.equal(ipitrace(*quiet, "--", "sh", "-c", "exit 7").status, 7, "PROGRAM's status")
    run = ipitrace("storm", "-j", "--exit-code", "-f", "ipi_mb", "--", *ipiload("membarrier"))
    tap.equal(run.status, 1, "--exit-code: 1, a storm")
    tap.equal(ipitrace("storm", "-j", "-f", "ipi_mb", "--", *ipiload("membarrier")).status, 0,
              "without it: 0")


def test_options():
    low = ("--storm-rate", "300", "-f", "ipi_mb")
    _, storms = watched(ipiload("membarrier", "--rate", 1000), *low)
    tap.equal(names_of(storms), ["membarrier"], "--storm-rate 300: 1,000 a second are a storm")
    high = ("--storm-rate", "1e9", "--storm-share", "99", "-f", "ipi_mb")
    _, storms = watched(ipiload("membarrier"), *high)
    tap.equal(names_of(storms), [NONE], "--storm-rate 1e9 --storm-share 99: nothing is")
    share = ("--storm-rate", "1e9", "--storm-share", "0.01", "-f", "ipi_mb")
    _, storms = watched(ipiload("membarrier"), *share)
    tap.ok(storms and all(s["reason"] == "share" for s in storms), "--storm-share 0.01: by share",
           storms)
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


def test_docs():
    """docs/storms.md has a row for each signature."""
    with open(f"{TOP}/src/storm/signatures.c", encoding="utf-8") as f:
        names = re.findall(r'^\t\t\.name = "(\w+)"', f.read(), re.M)
    with open(f"{TOP}/docs/storms.md", encoding="utf-8") as f:
        rows = re.findall(r"^\| `(\w+)` \|", f.read(), re.M)
    tap.ok(len(names) > 25, "signatures: a table of them", names)
    tap.equal(rows[:len(names)], names, "docs/storms.md: the same names, in the same order")


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
    test_docs()
    test_text()
    test_exit()
    test_options()
    test_check()
    test_onset()
    test_kinds()
    test_quiet()
    test_mix()
    table.write(os.path.join(BUILD, "storms-host.md"))
    table.note(tap)
    tap.done()


if __name__ == "__main__":
    main()
