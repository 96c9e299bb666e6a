/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file that `record` writes. With --max-size it is two, FILE and FILE.1: when
 * one has half the size, the other is begun anew, so the last half is always there.
 * Both are opened, and get their names, while ipitrace is root, for afterwards it may create
 * and rename no file: a run that is killed leaves what it wrote so far.
 */
#ifndef IPITRACE_COMMAND_RECORD_FILE_H
#define IPITRACE_COMMAND_RECORD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "cli/options.h"
#include "model/host.h"
#include "view/capture/writer.h"
#include "view/json/capture.h"

/* The file, unless -o names another. */
#define RECORD_FILE_DEFAULT "ipitrace.ndjson.zst"

/* All zero but for path and fds: not open. */
struct record_file {
	const char *path;
	int fds[2]; /* negative: not open */
	unsigned int part; /* the number of this part, from 1; it goes to fds[(part - 1) & 1] */
	uint64_t part_bytes; /* a part may have; 0: no limit */
	uint64_t bytes[2];
	uint64_t flushed; /* when the last frame was written */
	uint64_t stalls_dropped; /* for the last line */
	struct host host;
	struct capture_head head;
	struct capture_writer *writer;
};

/* All return an exit status; a failure has been reported. */

/* Create the file, and write its first line. */
int record_file__open(struct record_file *file, const struct options *opts);

/* Whole lines; they wait for their frame to be full. */
int record_file__put(struct record_file *file, const char *text, size_t len);

/* Begin the file anew: what it held is gone. */
int record_file__restart(struct record_file *file);

/* Once in a while: write the lines so far if the last frame is 5 s old. */
int record_file__tend(struct record_file *file);

/* Write the last line, and all that waits. */
int record_file__end(struct record_file *file);

int record_file__close(struct record_file *file);

/* That are there now, in both parts. */
uint64_t record_file__bytes(const struct record_file *file);

#endif /* IPITRACE_COMMAND_RECORD_FILE_H */
