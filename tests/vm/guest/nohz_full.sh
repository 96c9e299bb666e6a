#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in a VM whose CPU 3 is isolated and nohz_full. judge/nohz_full-test judges /out.
ipitrace check -j >/out/check
ipitrace -j -i 0.2 -d 2000 >/out/load &
pid=$!
# Root is given up as the collection begins: on a busy host that takes more than a second.
n=0
until grep -q '^CapBnd:.0*$' /proc/$pid/status || [ $n -ge 300 ]; do
	n=$((n + 1))
	sleep 0.1
done
grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs|Cpus_allowed_list):' /proc/$pid/status >/out/status
ipiload membarrier -q --cpus 0-2 --rate 300 --duration 1 >/dev/null
# Windows are longer where the host does not run the CPUs: how many a time holds is not known.
n=0
until [ "$(wc -l </out/load)" -ge 8 ] || [ $n -ge 600 ] || [ ! -d /proc/$pid ]; do
	n=$((n + 1))
	sleep 0.1
done
kill -TERM $pid
wait $pid
# IPIs to CPU 3 while only ipitrace runs.
ipitrace -j --dst 3 -i 0.2 -d 2 >/out/quiet
ipitrace -j --by sender -d 60 -- ipiload membarrier -q --cpus 0-2 --rate 300 --duration 1 >/out/sender
