#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""The user code behind an IPI: functions of programs, of code made at run time, in containers."""

import atexit
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from arena import (BUILD_ID_PARTS, CPUS, FUNC, built, built_inside, cannot_run, checked, children, end,  # noqa: E402
                   helpers, started, status, threads)
from ipitest import Background, Tap, ipitrace, validate, wait_until  # noqa: E402

tap = Tap()
CAPS = {"CAP_DAC_READ_SEARCH": 2, "CAP_SYS_PTRACE": 19, "CAP_CHECKPOINT_RESTORE": 40}


def callers_of(pid, *args):
    """The callers by membarrier() of that process."""
    run = ipitrace("-j", "-d", "1", "-f", FUNC, "-p", str(pid), *args)
    snaps = run.snapshots()
    errors = [error for snap in snaps for error in validate(snap)]
    tap.ok(not run.status and snaps and not errors, "done, by the schema", run.err, errors)
    return [c for s in snaps for f in s["functions"] for c in f["callers"]
            if c["reason"].startswith("membarrier")]


def frames(caller):
    return [(f["func"], f["module"]) for f in caller["user_frames"] or []]


def a_program(path, name, *args):
    """The callers by membarrier() of the program at @path, while it runs."""
    proc = started(path)
    found = callers_of(proc.pid, *args)
    end(proc)
    tap.ok(found, f"{name}: membarrier was sampled")
    return found


def test_frame_pointers(where):
    found = a_program(built(where, "arena", "-fno-omit-frame-pointer"), "arena")
    want = [("syscall", "libc.so.6"), ("arena_purge", "arena"), ("arena_free", "arena"),
            ("main", "arena")]
    tap.ok(found and all(frames(c)[:4] == want for c in found), "arena: the functions by name",
           found)
    tap.ok(all(c["user_end"] is None for c in found), "arena: down to where the thread began", found)


def test_no_frame_pointers(where):
    path = built(where, "plain", "-fomit-frame-pointer")
    found = a_program(path, "no frame pointers")
    tap.ok(found and all(frames(c)[1:3] == [("arena_purge", "plain"), ("arena_free", "plain")]
                         for c in found), "no frame pointers: by the unwind tables", found)


def test_nothing_to_go_by(where):
    """Neither names, nor tables, nor frame pointers: the file is named, and why no more is."""
    path = built(where, "bare", "-fomit-frame-pointer", "-fno-asynchronous-unwind-tables", "-s")
    found = a_program(path, "nothing to go by")
    tap.ok(found and all(frames(c)[:2] == [("syscall", "libc.so.6"), (None, "bare")] for c in found),
           "nothing to go by: the file that calls", found)
    tap.ok(found and all(c["user_end"] == "no_frame_pointer" for c in found),
           "nothing to go by: why there is no more", found)


def test_container(where):
    """The program, its symbols, its perf map and its number are of namespaces of their own."""
    name = "a container: code made at run time, and symbols by the build-id"
    if platform.machine() != "x86_64":
        tap.skip(name, "the test makes x86-64 code alone")
        return
    path = built_inside(where)
    checked("objcopy", "--only-keep-debug", path, f"{path}.debug")
    checked("strip", path)
    script = ('debug="$1/root/usr/lib/debug/.build-id/$4" && mkdir "$1/root" && '
              'mount -t tmpfs none "$1/root" && mkdir -p "$1/root/tmp" "$debug" && '
              'cp "$1/inside" "$1/root" && cp "$1/inside.debug" "$debug/$5.debug" && '
              'exec chroot "$1/root" /inside "$2" "$3" made')
    proc = subprocess.Popen(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
                             script, "sh", where, str(CPUS[0]), str(CPUS[1]), *BUILD_ID_PARTS])
    atexit.register(proc.kill)
    if not wait_until(lambda: [p for p in children(proc.pid) if threads(p) == 2]):
        tap.skip(name, "there are no namespaces here")
        return
    found = callers_of(children(proc.pid)[0])
    end(proc)
    want = [("syscall", "inside"), ("jit_release", "jit"), ("arena_purge", "inside")]
    tap.ok(found and all(frames(c)[:3] == want for c in found), name, found)


def test_no_user(where):
    path = os.path.join(where, "plain")
    found = a_program(path, "--no-user", "--no-user")
    tap.ok(found and all(c["user_frames"] is None and c["user_end"] is None for c in found),
           "--no-user: stacks end at the kernel", found)


def test_reader_hangs(where):
    """A file may keep its reader for ever: the reader is begun anew, ipitrace goes on, and says what it lacks."""
    proc = started(os.path.join(where, "plain"))
    run = Background("-j", "-i", "0.2", "-f", FUNC, "-p", proc.pid)
    reader, _ = helpers(run)
    os.kill(reader, signal.SIGSTOP)
    time.sleep(2)
    run.end()
    end(proc)
    tap.ok(wait_until(lambda: not threads(reader)), "a reader that hangs: ends with ipitrace")
    snaps = run.snapshots()
    ends = {c["user_end"] for s in snaps[2:] for f in s["functions"] for c in f["callers"]}
    tap.ok(not run.status and len(snaps) > 3, "a reader that hangs: windows are cut", run.err)
    tap.ok(ends and "too_late" in ends, "a reader that hangs: the names are too late", ends)


def test_rights():
    run = Background("-j", "-i", "1000")
    reader, opener = helpers(run)
    wait_until(lambda: status(opener)["Uid"].split()[0] != "0" != status(reader)["Uid"].split()[0])
    caps = [int(status(pid)["CapEff"], 16) for pid in (reader, opener)]
    tap.equal(caps[0], 0, "the one that reads files has no capability")
    tap.equal(caps[1] & ~sum(1 << bit for bit in CAPS.values()), 0, "the one that opens files has three at most")
    uids = [status(pid)["Uid"] for pid in (run.proc.pid, reader, opener)]
    tap.ok(uids[0] != uids[1] == uids[2], "both have a user of their own", uids)
    run.end()
    tap.ok(wait_until(lambda: not threads(reader) and not threads(opener)), "both end with it")


def main():
    if cannot_run():
        print(f"1..0 # SKIP {cannot_run()}")
        return
    with tempfile.TemporaryDirectory() as where:
        os.chmod(where, 0o755)
        test_frame_pointers(where)
        test_no_frame_pointers(where)
        test_nothing_to_go_by(where)
        test_container(where)
        test_no_user(where)
        test_reader_hangs(where)
        test_rights()
    tap.done()


if __name__ == "__main__":
    main()
