#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
The second source, of calls, on this kernel, which has the first one too: it runs, or one line says
why it cannot; what it cannot know is refused. tests/vm/judge/calls-test judges its figures.
"""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from ipitest import Tap, ipitrace, validate  # noqa: E402

CANNOT = 3
tap = Tap()

os.environ["IPITRACE_SOURCE"] = "probes"
run = ipitrace("summary", "-j", "-d", "0.5")
if run.status == CANNOT:
    tap.ok(run.err.count("\n") == 1 and "kprobes" in run.err and not run.out, "no kprobes here: a line says so",
           run.err)
else:
    window = run.objects()[0]
    tap.ok(run.status == 0 and window["sources"]["wait"] == "kprobe" and window["call_ledger"]["closed"] and
           window["call_ledger"]["lost_by"]["entry_unseen"] is None and not validate(window),
           "calls by kprobes: a window whose ledger closes", run.err, window)
os.environ["IPITRACE_SOURCE"] = "calls"
for args, words in ((("--kinds",), "--kinds"), (("--by", "victim"), "--by victim")):
    run = ipitrace("summary", *args, "-d", "0.1")
    tap.ok(run.status == CANNOT and run.err.count("\n") == 1 and words in run.err and not run.out,
           f"{words}: not known, in a line", run.status, run.err)
run = ipitrace("summary", "-j", "-d", "0.5")
if run.status == CANNOT:
    tap.ok(run.err.count("\n") == 1 and not run.out, "no fentry programs here: a line says so", run.err)
else:
    window = run.objects()[0]
    tap.ok(run.status == 0 and window["sources"]["figures"] == "calls" and window["call_ledger"]["closed"] and
           window["ledger"] is None and not validate(window), "a window of calls, whose ledger closes",
           run.err, window)
metrics = tempfile.mkdtemp(prefix="ipitest-")
run = ipitrace("serve", "--textfile", metrics, "-i", "0.3", "-d", "0.7")
if run.status == CANNOT:
    tap.ok(run.err.count("\n") == 1 and not os.listdir(metrics), "serve: no fentry programs here, in a line",
           run.err)
else:
    with open(os.path.join(metrics, "ipitrace.prom"), encoding="utf-8") as f:
        text = f.read()
    tap.ok(run.status == 0 and 'ipitrace_source_info{figures="calls"} 1' in text and
           "csd tracepoints" in run.err and "ipitrace_calls_begun_total" in text and
           "ipitrace_delay" not in text, "serve: metrics of calls, none of delays", run.err, text)
shutil.rmtree(metrics)
run = ipitrace("trace", "-j", "-d", "0.1")
tap.ok(run.status == 0 and run.objects()[-1]["type"] == "trace_end",
       "a command that needs csds takes the first source", run.err)
del os.environ["IPITRACE_SOURCE"]
run = ipitrace("summary", "-j", "-d", "0.1")
window = run.objects()[0]
tap.ok(window["sources"]["figures"] == "csds" and "call_ledger" not in window and
       not any("irqs" in c for c in window["cpus"]), "without it: the csd tracepoints", run.err)
tap.done()
