// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include "base/helper_process.h"
#include "base/confine.h"
#include "base/privileges.h"
#include "command/parts.h"
#include "import/import.h"

/* A command of a tracer that writes its own file as text. The file's name is the last argument. */
static const struct tracer {
	enum import_kind kind;
	const char *argv[9];
} tracers[] = {
	{ IMPORT_PERF_DATA,
	  { "perf", "script", "--ns", "--show-lost-events", "-F",
	    "comm,pid,tid,cpu,time,event,trace", "-i" } },
	{ IMPORT_TRACE_DAT, { "trace-cmd", "report", "-t", "-i" } },
};

/* The descriptor of the file in the tracer's process, and its name there. */
#define FILE_FD	  3
#define FILE_NAME "/proc/self/fd/3"

/*
 * Returns the descriptor of a copy of file @fd without a name, which every user may read: root's
 * tracer runs as a user who may read nothing else. Another user's tracer reads @fd itself. A
 * negative errno: there is none.
 */
static int open_for_tracer(int fd)
{
	off_t offset = 0;
	ssize_t len;
	int copy, err;

	if (geteuid()) {
		copy = dup(fd);
		return copy < 0 ? -errno : copy;
	}
	copy = nameless_file__open();
	if (copy < 0)
		return copy;
	len = fchmod(copy, 0444) ? -1 : 1;
	while (len > 0)
		len = sendfile(copy, fd, &offset, 1 << 30);
	if (!len)
		return copy;
	err = -errno;
	close(copy);
	return err;
}

/* Become the tracer, in a process of its own. Its messages, about its own options, go nowhere. */
static void __attribute__((noreturn)) run_tracer(const struct tracer *tracer, int file, int text)
{
	const char *path = getenv("PATH");
	const struct confine_limits limits = { .writes_files = false };
	char *env[] = { "LC_ALL=C", "HOME=/", NULL, NULL };
	char *argv[sizeof(tracer->argv) / sizeof(*tracer->argv) + 1];
	int nothing = open("/dev/null", O_RDWR);
	size_t nr = 0;

	if (path && asprintf(&env[2], "PATH=%s", path) < 0)
		_exit(126);
	for (; tracer->argv[nr]; nr++)
		argv[nr] = (char *)tracer->argv[nr];
	argv[nr++] = FILE_NAME;
	argv[nr] = NULL;
	write_signals__set(SIG_DFL);
	/*
	 * The file's descriptor may have the number of another one: move it to a free number, and
	 * to its place last.
	 */
	file = fcntl(file, F_DUPFD_CLOEXEC, FILE_FD + 1);
	if (file < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(text, STDOUT_FILENO) < 0 ||
	    dup2(nothing, STDERR_FILENO) < 0 || dup2(file, FILE_FD) < 0)
		_exit(126);
	/* CAP_SYSLOG shows addresses in /proc/kallsyms, by which perf names functions. */
	if (privileges__drop_and_pass(CAP_SYSLOG) || confine__limits(&limits))
		_exit(126);
	execvpe(argv[0], argv, env);
	_exit(127);
}

/*
 * Wait for the tracer to end. Returns 0 if it succeeded, or ended by SIGPIPE because nobody read
 * its text to the end; else its status of waitpid(), or a negative errno.
 */
static int end_tracer(struct tracer_text *text)
{
	int status = 0;

	if (waitpid(text->pid, &status, 0) < 0)
		status = -errno;
	text->pid = 0;
	return status > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE ? 0 : status;
}

/* Start the tracer on @file; @fd becomes the pipe of its text. Returns 0 or a negative errno. */
static int start_tracer(struct tracer_text *text, const struct tracer *tracer, int file, int fd)
{
	int pipe_fds[2], err = 0;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return -errno;
	if (dup3(pipe_fds[0], fd, O_CLOEXEC) < 0)
		err = -errno;
	else
		text->pid = fork();
	if (!err && !text->pid)
		run_tracer(tracer, file, pipe_fds[1]);
	if (text->pid < 0) {
		err = -errno;
		text->pid = 0;
	}
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return err;
}

int tracer_text__open(struct tracer_text *text, int fd, const char *path)
{
	enum import_kind kind = import_kind__read(fd);
	const struct tracer *tracer = NULL;
	struct pollfd wait;
	int file, err;

	*text = (struct tracer_text){};
	for (size_t i = 0; i < sizeof(tracers) / sizeof(*tracers); i++)
		if (tracers[i].kind == kind)
			tracer = &tracers[i];
	/* If the tracer is not installed, the function that reads the file says what to do. */
	if (!tracer || become__check(tracer->argv[0]))
		return EXIT_DONE;
	text->name = tracer->argv[0];
	file = open_for_tracer(fd);
	if (file < 0)
		return part_status(path, file);
	err = start_tracer(text, tracer, file, fd);
	close(file);
	if (err)
		return part_status(path, err);
	wait = (struct pollfd){ .fd = fd, .events = POLLIN };
	while (poll(&wait, 1, -1) < 0 && errno == EINTR)
		;
	if (wait.revents & POLLIN)
		return EXIT_DONE;
	end_tracer(text);
	return fail(EXIT_FAILED, "%s: %s cannot read it, or finds no event in it", path,
		    text->name);
}

int tracer_text__close(struct tracer_text *text, const char *path, int status)
{
	int ended = text->pid ? end_tracer(text) : 0;

	return ended ? fail(EXIT_FAILED, "%s: %s did not read it to its end", path, text->name) :
		       status;
}
