// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "base/write_all.h"

/* At the end of a run: how long to wait for a reader that reads nothing, ms. */
#define GRACE 1000

static int stop_fd = -1;
static _Atomic bool given_up;
static _Atomic uint64_t unwritten;

void write_all__stop_by(int fd)
{
	stop_fd = fd;
}

bool write_all__pause(int ms)
{
	struct pollfd stop = { .fd = stop_fd, .events = POLLIN };

	return poll(&stop, 1, ms) <= 0;
}

uint64_t write_all__unwritten(void)
{
	return unwritten;
}

/* Whether a write to @fd may have to wait for a reader. */
static bool has_reader(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || (S_ISCHR(st.st_mode) && isatty(fd));
}

/*
 * Wait for a reader to make room: for ever, unless the run must end. No signal would end a blocking
 * write(2): the main thread blocks signals, and the watchers' threads get none.
 */
static int room_wait(int fd)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLOUT },
				{ .fd = stop_fd, .events = POLLIN } };
	bool stopping = false;

	for (;;) {
		int n = poll(fds, 2 - stopping, given_up ? 0 : stopping ? GRACE : -1);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[0].revents)
			return 0;
		if (!n) {
			given_up = true;
			return -ETIMEDOUT;
		}
		stopping |= n > 0;
	}
}

/*
 * Write as much as there is room for; -1 and EAGAIN if there is no room. O_NONBLOCK is not used,
 * because it would affect PROGRAM and the shell, which have the same open file.
 */
static ssize_t write_now(int fd, const char *buf, size_t len)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	struct iovec iov = { (void *)buf, len };
	ssize_t n = pwritev2(fd, &iov, 1, -1, RWF_NOWAIT);

	if (n >= 0 || errno != EOPNOTSUPP)
		return n;
	/* A named pipe or a terminal that has any room has room for PIPE_BUF bytes. */
	if (poll(&room, 1, 0) > 0)
		return write(fd, buf, len < PIPE_BUF ? len : PIPE_BUF);
	errno = EAGAIN;
	return -1;
}

/*
 * A pipe took @done of the @len bytes of @buf, and nobody reads the pipe. Make room for the rest of
 * the line, so that a later reader finds whole lines. Returns how many more bytes the pipe took.
 */
static size_t line_complete(int fd, const char *buf, size_t len, size_t done)
{
	const char *newline = memchr(buf + done, '\n', len - done);
	int size = fcntl(fd, F_GETPIPE_SZ);
	size_t rest = newline ? newline + 1 - (buf + done) : 0, more = 0;
	ssize_t n = 1;

	if (!rest || !done || buf[done - 1] == '\n' || size < 0)
		return 0;
	/* The size of a pipe is a power of two pages, so this at least doubles the size. */
	if (fcntl(fd, F_SETPIPE_SZ, size + rest) < 0)
		return 0;
	/* A named pipe takes at most PIPE_BUF at a time. */
	for (; more < rest && n > 0; more += n > 0 ? n : 0)
		n = write_now(fd, buf + done + more, rest - more);
	return more;
}

int write_all(int fd, const char *buf, size_t len, size_t *done)
{
	bool reader = has_reader(fd);
	size_t at = 0;
	int err = 0;

	while (at < len && !err) {
		ssize_t n = reader ? write_now(fd, buf + at, len - at) :
				     write(fd, buf + at, len - at);

		if (n >= 0)
			at += n;
		else if (reader && errno == EAGAIN)
			err = room_wait(fd);
		else if (errno != EINTR)
			err = -errno;
	}
	if (reader && err == -ETIMEDOUT) {
		at += line_complete(fd, buf, len, at);
		unwritten += len - at;
	}
	if (done)
		*done = at;
	return err;
}

/* Large enough to write a window's report at once. */
static char stdout_buffer[1 << 16];
/* The error of the first failed write. A FILE only remembers that a write failed. */
static int stdout_error;

static ssize_t stdout_write(void *cookie, const char *buf, size_t len)
{
	int err = stdout_error ? stdout_error : write_all(STDOUT_FILENO, buf, len, NULL);

	(void)cookie;
	stdout_error = err;
	errno = -err;
	return err ? 0 : len;
}

static ssize_t stderr_write(void *cookie, const char *buf, size_t len)
{
	(void)cookie;
	return write_all(STDERR_FILENO, buf, len, NULL) ? 0 : len;
}

/*
 * Take the numbers of those of stdin, stdout and stderr that the parent closed. Otherwise the next
 * file gets such a number, and a message for stderr goes into a capture. Reads and writes still
 * fail with EBADF: such a descriptor of O_PATH allows neither. PROGRAM finds the number closed.
 */
static void standard_reserve(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/", O_PATH | O_CLOEXEC);
}

void output__open(void)
{
	FILE *out = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = stdout_write });
	FILE *err = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = stderr_write });

	standard_reserve();
	if (out) {
		setvbuf(out, stdout_buffer, _IOFBF, sizeof(stdout_buffer));
		stdout = out;
	}
	if (err) {
		setvbuf(err, NULL, _IONBF, 0);
		stderr = err;
	}
}

int output__flush(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	if (stdout_error)
		return stdout_error;
	return errno ? -errno : -EIO;
}

void write_signals__set(void (*handler)(int signo))
{
	signal(SIGPIPE, handler);
	signal(SIGXFSZ, handler);
}

struct memory_text {
	char **text; /* the caller's variables, which fclose() sets */
	size_t *len;
	char *bytes;
	size_t nr;
	size_t room; /* allocated bytes, including one for a '\0' */
	bool failed;
};

/* Append @size bytes. Returns 0 after an error, as fopencookie() requires. */
static ssize_t text_write(void *cookie, const char *bytes, size_t size)
{
	struct memory_text *m = cookie;

	if (m->nr + size >= m->room) {
		size_t room = 2 * (m->nr + size) + 1;
		char *more = realloc(m->bytes, room);

		if (!more) {
			m->failed = true;
			return 0;
		}
		m->bytes = more;
		m->room = room;
	}
	memcpy(m->bytes + m->nr, bytes, size);
	m->nr += size;
	return size;
}

static int text_close(void *cookie)
{
	struct memory_text *m = cookie;
	bool failed = m->failed;

	if (failed)
		free(m->bytes);
	else
		m->bytes[m->nr] = '\0';
	*m->text = failed ? NULL : m->bytes;
	*m->len = failed ? 0 : m->nr;
	free(m);
	return failed ? -1 : 0;
}

FILE *memory_text__open(char **text, size_t *len)
{
	static const cookie_io_functions_t functions = { .write = text_write, .close = text_close };
	struct memory_text *m = calloc(1, sizeof(*m));
	FILE *file = NULL;

	if (!m)
		return NULL;
	*m = (struct memory_text){ .text = text, .len = len, .bytes = malloc(1), .room = 1 };
	if (m->bytes)
		file = fopencookie(m, "w", functions);
	if (!file) {
		free(m->bytes);
		free(m);
	}
	return file;
}
