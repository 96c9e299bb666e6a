# SPDX-License-Identifier: GPL-2.0
"""Roots of Debian to install packages in: unpacked from archives in the cache, of this machine's kernel."""

import contextlib
import os
import tempfile
from pathlib import Path

from ipitest import Run

MIRROR = os.environ.get("IPITRACE_DEBIAN_MIRROR", "http://deb.debian.org")
# What apt and dpkg themselves leave, whatever was installed.
OWN = ("/var/lib/apt/", "/var/lib/dpkg/", "/var/cache/", "/var/log/", "/etc/ld.so.cache", "/tmp/")

IN_ROOT = r"""
set -e
for dir in proc sys dev; do mount --rbind /$dir "$1/$dir"; done
"""
ENTER = r"""
exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
	sh -c "$2"
"""


def _cache():
    top = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(top, "ipitrace/roots")
    path.mkdir(parents=True, exist_ok=True)
    return path


def _unpack(suite, where, kind, options):
    """A Debian unpacked in @where; what went wrong. The archive is kept."""
    archive = _cache() / f"{suite}{kind}.tar"
    if not archive.exists():
        made = Run(["mmdebstrap", "--variant=apt", *options, suite, f"{archive}.tmp.tar", f"{MIRROR}/debian"],
                   timeout=1800)
        if made.status:
            return made.err
        os.rename(f"{archive}.tmp.tar", archive)
    return Run(["tar", "-xf", archive, "-C", where], timeout=300).err


@contextlib.contextmanager
def fresh_root(tap, suite, kind="", options=()):
    """
    The path of a minimal Debian with a network and apt's lists, gone afterwards; None, with a failed
    check, if there is none. @options: mmdebstrap's, of which @kind is the name.
    """
    with tempfile.TemporaryDirectory(dir="/var/tmp") as root:
        os.chmod(root, 0o755)
        said = _unpack(suite, root, kind, options)
        if not tap.ok(not said, f"{suite}{kind}: a fresh root", said):
            yield None
            return
        for source in Path("/etc/resolv.conf"), *Path("/etc/apt/apt.conf.d").glob("*proxy*"):
            if source.exists():
                Path(root, *source.parts[1:]).write_bytes(source.read_bytes())
        # So that purging leaves what was there before, not what an update fetched.
        inside(root, "apt-get -q update && apt-get -qy upgrade")
        yield root


def inside(root, script, timeout=900):
    """@script in the root, which sees this machine's kernel; the mounts end with it."""
    return Run(["unshare", "-m", "sh", "-c", IN_ROOT + ENTER, "sh", root, script], timeout=timeout)


def around(root, *command, timeout=900):
    """A command of this machine's while the root has /proc, /sys and /dev."""
    return Run(["unshare", "-m", "sh", "-c", IN_ROOT + 'shift; exec "$@"', "sh", root, *command], timeout=timeout)


def files_of(root):
    found = set()
    for path, dirs, files in os.walk(root):
        inside_path = path.removeprefix(root)
        dirs[:] = [d for d in dirs if f"{inside_path}/{d}" not in ("/proc", "/sys", "/dev")]
        found |= {f"{inside_path}/{name}" for name in files + dirs}
    return {f for f in found if not f.startswith(OWN)}
