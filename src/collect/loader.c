// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/interruption.h"
#include "abi/ipi.h"
#include "abi/limits.h"
#include "abi/record.h"
#include "abi/table.h"
#include "base/cpuset.h"
#include "collect/config.h"
#include "collect/cpu_words.h"
#include "collect/func_filter.h"
#include "collect/geometry.h"
#include "collect/known_events.h"
#include "collect/loader.h"
#include "collect/probe.h"
#include "collect/skeleton.h"
#include "model/snapshot.h"
/* The skeletons stand on the types of abi/. */
#include "ipitrace.skel.h"
#include "ipitrace_irq.skel.h"

/* Room for the events of a few ms, until a watcher reads them. */
#define STALL_EVENTS_BYTES (1 << 20)
/* At least the size of __flush_smp_call_function_queue(). */
#define FLUSH_FUNC_SIZE	   0x800
/* At least the size of generic_exec_single(); no function behind it queues csds. */
#define SINGLE_FUNC_SIZE   0x180

/*
 * The programs in the order of attaching: first the one that sees CPUs come, for
 * the others count there; then backwards along the life of a csd, then of an
 * interrupt. A csd that is queued in sight of csd_queue is then also seen to run.
 * The twin must come behind its first (csd_queue_twin()). Some of --kinds'
 * programs exist on x86 alone, some on arm64 alone.
 */
static const struct program {
	const char *name;
	enum use use;
} programs[] = {
	{ "cpu_hotplugged", USE_HOTPLUGGED },
	{ "csd_exit", USE_CSDS },
	{ "csd_entry", USE_CSDS },
	{ "single_end", USE_FEXIT },
	{ "single_begin", USE_FEXIT },
	{ "many_begin", USE_FEXIT },
	{ "switched", USE_WATCH },
	{ "call_switched", USE_AT_ONCE },
	{ "csd_queue", USE_CSDS },
	{ "csd_queue_twin", USE_CSDS },
	{ "ipi_send_cpu", USE_ALWAYS },
	{ "ipi_send_cpumask", USE_ALWAYS },
	{ "call_polled", USE_CSDS },
	{ "call_function_exit", USE_KINDS },
	{ "call_function_single_exit", USE_KINDS },
	{ "reschedule_exit", USE_KINDS },
	{ "irq_work_exit", USE_KINDS },
	{ "x86_platform_ipi_exit", USE_KINDS },
	{ "ipis_exit", USE_KINDS },
	{ "call_function_entry", USE_KINDS },
	{ "call_function_single_entry", USE_KINDS },
	{ "reschedule_entry", USE_KINDS },
	{ "irq_work_entry", USE_KINDS },
	{ "x86_platform_ipi_entry", USE_KINDS },
	{ "ipis_entry", USE_KINDS },
	{ "ipis_wakeup", USE_KINDS },
	{ "ipis_queue", USE_KINDS },
	{ "ipis_waking", USE_KINDS },
	{ "ipis_tlb_flush", USE_KINDS },
	{ "ipis_polled", USE_KINDS },
	{ "ipis_send", USE_KINDS },
	{ "ipis_send_mask", USE_KINDS },
	{ "ipis_raise", USE_KINDS },
	{ "event_frequency", USE_EVENTS },
	{ "event_migration", USE_EVENTS },
	{ "event_polled", USE_EVENTS },
	{ "event_guest_clock", USE_EVENTS },
	{ "event_guest_icr", USE_EVENTS },
	{ "event_guest_hypercall", USE_EVENTS },
	{ "interruption_vector_exit", USE_INTERRUPTIONS },
	{ "interruption_vector_entry", USE_INTERRUPTIONS },
	{ "interruption_ipi_exit", USE_INTERRUPTIONS },
	{ "interruption_ipi_entry", USE_INTERRUPTIONS },
	{ "interruption_irq_exit", USE_INTERRUPTIONS },
	{ "interruption_irq_entry", USE_INTERRUPTIONS },
	{ "interruption_softirq_exit", USE_INTERRUPTIONS },
	{ "interruption_softirq_entry", USE_INTERRUPTIONS },
	{ "interruption_hrtimer", USE_INTERRUPTIONS },
	{ "interruption_timer", USE_INTERRUPTIONS },
	{ "interruption_work", USE_INTERRUPTIONS },
	{ "interruption_tick", USE_INTERRUPTIONS },
	{ "interruption_switch", USE_INTERRUPTIONS },
	{ "interruption_moved", USE_INTERRUPTIONS },
	{ "interruption_stopper", USE_INTERRUPTIONS },
	{ "interruption_fork", USE_FORKS },
};

/* The interrupts of x86 that have tracepoints, NAME_entry and NAME_exit (events/irq_vectors). */
static const char *const vectors[] = {
	"local_timer",	  "reschedule",		 "call_function",    "call_function_single",
	"irq_work",	  "error_apic",		 "spurious_apic",    "thermal_apic",
	"threshold_apic", "deferred_error_apic", "x86_platform_ipi",
};

#define NR_PROGRAMS (sizeof(programs) / sizeof(*programs))
_Static_assert(NR_PROGRAMS <= NR_PROGS, "a snapshot has room for the cost of each program");

bool loader__uses(const struct loader *loader, enum use use)
{
	switch (use) {
	case USE_ALWAYS:
		return true;
	case USE_CSDS:
		return loader->csds;
	case USE_FEXIT:
		return loader->fexit;
	case USE_WATCH:
		return loader->watching;
	case USE_AT_ONCE:
		return loader->at_once;
	case USE_KINDS:
		return loader->kinds;
	case USE_EVENTS:
		return loader->events;
	case USE_INTERRUPTIONS:
		return loader->interruptions;
	case USE_HOTPLUGGED:
		return loader->hotplugged;
	case USE_FORKS:
		return loader->forks;
	}
	return false;
}

/* NULL: the object has no such program. */
static const struct bpf_prog_skeleton *prog_find(const struct loader *loader, const char *name)
{
	return skeleton__prog(loader->skel->skeleton, name);
}

/* The skeleton's entry of a program that is used; NULL: the program is not used. */
static const struct bpf_prog_skeleton *prog_used(const struct loader *loader,
						 const struct program *program)
{
	return loader__uses(loader, program->use) ? prog_find(loader, program->name) : NULL;
}

static struct bpf_map *map_find(const struct loader *loader, const char *name)
{
	const struct bpf_object_skeleton *skeleton = loader->skel->skeleton;

	for (int i = 0; i < skeleton->map_cnt; i++)
		if (!strcmp(skeleton->maps[i].name, name))
			return *skeleton->maps[i].map;
	return NULL;
}

static void filters_configure(struct ipitrace_bpf__rodata *rodata,
			      const struct collect_config *config)
{
	cpu_words__set(config->cpus, &rodata->filter_cpus, (uint64_t *)rodata->cpu_filter);
	cpu_words__set(config->src, &rodata->filter_src, (uint64_t *)rodata->src_filter);
	cpu_words__set(config->dst, &rodata->filter_dst, (uint64_t *)rodata->dst_filter);
	rodata->filter_funcs = config->funcs != NULL;
	rodata->filter_tgid = config->tgid;
	rodata->by_key = config->by_key;
}

/* Whether calls begin where their task entered the kernel's function (bpf/calls_fentry.bpf.h). */
static bool waits_by_task(const struct loader *loader, const struct collect_config *config)
{
	return loader->fexit || config->waits_given;
}

static void rodata_configure(const struct loader *loader, const struct collect_config *config,
			     const struct geometry *geo)
{
	struct ipitrace_bpf__rodata *rodata = loader->skel->rodata;

	rodata->nr_cpus = geo->nr_cpus;
	rodata->mailbox_slots = geo->mailbox_slots;
	rodata->irq_work_slots = geo->irq_work_slots;
	rodata->edge_slots = geo->edge_slots;
	rodata->fn_shards = geo->fn_shards;
	rodata->hot_places = geo->hot_places;
	rodata->ipi_shards = geo->ipi_shards;
	rodata->keep_sums = config->keep_sums ||
			    (!config->watch_threshold && !config->record_kinds);
	rodata->waits_by_task = waits_by_task(loader, config);
	rodata->wait_slots = geo->wait_slots;
	rodata->calls_at_once = geo->task_call_slots > 1;
	rodata->task_call_slots = geo->task_call_slots;
	rodata->keep_origins = geo->origins > 1;
	rodata->keep_stacks = config->keep_stacks;
	rodata->keep_user_stacks = geo->user_stacks;
	rodata->record_kinds = config->record_kinds;
	rodata->record_slots = geo->record_slots;
	rodata->keep_interruptions = config->interruptions;
	rodata->min_delay = config->min_delay;
	rodata->min_handler = config->min_handler;
	rodata->min_wait = config->min_wait;
	rodata->stall_threshold_ns = config->watch_threshold;
	rodata->end_slots = geo->watched ? geo->edge_slots : 1;
	rodata->flush_from = config->flush_func;
	rodata->flush_to = config->flush_func + FLUSH_FUNC_SIZE;
	rodata->single_from = config->single_func;
	rodata->single_to = config->single_func ? config->single_func + SINGLE_FUNC_SIZE : 0;
	filters_configure(rodata, config);
}

static void programs_configure(const struct loader *loader)
{
	for (size_t i = 0; i < NR_PROGRAMS; i++) {
		const struct bpf_prog_skeleton *prog = prog_find(loader, programs[i].name);

		if (prog)
			bpf_program__set_autoload(*prog->prog,
						  loader__uses(loader, programs[i].use));
	}
	/* Attached to nothing. */
	bpf_program__set_autoload(loader->skel->progs.evidence, loader->watching);
}

/* A map is created where it is used. The maps that are not listed stay as declared. */
static int maps_configure(const struct loader *loader, const struct collect_config *config,
			  const struct geometry *geo)
{
	uint32_t watched = geo->watched ? geo->nr_cpus : 0;
	const struct {
		const char *name;
		enum use use;
		uint32_t entries; /* 0: as declared */
	} maps[] = {
		{ "cpus", USE_ALWAYS, geo->nr_cpus + 1 },
		{ "slots", USE_ALWAYS, geometry__slots(geo) },
		{ "origins", USE_ALWAYS, geo->origins },
		{ "calls", USE_ALWAYS, geo->nr_cpus },
		{ "waits", USE_ALWAYS, waits_by_task(loader, config) ? geo->wait_slots : 0 },
		{ "task_calls", USE_ALWAYS, geo->task_call_slots },
		{ "away_tasks", USE_ALWAYS, geo->task_call_slots },
		{ "edges", USE_ALWAYS, geo->nr_cpus * geo->edge_slots },
		{ "fn_keys", USE_ALWAYS, geo->tables * FN_ROWS },
		{ "fns", USE_ALWAYS, geo->tables * geo->fn_shards * (FN_ROWS + 1) },
		{ "hot_rows", USE_ALWAYS, geometry__hot_rows(geo) },
		{ "stall_events", USE_ALWAYS, watched ? STALL_EVENTS_BYTES : 0 },
		{ "ends", USE_ALWAYS, watched * geo->edge_slots },
		{ "frame_origins", USE_ALWAYS, watched * FRAMES },
		{ "stacks", USE_ALWAYS, config->keep_stacks ? STACKS : 0 },
		{ "records", USE_ALWAYS, geo->nr_cpus * geo->record_slots },
		{ "record_rings", USE_ALWAYS, geo->record_slots ? geo->nr_cpus : 0 },
		{ "entered", USE_ALWAYS, geo->record_slots ? geo->nr_cpus * FRAMES : 0 },
		{ "user_stacks", USE_ALWAYS, geo->user_stacks ? geo->user_stacks : 1 },
		{ "func_filter", USE_ALWAYS, config->nr_funcs },
		{ "interruptions", USE_INTERRUPTIONS, INTERRUPTIONS_BYTES },
		{ "interrupted", USE_INTERRUPTIONS, geo->nr_cpus },
		{ "ipi_recs", USE_KINDS, geo->nr_cpus },
		{ "ipi_hists", USE_KINDS, geo->ipi_shards * IPI_CLASSES },
		{ "ipi_reasons", USE_KINDS, 0 },
		{ "wakes", USE_KINDS, 0 },
		{ "events", USE_EVENTS, geo->nr_cpus },
		{ "guests", USE_EVENTS, 0 },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(maps) / sizeof(*maps); i++) {
		struct bpf_map *map = map_find(loader, maps[i].name);

		err = bpf_map__set_autocreate(map, loader__uses(loader, maps[i].use));
		if (!err && maps[i].entries)
			err = bpf_map__set_max_entries(map, maps[i].entries);
	}
	return err;
}

/*
 * Open and load. @irq: the programs that see interrupts (bpf/filter.bpf.h). The
 * two objects have the same maps and programs, so one skeleton fits both.
 */
static int load(struct loader *loader, const struct collect_config *config,
		const struct geometry *geo, bool irq, bool fexit)
{
	struct ipitrace_bpf *skel = calloc(1, sizeof(*skel));
	int err = skel ? ipitrace_bpf__create_skeleton(skel) : -ENOMEM;

	if (err) {
		free(skel);
		return err;
	}
	loader->skel = skel;
	loader->sees_interrupts = irq;
	loader->fexit = fexit;
	if (irq)
		skel->skeleton->data =
			(void *)ipitrace_irq_bpf__elf_bytes(&skel->skeleton->data_sz);
	err = bpf_object__open_skeleton(skel->skeleton, NULL);
	if (!err) {
		rodata_configure(loader, config, geo);
		programs_configure(loader);
		err = maps_configure(loader, config, geo);
	}
	if (!err)
		err = ipitrace_bpf__load(skel);
	if (!err)
		err = func_filter__fill(skel->maps.func_filter, config);
	if (err)
		loader__close(loader);
	return err;
}

int loader__load(struct loader *loader, const struct collect_config *config,
		 const struct geometry *geo)
{
	bool fexit = !config->no_fexit && probe__fexit();
	int err = -ENOENT;

	loader->watching = geo->watched;
	loader->at_once = geo->task_call_slots > 1;
	loader->kinds = config->kinds;
	loader->events = config->count_events;
	loader->interruptions = config->interruptions;
	loader->forks = config->interruptions && config->program;
	loader->csds = !config->record_kinds || config->record_kinds >> KIND_CALL_FUNCTION & 1;
	fexit &= loader->csds;
	loader->needs_task = config->tgid || config->kinds || geo->origins > 1 ||
			     by_key_sends(config->by_key);
	for (int irq = loader->needs_task && !config->no_interrupts; irq >= 0 && err; irq--) {
		if (fexit)
			err = load(loader, config, geo, irq, true);
		if (err)
			err = load(loader, config, geo, irq, false);
	}
	if (err)
		return err;
	loader->epoch = &loader->skel->bss->epoch;
	loader->samples_taken = (uint64_t *)loader->skel->bss->samples_taken;
	loader->task_calls_lost = (const uint64_t *)&loader->skel->bss->task_calls_lost;
	loader->stall_events_lost = (const uint64_t *)&loader->skel->bss->stall_events_lost;
	loader->interruptions_lost = (const uint64_t *)&loader->skel->bss->interruptions_lost;
	return 0;
}

/* Attach the program @name to each of `vectors` that this kernel has. */
static int vectors_attach(struct loader *loader, const char *name, const char *suffix)
{
	const struct bpf_prog_skeleton *prog = prog_find(loader, name);
	char tracepoint[64];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		struct bpf_link *link;

		if (loader->nr_links == LOADER_LINKS)
			return -E2BIG;
		snprintf(tracepoint, sizeof(tracepoint), "%s_%s", vectors[i], suffix);
		link = bpf_program__attach_raw_tracepoint(*prog->prog, tracepoint);
		if (link)
			loader->links[loader->nr_links++] = link;
		else if (errno != ENOENT)
			return -errno;
	}
	return 0;
}

/* Attach a program to the tracepoint that its section names, or to several. */
static int attach(struct loader *loader, const struct program *program,
		  const struct bpf_prog_skeleton *prog)
{
	if (!strcmp(program->name, "interruption_vector_exit"))
		return vectors_attach(loader, program->name, "exit");
	if (!strcmp(program->name, "interruption_vector_entry"))
		return vectors_attach(loader, program->name, "entry");
	*prog->link = bpf_program__attach(*prog->prog);
	return *prog->link ? 0 : -errno;
}

/*
 * A kernel without an interrupt's tracepoint, or an event's, does not have it; a kernel
 * without hotplug's has no CPU that comes (CONFIG_HOTPLUG_CPU).
 */
static bool is_optional(const struct program *program)
{
	return program->use == USE_KINDS || program->use == USE_INTERRUPTIONS ||
	       program->use == USE_EVENTS || program->use == USE_HOTPLUGGED;
}

int loader__attach(struct loader *loader)
{
	for (size_t i = 0; i < NR_PROGRAMS; i++) {
		const struct bpf_prog_skeleton *prog = prog_used(loader, &programs[i]);
		int err = prog ? attach(loader, &programs[i], prog) : 0;

		if (err && (err != -ENOENT || !is_optional(&programs[i])))
			return err;
	}
	return 0;
}

void loader__close(struct loader *loader)
{
	while (loader->nr_links)
		bpf_link__destroy(loader->links[--loader->nr_links]);
	ipitrace_bpf__destroy(loader->skel);
	loader->skel = NULL;
}

void loader__known_events(const struct loader *loader, bool known[NR_EVENTS])
{
	known_events(loader->skel->skeleton, known);
}

void loader__hotplugged(const struct loader *loader, struct cpuset *cpus)
{
	const volatile __u8 *came = loader->skel->bss->hotplugged;
	uint32_t nr = loader->hotplugged ? loader->skel->rodata->nr_cpus : 0;

	for (uint32_t cpu = 0; cpu < nr; cpu++)
		if (came[cpu])
			cpuset__add(cpus, cpu);
}

size_t loader__map_bytes(const struct loader *loader, const char *name)
{
	const struct bpf_map *map = map_find(loader, name);

	return (size_t)bpf_map__max_entries(map) * bpf_map__value_size(map);
}

int loader__map_fd(const struct loader *loader, const char *name)
{
	return bpf_map__fd(map_find(loader, name));
}

int loader__fd(const struct loader *loader, const char *name)
{
	const struct bpf_prog_skeleton *prog = prog_find(loader, name);
	int fd = prog ? bpf_program__fd(*prog->prog) : -ENOENT;

	return fd < 0 ? -ENOENT : fd;
}

const char *loader__name(const struct loader *loader, size_t i)
{
	for (size_t at = 0; at < NR_PROGRAMS; at++)
		if (prog_used(loader, &programs[at]) && !i--)
			return programs[at].name;
	return NULL;
}
