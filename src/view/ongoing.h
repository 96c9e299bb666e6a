/* SPDX-License-Identifier: GPL-2.0 */
/* Stalls and storms are reported while they last, and again, by the same id, when they are over. */
#ifndef IPITRACE_VIEW_ONGOING_H
#define IPITRACE_VIEW_ONGOING_H

#include <jansson.h>

/* More at one time are taken as over. */
#define ONGOING_MAX 4096

/*
 * Take a report into account; *@ongoing, NULL at first, keeps by id the latest report of
 * each that lasts. 1: it is over; 0: it lasts, and is kept; -EINVAL: it has no id; -ENOMEM.
 */
int ongoing__report(json_t **ongoing, json_t *object);

#endif /* IPITRACE_VIEW_ONGOING_H */
