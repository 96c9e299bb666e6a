/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DIR/ipitrace.prom, for the text file collector of node_exporter. Each new file
 * replaces the old one by rename(), so a reader sees the old or the new file, whole.
 *
 * DIR usually belongs to root, and ipitrace has dropped root before it writes.
 * So a child process, the writer, writes the file: with DIR as its root
 * directory, as DIR's owner, without capabilities.
 */
#ifndef IPITRACE_SERVE_TEXTFILE_H
#define IPITRACE_SERVE_TEXTFILE_H

#include <stdio.h>

#define TEXTFILE_NAME "ipitrace.prom"

struct textfile;

/* Start the writer; call as root. 0 and *@t, or a negative errno. */
int textfile__open(struct textfile **t, const char *dir);

/*
 * The stream for the next text; NULL while the writer is busy with the last
 * text. textfile__commit() hands the text to the writer: 0 or a negative errno.
 */
FILE *textfile__begin(struct textfile *t);
int textfile__commit(struct textfile *t);

/* A descriptor that is readable when the writer has answered. */
int textfile__fd(const struct textfile *t);

/* The writer's answer: 0, or its negative errno; 0 without an answer. Does not wait. */
int textfile__poll(struct textfile *t);

/*
 * Wait up to five seconds for the writer's last answer, and end the writer.
 * Returns the answer, as textfile__poll(). @t may be NULL.
 */
int textfile__close(struct textfile *t);

#endif /* IPITRACE_SERVE_TEXTFILE_H */
