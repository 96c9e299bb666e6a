// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "cli/diag.h"
#include "command/record_file.h"
#include "host/machine.h"
#include "view/capture/line.h"

/* Lines wait so long for their frame to be full: what a kill loses. */
#define FRAME_NS 5000000000ULL

static int failed(const struct record_file *file, int err)
{
	return fail(EXIT_FAILED, "%s: %s", file->path, strerror(-err));
}

static unsigned int which(const struct record_file *file)
{
	return (file->part - 1) & 1;
}

static int flush(struct record_file *file)
{
	int err = capture_writer__flush(file->writer);

	file->flushed = mono_ns();
	file->bytes[which(file)] = capture_writer__bytes(file->writer);
	return err ? failed(file, err) : EXIT_DONE;
}

/* A line as malloc() gave it. */
static int line_put(struct record_file *file, char *line)
{
	int err = line ? capture_writer__add(file->writer, line, strlen(line)) : -ENOMEM;

	free(line);
	return err ? failed(file, err) : EXIT_DONE;
}

/* The first line gets a frame of its own: a file that was killed early is a capture, too. */
static int part_begin(struct record_file *file)
{
	int status;

	file->head.part = ++file->part;
	status = line_put(file, json__capture_line(&file->head));
	return status == EXIT_DONE ? flush(file) : status;
}

static int part_end(struct record_file *file)
{
	const struct capture_foot foot = {
		.lines = capture_writer__lines(file->writer) + 1,
		.stalls_dropped = file->stalls_dropped,
		.mono = mono_ns(),
	};
	int status = line_put(file, json__capture_end_line(&foot));

	return status == EXIT_DONE ? flush(file) : status;
}

/* The older part gives way to a new one. */
static int part_turn(struct record_file *file)
{
	int status = part_end(file), fd = file->fds[!which(file)];

	if (status != EXIT_DONE)
		return status;
	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) < 0)
		return failed(file, -errno);
	capture_writer__restart(file->writer, fd);
	return part_begin(file);
}

/* Not a full part, which the frame that waits and the last line would make too long. */
static bool part_full(const struct record_file *file)
{
	return file->part_bytes &&
	       capture_writer__bytes(file->writer) + CAPTURE_FRAME_BYTES > file->part_bytes;
}

static int file_create(struct record_file *file, int i, const char *path, const char *old,
		       enum new_file_kind kind)
{
	file->fds[i] = output_file__open(path, old, kind);
	return file->fds[i] < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* The old file of the second is the second of the old file: `report FILE.old` reads both. */
static int files_create(struct record_file *file, uint64_t max_size)
{
	char second[PATH_MAX], old[PATH_MAX];
	int status = file_create(file, 0, file->path, NULL,
				 max_size ? NEW_FILE_REGULAR : NEW_FILE_OR_STREAM);

	if (status != EXIT_DONE || !max_size)
		return status;
	if (snprintf(second, sizeof(second), "%s.1", file->path) >= (int)sizeof(second) ||
	    snprintf(old, sizeof(old), "%s.old.1", file->path) >= (int)sizeof(old))
		return failed(file, -ENAMETOOLONG);
	file->part_bytes = max_size / 2;
	return file_create(file, 1, second, old, NEW_FILE_REGULAR);
}

int record_file__open(struct record_file *file, const struct options *opts)
{
	int err, status;

	file->path = opts->output ? opts->output : RECORD_FILE_DEFAULT;
	status = files_create(file, opts->max_size);
	if (status != EXIT_DONE)
		return status;
	err = capture_writer__open(&file->writer, file->fds[0]);
	if (err)
		return failed(file, err);
	machine__read(&file->host);
	file->head = (struct capture_head){
		.host = &file->host,
		.options = opts->words,
		.nr_options = opts->nr_words,
		.program = opts->program ? opts->program[0] : NULL,
		.mono = mono_ns(),
		.minor = CAPTURE_MINOR,
	};
	clock_gettime(CLOCK_REALTIME, &file->head.started);
	return part_begin(file);
}

int record_file__put(struct record_file *file, const char *text, size_t len)
{
	int err = capture_writer__add(file->writer, text, len);

	if (err)
		return failed(file, err);
	file->bytes[which(file)] = capture_writer__bytes(file->writer);
	return part_full(file) ? part_turn(file) : EXIT_DONE;
}

int record_file__restart(struct record_file *file)
{
	int fd = file->fds[0];

	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) < 0)
		return failed(file, -errno);
	capture_writer__restart(file->writer, fd);
	file->part = 0;
	return part_begin(file);
}

int record_file__tend(struct record_file *file)
{
	return mono_ns() - file->flushed < FRAME_NS ? EXIT_DONE : flush(file);
}

int record_file__end(struct record_file *file)
{
	return part_end(file);
}

int record_file__close(struct record_file *file)
{
	int status = EXIT_DONE;

	capture_writer__close(file->writer);
	for (int i = 0; i < 2; i++)
		if (file->fds[i] >= 0 && close(file->fds[i]))
			status = failed(file, -errno);
	return status;
}

uint64_t record_file__bytes(const struct record_file *file)
{
	return file->bytes[0] + file->bytes[1];
}
