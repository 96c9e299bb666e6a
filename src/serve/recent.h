/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The latest texts, numbered from 1: bounded in number, bytes and age. One thread adds,
 * others read; readers share the bytes.
 */
#ifndef IPITRACE_SERVE_RECENT_H
#define IPITRACE_SERVE_RECENT_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that do not change and that several threads and answers share: counted references. */
struct blob {
	_Atomic unsigned int refs;
	size_t len;
	char *bytes;
};

/*
 * A blob with one reference. Takes @bytes, from malloc(), over in any case. NULL without
 * memory, or if @bytes is NULL.
 */
struct blob *blob__new(char *bytes, size_t len);

/* One more reference; returns @blob. */
struct blob *blob__get(struct blob *blob);

/* One reference less; the last one frees all. @blob may be NULL. */
void blob__put(struct blob *blob);

struct recent_limits {
	size_t nr; /* at least 1 */
	size_t bytes; /* 0: any; the latest text stays, however long */
	uint64_t ns; /* 0: any age */
};

struct recent;

/* NULL without memory. */
struct recent *recent__new(const struct recent_limits *limits);
void recent__free(struct recent *recent);

/*
 * Add a text of @time, CLOCK_MONOTONIC ns, and forget those beyond the limits. Takes the
 * caller's reference of @text over; NULL is no text. 0, or -ENOMEM for NULL.
 */
int recent__add(struct recent *recent, struct blob *text, uint64_t time);

/*
 * The texts behind number @after, the oldest first, with a reference each for the caller:
 * at most @max, and no more than the first once they have @bytes. Returns how many; *@last
 * is the number of the last one, or the latest there is if there is none behind @after,
 * and *@more how many were left out.
 */
size_t recent__after(struct recent *recent, uint64_t after, size_t bytes, struct blob **texts,
		     size_t max, uint64_t *last, size_t *more);

/* How many texts were added in all, which is the number of the latest. */
uint64_t recent__added(struct recent *recent);

#endif /* IPITRACE_SERVE_RECENT_H */
