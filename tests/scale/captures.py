# SPDX-License-Identifier: GPL-2.0
"""ipitrace as on machines of given sizes, what it loads run on simulated CPUs: build/scale/lines.so."""

import json
import os
import subprocess
import tempfile

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
PRELOAD = os.path.join(BUILD, "scale", "lines.so")
IPITRACE = os.path.join(BUILD, "ipitrace")
MOVES = ("rd_dirty", "rd_clean", "wr_miss", "upgrade")
WRONG = ("orphans", "exits_unseen", "lost", "look_ups_outside", "bad_reads")


class CannotRun(Exception):
    """Neither a csd went astray nor was a bound passed: nothing was measured."""


def of_run(command, cpus, fentry=True, **faults):
    """The results of ipitrace COMMAND's programs on @cpus CPUs, by workload. @faults: SCALE_..."""
    with tempfile.TemporaryDirectory(prefix="scale.") as scratch:
        to = os.path.join(scratch, "results")
        env = {**os.environ, "LD_PRELOAD": PRELOAD, "SCALE_CPUS": str(cpus), "SCALE_TO": to, **faults}
        if not fentry:
            env["SCALE_NO_FENTRY"] = "1"
        try:
            done = subprocess.run([IPITRACE, *command.split(), "-d", "1", "--ready-file", to], env=env,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, errors="replace", check=False)
            if not done.returncode:
                with open(to, encoding="ascii") as f:
                    return [finished(json.loads(line)) for line in f]
        except OSError as error:
            raise CannotRun(f"ipitrace {command}: {error}") from error
    said = (done.stdout.strip().splitlines() or [f"status {done.returncode}"])[-1]
    raise CannotRun(f"ipitrace {command} for {cpus} CPUs: {said}")


def finished(r):
    """@r with the figures that the bounds are about, and whether each csd was followed."""
    r["all_moves"] = sum(r[move] for move in MOVES)
    r["moves"] = round(r["all_moves"] / r["csds"], 3)
    r["locked"] = round(r["locked"] / r["csds"], 3)
    r["instructions"] = round(r["instructions"] / r["csds"], 1)
    r["hottest_a_call"] = round(r["hottest_moves"] / r["calls"], 3)
    r["whole"] = (r["functions_followed"] + r["wakeups_followed"] == r["all_csds"] and
                  r["wakeups_followed"] == r["all_wakeups"] and not any(r[name] for name in WRONG))
    return r


def results(command, sizes, fentry):
    """A workload's results on all sizes, then the next workload's."""
    found = [of_run(command, cpus, fentry) for cpus in sizes]
    return [r for workload in zip(*found) for r in workload]
