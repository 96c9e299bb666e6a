/* SPDX-License-Identifier: GPL-2.0 */
/* Writes what was loaded to a folder: a capture, which sim/index.c reads. */
#ifndef SCALE_CAPTURE_DUMP_H
#define SCALE_CAPTURE_DUMP_H

/*
 * DIR/index has a line for each object, in the order in which they came:
 *
 *	btf INDEX
 *	map INDEX NAME TYPE VALUE_SIZE ENTRIES FLAGS VALUE_TYPE BTF
 *	prog INDEX NAME TYPE EXPECTED_ATTACH_TYPE ATTACH_BTF_ID
 *	attach PROG TRACEPOINT ("-": at the function that ATTACH_BTF_ID names)
 *
 * DIR/btf.INDEX, DIR/map.INDEX and DIR/prog.INDEX have the bytes. A map whose
 * bytes are all 0 has no file.
 */
_Noreturn void dump_and_end(const char *dir);

#endif /* SCALE_CAPTURE_DUMP_H */
