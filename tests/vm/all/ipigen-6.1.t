#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A kernel without the csd tracepoints: the module does all it can there; ipitrace says why it cannot.
cd "$(dirname "$0")/../../.." || exit
exec tests/vm/ipigen-test -k 6.1 -t 400 full
