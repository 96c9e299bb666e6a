# SPDX-License-Identifier: GPL-2.0
"""docs/mutations.md: its prose is written by hand; its tables are those of runs.py, of mutants.py and of a run."""
import re

import mutants
import runs


def cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def table(*rows):
    """The lines of a table; the first row is its head."""
    head, *rest = (f"| {' | '.join(map(str, row))} |" for row in rows)
    return [head, "|---" * len(rows[0]) + "|", *rest]


def slip(file, right, wrong):
    return f"`{file.removeprefix('src/')}`", f"`{cell(right)}`", f"`{cell(wrong)}`"


def killed(results):
    """Of a run of the mutants: each with what became of it, and by which test."""
    return table(("file", "right", "wrong", "killed by"),
                 *((*slip(m.file, m.old, m.new), f"`{by}`" if what == "killed" else f"**{what}**") for m, what, by in results))


def kept():
    """The tables that need no run."""
    shares = {run: round(100 * run.killed / (run.killed + run.survived)) for run in runs.RUNS}
    return [
        table(("seed", "slips", "of", "killed at first", "survived", "then killed by a new test", "no difference", "left"),
              *((run.seed, run.number, run.paths or "all", f"{run.killed} ({shares[run]} %)", run.survived, run.noticed,
                 run.equal, run.left) for run in runs.RUNS)),
        table(("seed", "file", "right", "wrong", "why"),
              *((e.seed, *slip(e.file, e.right, e.wrong), e.why) for e in runs.LEFT)),
        table(("file", "right", "wrong", "why"), *((*slip(e.file, e.old, e.new), e.why) for e in mutants.EQUAL)),
    ]


def with_tables(text, tables):
    """The text, with each table in the place of the one that has its head."""
    for new in tables:
        before, after = text.split(f"\n{new[0]}\n", 1)
        lines = after.splitlines()
        while lines and lines[0].startswith("|"):
            lines.pop(0)
        text = "\n".join([before, *new, *lines]) + "\n"
    return text


def with_results(text, results):
    """The text after a run of all mutants."""
    count = sum(what == "killed" for _, what, _ in results)
    return re.sub(r"\d+ of \d+ killed", f"{count} of {len(results)} killed", with_tables(text, [killed(results), *kept()]), count=1)
