#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What an event costs on 16 and on 64 CPUs is what it costs on 4, on Linux 7.
cd "$(dirname "$0")/../../.." || exit
tests/vm/scale-test -k 7 4 16 64 | tests/vm/matrix tap 7 scale "4, 16 and 64 CPUs"
