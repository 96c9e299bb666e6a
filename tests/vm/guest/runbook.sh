#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: the symptoms of docs/production.md, made on purpose, and the commands of its
# runbook. judge/runbook-test judges /out/SYMPTOM, each a command and what the command said.

# The command, as typed, and its output, into /out/$1.
say() {
	local name=$1
	shift
	echo "# $*" >>/out/"$name"
	"$@" >>/out/"$name" 2>&1
}

insmod /root/ipigen.ko max_ms=9000 || exit

# Threads that unmap memory.
ipiload tlb-munmap -q --threads 2 --duration 60 >/dev/null &
load=$!
sleep 1
say system-time ipitrace storm -d 4
kill $load
wait $load

# CPU 2 has its interrupts off for 150 ms, again and again.
(for _ in $(seq 20); do
	ipigen run single_wait --src 0 --dst 2 --irqs-off 150ms >/dev/null
	sleep 0.3
done) &
say late-cpu ipitrace stalls -t 100ms -d 1.5
wait

# A function keeps CPU 3. A shell that wakes up there, where only an idle task runs, would not go on.
taskset -p 5 $$ >/dev/null
ipigen run single_wait --src 1 --dst 3 --hold 8000ms >/out/ran 2>&1 &
sleep 2
say csd-lock ipitrace waits -t 100ms
wait
taskset -p f $$ >/dev/null

# Every two seconds.
(for _ in 1 2 3 4; do
	sleep 2
	ipigen run single_wait --src 0 --dst 3 --hold 80ms >/dev/null
done) &
say spikes ipitrace stalls -t 60ms -d 9
wait
rmmod ipigen
