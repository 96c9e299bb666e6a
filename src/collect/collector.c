// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/interruption.h"
#include "abi/limits.h"
#include "base/clock.h"
#include "base/cpuset.h"
#include "collect/collector.h"
#include "collect/config.h"
#include "collect/geometry.h"
#include "collect/grace.h"
#include "collect/kernel_btf.h"
#include "collect/loader.h"
#include "collect/mapping.h"
#include "collect/maps.h"
#include "collect/offline.h"
#include "collect/prog_info.h"
#include "collect/read_cpus.h"
#include "collect/read_events.h"
#include "collect/read_ipis.h"
#include "collect/read_moment.h"
#include "collect/windows.h"
#include "model/snapshot.h"

/* The maps that are mapped, see below. */
#define NR_MAPPED 23

struct collector {
	struct loader loader;
	struct maps maps;
	struct ipis ipis; /* mapped with --kinds */
	struct event_maps events; /* mapped where events are counted */
	struct moment_maps moment_maps; /* mapped where stalls are watched for */
	int evidence_fd; /* of the program, likewise */
	struct moment_reader *moment_reader;
	struct ring_buffer *interruptions; /* NULL: they are not asked for */
	void (*interruption)(void *ctx, const struct interruption *event);
	void *interruption_ctx;
	struct grace grace;
	struct windows windows;
	struct cpuset possible;
	struct cpuset seen; /* CPUs that have been online since the beginning: they are mapped */
	struct mapping mappings[NR_MAPPED];
	int online_fd; /* of the list of CPUs that are online; negative: there is none */
	int stats_fd; /* while open, the kernel keeps BPF statistics; -1: closed */
	struct prog_cost cost[NR_PROGS]; /* at the last cut */
	bool filtered;
	bool kinds_known;
	uint64_t waits_unseen; /* until the last cut */
};

/* The parts of a map for one CPU; struct geometry has their sizes. */
enum by_cpu {
	WHOLE, /* the map has no parts */
	ENTRY,
	BOX,
	EDGES,
	RING,
	RUNNING, /* an entry for each frame */
	PLACES, /* of hot rows */
};

/* The maps that are read as plain memory, and where their addresses are kept. */
static const struct {
	const char *name;
	enum use use;
	enum by_cpu by_cpu;
	size_t at; /* in struct collector */
	size_t size; /* of an entry */
} mapped[] = {
#define MAPPED(name, use, by_cpu, member)                              \
	{                                                              \
		name, use, by_cpu, offsetof(struct collector, member), \
			sizeof(*((struct collector *)NULL)->member)    \
	}
	MAPPED("cpus", USE_ALWAYS, ENTRY, maps.cpus),
	MAPPED("slots", USE_ALWAYS, BOX, maps.slots),
	MAPPED("origins", USE_ALWAYS, BOX, maps.origins),
	MAPPED("calls", USE_ALWAYS, ENTRY, maps.calls),
	MAPPED("task_calls", USE_ALWAYS, WHOLE, maps.task_calls),
	MAPPED("records", USE_ALWAYS, RING, maps.records),
	MAPPED("record_rings", USE_ALWAYS, ENTRY, maps.rings),
	MAPPED("entered", USE_ALWAYS, RUNNING, maps.entered),
	MAPPED("edges", USE_ALWAYS, EDGES, maps.edges),
	MAPPED("fn_keys", USE_ALWAYS, WHOLE, maps.fn_keys),
	MAPPED("fns", USE_ALWAYS, WHOLE, maps.fns),
	MAPPED("hot_rows", USE_ALWAYS, PLACES, maps.hot_rows),
	MAPPED("samples", USE_ALWAYS, WHOLE, maps.samples),
	MAPPED("user_stacks", USE_ALWAYS, WHOLE, maps.user_stacks),
	MAPPED("frame_origins", USE_WATCH, WHOLE, moment_maps.frame_origins),
	MAPPED("sleepers", USE_WATCH, WHOLE, moment_maps.sleepers),
	MAPPED("sleeper_origins", USE_WATCH, WHOLE, moment_maps.sleeper_origins),
	MAPPED("ipi_recs", USE_KINDS, ENTRY, ipis.recs),
	MAPPED("ipi_hists", USE_KINDS, WHOLE, ipis.hists),
	MAPPED("ipi_reasons", USE_KINDS, WHOLE, ipis.reasons),
	MAPPED("wakes", USE_KINDS, WHOLE, ipis.wakes),
	MAPPED("events", USE_EVENTS, ENTRY, events.recs),
	MAPPED("guests", USE_EVENTS, WHOLE, events.guests),
#undef MAPPED
};

_Static_assert(sizeof(mapped) / sizeof(*mapped) == NR_MAPPED, "a mapping for each");

static size_t entries_by_cpu(const struct geometry *geo, enum by_cpu by_cpu)
{
	switch (by_cpu) {
	case WHOLE:
		return 0;
	case ENTRY:
		return 1;
	case BOX:
		return geo->mailbox_slots;
	case EDGES:
		return geo->edge_slots;
	case RING:
		return geo->record_slots;
	case RUNNING:
		return FRAMES;
	case PLACES:
		return NR_BANKS * geo->hot_places;
	}
	return 0;
}

static int map_open(struct collector *collector, size_t i, const struct cpuset *cpus)
{
	const struct geometry *geo = &collector->maps.geo;
	const struct loader *loader = &collector->loader;
	size_t bytes = loader__map_bytes(loader, mapped[i].name);
	size_t group = geo->nr_cpus * entries_by_cpu(geo, mapped[i].by_cpu) * mapped[i].size;
	const struct mapping_parts parts = {
		/* A map that this run does not use has one entry, and no parts. */
		.stride = group <= bytes ? group / geo->nr_cpus : 0,
		.nr_cpus = geo->nr_cpus,
	};

	return mapping__open(&collector->mappings[i], loader__map_fd(loader, mapped[i].name), bytes,
			     parts, cpus);
}

/*
 * If all possible CPUs are online the maps are mapped whole. So they are where stalls
 * are watched for: there nothing may be mapped later, because that may need an IPI to a
 * CPU that is stuck.
 */
static int maps_open(struct collector *collector)
{
	const struct cpuset *cpus = &collector->seen;

	if (!loader__uses(&collector->loader, USE_HOTPLUGGED) || collector->maps.geo.watched)
		cpus = NULL;
	for (size_t i = 0; i < NR_MAPPED; i++) {
		int err;

		if (!loader__uses(&collector->loader, mapped[i].use))
			continue;
		err = map_open(collector, i, cpus);
		if (err)
			return err;
		memcpy((char *)collector + mapped[i].at, &collector->mappings[i].memory,
		       sizeof(collector->mappings[i].memory));
	}
	collector->maps.samples_taken = collector->loader.samples_taken;
	return 0;
}

static void maps_close(struct collector *collector)
{
	for (size_t i = 0; i < NR_MAPPED; i++)
		mapping__close(&collector->mappings[i]);
}

/*
 * Map the parts of CPUs that have come: those that are @online, and those that came and
 * may have gone again. Until then the programs count there unread.
 */
static int cpus_see(struct collector *collector, const struct cpuset *online)
{
	const struct cpuset before = collector->seen;
	int err = 0;

	cpuset__unite(&collector->seen, online);
	loader__hotplugged(&collector->loader, &collector->seen);
	if (!memcmp(&before, &collector->seen, sizeof(before)))
		return 0;
	for (size_t i = 0; !err && i < NR_MAPPED; i++)
		err = mapping__add(&collector->mappings[i], &collector->seen);
	if (err)
		collector->seen = before;
	return err;
}

/* Look which CPUs have come. If the kernel does not say which are online, nothing changes. */
static int cpus_look(struct collector *collector)
{
	struct cpuset online;

	if (cpuset__read_fd(&online, collector->online_fd))
		online = (struct cpuset){};
	return cpus_see(collector, &online);
}

static int moment_reader_open(struct collector *collector)
{
	struct moment_maps *maps = &collector->moment_maps;

	maps->maps = &collector->maps;
	maps->cpus = &collector->seen;
	maps->phases = CSD_PHASES;
	maps->lost = collector->loader.stall_events_lost;
	maps->events_fd = loader__map_fd(&collector->loader, "stall_events");
	collector->evidence_fd = loader__fd(&collector->loader, "evidence");
	maps->ask = evidence__run;
	maps->ask_ctx = &collector->evidence_fd;
	return moment_reader__open(&collector->moment_reader, maps);
}

static void geometry_set(struct collector *collector, const struct collect_config *config)
{
	struct geometry *geo = &collector->maps.geo;

	*geo = geometry__of(cpuset__end(&collector->possible));
	geo->tables = config->by_key == BY_NONE ? 1 : 2;
	if (config->no_hot_rows)
		geo->hot_places = 0;
	if (config->one_edge)
		geo->edge_slots = 1;
	geo->watched = config->watch_threshold != 0;
	/* Linux 7.3 gives each task a mask for its calls, so that the task may be preempted. */
	if (config->calls_at_once || kernel_btf__names("task_ipi_mask"))
		geo->task_call_slots = geometry__task_calls(geo->nr_cpus);
	if (config->user_stacks)
		geo->user_stacks = NR_BANKS * SAMPLES;
	if (config->record_kinds)
		geo->record_slots = config->record_slots ? config->record_slots :
							   geometry__records(geo->nr_cpus);
	if (config->keep_origins || geo->watched || geo->record_slots)
		geo->origins = geometry__slots(geo);
	collector->maps.by_key = config->by_key;
	collector->ipis.nr_cpus = geo->nr_cpus;
	collector->ipis.shards = geo->ipi_shards;
}

static int interruption_take(void *ctx, void *data, size_t size)
{
	struct collector *collector = ctx;

	if (size >= sizeof(struct interruption))
		collector->interruption(collector->interruption_ctx, data);
	return 0;
}

static int interruptions_open(struct collector *collector)
{
	int fd = loader__map_fd(&collector->loader, "interruptions");

	collector->interruptions = ring_buffer__new(fd, interruption_take, collector, NULL);
	return collector->interruptions ? 0 : -errno;
}

static int stats_open(struct collector *collector)
{
	collector->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	return collector->stats_fd < 0 ? -errno : 0;
}

/* The CPUs that are online at the beginning; all that are possible where the kernel does not say. */
static void online_set(struct collector *collector, const struct collect_config *config)
{
	struct cpuset *seen = &collector->seen;

	if (config->online) {
		*seen = *config->online;
	} else {
		collector->online_fd = cpuset__open("online");
		if (cpuset__read_fd(seen, collector->online_fd))
			*seen = collector->possible;
	}
	collector->loader.hotplugged = memcmp(seen, &collector->possible, sizeof(*seen)) != 0;
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
	online_set(collector, config);
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
	if (!err && config->interruptions)
		err = interruptions_open(collector);
	if (!err && config->self)
		err = stats_open(collector);
	if (!err && !config->no_attach)
		err = loader__attach(&collector->loader);
	if (!err)
		err = cpus_look(collector);
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
	collector->online_fd = -1;
	collector->filtered = collect_config__filters(config);
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
	for (size_t i = 0; i < NR_PROGS && (name = loader__name(loader, i)); i++)
		prog_cost(loader__fd(loader, name), name, &collector->cost[i], &snap->cost[i]);
}

int collector__begin(struct collector *collector)
{
	const struct loader *loader = &collector->loader;
	struct snapshot discarded;

	cost_read(collector, &discarded);
	collector->windows = (struct windows){
		.maps = &collector->maps,
		.grace = &collector->grace,
		.cpus = &collector->seen,
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

static void events_read(struct collector *collector, struct machine_events *events)
{
	if (!loader__uses(&collector->loader, USE_EVENTS))
		return;
	loader__known_events(&collector->loader, events->known);
	read_events(&collector->events, collector->windows.epoch - 1, &collector->seen, events);
}

/* The waits without a record since the last call. */
static void waits_unseen_read(struct collector *collector, struct snapshot *snap)
{
	uint64_t lost = __atomic_load_n(collector->loader.task_calls_lost, __ATOMIC_RELAXED);

	snap->known.waits_unseen = collector->maps.geo.task_call_slots > 1;
	snap->waits_unseen = lost - collector->waits_unseen;
	collector->waits_unseen = lost;
}

int collector__cut(struct collector *collector, struct snapshot *snap, bool last)
{
	int err = windows__end(&collector->windows, snap, last);

	/* A CPU comes before anything is counted there: none of the window's is missed. */
	if (!err)
		err = cpus_look(collector);
	if (!err)
		err = windows__read(&collector->windows, snap);
	if (err)
		return err;
	snap->how.filtered = collector->filtered;
	if (loader__uses(&collector->loader, USE_KINDS))
		err = read_ipis(&collector->ipis, collector->windows.epoch - 1, snap);
	if (err)
		return err;
	events_read(collector, &snap->events);
	snap->how.by_task = collector->loader.needs_task;
	snap->how.sees_interrupts = collector->loader.sees_interrupts;
	snap->known.kinds = collector->kinds_known;
	snap->how.wait_source = collector__wait_source(collector);
	snap->known.begin_unseen = snap->how.wait_source == WAITS_FEXIT;
	waits_unseen_read(collector, snap);
	cost_read(collector, snap);
	snap->cut_ns = mono_ns() - snap->window.mono_end;
	return 0;
}

void collector__close(struct collector *collector)
{
	if (!collector)
		return;
	moment_reader__close(collector->moment_reader);
	ring_buffer__free(collector->interruptions);
	maps_close(collector);
	if (collector->stats_fd >= 0)
		close(collector->stats_fd);
	if (collector->online_fd >= 0)
		close(collector->online_fd);
	grace__close(&collector->grace);
	loader__close(&collector->loader);
	free(collector);
}

int collector__sweep(struct collector *collector)
{
	static const struct cpuset none;
	int err = cpus_see(collector, &none);

	return err ? err : windows__sweep(&collector->windows);
}

void collector__find_offline(struct collector *collector)
{
	uint64_t now = mono_ns();
	struct cpuset online;

	if (cpuset__read_fd(&online, collector->online_fd))
		return;
	/* Where stalls are watched for, all maps are mapped whole: this maps nothing. */
	cpus_see(collector, &online);
	offline__note(&collector->maps, &collector->seen, &online, now);
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

int collector__interruptions(struct collector *collector,
			     void (*event)(void *ctx, const struct interruption *event), void *ctx)
{
	int nr;

	collector->interruption = event;
	collector->interruption_ctx = ctx;
	nr = collector->interruptions ? ring_buffer__consume(collector->interruptions) : 0;
	return nr < 0 ? nr : 0;
}

uint64_t collector__interruptions_lost(const struct collector *collector)
{
	return __atomic_load_n(collector->loader.interruptions_lost, __ATOMIC_RELAXED);
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

uint32_t collector__epoch(const struct collector *collector)
{
	return collector->windows.epoch;
}

uint64_t collector__delivered(const struct collector *collector)
{
	return read_delivered(&collector->maps, collector->windows.epoch);
}

uint64_t collector__run_unseen(const struct collector *collector)
{
	return read_run_unseen(&collector->maps, collector->windows.epoch);
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
