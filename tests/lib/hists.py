# SPDX-License-Identifier: GPL-2.0
"""Histograms of ipitrace's JSON, several together."""


def percentile(hists, percent):
    """Of several H together, by nearest rank."""
    counts = {}
    for h in hists:
        for bucket in h["buckets"]:
            counts[bucket["le"]] = counts.get(bucket["le"], 0) + bucket["count"]
    rank, seen = max(1, -(-sum(counts.values()) * percent // 100)), 0
    for le, n in sorted(counts.items()):
        seen += n
        if seen >= rank:
            return min(le, max(h["max"] or 0 for h in hists))
    return None
