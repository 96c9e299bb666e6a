#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in a VM whose time is instructions: broadcasts under ipitrace, first from all CPUs to all CPUs
# at once (the storm), then from one CPU after the other (turns). judge/scale-test judges /out.
#
#   /out/whole           ipitrace -j --self: one window over both
#   /out/cuts            ipitrace -j --self, at rest
#   /out/text            ipitrace, as text, of another storm
#   /out/costs           the programs' costs: before the storm, after it, after each turn
#   /out/truth           the module's books
all=0-$(($(nproc) - 1))

storm() { # COUNT
	for path in many_nowait function_wait send_all; do
		ipigen run $path --src $all --dst $all --count "$1" >/dev/null
	done
}

# Short, so that few have a switch of CPUs in the middle of a program. Four paths, one after the other,
# that differ in their function alone.
turns() { # COUNT
	turn=0
	for _ in $(seq 10); do
		for path in function_wait many_wait send_allbutself send_mask; do
			turn=$((turn + 1))
			ipigen run $path --src $((turn * 7 % $(nproc))) --dst $all --count "$1" \
				>/dev/null
			costs
		done
	done
}

case $1 in
storm)
	storm "$2" 2>>/out/errors
	exit
	;;
both)
	{
		costs
		storm "$2"
		costs
		turns "$2"
	} >/out/costs 2>>/out/errors
	exit
	;;
esac
insmod /root/ipigen.ko || exit
ipitrace -j --self -d 1000 -- /root/script both "$1" >/out/whole 2>/out/stderr || exit
ipigen truth -j >/out/truth
ipitrace -j --self -i 0.2 -d 2 >/out/cuts 2>>/out/stderr || exit
ipitrace --full -d 1000 -- /root/script storm 1 >/out/text 2>>/out/stderr
