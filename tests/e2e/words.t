#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Messages and text: usage errors, machines where ipitrace cannot run, width, colours, locale.

No test here asserts how long something takes: the machine may be busy.
"""
import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import (  # noqa: E402
    CHEAP, NEVER, WIDTH, ANSI, one_line, fails, nothing_said, scratch, in_mounts, as_nobody,
    on_terminal, tap, no_such_cpu)
from ipitest import IPILOAD, IPITRACE, Run, features, ipitrace  # noqa: E402


DATE = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+02:00")


# Usage

def test_usage():
    cpu = str(no_such_cpu())
    bad = [
        *[((option, value), (option, value)) for option in ("--duration", "--interval")
          for value in ("0", "-1", "x", "1x", "1,5", "", "nan", "inf", "1e99", "0.0000001")],
        *[(("--cpus", value), ("--cpus", value)) for value in
          ("", "x", "1-0", "0,", ",0", "0-", "-1", "0x1", "0 ", "99999999999999999999", "5000")],
        (("-c", cpu), ("--cpus", cpu)),
        (("-c", f"0,{cpu}"), ("--cpus", cpu)),
        (("-c", f"0-{cpu}"), ("--cpus", cpu)),
        (("-f", ""), ("--func", "''")),
        (("-f", "no_function_is_called_that"), ("--func", "no_function_is_called_that")),
        (("-f", "ipi_mb ["), ("--func", "ipi_mb [")),
        (("frobnicate",), ("frobnicate",)),
        (("Summary",), ("Summary",)),
        (("",), ("",)),
        (("summary", "hist"), ("hist",)),
        (("--frobnicate",), ("--frobnicate",)),
        (("--frobnicate=1",), ("--frobnicate",)),
        (("-z",), ("-z",)),
        (("-jz",), ("-z",)),
        (("--json=1",), ("--json", "1")),
        *[((option,), (long,)) for option, long in
          (("-d", "--duration"), ("--duration", "--duration"), ("-i", "--interval"),
           ("-c", "--cpus"), ("-f", "--func"), ("--ready-file", "--ready-file"))],
        (("-d", "1", "--"), ("--", "PROGRAM")),
        (("check", "--", "true"), ("check", "PROGRAM")),
    ]
    for args, words in bad:
        run = ipitrace(*args)
        good = run.status == 2 and one_line(run.err, "ipitrace: ", *words) and not run.out
        tap.ok(good, f"refuses {' '.join(args)!r}", f"status {run.status}", run.err, run.out)
    run = ipitrace("--json", "-zj")
    tap.ok("-z" in run.err, "refuses --json -zj for -z", f"it says: {run.err.strip()}")
    run = ipitrace(*CHEAP, "-d", "0x.1")
    tap.ok(run.status == 2, "refuses a hexadecimal number of seconds", f"status {run.status}")


def test_version():
    run = ipitrace("--version")
    nothing_said(run, "--version")
    tap.ok(re.fullmatch(r"ipitrace \d+(\.\d+)+\S*\n"
                        r"built for \S+ by gcc \d.*; BPF programs by clang \d.*\n"
                        r"static libraries: libbpf \d[^,]*(, [\w-]+ \d[^,]*)+\n", run.out),
           "--version: the version, the compilers, the libraries", run.out)


# Where it cannot run

def test_not_root():
    with scratch() as path:
        binary = shutil.copy(IPITRACE, path)
        probe = as_nobody(binary, "--version")
        if probe.status:
            tap.skip("not root", f"nobody cannot run {binary}: {probe.err.strip()}", 14)
            return
        for args in ((), ("-d", "0.1"), ("hist",), ("-j",), ("--", "true")):
            run = as_nobody(binary, *args)
            fails(run, 3, f"not root: {' '.join(args) or 'no argument'}", "root")
            tap.equal(run.out, "", "not root: nothing on stdout")
        run = as_nobody(binary, "-f", "ipi_mb")
        tap.ok(run.status == 3 and one_line(run.err, "root"), "not root: -f ipi_mb",
                  f"it says: {run.err.strip()}")
        run = as_nobody(binary, "--ready-file", "/tmp/x", "-d", "x")
        fails(run, 2, "not root: usage comes first", "--duration")
        fails(as_nobody(binary, "check"), 3, "not root: check", "root")
        run = as_nobody(binary, "check", "-j")
        rows = {f["name"]: f for o in run.objects() for f in o["features"]}
        tap.ok(run.status == 3 and rows and not rows["main job"]["available"]
               and "root" in rows["main job"]["why"], "not root: check -j", run.status, run.out)


def test_no_btf():
    hide = "mount -t tmpfs none /sys/kernel/btf"
    for args in (("-d", "0.1"), ("hist", "-d", "0.1"), ("-j", "-d", "0.1"), ("trace", "-d", "0.1"),
                 ("-f", "ipi_mb", "-d", "0.1"), ("--", "true")):
        run = in_mounts(hide, *args)
        fails(run, 3, f"no BTF: {' '.join(args)}", "BTF")
        tap.equal(run.out, "", "no BTF: nothing on stdout")
    run = in_mounts(hide, "check")
    fails(run, 3, "no BTF: check", "BTF")
    tap.ok(re.search(r"^no +btf ", run.out, re.M) and re.search(r"^no +main job ", run.out, re.M)
           and re.search(r"^ok +names ", run.out, re.M), "no BTF: check's rows", run.out)


def test_no_kallsyms():
    hide = "mount --bind /dev/null /proc/kallsyms"
    run = in_mounts(hide, "-j", "-d", "0.2")
    nothing_said(run, "no kallsyms: it runs")
    tap.equal(len(run.snapshots()), 1, "no kallsyms: a window")
    fails(in_mounts(hide, "-f", "ipi_mb", "-d", "0.2"), 3, "no kallsyms: -f", "--func ipi_mb",
          "kallsyms")
    run = in_mounts(hide, "check")
    tap.ok(run.status == 0 and re.search(r"^no +names ", run.out, re.M)
           and re.search(r"^ok +main job ", run.out, re.M), "no kallsyms: check", run.status,
           run.out)


def test_check():
    run = ipitrace("check")
    nothing_said(run, "check")
    rows = re.findall(r"^(ok|no)  (.{9}) ", run.out, re.M)
    tap.equal({name.strip(): said == "ok" for said, name in rows},
              {name: feature["available"] for name, feature in features().items()}, "check: the rows are those of -j")
    tap.ok(all(said == "ok" for said, name in rows if features()[name.strip()]["needed"]),
           "check: all that the main job needs is ok", run.out)


# Text

def wide(text):
    """Lines that are too wide, but for those that the name of a symbol makes so."""
    found = []
    for line in ANSI.sub("", text).splitlines():
        longest = max((len(word) for word in line.split()), default=0)
        if len(line) > WIDTH and longest <= WIDTH // 2:
            found.append(f"{len(line)}: {line}")
    return found


def busy(command, *args, env=None):
    return ipitrace(command, *args, "--", "sh", "-c",
                    f"{IPILOAD} membarrier -q --count 600 --rate 2000 >/dev/null &"
                    f"{IPILOAD} tlb-munmap -q --count 600 --rate 2000 >/dev/null; wait",
                    env={**os.environ, **(env or {})})


def test_width():
    run = busy("summary")
    tap.ok(run.status == 0 and "FUNCTION" in run.out and not wide(run.out),
           "summary: no line is wider than 80 columns", *wide(run.out))
    run = busy("hist")
    lines = wide(run.out)
    others = [line for line in lines if "p99.9" not in line]
    tap.ok(run.status == 0 and "CPU" in run.out and not others,
           "hist: no line is wider than 80 columns, percentiles apart", *others)
    tap.ok(not lines, "hist: the percentiles' line is not wider than 80 columns",
              lines[0] if lines else "")
    lines = wide(ipitrace("check").out)
    tap.ok(not lines, "check: no line is wider than 80 columns", lines[0] if lines else "")
    run = Run(["unshare", "-u", "sh", "-c", "echo a-host-of-a-long-name.example.org "
               f">/proc/sys/kernel/hostname && exec {IPITRACE} -f {NEVER} -d 0.1"])
    lines = wide(run.out)
    tap.ok(run.status == 0 and not lines, "a host with a long name: 80 columns",
              lines[0] if lines else run.err.strip())
    # A name may be any bytes.
    run = Run(["unshare", "-u", "sh", "-c", "printf '\\377x' >/proc/sys/kernel/hostname && exec "
               f"{IPITRACE} -j -f {NEVER} -d 0.1"])
    tap.ok(run.status == 0, "a host name that is not UTF-8, -j", f"it says: {run.err.strip()}")


def test_colours():
    for command in ("summary", "hist", "trace"):
        args = (command, "-d", "0.2")
        tap.ok("\x1b" not in ipitrace(*args).out, f"{command}: no colours in a pipe")
        out = on_terminal(*args).decode("utf-8", "replace")
        tap.ok(ANSI.search(out) and "\x1b" not in ANSI.sub("", out),
               f"{command}: colours on a terminal", repr(out))
        tap.ok(not re.search(r"\x1b\[(?!0m)[0-9;]*m[^\x1b]*$", out), f"{command}: and off again",
               repr(out))
        tap.ok(b"\x1b" not in on_terminal(*args, NO_COLOR="1"), f"{command}: none with NO_COLOR")
        tap.ok(b"\x1b" not in on_terminal(*args, "--color=never"), f"{command}: none with --color=never")
        tap.ok(ANSI.search(on_terminal(*args, "--color=always", NO_COLOR="1", TERM="dumb").decode("utf-8", "replace")),
               f"{command}: --color=always goes before NO_COLOR and TERM=dumb")
        out = ipitrace(*args, "--color", "always").out
        tap.ok(ANSI.search(out) and "\x1b" not in ANSI.sub("", out), f"{command}: --color=always: in a pipe", repr(out))
        tap.ok(b"\x1b" not in on_terminal(*args, TERM="dumb"), f"{command}: none on a dumb terminal")
    for args in (("-j", "-d", "0.1"), ("-j", "-d", "0.1", "--color=always")):
        out = on_terminal(*args)
        tap.ok(b"\x1b" not in out and json.loads(out), f"{' '.join(args)}: no colours on a terminal", repr(out))
    for command in ("summary", "top", "serve", "report", "check"):
        run = ipitrace(command, "--color", "red")
        fails(run, 2, f"{command} --color red: refused", "auto, always, never")


def test_dates():
    """Date and zone are once on each live page."""
    for args in (("summary", "-d", "0.2"), ("--full", "-d", "0.2"), ("--calls", "-d", "0.2"), ("hist", "-d", "0.2"),
                 ("trace", "-d", "0.2"), ("stalls", "-t", "10s", "-d", "0.2"), ("waits", "-t", "10s", "-d", "0.2"),
                 ("storm", "-d", "0.4"), ("isolated", "-c", "0", "-d", "0.2")):
        out = ipitrace(*args, env={**os.environ, "TZ": "TEST-2"}).out
        found = DATE.findall(out)
        tap.ok(len(found) == 1 or args[0] == "storm" and "STORM" in out and found, f"{' '.join(args)}: date and zone", out)
    out = on_terminal("top", "-d", "1", columns=100, TZ="TEST-2").decode("utf-8", "replace")
    tap.ok(DATE.search(out), "top: date and zone", repr(out[:2000]))


def test_locale():
    have = Run(["locale", "-a"]).out.lower().replace("-", "")
    out = busy("hist", env={"LC_ALL": "C"}).out
    tap.ok(out.isascii() and "#" in out, "LC_ALL=C: bars of ASCII", out)
    tap.ok(busy("summary", env={"LC_ALL": "C"}).out.isascii(), "LC_ALL=C: summary is ASCII")
    if "c.utf8" not in have:
        tap.skip("LC_ALL=C.UTF-8: bars of blocks", "no such locale")
        return
    out = busy("hist", env={"LC_ALL": "C.UTF-8"}).out
    tap.ok(re.search("[▏▎▍▌▋▊▉█]", out) and "#" not in out, "LC_ALL=C.UTF-8: bars of blocks", out)


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    test_usage()
    test_version()
    test_not_root()
    test_no_btf()
    test_no_kallsyms()
    test_check()
    test_width()
    test_colours()
    test_dates()
    test_locale()
    tap.done()


if __name__ == "__main__":
    main()
