/* SPDX-License-Identifier: GPL-2.0 */
/* Command lines to parse, for the tests of options. */
#ifndef IPITRACE_TESTS_OPTIONS_PARSE_H
#define IPITRACE_TESTS_OPTIONS_PARSE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/options.h"
#include "unit.h"

static struct options opts;
static char why[256];

static inline int parse(char **argv)
{
	int argc = 0, err, nr = 0;

	while (argv[argc])
		argc++;
	while (argv[nr + 1] && strcmp(argv[nr + 1], "--"))
		nr++;
	memset(&opts, 0xff, sizeof(opts));
	memset(why, 0, sizeof(why));
	err = options__parse(&opts, argc, argv, why, sizeof(why));
	if (err)
		return err;
	/* All words up to PROGRAM; the tests compare the rest. */
	assert_ptr_equal(opts.words, argv + 1);
	assert_int_equal(opts.nr_words, nr);
	opts.words = NULL;
	opts.nr_words = 0;
	return 0;
}

#define PARSE(...) parse((char *[]){ "ipitrace", ##__VA_ARGS__, NULL })

static inline const struct option_row *row_of(const char *option)
{
	for (int i = 0; i < NR_OPTIONS; i++)
		if (option[1] == '-' ? !strcmp(option + 2, option_rows[i].name) :
				       option[1] == option_rows[i].letter)
			return &option_rows[i];
	fail_msg("no option %s", option);
	return NULL;
}

/* The first command that uses an option, given as --name or -letter. */
static inline char *user_of(const char *option)
{
	return (char *)command_texts[__builtin_ctz(row_of(option)->commands)].name;
}

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
