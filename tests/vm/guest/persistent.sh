#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM, twice: before and after a reset that leaves memory as it is. ftrace's buffer of the
# instance "ipi" is in memory that the kernel's command line reserves. judge/persistent-test judges /out:
#
#   /out/before    the buffer as text, a moment before the reset
#   /out/after     the buffer as text, after the reset
#
# Between the two boots /out/before is in the disk of the results, where the results do not reach.

instance=/sys/kernel/tracing/instances/ipi
disk=/dev/vda
place="bs=1M count=64"

[ -d $instance ] || {
	echo "the kernel has no instance in reserved memory" >&2
	exit 3
}
dd if=$disk $place skip=128 2>/dev/null | tr -d '\0' >/out/before
if [ -s /out/before ]; then
	cat $instance/trace >/out/after
	exit
fi
echo 1 >$instance/tracing_on
ipiload membarrier -q --duration 1
cat $instance/trace >/tmp/before
dd if=/tmp/before of=$disk $place seek=128 conv=fsync 2>/dev/null
ipiload membarrier -q --duration 0.2
echo b >/proc/sysrq-trigger
sleep 60
