// SPDX-License-Identifier: GPL-2.0
#include <sched.h>
#include "base/sysfile.h"
#include "run/parts.h"

#define LIST_TEXT 64 /* bytes of a list of CPUs in a message */

int configure__cpus_refuse(const struct cpu_list *list, const char *option, const char *where,
			   const struct cpuset *there)
{
	char given[2 * LIST_TEXT], text[2 * LIST_TEXT];

	cpuset__format(&list->set, given, sizeof(given));
	cpuset__shorten(given, LIST_TEXT);
	cpuset__format(there, text, sizeof(text));
	cpuset__shorten(text, LIST_TEXT);
	return fail(EXIT_USAGE, "--%s %s: %s has only CPU%s %s", option, given, where,
		    cpuset__count(there) == 1 ? "" : "s", text);
}

int configure__cpus(const struct cpu_list *list, const char *option, const struct cpuset **set)
{
	struct cpuset possible;
	int cpu;

	if (!list->given)
		return EXIT_DONE;
	*set = &list->set;
	if (cpuset__read(&possible, "possible"))
		return EXIT_DONE;
	for_each_cpu(cpu, &list->set)
		if (!cpuset__has(&possible, cpu))
			break;
	if (cpu < 0)
		return EXIT_DONE;
	return configure__cpus_refuse(list, option, "this machine", &possible);
}

/* Report why a glob of --func has no addresses. Returns an exit status. */
static int func_refused(const char *glob, const char *command, int err)
{
	if (err == -ENOENT)
		return fail(EXIT_USAGE, "--func %s: no function of this kernel matches%s", glob,
			    signature__named(glob) ? ": this is the name of a storm, of which "
						     "ipitrace storm names the functions" :
						     "");
	if (err == -ENOMEM)
		return fail(EXIT_FAILED, "--func %s: %s", glob, strerror(ENOMEM));
	if (err == -EPERM && geteuid())
		return fail(EXIT_CANNOT, "needs root: try sudo ipitrace %s", command);
	return fail(EXIT_CANNOT,
		    "--func %s: the kernel hides its addresses (/proc/kallsyms, "
		    "kernel.kptr_restrict)",
		    glob);
}

/* Add the addresses of one glob. Returns an exit status. */
static int func_resolve(const char *glob, struct symbols *symbols, struct collect_config *config,
			uint64_t **funcs)
{
	uint64_t *found = NULL, *all;
	int nr = symbols ? symbols__match(symbols, glob, &found) : -EPERM;

	if (nr < 0)
		return func_refused(glob, config->command, nr);
	all = reallocarray(*funcs, config->nr_funcs + nr, sizeof(*all));
	if (all) {
		memcpy(all + config->nr_funcs, found, nr * sizeof(*all));
		config->funcs = *funcs = all;
		config->nr_funcs += nr;
	}
	free(found);
	return all ? EXIT_DONE : func_refused(glob, config->command, -ENOMEM);
}

int configure__funcs(const struct options *opts, struct symbols *symbols,
		     struct collect_config *config, uint64_t **funcs)
{
	const char *list = opts->func;
	char glob[GLOBS_BYTES];
	int status = EXIT_DONE;

	while (list && status == EXIT_DONE && globs__next(&list, glob))
		status = func_resolve(glob, symbols, config, funcs);
	return status;
}

bool configure__funcs_came(const struct options *opts, struct symbols *symbols, uint64_t *funcs,
			   size_t nr)
{
	const char *list = opts->func;
	char glob[GLOBS_BYTES];
	bool came = false;

	if (!list || !symbols)
		return false;
	qsort(funcs, nr, sizeof(*funcs), cmp_u64_items);
	while (!came && globs__next(&list, glob)) {
		uint64_t *found = NULL;
		int nr_found = symbols__match(symbols, glob, &found);

		for (int i = 0; i < nr_found && !came; i++)
			came = !bsearch(&found[i], funcs, nr, sizeof(*funcs), cmp_u64_items);
		free(found);
	}
	return came;
}

uint64_t options_limits__stall(const struct options *opts)
{
	if (opts->flight.on.threshold)
		return opts->flight.on.threshold;
	return opts->threshold ? opts->threshold : THRESHOLD_DEFAULT;
}

struct storm_limits options_limits__storm(const struct options *opts)
{
	return (struct storm_limits){
		.rate = opts->storm_rate ? opts->storm_rate : STORM_RATE_DEFAULT,
		.share = opts->storm_share ? opts->storm_share / 100 : STORM_SHARE_DEFAULT,
		.rise = opts->storm_rise ? opts->storm_rise : STORM_RISE_DEFAULT,
		/* An explicit --storm-rate disables the check of the cost. */
		.note = opts->storm_rate ? 0 : STORM_NOTE,
	};
}

/* Refuse namespaces whose times or process numbers are not the kernel's. Returns an exit status. */
static int namespaces_check(const struct options *opts)
{
	char why[256];

	if (machine__clock_is_shifted(why, sizeof(why), NULL))
		return fail(EXIT_CANNOT, "%s", why);
	if (machine__has_kernel_pids())
		return EXIT_DONE;
	/* BPF programs see the kernel's numbers, and would watch another process, or none. */
	if (opts->pid)
		return fail(
			EXIT_CANNOT,
			"--pid %u: in this PID namespace processes have other numbers than in the "
			"kernel: run ipitrace in the host's (docker run --pid=host)",
			opts->pid);
	if (opts->program && opts->command == COMMAND_ISOLATED)
		return fail(
			EXIT_CANNOT,
			"isolated -- %s: in this PID namespace processes have other numbers than in "
			"the kernel: run ipitrace in the host's (docker run --pid=host)",
			opts->program[0]);
	return EXIT_DONE;
}

/* Threads that look for stalls follow the CPUs on which ipitrace may run. Returns a status. */
static int proc_check(const struct options *opts)
{
	const uint32_t looking = 1U << COMMAND_STALLS | 1U << COMMAND_WAITS | 1U << COMMAND_RECORD;

	if (!(looking >> opts->command & 1) || !access("/proc/thread-self/status", R_OK))
		return EXIT_DONE;
	return fail(
		EXIT_CANNOT,
		"%s: no /proc/thread-self/status: /proc is not mounted, or is that of another PID "
		"namespace: mount -t proc proc /proc",
		command_texts[opts->command].name);
}

/* Say which CPUs are offline. Refuse a gate that would judge nothing, as all CPUs of a list are. */
static int online_check(const struct options *opts)
{
	const struct {
		const char *name;
		const struct cpu_list *list;
	} lists[] = { { "cpus", &opts->cpus }, { "src", &opts->src }, { "dst", &opts->dst } };
	struct cpuset online, away;
	char text[64];

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		const struct cpuset *set = &lists[i].list->set;

		if (!lists[i].list->given || cpuset__read(&online, "online"))
			continue;
		away = *set;
		cpuset__subtract(&away, &online);
		if (!cpuset__count(&away))
			continue;
		if (opts->exit_code && cpuset__count(&away) == cpuset__count(set))
			return fail(EXIT_CANNOT,
				    "%s: --%s: none of these CPUs is online: the gate would judge "
				    "nothing",
				    command_texts[opts->command].name, lists[i].name);
		if (opts->quiet)
			continue;
		cpuset__format(&away, text, sizeof(text));
		fail(EXIT_DONE, "--%s: offline now, followed once online: CPU %s", lists[i].name,
		     text);
	}
	return EXIT_DONE;
}

int configure__options(const struct options *opts, struct symbols *symbols,
		       struct collect_config *config, uint64_t **funcs)
{
	static const enum by_key by_keys[NR_RANKS] = {
		[RANK_SENDER] = BY_SENDER,
		[RANK_VICTIM] = BY_VICTIM,
		[RANK_CGROUP] = BY_CGROUP,
	};
	uint64_t tgid;
	int status;

	status = namespaces_check(opts) ?: proc_check(opts);
	if (status != EXIT_DONE)
		return status;
	config->command = command_texts[opts->command].name;
	config->tgid = opts->pid;
	config->by_key = by_keys[opts->by];
	config->kinds = opts->all_kinds;
	config->self = opts->self;
	/* /proc has an entry for a thread's number, too, which --pid refuses: compare with Tgid. */
	if (opts->pid && !(sysfile__number(&tgid, "Tgid: %" SCNu64, "/proc/%u/status", opts->pid) &&
			   tgid == opts->pid))
		return fail(EXIT_USAGE, "--pid %u: there is no such process", opts->pid);
	status = configure__cpus(&opts->cpus, "cpus", &config->cpus);
	if (status == EXIT_DONE)
		status = configure__cpus(&opts->src, "src", &config->src);
	if (status == EXIT_DONE)
		status = configure__cpus(&opts->dst, "dst", &config->dst);
	if (status == EXIT_DONE)
		status = online_check(opts);
	if (status == EXIT_DONE)
		status = configure__funcs(opts, symbols, config, funcs);
	return status;
}

/* Take the CPUs that the kernel isolates out of @cpus. Returns whether any was there. */
static bool isolated_exclude(struct cpuset *cpus)
{
	static const char *const lists[] = { "isolated", "nohz_full" };
	uint32_t before = cpuset__count(cpus);
	struct cpuset set;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (!cpuset__read(&set, lists[i]))
			cpuset__subtract(cpus, &set);
	return cpuset__count(cpus) < before;
}

int affinity__bind(const struct cpuset *wanted, struct cpuset *bound)
{
	struct cpuset cpus = {};
	bool bind = true;

	memset(bound, 0, sizeof(*bound));
	if (wanted)
		cpus = *wanted;
	else if (sched_getaffinity(0, sizeof(cpus), (cpu_set_t *)&cpus))
		return -errno;
	else
		bind = isolated_exclude(&cpus) && cpuset__count(&cpus);
	if (!bind)
		return 0;
	if (sched_setaffinity(0, sizeof(cpus), (const cpu_set_t *)&cpus))
		return -errno;
	*bound = cpus;
	return 0;
}

bool affinity__others(const struct cpuset *avoid, struct cpuset *others)
{
	memset(others, 0, sizeof(*others));
	if (sched_getaffinity(0, sizeof(*others), (cpu_set_t *)others))
		return false;
	cpuset__subtract(others, avoid);
	isolated_exclude(others);
	return cpuset__count(others);
}

void affinity__keep(const struct cpuset *bound)
{
	struct cpuset now = {};
	int cpu;

	if (cpuset__next(bound, 0) < 0 || sched_getaffinity(0, sizeof(now), (cpu_set_t *)&now))
		return;
	for_each_cpu(cpu, &now) {
		if (cpuset__has(bound, cpu))
			continue;
		/* Fails while none of these CPUs is online. */
		(void)sched_setaffinity(0, sizeof(*bound), (const cpu_set_t *)bound);
		return;
	}
}
