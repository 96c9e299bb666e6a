# SPDX-License-Identifier: GPL-2.0
"""A real Prometheus on loopback, and the expressions of dashboards/."""

import json
import os
import re
import socket
import subprocess
import urllib.parse
import urllib.request

from mounts import privately

HERE = os.path.dirname(os.path.abspath(__file__))
DASHBOARDS = os.path.join(HERE, "..", "..", "dashboards")
RULES = os.path.join(DASHBOARDS, "ipitrace.rules.yml")
# The values of Grafana's variables; the rate interval is at least four scrapes.
VARIABLES = {"$__rate_interval": "15s", "$instance": ".+"}
# A query's limit, s. The tests are niced: beside a VM a query of 10 s has taken more than 30.
LIMIT = 600
# Shorter ranges and waits of the rules, so that a test takes seconds; and a threshold for storms that
# a busy machine can reach.
RANGE, TEST_RANGE, TEST_FOR = "[2m]", "[20s]", "for: 2s"
STORM, TEST_STORM = "> 10000", "> 500"
DAY, TEST_DAY = "offset 1d", "offset 5s"


def fetch():
    """(the directory of the binaries, or why there is none)"""
    run = subprocess.run([os.path.join(HERE, "prometheus")], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, check=False)
    return run.stdout.strip(), run.stderr.strip() if run.returncode else None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A Prometheus at a free port, with @config in @path; @wrapper: a command that runs it."""

    def __init__(self, binaries, path, config, *args, port=None, wrapper=()):
        self.port = port or free_port()
        self.path = path
        self.config = os.path.join(path, "prometheus.yml")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(config)
        self.log = os.path.join(path, "log")
        with open(self.log, "wb") as log:
            self.proc = subprocess.Popen(
                [*wrapper, os.path.join(binaries, "prometheus"), f"--config.file={self.config}",
                 f"--storage.tsdb.path={path}/data", f"--web.listen-address=127.0.0.1:{self.port}",
                 f"--query.timeout={LIMIT}s", *args],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def api(self, what, **query):
        url = f"http://127.0.0.1:{self.port}/api/v1/{what}?{urllib.parse.urlencode(query, True)}"
        with urllib.request.urlopen(url, timeout=LIMIT) as reply:
            return json.load(reply)["data"]

    def query(self, expr, **when):
        return self.api("query", query=expr, **when)["result"]

    def targets(self):
        try:
            return self.api("targets", state="active")["activeTargets"]
        except OSError:  # it begins
            return []

    def end(self):
        self.proc.terminate()
        try:
            self.proc.wait(120)
        except subprocess.TimeoutExpired:  # a busy machine; nobody reads its data again
            self.proc.kill()
            self.proc.wait()


class Prometheus(Server):
    """
    With dashboards/prometheus.yml and the rules, but for the intervals, the
    ports, and one more job. Its hosts' names are loopback addresses, in a mount
    namespace.
    """

    def __init__(self, binaries, path, hosts, more):
        with open(os.path.join(DASHBOARDS, "prometheus.yml"), encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r"(scrape_interval|evaluation_interval|scrape_timeout): \d+s", r"\1: 1s", text)
        with open(RULES, encoding="utf-8") as f:
            rules_text = re.sub(r"for: \d+m", TEST_FOR, f.read().replace("interval: 1m", "interval: 1s").replace(RANGE, TEST_RANGE)
                                .replace(STORM, TEST_STORM).replace(DAY, TEST_DAY))
        with open(os.path.join(path, os.path.basename(RULES)), "w", encoding="utf-8") as f:
            f.write(rules_text)
        for name, (_, port) in hosts.items():
            text = text.replace(f"{name}:9464", f"{name}:{port}")
        with open(os.path.join(path, "hosts"), "w", encoding="ascii") as f:
            f.write("".join(f"{address} {name}\n" for name, (address, _) in hosts.items()))
        script = 'mount --bind "$0" /etc/hosts && exec "$@"'
        super().__init__(binaries, path, text + more,
                         wrapper=privately(script, os.path.join(path, "hosts")))


def fill(expr):
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    return expr


def dashboard_expressions(name="ipitrace.json"):
    """(where, expression) of each panel and variable of a dashboard."""
    with open(os.path.join(DASHBOARDS, name), encoding="utf-8") as f:
        dashboard = json.load(f)
    row, found = "", []
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            row = panel["title"]
        for target in panel.get("targets", ()):
            found.append((f"{row}: {panel['title']}", target["expr"]))
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            m = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"])
            found.append((f"variable {variable['name']}", f"count by ({m[2]}) ({m[1]})"))
    return found


def rules(api):
    """The server's rules: (kind, name, expression)."""
    return [(rule["type"], rule["name"], rule["query"]) for group in api("rules")["groups"]
            for rule in group["rules"]]


def level(alert):
    """An alert's expression without the threshold at its end."""
    m = re.fullmatch(r"(.*\S) *[<>] *[\d.]+", alert, re.S)
    return m and m[1]
