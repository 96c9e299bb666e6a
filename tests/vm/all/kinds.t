#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every kind of IPI on x86.
cd "$(dirname "$0")/../../.." || exit
tests/vm/kinds-test 6.12 | tests/vm/matrix tap 6.12 kinds
