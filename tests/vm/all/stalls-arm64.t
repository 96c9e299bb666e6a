#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Stalls of every kind, injected and reported, on arm64.
cd "$(dirname "$0")/../../.." || exit
exec tests/vm/stalls-test -k 6.12-arm64
