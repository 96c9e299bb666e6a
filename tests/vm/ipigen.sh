#!/bin/busybox sh
# Runs in the test VM: makes calls on every path and writes down what each witness saw. Nothing is
# compared here: /out goes to the host, where tests/vm/ipigen-check does that.
#
#   /out/steps            TAP lines of what is judged here (it loads, it survives, it unloads)
#   /out/list             ipigen list -j
#   /out/cases/NAME/      args, run, truth, trace, stats, before, after (/proc/interrupts)
#   /out/ipitrace/NAME    ipitrace over one case, or over the cases NAME is the kind of
#
# usage: ipigen.sh [quick|full|blocking]	(blocking: the menu with a handler that sleeps)

mode=${1:-full}
trace=/sys/kernel/tracing/instances/ipigen
online=/sys/devices/system/cpu

step() { # NAME COMMAND...: ok when the command is
	local step=$1
	shift
	if "$@"; then
		echo "ok - $step" >>/out/steps
	else
		echo "not ok - $step" >>/out/steps
	fi
	tail -n 1 /out/steps
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

# The third opinion, where it is there: over a part of this script. Attaching takes a second or two
# under TCG and patches the kernel, so it is done for many cases at once.
observed() { # NAME ARG...
	local name=$1
	shift
	if [ -x /root/ipitrace ]; then
		mkdir -p /out/ipitrace
		ipitrace summary -j -d 300 -- /root/script "$@" \
			>"/out/ipitrace/$name" 2>"/out/ipitrace/$name.err"
	else
		/root/script "$@"
	fi
}

# witnessed NAME COMMAND...: runs the command under all witnesses.
witnessed() {
	local dir=/out/cases/$1 status
	shift
	mkdir -p "$dir"
	echo "$*" >"$dir/args"
	ipigen truth -j --reset >/dev/null
	: >$trace/trace
	cat /proc/interrupts >"$dir/before"
	echo 1 >$trace/tracing_on
	"$@"
	status=$?
	echo 0 >$trace/tracing_on
	cat /proc/interrupts >"$dir/after"
	ipigen truth -j >"$dir/truth"
	cat $trace/per_cpu/cpu*/stats >"$dir/stats"
	gzip -1 <$trace/trace >"$dir/trace.gz"
	echo $status >"$dir/status"
	return $status
}

run_path() { # NAME PATH ARG...
	local name=$1
	shift
	mkdir -p "/out/cases/$name"
	witnessed "$name" ipigen run -j "$@" >"/out/cases/$name/run" 2>"/out/cases/$name/err"
}

# Expedited RCU asks only CPUs that are not idle.
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

# How each path is run, by kind: plain; with a hold; with all CPUs in the list, the sender too; and
# with interrupts kept off on the targets, twice.
kind_args() {
	case $1 in
	plain) echo --src 0 --count 100 ;;
	hold) echo --src 1 --dst 2 --count 10 --hold 200us ;;
	mask) echo --src 3 --dst 0-3 --count 12 --hold 1ms ;;
	late) echo --src 0 --dst 1-3 --count 6 --hold 100us --irqs-off 500us ;;
	later) echo --src 2 --dst 0,1,3 --count 6 --hold 150us --irqs-off 2ms ;;
	esac
}

every_path() { # KIND
	local path kind=$1
	for path in $(sed -n 's/.*"path":"\([^"]*\)".*"available":true.*/\1/p' /out/list); do
		[ "$path-$kind" != rcu_expedited-plain ] || busy_begin
		run_path "$path-$kind" "$path" $(kind_args "$kind")
		[ "$path-$kind" != rcu_expedited-plain ] || busy_end
	done
	return 0
}

# All paths that are the module's own, from all CPUs, at once.
everything() {
	local path jobs=
	for path in $(sed -n 's/.*"path":"\([^"]*\)".*"available":true.*"ours":true.*/\1/p' /out/list); do
		ipigen run "$path" --src 0-3 --dst 0-3 --count "$1" >/dev/null 2>>/out/everything.err &
		jobs="$jobs $!"
	done
	wait $jobs
	return 0
}

# CPUs come and go; CPU 0 and 1 stay. Senders on one that went end with status 3: that is right.
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

unloads() {
	rmmod ipigen && ! grep -q '^ipigen ' /proc/modules
}

fuzz() { # COUNT: bounds so low that nothing lasts
	insmod /root/ipigen.ko max_ms=20 lock_ms=20 && ipigen-fuzz "$1" 2>&1 | tee /out/fuzz &&
		ipigen truth >/dev/null && unloads
}

# The character device scenario; what it says must be what was measured.
menu() {
	printf '%s\n' 5 7 3 7 1 6 5 0 | ipigen menu --src 0 --dst 1 >>/out/menu
}

scenario() { # ALLOW_BLOCKING
	insmod /root/ipigen.ko allow_blocking="$1" && observed menu witnessed menu menu && unloads
}

# The script calls itself, so that ipitrace can wrap a part of it.
case $mode in
every_path | witnessed)
	"$@"
	exit
	;;
esac

mkdir -p /out/cases
step "tracing begins" trace_begin
if [ "$mode" = blocking ]; then
	step "the menu, with a handler that sleeps" scenario 1
	! grep -q '^not ok' /out/steps
	exit
fi
step "the module loads" insmod /root/ipigen.ko
ipigen list -j >/out/list
for kind in plain hold mask late later; do
	echo "# $(cut -d' ' -f1 /proc/uptime) s: every path, $kind"
	step "every path, $kind" observed $kind every_path $kind
	[ "$mode" != quick ] || break
done
echo "# $(cut -d' ' -f1 /proc/uptime) s: everything at once"
step "everything at once" observed everything witnessed everything everything 60
step "everything at once, with CPU hotplug" \
	observed hotplug witnessed hotplug everything_under_hotplug 60
step "the module unloads" unloads
step "the menu, without a handler that sleeps" scenario 0
step "tracing ends" trace_end
echo "# $(cut -d' ' -f1 /proc/uptime) s: fuzzing"
case $mode in
quick) step "2,000 random ioctls" fuzz 2000 ;;
*) step "10,000 random ioctls" fuzz 10000 ;;
esac
! grep -q '^not ok' /out/steps
