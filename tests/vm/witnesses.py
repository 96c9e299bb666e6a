"""What the witnesses of tests/vm/ipigen.sh left in /out, read: the books, ftrace, ipitrace."""
import collections
import gzip
import itertools
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import records  # noqa: E402

LINE = re.compile(r"^\s*(.*)-(\d+)\s+\[(\d+)\]\s+(\S+)\s+(\d+)\.(\d+): (\w+): (.*)$")
FIELD = re.compile(r"(\w+)=([^ ,]+)")
NULL = re.compile(r"^(0x)?0+$|\(null\)")
MARK = "tracing_mark_write"

# How far from the end of a window an event may be and still be in where ftrace's stamp says out, or
# out: the time between the stamp and what the program behind it does. Under TCG a virtual CPU may
# wait for a real one there, so if no smaller one will do, a larger one may.
EDGES_NS = (200_000, 2_000_000, 20_000_000)


def read_json_lines(path):
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def mask_weight(text):
    """Of a cpumask as the trace prints it: words, 00000000,0000002f, or a list, 0-3,5 (6.18)."""
    if re.fullmatch(r"[0-9a-f]{8}(,[0-9a-f]{8})*", text):
        return bin(int(text.replace(",", ""), 16)).count("1")
    weight = 0
    for part in text.split(","):
        first, _, last = part.partition("-")
        weight += int(last or first) - int(first) + 1
    return weight


class Event:
    """A line of ftrace's."""

    __slots__ = ("cpu", "time", "name", "fields")

    def __init__(self, match):
        self.cpu = int(match[3])
        self.time = int(match[5]) * 10**9 + int(match[6]) * 10**(9 - len(match[6]))
        self.name = match[7]
        self.fields = dict(FIELD.findall(match[8]))
        if self.name == "ipi_send_cpumask":
            self.fields["cpumask"] = re.search(r"cpumask=([0-9a-f,-]+)", match[8])[1]


class Ftrace:
    """What ftrace saw, paired by a reference as plain as can be: it sees every event."""

    def __init__(self):
        self.queued = collections.Counter()  # (func, src, dst)
        self.ran = collections.Counter()  # (func, src, dst), paired
        self.entered = collections.Counter()  # (func, cpu), with a csd
        self.exited = collections.Counter()
        self.local = collections.Counter()  # (func, cpu)
        self.orphans = collections.Counter()  # func
        self.delay = collections.defaultdict(list)  # (func, src, dst) -> ns of each
        self.handler = collections.defaultdict(list)  # the same; local: src == dst
        self.sent = collections.Counter()  # kind
        self.arrived = collections.Counter()  # (kind, cpu)
        self.void = collections.Counter()  # cpu: an interrupt in which no csd was entered
        self.twice = collections.Counter()  # func: queued while it was still queued there
        self.has_csd = False
        self._outstanding = collections.defaultdict(collections.deque)
        self._running = collections.defaultdict(list)
        self._in_irq = {}

    def see(self, event):
        handler = getattr(self, "_" + event.name, None)
        if handler:
            handler(event.cpu, event.time, event.fields)

    def _csd_queue_cpu(self, cpu, now, f):
        self.has_csd = True
        self.queued[f["func"], cpu, int(f["cpu"])] += 1
        waiting = self._outstanding[f["csd"], int(f["cpu"])]
        self.twice[f["func"]] += bool(waiting)
        waiting.append((cpu, now))

    def _csd_function_entry(self, cpu, now, f):
        func = f["func"]
        self.has_csd = True
        self._in_irq[cpu] = True
        if NULL.search(f["csd"]):
            self.local[func, cpu] += 1
            self._running[cpu].append((func, cpu, now))
            return
        self.entered[func, cpu] += 1
        waiting = self._outstanding[f["csd"], cpu]
        if not waiting:
            self.orphans[func] += 1
            self._running[cpu].append((func, None, now))
            return
        src, queued = waiting.popleft()
        self.ran[func, src, cpu] += 1
        self.delay[func, src, cpu].append(now - queued)
        self._running[cpu].append((func, src, now))

    def _csd_function_exit(self, cpu, now, f):
        self.exited[f["func"], cpu] += not NULL.search(f["csd"])
        if self._running[cpu]:
            func, src, entered = self._running[cpu].pop()
            self.handler[func, src, cpu].append(now - entered)

    def _ipi_send_cpu(self, _cpu, _now, f):
        self.sent["reschedule" if NULL.search(f["callback"]) else "call_function"] += 1

    def _ipi_send_cpumask(self, _cpu, _now, f):
        self.sent["call_function_mask"] += 1

    def _call_function_single_entry(self, cpu, _now, _f):
        self.arrived["call_function", cpu] += 1
        self._in_irq[cpu] = False

    def _call_function_single_exit(self, cpu, _now, _f):
        self.void[cpu] += not self._in_irq.get(cpu, True)

    _call_function_entry = _call_function_single_entry
    _call_function_exit = _call_function_single_exit

    def _reschedule_entry(self, cpu, _now, _f):
        self.arrived["reschedule", cpu] += 1

    def _irq_work_entry(self, cpu, _now, _f):
        self.arrived["irq_work", cpu] += 1

    def handler_time(self, func, edge):
        """(sum, max)"""
        times = self.handler.get((func, *edge), [0])
        return sum(times), max(times)

    def delay_time(self, func, edge):
        times = self.delay.get((func, *edge), [0])
        return sum(times), max(times)

    def of(self, table, func):
        """A table's entries for one function, without it in the key."""
        return {key[1:] if len(key) > 2 else key[1]: n for key, n in table.items()
                if key[0] == func and n}


def figures(event):
    """What ipitrace should count for an event."""
    f = event.fields
    if event.name == "csd_queue_cpu":
        return [("edge", int(f["cpu"])), ("function", f["func"], f["callsite"].split("/")[0])]
    if event.name == "csd_function_entry":
        if NULL.search(f["csd"]):
            return [("local",), ("local of", f["func"])]
        return [("run",)] if f["func"] != "sched_ttwu_pending" else []
    if event.name == "csd_function_exit":
        return [] if NULL.search(f["csd"]) else [("exit",)]
    if event.name == "ipi_send_cpu":
        kind = "call_function"
        if NULL.search(f["callback"]):
            kind = "reschedule"
        elif int(f["cpu"]) == event.cpu:
            kind = "irq_work"
        return [("kind", kind)]
    if event.name == "ipi_send_cpumask":
        return [("kind", "call_function")] * mask_weight(f["cpumask"])
    return []


class Span:
    """
    ftrace's events from one moment to another, as ipitrace should have counted them. Those near
    either end may be in or out: on each CPU there is one cut between them.
    """

    def __init__(self, begin, end):
        self.begin, self.end = begin, end
        self.base = collections.defaultdict(collections.Counter)  # cpu -> figure -> count
        self.near = collections.defaultdict(list)  # cpu -> (time, figures)

    def see(self, event):
        figs = figures(event)
        if not figs:
            return
        distance = min(abs(event.time - self.begin), abs(event.time - self.end))
        if distance <= EDGES_NS[-1]:
            self.near[event.cpu].append((event.time, figs))
        elif self.begin < event.time < self.end:
            self.base[event.cpu].update(figs)

    def cpus(self):
        return sorted(set(self.base) | set(self.near))

    def ends(self, cpu, edge):
        """The CPU's events that may be in or out, at the begin and at the end; all others' counts."""
        sure = collections.Counter(self.base[cpu])
        head, tail = [], []
        for time, figs in self.near[cpu]:
            if abs(time - self.end) <= edge:
                tail.append(figs)
            elif abs(time - self.begin) <= edge:
                head.append(figs)
            elif self.begin < time < self.end:
                sure.update(figs)
        return head, tail, sure

    def choices(self, cpu, edge):
        """Each way to cut at the ends of one CPU: its counts."""
        head, tail, sure = self.ends(cpu, edge)
        for i in range(len(head), -1, -1):
            counts = collections.Counter(sure)
            counts.update(itertools.chain(*head[i:]))
            yield collections.Counter(counts)
            for figs in tail:
                counts.update(figs)
                yield collections.Counter(counts)


def waits_of(row):
    return {"waits": row["wait"]["count"], "wait": row["wait"]["sum"]}


class Snapshots:
    """What one ipitrace said: all of its windows."""

    def __init__(self, path):
        self.windows = [o for o in read_json_lines(path) if o.get("type") == "snapshot"]
        error = path.with_name(path.name + ".err")
        self.error = error.read_text().strip() if error.exists() else ""

    def span(self):
        return Span(self.windows[0]["window"]["mono_start"], self.windows[-1]["window"]["mono_end"])

    def ledger(self, *keys):
        """A figure of the ledger, summed; what is null counts nothing."""
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
        """The windows whose ledger does not close, or does not carry on where the last ended."""
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
                one["wait max"] = max(one["wait max"], row["wait"]["max"] or 0)
        return total

    def waits(self):
        """cpu -> how often it waited, as long, and at most, of those that did."""
        total = collections.defaultdict(collections.Counter)
        for window in self.windows:
            for cpu in window["cpus"]:
                if cpu["wait"]["count"]:
                    one = total[cpu["cpu"]]
                    one.update(waits_of(cpu))
                    one["wait max"] = max(one["wait max"], cpu["wait"]["max"])
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
        """How many handler times were had, by CPU."""
        total = collections.Counter()
        for window in self.windows:
            for cpu in window["cpus"]:
                total[cpu["cpu"]] += cpu["handler"]["count"]
        return +total

    def kinds(self, key):
        """sent or received, by the kinds that csds can be; None where it is not known."""
        total = collections.Counter()
        for window in self.windows:
            for kind in window["kinds"] or [{"kind": "call_function", key: None}]:
                if kind["kind"] not in ("call_function", "reschedule", "irq_work"):
                    continue
                if kind[key] is None:
                    return None
                total[kind["kind"]] += kind[key]
        return +total


class Case:
    """One path run once, or many at once: what was asked for, and what the books say."""

    def __init__(self, directory, paths):
        self.name = directory.name
        self.args = (directory / "args").read_text().strip()
        self.status = int((directory / "status").read_text())
        self.path = paths.get(self.name.rsplit("-", 1)[0])
        self.kind = self.name.rsplit("-", 1)[-1]
        self.truth = {row["path"]: row for row in read_json_lines(directory / "truth")}
        self.run = read_json_lines(directory / "run")
        self.ftrace = Ftrace()
        self.interrupts = interrupts_between(directory)

    def calls(self):
        return sum(r["calls"] for r in self.run)

    def remote_calls(self):
        return sum(r["issued"] for r in self.run)

    def arrivals(self, kind):
        """By ftrace where irq_vectors are (x86), else by /proc/interrupts."""
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
        self.total = None  # ftrace's counts in the span, once its ends are known
        self.arrived = collections.Counter()  # kind; "csds": call-function ones that brought some
        self.bpf_misses = read_misses(directory / "bpf")
        # ipitrace trace: the records and the end; ftrace's queue events beside them.
        self.records, self.records_end, self.queued = None, None, []
        file = directory / "records.gz"
        if file.exists():
            with gzip.open(file, "rt") as lines:
                self.records, self.records_end = records.read(lines)
        stats = (directory / "stats").read_text()
        self.lost = sum(int(n) for n in re.findall(r"(?:overrun|dropped events): (\d+)", stats))
        self._read(directory / "trace.gz")

    def _read(self, file):
        """Each event goes to the case that it fell into, and to the span."""
        cases = {c.name: c for c in self.cases}
        case, everything = None, Ftrace()
        with gzip.open(file, "rt", errors="replace") as trace:
            for match in filter(None, map(LINE.match, trace)):
                if match[7] == MARK:
                    verb, _, name = match[8].partition(" ")
                    case = cases.get(name) if verb == "begin" else None
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


def read_misses(path):
    """tracepoint -> how often its programs were skipped, in the order of their loading."""
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
    name -> count per CPU column of /proc/interrupts; the columns are the online CPUs. arm64's IPIs
    have numbers for names: they go by their description.
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
