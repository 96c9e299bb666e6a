// SPDX-License-Identifier: GPL-2.0
/* command/queue_report: queues that cannot be read end no run; those that can say who waits. */
#include "collect/kcore/queues/queues.h"
#include "command/parts.h"
#include "unit.h"

#define SPAN 1000000

/* What the made queues say. */
static int open_result, look_result;
static size_t waiting;
static int opened, closed; /* how often */

int __wrap_live_queues__open(struct live_queues **q, char *why, size_t size)
{
	opened++;
	snprintf(why, size, "made up");
	*q = open_result ? NULL : (void *)&waiting;
	return open_result;
}

void __wrap_live_queues__close(struct live_queues *q)
{
	closed += q == (void *)&waiting;
}

static uint64_t lasted; /* by the waits */

int __wrap_live_queues__look(struct live_queues *q, uint64_t span, bool (*over)(const void *ctx),
			     const void *ctx, struct moment *m)
{
	m->waiting[0].at_least = lasted;
	assert_ptr_equal(q, &waiting);
	assert_int_equal(span, SPAN);
	m->nr_waiting = waiting;
	return look_result;
}

static const struct collect_config config;
static struct queue_report report;

static int setup(void **state)
{
	open_result = look_result = opened = closed = waiting = 0;
	report = (struct queue_report){ .threshold = SPAN };
	return 0;
}

static int teardown(void **state)
{
	queue_report__close(&report);
	return 0;
}

static int look(void)
{
	return queue_report__look(&report, &config, SPAN);
}

TEST_F(queues_that_cannot_be_read_are_no_error)
{
	open_result = -EACCES;
	assert_int_equal(look(), false);
	assert_has(report.slow, "who waits for it cannot be read (made up)");
	assert_null(report.queues);
	queue_report__close(&report);
	assert_int_equal(closed, 0);
}

TEST_F(without_memory_nothing_goes_on)
{
	open_result = -ENOMEM;
	assert_int_equal(look(), -ENOMEM);
}

/* The run was over before the look was. */
TEST_F(a_look_may_be_cut_short)
{
	waiting = 1;
	lasted = SPAN - 1;
	assert_int_equal(look(), true);
	assert_true(report.cut);
	lasted = SPAN;
	assert_int_equal(look(), true);
	assert_false(report.cut);
	waiting = 0;
	lasted = 0;
	assert_int_equal(look(), true);
	assert_false(report.cut);
}

TEST_F(queues_are_opened_once_and_each_look_is_new)
{
	waiting = 3;
	assert_int_equal(look(), true);
	assert_has(report.slow, "a CPU stopped answering");
	assert_int_equal(report.waits, true);
	waiting = 0;
	assert_int_equal(look(), true);
	assert_int_equal(report.waits, false);
	look_result = -EIO;
	assert_int_equal(look(), false);
	assert_int_equal(opened, 1);
	queue_report__close(&report);
	queue_report__close(&report);
	assert_int_equal(closed, 1);
	assert_null(report.moment);
}

TEST_MAIN(NULL, NULL)
