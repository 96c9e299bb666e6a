# SPDX-License-Identifier: GPL-2.0
"""For the Python programs of judge/: boot a kernel of tests/vm/KERNELS with its files."""

import os
import subprocess
import sys
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lib"))
from ipitest import BUILD  # noqa: E402

GUEST = os.path.join(HERE, "..", "guest")


def is_arm64(kernel):
    return kernel.endswith("arm64")


def programs(kernel, *names):
    """The paths of ipitrace's programs for the kernel's architecture."""
    build = f"{BUILD}/arm64" if is_arm64(kernel) else BUILD
    return [f"{build}/{name}" for name in names]


def ipigen_module(kernel):
    headers = subprocess.run([f"{HERE}/fetch", kernel], stdout=subprocess.PIPE, text=True,
                             check=True).stdout.strip()
    release = Path(headers).parent.joinpath("release").read_text().strip()
    return f"{BUILD}/kmod/{release}/ipigen.ko"


def took_turns(out):
    """Whether the VM's CPUs ran by turns, a tenth of a second each: host/run had to boot once more so."""
    return Path(out, "turns").read_text(encoding="ascii").strip() == "single"


def boot(kernel, out, files, options, script, *args):
    """
    Run guest/SCRIPT in a VM with FILES; OPTIONS are host/run's. Returns a CompletedProcess, whose
    stdout has stderr too; the results are in directory OUT.
    """
    words = [word for file in files for word in ("-f", file)]
    run = subprocess.run([f"{HERE}/run", "-k", kernel, "-o", out, *options, *words, "--",
                          f"{GUEST}/{script}", *args],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, check=False)
    # Boots that QEMU spoiled are told also where the last one went well.
    for line in run.stdout.splitlines():
        if line.startswith(f"# {kernel}: ") and "booting again" in line:
            print(line, flush=True)
    return run
