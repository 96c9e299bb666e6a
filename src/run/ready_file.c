// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/new_file.h"
#include "cli/diag.h"
#include "run/ready_file.h"

static int what_is_there_keep(const char *path)
{
	struct new_file file;
	int err = new_file__make_way(&file, path);

	if (!err && *file.old)
		diag__renamed(path, file.old);
	return err;
}

int ready_file__remove(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	/* A device or a FIFO is nothing that a run has left. */
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return -EEXIST;
	/* Nor is a file that has bytes. */
	if (S_ISREG(st.st_mode) && st.st_size)
		return what_is_there_keep(path);
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

int ready_file__create(const char *path)
{
	/* O_EXCL: whoever may write to the directory cannot make root follow a link. */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}
