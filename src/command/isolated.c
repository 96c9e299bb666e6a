// SPDX-License-Identifier: GPL-2.0
#include "base/helper_process.h"
#include "command/parts.h"
#include "model/isolation.h"

/* How often the events are read; the ring buffer has room for many times as many. */
#define POLL_NS 250000000

/* Interrupts that the kernel counted since boot. */
struct kernel_count {
	bool known; /* both counts are known */
	uint64_t begin; /* just after collection began */
	uint64_t end; /* just before collection ended */
};

struct isolated_run {
	const struct options *opts;
	struct cpuset cpus;
	struct cpuset others; /* online, and not judged */
	bool others_known;
	uint32_t program; /* PROGRAM's tgid; 0: none */
	struct collector *collector;
	struct symbols *symbols; /* NULL: addresses stay addresses */
	struct interrupts *interrupts; /* NULL: what no event shows stays unknown */
	struct kernel_count (*counts)[MAX_CPUS]; /* by kind, as in count_kind(), and CPU */
	struct cpuset uncounted; /* CPUs that /proc/interrupts did not show */
	uint64_t host[MAX_CPUS]; /* collector__host_time() when collection began, ns */
	uint64_t offline[MAX_CPUS]; /* ns, at most */
	uint32_t gone[MAX_CPUS]; /* steps of going offline, until the last look */
	uint64_t looked; /* when it was last read which CPUs are online, CLOCK_MONOTONIC ns */
	uint64_t handed; /* softnet__handed() when collection began */
	struct account *account;
	struct isolation isolation;
};

/* The kinds of /proc/interrupts that the kernel has no event for. */
static const char *const untraced[] = { "nmi", "posted_interrupt", "nested_posted_interrupt",
					"posted_interrupt_wakeup", "posted_msi" };

#define NR_UNTRACED (sizeof(untraced) / sizeof(*untraced))
#define NR_COUNTS   (NR_UNTRACED + COUNTED_KINDS)

static void configure_isolated(void *ctx, const struct options *opts, struct collect_config *config)
{
	struct isolated_run *run = ctx;

	(void)opts;
	interruption_names__configure(config, &run->cpus);
	run->program = config->program;
}

/* Whether @cpu has begun to go offline since the last call. */
static bool has_gone(struct isolated_run *run, int cpu)
{
	const volatile uint32_t *gone = run->collector->programs.gone;
	uint32_t before = run->gone[cpu];

	run->gone[cpu] = gone ? gone[cpu] : 0;
	return run->gone[cpu] != before;
}

static int isolated_open(void *ctx, const struct options *opts, struct collector *collector)
{
	struct isolated_run *run = ctx;
	struct isolation *isolation = &run->isolation;
	struct timespec now;
	struct host host;
	int cpu;

	run->collector = collector;
	/* Not in begun(): --ready-file exists before, and somebody may take a CPU off by then. */
	for_each_cpu(cpu, &run->cpus)
		(void)has_gone(run, cpu);
	run->handed = softnet__handed(NULL);
	isolation->nr_checks = isolation__check("", &run->cpus, isolation->checks);
	if (!opts->json && !opts->quiet && !opts->tap) {
		machine__read(&host);
		clock_gettime(CLOCK_REALTIME, &now);
		view__isolated_setup(&host, &run->cpus, &now, isolation->checks,
				     isolation->nr_checks, !opts->duration && !opts->program);
	}
	if (interrupts__open(&run->interrupts, NULL))
		run->interrupts = NULL;
	run->counts = calloc(NR_COUNTS, sizeof(*run->counts));
	if (!run->counts || account__new(&run->account, &run->cpus) ||
	    (run->program && account__program(run->account, run->program)))
		return -ENOMEM;
	return output_status(0);
}

/* Read what the kernel has counted on the judged CPUs. @end: collection is about to end. */
static void counts_read(struct isolated_run *run, bool end)
{
	struct arrivals arrivals;
	int cpu;

	interrupts__since(run->interrupts, &arrivals);
	/* The file is empty where a container hides it. */
	for_each_cpu(cpu, &run->cpus)
		if (!cpuset__has(&arrivals.shown, cpu))
			cpuset__add(&run->uncounted, cpu);
	for (size_t i = 0; i < NR_COUNTS; i++) {
		for_each_cpu(cpu, &run->cpus) {
			struct kernel_count *count = &run->counts[i][cpu];
			const char *kind = i < NR_UNTRACED ? untraced[i] :
							     account__counted_kind(i - NR_UNTRACED);
			bool known = interrupts__of_cpu(run->interrupts, kind, cpu,
							end ? &count->end : &count->begin);

			count->known = known && (!end || count->known);
		}
	}
}

/*
 * Add to the account what the kernel counted: interrupts that have no event, and interrupts whose
 * event is missing.
 */
static void counts_add(struct isolated_run *run)
{
	uint64_t arrived[NR_COUNTS];
	int cpu;

	for_each_cpu(cpu, &run->cpus) {
		for (size_t i = 0; i < NR_COUNTS; i++) {
			const struct kernel_count *count = &run->counts[i][cpu];

			arrived[i] = count->known && count->end > count->begin ?
					     count->end - count->begin :
					     0;
		}
		for (size_t i = 0; i < NR_UNTRACED; i++)
			account__untraced(run->account, cpu, untraced[i], arrived[i]);
		account__arrived(run->account, cpu, arrived + NR_UNTRACED,
				 collector__is_interrupted(run->collector, cpu));
	}
}

static int begin_isolated(void *ctx)
{
	struct isolated_run *run = ctx;
	int cpu;

	counts_read(run, false);
	for_each_cpu(cpu, &run->cpus)
		collector__host_time(run->collector, cpu, &run->host[cpu]);
	run->looked = mono_ns();
	account__begin(run->account, run->looked);
	return EXIT_DONE;
}

/* Read the senders' cgroups, while the senders live. */
static void cgroups_read(struct isolated_run *run)
{
	struct isolated_cpu *cpus;
	size_t nr;

	cpus = account__cpus(run->account, &nr);
	for (size_t i = 0; i < nr; i++) {
		for (size_t c = 0; c < cpus[i].nr_culprits; c++) {
			struct culprit *culprit = &cpus[i].culprits[c];
			uint32_t asker = culprit__asker(culprit);

			if (!asker || culprit->cgroup_read)
				continue;
			culprit->cgroup_read = true;
			task_cgroup__read("", asker, culprit->cgroup, sizeof(culprit->cgroup));
		}
	}
}

static int take_events(struct isolated_run *run)
{
	int err = interruptions__take(run->collector, run->account, run->symbols);
	uint64_t now = mono_ns();
	struct cpuset online;
	int cpu;

	/*
	 * Count a CPU that is offline, or went and came back, as offline since the last look: the
	 * sum is an upper bound.
	 */
	if (cpuset__read_fd(&online, run->collector->online_fd))
		online = run->cpus;
	for_each_cpu(cpu, &run->cpus)
		if (has_gone(run, cpu) || !cpuset__has(&online, cpu))
			run->offline[cpu] += now - run->looked;
	run->looked = now;
	cgroups_read(run);
	return part_status("events", err);
}

static int tick_isolated(void *ctx, bool *over)
{
	(void)over;
	return take_events(ctx);
}

static void before_isolated_cut(void *ctx)
{
	counts_read(ctx, true);
}

static int note_window(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	struct isolated_run *run = ctx;

	(void)opts;
	run->isolation.window = snap->window;
	/* A csd that found no room in a mailbox is seen as it runs, without its sender. */
	run->isolation.lost += snap->ledger.lost_by[LOST_RUN_UNSEEN];
	run->isolation.senders_lost += snap->ledger.lost_by[LOST_MAILBOX_FULL];
	return EXIT_DONE;
}

/* Returns the process to advise about: the culprit, or who asked for the interruptions; 0: none. */
static uint32_t find_advised_process(const struct culprit *culprit)
{
	if (culprit->several)
		return 0;
	if (culprit->kind == INTERRUPTION_SWITCH)
		return culprit->id;
	return culprit__asker(culprit);
}

/* Mark the culprits that ipitrace and its helpers sent, or are themselves. */
static void ipitrace_mark(struct isolation *isolation)
{
	uint32_t self = getpid();

	/* In a PID namespace getpid() returns a number that the kernel gave to another process. */
	if (!machine__has_kernel_pids())
		return;
	for (size_t i = 0; i < isolation->nr_cpus; i++) {
		for (size_t c = 0; c < isolation->cpus[i].nr_culprits; c++) {
			struct culprit *culprit = &isolation->cpus[i].culprits[c];
			uint32_t pid = culprit__process(culprit);

			if (pid == self || helpers__have(helpers__own(), pid))
				culprit->owner = OWNER_IPITRACE;
		}
	}
}

/* Replace the words of all advice by this machine's values. Returns 0 or -ENOMEM. */
static int fill_advice(struct isolated_run *run)
{
	struct advice_values values = { .judged = &run->cpus,
					.others = run->others_known ? &run->others : NULL };
	char text[512];

	for (size_t i = 0; i < run->isolation.nr_cpus; i++) {
		struct isolated_cpu *cpu = &run->isolation.cpus[i];

		values.cpu = cpu->cpu;
		for (size_t c = 0; c < cpu->nr_culprits; c++) {
			struct culprit *culprit = &cpu->culprits[c];

			values.irq = culprit->kind == INTERRUPTION_IRQ ? (int)culprit->id : -1;
			values.pid = find_advised_process(culprit);
			advice__fill(&values, culprit->advice, text, sizeof(text));
			culprit->filled = strdup(text);
			if (!culprit->filled)
				return -ENOMEM;
			culprit->advice = culprit->filled;
		}
	}
	return 0;
}

/* Print the tests of --tap. Returns an exit status. */
static int tests_print(const struct isolated_run *run)
{
	const struct isolation *isolation = &run->isolation;
	int status = tap_begin(run->opts);

	if (status != EXIT_DONE)
		return status;
	view__tap_plan(isolation->nr_cpus);
	for (size_t i = 0; i < isolation->nr_cpus; i++) {
		const struct isolated_cpu *cpu = &isolation->cpus[i];
		struct sight sight = verdict__sight(isolation, cpu, &run->opts->gate);

		view__tap_isolated(i + 1, isolation, cpu, &run->opts->gate, &sight);
	}
	return output_status(0);
}

static int show_verdict(struct isolated_run *run)
{
	int err = 0;

	if (run->opts->tap)
		return tests_print(run);
	if (run->opts->json)
		err = json__isolated(&run->isolation);
	else if (!run->opts->quiet)
		view__isolated(&run->isolation);
	if (!run->opts->json)
		view__isolated_verdict(&run->isolation, &run->opts->gate);
	return output_status(err);
}

/* Returns the verdict's exit status; without a verdict a line on stderr says what was not seen. */
static int verdict_status(const struct isolation *isolation, const struct gate *gate)
{
	/* CPUs may differ: the line is about the first CPU with the verdict of the whole run. */
	for (size_t i = 0; i < isolation->nr_cpus; i++) {
		struct sight sight = verdict__sight(isolation, &isolation->cpus[i], gate);

		if (isolation->cpus[i].verdict == isolation->verdict)
			return gate_status("isolated", &sight, EXIT_DONE);
	}
	return EXIT_DONE;
}

static int end_isolated(void *ctx, const struct options *opts, const struct cut_short *cut)
{
	struct isolated_run *run = ctx;
	int err, status = take_events(run);

	if (status != EXIT_DONE)
		return status;
	counts_add(run);
	account__end(run->account, run->isolation.window.mono_end);
	run->isolation.cut = *cut;
	run->isolation.lost += collector__interruptions_lost(run->collector);
	err = interruption_names__find(run->account, run->symbols, run->collector, run->handed);
	if (err)
		return part_status("names", err);
	run->isolation.cpus = account__cpus(run->account, &run->isolation.nr_cpus);
	for (size_t i = 0; i < run->isolation.nr_cpus; i++) {
		struct isolated_cpu *cpu = &run->isolation.cpus[i];
		uint64_t now;

		/* How long the host did not run the CPU. */
		cpu->host_known = collector__host_time(run->collector, cpu->cpu, &now);
		cpu->host = cpu->host_known ? now - run->host[cpu->cpu] : 0;
		cpu->offline = run->offline[cpu->cpu];
		cpu->uncounted = cpuset__has(&run->uncounted, cpu->cpu);
	}
	ipitrace_mark(&run->isolation);
	run->isolation.detached = programs__detached(&run->collector->programs);
	verdict__judge(&run->isolation, &opts->gate);
	err = fill_advice(run);
	if (err)
		return part_status("advice", err);
	status = show_verdict(run);
	if (!opts->json && !opts->quiet)
		allowances__unseen(&opts->gate, &run->isolation);
	return status == EXIT_DONE ? verdict_status(&run->isolation, &opts->gate) : status;
}

/* Choose the CPUs to judge among those that are online. Returns an exit status. */
static int cpus_choose(struct isolated_run *run)
{
	const struct options *opts = run->opts;
	struct cpuset wanted = {}, online;
	const struct cpuset *named = NULL;
	int status = configure__cpus(&opts->cpus, "cpus", &named), cpu;

	if (status != EXIT_DONE)
		return status;
	if (named)
		wanted = *named;
	else
		isolation__cpus("", &wanted);
	if (!cpuset__count(&wanted))
		return fail(EXIT_CANNOT,
			    "isolated: the kernel isolates no CPU (isolcpus=, "
			    "nohz_full=, cpuset partitions): name CPUs, such as -c 2-5");
	run->others_known = !cpuset__read(&online, "online");
	if (!run->others_known)
		online = wanted;
	run->cpus = wanted;
	cpuset__intersect(&run->cpus, &online);
	run->others = online;
	cpuset__subtract(&run->others, &run->cpus);
	if (!cpuset__count(&run->cpus))
		return fail(EXIT_CANNOT,
			    "isolated: none of the CPUs to judge is online: name others, "
			    "such as -c 2-5");
	/* A user who names a CPU wants its verdict: do not leave out a CPU without a message. */
	cpuset__subtract(&wanted, &online);
	for_each_cpu(cpu, &wanted)
		if (named)
			return fail(
				EXIT_CANNOT,
				"isolated: --cpus: CPU %d is offline: switch the CPU on, or leave it out",
				cpu);
	return EXIT_DONE;
}

/*
 * Refuse a CPU of --housekeeping that is judged: ipitrace would interrupt it, and find itself.
 * Returns an exit status.
 */
static int check_housekeeping(const struct isolated_run *run)
{
	struct cpuset both = run->opts->housekeeping.set;
	char own[64], others[64];
	int cpu;

	cpuset__intersect(&both, &run->cpus);
	cpu = cpuset__next(&both, 0);
	/* Where all CPUs are judged, ipitrace can be nowhere else. */
	if (cpu < 0 || !cpuset__count(&run->others))
		return EXIT_DONE;
	cpuset__format(&run->opts->housekeeping.set, own, sizeof(own));
	cpuset__format(&run->others, others, sizeof(others));
	return fail(EXIT_USAGE,
		    "isolated: --housekeeping %s: CPU %d is judged, and ipitrace would disturb it: "
		    "name CPUs of %s",
		    own, cpu, others);
}

int command_isolated(const struct options *opts)
{
	static const struct session_ops ops = {
		.configure = configure_isolated,
		.open = isolated_open,
		.begun = begin_isolated,
		.tick_ns = POLL_NS,
		.tick = tick_isolated,
		.before_cut = before_isolated_cut,
		.window = note_window,
		.nameless = true,
		.end = end_isolated,
	};
	struct isolated_run run = { .opts = opts };
	struct options adjusted = *opts;
	int status;

	if (symbols__open(&run.symbols, NULL, NULL))
		run.symbols = NULL;
	status = allowances__check(&opts->gate, run.symbols);
	if (status == EXIT_DONE)
		status = cpus_choose(&run);
	if (status == EXIT_DONE)
		status = check_housekeeping(&run);
	if (status != EXIT_DONE)
		goto out;
	/* ipitrace itself keeps off the judged CPUs, if that leaves other CPUs. */
	if (!adjusted.housekeeping.given)
		adjusted.housekeeping.given =
			affinity__others(&run.cpus, &adjusted.housekeeping.set);
	/* Cut one window, at the end of PROGRAM or at Ctrl-C: each cut waits for a grace period. */
	if (!adjusted.duration)
		adjusted.interval = WHOLE_RUN;
	status = session__run(&adjusted, &ops, NULL, &run);
out:
	account__free(run.account);
	symbols__close(run.symbols);
	interrupts__close(run.interrupts);
	free(run.counts);
	return status;
}
