#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The house style: formatted, one owner of each skeleton.
cd "$(dirname "$0")/../.." || exit 1
n=0
check() { # name, command's status
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; fi
}

make -s format-check
check "formatted (make format mends it)" $?

long=$(git ls-files '*.c' '*.h' '*.sh' '*.t' '*.py' | grep -v '^vmlinux/' | xargs wc -l |
	awk '$2 != "total" && $1 > 800')
[ -z "$long" ] || echo "# a hint: over 800 lines, so perhaps more than one concept: $long"

# clang-format does not wrap comments. A tab is eight columns.
! git ls-files 'src/*.[ch]' | xargs awk '{ text = $0; gsub(/\t/, "        ", text) }
	length(text) > 100 && text ~ /^ *(\/\*|\*) / { print FILENAME ":" FNR ": " $0 }' | grep . >&2
check "comments end at column 100" $?

[ "$(git grep -l 'include.*skel\.h"' -- 'src/*.c' 'src/*.h' | tr '\n' ' ')" = \
	"src/collect/csds.c src/collect/hooks/hooks.c src/collect/kernel_code.c " ]
check "one unit a source includes skeletons" $?

! git grep -lE 'include .(bpf/|.*skel)' -- 'src/*.c' 'src/*.h' ':!src/collect' ':!src/bpf' \
	':!src/ipitrace.bpf.c' >&2
check "only collect/ knows libbpf" $?

! git grep -nwE 'TO''DO|FIX''ME|XX''X' -- '*.c' '*.h' '*.sh' '*.t' Makefile >&2
check "nothing left to do" $?

! git grep -nE '^(<<<<<<<|>>>>>>>)( |$)' >&2
check "no merge is left half done" $?

! git grep -n '\.\./shared' -- . ':!tests/e2e/format.t' >&2
check "nothing refers to what only its developers have" $?

echo "1..$n"
