// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "abi/stall_event.h"
#include "base/clock.h"
#include "base/write_all.h"
#include "collect/read_moment.h"
#include "host/steal_time.h"
#include "model/incident.h"
#include "model/moment.h"
#include "model/totals.h"
#include "stall/ended.h"
#include "stall/incident.h"
#include "stall/name_cache.h"
#include "stall/ongoing.h"
#include "stall/report_once.h"
#include "stall/reporter.h"
#include "stall/watcher_threads.h"
#include "view/json/pool.h"
#include "view/json/stall.h"
#include "view/text/stall.h"
#include "view/text/style.h"

#define REPORT_BYTES (128 << 10)

/* The kernel counts steal in ticks of 10 ms: of less it tells nothing. */
#define STEAL_MIN_NS 20000000ULL

/* What is over is known for so long, lest a late watcher reports it again. */
#define FORGET_NS 10000000000ULL

/* One for each watcher, that none waits for another one's. */
struct seat {
	struct reporter *reporter;
	unsigned int which;
	struct ongoing *lasting;
	struct json_pool pool;
	struct moment moment;
	char report[REPORT_BYTES];
};

struct reporter {
	struct reporter_config config;
	struct wall_clock clock;
	struct steal_time *steal; /* NULL: not told here */
	struct report_once *claims;
	/* Events have one reader at a time; who finds another one at it goes on. */
	_Atomic bool reading;
	_Atomic uint64_t drained;
	struct ended *ended; /* by the reader */
	_Atomic int error; /* of writing, a negative errno */
	_Atomic uint64_t found[NR_PHASES];
	_Atomic uint64_t dropped;
	_Atomic uint64_t doubted;
	struct seat *seats[WATCHERS_MAX];
};

static struct seat *seat_new(struct reporter *r, unsigned int which)
{
	struct seat *seat = calloc(1, sizeof(*seat));

	if (!seat)
		return NULL;
	seat->reporter = r;
	seat->which = which;
	seat->lasting = ongoing__new(r->config.threshold);
	seat->pool.size = r->config.json ? JSON_POOL_BYTES : 0;
	seat->pool.memory = malloc(seat->pool.size + 1);
	r->seats[which] = seat;
	return seat->lasting && seat->pool.memory ? seat : NULL;
}

int reporter__open(struct reporter **out, const struct reporter_config *config)
{
	struct reporter *r = calloc(1, sizeof(*r));
	int err = -ENOMEM;

	if (!r)
		return -ENOMEM;
	r->config = *config;
	wall_clock__read(&r->clock);
	json_pool__install();
	/* Looks at the terminal, once. */
	style__on(STYLE_PLAIN);
	if (steal_time__open(&r->steal, NULL, config->nr_cpus))
		r->steal = NULL;
	r->claims = report_once__new();
	r->ended = ended__new();
	if (!r->claims || !r->ended)
		goto out;
	for (unsigned int i = 0; i < WATCHERS_MAX; i++)
		if (!seat_new(r, i))
			goto out;
	err = 0;
out:
	if (err) {
		reporter__close(r);
		r = NULL;
	}
	*out = r;
	return err;
}

void reporter__close(struct reporter *r)
{
	if (!r)
		return;
	for (unsigned int i = 0; i < WATCHERS_MAX; i++) {
		if (!r->seats[i])
			continue;
		ongoing__free(r->seats[i]->lasting);
		free(r->seats[i]->pool.memory);
		free(r->seats[i]);
	}
	report_once__free(r->claims);
	ended__free(r->ended);
	steal_time__close(r->steal);
	free(r);
}

static void name(struct reporter *r, struct incident *in)
{
	name_cache__symbol(r->config.names, &in->func, true);
	name_cache__symbol(r->config.names, &in->callsite, false);
	name_cache__symbol(r->config.names, &in->doing, true);
	for (uint32_t f = 0; f < in->nr; f++)
		name_cache__symbol(r->config.names, &in->stack[f], false);
	in->cgroup_path = name_cache__cgroup(r->config.names, in->cgroup);
}

static size_t format(struct seat *seat, const struct incident *in, uint64_t id)
{
	struct reporter *r = seat->reporter;
	size_t len;

	if (!r->config.json)
		return view__stall(seat->report, sizeof(seat->report), in, id, &r->clock);
	json_pool__enter(&seat->pool);
	len = json__stall(seat->report, sizeof(seat->report), in, id,
			  report_once__known_number(r->claims, in->cause));
	json_pool__leave();
	return len;
}

/*
 * Report it, unless another watcher has. All is made ready before the claim:
 * the shorter it is held, the less often it is lost. False: look again later.
 */
static bool report(struct seat *seat, struct incident *in)
{
	struct reporter *r = seat->reporter;
	enum claim_of what = in->ongoing ? CLAIM_ONGOING : CLAIM_OVER;
	/* In text its cause's report tells of it. */
	bool shown = r->config.json || !in->covered;
	bool first = false;
	size_t len = 0;
	enum claim claim = report_once__peek(r->claims, in->key, what, mono_ns());
	int err;

	if (claim == CLAIM_WON && shown)
		len = format(seat, in, report_once__number(r->claims, in->key));
	if (claim == CLAIM_WON)
		claim = report_once__take(r->claims, in->key, what, mono_ns(), &first);
	if (claim == CLAIM_FULL || (claim == CLAIM_WON && shown && !len))
		r->dropped++;
	if (claim != CLAIM_WON)
		return claim != CLAIM_BUSY;
	r->found[in->phase] += first;
	err = r->error ? 0 : write_all(r->config.fd, seat->report, len, NULL);
	if (err)
		r->error = err;
	report_once__done(r->claims, in->key, what);
	return true;
}

/* One that lasts, or whose end was not seen. */
static bool lasts(void *ctx, const struct incident *seen)
{
	struct seat *seat = ctx;
	struct incident in = *seen;

	/*
	 * This thread was held up since it looked: what it saw may be over by
	 * now. If it ended before that, its end is not reported yet.
	 */
	if (mono_ns() - seat->moment.now > ENDED_HOLD_NS)
		return false;
	name(seat->reporter, &in);
	return report(seat, &in);
}

static void over(void *ctx, struct incident *in)
{
	struct seat *seat = ctx;
	struct reporter *r = seat->reporter;
	uint64_t duration = incident__duration(in);

	ongoing__merge(seat->lasting, in);
	if (r->steal && in->phase != PHASE_WAIT && duration >= STEAL_MIN_NS) {
		in->stolen = steal_time__since(r->steal, in->dst, in->start);
		in->stolen = in->stolen < duration ? in->stolen : duration;
	}
	name(r, in);
	incident__judge(in);
	report(seat, in);
}

static void event(void *ctx, const struct stall_event *event)
{
	struct seat *seat = ctx;
	struct reporter *r = seat->reporter;
	struct incident in;

	incident__of_event(&in, event);
	name(r, &in);
	if (!incident__believed(&in)) {
		r->doubted++;
		return;
	}
	incident__trim(&in);
	ended__add(r->ended, &in, mono_ns(), over, seat);
}

/* @all: what is held back, too. */
static void events(struct seat *seat, bool all)
{
	struct reporter *r = seat->reporter;
	uint64_t now = mono_ns();

	if (__atomic_exchange_n(&r->reading, true, __ATOMIC_SEQ_CST))
		return;
	moment_reader__events(r->config.watch, event, seat);
	ended__due(r->ended, all ? UINT64_MAX : now, over, seat);
	r->drained = now;
	r->reading = false;
}

void reporter__scan(void *ctx, unsigned int which)
{
	struct reporter *r = ctx;
	struct seat *seat = r->seats[which];
	uint64_t drained = r->drained;

	name_cache__begin(r->config.names, which);
	moment_reader__read(r->config.watch, r->config.threshold / ONGOING_CONTEXT, &seat->moment);
	ongoing__moment(seat->lasting, &seat->moment, drained, lasts, seat);
	events(seat, false);
	name_cache__end(r->config.names, which);
}

int reporter__tend(struct reporter *r)
{
	uint64_t now = mono_ns();

	if (r->steal)
		steal_time__sample(r->steal, now);
	name_cache__refresh(r->config.names);
	if (now > FORGET_NS)
		report_once__forget(r->claims, now - FORGET_NS);
	return r->error;
}

int reporter__finish(struct reporter *r, struct stall_totals *sum)
{
	size_t dropped = 0;

	name_cache__begin(r->config.names, 0);
	events(r->seats[0], true);
	name_cache__end(r->config.names, 0);
	*sum = (struct stall_totals){
		.threshold = r->config.threshold,
		.lost = moment_reader__lost(r->config.watch),
		.dropped = r->dropped,
		.doubted = r->doubted,
	};
	for (int i = 0; i < NR_PHASES; i++)
		sum->found[i] = r->found[i];
	/* All have seen the same. */
	for (int i = 0; i < WATCHERS_MAX; i++)
		if (ongoing__dropped(r->seats[i]->lasting) > dropped)
			dropped = ongoing__dropped(r->seats[i]->lasting);
	sum->dropped += dropped;
	return r->error;
}
