#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""-j: each line is valid by the schema, and its figures agree with each other."""
import copy
import datetime
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import flushes
from ipitest import IPILOAD, IPITRACE, Run, Tap, ipitrace, validate
from mounts import privately

tap = Tap()
rank_faults = []  # known: see main()
PERCENTILES = {"p50": (1, 2), "p90": (9, 10), "p99": (99, 100), "p999": (999, 1000)}
# Never called while the machine lives, so a window without a csd.
NEVER = "panic"
MIX = f"""
{IPILOAD} membarrier -q --count 1500 --rate 2000 &
{IPILOAD} {flushes.LOAD} -q --count 1500 --rate 2000 &
{IPILOAD} wakeup -q --count 1500 --rate 2000 &
wait"""


def scheme():
    """{upper bound: lower bound}. At most 25 % wide from 4 on, 1 below."""
    found = {v: v for v in range(4)}
    lower, width = 4, 1
    while lower < 1 << 41:
        for _ in range(4):
            found[lower + width - 1] = lower
            lower += width
        width *= 2
    return found


LOWER = scheme()


def rank_value(h, num, den):
    """The percentile by nearest rank, from the buckets."""
    rank, seen = max(1, -(-h["count"] * num // den)), 0
    for bucket in h["buckets"]:
        seen += bucket["count"]
        if seen >= rank:
            return min(bucket["le"], h["max"])
    return None


def hist_faults(h, where):
    buckets, faults = h["buckets"], []
    les = [b["le"] for b in buckets]
    if les != sorted(set(les)):
        faults.append("buckets do not ascend")
    if sum(b["count"] for b in buckets) != h["count"]:
        faults.append("buckets do not sum up to count")
    for le in les:
        if le not in LOWER:
            faults.append(f"le {le} is no bound")
        elif le >= 4 and 4 * (le + 1 - LOWER[le]) > LOWER[le]:
            faults.append(f"bucket {LOWER[le]}..{le} is too wide")
    if not h["count"]:
        if buckets or h["sum"] or any(h[p] is not None for p in [*PERCENTILES, "max"]):
            faults.append("empty, and yet has figures")
    elif not faults:
        if not LOWER[les[-1]] <= h["max"] <= les[-1]:
            faults.append("max is not in the last bucket")
        least = sum(LOWER[b["le"]] * b["count"] for b in buckets)
        most = sum(b["le"] * b["count"] for b in buckets)
        if not least <= h["sum"] <= most:
            faults.append("sum does not fit the buckets")
        if not h["p50"] <= h["p90"] <= h["p99"] <= h["p999"] <= h["max"]:
            faults.append("percentiles do not ascend to max")
        for p, q in PERCENTILES.items():
            want = rank_value(h, *q)
            if h[p] == want:
                continue
            if p == "p999" and h["count"] % 1000 == 0:
                rank_faults.append(f"{where}: {p} of {h['count']} is {h[p]}, not {want}")
            else:
                faults.append(f"{p} is {h[p]}, not {want}")
    return [f"{where}: {fault}: {json.dumps(h)}" for fault in faults]


def hists(snap):
    """(where, H) for each histogram of a snapshot."""
    for c in snap["cpus"]:
        yield from ((f"CPU {c['cpu']} {n}", c[n]) for n in ("delay", "handler", "wait") if c[n])
    for f in snap["functions"]:
        yield from ((f"{f['func']} {n}", f[n]) for n in ("delay", "handler") if f[n])


def total(rows, key):
    return sum(row[key] for row in rows)


def samples(rows, key):
    return sum(row[key]["count"] for row in rows if row[key])


def ledger_faults(snap, filtered):
    l, faults = snap["ledger"], []
    matched, lost = sum(l["matched"].values()), sum(v or 0 for v in l["lost_by"].values())
    if l["queued"] + l["carried_in"] != matched + l["in_flight"] + l["lost"] or not l["closed"]:
        faults.append("the ledger does not close")
    if l["lost"] != lost:
        faults.append("lost is not the sum of lost_by")
    if (l["orphans"] is None) != filtered or (l["lost_by"]["queue_unseen"] is None) != filtered:
        faults.append("orphans and queue_unseen are to be null under a filter alone")
    return faults


def sum_faults(snap):
    l, cpus, fns, edges = (snap[k] for k in ("ledger", "cpus", "functions", "edges"))
    seen = l["queued"] - (l["lost_by"]["queue_unseen"] or 0)
    runs = l["matched"]["function"] + l["matched"]["ttwu"]
    sums = {
        "csds queued": [seen, total(cpus, "sent"), total(fns, "count"),
                        total(edges, "count") + snap["edges_other"]],
        "reschedules": [sum(c["reschedules"] or 0 for c in cpus),
                        sum(k["received"] or 0 for k in snap["kinds"] or () if k["kind"] == "reschedule")],
        "csds run": [sum(l["matched"].values()), total(cpus, "received")],
        "local runs": [l["local"], total(cpus, "local"), total(fns, "local")],
        "delays": [runs, samples(cpus, "delay"), samples(fns, "delay")],
        "handler samples": [samples(cpus, "handler"), samples(fns, "handler")],
        "waits": [samples(cpus, "wait"), samples(fns, "wait")],
        "time in waits": [sum(row["wait"]["sum"] for row in rows) for rows in (cpus, fns)],
    }
    faults = [f"{name} differ: {ns}" for name, ns in sums.items() if len(set(ns)) > 1]
    if not snap["edges_other"]:
        for c in cpus:
            n = sum(e["count"] for e in edges if e["src"] == c["cpu"])
            if n != c["sent"]:
                faults.append(f"CPU {c['cpu']} sent {c['sent']}, its edges {n}")
    if snap["kinds"] and l["orphans"] is not None and not any(c["reschedules"] is not None for c in cpus):
        faults.append("no CPU's reschedules are known")
    numbers = [c["cpu"] for c in cpus]
    if numbers != sorted(set(numbers)):
        faults.append(f"CPUs {numbers}")
    pairs = [(e["src"], e["dst"]) for e in edges]
    if len(set(pairs)) != len(pairs) or not {n for p in pairs for n in p} <= set(numbers):
        faults.append(f"edges {pairs}")
    return faults


def window_faults(snap):
    w, faults = snap["window"], []
    ns = w["mono_end"] - w["mono_start"]
    if ns < 0 or abs(w["duration_s"] - ns / 1e9) > 1e-8 * max(1, ns / 1e9):
        faults.append(f"duration_s {w['duration_s']} of {ns} ns")
    datetime.datetime.fromisoformat(w["start"].replace("Z", "+00:00"))
    return faults


def host_faults(snap):
    uname, host = os.uname(), snap["host"]
    with open("/sys/devices/system/cpu/online", encoding="ascii") as f:
        online = [n for part in f.read().strip().split(",")
                  for n in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1)]
    want = {"nodename": uname.nodename, "kernel": uname.release, "arch": uname.machine,
            "online": online}
    return [f"host {key}: {host[key]}, not {want[key]}" for key in want if host[key] != want[key]]


def chain_faults(snaps):
    faults, was = [], None
    for snap in snaps:
        carried = snap["ledger"]["carried_in"]
        if carried != (was["ledger"]["in_flight"] if was else 0):
            faults.append(f"carried_in {carried} is not the last in_flight")
        if was and snap["window"]["mono_start"] != was["window"]["mono_end"]:
            faults.append("a gap between two windows")
        was = snap
    return faults


def run_faults(snaps, filtered):
    """What holds for the sum of the windows, though not in each one."""
    faults = []
    runs = sum(s["ledger"]["matched"]["function"] + s["ledger"]["matched"]["ttwu"] for s in snaps)
    handlers = sum(samples(s["cpus"], "handler") for s in snaps)
    if handlers > runs:
        faults.append(f"{handlers} handlers of {runs} runs")
    for cpu in [c["cpu"] for c in snaps[0]["cpus"]]:
        to = sum(e["count"] for s in snaps for e in s["edges"] if e["dst"] == cpu)
        got = sum(c["received"] for s in snaps for c in s["cpus"] if c["cpu"] == cpu)
        if got > to + sum(s["edges_other"] for s in snaps):
            faults.append(f"CPU {cpu} received {got} of {to}")
    if not filtered:
        # An IPI is sent by the first of the csds that share it.
        sent = sum(k["sent"] for s in snaps for k in s["kinds"] if k["kind"] == "call_function")
        queued = sum(s["ledger"]["queued"] for s in snaps)
        if sent > queued + len(snaps[0]["cpus"]):
            faults.append(f"{sent} call function IPIs for {queued} csds")
    return faults


def lines_of(run, name):
    """The objects of ipitrace, each on a line of its own."""
    tap.ok(run.status == 0 and not run.err, f"{name}: done, and nothing on stderr",
           f"status {run.status}", run.err)
    try:
        found = run.objects()
    except ValueError as error:
        tap.ok(False, f"{name}: a JSON object a line", error, run.out)
        return []
    tap.ok(found and run.out.endswith("\n"), f"{name}: a JSON object a line", run.out)
    return found


def snapshots_of(run, name, filtered=False, by_func=False):
    snaps = lines_of(run, name)
    if not snaps:
        return []
    tap.ok({s["type"] for s in snaps} == {"snapshot"}, f"{name}: snapshots")
    checks = {
        "valid by the schema": validate,
        "the ledger": lambda s: ledger_faults(s, filtered),
        "sums": sum_faults,
        "histograms": lambda s: [fault for where, h in hists(s) for fault in hist_faults(h, where)],
        "the window": window_faults,
        "the host": host_faults,
        "kinds are null under -f alone":
            lambda s: [] if (s["kinds"] is None) == by_func else [s["kinds"]],
    }
    for what, faults_of in checks.items():
        faults = [fault for s in snaps for fault in faults_of(s)]
        tap.ok(not faults, f"{name}: {what}", *faults[:10])
    for what, faults in (("windows chain", chain_faults(snaps)),
                         ("over all windows", run_faults(snaps, filtered))):
        tap.ok(not faults, f"{name}: {what}", *faults[:10])
    return snaps


def queued(snaps):
    return sum(s["ledger"]["queued"] for s in snaps)


def test_snapshots():
    run = ipitrace("-j", "-i", "1000", "--", "sh", "-c", MIX)
    snaps = snapshots_of(run, "summary, a load of three kinds")
    tap.equal(len(snaps), 1, "one window until PROGRAM ends")
    tap.ok(queued(snaps) > 0, "csds were seen")
    reader_jq(run)
    first_page(snaps[0])
    schema_refuses(snaps[0])

    snaps = snapshots_of(ipitrace("-j", "-i", "0.1", "--", "sh", "-c", MIX),
                         "summary, windows until PROGRAM ends")
    tap.ok(len(snaps) > 1, "more than one window", len(snaps))
    snaps = snapshots_of(ipitrace("hist", "-j", "-i", "0.3", "--", "sh", "-c", MIX),
                         "hist, windows until PROGRAM ends")
    tap.ok(queued(snaps) > 0 and all("storm" not in s for s in snaps),
           "hist has the same objects, without a verdict")
    # At no rate: so that a cut may fall between a queue event and its entry.
    snaps = snapshots_of(ipitrace("-j", "-i", "0.01", "--", IPILOAD, flushes.LOAD, "-q",
                                  "--duration", "2"), "many short windows under a full load")
    tap.note(f"{len(snaps)} windows, {sum(s['ledger']['in_flight'] > 0 for s in snaps)} "
             "with csds in flight at their end")


def test_kinds():
    snaps = snapshots_of(ipitrace("-j", "--kinds", "-i", "0.3", "--", "sh", "-c", MIX), "--kinds")
    faults = []
    for snap in snaps:
        for kind in snap["kinds"]:
            if kind["sent"] is None or kind["received"] is None:
                faults += [] if kind.get("why") else [f"no why: {kind}"]
            for key in ("delay", "interrupt"):
                faults += hist_faults(kind[key], key) if kind.get(key) else []
    tap.ok(snaps and not faults, "--kinds: what is not told says why; histograms", *faults[:10])
    arrived = sum(k["interrupt"]["count"] for s in snaps for k in s["kinds"]
                  if k["kind"] == "call_function")
    tap.ok(arrived > 0, f"--kinds: {arrived} call function interrupts were timed")
    snaps = snapshots_of(ipitrace("-j", "-i", "0.3", "--", "sh", "-c", MIX), "without --kinds")
    tap.ok(not any("interrupt" in k for s in snaps for k in s["kinds"]) and
           not any("wakes" in s for s in snaps), "nothing of it without --kinds")
    load = ("--", IPILOAD, flushes.LOAD, "-q", "--count", "1000", "--rate", "2000")
    for words in (("-f", "flush_tlb*"), ("-c", "0")):
        snapshots_of(ipitrace("-j", "-i", "0.2", "--kinds", *words, *load),
                     f"--kinds {words[0]}", True, words[0] == "-f")


def test_filters():
    load = ("--", IPILOAD, flushes.LOAD, "-q", "--count", "1000", "--rate", "2000")
    snapshots_of(ipitrace("-j", "-i", "0.2", "-f", "flush_tlb*", *load), "-f", True, True)
    snapshots_of(ipitrace("-j", "-i", "0.2", "-c", "0", *load), "-c", True)
    snapshots_of(ipitrace("-j", "-i", "0.2", "-c", "0", "-f", "flush_tlb*", *load), "-c and -f",
                 True, True)
    name = "a window without a csd"
    snaps = snapshots_of(ipitrace("-j", "-d", "0.2", "-f", NEVER), name, True, True)
    tap.ok(snaps and not queued(snaps) and not snaps[0]["functions"] and not snaps[0]["edges"]
           and all(c["delay"]["p50"] is None for c in snaps[0]["cpus"]), f"{name}: null, not 0")


def test_no_names():
    name = "kallsyms hidden"
    run = Run(privately("mount --bind /dev/null /proc/kallsyms && exec "
                        f"{IPITRACE} -j -d 1 -- {IPILOAD} membarrier -q --count 500 --rate 2000"))
    snaps = snapshots_of(run, name)
    rows = [f for s in snaps for f in s["functions"]]
    tap.ok(rows and all(f["func"].startswith("0x") and f["module"] is None for f in rows),
           f"{name}: functions are addresses, as strings", rows)
    tap.ok(all(f["callsite"] is None or f["callsite"].startswith("0x") for f in rows),
           f"{name}: so are call sites", rows)


def test_check():
    objects = lines_of(ipitrace("check", "-j"), "check")
    tap.equal([o["type"] for o in objects], ["check"], "check: one object")
    for o in objects:
        tap.equal(validate(o), [], "check: valid by the schema")
        names = [f["name"] for f in o["features"]]
        tap.ok(len(set(names)) == len(names), "check: each feature once", names)
        tap.ok(all(f["available"] and f["how"] for f in o["features"] if f["needed"]),
               "check: all that the main job needs is there, and how", o)
        tap.ok({"btf", "queue", "run", "kinds", "members", "windows", "source", "main job"} ==
               {f["name"] for f in o["features"] if f["needed"]}, "check: what the main job needs", o)
        tap.ok({"tlb", "isolation", "timeout", "debug"} <= set(names), "check: what newer kernels change", names)
    run = Run(privately(f"mount -t tmpfs none /sys/kernel/btf && exec {IPITRACE} check -j"))
    objects = run.objects()
    tap.equal([o["type"] for o in objects], ["check"], "check without BTF: one object")
    for o in objects:
        tap.equal(validate(o), [], "check without BTF: valid by the schema")
        btf = next((f for f in o["features"] if f["name"] == "btf"), None)
        tap.ok(btf and not btf["available"] and "btf" in btf["why"], "check without BTF: says so", o)


def reader_jq(run):
    """jq reads it, and with it anyone recomputes the ledger."""
    program = ('select(.schema == "ipitrace/1") | .ledger | '
               ".queued + .carried_in == (.matched | add) + .in_flight + .lost")
    done = subprocess.run(["jq", "-e", program], input=run.out, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)
    tap.ok(done.returncode == 0 and done.stdout == "true\n", "jq -e reads it", done.stdout)


def first_page(snap):
    """COST and the verdict, as the page has them, beside what they are made of."""
    window, cost, storm = snap["window"], snap["cost"], snap["storm"]
    all_ns = (window["mono_end"] - window["mono_start"]) * len(snap["host"]["online"])
    sums = [sum(c[key]["sum"] for c in snap["cpus"]) / all_ns for key in ("handler", "wait")]
    tap.ok(all(abs(a - b) < 1e-9 for a, b in zip(sums, (cost["handler_share"], cost["wait_share"]))) and
           abs(sum(sums) - cost["share"]) < 1e-9 and cost["share"] > 0, "cost: shares of the CPUs' time", cost, sums)
    near = storm["nearest"]
    tap.ok((storm["verdict"] == "storm") == (storm["storms"] > 0) and
           storm["verdict"] in ("storm", "none", "undecided") and near["limit_per_s"] > 0 and
           0 < near["cost_share"] and
           near["func"] in {f["func"] for f in snap["functions"]} | {None} and
           (near["func"] is None) != (near["kind"] is None),
           "storm: a verdict, and what is nearest", storm)


def schema_refuses(snap):
    """A schema that lets everything through would be of no use."""
    def broken(change):
        o = copy.deepcopy(snap)
        change(o)
        return validate(o)

    h = {"count": 1, "sum": 7, "max": 7, "p50": 7, "p90": 7, "p99": 7, "p999": 7,
         "buckets": [{"le": 7, "count": 1}]}
    refused = {
        "another schema": lambda o: o.update(schema="ipitrace/2"),
        "an unknown type": lambda o: o.update(type="snapshots"),
        "no ledger": lambda o: o.pop("ledger"),
        "a count below 0": lambda o: o["ledger"].update(queued=-1),
        "a count that is text": lambda o: o["ledger"].update(queued="1"),
        "a broken count": lambda o: o["cpus"][0].update(sent=0.5),
        "a date without its zone": lambda o: o["window"].update(start="2026-01-01T00:00:00"),
        "an address that is a number": lambda o: o["functions"].append(
            {**o["functions"][0], "func": 1}),
        "an empty histogram with 0 for null":
            lambda o: o["cpus"][0].update(delay={**h, "count": 0, "sum": 0, "buckets": []}),
        "a histogram that has samples and no maximum":
            lambda o: o["cpus"][0].update(delay={**h, "max": None}),
        "a bucket without a sample":
            lambda o: o["cpus"][0].update(delay={**h, "buckets": [{"le": 7, "count": 0}]}),
    }
    for what, change in refused.items():
        tap.ok(broken(change), f"the schema refuses {what}")
    taken = {
        "a further name": lambda o: o.update(more=1),
        "a further name in the ledger": lambda o: o["ledger"].update(more=1),
        "a histogram": lambda o: o["cpus"][0].update(delay=h),
        "a window without a host": lambda o: o.update(host=None),
    }
    for what, change in taken.items():
        tap.equal(broken(change), [], f"the schema takes {what}")


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    test_snapshots()
    test_kinds()
    test_filters()
    test_no_names()
    test_check()
    if rank_faults:
        tap.ok(False, "p999 of a multiple of 1000 samples", "99.9 / 100 is above 0.999 in "
                  f"binary, so its rank is one too many ({len(rank_faults)} seen)")
    tap.done()


if __name__ == "__main__":
    main()
