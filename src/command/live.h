/* SPDX-License-Identifier: GPL-2.0 */
/* The page of `serve` and its /api/v1: the latest windows, stalls and storms. */
#ifndef IPITRACE_COMMAND_LIVE_H
#define IPITRACE_COMMAND_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/snapshot.h"
#include "model/storm.h"
#include "serve/http.h"

/* Bounds of the windows and reports that are kept. */
#define LIVE_NS	     600000000000ULL
#define LIVE_WINDOWS 1200
#define LIVE_BYTES   (32UL << 20)
#define LIVE_REPORTS 1000 /* stalls; likewise storms */

struct live;

/*
 * @interval: seconds of a window. @details: names of tasks and cgroups are shown. NULL
 * without memory.
 */
struct live *live__new(double interval, bool details);

/* No answer may be under way. @live may be NULL. */
void live__free(struct live *live);

/* All below by the main thread: 0 or -ENOMEM. */

/* @nearest: the window's storm, or what came nearest to one. Both are copied. */
int live__window(struct live *live, const struct snapshot *snap,
		 const struct storm_nearest *nearest);

/* @lines: JSON of `stalls -j`, of `storm -j`, @len bytes, each with its newline. */
int live__stalls(struct live *live, const char *lines, size_t len);
int live__storms(struct live *live, const char *lines, size_t len);

/* In the server's thread. False: the path is none of the page's; @answer is as it was. */
bool live__answer(struct live *live, const struct http_request *request,
		  struct http_answer *answer);

#endif /* IPITRACE_COMMAND_LIVE_H */
