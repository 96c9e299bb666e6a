// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/hook.h"
#include "abi/limits.h"
#include "base/clock.h"
#include "base/cpuset.h"
#include "collect/config.h"
#include "collect/epoch.h"
#include "collect/geometry.h"
#include "collect/grace.h"
#include "collect/hooks/attacher.h"
#include "collect/hooks/hooks.h"
#include "collect/hooks/maps.h"
#include "collect/hooks/programs.h"
#include "collect/hooks/read_hooks.h"
#include "collect/hooks/read_under_way.h"
#include "collect/hooks/runs.h"
#include "collect/mapping.h"
#include "collect/prog_info.h"
#include "collect/read_events.h"
#include "collect/read_moment.h"
#include "model/snapshot.h"
#include "model/window.h"

/* The maps that are mapped, see below. */
#define NR_MAPPED 12

struct hooks {
	struct hook_programs programs;
	struct hook_maps maps;
	struct event_maps events; /* mapped where events are counted */
	struct mapping mappings[NR_MAPPED];
	uint64_t map_bytes;
	struct grace grace;
	struct cpuset possible;
	struct cpuset seen; /* CPUs that have been online since the beginning */
	struct window window; /* the one that runs now */
	uint32_t epoch; /* its epoch */
	uint64_t under_way; /* at the last cut */
	uint64_t skipped; /* entries that no program saw, up to the last cut */
	int stats_fd; /* while open, the kernel keeps BPF statistics; -1: closed */
	struct prog_cost cost[NR_PROGS]; /* at the last cut */
	struct runs runs;
	struct attacher attacher;
	bool filtered;
	bool by_task;
	struct under_way under_way_now; /* of the moment reader */
	struct moment_reader *moment_reader; /* NULL: stalls are not watched for */
};

/* The maps that are read as plain memory, and where their addresses are kept. */
static const struct {
	const char *name;
	size_t at; /* in struct hooks */
	size_t where; /* the bool in struct hooks that says whether there is such a map; 0: always */
} mapped[NR_MAPPED] = {
	{ "hook_cpus", offsetof(struct hooks, maps.cpus), 0 },
	{ "hook_calls", offsetof(struct hooks, maps.calls), 0 },
	{ "hook_at_most", offsetof(struct hooks, maps.at_most), 0 },
	{ "edges", offsetof(struct hooks, maps.maps.edges), 0 },
	{ "fn_keys", offsetof(struct hooks, maps.maps.fn_keys), 0 },
	{ "fns", offsetof(struct hooks, maps.maps.fns), 0 },
	{ "hot_rows", offsetof(struct hooks, maps.maps.hot_rows), 0 },
	{ "samples", offsetof(struct hooks, maps.maps.samples), 0 },
	{ "user_stacks", offsetof(struct hooks, maps.maps.user_stacks), 0 },
	{ "events", offsetof(struct hooks, events.recs), offsetof(struct hooks, programs.events) },
	{ "guests", offsetof(struct hooks, events.guests),
	  offsetof(struct hooks, programs.events) },
	{ "hook_runs", offsetof(struct hooks, runs.recs), offsetof(struct hooks, programs.runs) },
};

static int maps_open(struct hooks *hooks)
{
	int err = 0;

	for (size_t i = 0; !err && i < NR_MAPPED; i++) {
		const struct mapping_parts whole = {};
		size_t bytes;
		int fd;

		if (mapped[i].where && !*(const bool *)((const char *)hooks + mapped[i].where))
			continue;
		fd = hook_programs__map(&hooks->programs, mapped[i].name, &bytes);

		err = mapping__open(&hooks->mappings[i], fd, bytes, whole, NULL);
		memcpy((char *)hooks + mapped[i].at, &hooks->mappings[i].memory,
		       sizeof(hooks->mappings[i].memory));
		hooks->map_bytes += bytes;
	}
	hooks->maps.maps.samples_taken = hooks->programs.samples_taken;
	return err;
}

static uint32_t slots_of(uint32_t nr_cpus)
{
	uint32_t slots = HOOK_CALLS_MIN;

	while (slots < HOOK_CALLS_PER_CPU * nr_cpus)
		slots *= 2;
	return slots;
}

const char *hooks__lacks(const struct collect_config *config)
{
	if (config->interruptions)
		return "what interrupts a CPU";
	if (config->keep_origins)
		return "when a function runs on its target";
	if (config->record_kinds)
		return "each csd's run";
	if (config->kinds)
		return "--kinds: interrupts from send to exit";
	if (config->by_key == BY_VICTIM)
		return "--by victim: what a function interrupts";
	return NULL;
}

/* Programs of a type that 5.13 lets walk through maps, too, and that libbpf knows to probe. */
const char *hooks__needs(void)
{
	int walks = libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT,
					    BPF_FUNC_for_each_map_elem, NULL);

	return walks ? NULL : "bpf_for_each_map_elem() (Linux 5.13)";
}

static int moment_reader_open(struct hooks *hooks)
{
	struct moment_maps maps = {
		.lost = hooks->programs.stall_events_lost,
		.phases = 1U << PHASE_WAIT,
		.fill = read_under_way,
		.ctx = &hooks->under_way_now,
	};
	size_t bytes;

	hooks->under_way_now = (struct under_way){
		.maps = &hooks->maps,
		.interrupts = hooks->programs.sees_irqs && !hooks->filtered,
		.root = "",
	};
	if (hooks->under_way_now.interrupts)
		maps.phases |= 1U << PHASE_INTERRUPT;
	maps.events_fd = hook_programs__map(&hooks->programs, "stall_events", &bytes);
	return moment_reader__open(&hooks->moment_reader, &maps);
}

static int attacher_open(struct hooks *hooks)
{
	int entry, ret;

	hook_programs__run_fds(&hooks->programs, &entry, &ret);
	return attacher__open(&hooks->attacher, entry, ret);
}

/* Everything behind the allocation; the caller closes @hooks after an error. @probes: by kprobes. */
static int open_all(struct hooks *hooks, const struct collect_config *config, bool probes)
{
	struct geometry *geo = &hooks->maps.maps.geo;
	int err = cpuset__read(&hooks->possible, "possible");

	if (!err && cpuset__end(&hooks->possible) > MAX_CPUS)
		err = -ERANGE;
	if (err)
		return err;
	if (cpuset__read(&hooks->seen, "online"))
		hooks->seen = hooks->possible;
	*geo = geometry__of(cpuset__end(&hooks->possible));
	geo->tables = config->by_key == BY_NONE ? 1 : 2;
	if (config->user_stacks)
		geo->user_stacks = NR_BANKS * SAMPLES;
	hooks->maps.maps.by_key = config->by_key;
	hooks->maps.slots = slots_of(geo->nr_cpus);
	err = hook_programs__load(&hooks->programs, config, geo, hooks->maps.slots, probes);
	if (!err)
		err = maps_open(hooks);
	if (!err)
		err = grace__open(&hooks->grace, !config->no_membarrier);
	if (!err && config->self) {
		hooks->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		err = hooks->stats_fd < 0 ? -errno : 0;
	}
	if (!err && !config->no_attach)
		err = hook_programs__attach(&hooks->programs);
	if (!err && config->watch_threshold)
		err = moment_reader_open(hooks);
	if (!err && hooks->programs.runs && hooks->programs.sees_irqs)
		err = attacher_open(hooks);
	return err;
}

static int open_by(struct hooks **out, const struct collect_config *config, bool probes)
{
	struct hooks *hooks = calloc(1, sizeof(*hooks));
	int err;

	*out = NULL;
	if (!hooks)
		return -ENOMEM;
	hooks->grace.outer_fd = hooks->grace.inner_fd = -1;
	hooks->stats_fd = -1;
	hooks->filtered = collect_config__filters(config);
	hooks->by_task = config->tgid || by_key_sends(config->by_key);
	err = open_all(hooks, config, probes);
	if (err)
		hooks__close(hooks);
	else
		*out = hooks;
	return err;
}

/*
 * A kernel that takes no fentry programs says so in several ways: -EINVAL, -EBUSY, and its
 * internal ENOTSUPP (524) as they are attached (arm64 before 6.4).
 */
int hooks__open(struct hooks **out, const struct collect_config *config, bool probes)
{
	int err = open_by(out, config, probes);

	if (!err || probes || err == -EPERM || err == -EACCES || err == -ENOMEM)
		return err;
	return open_by(out, config, true);
}

/* The programs' runs and time since the last call. */
static void cost_read(struct hooks *hooks, struct snapshot *snap)
{
	const char *name;
	int fd;

	snap->known.self = hooks->stats_fd >= 0;
	for (size_t i = 0; snap->known.self && i < NR_PROGS &&
			   (name = hook_programs__name(&hooks->programs, i, &fd));
	     i++)
		prog_cost(fd, name, &hooks->cost[i], &snap->cost[i]);
}

void hooks__begin(struct hooks *hooks)
{
	struct snapshot discarded;

	cost_read(hooks, &discarded);
	hooks->skipped = hook_programs__skipped(&hooks->programs);
	hooks->epoch = 1;
	epoch__begin(hooks->programs.epoch, hooks->epoch, &hooks->window);
}

/*
 * Calls that no program saw begin are begun and lost. A filter cannot tell which it lets
 * through; of kprobes the kernel does not say how many it skipped (before 6.7:
 * dd8657894c11).
 */
static void skipped_add(struct hooks *hooks, struct snapshot *snap, uint64_t skipped)
{
	uint64_t unseen = skipped - hooks->skipped;

	hooks->skipped = skipped;
	snap->known.entry_unseen = !hooks->filtered && !hooks->programs.probes;
	if (!snap->known.entry_unseen)
		return;
	snap->call_ledger.begun += unseen;
	snap->call_ledger.lost_by[HOOK_ENTRY_UNSEEN] += unseen;
}

/* The events of the window that has just ended. */
static void events_read(struct hooks *hooks, struct machine_events *events)
{
	if (!hooks->programs.events)
		return;
	hook_programs__known_events(&hooks->programs, events->known);
	read_events(&hooks->events, hooks->epoch - 1, &hooks->possible, events);
}

void hooks__tend(struct hooks *hooks)
{
	struct attach_answer answer;
	uint32_t place;
	uint64_t func;

	if (!hooks->attacher.pid)
		return;
	while (attacher__answer(&hooks->attacher, &answer))
		runs__attached(&hooks->runs, answer.place, answer.time);
	while (runs__next(&hooks->runs, &hooks->maps.maps, &place, &func) &&
	       attacher__ask(&hooks->attacher, func, place))
		;
}

int hooks__cut(struct hooks *hooks, struct snapshot *snap, bool last)
{
	uint64_t skipped = hook_programs__skipped(&hooks->programs);
	struct cpuset online;
	int err;

	/* If the kernel does not say which CPUs are online, nothing changes. */
	if (!cpuset__read(&online, "online"))
		cpuset__unite(&hooks->seen, &online);
	memset(snap, 0, sizeof(*snap));
	snap->window = hooks->window;
	epoch__begin(hooks->programs.epoch, last ? 0 : hooks->epoch + 1, &hooks->window);
	snap->window.mono_end = hooks->window.mono_start;
	err = grace__wait(&hooks->grace);
	if (!err)
		err = read_hooks(&hooks->maps, hooks->epoch, &hooks->seen, snap);
	if (!err)
		err = runs__read(&hooks->runs, hooks->epoch, snap);
	if (err) {
		snapshot__free(snap);
		return err;
	}
	hooks->epoch++;
	hooks__tend(hooks);
	skipped_add(hooks, snap, skipped);
	snap->call_ledger.carried_in = hooks->under_way;
	hooks->under_way = snap->call_ledger.under_way;
	snap->how.filtered = hooks->filtered;
	snap->how.by_task = snap->how.sees_interrupts = hooks->by_task;
	snap->how.wait_source = hooks__wait_source(hooks);
	snap->known.irqs = hooks->programs.sees_irqs;
	snap->known.irq_delay = hooks->programs.sees_irqs && !hooks->filtered;
	events_read(hooks, &snap->events);
	cost_read(hooks, snap);
	snap->cut_ns = mono_ns() - snap->window.mono_end;
	return 0;
}

void hooks__close(struct hooks *hooks)
{
	if (!hooks)
		return;
	moment_reader__close(hooks->moment_reader);
	for (size_t i = 0; i < NR_MAPPED; i++)
		mapping__close(&hooks->mappings[i]);
	if (hooks->stats_fd >= 0)
		close(hooks->stats_fd);
	grace__close(&hooks->grace);
	attacher__close(&hooks->attacher);
	hook_programs__close(&hooks->programs);
	free(hooks);
}

struct moment_reader *hooks__moment_reader(struct hooks *hooks)
{
	return hooks->moment_reader;
}

enum wait_source hooks__wait_source(const struct hooks *hooks)
{
	return hooks->programs.probes ? WAITS_KPROBE : WAITS_FEXIT;
}

uint64_t hooks__map_bytes(const struct hooks *hooks)
{
	return hooks->map_bytes;
}

const struct maps *hooks__maps(const struct hooks *hooks)
{
	return &hooks->maps.maps;
}

uint32_t hooks__epoch(const struct hooks *hooks)
{
	return hooks->epoch;
}

const struct cpuset *hooks__possible(const struct hooks *hooks)
{
	return &hooks->possible;
}
