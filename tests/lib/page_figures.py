# SPDX-License-Identifier: GPL-2.0
"""What the page of `report --html` must show of a capture's windows, computed from their JSON."""

from hists import percentile


def ns(value):
    """A duration as the page shows it: three digits and a unit."""
    if value < 1000:
        return f"{round(value)}ns"
    size, unit = [(s, u) for s, u in ((1e3, "us"), (1e6, "ms"), (1e9, "s")) if value >= s * 0.9995][-1]
    value /= size
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f}{unit}"


def function_cells(windows, func):
    """The times of a function's row: in functions, senders waited, and percentiles of delay and handler."""
    rows = [f for w in windows for f in w["functions"] if f["func"] == func]
    return [ns(sum(f["handler"]["sum"] for f in rows)), ns(sum(f["wait"]["sum"] for f in rows)),
            *(ns(percentile([f["delay"] for f in rows], p)) for p in (50, 99, 100)),
            *(ns(percentile([f["handler"] for f in rows], p)) for p in (50, 99, 100))]


def cpu_cells(windows, cpu):
    """The times of a CPU's row, as far as the handler's median."""
    rows = [c for w in windows for c in w["cpus"] if c["cpu"] == cpu]
    return [ns(sum(c["handler"]["sum"] for c in rows)),
            *(ns(percentile([c["delay"] for c in rows], p)) for p in (50, 99, 100)),
            ns(percentile([c["handler"] for c in rows], 50))]
