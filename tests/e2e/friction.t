#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Commands that a new user tried, and the answers that were missing or misleading."""

import datetime
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import fails, scratch, tap  # noqa: E402
from ipitest import IPILOAD, IPITRACE, ipitrace, validate  # noqa: E402

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CALM = ("--storm-rate", "1000000", "--storm-share", "1000")
MB = (IPILOAD, "membarrier", "--duration", "0.6")


def wall(utc):
    """Seconds since 1970."""
    return datetime.datetime.strptime(utc, "%Y-%m-%dT%H:%M:%S.%fZ").replace(
        tzinfo=datetime.timezone.utc).timestamp()


def test_shared():
    """A line in a log of many hosts: whose is it, and when was it? The records had neither."""
    begun = time.time()
    with scratch() as directory:
        run = ipitrace("record", "--trace", "-j", "-q", "-o", os.path.join(directory, "all"), "-i", "0.2",
                       "-t", "5us", "--storm-rate", "1", "--", "sh", "-c", 'exec "$@" >"$0"',
                       os.path.join(directory, "load"), *MB)
        with open(os.path.join(directory, "load"), encoding="utf-8") as f:
            threads = {s["tid"] for s in json.load(f)["senders"]}
    lines = run.objects() + ipitrace("check", "-j").objects()
    lines += ipitrace("waits", "-j", "-d", "0.1").objects()
    ended = time.time()
    types = {o["type"] for o in lines}
    tap.ok(types >= {"snapshot", "ipi", "stall", "storm", "trace_end", "stalls_end", "check", "waits"},
           "lines of each type", types, run.err)
    uname = os.uname()
    tap.equal({(o.get("nodename"), o.get("kernel")) for o in lines}, {(uname.nodename, uname.release)},
              "each line has nodename and kernel")
    early = [o for o in lines if not begun - 0.01 <= wall(o["utc"]) <= ended + 0.01]
    tap.ok(not early, "each line has the time of day", *early[:2])
    gaps = [wall(o["utc"]) - o["time"] / 1e9 for o in lines]
    tap.ok(max(gaps) - min(gaps) < 0.01, "utc and time are the same moment", min(gaps), max(gaps))
    wrong = [fault for o in lines[:300] + lines[-30:] for fault in validate(o)]
    tap.ok(not wrong, "the lines are valid by the schema", *wrong[:3])
    return run, threads


def test_pids(run, threads):
    """pid was the process in trace, and the thread in stalls."""
    ipis = [o for o in run.objects() if o["type"] == "ipi" and o["tid"] in threads]
    senders = [o["sender"] for o in run.objects() if o["type"] == "stall" and o["sender"]]
    senders = [s for s in senders if s["tid"] in threads]
    tap.ok(ipis and senders, "the load sends, and waits", len(ipis), len(senders))
    processes = {(o["pid"], o["tgid"]) for o in ipis + senders}
    tap.ok(len(processes) == 1 and all(p == t and p not in threads for p, t in processes),
           "pid is the process in records and stalls", processes, threads)


def test_no_storm():
    """`storm` that found nothing said so, and no more; with -j it said nothing."""
    load = (IPILOAD, "membarrier", "-q", "--duration", "1", "--rate", "200")
    # Whatever else runs here is no storm by these limits.
    run = ipitrace("storm", "-f", "ipi_mb", *CALM, "--", *load)
    near = re.search(r"^nearest +ipi_mb \(membarrier\), peak: [\d.k]+ csds/s to CPU \d+, limit 4.00M/s\s+"
                     r"\(routine\);\s+cost <?[\d.]+ % of ", run.out, re.M)
    tap.ok(near and re.search(r"^average +handlers <?[\d.]+ % of CPU time, sender wait <?[\d.]+ %$", run.out, re.M) and
           re.search(r"^IPIs take .+ of CPU time", run.out, re.M),
           "storm: what came nearest, its limit, and what IPIs cost", run.out)
    with scratch() as directory:
        path = os.path.join(directory, "calm")
        live = ipitrace("record", "-j", "-q", "-o", path, "-i", "0.3", *CALM, "--", *load)
        text = ipitrace("report", path, "storm")
        again = ipitrace("report", path, "storm", "-j")
    calm = [o for o in live.objects() if o["type"] == "no_storm"]
    tap.ok(len(calm) == 1 and not validate(calm[0]), "record: one line, valid by the schema",
           *[fault for o in calm for fault in validate(o)])
    snaps = live.snapshots()
    spent = [sum(c[key]["sum"] for s in snaps for c in s["cpus"]) for key in ("handler", "wait")]
    tap.equal([calm[0]["handler_ns"], calm[0]["wait_ns"], calm[0]["csds"]],
              [*spent, sum(s["ledger"]["queued"] for s in snaps)], "no_storm sums up the windows")
    tap.equal(again.objects(), calm, "report storm -j: the same line")
    tap.ok(calm[0]["explanation"] in text.out and "nearest " in text.out, "report storm: the same words", text.out)


def test_small():
    """Command lines that were refused, or that silently meant something else."""
    both = ipitrace("trace", "-j", "-q", "-f", "ipi_m?,nohz_csd_func", "-f", "sched_ttwu*", "-d", "500ms", "--", *MB,
                    "-q")
    funcs = {o["func"] for o in both.objects() if o["type"] == "ipi"}
    tap.ok("ipi_mb" in funcs and funcs <= {"ipi_mb", "nohz_csd_func", "sched_ttwu_pending"},
           "-f a,b -f c: all three, and no other", funcs, both.err)
    none = ipitrace("-d", "0.1s", "-f", "panic,nmi_panic")
    tap.ok(none.status == 0 and "--func panic,nmi_panic: no csd ran the 2 functions that match" in none.err,
           "-f: what no csd has run is said at the end", none.err)
    fails(ipitrace("-d", "0.1", "-f", "panic,nosuch_function"), 2, "-f: each glob must match", "--func nosuch_function")
    fails(ipitrace("-d", "0.1", "-f", "tlb_munmap"), 2, "-f: the name of a storm", "name of a storm", "ipitrace storm")
    for cmd, why in (("/nope -x", "/nope: No such file or directory"), ("/etc/passwd", "/etc/passwd: Permission denied"),
                     ("nosuch_command; true", "nosuch_command: no such command"), ("/", "/: Is a directory")):
        fails(ipitrace("record", "--flight", "1s", "--exec", cmd, "-d", "0.1"), 2, f"--exec {cmd}: refused at the start", why)
    with scratch() as directory:
        for cmd in ("true", ": builtin", "A=1 nosuch", "exec true", "if true; then :; fi", "/bin/true >&2", "$NOSUCH"):
            run = ipitrace("record", "--flight", "1s", "--exec", cmd, "-d", "0.1", "-o", os.path.join(directory, "f"))
            tap.ok(run.status == 0, f"--exec {cmd}: not refused", run.status, run.err)
    fails(ipitrace("record", "--keep", "5"), 2, "--keep without --flight: what to use", "--max-size SIZE")
    with scratch() as directory:
        script = os.path.join(directory, "script")
        with open(script, "w", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o755)) as f:
            f.write("#!/nonexistent/sh\n")
        fails(ipitrace("-d", "0.1", "--", script), 4, "a PROGRAM without its interpreter: which file is missing",
              f"{script}: its interpreter")
    fails(ipitrace("-d", "0.1", "--", "nosuch_program"), 4, "a PROGRAM that cannot be started", "nosuch_program: No such file")
    with scratch() as directory:
        path = os.path.join(directory, "kept.zst")
        ipitrace("record", "-o", path, "-d", "0.1")
        with open(path, "rb") as f:
            before = f.read()
        fails(ipitrace("record", "-o", path, "--", "nosuch_program"), 4, "record of no PROGRAM", "nosuch_program: No such file")
        with open(path, "rb") as f:
            tap.ok(before and f.read() == before and os.listdir(directory) == ["kept.zst"],
                   "a PROGRAM that cannot be started: the older file stays", os.listdir(directory))
    fails(ipitrace("trace", "-d", "1", "--min-delay", "50"), 2, "a TIME has a unit", "--min-delay 50", "needs a unit")
    text = ipitrace("help", "storm")
    tap.ok(text.status == 0 and text.out == ipitrace("storm", "--help").out, "help storm", text.err)
    fails(ipitrace("sleep", "1"), 2, "sleep 1: no command", "did you mean: ipitrace -- sleep 1")
    head = ipitrace("trace", "-d", "0.1", "-f", "panic").out.splitlines()[0]
    tap.ok(re.search(r"; s since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[-+]\d\d:\d\d)$", head),
           "trace: its times begin at a date and a time to the us, with the zone", head)


def test_interval():
    """`ipitrace 5` is an interval, as of vmstat; `5s` may be meant as a duration."""
    run = ipitrace("5s")
    tap.ok(run.status == 2 and "use -d 5s for one report of that time, -i 5s for a report each 5s" in run.err,
           "ipitrace 5s: refused, and both ways are named", run.status, run.err)
    said = "ipitrace: prints a report every 1 s until Ctrl-C; -d 1 prints one report of 1 s"
    run = subprocess.run(["timeout", "-s", "INT", "3", IPITRACE, "1"], capture_output=True, check=False, text=True)
    tap.ok(said not in run.stderr and run.stdout, "ipitrace 1: a script needs no word on what 1 is", run.stderr)
    run = subprocess.run(["script", "-qefc", f"timeout --foreground -s INT 3 {IPITRACE} 1 >/dev/null", "/dev/null"],
                         capture_output=True, check=False, text=True)
    tap.ok(said in run.stdout, "ipitrace 1: says on a terminal what 1 is", run.stdout)


def one_liners():
    """The commands with jq of ipitrace(8)."""
    with open(os.path.join(TOP, "man", "ipitrace.8"), encoding="utf-8") as f:
        block = re.search(r"with\n\.Xr jq 1 \..*?\.Bd [^\n]*\n(.*?)\.Ed", f.read(), re.S)[1]
    return [line.replace("\\-", "-") for line in block.split("# ipitrace ")[1:]]


def test_jq():
    """What people want of the JSON takes one line: those of the man page, all at once."""
    lines = one_liners()
    tap.equal(len(lines), 7, "the man page has seven one-liners")
    load = subprocess.Popen([*MB[:2], "-q", "--duration", "600"], stdout=subprocess.DEVNULL)
    runs = [subprocess.Popen(["sh", "-c", f"{IPITRACE} {line}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True) for line in lines]
    outs = [run.communicate(timeout=60) for run in runs]
    load.kill()
    load.wait()
    wrong = [(line, run.returncode, err) for line, run, (_, err) in zip(lines, runs, outs)
             if (err and " records, " not in err) or run.returncode not in (0, 1 if "-e" in line else 0)]
    tap.ok(not wrong, "each runs", *wrong)
    top, worst, p99, edges, *gates, calls = (out for out, _ in outs)
    rows = json.loads(top)
    tap.ok([r["csds"] for r in rows] == sorted((r["csds"] for r in rows), reverse=True) and
           any(r["func"] == "ipi_mb" and r["csds"] > 100 and r["ns"] > 0 for r in rows), "jq: top functions", top)
    tap.ok(json.loads(worst)["type"] == "ipi" and json.loads(worst)["delay"] > 0, "jq: the worst record", worst)
    tap.ok(re.search(r'"func": "ipi_mb",\s+"callsite": "\S+",\s+"mean": [\d.]+,\s+"delay": \d+,\s+"handler": \d+', p99),
           "jq: p99 by function", p99)
    tap.ok(edges.strip() != "[]" and {e["dst"] for e in json.loads(edges)} <= {1}, "jq: who sends to CPU 1", edges)
    for name, gate, run in zip(("a maximum", "storms and cost"), gates, runs[4:6]):
        tap.ok((gate.strip(), run.returncode) in (("true", 0), ("false", 1)), f"jq: a gate on {name}", gate,
               run.returncode)
    mine = [c for c in json.loads(calls) if c["func"] == "ipi_mb"]
    tap.ok(mine and mine[0]["calls"] > 100 and mine[0]["targets"] >= 1 and mine[0]["worst"] >= mine[0]["mean"] > 0,
           "jq: calls by call site", calls)


def main():
    test_pids(*test_shared())
    test_no_storm()
    test_interval()
    test_small()
    test_jq()
    tap.done()


if __name__ == "__main__":
    main()
