#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""bench/: its arithmetic, one tiny round of it, and that it leaves nothing behind."""

import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.join(HERE, "..", "..", "bench")
sys.path[:0] = [os.path.join(HERE, "..", "lib"), BENCH]
import contestants  # noqa: E402
import figures  # noqa: E402
import switches  # noqa: E402
from ipitest import BUILD, Run, Tap  # noqa: E402

SMALL = [os.path.join(BENCH, "bench.py"), "--build", BUILD, "--rounds", "1", "--duration", "0.3",
         "--only", "nothing,nothing again,limit,floor,ipitrace,by sender,kinds,no clock,stalls,trace,serve",
         "--rates", "0.2"]
LIMIT = 400  # s, for a machine that is busy with something else


def raw(p50, ns, ipis, few=False, stats_on=False):
    """As bench.py writes it."""
    return {"off": {"p50_ns": p50, "few": few, "stats_on": stats_on, "cpu": 0.01},
            "on": {"bpf_ns": ns, "ipis": ipis, "programs": [{"name": "a", "runs": 2, "ns": ns}]},
            "loss": {"lost": 3}, "ipis": 1000, "rss_kb": 2048, "ready_s": 0.02}


def beside_the_limit(tap):
    rounds = [{"limit": raw(1000, 1000, 10), "minimal": raw(1200, 4000, 10),
               "ipitrace": raw(1100, 2000, 10), "kinds": raw(1500, 2500, 10)},
              {"limit": raw(2000, 3000, 10), "minimal": raw(4000, 9000, 10),
               "ipitrace": raw(2600, 4500, 10), "kinds": raw(2000, 6000, 10)},
              {"limit": raw(9000, 1, 0, few=True), "kinds": raw(1700, 100, 10)}]
    table = {name: figures.figures(rounds, name) for name in rounds[0]}
    kinds = table["kinds"]
    tap.equal(kinds["bpf_x_limit"], {"median": 2.25, "min": 2, "max": 2.5, "n": 2},
              "BPF time to the limit's, within a round; a limit that saw no IPIs left out")
    tap.equal(kinds["bpf_x_minimal"]["max"], 6000 / 9000, "and to minimal's")
    tap.equal(kinds["bpf_ns_more"], {"median": 100, "min": 50, "max": 150, "n": 2},
              "ns an IPI more than ipitrace summary, within a round")
    tap.equal((table["ipitrace"]["bpf_ns_more"]["max"], table["limit"]["bpf_ns_more"]["min"]),
              (0, -150), "which costs nothing more than itself, and the limit less")
    tap.equal((kinds["round_trip_us_limit"]["median"], kinds["round_trip_x_limit"]),
              (1.5, {"median": 1.25, "min": 1, "max": 1.5, "n": 2}),
              "the limit's round trip, and the ratio to it")
    tap.equal([figures.number(n) for n in (-0.5, -12.34, -150.4, -2e6)],
              ["-0.50", "-12.3", "-150", "-2.00M"], "a difference may be negative")
    blocks = figures.report(table, {}, [], []).split("\n\n")
    tap.equal([b.splitlines()[0].split() for b in blocks[:3]],
              ["BPF run time x limit x floor x minimal x same-job".split(),
               "BPF run time ns an IPI more than ipitrace, ns".split(),
               "round trip p50 us limit's p50 us x limit x nothing".split()],
              "the report begins with the ratios to the limit")
    tap.equal([b.splitlines()[-1].split() for b in blocks[:3]],
              ["kinds 2.25 (2.00..2.50) - 0.65 (0.62..0.67) -".split(),
               "kinds 250 (10.0..600) 100 (50.0..150)".split(),
               "kinds 1.70 (1.50..2.00) 1.50 1.25 (1.00..1.50) -".split()],
              "each with its range, the limit's p50 beside the contestant's")


def arithmetic(tap):
    tap.equal(figures.spread([3, None, 1, 2]), {"median": 2, "min": 1, "max": 3, "n": 3},
              "spread: of those that are there")
    tap.equal(figures.spread([1, 4])["median"], 2.5, "spread: median of two")
    tap.equal(figures.spread([None]), None, "spread: of nothing")
    tap.equal([figures.ratio(*p) for p in ((3, 2), (None, 2), (3, None), (3, 0), (0, 2))],
              [1.5, None, None, None, 0], "ratio")
    rounds = [{"nothing": raw(100, 0, 1), "same-job": raw(150, 2000, 10),
               "limit": raw(105, 400, 10), "ipitrace": raw(110, 500, 10)},
              {"nothing": raw(1000, 0, 1), "same-job": raw(900, 4000, 10),
               "limit": raw(1200, 1000, 10), "ipitrace": raw(1400, 1200, 10)},
              {"nothing": raw(100, 0, 1, few=True), "ipitrace": raw(900, 300, 1)}]
    f = figures.figures(rounds, "ipitrace")
    tap.equal(f["round_trip_x_nothing"], {"median": 1.25, "min": 1.1, "max": 1.4, "n": 2},
              "ratios are within a round, too few IPIs left out")
    tap.equal(f["bpf_x_same_job"], {"median": 0.275, "min": 0.25, "max": 0.3, "n": 2},
              "BPF time to same-job's, a round without it left out")
    tap.equal((f["bpf_x_floor"], f["bpf_ns_per_ipi"]["max"], f["lost_per_million"]["median"]),
              (None, 300, 3000), "no floor, no ratio; ns an IPI; loss")
    tap.equal(f["programs_ns"]["a"]["median"], 250, "ns a run of a program")
    beside_the_limit(tap)
    tap.equal(figures.round_trip(raw(1, 1, 1, stats_on=True)), None,
              "no round trip while others count BPF time")
    table = {"ipitrace": f}
    found = figures.verdicts(table, {"0": {"user_percent": 0.3}})
    tap.equal([v["met"] for v in found], [True, None, True, True, False], "verdicts")
    both = figures.verdicts({"ipitrace": f, "stalls": f}, {})
    tap.equal([(v["limit"], v["met"]) for v in both[:2]], [(1.4, True), (1.6, True)],
              "stalls is measured beside it")
    by_switch = [{n: {"per_s": per_s, "ns": ns} for n, per_s, ns in row} for row in (
        (("nothing", 100, None), ("stalls", 80, 60)), (("nothing", 60, None), ("stalls", 60, 70)))]
    took = switches.summed_up(by_switch)["stalls"]
    tap.equal((took["x_nothing"]["median"], took["ns"]["max"]), (1.125, 70),
              "a context switch: within a round, more is slower")
    tap.ok("1.12 (1.00..1.25)" in switches.lines({"stalls": took})[-1], "and its line",
           switches.lines({"stalls": took}))
    tap.equal(figures.verdict_lines(found)[0],
              "ipitrace <= 1.40 x limit: 1.23 yes (BPF ns an IPI)", "a verdict's line")
    records = struct.pack("=IHHQQ", 2, 0, 24, 7, 41) + struct.pack("=IHHQ", 9, 0, 16, 0) \
        + struct.pack("=IHHQQ", 2, 0, 24, 7, 1)
    tap.equal(figures.perf_lost(struct.pack("=40xQQ", 56, len(records)) + records), (42, 1),
              "perf's lost events")


def widest(tap):
    """As many digits as there may be."""
    name = "p" * 15
    rounds = [{"nothing": raw(9000, 0, 1), "same-job": raw(19000, 123456, 10),
               "limit": raw(9000, 1234, 10), "minimal": raw(9999, 99999, 10),
               "floor": raw(9000, 12345, 10), "ipitrace": raw(19000 + n, 88888 * n, 10)}
              for n in (1, 5, 9)]
    for r in rounds:
        r["ipitrace"]["on"]["programs"] = [{"name": f"{name}{i}", "runs": 1, "ns": 99999}
                                           for i in range(9)]
        r["ipitrace"]["off"] |= {"user": 0.999, "system": 0.999, "cpu": 0.001 * r["ipitrace"]["off"]
                                 ["p50_ns"] / 19}
        r["ipitrace"]["loss"]["lost"] = r["ipitrace"]["off"]["p50_ns"] // 4
    table = {n: figures.figures(rounds, n) for n in rounds[0]}
    rates = {"maximal": {"user_percent": 99.99, "cpu_percent": 99.99, "first_ms": 9999,
                         "interrupts_per_s": 12345678}}
    text = figures.report(table, rates, figures.verdicts(table, rates), ["a word " * 30])
    tap.ok(max(map(len, text.splitlines())) <= figures.WIDTH, "at most 100 columns", text)


def left_behind():
    """What a run must not leave: (BPF statistics, our processes, scratch)."""
    with open("/proc/sys/kernel/bpf_stats_enabled", encoding="ascii") as f:
        stats = f.read().strip()
    ours = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as f:
                argv = f.read()
        except OSError:
            continue
        # Another tree's bench.py may run meanwhile: its scratch is elsewhere.
        if os.path.join(os.environ["TMPDIR"], "ipitrace-bench-") in argv:
            ours.append(argv.replace("\0", " "))
    scratch = [n for n in os.listdir(os.environ["TMPDIR"]) if n.startswith("ipitrace-bench-")]
    return stats, ours, scratch


def small_round(tap, directory):
    path = f"{directory}/bench.json"
    before = left_behind()
    run = Run(SMALL + ["--json", path], timeout=LIMIT)
    if not tap.ok(run.status == 0, "a small round", run.err, run.out):
        return
    with open(path, encoding="ascii") as f:
        got = json.load(f)
    tap.equal(got["schema"], "ipitrace-bench/1", "JSON: schema")
    tap.ok({"date", "kernel", "cpus", "rounds", "contestants", "rates", "verdicts", "notes"} <=
           set(got), "JSON: keys", sorted(got))
    ours = {"ipitrace", "by sender", "kinds", "no clock", "stalls", "trace", "serve"}
    tap.equal(set(got["rounds"][0]), {"nothing", "nothing again", "limit", "floor"} | ours,
              "JSON: everyone's raw figures")
    raws = got["rounds"][0]
    tap.equal([p["name"] for p in raws["floor"]["on"]["programs"]],
              ["csd_queue", "csd_entry", "csd_exit", "ipi_send"], "the floor's four programs")
    tap.equal([p["name"] for p in raws["limit"]["on"]["programs"]],
              ["limit_queue", "limit_twin", "limit_entry", "limit_exit", "limit_send"],
              "the limit's five programs, in the order of the file")
    programs = {p["name"]: p["runs"] for p in raws["limit"]["on"]["programs"]}
    tap.equal(raws["limit"]["on"]["ipis"], programs["limit_queue"], "its IPIs are the csds queued")
    # bpftool reads one program after the other, while IPIs come.
    tap.ok(0.9 < programs["limit_queue"] / programs["limit_twin"] < 1.1 and all(programs.values()),
           "each of its programs ran, the twin as often as the first", programs)
    tap.ok(all(raws[n]["on"]["ipis"] > 0 and raws[n]["on"]["bpf_ns"] > 0
               for n in ours | {"floor", "limit"}), "BPF time and IPIs were counted", raws)
    tap.equal(raws["nothing"]["on"], None, "nothing runs no programs")
    tap.ok(got["switches"]["stalls"]["ns"]["median"] > 0, "a context switch costs stalls something",
           got["switches"])
    tap.equal(got["switches"]["ipitrace"]["ns"], None, "and nobody else")
    tap.equal(set(got["rates"]), {"0", "1,000", "maximal"}, "JSON: rates")
    table = run.out.split("\n\n")[1].splitlines()
    tap.equal([table[0].split()[:5], [line.split()[0] for line in table[2:4]]],
              ["BPF run time x limit".split(), ["limit", "floor"]], "the table begins with the limit")
    tap.ok("Noise: nothing, measured twice in a round, is" in " ".join(run.out.split()), "and its noise",
           run.out)
    kinds = got["contestants"]["kinds"]
    tap.ok(kinds["bpf_x_limit"]["median"] > 0 and kinds["bpf_ns_more"], "JSON: beside the limit", kinds)
    tap.equal(left_behind(), before, "nothing is left: statistics, processes, scratch files")


def ended_early(tap):
    before = left_behind()
    for signo in (signal.SIGINT, signal.SIGTERM):
        proc = subprocess.Popen(SMALL[:-4] + ["--duration", "30", "--only", "floor", "--json",
                                              os.devnull],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + LIMIT
        while not left_behind()[1] and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.3)
        proc.send_signal(signo)
        out, err = proc.communicate(timeout=LIMIT)
        tap.equal((proc.returncode, out), (128 + signo, ""),
                  f"{signo.name} ends it, with no table")
        tap.equal(left_behind(), before, f"{signo.name}: nothing is left")


def main():
    tap = Tap()
    arithmetic(tap)
    widest(tap)
    usage = Run([SMALL[0], "--rounds", "0"])
    tap.equal((usage.status, usage.out), (2, ""), "usage")
    unknown = Run([SMALL[0], "--build", BUILD, "--only", "limit,nobody"])
    tap.ok((unknown.status, unknown.out) == (2, "") and "no such contestant: nobody" in unknown.err,
           "an unknown contestant's name is refused", unknown.err)
    with tempfile.TemporaryDirectory() as directory:
        os.environ["TMPDIR"] = directory
        if not os.path.exists(os.path.join(BUILD, "bench", "attach")):
            tap.skip("a small round", "bench/attach is not built")
        else:
            small_round(tap, directory)
            ended_early(tap)
    tap.done()


main()
