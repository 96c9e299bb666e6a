#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
What a user without rights can make ipitrace's helpers do, who have some: a program of nobody,
in a user and mount namespace of its own, has put there what it likes.
"""

import atexit
import contextlib
import ctypes
import os
import platform
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from arena import (BUILD_ID_PARTS, CPUS, FUNC, built_inside, cannot_run, checked, end, helpers, started,  # noqa: E402
                   status, threads)
from ipitest import Background, Tap, as_user, wait_until, whole_lines  # noqa: E402

tap = Tap()
NOBODY = 65534
FAN_NONBLOCK, FAN_REPORT_FID, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD = 0x2, 0x200, 0x1, 0x20, -100
# A file of the kernel's that is regular, root's, and that nobody opens.
MADE_UP = "/proc/kpagecount"

# Over /usr/lib goes a directory that has the debug file alone: $0, or a copy of it, of nobody's own.
STRANGER = """
set -e
own=$1/stranger
mount -t tmpfs none "$own"
mkdir -p "$own/debug/.build-id/$4"
debug=$own/debug/.build-id/$4/$5.debug
if [ "$6" = copy ]; then
	cp "$0" "$debug"
else
	touch "$debug" /tmp/perf-$$.map
	mount --bind "$0" "$debug"
	mount --bind "$0" /tmp/perf-$$.map
fi
mount --rbind "$own" /usr/lib
exec "$1/inside" "$2" "$3" $7
"""


def make(where):
    """`inside`, stripped, and two files with symbols for it: the true one and one that lies."""
    path = built_inside(where)
    checked("objcopy", "--only-keep-debug", "--redefine-sym", "arena_purge=evil", path, f"{path}.evil")
    checked("strip", path)
    os.mkdir(f"{where}/stranger")
    os.chown(f"{where}/stranger", NOBODY, NOBODY)


def stranger(where, target, how, *mode):
    """`inside` as nobody, where @target is in the place of its debug file; None: not on this host."""
    log = open(f"{where}/log", "w+", encoding="utf-8")
    proc = subprocess.Popen(as_user(NOBODY, "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", STRANGER,
                                    target, where, CPUS[0], CPUS[1], *BUILD_ID_PARTS, how, *mode), stderr=log)
    atexit.register(proc.kill)
    if not wait_until(lambda: proc.poll() is not None or threads(proc.pid) == 2) or proc.poll() is not None:
        log.seek(0)
        tap.note(log.read())
        return None
    return proc


class Opens:
    """Who opens a file, by whatever path: other instances of ipitrace may run here."""

    def __init__(self, path):
        libc = ctypes.CDLL(None, use_errno=True)
        mark = libc.fanotify_mark
        mark.argtypes = (ctypes.c_int, ctypes.c_uint, ctypes.c_uint64, ctypes.c_int, ctypes.c_char_p)
        # Devices are reported by their numbers alone, files of /proc by descriptors alone.
        for report in (FAN_REPORT_FID, 0):
            self.fd = libc.fanotify_init(FAN_NONBLOCK | report, os.O_RDONLY)
            if self.fd >= 0 and not mark(self.fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, path.encode()):
                return
        raise OSError(ctypes.get_errno(), path)

    def pids(self):
        """Since the last call."""
        found = set()
        with contextlib.suppress(BlockingIOError):
            while events := os.read(self.fd, 4096):
                while events:
                    size, *_, fd, pid = struct.unpack_from("=IBBHQii", events)
                    events = events[size:]
                    found.add(pid)
                    if fd >= 0:
                        os.close(fd)
        return found


def callers(run):
    return [c for s in run.snapshots() for f in s["functions"] for c in f["callers"]
            if c["user_frames"]]


def modules(found, pid):
    return {f["module"] for c in found if c["tgid"] == pid for f in c["user_frames"]}


def names(found, pid):
    return {f["func"] for c in found if c["tgid"] == pid for f in c["user_frames"]}


def test_nothing_is_opened(where, target, what):
    opens = Opens(target)
    os.close(os.open(target, os.O_RDONLY))
    tap.equal(opens.pids(), {os.getpid()}, f"{what}: the test sees who opens it")
    proc = stranger(where, target, "bind", *(["unnamed"] if platform.machine() == "x86_64" else []))
    if not tap.ok(proc, f"{what}: in the place of a debug file and of a perf map"):
        return
    run = Background("-j", "-i", "1000", "-f", FUNC, "-p", proc.pid)
    time.sleep(2)
    own = {run.proc.pid, *helpers(run)}
    run.end()
    end(proc)
    os.unlink(f"/tmp/perf-{proc.pid}.map")
    found = callers(run)
    tap.ok("inside" in modules(found, proc.pid), f"{what}: the program's frames are looked at", found,
           run.err)
    tap.equal(opens.pids() & own, set(), f"{what}: ipitrace does not open it")


def test_names_are_own(where):
    """Two processes run one file; each has the symbols that are in its own mount namespace."""
    run = Background("-j", "-i", "0.5", "-f", FUNC)
    proc = stranger(where, f"{where}/inside.evil", "copy")
    if not tap.ok(proc, "a debug file that lies"):
        return
    time.sleep(2)
    other = started(f"{where}/inside")
    time.sleep(2)
    run.end()
    end(proc)
    end(other)
    found = callers(run)
    tap.ok("evil" in names(found, proc.pid), "a debug file that lies: counts for its own root", found)
    tap.ok("inside" in modules(found, other.pid) and "evil" not in names(found, other.pid),
           "a debug file that lies: names nothing of another's process", found)


def limit(pid, name):
    with open(f"/proc/{pid}/limits", encoding="ascii") as f:
        return next(line[len(name):].split()[0] for line in f if line.startswith(name))


def test_confined():
    run = Background("-j", "-i", "1000")
    for name, pid in zip(("reader", "opener"), helpers(run)):
        # A build with sanitizers has no filter.
        wait_until(lambda pid=pid: status(pid)["Seccomp"] == "2")
        tap.equal((status(pid)["Seccomp"], status(pid)["NoNewPrivs"]), ("2", "1"),
                  f"{name}: system calls are filtered, and there are no new privileges")
        tap.equal((limit(pid, "Max core file size"), limit(pid, "Max file size")), ("0", "0"),
                  f"{name}: writes no file")
        tap.ok(limit(pid, "Max address space") != "unlimited", f"{name}: has so much memory")
    run.end()


def test_ends_with_it():
    """Also a reader that can do nothing for it itself."""
    run = Background("-j", "-i", "1000")
    both = helpers(run)
    wait_until(lambda: status(both[1])["Seccomp"] == "2")
    os.kill(both[0], signal.SIGSTOP)
    run.proc.kill()
    run.proc.communicate()
    tap.ok(wait_until(lambda: not any(map(threads, both))), "kill -9: both end with it",
           *((pid, threads(pid) and status(pid)["State"]) for pid in both))
    for pid in both:
        if threads(pid):
            os.kill(pid, signal.SIGKILL)


def counts(path):
    """The csds of each whole window that a file has."""
    return [sum(row["count"] for row in window["functions"]) for window in whole_lines(path)]


def test_goes_on_without(where):
    for which, name in enumerate(("reader", "opener")):
        path = f"{where}/{name}.json"
        run = Background("-j", "-i", "0.3", "-f", FUNC, "-o", path)
        pid = helpers(run)[which]
        wait_until(lambda pid=pid: status(pid)["Seccomp"] == "2")
        os.kill(pid, signal.SIGSYS)
        before = len(counts(path))
        proc = started(f"{where}/inside")
        goes_on = wait_until(lambda path=path, before=before: any(counts(path)[before + 3:]))
        run.end()
        end(proc)
        tap.ok(not run.status and goes_on, f"without its {name}: it goes on", run.status, counts(path))
        said = run.err.splitlines()
        tap.ok(len(said) == 1 and "names of programs' functions" in said[0], f"without its {name}: says so, once",
               run.err)


def main():
    if cannot_run():
        print(f"1..0 # SKIP {cannot_run()}")
        return
    with tempfile.TemporaryDirectory() as where:
        os.chmod(where, 0o755)
        make(where)
        os.mknod(f"{where}/device", 0o600 | 0o020000, os.makedev(1, 7))
        test_nothing_is_opened(where, f"{where}/device", "a device")
        test_nothing_is_opened(where, MADE_UP, "a file of the kernel's")
        test_names_are_own(where)
        test_confined()
        test_ends_with_it()
        test_goes_on_without(where)
    tap.done()


if __name__ == "__main__":
    main()
