#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: makes stalls of CPU 1, of which judge/vmcore-test takes dumps from outside.
# All goes to stdout, for the last stall ends in a panic:
#
#   live KIND JSON    ipitrace waits -j, within the stall
#   dump KIND         now take the dump; the stall lasts for seconds still
#
# usage: vmcore.sh KIND...

# CPUs 2 and 3 for all that works: CPU 0 sends, and CPU 1 is stuck. A shell on CPU 1 would not go on.
if [ -z "$IPITRACE_ELSEWHERE" ]; then
	export IPITRACE_ELSEWHERE=1
	exec taskset c "$0" "$@"
fi

stall() { # KIND
	case $1 in
	off | panic) exec ipigen run single_wait --src 0 --dst 1 --irqs-off 8000ms ;;
	many) exec ipigen run many_wait --src 0 --dst 1-3 --irqs-off 8000ms --hold-on 1 ;;
	handler) exec ipigen run single_wait --src 0 --dst 1 --hold 8000ms ;;
	esac
}

# The sender spins in the kernel: the stall has begun, and has lasted for half a second.
stall_wait() { # PID
	for _ in $(seq 100); do
		sleep 0.1
		[ "$(cut -d' ' -f15 "/proc/$1/stat" 2>/dev/null || echo 0)" -lt 50 ] || return
	done
}

insmod /root/ipigen.ko max_ms=8000 || exit
for kind; do
	stall $kind >/dev/null 2>&1 &
	stall_wait $!
	echo "live $kind $(ipitrace waits -t 10ms -j 2>&1)"
	echo "dump $kind"
	if [ $kind = panic ]; then
		sleep 0.1
		# The dump is of a machine that has stopped, not of the next boot.
		echo 0 >/proc/sys/kernel/panic
		echo c >/proc/sysrq-trigger
	fi
	wait
done
