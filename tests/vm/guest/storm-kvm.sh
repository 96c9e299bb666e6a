#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM, whose TSC is not constant: KVM loaded, its guests, and frequency transitions,
# under `ipitrace storm`. judge/storm-kvm-test judges /out: NAME, the NDJSON; NAME.guest, what the
# guest itself says; clock.text.
#
# usage: storm-kvm.sh SPINS	between two IPIs of a guest
freq=/sys/module/ipifreq/parameters
spins=${2:-$1}

under() { # NAME PART OPTION...
	local name=$1 part=$2
	shift 2
	echo "# $(cut -d' ' -f1 /proc/uptime) s: $name"
	ipitrace storm -j "$@" -- /root/script "$part" "$spins" >"/out/$name" 2>"/out/$name.err"
	echo $? >"/out/$name.status"
}

kvm_load() {
	grep kvm /modules/order | while read -r module; do insmod "/modules/$module"; done
}

kvm_unload() {
	rmmod kvm_amd && rmmod kvm
}

guest() { # NAME WHAT
	minivm "$2" 200 "$spins" >"/out/$1.guest" 2>>/out/errors &
	guest=$!
	sleep 1
}

guest_end() {
	kill $guest
	wait $guest 2>/dev/null
}

# A storm is told after its second window: on a busy machine a window of a second may last three.
told() { # NAME WORDS
	local _
	for _ in $(seq 300); do
		grep -q "$2" "/out/$1" && return
		sleep 0.1
	done
	echo "$1: no $2 in 30 s" >>/out/errors
}

# ipitrace runs these as its child.
case $1 in
load | load_changing)
	# The first window must not have it.
	sleep 3
	kvm_load
	if [ "$1" = load_changing ]; then told "$1" tsc_khz_changed; else sleep 3; fi
	exit
	;;
changing)
	echo Y >$freq/storm
	told "${3:-clock}" tsc_khz_changed
	echo N >$freq/storm
	exit
	;;
later)
	guest later ipis
	told later kvm_kicks
	guest_end
	exit
	;;
ipis)
	told ipis kvm_kicks
	exit
	;;
esac

exec 2>>/out/errors
insmod /root/ipifreq.ko || exit
echo performance >/sys/devices/system/cpu/cpufreq/policy0/scaling_governor
echo 2000 >$freq/pause_us

kvm_unload
under load load
kvm_unload
echo Y >$freq/storm
under load_changing load_changing -i 0.5
echo N >$freq/storm

guest clock clock
rm -f /tmp/ready
ipitrace storm --ready-file /tmp/ready >/out/clock.text 2>&1 &
text=$!
while [ ! -e /tmp/ready ]; do
	kill -0 $text || exit
	sleep 0.05
done
/root/script changing "$spins" clock.text
kill -TERM $text
wait $text
under clock changing
guest_end

guest ipis ipis
under ipis ipis --storm-rate 5
guest_end
under later later --storm-rate 5
