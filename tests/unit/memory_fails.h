/* SPDX-License-Identifier: GPL-2.0 */
/* Memory of which one allocation fails, and what was not given back. */
#ifndef IPITRACE_TESTS_MEMORY_FAILS_H
#define IPITRACE_TESTS_MEMORY_FAILS_H

#include "unit.h"

/* The memory that src/ and its static libraries have taken, without the C library's own. */
#define TAKEN_MAX 65536
static void *taken[TAKEN_MAX];
static size_t nr_taken;
/* How many allocations succeed before the one that fails; negative: that one has failed, or all succeed. */
static long nr_granted = -1;

static bool is_refused(void)
{
	if (nr_granted < 0 || nr_granted--)
		return false;
	errno = ENOMEM;
	return true;
}

static void *take(void *p)
{
	if (p && nr_taken < TAKEN_MAX)
		taken[nr_taken++] = p;
	return p;
}

/* The search begins with the latest, which most programs free first. */
static void give_back(void *p)
{
	for (size_t i = nr_taken; p && i-- > 0;) {
		if (taken[i] != p)
			continue;
		taken[i] = taken[--nr_taken];
		return;
	}
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return is_refused() ? NULL : take(__real_malloc(size));
}

void *__real_calloc(size_t nr, size_t size);
void *__wrap_calloc(size_t nr, size_t size)
{
	return is_refused() ? NULL : take(__real_calloc(nr, size));
}

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
	void *p = is_refused() ? NULL : __real_realloc(old, size);

	if (p)
		give_back(old);
	return take(p);
}

void *__real_reallocarray(void *old, size_t nr, size_t size);
void *__wrap_reallocarray(void *old, size_t nr, size_t size)
{
	void *p = is_refused() ? NULL : __real_reallocarray(old, nr, size);

	if (p)
		give_back(old);
	return take(p);
}

void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return is_refused() ? NULL : take(__real_aligned_alloc(align, size));
}

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
	return is_refused() ? NULL : take(__real_strdup(text));
}

void __real_free(void *p);
void __wrap_free(void *p)
{
	give_back(p);
	__real_free(p);
}

#endif /* IPITRACE_TESTS_MEMORY_FAILS_H */
