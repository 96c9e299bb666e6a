// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/write_all.h"
#include "view/view.h"

char *lines__begin(struct lines *lines, size_t max)
{
	if (lines->len + max > LINES_BYTES)
		lines__flush(lines);
	return lines->text + lines->len;
}

void lines__end(struct lines *lines, const char *end)
{
	lines->len = end - lines->text;
}

/*
 * The file has @done bytes of @text: truncate the incomplete line at the end, but only if these are
 * the file's last bytes, because PROGRAM may write to the file, too.
 */
static void cut_off(int fd, const char *text, size_t done)
{
	const char *newline = memrchr(text, '\n', done);
	size_t part = done - (newline ? newline + 1 - text : 0);
	off_t at = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (!part || at < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size != at)
		return;
	if (!ftruncate(fd, at - part))
		lseek(fd, at - part, SEEK_SET);
}

int lines__flush(struct lines *lines)
{
	size_t done = 0;

	if (!lines->err && lines->write)
		lines->err = lines->len ? lines->write(lines->ctx, lines->text, lines->len) : 0;
	else if (!lines->err)
		lines->err = write_all(lines->fd, lines->text, lines->len, &done);
	if (lines->err && done)
		cut_off(lines->fd, lines->text, done);
	lines->len = 0;
	return lines->err;
}

void lines__fail(struct lines *lines, int err)
{
	if (!lines__flush(lines))
		lines->err = err;
}

char *lines__u64(char *to, uint64_t n)
{
	char digits[20];
	int nr = 0;

	do
		digits[nr++] = '0' + n % 10;
	while (n /= 10);
	while (nr)
		*to++ = digits[--nr];
	return to;
}
