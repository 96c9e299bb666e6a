#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""ipitrace serve: its metrics, its HTTP, and clients that are not as they should be.

No test here asserts how long something takes: the machine may be busy.
"""
import concurrent.futures
import contextlib
import itertools
import json
import math
import os
import random
import re
import selectors
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import CPUS, NEVER, SPARE_UIDS, fails, tap  # noqa: E402
import protobuf  # noqa: E402
from mounts import privately  # noqa: E402
from ipitest import IPILOAD, Background, Run, bpf_ids, ipitrace, validate, wait_until, whole_lines  # noqa: E402
from serving import OPENMETRICS, PROTOBUF, SHORT_STALLS, Serve, gone_back, ledger_open, parse, total  # noqa: E402

FLEET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fleet")
LATE = 60  # seconds by which it has come, or never does
DASHBOARDS = os.path.join(FLEET, "..", "..", "dashboards")
# More than what serve lets in at a time.
CROWD = 200
ALL_AT_ONCE = 1000


def load(name, *args):
    run = Run((IPILOAD, name, "-q", *args))
    if run.status:
        tap.note(run.err)
    return run


# The metrics

def test_formats(s):
    # None are sent to who has no processor meanwhile.
    for _ in range(10):
        load("membarrier", "--count", "1000")
        s.settle()
        if total(s.scrape(), "ipitrace_wait_seconds_count"):
            break
    status, kind, text = s.get()
    tap.equal((status, kind), (200, "text/plain; version=0.0.4; charset=utf-8"), "text 0.0.4")
    samples, types = parse(text)
    contract = {"ipitrace_delay_seconds_bucket", "ipitrace_handler_seconds_bucket",
                "ipitrace_calls_total", "ipitrace_ipis_total", "ipitrace_stalls_total",
                "ipitrace_lost_total",
                "ipitrace_build_info"}
    tap.ok(contract <= types.keys(), "what the contract names is there", contract - types.keys())
    for accept in (OPENMETRICS, "application/openmetrics-text"):
        status, kind, other = s.get(Accept=accept)
        tap.equal((status, kind),
                  (200, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
                  f"OpenMetrics for {accept}")
    strict, strict_types = parse(other, openmetrics=True)
    tap.equal(strict.keys(), samples.keys(), "both formats have the same series")
    tap.ok(all(strict_types[name] == kind for name, kind in types.items()), "of the same types")
    for accept in ("text/plain", "*/*", "text/plain;q=0.5," + OPENMETRICS):
        tap.ok(s.get(Accept=accept)[1].startswith("text/plain"), f"text for {accept}")
    wrong = ledger_open(samples)
    tap.ok(not wrong, "the ledger closes over all windows", wrong)
    for hist in ("delay", "handler", "wait"):
        counts = total(samples, f"ipitrace_{hist}_seconds_count")
        tap.ok(counts > 0, f"{hist}: samples", counts)
        tap.equal(total(samples, f"ipitrace_{hist}_seconds_bucket", le="+Inf"), counts,
                  f"{hist}: the last bucket has all")


def slot_bounds():
    """(first value, first value behind) of each slot of ipitrace's histograms but those of 0 to 3 ns."""
    for octave in range(2, 42):
        for quarter in range(4):
            yield (4 + quarter) << octave - 2, (5 + quarter) << octave - 2


def test_protobuf():
    """The same series; native histograms that hold what the buckets of the text hold."""
    own = Background("hist", "-j", "-d", "1000", "-f", "ipi_sync_core")
    only = Serve("-f", "ipi_sync_core")
    # None are sent to who has no processor meanwhile.
    for _ in range(20):
        load("membarrier-sync-core", "--count", "2000")
        only.settle()
        if total(only.scrape(), "ipitrace_wait_seconds_count") >= 400:
            break
    snap = own.end().snapshots()[0]
    # Until nothing ran between the two scrapes: another test may use the same function.
    for _ in range(10):
        status, kind, data = only.get_bytes(Accept=PROTOBUF)
        text = parse(only.get(Accept=OPENMETRICS)[2], openmetrics=True)[0]
        samples, types = protobuf.parse(data)
        if samples["ipitrace_queued_total", ()] == total(text, "ipitrace_queued_total"):
            break
    tap.equal((status, kind), (200, "application/vnd.google.protobuf; "
               "proto=io.prometheus.client.MetricFamily; encoding=delimited"), "protobuf")
    hists = {name for name, kind in types.items() if kind == "histogram"}
    flat = {(re.sub(r"(?<=_seconds)_(bucket|sum|count)$", "", name),
             tuple(l for l in labels if l[0] != "le")) for name, labels in text}
    tap.equal(samples.keys(), flat, "protobuf: the series of OpenMetrics")
    tap.equal(hists, {f"ipitrace_{h}_seconds" for h in ("delay", "handler", "wait")},
              "protobuf: the histograms")
    wrong = [key for key, kind in samples.items() if key[0] in hists and
             not kind.count == kind.zero + sum(kind.buckets.values()) == kind.classic[math.inf]]
    tap.ok(not wrong, "protobuf: the buckets of each histogram add up", *wrong)
    slots = {math.ceil(4 * math.log2((low + high) / 2e9)): high for low, high in slot_bounds()}
    for (name, labels), hist in ((k, h) for k, h in samples.items() if k[0] in hists):
        classic = {float(dict(more)["le"]): n for (other, more), n in text.items()
                   if other == f"{name}_bucket" and set(labels) <= set(more)}
        native = {le: hist.zero + sum(n for index, n in hist.buckets.items() if slots[index] <= ns)
                  for le, ns in ((le, round(le * 1e9) + 1) for le in classic if le < math.inf)}
        native[math.inf] = hist.count
        tap.equal((hist.classic, native), (classic, classic), f"protobuf: {name} {labels}: the same buckets")
    compared = 0
    for cpu, kind in itertools.product(snap["cpus"], ("delay", "handler", "wait")):
        own = cpu[kind]
        # Each has the other's programs in its times, which now and then take long: with so few csds
        # p99 is such an outlier, which the two see differently.
        if own["count"] < 200:
            continue
        got, compared = samples[f"ipitrace_{kind}_seconds", (("cpu", str(cpu["cpu"])),)], compared + 1
        tap.equal(got.count, own["count"], f"protobuf: CPU {cpu['cpu']} {kind}: as many as hist -j has")
        low, high = (bound * 1e9 for bound in got.quantile_bounds(0.9))
        tap.ok(own["p90"] / 1.25 <= high * 1.25 and low <= own["p90"] * 1.25,
               f"protobuf: CPU {cpu['cpu']} {kind}: p90 within a slot of hist's", low, high, own["p90"])
    tap.ok(compared >= 2, "protobuf: there was something to compare", compared)
    delays = [(k[1], h) for k, h in samples.items() if k[0] == "ipitrace_delay_seconds" and h.count]
    tap.ok(delays, "exemplars: CPUs have delays", samples.keys())
    for labels, hist in delays:
        (example, value), = hist.exemplars
        low, high = hist.quantile_bounds(1)
        tap.ok(example == {"dst": dict(labels)["cpu"], "func": "ipi_sync_core"} and
               low / 1.12 <= value <= high * 1.12,
               f"exemplar of {labels}: the worst delay, its destination, its function",
               example, value, low, high)
    tap.ok(' # {dst="' in only.get(Accept=OPENMETRICS)[2], "exemplars: in OpenMetrics")
    tap.ok(" # {" not in only.get()[2], "exemplars: not in text")
    only.end()


def test_promtool(s):
    fetched = Run((os.path.join(FLEET, "prometheus"),), timeout=300)
    if fetched.status:
        tap.skip("promtool check metrics", fetched.err.strip())
        return
    run = subprocess.run([os.path.join(fetched.out.strip(), "promtool"), "check", "metrics"],
                         input=s.get()[2], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, check=False)
    tap.ok(run.returncode == 0 and not run.stdout, "promtool check metrics has nothing to say",
           run.stdout)


def test_rules():
    fetched = Run((os.path.join(FLEET, "prometheus"),), timeout=300)
    if fetched.status:
        tap.skip("promtool test rules", fetched.err.strip(), 7)
        return
    for args in (("check", "rules", "ipitrace.rules.yml"), ("check", "config", "prometheus.yml"),
                 ("check", "rules", "ipitrace.shard.rules.yml"), ("check", "config", "prometheus-shard.yml"),
                 ("check", "config", "prometheus-global.yml"),
                 ("test", "rules", "ipitrace.rules.test.yml"),
                 ("test", "rules", "ipitrace.rules.day.test.yml")):
        run = Run((os.path.join(fetched.out.strip(), "promtool"), *args), cwd=DASHBOARDS)
        tap.ok(not run.status, f"promtool {' '.join(args)}", run.out, run.err)


def panels_of(name):
    """The panels of a dashboard, checked by themselves."""
    with open(os.path.join(DASHBOARDS, name), encoding="utf-8") as f:
        panels = json.load(f)["panels"]
    tap.equal(len({p["id"] for p in panels}), len(panels), f"{name}: each panel has an id")
    cells = [(x, y) for p in panels for g in [p["gridPos"]]
             for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])]
    tap.ok(len(set(cells)) == len(cells) and max(cells)[0] < 24, f"{name}: none covers another")
    bare = [p["title"] for p in panels if p["type"] != "row" and not
            (p["description"] and p["fieldConfig"]["defaults"]["unit"] and p["targets"])]
    tap.ok(not bare, f"{name}: each says what it is, and in what unit", bare)
    return panels


def test_dashboards(s):
    """What make test-all has a Prometheus evaluate names nothing that is not there."""
    panels = panels_of("ipitrace.json") + panels_of("ipitrace-fleet.json")
    with open(os.path.join(DASHBOARDS, "ipitrace.rules.yml"), encoding="utf-8") as f:
        rules = f.read()
    text = rules + " ".join(t["expr"] for p in panels for t in p.get("targets", ()))
    named = set(re.findall(r"(?<!:)\bipitrace_\w+(?=[\[{)])", text))
    there = {name for name, _ in s.scrape()}
    tap.ok(len(named) > 15 and named <= there, f"dashboards and rules: {len(named)} metrics, all there",
           named - there)
    recorded = set(re.findall(r"record: (\S+)", rules))
    used = set(re.findall(r"\b\w+:ipitrace_\w+:\w+", text))
    tap.ok(used <= recorded, "rules: what they use is recorded", used - recorded)
    alerts = set(re.findall(r"alert: (\w+)", rules))
    linked = set(re.findall(r"runbook_url: \S+#(\w+)", rules))
    with open(os.path.join(DASHBOARDS, "..", "docs", "fleet.md"), encoding="utf-8") as f:
        headings = {h.lower() for h in re.findall(r"^#+ (\w+)$", f.read(), re.M)}
    tap.ok({a.lower() for a in alerts} == linked <= headings, "rules: each alert has a runbook",
           linked ^ {a.lower() for a in alerts}, linked - headings)


def test_same_as_json(s):
    """
    A function that nothing else calls now: both count the same calls of it.
    Where the receiver had no processor meanwhile there is no call.
    """
    for _ in range(10):
        other = Background("-j", "-d", "1000", "-f", "ipi_sync_core")
        before = total(s.scrape(), "ipitrace_calls_total", func="ipi_sync_core")
        load("membarrier-sync-core", "--count", "2000")
        want = [f for f in other.end().snapshots()[0]["functions"] if f["func"] == "ipi_sync_core"]
        s.settle()
        samples = s.scrape()
        got = total(samples, "ipitrace_calls_total", func="ipi_sync_core") - before
        if got and got == sum(f["count"] for f in want):
            break
    tap.equal(got, sum(f["count"] for f in want), "calls: as many as the JSON of another has")
    tap.ok(got > 0, "calls: there were some", got)


def test_budget(s):
    """The sums of what has series of its own, and of the rest, are the host's."""
    load("membarrier", "--count", "500")
    s.settle()
    samples = s.scrape()
    tap.ok(len(samples) <= 600, "600 series at most", len(samples))
    tap.equal(total(samples, "ipitrace_cpus"), os.cpu_count(), "ipitrace_cpus")
    for hist in ("delay", "handler", "wait"):
        by_cpu = total(samples, f"ipitrace_cpu_{hist}_seconds_total")
        tap.ok(by_cpu > 0 and math.isclose(by_cpu, total(samples, f"ipitrace_{hist}_seconds_sum")),
               f"{hist}: the CPUs' sums are the histograms'", by_cpu)
    small = Serve("--series", "300")
    load("membarrier", "--count", "500")
    small.settle()
    few = small.scrape()
    tap.ok(len(few) <= 300 and total(few, "ipitrace_received_total") > 0, "--series 300", len(few))
    names = {labels[0][0] for name, labels in few if name == "ipitrace_delay_seconds_count"}
    tap.equal(names, {"node"}, "--series 300: histograms by node")
    small.end()
    every = Serve("--per-cpu", "-f", NEVER)
    every.settle()
    cpus = {dict(labels)["cpu"] for name, labels in every.scrape()
            if name == "ipitrace_delay_seconds_count"}
    tap.equal(cpus, {str(cpu) for cpu in range(os.cpu_count())}, "--per-cpu: a histogram for each")
    every.end()


class ServeToFile(Serve):
    """-o FILE: a pipe that nobody reads has room for some 60 stalls."""

    def command(self, args):
        self.file = os.path.join(self.dir.name, "events")
        return [*args, "-o", self.file]

    def events(self):
        return whole_lines(self.file)


def test_storms():
    """Without the page, too: which storm lasts, by its name, and how many there were."""
    s = Serve("--no-page", "--storm-rate", "100", "-f", "ipi_mb")
    ipiload = subprocess.Popen([IPILOAD, "membarrier", "-q", "--rate", "5000", "--duration", "60"])

    def of(metric, name):
        return s.scrape().get((metric, (("name", name),)))

    def lasts():
        return of("ipitrace_storm", "membarrier")
    tap.ok(wait_until(lambda: of("ipitrace_storm", "other") == 0, LATE), "ipitrace_storm: there before any storm")
    tap.ok(wait_until(lasts, LATE), "ipitrace_storm: 1 while it lasts")
    ipiload.kill()
    ipiload.wait()
    tap.ok(wait_until(lambda: lasts() == 0, LATE), "ipitrace_storm: 0 when it is over")
    tap.ok(of("ipitrace_storms_total", "membarrier") >= 1, "ipitrace_storms_total counts it")
    s.end()


def test_full_stdout():
    """A reader of events that hangs: the metrics go on."""
    s = Serve("--events", "-t", "1us", "--storm-rate", "100")
    # A pipe has room for some 60 stalls, serve for some hundred more.
    for _ in range(30):
        load("membarrier", "-d", "1", "--rate", "2000")
        went_on = s.settle()
        if total(s.scrape(), "ipitrace_stalls_total") > 3000:
            break
    tap.ok(went_on and ledger_open(s.scrape()) is None, "--events: nobody reads them: the metrics go on")
    s.end(signal.SIGTERM)
    # A busy machine may have no storm.
    missing = re.search(r"reports of storms are missing: |no room for \d+ stalls, which are missing", s.err)
    tap.ok(s.status == 0 and missing, "--events: and what is missing is told", s.status, s.err)


def is_storm(event, func):
    return event["type"] == "storm" and event["func"] == func


def test_events():
    """Stalls as they come, a storm, one line each, beside the metrics."""
    s = ServeToFile("--events", "-t", "1us", "--storm-rate", "100", interval="0.3")
    # On a busy machine a load may be too slow for a storm, and other programs may make one before.
    for _ in range(10):
        load("membarrier", "-d", "1.5", "--rate", "2000")
        s.settle()
        if any(is_storm(e, "ipi_mb") for e in s.events()):
            break
    samples = s.scrape()
    tap.ok(total(samples, "ipitrace_stalls_total", phase="delivery") > 0, "--events: metrics, too")
    s.proc.send_signal(signal.SIGTERM)
    s.proc.wait(30)
    events = s.events()
    s.end(signal.SIGTERM)
    tap.ok(not s.status and SHORT_STALLS.fullmatch(s.err),
           "--events: a good end, which says at most that so many short stalls found no room", s.status, s.err)
    wrong = [error for event in events for error in validate(event)]
    tap.ok(events and not wrong, f"--events: {len(events)} lines, valid by the schema", *wrong[:3])
    tap.equal({e["nodename"] for e in events}, {os.uname().nodename}, "--events: the host")
    now = time.time() * 1000
    tap.ok(all(now - 600000 < e["unix_ms"] <= now for e in events), "--events: the time")
    tap.ok({"stall", "storm"} == {e["type"] for e in events}, "--events: stalls and storms",
           {e["type"] for e in events})
    tap.ok(any(is_storm(e, "ipi_mb") for e in events), "--events: the storm's function",
           *(e for e in events if e["type"] == "storm"))
    s = Serve("--events", "-f", NEVER)
    s.settle()
    tap.equal(s.end(signal.SIGTERM).out, "", "--events: nothing happens, nothing is said")


class ServeOwnSetting(Serve):
    """One of the machine's settings is a file of its own."""

    def command(self, args):
        self.setting = os.path.join(self.dir.name, "setting")
        with open(self.setting, "w", encoding="ascii") as f:
            f.write("0\n")
        return privately(f"mount --bind {self.setting} /sys/kernel/rcu_expedited && "
                         'exec "$@"', "sh", *args)


def test_events_of_settings():
    """What a change needs of the stack is locked in memory, as all before it."""
    s = ServeOwnSetting("--events", "-f", NEVER)
    with contextlib.suppress(OSError):  # it is gone
        for value in "10":
            s.settle()
            with open(s.setting, "w", encoding="ascii") as f:
                f.write(f"{value}\n")
        s.settle()
        s.settle()
    s.end(signal.SIGTERM)
    tap.equal(s.status, 0, "--events: settings of the machine change: the metrics go on")


def test_filters():
    s = Serve("-f", "ipi_mb")
    s.settle()
    names = {name for name, _ in s.scrape()}
    for name in ("ipitrace_ipis_total", "ipitrace_orphans_total"):
        tap.ok(name not in names, f"-f: {name} is absent, not 0")
    tap.ok("ipitrace_lost_total" in names, "-f: the others are there", names)
    s.end()


def test_threshold():
    """Two that see the same: everything is a stall to the one, nothing to the other."""
    low, high = Serve("-t", "1ns"), Serve("-t", "1000s")
    load("membarrier", "--count", "200")
    low.settle()
    samples = low.scrape()
    for phase, hist in (("delivery", "delay"), ("handler", "handler"), ("wait", "wait")):
        tap.equal(total(samples, "ipitrace_stalls_total", phase=phase),
                  total(samples, f"ipitrace_{hist}_seconds_count"), f"-t 1ns: each {phase}")
    high.settle()
    tap.equal(total(high.scrape(), "ipitrace_stalls_total"), 0, "-t 1000s: none")
    low.end()
    high.end()


def test_never_back():
    """The function table overflows under loads that come and go."""
    s = Serve("--max-functions", "2")
    functions, back, open_ledgers, types = set(), [], [], {}
    before = {}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        loads = pool.submit(lambda: [load(name, "--rate", "2000", "-d", "0.4") for name in (
            "membarrier", "tlb-munmap", "wakeup", "membarrier-sync-core", "membarrier")])
        while not loads.done() or not before:
            after, types = parse(s.get()[2])
            back += gone_back(before, after, types)
            open_ledgers += filter(None, [ledger_open(after)])
            functions |= {labels for name, labels in after if name == "ipitrace_calls_total"}
            before = after
            time.sleep(0.02)
    tap.ok(not back, "no counter goes back while the function table overflows", *back[:5])
    tap.ok(not open_ledgers, "the ledger closes in each scrape", *open_ledgers[:5])
    tap.ok(len(functions) == 3 and total(before, "ipitrace_calls_total", func="other") > 0,
           "two functions, and the rest is summed", functions)
    tap.equal(s.end(signal.SIGTERM).status, 0, "SIGTERM: done")


class ServeIsolated(Serve):
    """On this host, with CPU 1 as isolated."""

    def command(self, args):
        with open(os.path.join(self.dir.name, "isolated"), "w", encoding="ascii") as f:
            f.write("1\n")
        return privately(f"mount --bind {self.dir.name}/isolated /sys/devices/system/cpu/isolated && "
                         'exec "$0" "$@"') + args


def test_isolated():
    if len(CPUS) < 2 or not os.path.exists("/sys/devices/system/cpu/isolated"):
        tap.skip("interruptions of isolated CPUs", "one CPU, or no file isolated", 4)
        return
    name = "ipitrace_isolated_interruptions_total"

    def named_or_full(s):
        samples = s.scrape()
        return total(samples, name, cpu="1", cause="membarrier") or total(samples, name, cause="other")
    # The load comes first. On a busy machine so many causes can come before its own that they have all series: then
    # its csds are in the rest, and a new serve begins with no cause.
    ipiload = subprocess.Popen([IPILOAD, "membarrier", "-q", "--duration", "600"], stdout=subprocess.DEVNULL)
    for left in range(9, -1, -1):
        s = ServeIsolated()
        s.settle()
        before = s.scrape()
        wait_until(lambda s=s: named_or_full(s), LATE)
        s.settle()
        samples = s.scrape()
        if total(samples, name, cpu="1", cause="membarrier") or not total(samples, name, cause="other") or not left:
            break
        s.end()
    after, types = parse(s.get()[2])
    ipiload.kill()
    ipiload.wait()
    sent, hit = (total(after, *x) - total(before, *x) for x in (("ipitrace_received_total",), (name,)))
    barriers = total(after, name, cpu="1", cause="membarrier")
    # An interruption is counted at once, its call at the end of the window; others may send, too.
    s.settle()
    tap.ok(0 < barriers <= total(s.scrape(), "ipitrace_calls_total", func="ipi_mb"),
           f"{barriers:.0f} membarriers interrupted CPU 1, an isolated one", after)
    tap.ok(0 < sent and 0 < hit and not gone_back(before, after, types), "and no counter goes back", sent, hit)
    tap.equal(total(after, name), total(after, name, cpu="1") + total(after, name, cpu="other_isolated"),
              "no other CPU is isolated")
    s.end()
    plain = Serve("-f", NEVER)
    tap.equal(total(plain.scrape(), name), 0, "none without isolated CPUs")
    plain.end()


# HTTP

def test_paths(s):
    tap.equal(s.get("/healthz")[::2], (200, "ok\n"), "/healthz")
    tap.equal(s.get("/metrics?x=y")[0], 200, "/metrics with a query")
    for path in ("/metric", "/api/v1", "/index.html", "/metrics/", "/METRICS", "/..%2fmetrics", "//metrics"):
        tap.equal(s.get(path)[0], 404, f"{path}: 404")
    status, kind, body = s.get(method="HEAD")
    tap.equal((status, body), (200, ""), "HEAD has no body")
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        tap.equal(s.refusal(method), (405, "GET, HEAD"), f"{method} is refused, with the methods that there are")
    for method in ("CONNECT", "BREW"):
        tap.ok(s.refusal(method)[0] in (400, 404, 405, 501), f"{method} is refused")


def alive(s, name):
    """It still answers, collects, and its ledger closes."""
    went_on = s.settle()
    wrong = ledger_open(s.scrape())
    tap.ok(went_on and not wrong and s.proc.poll() is None, f"{name}: it goes on", went_on, wrong)


MALFORMED = (
    b"", b"\n", b"\r\n\r\n", b"\0", b"\xff" * 100, b"GET\r\n\r\n", b"GET /metrics\r\n\r\n",
    b"GET /metrics HTTP/9.9\r\n\r\n", b"GET /metrics HTTP/1.1\r\nHost\r\n\r\n",
    b"GET  /metrics  HTTP/1.1\r\n\r\n", b"GET http://[ HTTP/1.1\r\n\r\n", b"get /metrics HTTP/1.1\r\n\r\n",
    b"GET /%zz%00 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /metrics HTTP/1.1\r\n: x\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"GET /metrics HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: " + b"a" * 100000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
    b"GET / HTTP/1.1\r\nAccept: " + b"application/openmetrics-text;q=," * 200 + b"\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000000,
)


def test_malformed(s):
    served = []
    for data in MALFORMED:
        reply = s.say(data)
        if reply.startswith(b"HTTP/1.1 200") and b"ipitrace_delay" not in reply and \
                b"<!DOCTYPE html>" not in reply:
            served.append((data[:60], reply[:60]))
    tap.ok(not served, f"{len(MALFORMED)} malformed requests", *served)
    rng = random.Random(1)
    good = b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: text/plain;q=0.5\r\n\r\n"
    for _ in range(300):
        data = bytearray(good)
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        s.say(bytes(data[:rng.randint(1, len(data))]))
    alive(s, "malformed and mutilated requests")


def test_slow(s):
    """Connections that say a byte now and then, three times as many as are let in."""
    slow = [s.connect() for _ in range(CROWD)]
    stop = False

    def trickle():
        while not stop:
            for c in slow:
                try:
                    c.send(b"G")
                except OSError:
                    pass
            time.sleep(0.05)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        pool.submit(trickle)
        try:
            statuses = [s.get(timeout=LATE)[0] for _ in range(5)]
            tap.equal(statuses, [200] * 5, f"{CROWD} slow clients: others are answered")
            alive(s, f"{CROWD} slow clients")
            fds = len(os.listdir(f"/proc/{s.proc.pid}/fd"))
            tap.ok(fds < CROWD, "no more than some have a connection", fds)
        finally:
            stop = True
    for c in slow:
        c.close()


def test_deaf(s):
    """They ask, and never read."""
    deaf = []
    for _ in range(CROWD):
        c = socket.socket()
        c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        c.connect(("127.0.0.1", s.port))
        c.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        deaf.append(c)
    tap.equal(s.get(timeout=LATE)[0], 200, f"{CROWD} that do not read: others are answered")
    alive(s, f"{CROWD} that do not read")
    for c in deaf:
        c.close()


def reply_of(got):
    """The status of a whole answer; else what there is of one."""
    head, _, body = got.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    if length and len(body) == int(length[1]):
        return int(head.split()[1])
    return f"{len(body)} bytes behind {head[:80]!r}"


def ask_at_once(s, number):
    """
    What so many clients get, each by itself. One thread reads for all of them as soon as there is something: a thread
    each would have no processor for long, and serve drops who is slow while others wait.
    """
    answers, until = {}, time.monotonic() + LATE
    with selectors.DefaultSelector() as waiting:
        for _ in range(number):
            c = socket.socket()
            c.setblocking(False)
            c.connect_ex(("127.0.0.1", s.port))
            answers[c] = b""
            waiting.register(c, selectors.EVENT_WRITE)
        while waiting.get_map() and time.monotonic() < until:
            for key, event in waiting.select(1):
                try:
                    if event & selectors.EVENT_WRITE:
                        key.fileobj.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                        waiting.modify(key.fileobj, selectors.EVENT_READ)
                        continue
                    part = key.fileobj.recv(1 << 20)
                    answers[key.fileobj] += part
                except OSError as e:
                    part = None
                    answers[key.fileobj] += repr(e).encode()
                if not part:
                    waiting.unregister(key.fileobj)
    for c in answers:
        c.close()
    return [reply_of(got) for got in answers.values()]


def test_crowd(s):
    # Who had no processor for 300 ms was slow, when others waited: here that are all who were let in. Again, then.
    for _ in range(5):
        failed = [reply for reply in ask_at_once(s, ALL_AT_ONCE) if reply != 200]
        if len(failed) <= ALL_AT_ONCE // 10:
            break
    tap.ok(len(failed) <= ALL_AT_ONCE // 10, f"{ALL_AT_ONCE} at once are answered",
           f"{len(failed)} are not", *failed[:3])
    tap.note(f"{len(failed)} of {ALL_AT_ONCE} at once were not answered")
    alive(s, f"{ALL_AT_ONCE} at once")
    before = len(os.listdir(f"/proc/{s.proc.pid}/fd"))
    clients = [s.connect() for _ in range(ALL_AT_ONCE)]
    for c in clients:
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        c.close()
    tap.ok(wait_until(lambda: len(os.listdir(f"/proc/{s.proc.pid}/fd")) <= before, LATE),
           f"{ALL_AT_ONCE} that hang up: all descriptors come back")
    alive(s, "hung up")


# The process

def test_housekeeping():
    s = Serve("-f", NEVER, "--housekeeping", CPUS[0])
    for task in os.listdir(f"/proc/{s.proc.pid}/task"):
        tap.equal(os.sched_getaffinity(int(task)), {CPUS[0]}, "each thread keeps to its CPUs")
    s.end()


def test_unprivileged(s):
    for task in os.listdir(f"/proc/{s.proc.pid}/task"):
        with open(f"/proc/{s.proc.pid}/task/{task}/status", encoding="ascii") as f:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        tap.equal([int(status["Uid"].split()[1]) in SPARE_UIDS, int(status["CapEff"], 16),
                   int(status["CapBnd"], 16), status["NoNewPrivs"]], [True, 0, 0, "1"],
                  "each thread has a spare user, and can do nothing")


def test_killed():
    for signo in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        s = Serve("-f", NEVER)
        links = bpf_ids(s.proc.pid)["link"]
        held = s.connect()
        s.end(signo)
        tap.equal(s.status, -9 if signo == signal.SIGKILL else 0, f"{signo.name}: its status")
        tap.equal(s.out + s.err, "", f"{signo.name}: no more is said")
        tap.ok(links and wait_until(lambda: not links & bpf_ids()["link"]),
               f"{signo.name}: no program stays attached")
        held.close()
        try:
            socket.create_connection(("127.0.0.1", s.port), timeout=5).close()
            refused = False
        except OSError:
            refused = True
        tap.ok(refused, f"{signo.name}: nobody listens any more")


def test_usage():
    for listen in ("", "9464", "example.org:9464", "127.0.0.1:65536", "::1:9464", "[::1]"):
        fails(ipitrace("serve", "--listen", listen), 2, f"--listen '{listen}'", "--listen")
    fails(ipitrace("serve", "-j"), 2, "serve -j", "--json")
    fails(ipitrace("serve", "--max-functions", "0"), 2, "--max-functions 0", "--max-functions")
    fails(ipitrace("serve", "--series", "299"), 2, "--series 299", "--series")
    fails(ipitrace("serve", "--series", "600", "--per-cpu"), 2, "--series with --per-cpu", "--per-cpu")
    fails(ipitrace("serve", "--listen", "203.0.113.1:9464"), 3, "an address that is not ours",
          "203.0.113.1:9464: this host has no such address")
    s = Serve("-f", NEVER)
    taken = f"127.0.0.1:{s.port}"
    fails(ipitrace("serve", "--listen", taken), 3, "a port that is taken", taken)
    s.end()
    run = ipitrace("serve", "-q", "--listen", "[::1]:0", "-d", "0.2", "-f", NEVER)
    if "Address family" in run.err or "no such address" in run.err:
        tap.skip("IPv6", "no IPv6 here")
    else:
        tap.equal((run.status, run.out, run.err), (0, "", ""), "IPv6, -d, and -q is quiet")
    run = ipitrace("serve", "--listen", ":0", "-d", "0.2", "-f", NEVER)
    tap.ok(not run.status and "http://0.0.0.0:" in run.err and "neither TLS nor" in run.err,
           "--listen :0 is every address, and says what that means", run.status, run.err)
    run = ipitrace("serve", "--listen", "127.0.0.1:0", "-f", NEVER, "--", "sh", "-c", "exit 7")
    tap.equal(run.status, 7, "PROGRAM's end ends it")


def main():
    if len(CPUS) < 2:
        tap.skip_all("one CPU")
    s = Serve()
    test_formats(s)
    test_protobuf()
    test_promtool(s)
    test_dashboards(s)
    test_same_as_json(s)
    test_budget(s)
    test_paths(s)
    test_malformed(s)
    test_slow(s)
    test_deaf(s)
    test_crowd(s)
    test_unprivileged(s)
    s.end(signal.SIGTERM)
    tap.equal((s.status, s.out, s.err), (0, "", ""), "after all that: a good end")
    test_events()
    test_events_of_settings()
    test_storms()
    test_full_stdout()
    test_filters()
    test_housekeeping()
    test_threshold()
    test_never_back()
    test_isolated()
    test_killed()
    test_usage()
    test_rules()
    tap.done()


main()
