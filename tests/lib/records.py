# SPDX-License-Identifier: GPL-2.0
"""Records of `ipitrace trace -j` beside ftrace's events."""

import bisect
import collections
import json
import math


def read(lines):
    """(the records, the trace_end or None)"""
    objects = [json.loads(line) for line in lines]
    records = [o for o in objects if o.get("type") == "ipi"]
    ends = [o for o in objects if o.get("type") == "trace_end"]
    return records, ends[0] if len(ends) == 1 else None


def adds_up(end):
    """Whether each queued csd is a record, or counted as lost."""
    lost = sum(v for v in end["lost_by"].values() if v is not None)
    return end["lost"] == lost and \
        end["queued"] == end["csds"] + end["brief"] + end["in_flight"] + lost


def key_of_record(r):
    return r["dst"], r["func"], r["callsite"], r["tid"]


def key_of_event(e, sees_interrupts):
    task = None if sees_interrupts and e["interrupt"] else e["task"]
    return int(e["dst"]), e["func"], e["callsite"].split("/")[0], task


def strangers(records, events):
    """The records without an event, counted by their fields, to find the cause."""
    sees = any(r["interrupt"] is not None for r in records)
    recorded = collections.Counter((r["src"], key_of_record(r)) for r in records)
    seen = collections.Counter((e["cpu"], key_of_event(e, sees)) for e in events)
    return recorded - seen


# How ftrace writes a NULL pointer.
NO_CSD = {"(null)", "0000000000000000", "00000000"}


def without_gaps(records, events, settled=20_000_000, near=200_000, apart=5_000):
    """
    The records, but those whose queue event ftrace lacks. Some kernels lose events and count none as lost (this
    project's development machines): then ftrace itself has a csd's entry without its queue event. Csds that were
    queued before ftrace began are no such gaps: entries count from @settled ns after the first event. A record
    belongs to a gap if it entered the same function on the same CPU within @near ns, and no queue event of its task
    is within @apart ns; of several, the one that is farthest from any. A gap without a record is a csd that BPF
    programs did not see either.
    """
    queued, gaps = set(), []
    for e in events:
        if e["event"] == "csd_queue_cpu":
            queued.add(e["csd"])
        elif e["event"] == "csd_function_entry":
            # A sender runs the function itself without a csd: smp_call_function_many_cond(), kernel/smp.c.
            if e["csd"] not in queued and e["csd"] not in NO_CSD and e["time"] > events[0]["time"] + settled:
                gaps.append(e)
            queued.discard(e["csd"])
    if not gaps:
        return list(records)
    sees, times = any(r["interrupt"] is not None for r in records), collections.defaultdict(list)
    for e in events:
        if e["event"] == "csd_queue_cpu":
            times[e["cpu"], key_of_event(e, sees)].append(e["time"])

    def distance(r):
        """How far the record is from its nearest queue event."""
        at = times[r["src"], key_of_record(r)]
        i = bisect.bisect(at, r["time"])
        return min((abs(time - r["time"]) for time in at[max(0, i - 1):i + 1]), default=math.inf)

    apart_from_all = [r for r in records if r["delay"] is not None and distance(r) > apart]
    missed = []
    for gap in gaps:
        found = [r for r in apart_from_all if (r["dst"], r["func"]) == (gap["cpu"], gap["func"]) and
                 abs(r["time"] + r["delay"] - gap["time"]) < near]
        if found:
            missed.append(max(found, key=distance))
            apart_from_all.remove(missed[-1])
    return [r for r in records if r not in missed]


# Interrupts between ftrace's and ipitrace's handling of an event may queue csds themselves.
NESTED = 16


def unmatched(records, events):
    """
    For each sending CPU, the records must be a run of ftrace's queue events, in order, with the
    same target, function, call site and task. Returns the number of events in the run without a
    record; None if a record has no event. The first record's event is near it in order, not in
    time: the host may take the CPU between the two handlings of an event, for however long.
    """
    sees_interrupts = any(r["interrupt"] is not None for r in records)
    by_cpu = collections.defaultdict(lambda: ([], []))
    for r in records:
        by_cpu[r["src"]][0].append((r["time"], key_of_record(r)))
    for e in events:
        by_cpu[e["cpu"]][1].append((e["time"], key_of_event(e, sees_interrupts)))
    missing = 0
    for mine, theirs in by_cpu.values():
        if not mine:
            continue
        first = mine[0][0]
        after = bisect.bisect(theirs, first, key=lambda event: event[0])
        starts = list(range(max(0, after - NESTED), min(len(theirs), after + NESTED)))
        starts.sort(key=lambda i: abs(theirs[i][0] - first))
        left = None
        for i in starts:
            n = skips(mine, theirs[i:])
            if n is not None:
                left = n if left is None else min(left, n)
            # Loads that repeat one call fit from each start on, and no start leaves fewer.
            if left == 0:
                break
        if left is None:
            return None
        missing += left
    return missing


def skips(mine, theirs):
    """How many of @theirs to skip, so that @mine follow in order; None: impossible."""
    skipped, ahead, rest = 0, [], iter(theirs)
    for _, key in mine:
        while key not in ahead:
            event = next(rest, None)
            if event is None:
                return None
            ahead.append(event[1])
            if len(ahead) > NESTED:
                ahead.pop(0)
                skipped += 1
        ahead.remove(key)
    return skipped + len(ahead)
