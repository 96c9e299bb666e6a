#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Plain words in README, man pages, documents, help and comments: no words that send a reader back.

plain_words.allow has the lines that are right as they are; comments have none.
"""

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import Run, Tap, IPITRACE  # noqa: E402

TOP = Path(__file__).resolve().parent.parent.parent
ALLOW = Path(__file__).resolve().with_suffix(".allow")
RULES = {
    r"behind": "after, in, by",
    r"told": "reported, said, known",
    r"(?:stands?|stood)(?! out)": "is, means",
    r"alone": "only, by itself",
    r"but for": "except",
    r"so (?:is|are|does|do|did|has|have|was|were) (?:a|an|the|one|it|each|those|what)": "say the sentence again",
    r"at any rate": "in any case",
    r"for who has": "say who",
    r"(?:change|that) is none\b": "say what is not",
    r"heeds?": "use, obey",
    r"returns? as": "returns what ... returns",
    r"looks? whether": "check whether",
    r"clocks? (?:went|goes|has gone) on": "advance",
    r"(?:at most|up to|after|one of) so (?:many|long|far|often)": "this many, this long",
    r"to who": "to the user who",
}
WORD = re.compile(r"(?<![\w`/.-])(?:%s)(?![\w`-])" % "|".join(f"({rule})" for rule in RULES), re.I)

tap = Tap()


def found_in(text):
    """(word, what to say instead, line) of each finding. Code in `...` is not looked at."""
    for line in text.splitlines():
        for match in WORD.finditer(re.sub(r"`[^`]*`|\x1b\[[0-9;]*m", "``", line)):
            yield match[0], list(RULES.values())[match.lastindex - 1], " ".join(line.split())


def prose(text):
    """Markdown without blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S)


def comments(text):
    return "\n".join(re.findall(r"/\*.*?\*/|//[^\n]*", text, re.S))


def texts():
    """Each text that must be plain: (name, text)."""
    pages = [*TOP.glob("*.md"), *(TOP / "docs").glob("*.md"), *(TOP / "src").rglob("README.md"),
             TOP / "tests/README.md"]
    for path in sorted(pages):
        yield str(path.relative_to(TOP)), prose(path.read_text(encoding="utf-8"))
    for path in sorted([*(TOP / "man").glob("*.8"), TOP / "man/common.inc"]):
        yield str(path.relative_to(TOP)), path.read_text(encoding="utf-8")
    overview = Run([IPITRACE, "--help"]).out
    for command in ["", *re.findall(r"^  (\w+) ", overview.split("commands:\n")[1].split("\n\n")[0], re.M)]:
        yield f"ipitrace {command}".strip() + " --help", Run([IPITRACE, *command.split(), "--help"]).out


def allowed():
    """(text, line) -> reason of plain_words.allow: a head "TEXT: REASON", below it the lines, indented."""
    found, head = {}, None
    for line in ALLOW.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            found[head[0], " ".join(line.split())] = head[1]
        elif line and not line.startswith("#"):
            head = line.split(": ", 1)
    return found


def test_rules():
    """The test can fail: each rule finds its word, and right uses are none."""
    bad = {
        "A csd behind the first one.": "behind",
        "The stall is told once.": "told",
        "Each name stands for a list.": "stands",
        "stood beside the verdict": "stood",
        "It needs glibc alone.": "alone",
        "All but for one.": "but for",
        "A glob is refused, and so is one after it.": "so is one",
        "It is a storm at any rate.": "at any rate",
        "And for who has none a page.": "for who has",
        "A smaller change is none (default 10)": "change is none",
        "signals are heeded, who heeds": "heeds",
        "Returns as the other function.": "returns as",
        "A timer looks whether the run is over.": "looks whether",
        "The host's clock went on by 3 ms.": "clock went on",
        "A record is at most so many places away.": "at most so many",
        "The page goes to who asks.": "to who",
    }
    for text, word in bad.items():
        tap.equal([found.lower() for found, _, _ in found_in(text)], [word], f"{text!r}: found")
    for text in ("what stands out", "the cause `behind`", "behind-the-scenes", "foretold", "after the first",
                 "it is so wide", "standard output"):
        tap.equal(list(found_in(text)), [], f"{text!r}: nothing to say")
    tap.equal(comments('int a; /* behind */ char *b = "told"; // alone\n'), "/* behind */\n// alone",
              "comments, not code")
    tap.equal(prose("a\n```sh\necho behind\n```\nb"), "a\n\nb", "prose, not code")
    tap.equal(len(bad), len(RULES) + 1, "a sentence for each rule")


def test_texts():
    allow = allowed()
    used = set()
    for name, text in texts():
        wrong = []
        for word, instead, line in found_in(text):
            used.add((name, line))
            if (name, line) not in allow:
                wrong.append(f"{word} ({instead}): {line}")
        tap.ok(not wrong, f"{name}: plain words", *wrong)
    stale = sorted(f"{name}: {line}" for name, line in allow.keys() - used)
    tap.ok(not stale and len(allow) < 60, f"plain_words.allow: few lines, {len(allow)}, all in use", *stale)
    tap.ok(all(reason for reason in allow.values()), "plain_words.allow: each with its reason")


def test_comments():
    rooms = {}
    for path in sorted((TOP / "src").rglob("*.[ch]")):
        room = path.relative_to(TOP / "src").parts[0] if path.parent != TOP / "src" else "."
        rooms.setdefault(room, []).extend(
            f"{path.relative_to(TOP)}: {word} ({instead}): {line}"
            for word, instead, line in found_in(comments(path.read_text(encoding="utf-8"))))
    for room, found in rooms.items():
        tap.ok(not found, f"src/{room}: plain words in comments", *found)


test_rules()
test_texts()
test_comments()
tap.done()
