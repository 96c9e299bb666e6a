// SPDX-License-Identifier: GPL-2.0
/* What the filters let through, and the rows of --by. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <bpf/libbpf.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "host/cgroups.h"
#include "model/hist.h"
#include "model/snapshot.h"
#include "rig.h"

#define ASYNC 0x01
#define SYNC  0x11
#define TTWU  0x30

static struct rig rig;

static int teardown(void **state)
{
	(void)state;
	rig__close(&rig);
	return 0;
}

static bool lacks_cpus(void)
{
	return rig__lacks(rig__nr_cpus() < 2, "one CPU");
}

static void open_by(enum by_key key)
{
	rig__open(&rig, &(struct collect_config){ .by_key = key });
}

static void open_for(__u32 tgid, enum by_key key)
{
	rig__open(&rig, &(struct collect_config){ .tgid = tgid, .by_key = key });
}

/* @events in a process of its own; its number. */
static __u32 in_child(void (*events)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		events();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pid;
}

static void in_thread(void (*events)(void))
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, (void *(*)(void *))(void *)events, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* CPU numbers below 2 as bits. */
struct sides {
	unsigned int cpus, src, dst; /* 0: all */
};

static bool admitted(const struct sides *f, int src, int dst)
{
	if (f->cpus && !(f->cpus >> src & 1) && !(f->cpus >> dst & 1))
		return false;
	return (!f->src || f->src >> src & 1) && (!f->dst || f->dst >> dst & 1);
}

/* All that can happen between two CPUs, once, against what is to be let through. */
static void check_sides(const struct sides *f)
{
	uint64_t reschedules = 0, calls = 0, locals = 0;
	static struct cpuset cpus, src, dst;
	struct collect_config config = {
		.cpus = rig__cpuset(&cpus, f->cpus),
		.src = rig__cpuset(&src, f->src),
		.dst = rig__cpuset(&dst, f->dst),
	};

	rig__open(&rig, &config);
	for (int s = 0; s < 2; s++) {
		for (int d = 0; d < 2; d++) {
			__u64 csd = rig__csd(&rig, 2 * s + d, SYNC);

			rig__queue(&rig, s, d, FUNC, csd);
			rig__send(&rig, s, d, 0);
			rig__entry(&rig, d, FUNC, csd);
			rig__exit(&rig, d, FUNC, csd);
			reschedules += admitted(f, s, d);
			calls += admitted(f, s, d);
		}
		rig__send_mask(&rig, s, 3);
		rig__entry(&rig, s, FUNC, 0);
		rig__exit(&rig, s, FUNC, 0);
		locals += admitted(f, s, s);
	}
	rig__cut(&rig);
	for (int s = 0; s < 2; s++)
		for (int d = 0; d < 2; d++)
			rig__check_edge(&rig, s, d, admitted(f, s, d));
	assert_int_equal(rig.snap.ledger.queued, calls);
	assert_int_equal(rig.snap.ledger.function, calls);
	assert_int_equal(rig.snap.ledger.in_flight, 0);
	assert_int_equal(rig.snap.ledger.local, locals);
	assert_int_equal(rig.snap.kinds[KIND_RESCHEDULE], reschedules);
	assert_int_equal(rig.snap.kinds[KIND_CALL_FUNCTION], calls);
	assert_true(rig.snap.how.filtered);
	assert_true(rig.snap.known.kinds);
	rig__close(&rig);
	rig.collector = NULL;
}

static void sides_are_filtered_alone_and_together(void **state)
{
	(void)state;
	if (lacks_cpus())
		return;
	/* Each of the three: not there, CPU 0, CPU 1. */
	for (unsigned int i = 1; i < 27; i++)
		check_sides(&(struct sides){ i % 3, i / 3 % 3, i / 9 });
	check_sides(&(struct sides){ 3, 3, 3 });
}

static void sides_and_functions_are_filtered_together(void **state)
{
	const uint64_t funcs[] = { FUNC };
	struct collect_config config = { .funcs = funcs, .nr_funcs = 1 };
	static struct cpuset one;

	(void)state;
	if (lacks_cpus())
		return;
	config.src = rig__cpuset(&one, 2);
	rig__open(&rig, &config);
	rig__queue(&rig, 1, 0, FUNC, rig__csd(&rig, 0, SYNC));
	rig__queue(&rig, 0, 1, FUNC, rig__csd(&rig, 1, SYNC));
	rig__queue(&rig, 1, 0, FUNC + 16, rig__csd(&rig, 2, SYNC));
	rig__cut(&rig);
	assert_int_equal(rig.snap.ledger.queued, 1);
	rig__check_edge(&rig, 1, 0, 1);
}

/* Everything that a process can send, once. */
static void send_all(void)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__send(&rig, 0, 0, 0);
	rig__send_mask(&rig, 0, 1);
	rig__entry(&rig, 0, FUNC, csd);
	rig__exit(&rig, 0, FUNC, csd);
	rig__entry(&rig, 0, FUNC, 0);
	rig__exit(&rig, 0, FUNC, 0);
}

static void check_all(uint64_t want)
{
	rig__cut(&rig);
	assert_int_equal(rig.snap.ledger.queued, want);
	assert_int_equal(rig.snap.ledger.function, want);
	assert_int_equal(rig.snap.ledger.local, want);
	assert_int_equal(rig__cpu(&rig, 0)->sent, want);
	assert_int_equal(rig__cpu(&rig, 0)->handler.count, want);
	assert_int_equal(rig.snap.kinds[KIND_RESCHEDULE], want);
	assert_int_equal(rig.snap.kinds[KIND_CALL_FUNCTION], want);
	assert_int_equal(rig.snap.nr_fns, want ? 2 : 0);
	assert_true(rig.snap.how.filtered);
}

static void a_process_alone(void **state)
{
	(void)state;
	open_for(getpid(), BY_NONE);
	send_all();
	check_all(1);
	/* Its threads are it; its children are not. */
	in_thread(send_all);
	check_all(1);
	in_child(send_all);
	check_all(0);
}

static void what_others_send_is_not_there(void **state)
{
	(void)state;
	open_for(1, BY_NONE);
	send_all();
	check_all(0);
	assert_int_equal(rig.snap.nr_samples, 0);
}

/* A thread's number is not its process's. */
static void a_process_goes_by_its_own_number(void **state)
{
	__u32 child;

	(void)state;
	open_for(getpid(), BY_SENDER);
	child = in_child(send_all);
	send_all();
	check_all(1);
	assert_int_equal(rig.snap.nr_by, 1);
	assert_null(rig__by(&rig, child));
	assert_int_equal(rig__by(&rig, getpid())->count, 1);
}

static void a_process_and_a_side(void **state)
{
	static struct cpuset one;
	struct collect_config config = { .tgid = getpid(), .dst = rig__cpuset(&one, 2) };

	(void)state;
	if (lacks_cpus())
		return;
	rig__open(&rig, &config);
	send_all();
	rig__queue(&rig, 0, 1, FUNC, rig__csd(&rig, 1, SYNC));
	in_child(send_all);
	rig__cut(&rig);
	assert_int_equal(rig.snap.ledger.queued, 1);
	rig__check_edge(&rig, 0, 1, 1);
}

static void an_interrupt_is_nobodys(void **state)
{
	__u64 csd;

	(void)state;
	if (lacks_cpus())
		return;
	open_for(getpid(), BY_NONE);
	if (rig__lacks(!collector__sees_interrupts(rig.collector),
		       "this kernel shows BPF no interrupts"))
		return;
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue_in_interrupt(&rig, 1, 0, FUNC, csd);
	rig__cut(&rig);
	assert_int_equal(rig.snap.ledger.queued, 0);
	rig__close(&rig);
	open_by(BY_SENDER);
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue_in_interrupt(&rig, 1, 0, FUNC, csd);
	rig__queue(&rig, 1, 0, FUNC, rig__csd(&rig, 1, SYNC));
	rig__entry(&rig, 0, FUNC, csd);
	rig__exit(&rig, 0, FUNC, csd);
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_by, 2);
	assert_int_equal(rig__by(&rig, getpid())->count, 1);
	assert_int_equal(rig__by(&rig, getpid())->handler.count, 0);
	for (size_t i = 0; i < 2; i++) {
		const struct by_stats *by = &rig.snap.by[i];

		if (!by->interrupt)
			continue;
		assert_int_equal(by->count, 1);
		assert_int_equal(by->handler.count, 1);
		assert_int_equal(by->tgid + by->cgroup, 0);
	}
}

static void a_cgroups_interrupts_are_nobodys(void **state)
{
	(void)state;
	if (lacks_cpus())
		return;
	open_by(BY_CGROUP);
	if (rig__lacks(!collector__sees_interrupts(rig.collector),
		       "this kernel shows BPF no interrupts"))
		return;
	rig__queue_in_interrupt(&rig, 1, 0, FUNC, rig__csd(&rig, 0, SYNC));
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_by, 1);
	assert_true(rig.snap.by[0].interrupt);
	assert_int_equal(rig.snap.by[0].cgroup, 0);
}

static __u64 of_child;

static void queue_for_parent(void)
{
	rig__queue(&rig, 0, 0, FUNC + 16, of_child);
	rig__entry(&rig, 0, FUNC, 0);
}

/* What this process and a child queue, and this process runs. Returns the child. */
static __u32 two_senders(void)
{
	__u64 mine = rig__csd(&rig, 0, SYNC);
	__u32 child;

	of_child = rig__csd(&rig, 1, SYNC);
	for (int i = 0; i < 3; i++) {
		rig__queue(&rig, 0, 0, FUNC, mine);
		rig__entry(&rig, 0, FUNC, mine);
		usleep(1000);
		rig__exit(&rig, 0, FUNC, mine);
	}
	child = in_child(queue_for_parent);
	rig__entry(&rig, 0, FUNC + 16, of_child);
	usleep(20000);
	rig__exit(&rig, 0, FUNC + 16, of_child);
	rig__cut(&rig);
	return child;
}

static void check_hist(const struct hist *a, const struct hist *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

static void by_sender_times_are_the_senders(void **state)
{
	const struct by_stats *mine, *childs;
	__u32 child;

	(void)state;
	open_by(BY_SENDER);
	child = two_senders();
	assert_int_equal(rig.snap.nr_by, 2);
	mine = rig__by(&rig, getpid());
	childs = rig__by(&rig, child);
	assert_non_null(mine);
	assert_non_null(childs);
	assert_int_equal(mine->count, 3);
	assert_int_equal(mine->local, 0);
	assert_string_equal(mine->comm, "bpf_filters");
	assert_int_equal(childs->count, 1);
	assert_int_equal(childs->local, 1);
	check_hist(&mine->delay, &rig__fn(&rig, FUNC, CALLSITE)->delay);
	check_hist(&mine->handler, &rig__fn(&rig, FUNC, CALLSITE)->handler);
	check_hist(&childs->delay, &rig__fn(&rig, FUNC + 16, CALLSITE)->delay);
	check_hist(&childs->handler, &rig__fn(&rig, FUNC + 16, CALLSITE)->handler);
	assert_true(childs->handler.sum >= 20000000);
	/* The next window has nothing of it. */
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_by, 0);
}

static void by_victim_all_is_the_interrupted_ones(void **state)
{
	const struct by_stats *mine;

	(void)state;
	open_by(BY_VICTIM);
	two_senders();
	assert_int_equal(rig.snap.nr_by, 1);
	mine = rig__by(&rig, getpid());
	assert_int_equal(mine->count, 4);
	assert_int_equal(mine->local, 0);
	check_hist(&mine->delay, &rig__cpu(&rig, 0)->delay);
	check_hist(&mine->handler, &rig__cpu(&rig, 0)->handler);
}

/* This process's line of /proc/self/cgroup; false: none in cgroup2. */
static bool own_cgroup(char *path, size_t size)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	bool found = false;

	assert_non_null(f);
	while (!found && fgets(path, size, f))
		found = !strncmp(path, "0::", 3);
	fclose(f);
	path[strcspn(path, "\n")] = '\0';
	return found;
}

static void by_cgroup_it_is_the_senders(void **state)
{
	struct cgroups *cgroups;
	char path[512];

	(void)state;
	open_by(BY_CGROUP);
	two_senders();
	assert_int_equal(rig.snap.nr_by, 1);
	assert_int_equal(rig.snap.by[0].count, 4);
	assert_int_equal(rig.snap.by[0].local, 1);
	check_hist(&rig.snap.by[0].handler, &rig__cpu(&rig, 0)->handler);
	if (rig__lacks(!own_cgroup(path, sizeof(path)) || cgroups__open(&cgroups), "no cgroup2"))
		return;
	cgroups__resolve(cgroups, &rig.snap);
	assert_string_equal(rig.snap.by[0].cgroup_path, path + 3);
	assert_string_equal(rig.snap.samples[0].cgroup_path, path + 3);
	cgroups__close(cgroups);
}

static void without_by_there_are_no_rows(void **state)
{
	(void)state;
	open_by(BY_NONE);
	two_senders();
	assert_int_equal(rig.snap.how.by_key, BY_NONE);
	assert_int_equal(rig.snap.nr_by, 0);
}

/* Each wake-up of a batch counts; it is one run. */
static void a_batch_under_by(void **state)
{
	static const enum by_key keys[] = { BY_SENDER, BY_VICTIM, BY_CGROUP };
	__u64 csds[5];

	(void)state;
	for (int k = 0; k < 3; k++) {
		open_by(keys[k]);
		for (int i = 4; i >= 0; i--) {
			csds[i] = rig__csd(&rig, i, TTWU);
			rig.memory->csds[i].next = i < 4 ? csds[i + 1] : 0;
			rig__queue(&rig, 0, 0, FUNC, csds[i]);
		}
		rig__entry(&rig, 0, FUNC, csds[0]);
		rig__exit(&rig, 0, FUNC, csds[0]);
		rig__cut(&rig);
		assert_int_equal(rig.snap.nr_by, 1);
		assert_int_equal(rig.snap.by[0].count, 5);
		assert_int_equal(rig.snap.by[0].delay.count, 5);
		assert_int_equal(rig.snap.by[0].handler.count, 1);
		rig__close(&rig);
		rig.collector = NULL;
	}
}

static void a_sample_says_who_it_was(void **state)
{
	__u32 child;

	(void)state;
	open_by(BY_NONE);
	child = two_senders();
	/* Of three of this process's the 1st and 2nd, of the child's the one. */
	assert_int_equal(rig.snap.nr_samples, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct stack_sample *call = &rig.snap.samples[i];
		bool childs = rig.snap.fns[call->fn].func.addr != FUNC;

		assert_int_equal(call->tgid, childs ? child : (__u32)getpid());
		assert_string_equal(call->comm, "bpf_filters");
		/* bpf(2) is beneath it, and no stack is longer than it may be. */
		assert_in_range(call->nr, 2, STACK_DEPTH);
		for (uint32_t f = 0; f < call->nr; f++)
			assert_true(call->stack[f].addr >> 63);
	}
}

static void what_is_filtered_is_not_sampled(void **state)
{
	static struct cpuset one;
	struct collect_config config = { .src = rig__cpuset(&one, 2) };

	(void)state;
	if (lacks_cpus())
		return;
	rig__open(&rig, &config);
	rig__queue(&rig, 0, 1, FUNC, rig__csd(&rig, 0, ASYNC));
	rig__queue(&rig, 1, 0, FUNC, rig__csd(&rig, 1, ASYNC));
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_samples, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
		TEST(sides_are_filtered_alone_and_together),
		TEST(sides_and_functions_are_filtered_together),
		TEST(a_process_alone),
		TEST(what_others_send_is_not_there),
		TEST(a_process_goes_by_its_own_number),
		TEST(a_process_and_a_side),
		TEST(an_interrupt_is_nobodys),
		TEST(a_cgroups_interrupts_are_nobodys),
		TEST(by_sender_times_are_the_senders),
		TEST(by_victim_all_is_the_interrupted_ones),
		TEST(by_cgroup_it_is_the_senders),
		TEST(without_by_there_are_no_rows),
		TEST(a_batch_under_by),
		TEST(a_sample_says_who_it_was),
		TEST(what_is_filtered_is_not_sampled),
	};

	/* A kernel may refuse the first choice of programs; libbpf is loud about it. */
	libbpf_set_print(NULL);
	return cmocka_run_group_tests_name("filters", tests, NULL, NULL);
}
