#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: stalls under a flight recorder. judge/flight-test judges /out.
#
#   /out/flight/f-TIME.zst    ipitrace record --flight: a file a stall; err: its stderr
#   /out/flight/trace         ftrace: when ipitrace was ready and wrote how much, when each try began
#                             and ended, and when ipigen queued its csds
#   /out/flight/NAME.N/       run (ipigen's output), truth
#
# usage: flight.sh TIMES [blocking]
#	blocking: only the handler that sleeps, which may kill the kernel

times=$1
allow=0
[ -z "${2-}" ] || allow=1
out=/out/flight
trace=/sys/kernel/tracing/instances/flight

menu() { # CHOICE...
	printf '%s\n' "$@" 0 | ipigen menu --src 0 --dst 1
}

try() { # NAME.N COMMAND...
	local dir=$out/$1
	mkdir -p "$dir"
	ipigen truth -j --reset >/dev/null
	echo "begin $1" >$trace/trace_marker
	shift
	"$@" >"$dir/run" 2>&1
	echo "end ${dir##*/}" >$trace/trace_marker
	ipigen truth -j >"$dir/truth"
	# The time after, and some more.
	sleep 3.5
}

mkdir -p $out $trace
# The lock is let go max_ms after the call that wants it, however long that took to come.
insmod /root/ipigen.ko max_ms=250 lock_ms=8000 allow_blocking=$allow || exit
echo mono >$trace/trace_clock
echo 4096 >$trace/buffer_size_kb
echo 'comm == "ipitrace" && fd > 2' >$trace/events/syscalls/sys_enter_write/filter
echo 1 >$trace/events/syscalls/sys_enter_write/enable
echo 'comm == "ipigen"' >$trace/events/csd/csd_queue_cpu/filter
echo 1 >$trace/events/csd/csd_queue_cpu/enable
# csds at all times, on CPUs that no try touches; not a busy load, for the VM has few real CPUs.
while :; do
	ipigen run async --src 2 --dst 3 --count 5 >/dev/null 2>&1
	sleep 0.03
done &
load=$!
ipitrace record --flight 5s,16m --on stall:80ms --max-files 100 -o $out/f.zst --ready-file /tmp/ready 2>$out/err &
pid=$!
until [ -e /tmp/ready ]; do
	kill -0 $pid || exit
	sleep 0.1
done
echo ready >$trace/trace_marker
sleep 6
for n in $(seq 1 "$times"); do
	if [ -n "${2-}" ]; then
		try "blocking.$n" menu 1 6
	else
		try "late.$n" ipigen run single_wait --src 0 --dst 1 --irqs-off 200ms -j
		try "spinning.$n" menu 3 7
	fi
done
kill $load
kill -TERM $pid
wait $pid
echo "status $?" >>$out/err
cat $trace/trace >$out/trace
echo 0 >$trace/events/enable
rmdir $trace
rmmod ipigen
