#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Man pages, reference and documents agree with the help and with the tree."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "mutation")]
from ipitest import BUILD, IPITRACE, Run, Tap  # noqa: E402
from mutants import MUTANTS  # noqa: E402

TOP = Path(__file__).resolve().parent.parent.parent
EXAMPLE = 67  # columns of a page of 80 that an example has
SECTIONS = ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "OUTPUT", "EXIT STATUS", "EXAMPLES", "SEE ALSO")
# These mean the same in each command, so each page says the same of them.
SHARED = {"quiet", "cpus", "src", "dst", "func", "pid", "housekeeping", "ready-file", "verbose", "color",
          "version", "PROGRAM"}
ROOMS = "abi|base|bpf|model|cli|host|collect|storm|isolated|stall|view|serve|run|command"

tap = Tap()


def read(name):
    return (TOP / name).read_text(encoding="utf-8")


# The help

class Help:
    """The options of one command: --name -> whether it takes a value; short -> name."""

    def __init__(self, *words):
        self.text = Run([IPITRACE, *words, "--help"]).out
        rows = re.findall(r"^ +(?:-(\w), )?--([\w-]+)(?:\[=[A-Z]+\])?( (?:\[GLOB=\])?[A-Z:,]+(?:\[,[A-Z]+\])?)?(?: {2,}|$)", self.text, re.M)
        self.longs = {long for _, long, _ in rows}
        self.pairs = {(short, long) for short, long, _ in rows}
        self.valued = {long for _, long, arg in rows if arg}

    def all(self):
        return {f"--{long}" for long in self.longs} | {f"-{s}" for s, _ in self.pairs if s}


def commands_of(text):
    return re.findall(r"^  (\w+) ", re.split(r"\n\w*commands:\n", text)[1].split("\n\n")[0], re.M)


# Man pages

def page_of(command):
    return f"ipitrace-{command}.8" if command else "ipitrace.8"


def installed(page):
    """The file that make install takes: man/ has pages without the parts that several have."""
    return Path(BUILD, "man", page)


def sections(man):
    parts = re.split(r"^\.Sh (.*)\n", man, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


class Page:
    def __init__(self, command):
        self.command = command
        self.name = page_of(command)[:-2] + "(8)"
        self.parts = sections(installed(page_of(command)).read_text(encoding="utf-8"))
        options = self.parts.get("OPTIONS", "")
        self.pairs = set(re.findall(r"^\.It Fl (?:(\w) , Fl )?-([a-z][\w-]*)", options, re.M))
        self.valued = set(re.findall(r"^\.It Fl .*?-([a-z][\w-]*) (?:Oo |Op )?Ar ", options, re.M))
        self.items = dict(re.findall(r"^\.It Fl (?:\w , Fl )?- ?(?:Ar )?([A-Za-z][\w-]*).*\n"
                                     r"((?:(?!\.It |\.El).*\n)*)", options, re.M))
        text = "".join(self.parts.values())
        self.named = {f"-{name}" for name in re.findall(r"\bFl (-?[a-z][\w-]*)", text)}
        examples = re.sub(r" \\e\n\.Dl [\\ ]*", " ", self.parts.get("EXAMPLES", "").replace(r"\-", "-"))
        self.examples = re.findall(r"^\.Dl # (ipitrace.*)$", examples, re.M)

    def all(self):
        return {f"--{long}" for _, long in self.pairs} | {f"-{s}" for s, _ in self.pairs if s}


def words_of(line):
    """The options of a command line of ipitrace's, without PROGRAM's and the pipe's."""
    line = re.split(r" -- | \|", line)[0]
    return set(re.findall(r"(?<= )--?[a-z][\w-]*", re.sub(r"'[^']*'|\$\([^)]*\)", "", line)))


def command_of(line):
    """The command of such a line; summary where there is none."""
    word = line.split()[1] if " " in line else ""
    return word if re.fullmatch("[a-z]+", word) else "summary"


def check_page(page, own, everything):
    """@own: the options of the page's command, None where the help does not tell them apart."""
    missing = [name for name in SECTIONS if not page.parts.get(name, "").strip()]
    tap.ok(not missing, f"{page.name}: sections", missing)
    if own:
        tap.same(page.pairs, own.pairs, f"{page.name}: each option of the command, and no other")
        tap.same(page.valued, own.valued, f"{page.name}: which options take a value")
    else:
        tap.ok(page.pairs <= everything.pairs, f"{page.name}: options that there are",
               page.pairs - everything.pairs)
    tap.ok(page.named <= everything.all(), f"{page.name}: names no option that there is not",
           page.named - everything.all())


def check_examples(pages):
    for page in pages.values():
        wrong = [line for line in page.examples
                 if not words_of(line) <= pages[command_of(line)].all() or
                 page.command and command_of(line) != page.command]
        tap.ok(page.examples and not wrong, f"{page.name}: examples, with options of their command", wrong)


def check_example_lines():
    """An example that a page of 80 columns wraps does not run where it is pasted."""
    for path in sorted(Path(TOP, "man").glob("*.8")):
        lines = [re.sub(r"\\\((?:aq|dq)", "'", line).replace("\\e", "/").replace("\\", "")
                 for line in re.findall(r"^\.Dl (.*)$", path.read_text(encoding="utf-8"), re.M)]
        tap.equal([line for line in lines if len(line) > EXAMPLE], [], f"{path.name}: its examples fit a page")


def check_shared(pages):
    texts = {}
    for page in pages.values():
        if page.command not in ("", "trace", "serve", "report", "isolated"):
            for option in SHARED & page.items.keys():
                texts.setdefault(option, set()).add(page.items[option])
    several = {option for option, found in texts.items() if len(found) != 1}
    tap.ok(texts.keys() == SHARED and not several, "man pages: the same words for the same option",
           SHARED - texts.keys(), several)


def test_man():
    overview = Help()
    commands = commands_of(overview.text)
    helps = {command: Help(command) for command in commands}
    everything = Help()
    for one in helps.values():
        everything.pairs |= one.pairs
        everything.valued |= one.valued
        everything.longs |= one.longs
    apart = helps["summary"].text != helps["stalls"].text
    pages = {command: Page(command) for command in ["", *commands]}
    tap.equal(sorted(p.name for p in (TOP / "man").glob("ipitrace*.8")),
              sorted(page_of(c) for c in pages), "man pages: one for each command, and ipitrace(8)")
    top = pages[""]
    check_page(top, None, everything)
    tap.same(top.pairs, everything.pairs, "ipitrace(8): each option, and no other")
    tap.same(top.valued, everything.valued, "ipitrace(8): which options take a value")
    tap.same(set(re.findall(r"^\.It Cm (\w+)", top.parts["COMMANDS"], re.M)), set(commands),
             "ipitrace(8): each command, and no other")
    for command in commands:
        check_page(pages[command], helps[command] if apart else None, everything)
    tap.same(set().union(*(pages[c].pairs for c in commands)), everything.pairs,
             "man pages: each option is described")
    check_users(top, pages, commands)
    check_examples(pages)
    check_example_lines()
    check_shared(pages)
    for command in ("summary", "hist"):
        keys = set(re.findall(r"^\.Cm (\w+)", pages[command].items["by"], re.M))
        tap.same(keys, {"function", "sender", "victim", "cgroup", "cpu"}, f"ipitrace-{command}(8): keys of --by")
    return commands, everything


def check_users(top, pages, commands):
    """ipitrace(8) names the commands of each option that not all have."""
    wrong, named = {}, 0
    for option, text in top.items.items():
        said = re.match(r"(?:\.Pq )?(?:all but )?\.?Cm (.*)\n", text)
        if not said:
            continue
        named += 1
        names = set(re.findall(r"\w+", said[1]))
        if text.startswith(".Pq all but"):
            names = set(commands) - names
        users = {c for c in commands if option in pages[c].items}
        if names != users:
            wrong[option] = (sorted(names), sorted(users))
    tap.ok(named > 5 and not wrong, f"ipitrace(8): the commands that use an option, of {named} options", wrong)


def test_lint():
    # These depend on the manuals of this machine.
    others = re.compile(r"referenced manual not found|outdated mandoc\.db|lacks .* entry")
    for page in (installed(source.name) for source in sorted((TOP / "man").glob("*.8"))):
        for args in (("mandoc", "-T", "lint", page), ("groff", "-Tutf8", "-ww", "-mandoc", page)):
            name = f"{page.stem}(8): {args[0]} has nothing to say"
            if not shutil.which(args[0]):
                tap.skip(name, f"no {args[0]}")
                continue
            run = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 check=False)
            said = (run.stdout if args[0] == "mandoc" else "") + run.stderr
            said = [line for line in said.splitlines() if not others.search(line)]
            tap.ok(not said, name, *said)
            if args[0] == "groff":
                lines = [line for line in run.stdout.splitlines() if line.strip()] or [""]
                tap.ok("Linux System Manager's Manual" in lines[0] and "BSD" not in lines[0] + lines[-1],
                       f"{page.stem}(8): its head and its foot are not BSD's", lines[0], lines[-1])


# The reference

def test_reference(commands, has):
    text = read("docs/reference.md").split("## ipiload")[0]
    tables = [re.findall(r"^\| (`.*?`) \|", part, re.M)
              for part in re.split(r"\n\| option \|.*\n", text)]
    tap.same({name.strip("`") for name in tables[0]}, set(commands), "reference: each command, and no other")
    cells = " ".join(tables[1])
    named = {f"--{n}" for n in re.findall(r"--([a-z][\w-]*)", cells)}
    named |= {f"-{n}" for n in re.findall(r"`-(\w)\b", cells)}
    tap.same(named, has.all(), "reference: each option, and no other")
    anywhere = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", text))
    tap.ok(anywhere <= has.all(), "reference: names no option that there is not", anywhere - has.all())
    by = next(line for line in text.splitlines() if line.startswith("| `--by"))
    keys = ("function", "sender", "victim", "cgroup", "cpu")
    tap.ok(all(f"`{key}`" in by for key in keys), "reference: each key of --by", by)


def test_schema():
    """As the tables of fields say (src/model/field.h)."""
    run = Run([TOP / "tools/schema", TOP / BUILD / "fields", "--check"])
    tap.ok(not run.status, "schema and reference: the keys of the tables of fields", *run.err.splitlines())


# The keys of these lines are spelled in their tables (src/model/). Another file that reads or writes JSON may have the
# same word for another reason; None: any of these words.
LINES = ("stall", "storm")
ELSEWHERE = {
    "view/json/line.c": None,  # what everybody may see, which is a decision about each key
    "view/capture/line.c": None,  # the bounds of lists, by their keys
    # Keys of other lines, and labels.
    "view/json/capture.c": {"before", "late"}, "view/json/snapshot.c": {"share", "targets"},
    "view/json/stall.c": {"call", "in", "sender", "slept"}, "view/html/page.c": {"interval"},
    "view/json/verdict.c": {"advice", "caller", "cause", "irq", "queued_by", "sender", "stack", "what"},
    "view/capture/record_line.c": {"late"}, "view/capture/fields.c": {"pid", "tid"}, "view/capture/parse.c": {"targets"},
    "view/json/parts.c": {"pid", "tid"}, "view/html/bins.c": {"end"},
    "view/trace_lines.c": {"caller", "stack"}, "view/perfetto/timeline.c": {"advice", "sender", "stack"},
    "view/perfetto/cpu_tracks.c": {"targets"},
}


def keys_of(fields):
    return {field["key"] for field in fields} | {key for field in fields for key in keys_of(field.get("fields", ()))}


def spelled(files, keys):
    """FILE: KEYS of the files that have some of the keys as a string, beside ELSEWHERE."""
    files = {name: re.sub(r"/\*.*?\*/", "", text, flags=re.S) for name, text in files.items()}
    found = {name: set(re.findall(r'\"(\w+)\\?"', text)) & keys - (ELSEWHERE.get(name, set()) or set())
             for name, text in files.items() if ELSEWHERE.get(name, ()) is not None and re.search(r"\bjson_[a-z]", text)}
    return [f"{name}: {' '.join(sorted(names))}" for name, names in found.items() if names]


def test_keys():
    roots = json.loads(Run([TOP / BUILD / "fields"]).out)
    keys = keys_of([field for root in roots if root["at"] in LINES for field in root["fields"]])
    # Others have these, too; the view adds `time` to each line.
    keys -= keys_of([field for root in roots if root["at"] not in LINES for field in root["fields"]]) | {"time"}
    files = {path.relative_to(TOP / "src").as_posix(): path.read_text(encoding="utf-8")
             for path in sorted((TOP / "src").rglob("*.[ch]")) if path.parent.name != "model"}
    tap.ok(len(keys) > 60 and {"straggler", "cpus_are_of_it"} <= keys, "keys of stalls and storms that no other table has",
           len(keys))
    found = spelled(files, keys)
    tap.ok(not found, "their tables have each of these keys, and no other file", *found)
    tap.equal(spelled({"view/a.c": 'json_object_get(line, "shape")', "view/b.c": 'printf("{\\"split\\":1}"); json_t',
                       "view/json/stall.c": 'json_pack("{s:i}", "slept", 1)'}, keys),
              ["view/a.c: shape", "view/b.c: split"], "planted keys are found")


# Paths

def documents():
    yield TOP / "README.md"
    yield TOP / "CONTRIBUTING.md"
    yield from sorted((TOP / "docs").glob("*.md"))
    yield from sorted((TOP / "src").rglob("README.md"))


def test_paths():
    """src/... and ROOM/FILE are there; so is each file that a link names."""
    for doc in documents():
        text = doc.read_text(encoding="utf-8")
        paths = set(re.findall(r"(?<![\w/.])src/[\w./-]*\w/?", text))
        paths |= {f"src/{p}" for p in re.findall(rf"(?<![\w/.])(?:{ROOMS})/[\w/-]+(?:\.bpf)?\.[ch]\b", text)}
        gone = sorted(p for p in paths if not (TOP / p).exists())
        links = re.findall(r"\]\(([^)#:]+)\)", text)
        gone += [link for link in links if not (doc.parent / link).exists()]
        tap.ok(not gone, f"{doc.relative_to(TOP)}: the files that it names are there", gone)


def check_walk(doc, walk, least):
    """Each line of @walk names a file and a function of it. Returns the file of the last one."""
    lines = re.findall(r"^(?:t\d)? +[\w/.]+\.[ch] .*$", walk, re.M)
    hops = re.findall(r"^(?:t\d)? +([\w/.]+\.[ch]) +(\w+)\(\)", walk, re.M)
    rooms = (TOP, TOP / "src", (TOP / doc).parent)
    lost = []
    for path, name in hops:
        files = [room / path for room in rooms if (room / path).is_file()]
        if not files or not re.search(rf"^\w[^;\n]*\b{name}\(", read(files[0]), re.M):
            lost.append(f"{path}: {name}()")
    tap.ok(len(hops) >= least and len(hops) == len(lines) and not lost,
           f"{doc}: the {len(hops)} hops of a walk are functions of their files", *lost)
    return hops[-1][0]


def test_walks():
    """Where a csd goes, and a window: each hop is named, and none is wrong."""
    design = read("docs/design.md").split("**A csd, ")[1].split("\n**A ")[0]
    last = check_walk("docs/design.md", design, 65)
    tap.ok(last.startswith("src/view/"), "docs/design.md: a csd's way ends in a view", last)
    window = read("src/collect/README.md").split("## The way of one window")[1].split("```")[1]
    check_walk("src/collect/README.md", window, 12)


# The files of src/ that the examples of CONTRIBUTING.md change: a figure of histograms, a stall's figure, a column of
# text, top and page, a view of report, a cause.
EXAMPLES = [
    ["src/model/hist.c"],
    ["src/model/incident.c", "src/view/text/stall.c"],
    ["src/view/table/functions.c"],
    ["src/command/report_view.c", "src/view/text/pairs.c", "src/view/text/views.h"],
    ["src/model/signatures.c"],
]


def test_example():
    """CONTRIBUTING.md: its files and targets are there, and its diffs apply to them."""
    text = read("CONTRIBUTING.md")
    named = set(re.findall(r"`((?:src|tests|docs|man|schema)/[\w./-]*)`", text))
    gone = sorted(name for name in named if not (TOP / name).exists())
    tap.ok(len(named) > 15 and not gone, "CONTRIBUTING.md: the files that it names are there", *gone)
    targets = set(re.findall(r"`make ([a-z-]+)", text))
    gone = sorted(targets - set(re.findall(r"^([a-z-]+)(?: [a-z -]+)?:", read("Makefile") + read("tools/build.mk") +
                                           read("bench/build.mk"), re.M)))
    tap.ok(len(targets) > 5 and not gone, "CONTRIBUTING.md: the targets that it names are there", *gone)
    diffs = re.findall(r"^```diff\n(.*?)^```$", text, re.M | re.S)
    tap.equal([sorted(set(re.findall(r"^\+\+\+ b/(src/\S+)$", diff, re.M))) for diff in diffs], EXAMPLES,
              "CONTRIBUTING.md: each example changes few files of src/")
    for i, diff in enumerate(diffs):
        run = subprocess.run(["git", "apply", "--check", "-"], input=diff, cwd=TOP, text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        tap.ok(not run.returncode, f"CONTRIBUTING.md: example {i + 1} applies", *run.stderr.splitlines())


def tables(text):
    """Runs of lines of a table, outside of code."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    for block in re.findall(r"^(?:\|.*\n?)+", text, re.M):
        yield block.splitlines()


def test_tables():
    """A table cut in two by an empty line is shown as a table and a line of bars."""
    for doc in documents():
        wrong = [rows[0] for rows in tables(doc.read_text(encoding="utf-8"))
                 if len(rows) < 3 or not re.fullmatch(r"(\| *:?-+:? *)+\|", rows[1])]
        tap.ok(not wrong, f"{doc.relative_to(TOP)}: each table has a heading", *wrong)


def opened():
    """Absolute paths of the source's strings; what depends on the process is PID."""
    for path in (TOP / "src").rglob("*.[ch]"):
        text = re.sub(r'" PRI\w+ "', "u", path.read_text(encoding="utf-8"))
        for found in re.findall(r'"(?:%s)?(/(?:proc|sys|dev|tmp)/[^" :]+)', text):
            yield re.sub(r"^/proc/(%\w|\*)", "/proc/PID", found)


def test_production():
    """What ipitrace reads, told to those who let it run."""
    part = read("docs/production.md").split("## What it reads")[1].split("\n## ")[0]
    words = constant("USER_WORDS", "src/abi/table.h")
    flat = " ".join(part.split())
    tap.ok(f"{words} words copied from the top of its stack" in flat and "ELF files" in flat,
           "production: the program's stack and files that ipitrace reads", flat)
    denied = re.findall(r"[^.]*\bnever\b[^.]*(?:memory|files)[^.]*\.", flat)
    tap.ok(not denied, "production: denies no memory that is copied, and no file that is read", *denied)
    # Itself, what the user opened, nothing, and one that is not read.
    own = ("/proc/self", "/proc/thread-self", "/dev/fd/", "/dev/stdout", "/dev/stderr", "/dev/null", "/dev/cpu/")
    named = [name.rstrip("/.,:") for name in re.findall(r"/(?:proc|sys|dev|tmp)/[\w/-]+", part)]
    named = [name for name in named if name.count("/") > 1]
    hidden = {path for path in opened() if not path.startswith((*own, *named))}
    tap.ok(len(named) > 10 and not hidden, "production: each place in /proc, /sys and /dev that the source has",
           *sorted(hidden))


def cells_of(doc, head):
    """The cells of the first table after a text, without its heading."""
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in next(tables(doc[doc.index(head):]))[2:]]


def number(text):
    """The first number of a text, without its unit: "1.3 KB a window" is 1300."""
    found = re.search(r"([\d,]*\d(?:\.\d+)?) ?([KMG]?)", text)
    return float(found[1].replace(",", "")) * {"": 1, "K": 1e3, "M": 1e6, "G": 1e9}[found[2]]


def constant(name, file):
    """The value of a macro: a number, or 1U << bits."""
    shifted, value = re.search(rf"^#define {name}\s+(\(1U << )?(\d+)", read(file), re.M).groups()
    return 1 << int(value) if shifted else int(value)


def test_costs():
    """Figures of docs/production.md that follow from others of the page, from the units, or from the code."""
    doc = read("docs/production.md")
    each = number(re.search(r"about ([\d.]+) us an IPI", doc)[1]) * 1e-6
    rows = cells_of(doc, "| IPIs a second, of the host")
    tap.equal([f"{number(bpf) / 100:.6f}" for _, bpf, _ in rows], [f"{number(rate) * each:.6f}" for rate, *_ in rows],
              "production: the BPF programs' share is the rate times the time of an IPI")
    rows = cells_of(doc, "### Disk, an hour")
    wrong = []
    for command, rate, size, hour in rows:
        made = number(size) * (number(rate) if "--trace" in command else 1) * 3600
        if not 0.97 < made / number(hour) < 1.03:
            wrong.append(f"{command}: {made:.3g} bytes an hour, the page has {hour}")
    tap.ok(len(rows) > 3 and not wrong, "production: an hour's bytes are those of its windows or csds", *wrong)
    unit = read("packaging/ipitrace-record.service")
    flight, stall, keep = re.search(r"--flight (\d+)s .*--on stall:(\d+)ms --keep (\S+)", unit).groups()
    part = " ".join(doc.split("## A recorder that is left running")[1].split("\n## ")[0].split())
    absent = [text for text in (f"the last {flight} s", f"each stall of {stall} ms", f"`--keep {keep}`") if text not in part]
    tap.ok(not absent, "production: the recorder's unit has the options that the page describes", *absent)
    rows = cells_of(doc, "## Privileges")
    named = [set(re.findall(r"CAP_\w+", row[0])) for row in rows]
    for name in ("ipitrace.service", "ipitrace-record.service"):
        sets = re.findall(r"^(?:Ambient|Bounding)?Capabilit\w+=(.*)", read(f"packaging/{name}"), re.M)
        tap.ok(len(sets) > 1 and all(set(one.split()) == set().union(*named[:3]) for one in sets),
               f"production: {name} has the capabilities of the table's first three rows", *sets)
    opener = re.search(r"opener_caps\[\] = \{(.*?)\}", read("src/host/user_symbols.c"), re.S)[1]
    tap.equal(set(re.findall(r"CAP_\w+", opener)), named[3], "production: the opener has those of the last row")


def test_fleet():
    """Figures of docs/fleet.md: the simulated hosts' budget, and what a host of 1,000 CPUs gets."""
    doc = read("docs/fleet.md")
    rows = cells_of(doc, "`build/tests/test_series` simulates hosts")
    said = Run([os.path.join(BUILD, "tests", "test_series")])
    # Of the three budgets that it tries, the default one is the first.
    real = {}
    for cpus, nodes, isolated, series, size in re.findall(
            r"# (\d+) CPUs, (\d+) nodes, (\d+) isolated: (\d+) series, (\d+) bytes", said.out + said.err):
        real.setdefault((cpus, nodes, isolated), (series, int(size)))
    wrong = []
    for *host, _, series, size in rows:
        have = real.get(tuple(host), ("no", 0))
        if series != have[0] or not 0.97 < number(size) / max(have[1], 1) < 1.03:
            wrong.append(f"{host}: the page has {series} series, {size} bytes, test_series {have}")
    tap.ok(len(rows) > 5 and not wrong, "fleet: series and bytes of the simulated hosts", *wrong)
    budget = constant("SERIES_DEFAULT", "src/model/metrics.h")
    tap.ok(f"at most {budget} series" in doc, "fleet: the budget", budget)
    rows = {row[0]: row[1] for row in cells_of(doc, "**A host of 1,000 CPUs**")}
    maps = rows["maps in the kernel"]
    most, each, rest = (int(n) for n in re.search(r"(\d+) MiB .*?(\d+) KiB .*?(\d+) MiB", maps).groups())
    tap.ok(most - 1 < each * 1000 / 1024 + rest <= most, "1,000 CPUs: the size of the maps", maps)
    tap.equal([number(rows[name]) for name in rows if name.startswith(("targets", "records", "series"))],
              [constant("EDGE_MAX_512", "src/abi/table.h"), constant("RECORDS_LEAST", "src/collect/maps.c"), budget],
              "1,000 CPUs: targets, records and series are the code's")


def rows_of(name):
    """The rows of a table of causes in C: for each its strings, neighbours joined, and its text; a macro is none."""
    body = re.search(r" (?:causes|signatures)\[\] = \{\n(.*?)\n\};\n", read(name), re.S)[1]
    body = re.sub(r'"\s*"', "", re.sub(r"^\t/\*.*?\*/\n", "", body, flags=re.S | re.M))
    return [(re.findall(r'"([^"]*)"', one), one) for one in re.split(r"^\t\{ ", body, flags=re.M)[1:]]


def member_of(row, name):
    """The strings of a member that not each row has."""
    found = re.search(rf"\.{name} =\s*(\{{.*?\}}|\"[^\"]*\")", row, re.S)
    return re.findall(r'"([^"]*)"', found[1]) if found else []


def test_signatures():
    """docs/storms.md has a row for each signature, with its functions, how usual it is, and its cause."""
    want = []
    tables = [row for name in ("_tlb", "", "_tasks") for row in rows_of(f"src/model/signatures{name}.c")]
    for strings, row in tables:
        # A | would end a cell of the page's table.
        module = "".join(f" [{re.sub('[@()]', '', glob).replace('|', ' or ')}]" for glob in member_of(row, "module"))
        want.append((strings[0], [f"`{func}`{module}" for func in member_of(row, "funcs")],
                     [re.search(r"USUAL_(\w+)", row)[1].lower(), strings[1]]))
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")]
            for line in read("docs/storms.md").splitlines() if re.match(r"\| `\w+` \|", line)]
    tap.ok(len(want) > 25, "signatures: a table of them", want)
    tap.equal([row[0].strip("`") for row in rows[:len(want)]], [name for name, _, _ in want],
              "docs/storms.md: the same names, in the same order")
    # Of an interrupt without a function, and of via, the page speaks in words.
    wrong = [row for (_, funcs, words), row in zip(want, rows)
             if not all(any(func in said for said in row[1].split(", ")) for func in funcs) or
             row[1].count("`") != 2 * len(funcs) or row[2:4] != words]
    tap.ok(not wrong, "docs/storms.md: functions, usual and cause of each", *wrong)


def test_causes():
    """docs/isolated.md has each cause of src/isolated/causes.c, with what is behind it, and no other."""
    behind, names = {}, {"other"}
    for strings, row in rows_of("src/isolated/causes.c"):
        names.add(strings[0])
        # Of the rest the page says more than the table.
        if not re.search("BY_(FRAME|REST)", row):
            behind.setdefault(strings[0], set()).add(strings[1])
    said = {}
    for row in re.findall(r"^\| (`.*) \|$", read("docs/isolated.md").split("\n## Causes\n")[1].split("\n## ")[0], re.M):
        cells = row.split(" | ")
        for name in re.findall(r"`(\w+)`", cells[0]):
            said.setdefault(name, set()).update(cells[2].split("; "))
    tap.ok(len(behind) > 30, "causes: a table of them", behind)
    tap.same(said.keys(), names, "docs/isolated.md: each cause, and no other")
    wrong = {name: said[name] ^ behind[name] for name in said.keys() & behind.keys() if said[name] != behind[name]}
    tap.ok(not wrong, "docs/isolated.md: what is behind each cause", wrong)


def test_mutants():
    """`make mutants` takes long and runs rarely: what it changes must be in the code today."""
    gone = [f"{m.file}: {m.old}" for m in MUTANTS
            if (TOP / m.file).read_text(encoding="utf-8").count(m.old) != 1]
    tap.ok(len(MUTANTS) >= 40 and not gone, f"each of {len(MUTANTS)} mutants finds its text once", *gone)


def main():
    commands, has = test_man()
    test_lint()
    test_reference(commands, has)
    test_schema()
    test_keys()
    test_paths()
    test_walks()
    test_example()
    test_tables()
    test_production()
    test_costs()
    test_fleet()
    test_signatures()
    test_causes()
    test_mutants()
    tap.done()


main()
