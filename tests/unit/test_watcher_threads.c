// SPDX-License-Identifier: GPL-2.0
/* Threads that take turns, and go on when one of them does not come back. */
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "unit.h"
#include "stall/watcher_threads.h"

static _Atomic unsigned int looks[WATCHERS_MAX];
static _Atomic bool stuck[WATCHERS_MAX];
static _Atomic bool release;
static _Atomic int wrong_cpu;
static int cpu_of[WATCHERS_MAX];

static void pass_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void look(void *ctx, unsigned int which)
{
	assert_ptr_equal(ctx, looks);
	looks[which]++;
	if (cpu_of[which] >= 0 && cpu_of[which] != sched_getcpu())
		wrong_cpu++;
	cpu_of[which] = sched_getcpu();
	while (stuck[which] && !release)
		pass_ms(1);
}

static unsigned int all(const struct watcher_threads *w)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < watcher_threads__nr(w); i++)
		sum += looks[i];
	return sum;
}

static struct watcher_threads *start(void)
{
	struct watcher_threads *w;

	for (int i = 0; i < WATCHERS_MAX; i++) {
		looks[i] = 0;
		stuck[i] = false;
		cpu_of[i] = -1;
	}
	release = false;
	wrong_cpu = 0;
	assert_int_equal(watcher_threads__open(&w), 0);
	watcher_threads__lock();
	assert_int_equal(watcher_threads__start(w, look, looks), 0);
	return w;
}

/* Wait until they have looked @more times; how long is no matter. */
static bool look_on(const struct watcher_threads *w, unsigned int more)
{
	unsigned int before = all(w);

	for (int i = 0; i < 20000 && all(w) < before + more; i++)
		pass_ms(1);
	return all(w) >= before + more;
}

static void each_has_a_cpu_of_its_own(void **state)
{
	struct watcher_threads *w = start();

	(void)state;
	assert_in_range(watcher_threads__nr(w), 1, WATCHERS_MAX);
	assert_true(look_on(w, 100));
	watcher_threads__stop(w);
	assert_int_equal(wrong_cpu, 0);
	for (unsigned int i = 0; i < watcher_threads__nr(w); i++)
		for (unsigned int j = 0; j < i; j++)
			assert_true(cpu_of[i] < 0 || cpu_of[i] != cpu_of[j]);
	watcher_threads__close(w);
}

static void any_one_is_enough(void **state)
{
	struct watcher_threads *w = start();
	unsigned int nr = watcher_threads__nr(w);

	(void)state;
	for (unsigned int alone = 0; alone < nr; alone++) {
		release = true;
		pass_ms(20);
		release = false;
		for (unsigned int i = 0; i < nr; i++)
			stuck[i] = i != alone;
		/* The others do not come back from their next look. */
		assert_true(look_on(w, 100));
		assert_true(looks[alone] >= 50);
	}
	release = true;
	watcher_threads__close(w);
}

static void nobody_looks_once_they_are_stopped(void **state)
{
	struct watcher_threads *w = start();
	unsigned int before;

	(void)state;
	assert_true(look_on(w, 5));
	watcher_threads__stop(w);
	before = all(w);
	pass_ms(50);
	assert_int_equal(all(w), before);
	watcher_threads__stop(w);
	watcher_threads__close(w);
	watcher_threads__close(NULL);
}

static void one_that_was_never_started_can_be_closed(void **state)
{
	struct watcher_threads *w;

	(void)state;
	assert_int_equal(watcher_threads__open(&w), 0);
	watcher_threads__close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_a_cpu_of_its_own),
		cmocka_unit_test(any_one_is_enough),
		cmocka_unit_test(nobody_looks_once_they_are_stopped),
		cmocka_unit_test(one_that_was_never_started_can_be_closed),
	};

	return cmocka_run_group_tests_name("watchers", tests, NULL, NULL);
}
