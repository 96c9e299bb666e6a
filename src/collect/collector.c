// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/limits.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "collect/geometry.h"
#include "collect/grace.h"
#include "collect/loader.h"
#include "collect/maps.h"
#include "collect/offline.h"
#include "collect/prog_info.h"
#include "collect/read_ipis.h"
#include "collect/read_moment.h"
#include "collect/windows.h"
#include "model/snapshot.h"

struct collector {
	struct loader loader;
	struct maps maps;
	struct ipis ipis; /* mapped with --kinds */
	struct moment_maps moment_maps; /* mapped where stalls are watched for */
	struct moment_reader *moment_reader;
	struct grace grace;
	struct windows windows;
	struct cpuset possible;
	int stats_fd; /* while open, the kernel keeps BPF statistics; -1: closed */
	struct prog_cost cost[NR_PROGS]; /* at the last cut */
	bool filtered;
	bool kinds_known;
};

/* The maps that are read as plain memory, and where their addresses are kept. */
static const struct {
	const char *name;
	enum use use;
	size_t at; /* in struct collector */
} mapped[] = {
	{ "cpus", USE_ALWAYS, offsetof(struct collector, maps.cpus) },
	{ "slots", USE_ALWAYS, offsetof(struct collector, maps.slots) },
	{ "origins", USE_ALWAYS, offsetof(struct collector, maps.origins) },
	{ "calls", USE_ALWAYS, offsetof(struct collector, maps.calls) },
	{ "records", USE_ALWAYS, offsetof(struct collector, maps.records) },
	{ "record_rings", USE_ALWAYS, offsetof(struct collector, maps.rings) },
	{ "entered", USE_ALWAYS, offsetof(struct collector, maps.entered) },
	{ "edges", USE_ALWAYS, offsetof(struct collector, maps.edges) },
	{ "fn_keys", USE_ALWAYS, offsetof(struct collector, maps.fn_keys) },
	{ "fns", USE_ALWAYS, offsetof(struct collector, maps.fns) },
	{ "hot_rows", USE_ALWAYS, offsetof(struct collector, maps.hot_rows) },
	{ "samples", USE_ALWAYS, offsetof(struct collector, maps.samples) },
	{ "frame_origins", USE_WATCH, offsetof(struct collector, moment_maps.frame_origins) },
	{ "sleepers", USE_WATCH, offsetof(struct collector, moment_maps.sleepers) },
	{ "sleeper_origins", USE_WATCH, offsetof(struct collector, moment_maps.sleeper_origins) },
	{ "ipi_recs", USE_KINDS, offsetof(struct collector, ipis.recs) },
	{ "ipi_hists", USE_KINDS, offsetof(struct collector, ipis.hists) },
	{ "ipi_reasons", USE_KINDS, offsetof(struct collector, ipis.reasons) },
	{ "wakes", USE_KINDS, offsetof(struct collector, ipis.wakes) },
};

#define NR_MAPPED (sizeof(mapped) / sizeof(*mapped))

static int maps_open(struct collector *collector)
{
	for (size_t i = 0; i < NR_MAPPED; i++) {
		void *memory;

		if (!loader__uses(&collector->loader, mapped[i].use))
			continue;
		memory = loader__map(&collector->loader, mapped[i].name);
		if (!memory)
			return -errno;
		memcpy((char *)collector + mapped[i].at, &memory, sizeof(memory));
	}
	collector->maps.samples_taken = collector->loader.samples_taken;
	return 0;
}

static void maps_close(struct collector *collector)
{
	for (size_t i = 0; collector->loader.skel && i < NR_MAPPED; i++) {
		void *memory;

		memcpy(&memory, (char *)collector + mapped[i].at, sizeof(memory));
		loader__unmap(&collector->loader, mapped[i].name, memory);
	}
}

static int moment_reader_open(struct collector *collector)
{
	struct moment_maps *maps = &collector->moment_maps;

	maps->maps = &collector->maps;
	maps->lost = collector->loader.stall_events_lost;
	maps->events_fd = loader__map_fd(&collector->loader, "stall_events");
	return moment_reader__open(&collector->moment_reader, maps);
}

static void geometry_set(struct collector *collector, const struct collect_config *config)
{
	struct geometry *geo = &collector->maps.geo;

	*geo = geometry__of(cpuset__end(&collector->possible));
	geo->tables = config->by_key == BY_NONE ? 1 : 2;
	if (config->one_edge)
		geo->edge_slots = 1;
	geo->watched = config->watch_threshold != 0;
	if (config->record_kinds)
		geo->record_slots = config->record_slots ? config->record_slots :
							   geometry__records(geo->nr_cpus);
	if (config->keep_origins || geo->watched || geo->record_slots)
		geo->origins = geometry__slots(geo);
	collector->maps.by_key = config->by_key;
	collector->ipis.nr_cpus = geo->nr_cpus;
	collector->ipis.shards = geo->ipi_shards;
}

static int stats_open(struct collector *collector)
{
	collector->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	return collector->stats_fd < 0 ? -errno : 0;
}

/* Everything behind the allocation; the caller closes @collector after an error. */
static int open_all(struct collector *collector, const struct collect_config *config)
{
	const struct geometry *geo = &collector->maps.geo;
	int err = cpuset__read(&collector->possible, "possible");

	if (!err && cpuset__end(&collector->possible) > MAX_CPUS)
		err = -ERANGE;
	if (err)
		return err;
	geometry_set(collector, config);
	if ((uint64_t)geo->nr_cpus * geo->record_slots > UINT32_MAX)
		return -ENOMEM;
	err = loader__load(&collector->loader, config, geo);
	if (!err)
		err = maps_open(collector);
	if (!err)
		err = grace__open(&collector->grace, !config->no_membarrier);
	if (!err && config->watch_threshold)
		err = moment_reader_open(collector);
	if (!err && config->self)
		err = stats_open(collector);
	if (!err && !config->no_attach)
		err = loader__attach(&collector->loader);
	return err;
}

int collector__open(struct collector **out, const struct collect_config *config)
{
	struct collector *collector = calloc(1, sizeof(*collector));
	int err;

	*out = NULL;
	if (!collector)
		return -ENOMEM;
	collector->grace.outer_fd = collector->grace.inner_fd = -1;
	collector->stats_fd = -1;
	collector->filtered = config->cpus || config->src || config->dst || config->funcs ||
			      config->tgid;
	/* An IPI names no function, so a filter by function cannot select IPIs. */
	collector->kinds_known = !config->funcs;
	err = open_all(collector, config);
	if (err)
		collector__close(collector);
	else
		*out = collector;
	return err;
}

/* The programs' runs and time since the last call. */
static void cost_read(struct collector *collector, struct snapshot *snap)
{
	const struct loader *loader = &collector->loader;
	const char *name;

	if (collector->stats_fd < 0)
		return;
	snap->known.self = true;
	for (size_t i = 0; i < NR_PROGS && (name = loader__name(loader, i)); i++) {
		struct prog_cost *before = &collector->cost[i];
		struct bpf_prog_info info;

		if (prog_info(loader__fd(loader, name), &info))
			continue;
		snap->cost[i].name = name;
		snap->cost[i].runs = info.run_cnt - before->runs;
		snap->cost[i].ns = info.run_time_ns - before->ns;
		before->runs = info.run_cnt;
		before->ns = info.run_time_ns;
	}
}

int collector__begin(struct collector *collector)
{
	const struct loader *loader = &collector->loader;
	struct snapshot discarded;

	cost_read(collector, &discarded);
	collector->windows = (struct windows){
		.maps = &collector->maps,
		.grace = &collector->grace,
		.possible = &collector->possible,
		.epoch_word = loader->epoch,
		.sweep_fd = loader__fd(loader, "sweep"),
		.queue_fd = loader__fd(loader, "csd_queue"),
		.send_fds = { loader__fd(loader, "ipi_send_cpu"),
			      loader__fd(loader, "ipi_send_cpumask"),
			      loader__fd(loader, "ipis_send"),
			      loader__fd(loader, "ipis_send_mask") },
		.filtered = collector->filtered,
	};
	windows__begin(&collector->windows);
	return 0;
}

int collector__cut(struct collector *collector, struct snapshot *snap, bool last)
{
	int err = windows__cut(&collector->windows, snap, last);

	if (err)
		return err;
	snap->how.filtered = collector->filtered;
	if (loader__uses(&collector->loader, USE_KINDS))
		err = read_ipis(&collector->ipis, collector->windows.epoch - 1, snap);
	if (err)
		return err;
	snap->how.by_task = collector->loader.needs_task;
	snap->how.sees_interrupts = collector->loader.sees_interrupts;
	snap->known.kinds = collector->kinds_known;
	snap->how.wait_source = collector__wait_source(collector);
	cost_read(collector, snap);
	return 0;
}

void collector__close(struct collector *collector)
{
	if (!collector)
		return;
	moment_reader__close(collector->moment_reader);
	maps_close(collector);
	if (collector->stats_fd >= 0)
		close(collector->stats_fd);
	grace__close(&collector->grace);
	loader__close(&collector->loader);
	free(collector);
}

int collector__sweep(struct collector *collector)
{
	return windows__sweep(&collector->windows);
}

void collector__find_offline(struct collector *collector)
{
	offline__find(&collector->maps, &collector->possible);
}

uint32_t collector__stack(const struct collector *collector, int32_t id,
			  uint64_t stack[STACK_DEPTH])
{
	uint32_t nr = 0;

	if (id < 0 || bpf_map_lookup_elem(loader__map_fd(&collector->loader, "stacks"), &id, stack))
		return 0;
	while (nr < STACK_DEPTH && stack[nr])
		nr++;
	return nr;
}

struct moment_reader *collector__moment_reader(struct collector *collector)
{
	return collector->moment_reader;
}

enum wait_source collector__wait_source(const struct collector *collector)
{
	return collector->loader.fexit ? WAITS_FEXIT : WAITS_CSD;
}

const struct maps *collector__maps(const struct collector *collector)
{
	return &collector->maps;
}

const struct cpuset *collector__possible(const struct collector *collector)
{
	return &collector->possible;
}

int collector__prog_fd(const struct collector *collector, const char *name)
{
	return loader__fd(&collector->loader, name);
}

bool collector__sees_interrupts(const struct collector *collector)
{
	return collector->loader.sees_interrupts;
}

const char *collector__grace(const struct collector *collector)
{
	return grace__how(&collector->grace);
}

uint64_t collector__map_bytes(const struct collector *collector)
{
	return geometry__bytes(&collector->maps.geo);
}

void collector__verbose(bool verbose)
{
	if (!verbose)
		libbpf_set_print(NULL);
}
