#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
isolated: the gate. On this machine no CPU is isolated, so a CPU is named, and never quiet: status,
verdict, culprits and allowances. tests/vm/judge/isolated-test has CPUs that are.
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import flushes  # noqa: E402
from conduct import ANSI, on_terminal, tap  # noqa: E402
from ipitest import IPILOAD, QUIET, Background, first_good, ipitrace, validate  # noqa: E402

NO_LIMIT = ("--allow", str(10**12))
# A process of two threads, of which one is busy on CPU 1 while the other unmaps.
LOAD = ("--", *QUIET, IPILOAD, flushes.LOAD, "-q", "--count", "300", "--rate", "1000")
# Its two threads run on both CPUs, and interrupt each other.
LOAD_HERE = f"exec {IPILOAD} membarrier -q --count 300 --rate 1000 >/dev/null"
CPUS = os.sched_getaffinity(0)
# Two tasks of one CPU that wait for each other: each pass is a switch, whatever else runs there.
SWITCHES = """
import os
(a, b), (c, d) = os.pipe(), os.pipe()
child = os.fork()
for _ in range(120000):
    if child:
        os.write(b, b"."); os.read(c, 1)
    else:
        os.read(a, 1); os.write(d, b".")
"""


def judged(*args):
    run = ipitrace("isolated", "-j", *args)
    if not run.out:
        tap.ok(False, f"{' '.join(args)}: an object", run.status, run.err)
        return run, None
    found = json.loads(run.out)
    tap.equal(validate(found), [], f"isolated -j {' '.join(args)}: valid")
    return run, found


def isolated_here():
    files = [f"/sys/devices/system/cpu/{name}" for name in ("isolated", "nohz_full")]
    return any(Path(f).read_text(encoding="ascii").strip() not in ("", "(null)")
               for f in files if os.path.exists(f))


def test_none():
    if isolated_here():
        tap.skip("no isolated CPU: status 3", "this machine has isolated CPUs")
        return
    run = ipitrace("isolated", "-d", "0.1")
    tap.ok(run.status == 3 and not run.out and run.err.count("\n") == 1 and "name CPUs, such as -c" in run.err,
           "no isolated CPU: status 3, and how to name one", run.status, run.out, run.err)


def test_bad():
    for args, word in ((("-c", "4000"), "4000"), (("-c", "x"), "x"), (("--allow", "x"), "x"),
                       (("--allow", "=3"), "=3"), (("--allow", "-1"), "-1"), (("--allow", "a=b"), "a=b"),
                       (("--max-interruption", "20"), "20"), (("--only", "ipi"), "ipis, interrupts, tasks"),
                       (("--allow", "tick=1,tlb_flsuh=10"), "--allow tlb_flsuh=10: needs a cause, or a function of this kernel; did you mean: tlb_flush"),
                       (("--allow", "*=9", "--allow", "tick=1"), "comes first and matches the same")):
        run = ipitrace("isolated", "-d", "0.1", *args)
        tap.ok(run.status in (2, 3) and not run.out and run.err.count("\n") == 1 and word in run.err,
               f"isolated {' '.join(args)}: refused", run.status, run.out, run.err)


def test_sums(found, cpus):
    tap.equal([cpu["cpu"] for cpu in found["cpus"]], cpus, "each CPU of -c is judged")
    for cpu in found["cpus"]:
        timed = [c for c in cpu["causes"] if c["interrupted_ns"] is not None]
        tap.equal(sum(c["count"] for c in cpu["causes"]), cpu["count"], "the counts add up")
        tap.equal(sum(c["interrupted_ns"] for c in timed), cpu["interrupted_ns"], "the times add up")
        tap.ok(all(row["stolen_ns"] == row["interrupted_ns"] for row in [cpu, *cpu["causes"]]),
               "stolen_ns is the old name of interrupted_ns")
        times = [c["interrupted_ns"] for c in timed]
        order = [(c["allowed"], c["interrupted_ns"] is None, -(c["interrupted_ns"] or 0)) for c in cpu["causes"]]
        tap.ok(order == sorted(order),
               "what is not allowed comes first, then the dearest", times)
        tap.ok(0 < cpu["longest_ns"] <= found["duration"] and 0 < cpu["silence_ns"] <= found["duration"],
               "longest and silence lie within", cpu["longest_ns"], cpu["silence_ns"])


def test_load():
    """ipiload's threads run on the CPUs, and one flushes the other's TLB there."""
    run, found = judged("-c", "0,1", *LOAD)
    tap.ok(run.status == 5 and not found["quiet"], "with PROGRAM, and not quiet: status 5", run.status)
    test_sums(found, [0, 1])
    sent = [c for cpu in found["cpus"] for c in cpu["causes"]
            if c["func"] == flushes.FUNC and c["sender"] and c["sender"]["comm"] == "ipiload"]
    count = sum(c["count"] for c in sent)
    tap.ok(count > 0 and all(c["cause"].startswith(flushes.STORM) and c["advice"] for c in sent),
           f"{count} flushes by ipiload, with cause and advice", found["cpus"])
    tap.ok(all(c["caller"] for c in sent), "and with a caller", sent)


def test_descendants():
    """PROGRAM is a shell that moves itself, forks, and starts programs: all that is its own."""
    busy = ("import sys, time; open('/proc/self/comm', 'w').write(sys.argv[1]); end = time.monotonic() + "
            "float(sys.argv[2]); all(iter(lambda: time.monotonic() < end, False))")
    script = 'taskset -pc 1 $$ >/dev/null; ("$@" ipit-own 0.2) & "$@" ipit-own 0.2; taskset -c 1 "$@" ipit-own 0.2; sleep 1; wait'
    with subprocess.Popen(["taskset", "-c", "1", sys.executable, "-c", busy, "ipit-other", "600"]) as other:
        _, found = judged("-c", "1", "--", "sh", "-c", script, "sh", sys.executable, "-c", busy)
        other.terminate()
    tap.ok(found["duration"] > 1.4e9, "the verdict is on the whole run, which is longer than a second", found["duration"])
    tasks = {c["what"] for c in found["cpus"][0]["causes"] if c["kind"] == "task"}
    tap.ok("ipit-other" in tasks and "ipit-own" not in tasks, "PROGRAM's descendants are no culprits, a stranger is", tasks)


def test_allowed():
    run, found = judged("-c", "0", "-d", "0.5", *NO_LIMIT)
    tap.ok(run.status == 0 and found["quiet"] and found["verdict"] == "quiet", "--allow: status 0, quiet, also with loss",
           run.status, found)
    tap.ok(all(c["allowed"] for c in found["cpus"][0]["causes"]), "every cause is allowed")
    # An idle CPU may be quiet for half a second; under the load none is.
    with subprocess.Popen(["sh", "-c", LOAD_HERE.replace("300", "60000")]) as load:
        run, found = judged("-c", "0", "-d", "0.5", *NO_LIMIT, "--allow", "*=0")
        tap.ok(run.status == 1 and not found["quiet"] and found["verdict"] == "not_quiet", "--allow '*=0': status 1",
               run.status)
        run, found = judged("-c", "0", "-d", "0.5", *NO_LIMIT, "--max-interruption", "1ns")
        cpu = found["cpus"][0]
        tap.ok(run.status == 1 and cpu["too_long"] and
               [(b["limit"], b["most"]) for b in cpu["breaches"]] == [("max_interruption", 1)] and
               cpu["breaches"][0]["found"] >= max(c["longest_ns"] or 0 for c in cpu["causes"]),
               "--max-interruption 1ns: status 1, and the limit by name", run.status, cpu["breaches"])
        run, found = judged("-c", "0", "-d", "0.5", "--max-interruption", "1000s")
        cpu = found["cpus"][0]
        tap.ok(run.status == 1 and [(b["limit"], b["most"]) for b in cpu["breaches"]] == [("allow", 0)] and
               not any(c["allowed"] for c in cpu["causes"]),
               "--max-interruption 1000s: the number stays limited, nothing is allowed", run.status, cpu["breaches"])
        load.terminate()


def test_only():
    """IPIs alone: under a load of tasks and ticks as many as are allowed pass, and one less does not."""
    run, found = judged("-c", "0", "--only", "ipis", "--", "sh", "-c", LOAD_HERE)
    cpu = found["cpus"][0]
    ipis = sum(c["count"] for c in cpu["causes"] if c["group"] == "ipis")
    tap.ok(run.status == 5 and ipis and [b["found"] for b in cpu["breaches"]] == [ipis] and
           all(c["judged"] == (c["group"] == "ipis") for c in cpu["causes"]) and
           all(c["allowed"] for c in cpu["causes"] if c["group"] != "ipis"),
           f"--only ipis: {ipis} IPIs, and nothing else, are judged", run.status, cpu["breaches"])
    run, found = judged("-c", "0", "-d", "0.2", "--only", "ipis", *NO_LIMIT)
    tap.equal((run.status, found["quiet"], found["only"]), (0, True, ["ipis"]), "--only ipis --allow N: quiet, and of what")
    with subprocess.Popen(["sh", "-c", LOAD_HERE.replace("300", "60000")]) as load:
        run = ipitrace("isolated", "-c", "0", "-d", "0.5", "--only", "ipis", "--allow", "total=1000000000")
        last = " ".join(run.out.split("\n\n")[-1].split())
        tap.ok(run.status == 0 and re.fullmatch(r"(?:lost: .* )?quiet for [\d.]+ s, IPIs only: \d+, 1000000000 allowed; not judged: tasks .*", last) and
               re.search(r"^CPU 0: quiet, IPIs only; ", run.out, re.M),
               "--only ipis: the verdict says that tasks are not judged", run.out[-500:])
        load.terminate()


GROUPS = ["tasks and kernel threads", "interrupts and timers", "IPIs"]


def check_page(text, columns):
    lines = text.splitlines()
    tap.ok(all(len(line) <= columns for line in lines), f"{columns} columns", *(x for x in lines if len(x) > columns))
    heads = re.findall(r"^([a-zA-Z ]+): [\d.]+[kM]? times?, [\d.]+[num]?s$", text, re.M)
    tap.ok("IPIs" in heads and heads == [group for group in GROUPS if group in heads], "IPIs last", heads)
    if columns == 80:
        tap.ok(re.search("^IPIs: (.|\n)*\n     do: (.|\n)*^CPU 0 is not quiet: ", "\n".join(lines[-23:]), re.M),
               "the last screen of 24 lines has the IPIs, what to do, and the verdict", *lines[-24:])
    tap.ok(not re.search(r"\b1 (times|events|interruptions)\b", text), "one is no plural", text)
    tap.ok(text.startswith("ipitrace isolated: ") and re.search("^CPU 0: not quiet; ", text, re.M)
           and re.search("^CPU 0 is not quiet: ", text, re.M) and " do: " in text,
           "setup, culprits with advice, verdict", text)
    words = re.findall(r"\b(?:LIST|OTHERS|MASK)\b|-c CPU", text)
    tap.ok(not words, "advice names this machine's CPUs", words, text)
    rows = re.findall(r"^ +[\d.]+[num]?s +[\d.]+[kM]? +[\d.]+[num]?s  \w+|^.*%s: .*$" % "|".join(GROUPS), text, re.M)
    tap.ok(len(rows) <= 7 + len(GROUPS) and (columns < 80 or len(lines) <= 52), f"the page is short, {len(lines)} lines: the first of each group", *rows)
    for group in re.split("^(?:%s): .*$" % "|".join(GROUPS), text, flags=re.M)[1:]:
        causes = set(re.findall(r"^ *[\d.]+[num]?s +[\d.]+[kM]? +[\d.]+[num]?s  (\w+)", group, re.M))
        tap.ok(0 < group.count("     do: ") <= len(causes), "advice once a cause", group)


def with_ipis(page):
    """A page in which CPU 0 got IPIs: membarrier(2) sends none while another task has the CPU."""
    return first_good(page, lambda text: re.search("^IPIs: ", text, re.M))


def test_text():
    load = ("--", "sh", "-c", LOAD_HERE)
    check_page(with_ipis(lambda: ipitrace("isolated", "-c", "0", *load).out), 80)
    check_page(with_ipis(lambda: ANSI.sub("", on_terminal("isolated", "-c", "0", *load, columns=60).decode())
                         .replace("\r", "")), 60)
    run = ipitrace("isolated", "-q", "-c", "0", "--allow", "total=1", "--max-interruption", "1000s", *load)
    said = " ".join(run.out.split())
    tap.ok(re.match(r"CPU 0 is not quiet: [\d.]+k? interruptions \(--allow total=1\)\n {11}\w+", run.out)
           and re.search(r", [\d.]+k? times?, .*; and [\d.]+k? times? by \d+ more\b", said) and "do:" not in run.out
           and run.status == 5, "-q: the verdict alone, with the limit that is broken", run.status, run.out, run.err)


def test_loss():
    """Events that find no room, while ipitrace is stopped: no verdict, unless loss is allowed."""
    limit = ("isolated", "-j", "-c", "1", "--max-interruption", "1000s", "--allow", "total=1000000000")
    runs = [Background(*limit), Background(*limit, "--allow", "lost=1000000000")]
    for run in runs:
        run.proc.send_signal(signal.SIGSTOP)
    # Each switch is an event, and the buffer has room for 90,000.
    subprocess.run(["taskset", "-c", "1", sys.executable, "-c", SWITCHES], check=True)
    for run in runs:
        run.proc.send_signal(signal.SIGCONT)
        run.end()
    found = [json.loads(run.out) for run in runs]
    tap.equal([validate(f) for f in found], [[], []], "with loss: valid")
    tap.ok(all(f["lost"] for f in found), "loss: what finds no room is counted", [f["lost"] for f in found])
    one, two = runs
    tap.ok(one.status == 4 and found[0]["verdict"] == "not_certain" and not found[0]["quiet"] and
           re.fullmatch(r"ipitrace: isolated: not certain: lost \d+ events? \(--allow lost=N\)(; CPU 1 had .*)?\n", one.err),
           "loss: not certain, status 4, and a line that says so", one.status, one.err, found[0]["verdict"])
    tap.ok(two.status == 0 and found[1]["verdict"] == "quiet" and not two.err, "--allow lost=N: quiet",
           two.status, two.err, found[1]["verdict"])


def test_own_cpus():
    """ipitrace keeps off the judged CPU, where that leaves any; PROGRAM does not."""
    if len(CPUS) < 2:
        tap.skip("ipitrace keeps off", "one CPU", 5)
        return
    script = "grep Cpus_allowed: /proc/$PPID/status >&2; grep Cpus_allowed: /proc/self/status >&2"
    run = ipitrace("isolated", "-q", "-c", "1", *NO_LIMIT, "--", "sh", "-c", script)
    own, program = (int(line.split("\t")[1].replace(",", ""), 16) for line in run.err.splitlines()[:2])
    everyone = sum(1 << cpu for cpu in CPUS)
    tap.equal(hex(own), hex(everyone & ~(1 << 1)), "ipitrace keeps off CPU 1, and off no other")
    tap.equal(hex(program), hex(everyone), "PROGRAM does not")
    for own in ("1", ",".join(map(str, CPUS))):
        run = ipitrace("isolated", "-c", "1", *NO_LIMIT, "-d", "0.1", "--housekeeping", own)
        tap.ok(run.status == 2 and not run.out and run.err.count("\n") == 1 and "--housekeeping " in run.err and
               ": CPU 1 is judged" in run.err, f"-c 1 --housekeeping {own}: refused", run.status, run.err)
    run = ipitrace("isolated", "-q", "-c", ",".join(map(str, CPUS)), *NO_LIMIT, "-d", "0.1", "--housekeeping", "1")
    tap.ok("housekeeping" not in run.err, "where all CPUs are judged: one of these", run.status, run.err)


def main():
    if subprocess.run(["id", "-u"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip() != "0":
        tap.skip_all("needs root")
    test_none()
    test_bad()
    test_allowed()
    test_only()
    test_text()
    test_own_cpus()
    if len(CPUS) >= 2:
        test_load()
        test_loss()
        test_descendants()
    else:
        tap.skip("a load", "needs two CPUs")
    tap.done()


main()
