#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The same where idle CPUs poll, and get no interrupt.
cd "$(dirname "$0")/../../.." || exit
exec tests/vm/kinds-test 6.12 idle=poll
