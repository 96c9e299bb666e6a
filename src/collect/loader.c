// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "abi/limits.h"
#include "abi/record.h"
#include "abi/table.h"
#include "base/cpuset.h"
#include "collect/config.h"
#include "collect/geometry.h"
#include "collect/ipis_bpf.h"
#include "collect/loader.h"
#include "collect/probe.h"
#include "model/snapshot.h"
/* These stand on the types of ipitrace.h. */
#include "ipitrace.skel.h"
#include "ipitrace_irq.skel.h"

/* Room for events between two looks, a few ms. */
#define STALL_EVENTS_BYTES (1 << 20)
/* No smaller than __flush_smp_call_function_queue(). */
#define FLUSH_FUNC_SIZE	   0x800

/* What of the programs is wanted. */
enum use {
	USE_ALWAYS,
	USE_CSDS, /* unless only interrupts sent are recorded */
	USE_FEXIT, /* where waits are told by them */
	USE_WATCH, /* where stalls are watched for */
};

/*
 * In the order in which they are attached: backwards along the life of a
 * csd, so that none is half seen: what is queued once the queue program is
 * there will be seen to run. The twin must come behind its first
 * (csd_queue_twin()).
 */
static const struct prog {
	const char *name;
	enum use use;
} progs[] = {
	{ "csd_exit", USE_CSDS },	{ "csd_entry", USE_CSDS },
	{ "single_end", USE_FEXIT },	{ "single_begin", USE_FEXIT },
	{ "many_begin", USE_FEXIT },	{ "switched", USE_WATCH },
	{ "csd_queue", USE_CSDS },	{ "csd_queue_twin", USE_CSDS },
	{ "ipi_send_cpu", USE_ALWAYS }, { "ipi_send_cpumask", USE_ALWAYS },
};

#define NR_OWN (sizeof(progs) / sizeof(*progs))
_Static_assert(NR_OWN <= NR_PROGS, "a snapshot has room for them");

static bool used(const struct loader *p, const struct prog *prog)
{
	if (prog->use == USE_FEXIT)
		return p->fexit;
	if (prog->use == USE_CSDS)
		return p->csds;
	return prog->use == USE_ALWAYS || p->watching;
}

static const struct bpf_prog_skeleton *prog_of(const struct loader *p, const char *name)
{
	const struct bpf_object_skeleton *skeleton = p->skel->skeleton;

	for (int i = 0; i < skeleton->prog_cnt; i++)
		if (!strcmp(skeleton->progs[i].name, name))
			return &skeleton->progs[i];
	return NULL;
}

static struct bpf_map *map_of(const struct loader *p, const char *name)
{
	const struct bpf_object_skeleton *skeleton = p->skel->skeleton;

	for (int i = 0; i < skeleton->map_cnt; i++)
		if (!strcmp(skeleton->maps[i].name, name))
			return *skeleton->maps[i].map;
	return NULL;
}

static void cpus_configure(const struct cpuset *set, bool *filter, uint64_t *words)
{
	if (!set)
		return;
	*filter = true;
	for (uint32_t cpu = 0; cpu < set->end; cpu++)
		words[cpu / 64] |= (uint64_t)set->has[cpu] << cpu % 64;
}

static void filters_configure(struct ipitrace_bpf__rodata *rodata,
			      const struct collect_config *config)
{
	cpus_configure(config->cpus, &rodata->filter_cpus, (uint64_t *)rodata->cpu_filter);
	cpus_configure(config->src, &rodata->filter_src, (uint64_t *)rodata->src_filter);
	cpus_configure(config->dst, &rodata->filter_dst, (uint64_t *)rodata->dst_filter);
	rodata->filter_funcs = config->funcs != NULL;
	rodata->filter_tgid = config->tgid;
	rodata->by_key = config->by_key;
}

static void rodata_configure(const struct loader *p, const struct collect_config *config,
			     const struct geometry *geo)
{
	struct ipitrace_bpf__rodata *rodata = p->skel->rodata;

	rodata->nr_cpus = geo->nr_cpus;
	rodata->mailbox_slots = geo->mailbox_slots;
	rodata->irq_work_slots = geo->irq_work_slots;
	rodata->edge_slots = geo->edge_slots;
	rodata->fn_shards = geo->fn_shards;
	rodata->waits_by_task = p->fexit;
	rodata->wait_slots = geo->wait_slots;
	rodata->keep_origins = geo->origins > 1;
	rodata->keep_stacks = config->keep_stacks;
	rodata->record_kinds = config->record_kinds;
	rodata->record_slots = geo->record_slots;
	rodata->min_delay = config->min_delay;
	rodata->min_handler = config->min_handler;
	rodata->stall_threshold_ns = config->watch_threshold;
	rodata->end_slots = geo->watched ? geo->edge_slots : 1;
	rodata->flush_from = config->flush_func;
	rodata->flush_to = config->flush_func + FLUSH_FUNC_SIZE;
	filters_configure(rodata, config);
}

static int configure(struct loader *p, const struct collect_config *config,
		     const struct geometry *geo)
{
	uint32_t watched = geo->watched ? geo->nr_cpus : 0;
	const struct {
		const char *map;
		uint32_t entries; /* 0: as it is */
	} sizes[] = {
		{ "cpus", geo->nr_cpus + 1 },
		{ "slots", geometry__slots(geo) },
		{ "origins", geo->origins },
		{ "calls", geo->nr_cpus },
		{ "waits", p->fexit ? geo->wait_slots : 0 },
		{ "edges", geo->nr_cpus * geo->edge_slots },
		{ "fn_keys", geo->tables * FN_ROWS },
		{ "fns", geo->tables * geo->fn_shards * (FN_ROWS + 1) },
		{ "stall_events", watched ? STALL_EVENTS_BYTES : 0 },
		{ "ends", watched * geo->edge_slots },
		{ "frame_origins", watched * FRAMES },
		{ "stacks", config->keep_stacks ? STACKS : 0 },
		{ "records", geo->nr_cpus * geo->record_slots },
		{ "record_rings", geo->record_slots ? geo->nr_cpus : 0 },
		{ "entered", geo->record_slots ? geo->nr_cpus * FRAMES : 0 },
		{ "func_filter", config->nr_funcs },
	};
	int err = 0;

	rodata_configure(p, config, geo);
	err = ipis_bpf__configure(&p->ipis, p->skel->obj, geo, config->kinds);
	for (size_t i = 0; i < NR_OWN; i++)
		bpf_program__set_autoload(*prog_of(p, progs[i].name)->prog, used(p, &progs[i]));
	for (size_t i = 0; !err && i < sizeof(sizes) / sizeof(*sizes); i++)
		if (sizes[i].entries)
			err = bpf_map__set_max_entries(map_of(p, sizes[i].map), sizes[i].entries);
	return err;
}

static int funcs_configure(const struct loader *p, const struct collect_config *config)
{
	const uint8_t yes = 1;
	int err = 0;

	for (size_t i = 0; !err && i < config->nr_funcs; i++)
		err = bpf_map__update_elem(p->skel->maps.func_filter, &config->funcs[i],
					   sizeof(config->funcs[i]), &yes, sizeof(yes), 0);
	return err;
}

/*
 * Open and load. @irq: the programs that see interrupts (filter.bpf.h); the
 * two objects have the same maps and programs, so one skeleton fits both.
 */
static int load(struct loader *p, const struct collect_config *config, const struct geometry *geo,
		bool irq, bool fexit)
{
	struct ipitrace_bpf *skel = calloc(1, sizeof(*skel));
	int err = skel ? ipitrace_bpf__create_skeleton(skel) : -ENOMEM;

	if (err) {
		free(skel);
		return err;
	}
	p->skel = skel;
	p->sees_interrupts = irq;
	p->fexit = fexit;
	if (irq)
		skel->skeleton->data =
			(void *)ipitrace_irq_bpf__elf_bytes(&skel->skeleton->data_sz);
	err = bpf_object__open_skeleton(skel->skeleton, NULL);
	if (!err)
		err = configure(p, config, geo);
	if (!err)
		err = ipitrace_bpf__load(skel);
	if (!err)
		err = funcs_configure(p, config);
	if (!err)
		err = ipis_bpf__open(p->ipis);
	if (err)
		loader__close(p);
	return err;
}

int loader__load(struct loader *p, const struct collect_config *config, const struct geometry *geo)
{
	bool fexit = !config->no_fexit && probe__fexit();
	int err = -ENOENT;

	p->watching = geo->watched;
	p->csds = !config->record_kinds || config->record_kinds >> KIND_CALL_FUNCTION & 1;
	fexit &= p->csds;
	p->needs_task = config->tgid || config->kinds || geo->origins > 1 ||
			config->by_key == BY_SENDER || config->by_key == BY_CGROUP;
	for (int irq = p->needs_task; irq >= 0 && err; irq--) {
		if (fexit)
			err = load(p, config, geo, irq, true);
		if (err)
			err = load(p, config, geo, irq, false);
	}
	if (err)
		return err;
	p->epoch = &p->skel->bss->epoch;
	p->samples_taken = (uint64_t *)p->skel->bss->samples_taken;
	p->stall_events_lost = (const uint64_t *)&p->skel->bss->stall_events_lost;
	return 0;
}

int loader__attach(struct loader *p)
{
	for (size_t i = 0; i < NR_OWN; i++) {
		const struct bpf_prog_skeleton *prog = prog_of(p, progs[i].name);

		if (!used(p, &progs[i]))
			continue;
		*prog->link = bpf_program__attach(*prog->prog);
		if (!*prog->link)
			return -errno;
	}
	return ipis_bpf__attach(p->ipis);
}

void loader__close(struct loader *p)
{
	ipis_bpf__close(p->ipis);
	p->ipis = NULL;
	ipitrace_bpf__destroy(p->skel);
	p->skel = NULL;
}

static size_t map_bytes(const struct bpf_map *map)
{
	return (size_t)bpf_map__max_entries(map) * bpf_map__value_size(map);
}

void *loader__map(const struct loader *p, const char *name)
{
	const struct bpf_map *map = map_of(p, name);
	void *memory =
		mmap(NULL, map_bytes(map), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void loader__unmap(const struct loader *p, const char *name, void *memory)
{
	if (memory)
		munmap(memory, map_bytes(map_of(p, name)));
}

int loader__map_fd(const struct loader *p, const char *name)
{
	return bpf_map__fd(map_of(p, name));
}

int loader__fd(const struct loader *p, const char *name)
{
	const struct bpf_prog_skeleton *prog = prog_of(p, name);
	int fd = prog ? bpf_program__fd(*prog->prog) : -ENOENT;

	return fd < 0 ? -ENOENT : fd;
}

const char *loader__name(const struct loader *p, size_t i)
{
	for (size_t at = 0; at < NR_OWN; at++)
		if (used(p, &progs[at]) && !i--)
			return progs[at].name;
	return ipis_bpf__prog(p->ipis, i);
}
