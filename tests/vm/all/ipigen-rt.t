#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every path on a PREEMPT_RT kernel, where wake-ups queue no csd.
cd "$(dirname "$0")/../../.." || exit
exec tests/vm/ipigen-test -k 6.12-rt -t 240 quick
