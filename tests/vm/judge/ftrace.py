# SPDX-License-Identifier: GPL-2.0
"""ftrace's events: paired by the plainest reference, and counted as ipitrace should count them."""
import collections
import itertools
import re

LINE = re.compile(r"^\s*(.*)-(\d+)\s+\[(\d+)\]\s+(\S+)\s+(\d+)\.(\d+): (\w+): (.*)$")
FIELD = re.compile(r"(\w+)=([^ ,]+)")
NULL = re.compile(r"^(0x)?0+$|\(null\)")
MARK = "tracing_mark_write"

# An event this close to a window's end may fall on either side: the program behind the tracepoint
# runs some time after ftrace's stamp. Under TCG a virtual CPU may wait for a real one in between, so
# larger distances are tried if no smaller one fits.
EDGES_NS = (200_000, 2_000_000, 20_000_000)


def mask_weight(text):
    """How many CPUs a cpumask has, printed as words, 00000000,0000002f, or as a list, 0-3,5 (6.18)."""
    if re.fullmatch(r"[0-9a-f]{8}(,[0-9a-f]{8})*", text):
        return bin(int(text.replace(",", ""), 16)).count("1")
    weight = 0
    for part in text.split(","):
        first, _, last = part.partition("-")
        weight += int(last or first) - int(first) + 1
    return weight


class Event:
    """A line of the trace."""

    __slots__ = ("cpu", "time", "name", "fields")

    def __init__(self, match):
        self.cpu = int(match[3])
        self.time = int(match[5]) * 10**9 + int(match[6]) * 10**(9 - len(match[6]))
        self.name = match[7]
        self.fields = dict(FIELD.findall(match[8]))
        if self.name == "ipi_send_cpumask":
            self.fields["cpumask"] = re.search(r"cpumask=([0-9a-f,-]+)", match[8])[1]


class Ftrace:
    """Counts and pairs. The pairing is simple, since ftrace sees every event."""

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
        return sum(self.handler.get((func, *edge), ()))

    def delay_time(self, func, edge):
        return sum(self.delay.get((func, *edge), ()))

    def of(self, table, func):
        """A table's entries for one function, without it in the key."""
        return {key[1:] if len(key) > 2 else key[1]: n for key, n in table.items()
                if key[0] == func and n}


def figures(event):
    """The counts of ipitrace that an event should add to."""
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
    ftrace's events in a span of time, as ipitrace should have counted them. Events near either end
    may be in or out: on each CPU one cut divides them.
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
        """A CPU's events that may be in or out, at the begin and at the end; the other events' counts."""
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
        """The counts for each way to cut at the two ends of one CPU."""
        head, tail, sure = self.ends(cpu, edge)
        for i in range(len(head), -1, -1):
            counts = collections.Counter(sure)
            counts.update(itertools.chain(*head[i:]))
            yield collections.Counter(counts)
            for figs in tail:
                counts.update(figs)
                yield collections.Counter(counts)
