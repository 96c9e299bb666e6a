# SPDX-License-Identifier: GPL-2.0
"""The character device scenario: the menu's words against ftrace and ipitrace hist."""
import collections
import itertools
import re

from books import check_closed

MENU_LINE = re.compile(r"(ipi \w+): CPU \d+ waited \d+ us, the handler took (\d+) us")
MENU_FUNCS = {"ipi good": "ipi_good", "ipi spinning": "ipi_bad_spinning",
              "ipi blocking": "ipi_bad_blocking"}
UNIT_NS = {"ns": 1, "us": 1000, "ms": 10**6, "s": 10**9}


def as_long(measured, truth, outside=0):
    """
    Within 2 % + 10 ms of the handler's own measure, or between that and ftrace's from outside: a
    virtual CPU may wait for a real one between the tracepoint and the handler. It may wait between
    two programs of one tracepoint too, so ftrace's length has the same margin.
    """
    return truth - margin(truth) <= measured <= max(truth, outside) + margin(truth)


def margin(truth):
    """How far two measures of one handler may be apart, ns."""
    return 0.02 * truth + 10_000_000


def text_max(file, cpu):
    """A CPU's longest handler in the text of ipitrace hist, ns; None: it has none."""
    match = re.search(rf"^CPU {cpu}\n(?:  .*\n)*?  handler .* max ([\d.]+)(ns|us|ms|s)\b",
                      file.read_text(), re.M)
    return float(match[1]) * UNIT_NS[match[2]] if match else None


def check_menu_hist(tap, seen, directory, took, outside):
    """ipitrace hist, as JSON and as text, shows each handler's true length."""
    check_closed(tap, "menu: ipitrace hist -j", seen.own)
    functions = seen.own.functions()
    for name, func in MENU_FUNCS.items():
        if not took[name]:
            continue
        got, truth, ftrace = functions[func], took[name], outside[name]
        tap.ok(as_long(got["handler"], sum(truth), sum(ftrace)) and
               as_long(got["handler max"], max(truth), max(ftrace)),
               f"menu: {name}: ipitrace hist -j shows its true length: max "
               f"{got['handler max'] // 1000} us, the module {max(truth) // 1000} us",
               f"sum {got['handler']}, truth {sum(truth)}, ftrace {ftrace}")
    good = functions["ipi_good"]
    # Short, unless the virtual CPU waited within it, which ftrace has seen then.
    tap.ok(good["handlers"] == len(took["ipi good"]) and
           good["handler max"] < 10_000_000 + max(outside["ipi good"], default=0),
           f"menu: ipi good: ipitrace hist -j shows it short: {good['handler max'] // 1000} us",
           f"ftrace {outside['ipi good']}")
    # Nothing on the target ran longer than the longest of these.
    longest = max(itertools.chain(*took.values()), default=0)
    bound = max(itertools.chain(*outside.values()), default=0)
    for window in seen.own.windows:
        on_target = [c["handler"]["max"] for c in window["cpus"] if c["cpu"] == 1 and c["handler"]]
        tap.ok(on_target and as_long(max(on_target), longest, bound),
               f"menu: cpus[1].handler.max is the longest, {longest // 1000} us", str(on_target))
    text = text_max(directory / "seen" / seen.name / "text", 1)
    tap.ok(text is not None and as_long(text, longest, bound),
           f"menu: ipitrace hist's text says so of CPU 1: {text and text / 1e6} ms", f"{longest} ns")


def check_menu(tap, case, seen, directory):
    """5 is fast; 7 and 6, while the lock is held, last as long as ftrace says."""
    took = collections.defaultdict(list)
    for name, handler in MENU_LINE.findall((directory / "menu").read_text()):
        took[name].append(1000 * int(handler))
    tap.ok(len(took["ipi good"]) == 2 and
           2 * max(took["ipi good"]) < max(took["ipi spinning"], default=0),
           "menu: ipi good is good", str(dict(took)))
    tap.ok(len(took["ipi spinning"]) == 2 and max(took["ipi spinning"]) > 100_000_000,
           f"menu: ipi spinning spins: {took['ipi spinning']} ns", str(dict(took)))
    outside = {name: list(itertools.chain(*(times for (f, *_), times in case.ftrace.handler.items()
                                            if f == func))) for name, func in MENU_FUNCS.items()}
    for name, times in outside.items():
        if took[name] and case.ftrace.has_csd:
            # The module refuses to block until the handler interrupts user mode.
            tap.ok(-1_000_000 <= sum(times) - sum(took[name]) <= 100_000_000,
                   f"menu: {name}: ftrace agrees", f"ftrace {times}, the handler {took[name]}")
    if seen.own.windows or seen.own.error:
        check_menu_hist(tap, seen, directory, took, outside)
