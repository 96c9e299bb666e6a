# SPDX-License-Identifier: GPL-2.0
"""Reads the results of guest/ipigen.sh: by case and by observation, the books, ftrace, ipitrace."""
import collections
import gzip
import os
import re
import sys

from ftrace import LINE, MARK, Event, Ftrace
from snapshots import Snapshots, read_json_lines

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))
import records  # noqa: E402

# The kinds of case whose times are compared, and among those, the kinds with interrupts off.
LATE = ("late", "later")
TIMED = ("hold", "mask") + LATE
KINDS = ("plain",) + TIMED


class Case:
    """One run of a path, or many paths at once: the request, and the books."""

    def __init__(self, directory, paths):
        self.name = directory.name
        self.args = (directory / "args").read_text().strip()
        self.status = int((directory / "status").read_text())
        # PATH-KIND, PATH-KIND.ROUND
        self.path = paths.get(self.name.rsplit("-", 1)[0])
        self.kind, _, self.round = self.name.rsplit("-", 1)[-1].partition(".")
        self.begin = self.end = None  # ns; by ftrace
        self.truth = {row["path"]: row for row in read_json_lines(directory / "truth")}
        self.run = read_json_lines(directory / "run")
        self.ftrace = Ftrace()
        self.interrupts = interrupts_between(directory)

    def calls(self):
        return sum(r["calls"] for r in self.run)

    def remote_calls(self):
        return sum(r["issued"] for r in self.run)

    def arrivals(self, kind):
        """By ftrace's irq_vectors on x86, by /proc/interrupts elsewhere."""
        names = {"reschedule": "Rescheduling interrupts", "irq_work": "IRQ work interrupts"}
        seen = sum(n for (what, _), n in self.ftrace.arrived.items() if what == kind)
        return seen or sum(self.interrupts.get(names[kind], {}).values())


class Observation:
    """ftrace and ipitrace over one case, or over the cases of a kind."""

    def __init__(self, directory, cases):
        self.name = directory.name
        self.cases = [c for c in cases if self.name in (c.name, c.kind)]
        self.whole = Snapshots(directory / "whole")
        self.own = Snapshots(directory / "own")
        self.span = self.whole.span() if self.whole.windows else None
        self.events = 0
        self.total = None  # ftrace's counts in the span, set by check_whole()
        self.arrived = collections.Counter()  # by kind; "csds": call-function interrupts with a csd
        self.bpf_misses, own_misses = (read_misses(directory / f) for f in ("whole.bpf", "own.bpf"))
        # For at most so many csds the kernel skipped both programs of the filtering ipitrace, which
        # cannot know whether its filter would have let them through.
        self.hidden_from_own = min(own_misses.get("csd_queue_cpu", [0]))
        # ipitrace trace: its records and its end; ftrace's queue events.
        self.records, self.records_end, self.queued = None, None, []
        file = directory / "records.gz"
        if file.exists():
            with gzip.open(file, "rt") as lines:
                self.records, self.records_end = records.read(lines)
        stats = (directory / "stats").read_text()
        self.lost = sum(int(n) for n in re.findall(r"(?:overrun|dropped events): (\d+)", stats))
        self._read(directory / "trace.gz")

    def _read(self, file):
        """Each event counts in the case during which it happened, and in the span."""
        cases = {c.name: c for c in self.cases}
        case, everything = None, Ftrace()
        with gzip.open(file, "rt", errors="replace") as trace:
            for match in filter(None, map(LINE.match, trace)):
                if match[7] == MARK:
                    case = self._mark(match, cases)
                    continue
                event = Event(match)
                self.events += 1
                if self.records is not None and event.name == "csd_queue_cpu":
                    self.queued.append({**event.fields, "dst": event.fields["cpu"],
                                        "cpu": event.cpu, "time": event.time,
                                        "task": int(match[2]),
                                        # irqs-off, need-resched, interrupt or softirq, ...
                                        "interrupt": match[4][2:3] not in ("", ".")})
                if case:
                    case.ftrace.see(event)
                if self.span:
                    self.span.see(event)
                    if self.span.begin < event.time < self.span.end:
                        everything.see(event)
        for (kind, _cpu), n in everything.arrived.items():
            self.arrived[kind] += n
        self.arrived["csds"] = self.arrived["call_function"] - sum(everything.void.values())

    @staticmethod
    def _mark(match, cases):
        """The case that is under way behind the mark; None: none."""
        verb, _, name = match[8].partition(" ")
        if name in cases:
            setattr(cases[name], verb, Event(match).time)
        return cases.get(name) if verb == "begin" else None

    def rounds(self):
        """
        Each round's name, its cases, and ipitrace's windows over them. Rounds that share a window
        are one: between rounds the guest waits longer than a window lasts.
        """
        rounds = []
        for case in sorted((c for c in self.cases if c.end), key=lambda c: c.begin):
            if rounds and rounds[-1][0] == case.round:
                rounds[-1][1].append(case)
            else:
                rounds.append((case.round, [case]))
        merged = []
        for number, cases in rounds:
            windows = self.own.between(cases[0].begin, cases[-1].end)
            if merged and merged[-1][2].windows[-1] in windows.windows:
                number, before, _ = merged.pop()
                cases = before + cases
                windows = self.own.between(cases[0].begin, cases[-1].end)
            if windows.windows:
                merged.append((f"{self.name}.{number}", cases, windows))
        return merged


def read_misses(path):
    """tracepoint -> how often the kernel skipped each of its programs, in loading order."""
    misses, points = {}, {}
    for block in path.read_text().split("fd: ") if path.exists() else ():
        fields = dict(re.findall(r"^(\w+):\s*(\S+)", block, re.M))
        if "recursion_misses" in fields:
            misses[int(fields["prog_id"])] = int(fields["recursion_misses"])
        elif "tp_name" in fields:
            points[int(fields["prog_id"])] = fields["tp_name"]
    table = collections.defaultdict(list)
    for prog, point in sorted(points.items()):
        table[point].append(misses.get(prog, 0))
    return dict(table)


def read_interrupts(path):
    """
    name -> {cpu: count}. The columns of /proc/interrupts are the online CPUs. arm64 numbers its IPIs:
    those go by their description.
    """
    lines = path.read_text().splitlines()
    cpus = [int(c[3:]) for c in lines[0].split()]
    table = {}
    for line in lines[1:]:
        name, _, rest = line.partition(":")
        counts = rest.split()[:len(cpus)]
        if all(c.isdigit() for c in counts):
            if name.strip().startswith("IPI"):
                name = " ".join(rest.split()[len(cpus):])
            table[name.strip()] = dict(zip(cpus, map(int, counts)))
    return table


def interrupts_between(directory):
    before, after = (read_interrupts(directory / f) for f in ("before", "after"))
    return {name: {cpu: n - before.get(name, {}).get(cpu, 0) for cpu, n in row.items()}
            for name, row in after.items()}
