#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
ipitrace import: one load seen by ipitrace, tracefs, perf and trace-cmd at once; files of strangers.

Left out: csds under a task that this machine hides from BPF. Each tracer reads the clock at its own
place in an event, so delays are compared by their median, and nothing here asserts how long
something takes.
"""
import bisect
import collections
import json
import os
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import ipitest  # noqa: E402
from ipitest import Ftrace, Tap, hidden_pids, no_tracefs, wait_until  # noqa: E402
from times import Times  # noqa: E402

tap = Tap()
# main() changes the directory.
IPITRACE = os.path.abspath(ipitest.IPITRACE)
IPILOAD = os.path.abspath(ipitest.IPILOAD)
LOAD = ["sh", "-c", f"{IPILOAD} membarrier -q --rate 2000 --duration 1 >/dev/null; "
        f"{IPILOAD} wakeup -q --rate 2000 --duration 1 >/dev/null"]
# Events of one csd are read so far apart, at most, by two tracers: interrupts come in between.
APART = 1_000_000
# csds to compare.
ENOUGH = 1_000


def run(*words, **more):
    return subprocess.run([IPITRACE, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=120, check=False, **more)


def lines_of(capture, view=None):
    out = run("report", "-j", capture, *([view] if view else []))
    return [json.loads(line) for line in out.stdout.splitlines()]


def records_of(capture):
    return [o for o in lines_of(capture) if o["type"] == "ipi"]


def queued_in(trace):
    """The csds that were queued, by that text."""
    with open(trace, encoding="utf-8", errors="replace") as f:
        return sum(": csd_queue_cpu: " in line for line in f)


def events_of(trace, name, pattern):
    """The events @name of that text: CPU, time and a match of @pattern in what follows the name."""
    line_of = re.compile(r" \[(\d+)\] .*?(\d+)\.(\d+): +(?:csd:)?" + name + ": +" + pattern)
    with open(trace, encoding="utf-8", errors="replace") as f:
        for m in filter(None, map(line_of.search, f)):
            yield int(m[1]), int(m[2]) * 10**9 + int(m[3].ljust(9, "0")), m


def queue_events(trace):
    """The csds that were queued, by that text: what key() and paired() need of a record."""
    for cpu, time, m in events_of(trace, "csd_queue_cpu", r"cpu=(?P<dst>\d+) callsite=(?P<site>[^/\s]+)\S* func=(?P<func>\S+)"):
        yield {"src": cpu, "dst": int(m["dst"]), "callsite": m["site"], "func": m["func"], "time": time}


def entry_events(trace):
    """The functions that were entered, by that text, in the form of entry_of()."""
    for cpu, time, m in events_of(trace, "csd_function_entry", r"func=(?P<func>\S+)"):
        yield {"src": cpu, "dst": cpu, "callsite": None, "func": m["func"], "time": time}


def entry_of(record):
    """The entry of @record's function, with what key() and paired() need."""
    return {"src": record["dst"], "dst": record["dst"], "callsite": None, "func": record["func"],
            "time": record["time"] + record["delay"], "of": record}


def key(record):
    return record["src"], record["dst"], record["func"], record["callsite"]


def paired(ours, theirs):
    """
    Each of @ours with the one of @theirs that is the same csd; None: there is none. That is the nearest in time;
    or, for the host may take the CPU between two tracers' readings of the clock, the one in the same place: both
    have the csds of a key in the order in which they were queued.
    """
    ours_by_key, theirs_by_key = (collections.defaultdict(list) for _ in range(2))
    for records, by_key in ((ours, ours_by_key), (theirs, theirs_by_key)):
        for r in sorted(records, key=lambda r: r["time"]):
            by_key[key(r)].append(r)
    for k, rows in ours_by_key.items():
        others = theirs_by_key[k]
        found = by_place(by_time(rows, others), len(others))
        yield from ((r, None if i is None else others[i]) for r, i in zip(rows, found))


def by_time(ours, theirs):
    """By record of @ours: the index of the nearest of @theirs that none before has; None: none is that near."""
    taken = set()
    for r in ours:
        at = bisect.bisect_left(theirs, r["time"] - APART, key=lambda r: r["time"])
        near = [(abs(o["time"] - r["time"]), i) for i, o in enumerate(theirs[at:at + 1000], at)
                if i not in taken and abs(o["time"] - r["time"]) < APART]
        i = min(near)[1] if near else None
        taken.add(i)
        yield i


def by_place(found, nr_theirs):
    """@found, where a None becomes an index between those before and after it that none has, if there is one."""
    found, last = list(found), -1
    for n, i in enumerate(found):
        if i is None and last + 1 < next((j for j in found[n + 1:] if j is not None), nr_theirs):
            found[n] = last + 1
        last = last if found[n] is None else found[n]
    return found


def begun(path):
    return os.path.exists(path)


class Perf:
    """`perf record` of the csd events, which has begun once __init__() returns: its file is there long before."""

    def __init__(self, data, scratch):
        to, acks = f"{scratch}/perf.to", f"{scratch}/perf.acks"
        for fifo in (to, acks):
            os.mkfifo(fifo)
        self.run = subprocess.Popen(
            ["perf", "record", "-q", "-a", "-k", "mono", "-m", "16M", "-e", "csd:*", "-D", "-1",
             "--control", f"fifo:{to},{acks}", "-o", data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # For reading and writing: such an open waits for no other process, which may have failed.
        orders, answers = (os.open(fifo, os.O_RDWR) for fifo in (to, acks))
        os.write(orders, b"enable\n")
        select.select([answers], [], [], 30)
        os.close(orders)
        os.close(answers)

    def end(self):
        self.run.terminate()
        self.run.wait(60)


class Recorded:
    """The load, by all tracers that there are."""

    def __init__(self, scratch):
        self.capture = f"{scratch}/own.zst"
        self.files = {}
        perf_data, ready = f"{scratch}/perf.data", f"{scratch}/ready"
        ftrace = Ftrace(events=("csd", "ipi", "irq_vectors/call_function_single_entry"))
        ftrace.write("options/sym-addr", "0")
        perf = shutil.which("perf") and Perf(perf_data, scratch)
        own = subprocess.Popen([IPITRACE, "record", "--trace", "-q", "-o", self.capture,
                                "--ready-file", ready, "-d", "120"], stderr=subprocess.PIPE, text=True)
        wait_until(lambda: begun(ready))
        with Times() as self.times:
            # On a busy machine a load sends few IPIs: a task that does not run needs none.
            for _ in range(10):
                subprocess.run(LOAD, check=True, timeout=60)
                if queued_in(f"{ftrace.dir}/trace") > 2 * ENOUGH:
                    break
        own.terminate()
        self.said = own.communicate(timeout=60)[1]
        self.hidden = hidden_pids()
        if perf:
            perf.end()
            self.perf_data = perf_data
            self.files["perf script"] = f"{scratch}/perf.txt"
            with open(self.files["perf script"], "w", encoding="utf-8") as f:
                subprocess.run(["perf", "script", "--ns", "--show-lost-events", "-F",
                                "comm,pid,tid,cpu,time,event,trace", "-i", perf_data], stdout=f,
                               stderr=subprocess.DEVNULL, check=False)
        ftrace.write("tracing_on", "0")
        self.files["tracefs"] = f"{scratch}/trace.txt"
        with open(f"{ftrace.dir}/trace", "rb") as f, open(self.files["tracefs"], "wb") as to:
            shutil.copyfileobj(f, to)
        if shutil.which("trace-cmd"):
            self.trace_cmd(ftrace, scratch)
        else:
            ftrace.stop()

    def trace_cmd(self, ftrace, scratch):
        """It takes the instance's buffers, which tracefs has shown without taking them."""
        name = os.path.basename(ftrace.dir)
        done = subprocess.run(["trace-cmd", "extract", "-B", name, "-o", f"{scratch}/trace.dat"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if os.path.isdir(ftrace.dir):
            ftrace.stop()
        if done.returncode:
            return
        self.files["trace-cmd report"] = f"{scratch}/cmd.txt"
        with open(self.files["trace-cmd report"], "w", encoding="utf-8") as f:
            subprocess.run(["trace-cmd", "report", "-t", f"{scratch}/trace.dat"], stdout=f,
                           stderr=subprocess.DEVNULL, check=False)


def queued_before_another(record, entered):
    """Whether a batch of @entered, {(CPU, time of its entry): its size}, was entered between queueing and entry."""
    return record["delay"] is not None and any(
        cpu == record["dst"] and record["time"] < time < record["time"] + record["delay"] for cpu, time in entered)


def judge(name, recorded, capture):
    done = run("import", recorded.files[name], "-o", capture)
    if not tap.ok(done.returncode == 0, f"{name}: imported", done.returncode, done.stderr):
        return
    all_ours = records_of(recorded.capture)
    ours = [r for r in all_ours
            if r["tid"] not in recorded.hidden and r["csd"] != "irq_work"]
    theirs = records_of(capture)
    found = list(paired(ours, theirs))
    missing = [r for r, other in found if not other]
    # A tracer may lose events, and the kernel throttles perf's: what the text has must be the import's. A csd whose
    # run the text lacks is counted as lost, or, until the next csd at that address, as in flight.
    lacking = {id(r) for r, event in paired(ours, list(queue_events(recorded.files[name]))) if not event}
    missing = [r for r in missing if id(r) not in lacking]
    sums = run("report", "-j", capture, "summary").stdout.splitlines()
    ledgers = [json.loads(line)["ledger"] for line in sums]
    lost = sum(ledger["lost"] + (ledger["orphans"] or 0) for ledger in ledgers) + ledgers[-1]["in_flight"]
    what = f"{name}: of {len(ours)} csds of ipitrace's, {len(lacking)} not in the text, {len(missing)} are not the " \
        f"import's, and {lost} counted as lost or in flight"
    if name == "perf script" and len(lacking) > len(ours) / 2:
        tap.skip(what, "perf has lost more than half of the events")
    else:
        tap.ok(len(ours) > ENOUGH and len(lacking) <= len(ours) / 2 and len(missing) <= lost, what,
               f"{len(theirs)} imported", missing[:3], done.stderr)
    off = [abs(r["delay"] - o["delay"]) for r, o in found if o and o["delay"] is not None and r["delay"]]
    # A batch of wake-ups has one entry event, that of its first csd. A busy machine makes many batches.
    entered = collections.Counter((r["dst"], r["time"] + r["delay"]) for r in all_ours if r["delay"] is not None)
    unknown = [r for r, o in found if o and o["delay"] is None and
               (r["csd"] != "ttwu" or r["delay"] is None or entered[r["dst"], r["time"] + r["delay"]] == 1)]
    nr_unknown = len(unknown)
    # A tracer may lack an entry event without counting it; ftrace and perf do so on CPUs that were idle.
    entries = [entry_of(r) for r in ours if r["delay"] is not None]
    unentered = {id(e["of"]) for e, event in paired(entries, list(entry_events(recorded.files[name]))) if not event}
    unknown = [r for r in unknown if id(r) not in unentered]
    # In a file that lacks events, a wake-up that was queued before an earlier batch's entry may be of that batch.
    if unentered or "events are missing" in done.stderr:
        unknown = [r for r in unknown if not queued_before_another(r, entered)]
    # The entry of another csd is as far away as the loads' period, half a millisecond.
    recorded.times.check(tap, off and statistics.quantiles(off, n=20)[18] < 100_000,
                         f"{name}: delays are the same but for what the tracers take themselves: "
                         f"{statistics.median(off):.0f} ns by the median", statistics.quantiles(off, n=20))
    tap.ok(len(unknown) <= len(ours) / 100, f"{name}: a delay is known of nearly all that were in no batch",
           f"{len(unknown)} of {nr_unknown}", f"{len(unentered)} entries are not in the text", unknown[:3],
           done.stderr)
    off = [abs(r["handler"] - o["handler"]) for r, o in found
           if o and o["handler"] is not None and r["handler"] is not None]
    recorded.times.check(tap, off and statistics.quantiles(off, n=20)[18] < 100_000, f"{name}: so are handlers",
                         statistics.quantiles(off, n=20))
    windows = [o for o in lines_of(capture) if o["type"] == "snapshot"]
    tap.ok(windows and all(w["ledger"]["closed"] for w in windows), f"{name}: each ledger closes",
           [w["ledger"] for w in windows if not w["ledger"]["closed"]])
    tap.equal(sum(w["ledger"]["queued"] for w in windows),
              len(theirs) + sum(w["ledger"]["lost"] for w in windows) + windows[-1]["ledger"]["in_flight"],
              f"{name}: each csd is a record, lost or in flight")
    tap.ok(all(w["calls"] is None and w["sources"]["wait"] is None and
               all(c["wait"] is None for c in w["cpus"]) for w in windows),
           f"{name}: waits are not known, and not 0")


def test_kinds(scratch):
    recorded = Recorded(scratch)
    for name in ("tracefs", "perf script", "trace-cmd report"):
        if name in recorded.files:
            judge(name, recorded, f"{scratch}/imported.zst")
        else:
            tap.skip(f"{name}: as ipitrace's", f"no {name.split()[0]}", 8)
    if "perf script" in recorded.files:
        data, text = (run("report", "-j", file) for file in (recorded.perf_data, recorded.files["perf script"]))
        tap.ok(data.returncode == text.returncode == 0 and data.stdout and data.stdout == text.stdout,
               "report perf.data: as perf's text", data.returncode, data.stderr)
    else:
        tap.skip("report perf.data: as perf's text", "no perf")
    return recorded.files["tracefs"]


def without(text, path, *events):
    """@text without these events, at @path."""
    with open(text, encoding="utf-8") as f, open(path, "w", encoding="utf-8") as to:
        to.writelines(line for line in f if not any(event in line for event in events))
    return path


def test_unknown(text, scratch):
    """What a file lacks is not known, and never 0; a hint can be followed."""
    for view, want in (([], "sender wait not known"), (["storm"], "ait not known|what senders (wait|waited) is not known"),
                       (["calls"], "not known: the file does not say"),
                       (["hist"], "wait +-: the file does not say who waited"), (["waits"], "waits are not known; stalls over")):
        page = run("report", text, *view).stdout
        joined = re.sub(r"\s+", " ", page)
        tap.ok(re.search(want, joined) and "--kinds" not in page and not re.search(r"senders? waits? 0|no CPU waited|wait none|no wait", joined),
               f"report TEXT {' '.join(view)}: waits are not known", page)
    silent = [json.loads(line) for line in run("report", "-j", text).stdout.splitlines()]
    waits = [o["wait_ns" if o["type"] == "no_storm" else "wait_ns_per_s"] for o in silent if o["type"] in ("storm", "no_storm")]
    tap.ok(waits and not any(ns is not None for ns in waits), "report -j TEXT: waits are null", waits)
    page = run("report", without(text, f"{scratch}/queues.txt", "csd_function")).stdout
    tap.ok("COST not known: handlers not timed" in page and "BPF" not in page, "events of queues alone: cost is not known", page)
    page = run("report", without(text, f"{scratch}/runs.txt", "csd_queue", "ipi_send")).stdout
    tap.ok("COST not known: handlers not timed" in page and "IPIs and csds queued not known" in page and "ipitrace began" not in page, "events of runs alone: cost is not known",
           page)


def test_report(text, scratch):
    """report takes the text itself."""
    capture = f"{scratch}/same.zst"
    run("import", text, "-o", capture)
    for words in (["-j"], ["summary"], ["trace"], ["stalls"], ["storm"]):
        direct, through = (run("report", file, *words) for file in (text, capture))
        tap.ok(direct.returncode == through.returncode == 0 and direct.stdout == through.stdout and
               (direct.stdout or words == ["stalls"] or words == ["storm"]),
               f"report TEXT {' '.join(words)}: as of its capture", direct.stderr, through.stderr)
    for option in ("html", "perfetto"):
        made = run("report", text, f"--{option}", f"{scratch}/{option}")
        tap.ok(made.returncode == 0 and os.path.getsize(f"{scratch}/{option}") > 10000,
               f"report TEXT --{option}", made.stderr)
    for words in (["import", f"{scratch}/no_trace", "-o"], ["report", f"{scratch}/no_trace", "--html"],
                  ["report", f"{scratch}/no_trace", "--perfetto"], ["report", f"{scratch}/no_trace", "-j", "-o"], ["import", scratch, "-o"]):
        with open(f"{scratch}/no_trace", "wb"), open(f"{scratch}/kept", "w", encoding="ascii") as f:
            f.write("older")
        out = run(*words, f"{scratch}/kept")
        with open(f"{scratch}/kept", encoding="ascii") as f:
            tap.ok(out.returncode == 4 and f.read() == "older" and not os.path.exists(f"{scratch}/kept.old"),
                   f"{words[0]} {words[-1]}: a file that cannot be read replaces nothing", out.stderr)
    diff = run("report", "--diff", text, capture)
    tap.ok(diff.returncode == 0 and "csds" in diff.stdout, "report --diff TEXT CAPTURE", diff.stderr)
    out = subprocess.run(f"{IPITRACE} import -j {text} -o {scratch}/full.zst >/dev/full", shell=True, text=True,
                         check=False, stderr=subprocess.PIPE)
    tap.ok(out.returncode == 4 and "stdout: No space left" in out.stderr, "import -j >/dev/full: says so", out.returncode, out.stderr)
    out = subprocess.run(f"{IPITRACE} import -j {text} -o {scratch}/head.zst | head -n 1", shell=True, text=True,
                         check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tap.ok(out.stdout.count("\n") == 1 and records_of(f"{scratch}/head.zst") == records_of(capture),
           "import -j | head: the capture is whole", out.stdout[:200], out.stderr)
    with open(text, encoding="utf-8") as f:
        piped = run("import", "-", "-o", f"{scratch}/piped.zst", stdin=f)
    tap.ok(piped.returncode == 0 and records_of(f"{scratch}/piped.zst") == records_of(capture),
           "import -: from a pipe", piped.stderr)


EVENT = "            bash-7141    [%03d] d..1.   %d.%06d: csd_%s\n"


def event(cpu, us, what):
    return EVENT % (cpu, us // 10**6, us % 10**6, what)


def csd(us, delay, handler, number):
    return (event(0, us, f"queue_cpu: cpu=1 callsite=x+0x1/0x2 func=ipi_mb csd={number:016x}") +
            event(1, us + delay, f"function_entry: func=ipi_mb, csd={number:016x}") +
            event(1, us + delay + handler, f"function_exit: func=ipi_mb, csd={number:016x}"))


def imported(scratch, text, *words):
    path = f"{scratch}/made.txt"
    for name in ("made.zst", "made.zst.old"):
        if os.path.exists(f"{scratch}/{name}"):
            os.unlink(f"{scratch}/{name}")
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return run("import", path, "-o", f"{scratch}/made.zst", *words)


def test_stalls(scratch):
    """A function of 5 ms on CPU 1, and a csd behind it that came 2 ms late."""
    text = (event(0, 10**6, "queue_cpu: cpu=1 callsite=x+0x1/0x2 func=ipi_mb csd=01") +
            event(1, 10**6 + 10, "function_entry: func=ipi_mb, csd=01") +
            event(0, 10**6 + 3000, "queue_cpu: cpu=1 callsite=x+0x1/0x2 func=flush csd=02") +
            event(1, 10**6 + 5010, "function_exit: func=ipi_mb, csd=01") +
            event(1, 10**6 + 5020, "function_entry: func=flush, csd=02") +
            event(1, 10**6 + 5030, "function_exit: func=flush, csd=02"))
    done = imported(scratch, text)
    stalls = lines_of(f"{scratch}/made.zst", "stalls") if done.returncode == 0 else []
    found = {s["phase"]: s for s in stalls if s["type"] == "stall"}
    tap.ok(set(found) == {"handler", "delivery"} and found["handler"]["duration"] == 5000000 and
           found["delivery"]["duration"] == 2020000 and found["delivery"]["folded"] and
           found["delivery"]["cause"] == found["handler"]["id"],
           "a handler and the delivery behind it are stalls, one the other's cause", done.stderr, stalls)
    end = [s for s in stalls if s["type"] == "stalls_end"]
    tap.ok(end and end[0]["found"] == {"delivery": 1, "handler": 1, "wait": None},
           "waits are not counted, and not 0", end)
    done = imported(scratch, text, "-t", "3ms")
    stalls = [s for s in lines_of(f"{scratch}/made.zst", "stalls") if s["type"] == "stall"]
    tap.equal([s["phase"] for s in stalls], ["handler"], "-t 3ms: the longer one alone")


def test_missing(scratch):
    whole = "".join(csd(10**6 + 100 * i, 5, 2, 1 + i % 7) for i in range(1000))
    done = imported(scratch, whole)
    tap.equal(len(records_of(f"{scratch}/made.zst")), 1000, "1,000 csds are 1,000 records")
    lines = whole.splitlines(keepends=True)
    holes = "".join(lines[:1501] + ["CPU:1 [LOST 5 EVENTS]\n"] + lines[1506:])
    done = imported(scratch, holes)
    windows = [o for o in lines_of(f"{scratch}/made.zst") if o["type"] == "snapshot"]
    tap.ok(done.returncode == 0 and "5 or more, in 1 place" in done.stderr and
           sum(w["ledger"]["lost"] for w in windows) == 1 and all(w["ledger"]["closed"] for w in windows),
           "missing events: said, the csd that may have run there is lost", done.stderr,
           [w["ledger"] for w in windows])
    tap.ok(all(r["delay"] == 5000 for r in records_of(f"{scratch}/made.zst")),
           "none is paired with another's entry")
    back = whole + "".join(csd(10**5 + 100 * i, 5, 2, 1 + i % 7) for i in range(10))
    done = imported(scratch, back)
    tap.ok("set back, 1 time" in done.stderr and len(records_of(f"{scratch}/made.zst")) == 1010,
           "a clock that was set back is said, and times go on", done.stderr)
    done = imported(scratch, whole[:-20])
    tap.ok("in the middle of an event" in done.stderr and done.returncode == 0,
           "a file that is cut off: said", done.stderr)
    # Of two files, each line names the file that it is about, and the capture has what either lacks.
    for name, text in (("first.txt", "CPU:1 [LOST 5 EVENTS]\n" + whole[:-20]),
                       ("second.txt", "".join(csd(2 * 10**6 + 100 * i, 5, 2, 1 + i % 7) for i in range(10)))):
        with open(f"{scratch}/{name}", "w", encoding="ascii") as f:
            f.write(text)
    capture = f"{scratch}/both.zst"
    done = run("import", "-q", f"{scratch}/first.txt", f"{scratch}/second.txt", "-o", capture)
    lines = done.stderr.splitlines()
    tap.ok(done.returncode == 0 and "5 or more, in 1 place" in lines[0] and "in the middle of an event" in lines[1] and
           all("first.txt" in line for line in lines[:2]) and "second.txt" not in done.stderr,
           "two files: what the first lacks is said of the first", *lines)
    last = subprocess.run(["zstd", "-dcq", capture], stdout=subprocess.PIPE, check=True).stdout.splitlines()[-1]
    tap.ok(json.loads(last)["import"]["cut"], "and the capture says that a file is cut off", last)


def test_strangers(scratch):
    for text, why in (("", "neither a capture"), ("hello\n", "has no csd events (csd:*): see ipitrace check --recipe"),
                      ("# tracer: nop\n#\n# entries-in-buffer/entries-written: 0/0   #P:2\n#\n",
                       "has no csd events: nobody sent one meanwhile"),
                      ("cpus=2\n", "has no csd events: nobody sent one meanwhile"),
                      (b"\0\1\2", "neither a capture"),
                      (b"\x28\xb5\x2f\xfd\0\0", "zstd -dc FILE"),
                      (event(0, 10**15, "queue_cpu: cpu=1 callsite=x func=y csd=01") * 2 +
                       event(0, 1, "queue_cpu: cpu=1 callsite=x func=y csd=01"), "")):
        done = imported(scratch, text)
        tap.ok((done.returncode == 4 and why in done.stderr and done.stderr.count("\n") == 1) if why
               else done.returncode == 0, f"{text[:20]!r}: {why or 'read'}", done.returncode, done.stderr)
    done = run("import", f"{scratch}/none")
    tap.ok(done.returncode == 4 and "No such file" in done.stderr, "no such file", done.stderr)
    done = run("import")
    tap.ok(done.returncode == 2 and "needs a FILE" in done.stderr, "no FILE: usage", done.stderr)


PERF_DATA, TRACE_DAT = b"PERFILE2\x68\0\0\0", b"\x17\x08\x44tracing6\0"
# trace-cmd, as it is called: it may read the file, but nothing that is only root's.
TRACE_CMD = """#!/bin/sh
[ "$1 $2 $3" = "report -t -i" ] && head -c 10 "$4" | grep -q tracing || exit 9
[ "$(id -u)" != 0 ] && ! cat "%s" 2>/dev/null || exit 8
%s
"""


def with_tracer(scratch, script, *words):
    """ipitrace, where the only tracer is a trace-cmd that does so; None: where there is none."""
    path = f"{scratch}/bin"
    os.makedirs(path, exist_ok=True)
    if script is not None:
        with open(f"{path}/trace-cmd", "w", encoding="ascii") as f:
            f.write(TRACE_CMD % (f"{scratch}/secret", script))
        os.chmod(f"{path}/trace-cmd", 0o755)
    elif os.path.exists(f"{path}/trace-cmd"):
        os.unlink(f"{path}/trace-cmd")
    return run(*words, env={**os.environ, "PATH": f"{path}:/bin" if script is not None else path})


def test_own_files(scratch):
    """perf.data and trace.dat: the tracer makes text of them, without rights."""
    text = "".join(csd(10**6 + 100 * i, 5, 2, 1 + i % 7) for i in range(100))
    for name, body in (("secret", "secret"), ("own.txt", text), ("own.dat", TRACE_DAT), ("own.data", PERF_DATA)):
        with open(f"{scratch}/{name}", "wb") as f:
            f.write(body if isinstance(body, bytes) else body.encode())
        os.chmod(f"{scratch}/{name}", 0o644 if name == "own.txt" else 0o600)
    want = run("report", "-j", f"{scratch}/own.txt").stdout
    for words in (("report", "-j", f"{scratch}/own.dat"), ("import", "-j", f"{scratch}/own.dat", "-o", f"{scratch}/dat.zst")):
        done = with_tracer(scratch, f"cat {scratch}/own.txt", *words)
        tap.ok(done.returncode == 0 and done.stdout.count('"ipi"') == want.count('"ipi"') == 100,
               f"{words[0]} trace.dat: as its text", done.returncode, done.stderr)
    for script, name, why in (("exit 3", "own.dat", "trace-cmd cannot read it"),
                              (f"head -c 5000 {scratch}/own.txt; exit 3", "own.dat", "trace-cmd did not read it to its end"),
                              (None, "own.dat", "trace-cmd report -t"), (None, "own.data", "perf script --ns")):
        done = with_tracer(scratch, script, "import", f"{scratch}/{name}", "-o", f"{scratch}/made.zst")
        tap.ok(done.returncode == 4 and why in done.stderr.splitlines()[-1], f"{why}: status 4", done.returncode, done.stderr)


def test_wrong(scratch):
    """An import that finds no csd leaves an older capture as it is."""
    path = f"{scratch}/good.zst"
    with open(path, "w", encoding="utf-8") as f:
        f.write("good")
    done = run("import", __file__, "-o", path)
    with open(path, encoding="utf-8") as f:
        kept = f.read()
    tap.ok(done.returncode == 4 and kept == "good" and not os.path.exists(f"{path}.old") and "is the older file again" in done.stderr,
           "a file without csds costs no older capture", done.returncode, kept, done.stderr)


RECIPE_HAS = {"tracefs": "mkdir $T && { echo mono", "perf": "perf record -a -k mono", "trace-cmd": "-C mono -e csd"}
BOOT = ("reserve_mem=64M:4096:ipi nokaslr trace_instance=ipi^traceoff@ipi,csd", "# not in this kernel: reserve_mem=")


def recipes():
    """The line of each tracer, by its name."""
    done = run("check", "--recipe")
    lines = done.stdout.splitlines()
    return done, {line[2:].split(":")[0]: lines[i + 1] for i, line in enumerate(lines[:-1])
                  if line.startswith("# ") and not lines[i + 1].startswith("#")}


def test_recipe(scratch):
    """The line for tracefs is run as it is, but for a second; the others' have its events."""
    done, lines = recipes()
    tap.ok(done.returncode == 0 and all(words in lines.get(name, "") for name, words in RECIPE_HAS.items()),
           "check --recipe: a line for each tracer", done.returncode, done.stderr, done.stdout)
    with open("/proc/kallsyms", encoding="ascii") as f:
        reserved = any(line.split()[2] == "reserve_mem_find_by_name" for line in f)
    tap.equal([words in done.stdout for words in BOOT], [reserved, not reserved],
              "and the command line of a buffer that survives a reset")
    both = run("check", "--recipe", "-j")
    tap.ok(both.returncode == 2 and "--recipe" in both.stderr, "--recipe -j: usage", both.stderr)
    # An instance of the recipe's own name may be left of a run that was killed.
    line = lines.get("tracefs", "false").replace("sleep 10", f"({LOAD[2]})").replace("instances/ipi", f"instances/ipi-{os.getpid()}")
    made = subprocess.run(["sh", "-c", line], cwd=scratch, stderr=subprocess.PIPE, text=True, timeout=60,
                          check=False)
    done = run("import", "trace.txt", "-o", f"{scratch}/recipe.zst", cwd=scratch)
    queued = queued_in(f"{scratch}/trace.txt")
    windows = [o for o in lines_of(f"{scratch}/recipe.zst") if o["type"] == "snapshot"]
    tap.ok(made.returncode == 0 and not made.stderr and done.returncode == 0 and
           0 < queued == sum(w["ledger"]["queued"] - w["ledger"]["lost_by"]["queue_unseen"] for w in windows),
           "tracefs' line records what import reads", made.stderr, done.stderr, queued)


def elsewhere(scratch, name, files):
    """check --recipe where /sys/kernel/tracing has these files alone."""
    root = f"{scratch}/{name}"
    for path, text in files.items():
        os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
        with open(f"{root}/{path}", "w", encoding="utf-8") as f:
            f.write(text)
    os.makedirs(root, exist_ok=True)
    return subprocess.run(["unshare", "-m", "sh", "-c", 'mount --bind "$1" /sys/kernel/tracing && exec "$0" '
                           "check --recipe", IPITRACE, root], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=False)


def test_recipe_elsewhere(scratch):
    csds = {f"events/csd/csd_{e}/id": "1" for e in ("queue_cpu", "function_entry", "function_exit")}
    clock = {"trace_clock": "[local] global mono\n"}
    done = elsewhere(scratch, "arm64", csds | clock | {"events/ipi/ipi_raise/id": "2"})
    tap.ok(done.returncode == 0 and "-e 'csd:*,ipi:*' " in done.stdout and "in csd ipi; do" in done.stdout and
           "# not in this kernel: irq_vectors:call_function_*" in done.stdout,
           "without irq_vectors: said, and in no line", done.stderr, done.stdout)
    for name, files, why in (("old", clock | {"events/ipi/ipi_raise/id": "2"}, "no csd:* events (Linux 6.5)"),
                             ("clock", csds | {"trace_clock": "[local] global\n"}, "does not offer mono"),
                             ("unmounted", {}, "mount -t tracefs")):
        done = elsewhere(scratch, name, files)
        tap.ok(done.returncode == 3 and why in done.stderr and done.stderr.count("\n") == 1 and not done.stdout,
               f"--recipe: {why}", done.returncode, done.stderr, done.stdout)


def main():
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        os.chdir(scratch)
        test_stalls(scratch)
        test_missing(scratch)
        test_strangers(scratch)
        test_own_files(scratch)
        test_wrong(scratch)
        why = "not root" if os.geteuid() else no_tracefs()
        if why:
            tap.skip("one load by all tracers", why, 48)
        else:
            test_recipe(scratch)
            test_recipe_elsewhere(scratch)
            text = test_kinds(scratch)
            test_unknown(text, scratch)
            test_report(text, scratch)
    tap.done()


main()
