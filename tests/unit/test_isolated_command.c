// SPDX-License-Identifier: GPL-2.0
/* command/isolated: a CPU that was offline, or whose interrupts nobody counted, is not quiet. */
#include "command_run.h"

static struct collector collector;
static uint32_t gone[MAX_CPUS]; /* steps of going offline, as BPF counts them */
static bool is_online; /* CPU 0, when ipitrace looks */
static bool is_shown; /* CPU 0, in /proc/interrupts */

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
		cpuset__add(&since->shown, 0);
}

int __wrap_collector__interruptions(struct collector *c,
				    void (*event)(void *ctx, const struct interruption *event),
				    void *ctx)
{
	return 0;
}

uint64_t __wrap_collector__interruptions_lost(const struct collector *c)
{
	return 0;
}

bool __wrap_collector__host_time(const struct collector *c, uint32_t cpu, uint64_t *ns)
{
	*ns = 0;
	return false;
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
	*set = (struct cpuset){};
	if (is_online)
		cpuset__add(set, 0);
	return 0;
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
	is_online = is_shown = true;
	return 0;
}

/* What happens between the beginning of the run and the first look; between two looks. */
static void (*early)(void), (*late)(void);

static void run_play(void)
{
	const struct session_ops *ops = given.ops;
	const struct cut_short cut = {};
	struct collect_config config = {};
	struct snapshot snap = {};
	bool over = false;

	ops->configure(given.ctx, given.opts, &config);
	assert_int_equal(ops->open(given.ctx, given.opts, &collector), 0);
	snap.window.mono_start = mono_ns();
	assert_int_equal(ops->begun(given.ctx), 0);
	if (early)
		early();
	assert_int_equal(ops->tick(given.ctx, &over), 0);
	if (late)
		late();
	assert_int_equal(ops->tick(given.ctx, &over), 0);
	ops->before_cut(given.ctx);
	snap.window.mono_end = mono_ns();
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

TEST_MAIN(NULL, NULL)
