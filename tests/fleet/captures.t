#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
dashboards/captures.sql: captures of many simulated hosts in DuckDB (npm's, pinned). Sums and
percentiles are those of the lines; a stall told twice is one; a broken file is named and left out.
CAPTURES: how many hosts (40).
"""
import bisect
import collections
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import BUILD, Tap  # noqa: E402

tap = Tap()
TOP = Path(__file__).resolve().parent.parent.parent
SQL = TOP / "dashboards" / "captures.sql"
DOC = TOP / "docs" / "fleet.md"
HOSTS = int(os.environ.get("CAPTURES", "40"))
KERNELS = ("6.12.48", "7.3.1")
FUNCS = ("flush_tlb_func", "ipi_mb", "rcu_exp_handler")


def le(slot):
    """The upper bound of a histogram's slot (src/abi/hist_slots.h)."""
    slot += 1
    return slot - 1 if slot < 4 else ((4 + slot % 4) << (slot // 4 - 1)) - 1


BOUNDS = [le(slot) for slot in range(80)]


def hist(rng, n):
    """Of values that are no bucket's bound, as nearly all are."""
    values = [rng.randrange(2000, 50000) for _ in range(n)]
    counts = collections.Counter(BOUNDS[bisect.bisect_left(BOUNDS, v)] for v in values)
    return {"count": n, "sum": sum(values), "max": max(values, default=None),
            "buckets": [{"le": k, "count": v} for k, v in sorted(counts.items())]}


def line(kind, **rest):
    return {"schema": "ipitrace/1", "type": kind, **rest}


def window(rng, host, n):
    functions = [{"func": f, "module": None, "callsite": f"{f}_caller+0x1", "count": (k := rng.randrange(1, 50)),
                  "local": 0, "delay": hist(rng, k), "handler": hist(rng, k),
                  "calls": {"count": k, "csds": k, "targets_mean": 1.0}, "wait": {"count": k, "sum": 9 * k, "max": 9}}
                 for f in FUNCS]
    queued = sum(f["count"] for f in functions)
    return line("snapshot", host=host, time=n + 1,
                window={"start": f"2026-11-24T00:00:{n:02}.000000Z", "mono_start": n * 10**9,
                        "mono_end": (n + 1) * 10**9, "duration_s": 1.0},
                ledger={"queued": queued, "in_flight": 0, "lost": n % 2, "orphans": 0, "local": 0},
                cpus=[{"cpu": c, "sent": queued, "received": queued, "local": 0, "delay": hist(rng, 3),
                       "handler": hist(rng, 3), "wait": None} for c in range(2)],
                functions=functions, edges=[{"src": 0, "dst": 1, "count": queued}], cost={"share": 0.01})


def capture(number):
    """A host's lines; every fifth one is of a minor version that has keys and types of its own."""
    rng = random.Random(number)
    host = {"nodename": f"host{number:04}", "kernel": KERNELS[number % 2], "arch": "x86_64", "online": [0, 1]}
    lines = [line("capture", minor=1, host=host, started="2026-11-24T00:00:00.000000Z", mono=0)]
    lines += [window(rng, host, n) for n in range(3)]
    stall = {"id": 1, "phase": "handler", "src": 0, "dst": 1, "func": "ipi_mb", "module": None, "start": 5}
    lines += [line("stall", **stall, time=9, duration=4, ongoing=True, folded=False),
              line("stall", **stall, time=99, duration=1000 + number, ongoing=False, folded=False)]
    if number % 3 == 0:
        storm = {"id": 1, "name": "membarrier", "func": "ipi_mb", "module": None, "onset": 1, "rate_per_s": 9.5}
        lines += [line("storm", **storm, time=10, ongoing=True), line("storm", **storm, time=20, ongoing=False)]
    if number % 5 == 0:
        lines[1]["made_of"] = {"late": [1, 2]}
        lines.append(line("of_later", anything=1))
    return lines + [line("capture_end", lines=len(lines) + 1)]


def compressed(path, lines):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    text = "".join(json.dumps(o) + "\n" for o in lines)
    subprocess.run(["zstd", "-q", "-f", "-o", path], input=text, text=True, check=True)


def documented(first):
    """The code blocks of docs/fleet.md's section that begin with one of these words."""
    section = DOC.read_text(encoding="utf-8").split("## Captures of many hosts")[1].split("\n## ")[0]
    return [block for block in re.findall(r"^```\n(.*?)^```$", section, re.M | re.S) if block.startswith(first)]


def leave_out(directory):
    """The line of docs/fleet.md that names files which are cut off. Returns what it says, and the files that are left."""
    line, = documented("for f in ")
    done = subprocess.run(["sh", "-c", line], cwd=directory, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout, sorted(map(str, Path(directory).glob("captures/*/*/*.zst")))


class Duck:
    RUN = """
import { DuckDBInstance } from '@duckdb/node-api';
import { readFileSync } from 'fs';
const [captures, sql, ...queries] = JSON.parse(readFileSync(0, 'utf8'));
const db = await (await DuckDBInstance.create(':memory:')).connect();
await db.run('SET VARIABLE captures = ' + captures);
await db.run(sql);
for (const query of queries)
	console.log(JSON.stringify((await db.runAndReadAll(query)).getRowsJson()));
"""

    def __init__(self, modules, files):
        self.script = Path(modules).parent / "run.mjs"
        self.script.write_text(self.RUN, encoding="utf-8")
        self.files = files

    def ask(self, *queries):
        files = "[" + ",".join(f"'{f}'" for f in self.files) + "]"
        words = json.dumps([files, SQL.read_text(encoding="utf-8"), *queries])
        done = subprocess.run(["node", self.script], input=words, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-500:])
        return [json.loads(row) for row in done.stdout.splitlines()]


def percentile(buckets, most, p):
    """As hist__percentile() (src/model/hist.c)."""
    rank, seen = max(1, math.ceil(sum(buckets.values()) * p / 100)), 0
    for bound, n in sorted(buckets.items()):
        seen += n
        if seen >= rank:
            return min(bound, most)
    return None


def judge(duck, lines):
    windows = [o for o in lines if o["type"] == "snapshot"]
    rows = duck.ask("SELECT count(*), sum(queued), sum(lost), max(nr_cpus), sum(windows) FROM hosts",
                    "SELECT func, sum(count), sum(handler_sum) FROM functions GROUP BY func ORDER BY func",
                    "SELECT kernel, nearest_rank(merged(list(delay_buckets)), max(delay_max), 99.99), "
                    "nearest_rank(merged(list(delay_buckets)), max(delay_max), 50) FROM functions GROUP BY kernel "
                    "ORDER BY kernel",
                    "SELECT count(*), sum(sent) FROM cpus", "SELECT src, dst, sum(count) FROM edges GROUP BY ALL",
                    "SELECT sum(count), sum(wait_sum) FROM calls",
                    "SELECT nodename, duration, ongoing FROM stalls ORDER BY duration DESC LIMIT 3",
                    "SELECT count(*), count(DISTINCT nodename) FROM stalls",
                    "SELECT count(*), min(name) FROM storms",
                    "SELECT nearest_rank([], NULL, 99)")
    def ints(row):
        return [int(v) if isinstance(v, str) and v.isdigit() else v for v in row]
    hosts = {o["host"]["nodename"] for o in windows}
    queued = sum(o["ledger"]["queued"] for o in windows)
    tap.equal(ints(rows[0][0]), [len(hosts), queued, sum(o["ledger"]["lost"] for o in windows), 2, len(windows)],
              "hosts: csds, lost, windows")
    counts, ns, delays = collections.Counter(), collections.Counter(), collections.defaultdict(collections.Counter)
    most = collections.Counter()
    for o in windows:
        for f in o["functions"]:
            counts[f["func"]] += f["count"]
            ns[f["func"]] += f["handler"]["sum"]
            most[o["host"]["kernel"]] = max(most[o["host"]["kernel"]], f["delay"]["max"])
            for b in f["delay"]["buckets"]:
                delays[o["host"]["kernel"]][b["le"]] += b["count"]
    tap.equal([ints(r) for r in rows[1]], [[f, counts[f], ns[f]] for f in sorted(FUNCS)], "functions: sums")
    tap.equal([ints(r) for r in rows[2]], [[k, percentile(delays[k], most[k], 99.99), percentile(delays[k], most[k], 50)]
                                           for k in KERNELS], "percentiles of merged buckets, by kernel")
    tap.equal(ints(rows[3][0]), [2 * len(windows), 2 * queued], "cpus")
    tap.equal(ints(rows[4][0]), [0, 1, queued], "edges")
    tap.equal(ints(rows[5][0]), [queued, 9 * queued], "calls")
    longest = sorted((o["duration"] for o in lines if o["type"] == "stall" and not o["ongoing"]), reverse=True)
    tap.equal([ints(r)[1:] for r in rows[6]], [[d, False] for d in longest[:3]], "the worst stalls, each in its end")
    tap.equal(ints(rows[7][0]), [len(hosts), len(hosts)], "a stall that was told twice is one")
    storms = len({(o["nodename_"]) for o in lines if o["type"] == "storm"})
    tap.equal(ints(rows[8][0]), [storms, "membarrier"], "so is a storm")
    tap.equal(rows[9][0][0], None, "no percentile of nothing")


def judge_documented(duck):
    """Each query of docs/fleet.md runs. The captures' two kinds of windows are a rollout's before and after."""
    queries = [q.strip() for block in documented(("SELECT", "WITH", "SET VARIABLE rollout"))
               for q in block.split(";") if q.strip()]
    asked = [q.replace("2026-11-24 12:00", "2026-11-24 00:00:01") for q in queries]
    rows = duck.ask(*asked)
    empty = [q for q, r in zip(asked, rows) if not r and not q.startswith("SET")]
    tap.ok(len(queries) > 7 and not empty, f"docs/fleet.md: {len(queries)} queries", *empty)
    rollout = next(i for i, q in enumerate(asked) if "AS after" in q)
    # One window of each capture is before, and two are after.
    want = duck.ask("SELECT func, sum(count) FILTER (window_start < '2026-11-24 00:00:01') / count(DISTINCT filename), "
                    "sum(count) FILTER (window_start >= '2026-11-24 00:00:01') / count(DISTINCT filename) / 2 "
                    "FROM functions GROUP BY func")[0]
    tap.equal(sorted(rows[rollout]), sorted(want), "before and after a rollout: csds a second of a host")


def judge_strangers(modules, scratch):
    """Imported captures do not know their hosts: each is one of its own."""
    paths = []
    for number in range(2):
        lines = capture(number)
        for o in lines:
            o.get("host", {}).pop("nodename", None)
        paths.append(f"{scratch}/strange/{number}.zst")
        compressed(paths[-1], lines)
    rows = Duck(modules, paths).ask("SELECT nodename, files FROM hosts ORDER BY nodename",
                                    "SELECT DISTINCT nodename FROM stalls ORDER BY nodename")
    tap.equal([[name for name, _ in rows[0]], [name for name, in rows[1]]], [paths, paths],
              "a capture without a host's name is a host by its file")


def main():
    modules = f"{BUILD}/duckdb/node_modules"
    why = next((f"no {name}" for name in ("zstd", "node") if not shutil.which(name)), None)
    if not why and not os.path.isdir(modules):
        why = "no @duckdb/node-api: make build/duckdb/node_modules"
    if why:
        tap.skip("captures in DuckDB", why)
        tap.done()
        return
    with tempfile.TemporaryDirectory() as scratch:
        lines = []
        for number in range(HOSTS):
            mine = capture(number)
            lines += [dict(o, nodename_=number) for o in mine]
            compressed(f"{scratch}/captures/host={number:04}/date=2026-11-24/own.zst", mine)
        broken = f"{scratch}/captures/host=9999/date=2026-11-24/own.zst"
        compressed(broken, capture(9999))
        os.truncate(broken, os.path.getsize(broken) // 2)
        said, files = leave_out(scratch)
        tap.ok(len(files) == HOSTS and said == "cut off: captures/host=9999/date=2026-11-24/own.zst\n",
               "a file that is cut off is named, and left out", said, len(files))
        began = time.monotonic()
        duck = Duck(modules, files)
        judge(duck, lines)
        print(f"# {HOSTS} captures: {time.monotonic() - began:.1f} s for ten queries")
        judge_documented(duck)
        judge_strangers(modules, scratch)
    tap.done()


main()
