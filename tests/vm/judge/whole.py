# SPDX-License-Identifier: GPL-2.0
"""ipitrace without a filter, against all of ftrace in the same time."""
import collections
import itertools

from books import by_cpu, check_closed
from ftrace import EDGES_NS
from witnesses import KINDS


def kinds_of(total):
    return {key[1]: n for key, n in total.items() if key[0] == "kind" and n}


class Fit:
    """
    ftrace's events from the first window's start to the last window's end, against ipitrace. Is there
    a cut on each CPU, among the few events at either end, for which all counts are equal? Exactly
    the unseen events are missing from functions and edges. Among several such cuts, take one that
    makes the kinds equal too, for check_kinds().
    """

    def __init__(self, seen, unseen):
        self.span, self.unseen = seen.span, unseen
        whole, functions = seen.whole, seen.whole.functions()
        self.edges, self.callsites = whole.edges(), whole.callsites()
        self.local, self.handlers = whole.cpus("local"), whole.handlers()
        self.functions = whole.ledger("matched", "function")
        self.orphans, self.untimed = whole.ledger("orphans"), whole.ledger("exit_unseen")
        self.locals = {func: row["local"] for func, row in functions.items() if row["local"]}
        self.kinds = whole.kinds("sent")
        self.tried = []
        self.total = None
        for edge in EDGES_NS:
            if self._try(edge):
                break

    def _try(self, edge):
        per_cpu = []
        for cpu in self.span.cpus():
            good = {tuple(sorted(c.items())): c for c in self.span.choices(cpu, edge)
                    if self._fits_cpu(c, cpu)}
            per_cpu.append(list(good.values()))
        self.tried.append((edge, [len(c) for c in per_cpu]))
        for choice in itertools.islice(itertools.product(*per_cpu), 50_000):
            total = sum(choice, collections.Counter())
            if not self._fits(total):
                continue
            if kinds_of(total) == self.kinds:
                self.total = total
                return True
            self.total = self.total or total
        return False

    def _fits_cpu(self, choice, cpu):
        got = {dst: n for (src, dst), n in self.edges.items() if src == cpu}
        missing = [choice["edge", dst] - got.get(dst, 0)
                   for dst in set(got) | {key[1] for key in choice if key[0] == "edge"}]
        return min(missing, default=0) >= 0 and sum(missing) <= self.unseen and \
            choice["local",] == self.local[cpu] and \
            0 <= choice["exit",] - self.handlers[cpu] <= self.orphans + self.untimed

    def missing(self, total):
        """(func, callsite) -> how many more ftrace counted than ipitrace."""
        keys = set(self.callsites) | {key[1:] for key in total if key[0] == "function"}
        return {key: total[("function",) + key] - self.callsites[key] for key in keys}

    def _fits(self, total):
        missing = self.missing(total).values()
        local = {key[1]: n for key, n in total.items() if key[0] == "local of" and n}
        return min(missing, default=0) >= 0 and sum(missing) == self.unseen and \
            self.functions <= total["run",] <= self.functions + self.orphans and \
            local == self.locals

    def about(self):
        """ftrace's counts by its time stamps alone, if no cut fits."""
        return sum((next(self.span.choices(cpu, 0)) for cpu in self.span.cpus()),
                   collections.Counter())


def check_span(tap, name, seen, unseen):
    """Returns ftrace's counts: by the cut that makes them equal to ipitrace's, if there is one."""
    fit = Fit(seen, unseen)
    total = fit.total or fit.about()
    n = sum(fit.callsites.values())
    tap.ok(fit.total is not None, f"{name}: functions, call sites, edges, local and what ran are "
           f"ftrace's: {n} csds" + (f" and {unseen} unseen" if unseen else ""),
           f"ways to cut, by CPU: {fit.tried}",
           f"ftrace - ipitrace, about: { {k: v for k, v in fit.missing(total).items() if v} }",
           f"runs: ftrace {total['run',]}, ipitrace {fit.functions} + {fit.orphans} orphans",
           f"exits: ftrace {total['exit',]}, ipitrace {sum(fit.handlers.values())}")
    return total


def check_received(tap, name, whole):
    """Csds sent to a CPU ran there, except those in flight or lost."""
    edges_in, received = by_cpu(whole.edges(), 1), whole.cpus("received")
    open_end = whole.windows[-1]["ledger"]["in_flight"] + whole.ledger("lost") - \
        whole.lost_by().get("queue_unseen", 0)
    late = {cpu: edges_in.get(cpu, 0) - received[cpu] for cpu in set(edges_in) | set(received)}
    tap.ok(all(0 <= n for n in late.values()) and sum(late.values()) == open_end and
           sum(received.values()) == whole.ledger("matched"),
           f"{name}: cpus[].received is what was sent there, but for {open_end} in flight",
           f"sent there and not received: {late}")


def check_whole(tap, seen, paths):
    """All figures of ipitrace equal ftrace's."""
    name, whole = f"ipitrace over {seen.name}", seen.whole
    check_closed(tap, name, whole)
    if not whole.windows:
        return
    lost = whole.lost_by()
    unseen = lost.pop("queue_unseen", 0)
    if seen.name in KINDS:
        tap.ok(not unseen, f"{name}: nothing unseen", f"queue_unseen: {unseen}")
    tap.ok(not lost, f"{name}: nothing lost", str(lost))
    seen.total = total = check_span(tap, name, seen, unseen)
    queued = sum(n for key, n in total.items() if key[0] == "function")
    tap.equal(whole.ledger("queued"), queued, f"{name}: {queued} queued, as ftrace")
    check_received(tap, name, whole)
    check_kinds(tap, name, seen, total)
    check_arrivals(tap, name, seen)
    if seen.name not in KINDS:
        return
    functions = whole.functions()
    for func in sorted({p["func"] for p in paths.values()
                        if p["available"] and p["func"] and not (p["ours"] and p["csd"])}):
        want = sum(n for key, n in total.items() if key[:2] == ("function", func))
        tap.equal(functions[func]["count"], want,
                  f"{name}: {func}: {want} csds, as ftrace between the windows' ends")


def check_kinds(tap, name, seen, total):
    sent = seen.whole.kinds("sent")
    want = kinds_of(total)
    lack = {kind: want[kind] - sent[kind] for kind in want if want[kind] != sent[kind]}
    # The kernel hides a send inside a send from BPF: such a send is in no kind, but in sends_unseen.
    skipped = sum(window["sends_unseen"] for window in seen.whole.windows)
    tap.ok(set(sent) <= set(want) and 0 <= sum(lack.values()) <= skipped and
           min(lack.values(), default=0) >= 0,
           f"{name}: kinds[].sent are ftrace's" + (f", but for {lack} unseen" if lack else ""),
           f"got  {sent}", f"want {want}", f"sends_unseen {skipped}")
    misses = sum(n for point, programs in seen.bpf_misses.items() for n in programs
                 if point.startswith("ipi_send"))
    if seen.bpf_misses:
        tap.ok(skipped <= misses, f"{name}: {skipped} sends_unseen, of {misses} that the kernel counts")


def check_arrivals(tap, name, seen):
    """kinds[].received includes the interrupts that came without a csd."""
    received = seen.whole.kinds("received")
    void = sum(c.remote_calls() for c in seen.cases if c.path and c.path["path"] == "kick_cpu_async")
    if not void:
        return
    if received is None:
        tap.skip(f"{name}: void IPIs in kinds[].received", "received is null here")
        return
    # Interrupts with a csd are explained. Two void ones at once merge into one.
    got, arrived, explained = received["call_function"], seen.arrived["call_function"], seen.arrived["csds"]
    tap.ok(abs(got - arrived) <= 0.01 * arrived + 5 and got - explained >= 0.9 * void,
           f"{name}: kinds[].received has {got} call_function, ftrace {arrived}; {explained} brought "
           f"csds, {void} void ones were sent")


def check_torture(tap, seen):
    """Queue events that interrupted queue events: the twin recovers them, or they count as lost."""
    nested = seen.bpf_misses.get("csd_queue_cpu", [0])[0]
    unseen = seen.whole.lost_by().get("queue_unseen", 0)
    if not nested:
        tap.skip("torture: queue events within queue events", "none happened")
        return
    tap.ok(unseen <= nested, f"torture: {nested} queue events came within one: {nested - unseen} "
           f"recovered, {unseen} lost, of {seen.whole.ledger('queued')}", str(seen.bpf_misses))
