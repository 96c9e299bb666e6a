#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Nobody with some of the three capabilities, and root without them: check names exactly those that are missing."""

import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import scratch, tap  # noqa: E402
from ipitest import IPITRACE, Run  # noqa: E402

CANNOT = 3
UID = 61234
BPF, PERFMON, SYSLOG = "bpf", "perfmon", "syslog"


def check_with(binary, *caps, root=False):
    """status, stderr and the unavailable features of check, with these capabilities alone."""
    ids = () if root else ("--reuid", UID, "--regid", UID, "--clear-groups")
    held = ",".join(["-all", *(f"+{cap}" for cap in caps)])
    ambient = () if root else (f"--ambient-caps={held}",)
    run = Run(["setpriv", *ids, f"--inh-caps={held}", *ambient, f"--bounding-set={held}", binary, "check", "-j"])
    missing = {f["name"]: f["why"] for o in map(json.loads, run.out.splitlines())
               for f in o["features"] if not f["available"]}
    return run.status, run.err, missing


def refused(binary, caps, why, root=False):
    status, err, missing = check_with(binary, *caps, root=root)
    who = "root" if root else "nobody"
    tap.equal((status, err, missing.get("main job")), (CANNOT, f"ipitrace: {why}\n", why),
              f"{who} with {', '.join(caps) or 'nothing'}: {why}")


def shown_to_all():
    """kernel.kptr_restrict and kernel.perf_event_paranoid may let everybody see addresses."""
    line = Run(["setpriv", "--reuid", UID, "--clear-groups", "head", "-n", "1", "/proc/kallsyms"]).out
    return int(line.split()[0], 16) != 0


def main():
    if os.geteuid():
        tap.skip_all("needs root")
    usual = check_with(IPITRACE, BPF, PERFMON, SYSLOG, root=True)[2]
    with scratch() as path:
        os.chmod(path, 0o755)
        binary = shutil.copy(IPITRACE, path)
        refused(binary, (), "needs root: try sudo ipitrace check")
        refused(binary, (BPF,), "needs CAP_PERFMON")
        refused(binary, (PERFMON, SYSLOG), "needs CAP_BPF")
        refused(binary, (), "needs CAP_BPF and CAP_PERFMON", root=True)
        status, err, missing = check_with(binary, BPF, PERFMON)
        want = {} if shown_to_all() else {"names": "needs CAP_SYSLOG: /proc/kallsyms hides addresses"}
        tap.equal((status, err, {k: v for k, v in missing.items() if k not in usual}), (0, "", want),
                  "nobody with bpf, perfmon: the main job runs, names need CAP_SYSLOG")
        status, err, missing = check_with(binary, BPF, PERFMON, SYSLOG)
        tap.equal((status, err, missing.keys()), (0, "", usual.keys()), "nobody with all three: as root")
    held = "-all,+bpf,+perfmon,+syslog"
    run = Run(["setpriv", f"--inh-caps={held}", f"--bounding-set={held}", IPITRACE, "-j", "-i", "1000", "--",
               "sh", "-c", "sleep 0.3; grep -E '^Cap(Prm|Eff)' /proc/$PPID/status >&2"])
    tap.equal((run.status, run.err.split(), len(run.snapshots())), (0, ["CapPrm:", "0" * 16, "CapEff:", "0" * 16], 1),
              "root of a container with all three: done, and gives them up")
    tap.done()


main()
