/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DIR/ipitrace.prom, for the text file collector of node_exporter: replaced at
 * once, so that a reader sees the old one or the new one, whole.
 *
 * DIR is root's, as a rule, and we are not root any more when there is
 * something to write. So a child writes it: in a root directory that is DIR,
 * as its owner, without capabilities.
 */
#ifndef IPITRACE_SERVE_TEXTFILE_H
#define IPITRACE_SERVE_TEXTFILE_H

#include <stdio.h>

#define TEXTFILE_NAME "ipitrace.prom"

struct textfile;

/* Start the writer, while we are root. 0 and *@t, or a negative errno. */
int textfile__open(struct textfile **t, const char *dir);

/*
 * Where to write the next text, NULL while the writer has the last one still.
 * textfile__commit() gives it to the writer: 0 or a negative errno.
 */
FILE *textfile__begin(struct textfile *t);
int textfile__commit(struct textfile *t);

/* What is readable when the writer has something to say. */
int textfile__fd(const struct textfile *t);

/* Hear it: 0, or the negative errno that the writer met. Does not wait. */
int textfile__poll(struct textfile *t);

/*
 * Wait for the writer's last word, up to some seconds, and end it: as
 * textfile__poll(). @t may be NULL.
 */
int textfile__close(struct textfile *t);

#endif /* IPITRACE_SERVE_TEXTFILE_H */
