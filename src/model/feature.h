/* SPDX-License-Identifier: GPL-2.0 */
/* One thing that this kernel offers or lacks, for `check`. */
#ifndef IPITRACE_MODEL_FEATURE_H
#define IPITRACE_MODEL_FEATURE_H

#include <stdbool.h>

struct feature {
	const char *name;
	const char *what; /* for people */
	bool available;
	char how[96]; /* "" if not available */
	char why[160]; /* why not; "" if available */
};

#endif /* IPITRACE_MODEL_FEATURE_H */
