# SPDX-License-Identifier: GPL-2.0
"""What a debugger does to a running ipitrace: the links of its BPF programs, refused and closed."""

import ctypes
import glob
import os
import platform
import re
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
LIBC.ptrace.restype = ctypes.c_long
SINGLESTEP, GETREGS, SETREGS, DETACH, SEIZE, INTERRUPT = 9, 12, 13, 17, 0x4206, 0x4207
WALL = 0x40000000
SYSCALL = b"\x0f\x05"
# Places in x86-64's struct user_regs_struct, in words.
RAX, RDI, ORIG_RAX, RIP, NR_REGS = 10, 14, 15, 16, 27
SYS_CLOSE, SYS_BPF = 3, 321
BPF_LINK_GET_FD_BY_ID, BPF_LINK_DETACH = 30, 34


def why_no_debugger():
    """Why none can be here; None: it can."""
    return None if platform.machine() == "x86_64" else "the test makes x86-64 code only"


def links(pid):
    """The links of tracepoints that process @pid holds: {tracepoint: (descriptor, id)}."""
    found = {}
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        with open(path, encoding="ascii", errors="replace") as f:
            text = f.read()
        link, name = (re.search(rf"^{key}:\s*(\S+)", text, re.M) for key in ("link_id", "tp_name"))
        if link and name:
            found[name[1]] = int(os.path.basename(path)), int(link[1])
    return found


def bpf(command, *words):
    attr = ctypes.create_string_buffer(struct.pack(f"{len(words)}I", *words), 64)
    return LIBC.syscall(SYS_BPF, command, attr, len(attr))


def detach_link(number):
    """Whether the kernel detaches the link with that number, as `bpftool link detach` asks for it."""
    fd = bpf(BPF_LINK_GET_FD_BY_ID, number)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "BPF_LINK_GET_FD_BY_ID")
    done = bpf(BPF_LINK_DETACH, fd) == 0
    os.close(fd)
    return done


def ptrace(request, pid, data=None):
    if LIBC.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x}")


def find_syscall(pid):
    """The address of a system call's instruction in @pid's code."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            begin, end, flags = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if "x" not in flags or "[v" in line:
                continue
            memory.seek(int(begin, 16))
            at = memory.read(int(end, 16) - int(begin, 16)).find(SYSCALL)
            if at >= 0:
                return int(begin, 16) + at
    raise LookupError("no system call in the code")


def close_in(pid, fd):
    """Process @pid closes its descriptor @fd, by a call that it does not know of."""
    ptrace(SEIZE, pid)
    ptrace(INTERRUPT, pid)
    os.waitpid(pid, WALL)
    kept = ctypes.create_string_buffer(8 * NR_REGS)
    ptrace(GETREGS, pid, kept)
    words = list(struct.unpack(f"{NR_REGS}Q", kept.raw))
    words[RAX], words[RDI], words[RIP] = SYS_CLOSE, fd, find_syscall(pid)
    words[ORIG_RAX] = (1 << 64) - 1  # no call is begun anew
    ptrace(SETREGS, pid, ctypes.create_string_buffer(struct.pack(f"{NR_REGS}Q", *words), 8 * NR_REGS))
    ptrace(SINGLESTEP, pid)
    os.waitpid(pid, WALL)
    after = ctypes.create_string_buffer(8 * NR_REGS)
    ptrace(GETREGS, pid, after)
    ptrace(SETREGS, pid, kept)
    ptrace(DETACH, pid)
    result = struct.unpack(f"{NR_REGS}Q", after.raw)[RAX]
    if result:
        raise OSError(f"close() in process {pid}: {result - (1 << 64)}")
