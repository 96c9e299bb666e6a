// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "cli/diag.h"
#include "cli/match.h"
#include "cli/options.h"
#include "collect/config.h"
#include "host/symbols.h"
#include "run/configure.h"

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
			return fail(EXIT_USAGE, "--%s: this machine has no CPU %d", option, cpu);
	return EXIT_DONE;
}

/* Why a glob of --func has no addresses. Returns an exit status. */
static int func_refused(const char *glob, int err)
{
	if (err == -ENOENT)
		return fail(EXIT_USAGE, "--func %s: no function of this kernel matches", glob);
	if (err == -ENOMEM)
		return fail(EXIT_FAILED, "--func %s: %s", glob, strerror(ENOMEM));
	if (err == -EPERM && geteuid())
		return fail(EXIT_CANNOT, "needs root: try sudo ipitrace");
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
		return func_refused(glob, nr);
	all = reallocarray(*funcs, config->nr_funcs + nr, sizeof(*all));
	if (all) {
		memcpy(all + config->nr_funcs, found, nr * sizeof(*all));
		config->funcs = *funcs = all;
		config->nr_funcs += nr;
	}
	free(found);
	return all ? EXIT_DONE : func_refused(glob, -ENOMEM);
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

/* /proc has an entry for a thread's number too, which --pid refuses: compare with Tgid. */
static bool is_process(uint32_t pid)
{
	char path[64], line[128];
	uint32_t tgid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file) && sscanf(line, "Tgid: %u", &tgid) != 1)
		;
	if (file)
		fclose(file);
	return tgid == pid;
}

int configure__options(const struct options *opts, struct symbols *symbols,
		       struct collect_config *config, uint64_t **funcs)
{
	static const enum by_key by_keys[NR_RANKS] = {
		[RANK_SENDER] = BY_SENDER,
		[RANK_VICTIM] = BY_VICTIM,
		[RANK_CGROUP] = BY_CGROUP,
	};
	int status;

	config->tgid = opts->pid;
	config->by_key = by_keys[opts->by];
	config->kinds = opts->all_kinds;
	config->self = opts->self;
	if (opts->pid && !is_process(opts->pid))
		return fail(EXIT_USAGE, "--pid %u: there is no such process", opts->pid);
	status = configure__cpus(&opts->cpus, "cpus", &config->cpus);
	if (status == EXIT_DONE)
		status = configure__cpus(&opts->src, "src", &config->src);
	if (status == EXIT_DONE)
		status = configure__cpus(&opts->dst, "dst", &config->dst);
	if (status == EXIT_DONE)
		status = configure__funcs(opts, symbols, config, funcs);
	return status;
}
