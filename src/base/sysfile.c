// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
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
