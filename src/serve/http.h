/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small HTTP server (libevent's) in a thread of its own. Connections, headers,
 * bodies, pending answers and time are limited. One request a connection.
 */
#ifndef IPITRACE_SERVE_HTTP_H
#define IPITRACE_SERVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include "serve/recent.h"

/* Shared parts of one answer. */
#define HTTP_BLOBS 4096

struct http;

struct http_request {
	const char *path;
	const char *query; /* behind the '?', as the client wrote it; NULL: none */
	const char *accept; /* the Accept header; NULL: none */
	const char *host; /* the Host header; NULL: none */
	struct sockaddr_storage local; /* to which address of ours the client is connected */
};

/* All zero bytes but for the status: an answer without a body. */
struct http_answer {
	int status; /* 200, 404, ... */
	const char *type; /* Content-Type */
	const char *policy; /* Content-Security-Policy; NULL: none */
	char next[64]; /* Ipitrace-Next: where the client goes on; "": none */
	/* The body: either bytes from malloc(), which the server frees ... */
	char *body;
	size_t len;
	/* ... or bytes that answers share, one behind the other: the server puts each. */
	struct blob *blobs[HTTP_BLOBS];
	size_t nr_blobs;
};

/* Fills @answer to GET @request. Runs in the server's thread. */
typedef void http_answer_fn(void *ctx, const struct http_request *request,
			    struct http_answer *answer);

/* Parse a numeric ADDR:PORT, or [ADDR]:PORT for IPv6. 0 or -EINVAL. */
int http__address(const char *text, struct sockaddr_storage *addr, socklen_t *len);

/* Whether the address is one that other hosts do not reach. */
bool http__is_loopback(const struct sockaddr_storage *addr);

/*
 * libevent ends the process where it cannot go on, with status 1 and in silence: without
 * descriptors, say. @call comes before, with the reason, and may end the process itself.
 */
void http__on_failure(void (*call)(const char *message));

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
