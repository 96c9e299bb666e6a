# SPDX-License-Identifier: GPL-2.0
"""
A load that flushes TLBs, with the function that its IPIs run. Some hypervisors flush the TLBs of a
guest's CPUs by a hypercall, and arm64 by an instruction: no IPI is sent then, and there is nothing to see.
A test that is not about flushes takes another load of ipiload there.
"""

import os
import re
import subprocess

from ipitest import IPILOAD


def _shootdowns():
    with open("/proc/interrupts", encoding="ascii") as interrupts:
        found = re.search(r"^ *TLB:((?: +\d+)+)", interrupts.read(), re.M)
    return sum(map(int, found[1].split())) if found else 0


def _send_ipis():
    before = _shootdowns()
    subprocess.run([IPILOAD, "tlb-munmap", "-q", "--count", "500"], stdout=subprocess.DEVNULL, check=False)
    return _shootdowns() > before


NO_IPIS = "TLB flushes send no IPIs on this machine"
# tests/hidden has none sent.
SEND_IPIS = os.environ.get("IPITEST_FLUSHES") != "none" and _send_ipis()
if SEND_IPIS:
    LOAD, FUNC, CALLERS, STORM = "tlb-munmap", "flush_tlb_func", ("flush_tlb_mm_range",), "tlb_"
else:
    print(f"# {NO_IPIS}: membarrier-rseq in their place", flush=True)
    LOAD, FUNC, CALLERS, STORM = "membarrier-rseq", "ipi_rseq", ("membarrier_private_expedited",), "membarrier"
