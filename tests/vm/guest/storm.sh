#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: real storms under `ipitrace storm`. judge/storm-test judges /out: NAME, the
# NDJSON; NAME.load, the load's output; NAME.why, why this machine cannot have the load; tsc.text;
# check.
#
# Loads begin after ipitrace has attached and end before it detaches: patching code that runs all the
# time kills an emulated kernel (see host/run).
#
# usage: storm.sh changing|constant	the TSC: does it change with the frequency?
freq=/sys/module/ipifreq/parameters
options=

under() { # NAME PROGRAM ARG...
	local name=$1
	shift
	echo "# $(cut -d' ' -f1 /proc/uptime) s: $name"
	# shellcheck disable=SC2086 # several words
	ipitrace storm -j $options -- /root/script load "$name" "$@" \
		>"/out/$name" 2>"/out/$name.err"
	echo $? >"/out/$name.status"
}

cannot() { # WHY NAME...
	local why=$1 name
	shift
	for name; do echo "$why" >"/out/$name.why"; done
}

changes() { # each frequency transition sends
	[ -e $freq ] && [ -e /sys/module/kvm_amd ]
}

# Whether each storm that the load makes was told: company that it brings with it is not enough.
told() { # NAME
	local cause causes=$1
	case $1 in
	idle | steady | forks) return ;;
	tsc*) causes=tsc_khz_changed ;;
	old_form) causes=unknown ;;
	kick_all) causes=kick_all_cpus ;;
	rcu_*) causes=rcu_expedited ;;
	tlb) causes=tlb_munmap ;;
	wakeup) case $(uname -r) in 6.1.*) causes=reschedule ;; *) causes=wakeups ;; esac ;;
	mix) if changes; then causes="kick_all_cpus tsc_khz_changed"; else causes="kick_all_cpus membarrier"; fi ;;
	mix_tlb) causes="tlb_mprotect tlb_munmap" ;;
	mix_unknown) causes="membarrier unknown" ;;
	mix_irq_work) causes="irq_work tlb_munmap" ;;
	esac
	for cause in $causes; do
		grep -q "\"ongoing\":[a-z]*,\"name\":\"$cause\"" /out/"$1" || return
	done
}

transitions() { # PAUSE_US SECONDS
	echo "$1" >$freq/pause_us
	echo Y >$freq/storm
	sleep "$2"
	echo N >$freq/storm
	sleep 0.2
}

# Ends a load that has no time limit of its own.
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

dd_loop() { # FILE ARG...: CPU 0 reads CPU 1's registers
	local file=$1
	shift
	end=$(($(date +%s) + 4))
	while [ "$(date +%s)" -lt $end ]; do
		taskset -c 0 dd if="$file" of=/dev/null bs=16k count=1 "$@" 2>/dev/null
	done
}

mix() { # two at once
	ipigen run kick_all_cpus_sync --src 0 --count 1000000 &
	if changes; then
		transitions 0 4
	else
		ipiload membarrier -q -d 4
	fi
	kill -INT $!
	wait
}

# One function with two causes, which stacks tell apart.
mix_tlb() {
	ipiload tlb-munmap -q -c 0,1 -d 4 &
	ipiload tlb-mprotect -q -c 2,3 -d 4
	wait
}

mix_unknown() {
	ipigen run single_wait --src 2 --dst 3 --count 1000000 &
	ipiload membarrier -q -c 0,1 -d 4
	kill -INT $!
	wait
}

# A storm in which no CPU interrupts another, and one in which all do.
mix_irq_work() {
	ipigen run irq_work_self --src 3 --count 1000000 &
	ipiload tlb-munmap -q -c 0-2 -d 4
	kill -INT $!
	wait
}

frequencies() { # changing|constant
	insmod /root/ipifreq.ko || exit
	echo performance >/sys/devices/system/cpu/cpufreq/policy0/scaling_governor

	# As an operator runs it: text, five seconds.
	rm -f /tmp/ready
	ipitrace storm -d 5 --ready-file /tmp/ready >/out/tsc.text 2>&1 &
	while [ ! -e /tmp/ready ]; do
		kill -0 $! || exit
		sleep 0.05
	done
	transitions 200 4.3
	wait

	cat $freq/transitions >/out/transitions.before
	under tsc /root/script transitions 200 3.5
	cat $freq/transitions >/out/transitions.after
	[ "$1" = constant ] || under tsc_unpaused /root/script transitions 0 3.5
}

# Expedited RCU sends only to CPUs that are not idle. After boot, PREEMPT_RT replaces expedited grace
# periods by normal ones.
rcu_expedited() {
	taskset -c 1 sh -c 'while :; do :; done' &
	busy=$!
	set -- /root/script for_seconds 4 ipigen run rcu_expedited --src 0 --count 1000000
	if [ "$(cat /sys/kernel/rcu_normal)" = 1 ]; then
		under rcu_normal "$@"
		echo 0 >/sys/kernel/rcu_normal
	fi
	# An emulated CPU on a busy host asks for fewer grace periods than 50 a second.
	options="--storm-rate 500"
	under rcu_expedited "$@"
	options=
	kill $busy
}

registers() {
	if [ -e /dev/cpu ]; then
		under msr /root/script dd_loop /dev/cpu/1/msr iflag=skip_bytes skip=16
		under cpuid /root/script dd_loop /dev/cpu/1/cpuid
	else
		cannot "no /dev/cpu: only x86 has it" msr cpuid
	fi
}

# ipitrace runs parts of this script as its child.
case $1 in
load)
	name=$2
	shift 2
	# A storm is told after its second window, and on a busy machine four seconds may be less than two.
	for _ in 1 2 3; do
		"$@" >"/out/$name.load" 2>&1
		! told "$name" || break
	done
	exit 0
	;;
transitions | for_seconds | forks | dd_loop | mix | mix_*)
	"$@"
	exit
	;;
esac

ipitrace check -j >/out/check
if [ -e /sys/devices/system/cpu/cpufreq ]; then
	frequencies "$1"
else
	cannot "this kernel has no cpufreq" tsc tsc_unpaused
fi
[ "$1" = changing ] || exit 0

insmod /root/ipigen.ko || exit
under old_form /root/script for_seconds 4 ipigen run single_wait --src 0 --dst 1-3 --count 1000000
under kick_all /root/script for_seconds 4 ipigen run kick_all_cpus_sync --src 0 --count 1000000
under irq_work /root/script for_seconds 4 ipigen run irq_work_self --src 0 --count 1000000
rcu_expedited
under membarrier ipiload membarrier -q -d 4
under tlb ipiload tlb-munmap -q -d 4
# Emulated CPUs are too slow for the default threshold of wake-ups.
options="--storm-rate 100"
under wakeup ipiload wakeup -q -d 4
options=
registers
under mix /root/script mix
if [ -e /sys/module/kvm_amd ]; then
	for name in mix_tlb mix_unknown mix_irq_work; do under $name /root/script $name; done
fi
under idle sleep 3.5
under steady ipiload wakeup -q -c 0,1 -d 4 --rate 500
under forks /root/script forks
rmmod ipigen
[ ! -e $freq ] || rmmod ipifreq
