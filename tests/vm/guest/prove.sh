#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: ipitrace beside ftrace under each load, or, as told by `hotplug`, under the loads of
# hotplug-load.sh, while CPUs go and come. judge/prove-test judges /out: proof.json, .err, .status;
# left, the instances that are there afterwards.

if [ "$1" = hotplug ]; then
	set -- hotplug-load.sh ipitrace prove -d 40
else
	set -- ipitrace prove -d 10 --load
fi
"$@" -j -t 200us >/out/proof.json 2>/out/proof.err
echo $? >/out/proof.status
ls /sys/kernel/tracing/instances >/out/left
