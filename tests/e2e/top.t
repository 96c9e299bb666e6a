#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""top: what tmux shows of each table, beside a capture and summary; the terminal is put back."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import LIMIT, fails, scratch, tap  # noqa: E402
from ipitest import IPILOAD, Background, Run, ipitrace, wait_until  # noqa: E402
from terminal import Terminal, woken  # noqa: E402
from tmux import Tmux  # noqa: E402

KEYS = 2000
TABLES = ("FUNCTION", "\nCPU 1 ", "SENT BY", "by victim", "SENT FROM", "from \\ to", "KIND", "STORM", "STALL OF")


# Figures, as the screen writes them

def scaled(n, units):
    n, i = float(n), 0
    if n < 1000:
        return f"{int(n)}{units[0]}"
    while n >= 999.5 and i + 1 < len(units):
        n, i = n / 1000, i + 1
    return f"{n:.{2 if n < 9.995 else 1 if n < 99.95 else 0}f}{units[i]}"


def count(n):
    return scaled(n, ("", "k", "M", "G"))


def ns(n, samples=1):
    return scaled(n, ("ns", "us", "ms", "s")) if samples else "-"


def function_rows(snap):
    """The rows of the table of functions that have one call site: their figures are JSON's own."""
    rows = {}
    for name in {f["func"] for f in snap["functions"]}:
        of = [f for f in snap["functions"] if f["func"] == name]
        if len(of) == 1 and of[0]["delay"]:
            f = of[0]
            rows[name] = [count(f["count"]), *(ns(f[h][p], f[h]["count"]) for h, p in (
                ("delay", "p50"), ("delay", "p99"), ("handler", "p50"), ("handler", "p99"),
                ("handler", "sum"), ("wait", "sum")))]
    return rows


def cpu_row(snap, cpu):
    c = next(c for c in snap["cpus"] if c["cpu"] == cpu)
    return [count(c["sent"]), ns(c["wait"]["sum"], c["wait"]["count"]), count(c["received"]),
            *(ns(c[h][p], c[h]["count"]) for h in ("delay", "handler") for p in ("p50", "p99", "max"))]


# tmux

def row_of(pane, name):
    """The words behind the name in its row."""
    line = next((line for line in pane.splitlines() if re.match(re.escape(name) + r"\s", line)), "")
    return line[len(name):].split()


def each_table(tmux, width):
    """Read each table and go down to a stack; the rows of one window: a function's, the CPUs'."""
    functions = tmux.pane()
    cpus = tmux.shows("\nCPU 1 ", "2")
    for i, words in enumerate(TABLES):
        pane = tmux.shows(words, str(i + 1))
        wide = [line for line in pane.splitlines() if len(line) > width]
        tap.ok(not wide, f"{tmux.name}: table {i + 1} fits", *wide)
    tmux.shows("WHO IS HIT", "1", "Enter")
    tmux.shows("membarrier_private_expedited")
    tmux.shows("do_syscall_64+0x" if os.uname().machine == "x86_64" else "el0_svc+0x", "Enter")
    tmux.shows("WHO IS HIT", "BSpace")
    # 80 columns have 7 figures of a function and 9 of a CPU; 200 have more behind them.
    return row_of(functions, "ipi_mb")[:7], [row_of(cpus, f"CPU {n}")[:9] for n in (0, 1)]


def judge(tmux, path, shown, summary):
    """What was on the screen is in the capture, which has as many csds as summary -j beside it."""
    snaps = ipitrace("report", "-j", path).snapshots()
    function, cpus = shown
    tap.ok(function and any(function_rows(s).get("ipi_mb") == function for s in snaps),
           f"{tmux.name}: the function's figures are a window's of the capture", function,
           *(function_rows(s) for s in snaps))
    tap.ok(any([cpu_row(s, 0), cpu_row(s, 1)] == cpus for s in snaps),
           f"{tmux.name}: the CPUs' figures are a window's of the capture", cpus)
    total = sum(f["count"] for s in snaps for f in s["functions"])
    beside = sum(f["count"] for s in summary.snapshots() for f in s["functions"])
    tap.ok(total == beside > 20, f"{tmux.name}: as many csds as summary -j beside it", total, beside)
    tap.ok(all(s["ledger"]["closed"] for s in snaps), f"{tmux.name}: the ledgers close")


def test_tables(directory):
    """Two screens and summary -j, which see the same load from before its beginning to its end."""
    sizes = ((80, 24), (200, 50))
    paths = [os.path.join(directory, f"capture{width}") for width, _ in sizes]
    # The load waits for a line, so that its pid is known: others on the machine may send too.
    load = subprocess.Popen(["sh", "-c", 'read -r go; exec "$@"', "sh", IPILOAD, "membarrier", "-q", "--rate",
                             "1000", "--duration", "3"], stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL)
    own = ("-i", "0.5", "-f", "ipi_mb", "-p", str(load.pid))
    summary = Background("-j", *own)
    screens = [Tmux(directory, *size, "top", "-o", path, *own) for size, path in zip(sizes, paths)]
    load.stdin.write(b"\n")
    load.stdin.close()
    # Both stay with a window of the load, which may end before all tables are read.
    for tmux in screens:
        tmux.shows("ipi_mb")
        # PAUSED, until another window comes.
        tmux.keys("p")
        tap.ok(wait_until(lambda t=tmux: re.search("PAUSED|BACK of", t.pane()), LIMIT), f"{tmux.name}: paused",
               tmux.pane())
        # The pause may have come a window late.
        for _ in range(20):
            if not row_of(tmux.pane(), "ipi_mb"):
                tmux.keys("[")
                time.sleep(0.1)
    shown = [each_table(tmux, width) for tmux, (width, _) in zip(screens, sizes)]
    load.wait(timeout=LIMIT)
    time.sleep(0.7)
    for tmux in screens:
        tmux.shows("written to", "w")
        tmux.shows("status 0", "q")
        tmux.close()
    summary.end()
    for tmux, path, rows in zip(screens, paths, shown):
        judge(tmux, path, rows, summary)


# A terminal of the test's own

def test_keys():
    t = Terminal("-i", "0.1", "-t", "1us", "--storm-rate", "100")
    t.begun()
    load = subprocess.Popen([IPILOAD, "membarrier", "-q", "--duration", "5"], stdout=subprocess.DEVNULL)
    t.random_keys(KEYS, 17)
    tap.ok(t.proc.poll() is None, f"{KEYS} random keys, and 100 sizes: it runs", t.proc.returncode,
           t.out[-500:])
    os.write(t.master, b"\x1b")
    t.read(0.3)
    os.write(t.master, b"\rq")
    t.ended("random keys")
    t.left("random keys")
    t.close()
    load.kill()
    load.wait()


def test_signals():
    signals = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    terminals = [Terminal() for _ in signals]
    for t, signo in zip(terminals, signals):
        tap.ok(t.begun(), f"{signo.name}: the screen is there")
        t.proc.send_signal(signo)
        t.ended(signo.name)
        t.left(signo.name)
        t.close()


def test_quit_key():
    t = Terminal()
    t.begun()
    os.write(t.master, b"\x1c")
    t.read(0.3)
    tap.ok(t.proc.poll() is None, "Ctrl-\\ does not end it", t.proc.returncode, t.out[-300:])
    os.write(t.master, b"q")
    t.ended("Ctrl-\\, q")
    t.close()


def test_stop():
    t = Terminal(wrap=("setsid", "--ctty", "sh", "-c", '"$@"', "sh"))
    t.begun()
    pid = t.top_pid()
    os.kill(pid, signal.SIGTSTP)
    # sh is an orphan's group here, which SIGTSTP does not stop: the screen comes back by itself.
    wait_until(lambda: t.read(0.1) and t.out.count(b"\x1b[?1049h") == 2 and t.raw(), LIMIT)
    tap.ok(t.out.count(b"\x1b[?1049l") == 1 and t.raw(), "SIGTSTP: the screen goes, and comes again",
           t.out.count(b"\x1b[?1049l"), t.raw())
    os.write(t.master, b"q")
    t.ended("SIGTSTP, q")
    t.close()


def test_parent_killed():
    t = Terminal(wrap=("setsid", "--ctty", "sh", "-c", '"$@"; :', "sh"))
    t.begun()
    pid = t.top_pid()
    tap.ok(pid != t.proc.pid, "the shell is its parent")
    t.proc.kill()
    gone = wait_until(lambda: t.read(0.05) and not os.path.exists(f"/proc/{pid}"), LIMIT)
    tap.ok(gone, "KILL of the parent: it ends")
    t.restored("KILL of the parent")
    t.close()


def test_hangs():
    """Nobody reads the terminal: frames are left out, and SIGTERM still ends it."""
    t = Terminal("-i", "0.05", width=200, height=60)
    t.begun()
    for i in range(100):
        os.write(t.master, b"123456?"[i % 7:i % 7 + 1])
        time.sleep(0.01)
    t.proc.send_signal(signal.SIGTERM)
    try:
        status = t.proc.wait(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        status = None
    tap.ok(status in (0, 4), "a terminal that takes nothing: SIGTERM ends it", status)
    t.restored("a terminal that takes nothing")
    t.close()


def test_hangup():
    t = Terminal()
    t.begun()
    os.close(t.slave)
    os.close(t.master)
    try:
        status = t.proc.wait(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        status = None
    tap.ok(status is not None, "the terminal is gone: it ends", status)
    if status is None:
        t.proc.kill()


COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3\d|38;5;\d+)m")


def test_colours():
    cases = (({"TERM": "xterm"}, True), ({"TERM": "xterm-256color"}, True),
             ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False), ({"TERM": "vt100"}, False))
    cases = [(env, (), wanted) for env, wanted in cases]
    cases += [({"TERM": "xterm"}, ("--color=never",), False),
              ({"TERM": "xterm-256color", "NO_COLOR": "1"}, ("--color=always",), True)]
    terminals = [Terminal("-i", "0.1", *args, **env) for env, args, _ in cases]
    began = [t.begun() for t in terminals]
    tap.ok(all(began), "screens of each kind of terminal", began)
    Run([IPILOAD, "membarrier", "-q", "--count", "50"])
    for t, (env, args, wanted) in zip(terminals, cases):
        os.write(t.master, b"6")
        wait_until(lambda: t.read(0.3) and COLOUR.search(t.out), LIMIT if wanted else 0)
        os.write(t.master, b"q")
        t.ended(f"{env} {args}")
        tap.equal(bool(COLOUR.search(t.out)), wanted, f"{env} {args}: colours")
        t.close()


def test_hostile():
    """A task's name of escape sequences is text."""
    t = Terminal("-i", "0.1")
    t.begun()
    with tempfile.TemporaryDirectory() as directory:
        evil = os.path.join(directory, "\x1b]0;evil\x07")
        os.symlink(os.path.abspath(IPILOAD), evil)
        os.write(t.master, b"3")
        load = subprocess.Popen([evil, "membarrier", "-q", "--duration", "600"], stdout=subprocess.DEVNULL)
        wait_until(lambda: t.read(0.3) and b"?]0;evil?" in t.out, LIMIT)
        load.kill()
        load.wait()
    os.write(t.master, b"q")
    t.ended("a hostile name")
    tap.ok(b"?]0;evil?" in t.out and b"\x1b]0;" not in t.out, "a hostile name is text", t.out[-500:])
    t.close()


def test_wakes():
    """Watchers, which a screen does not need, wake 250 times a second."""
    t = Terminal("-t", "1s")
    t.begun()
    stalls = Background("stalls", "-q", "-t", "1s")
    pids = (t.proc.pid, stalls.proc.pid)
    before = [woken(pid) for pid in pids]
    t.read(2)
    top, beside = ([n - b.get(tid, 0) for tid, n in woken(pid).items()] for pid, b in zip(pids, before))
    tap.ok(0 < 3 * sum(top) < sum(beside), "it wakes less than a third as often as stalls, with its watchers",
           top, beside)
    stalls.end()
    os.write(t.master, b"q")
    t.ended("beside stalls")
    t.close()


def test_refused():
    run = ipitrace("top")
    fails(run, 3, "no terminal: summary is named", "terminal", "summary")
    tap.equal(run.out, "", "no terminal: nothing on stdout")
    for term in ("dumb", "no-such-terminal"):
        t = Terminal(TERM=term)
        t.ended(f"TERM={term}", 3)
        tap.ok(t.out.count(b"\n") == 1 and b"summary" in t.out, f"TERM={term}: one line", t.out)
        t.close()
    t = Terminal("-f", "no_function_is_called_that")
    t.ended("a bad value", 2)
    tap.ok(b"no_function_is_called_that" in t.out and b"\x1b[" not in t.out, "a bad value: no screen", t.out)
    t.close()
    t = Terminal("-o", "/nonexistent/x")
    t.ended("no such directory", 4)
    t.close()


def test_full():
    """A message while the screen is there: after the screen."""
    t = Terminal("-o", "/dev/full")
    t.ended("no space", 4)
    tap.ok(b"/dev/full" in t.out[t.out.rfind(b"\x1b[?1049l") + 1:], "no space: the message stays", t.out)
    t.close()


TESTS = (test_keys, test_wakes, test_colours, test_signals, test_hangs, test_hostile, test_quit_key, test_stop,
         test_parent_killed, test_hangup, test_refused, test_full)


def main():
    with scratch() as directory:
        test_tables(directory)
    # Each has a terminal of its own, and mostly waits for it.
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda test: test(), TESTS):
            pass
    tap.done()


main()
