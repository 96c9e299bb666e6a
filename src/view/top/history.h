/* SPDX-License-Identifier: GPL-2.0 */
/* The windows of the last five minutes, and the latest stalls and storms: all that top keeps. */
#ifndef IPITRACE_VIEW_TOP_HISTORY_H
#define IPITRACE_VIEW_TOP_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/kept.h"
#include "model/snapshot.h"

/* The windows, with all that they need: names, host. */

#define HISTORY_NS    300000000000ULL
/* Fewer windows where they are larger: 64 CPUs and 100 functions make some 0.5 MB each. */
#define HISTORY_BYTES (64UL << 20)
#define HISTORY_MOST  1024 /* windows */

/* All zero: empty. */
struct history {
	struct kept *windows[HISTORY_MOST]; /* the oldest first */
	size_t nr;
	size_t bytes;
};

void history__free(struct history *history);

/* Keep a copy of @snap, and forget windows that are too old or too many. 0 or -ENOMEM. */
int history__add(struct history *history, const struct snapshot *snap, uint64_t own_ns);

/* The window @back before the latest; NULL: there is none. */
const struct kept *history__get(const struct history *history, size_t back);

/* Stalls and storms, as the lines of JSON that `record` would write. */

#define FINDINGS_MOST 256 /* of both together; older ones are forgotten */

struct finding {
	bool storm; /* else a stall */
	uint64_t id; /* a stall or storm that is reported again keeps its id, and its place here */
	char *line; /* with its newline */
	size_t len;
	json_t *object;
};

/* All zero: empty. */
struct findings {
	struct finding items[FINDINGS_MOST]; /* the oldest first */
	size_t nr;
	uint64_t stalls, storms; /* so far, kept or not; storms without notes */
};

void findings__free(struct findings *findings);

/* Take over each line of @text that is a stall or a storm. 0 or -ENOMEM. */
int findings__add(struct findings *findings, const char *text, size_t len);

const struct finding *findings__find(const struct findings *findings, bool storm, uint64_t id);

/* Members of a finding; "" and 0 where there are none. */
const char *finding__text(const struct finding *finding, const char *key);
uint64_t finding__number(const struct finding *finding, const char *key);
double finding__real(const struct finding *finding, const char *key);
bool finding__ongoing(const struct finding *finding);

#endif /* IPITRACE_VIEW_TOP_HISTORY_H */
