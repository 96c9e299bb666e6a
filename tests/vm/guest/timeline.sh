#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: records what ipigen does. judge/timeline-test judges /out.
#
#   /out/run.zst          ipitrace record --trace; .err
#   /out/many, late, long ipigen run -j: calls to three CPUs, one while interrupts are off, a long one
#   /out/truth            ipigen truth -j
#
# usage: timeline.sh CALLS

out=/out

insmod /root/ipigen.ko max_ms=1000 || exit
ipigen truth --reset >/dev/null
ipitrace record --trace -t 2ms -o $out/run.zst --ready-file /tmp/ready 2>$out/run.err &
pid=$!
until [ -e /tmp/ready ]; do
	kill -0 $pid || exit
	sleep 0.1
done
ipigen run many_wait --src 0 --dst 1-3 --count "$1" -j >$out/many
ipigen run single_wait --src 0 --dst 2 --irqs-off 40ms -j >$out/late
ipigen run async --src 0 --dst 3 --hold 30ms -j >$out/long
sleep 0.5
kill -TERM $pid
wait $pid
echo "status $?" >>$out/run.err
ipigen truth -j >$out/truth
rmmod ipigen
