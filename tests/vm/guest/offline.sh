#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Calls of ipigen to a CPU that is offline, and runs that a signal ends; the books of one path.
# judge/offline-test judges /out.
#
#   /out/list             ipigen list -j
#   /out/cases/NAME/      args; status; out, err; kept: references to the module after that,
#                         looked: when, 10 ms; truth
#   /out/unload           PART STATUS: whether the module went
online=/sys/devices/system/cpu

# An exit waits for the CPUs that its process ran on: not for one whose handler lasts 4 s.
[ -n "$PINNED" ] || PINNED=1 exec taskset -c 2 "$0"

case_of() { # NAME COMMAND...
	local dir=/out/cases/$1
	shift
	mkdir -p "$dir"
	echo "$*" >"$dir/args"
	timeout -k 60 30 "$@" >"$dir/out" 2>"$dir/err"
	echo $? >"$dir/status"
	sed -n 's/^ipigen [0-9]* \([0-9]*\).*/\1/p' /proc/modules >"$dir/kept"
	uptime_cs >"$dir/looked"
	ipigen truth -j --reset >"$dir/truth"
}

# The handlers of a run that was interrupted keep the module for their time.
unload() { # PART
	local tries
	for tries in $(seq 100); do
		rmmod ipigen 2>/dev/null && break
		sleep 0.1
	done
	echo "$1 $(! grep -q '^ipigen ' /proc/modules; echo $?)" >>/out/unload
}

paths() {
	sed -n 's/.*"path":"\([^"]*\)".*"available":true.*/\1/p' /out/list
}

catches_sigint() {
	grep -q '^SigCgt.*[2367abef]$' "/proc/$(pidof ipigen)/status" 2>/dev/null
}

# interrupted NAME COMMAND...: SIGINT to a run that lasts minutes, a second after its program has a handler for the signal:
# on a slow host the program needs some time until then, and would end without a word.
interrupted() {
	local name=$1 tries
	shift
	case_of "$name" "$@" &
	for tries in $(seq 100); do
		catches_sigint && break
		sleep 0.1
	done
	sleep 1
	killall -INT ipigen
	wait
}

uptime_cs() {
	sed 's/ .*//; s/\.//' /proc/uptime
}

# A path's own calls, and calls that wait for a handler of 4 s. On a slow host that handler may have ended before this
# script looks whether the handler keeps the module: such a run shows nothing, and another one is made.
signals() { # PATH
	local try before
	interrupted "$1-signal" ipigen run -j "$1" --src 0 --dst 1,2 --count 1000000
	for try in 1 2 3 4 5; do
		before=$(uptime_cs)
		interrupted "$1-hold" ipigen run -j "$1" --src 0 --dst 1 --hold 4s --count 1000000
		[ $(($(cat "/out/cases/$1-hold/looked") - before)) -lt 400 ] && break
	done
}

# CPU 3 goes and comes back under its own sender.
sender_goes() { # PATH
	case_of "$1-goes" timeout -s INT 4 ipigen run -j "$1" --src 3 --dst 0-2 --count 1000000 &
	until ipigen truth | grep -q "^$1 "; do
		sleep 0.1
	done
	for state in 0 1 0 1 0 1; do
		sleep 0.3
		echo $state >$online/cpu3/online
	done
	wait
}

mkdir -p /out/cases
insmod /root/ipigen.ko
ipigen list -j >/out/list
echo 0 >$online/cpu3/online
for path in $(paths); do
	case_of "$path-offline" ipigen run -j "$path" --src 0 --dst 3 --count 20
	case_of "$path-part" ipigen run -j "$path" --src 0 --dst 1-3 --count 20
done
unload offline
insmod /root/ipigen.ko max_ms=4000
for path in timer_async hrtimer_async softirq_async irq_work_remote many_nowait async_requeue; do
	signals $path
done
unload signal
echo 1 >$online/cpu3/online
insmod /root/ipigen.ko
ipigen run single_wait --src 0 --dst 1 --count 3 >/dev/null
ipigen run many_wait --src 0 --dst 1,2 --count 2 >/dev/null
case_of many_wait-books ipigen truth many_wait -j
for path in stop_machine static_key rcu_expedited wake; do
	sender_goes $path
done
unload goes
