/* SPDX-License-Identifier: GPL-2.0 */
/* The callers of each function, by the samples of all windows. */
#ifndef IPITRACE_VIEW_HTML_CALLERS_H
#define IPITRACE_VIEW_HTML_CALLERS_H

#include <jansson.h>

/* Callers of different functions, processes and names; further ones are left out. */
#define CALLERS_MAX 4096

/* The callers of one function that a page shows. */
#define CALLERS_SHOWN 8

/*
 * Add the callers of one function of a snapshot to *@callers, NULL at first:
 * "func\nmodule" -> {what tells callers apart -> caller}. 0 or -ENOMEM.
 */
int callers_of_run__add(json_t **callers, size_t *nr, const json_t *function);

/*
 * "func\nmodule" -> [the most frequent callers], a new object; @callers: as above, or
 * NULL. NULL without memory.
 */
json_t *callers_of_run__all(const json_t *callers);

#endif /* IPITRACE_VIEW_HTML_CALLERS_H */
