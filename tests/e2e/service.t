#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""The units of packaging/: systemd takes them, and what they leave ipitrace is enough.

The tests' machines do not run systemd: so ipitrace runs as the unit would run
it, and its system calls are held against the unit's filter.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import NEVER, scratch, tap  # noqa: E402
from ipitest import IPILOAD, IPITRACE, Run, as_user, children_of, ipitrace, wait_until, without_slow_start  # noqa: E402
from mounts import privately  # noqa: E402
from serving import parse, total  # noqa: E402

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
UNIT = os.path.join(TOP, "packaging/ipitrace.service")
RECORDER = os.path.join(TOP, "packaging/ipitrace-record.service")
DESIGN = os.path.join(TOP, "docs/design.md")
UID = 61234  # as DynamicUser= has them

with open(UNIT, encoding="utf-8") as unit:
    TEXT = unit.read()
with open(RECORDER, encoding="utf-8") as unit:
    RECORDER_TEXT = unit.read()


def settings(name, text=TEXT):
    return re.findall(rf"^{name}=(.*)$", text, re.M)


def own_options():
    """The unit's, in front of the administrator's."""
    words = settings("ExecStart")[0].split()
    return words[words.index("serve") + 1:words.index("$IPITRACE_OPTIONS")]


def test_verify():
    for name, text in (("ipitrace", TEXT), ("ipitrace-record", RECORDER_TEXT)):
        with tempfile.TemporaryDirectory() as path:
            copy = os.path.join(path, f"{name}.service")
            with open(copy, "w", encoding="utf-8") as f:
                f.write(text.replace("/usr/local/bin/ipitrace", os.path.abspath(IPITRACE)))
            run = Run(("systemd-analyze", "verify", "--man=no", copy))
        # Units of the machine's own may have something to be said of, too.
        said = [line for line in run.err.splitlines() if "ipitrace" in line]
        tap.ok(not run.status and not said, f"systemd-analyze verify {name}", run.status, *said)


def test_port_taken():
    """Another process may have the port while the machine boots: the unit starts again, and gives up some time."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        run = ipitrace("serve", "--no-page", "--listen", f"127.0.0.1:{other.getsockname()[1]}", "-d", "1")
    burst, pause, interval = (int(settings(name)[0]) for name in ("StartLimitBurst", "RestartSec", "StartLimitIntervalSec"))
    tap.ok(run.status == 3 and "3" not in settings("RestartPreventExitStatus")[0].split() and burst * pause < interval,
           "a port that is taken: the unit starts again, up to its limit", run.status, run.err, burst, pause, interval)


def test_options():
    """The administrator's options come on top: metrics alone, whatever they are."""
    with open(os.path.join(TOP, "packaging/debian/ipitrace.default"), encoding="utf-8") as f:
        file = re.findall(r'^IPITRACE_OPTIONS="(.*)"$', f.read(), re.M)
    tap.equal((own_options(), file), (["--quiet", "--no-page"], [""]), "no page, whatever IPITRACE_OPTIONS has")
    run = ipitrace("serve", *own_options(), "--no-page", "--listen", "127.0.0.1:0", "-d", "0.1", "-f", NEVER)
    tap.equal((run.status, run.err), (0, ""), "a file of before, with --no-page again, still serves")


def test_security():
    """As the documentation has it, or better."""
    with open(DESIGN, encoding="utf-8") as f:
        said = re.search(r"exposure level of ([\d.]+)", f.read().replace("\n", " "))
    for unit in (UNIT, RECORDER):
        run = Run(("systemd-analyze", "security", "--offline=yes", "--no-pager", unit))
        got = re.search(r"exposure level for ipitrace\S*.service: ([\d.]+)", run.out)
        tap.ok(got and said and float(got[1]) <= float(said[1]),
               f"systemd-analyze security {os.path.basename(unit)}: not worse than docs/design.md says",
               got and got[0], said and said[0])


def expand(names):
    """System calls of a filter's words: groups are of systemd's making."""
    calls = set()
    for name in names:
        if not name.startswith("@"):
            calls.add(name)
            continue
        out = Run(("systemd-analyze", "syscall-filter", "--no-pager", name)).out
        calls |= expand(line.strip() for line in out.splitlines()[1:]
                        if line.strip() and "#" not in line)
    return calls


def allowed(text=TEXT):
    calls = expand(["@default"])
    for words in settings("SystemCallFilter", text):
        some = expand(words.lstrip("~").split())
        calls = calls - some if words.startswith("~") else calls | some
    return calls


def as_unit(binary, trace, *args):
    caps = ",".join("+" + name[4:].lower() for name in settings("AmbientCapabilities")[0].split())
    return as_user(UID, *(f"--{of}=-all,{caps}" for of in ("inh-caps", "ambient-caps", "bounding-set")),
                   "--no-new-privs", *(["strace", "-f", "-qq", "-o", trace] if trace else []), binary, *args)


def unit_binary(path):
    """A copy of the binary in @path, for the unit's user; and why it cannot be run, or None."""
    os.chmod(path, 0o777)
    binary = shutil.copy(IPITRACE, path)
    return binary, f"nobody else can run {binary}" if Run(as_unit(binary, None, "--version")).status else None


def pid_of(proc, trace):
    """strace keeps signals to itself; its child is the process that they are for."""
    return (children_of(proc.pid) or [proc.pid])[0] if trace else proc.pid


def calls_of(trace):
    """The system calls that a trace has; strace itself runs the binary."""
    with open(trace, encoding="utf-8", errors="replace") as f:
        return set(re.findall(r"^\d+ +(?:<\.\.\. )?(\w+)(?=\(| resumed)", f.read(), re.M))


def run_as_unit(binary, trace):
    """A scrape under load, and what was said at the end."""
    own = [word for word in own_options() if word != "--quiet"]
    args = map(str, as_unit(binary, trace, "serve", "--listen", "127.0.0.1:0", "-i", "0.2", *own))
    proc = subprocess.Popen(args, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    said, where = "", None
    while not where and (line := proc.stderr.readline()):
        where = re.search(r"http://(\S+)/metrics", line)
        said += line if not where else ""
    samples = {}
    if where:
        def scraped():
            Run((IPILOAD, "membarrier", "-q", "--count", "100"))
            with urllib.request.urlopen(where[0], timeout=30) as reply:
                samples.update(parse(reply.read().decode())[0])
            return total(samples, "ipitrace_calls_total", func="ipi_mb")
        wait_until(scraped)
    os.kill(pid_of(proc, trace), signal.SIGTERM)
    _, err = proc.communicate(timeout=60)
    return samples, proc.returncode, without_slow_start(said + err)


def test_run():
    with scratch() as path:
        binary, why = unit_binary(path)
        if why:
            tap.skip("as the unit has it", why, 4)
            return
        samples, status, err = run_as_unit(binary, None)
        tap.equal((status, err), (0, ""), "with the unit's capabilities alone: done")
        tap.ok(total(samples, "ipitrace_calls_total", func="ipi_mb"), "and functions have names",
               [key for key in samples if key[0] == "ipitrace_calls_total"])
        if not shutil.which("strace"):
            tap.skip("system calls", "no strace", 2)
            return
        trace = os.path.join(path, "trace")
        _, status, err = run_as_unit(binary, trace)
        used = calls_of(trace)
    tap.ok(not status and {"bpf", "epoll_wait", "accept4"} <= used, "traced", status, err, used)
    over = used - allowed()
    tap.ok(not over, f"its {len(used)} system calls pass the unit's filter", over)


def test_textfile():
    """--textfile in the unit's RuntimeDirectory, as docs/fleet.md has it."""
    with open(os.path.join(TOP, "docs/fleet.md"), encoding="utf-8") as f:
        text = f.read()
    made = re.findall(r"^ *RuntimeDirectory=(.*)$", text, re.M)
    words = re.findall(r'^ *IPITRACE_OPTIONS="(--textfile .*)"$', text, re.M)
    tap.equal(words, [f"--textfile /run/{name}" for name in made] or None,
              "docs/fleet.md: the file is in the directory that is made for the unit")
    if not shutil.which("strace"):
        tap.skip("the system calls of --textfile", "no strace", 2)
        return
    with scratch() as path:
        binary, why = unit_binary(path)
        if why:
            tap.skip("--textfile as the unit has it", why, 2)
            return
        directory, trace = os.path.join(path, "made"), os.path.join(path, "trace")
        os.mkdir(directory, 0o755)
        os.chown(directory, UID, UID)
        run = Run(as_unit(binary, trace, "serve", *own_options(), "--textfile", directory, "-d", "0.5"))
        file = os.path.join(directory, "ipitrace.prom")
        tap.ok(not run.status and not run.err and os.path.exists(file) and os.stat(file).st_mode & 0o777 == 0o644,
               "the unit writes the file, and everybody may read it", run.status, run.err)
        over = calls_of(trace) - allowed()
    tap.ok(not over, "the system calls of --textfile pass the unit's filter", over)


def recorder_run(binary, directory, trace):
    """As the unit starts it, in a directory of its own: a file by SIGUSR1, then the end."""
    words = settings("ExecStart", RECORDER_TEXT)[0].split()[1:]
    words[words.index("-o") + 1] = os.path.join(directory, "flight.zst")
    ready = os.path.join(directory, "ready")
    args = map(str, as_unit(binary, trace, *words, "--ready-file", ready))
    with subprocess.Popen(args, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as proc:
        wait_until(lambda: os.path.exists(ready) or proc.poll() is not None)
        pid = pid_of(proc, trace)
        os.kill(pid, signal.SIGUSR1)
        wait_until(lambda: [name for name in os.listdir(directory) if name.startswith("flight-")])
        os.kill(pid, signal.SIGTERM)
        err = proc.communicate(timeout=120)[1]
    files = [os.path.join(directory, name) for name in os.listdir(directory) if name.startswith("flight-")]
    return files, proc.returncode, err


def test_recorder():
    """The unit of the recorder: its rights and system calls do, and the file that it writes can be read."""
    tap.equal(settings("AmbientCapabilities", RECORDER_TEXT), settings("AmbientCapabilities"), "both units: one set of rights")
    words = settings("ExecStart", RECORDER_TEXT)[0].split()
    tap.ok(words[-1].startswith(f"/var/lib/{settings('StateDirectory', RECORDER_TEXT)[0]}/"),
           "the recorder's files: in the directory that is made for the unit", *words)
    with scratch() as path:
        binary, why = unit_binary(path)
        if why:
            tap.skip("as the recorder's unit has it", why, 5)
            return
        for trace in (None, os.path.join(path, "trace")):
            if trace and not shutil.which("strace"):
                tap.skip("the recorder's system calls", "no strace", 3)
                return
            directory = tempfile.mkdtemp(dir=path)
            os.chmod(directory, 0o700)
            os.chown(directory, UID, UID)
            files, status, err = recorder_run(binary, directory, trace)
            tap.ok(not status and len(files) >= 1, f"recorder{', traced' if trace else ''}: done, and a file", status,
                   err, files)
            tap.ok(files and '"type":"trigger"' in ipitrace("report", "-j", files[0]).out, "the file has its reason")
        used = calls_of(trace)
    over = used - allowed(RECORDER_TEXT)
    tap.ok({"bpf", "renameat2"} <= used and not over, f"the recorder's {len(used)} system calls pass the unit's filter",
           over, used)


def test_hidden_names():
    """As under a unit with ProtectKernelTunables=: a file of mode 000 in place of /proc/kallsyms."""
    with scratch() as path:
        os.chmod(path, 0o777)
        binary = shutil.copy(IPITRACE, path)
        hidden = os.path.join(path, "hidden")
        with open(hidden, "w", encoding="ascii"):
            os.chmod(hidden, 0)
        script = 'mount --bind "$1" /proc/kallsyms && shift && exec "$@"'
        run = Run(privately(script, "sh", hidden, *as_unit(binary, None, "serve", "-q", "-d", "0.2",
                                                           "--listen", "127.0.0.1:0")))
    tap.equal((run.status, run.err), (0, "ipitrace: functions have no names: /proc/kallsyms: Permission denied\n"),
              "without /proc/kallsyms: it serves, and says what is missing")


def main():
    if shutil.which("systemd-analyze"):
        test_verify()
        test_port_taken()
        test_options()
        test_security()
        test_run()
        test_textfile()
        test_recorder()
        test_hidden_names()
    else:
        tap.skip("the unit", "no systemd-analyze")
    tap.done()


main()
