#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A bounded number of inputs, the same in each run; make fuzz goes on for longer.
build=${BUILD:-build}
fuzz=$(dirname "$0")/../fuzz
n=0
# Of options, each input that may begin PROGRAM looks for that in all of PATH.
PATH=/usr/bin:/bin
for runs in options:60000 http:2000 capture:4000 dump:3000 clerk:200000 elf:100000 maps:50000 code:200000 import:5000 report:300; do
	name=${runs%:*}
	n=$((n + 1))
	if [ "$name" = report ] && [ ! -e "$build/fuzz/report" ]; then
		echo "ok $n - inputs for report # SKIP make check does not build it"
		continue
	fi
	dir=$(mktemp -d)
	# Inputs to begin with, where there are some.
	cp "$fuzz/corpus/$name"/* "$dir" 2>/dev/null
	if "$build/fuzz/$name" -runs="${runs#*:}" -seed=1 -dict="$fuzz/$name.dict" \
		-artifact_prefix="$build/fuzz/" -verbosity=0 "$dir" >"$dir.log" 2>&1; then
		echo "ok $n - ${runs#*:} inputs for $name"
	else
		echo "not ok $n - ${runs#*:} inputs for $name"
		sed 's/^/# /' "$dir.log"
	fi
	rm -rf "$dir" "$dir.log"
done
echo "1..$n"
