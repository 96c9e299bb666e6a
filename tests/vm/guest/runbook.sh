#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: the symptoms of docs/production.md, made on purpose, and the commands of its
# runbook. judge/runbook-test judges /out:
#
#   /out/SYMPTOM        each a command, as typed, and what the command said
#   /out/spikes.calls   the time of day before and behind each call that makes a spike

# The command, as typed, and its output, into /out/$1. /tmp/$1.ready is there once it collects,
# /tmp/$1.said once it has ended.
say() {
	local name=$1
	shift
	echo "# $*" >>/out/"$name"
	"$@" --ready-file /tmp/"$name".ready >>/out/"$name" 2>&1
	touch /tmp/"$name".said
}

# The sender spins in the kernel: the stall has begun, and has lasted for half a second.
stall_wait() { # PID
	for _ in $(seq 100); do
		sleep 0.1
		[ "$(cut -d' ' -f15 "/proc/$1/stat" 2>/dev/null || echo 0)" -lt 50 ] || return
	done
}

# The time of day, with a fraction, which date has not.
now() {
	touch /tmp/now
	stat -c %y /tmp/now | cut -d' ' -f2
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
(until [ -e /tmp/late-cpu.said ]; do
	ipigen run single_wait --src 0 --dst 2 --irqs-off 150ms >/dev/null
	sleep 0.3
done) &
say late-cpu ipitrace stalls -t 100ms -d 1.5
wait

# A function keeps CPU 3. A shell that wakes up there, where only an idle task runs, would not go on.
taskset -p 5 $$ >/dev/null
ipigen run single_wait --src 1 --dst 3 --hold 8000ms >/out/ran 2>&1 &
stall_wait $!
say csd-lock ipitrace waits -t 100ms
wait
taskset -p f $$ >/dev/null

# Every two seconds, once somebody looks.
(until [ -e /tmp/spikes.ready ] || [ -e /tmp/spikes.said ]; do
	sleep 0.1
done
until [ -e /tmp/spikes.said ]; do
	sleep 2 &
	begun=$(now)
	ipigen run single_wait --src 0 --dst 3 --hold 80ms >/dev/null
	echo "$begun $(now)" >>/out/spikes.calls
	wait
done) &
say spikes ipitrace stalls -t 60ms -d 9
wait
rmmod ipigen
