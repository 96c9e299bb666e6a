/* SPDX-License-Identifier: GPL-2.0 */
/* The progress of `record`, on stderr. */
#ifndef IPITRACE_VIEW_TEXT_RECORD_H
#define IPITRACE_VIEW_TEXT_RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct record_progress {
	uint64_t ns; /* since collection began */
	uint64_t csds; /* queued */
	uint64_t lost;
	uint64_t bytes; /* in the file; of the flight recorder in memory */
	/* The flight recorder's: */
	bool flight;
	uint64_t held_ns; /* so much of the run is in memory */
	uint64_t size; /* of the memory, bytes */
	uint64_t files; /* written */
};

/* A line that the next one replaces; for a terminal. */
void view__record_progress(const struct record_progress *progress);

/* The last line. @replaces: it follows view__record_progress(). @path: not of the flight recorder. */
void view__record_end(const struct record_progress *progress, const char *path, bool replaces);

#endif /* IPITRACE_VIEW_TEXT_RECORD_H */
