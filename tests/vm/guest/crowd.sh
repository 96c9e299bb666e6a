#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: stalls that ipigen makes, while nobody else does anything and beside each crowd of a
# user without rights. judge/crowd-test judges /out.
#
#   /out/CROWD.json     ipitrace stalls -j --exit-code; .err
#   /out/CROWD.waits    ipitrace waits --exit-code, whose looks end with the first long wait; .err
#   /out/CROWD.status   the status of both, a word each
#   /out/CROWD.run      ipigen's output
#
# usage: crowd.sh CALLS CROWD...

out=/out
calls=$1
shift

begin() { # NAME FILE WORD...
	local name=$1 file=$2
	shift 2
	ipitrace "$@" --ready-file /tmp/$name >$out/$file 2>$out/$file.err &
	eval "$name=\$!"
	until [ -e /tmp/$name ]; do
		eval "kill -0 \$$name" || return
		sleep 0.1
	done
	rm /tmp/$name
}

# Late deliveries and long handlers by turns, each waited for.
stall() {
	local n
	for n in $(seq 1 "$calls"); do
		ipigen run single_wait --src 2 --dst 1 --irqs-off 100ms
		ipigen run single_wait --src 2 --dst 1 --hold 100ms
	done
}

crowd_begin() {
	: >/tmp/crowd
	[ "$1" = none ] && return
	setsid /root/crowd "$1" >/tmp/crowd &
	until grep -q READY /tmp/crowd; do
		sleep 0.1
		[ -e /proc/$!/stat ] || return
	done
}

crowd_end() {
	killall -9 crowd 2>/dev/null
	while pidof crowd >/dev/null; do
		sleep 0.1
	done
}

# Hundreds of senders wait for the one mutex of membarrier(2), on a busy host for longer than the 30 s of
# guest/init, which the kernel then reports.
echo 0 >/proc/sys/kernel/hung_task_timeout_secs 2>/dev/null
insmod /root/ipigen.ko max_ms=250 || exit
for crowd; do
	crowd_begin "$crowd"
	begin stalls $crowd.json stalls -j -t 50ms --exit-code -d 600
	begin waits $crowd.waits waits -t 50ms --exit-code -d 600
	stall >$out/$crowd.run 2>&1
	sleep 0.5
	kill -INT $waits
	wait $waits
	echo $? >$out/$crowd.status
	kill -INT $stalls
	wait $stalls
	echo $? >>$out/$crowd.status
	crowd_end
done
rmmod ipigen
