#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What an event costs on 16 and on 64 CPUs is what it costs on 4, on arm64.
cd "$(dirname "$0")/../../.." || exit
tests/vm/scale-test -k 6.12-arm64 4 16 64 | tests/vm/matrix tap 6.12-arm64 scale "4, 16 and 64 CPUs"
