#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
What the host stole of delays and handler times, beside /proc/stat, lscpu and a BPF program of this test's
own (tests/bpf/witness.c); null where no host says that. Looks for 90 s with SCALE=all, as in make
test-all, and STEAL_SECONDS: for so long.
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
from ipitest import BUILD, IPILOAD, IPITRACE, Tap, ipitrace  # noqa: E402
from records import read  # noqa: E402
from serving import Serve  # noqa: E402
from stolen import WORDS, figures  # noqa: E402

SECONDS = float(os.environ.get("STEAL_SECONDS") or (90 if os.environ.get("SCALE") == "all" else 6))
# Of shorter times nobody asks what was stolen (src/bpf/steal.bpf.h).
NO_LOOK = "20us"
TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
LONG = 1_000_000
RECORDS_LEAST = 100
# So few deliveries that took long are no sample.
LONG_LEAST = 20
# Two programs at one event are run one after the other, and between them the host may take the CPU away.
APART = 1_000_000
NEAR = 100_000
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
    """membarriers, as fast as they can: a sender and a receiver on each CPU, which never rest."""
    proc = subprocess.Popen([IPILOAD, "membarrier", "-q", "-d", "1000"], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        proc.kill()
        proc.wait()


class Witness:
    """A BPF program that looks at the same csds and clocks, and has no code of ipitrace's."""

    def __init__(self):
        self.proc = subprocess.Popen([os.path.join(BUILD, "tests", "witness"),
                                      os.path.join(BUILD, "tests", "witness.bpf.o")], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.looks = self.proc.stdout.readline() == "ready\n"
        self.seen, self.totals, self.why = [], None, None

    def end(self):
        out, err = self.proc.communicate()
        self.why = err.strip()
        if self.looks:
            *self.seen, self.totals = map(json.loads, out.splitlines())


def traced(seconds):
    """The records, the witness, and what /proc/stat says was stolen from each CPU meanwhile, in ticks."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, load():
        before = stolen_ticks()
        witness = Witness()
        done = subprocess.run([IPITRACE, "trace", "-j", "-d", str(seconds), "--min-delay", NO_LOOK], stdout=out,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                              check=False)
        witness.end()
        after = stolen_ticks()
        out.seek(0)
        records, _ = read(out)
    tap.ok(done.returncode == 0, f"trace: {seconds} s", done.stderr)
    return records, witness, {cpu: n - before.get(cpu, 0) for cpu, n in after.items()}, any(after.values())


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


def check_sums(records, ticks, whose):
    over = {cpu: (sum(ns for _, ns in spans), ticks.get(cpu, 0) * TICK)
            for cpu, spans in clusters(records).items()}
    tap.ok(all(ns <= stat + TICK for ns, stat in over.values()),
           f"{whose}: no more than /proc/stat has, but for a tick: ns by CPU {over}")


def check_known(records, ticks):
    parts = [(r["delay_stolen"], r["delay"], r) for r in records] + \
        [(r["handler_stolen"], r["handler"], r) for r in records]
    more = [r for part, whole, r in parts if part is not None and part > whole]
    tap.ok(not more, "no more was stolen than there was", *more[:3])
    unlike = [r for part, whole, r in parts if (part is None) != (whole is None)]
    tap.ok(not unlike, "each time that is known has its stolen part", *unlike[:3])
    check_sums(records, ticks, "ipitrace")
    check_late(records, ticks, "ipitrace")


def check_late(seen, ticks, whose):
    """
    Nine in ten of the deliveries that took long have stolen time, of the target's CPU or of the sender's
    (which sends the IPI after the queue event), as far as the host says what it takes.
    """
    late = [r for r in seen if r["delay"] is not None and r["delay"] > LONG]
    stolen = [r for r in late if r["delay_stolen"] or r["src_stolen"]]
    name = f"{whose}: {len(stolen)} of {len(late)} deliveries of more than 1 ms have stolen time"
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


def pairs(records, witness):
    """[(a record that was late or of which the host stole, the witness's of the same csd or None)]."""
    by_edge = {}
    for seen in witness.seen:
        by_edge.setdefault((seen["src"], seen["dst"]), []).append(seen)
    some = [r for r in records if r["delay"] is not None and (r["delay"] > LONG or r["delay_stolen"])]
    found = []
    for r in some:
        near = min(by_edge.get((r["src"], r["dst"]), []), key=lambda seen: abs(seen["time"] - r["time"]), default=None)
        found.append((r, near if near and abs(near["time"] - r["time"]) < APART else None))
    return found


def check_witness(records, witness, ticks):
    """The same figures by the other program, which looks for somewhat longer. At one event in twenty the host may
    take the CPU away between the two programs."""
    begun, ended = min(r["time"] for r in records), max(r["time"] for r in records)
    check_sums(witness.seen, ticks, "the witness")
    check_late([seen for seen in witness.seen if begun <= seen["time"] <= ended], ticks, "the witness")
    both = pairs(records, witness)
    missing = [r for r, seen in both if not seen]
    found = [(r, seen) for r, seen in both if seen]
    apart = [(r, seen) for r, seen in found if abs(r["delay_stolen"] - seen["delay_stolen"])
             > NEAR + max(abs(r["delay"] - seen["delay"]), abs(r["time"] - seen["time"]))]
    sums = [sum(of["delay_stolen"] for of in some) for some in zip(*found)] or [0, 0]
    tap.ok(20 * (len(missing) - 1) <= len(both), f"the witness has {len(found)} of {len(both)} that were late or stolen from; of "
           f"{witness.totals['deliveries']} csds it misses {witness.totals['unpaired']}", *missing[:3])
    tap.ok(20 * (len(apart) - 1) <= len(found), f"the witness: as much was stolen of {len(found) - len(apart)}; of all {sums[1]} ns, "
           f"and {sums[0]} by ipitrace", *apart[:5])


def worth_a_word(record):
    parts = [("delay", "delay_stolen"), ("handler", "handler_stolen")]
    if record["src"] != record["dst"]:
        parts.append(("delay", "src_stolen"))
    return any(record[key] is not None and record[part] > record[key] // 100 for key, part in parts)


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
    tap.ok(all(r["delay_stolen"] is None and r["handler_stolen"] is None and r["src_stolen"] is None
               and r["preempted"] is None
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


def without_lines(name, *args):
    """@args end with a duration: on a busy machine the load may stand still for so long."""
    found = []
    for seconds in (args[-1], 4, 16):
        run = ipitrace(*args[:-1], seconds, "-j")
        for o in map(json.loads, run.out.splitlines()):
            # The kernel's ticks tell of a long stall.
            if o["type"] != "stall" or o["duration"] < 2 * TICK:
                found += figures(o)
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
        without_lines("summary", "summary", "-d", 0.5)
        without_lines("summary --by", "summary", "--by", "sender", "-d", 0.5)
        without_lines("trace", "trace", "-d", 0.5)
        without_lines("stalls", "stalls", "-t", "20us", "-d", 0.5)
        for words in ([], ["--full"], ["--calls"], ["--by", "sender"]):
            run = ipitrace("summary", *words, "-d", 0.5)
            tap.ok(run.out and not WORDS.search(run.out), f"without the clock, summary {' '.join(words)}: no word of it",
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
    # On a machine that nobody disturbs hardly any csd takes so long.
    for seconds in (SECONDS, 4 * SECONDS, 16 * SECONDS):
        records, witness, ticks, ever = traced(seconds)
        if len(records) > RECORDS_LEAST:
            break
    tap.ok(len(records) > RECORDS_LEAST, f"{len(records)} records")
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
        if witness.looks:
            check_witness(records, witness, ticks)
        else:
            tap.skip("the witness", f"cannot look: {(witness.why or '?').splitlines()[0]}", 4)
        said = check_text(records)
    else:
        check_unknown(records)
    check_windows(known)
    check_says(known)
    isolated(known)
    check_without(said)
    tap.done()


main()
