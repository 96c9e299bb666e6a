#!/bin/busybox sh
# Runs in the test VM: makes calls on every path, and keeps what each witness saw. /out goes to the
# host, where judge/ipigen-check compares.
#
#   /out/steps            TAP lines of this script: the module loads, survives, unloads
#   /out/list, /out/kernel	ipigen list -j; uname -v
#   /out/cases/NAME/      args, run, truth, before, after (/proc/interrupts)
#   /out/seen/NAME/       over the case NAME, or over all cases of the kind NAME: trace.gz, stats
#                         (ftrace), whole (ipitrace), own (ipitrace of the module's handlers),
#                         records.gz (ipitrace trace); whole.bpf, own.bpf, records.bpf: how often the
#                         kernel skipped a program of that ipitrace
#   /out/stalls/          results of stalls.sh, in a quick run
#
# usage: ipigen.sh [quick|full|blocking|storm|torture]
#	blocking: the menu with a handler that sleeps; storm: all CPUs to all CPUs; torture: twenty rounds

mode=${1:-full}
trace=/sys/kernel/tracing/instances/ipigen
online=/sys/devices/system/cpu
window=0.4 # s
# Calls of each path, of which only the numbers are compared. Parts of this script inherit the number.
export calls=${calls:-100}

step() { # NAME COMMAND...: ok if the command succeeds
	local step=$1
	shift
	if "$@"; then
		echo "ok - $step" >>/out/steps
	else
		echo "not ok - $step" >>/out/steps
	fi
	tail -n 1 /out/steps
}

now() {
	cut -d' ' -f1 /proc/uptime
}

trace_begin() {
	mkdir $trace || return
	echo 0 >$trace/tracing_on
	echo 16384 >$trace/buffer_size_kb
	echo mono >$trace/trace_clock
	echo nohash-ptr >$trace/trace_options 2>/dev/null
	for event in csd ipi/ipi_send_cpu ipi/ipi_send_cpumask sched/sched_wake_idle_without_ipi \
		irq_vectors/call_function_entry irq_vectors/call_function_exit \
		irq_vectors/call_function_single_entry irq_vectors/call_function_single_exit \
		irq_vectors/reschedule_entry irq_vectors/irq_work_entry; do
		# 6.1 has no csd and ipi events; arm64 no irq_vectors.
		[ ! -e $trace/events/$event/enable ] || echo 1 >$trace/events/$event/enable
	done
}

trace_end() {
	for enable in $trace/events/*/enable; do
		echo 0 >"$enable"
	done
	rmdir $trace
}

# ipitrace is in the VM, and this kernel has its tracepoints.
ipitrace_runs() {
	[ -x /root/ipitrace ] && [ -e $trace/events/csd/csd_queue_cpu ]
}

# Without the tracepoints ipitrace trace says so in one line, and exits with status 3.
ipitrace_refuses() {
	ipitrace trace -d 1 >/out/refusal 2>&1
	[ $? = 3 ] && [ "$(wc -l </out/refusal)" = 1 ] && grep -q "csd tracepoints.*summary" /out/refusal
}

# under FILE OPTIONS ARG...: runs a part of this script under an ipitrace with OPTIONS, into FILE. The
# part learns FILE from $results.
under() {
	local file=$1 options=$2
	shift 2
	(
		set -f
		export results="$file"
		exec ipitrace $options -d 2000 -- /root/script "$@" >"$file" 2>"$file.err"
	)
}

# observed NAME ARG...: runs a part of this script under ftrace and ipitrace, as available. Attaching
# takes a second or two under TCG and patches the kernel, so one attach serves many cases.
observed() {
	local dir=/out/seen/$1 status
	shift
	mkdir -p "$dir"
	: >$trace/trace
	echo 1 >$trace/tracing_on
	if ! ipitrace_runs; then
		/root/script "$@"
	else
		observed_by_ipitrace "$dir" "$@"
	fi
	status=$?
	echo 0 >$trace/tracing_on
	cat $trace/per_cpu/cpu*/stats >"$dir/stats"
	gzip -1 <$trace/trace >"$dir/trace.gz"
	[ ! -e "$dir/records" ] || gzip -1 "$dir/records"
	return $status
}

# Two ipitraces at once: one sees all, the other only the functions in the books. Where times are
# compared only one runs, since two add to each other's times. The menu tests hist, also as text; the
# torture tests many windows.
observed_by_ipitrace() {
	local dir=$1
	shift
	case ${dir##*/} in
	records) under "$dir/records" "trace -j" "$@" ;;
	menu) under "$dir/text" hist under "$dir/own" "hist -j -f ipi_*" "$@" ;;
	torture*) under "$dir/whole" "summary -j -i 0.1" "$@" ;;
	hold | mask | late | later) under "$dir/own" "summary -j -i $window -f ipigen_*" "$@" ;;
	*) under "$dir/own" "summary -j -f ipigen_*" under "$dir/whole" "summary -j" "$@" ;;
	esac
}

# witnessed NAME COMMAND...: resets the books, runs the command, reads the books, and marks begin and
# end in the trace.
witnessed() {
	local name=$1 dir=/out/cases/$1 status
	shift
	mkdir -p "$dir"
	echo "$*" >"$dir/args"
	ipigen truth -j --reset >/dev/null
	cat /proc/interrupts >"$dir/before"
	echo "begin $name" >$trace/trace_marker
	"$@"
	status=$?
	echo "end $name" >$trace/trace_marker
	cat /proc/interrupts >"$dir/after"
	ipigen truth -j >"$dir/truth"
	echo $status >"$dir/status"
	return $status
}

run_path() { # NAME PATH ARG...
	local name=$1
	shift
	mkdir -p "/out/cases/$name"
	witnessed "$name" ipigen run -j "$@" >"/out/cases/$name/run" 2>"/out/cases/$name/err"
}

# Expedited RCU sends only to CPUs that are not idle.
busy_begin() {
	busy=
	for cpu in 1 2 3; do
		taskset -c $cpu sh -c 'while :; do :; done' &
		busy="$busy $!"
	done
}

busy_end() {
	kill $busy
	wait $busy 2>/dev/null
}

# The options of each kind of case: plain; with a hold; with all CPUs in the list, including the
# sender; and twice with interrupts off on the targets. All times are so long that 2 % is more than the
# tracers' cost on an emulated CPU, 50 us for a handler and for each csd of a call, 100 for a call to
# many.
kind_args() {
	case $1 in
	plain) echo --src 0 --count $calls ;;
	hold) echo --src 1 --dst 2 --count 3 --hold 10ms ;;
	mask) echo --src 3 --dst 0-3 --count 4 --hold 10ms ;;
	late) echo --src 0 --dst 1-3 --count 3 --hold 10ms --irqs-off 20ms ;;
	later) echo --src 2 --dst 0,1,3 --count 3 --hold 12ms --irqs-off 30ms ;;
	esac
}

# The rounds after the first one: a round is a sample of each path's times, and each path must have 20
# samples, of the delay too.
more_rounds() { # KIND
	case $1 in
	hold | mask) seq 2 6 ;;
	late | later) seq 2 11 ;;
	esac
}

# The module's own paths once more, for times. ipitrace's windows must tell the rounds apart.
one_more() { # KIND ROUND
	local path
	sleep 1 # longer than two windows
	for path in $(sed -n 's/.*"path":"\([^"]*\)".*"available":true.*"ours":true.*/\1/p' /out/list); do
		run_path "$path-$1.$2" "$path" $(kind_args "$1")
	done
}

every_path() { # KIND
	local path round kind=$1
	for path in $(sed -n 's/.*"path":"\([^"]*\)".*"available":true.*/\1/p' /out/list); do
		[ "$path-$kind" != rcu_expedited-plain ] || busy_begin
		run_path "$path-$kind" "$path" $(kind_args "$kind")
		[ "$path-$kind" != rcu_expedited-plain ] || busy_end
	done
	for round in $(more_rounds "$kind"); do
		one_more "$kind" "$round"
	done
	return 0
}

# All paths with a handler of the module, from all CPUs, at once.
everything() {
	local path jobs=
	for path in $(sed -n 's/.*"path":"\([^"]*\)".*"available":true.*"ours":true.*/\1/p' /out/list); do
		ipigen run "$path" --src 0-3 --dst 0-3 --count "$1" >/dev/null 2>>/out/everything.err &
		jobs="$jobs $!"
	done
	wait $jobs
	return 0
}

# CPUs 2 and 3 go offline and online. Senders on an offline CPU rightly exit with status 3.
hotplug() {
	while [ -e /tmp/hotplug ]; do
		for cpu in 3 2; do
			echo 0 >$online/cpu$cpu/online
			echo 1 >$online/cpu$cpu/online
		done
		echo "$(($(cat /tmp/hotplugs) + 1))" >/tmp/hotplugs
	done
}

everything_under_hotplug() {
	echo 0 >/tmp/hotplugs
	touch /tmp/hotplug
	hotplug &
	hotplug=$!
	everything "$1"
	rm /tmp/hotplug
	wait $hotplug
	echo "# $(cat /tmp/hotplugs) rounds of hotplug"
}

# Queue events that interrupt queue events: tasks, handlers (async_chain), timers, hrtimers and softirqs
# queue on all CPUs, as fast as possible.
torture_once() { # SECONDS
	local path cpu jobs=
	for path in many_nowait async_chain hrtimer_async timer_async softirq_async; do
		for cpu in 0 1 2 3; do
			# Not INT: background jobs ignore SIGINT by default.
			timeout "$1" ipigen run $path --src $cpu --dst 0-3 --count 1000000 \
				>/dev/null 2>>/out/torture.err &
			jobs="$jobs $!"
		done
	done
	wait $jobs
}

# Repeat until BPF programs were skipped: on a busy machine one round may not be enough.
torture() { # SECONDS
	local round
	for round in 1 2 3 4; do
		torture_once "$1"
		! grep -q '^recursion_misses:[^0-9]*[1-9]' /proc/$PPID/fdinfo/* 2>/dev/null || break
	done
	echo "# $(now) s: $round rounds of torture" >>/out/torture.err
	return 0
}

# The torture at low priority, so that ipitrace gets its turn.
tortured() { # NAME SECONDS
	renice -n 19 -p $$ >/dev/null
	witnessed "$1" torture "$2"
	return 0
}

# The kernel's counts of skipped program runs, in fdinfo of the ipitrace that runs this part.
misses() {
	local file
	for file in /proc/$PPID/fdinfo/*; do
		grep -q -e ^prog_id -e ^link_type "$file" && echo "fd: ${file##*/}" && cat "$file"
	done
}

unloads() {
	rmmod ipigen && ! grep -q '^ipigen ' /proc/modules
}

fuzz() { # COUNT: with low bounds, so that no call is long
	insmod /root/ipigen.ko max_ms=20 lock_ms=20 && ipigen-fuzz "$1" 2>&1 | tee /out/fuzz &&
		ipigen truth >/dev/null && unloads
}

# Three callers that want interrupts off on one CPU, in an interrupt: each asks that CPU's thread as soon as the
# thread has done what the caller before has asked.
in_turn() {
	local src job jobs= status=0
	for src in 0 2 3; do
		ipigen run behind_irq --src $src --dst 1 --irqs-off 20us --count 500 >/dev/null 2>>/out/in_turn.err &
		jobs="$jobs $!"
	done
	for job in $jobs; do
		wait $job || status=1
	done
	return $status
}

# The character device scenario.
menu() {
	printf '%s\n' 5 7 3 7 1 6 5 0 | ipigen menu --src 0 --dst 1 >>/out/menu
}

scenario() { # ALLOW_BLOCKING
	insmod /root/ipigen.ko allow_blocking="$1" && observed menu witnessed menu menu && unloads
}

every_kind() { # KIND...
	local kind
	for kind; do
		echo "# $(now) s: every path, $kind"
		step "every path, $kind" observed $kind every_path $kind
	done
}

at_once() { # COUNT
	echo "# $(now) s: everything at once"
	[ "$mode" = quick ] ||
		step "everything at once" observed everything witnessed everything everything "$1"
	step "everything at once, with CPU hotplug" \
		observed hotplug witnessed hotplug everything_under_hotplug "$1"
}

recorded() { # COUNT
	ipitrace_runs || return
	echo "# $(now) s: everything at once, each a record"
	step "everything at once, each a record" observed records witnessed records everything "$1"
}

tortures() { # NAME SECONDS
	echo "# $(now) s: $1"
	step "queue events that interrupt queue events" observed "$1" tortured "$1" "$2"
}

# From all CPUs to all CPUs, on each path to several CPUs.
storm() {
	local path all jobs=
	all=0-$(($(nproc) - 1))
	for path in many_nowait function_wait send_all on_each_cpu_mask; do
		ipigen run $path --src $all --dst $all --count 100 >/dev/null 2>>/out/storm.err &
		jobs="$jobs $!"
	done
	wait $jobs
	return 0
}

module_loads() {
	insmod /root/ipigen.ko && ipigen list -j >/out/list
}

# ipitrace runs parts of this script as its child.
case $mode in
every_path | witnessed | tortured | under)
	"$@"
	status=$?
	[ -z "$results" ] || misses >"$results.bpf"
	exit $status
	;;
esac

mkdir -p /out/cases /out/seen
uname -v >/out/kernel
step "tracing begins" trace_begin
if [ -x /root/ipitrace ] && ! ipitrace_runs; then
	step "ipitrace trace says why it cannot run here, and ends with status 3" ipitrace_refuses
fi
case $mode in
blocking) step "the menu, with a handler that sleeps" scenario 1 ;;
torture)
	step "the module loads" module_loads
	for round in $(seq 20); do
		tortures torture-$round 1
	done
	step "the module unloads" unloads
	;;
storm)
	step "the module loads" module_loads
	step "all CPUs to all CPUs" observed storm witnessed storm storm
	step "the module unloads" unloads
	;;
*)
	step "the module loads" module_loads
	step "three callers take turns with a CPU's interrupts" in_turn
	[ "$mode" != quick ] || calls=20
	every_kind plain
	if [ "$mode" = quick ]; then
		at_once 6
		recorded 5
		tortures torture 2
	else
		every_kind hold mask late later
		at_once 60
		recorded 60
		tortures torture 3
	fi
	step "the module unloads" unloads
	step "the menu, without a handler that sleeps" scenario 0
	if [ "$mode" = quick ] && ipitrace_runs; then
		echo "# $(now) s: stalls"
		step "stalls" /root/stalls.sh quick
	fi
	step "tracing ends" trace_end
	echo "# $(now) s: fuzzing"
	case $mode in
	quick) step "2,000 random ioctls" fuzz 2000 ;;
	*) step "10,000 random ioctls" fuzz 10000 ;;
	esac
	echo "# $(now) s: done"
	;;
esac
! grep -q '^not ok' /out/steps
