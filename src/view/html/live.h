/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page of report --html, fed by a running `serve`: the file without data, and each
 * window as a line, which live.js adds to the data.
 */
#ifndef IPITRACE_VIEW_HTML_LIVE_H
#define IPITRACE_VIEW_HTML_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include "model/snapshot.h"

/* Pairs of CPUs of a window, on machines whose pairs are not all kept (BIN_EDGES_CPUS). */
#define LIVE_EDGES 4096

struct live_page {
	double interval; /* seconds from window to window */
	double keeps; /* seconds that are kept */
	bool details; /* the lines have names of tasks and cgroups */
};

/* The Content-Security-Policy of the page. */
extern const char live_policy[];

/* All below: @len bytes from malloc(), NULL without memory. */

char *live_view__page(const struct live_page *page, size_t *len);

/* A window as a line of JSON, newline included; @details as above. */
char *live_view__window(const struct snapshot *snap, bool details, size_t *len);

#endif /* IPITRACE_VIEW_HTML_LIVE_H */
