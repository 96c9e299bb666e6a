# SPDX-License-Identifier: GPL-2.0
"""What goes with a kernel into its VM. KERNEL: a name from tests/vm/KERNELS."""

import os
import subprocess
import sys
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from ipitest import BUILD  # noqa: E402


def is_arm64(kernel):
    return kernel.endswith("arm64")


def programs(kernel):
    """Where those are that run there."""
    return f"{BUILD}/arm64" if is_arm64(kernel) else BUILD


def ipigen_module(kernel):
    headers = subprocess.run([f"{HERE}/fetch", kernel], stdout=subprocess.PIPE, text=True,
                             check=True).stdout.strip()
    release = Path(headers).parent.joinpath("release").read_text().strip()
    return f"{BUILD}/kmod/{release}/ipigen.ko"
