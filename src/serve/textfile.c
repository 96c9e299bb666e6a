// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include "base/helper_process.h"
#include "base/privileges.h"
#include "serve/serve.h"

/* node_exporter reads only files named *.prom, so it does not read this one. */
#define TEMPORARY   "." TEXTFILE_NAME ".new"
#define LAST_RESULT 5000 /* how long textfile__close() waits, ms */

/* Descriptors in the writer. */
enum { CHILD_SOCKET, CHILD_TEXT, CHILD_FDS };

struct textfile {
	pid_t pid;
	int fd; /* socket: a byte asks for a write; the writer answers 0 or a negative errno */
	int text_fd; /* a memfd, shared with the writer */
	FILE *text;
	bool busy; /* the writer has not answered yet */
};

/* Copy the whole text to @to. Returns 0 or a negative errno. */
static int text_copy(int to)
{
	struct stat st;
	off_t at = 0;

	if (fstat(CHILD_TEXT, &st))
		return -errno;
	while (at < st.st_size) {
		ssize_t n = sendfile(to, CHILD_TEXT, &at, st.st_size - at);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			return -EIO;
	}
	return 0;
}

/* Replace the file by a new one with the text. Returns 0 or a negative errno. */
static int text_write(void)
{
	int err, fd;

	/* Never write through a file or link that another user has put there. */
	if (unlink(TEMPORARY) && errno != ENOENT)
		return -errno;
	fd = open(TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	err = text_copy(fd);
	/* The mode must not depend on the umask: node_exporter reads the file as another user. */
	if (!err && fchmod(fd, 0644))
		err = -errno;
	/* Some file systems report only at close() that they are full. */
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(TEMPORARY, TEXTFILE_NAME))
		err = -errno;
	if (err)
		unlink(TEMPORARY);
	return err;
}

static void __attribute__((noreturn)) writer_main(const char *dir, const int fds[CHILD_FDS])
{
	struct stat st;
	char byte;
	int err;

	helper_process__begin("ipitrace-text", fds, CHILD_FDS);
	/* Make @dir the root directory, and become its owner. */
	if (chdir(dir) || stat(".", &st) || (!geteuid() && chroot(".")))
		err = -errno;
	else
		err = privileges__drop_to(st.st_uid, st.st_gid);
	/* Say now that DIR cannot be written, and not when the first text is due. */
	if (!err && access(".", W_OK))
		err = -errno;
	while (send(CHILD_SOCKET, &err, sizeof(err), MSG_NOSIGNAL) > 0 &&
	       recv(CHILD_SOCKET, &byte, 1, 0) == 1)
		err = text_write();
	_exit(0);
}

/* Wait up to @ms (-1: forever) for the writer's answer. Returns what textfile__poll() returns. */
static int result_wait(struct textfile *t, int ms)
{
	struct pollfd fd = { .fd = t->fd, .events = POLLIN };

	while (poll(&fd, 1, ms) < 0 && errno == EINTR)
		;
	return textfile__poll(t);
}

/* Open the text, a memfd with a stream. Returns 0 or a negative errno. */
static int text_open(struct textfile *t)
{
	int err;

	t->text_fd = memfd_create(TEXTFILE_NAME, MFD_CLOEXEC);
	if (t->text_fd < 0)
		return -errno;
	t->text = fdopen(t->text_fd, "w");
	if (t->text)
		return 0;
	err = -errno;
	close(t->text_fd);
	return err;
}

int textfile__open(struct textfile **to, const char *dir)
{
	struct textfile *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	err = text_open(t);
	t->pid = err ? err : helper_process__start(&t->fd);
	if (t->pid < 0) {
		err = t->pid;
		if (t->text)
			fclose(t->text);
		free(t);
		return err;
	}
	if (!t->pid)
		writer_main(dir, (const int[CHILD_FDS]){ t->fd, t->text_fd });
	t->busy = true;
	err = result_wait(t, -1);
	if (err)
		textfile__close(t);
	else
		*to = t;
	return err;
}

FILE *textfile__begin(struct textfile *t)
{
	if (t->busy)
		return NULL;
	rewind(t->text);
	return ftruncate(t->text_fd, 0) ? NULL : t->text;
}

int textfile__commit(struct textfile *t)
{
	if (fflush(t->text) || ferror(t->text))
		return errno ? -errno : -EIO;
	if (send(t->fd, "w", 1, MSG_NOSIGNAL) < 0)
		return -errno;
	t->busy = true;
	return 0;
}

int textfile__fd(const struct textfile *t)
{
	return t->fd;
}

int textfile__poll(struct textfile *t)
{
	int result;
	ssize_t n = recv(t->fd, &result, sizeof(result), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	t->busy = false;
	/* The writer ends before its parent only if it is killed. */
	return n == sizeof(result) ? result : -EPIPE;
}

int textfile__close(struct textfile *t)
{
	int err;

	if (!t)
		return 0;
	err = t->busy ? result_wait(t, LAST_RESULT) : 0;
	close(t->fd);
	fclose(t->text);
	/* Do not wait for a writer that waits for its disk. The writer ends by itself later. */
	waitpid(t->pid, NULL, t->busy ? WNOHANG : 0);
	helpers__forget(t->pid);
	free(t);
	return err;
}
