#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: what serve answers under each kernel.kptr_restrict. judge/addresses-test judges /out:
# N.NAME, an answer under N; N.symbols, the line of _text that root reads in /proc/kallsyms.

url=http://127.0.0.1:9464

for restrict in 0 1 2; do
	echo $restrict >/proc/sys/kernel/kptr_restrict
	grep -m 1 " T _text$" /proc/kallsyms >/out/$restrict.symbols
	for details in "" --details; do
		rm -f /tmp/ready
		ipitrace serve $details -t 1us --storm-rate 100 --ready-file /tmp/ready 2>/out/$restrict$details.err &
		pid=$!
		until [ -e /tmp/ready ] || ! kill -0 $pid; do
			sleep 0.1
		done
		for load in membarrier wakeup; do
			ipiload $load -q --duration 1 >/dev/null
		done
		sleep 2.5
		for name in "" metrics api/v1/live api/v1/snapshot api/v1/stalls api/v1/storms; do
			wget -q -O "/out/$restrict$details.$(echo "page$name" | tr / _)" $url/$name
		done
		kill -TERM $pid
		wait $pid
		echo $? >/out/$restrict$details.status
	done
done
