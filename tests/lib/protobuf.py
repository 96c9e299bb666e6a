# SPDX-License-Identifier: GPL-2.0
"""Prometheus' protobuf exposition, decoded without any of ipitrace's or nanopb's code."""

import math
import struct

TYPES = {0: "counter", 1: "gauge", 4: "histogram"}


def varint(data, at):
    n = shift = 0
    while True:
        byte = data[at]
        at += 1
        n |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return n, at


def fields(data):
    """{field: [value...]}: integers, doubles, and bytes of strings and messages."""
    found, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 1:
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        elif tag & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
            if len(value) != length:
                raise ValueError("cut short")
        else:
            raise ValueError(f"wire type {tag & 7}")
        found.setdefault(tag >> 3, []).append(value)
    return found


def signed(n):
    return n >> 1 ^ -(n & 1)


def labels_of(pairs):
    pairs = [fields(p) for p in pairs]
    return tuple(sorted((p[1][0].decode(), p[2][0].decode()) for p in pairs))


class Native:
    """A native histogram: {index: count}, and what is beside them."""

    def __init__(self, h):
        self.count, self.sum = h[1][0], h[2][0]
        self.schema, self.zero = signed(h[5][0]), h[7][0]
        self.classic, self.exemplars = {}, []
        for bucket in map(fields, h[3]):
            self.classic[bucket[2][0]] = bucket[1][0]
            for e in map(fields, bucket.get(3, ())):
                self.exemplars.append((dict(labels_of(e.get(1, ()))), e[2][0]))
        self.buckets, at, n = {}, 0, 0
        deltas = iter(h.get(13, ()))
        for span in map(fields, h.get(12, ())):
            at += signed(span[1][0])
            for _ in range(span[2][0]):
                n += signed(next(deltas))
                self.buckets[at] = n
                at += 1
        if next(deltas, None) is not None:
            raise ValueError("more deltas than spans")

    def quantile_bounds(self, q):
        """The bounds of the bucket that holds quantile @q, in seconds."""
        rank, seen = max(1, math.ceil(q * self.count)), self.zero
        for index in sorted(self.buckets):
            seen += self.buckets[index]
            if seen >= rank:
                return 2 ** ((index - 1) / 2 ** self.schema), 2 ** (index / 2 ** self.schema)
        return 0, 0


def parse(data):
    """({(name, labels): number or Native}, {name: type})"""
    samples, types, at = {}, {}, 0
    while at < len(data):
        length, at = varint(data, at)
        family, at = fields(data[at:at + length]), at + length
        name, kind = family[1][0].decode(), TYPES[family.get(3, [0])[0]]
        types[name] = kind
        for metric in map(fields, family.get(4, ())):
            key = (name, labels_of(metric.get(1, ())))
            if key in samples:
                raise ValueError(f"twice: {key}")
            if kind == "histogram":
                samples[key] = Native(fields(metric[7][0]))
            else:
                samples[key] = fields(metric[3 if kind == "counter" else 2][0])[1][0]
    return samples, types
