# SPDX-License-Identifier: GPL-2.0
"""Reads --help: the commands, and the options of each."""

import re

from ipitest import ipitrace

# A value that an option takes, by the name of its value in --help.
VALUES = {"SEC": "1", "LIST": "0", "GLOB": "x", "PATH": "x", "TIME": "1ms", "PID": "1",
          "KEY": "sender", "KINDS": "reschedule", "KEYS": "src", "GROUPS": "ipis", "PHASES": "handler", "N": "2048", "[GLOB=]N": "2048", "PERCENT": "5", "FACTOR": "8",
          "ADDR:PORT": "127.0.0.1:1", "NAME": "x", "DIR": "/tmp",
          "FILE": "x", "SIZE": "4m", "SPAN[,SIZE]": "10s,8m", "COUNT,SIZE,AGE": "20,512m,14d", "COND": "storm", "CMD": "true", "WHEN": "never"}


class Options:
    """The rows of options in a text: (letter, name, value's name, help)."""

    def __init__(self, text):
        found = re.findall(r"^  (?:-(\w), |    )--([\w-]+)(?:\[=[A-Z]+\])?(?: ((?:\[GLOB=\])?[A-Z:,]+(?:\[,[A-Z]+\])?))? +(.*)$", text, re.M)
        self.rows = list(dict.fromkeys(found))
        self.longs = {long for _, long, _, _ in self.rows}
        self.shorts = {short for short, _, _, _ in self.rows if short}
        self.pairs = {(short, long) for short, long, _, _ in self.rows}
        self.valued = {long for _, long, arg, _ in self.rows if arg}

    def all(self):
        return {f"--{long}" for long in self.longs} | {f"-{short}" for short in self.shorts}

    def words(self, long):
        """A command line's words for an option: with its value, if it takes one."""
        arg = next(arg for _, name, arg, _ in self.rows if name == long)
        return (f"--{long}", VALUES[arg]) if arg else (f"--{long}",)


class Help(Options):
    """The options of all commands; .of[COMMAND] has those of one."""

    def __init__(self):
        self.overview = ipitrace("--help").out
        names = re.findall(r"^  (\w+) ", self.overview.split("\ncommands:\n")[1].split("\n\n")[0], re.M)
        self.commands = set(names)
        self.texts = {name: ipitrace(name, "--help").out for name in names}
        self.of = {name: Options(text) for name, text in self.texts.items()}
        super().__init__("".join(self.texts.values()))
        by = next(text for _, long, _, text in self.rows if long == "by")
        self.keys = set(re.findall(r"\w+", by.split("rank by ")[1])) - {"or"}

    def examples(self, name):
        """The lines of a command's examples."""
        return re.findall(rf"^  ipitrace {name}\b.*", self.texts[name].split("\nexamples:\n")[-1], re.M)

    def users(self, long):
        """The commands that use an option."""
        return {name for name in self.commands if long in self.of[name].longs}
