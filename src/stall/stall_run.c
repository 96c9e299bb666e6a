// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "host/sysrq.h"
#include "stall/name_cache.h"
#include "stall/reporter.h"
#include "stall/stall_run.h"
#include "stall/watcher_threads.h"

void stall_run__configure(struct stall_run *run, struct collect_config *config)
{
	config->watch_threshold = run->threshold;
	if (name_cache__open(&run->names))
		run->names = NULL;
	config->flush_func = run->names ? name_cache__flush_func(run->names) : 0;
	config->single_func = run->names ? name_cache__single_func(run->names) : 0;
}

int stall_run__open_backtraces(struct stall_run *run, char *why, size_t size)
{
	return sysrq__open(&run->sysrq, why, size);
}

static const char *backtraces_take(void *sysrq)
{
	return sysrq__backtraces(sysrq);
}

int stall_run__open(struct stall_run *run, struct collector *collector,
		    const struct reporter_config *how)
{
	struct reporter_config config = *how;
	int err = run->unwatched ? 0 : watcher_threads__open(&run->watchers);

	run->collector = collector;
	config.moments = collector__moment_reader(collector);
	config.names = run->names;
	config.threshold = run->threshold;
	config.take = backtraces_take;
	config.take_ctx = run->sysrq;
	config.nr_cpus = cpuset__end(collector__possible(collector));
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
	collector__find_offline(run->collector);
	if (run->unwatched)
		reporter__scan(run->reporter, 0);
	else
		watcher_threads__place(run->watchers);
	return reporter__maintain(run->reporter);
}

struct stalls_untold stall_run__untold(struct stall_run *run)
{
	return reporter__untold(run->reporter);
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
}
