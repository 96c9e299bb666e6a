#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""What serve answers and writes for everybody has no address of the kernel, whether names can be read or not."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import scratch, tap  # noqa: E402
from ipitest import IPILOAD, Run  # noqa: E402
from mounts import privately  # noqa: E402
from serving import ADDRESS, OPENMETRICS, PROTOBUF, Serve  # noqa: E402

PATHS = ("/", "/metrics", "/api/v1/live", "/api/v1/snapshot", "/api/v1/stalls", "/api/v1/storms")
# A number of the run, in the place of an address (src/base/sanitize.h).
NUMBER = re.compile(rb"0x1[0-9a-f]{11}(?![0-9a-f])")
LOADS = ("membarrier", "tlb-munmap", "wakeup")


class ServeRestricted(Serve):
    """As under kernel.kptr_restrict=2, which is the whole machine's: each symbol's address is 0."""

    def command(self, args):
        shown = os.path.join(self.dir.name, "kallsyms")
        with open("/proc/kallsyms", encoding="ascii") as names, open(shown, "w", encoding="ascii") as f:
            f.writelines("0" * 16 + line[16:] for line in names)
        return privately(f'mount --bind {shown} /proc/kallsyms && exec "$0" "$@"') + args


def answers(s):
    """Each answer, and those of the other formats of the metrics."""
    for path in PATHS:
        yield path, s.get_bytes(path)[2]
    for accept in (OPENMETRICS, PROTOBUF):
        yield f"/metrics as {accept[:40]}", s.get_bytes("/metrics", Accept=accept)[2]


def check(name, s, hidden, textfile):
    for load in LOADS:
        Run((IPILOAD, load, "-q", "--duration", "0.5"))
    s.settle()
    found = dict(answers(s))
    with open(os.path.join(textfile, "ipitrace.prom"), "rb") as f:
        found["--textfile"] = f.read()
    for path, body in found.items():
        tap.ok(not ADDRESS.search(body), f"{name}: {path}: no address",
               len(body), ADDRESS.findall(body)[:3])
    if hidden:
        for path in ("/api/v1/live", "/api/v1/stalls"):
            tap.ok(NUMBER.search(found[path]), f"{name}: {path}: numbers in the place of addresses",
                   found[path][:300])
    s.end()


def main():
    low = ("-t", "1us", "--storm-rate", "100")
    for details in ((), ("--details",)):
        word = " ".join(details) or "as usual"
        for how, serve, hidden in (("names", Serve, False), ("no names", ServeRestricted, True)):
            with scratch() as textfile:
                check(f"{how}, {word}", serve(*low, *details, "--textfile", textfile), hidden, textfile)
    tap.done()


main()
