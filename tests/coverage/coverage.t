#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The shares of the lines and branches of src/ that the tests run are not lower than in docs/coverage.md.
cd "$(dirname "$0")/../.." || exit 1
echo 1..1
if out=$(BUILD="${BUILD:-build}/coverage" tests/coverage/coverage 2>&1); then
	echo "ok 1 - no share is lower than in docs/coverage.md"
else
	echo "not ok 1 - no share is lower than in docs/coverage.md"
fi
printf '%s\n' "$out" | sed 's/^/# /'
