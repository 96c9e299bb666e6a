#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# TLB flushes that send no IPIs: hypercalls, INVLPGB.
exec "$(dirname "$0")/run" IPITEST_FLUSHES=none
