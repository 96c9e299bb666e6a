#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Real storms on Linux 7.
cd "$(dirname "$0")/../../.." || exit
tests/vm/storm-test -k 7 | tests/vm/matrix tap 7 storm
