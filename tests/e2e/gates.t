#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Gates: the exit status of a gate beside PROGRAM's, both said on stderr, and options that a command
takes but that would have no effect, which are refused. What happens while ipitrace is stopped, or after a
program of its own is detached, does not pass; a clock that is stepped hides nothing.
"""

import json
import os
import re
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import CPUS, LIMIT, fails, tap  # noqa: E402
from debugger import close_in, detach_link, links, why_no_debugger  # noqa: E402
from ipitest import (  # noqa: E402
    IPILOAD, IPITRACE, Background, Run, find_at_once, first_good, ipitrace, validate, without_slow_start)
from stepped import stepped_in  # noqa: E402

# How PROGRAM ends: its last command, its status as ipitrace's, and the words for it.
ENDINGS = (("exit 0", 0, "ended with status 0"), ("exit 1", 1, "ended with status 1"),
           ("kill -9 $$", 137, "was ended by signal 9"))
# What each gate finds under the load: never, and always.
AT_ONCE = find_at_once()
FIRST = " ".join(AT_ONCE)
LOAD = f"{FIRST} {IPILOAD} membarrier -q --count 300 --rate 3000 >/dev/null; "
GATES = {
    "stalls": (("stalls", "--exit-code", "-t", "1000s"), ("stalls", "--exit-code", "-t", "1us")),
    "isolated": (("isolated", "-c", "0", "--allow", str(10**12)),
                 ("isolated", "-c", ",".join(map(str, CPUS)), "--allow", "0")),
    "waits": (("waits", "--exit-code", "-t", "1000s"), ("waits", "--exit-code", "-t", "1us")),
}
FOUND = {"stalls": "a stall", "isolated": "a CPU that is not quiet", "waits": "a wait"}


def check(name, run, status, *words):
    """The status, and one line on stderr that has all words, or none where there are no words."""
    said = [line for line in run.err.splitlines() if line and ": no csd ran " not in line]
    want = 1 if words else 0
    tap.ok(run.status == status and len(said) == want and all(w in said[0] for w in words if said),
           f"{name}: {status}, {' and '.join(words) or 'nothing said'}", run.status, run.err)


def test_matrix():
    for gate, (never, always) in GATES.items():
        for last, status, ended in ENDINGS:
            program = ("--", "sh", "-c", LOAD + last)
            words = (f"{gate} found nothing", f"sh {ended}") if status else ()
            check(f"{gate} finds nothing beside {last}", ipitrace(*never, *program), status, *words)
            # A look of waits may catch one, which ends the run before PROGRAM ends.
            ended = ended if gate != "waits" else ""
            check(f"{gate} finds something beside {last}", ipitrace(*always, *program), 5,
                  f"{gate} found {FOUND[gate]}: status 5", f"sh {ended}")


def test_storm():
    low = ("storm", "--exit-code", "-i", "0.1", "-f", "ipi_mb", "--storm-rate", "10")
    load = f"{FIRST} {IPILOAD} membarrier -q --duration 0.6 --rate 3000 >/dev/null; "
    check("storm beside exit 1", ipitrace(*low, "--", "sh", "-c", load + "exit 1"), 5,
          "storm found a storm: status 5", "sh ended with status 1")
    # Others may send membarriers, too, which cost CPU time.
    high = (*low[:-1], "1000000000", "--storm-share", "100")
    check("storm finds nothing beside exit 1", ipitrace(*high, "--", "sh", "-c", "exit 1"), 1,
          "storm found nothing", "sh ended with status 1")


def test_others():
    """The run ends before PROGRAM; -q; no gate; no PROGRAM; a failure of ipitrace's own."""
    # PROGRAM outlives -d by more than a busy machine needs to end the run.
    short = ipitrace("stalls", "--exit-code", "-t", "1us", "-d", "1.5", "--", "sh", "-c",
                     LOAD + "exec sleep 60 >/dev/null 2>&1")
    check("PROGRAM goes on", short, 5, "stalls found a stall: status 5", "sh has not ended")
    check("-q: the line, too", ipitrace("stalls", "-q", "--exit-code", "-t", "1us", "--", "sh", "-c",
                                        LOAD + "exit 1"), 5, "stalls found a stall: status 5", "sh ended with status 1")
    check("no gate: PROGRAM's status", ipitrace("stalls", "-t", "1us", "--", "sh", "-c",
                                                LOAD + "exit 1"), 1)
    run = ipitrace("stalls", "--exit-code", "-t", "1us", "--", "/nonexistent/program")
    fails(run, 4, "a failure comes first", "/nonexistent/program")


def test_cut_short():
    """A gate that ends before PROGRAM, or before -d, has seen a part of the run: it does not pass."""
    asleep = ("--", "sh", "-c", "exec sleep 60 >/dev/null 2>&1")
    for gate, (never, _) in GATES.items():
        check(f"{gate}: -d is over before PROGRAM", ipitrace(*never, "-d", "0.1", *asleep), 4, f"{gate}: no",
              "sh has not ended after", "goes on as process")
        check(f"{gate}: SIGTERM before PROGRAM's end", Background(*never, *asleep).end(signal.SIGTERM), 4, f"{gate}: no",
              "SIGTERM came after", "before sh (process")
        check(f"{gate}: SIGINT before -d", Background(*never, "-d", "60").end(), 4, f"{gate}: no", "SIGINT came after",
              " of 60.00 s")
        if gate != "waits":
            check(f"{gate}: Ctrl-C is the end where there is no other", Background(*never).end(), 0)
    check("no gate: -d before PROGRAM", ipitrace("stalls", "-t", "1000s", "-d", "0.1", *asleep), 0)
    run = Background("isolated", "-j", "-c", "0", "--allow", str(10**12), "-d", "60").end()
    found = json.loads(run.out)
    tap.equal([validate(found), found["quiet"], found["verdict"], found["cut_short"]], [[], False, "not_certain", "signal"],
              "isolated -j: the verdict of a run that was cut short")


def test_counts():
    """waits counts what passes between its looks: all that a second ipitrace within its run counts."""
    load = [IPITRACE, "-j", "-d", "60", "-f", "ipi_mb", "--", IPILOAD, "membarrier", "--count", "500", "--rate",
            "1500"]
    for threshold in ("100ms", "2us"):
        run = ipitrace("waits", "-j", "-t", threshold, "-f", "ipi_mb", "--exit-code", "--", *load)
        objects = {o.get("type"): o for o in map(json.loads, run.out.splitlines())}
        waits, snap = objects["waits"], objects.get("snapshot")
        tap.equal(validate(waits), [], f"waits -t {threshold}: by the schema")
        if waits["waiting"]:
            tap.ok(threshold == "2us" and run.status == 5 and waits["counted"] is None,
                   f"waits -t {threshold}: a look caught one: status 5", waits, run.status)
            continue
        got, own = waits["counted"], [cpu["wait"] for cpu in snap["cpus"]]
        count, longest = sum(h["count"] for h in own), max(h["max"] or 0 for h in own)
        lost = got["lost"] + snap["ledger"]["lost"]
        tap.ok(got["waits"] >= count - lost, f"waits -t {threshold}: counts {got['waits']} waits, a summary {count}",
               got)
        longer = got["longer"]
        tap.ok(0 <= longer["at_least"] <= longer["at_most"] <= got["waits"] and
               (longer["at_least"] > 0) == (got["longest"] >= got["threshold"]) and
               (lost or longest > got["threshold"] // 2 or not longer["at_least"]),
               f"waits -t {threshold}: {longer['at_least']} to {longer['at_most']} were longer", got, longest)
        tap.equal(run.status, 5 if longer["at_least"] else 0, f"waits -t {threshold}: the counts decide")


def test_counts_in_words():
    """Waits that are counted and not caught one by one are waits: nobody reads "nobody waited"."""
    run = ipitrace("waits", "-t", "2us", "-f", "ipi_mb", "--exit-code", "--", "sh", "-c", LOAD + ":")
    text = " ".join(run.out.split())
    tap.ok(run.status == 5 and "nobody" not in text and
           (re.search(r" (\d+ to )?\d+ of \d+ waits were longer than 2 us, the longest .*; none caught in "
                      r"\d+ looks: waits shorter than [\d.]+ ms can pass between looks", text)
            or "has waited" in text),
           "waits -t 2us: found, in words", run.status, run.out)
    run = ipitrace("waits", "-t", "100s", "-f", "ipi_mb", "--exit-code", "--", "sh", "-c", LOAD + ":")
    tap.ok(run.status == 0 and re.search(r" nobody waited longer than 100 s: (\d+ waits, the longest .*|no sender waited)",
                                        " ".join(run.out.split())),
           "waits -t 100s: nobody, of so many", run.status, run.out)


def test_no_blame():
    """An ordinary delivery of 20 to 40 us blames neither an interrupt nor the hypervisor, nor a spinning task."""
    run = ipitrace("stalls", "-t", "1us", "--", "sh", "-c", LOAD + ":")
    # Without stacks and their names.
    blocks = [re.sub(r"(?m)^ {6,}.*\n", "", b) for b in run.out.split("\nstall ")[1:]]
    short = [b for b in blocks if re.search(r"(for|took) [\d.]+ us\b", b) and " ms" not in b]
    # Where the host's clock says so, with how much, the host is no guess.
    blamed = [b for b in short if re.search(r"interrupts (were|are) off|spin|held up|idle, and", b) or
              ("hypervisor did not run" in b and not re.search(r"\n  stolen +about ", b))]
    tap.ok(short and not blamed, f"stalls -t 1us: of {len(short)} stalls below 1 ms none is blamed", *blamed[:3])
    tap.ok(any(": the cause is unknown" in " ".join(b.split()) for b in short), "the cause is unknown, and it says so",
           *short[:3])
    run = ipitrace("stalls", "-j", "-t", "1us", "--", "sh", "-c", LOAD + ":")
    late = {o["late"] if o["late"] != "stolen" or 2 * o["stolen"] <= o["duration"] else None
            for o in map(json.loads, run.out.splitlines()) if o["type"] == "stall" and o["duration"] < 1000000}
    tap.ok(late and late <= {None, "behind"}, "JSON: late is null below 1 ms, a function that ran, or mostly stolen",
           late)


def test_phase():
    """A gate on handlers alone, under a load that makes stalls of each phase."""
    run = ipitrace("stalls", "-j", "-t", "1us", "--phase", "handler", "--exit-code", "--", "sh", "-c", LOAD + ":")
    lines = [json.loads(line) for line in run.out.splitlines()]
    end = lines[-1]
    tap.ok(run.status == 5 and {o["phase"] for o in lines[:-1]} == {"handler"} and end["found"]["handler"] > 0 and
           end["found"]["wait"] is None and end["csds"] > 0, "stalls --phase handler: handlers alone", run.status, end)


def test_many():
    """Of many stalls that are alike the first are reported, and all are counted once: the output stays short."""
    run = ipitrace("stalls", "-t", "1us", "--", "sh", "-c",
                   f"{FIRST} {IPILOAD} membarrier -q --duration 1.5 --rate 1000 >/dev/null")
    lines = run.out.splitlines()
    said = re.search(r"^(\d+) stalls? over 1 us in \d+ csds?: delivery (\d+), handler (\d+), wait (\d+)"
                     r"(?:;\s+\d+\s+of\s+them\s+(?:the\s+result|results)\s+of\s+another\s+stall)?$", run.out, re.M)
    told = re.search(r"^(\d+) stalls? shown above \(a wait with its cause\), (\d+) only counted; -j has each$", run.out, re.M)
    if not tap.ok(said and told, "stalls -t 1us: what is told, and what is counted", *lines[-30:]):
        return
    total, *phases = map(int, said.groups())
    tap.equal([sum(phases), sum(map(int, told.groups()))], [total, total], "one count, of one thing")
    table = lines[next(i for i, line in enumerate(lines) if line.startswith("PHASE ")) + 1:]
    rows = [line.split() for line in table[:table.index("")]]
    more = sum(int(row[1]) for row in rows if row[0] == "and")
    rows = [row for row in rows if row[0] != "and"]
    tap.equal(sum(int(row[-2]) for row in rows) + more, total, "the table adds up to it")
    factor = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
    longest = [float(m[1]) * factor[m[2]] for m in (re.match(r"([\d.]+)(\D+)$", row[-1]) for row in rows)]
    tap.equal(longest, sorted(longest, reverse=True), "the worst comes first")
    blocks = {line.split()[1] for line in lines if re.match(r"stall \d+  ", line)}
    tap.ok(0 < len(blocks) <= int(told[1]) and len(blocks) < total / 4, f"{len(blocks)} blocks for {total} stalls",
           told[0])
    more = [line for line in lines if re.match(r"\d+ more stalls? in ", line)]
    tap.ok(more and re.search(r"^\d+ more stalls? in [\d.]+ s: delivery \d+, handler \d+, wait \d+;\s+longest\s+[\d.]+[num]?s$",
                              run.out, re.M), "a line a second says how many more there were", *more, *lines[-30:])
    tap.ok(all(len(line) <= 80 for line in lines), "80 columns", max(lines, key=len))


STOP_S = 3
# Each gate where what happens while it is stopped is found, or is not certain; and where that cannot be it: a
# threshold longer than the stop, no csd at all, all allowed.
STOPPED = {
    "stalls": (("stalls", "--exit-code", "-t", "1us"), ("stalls", "--exit-code", "-t", "1000s")),
    "stalls --phase wait, -p": (("stalls", "--exit-code", "-t", "1us", "--phase", "wait"),
                  ("stalls", "--exit-code", "-t", "1000s", "-p", "1")),
    # 2,000 csds within 0.6 s are a storm in a window of 0.5 s, and none in one of 3 s.
    "storm": (("storm", "-j", "--exit-code", "-i", "0.5", "-f", "ipi_mb", "--storm-rate", "200"),
              ("storm", "-j", "--exit-code", "-i", "0.5", "-f", "panic", "--storm-rate", "200")),
    "isolated": (("isolated", "-c", ",".join(map(str, CPUS)), "--allow", "0"),
                 ("isolated", "-c", "0", "--allow", f"total={10**12}", "--max-interruption", "1000s")),
    # The last to begin, because its time runs while others begin.
    "waits": (("waits", "--exit-code", "-t", "1us", "-d", "6"), ("waits", "--exit-code", "-t", "1000s", "-d", "6")),
}
# So many of these 2,000 would be a storm, too, if they came within 0.5 s: 400 to one CPU, and some that others send.
STORMY = 600


def end_all(runs):
    """Ends each of @runs, {gate: (command, Background)}: those with -d end by themselves."""
    for command, run in runs.values():
        if "-d" not in command:
            run.end()
            continue
        run.out, err = run.proc.communicate(timeout=LIMIT)
        run.err = without_slow_start(err)
        run.status = run.proc.returncode


def stopped(commands, load):
    """The runs of @commands, {gate: command}, all stopped for STOP_S after a whole window, while @load runs."""
    runs = {gate: (command, Background(*command)) for gate, command in commands.items()}
    time.sleep(1.2)
    for _, run in runs.values():
        run.proc.send_signal(signal.SIGSTOP)
    end = time.monotonic() + STOP_S
    if load:
        Run(load)
    time.sleep(max(0, end - time.monotonic()))
    for _, run in runs.values():
        run.proc.send_signal(signal.SIGCONT)
    time.sleep(1.2)
    end_all(runs)
    return {gate: run for gate, (_, run) in runs.items()}


def stepped(start, commands, load):
    """The runs of @commands, begun by @start, while the clock is set, and @load runs."""
    runs = {gate: (command, start(*command)) for gate, command in commands.items()}
    time.sleep(1.2)
    if load:
        Run(load)
    time.sleep(1.2)
    end_all(runs)
    return {gate: run for gate, (_, run) in runs.items()}


def csds_of(storm):
    """The csds of a run of storm; None: it found a storm."""
    return next((o["csds"] for o in storm.objects() if o["type"] == "no_storm"), None)


MANY = (*AT_ONCE, IPILOAD, "membarrier", "-q", "--count", "2000", "--rate", "3300")


def check_pass(gate, run, name):
    """The gate passes, unless other programs have it not certain."""
    if gate == "isolated" and re.search(r": lost \d+ events?", run.err):
        tap.skip(f"{gate}: {name}", "others' interruptions filled the buffer")
    elif gate == "isolated" and re.search(r": CPU \d+ had \d+ interrupts? without an event", run.err):
        tap.skip(f"{gate}: {name}", "this kernel runs no BPF program for some processes")
    else:
        tap.ok(run.status == 0 and "certain" not in run.err, f"{gate}: {name}", run.status, run.err)


def test_stepped():
    """A clock that is stepped is no loss: what there is is found, and what there is not, is not."""
    with tempfile.TemporaryDirectory() as directory:
        start = stepped_in(directory)
        run = start("-j", "-i", "0.5")
        time.sleep(2.5)
        utc = {o["utc"] for o in run.end().snapshots()}
        tap.ok(len({at[11:13] for at in utc}) > 1, "a stepped clock: ipitrace sees it", utc)
        # On a busy machine the load is slower than it wants to be: a low limit finds its storm all the same.
        commands = {gate: sees if gate != "storm" else (*sees[:-1], "20") for gate, (sees, _) in STOPPED.items()}
        runs = first_good(lambda: stepped(start, commands, MANY),
                          lambda runs: csds_of(runs["storm"]) is None)
        for gate, run in runs.items():
            tap.equal(run.status, 1, f"{gate}: a stepped clock hides nothing")
        for gate, run in stepped(start, {gate: cannot for gate, (_, cannot) in STOPPED.items()}, None).items():
            check_pass(gate, run, "a stepped clock is no loss")


def test_stopped():
    """What happens while ipitrace is stopped does not pass: a gate finds it, or is not certain."""
    # A sender that is late makes its calls all at once, and the receiver may not run just then.
    runs = first_good(lambda: stopped({gate: sees for gate, (sees, _) in STOPPED.items()}, MANY),
                      lambda runs: csds_of(runs["storm"]) is None or csds_of(runs["storm"]) >= STORMY)
    for gate, run in runs.items():
        if gate == "storm" and (csds_of(run) or STORMY) < STORMY:
            tap.skip(f"{gate}: a stop of {STOP_S} s hides nothing: found or not certain",
                     f"the load sent only {csds_of(run)} csds: the machine is busy")
            continue
        tap.ok(run.status in (1, 4) and (run.status == 1 or ": not certain: " in run.err),
               f"{gate}: a stop of {STOP_S} s hides nothing: found or not certain", run.status, run.err, run.out[-300:])
    for gate, run in stopped({gate: cannot for gate, (_, cannot) in STOPPED.items()}, None).items():
        check_pass(gate, run, "a stop that holds nothing passes")


def test_detached():
    """A program that is detached from a running gate: no gate passes on what it has not seen since."""
    if why_no_debugger():
        tap.skip("a program is detached", why_no_debugger(), 2 * len(STOPPED) + 2)
        return
    with tempfile.TemporaryDirectory() as directory:
        capture = f"{directory}/detached.zst"
        commands = {**STOPPED, "record": (None, ("record", "-q", "-o", capture))}
        check_detached({gate: (cannot, Background(*cannot)) for gate, (_, cannot) in commands.items()})
        # No figure of it rose.
        run = ipitrace("report", "--diff", capture, capture, "--exit-code")
        tap.ok(run.status == 4 and "a program was detached while the second file was recorded" in " ".join(run.err.split()),
               "report --diff: a file without a program is not certain", run.status, run.err)


def check_detached(runs):
    for gate, (_, run) in runs.items():
        fds = links(run.proc.pid)
        # The kernel detaches no link of a tracepoint, so a debugger closes it.
        tap.ok(fds and not any(detach_link(link) for _, link in fds.values()),
               f"{gate}: BPF_LINK_DETACH is refused", fds)
        name, fd = next((name, fd) for name, (fd, _) in fds.items() if name == "ipi_send_cpu")
        close_in(run.proc.pid, fd)
    end_all(runs)
    for gate, (_, run) in runs.items():
        if gate == "record":
            continue
        tap.ok(run.status == 4 and re.search(rf": not certain: program \w*{name}\w* is no longer attached", run.err),
               f"{gate}: a detached program is not certain", run.status, run.err)


def read_tap(text):
    """TAP, read as strictly as it is written: (ok, name, notes) of each test; None where it is not TAP version 13."""
    lines = text.splitlines()
    if not lines or lines[0] != "TAP version 13":
        return None
    plan = [i for i, line in enumerate(lines) if re.fullmatch(r"1\.\.\d+", line)]
    tests = []
    for line in lines[plan[0] + 1:] if len(plan) == 1 else []:
        test = re.fullmatch(r"(not )?ok (\d+) - (.+)", line)
        if test and int(test[2]) == len(tests) + 1:
            tests.append((not test[1], test[3], []))
        elif line.startswith(("#", "  ")) and tests:
            tests[-1][2].append(line)
        else:
            return None
    known = all(line.startswith("#") for line in lines[1:plan[0]]) if plan else False
    return tests if known and lines[plan[0]] == f"1..{len(tests)}" else None


def check_tap(name, run, status, want):
    """@want: for each test whether it passes, and its name."""
    got = read_tap(run.out)
    tap.ok(run.status == status and got is not None and [test[:2] for test in got] == want,
           f"--tap: {name}", run.status, run.out, run.err)
    return got or []


def test_tap():
    """The same verdicts as tests; what was found, and what hides it, is not ok."""
    quiet = ("isolated", "--tap", "-c", "0", "-d", "0.2")
    got = check_tap("a quiet CPU", ipitrace(*quiet, "--allow", str(10**12)), 0, [(True, "CPU 0 is quiet")])
    tap.ok(got and re.match(r"# [\w.]+ interruptions? in \d", got[0][2][0]), "--tap: its figures are a note", got)
    load = ("--", "sh", "-c", LOAD + ":")
    each = [f"CPU {cpu} is quiet" for cpu in CPUS]
    run = ipitrace("isolated", "--tap", "-c", ",".join(map(str, CPUS)), "--allow", "0", *load)
    got = check_tap("each CPU is a test", run, 5, [(False, name) for name in each])
    tap.ok(all(any("interruption" in note for note in notes) and any(note.startswith("# advice: ") for note in notes)
               for _, _, notes in got), "--tap: who disturbs it, and what to do", got)
    cut = Background(*quiet[:-2], "--allow", str(10**12), "-d", "60").end()
    got = check_tap("a run that was cut short", cut, 4, [(False, "CPU 0 is quiet")])
    tap.ok(got and got[0][2][0].startswith("# not certain: SIGINT came after"), "--tap: not certain, and why", got)
    phases = [f"no {phase} over 1000 s" for phase in ("delivery", "handler", "wait")]
    check_tap("stalls finds nothing", ipitrace("stalls", "--tap", "--exit-code", "-t", "1000s", *load), 0,
              [(True, name) for name in phases])
    run = ipitrace("stalls", "--tap", "-t", "1us", "--phase", "handler", *load)
    got = check_tap("stalls finds handlers; without --exit-code the status stays", run, 0,
                    [(False, "no handler over 1 us")])
    tap.ok(got and any("ipi_mb, sent by ipiload" in note for note in got[0][2]) and "\n# stall 1" in run.out,
           "--tap: the stalls, and by whom", run.out)
    cut = Background("stalls", "--tap", "--exit-code", "-t", "1000s", "-d", "60").end()
    got = check_tap("stalls cut short", cut, 4, [(False, name) for name in phases])
    check_tap("waits finds nothing", ipitrace("waits", "--tap", "--exit-code", "-t", "1000s", *load), 0,
              [(True, "no sender waits longer than 1000 s")])
    got = check_tap("waits finds one", ipitrace("waits", "--tap", "--exit-code", "-t", "1us", *load), 5,
                    [(False, "no sender waits longer than 1 us")])
    low = ("storm", "--tap", "--exit-code", "-i", "0.1", "-f", "ipi_mb", "--storm-rate", "10")
    run = ipitrace(*low, "--", "sh", "-c", f"{FIRST} {IPILOAD} membarrier -q --duration 0.6 --rate 3000 >/dev/null")
    got = check_tap("a storm", run, 5, [(False, "no IPI storm")])
    figures = dict(line.split(":", 1) for line in (got[0][2] if got else []) if re.match(r"  \w+: ", line))
    tap.ok(got and got[0][2][0] == "  ---" and got[0][2][-1] == "  ..." and
           float(figures["  rate_per_s"]) > float(figures["  limit_per_s"]), "--tap: its figures are a YAML block", got)
    tap.ok("\n# STORM membarrier" in run.out, "--tap: the storm is a note", run.out)
    check_tap("no storm", ipitrace(*low, "-d", "0.5", "-p", str(os.getpid())), 0, [(True, "no IPI storm")])


# Options that have no effect beside, or without, another: the words, and what the refusal names.
WITHOUT_EFFECT = (
    (("trace", "--min-delay", "20us", "--exit-code"), ("--exit-code", "stalls, waits, storm and report do")),
    (("hist", "--by", "sender"), ("--by", "--json")),
    (("hist", "--kinds"), ("--kinds", "--json")),
    (("hist", "--stacks"), ("--stacks", "--json")),
    (("hist", "--self"), ("--self", "--json")),
    (("summary", "--folded", "-j"), ("--json", "--folded")),
    (("summary", "--folded", "--by", "sender"), ("--by", "--folded")),
    (("summary", "--folded", "--kinds"), ("--kinds", "--folded")),
    (("summary", "--folded", "--stacks"), ("--stacks", "--folded")),
    (("summary", "--folded", "--self"), ("--self", "--folded")),
    (("record", "--kind", "call_function"), ("--kind", "--trace")),
    (("record", "--min-delay", "1us"), ("--min-delay", "--trace")),
    (("record", "--min-handler", "1us"), ("--min-handler", "--trace")),
    (("record", "--min-wait", "1us"), ("--min-wait", "--trace")),
    (("record", "--buffer", "2048"), ("--buffer", "--trace")),
    (("serve", "--series", "600", "--per-cpu"), ("--series", "--per-cpu")),
    (("report", "x", "--exit-code"), ("--exit-code", "--diff")),
    (("report", "x", "--tolerance", "5"), ("--tolerance", "--diff")),
    (("report", "x", "--limit", "5"), ("--limit", "--perfetto")),
    (("report", "x", "--html", "y", "-j"), ("--json", "--html")),
    (("report", "x", "--perfetto", "y", "--since", "1"), ("--perfetto", "--since")),
    (("report", "x", "--diff", "y", "-p", "1"), ("--diff", "--pid")),
    (("report", "x", "summary", "-c", "0"), ("--cpus", "VIEW trace, stalls or waits")),
    (("isolated", "--tap", "-j"), ("--tap", "--json")),
    (("storm", "--tap", "-q"), ("--tap", "--quiet")),
    (("stalls", "--tap", "-j"), ("--tap", "--json")),
    (("waits", "--tap", "-j"), ("--tap", "--json")),
    (("report", "x", "--tap"), ("--tap", "--diff")),
    (("report", "--diff", "x", "y", "--tap", "-j"), ("--tap", "--json")),
    (("summary", "--tap"), ("--tap", "stalls, waits, storm, isolated and report do")),
    (("report", "x", "-v"), ("--verbose", "summary, hist, trace")),
)


def test_options():
    for words, named in WITHOUT_EFFECT:
        fails(ipitrace(*words), 2, f"{' '.join(words)}: refused", *named)


def test_namespaces():
    """In a namespace of PIDs or times a gate is refused: it would watch another process 1, or shift all times."""
    quiet = ("isolated", "-c", "0", "--allow", str(10**12), "-d", "0.1")
    for name, enter, args, named in (
            ("-p in a PID namespace", ("-p", "-f", "--mount-proc"), ("stalls", "--exit-code", "-d", "0.1", "-p", "1"),
             ("--pid 1: ", "PID namespace")),
            ("PROGRAM in a PID namespace", ("-p", "-f"), (*quiet, "--", "true"), ("isolated -- true: ", "PID namespace")),
            ("a shifted clock", ("-T", "-f", "--monotonic", "1000"), quiet, ("time namespace", "1000 s"))):
        if Run(("unshare", *enter, "true")).status:
            tap.skip(name, "unshare or the kernel lacks this namespace")
            continue
        fails(Run(("unshare", *enter, IPITRACE, *args)), 3, name, *named)


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    test_options()
    test_matrix()
    test_storm()
    test_others()
    test_cut_short()
    test_counts()
    test_counts_in_words()
    test_no_blame()
    test_phase()
    test_many()
    test_stopped()
    test_stepped()
    test_detached()
    test_tap()
    test_namespaces()
    tap.done()


if __name__ == "__main__":
    main()
