#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""The page that is drawn in place: its first second, the key q, the terminal, what it leaves."""

import os
import re
import signal
import subprocess
import sys
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import LIMIT, tap  # noqa: E402
from ipitest import IPILOAD, ipitrace, wait_until  # noqa: E402
from terminal import Terminal  # noqa: E402

PAGE = b"\x1b[H"  # before each page
HEAD = re.compile(rb"T\d\d:\d\d:\d\d\S* (\+|partial: |whole run: )([\d.]+) s")


def heads(term):
    """What each page was of, in turn: ("partial: ", 1.0)."""
    return [(kind.decode(), float(seconds)) for kind, seconds in HEAD.findall(bytes(term.out))]


def text_of(page):
    """The text of a page, without colours."""
    return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", page).decode("utf-8", "replace").replace("\r", "")


def last_page(term):
    return text_of(bytes(term.out).rpartition(PAGE)[2])


def storm_of(page):
    """The storm that the page names, whether that is its peak, and how many times its limit; None: it names none."""
    joined = re.sub(r"\n   (?=\S)", " ", page)
    found = re.search(r"^STORM (\w+): (.*)", joined, re.M)
    return found and (found[1], " peak " in found[2], max(map(float, re.findall(r"([\d.]+) times its", found[2]))))


def silent(term):
    return not termios.tcgetattr(term.slave)[3] & termios.ECHO


def test_first_second():
    term = Terminal("-i", "3", command=("summary",))
    tap.ok(term.read(LIMIT, b"+3."), "a window of 3 s is shown when it is whole", heads(term))
    seen = heads(term)
    tap.ok(len(seen) == 2 and seen[0][0] == "partial: " and 1 <= seen[0][1] < seen[1][1],
           "and before, once, what there is after the first second", seen)
    tap.ok(b"q ends" in term.out and b"Ctrl-C ends" not in term.out, "the page says how to end it", term.out[:400])
    os.write(term.master, b"xy q")
    term.ended("q")
    tap.ok(heads(term)[-1][0] == "whole run: " and heads(term)[-1][1] >= 3, "q: the last page is of the run",
           heads(term))
    tap.ok(b"xy" not in term.out, "keys are not shown", term.out[-300:])
    tap.equal(len(re.findall("^ipitrace: ", last_page(term), re.M)), 1, "one page stays")
    term.close()


def test_totals():
    """A load that is over when Ctrl-C comes is in the page that stays, and so is its storm."""
    term = Terminal("-i", "0.5", command=("summary",))
    term.read(LIMIT, b"q ends")
    load = subprocess.Popen([IPILOAD, "membarrier", "-q", "--duration", "2.5"], stdout=subprocess.DEVNULL)
    while load.poll() is None:
        term.read(0.2)
    tap.equal(load.returncode, 0, "the load ran")
    # Another process may send membarriers, too.
    if not wait_until(lambda: term.read(0.2) and "STORM membarrier" not in last_page(term), LIMIT / 4):
        tap.note("a storm goes on")
    term.proc.send_signal(signal.SIGINT)
    term.ended("Ctrl-C")
    page, seen = last_page(term), heads(term)
    tap.ok(seen[-1][0] == "whole run: " and seen[-1][1] > 2.5, "Ctrl-C leaves the totals of the run", seen)
    tap.ok(" ipi_mb " in page, "with what was sent before the last window", page)
    storms = [storm_of(text_of(earlier)) for earlier in bytes(term.out).split(PAGE)[:-1]]
    storms = [storm for storm in storms if storm and storm[0] == "membarrier"]
    if storms:
        # Where another program made a worse storm, that one is named.
        worst, last = max(times for _, _, times in storms), storm_of(page)
        tap.ok(last and last[1] and last[2] >= worst and (last[0] == "membarrier" or last[2] > worst) and
               "NO STORM" not in page, "and with the storm that was", storms, page)
    else:
        tap.skip("the storm that was", "the load is too slow here to be one")
    term.close()


def test_terminal():
    term = Terminal("-i", "0.5", command=("summary",))
    term.read(LIMIT, b"q ends")
    tap.ok(silent(term), "the terminal's keys are the page's")
    term.proc.send_signal(signal.SIGTERM)
    term.ended("SIGTERM")
    tap.equal(heads(term)[-1][0], "whole run: ", "SIGTERM: the last page is of the run")
    term.close()
    for name, args in (("--scroll", ("--scroll", "-i", "0.3", "-d", "0.7")), ("-d alone", ("-d", "0.5")),
                       ("PROGRAM", ("-i", "0.3", "--", "cat"))):
        term = Terminal(*args, command=("summary",))
        term.read(LIMIT, b"COST" if name != "-d alone" else b"measuring")
        tap.ok(not silent(term), f"{name}: keys stay the terminal's")
        os.write(term.master, b"q\n\x04")
        term.ended(name)
        tap.ok(b"q ends" not in term.out and b"whole run" not in term.out, f"{name}: no page in place",
               term.out[-300:])
        term.close()


def test_pipes():
    """A pipe and JSON: one report a window, whatever its length."""
    run = ipitrace("-i", "2", "-d", "3")
    tap.equal(len(re.findall("^ipitrace: ", run.out, re.M)), 2, "a pipe: no page before its time")
    run = ipitrace("-j", "-i", "2", "-d", "3")
    tap.equal(run.out.count("\n"), 2, "-j: no line before its time")


def main():
    if len(os.sched_getaffinity(0)) < 2:
        tap.skip_all("one CPU sends no IPIs")
    test_first_second()
    test_totals()
    test_terminal()
    test_pipes()
    tap.done()


main()
