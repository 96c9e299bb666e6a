# SPDX-License-Identifier: GPL-2.0
"""Raw figures of the rounds to ratios, medians, verdicts and tables. Pure: no machine in here."""

import statistics
import struct
import textwrap

WIDTH = 100
BLANK = "-"
PERF_RECORD_LOST = 2
PERF_RECORD_SAMPLE = 9


def ratio(a, b):
    """a / b, None when either is not there."""
    return a / b if a is not None and b else None


def difference(a, b):
    """a - b, None when either is not there."""
    return a - b if a is not None and b is not None else None


def spread(values):
    """{median, min, max, n} of those that are there; None when none is."""
    values = [v for v in values if v is not None]
    if not values:
        return None
    return {"median": statistics.median(values), "min": min(values), "max": max(values),
            "n": len(values)}


def round_trip(raw):
    """The p50 in ns, where enough of the calls made an IPI for it to be that of an IPI."""
    off = raw.get("off") if raw else None
    return off["p50_ns"] if off and not off["few"] and not off["stats_on"] else None


def bpf_ns(raw):
    """BPF run time an IPI, all programs of the contestant together."""
    on = raw.get("on") if raw else None
    return ratio(on["bpf_ns"], on["ipis"]) if on else None


def loss(raw):
    """Events lost or unseen for a million IPIs; None: unknown."""
    lost = raw["loss"].get("lost")
    return None if lost is None else 1e6 * lost / max(raw["ipis"], 1)


def perf_lost(data):
    """(events lost, samples kept) in a perf.data file; perf report counts records instead."""
    begin, size = struct.unpack_from("=QQ", data, 40)
    lost = samples = 0
    at, end = begin, min(begin + size, len(data))
    while at + 8 <= end:
        kind, _, length = struct.unpack_from("=IHH", data, at)
        if length < 8:
            break
        if kind == PERF_RECORD_LOST:
            lost += struct.unpack_from("=Q", data, at + 16)[0]
        samples += kind == PERF_RECORD_SAMPLE
        at += length
    return lost, samples


def figures(rounds, name):
    """The spreads of one contestant's figures over @rounds: [{contestant: raw}]."""
    mine = [r for r in rounds if name in r]

    def beside(figure, other, compare=ratio):
        return spread(compare(figure(r[name]), figure(r.get(other))) for r in mine)

    def off(key, factor=1.0):
        return spread(factor * r[name]["off"][key] for r in mine
                      if r[name]["off"].get(key) is not None)

    def life(key, factor=1.0):
        return spread(factor * r[name][key] for r in mine if r[name].get(key) is not None)

    return {
        "bpf_x_limit": beside(bpf_ns, "limit"), "bpf_x_floor": beside(bpf_ns, "floor"),
        "bpf_x_minimal": beside(bpf_ns, "minimal"), "bpf_x_same_job": beside(bpf_ns, "same-job"),
        "bpf_ns_per_ipi": spread(bpf_ns(r[name]) for r in mine),
        "bpf_ns_more": beside(bpf_ns, "ipitrace", difference),
        "programs_ns": programs(r[name] for r in mine),
        "round_trip_us": spread(ratio(round_trip(r[name]), 1000) for r in mine),
        "round_trip_us_limit": spread(ratio(round_trip(r.get("limit")), 1000) for r in mine),
        "round_trip_x_limit": beside(round_trip, "limit"),
        "round_trip_x_nothing": beside(round_trip, "nothing"),
        "cpu_percent": off("cpu", 100), "user_percent": off("user", 100),
        "system_percent": off("system", 100),
        "rss_mb": life("rss_kb", 1 / 1024), "ready_ms": life("ready_s", 1000),
        "lost_per_million": spread(loss(r[name]) for r in mine if r[name]["loss"]),
        "few": sum(r[name]["off"]["few"] for r in mine),
    }


def programs(raws):
    """{program: spread of its ns a run}, in the order attached."""
    runs = {}
    for raw in raws:
        for p in (raw.get("on") or {}).get("programs", ()):
            runs.setdefault(p["name"], []).append(ratio(p["ns"], p["runs"]))
    return {name: spread(values) for name, values in runs.items()}


def verdicts(table, rates):
    """The targets: [{what, limit, unit, value, met}]; met is None without a measurement."""
    def median(key, name="ipitrace"):
        mine = table.get(name, {})
        return mine[key]["median"] if mine.get(key) else None

    found = [("BPF ns an IPI", 1.40, "x limit", median("bpf_x_limit")),
             ("BPF ns an IPI, stalls", 1.6, "x limit", median("bpf_x_limit", "stalls")),
             ("collecting after exec", 50, "ms", median("ready_ms")),
             ("peak RSS", 16, "MB", median("rss_mb"))]
    found += [(f"user CPU at {name} IPIs/s", 0.2, "%", r["user_percent"])
              for name, r in rates.items()]
    return [{"what": what, "limit": limit, "unit": unit, "value": value,
             "met": None if value is None else value <= limit}
            for what, limit, unit, value in found]


def number(value):
    """At most three significant digits; from a million on in millions."""
    size = abs(value)
    if size >= 1e6:
        return f"{number(value / 1e6)}M"
    if size >= 100 or size == 0:
        return f"{value:.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def cell(figure, width=True):
    """median (min..max), or only the median"""
    if not figure:
        return BLANK
    text = number(figure["median"])
    if width and figure["min"] < figure["max"]:
        text += f" ({number(figure['min'])}..{number(figure['max'])})"
    return text


def columns(head, rows):
    """Left-aligned columns, two blanks apart, under a ruled head."""
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
    lines = ["  ".join(t.ljust(w) for t, w in zip(row, widths)).rstrip() for row in [head] + rows]
    return [lines[0], "-" * max(map(len, lines))] + lines[1:]


def wrapped(lead, text):
    return textwrap.wrap(f"{lead}{text}", WIDTH, subsequent_indent=" " * len(lead))


def figure_table(table, present, title, heads):
    """@heads: {key: head}. A row for each contestant that has the figure @present."""
    rows = [[name] + [cell(f[key], key != "round_trip_us_limit") for key in heads]
            for name, f in table.items() if f[present]]
    return columns([title, *heads.values()], rows) if rows else []


def ratio_table(table):
    return figure_table(table, "bpf_ns_per_ipi", "BPF run time",
                        {"bpf_x_limit": "x limit", "bpf_x_floor": "x floor",
                         "bpf_x_minimal": "x minimal", "bpf_x_same_job": "x same-job"})


def time_table(table):
    return figure_table(table, "bpf_ns_per_ipi", "BPF run time",
                        {"bpf_ns_per_ipi": "ns an IPI", "bpf_ns_more": "more than ipitrace, ns"})


def round_trip_table(table):
    return figure_table(table, "round_trip_us", "round trip",
                        {"round_trip_us": "p50 us", "round_trip_us_limit": "limit's p50 us",
                         "round_trip_x_limit": "x limit", "round_trip_x_nothing": "x nothing"})


def cost_table(table):
    rows = []
    for name, f in table.items():
        if f["rss_mb"]:
            rows.append([name, cell(f["cpu_percent"]), cell(f["user_percent"], False),
                         cell(f["system_percent"], False), cell(f["rss_mb"], False),
                         cell(f["ready_ms"]), cell(f["lost_per_million"])])
    return columns(["", "CPU %", "user %", "system %", "peak RSS MB", "ready ms",
                    "lost of 1M IPIs"], rows) if rows else []


def program_lines(table):
    lines = []
    for name, f in table.items():
        if f["programs_ns"]:
            each = ", ".join(f"{p} {cell(s, False)}" for p, s in f["programs_ns"].items())
            lines += wrapped(f"{name}: ", each)
    return ["ns a run of each program:"] + lines if lines else []


def noise_lines(table):
    lines = []
    if "nothing again" in table:
        noise = table["nothing again"]["round_trip_x_nothing"]
        lines += wrapped("Noise: ", "nothing, measured twice in a round, is "
                         f"{cell(noise)} x itself; its round trip is "
                         f"{cell(table['nothing']['round_trip_us'])} us here.")
    few = {name: f["few"] for name, f in table.items() if f["few"]}
    if few:
        lines += wrapped("Too few IPIs: ", "other work kept the receiver off its CPU, so no round "
                         "trip of " + ", ".join(f"{k} in {n}" for k, n in few.items()) + " rounds.")
    return lines


def rate_lines(rates):
    lines = []
    for name, r in rates.items():
        lines += wrapped(f"CPU at {name} IPIs/s: ", f"user {number(r['user_percent'])} %, all "
                         f"{number(r['cpu_percent'])} %; {number(r['first_ms'])} ms in the first "
                         f"windows; {r['interrupts_per_s']:.0f} IPIs/s with others'")
    return ["ipitrace with a 1 s interval:"] + lines if lines else []


def verdict_lines(found):
    lines = []
    for v in found:
        value = "not measured" if v["met"] is None else \
            f"{number(v['value'])} {'yes' if v['met'] else 'NO'}"
        limit = f"{v['limit']:.2f}" if v["unit"].startswith("x") else f"{v['limit']:g}"
        lines.append(f"ipitrace <= {limit} {v['unit']}: {value} ({v['what']})")
    return lines


def report(table, rates, found, notes):
    """The report: blocks of lines of at most WIDTH, separated by blank lines."""
    blocks = [ratio_table(table), time_table(table), round_trip_table(table), cost_table(table),
              program_lines(table), rate_lines(rates),
              noise_lines(table) + [line for n in notes for line in wrapped("Note: ", n)],
              verdict_lines(found)]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)
