/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small HTTP server (libevent's) in a thread of its own, with bounds on what
 * a client may take: connections, header, body, time. One request a connection.
 */
#ifndef IPITRACE_SERVE_HTTP_H
#define IPITRACE_SERVE_HTTP_H

#include <stddef.h>
#include <sys/socket.h>

struct http;

struct http_answer {
	int status; /* 200, 404, ... */
	const char *type; /* Content-Type */
	char *body; /* malloc; the server frees it */
	size_t len;
};

/* What is answered to GET @path; @accept: that header, or NULL. In the thread. */
typedef void http_answer_fn(void *ctx, const char *path, const char *accept,
			    struct http_answer *answer);

/* ADDR:PORT, [ADDR]:PORT for IPv6, in figures; 0 or -EINVAL. */
int http__address(const char *text, struct sockaddr_storage *addr, socklen_t *len);

/* Listen; nobody is answered yet. 0 and *@h, or a negative errno. */
int http__open(struct http **h, const struct sockaddr_storage *addr, socklen_t len,
	       http_answer_fn *answer, void *ctx);

/* Where it listens, as ADDR:PORT. */
const char *http__where(const struct http *h);

/* Start the thread. 0 or a negative errno. */
int http__start(struct http *h);

/* Stop and free; @h may be NULL. */
void http__close(struct http *h);

#endif /* IPITRACE_SERVE_HTTP_H */
