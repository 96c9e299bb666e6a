/* SPDX-License-Identifier: GPL-2.0 */
/* A file of another tracer, of whichever kind, event by event. */
#ifndef IPITRACE_IMPORT_READER_H
#define IPITRACE_IMPORT_READER_H

#include <stddef.h>
#include "import/event.h"
#include "import/names.h"

enum import_kind {
	IMPORT_NONE, /* nothing that is read here */
	IMPORT_CAPTURE, /* zstd: ipitrace's own */
	IMPORT_TEXT, /* of tracefs, perf script, trace-cmd report */
	IMPORT_PERF_DATA, /* perf's own file: told, not read */
	IMPORT_TRACE_DAT, /* trace-cmd's own file: told, not read */
	NR_IMPORT_KINDS,
};

/* The first bytes that tell a file's kind. */
#define IMPORT_HEAD 64

/* By the first bytes, as many as there are up to IMPORT_HEAD. */
enum import_kind import_kind__of(const char *head, size_t len);

/* Bytes of one read(2). */
#define IMPORT_CHUNK (256 << 10)

struct import_reader {
	struct names *names;
	import_event_fn *fn;
	void *ctx;
	/* Called with each chunk that was read, for a progress; may be NULL. */
	void (*progress)(void *ctx);
	struct import_facts facts;
};

/* How reading ended. */
struct import_result {
	enum import_kind kind; /* all but IMPORT_TEXT: nothing was read */
	int err; /* a negative errno of reading, or what fn returned; 0: the file was read to its end */
};

/* Read @fd from where it stands, a file or a pipe. Memory is bounded. */
struct import_result import__read(struct import_reader *reader, int fd);

#endif /* IPITRACE_IMPORT_READER_H */
