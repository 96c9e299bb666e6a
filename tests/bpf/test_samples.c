// SPDX-License-Identifier: GPL-2.0
/* Samples: which csds have their stack, task and cgroup sampled. */
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "abi/table.h"
#include "collect/collector.h"
#include "model/snapshot.h"
#include "rig.h"

#define ASYNC 0x01
#define SYNC  0x11

/* Words of own_exe in bpf/samples.bpf.h; the first one is the file's inode. */
#define OWN_WORDS 4

static void run_one(__u64 func, __u64 csd)
{
	rig__pass_csd(&rig, 0, 0, func, csd);
}

/* How many of the first @count csds are due. */
static uint64_t due(uint64_t count)
{
	static const uint64_t numbers[] = {
		1, 2, 4, 11, 22, 33, 68, 135, 258, 517, 1024, 2051, 4102
	};
	uint64_t nr = 0;

	while (nr < sizeof(numbers) / sizeof(*numbers) && numbers[nr] <= count)
		nr++;
	return nr;
}

TEST(csds_1_2_4_11_and_so_on_are_sampled, NULL, rig__teardown)
{
	__u64 csd;

	rig__open(&rig, NULL);
	csd = rig__csd(&rig, 0, SYNC);
	/* Each window starts anew, so each length of a window is a test of its own. */
	for (uint64_t count = 0; count < 70; count++) {
		for (uint64_t i = 0; i < count; i++)
			run_one(FUNC, csd);
		rig__cut(&rig);
		if (rig.snap.nr_samples != due(count))
			fail_msg("%d samples of %d", (int)rig.snap.nr_samples, (int)count);
		/* Of the 1st, 2nd, 4th and 11th csd, the last counts most: it is sampled for more. */
		for (size_t i = 1; i < rig.snap.nr_samples; i++)
			assert_true(rig.snap.samples[i].csds > rig.snap.samples[i - 1].csds);
		assert_int_equal(rig.snap.samples_dropped, 0);
	}
}

/* A program that does three things by turns, or two. */
TEST(what_comes_by_turns_has_its_samples, NULL, rig__teardown)
{
	static const char *const names[] = { "first", "second", "third" };
	__u64 csd;

	rig__open(&rig, NULL);
	csd = rig__csd(&rig, 0, SYNC);
	for (size_t turns = 2; turns <= 3; turns++) {
		size_t of[3] = {};

		for (int i = 0; i < 3000; i++) {
			prctl(PR_SET_NAME, names[i % turns]);
			run_one(FUNC, csd);
		}
		rig__cut(&rig);
		assert_int_equal(rig.snap.nr_samples, due(3000));
		for (size_t i = 0; i < rig.snap.nr_samples; i++)
			for (size_t name = 0; name < turns; name++)
				of[name] += !strcmp(rig.snap.samples[i].comm, names[name]);
		/* 12 samples: at least half of its part for each. */
		for (size_t name = 0; name < turns; name++)
			assert_in_range(of[name], 6 / turns, 12);
	}
}

TEST(each_row_is_sampled_for_itself, NULL, rig__teardown)
{
	static const int counts[] = { 1, 5, 16 };
	__u64 csd;

	rig__open(&rig, NULL);
	csd = rig__csd(&rig, 0, SYNC);
	for (int i = 0; i < 16; i++)
		for (int f = 0; f < 3; f++)
			if (i < counts[f])
				run_one(FUNC + 16 * f, csd);
	/* A local run has no sender, and no sample. */
	for (int i = 0; i < 9; i++)
		rig__entry(&rig, 0, FUNC + 64, 0);
	rig__cut(&rig);
	for (int f = 0; f < 3; f++) {
		const struct fn_stats *fn = rig__fn(&rig, FUNC + 16 * f, CALLSITE);
		uint64_t nr = 0;

		for (size_t i = 0; i < rig.snap.nr_samples; i++)
			nr += &rig.snap.fns[rig.snap.samples[i].fn] == fn;
		assert_int_equal(nr, due(counts[f]));
	}
	assert_int_equal(rig.snap.nr_samples, due(1) + due(5) + due(16));
}

/* Returns the only bank of a function that has a sample. */
static struct fn_bank *find_sampled(void)
{
	const struct geometry *geo = &rig.collector->maps.geo;
	struct fn_bank *found = NULL;

	for (size_t i = 0; i < (size_t)geo->fn_shards * (FN_ROWS + 1); i++)
		for (int parity = 0; parity < 2; parity++) {
			struct fn_bank *fn = &rig.collector->maps.fns[i].bank[parity];

			if (!fn->samples)
				continue;
			assert_null(found);
			found = fn;
		}
	assert_non_null(found);
	return found;
}

/* Other CPUs may have sent the first 64: then the early csds of this CPU are no samples, nor do they count. */
TEST(early_csds_of_a_row_with_64_samples_are_left_out, NULL, rig__teardown)
{
	struct fn_bank *fn;
	__u64 csd;

	rig__open(&rig, NULL);
	csd = rig__csd(&rig, 0, SYNC);
	run_one(FUNC, csd);
	fn = find_sampled();
	assert_int_equal(fn->samples, 1);
	fn->samples = 63;
	run_one(FUNC, csd);
	assert_int_equal(fn->samples, 64);
	run_one(FUNC, csd);
	/* The fourth csd is due. */
	run_one(FUNC, csd);
	assert_int_equal(fn->samples, 64);
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_samples, 2);
}

TEST(samples_that_do_not_fit_are_counted, NULL, rig__teardown)
{
	uint64_t want = 0;
	__u64 csd;

	rig__open(&rig, NULL);
	csd = rig__csd(&rig, 0, SYNC);
	for (int i = 0; i < 4; i++)
		for (int f = 0; f < FN_ROWS - 10; f++)
			run_one(FUNC + 16 * f, csd);
	rig__cut(&rig);
	for (size_t i = 0; i < rig.snap.nr_fns; i++)
		want += due(rig.snap.fns[i].count);
	assert_true(want > SAMPLES);
	assert_members(rig.snap, nr_samples, SAMPLES, samples_dropped, want - SAMPLES);
	/* There is room again in the next window. */
	run_one(FUNC, csd);
	rig__cut(&rig);
	assert_members(rig.snap, nr_samples, 1, samples_dropped, 0);
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_samples, 0);
}

TEST(a_sample_has_its_programs_side, NULL, rig__teardown)
{
	const struct user_stack *stack = NULL;
	uint64_t here = (uint64_t)&stack;

	rig__open(&rig, &(struct collect_config){ .user_stacks = true });
	run_one(FUNC, rig__csd(&rig, 0, SYNC));
	rig__cut(&rig);
	assert_members(rig.snap, nr_samples, 1, nr_user_stacks, 1);
	/* The frame of this program's own function, which asks for the test run. */
	stack = &rig.snap.user_stacks[0];
	assert_int_equal(stack->frames[0], stack->ip);
	assert_true(stack->sp < here && here - stack->sp < 1 << 16);
	assert_int_equal(stack->words, USER_WORDS);
	/* The next window begins without it. */
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_user_stacks, 0);
}

/* The places of samples are used in each second window. */
TEST(a_sample_has_nothing_of_the_one_before, NULL, rig__teardown)
{
	struct stack_sample first, *sample;
	struct sample *samples;
	__u32 nr;

	rig__open(&rig, NULL);
	run_one(FUNC, rig__csd(&rig, 0, SYNC));
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_samples, 1);
	first = rig.snap.samples[0];
	samples = rig__map(&rig, "csd_queue", "samples", &nr);
	memset(samples, 0xff, nr * sizeof(*samples));
	run_one(FUNC, rig__csd(&rig, 0, SYNC));
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_samples, 1);
	sample = &rig.snap.samples[0];
	assert_members(*sample, fn, first.fn, tgid, first.tgid, cgroup, first.cgroup, uid,
		       first.uid, contained, first.contained, own_exe, first.own_exe, kworker,
		       first.kworker, interrupt, first.interrupt);
	assert_string_equal(sample->comm, first.comm);
}

/* Another ipitrace has the name, and runs the file that this process runs, in the same place. */
TEST(the_file_of_a_task_proves_its_name, NULL, rig__teardown)
{
	static const char *const names[] = { "ipitrace-attach", "ipitrac", "my-ipitrace" };
	__u64 *own, csd;

	rig__open(&rig, NULL);
	csd = rig__csd(&rig, 0, SYNC);
	own = rig__variable(&rig, "exe_note", "own_exe");
	assert_int_not_equal(*own, 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		prctl(PR_SET_NAME, names[i]);
		run_one(FUNC, csd);
		rig__cut(&rig);
		assert_members(rig.snap, nr_samples, 1, samples[0].own_exe, !i);
	}
	/*
	 * In a container root may have the file: then that file is the root of a mount, or a namespace is
	 * another one.
	 */
	prctl(PR_SET_NAME, names[0]);
	for (int i = 0; i < OWN_WORDS; i++) {
		own[i] += 8;
		run_one(FUNC, csd);
		rig__cut(&rig);
		assert_members(rig.snap, nr_samples, 1, samples[0].own_exe, false);
		own[i] -= 8;
	}
}

/* Sample a csd of a child process in new namespaces @flags. Returns whether it is taken for ipitrace. */
static bool is_own_in(int flags)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_NAME, "ipitrace");
		if (unshare(flags))
			_exit(1);
		run_one(FUNC, rig__csd(&rig, 0, SYNC));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_samples, 1);
	return rig.snap.samples[0].own_exe;
}

/* systemd gives a service a mount namespace of its own; a container has others, too. */
TEST(a_container_has_namespaces_of_its_own, NULL, rig__teardown)
{
	rig__open(&rig, NULL);
	assert_true(is_own_in(CLONE_NEWNS));
	assert_false(is_own_in(CLONE_NEWIPC));
	assert_false(is_own_in(CLONE_NEWCGROUP));
}

TEST(a_programs_stack_is_not_read_unless_asked_for, NULL, rig__teardown)
{
	rig__open(&rig, NULL);
	run_one(FUNC, rig__csd(&rig, 0, SYNC));
	rig__cut(&rig);
	assert_members(rig.snap, nr_samples, 1, nr_user_stacks, 0);
}

/* Interrupts without a csd are counted exactly and sampled as csds are, in rows of their own. */
TEST(sends_are_counted_and_sampled, NULL, rig__teardown)
{
	static const __u64 callbacks[] = { 0, FUNC };

	rig__open(&rig, NULL);
	for (int window = 0; window < 2; window++) {
		for (int i = 0; i < 20; i++)
			rig__send(&rig, 0, 0, callbacks[i % 4 == 3]);
		/* A call function to another CPU has a csd. */
		rig__send(&rig, 0, 1, FUNC);
		run_one(FUNC, rig__csd(&rig, 0, SYNC));
		rig__cut(&rig);
		assert_members(rig.snap, nr_fns, 1, fns[0].count, 1, nr_samples, 1);
		assert_true(rig.snap.known.sends);
		assert_int_equal(rig.snap.nr_sends, 2);
		for (size_t i = 0; i < 2; i++) {
			const struct send_stats *send = &rig.snap.sends[i];
			bool irq_work = send->kind == KIND_IRQ_WORK;

			assert_members(*send, count, irq_work ? 5 : 15, count,
				       rig.snap.kinds[send->kind], func.addr, irq_work ? FUNC : 0,
				       callsite.addr, CALLSITE);
		}
		assert_int_equal(rig.snap.nr_send_samples, due(15) + due(5));
		assert_true(rig.snap.send_samples[0].nr > 0);
	}
}

/* More call sites than rows send interrupts: those without a row do not count as csds. */
TEST(sends_of_many_sites_add_up, NULL, rig__teardown)
{
	uint64_t sum = 0;

	rig__open(&rig, NULL);
	for (int i = 0; i < FN_ROWS + 50; i++) {
		__u64 args[] = { 0, CALLSITE + 16 * i, 0 };

		rig__run(&rig, 0, "ipi_send_cpu", args, sizeof(args));
	}
	rig__cut(&rig);
	for (size_t i = 0; i < rig.snap.nr_sends; i++)
		sum += rig.snap.sends[i].count;
	assert_int_equal(sum, FN_ROWS + 50);
	assert_members(rig.snap, kinds[KIND_RESCHEDULE], FN_ROWS + 50, nr_fns, 0);
}

/* Works */

#define SENDS (FUNC + 256) /* a work's function that was seen to send */
#define HOME  (hash64(SENDS) & 511) /* of its place in the programs' list */

/* Let the programs know the function SENDS, as after a kworker's sample. */
static void sends_know(void)
{
	__u64 *funcs = rig__variable(&rig, "work_queued", "work_funcs");

	funcs[HOME] = SENDS;
	*(__u32 *)rig__variable(&rig, "work_queued", "works_send") = 1;
}

/* The kinds of works, and the programs at the events that queue them. */
static const struct work_kind {
	const char *type, *prog;
	int arg; /* the event's argument that is the work */
} work_kinds[] = {
	{ "work_struct", "work_queued", 2 },
	{ "kthread_work", "kthread_work_queued", 1 },
};

/* Who queued @work: as the programs keep it. tgid 0: not known; UINT32_MAX: the work is not kept. */
static struct work_queuer queuer_of(__u64 work)
{
	struct work_queuer by = { .tgid = UINT32_MAX };
	int fd = rig__map_fd(&rig, "work_queued", "queued_works");

	for (__u32 i = 0; i < WORKS; i++) {
		struct queued_work queued;

		assert_int_equal(bpf_map_lookup_elem(fd, &i, &queued), 0);
		if (queued.work != work)
			continue;
		assert_int_equal(queued.func, SENDS);
		by = queued.by;
	}
	close(fd);
	return by;
}

static void queue_work(const struct work_kind *kind, __u64 work, bool interrupt)
{
	__u64 args[3] = {};

	args[kind->arg] = work;
	if (interrupt)
		rig__run_in_interrupt(&rig, 0, kind->prog, args, sizeof(args));
	else
		rig__run(&rig, 0, kind->prog, args, sizeof(args));
}

static bool lacks_works(void)
{
	rig__open(&rig, NULL);
	return rig__lacks(programs__fd(&rig.collector->programs, "work_queued") < 0,
			  "this kernel does not show who queues works");
}

TEST(who_queues_a_work_that_sends_is_kept, NULL, rig__teardown)
{
	char comm[COMM_LEN];

	if (lacks_works())
		return;
	for (size_t i = 0; i < ARRAY_SIZE(work_kinds); i++) {
		const struct work_kind *kind = &work_kinds[i];
		__u64 work = rig__work(&rig, 2 * i, kind->type, SENDS), other;

		*(__u32 *)rig__variable(&rig, "work_queued", "works_send") = 0;
		queue_work(kind, work, false);
		assert_int_equal(queuer_of(work).tgid, UINT32_MAX);
		sends_know();
		other = rig__work(&rig, 2 * i + 1, kind->type, SENDS + 16);
		queue_work(kind, other, false);
		assert_int_equal(queuer_of(other).tgid, UINT32_MAX);
		queue_work(kind, work, false);
		assert_int_equal(queuer_of(work).tgid, getpid());
		assert_int_equal(queuer_of(work).pid, getpid());
		assert_int_equal(prctl(PR_GET_NAME, comm), 0);
		assert_string_equal(queuer_of(work).comm, comm);
	}
}

/* The timer of a delayed work queues the work: the task that was interrupted did not queue it. */
TEST(an_interrupt_queues_for_nobody, NULL, rig__teardown)
{
	if (rig__lacks(rig__nr_cpus() < 2, "one CPU") || lacks_works())
		return;
	sends_know();
	for (size_t i = 0; i < ARRAY_SIZE(work_kinds); i++) {
		const struct work_kind *kind = &work_kinds[i];
		__u64 work = rig__work(&rig, i, kind->type, SENDS);

		queue_work(kind, work, false);
		assert_int_equal(queuer_of(work).tgid, getpid());
		queue_work(kind, work, true);
		assert_int_equal(queuer_of(work).tgid, 0);
		queue_work(kind, work, false);
		assert_int_equal(queuer_of(work).tgid, getpid());
	}
}

/* This test's process is no kworker. */
TEST(a_process_sends_for_itself, NULL, rig__teardown)
{
	if (lacks_works())
		return;
	run_one(FUNC, rig__csd(&rig, 0, SYNC));
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_samples, 1);
	assert_false(rig.snap.samples[0].kworker);
	assert_int_equal(*(__u32 *)rig__variable(&rig, "work_queued", "works_send"), 0);
}

TEST_MAIN(NULL, NULL)
