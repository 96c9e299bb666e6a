/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Each allocation of each function of a list fails in turn. A test with this header has a list of openings[],
 * and calls test_each_allocation(). It includes memory_fails.h itself, where make finds which functions are
 * replaced.
 */
#ifndef IPITRACE_TESTS_REFUSED_MEMORY_H
#define IPITRACE_TESTS_REFUSED_MEMORY_H

#include <errno.h>
#include <stdlib.h>
#include "memory_fails.h"

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
