#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM, on a kernel that has neither csd tracepoints nor what calls need.
# judge/cannot-test judges /out: NAME.out, .err, .status of each command; waits.page, of the one that can,
# and waits.json, of the same while a call of the module keeps its sender waiting; list, truth, failed: of
# ipigen, ten calls of each of its paths.

for command in summary hist storm trace stalls serve; do
	ipitrace $command -d 0.2 >/out/$command.out 2>/out/$command.err
	echo $? >/out/$command.status
done
ipitrace waits -t 1s -d 0.5 >/out/waits.page 2>/out/waits.err
insmod /root/ipigen.ko max_ms=1000 || exit
ipitrace waits -j -t 200ms -d 60 -f "ipigen_*" >/out/waits.json 2>>/out/waits.err &
pid=$!
for n in $(seq 20); do
	[ ! -d /proc/$pid ] || ipigen run single_wait --src 0 --dst 1 --count 1 --hold 900ms >/dev/null
done
wait $pid
ipigen list -j >/out/list
ipigen truth --reset >/dev/null
for path in $(sed -n 's/.*"path":"\([^"]*\)".*"available":true.*"ours":true.*/\1/p' /out/list); do
	ipigen run "$path" --src 0 --count 10 >/dev/null || echo "$path" >>/out/failed
done
ipigen truth -j >/out/truth
# The module stays: 5.10's smpboot_unregister_percpu_thread() unparks threads that run, and warns.
ipitrace check -j >/out/check.out 2>/out/check.err
echo $? >/out/check.status
