// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <unistd.h>
#include "host/modules.h"

/* The columns of a line: name, size, users, their names, state, address. */
enum {
	USERS = 2,
	USERS_NAMES,
};

int modules__open(const char *path)
{
	return open(path ? path : "/proc/modules", O_RDONLY | O_CLOEXEC);
}

/* FNV-1a */
uint64_t modules__hash(int fd)
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	char buf[4096];
	off_t at = 0;
	ssize_t len;
	int column = 0;

	while (fd >= 0 && (len = pread(fd, buf, sizeof(buf), at)) > 0) {
		for (ssize_t i = 0; i < len; i++) {
			column = buf[i] == '\n' ? 0 : column + (buf[i] == ' ');
			if (column != USERS && column != USERS_NAMES)
				hash = (hash ^ (unsigned char)buf[i]) * 0x100000001b3ULL;
		}
		at += len;
	}
	return hash;
}
