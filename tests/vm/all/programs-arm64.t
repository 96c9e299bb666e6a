#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The unit tests, and the BPF programs fed with made-up events, on arm64.
cd "$(dirname "$0")/../../.." || exit
build=${BUILD:-build}/arm64
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# A locale with UTF-8 is of files, the same for both.
files=(-f /usr/lib/locale/C.utf8:/usr/lib/locale/C.utf8)
for file in "$build"/tests/test_* "$build"/tests/bpf_* "$build"/tests/fake.bpf.o; do
	case $file in *.d) ;; *) files+=(-f "$file:/root/tests/${file##*/}") ;; esac
done
tests/vm/run -k 6.12-arm64 -t 300 -o "$out" "${files[@]}" -- tests/vm/programs.sh >"$out/vm.log" 2>&1
status=$?
n=1
[ $status = 0 ] && echo "ok 1 - the VM ran" || { echo "not ok 1 - the VM ran" && sed 's/^/# /' "$out/vm.log"; }
for file in "${files[@]}"; do
	name=${file##*/}
	case $name in -f | *.o | C.utf8) continue ;; esac
	n=$((n + 1))
	if grep -q "^ok" "$out/$name.tap" && ! grep -q "^not ok" "$out/$name.tap" &&
		! grep -q -s "^$name:" "$out/failed"; then
		echo "ok $n - $name: $(grep -c '^ok' "$out/$name.tap") passed"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$out/$name.tap"
	fi
done
echo "1..$n"
