/* SPDX-License-Identifier: GPL-2.0 */
/* One option's value, from text into struct options. */
#ifndef IPITRACE_CLI_OPTION_VALUE_H
#define IPITRACE_CLI_OPTION_VALUE_H

#include <stddef.h>

struct option_row;
struct options;

/*
 * Read @text (NULL for a flag) into the row's member of @opts, which may keep
 * the pointer. Returns 0, or -EINVAL with "--NAME VALUE: reason" in @why.
 */
int option_value__set(struct options *opts, const struct option_row *row, const char *text,
		      char *why, size_t size);

#endif /* IPITRACE_CLI_OPTION_VALUE_H */
