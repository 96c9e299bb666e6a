#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""report --perfetto: protoc reads it back, and it has the csds, stalls and windows of the capture."""

import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import made  # noqa: E402
from ipitest import IPILOAD, IPITRACE, Tap, ipitrace  # noqa: E402
from timeline import BEGIN, COUNTER, END, INSTANT, Timeline  # noqa: E402

# More than are put in order at a time: SETTLE_RECORDS.
CSDS = 5000

tap = Tap()
SCRATCH = tempfile.TemporaryDirectory()


def scratch(name):
    return os.path.join(SCRATCH.name, name)


def draw(objects, *args):
    """The timeline of a capture of these objects; report's run."""
    path, out = scratch("made.zst"), scratch("made.pftrace")
    made.write(path, objects)
    run = ipitrace("report", path, "--perfetto", out, *args, timeout=120)
    timeline = Timeline(out, made.BEGAN)
    tap.ok(run.status == 0 and not timeline.error and not timeline.unknown and timeline.events,
           "report --perfetto: protoc knows all of it", run.status, run.err, timeline.error,
           timeline.unknown[:5])
    return timeline, run


def many_csds(number):
    """Broadcasts to three CPUs, and csds to one, as they overlap on four CPUs."""
    made_csds, time = [], 0
    while len(made_csds) + 4 <= number:
        made_csds += made.broadcast(time, 0, (1, 2, 3), 1500)
        made_csds.append(made.csd(time + 200, 2, 0, callsite="generic_exec_single+0x10", csd="async",
                                  delay=2500, pid=None, tid=None, comm=None, interrupt=True))
        time += 2000
    return made_csds


def test_csds():
    timeline, run = draw(many_csds(CSDS))
    flows = timeline.flows()
    tap.equal(len(flows), CSDS, f"{CSDS} csds: {CSDS} flows")
    wrong = [f for f, (sends, runs) in flows.items() if len(sends) != 1 or len(runs) != 1 or
             sends[0]["time"] > runs[0]["time"]]
    tap.equal(wrong, [], "each flow leads from one send to one run, never back in time")
    broadcasts = [e for e in timeline.on("CPU 0/sends") if len(e["from"]) == 3]
    tap.equal(len(broadcasts), CSDS // 4, "a broadcast to 3 CPUs is one send with 3 flows")
    targets = {timeline.path(flows[f][1][0]["track"]).split("/")[1] for f in broadcasts[0]["from"]}
    tap.equal(targets, {"CPU 1", "CPU 2", "CPU 3"}, "which lead to its three targets")
    begun = [sum(e["type"] == BEGIN for e in timeline.on(name)) for name in ("/runs", "/queued", "/waits")]
    tap.equal(begun, [CSDS, CSDS, CSDS // 4], "a slice for each run, each queued csd, each wait")
    tap.equal(timeline.broken_slices(), [], "slices of a track nest, or are apart")
    tap.ok(f"{CSDS} csds" in run.err, "stderr has the number", run.err)
    mono, wall = (int(c["timestamp"][0]) for c in timeline.clocks[0]["clocks"])
    tap.equal((len(timeline.clocks), mono, wall), (1, made.BEGAN, 1795230120000000000),
              "both clocks stand at the beginning")


def test_stolen():
    """What the host stole: notes of a run, and a track, where it is known."""
    windows = [o for o in made.run(3) if o["type"] == "snapshot"]
    csds = [made.csd(0, 0, 1, delay=2500, delay_stolen=2000, handler_stolen=100, src_stolen=70, preempted=True),
            made.csd(5000, 0, 1, delay_stolen=0, handler_stolen=0, preempted=False), made.csd(10000, 0, 1)]
    timeline, _ = draw([*csds, *windows])
    notes = [{k: v for k, v in e["notes"].items() if "stolen" in k} for e in timeline.on("CPU 1/runs")
             if e["type"] == BEGIN]
    tap.equal(notes, [{"delay stolen by the host ns": 2000, "delay stolen from the sender ns": 70,
                       "stolen by the host ns": 100}, {}, {}],
              "a run has what was stolen of it and of its delay, and nothing where nothing was")
    tap.ok(not timeline.on("stolen by the host, ns"), "no track where the host does not say")
    for snapshot in windows:
        for cpu in snapshot["cpus"]:
            cpu["stolen"] = {"delay": 30, "handler": 4}
    timeline, _ = draw(windows)
    tap.equal([e["value"] for e in timeline.on("stolen by the host, ns")], [34.0 * len(windows[0]["cpus"])] * 3,
              "a track with the sum of all CPUs, where it does")


def test_limit():
    timeline, run = draw(many_csds(400), "--limit", "101")
    tap.ok(len(timeline.flows()) == 101 and "first 101 of 400 csds" in run.err,
           "--limit cuts, and says so", len(timeline.flows()), run.err)


def test_odd_csds():
    """Delays of 0, none, beyond all bounds; runs whose end was not seen."""
    odd = [made.csd(0, 0, 1, delay=0, handler=0), made.csd(5000, 0, 1, delay=None, handler=None),
           made.csd(10000, 0, 1, handler=None), made.csd(20000, 0, 1, delay=2**63 - 1),
           made.csd(20000, 0, 1, delay=-5, handler=-5), made.csd(30000, 0, 99999),
           made.csd(40000, 0, 1, func="<script>", comm=None, pid=None, tid=None),
           made.csd(50000, 0, 1, kind="reschedule", func=None, csd=None, delay=None, handler=None)]
    timeline, run = draw(odd)
    tap.equal(len(timeline.flows()), 3, "a flow for each csd that was seen to run")
    tap.ok(all(0 <= e["time"] <= 60000 for e in timeline.events), "no time wraps",
           [e["time"] for e in timeline.events])
    tap.ok("<script>" in timeline.names.values() and "2 lines" in run.err,
           "a name stays what it is; what cannot be drawn is counted", run.err)


def test_names():
    """More names than are remembered at a time."""
    number = 9000
    timeline, _ = draw([made.csd(i * 2000, 0, 1, comm=f"task {i}") for i in range(number)])
    sends = timeline.on("CPU 0/sends")
    tap.equal([e["notes"].get("task") for e in sends], [f"task {i}" for i in range(number)],
              f"{number} tasks, each with its name")
    tap.ok(timeline.forgot > 1 and all(e["name"] for e in timeline.events if e["type"] in (BEGIN, INSTANT)),
           "names are written again where they were forgotten", timeline.forgot)


def test_run():
    timeline, _ = draw(made.run(60))
    tap.equal(sum(e["type"] == COUNTER for e in timeline.events), 300, "five counters a window")
    rate = [e["value"] for e in timeline.on("csds/s")]
    tap.ok(len(rate) == 60 and max(rate) > 3 * min(rate) > 0, "the storm shows in the rate", rate)
    spans = {}
    for event in timeline.on("/stalls") + timeline.on("/storms"):
        spans.setdefault(event["type"], []).append(event["time"])
    tap.equal(sorted(spans[BEGIN]), sorted([2 * made.SECOND, 8 * made.SECOND, 14 * made.SECOND, 30 * made.SECOND]),
              "each stall and storm is drawn once, from its beginning")
    tap.equal(sorted(spans[END])[0], 2 * made.SECOND + 5_200_000, "to its end")


def test_real():
    """Records of this kernel."""
    trace = ipitrace("trace", "-q", "-j", "--", "sh", "-c", f"exec {IPILOAD} membarrier -q --duration 0.7 --rate 3000 >&2")
    records = [json.loads(line) for line in trace.out.splitlines()]
    seen = [r for r in records if r["type"] == "ipi" and r["delay"] is not None]
    timeline, _ = draw(records)
    flows = timeline.flows()
    tap.ok(len(seen) > 20 and len(flows) == len(seen), "a real trace: a flow for each csd that ran",
           len(seen), len(flows))
    tap.ok(all(len(s) == 1 and len(r) == 1 and s[0]["time"] <= r[0]["time"] for s, r in flows.values()),
           "each from one send to one run")
    tap.equal(timeline.broken_slices(), [], "slices of a track nest, or are apart")


def peak_kb(csds):
    path = scratch("big.zst")
    made.write(path, many_csds(csds))
    child = subprocess.Popen([IPITRACE, "report", path, "--perfetto", scratch("big.pftrace"), "--html",
                              scratch("big.html")], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    return usage.ru_maxrss if status == 0 else None


def test_failures():
    small, large = peak_kb(3000), peak_kb(40_000)
    tap.ok(small and large and large < small + 2048, "memory does not grow with the capture", small, large)
    made.write(scratch("a.zst"), many_csds(4000))
    run = ipitrace("report", scratch("a.zst"), "--perfetto", "/dev/full")
    tap.ok(run.status == 4 and run.err.count("\n") == 1 and "/dev/full" in run.err,
           "no space: status 4 and a line", run.status, run.err)
    for args in (("--limit", "5"), ("--html", "x", "-j"), ("summary", "--perfetto", "x")):
        run = ipitrace("report", scratch("a.zst"), *args)
        tap.ok(run.status == 2 and run.err.count("\n") == 1 and not os.path.exists("x"),
               f"report {' '.join(args)}: refused", run.status, run.err)
    run = ipitrace("report", scratch("a.zst"), "--html", "/nonesuch/x")
    tap.ok(run.status == 4 and run.err.count("\n") == 1 and "/nonesuch/x" in run.err,
           "no directory: status 4 and a line", run.status, run.err)
    with open(scratch("a.zst"), "r+b") as f:
        f.truncate(os.path.getsize(scratch("a.zst")) - 100)
    run = ipitrace("report", scratch("a.zst"), "--perfetto", scratch("cut.pftrace"), "--html",
                   scratch("cut.html"))
    timeline = Timeline(scratch("cut.pftrace"), made.BEGAN)
    tap.ok(run.status == 4 and not timeline.error and len(timeline.flows()) > 1000,
           "a capture that was cut off is drawn up to there", run.status, run.err, timeline.error)


test_csds()
test_stolen()
test_limit()
test_odd_csds()
test_names()
test_run()
test_real()
test_failures()
tap.done()
