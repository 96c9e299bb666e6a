# SPDX-License-Identifier: GPL-2.0
"""Shared by the tests of `ipitrace storm`: reading storms, and the table of their names."""

import json

from ipitest import validate

NONE = "nothing"


def storms_of(text):
    """The storm objects in NDJSON, without a load's own lines."""
    found = []
    for line in text.splitlines():
        try:
            obj = json.loads(line)
        except ValueError:
            continue
        if isinstance(obj, dict) and obj.get("type") == "storm":
            found.append(obj)
    return found


def is_of(storm, cgroup):
    """
    Whether the tasks behind it are of that cgroup, as far as is known: the
    machine may have storms of others'.
    """
    tasks = [s for s in storm["sources"] if not s["interrupt"]]
    return not tasks or any(s["cgroup"] == cgroup for s in tasks)


def last_of(storms):
    """The last object of each storm, by id."""
    return {s["id"]: s for s in storms}.values()


def names_of(storms):
    return sorted({s["name"] for s in storms}) or [NONE]


def valid(tap, storms, what):
    wrong = [error for s in storms for error in validate(s)]
    tap.ok(not wrong, f"{what}: valid by the schema", *wrong[:5])


def figure(storm):
    if storm is None:
        return "", "", ""
    return f"{storm['rate_per_s']:,.0f}", f"{100 * storm['share']:.0f} %", storm["shape"] or "-"


class Table:
    """The name that each load's storm was given: markdown, a row for each load."""

    HEAD = "| load | is | was named | a second | share | shape |\n|---|---|---|---|---|---|\n"

    def __init__(self):
        self.rows = []

    def add(self, load, true, storms):
        last = [s for s in last_of(storms) if s["name"] == true]
        figures = figure(last[-1] if last else None)
        named = ", ".join(f"`{n}`" if n != NONE else n for n in names_of(storms))
        self.rows.append([load, f"`{true}`" if true != NONE else true, named, *figures])

    def write(self, path):
        with open(path, "w", encoding="utf-8") as f:
            f.write(self.HEAD)
            f.writelines("| " + " | ".join(row) + " |\n" for row in self.rows)

    def note(self, tap):
        for row in self.rows:
            tap.note(" | ".join(row))
