// SPDX-License-Identifier: GPL-2.0
/* ipitrace goes on without the file of a clerk that waits for its disk, and takes that file the next time. */
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include "run/parts.h"
#include "unit.h"

static char directory[64], path[PATH_MAX];
static bool late; /* the clerk has not answered when ipitrace has waited */
static int nr_sent; /* requests */

int __real_poll(struct pollfd *fds, nfds_t nr, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t nr, int timeout)
{
	return late ? 0 : __real_poll(fds, nr, timeout);
}

ssize_t __real_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
	nr_sent++;
	return __real_send(fd, data, size, flags);
}

static int setup(void **state)
{
	late = false;
	nr_sent = 0;
	strcpy(directory, "/tmp/test_clerk_late.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/f.zst", directory);
	return 0;
}

static int teardown(void **state)
{
	return rmdir(directory);
}

TEST(a_late_file_is_asked_for_once, setup, teardown)
{
	const struct clerk_config config = { .path = path };
	struct clerk *clerk;
	int fd;

	assert_int_equal(clerk__open(&clerk, &config), 0);
	late = true;
	for (int i = 0; i < 2; i++)
		assert_int_equal(clerk__file(clerk), -ETIMEDOUT);
	late = false;
	fd = clerk__file(clerk);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(nr_sent, 1);
	/* The next file has its own request. */
	fd = clerk__file(clerk);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(nr_sent, 2);
	clerk__close(clerk);
}

TEST_MAIN(NULL, NULL)
