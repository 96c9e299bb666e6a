#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Prometheus scrapes two ipitraces on loopback under load: each expression of
dashboards/ gives data, no counter goes back, and p99 equals ipitrace's own. Writes
build/fleet.md; docs/fleet.md is a copy.
"""
import concurrent.futures
import ctypes
import http.client
import itertools
import json
import math
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
from ipitest import BUILD, IPILOAD, IPITRACE, Background, Run, Tap, wait_until  # noqa: E402
from mounts import privately  # noqa: E402
from serving import parse, total  # noqa: E402
import prometheus  # noqa: E402

SECONDS = 30
LIMIT = 120
SCRAPES = 10000
LOADS = (("membarrier",), ("tlb-munmap",), ("wakeup", "--rate", "3000"), ("membarrier-sync-core",),
         ("tlb-mprotect",), ("membarrier-global", "--rate", "200"), ("setaffinity", "--rate", "300"))
tap = Tap()


class Host(Background):
    """ipitrace serve at an address of loopback; @script runs before, in a mount namespace."""

    def __init__(self, address, *args, script="true"):
        self.port = prometheus.free_port()
        self.address = address
        self.wrapper = privately(f'{script} && exec "$0" "$@"')
        super().__init__("serve", "-q", "--listen", f"{address}:{self.port}", *args)

    def command(self, args):
        return self.wrapper + args


def perf_event(cpu):
    """A software event on another CPU: two functions that no load has."""
    libc = ctypes.CDLL(None)
    attr = ctypes.create_string_buffer(struct.pack("<IIQ", 1, 112, 0) + bytes(96), 112)
    number = {"x86_64": 298}.get(os.uname().machine, 241)
    fd = libc.syscall(number, attr, -1, cpu, -1, 0)
    if fd >= 0:
        os.read(fd, 8)
        os.close(fd)


def rare_load():
    """Rare functions: attaching and detaching patch the kernel."""
    Run((IPITRACE, "-q", "-d", "0.1"))
    for cpu in sorted(os.sched_getaffinity(0)):
        perf_event(cpu)


def mixed_load(seconds):
    """The loads one after the other, two at a time."""
    end, failed = time.monotonic() + seconds, []
    for pair in itertools.cycle(zip(LOADS, LOADS[1:] + LOADS[:1])):
        if time.monotonic() >= end:
            return failed
        with concurrent.futures.ThreadPoolExecutor() as pool:
            runs = pool.map(lambda load: Run((IPILOAD, load[0], "-q", *load[1:], "-d", "1.5")), pair)
            failed += [run.err for run in runs if run.status]
        rare_load()


def test_up(server):
    def up():
        targets = server.targets()
        return len(targets) == 3 and all(t["health"] == "up" for t in targets)
    tap.ok(wait_until(up, LIMIT), "Prometheus scrapes three instances",
           *[(t["scrapeUrl"], t["lastError"]) for t in server.targets()])
    names = sorted(t["labels"]["instance"] for t in server.targets())
    tap.equal(names, ["p99", "web1", "web2"], "relabelled as the example has it")
    units = server.api("targets/metadata", metric="ipitrace_delay_seconds")
    tap.ok(units and all(u["unit"] == "seconds" for u in units),
           "in OpenMetrics: the text format has no units", units)


def test_back(server):
    """Each sample that Prometheus has, in order."""
    back, n = [], 0
    for series in server.query('{__name__=~"ipitrace_.+_(total|bucket|count|sum)"}[10m]'):
        values = [float(v) for _, v in series["values"]]
        n += len(values)
        back += [(series["metric"], a, b) for a, b in itertools.pairwise(values) if b < a]
    tap.ok(n > 1000 and not back, f"no counter goes back, in {n} samples", *back[:5])
    functions = server.query('count by (instance) (ipitrace_calls_total)')
    functions = {f["metric"]["instance"]: int(f["value"][1]) for f in functions}
    tap.equal(functions.get("web1"), 5, "--max-functions 4: four functions and the rest")
    tap.ok(functions.get("web2", 0) > 5, "which web2 shows one by one", functions)
    other = server.query('ipitrace_calls_total{instance="web1",func="other"}')
    tap.ok(other and float(other[0]["value"][1]) > 0, "the function table did overflow", other)
    closed = server.query('ipitrace_queued_total - on (instance) ipitrace_in_flight'
                          ' - on (instance) sum by (instance) (ipitrace_matched_total)'
                          ' - on (instance) sum by (instance) (ipitrace_lost_total)')
    tap.ok(len(closed) == 3 and all(float(c["value"][1]) == 0 for c in closed),
           "the ledger closes on each host", closed)


def value(sample):
    number = float(sample["value"][1])
    text = "0" if not number else f"{number:.3g}"
    labels = ", ".join(f"{k}={v}" for k, v in sorted(sample["metric"].items())
                       if k not in ("__name__", "job", "datacenter"))
    return f"{text} ({labels})" if labels else text


class Table:
    """Expressions and their values, as Markdown."""

    def __init__(self, server):
        self.server = server
        self.lines = []

    def add(self, where, expr, shown=None):
        """Evaluate, check and keep."""
        shown = re.sub(r"\s+", " ", shown or expr).replace("|", "\\|")
        shown = shown.replace(prometheus.TEST_RANGE, prometheus.RANGE)
        shown = shown.replace(prometheus.TEST_STORM, prometheus.STORM)
        shown = shown.replace(prometheus.TEST_DAY, prometheus.DAY)
        result = self.server.query(prometheus.fill(expr))
        numbers = [s for s in result if not math.isnan(float(s["value"][1]))]
        tap.ok(numbers, where, expr, result[:3])
        largest = max(numbers, key=lambda s: float(s["value"][1]), default=None)
        gave = f"{len(numbers)} series, most {value(largest)}" if numbers else "nothing"
        self.lines.append(f"| {where} | `{shown}` | {gave} |")

    def write(self):
        with open(os.path.join(BUILD, "fleet.md"), "w", encoding="utf-8") as f:
            f.write("# Each expression of dashboards/, and its result\n\n"
                    "Written by `tests/fleet/fleet.t` (`make test-all`): Prometheus "
                    "scrapes ipitrace as\n`web1` (`--max-functions 4`), `web2` (which sees "
                    "CPU 1 as isolated) and `p99`\n(`-f ipi_sync_core`), on one machine, "
                    "under ipiload. The numbers are of one run.\n\n"
                    "| panel or rule | expression | result |\n|---|---|---|\n")
            f.write("\n".join(self.lines) + "\n")


def test_expressions(server):
    table = Table(server)
    for name in ("ipitrace-fleet.json", "ipitrace.json"):
        for where, expr in prometheus.dashboard_expressions(name):
            table.add(where, expr)
    found = prometheus.rules(server.api)
    tap.ok(len(found) >= 15, "the rules are loaded", found)
    for kind, name, expr in found:
        if kind == "recording":
            table.add(f"rule `{name}`", expr)
            tap.ok(server.query(name), f"{name} is recorded")
        else:
            left = prometheus.level(expr)
            if tap.ok(left, f"{name}: its threshold is at its end", expr):
                table.add(f"alert `{name}`", left, expr)
    table.write()


def firing(server, name):
    return [a["labels"] for a in server.api("alerts")["alerts"]
            if a["labels"]["alertname"] == name and a["state"] == "firing"]


def test_alerts(server, host):
    """The alerts whose cause a test can make: a storm, IPIs to an isolated CPU, silence."""
    storm = subprocess.Popen([IPILOAD, "membarrier", "-q", "-d", str(LIMIT)],
                             stdout=subprocess.DEVNULL)
    try:
        for name, labels in (("IpitraceStorm", {"instance": "web2", "func": "ipi_mb"}),
                             ("IpitraceIsolatedCpuHit", {"instance": "web2", "cpu": "1"})):
            tap.ok(wait_until(lambda: any(labels.items() <= a.items()
                                          for a in firing(server, name)), LIMIT),
                   f"{name} fires", firing(server, name))
    finally:
        storm.kill()
        storm.wait()
    hit = firing(server, "IpitraceIsolatedCpuHit")
    tap.ok(all(a["cpu"] == "1" and a["instance"] == "web2" for a in hit), "for no other CPU", hit)
    tap.equal(firing(server, "IpitraceDown"), [], "IpitraceDown does not")
    host.proc.send_signal(signal.SIGSTOP)
    tap.ok(wait_until(lambda: firing(server, "IpitraceDown"), LIMIT), "but when one hangs it does")
    host.proc.send_signal(signal.SIGCONT)
    tap.ok(wait_until(lambda: not firing(server, "IpitraceDown"), LIMIT),
           "until it is back")


def octave(ns):
    """The bounds of a value's bucket: (2^k - 1, 2^(k+1) - 1]; a quantile may be a fraction."""
    return math.floor(math.log2(max(1, math.ceil(round(ns, 3)))))


def same_octave(ns, own):
    """Of two ipitrace the programs of one run within the times that the other one measures: a
    length differs by up to a quarter, which is a slot of @own, and may be in the next octave."""
    return octave(own * 3 / 4) <= octave(ns) <= octave(own * 5 / 4)


def test_p99(server):
    """The same csds in a report of ipitrace and between two scrapes."""
    def count():
        result = server.query('sum(ipitrace_delay_seconds_count{instance="p99"})')
        return float(result[0]["value"][1]) if result else 0

    def settled():
        """The time of the last change."""
        was = count()
        time.sleep(4)
        return count() == was
    wait_until(settled, LIMIT)
    own = Background("hist", "-j", "-d", "1000", "-f", "ipi_sync_core")
    begin = time.time()
    Run((IPILOAD, "membarrier-sync-core", "-q", "-d", "5"))
    wait_until(settled, LIMIT)
    snap = own.end().snapshots()[0]
    at = f'{{instance="p99"}} @ {time.time():.3f}', f'{{instance="p99"}} @ {begin:.3f}'
    n = 0
    for cpu, kind in itertools.product(snap["cpus"], ("delay", "handler", "wait")):
        hist = cpu[kind]
        # With fewer, p99 is the maximum.
        if hist["count"] < 100:
            continue
        name, n = f"ipitrace_{kind}_seconds", n + 1
        grown = server.query(f'({name}_count{at[0]} - {name}_count{at[1]})'
                             f' and on (cpu) ipitrace_cpu_isolated{{cpu="{cpu["cpu"]}"}}')
        tap.equal(float(grown[0]["value"][1]), float(hist["count"]),
                  f"CPU {cpu['cpu']} {kind}: both have {hist['count']} samples")
        result = server.query(f'histogram_quantile(0.99, sum by (cpu, le) ({name}_bucket{at[0]}'
                              f' - {name}_bucket{at[1]}))')
        got = next(float(r["value"][1]) * 1e9 for r in result
                   if r["metric"]["cpu"] == str(cpu["cpu"]))
        tap.ok(same_octave(got, hist["p99"]),
               f"CPU {cpu['cpu']} {kind}: p99 {got:.0f} ns, in the octave of ipitrace's own, "
               f"{hist['p99']} ns", json.dumps(hist))
    tap.ok(n >= 2, "there was something to compare", n)


def test_scrapes(host):
    """The process's own figures of its cost, while Prometheus scrapes."""
    def scrape():
        client = http.client.HTTPConnection(host.address, host.port)
        client.request("GET", "/metrics")
        samples = parse(client.getresponse().read().decode())[0]
        return [total(samples, f"ipitrace_process_{name}") for name in
                ("cpu_seconds_total", "resident_memory_bytes")]

    for n in range(SCRAPES):
        if n == SCRAPES // 10:
            before = scrape()
        with socket.create_connection((host.address, host.port)) as s:
            s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            while s.recv(1 << 16):
                pass
    after = scrape()
    tap.ok(after[1] - before[1] <= 256 << 10, f"memory is flat over {SCRAPES} scrapes", before, after)
    took = (after[0] - before[0]) / (SCRAPES - SCRAPES // 10)
    tap.ok(took < 0.005, "a scrape takes less than 5 ms of CPU", took)
    tap.note(f"{SCRAPES} scrapes: {took * 1e6:.0f} us of CPU each, collection included, "
             f"resident {before[1] / 1024:.0f} to {after[1] / 1024:.0f} KiB")


def main():
    binaries, why = prometheus.fetch()
    if why or os.geteuid():
        tap.skip("fleet", why or "not root")
        tap.done()
    with tempfile.TemporaryDirectory(prefix="ipitest-") as path:
        with open(os.path.join(path, "isolated"), "w", encoding="ascii") as f:
            f.write("1\n")
        hosts = [Host("127.0.0.1", "--max-functions", "4"),
                 Host("127.0.0.2", script=f"mount --bind {path}/isolated "
                      "/sys/devices/system/cpu/isolated"),
                 Host("127.0.0.3", "-f", "ipi_sync_core")]
        names = ("web1.example.org", "web2.example.org", "p99.example.org")
        more = (f"  - job_name: p99\n    static_configs:\n      - targets: [127.0.0.3:{hosts[2].port}]"
                "\n        labels: {instance: p99}\n")
        server = prometheus.Prometheus(
            binaries, path, {n: (h.address, h.port) for n, h in zip(names, hosts)}, more)
        try:
            test_up(server)
            failed = mixed_load(SECONDS)
            tap.ok(not failed, f"{SECONDS} s of load", *failed[:3])
            test_expressions(server)
            test_alerts(server, hosts[1])
            test_back(server)
            test_p99(server)
            test_scrapes(hosts[1])
        finally:
            server.end()
            for host in hosts:
                host.end(signal.SIGTERM)
        for name, host in zip(names, hosts):
            tap.equal((host.status, host.err), (0, ""), f"{name}: a good end")
    tap.done()


main()
