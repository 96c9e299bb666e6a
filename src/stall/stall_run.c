// SPDX-License-Identifier: GPL-2.0
#include "collect/collector.h"
#include "collect/read_moment.h"
#include "host/machine.h"
#include "stall/stall_run.h"

void stall_run__configure(struct stall_run *run, struct collect_config *config)
{
	config->watch_threshold = run->threshold;
	if (name_cache__open(&run->names)) {
		run->names = NULL;
		return;
	}
	/* Up to 5.18 without underscores; since 5.19 a function of that name calls this one. */
	config->flush_func = name_cache__address(run->names, "__flush_smp_call_function_queue");
	if (!config->flush_func)
		config->flush_func =
			name_cache__address(run->names, "flush_smp_call_function_queue");
	config->single_func = name_cache__address(run->names, "generic_exec_single");
}

int stall_run__open_backtraces(struct stall_run *run, char *why, size_t size)
{
	return sysrq__open(&run->sysrq, why, size);
}

int stall_run__open(struct stall_run *run, struct collector *collector,
		    const struct reporter_config *how)
{
	struct reporter_config config = *how;
	int err = run->unwatched ? 0 : watcher_threads__open(&run->watchers);

	run->collector = collector;
#ifdef __x86_64__
	/* Only x86's code is read: see was_just_enabled(). SOURCE_CALLS sees no deliveries. */
	if (moment_reader__knows(collector->moment_reader, PHASE_DELIVERY))
		run->code = kernel_code__open();
#endif
	config.read_code = run->code ? kernel_code__read : NULL;
	config.read_code_ctx = run->code;
	config.moments = collector->moment_reader;
	config.names = run->names;
	config.threshold = run->threshold;
	config.take = sysrq__backtraces;
	config.take_ctx = run->sysrq;
	config.apic = apic__mode();
	config.bare = machine__is_bare();
	config.nr_cpus = cpuset__end(&collector->possible);
	if (!err && !run->names)
		err = -ENOMEM;
	return err ? err : reporter__open(&run->reporter, &config);
}

int stall_run__begin(struct stall_run *run)
{
	return run->unwatched ?
		       0 :
		       watcher_threads__start(run->watchers, reporter__scan, run->reporter);
}

int stall_run__tend(struct stall_run *run)
{
	collector__look(run->collector);
	if (run->unwatched)
		reporter__scan(run->reporter, 0);
	else
		watcher_threads__place(run->watchers);
	return reporter__maintain(run->reporter);
}

int stall_run__end(struct stall_run *run, struct stall_totals *sum)
{
	watcher_threads__stop(run->watchers);
	return reporter__finish(run->reporter, sum);
}

void stall_run__close(struct stall_run *run)
{
	watcher_threads__close(run->watchers);
	reporter__close(run->reporter);
	name_cache__close(run->names);
	sysrq__close(run->sysrq);
	kernel_code__close(run->code);
}
