#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: each command under load while CPUs 2 and 3 go and come. judge/hotplug-test
# judges /out:
#
#   alone.flips		CPUs that went and came under the same load, without ipitrace
#   NAME.json, .err, .status	ipitrace; status "hung": it did not end on SIGTERM
#   NAME.flips		CPUs that went and came between the first and the last window
#   NAME.links.begin, .end	the BPF links of that ipitrace
#   NAME.left		BPF links in the whole VM after it
#   visit.json, .err, .status	one window, in which CPU 3 came and went
#   NAME.threads	affinity of its threads, some time after the last CPU came back
#   serve.scrapes/N	/metrics, one after the other
#
# usage: hotplug.sh flap|come
#	flap: CPUs go and come all the time
#	come: the kernel starts with maxcpus=2; CPUs come while a command runs, and go after it
mode=$1
cpus=/sys/devices/system/cpu

# set_online CPU 0|1: another holder of the hotplug lock makes it fail now and then.
set_online() {
	echo "$2" 2>/dev/null >$cpus/cpu"$1"/online
}

flap() { # CPU
	while [ -e /tmp/flap ]; do
		sleep 0.3
		set_online "$1" 0 && echo "$1 0" >>/tmp/flips
		sleep 0.3
		set_online "$1" 1 && echo "$1 1" >>/tmp/flips
	done
	set_online "$1" 1
}

# Short loads, one after the other: each begins with the CPUs that are there.
loads() {
	while [ -e /tmp/load ]; do
		ipiload membarrier -q -d 0.3 --threads 2
		ipiload tlb-munmap -q -d 0.3 --threads 3
		ipiload wakeup -q -d 0.3
		ipiload membarrier -q -d 0.2 -c 1-3
	done >/dev/null 2>&1
}

kicks() {
	while [ -e /tmp/load ]; do
		ipigen run kick_all_cpus_sync --src 0 --count 500
	done >/dev/null 2>&1
}

load_begin() {
	touch /tmp/load
	loads &
	load=$!
	kicks &
	kick=$!
}

load_end() {
	rm -f /tmp/load
	wait $kick $load
}

cpus_begin() {
	: >/tmp/flips
	if [ "$mode" = flap ]; then
		touch /tmp/flap
		flap 2 &
		flap2=$!
		sleep 0.15
		flap 3 &
		flap3=$!
	else
		set_online 2 0
		set_online 3 0
	fi
}

# The first window of NAME is over, if NAME reports windows: it knows two CPUs.
window_wait() { # NAME
	local n=0
	case $1 in
	summary | hist | kinds | sender | filter)
		while [ ! -s /out/"$1".json ] && [ $n -lt 600 ]; do
			n=$((n + 1))
			sleep 0.1
		done
		;;
	esac
}

cpus_come() { # NAME
	[ "$mode" = come ] || return
	window_wait "$1"
	for cpu in 2 3; do
		sleep 0.3
		set_online $cpu 1 && echo "$cpu 1" >>/tmp/flips
	done
}

cpus_end() {
	[ "$mode" = flap ] || return
	rm -f /tmp/flap
	wait $flap2 $flap3
}

# At least 3 s, and until CPUs went or came ten times; on a busy host a minute has to do.
pass() {
	local n=0
	sleep 3
	while [ "$mode" = flap ] && [ "$(wc -l </tmp/flips)" -lt 10 ] && [ $n -lt 57 ]; do
		n=$((n + 1))
		sleep 1
	done
}

links() { # PID: the BPF links in its descriptors, each a line: tracepoint and program; a pattern, too
	# shellcheck disable=SC2231
	for info in /proc/$1/fdinfo/*; do
		grep -q ^link_id "$info" 2>/dev/null &&
			grep -E '^(link_id|prog_id|link_type|tp_name)' "$info" | tr '\n\t' '  ' && echo
	done
}

end() { # NAME: ends ipitrace with SIGTERM, for background jobs ignore SIGINT; 30 s are forever
	local n=0
	kill -TERM $pid
	while kill -0 $pid 2>/dev/null && [ $n -lt 300 ]; do
		n=$((n + 1))
		sleep 0.1
	done
	if kill -KILL $pid 2>/dev/null; then
		echo hung >/out/"$1".status
		wait $pid
	else
		wait $pid
		echo $? >/out/"$1".status
	fi
	links '[0-9]*' >/out/"$1".left
}

begin() { # NAME ARG...: returns when ipitrace collects
	local name=$1
	shift
	echo "vm: $(cut -d' ' -f1 /proc/uptime) s: $name" >/dev/kmsg
	rm -f /tmp/ready
	ipitrace "$@" --ready-file /tmp/ready >/out/"$name".json 2>/out/"$name".err &
	pid=$!
	while [ ! -e /tmp/ready ]; do
		kill -0 $pid 2>/dev/null || return
		sleep 0.05
	done
}

# under NAME ARG...: a command from its begin to its end. Loads run only while it is attached: an
# emulated kernel may not survive the patching of code that runs all the time (see host/run).
under() {
	local name=$1
	# --housekeeping needs one of its CPUs at the start.
	case $name in
	stalls_on_2_3 | sender) ;;
	*) cpus_begin ;;
	esac
	begin "$@"
	links $pid >/out/"$name".links.begin
	: >/tmp/flips
	case $name in
	stalls_on_2_3 | sender) cpus_begin ;;
	esac
	load_begin
	cpus_come "$name"
	case $name in
	serve) scrapes ;;
	*) pass ;;
	esac
	cp /tmp/flips /out/"$name".flips
	links $pid >/out/"$name".links.end
	load_end
	cpus_end
	case $name in
	sender) threads sender ;;
	stalls*) threads "$name" && held "$name" ;;
	esac
	end "$name"
}

scrapes() {
	mkdir -p /out/serve.scrapes
	for n in 10 11 12 13 14 15 16 17 18 19; do
		sleep 0.5
		wget -q -O /out/serve.scrapes/$n http://127.0.0.1:9464/metrics
	done
	pass
}

threads() { # NAME: all CPUs are back, and ipitrace has time to see that
	sleep 5
	grep -H Cpus_allowed_list /proc/$pid/task/*/status >/out/"$1".threads
}

# All CPUs are back, and nothing else runs: each is held for a while, and a watcher on another CPU should see that.
held() { # NAME
	# The sender's CPU waits, too: it must not be the other CPU of --housekeeping.
	for pair in "1 0" "0 1" "0 2" "0 3"; do
		ipigen run single_wait --src "${pair% *}" --dst "${pair#* }" --hold 1s >/dev/null ||
			echo "CPU ${pair#* }" >>/out/"$1".unheld
		sleep 0.2
	done
}

# CPU 3 comes, works and goes within one window: no cut sees the CPU online.
visit() {
	set_online 3 0
	begin visit summary -j -i 100
	set_online 3 1
	ipigen run single_wait --src 0 --dst 3 --count 200 >/dev/null
	ipigen run single_wait --src 3 --dst 0 --count 100 >/dev/null
	set_online 3 0
	end visit
	set_online 3 1
}

# CPU 3 goes and comes while ipitrace is stopped: no look of isolated sees the CPU offline.
# `stays`: beside a CPU that stays.
gone() {
	local name
	for name in gone stays; do
		begin $name isolated -j -c $([ $name = gone ] && echo 3 || echo 2) --allow 100000000
		kill -STOP $pid
		set_online 3 0
		set_online 3 1
		kill -CONT $pid
		sleep 1
		end $name
	done
}

# A module that was there at the beginning goes and comes; a new one goes again, with the names of its functions.
modules() {
	begin module_comes stalls -j --exit-code -t 1000s -f flush_tlb_func
	rmmod ipigen
	insmod /root/ipigen.ko max_ms=1000
	end module_comes
	begin module_goes stalls -j --exit-code -t 1000s -f flush_tlb_func
	rmmod ipigen
	insmod /root/ipigen.ko max_ms=1000
	rmmod ipigen
	insmod /root/ipigen.ko max_ms=1000
	end module_goes
}

alone() {
	cpus_begin
	load_begin
	cpus_come alone
	pass
	cp /tmp/flips /out/alone.flips
	load_end
	cpus_end
}

cat $cpus/possible $cpus/online >/out/cpus
insmod /root/ipigen.ko max_ms=1000 || exit
if [ "$mode" = come ]; then
	under summary summary -j -i 0.5
	alone
else
	alone
	under summary summary -j -i 0.5
fi
visit
gone
modules
under hist hist -j -i 0.5
under kinds summary -j -i 0.5 --kinds
under sender summary -j -i 0.5 --by sender --self --housekeeping 2,3
under filter summary -j -i 0.5 --dst 2,3
under storm storm -j -i 0.5
under serve serve -i 0.5
under trace trace -j --func 'ipi_mb*'
under waits waits -j -t 10s -d 100
under waits_now waits -j -t 1ms -d 100
under stalls stalls -j -t 50ms
under stalls_on_2_3 stalls -j -t 50ms --housekeeping 2,3
rmmod ipigen
