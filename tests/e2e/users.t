#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
What a user without rights can do to what root's ipitrace says and writes, done as that user: tasks with the names
of the kernel's threads, many short processes, directories that are swapped.
"""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import CPUS, scratch, tap  # noqa: E402
from ipitest import IPILOAD, Background, Run, as_user, first_good, ipitrace, wait_until  # noqa: E402

USER = 61234
LIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib")
# Threads of the kernel by whose names `isolated` knows causes, or who act for others.
KTHREADS = ("ksoftirqd/{}", "kworker/{}:7", "migration/{}", "cpuhp/{}", "rcu_sched", "kthreadd")
# The causes of the kernel's threads.
KERNELS = ("stopper", "ksoftirqd", "rcu_thread", "hotplug", "workqueue", "kernel_thread")
# Runs on CPU $1 under the name $2.
PRETENDER = """
import ctypes, os, sys, time
ctypes.CDLL(None).prctl(15, sys.argv[2].encode(), 0, 0, 0)
os.sched_setaffinity(0, {int(sys.argv[1])})
while True:
    end = time.monotonic() + 0.002
    while time.monotonic() < end:
        pass
    time.sleep(0.002)
"""


def test_names():
    """A user's task with the name of a kernel thread is a task: what is allowed for the kernel is not for it."""
    cpu = CPUS[-1]
    tasks = {}
    for name in (name.format(cpu) for name in KTHREADS):
        proc = subprocess.Popen(as_user(USER, sys.executable, "-c", PRETENDER, cpu, name), stderr=subprocess.DEVNULL)
        tasks[proc.pid] = (name, proc)
    try:
        wait_until(lambda: all(comm_of(pid) == name for pid, (name, _) in tasks.items()))

        def look():
            # The CPU belongs to sleep: without a program it would belong to the first of the tasks that runs.
            run = ipitrace("isolated", "-j", "-c", cpu, "--allow", ",".join(f"{cause}={10**9}" for cause in KERNELS),
                           "--", "taskset", "-c", cpu, "sleep", "2")
            rows = [row for row in json.loads(run.out)["cpus"][0]["causes"] if row["kind"] == "task"]
            return run, {pid: [row for row in rows if row["id"] == pid] for pid in tasks}
        run, rows = first_good(look, lambda found: all(found[1].values()))
        for pid, (name, _) in tasks.items():
            tap.ok(rows[pid] and not any(row["cause"] in KERNELS or row["allowed"] or not row["judged"] for row in rows[pid]),
                   f"isolated: a user's task called {name} is a task, which nothing allows", rows[pid])
        tap.equal(run.status, 5, "isolated: the CPU is not quiet")
    finally:
        for _, proc in tasks.values():
            proc.kill()
            proc.wait()


def comm_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
            return f.read().rstrip("\n")
    except FileNotFoundError:
        return None


def test_own_name(directory):
    """What a user's task called ipitrace sends is not ipitrace's own: it is a storm."""
    program = shutil.copy(IPILOAD, f"{directory}/ipitrace")
    os.chmod(directory, 0o755)
    load = subprocess.Popen(as_user(USER, program, "membarrier", "-q", "--rate", "3000", "--duration", "60"),
                            stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: comm_of(load.pid) == "ipitrace")
        run = first_good(lambda: ipitrace("storm", "--exit-code", "-i", "0.3", "-d", "2", "-f", "ipi_mb", "-p", str(load.pid),
                                          "--storm-rate", "50"), lambda run: run.status == 1)
        tap.ok(run.status == 1 and "STORM" in run.out, "storm: of a user's task called ipitrace", run.status, run.out, run.err)
    finally:
        load.kill()
        load.wait()


class Forks:
    """A user's flood of short processes. uids: in a user namespace of the user's, with that many user ids."""

    def __init__(self, directory, uid, *uids):
        program = f"{directory}/forks"
        if not os.path.exists(program):
            subprocess.run(["cc", "-O1", "-o", program, os.path.join(LIB, "forks.c"), "-lpthread"], check=True)
            os.chmod(directory, 0o755)
        self.proc = subprocess.Popen(as_user(uid, program, 60, *uids), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if uids:
            self.proc.stdout.readline()
            with open(f"/proc/{self.proc.pid}/uid_map", "w", encoding="ascii") as f:
                f.write(f"0 200000 {uids[0]}")
            self.proc.stdin.write(b"\n")
            self.proc.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proc.kill()
        self.proc.wait()


def test_forks(directory):
    """The process that sends most has a row, beside a flood of short processes."""
    with Forks(directory, USER):
        def look():
            run = Background("-j", "-i", "2.5", "--by", "sender", "-f", "ipi_mb")
            time.sleep(1)
            load = Run(["nice", "-n", "-10", IPILOAD, "membarrier", "-q", "-j", "--duration", "1.5"])
            run.end()
            return run, load
        run, load = first_good(look, lambda found: any(len(snap["by"]["rows"]) > 200 for snap in found[0].snapshots()))
        rows = [row for snap in run.snapshots() for row in snap["by"]["rows"]]
        short = [row for row in rows if row["comm"] == "forks" and row["count"] < 3]
        if len(short) < 200:
            tap.skip("--by sender: the process that sends most has a row", f"only {len(short)} processes of the flood sent")
            return
        most = max((row for row in rows if not row["other"]), key=lambda row: row["count"])
        tap.ok(most["comm"] == "ipiload" and most["count"] > 100,
               f"--by sender: beside {len(short)} short processes the process that sends most has a row", most, load.err)


def split(snap):
    """What is in the row of all others, and by user; times as count and sum."""
    figures = ("count", "local", "reschedules", "irq_works")
    rows = [[row for row in snap["by"]["rows"] if row["other"]], snap["by"]["others"]]
    return [[sum(row[key] or 0 for row in part) for key in figures] +
            [sum((row[key] or {}).get(of, 0) for row in part) for key in ("delay", "handler", "wait") for of in ("count", "sum")]
            for part in rows]


def test_whose(directory):
    """
    What finds no row is some user's. Of two users who flood the table each has a part, and the user who does so with
    thousands of user ids of a user namespace is one user.
    """
    with Forks(directory, USER), Forks(directory, USER + 1, 5000):
        for key in ("sender", "victim", "cgroup"):
            def look(key=key):
                return ipitrace("-j", "-d", "2", "--by", key, "-f", "ipi_mb").snapshots()

            def least(snaps):
                """The csds in the row of all others of that user of the two who has fewer."""
                return min(sum(row["count"] for snap in snaps for row in snap["by"]["others"] if row["uid"] == uid)
                           for uid in (USER, USER + 1))
            snaps = first_good(look, lambda snaps: least(snaps) > 100, tries=5 if key == "sender" else 1)
            tap.ok(all(split(snap)[0] == split(snap)[1] for snap in snaps), f"--by {key}: others by user are all others",
                   *map(split, snaps))
            if key != "sender":
                continue
            others = [row for snap in snaps for row in snap["by"]["others"]]
            if not others:
                tap.skip("--by sender: others are of the users who sent", "all processes found a row")
                continue
            tap.ok(least(snaps) > 100, "--by sender: others are of the users who sent", least(snaps), others)
            tap.ok(not any(200000 <= (row["uid"] or 0) < 205000 for row in others),
                   "--by sender: user ids of a user namespace are one user", others)
            tap.ok(not any(row["uid"] is None for row in others), "--by sender: all others are of a user", others)
        run = ipitrace("summary", "--full", "--by", "sender", "-d", "2", "-f", "ipi_mb")
        tap.ok(f"  of uid {USER} " in run.out and f"  of uid {USER + 1} " in run.out, "--by sender: text shows whose others are",
               run.out[-3000:])


def test_swapped(directory):
    """
    Root's clerk renames and removes no file elsewhere, although the user owns the directory above that of --flight, and
    swaps it for a link.
    """
    above, victim = f"{directory}/above", f"{directory}/victim"
    flight, moved = f"{above}/flight", f"{above}/moved"
    os.chmod(directory, 0o755)
    for path in (above, victim, flight):
        os.mkdir(path, 0o755)
    os.chown(above, USER, USER)
    others = [f"{victim}/f.zst", f"{victim}/f-20260101T000000.000Z.zst"]
    for path in others:
        with open(path, "w", encoding="ascii") as f:
            f.write("precious")
    run = Background("record", "--flight", "1s", "--on", "stall:60s", "--max-files", "1", "-o", f"{flight}/f.zst")
    swapped = Run(as_user(USER, "sh", "-c", f"mv {flight} {moved} && ln -s {victim} {flight}"))
    tap.equal(swapped.status, 0, "--flight: the user swaps the directory for a link")
    for _ in range(2):
        files = set(glob.glob(f"{moved}/f-*Z.zst"))
        run.proc.send_signal(signal.SIGUSR1)
        wait_until(lambda files=files: set(glob.glob(f"{moved}/f-*Z.zst")) - files)
    run.end()
    tap.ok(wait_until(lambda: len(glob.glob(f"{moved}/f*.zst")) == 1), "--flight: the files are in the first directory",
           run.status, run.err, os.listdir(moved))
    tap.equal([sorted(os.listdir(victim)), [os.path.getsize(path) for path in others]],
              [sorted(map(os.path.basename, others)), [8, 8]], "--flight: nothing in the other one was touched")


def main():
    if os.geteuid() or not shutil.which("setpriv"):
        tap.skip_all("needs root and setpriv")
    test_names()
    for test in (test_own_name, test_forks, test_whose, test_swapped):
        with scratch() as directory:
            test(directory)
    tap.done()


if __name__ == "__main__":
    main()
