#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Where make install puts what, and what the installed binary needs."""

import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import BUILD, IPILOAD, TOP, Run, Tap, read_source  # noqa: E402
from mounts import privately  # noqa: E402

NOBODY = 65534
PREFIX = "/opt/ipi"
STATIC = os.path.abspath(os.path.join(BUILD, "ipitrace-static"))

tap = Tap()


# Installing

def make(target, destdir):
    """As nobody, who may write to @destdir alone; the source tree and build/ are read-only."""
    script = """set -e
for dir in "$1" "$2"; do
    mount --bind "$dir" "$dir"
    mount -o remount,bind,ro "$dir"
done
cd "$1"
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
# A tree that nobody may look into, in somebody's home.
$nobody test -r Makefile 2>/dev/null || nobody=
exec $nobody make -s "$3" DESTDIR="$4" PREFIX="$5" BUILD="$6"
"""
    return Run(privately(script, "sh", TOP, os.path.abspath(BUILD), target, destdir, PREFIX, BUILD),
               timeout=300)


def files_of(path):
    return {os.path.relpath(os.path.join(at, name), path)
            for at, _, names in os.walk(path) for name in names}


def expected():
    share = "opt/ipi/share"
    want = {f"opt/ipi/bin/{name}" for name in ("ipitrace", "ipiload", "ipigen")}
    want |= {f"{share}/man/man8/{name}" for name in os.listdir(os.path.join(TOP, "man")) if name.endswith(".8")}
    want |= {f"{share}/bash-completion/completions/ipitrace",
             f"{share}/zsh/site-functions/_ipitrace",
             *(f"opt/ipi/lib/systemd/system/{name}.service" for name in ("ipitrace", "ipitrace-record"))}
    docs = ["README.md", "CHANGELOG.md", "COPYING"]
    docs += [f"docs/{name}" for name in os.listdir(os.path.join(TOP, "docs")) if name.endswith((".md", ".png", ".svg"))]
    docs += [f"{of}/{name}" for of in ("schema", "dashboards")
             for name in os.listdir(os.path.join(TOP, of))]
    docs += ["packaging/container/Dockerfile", "packaging/kubernetes/daemonset.yaml"]
    return want | {f"{share}/doc/ipitrace/{name}" for name in docs}


def test_links(doc):
    """A document's links to files hold where it is installed."""
    broken = []
    for at, _, names in os.walk(doc):
        for name in (n for n in names if n.endswith(".md")):
            with open(os.path.join(at, name), encoding="utf-8") as f:
                links = re.findall(r"\]\(([^)#:]+)\)", f.read())
            broken += [link for link in links if not os.path.exists(os.path.join(at, link))]
    tap.ok(not broken, "the installed documents' links hold", broken)


def test_install():
    with tempfile.TemporaryDirectory(prefix="ipitest-") as top:
        destdir = os.path.join(top, "with space")
        os.mkdir(destdir)
        os.chmod(top, 0o755)
        os.chown(destdir, NOBODY, NOBODY)
        run = make("install", destdir)
        tap.ok(run.status == 0 and not run.out + run.err,
               "make install, not as root, from a tree that is read-only", run.out, run.err)
        if run.status:
            return
        tap.same(files_of(destdir), expected(), "it is all there, and nothing else")
        binary = os.path.join(destdir, "opt/ipi/bin/ipitrace")
        modes = {name: os.stat(os.path.join(destdir, name)).st_mode & 0o777
                 for name in files_of(destdir)}
        wrong = {n: oct(m) for n, m in modes.items() if m != (0o755 if "/bin/" in n else 0o644)}
        tap.ok(not wrong, "modes", wrong)
        test_links(os.path.join(destdir, "opt/ipi/share/doc/ipitrace"))
        version = Run([binary, "--version"])
        tap.ok(version.status == 0 and re.match(r"ipitrace \d+\.\d+\.\d+\n", version.out),
               "the installed binary runs", version.out, version.err)
        test_libraries(binary)
        for unit, command in (("ipitrace", "serve"), ("ipitrace-record", "record")):
            with open(os.path.join(destdir, f"opt/ipi/lib/systemd/system/{unit}.service"), encoding="utf-8") as f:
                tap.ok(f"\nExecStart=/opt/ipi/bin/ipitrace {command} " in f.read(),
                       f"{unit}.service starts the installed binary")
        run = make("install", destdir)
        tap.ok(run.status == 0 and files_of(destdir) == expected(), "install again", run.err)
        stranger = "opt/ipi/share/man/man8/another.8"
        with open(os.path.join(destdir, stranger), "w", encoding="ascii"):
            pass
        run = make("uninstall", destdir)
        tap.ok(run.status == 0 and not run.out + run.err, "make uninstall", run.out, run.err)
        tap.same(files_of(destdir), {stranger}, "it leaves what is not ours, and nothing of ours")
        ours = [at for at, _, _ in os.walk(destdir) if os.path.basename(at) == "ipitrace"]
        tap.ok(not ours, "no directory of ours either", ours)


# Libraries

def test_libraries(binary):
    libraries = set(re.findall(r"^\s*(?:\S*/)?(\S+?)\.so", Run(["ldd", binary]).out, re.M))
    libraries = {name for name in libraries if not re.match(r"linux-vdso|ld-linux", name)}
    if any(name.startswith(("libasan", "libubsan")) for name in libraries):
        tap.skip("libraries", "a build with sanitizers", 2)
        return
    tap.ok(libraries and libraries <= {"libc", "libm"}, "the binary needs libc and libm at most",
           libraries)
    claim = re.search(r"needs only glibc \(([^)]*)\)", read_source("README.md").replace("\n", " "))
    tap.same(set(claim[1].split(" and ")) if claim else set(), libraries, "as the README says")


def test_static():
    """
    In a root that has the binary, /proc and /sys, and nothing else: no library, no NSS; and that is
    closed to others, while a program sends IPIs, whose stacks are named.
    """
    if not os.path.exists(STATIC):
        tap.skip("static", "no build/ipitrace-static")
        return
    script = """set -e
cp "$1" "$2/ipitrace"
mkdir "$2/proc" "$2/sys"
mount --bind /proc "$2/proc"
mount --rbind /sys "$2/sys"
root=$2
shift 2
exec chroot "$root" /ipitrace "$@"
"""
    for args, words in ((["check"], "main job"), (["summary", "-d", "1"], "COST")):
        with tempfile.TemporaryDirectory(prefix="ipitest-") as root, \
                subprocess.Popen([IPILOAD, "membarrier", "-q", "--duration", "60"]) as load:
            run = Run(privately(script, "sh", STATIC, root, *args))
            load.kill()
        tap.ok(run.status == 0 and words in run.out and not run.err,
               f"{args[0]}: the static binary in an empty root", run.status, run.out, run.err)


test_install()
test_static()
tap.done()
