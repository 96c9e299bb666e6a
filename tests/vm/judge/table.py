# SPDX-License-Identifier: GPL-2.0
"""The table path x (truth, ftrace, ipitrace), in markdown."""
import collections

import waits
from witnesses import KINDS


def ftrace_saw(path, cases):
    """ftrace's cell: csds, entries or arrivals, depending on the path."""
    def total(what, *keys):
        return sum(sum(n for k, n in getattr(c.ftrace, what).items()
                       if not keys or (k[0] if isinstance(k, tuple) else k) in keys)
                   for c in cases)

    func = path["func"]
    if path["path"] == "kick_cpu_async":
        csds = any(c.ftrace.has_csd for c in cases)
        return f"{total('void')} void arrivals" if csds else \
            f"{total('arrived', 'call_function')} arrivals"
    if path["path"] == "reschedule":
        return f"{sum(c.arrivals('reschedule') for c in cases)} arrivals"
    if path["path"] == "irq_work_self":
        return f"{sum(c.arrivals('irq_work') for c in cases)} arrivals"
    if not any(c.ftrace.has_csd for c in cases) or not func:
        return "-"
    if path["ours"] and path["csd"]:
        return f"{total('entered', func)} + {total('local', func)}"
    return f"{total('queued', func)} csds, {total('entered', func)} entries"


def table_row(path, cases, seen):
    if not path["available"]:
        return [path["path"], path["calls"], "", "absent: " + path["why"]]
    mine = [c for c in cases if c.path is path]
    truths = [c.truth.get(path["path"], collections.Counter()) for c in mine]
    issued, executed, local = (sum(t[key] for t in truths) for key in ("issued", "executed", "local"))
    truth = f"{executed} + {local}" if path["ours"] else f"{sum(c.calls() for c in mine)} calls"
    return [path["path"], path["calls"], path["func"], str(issued) if path["ours"] else "-", truth,
            ftrace_saw(path, mine), ipitrace_saw(path, seen)]


def ipitrace_saw(path, seen):
    """
    ipitrace's cell. The module's handlers are counted. Other functions belong to the kernel too, so
    the cell has all of them in the window of the run, and ftrace's count in the same time.
    """
    func = path["func"]
    if path["ours"] and path["csd"] and any(i.own.windows for i in seen):
        got = sum((i.own.functions()[func] for i in seen), collections.Counter())
        return f"{got['count']} + {got['local']}"
    windows = [i for i in seen if i.total]
    if not windows:
        return "-"
    received = sum((i.whole.kinds("received") or collections.Counter() for i in windows),
                   collections.Counter())
    arrived = sum((i.arrived for i in windows), collections.Counter())
    if path["path"] == "kick_cpu_async" and received:
        return f"{received['call_function'] - arrived['csds']} without a csd in the window; " \
            f"ftrace {arrived['call_function'] - arrived['csds']}"
    if path["path"] in ("reschedule", "irq_work_self") and received:
        kind = "reschedule" if path["path"] == "reschedule" else "irq_work"
        return f"{received[kind]} received in the window; ftrace {arrived[kind]}"
    if not func or not path["csd"] and path["path"] != "irq_work_remote":
        return "-"
    got = sum(i.whole.functions()[func]["count"] for i in windows)
    want = sum(n for i in windows for key, n in i.total.items() if key[:2] == ("function", func))
    return f"{got} csds in the window; ftrace {want}"


def write_table(file, paths, cases, seen):
    kinds = [i for i in seen if i.name in KINDS]
    with open(file, "w", encoding="utf-8") as out:
        out.write("| path | through | function | issued | truth: ran + local | ftrace | ipitrace |\n")
        out.write("|---|---|---|---:|---:|---:|---:|\n")
        for path in paths.values():
            row = table_row(path, cases, kinds)
            out.write("| " + " | ".join(row + [""] * (7 - len(row))) + " |\n")
        if any(i.own.windows for i in kinds):
            out.write("\n" + waits.table([i for i in kinds if i.own.windows], paths))
