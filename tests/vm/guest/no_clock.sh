#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in a test VM whose CPUs have no clock of stolen time: each command that could show stolen time,
# over loads that give it something to show. judge/no_clock-test judges /out.
#
#   /out/json/NAME        what a command wrote with -j
#   /out/text/NAME        what it wrote as text
#   /out/metrics          of ipitrace serve
#   /out/check            ipitrace check -j
#   /out/NAME.err         a command's stderr

# seen DIR NAME WORD...: ipitrace WORD...
seen() {
	local file=/out/$1/$2 name=$1.$2
	shift 2
	ipitrace "$@" >"$file" 2>"/out/$name.err"
}

# both NAME COMMAND OPTIONS LOAD...: as JSON, and as text. The load begins when ipitrace has attached, which
# takes an emulated CPU that nobody else needs some seconds.
both() {
	local name=$1 command=$2 options=$3
	shift 3
	# shellcheck disable=SC2086 # several words
	seen json "$name" "$command" $options -j -- "$@"
	# shellcheck disable=SC2086
	seen text "$name" "$command" $options -- "$@"
}

# Late deliveries and long handlers, of more than the kernel's ticks of 10 ms.
stall() {
	ipigen run single_wait --src 0 --dst 1 --irqs-off 50ms --count 4 >/dev/null
	ipigen run single_wait --src 0 --dst 1 --hold 50ms --count 4 >/dev/null
}

metrics() {
	local serve
	# An emulated CPU is often away for 1 ms: real-time watchers that report that leave nothing to the others.
	ipitrace serve -q -t 200ms --ready-file /tmp/ready -- /root/script load 100 --rate 300 2>/out/serve.err &
	serve=$!
	until [ -e /tmp/ready ]; do
		kill -0 $serve || return
		sleep 0.1
	done
	for _ in $(seq 90); do
		sleep 1
		wget -q -O /out/metrics http://127.0.0.1:9464/metrics
		! grep -q '^ipitrace_delay_seconds_count' /out/metrics || break
	done
	kill -TERM $serve
	wait $serve
}

# ipitrace runs parts of this script as its child, whose output is not ipitrace's.
case $1 in
stall) stall && exit ;;
load) shift && exec ipiload membarrier -q -d "$@" >/dev/null ;;
esac

mkdir -p /out/json /out/text
insmod /root/ipigen.ko max_ms=250 || exit
ipitrace check -j >/out/check 2>/out/check.err
load="/root/script load 3"
# shellcheck disable=SC2086 # several words
{
	both summary summary "" $load
	seen json by summary --by sender -j -- $load
	seen text full summary --full -- $load
	both trace trace "" $load
	both isolated isolated "-c 1" $load
	both storm storm "--storm-rate 10 -i 1" /root/script load 6
}
metrics
both stalls stalls "-t 5ms" /root/script stall
ipitrace record -q --trace -t 5ms -o /out/run.zst -- /root/script stall 2>/out/record.err
seen json report report /out/run.zst -j
seen text report report /out/run.zst
seen text report_trace report /out/run.zst trace
seen text report_stalls report /out/run.zst stalls
seen text report_calls report /out/run.zst calls
seen text report_hist report /out/run.zst hist
rmmod ipigen
