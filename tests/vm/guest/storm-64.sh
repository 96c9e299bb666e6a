#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in a VM whose time is instructions: even traffic of all CPUs under `ipitrace storm`, then among
# it a storm of one function, from CPU SRC to the CPUs DST. judge/storm-64-test judges /out.
#
#   /out/storm           ipitrace storm -j
#   /out/books           the module's books of the storm's path, again and again
#   /out/load.*          what the loads said
#
# usage: storm-64.sh SRC DST
all=0-$(($(nproc) - 1))

# Wake-ups from half of the CPUs to the others, and calls to all CPUs, from one after the other.
traffic() {
	ipiload wakeup -q -c $all --threads $(($(nproc) / 2)) --rate 1600 -d 1000 >/out/load.wakeup &
	for turn in $(seq 1000); do
		ipigen run many_nowait --src $((turn * 7 % $(nproc))) --dst $all --count 1
		sleep 0.1
	done >/out/load.many &
}

# ipitrace's last window has the storm, too: the loads end with the VM.
loads() { # SRC DST
	traffic
	sleep 2
	ipigen run single_wait --src "$1" --dst "$2" --count 1000000 &
	for _ in $(seq 24); do
		ipigen truth single_wait -j
		sleep 0.4
	done >/out/books
}

if [ "$1" = loads ]; then
	loads "$2" "$3" 2>/out/errors
	exit
fi
insmod /root/ipigen.ko || exit
ipitrace storm -j -i 0.5 -d 1000 -- /root/script loads "$1" "$2" >/out/storm 2>/out/stderr
