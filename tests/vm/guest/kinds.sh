#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: makes IPIs of every kind that this kernel can make, under ipitrace --kinds.
# judge/kinds-test judges /out.
#
#   /out/seen           ipitrace -j --kinds
#   /out/before, after  /proc/interrupts around the loads, inside ipitrace's window
#   /out/tlb-first, tlb-last, tlb-outer	ftrace's tlb_flush events by reason: at the loads' begin, at
#			their end, and after ipitrace
#   /out/voids, works, reschedules, flushes	the reports of ipigen and ipiload
#   /out/text           a short ipitrace --kinds, as text
tlb=/sys/kernel/tracing/events/tlb/tlb_flush

loads() {
	sleep 0.2
	[ ! -e $tlb/hist ] || cat $tlb/hist >/out/tlb-first
	cat /proc/interrupts >/out/before
	ipiload tlb-munmap -q --duration 1 >/out/flushes
	ipiload membarrier -q --duration 1 >/dev/null
	ipiload wakeup -q --duration 1 >/dev/null
	ipiload setaffinity -q --duration 1 >/dev/null
	ipigen run irq_work_self --src 0 --count 200 -j >/out/works 2>&1
	ipigen run reschedule --src 0 --dst 1-3 --count 200 -j >/out/reschedules 2>&1
	ipigen run kick_cpu_async --src 0 --dst 1-3 --count 200 -j >/out/voids 2>&1
	echo l >/proc/sysrq-trigger
	sleep 0.2
	cat /proc/interrupts >/out/after
	[ ! -e $tlb/hist ] || cat $tlb/hist >/out/tlb-last
	sleep 0.2
}

case $1 in
loads)
	loads
	exit
	;;
esac
insmod /root/ipigen.ko || exit
[ ! -e $tlb/trigger ] || echo hist:keys=reason.hex >$tlb/trigger
ipitrace -j --kinds -d 100 -- /root/script loads >/out/seen 2>/out/errors || exit
[ ! -e $tlb/hist ] || cat $tlb/hist >/out/tlb-outer
ipitrace --kinds -d 1 -- sh -c "exec ipiload membarrier -q --duration 1 >/dev/null" >/out/text 2>>/out/errors
