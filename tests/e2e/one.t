#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
tests/one: which skips pass, that a lost check is noticed, what runs again, what a crash, a hang and what
is left behind do; what is counted. And that no test is left uncalled.
"""

import ast
import json
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

ENV = {**{name: value for name, value in os.environ.items() if name != "OUTER_TEST"}, "TEST_LIMIT": "60"}
# s, of a test that hangs; any other may have to wait for a CPU for longer.
SOON = "5"


def script(directory, name, text):
    path = Path(directory, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def one(directory, name, lines, status):
    """tests/one over a test that prints these lines."""
    path = script(directory, name, "cat <<'END'\n" + "\n".join(lines) + f"\nEND\nexit {status}")
    return Run([ONE, path], env={**ENV, "BUILD": directory})


def said(directory, word):
    """tests/one --begin, --again, --end: what it prints, its status."""
    run = Run([ONE, word], env={**ENV, "BUILD": directory})
    return run.out, run.status


def test_skips():
    with tempfile.TemporaryDirectory() as directory:
        said(directory, "--begin")
        for what, (lines, status, wanted, good) in CASES.items():
            run = one(directory, "made.t", lines, status)
            tap.equal((tuple(run.out.splitlines()), not run.status), (wanted, good), what)
        said(directory, "--begin")
        for number, (lines, status, _, good) in enumerate(CASES.values()):
            if good:
                one(directory, f"made{number}.t", lines, status)
        out, status = said(directory, "--end")
        tap.equal((out, status), ("skipped  made0.t: b: one CPU\nskipped  made2.t: all of it: two CPUs are needed\n"
                                  "0 unsteady\n1 passed, 0 failed, 2 skipped\n", 0), "all are counted, with their reasons")


# Tests of e2e/ that a shell makes: what it does in its first run; whether it then runs again, and why not.
FAILS = "echo 'not ok 1 - a'; echo 1..1; exit 1"
FIRST = {
    "fails once": (FAILS, True, ""),
    "fails where nothing of the machine is judged": (FAILS, False, "depends on nothing of the machine"),
    "is ended by a signal": ("kill -SEGV $$", False, "crashed (signal 11)"),
    "has a program that crashed": (f"echo '# crashed: signal 6, ipitrace -j'; {FAILS}", False, "crashed (crashed: signal 6"),
    "has a sanitizer's finding": (f"echo '# ==7==ERROR: AddressSanitizer: heap-use-after-free'; {FAILS}", False, "crashed ("),
    "has a guest with an oops": (f"echo '# [ 7.1] Oops: 0000 [#1] SMP'; {FAILS}", False, "crashed ("),
    "leaves a program behind": ("cp /bin/sleep $0.d/ipitrace; setsid $0.d/ipitrace 300 >&- & echo 'ok 1 - a'; echo 1..1",
                                False, "left behind: ipitrace"),
    "makes fewer checks than its plan": ("echo 'ok 1 - a'; echo 1..2", True, ""),
    "hangs": ("echo 'ok 1 - a'; sleep 300", True, ""),
}
ENDS = "echo 'ok 1 - a'; echo 1..1"


def test_again():
    for what, (first, again, why) in FIRST.items():
        with tempfile.TemporaryDirectory() as directory:
            name = "tests/e2e/docs.t" if "nothing" in what else "tests/e2e/made.t"
            said(directory, "--begin")
            path = script(directory, name, f"mkdir $0.d 2>&- && {{ {first}; exit; }}\n{ENDS}")
            limit = {"TEST_LIMIT": SOON} if what == "hangs" else {}
            run = Run([ONE, path], env={**ENV, "BUILD": directory, **limit})
            tap.ok(run.status, f"{what}: fails", run.out)
            out, status = said(directory, "--again")
            tap.equal((not status, why in out), (again, True), f"{what}: runs {'again' if again else 'never again'}", )
            out, status = said(directory, "--end")
            tap.equal((not status, "\n1 unsteady" in "\n" + out), (again, again), f"{what}: the end says so")


def test_within():
    """A test that runs tests, as build.t runs make check: their results leave those of the run as they are."""
    with tempfile.TemporaryDirectory() as directory:
        said(directory, "--begin")
        inner = script(directory, "inner/tests/e2e/inner.t", f"echo 'ok 1 - a'; {FAILS}")
        for number, does in enumerate((FAILS, f"{ONE} --begin; {ONE} {inner} >&-; {ONE} --end >&-; {ENDS}")):
            path = script(directory, f"tests/e2e/outer{number}.t", f"mkdir $0.d 2>&- && {{ {does}; exit; }}\n{ENDS}")
            Run([ONE, path], env={**ENV, "BUILD": directory})
        out, status = said(directory, "--again")
        tap.ok(not status and "once more, alone: " in out and "outer0.t" in out,
               "what failed before a test that runs tests: runs again", out)
        out, status = said(directory, "--end")
        tap.equal((out.splitlines()[-1], status), ("2 passed, 0 failed, 0 skipped", 0), "what the test ran is not counted")


def test_orphans():
    """An orphan's end is seen at once: no zombie stays."""
    with tempfile.TemporaryDirectory() as directory:
        said(directory, "--begin")
        path = script(directory, "made.t", "pid=$(sh -c 'sleep 0.1 >&- & echo $!'); "
                      "for i in $(seq 300); do [ -e /proc/$pid ] || break; sleep 0.1; done; "
                      "[ -e /proc/$pid ] && echo \"not ok 1 - $(cat /proc/$pid/stat)\" || echo ok 1 - gone; echo 1..1")
        run = Run([ONE, path], env={**ENV, "BUILD": directory})
        tap.equal(run.out, "ok 1 - gone\n1..1\n", "an orphan's end is seen")


def test_unsteady():
    with tempfile.TemporaryDirectory() as directory:
        said(directory, "--begin")
        always = script(directory, "tests/e2e/always.t", FAILS)
        Run([ONE, always], env={**ENV, "BUILD": directory})
        tap.ok(said(directory, "--again")[1] and said(directory, "--end")[1], "what fails twice has failed")
        said(directory, "--begin")
        for number in range(5):
            path = script(directory, f"tests/e2e/once{number}.t", f"mkdir $0.d 2>&- && {{ {FAILS}; }}\n{ENDS}")
            Run([ONE, path], env={**ENV, "BUILD": directory})
        out, status = said(directory, "--again")
        tap.ok(status and "5 tests failed, and 4 may be unsteady" in out, "five are too many", out)
        os.unlink(path)
        said(directory, "--begin")
        script(directory, "tests/e2e/steady.t", ENDS)
        (Path(directory) / "tests/e2e/once0.t.d").rmdir()
        for name in "once0.t", "steady.t":
            Run([ONE, Path(directory, "tests/e2e", name)], env={**ENV, "BUILD": directory})
        said(directory, "--again")
        out, status = said(directory, "--end")
        tap.equal((out.splitlines()[-3].endswith("once0.t: not ok 1 - a"), out.splitlines()[-2:], status),
                  (True, [f"1 unsteady: what each printed is in {directory}/unsteady", "2 passed, 0 failed, 0 skipped"], 0),
                  "the closing lines name the unsteady test and its check")
        tap.equal((Path(directory) / "unsteady" / "once0.t").read_text(encoding="ascii"), "not ok 1 - a\n1..1\n",
                  "what it printed stays")
        kept = json.loads((Path(directory) / "tested").read_text(encoding="ascii"))
        tap.equal((list(kept["unsteady"].values()), kept["checks"], kept["failed"], kept["skips"], kept["files"]),
                  (["not ok 1 - a"], 2, [], [], 2), "build/tested has the same")
        tap.ok(said(directory, "--begin")[1] == 0 and said(directory, "--end")[1], "no test at all is no success")


def test_lost():
    """A test of tests/e2e that makes fewer checks than usual."""
    least = int(next(line.split()[1] for line in (TOP / "tests" / "CHECKS").read_text(encoding="ascii").splitlines()
                     if line.startswith("one.t ")))
    checks = [f"ok {i + 1} - check" for i in range(least)]
    with tempfile.TemporaryDirectory() as directory:
        run = one(directory, "one.t", [*checks, f"1..{least}"], 0)
        tap.ok(not run.status and run.out.startswith(f"# at least {least} checks\n"), "the plan is told beforehand", run.out)
        run = one(directory, "one.t", [*checks[:-1], f"1..{least - 1}"], 0)
        tap.ok(run.status and run.out.endswith(f"\nnot ok {least} - {least - 1} checks, and {least} are the least: "
                                               f"some were lost\n1..{least}\n"), "one that is lost fails", run.out)
        for stands_for, good in ((least - 2, True), (least - 3, False), (None, False)):
            skip = "ok 3 - x # SKIP one CPU" + (f" ({stands_for} checks)" if stands_for else "")
            run = one(directory, "one.t", [*checks[:2], skip, "1..3"], 0)
            tap.equal(not run.status, good, f"two checks of {least}, and a skip that stands for {stands_for or 1}")
        run = one(directory, "one.t", ["1..0 # SKIP one CPU"], 0)
        tap.ok(not run.status, "a skip of all stands for all", run.out)


def scripts():
    """The tests in Python, with what they are made of."""
    for path in sorted((TOP / "tests").glob("*/*.t")):
        text = path.read_text(encoding="utf-8")
        if "python3" in text.split("\n", 1)[0]:
            yield path, ast.parse(text)


def test_lanes():
    """prove --jobs goes on with the other lanes when a test prints on stderr, and then nothing for long."""
    with tempfile.TemporaryDirectory() as directory:
        said(directory, "--begin")
        waits = f"for i in $(seq 300); do [ -e {directory}/last ] && exec echo 'ok 1 - a'; sleep 0.1; done; echo 'not ok 1 - a'"
        paths = [script(directory, "first.t", f"echo 1..1; printf 'an error' >&2; {waits}"),
                 script(directory, "second.t", "sleep 1; echo 'ok 1 - a'; echo 1..1"),
                 script(directory, "last.t", f"touch {directory}/last; echo 'ok 1 - a'; echo 1..1")]
        Path(directory, "rules.yml").write_text(f"par:\n  - seq: {paths[0]}\n  - seq: '{{{paths[1]},{paths[2]}}}'\n",
                                                encoding="ascii")
        run = Run(["prove", "--jobs", "2", "--comments", "--exec", ONE, *paths],
                  env={**ENV, "BUILD": directory, "HARNESS_RULESFILE": f"{directory}/rules.yml"})
        tap.ok(not run.status, "a line on stderr does not hold up the other lanes", run.out)
        tap.equal((run.err, "# an error\n" in run.out), ("", True), "a line on stderr is a comment")


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
test_again()
test_within()
test_orphans()
test_unsteady()
test_lost()
test_lanes()
test_called()
test_listed()
tap.done()
