// SPDX-License-Identifier: GPL-2.0
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include "collect/hooks/hooks.h"
#include "collect/kcore/queues/queues.h"
#include "command/parts.h"

static void probe_seccomp(struct feature *feature)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action))
		feature__tell(feature, false, "needs CONFIG_SECCOMP_FILTER: %s", strerror(errno));
	else
		feature__tell(feature, true,
			      "ipitrace: no exec, no socket; report, --vmcore, helpers: few calls");
}

static void probe_landlock(struct feature *feature)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (version > 0)
		feature__tell(feature, true,
			      "version %ld: report, --vmcore, ipitrace-names, -sysrq open no file",
			      version);
	else
		feature__tell(feature, false, "needs CONFIG_SECURITY_LANDLOCK: %s",
			      strerror(errno));
}

static void probe_steal(struct feature *feature)
{
	if (probe__source() != SOURCE_CSD)
		feature__tell(feature, false, "needs csd tracepoints (Linux 6.5)");
	else if (probe__steal_clock())
		feature__tell(feature, true, "KVM's clock of stolen time, in ns");
	else
		feature__tell(feature, false,
			      "only in KVM guests on x86 without no-steal-acc; else null");
}

static void probe_backtrace(struct feature *feature)
{
	struct sysrq *sysrq = NULL;

	feature->available = !sysrq__open(&sysrq, feature->why, sizeof(feature->why));
	if (feature->available)
		snprintf(feature->how, sizeof(feature->how), "sysrq-l: the kernel sends NMIs");
	sysrq__close(sysrq);
}

static void probe_tlb(struct feature *feature)
{
	struct tlb_facts facts = quirks__tlb_facts("");

	facts.global_asids = probe__global_asids();
	quirks__tlb(feature, &facts);
}

static void probe_isolation(struct feature *feature)
{
	quirks__isolation(feature, probe__isolation_changes());
}

static void probe_csd_timeout(struct feature *feature)
{
	quirks__csd_timeout(feature, "");
}

static void probe_csd_debug(struct feature *feature)
{
	quirks__csd_debug(feature, "");
}

/* Which of the two sources this kernel has. */
static void probe_source(struct feature *feature)
{
	const char *needs;

	if (probe__source() == SOURCE_CSD) {
		feature__tell(feature, true, "csd tracepoints: all commands");
		return;
	}
	needs = hooks__needs();
	if (needs)
		feature__tell(feature, false,
			      "no csd tracepoints (Linux 6.5), and no %s to see calls instead",
			      needs);
	else
		feature__tell(
			feature, true,
			"calls: summary, hist, storm, serve and stalls; without delay, handler, received");
}

/* Try to load the programs that see interrupts. */
static void probe_task(struct feature *feature)
{
	struct collect_config config = {
		.command = "check", .any_source = true, .by_key = BY_SENDER, .no_attach = true
	};
	struct collector *collector;
	int err = collector__open(&collector, &config);

	if (err)
		probe__explain(&config, err, feature->why, sizeof(feature->why));
	else if (collector->sees_interrupts)
		feature__tell(feature, true, "the CPU's preempt count");
	else
		feature__tell(feature, false,
			      "no CONFIG_KALLSYMS_ALL: -p, --by count a task's interrupts, too");
	collector__close(collector);
}

enum {
	TSC,
	TASK,
	QUEUES,
	BACKTRACE,
	SOURCE,
	WAIT,
	SECCOMP,
	LANDLOCK,
	STEAL,
	TLB,
	ISOLATION,
	CSD_TIMEOUT,
	CSD_DEBUG,
	MAIN_JOB,
	NR_OWN
};

/*
 * The features that this file adds to those of collect/probe.h. If `name` is NULL, look() sets the
 * feature's name.
 */
static const struct {
	const char *name;
	const char *what;
	void (*look)(struct feature *feature); /* NULL: try_main_job() sets the feature */
	bool needed;
} rows[NR_OWN] = {
	[TSC] = { .look = tsc__feature },
	[TASK] = { "task", "-p, --by: whether a task or an interrupt sends", probe_task },
	[QUEUES] = { .look = live_queues__feature },
	[BACKTRACE] = { "backtrace", "--backtrace: the stack of a CPU that is stuck",
			probe_backtrace },
	[SOURCE] = { "source", "where the figures come from", probe_source, true },
	[WAIT] = { "wait", "how long senders wait", NULL },
	[SECCOMP] = { "seccomp", "limits on system calls of ipitrace itself", probe_seccomp },
	[LANDLOCK] = { "landlock", "limits on files that ipitrace itself opens", probe_landlock },
	[STEAL] = { "steal", "what the host took of delays and handler times", probe_steal },
	[TLB] = { "tlb", "how the TLBs of other CPUs are flushed", probe_tlb },
	[ISOLATION] = { "isolation", "whether isolated CPUs stay the same", probe_isolation },
	[CSD_TIMEOUT] = { "timeout", "when the kernel itself complains of a csd",
			  probe_csd_timeout },
	[CSD_DEBUG] = { "debug", "csdlock_debug: who owns csds without a waiter", probe_csd_debug },
	[MAIN_JOB] = { "main job", "whether all programs load and attach", NULL, true },
};

/*
 * Load and attach for a moment everything that `summary` uses. Fills @job with the result,
 * and @wait with how senders' waits are measured. Returns 0, -EXDEV if the clock is shifted, or the
 * negative errno of collector__open().
 */
static int try_main_job(struct feature *job, struct feature *wait)
{
	static const char *const how[NR_WAIT_SOURCES] = {
		[WAITS_FEXIT] = "fexit: from the call to its return",
		[WAITS_CSD] = "csd: to the last target's end (no fentry, fexit programs here)",
		[WAITS_KPROBE] = "kprobe: from the call to its return (no fentry, fexit programs "
				 "here)",
	};
	struct collect_config config = { .command = "check", .any_source = true };
	struct collector *collector;
	int err = collector__open(&collector, &config);

	if (machine__clock_is_shifted(job->why, sizeof(job->why), NULL)) {
		/* Each command that collects refuses to run: configure__options(). */
		err = -EXDEV;
		feature__tell(wait, false, "%s", job->why);
	} else if (err) {
		probe__explain(&config, err, job->why, sizeof(job->why));
		feature__tell(wait, false, "%s", job->why);
	} else {
		feature__tell(job, true, "%llu KiB of maps for CPUs 0-%u",
			      (unsigned long long)collector->map_bytes / 1024,
			      cpuset__end(&collector->possible) - 1);
		feature__tell(wait, true, "%s", how[collector->wait_source]);
	}
	collector__close(collector);
	return err;
}

static int show_recipe(void)
{
	struct tracefs_events events;
	struct symbols *symbols = NULL;
	int err = tracefs_events__read(&events, TRACEFS);

	if (err)
		return fail(EXIT_CANNOT, "check --recipe: %s: no events: %s", TRACEFS,
			    err == -ENOENT ? "not mounted: mount -t tracefs tracefs " TRACEFS :
					     strerror(-err));
	if (!events.csd)
		return fail(EXIT_CANNOT, "check --recipe: this kernel has no csd:* events (Linux "
					 "6.5): nothing to import");
	if (!events.mono)
		return fail(EXIT_CANNOT, "check --recipe: %s/trace_clock does not offer mono",
			    TRACEFS);
	events.reserved = !symbols__open(&symbols, NULL, NULL) && !symbols__readable(symbols) &&
			  symbols__address(symbols, "reserve_mem_find_by_name");
	symbols__close(symbols);
	view__recipe(&events);
	return EXIT_DONE;
}

int command_check(const struct options *opts)
{
	struct feature features[NR_FEATURES + NR_OWN] = {}, *own = &features[NR_FEATURES];
	size_t nr = NR_FEATURES + NR_OWN;
	int err, status;

	status = output_begin(opts);
	if (status != EXIT_DONE)
		return status;
	if (opts->recipe)
		return show_recipe();
	collector__verbose(opts->verbose);
	probe__features(features);
	for (int i = 0; i < NR_OWN; i++) {
		own[i].name = rows[i].name;
		own[i].what = rows[i].what;
		own[i].needed = rows[i].needed;
		if (rows[i].look)
			rows[i].look(&own[i]);
	}
	err = try_main_job(&own[MAIN_JOB], &own[WAIT]);
	if (opts->json)
		status = output_status(json__check(features, nr, mono_ns()));
	else
		view__check(features, nr);
	return err && status == EXIT_DONE ? fail(EXIT_CANNOT, "%s", own[MAIN_JOB].why) : status;
}
