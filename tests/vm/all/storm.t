#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Real storms in the VM: KVM's tsc_khz_changed from the real kvm module, and
others that a host must not be given. What each was named is left in
build/storms-vm.md; docs/storms.md shows one such run.
"""

import glob
import json
import os
import subprocess
import sys
import tempfile

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))
from ipitest import BUILD, Tap  # noqa: E402
from storms import NONE, Table, last_of, names_of, storms_of, valid  # noqa: E402

KERNEL = "6.12"
# An emulated CPU with -invtsc has no constant TSC. QEMU's TCG cannot promise one (+invtsc is
# ignored), but VMware can, and the kernel believes it by the serial number and the backdoor port.
CHANGING = ["-c", "max,-invtsc"]
CONSTANT = ["-c", "max,-hypervisor", "-q", "-smbios type=1,serial=VMware-56"]
CASES = [
    ("frequency transitions, 200 us apart", "tsc", "tsc_khz_changed"),
    ("frequency transitions, no pause", "tsc_unpaused", "tsc_khz_changed"),
    ("ipigen: each CPU in turn, waiting", "old_form", "unknown"),
    ("ipigen: kick_all_cpus_sync()", "kick_all", "kick_all_cpus"),
    ("ipigen: irq_work_queue()", "irq_work", "irq_work"),
    ("ipigen: synchronize_rcu_expedited()", "rcu_expedited", "rcu_expedited"),
    ("membarrier(2)", "membarrier", "membarrier"),
    ("munmap", "tlb", "tlb_flush"),
    ("futex ping-pong", "wakeup", "wakeups"),
    ("/dev/cpu/1/msr read from CPU 0", "msr", "msr"),
    ("/dev/cpu/1/cpuid read from CPU 0", "cpuid", "cpuid"),
    ("idle", "idle", NONE),
    ("1,000 wake-ups a second", "steady", NONE),
    ("programs started one after the other", "forks", NONE),
]
tap = Tap()


def boot(out, mode, cpu):
    modules = glob.glob(f"{BUILD}/kmod/{KERNEL}.*/ipigen.ko")
    files = [f"{BUILD}/{name}" for name in ("ipitrace", "ipiload", "ipigen")]
    files += [f"{BUILD}/ipifreq/{KERNEL}/ipifreq.ko", *modules]
    args = [f"{TOP}/tests/vm/run", "-k", KERNEL, "-o", out, "-t", "400", *cpu]
    for module in ("kvm-amd", "msr", "cpuid"):
        args += ["-m", module]
    for name in files:
        args += ["-f", name]
    run = subprocess.run([*args, "--", f"{TOP}/tests/vm/storm.sh", mode], text=True, check=False,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    return tap.ok(run.returncode == 0, f"{mode}: the VM ran", run.stdout)


def read(out, name):
    with open(os.path.join(out, name), encoding="utf-8", errors="replace") as f:
        return f.read()


def tsc_row(out):
    features = json.loads(read(out, "check"))["features"]
    return next(f for f in features if f["name"] == "tsc")


def made(out):
    return int(read(out, "transitions.after")) - int(read(out, "transitions.before"))


def check_text(out):
    text = read(out, "tsc.text")
    for line in text.splitlines():
        tap.note(line)
    for words in ("STORM tsc_khz_changed", "tsc_khz_changed [kvm]", "NOT constant",
                  "driver ipifreq, governor performance", "transitions a second",
                  "kvmclock_cpufreq_notifier [kvm]", "[ipifreq]",
                  "none: no vCPU thread, kvm_amd is loaded and has no users",
                  "no guest runs: modprobe -r kvm_amd kvm", "+invtsc"):
        tap.ok(words in " ".join(text.split()), f"text: {words}")
    wide = [line for line in text.splitlines() if len(line) > 80]
    tap.ok(not wide, "text: 80 columns", *wide)


def check_tsc(storms, out):
    last = [s for s in last_of(storms) if s["name"] == "tsc_khz_changed"]
    if not tap.ok(len(last) == 1, "tsc: one storm", storms):
        return
    storm = last[0]
    tap.equal((storm["func"], storm["module"]), ("tsc_khz_changed", "kvm"), "tsc: whose it is")
    tap.ok(storm["share"] > 0.5, "tsc: most of all", storm["share"])
    evidence = storm["evidence"]
    tap.equal(evidence["tsc"]["constant"], False, "tsc: not constant")
    tap.equal(evidence["guests"], {"vcpu_threads": 0, "owner": None, "module": "kvm_amd",
                                   "module_users": 0}, "tsc: no guests")
    policy = evidence["cpufreq"]["policies"][0]
    tap.equal((policy["driver"], policy["governor"], policy["cpus"]), ("ipifreq", "performance", 4),
              "tsc: the policy")
    # Four CPUs, one of them the caller's own: 3 IPIs a transition, and no vCPU.
    per = [s["evidence"]["cpufreq"]["ipis_per_transition"] for s in storms]
    tap.ok(all(2.4 < n < 3.6 for n in per if n is not None) and any(per),
           "tsc: three IPIs a transition", per)
    seconds = storm["duration"] / 1e9
    tap.ok(storm["rate_per_s"] * seconds < 3.3 * made(out), "tsc: no more than were made",
           storm["rate_per_s"], seconds, made(out))


def check_mix(table, out):
    storms = storms_of(read(out, "mix"))
    want = ["kick_all_cpus", "tsc_khz_changed"]
    tap.equal(names_of(storms), want, "a mix of two: both are named")
    shares = [s["share"] for s in last_of(storms)]
    tap.ok(0.8 < sum(shares) < 1.05, "a mix of two: shares of one whole", shares)
    table.rows.append(["transitions and kick_all_cpus_sync() at once",
                       ", ".join(f"`{n}`" for n in want),
                       ", ".join(f"`{n}`" for n in names_of(storms)), "",
                       " + ".join(f"{100 * s['share']:.0f} %" for s in sorted(
                           last_of(storms), key=lambda s: s["name"])), ""])


def too_slow(out):
    """Why so few wake-ups, two a call and one on each CPU, are no storm; None: enough."""
    rate = json.loads(read(out, "wakeup.load").splitlines()[-1])["rate_per_s"]
    return f"only {rate:.0f} a second on a CPU: the host is busy" if rate < 4400 else None


def changing():
    table = Table()
    with tempfile.TemporaryDirectory() as out:
        if not boot(out, "changing", CHANGING):
            return
        tap.ok(not tsc_row(out)["available"], "check: tsc_khz_changed can happen", tsc_row(out))
        check_text(out)
        check_tsc(storms_of(read(out, "tsc")), out)
        for load, name, true in CASES:
            storms = storms_of(read(out, name))
            status = read(out, f"{name}.status").strip()
            tap.equal(status, "0", f"{load}: ran")
            if name == "wakeup" and too_slow(out):
                tap.skip(f"{load}: is {true}", too_slow(out))
                continue
            tap.equal(names_of(storms), [true], f"{load}: is {true}")
            valid(tap, storms, load)
            table.add(load, true, storms)
        old = storms_of(read(out, "old_form"))
        tap.ok(old and old[-1]["func"] == "ipigen_single_wait" and old[-1]["module"] == "ipigen"
               and old[-1]["shape"] == "in_turn", "the old form: described", old)
        check_mix(table, out)
    table.write(os.path.join(BUILD, "storms-vm.md"))
    table.note(tap)


def constant():
    with tempfile.TemporaryDirectory() as out:
        if not boot(out, "constant", CONSTANT):
            return
        tap.ok(tsc_row(out)["available"] and "constant_tsc" in tsc_row(out)["how"],
               "check: tsc_khz_changed cannot happen", tsc_row(out))
        tap.ok(made(out) > 500, "constant: there were transitions", made(out))
        tap.equal(names_of(storms_of(read(out, "tsc"))), [NONE], "constant: no storm")
        tap.ok("no storm in" in read(out, "tsc.text"), "constant: and says so",
               read(out, "tsc.text"))


def main():
    changing()
    constant()
    tap.done()


main()
