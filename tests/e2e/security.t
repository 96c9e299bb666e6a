#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Each process of each command has the rights that docs/security.md says, and no others."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import LIMIT, SPARE_UIDS, scratch, tap  # noqa: E402
from ipitest import IPITRACE, children_of, wait_until  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CAPS = {"cap_dac_read_search": 2, "cap_sys_ptrace": 19, "cap_checkpoint_restore": 40}
TRIGGER = "/proc/sysrq-trigger"


def table():
    """command -> the set of (process, user, capabilities, no new privileges, seccomp)."""
    with open(os.path.join(ROOT, "docs", "security.md"), encoding="utf-8") as f:
        part = f.read().split("## The processes")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in part.splitlines()
            if line.startswith("| `")]
    want = {}
    for process, commands, user, caps, privs, seccomp in rows:
        bits = caps if caps in ("all", "none") else sum(1 << CAPS[cap.strip("` ")] for cap in caps.split(","))
        for command in commands.split(","):
            want.setdefault(command.strip("` "), set()).add(
                (process.strip("`"), user, 0 if bits == "none" else bits, privs == "yes", seccomp == "yes"))
    return want


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def descendants(pid):
    for child in children_of(pid):
        yield child
        yield from descendants(child)


def user_of(uid, directory):
    return "own" if uid in SPARE_UIDS else "root" if uid == 0 else \
        "the directory's" if uid == os.stat(directory).st_uid else str(uid)


def rights(pid, directory):
    status = status_of(pid)
    caps = int(status["CapEff"], 16)
    return (status["Name"], user_of(int(status["Uid"].split()[1]), directory),
            "all" if caps == EVERYTHING else caps, status["NoNewPrivs"] == "1", status["Seccomp"] == "2")


def all_rights(pid, directory):
    """Of a process and all below it; those that end meanwhile are not there."""
    found = set()
    try:
        for each in [pid, *descendants(pid)]:
            found.add(rights(each, directory))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def fill(pipe):
    """Who writes to the pipe waits, until somebody reads it."""
    os.set_blocking(pipe, False)
    try:
        while True:
            os.write(pipe, b"\n" * 4096)
    except BlockingIOError:
        os.set_blocking(pipe, True)


def words_of(command, directory):
    """The arguments of a command of the table."""
    words = command.split()
    out = os.path.join(directory, "out.zst")
    if "--vmcore" in words:
        with open(os.path.join(directory, "dump"), "wb") as f:
            f.write(bytes(4096))
        return [*words, os.path.join(directory, "dump")]
    if "--textfile" in words:
        words.append(directory)
    if "--exec" in words:
        words.insert(words.index("--exec") + 1, "true")
    if "--flight" in words:
        words.insert(words.index("--flight") + 1, "1s")
    if words[0] == "record":
        words += ["-o", out]
    if words[0] == "serve":
        words += ["--listen", "127.0.0.1:0"]
    if words[0] == "isolated":
        words += ["-c", "0"]
    if words[0] == "waits":
        words += ["-t", "10s"]
    return [*words, "-d", "60"]


def held_by(pid):
    try:
        return [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    except FileNotFoundError:
        return []


def run(command, want):
    found = []
    with scratch() as directory:
        os.chmod(directory, 0o755)
        if "--textfile" in command:
            os.chown(directory, 61234, 61234)
        args = [IPITRACE, *words_of(command, directory)]
        reader, writer = os.pipe()
        if "--vmcore" in command:
            # What it reads is no dump: with all rights given up it waits to say that.
            fill(writer)
        with subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=writer,
                              stdin=subprocess.DEVNULL) as proc, open(reader, encoding="utf-8") as pipe:
            os.close(writer)

            def settled():
                found.append(all_rights(proc.pid, directory))
                return found[-1] == want or proc.poll() is not None
            wait_until(settled, LIMIT)
            held = held_by(proc.pid)
            proc.terminate()
            err = pipe.read().strip()
    tap.ok(want in found, f"{command}: the processes of the table, with their rights",
           f"want {sorted(want, key=str)}", f"got {sorted(max(found, key=len), key=str)}", err)
    tap.ok(TRIGGER not in held, f"{command}: ipitrace itself cannot write to {TRIGGER}", held)


def main():
    if os.geteuid():
        tap.skip_all("needs root")
    want = table()
    tap.ok(len(want) >= 14, "docs/security.md has the table", want)
    for command in want:
        if "--backtrace" in command and not os.path.exists(TRIGGER):
            tap.skip(f"{command}: processes", f"this kernel has no {TRIGGER}; tests/unit/test_sysrq.c has them")
            continue
        run(command, want[command])
    tap.done()


EVERYTHING = int(status_of("self")["CapEff"], 16)
main()
