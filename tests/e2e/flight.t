#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""record --flight: a file for each incident, with the time before and after; then it goes on."""

import glob
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from conduct import LIMIT, fails, scratch, tap  # noqa: E402
from ipitest import IPILOAD, IPITRACE, SILENT, Background, Run, ipitrace, validate, wait_until  # noqa: E402
from mounts import privately  # noqa: E402
from times import Times  # noqa: E402

S = 10**9
NOBODY = 65534
LOAD = (IPILOAD, "membarrier", "-q", "--rate", "2000")
# What CMD is told, by name; hostile words are the file's alone.
TOLD = {"FILE", "NAME", "INCIDENT", "TIME", "PHASE", "SRC", "DST", "NS"}


def lines_of(path):
    run = ipitrace("report", "-j", path)
    first = json.loads(subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE, check=False)
                       .stdout.split(b"\n")[0])
    return run, first, run.objects()


def ipis_of(objects):
    return [o for o in objects if o["type"] == "ipi"]


def check_file(path, kind, before, name, watched):
    """
    A whole capture that begins the time before its trigger, and ends the time after. The trigger, and all
    objects. @watched: Times of the run.
    """
    run, first, objects = lines_of(path)
    if not tap.ok(run.status == 0 and objects and objects[0]["type"] == "trigger", f"{name}: reads",
                  run.status, run.err):
        tap.done()
    wrong = [fault for o in [first, *objects[:300]] for fault in validate(o)]
    tap.ok(not wrong, f"{name}: valid by the schema", *wrong[:3])
    trigger, times = objects[0], [o["time"] for o in ipis_of(objects)]
    tap.equal((trigger["kind"], trigger["after"], first["mono"]), (kind, 2 * S, trigger["from"]),
              f"{name}: says why it is there")
    tap.ok(times == sorted(times), f"{name}: in order of time")
    watched.check(tap, times[0] < trigger["time"] - before + S // 10 and times[-1] > trigger["time"] + 2 * S - S // 10,
                  f"{name}: holds {before / S:.1f} s before and 2 s after", trigger["time"], times[:1], times[-1:])
    gaps = [b - a for a, b in zip(times, times[1:]) if b - a > S // 2]
    watched.check(tap, not gaps, f"{name}: without a gap", gaps)
    return trigger, objects


def test_late(directory):
    """A late csd, --exec, --signal and --exit. sudo's caller is nobody, and CMD hangs."""
    path, seen = os.path.join(directory, "late.zst"), os.path.join(directory, "seen")
    os.mkdir(seen)
    os.chmod(seen, 0o777)
    target = subprocess.Popen(["sleep", "60"])
    cmd = f'cd {seen} && {{ id -u; env | grep ^IPITRACE_; }} >cmd && echo $$ >pid && echo said; exec sleep 600 >&- 2>&-'
    began = time.monotonic()
    with Times() as watched:
        run = Run([IPITRACE, "record", "--flight", "2s,8m", "--on", "delay:1us", "-o", path, "--exec", cmd,
                   "--signal", str(target.pid), "--exit", "--", *SILENT, *LOAD, "--duration", "4"],
                  env={**os.environ, "SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY)})
    files = glob.glob(f"{directory}/late-*Z.zst")
    tap.ok(run.status == 0 and time.monotonic() - began < 300 and len(files) == 1 and not os.path.exists(path),
           "--exit: ends with the first file, and waits for no CMD", run.status, run.err, os.listdir(directory))
    tap.ok(re.search(r"late-\d{8}T\d{6}\.\d{3}Z\.zst: a delay, delivery, CPU \d to \d\n", run.err) and
           re.search(r"the last [\d.]+s in [\d.]+k?B of 8\.39MB( \(room for more than 2 s\))?; files: 1\n", run.err),
           "stderr: why, and the memory that it takes", run.err)
    tap.equal(target.wait(10), -signal.SIGUSR1, "--signal: the process gets SIGUSR1")
    trigger, objects = check_file(files[0], "delay", 0, "a late csd", watched)
    csd = [o for o in ipis_of(objects) if o["delay"] and o["time"] + o["delay"] == trigger["time"]]
    tap.ok(any((o["src"], o["dst"], o["delay"]) == (trigger["src"], trigger["dst"], trigger["duration"])
               for o in csd), "the file has the csd that is late", trigger, csd)
    wait_until(lambda: os.path.exists(f"{seen}/pid") and os.path.getsize(f"{seen}/pid"))
    with open(f"{seen}/pid", encoding="ascii") as f:
        os.kill(int(f.read()), signal.SIGKILL)
    with open(f"{seen}/cmd", encoding="utf-8") as f:
        uid, *env = f.read().splitlines()
    # CMD inherits the variables of this test, too, such as the one that hides the steal clock.
    told = dict(word.removeprefix("IPITRACE_").split("=", 1) for word in env if word.split("=")[0] not in os.environ)
    tap.equal(int(uid), NOBODY, "--exec: CMD runs as the user who called sudo")
    tap.equal((set(told), told["FILE"], told["NAME"], told["INCIDENT"], int(told["NS"])),
              (TOLD, files[0], files[0], "delay", trigger["duration"]),
              "--exec: CMD gets the file and the incident")
    text = ipitrace("report", files[0])
    tap.ok(f"TRIGGER a delay: delivery, CPU {trigger['src']} to {trigger['dst']}" in text.out,
           "report: shows why the file was written", text.out[:500], text.err)
    run = ipitrace("report", files[0], "--perfetto", os.path.join(directory, "x.pftrace"))
    tap.equal((run.status, run.err.split(": ")[-1]), (0, f"{len(ipis_of(objects))} csds, {len(ipis_of(objects))} "
              "with an arrow\n"), "report --perfetto: draws all its csds")


def test_signal(directory):
    """SIGUSR1, twice; --max-files; the end of the run within the second file's time."""
    load = subprocess.Popen([*LOAD, "--duration", "30"], stdout=subprocess.DEVNULL)
    flight = Background("record", "--flight", "1s", "--on", "stall:60s", "--max-files", "1", "-o", os.path.join(directory, "usr.zst"))
    with Times() as watched:
        time.sleep(1.5)
        flight.proc.send_signal(signal.SIGUSR1)
        wait_until(lambda: glob.glob(f"{directory}/usr-*"))
    first = glob.glob(f"{directory}/usr-*")
    check_file(first[0], "signal", S, "SIGUSR1", watched)
    flight.proc.send_signal(signal.SIGUSR1)
    # Written to: it is begun.
    wait_until(lambda: os.path.exists(f"{directory}/usr.zst") and os.path.getsize(f"{directory}/usr.zst"))
    run = flight.end()
    load.kill()
    load.wait()
    # A busy machine's clerk may end later.
    wait_until(lambda: len(glob.glob(f"{directory}/usr*")) == 1, LIMIT)
    last = glob.glob(f"{directory}/usr*")
    tap.ok(run.status == 0 and len(last) == 1 and last != first,
           "--max-files 1: the second file, and the first is gone", run.status, run.err, last)
    report, _, objects = lines_of(last[0])
    times = [o["time"] for o in ipis_of(objects)]
    tap.ok(report.status == 0 and times and times[0] < objects[0]["time"] - 9 * S // 10,
           "the end of the run ends the file, which is whole", report.err)


def test_armed(directory):
    """Without --on a storm has a file written, and stderr says so, with the name that it will have."""
    binary, *load = os.path.abspath(IPITRACE), *SILENT, os.path.abspath(IPILOAD), *LOAD[1:]
    run = Run([binary, "record", "--flight", "1s,8m", "--storm-rate", "100", "-t", "50s", "--exit", "-d", "50",
               "--", *load, "--duration", "40"], cwd=directory)
    files = glob.glob(f"{directory}/ipitrace-*Z.ndjson.zst")
    said = re.search(r"armed: writes a file at stall \(50 s\), storm, SIGUSR1; files will be named as "
                     r"(\S+)-\d{8}T\d{6}\.\d{3}Z(\S+)\n", run.err)
    tap.ok(not run.status and said and len(files) == 1, "--flight alone: a storm has a file written, and this is said",
           run.status, run.err, files)
    tap.equal(said and said[1] + said[2], f"{directory}/ipitrace.ndjson.zst", "where the file will be")
    run = ipitrace("record", "--flight", "1s,8m", "--on", "delay:40s", "-o", os.path.join(directory, "x"), "-d", "0.1")
    tap.ok("armed: writes a file at delay (40 s), SIGUSR1; files will be named as" in run.err,
           "--on: what is armed is that alone", run.err)
    run = ipitrace("record", "--flight", "1s,8m", "-q", "-o", os.path.join(directory, "x"), "-d", "0.1")
    tap.ok("armed" not in run.err, "-q: nothing is said", run.err)


def test_full_disk(directory):
    """A file system of 16 KB: a message, and it goes on; the status at the end is 4."""
    small, kept = os.path.join(directory, "small"), os.path.join(directory, "kept")
    os.mkdir(small)
    os.mkdir(kept)
    run = Run(privately(f'mount -t tmpfs -o size=16k none {small} && {{ "$0" "$@"; status=$?; '
                        f'cp {small}/* {kept}; exit $status; }}',
                        IPITRACE, "record", "--flight", "1s", "--on", "delay:1us", "-o", f"{small}/f.zst", "--",
                        IPILOAD, "membarrier", "-q", "--count", "60000", "--rate", "30000"))
    tap.ok(run.status == 4 and re.search(r"f-\d{8}T\d{6}\.\d{3}Z.zst ends early: No space left on device\n",
                                         run.err) and run.err.count("ends early") < 3,
           "the disk is full: a message, and the status at the end", run.status, run.err)
    # Where the load's threads seldom run at the same time the first file has few csds, and there is room for all.
    files = sorted(glob.glob(f"{kept}/f-*"))
    read = [ipitrace("report", "-j", file) for file in files]
    cut = [report for report in read if report.status]
    tap.ok(run.err.endswith(f"files: {len(files)} ({len(cut)} not whole)\n"), "the files are counted", run.err, files)
    if tap.ok(cut, "there is a file that is not whole"):
        run = cut[0]
        fails(run, 4, "what was written reads up to its last whole frame", "ends early")
        tap.ok('"type":"trigger"' in run.out, "the trigger is there", run.out[:200])


def test_refused(directory):
    for args, words in (((), ()), (("--on", "storm"), ("--on", "--flight")), (("--exec", "x"), ("--exec",)),
                        (("--signal", "1"), ("--signal",)), (("--exit",), ("--exit",)),
                        (("--max-files", "3"), ("--max-files",)), (("--keep", "3"), ("--keep",)),
                        (("--flight", "1s", "--keep", "3", "--max-files", "3"), ("--keep", "--max-files")),
                        (("--keep", ",,"), ("--keep ,,",)), (("--keep", "0"), ("--keep 0", "10000")),
                        (("--keep", "3,2m"), ("--keep 3,2m", "4m")), (("--keep", "3,8m,2"), ("--keep 3,8m,2", "14d")),
                        (("--keep", "3,8m,2d,1"), ("--keep 3,8m,2d,1",)),
                        (("--flight", "1s", "-j"), ("--json",)),
                        (("--flight", "1s", "--max-size", "4m"), ("--max-size",)),
                        (("--flight", "1s", "-t", "1ms", "--on", "stall:2ms"), ("--threshold",)),
                        (("--flight", "1"), ("--flight 1",)), (("--flight", "1s,4m"), ("1s,4m", "8m")),
                        (("--flight", "2000m,9m"), ("2000m,9m",)), (("--flight", "3601s"), ("3601s",)),
                        (("--flight", "1s,"), ("1s,",)), (("--flight", ",8m"), (",8m",)),
                        (("--on", "stall:"), ("stall:",)), (("--on", "delay"), ("delay",)),
                        (("--on", "storm:1ms"), ("storm:1ms",)), (("--on", "stalls"), ("stalls",)),
                        (("--max-files", "0"), ("--max-files 0",)), (("--exec", ""), ("--exec ''",))):
        if args:
            fails(ipitrace("record", *args), 2, f"record {' '.join(args)}: refused", *words)
    fails(ipitrace("summary", "--flight", "1s"), 2, "summary --flight: refused", "record")
    gone = os.path.join(directory, "gone", "f.zst")
    fails(ipitrace("record", "--flight", "1s", "-o", gone, "-d", "0.1"), 4, "no such directory", gone)
    fails(ipitrace("record", "--flight", "1s", "-o", "/dev/full", "-d", "0.1"), 4, "a device is no file",
          "/dev/full", "not a regular file")
    ended = subprocess.Popen(["true"])
    ended.wait()
    fails(ipitrace("record", "--flight", "1s", "--signal", ended.pid, "-d", "0.1"), 4, "--signal: no such process",
          f"--signal {ended.pid}")


def main():
    # Each waits for seconds, and none for another.
    with scratch() as directory, ThreadPoolExecutor(4) as pool:
        for case in [pool.submit(case, directory) for case in (test_late, test_signal, test_armed, test_full_disk, test_refused)]:
            case.result()
    tap.done()


main()
