#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every path that an IPI can take, once: ipitrace, ftrace and the module's books agree.
cd "$(dirname "$0")/../.." || exit
exec tests/vm/ipigen-test -t 180 --table "${BUILD:-build}/ipigen-table.md" quick
