// SPDX-License-Identifier: GPL-2.0
/* command/isolated: a CPU that was offline, or whose interrupts nobody counted, is not quiet. */
#include <time.h>
#include "abi/interruption.h"
#include "command_run.h"
#include "cpus_of.h"
#include "view/words/words.h"

#define SECOND 1000000000ULL
#define MS     1000000ULL
#define BEGUN  (100 * SECOND) /* when the run begins */
#define SENDER 61 /* a task that sends */
#define HELPER 83 /* one of ipitrace's processes */

static struct collector collector;
static uint32_t gone[MAX_CPUS]; /* steps of going offline, as BPF counts them */
static bool is_online; /* all CPUs, when ipitrace looks */
static bool is_shown; /* all CPUs, in /proc/interrupts */
static struct interruption events[5]; /* that the collector has at its next look */
static size_t nr_events;
static const char *online; /* the CPUs that are online as the command begins */
static const char *isolated; /* the CPUs that the kernel isolates */
static struct ledger ledger; /* of each window */
static int nr_windows;
static uint64_t nr_lost; /* events */
static uint64_t host_time; /* of CPU 0 at the next look; each look adds 7000 ns; 0: not known */

static bool kernel_pids; /* the numbers of tasks in events are those of getpid() */
static uint64_t now; /* CLOCK_MONOTONIC, ns */

int __real_clock_gettime(clockid_t clock, struct timespec *at);
int __wrap_clock_gettime(clockid_t clock, struct timespec *at)
{
	if (clock != CLOCK_MONOTONIC)
		return __real_clock_gettime(clock, at);
	*at = (struct timespec){ .tv_sec = now / SECOND, .tv_nsec = now % SECOND };
	return 0;
}

bool __wrap_machine__has_kernel_pids(void)
{
	return kernel_pids;
}

bool __wrap_helpers__have(const struct helpers *helpers, uint32_t pid)
{
	assert_ptr_equal(helpers, helpers__own());
	return pid == HELPER;
}

static int nr_cgroups; /* that were read */

bool __wrap_task_cgroup__read(const char *of, uint32_t tgid, char *path, size_t size)
{
	assert_string_equal(of, "");
	assert_int_equal(tgid, SENDER);
	nr_cgroups++;
	snprintf(path, size, "/of-%u", tgid);
	return true;
}

/* How often the kernel has counted an interrupt of a kind; 0: not known. */
static struct {
	const char *kind;
	uint64_t begin, end;
} counts[3];

bool __wrap_interrupts__of_cpu(const struct interrupts *in, const char *kind, uint32_t cpu,
			       uint64_t *count)
{
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		if (!counts[i].kind || strcmp(counts[i].kind, kind))
			continue;
		*count = now == BEGUN ? counts[i].begin : counts[i].end;
		return *count;
	}
	return false;
}

int __wrap_symbols__open(struct symbols **s, const char *path, const char *modules)
{
	return -ENOENT;
}

int __wrap_interrupts__open(struct interrupts **in, const char *path)
{
	return -ENOENT;
}

void __wrap_interrupts__since(struct interrupts *in, struct arrivals *since)
{
	memset(since, 0, sizeof(*since));
	if (is_shown)
		since->shown = cpus_of("0-7");
}

int __wrap_collector__interruptions(struct collector *c,
				    void (*event)(void *ctx, const struct interruption *event),
				    void *ctx)
{
	for (size_t i = 0; i < nr_events; i++)
		event(ctx, &events[i]);
	nr_events = 0;
	return 0;
}

uint64_t __wrap_collector__interruptions_lost(const struct collector *c)
{
	return nr_lost;
}

bool __wrap_collector__host_time(const struct collector *c, uint32_t cpu, uint64_t *ns)
{
	*ns = host_time;
	if (!host_time)
		return false;
	host_time += 7000;
	return true;
}

bool __wrap_collector__is_interrupted(const struct collector *c, uint32_t cpu)
{
	return false;
}

const char *__wrap_programs__detached(const struct programs *programs)
{
	return NULL;
}

int __wrap_cpuset__read_fd(struct cpuset *set, int fd)
{
	*set = is_online ? cpus_of("0-7") : (struct cpuset){};
	return 0;
}

int __wrap_cpuset__read(struct cpuset *set, const char *name)
{
	return cpuset__parse(set, strcmp(name, "online") ? "0-7" : online);
}

/* What the machine's other programs may change meanwhile. */
size_t __wrap_isolation__check(const char *of, const struct cpuset *cpus,
			       struct setup_check *checks)
{
	assert_string_equal(of, "");
	return 0;
}

void __wrap_isolation__cpus(const char *of, struct cpuset *set)
{
	assert_string_equal(of, "");
	*set = (struct cpuset){};
	if (*isolated)
		assert_int_equal(cpuset__parse(set, isolated), 0);
}

static int setup(void **state)
{
	memset(&opts, 0, sizeof(opts));
	memset(gone, 0, sizeof(gone));
	opts.command = COMMAND_ISOLATED;
	opts.json = true;
	opts.cpus.given = true;
	cpuset__add(&opts.cpus.set, 0);
	collector.programs.gone = gone;
	memset(&ledger, 0, sizeof(ledger));
	memset(counts, 0, sizeof(counts));
	nr_windows = 1;
	nr_cgroups = 0;
	kernel_pids = true;
	now = BEGUN;
	nr_lost = host_time = 0;
	is_online = is_shown = true;
	online = "0-1";
	isolated = "";
	return 0;
}

/* What happens between the beginning of the run and the first look; between two looks; before the last look. */
static void (*early)(void), (*late)(void), (*last)(void);
static double interval; /* of the session */

static void run_play(void)
{
	const struct session_ops *ops = given.ops;
	const struct cut_short cut = {};
	struct collect_config config = {};
	struct snapshot snap = {};
	bool over = false;

	now = BEGUN;
	interval = given.opts->interval;
	assert_int_equal(ops->tick_ns, 250 * MS);
	ops->configure(given.ctx, given.opts, &config);
	assert_int_equal(ops->open(given.ctx, given.opts, &collector), 0);
	snap.window.mono_start = BEGUN;
	assert_int_equal(ops->begun(given.ctx), 0);
	if (early)
		early();
	now += 13 * MS;
	assert_int_equal(ops->tick(given.ctx, &over), 0);
	if (late)
		late();
	now += 29 * MS;
	assert_int_equal(ops->tick(given.ctx, &over), 0);
	now += 31 * MS;
	if (last)
		last();
	ops->before_cut(given.ctx);
	snap.window.mono_end = now;
	snap.ledger = ledger;
	for (int i = 0; i < nr_windows; i++)
		assert_int_equal(ops->window(given.ctx, &snap, given.opts), 0);
	given.result = ops->end(given.ctx, given.opts, &cut);
}

/* Run, with @before and @after as `early` and `late`. Returns what is on stderr. */
static const char *run_with(void (*before)(void), void (*after)(void))
{
	early = before;
	late = after;
	return run_command(command_isolated, run_play);
}

static void cpu_go(void)
{
	gone[0] += 3;
}

static void cpu_switch(void)
{
	is_online = !is_online;
}

TEST(a_cpu_that_stays_is_quiet, setup, printed_restore)
{
	/* It went before the run. */
	cpu_go();
	assert_string_equal(run_with(NULL, NULL), "");
	assert_has(out, "\"verdict\":\"quiet\"");
	assert_int_equal(status, EXIT_DONE);
	/* The kernel has no hotplug. */
	collector.programs.gone = NULL;
	assert_string_equal(run_with(NULL, NULL), "");
	assert_int_equal(status, EXIT_DONE);
}

/* Each look finds it online. */
TEST(a_cpu_that_goes_and_comes_between_two_looks_is_not_quiet, setup, printed_restore)
{
	assert_has(run_with(cpu_go, NULL), "not certain: CPU 0 was offline for");
	assert_has(out, "\"verdict\":\"not_certain\"");
	assert_int_equal(status, EXIT_FAILED);
	assert_has(run_with(NULL, cpu_go), "not certain: CPU 0 was offline for");
	assert_int_equal(status, EXIT_FAILED);
}

TEST(the_time_between_two_looks_counts_as_offline, setup, printed_restore)
{
	run_with(cpu_go, NULL);
	assert_has(out, "\"offline_ns\":13000000,");
	run_with(NULL, cpu_go);
	assert_has(out, "\"offline_ns\":29000000,");
	last = cpu_go;
	run_with(cpu_go, NULL);
	last = NULL;
	assert_has(out, "\"offline_ns\":44000000,", "\"duration\":73000000,",
		   "\"silence_ns\":73000000,");
}

TEST(a_cpu_that_is_offline_at_a_look_is_not_quiet, setup, printed_restore)
{
	collector.programs.gone = NULL;
	assert_has(run_with(cpu_switch, cpu_switch), "not certain: CPU 0 was offline for");
	assert_int_equal(status, EXIT_FAILED);
}

static void cpu_hide(void)
{
	is_shown = false;
}

/* A container's /proc/interrupts is empty: interrupts that have no event are not known. */
TEST(a_cpu_whose_interrupts_nobody_counts_is_not_quiet, setup, printed_restore)
{
	assert_has(run_with(NULL, cpu_hide), "not certain: /proc/interrupts does not show CPU 0");
	assert_int_equal(status, EXIT_FAILED);
	assert_has(run_with(NULL, NULL), "/proc/interrupts does not show CPU 0");
	/* Tasks have events in any case. */
	opts.gate.only = 1U << GROUP_TASKS;
	assert_string_equal(run_with(NULL, NULL), "");
	assert_int_equal(status, EXIT_DONE);
}

/* Returns the event that @comm begins to run on CPU 0 at @time, after @prev. */
static struct interruption switched(uint64_t time, const char *comm, uint32_t pid, uint32_t prev)
{
	struct interruption event = { .kind = INTERRUPTION_SWITCH,
				      .start = time,
				      .end = time,
				      .outer = time,
				      .stack = -1,
				      .pid = pid,
				      .tgid = pid,
				      .prev = prev,
				      .prev_tgid = prev };

	snprintf(event.comm, sizeof(event.comm), "%s", comm);
	return event;
}

/* The CPU belongs to the first process that runs there. */
static void task_run(void)
{
	events[0] = switched(now - 3000, "own", 50, 0);
	events[1] = switched(now - 2000, "other", 77, 50);
	events[2] = switched(now - 1000, "own", 50, 77);
	nr_events = ARRAY_SIZE(events);
}

TEST(advice_about_a_task_has_the_number_of_its_process, setup, printed_restore)
{
	run_with(task_run, NULL);
	assert_has(out, "\"verdict\":\"not_quiet\"", "\"what\":\"other\"", "taskset -cp 1 77,");
	assert_has(
		out,
		"{\"cause\":\"task\",\"group\":\"tasks\",\"kind\":\"task\",\"func\":null,"
		"\"module\":null,\"what\":\"other\",\"caller\":null,\"stack\":[],\"id\":77,"
		"\"sender\":null,\"count\":1,\"interrupted_ns\":1000,\"longest_ns\":1000,"
		"\"follows\":false,\"judged\":true,\"allowed\":false,"
		"\"because\":\"another program runs on this CPU\",\"advice\":\"taskset -cp 1 77, "
		"or a cpuset partition for the CPU\",\"stolen_ns\":1000,\"several\":false}");
	assert_lacks(out, "PID");
	assert_int_equal(status, EXIT_FOUND);
}

static void several_tasks_run(void)
{
	events[0] = switched(now - 5000, "own", 50, 0);
	events[1] = switched(now - 4000, "other", 77, 50);
	events[2] = switched(now - 3000, "own", 50, 77);
	events[3] = switched(now - 2000, "helper", HELPER, 50);
	events[4] = switched(now - 1000, "own", 50, HELPER);
	nr_events = ARRAY_SIZE(events);
}

TEST(each_advice_has_the_number_of_its_own_process, setup, printed_restore)
{
	run_with(several_tasks_run, NULL);
	assert_has(out, "taskset -cp 1 77,", "taskset -cp 1 83,");
}

TEST(the_tasks_of_ipitrace_are_marked, setup, printed_restore)
{
	opts.json = false;
	run_with(several_tasks_run, NULL);
	assert_int_equal(count_words(out, "ipitrace itself"), 1);
	/* In a PID namespace another process has this number. */
	kernel_pids = false;
	run_with(several_tasks_run, NULL);
	assert_has(out, "helper[83]");
	assert_lacks(out, "ipitrace itself");
}

static void vectors_run(void)
{
	for (uint32_t cpu = 1; cpu < 3; cpu++)
		events[cpu - 1] = (struct interruption){ .kind = INTERRUPTION_VECTOR,
							 .id = 0xfb,
							 .cpu = cpu,
							 .start = now - 2000,
							 .outer = now - 2000,
							 .end = now - 1000,
							 .self = 1000,
							 .stack = -1 };
	nr_events = 2;
}

static void sender_send(void)
{
	events[0] = (struct interruption){ .kind = INTERRUPTION_CSD,
					   .func = 0xf00,
					   .start = now - 2000,
					   .outer = now - 2000,
					   .end = now - 1000,
					   .self = 1000,
					   .src = 1,
					   .pid = SENDER,
					   .tgid = SENDER,
					   .comm = "sender",
					   .stack = -1 };
	nr_events = 1;
}

TEST(the_cgroup_of_a_sender_is_read_while_the_sender_lives, setup, printed_restore)
{
	run_with(sender_send, NULL);
	assert_has(out, "\"cgroup\":\"/of-61\"");
	assert_int_equal(nr_cgroups, 1);
	nr_cgroups = 0;
	/* A vector has no sender. */
	opts.cpus.set = cpus_of("1-2");
	online = "0-2";
	run_with(vectors_run, NULL);
	assert_int_equal(nr_cgroups, 0);
}

TEST(interrupts_without_an_event_are_counted_by_the_kernel, setup, printed_restore)
{
	counts[0].kind = "nmi";
	counts[0].begin = 5;
	counts[0].end = 16;
	/* A count that was not known at the beginning, or is not now. */
	counts[1].kind = "posted_interrupt";
	counts[1].end = 7;
	counts[2].kind = "posted_msi";
	counts[2].begin = 7;
	run_with(NULL, NULL);
	assert_has(out, "\"verdict\":\"not_quiet\"", "\"what\":\"nmi\"", "\"count\":11,");
	assert_lacks(out, "posted");
	/* The kernel counts anew. */
	counts[0].end = 3;
	run_with(NULL, NULL);
	assert_has(out, "\"verdict\":\"quiet\"");
}

TEST(a_run_without_a_duration_is_one_window, setup, printed_restore)
{
	run_with(NULL, NULL);
	assert_true(interval == WHOLE_RUN);
	opts.interval = 5;
	run_with(NULL, NULL);
	assert_true(interval == WHOLE_RUN);
	opts.duration = 3;
	run_with(NULL, NULL);
	assert_true(interval == 5);
}

TEST(advice_about_an_interrupt_names_its_cpu, setup, printed_restore)
{
	opts.cpus.set = cpus_of("1-2");
	online = "0-2";
	run_with(vectors_run, NULL);
	assert_has(out, "ipitrace -c 1 --kinds shows the senders",
		   "ipitrace -c 2 --kinds shows the senders");
	assert_int_equal(status, EXIT_FOUND);
}

static void devices_run(void)
{
	static const struct {
		uint32_t kind, id;
	} run[] = { { INTERRUPTION_IRQ, 24 },
		    { INTERRUPTION_SOFTIRQ, 2 },
		    { INTERRUPTION_IRQ, 29 } };
	for (size_t i = 0; i < ARRAY_SIZE(run); i++)
		events[i] = (struct interruption){ .kind = run[i].kind,
						   .id = run[i].id,
						   .start = now - 9000 + 2000 * i,
						   .outer = now - 9000 + 2000 * i,
						   .end = now - 8000 + 2000 * i,
						   .self = 1000,
						   .stack = -1 };
	nr_events = ARRAY_SIZE(run);
}

/* The N of a network queue is not the number of an interrupt. */
TEST(advice_about_devices_has_the_numbers_of_their_interrupts, setup, printed_restore)
{
	run_with(devices_run, NULL);
	assert_has(out, "/proc/irq/24/", "/proc/irq/29/", "/queues/tx-N/xps_cpus");
	assert_lacks(out, "/proc/irq/N", "/proc/irq/53");
	assert_int_equal(status, EXIT_FOUND);
}

TEST(the_report_sums_what_was_lost_in_each_window, setup, printed_restore)
{
	nr_windows = 2;
	nr_lost = 5;
	for (size_t i = 0; i < NR_LOST; i++)
		ledger.lost_by[i] = 1000;
	ledger.lost_by[LOST_RUN_UNSEEN] = 7;
	ledger.lost_by[LOST_MAILBOX_FULL] = 11;
	run_with(NULL, NULL);
	assert_has(out, "\"lost\":19,\"senders_lost\":22,");
}

TEST(the_report_has_the_time_that_the_host_took, setup, printed_restore)
{
	run_with(NULL, NULL);
	assert_has(out, "\"host_ns\":null,");
	host_time = 13;
	run_with(NULL, NULL);
	assert_has(out, "\"host_ns\":7000,");
}

TEST(text_begins_with_the_time, setup, printed_restore)
{
	struct timespec before, after;
	char dates[2][32];

	opts.json = false;
	clock_gettime(CLOCK_REALTIME, &before);
	run_with(NULL, NULL);
	clock_gettime(CLOCK_REALTIME, &after);
	/* Without the time of day, which goes on meanwhile. */
	snprintf(dates[0], sizeof(dates[0]), "from %.10s", clock__date(&before, 0).s);
	snprintf(dates[1], sizeof(dates[1]), "from %.10s", clock__date(&after, 0).s);
	assert_true(strstr(out, dates[0]) || strstr(out, dates[1]));
}

/* Run, as another task runs on the CPU. Returns what is on stdout. */
static const char *disturbed(void)
{
	run_with(task_run, NULL);
	assert_int_equal(status, EXIT_FOUND);
	return out;
}

TEST(the_verdict_has_several_forms, setup, printed_restore)
{
	opts.json = false;
	assert_has(disturbed(), "\nCPU 0 ", "other[77]");
	opts.quiet = true;
	assert_has(disturbed(), "other[77]");
	assert_lacks(out, "ipitrace isolated: ");
	opts.quiet = false;
	opts.tap = true;
	assert_has(disturbed(), "1..1\nnot ok 1 - CPU 0 is quiet\n",
		   "# advice: taskset -cp 1 77, ");
	assert_string_equal(run_with(NULL, NULL), "");
	assert_has(out, "1..1\nok 1 - CPU 0 is quiet\n# 0 interruptions in ");
	assert_int_equal(status, EXIT_DONE);
}

/* Returns what is on stderr, if the command does not begin. */
static const char *refused(int want)
{
	const char *why = run_with(NULL, NULL);

	assert_int_equal(status, want);
	assert_int_equal(given.runs, 0);
	return why;
}

TEST(the_judged_cpus_are_online, setup, printed_restore)
{
	opts.cpus.set = cpus_of("0,5");
	assert_string_equal(refused(EXIT_CANNOT),
			    "ipitrace: isolated: --cpus: CPU 5 is offline: switch the CPU on, or "
			    "leave it out\n");
	opts.cpus.set = cpus_of("5");
	assert_has(refused(EXIT_CANNOT), "none of the CPUs to judge is online");
	opts.cpus.set = cpus_of("9");
	assert_has(refused(EXIT_USAGE), "--cpus 9: this machine has only CPUs 0-7");
	opts.cpus.given = false;
	assert_has(refused(EXIT_CANNOT), "the kernel isolates no CPU (isolcpus=, nohz_full=");
	/* Nobody named CPU 5, and the kernel cannot use it now. */
	isolated = "0,5";
	assert_string_equal(run_with(NULL, NULL), "");
	assert_has(out, "\"cpu\":0,");
	assert_lacks(out, "\"cpu\":5,");
}

TEST(ipitrace_does_not_run_on_a_judged_cpu, setup, printed_restore)
{
	opts.housekeeping.given = true;
	opts.housekeeping.set = cpus_of("0-1");
	assert_has(refused(EXIT_USAGE), "--housekeeping 0-1: CPU 0 is judged", "name CPUs of 1\n");
	/* There is no other CPU. */
	online = "0";
	run_with(NULL, NULL);
	assert_int_equal(given.runs, 1);
}

TEST_MAIN(NULL, NULL)
