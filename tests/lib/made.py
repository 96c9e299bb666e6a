# SPDX-License-Identifier: GPL-2.0
"""Captures that nobody recorded: objects of the schema, made up, in a file that report reads."""

import json
import math
import random
import subprocess

BEGAN = 5_000_000_000_000  # CLOCK_MONOTONIC of the first object, ns
SECOND = 1_000_000_000
FRAME_BYTES = 900_000
HOSTILE = ("<script>x()<", "<img onerror=x>", "</script><b>", "\x1b[31m\u2028\"\\")


def line(kind, /, **keys):
    return {"schema": "ipitrace/1", "type": kind, **keys}


def write(path, objects, options=()):
    """The capture of these objects at @path, by a run with @options."""
    head = line("capture", minor=0, version="0.1.0", host=None, options=[*options], program=None,
                started="2026-11-21T03:02:00.000000Z", mono=BEGAN)
    text = [json.dumps(o) + "\n" for o in (head, *objects)]
    text.append(json.dumps(line("capture_end", lines=len(text) + 1, stalls_dropped=0, mono=BEGAN)) + "\n")
    with open(path, "wb") as f:
        frame = ""
        for one in (*text, None):
            if one is None or len(frame) + len(one) > FRAME_BYTES:
                f.write(subprocess.run(["zstd", "-qc1", "--check"], input=frame.encode(), check=True,
                                       stdout=subprocess.PIPE).stdout)
                frame = ""
            frame += one or ""


def csd(time, src, dst, **keys):
    return line("ipi", **{"time": BEGAN + time, "kind": "call_function", "src": src, "dst": dst,
                          "func": "flush_tlb_func", "module": None,
                          "callsite": "on_each_cpu_cond_mask+0x20", "pid": 812, "tid": 813,
                          "comm": "postgres", "interrupt": False, "delay": 1000, "handler": 300,
                          "wait": None, "csd": "sync", **keys})


def broadcast(time, src, targets, wait):
    """A csd for each target; the last one to end has the wait."""
    return [csd(time + 40 * i, src, dst, wait=wait if i == len(targets) - 1 else None)
            for i, dst in enumerate(targets)]


def slot_lower(slot):
    return slot if slot < 4 else (4 + slot % 4) << slot // 4 - 1


def slot_of(value):
    if value < 4:
        return value
    log = value.bit_length() - 1
    return (log - 1) * 4 + (value >> log - 2 & 3)


def hist(values):
    """H, by the words of docs/reference.md."""
    values = sorted(values)
    if not values:
        return {"count": 0, "sum": 0, "max": None, "p50": None, "p90": None, "p99": None, "p999": None,
                "buckets": []}
    counts = {}
    for value in values:
        counts[slot_of(value)] = counts.get(slot_of(value), 0) + 1

    def nearest(percent):
        rank = max(1, math.ceil(len(values) * percent / 100))
        return min(slot_lower(slot_of(values[rank - 1]) + 1) - 1, values[-1])

    return {"count": len(values), "sum": sum(values), "max": values[-1], "p50": nearest(50),
            "p90": nearest(90), "p99": nearest(99), "p999": nearest(99.9),
            "buckets": [{"le": slot_lower(slot + 1) - 1, "count": n} for slot, n in sorted(counts.items())]}


FUNCTIONS = (("flush_tlb_func", None, "flush_tlb_mm_range", "postgres"),
             ("ipi_mb", None, "membarrier_private_expedited", HOSTILE[0]),
             ("sched_ttwu_pending", None, "ttwu_queue_wakelist", HOSTILE[1]),
             (HOSTILE[2], "kvm", "kvm_make_all_cpus_request", HOSTILE[3]))


def function(rng, number, storm, cpus):
    """One function of one window: its row, and who sent to whom, how late and long."""
    func, module, caller, comm = FUNCTIONS[number]
    runs = []
    for _ in range(400 if storm and number == 1 else 40 // (number + 1)):
        src = 3 % cpus if storm and number == 1 else rng.randrange(cpus)
        dst = (src + 1 + rng.randrange(cpus - 1)) % cpus
        late = 60 if rng.random() < 0.003 else 1
        runs.append((src, dst, int(rng.lognormvariate(9.6 if storm else 8.6, 0.5)) * late,
                     int(rng.lognormvariate(6 + number / 2, 0.5))))
    waits = [delay + handler for _, _, delay, handler in runs] if number != 2 else []
    row = {"func": func, "module": module, "callsite": "on_each_cpu_cond_mask+0x20", "count": len(runs),
           "local": 1, "delay": hist([r[2] for r in runs]), "handler": hist([r[3] for r in runs]),
           "wait": {"count": len(waits), "sum": sum(waits), "max": max(waits, default=None)}, "samples": 6,
           "callers": [{"caller": caller, "reason": "exit_mmap", "samples": 5, "interrupt": False,
                        "tgid": 4711, "comm": comm, "cgroup": f"/{comm}.service"},
                       {"caller": caller, "reason": None, "samples": 1, "interrupt": True,
                        "tgid": None, "comm": None, "cgroup": None}]}
    return row, runs, bool(waits)


def window(rng, number, storm, cpus, length=SECOND):
    made = [function(rng, i, storm, cpus) for i in range(len(FUNCTIONS))]
    edges, rows = {}, [{"sent": 0, "received": 0, "delay": [], "handler": [], "wait": []}
                       for _ in range(cpus)]
    for _, runs, waits in made:
        for src, dst, delay, handler in runs:
            edges[src, dst] = edges.get((src, dst), 0) + 1
            rows[src]["sent"] += 1
            rows[dst]["received"] += 1
            rows[dst]["delay"].append(delay)
            rows[dst]["handler"].append(handler)
            if waits:
                rows[src]["wait"].append(delay + handler)
    total = sum(len(runs) for _, runs, _ in made)
    woken = len(made[2][1])
    start = BEGAN + number * length
    return line("snapshot",
                host={"nodename": "db-7", "kernel": "6.12.48", "arch": "x86_64", "online": list(range(cpus))},
                window={"start": f"2026-11-21T03:{2 + number // 60:02}:{number % 60:02}.000000Z",
                        "mono_start": start, "mono_end": start + length, "duration_s": length / SECOND},
                ledger={"queued": total, "carried_in": 0,
                        "matched": {"function": total - woken, "ttwu": woken, "irq_work": 0},
                        "in_flight": 0, "lost": 0,
                        "lost_by": {"queue_unseen": 0, "mailbox_full": 0, "run_unseen": 0}, "orphans": 0,
                        "local": 4, "exit_unseen": 0, "closed": True},
                kinds=[{"kind": "call_function", "sent": total, "received": total},
                       {"kind": "nmi", "sent": None, "received": 1, "why": "no event"}],
                cpus=[{"cpu": i, "sent": row["sent"], "received": row["received"], "local": 0,
                       **{key: hist(row[key]) for key in ("delay", "handler", "wait")}}
                      for i, row in enumerate(rows)],
                functions=[row for row, _, _ in made],
                edges=[{"src": src, "dst": dst, "count": n} for (src, dst), n in sorted(edges.items())],
                edges_other=0, stalls=None, sources={"wait": "csd", "task": "interrupt"})


def stall(number, start, duration, ongoing, phase="delivery"):
    return line("stall", id=number, time=BEGAN + start + duration, start=BEGAN + start, src=0, dst=1,
                func="flush_tlb_func", module=None, phase=phase, duration=duration, ongoing=ongoing,
                slept=None, stack=["spin_wait+0x12 [ipigen]", HOSTILE[0]], end_unseen=False, at_most=None, cause=None,
                callsite="on_each_cpu_cond_mask+0x20", call=BEGAN + start,
                sender={"pid": 813, "tgid": 812, "comm": "postgres"}, interrupt=False,
                victim={"pid": 99, "tgid": 98, "comm": HOSTILE[1]}, cgroup="/", cgroup_id=1,
                container=None, wait_in=None, late="interrupts_off" if phase == "delivery" else None,
                split=None, stolen=None, doing=None, straggler=None, stack_of="interrupted",
                waiters=[{"sender": {"pid": 813, "tgid": 812, "comm": HOSTILE[3]}, "src": 0,
                          "call": BEGAN + start, "duration": duration, "in": None, "behind": False}],
                waiters_more=0, queued_behind=0, nr_targets=None, targets=None)


def storm(onset, duration, ongoing):
    return line("storm", id=1, time=BEGAN + onset + duration, ongoing=ongoing, name="membarrier",
                func="ipi_mb", module=None, rate_per_s=400.3, cpu_rate_per_s=57.1, share=0.8,
                baseline_per_s=5.0, src=[3], dst=[0, 1], cpus_are_of_it=True, shape="one_target",
                cost_ns_per_s=187106076, handler_ns_per_s=8064769, wait_ns_per_s=179041307,
                reason="rate", onset=BEGAN + onset, before=False, duration=duration,
                functions=[{"func": "ipi_mb", "module": None, "kind": None, "rate_per_s": 400.3}],
                sources=[{"interrupt": False, "tgid": 4711, "comm": HOSTILE[0], "cgroup": "/",
                          "caller": "membarrier_private_expedited", "samples": 14, "share": 0.9,
                          "chain": ["membarrier_private_expedited", "__x64_sys_membarrier"]}],
                samples=14, changes=[{"time": BEGAN + onset, "what": f"{HOSTILE[1]} 0 to 1"}],
                evidence={"tsc": None, "cpufreq": None, "guests": None, "stopper_runs_per_s": 3.5,
                          "tasks_moved_per_s": 120.0},
                explanation="400 a second of ipi_mb: a program calls membarrier(2)",
                advice="call it less in the sender; keep its threads on fewer CPUs: taskset -c LIST")


def run(windows=60, cpus=4, seed=5):
    """Windows with a storm in the middle and three stalls, in the order of a capture."""
    rng = random.Random(seed)
    first, last = windows // 2, windows * 3 // 4
    for i in range(windows):
        yield window(rng, i, first <= i < last, cpus)
        if i == first + 1:
            yield storm(first * SECOND, 2 * SECOND, True)
        if i == last:
            yield storm(first * SECOND, (last - first) * SECOND, False)
        if i in (2, 8, 14):
            yield stall(i, i * SECOND, 2_000_000, True, ("delivery", "handler", "wait")[i // 6])
            last_report = stall(i, i * SECOND, 5_000_000 + i * 100_000, False,
                                ("delivery", "handler", "wait")[i // 6])
            last_report["cause"] = 2 if i == 14 else None  # the wait is for the delivery
            yield last_report
