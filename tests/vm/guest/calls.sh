#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: the second source, of calls, beside the module's books and ftrace.
# judge/calls-test judges /out.
#
#   /out/list, truth      ipigen list -j; truth -j
#   /out/own, whole       ipitrace summary -j by the second source: of the module's handlers, of all
#   /out/csds             the first source's figures of the module's handlers, where there is one
#   /out/trace.gz, stats  ftrace: the interrupts
#   /out/serve.*	serve --events under calls of the module and a load: metrics, snapshot, page, events, truth
#   /out/stalls.*	stalls -j under long calls of the module, which truth has; text of the same; ftrace of both
#   /out/late, late.truth	summary -j while a CPU called has interrupts off
#   /out/waits.PATH	waits -j while the module's call keeps its sender waiting; .status, .err
#   /out/NAME.page, .status, .err	commands under a load, and commands that cannot
#   /out/cost-csds, cost-calls	summary -j --self by each source, of the same single calls
#
# usage: calls.sh [-p] [all|cost COUNT]	-p: by kprobes, as where fentry programs do not load

out=/out
csd_events=/sys/kernel/tracing/events/csd
trace=/sys/kernel/tracing/instances/calls
calls=calls

# under FILE SOURCE OPTIONS ARG...: runs a part of this script under an ipitrace
under() {
	local file=$1 source=$2 options=$3
	shift 3
	(
		set -f
		IPITRACE_SOURCE=$source exec ipitrace summary -j $options -d 2000 -- /root/script "$@" \
			>$file 2>$file.err
	)
}

# Each of the module's own paths: many calls, and a few that take so long that a wait is 10 ms.
work() {
	local path
	for path in $(sed -n 's/.*"path":"\([^"]*\)".*"available":true.*"ours":true.*/\1/p' $out/list); do
		ipigen run -j "$path" --src 0 --count 50
		ipigen run -j "$path" --src 1 --dst 2 --count 3 --hold 10ms
	done >$out/runs 2>$out/runs.err
}

# The same single calls under each source alone: one that attaches makes calls of its own.
cost() { # COUNT
	insmod /root/ipigen.ko || exit
	under $out/cost-csds csds --self singles "$1"
	under $out/cost-calls $calls --self singles "$1"
}

singles() { # COUNT
	ipigen run single_wait --src 0 --dst 1 --count "$1" >/dev/null
}

page() { # NAME ARG...
	local name=$1
	shift
	"$@" >$out/$name.page 2>$out/$name.err
	echo $? >$out/$name.status
}

# Of the module's calls: how many the books have, and how many serve.
executed() {
	sed -n 's/.*"path":"single_wait",.*"calls":[0-9]*,"issued":[0-9]*,"executed":\([0-9]*\),.*"edges".*/\1/p' \
		$out/serve.truth
}

counted() {
	awk '/^ipitrace_calls_total\{func="ipigen_single_wait"/ { n += $2 } END { print n + 0 }' $out/serve.metrics
}

# What serve says once it has counted calls of the module, and a storm.
served() {
	local url=http://127.0.0.1:9464 pid n
	IPITRACE_SOURCE=$calls ipitrace serve --events --storm-rate 20 -i 0.5 --ready-file /tmp/serving \
		>$out/serve.events 2>$out/serve.err &
	pid=$!
	until [ -e /tmp/serving ] || [ ! -d /proc/$pid ]; do sleep 0.1; done
	ipigen truth --reset >/dev/null
	ipigen run single_wait --src 0 --dst 1 --count 200 --hold 1ms >/dev/null
	ipigen truth -j >$out/serve.truth
	# A slow VM is late with its windows, and has few of them.
	for n in $(seq 20); do
		ipiload membarrier -q --duration 4 --rate 2000 >/dev/null
		! grep -q '"type":"storm".*"name":"[^"]*","func":"ipi_mb"' $out/serve.events || break
	done
	for n in $(seq 60); do
		sleep 1.5
		wget -q -O $out/serve.metrics $url/metrics
		[ "$(counted)" != "$(executed)" ] || break
	done
	wget -q -O $out/serve.snapshot $url/api/v1/snapshot
	wget -q -O $out/serve.live $url/api/v1/live
	kill -TERM $pid
	wait $pid
	echo $? >$out/serve.status
}

# Calls that keep their targets for 30 ms and more, under stalls.
long_calls() { # FILE OPTION...
	local file=$1 pid
	shift
	rm -f /tmp/stalling
	IPITRACE_SOURCE=$calls ipitrace stalls "$@" -t 5ms -d 20 --ready-file /tmp/stalling >$file 2>$file.err &
	pid=$!
	until [ -e /tmp/stalling ] || [ ! -d /proc/$pid ]; do sleep 0.1; done
	ipigen truth --reset >/dev/null
	echo >$trace/trace
	echo 1 >$trace/tracing_on
	ipigen run single_wait --src 0 --dst 1 --count 3 --hold 30ms >/dev/null
	ipigen run single_wait --src 2 --dst 3 --count 1 --hold 300ms >/dev/null
	ipigen run many_wait --src 0 --count 2 --hold 30ms >/dev/null
	echo 0 >$trace/tracing_on
	ipigen truth -j >$out/stalls.truth
	gzip -1 <$trace/trace >$file.trace.gz
	# An end that was not seen is reported a second later.
	sleep 1.3
	kill -TERM $pid
	wait $pid
	echo $? >$file.status
}

# Windows of everything, until summary_end.
summary_begin() { # FILE
	rm -f /tmp/summing
	IPITRACE_SOURCE=$calls ipitrace summary -j -i 0.5 -d 2000 --ready-file /tmp/summing >$1 2>$1.err &
	summary=$!
	until [ -e /tmp/summing ] || [ ! -d /proc/$summary ]; do sleep 0.1; done
}

summary_end() { # FILE
	sleep 1
	kill -TERM $summary
	wait $summary
	echo $? >$1.status
}

# Calls whose target has interrupts off for 30 ms: known delays.
late() {
	summary_begin $out/late
	ipigen truth --reset >/dev/null
	ipigen run single_wait --src 0 --dst 1 --count 20 --irqs-off 30ms >/dev/null
	ipigen truth -j >$out/late.truth
	summary_end $out/late
}

# Who waits, out of the kernel's queues: ipitrace looks on until a call keeps its sender waiting.
queues() {
	local path pid n
	for path in single_wait many_wait; do
		IPITRACE_SOURCE=$calls ipitrace waits -j -t 10ms -d 60 -f "ipigen_*" \
			>$out/waits.$path 2>$out/waits.$path.err &
		pid=$!
		for n in $(seq 20); do
			[ ! -d /proc/$pid ] || ipigen run $path --src 0 --dst 1 --count 1 --hold 900ms >/dev/null
		done
		wait $pid
		echo $? >$out/waits.$path.status
	done
}

all() {
	local event
	insmod /root/ipigen.ko max_ms=1000 || exit
	ipigen list -j >$out/list
	mkdir $trace && echo 0 >$trace/tracing_on && echo mono >$trace/trace_clock
	echo 16384 >$trace/buffer_size_kb
	# x86: a vector each; arm64: one event, with a reason.
	for event in irq_vectors/call_function_entry irq_vectors/call_function_exit \
		irq_vectors/call_function_single_entry irq_vectors/call_function_single_exit \
		irq_vectors/reschedule_exit irq_vectors/irq_work_exit ipi/ipi_entry ipi/ipi_exit; do
		[ ! -e $trace/events/$event ] || echo 1 >$trace/events/$event/enable
	done
	echo 1 >$trace/tracing_on
	ipigen truth --reset >/dev/null
	set -f
	set -- under $out/own $calls "-i 0.5 -f ipigen_*" under $out/whole $calls "-i 0.5" work
	[ ! -e $csd_events ] || set -- under $out/csds csds "-i 0.5 -f ipigen_*" "$@"
	"$@"
	set +f
	echo 0 >$trace/tracing_on
	ipigen truth -j >$out/truth
	cat $trace/per_cpu/cpu*/stats >$out/stats
	gzip -1 <$trace/trace >$out/trace.gz
	served
	long_calls $out/stalls.text
	long_calls $out/stalls.filtered -j -f "ipigen_*"
	long_calls $out/stalls.json -j
	queues
	late
	rmmod ipigen
	export IPITRACE_SOURCE=$calls
	page waits ipitrace waits -d 0.5
	page brief ipitrace -d 1 -- ipiload membarrier -q --duration 1
	page full ipitrace --full --stacks --self -d 1 -- ipiload tlb-munmap -q --duration 1
	page hist ipitrace hist -d 1 -- ipiload membarrier -q --duration 1
	page by ipitrace --by sender -d 1 -- ipiload wakeup -q --duration 1
	page victim ipitrace --by victim -d 1
	page kinds ipitrace --kinds -d 1
	unset IPITRACE_SOURCE
	page trace ipitrace trace -d 0.1
	page check ipitrace check
}

[ "${1-}" != -p ] || { calls=probes && shift; }
[ $# -gt 0 ] || set -- all
"$@"
