# SPDX-License-Identifier: GPL-2.0
"""The runs of tests/mutation/random that were kept: docs/mutations.md has them as a table."""
import collections

# The seed, how many slips, of which files (all: ""); of those with other machine code that the compiler took:
# killed, survived; what became of the survivors: noticed by a test that was then added, without a difference
# (mutants.EQUAL), left.
Run = collections.namedtuple("Run", "seed number paths killed survived noticed equal left")

RUNS = [
    Run(1, 90, "", 42, 37, 0, 0, 37),
]


def table():
    lines = ["| seed | slips | of | killed | survived | then killed by a new test | no difference | left |",
             "|---|---|---|---|---|---|---|---|"]
    for run in RUNS:
        share = round(100 * run.killed / (run.killed + run.survived))
        lines.append(f"| {run.seed} | {run.number} | {run.paths or 'all'} | {run.killed} ({share} %) | {run.survived} | "
                     f"{run.noticed} | {run.equal} | {run.left} |")
    return "\n".join(lines) + "\n"
