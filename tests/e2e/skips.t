#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""tests/one: which skips pass, that a lost check is noticed, what is counted; and that no test is left uncalled."""

import ast
import os
import stat
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tests" / "lib"))
from ipitest import Run, Tap  # noqa: E402

tap = Tap()
ONE = TOP / "tests" / "one"
# What a test prints, its status; what prove then sees, the status.
CASES = {
    "a skip that is listed": (("ok 1 - a", "ok 2 - b # SKIP one CPU", "1..2"), 0,
                              ("ok 1 - a", "ok 2 - b # SKIP one CPU", "1..2"), True),
    "a skip that is not": (("ok 1 - a # SKIP I would rather not", "1..1"), 0,
                           ("not ok 1 - a was skipped, which tests/SKIPS does not have: I would rather not", "1..1"), False),
    "a whole test": (("1..0 # SKIP two CPUs are needed",), 0, ("1..0 # SKIP two CPUs are needed",), True),
    "a whole test that is not listed": (("1..0 # SKIP no time",), 0, (
        "1..1", "not ok 1 - all of it was skipped, which tests/SKIPS does not have: no time"), False),
    "a check that fails": (("not ok 1 - a", "1..1"), 1, ("not ok 1 - a", "1..1"), False),
    "a test that dies": (("ok 1 - a",), 3, ("ok 1 - a",), False),
}


def one(directory, name, lines, status):
    """tests/one over a test that prints these lines."""
    path = Path(directory, name)
    path.write_text("#!/bin/sh\ncat <<'END'\n" + "\n".join(lines) + f"\nEND\nexit {status}\n", encoding="ascii")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Run([ONE, path], env={**os.environ, "BUILD": directory})


def test_skips():
    with tempfile.TemporaryDirectory() as directory:
        env = {**os.environ, "BUILD": directory}
        Run([ONE, "--begin"], env=env)
        tap.equal(Run([ONE, "--count"], env=env).out, "none skipped\n", "nothing skipped: said")
        for what, (lines, status, wanted, good) in CASES.items():
            run = one(directory, "made.t", lines, status)
            tap.equal((tuple(run.out.splitlines()), not run.status), (wanted, good), what)
        tap.equal(Run([ONE, "--count"], env=env).out,
                  "skipped  made.t: all of it: two CPUs are needed\nskipped  made.t: b: one CPU\n"
                  "2 skipped, all of which tests/SKIPS allows\n", "both are counted, with their reasons")


def test_lost():
    """A test of tests/e2e that makes fewer checks than usual."""
    least = int(next(line.split()[1] for line in (TOP / "tests" / "CHECKS").read_text(encoding="ascii").splitlines()
                     if line.startswith("skips.t ")))
    checks = [f"ok {i + 1} - check" for i in range(least)]
    with tempfile.TemporaryDirectory() as directory:
        run = one(directory, "skips.t", [*checks, f"1..{least}"], 0)
        tap.ok(not run.status and run.out.startswith(f"# at least {least} checks\n"), "the plan is told beforehand", run.out)
        run = one(directory, "skips.t", [*checks[:-1], f"1..{least - 1}"], 0)
        tap.ok(run.status and run.out.endswith(f"\nnot ok {least} - {least - 1} checks, and {least} are the least: "
                                               f"some were lost\n1..{least}\n"), "one that is lost fails", run.out)
        run = one(directory, "skips.t", [*checks[:2], "ok 3 - x # SKIP one CPU", "1..3"], 0)
        tap.ok(not run.status, "what is skipped may stand for more", run.out)


def scripts():
    """The tests in Python, with what they are made of."""
    for path in sorted((TOP / "tests").glob("*/*.t")):
        text = path.read_text(encoding="utf-8")
        if "python3" in text.split("\n", 1)[0]:
            yield path, ast.parse(text)


def test_called():
    uncalled = []
    for path, tree in scripts():
        named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        uncalled += [f"{path.name}: {node.name}()" for node in tree.body
                     if isinstance(node, ast.FunctionDef) and node.name not in named]
    tap.ok(not uncalled, "each function of a test is called", *uncalled)


def test_listed():
    listed = [line.split()[0] for line in (TOP / "tests" / "CHECKS").read_text(encoding="ascii").splitlines()
              if line and not line.startswith("#")]
    tap.equal(listed, sorted(path.name for path in (TOP / "tests" / "e2e").glob("*.t")),
              "tests/CHECKS has each test of tests/e2e, in order")


test_skips()
test_lost()
test_called()
test_listed()
tap.done()
