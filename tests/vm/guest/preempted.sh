#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: senders that wait while their CPU runs other tasks. judge/preempted-test
# judges /out.
#
#   /out/trace       ftrace: sched_switch of CPU 0, csds and their runs
#   /out/stalls      ipitrace stalls -t 20ms -j; .err
#   /out/records     ipitrace trace --src 0 -j, at the same time; .err
#   /out/summary     ipitrace summary -j over all of it; .err
#   /out/long        ipigen run -j: the function that CPU 1 runs for 6 s
#   /out/short       ipigen run -j: calls of 250 ms from CPU 0, while membarriers preempt their task
#   /out/check       ipitrace check -j
#
# usage: preempted.sh

out=/out
trace=/sys/kernel/tracing/instances/preempted

ftrace() {
	mkdir $trace &&
		echo mono >$trace/trace_clock &&
		echo 32768 >$trace/buffer_size_kb &&
		echo 1 >$trace/tracing_cpumask &&
		echo 1 >$trace/events/sched/sched_switch/enable
}

begin() { # NAME COMMAND...
	local name=$1
	shift
	rm -f /tmp/$name
	taskset c ipitrace "$@" -j --ready-file /tmp/$name >$out/$name 2>$out/$name.err &
	eval "$name=\$!"
}

ready() { # NAME
	local pid
	eval "pid=\$$1"
	until [ -e /tmp/$1 ]; do
		kill -0 $pid || exit
		sleep 0.1
	done
}

end() { # NAME
	local pid
	eval "pid=\$$1"
	kill -TERM $pid
	wait $pid
	echo "status $?" >>$out/$1.err
}

ipitrace check -j >$out/check
insmod /root/ipigen.ko max_ms=8000 || exit
ipigen truth --reset >/dev/null
ftrace || exit
begin stalls stalls -t 20ms
begin records trace --src 0
begin summary summary -d 300
ready stalls
ready records
ready summary

# CPU 1 runs a function for 6 s. A task of CPU 0 calls CPU 1 meanwhile, and waits; each of the calls
# of its ioctls is one. A rival takes CPU 0 from it again and again, and calls CPU 2. This shell and
# its children begin on CPUs 2 and 3: on CPU 1 they would be stuck for those 6 s, and nobody a rival.
taskset -p c $$ >/dev/null || exit
disturb perf 1 4 &
caller=$!
sleep 1.5
taskset 8 ipigen run async --src 3 --dst 1 --hold 6000ms -j >$out/long &
holder=$!
sleep 0.5
for _ in $(seq 20); do
	taskset 1 ipigen run single_wait --src 0 --dst 2 >>$out/rival
	taskset 1 sh -c 'i=0; while [ $i -lt 5000 ]; do i=$((i + 1)); done'
	sleep 0.05
done
wait $holder
wait $caller
echo 0 >$trace/tracing_on

taskset 8 ipigen run single_wait --src 0 --dst 1 --count 8 --hold 250ms -j >$out/short &
short=$!
sleep 0.5
chrt -f 10 taskset 5 ipiload membarrier --duration 4 >/dev/null 2>&1
wait $short
sleep 0.5
end summary
end records
end stalls
cat $trace/trace >$out/trace
ipigen truth -j >$out/truth
rmmod ipigen
