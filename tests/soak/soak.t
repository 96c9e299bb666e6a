#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Ten minutes for make test-all; SOAK_SECONDS=60 for less.
exec "$(dirname "$0")/soak.py" "${SOAK_SECONDS:-600}"
