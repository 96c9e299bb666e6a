// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/become.h"
#include "base/write_all.h"

/* Where execvp() looks if there is no PATH: confstr(_CS_PATH) of glibc; musl has more. */
#define DEFAULT_PATH "/bin:/usr/bin"

void become__program(char **argv, int report_fd)
{
	sigset_t none;
	int err;

	write_signals__set(SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	err = errno;
	(void)!write(report_fd, &err, sizeof(err));
	_exit(err == ENOENT ? 127 : 126);
}

/* Returns 0 if @file may be executed; else the negative errno of execve(). */
static int check_file(const char *file)
{
	struct stat st;

	if (stat(file, &st))
		return -errno;
	return S_ISREG(st.st_mode) && !access(file, X_OK) ? 0 : -EACCES;
}

int become__check(const char *name)
{
	const char *path = getenv("PATH") ?: DEFAULT_PATH;
	char file[PATH_MAX];
	int err = -ENOENT;

	if (strchr(name, '/'))
		return check_file(name);
	while (path && *name) {
		const char *end = strchrnul(path, ':');
		int found = -ENOENT;

		if (snprintf(file, sizeof(file), "%.*s%s%s", (int)(end - path), path,
			     end > path ? "/" : "", name) < (int)sizeof(file))
			found = check_file(file);
		if (!found)
			return 0;
		if (found == -EACCES)
			err = found;
		path = *end ? end + 1 : NULL;
	}
	return err;
}

int become__wait(int report_fd)
{
	int err;
	ssize_t len;

	do {
		len = read(report_fd, &err, sizeof(err));
	} while (len < 0 && errno == EINTR);
	return len == sizeof(err) ? -err : 0;
}
