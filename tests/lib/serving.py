# SPDX-License-Identifier: GPL-2.0
"""Shared by the tests of ipitrace serve: an instance, its scrapes, their parsers."""

import http.client
import math
import re
import socket

from ipitest import HUNG_S, Background, wait_until

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
PROTOBUF = ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
            + OPENMETRICS.replace(",", ";q=0.8,", 1))
# An address of the kernel. None is: the digits of a fraction, 0.6533512829999999, and a BPF program's tag, which is
# a hash of its instructions and part of its name in stacks.
ADDRESS = re.compile(rb"0xffff|(?<![0-9a-f.])(?<!bpf_prog_)[0-9a-f]{16}(?![0-9a-f])", re.I)
MONOTONIC = ("counter", "histogram")
# The stderr of a serve to which every wait of some us is a stall: a busy machine may leave them no room.
SHORT_STALLS = re.compile(r"(ipitrace: no room for \d+ stalls?, which (is|are) missing\n)?")


def parse(text, openmetrics=False):
    """
    {(sample, ((label, value)...)): number}, and {sample: type of its family};
    by the parsers of Prometheus' Python client, of which OpenMetrics' is strict.
    """
    if openmetrics:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
    else:
        from prometheus_client.parser import text_string_to_metric_families
    samples, types = {}, {}
    for family in text_string_to_metric_families(text):
        for s in family.samples:
            key = (s.name, tuple(sorted(s.labels.items())))
            if key in samples:
                raise ValueError(f"twice: {key}")
            samples[key] = s.value
            types[s.name] = family.type
    return samples, types


def total(samples, name, **labels):
    """The sum over all series with this name and these labels."""
    return sum(v for (n, have), v in samples.items()
               if n == name and labels.items() <= dict(have).items())


def gone_back(before, after, types):
    """The counters that went down, or disappeared."""
    return [(key, v, after.get(key)) for key, v in before.items()
            if types[key[0]] in MONOTONIC and not after.get(key, -math.inf) >= v]


def ledger_open(samples):
    """Why a scrape's ledger does not close; None if it does."""
    queued = total(samples, "ipitrace_queued_total")
    parts = [total(samples, name) for name in
             ("ipitrace_matched_total", "ipitrace_in_flight", "ipitrace_lost_total")]
    return None if queued == sum(parts) else f"{queued} != {parts}"


class Serve(Background):
    """ipitrace serve at a free port, collecting."""

    def __init__(self, *args, interval="0.1"):
        super().__init__("serve", "--listen", "127.0.0.1:0", "-i", interval, *args)
        # What is missing here, such as names of functions, is said before.
        found = None
        while not found:
            line = self.proc.stderr.readline()
            if not line:
                raise RuntimeError("serve: no address on stderr")
            found = re.search(r"http://127\.0\.0\.1:(\d+)/metrics", line)
        self.port = int(found[1])

    def get(self, *args, **options):
        """(status, Content-Type, body)"""
        status, kind, body = self.get_bytes(*args, **options)
        return status, kind, body.decode()

    def get_bytes(self, path="/metrics", method="GET", timeout=HUNG_S, **headers):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            client.request(method, path, headers=headers)
            reply = client.getresponse()
            return reply.status, reply.getheader("Content-Type"), reply.read()
        finally:
            client.close()

    def refusal(self, method):
        """Status and Allow alone: evhttp closes the connection of a CONNECT that it refused 10 s later."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HUNG_S)
        try:
            client.request(method, "/metrics")
            reply = client.getresponse()
            return reply.status, reply.getheader("Allow")
        finally:
            client.close()

    def scrape(self):
        return parse(self.get()[2])[0]

    def windows(self):
        return total(self.scrape(), "ipitrace_windows_total")

    def settle(self, windows=2):
        """Wait until the figures include all earlier events. False: they did not in time."""
        n = self.windows() + windows
        return wait_until(lambda: self.windows() >= n)

    def connect(self, timeout=HUNG_S):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def say(self, data):
        """Send these bytes; returns all bytes of the answer."""
        with self.connect() as s:
            got = b""
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                while part := s.recv(65536):
                    got += part
            except OSError:  # it has hung up
                pass
            return got
