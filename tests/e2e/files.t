#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Files that root writes where others may put what they like, as in /tmp: nobody's links, hard links
and pipes under each name that root is going to use. Nothing is written through one, nothing waits,
and what was there is FILE.old.
"""
import contextlib
import glob
import json
import os
import shutil
import signal
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import fails, on_terminal, tap  # noqa: E402
from ipitest import IPILOAD, IPITRACE, SILENT, Background, Run, as_user, ipitrace, wait_until  # noqa: E402

NOBODY = 65534
CHEAP = ("-q", "-d", "0.1", "-f", "panic")
# The files that a command writes, by the name FILE; it gets a capture as CAPTURE.
COMMANDS = {
    "record": (("record", *CHEAP, "-o", "FILE"), ("f",)),
    "record --max-size": (("record", *CHEAP, "--max-size", "4m", "-o", "FILE"), ("f", "f.1")),
    "summary": (("summary", *CHEAP, "-o", "FILE"), ("f",)),
    "check": (("check", "-o", "FILE"), ("f",)),
    "report": (("report", "-q", "CAPTURE", "-o", "FILE"), ("f",)),
    "report --html": (("report", "-q", "CAPTURE", "--html", "FILE"), ("f",)),
    "report --perfetto": (("report", "-q", "CAPTURE", "--perfetto", "FILE"), ("f",)),
}
OLD = {"f": "f.old", "f.1": "f.old.1"}
PRECIOUS = "precious\n"


class Sticky:
    """A directory like /tmp, a root's file beside it, and a capture."""

    def __init__(self, capture):
        self.top = "/tmp/ipitest-files"
        shutil.rmtree(self.top, ignore_errors=True)
        os.mkdir(self.top, 0o755)
        self.dir = os.path.join(self.top, "tmp")
        os.mkdir(self.dir)
        os.chmod(self.dir, 0o1777)
        self.victim = os.path.join(self.top, "victim")
        self.capture = capture
        with open(self.victim, "w", encoding="ascii") as f:
            f.write(PRECIOUS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def at(self, name):
        return os.path.join(self.dir, name)

    def plant(self, kind, name):
        """As nobody, but for a hard link that the kernel does not let nobody make (fs.protected_hardlinks)."""
        words = {"link": ("ln", "-s", self.victim), "pipe": ("mkfifo", "-m", "666"),
                 "hard link": ("ln", self.victim)}[kind]
        command = [*words, self.at(name)]
        subprocess.run(command if kind == "hard link" else as_user(NOBODY, *command), check=True)

    def run(self, args):
        words = {"FILE": self.at("f"), "CAPTURE": self.capture}
        try:
            return ipitrace(*(words.get(arg, arg) for arg in args))
        except subprocess.TimeoutExpired:
            return None

    def untouched(self):
        with open(self.victim, "rb") as f:
            return f.read() == PRECIOUS.encode()

    def own(self, name):
        """Whether that is a regular file of root's alone, with something in it; but FILE.1 may be empty."""
        st = os.lstat(self.at(name))
        return (stat.S_ISREG(st.st_mode) and (stat.S_IMODE(st.st_mode), st.st_uid, st.st_nlink) == (0o600, 0, 1)
                and (st.st_size > 0 or name == "f.1"))

    def names(self):
        return set(os.listdir(self.dir))


def attack(capture, command, kind, name):
    """One command, with one thing in its way."""
    args, files = COMMANDS[command]
    with Sticky(capture) as place:
        place.plant(kind, name)
        run = place.run(args)
        what = f"{command}: nobody's {kind} at {name}"
        if not tap.ok(run, f"{what}: it ends"):
            return
        tap.ok(place.untouched(), f"{what}: nothing is written through")
        if kind == "pipe" and name in files:
            fails(run, 4, f"{what}: refused", place.at(name), "regular file" if len(files) > 1 else "another user")
            return
        moved = name in files
        tap.ok(run.status == 0 and all(map(place.own, files)), f"{what}: the files are root's alone",
               run.status, run.err, place.names())
        tap.equal((run.err, place.names()),
                  (f"ipitrace: {place.at(name)}: the older file is {place.at(OLD[name])} now\n" if moved else "",
                   {*files, OLD.get(name, name)}), f"{what}: what was there is the old file")


def attack_old(capture, command, kind, name):
    """The old file's name is taken: what is there gives way to the old file."""
    args, files = COMMANDS[command]
    with Sticky(capture) as place:
        for file in files:
            with open(place.at(file), "w", encoding="ascii") as f:
                f.write("old")
        place.plant(kind, OLD[name])
        run = place.run(args)
        what = f"{command}: nobody's {kind} at {OLD[name]}"
        if not tap.ok(run and run.status == 0 and all(map(place.own, files)), f"{what}: done", run and run.err):
            return
        tap.ok(place.untouched(), f"{what}: nothing is written through")
        with contextlib.suppress(OSError), open(place.at(OLD[name]), "rb") as f:
            tap.equal(f.read(), b"old", f"{what}: the old file is there")
        tap.equal(place.names(), {*files, *(OLD[file] for file in files)}, f"{what}: nothing else is")


def test_output(capture):
    """-o FILE of each other command: FILE has the data, and stdout has nothing."""
    cpu = str(max(os.sched_getaffinity(0)))
    for command, *args in (("hist",), ("trace",), ("stalls",), ("waits",), ("storm",), ("isolated", "-c", cpu)):
        with Sticky(capture) as place:
            run = ipitrace(command, "-d", "0.3", "-o", place.at("f"), *args)
            with open(place.at("f"), encoding="utf-8") as f:
                data = f.read()
            tap.ok(run.status in (0, 1) and not run.out and data.startswith(f"ipitrace {command}: ") and place.own("f"),
                   f"{command} -o: the data", run.status, run.err, data[:200])


def test_flight(capture):
    """The recorder's files: the one that is there at once, and the one with a time."""
    for kind in ("link", "hard link", "pipe"):
        with Sticky(capture) as place:
            place.plant(kind, "f.zst")
            args = ("record", "--flight", "1s,8m", "--on", "delay:1us", "--exit", "-d", "20", "-o", place.at("f.zst"),
                    "--", *SILENT, os.path.join(os.path.dirname(IPITRACE), "ipiload"), "membarrier",
                    "-q", "--rate", "2000", "--duration", "3")
            run = place.run(args)
            what = f"record --flight: nobody's {kind} at FILE"
            tap.ok(place.untouched(), f"{what}: nothing is written through")
            if kind == "pipe":
                fails(run, 4, f"{what}: refused", "not a regular file")
                continue
            files = [os.path.basename(name) for name in glob.glob(place.at("f-*"))]
            tap.ok(run and run.status == 0 and len(files) == 1 and place.own(files[0]) and
                   "f.zst.old now" in run.err, f"{what}: the file is root's alone", run and run.err, place.names())


def test_flight_terminal(capture):
    """The clerk's message to a terminal, and the clerk goes on."""
    with Sticky(capture) as place:
        with open(place.at("f.zst"), "w", encoding="ascii") as f:
            f.write("old")
        out = on_terminal("record", "--flight", "1s,8m", "-d", "0.2", "-o", place.at("f.zst"), both=True)
        tap.ok(b"f.zst.old now" in out and b"files: 0" in out, "record --flight: a message to a terminal", out)


def test_ready(capture):
    with Sticky(capture) as place:
        for kind in ("link", "hard link"):
            place.plant(kind, "f")
            run = place.run(("summary", *CHEAP, "--ready-file", "FILE"))
            st = os.lstat(place.at("f"))
            tap.ok(run.status == 0 and place.untouched() and stat.S_IMODE(st.st_mode) == 0o600 and not st.st_size,
                   f"--ready-file: a {kind} in the way", run.status, run.err)
            os.unlink(place.at("f"))
        tap.ok(place.names() == {"f.old"} and os.path.getsize(place.at("f.old")) == len(PRECIOUS),
               "--ready-file: what has bytes becomes FILE.old", place.names())


def lines_of(path):
    return ipitrace("report", "-j", path).out


def test_old(capture):
    """A second run; then one that is killed: what was there, and what it wrote by then, can be read."""
    with Sticky(capture) as place:
        file, old = place.at("f"), place.at("f.old")
        first = ipitrace("record", "-o", file, "-d", "0.2")
        tap.ok(first.status == 0 and ".old" not in first.err, "record: nothing was there", first.err)
        before = lines_of(file)
        run = Background("record", "-o", file, "-i", "0.1")
        wait_until(lambda: os.path.getsize(file))
        run.end(9)
        tap.ok(run.err.startswith(f"ipitrace: {file}: the older file is {old} now\n"), "record: it says so", run.err)
        tap.equal(lines_of(old), before, "record, killed: the old file is whole")
        fails(ipitrace("report", "-j", file), 4, "record, killed: the file reads up to its last frame",
              "ends early")
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as f:
            os.mkdir(place.at("g.old"))
            shutil.copy(f.name, place.at("g"))
        fails(ipitrace("record", *CHEAP, "-o", place.at("g")), 4, "FILE.old is a directory: refused",
              place.at("g.old"), "Is a directory")
        tap.equal(open(place.at("g"), encoding="ascii").read(), open("/proc/sys/kernel/random/boot_id",
                  encoding="ascii").read(), "and FILE is as it was")


def blocks_sigterm(pid):
    """Whether the process takes the signals that end a run by a signalfd, as it does before it opens its output."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        blocked = next(int(line.split()[1], 16) for line in f if line.startswith("SigBlk:"))
    return blocked >> (signal.SIGTERM - 1) & 1


def test_streams(capture):
    """What is no file: stdout, a pipe of root's own, a device."""
    with Sticky(capture) as place:
        for name in ("-", "/dev/stdout", "/dev/fd/1"):
            with open(place.at("got"), "wb") as out:
                done = subprocess.run([IPITRACE, "record", *CHEAP, "-o", name], stdout=out,
                                      stderr=subprocess.PIPE, check=False)
            run = ipitrace("report", "-j", place.at("got"))
            tap.ok(done.returncode == 0 and run.status == 0 and len(run.snapshots()) == 1, f"record -o {name}",
                   done.stderr, run.err)
        tap.ok("<!DOCTYPE html>" in ipitrace("report", "-q", capture, "--html", "-").out[:100], "report --html -")
        os.mkfifo(place.at("p"))
        with subprocess.Popen(["zstd", "-dcq", place.at("p")], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE) as reader:
            run = ipitrace("record", *CHEAP, "-o", place.at("p"))
            out = reader.communicate(timeout=60)[0]
        tap.ok(run.status == 0 and not run.err and out.count(b"\n") >= 3, "record -o: a pipe of one's own",
               run.status, run.err)
        for signo in (signal.SIGINT, signal.SIGTERM):
            proc = subprocess.Popen([IPITRACE, "summary", *CHEAP, "-o", place.at("p")], stderr=subprocess.PIPE, text=True)
            wait_until(lambda: blocks_sigterm(proc.pid))
            proc.send_signal(signo)
            tap.ok(wait_until(lambda: proc.poll() is not None) and proc.returncode == 4 and
                   "nobody reads this pipe" in proc.stderr.read(),
                   f"-o: {signo.name} ends the wait for a reader of the pipe", proc.returncode)
            proc.kill()
            proc.communicate()
        run = ipitrace("record", *CHEAP, "-o", "/dev/null")
        tap.ok(run.status == 0 and stat.S_ISCHR(os.stat("/dev/null").st_mode) and not os.path.lexists("/dev/null.old"),
               "record -o: a device stays a device", run.err)
        for args, status, words in (
                (("record", "--max-size", "4m", "-o", "-"), 4, ("-:", "not a regular file")),
                (("record", "--max-size", "4m", "-o", place.at("p")), 4, ("not a regular file",)),
                (("record", "--flight", "1s", "-o", "-"), 4, ("not a regular file",)),
                (("record", "-j", "-o", "-"), 2, ("--json", "-o -")),
                (("report", capture, "--html", "x", "--perfetto", "x"), 2, ("--html", "--perfetto"))):
            fails(ipitrace(*args, *(CHEAP if args[0] == "record" else ())), status, " ".join(args), *words)


def test_program_keeps_stdout(capture):
    """Was, of `trace -j -- make >FILE`: what make says, amid the records."""
    path = capture + ".json"
    # For so long that the receiver runs at some of the calls: beside a VM none of 20 calls found it running.
    load = f"echo make says; {IPILOAD} membarrier -q --duration 1 --rate 5000; echo and this"
    run = ipitrace("trace", "-j", "-f", "ipi_mb", "-o", path, "--", "sh", "-c", load)
    lines = open(path, encoding="utf-8").read().splitlines()
    tap.ok(run.status == 0 and run.out.startswith("make says\n") and run.out.endswith("and this\n") and
           "ipitrace" not in run.out, "trace -o: stdout is PROGRAM's", run.out, run.err)
    kinds = [json.loads(line)["type"] for line in lines]
    tap.ok(len(kinds) > 2 and {*kinds[:-1]} == {"ipi"} and kinds[-1] == "trace_end",
           f"trace -o: {len(lines)} lines in the file, and nothing else", *lines[:3])
    run = ipitrace("summary", *CHEAP, "-o", "/dev/full")
    fails(run, 4, "summary -o: a full disk is named with the file", "/dev/full", "No space left")
    run = ipitrace("summary", *CHEAP, "-o", "-")
    tap.ok(run.status == 0 and run.out, "summary -o -: stdout", run.err)
    fails(ipitrace("serve", "-d", "0.1", "-o", path), 2, "serve -o: its data are the events", "--output", "--events")
    tap.ok(open(path, encoding="utf-8").read().splitlines() == lines, "serve -o: what is refused leaves the file")
    os.unlink(path)


def test_second(capture):
    """report, and what a stranger put at FILE.1."""
    with Sticky(capture) as place:
        shutil.copy(capture, place.at("f"))
        want = lines_of(capture)
        place.plant("pipe", "f.1")
        for args in (("report", "-j", "FILE"), ("report", "FILE", "--html", place.at("x"), "-q"),
                     ("report", "--diff", "FILE", "FILE")):
            run = place.run(args)
            tap.ok(run and run.status == 0 and run.err.startswith(f"ipitrace: {place.at('f.1')}: left out: not a "
                   "regular file\n"), f"{' '.join(args[:2])}: a pipe at FILE.1", run and run.err)
            tap.ok(args[1] != "-j" or run and run.out == want, "and FILE is read")
        os.unlink(place.at("f.1"))
        # A later part of the same run, which says what it likes.
        first, *rest = subprocess.run(["zstd", "-dcq", capture], stdout=subprocess.PIPE,
                                      check=True).stdout.splitlines()
        head = {**json.loads(first), "part": 2}
        subprocess.run(["zstd", "-qfo", place.at("f.1")], check=True,
                       input=b"\n".join([json.dumps(head).encode(), *rest, b""]))
        tap.equal(lines_of(place.at("f")), 2 * want, "root's own FILE.1: both are read")
        os.chown(place.at("f.1"), NOBODY, NOBODY)
        run = ipitrace("report", "-j", place.at("f"))
        tap.ok(run.status == 0 and run.out == want and
               run.err == f"ipitrace: {place.at('f.1')}: left out: the file of another user\n",
               "nobody's FILE.1: left out", run.status, run.err)


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    capture = f"/tmp/ipitest-capture-{os.getpid()}"
    run = Run([IPITRACE, "record", "-q", "-o", capture, "-d", "0.3"])
    tap.ok(run.status == 0, "a capture", run.err)
    try:
        for command, (_, files) in COMMANDS.items():
            for name in files:
                for kind in ("link", "hard link", "pipe"):
                    attack(capture, command, kind, name)
                    attack_old(capture, command, kind, name)
        test_output(capture)
        test_flight(capture)
        test_flight_terminal(capture)
        test_ready(capture)
        test_old(capture)
        test_streams(capture)
        test_second(capture)
        test_program_keeps_stdout(capture)
    finally:
        os.unlink(capture)
    tap.done()


main()
