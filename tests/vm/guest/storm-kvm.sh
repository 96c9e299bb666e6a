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

# ipitrace runs these as its child.
case $1 in
load)
	sleep 1.2
	kvm_load
	sleep 1.5
	exit
	;;
changing)
	echo Y >$freq/storm
	sleep 3.5
	echo N >$freq/storm
	exit
	;;
later)
	guest later ipis
	# Long enough to be named while it runs: windows of a busy machine are longer than a second.
	sleep 6
	guest_end
	exit
	;;
wait)
	sleep 3.5
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
under load_changing load -i 0.5
echo N >$freq/storm

guest clock clock
rm -f /tmp/ready
ipitrace storm -d 4 --ready-file /tmp/ready >/out/clock.text 2>&1 &
while [ ! -e /tmp/ready ]; do sleep 0.05; done
/root/script changing
wait $!
under clock changing
guest_end

guest ipis ipis
under ipis wait --storm-rate 5
guest_end
under later later --storm-rate 5
