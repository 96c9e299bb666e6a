#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The menu with the handler that sleeps, which may cost the kernel its life: in a VM of its own.
cd "$(dirname "$0")/../../.." || exit
exec tests/vm/ipigen-test -t 60 blocking
