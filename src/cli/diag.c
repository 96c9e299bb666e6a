// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/sanitize.h"
#include "base/sysfile.h"
#include "cli/diag.h"

/* Room for a path of PATH_MAX bytes and the words around it. */
#define MESSAGE_BYTES 8192

/* Called before each message; NULL: nothing is. */
static void (*before_message)(void);

void diag__before(void (*call)(void))
{
	before_message = call;
}

int fail(int status, const char *format, ...)
{
	char text[MESSAGE_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* The user's words, paths and names may have any bytes. */
	sanitize(text, sizeof(text), text);
	if (before_message)
		before_message();
	fprintf(stderr, "ipitrace: %s\n", text);
	return status;
}

int part_status(const char *part, int err)
{
	char advice[128];

	if (err == -EMFILE && open_files__are_few(advice, sizeof(advice)))
		return fail(EXIT_CANNOT, "%s", advice);
	if (err == -EAGAIN)
		return fail(EXIT_CANNOT,
			    "%s: no more threads are allowed: raise ulimit -u, pids.max of the "
			    "cgroup, or TasksMax= of the unit",
			    part);
	return err < 0 ? fail(EXIT_FAILED, "%s: %s", part, strerror(-err)) : err;
}

void diag__renamed(const char *path, const char *old)
{
	fail(EXIT_DONE, "%s: the older file is %s now", path, old);
}

/* The name of the file to which data are written, for messages. */
static const char *output_name = "stdout";

int output_status(int err)
{
	static bool gone; /* nobody reads stdout any more */

	if (!err && !gone)
		err = output__flush();
	gone |= err == -EPIPE;
	if (gone || !err)
		return EXIT_DONE;
	if (err == -ENOMEM)
		return part_status("a report", -ENOMEM);
	if (err == -ETIMEDOUT)
		return fail(EXIT_FAILED, "%s: nobody reads it: at least %" PRIu64 " bytes are lost",
			    output_name, write_all__unwritten());
	return part_status(output_name, err);
}

int output_file__open(struct new_file *file, const char *option, const char *path, const char *old,
		      enum new_file_kind kind)
{
	struct new_file own, *made = file ? file : &own;
	int fd = new_file__open(made, path, old, kind);

	if (fd < 0)
		fail(EXIT_FAILED, "%s%s%s%s: %s", option ? "--" : "", option ? option : "",
		     option ? " " : "", made->name, made->why);
	else if (*made->old)
		diag__renamed(path, made->old);
	return fd;
}

int output_begin(const struct options *opts)
{
	int fd, err;

	if (!opts->output || options__output_is_capture(opts))
		return EXIT_DONE;
	fd = output_file__open(NULL, "output", opts->output, NULL, NEW_FILE_OR_STREAM);
	if (fd < 0)
		return EXIT_FAILED;
	output_name = opts->output;
	err = dup2(fd, STDOUT_FILENO) < 0 ? -errno : 0;
	if (fd > STDERR_FILENO)
		close(fd);
	return part_status(opts->output, err);
}
