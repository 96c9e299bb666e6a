#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: real storms, and what `ipitrace storm` says of each. tests/vm/all/storm.t
# judges what is in /out: NAME, the NDJSON; NAME.load, what the load said; tsc.text; check.
#
# Loads begin once ipitrace is attached and end before it detaches: to patch code that runs all the
# time kills an emulated kernel (see tests/vm/run), which is no concern of ours.
#
# usage: storm.sh changing|constant	the TSC: does it change with the frequency?
freq=/sys/module/ipifreq/parameters

under() { # NAME PROGRAM ARG...
	local name=$1
	shift
	echo "# $(cut -d' ' -f1 /proc/uptime) s: $name"
	ipitrace storm -j -- /root/script load "$name" "$@" \
		>"/out/$name" 2>"/out/$name.err"
	echo $? >"/out/$name.status"
}

transitions() { # PAUSE_US SECONDS
	echo "$1" >$freq/pause_us
	echo Y >$freq/storm
	sleep "$2"
	echo N >$freq/storm
	sleep 0.2
}

# Ends what goes on for too long; the load's words do not belong between ipitrace's.
for_seconds() { # SECONDS PROGRAM ARG...
	timeout -s INT "$@"
}

forks() {
	end=$(($(date +%s) + 4))
	while [ "$(date +%s)" -lt $end ]; do
		busybox true
		busybox ls /root | busybox wc -l >/dev/null
	done
}

dd_loop() { # FILE ARG...: CPU 0 reads what is CPU 1's
	local file=$1
	shift
	end=$(($(date +%s) + 4))
	while [ "$(date +%s)" -lt $end ]; do
		taskset -c 0 dd if="$file" of=/dev/null bs=16k count=1 "$@" 2>/dev/null
	done
}

mix() {
	ipigen run kick_all_cpus_sync --src 0 --count 1000000 &
	transitions 0 4
	kill -INT $!
	wait
}

# The script calls itself, so that ipitrace can wrap a part of it.
case $1 in
load)
	name=$2
	shift 2
	"$@" >"/out/$name.load" 2>&1
	exit 0
	;;
transitions | for_seconds | forks | dd_loop | mix)
	"$@"
	exit
	;;
esac

insmod /root/ipifreq.ko || exit
echo performance >/sys/devices/system/cpu/cpufreq/policy0/scaling_governor
ipitrace check -j >/out/check

# As an operator has it: text, five seconds.
rm -f /tmp/ready
ipitrace storm -d 5 --ready-file /tmp/ready >/out/tsc.text 2>&1 &
while [ ! -e /tmp/ready ]; do sleep 0.05; done
transitions 200 4.3
wait

cat $freq/transitions >/out/transitions.before
under tsc /root/script transitions 200 3.5
cat $freq/transitions >/out/transitions.after
[ "$1" = changing ] || exit 0

insmod /root/ipigen.ko || exit
under tsc_unpaused /root/script transitions 0 3.5
under old_form /root/script for_seconds 4 ipigen run single_wait --src 0 --dst 1-3 --count 1000000
under kick_all /root/script for_seconds 4 ipigen run kick_all_cpus_sync --src 0 --count 1000000
under irq_work /root/script for_seconds 4 ipigen run irq_work_self --src 0 --count 1000000
# Expedited RCU asks only CPUs that are not idle.
taskset -c 1 sh -c 'while :; do :; done' &
busy=$!
under rcu_expedited /root/script for_seconds 4 ipigen run rcu_expedited --src 0 --count 1000000
kill $busy
under membarrier ipiload membarrier -q -d 4
under tlb ipiload tlb-munmap -q -d 4
under wakeup ipiload wakeup -q -d 4
under msr /root/script dd_loop /dev/cpu/1/msr iflag=skip_bytes skip=16
under cpuid /root/script dd_loop /dev/cpu/1/cpuid
under mix /root/script mix
under idle sleep 3.5
under steady ipiload wakeup -q -c 0,1 -d 4 --rate 500
under forks /root/script forks
rmmod ipigen ipifreq
