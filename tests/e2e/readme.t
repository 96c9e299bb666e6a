#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Every command of the README runs, and says what the README says it does."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from ipitest import BUILD, Tap  # noqa: E402

TOP = os.path.join(os.path.dirname(__file__), "..", "..")
# make test is what runs this, make run would be run within it: its recipe is.
MAKE = {"make run", "make test"}


def commands(text):
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        yield from (line for line in block.splitlines() if line)


def main():
    tap = Tap()
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        text = f.read()
    found = list(commands(text))
    tap.ok(len(found) >= 9 and MAKE <= set(found), "the README has commands", found)
    for command in found:
        if command in MAKE:
            target = command.split()[1]
            r = subprocess.run(["make", "-n", target], cwd=TOP, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, check=False)
            tap.ok(r.returncode == 0 and "build/ipitrace" in r.stdout or "prove" in r.stdout,
                   f"{command}: make knows it", r.stdout)
            continue
        # Not longer than 3 s each; an end by Ctrl-C is a good end.
        line = re.sub(r"^(sudo )?build/(\S+)", f"timeout --preserve-status -s INT 3 {BUILD}/\\2", command)
        r = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=TOP, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                           check=False)
        # serve's data are in its answers.
        said = r.stderr if " serve" in command else r.stdout
        tap.ok(r.returncode == 0 and said, command, f"status {r.returncode}", r.stdout,
               r.stderr)
    wide = [line for line in text.splitlines() if len(line) > 88]
    tap.ok(not wide, "the README is not too wide", wide)
    tap.done()


main()
