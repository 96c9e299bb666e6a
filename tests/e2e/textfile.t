#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""ipitrace serve --textfile: one that writes, one that reads, and disks that are full."""

import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import NEVER, fails, scratch, tap  # noqa: E402
from ipitest import IPITRACE, Background, Run, children_of, ipitrace, wait_until, without_slow_start  # noqa: E402
from serving import gone_back, ledger_open, parse, total  # noqa: E402

NAME = "ipitrace.prom"
LAST = ("ipitrace_orphans_total", "ipitrace_lost_total")  # the last family; under a filter


def textfile(path, *args):
    return Background("serve", "--textfile", path, "-i", "0.05", *args)


def read(path):
    with open(os.path.join(path, NAME), encoding="utf-8") as f:
        return f.read()


def whole(text):
    return text.endswith("\n") and text.splitlines()[-1].startswith(LAST)


def written(path, limit=30):
    return wait_until(lambda: os.path.exists(os.path.join(path, NAME)), limit)


def tcp_sockets(pid):
    found = set()
    for name in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{name}", encoding="ascii") as f:
            found |= {f"socket:[{line.split()[9]}]" for line in f.readlines()[1:]}
    return found & {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}


def writer_of(run):
    """The pid of the child that writes."""
    return children_of(run.proc.pid)[0]


def test_readers():
    with scratch() as path:
        run = textfile(path)
        torn, back, before, n = [], [], {}, 0
        tap.ok(written(path), "it is written")
        end = time.monotonic() + 2
        while time.monotonic() < end or n < 10:
            text = read(path)
            if not whole(text):
                torn.append(text[-100:])
                continue
            after, types = parse(text)
            n += after != before
            back += gone_back(before, after, types)
            before = after
        tap.ok(not torn, f"a reader always sees a whole one ({n} of them)", *torn[:3])
        tap.ok(not back, "no counter goes back", *back[:3])
        wrong = ledger_open(before)
        tap.ok(not wrong, "the ledger closes", wrong)
        tap.ok(not [name for name, _ in before if name.startswith("process_")],
               "no name that node_exporter has")
        tap.equal(tcp_sockets(run.proc.pid), set(), "without --listen it does not listen")
        st = os.stat(os.path.join(path, NAME))
        tap.equal(st.st_mode & 0o777, 0o644, "everybody may read it")
        run.end(signal.SIGTERM)
        tap.equal((run.status, run.out, run.err),
                  (0, "", f"ipitrace: metrics in {path}/{NAME}, every 0.05 s\n"),
                  "SIGTERM: a good end, and it said where the metrics are")
        tap.equal(os.listdir(path), [NAME], "the file stays, and nothing else")
        last = parse(read(path))[0]
        tap.ok(not gone_back(before, last, types) and
               total(last, "ipitrace_windows_total") >= total(before, "ipitrace_windows_total"),
               "it ends with the last figures")


def test_writer():
    """As DIR's owner, confined to it, whoever that is; and it ends with ipitrace."""
    for uid, mode in ((0, 0o755), (1234, 0o700)):
        with scratch() as path:
            os.chown(path, uid, uid)
            os.chmod(path, mode)
            run = textfile(path, "-f", NEVER)
            tap.ok(written(path), f"DIR of uid {uid}, mode {mode:o}: it is written")
            st = os.stat(os.path.join(path, NAME))
            tap.equal((st.st_uid, st.st_gid), (uid, uid), "the file is its owner's")
            pid = writer_of(run)
            with open(f"/proc/{pid}/status", encoding="ascii") as f:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
            tap.equal([status["Uid"].split(), int(status["CapEff"], 16), int(status["CapBnd"], 16),
                       status["Groups"].split(), status["NoNewPrivs"]],
                      [[str(uid)] * 4, 0, 0, [], "1"], "the writer: its owner, without capabilities")
            tap.equal(os.path.realpath(os.readlink(f"/proc/{pid}/root")), os.path.realpath(path),
                      "DIR is its root directory")
            fds = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            tap.ok(not [fd for fd in fds if "bpf" in fd], "it holds no BPF program", fds)
            run.end(signal.SIGKILL)
            tap.ok(wait_until(lambda: not os.path.exists(f"/proc/{pid}")), "kill -9: it ends, too")
            tap.ok(whole(read(path)), "kill -9: the file is whole")


def test_left_behind():
    """What a killed one left, or somebody made, is not written through."""
    with scratch() as path:
        victim = os.path.join(path, "victim")
        with open(victim, "w", encoding="ascii") as f:
            f.write("precious")
        os.symlink("victim", os.path.join(path, f".{NAME}.new"))
        run = textfile(path, "-f", NEVER)
        tap.ok(written(path), "a link in the way: it is written")
        run.end(signal.SIGTERM)
        with open(victim, encoding="ascii") as f:
            tap.equal(f.read(), "precious", "and not through the link")


def failing(path, breaks, name, word):
    """Running well, then @breaks(): status 4, a message; what is there stays as it was."""
    run = textfile(path, "-q", "-f", NEVER)
    tap.ok(written(path), f"{name}: written before")
    breaks()
    try:
        run.out, err = run.proc.communicate(timeout=60)
        run.err = without_slow_start(err)
    except subprocess.TimeoutExpired:
        run.end()
    run.status = run.proc.returncode
    fails(run, 4, f"{name}: status 4, and it says so", f"--textfile {path}", word)


def test_full():
    with scratch() as path:
        if Run(["mount", "-t", "tmpfs", "-o", "size=256k", "ipitest", path]).status:
            tap.skip("disk full", "no mount here", 3)
            return
        try:
            def fill():
                with open(os.path.join(path, "filler"), "wb", buffering=0) as f:
                    try:
                        while True:
                            f.write(b"x" * 4096)
                    except OSError:
                        pass
            run = textfile(path, "-q", "-f", NEVER)
            tap.ok(written(path), "disk full: written before")
            fill()
            # So long that many writes fail.
            time.sleep(1)
            old = read(path)
            tap.ok(whole(old) and "textfile_failures_total 0\n" in old, "disk full: the old file is valid", old[-100:])
            tap.equal([sorted(os.listdir(path)), run.proc.poll()], [["filler", NAME], None], "disk full: nothing half stays")
            os.unlink(os.path.join(path, "filler"))
            tap.ok(wait_until(lambda: "ipitrace_textfile_failures_total 0\n" not in read(path)), "disk full: the next text counts it",
                   read(path))
            run.end(signal.SIGTERM)
            tap.equal([run.status, run.err.splitlines()],
                      [0, [f"ipitrace: --textfile {path}: No space left on device: the file stays as it is; the next text is tried",
                           f"ipitrace: --textfile {path}: written again"]], "disk full: a line, and another one when it has room")
        finally:
            Run(["umount", path])


def test_gone():
    with scratch() as top:
        path = os.path.join(top, "dir")
        os.mkdir(path)

        def remove():
            # Until it is between two writes.
            def gone():
                for name in os.listdir(path):
                    try:
                        os.unlink(os.path.join(path, name))
                    except FileNotFoundError:
                        pass
                try:
                    os.rmdir(path)
                except OSError:
                    return False
                return True
            wait_until(gone)
        failing(path, remove, "DIR removed", "no such directory")


def test_refused():
    with scratch() as path:
        name = os.path.join(path, "file")
        with open(name, "w", encoding="ascii"):
            pass
        fails(ipitrace("serve", "--textfile", name), 3, "--textfile of a file", name,
              "Not a directory")
        name = os.path.join(path, "nothing")
        fails(ipitrace("serve", "--textfile", name), 3, "--textfile of nothing", name, "no such directory")
        os.mkdir(name, 0o555)
        os.chown(name, 1234, 1234)
        fails(ipitrace("serve", "--textfile", name), 3, "--textfile of a directory whose owner may not write",
              name, "Permission denied")
    run = Run([IPITRACE, "serve", "--textfile", ""])
    fails(run, 2, "--textfile ''", "--textfile")


def main():
    test_readers()
    test_writer()
    test_left_behind()
    test_full()
    test_gone()
    test_refused()
    tap.done()


main()
