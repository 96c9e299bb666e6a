/* SPDX-License-Identifier: GPL-2.0 */
/* The latest stalls and storms, as the lines of JSON that `record` would write. */
#ifndef IPITRACE_VIEW_TOP_FINDINGS_H
#define IPITRACE_VIEW_TOP_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif /* IPITRACE_VIEW_TOP_FINDINGS_H */
