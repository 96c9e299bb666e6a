// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/interruption.h"
#include "base/clock.h"
#include "collect/collector.h"
#include "collect/hooks/hooks.h"
#include "collect/probe.h"
#include "collect/read_moment.h"

static int map_open(struct collector *collector, const struct map_desc *map,
		    struct mapping *mapping, const struct cpuset *cpus)
{
	const struct geometry *geo = &collector->maps.geo;
	const size_t entries[NR_BY_CPU] = {
		[BY_CPU_ENTRY] = 1,
		[BY_CPU_BOX] = geo->mailbox_slots,
		[BY_CPU_EDGES] = geo->edge_slots,
		[BY_CPU_RING] = geo->record_slots,
		[BY_CPU_RUNNING] = FRAMES,
		[BY_CPU_PLACES] = (size_t)NR_BANKS * geo->hot_places,
	};
	size_t bytes = programs__map_bytes(&collector->programs, map->name);
	size_t group = geo->nr_cpus * entries[map->by_cpu] * map->size;
	const struct mapping_parts parts = {
		/* A map that this run does not use has one entry, and no parts for CPUs. */
		.stride = group <= bytes ? group / geo->nr_cpus : 0,
		.nr_cpus = geo->nr_cpus,
	};
	int err;

	if (!map->at || !programs__uses(&collector->programs, map->use))
		return 0;
	err = mapping__open(mapping, programs__map_fd(&collector->programs, map->name), bytes,
			    parts, cpus);
	memcpy((char *)collector + map->at, &mapping->memory, sizeof(mapping->memory));
	collector->map_bytes += bytes;
	return err;
}

/*
 * Map the maps. They are mapped whole if all possible CPUs are online, and also if stalls are
 * watched for: then nothing may be mapped later, because mapping may need an IPI to a stuck CPU.
 */
static int maps_open(struct collector *collector)
{
	const struct programs *programs = &collector->programs;
	const struct cpuset *cpus = &collector->seen;
	int err = 0;

	if (!programs__uses(programs, USE_HOTPLUGGED) || collector->maps.geo.watched)
		cpus = NULL;
	for (size_t i = 0; !err && i < programs->nr_maps; i++)
		err = map_open(collector, &programs->maps[i], &collector->mappings[i], cpus);
	collector->maps.samples_taken = collector->programs.samples_taken;
	return err;
}

/*
 * Map the parts of CPUs that have come online: the CPUs that are online now, and CPUs that came and
 * may be offline again. Before that nobody reads what the programs count in these parts.
 */
int collector__look(struct collector *collector)
{
	const struct programs *programs = &collector->programs;
	bool hotplugged = programs__uses(programs, USE_HOTPLUGGED);
	uint64_t now = mono_ns();
	struct cpuset online, cpus = collector->seen;
	bool known = !cpuset__read_fd(&online, collector->online_fd);
	int err = 0;

	if (known)
		cpuset__unite(&cpus, &online);
	for (uint32_t cpu = 0; hotplugged && cpu < collector->maps.geo.nr_cpus; cpu++)
		if (programs->hotplugged[cpu])
			cpuset__add(&cpus, cpu);
	if (memcmp(&cpus, &collector->seen, sizeof(cpus))) {
		for (size_t i = 0; !err && i < NR_MAPS; i++)
			err = mapping__add(&collector->mappings[i], &cpus);
		if (err)
			return err;
		/* Watchers read this set in other threads: add a CPU once its parts are mapped. */
		collector->seen = cpus;
	}
	/*
	 * The source of calls loses no call when a CPU goes offline, because the programs see the
	 * sender's return, which is on another CPU.
	 */
	if (known && collector->source == &csd_source)
		offline__note(&collector->maps, &collector->seen, &online, now);
	return 0;
}

static int interruption_take(void *ctx, void *data, size_t size)
{
	struct collector *collector = ctx;
	const struct interruption *event = data;

	if (size < sizeof(*event))
		return 0;
	collector->interruption(collector->interruption_ctx, event);
	/* A negative value ends ring_buffer__consume() after this event. */
	return event->start > collector->interruptions_until ? -ECANCELED : 0;
}

/* Set the CPUs online at the beginning: all possible CPUs if the kernel does not say which. */
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
}

/* Let a program see which file this process runs. If that fails, no task is another ipitrace. */
static void own_exe_note(const struct collector *collector)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	(void)bpf_prog_test_run_opts(programs__fd(&collector->programs, "exe_note"), &opts);
}

/* Open everything in @collector, which is allocated; after an error the caller closes it. */
static int open_all(struct collector *collector, const struct collect_config *config, bool probes)
{
	const struct source_desc *source = collector->source;
	struct geometry *geo = &collector->maps.geo;
	int err = cpuset__read(&collector->possible, "possible");

	if (!err && cpuset__end(&collector->possible) > MAX_CPUS)
		err = -ERANGE;
	if (err)
		return err;
	online_set(collector, config);
	*geo = geometry__of(cpuset__end(&collector->possible));
	geo->tables = config->by_key == BY_NONE ? 1 : 2;
	geo->watched = config->watch_threshold != 0;
	if (config->user_stacks)
		geo->user_stacks = NR_BANKS * SAMPLES;
	collector->maps.by_key = config->by_key;
	programs__use(&collector->programs, USE_EVENTS, config->count_events);
	programs__use(&collector->programs, USE_HOST_FLUSHES, config->host_flushes);
	programs__use(&collector->programs, USE_MODULES, config->funcs);
	programs__use(&collector->programs, USE_COUNTS,
		      config->count_events || config->host_flushes);
	err = source->load(collector, config, probes);
	if (!err)
		own_exe_note(collector);
	if (!err)
		err = maps_open(collector);
	if (!err)
		err = grace__open(&collector->grace, !config->no_membarrier);
	if (!err && config->interruptions) {
		int fd = programs__map_fd(&collector->programs, "interruptions");

		collector->interruptions = ring_buffer__new(fd, interruption_take, collector, NULL);
		err = collector->interruptions ? 0 : -errno;
	}
	if (!err && config->self) {
		collector->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		err = collector->stats_fd < 0 ? -errno : 0;
	}
	if (!err && config->attaching)
		config->attaching(config->attaching_ctx);
	if (!err && !config->no_attach)
		err = programs__attach(&collector->programs, source->optional);
	if (!err)
		err = source->open(collector, config);
	return err ? err : collector__look(collector);
}

static int source_open(struct collector **out, const struct source_desc *source,
		       const struct collect_config *config, bool probes)
{
	struct collector *collector = calloc(1, source->size);
	int err;

	*out = NULL;
	if (!collector)
		return -ENOMEM;
	collector->source = source;
	collector->programs.table = source->programs;
	collector->programs.nr = source->nr_programs;
	collector->grace.outer_fd = collector->grace.inner_fd = -1;
	collector->stats_fd = -1;
	collector->online_fd = -1;
	collector->filtered = collect_config__filters(config);
	err = open_all(collector, config, probes);
	if (err)
		collector__close(collector);
	else
		*out = collector;
	return err;
}

/*
 * Reading the kernel's BTF takes as long as loading a few programs, so read it only after the
 * kernel has refused the csd tracepoints. A kernel that refuses fentry programs returns one of
 * several errors when they are attached: -EINVAL, -EBUSY, or its internal ENOTSUPP (524; arm64
 * before 6.4).
 */
int collector__open(struct collector **out, const struct collect_config *config)
{
	const bool fentry = false, kprobes = true;
	int err;

	*out = NULL;
	if (!config->any_source || !probe__source_forced(SOURCE_BY_CALLS)) {
		err = source_open(out, &csd_source, config, fentry);
		if (!err || !config->any_source || probe__source() == SOURCE_CSD)
			return err;
	}
	if (hooks__lacks(config))
		return -EOPNOTSUPP;
	if (!probe__source_forced(SOURCE_BY_PROBES)) {
		err = source_open(out, &call_source, config, fentry);
		if (!err || err == -EPERM || err == -EACCES || err == -ENOMEM)
			return err;
	}
	return source_open(out, &call_source, config, kprobes);
}

/* Read the programs' runs and time since the last call. */
static void cost_read(struct collector *collector, struct snapshot *snap)
{
	snap->known.self = collector->stats_fd >= 0;
	if (snap->known.self)
		programs__cost(&collector->programs, snap);
}

/* Begin the next window now: the programs count in @epoch from here on; nothing if it is 0. */
static void window_begin(struct collector *collector, uint32_t epoch)
{
	collector->source->begins(collector);
	clock_gettime(CLOCK_REALTIME, &collector->window.start);
	collector->window.mono_start = mono_ns();
	__atomic_store_n(collector->programs.epoch, epoch, __ATOMIC_SEQ_CST);
	collector->window.start_within = mono_ns() - collector->window.mono_start;
}

void collector__verbose(bool verbose)
{
	if (!verbose)
		libbpf_set_print(NULL);
}

void collector__begin(struct collector *collector)
{
	struct snapshot discarded;

	/* The next call reads the difference from here on. */
	cost_read(collector, &discarded);
	window_begin(collector, 1);
	collector->epoch = 1;
}

int collector__cut(struct collector *collector, struct snapshot *snap, bool last)
{
	const struct programs *programs = &collector->programs;
	const struct cpuset *cpus = &collector->seen;
	int err;

	*snap = (struct snapshot){ .window = collector->window };
	window_begin(collector, last ? 0 : collector->epoch + 1);
	snap->window.mono_end = collector->window.mono_start;
	snap->window.end_within = collector->window.start_within;
	snap->how.filtered = collector->filtered;
	snap->how.wait_source = collector->wait_source;
	err = grace__wait(&collector->grace);
	/* A CPU is online before anything is counted there: this finds each CPU of the window. */
	if (!err)
		err = collector__look(collector);
	if (!err)
		err = collector->source->read(collector, snap);
	if (err) {
		snapshot__free(snap);
		return err;
	}
	if (programs__uses(programs, USE_COUNTS)) {
		/* If no CPU can come online, the parts of all CPUs are mapped already. */
		if (!programs__uses(programs, USE_HOTPLUGGED))
			cpus = &collector->possible;
		programs__known_events(programs, snap->events.known);
		read_events(&collector->events, collector->epoch, cpus, &snap->events);
	}
	collector->epoch++;
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
	for (size_t i = 0; i < NR_MAPS; i++)
		mapping__close(&collector->mappings[i]);
	if (collector->stats_fd >= 0)
		close(collector->stats_fd);
	if (collector->online_fd >= 0)
		close(collector->online_fd);
	grace__close(&collector->grace);
	programs__detach(&collector->programs);
	collector->source->close(collector);
	free(collector);
}

int collector__sweep(struct collector *collector)
{
	int err = collector__look(collector);

	return err ? err : collector->source->sweep(collector);
}

struct unseen collector__unseen(struct collector *collector, bool only_waits)
{
	struct unseen unseen = {};

	collector->source->unseen(collector, only_waits, &unseen);
	return unseen;
}

uint32_t collector__stack(const struct collector *collector, int32_t id,
			  uint64_t stack[STACK_DEPTH])
{
	uint32_t nr = 0;

	if (id < 0 ||
	    bpf_map_lookup_elem(programs__map_fd(&collector->programs, "stacks"), &id, stack))
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
	/* Interruptions may come faster than @event takes them: the ring buffer is never empty. */
	collector->interruptions_until = mono_ns();
	nr = collector->interruptions ? ring_buffer__consume(collector->interruptions) : 0;
	return nr < 0 && nr != -ECANCELED ? nr : 0;
}

bool collector__host_time(const struct collector *collector, uint32_t cpu, uint64_t *ns)
{
	__u64 arg = cpu;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &arg, .ctx_size_in = sizeof(arg));
	int fd = programs__fd(&collector->programs, "steal_clock_look");

	*ns = 0;
	if (fd < 0 || bpf_prog_test_run_opts(fd, &opts))
		return false;
	*ns = __atomic_load_n(&collector->maps.cpus[cpu].steal, __ATOMIC_RELAXED);
	return true;
}

bool collector__is_interrupted(const struct collector *collector, uint32_t cpu)
{
	int fd = programs__map_fd(&collector->programs, "interrupted");
	struct interrupted here;

	/* After the last cut the programs change nothing, not even at the interrupt's end. */
	return fd >= 0 && !bpf_map_lookup_elem(fd, &cpu, &here) && here.start[INTERRUPTION_VECTOR];
}

uint32_t collector__modules_gone(const struct collector *collector)
{
	return *collector->programs.modules_gone;
}

uint64_t collector__init_dropped(const struct collector *collector)
{
	return __atomic_load_n(collector->programs.init_dropped, __ATOMIC_RELAXED);
}

uint64_t collector__interruptions_lost(const struct collector *collector)
{
	return __atomic_load_n(collector->programs.interruptions_lost, __ATOMIC_RELAXED);
}
