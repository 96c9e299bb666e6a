#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
The page's scripts without a browser, in Node.js: the sections of a selection have the capture's figures. The
browser's tests (tests/browser) show that the page is drawn and can be used.
"""

import datetime
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import made  # noqa: E402
from ipitest import Tap, ipitrace  # noqa: E402
from page_figures import cpu_cells, function_cells, ns  # noqa: E402

SECTIONS = ("tiles", "(...args) => findings(...args).map(findingItem)", "ratesSection", "latencySection", "edgesSection",
            "functionsSection", "cpusSection", "stallsSection", "stormsSection", "ledgerSection")

tap = Tap()
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SCRATCH = tempfile.TemporaryDirectory()
PAGE = os.path.join(TOP, "src", "view", "html")
# As build.mk joins them, but for main.js, which needs a whole document.
SCRIPTS = [os.path.join(PAGE, f"{name}.js")
           for name in ("units", "hist", "data", "dom", "chart", "heat", "findings", "sections", "live")]
RUN = list(made.run(60))
WINDOWS = [o for o in RUN if o["type"] == "snapshot"]


def data_of(objects):
    """The data of the page that report --html makes of the capture."""
    path = os.path.join(SCRATCH.name, "a")
    made.write(path + ".zst", objects)
    run = ipitrace("report", path + ".zst", "--html", path + ".html")
    if run.status:
        raise RuntimeError(run.err)
    return page_data(path + ".html")


def page_data(path):
    with open(path, encoding="utf-8") as f:
        return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', f.read(), re.S)[1])


def answers(data, *asks):
    """What the scripts make of each ask: page_scripts.js says which there are."""
    script = os.path.join(TOP, "tests", "lib", "page_scripts.js")
    done = subprocess.run(["node", script], input=json.dumps({"scripts": SCRIPTS, "data": data, "asks": asks}),
                          capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def sections(data, *names, **selection):
    return answers(data, *({"section": name, **selection} for name in names))


def test_whole(data):
    functions, cpus, stalls, storms, ledger, edges = sections(
        data, "functionsSection", "cpusSection", "stallsSection", "stormsSection", "ledgerSection", "edgesSection")
    for func in ("ipi_mb", "flush_tlb_func"):
        row = next(r for r in functions["rows"] if r[0] == func)
        tap.equal(row[4:], function_cells(WINDOWS, func), f"{func}: times and percentiles are the capture's")
    tap.equal([r[4:9] for r in cpus["rows"]], [cpu_cells(WINDOWS, cpu) for cpu in range(4)],
              "each CPU's times are the capture's")
    tap.equal(len(stalls["rows"]), 3, "three stalls")
    tap.ok("membarrier" in storms["text"] and "taskset -c LIST" in storms["text"],
           "the storm's name and advice", storms["text"])
    queued = sum(w["ledger"]["queued"] for w in WINDOWS)
    tap.ok(f"{queued / 1000:.1f}k queued" in ledger["text"], "the ledger adds up", ledger["text"])
    tap.ok("csds from each CPU" in edges["text"], "the map of senders and targets", edges["text"])
    tap.ok("via exit_mmap (flush_tlb_mm_range), postgres[4711], 300/360 samples" in functions["text"],
           "callers add up, with their reason", functions["text"])
    text = "".join(s["text"] for s in (functions, cpus, stalls, storms, ledger, edges))
    tap.ok("<script>x()<" in text, "a hostile name is text")


def test_selection(data):
    number = [name for name, _ in data["names"]].index("ipi_mb")
    functions, = sections(data, "functionsSection", func=number)
    tap.equal([r[0] for r in functions["rows"]], ["ipi_mb"], "one function alone")
    cpus, = sections(data, "cpusSection", cpus=[1, 3])
    tap.equal([r[0] for r in cpus["rows"]], ["1", "3"], "two CPUs alone")
    tap.equal([r[4:9] for r in cpus["rows"]], [cpu_cells(WINDOWS, cpu) for cpu in (1, 3)], "with their times")
    # The page has few windows, so that a bin is a window.
    cpus, = sections(data, "cpusSection", **{"from": 10.2, "to": 20.3})
    begin = WINDOWS[0]["window"]["mono_start"]
    shown = [w for w in WINDOWS if w["window"]["mono_end"] - begin > 10.2e9 and
             w["window"]["mono_start"] - begin < 20.3e9]
    tap.equal([r[4] for r in cpus["rows"]],
              [ns(sum(c["handler"]["sum"] for w in shown for c in w["cpus"] if c["cpu"] == cpu)) for cpu in range(4)],
              "a part of the time: the windows that lie in it, also in part")


def test_bounds(data):
    """A time that belongs to two windows, as the end of the first and the begin of the second, is one of the second."""
    select = "new Selection(run, {{from: {0}, to: {1}, func: null, cpus: null}})"
    bins = [[w["window"][end] - WINDOWS[0]["window"]["mono_start"] for end in ("mono_start", "mono_end")] for w in WINDOWS]
    begin, end = "run.bins[2].start / 1e9", "run.bins[3].end / 1e9"
    found, = answers(data, {"call": f"() => {select.format(begin, end)}.bins.map(bin => [bin.start, bin.end])", "args": []})
    tap.equal(found, bins[2:4], "a selection from the begin of a window to the end of another has no third")
    pointed, = answers(data, {"call": f"""() => {{
        const map = new LatencyMap({select.format(begin, end)}, "delay", {{width: 900, zoom() {{}}, what: "delay"}});
        map.element();
        const left = map.canvas.getBoundingClientRect().left;
        return [map.left, map.x(map.points[1].start)].map(x => map.points.indexOf(map.atPointer({{clientX: left + x,
            clientY: 50}}).point)); }}""", "args": []})
    tap.equal(pointed, [0, 1], "a pointer where a window begins points at that window")


def compare_page(name, data, *names, **selection):
    """What these sections have, with their pictures' drawing calls, is in the kept file; `make golden` keeps it."""
    got = answers(data, *({"outline": f"({section})", **selection} for section in names))
    text = "".join(f"{line}\n" for lines in got for line in lines)
    path = os.path.join(TOP, "tests", "unit", "golden", f"{name}.page")
    if os.environ.get("GOLDEN_RENEW"):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    with open(path, encoding="utf-8") as f:
        kept = f.read()
    tap.ok(text == kept, f"{name}: the page as kept",
           *list(difflib.unified_diff(kept.splitlines(), text.splitlines(), "kept", "now", lineterm="", n=0))[:20])


def kept_data(name):
    with tempfile.NamedTemporaryFile(suffix=".html") as page:
        capture = os.path.join(TOP, "tests", "unit", "captures", f"{name}.zst")
        run = ipitrace("report", capture, "--html", page.name)
        if run.status:
            raise RuntimeError(run.err)
        return page_data(page.name)


def stalls_of_each_kind(stall, start):
    """Stalls of which each needs other words, made of this stall; they start then."""
    task = {"tgid": 812, "comm": "runc"}
    kinds = [{"late": late} for late in ("behind", "interrupts_off", "idle", "sender", "stolen")]
    kinds += [{"why": why, "late": "behind"} for why in ("busy", "stolen", "never_arrived")]
    kinds += [{"phase": "handler", "slept": True, "doing": {"func": "vfree", "module": None}, "victim": task},
              {"phase": "wait", "dst": None, "sender": task, "victim": task,
               "straggler": {"dst": 3, "later": 2_500_000}},
              {"phase": "wait", "sender": None, "interrupt": True, "cause": 1, "folded": True},
              {"phase": "wait", "sender": None, "interrupt": False, "cause": 99},
              {"phase": "interrupt", "func": None, "irq": "local_timer", "src": None, "ongoing": True},
              {"sender": task, "callsite": "smp_call_function_many_cond+0x10", "stack": ["vfree+0x1", "exit_mmap+0x2"],
               "waiters": [{"sender": task, "src": 2, "duration": 1500}], "waiters_more": 3},
              *({"phase": "interrupt", "func": None, "irq": irq, "src": None} for irq in ("irq_work", None))]
    plain = {**stall, "phase": "delivery", "start": start, "cause": None, "folded": False, "late": None, "why": None,
             "victim": None, "waiters": [], "waiters_more": 0, "stack": []}
    return [{**plain, "id": number, "duration": 9_000_000 - number * 1000, **kind}
            for number, kind in enumerate(kinds, 1)]


def without_runs(data):
    """The data, if nothing says when functions run: as from a kernel without csd tracepoints."""
    def stripped(table, rows):
        unknown = [place for place, (name, _) in enumerate(data["tables"][table]["members"])
                   if name in ("received", "delay", "handler", "stolen")]
        return [[None if place in unknown else value for place, value in enumerate(row)] for row in rows]

    return {**data, "bins": [{**b, "cpus": stripped("cpus", b["cpus"]), "funcs": stripped("functions", b["funcs"])}
                             for b in data["bins"]]}


def test_pages(whole):
    for name in ("stalls", "storm"):
        compare_page(name, kept_data(name), *SECTIONS[:3], *SECTIONS[4:])
    few = data_of(list(made.run(4)))
    compare_page("windows", few, *SECTIONS)
    number = [name for name, _ in few["names"]].index("ipi_mb")
    compare_page("part", few, *SECTIONS[:2], *SECTIONS[4:7], **{"func": number, "from": 1.2, "to": 2.5})
    compare_page("part-cpus", few, *SECTIONS[:4], *SECTIONS[6:7], cpus=[1, 3])
    compare_page("stall-kinds", {**few, "stalls_nr": 60, "stalls_folded": 2, "stalls": stalls_of_each_kind(
        whole["stalls"][0], few["first_window"]["mono_start"] + 10**9)}, SECTIONS[1], "stallsSection")
    storm = few["storms"][0] if few["storms"] else whole["storms"][0]
    storms = [{**storm, "note": True, "src": [0, 2, 3], "dst": [1], "shape": "all_to_one", "baseline_per_s": 12.5},
              {**storm, "name": "unknown", "cost_ns_per_s": None, "wait_ns_per_s": None, "ongoing": True, "before": True},
              {**storm, "cost_ns_per_s": None, "wait_ns_per_s": 3_000_000, "changes": [{"what": "a module came"}],
               "evidence": {"tracers": 2, "guests": {"vcpus": 4, "users": None}, "unknown": None}},
              {**storm, "sources": [{"interrupt": True, "share": 0.75, "caller": "tick", "chain": None},
                                    {"interrupt": False, "share": 0.2, "tgid": 1, "comm": "a", "chain": ["b", "c"]}]}]
    compare_page("storm-kinds", {**few, "storms": storms}, *SECTIONS[:2], "stormsSection")
    calls = {"begun": 1200, "carried_in": 3, "returned": 1190, "under_way": 2, "lost": 11, "refused": 4, "local": 9, "open": 1}
    compare_page("calls", {**without_runs(few), "calls": calls, "note": "It ends within a window.", "unusable": 2,
                           "sources": {"names_hidden": "kptr_restrict is 2", "wait": None}}, *SECTIONS)
    compare_page("nothing", {**few, "stalls": [], "storms": [], "stalls_nr": 0, "bins": []}, *SECTIONS[:2], *SECTIONS[4:])


def test_columns(data):
    """The columns that the data describe: rows add up by the members' rules, and null is no number."""
    table = {"members": [["cpu", "key"], ["sent", "sum"], ["longest", "max"], ["delay", "histogram"]],
             "columns": [["sent", "count", 1, None], ["sent/s", "rate", 1, None], ["longest", "ns", 2, None],
                         ["delay mean", "ns", 3, "mean"], ["sum", "ns", 3, "sum"]]}
    rows = [[1, 5, 7, [2, 110, 100, [3, 1, 9, 1]]], [1, None, 9, None], [1, 6, None, None], [2, None, None, None],
            [3, 0, 0, [1, 4, 4, [4, 1]]]]
    tap.equal(answers(data, {"call": "(table, rows) => sumRows(table.members, rows)"
                             ".map(sum => [String(sum.cpu), ...columnsOf(table, 2).map(c => c.text(sum))])",
                             "args": [table, rows]}),
              [[["1", "11", "5.50", "9ns", "55ns", "110ns"], ["2", "-", "-", "-", "-", "-"],
                ["3", "0", "0", "0ns", "4ns", "4ns"]]], "the columns that the data describe")


def test_clock(data):
    begin = datetime.datetime.fromisoformat(data["first_window"]["start"].replace("Z", "+00:00"))
    tap.equal(answers(data, {"call": "seconds => run.dateTime(seconds)", "args": [86400]}),
              [f"{begin + datetime.timedelta(days=1):%Y-%m-%d %H:%M:%S}"], "a date is that of the first window, and later")


def test_many_cpus(data):
    counts = [[f"{src},0", 1] for src in range(300)] + [["299,298", 1000]]
    few, many = answers(data, {"call": "(cpus, counts) => mapCpus(cpus, new Map(counts))", "args": [[0, 3], []]},
                        {"call": "(cpus, counts) => mapCpus(cpus, new Map(counts))",
                         "args": [list(range(300)), counts]})
    tap.equal(few, [0, 3], "the map of few CPUs has all of them")
    tap.ok(len(many) == 256 and many == sorted(many) and {0, 298, 299} <= set(many),
           "of many CPUs the map has those with most csds, in order", many[-5:])


def test_workers(data):
    by = {"tgid": 812, "comm": "runc"}
    senders = [{"tgid": 50, "comm": "kworker/0:1", "queued_by": by},
               {"tgid": 17, "comm": "rcu_exp_gp_kthr", "queued_by": by},
               {"tgid": 17, "comm": "rcu_exp_gp_kthr", "queued_by": None}, by]
    tap.equal(answers(data, *({"call": "senderName", "args": [sender]} for sender in senders)),
              ["kworker for runc[812]", "rcu_exp_gp_kthr for runc[812]",
               "rcu_exp_gp_kthr; who queued its work is not known", "runc[812]"],
              "who sends: a worker for who queued its work")


# A page of serve: what it makes of the answers, with the time that it keeps; then its data.
TAKE = """(page, answers) => {
    const live = new Live(page);
    const news = answers.map(([text, next]) => live.take(text, next));

    return {news, outdated: live.outdated, ...live.data()};
}"""


def live_window(second, names, funcs, **changes):
    """A window of a second that begins at second @second, as serve writes it."""
    start = (100 + second) * 10**9
    return {"type": "window", "format": 2, "host": {"nodename": f"h{second}"},
            "window": {"start": "2026-11-30T00:00:00Z", "mono_start": start}, "kinds": [["a", 1, 2], ["b", 3, None]],
            "calls": None, "callers": {"f\n": [{"reason": "munmap", "caller": "c", "tgid": 7, "comm": "x", "samples": 2},
                                               {"reason": "exit", "caller": "c", "queued_by": None, "tgid": 9,
                                                "comm": "kworker/0:1", "samples": 1 + second}]},
            "names": [["other", None], *names], "edges": [0, 1, 5 + second], "edges_other": second,
            "bin": {"start": start, "end": start + 10**9, "funcs": funcs, "cpus": []}, **changes}


def taken(keeps, *answers_of, **page):
    """What a page that keeps @keeps seconds has of the answers, lists of lines with where the next one continues."""
    page = {"format": 2, "live": {"interval": 1, "keeps": keeps}, "tables": {}, **page}
    text = [["\n".join(map(json.dumps, lines)) + "\n", after] for lines, after in answers_of]
    return answers(DATA, {"call": TAKE, "args": [page, text]})[0]


def test_live_windows():
    f, g = ["f", None], ["g", "m"]
    got = taken(2, ([live_window(0, [f], [[1, 3]]), live_window(1, [g, f], [[2, 4], [1, 5], [0, 6]])], "1.2.0.0"),
                ([], "1.2.0.0"))
    tap.equal((got["news"], got["outdated"], got["host"], got["names"]), ([True, False], False, {"nodename": "h1"},
                                                                          [["other", None], f, g]), "live: two windows")
    tap.equal([(b["start"], b["end"], b["funcs"]) for b in got["bins"]],
              [(0, 10**9, [[1, 3]]), (10**9, 2 * 10**9, [[1, 4], [2, 5], [0, 6]])],
              "live: times begin with the first window, functions have the numbers of all windows")
    tap.equal((got["kinds"], got["edges"], got["edges_other"], got["calls"]),
              ({"a": {"sent": 2, "received": 4}, "b": {"sent": 6, "received": None}}, [0, 1, 11], 1, None),
              "live: kinds and pairs add up, and what is unknown once stays unknown")
    tap.equal([(c["reason"], c["samples"]) for c in got["callers"]["f\n"]], [("munmap", 4), ("exit", 3)], "live: callers add up")
    got = taken(2, ([live_window(n, [f], [[1, n]]) for n in range(4)], "1.4.0.0"))
    tap.equal(([b["funcs"] for b in got["bins"]], got["edges"], got["edges_other"]),
              ([[[1, 1]], [[1, 2]], [[1, 3]]], [0, 1, 6 + 7 + 8], 1 + 2 + 3), "live: what is too old is no longer there")
    tap.equal([c["samples"] for c in got["callers"]["f\n"]], [2 + 3 + 4, 6], "... nor are its callers")
    got = taken(9, ([live_window(0, [f], [[1, 3]])], "1.1.0.0"), ([live_window(5, [g], [[1, 2]])], "2.1.0.0"))
    tap.equal(([b["start"] for b in got["bins"]], got["names"]), ([0], [["other", None], g]), "live: another run of serve")
    got = taken(9, ([live_window(0, [f], [[1, 3]])], "1.1.0.0"), ([live_window(1, [f], [[1, 2]], format=3)], "2.1.0.0"))
    tap.equal((got["bins"], got["outdated"]), ([], True), "live: the windows of another version are not read")
    calls = {"begun": 5, "carried_in": 1, "returned": 4, "refused": 1, "under_way": 2, "lost": 0, "local": 3}
    got = taken(9, ([live_window(0, [f], [], calls={**calls, "closed": True}),
                     live_window(1, [f], [], calls={**calls, "carried_in": 2, "under_way": 3, "closed": False})], "1.2.0.0"))
    tap.equal(got["calls"], {"begun": 10, "carried_in": 1, "returned": 8, "refused": 2, "under_way": 3, "lost": 0, "local": 6,
                             "open": 1}, "live: the ledger of calls adds up")


def test_live_reports():
    def report(kind, number, begin, start, duration, **more):
        return {"type": kind, "id": number, begin: (100 + start) * 10**9, "duration": duration * 10**9, "ongoing": False, **more}

    def stall(*args, **more):
        return report("stall", args[0], "start", *args[1:], **{"folded": False, "cause": None, **more})

    windows = [live_window(n, [], []) for n in range(5)]
    got = taken(3, ([windows[0], stall(1, 0, 1, ongoing=True), stall(2, 3, 2), stall(3, 4, 1, folded=True),
                     stall(1, 0, 4), stall(1, 0, 2, ongoing=True), *windows[1:]], "1.5.6.0"))
    tap.equal([(s["id"], s["duration"] // 10**9, s["ongoing"]) for s in got["stalls"]],
              [(1, 4, False), (2, 2, False), (3, 1, False)], "live: each stall's last report, the longest first")
    tap.equal((got["stalls_nr"], got["stalls_folded"]), (3, 1), "live: the number of stalls")
    storms = [report("storm", 1, "onset", 0, 1), report("storm", 2, "onset", 2, 1, ongoing=True), report("storm", 3, "onset", 3, 1)]
    got = taken(2, ([*storms, stall(1, 0, 1), stall(2, 0, 1, ongoing=True), *windows], "1.5.2.3"))
    tap.equal([(s["id"], s["duration"] // 10**9) for s in got["storms"]], [(2, 3), (3, 1)],
              "live: a storm that goes on lasts until the last window; one that is too old is not there")
    tap.equal([s["id"] for s in got["stalls"]], [2], "... nor is a stall")
    many = [stall(n, 3, 1) for n in range(1, 1003)]
    got = taken(9, ([*windows, *many], "1.5.1002.0"))
    tap.equal((got["stalls_nr"], min(s["id"] for s in got["stalls"])), (1000, 3), "live: of too many stalls the last are kept")


DATA = data_of(RUN)
test_whole(DATA)
test_selection(DATA)
test_bounds(DATA)
test_columns(DATA)
test_clock(DATA)
test_many_cpus(DATA)
test_workers(DATA)
test_live_windows()
test_live_reports()
test_pages(DATA)
tap.done()
