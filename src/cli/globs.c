// SPDX-License-Identifier: GPL-2.0
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include "cli/globs.h"

bool globs__next(const char **rest, char *glob)
{
	const char *end = strchrnul(*rest, ',');

	if (!**rest)
		return false;
	snprintf(glob, GLOBS_BYTES, "%.*s", (int)(end - *rest), *rest);
	*rest = *end ? end + 1 : end;
	return true;
}

bool globs__match(const char *list, const char *name)
{
	char glob[GLOBS_BYTES];

	while (globs__next(&list, glob))
		if (!fnmatch(glob, name, 0))
			return true;
	return false;
}
