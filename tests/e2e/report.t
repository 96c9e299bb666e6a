#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
What a capture of a stranger can do to who reads it: no byte of it reaches a terminal that the
terminal obeys, its lists and lines have bounds, and its reader has no rights.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import made  # noqa: E402
from conduct import on_terminal, tap  # noqa: E402
from ipitest import IPITRACE, Run, as_user, children_of, ipitrace, wait_until  # noqa: E402
from terminal import Terminal  # noqa: E402

# ESC, C1 as UTF-8, DEL, OSC, the override of direction, and a separator of lines.
HOSTILE = "\x1b[31m\x9b2J\x7f\x1b]0;evil\x07\u202e\u2028\n\r"
COLOURS = re.compile(rb"\x1b\[(?:0|1|2|1;31)m")
OBEYED = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xae]")
VIEWS = ([], ["summary"], ["calls"], ["hist"], ["stalls"], ["waits"], ["storm"], ["trace"], ["--folded"])
# What decides how a line is read; all other strings are names.
WORDS = {"schema", "type", "phase", "kind", "wait", "task", "reason", "cost_of", "shape", "csd", "start",
         "started", "stack_of", "late", "call"}
HEAD = b'{"schema":"ipitrace/1","type":"capture","minor":0,"mono":1}\n'
END = b'{"schema":"ipitrace/1","type":"capture_end"}\n'
SNAPSHOT = b'{"schema":"ipitrace/1","type":"snapshot",'
SECOND = 1_000_000_000
RSS_MARGIN = 16 << 10  # KB: what a capture of the same size may take more than an honest one


def hostile(value, key=None):
    """@value with HOSTILE in the place of each name."""
    if isinstance(value, dict):
        return {k: hostile(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [hostile(v, key) for v in value]
    return HOSTILE if isinstance(value, str) and key not in WORDS else value


def lines():
    return [*made.run(20), *made.broadcast(10, 0, [1, 2, 3], 5000), made.csd(20, 1, 2),
            made.line("trace_end", records=4, lost=0, lost_by={}),
            made.line("no_storm", duration_s=1.0, csds=5, nearest={"name": "x", "func": "y"})]


def compress(path, text):
    with open(path, "wb") as f:
        f.write(subprocess.run(["zstd", "-qc19", "--check"], input=text, check=True,
                               stdout=subprocess.PIPE).stdout)
    return path


def raw_text(objects):
    """As nobody's ipitrace writes them: names as they are, not as escapes."""
    text = [json.dumps(o, ensure_ascii=False, separators=(",", ":")) for o in objects]
    # JSON has no raw control characters but DEL; of the others the escape stays.
    return HEAD + "".join(line + "\n" for line in text).encode() + END


def obeyed(out):
    found = OBEYED.search(COLOURS.sub(b"", out).replace(b"\r\n", b"\n"))
    return found and out[max(0, found.start() - 60):found.end() + 60]


def test_terminal(directory):
    path = compress(f"{directory}/hostile.zst", raw_text(hostile(o) for o in lines()))
    for view in VIEWS:
        out = on_terminal("report", path, *view)
        tap.ok(out and not obeyed(out), f"report {' '.join(view)}: no byte that a terminal obeys",
               repr(obeyed(out)), repr(out[:300]))
    for args in (["-j"], ["trace", "-j"], ["stalls", "-j", "--src", "0"], ["--diff", path], ["--diff", "-j", path]):
        out = on_terminal("report", path, *args)
        bad = re.search(rb"[^\x20-\x7e\r\n]", out) if "-j" in args else obeyed(out)
        tap.ok(len(out) > 40 and not bad, f"report {' '.join(args)[:20]}: ASCII alone", repr(bad), repr(out[:300]))
    for key in ("html", "perfetto"):
        out = on_terminal("report", path, f"--{key}", f"{directory}/{HOSTILE}"[:60], both=True)
        tap.ok(out and not obeyed(out), f"report --{key}: nor in messages", repr(out))
    with open(f"{directory}/page", "wb"):
        run = ipitrace("report", path, "--html", f"{directory}/page", "--perfetto", f"{directory}/timeline")
    for name in ("page", "timeline"):
        with open(f"{directory}/{name}", "rb") as f:
            text = f.read()
        found = re.search(rb"\x1b.0;evil|2J\x7f|\xe2\x80\xae\xe2\x80\xa8", text)
        tap.ok(not run.status and len(text) > 1000 and not found, f"{name}: no such name",
               run.err, repr(found and text[found.start() - 30:found.end() + 30]))


def test_same(directory):
    """-j has the values of the file, and what ipitrace wrote byte for byte."""
    objects = [hostile(o) for o in lines()]
    path = compress(f"{directory}/same.zst", raw_text(objects))
    out = [json.loads(line) for line in ipitrace("report", path, "-j").out.splitlines()]
    tap.ok(out == json.loads(json.dumps(objects)), "-j: the values of the file", len(out), len(objects))
    text = b"".join(json.dumps(o).encode() + b"\n" for o in lines())
    path = compress(f"{directory}/bytes.zst", HEAD + text + END)
    tap.ok(ipitrace("report", path, "-j").out.encode() == text, "-j: ASCII byte for byte")


def test_full_disk(directory):
    """More than the buffer of stdout holds, so that a write fails in the middle of the file."""
    path = f"{directory}/large.zst"
    made.write(path, [made.csd(20 * i, 1, 2) for i in range(2000)])
    for args in (["-j"], ["trace"], ["trace", "-j"], ["trace", "-j", "--src", "1"]):
        run = ipitrace("report", path, *args, "-o", "/dev/full")
        tap.ok(run.status == 4 and "/dev/full: No space left on device" in run.err,
               f"report {' '.join(args)} -o /dev/full: says so", run.status, run.err)


def measured(*args):
    """Status, stderr and the largest RSS, KB, of a run or of its reader."""
    code = ("import resource, subprocess, sys; r = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(r.returncode)")
    run = subprocess.run([sys.executable, "-c", code, IPITRACE, "report", *args], capture_output=True,
                         check=False, text=True)
    return run.returncode, run.stderr, int(run.stdout)


def test_bounds(directory):
    honest = compress(f"{directory}/honest.zst", HEAD + json.dumps(made.window(made.random.Random(1), 0, False, 2)).encode() + b"\n")
    base = max(measured(honest, *view)[2] for view in ([], ["summary"]))
    zeros = b"0," * 500000 + b"0]}\n"
    cases = (("functions", SNAPSHOT + b'"functions":[' + zeros, "line 2: key functions: item 1 is no object"),
             ("objects", SNAPSHOT + b'"functions":[' + b"{}," * 500000 + b"{}]}\n",
              "line 2: key functions: more items than 4096"),
             ("edges", SNAPSHOT + b'"edges":[' + b"{}," * 600000 + b"{}]}\n",
              "line 2: key edges: more items than 524288"),
             ("online", SNAPSHOT + b'"host":{"online":[' + zeros[:-2] + b"}}\n",
              "line 2: key online: more items than 4096"),
             ("news", SNAPSHOT + b'"news":[' + zeros, "line 2: key news: more items than 4096"),
             ("depth", SNAPSHOT + b'"deep":' + b"[" * 1000 + b"]" * 1000 + b"}\n",
              "line 2: key deep: too many objects and lists in one another"),
             ("name", SNAPSHOT + b'"name":"' + b"x" * (32 << 20) + b'"}\n', "line 2: key name: too long"),
             ("number", SNAPSHOT + b'"ledger":{"queued":99999999999999999999}}\n',
              "line 2: key queued: a number that is too large"),
             ("csd", HEAD[:0] + b'{"schema":"ipitrace/1","type":"ipi","comm":"' + b"x" * (1 << 20) + b'"}\n',
              "line 2: too long"))
    for name, text, want in cases:
        path = compress(f"{directory}/{name}.zst", HEAD + text)
        for view in ([], ["-j"], ["--html", f"{directory}/out"], ["--perfetto", f"{directory}/out"], ["trace"]):
            status, err, rss = measured(path, *view)
            # A line of 32 MB is held, as is one of 4,096 CPUs.
            more = RSS_MARGIN + (80 << 10) * (name in ("name", "edges"))
            tap.ok(status == 4 and want in err and rss < base + more,
                   f"{name}, {os.path.getsize(path)} bytes, {' '.join(view)[:10]}: refused",
                   status, err, rss, base)
    # The file that took 2.75 GB.
    tap.ok(os.path.getsize(f"{directory}/functions.zst") < 400, "some of these are tiny")


def test_bomb(directory):
    """A line of 1 GB, and a window of zstd that reaches back as far, in some KB."""
    base = measured(compress(f"{directory}/little.zst", HEAD))[2]
    code = ("import sys; w = sys.stdout.buffer.write; w(%r); [w(b' ' * (1 << 20)) for _ in range(1024)]" % HEAD)
    for level in ("-3", "--long=30"):
        path = f"{directory}/bomb.zst"
        with open(path, "wb") as f:
            line = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
            subprocess.run(["zstd", "-qc", level], stdin=line.stdout, stdout=f, check=True)
            line.wait()
        status, err, rss = measured(path)
        tap.ok(status == 4 and err.count("\n") == 1 and rss < base + (160 << 10),
               f"1 GB in {os.path.getsize(path)} bytes, {level}: bounded", status, err, rss, base)


def status_file(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def has_ended(pid):
    """Whether the process is gone, or nobody has asked for its status yet."""
    try:
        return status_file(pid)["State"][0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def held(directory, name):
    """A report of a FIFO: its reader waits for bytes that the test does not write."""
    path = f"{directory}/{name}"
    os.mkfifo(path)
    fd = os.open(path, os.O_RDWR)
    os.write(fd, subprocess.run(["zstd", "-qc"], input=HEAD, check=True, stdout=subprocess.PIPE).stdout)
    run = subprocess.Popen([IPITRACE, "report", path], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    ready = wait_until(lambda: any(status_file(pid)["Seccomp"] == "2" for pid in children_of(run.pid)))
    tap.ok(ready, "there is a reader, which has a filter of system calls")
    return run, children_of(run.pid)[0], fd


def test_rights(directory):
    run, reader, fd = held(directory, "fifo")
    have = status_file(reader)
    uids, gids = set(have["Uid"].split()), set(have["Gid"].split())
    if os.geteuid():
        tap.ok(uids == {str(os.getuid())}, "the reader stays its user", have["Uid"])
    else:
        tap.ok(len(uids) == 1 and len(gids) == 1 and min(map(int, uids | gids)) >= 2013265920 and
               not have["Groups"].strip(), "the reader is a user that nobody is", have)
    tap.ok(all(int(have[f"Cap{of}"], 16) == 0 for of in ("Inh", "Prm", "Eff", "Amb")) and
           have["NoNewPrivs"] == "1" and have["Seccomp"] == "2", "no capabilities, no new ones", have)
    with open(f"/proc/{reader}/limits", encoding="ascii") as f:
        limits = f.read()
    tap.ok(re.search(r"Max address space +1073741824 +1073741824", limits), "1 GB of addresses", limits)
    open_fds = sorted(os.readlink(f"/proc/{reader}/fd/{n}") for n in os.listdir(f"/proc/{reader}/fd")
                      if int(n) > 2)
    tap.ok(open_fds == [f"{directory}/fifo"], "the capture alone is open", open_fds)
    run.kill()
    tap.ok(wait_until(lambda: has_ended(reader)), "the reader ends with its parent")
    run.communicate()
    os.close(fd)


def test_killed(directory):
    """What the user sees where a hostile file would have won."""
    for sig, want in ((signal.SIGSYS, "(SIGSYS)"), (signal.SIGSEGV, "signal 11")):
        run, reader, fd = held(directory, f"killed-{sig}")
        os.kill(reader, sig)
        _, err = run.communicate()
        tap.ok(run.returncode == 4 and err.count("\n") == 1 and want in err and "killed-" in err,
               f"a reader that is ended by signal {sig}: one line, status 4", run.returncode, err)
        os.close(fd)
    run, reader, fd = held(directory, "ended")
    os.kill(reader, signal.SIGTERM)
    run.communicate()
    tap.ok(run.returncode == -signal.SIGTERM, "SIGTERM: as if it was for the run", run.returncode)
    os.close(fd)


def test_nobody(directory):
    """Without root the same, less the user id."""
    if os.geteuid():
        return
    path = compress(f"{directory}/nobody.zst", HEAD + b"".join(json.dumps(o).encode() + b"\n" for o in lines()) + END)
    os.chmod(directory, 0o755)
    run = subprocess.run(as_user(65534, IPITRACE, "report", path), capture_output=True, check=False, text=True)
    tap.ok(run.returncode == 0 and run.stdout, "an ordinary user", run.returncode, run.stderr)


def test_untraced(directory):
    """A capture of windows: what shows csds says that there are none, and how to have them."""
    untraced = [o for o in lines() if o["type"] not in ("ipi", "trace_end")]
    paths = {}
    for name, objects in (("untraced", untraced),
                          ("none", [*untraced, made.line("trace_end", records=0, lost=0, lost_by={})])):
        text = HEAD + b"".join(json.dumps(o).encode() + b"\n" for o in objects) + END
        paths[name] = compress(f"{directory}/{name}.zst", text)
    for args in (["trace"], ["trace", "-j"], ["trace", "--src", "0"]):
        run = ipitrace("report", paths["untraced"], *args)
        tap.ok((run.status == 0) == ("-j" in args) and run.err.count("\n") == 1 and "use record --trace" in run.err,
               f"report {' '.join(args)} of windows alone: says how to have csds", run.status, run.err)
        run = ipitrace("report", paths["none"], *args)
        tap.ok(run.status == 0 and "--trace" not in run.err,
               f"report {' '.join(args)} of a trace without csds: that is its answer", run.status, run.err)
    path = f"{directory}/filtered.zst"
    made.write(path, lines())
    run = ipitrace("report", path, "trace", "--src", "1")
    shown = len(run.out.splitlines()) - 2
    tap.ok(shown and f"ipitrace: {shown} record{'s' * (shown > 1)} shown, by the filters; in the whole capture:\nipitrace: 4 records, " in run.err,
           "report trace --src: the count is not said of what is shown", run.err, run.out)
    run = ipitrace("report", path, "trace")
    tap.ok("filters" not in run.err, "report trace: no word of filters", run.err)
    run = ipitrace("report", paths["untraced"], "--perfetto", f"{directory}/x.pftrace")
    tap.ok(run.status == 0 and " has no csds, " in run.err and "record --trace" in run.err,
           "--perfetto of windows alone: says so", run.status, run.err)


def test_backtraces(directory):
    """The page names the function that had interrupts off, as the report of each stall does."""
    path = f"{directory}/backtraces.zst"
    culprits = [f"culprit_{n}" for n in range(3)]
    stalls = [{**made.stall(100 + n, SECOND + n, 10 * SECOND, False), "folded": False,
               "backtrace": {"func": func, "module": None, "interrupts_off": True, "tid": 7, "comm": "busy"}}
              for n, func in enumerate(culprits)]
    made.write(path, [*made.run(5), *stalls])
    outs = [ipitrace("report", path, *view).out for view in ([], ["stalls"])]
    tap.ok(all(func in out for func in culprits for out in outs),
           "report: the page and stalls name what had interrupts off", *outs)


def test_times(directory):
    """--since and --until: 60 windows of 1 s from 03:02:00 UTC on, which is 05:02 at TZ."""
    path = f"{directory}/times.zst"
    made.write(path, made.run(60))

    def shown(*args):
        run = subprocess.run([IPITRACE, "report", path, "summary", "-j", *args], text=True, check=False,
                             capture_output=True, env={**os.environ, "TZ": "TEST-2"})
        starts = [json.loads(line)["window"]["start"][11:19] for line in run.stdout.splitlines()
                  if '"snapshot"' in line]
        return (starts[0], starts[-1]) if starts else run.stderr

    whole = ("03:02:00", "03:02:59")
    for args, want in (((), whole),
                       (("--since", "10", "--until", "20s"), ("03:02:10", "03:02:19")),
                       (("--since", "05:02:10", "--until", "05:02:20"), ("03:02:10", "03:02:19")),
                       (("--since", "05:02"), whole), (("--since", "04:30"), whole),
                       (("--until", "05:02:30.5"), ("03:02:00", "03:02:30")), (("--since", "25:00"), None),
                       (("--since", "-10"), ("03:02:50", "03:02:59")), (("--since", "-1h"), whole),
                       (("--since", "-1m", "--until", "-50s"), ("03:02:00", "03:02:09")),
                       (("--since", "--10"), None),
                       (("--since", "05:02:40.000001"), ("03:02:40", "03:02:59")),
                       (("--since", "5"), ("03:02:05", "03:02:59")),
                       (("--since", "2026-11-21T03:02:40Z"), ("03:02:40", "03:02:59")),
                       (("--since", "2026-11-21T03:02:40.5Z"), ("03:02:40", "03:02:59")),
                       (("--since", "2026-11-21T04:02:40+01:00"), ("03:02:40", "03:02:59")),
                       (("--since", "2026-11-21T05:02:40"), ("03:02:40", "03:02:59")),
                       (("--until", "2026-11-22T00:00:00Z"), whole), (("--since", "59.5"), ("03:02:59", "03:02:59"))):
        got = shown(*args)
        if want is None:
            tap.ok(args[0] in got and args[1] in got and "needs a time" in got,
                   f"report {' '.join(args)}: refused", got)
        else:
            tap.equal(got, want, f"report {' '.join(args)}")
    for option, value, where in (("--since", "2027-01-01T00:00:00Z", "after the end of"), ("--since", "01:00", "after the end of"),
                                 ("--since", "60", "after the end of"), ("--until", "-1m", "before the beginning of"),
                                 ("--until", "2020-01-01T00:00:00Z", "before the beginning of"),
                                 ("--until", "04:30", "before the beginning of")):
        for more in ((), ("summary",), ("stalls", "-j"), ("--diff", path)):
            run = subprocess.run([IPITRACE, "report", path, *more, option, value], text=True, check=False,
                                 capture_output=True, env={**os.environ, "TZ": "TEST-2"})
            tap.ok(run.returncode == 2 and not run.stdout and run.stderr ==
                   f"ipitrace: report {option} {value}: {where} {path}, which has 60.00 s from 2026-11-21T05:02:00+02:00\n",
                   f"report {' '.join(more)} {option} {value}: outside of the file is an error", run.returncode, run.stderr)
    run = ipitrace("report", path, "--since", "20", "--until", "10")
    tap.ok(run.status == 2 and "report --until 10: not after --since 20" in run.err, "report: --until before --since",
           run.status, run.err)
    with open(path, "rb") as f:
        run = subprocess.run(f"cat | {IPITRACE} report /dev/stdin --since 1h", stdin=f, shell=True, text=True, check=False,
                             capture_output=True)
    tap.ok(run.returncode == 2 and "report --since 1h: after the end of /dev/stdin" in run.stderr,
           "report of a pipe, --since after its end: an error once that is known", run.returncode, run.stderr)


def test_diff(directory):
    """What is new in B is named; where the windows cannot say whether a figure rose, nothing passes."""
    rng = made.random.Random(3)
    calm = [made.window(rng, i, False, 4) for i in range(8)]
    burst = [made.window(rng, i, False, 4) for i in range(8)]
    extra = json.loads(json.dumps(burst[3]["functions"][0]))
    extra.update(func="do_burst", callsite="burst+0x10", count=90)
    burst[3]["functions"].append(extra)
    silence = made.line("no_storm", duration_s=8.0, csds=5, nearest={"name": "x", "func": "y"})
    paths = {}
    for name, objects in (("calm", [*calm, silence]), ("burst", [*burst, silence]), ("blind", calm),
                          ("stormy", [*calm, made.storm(0, made.SECOND, True)]),
                          ("one", calm[:1]), ("other", [made.window(rng, 0, True, 4)])):
        paths[name] = f"{directory}/{name}.zst"
        made.write(paths[name], objects)

    def diff(a, b, *args):
        return ipitrace("report", "--diff", paths[a], paths[b], "--exit-code", *args)

    run = diff("calm", "burst")
    tap.ok(run.status == 0 and re.search(r"^do_burst +0\.0/s +11\.2/s +- .* new$", run.out, re.M),
           "report --diff: a function in one window of B alone is new, not the same", run.status, run.out, run.err)
    run = diff("calm", "stormy")
    tap.ok(run.status == 1 and "\nnew storm: membarrier, 400/s\n" in run.out and
           "\ndiff: 1 of " in run.out and run.out.endswith(": membarrier storm new (400/s); 2 not compared\n"),
           "report --diff: a storm of B alone", run.status, run.out, run.err)
    run = diff("stormy", "calm")
    tap.ok(run.status == 0 and "\ngone storm: membarrier, 400/s\n" in run.out, "report --diff: a storm of A alone",
           run.status, run.out, run.err)
    run = diff("blind", "stormy")
    tap.ok(run.status == 4 and "new storm" not in run.out and "only one file was searched for storms" in run.err,
           "report --diff: A was not searched for storms", run.status, run.out, run.err)
    run = diff("one", "other")
    tap.ok(run.status in (1, 4) and (run.status == 1 or "a run of one window has no spread" in run.err),
           "report --diff: one window each", run.status, run.out, run.err)
    with open(paths["stormy"], "rb") as file:
        run = subprocess.run([IPITRACE, "report", "--diff", paths["calm"], "-", "--exit-code", "-q"], stdin=file, text=True,
                             check=False, stdout=subprocess.PIPE)
    tap.ok(run.returncode == 1 and run.stdout.startswith("csds ") and "\n\n" not in run.stdout and
           "\ndiff: 1 of " in run.stdout, "report --diff A - -q: rows of standard input, no headings", run.stdout)
    holed = [window for i, window in enumerate(calm) if i != 4]
    made.write(f"{directory}/holed.zst", [*holed, silence])
    paths["holed"] = f"{directory}/holed.zst"
    run = diff("calm", "holed")
    tap.ok(run.status == 4 and "the second file has no window for 1 s" in run.err, "report --diff: B lacks a window",
           run.status, run.err)
    run = diff("holed", "calm")
    tap.ok(run.status == 4 and "the first file has no window for 1 s" in run.err, "report --diff: A lacks a window",
           run.status, run.err)
    with open(paths["burst"], "rb") as whole, open(f"{directory}/cut.zst", "wb") as f:
        f.write(whole.read() + b"\x28\xb5\x2f\xfd")
    paths["cut"] = f"{directory}/cut.zst"
    for first, second in (("cut", "calm"), ("calm", "cut")):
        run = ipitrace("report", "--diff", paths[first], paths[second])
        tap.ok(run.status == 4 and f"{paths['cut']}: ends early" in run.err and re.search(r"^do_burst ", run.out, re.M),
               f"report --diff {first} {second}: what could be read is compared", run.status, run.out, run.err)
    run = diff("calm", "cut")
    tap.ok(run.status == 4 and "not certain" in run.err and "the second file ends early" in run.err,
           "report --diff --exit-code: a file that ends early passes no gate", run.status, run.err)
    row = next(row for row in diff("calm", "burst", "-j").objects()[0]["rows"] if row["name"] == "do_burst")
    tap.ok(row["verdict"] == "new" and row["change"] is None, "report --diff -j: new", row)


def test_filters(directory):
    """What a filter left out of the second file is not compared, unless the comparison leaves it out, too: status 4."""
    rng = made.random.Random(3)
    calm = [*(made.window(rng, i, False, 4) for i in range(8)),
            made.line("no_storm", duration_s=8.0, csds=5, nearest={"name": "x", "func": "y"})]
    func = calm[0]["functions"][0]["func"]
    paths = {}
    for words in ("", "-c 0", "-qc0", "--cpus 1", "--src=0", "--dst 0", f"-f {func}", "-p 1", "--storm-rate 3000", "-i 1 -q",
                  "--option-of-tomorrow -f x"):
        paths[words] = f"{directory}/options{len(paths)}.zst"
        made.write(paths[words], calm, ["record", *words.split()])

    def status(a, b, *args):
        run = ipitrace("report", "--diff", paths[a], paths[b], "--exit-code", *args)
        if run.status == 4:
            tap.ok(re.search("not certain: the second file(?:'s [-a-z]+ is not the first file's|"
                             " was recorded with higher limits of storms)$", run.err), f"'{a}' and '{b}': why", run.err)
        return run.status

    filtered = [words for words in paths if re.search(r"(?<!\w)(-q?[cfp]|--cpus|--src|--dst)", words) and "tomorrow" not in words]
    tap.equal([status("", words) for words in filtered], [4] * 7, "report --diff: only B has a filter")
    tap.equal([status(words, "") for words in paths if words != ""], [0] * 10, "report --diff: A has a filter, or none")
    tap.equal([status(words, words) for words in filtered], [0] * 7, "report --diff: both have the same")
    tap.equal([status("-c 0", "-qc0"), status("-c 0", "--cpus 1"), status("-c 0", f"-f {func}")], [0, 4, 4],
              "report --diff: both have filters")
    tap.equal([status("", f"-f {func}", "-f", func), status("", "-c 0", "-c", "0"), status("", "-c 0", "-c", "1")], [0, 0, 4],
              "report --diff: the comparison has the filter of B")
    tap.equal([status("", "--storm-rate 3000"), status("--storm-rate 3000", "--storm-rate 3000")], [4, 0],
              "report --diff: B has higher limits of storms")


def test_dates(directory):
    """Date and zone are once on each page, in its head: a time of the day names no day."""
    path, waitless = f"{directory}/dates.zst", f"{directory}/waitless.zst"
    made.write(path, lines())
    made.write(waitless, [o for o in lines() if o.get("phase") != "wait"])

    def shown(*args):
        return subprocess.run([IPITRACE, "report", *args], text=True, check=False, stdout=subprocess.PIPE,
                              env={**os.environ, "TZ": "TEST-2"}).stdout

    for view in VIEWS:
        out = shown(path, *view)
        heads = len(re.findall(r"^ipitrace ", out, re.M))
        found = re.findall(r"^ipitrace .*(?:\n.*)?\b2026-11-21T05:02:\d\d(?:\.\d+)?\+02:00", out, re.M)
        tap.ok(view == ["--folded"] and not heads or heads and len(found) == heads,
               f"report {' '.join(view)}: date and zone", heads, found, out[:300])
        tap.ok(not re.search("^ipitrace ", shown(path, *view, "-q"), re.M), f"report {' '.join(view)} -q: no head")
    out = shown("--diff", path, waitless)
    found = re.findall(r"^[AB] (?:.*\n)?.* from\s+2026-11-21T05:02:00\+02:00$", out, re.M)
    tap.equal(len(found), 2, "report --diff: date and zone of A and of B")
    for file, want in ((path, False), (waitless, True)):
        out = shown(file, "waits")
        tap.equal(bool(re.search(r"^no wait; ", out, re.M)), want, "report waits: says so where there was none")


# Keeps what it reads, and says with which words and variables it was begun.
PAGER = """#!/bin/sh
cat >"$0.text"
echo "$0 $* LESS=$LESS LESSSECURE=$LESSSECURE" >"$0.words"
"""


def script(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    os.chmod(path, 0o755)
    return path


def test_pager(directory):
    """On a terminal the text goes through the user's pager, with the terminal's width and colours."""
    path = f"{directory}/paged.zst"
    made.write(path, lines())
    pager = script(f"{directory}/pager", PAGER)
    env = {name: value for name, value in os.environ.items() if name not in ("LESS", "SUDO_UID")}
    for view in ([], ["trace"]):
        plain = on_terminal("report", path, *view, columns=80).replace(b"\r\n", b"\n")
        paged = on_terminal("report", path, *view, columns=80, IPITRACE_PAGER=f" {pager} -x  y")
        with open(f"{pager}.text", "rb") as f:
            tap.ok(not paged and b"\x1b[1m" in plain and f.read() == plain,
                   f"report {' '.join(view)}: the pager gets what the terminal would", paged, plain)
    with open(f"{pager}.words", encoding="ascii") as f:
        tap.equal(f.read(), f"{pager} -x y LESS={env.get('LESS', 'FRX')} LESSSECURE={os.environ.get('LESSSECURE', '')}\n",
                  "the pager's words, split at blanks, and less's options")
    for name, value in (("SUDO_UID", "1000"), ("DOAS_USER", "joe"), ("PKEXEC_UID", "1000")):
        on_terminal("report", path, IPITRACE_PAGER=pager, **{name: value})
        with open(f"{pager}.words", encoding="ascii") as f:
            tap.ok(f.read().endswith(" LESSSECURE=1\n"), f"where {name} is set less starts no programs")
    os.unlink(f"{pager}.text")
    for more in {"IPITRACE_PAGER": "", "PAGER": pager}, {"IPITRACE_PAGER": "cat"}, {"TERM": "dumb", "IPITRACE_PAGER": pager}:
        out = on_terminal("report", path, both=True, **more)
        tap.ok(b"FUNCTION" in out and not os.path.exists(f"{pager}.text"), f"{list(more)}: no pager", out)
    run = Run([IPITRACE, "report", path], env={**os.environ, "TERM": "xterm", "IPITRACE_PAGER": pager})
    tap.ok(run.status == 0 and run.out and not os.path.exists(f"{pager}.text"), "into a pipe: no pager", run.err)
    out = on_terminal("report", path, both=True, IPITRACE_PAGER=f"{directory}/none -x")
    tap.ok(out.startswith(f"ipitrace: pager {directory}/none: No such file or directory: the text is not paged\r\n".encode())
           and b"FUNCTION" in out, "a pager that is missing: one line, and the text", out)
    out = on_terminal("report", f"{directory}/gone", both=True, IPITRACE_PAGER=pager)
    tap.ok(out.count(b"\n") == 1 and b"gone" in out and not os.path.exists(f"{pager}.text"), "no file: no pager", out)
    # IPITRACE_PAGER is before PAGER.
    on_terminal("report", path, IPITRACE_PAGER=pager, PAGER="/bin/false")
    tap.ok(os.path.exists(f"{pager}.text"), "IPITRACE_PAGER wins")
    out = on_terminal("report", path, both=True, IPITRACE_PAGER="true")
    tap.ok(not out, "a pager that reads nothing: no message", out)


def test_interrupted_pager(directory):
    """Ctrl-C belongs to the pager: ipitrace ends after the pager, and with the status of the report."""
    path = f"{directory}/paged.zst"
    made.write(path, lines())
    pager = script(f"{directory}/pager", """#!/bin/sh
trap : INT
cat >/dev/null
: >$0.read
until [ -e $0.go ]; do sleep 0.05; done
""")
    ended = Terminal(path, command=("report",), IPITRACE_PAGER=pager)
    tap.ok(wait_until(lambda: os.path.exists(f"{pager}.read")), "the pager has read all")
    os.killpg(ended.proc.pid, signal.SIGINT)
    tap.ok(not wait_until(lambda: ended.proc.poll() is not None, 0.5), "after Ctrl-C ipitrace waits for the pager")
    script(f"{pager}.go", "")
    ended.ended("report, Ctrl-C in the pager")


def main():
    tap.ok(HOSTILE.isprintable() is False, "the hostile name is one")
    for test in (test_terminal, test_same, test_full_disk, test_bounds, test_bomb, test_rights, test_killed,
                 test_nobody, test_untraced, test_backtraces, test_times, test_diff, test_filters, test_dates, test_pager, test_interrupted_pager):
        with tempfile.TemporaryDirectory(prefix="ipitest-") as directory:
            test(directory)
    tap.done()


if __name__ == "__main__":
    main()
