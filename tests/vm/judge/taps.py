# SPDX-License-Identifier: GPL-2.0
"""TAP for ipigen-check: counts are judged at once, times all together at the end."""
import collections
import math

SLACK_NS = 10_000  # an execution
TIMED_NS = 1_000_000  # of a call, on average: below, the tracers' own cost is too large a part
AGREE = 95  # samples of 100 that must agree
BUSY = 1 / 3  # of the time the VM's threads waited for the host
BUSY_AGREE = 80
CHANCE = 0.05
SAMPLES = 20  # with fewer a path is not judged, which is a failure


def enough(agree, samples):
    return samples >= SAMPLES and 100 * agree >= AGREE * samples


def held_up(directory):
    """The part of the time in which the VM's threads waited for a CPU of the host; 0: not known."""
    try:
        ran, waited = map(int, (directory / "host").read_text().split())
    except (OSError, ValueError):
        return 0
    return waited / (ran + waited)


def likely(agree, samples, busy=False):
    """
    Whether a measurement that agrees in AGREE of 100 may agree so rarely by chance: in CHANCE of
    the runs or more. enough() would fail such a measurement in every fifth run of 32 samples; one
    that is wrong every fourth time fails here, too. @busy: the host often took the VM's CPUs away
    between both clocks, so BUSY_AGREE are enough.
    """
    p = 1 - (BUSY_AGREE if busy else AGREE) / 100
    return samples >= SAMPLES and CHANCE <= sum(
        math.comb(samples, n) * p ** n * (1 - p) ** (samples - n)
        for n in range(samples - agree, samples + 1))


def verdict(figure, agree, samples, busy):
    """
    Whether so many samples of a path's figure are enough, and how many of 100 are wanted. On a busy
    host BUSY_AGREE waits are enough, for which there is no witness, and half of ftrace's own times.
    """
    if not busy:
        return enough(agree, samples), AGREE
    if figure.startswith("ftrace"):
        return samples >= SAMPLES and 2 * agree >= samples, 50
    waits = figure.startswith("ipitrace's wait")
    return likely(agree, samples, waits), BUSY_AGREE if waits else AGREE


class Tap:
    """
    The TAP stream. Times are collected, and judged at the end. @held: the part of the time in which
    the VM's threads waited for the host.
    """

    def __init__(self, slack, held=0):
        self.count = 0
        self.failed = 0
        self.slack = slack
        self.held = held
        self.times = collections.defaultdict(lambda: collections.defaultdict(list))

    def ok(self, passed, name, *why):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}")
        if not passed:
            for line in why:
                print(f"#   {line}")
        return passed

    def equal(self, got, want, name):
        return self.ok(got == want, name, f"got  {got}", f"want {want}")

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}")

    def note(self, text):
        print(f"# {text}")

    def time(self, path, figure, name, measured, truth, count, witness=None):
        """
        A sample of a path's time: a sum over @count runs. judge_times() judges all samples. On a
        host that often takes the VM's CPUs away, the loss of a CPU between the module's clock and a
        tracepoint shows in ftrace's sum, the @witness, too.
        """
        if count and truth >= TIMED_NS * count:
            good = self.near(measured, truth, count) or (
                self.held > BUSY and witness is not None and self.near(measured, witness, count))
            self.times[figure][path].append((good, name, measured, truth, count))

    def near(self, measured, truth, count):
        return abs(measured - truth) <= self.slack * truth + SLACK_NS * count

    def judge_times(self):
        """
        On each path AGREE of 100 samples must agree, of SAMPLES at least. Not all: under TCG a
        virtual CPU may lose its processor for milliseconds between the module's clock and the
        tracepoint, which is no fault of the measurement; verdict() says what holds where that happens
        often. Samples that disagree are printed.
        """
        busy = self.held > BUSY
        if self.times:
            self.note(f"the VM's threads waited for the host in {self.held:.0%} of the time"
                      f"{': judged as on a busy host' if busy else ''}")
        for figure, paths in sorted(self.times.items()):
            for path, samples in sorted(paths.items()):
                agree, nr = sum(sample[0] for sample in samples), len(samples)
                good, wanted = verdict(figure, agree, nr, busy)
                self.ok(good, f"{path}: {figure} within {self.slack * 100:.0f} % + 10 us a call in {agree} of {nr}",
                        f"wanted: {wanted} of 100, of {SAMPLES} at least")
                for passed, name, measured, truth, count in samples:
                    if not passed:
                        print(f"#   {name}: {measured}, truth {truth}, {count} runs")

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


class Part:
    """A part of the stream; each line begins with its name."""

    def __init__(self, tap, name):
        self.tap, self.name = tap, name

    def ok(self, passed, name, *why):
        return self.tap.ok(passed, f"{self.name}: {name}", *why)

    def skip(self, name, why):
        self.tap.skip(f"{self.name}: {name}", why)

    def note(self, text):
        self.tap.note(f"{self.name}: {text}")
