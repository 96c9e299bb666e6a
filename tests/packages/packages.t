#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Debian packages: made, clean by lintian, and in a fresh root of each Debian release installed, run,
purged, with nothing left; the module built there by DKMS; autopkgtest. Packages for arm64. The RPM's
files. Two releases built in two directories: the same bytes.

usage: tests/packages/packages.t [debs] [arm64] [rpm] [release]	(arm64 compares with what debs made)
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/lib"))
from ipitest import BUILD, Run, Tap  # noqa: E402
from roots import around, files_of, fresh_root, inside  # noqa: E402

SUITES = ("bookworm", "trixie")
BUILD_DIR = TOP / BUILD
# Debian's cross compiler, and what the packages are built with that is not of this architecture alone.
CROSS = ("--architectures=amd64,arm64",
         "--include=build-essential,crossbuild-essential-arm64,debhelper,dh-dkms,bpftool,clang,llvm")

tap = Tap()


def make(*args, cwd=TOP, before=()):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "WERROR", "BUILD")}
    return subprocess.run([*before, "make", *args], cwd=cwd, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def copy_in(root, *files):
    for file in files:
        Path(root, "tmp", file.name).write_bytes(file.read_bytes())


def check_gone(suite, root, package, before):
    run = inside(root, f"apt-get -qy purge {package} && apt-get -qy autoremove --purge")
    tap.ok(run.status == 0, f"{suite}: {package} purges", run.err)
    # depmod writes its lists for every kernel that it is called for.
    left = {f for f in files_of(root) - before if not re.search(r"/lib/modules/[^/]+/modules\.[\w.]+$", f)}
    tap.ok(not left, f"{suite}: nothing of {package} is left", *sorted(left)[:20])


def test_in(suite, deb):
    with fresh_root(tap, suite) as root:
        if not root:
            return
        before = files_of(root)
        copy_in(root, deb)
        run = inside(root, f"apt-get -qy install --no-install-recommends /tmp/{deb.name}")
        if not tap.ok(run.status == 0, f"{suite}: installs", run.err, run.out[-2000:]):
            return
        run = inside(root, "ipitrace check")
        tap.ok(run.status == 0 and not run.err, f"{suite}: ipitrace check", run.status, run.err)
        run = inside(root, "ipitrace -d 1")
        tap.ok(run.status == 0 and "COST" in run.out and not run.err, f"{suite}: ipitrace -d 1",
               run.status, run.err, run.out)
        left = inside(root, "man -w ipitrace 2>/dev/null; ls /usr/share/man/man8/ipitrace.8.gz "
                      "/usr/share/bash-completion/completions/ipitrace").out
        tap.ok(left.count("ipitrace") >= 2, f"{suite}: its page and completion are there", left)
        check_gone(suite, root, "ipitrace", before)


def test_dkms_in(suite, deb):
    """The module is built for the Debian's own kernel, which is not the one that runs."""
    with fresh_root(tap, suite) as root:
        if not root:
            return
        inside(root, "apt-get -qy install --no-install-recommends dkms linux-headers-$(dpkg --print-architecture)")
        before = files_of(root)
        copy_in(root, deb)
        run = inside(root, f"apt-get -qy install --no-install-recommends /tmp/{deb.name}")
        tap.ok(run.status == 0, f"{suite}: ipigen-dkms installs", run.err, run.out[-2000:])
        kernels = inside(root, "ls /lib/modules /usr/src").out
        built = inside(root, "dkms status").out.splitlines()
        tap.ok(built and all(line.endswith(": installed") for line in built),
               f"{suite}: DKMS has built the module", built, kernels, run.out[-2000:])
        run = inside(root, "modinfo $(find /lib/modules -name 'ipigen.ko*')")
        tap.ok(run.status == 0 and "vermagic" in run.out and built and
               built[0].split(", ")[1] in run.out, f"{suite}: for the kernel whose headers are there", run.out)
        check_gone(suite, root, "ipigen-dkms", before)


def test_debs():
    run = make("deb", before=("unshare", "-n"))
    if not tap.ok(run.returncode == 0, "make deb, without a network", run.stdout[-2000:]):
        return
    changes = next((BUILD_DIR / "deb").glob("*.changes"))
    run = Run(["lintian", "--allow-root", "--fail-on", "error,warning", changes], timeout=900)
    tap.ok(run.status == 0 and not run.out, "lintian: no error, no warning", run.out)
    deb = next((BUILD_DIR / "deb").glob("ipitrace_*.deb"))
    for suite in SUITES:
        test_in(suite, deb)
    tree = next((BUILD_DIR / "deb").glob("ipitrace-*/"))
    for suite in SUITES:
        test_autopkgtest(suite, deb, tree)
    dkms = next((BUILD_DIR / "deb").glob("ipigen-dkms_*.deb"))
    for suite in SUITES:
        test_dkms_in(suite, dkms)
    names = Run(["dpkg-deb", "-c", dkms]).out
    tap.ok(all(f"/usr/src/ipigen-{version()}/{name}\n" in names
               for name in ("dkms.conf", "Kbuild", "main.c", "ipigen.h")),
           "ipigen-dkms: the module's source", names)


def test_autopkgtest(suite, deb, tree):
    with fresh_root(tap, suite) as root:
        if root:
            run = around(root, "autopkgtest", "--no-built-binaries", deb, f"{tree}/", "--", "chroot", root)
            tap.ok(run.status == 0 and "installed            PASS" in run.out, f"{suite}: autopkgtest passes",
                   run.status, run.out[-3000:], run.err)


def test_arm64():
    """
    Debian's own way of cross-building: the libraries of arm64 are packages, installed beside those of
    this architecture. The programs run under qemu-user as far as they need no kernel.
    """
    run = make("deb-tree", f"BUILD={BUILD}/cross")
    if not tap.ok(run.returncode == 0, "the packages' source tree", run.stdout[-2000:]):
        return
    with fresh_root(tap, "bookworm", "-cross", CROSS) as root:
        if not root:
            return
        shutil.copytree(BUILD_DIR / "cross/deb", Path(root, "tmp/deb"))
        run = inside(root, "cd /tmp/deb/ipitrace-*/ && apt-get -qy build-dep -aarm64 . && "
                     "dpkg-buildpackage -us -uc -b -aarm64")
        if not tap.ok(run.status == 0, "arm64: dpkg-buildpackage -aarm64", run.out[-2000:], run.err[-2000:]):
            return
        made = Path(root, "tmp/deb")
        run = Run(["lintian", "--allow-root", "--fail-on", "error,warning", next(made.glob("*.changes"))],
                  timeout=900)
        tap.ok(run.status == 0 and not run.out, "arm64, lintian: no error, no warning", run.out)
        files = {"arm64": files_in(next(made.glob("ipitrace_*_arm64.deb"))),
                 "amd64": files_in(next((BUILD_DIR / "deb").glob("ipitrace_*_amd64.deb")))}
        tap.equal(files["arm64"], files["amd64"], f"arm64: the {len(files['amd64'])} files of amd64's package")
        needs = Run(["dpkg-deb", "-f", next(made.glob("ipitrace_*_arm64.deb")), "Depends"]).out
        tap.ok("libbpf1" in needs and "libevent-extra" in needs, "arm64: it depends on the libraries", needs)
        tree = next(made.glob("ipitrace-*/"))
        for program, option, says in (("ipitrace", "--version", "built for aarch64-linux-gnu"),
                                      ("ipitrace", "--help", "usage: ipitrace"),
                                      ("ipiload", "--help", "Usage: ipiload"),
                                      ("ipigen", "--help", "usage: ipigen")):
            run = Run(["qemu-aarch64", "-L", root, tree / "debian/tmp/usr/bin" / program, option])
            tap.ok(says in run.out + run.err, f"arm64: {program} {option}, under qemu-user", run.out, run.err)


def files_in(deb):
    """The names in a package, without build ids."""
    names = [line.split(None, 5)[5] for line in Run(["dpkg-deb", "-c", deb]).out.splitlines()]
    return sorted(name for name in names if ".build-id" not in name)


def version():
    return Run([BUILD_DIR / "ipitrace", "--version"]).out.split()[1]


def test_rpm():
    run = make("rpm")
    if not tap.ok(run.returncode == 0, "make rpm", run.stdout[-2000:]):
        return
    for name, wanted in (("ipitrace", ("/usr/bin/ipitrace", "/usr/share/man/man8/ipitrace.8",
                                       "/usr/lib/systemd/system/ipitrace.service",
                                       "/usr/lib/systemd/system/ipitrace-record.service")),
                         ("ipigen", ("/usr/bin/ipigen", f"/usr/src/ipigen-{version()}/dkms.conf"))):
        rpm = next((BUILD_DIR / "rpm/RPMS").glob(f"*/{name}-[0-9]*.rpm"))
        listed = [f.removesuffix(".gz") for f in Run(["rpm", "-qpl", rpm]).out.splitlines()]
        tap.ok(set(wanted) <= set(listed), f"{name}: its files are in the RPM", *listed)
    with tempfile.TemporaryDirectory() as root:
        rpms = [str(p) for p in (BUILD_DIR / "rpm/RPMS").glob("*/*.rpm")]
        run = Run(["rpm", "--root", root, "--nodeps", "-i", *rpms], timeout=900)
        tap.ok(run.status == 0 and Path(root, "usr/bin/ipitrace").exists(),
               "the RPMs install in an empty root", run.err)


def test_release():
    """The second time in another directory, and later."""
    sums = []
    for _ in range(2):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
            tree = Path(directory, "x" * (10 + 20 * len(sums)))
            Run(["git", "clone", "-q", TOP, tree], timeout=120)
            run = make("dist", cwd=tree)
            if not tap.ok(run.returncode == 0, "make dist", run.stdout[-2000:]):
                return
            dist = tree / "build/dist"
            sums.append((dist / "SHA256SUMS").read_text())
            run = Run(["sha256sum", "-c", "SHA256SUMS"], cwd=dist)
            tap.ok(run.status == 0, "the sums are those of the files", run.out)
    tap.ok(len(sums[0].splitlines()) == 5, "source, two binaries, what is linked into each", sums[0])
    tap.equal(sums[1], sums[0], "two builds in two directories: the same bytes")


def main():
    if os.geteuid():
        tap.skip("packages", "not root")
        tap.done()
    parts = {"debs": test_debs, "arm64": test_arm64, "rpm": test_rpm, "release": test_release}
    for name in sys.argv[1:] or parts:
        parts[name]()
    tap.done()


main()
