// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <stdatomic.h>
#include "serve/serve.h"

struct entry {
	struct blob *text;
	uint64_t time;
};

/* The latest texts in a ring: the text with the number n is at n % limits.nr. */
struct recent {
	struct recent_limits limits;
	pthread_mutex_t lock;
	uint64_t added;
	size_t nr; /* texts in the ring: their numbers are above added - nr */
	size_t bytes;
	struct entry entries[];
};

struct recent *recent__new(const struct recent_limits *limits)
{
	struct recent *r = calloc(1, sizeof(*r) + limits->nr * sizeof(r->entries[0]));

	if (!r)
		return NULL;
	r->limits = *limits;
	pthread_mutex_init(&r->lock, NULL);
	return r;
}

static struct entry *oldest_entry(struct recent *r)
{
	return &r->entries[(r->added - r->nr + 1) % r->limits.nr];
}

static void forget_oldest(struct recent *r)
{
	struct entry *entry = oldest_entry(r);

	r->bytes -= entry->text->len;
	r->nr--;
	blob__put(entry->text);
}

int recent__add(struct recent *r, struct blob *text, uint64_t time)
{
	if (!text)
		return -ENOMEM;
	pthread_mutex_lock(&r->lock);
	if (r->nr == r->limits.nr)
		forget_oldest(r);
	r->entries[++r->added % r->limits.nr] = (struct entry){ text, time };
	r->nr++;
	r->bytes += text->len;
	while (r->nr > 1 && ((r->limits.bytes && r->bytes > r->limits.bytes) ||
			     (r->limits.ns && oldest_entry(r)->time + r->limits.ns < time)))
		forget_oldest(r);
	pthread_mutex_unlock(&r->lock);
	return 0;
}

size_t recent__after(struct recent *r, uint64_t after, size_t bytes, struct blob **texts,
		     size_t max, uint64_t *last, size_t *more)
{
	size_t nr = 0, len = 0;
	uint64_t n;

	pthread_mutex_lock(&r->lock);
	n = r->added - r->nr;
	if (after > n)
		n = after < r->added ? after : r->added;
	while (n < r->added && nr < max && (!nr || len < bytes)) {
		struct blob *text = r->entries[++n % r->limits.nr].text;

		len += text->len;
		texts[nr++] = blob__get(text);
	}
	*last = n;
	*more = r->added - n;
	pthread_mutex_unlock(&r->lock);
	return nr;
}

void recent__free(struct recent *r)
{
	if (!r)
		return;
	while (r->nr)
		forget_oldest(r);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

struct blob *blob__new(char *bytes, size_t len)
{
	struct blob *blob = bytes ? malloc(sizeof(*blob)) : NULL;

	if (!blob) {
		free(bytes);
		return NULL;
	}
	atomic_init(&blob->refs, 1);
	blob->len = len;
	blob->bytes = bytes;
	return blob;
}

struct blob *blob__get(struct blob *blob)
{
	atomic_fetch_add(&blob->refs, 1);
	return blob;
}

void blob__put(struct blob *blob)
{
	if (!blob || atomic_fetch_sub(&blob->refs, 1) > 1)
		return;
	free(blob->bytes);
	free(blob);
}
