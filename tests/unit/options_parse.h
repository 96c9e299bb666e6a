/* SPDX-License-Identifier: GPL-2.0 */
/* Command lines to parse, for the tests of options. */
#ifndef IPITRACE_TESTS_OPTIONS_PARSE_H
#define IPITRACE_TESTS_OPTIONS_PARSE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "unit.h"
#include "cli/options.h"

static struct options opts;
static char why[256];

static inline int parse(char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	memset(&opts, 0xff, sizeof(opts));
	memset(why, 0, sizeof(why));
	return options__parse(&opts, argc, argv, why, sizeof(why));
}

#define PARSE(...) parse((char *[]){ "ipitrace", ##__VA_ARGS__, NULL })

/* One line that names each of @names, which end with NULL. */
static inline void check_why(const char *const *names)
{
	assert_int_not_equal(strlen(why), 0);
	assert_null(strchr(why, '\n'));
	for (; *names; names++)
		if (!strstr(why, *names))
			fail_msg("'%s' is not in \"%s\"", *names, why);
}

#define REFUSED(...) check_why((const char *[]){ __VA_ARGS__, NULL })

#endif /* IPITRACE_TESTS_OPTIONS_PARSE_H */
