/* SPDX-License-Identifier: GPL-2.0 */
/* A feature that this kernel offers or lacks; a line of `check`. */
#ifndef IPITRACE_MODEL_FEATURE_H
#define IPITRACE_MODEL_FEATURE_H

#include <stdbool.h>

struct feature {
	const char *name;
	const char *what; /* a description for people */
	bool available;
	char how[96]; /* how ipitrace gets it; "" if unavailable */
	char why[160]; /* why it is unavailable; "" if available */
};

#endif /* IPITRACE_MODEL_FEATURE_H */
