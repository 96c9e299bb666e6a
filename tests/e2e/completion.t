#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""The completions of bash and zsh say what --help says."""

import os
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from helptext import Help  # noqa: E402
from ipitest import TOP, Run, Tap, read_source  # noqa: E402

BASH = os.path.join(TOP, "completion/ipitrace.bash")

tap = Tap()


def complete(*words):
    """What bash completes behind these words, the last one being completed."""
    script = f"""source "{BASH}"
complete -p ipitrace >/dev/null || exit 1
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_ipitrace; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    run = Run(["bash", "--norc", "-c", script, "bash", *words])
    if run.err:
        tap.note(run.err)
    return set(run.out.split())


def test_bash(has):
    tap.ok(Run(["bash", "-n", BASH]).status == 0, "bash: it is bash")
    tap.same(complete("ipitrace", ""), has.commands | {"help"}, "bash: commands")
    tap.same(complete("ipitrace", "help", "st"), {"stalls", "storm"}, "bash: commands behind help")
    tap.same(complete("ipitrace", "hist", ""), set(), "bash: one command is enough")
    tap.same(complete("ipitrace", "-j", "su"), {"summary"}, "bash: a command behind an option")
    tap.same(complete("ipitrace", "-"), has.all() | {"--"},
             "bash: each option where the command may follow, and no other")
    for name, own in has.of.items():
        program = {"--"} if "-- PROGRAM" in has.texts[name] else set()
        tap.same(complete("ipitrace", name, "-"), own.all() | program,
                 f"bash: {name}: each option that it uses, and no other")
        tap.same(complete("ipitrace", "-v", name, "--s"), {f"--{n}" for n in own.longs if n[0] == "s"},
                 f"bash: {name}: options by how they begin")
    anywhere = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", read_source("completion/ipitrace.bash")))
    tap.ok(anywhere <= has.all(), "bash: names no option that is not there", anywhere - has.all())
    for words in (("--by", ""), ("--by", "="), ("--by", "=", "")):
        tap.same(complete("ipitrace", *words), has.keys, f"bash: keys of {' '.join(words)}")
    tap.same(complete("ipitrace", "--by", "=", "c"), {"cgroup", "cpu"}, "bash: --by=c")
    valued = {f"--{n}" for n in has.valued} | {f"-{s}" for s, n in has.pairs if s and n in has.valued}
    got = {o for o in has.all() if Run(["bash", "-c", f'source "{BASH}"; _ipitrace_value {o} zz'])
           .status == 0}
    tap.same(got, valued, "bash: which options take a value")
    cpus = {str(n) for part in Path("/sys/devices/system/cpu/possible").read_text(encoding="ascii").strip().split(",")
            for n in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1)}
    for option in ("-c", "--cpus", "--src", "--dst", "--housekeeping"):
        tap.same(complete("ipitrace", option, ""), cpus, f"bash: CPUs for {option}")
    tap.same(complete("ipitrace", "-c", "0,"), {f"0,{n}" for n in cpus}, "bash: the next CPU of a list")
    tap.same(complete("ipitrace", "--src", "0-"), {f"0-{n}" for n in cpus}, "bash: a range's end")
    tap.ok(str(os.getpid()) in complete("ipitrace", "-p", str(os.getpid())), "bash: processes")
    tap.same(complete("ipitrace", "trace", "-f", "flush_tlb_f"), {"flush_tlb_func"}, "bash: functions for -f")
    tap.same(complete("ipitrace", "--func", "x*,flush_tlb_f"), {"x*,flush_tlb_func"},
             "bash: functions behind a comma")
    tap.same(complete("ipitrace", "--ready-file", "/sys/devices/system/c"),
             {f"/sys/devices/system/{n}" for n in os.listdir("/sys/devices/system") if n[0] == "c"},
             "bash: files for --ready-file")
    tap.ok("bash" in complete("ipitrace", "hist", "--", "bas"), "bash: a command behind --")
    tap.same(complete("ipitrace", "--", "ls", "/sys/devices/system/cpu/possibl"),
             {"/sys/devices/system/cpu/possible"}, "bash: files for PROGRAM")
    tap.same(complete("ipitrace", "--", "ls", "--by", ""), complete("ipitrace", "--", "ls", ""),
             "bash: PROGRAM's options are not ours")


SPEC = r"(?:\{-(\w)(\+)?,)?--([a-z][\w-]*)(=)?[\[}]"


def zsh_options(text, command):
    """The specs that _ipitrace gives to _arguments for a command."""
    own = re.search(r"^\toptions=\(\n(.*?)^\t\)", text, re.M | re.S)[1]
    for names, specs in re.findall(r"^\t\[\[ \$command == \(\|(.*?)\) \]\] && options\+=\(\n(.*?)^\t\)",
                                   text, re.M | re.S):
        if command in names.split("|"):
            own += specs
    return own


def test_zsh(has):
    text = read_source("completion/_ipitrace")
    tap.ok(text.startswith("#compdef ipitrace\n"), "zsh: it says whose it is")
    named = re.findall(SPEC, text)
    tap.same({(short, long) for short, _, long, _ in named}, has.pairs, "zsh: each option, and no other")
    tap.same({long for _, _, long, value in named if value}, has.valued, "zsh: which take a value")
    for name, own in has.of.items():
        got = re.findall(SPEC, zsh_options(text, name))
        tap.same({(short, long) for short, _, long, _ in got}, own.pairs,
                 f"zsh: {name}: each option that it uses, and no other")
    anywhere = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", text))
    tap.ok(anywhere <= has.all(), "zsh: names no option that is not there", anywhere - has.all())
    described = re.findall(r'^\t+(\w+)\\:"(.*)"', text, re.M)
    listed = re.findall(r"^  (\w+) +(.*)$", has.overview.split("\n\n")[1], re.M)
    tap.same(set(described) - {("help", "the help of a command")}, set(listed),
             "zsh: each command, described as by --help")
    tap.same(set(re.search(r":key:\(([^)]*)\)", text)[1].split()), has.keys, "zsh: keys of --by")
    if shutil.which("zsh"):
        run = Run(["zsh", "-n", os.path.join(TOP, "completion/_ipitrace")])
        tap.ok(run.status == 0 and not run.err, "zsh: it is zsh", run.err)
    else:
        tap.skip("zsh: it is zsh", "no zsh")


def main():
    has = Help()
    tap.ok(len(has.commands) >= 3 and {"by", "src", "help"} <= has.longs and "victim" in has.keys,
           "--help can be read", vars(has))
    test_bash(has)
    test_zsh(has)
    tap.done()


main()
