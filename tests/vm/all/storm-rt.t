#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Real storms on a PREEMPT_RT kernel.
cd "$(dirname "$0")/../../.." || exit
tests/vm/storm-test -k 6.12-rt | tests/vm/matrix tap 6.12-rt storm
