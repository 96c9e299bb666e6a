#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
What the host stole of delays and handler times, beside /proc/stat and lscpu; null where no host
says that. STEAL_SECONDS: how long to look.
"""
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import made  # noqa: E402
from ipitest import IPILOAD, IPITRACE, Tap, ipitrace  # noqa: E402
from records import read  # noqa: E402
from serving import Serve  # noqa: E402

SECONDS = float(os.environ.get("STEAL_SECONDS", "6"))
TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
LONG = 1_000_000
# So few deliveries that took long are no sample.
LONG_LEAST = 20
tap = Tap()


def stolen_ticks():
    """By CPU, what /proc/stat has."""
    time.sleep(0.2)
    with open("/proc/stat", encoding="utf-8") as f:
        return {int(m[1]): int(line.split()[8]) for line in f
                if (m := re.match(r"cpu(\d+) ", line))}


def guest_of_kvm():
    said = subprocess.run(["lscpu"], env={**os.environ, "LC_ALL": "C"}, text=True,
                          stdout=subprocess.PIPE, check=True).stdout
    return bool(re.search(r"Hypervisor vendor:\s+KVM", said))


@contextlib.contextmanager
def load():
    """membarriers, and a task on each CPU that never rests: the host has to share its CPUs out."""
    commands = [[IPILOAD, "membarrier", "-q", "-d", "1000", "--rate", "4000"]]
    commands += [[sys.executable, "-c", "while True: pass"]] * os.cpu_count()
    procs = [subprocess.Popen(c, stdout=subprocess.DEVNULL) for c in commands]
    try:
        yield
    finally:
        for proc in procs:
            proc.kill()
            proc.wait()


def traced():
    """The records, and what /proc/stat says was stolen from each CPU meanwhile, in ticks."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, load():
        before = stolen_ticks()
        done = subprocess.run([IPITRACE, "trace", "-j", "-d", str(SECONDS)], stdout=out,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                              check=False)
        after = stolen_ticks()
        out.seek(0)
        records, _ = read(out)
    tap.ok(done.returncode == 0 and len(records) > 100, f"{len(records)} records", done.stderr)
    return records, {cpu: n - before.get(cpu, 0) for cpu, n in after.items()}, any(after.values())


def clusters(records):
    """By CPU, what was stolen, where times that overlap count once: [(end, ns)]."""
    by_cpu = {}
    for r in sorted((r for r in records if r["delay"] is not None), key=lambda r: r["time"]):
        spans = by_cpu.setdefault(r["dst"], [])
        end = r["time"] + r["delay"] + (r["handler"] or 0)
        ns = r["delay_stolen"] + (r["handler_stolen"] or 0)
        if spans and r["time"] < spans[-1][0]:
            spans[-1] = max(end, spans[-1][0]), max(ns, spans[-1][1])
        else:
            spans.append((end, ns))
    return by_cpu


def covered(spans):
    """The ns that are in any of them."""
    total = last = 0
    for begin, end in sorted(spans):
        total += max(0, end - max(begin, last))
        last = max(last, end)
    return total


def check_known(records, ticks):
    parts = [(r["delay_stolen"], r["delay"], r) for r in records] + \
        [(r["handler_stolen"], r["handler"], r) for r in records]
    more = [r for part, whole, r in parts if part is not None and part > whole]
    tap.ok(not more, "no more was stolen than there was", *more[:3])
    unlike = [r for part, whole, r in parts if (part is None) != (whole is None)]
    tap.ok(not unlike, "each time that is known has its stolen part", *unlike[:3])
    over = {cpu: (sum(ns for _, ns in spans), ticks.get(cpu, 0) * TICK)
            for cpu, spans in clusters(records).items()}
    tap.ok(all(ns <= stat + TICK for ns, stat in over.values()),
           f"no more than /proc/stat has, but for a tick: ns by CPU {over}")
    late = [r for r in records if r["delay"] is not None and r["delay"] > LONG]
    stolen = [r for r in late if r["delay_stolen"]]
    name = f"{len(stolen)} of {len(late)} deliveries of more than 1 ms have stolen time"
    # A host may keep a CPU from running and not say so: where a quota is used up, or the host is a guest.
    waited = {cpu: covered((r["time"], r["time"] + r["delay"]) for r in late if r["dst"] == cpu)
              for cpu in {r["dst"] for r in late}}
    said = sum(min(ticks.get(cpu, 0) * TICK, ns) for cpu, ns in waited.items())
    if len(late) >= LONG_LEAST and said < 0.9 * sum(waited.values()):
        tap.skip(name, "/proc/stat has not as much: the host does not say all that it takes")
    elif len(late) >= LONG_LEAST:
        tap.ok(len(stolen) >= 0.9 * len(late), name, *[r for r in late if r not in stolen][:5])
    else:
        tap.skip(name, f"fewer than {LONG_LEAST} took so long: the host stole too seldom")


def worth_a_word(record):
    return any(record[key] is not None and record[key + "_stolen"] > record[key] // 100 for key in ("delay", "handler"))


def check_text(records):
    """The text of the records, as `trace` has it: returns how many lines say that something was stolen."""
    some = [r for r in records if worth_a_word(r)][:500] + [r for r in records if not worth_a_word(r)][:500]
    with tempfile.TemporaryDirectory() as path:
        capture = os.path.join(path, "records.zst")
        made.write(capture, some)
        run = ipitrace("report", capture, "trace", "-q")
    lines = run.out.splitlines()
    wrong = [(r, line) for r, line in zip(some, lines) if worth_a_word(r) != bool(re.search(r"\(stolen: \w+ \d.*\)$", line))
             or bool(r["preempted"] and "(stolen: delay" in line) != ("; preempted)" in line)]
    said = sum(map(worth_a_word, some))
    tap.ok(len(lines) == len(some) and not wrong, f"trace: {said} of {len(lines)} lines say what was stolen, those of 1 % "
           "and more", run.err, *wrong[:3])
    return said


def check_unknown(records):
    tap.ok(all(r["delay_stolen"] is None and r["handler_stolen"] is None and r["preempted"] is None
               for r in records), "null in each record, and never 0")


def check_windows(known):
    """The sums of windows are known where the records are."""
    with load():
        run = ipitrace("summary", "-j", "-d", 1)
    snaps = [json.loads(line) for line in run.out.splitlines() if '"snapshot"' in line]
    rows = [row for snap in snaps for key in ("cpus", "functions") for row in snap[key]]
    tap.ok(rows and all((row["stolen"] is not None) == known for row in rows),
           f"summary: {'known' if known else 'null'} of each CPU and function", run.err, *rows[:1])


def isolated(known):
    """For how long the host ran something else than each CPU, beside /proc/stat."""
    with load():
        before = stolen_ticks()
        run = ipitrace("isolated", "-j", "-c", ",".join(map(str, before)), "-d", 2)
        after = stolen_ticks()
    # Busy CPUs are not quiet.
    took = {cpu["cpu"]: cpu["host_ns"] for cpu in json.loads(run.out)["cpus"]}
    if known:
        tap.ok(took and all(isinstance(ns, int) and ns <= (after[cpu] - before[cpu] + 1) * TICK
                            for cpu, ns in took.items()),
               f"isolated: no more than /proc/stat has, but for a tick: {took}",
               run.err, before, after)
    else:
        tap.ok(took and not any(ns is not None for ns in took.values()), "isolated: null", run.err, took)


def clocks_in(obj, path=""):
    """[(where, value)] of all stolen times in a line."""
    if isinstance(obj, list):
        return [found for item in obj for found in clocks_in(item, path)]
    if not isinstance(obj, dict):
        return []
    return [found for key, value in obj.items() for found in
            ([(f"{path}.{key}", value)] if key in ("stolen", "delay_stolen", "handler_stolen", "preempted")
             else clocks_in(value, f"{path}.{key}"))]


def without_lines(name, *args):
    """@args end with a duration: on a busy machine the load may stand still for so long."""
    found = []
    for seconds in (args[-1], 4, 16):
        run = ipitrace(*args[:-1], seconds, "-j")
        for o in map(json.loads, run.out.splitlines()):
            # The kernel's ticks tell of a long stall.
            if o["type"] != "stall" or o["duration"] < 2 * TICK:
                found += clocks_in(o, o["type"])
        if found:
            break
    tap.ok(found and all(value is None for _, value in found),
           f"without the clock, {name} -j: {len(found)} figures are null, and never 0", run.err,
           *[f for f in found if f[1] is not None][:5])


def check_trace_without(said):
    """No word of it in text, which had some with the clock, under the same load."""
    run = ipitrace("trace", "-d", 2)
    name = "without the clock, trace: no word of it"
    if re.search("stolen|preempted", run.out) or not run.out:
        tap.ok(False, name, run.out[:500], run.err)
    elif said:
        tap.ok(True, name)
    else:
        tap.skip(name, "nor with the clock: this host says nothing, or it stole too little")


def check_without(said):
    """This host as if it had no clock: null in JSON, no series of it, no word in text. @said: lines with it had a word."""
    os.environ["IPITRACE_STEAL_CLOCK"] = "none"
    with load():
        without_lines("summary", "summary", "-d", 1)
        without_lines("summary --by", "summary", "--by", "sender", "-d", 1)
        without_lines("trace", "trace", "-d", 0.5)
        without_lines("stalls", "stalls", "-t", "20us", "-d", 1)
        for words in ([], ["--full"], ["--calls"], ["--by", "sender"]):
            run = ipitrace("summary", *words, "-d", 1)
            tap.ok(run.out and "by the host" not in run.out, f"without the clock, summary {' '.join(words)}: no word of it",
                   run.out, run.err)
        check_trace_without(said)
        serve = Serve()
        serve.settle()
        text = serve.get()[2]
        serve.end()
    tap.ok("ipitrace_delay_seconds" in text and "stolen" not in text, "without the clock, serve: no series of it",
           *[line for line in text.splitlines() if "stolen" in line])
    isolated(False)
    check_says(False)
    del os.environ["IPITRACE_STEAL_CLOCK"]


def check_says(known):
    features = json.loads(ipitrace("check", "-j").out)["features"]
    said = [f for f in features if f["name"] == "steal"]
    tap.ok(len(said) == 1 and said[0]["available"] == known,
           f"check: {'known' if known else 'not known, and why'}", *said)


def main():
    if os.geteuid():
        tap.skip_all("needs root")
    records, ticks, ever = traced()
    known = bool(records) and records[0]["preempted"] is not None
    # tests/hidden hides the clock.
    kvm = guest_of_kvm() and os.environ.get("IPITRACE_STEAL_CLOCK") != "none"
    # A guest that was never stolen from may be one whose host does not say.
    if kvm and ever:
        tap.ok(known or os.uname().machine != "x86_64", "a guest of KVM knows")
    elif not kvm:
        tap.ok(not known, "nobody else does")
    said = 0
    if known:
        check_known(records, ticks)
        said = check_text(records)
    else:
        check_unknown(records)
    check_windows(known)
    check_says(known)
    isolated(known)
    check_without(said)
    tap.done()


main()
