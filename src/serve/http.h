/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small HTTP server (libevent's) in a thread of its own. Connections, headers,
 * bodies, pending answers and time are limited. One request a connection.
 */
#ifndef IPITRACE_SERVE_HTTP_H
#define IPITRACE_SERVE_HTTP_H

#include <stddef.h>
#include <sys/socket.h>

struct http;

struct http_answer {
	int status; /* 200, 404, ... */
	const char *type; /* Content-Type */
	char *body; /* from malloc(); the server frees it */
	size_t len;
};

/*
 * Fills @answer to GET @path; @accept: the Accept header, or NULL. Runs in the
 * server's thread.
 */
typedef void http_answer_fn(void *ctx, const char *path, const char *accept,
			    struct http_answer *answer);

/* Parse a numeric ADDR:PORT, or [ADDR]:PORT for IPv6. 0 or -EINVAL. */
int http__address(const char *text, struct sockaddr_storage *addr, socklen_t *len);

/* Listen; no client is answered before http__start(). 0 and *@h, or a negative errno. */
int http__open(struct http **h, const struct sockaddr_storage *addr, socklen_t len,
	       http_answer_fn *answer, void *ctx);

/* The address on which the server listens, as ADDR:PORT. */
const char *http__where(const struct http *h);

/* Start the server's thread. 0 or a negative errno. */
int http__start(struct http *h);

/* Stop the thread and free all; @h may be NULL. */
void http__close(struct http *h);

#endif /* IPITRACE_SERVE_HTTP_H */
