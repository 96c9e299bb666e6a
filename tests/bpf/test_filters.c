// SPDX-License-Identifier: GPL-2.0
/* The csds and interrupts that the filters admit, and the rows of --by. */
#include <pthread.h>
#include <sys/wait.h>
#include <bpf/libbpf.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "host/machine.h"
#include "model/hist.h"
#include "model/snapshot.h"
#include "rig.h"

#define ASYNC 0x01
#define SYNC  0x11

/* Where struct module is; nobody reads it. */
#define MODULE 0xffffffffc0000000ULL

static const uint64_t by_function_funcs[] = { FUNC };
static struct collect_config by_function = { .funcs = by_function_funcs, .nr_funcs = 1 };

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

/* Run @events in a child process. Returns the child's pid. */
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

/* Modules that are there at the end have names then; those that came and went have none. */
RIG_TEST(modules_that_come_and_go_are_counted, by_function)
{
	__u64 modules[100];

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		modules[i] = MODULE + i;
	/* A module that was there at the beginning goes. */
	rig__run(&rig, 0, "module_went", &modules[0], sizeof(*modules));
	rig__run(&rig, 0, "module_came", &modules[0], sizeof(*modules));
	rig__run(&rig, 0, "module_came", &modules[1], sizeof(*modules));
	assert_int_equal(collector__modules_gone(rig.collector), 0);
	rig__run(&rig, 0, "module_went", &modules[1], sizeof(*modules));
	rig__run(&rig, 0, "module_went", &modules[1], sizeof(*modules));
	assert_int_equal(collector__modules_gone(rig.collector), 1);
	/* Those for which there is no room may go unseen. */
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		rig__run(&rig, 0, "module_came", &modules[i], sizeof(*modules));
	assert_true(collector__modules_gone(rig.collector) > 1);
}

/* The kernel frees the init functions of a module that stays. The test knows nothing but their place. */
RIG_TEST(csds_of_init_functions_are_counted, by_function)
{
	__u64 *text = rig__variable(&rig, "csd_queue", "init_texts");
	__u32 *nr = rig__variable(&rig, "csd_queue", "nr_init_texts");
	__u64 csd = rig__csd(&rig, 0, SYNC), module = MODULE;

	text[30] = MODULE;
	text[31] = MODULE + 0x1000;
	rig__queue(&rig, 0, 0, MODULE, csd);
	assert_int_equal(collector__init_dropped(rig.collector), 0);
	/* Nobody can read a module there. */
	rig__run(&rig, 0, "module_came", &module, sizeof(module));
	assert_int_equal(*nr, 1);
	rig__queue(&rig, 0, 0, MODULE - 1, csd);
	rig__queue(&rig, 0, 0, MODULE + 0x1000, csd);
	rig__queue(&rig, 0, 0, FUNC, csd);
	assert_int_equal(collector__init_dropped(rig.collector), 0);
	rig__queue(&rig, 0, 0, MODULE, csd);
	assert_in_range(collector__init_dropped(rig.collector), 1, 2);
	rig__cut(&rig);
}

/* CPU filters: a bit for CPU 0, a bit for CPU 1; 0: no filter. */
struct sides {
	unsigned int cpus, src, dst;
};

static bool admitted(const struct sides *f, int src, int dst)
{
	if (f->cpus && !(f->cpus >> src & 1) && !(f->cpus >> dst & 1))
		return false;
	return (!f->src || f->src >> src & 1) && (!f->dst || f->dst >> dst & 1);
}

/*
 * Each event that can happen between two CPUs happens once: only the events that @f admits are
 * counted.
 */
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
			rig__run_csd(&rig, d, FUNC, csd);
			reschedules += admitted(f, s, d);
			calls += admitted(f, s, d);
		}
		rig__send_mask(&rig, s, 3);
		rig__run_csd(&rig, s, FUNC, 0);
		locals += admitted(f, s, s);
	}
	rig__cut(&rig);
	for (int s = 0; s < 2; s++)
		for (int d = 0; d < 2; d++)
			rig__check_edge(&rig, s, d, admitted(f, s, d));
	assert_members(rig.snap, ledger.queued, calls, ledger.function, calls, ledger.in_flight, 0,
		       ledger.local, locals, kinds[KIND_RESCHEDULE], reschedules,
		       kinds[KIND_CALL_FUNCTION], calls, how.filtered, true);
	assert_true(rig.snap.known.kinds);
	rig__close(&rig);
	rig.collector = NULL;
}

TEST(sides_are_filtered_one_by_one_and_together, NULL, rig__teardown)
{
	if (lacks_cpus())
		return;
	/* Each of the three filters: none, CPU 0, CPU 1. */
	for (unsigned int i = 1; i < 27; i++)
		check_sides(&(struct sides){ i % 3, i / 3 % 3, i / 9 });
	check_sides(&(struct sides){ 3, 3, 3 });
}

/*
 * The kernel skips csd_queue() inside of itself. What the filter drops then is no event that both programs
 * missed, so a gate is certain of it.
 */
TEST(a_dropped_csd_that_only_the_second_program_saw_is_seen, NULL, rig__teardown)
{
	struct maps *maps;
	__u64 csd;

	rig__open(&rig, &by_function);
	maps = &rig.collector->maps;
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue(&rig, 0, 0, FUNC + 16, csd);
	assert_int_equal(read_recovered(maps, rig.collector->epoch), 0);
	assert_int_equal(maps->cpus[0].queuing, 0);
	maps->cpus[0].queuing = 1;
	rig__queue_twin(&rig, 0, 0, FUNC + 16, csd);
	assert_int_equal(read_recovered(maps, rig.collector->epoch), 1);
	maps->cpus[0].queuing = 0;
	assert_cut(queued, 0, filter_unseen, 0);
}

TEST(sides_and_functions_are_filtered_together, NULL, rig__teardown)
{
	struct collect_config config = by_function;
	static struct cpuset one;

	if (lacks_cpus())
		return;
	config.src = rig__cpuset(&one, 2);
	rig__open(&rig, &config);
	rig__queue(&rig, 1, 0, FUNC, rig__csd(&rig, 0, SYNC));
	rig__queue(&rig, 0, 1, FUNC, rig__csd(&rig, 1, SYNC));
	rig__queue(&rig, 1, 0, FUNC + 16, rig__csd(&rig, 2, SYNC));
	assert_cut(queued, 1);
	rig__check_edge(&rig, 1, 0, 1);
}

/* Each event that a process can cause, once. */
static void send_all(void)
{
	__u64 csd = rig__csd(&rig, 0, SYNC);

	rig__queue(&rig, 0, 0, FUNC, csd);
	rig__send(&rig, 0, 0, 0);
	rig__send_mask(&rig, 0, 1);
	rig__run_csd(&rig, 0, FUNC, csd);
	rig__run_csd(&rig, 0, FUNC, 0);
}

static void check_all(uint64_t want)
{
	assert_cut(queued, want, function, want, local, want);
	assert_members(*rig__cpu(&rig, 0), sent, want, handler.count, want);
	assert_members(rig.snap, kinds[KIND_RESCHEDULE], want, kinds[KIND_CALL_FUNCTION], want,
		       nr_fns, want ? 2 : 0, how.filtered, true);
}

TEST(a_process_is_its_threads_without_its_children, NULL, rig__teardown)
{
	open_for(getpid(), BY_NONE);
	send_all();
	check_all(1);
	in_thread(send_all);
	check_all(1);
	in_child(send_all);
	check_all(0);
}

TEST(events_of_other_processes_are_not_counted, NULL, rig__teardown)
{
	open_for(1, BY_NONE);
	send_all();
	check_all(0);
	assert_int_equal(rig.snap.nr_samples, 0);
}

TEST(a_process_is_filtered_by_its_tgid, NULL, rig__teardown)
{
	__u32 child;

	open_for(getpid(), BY_SENDER);
	child = in_child(send_all);
	send_all();
	check_all(1);
	assert_int_equal(rig.snap.nr_by, 1);
	assert_null(rig__by(&rig, child));
	assert_int_equal(rig__by(&rig, getpid())->count, 1);
}

TEST(a_process_and_a_destination_are_filtered_together, NULL, rig__teardown)
{
	static struct cpuset one;
	struct collect_config config = { .tgid = getpid(), .dst = rig__cpuset(&one, 2) };

	if (lacks_cpus())
		return;
	rig__open(&rig, &config);
	send_all();
	rig__queue(&rig, 0, 1, FUNC, rig__csd(&rig, 1, SYNC));
	in_child(send_all);
	assert_cut(queued, 1);
	rig__check_edge(&rig, 0, 1, 1);
}

TEST(an_interrupt_belongs_to_no_process, NULL, rig__teardown)
{
	__u64 csd;

	if (lacks_cpus())
		return;
	open_for(getpid(), BY_NONE);
	if (rig__lacks(!rig.collector->sees_interrupts, "this kernel shows BPF no interrupts"))
		return;
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue_in_interrupt(&rig, 1, 0, FUNC, csd);
	assert_cut(queued, 0);
	rig__close(&rig);
	open_by(BY_SENDER);
	csd = rig__csd(&rig, 0, SYNC);
	rig__queue_in_interrupt(&rig, 1, 0, FUNC, csd);
	rig__queue(&rig, 1, 0, FUNC, rig__csd(&rig, 1, SYNC));
	rig__run_csd(&rig, 0, FUNC, csd);
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_by, 2);
	assert_int_equal(rig__by(&rig, getpid())->count, 1);
	assert_int_equal(rig__by(&rig, getpid())->handler.count, 0);
	for (size_t i = 0; i < 2; i++) {
		const struct by_stats *by = &rig.snap.by[i];

		if (!by->interrupt)
			continue;
		assert_members(*by, count, 1, handler.count, 1);
		assert_int_equal(by->tgid + by->cgroup, 0);
	}
}

TEST(an_interrupt_belongs_to_no_cgroup, NULL, rig__teardown)
{
	if (lacks_cpus())
		return;
	open_by(BY_CGROUP);
	if (rig__lacks(!rig.collector->sees_interrupts, "this kernel shows BPF no interrupts"))
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

/* This process and a child queue csds, and this process runs them all. Returns the child's pid. */
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

/* The rows' waits are those of the functions. */
static void check_waits(uint64_t sum)
{
	assert_int_equal(rig__fn(&rig, FUNC, CALLSITE)->wait.sum +
				 rig__fn(&rig, FUNC + 16, CALLSITE)->wait.sum,
			 sum);
}

TEST(by_sender_a_row_is_a_sending_process, NULL, rig__teardown)
{
	const struct by_stats *mine, *childs;
	__u32 child;

	open_by(BY_SENDER);
	child = two_senders();
	assert_int_equal(rig.snap.nr_by, 2);
	mine = rig__by(&rig, getpid());
	childs = rig__by(&rig, child);
	assert_non_null(mine);
	assert_non_null(childs);
	assert_members(*mine, count, 3, local, 0, comm, "bpf_filters");
	assert_members(*childs, count, 1, local, 1);
	check_hist(&mine->delay, &rig__fn(&rig, FUNC, CALLSITE)->delay);
	check_hist(&mine->handler, &rig__fn(&rig, FUNC, CALLSITE)->handler);
	check_hist(&childs->delay, &rig__fn(&rig, FUNC + 16, CALLSITE)->delay);
	check_hist(&childs->handler, &rig__fn(&rig, FUNC + 16, CALLSITE)->handler);
	assert_true(childs->handler.sum >= 20000000);
	/* The child's call is over, and its CPU has begun no other call since. */
	assert_int_equal(mine->wait.count, 3);
	assert_true(mine->wait.sum >= 3000000);
	assert_int_equal(childs->wait.count, 1);
	assert_true(childs->wait.max >= 20000000);
	check_waits(mine->wait.sum + childs->wait.sum);
	/* The next window is empty. */
	rig__cut(&rig);
	assert_int_equal(rig.snap.nr_by, 0);
}

TEST(by_victim_a_row_is_an_interrupted_process, NULL, rig__teardown)
{
	const struct by_stats *mine;

	open_by(BY_VICTIM);
	two_senders();
	assert_int_equal(rig.snap.nr_by, 1);
	mine = rig__by(&rig, getpid());
	assert_members(*mine, count, 4, local, 0, wait.count, 0);
	check_hist(&mine->delay, &rig__cpu(&rig, 0)->delay);
	check_hist(&mine->handler, &rig__cpu(&rig, 0)->handler);
}

/* This process's cgroup2 line of /proc/self/cgroup. Returns whether there is one. */
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

TEST(by_cgroup_a_row_is_a_senders_cgroup, NULL, rig__teardown)
{
	struct cgroups *cgroups;
	char path[512];

	open_by(BY_CGROUP);
	two_senders();
	assert_members(rig.snap, nr_by, 1, by[0].count, 4, by[0].local, 1, by[0].wait.count, 4);
	check_waits(rig.snap.by[0].wait.sum);
	check_hist(&rig.snap.by[0].handler, &rig__cpu(&rig, 0)->handler);
	if (rig__lacks(!own_cgroup(path, sizeof(path)) || cgroups__open(&cgroups, NULL),
		       "no cgroup2"))
		return;
	cgroups__resolve(cgroups, &rig.snap);
	assert_members(rig.snap, by[0].cgroup_path, path + 3, samples[0].cgroup_path, path + 3);
	cgroups__close(cgroups);
}

TEST(without_by_there_are_no_rows, NULL, rig__teardown)
{
	open_by(BY_NONE);
	two_senders();
	assert_members(rig.snap, how.by_key, BY_NONE, nr_by, 0);
}

/* Each wake-up of a batch is counted; the batch is one run. */
TEST(a_batch_is_counted_in_the_rows_of_by, NULL, rig__teardown)
{
	static const enum by_key keys[] = { BY_SENDER, BY_VICTIM, BY_CGROUP };
	__u64 csds[5];

	for (int k = 0; k < 3; k++) {
		open_by(keys[k]);
		rig__wake_ups(&rig, 5, csds);
		for (int i = 4; i >= 0; i--)
			rig__queue(&rig, 0, 0, FUNC, csds[i]);
		rig__run_csd(&rig, 0, FUNC, csds[0]);
		rig__cut(&rig);
		assert_members(rig.snap, nr_by, 1, by[0].count, 5, by[0].delay.count, 5,
			       by[0].handler.count, 1);
		rig__close(&rig);
		rig.collector = NULL;
	}
}

TEST(a_sample_has_the_sender, NULL, rig__teardown)
{
	__u32 child;

	open_by(BY_NONE);
	child = two_senders();
	/* The 1st and 2nd of this process's three csds, and the child's only csd. */
	assert_int_equal(rig.snap.nr_samples, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct stack_sample *call = &rig.snap.samples[i];
		bool childs = rig.snap.fns[call->fn].func.addr != FUNC;

		assert_members(*call, tgid, childs ? child : (__u32)getpid(), comm, "bpf_filters");
		/* The kernel's bpf(2) is in the stack, so it has at least two frames. */
		assert_in_range(call->nr, 2, STACK_DEPTH);
		for (uint32_t f = 0; f < call->nr; f++)
			assert_true(call->stack[f].addr >> 63);
	}
}

TEST(filtered_csds_are_not_sampled, NULL, rig__teardown)
{
	static struct cpuset one;
	struct collect_config config = { .src = rig__cpuset(&one, 2) };

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
	/* A kernel may refuse the first choice of programs, which libbpf would report at length. */
	libbpf_set_print(NULL);
	return run_all_tests(NULL, NULL);
}
