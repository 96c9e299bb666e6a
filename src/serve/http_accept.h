/* SPDX-License-Identifier: GPL-2.0 */
/* Which of the formats the client prefers, by HTTP's Accept header. */
#ifndef IPITRACE_SERVE_HTTP_ACCEPT_H
#define IPITRACE_SERVE_HTTP_ACCEPT_H

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

#endif /* IPITRACE_SERVE_HTTP_ACCEPT_H */
