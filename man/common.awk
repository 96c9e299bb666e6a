# SPDX-License-Identifier: GPL-2.0
# usage: awk -f man/common.awk man/common.inc PAGE
# The page, with the parts of common.inc in place of the lines that name them.
FNR == NR && /^\.\\" common: / { name = $0; next }
FNR == NR && name != "" { parts[name] = parts[name] $0 "\n" }
FNR == NR { next }
!/^\.\\" common: / { print; next }
!($0 in parts) { print FILENAME ":" FNR ": man/common.inc has no such part: " $0 >"/dev/stderr"; exit 1 }
{ printf "%s", parts[$0] }
