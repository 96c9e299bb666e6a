/* SPDX-License-Identifier: GPL-2.0 */
/* Objects without the names that users chose: tasks, cgroups, containers, their code. */
#ifndef IPITRACE_VIEW_JSON_ANONYMOUS_H
#define IPITRACE_VIEW_JSON_ANONYMOUS_H

#include <jansson.h>
#include <stddef.h>

/* Make each value in @object that names a task or a cgroup null, at any depth. */
void json__anonymous(json_t *object);

/*
 * A line of JSON (@len bytes) without these names, newline included, as malloc() gives it;
 * NULL without memory, or if @line is no JSON.
 */
char *json__anonymous_line(const char *line, size_t len);

#endif /* IPITRACE_VIEW_JSON_ANONYMOUS_H */
