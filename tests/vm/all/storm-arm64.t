#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Real storms on arm64: those that need an IPI there.
cd "$(dirname "$0")/../../.." || exit
tests/vm/storm-test -k 6.12-arm64 | tests/vm/matrix tap 6.12-arm64 storm
