#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: calls of ipigen while nothing traces the kernel, then while function_graph does, which
# puts its own code in place of call sites. judge/traced-test judges /out.
#
#   /out/plain, traced    ipitrace summary -j, one window; .err
#   /out/text             ipitrace --full, while function_graph traces; .err
#   /out/traced.calls     a line for each traced function
#
# usage: traced.sh CALLS

out=/out
tracing=/sys/kernel/tracing
queueing="smp_call_function_many_cond __smp_call_single_queue generic_exec_single smp_call_function_single"

begin() { # NAME COMMAND...
	local name=$1
	shift
	ipitrace "$@" --ready-file /tmp/$name >$out/$name 2>$out/$name.err &
	eval "$name=\$!"
}

ready() { # NAME
	local pid
	eval "pid=\$$1"
	until [ -e /tmp/$1 ]; do
		kill -0 $pid || exit
		sleep 0.1
	done
}

end() { # NAME
	local pid
	eval "pid=\$$1"
	kill -TERM $pid
	wait $pid
	echo "status $?" >>$out/$1.err
}

calls() {
	ipigen run many_wait --src 0 --dst 1-3 --count "$1" -j >/dev/null
	ipigen run single_wait --src 0 --dst 1-3 --count "$1" -j >/dev/null
}

insmod /root/ipigen.ko || exit
begin plain summary -d 600 -j
ready plain
calls "$1"
end plain
for function in $queueing; do
	echo $function >>$tracing/set_ftrace_filter
done
echo function_graph >$tracing/current_tracer || exit
cat $tracing/set_ftrace_filter >$out/traced.calls
begin traced summary -d 600 -j
begin text --full -d 600
ready traced
ready text
calls "$1"
end traced
end text
echo nop >$tracing/current_tracer
rmmod ipigen
