#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every kind of IPI on arm64.
cd "$(dirname "$0")/../../.." || exit
tests/vm/kinds-test 6.12-arm64 | tests/vm/matrix tap 6.12-arm64 kinds
