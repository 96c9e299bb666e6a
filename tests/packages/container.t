#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
The image, built by podman, and a container of it with what packaging/kubernetes/daemonset.yaml gives:
those capabilities and no other, a read-only root, no new privileges, nothing mounted. It serves, under
names; without any one of the capabilities `check` says which is missing. Needs build/ipitrace-static.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/lib"))
from ipitest import BUILD, IPILOAD, Run, Tap, wait_until  # noqa: E402
from serving import parse, total  # noqa: E402

PROFILE = Path("/usr/share/containers/seccomp.json")
CANNOT = 3
# What a container lacks without it.
MISSING = {"BPF": "needs CAP_BPF", "PERFMON": "needs CAP_PERFMON",
           "SYSLOG": "needs CAP_SYSLOG: /proc/kallsyms hides addresses"}
# Containers need cgroup2; a machine with both versions has it in this namespace alone. No container has
# a cgroup of its own: nobody may make one everywhere.
IN_CGROUP2 = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup; exec "$@"'

tap = Tap()


class Podman:
    """An image, and its containers, in a directory of their own."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.seccomp = self.directory / "seccomp.json"
        self.global_args = ["podman", "--root", self.directory / "root", "--runroot", self.directory / "run",
                            "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"]

    def command(self, *args):
        return ["unshare", "-m", "sh", "-c", IN_CGROUP2, "sh", *map(str, (*self.global_args, *args))]

    def build(self):
        context = self.directory / "context"
        context.mkdir()
        Run(["strip", "-o", context / "ipitrace", f"{BUILD}/ipitrace-static"])
        return Run(self.command("build", "--isolation", "chroot", "--build-arg", "BINARY=ipitrace", "-t", "ipitrace",
                                "-f", TOP / "packaging/container/Dockerfile", context), timeout=900)

    def write_profile(self):
        """Debian 12's profile, with containerd's rule for bpf(2)."""
        profile = json.loads(PROFILE.read_text())
        profile["syscalls"] = [rule for rule in profile["syscalls"]
                               if "bpf" not in rule["names"] or rule["action"] == "SCMP_ACT_ALLOW"]
        profile["syscalls"].append({"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "args": [],
                                    "includes": {"caps": ["CAP_BPF"]}, "excludes": {}})
        self.seccomp.write_text(json.dumps(profile))

    def run_args(self, security, caps, *args):
        return self.command(
            "run", "--rm", "--cgroups=disabled", "--network", "none", "--cidfile", self.directory / f"id-{len(args)}",
            "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024",
            "--user", f"{security['runAsUser']}:{security['runAsGroup']}", "--cap-drop", "all",
            *(f"--cap-add={cap}" for cap in caps),
            *(["--read-only"] if security["readOnlyRootFilesystem"] else []),
            *([] if security["allowPrivilegeEscalation"] else ["--security-opt", "no-new-privileges"]),
            "--security-opt", f"seccomp={self.seccomp}", "localhost/ipitrace", *args)

    def check(self, security, caps):
        """The status of check, and what is unavailable and why."""
        (self.directory / "id-2").unlink(missing_ok=True)
        run = Run(self.run_args(security, caps, "check", "-j"), timeout=300)
        found = [json.loads(line) for line in run.out.splitlines() if line.startswith("{")]
        return run.status, {f["name"]: f["why"] for o in found for f in o["features"] if not f["available"]}, run.err


def check_capabilities(podman, security):
    caps = security["capabilities"]["add"]
    status, usual, err = podman.check(security, caps)
    tap.equal((status, "names" in usual), (0, False), f"check with {', '.join(caps)}: all that this kernel has")
    tap.note(err)
    for cap in caps:
        status, missing, _ = podman.check(security, [c for c in caps if c != cap])
        feature = "names" if cap == "SYSLOG" else "main job"
        tap.equal((status, missing.get(feature)), (0 if cap == "SYSLOG" else CANNOT, MISSING[cap]),
                  f"without {cap}: check says that it is missing")


def main_process():
    """The pid of the container's ipitrace, by its command line."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                line = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if line[0] == b"/ipitrace" and b"serve" in line:
                return name
    return None


def check_serves(podman, container):
    security = container["securityContext"]
    args = container["args"]
    proc = subprocess.Popen(podman.run_args(security, security["capabilities"]["add"], *args),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    port = re.search(r":(\d+)$", args[args.index("--listen") + 1])[1]
    samples = {}

    def scraped():
        pid = main_process()
        if not pid:
            return proc.poll() is not None
        Run((IPILOAD, "membarrier", "-q", "--count", "100"))
        run = Run(["nsenter", "-t", pid, "-n", "curl", "-sf", f"http://127.0.0.1:{port}/metrics"])
        samples.update(parse(run.out)[0])
        return total(samples, "ipitrace_calls_total", func="ipi_mb")
    tap.ok(wait_until(scraped) and samples, "the container serves, and functions have names", sorted(samples)[:20])
    pid = main_process()
    facts = Path(f"/proc/{pid}/status").read_text() if pid else ""
    tap.equal(re.findall(r"^Cap(?:Prm|Eff):\s+(\w+)", facts, re.M), ["0" * 16] * 2, "it has given up all capabilities")
    if pid:
        health = Run(["nsenter", "-t", pid, "-n", "curl", "-sf",
                      f"http://127.0.0.1:{port}{container['readinessProbe']['httpGet']['path']}"])
        tap.equal(health.status, 0, "the probe's path answers")
        os.kill(int(pid), 15)
    _, err = proc.communicate(timeout=300)
    tap.equal((proc.returncode, err), (0, ""), "SIGTERM: a clean end")


def main():
    if os.geteuid():
        tap.skip("containers", "not root")
        tap.done()
    manifest = yaml.safe_load((TOP / "packaging/kubernetes/daemonset.yaml").read_text(encoding="utf-8"))
    pod = manifest["spec"]["template"]["spec"]
    container = pod["containers"][0]
    tap.ok(not any(pod.get(key) for key in ("hostPID", "hostNetwork", "hostIPC", "volumes")),
           "the manifest: no host namespace, no volume")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        podman = Podman(directory)
        podman.write_profile()
        run = podman.build()
        if tap.ok(not run.status, "podman builds the image", run.out[-1000:], run.err[-2000:]):
            check_capabilities(podman, container["securityContext"])
            check_serves(podman, container)
        Run(podman.command("system", "reset", "-f"), timeout=300)
        shutil.rmtree(podman.directory / "root", ignore_errors=True)
    tap.done()


main()
