#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Stalls of every kind, injected and reported; and none in 60 s of heavy legal load.
cd "$(dirname "$0")/../../.." || exit
exec tests/vm/stalls-test --table "${BUILD:-build}/stalls-table.md"
