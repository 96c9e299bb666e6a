#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""--help of each command, and the refusal of an option that a command does not use."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from helptext import Help  # noqa: E402
from ipitest import Tap, ipitrace  # noqa: E402

tap = Tap()


VERBS = set("""add allow answer begin buffer call compare count create delete do draw end exit fail follow give ignore judge keep
    leave let limit listen make measure name print quit rank read report run save scale send serve set show sum update write""".split())
HEADINGS = ("window:", "filters:", "figures and limits:", "output:", "flight recorder, writes a file at each incident:",
            "server:", "ipitrace itself:")


def check_screen(text, name, most):
    wide = [line for line in text.splitlines() if len(line) > 72]
    tap.ok(not wide, f"{name}: 72 columns", *wide)
    tap.ok(10 <= text.count("\n") <= most, f"{name}: a screen of {most} lines", text)


def test_overview(has):
    check_screen(has.overview, "--help", 28)
    tap.equal(has.commands, {"summary", "hist", "trace", "stalls", "waits", "serve", "storm", "isolated",
                             "record", "report", "top", "import", "check", "prove"},
              "--help: the commands")
    tap.equal(ipitrace("-h").out, has.overview, "-h says the same")
    for word in ("-- PROGRAM", "root", "COMMAND --help"):
        tap.ok(word in has.overview, f"--help: {word}", has.overview)


def test_command(has, name):
    run = ipitrace(name, "--help")
    tap.ok(run.status == 0 and not run.err, f"{name} --help: done", run.status, run.err)
    check_screen(run.out, f"{name} --help", 60)
    tap.ok(run.out.startswith(f"usage: ipitrace {name} ") and "?" in run.out.split("\n\n")[0],
           f"{name} --help: usage, and a question", run.out)
    tap.ok(run.out.endswith(f"\nmore: man ipitrace-{name}\n"), f"{name} --help: its manual", run.out)
    # An option's line is found by grep and read without its neighbours.
    rows = [text for _, _, _, text in has.of[name].rows]
    verbless = [text for text in rows if re.sub("^(also|with -[^ ]+:) ", "", text).split()[0] not in VERBS]
    tap.ok(not verbless, f"{name} --help: each option's line begins with a verb", *verbless)
    lines = run.out.split("\n\n")[1].splitlines()
    before = [line for line, after in zip(lines, lines[1:])
              if re.match(r"  (-\w, |    )--", after) and not re.match(r"  (-\w, |    )--", line)]
    tap.equal(before, [heading for heading in HEADINGS if heading in lines],
              f"{name} --help: each option is in a group, the groups are in order")
    examples = has.examples(name)
    tap.equal(len(examples), 2, f"{name} --help: two examples")
    for args in ((name, "-h"), ("--help", name)):
        tap.equal(ipitrace(*args).out, run.out, f"{' '.join(args)} says the same")
    # Anywhere in the text, also in the examples.
    anywhere = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", run.out.replace("-- make", "")))
    anywhere |= set(re.findall(r"(?<=[ ,])-\w(?=[ ,])", run.out.replace("jq -", "")))
    tap.ok(anywhere <= has.of[name].all(), f"{name} --help: names its own options alone",
           anywhere - has.of[name].all())
    for line in examples:
        words = re.split(r" -- | [|>]| {2,}", line.strip())[0].split()[1:]
        words = [word.strip("'") for word in words]
        run = ipitrace(*words, "--version")
        tap.ok(run.status == 0, f"{name} --help: ipitrace {' '.join(words)} is taken", run.err)


def test_options(has, name):
    """Each option of all commands: taken where the command lists it, refused otherwise."""
    for long in sorted(has.longs - {"help"}):
        words = has.words(long)
        for args in ((name, *words), (*words, name)):
            run = ipitrace(*args, "--version")
            if long in has.of[name].longs:
                tap.ok(run.status == 0 and run.out.startswith("ipitrace "),
                       f"{' '.join(args)}: taken", run.status, run.err)
                continue
            said = run.err.split(": ")[-1].split(" (see")[0].split("; ")[0]
            named = set(re.findall(r"\w+", said)) & has.commands
            more = re.search(r" and (\d+) more do$", said)
            users = has.users(long)
            if more and named < users and len(named) == 3 and int(more[1]) == len(users) - 3:
                named = users
            tap.ok(run.status == 2 and not run.out and run.err.count("\n") == 1
                   and run.err.startswith(f"ipitrace: {name} does not use --{long}: ")
                   and f"ipitrace {name} --help" in run.err and named == users,
                   f"{' '.join(args)}: refused, and who uses it is named", run.status, run.err, run.out)


def test_letters(has):
    for letter, long, arg, _ in has.rows:
        if letter and long != "help":
            command = sorted(has.users(long))[0]
            run = ipitrace(command, f"-{letter}", *has.words(long)[1:], "--version")
            tap.ok(run.status == 0, f"{command} -{letter}: taken", run.err)


def test_said():
    """Single refusals, word by word."""
    run = ipitrace("summary", "--listen", "127.0.0.1:1")
    tap.ok(run.status == 2 and run.err ==
           "ipitrace: summary does not use --listen: serve does (see ipitrace summary --help)\n",
           "summary --listen: refused, serve is named", run.status, run.err)
    run = ipitrace("--listen", "127.0.0.1:1")
    tap.ok(run.status == 2 and "summary does not use --listen" in run.err,
           "without a command it is summary", run.status, run.err)
    run = ipitrace("storm", "--by", "x")
    tap.ok(run.status == 2 and "--by x" in run.err and "does not use" not in run.err,
           "a bad value is reported first", run.status, run.err)
    tap.ok(run.err.endswith("(see ipitrace storm --help)\n"), "and the command's help is named", run.err)
    run = ipitrace("summary", "--listen", "x", "--nope")
    tap.ok(run.status == 2 and "unknown option --nope" in run.err,
           "an unknown option is reported first", run.status, run.err)
    text = ipitrace("stalls", "--help").out
    tap.ok(all(word in text for word in ("delivery", "handler", "wait", "--threshold", "--exit-code",
                                         "ipitrace-stalls"))
           and "--by" not in text and "histogram" not in text, "stalls --help is about stalls", text)


def main():
    has = Help()
    test_overview(has)
    for name in sorted(has.commands):
        test_command(has, name)
        test_options(has, name)
    test_letters(has)
    test_said()
    tap.done()


main()
