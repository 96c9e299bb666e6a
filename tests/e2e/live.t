#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""serve's page and its /api/v1: what they give, to whom, and whom they do not name."""

import base64
import concurrent.futures
import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import CPUS, NEVER, fails, tap  # noqa: E402
from ipitest import IPILOAD, Run, bpf_ids, ipitrace, validate, wait_until  # noqa: E402
from serving import SHORT_STALLS, Serve, total  # noqa: E402

EVIL = "<img onerror=1>"  # as long as a comm may be
POLLERS = 100
DEAF = 200  # more than serve lets in at a time
PATHS = ("/", "/api/v1/snapshot", "/api/v1/stalls", "/api/v1/storms", "/api/v1/live")


def fetch(s, path, method="GET"):
    """(status, headers, body)"""
    client = http.client.HTTPConnection("127.0.0.1", s.port, timeout=30)
    try:
        client.request(method, path)
        reply = client.getresponse()
        return reply.status, dict(reply.getheaders()), reply.read().decode()
    finally:
        client.close()


def lines(s, path):
    """All of them, in as many answers as it takes."""
    found, more, query = [], True, "after=0"
    while more:
        _, headers, text = fetch(s, f"{path}?{query}")
        found += [json.loads(line) for line in text.splitlines()]
        after, _, more = headers.get("Ipitrace-Next", "").partition(" ")
        query = f"after={after}"
    return found


def test_page(s):
    status, headers, text = fetch(s, "/")
    tap.equal((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"), "/: a page")
    rules = dict(rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";"))
    tap.equal((rules["default-src"], rules["connect-src"], rules["frame-ancestors"]),
              ("'none'", "'self'", "'none'"), "the policy lets it ask serve, and load nothing")
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        found = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.S)
        want = ["'sha256-" + base64.b64encode(hashlib.sha256(f.encode()).digest()).decode() + "'" for f in found]
        tap.equal([rules[rule]], want, f"the policy names the {tag}")
    tap.equal(re.findall(r'(?:src|href)="(?!#)[^"]*"|url\(|@import|\son\w+=', text), [], "nothing loads")
    tap.equal((headers["X-Content-Type-Options"], headers["Cache-Control"], headers["Cross-Origin-Resource-Policy"]),
              ("nosniff", "no-store", "same-origin"),
              "no guess at the type, no copy kept")


def test_head(s):
    for path in PATHS:
        get, head = fetch(s, path), fetch(s, path, "HEAD")
        tap.ok(head[0] == get[0] == 200 and not head[2] and head[1].keys() == get[1].keys(),
               f"HEAD {path}: GET's headers, and no body", head, get[1])


def keys_of(value):
    """The keys of each depth, without those that depend on data."""
    if isinstance(value, dict):
        return {key: keys_of(v) for key, v in value.items() if key not in ("buckets", "lost_by")}
    return keys_of(value[0]) if isinstance(value, list) and value else None


def test_snapshot(s):
    status, headers, text = fetch(s, "/api/v1/snapshot")
    tap.equal((status, headers["Content-Type"]), (200, "application/json"), "/api/v1/snapshot: JSON")
    snap = json.loads(text)
    tap.equal(validate(snap), [], "/api/v1/snapshot: valid by the schema")
    own = ipitrace("-j", "-d", "0.2", "-f", "ipi_sync_core").snapshots()[0]
    tap.equal(snap.keys(), own.keys(), "/api/v1/snapshot: the keys of summary -j")
    tap.equal(keys_of(snap["storm"]).keys(), keys_of(own["storm"]).keys(), "... and those of its verdict")
    tap.equal(keys_of(snap["cpus"]), keys_of(own["cpus"]), "... and those of its CPUs")
    tap.ok(snap["ledger"]["closed"], "its ledger closes", snap["ledger"])


def counted(windows, func):
    """csds of that function in windows of /api/v1/live."""
    return sum(row[1] for w in windows for row in w["bin"]["funcs"] if w["names"][row[0]][0] == func)


def test_windows(s):
    """Each window once, without a gap; as many csds as the metrics have."""
    found, after = [], ""
    Run((IPILOAD, "membarrier-sync-core", "-q", "--count", "500"))
    s.settle()
    want = total(s.scrape(), "ipitrace_calls_total", func="ipi_sync_core")
    for _ in range(5):
        more = True
        while more:
            _, headers, text = fetch(s, "/api/v1/live" + (after and "?after=" + after))
            found += [w for w in map(json.loads, text.splitlines()) if w["type"] == "window"]
            after, _, more = headers["Ipitrace-Next"].partition(" ")
        time.sleep(0.25)
    gaps = [(a["window"]["mono_end"], b["window"]["mono_start"]) for a, b in zip(found, found[1:])
            if a["window"]["mono_end"] != b["window"]["mono_start"]]
    tap.ok(len(found) > 4 and not gaps, "/api/v1/live: each window once", len(found), *gaps[:3])
    got = counted(found, "ipi_sync_core")
    tap.ok(got >= want > 0, "the windows have the csds that the metrics have", got, want)
    again = [w for w in lines(s, "/api/v1/live") if w["type"] == "window"]
    tap.ok(again[:len(found)] == found, "another client gets the same", len(again), len(found))


def texts(s):
    return {path: fetch(s, path)[2] for path in PATHS + ("/metrics",)}


def test_names(s, detailed):
    """A comm is there with --details; without, nowhere."""
    with tempfile.TemporaryDirectory() as directory:
        evil = os.path.join(directory, EVIL)
        os.symlink(os.path.abspath(IPILOAD), evil)
        # A storm that somebody else's load began first is named by that one: again.
        for _ in range(5):
            load = subprocess.Popen([evil, "membarrier-sync-core", "-q", "--duration", "20"],
                                    stdout=subprocess.DEVNULL)
            have = wait_until(lambda: all(EVIL in fetch(detailed, path)[2] for path in (
                "/api/v1/snapshot", "/api/v1/stalls", "/api/v1/storms")) and lines(s, "/api/v1/storms"), 4)
            load.kill()
            load.wait()
            if have:
                break
            detailed.settle(5)
    tap.ok(have and EVIL in texts(detailed)["/api/v1/live"], "--details: windows, stalls and storms name the task",
           *(f"{path} {EVIL in text}" for path, text in texts(detailed).items()))
    named = [path for path, text in texts(s).items() if "onerror=1" in text]
    tap.equal(named, [], "without --details nothing names the task")
    for one in (s, detailed):
        for kind in ("stall", "storm"):
            found = lines(one, f"/api/v1/{kind}s")
            wrong = [error for line in found for error in validate(line)]
            tap.ok(found and not wrong and {line["type"] for line in found} == {kind},
                   f"/api/v1/{kind}s: {len(found)} lines, valid by the schema", *wrong[:3])
    tap.ok(all(line["sender"] is None for line in lines(s, "/api/v1/stalls")) and
           any(line["sender"] for line in lines(detailed, "/api/v1/stalls")), "nor by its number")


def test_pollers(s):
    def one(_):
        try:
            return fetch(s, "/api/v1/live")
        except (OSError, http.client.HTTPException) as e:
            return repr(e), {}, ""

    with concurrent.futures.ThreadPoolExecutor(max_workers=POLLERS) as pool:
        answers = list(pool.map(one, range(POLLERS)))
    good = [text for status, _, text in answers if status == 200]
    tap.ok(len(good) >= POLLERS * 9 // 10, f"{POLLERS} at once are answered", len(good),
           *[a[0] for a in answers if a[0] != 200][:3])
    tap.ok(good and all(text and all(map(json.loads, text.splitlines())) for text in good[:5]), "with lines of JSON")


def descriptors(s):
    return len(os.listdir(f"/proc/{s.proc.pid}/fd"))


def test_deaf(s):
    """They ask, and never read; serve waits for none of them."""
    before = descriptors(s)
    deaf = []
    for _ in range(DEAF):
        c = socket.socket()
        c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        c.connect(("127.0.0.1", s.port))
        c.sendall(b"GET /api/v1/live HTTP/1.1\r\nHost: x\r\n\r\n")
        deaf.append(c)
    tap.equal(fetch(s, "/api/v1/snapshot")[0], 200, f"{DEAF} that do not read: others are answered")
    tap.ok(s.settle(), "... and windows go on")
    tap.ok(wait_until(lambda: descriptors(s) <= before, 60), "who does not read is dropped", before,
           descriptors(s))
    for c in deaf:
        c.close()


def test_usage():
    fails(ipitrace("serve", "--details", "--textfile", "/tmp"), 2, "--details without a page", "--details")
    s = Serve("-f", NEVER, "-i", "30")
    tap.equal(fetch(s, "/api/v1/snapshot")[0], 503, "before the first window there is no snapshot")
    tap.equal(fetch(s, "/api/v2")[0], 404, "no other path")
    programs = len(bpf_ids(s.proc.pid)["prog"])
    s.end(signal.SIGTERM)
    fails(ipitrace("serve", "--details", "--no-page"), 2, "--details beside --no-page", "--details", "--no-page")
    s = Serve("-f", NEVER, "-i", "30", "--no-page")
    tap.equal([fetch(s, path)[0] for path in ("/metrics", "/", "/api/v1/stalls", "/api/v1/live")], [200, 404, 404, 404],
              "--no-page: metrics alone")
    tap.ok(len(bpf_ids(s.proc.pid)["prog"]) < programs, "--no-page: fewer programs", programs)
    s.end(signal.SIGTERM)


def main():
    if len(CPUS) < 2:
        tap.skip_all("one CPU")
    # A function that few others call now.
    own = ("-f", "ipi_sync_core", "-t", "20us", "--storm-rate", "10")
    s = Serve(*own, interval="0.3")
    detailed = Serve(*own, "--details", interval="0.3")
    s.settle()
    test_page(s)
    test_head(s)
    test_snapshot(s)
    test_names(s, detailed)
    test_windows(s)
    test_pollers(s)
    test_deaf(s)
    for one in (s, detailed):
        one.end(signal.SIGTERM)
        tap.ok((one.status, one.out) == (0, "") and SHORT_STALLS.fullmatch(one.err), "a good end", one.status,
               one.err)
    test_usage()
    tap.done()


main()
