// SPDX-License-Identifier: GPL-2.0
/* How the ends of a call's csds are counted where the end of each call is reported. */
#include <linux/bpf.h>
#include <pthread.h>
#include <bpf/bpf.h>
#include "abi/call.h"
#include "abi/stall_event.h"
#include "collect/collector.h"
#include "collect/maps.h"
#include "collect/read_moment.h"
#include "model/moment.h"
#include "rig.h"

#define SYNC	  0x11
#define THRESHOLD 2000000 /* ns */
#define INSNS	  65536

static int waits;

static struct collect_config plain = { .no_fexit = true, .watch_threshold = THRESHOLD };

/* As from Linux 7.3 on: a sender may be preempted while it waits. */
static struct collect_config at_once = { .no_fexit = true,
					 .watch_threshold = THRESHOLD,
					 .calls_at_once = true };

static void count_wait(void *ctx, const struct stall_event *ev)
{
	waits += ev->phase == PHASE_WAIT;
}

/* A call from CPU 0 to itself, longer than the threshold. Returns the waits that were reported. */
static int long_call(__u64 func)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	rig__queue(&rig, 0, 0, func, csd);
	rig__send(&rig, 0, 1, 1);
	rig__entry(&rig, 0, func, csd);
	usleep(5000);
	rig__exit(&rig, 0, func, csd);
	waits = 0;
	moment_reader__events(rig.collector->moment_reader, count_wait, NULL);
	return waits;
}

/*
 * The counts differ after a csd that was counted as lost ended after all, or counted for a wrong
 * sender.
 */
RIG_TEST(counts_agree_again_when_a_call_begins, plain)
{
	struct call_rec *calls = rig.collector->maps.calls;

	assert_int_equal(long_call(FUNC), 1);
	for (int wrong = -1; wrong <= 1; wrong += 2) {
		__atomic_fetch_add(&calls[0].done, wrong, __ATOMIC_SEQ_CST);
		/* A tick passes. */
		usleep(20000);
		assert_int_equal(long_call(FUNC), 1);
		assert_int_equal(calls[0].done, calls[0].queued);
	}
}

static void count_long(void *ctx, const struct stall_event *ev)
{
	/* On a busy machine a short call may be long, too. */
	if (ev->phase != PHASE_WAIT || ev->func != FUNC + 16)
		return;
	waits++;
	assert_true(ev->time - ev->start >= 20000000);
}

static void *short_call(void *of)
{
	__u64 csd = rig__csd(&rig, 1, SYNC);

	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__send(&rig, 0, 1, 1);
	rig__run_csd(&rig, 0, FUNC, csd);
	return NULL;
}

/* The call's sender is preempted, and another task of the same CPU makes a call meanwhile. */
RIG_TEST(a_long_wait_is_reported_from_its_beginning_to_its_end, at_once)
{
	struct moment_reader *reader = rig.collector->moment_reader;
	__u64 csd = rig__csd(&rig, 0, SYNC);
	struct moment *moment = calloc(1, sizeof(*moment));
	uint64_t begun = 0;
	pthread_t thread;

	rig__queue(&rig, 0, 1, FUNC + 16, csd);
	rig__send(&rig, 0, 1, 1);
	rig__entry(&rig, 1, FUNC + 16, csd);
	for (int i = 0; i < 5; i++) {
		usleep(5000);
		assert_int_equal(pthread_create(&thread, NULL, short_call, NULL), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
		moment_reader__watch(reader, THRESHOLD, moment);
		assert_members(*moment, nr_running, 1, nr_waiting, 1);
		assert_true(!begun || moment->waiting[0].call == begun);
		begun = moment->waiting[0].call;
	}
	rig__exit(&rig, 1, FUNC + 16, csd);
	waits = 0;
	moment_reader__events(reader, count_long, NULL);
	assert_int_equal(waits, 1);
	moment_reader__read(reader, THRESHOLD, moment);
	assert_int_equal(moment->nr_waiting, 0);
	free(moment);
}

/* The id of the map that is called @name. */
static __u32 map_id(const char *name)
{
	int fd = rig__map_fd(&rig, "csd_exit", name);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	close(fd);
	return info.id;
}

/*
 * The target that ends last reads the ends of the others, so a target must not count its end
 * before it has stored that end. Two CPUs would have to meet within some ns, so the test reads
 * the program: the map of the ends comes before the atomic addition to `done`.
 */
RIG_TEST(an_end_is_stored_before_it_is_counted, plain)
{
	struct bpf_insn *insns = calloc(INSNS, sizeof(*insns));
	struct bpf_prog_info info = { .xlated_prog_insns = (__u64)insns,
				      .xlated_prog_len = INSNS * sizeof(*insns) };
	__u32 ends = map_id("ends"), len = sizeof(info);
	int stored = -1, counted = -1, nr;

	assert_int_equal(bpf_obj_get_info_by_fd(programs__fd(&rig.collector->programs, "csd_exit"),
						&info, &len),
			 0);
	nr = info.xlated_prog_len / sizeof(*insns);
	assert_in_range(nr, 1, INSNS);
	for (int i = 0; i < nr; i++) {
		if (stored < 0 && insns[i].code == (BPF_LD | BPF_IMM | BPF_DW) &&
		    insns[i].src_reg == BPF_PSEUDO_MAP_FD && (__u32)insns[i].imm == ends)
			stored = i;
		if (counted < 0 && insns[i].code == (BPF_STX | BPF_ATOMIC | BPF_DW) &&
		    insns[i].imm == (BPF_ADD | BPF_FETCH) &&
		    insns[i].off == offsetof(struct call_rec, done))
			counted = i;
	}
	free(insns);
	assert_true(stored >= 0 && counted >= 0);
	assert_true(stored < counted);
}

TEST_MAIN(NULL, NULL)
