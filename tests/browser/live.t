#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
serve's page in Chromium, under load: its figures move, nothing goes wrong on its console, a
hostile name is text; and serve's memory stays flat over 10,000 polls. LIVE_SECONDS (60): how
long one page is looked at. Leaves screenshots in build/browser.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import flushes  # noqa: E402
from browser import Browser  # noqa: E402
from ipitest import IPILOAD, Tap, wait_until  # noqa: E402
from serving import Serve  # noqa: E402

tap = Tap()
SECONDS = float(os.environ.get("LIVE_SECONDS", 60))
POLLS = 10_000
GROWTH = 512  # KiB: the windows of the meantime, and what the allocator keeps
EVIL = "<img onerror=1>"


def url(s):
    return f"http://127.0.0.1:{s.port}"


class Loads:
    """Two loads without a pause; the tasks of one have a name of HTML."""

    def __enter__(self):
        self.dir = tempfile.TemporaryDirectory()
        evil = os.path.join(self.dir.name, EVIL)
        os.symlink(os.path.abspath(IPILOAD), evil)
        self.running = [subprocess.Popen([path, name, "-q", "--rate", rate, "--duration", "100000"],
                                         stdout=subprocess.DEVNULL)
                        for path, name, rate in ((evil, "membarrier", "2000"), (IPILOAD, flushes.LOAD, "500"))]
        return self

    def __exit__(self, *_):
        for load in self.running:
            load.kill()
            load.wait()
        self.dir.cleanup()


def begun(b):
    return wait_until(lambda: b.run("return !!document.querySelector('#ledger .equation')"), 30)


def figures(b):
    return b.text("#findings .tiles .detail"), b.text("#ledger .equation"), b.text("#updated")


def test_moves(s, b):
    """A page under load, for a minute."""
    tap.ok(begun(b), "the page has a first window")
    seen, end = [], time.monotonic() + SECONDS
    while time.monotonic() < end:
        seen.append(figures(b))
        time.sleep(2)
    # Under an even load two windows may have one rate, to three digits.
    for i, (name, part) in enumerate((("csds a second now", 4), ("the ledger", 2), ("the time", 2))):
        moves = sum(one[i] != other[i] for one, other in zip(seen, seen[1:]))
        tap.ok(moves > len(seen) // part, f"{SECONDS:.0f} s: {name} moves", moves, seen[-3:])
    tap.ok("ipi_mb" in b.text("#functions") and flushes.FUNC in b.text("#functions"),
           "the loads' functions are there")
    closed = b.text("#ledger")
    tap.ok("It closes in every window" in closed, "the ledger closes", closed)
    client = http.client.HTTPConnection("127.0.0.1", s.port)
    client.request("GET", "/api/v1/live")
    lines = [json.loads(line) for line in client.getresponse().read().splitlines()]
    queued = sum(line["bin"]["ledger"][0] for line in lines if line["type"] == "window")
    tap.ok(queued > 1000, "serve has as many windows for another", queued)


def test_names(b):
    tap.ok(wait_until(lambda: EVIL in b.text("#functions"), 20), "--details: a name of HTML is text",
           b.text("#functions")[:500])
    tap.equal(b.run("return document.querySelectorAll('main img').length"), 0, "and no element")
    b.run("""const s = document.createElement("script"); s.textContent = "window.evil = 1";
        document.body.append(s)""")
    tap.equal(b.run("return window.evil"), None, "the policy stops a script that is added")


def test_controls(b):
    b.run("document.querySelector('#pause').click()")
    before = figures(b)[1]
    time.sleep(3)
    tap.equal(figures(b)[1], before, "pause: the picture stays")
    b.run("document.querySelector('#pause').click()")
    tap.ok(wait_until(lambda: figures(b)[1] != before, 10), "go on: it moves")
    b.run("document.querySelector('#rates details summary').click()")
    rows = "return document.querySelectorAll('#rates details[open] tbody tr').length"
    tap.ok(wait_until(lambda: b.run(rows) > 1, 10), "a picture as a table")
    before = b.run(rows)
    tap.ok(wait_until(lambda: b.run(rows) > before, 10), "which stays open, and grows")
    number = b.run("""return [...document.querySelectorAll("#func option")].find(o =>
        o.textContent === "ipi_mb").value""")
    b.change("#func", number)
    tap.ok([r[0] for r in b.rows("functions")] == ["ipi_mb"], "one function alone", b.rows("functions"))
    time.sleep(2)
    tap.ok([r[0] for r in b.rows("functions")] == ["ipi_mb"], "and it stays alone", b.rows("functions"))


def test_outdated(b):
    """The windows of another version: the page is loaded again, with scripts that know them."""
    b.run("""window.stays = 1;
        const ask = window.fetch;
        window.fetch = async (...args) => {
            const answer = await ask(...args);
            const text = (await answer.text()).replace(/"format":\\d+/g, '"format":99');
            return {ok: answer.ok, status: answer.status, headers: answer.headers, text: () => text};
        };""")
    tap.ok(wait_until(lambda: b.run("return window.stays") is None, 20) and begun(b), "another version of serve: a new page")


def test_restart(s, b):
    """Another serve in its place: the page goes on with that one's windows."""
    s.end()
    tap.ok(wait_until(lambda: "does not answer" in b.text("#updated"), 20), "serve has gone: the page says so",
           b.text("#updated"))
    again = Serve("--listen", f"127.0.0.1:{s.port}", interval="1")
    tap.ok(wait_until(lambda: "Up to" in b.text("#updated") and " in 3 windows" in b.text("header"), 40),
           "another serve: its windows alone", b.text("header"), b.text("#updated"))
    again.end()


def test_sizes(s):
    for width in (1280, 390):
        for dark in (False, True):
            name = f"live-{width}-{'dark' if dark else 'light'}"
            with Browser(url(s), width=width, dark=dark) as b:
                tap.ok(begun(b) and b.shot(name) > 20_000, f"{name}: a screenshot")
                tap.equal(b.run("return document.documentElement.scrollWidth"), width,
                          f"{name}: as wide as the screen")
                tap.equal(b.unreadable(), [], f"{name}: axe finds nothing")
                tap.equal(b.complaints(url(s)), [], f"{name}: nothing on the console, nothing from elsewhere")


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


def test_flat():
    """Polls as a page makes them, and some of each other path."""
    s = Serve("-f", "panic", interval="1")
    s.settle()
    after, failed, first = "", 0, 0
    for i in range(POLLS + POLLS // 10):
        if i == POLLS // 10:
            first = resident(s.proc.pid)
        path = {0: "/", 1: "/api/v1/snapshot", 2: "/api/v1/stalls"}.get(i % 20, f"/api/v1/live?after={after}")
        client = http.client.HTTPConnection("127.0.0.1", s.port, timeout=30)
        client.request("GET", path)
        reply = client.getresponse()
        reply.read()
        client.close()
        failed += reply.status != 200
        after = (reply.getheader("Ipitrace-Next") or after or "0").split()[0]
    grown = resident(s.proc.pid) - first
    tap.note(f"{POLLS} polls: {grown} KiB more, of {first}")
    tap.ok(not failed and grown < GROWTH, f"{POLLS} polls: serve's memory is flat", failed, grown)
    s.end()


def main():
    s = Serve("--details", "-t", "200us", "--storm-rate", "100", interval="1")
    with Loads():
        with Browser(url(s)) as b:
            test_moves(s, b)
            test_names(b)
            test_controls(b)
            test_outdated(b)
            left = [c for c in b.complaints(url(s)) if "Content Security Policy" not in c]
            tap.equal(left, [], "nothing on the console but the script that the policy stopped")
            test_sizes(s)
            test_restart(s, b)
    test_flat()
    tap.done()


main()
