// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "base/sysfile.h"

bool sysfile__line(char *buf, size_t size, const char *path)
{
	FILE *file = fopen(path, "re");
	bool got = file && fgets(buf, size, file);

	if (file)
		fclose(file);
	if (got)
		buf[strcspn(buf, "\n")] = '\0';
	else
		*buf = '\0';
	return got;
}
