#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: makes stalls under ipitrace stalls, and keeps the module's own measurements.
# judge/stalls-check judges /out.
#
#   /out/stalls/json      ipitrace stalls -j; json.err: its stderr
#   /out/stalls/trace     ftrace: when ipitrace wrote each line, when each case began and ended, and
#                         when its csds were queued, their IPIs sent, and the handlers of single_wait and
#                         many_wait run
#   /out/stalls/cases/NAME.N/    args, run (ipigen's output), truth, status
#   /out/stalls/text      ipitrace stalls, as text, over a few of them; text.spinning, text.blocking: the
#                         menu's answers
#   /out/stalls/waits     ipitrace waits -j; waits.text; waits.menu, waits.text.menu: the menu's answers
#   /out/stalls/load/     60 s of legal load: threshold, summary, json
#
# usage: stalls.sh [quick|full|blocking|causes COUNT]
#	blocking: only the handler that sleeps, which may kill the kernel
#	causes: COUNT late deliveries of each cause, in one run of ipigen each; judge/causes-test judges
#	/out/stalls/json, trace and cases alone

mode=${1:-full}
out=/out/stalls
trace=/sys/kernel/tracing/instances/stalls

trace_event() { # EVENT FILTER
	echo "$2" >$trace/events/$1/filter && echo 1 >$trace/events/$1/enable
}

# All but the handlers are traced in the task that does it, which no stuck CPU delays.
trace_begin() {
	local event handlers
	handlers=$(awk '$3 ~ /^ipigen_(single|many)_wait$/ { printf "%sfunc == 0x%s", sep, $1; sep = " || " }' /proc/kallsyms)
	mkdir $trace &&
		echo mono >$trace/trace_clock &&
		trace_event syscalls/sys_enter_write 'comm == "ipitrace" && fd == 1' || return
	for event in csd/csd_queue_cpu ipi/ipi_send_cpu ipi/ipi_send_cpumask; do
		trace_event $event 'comm == "ipigen"' || return
	done
	for event in csd/csd_function_entry csd/csd_function_exit; do
		trace_event $event "$handlers" || return
	done
}

trace_end() {
	cat $trace/trace >$out/trace
	echo 0 >$trace/events/enable
	rmdir $trace
}

# watch_begin FILE WORD...: starts an ipitrace in the background; returns when it collects.
watch_begin() {
	local file=$1
	shift
	rm -f /tmp/ready
	ipitrace "$@" --ready-file /tmp/ready >"$file" 2>"$file.err" &
	watch=$!
	while [ ! -e /tmp/ready ]; do
		kill -0 $watch || return
		sleep 0.05
	done
}

watch_end() {
	# ipitrace holds back ended stalls for a moment.
	sleep 0.3
	kill -TERM $watch
	wait $watch
	echo $? >"$1.status"
}

# The menu's handlers are stuck for max_ms from their call on, not from when the lock was taken
# (kmod/holder.c): a VM that stands still in between must not find the lock free.
module_load() { # MAX_MS
	insmod /root/ipigen.ko max_ms="$1" lock_ms=8000 allow_blocking=$allow
}

module_reload() { # MAX_MS
	rmmod ipigen && module_load "$1"
}

# witnessed NAME COMMAND...: runs the command $times times, each between marks in the trace.
witnessed() {
	local name=$1 n dir
	shift
	for n in $(seq 1 "$times"); do
		dir=$out/cases/$name.$n
		mkdir -p "$dir"
		echo "$*" >"$dir/args"
		ipigen truth -j --reset >/dev/null
		echo "begin $name.$n" >$trace/trace_marker
		"$@" >"$dir/run" 2>"$dir/err"
		echo $? >"$dir/status"
		echo "end $name.$n" >$trace/trace_marker
		ipigen truth -j >"$dir/truth"
		sleep 0.2
	done
}

menu() { # SRC DST CHOICE...
	local src=$1 dst=$2
	shift 2
	printf '%s\n' "$@" 0 | ipigen menu --src "$src" --dst "$dst"
}

spinning() {
	menu 0 1 3 7
}

blocking() {
	menu 0 1 1 6
}

cases_quick() {
	witnessed late ipigen run single_wait --src 0 --dst 1 --irqs-off 30ms
	witnessed long ipigen run single_wait --src 2 --dst 0 --hold 40ms
	witnessed straggler_late ipigen run many_wait --src 0 --dst 1-3 --irqs-off 30ms --hold-on 2
	witnessed spinning spinning
}

cases_full() {
	witnessed late ipigen run single_wait --src 0 --dst 1 --irqs-off 30ms
	witnessed behind ipigen run async_several --src 0 --dst 1 --hold 20ms
	witnessed long ipigen run single_wait --src 0 --dst 2 --hold 40ms
	witnessed spinning spinning
	witnessed straggler_late ipigen run many_wait --src 0 --dst 1-3 --irqs-off 30ms --hold-on 2
	witnessed straggler_long ipigen run many_wait --src 0 --dst 1-3 --hold 40ms --hold-on 1
	witnessed two ipigen run many_nowait --src 0 --dst 1,2 --hold 60ms
	witnessed cpu0 ipigen run single_wait --src 1 --dst 0 --hold 50ms
	witnessed cpu0_late ipigen run single_wait --src 2 --dst 0 --irqs-off 30ms
	times=1
	module_reload 3500 || exit
	witnessed three_s ipigen run single_wait --src 0 --dst 2 --hold 3000ms
	module_reload 250 || exit
}

# A host that runs something else leaves its mark in the CPU's clock of stolen time, which is the only
# difference from interrupts off.
cases_causes() {
	local clock=/sys/module/ipigen/parameters/steal_time busy
	witnessed off ipigen run single_wait --src 0 --dst 1 --irqs-off 30ms --count "$count"
	witnessed behind ipigen run async_several --src 0 --dst 1 --hold 15ms --count $(((count + 2) / 3))
	sed -n 's/^\([0-9a-f]*\) . steal_time$/0x\1/p' /proc/kallsyms >$clock
	witnessed stolen ipigen run single_wait --src 0 --dst 1 --irqs-off 30ms --count "$count"
	echo 0 >$clock
	witnessed busy ipigen run behind_irq --src 0 --dst 1 --irqs-off 30ms --count "$count"
	# An idle CPU has no tick, and no interrupt of a timer that tells.
	witnessed lost_idle ipigen run lost --src 0 --dst 1 --hold 50ms --count 20
	taskset 2 sh -c 'while :; do :; done' &
	busy=$!
	witnessed lost ipigen run lost --src 0 --dst 1 --hold 50ms --count "$count"
	kill $busy
}

# The tree of who waits for whom, while a thread keeps a spin lock: again and again until a look has
# caught one, for a VM that stands still has none.
waits() { # FILE WORD...
	local file=$1 n
	shift
	watch_begin "$file" waits "$@" -t 100ms -d 60 -f "ipi_bad_*"
	for n in $(seq 20); do
		[ ! -d /proc/$watch ] || spinning >>"$file.menu"
	done
	wait $watch
	echo $? >"$file.status"
}

# The longest of all figures in a summary, ns.
longest() {
	tr '{,' '\n\n' <"$1" | sed -n 's/^"max":\([0-9]*\).*/\1/p' | sort -n | tail -n 1
}

load() { # SECONDS
	local cpu jobs
	ipiload membarrier -q --duration "$1" >/dev/null &
	jobs=$!
	ipiload tlb-munmap -q --duration "$1" >/dev/null &
	jobs="$jobs $!"
	for cpu in 0 1 2 3; do
		# Not INT: background jobs ignore SIGINT by default.
		timeout "$1" ipigen run many_wait --src $cpu --dst 0-3 --count 1000000 >/dev/null 2>&1 &
		jobs="$jobs $!"
	done
	wait $jobs
}

# No alarm above twice the load's own longest figure. A second ipitrace measures meanwhile, which
# distinguishes false alarms from true ones.
legal() { # SECONDS
	local dir=$out/load
	mkdir -p $dir
	watch_begin $dir/before summary -j -d 300
	load 15
	watch_end $dir/before
	echo $(($(longest $dir/before) * 2)) >$dir/threshold
	watch_begin $dir/summary summary -j -i 1 -d 300
	summary=$watch
	watch_begin $dir/json stalls -j -t "$(cat $dir/threshold)ns"
	load "$1"
	watch_end $dir/json
	kill -TERM $summary
	wait $summary
}

mkdir -p $out/cases
uname -v >$out/kernel
# So many of each kind judge/stalls.py needs to judge its times; a quick run judges all kinds together.
case $mode in
full) times=20 ;;
quick) times=4 ;;
blocking) times=3 ;; # the kernel may die of each
causes) times=1 count=$2 ;;
esac
allow=0
[ "$mode" != blocking ] || allow=1
module_load 250 || exit
trace_begin || exit
case $mode in
blocking) watch_begin $out/json stalls -j -t 1ms && witnessed blocking blocking ;;
causes) IPITRACE_STEAL_CLOCK=kernel watch_begin $out/json stalls -j -t 1ms && cases_causes ;;
*) watch_begin $out/json stalls -j -t 1ms && cases_$mode ;;
esac
watch_end $out/json
trace_end
if [ "$mode" = full ] || [ "$mode" = blocking ]; then
	watch_begin $out/text stalls -t 1ms
	[ "$mode" = full ] || blocking >$out/text.blocking
	for n in 1 2 3; do
		spinning >>$out/text.spinning
	done
	watch_end $out/text
fi
if [ "$mode" = full ]; then
	waits $out/waits -j
	waits $out/waits.text
	legal 60
fi
rmmod ipigen
