// SPDX-License-Identifier: GPL-2.0
/* command/check: the features that it adds to the probe's, by what made-up functions say of the kernel. */
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include "collect/hooks/hooks.h"
#include "collect/kcore/queues/queues.h"
#include "command_run.h"
#include "host/symbols.h"
#include "view/json/json.h"

/* What the kernel is like. */
static struct {
	enum snapshot_source source;
	const char *needs;
	bool steal_clock, seccomp;
	long landlock; /* its version; 0: none */
	int sysrq, main_job, task_job; /* negative errnos */
	bool sees_interrupts;
	bool shifted; /* the clock */
	enum wait_source waits;
	int tracefs, symbols; /* negative errnos */
	struct tracefs_events events;
	bool hidden; /* addresses */
	uint64_t reserve_mem; /* address of the function */
	int json;
} made;

static int nr_open; /* collectors and the like that were not closed */
static bool verbose;
static struct collect_config configs[2];
static int nr_configs;
static struct tracefs_events recipe; /* what view__recipe() was called with */

void __wrap_probe__features(struct feature features[NR_FEATURES])
{
	for (int i = 0; i < NR_FEATURES; i++)
		features[i] = (struct feature){ .name = "probed", .what = "", .available = true };
}

enum snapshot_source __wrap_probe__source(void)
{
	return made.source;
}

bool __wrap_probe__steal_clock(void)
{
	return made.steal_clock;
}

enum kernel_has __wrap_probe__global_asids(void)
{
	return KERNEL_LACKS;
}

enum kernel_has __wrap_probe__isolation_changes(void)
{
	return KERNEL_HAS;
}

void __wrap_probe__explain(const struct collect_config *config, int err, char *why, size_t size)
{
	snprintf(why, size, "%s of %s", config->no_attach ? "task" : "job", strerror(-err));
}

const char *__wrap_hooks__needs(void)
{
	return made.needs;
}

void __wrap_tsc__feature(struct feature *feature)
{
	feature->name = "tsc";
}

void __wrap_live_queues__feature(struct feature *feature)
{
	feature->name = "queues";
}

struct tlb_facts __wrap_quirks__tlb_facts(const char *root)
{
	assert_string_equal(root, "");
	return (struct tlb_facts){ .global_asids = KERNEL_HAS, .xen = true };
}

void __wrap_quirks__tlb(struct feature *feature, const struct tlb_facts *facts)
{
	snprintf(feature->how, sizeof(feature->how), "xen %d, asids %d", facts->xen,
		 facts->global_asids);
}

void __wrap_quirks__isolation(struct feature *feature, enum kernel_has kernel)
{
	snprintf(feature->how, sizeof(feature->how), "changes %d", kernel);
}

void __wrap_quirks__csd_timeout(struct feature *feature, const char *root)
{
	snprintf(feature->how, sizeof(feature->how), "timeout of %s.", root);
}

void __wrap_quirks__csd_debug(struct feature *feature, const char *root)
{
	snprintf(feature->how, sizeof(feature->how), "debug of %s.", root);
}

int __wrap_sysrq__open(struct sysrq **sysrq, char *why, size_t size)
{
	nr_open += !made.sysrq;
	*sysrq = made.sysrq ? NULL : (void *)&nr_open;
	if (made.sysrq)
		snprintf(why, size, "no sysrq");
	return made.sysrq;
}

void __wrap_sysrq__close(struct sysrq *sysrq)
{
	nr_open -= !!sysrq;
}

void __wrap_collector__verbose(bool on)
{
	verbose = on;
}

int __wrap_collector__open(struct collector **collector, const struct collect_config *config)
{
	static struct collector opened;
	int err = config->no_attach ? made.task_job : made.main_job;

	configs[nr_configs++] = *config;
	opened = (struct collector){ .sees_interrupts = made.sees_interrupts,
				     .map_bytes = 2000 << 10,
				     .possible = { { 7 } },
				     .wait_source = made.waits };
	*collector = err ? NULL : &opened;
	nr_open += !err;
	return err;
}

void __wrap_collector__close(struct collector *collector)
{
	nr_open -= !!collector;
}

bool __wrap_machine__clock_is_shifted(char *why, size_t size, const char *path)
{
	if (made.shifted)
		snprintf(why, size, "the clock is shifted");
	return made.shifted;
}

long __wrap_syscall(long nr, long a, void *b, long c)
{
	bool good = nr == SYS_seccomp ? made.seccomp : made.landlock > 0;

	if (nr == SYS_seccomp) {
		assert_int_equal(a, SECCOMP_GET_ACTION_AVAIL);
		assert_int_equal(*(uint32_t *)c, SECCOMP_RET_KILL_PROCESS);
	} else {
		assert_int_equal(nr, SYS_landlock_create_ruleset);
		assert_int_equal(c, LANDLOCK_CREATE_RULESET_VERSION);
	}
	errno = ENOSYS;
	return !good ? -1 : nr == SYS_seccomp ? 0 : made.landlock;
}

int __wrap_tracefs_events__read(struct tracefs_events *events, const char *root)
{
	*events = made.events;
	return made.tracefs;
}

int __wrap_symbols__open(struct symbols **s, const char *path, const char *modules)
{
	nr_open += !made.symbols;
	*s = made.symbols ? NULL : (void *)&nr_open;
	return made.symbols;
}

void __wrap_symbols__close(struct symbols *s)
{
	nr_open -= !!s;
}

int __wrap_symbols__readable(struct symbols *s)
{
	return made.hidden ? -EPERM : 0;
}

uint64_t __wrap_symbols__address(const struct symbols *s, const char *name)
{
	assert_string_equal(name, "reserve_mem_find_by_name");
	return made.reserve_mem;
}

void __wrap_view__recipe(const struct tracefs_events *events)
{
	recipe = *events;
	puts("recipe");
}

/* Each of the own features: whether it is available, whether it is needed, how or why not. */
void __wrap_view__check(const struct feature *features, size_t nr)
{
	for (size_t i = 0; i < NR_FEATURES; i++)
		assert_string_equal(features[i].name, "probed");
	for (size_t i = NR_FEATURES; i < nr; i++)
		printf("%s%s%s: %s%s\n", features[i].available ? "+" : "-",
		       features[i].needed ? "!" : "", features[i].name, features[i].how,
		       features[i].why);
}

int __wrap_json__check(const struct feature *features, size_t nr, uint64_t time)
{
	__wrap_view__check(features, nr);
	assert_true(time > 0);
	return made.json;
}

static int setup(void **state)
{
	memset(&made, 0, sizeof(made));
	memset(&opts, 0, sizeof(opts));
	made.source = SOURCE_CSD;
	made.steal_clock = made.seccomp = made.sees_interrupts = true;
	made.landlock = 4;
	made.events = (struct tracefs_events){ .csd = true, .mono = true };
	made.reserve_mem = 16;
	opts.command = COMMAND_CHECK;
	return 0;
}

#define TEST_CHECK(name) TEST(name, setup, printed_restore)

/* Returns what the command says on stderr. */
static const char *check(void)
{
	const char *said;

	nr_configs = 0;
	said = run_command(command_check, NULL);
	assert_int_equal(nr_open, 0);
	return said;
}

static const char all[] =
	"-tsc: \n"
	"+task: the CPU's preempt count\n"
	"-queues: \n"
	"+backtrace: sysrq-l: the kernel sends NMIs\n"
	"+!source: csd tracepoints: all commands\n"
	"+wait: fexit: from the call to its return\n"
	"+seccomp: ipitrace: no exec, no socket; report, --vmcore, helpers: few calls\n"
	"+landlock: version 4: report, --vmcore, ipitrace-names, -sysrq open no file\n"
	"+steal: KVM's clock of stolen time, in ns\n"
	"-tlb: xen 1, asids 1\n"
	"-isolation: changes 2\n"
	"-timeout: timeout of .\n"
	"-debug: debug of .\n"
	"+!main job: 2000 KiB of maps for CPUs 0-2\n";

TEST_CHECK(a_kernel_that_has_all)
{
	for (int json = 0; json < 2; json++) {
		opts.json = json;
		opts.verbose = !json;
		assert_string_equal(check(), "");
		assert_int_equal(status, EXIT_DONE);
		assert_string_equal(out, all);
		assert_int_equal(verbose, !json);
	}
	/* The first one is only loaded; the other one is all that `summary` uses. */
	assert_int_equal(nr_configs, 2);
	assert_members(configs[0], command, "check", any_source, true, by_key, BY_SENDER, no_attach,
		       true);
	assert_members(configs[1], command, "check", any_source, true, by_key, BY_NONE, no_attach,
		       false);
	made.json = -ENOSPC;
	assert_string_equal(check(), "ipitrace: stdout: No space left on device\n");
	assert_int_equal(status, EXIT_FAILED);
	/* One message is enough. */
	made.main_job = -EPERM;
	assert_string_equal(check(), "ipitrace: stdout: No space left on device\n");
}

/* Fails unless @line, which ends with a newline, is among those of `out`, and @others that are not in `all`. */
static void check_line(const char *line, int others)
{
	char *rest = strdup(out);
	int nr = 0;

	assert_has(out, line);
	for (char *at = strtok(rest, "\n"); at; at = strtok(NULL, "\n"))
		nr += !strstr(all, at);
	free(rest);
	assert_int_equal(nr, 1 + others);
}

#define LACKS(member, value, ...)                    \
	do {                                         \
		setup(NULL);                         \
		made.member = value;                 \
		assert_string_equal(check(), "");    \
		assert_int_equal(status, EXIT_DONE); \
		check_line(__VA_ARGS__);             \
	} while (0)

TEST_CHECK(a_kernel_may_lack_each_feature)
{
	LACKS(steal_clock, false,
	      "-steal: only in KVM guests on x86 without no-steal-acc; else null\n", 0);
	LACKS(seccomp, false, "-seccomp: needs CONFIG_SECCOMP_FILTER: Function not implemented\n",
	      0);
	LACKS(landlock, 0, "-landlock: needs CONFIG_SECURITY_LANDLOCK: Function not implemented\n",
	      0);
	LACKS(landlock, 1,
	      "+landlock: version 1: report, --vmcore, ipitrace-names, -sysrq open no file\n", 0);
	LACKS(sysrq, -EACCES, "-backtrace: no sysrq\n", 0);
	LACKS(sees_interrupts, false,
	      "-task: no CONFIG_KALLSYMS_ALL: -p, --by count a task's interrupts, too\n", 0);
	LACKS(task_job, -EPERM, "-task: task of Operation not permitted\n", 0);
	LACKS(waits, WAITS_CSD,
	      "+wait: csd: to the last target's end (no fentry, fexit programs here)\n", 0);
	LACKS(waits, WAITS_KPROBE,
	      "+wait: kprobe: from the call to its return (no fentry, fexit programs here)\n", 0);
	LACKS(source, SOURCE_CALLS,
	      "+!source: calls: summary, hist, storm, serve and stalls; without delay, handler, received\n",
	      1);
	assert_has(out, "-steal: needs csd tracepoints (Linux 6.5)\n");
	made.needs = "fexit";
	check();
	assert_has(out,
		   "-!source: no csd tracepoints (Linux 6.5), and no fexit to see calls instead\n");
}

/* The last message says why nothing can be collected. */
TEST_CHECK(the_main_job_may_fail)
{
	made.main_job = -EPERM;
	assert_string_equal(check(), "ipitrace: job of Operation not permitted\n");
	assert_int_equal(status, EXIT_CANNOT);
	check_line("-!main job: job of Operation not permitted\n", 1);
	assert_has(out, "-wait: job of Operation not permitted\n");
	made.main_job = 0;
	made.shifted = true;
	assert_string_equal(check(), "ipitrace: the clock is shifted\n");
	assert_int_equal(status, EXIT_CANNOT);
	check_line("-!main job: the clock is shifted\n", 1);
	assert_has(out, "-wait: the clock is shifted\n");
}

TEST_CHECK(a_recipe_needs_events)
{
	static const struct {
		int tracefs;
		bool csd, mono;
		const char *said;
	} cases[] = {
		{ 0, true, true, "" },
		{ 0, true, false, "/sys/kernel/tracing/trace_clock does not offer mono" },
		{ 0, false, true,
		  "this kernel has no csd:* events (Linux 6.5): nothing to import" },
		{ -ENOENT, true, true,
		  "/sys/kernel/tracing: no events: not mounted: mount -t tracefs tracefs "
		  "/sys/kernel/tracing" },
		{ -EACCES, true, true, "/sys/kernel/tracing: no events: Permission denied" },
	};

	opts.recipe = true;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char want[160] = "";

		made.tracefs = cases[i].tracefs;
		made.events = (struct tracefs_events){ .csd = cases[i].csd, .mono = cases[i].mono };
		if (*cases[i].said)
			snprintf(want, sizeof(want), "ipitrace: check --recipe: %s\n",
				 cases[i].said);
		assert_string_equal(check(), want);
		assert_int_equal(status, i ? EXIT_CANNOT : EXIT_DONE);
		assert_string_equal(out, i ? "" : "recipe\n");
		assert_int_equal(nr_configs, 0);
	}
}

/* By the kernel's symbols. */
TEST_CHECK(a_recipe_knows_of_reserved_memory)
{
	opts.recipe = true;
	check();
	assert_members(recipe, csd, true, mono, true, ipi, false, reserved, true);
	made.reserve_mem = 0;
	check();
	assert_false(recipe.reserved);
	made.reserve_mem = 16;
	made.hidden = true;
	check();
	assert_false(recipe.reserved);
	made.hidden = false;
	made.symbols = -ENOENT;
	check();
	assert_false(recipe.reserved);
}

TEST_CHECK(the_output_may_not_be_opened)
{
	opts.output = "/nowhere/file";
	assert_has(check(), "--output /nowhere/file: ");
	assert_int_equal(status, EXIT_FAILED);
	assert_string_equal(out, "");
}

TEST_MAIN(NULL, NULL)
