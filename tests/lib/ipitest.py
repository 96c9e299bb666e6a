# SPDX-License-Identifier: GPL-2.0
"""Shared by the end-to-end tests: TAP, running ipitrace, ftrace beside ipitrace."""

import atexit
import functools
import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

from mounts import TRACING, no_tracefs
from shapes import Shapes

# A shell's background job inherits SIGINT as ignored, and so would ipitrace, whom tests end by it.
for signo in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(signo) == signal.SIG_IGN:
        signal.signal(signo, signal.SIG_DFL)

# On a terminal of a test no pager waits for a key.
os.environ["PAGER"] = "cat"

BUILD = os.environ.get("BUILD", "build")
IPITRACE = os.path.join(BUILD, "ipitrace")
IPILOAD = os.path.join(BUILD, "ipiload")
TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SCHEMA = os.path.join(TOP, "schema", "ipitrace-1.json")
# Seconds after which a process counts as hung. A test file is ended after 600.
HUNG_S = 240


class Tap:
    """ok() for each check, from any thread; done() prints the plan and exits."""

    def __init__(self):
        self.n = 0
        self.failed = 0
        self.lock = threading.Lock()

    def ok(self, good, name, *details):
        with self.lock:
            return self._ok(good, name, *details)

    def _ok(self, good, name, *details):
        self.n += 1
        if not good:
            self.failed += 1
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}", flush=True)
        for detail in details if not good else ():
            self.note(detail)
        return bool(good)

    def equal(self, got, want, name):
        return self.ok(got == want, name, f"got  {got}", f"want {want}")

    def same(self, got, want, name):
        """Two sets; a failure lists the difference."""
        return self.ok(got == want, name, f"missing {sorted(want - got)}", f"too many {sorted(got - want)}")

    def skip(self, name, why, checks=1):
        """One check that cannot be made here, or so many: tests/one wants no more than those that are left."""
        self.n += 1
        print(f"ok {self.n} - {name} # SKIP {why}{f' ({checks} checks)' if checks > 1 else ''}", flush=True)

    def skip_all(self, why):
        """Before the first check."""
        print(f"1..0 # SKIP {why}")
        sys.exit(0)

    def note(self, text):
        for line in str(text).splitlines():
            print(f"# {line}", flush=True)

    def done(self):
        print(f"1..{self.n}")
        sys.exit(1 if self.failed else 0)


class Schema:
    """Of "ipitrace/1": a validator, and the shapes of the objects that it found valid."""

    def __init__(self):
        import jsonschema
        with open(SCHEMA, encoding="utf-8") as f:
            schema = json.load(f)
        jsonschema.Draft202012Validator.check_schema(schema)
        self.validator = jsonschema.Draft202012Validator(schema)
        self.shapes = Shapes(schema)
        self.valid = set()

    def errors(self, obj):
        return [f"{error.json_path}: {error.message}"[:300] for error in self.validator.iter_errors(obj)]

    def new_errors(self, obj):
        """Those of an object of a shape that was not seen to be valid."""
        shape = self.shapes.of(obj)
        if shape in self.valid:
            return []
        wrong = self.errors(obj)
        if not wrong:
            self.valid.add(shape)
        return wrong


@functools.cache
def schema():
    return Schema()


def validate(obj):
    """The errors in an object of schema "ipitrace/1"; [] if it is valid."""
    return schema().new_errors(obj)


def read_source(name):
    """A file of the source tree, by its path there."""
    with open(os.path.join(TOP, name), encoding="utf-8") as f:
        return f.read()


def whole_lines(path):
    """The JSON objects of a file that somebody may be writing."""
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.endswith("\n")]


def wait_until(condition, limit=30):
    """Whether @condition() came true within @limit seconds."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def find_at_once():
    """
    What begins a load that gets a CPU at once, also beside a build: a membarrier sends IPIs only to CPUs on which the
    load's other threads run just then. Niceness would count only among the tasks of a session
    (kernel.sched_autogroup_enabled). A load must end within seconds, and have a rate: it lets nothing else run.
    """
    realtime = ("chrt", "-f", "1")
    # A cgroup may have no time for realtime tasks (CONFIG_RT_GROUP_SCHED).
    return realtime if not subprocess.run((*realtime, "true"), stderr=subprocess.DEVNULL).returncode else \
        ("nice", "-n", "-10")


def children_of(pid):
    """The pids of the children of a process that has one thread, or of its main thread. OSError: it is gone."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(child) for child in f.read().split()]


def first_good(make, good, tries=5):
    """
    The first of @tries results of @make() that @good() takes, or the last: a busy machine may hold a load up. A check
    that needs more than one try on a quiet machine is right by luck: the output says how many it took.
    """
    for nr in range(1, tries + 1):
        made = make()
        if good(made):
            break
    if nr > 1:
        print(f"# {nr} tries of {tries}, line {sys._getframe(1).f_lineno}", flush=True)
    return made


def note_crash(args, status):
    """A signal that no test sends ended a program: tests/one reads this line."""
    if status in (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE):
        print(f"# crashed: signal {-status}, {' '.join(map(str, args))[:200]}", flush=True)


# What ipitrace says before its run begins where the kernel takes so long to check its programs: the machine is busy.
# stalls and waits have words of their own for that.
SLOW_START = re.compile(r"^ipitrace: (?:the kernel has not answered, as BPF programs are loaded and attached,|"
                        r".*: attaching the BPF programs has made no progress) for \d+ s\b.*\n", re.M)


def as_user(uid, *command):
    """@command as that user, in a group of the same number, without other groups."""
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *map(str, command)]


# For a load, whose own report is no output of ipitrace. Where a pipe is full, it would come in the middle of a line.
QUIET = ("sh", "-c", 'exec "$@" >/dev/null', "sh")
# For a load whose messages are no output of ipitrace, either.
SILENT = ("sh", "-c", 'exec "$@" >/dev/null 2>&1', "sh")


def without_slow_start(err):
    """Of a run's stderr, what is about the run."""
    for said in SLOW_START.findall(err):
        print(f"# {said}", end="", flush=True)
    return SLOW_START.sub("", err)


def without_late_names(err):
    """@err without what is said where the reader of names is late: that costs names of user functions only."""
    return re.sub(r"^ipitrace: helper process ipitrace-names did not answer within .*\n", "", err, flags=re.M)


class Run:
    """A program that has ended: status, stdout, stderr as text."""

    def __init__(self, args, timeout=HUNG_S, **kwargs):
        done = subprocess.run([str(a) for a in args], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL, **kwargs)
        note_crash(args, done.returncode)
        self.status = done.returncode
        self.out = done.stdout
        self.err = without_slow_start(done.stderr)

    def objects(self, schema="ipitrace/1"):
        """The JSON objects of that schema on stdout, one a line."""
        found = [json.loads(line) for line in self.out.splitlines()]
        return [o for o in found if o.get("schema") == schema]

    def snapshots(self):
        return [o for o in self.objects() if o["type"] == "snapshot"]


def ipitrace(*args, **kwargs):
    return Run((IPITRACE,) + args, **kwargs)


@functools.cache
def features():
    """What this machine has, by `ipitrace check`: {name: {available, needed, how, why}}."""
    found = [o for o in ipitrace("check", "-j").objects() if o["type"] == "check"]
    return {f["name"]: f for o in found for f in o["features"]}


class Background:
    """ipitrace in the background. It collects when the constructor returns."""

    def __init__(self, *args):
        self.dir = tempfile.TemporaryDirectory()
        ready = os.path.join(self.dir.name, "ready")
        self.proc = subprocess.Popen(self.command([IPITRACE, "--ready-file", ready,
                                                   *map(str, args)]),
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                     stdin=subprocess.DEVNULL)
        atexit.register(self.proc.kill)  # if the test fails before end()
        while not os.path.exists(ready):
            if self.proc.poll() is not None:
                raise RuntimeError("ipitrace ended: " + self.proc.stderr.read())
            time.sleep(0.005)

    def command(self, args):
        """The command to run; subclasses wrap it."""
        return args

    def end(self, signo=signal.SIGINT):
        """Send a signal, and wait()."""
        self.proc.send_signal(signo)
        return self.wait()

    def wait(self):
        """Read stdout and stderr to the end."""
        self.out, err = self.proc.communicate(timeout=HUNG_S)
        self.err = without_slow_start(err)
        self.status = self.proc.returncode
        note_crash(self.proc.args, self.status)
        self.dir.cleanup()
        return self

    objects = Run.objects
    snapshots = Run.snapshots


def descriptors(pid="[0-9]*"):
    """What the kernel says of each descriptor of a process (default: all)."""
    for name in glob.glob(f"/proc/{pid}/fdinfo/*"):
        try:
            with open(name, encoding="ascii", errors="replace") as f:
                yield f.read()
        except OSError:
            continue


def bpf_ids(pid="[0-9]*"):
    """The BPF objects in the descriptors of a process (default: all): {"prog": {id...}, ...}."""
    found = {"prog": set(), "map": set(), "link": set()}
    for text in descriptors(pid):
        for kind, number in re.findall(r"^(prog|map|link)_id:\s*(\d+)", text, re.M):
            found[kind].add(int(number))
    return found


def programs_at(tracepoint, pid="[0-9]*"):
    """How many BPF programs a process (default: all) has attached to a raw tracepoint."""
    return sum(f"tp_name:\t{tracepoint}\n" in text for text in descriptors(pid))


def hidden_pids():
    """
    Tasks under which some kernels (this project's development machines) run
    no BPF program and count no miss: the threads of pid 1.
    """
    return {int(t) for t in os.listdir("/proc/1/task")}


class Ftrace:
    """A tracefs instance of its own with the csd and ipi events on."""

    ROOT = TRACING
    # trace_print_context(), kernel/trace/trace_output.c: a task's name has 16 bytes, of any value.
    LINE = re.compile(rb"(.{16})-(\d+)\s+\[(\d+)\]\s+(\S+)\s+(\d+)\.(\d+): (\w+): ([^\n]*)\n", re.S)
    FIELD = re.compile(r"(\w+)=([^\s,]+)")

    def __init__(self, events=("csd", "ipi"), size_kb=65536):
        why = no_tracefs()
        if why:
            raise RuntimeError(why)
        self.dir = f"{self.ROOT}/instances/ipitest-{os.getpid()}-{id(self)}"
        os.mkdir(self.dir)
        self.write("tracing_on", "0")
        self.write("buffer_size_kb", size_kb)
        self.write("trace_clock", "mono")
        self.write("options/sym-addr", "1")
        for event in events:
            self.write(f"events/{event}/enable", "1")
        self.write("tracing_on", "1")

    def write(self, name, value):
        with open(f"{self.dir}/{name}", "w", encoding="ascii") as f:
            f.write(str(value))

    def follow(self, tasks):
        """From now on keep the events of these threads only: others' would fill the buffer."""
        self.write("set_event_pid", " ".join(map(str, tasks)))

    def stop(self):
        """
        The events as dicts (time in ns), in order of time. task is the thread that
        ran; so is pid, unless the event has a field pid.
        """
        self.pause()
        events = []
        for comm, pid, cpu, flags, seconds, us, event, rest in self.lines():
            fields = dict(self.FIELD.findall(rest))
            if "cpu" in fields:
                fields["dst"] = fields.pop("cpu")
            task = int(pid)
            # irqs-off, need-resched, interrupt or softirq, preempt-depth, ...; a capital
            # letter is an interrupt on top of a softirq (trace_print_lat_fmt(), kernel/trace/trace_output.c).
            context = flags[2:3].lower()
            events.append({"pid": task, "event": event, "time": int(seconds + us) * 1000, **fields,
                           "cpu": int(cpu), "comm": comm.lstrip(), "task": task, "context": context,
                           "interrupt": context not in ("", ".")})
        self.overrun = 0
        for name in os.listdir(f"{self.dir}/per_cpu"):
            with open(f"{self.dir}/per_cpu/{name}/stats", encoding="ascii") as f:
                stats = dict(line.split(": ") for line in f if ": " in line)
            self.overrun += int(stats["overrun"]) + int(stats["dropped events"])
        self.remove()
        return events

    def lines(self):
        """
        The parts of each event's line. A name may have a line's end, or bytes that are no text: an event under such a
        task must not be left out.
        """
        with open(f"{self.dir}/trace", "rb") as f:
            text = f.read()
        at = 0
        while at < len(text):
            m = self.LINE.match(text, at)
            if m:
                yield [part.decode(errors="replace") for part in m.groups()]
                at = m.end()
                continue
            end = text.index(b"\n", at) + 1
            line = text[at:end]
            # A comment, or "CPU:1 [LOST 7 EVENTS]", which the overrun has.
            if not line.startswith((b"#", b"CPU:")):
                raise RuntimeError(f"ftrace: what is {line!r}?")
            at = end

    def pause(self):
        """Records no more; what was recorded stays for stop()."""
        self.write("tracing_on", "0")

    def remove(self):
        """Removes the instance, with what it has recorded."""
        self.write("events/enable", "0")
        os.rmdir(self.dir)
