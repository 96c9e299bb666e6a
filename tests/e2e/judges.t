#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""The tests themselves: a test that cannot judge is skipped with a reason that prove shows."""
import os
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from ipitest import BUILD, Tap  # noqa: E402

tap = Tap()


def test_cmocka_skips():
    """test_cgroups, in a mount namespace without cgroup2."""
    name = "a cmocka program without cgroup2"
    if os.geteuid():
        tap.skip(name, "not root")
        return
    test = os.path.abspath(os.path.join(BUILD, "tests", "test_cgroups"))
    done = subprocess.run(["unshare", "-m", "sh", "-c", 'umount -a -t cgroup2; exec "$@"', "sh",
                           "prove", "--directives", "--exec", "", test], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60,
                          env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"})
    tap.ok(done.returncode == 0 and "# SKIP no cgroup2" in done.stdout and
           "All tests successful" in done.stdout, f"{name}: prove shows what is skipped, and why",
           done.returncode, done.stdout)


def main():
    test_cmocka_skips()
    tap.done()


if __name__ == "__main__":
    main()
