#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Real storms, each named rightly; on a CPU with a constant TSC, too.
cd "$(dirname "$0")/../../.." || exit
tests/vm/storm-test -k 6.12 | tests/vm/matrix tap 6.12 storm
