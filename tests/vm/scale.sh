#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in a VM whose time is instructions: broadcasts from all CPUs to all CPUs under ipitrace.
#
#   /out/whole           ipitrace -j --self: one window over the storm
#   /out/text            ipitrace, as text
#   /out/looks           how many places of the mailboxes were looked at, in all
#   /out/truth           the module's books
case $1 in
storm)
	all=0-$(($(nproc) - 1))
	for path in many_nowait function_wait send_all; do
		ipigen run $path --src $all --dst $all --count "$2" >/dev/null 2>>/out/errors
	done
	bpftool map dump name ipitrace.bss -j >/out/"$3" 2>>/out/errors
	exit
	;;
esac
insmod /root/ipigen.ko || exit
ipitrace -j --self -d 1000 -- /root/script storm "$1" looks >/out/whole 2>/out/stderr || exit
ipigen truth -j >/out/truth
ipitrace -d 1000 -- /root/script storm 1 looks-text >/out/text 2>>/out/stderr
