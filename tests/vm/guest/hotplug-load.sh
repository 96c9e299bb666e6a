#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs a command while CPUs go offline and come back every 0.3 s, under loads of ipiload and, if
# its module is loaded, of ipigen. CPU 0 stays. A load that ends, because its CPU went, begins anew.
#
#   /out/hotplug/rounds   how often each CPU went and came back
#   /out/hotplug/loads    a line for each load that ended: its exit status, its command
#   /out/hotplug/err      the loads' lines on stderr
#   /out/hotplug/truth    the books of ipigen.ko, when all loads have ended
#
# usage: hotplug-load.sh COMMAND [ARG...]     exit status: the command's

online=/sys/devices/system/cpu
run=/tmp/hotplug-load
last=$(($(grep -c ^processor /proc/cpuinfo) - 1))

cpus() { # 0 or 1: takes each CPU but 0 to this state
	local cpu
	for cpu in $(seq 1 $last); do
		echo "$1" >$online/cpu"$cpu"/online
		sleep 0.3
	done
}

come_and_go() {
	local rounds=0
	while [ -e $run ]; do
		cpus 0
		cpus 1
		rounds=$((rounds + 1))
		echo $rounds >/out/hotplug/rounds
	done
}

load() { # COMMAND...
	while [ -e $run ]; do
		"$@" >/dev/null 2>>/out/hotplug/err
		echo "$? $*" >>/out/hotplug/loads
	done
}

loads() {
	load ipiload membarrier -q --duration 1 &
	load ipiload tlb-munmap -q --duration 1 &
	load ipiload setaffinity -q --duration 1 &
	[ -e /dev/ipigen ] || return
	load timeout 2 ipigen run single_nowait --src 0 --dst 1-$last --count 1000000 &
	load timeout 2 ipigen run many_wait --src 1 --dst 0-$last --count 1000000 &
	load timeout 2 ipigen run async --src $last --dst 0-$last --count 1000000 &
	load timeout 2 ipigen run on_each_cpu --src 0 --count 1000000 &
}

mkdir -p /out/hotplug
echo 0 >/out/hotplug/rounds
touch $run
loads
come_and_go &
"$@"
status=$?
rm $run
wait
[ ! -e /dev/ipigen ] || ipigen truth -j >/out/hotplug/truth
exit $status
