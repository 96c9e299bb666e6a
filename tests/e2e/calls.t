#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
What a broadcast costs: the calls of summary --calls, of JSON and of a capture, and the calls' ids
in trace, beside ftrace.

Left out: events under a task that this machine hides from BPF. ipiload's membarrier has two threads
on two CPUs, so each of its calls has one target; tests/vm/judge has broadcasts to three.
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import CPUS, WIDTH, fails, no_ftrace, tap  # noqa: E402
from ipitest import IPILOAD, QUIET, Ftrace, hidden_pids, ipitrace, validate  # noqa: E402
from records import read  # noqa: E402

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LOAD = (*QUIET, IPILOAD, "membarrier", "-q", "--rate", "3000", "--duration")
# On a busy machine the receiver may hardly run: for longer, then.
SECONDS = ("0.7", "4", "16")
ENOUGH = 10
FUNC = "ipi_mb"


def lines(run):
    return [line for line in run.out.splitlines() if '"ipitrace/1"' in line]


def of_load(snapshot):
    return [f for f in snapshot["functions"] if f["func"] == FUNC]


def beside_ftrace():
    """The calls of one load: as many as ftrace's queue events, where each has one target."""
    for seconds in SECONDS:
        ftrace = Ftrace(events=("csd/csd_queue_cpu",))
        run = ipitrace("-j", "-i", "1000", "-f", FUNC, "--", *LOAD, seconds)
        hidden = hidden_pids()
        events = [e for e in ftrace.stop() if e["func"] == FUNC]
        if len(events) > 2 * ENOUGH:
            break
    if not tap.ok(run.status == 0 and len(lines(run)) == 1 and not ftrace.overrun, "-j: a window",
                  run.status, run.err):
        return
    snapshot = json.loads(lines(run)[0])
    rows, total = of_load(snapshot), snapshot["calls"]
    calls = sum(f["calls"]["count"] for f in rows)
    unseen = sum(e["pid"] in hidden for e in events) + snapshot["ledger"]["in_flight"] + \
        snapshot["ledger"]["lost"]
    # Others call membarrier too, before the window and behind it.
    outside = [e for e in events if not
               snapshot["window"]["mono_start"] < e["time"] < snapshot["window"]["mono_end"]]
    tap.ok(calls > ENOUGH and abs(len(events) - len(outside) - calls) <= unseen + 1,
           f"-j: {calls} calls are ftrace's queue events", len(events), len(outside), unseen)
    tap.ok(len(CPUS) > 2 or all(f["calls"]["csds"] == f["calls"]["count"] and
                                f["calls"]["targets_max"] == 1 for f in rows),
           "-j: with two CPUs a call has one target", [f["calls"] for f in rows])
    tap.ok(total["count"] == calls and total["csds"] == sum(f["calls"]["csds"] for f in rows) and
           total["wait"]["count"] == sum(f["wait"]["count"] for f in rows) and
           total["wait"]["max"] == max(f["wait"]["max"] for f in rows),
           "-j: the total is the rows' sum", total)
    tap.ok(all(f["count"] >= f["calls"]["csds"] >= f["calls"]["count"] >= f["wait"]["count"]
               for f in rows), "-j: no call without a csd, no wait without a call", rows)
    worst = total["worst"]
    tap.ok(worst and worst["wait"] == total["wait"]["max"] and worst["src"] in CPUS and
           worst["last"] in CPUS and worst["last"] != worst["src"] and
           worst["tgid"] and worst["comm"] in ("ipiload", None) and
           snapshot["window"]["mono_start"] <= worst["begun"] < snapshot["window"]["mono_end"],
           "-j: the worst call, and its straggler", worst)
    tap.ok(not (faults := validate(snapshot)), "-j: valid by the schema", *faults[:3])


def ids():
    """Each call has an id of its own; no number of a sender is left out."""
    for seconds in SECONDS:
        run = ipitrace("trace", "-j", "--", *LOAD, seconds)
        records, end = read(lines(run))
        sync = [r for r in records if r["csd"] == "sync"]
        if len(sync) > ENOUGH:
            break
    if not tap.ok(run.status == 0 and end, "trace: ran", run.status, run.err):
        return
    tap.ok(len(sync) > ENOUGH and all(r["call"] for r in sync) and
           not any(r["call"] for r in records if r["csd"] != "sync"),
           f"trace: {len(sync)} csds of synchronous calls have an id, no other has",
           [r for r in records if bool(r["call"]) != (r["csd"] == "sync")][:3])
    calls = collections.defaultdict(list)
    for r in sync:
        calls[r["call"]].append(r)
    same = ("src", "func", "callsite", "tid")
    tap.ok(all(len({tuple(r[k] for k in same) for r in of}) == 1 and
               len({r["dst"] for r in of}) == len(of) and
               sum(r["wait"] is not None for r in of) <= 1 for of in calls.values()),
           "trace: csds of one call have its sender in common, not the target")
    tap.ok(all(call.split("-")[0] == str(of[0]["src"]) for call, of in calls.items()),
           "trace: an id begins with the sender's CPU")
    tap.ok(len(CPUS) > 2 or all(len(of) == 1 for of in calls.values()),
           f"trace: with two CPUs {len(calls)} calls of one csd each")
    numbers = collections.defaultdict(list)
    for call in calls:  # in the order of queueing
        cpu, number = map(int, call.split("-"))
        numbers[cpu].append(number)
    missing = sum(max(of) - len(of) for of in numbers.values())
    tap.ok(missing <= end["lost"] + end["in_flight"] and
           all(of == sorted(of) for of in numbers.values()),
           "trace: each sender's numbers begin with 1, rise, and none is left out", missing, end)
    faults = [f for r in records[:50] if (f := validate(r))]
    tap.ok(not faults, "trace: valid by the schema", *faults[:3])


def man_jq(page, word):
    """The jq program that the manual page has for @word, as a reader would copy it."""
    with open(os.path.join(TOP, "man", page), encoding="ascii") as f:
        text = "".join(line.removeprefix(".Dl ").replace("\\ ", " ").replace("\\-", "-")
                       for line in f if line.startswith(".Dl "))
    return re.search(r"jq -\w+ '([^']*" + re.escape(word) + r"[^']*)'", text)[1]


def one_liners():
    def jq(option, page, word, lines_):
        done = subprocess.run(["jq", option, man_jq(page, word)], input="\n".join(lines_) + "\n",
                              capture_output=True, text=True, timeout=60, check=False)
        return done.stdout, done.stderr

    row = {"func": "f", "callsite": "s", "wait": {"max": 7}}
    rows = [{**row, "calls": {"count": 5, "targets_mean": 2.5, "targets_max": n}} for n in (None, 1, 3)]
    out, err = jq("-c", "ipitrace-summary.8", "targets_max", [json.dumps({"functions": rows})])
    tap.ok(out == '["f","s",5,2.5,7]\n', "man: broadcasts by call site, by jq", out, err)
    records = [{"call": call, "dst": dst} for call, dst in
               (("0-1", 1), (None, 1), (None, 2), (None, 3), ("1-1", 0), ("0-1", 2), ("0-2", 1))]
    out, err = jq("-s", "ipitrace-trace.8", "group_by(.call)", map(json.dumps, records))
    tap.ok(out and [r["dst"] for r in json.loads(out)] == [1, 2], "man: the largest broadcast, by jq",
           out, err)
    records = [{"csd": "sync", "func": "f", "reason": reason, "delay": n, "handler": None, "wait": wait}
               for reason, wait in (("munmap", 7), ("exit_mmap", None)) for n in range(200, 0, -1)]
    out, err = jq("-sc", "ipitrace-trace.8", "def p99", map(json.dumps, [*records, {"csd": None}]))
    tap.equal([json.loads(line) for line in out.splitlines()],
              [{"func": "f", "reason": reason, "csds": 200, "delay": 198, "handler": None, "wait": wait}
               for reason, wait in (("exit_mmap", None), ("munmap", 7))], "man: p99 of each caller, by jq")


def captured():
    for seconds in SECONDS:
        with tempfile.TemporaryDirectory(prefix="ipitest-") as path:
            name = os.path.join(path, "run.zst")
            run = ipitrace("record", "-q", "-o", name, "-i", "0.2", "--", *LOAD, seconds)
            windows = [json.loads(line) for line in
                       ipitrace("report", name, "summary", "-j").out.splitlines()]
            text = ipitrace("report", name, "calls").out
        calls = sum(f["calls"]["count"] for w in windows for f in of_load(w))
        if calls > ENOUGH:
            break
    waited = sum(w["calls"]["wait"]["count"] for w in windows)
    seconds = sum(w["window"]["duration_s"] for w in windows)
    row = [line.split() for line in text.splitlines() if line.startswith(FUNC + " ")]
    tap.ok(run.status == 0 and len(windows) > 1 and calls > ENOUGH and waited >= calls * 0.99,
           f"record: {calls} calls in {len(windows)} windows", run.err, waited)
    rate = row and float(row[0][1].replace("k", "")) * (1000 if "k" in row[0][1] else 1)
    tap.ok(len(row) == 1 and abs(rate - calls / seconds) <= 0.01 * rate + 1,
           "report calls: the windows added up", text, calls / seconds)


def text():
    run = ipitrace("--calls", "--", *LOAD, "1.5")
    out = [line for line in run.out.splitlines() if not line.startswith("{")]
    tap.ok(run.status == 0 and out[0].startswith("ipitrace calls: ") and
           all(len(line) <= WIDTH for line in out), f"--calls: {WIDTH} columns", *out)
    at = next((i for i, line in enumerate(out) if line.startswith(FUNC + " ")), None)
    tap.ok(at is not None and len(out[at].split()) == 8 and out[at + 1].startswith("  at ") and
           any("  via membarrier" in line and "ipiload[" in line for line in out[at:at + 4]) and
           any("  worst at " in line and "ended last" in line for line in out[at:at + 6]),
           "--calls: by call site, callers, the worst call", *out)
    tap.ok(any(line.startswith("cost   senders wait ") for line in out), "--calls: the cost in a line",
           *out)
    run = ipitrace("--calls", "-q", "-d", "0.05", "-f", "nohz_csd_func")
    tap.ok(run.status == 0 and "ipitrace calls" not in run.out, "--calls -q: no heading", run.out)
    for other in (("--by", "sender"), ("--folded",), ("--kinds",), ("--stacks",), ("--self",)):
        fails(ipitrace("--calls", *other, "-d", "0.1"), 2, f"--calls {other[0]}: refused", "--calls",
              other[0])
    fails(ipitrace("hist", "--calls", "-d", "0.1"), 2, "hist --calls: refused", "--calls", "summary")


def main():
    text()
    one_liners()
    captured()
    ids()
    reason = no_ftrace()
    if reason:
        tap.skip("beside ftrace", reason, 8)
    else:
        beside_ftrace()
    tap.done()


if __name__ == "__main__":
    main()
