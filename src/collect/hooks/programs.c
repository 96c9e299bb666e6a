// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/hook.h"
#include "abi/limits.h"
#include "abi/table.h"
#include "collect/config.h"
#include "collect/cpu_words.h"
#include "collect/func_filter.h"
#include "collect/geometry.h"
#include "collect/hooks/programs.h"
#include "collect/known_events.h"
#include "collect/prog_info.h"
#include "collect/skeleton.h"
/* The skeleton stands on the types of abi/. */
#include "hooks.skel.h"

/* The size of the ring that stalls go to when they are over. */
#define STALL_EVENTS_BYTES (1 << 20)

enum role {
	END, /* of a call, by fexit */
	BEGIN,
	PROBE_END, /* of a call, by a kretprobe */
	PROBE_BEGIN,
	IRQ, /* a tracepoint, which not every kernel has */
	EVENT, /* besides IPIs: only where they are asked for, and the kernel has them */
	RUN, /* attached by struct attacher, as functions are seen */
};

/* In the order of attaching: a call that is seen to begin is then seen to return, too. */
static const struct {
	const char *name;
	enum role role;
} programs_all[] = {
	{ "hook_single_end", END },
	{ "hook_async_end", END },
	{ "hook_many_end", END },
	{ "hook_single", BEGIN },
	{ "hook_async", BEGIN },
	{ "hook_many", BEGIN },
	{ "hook_queue", BEGIN },
	{ "probe_single_end", PROBE_END },
	{ "probe_async_end", PROBE_END },
	{ "probe_many_end", PROBE_END },
	{ "probe_single", PROBE_BEGIN },
	{ "probe_async", PROBE_BEGIN },
	{ "probe_many", PROBE_BEGIN },
	{ "probe_queue", PROBE_BEGIN },
	{ "hook_irq_end", IRQ },
	{ "hook_irq", IRQ },
	{ "hook_irq_polled", IRQ },
	{ "hook_irq_call_function_end", IRQ },
	{ "hook_irq_call_function_single_end", IRQ },
	{ "hook_irq_reschedule_end", IRQ },
	{ "hook_irq_irq_work_end", IRQ },
	{ "hook_irq_call_function", IRQ },
	{ "hook_irq_call_function_single", IRQ },
	{ "hook_irq_reschedule", IRQ },
	{ "hook_irq_irq_work", IRQ },
	{ "hook_run", RUN },
	{ "hook_run_end", RUN },
	{ "event_frequency", EVENT },
	{ "event_migration", EVENT },
	{ "event_polled", EVENT },
	{ "event_guest_clock", EVENT },
	{ "event_guest_icr", EVENT },
	{ "event_guest_hypercall", EVENT },
};

#define NR_ALL (sizeof(programs_all) / sizeof(*programs_all))

/* NULL: this architecture's object has no such program. */
static const struct bpf_prog_skeleton *prog_find(const struct hook_programs *programs,
						 const char *name)
{
	return skeleton__prog(programs->skel->skeleton, name);
}

static struct bpf_map *map_find(const struct hook_programs *programs, const char *name)
{
	return bpf_object__find_map_by_name(programs->skel->obj, name);
}

static void rodata_configure(struct hooks_bpf__rodata *rodata, const struct collect_config *config,
			     const struct geometry *geo, uint32_t slots)
{
	rodata->nr_cpus = geo->nr_cpus;
	rodata->edge_slots = geo->edge_slots;
	rodata->fn_shards = geo->fn_shards;
	rodata->hot_places = geo->hot_places;
	rodata->hook_slots = slots;
	rodata->keep_user_stacks = geo->user_stacks;
	cpu_words__set(config->cpus, &rodata->filter_cpus, (uint64_t *)rodata->cpu_filter);
	cpu_words__set(config->src, &rodata->filter_src, (uint64_t *)rodata->src_filter);
	cpu_words__set(config->dst, &rodata->filter_dst, (uint64_t *)rodata->dst_filter);
	rodata->filter_funcs = config->funcs != NULL;
	rodata->filter_tgid = config->tgid;
	rodata->by_key = config->by_key;
	rodata->stall_threshold_ns = config->watch_threshold;
	rodata->hook_filters = collect_config__filters(config);
}

static void role_configure(const struct hook_programs *programs, enum role role, bool load)
{
	for (size_t i = 0; i < NR_ALL; i++)
		if (programs_all[i].role == role)
			bpf_program__set_autoload(*prog_find(programs, programs_all[i].name)->prog,
						  load);
}

static void optional_configure(const struct hook_programs *programs)
{
	role_configure(programs, END, !programs->probes);
	role_configure(programs, BEGIN, !programs->probes);
	role_configure(programs, PROBE_END, programs->probes);
	role_configure(programs, PROBE_BEGIN, programs->probes);
	role_configure(programs, EVENT, programs->events);
	bpf_map__set_autocreate(map_find(programs, "events"), programs->events);
	bpf_map__set_autocreate(map_find(programs, "guests"), programs->events);
	role_configure(programs, RUN, programs->runs);
	bpf_map__set_autocreate(map_find(programs, "hook_runs"), programs->runs);
}

/*
 * A run's sender is not known, so most filters cannot tell which runs they let through. The
 * programs know their function by a cookie (5.15: 82e6b1eee6a8).
 */
static bool can_time_runs(const struct collect_config *config)
{
	return config->time_runs && !config->cpus && !config->src && !config->dst &&
	       !config->tgid &&
	       libbpf_probe_bpf_helper(BPF_PROG_TYPE_KPROBE, BPF_FUNC_get_attach_cookie, NULL) == 1;
}

static int maps_configure(const struct hook_programs *programs, const struct collect_config *config,
			  const struct geometry *geo, uint32_t slots)
{
	const struct {
		const char *name;
		uint32_t entries;
	} maps[] = {
		{ "hook_cpus", geo->nr_cpus },
		{ "hook_calls", slots },
		{ "edges", geo->nr_cpus * geo->edge_slots },
		{ "fn_keys", geo->tables * FN_ROWS },
		{ "fns", geo->tables * geo->fn_shards * (FN_ROWS + 1) },
		{ "hot_rows", geometry__hot_rows(geo) },
		{ "user_stacks", geo->user_stacks ? geo->user_stacks : 1 },
		{ "func_filter", config->nr_funcs ? config->nr_funcs : 1 },
		{ "events", geo->nr_cpus },
		{ "stall_events", config->watch_threshold ? STALL_EVENTS_BYTES : 4096 },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(maps) / sizeof(*maps); i++)
		err = bpf_map__set_max_entries(map_find(programs, maps[i].name), maps[i].entries);
	return err;
}

int hook_programs__load(struct hook_programs *programs, const struct collect_config *config,
			const struct geometry *geo, uint32_t slots, bool probes)
{
	int err;

	programs->skel = hooks_bpf__open();
	if (!programs->skel)
		return -errno;
	programs->events = config->count_events;
	programs->probes = probes;
	programs->runs = can_time_runs(config);
	rodata_configure(programs->skel->rodata, config, geo, slots);
	optional_configure(programs);
	err = maps_configure(programs, config, geo, slots);
	if (!err)
		err = hooks_bpf__load(programs->skel);
	if (!err)
		err = func_filter__fill(programs->skel->maps.func_filter, config);
	if (err)
		return err;
	programs->epoch = &programs->skel->bss->epoch;
	programs->samples_taken = (uint64_t *)programs->skel->bss->samples_taken;
	programs->stall_events_lost = (const uint64_t *)&programs->skel->bss->stall_events_lost;
	return 0;
}

/* Whether this architecture's object has the program, and it is to be attached now. */
static bool is_attached_now(const struct bpf_prog_skeleton *prog, enum role role)
{
	return prog && role != RUN && bpf_program__autoload(*prog->prog);
}

int hook_programs__attach(struct hook_programs *programs)
{
	programs->sees_irqs = true;
	for (size_t i = 0; i < NR_ALL; i++) {
		const struct bpf_prog_skeleton *prog = prog_find(programs, programs_all[i].name);
		enum role role = programs_all[i].role;

		if (!is_attached_now(prog, role))
			continue;
		*prog->link = bpf_program__attach(*prog->prog);
		if (*prog->link)
			continue;
		if ((role != IRQ && role != EVENT) || errno != ENOENT)
			return -errno;
		programs->sees_irqs &= role != IRQ;
	}
	return 0;
}

void hook_programs__run_fds(const struct hook_programs *programs, int *entry, int *ret)
{
	*entry = bpf_program__fd(programs->skel->progs.hook_run);
	*ret = bpf_program__fd(programs->skel->progs.hook_run_end);
}

void hook_programs__close(struct hook_programs *programs)
{
	hooks_bpf__destroy(programs->skel);
	programs->skel = NULL;
}

int hook_programs__map(const struct hook_programs *programs, const char *name, size_t *bytes)
{
	const struct bpf_map *map = map_find(programs, name);

	*bytes = (size_t)bpf_map__max_entries(map) * bpf_map__value_size(map);
	return bpf_map__fd(map);
}

uint64_t hook_programs__skipped(const struct hook_programs *programs)
{
	uint64_t skipped = 0;

	for (size_t i = 0; i < NR_ALL; i++) {
		const struct bpf_prog_skeleton *prog = prog_find(programs, programs_all[i].name);
		struct bpf_prog_info info;

		if (prog && programs_all[i].role == BEGIN &&
		    !prog_info(bpf_program__fd(*prog->prog), &info))
			skipped += info.recursion_misses;
	}
	return skipped;
}

void hook_programs__known_events(const struct hook_programs *programs, bool known[NR_EVENTS])
{
	known_events(programs->skel->skeleton, known);
}

const char *hook_programs__name(const struct hook_programs *programs, size_t i, int *fd)
{
	const struct bpf_prog_skeleton *prog;

	if (i >= NR_ALL)
		return NULL;
	prog = prog_find(programs, programs_all[i].name);
	*fd = prog && bpf_program__autoload(*prog->prog) ? bpf_program__fd(*prog->prog) : -ENOENT;
	return programs_all[i].name;
}
