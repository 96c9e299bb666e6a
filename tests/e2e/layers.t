#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Includes point down the layers of src/; no files of src/ or kmod/ call each other in a circle; grep finds a
static function.
"""

import collections
import os
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import BUILD, Tap  # noqa: E402

TOP = Path(__file__).resolve().parent.parent.parent

# What each room may include besides itself. A room's README.md says why.
LAYERS = {
    "abi": set(),
    "base": set(),
    "bpf": {"abi"},
    "model": {"abi", "base"},
    "cli": {"abi", "base", "model"},
    "host": {"abi", "base", "model"},
    "collect": {"abi", "base", "model", "host"},
    "storm": {"abi", "base", "model", "host"},
    "isolated": {"abi", "base", "model"},
    "import": {"abi", "base", "model"},
    "prove": {"abi", "base", "model", "import"},
    "view": {"abi", "base", "model"},
    "serve": {"base"},
    "stall": {"abi", "base", "model", "host", "collect", "view"},
    "run": {"abi", "base", "model", "cli", "host", "collect", "storm", "view", "stall"},
    "command": {"abi", "base", "model", "cli", "host", "collect", "storm", "isolated", "import",
                "prove", "view", "serve", "stall", "run"},
}
# What each of these folders of src/view/ may include of the others.
VIEWS = {
    "words": set(),
    "table": {"words"},
    "text": {"words", "table"},
    "json": {"words"},
    "top": {"words", "table", "text", "json"},
}
ROOTS = {
    "ipitrace.c": {"base", "cli", "command"},
    "ipitrace.bpf.c": {"abi", "bpf"},
}
# Made by the build: name -> the room that includes it.
GENERATED = {"ipitrace.skel.h": "collect", "ipitrace_irq.skel.h": "collect", "hooks.skel.h": "collect",
             "code.skel.h": "collect", "page_head.inc": "view",
             "page_policy.inc": "view", "page_body.inc": "view", "page_tail.inc": "view"}
KERNEL = {"vmlinux.h"}


def sources(src):
    return sorted(path for path in src.rglob("*") if path.suffix in (".c", ".h"))


def includes(path):
    return re.findall(r'^\s*#\s*include "([^"]+)"', path.read_text(encoding="utf-8"), re.M)


def room_of(name):
    return name.split("/")[0] if "/" in name else None


def against_the_layers(src):
    """Each include that the table does not allow, as a line."""
    found = []
    for path in sources(src):
        name = path.relative_to(src).as_posix()
        room = room_of(name)
        allowed = ROOTS[name] if room is None else LAYERS[room] | {room}
        for include in includes(path):
            if GENERATED.get(include, "") == room or include in KERNEL and room == "bpf":
                continue
            view, other = (part.removeprefix("view/").split("/")[0] for part in (name, include))
            if room_of(include) not in allowed or not (src / include).is_file() or \
                    name.startswith("view/") and view in VIEWS and other in set(VIEWS) - VIEWS[view] - {view}:
                found.append(f"{name} includes {include}")
    return found


def circle(graph):
    """A path that ends where it begins; [] if there is none."""
    done = set()

    def walk(node, path):
        if node in path:
            return path[path.index(node):] + [node]
        if node in done:
            return []
        for other in sorted(graph.get(node, ())):
            found = walk(other, path + [node])
            if found:
                return found
        done.add(node)
        return []

    for node in sorted(graph):
        found = walk(node, [])
        if found:
            return found
    return []


def include_graph(src):
    return {path.relative_to(src).as_posix(): set(includes(path)) - set(GENERATED) - KERNEL
            for path in sources(src)}


def call_graph(objects):
    """Object file -> the object files that define what it uses, by nm."""
    users, owner = {path: set() for path in objects}, {}
    out = subprocess.run(["nm", "--print-file-name", *objects], stdout=subprocess.PIPE, text=True, check=True).stdout
    for line in out.splitlines():
        path, rest = line.split(":", 1)
        kind, symbol = rest.split()[-2:]
        if kind == "U":
            users[path].add(symbol)
        elif kind in "TDRBC":
            owner[symbol] = path
    return {path: {owner[s] for s in symbols if s in owner and owner[s] != path}
            for path, symbols in users.items()}


def calls_of(build, prefix):
    objects = sorted(str(path) for path in Path(build).rglob("*.o"))
    graph = call_graph(objects)
    short = {path: os.path.relpath(path, build) for path in objects}
    return {short[a]: {short[b] for b in others} for a, others in graph.items()
            if short[a].startswith(prefix)}


def tools_against_the_layers():
    """Each include of tools/ from src/ that is not shared with ipitrace on purpose, as a line."""
    found = []
    for path in sources(TOP / "tools"):
        for include in includes(path):
            shared = room_of(include) == "base" or include == "cli/exit_status.h"
            # make schema prints the model's tables.
            shared |= path.name == "fields.c" and room_of(include) == "model"
            if not (shared or ((path.parent / include).is_file() and room_of(include) in (None, ".."))):
                found.append(f"tools/{path.name} includes {include}")
    return found


def kmod_graphs():
    """Release -> call graph of the module's objects, for each kernel that the module is built for."""
    parts = [path.stem for path in (TOP / "kmod").glob("*.c")]
    found = {}
    for module in sorted(Path(BUILD).glob("kmod/*/ipigen.ko")):
        objects = [str(module.parent / f"{part}.o") for part in parts]
        if all(map(os.path.exists, objects)):
            graph = call_graph(objects)
            found[module.parent.name] = {Path(a).stem: {Path(b).stem for b in others}
                                         for a, others in graph.items()}
    return found


def check_kmod(tap):
    graphs = kmod_graphs()
    if not graphs:
        tap.skip("no files of kmod/ call each other in a circle", "make build/kmod/6.12.ok: not built")
    for release, graph in graphs.items():
        found = circle(graph)
        calls = sum(map(len, graph.values()))
        tap.ok(calls > 20 and not found, f"no files of kmod/ call each other in a circle ({release})",
               f"{calls} arrows", " -> ".join(found))


# grep, a breakpoint and a profile show functions of one name as one: so many files may have a name each.
STATIC_FILES = 3
ATTRIBUTE = re.compile(r"__attribute__\(\((?:[^()]|\([^()]*\))*\)\)\s*")
STATIC = re.compile(r"^static\s[^(){};=]*?\b(\w+)\((?:[^{};])*\)\n\{", re.M)


def common_statics(src):
    """NAME: FILES of the static functions whose name too many files have."""
    files = collections.defaultdict(list)
    for path in sources(src):
        for name in set(STATIC.findall(ATTRIBUTE.sub("", path.read_text(encoding="utf-8")))):
            files[name].append(path.relative_to(src).as_posix())
    return [f"{name}: {' '.join(where)}" for name, where in sorted(files.items()) if len(where) > STATIC_FILES]


def planted(tap):
    """The test itself: an upward include and a circle, in a copy, are found."""
    with tempfile.TemporaryDirectory() as scratch:
        src = Path(scratch) / "src"
        for name, text in {"base/clock.h": '#include "model/hist.h"\n', "model/hist.h": "",
                           "model/a.h": '#include "model/b.h"\n',
                           "model/b.h": '#include "model/a.h"\n', "view/text/c.h": "",
                           "view/table/d.h": '#include "view/text/c.h"\n'}.items():
            (src / name).parent.mkdir(parents=True, exist_ok=True)
            (src / name).write_text(text, encoding="utf-8")
        tap.equal(against_the_layers(src), ["base/clock.h includes model/hist.h", "view/table/d.h includes view/text/c.h"],
                  "planted upward includes are found")
        tap.equal(circle(include_graph(src)), ["model/a.h", "model/b.h", "model/a.h"],
                  "a planted circle is found")
        for name in "wxyz":
            (src / "base" / f"{name}.c").write_text(
                "static int\nprint_row(const char *s,\n\t  int (*fn)(void))\n{\n}\n"
                f"\nstatic int print_{name}(void);\n", encoding="utf-8")
        tap.equal(common_statics(src), ["print_row: base/w.c base/x.c base/y.c base/z.c"],
                  "a planted name of four static functions is found")


def compiles_alone(header):
    return subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-fsyntax-only", "-I", str(TOP / "src"),
                           "-include", header, "-x", "c", "/dev/null"], stderr=subprocess.PIPE,
                          text=True, check=False).stderr


def bpf_compiles_alone(header):
    arch = {"x86_64": "x86", "aarch64": "arm64"}[os.uname().machine]
    multiarch = subprocess.run(["cc", "-print-multiarch"], stdout=subprocess.PIPE, text=True,
                               check=False).stdout.strip()
    return subprocess.run(["clang", "-g", "-O2", "-mcpu=v3", "-target", "bpf", f"-D__TARGET_ARCH_{arch}",
                           "-I", str(TOP / "src"), "-I", str(TOP / "vmlinux"),
                           "-I", f"/usr/include/{multiarch}", "-fsyntax-only", "-include", header,
                           "-x", "c", "/dev/null"], stderr=subprocess.PIPE, text=True,
                          check=False).stderr


def needed_of_kernel(path):
    """What the BPF object needs of the kernel by name. Without that no program of it loads."""
    # readelf warns of each local symbol: bpftool gives the table of symbols no sh_info.
    said = subprocess.run(["readelf", "-Ws", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=True).stdout
    return re.findall(r" GLOBAL +\w+ +UND (\S+)", said)


def check_source_lines(tap, name):
    """Each function of the BPF object names one source line, its first: what tools/btf-lines is for."""
    path = f"{BUILD}/{name}.bpf.o"
    section = subprocess.run(["llvm-objcopy", "--dump-section", ".BTF.ext=/dev/stdout", path, "/dev/null"],
                             stdout=subprocess.PIPE, check=True).stdout
    header, functions, functions_size, lines, lines_size = struct.unpack_from("<IIIII", section, 4)
    begins = [table_of(section[header + at:header + at + size])
              for at, size in ((functions, functions_size), (lines, lines_size))]
    tap.ok(len(begins[0]) > 0 and begins[0] == begins[1], f"{name}: one source line a function", *begins)


def table_of(table):
    """(section, offset) of each record of .BTF.ext's table of functions or lines."""
    size, = struct.unpack_from("<I", table)
    records, at = [], 4
    while at < len(table):
        name, n = struct.unpack_from("<II", table, at)
        records += [(name, *struct.unpack_from("<I", table, at + 8 + size * i)) for i in range(n)]
        at += 8 + size * n
    return records


def main():
    tap = Tap()
    src = TOP / "src"
    found = against_the_layers(src)
    tap.ok(not found, "each include points down the layers", *found)
    rooms = {path.name for path in src.iterdir() if path.is_dir()}
    tap.equal(rooms, set(LAYERS), "each room of src/ has its line in the table")
    tap.equal({room for room in rooms if not (src / room / "README.md").is_file()}, set(),
              "each room has a README.md")
    found = circle(include_graph(src))
    tap.ok(not found, "no headers include each other in a circle", " -> ".join(found))
    graph = calls_of(f"{BUILD}/obj", "")
    tap.ok(len(graph) > 50, "nm shows who calls whom", len(graph))
    found = circle(graph)
    tap.ok(not found, "no files of src/ call each other in a circle", " -> ".join(found))
    found = tools_against_the_layers()
    tap.ok(not found, "tools/ include only base/ and the exit status", *found)
    found = common_statics(src)
    tap.ok(not found, f"no static function's name is in more than {STATIC_FILES} files", *found)
    check_kmod(tap)
    headers = [path.relative_to(src).as_posix() for path in sources(src) if path.suffix == ".h"]
    bad = [why for h in headers if not h.endswith(".bpf.h") for why in [compiles_alone(h)] if why]
    tap.ok(not bad, "each header of user space compiles alone", *bad)
    bad = [why for h in headers if h.endswith(".bpf.h") for why in [bpf_compiles_alone(h)] if why]
    tap.ok(not bad, "each header of the BPF programs compiles alone, in any order", *bad)
    # bpf_rdonly_cast() came with 6.2, and the other objects call it.
    both = [needed_of_kernel(f"{BUILD}/{name}.bpf.o") for name in ("hooks", "ipitrace")]
    tap.ok(not both[0] and "bpf_rdonly_cast" in both[1], "the object for old kernels needs nothing of the kernel by name", *both)
    for name in ("code", "hooks", "ipitrace", "ipitrace_irq"):
        check_source_lines(tap, name)
    with tempfile.NamedTemporaryFile("w", suffix=".lines") as f:
        f.write("not a section")
        f.flush()
        run = subprocess.run([TOP / "tools" / "btf-lines", f.name], capture_output=True, text=True, check=False)
        tap.ok(run.returncode and run.stderr.count("\n") == 1 and "not a .BTF.ext" in run.stderr,
               "tools/btf-lines: another file is an error of one line", run.stderr)
    entries = [path for path in src.iterdir()]
    tap.ok(len(entries) <= 18, "ls src fits 18 lines", *(path.name for path in entries))
    planted(tap)
    tap.done()


main()
