# SPDX-License-Identifier: GPL-2.0
"""The stalls of guest/stalls.sh: the module's measurements against ipitrace stalls."""
import bisect
import collections
import pathlib
import re
import sys

from taps import AGREE, BUSY, BUSY_AGREE, SAMPLES, likely
from witnesses import read_json_lines

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib"))
from ipitest import validate  # noqa: E402

SLACK_NS = 1_000_000
SLACK = 0.02
THRESHOLD_NS = 1_000_000
LONG_NS = 100_000_000  # a stall meant to be this long must be reported before its end
MENU_NS = 250_000_000  # for so long the menu's lock is kept from its handler: max_ms in guest/stalls.sh
BEHIND = 3  # handlers before the last of async_several

MARK = re.compile(r"(\d+)\.(\d+): (?:tracing_mark_write: (begin|end) (\S+)|sys_write\(fd: 1, .*"
                  r"count: (?:0x)?([0-9a-f]+)\))")  # with 0x since 7.x
SENT = re.compile(r"\[(\d+)\] +\S+ +(\d+)\.(\d+): (?:csd_queue_cpu: cpu=(\d+) .* func=(\S+)|"
                  r"ipi_send_cpu(?:mask)?: .* callback=generic_smp_call_function)")
RAN = re.compile(r"\[(\d+)\] +\S+ +(\d+)\.(\d+): csd_function_(entry|exit): ")
MENU = re.compile(r"ipi (?:spinning|blocking): CPU \d+ waited (\d+) us, the handler took (\d+) us")


class Expected:
    """
    A stall that a case makes: the fields of its report, and `truth` for its length. Where the host kept
    a CPU of the VM from running, the module may have made another stall than meant, or none: odd().
    """

    def __init__(self, phase, func, src, dst, truth, **says):
        self.phase, self.func, self.src, self.dst = phase, func, src, dst
        self.truth = truth
        self.says = says

    def is_it(self, stall):
        return not stall["ongoing"] and (stall["phase"], stall["func"], stall["src"],
                                         stall["dst"]) == (self.phase, self.func, self.src, self.dst)

    def wrong_fields(self, stall, _case):
        return {key: (want, says(stall, key)) for key, want in self.says.items()
                if says(stall, key) != want}

    def too_short(self, case):
        """By the books it may not have passed the threshold: nothing is to be reported."""
        truth = self.truth(case)
        return truth is not None and truth <= THRESHOLD_NS + SLACK_NS

    def odd(self, case):
        """How the books differ from what was meant; None: they do not."""
        return f"{self} took {ms(self.truth(case))} ms" if self.too_short(case) else None

    def __str__(self):
        return f"{self.phase} of {self.func}, CPU {self.src} -> {self.dst}"


class InterruptsOff(Expected):
    """
    A delivery to a CPU on which a thread keeps interrupts off. The interrupt finds that thread, but not where the
    books say that the delivery took longer than interrupts were off: then a virtual CPU stood still, and the
    interrupt came after the thread had ended. A sender's virtual CPU may also stand still between the module's
    clock and the csd's queueing: then the delivery, which begins there, is shorter than in the books.
    """

    def __init__(self, func, src, dst):
        super().__init__("delivery", func, src, dst, edge("delay_ns", src, dst), sender="ipigen",
                         late="interrupts_off")
        self.thread = f"ipigen/{dst}"

    def wrong_fields(self, stall, case):
        wrong = super().wrong_fields(stall, case)
        victim = says(stall, "victim")
        if victim != self.thread and (self.truth(case) or 0) <= (1 + SLACK) * injected(case) + SLACK_NS:
            wrong["victim"] = (self.thread, victim)
        return wrong

    def too_short(self, case):
        delay = delay_by_events(case, self)
        return super().too_short(case) or delay is not None and delay <= THRESHOLD_NS + SLACK_NS

    def odd(self, case):
        delay = delay_by_events(case, self)
        said = super().odd(case)
        return said if delay is None or not said else f"{said} by the books, {ms(delay)} ms by the kernel's events"


class Straggler(Expected):
    """The wait for three targets. ftrace says which of them is the straggler, and why."""

    def __init__(self, meant, why):
        super().__init__("wait", "ipigen_many_wait", 0, meant, wait, sender="ipigen", nr_targets=3,
                         wait_in="smp_call_function_many_cond")
        self.why = why

    def is_it(self, stall):
        return not stall["ongoing"] and (stall["phase"], stall["func"], stall["src"]) == (
            self.phase, self.func, self.src)

    def wrong_fields(self, stall, case):
        wrong = super().wrong_fields(stall, case)
        wants = stragglers(case.runs)
        got = says(stall, "straggler_dst"), says(stall, "straggler_why")
        if got not in wants or stall["dst"] != got[0]:
            wrong["straggler"] = (f"one of {wants}", f"{got}, of the wait for CPU {stall['dst']}")
        return wrong

    def odd(self, case):
        wants = stragglers(case.runs)
        return super().odd(case) or (
            f"the straggler is {wants}" if (self.dst, self.why) not in wants else None)


def says(stall, key):
    """A field of a report; for sender and victim the task's name, for straggler_X its field X."""
    if key in ("sender", "victim"):
        return (stall[key] or {}).get("comm")
    if key.startswith("straggler_"):
        return (stall["straggler"] or {}).get(key[10:])
    return stall[key]


def edge(figure, src, dst):
    """The longest figure of one edge in the books."""
    def truth(case):
        for e in case.truth[case.path]["edges"]:
            if (e["src"], e["dst"]) == (src, dst):
                return e[figure]["max"]
        return None
    return truth


Target = collections.namedtuple("Target", "dst entry end")


def targets(case):
    """The targets of the case's only call, by the books: when each began and ended, ns from the call."""
    return [Target(e["dst"], e["delay_ns"]["max"], e["delay_ns"]["max"] + e["handler_ns"]["max"])
            for e in case.truth[case.path]["edges"] if e["executed"]]


def stragglers(runs):
    """
    The stragglers that a report may name, (CPU, why), by the rule of find_straggler() of
    src/stall/incident.c. Where the slack of the clocks decides, either. @runs: the targets by the kernel's events.
    The books do not do: a virtual CPU may stand still between such an event and the module's own reading of
    the clock.
    """
    middle = (len(runs) - 1) // 2
    entry = sorted(target.entry for target in runs)[middle]
    end = sorted(target.end for target in runs)[middle]
    last = max(target.end for target in runs)
    found = []
    for target in runs:
        late, later = 2 * (target.entry - entry), target.end - end
        if target.end >= last - SLACK_NS:
            found += [(target.dst, why) for why, is_so in (
                ("late", late >= later - 2 * SLACK_NS), ("long", late <= later + 2 * SLACK_NS)) if is_so]
    return found


def delay_by_events(case, want):
    """From the queueing of the first csd of @want to its entry by the kernel's events, ns; None: not seen."""
    queued = case.sends.queued(case, want)
    entries = [run.entry for run in case.runs if run.dst == want.dst and queued and run.entry >= queued]
    return min(entries) - queued if entries else None


def together(some):
    """For how long all targets were in their handlers at once, ns; negative: they were not."""
    return min(target.end for target in some) - max(target.entry for target in some)


def injected(case):
    """How long the stalls of the case are meant to be, ns."""
    match = re.search(r"--(?:irqs-off|hold) (\d+)ms", case.args)
    if not match:
        return MENU_NS
    return int(match[1]) * 10**6 * (BEHIND if case.name == "behind" else 1)


def wait(case):
    return case.truth[case.path]["wait_ns"]["max"]


def menu(which):
    def truth(case):
        found = MENU.search(case.said)
        return found and 1000 * int(found[which])
    return truth


def handler(func, src, dst, **more):
    return Expected("handler", func, src, dst, edge("handler_ns", src, dst), sender="ipigen",
                    slept=False, **more)


def waited(func, src, dst, **more):
    return Expected("wait", func, src, dst, wait, sender="ipigen", **more)


SINGLE = {"func": "ipigen_single_wait", "wait_in": "smp_call_function_single"}


def both(func, **more):
    """The menu's stalls: the handler, and the wait for it."""
    return [Expected("handler", func, 0, 1, menu(2), sender="ipigen", module="ipigen", **more),
            Expected("wait", func, 0, 1, menu(1), sender="ipigen",
                     wait_in="smp_call_function_single")]


CASES = {
    "late": ("late delivery: interrupts off", [
        InterruptsOff("ipigen_single_wait", 0, 1),
        waited(src=0, dst=1, **SINGLE)]),
    "behind": ("late delivery: behind other functions", [
        Expected("delivery", "ipigen_async_several", 0, 1, edge("delay_ns", 0, 1), sender="ipigen",
                 late="behind")]),
    "long": ("long handler", None),
    "spinning": ("spinning handler (menu 7)", both("ipi_bad_spinning", slept=False,
                                                   stack_of="end")),
    "blocking": ("blocking handler (menu 6)", both("ipi_bad_blocking", slept=True,
                                                   stack_of="sleep", victim="ipigen-victim")),
    "straggler_late": ("a straggler among 3: late to start", [
        InterruptsOff("ipigen_many_wait", 0, 2),
        Straggler(2, "late")]),
    "straggler_long": ("a straggler among 3: long to run", [
        handler("ipigen_many_wait", 0, 1),
        Straggler(1, "long")]),
    "two": ("two stalls at once", [
        handler("ipigen_many_nowait", 0, 1), handler("ipigen_many_nowait", 0, 2)]),
    "cpu0": ("long handler on CPU 0", [
        handler("ipigen_single_wait", 1, 0), waited(src=1, dst=0, **SINGLE)]),
    "cpu0_late": ("late delivery on CPU 0", [
        InterruptsOff("ipigen_single_wait", 2, 0),
        waited(src=2, dst=0, **SINGLE)]),
    "three_s": ("handler of 3 s", [
        handler("ipigen_single_wait", 0, 2), waited(src=0, dst=2, **SINGLE)]),
}


def expected(case):
    if case.name == "long":
        src, dst = (int(n) for n in re.search(r"--src (\d) --dst (\d)", case.args).groups())
        return [handler("ipigen_single_wait", src, dst), waited(src=src, dst=dst, **SINGLE)]
    return CASES[case.name][1]


class Case:
    """One run of a case: the request, the module's measurements, the times of begin and end."""

    def __init__(self, directory, stream):
        self.name, _, self.number = directory.name.partition(".")
        self.args = (directory / "args").read_text().strip()
        self.said = (directory / "run").read_text()
        self.status = int((directory / "status").read_text())
        self.truth = {row["path"]: row for row in read_json_lines(directory / "truth")}
        self.path = self.args.split()[2] if self.args.startswith("ipigen run") else None
        self.begin, self.end = stream.marks[directory.name]
        self.runs = [run for run in stream.runs if self.begin <= run.entry <= self.end]
        self.sends = stream.sends
        self.odd = []  # how the books differ from what was meant

    def books(self):
        """What the module says of it, for a failure."""
        if not self.path:
            return " ".join(self.said.split())
        edges = [f"{e['src']} -> {e['dst']}: began after {ms(e['delay_ns']['max'])} ms, took "
                 f"{ms(e['handler_ns']['max'])} ms" for e in self.truth[self.path]["edges"]]
        return f"{self.args}: {'; '.join(edges)}; the sender waited {ms(wait(self))} ms"

    def __str__(self):
        return f"{self.name}.{self.number}"


def nanoseconds(seconds, fraction):
    return int(seconds) * 10**9 + int(fraction) * 10**(9 - len(fraction))


class Sends:
    """What ipigen queued and sent, by ftrace."""

    def __init__(self, trace):
        self.events = []  # (time, CPU, (destination, function), or None: it sends an IPI)
        for match in filter(None, map(SENT.search, trace)):
            self.events.append((nanoseconds(match[2], match[3]), int(match[1]),
                                match[4] and (int(match[4]), match[5])))

    def held_up(self, case, want):
        """How long the sender took from queueing the csd to sending an IPI, ns; 0: not seen."""
        queued = None
        for now, cpu, csd in self.events:
            if cpu != want.src or not case.begin <= now <= case.end:
                continue
            if csd == (want.dst, want.func):
                queued = now
            elif queued and not csd:
                return now - queued
        return 0

    def queued(self, case, want):
        """When the sender queued the first csd of @want, ns of the trace's clock; None: not seen."""
        return next((now for now, cpu, csd in self.events if cpu == want.src and csd == (want.dst, want.func) and
                     case.begin <= now <= case.end), None)


def runs_in(trace):
    """When the traced handlers began and ended, by the kernel's events: Targets, ns of the trace's clock."""
    begun = {}
    for match in filter(None, map(RAN.search, trace)):
        cpu, now = int(match[1]), nanoseconds(match[2], match[3])
        if match[4] == "entry":
            begun[cpu] = now
        elif cpu in begun:
            yield Target(cpu, begun.pop(cpu), now)


class Stream:
    """ipitrace's lines, and the time at which each was written."""

    def __init__(self, directory):
        lines = (directory / "json").read_text().splitlines(keepends=True)
        trace = (directory / "trace").read_text().splitlines()
        self.stalls, self.marks, self.stray = [], {}, 0
        self.sends = Sends(trace)
        self.runs = list(runs_in(trace))
        begins, written = {}, []
        for line in trace:
            match = MARK.search(line)
            if not match:
                continue
            now = nanoseconds(match[1], match[2])
            if match[3] == "begin":
                begins[match[4]] = now
            elif match[3] == "end":
                self.marks[match[4]] = (begins[match[4]], now)
            else:
                written.append((now, int(match[5], 16)))
        self.records = records = read_json_lines(directory / "json")
        self.unread = len(lines) - len(records)
        for line, record in zip(lines, records):
            # Two threads that write at once may be traced in the other order. The last line comes
            # after the end of the trace.
            size = len(line.encode())
            one = next((w for w in written[:4] if w[1] == size), None)
            record["written"] = one and one[0]
            if record["type"] == "stall":
                self.stalls.append(record)
                self.stray += one is None
            if one:
                written.remove(one)
        self.end = next((r for r in records if r["type"] == "stalls_end"), None)

    def first_report(self, stall):
        return next(s for s in self.stalls if s["id"] == stall["id"])


class Row:
    """One stall of one run: as injected, and as reported."""

    def __init__(self, case, want, stall, stream):
        self.case, self.want, self.stall = case, want, stall
        self.late = None  # the reason of a late delivery: (wanted, got) if they differ
        self.truth = want.truth(case)
        self.held_up = stream.sends.held_up(case, want)
        first = stream.first_report(stall)
        self.end = stall["start"] + (self.truth or 0)  # by the module's measure of the length
        self.reported = first["written"] - stall["start"] - THRESHOLD_NS
        self.before = first["ongoing"] and first["written"] < self.end

    def is_long(self):
        """Meant to be long, and so it was: one that the host made long is another's rule."""
        return injected(self.case) >= LONG_NS and self.truth and self.truth >= LONG_NS

    def is_senders(self):
        """Whether the sender is the reason of the late delivery, as reported and by ftrace."""
        return self.late[1] == "sender" and 2 * self.held_up >= self.truth

    def least(self):
        """
        The shortest right length, ns. A wait is over when its last handler has ended; a sender that the host
        does not run then sees it late, and measures more.
        """
        if self.want.phase == "wait" and self.case.path:
            return max(target.end for target in targets(self.case))
        return self.truth

    def agrees(self):
        least = self.least()
        return (1 - SLACK) * least - SLACK_NS <= self.stall["duration"] <= (1 + SLACK) * self.truth + SLACK_NS


def check_stream(tap, stream):
    tap.ok(stream.stalls and not stream.unread and not stream.stray,
           f"stalls -j: {len(stream.stalls)} records, a line each, each written at once",
           f"{stream.unread} lines are no JSON, {stream.stray} were not one write")
    wrong = [f"{r['type']} {r.get('id')}: {validate(r)[0]}" for r in stream.records if validate(r)]
    tap.ok(not wrong, "each fits the schema", *wrong[:5])
    ended = collections.Counter(s["id"] for s in stream.stalls if not s["ongoing"])
    wrong = [f"id {i}: ended {n} times" for i, n in ended.items() if n != 1]
    over, late = {}, []
    for stall in stream.stalls:
        if not stall["ongoing"]:
            over[stall["id"]] = stall["time"]
        elif stall["id"] in over:
            late.append(stall["id"])
            if stall["time"] >= over[stall["id"]]:
                wrong.append(f"id {stall['id']}: ongoing when it was over")
    endless = sorted({s["id"] for s in stream.stalls} - over.keys())
    if stream.end and len(endless) != stream.end["lasting"]:
        wrong.append(f"{stream.end['lasting']} lasted when ipitrace ended, and no end was reported of {endless}")
    # One that lasts is told again once its interrupt is known to be lost.
    reports = collections.Counter((s["id"], s["ongoing"], s["why"] == "never_arrived") for s in stream.stalls)
    # A thread that is delayed for 3 ms between claiming a stall and writing its report loses the
    # claim to another thread, and may still write: better two reports than none.
    twice = [i for (i, ongoing, _), n in reports.items() if ongoing and n > 1]
    odd = {*twice, *late}
    tap.ok(50 * len(odd) <= len(ended), f"of {len(ended)} stalls {len(odd)} were reported as ongoing twice, "
           "or behind their end", str(odd))
    tap.ok(not wrong, f"each of {len(ended)} stalls is reported once when it ends, and "
           f"{len({i for i, ongoing, _ in reports if ongoing})} also while they lasted, with the same id", *wrong)
    tap.ok(stream.end and not (stream.end["lost"] or stream.end["dropped"]),
           "stalls_end: nothing lost", str(stream.end))


def check_want(case, want, stream, problems):
    """Whether the stall is reported, with the right fields. Returns its row, or None."""
    mine = [s for s in stream.stalls if case.begin <= s["start"] <= case.end]
    found = [s for s in mine if want.is_it(s)]
    if not found:
        problems.append(f"no {want}; there were: " + "; ".join(
            f"{s['phase']} {s['func']} {s['src']}->{s['dst']} {s['duration']}" for s in mine
            if not s["ongoing"]))
        return None
    # Compare the longest of several such stalls: the books have the longest.
    stall = max(found, key=lambda s: s["duration"])
    wrong = want.wrong_fields(stall, case)
    late = wrong.pop("late", None)
    problems += [f"{want}: {key}: wanted {a}, got {b}" for key, (a, b) in wrong.items()]
    if stream.first_report(stall)["written"] is None:
        problems.append(f"{want}: its first report was not one write")
        return None
    row = Row(case, want, stall, stream)
    row.late = late
    return row


def check_together(case, rows, problems):
    """Two stalls at once are reported so, if they were by the books."""
    if together(targets(case)) <= SLACK_NS:
        case.odd.append("the two were not at once")
    elif len(rows) == 2:
        a, b = (row.stall for row in rows)
        if max(a["start"], b["start"]) > min(a["time"], b["time"]):
            problems.append("the two were not at once")


def check_case(tap, case, stream):
    """Each stall of the case that the books have is reported, with the right fields. Returns rows."""
    rows, problems = [], []
    if case.status or case.said and "choice?" in case.said and not MENU.search(case.said):
        tap.ok(False, f"{case}: it ran", f"status {case.status}: {case.args}", case.said)
        return rows
    for want in expected(case):
        case.odd += filter(None, [want.odd(case)])
        if not want.too_short(case):
            rows += filter(None, [check_want(case, want, stream, problems)])
    if case.name == "two":
        check_together(case, rows, problems)
    tap.ok(not problems, f"{case}: {CASES[case.name][0]}: phase, function, CPUs, task: "
           + "; ".join(str(row.want) for row in rows), *problems, f"the books: {case.books()}")
    return rows


def check_injected(tap, cases):
    """
    The stalls were what was meant, by the books: in most tries of a kind, and of too few to tell, in one.
    So that a judge who follows the books has judged what the kind is there for.
    """
    kinds = collections.defaultdict(list)
    for case in cases:
        kinds[case.name].append(case)
    for name, some in kinds.items():
        meant = sum(not case.odd for case in some)
        tap.ok(2 * meant > len(some) if len(some) >= SAMPLES else meant,
               f"{name}: as meant, by the books, in {meant} of {len(some)}",
               *[f"{case}: {', '.join(case.odd)}; {case.books()}" for case in some if case.odd])


def check_lateness(tap, rows):
    """
    The reason of a late delivery. Under TCG a virtual CPU may lose its processor between the queue
    event and the send: then the delay is longer than injected, and the sender may be the true reason.
    Where ftrace, too, sees that the sender took half of the delay, the sender is.
    """
    by_case = collections.defaultdict(list)
    for row in rows:
        if "late" in row.want.says:
            by_case[row.case.name].append(row)
    for name, some in by_case.items():
        clean = [row for row in some if not row.late or
                 (row.truth < 1.5 * injected(row.case) and not row.is_senders())]
        good = sum(not row.late for row in clean)
        if not clean:
            tap.skip(f"{name}: why", "the virtual CPU lost its processor each time")
            continue
        tap.ok(good == len(clean), f"{name}: the injected reason is reported in {good} of "
               f"{len(clean)}", *[f"{row.case}: {row.late}, {row.stall['split']}" for row in clean])


def check_lengths(tap, rows, held):
    """
    Within 2 % + 1 ms of the module's measure, as often as taps.likely() wants: for each kind of stall
    that has so many samples, and for all kinds together. Not each time, for the reason in
    Tap.judge_times() of taps.py. @held: taps.held_up().
    """
    busy = held > BUSY
    tap.note(f"the VM's threads waited for the host in {100 * held:.0f} % of the time: of a hundred lengths "
             f"{BUSY_AGREE if busy else AGREE} must agree")
    kinds = collections.defaultdict(list)
    for row in rows:
        kinds[row.case.name, row.want.phase].append(row)
    for (name, phase), some in kinds.items():
        if len(some) < SAMPLES:
            tap.skip(f"{name}: {phase}: its length", f"{len(some)} samples, {SAMPLES} are needed: it "
                     "is judged among all")
        else:
            check_length(tap, f"{name}: {phase}: its length", some, busy)
    if len(rows) < SAMPLES:
        tap.skip("lengths", f"{len(rows)} samples, {SAMPLES} are needed")
    else:
        check_length(tap, "lengths of all stalls", rows, busy)


def check_length(tap, name, rows, busy):
    good = [row for row in rows if row.truth and row.agrees()]
    tap.ok(likely(len(good), len(rows), busy), f"{name} within 2 % + 1 ms in {len(good)} of {len(rows)}",
           *[f"{row.case} {row.want.phase}: {row.stall['duration']}, truth {row.truth}"
             for row in rows if row not in good])


def check_promptness(tap, rows):
    """
    Reports while the stall lasts: written before the module's handler was done. Two times in three for
    each kind of stall that is meant to be long: emulated CPUs share the host's two, and some wait for
    the CPU that is stuck. Of all others, which may be long because the host ran no CPU, every second time.
    """
    long = [row for row in rows if row.is_long()]
    tries, prompt = collections.Counter(), collections.Counter()
    for row in long:
        tries[row.case.name] += 1
        prompt[row.case.name] += row.before
    for row in long:
        tap.ok(row.before or 3 * prompt[row.case.name] >= 2 * tries[row.case.name],
               f"{row.case}: {row.want.phase}: reported {row.reported / 1e6:.1f} ms after it "
               f"passed the threshold, {(row.end - row.stall['start']) / 1e6 - 1 - row.reported / 1e6:.0f}"
               " ms before its end", f"first report {row.reported} ns after, length {row.truth}")
    rest = [row for row in rows if row not in long]
    before = sum(row.before for row in rest)
    if rest:
        tap.ok(2 * before >= len(rest), f"others: {before} of {len(rest)} reported before their "
               "end", *[f"{row.case} {row.want.phase}: {row.reported / 1e6:.1f} ms" for row in rest])


def check_cases(tap, directory, held):
    """Returns the rows of the table. @held: taps.held_up() of the run."""
    stream = Stream(directory)
    check_stream(tap, stream)
    cases = [Case(d, stream) for d in (directory / "cases").iterdir()
             if (d / "status").exists() and d.name in stream.marks]
    cases.sort(key=lambda case: case.begin)
    rows = [row for case in cases for row in check_case(tap, case, stream)]
    check_injected(tap, cases)
    check_lateness(tap, rows)
    check_lengths(tap, rows, held)
    check_promptness(tap, rows)
    return rows


def check_status(tap, file, what):
    status = pathlib.Path(f"{file}.status")
    tap.ok(status.exists() and status.read_text().strip() == "0", f"{what} ends with status 0",
           pathlib.Path(f"{file}.err").read_text())


def sentences(text):
    """The blocks of a text, each on one line."""
    return [" ".join(block.split()) for block in text.split("\n\n")]


def number(block):
    """The 3 of "stall 3 handler of ...", as text."""
    return block.split()[1]


TIME = r"(\d+(?:\.\d+)?) (us|ms|s)"
WAITED = rf"ipigen\[\d+\] on CPU 0 waited {TIME} for it in smp_call_function_single"
WAITS = r"ipigen\[\d+\] on CPU 0 waits for it in smp_call_function_single"


def near_menu(said, menus):
    """
    Whether both times of a sentence, of the handler and of the wait for it, are those of one answer of the
    menu: within 10 % for the digits that a sentence has, and as much as a CPU of the VM is late. The sender
    itself may see the end of its wait later than that.
    """
    units = {"us": 1, "ms": 1000, "s": 10**6}
    ran, waited = (float(said[at]) * units[said[at + 1]] for at in (1, 3))
    return any(abs(ran - int(took)) <= 0.1 * int(took) + 20_000 and
               0.9 * int(took) - 20_000 <= waited <= 1.1 * int(until) + 20_000
               for until, took in (answer.groups() for answer in menus))


def check_text(tap, directory, blocking):
    """Incidents as text: one plain sentence names function, CPUs and tasks, and has the menu's times."""
    func = "ipi_bad_blocking" if blocking else "ipi_bad_spinning"
    text = (directory / "text").read_text()
    menu_said = (directory / f"text.{func.removeprefix('ipi_bad_')}").read_text()
    menus = list(MENU.finditer(menu_said))
    page = (text, (directory / "text.err").read_text(), menu_said)
    longest = max(text.splitlines(), key=len, default="")
    tap.ok(text and len(longest) <= 80, "text: within 80 columns", longest)
    blocks = sentences(text)
    lasting = {number(b): b for b in blocks if f"handler of {func} [ipigen], ongoing" in b}
    over = {number(b): b for b in blocks if f"handler of {func} [ipigen], ended" in b}
    now = rf"CPU 1 has been in {func} \[ipigen\] for {TIME}; "
    then = rf"slept no.*CPU 1 was in {func} \[ipigen\] for {TIME}; "
    if blocking:  # at the threshold the handler may sleep already, or not yet
        now += rf"|{func} \[ipigen\], begun on CPU 1 {TIME} ago, sleeps or has slept"
        then = rf"slept yes.*{func} \[ipigen\] slept on CPU 1, and took {TIME}; "
    # A handler that finds its lock free may take long in a VM, too: that stall is not meant.
    meant = [which for which, block in over.items() if re.search(then, block)]
    seen = [lasting[which] for which in meant if which in lasting]
    tap.ok(seen and all(re.search(now, block) and re.search(WAITS, block) for block in seen),
           "text: while it lasts", *(seen or page))
    said = [re.search(then + WAITED, over[which]) for which in meant]
    tap.ok(said and all(one and near_menu(one, menus) for one in said),
           "text: when it is over, for as long as the menu says", *(over.values() or page[:1]), *page[1:])


def check_waits(tap, directory):
    """ipitrace waits: who waits for whom, at one moment."""
    check_status(tap, directory / "waits", "waits -j")
    check_status(tap, directory / "waits.text", "waits")
    one = read_json_lines(directory / "waits")
    text = (directory / "waits.text").read_text()
    tap.ok(len(one) == 1 and "ipi_bad_spinning" in str(one), "waits -j: one object", str(one)[:600],
           (directory / "waits.menu").read_text())
    flat = " ".join(text.split())
    tap.ok("ipi_bad_spinning [ipigen]" in flat and re.search(r"CPU 1\b", flat) and
           re.search(r"ipigen\[\d+\]", flat), "waits: the tree names them", text,
           (directory / "waits.text.menu").read_text())


def longest_at(windows, stall):
    """
    The longest that another ipitrace saw on the stall's CPU, in the window of its end and in those beside
    it, ns: a sender that begins its next call while a window ends adds its last one to the next window.
    """
    figure = {"delivery": "delay", "handler": "handler", "wait": "wait"}[stall["phase"]]
    cpu = stall["src"] if stall["phase"] == "wait" else stall["dst"]
    at = bisect.bisect_left([w["window"]["mono_end"] for w in windows], stall["time"])
    return max((c[figure]["max"] or 0 for w in windows[max(at - 1, 0):at + 2] for c in w["cpus"]
                if c["cpu"] == cpu), default=0)


def check_load(tap, directory):
    """
    No false alarm: for each alarm, another ipitrace saw the same length on that CPU at that time.
    Under TCG a virtual CPU may wait for a real one longer than ever before, so true alarms happen.
    """
    dir_ = directory / "load"
    threshold = int((dir_ / "threshold").read_text())
    records = read_json_lines(dir_ / "json")
    end = next((r for r in records if r["type"] == "stalls_end"), None)
    windows = read_json_lines(dir_ / "summary")
    check_status(tap, dir_ / "json", "stalls under load")
    tap.ok(end and not end["lost"] and not end["dropped"], "load: nothing lost", str(end))
    queued = sum(w["ledger"]["queued"] for w in windows)
    waits = sum(c["wait"]["count"] for w in windows for c in w["cpus"])
    seconds = sum(w["window"]["duration_s"] for w in windows)
    longest = max(c[figure]["max"] or 0 for w in windows for c in w["cpus"]
                  for figure in ("delay", "handler", "wait"))
    stalls = {r["id"]: r for r in records if r["type"] == "stall"}
    false = [r for r in stalls.values()
             if r["duration"] > longest_at(windows, r) * (1 + SLACK) + SLACK_NS]
    summary = f"{len(stalls)} alarms, each a true one" if stalls else "no alarm"
    summary += f" past {threshold / 1e6:.1f} ms in {seconds:.0f} s of {queued:,} csds and {waits:,} " \
        f"waits, the longest of which took {longest / 1e6:.1f} ms"
    tap.ok(seconds > 55 and queued > 10_000 and waits > 1000 and not false, f"load: {summary}", *false)
    return summary


LATE = {"interrupts_off": "interrupts off", "behind": "behind other functions",
        "sender": "sender held up", "stolen": "hypervisor", None: "why unknown"}


def verdict(stall):
    """The report's words beyond phase, function and CPUs."""
    if stall["straggler"] and stall["phase"] == "wait":
        straggler = stall["straggler"]
        why = {"late": "late to start", "long": "long to run"}.get(straggler["why"], "")
        return f"straggler CPU {straggler['dst']}, {why}"
    if stall["phase"] == "handler":
        return "slept" if stall["slept"] else "did not sleep"
    if stall["phase"] == "delivery":
        return LATE.get(stall["late"], stall["late"])
    return f"{says(stall, 'sender')} in {stall['wait_in'].removeprefix('smp_call_function_')}"


def ms(ns):
    return f"{ns / 1e6:,.1f}"


def first_runs(rows):
    """(title, row) for the first run of each case, in order; a title is given once."""
    last = None
    for row in rows:
        if row.case.number == "1":
            name = CASES[row.case.name][0]
            yield name if name != last else "", row
            last = name


def table(rows):
    lines = ["| injected | by the module, ms | reported: phase, function, CPUs | ms | and | reported after |",
             "|---|---:|---|---:|---|---:|"]
    for name, row in first_runs(rows):
        stall = row.stall
        lines.append(f"| {name} | {ms(row.truth or 0)} | {stall['phase']}, `{stall['func']}`, "
                     f"{stall['src']} → {stall['dst']} | {ms(stall['duration'])} | {verdict(stall)} | "
                     f"{row.reported / 1e6:.0f} ms |")
    return "\n".join(lines) + "\n"


def text_table(rows):
    """The same for the README, 88 columns: a line for each case, its stalls below."""
    form = "  {:>8}  {:<8}  {:<16}  {:<5}  {:>8}  {}"
    lines = [form.format("module", "ipitrace", "function", "CPUs", "ms", "and")]
    for name, row in first_runs(rows):
        stall = row.stall
        lines += [name] if name else []
        lines.append(form.format(ms(row.truth or 0), stall["phase"],
                                 stall["func"].removeprefix("ipigen_"),
                                 f"{stall['src']} > {stall['dst']}", ms(stall["duration"]),
                                 verdict(stall)))
    return "\n".join(lines) + "\n"
