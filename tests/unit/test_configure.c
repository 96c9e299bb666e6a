// SPDX-License-Identifier: GPL-2.0
/* From options to the collector's configuration: CPUs, functions and processes that there are. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include "base/cpuset.h"
#include "cli/options.h"
#include "collect/collector.h"
#include "host/symbols.h"
#include "run/parts.h"
#include "printed.h"
#include "scratch_file.h"
#include "skip.h"
#include "unit.h"

#define NOBODY 65534

static struct options opts;
static struct symbols *symbols;
static struct collect_config config;
static uint64_t *funcs;
static int status;

static bool kernel_pids;
static bool shifted;

bool __wrap_machine__has_kernel_pids(void)
{
	return kernel_pids;
}

bool __real_machine__clock_is_shifted(char *why, size_t size, const char *path);
bool __wrap_machine__clock_is_shifted(char *why, size_t size, const char *path)
{
	snprintf(why, size, "shifted");
	return shifted;
}

static bool only_first_online; /* CPU 0 */
static const char *possible_cpus = "0-3"; /* if only the first of them is online */
static const char *own_cpus; /* of a made machine's thread; NULL: the machine's own */
static const char *isolated, *nohz_full; /* of the made machine; NULL: it has no such list */
static struct cpuset bound_cpus; /* to which the made machine's thread was bound last */
static int binds;

int __real_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);
int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	if (!own_cpus)
		return __real_sched_getaffinity(pid, size, set);
	assert_int_equal(size, sizeof(struct cpuset));
	return cpuset__parse((struct cpuset *)set, own_cpus);
}

int __real_sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set);
int __wrap_sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
	if (!own_cpus)
		return __real_sched_setaffinity(pid, size, set);
	memcpy(&bound_cpus, set, size);
	binds++;
	return 0;
}

int __real_cpuset__read(struct cpuset *set, const char *name);
int __wrap_cpuset__read(struct cpuset *set, const char *name)
{
	bool possible = !strcmp(name, "possible");

	if (own_cpus) {
		const char *list = !strcmp(name, "isolated") ? isolated : nohz_full;

		return list ? cpuset__parse(set, list) : -ENOENT;
	}
	return only_first_online ? cpuset__parse(set, possible ? possible_cpus : "0") :
				   __real_cpuset__read(set, name);
}

static int setup(void **state)
{
	static const char *const names[] = { "flush_tlb_func", "flush_other", "ipi_mb" };

	kernel_pids = true;
	shifted = false;
	opts = (struct options){};
	config = (struct collect_config){};
	funcs = NULL;
	assert_int_equal(symbols__new(&symbols), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(symbols__add(symbols, 0x1000 * (i + 1), names[i], NULL), 0);
	symbols__sort(symbols);
	return 0;
}

static int teardown(void **state)
{
	symbols__close(symbols);
	free(funcs);
	return 0;
}

static void configure(const void *from)
{
	status = configure__options(&opts, (struct symbols *)from, &config, &funcs);
	fputc('\n', stderr);
}

/* The options are refused with @want, and these words. */
static void refused(const struct symbols *from, int want, const char *words)
{
	assert_has(printed_to(stderr, configure, from), words);
	assert_int_equal(status, want);
}

/* The options are taken, with @words. */
static void said(const char *words)
{
	assert_string_equal(printed_to(stderr, configure, symbols), words);
	assert_int_equal(status, EXIT_DONE);
}

/* The options are taken without a word. */
static void taken(void)
{
	said("\n");
}

TEST_F(functions_of_all_globs_are_taken)
{
	opts.func = "flush_t*,ipi_mb";
	taken();
	assert_int_equal(config.nr_funcs, 2);
	assert_ptr_equal(config.funcs, funcs);
	assert_int_equal(funcs[0] + funcs[1], 0x1000 + 0x3000);
}

/* A module brings functions; that others go does not matter. */
TEST_F(functions_that_come_later_are_noted)
{
	opts.func = "flush*,*_mb";
	taken();
	assert_false(configure__funcs_came(&opts, symbols, funcs, config.nr_funcs));
	assert_false(configure__funcs_came(&opts, NULL, funcs, config.nr_funcs));
	assert_int_equal(symbols__add(symbols, 0x9000, "their_mb", "theirs"), 0);
	symbols__sort(symbols);
	assert_true(configure__funcs_came(&opts, symbols, funcs, config.nr_funcs));
	opts.func = "ipi_mb";
	assert_false(configure__funcs_came(&opts, symbols, funcs, config.nr_funcs));
	opts.func = NULL;
	assert_false(configure__funcs_came(&opts, symbols, funcs, config.nr_funcs));
}

TEST_F(a_glob_without_a_function_is_refused)
{
	/* Whichever comes first. */
	opts.func = "nobody,ipi_mb";
	refused(symbols, EXIT_USAGE, "--func nobody: no function of this kernel matches\n");
	opts.func = "ipi_mb,nobody";
	refused(symbols, EXIT_USAGE, "--func nobody: no function of this kernel matches\n");
	opts.func = "membarrier";
	refused(symbols, EXIT_USAGE, "matches: this is the name of a storm");
}

TEST_F(hidden_addresses_are_no_wrong_glob)
{
	uid_t self = geteuid();

	opts.func = "ipi_mb";
	opts.command = COMMAND_STALLS;
	if (!self) {
		refused(NULL, EXIT_CANNOT, "--func ipi_mb: the kernel hides its addresses");
		assert_int_equal(seteuid(NOBODY), 0);
	}
	refused(NULL, EXIT_CANNOT, "needs root: try sudo ipitrace stalls\n");
	assert_int_equal(seteuid(self), 0);
}

TEST_F(cpus_are_those_of_the_machine)
{
	taken();
	assert_true(!config.cpus && !config.src && !config.dst);
	opts.src.given = true;
	cpuset__add(&opts.src.set, 0);
	taken();
	assert_ptr_equal(config.src, &opts.src.set);
	opts.dst.given = true;
	cpuset__add(&opts.dst.set, 0);
	cpuset__add(&opts.dst.set, MAX_CPUS - 1);
	refused(symbols, EXIT_USAGE, "--dst 0,4095: this machine has only CPU");
}

/* Otherwise a gate passes, as nothing is sent to a CPU that is offline. */
TEST_F(a_gate_needs_a_cpu_that_is_online)
{
	only_first_online = true;
	opts.command = COMMAND_STALLS;
	opts.dst.given = true;
	cpuset__add(&opts.dst.set, 1);
	cpuset__add(&opts.dst.set, 3);
	said("ipitrace: --dst: offline now, followed once online: CPU 1,3\n\n");
	opts.quiet = true;
	taken();
	opts.exit_code = true;
	refused(symbols, EXIT_CANNOT,
		"stalls: --dst: none of these CPUs is online: the gate would judge nothing\n");
	cpuset__add(&opts.dst.set, 0);
	opts.quiet = false;
	said("ipitrace: --dst: offline now, followed once online: CPU 1,3\n\n");
	only_first_online = false;
}

TEST_F(a_process_must_be_there)
{
	opts.pid = getpid();
	taken();
	assert_int_equal(config.tgid, getpid());
	opts.pid = INT32_MAX;
	refused(symbols, EXIT_USAGE, "--pid 2147483647: there is no such process\n");
}

/* In a PID namespace, process 1 of `-p 1` is not the host's init: no gate passes by watching that. */
TEST_F(a_pid_namespace_has_other_numbers)
{
	char *program[] = { "true", NULL };

	kernel_pids = false;
	taken();
	opts.program = program;
	taken();
	opts.command = COMMAND_ISOLATED;
	refused(symbols, EXIT_CANNOT, "isolated -- true: in this PID namespace");
	opts.program = NULL;
	taken();
	opts.pid = getpid();
	refused(symbols, EXIT_CANNOT, ": in this PID namespace");
}

/* In a time namespace with another clock, each time since boot would be wrong by the shift. */
TEST_F(a_shifted_clock_is_refused)
{
	static const char *const offsets[] = { "monotonic   -2 500000000\nboottime 0 0\n",
					       "monotonic    0         0\nboottime 7 0\n",
					       "boottime 7 0\n", "monotonic\n" };
	char why[256];

	shifted = true;
	refused(symbols, EXIT_CANNOT, "shifted");
	shifted = false;
	taken();
	scratch_setup(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		scratch_write(offsets[i], strlen(offsets[i]));
		assert_int_equal(__real_machine__clock_is_shifted(why, sizeof(why), scratch_path),
				 !i);
	}
	assert_has(why, "this time namespace shifts the clock by -1.5 s");
	assert_false(__real_machine__clock_is_shifted(why, sizeof(why), "/nowhere"));
	scratch_teardown(NULL);
}

/* The kernel moves a thread elsewhere while its CPUs are offline: later it returns. */
TEST_F(a_bound_thread_returns_to_its_cpus)
{
	struct cpuset all = {}, first = {}, now = {}, others;

	assert_int_equal(sched_getaffinity(0, sizeof(all), (cpu_set_t *)&all), 0);
	if (skip_if(cpuset__count(&all) < 2, "one CPU"))
		return;
	cpuset__add(&first, cpuset__next(&all, 0));
	assert_true(affinity__others(&first, &others));
	assert_false(cpuset__has(&others, cpuset__next(&all, 0)));
	affinity__keep(&first);
	assert_int_equal(sched_getaffinity(0, sizeof(now), (cpu_set_t *)&now), 0);
	assert_memory_equal(&now, &first, sizeof(now));
	assert_int_equal(affinity__bind(&all, &now), 0);
	assert_memory_equal(&now, &all, sizeof(now));
	/* Not bound: nothing to keep. */
	affinity__keep(&(struct cpuset){});
	assert_int_equal(sched_getaffinity(0, sizeof(now), (cpu_set_t *)&now), 0);
	assert_memory_equal(&now, &all, sizeof(now));
}

TEST_F(the_message_has_the_cpus_of_the_machine)
{
	only_first_online = opts.quiet = true;
	opts.src.given = true;
	cpuset__add(&opts.src.set, 3);
	taken();
	cpuset__add(&opts.src.set, 5);
	refused(symbols, EXIT_USAGE, "ipitrace: --src 3,5: this machine has only CPUs 0-3\n\n");
	possible_cpus = "0";
	refused(symbols, EXIT_USAGE, "ipitrace: --src 3,5: this machine has only CPU 0\n\n");
	possible_cpus = "0-3";
	only_first_online = false;
}

static sem_t begun, over;
static pid_t thread_number;

static void *thread_run(void *arg)
{
	thread_number = gettid();
	sem_post(&begun);
	sem_wait(&over);
	return NULL;
}

/* Of a thread that is not its process's first one. */
TEST_F(the_number_of_a_thread_is_none_of_a_process)
{
	pthread_t thread;
	char words[64];

	assert_int_equal(sem_init(&begun, 0, 0), 0);
	assert_int_equal(sem_init(&over, 0, 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, thread_run, NULL), 0);
	sem_wait(&begun);
	opts.pid = thread_number;
	snprintf(words, sizeof(words), "--pid %d: there is no such process\n", thread_number);
	refused(symbols, EXIT_USAGE, words);
	sem_post(&over);
	pthread_join(thread, NULL);
}

static void assert_cpus(const struct cpuset *set, const char *want)
{
	char text[CPUSET_TEXT];

	cpuset__format(set, text, sizeof(text));
	assert_string_equal(text, want);
}

/* Binds a thread that may run on CPUs 0 to 7, without a wish. */
static struct cpuset bind_own(const char *of_isolated, const char *of_nohz_full)
{
	struct cpuset bound;

	memset(&bound, 0xff, sizeof(bound));
	isolated = of_isolated;
	nohz_full = of_nohz_full;
	binds = 0;
	assert_int_equal(affinity__bind(NULL, &bound), 0);
	if (binds)
		assert_memory_equal(&bound, &bound_cpus, sizeof(bound));
	return bound;
}

TEST_F(ipitrace_leaves_isolated_cpus)
{
	struct cpuset set, avoid;

	own_cpus = "0-7";
	set = bind_own("2-3", "3-4");
	assert_cpus(&set, "0-1,5-7");
	set = bind_own(NULL, "6-100");
	assert_cpus(&set, "0-5");
	assert_int_equal(binds, 1);
	/* There is nothing to leave, or nowhere to go. */
	set = bind_own(NULL, "9");
	assert_cpus(&set, "");
	set = bind_own("0-7", NULL);
	assert_cpus(&set, "");
	assert_int_equal(binds, 0);
	/* A wish is fulfilled, wherever it leads. */
	assert_int_equal(cpuset__parse(&avoid, "2,7"), 0);
	assert_int_equal(affinity__bind(&avoid, &set), 0);
	assert_cpus(&set, "2,7");
	assert_cpus(&bound_cpus, "2,7");
	isolated = "4";
	assert_true(affinity__others(&avoid, &set));
	assert_cpus(&set, "0-1,3,5-6");
	own_cpus = "2,4,7";
	assert_false(affinity__others(&avoid, &set));
	own_cpus = NULL;
}

TEST_MAIN(NULL, NULL)
