// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include "command/parts.h"

/* The most files of one run; tracers rotate fewer. */
#define FILES_MAX 8

struct import {
	const struct options *opts;
	const char *output;
	int nr;
	int fds[FILES_MAX];
	const char *paths[FILES_MAX];
	/* The text of those fds that are in a tracer's own format. */
	struct tracer_text texts[FILES_MAX];
	int out;
	struct new_file made; /* of out */
	int stdout_err; /* negative errno of a write to stdout; -EPIPE: nobody reads stdout */
	struct capture_writer *writer;
};

/*
 * Write lines to the capture, and with -j to stdout. The capture becomes whole although nobody
 * reads stdout any more, as in `import -j | head`. An import_lines_fn.
 */
static int write_lines(void *ctx, const char *text, size_t len)
{
	struct import *import = ctx;

	if (import->opts->json && !import->stdout_err && fwrite(text, 1, len, stdout) != len) {
		import->stdout_err = output__flush();
		if (import->stdout_err != -EPIPE)
			return -EPIPE;
	}
	return capture_writer__add(import->writer, text, len);
}

static uint64_t bytes_written(void *ctx)
{
	const struct import *import = ctx;

	/* Write the lines that wait, to count them, too. An error comes back with the next line. */
	capture_writer__flush(import->writer);
	return capture_writer__bytes(import->writer);
}

/* Open all files that are read and written. Returns an exit status. */
static int files_open(struct import *import)
{
	const struct options *opts = import->opts;
	int status;

	for (int i = 0; i < opts->nr_operands; i++) {
		const char *path = opts->operands[i];
		bool is_stdin = !strcmp(path, "-");
		int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return part_status(path, -errno);
		import->fds[import->nr] = fd;
		import->paths[import->nr] = is_stdin ? "standard input" : path;
		status = tracer_text__open(&import->texts[import->nr], fd,
					   import->paths[import->nr]);
		import->nr++;
		/* Check each file before output_file__open(), which renames an older capture. */
		if (status == EXIT_DONE && !import->texts[i].pid)
			status = import_run__check(fd, import->paths[i]);
		if (status != EXIT_DONE)
			return status;
	}
	import->out = output_file__open(&import->made, "output", import->output, NULL,
					NEW_FILE_OR_STREAM);
	return import->out < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* Read the files, in the process without rights. */
static int import_files(void *ctx)
{
	struct import *import = ctx;
	const struct options *opts = import->opts;
	const struct import_how how = {
		.opts = opts,
		.output = import->output,
		.put = write_lines,
		.bytes = bytes_written,
		.ctx = import,
	};
	int status, err = capture_writer__open(&import->writer, import->out);

	if (err)
		return part_status(import->output, err);
	status = import_run(&how, import->fds, import->paths, import->nr, &err);
	if (!err && status == EXIT_DONE)
		err = capture_writer__flush(import->writer);
	capture_writer__close(import->writer);
	if (import->stdout_err && import->stdout_err != -EPIPE)
		return output_status(import->stdout_err);
	return err ? part_status(import->output, err) : status;
}

int command_import(const struct options *opts)
{
	struct import import = {
		.opts = opts,
		.output = options__capture_path(opts),
		.out = -1,
	};
	int fds[FILES_MAX + 1], status;

	if (!opts->nr_operands)
		return fail(EXIT_USAGE,
			    "import: needs a FILE, such as trace.txt (see ipitrace import --help)");
	status = outputs_check(opts) ?: files_open(&import);
	memcpy(fds, import.fds, sizeof(import.fds));
	fds[import.nr] = import.out;
	if (status == EXIT_DONE)
		status = confined__run(import_files, &import, import.paths[0], fds, import.nr + 1);
	for (int i = 0; i < import.nr; i++) {
		close(import.fds[i]);
		status = tracer_text__close(&import.texts[i], import.paths[i], status);
	}
	/* A file that could not be read, or has no csds, is no reason to lose an older capture. */
	if (import.out >= 0 && status == EXIT_FAILED &&
	    new_file__withdraw(&import.made, import.output, import.out))
		fail(EXIT_DONE, "%s: is the older file again", import.output);
	if (import.out >= 0 && close(import.out) && status == EXIT_DONE)
		status = part_status(import.output, -errno);
	return status;
}
