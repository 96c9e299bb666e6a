#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
A machine on which 4,096 CPUs are possible and few are online, as a cloud offers:
the memory keeps to its bound, nothing is lost for it, and what ipitrace maps is no
more than where the online CPUs are all that is possible.
"""

import mmap
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import IPILOAD, IPITRACE, Run, Tap, validate  # noqa: E402
from mounts import privately  # noqa: E402

POSSIBLE = "/sys/devices/system/cpu/possible"
CPUS = 4096
LOAD = f"{IPILOAD} membarrier -q --duration 1"
tap = Tap()


def run(script, possible):
    """@script, where the CPUs of that file are possible."""
    return Run(privately(f'mount --bind "$0" {POSSIBLE} && {script}', possible), timeout=60)


# The KiB of the files that a process has mapped, without those of sysfs.
CODE = r"""awk '/^[0-9a-f]+-/ { code = $6 ~ "^/" && $6 !~ "^/sys/" } code && /^Rss:/ { sum += $2 } END { print "Code:", sum }'"""


def peak_kb(possible):
    """
    The most memory that a run had in user space, of three runs the least: more is for the names of what else
    runs on this machine. The code of the program and of its libraries does not count: all processes share
    it, and how much of it is mapped depends on what the page cache has (fault_around_bytes, mm/memory.c).
    None: no run said it.
    """
    found = [peak for peak in (peak_of_run(possible) for _ in range(3)) if peak]
    return min(found, default=None)


def peak_of_run(possible):
    """Of a run that has shown two windows."""
    with tempfile.NamedTemporaryFile() as pages:
        out = run(f"{{ {IPITRACE} summary -d 50 -i 0.5 >{pages.name} & "
                  f"until [ $(grep -c '^ipitrace: ' {pages.name}) -ge 2 ] || ! kill -0 $!; do sleep 0.1; done; "
                  f"grep VmHWM /proc/$!/status; {CODE} /proc/$!/smaps; kill -INT $!; wait $!; }}", possible).out
    found = re.search(r"VmHWM:\s*(\d+) kB\nCode: (\d+)$", out, re.M)
    return int(found[1]) - int(found[2]) if found else None


def zero_page():
    """Whether memory that is only read takes none: some guests' kernels have no page of zeros to share."""
    with mmap.mmap(-1, 16 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        before = resident_kb()
        for at in range(0, len(memory), mmap.PAGESIZE):
            memory[at]
        return resident_kb() - before < 8 << 10


def resident_kb():
    with open("/proc/self/status", encoding="ascii") as status:
        return int(re.search(r"RssAnon:\s*(\d+) kB", status.read())[1])


def most_kb():
    """The most a run may have beside its code; one copy more where the kernel's types cannot be mapped."""
    with open("/sys/kernel/btf/vmlinux", "rb") as f:
        size = os.fstat(f.fileno()).st_size
        try:
            mmap.mmap(f.fileno(), size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ).close()
        except OSError:
            return 9500 + size // 1000
    return 9500


def test_windows(possible):
    result = run(f"exec {IPITRACE} -j -i 0.3 -- {LOAD}", possible)
    snaps = result.snapshots()
    tap.ok(result.status == 0 and snaps and not result.err, "it runs", result.status, result.err)
    tap.ok(all(not validate(s) for s in snaps), "valid by the schema")
    tap.ok(all(s["ledger"]["closed"] for s in snaps), "each ledger closes")
    queued = sum(f["count"] for s in snaps for f in s["functions"] if f["func"] == "ipi_mb")
    edges = sum(e["count"] for s in snaps for e in s["edges"])
    tap.ok(queued > 200, "the load is seen", queued)
    tap.equal(edges, sum(s["ledger"]["queued"] - s["ledger"]["lost_by"]["queue_unseen"]
                         for s in snaps), "the edges are all that was queued")
    online = os.sysconf("SC_NPROCESSORS_ONLN")
    tap.ok(all(len(s["cpus"]) == online for s in snaps), "CPUs that have never been online have no row",
           [len(s["cpus"]) for s in snaps], online)


def test_memory(possible):
    said = run(f"exec {IPITRACE} check", possible).out
    found = re.search(rf"(\d+) KiB of maps for CPUs 0-{CPUS - 1}$", said, re.M)
    tap.ok(found and 64 * 1024 < int(found[1]) <= CPUS * 32 + 8 * 1024,
           "check: at most 32 KiB for each possible CPU and 8 MiB", said)


def main():
    if os.geteuid():
        tap.skip_all("not root")
    with tempfile.NamedTemporaryFile("w", suffix=".possible") as f:
        f.write(f"0-{CPUS - 1}\n")
        f.flush()
        test_windows(f.name)
        test_memory(f.name)
        if not zero_page():
            tap.skip("memory in user space", "this kernel has no zero page: what is only read takes memory", 2)
            tap.done()
        many, few = peak_kb(f.name), peak_kb(POSSIBLE)
        tap.ok(many and few and many < 1.4 * few, "about as much memory in user space as with few CPUs",
               f"{many} KiB, with few {few} KiB")
        tap.ok(many and many * 1.024 < most_kb(), f"at most 9.5 MB of memory in user space beside the code: {many} KiB")
    tap.done()


if __name__ == "__main__":
    main()
