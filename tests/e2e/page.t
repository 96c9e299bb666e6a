#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""report --html: one file that loads nothing, runs its own script alone, and has the capture's sums."""

import base64
import hashlib
import json
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import made  # noqa: E402
from ipitest import Tap, ipitrace  # noqa: E402

tap = Tap()
SCRATCH = tempfile.TemporaryDirectory()
DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.S)


def scratch(name):
    return os.path.join(SCRATCH.name, name)


def page_of(objects):
    made.write(scratch("a.zst"), objects)
    run = ipitrace("report", scratch("a.zst"), "--html", scratch("a.html"))
    tap.ok(run.status == 0, "report --html", run.status, run.err)
    with open(scratch("a.html"), encoding="utf-8") as f:
        return f.read(), run


def hashes(text, tag):
    """CSP's hash of each element of that name with content of its own."""
    return ["sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            for body in re.findall(f"<{tag}>(.*?)</{tag}>", text, re.S)]


def test_file(text):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    tap.equal((rules["default-src"], rules["base-uri"], rules["form-action"]), ("'none'",) * 3,
              "the policy lets nothing load")
    tap.equal([rules["script-src"]], [f"'{h}'" for h in hashes(text, "script")], "and one script run")
    tap.equal([rules["style-src"]], [f"'{h}'" for h in hashes(text, "style")], "and one style sheet apply")
    names = re.findall(r"^(?:async )?function (\w+)", re.search(r"<script>(.*?)</script>", text, re.S)[1], re.M)
    tap.equal([name for name in set(names) if names.count(name) > 1], [] if names else None,
              "each function of the script has a name of its own")
    bare = DATA.sub("", text)
    tap.ok(len(bare.encode()) < 1_000_000, "less than 1 MB besides the data", len(bare))
    tap.equal(re.findall(r'(?:src|href)="(?!#)[^"]*"|url\(|@import|\son\w+=', bare), [],
              "nothing refers to another file, and no attribute runs")
    tap.ok("Copyright (c)" in bare and "Permission is hereby granted" in bare, "uPlot's licence is there")


def total(rows, key, field="sum"):
    return sum(row[key][field] if row[key] else 0 for row in rows)


def test_data(text, run, objects):
    body = DATA.search(text)[1]
    data = json.loads(body)
    windows = [o for o in objects if o["type"] == "snapshot"]
    tap.ok("<" not in body, "no '<' in the data")
    tap.equal(sum(b["windows"] for b in data["bins"]), len(windows), "every window is in a bin")
    tap.equal(sum(b["ledger"][0] for b in data["bins"]), sum(w["ledger"]["queued"] for w in windows),
              "csds add up")
    members = [name for name, _ in data["tables"]["cpus"]["members"]]
    for key in ("delay", "handler", "wait"):
        at = members.index(key)
        rows = [row[at] for b in data["bins"] for row in b["cpus"] if row[at]]
        want = [w["cpus"] for w in windows]
        tap.equal((sum(r[0] for r in rows), sum(r[1] for r in rows), max(r[2] for r in rows)),
                  (sum(total(w, key, "count") for w in want), sum(total(w, key) for w in want),
                   max(c[key]["max"] or 0 for w in want for c in w)), f"{key}: count, sum and maximum")
        tap.equal(sum(sum(r[3][1::2]) for r in rows), sum(r[0] for r in rows), f"{key}: the slots add up")
    tap.equal(sum(data["edges"][2::3]), sum(e["count"] for w in windows for e in w["edges"]),
              "edges add up")
    names = {(f["func"], f["module"]) for w in windows for f in w["functions"]}
    tap.equal({tuple(n) for n in data["names"][1:]}, names, "names are as they were")
    tap.equal([s["id"] for s in data["stalls"]], [14, 8, 2], "each stall once, the longest first")
    tap.ok(not any(s["ongoing"] for s in data["stalls"] + data["storms"]), "as it ended")
    tap.equal(len(data["storms"]), 1, "one storm")
    tap.ok(f"{len(windows)} windows, 3 stalls, 1 storm\n" in run.err, "stderr has the numbers", run.err)


def test_long():
    """A day of windows: the page stays small."""
    objects = list(made.run(60, cpus=2))
    windows = [o for o in objects if o["type"] == "snapshot"]
    day = []
    for i in range(3000):
        one = dict(windows[i % 60])
        one["window"] = {**one["window"], "mono_start": made.BEGAN + i * made.SECOND,
                         "mono_end": made.BEGAN + (i + 1) * made.SECOND}
        day.append(one)
    text, _ = page_of(day)
    data = json.loads(DATA.search(text)[1])
    tap.ok(120 <= len(data["bins"]) <= 240 and sum(b["windows"] for b in data["bins"]) == 3000 and
           len(text) < 2_000_000, "3,000 windows: at most 240 points", len(data["bins"]), len(text))


def test_empty():
    text, run = page_of([])
    tap.equal(json.loads(DATA.search(text)[1])["bins"], [], "a capture without a window has a page")


def main():
    objects = list(made.run(60))
    text, run = page_of(objects)
    test_file(text)
    test_data(text, run, objects)
    test_long()
    test_empty()
    tap.done()


main()
