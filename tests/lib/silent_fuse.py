#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
silent_fuse.py DEVICE FILE DIR ARG...: in user and mount namespaces of its own, run FILE out of an overlay over a FUSE file
system that this process serves, with ARG... Once FILE has run for a second, the file system does not answer any more. DIR: an
empty directory, ours. Prints FILE's pid then.
"""
import ctypes
import os
import signal
import struct
import subprocess
import sys
import time

ROOT, PROGRAM = 1, 2
LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT = 1, 2, 3, 14, 15, 17, 18, 25, 26
OPENDIR, RELEASEDIR, BATCH_FORGET = 27, 29, 42
ENOENT, ENOSYS = 2, 38

_libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind, options):
    if _libc.mount(source.encode(), target.encode(), kind.encode(), 0, options.encode()):
        raise OSError(ctypes.get_errno(), f"mount -t {kind}: {os.strerror(ctypes.get_errno())}")


class Server:
    """One directory with one file. Nothing that it says is kept by the kernel: it is asked each time."""

    def __init__(self, device, program):
        self.fd = os.open(device, os.O_RDWR)
        with open(program, "rb") as f:
            self.bytes = f.read()
        self.silent = False

    def attr(self, node):
        mode, size = (0o40755, 0) if node == ROOT else (0o100755, len(self.bytes))
        return struct.pack("<6Q10I", node, size, (size + 511) // 512, 1, 1, 1, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def answer(self, opcode, node, body):
        """(errno, bytes); None: no answer is expected."""
        if opcode == INIT:
            return 0, struct.pack("<4I2H2I2HI7I", 7, 31, 1 << 16, 0, 16, 12, 1 << 16, 1, 16, 0, 0, *[0] * 7)
        if opcode == LOOKUP:
            if node == ROOT and body.rstrip(b"\0") == b"program":
                return 0, struct.pack("<4Q2I", PROGRAM, 0, 0, 0, 0, 0) + self.attr(PROGRAM)
            return ENOENT, b""
        if opcode == GETATTR:
            return 0, struct.pack("<Q2I", 0, 0, 0) + self.attr(node)
        if opcode in (OPEN, OPENDIR):
            return 0, struct.pack("<Q2I", 0, 2 if opcode == OPEN else 0, 0)
        if opcode == READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            return 0, self.bytes[offset:offset + size]
        if opcode == STATFS:
            return 0, struct.pack("<5Q10I", 1, 0, 0, 2, 0, 4096, 255, 4096, *[0] * 7)
        if opcode in (RELEASE, RELEASEDIR, FLUSH):
            return 0, b""
        return None if opcode in (FORGET, BATCH_FORGET) else (ENOSYS, b"")

    def fall_silent(self, *_):
        self.silent = True

    def serve(self):
        signal.signal(signal.SIGUSR1, self.fall_silent)
        while True:
            request = os.read(self.fd, 1 << 17)
            _, opcode, unique, node = struct.unpack_from("<IIQQ", request)
            said = self.answer(opcode, node, request[40:])
            if said and not self.silent:
                err, out = said
                os.write(self.fd, struct.pack("<IiQ", 16 + len(out), -err, unique) + out)


def main():
    device, program, where, *args = sys.argv[1:]
    server = Server(device, program)
    dirs = {name: os.path.join(where, name) for name in ("lower", "upper", "work", "merged")}
    for path in dirs.values():
        os.mkdir(path)
    mount("fuse", dirs["lower"], "fuse", f"fd={server.fd},rootmode=40000,user_id=0,group_id=0")
    # Not a thread: exec(2) of FILE asks the server while its caller is held, with all of Python.
    pid = os.fork()
    if not pid:
        server.serve()
    mount("overlay", dirs["merged"], "overlay",
          f"lowerdir={dirs['lower']},upperdir={dirs['upper']},workdir={dirs['work']},userxattr")
    with subprocess.Popen([os.path.join(dirs["merged"], "program"), *args]) as proc:
        time.sleep(1)
        os.kill(pid, signal.SIGUSR1)
        print(proc.pid if proc.poll() is None else 0, flush=True)
        sys.stdin.read()
        # Whoever waits for an answer gets none: with this process the file system ends.
        for each in (pid, proc.pid):
            os.kill(each, signal.SIGKILL)
        os.close(server.fd)


main()
