#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every kind of IPI on a PREEMPT_RT kernel.
cd "$(dirname "$0")/../../.." || exit
tests/vm/kinds-test 6.12-rt | tests/vm/matrix tap 6.12-rt kinds
