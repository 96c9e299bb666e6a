#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Debian packages: made, clean by lintian, and in a fresh root of each Debian release installed, run,
purged, with nothing left. The RPM's files. Two releases built in two directories: the same bytes.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/lib"))
from ipitest import BUILD, Run, Tap  # noqa: E402

SUITES = ("bookworm", "trixie")
MIRROR = os.environ.get("IPITRACE_DEBIAN_MIRROR", "http://deb.debian.org")
BUILD_DIR = TOP / BUILD
# What apt and dpkg themselves leave, whatever was installed.
OWN = ("/var/lib/apt/", "/var/lib/dpkg/", "/var/cache/", "/var/log/", "/etc/ld.so.cache", "/tmp/")

tap = Tap()


def make(*args, cwd=TOP, before=()):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "WERROR", "BUILD")}
    return subprocess.run([*before, "make", *args], cwd=cwd, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def cache():
    top = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(top, "ipitrace/roots")
    path.mkdir(parents=True, exist_ok=True)
    return path


def fresh_root(suite, where):
    """A minimal Debian unpacked in @where; the archive of it is kept."""
    archive = cache() / f"{suite}.tar"
    if not archive.exists():
        made = Run(["mmdebstrap", "--variant=apt", suite, f"{archive}.tmp.tar", f"{MIRROR}/debian"],
                   timeout=900)
        if made.status:
            return made.err
        os.rename(f"{archive}.tmp.tar", archive)
    return Run(["tar", "-xf", archive, "-C", where]).err


IN_ROOT = r"""
set -e
for dir in proc sys dev; do mount --rbind /$dir "$1/$dir"; done
exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
	sh -c "$2"
"""


def inside(root, script):
    """@script in the root, which sees this machine's kernel; the mounts end with it."""
    return Run(["unshare", "-m", "sh", "-c", IN_ROOT, "sh", root, script], timeout=600)


def files_of(root):
    found = set()
    for path, dirs, files in os.walk(root):
        inside_path = path.removeprefix(root)
        dirs[:] = [d for d in dirs if f"{inside_path}/{d}" not in ("/proc", "/sys", "/dev")]
        found |= {f"{inside_path}/{name}" for name in files + dirs}
    return {f for f in found if not f.startswith(OWN)}


def test_in(suite, deb):
    with tempfile.TemporaryDirectory(dir="/var/tmp") as root:
        os.chmod(root, 0o755)
        said = fresh_root(suite, root)
        if not tap.ok(not said, f"{suite}: a fresh root", said):
            return
        for source in Path("/etc/resolv.conf"), *Path("/etc/apt/apt.conf.d").glob("*proxy*"):
            if source.exists():
                Path(root, *source.parts[1:]).write_bytes(source.read_bytes())
        # So that purging leaves what was there before, not what an update fetched.
        inside(root, "apt-get -q update && apt-get -qy upgrade")
        before = files_of(root)
        Path(root, "tmp", deb.name).write_bytes(deb.read_bytes())
        run = inside(root, f"apt-get -qy install --no-install-recommends /tmp/{deb.name}")
        if not tap.ok(run.status == 0, f"{suite}: installs", run.err, run.out[-2000:]):
            return
        run = inside(root, "ipitrace check")
        tap.ok(run.status == 0 and not run.err, f"{suite}: ipitrace check", run.status, run.err)
        run = inside(root, "ipitrace -d 1")
        tap.ok(run.status == 0 and "ledger" in run.out and not run.err, f"{suite}: ipitrace -d 1",
               run.status, run.err, run.out)
        left = inside(root, "man -w ipitrace 2>/dev/null; ls /usr/share/man/man8/ipitrace.8.gz "
                      "/usr/share/bash-completion/completions/ipitrace").out
        tap.ok(left.count("ipitrace") >= 2, f"{suite}: its page and completion are there", left)
        run = inside(root, "apt-get -qy purge ipitrace && apt-get -qy autoremove --purge")
        tap.ok(run.status == 0, f"{suite}: purges", run.err)
        left = files_of(root) - before
        tap.ok(not left, f"{suite}: nothing is left", *sorted(left)[:20])


def test_debs():
    run = make("deb", before=("unshare", "-n"))
    if not tap.ok(run.returncode == 0, "make deb, without a network", run.stdout[-2000:]):
        return
    changes = next((BUILD_DIR / "deb").glob("*.changes"))
    run = Run(["lintian", "--allow-root", "--fail-on", "error,warning", changes], timeout=300)
    tap.ok(run.status == 0 and not run.out, "lintian: no error, no warning", run.out)
    deb = next((BUILD_DIR / "deb").glob("ipitrace_*.deb"))
    for suite in SUITES:
        test_in(suite, deb)
    dkms = next((BUILD_DIR / "deb").glob("ipigen-dkms_*.deb"))
    names = Run(["dpkg-deb", "-c", dkms]).out
    tap.ok(all(f"/usr/src/ipigen-{version()}/{name}\n" in names
               for name in ("dkms.conf", "Kbuild", "main.c", "ipigen.h")),
           "ipigen-dkms: the module's source", names)


def version():
    return Run([BUILD_DIR / "ipitrace", "--version"]).out.split()[1]


def test_rpm():
    run = make("rpm")
    if not tap.ok(run.returncode == 0, "make rpm", run.stdout[-2000:]):
        return
    for name, wanted in (("ipitrace", ("/usr/bin/ipitrace", "/usr/share/man/man8/ipitrace.8",
                                       "/usr/lib/systemd/system/ipitrace.service")),
                         ("ipigen", ("/usr/bin/ipigen", f"/usr/src/ipigen-{version()}/dkms.conf"))):
        rpm = next((BUILD_DIR / "rpm/RPMS").glob(f"*/{name}-[0-9]*.rpm"))
        listed = [f.removesuffix(".gz") for f in Run(["rpm", "-qpl", rpm]).out.splitlines()]
        tap.ok(set(wanted) <= set(listed), f"{name}: its files are in the RPM", *listed)
    with tempfile.TemporaryDirectory() as root:
        rpms = [str(p) for p in (BUILD_DIR / "rpm/RPMS").glob("*/*.rpm")]
        run = Run(["rpm", "--root", root, "--nodeps", "-i", *rpms], timeout=120)
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
    test_debs()
    test_rpm()
    test_release()
    tap.done()


main()
