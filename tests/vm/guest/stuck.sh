#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: starts ipitrace waits and ipitrace stalls while CPU 1 is stuck already.
# judge/stuck-test judges /out.
#
#   /out/trace                 ftrace: each IPI that a task named ipitrace sent, each csd it queued
#   /out/KIND/N.M              ipitrace waits -j, the M-th start in the N-th stall; .err, .text
#   /out/KIND/N.M.times        uptime at its start and its end; then whether the stall still lasted
#                              In the second stall another task wants the sender's CPU, too.
#   /out/gates                 in a stall: each gate with --exit-code, which attaches nothing: the
#                              command, THRESHOLD, its status, and "lasts" if the stall still did
#   /out/KIND/stalls           ipitrace stalls -j, begun in a stall that ends before it does
#   /out/KIND/stalls.err       what it said on stderr, each line behind the uptime at which it came
#                              KIND two: spinning, while another task calls CPU 1 from CPU 0, too.
#                              (ipigen run keeps its CPU while it calls, the menu does not.)
#   /out/backtrace             ipitrace stalls -j --backtrace, over stalls of CPU 1: as many late
#                              deliveries as STALLS, then as many long handlers; .err
#   /out/backtrace.text        the same as text, over one of each
#   /out/KIND/stalls.times     uptime when it was started, and when the stall was over
#   /out/KIND/stalls.ready     whether it had begun to collect when it ended
#
# usage: stuck.sh STALLS KIND...
#	sleeping: the handler that sleeps, which may kill the kernel; off: the backtraces, too

stalls=$1
out=/out
trace=/sys/kernel/tracing/instances/stuck

# CPUs 2 and 3 for all that works: CPU 0 sends, and CPU 1 is stuck. A shell on CPU 1 would not go on.
elsewhere="taskset c"

# The events are enabled before the first stall: enabling them waits for all CPUs.
trace_begin() {
	mkdir $trace &&
		echo mono >$trace/trace_clock &&
		for event in ipi/ipi_send_cpu ipi/ipi_send_cpumask csd/csd_queue_cpu; do
			echo 'comm == "ipitrace"' >$trace/events/$event/filter &&
				echo 1 >$trace/events/$event/enable || return
		done
}

menu() { # CHOICE...
	printf '%s\n' "$@" 0 | ipigen menu --src 0 --dst 1
}

stall() { # KIND
	case $1 in
	off) ipigen run single_wait --src 0 --dst 1 --irqs-off 8000ms ;;
	many) ipigen run many_wait --src 0 --dst 1-3 --irqs-off 8000ms --hold-on 1 ;;
	spinning | two) menu 3 7 ;;
	sleeping) menu 1 6 ;;
	esac
}

uptime_now() {
	cut -d' ' -f1 /proc/uptime
}

# Copy lines, each behind the uptime at which it came.
stamped() {
	local line now
	while read -r line; do
		read -r now _ </proc/uptime
		echo "$now $line"
	done
}

# One start of ipitrace waits, $file.times says when, and whether the stall still lasted at its end.
waits() { # FILE PID
	echo "start $1" >$trace/trace_marker
	uptime_now >"$1.times"
	ipitrace waits -d 3 -t 10ms -j >"$1" 2>"$1.err"
	echo "status $?" >>"$1.err"
	uptime_now >>"$1.times"
	kill -0 "$2" 2>/dev/null && echo lasts >>"$1.times"
	echo "end $1" >$trace/trace_marker
}

# A task's time in the kernel, in hundredths of a second.
kernel_time() { # PID
	cut -d' ' -f15 "/proc/$1/stat" 2>/dev/null || echo 0
}

# The sender spins in the kernel: the stall has begun, and has lasted for half a second.
stall_wait() {
	local pid
	for _ in $(seq 60); do
		sleep 0.1
		for pid in $(pidof ipigen); do
			[ "$(kernel_time $pid)" -lt 50 ] || return
		done
	done
}

# The second sender spins, too.
second_wait() { # ITS-KERNEL-TIME-BEFORE
	for _ in $(seq 60); do
		[ "$(kernel_time $second)" -lt $(($1 + 20)) ] || return
		sleep 0.1
	done
}

# From Linux 7.3 on this task preempts the sender while it waits.
rival() {
	taskset 1 sh -c 'while :; do :; done' &
	rival=$!
}

# Each of its system calls calls CPU 1. The first one patches code, and waits for a grace period of
# RCU, for which a stall would last too long: it is over when the task has slept in its loop.
second_sender() {
	disturb perf 1 300 &
	second=$!
	for _ in $(seq 300); do
		sleep 0.1
		[ "$(sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' /proc/$second/status)" -lt 50 ] || return
	done
}

# Gates that end within one stall. Neither threshold is near the stall's length.
gates() {
	local command threshold status pid
	for threshold in 10ms 1000s; do
		for command in stalls waits; do
			stall off >/dev/null 2>&1 &
			pid=$!
			stall_wait
			ipitrace $command --exit-code -d 1 -t $threshold >$out/gates.$command 2>&1
			status=$?
			echo "$command $threshold $status $(! kill -0 $pid 2>/dev/null || echo lasts)"
			cat $out/gates.$command >&2
			wait $pid
		done
	done >$out/gates 2>$out/gates.said
}

kind() { # KIND
	local n dir=$out/$1 pid stamps status rival= second= before=
	mkdir -p "$dir"
	[ "$1" != two ] || second_sender
	for n in $(seq 1 "$stalls"); do
		[ -z "$second" ] || before=$(kernel_time $second)
		stall "$1" >"$dir/$n.stall" 2>&1 &
		pid=$!
		stall_wait
		[ -z "$second" ] || second_wait "$before"
		[ "$n" != 2 ] || rival
		# Neither where the stall is over: it may have held this shell up, too.
		! kill -0 $pid 2>/dev/null || waits "$dir/$n.1" $pid
		! kill -0 $pid 2>/dev/null || waits "$dir/$n.2" $pid
		[ "$n" != 1 ] || ipitrace waits -t 10ms >"$dir/text" 2>&1
		wait $pid
		[ -z "$rival" ] || kill $rival
		rival=
		sleep 0.3
	done
	rm -f /tmp/ready
	stall "$1" >"$dir/last.stall" 2>&1 &
	pid=$!
	stall_wait
	stamped </tmp/err >"$dir/stalls.err" &
	stamps=$!
	uptime_now >"$dir/stalls.times"
	ipitrace stalls -t 10ms -j --ready-file /tmp/ready >"$dir/stalls" 2>/tmp/err &
	watch=$!
	wait $pid
	uptime_now >>"$dir/stalls.times"
	# Once ipitrace has attached, a stall is reported as usual.
	n=0
	while [ ! -e /tmp/ready ] && [ $n -lt 300 ]; do
		n=$((n + 1))
		sleep 0.1
	done
	ipigen run single_wait --src 0 --dst 1 --hold 100ms >/dev/null
	sleep 0.5
	[ ! -e /tmp/ready ] || echo ready >"$dir/stalls.ready"
	kill -TERM $watch
	wait $watch
	status=$?
	wait $stamps
	echo "status $status" >>"$dir/stalls.err"
	[ -z "$second" ] || kill $second
}

# A dump for all stalls at most once a second: leave as long in between. A stall lasts for long, since
# the dump must come within it, and the host may hold up the CPU that is to write it.
backtraces() { # FILE STALLS WORD...
	local file=$1 count=$2 n
	shift 2
	rm -f /tmp/ready
	ipitrace stalls -t 20ms --backtrace=50ms --ready-file /tmp/ready "$@" >"$file" 2>"$file.err" &
	watch=$!
	while [ ! -e /tmp/ready ]; do
		kill -0 $watch || return
		sleep 0.1
	done
	for kind in --irqs-off --hold; do
		for n in $(seq 1 "$count"); do
			ipigen run single_wait --src 0 --dst 1 $kind 8000ms >/dev/null
			sleep 1
		done
	done
	kill -TERM $watch
	wait $watch
	echo "status $?" >>"$file.err"
}

if [ -z "$IPITRACE_ELSEWHERE" ]; then
	export IPITRACE_ELSEWHERE=1
	exec $elsewhere "$0" "$@"
fi
insmod /root/ipigen.ko max_ms=8000 lock_ms=8000 allow_blocking=1 || exit
trace_begin || exit
mkfifo /tmp/err || exit
shift
for word; do
	kind $word
	[ $word != off ] || { gates && backtraces $out/backtrace "$stalls" -j && backtraces $out/backtrace.text 1; }
done
cat $trace/trace >$out/trace
ipitrace check >$out/check
rmmod ipigen
