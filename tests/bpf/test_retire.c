// SPDX-License-Identifier: GPL-2.0
/* Rows of --by are given back, so that the table is never full for good. */
#include <bpf/bpf.h>
#include <sys/wait.h>
#include <unistd.h>
#include "abi/limits.h"
#include "abi/table.h"
#include "../unit/child_status.h"
#include "collect/collector.h"
#include "model/snapshot.h"
#include "rig.h"

#define SYNC	0x11
#define SENDERS 450
/* Two idle windows, and two more in which nothing referred to the row. */
#define CUTS	4
#define EACH	3

static const struct fn_key *keys;

static int setup(void **state)
{
	rig__open(&rig, &(struct collect_config){ .by_key = BY_SENDER });
	keys = (const struct fn_key *)rig__map(&rig, "csd_queue", "fn_keys", NULL) +
	       TABLE_BY * FN_ROWS;
	return 0;
}

static int rows_taken(void)
{
	int nr = 0;

	for (int row = 0; row < FN_ROWS; row++)
		nr += keys[row].func != 0;
	return nr;
}

/* How many rows a search for @tgid reads before it finds the process's. */
static int rows_read(__u32 tgid)
{
	for (__u32 row = 0; row < FN_ROWS; row++) {
		__u64 func = keys[row].func;

		if ((func & ~BY_RETIRED) == (BY_MARK | tgid))
			return ((row - by_home(hash64(func ^ keys[row].callsite << 7))) &
				(FN_ROWS - 1)) +
			       1;
	}
	fail_msg("process %d has no row", (int)tgid);
	return 0;
}

static void run(__u64 csd)
{
	rig__run_csd(&rig, 0, FUNC, csd);
}

/* A process queues a csd to CPU @dst and ends. Returns its tgid. */
static __u32 send(int dst, __u64 csd)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		rig__queue(&rig, 0, dst, FUNC, csd);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pid;
}

static void send_and_run(int nr)
{
	for (int i = 0; i < nr; i++) {
		__u64 csd = rig__csd(&rig, 0, SYNC);

		send(0, csd);
		run(csd);
	}
}

static const struct by_stats *other_of(bool uid_known, uint32_t uid)
{
	for (size_t i = 0; i < rig.snap.nr_others; i++)
		if (rig.snap.others[i].uid_known == uid_known && rig.snap.others[i].uid == uid)
			return &rig.snap.others[i];
	return NULL;
}

/* The rows by user are the row of all others, exactly. */
static void check_others(void)
{
	struct by_stats sum = {};

	for (size_t i = 0; i < rig.snap.nr_others; i++) {
		sum.count += rig.snap.others[i].count;
		hist__add(&sum.delay, &rig.snap.others[i].delay);
		hist__add(&sum.handler, &rig.snap.others[i].handler);
	}
	for (size_t i = 0; i < rig.snap.nr_by; i++) {
		const struct by_stats *by = &rig.snap.by[i];

		if (!by->other)
			continue;
		assert_members(*by, count, sum.count, delay.count, sum.delay.count, delay.sum,
			       sum.delay.sum, handler.count, sum.handler.count, handler.sum,
			       sum.handler.sum);
		return;
	}
	assert_int_equal(rig.snap.nr_others, 0);
}

static uint64_t sum(bool other)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < rig.snap.nr_by; i++)
		if (!other || rig.snap.by[i].other)
			nr += rig.snap.by[i].count;
	return nr;
}

TEST(after_many_senders_a_new_one_has_its_own_row, setup, rig__teardown)
{
	for (int round = 0; round < 2; round++) {
		__u64 csd = rig__csd(&rig, 1, SYNC);
		__u32 late;

		send_and_run(SENDERS);
		rig__cut(&rig);
		/* No csd is lost, though some senders have no row. */
		assert_int_equal(sum(false), SENDERS);
		assert_true(sum(true) >= SENDERS - FN_ROWS);
		for (int i = 0; i < CUTS; i++) {
			assert_true(rows_taken() > FN_ROWS / 2);
			rig__cut(&rig);
			assert_int_equal(rig.snap.nr_by, 0);
		}
		assert_int_equal(rows_taken(), 0);
		late = send(0, csd);
		run(csd);
		assert_int_equal(rows_taken(), 1);
		assert_int_equal(rows_read(late), 1);
		rig__cut(&rig);
		assert_non_null(rig__by(&rig, late));
		assert_members(*rig__by(&rig, late), count, 1, delay.count, 1, comm, "bpf_retire");
		for (int i = 0; i < CUTS; i++)
			rig__cut(&rig);
		assert_int_equal(rows_taken(), 0);
	}
}

static uint32_t queue_uid; /* the user of queue_csd() */
static __u64 queued_csd;

static int queue_csd(void)
{
	int err = setresuid(queue_uid, 0, 0);

	if (!err)
		rig__queue(&rig, 0, 0, FUNC, queued_csd);
	return err;
}

/* @nr processes of user @uid, one after the other, send a csd each. */
static void send_as(uint32_t uid, int nr)
{
	queue_uid = uid;
	for (int i = 0; i < nr; i++) {
		queued_csd = rig__csd(&rig, 0, SYNC);
		assert_int_equal(child_status(queue_csd), 0);
		run(queued_csd);
	}
}

/* Each user has a row, also if that user's processes come long after the table was full. */
TEST(others_are_split_by_user, setup, rig__teardown)
{
	send_as(1000, SENDERS);
	send_as(0, 30);
	send_as(0xfffffffe, 20);
	rig__cut(&rig);
	assert_int_equal(sum(false), SENDERS + 50);
	check_others();
	assert_int_equal(rig.snap.nr_others, 3);
	assert_true(other_of(true, 1000)->count >= SENDERS - FN_ROWS);
	assert_members(*other_of(true, 0xfffffffe), count, 20, delay.count, 20);
	assert_int_equal(other_of(true, 0)->count, 30);
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_others, 0);
}

/* More users than there are rows for: what the last ones send has no user. */
TEST(others_of_many_users_are_all_counted, setup, rig__teardown)
{
	send_as(1000, SENDERS);
	for (uint32_t uid = 1001; uid < 1000 + USER_ROWS + 3; uid++)
		send_as(uid, 2);
	rig__cut(&rig);
	check_others();
	assert_int_equal(rig.snap.nr_others, USER_ROWS + 1);
	assert_int_equal(other_of(true, 1001)->count, 2);
	assert_int_equal(other_of(false, 0)->count, 2 * 3);
	assert_null(other_of(true, 1000 + USER_ROWS + 1));
	for (int i = 0; i < CUTS; i++)
		rig__cut(&rig);
	assert_int_equal(rows_taken(), 0);
}

/*
 * Many short processes fill the table, within a window, before the process that sends most begins.
 */
TEST(the_process_that_sends_most_gets_a_row_even_late, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);
	const struct by_stats *most;

	send_and_run(SENDERS);
	for (int i = 0; i < 10 * LATE_OFTEN; i++) {
		rig__queue(&rig, 0, 0, FUNC, csd);
		run(csd);
	}
	rig__cut(&rig);
	most = rig__by(&rig, getpid());
	assert_non_null(most);
	/* The csds that this process sent before it had a row are in the row of all others. */
	assert_in_range(most->count, 8 * LATE_OFTEN, 9 * LATE_OFTEN + 1);
	assert_int_equal(sum(false), SENDERS + 10 * LATE_OFTEN);
}

/* The csd that is the last of LATE_OFTEN is the first of the row. */
TEST(a_late_sender_has_a_row_from_a_certain_csd_on, setup, rig__teardown)
{
	int fd = rig__map_fd(&rig, "csd_queue", "late_keys");
	__u64 csd = rig__csd(&rig, 0, SYNC), none[3] = {};

	send_and_run(SENDERS);
	/* No sender before has the place of this process. */
	for (__u32 i = 0; i < LATE_KEYS; i++)
		assert_int_equal(bpf_map_update_elem(fd, &i, none, BPF_ANY), 0);
	close(fd);
	for (int i = 0; i < LATE_OFTEN + 2; i++) {
		rig__queue(&rig, 0, 0, FUNC, csd);
		run(csd);
	}
	rig__cut(&rig);
	assert_non_null(rig__by(&rig, getpid()));
	assert_int_equal(rig__by(&rig, getpid())->count, 3);
	assert_int_equal(sum(false), SENDERS + LATE_OFTEN + 2);
}

TEST(a_sender_that_goes_on_keeps_its_row, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);
	__u32 self = getpid();

	for (int i = 0; i < 4 * CUTS; i++) {
		/* It sends in every second window. */
		if (i % 2) {
			rig__queue(&rig, 0, 0, FUNC, csd);
			run(csd);
		}
		rig__cut(&rig);
		assert_int_equal(rows_taken(), i > 0);
		if (i % 2)
			assert_int_equal(rig__by(&rig, self)->count, 1);
	}
}

static void check_times(__u32 tgid, uint64_t delays, uint64_t handlers)
{
	const struct by_stats *by = rig__by(&rig, tgid);

	assert_non_null(by);
	assert_members(*by, delay.count, delays, handler.count, handlers);
}

/*
 * The csd is in the mailbox, then in a frame, while its sender has ended long ago and others need
 * rows.
 */
TEST(a_csd_in_flight_keeps_its_senders_row, setup, rig__teardown)
{
	__u64 csd = rig__csd(&rig, 1, SYNC);
	__u32 early;

	if (rig__lacks(rig__nr_cpus() < 2, "a second CPU"))
		return;
	early = send(1, csd);
	for (int i = 0; i < 3 * CUTS; i++) {
		send_and_run(5);
		rig__cut(&rig);
		assert_int_equal(sum(false), 5 + !i);
	}
	rig__entry(&rig, 1, FUNC, csd);
	rig__cut(&rig);
	check_times(early, 1, 0);
	for (int i = 0; i < 3 * CUTS; i++) {
		send_and_run(5);
		rig__cut(&rig);
		assert_int_equal(sum(false), 5);
	}
	rig__exit(&rig, 1, FUNC, csd);
	rig__cut(&rig);
	check_times(early, 0, 1);
	for (int i = 0; i < CUTS; i++)
		rig__cut(&rig);
	assert_int_equal(rows_taken(), 0);
}

/* @nr processes, one after the other, send EACH csds each. */
static pid_t senders(int nr)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (int i = 0; i < nr; i++) {
		pid = fork();
		for (int n = 0; !pid && n < EACH; n++) {
			__u64 csd = rig__csd(&rig, i % 4, SYNC);

			rig__queue(&rig, 0, 0, FUNC, csd);
			run(csd);
		}
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	_exit(0);
}

TEST(a_row_is_never_another_processs, setup, rig__teardown)
{
	static uint64_t counts[1 << 22], delays[1 << 22], handlers[1 << 22];
	uint64_t all = 0;
	pid_t pid = senders(SENDERS), done = 0;
	int status;

	assert_true(pid > 0);
	while (!done) {
		done = waitpid(pid, &status, WNOHANG);
		rig__cut(&rig);
		for (size_t i = 0; i < rig.snap.nr_by; i++) {
			const struct by_stats *by = &rig.snap.by[i];

			assert_in_range(by->tgid, 0, (1 << 22) - 1);
			counts[by->tgid] += by->count;
			delays[by->tgid] += by->delay.count;
			handlers[by->tgid] += by->handler.count;
			all += by->count;
		}
	}
	assert_int_equal(status, 0);
	assert_int_equal(all, EACH * SENDERS);
	for (int tgid = 1; tgid < 1 << 22; tgid++) {
		assert_true(counts[tgid] <= EACH);
		assert_int_equal(delays[tgid], counts[tgid]);
		assert_int_equal(handlers[tgid], counts[tgid]);
	}
}

TEST_MAIN(NULL, NULL)
