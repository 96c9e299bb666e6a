#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Sixteen CPUs, each sends to all: nothing lost, every edge right.
cd "$(dirname "$0")/../../.." || exit
exec tests/vm/ipigen-test -s 16 -t 240 storm
