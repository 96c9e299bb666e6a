#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every path with holds, masks and interrupts kept off: counts and times. docs/proof.md is its table.
cd "$(dirname "$0")/../../.." || exit
exec tests/vm/ipigen-test -t 400 --table "${BUILD:-build}/ipigen-table.md" full
