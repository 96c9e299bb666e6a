# SPDX-License-Identifier: GPL-2.0
"""ipitrace in a pane of tmux."""

import os

from conduct import tap
from ipitest import IPITRACE, Run, wait_until


class Tmux:
    """ipitrace with @args in a pane of that size; the shell runs @before first."""

    def __init__(self, directory, width, height, *args, before=":"):
        self.name = f"{width}x{height}"
        self.socket = os.path.join(directory, f"tmux{width}")
        ready = os.path.join(directory, f"ready{width}")
        self.run("-f", "/dev/null", "new-session", "-d", "-x", width, "-y", height, "-s", "pane",
                 f"{before}; {os.path.abspath(IPITRACE)} {args[0]} --ready-file {ready} {' '.join(args[1:])}; "
                 "echo status $?; exec cat")
        tap.ok(wait_until(lambda: os.path.exists(ready)), f"{self.name}: it begins")

    def run(self, *args):
        return Run(["tmux", "-S", self.socket, *args])

    def keys(self, *keys):
        self.run("send-keys", "-t", "pane", *keys)

    def pane(self, *options):
        return self.run("capture-pane", "-p", *options, "-t", "pane").out

    def shows(self, words, *keys):
        """The pane once it has the words, after these keys; else the test fails."""
        self.keys(*keys)
        found = wait_until(lambda: words in self.pane(), 10)
        pane = self.pane()
        tap.ok(found, f"{self.name}: {' '.join(keys)}: {words.strip()}", pane)
        return pane

    def close(self):
        self.run("kill-server")
