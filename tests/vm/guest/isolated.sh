#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in a VM whose CPUs 2 and 3 are isolated and nohz_full: a program on CPU 2 that nobody
# disturbs, then one disturber after the other. judge/isolated-test judges /out.
#
#   /out/NAME/json, status   ipitrace isolated -j on CPU 2
#   /out/NAME/ftrace         ftrace's events on CPU 2, before, during and behind that run
#   /out/found               which CPUs are isolated, and the checks of their setup
#   /out/cuts                ipitrace -i 0.2 --dst 2, with a program on CPU 2 that nobody disturbs
#   /out/text                ipitrace isolated, as text, over a disturber
#
# usage: isolated.sh SECONDS NAME...

trace=/sys/kernel/tracing/instances/isolated
seconds=$1
# All that disturbs is killed: how long a judgement takes is up to the host.
forever=100000
shift

trace_begin() {
	mkdir -p $trace
	echo mono >$trace/trace_clock
	echo 4 >$trace/tracing_cpumask
	echo 16384 >$trace/buffer_size_kb
	echo >$trace/trace
	for group in irq_vectors irq csd sched/sched_switch workqueue/workqueue_execute_start \
		timer/hrtimer_expire_entry timer/timer_expire_entry timer/tick_stop; do
		echo 1 >$trace/events/$group/enable
	done
	# The first cut of a kernel that has been idle may find old work.
	sleep 1
}

trace_end() {
	echo 0 >$trace/tracing_on
	cat $trace/trace >"$1"
	echo 0 >$trace/events/enable
	echo 1 >$trace/tracing_on
}

# judge NAME SECONDS: under ftrace
judge() {
	mkdir -p "/out/$1"
	trace_begin
	# Now and then the emulated timer of a CPU fires, and no timer is due.
	ipitrace isolated -j -c 2 -d "$2" --allow timer_interrupt=3 >"/out/$1/json" 2>"/out/$1/err"
	echo $? >"/out/$1/status"
	trace_end "/out/$1/ftrace"
}

# The workload of a disturber that brings none.
workload() {
	case $1 in
	quiet | munmap | membarrier | itimer | cpu_timer) return ;;
	expedited) disturb calls 2 "$2" & ;;
	*) disturb spin 2 "$2" & ;;
	esac
}

modules() {
	while :; do
		rmmod nls_utf8 && insmod "/modules/$(grep nls_utf8 /modules/order)"
		sleep 0.1
	done
}

# How the quiet CPUs are set up, and that they are found without -c.
ipitrace isolated -j -d 0.5 >/out/found
# What its checks advise.
for cpu in 2 3; do
	echo 0 >/sys/kernel/debug/sched/fair_server/cpu$cpu/runtime
done
# A CPU polls its banks of machine checks every five minutes (arch/x86/kernel/cpu/mce/core.c).
echo 0 >/sys/devices/system/machinecheck/machinecheck0/check_interval
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
mkdir -p /mnt /sys/fs/cgroup/disturb
echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
echo 1 >/sys/fs/cgroup/disturb/cpuset.cpus

# Whether grace periods disturb a CPU that is busy: each window's cut has one, of up to a second here.
if [ "$1" = quiet ]; then
	disturb spin 2 $forever &
	spin=$!
	sleep 5
	ipitrace -j --dst 2 -i 0.2 -d 120 >/out/cuts &
	cuts=$!
	sleep 20
	# Six windows at least, also where the host lets the VM run little.
	for _ in $(seq 100); do
		[ "$(wc -l </out/cuts)" -lt 6 ] || break
		sleep 1
	done
	# The program is there for longer than the windows: the end of its memory is a TLB flush.
	kill -TERM $cuts
	wait $cuts
	kill -KILL $spin
	wait
fi

for name in "$@"; do
	workload "$name" $forever
	case $name in
	quiet) disturb spin 2 $forever & ;;
	modules) modules & ;;
	cpuset)
		sh -c 'echo $$ >/sys/fs/cgroup/disturb/cgroup.procs; exec sh -c "while :; do :; done"' &
		busy=$!
		disturb cpuset 2 $forever &
		;;
	*) disturb "$name" 2 $forever & ;;
	esac
	other=$!
	sleep 2
	if [ "$name" = quiet ]; then
		# What the program's start left behind: a tick that is due, work of its pages.
		sleep 5
		judge quiet "$seconds"
	else
		# A worker that the host holds up once steals 5 ms: a disturber must steal more.
		judge "$name" 6
	fi
	[ "$name" = munmap ] && ipitrace isolated -c 2 -d 1 >/out/text
	[ -z "$busy" ] || kill -KILL "$busy"
	busy=
	kill -KILL "$other"
	for pid in $(pidof disturb); do kill -KILL "$pid"; done
	wait
done
