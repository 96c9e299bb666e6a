// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "banks.h"
#include "collect.h"
#include "grace.h"
#include "ipis_bpf.h"
#include "programs.h"
#include "watch.h"
#include "windows.h"

struct collect {
	struct programs programs;
	struct banks banks;
	struct grace grace;
	int stats_fd; /* holds the kernel's BPF statistics on; -1 */
	struct prog_cost cost[NR_PROGS]; /* at the last cut */
	struct cpuset possible;
	struct windows windows;
	struct watch *watch;
	bool filtered;
	bool kinds_known;
};

/* The maps that are read as plain memory, and where in struct banks. */
static const struct {
	const char *name;
	size_t at;
} mapped[] = {
	{ "cpus", offsetof(struct banks, cpus) },
	{ "slots", offsetof(struct banks, slots) },
	{ "origins", offsetof(struct banks, origins) },
	{ "calls", offsetof(struct banks, calls) },
	{ "records", offsetof(struct banks, records) },
	{ "record_rings", offsetof(struct banks, rings) },
	{ "running", offsetof(struct banks, running) },
	{ "edges", offsetof(struct banks, edges) },
	{ "fn_keys", offsetof(struct banks, fn_keys) },
	{ "fns", offsetof(struct banks, fns) },
	{ "samples", offsetof(struct banks, samples) },
};

#define NR_MAPPED (sizeof(mapped) / sizeof(*mapped))

static void **mapped_at(struct collect *c, size_t i)
{
	return (void **)((char *)&c->banks + mapped[i].at);
}

static int maps_open(struct collect *c)
{
	for (size_t i = 0; i < NR_MAPPED; i++) {
		*mapped_at(c, i) = programs__map(&c->programs, mapped[i].name);
		if (!*mapped_at(c, i))
			return -errno;
	}
	c->banks.samples_taken = c->programs.samples_taken;
	return 0;
}

/* Its maps stay mapped until we end: see watch.h. */
static int watch_open(struct collect *c)
{
	const struct watch_maps maps = {
		.banks = &c->banks,
		.frame_origins = programs__map(&c->programs, "frame_origins"),
		.sleepers = programs__map(&c->programs, "sleepers"),
		.sleeper_origins = programs__map(&c->programs, "sleeper_origins"),
		.lost = c->programs.stall_events_lost,
		.events_fd = programs__map_fd(&c->programs, "stall_events"),
	};

	if (!maps.frame_origins || !maps.sleepers || !maps.sleeper_origins)
		return -ENOMEM;
	return watch__open(&c->watch, &maps);
}

static void geometry_set(struct collect *c, const struct collect_config *config)
{
	struct geometry *geo = &c->banks.geo;

	*geo = geometry__of(c->possible.end);
	geo->tables = config->by_key == BY_NONE ? 1 : 2;
	if (config->fn_shards)
		geo->fn_shards = config->fn_shards;
	geo->watched = config->watch_threshold != 0;
	if (config->record_kinds)
		geo->record_slots = config->record_slots ? config->record_slots :
							   geometry__records(geo->nr_cpus);
	if (config->keep_origins || geo->watched || geo->record_slots)
		geo->origins = geometry__slots(geo);
	c->banks.by_key = config->by_key;
}

int collect__open(struct collect **out, const struct collect_config *config)
{
	struct collect *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->grace.outer_fd = c->grace.inner_fd = -1;
	c->stats_fd = -1;
	c->filtered = config->cpus || config->src || config->dst || config->funcs || config->tgid;
	/* An IPI names no function, so it cannot be told which ones to count. */
	c->kinds_known = !config->funcs;
	err = cpuset__read(&c->possible, "possible");
	if (err)
		goto out;
	geometry_set(c, config);
	err = (uint64_t)c->banks.geo.nr_cpus * c->banks.geo.record_slots > UINT32_MAX ? -ENOMEM : 0;
	if (!err)
		err = programs__load(&c->programs, config, &c->banks.geo);
	if (!err)
		err = maps_open(c);
	if (!err)
		err = grace__open(&c->grace, !config->no_membarrier);
	if (!err && config->watch_threshold)
		err = watch_open(c);
	if (!err && config->self) {
		c->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		err = c->stats_fd < 0 ? -errno : 0;
	}
	if (!err && !config->no_attach)
		err = programs__attach(&c->programs);
out:
	if (err) {
		collect__close(c);
		c = NULL;
	}
	*out = c;
	return err;
}

/* What the programs took since the last call. */
static void cost_read(struct collect *c, struct snapshot *snap)
{
	const char *name;

	if (c->stats_fd < 0)
		return;
	snap->self_known = true;
	for (size_t i = 0; i < NR_PROGS && (name = programs__name(&c->programs, i)); i++) {
		struct bpf_prog_info info;

		if (prog_info(programs__fd(&c->programs, name), &info))
			continue;
		snap->cost[i].name = name;
		snap->cost[i].runs = info.run_cnt - c->cost[i].runs;
		snap->cost[i].ns = info.run_time_ns - c->cost[i].ns;
		c->cost[i].runs = info.run_cnt;
		c->cost[i].ns = info.run_time_ns;
	}
}

int collect__begin(struct collect *c)
{
	const struct programs *p = &c->programs;
	struct snapshot before;

	cost_read(c, &before);
	c->windows = (struct windows){
		.banks = &c->banks,
		.grace = &c->grace,
		.possible = c->possible.has,
		.epoch_word = p->epoch,
		.sweep_fd = programs__fd(p, "sweep"),
		.queue_fd = programs__fd(p, "csd_queue"),
		.filtered = c->filtered,
	};
	windows__begin(&c->windows);
	return 0;
}

int collect__cut(struct collect *c, struct snapshot *snap, bool last)
{
	int err = windows__cut(&c->windows, snap, last);

	if (err)
		return err;
	snap->filtered = c->filtered;
	err = ipis_bpf__read(c->programs.ipis, c->windows.epoch - 1, snap);
	if (err)
		return err;
	snap->by_task = c->programs.needs_task;
	snap->sees_interrupts = c->programs.sees_interrupts;
	snap->kinds_known = c->kinds_known;
	snap->wait_source = collect__wait_source(c);
	cost_read(c, snap);
	return 0;
}

void collect__close(struct collect *c)
{
	if (!c)
		return;
	watch__close(c->watch);
	for (size_t i = 0; c->programs.skel && i < NR_MAPPED; i++)
		programs__unmap(&c->programs, mapped[i].name, *mapped_at(c, i));
	if (c->stats_fd >= 0)
		close(c->stats_fd);
	grace__close(&c->grace);
	programs__close(&c->programs);
	free(c);
}

int collect__sweep(struct collect *c)
{
	return windows__sweep(&c->windows);
}

uint32_t collect__stack(const struct collect *c, int32_t id, uint64_t stack[STACK_DEPTH])
{
	uint32_t nr = 0;

	if (id < 0 || bpf_map_lookup_elem(programs__map_fd(&c->programs, "stacks"), &id, stack))
		return 0;
	while (nr < STACK_DEPTH && stack[nr])
		nr++;
	return nr;
}

struct watch *collect__watch(struct collect *c)
{
	return c->watch;
}

enum wait_source collect__wait_source(const struct collect *c)
{
	return c->programs.fexit ? WAITS_FEXIT : WAITS_CSD;
}

const struct banks *collect__banks(const struct collect *c)
{
	return &c->banks;
}

const struct cpuset *collect__possible(const struct collect *c)
{
	return &c->possible;
}

int collect__prog_fd(const struct collect *c, const char *name)
{
	return programs__fd(&c->programs, name);
}

bool collect__sees_interrupts(const struct collect *c)
{
	return c->programs.sees_interrupts;
}

const char *collect__grace(const struct collect *c)
{
	return grace__how(&c->grace);
}

uint64_t collect__map_bytes(const struct collect *c)
{
	return geometry__bytes(&c->banks.geo);
}
