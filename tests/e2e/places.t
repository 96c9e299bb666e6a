#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
No record is described twice: each key of a record of JSON, each column of a table and each name of a metric is in one
place of src/. tests/e2e/docs.t says which files may spell a key of a line again.
"""

import os
import re
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import Tap  # noqa: E402

TOP = Path(__file__).resolve().parent.parent.parent
tap = Tap()
# Metrics that two sources measure in two ways: a scrape has one of them, and the help text says which.
BY_SOURCE = {"RUNS", "CALLS"}
# These rows, and files that say something of a metric: help, an error.
NAME_METRICS = ("view/openmetrics.c", "cli/commands.c", "command/serve.c")
# The page's pictures have tables of points of time, and of pairs of CPUs: their columns are of no record.
OF_PICTURES = {"csds", "max"}


def sources(*names):
    """Path in src/: text without comments, of the files with such names."""
    return {path.relative_to(TOP / "src").as_posix(): re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
            for name in names for path in sorted((TOP / "src").rglob(name))}


def repeated(found):
    return sorted(" ".join(map(str, item)) for item, nr in Counter(found).items() if nr > 1)


def keys_in(files):
    """(record, key) of each line of each table of fields."""
    for text in files.values():
        for body in re.findall(r"static const struct field \w+\[\] = \{(.*?)\n\};", text, re.S):
            yield from re.findall(r"\b(?:F|OBJECT|ROWS|LIST)\((\w+),\s*\"(\w+)\"", body)
            yield from re.findall(r"\b(?:K|HIST)\((\w+),(?: \w+, \w+,)?\s*(\w+)(?=[,)])", body)


def columns_in(files):
    """(record, member, unit and figure, head) of each column that shows a member."""
    for text in files.values():
        places = dict(re.findall(r"#define (\w+)\(\w+(?:, \w+)?\)(?:[^\n]|\\\n)*?PLACE\((\w+), \w+\)", text))
        for body in re.findall(r"static const struct column \w+\[\] = \{(.*?)\n\};", text, re.S):
            for row in re.split(r"\n\t(?=\[|HIST|\{)", body):
                at = re.search(r"\.at = PLACE\((\w+), ([\w.\[\]]+)\)", row)
                at = at.groups() if at else next(
                    ((places[name], member) for name, member in re.findall(r"\b(\w+)\(([\w.]+)", row) if name in places), None)
                if at:
                    yield (*at, *re.findall(r"\b(?:CELL|FIGURE)_\w+", row), *re.findall(r'"([^"]*)"', row)[:2])


def metrics_in(text):
    """(name, the source that it is of or "") of each family."""
    for name, rest in re.findall(r'^\t(?:FAMILY|COUNT|TIME)\("(\w+)"(.*?)\),$', text, re.M | re.S):
        yield name, " ".join(sorted(BY_SOURCE & set(re.findall(r"\w+", re.sub(r'"[^"]*"', "", rest)))))


def test_keys():
    found = list(keys_in(sources("*.c")))
    tap.ok(len(found) > 250 and ("stall_line", "straggler") in found and ("cpu_stats", "delay") in found,
           "keys of the tables of fields", len(found))
    tap.equal(repeated(found), [], "each key of a record is in one line of one table")
    planted = {"a.c": 'static const struct field a[] = {\n\tK(fn_stats, NUMBER, SUM, count),\n};\n',
               "b.c": 'static const struct field b[] = {\n\tF(fn_stats, "count", NUMBER, SUM, local),\n};\n'}
    tap.equal(repeated(keys_in(planted)), ["fn_stats count"], "a planted key is found")


def test_columns():
    found = list(columns_in(sources("view/**/*.c")))
    tap.ok(len(found) > 30 and ("fn_stats", "wait.away", "CELL_NS", "senders", "waited") in found, "columns of the tables",
           *found[:3])
    tap.equal(repeated(found), [], "a member's column is in one place")
    row = '\t[A] = { NULL, "sent", CELL_COUNT, AT(sent), 7 },\n'
    planted = {name: f"#define AT(member) .of = &cpu_form, .at = PLACE(cpu_stats, member)\n"
                     f"static const struct column {name}[] = {{\n{row}}};\n" for name in ("a", "b")}
    tap.equal(repeated(columns_in(planted)), ["cpu_stats sent CELL_COUNT sent"], "a planted column is found")


def test_page():
    """The page's scripts have no column of a record: they take these from the data."""
    heads = {text for column in columns_in(sources("view/**/*.c")) for text in column[-2:] if not text.isupper()}
    scripts = sources("*.js")
    titles = {title for text in scripts.values() for title in re.findall(r'title: "([^"]+)"', text)}
    tap.ok({"csds", "waited", "received"} <= heads and {"time, UTC", "lasted"} <= titles, "heads of columns, and titles",
           sorted(heads), sorted(titles))
    tap.equal(sorted(titles & heads - OF_PICTURES), [], "the page's scripts have no column of a record")


def test_metrics():
    files = sources("*.[ch]")
    found = list(metrics_in(files["view/openmetrics.c"]))
    names = {name for name, _ in found}
    tap.ok(len(names) > 45 and {"build_info", "calls", "lost"} <= names, "names of metrics", len(names))
    tap.equal(repeated(found), [], "each metric of a source is in one row")
    twice = {name for name, nr in Counter(name for name, _ in found).items() if nr > 1}
    tap.equal([name for name, source in found if name in twice and not source], [],
              "what is there twice is of one of the two sources each")
    again = [f"{name}: {metric}" for name, text in files.items() if name not in NAME_METRICS
             for metric in re.findall(r'\bipitrace_(\w+)', text)
             if metric in names or metric.removesuffix("_total") in names]
    tap.equal(again, [], "no other file names a metric")
    planted = '\tCOUNT("lost", write_lost, 0, RUNS, "a"),\n\tTIME("lost", write_other, 0,\n\t     RUNS | SENDS, "b"),\n'
    tap.equal(repeated(metrics_in(planted)), ["lost RUNS"], "a planted metric is found")


test_keys()
test_columns()
test_page()
test_metrics()
tap.done()
