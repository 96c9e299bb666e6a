#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""record into a file, report out of it: the same bytes, without root, cut off or damaged too."""

import html
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import made  # noqa: E402
from conduct import LOAD, as_nobody, check_ends, ends_due, fails, scratch, tap  # noqa: E402
from ipitest import IPILOAD, IPITRACE, QUIET, Background, Run, ipitrace, validate  # noqa: E402

DAMAGED = 200


def types(lines):
    return [json.loads(line)["type"] for line in lines]


def zcat(path):
    return subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE, check=False).stdout.decode()


def read(path):
    with open(path, "rb") as f:
        return f.read()


def test_same(path):
    """What record -j wrote to stdout is what report -j finds in the file."""
    live = ipitrace("record", "-j", "-o", path, "-i", "0.3", "-t", "10us", "--stacks", "--by", "sender",
                    "--storm-rate", "10", "--", *QUIET, IPILOAD, "membarrier", "-q", "--rate", "1000", "--duration", "1.5")
    tap.ok(live.status == 0 and live.out, "record: done", live.status, live.err)
    report = ipitrace("report", "-j", path)
    tap.ok(report.status == 0 and not report.err and report.out == live.out,
           "report -j: what record -j wrote, byte for byte", report.status, report.err)
    lines = report.out.splitlines()
    wrong = [fault for line in zcat(path).splitlines() for fault in validate(json.loads(line))]
    tap.ok(not wrong, "each line of the file is valid by the schema", *wrong[:3])
    kinds = types(lines)
    tap.ok(kinds.count("snapshot") >= 2 and kinds.count("stalls_end") == 1 and "stall" in kinds and
           "storm" in kinds, "windows, stalls and storms in one run", kinds)
    snaps = report.snapshots()
    lost = [s["ledger"]["lost_by"] for s in snaps if s["ledger"]["lost_by"]["mailbox_full"]]
    tap.ok(not lost, "no csd stays in its mailbox", lost)
    tap.ok(all(s["ledger"]["closed"] for s in snaps) and
           all(a["window"]["mono_end"] == b["window"]["mono_start"] for a, b in zip(snaps, snaps[1:])),
           "the windows close, and follow each other")
    sent = sum(f["count"] for s in snaps for f in s["functions"] if f["func"] == "ipi_mb")
    callers = [c["caller"] for s in snaps for f in s["functions"] for c in f["callers"]]
    tap.ok(sent > 10 and any(callers), "functions are counted, and have callers", sent, callers)
    return lines


def figure(text):
    """The first number of a column, as 1.23k."""
    return float(text.rstrip("kM")) * {"k": 1e3, "M": 1e6}.get(text[-1], 1)


def test_counts(path, objects, page, stalls):
    """One capture has one number of stalls, and one of those that are folded, wherever they are told."""
    end = next(o for o in objects if o["type"] == "stalls_end")
    last = {}
    for o in objects:
        if o["type"] == "stall" and not (o["ongoing"] and o["id"] in last and not last[o["id"]]["ongoing"]):
            last[o["id"]] = o
    # On a machine that is too busy some reports find no room: the last line counts them.
    missing = json.loads(zcat(path).splitlines()[-1])["stalls_dropped"]
    found = (sum(n or 0 for n in end["found"].values()), end["folded"])
    want = (len(last), sum(o["folded"] for o in last.values()))
    tap.ok(want[0] > want[1] > 0, "stalls, some of them folded", want)
    tap.ok(found == want if not missing else want[0] <= found[0] <= want[0] + missing and want[1] <= found[1],
           "JSON: the stalls are those of the last line", found, want, missing)
    tap.equal(re.findall(r"^lost (\d+) more reports? of stalls", page, re.M), [str(missing)] if missing else [],
              "report: the reports that found no room")
    said = re.search(r"^STALLS (\d+)(?: over [^,]+)?, (\d+) of them ", page, re.M)
    tap.ok(said and tuple(map(int, said.groups())) == want, "report: the same counts", want, said and said[0])
    said = re.search(r"^(\d+) stalls? over 10 us\b[^;]*;\s+(\d+)\s+of\s+them\s", stalls, re.M)
    tap.ok(said and tuple(map(int, said.groups())) == found, "report stalls: the same counts", found, said and said[0])
    run = ipitrace("report", path, "--html", path + ".html")
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', read(path + ".html").decode(),
                                re.S)[1])
    tap.equal((data["stalls_nr"], data["stalls_folded"]), want, "report --html: the same counts")
    tap.ok(f" {want[0]} stall" in run.err, "report --html: it says the same count", run.err)


def test_views(path, lines):
    """Each view in text has what its lines have."""
    objects = [json.loads(line) for line in lines]
    snaps = [o for o in objects if o["type"] == "snapshot"]
    count = sum(f["count"] for s in snaps for f in s["functions"] if f["func"] == "ipi_mb")
    page = ipitrace("report", path)
    row = re.search(r"^ipi_mb +([\d.kM]+) ", page.out, re.M)
    tap.ok(re.search(r"\A.*\nthe sum of \d+ windows?\nIPIs [\d.k]+/s .*\n(?:   .*\n)*COST [\d.]+% of CPU time: .*\n"
                     r"(?:   .*\n)?(?:RESCHEDULES .*\n(?:   .*\n)*)?(?:OWN .*\n)?(NO STORM: nearest|STORM \w+)", page.out),
           "report: first what a page has live: IPIs, their cost, storms", page.out)
    tap.ok(page.status == 0 and not page.err and row and abs(figure(row[1]) - count) <= count / 150,
           "report: a function's csds in all windows", count, page.out, page.err)
    book = re.search(r"^ledger of csds: (\d+) queued \+ (\d+) carried = (\d+) ran \+ (\d+) in flight \+ (\d+) lost",
                     page.out, re.M)
    numbers = [int(n) for n in book.groups()] if book else [0]
    tap.ok(numbers[0] == sum(s["ledger"]["queued"] for s in snaps) and "DOES NOT CLOSE" not in page.out and
           sum(numbers[:2]) == sum(numbers[2:]), "report: the ledger of all windows closes", numbers)
    # The limits are low: on a busy machine others' wake-ups are a storm, too, or alone.
    named = {o["name"] for o in objects if o["type"] == "storm"}
    tap.ok(not named or "STALLS " in page.out and "STORMS " in page.out and
           all(f"STORM {name}" in page.out for name in named) and
           "via membarrier_private_expedited" in page.out,
           "report: stalls, storms and callers", page.out)
    wide = [line for line in page.out.splitlines() if len(line) > 80]
    tap.ok(not wide, "report: 80 columns", *wide)
    shown = {view: ipitrace("report", path, view) for view in ("summary", "hist", "stalls", "waits", "storm")}
    tap.ok(all(run.status == 0 and run.out for run in shown.values()), "each view shows something",
           {view: (run.status, run.err) for view, run in shown.items()})
    tap.equal(len(re.findall("^ipitrace summary: ", shown["summary"].out, re.M)), len(snaps),
              "report summary: a report a window")
    own = {o["id"] for o in objects if o["type"] == "stall" and not o["folded"]}
    tap.equal({int(n) for n in re.findall(r"^stall (\d+) ", shown["stalls"].out, re.M)}, own,
              "report stalls: those that are not folded have a block")
    test_counts(path, objects, page.out, shown["stalls"].out)
    waits = {o["id"] for o in objects if o["type"] == "stall" and o["phase"] == "wait"}
    tap.equal({int(n) for n in re.findall(r"^stall (\d+) ", shown["waits"].out, re.M)}, waits,
              "report waits: the waits")
    begin = json.loads(zcat(path).splitlines()[0])["mono"]
    for args, wanted in ((("--since", "0.7"), lambda w: w["mono_end"] > begin + 7e8),
                         (("--until", "0.7"), lambda w: w["mono_start"] < begin + 7e8)):
        got = ipitrace("report", "-j", path, "summary", *args).snapshots()
        tap.equal(got, [s for s in snaps if wanted(s["window"])], f"report {args[0]}: the windows of that time")


def test_filters(path):
    """Filters of single csds."""
    ipis = [o for o in ipitrace("report", "-j", path, "trace").objects() if o["type"] == "ipi"]
    pid = next(o["pid"] for o in ipis if o["func"] == "ipi_mb" and o["pid"])
    for args, wanted in ((("--dst", "0"), lambda o: o["dst"] == 0), (("--src", "1"), lambda o: o["src"] == 1),
                         (("-c", "1"), lambda o: 1 in (o["src"], o["dst"])),
                         (("-f", "ipi_*"), lambda o: o["func"].startswith("ipi_")),
                         (("-p", str(pid)), lambda o: o["pid"] == pid)):
        got = [o for o in ipitrace("report", "-j", path, "trace", *args).objects() if o["type"] == "ipi"]
        tap.equal(got, [o for o in ipis if wanted(o)], f"report {' '.join(args)}: the csds that pass")
    text = ipitrace("report", path, "trace", "-q").out.splitlines()
    tap.equal(len(text), len(ipis), "report trace: a line a record")
    fails(ipitrace("report", path, "-c", "0"), 2, "report -c: not of windows", "trace")


def test_file(path, lines):
    whole = zcat(path).splitlines()
    tap.equal(whole[1:-1], lines, "zstd -dc: the same lines between the first and the last")
    first, last = json.loads(whole[0]), json.loads(whole[-1])
    tap.equal((first["type"], first["program"], last["type"], last["lines"]),
              ("capture", "sh", "capture_end", len(whole)), "the first line and the last")
    tap.ok("membarrier" not in whole[0], "PROGRAM's arguments are kept out", whole[0])
    for view, wanted in (("summary", {"snapshot"}), ("hist", {"snapshot"}), ("storm", {"storm", "no_storm"}),
                         ("stalls", {"stall", "stalls_end"}), ("trace", set())):
        run = ipitrace("report", path, view, "-j")
        tap.ok(run.status == 0 and run.out.splitlines() ==
               [line for line in lines if json.loads(line)["type"] in wanted],
               f"report {view} -j: that command's lines", run.status, run.err)
    os.chmod(path, 0o644)
    own = os.path.join(os.path.dirname(path), "ipitrace")
    shutil.copy(IPITRACE, own)
    run = as_nobody(own, "report", "-j", path)
    tap.ok(run.status == 0 and run.out.splitlines() == lines, "report needs no root", run.err)


def test_request(directory):
    """SIGUSR1, which has --flight write a file, does not end a recording without --flight."""
    path = os.path.join(directory, "request")
    run = Background("record", "-q", "-i", "0.1", "-o", path)
    run.proc.send_signal(signal.SIGUSR1)
    tap.equal(run.end().status, 0, "record goes on after SIGUSR1")
    tap.equal(ipitrace("report", "-q", path).status, 0, "and its capture is whole")


def check_waits(ipis, of_cpus, lost):
    """
    The calls' waits are the same in records and windows. A call of which no record has the wait has one in a window: a
    csd of the call was lost, or each of its targets had an IPI pending, and nothing showed that all csds were queued.
    """
    waits = [o["wait"] for o in ipis if o["wait"]]
    without = {o["call"] for o in ipis if o["call"]} - {o["call"] for o in ipis if o["wait"]}
    count, total = (sum(wait[key] for wait in of_cpus) for key in ("count", "sum"))
    missing, rest = count - len(waits), total - sum(waits)
    tap.ok(0 <= missing <= len(without) + lost, "record --trace: each wait of a window is a record's, or its call has none",
           count, len(waits), sorted(without), lost)
    tap.ok(rest > 0 if missing else rest == 0, "record --trace: the same sum of wait in records and windows", total, rest)
    tap.ok(20 * len(without) <= len(waits), "record --trace: hardly any call has no wait", len(waits), sorted(without))


def test_trace(directory):
    """Records and windows of one run say the same."""
    # Some VMs' kernels trace nothing in the context of a few tasks, an idle task among them: the runs of the csds that
    # others send there meanwhile are not seen.
    for attempt in range(5):
        path = os.path.join(directory, f"trace-{attempt}")
        live = ipitrace("record", "--trace", "-j", "-o", path, "-i", "0.2", "--", *QUIET, *LOAD)
        report = ipitrace("report", "-j", path)
        objects = report.objects()
        end = next(o for o in objects if o["type"] == "trace_end")
        if not end["lost"]:
            break
    tap.ok(live.status == 0 and report.out == live.out and not report.status,
           "record --trace: the file holds what went to stdout", live.status, report.status, report.err)
    ipis = [o for o in objects if o["type"] == "ipi"]
    snaps = report.snapshots()
    wrong = [fault for line in ipis[:200] + [end] for fault in validate(line)]
    tap.ok(not wrong, "record --trace: records are valid by the schema", *wrong[:3])
    tap.equal((len(ipis), sum(s["ledger"]["queued"] for s in snaps)), (end["records"], end["queued"]),
              "record --trace: records and windows have the same csds")
    tap.ok(all(o["comm"] for o in ipis if o["pid"]), "record --trace: the senders have names")
    tap.ok(end["records"] > 10 and end["lost"] <= end["queued"] // 20 and
           end["csds"] + end["brief"] + end["in_flight"] + end["lost"] == end["queued"],
           "record --trace: each csd has a record or is counted as lost", end)
    for name in ("delay", "handler"):
        tap.equal(sum(o[name] or 0 for o in ipis), sum(c[name]["sum"] for s in snaps for c in s["cpus"]),
                  f"record --trace: the same sum of {name} in records and windows")
    check_waits(ipis, [c["wait"] for s in snaps for c in s["cpus"]], end["lost"])
    test_filters(path)
    run = ipitrace("report", "-j", path, "trace")
    tap.equal(len(run.out.splitlines()), len(ipis) + 1, "report trace -j: the records and their last line")


def write_windows(path, factor):
    """A capture of eight windows, all alike, with @factor times the csds of a made one."""
    snap = made.window(random.Random(7), 0, False, 4)
    for row in snap["functions"] + snap["cpus"]:
        for key in {"count", "sent", "received"} & row.keys():
            row[key] *= factor
    for counts in (snap["ledger"], snap["ledger"]["matched"]):
        counts.update({key: n * factor for key, n in counts.items() if type(n) is int})
    made.write(path, [snap] * 8)


def test_diff_itself(path):
    """
    Of a run and itself nothing rises; what the run lost could have risen, and a storm may be averaged away in a window
    in which a busy machine did not run ipitrace: then nothing is certain.
    """
    run = ipitrace("report", "--diff", path, path, "--exit-code")
    lost = sum(s["ledger"][key] for s in ipitrace("report", "-j", path).snapshots() for key in ("lost", "exit_unseen"))
    same = re.search(r"\ndiff: no change in \d+ figures", run.out)
    unseen = lost and "could not be followed" in run.err or "may be averaged away" in run.err
    tap.ok(same and (run.status == 0 and not run.err or run.status == 4 and unseen),
           "report --diff: of a run and itself nothing changes", run.status, lost, run.out, run.err)


def test_diff(directory):
    path, more = (os.path.join(directory, name) for name in ("less", "more"))
    write_windows(path, 10)
    write_windows(more, 200)
    run = ipitrace("report", "--diff", path, path, "--exit-code")
    tap.ok(run.status == 0 and re.search(r"\ndiff: no change in \d+ figures(; \d+ not compared)?\n$", run.out) and not run.err and
           re.search(r"^ipi_mb .* 1\.00 <= \d+\.\d\d .* same$", run.out, re.M),
           "report --diff: the limit that a factor is within", run.status, run.out, run.err)
    run = ipitrace("report", "--diff", path, more, "--exit-code")
    row = re.search(r"^ipi_mb .* 20\.00 > \d+\.\d\d .* rose$", run.out, re.M)
    tap.ok(run.status == 1 and row, "report --diff: what rose, its factor, and the limit above which that is", run.status, run.out, run.err)
    *page, last = run.out.splitlines()
    tap.ok(re.match(r"diff: \d+ of \d+ figures rose beyond their limits: .* 20x", last),
           "report --diff: the last line says what rose most", last)
    wide = [line for line in page if len(line) > 80]
    tap.ok(not wide, "report --diff: 80 columns", *wide)
    run = ipitrace("report", "--diff", more, path, "--exit-code")
    tap.ok(run.status == 0 and re.search(r"^diff: 0 of \d+ figures rose; \d+ fell: ", run.out, re.M),
           "report --diff: what fell is no reason for status 1",
           run.status, run.out)
    tap.ok(re.search(r"^ipi_mb .* 0\.05 < 0\.\d\d .* fell$", run.out, re.M),
           "report --diff: the limit below which a factor fell", run.out)
    run = ipitrace("report", "--diff", path, more, "--exit-code", "--tolerance", "1000000")
    tap.ok(run.status == 0 and "\ndiff: no change in " in run.out, "report --tolerance", run.status, run.out)
    objects = ipitrace("report", "-j", "--diff", path, more).objects()
    tap.ok(len(objects) == 1 and not validate(objects[0]) and objects[0]["rose"] > 0,
           "report --diff -j: one line, valid by the schema", objects and validate(objects[0]))
    run = ipitrace("report", "--diff", path, more, "--exit-code", "--tap")
    tests = re.findall(r"^(not )?ok \d+ - (.*)\n# A ", run.out, re.M)
    limited = [row for row in objects[0]["rows"] if row["limits"] != [None, None]]
    tap.ok(run.status == 1 and run.out.startswith(f"TAP version 13\n1..{len(limited)}\n") and
           len(tests) == len(limited) and sum(bool(no) for no, _ in tests) == objects[0]["rose"] and
           ("not ", "no rise: ipi_mb csds") in tests, "report --diff --tap: a test for each figure with a limit",
           run.status, run.out, run.err)
    page = os.path.join(directory, "diff.html")
    run = ipitrace("report", "--diff", path, more, "--exit-code", "-j", "--html", page)
    with open(page, encoding="utf-8") as f:
        text = f.read()
    rows = [[html.unescape(cell) for cell in re.findall("<td(?: class=\"\\w*\")?>(.*?)</td>", row)]
            for row in re.findall("<tr>(<td>.*)</tr>", text)]
    rows = [row for row in rows if len(row) == 7 and row[0] not in ("A", "B")]
    names = [re.sub("[\x1b\u2028]", "?", row["name"]) for row in objects[0]["rows"]]
    tap.ok(run.status == 1 and [row[0] for row in rows] == names and
           [row[-1] or None for row in rows if row[-1] in ("rose", "fell")] ==
           [row["change"] for row in objects[0]["rows"] if row["change"]] and "<script" not in text,
           "report --diff --html: the rows of the JSON, in a table", run.status, run.err, rows)
    fails(ipitrace("report", "--diff", path, more, "--html", "/dev/full"), 4, "report --diff --html: no space", "/dev/full")
    fails(ipitrace("report", "--diff", path, more, "--html", "-"), 2, "report --diff --html -: refused", "FILE")
    fails(ipitrace("report", "--diff", path), 2, "report --diff: of one file", "two FILEs")
    only = ipitrace("report", "--diff", path, more, "-j", "-f", "ipi_mb").objects()[0]["rows"]
    tap.ok(only and {re.sub(":.*", "", row["name"]) for row in only} == {"ipi_mb"} and
           {row["group"] for row in only} <= {"functions", "delays", "handlers", "callers"},
           "report --diff -f: that function alone", only)
    only = ipitrace("report", "--diff", path, more, "-j", "-c", "0").objects()[0]["rows"]
    tap.ok({row["name"] for row in only} <= {"CPU 0"}, "report --diff -c: that CPU alone", only)
    fails(ipitrace("report", "--diff", path, more, "-f", "nosuch", "--exit-code"), 4,
          "report --diff: a gate that judged nothing does not pass", "no figure")
    fails(ipitrace("report", "--diff", path, more, "--since", "1h"), 2, "report --diff --since", "after the end")
    fails(ipitrace("report", "--diff", path, more, "-p", "1"), 2, "report --diff: windows have no pids", "--pid")
    fails(ipitrace("report", path, "--exit-code"), 2, "report --exit-code: without --diff", "--diff")


def test_folded(path, lines):
    objects = [json.loads(line) for line in lines]
    want = sum(f["count"] for o in objects if o["type"] == "snapshot" for f in o["functions"])
    run = ipitrace("report", path, "--folded")
    rows = [line.rsplit(" ", 1) for line in run.out.splitlines()]
    tap.ok(run.status == 0 and sum(int(n) for _, n in rows) == want, "report --folded: all csds", run.err)
    tap.ok(any(re.match(r"ipiload;.*;membarrier_private_expedited;.*ipi_mb$", stack) for stack, _ in rows),
           "report --folded: whole stacks", rows[:5])
    live = ipitrace("summary", "--folded", "-i", "0.2", "--", *QUIET, *LOAD)
    tap.ok(live.status == 0 and all(re.fullmatch(r"\S.* \d+", line) for line in live.out.splitlines()) and
           "ipi_mb" in live.out, "summary --folded: a line a stack", live.status, live.out, live.err)
    fails(ipitrace("summary", "--folded", "-j"), 2, "summary --folded -j: refused", "--json")
    fails(ipitrace("report", path, "hist", "--folded"), 2, "report --folded: no view", "VIEW")


DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.S)


def page_data(path):
    with open(path, encoding="utf-8") as f:
        return json.loads(DATA.search(f.read())[1])


def test_live_page(directory):
    """summary --html: the page that the same windows have as a capture; its sums are those of the JSON."""
    page, copy, again = (os.path.join(directory, name) for name in ("live.html", "copy.zst", "again.html"))
    run = ipitrace("-j", "-i", "0.2", "--html", page, "--", *LOAD)
    snaps = run.snapshots()
    live = page_data(page)
    ledgers = [s["ledger"] for s in snaps]
    tap.ok(run.status == 0 and len(snaps) > 1 and f"{page}: {len(snaps)} windows, " in run.err and
           all(l["queued"] + l["carried_in"] == sum(l["matched"].values()) + l["in_flight"] + l["lost"]
               for l in ledgers), "summary --html: windows, and the ledger of each is closed", run.status, run.err)
    tap.equal([sum(b["ledger"][0] for b in live["bins"]), sum(b["windows"] for b in live["bins"]),
               sum(live["edges"][2::3])],
              [sum(l["queued"] for l in ledgers), len(snaps), sum(e["count"] for s in snaps for e in s["edges"])],
              "summary --html: its sums are those of the JSON")
    made.write(copy, snaps)
    ipitrace("report", copy, "--html", again)
    want = page_data(again)
    reports = ("stalls", "stalls_nr", "stalls_folded", "storms", "storms_nr")
    tap.equal({key: value for key, value in live.items() if key not in reports},
              {key: value for key, value in want.items() if key not in reports},
              "summary --html: the page of the same windows in a capture")
    tap.equal(os.stat(page).st_mode & 0o777, 0o600, "summary --html: mode 0600")


def test_recorded_pictures(directory):
    """record --html --perfetto: byte by byte what report makes of the capture that it wrote."""
    capture, *live = (os.path.join(directory, name) for name in ("drawn.zst", "drawn.html", "drawn.pftrace"))
    again = [f"{path}.again" for path in live]
    run = ipitrace("record", "--trace", "-i", "0.3", "-o", capture, "--html", live[0], "--perfetto", live[1], "--", *LOAD)
    report = ipitrace("report", capture, "--html", again[0], "--perfetto", again[1])
    contents = [open(path, "rb").read() for path in (*live, *again)]
    tap.ok(run.status == report.status == 0 and contents[:2] == contents[2:] and len(contents[1]) > 1000,
           "record --html --perfetto: as report draws the capture", run.err, report.err, *map(len, contents))
    tap.ok(f"{live[1]}: " in run.err and " csds, " in run.err, "record --perfetto: says how many csds", run.err)
    tap.equal([os.stat(path).st_mode & 0o777 for path in live], [0o600] * 2, "record --html --perfetto: mode 0600")
    quick, page = ("record", "-d", "0.2", "-q", "-o", "/dev/null"), os.path.join(directory, "page")
    for words, status, *said in ((("--perfetto", "x"), 2, "--perfetto", "--trace"),
                                 (("--trace", "--perfetto", "-"), 2, "--perfetto", "FILE"),
                                 (("-o", page, "--html", page), 2, "--html", "--output"),
                                 (("--trace", "--html", "x", "--perfetto", "x"), 2, "--html", "--perfetto"),
                                 (("--flight", "5s", "--html", "x"), 2, "--flight", "--html"),
                                 (("--html", os.path.join(directory, "gone", "x")), 4, "gone"),
                                 (("--html", "/dev/full"), 4, "/dev/full")):
        fails(ipitrace(*quick, *words), status, f"record {' '.join(words)}: refused", *said)
    full = ipitrace("record", "-q", "-o", "/dev/null", "--trace", "--perfetto", "/dev/full", "--", *LOAD)
    fails(full, 4, "record --perfetto: no space", "/dev/full")


def test_live_page_text(directory):
    """Text is the report without --html: of the whole run; -d and Ctrl-C end it with its page."""
    page = os.path.join(directory, "text.html")
    run = ipitrace("--full", "-d", "2.5", "--html", page)
    bins = page_data(page)["bins"]
    # The run may end late, on a machine that is busy.
    took = float(re.search(r"; ([0-9.]+) s from ", run.out)[1])
    tap.ok(run.status == 0 and run.out.count("ipitrace summary: ") == 1 and took >= 2.5 and
           all(b["windows"] == 1 for b in bins), "summary --html -d: one report", run.out, bins)
    check_ends([b["end"] for b in bins], ends_due(1, 2.5), "summary --html -d: windows of a second in the page")
    run = Background("-i", "0.2", "--html", page).end()
    tap.ok(run.status == 0 and sum(b["windows"] for b in page_data(page)["bins"]) > 0,
           "summary --html: Ctrl-C, and the page is there", run.status, run.err)
    long = ["summary", "--html", page, "--", "sh", "-c", " ".join(LOAD) + "; exit 7"]
    run = ipitrace(*long)
    tap.ok(run.status == 7 and run.out.count("\nipitrace: ") == 1 and page_data(page)["bins"],
           "summary --html -- PROGRAM: its status, one report", run.status, run.out)
    fails(ipitrace("summary", "--html", "-"), 2, "summary --html -: refused", "--html", "FILE")
    fails(ipitrace("summary", "-d", "0.1", "--html", page, "-o", page), 2, "summary --html: the file of -o", "--output")
    fails(ipitrace("summary", "-d", "0.1", "--html", os.path.join(directory, "gone", "x")), 4,
          "summary --html: no such directory", "gone")
    fails(ipitrace("summary", "-d", "0.1", "--html", "/dev/full"), 4, "summary --html: no space", "/dev/full")


def test_refused(path, directory):
    text = os.path.join(directory, "text")
    with open(text, "w", encoding="ascii") as f:
        f.write("hello\n")
    gone = os.path.join(directory, "gone")
    fails(ipitrace("report", "-j"), 2, "report without a FILE", "FILE")
    fails(ipitrace("report", "-j", path, "nothing"), 2, "report: a view that there is not", "nothing")
    fails(ipitrace("report", "-j", path, "summary", "hist"), 2, "report: one word too many", "hist")
    fails(ipitrace("record", "--min-delay", "1us"), 2, "record: an option of records", "--min-delay", "--trace")
    fails(ipitrace("record", "--trace", "--kind", "reschedule"), 2, "record: no csds", "call_function")
    for size in ("4", "4M", "m", "-4m", "4mm", "3m", "1e99g", "nanm", "0x10m"):
        fails(ipitrace("record", "--max-size", size), 2, f"record --max-size {size}: refused", size)
    fails(ipitrace("report", "-j", gone), 4, "report: no such file", gone)
    fails(ipitrace("report", "-j", directory), 4, "report: a directory", directory)
    fails(ipitrace("report", "-j", text), 4, "report: a text", text, "has no csd events")
    fails(ipitrace("report", "-j", "/dev/null"), 4, "report: an empty file", "is empty")
    fails(ipitrace("record", "-o", os.path.join(gone, "x"), "-d", "0.1"), 4, "record: no such directory",
          gone)
    fails(ipitrace("record", "-o", "/dev/full", "-d", "0.1"), 4, "record: no space", "/dev/full",
          "No space left")


def test_status(directory):
    path = os.path.join(directory, "status")
    run = ipitrace("record", "-o", path, "--", "sh", "-c", "exit 7")
    tap.ok(run.status == 7 and not run.out, "record: PROGRAM's status", run.status, run.out, run.err)
    tap.equal(ipitrace("report", "-j", path).status, 0, "record: the file is whole")
    run = Background("record", "-o", path).end(signal.SIGTERM)
    tap.ok(run.status == 0 and ipitrace("report", "-j", path).snapshots(),
           "record: a signal ends it, and the last window is there", run.status, run.err)
    killed = Background("record", "-o", path).end(signal.SIGKILL)
    run = ipitrace("report", "-j", path)
    tap.ok(killed.status == -signal.SIGKILL, "record is killed", killed.status)
    fails(run, 4, "report: the file was cut off", path, "ends early")
    text = ipitrace("report", path)
    tap.ok(text.status == 4 and text.out.startswith(f"ipitrace report: {os.uname().nodename[:16]}, ")
           and "?" not in text.out.split("\n\n")[0] and "no window to sum up" in text.out,
           "report: the head of a file without a window: the host, and when it began", text.status, text.out[:300])


def full_disk(path):
    """The file may have 1 KiB: enough for the first frame."""
    script = 'ulimit -f 1; trap "" XFSZ; exec "$@"'
    run = Run(["bash", "-c", script, "bash", IPITRACE, "record", "-q", "-o", path, "-i", "0.1",
               "--", *LOAD])
    fails(run, 4, "record: the disk is full", path, "File too large")
    again = ipitrace("report", "-j", path)
    fails(again, 4, "record: what was written reads", path, "ends early")


def test_damage(path, lines, directory):
    """Cut off or with a flipped bit: the lines are the first ones, and the end is said."""
    bad, data, rng = os.path.join(directory, "bad"), read(path), random.Random(5)
    faults = []
    for i in range(2 * DAMAGED):
        at = rng.randrange(len(data))
        with open(bad, "wb") as f:
            f.write(data[:at] + (bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1:]
                                 if i % 2 else b""))
        run = subprocess.run([IPITRACE, "report", "-j", bad], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=30, check=False)
        got, said = run.stdout.decode().splitlines(), run.stderr.decode()
        good = run.returncode == 4 and said.startswith(f"ipitrace: {bad}: ") and said.count("\n") == 1
        # A few bits of a frame's header mean nothing.
        good |= i % 2 and run.returncode == 0 and got == lines and not said
        if not good or got != lines[:len(got)]:
            faults.append((at, i % 2, run.returncode, said))
    tap.ok(not faults, f"{DAMAGED} files cut off and {DAMAGED} with a flipped bit: a clear end", *faults[:5])


def main():
    with scratch() as directory:
        path = os.path.join(directory, "run.zst")
        lines = test_same(path)
        test_views(path, lines)
        test_file(path, lines)
        test_diff_itself(path)
        test_diff(directory)
        test_folded(path, lines)
        test_request(directory)
        test_trace(directory)
        test_live_page(directory)
        test_recorded_pictures(directory)
        test_live_page_text(directory)
        test_refused(path, directory)
        test_status(directory)
        full_disk(os.path.join(directory, "full"))
        test_damage(path, lines, directory)
    tap.done()


main()
