// SPDX-License-Identifier: GPL-2.0
/*
 * The second source: the calls of kernel/smp.c. No other file uses this source's skeleton, and no
 * other file reads and writes the words that the programs share with user space.
 */
#include "collect/collector.h"
#include "collect/hooks/hooks.h"
#include "collect/read_moment.h"
/* The skeleton uses types of abi/. */
#include "hooks.skel.h"

struct hooks {
	struct collector base;
	struct hooks_bpf *skel;
	struct hook_maps maps;
	uint64_t under_way; /* calls under way at the last cut */
	/* Entries that no program saw, up to the last cut, and up to the cut before. */
	uint64_t skipped;
	uint64_t skipped_before;
	bool sees_irqs; /* the vectors have tracepoints, to which programs are attached */
	bool by_task; /* the configuration needs to know the task that sends */
	struct under_way under_way_now; /* for the moment reader */
};

static struct hooks *hooks_of(struct collector *collector)
{
	return (struct hooks *)collector;
}

/*
 * The programs in the order of attaching: those at returns first, so that each call that is seen to
 * begin is also seen to return.
 */
static const struct program programs[] = {
	{ "hook_single_end", USE_FENTRY },
	{ "hook_async_end", USE_FENTRY },
	{ "hook_many_end", USE_FENTRY },
	{ "hook_single", USE_FENTRY },
	{ "hook_async", USE_FENTRY },
	{ "hook_many", USE_FENTRY },
	{ "hook_queue", USE_FENTRY },
	{ "probe_single_end", USE_PROBES },
	{ "probe_async_end", USE_PROBES },
	{ "probe_many_end", USE_PROBES },
	{ "probe_single", USE_PROBES },
	{ "probe_async", USE_PROBES },
	{ "probe_many", USE_PROBES },
	{ "probe_queue", USE_PROBES },
	{ "hook_irq_end", USE_IRQS },
	{ "hook_irq", USE_IRQS },
	{ "hook_irq_polled", USE_IRQS },
	{ "hook_irq_call_function_end", USE_IRQS },
	{ "hook_irq_call_function_single_end", USE_IRQS },
	{ "hook_irq_reschedule_end", USE_IRQS },
	{ "hook_irq_irq_work_end", USE_IRQS },
	{ "hook_irq_call_function", USE_IRQS },
	{ "hook_irq_call_function_single", USE_IRQS },
	{ "hook_irq_reschedule", USE_IRQS },
	{ "hook_irq_irq_work", USE_IRQS },
	EVENT_PROGRAMS,
};

#define NR_PROGRAMS (sizeof(programs) / sizeof(*programs))
_Static_assert(NR_PROGRAMS <= NR_PROGS, "a snapshot has room for the cost of each program");

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

/*
 * Since 5.13 programs may iterate over a map. Ask libbpf for raw_tp programs, because it cannot
 * probe tracing programs.
 */
const char *hooks__needs(void)
{
	int walks = libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT,
					    BPF_FUNC_for_each_map_elem, NULL);

	return walks ? NULL : "bpf_for_each_map_elem() (Linux 5.13)";
}

static void rodata_configure(const struct hooks *hooks, const struct collect_config *config)
{
	struct hooks_bpf__rodata *rodata = hooks->skel->rodata;
	const struct geometry *geo = &hooks->base.maps.geo;

	rodata->nr_cpus = geo->nr_cpus;
	rodata->edge_slots = geo->edge_slots;
	rodata->fn_shards = geo->fn_shards;
	rodata->hot_places = geo->hot_places;
	rodata->hook_slots = hooks->maps.slots;
	rodata->keep_user_stacks = geo->user_stacks;
	rodata->follow_works = true;
	rodata->has_filter = hooks->base.filtered;
	programs__filter_cpus(config->cpus, &rodata->filter_cpus, (uint64_t *)rodata->cpu_filter);
	programs__filter_cpus(config->src, &rodata->filter_src, (uint64_t *)rodata->src_filter);
	programs__filter_cpus(config->dst, &rodata->filter_dst, (uint64_t *)rodata->dst_filter);
	rodata->filter_funcs = config->funcs != NULL;
	rodata->filter_tgid = config->tgid;
	rodata->by_key = config->by_key;
	rodata->stall_threshold_ns = config->watch_threshold;
	rodata->stall_phases = config->watch_phases;
}

static int maps_configure(struct hooks *hooks, const struct collect_config *config)
{
	uint32_t nr_cpus = hooks->base.maps.geo.nr_cpus, slots = hooks->maps.slots;
#define HOOKS(name, use, nr, member) MAPPED(struct hooks, name, use, nr, BY_CPU_NONE, member)
	const struct map_desc maps[] = {
		HOOKS("hook_cpus", USE_ALWAYS, nr_cpus, maps.cpus),
		HOOKS("hook_calls", USE_ALWAYS, slots, maps.calls),
		HOOKS("hook_at_most", USE_ALWAYS, 0, maps.at_most),
	};
#undef HOOKS

	return programs__configure(&hooks->base, config, maps, sizeof(maps) / sizeof(*maps));
}

static int hooks_load(struct collector *collector, const struct collect_config *config, bool probes)
{
	struct programs *used = &collector->programs;
	struct hooks_bpf *skel = calloc(1, sizeof(*skel));
	struct hooks *hooks = hooks_of(collector);
	int err = skel ? hooks_bpf__create_skeleton(skel) : -ENOMEM;

	if (err) {
		free(skel);
		return err;
	}
	hooks->skel = skel;
	used->skeleton = skel->skeleton;
	hooks->by_task = config->tgid || by_key_sends(config->by_key);
	hooks->maps.maps = &collector->maps;
	hooks->maps.slots = HOOK_CALLS_MIN;
	while (hooks->maps.slots < HOOK_CALLS_PER_CPU * collector->maps.geo.nr_cpus)
		hooks->maps.slots *= 2;
	collector->sees_interrupts = true;
	collector->wait_source = probes ? WAITS_KPROBE : WAITS_FEXIT;
	programs__use(used, USE_FENTRY, !probes);
	programs__use(used, USE_PROBES, probes);
	programs__use(used, USE_IRQS, true);
	programs__use(used, USE_WORKS, true);
	err = programs__open(used);
	if (!err) {
		rodata_configure(hooks, config);
		err = maps_configure(hooks, config);
	}
	err = programs__load(used, err);
	if (!err)
		err = programs__filter_funcs(used, config);
	if (err)
		return err;
	used->epoch = &hooks->skel->bss->epoch;
	used->samples_taken = (uint64_t *)hooks->skel->bss->samples_taken;
	used->stall_events_lost = (const uint64_t *)&hooks->skel->bss->stall_events_lost;
	used->modules_gone = &hooks->skel->bss->modules_gone;
	used->init_dropped = (const uint64_t *)&hooks->skel->bss->init_dropped;
	return 0;
}

static int hooks_open(struct collector *collector, const struct collect_config *config)
{
	const struct programs *used = &collector->programs;
	struct hooks *hooks = hooks_of(collector);
	struct moment_maps maps = {
		.lost = used->stall_events_lost,
		.phases = 1U << PHASE_WAIT,
		.events_fd = programs__map_fd(used, "stall_events"),
		.fill = read_under_way,
		.ctx = &hooks->under_way_now,
	};

	hooks->sees_irqs = !config->no_attach && !(used->missing >> USE_IRQS & 1);
	if (!config->watch_threshold)
		return 0;
	hooks->under_way_now = (struct under_way){
		.maps = &hooks->maps,
		.interrupts = hooks->sees_irqs && !collector->filtered,
		.root = "",
	};
	if (hooks->under_way_now.interrupts)
		maps.phases |= 1U << PHASE_INTERRUPT;
	return moment_reader__open(&collector->moment_reader, &maps);
}

/* Returns how often the kernel has skipped the programs at a call's entry, as far as it says so. */
static uint64_t entries_skipped(const struct collector *collector)
{
	static const char *const entries[] = { "hook_single", "hook_async", "hook_many",
					       "hook_queue" };
	uint64_t skipped = 0;

	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++)
		skipped += programs__skipped(&collector->programs, entries[i]);
	return skipped;
}

static void hooks_begins(struct collector *collector)
{
	struct hooks *hooks = hooks_of(collector);

	hooks->skipped_before = hooks->skipped;
	hooks->skipped = entries_skipped(collector);
}

/* This source knows calls, and no csds. */
static void hooks_unseen(struct collector *collector, bool only_waits, struct unseen *unseen)
{
	const struct hooks *hooks = hooks_of(collector);

	(void)only_waits;
	unseen->waits = entries_skipped(collector) - hooks->skipped;
	for (uint32_t cpu = 0; cpu < collector->maps.geo.nr_cpus; cpu++)
		for (int i = 0; i < NR_HOOK_LOST; i++)
			unseen->waits += __atomic_load_n(
				&hooks->maps.cpus[cpu].bank[collector->epoch & 1].lost[i],
				__ATOMIC_RELAXED);
}

static int hooks_read(struct collector *collector, struct snapshot *snap)
{
	struct hooks *hooks = hooks_of(collector);
	uint64_t unseen = hooks->skipped - hooks->skipped_before;
	int err = read_hooks(&hooks->maps, collector->epoch, &collector->seen, snap);

	if (err)
		return err;
	/*
	 * The calls that no program saw begin have begun, and are lost. If there is a filter, it is
	 * unknown which of these calls pass; before 6.7 (dd8657894c11) the kernel does not say how
	 * many kprobes it skipped.
	 */
	snap->known.entry_unseen = !collector->filtered && collector->wait_source != WAITS_KPROBE;
	if (collector->filtered)
		snap->call_ledger.filter_unseen = unseen;
	if (snap->known.entry_unseen) {
		snap->call_ledger.begun += unseen;
		snap->call_ledger.lost_by[HOOK_ENTRY_UNSEEN] += unseen;
	}
	snap->call_ledger.carried_in = hooks->under_way;
	hooks->under_way = snap->call_ledger.under_way;
	snap->how.by_task = snap->how.sees_interrupts = hooks->by_task;
	snap->known.irqs = hooks->sees_irqs;
	snap->known.irq_delay = hooks->sees_irqs && !collector->filtered;
	return 0;
}

static void hooks_close(struct collector *collector)
{
	hooks_bpf__destroy(hooks_of(collector)->skel);
}

const struct source_desc call_source = {
	.size = sizeof(struct hooks),
	.programs = programs,
	.nr_programs = NR_PROGRAMS,
	.optional = 1U << USE_IRQS | 1U << USE_EVENTS | 1U << USE_HOST_FLUSHES | 1U << USE_WORKS |
		    1U << USE_MODULES,
	.load = hooks_load,
	.open = hooks_open,
	.begins = hooks_begins,
	.read = hooks_read,
	.unseen = hooks_unseen,
	.close = hooks_close,
};
