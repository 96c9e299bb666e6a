#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
The sources compile for the architecture that this machine does not have, x86-64 or arm64: an #ifdef hides the
other's code from the build. Nothing is linked: clang reads the sources with Debian's cross headers, and libraries'
headers are the same on both.
"""

import glob
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import BUILD, Tap  # noqa: E402

# This machine's name, in uname -m: the triplet of the other architecture, and its name in the BPF programs.
OTHERS = {"x86_64": ("aarch64-linux-gnu", "arm64"), "aarch64": ("x86_64-linux-gnu", "x86")}
# What make has the compiler define.
DEFINES = ["-D_GNU_SOURCE"] + [f'-D{name}=""' for name in
                               ("VERSION", "BUILT_FOR", "BUILT_BPF", "BUILT_LINK", "BUILT_LIBS")]
# clang warns where gcc, which builds ipitrace, does not.
NO_WARNINGS = ["-Wno-missing-field-initializers", "-Wno-string-concatenation", "-Wno-format-zero-length",
               "-Wno-incompatible-pointer-types"]
WARNINGS = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"] + NO_WARNINGS


def compile_all(sources, flags):
    """Returns the sources that do not compile, each with the compiler's first message."""
    failed = []
    for source in sources:
        done = subprocess.run(["clang", "-fsyntax-only", *WARNINGS, *flags, source], capture_output=True, text=True)
        if done.returncode:
            failed.append(f"{source}: {done.stderr.strip().splitlines()[:1]}")
    return failed


def flags_of(triplet, arch):
    """What clang needs for the programs that run in user space, and for the BPF programs."""
    cross = f"/usr/{triplet}/include"
    # The libraries' headers come after the C library's, which is the cross package's.
    own = ["-idirafter", "/usr/include", "-idirafter", f"/usr/include/{os.uname().machine}-linux-gnu"]
    user = [f"--target={triplet}", *DEFINES, "-Isrc", f"-I{BUILD}", "-isystem", cross, *own]
    bpf = ["-target", "bpf", "-g", "-O2", "-mcpu=v3", f"-D__TARGET_ARCH_{arch}", "-Isrc", "-Ivmlinux", "-isystem", cross]
    return user, bpf


def main():
    tap = Tap()
    triplet, arch = OTHERS[os.uname().machine]
    user, bpf = flags_of(triplet, arch)
    if not os.path.exists(f"/usr/{triplet}/include/asm/unistd.h"):
        tap.skip("the sources compile for the other architecture", f"no C library's headers for {triplet}", 4)
        tap.done()
        return
    programs = sorted(glob.glob("src/**/*.bpf.c", recursive=True))
    sources = sorted(set(glob.glob("src/**/*.c", recursive=True)) - set(programs))
    tap.ok(len(sources) > 100 and len(programs) > 2, "the sources are found", sources, programs)
    tap.equal(compile_all(sources, user), [], f"each source compiles for {arch}")
    tap.equal(compile_all(programs, bpf), [], f"each BPF program compiles for {arch}")
    with tempfile.NamedTemporaryFile("w", suffix=".c") as slip:
        slip.write(f"#ifdef __{os.uname().machine}__\nint here;\n#else\nint there = missing();\n#endif\n")
        slip.flush()
        tap.equal(len(compile_all([slip.name], user)), 1, "code of the other architecture alone is compiled")
    tap.done()


if __name__ == "__main__":
    main()
