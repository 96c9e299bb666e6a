// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include "abi/limits.h"
#include "base/clock.h"
#include "collect/grace.h"
#include "collect/prog_info.h"
#include "collect/read_cpus.h"
#include "collect/windows.h"
#include "model/snapshot.h"

/* How often the kernel did not run the first queue program inside itself. */
static uint64_t queue_skipped(const struct windows *w)
{
	struct bpf_prog_info info;

	return prog_info(w->queue_fd, &info) ? 0 : info.recursion_misses;
}

static void epoch_set(struct windows *w, uint32_t epoch)
{
	__atomic_store_n(w->epoch_word, epoch, __ATOMIC_SEQ_CST);
}

static void window_begin(struct window *window)
{
	clock_gettime(CLOCK_REALTIME, &window->start);
	window->mono_start = mono_ns();
}

void windows__begin(struct windows *w)
{
	w->skipped_base = queue_skipped(w);
	w->epoch = 1;
	window_begin(&w->window);
	epoch_set(w, w->epoch);
}

int windows__sweep(struct windows *w)
{
	__u64 epoch = w->epoch;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &epoch, .ctx_size_in = sizeof(epoch));
	int err = bpf_prog_test_run_opts(w->sweep_fd, &opts);

	return err < 0 ? -errno : 0;
}

/*
 * What both queue programs were skipped for: @skipped, read before the cut,
 * less what the second one saw; of a skip counted before the cut the second
 * program may be late and count in the new epoch, so those are taken off as
 * well. That errs towards too few, and a later window makes up for it.
 */
static uint64_t queue_unseen(struct windows *w, uint64_t skipped, uint64_t recovered)
{
	uint64_t late = read_recovered(w->maps, w->epoch + 1), seen, unseen = 0;

	w->recovered += recovered;
	seen = w->recovered + late + w->unseen;
	skipped -= w->skipped_base;
	if (!w->filtered && skipped > seen)
		unseen = skipped - seen;
	w->unseen += unseen;
	return unseen;
}

int windows__cut(struct windows *w, struct snapshot *snap, bool last)
{
	uint64_t skipped, recovered, unseen;
	int err;

	memset(snap, 0, sizeof(*snap));
	skipped = queue_skipped(w);
	snap->window = w->window;
	window_begin(&w->window);
	epoch_set(w, last ? 0 : w->epoch + 1);
	snap->window.mono_end = w->window.mono_start;
	err = grace__wait(w->grace);
	if (!err)
		err = windows__sweep(w);
	if (err)
		return err;

	recovered = read_recovered(w->maps, w->epoch);
	err = read_cpus(w->maps, w->epoch, w->possible, snap);
	if (err)
		return err;
	unseen = queue_unseen(w, skipped, recovered);
	snap->ledger.queued += unseen;
	snap->ledger.lost_by[LOST_QUEUE_UNSEEN] += unseen;
	snap->ledger.carried_in = w->in_flight;
	w->in_flight = snap->ledger.in_flight;
	w->epoch++;
	return 0;
}
