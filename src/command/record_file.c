// SPDX-License-Identifier: GPL-2.0
#include "command/parts.h"

/* How long lines wait for their frame to be full, at most: a kill loses these lines. */
#define FRAME_NS 5000000000ULL

static unsigned int this_part(const struct record_file *file)
{
	return (file->part - 1) & 1;
}

static int flush_lines(struct record_file *file)
{
	int err = capture_writer__flush(file->writer);

	file->flushed = mono_ns();
	file->bytes[this_part(file)] = capture_writer__bytes(file->writer);
	return part_status(file->path, err);
}

/* Add a line, from malloc(). */
static int line_put(struct record_file *file, char *line)
{
	int err = line ? capture_writer__add(file->writer, line, strlen(line)) : -ENOMEM;

	free(line);
	return part_status(file->path, err);
}

/*
 * Begin a part. Its first line gets a frame of its own: a file that was killed early is a capture,
 * too.
 */
static int part_begin(struct record_file *file)
{
	int status;

	file->head.part = ++file->part;
	status = line_put(file, json__capture_line(&file->head));
	return status == EXIT_DONE ? flush_lines(file) : status;
}

int record_file__end(struct record_file *file)
{
	const struct capture_foot foot = {
		.lines = capture_writer__lines(file->writer) + 1,
		.stalls_dropped = file->stalls_dropped,
		.mono = mono_ns(),
	};
	int status = line_put(file, json__capture_end_line(&foot));

	return status == EXIT_DONE ? flush_lines(file) : status;
}

/* Begin a part in the place of what @fd holds. */
static int part_anew(struct record_file *file, int fd)
{
	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) < 0)
		return part_status(file->path, -errno);
	capture_writer__restart(file->writer, fd);
	return part_begin(file);
}

/*
 * Create FILE and FILE.1. An old FILE.1 becomes FILE.old.1, so that `report FILE.old` reads both
 * old files.
 */
static int files_create(struct record_file *file, uint64_t max_size)
{
	char second[PATH_MAX], old[PATH_MAX];

	file->fds[0] = output_file__open(file->path, NULL,
					 max_size ? NEW_FILE_REGULAR : NEW_FILE_OR_STREAM);
	if (file->fds[0] < 0)
		return EXIT_FAILED;
	if (!max_size)
		return EXIT_DONE;
	if (snprintf(second, sizeof(second), "%s.1", file->path) >= (int)sizeof(second) ||
	    snprintf(old, sizeof(old), "%s.old.1", file->path) >= (int)sizeof(old))
		return part_status(file->path, -ENAMETOOLONG);
	file->part_bytes = max_size / 2;
	file->fds[1] = output_file__open(second, old, NEW_FILE_REGULAR);
	return file->fds[1] < 0 ? EXIT_FAILED : EXIT_DONE;
}

void capture_head__set(struct capture_head *head, struct host *host, const struct options *opts)
{
	machine__read(host);
	*head = (struct capture_head){
		.host = host,
		.options = opts->words,
		.nr_options = opts->nr_words,
		.program = opts->program ? opts->program[0] : NULL,
		.mono = mono_ns(),
		.minor = CAPTURE_MINOR,
	};
	clock_gettime(CLOCK_REALTIME, &head->started);
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
		return part_status(file->path, err);
	capture_head__set(&file->head, &file->host, opts);
	return part_begin(file);
}

int record_file__put(struct record_file *file, const char *text, size_t len)
{
	int err = capture_writer__add(file->writer, text, len), status;
	uint64_t bytes = capture_writer__bytes(file->writer);

	if (err)
		return part_status(file->path, err);
	file->bytes[this_part(file)] = bytes;
	/* The frame that waits and the last line must not make a part too long. */
	if (!file->part_bytes || bytes + CAPTURE_FRAME_BYTES <= file->part_bytes)
		return EXIT_DONE;
	/* Begin a new part in place of the older one. */
	status = record_file__end(file);
	return status == EXIT_DONE ? part_anew(file, file->fds[!this_part(file)]) : status;
}

int record_file__restart(struct record_file *file)
{
	file->part = 0;
	return part_anew(file, file->fds[0]);
}

int record_file__tend(struct record_file *file)
{
	return mono_ns() - file->flushed < FRAME_NS ? EXIT_DONE : flush_lines(file);
}

int record_file__close(struct record_file *file)
{
	int status = EXIT_DONE;

	capture_writer__close(file->writer);
	for (int i = 0; i < 2; i++)
		if (file->fds[i] >= 0 && close(file->fds[i]))
			status = part_status(file->path, -errno);
	return status;
}
