#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
A minute of record --trace at the maximal rate (RECORD_SECONDS=60): records and lost ones are what
ftrace counts, the file is small, and report needs no more memory for a longer file. Then
two captures side by side: a rate that is halved, by ftrace's own factor, and one that is not.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import no_ftrace, scratch, tap  # noqa: E402
from ipitest import IPILOAD, IPITRACE, ipitrace  # noqa: E402
from mounts import TRACING  # noqa: E402

SECONDS = int(os.environ.get("RECORD_SECONDS", "60"))
BYTES = 25  # an IPI in the file, at most
FUNC = "ipi_mb"  # membarrier's function
TICK = os.sysconf("SC_CLK_TCK")


class Counter:
    """
    Counts csds of membarrier's function, of one program or of all, while PROGRAM runs: what ftrace wrote
    to a ring that may overrun, which its statistics tell.
    """

    def __init__(self, comm=None):
        self.dir = f"{TRACING}/instances/ipitest-{os.getpid()}"
        os.mkdir(self.dir)
        with open("/proc/kallsyms", encoding="ascii") as f:
            address = next(line.split()[0] for line in f if line.split()[2] == FUNC)
        self.write("buffer_size_kb", "64")
        self.write("events/csd/csd_queue_cpu/filter", f"func == 0x{address}" + (f' && comm == "{comm}"' if comm else ""))

    def around(self, *words):
        """PROGRAM, which turns the counting on and off itself: collection begins just before."""
        enable = f"{self.dir}/events/csd/csd_queue_cpu/enable"
        # A receiver that waits for its CPU gets no IPI, so other work must not stand before it.
        return ("sh", "-c", f'echo 1 >{enable}; nice -n -10 "$@" >/dev/null; echo 0 >{enable}', "sh", *words)

    def write(self, name, value):
        with open(f"{self.dir}/{name}", "w", encoding="ascii") as f:
            f.write(value)

    def end(self):
        count = 0
        for name in os.listdir(f"{self.dir}/per_cpu"):
            with open(f"{self.dir}/per_cpu/{name}/stats", encoding="ascii") as f:
                stats = dict(line.split(": ") for line in f if ": " in line)
            count += int(stats["entries"]) + int(stats["overrun"]) + int(stats["dropped events"])
        os.rmdir(self.dir)
        return count


def record(path, *args):
    """Run record; its status, stderr, and the CPU time of its own, s."""
    proc = subprocess.Popen([IPITRACE, "record", "-o", path, *args], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)
    cpu = 0
    while proc.poll() is None:
        time.sleep(0.1)
        with contextlib.suppress(OSError, IndexError):
            with open(f"/proc/{proc.pid}/stat", encoding="ascii") as f:
                cpu = max(cpu, sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13])))
    return proc.returncode, proc.stderr.read(), cpu / TICK


def report(path):
    """report's status, time in s, and memory in KB."""
    began = time.monotonic()
    pid = os.posix_spawn(IPITRACE, [IPITRACE, "report", path], os.environ,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status, used = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - began, used.ru_maxrss


def records_of(path, comm):
    """The program's records of membarrier's function, all records, and the last line of trace."""
    own, nr, end = 0, 0, None
    proc = subprocess.Popen(["zstd", "-dcq", path], stdout=subprocess.PIPE, text=True)
    for line in proc.stdout:
        if '"type":"ipi"' in line:
            nr += 1
            own += f'"func":"{FUNC}"' in line and f'"comm":"{comm}"' in line
        elif '"type":"trace_end"' in line:
            end = json.loads(line)
    proc.wait()
    return own, nr, end


def load(directory, name):
    """ipiload under a name of its own: others may run ipiload, too."""
    path = os.path.join(directory, name)
    shutil.copy(IPILOAD, path)
    return path


def test_maximal(directory):
    path, name = os.path.join(directory, "maximal"), f"load{os.getpid()}"
    words = [load(directory, name), "membarrier", "-q", "--duration"]
    counter = Counter(name)
    status, err, cpu = record(path, "--trace", "--", *counter.around(*words, str(SECONDS)))
    events = counter.end()
    if not tap.ok(status == 0, f"record --trace for {SECONDS} s", status, err):
        return
    own, nr, end = records_of(path, name)
    tap.ok(events and 0 <= events - own <= end["lost"],
           f"{own} records and {end['lost']} lost are the {events} csds of ftrace", end)
    size = os.path.getsize(path)
    tap.ok(size < BYTES * nr, f"{nr} records: {size / nr:.1f} bytes each; {cpu / SECONDS:.0%} of a CPU", err)
    short = os.path.join(directory, "short")
    record(short, "--trace", "--", *words, str(max(SECONDS // 8, 1)))
    few, many = report(short), report(path)
    tap.ok(few[0] == many[0] == 0 and many[2] < 1.2 * few[2] + 2000,
           f"report: {many[1]:.1f} s for {nr} records, {many[2]} KB; of an eighth of the time {few[2]} KB")


def windows(directory, name, rate):
    """A capture of a rate, and ftrace's csds in it, of all programs."""
    path = os.path.join(directory, name)
    counter = Counter()
    status, err, _ = record(path, "-f", FUNC, "-i", "0.5", "--",
                            *counter.around(IPILOAD, "membarrier", "-q", "--rate", str(rate), "--duration", "10"))
    tap.ok(status == 0, f"record of {rate} calls a second", status, err)
    return path, counter.end()


def check_factor(one, other, truth, name):
    """report --diff of membarrier's csds; @truth: the factor by ftrace. Up to 5 % is no change."""
    rows = [row for row in ipitrace("report", "-j", "--diff", one, other, "--tolerance", "7").objects()[0]["rows"]
            if (row["group"], row["name"], row["unit"]) == ("functions", FUNC, "per_s")]
    want = None if abs(truth - 1) < 0.05 else "rose" if truth > 1 else "fell"
    said = rows[0]["change"] if rows else "gone"
    # Between the two, and within the noise, either is right.
    good = said == want or (abs(truth - 1) < max(0.1, 3 * (rows[0]["noise"] or 0)) and said is None)
    tap.ok(rows and good and abs(rows[0]["factor"] / truth - 1) < 0.05,
           f"--diff: {name}: {truth:.3f} by ftrace, {said or 'no change'}", rows)


def test_diff(directory):
    (full, before), (half, after), (again, same) = (windows(directory, name, rate) for name, rate in
                                                    (("full", 4000), ("half", 2000), ("again", 4000)))
    check_factor(full, half, after / before, "a rate that is halved")
    check_factor(full, again, same / before, "a rate that is not changed")


def main():
    if no_ftrace():
        tap.skip("record beside ftrace", no_ftrace())
        tap.done()
    with scratch() as directory:
        test_diff(directory)
        test_maximal(directory)
    tap.done()


main()
