#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""A user's file system that does not answer holds who looks at its files: the functions of others keep their names."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from arena import CPUS, FUNC, built, cannot_run, end, started, threads  # noqa: E402
from conduct import tap  # noqa: E402
from ipitest import Background, as_user, wait_until  # noqa: E402

SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib", "silent_fuse.py")
USER = 61234


def hostile(where, program):
    """The program of user USER in his own namespaces: (its server, its pid in ours), or why it cannot be had."""
    device, mine = os.path.join(where, "device"), os.path.join(where, "mine")
    os.mknod(device, 0o666 | 0o020000, os.makedev(10, 229))
    os.chmod(device, 0o666)
    os.mkdir(mine)
    os.chown(mine, USER, USER)
    server = shutil.copy(SERVER, os.path.join(where, "server.py"))
    proc = subprocess.Popen(as_user(USER, "unshare", "--user", "--map-root-user", "--mount", "/usr/bin/python3", "-B", server,
                                    device, program, mine, CPUS[0], CPUS[1]),
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = proc.stdout.readline().strip()
    if said and int(said):
        return proc, int(said)
    proc.kill()
    return None, proc.communicate()[1].strip().splitlines()[-1:]


def names(run, pid):
    """For each window, the names of the program's functions that process @pid has."""
    return [{frame["func"] for f in snap["functions"] for c in f["callers"] if c["tgid"] == pid
             for frame in c["user_frames"] or () if frame["func"]} for snap in run.snapshots()]


def main():
    if cannot_run() or not shutil.which("setpriv"):
        print(f"1..0 # SKIP {cannot_run() or 'needs setpriv'}")
        return
    with tempfile.TemporaryDirectory() as where:
        os.chmod(where, 0o755)
        program = built(where, "plain", "-fno-omit-frame-pointer", "-static")
        server, pid = hostile(where, program)
        if not server:
            print(f"1..0 # SKIP no FUSE in a user's namespace here: {pid}")
            return
        run = Background("-j", "-i", "0.5", "-f", FUNC)
        time.sleep(1)
        other = started(program)
        # For longer than reader and opener need to begin anew, also on a busy machine.
        time.sleep(10)
        run.end()
        mine, others = names(run, pid), names(run, other.pid)
        end(other)
        server.stdin.close()
        server.wait()
        tap.ok(sum(map(bool, others)) > len(others) // 2, "the functions of others have names", others, run.err)
        tap.ok(not any(mine), "those of the program on the silent file system have none", mine)
        tap.ok(len(run.err.splitlines()) == 1 and f"did not answer within 1 s for process {pid}:" in run.err,
               "ipitrace says so, once, with the process", run.err)
        tap.ok(wait_until(lambda: not threads(pid)), "nothing is left")
    tap.done()


if __name__ == "__main__":
    main()
