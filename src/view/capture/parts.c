// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "view/capture/line.h"
#include "view/capture/parts.h"
#include "view/capture/reader.h"

/* The facts of the first line. */
struct head {
	bool known;
	json_int_t mono; /* the run's; no two runs of a host have the same */
	json_int_t part;
};

static int head_take(void *ctx, const struct capture_line *line)
{
	json_t *object = capture_line__object(line);
	struct head *head = ctx;

	head->known = json_is_integer(json_object_get(object, "mono"));
	head->mono = json_integer_value(json_object_get(object, "mono"));
	head->part = json_integer_value(json_object_get(object, "part"));
	json_decref(object);
	return 1;
}

static struct head head_read(int fd)
{
	struct capture_result result;
	struct head head = {};

	capture__read(fd, head_take, &head, &result);
	if (lseek(fd, 0, SEEK_SET) < 0)
		head.known = false;
	return head;
}

/*
 * The second file of @name, beside a first one of @owner; negative: there is none, and
 * *@left_out says why, or it was opened in vain. Whoever may write to the directory may put there
 * what is no part of the first: a pipe, on which open() would wait, a link, a file of one's own.
 */
static int second_open(const char *name, uid_t owner, const char **left_out)
{
	int fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0) {
		*left_out = errno == ENOENT ? NULL :
			    errno == ELOOP  ? "a symbolic link" :
					      strerror(errno);
		return -1;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		*left_out = "not a regular file";
	else if (st.st_uid != owner)
		*left_out = "the file of another user";
	if (!*left_out)
		return fd;
	close(fd);
	return -1;
}

int capture_parts__open(struct capture_parts *parts, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char name[PATH_MAX];
	struct stat st;

	if (fd < 0)
		return -errno;
	*parts = (struct capture_parts){ 1, { fd, -1 }, NULL };
	/* What comes through a pipe is one part. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    snprintf(name, sizeof(name), "%s.1", path) >= (int)sizeof(name))
		return 0;
	parts->fds[1] = second_open(name, st.st_uid, &parts->left_out);
	parts->nr += parts->fds[1] >= 0;
	return 0;
}

void capture_parts__order(struct capture_parts *parts)
{
	struct head first, second;
	int *fds = parts->fds, fd = fds[0];

	if (parts->nr < 2)
		return;
	first = head_read(fds[0]);
	second = head_read(fds[1]);
	if (!first.known || !second.known || first.mono != second.mono ||
	    first.part == second.part) {
		close(fds[1]);
		fds[1] = -1;
		parts->nr = 1;
	} else if (second.part < first.part) {
		fds[0] = fds[1];
		fds[1] = fd;
	}
}

void capture_parts__close(struct capture_parts *parts)
{
	for (int i = 0; i < parts->nr; i++)
		close(parts->fds[i]);
	parts->nr = 0;
}

void capture_parts__read(struct capture_parts *parts, capture_line_fn *fn, void *ctx,
			 struct capture_result *result)
{
	capture_parts__order(parts);
	result->end = CAPTURE_WHOLE;
	for (int i = 0; i < parts->nr && result->end == CAPTURE_WHOLE; i++)
		capture__read(parts->fds[i], fn, ctx, result);
}
