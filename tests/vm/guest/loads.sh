#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: each load of `loads` under four commands of ipitrace at once, and under an ftrace
# instance that counts interrupts sent by callback, function and stack, without those that ipitrace's own
# processes send, and all by task. judge/loads-test judges /out:
#
#   /out/storm, summary       what the two commands write with -j, over all loads; *.err, their stderr
#   /out/NAME/isolated        what ipitrace isolated writes; serve.err, the stderr of ipitrace serve
#   /out/COMMAND.hung         only if a command of ipitrace did not end: its threads' kernel stacks
#   /out/NAME/load, status    the load's output, and its exit status: 137, as it is killed
#   /out/NAME/pid             its process
#   /out/NAME/begin           when the load began: /proc/uptime
#   /out/NAME/first, from, at1, at2, ..., last     /proc/uptime when isolated had begun, when the load had
#                                                  run for a second and from then on, and before isolated ends;
#                                                  from and the last at: as a window of serve has ended
#   /out/NAME/cpu.first, csd.first, ...            ftrace's histograms then, two of each event
#   /out/NAME/prom.first, ...                      the metrics of ipitrace serve then; empty before its first
#                                                  window has ended
#
# usage: loads.sh SECONDS NAME...

trace=/sys/kernel/tracing/instances/truth
seconds=$1
shift

# Adding an event patches the kernel's text, so it is done before the load, and the counts of before are kept.
# An interrupt of ipitrace's processes is not theirs. 88: TRACE_FLAG_HARDIRQ, SOFTIRQ and NMI
# (include/linux/trace_events.h).
truth_begin() {
	others='if common_flags & 88 || !(comm ~ "ipitrace*")'
	mkdir $trace
	for event in ipi/ipi_send_cpu,callback csd/csd_queue_cpu,func; do
		of=${event#*,}.sym
		trigger=$trace/events/${event%,*}/trigger
		echo "hist:keys=common_stacktrace,cpu,$of:size=8192 $others" >"$trigger"
		echo "hist:keys=common_pid.execname,common_flags,$of:size=4096" >>"$trigger"
	done
}

truth_read() { # first|from|atN|last
	cut -d' ' -f1 /proc/uptime >"$out/$1"
	cat $trace/events/ipi/ipi_send_cpu/hist >"$out/cpu.$1"
	cat $trace/events/csd/csd_queue_cpu/hist >"$out/csd.$1"
	cat /tmp/metrics/ipitrace.prom >"$out/prom.$1" 2>/dev/null
}

# Until `ipitrace serve` has written the metrics of a window: they have what was sent until then, and where
# the VM's CPUs wait for the host a window takes some seconds.
metrics_wait() {
	touch /tmp/asked
	for _ in $(seq 100); do
		[ /tmp/metrics/ipitrace.prom -nt /tmp/asked ] && return
		sleep 0.1
	done
}

# begin FILE COMMAND...: returns once it collects
begin() {
	local file=$1
	shift
	rm -f /tmp/ready
	"$@" --ready-file /tmp/ready >"$file" 2>"$file.err" &
	while [ ! -e /tmp/ready ] && kill -0 $!; do sleep 0.05; done
}

# end PID NAME: ends a command of ipitrace. As it detaches, the kernel waits until each task has been
# scheduled: if that takes minutes, note what the command waits for, and go on with the next load.
end() {
	kill -INT "$1"
	for _ in $(seq 120); do
		case $(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null) in Z | "") return ;; esac
		sleep 1
	done
	for task in /proc/"$1"/task/*; do cat "$task/comm" "$task/stack"; done >"/out/$2.hung"
	kill -KILL "$1"
}

run_load() { # NAME
	out=/out/$1
	mkdir -p "$out"
	echo "# $(cut -d' ' -f1 /proc/uptime) s: $1"
	# Patching the kernel's text takes long while a load runs: attached before it, detached after it.
	truth_begin
	# The metrics have names for a few causes only, so each load has metrics of its own.
	rm -f /tmp/metrics/ipitrace.prom
	begin "$out/serve" ipitrace serve -q -i 1 --textfile /tmp/metrics --storm-rate 1
	serve=$!
	begin "$out/isolated" ipitrace isolated -j -c 1
	isolated=$!
	truth_read first
	cut -d' ' -f1 /proc/uptime >"$out/begin"
	loads "$1" 100000 >"$out/load" 2>&1 &
	load=$!
	echo $load >"$out/pid"
	sleep 1
	metrics_wait
	truth_read from
	for second in $(seq "$seconds"); do
		sleep 1
		[ "$second" != "$seconds" ] || metrics_wait
		truth_read "at$second"
	done
	kill -KILL $load
	wait $load
	echo $? >"$out/status"
	truth_read last
	end $isolated "isolated-$1"
	end $serve "serve-$1"
	rmdir $trace
	# Loads change these.
	echo 0 >/proc/sys/kernel/numa_balancing
	echo 1 >/proc/sys/kernel/timer_migration
	echo always >/sys/kernel/mm/transparent_hugepage/enabled
	echo 10000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
	echo 1 >/sys/kernel/debug/kprobes/enabled
	echo 0 >/proc/sys/vm/overcommit_memory
	echo $clock >$clocksource
	echo 0 >$machine_check
}

machine_check=/sys/devices/system/machinecheck/machinecheck0/check_interval
clocksource=/sys/devices/system/clocksource/clocksource0/current_clocksource
clock=$(cat $clocksource)
echo 0 >$machine_check
echo 0 >/proc/sys/kernel/numa_balancing
echo 64M >/sys/block/zram0/disksize && mkswap /dev/zram0 && swapon /dev/zram0
begin /out/storm ipitrace storm -j --storm-rate 1
storm=$!
begin /out/summary ipitrace -j -i 1 -d 100000 --by sender
summary=$!
mkdir /tmp/metrics
for name; do run_load "$name"; done
end $storm storm
end $summary summary
