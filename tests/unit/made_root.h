/* SPDX-License-Identifier: GPL-2.0 */
/* A directory with made-up files for one test: root_setup() and root_teardown() are cmocka's. */
#ifndef IPITRACE_TESTS_MADE_ROOT_H
#define IPITRACE_TESTS_MADE_ROOT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "unit.h"

static char root[64];

static int root_setup(void **state)
{
	snprintf(root, sizeof(root), "/tmp/ipitrace-root.XXXXXX");
	assert_non_null(mkdtemp(root));
	return 0;
}

static int root_teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

/* A file below root, and the directories on the way. */
static void root_file(const char *path, const char *text)
{
	char whole[256];
	FILE *out;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		assert_true(!mkdir(whole, 0755) || errno == EEXIST);
		*slash = '/';
	}
	out = fopen(whole, "we");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

#endif /* IPITRACE_TESTS_MADE_ROOT_H */
