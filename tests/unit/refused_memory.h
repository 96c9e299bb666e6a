/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Each allocation of each function of a list fails in turn. A test with this header has a list of openings[],
 * and calls test_each_allocation().
 */
#ifndef IPITRACE_TESTS_REFUSED_MEMORY_H
#define IPITRACE_TESTS_REFUSED_MEMORY_H

#include <errno.h>
#include <stdlib.h>
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

/* The object that is opened; each type has its own open and close functions. */
static void *object;

#define OPENING(name, opened, closed)  \
	static int open_##name(void)   \
	{                              \
		return opened;         \
	}                              \
	static void close_##name(void) \
	{                              \
		closed;                \
	}

/* Keep @new, what an open function returned. Returns 0, or -ENOMEM for NULL. */
static inline int keep_object(void *new)
{
	object = new;
	return new ? 0 : -ENOMEM;
}

/* The object is a struct of the caller, who closes it after an error, too. */
#define OPENING_OF(name, opened, closed) OPENING(name, closes(opened, close_##name), closed)

static inline int closes(int err, void (*close)(void))
{
	if (err)
		close();
	return err;
}

/* What is opened and closed, and how. */
struct opening {
	const char *name;
	int (*open)(void);
	void (*close)(void);
	bool optional; /* the object may be opened without some of its parts */
	int step; /* only each so many allocations fail; 0: each one */
};

#define ROW(opening) .name = #opening, .open = open_##opening, .close = close_##opening

/*
 * Open and close @o, whose allocation number @nr fails. Returns whether an allocation failed: the
 * object has more than @nr allocations.
 */
static bool open_without(const struct opening *o, int nr)
{
	int fds = list_fds(NULL), err;
	size_t before = nr_taken;
	bool failed;

	object = NULL;
	nr_granted = nr;
	err = o->open();
	failed = nr_granted < 0;
	nr_granted = -1;
	if (err || (failed && !o->optional)) {
		assert_int_equal(err, -ENOMEM);
		assert_true(failed);
		assert_null(object);
	} else {
		o->close();
	}
	assert_int_equal(nr_taken, before);
	assert_int_equal(list_fds(NULL), fds);
	return failed;
}

static const char *opening; /* the one that is tested; a failed test prints its name */
static int allocation;

static void test_each_allocation(const struct opening *openings, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		opening = openings[i].name;
		allocation = 0;
		while (open_without(&openings[i], allocation))
			allocation += openings[i].step ?: 1;
		/* An object without an allocation would test nothing. */
		assert_true(allocation > 0);
	}
	opening = NULL;
}

/* For a group's tear-down. */
static void name_opening(void)
{
	if (opening)
		print_error("%s, allocation %d\n", opening, allocation);
}

#endif /* IPITRACE_TESTS_REFUSED_MEMORY_H */
