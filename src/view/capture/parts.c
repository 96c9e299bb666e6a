// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
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

int capture_parts__open(struct capture_parts *parts, const char *path)
{
	int first = open(path, O_RDONLY | O_CLOEXEC), second;
	struct head one, two;
	char name[PATH_MAX];

	if (first < 0)
		return -errno;
	*parts = (struct capture_parts){ 1, { first, -1 } };
	if (snprintf(name, sizeof(name), "%s.1", path) >= (int)sizeof(name))
		return 0;
	second = open(name, O_RDONLY | O_CLOEXEC);
	if (second < 0)
		return 0;
	one = head_read(first);
	two = head_read(second);
	if (!one.known || !two.known || one.mono != two.mono || one.part == two.part) {
		close(second);
		return 0;
	}
	*parts = one.part < two.part ? (struct capture_parts){ 2, { first, second } } :
				       (struct capture_parts){ 2, { second, first } };
	return 0;
}

int capture_parts__read(const char *path, capture_line_fn *fn, void *ctx,
			struct capture_result *result)
{
	struct capture_parts parts;
	int err = capture_parts__open(&parts, path);

	if (err)
		return err;
	result->end = CAPTURE_WHOLE;
	for (int i = 0; i < parts.nr; i++) {
		if (result->end == CAPTURE_WHOLE)
			capture__read(parts.fds[i], fn, ctx, result);
		close(parts.fds[i]);
	}
	return 0;
}
