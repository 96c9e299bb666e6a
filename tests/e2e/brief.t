#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""summary's page on terminals of three sizes under three loads: what a reader finds without scrolling."""

import concurrent.futures
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import flushes  # noqa: E402
from conduct import LIMIT, on_terminal, scratch, tap  # noqa: E402
from ipitest import IPILOAD, IPITRACE, Run, ipitrace, wait_until  # noqa: E402
from tmux import Tmux  # noqa: E402

LOADS = (("membarrier", "--rate", "1500"), (flushes.LOAD, "--rate", "1500"), ("wakeup", "--rate", "500"))
CLOCK = re.compile(r"^ipitrace: .*\dT(\d\d:\d\d:\d\d)\S*\s+\+\d", re.M)
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# What each screen answers: the cost, the verdict, who sends which function, who is hit, the worst.
ANSWERS = {
    "what it costs": r"^COST \d[\d.]*% of CPU time: handlers <?\d[\d.]*%, sender wait <?\d[\d.]*%(, reschedules.*)?$",
    "whether it is a storm": r"^(NO STORM: nearest to a limit is|A STORM\?|STORM \w+:) ?\w+",
    "how many IPIs": r"^IPIs [\d.]+k?/s \([\d.]+k? call, [\d.]+k? reschedule",
    "who sends membarriers": r"^ipiload\[\d+\].* ipi_mb +[\d.]+k? +[\d.]+% +<?[\d.]+% ",
    "who sends TLB flushes": r"\w.* " + flushes.FUNC + r" +[\d.]+k? +[\d.]+% +<?[\d.]+% ",
    "who is hit": r"^ +\d +[\d.]+k? +[\d.]+k? +<?[\d.]+% ",
    "what was worst": r"^max delay [\d.]+[num]?s:.* on CPU \d",
    "what ran longest": r"^max run [\d.]+[num]?s:.* on CPU \d",
    "where to go on": r"^(callers|advice|senders|the storm): \S*ipitrace [-\w ]+ -d 5",
}
# Where long sentences leave 24 lines one row, it is the costliest load's, whichever that is. More than two
# commands go before a second row does.
# The lines of the worst csds give way on a full screen: the table of CPUs has the figures, too.
WORST = r"|^ +CPU .* MAX DELAY +MAX RUN$"
COMMAND = re.compile(r"^[a-z ]+: \S*ipitrace ", re.M)
ONE_ROW = r"|^\S.* (ipi_mb|" + flushes.FUNC + r"|sched_ttwu_pending) +[\d.]+k? .*\n\(all others, which cost less\) "


def seen(pane):
    """The clock of the report that is on the screen."""
    found = CLOCK.findall(pane)
    return found[0] if len(found) == 1 else None


def check_page(screen, pane, width):
    lines = pane.splitlines()
    # The shell's prompt has a line below. On a narrow screen each of the two lines may go on in a second one.
    left = int(screen.name.split("x")[1]) - 1 - len(pane.rstrip().splitlines())
    full = left < (2 if width >= 80 else 4)
    for what, pattern in ANSWERS.items():
        if len(COMMAND.findall(pane)) <= 2 and "who sends" in what:
            pattern += ONE_ROW
        if full and what in ("what was worst", "what ran longest"):
            pattern += WORST
        # A clause that does not fit is continued on the next line.
        joined = re.sub(r"\n   (?=\S)", " ", pane)
        tap.ok(re.search(pattern, joined, re.M), f"{screen.name}: {what}", pane)
    tap.ok(lines[0].startswith("ipitrace: ") and pane.count("COST") == 1 == pane.count("WHO"),
           f"{screen.name}: one report, from its first line", pane)
    tap.ok(all(len(line) <= width for line in lines), f"{screen.name}: no line wraps", pane)
    tap.ok(not re.search(r"\d,\d", pane), f"{screen.name}: a point in numbers, also in de_DE", pane)


def redrawn(screen, pane):
    """A later report is in the place of the first, and what was there before is not lost."""
    first = seen(pane)
    tap.ok(wait_until(lambda: seen(screen.pane()) not in (None, first), LIMIT),
           f"{screen.name}: the next report takes its place", screen.pane())
    history = screen.pane("-S", "-")
    tap.ok("earlier" in history and len(CLOCK.findall(history)) == 1,
           f"{screen.name}: what was there is in the scrollback, and one report", history)


def ended(screen):
    pane = screen.shows("status 0", "C-c")
    tap.ok(len(re.findall("^ipitrace: .* whole run: ", pane, re.M)) == 1 and
           pane.index("COST") < pane.index("status 0"),
           f"{screen.name}: the run's page stays, and says so", pane)


def test_screens(directory):
    screens = [Tmux(directory, width, height, "summary", before="export LC_ALL=de_DE.UTF-8; echo earlier")
               for width, height in ((80, 24), (60, 24), (200, 50))]
    for screen, width in zip(screens, (80, 60, 200)):
        if not tap.ok(wait_until(lambda s=screen: seen(s.pane()) and " ipi_mb " in s.pane() and
                                 flushes.FUNC in s.pane(), LIMIT), f"{screen.name}: the loads are seen"):
            tap.note(screen.pane() + screen.doing())
        check_page(screen, screen.pane(), width)
    redrawn(screens[0], screens[0].pane())
    wide = screens[2].pane()
    tap.ok("membarrier_private_expedited " in wide and "CSDS/S OUT" in wide,
           "200x50: callers, and more of each CPU", wide)
    colours = set(re.findall(r"\x1b\[([0-9;]*)m", screens[0].pane("-e")))
    codes = {code for colour in colours for code in colour.split(";")}
    # 39 and 49: the terminal's own.
    tap.ok({"1"} <= codes <= {"", "0", "1", "2", "31", "39", "49"},
           "80x24: bold, dim and red alone, which any background shows", colours)
    screens[1].run("resize-window", "-t", "pane", "-x", 40, "-y", 10)
    tap.ok(wait_until(lambda: screens[1].pane().startswith("ipitrace: ") and
                      38 <= max(map(len, screens[1].pane().splitlines())) <= 40, LIMIT),
           "60x24: the first lines stay on a screen that is too small", screens[1].pane())
    screens[1].run("resize-window", "-t", "pane", "-x", 110, "-y", 30)
    tap.ok(wait_until(lambda: "VIA" in screens[1].pane() and screens[1].pane().count("COST") == 1, LIMIT),
           "60x24: sane after a resize", screens[1].pane())
    pasted = re.search(r"callers: (\S*ipitrace --stacks -f \w+ -d )5", screens[0].pane())
    for screen in screens:
        ended(screen)
        screen.close()
    run = Run(["sh", "-c", pasted[1] + "0.3"]) if pasted else None
    tap.ok(run and run.status == 0 and "STACKS" in run.out, "its commands work when they are pasted", pasted,
           run and run.err)


def text_of(*args, **env):
    return on_terminal(*args, **env).decode("utf-8", "replace")


def test_terminals():
    windows = ("-i", "0.25", "-d", "1.2")
    out = text_of("--scroll", *windows)
    tap.ok(out.count("COST") >= 2 and not re.search(r"\x1b\[[0-9;]*[^0-9;m]", out),
           "--scroll: one below the other", out)
    hints = re.findall(r"^(callers|advice|the storm|senders|percentiles): ", SEQUENCE.sub("", out), re.M)
    tap.ok(hints and len(hints) == len(set(hints)), "--scroll: commands below the first page only", hints, out)
    out = text_of(*windows, TERM="dumb")
    tap.ok(out.count("COST") >= 2 and "\x1b" not in out, "TERM=dumb: plain text", out)
    out = text_of("--scroll", *windows, NO_COLOR="1")
    tap.ok("\x1b" not in out, "NO_COLOR: no colours", out)
    out = text_of("-i", "0.2", "--", "sleep", "1.2")
    tap.ok(out.count("COST") >= 2 and "\x1b[H" not in out, "with PROGRAM, whose output may be there: scrolls", out)
    out = SEQUENCE.sub("", text_of("--", "sleep", "1.2"))
    tap.ok(out.count("COST") == 1 and re.search(r"^while sleep\[\d+\] ran: .*--by sender\s*$", out, re.M) and
           (took := re.search(r" \+(\d+\.\d\d) s", out)) and float(took[1]) >= 1.2 and " -- sleep 1.2" in out and "-d 5" not in out,
           "with PROGRAM, one page of its whole run, and its commands run it again", out)
    out = ipitrace(*windows).out
    tap.ok(len(CLOCK.findall(out)) + out.count("partial") >= 2 and "\x1b" not in out, "a pipe: scrolls", out)
    tap.ok("-d 5" not in out and not re.search(r"^[a-z ]+: .*ipitrace ", out, re.M), "a pipe: no commands below the pages", out)
    out = text_of("--by", "sender", "-d", "0.5", both=True)
    # Where the kernel takes more than a second for the programs, a notice says so, and is overwritten, too.
    tap.ok(re.match(r"(loading BPF programs \.\.\.\r\x1b\[K)?measuring for 0\.5 s \(Ctrl-C ends it\) \.\.\.\r\x1b\[K", out) and
           out.count("measuring") == 1,
           "a terminal is not blank meanwhile, and the page takes its place", out)
    out = SEQUENCE.sub("", out).rstrip()
    tap.ok(out.rfind("SENT BY") > out.rfind("max run") and "\n\n" not in out[out.rfind("SENT BY"):],
           "--by: the answer is last", out)


def test_narrow():
    """At 60 columns no page leaves it to the terminal where a line breaks: it would break numbers."""
    pages = {("--calls", "-d", "0.6"): r"^ +[\d.]+k? +1\.\d +\d+( +[\d.]+[num]?s){4}$",
             ("--full", "-d", "0.6"): r"^ +[\d.]+k?( +[\d.]+[num]?s){7}$",
             ("--by", "sender", "--full", "-d", "0.6"): r"^ipiload\[\d+\]$",
             ("storm", "-d", "1"): r"^(no storm in .*\nnearest|STORM) ",
             ("storm", "--storm-rate", "2", "-d", "1"): r"^STORM \w+$",
             ("waits", "-t", "1us", "-d", "0.5"): r"^(\d+ of|at least|CPU \d|\S+\[\d+\].* on CPU \d+ has waited)",
             ("stalls", "-t", "5us", "-d", "0.3"): r"stalls? over 5 us in "}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        outs = [pool.submit(on_terminal, *args, columns=60) for args in pages]
    for (args, pattern), out in zip(pages.items(), outs):
        text = SEQUENCE.sub("", out.result().decode()).replace("\r", "")
        wide = [line for line in text.splitlines() if len(line) > 60]
        tap.ok(re.search(pattern, text, re.M) and not wide, f"60 columns: {' '.join(args)}", *wide, text)


def test_options():
    for args, words in ((("--full", "-j"), ("--full", "--json")), (("--scroll", "--folded"), ("--scroll",)),
                        (("--full", "--scroll"), ("--scroll", "--full"))):
        run = ipitrace(*args, "-d", "1")
        tap.ok(run.status == 2 and all(word in run.err for word in words), f"refuses {' '.join(args)}", run.err)
    out = ipitrace("--full", "-d", "0.3").out
    tap.ok(all(word in out for word in ("---- delay ----", "ledger ", "FUNCTION [MODULE]")),
           "--full: percentiles, who to whom, ledger", out)


def main():
    if len(os.sched_getaffinity(0)) < 2:
        tap.skip_all("one CPU sends no IPIs")
    loads = [subprocess.Popen([IPILOAD, *load, "-q", "--duration", "600"], stdout=subprocess.DEVNULL)
             for load in LOADS]
    try:
        with scratch() as directory:
            test_screens(directory)
        test_terminals()
        test_narrow()
        test_options()
    finally:
        for load in loads:
            load.kill()
            load.wait()
    tap.done()


main()
