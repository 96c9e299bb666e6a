// SPDX-License-Identifier: GPL-2.0
/* A finished snapshot: its rows are in order, and it says what the machine is. */
#include "collect/collector.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "run/parts.h"
#include "unit.h"

TEST(rows_are_in_order)
{
	struct snapshot snap = { .fns = calloc(3, sizeof(*snap.fns)), .nr_fns = 3 };
	struct finisher finisher = {};

	assert_non_null(snap.fns);
	for (uint64_t i = 0; i < 3; i++) {
		snap.fns[i].func.addr = i + 1;
		snap.fns[i].handler.sum = (i + 1) * 100;
	}
	finisher__open(&finisher);
	finisher__cut(&finisher);
	finisher__cut(&finisher);
	assert_int_equal(finisher__finish(&finisher, &snap, &(struct collect_config){}, true), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(snap.fns[i].func.addr, 3 - i);
	assert_non_null(snap.host);
	assert_true(snap.host->name.machine[0]);
	snapshot__free(&snap);
	finisher__close(&finisher);
}

/* --self: the memory that ipitrace took. */
TEST(the_memory_is_measured_if_asked_for)
{
	struct snapshot snap = { .known.self = true }, bare = {};
	struct finisher finisher = {};

	finisher__open(&finisher);
	finisher__cut(&finisher);
	finisher__cut(&finisher);
	assert_int_equal(finisher__finish(&finisher, &snap, &(struct collect_config){}, true), 0);
	assert_true(snap.rss_bytes > 0);
	assert_int_equal(finisher__finish(&finisher, &bare, &(struct collect_config){}, true), 0);
	assert_int_equal(bare.rss_bytes, 0);
	snapshot__free(&snap);
	snapshot__free(&bare);
	finisher__close(&finisher);
}

TEST_MAIN(NULL, NULL)
