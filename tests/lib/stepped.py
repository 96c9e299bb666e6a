# SPDX-License-Identifier: GPL-2.0
"""ipitrace whose clock is set while it runs: stepped_clock.c."""

import os
import subprocess

from ipitest import Background

LIBRARY = "stepped_clock"


class Stepped(Background):
    """Its time of day goes an hour forward or back, each second."""
    library = None

    def command(self, args):
        return ["env", f"LD_PRELOAD={self.library}", *args]


def stepped_in(directory):
    """Stepped, with the library built in @directory."""
    Stepped.library = f"{directory}/{LIBRARY}.so"
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{LIBRARY}.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", Stepped.library, source], check=True)
    return Stepped
