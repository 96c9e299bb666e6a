#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every path on Linux 7, where tracepoints run under SRCU.
cd "$(dirname "$0")/../../.." || exit
exec tests/vm/ipigen-test -k 7 -t 240 quick
