/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text of other tracers, line by line: tracefs' `trace` and `trace_pipe`, `perf script`,
 * `trace-cmd report`. One grammar takes them all; bounded memory, and no line is trusted.
 */
#ifndef IPITRACE_IMPORT_TEXT_H
#define IPITRACE_IMPORT_TEXT_H

#include <stddef.h>
#include "import/event.h"
#include "import/names.h"

/* A longer line is no event of ours. */
#define TEXT_LINE 4096

/* All zero but for the first members: nothing was read. */
struct text_reader {
	struct names *names;
	import_event_fn *fn;
	void *ctx;
	struct import_facts *facts; /* added to with each line */
	size_t len; /* of line[], where a line goes on in the next bytes */
	bool skips; /* the rest of a line that is too long */
	char line[TEXT_LINE];
};

/* The next @len bytes. 0, or what @fn returned. */
int text_reader__feed(struct text_reader *reader, const char *bytes, size_t len);

/* No more bytes: a last line without its newline was cut off, and is not read. */
void text_reader__end(struct text_reader *reader);

#endif /* IPITRACE_IMPORT_TEXT_H */
