# SPDX-License-Identifier: GPL-2.0
"""Captures of what ipitrace loads for machines of given sizes, and runs of build/scale/lines on them."""

import json
import os
import subprocess

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
LINES = os.path.join(BUILD, "scale", "lines")
PRELOAD = os.path.join(BUILD, "scale", "capture.so")
IPITRACE = os.path.join(BUILD, "ipitrace")


class CannotRun(Exception):
    """Neither a csd went astray nor was a bound passed: nothing was measured."""


def capture(command, cpus, fentry, into):
    """ipitrace COMMAND's maps and programs for @cpus CPUs, in the folder @into/@cpus."""
    folder = os.path.join(into, str(cpus))
    os.makedirs(folder)
    lists, ready = os.path.join(folder, "cpus"), os.path.join(folder, "ready")
    with open(lists, "w", encoding="ascii") as f:
        f.write(f"0-{cpus - 1}\n")
    env = {**os.environ, "LD_PRELOAD": PRELOAD, "CAPTURE_CPUS": lists, "CAPTURE_READY": ready,
           "CAPTURE_TO": folder}
    if not fentry:
        env["CAPTURE_NO_FENTRY"] = "1"
    try:
        done = subprocess.run([IPITRACE, *command.split(), "-d", "1", "--ready-file", ready], env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotRun(f"ipitrace {command}: {error}") from error
    if not os.path.exists(os.path.join(folder, "index")):
        said = (done.stdout.strip().splitlines() or [f"status {done.returncode}"])[-1]
        raise CannotRun(f"ipitrace {command} for {cpus} CPUs: {said}")
    return folder


def captures(command, sizes, fentry, into):
    return [capture(command, cpus, fentry, into) for cpus in sizes]


def lines(*args):
    """build/scale/lines, run to its end."""
    try:
        return subprocess.run([LINES, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        raise CannotRun(f"{LINES}: {error.strerror}") from error


def results(folders):
    """The objects of lines -j, and whether each csd was followed."""
    done = lines("-j", *folders)
    if done.returncode not in (0, 1):
        raise CannotRun(done.stderr.strip() or f"{LINES}: status {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()], not done.returncode
