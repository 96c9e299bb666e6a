#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Every command without memory: its n-th allocation fails, alone or with all later ones.
A run ends with status 0 and whole output, or with 3 or 4 and one line on stderr; no
signal, no hang, no process left.

Some n of each command are tried; FAULTS=all, as in make test-all, tries each n to 500
and the last 200. FAULTS_ONLY=COMMAND tries one command.
"""

import contextlib
import ctypes
import errno
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import LIMIT, one_line, tap  # noqa: E402
from ipitest import BUILD, IPILOAD, IPITRACE, QUIET, validate, wait_until, without_slow_start  # noqa: E402
from mounts import mount, unmount  # noqa: E402

PRELOAD = os.path.abspath(os.path.join(BUILD, "tests", "faults.so"))
ALL = os.environ.get("FAULTS") == "all"
FIRST, LAST = 500, 200  # the allocations that are tried: at the beginning, at the end
STEP = 1 if ALL else int(os.environ.get("STEP", 113))
FRAMES = 32
PR_SET_CHILD_SUBREAPER = 36
LOG_BYTES = 8 * (3 + FRAMES)
MEMBARRIER = ("--", *QUIET, IPILOAD, "membarrier", "-q")
LOAD = (*MEMBARRIER, "--count", "30", "--rate", "3000")
# Long enough for records on a busy machine, where 10 ms may pass before the receiver runs.
LONGER = {"30": "300"}
STORM = (*MEMBARRIER, "-d", "0.7")
NOT_QUIET = re.compile(r"ipitrace: isolated found a CPU that is not quiet: status 5; .* ended with status 0\n")


def scrape(port, more=""):
    """PROGRAM: one scrape, with @more headers, and the end when the server closes."""
    return ("--", "bash", "-c", f"trap '' PIPE; exec 2>/dev/null 3<>/dev/tcp/127.0.0.1/{port} || exit 0; "
            f"printf 'GET /metrics HTTP/1.0\\r\\n{more}\\r\\n' >&3; cat <&3 >/dev/null; exit 0")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


SCRATCH = tempfile.TemporaryDirectory()
CAPTURE = os.path.join(SCRATCH.name, "capture")

# Those with a step of their own take long.
COMMANDS = {
    "summary": ("summary", *LOAD),
    "summary -j": ("summary", "-j", "--by", "cgroup", "--stacks", "--self", "--kinds", *LOAD),
    "summary -f": ("summary", "-j", "-f", "*", "--by", "sender", *LOAD),
    "hist": ("hist", *LOAD),
    "hist -j": ("hist", "-j", *LOAD),
    "trace": ("trace", "-q", *LOAD),
    "trace -j": ("trace", "-q", "-j", "--stacks", *LOAD),
    "stalls": ("stalls", "-q", "-t", "1us", *LOAD),
    "stalls -j": ("stalls", "-q", "-j", "-t", "1us", *LOAD),
    "waits": ("waits", "-t", "1us", *LOAD),
    "waits -j": ("waits", "-j", "-t", "1us", *LOAD),
    "storm": ("storm", "-q", "--storm-rate", "100", "-i", "0.1", *STORM),
    "storm -j": ("storm", "-q", "-j", "--storm-rate", "100", "-i", "0.1", *STORM),
    "serve": ("serve", "-q", "--listen", "127.0.0.1:PORT", "-i", "0.02", "SCRAPE"),
    "serve --textfile": ("serve", "-q", "--textfile", "DIR", "-i", "0.02", *LOAD),
    "serve --events": ("serve", "-q", "--listen", "127.0.0.1:PORT", "-i", "0.02", "--events", "-t", "1us",
                       "SCRAPE_PROTOBUF"),
    "record": ("record", "-q", "-j", "-o", "/dev/null", "-t", "1us", "-i", "0.01", *LOAD),
    "report -j": ("report", "-j", "CAPTURE"),
    "report --html": ("report", "CAPTURE", "--html", "/dev/null", "--perfetto", "/dev/null"),
    "isolated": ("isolated", "-c", "0", "--allow", "1000000000", *LOAD),
    "isolated -j": ("isolated", "-j", "-c", "0", "--allow", "1000000000", *LOAD),
    "check": ("check",),
    "check -j": ("check", "-j"),
    "--help": ("--help",),
}
SLOW = {"storm": 4, "storm -j": 4}


class Faulty:
    """A run whose n-th allocation fails; 0: none."""

    def __init__(self, args, nth, on=False, stdout=subprocess.PIPE):
        with tempfile.TemporaryDirectory() as where:
            self.log = os.path.join(where, "log")
            with open(self.log, "wb") as f:
                f.truncate(4096)
            os.mkdir(os.path.join(where, "textfile"))
            self.run(list(self.fill(args, os.path.join(where, "textfile"))), nth, on, stdout)
            with open(self.log, "rb") as f:
                words = struct.unpack(f"{3 + FRAMES}Q", f.read(LOG_BYTES))
            self.allocations, self.failed, base = words[:3]
            self.stack = [hex(word - base) for word in words[3:] if word > base]

    def fill(self, args, textfile):
        port = free_port() if {"SCRAPE", "SCRAPE_PROTOBUF"} & set(args) else 0
        for arg in args:
            if arg == "SCRAPE":
                yield from scrape(port)
            elif arg == "SCRAPE_PROTOBUF":
                yield from scrape(port, "Accept: application/vnd.google.protobuf;"
                                  "proto=io.prometheus.client.MetricFamily;encoding=delimited\\r\\n")
            elif arg == "DIR":
                yield textfile
            elif arg == "CAPTURE":
                yield CAPTURE
            else:
                yield arg.replace("PORT", str(port))

    def run(self, args, nth, on, stdout):
        env = {**os.environ, "LD_PRELOAD": PRELOAD, "FAULTS_LOG": self.log, "FAULTS_NTH": str(nth)}
        if on:
            env["FAULTS_ON"] = "1"
        proc = subprocess.Popen([IPITRACE, *args], env=env, stdout=stdout, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, process_group=0)
        self.hung = False
        try:
            self.out, self.err = proc.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            self.hung = True
            os.killpg(proc.pid, signal.SIGKILL)
            self.out, self.err = proc.communicate()
        self.status = proc.returncode
        self.out = (self.out or b"").decode(errors="replace")
        self.err = without_slow_start(self.err.decode(errors="replace"))
        self.left = not wait_until(lambda: self.gone(proc.pid), 60)

    def gone(self, group):
        """Whether no process of the group is left; those that ipitrace left become ours."""
        try:
            while os.waitpid(-group, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        return False

    def where(self):
        """The functions above the allocation that failed."""
        lines = subprocess.run(["addr2line", "-fse", IPITRACE, *self.stack], text=True,
                               capture_output=True, check=False).stdout.splitlines()
        names = [f"{f} ({at})" for f, at in zip(lines[::2], lines[1::2]) if f != "??"]
        return " < ".join(names[:8])


def sums_agree(snap):
    """A snapshot that lost rows without memory has sums that disagree."""
    edges = sum(e["count"] for e in snap["edges"])
    sent = sum(c["sent"] for c in snap["cpus"])
    funcs = sum(f["count"] for f in snap["functions"])
    by = [sum(row["count"] for row in snap["by"]["rows"])] if snap["by"] else []
    sums = [edges, sent, funcs, *by]
    hists = [h for part in (snap["cpus"], snap["functions"]) for row in part
             for h in (row["delay"], row["handler"]) if h]
    short = [h for h in hists if sum(b["count"] for b in h.get("buckets", ())) != h["count"]]
    return [f"sums {sums}"] * (len(set(sums)) > 1) + [f"a histogram: {h}" for h in short]


def faults_of_json(run, healthy):
    """What is wrong with the objects of a run that says it is done."""
    found = []
    for line in run.out.splitlines(keepends=True):
        try:
            obj = json.loads(line)
        except ValueError:
            return found + [f"no JSON: {line[:200]!r}"]
        if not line.endswith("\n"):
            found.append("half a line")
        if obj["schema"] != "ipitrace/1":
            continue  # PROGRAM's
        found += validate(obj)
        if not run.status and obj["type"] == "snapshot":
            found += sums_agree(obj)
            if obj["host"]["online"] != healthy["host"]["online"]:
                found.append(f"host.online: {obj['host']['online']}")
        if not run.status and obj["type"] == "check":
            if [f["name"] for f in obj["features"]] != [f["name"] for f in healthy["features"]]:
                found.append("features are missing")
    return found


def first_of(run):
    """The first object that is ipitrace's; None: `storm -j` saw no storm."""
    return next((obj for obj in map(json.loads, run.out.splitlines())
                 if obj["schema"] == "ipitrace/1"), None)


# trace, record and serve tell of what was lost, on a busy machine too.
LOSS = re.compile(r"(ipitrace: (\d+ records?,|.* csds?,|\S+: \d+ windows?,|\d+ stalls? (is|are) missing:|"
                  r"\d+ reports? of stalls found no room|reports of storms are missing: \d+,|"
                  r"no room for \d+ stalls?, which (is|are) missing).*\n)+")
# serve goes on without the functions' names, and says so.
NAMELESS = re.compile(r"ipitrace: functions have no names: /proc/kallsyms: Cannot allocate memory\n")
# Crashes of libraries, by a function above the allocation.
LIBRARIES = {
    "accept_socket_cb": "libevent's evhttp crashes in its accept_socket_cb()",
    "lex_scan": "jansson's lexer looks for the end of a text that it could not keep (2.14, lex_save())",
}


NO_OUTPUT = "status 0, and no output"


def faults_of(name, run, healthy):
    """What is wrong with a run; []: nothing."""
    if run.hung:
        return ["it hangs"]
    # A CPU is not quiet (5) where events were lost, as on a busy machine: a verdict, no failure.
    if name.startswith("isolated") and run.status == 5:
        run.status, run.err = 0, NOT_QUIET.sub("", run.err)
    if name.startswith("serve"):
        run.err = NAMELESS.sub("", run.err)
    if run.status not in (0, 3, 4):
        return [f"status {run.status}", run.err]
    found = []
    if run.left:
        found.append("a process is left")
    if run.status and not one_line(run.err, "ipitrace: "):
        found.append(f"status {run.status}, and on stderr: {run.err!r}")
    if not run.status and run.err and not LOSS.fullmatch(run.err):
        found.append(f"status 0, and on stderr: {run.err!r}")
    # Whether there is a storm, or a stall during a scrape, the machine decides.
    if not run.status and healthy.out and not run.out and not name.startswith(("storm", "serve")):
        found.append(NO_OUTPUT)
    if name.endswith((" -j", " -f")):
        found += faults_of_json(run, first_of(healthy))
    elif run.out and not run.out.endswith("\n"):
        found.append(f"half a line: {run.out[-80:]!r}")
    return found


def numbers(total, step, offset):
    """The allocations that are tried, of @total."""
    first = range(1 + offset % step, min(FIRST, total) + 1, step)
    last = range(max(FIRST, total - LAST) + 1 + offset % step, total + 1, step)
    return [*first, *last]


def judge(name, args, offset):
    """Runs the command with failures, and checks each run."""
    healthy = Faulty(args, 0)
    if not tap.ok(not healthy.status and not healthy.hung, f"{name}: runs with the preload",
                  healthy.status, healthy.err):
        return
    step = STEP * (1 if ALL else SLOW.get(name, 1))
    tries = [(n, False) for n in numbers(healthy.allocations, step, offset)]
    tries += [(n, True) for n in numbers(healthy.allocations, 7 * step, offset)]
    with ThreadPoolExecutor(4 if ALL else 2) as pool:
        runs = list(pool.map(lambda t: Faulty(args, *t), tries))
    failed, statuses = 0, {}
    wrong, library = [], {}
    for (n, on), run in zip(tries, runs):
        if not run.failed:
            continue
        failed += 1
        statuses[run.status] = statuses.get(run.status, 0) + 1
        where = run.where() if run.status == -signal.SIGSEGV else ""
        crash = next((LIBRARIES[func] for func in LIBRARIES if func in where), None)
        if crash:
            library.setdefault(crash, []).append(n)
            continue
        found = faults_of(name, run, healthy)
        if found == [NO_OUTPUT]:
            found = faults_of(name, Faulty([LONGER.get(arg, arg) for arg in args], n, on), healthy)
        if found:
            wrong += [f"allocation {n}{' and later' if on else ''}: {run.where()}", *found[:3]]
    tap.ok(failed or healthy.allocations < step, f"{name}: allocations fail",
           f"{healthy.allocations} allocations")
    tap.ok(not wrong, f"{name}: without memory it says so and ends", *wrong)
    for crash, allocations in library.items():
        tap.skip(f"{name}: without memory in a library", f"{crash}: allocations {allocations}")
    for message in sorted({run.err for run in runs if run.failed}):
        tap.note(f"{name}: {message}")
    tap.note(f"{name}: {healthy.allocations} allocations, {failed} failed, status: "
             + ", ".join(f"{s} in {n}" for s, n in sorted(statuses.items())))


def full(where, room, name, args):
    """One run whose stdout, or --textfile, has room for @room bytes."""
    path = os.path.join(where, "out")
    with open(os.path.join(where, "rest"), "wb", buffering=0) as rest:
        with contextlib.suppress(OSError):
            while rest.write(b"x" * 4096):
                pass
        os.ftruncate(rest.fileno(), max(0, os.fstat(rest.fileno()).st_size - room))
    textfile = "DIR" in args
    with open(os.devnull if textfile else path, "wb") as out:
        words = {"DIR": where, "CAPTURE": CAPTURE, **LONGER}
        if name == "report --html":
            args, words["/dev/null"] = args[:4], path  # the page alone
        run = subprocess.run([IPITRACE, *(words.get(arg, arg) for arg in args)],
                             stdout=out, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                             text=True, timeout=LIMIT, check=False)
    text = ""
    with contextlib.suppress(FileNotFoundError):
        with open(path, encoding="utf-8", errors="replace") as f:
            text = f.read()
        os.unlink(path)
        tap.ok(not text or text.endswith("\n"), f"{name}, room for {room}: lines are whole", text[-200:])
    os.unlink(os.path.join(where, "rest"))
    # Of the first text that found no room serve says that it goes on; the last one is its status.
    last = re.sub(r"^ipitrace: --textfile .* the next text is tried\n", "", run.stderr) if textfile else run.stderr
    tap.ok(run.returncode == 4 and
           one_line(last, "ipitrace: ", os.strerror(errno.ENOSPC)),
           f"{name}, room for {room}: status 4, and it says so", run.returncode, run.stderr, f"{len(text)} bytes")


def full_disks():
    with tempfile.TemporaryDirectory() as where:
        mount("tmpfs", where, "size=64k,mode=1777")
        for name, args in COMMANDS.items():
            # Without a storm there is no output; serve has no stdout.
            if not name.startswith(("storm", "serve")) or name == "serve --textfile":
                full(where, 0, name, args)
        for name in ("trace", "trace -j"):
            # Slowly: on a busy machine the receiver may not run for some ms, and then there is no IPI.
            full(where, 4096, name, [*COMMANDS[name][:-4], "--count", "1500", "--rate", "3000"])
        unmount(where)


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    subprocess.run([IPITRACE, "record", "-q", "-o", CAPTURE, *LOAD], check=True)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if os.environ.get("FAULTS_ONLY", "full") == "full":
        full_disks()
    only = os.environ.get("FAULTS_ONLY")
    for offset, (name, args) in enumerate(COMMANDS.items()):
        if not only or only == name:
            judge(name, args, offset * 5)
    tap.done()


if __name__ == "__main__":
    main()
