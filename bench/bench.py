#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
ipitrace and its peers in turn, under the maximal membarrier load: the cost of
each for an IPI, as ratios within a round. Two measurements of the same program
on one machine may differ by a quarter, so rounds are not compared.

Each contestant is started, measured under the load with the kernel's BPF
statistics off (round trip, CPU), measured again with them on (BPF run time),
and ended.
"""

import argparse
import datetime
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "lib"))
import figures  # noqa: E402
import machine  # noqa: E402
import switches  # noqa: E402
from contestants import ON_REQUEST, Summary, everyone  # noqa: E402
from machine import CannotRun  # noqa: E402
from mounts import no_tracefs  # noqa: E402

SCHEMA = "ipitrace-bench/1"
# The first windows also read the kernel's symbols: measured apart from the later ones.
FIRST_S = 2.5
# On the event that queues a csd: the program of limit, and those of everybody else.
QUEUES = ("limit_queue", "csd_queue")
RATES = {"0": None, "1,000": 1000, "maximal": 0}


def say(line):
    print(f"bench: {line}", file=sys.stderr, flush=True)


def options():
    parser = argparse.ArgumentParser(
        description="Measure ipitrace beside its peers; needs root.",
        epilog="Exit status: 0 measured, whether targets are met or not; 2 usage; 3 cannot run "
        "here. A peer that is not installed is left out.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="(5)")
    parser.add_argument("--duration", type=float, default=2, metavar="SEC",
                        help="of each load, two for a contestant in a round (2)")
    parser.add_argument("--only", default="", metavar="LIST",
                        help=f"contestants out of {','.join(c.name for c in everyone(''))}; or all "
                        f"(all but {','.join(ON_REQUEST)})")
    parser.add_argument("--rates", type=float, default=10, metavar="SEC",
                        help="each measurement of ipitrace's CPU at 0, 1,000 and maximal IPIs a second; 0: none (10)")
    parser.add_argument("--build", default="build", metavar="DIR", help="(build)")
    parser.add_argument("--json", metavar="FILE", help="every raw figure (DIR/bench.json)")
    parser.add_argument("--seed", type=int, help="of the order of contestants")
    opts = parser.parse_args()
    if opts.rounds < 1 or opts.duration <= 0:
        parser.error("--rounds and --duration are more than 0")
    unknown = set(filter(None, opts.only.split(","))) - {c.name for c in everyone("")} - {"all"}
    if unknown:
        parser.error(f"no such contestant: {', '.join(sorted(unknown))}")
    opts.json = opts.json or os.path.join(opts.build, "bench.json")
    return opts


def require(opts):
    if os.geteuid():
        raise CannotRun("not root")
    for name in ("ipitrace", "ipiload"):
        if not os.path.exists(os.path.join(opts.build, name)):
            raise CannotRun(f"{opts.build}/{name} is not built")
    if not shutil.which("bpftool"):
        raise CannotRun("bpftool is not installed, or not in PATH")
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        raise CannotRun("this kernel has no BTF")
    if len(os.sched_getaffinity(0)) < 2:
        raise CannotRun("one CPU sends no IPIs")
    if machine.statistics_sysctl():
        raise CannotRun("kernel.bpf_stats_enabled is 1: round trips would include that")
    # bpftrace finds tracepoints in tracefs and does not mount it.
    why = no_tracefs()
    if why:
        raise CannotRun(why)


def chosen(opts):
    """(contestants to measure, notes on the absent ones)"""
    notes, found, names = [], [], opts.only.split(",")
    for c in everyone(opts.build):
        if opts.only:
            wanted = c.name in names or "all" in names
        else:
            wanted = c.name not in ON_REQUEST
        if not wanted:
            continue
        why = c.absent()
        if why:
            notes.append(f"{c.name} is left out: {why}")
            say(notes[-1])
        else:
            found.append(c)
    return found, notes


def with_statistics(load, pid, ids):
    with machine.bpf_statistics():
        said = load.run(pid, ids)
    # The first program on csd_queue_cpu counts the csds; a twin would count them again.
    queue = [p["runs"] for p in said["programs"] if p["name"].startswith(QUEUES)]
    return said | {"ipis": queue[0] if queue else said["interrupts"],
                   "bpf_ns": sum(p["ns"] for p in said["programs"])}


def measure(contestant, load):
    """The raw figures of one contestant in one round."""
    raw = {"on": None, "loss": {}}
    with tempfile.TemporaryDirectory(prefix="ipitrace-bench-") as scratch:
        before = machine.call_function_interrupts()
        with contestant.running(scratch) as (proc, raw["ready_s"]):
            if not proc:
                raw["off"] = load.run()
                return raw
            ids = machine.program_ids(proc.pid)
            raw["off"] = load.run(proc.pid, ids)
            if ids:
                raw["on"] = with_statistics(load, proc.pid, ids)
            misses = sum(p["misses"] for p in machine.programs(ids)[0].values())
            raw["rss_kb"] = machine.peak_rss_kb(proc.pid)
        raw["ipis"] = machine.call_function_interrupts() - before
        raw["loss"] = contestant.loss(scratch, misses)
    return raw


def rates(opts):
    """
    ipitrace's CPU at several rates of IPIs: {name: raw}. The kernel splits the
    exact time into user and system by ticks, so this takes longer than a round.
    """
    found = {}
    load = machine.Load(opts.build, opts.rates)
    for name, rate in RATES.items() if opts.rates else ():
        say(f"CPU of ipitrace at {name} IPIs a second")
        with tempfile.TemporaryDirectory(prefix="ipitrace-bench-") as scratch, \
                Summary("ipitrace", opts.build).running(scratch) as (proc, _):
            first = machine.Usage(proc.pid)
            time.sleep(FIRST_S)
            first_ms = 1000 * FIRST_S * first.shares()["cpu"]
            before, usage = machine.call_function_interrupts(), machine.Usage(proc.pid)
            if rate is None:
                time.sleep(opts.rates)
            else:
                two = ",".join(map(str, sorted(os.sched_getaffinity(0))[:2]))
                load.once(*(("--rate", str(rate), "--cpus", two) if rate else ()))
            ipis = machine.call_function_interrupts() - before
            found[name] = {f"{k}_percent": 100 * v for k, v in usage.shares().items()} | {
                "interrupts_per_s": ipis / opts.rates, "first_ms": first_ms}
    return found


def rounds(opts, contestants):
    load, found, order = machine.Load(opts.build, opts.duration), [], random.Random(opts.seed)
    for n in range(opts.rounds):
        turn = order.sample(contestants, len(contestants))
        say(f"round {n + 1} of {opts.rounds}: {', '.join(c.name for c in turn)}")
        found.append({c.name: measure(c, load) for c in turn})
    return found


def by_switches(opts, contestants):
    """The contestants with a program on sched_switch, and those to compare them with."""
    names = {"nothing", "ipitrace", "stalls"}
    mine = [c for c in contestants if c.name in names]
    if {c.name for c in mine} != names:
        return []
    say("context switches")
    return [{c.name: switches.measure(c, opts.build) for c in mine} for _ in range(opts.rounds)]


def summed_up(opts, contestants, found, by_rate, by_switch, notes, began):
    table = {c.name: figures.figures(found, c.name) for c in contestants}
    raws = [raw for r in found for raw in r.values()]
    if by_rate:
        notes.append("user and system are counted in the kernel's ticks: steps of "
                     f"{100 / machine.HZ / opts.duration:.2g} % in a round, "
                     f"{100 / machine.HZ / opts.rates:.2g} % at the rates; CPU and all are exact")
    others = sum(bool(part and part["others"]) for raw in raws for part in (raw["off"], raw["on"]))
    if others:
        notes.append(f"others' tracing programs were attached during {others} loads")
    counted = sum(raw["off"]["stats_on"] for raw in raws)
    if counted:
        notes.append(f"others had BPF statistics on during {counted} loads: their round trips "
                     "are left out")
    uname = os.uname()
    return {"schema": SCHEMA, "date": began.isoformat(timespec="seconds"),
            "kernel": uname.release, "arch": uname.machine, "nodename": uname.nodename,
            "cpus": len(os.sched_getaffinity(0)), "duration_s": opts.duration,
            "rounds": found, "contestants": table, "rates": by_rate, "switches": switches.summed_up(by_switch),
            "verdicts": figures.verdicts(table, by_rate), "notes": notes}


def interrupted(signo, frame):
    raise KeyboardInterrupt(signo)


def main():
    opts = options()
    for signo in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signo, interrupted)
    began = datetime.datetime.now(datetime.timezone.utc)
    try:
        require(opts)
        contestants, notes = chosen(opts)
        found = rounds(opts, contestants)
        result = summed_up(opts, contestants, found, rates(opts), by_switches(opts, contestants),
                           notes, began)
    except CannotRun as why:
        say(why)
        return 3
    except KeyboardInterrupt as signo:
        say("ended early; nothing is attached, statistics are off")
        return 128 + (signo.args[0] if signo.args else signal.SIGINT)
    with open(opts.json, "w", encoding="ascii") as f:
        json.dump(result, f, indent=1)
        f.write("\n")
    print(f"{result['kernel']}, {result['cpus']} CPUs, {opts.rounds} rounds of {opts.duration:g} s: "
          "median (min..max)\n")
    print(figures.report(result["contestants"], result["rates"], result["verdicts"], notes))
    for line in [""] + switches.lines(result["switches"]):
        print(line)
    print(f"\nEvery figure: {opts.json}")
    return 0


sys.exit(main())
