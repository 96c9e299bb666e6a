# SPDX-License-Identifier: GPL-2.0
"""ipitrace in a pane of tmux."""

import os
from pathlib import Path

from conduct import LIMIT, tap
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
        tap.ok(wait_until(lambda: os.path.exists(ready), LIMIT), f"{self.name}: it begins")

    def run(self, *args):
        return Run(["tmux", "-S", self.socket, *args])

    def keys(self, *keys):
        self.run("send-keys", "-t", "pane", *keys)

    def pane(self, *options):
        return self.run("capture-pane", "-p", *options, "-t", "pane").out

    def shows(self, words, *keys):
        """The pane once it has the words, after these keys; else the test fails."""
        self.keys(*keys)
        found = wait_until(lambda: words in self.pane(), LIMIT)
        pane = self.pane()
        tap.ok(found, f"{self.name}: {' '.join(keys)}: {words.strip()}", pane, found or self.doing())
        return pane

    def doing(self):
        """What ipitrace and its helpers do in the kernel, of a pane that shows nothing."""
        shell, said = self.run("display-message", "-p", "-t", "pane", "#{pane_pid}").out.strip(), []
        for pid in [p.name for p in Path("/proc").iterdir() if p.name.isdigit()]:
            try:
                status, stat = (Path("/proc", pid, f).read_text("utf-8") for f in ("status", "stat"))
                # The session is the shell's: see proc(5), field 6.
                if stat.rpartition(")")[2].split()[3] != shell:
                    continue
                said += [line for line in status.splitlines() if line.startswith(("Name", "State", "Sig", "Shd"))]
                said += [Path("/proc", pid, f).read_text("utf-8") for f in ("syscall", "stack", "schedstat")]
            except OSError:
                continue  # it has ended
        return "\n".join(said)

    def close(self):
        self.run("kill-server")
