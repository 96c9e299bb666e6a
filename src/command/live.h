/* SPDX-License-Identifier: GPL-2.0 */
/* The page of `serve` and its /api/v1: the latest windows, stalls and storms. */
#ifndef IPITRACE_COMMAND_LIVE_H
#define IPITRACE_COMMAND_LIVE_H

#include "command/command.h"
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

/* Stalls and storms of `serve`: with --events lines of JSON on stdout, and to the page. */

struct events;

/* Each function returns as the session's callback; @events may be NULL. */

/* As root; @live may be NULL. NULL without memory, which events__open() reports. */
struct events *events__new(const struct options *opts, struct collect_config *config,
			   struct live *live);
int events__open(struct events *events, const struct options *opts, struct collector *collector);

/* Start the watchers. */
int events__begin(struct events *events);

/* The main thread's part, every STEAL_PERIOD_NS. */
int events__tend(struct events *events);

void events__cut(struct events *events);

/* Find the window's storms, for events__storms(): 0 or -ENOMEM. */
int events__judge(struct events *events, const struct snapshot *snap);
const struct storm_detector *events__storms(const struct events *events);

/* Then these storms and the window itself, to those who follow. */
int events__window(struct events *events, const struct snapshot *snap);
int events__end(struct events *events);
void events__close(struct events *events);

#endif /* IPITRACE_COMMAND_LIVE_H */
