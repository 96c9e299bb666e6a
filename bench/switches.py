# SPDX-License-Identifier: GPL-2.0
"""A contestant's cost in a context switch. Only `stalls` has a program on sched_switch."""

import os
import subprocess
import tempfile

import figures
import machine

SECONDS = 0.7
PROGRAM = "switched"


def load(build):
    """Context switches a second."""
    with machine.started([os.path.join(build, "bench", "switches"), str(SECONDS)],
                         stdout=subprocess.PIPE, text=True) as proc:
        out, _ = proc.communicate(timeout=60)
    if proc.returncode:
        raise machine.CannotRun(f"bench/switches ended with {proc.returncode}")
    return float(out)


def measure(contestant, build):
    """{per_s, ns: a run of the program on sched_switch, None without one}"""
    raw = {"ns": None}
    with tempfile.TemporaryDirectory(prefix="ipitrace-bench-") as scratch, \
            contestant.running(scratch) as (proc, _):
        raw["per_s"] = load(build)
        if not proc:
            return raw
        ids = machine.program_ids(proc.pid)
        with machine.bpf_statistics():
            before = machine.programs(ids)[0]
            load(build)
            after = machine.programs(ids)[0]
        for i, p in after.items():
            if p["name"] == PROGRAM and i in before:
                raw["ns"] = figures.ratio(p["ns"] - before[i]["ns"], p["runs"] - before[i]["runs"])
    return raw


def summed_up(rounds):
    """{name: {x_nothing, ns, per_s}} of [{name: raw}]: spreads, ratios within a round."""
    return {name: {
        "x_nothing": figures.spread(
            figures.ratio(r["nothing"]["per_s"], r[name]["per_s"]) for r in rounds),
        "ns": figures.spread(r[name]["ns"] for r in rounds),
        "per_s": figures.spread(r[name]["per_s"] for r in rounds),
    } for name in (rounds[0] if rounds else ())}


def lines(table):
    head = ["", "a context switch, x nothing", "its program, ns a run"]
    rows = [[name, figures.cell(f["x_nothing"]), figures.cell(f["ns"])]
            for name, f in table.items() if name != "nothing"]
    return figures.columns(head, rows) if rows else []
