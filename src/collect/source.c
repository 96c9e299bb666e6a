// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <bpf/btf.h>
#include "collect/collector.h"
#include "collect/config.h"
#include "collect/hooks/hooks.h"
#include "collect/live_stacks.h"
#include "collect/probe.h"
#include "collect/source.h"

/* More than a command opens: programs, maps, links and the kernel's files are about a hundred. */
#define FILES_NEEDED 256

enum snapshot_source source__of_kernel(const struct btf *btf)
{
	static const char *const csds[] = { "btf_trace_csd_queue_cpu",
					    "btf_trace_csd_function_entry",
					    "btf_trace_csd_function_exit", NULL };
	static const char *const calls[] = { "smp_call_function_single",
					     "smp_call_function_single_async",
					     "smp_call_function_many_cond",
					     "__smp_call_single_queue", NULL };

	return !probe__has_all(btf, csds) && probe__has_all(btf, calls) ? SOURCE_CALLS : SOURCE_CSD;
}

static bool forced(const char *to)
{
	const char *env = getenv(SOURCE_ENV);

	return env && !strcmp(env, to);
}

static bool probes_forced(void)
{
	return forced("probes");
}

static bool calls_forced(void)
{
	return forced("calls") || probes_forced();
}

enum snapshot_source source__here(void)
{
	enum snapshot_source source;
	struct btf *btf;

	if (calls_forced())
		return SOURCE_CALLS;
	btf = probe__btf();
	source = source__of_kernel(btf);
	btf__free(btf);
	return source;
}

/*
 * To read the kernel's BTF takes as long as to load a few programs, and only a kernel that
 * refuses the csd tracepoints makes that worth while.
 */
int source__open(struct collect_source *source, const struct collect_config *config, bool any)
{
	int err;

	*source = (struct collect_source){};
	if (!any || !calls_forced()) {
		err = collector__open(&source->collector, config);
		if (!err || !any || source__here() == SOURCE_CSD)
			return err;
	}
	if (hooks__lacks(config))
		return -EOPNOTSUPP;
	return hooks__open(&source->hooks, config, probes_forced());
}

/*
 * Whether the limit of open files is the reason. A file that cannot be opened looks like a
 * feature that the kernel does not have.
 */
static bool files_too_few(char *why, size_t size)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= FILES_NEEDED)
		return false;
	snprintf(why, size, "a limit of %ju open files is too low: try ulimit -n %d",
		 (uintmax_t)files.rlim_cur, FILES_NEEDED);
	return true;
}

void source__explain(const struct collect_config *config, bool any, int err, char *why, size_t size)
{
	const char *lacks = hooks__lacks(config), *needs;
	bool refused = err == -EPERM || err == -EACCES;
	size_t len;

	if (!refused && files_too_few(why, size))
		return;
	if (refused || source__here() == SOURCE_CSD) {
		probe__explain(err, why, size);
		return;
	}
	needs = hooks__needs();
	if (any && needs) {
		snprintf(why, size,
			 "this kernel has no csd tracepoints (Linux 6.5), and no %s to see calls "
			 "instead",
			 needs);
	} else if (any && lacks) {
		snprintf(why, size, "without csd tracepoints (Linux 6.5) it is not known: %s",
			 lacks);
	} else if (any) {
		snprintf(why, size,
			 "this kernel has no csd tracepoints (Linux 6.5), and takes neither fentry "
			 "programs nor kprobes in their place: %s (-v says more)",
			 strerror(-err));
	} else {
		probe__explain(err, why, size);
		len = strlen(why);
		if (!needs)
			snprintf(why + len, size - len,
				 "; ipitrace summary, hist, storm, serve and stalls do without");
	}
}

bool source__sees_interrupts(const struct collect_source *source)
{
	return source->hooks || collector__sees_interrupts(source->collector);
}

const struct cpuset *source__possible(const struct collect_source *source)
{
	return source->hooks ? hooks__possible(source->hooks) :
			       collector__possible(source->collector);
}

enum wait_source source__wait_source(const struct collect_source *source)
{
	return source->hooks ? hooks__wait_source(source->hooks) :
			       collector__wait_source(source->collector);
}

uint64_t source__map_bytes(const struct collect_source *source)
{
	return source->hooks ? hooks__map_bytes(source->hooks) :
			       collector__map_bytes(source->collector);
}

struct moment_reader *source__moment_reader(struct collect_source *source)
{
	return source->hooks ? hooks__moment_reader(source->hooks) :
			       collector__moment_reader(source->collector);
}

/* No call is lost with a CPU that goes: its sender's return is seen elsewhere. */
void source__find_offline(struct collect_source *source)
{
	if (source->collector)
		collector__find_offline(source->collector);
}

void source__begin(struct collect_source *source)
{
	if (source->hooks)
		hooks__begin(source->hooks);
	else
		collector__begin(source->collector);
}

int source__cut(struct collect_source *source, struct snapshot *snap, bool last)
{
	return source->hooks ? hooks__cut(source->hooks, snap, last) :
			       collector__cut(source->collector, snap, last);
}

void source__tend(struct collect_source *source)
{
	if (source->hooks)
		hooks__tend(source->hooks);
}

size_t source__live_stacks(const struct collect_source *source, struct live_stacks *live,
			   live_stack_fn *see, void *ctx)
{
	const struct maps *maps = source->hooks ? hooks__maps(source->hooks) :
						  collector__maps(source->collector);

	return live_stacks__each(live, maps,
				 source->hooks ? hooks__epoch(source->hooks) :
						 collector__epoch(source->collector),
				 see, ctx);
}

void source__close(struct collect_source *source)
{
	hooks__close(source->hooks);
	collector__close(source->collector);
	*source = (struct collect_source){};
}
