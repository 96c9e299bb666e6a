// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <bpf/bpf.h>
#include "base/clock.h"
#include "collect/evidence.h"

/*
 * An ASYNC csd without a lock is about to be entered, or has run unseen. A hypervisor may
 * hold its CPU up between the two, so it is lost only after so long.
 */
#define DOUBT_NS 100000000ULL
#define DOUBTS	 32

/* An ASYNC csd without a lock. */
struct doubt {
	uint64_t csd;
	uint64_t queued;
	uint64_t since;
};

struct evidence_reader {
	evidence_fn *ask;
	const void *ctx;
	/* One watcher at a time; another one leaves the csd to the next look. */
	bool doubting;
	uint32_t next;
	struct doubt doubts[DOUBTS];
	/* By CPU: the last time at which it ran no function. */
	uint64_t free[];
};

struct evidence_reader *evidence__open(evidence_fn *ask, const void *ctx, uint32_t nr_cpus)
{
	struct evidence_reader *reader =
		calloc(1, sizeof(*reader) + nr_cpus * sizeof(*reader->free));

	if (!reader)
		return NULL;
	reader->ask = ask;
	reader->ctx = ctx;
	return reader;
}

void evidence__close(struct evidence_reader *reader)
{
	free(reader);
}

enum evidence evidence__run(const void *ctx, const struct evidence_question *question)
{
	const int *fd = ctx;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = question, .ctx_size_in = sizeof(*question));

	return bpf_prog_test_run_opts(*fd, &opts) ? EVIDENCE_NONE : (enum evidence)opts.retval;
}

/* Whether the csd has been in doubt for long. Begins a doubt, in the place of the oldest. */
static bool doubt_is_old(struct evidence_reader *reader, uint64_t csd, uint64_t queued)
{
	uint64_t now = mono_ns();
	struct doubt *doubt = NULL;
	bool old;

	if (__atomic_exchange_n(&reader->doubting, true, __ATOMIC_ACQUIRE))
		return false;
	for (uint32_t i = 0; i < DOUBTS && !doubt; i++)
		if (reader->doubts[i].csd == csd && reader->doubts[i].queued == queued)
			doubt = &reader->doubts[i];
	if (!doubt) {
		doubt = &reader->doubts[reader->next++ % DOUBTS];
		*doubt = (struct doubt){ csd, queued, now };
	}
	old = now - doubt->since >= DOUBT_NS;
	__atomic_store_n(&reader->doubting, false, __ATOMIC_RELEASE);
	return old;
}

bool evidence__of_slot(struct evidence_reader *reader, const struct slot *slot, uint32_t at,
		       uint32_t dst, uint64_t func)
{
	struct evidence_question question = {
		.of = EVIDENCE_OF_SLOT,
		.csd = slot->csd,
		.func = func,
		.dst = dst,
		.at = at,
		.queued = slot->time,
	};
	enum evidence answer;

	if (!reader->ask)
		return true;
	answer = reader->ask(reader->ctx, &question);
	if (answer == EVIDENCE_NONE && doubt_is_old(reader, slot->csd, slot->time)) {
		question.give_back = 1;
		answer = reader->ask(reader->ctx, &question);
	}
	return answer == EVIDENCE_SEEN || answer == EVIDENCE_UNKNOWN;
}

bool evidence__of_frame(struct evidence_reader *reader, const struct frame *frame, uint32_t cpu)
{
	const struct evidence_question question = {
		.of = EVIDENCE_OF_FRAME,
		.csd = frame->csd,
		.func = frame->func,
		.dst = cpu,
		.sync = frame->call != 0,
	};
	enum evidence answer;
	uint64_t now = mono_ns();

	if (!reader->ask)
		return true;
	/* What sleeps is in no interrupt; its stack showed the flush of the queue. */
	if (frame->slept && !question.sync)
		return true;
	if (!question.sync && frame->start <= __atomic_load_n(&reader->free[cpu], __ATOMIC_RELAXED))
		return false;
	answer = reader->ask(reader->ctx, &question);
	/* Once a CPU ran a task, its functions are over, whatever interrupt it is in later. */
	if (answer == EVIDENCE_NONE && !question.sync)
		__atomic_store_n(&reader->free[cpu], now, __ATOMIC_RELAXED);
	return answer == EVIDENCE_SEEN || answer == EVIDENCE_UNKNOWN;
}
