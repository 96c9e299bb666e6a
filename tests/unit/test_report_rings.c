// SPDX-License-Identifier: GPL-2.0
/* Reports of several watchers: each arrives whole and once; one without room is counted. */
#include <pthread.h>
#include <sched.h>
#include "stall/stall_run.h"
#include "unit.h"

struct heard {
	char text[64];
	size_t calls;
	int stop; /* the value of the taker */
};

static int hear(void *ctx, const char *text, size_t len)
{
	struct heard *heard = ctx;

	strncat(heard->text, text, len);
	heard->calls++;
	return heard->stop;
}

TEST(reports_of_all_watchers_arrive)
{
	struct report_rings rings = {};
	struct heard heard = {};

	assert_int_equal(report_rings__open(&rings, 16), 0);
	assert_int_equal(report_rings__put(&rings, 2, "c\n", 2), 0);
	assert_int_equal(report_rings__put(&rings, 0, "a\n", 2), 0);
	assert_int_equal(report_rings__put(&rings, 0, "b\n", 2), 0);
	assert_int_equal(report_rings__take(&rings, hear, &heard), 0);
	assert_members(heard, text, "a\nb\nc\n", calls, 2);
	assert_int_equal(report_rings__take(&rings, hear, &heard), 0);
	assert_int_equal(heard.calls, 2);
	assert_int_equal(report_rings__refused(&rings), 0);
	report_rings__close(&rings);
}

TEST(a_full_ring_refuses_and_counts)
{
	struct report_rings rings = {};
	struct heard heard = {};

	assert_int_equal(report_rings__open(&rings, 8), 0);
	report_rings__put(&rings, 1, "12345\n", 6);
	report_rings__put(&rings, 1, "678\n", 4);
	report_rings__put(&rings, 3, "9\n", 2);
	assert_int_equal(report_rings__refused(&rings), 1);
	report_rings__take(&rings, hear, &heard);
	assert_string_equal(heard.text, "12345\n9\n");
	report_rings__close(&rings);
}

TEST(a_taker_that_fails_is_heard)
{
	struct report_rings rings = {};
	struct heard heard = { .stop = 4 };

	assert_int_equal(report_rings__open(&rings, 8), 0);
	report_rings__put(&rings, 0, "a\n", 2);
	report_rings__put(&rings, 1, "b\n", 2);
	assert_int_equal(report_rings__take(&rings, hear, &heard), 4);
	assert_int_equal(heard.calls, 1);
	report_rings__close(&rings);
}

#define REPORTS repeats(20000)

static struct report_rings shared;

/* A watcher: each of its reports is its number and a letter of its own, until the ring has taken them all. */
static void *put_reports(void *which)
{
	uint64_t refused = 0;

	for (int i = 0; i < REPORTS;) {
		char text[16];
		int len = snprintf(text, sizeof(text), "%c%d\n", (int)('a' + (uintptr_t)which), i);
		uint64_t before = shared.rings[(uintptr_t)which].refused;

		report_rings__put(&shared, (uintptr_t)which, text, len);
		if (shared.rings[(uintptr_t)which].refused == before) {
			i++;
			continue;
		}
		refused++;
		sched_yield();
	}
	return (void *)refused;
}

static int next_of[WATCHERS_MAX];

static int check_order(void *ctx, const char *text, size_t len)
{
	int *taken = ctx;

	for (const char *at = text; at < text + len; at = strchr(at, '\n') + 1) {
		unsigned int which = *at - 'a';

		assert_in_range(which, 0, WATCHERS_MAX - 1);
		assert_int_equal(atoi(at + 1), next_of[which]++);
		++*taken;
	}
	return 0;
}

TEST(all_watchers_put_while_one_takes)
{
	pthread_t threads[WATCHERS_MAX];
	int taken = 0;
	uint64_t refused = 0;

	assert_int_equal(report_rings__open(&shared, 1 << 10), 0);
	for (uintptr_t i = 0; i < WATCHERS_MAX; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, put_reports, (void *)i), 0);
	while (taken < WATCHERS_MAX * REPORTS)
		report_rings__take(&shared, check_order, &taken);
	for (int i = 0; i < WATCHERS_MAX; i++) {
		void *own;

		pthread_join(threads[i], &own);
		refused += (uintptr_t)own;
	}
	assert_int_equal(report_rings__refused(&shared), refused);
	report_rings__close(&shared);
}

TEST_MAIN(NULL, NULL)
