#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# Runs in the test VM: the test programs, as make test does on the host, and from a directory with the
# files of the tree that they read; the TAP of each goes to /out.
cd /root && mkdir -p /var/tmp /etc && ln -s /proc/self/fd /dev/fd || exit
printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/:/bin/sh >/etc/passwd
export EMULATED=1 BUILD=/root CMOCKA_MESSAGE_OUTPUT=TAP
for program in /root/tests/test_* /root/tests/bpf_*; do
	name=${program##*/}
	"$program" >/out/"$name".tap 2>&1 || echo "$name: status $?" >>/out/failed
done
