/* SPDX-License-Identifier: GPL-2.0 */
/* Which of the two formats the client prefers, by HTTP's Accept header. */
#ifndef IPITRACE_SERVE_HTTP_ACCEPT_H
#define IPITRACE_SERVE_HTTP_ACCEPT_H

#include <stdbool.h>

/*
 * Whether @accept (NULL: no such header) wants OpenMetrics 1.0 at least as much
 * as text. Items that cannot be parsed are skipped, so the default is text.
 */
bool http_accept__openmetrics(const char *accept);

#endif /* IPITRACE_SERVE_HTTP_ACCEPT_H */
