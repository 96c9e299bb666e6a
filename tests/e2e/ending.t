#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""How a run ends: by which signals, and although nobody reads stdout.

No test here asserts how long something takes: the machine may be busy.
"""
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import CHEAP, LIMIT, NEVER, nothing_said, one_line, tap  # noqa: E402
from ipitest import (  # noqa: E402
    IPILOAD, IPITRACE, Background, bpf_ids, children_of, wait_until, without_late_names, without_slow_start)

# Signals inherited as ignored

class Ignoring(Background):
    """Started by somebody who ignores a signal: nohup, or a script's background job."""

    def __init__(self, signo, *args):
        self.signo = signo
        super().__init__(*args)

    def command(self, args):
        return ["env", f"--ignore-signal={self.signo.name[3:]}", *args]


def program_ignores(pid, signo):
    """Whether the PROGRAM that ipitrace runs ignores the signal; with the PROGRAM's pid."""
    child = children_of(pid)[0]
    status = Path(f"/proc/{child}/status").read_text(encoding="ascii")
    ignored = int(re.search(r"^SigIgn:\s*(\w+)", status, re.M)[1], 16)
    return bool(ignored >> (signo - 1) & 1), child


def run_ignoring(signo):
    return Ignoring(signo, "-j", "-f", NEVER, "-i", "0.1", "--", "sh", "-c",
                    "exec sleep 1000 >/dev/null 2>&1")


def test_nohup():
    run = run_ignoring(signal.SIGHUP)
    run.proc.send_signal(signal.SIGHUP)
    lines = [run.proc.stdout.readline() for _ in range(4)]
    tap.ok(all(lines), "SIGHUP inherited as ignored does not end it", lines)
    ignored, child = program_ignores(run.proc.pid, signal.SIGHUP)
    tap.ok(ignored, "SIGHUP: PROGRAM inherits it as ignored, too")
    run.end(signal.SIGINT)
    nothing_said(run, "SIGHUP ignored: another signal ends it")
    os.kill(child, signal.SIGKILL)


def test_script():
    """A script's background job has SIGINT ignored; its end is SIGINT all the same."""
    for signo in (signal.SIGINT, signal.SIGTERM):
        run = run_ignoring(signo)
        ignored, child = program_ignores(run.proc.pid, signo)
        tap.ok(not ignored, f"{signo.name} inherited as ignored: PROGRAM ends by it")
        run.end(signo)
        nothing_said(run, f"{signo.name} inherited as ignored ends it")
        os.kill(child, signal.SIGKILL)
    with tempfile.TemporaryDirectory(prefix="ipitest-") as path:
        script = f"{IPITRACE} --ready-file {path}/ready -f {NEVER} -i 0.1 & pid=$!; " \
                 f"until [ -e {path}/ready ]; do sleep 0.1; done; kill -INT $pid; wait $pid; echo status $?"
        run = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             timeout=LIMIT, check=False)
    tap.ok(run.stdout.endswith("\nstatus 0\n"), "kill -INT $! ends it in a script, with status 0",
           run.stdout, run.stderr)


# Nobody reads stdout

class Unread:
    """ipitrace whose stdout nobody reads, and is full, or soon will be."""

    def __init__(self, args, out, err=subprocess.PIPE, limit=LIMIT):
        self.dir = tempfile.TemporaryDirectory(prefix="ipitest-")
        ready = os.path.join(self.dir.name, "ready")
        self.proc = subprocess.Popen([IPITRACE, *args[:1], "--ready-file", ready, *args[1:]],
                                     stdin=subprocess.DEVNULL, stdout=out, stderr=err, text=True)
        wait_until(lambda: os.path.exists(ready) or self.proc.poll() is not None, limit)
        self.ids = bpf_ids(self.proc.pid)

    def end(self, signo):
        """Its status; None: it does not end."""
        self.proc.send_signal(signo)
        try:
            _, err = self.proc.communicate(timeout=LIMIT)
            self.err = without_slow_start(err or "")
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
            return None
        finally:
            self.dir.cleanup()
        return self.proc.returncode


def held(reader):
    """How many bytes wait for the reader."""
    return struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD, b"    "))[0]


def filled(reader):
    """Waits until there is something to read, and no more comes: the writer waits."""
    last, since = 0, time.monotonic()

    def steady():
        nonlocal last, since
        now = held(reader)
        if not now or now != last:
            last, since = now, time.monotonic()
        return time.monotonic() > since + 1
    return wait_until(steady, LIMIT)


def check_unread(name, args, pipe, signo):
    """A pipe that fills up by and by; the signal comes while ipitrace waits for room."""
    reader, writer = pipe
    run = Unread(args, writer)
    os.close(writer)
    tap.ok(filled(reader) and run.proc.poll() is None, f"{name}: it waits for a reader",
           run.proc.returncode)
    status = run.end(signo)
    tap.ok(status == 4 and one_line(without_late_names(run.err), "ipitrace: stdout: nobody reads it: ", "bytes"),
           f"{name}: {signo.name} ends it, and says what is lost", f"status {status}",
           run.err if status is not None else "it does not end")
    tap.ok(not any(run.ids[kind] & bpf_ids()[kind] for kind in run.ids),
           f"{name}: nothing stays attached")
    os.set_blocking(reader, False)
    got = b""
    while chunk := os.read(reader, 1 << 20):
        got += chunk
    os.close(reader)
    return got


def small_pipe():
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    return reader, writer


UNREAD = (
    (("summary", "-i", "0.02"), signal.SIGTERM),
    (("summary", "-j", "-i", "0.02"), signal.SIGINT),
    (("hist", "-i", "0.02"), signal.SIGHUP),
    (("hist", "-j", "-i", "0.02"), signal.SIGTERM),
    (("trace",), signal.SIGTERM),
    (("trace", "-j"), signal.SIGINT),
    (("stalls", "-t", "1us"), signal.SIGTERM),
    (("stalls", "-j", "-t", "1us"), signal.SIGTERM),
)

# storm and waits say too little to fill a pipe; stderr may be the same pipe.
ALREADY_FULL = (
    ("storm", "-i", "0.2", "-d", "0.5"),
    ("waits", "-d", "0.2"),
    ("waits", "-j", "-d", "0.2"),
    ("stalls", "-d", "0.2"),
    ("trace", "-f", NEVER, "-d", "0.2"),
    ("summary", *CHEAP, "-d", "0.2"),
)


def test_unread(args, signo):
    name = " ".join(args)
    got = check_unread(name, args, small_pipe(), signo)
    if "-j" in args:
        lines = got.decode().splitlines(keepends=True)
        tap.ok(lines and all(line.endswith("\n") and json.loads(line) for line in lines),
               f"{name}: each line that is there is whole", lines[-1:])


def test_already_full(args):
    name = f"{' '.join(args)} 2>&1 | nobody"
    reader, writer = small_pipe()
    os.write(writer, b"x" * 4096)
    # Who has something to say before being ready waits for room, and is never ready.
    run = Unread(args, writer, writer, limit=2)
    os.close(writer)
    tap.equal(run.end(signal.SIGTERM), 4, f"{name}: SIGTERM ends it")
    os.close(reader)


def test_socket():
    ours, theirs = socket.socketpair()
    run = Unread(("summary", "-j", "-i", "0.02"), theirs)
    theirs.close()
    tap.ok(filled(ours) and run.end(signal.SIGTERM) == 4, "a socket that nobody reads: SIGTERM ends it")
    ours.close()


def test_terminal():
    """Ctrl-S on a terminal stops its output."""
    ours, theirs = os.openpty()
    termios.tcflow(theirs, termios.TCOOFF)
    run = Unread(("summary", "-i", "0.02"), theirs)
    tap.equal(run.end(signal.SIGTERM), 4, "a terminal that is stopped: SIGTERM ends it")
    os.close(theirs)
    os.close(ours)


def test_named_pipe():
    with tempfile.TemporaryDirectory(prefix="ipitest-") as path:
        name = os.path.join(path, "fifo")
        os.mkfifo(name)
        reader = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
        got = check_unread("a named pipe", ("summary", "-j", "-i", "0.02"),
                           (reader, os.open(name, os.O_WRONLY)), signal.SIGTERM)
        lines = got.decode().splitlines(keepends=True)
        tap.ok(lines and all(line.endswith("\n") and json.loads(line) for line in lines),
               "a named pipe: each line that is there is whole", lines[-1:])


def test_slow_reader():
    """A reader that is slow gets everything, although the signal comes first."""
    reader, writer = small_pipe()
    run = Unread(("summary", "-j", "-i", "0.02"), writer)
    os.close(writer)
    filled(reader)
    run.proc.send_signal(signal.SIGTERM)
    got = b""
    while chunk := os.read(reader, 512):
        got += chunk
        time.sleep(0.02)
    status = run.end(signal.SIGTERM)
    os.close(reader)
    lines = [json.loads(line) for line in got.decode().splitlines()]
    tap.ok(status == 0 and not run.err and lines and got.endswith(b"\n"),
           "a slow reader gets the last window whole", status, run.err)
    tap.ok(all(a["window"]["mono_end"] == b["window"]["mono_start"]
               for a, b in zip(lines, lines[1:])), "a slow reader misses no window")


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    test_nohup()
    test_script()
    load = subprocess.Popen([IPILOAD, "membarrier", "-q", "--rate", "2000", "-d", "1000"],
                            stdout=subprocess.DEVNULL)
    cases = [*(partial(test_unread, *case) for case in UNREAD),
             *(partial(test_already_full, args) for args in ALREADY_FULL),
             test_socket, test_terminal, test_named_pipe, test_slow_reader]
    # Each waits for seconds, and none for another.
    with ThreadPoolExecutor(6) as pool:
        for case in [pool.submit(case) for case in cases]:
            case.result()
    load.kill()
    load.wait()
    tap.done()


if __name__ == "__main__":
    main()
