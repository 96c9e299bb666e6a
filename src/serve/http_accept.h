/* SPDX-License-Identifier: GPL-2.0 */
/* HTTP's Accept header: which of our two formats the client would rather have. */
#ifndef IPITRACE_SERVE_HTTP_ACCEPT_H
#define IPITRACE_SERVE_HTTP_ACCEPT_H

#include <stdbool.h>

/*
 * Whether @accept (NULL: no such header) wants OpenMetrics 1.0, at least as
 * much as text. What cannot be parsed is passed over, so text it is then.
 */
bool http_accept__openmetrics(const char *accept);

#endif /* IPITRACE_SERVE_HTTP_ACCEPT_H */
