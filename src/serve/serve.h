/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text out of the process: a small HTTP server (libevent's) in a thread of its own, with the texts
 * that its answers share, and a file for node_exporter. Connections, headers, bodies, pending
 * answers and time are limited. One request a connection.
 */
#ifndef IPITRACE_SERVE_SERVE_H
#define IPITRACE_SERVE_SERVE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The latest texts, numbered from 1, in bounds of number, bytes and age. One thread adds texts,
 * other threads read them, and readers share the bytes (recent.c).
 */

/* Bytes that do not change, and that several threads and answers share: references are counted. */
struct blob {
	_Atomic unsigned int refs;
	size_t len;
	char *bytes;
};

/* A blob with one reference, of @bytes from malloc(), which are given away. NULL: no memory, or no @bytes. */
struct blob *blob__new(char *bytes, size_t len);

/* One more reference; returns @blob. */
struct blob *blob__get(struct blob *blob);

/* Give up a reference; the last one frees the blob. @blob may be NULL. */
void blob__put(struct blob *blob);

struct recent_limits {
	size_t nr; /* at least 1 */
	size_t bytes; /* 0: any number; the latest text stays, however long it is */
	uint64_t ns; /* 0: any age */
};

struct recent;

/* NULL without memory. */
struct recent *recent__new(const struct recent_limits *limits);
void recent__free(struct recent *recent);

/*
 * Add a text of @time, CLOCK_MONOTONIC ns, and forget the texts beyond the limits. The caller's
 * reference of @text is given away. 0, or -ENOMEM if @text is NULL.
 */
int recent__add(struct recent *recent, struct blob *text, uint64_t time);

/*
 * The texts after number @after, the oldest first, with a reference each for the caller: at most
 * @max, and no further text once they have @bytes. Returns how many; *@last is the number of the
 * last one, or of the latest text if there is none after @after; *@more is how many were left out.
 */
size_t recent__after(struct recent *recent, uint64_t after, size_t bytes, struct blob **texts,
		     size_t max, uint64_t *last, size_t *more);

/* Shared parts of one answer. */
#define HTTP_BLOBS 4096

struct http;

struct http_request {
	const char *path;
	const char *query; /* after the '?', as the client wrote it; NULL: none */
	const char *accept; /* the Accept header; NULL: none */
	const char *host; /* the Host header; NULL: none */
	struct sockaddr_storage local; /* to which address of ours the client is connected */
};

/* With only the status set: an answer without a body. */
struct http_answer {
	int status; /* 200, 404, ... */
	const char *type; /* Content-Type */
	const char *policy; /* Content-Security-Policy; NULL: none */
	char next[64]; /* Ipitrace-Next: where the client goes on; "": none */
	/* The body: either bytes from malloc(), which the server frees ... */
	char *body;
	size_t len;
	/* ... or bytes that answers share, in order: the server gives up each reference. */
	struct blob *blobs[HTTP_BLOBS];
	size_t nr_blobs;
};

/* Fills @answer to GET @request. Runs in the server's thread. */
typedef void http_answer_fn(void *ctx, const struct http_request *request,
			    struct http_answer *answer);

/*
 * Parse a numeric ADDR:PORT, or [ADDR]:PORT for IPv6; localhost is 127.0.0.1, and no ADDR means
 * every IPv4 address. Other names are refused: their addresses may change. 0 or -EINVAL.
 */
int http__address(const char *text, struct sockaddr_storage *addr, socklen_t *len);

/* Whether the address is one that other hosts do not reach. */
bool http__is_loopback(const struct sockaddr_storage *addr);

/*
 * libevent ends the process when it cannot go on, for example without descriptors, with status 1
 * and without a message. @call is called before that, with the reason, and may end the process
 * itself.
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

/* Headers of a request: the format that the client prefers (Accept), the name that it used (Host). */

enum http_format {
	HTTP_TEXT,
	HTTP_OPENMETRICS, /* 1.0 */
	HTTP_PROTOBUF, /* io.prometheus.client.MetricFamily, delimited */
};

/*
 * The format that @accept (NULL: no such header) wants most; of several that it wants equally, the
 * last. Items that cannot be parsed are skipped, so the default is text.
 */
enum http_format http_accept__format(const char *accept);

/*
 * The names of this host. A page on the internet can have its own name lead to this host's address
 * (DNS rebinding), and a browser would let that page read what is served here. But the browser says
 * in Host by which name it came.
 */

#define HOST_NAMES	32
#define HOST_NAME_BYTES 256

struct host_names {
	int nr;
	char names[HOST_NAMES][HOST_NAME_BYTES];
};

/*
 * Add localhost, the node's name, whole and up to the first dot, and the names on the node's lines
 * in @hosts (NULL: /etc/hosts).
 */
void host_names__own(struct host_names *names, const char *hosts);

/* Add a list of names or addresses, without ports: a,b. False: a bad list, or too long. */
bool host_names__add(struct host_names *names, const char *list);

/*
 * Whether @host, as the client's Host header has it, is one of the names, or an address of this
 * host: @local, to which the client is connected, or a loopback address. True without the header
 * (NULL), which every browser sends.
 */
bool host_names__has(const struct host_names *names, const char *host,
		     const struct sockaddr_storage *local);

/*
 * DIR/ipitrace.prom, for the text file collector of node_exporter. Each new file replaces the old
 * one by rename(), so a reader sees the old or the new file, whole.
 *
 * DIR usually belongs to root, and ipitrace has dropped root before it writes. Therefore a child
 * process, the writer, writes the file: with DIR as its root directory, as DIR's owner, without
 * capabilities.
 */
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

#endif /* IPITRACE_SERVE_SERVE_H */
