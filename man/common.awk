# SPDX-License-Identifier: GPL-2.0
# usage: awk -v version=VERSION -f man/common.awk man/common.inc PAGE
# The page, with the parts of common.inc in place of the lines that name them. groff's macros
# head and end a page as BSD's unless these strings (groff_mdoc(7), doc-common) say otherwise.
FNR == NR && /^\.\\" common: / { name = $0; next }
FNR == NR && name != "" { parts[name] = parts[name] $0 "\n" }
FNR == NR { next }
/^\.Dt / { print ".ds doc-volume-operating-system Linux" }
/^\.Os/ { print; print ".ds doc-operating-system ipitrace " version; next }
!/^\.\\" common: / { print; next }
!($0 in parts) { print FILENAME ":" FNR ": man/common.inc has no such part: " $0 >"/dev/stderr"; exit 1 }
{ printf "%s", parts[$0] }
