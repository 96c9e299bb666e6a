#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""A Prometheus with native histograms and exemplars on scrapes ipitrace: one series a
histogram, and its p99 within a slot of ipitrace's own.
"""
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
from hists import percentile  # noqa: E402
from ipitest import IPILOAD, Run, Tap, wait_until  # noqa: E402
from serving import Serve  # noqa: E402
import prometheus  # noqa: E402

LIMIT = 60
LOAD_LIMIT = 600
SAMPLES = 200
CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: ipitrace
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
"""
tap = Tap()


def count(server, kind):
    """{CPU: samples of its histogram}"""
    return {s["metric"]["cpu"]: float(s["value"][1])
            for s in server.query(f"histogram_count(ipitrace_{kind}_seconds)")}


class Windows(threading.Thread):
    """
    All windows of @host while it is entered. Another ipitrace would measure this one's programs beside
    the function: of a short handler that is most.
    """

    def __init__(self, host):
        super().__init__(daemon=True)
        self.host, self.over, self.seen = host, threading.Event(), {}

    def run(self):
        while not self.over.wait(0.1):
            status, _, text = self.host.get("/api/v1/snapshot")
            if status == 200:
                snap = json.loads(text)
                self.seen[snap["window"]["mono_start"]] = snap

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.over.set()
        self.join()

    def unseen(self):
        """Windows between those that were seen."""
        spans = [self.seen[start]["window"] for start in sorted(self.seen)]
        return [(a, b) for a, b in zip(spans, spans[1:]) if a["mono_end"] != b["mono_start"]]

    def hists(self, cpu, kind):
        return [c[kind] for snap in self.seen.values() for c in snap["cpus"] if c["cpu"] == cpu]


def scraped(server):
    """When the last scrape was, s."""
    return float(server.query("timestamp(up)")[0]["value"][1])


def settled(server):
    """Prometheus has all that came before."""
    def same():
        was = count(server, "delay")
        time.sleep(3)
        return was and count(server, "delay") == was
    return wait_until(same, LIMIT)


def enough(server, before):
    """Two histograms have SAMPLES more each."""
    return sum(n - before[kind].get(cpu, 0) >= SAMPLES
               for kind in before for cpu, n in count(server, kind).items()) >= 2


def load_until(condition):
    """Beside a VM, niced, the load's threads seldom run at the same time: then none sends."""
    with subprocess.Popen((IPILOAD, "membarrier-sync-core", "-q", "-d", str(LOAD_LIMIT)),
                          stdout=subprocess.DEVNULL) as load:
        try:
            wait_until(lambda: time.sleep(1) or condition(), LOAD_LIMIT)
        finally:
            load.terminate()


def test_p99(server, host):
    tap.ok(settled(server), "scraped")
    before = {kind: count(server, kind) for kind in ("delay", "handler", "wait")}
    begin = scraped(server)
    with Windows(host) as windows:
        load_until(lambda: enough(server, before))
        settled(server)
    end = scraped(server)
    # Both scrapes are in it, and what the load made lies in between.
    span = round(1000 * (end - begin)) + 1
    tap.ok(windows.seen and not windows.unseen(), f"{len(windows.seen)} windows, one behind the other",
           windows.unseen())
    compared = 0
    for cpu in range(os.cpu_count()):
        for kind in before:
            hists, series = windows.hists(cpu, kind), f'ipitrace_{kind}_seconds{{cpu="{cpu}"}}'
            samples = sum(h["count"] for h in hists)
            if samples < SAMPLES:
                continue
            compared += 1
            grown = count(server, kind)[str(cpu)] - before[kind].get(str(cpu), 0)
            tap.equal(grown, float(samples), f"CPU {cpu} {kind}: both have {grown:.0f}")
            result = server.query(f"histogram_quantile(0.99, rate({series}[{span}ms]))", time=end)
            p99, own = float(result[0]["value"][1]) * 1e9, percentile(hists, 99)
            tap.ok(own / 1.25 <= p99 <= own * 1.25,
                   f"CPU {cpu} {kind}: p99 {p99:.0f} ns, within a slot of ipitrace's {own}")
    tap.ok(compared >= 2, "there was something to compare", compared)


def main():
    binaries, why = prometheus.fetch()
    if why or os.geteuid():
        tap.skip("native histograms", why or "not root")
        tap.done()
    with tempfile.TemporaryDirectory(prefix="ipitest-") as path:
        host = Serve("-f", "ipi_sync_core", interval="0.5")
        server = prometheus.Server(binaries, path, CONFIG.format(port=host.port),
                                   "--enable-feature=native-histograms,exemplar-storage")
        try:
            tap.ok(wait_until(lambda: any(t["health"] == "up" for t in server.targets()), LIMIT),
                   "Prometheus scrapes it", [t["lastError"] for t in server.targets()])
            Run((IPILOAD, "membarrier-sync-core", "-q", "--count", "1"))
            test_p99(server, host)
            tap.equal(server.query('{__name__=~"ipitrace_.*_bucket"}'), [], "no series of buckets")
            names = server.query('count by (__name__) ({__name__=~"ipitrace_(delay|wait|handler)_seconds"})')
            tap.equal({n["metric"]["__name__"]: n["value"][1] for n in names},
                      {f"ipitrace_{kind}_seconds": str(os.cpu_count())
                       for kind in ("delay", "wait", "handler")}, "one series a histogram and CPU")
            found = server.api("query_exemplars", query="ipitrace_delay_seconds",
                               start=time.time() - LIMIT, end=time.time() + 1)
            worst = [e["labels"] for series in found for e in series["exemplars"]]
            tap.ok(worst and all(e["func"] == "ipi_sync_core" and e["dst"].isdigit() for e in worst),
                   "Prometheus keeps exemplars: function and destination", found)
        finally:
            server.end()
        tap.equal(host.end().status, 0, "a good end")
    tap.done()


main()
