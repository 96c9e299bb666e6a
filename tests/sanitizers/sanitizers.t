#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""The lanes of sanitizers are red for a leak, an overflow, an undefined call and a race that are put into src/."""

import glob
import os
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "lib"))
from ipitest import BUILD, Tap  # noqa: E402

LANES = {"asan": "ASAN=1", "tsan": "TSAN=1"}
# What is put in, its lane, the unit test that passes the place, the file, [(what it has, what it gets)], the report.
FAULTS = [
    ("a leak", "asan", "test_byte_ring", "src/base/byte_ring.c",
     [("\tfree(ring->bytes);\n", "")], "LeakSanitizer: detected memory leaks"),
    ("an overflow by one byte", "asan", "test_byte_ring", "src/base/byte_ring.c",
     [("rest = ring->size - (at", "rest = ring->size + 1 - (at")], "AddressSanitizer: heap-buffer-overflow"),
    ("qsort(NULL, 0)", "asan", "test_read_records", "src/collect/read_records.c",
     [("\tif (records->nr)\n\t\tqsort", "\tqsort")], "null pointer passed as argument 1"),
    ("a race: a number that is not atomic", "tsan", "test_byte_ring", "src/base/byte_ring.c",
     [("\tring->put = at + len;\n", "\t*(size_t *)&ring->put = at + len;\n")], "ThreadSanitizer: data race"),
    ("a race: a lock that is not taken", "tsan", "test_live", "src/serve/recent.c",
     [("\tuint64_t n;\n\n\tpthread_mutex_lock(&r->lock);\n", "\tuint64_t n;\n\n"),
      ("\t*more = r->added - n;\n\tpthread_mutex_unlock(&r->lock);\n", "\t*more = r->added - n;\n")],
     "ThreadSanitizer: data race"),
]

tap = Tap()


def run(*args):
    """The status of a program, with its output."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "WERROR"))}
    # As the gate runs a test; its result is none of the gate's that this test is in.
    env.update(OUTER_TEST="sanitizers.t", CMOCKA_MESSAGE_OUTPUT="TAP")
    done = subprocess.run(args, cwd=TOP, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return done.returncode, done.stdout


def script(lane, program):
    """What the gate runs for a program of a lane."""
    if lane == "asan":
        return program
    path = TOP / f"{program}.run"
    path.write_text(f"#!/bin/sh\nexec {TOP}/tests/sanitizers/run-tsan {program}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def patched(file, changes, to):
    """Writes the file, changed, to @to. Whether each place is there, once."""
    text = (TOP / file).read_text(encoding="utf-8")
    good = all(text.count(old) == 1 for old, _ in changes)
    for old, new in changes:
        text = text.replace(old, new)
    to.write_text(text, encoding="utf-8")
    return good


def test_fault(what, lane, test, file, changes, report):
    build = f"{BUILD}/{lane}"
    faulty = TOP / build / "faulty.c"
    name = f"check-{lane} is red for {what}"
    if not patched(file, changes, faulty):
        return tap.ok(False, name, f"{file} has no such place, or more than one")
    status, out = run("make", "-s", f"BUILD={build}", LANES[lane], "WERROR=", f"FAULTY={faulty}", f"TEST={test}",
                      f"{build}/tests/faulty")
    if status:
        return tap.ok(False, name, out)
    status, out = run("tests/one", script(lane, f"{build}/tests/faulty"))
    if lane == "tsan" and "# SKIP the thread sanitizer cannot run here" in out:
        return tap.skip(name, out.partition("# SKIP ")[2].strip())
    return tap.ok(status and report in out, name, f"status {status}", out[-3000:])


def test_without(lane, test):
    status, out = run("tests/one", script(lane, f"{BUILD}/{lane}/tests/{test}"))
    return tap.ok(not status, f"check-{lane}: without a fault {test} is green", f"status {status}", out[-3000:])


def functions(program):
    """The functions that are in an object or a program."""
    done = subprocess.run(["nm", "--defined-only", program], cwd=TOP, stdout=subprocess.PIPE, text=True, check=True)
    return {line.split()[2] for line in done.stdout.splitlines() if line.split()[1] == "T"}


def test_threads():
    """A file that begins threads is of no use in the lane unless a program there has it."""
    lane = {os.path.basename(script): functions(f"{BUILD}/tsan/tests/{os.path.basename(script)}")
            for script in glob.glob(f"{BUILD}/tsan/run/test_*")}
    for path in sorted((TOP / "src").rglob("*.c")):
        if "pthread_create(" not in path.read_text(encoding="utf-8"):
            continue
        name = path.relative_to(TOP / "src")
        own = functions(f"{BUILD}/tsan/obj/{name.with_suffix('.o')}")
        tests = sorted(test for test, found in lane.items() if own & found)
        tap.ok(tests, f"check-tsan has a test with the threads of src/{name}", f"tests: {tests}")


for lane, test in (("asan", "test_byte_ring"), ("tsan", "test_byte_ring")):
    test_without(lane, test)
for fault in FAULTS:
    test_fault(*fault)
test_threads()
tap.done()
