// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "collect/geometry.h"
#include "collect/grace.h"
#include "collect/ipis_bpf.h"
#include "collect/loader.h"
#include "collect/maps.h"
#include "collect/prog_info.h"
#include "collect/read_moment.h"
#include "collect/windows.h"
#include "model/snapshot.h"

struct collector {
	struct loader programs;
	struct maps maps;
	struct grace grace;
	int stats_fd; /* holds the kernel's BPF statistics on; -1 */
	struct prog_cost cost[NR_PROGS]; /* at the last cut */
	struct cpuset possible;
	struct windows windows;
	struct moment_reader *watch;
	bool filtered;
	bool kinds_known;
};

/* The maps that are read as plain memory, and where in struct maps. */
static const struct {
	const char *name;
	size_t at;
} mapped[] = {
	{ "cpus", offsetof(struct maps, cpus) },
	{ "slots", offsetof(struct maps, slots) },
	{ "origins", offsetof(struct maps, origins) },
	{ "calls", offsetof(struct maps, calls) },
	{ "records", offsetof(struct maps, records) },
	{ "record_rings", offsetof(struct maps, rings) },
	{ "entered", offsetof(struct maps, entered) },
	{ "edges", offsetof(struct maps, edges) },
	{ "fn_keys", offsetof(struct maps, fn_keys) },
	{ "fns", offsetof(struct maps, fns) },
	{ "samples", offsetof(struct maps, samples) },
};

#define NR_MAPPED (sizeof(mapped) / sizeof(*mapped))

static void **mapped_at(struct collector *c, size_t i)
{
	return (void **)((char *)&c->maps + mapped[i].at);
}

static int maps_open(struct collector *c)
{
	for (size_t i = 0; i < NR_MAPPED; i++) {
		*mapped_at(c, i) = loader__map(&c->programs, mapped[i].name);
		if (!*mapped_at(c, i))
			return -errno;
	}
	c->maps.samples_taken = c->programs.samples_taken;
	return 0;
}

/* Its maps stay mapped until we end: see watch.h. */
static int watch_open(struct collector *c)
{
	const struct moment_maps maps = {
		.maps = &c->maps,
		.frame_origins = loader__map(&c->programs, "frame_origins"),
		.sleepers = loader__map(&c->programs, "sleepers"),
		.sleeper_origins = loader__map(&c->programs, "sleeper_origins"),
		.lost = c->programs.stall_events_lost,
		.events_fd = loader__map_fd(&c->programs, "stall_events"),
	};

	if (!maps.frame_origins || !maps.sleepers || !maps.sleeper_origins)
		return -ENOMEM;
	return moment_reader__open(&c->watch, &maps);
}

static void geometry_set(struct collector *c, const struct collect_config *config)
{
	struct geometry *geo = &c->maps.geo;

	*geo = geometry__of(cpuset__end(&c->possible));
	geo->tables = config->by_key == BY_NONE ? 1 : 2;
	if (config->fn_shards)
		geo->fn_shards = config->fn_shards;
	geo->watched = config->watch_threshold != 0;
	if (config->record_kinds)
		geo->record_slots = config->record_slots ? config->record_slots :
							   geometry__records(geo->nr_cpus);
	if (config->keep_origins || geo->watched || geo->record_slots)
		geo->origins = geometry__slots(geo);
	c->maps.by_key = config->by_key;
}

int collector__open(struct collector **out, const struct collect_config *config)
{
	struct collector *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->grace.outer_fd = c->grace.inner_fd = -1;
	c->stats_fd = -1;
	c->filtered = config->cpus || config->src || config->dst || config->funcs || config->tgid;
	/* An IPI names no function, so it cannot be told which ones to count. */
	c->kinds_known = !config->funcs;
	err = cpuset__read(&c->possible, "possible");
	if (!err && cpuset__end(&c->possible) > MAX_CPUS)
		err = -ERANGE;
	if (err)
		goto out;
	geometry_set(c, config);
	err = (uint64_t)c->maps.geo.nr_cpus * c->maps.geo.record_slots > UINT32_MAX ? -ENOMEM : 0;
	if (!err)
		err = loader__load(&c->programs, config, &c->maps.geo);
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
		err = loader__attach(&c->programs);
out:
	if (err) {
		collector__close(c);
		c = NULL;
	}
	*out = c;
	return err;
}

/* What the programs took since the last call. */
static void cost_read(struct collector *c, struct snapshot *snap)
{
	const char *name;

	if (c->stats_fd < 0)
		return;
	snap->known.self = true;
	for (size_t i = 0; i < NR_PROGS && (name = loader__name(&c->programs, i)); i++) {
		struct bpf_prog_info info;

		if (prog_info(loader__fd(&c->programs, name), &info))
			continue;
		snap->cost[i].name = name;
		snap->cost[i].runs = info.run_cnt - c->cost[i].runs;
		snap->cost[i].ns = info.run_time_ns - c->cost[i].ns;
		c->cost[i].runs = info.run_cnt;
		c->cost[i].ns = info.run_time_ns;
	}
}

int collector__begin(struct collector *c)
{
	const struct loader *p = &c->programs;
	struct snapshot before;

	cost_read(c, &before);
	c->windows = (struct windows){
		.maps = &c->maps,
		.grace = &c->grace,
		.possible = &c->possible,
		.epoch_word = p->epoch,
		.sweep_fd = loader__fd(p, "sweep"),
		.queue_fd = loader__fd(p, "csd_queue"),
		.filtered = c->filtered,
	};
	windows__begin(&c->windows);
	return 0;
}

int collector__cut(struct collector *c, struct snapshot *snap, bool last)
{
	int err = windows__cut(&c->windows, snap, last);

	if (err)
		return err;
	snap->how.filtered = c->filtered;
	err = ipis_bpf__read(c->programs.ipis, c->windows.epoch - 1, snap);
	if (err)
		return err;
	snap->how.by_task = c->programs.needs_task;
	snap->how.sees_interrupts = c->programs.sees_interrupts;
	snap->known.kinds = c->kinds_known;
	snap->how.wait_source = collector__wait_source(c);
	cost_read(c, snap);
	return 0;
}

void collector__close(struct collector *c)
{
	if (!c)
		return;
	moment_reader__close(c->watch);
	for (size_t i = 0; c->programs.skel && i < NR_MAPPED; i++)
		loader__unmap(&c->programs, mapped[i].name, *mapped_at(c, i));
	if (c->stats_fd >= 0)
		close(c->stats_fd);
	grace__close(&c->grace);
	loader__close(&c->programs);
	free(c);
}

int collector__sweep(struct collector *c)
{
	return windows__sweep(&c->windows);
}

uint32_t collector__stack(const struct collector *c, int32_t id, uint64_t stack[STACK_DEPTH])
{
	uint32_t nr = 0;

	if (id < 0 || bpf_map_lookup_elem(loader__map_fd(&c->programs, "stacks"), &id, stack))
		return 0;
	while (nr < STACK_DEPTH && stack[nr])
		nr++;
	return nr;
}

struct moment_reader *collector__moment_reader(struct collector *c)
{
	return c->watch;
}

enum wait_source collector__wait_source(const struct collector *c)
{
	return c->programs.fexit ? WAITS_FEXIT : WAITS_CSD;
}

const struct maps *collector__maps(const struct collector *c)
{
	return &c->maps;
}

const struct cpuset *collector__possible(const struct collector *c)
{
	return &c->possible;
}

int collector__prog_fd(const struct collector *c, const char *name)
{
	return loader__fd(&c->programs, name);
}

bool collector__sees_interrupts(const struct collector *c)
{
	return c->programs.sees_interrupts;
}

const char *collector__grace(const struct collector *c)
{
	return grace__how(&c->grace);
}

uint64_t collector__map_bytes(const struct collector *c)
{
	return geometry__bytes(&c->maps.geo);
}
