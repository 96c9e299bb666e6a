#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
How long senders wait: as many waits as calls, each as long as its one target
took, and within the round trips that the load itself has measured.
"""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import flushes  # noqa: E402
from ipitest import IPILOAD, IPITRACE, Run, Tap, validate  # noqa: E402

tap = Tap()


def watched(func, *load):
    run = Run([IPITRACE, "-j", "-d", "60", "-f", func, "--", IPILOAD, *load])
    tap.equal(run.status, 0, f"{load[0]}: it ran")
    load, snap = (json.loads(line) for line in run.out.splitlines())
    tap.equal(validate(snap), [], f"{load['load']}: the snapshot fits the schema")
    return load, snap


def waits(snap):
    return {c["cpu"]: c["wait"] for c in snap["cpus"] if c["wait"]["count"]}


def test_each_call_is_a_wait():
    # A call of one thread with one receiver has at most one target.
    load, snap = watched("ipi_mb", "membarrier", "-d", "0.5", "--cpus", "0,1")
    l, by_cpu = snap["ledger"], waits(snap)
    got = sum(w["count"] for w in by_cpu.values())
    # What BPF was not allowed to see on this host neither counts nor waits.
    hidden = l["lost"] + l["orphans"] if l["orphans"] is not None else l["lost"]
    tap.ok(l["matched"]["function"] - hidden <= got <= l["queued"],
           f"as many waits ({got}) as csds that ran", l)
    tap.equal(list(by_cpu), [load["senders"][0]["cpu"]], "under the sender alone")
    wait, trip = by_cpu[load["senders"][0]["cpu"]], load["round_trip_ns"]
    tap.ok(wait["sum"] <= trip["sum"], "the waits are a part of the round trips", wait, trip)
    fn = [f for f in snap["functions"] if f["count"]][0]
    parts = fn["delay"]["sum"] + fn["handler"]["sum"]
    # One of which the handler time could not be had is in the one sum alone.
    tap.ok(abs(fn["wait"]["sum"] - parts) <= (hidden + l["exit_unseen"] + 1) * wait["max"],
           "from the queue event to the end: delay and handler", f"{fn['wait']} {parts}")


def test_a_source_is_told():
    features = {f["name"]: f for f in json.loads(Run([IPITRACE, "check", "-j"]).out)["features"]}
    _, snap = watched(flushes.FUNC, flushes.LOAD, "-d", "0.2")
    source = snap["sources"]["wait"]
    tap.ok(source in ("fexit", "csd"), f"sources.wait: {source}")
    tap.ok(features["wait"]["available"] and source in features["wait"]["how"],
           "check says the same", features["wait"])
    got = sum(w["count"] for w in waits(snap).values())
    tap.ok(0 < got <= snap["ledger"]["queued"], f"a TLB load waits too ({got})")


def test_a_dump_that_is_none():
    def refused(status, says, *options):
        run = Run([IPITRACE, "waits", *options])
        tap.ok(run.status == status and says in run.err and run.err.count("\n") == 1 and not run.out,
               f"waits {' '.join(options)}: status {status}", run.status, run.err, run.out)

    for option in ("-d 1", "-t 1ms", "--housekeeping 0", "--ready-file /nonexistent/ready", "-- true"):
        refused(2, "one moment", "--vmcore", os.devnull, *option.split())
    refused(2, "--btf /dev/null needs --vmcore", "--btf", os.devnull)
    refused(3, "--vmcore /dev/null: not a kernel dump", "--vmcore", os.devnull)
    refused(3, "No such file", "--vmcore", "/nonexistent")
    with tempfile.TemporaryDirectory() as directory:
        dump = os.path.join(directory, "dump")
        with open(dump, "wb") as f:
            f.write(b"makedumpfile".ljust(4096, b"\0"))
        refused(3, "a flattened dump: reassemble it first: makedumpfile -R DUMP <FILE", "--vmcore", dump)


test_a_dump_that_is_none()
test_each_call_is_a_wait()
test_a_source_is_told()
tap.done()
