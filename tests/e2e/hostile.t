#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Names that any user may choose, on root's terminal: a task and a cgroup whose
names hold escape sequences, newlines, C1 controls, bytes that are no UTF-8 and
what turns a line around send IPIs, and no view passes such a byte on.
"""
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import on_terminal, tap  # noqa: E402
from ipitest import IPILOAD, first_good, ipitrace, wait_until  # noqa: E402
from mounts import cgroup2  # noqa: E402
from senders import Group  # noqa: E402

# As 15 bytes, the longest task name; a cgroup's name may have any byte but '/' and newline.
COMM = b"\x1b[31m\n\x9b\xff\xc2\x9b\x7f\xe2\x80\xae"
COMM_TAMED = b"?[31m??????"
CGROUP = b"\x1b[31m\x9b\xff\xc2\x9b\x7f"
CGROUP_TAMED = b"?[31m????"
# Those that the views themselves write; red alone is not among them.
COLOURS = re.compile(rb"\x1b\[(?:0|1|2|1;31)m")
OBEYED = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae")
SECONDS = "1"


def raw(out):
    """What a terminal might obey in @out; None: nothing."""
    text = COLOURS.sub(b"", out).replace(b"\r\n", b"\n")
    found = OBEYED.search(text)
    if found:
        return text[max(0, found.start() - 40):found.end() + 40]
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as err:
        return text[err.start - 40:err.end + 40]
    return None


def check(name, out, *wanted):
    found = raw(out)
    tap.ok(found is None, f"{name}: no byte of theirs that a terminal obeys", repr(found))
    for want in wanted:
        tap.ok(want in out, f"{name}: names {want.decode()}", repr(out[-2000:]))


def check_page(name, args, *wanted):
    """A busy machine may not run the load's two threads at the same time, so that nothing is sent: look five times."""
    check(name, first_good(lambda: on_terminal(*args), lambda out: all(want in out for want in wanted)), *wanted)


@contextlib.contextmanager
def hostile_load():
    """ipiload under the hostile name; where cgroup2 is mounted, in the hostile cgroup."""
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(tempfile.TemporaryDirectory(prefix="ipitest-"))
        binary = shutil.copy(IPILOAD, os.path.join(path, os.fsdecode(COMM)))
        procs = "/dev/null"
        if cgroup2():
            procs = stack.enter_context(Group(os.fsdecode(CGROUP))).dir + "/cgroup.procs"
        # An IPI is sent only while both of its threads run, and the machine may be busy.
        load = subprocess.Popen(["sh", "-c", 'echo $$ >"$0" && exec "$@"', procs,
                                 "nice", "-n", "-10", binary, "membarrier", "-q",
                                 "--rate", "3000", "--duration", "600"], stdout=subprocess.DEVNULL)
        try:
            named = wait_until(lambda: comm_of(load.pid) == COMM + b"\n")
            tap.ok(named, "a task may have such a name", comm_of(load.pid))
            yield load.pid
        finally:
            load.kill()
            load.wait()


def comm_of(pid):
    with open(f"/proc/{pid}/comm", "rb") as f:
        return f.read()


def test_text(pid):
    one = ("-d", SECONDS)
    cgroup = [CGROUP_TAMED] if cgroup2() else []
    if not cgroup:
        tap.skip("cgroups by such a name", "no cgroup2 is mounted")
    # The page has the most frequent sender alone.
    check("summary", on_terminal("summary", *one))
    check_page("summary --full", ("summary", "--full", *one), COMM_TAMED)
    check_page("summary --by sender", ("summary", "--by", "sender", *one), COMM_TAMED,
          *cgroup)
    check_page("summary --by cgroup", ("summary", "--by", "cgroup", *one), *cgroup)
    check_page("summary --by victim", ("summary", "--by", "victim", *one), COMM_TAMED)
    check_page("summary --stacks", ("summary", "--stacks", *one), COMM_TAMED)
    # Beside a process number of five digits the page has no room for the whole name.
    check_page("summary --kinds", ("summary", "--kinds", "-p", str(pid), *one), COMM_TAMED[:-3])
    check("hist", on_terminal("hist", *one))
    check("trace", on_terminal("trace", "-d", "0.2"))
    check("trace --stacks", on_terminal("trace", "--stacks", "-d", "0.2"))
    check_page("storm", ("storm", "-f", "ipi_mb", "--storm-rate", "50", "-i", "0.4", "-d", "3"), COMM_TAMED, *cgroup)
    check_page("stalls", ("stalls", "-t", "10us", *one), COMM_TAMED)
    check("waits", on_terminal("waits", "-t", "10us", *one))
    check("check", on_terminal("check"))


def test_json():
    """C1 controls are no better in a JSON string."""
    for args in (("summary", "--by", "sender", "--stacks"), ("trace",), ("storm", "-i", "0.2"),
                 ("stalls", "-t", "10us")):
        out = on_terminal(*args, "-j", "-d", SECONDS)
        # JSON need not escape DEL, which a terminal ignores.
        check(f"{args[0]} -j", out.replace(b"\x7f", b""))
    run = ipitrace("-j", "--by", "sender", "-d", SECONDS)
    comms = {row["comm"] for snap in run.snapshots() for row in snap["by"]["rows"]}
    want = "\x1b[31m\n??\x9b\x7f\u202e"
    tap.ok(want in comms, "-j: all of the name that JSON can have", comms)


def test_messages():
    """Words of the command line that a message quotes."""
    word = os.fsdecode(b"/nonexistent/\x1b[31m\n\x9b\xff\xc2\x9b")
    for args in (("--ready-file", word, "-d", "0.1"), ("-d", "0.1", "--", word), (word,),
                 ("-f", word, "-d", "0.1"), ("-c", word), ("--by", word),
                 ("serve", "--textfile", word), ("serve", "--listen", word)):
        run = ipitrace(*args, errors="surrogateescape")
        err = os.fsencode(run.err)
        tap.ok(run.status and err.count(b"\n") == 1 and not raw(err),
               f"a message about {' '.join(arg for arg in args if arg != word) or 'a command'}",
               run.status, repr(err))


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    test_messages()
    with hostile_load() as pid:
        test_text(pid)
        test_json()
    tap.done()


if __name__ == "__main__":
    main()
