# SPDX-License-Identifier: GPL-2.0
"""The cause of a late delivery in the words of the text, for stalls that JSON has."""

import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lib"))
import made  # noqa: E402
from ipitest import ipitrace  # noqa: E402

# The text's words for each `why`, and for each `late` without a `why`; None: it names no cause.
WORDS = {
    "interrupts_off": r": its interrupts (were|are) off",
    "behind": r": (it (was|is) in (?!another interrupt)|other functions ran first)",
    "stolen": r": the hypervisor did not run it",
    "busy": r": it (was|is) in another interrupt",
    "never_arrived": r"; the IPI of CPU \d+ never arrived",
    "sender": r": (CPU \d+ was held up|the hypervisor did not run CPU \d+) before it sent",
    "idle": r": it was idle, and took the interrupt late",
    None: r": the cause is unknown",
}


def causes_said(stalls):
    """For each of these deliveries the causes that `ipitrace report` says in text: one, if all is well."""
    with tempfile.TemporaryDirectory() as path:
        capture = os.path.join(path, "stalls.zst")
        # The text of the stall that caused this one would include it.
        made.write(capture, [{**stall, "folded": False} for stall in stalls])
        run = ipitrace("report", capture, "stalls")
    texts = [" ".join(text.split()) for text in re.split(r"^stall \d+ ", run.out, flags=re.M)[1:]]
    if run.status or len(texts) != len(stalls):
        raise RuntimeError(f"{len(texts)} texts of {len(stalls)} stalls, status {run.status}: {run.err}")
    return [[cause for cause, words in WORDS.items() if re.search(words, text)] for text in texts]


def contradicts(stall, said):
    """Whether the cause that the text says of @stall is another than the evidence in JSON allows."""
    if stall["why"]:
        return said != stall["why"]
    return said is not None and said != stall["late"]
