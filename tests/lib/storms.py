# SPDX-License-Identifier: GPL-2.0
"""Shared by the tests of `ipitrace storm`: reading storms, and the table of their names."""

import collections
import json
import os
import threading
import time

from ipitest import Ftrace, validate

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


def interrupts():
    """cpu -> IPIs of the kinds that storms are made of, so far (x86; elsewhere none)."""
    with open("/proc/interrupts", encoding="ascii", errors="replace") as f:
        lines = [line.split() for line in f]
    cpus = len(lines[0])
    rows = [map(int, row[1:cpus + 1]) for row in lines if row[0] in ("RES:", "CAL:", "IWI:")]
    return [sum(column) for column in zip(*rows)]


def machine_rate(seconds=1):
    """IPIs a second on the CPU most hit, of a time in which no test makes any."""
    before = interrupts()
    time.sleep(seconds)
    return max((b - a for a, b in zip(before, interrupts())), default=0) / seconds


class Witness:
    """Whether a storm really was: IPIs by /proc/interrupts, on the CPU most hit, over a run."""

    STEP = 0.25  # s
    STEADY = 6  # steps one after the other

    def __init__(self):
        self.rates = []
        self.latest = 0  # s by which a step was longer than it should be
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        last, then = interrupts(), time.monotonic()
        while not self.over.wait(self.STEP):
            now, at = interrupts(), time.monotonic()
            self.rates.append(max((b - a for a, b in zip(last, now)), default=0) / (at - then))
            self.latest = max(self.latest, at - then - self.STEP)
            last, then = now, at

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def too_few(self, limit):
        """Why there was no storm: never @limit IPIs a second, for as long as it takes; None: there was."""
        if not any(interrupts()):
            return None  # not to be seen here
        steady = max((min(self.rates[i:i + self.STEADY])
                      for i in range(len(self.rates) - self.STEADY + 1)), default=0)
        return f"no CPU got {limit:.0f} IPIs a second steadily, but {steady:.0f}: the machine is " \
            "busy" if steady < limit else None


class FuncWitness(Witness):
    """The same of the csds of one function, by ftrace: IPIs of other programs are not among them."""

    EVENT = "csd/csd_queue_cpu"

    def __init__(self, func):
        super().__init__()
        self.func = func

    def __enter__(self):
        self.ftrace = Ftrace((self.EVENT,))
        return self

    def __exit__(self, *_):
        queued = [e for e in self.ftrace.stop() if e["func"] == self.func]
        steps = collections.defaultdict(collections.Counter)
        for e in queued:
            steps[int((e["time"] - queued[0]["time"]) / 1e9 / self.STEP)][e["dst"]] += 1
        self.rates = [max(steps[i].values(), default=0) / self.STEP for i in range(max(steps, default=0) + 1)]


def witness_of(func):
    """Of its csds where the kernel has their tracepoint, else of all IPIs."""
    return FuncWitness(func) if os.path.exists(f"{Ftrace.ROOT}/events/{FuncWitness.EVENT}") else Witness()


def not_ours(storm, cgroups, others_rate):
    """
    Why a storm is somebody else's and not of the tasks of @cgroups (the load's, and ipitrace's own);
    None: it is ours. Most of the sampled tasks decide. A storm without a task is ours, unless the
    machine has half as many IPIs without us, @others_rate().
    """
    tasks = [s for s in storm["sources"] if not s["interrupt"]]
    ours = sum(s["samples"] for s in tasks if s["cgroup"] in cgroups)
    if tasks:
        first = next((s for s in tasks if s["cgroup"] not in cgroups), None)
        if 2 * ours >= sum(s["samples"] for s in tasks):
            return None
        return f"{storm['name']} is of {first['comm']} in {first['cgroup']}"
    rate = others_rate()
    if 2 * rate < storm["cpu_rate_per_s"]:
        return None
    return f"{storm['name']} names no task, and the machine has {rate:.0f} IPIs a second without us"


def last_of(storms):
    """The last object of each storm, by id."""
    return {s["id"]: s for s in storms}.values()


def names_of(storms):
    return sorted({s["name"] for s in storms}) or [NONE]


def check_onset(tap, times, storm, begun, late):
    """
    When the first report of a storm came, and when the storm began by it, with windows of half a second. The
    load began at @begun, ns; @late: by so many s the machine was. @times: Times of the load.
    """
    named, onset = ((storm[key] - begun) / 1e9 for key in ("time", "onset"))
    times.check(tap, named < 2 * 0.5 + 0.3 + late, "an onset: named within two windows", named, late)
    # The load forks and registers first.
    times.check(tap, -0.7 < onset < 0.7 + late, "an onset: when it was", onset, late)


def brief(storms):
    """The reports, for the lines of a failure; times in s."""
    return [(s["name"], "before" if s["before"] else "", s["reason"], f"{s['rate_per_s']:.0f}/s", f"{s['share']:.2f}",
             s.get("cost_share"), *(f"{s[key] / 1e9:.2f}" for key in ("onset", "time", "duration")),
             s["evidence"]["interval"], [(source["comm"], source["reason"]) for source in s["sources"]]) for s in storms]


def check_width(tap, text):
    """Of what ipitrace wrote to both outputs, the text fits 80 columns. A message is one line, however long."""
    wide = [line for line in text.splitlines() if len(line) > 80 and not line.startswith("ipitrace: ")]
    tap.ok(not wide, "text: 80 columns", *wide)


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
