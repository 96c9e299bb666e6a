#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Each gate beside each kind of loss, in real runs: where the loss may have hidden what the gate looks for, the gate
is not certain (status 4); where it cannot have, the gate passes (status 0). lib/made_loss.c takes the room that
ipitrace's programs need, so that they lose csds of a real load.

gates.t has what needs no such help: ipitrace stopped, a program detached, a clock stepped.
"""

import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from conduct import CPUS, tap  # noqa: E402
from ipitest import IPILOAD, Background, Run, find_at_once, first_good, ipitrace  # noqa: E402
from stepped import stepped_in  # noqa: E402

LOAD, FUNC = "membarrier-rseq", "ipi_rseq"  # the csds of other tests are ipi_mb
AT_ONCE = find_at_once()
MANY, FEW = 400, 4  # csds: enough for a storm, and less than a hundredth of those before
SOME = 40  # of so many, one that is lost is more than a hundredth
BEFORE = 3000  # a busy machine sends a part of them
STOP_S = 3
STORMY = 1200  # csds within 0.6 s: a storm of 200 a second in a window of 0.5 s, to be averaged away in one of 3 s
LONG, SHORT = "1000s", "100ms"
DIFF = "report --diff"
# No load makes so many csds, or takes so much time, even if the host stops a CPU in a handler and has no clock of
# that: only what is lost can be a storm.
STORM = ("storm", "--exit-code", "-i", "0.5", "--storm-rate", "1000000000", "--storm-share", "99")
QUIET = ("isolated", "-c", ",".join(map(str, CPUS)), "--allow", f"total={10**12}", "--max-interruption", LONG,
         # Here the kernel runs no program for some tasks (lib/ipitest.py); far fewer than the csds of the load.
         "--allow", "lost=200")


def stalls(threshold, func=FUNC):
    return ("stalls", "--exit-code", "-t", threshold, "-f", func)


def waits(threshold, func=FUNC):
    return ("waits", "--exit-code", "-t", threshold, "-f", func)


def storm(func=FUNC):
    return (*STORM, "-f", func)


def load(count):
    if count:
        Run((*AT_ONCE, IPILOAD, LOAD, "-q", "--count", count, "--rate", 2000))


class Half:
    """
    One kind of loss: (before) csds, then the loss, (after) csds.
    @gates: {name: the command, and its status}; DIFF has the command of `record`.
    """

    def __init__(self, loss, gates, before=0, after=0):
        self.loss, self.gates = loss, gates
        self.before, self.after = before, after

    def run(self, made_loss, where):
        """{gate: (status, stderr)}."""
        runs = {}
        file, pipe = os.path.join(where, "capture"), os.path.join(where, "pipe")
        # A signal would cut `waits` short: it ends with its PROGRAM, which reads the pipe to its end.
        more = {DIFF: ("-o", file), "waits": ("--", "cat", pipe)}
        for gate, (command, _) in self.gates.items():
            runs[gate] = Background(*command, *more.get(gate, ()))
        load(self.before)
        for run in runs.values():
            made = Run((made_loss, run.proc.pid, *self.loss.split()))
            if made.status:
                raise RuntimeError(f"made_loss: {made.err}")
        load(self.after)
        # All last longer than SHORT, and than two windows of a storm; a csd that ran unseen is known to have run a
        # second after it was queued, when another one runs.
        time.sleep(1.2)
        load(self.after and FEW)
        for gate, run in runs.items():
            if gate == "waits":
                with open(pipe, "w", encoding="ascii"):
                    pass
                run.wait()
            else:
                run.end()
        if DIFF in runs:
            # Nothing rises from a file to itself.
            runs[DIFF] = ipitrace("report", "--diff", file, file, "--exit-code")
        return {gate: (run.status, run.err) for gate, run in runs.items()}


def record(func=FUNC):
    return ("record", "-q", "-i", "0.5", "-f", func)


HIDES = (
    Half("mailbox", {"stalls": (stalls(SHORT), 4), "stalls --phase wait": ((*stalls(SHORT), "--phase", "wait"), 4),
                     "waits": (waits(SHORT), 4), "storm": (storm(), 4), DIFF: (record(), 4)}, after=MANY),
    # Functions that ran for a minute, or more: the end was not seen.
    Half("frames 60000", {"stalls": (stalls(SHORT), 4), "waits": (waits(SHORT), 4)}, after=MANY),
    # A run takes the place of the oldest frame: each CPU loses one of its eight, whatever comes.
    Half("frames 60000", {DIFF: (record(), 4)}, after=SOME),
    Half("rows", {"storm": (storm(), 4), DIFF: (record(), 4)}, after=MANY),
    Half("hidden 40 500", {"stalls": (stalls(SHORT), 4), "waits": (waits(SHORT), 4), "storm": (storm(), 4),
                           DIFF: (record(), 4)}, before=FEW, after=FEW),
)
CANNOT = (
    # Longer than the run; another function; `isolated` only lacks senders' names.
    Half("mailbox", {"stalls": (stalls(LONG), 0), "waits": (waits(LONG), 0), "storm": (storm("panic"), 0),
                     "isolated": (QUIET, 0)}, after=MANY),
    # Fewer than a storm has, and than one in a hundred.
    Half("mailbox", {"storm": (storm(), 0), DIFF: (record(), 0)}, before=BEFORE, after=FEW),
    # Their csds are counted; each is over when the next one begins, soon.
    Half("frames 0", {"stalls": (stalls(SHORT), 0), "waits": (waits(SHORT), 0), "storm": (storm(), 0),
                      "isolated": (QUIET, 0)}, after=MANY),
    Half("frames 60000", {"stalls": (stalls(LONG), 0), "waits": (waits(LONG), 0), DIFF: (record(), 0)},
         before=BEFORE, after=FEW),
    # A stall and a wait need no row.
    Half("rows", {"stalls": (stalls(SHORT), 0), "waits": (waits(SHORT), 0), "storm": (storm("panic"), 0),
                  "isolated": (QUIET, 0), DIFF: (record("panic"), 0)}, after=MANY),
    Half("rows", {"storm": (storm(), 0)}, after=FEW),
    Half("hidden 40 500", {"stalls": (stalls(LONG), 0), "waits": (waits(LONG), 0), "isolated": (QUIET, 0)},
         before=FEW, after=FEW),
    Half("hidden 2 0", {"storm": (storm(), 0), DIFF: (record(), 0)}, before=BEFORE, after=FEW),
)


def test_record(where):
    """`record` is stopped for 3 s, or has a clock that is stepped; gates.t has the other gates."""
    file = f"{where}/whole"
    low = ("--storm-rate", "200")

    def stopped(func, count):
        run = Background(*record(func), *low, "-o", file)
        time.sleep(1.2)
        run.proc.send_signal(signal.SIGSTOP)
        end = time.monotonic() + STOP_S
        load(count)
        time.sleep(max(0, end - time.monotonic()))
        run.proc.send_signal(signal.SIGCONT)
        time.sleep(1.2)
        run.end()
        done = ipitrace("report", "--diff", file, file, "--exit-code")
        os.unlink(file)
        return done

    run = first_good(lambda: stopped(FUNC, STORMY), lambda run: run.status == 4)
    tap.ok(run.status == 4 and "in which a storm may be averaged away" in run.err,
           f"{DIFF}: record was stopped: may have hidden it: 4", run.status, run.err)
    run = stopped("panic", 0)
    tap.equal([run.status, run.err], [0, ""], f"{DIFF}: record was stopped: cannot have hidden it: 0")
    run = stepped_in(where)(*record("panic"), *low, "-o", file)
    time.sleep(2.5)
    run.end()
    run = ipitrace("report", "--diff", file, file, "--exit-code")
    tap.equal([run.status, run.err], [0, ""], f"{DIFF}: a clock that is stepped is no loss")


def check(half, made_loss, where, name):
    runs = first_good(lambda: half.run(made_loss, where),
                      lambda runs: all(runs[gate][0] == status for gate, (_, status) in half.gates.items()))
    for gate, (status, err) in runs.items():
        want = half.gates[gate][1]
        if gate == "isolated" and re.search(r": lost \d+ events?", err):
            tap.skip(f"{gate}: {half.loss}: {name}", "others' interruptions filled the buffer")
            continue
        tap.ok(status == want and (": not certain: " in err) == (want == 4), f"{gate}: {half.loss}: {name}: {want}",
               status, err)


def main():
    if os.geteuid():
        tap.skip_all("not root")
    if len(CPUS) < 2:
        tap.skip_all("one CPU")
    if platform.machine() != "x86_64":
        tap.skip_all("made csds have an address of x86-64")
    with tempfile.TemporaryDirectory() as where:
        made_loss = f"{where}/made_loss"
        os.mkfifo(f"{where}/pipe")
        subprocess.run(["cc", "-O1", f"-I{HERE}/../../src", "-o", made_loss, f"{HERE}/../lib/made_loss.c"], check=True)
        for half in HIDES:
            check(half, made_loss, where, "may have hidden it")
        for half in CANNOT:
            check(half, made_loss, where, "cannot have hidden it")
        test_record(where)
    tap.done()


if __name__ == "__main__":
    main()
