#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# no clock of stolen time: bare metal, Xen, Hyper-V, arm64.
exec "$(dirname "$0")/run" IPITRACE_STEAL_CLOCK=none
