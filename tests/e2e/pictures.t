#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""The pictures of terminals in README.md: each can be made again, and shows what the commands show now.

usage: tests/e2e/pictures.t [--write]
	--write: put the pictures that this run makes into docs/
"""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import flushes  # noqa: E402
from conduct import ANSI, LIMIT, scratch, tap  # noqa: E402
from ipitest import IPILOAD, IPITRACE, wait_until  # noqa: E402
from picture import picture, read_picture  # noqa: E402
from tmux import Tmux  # noqa: E402

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LOADS = (("membarrier", "--rate", "1500"), (flushes.LOAD, "--rate", "1500"), ("wakeup", "--rate", "500"))
COLUMNS, ROWS = 80, 24
# Of each picture: the command, what it shows once all loads are in it, and its rows by how they begin.
PICTURES = {
    "screen": (("summary",), " ipi_mb ",
               ("ipitrace: ", "IPIs ", "COST ", "(NO STORM|STORM|A STORM|NO VERDICT)", "WHO +FUNCTION ", "\\S.* ipi_mb +",
                " +CPU +CSDS/S IN ", " +0 ", "max delay ", "max run ", "(callers|the storm): ")),
    "storm": (("storm", "-f", flushes.FUNC, "--storm-rate", "5", "-d", "3"), "status 0",
              ("ipitrace storm: ", "CULPRIT: +ipiload", "STORM ", "function ", "rate ", "limit ", "shape ", "sources ", "cost ",
               "onset ", "advice ")),
    "top": (("top",), "ipi_mb ",
            ("ipitrace top ", "csds/s ", "the last minute ", "1functions ", "FUNCTION ", "\\S", "Enter open ")),
}


def rows_in_order(rows, patterns):
    """The first of the patterns that no row after that of the one before has; None: each has a row."""
    at = 0
    for pattern in patterns:
        found = [i for i in range(at, len(rows)) if re.match(pattern, rows[i])]
        if not found:
            return pattern
        at = found[0] + 1
    return None


def shown(directory, name):
    """
    The pane of a picture's command, with its escape sequences, without what the shell says after it. A page on
    which a loss has a line may have no room for all of the rows: the next one is waited for.
    """
    args, words, layout = PICTURES[name]
    text = ""

    def is_whole():
        nonlocal text
        text = pane.pane("-e")
        return rows_in_order(ANSI.sub("", text).splitlines(), layout) is None

    pane = Tmux(os.path.join(directory, name), COLUMNS, ROWS + 16 * (name == "storm"), *args,
                before="export TERM=xterm-256color")
    # A window more, so that the minute of top has a bar, and the first page is whole.
    wait_until(lambda: words in pane.pane(), LIMIT)
    wait_until(lambda: False, 2)
    wait_until(is_whole, LIMIT)
    pane.close()
    # As its users call it.
    text = text.replace(os.path.abspath(IPITRACE), "ipitrace")
    return re.sub(r"\n[^\n]*status 0.*", "", text, flags=re.S).rstrip() + "\n"


def check(name, what, svg):
    columns, rows, inks = read_picture(svg)
    missing = rows_in_order(rows, PICTURES[name][2])
    tap.ok(columns == COLUMNS and missing is None, f"{name}: {what} has the layout of the command", columns, missing, *rows)
    tap.ok(len(inks) > 1, f"{name}: {what} has colours", inks)


def main():
    if os.geteuid():
        print("1..0 # SKIP not root")
        return
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        readme = f.read()
    loads = [subprocess.Popen([IPILOAD, *load, "-q", "--duration", "600"], stdout=subprocess.DEVNULL) for load in LOADS]
    with scratch() as directory:
        for name in PICTURES:
            os.mkdir(os.path.join(directory, name))
            path = os.path.join(TOP, f"docs/{name}.svg")
            made = picture(shown(directory, name), COLUMNS, f"ipitrace {' '.join(PICTURES[name][0])}")
            check(name, "a new picture", made)
            if "--write" in sys.argv:
                with open(path, "w", encoding="utf-8") as f:
                    f.write(made)
            with open(path, encoding="utf-8") as f:
                check(name, f"docs/{name}.svg", f.read())
            tap.ok(f"](docs/{name}.svg)" in readme, f"{name}: README.md shows it")
    for load in loads:
        load.kill()
        load.wait()
    tap.done()


main()
