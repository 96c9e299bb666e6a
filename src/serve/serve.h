/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text for other processes: a small HTTP server (libevent's) in a thread of its own, with texts
 * that its answers share, and a file for node_exporter. Connections, headers, bodies, pending
 * answers and time are limited. A connection has one request.
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
 * The latest texts, numbered from 1, limited by number, bytes and age. One thread adds texts, other
 * threads read them, and readers share the bytes (recent.c).
 */

/* Bytes that do not change, shared by threads and answers, with a count of references. */
struct blob {
	_Atomic unsigned int refs;
	size_t len;
	char *bytes;
};

/*
 * Returns a blob with one reference, which owns @bytes (from malloc()) from now on. NULL if there
 * is no memory, or if @bytes is NULL.
 */
struct blob *blob__new(char *bytes, size_t len);

/* Add a reference. Returns @blob. */
struct blob *blob__get(struct blob *blob);

/* Drop a reference; the last one frees the blob. @blob may be NULL. */
void blob__put(struct blob *blob);

struct recent_limits {
	size_t nr; /* maximum number of texts, at least 1 */
	/* The maximum bytes of all texts; 0: no limit. The latest text always stays. */
	size_t bytes;
	uint64_t ns; /* maximum age; 0: no limit */
};

struct recent;

/* NULL if there is no memory. */
struct recent *recent__new(const struct recent_limits *limits);
void recent__free(struct recent *recent);

/*
 * Add a text of @time, CLOCK_MONOTONIC ns, and drop the texts beyond the limits. The function takes
 * the caller's reference of @text. Returns 0, or -ENOMEM if @text is NULL.
 */
int recent__add(struct recent *recent, struct blob *text, uint64_t time);

/*
 * Get the texts after number @after, oldest first: at most @max texts, and no further text once
 * those so far have @bytes bytes. The caller drops the reference of each. Returns how many they
 * are. *@last gets the number of the last text returned, or of the latest text if none comes after
 * @after; *@more gets how many later texts were left out.
 */
size_t recent__after(struct recent *recent, uint64_t after, size_t bytes, struct blob **texts,
		     size_t max, uint64_t *last, size_t *more);

/* Maximum number of shared parts of one answer. */
#define HTTP_BLOBS 4096

struct http;

struct http_request {
	const char *path;
	const char *query; /* after the '?', as the client wrote it; NULL if there is none */
	const char *accept; /* the Accept header; NULL if there is none */
	const char *host; /* the Host header; NULL if there is none */
	struct sockaddr_storage local; /* the server's address to which the client is connected */
};

/* An answer. If only the status is set, the answer has no body. */
struct http_answer {
	int status; /* 200, 404, ... */
	const char *type; /* Content-Type */
	const char *policy; /* Content-Security-Policy; NULL for no such header */
	char next[64]; /* Ipitrace-Next: from where the client continues; "" for no such header */
	/*
	 * The body is either @body, @len bytes from malloc(), which the server frees; or the bytes
	 * of @blobs, in order, which answers share: the server drops each reference.
	 */
	char *body;
	size_t len;
	struct blob *blobs[HTTP_BLOBS];
	size_t nr_blobs;
};

/* Sets @answer for a GET of @request. Called in the server's thread. */
typedef void http_answer_fn(void *ctx, const struct http_request *request,
			    struct http_answer *answer);

/*
 * Parse a numeric ADDR:PORT, or [ADDR]:PORT for IPv6. localhost is 127.0.0.1; an empty ADDR means
 * all IPv4 addresses. Other names are refused, because their addresses may change. Returns 0;
 * -ERANGE: PORT is above 65535; or -EINVAL.
 */
int http__address(const char *text, struct sockaddr_storage *addr, socklen_t *len);

/* Whether @addr is an address that other hosts cannot reach. */
bool http__is_loopback(const struct sockaddr_storage *addr);

/*
 * If libevent cannot continue, for example without descriptors, it ends the process with status 1
 * and without a message. Before that it calls @call with the reason; @call may end the process
 * itself.
 */
void http__on_failure(void (*call)(const char *message));

/*
 * Open the server and listen at @addr; no client gets an answer before http__start(). Returns 0 and
 * *@h, or a negative errno.
 */
int http__open(struct http **h, const struct sockaddr_storage *addr, socklen_t len,
	       http_answer_fn *answer, void *ctx);

/* Returns the address on which the server listens, as ADDR:PORT. */
const char *http__where(const struct http *h);

/* Start the server's thread. Returns 0 or a negative errno. */
int http__start(struct http *h);

/* Stop the thread and free all of @h, which may be NULL. */
void http__close(struct http *h);

/* Headers: Accept has the formats that the client reads, Host the name by which it found serve. */

enum http_format {
	HTTP_TEXT,
	HTTP_OPENMETRICS, /* version 1.0 */
	HTTP_PROTOBUF, /* io.prometheus.client.MetricFamily, delimited */
};

/*
 * Returns the first format in @accept (NULL: no such header), without regard to weights (";q=0.5"):
 * scrapers list the formats in the order of their weights. Other items are skipped; the default is
 * text.
 */
enum http_format http_accept__format(const char *accept);

/*
 * The names of this host. A page on the internet can let its own name lead to this host's address
 * (DNS rebinding), and a browser would let that page read what `serve` answers. The Host header of
 * the browser's request shows which name was used.
 */

#define HOST_NAMES	32
#define HOST_NAME_BYTES 256

struct host_names {
	int nr;
	char names[HOST_NAMES][HOST_NAME_BYTES];
};

/*
 * Add localhost, the host's node name, complete and up to the first dot, and the names on the lines
 * of the node name in @hosts (NULL: /etc/hosts).
 */
void host_names__own(struct host_names *names, const char *hosts);

/* Add a list of names or addresses without ports, "a,b". False: the list is bad, or too long. */
bool host_names__add(struct host_names *names, const char *list);

/*
 * Whether @host, from the client's Host header, is one of the names, or an address of this host:
 * @local, to which the client is connected, or a loopback address. True if @host is NULL (no such
 * header), because every browser sends one.
 */
bool host_names__has(const struct host_names *names, const char *host,
		     const struct sockaddr_storage *local);

/*
 * DIR/ipitrace.prom, for the text file collector of node_exporter. rename() replaces the old file,
 * so a reader sees either the old or the new file completely.
 *
 * DIR usually belongs to root, and ipitrace has given up root before it writes. Therefore a child
 * process, the writer, writes the file: with DIR as its root directory, as DIR's owner, without
 * capabilities.
 */
#define TEXTFILE_NAME "ipitrace.prom"

struct textfile;

/* Start the writer. Call this as root. Returns 0 and *@t, or a negative errno. */
int textfile__open(struct textfile **t, const char *dir);

/*
 * textfile__begin() returns the stream for the next text; NULL while the writer still writes the
 * text before. textfile__commit() passes the text to the writer, and returns 0 or a negative errno.
 */
FILE *textfile__begin(struct textfile *t);
int textfile__commit(struct textfile *t);

/* Returns a descriptor that is readable when the writer has answered. */
int textfile__fd(const struct textfile *t);

/* Returns the writer's answer, 0 or a negative errno; 0 without an answer so far. Does not wait. */
int textfile__poll(struct textfile *t);

/*
 * Wait up to five seconds for the writer's last answer, and end the writer. Returns the answer, as
 * textfile__poll() does. @t may be NULL.
 */
int textfile__close(struct textfile *t);

#endif /* IPITRACE_SERVE_SERVE_H */
