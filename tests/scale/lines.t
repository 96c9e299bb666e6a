#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
The cache lines that move between CPUs for each csd, on simulated CPUs: every csd is followed,
and no workload moves more lines or runs more instructions than its bound. SCALE=all, as in make test-scale and
make test-all, takes 2 to 256 CPUs.
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
import captures  # noqa: E402
from ipitest import Run, Tap  # noqa: E402

ALL = os.environ.get("SCALE") == "all"
SIZES = (2, 4, 16, 64, 256) if ALL else (2, 8, 64)

# The most of each figure that summary may take, with any number of CPUs: lines that move for a
# csd, without and with programs at functions; locked operations for a csd; moves of one line in a
# call; instructions for a csd, without and with programs at functions. Each is today's figure,
# rounded up; instructions by 5 %, because each compiler has its own. The least is 2 moves: a slot
# goes to the target and back.
BOUNDS = {
    # workload  moves fentry locked one line instructions fentry
    "pair":      (2.1, 2.1, 4.1, 2.1, 1550, 1690),
    "ring":      (2.2, 2.3, 4.1, 1.1, 1600, 1740),
    "random":    (2.2, 2.2, 4.1, 1.1, 1590, 1730),
    "broadcast": (2.1, 2.1, 4.1, 5.2, 1550, 1650),
    "storm":     (2.7, 2.7, 4.1, 2.2, 1550, 1650),
    "wakeups":   (2.5, 2.5, 2.5, 0.4, 830, 830),
    "requeue":   (3.8, 3.8, 3.0, 0.8, 1330, 1330),
    "mixed":     (2.7, 2.7, 5.8, 0.5, 1290, 1310),
}
# The most instructions that a program at a queue event may run behind its last reading of the clock,
# for any command and workload: they are in the csd's delay. Today's most is 939; a stack is some
# 2,000, and the parts of a call on 64 CPUs are 5,000.
BEHIND_CLOCK = 1200
# The events of these commands that no workload has. Their programs are not run.
COMMANDS = {
    "summary --by sender": {"sched_wake_idle_without_ipi"},
    "summary --kinds": {"tlb_flush"},
    "stalls": {"sched_switch"},
    "trace": {"sched_wake_idle_without_ipi"},
}

tap = Tap()


def beyond(bounds, results, fentry):
    """A line for each figure that is beyond its bound."""
    found = []
    for r in results:
        moves, moves_fentry, locked, one_line, instructions, instructions_fentry = bounds[r["workload"]]
        for name, most in (("moves", moves_fentry if fentry else moves), ("locked", locked),
                           ("hottest_a_call", one_line),
                           ("instructions", instructions_fentry if fentry else instructions)):
            if r[name] > most:
                found.append(f"{r['workload']}, {r['cpus']} CPUs: {name} {r[name]}, at most {most}")
    return found


def measured(command, sizes, fentry):
    name = f"{command}, {'with' if fentry else 'without'} fentry, {' '.join(map(str, sizes))} CPUs"
    found = captures.results(command, sizes, fentry)
    tap.ok(found and all(r["whole"] for r in found), f"{name}: every csd is followed",
           *(f"not {r['workload']}, {r['cpus']} CPUs" for r in found if not r["whole"]))
    slow = [f"{r['workload']}, {r['cpus']} CPUs: {r['behind_clock']:.0f}" for r in found
            if r["behind_clock"] > BEHIND_CLOCK]
    tap.ok(not slow, f"{name}: nothing long lies behind the reading of the clock", *slow)
    tap.ok(all(r["behind_clock"] for r in found), f"{name}: the clock is read at each queue event")
    return found


def test_summary():
    for fentry in (False, True):
        found = measured("summary", SIZES, fentry)
        tap.equal({(r["workload"], r["cpus"]) for r in found},
                  {(workload, n) for workload in BOUNDS for n in SIZES}, "each workload was run on each size")
        over = beyond(BOUNDS, found, fentry)
        tap.ok(not over, f"no figure is beyond its bound, {'with' if fentry else 'without'} fentry", *over)
    for workload in ("wakeups", "mixed"):
        mine = [r for r in found if r["workload"] == workload]
        tap.ok(all(r["wakeups"] > 1.1 * r["batches"] > 0 for r in mine), f"{workload}: wake-ups come in batches",
               *mine)
    for workload in ("requeue", "mixed"):
        mine = [r for r in found if r["workload"] == workload]
        tap.ok(all(r["again"] > 100 for r in mine),
               f"{workload}: csds are queued again before their entry event", *mine)
    tight = {workload: [figure / 2 for figure in row] for workload, row in BOUNDS.items()}
    tap.ok(len(beyond(tight, found, True)) > len(found), "a bound that is too low is noticed")


def test_commands():
    for command, not_run in COMMANDS.items():
        found = measured(command, (2, 64) if ALL else (8,), True)
        named = set(found[0]["not_run"].split()) if found else set()
        tap.ok(not_run <= named and (not_run or not named), f"{command}: names the events that no workload has",
               f"it names {named}, wants {not_run}")


def fails(words, name, cpus=8, **faults):
    try:
        captures.of_run("summary", cpus, **faults)
        said = "nothing"
    except captures.CannotRun as error:
        said = str(error)
    tap.ok("scale: " in said and words in said, name, said)


def test_faults():
    for program in ("csd_entry", "csd_exit"):
        found = captures.of_run("summary", 8, SCALE_SKIP=f"{program}:1000")
        tap.ok(not any(r["whole"] for r in found if r["csds"] > 2000),
               f"each 1000th run of {program} is left out: noticed", *found)
    fails("no program is attached to csd_function_exit", "no program at an event: noticed",
          SCALE_WITHOUT="csd_function_exit")
    fails("calls helper 9999, which is not known", "a helper that the simulator does not know: noticed",
          SCALE_CLOCK="9999")
    fails("from 2 to 256 CPUs", "too many CPUs: noticed", cpus=257)
    for args, status in ((("-n", "1"), 2), (("-n", "8", "-c", "frobnicate"), 3)):
        run = Run([os.path.join(HERE, "run"), *args])
        tap.ok(run.status == status and re.fullmatch(r"scale: .+\n", run.err) and not run.out,
               f"run {' '.join(args)}: status {status}", run.status, run.out, run.err)


def main():
    test_summary()
    test_commands()
    test_faults()
    tap.done()


if __name__ == "__main__":
    main()
