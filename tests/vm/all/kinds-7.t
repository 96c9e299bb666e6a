#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every kind of IPI on Linux 7.
cd "$(dirname "$0")/../../.." || exit
tests/vm/kinds-test 7 | tests/vm/matrix tap 7 kinds
