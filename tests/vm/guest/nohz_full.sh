#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in a VM whose CPU 3 is isolated and nohz_full. judge/nohz_full-test judges /out.
ipitrace check -j >/out/check
ipitrace -j -i 0.2 -d 3 >/out/load &
pid=$!
sleep 1
grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs|Cpus_allowed_list):' /proc/$pid/status >/out/status
ipiload membarrier -q --cpus 0-2 --rate 300 --duration 1 >/dev/null
wait $pid
# IPIs to CPU 3 while only ipitrace runs.
ipitrace -j --dst 3 -i 0.2 -d 2 >/out/quiet
ipitrace -j --by sender -d 60 -- ipiload membarrier -q --cpus 0-2 --rate 300 --duration 1 >/out/sender
