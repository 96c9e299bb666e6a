/* SPDX-License-Identifier: GPL-2.0 */
/* A pairing that a test feeds with events, and the news that the pairing passes on. */
#ifndef IPITRACE_TESTS_PAIRING_FEED_H
#define IPITRACE_TESTS_PAIRING_FEED_H

#include "abi/limits.h"
#include "abi/mailbox.h"
#include "import/import.h"
#include "unit.h"

#define FUNC	 0xf0
#define CALLSITE 0xca
#define NEWS_MAX 4096
#define USEC	 1000ULL

static struct pairing *pairing;
static struct ledger sums;
static uint64_t now;
static struct {
	struct pair pair;
	enum pair_news news;
} heard[NEWS_MAX];
static size_t nr_heard;

static void hear(void *ctx, const struct pair *pair, enum pair_news news)
{
	assert_true(nr_heard < NEWS_MAX);
	heard[nr_heard].pair = *pair;
	heard[nr_heard++].news = news;
}

static int begin(void **state)
{
	pairing = pairing__new(hear, NULL);
	nr_heard = 0;
	now = 1000000;
	return !pairing;
}

static int finish(void **state)
{
	pairing__free(pairing);
	return 0;
}

static void wait_for(uint64_t ns)
{
	now += ns;
}

static void queue_typed(uint32_t src, uint32_t dst, uint64_t csd, enum mark_type type)
{
	const struct mark mark = { .time = now,
				   .csd = csd,
				   .func = FUNC,
				   .callsite = CALLSITE,
				   .cpu = src,
				   .dst = dst,
				   .type = type };

	pairing__queue(pairing, &mark);
	now += 10 * USEC;
}

static void enter(uint32_t cpu, uint64_t func, uint64_t csd)
{
	const struct mark mark = { .time = now, .csd = csd, .func = func, .cpu = cpu };

	pairing__entry(pairing, &mark);
	now += 10 * USEC;
}

static void leave(uint32_t cpu, uint64_t func, uint64_t csd)
{
	const struct mark mark = { .time = now, .csd = csd, .func = func, .cpu = cpu };

	pairing__exit(pairing, &mark);
	now += 10 * USEC;
}

static void run(uint32_t cpu, uint64_t csd)
{
	enter(cpu, FUNC, csd);
	leave(cpu, FUNC, csd);
}

static void cut(void)
{
	pairing__cut(pairing, &sums);
	assert_true(ledger__closed(&sums));
}

/* Returns news number @i of the kind @kind. */
static const struct pair *news(enum pair_news kind, size_t i)
{
	for (size_t n = 0; n < nr_heard; n++)
		if (heard[n].news == kind && !i--)
			return &heard[n].pair;
	fail_msg("no such news");
	return NULL;
}

static size_t count(enum pair_news kind)
{
	size_t nr = 0;

	for (size_t n = 0; n < nr_heard; n++)
		nr += heard[n].news == kind;
	return nr;
}

/* End the window, and check its ledger: member, value, member, value ... */
#define assert_cut(...)                            \
	do {                                       \
		cut();                             \
		assert_members(sums, __VA_ARGS__); \
	} while (0)

#endif /* IPITRACE_TESTS_PAIRING_FEED_H */
