/* SPDX-License-Identifier: GPL-2.0 */
/* Stalls and storms of `serve`: with --events lines of JSON on stdout, and to the page. */
#ifndef IPITRACE_COMMAND_EVENTS_H
#define IPITRACE_COMMAND_EVENTS_H

#include "cli/options.h"
#include "command/live.h"
#include "model/snapshot.h"

struct collect_config;
struct collector;
struct events;

/* Each function returns an exit status, having reported a failure; @events may be NULL. */

/* As root; @live may be NULL. NULL without memory, which events__open() reports. */
struct events *events__new(const struct options *opts, struct collect_config *config,
			   struct live *live);
int events__open(struct events *events, const struct options *opts, struct collector *collector);

/* Start the watchers. */
int events__begin(struct events *events);

/* A descriptor that is readable when events__tend() is due. */
int events__fd(const struct events *events);

/* The main thread's part. *@over: nobody reads stdout any more. */
int events__tend(struct events *events, bool *over);

void events__cut(struct events *events);

/* The window's storms, and the window itself to the page. */
int events__window(struct events *events, const struct snapshot *snap);
int events__end(struct events *events);
void events__close(struct events *events);

#endif /* IPITRACE_COMMAND_EVENTS_H */
