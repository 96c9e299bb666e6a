/* SPDX-License-Identifier: GPL-2.0 */
/* Text that is written to memory as to a file, and that is whole or an error. */
#ifndef IPITRACE_BASE_MEMORY_TEXT_H
#define IPITRACE_BASE_MEMORY_TEXT_H

#include <stdio.h>

/*
 * A stream like that of open_memstream(), which hides that memory ended: its streams have no
 * error then, and fclose() may return 0 with half a text or none (glibc 2.36, _IO_str_overflow(),
 * _IO_mem_finish()).
 *
 * fclose() of this stream gives *@text and *@len, without the '\0' behind the text; the caller
 * frees *@text. It fails if a byte is missing, and *@text is NULL. NULL: there is no memory.
 */
FILE *memory_text__open(char **text, size_t *len);

#endif /* IPITRACE_BASE_MEMORY_TEXT_H */
