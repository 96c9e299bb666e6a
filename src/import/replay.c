// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include "import/parts.h"

/*
 * Events of several CPUs may be out of order by this time, ns. If a time is earlier by more, the
 * clock was set back.
 */
#define SKEW_NS 100000000ULL

/* A longer pause becomes one long window, because a file's times may be of any size. */
#define PAUSE_WINDOWS 60

struct replay {
	struct replay_ops ops;
	void *ctx;
	uint64_t interval;
	uint64_t threshold;
	struct pairing *pairing;
	struct sums *sums;
	struct replay_facts facts;
	uint64_t window; /* start of the current window; 0 before the first event */
	uint64_t shift; /* the file's times must be increased by this, ns */
	const struct mark *entry; /* the entry that is being paired */
	/* time of the latest call-function interrupt; 0 if none was seen */
	uint64_t arrived[MAX_CPUS];
	int err;
};

static void set_error(struct replay *r, int err)
{
	if (!r->err)
		r->err = err;
}

static struct task_id get_task(const struct mark_task *task)
{
	struct task_id id = {
		/* Not every file has the process. The task is known if the process is. */
		.known = !task->interrupt && task->tgid != TGID_NOT_KNOWN,
		.interrupt = task->interrupt,
		.pid = task->pid,
		.tgid = task->tgid != TGID_NOT_KNOWN ? task->tgid : 0,
	};

	memcpy(id.comm, task->comm, sizeof(id.comm));
	return id;
}

static void report_stall(struct replay *r, const struct pair *pair, enum stall_phase phase)
{
	uint64_t arrived = r->arrived[pair->dst];
	struct incident in = {
		.phase = phase,
		.start = phase == PHASE_DELIVERY ? pair->queued : pair->entered,
		.time = phase == PHASE_DELIVERY ? pair->entered : pair->ended,
		.src = pair->src,
		.dst = pair->dst,
		.dst_known = true,
		.csd = pair->csd,
		.sender = get_task(&pair->task),
	};

	if (in.time < in.start + r->threshold)
		return;
	in.func.addr = pair->func;
	in.callsite.addr = pair->callsite;
	if (phase == PHASE_DELIVERY) {
		in.queued = pair->queued;
		in.sent = pair->sent != PAIR_UNKNOWN ? pair->sent : 0;
		in.arrived = arrived >= pair->queued && arrived <= pair->entered ? arrived : 0;
		if (r->entry && r->entry->time == pair->entered && r->entry->cpu == pair->dst)
			in.victim = get_task(&r->entry->task);
	}
	set_error(r, r->ops.stall(r->ctx, &in));
}

/* Receives pairs, as a pair_fn. */
static void take_news(void *ctx, const struct pair *pair, enum pair_news news)
{
	struct replay *r = ctx;

	sums__pair(r->sums, pair, news);
	if (news == PAIR_ENTERED && pair->entered != PAIR_UNKNOWN)
		report_stall(r, pair, PHASE_DELIVERY);
	if (news != PAIR_ENDED)
		return;
	if (pair->entered != PAIR_UNKNOWN && pair->ended != PAIR_UNKNOWN)
		report_stall(r, pair, PHASE_HANDLER);
	set_error(r, r->ops.csd(r->ctx, pair));
}

struct replay *replay__new(const struct names *names, const struct replay_ops *ops, void *ctx,
			   uint64_t interval, uint64_t threshold)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->ops = *ops;
	r->ctx = ctx;
	r->interval = interval;
	r->threshold = threshold;
	r->sums = sums__new(names);
	r->pairing = pairing__new(take_news, r);
	if (r->sums && r->pairing)
		return r;
	replay__free(r);
	return NULL;
}

void replay__free(struct replay *r)
{
	if (!r)
		return;
	pairing__free(r->pairing);
	sums__free(r->sums);
	free(r);
}

/* End the window at @end. */
static void cut_window(struct replay *r, uint64_t end, bool last)
{
	struct snapshot snap;
	int err = sums__cut(r->sums, &snap);

	if (err) {
		set_error(r, err);
		return;
	}
	pairing__cut(r->pairing, &snap.ledger);
	snap.window.mono_start = r->window;
	snap.window.mono_end = end;
	snap.window.last = last;
	set_error(r, r->ops.window(r->ctx, &snap));
	snapshot__free(&snap);
	r->window = end;
}

/*
 * Convert @time of the file's clock, which may have been set back, and cut the windows that are
 * over by then. Returns 0, with r->err, if @time is impossible, or if a window could not be cut.
 */
static uint64_t take_time(struct replay *r, uint64_t time)
{
	uint64_t over;

	if (time > INT64_MAX / 4 || r->shift > INT64_MAX / 4) {
		set_error(r, -ERANGE);
		return 0;
	}
	time += r->shift;
	if (time + SKEW_NS < r->facts.now) {
		pairing__lost_all(r->pairing);
		memset(r->arrived, 0, sizeof(r->arrived));
		r->facts.set_back++;
		r->shift += r->facts.now - time;
		time = r->facts.now;
	}
	if (!r->window)
		r->window = r->facts.began = time;
	if (time > r->facts.now) {
		if (r->facts.now && time - r->facts.now >= PAUSE_NS)
			r->facts.paused += time - r->facts.now;
		r->facts.now = time;
		over = (time - r->window) / r->interval;
		if (over > PAUSE_WINDOWS)
			cut_window(r, r->window + over * r->interval, false);
		while (!r->err && time >= r->window + r->interval)
			cut_window(r, r->window + r->interval, false);
	}
	return r->err ? 0 : time;
}

static void take_mask(struct replay *r, const struct import_event *event, uint64_t time)
{
	uint32_t nr = 0;

	if (!event->dsts_known) {
		sums__sent_unknown(r->sums);
		return;
	}
	for (uint32_t cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (!cpuset__has(&event->dsts, cpu))
			continue;
		nr++;
		pairing__send(r->pairing, event->mark.cpu, cpu, time);
	}
	sums__sent(r->sums, event->kind, nr);
}

int replay__event(void *replay, const struct import_event *event)
{
	struct replay *r = replay;
	struct mark mark = event->mark;

	if (event->type == EVENT_LOST)
		pairing__lost(r->pairing, mark.cpu);
	else if (event->type == EVENT_LOST_ALL)
		pairing__lost_all(r->pairing);
	if (event->type == EVENT_LOST || event->type == EVENT_LOST_ALL)
		return r->err;
	mark.time = take_time(r, mark.time);
	if (!mark.time)
		return r->err;
	cpuset__add(&r->facts.cpus, mark.cpu);
	r->entry = NULL;
	switch (event->type) {
	case EVENT_QUEUE:
		cpuset__add(&r->facts.cpus, mark.dst);
		sums__queued(r->sums, &mark);
		pairing__queue(r->pairing, &mark);
		break;
	case EVENT_ENTRY:
		r->entry = &mark;
		pairing__entry(r->pairing, &mark);
		r->entry = NULL;
		break;
	case EVENT_EXIT:
		pairing__exit(r->pairing, &mark);
		break;
	case EVENT_SEND:
		sums__sent(r->sums, event->kind, 1);
		if (event->kind == KIND_CALL_FUNCTION)
			pairing__send(r->pairing, mark.cpu, mark.dst, mark.time);
		break;
	case EVENT_SEND_MASK:
		take_mask(r, event, mark.time);
		break;
	default:
		sums__arrived(r->sums, event->kind, mark.cpu);
		if (event->kind == KIND_CALL_FUNCTION)
			r->arrived[mark.cpu] = mark.time;
		break;
	}
	return r->err;
}

int replay__end(struct replay *r)
{
	pairing__end(r->pairing);
	if (!r->err && r->window)
		cut_window(r, r->facts.now > r->window ? r->facts.now : r->window + 1, true);
	return r->err;
}

const struct replay_facts *replay__facts(const struct replay *r)
{
	return &r->facts;
}
