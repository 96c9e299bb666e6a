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
	uint64_t bytes; /* in the file */
};

/* A line that the next one replaces; for a terminal. */
void view__record_progress(const struct record_progress *progress);

/* The last line. @replaces: it follows view__record_progress(). */
void view__record_end(const struct record_progress *progress, const char *path, bool replaces);

#endif /* IPITRACE_VIEW_TEXT_RECORD_H */
