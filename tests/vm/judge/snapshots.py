# SPDX-License-Identifier: GPL-2.0
"""The NDJSON of one ipitrace: all its windows, summed."""
import collections
import copy
import json

from ftrace import Span


def read_json_lines(path):
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def calls_of(row):
    return {"calls": row["calls"]["count"], "call csds": row["calls"]["csds"]}


def waits_of(row):
    return {"waits": row["wait"]["count"], "wait": row["wait"]["sum"]}


class Snapshots:
    """All windows of one ipitrace."""

    def __init__(self, path):
        self.windows = [o for o in read_json_lines(path) if o.get("type") == "snapshot"]
        error = path.with_name(path.name + ".err")
        self.error = error.read_text().strip() if error.exists() else ""

    def span(self):
        return Span(self.windows[0]["window"]["mono_start"], self.windows[-1]["window"]["mono_end"])

    def between(self, begin, end):
        """The windows that overlap a time, by themselves."""
        some = copy.copy(self)
        some.windows = [w for w in self.windows if w["window"]["mono_end"] > begin and
                        w["window"]["mono_start"] < end]
        return some

    def ledger(self, *keys):
        """A figure of the ledger, summed over the windows; null counts as 0."""
        total = 0
        for window in self.windows:
            value = window["ledger"]
            for key in keys:
                value = value[key]
            total += sum(value.values()) if isinstance(value, dict) else value or 0
        return total

    def lost_by(self):
        total = collections.Counter()
        for window in self.windows:
            total.update({k: n for k, n in window["ledger"]["lost_by"].items() if n})
        return dict(total)

    def unclosed(self):
        """The ledgers that do not close, or do not carry in what the previous window had in flight."""
        wrong, carried = [], 0
        for window in self.windows:
            ledger = window["ledger"]
            inside = sum(v for v in ledger["matched"].values() if v) + ledger["in_flight"]
            if ledger["queued"] + ledger["carried_in"] != inside + ledger["lost"] or \
               ledger["carried_in"] != carried or not ledger["closed"]:
                wrong.append(ledger)
            carried = ledger["in_flight"]
        return wrong

    def functions(self):
        """func -> counts, sums and maxima over its rows."""
        total = collections.defaultdict(collections.Counter)
        for window in self.windows:
            for row in window["functions"]:
                one = total[row["func"].split(" ")[0]]
                one["count"] += row["count"]
                one["local"] += row.get("local") or 0
                for key in ("delay", "handler"):
                    if row.get(key):
                        one[key] += row[key]["sum"]
                        one[key + "s"] += row[key]["count"]
                        one[key + " max"] = max(one[key + " max"], row[key]["max"] or 0)
                one.update(waits_of(row))
                one.update(calls_of(row))
                one["targets max"] = max(one["targets max"], row["calls"]["targets_max"] or 0)
        return total

    def waits(self):
        """cpu -> count and sum of its waits, for CPUs that waited."""
        total = collections.defaultdict(collections.Counter)
        for window in self.windows:
            for cpu in window["cpus"]:
                if cpu["wait"]["count"]:
                    total[cpu["cpu"]].update(waits_of(cpu))
        return total

    def callsites(self):
        total = collections.Counter()
        for window in self.windows:
            for row in window["functions"]:
                total[row["func"].split(" ")[0], row["callsite"]] += row["count"]
        return +total

    def edges(self):
        total = collections.Counter()
        for window in self.windows:
            for edge in window["edges"]:
                total[edge["src"], edge["dst"]] += edge["count"]
        return total

    def cpus(self, key):
        """sent, received or local, by CPU."""
        total = collections.Counter()
        for window in self.windows:
            for cpu in window["cpus"]:
                total[cpu["cpu"]] += cpu[key] or 0
        return +total

    def handlers(self):
        """cpu -> number of handler times."""
        total = collections.Counter()
        for window in self.windows:
            for cpu in window["cpus"]:
                total[cpu["cpu"]] += cpu["handler"]["count"]
        return +total

    def kinds(self, key):
        """kind -> sent or received, for the kinds that csds use; None if ipitrace does not know."""
        total = collections.Counter()
        for window in self.windows:
            for kind in window["kinds"] or [{"kind": "call_function", key: None}]:
                if kind["kind"] not in ("call_function", "reschedule", "irq_work"):
                    continue
                if kind[key] is None:
                    return None
                total[kind["kind"]] += kind[key]
        return +total
