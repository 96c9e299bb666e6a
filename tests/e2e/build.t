#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""The build honours the user's compiler and flags, links shared libraries on request, and makes its chroot."""

import os
import re
import shlex
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import BUILD, Tap  # noqa: E402

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
USERS = ("CC", "CFLAGS", "CPPFLAGS", "LDFLAGS", "WERROR", "MAKEFLAGS", "MAKEOVERRIDES", "V", "ASAN",
         "TSAN", "DEBUG", "DYNAMIC")
PROGRAMS = ("ipitrace", "ipiload", "ipigen")
SHARED = ("libbpf", "libjansson", "libevent_extra", "libevent_core", "libcap-ng")

tap = Tap()


class Commands:
    """The commands that make would run, by kind."""

    def __init__(self, build, targets, *words, **env):
        clean = {k: v for k, v in os.environ.items() if k not in USERS}
        run = subprocess.run(["make", "-n", "V=1", f"BUILD={build}", *targets, *words], cwd=TOP,
                             env={**clean, **env}, text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, check=False)
        self.text = run.stdout
        lines = [line for line in run.stdout.splitlines() if " -o " in line]
        self.bpf = [line for line in lines if "-target bpf" in line]
        self.compile = [line for line in lines if " -c " in line and line not in self.bpf]
        self.link = [line for line in lines if " -c " not in line]

    def ok(self, name, lines, has=(), lacks=()):
        wrong = [line for line in lines
                 if any(f" {word} " not in f"{line} " for word in has)
                 or any(f" {word} " in f"{line} " for word in lacks)]
        return tap.ok(lines and not wrong, name, *wrong[:3], *([] if lines else [self.text[-2000:]]))

    def compilers(self):
        return {line.split()[0] for line in self.compile + self.link}


def test_default(build):
    made = Commands(build, ["all"])
    tap.equal(made.compilers(), {"gcc"}, "the compiler is gcc by default")
    made.ok("-O2 -g by default, and no warning is an error", made.compile + made.bpf,
            ("-O2", "-g"), ("-Werror",))
    tap.ok(len(made.compile) > 60 and len(made.link) == len(PROGRAMS) and len(made.bpf) == 4,
           "all programs are there", len(made.compile), len(made.link), len(made.bpf))


def test_flags(build, how, words, env):
    made = Commands(build, ["all"], *words, **env)
    tap.equal(made.compilers(), {"my-cc"}, f"{how}: CC")
    made.ok(f"{how}: CFLAGS replace -O2 -g, and the project's own flags stay", made.compile,
            ("-O1", "-DUSERS", "-DCPP", "-std=gnu11", "-Isrc", "-Wall"), ("-O2", "-g"))
    made.ok(f"{how}: LDFLAGS and CFLAGS when linking", made.link, ("-O1", "-Wl,-z,now"), ("-O2",))
    made.ok(f"{how}: the BPF programs keep theirs", made.bpf, ("-O2", "-target"), ("-O1",))
    static = Commands(build, ["static"], *words, **env)
    static.ok(f"{how}: make static, too", static.link, ("-O1", "-Wl,-z,now", "-static"))


def test_modes(build):
    made = Commands(build, ["all"], "WERROR=1")
    made.ok("WERROR=1: warnings are errors", made.compile + made.bpf, ("-Werror",))
    made = Commands(build, ["all"], "DEBUG=1")
    made.ok("DEBUG=1", made.compile, ("-O0", "-g3"), ("-O2",))
    made = Commands(build, ["all"], "ASAN=1", CFLAGS="-O1")
    made.ok("ASAN=1 beside one's own CFLAGS", made.compile + made.link,
            ("-O1", "-fsanitize=address,undefined"))


def test_make_test():
    # With the build that is there: no VM's kernel or module is fetched for this.
    made = Commands(BUILD, ["test"])
    # With sanitizers gcc warns of what cannot be.
    plain = [line for line in made.compile + made.bpf if not re.search(rf" -o {BUILD}/[at]san/", line)]
    made.ok("make test: warnings are errors", plain, ("-Werror",))


def shared_libraries(path):
    out = subprocess.run(["ldd", path], stdout=subprocess.PIPE, text=True, check=False).stdout
    return {m[1] for m in re.finditer(r"^\s*([\w-]+?)(?:-[\d.]+)?\.so", out, re.M)}


def test_dynamic(scratch):
    """Link the objects that are there with the flags that DYNAMIC=1 gives."""
    with open(os.path.join(BUILD, "flags"), encoding="utf-8") as f:
        flags = f.read()
    if "-fsanitize" in flags or "-Bstatic" not in flags:
        tap.skip("DYNAMIC=1: it links", f"{BUILD} was made with other flags than the default")
        return
    made = Commands(BUILD, [f"{BUILD}/ipitrace"], "DYNAMIC=1")
    words = shlex.split(made.link[-1])
    path = os.path.join(scratch, "ipitrace")
    words[words.index("-o") + 1] = path
    run = subprocess.run(words, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         check=False)
    if not tap.ok(run.returncode == 0, "DYNAMIC=1: it links", run.stdout):
        return
    found = shared_libraries(path)
    tap.ok(set(SHARED) <= found, f"DYNAMIC=1: {', '.join(SHARED)} are shared", sorted(found))
    tap.ok(not set(SHARED) & shared_libraries(f"{BUILD}/ipitrace"), "without it, none of them is")
    run = subprocess.run([path, "--version"], stdout=subprocess.PIPE, text=True, check=False)
    tap.ok(run.returncode == 0 and "ipitrace" in run.stdout, "DYNAMIC=1: it runs", run.stdout)


def test_debian(scratch):
    """The Debian whose compiler made a kernel, while make and its caller have many files open."""
    with open(os.path.join(scratch, "mmdebstrap"), "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nfor fd in 3 4 5 6 7 8 9; do\n"
                "\t[ ! -e /proc/$$/fd/$fd ] || echo $fd\ndone\necho end\n")
        os.fchmod(f.fileno(), 0o755)
    run = subprocess.run(["bash", "-c", 'for fd in 3 4 5 6 7 8 10 11; do eval "exec $fd</dev/null"; done\n'
                          '. tests/vm/host/lib.sh; once "$1" root_make', "bash", scratch + "/made"],
                         cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                         env={**os.environ, "PATH": f"{scratch}:{os.environ['PATH']}",
                              "XDG_CACHE_HOME": scratch})
    tap.equal(run.stdout, "end\n", "a Debian is made with the descriptors free that sh can name")


def test_check():
    """make check T=: the unit tests with that in their names; a name that no test has is an error."""
    run = subprocess.run(["make", "check", "T=cpuset", f"BUILD={BUILD}"], cwd=TOP, text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=False, env={k: v for k, v in os.environ.items() if k not in USERS})
    ran = re.findall(r"\S*/(test_\w+)", run.stdout)
    tap.ok(run.returncode == 0 and "Result: PASS" in run.stdout and ran and all("cpuset" in t for t in ran),
           "make check T=cpuset: these tests", run.stdout[-1000:])
    run = subprocess.run(["make", "-s", "check", "T=nosuch"], cwd=TOP, text=True, stderr=subprocess.PIPE, check=False)
    tap.ok(run.returncode == 2 and "T=nosuch: no test" in run.stderr, "make check T=nosuch: an error", run.stderr)


def test_arch():
    """uname's and Debian's names of this architecture are the kernel's."""
    with tempfile.TemporaryDirectory() as scratch:
        build = os.path.join(scratch, "build")
        names = {"x86_64": ("x86", "x86_64", "amd64"), "aarch64": ("arm64", "aarch64")}[os.uname().machine]
        for arch in names:
            made = Commands(build, ["all"], f"ARCH={arch}")
            made.ok(f"ARCH={arch}: the BPF programs are for {names[0]}", made.bpf, (f"-D__TARGET_ARCH_{names[0]}",))
            tap.equal(made.compilers(), {"gcc"}, f"ARCH={arch}: no cross compiler")


def path_without(directory, *left_out):
    """A PATH of all programs but some."""
    for folder in ("/usr/sbin", "/usr/bin"):
        for name in os.listdir(folder):
            link = os.path.join(directory, name)
            if not name.startswith(left_out) and not os.path.lexists(link):
                os.symlink(os.path.join(folder, name), link)
    return directory


def test_needs():
    """make dist, make deb: one line says what is missing, and which command installs it; nothing is made."""
    for target, program, package in (("dist", "xz", "xz-utils"), ("deb", "dpkg-buildpackage", "dpkg-dev")):
        with tempfile.TemporaryDirectory() as scratch:
            env = {k: v for k, v in os.environ.items() if k not in USERS}
            os.mkdir(f"{scratch}/bin")
            env["PATH"] = path_without(f"{scratch}/bin", program)
            run = subprocess.run(["make", f"BUILD={scratch}/build", target], cwd=TOP, env=env, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            lines = [line for line in run.stderr.splitlines() if line.startswith("make dist:") or line.startswith("make deb:")]
            tap.ok(run.returncode and len(lines) == 1 and f"misses {program}" in lines[0]
                   and re.search(f"apt-get install .*{package}", lines[0]), f"make {target} without {program}: one line",
                   run.stdout[-500:], run.stderr[-500:])
            tap.ok(not os.path.exists(f"{scratch}/build/{target}"), f"make {target} without {program}: made nothing")
    with tempfile.TemporaryDirectory() as scratch:
        with open(f"{scratch}/dpkg-checkbuilddeps", "w", encoding="utf-8") as fake:
            fake.write("#!/bin/sh\necho 'dpkg-checkbuilddeps: error: Unmet build dependencies: libfoo-dev' >&2\nexit 1\n")
        os.chmod(fake.name, 0o755)
        run = subprocess.run(["tools/needs", "deb", "--control", scratch], cwd=TOP, text=True, stderr=subprocess.PIPE,
                             env={**os.environ, "PATH": f"{scratch}:{os.environ['PATH']}"}, check=False)
        tap.equal((run.returncode, run.stderr), (2, f"make deb: misses libfoo-dev: sudo apt-get build-dep {os.path.realpath(scratch)}\n"),
                  "make deb without a build dependency: one line")


def test_debian_rules():
    """The package's build runs the unit tests, unless nocheck is asked for."""
    for options, want in (("", True), ("nocheck", False)):
        run = subprocess.run(["make", "-n", "-f", "packaging/debian/rules", "override_dh_auto_test"], cwd=TOP, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                             env={**os.environ, "DEB_BUILD_OPTIONS": options, "MAKE": "echo"})
        tap.ok((" check" in run.stdout) == want, f"debian/rules, DEB_BUILD_OPTIONS={options}: make check", run.stdout[-500:])


def main():
    flags = {"CC": "my-cc", "CFLAGS": "-O1 -DUSERS", "CPPFLAGS": "-DCPP", "LDFLAGS": "-Wl,-z,now"}
    with tempfile.TemporaryDirectory() as scratch:
        build = os.path.join(scratch, "build")
        test_default(build)
        test_flags(build, "environment", (), flags)
        test_flags(build, "command line", [f"{k}={v}" for k, v in flags.items()], {})
        test_modes(build)
        test_make_test()
        test_dynamic(scratch)
        test_check()
        test_arch()
        test_needs()
        test_debian_rules()
        tap.ok(not os.path.exists(build), "make -n made nothing")
    with tempfile.TemporaryDirectory() as scratch:
        test_debian(scratch)
    tap.done()


main()
