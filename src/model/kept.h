/* SPDX-License-Identifier: GPL-2.0 */
/* A snapshot with all that it needs: its names and its host, whose owners change them. */
#ifndef IPITRACE_MODEL_KEPT_H
#define IPITRACE_MODEL_KEPT_H

#include <stddef.h>
#include <stdint.h>
#include "model/host.h"
#include "model/snapshot.h"

struct kept {
	struct snapshot snap; /* its strings are in @strings, its host is @host */
	struct host host;
	uint64_t own_ns; /* CPU time that ipitrace itself took in the window; the keeper's */
	char *strings;
	size_t bytes; /* all of it */
};

/* A copy of @snap; NULL without memory. */
struct kept *kept__new(const struct snapshot *snap);

/* @kept may be NULL. */
void kept__free(struct kept *kept);

#endif /* IPITRACE_MODEL_KEPT_H */
