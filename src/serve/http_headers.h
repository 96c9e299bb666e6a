/* SPDX-License-Identifier: GPL-2.0 */
/* Headers of a request: which format the client prefers (Accept), and by which name it came (Host). */
#ifndef IPITRACE_SERVE_HTTP_HEADERS_H
#define IPITRACE_SERVE_HTTP_HEADERS_H

#include <stdbool.h>
#include <sys/socket.h>

enum http_format {
	HTTP_TEXT,
	HTTP_OPENMETRICS, /* 1.0 */
	HTTP_PROTOBUF, /* io.prometheus.client.MetricFamily, delimited */
};

/*
 * The format that @accept (NULL: no such header) wants most; of formats that it wants as
 * much as each other, the last. Items that cannot be parsed are skipped, so the default
 * is text.
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
 * localhost, the node's name, whole and up to the first dot, and the names that stand beside that
 * name in @hosts (NULL: /etc/hosts).
 */
void host_names__own(struct host_names *names, const char *hosts);

/* Add a list of names or addresses, without ports: a,b. False: it is none, or too long. */
bool host_names__add(struct host_names *names, const char *list);

/*
 * Whether @host, as a client's Host has it, is one of the names, or an address of this host: @local,
 * to which the client is connected, or a loopback one. An absent @host (NULL) is no browser's.
 */
bool host_names__has(const struct host_names *names, const char *host,
		     const struct sockaddr_storage *local);

#endif /* IPITRACE_SERVE_HTTP_HEADERS_H */
