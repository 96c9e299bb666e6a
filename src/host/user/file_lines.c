// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include "host/user/budget.h"
#include "host/user/file_lines.h"

off_t file_lines__each(int fd, off_t from, off_t to, file_line_fn *take, void *ctx)
{
	static char text[32 << 10];
	bool rest = false; /* of a line that is left out */
	size_t have = 0;
	off_t at = from;
	ssize_t n;

	while (at < to && (n = budget__pread(fd, text + have, sizeof(text) - have, at)) > 0) {
		char *line = text, *end;

		at += n;
		have += n;
		/* A NUL would end strchr()'s search: the line is what is before it. */
		while ((end = memchr(line, '\n', text + have - line))) {
			int err;

			*end = '\0';
			err = rest ? 0 : take(ctx, line);
			if (err)
				return err;
			rest = false;
			line = end + 1;
		}
		have -= line - text;
		memmove(text, line, have);
		if (have == sizeof(text)) {
			have = 0;
			rest = true;
		}
	}
	return at - have;
}
