# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# The console of a VM: the complaints of its kernel; those that are known; one that is QEMU's fault.

# Linux 6.12 warns, once in some fifty runs, when a CPU goes while hundreds of processes begin and end
# ("Dying CPU not properly vacated!"): a task is counted on its run queue that no list of processes
# has. It also warned once, in some hundred runs, as a CPU went, that the deadline server's bandwidth fell
# below 0 ("dl_rq->running_bw > old"). Neither ipigen nor ipitrace puts a task on a queue, or has a deadline.
CONSOLE_KNOWN='WARNING: .* (sched_cpu_dying|dl_server_stop)\+'

# console_complaints FILE [PATTERN...]: lines that fail a run, whatever the script's status, but for
# those that have a PATTERN (ERE).
console_complaints() {
	local pattern text
	text=$(cat "$1")
	shift
	for pattern in "$CONSOLE_KNOWN" "$@"; do
		text=$(grep -v -E -e "$pattern" <<<"$text" || true)
	done
	grep -E -e 'Oops|BUG:|Kernel panic|WARNING: |general protection|detected (expedited )?stall' \
		-e 'self-detected stall|soft lockup|hard LOCKUP|blocked for more than|Unable to handle kernel' \
		-e 'kernel BUG at|possible recursive|unregister_netdevice: waiting|exited with preempt_count' \
		<<<"$text" || true
}

# console_stale_int3 FILE: with a thread for each CPU, TCG does not keep code coherent that another CPU
# patches: now and then a CPU takes a breakpoint that the kernel has already removed. The fault is
# QEMU's (7.2), perhaps mended by 8.1's deba78709ae8 ("accel/tcg: Always lock pages before
# translation"). The kernel oopses, or, where the breakpoint may have been a kprobe's, tries the
# instruction again (kprobe_int3_handler(), arch/x86/kernel/kprobes/core.c): then that CPU takes the
# breakpoint for ever, with interrupts off, and the next CPU that calls it is stuck.
console_stale_int3() {
	grep -q -E 'Oops: int3|^.*int3: 0000 \[#1\]' "$1" ||
		{ grep -q -E 'soft lockup|self-detected stall' "$1" &&
			grep -q -E 'RIP: 0010:(asm_)?exc_int3\+' "$1"; }
}
