// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include "abi/limits.h"
#include "collect/epoch.h"
#include "collect/grace.h"
#include "collect/offline.h"
#include "collect/prog_info.h"
#include "collect/read_cpus.h"
#include "collect/windows.h"
#include "model/snapshot.h"
#include "model/window.h"

/* Queue events at which the kernel did not run the first queue program inside itself. */
static uint64_t queue_skipped(const struct windows *windows)
{
	struct bpf_prog_info info;

	return prog_info(windows->queue_fd, &info) ? 0 : info.recursion_misses;
}

/*
 * Interrupts sent that no program counted: the kernel does not run a program
 * inside itself, so an interrupt's send inside a send goes unseen.
 */
static uint64_t sends_skipped(const struct windows *windows)
{
	struct bpf_prog_info info;
	uint64_t skipped = 0;

	for (int i = 0; i < WINDOWS_SENDS; i++)
		if (!prog_info(windows->send_fds[i], &info))
			skipped += info.recursion_misses;
	return skipped;
}

void windows__begin(struct windows *windows)
{
	windows->skipped_base = queue_skipped(windows);
	windows->sends_skipped = sends_skipped(windows);
	windows->epoch = 1;
	epoch__begin(windows->epoch_word, windows->epoch, &windows->window);
}

int windows__sweep(struct windows *windows)
{
	__u64 epoch = windows->epoch;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &epoch, .ctx_size_in = sizeof(epoch));
	int err = bpf_prog_test_run_opts(windows->sweep_fd, &opts);

	offline__find(windows->maps, windows->cpus);
	return err < 0 ? -errno : 0;
}

/*
 * The queue events of this window for which both queue programs were skipped:
 * the kernel's count, read before the cut, less the events that the second
 * program saw (@recovered). The second program may count a skip from before the
 * cut in the new epoch already, so the new epoch's are subtracted as well. The
 * result may be too small; a later window makes up for that.
 */
static uint64_t queue_unseen(struct windows *windows, uint64_t recovered)
{
	uint64_t skipped = windows->end_skipped - windows->skipped_base;
	uint64_t late = read_recovered(windows->maps, windows->epoch + 1), seen, unseen = 0;

	windows->recovered += recovered;
	seen = windows->recovered + late + windows->unseen;
	if (!windows->filtered && skipped > seen)
		unseen = skipped - seen;
	windows->unseen += unseen;
	return unseen;
}

int windows__end(struct windows *windows, struct snapshot *snap, bool last)
{
	memset(snap, 0, sizeof(*snap));
	windows->end_skipped = queue_skipped(windows);
	windows->end_sends_skipped = sends_skipped(windows);
	snap->window = windows->window;
	epoch__begin(windows->epoch_word, last ? 0 : windows->epoch + 1, &windows->window);
	snap->window.mono_end = windows->window.mono_start;
	return grace__wait(windows->grace);
}

int windows__read(struct windows *windows, struct snapshot *snap)
{
	uint64_t recovered, unseen;
	int err = windows__sweep(windows);

	if (err)
		return err;
	recovered = read_recovered(windows->maps, windows->epoch);
	err = read_cpus(windows->maps, windows->epoch, windows->cpus, snap);
	if (err)
		return err;
	unseen = queue_unseen(windows, recovered);
	snap->ledger.queued += unseen;
	snap->ledger.lost_by[LOST_QUEUE_UNSEEN] += unseen;
	/* A filter cannot tell which of them it lets through. */
	snap->sends_unseen =
		windows->filtered ? 0 : windows->end_sends_skipped - windows->sends_skipped;
	windows->sends_skipped = windows->end_sends_skipped;
	snap->ledger.carried_in = windows->in_flight;
	windows->in_flight = snap->ledger.in_flight;
	windows->epoch++;
	return 0;
}
