#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Every command of the README runs, and does what the README says."""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from ipitest import BUILD, Tap  # noqa: E402

TOP = os.path.join(os.path.dirname(__file__), "..", "..")
# The two commands, each in a block of its own. make test runs this test, so only
# their targets are looked up; first_command() tries the rest of the first.
FIRST = "$(command -v sudo) sh -c 'apt-get update && apt-get install -y make' && make run"
SECOND = "make test"
STUB = """#!/bin/sh
echo "$(basename "$0") $*" >>"$LOG"
"""
SUDO_STUB = """#!/bin/sh
echo sudo >>"$LOG"
exec "$@"
"""


def blocks(text):
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        yield [line for line in block.splitlines() if line]


def first_command(tap, sudo):
    """FIRST where nothing is installed but git and perhaps sudo: stubs write down their calls."""
    with tempfile.TemporaryDirectory() as scratch:
        log = os.path.join(scratch, "log")
        bin_dir = os.path.join(scratch, "bin")
        os.mkdir(bin_dir)
        for name in ("sh", "basename"):
            os.symlink(f"/bin/{name}" if os.path.exists(f"/bin/{name}") else f"/usr/bin/{name}",
                       os.path.join(bin_dir, name))
        stubs = {"apt-get": STUB, "make": STUB} | ({"sudo": SUDO_STUB} if sudo else {})
        for name, script in stubs.items():
            path = os.path.join(bin_dir, name)
            with open(path, "w", encoding="ascii") as f:
                f.write(script)
            os.chmod(path, 0o755)
        r = subprocess.run(["/bin/bash", "-c", FIRST], env={"PATH": bin_dir, "LOG": log}, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        with open(log, encoding="ascii") as f:
            calls = f.read().splitlines()
    want = ["sudo"] * sudo + ["apt-get update", "apt-get install -y make", "make run"]
    tap.ok(r.returncode == 0 and calls == want,
           f"the first command, {'with' if sudo else 'without'} sudo", r.stdout, calls)


def run_in_turn(tap, commands):
    for command in commands:
        # Not longer than 3 s each; an end by Ctrl-C is a good end, but of check, which ends by itself.
        seconds = 30 if command.endswith(" check") else 3
        line = re.sub(r"^(sudo )?build/(\S+)", f"timeout --preserve-status -s INT {seconds} {BUILD}/\\2", command)
        # A screen needs a terminal, and timeout must leave the terminal to it.
        if command.endswith("ipitrace top"):
            line = line.replace("timeout", "timeout --foreground")
            line = f"TERM=xterm script -qec '{line}' /dev/null"
        r = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=TOP, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                           check=False)
        # serve's data are in its answers, record's in its file.
        said = r.stderr if re.search(" serve| record| --html| --perfetto", command) else r.stdout
        tap.ok(r.returncode == 0 and said, command, f"status {r.returncode}", r.stdout,
               r.stderr)


def main():
    tap = Tap()
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        text = f.read()
    found = list(blocks(text))
    tap.ok(found[:2] == [[FIRST], [SECOND]], "the README begins with the two commands", found[:2])
    tap.ok(sum(map(len, found)) >= 9, "the README has commands", found)
    for sudo in (False, True):
        first_command(tap, sudo)
    for target, says in (("run", "build/ipitrace summary"), ("test", "prove")):
        # MAKE=: make -n would run the builds' own make, and that needs what is built.
        r = subprocess.run(["make", "-n", "MAKE=:", target], cwd=TOP, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, check=False)
        tap.ok(r.returncode == 0 and says in r.stdout, f"make {target}: make knows it", r.stdout)
    # Commands about a capture come after the one that makes it; the others are independent.
    commands = [command for block in found[2:] for command in block]
    captures = [command for command in commands if ".zst" in command]
    lists = [captures, *([command] for command in commands if command not in captures)]
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda commands: run_in_turn(tap, commands), lists):
            pass
    wide = [line for line in text.splitlines() if len(line) > 88]
    tap.ok(not wide, "the README is not too wide", wide)
    tap.done()


main()
