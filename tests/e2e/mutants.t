#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
tests/mutation: each operator changes what it says, and nothing that is no code; a seed makes the same slips
again; tests/mutation/random names files that there are; the slips of tests/mutation/gate and prove have their
places; what has a slip writes nothing; docs/mutations.md has the tables of tests/mutation.
"""

import importlib.util
import os
import random
import re
import sys
import tempfile
from importlib.machinery import SourceFileLoader
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(TOP / "tests" / "lib"), str(TOP / "tests" / "mutation")]
from ipitest import Run, Tap  # noqa: E402
from operators import OPERATORS, changed, changes, chosen  # noqa: E402
from document import kept, with_tables  # noqa: E402
from scratch import Scratch  # noqa: E402

tap = Tap()

SAMPLE = r'''// No code: 7 == 8; f(1, 2);
#include "a/b-1.h"
#define MOST 0x0f
#define say(x) f(x)
static const char *text = "3 < 4";
static int count(struct thing *t, const char *name)
{
	int n = t->n;
	struct place where = { .at = t->n };

	/* if (0) */
	if (n < 9 && name)
		t->sum = n - t->low;
	else
		t->sum += n;
	t->last = NULL;
	for_each_cpu(cpu, &t->set)
		use(t, /* a/b-c */ where.at);
	while (n > 010)
		n--;
	switch (n) {
	case MOST:
		fclose(t->file);
		break;
	}
out:
	memset(t, 0, sizeof(*t));
	return -n;
}
'''

# By operator: (line, what it is, what it becomes).
WANTED = {
    "constant": {(3, "0x0f", "0x10"), (3, "0x0f", "0xe"), (12, "9", "10"), (12, "9", "8"), (19, "010", "011"),
                 (19, "010", "07"), (27, "0", "1")},
    "comparison": {(12, "<", "<="), (19, ">", ">=")},
    "logic": {(12, "&&", "||")},
    "condition": {(12, "(n < 9 && name)", "(!(n < 9 && name))"), (19, "(n > 010)", "(!(n > 010))")},
    "assignment": {(13, "=", "+="), (15, "+=", "="), (16, "=", "+=")},
    "sign": {(13, "-", "+"), (15, "+=", "-="), (28, "-", " ")},
    "arguments": {(17, "cpu, &t->set", "&t->set, cpu"), (18, "t, /* a/b-c */ where.at", "where.at, /* a/b-c */ t"),
                  (27, "t, 0", "0, t"), (27, "0, sizeof(*t)", "sizeof(*t), 0")},
    "statement": {(13, "t->sum = n - t->low;", "{ }"), (15, "t->sum += n;", "{ }"), (18, "use(t, /* a/b-c */ where.at);", "{ }"),
                  (20, "n--;", "{ }"), (24, "break;", "{ }")},
    "reset": {(16, "t->last = NULL;", "{ }"), (27, "memset(t, 0, sizeof(*t));", "{ }")},
    "given back": {(23, "fclose(t->file);", "{ }")},
}


def test_operators():
    got = {operator: set() for operator in OPERATORS}
    for c in changes(SAMPLE):
        got[c.operator].add((c.line, SAMPLE[c.start:c.end], c.new))
    for operator in OPERATORS:
        tap.equal(sorted(got[operator]), sorted(WANTED[operator]), f"operator: {operator}")
    lengths = {len(changed(SAMPLE, c)) - len(SAMPLE) - len(c.new) + c.end - c.start for c in changes(SAMPLE)}
    tap.equal(lengths, {0}, "each changes its place alone")
    tap.equal(len({changed(SAMPLE, c) for c in changes(SAMPLE)}), len(changes(SAMPLE)), "no two make the same text")


def listed(*args):
    return Run([TOP / "tests/mutation/random", "--list", *args]).out.splitlines()


def test_seeds():
    texts = [("one.c", SAMPLE), ("two.c", SAMPLE.replace("9", "5") * 8)]
    first, again, other = (chosen(texts, 20, random.Random(seed)) for seed in (5, 5, 6))
    tap.ok(first == again and len(set(first)) == 20, "a seed makes the same slips, all different", *first)
    tap.ok(other != first, "another seed makes others")
    tap.ok(sum(name == "two.c" for name, _ in first) > 10, "a long file has more of them", *first)
    every = chosen(texts[:1], 1000, random.Random(1))
    tap.equal(sorted(c for _, c in every), sorted(changes(SAMPLE)), "there are no more than there are places")
    first, again = listed("5", "7", "src/run/feeds.c", "src/model"), listed("5", "7", "src/run/feeds.c", "src/model")
    tap.ok(first == again and len(first) == 7, "and in the tree", *first)
    tap.ok(all(re.match(r"\d+ src/(run/feeds\.c:|model/)", line) for line in first), "only of these files", *first)
    tap.equal(listed("--from", "4", "5", "7", "src/run/feeds.c", "src/model"), first[3:], "a run goes on with the fourth")
    tap.ok(Run([TOP / "tests/mutation/random", "--list", "1", "1", "src/nowhere"]).status == 1, "a path without a file")


def tool(name):
    """tests/mutation/NAME, as a module."""
    loader = SourceFileLoader(name, str(TOP / "tests/mutation" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def test_places():
    """The slips of gate and prove, put into files of this tree in the way of both."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Scratch(TOP, Path(scratch))
        for name, place in (("gate", 1), ("prove", 0)):
            for what, slip in tool(name).SLIPS.items():
                file, old, new = slip[place:place + 3]
                before = (TOP / "src" / file).read_text(encoding="utf-8")
                with copy.slipped(f"src/{file}", old, new) as found:
                    after = (copy.top / "src" / file).read_text(encoding="utf-8")
                tap.ok(found == 1 and after != before and after.replace(new, old) == before,
                       f"{name}: {what}: in {file}", found)
                tap.equal((copy.top / "src" / file).read_text(encoding="utf-8"), before, f"{name}: {what}: taken out")


def test_seen():
    slips = tool("random")
    files = [file for file, _ in slips.sources([])]
    gone = [begin for begin in slips.SEEN if not any(file.startswith(begin) for file in files)]
    gone += [test for tests in slips.SEEN.values() for test in tests if not (TOP / f"tests/e2e/{test}.t").exists()]
    tap.ok(slips.SEEN and not gone, "SEEN has files of src/, and tests that there are", *gone)


def test_fence():
    """A slip may be in what writes files, and runs as root: only below /tmp can it write."""
    if os.geteuid():
        tap.skip("slips: nothing is written elsewhere", "needs root")
        return
    slips = tool("random")
    for place in ("/", "/etc", "/root", "/var/tmp", TOP, TOP / "tests"):
        tap.ok(slips.run(["sh", "-c", '! touch "$0/slip"', place], 60), f"slips: nothing is written to {place}")
    tap.ok(slips.run(["touch", "/tmp/slip"], 60), "slips: /tmp takes files")


def test_documented():
    text = (TOP / "docs/mutations.md").read_text(encoding="utf-8")
    tap.ok(with_tables(text, kept()) == text, "docs/mutations.md has the tables of runs.py and mutants.py: "
           "tests/mutation/run --tables")


test_operators()
test_seeds()
test_places()
test_seen()
test_fence()
test_documented()
tap.done()
