# SPDX-License-Identifier: GPL-2.0
"""QEMU's monitor: dumps of the VM's memory while it is stopped."""

import json
import socket
import time


class Monitor:
    """The commands of QMP, one after the other; the options for host/run are options()."""

    def __init__(self, path):
        self.path = path
        self.lines = None

    def options(self):
        """The monitor, and the device by which the kernel says where its VMCOREINFO is."""
        return ["-m", "qemu_fw_cfg", "-q",
                f"-device vmcoreinfo -qmp unix:{self.path},server=on,wait=off"]

    def command(self, name, **arguments):
        if self.lines is None:
            link = socket.socket(socket.AF_UNIX)
            link.connect(self.path)
            self.lines = link.makefile("rw")
            self.lines.readline()
            self.command("qmp_capabilities")
        self.lines.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.lines.flush()
        while True:
            answer = json.loads(self.lines.readline())
            if "error" in answer:
                raise OSError(f"{name}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def dump(self, files):
        """FILES: path -> format, None for ELF. All have the same moment."""
        self.command("stop")
        for path, form in files.items():
            self.command("dump-guest-memory", paging=False, protocol=f"file:{path}",
                         **({"format": form} if form else {}))
        self.command("cont")


def wait_for_text(path, text, limit):
    """Whether TEXT comes to be in the file at PATH, which may not be there yet, within LIMIT seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if path.exists() and text in path.read_text(encoding="utf-8", errors="replace"):
            return True
        time.sleep(0.05)
    return False
