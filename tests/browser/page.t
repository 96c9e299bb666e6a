#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
The page of report --html in Chromium: what it shows is what the capture has, nothing goes wrong on
its console, nothing loads, and it can be used with a keyboard, a screen reader and a printer.
Leaves screenshots in build/browser.
"""

import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import made  # noqa: E402
from browser import Browser  # noqa: E402
from ipitest import Tap, ipitrace, wait_until  # noqa: E402
from page_figures import cpu_cells, function_cells, ns  # noqa: E402

tap = Tap()
SCRATCH = tempfile.TemporaryDirectory()
RUN = list(made.run(60))
WINDOWS = [o for o in RUN if o["type"] == "snapshot"]


def page_of(objects, name):
    path = os.path.join(SCRATCH.name, name)
    made.write(path + ".zst", objects)
    run = ipitrace("report", path + ".zst", "--html", path + ".html")
    if run.status:
        raise RuntimeError(run.err)
    return path + ".html"


def test_sizes(path):
    for width in (1280, 390):
        for dark in (False, True):
            name = f"{width}-{'dark' if dark else 'light'}"
            with Browser(path, width=width, dark=dark) as b:
                tap.ok(b.shot(name) > 20_000, f"{name}: a screenshot")
                tap.equal(b.run("return document.documentElement.scrollWidth"), width,
                          f"{name}: as wide as the screen")
                tap.equal(b.unreadable(), [], f"{name}: axe finds nothing")
                tap.equal(b.complaints(), [], f"{name}: nothing on the console, nothing loads")


def test_first_screen(b):
    tap.ok(b.run("""return document.querySelector(".findings").getBoundingClientRect().bottom""") < 800,
           "what stands out is on the first screen")
    said = b.text("#findings")
    want = ["membarrier", "400 csds/s of ipi_mb", "taskset -c LIST", "6.40ms", "postgres[812] on CPU 0 waited",
            "CPU 1 did not take flush_tlb_func from CPU 0 for 5.20ms: interrupts were off there"]
    tap.equal([w for w in want if w not in said], [], "storm, advice, longest stall and its cause are named")
    queued = sum(w["ledger"]["queued"] for w in WINDOWS)
    handlers = sum(c["handler"]["sum"] for w in WINDOWS for c in w["cpus"])
    tap.ok(f"{queued / 60:.0f}" in said and f"{ns(handlers)} in functions" in said,
           "the rate and the handlers' time are the capture's", said)


def test_figures(b):
    for func in ("ipi_mb", "flush_tlb_func"):
        cells = next(r for r in b.rows("functions") if r[0] == func)
        tap.equal(cells[4:], function_cells(WINDOWS, func), f"{func}: times and percentiles are the capture's")
    tap.equal([r[4:9] for r in b.rows("cpus")], [cpu_cells(WINDOWS, cpu) for cpu in range(4)],
              "each CPU's times are the capture's")
    tap.equal(len(b.rows("stalls")), 3, "three stalls")
    queued = sum(w["ledger"]["queued"] for w in WINDOWS)
    tap.ok(f"{queued / 1000:.1f}k queued" in b.text("#ledger"), "the ledger adds up", b.text("#ledger"))
    tap.ok("via exit_mmap (flush_tlb_mm_range), postgres[4711], 300/360 samples" in b.text("#functions"),
           "callers add up, with their reason", b.text("#functions"))


def test_names(b):
    tap.equal(b.run("return document.querySelectorAll('main script, main img, main b').length"), 0,
              "no name became an element")
    said = b.run("return document.body.textContent")
    tap.ok("<script>x()<" in said and "<img onerror=x>" in said and "</script><b>" in said,
           "hostile names are shown as text")
    tap.ok(not re.search("[\x00-\x08\x0b-\x1f\u2028]", b.text("main")), "without control characters")
    b.run("""const s = document.createElement("script"); s.textContent = "window.evil = 1";
        document.body.append(s)""")
    tap.equal(b.run("return window.evil"), None, "the policy stops a script that is added")


def test_selection(b):
    whole = b.text("#status")
    number = b.run("""return [...document.querySelectorAll("#func option")].find(o =>
        o.textContent === "ipi_mb").value""")
    b.change("#func", number)
    tap.ok([r[0] for r in b.rows("functions")] == ["ipi_mb"] and "function ipi_mb" in b.text("#status"),
           "one function alone", b.rows("functions"))
    b.change("#cpus", "1,3")
    tap.ok([r[0] for r in b.rows("cpus")] == ["1", "3"] and b.run("return document.querySelector('#func').value")
           == "", "some CPUs alone; then all functions", b.rows("cpus"))
    b.run("document.querySelector('#whole').click()")
    b.change("#from", "5")
    b.change("#to", "10")
    queued = sum(w["ledger"]["queued"] for w in WINDOWS[5:10])
    tap.ok(f"{queued} queued" in b.text("#ledger") and len(b.rows("stalls")) == 1,
           "a part of the time", b.text("#ledger"))
    b.run("document.querySelector('#whole').click()")
    tap.equal(b.text("#status"), whole, "show all")


def test_pointer(b):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By
    whole = b.text("#status")
    for name, selector in (("heat map", "#latency .heat canvas"), ("chart", "#rates .u-over")):
        target = b.driver.find_element(By.CSS_SELECTOR, selector)
        b.run("arguments[0].scrollIntoView({block: 'center'})", target)
        ActionChains(b.driver).move_to_element_with_offset(target, 20, 40).perform()
        if name == "heat map":
            tap.ok(wait_until(lambda: "UTC" in b.text(".tip") and " to " in b.text(".tip"), 5),
                   "a field of the heat map says what it is")
        ActionChains(b.driver).move_to_element_with_offset(target, -100, 0).click_and_hold() \
            .move_by_offset(180, 5).release().perform()
        tap.ok(wait_until(lambda: b.text("#status") != whole, 5), f"a drag in the {name} zooms",
               b.text("#status"))
        b.run("document.querySelector('#whole').click()")


def test_print(b):
    b.cdp("Emulation.setEmulatedMedia", media="print")
    tap.equal(b.run("return getComputedStyle(document.querySelector('nav')).display"), "none",
              "on paper there are no links and controls")
    pdf = b.cdp("Page.printToPDF", printBackground=False)["data"]
    tap.ok(len(pdf) > 50_000, "it prints", len(pdf))
    b.cdp("Emulation.setEmulatedMedia", media="")


def test_many_cpus():
    with Browser(page_of(made.run(3, cpus=300), "many")) as b:
        tap.ok(len(b.rows("cpus")) == 300 and b.run("return !!document.querySelector('#edges canvas')"),
               "300 CPUs")
        tap.equal(b.complaints(), [], "300 CPUs: nothing on the console")
    with Browser(page_of([], "empty")) as b:
        tap.ok("no window" in b.text("main"), "a capture without a window says so")


def test_waits_unknown():
    """A file of another tracer does not say who waits: that is not 0."""
    windows = [{**w, "sources": {**w["sources"], "wait": None}} for w in WINDOWS]
    with Browser(page_of(windows, "waitless")) as b:
        said = b.text("#findings")
        tap.ok("the file does not say who waited" in said and "in synchronous calls" not in said,
               "waits that are not known are not 0", said)


def main():
    path = page_of(RUN, "run")
    test_sizes(path)
    with Browser(path) as b:
        test_first_screen(b)
        test_figures(b)
        test_names(b)
        test_selection(b)
        test_pointer(b)
        test_print(b)
        left = [c for c in b.complaints() if "Content Security Policy" not in c]
        tap.equal(left, [], "nothing on the console but the script that the policy stopped")
    test_many_cpus()
    test_waits_unknown()
    tap.done()


main()
