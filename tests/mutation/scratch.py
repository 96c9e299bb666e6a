# SPDX-License-Identifier: GPL-2.0
"""A copy of the tree in which files are changed, built and tested one after the other."""
import contextlib
import os
import shutil
import subprocess
import time

LIMIT = 120  # s at least, for a test program; on a busy machine ten times what it took unchanged
UNCHANGED_LIMIT = 1800  # s


class Scratch:
    """A copy of the tree, with a build directory of its own."""

    def __init__(self, top, build):
        self.top = build.resolve() / "mutation"
        shutil.rmtree(self.top, ignore_errors=True)
        self.top.mkdir(parents=True)
        self.times = {}  # how long each test program took unchanged, s
        files = subprocess.run(["git", "ls-files", "-z"], cwd=top, check=True,
                               stdout=subprocess.PIPE).stdout.decode().split("\0")
        for name in filter(None, files):
            if (top / name).is_file():
                (self.top / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(top / name, self.top / name)
        # With the times of the files: nothing is built that is not changed.
        for name in ("obj", "tests"):
            if (build / name).is_dir():
                shutil.copytree(build / name, self.top / "build" / name)
        (self.top / "build").mkdir(exist_ok=True)
        for file in build.iterdir():
            if file.is_file() and (file.name == "flags" or file.suffix in (".o", ".h", ".d")):
                shutil.copy2(file, self.top / "build" / file.name)

    def make(self, *targets, errors=""):
        """None, or what the compiler said; @errors "1": warnings are errors."""
        done = subprocess.run(["make", "-j2", "--no-print-directory", f"WERROR={errors}", *targets],
                              cwd=self.top, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", env=self.environment())
        return None if not done.returncode else done.stdout

    @contextlib.contextmanager
    def changed(self, file, text):
        """The file with this text, as long as the caller has the context."""
        path = self.top / file
        before = path.read_text(encoding="utf-8")
        path.write_text(text, encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(before, encoding="utf-8")

    @contextlib.contextmanager
    def slipped(self, file, old, new):
        """As changed(), with @new in the place of @old. The context is how often @old was there."""
        text = (self.top / file).read_text(encoding="utf-8")
        with self.changed(file, text.replace(old, new)):
            yield text.count(old)

    @staticmethod
    def environment():
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(("MAKE", "MFLAGS", "BUILD", "WERROR"))}
        return {**env, "BUILD": "build", "CMOCKA_MESSAGE_OUTPUT": "TAP"}

    def passes(self, test):
        """Whether the test program is content; one that hangs is not. First, it is run unchanged."""
        limit = max(LIMIT, 10 * self.times[test]) if test in self.times else UNCHANGED_LIMIT
        begin = time.monotonic()
        try:
            done = subprocess.run([f"build/tests/{test}"], cwd=self.top, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  timeout=limit, env=self.environment())
        except subprocess.TimeoutExpired:
            return False
        self.times.setdefault(test, time.monotonic() - begin)
        return done.returncode == 0
