#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM, on a kernel that has neither csd tracepoints nor what calls need.
# judge/cannot-test judges /out: NAME.out, .err, .status of each command; waits.page, of the one that can.

for command in summary hist storm trace stalls serve; do
	ipitrace $command -d 0.2 >/out/$command.out 2>/out/$command.err
	echo $? >/out/$command.status
done
ipitrace waits -d 0.5 >/out/waits.page 2>/out/waits.err
ipitrace check -j >/out/check.out 2>/out/check.err
echo $? >/out/check.status
