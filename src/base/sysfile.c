// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/sysfile.h"

static FILE *path_open(const char *format, va_list args)
{
	char path[PATH_MAX];

	vsnprintf(path, sizeof(path), format, args);
	return fopen(path, "re");
}

bool sysfile__line(char *buf, size_t size, const char *path, ...)
{
	va_list args;
	FILE *file;
	bool got;

	va_start(args, path);
	file = path_open(path, args);
	va_end(args);
	got = file && fgets(buf, size, file);
	if (file)
		fclose(file);
	if (got)
		buf[strcspn(buf, "\n")] = '\0';
	else
		*buf = '\0';
	return got;
}

bool sysfile__number(uint64_t *number, const char *form, const char *path, ...)
{
	bool found = false;
	char line[256];
	va_list args;
	FILE *file;

	va_start(args, path);
	file = path_open(path, args);
	va_end(args);
	*number = 0;
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, form, number) == 1;
	if (file)
		fclose(file);
	return found;
}

int regular_file__keep(int fd)
{
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}
