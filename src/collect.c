// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "banks.h"
#include "collect.h"
#include "grace.h"
#include "ipitrace.skel.h"
#include "ipitrace_irq.skel.h"
#include "watch.h"
#include "windows.h"

/* Room for events between two looks, a few ms. */
#define STALL_EVENTS_BYTES (1 << 20)
/* No smaller than __flush_smp_call_function_queue(). */
#define FLUSH_FUNC_SIZE	   0x800

struct collect {
	struct ipitrace_bpf *skel;
	struct banks banks;
	struct grace grace;
	int stats_fd; /* holds the kernel's BPF statistics on; -1 */
	struct prog_cost cost[NR_PROGS]; /* at the last cut */
	struct cpuset possible;
	struct windows windows;
	bool filtered;
	bool kinds_known;
	bool by_task;
	bool sees_interrupts;
	bool fexit; /* waits are told by the programs at the call and its return */
	bool watching;
	struct watch *watch;
};

/* What of the programs is wanted. */
enum use {
	USE_ALWAYS,
	USE_FEXIT, /* where waits are told by them */
	USE_WATCH, /* where stalls are watched for */
	USE_ARRIVAL, /* the same, and not every kernel has them */
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
	{ "csd_exit", USE_ALWAYS },	   { "csd_entry", USE_ALWAYS },
	{ "single_end", USE_FEXIT },	   { "single_begin", USE_FEXIT },
	{ "many_end", USE_FEXIT },	   { "many_begin", USE_FEXIT },
	{ "switched", USE_WATCH },	   { "arrived_mask", USE_ARRIVAL },
	{ "arrived_single", USE_ARRIVAL }, { "arrived_arm64", USE_ARRIVAL },
	{ "csd_queue", USE_ALWAYS },	   { "csd_queue_twin", USE_ALWAYS },
	{ "ipi_send_cpu", USE_ALWAYS },	   { "ipi_send_cpumask", USE_ALWAYS },
};

#define NR_OWN (sizeof(progs) / sizeof(*progs))
_Static_assert(NR_OWN <= NR_PROGS, "a snapshot has room for them");

static bool used(const struct collect *c, const struct prog *prog)
{
	if (prog->use == USE_FEXIT)
		return c->fexit;
	return prog->use == USE_ALWAYS || c->watching;
}

static const struct bpf_prog_skeleton *prog_of(const struct collect *c, const char *name)
{
	const struct bpf_object_skeleton *skeleton = c->skel->skeleton;

	for (int i = 0; i < skeleton->prog_cnt; i++)
		if (!strcmp(skeleton->progs[i].name, name))
			return &skeleton->progs[i];
	return NULL;
}

static void *map_mmap(struct bpf_map *map)
{
	size_t size = (size_t)bpf_map__max_entries(map) * bpf_map__value_size(map);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	return p == MAP_FAILED ? NULL : p;
}

static void map_munmap(void *p, struct bpf_map *map)
{
	if (p)
		munmap(p, (size_t)bpf_map__max_entries(map) * bpf_map__value_size(map));
}

static void cpus_configure(const struct cpuset *set, bool *filter, uint64_t *words)
{
	if (!set)
		return;
	*filter = true;
	for (uint32_t cpu = 0; cpu < set->end; cpu++)
		words[cpu / 64] |= (uint64_t)set->has[cpu] << cpu % 64;
}

static void filters_configure(struct collect *c, const struct collect_config *config)
{
	struct ipitrace_bpf__rodata *rodata = c->skel->rodata;

	cpus_configure(config->cpus, &rodata->filter_cpus, (uint64_t *)rodata->cpu_filter);
	cpus_configure(config->src, &rodata->filter_src, (uint64_t *)rodata->src_filter);
	cpus_configure(config->dst, &rodata->filter_dst, (uint64_t *)rodata->dst_filter);
	rodata->filter_funcs = config->funcs != NULL;
	rodata->filter_tgid = config->tgid;
	rodata->by_key = config->by_key;
	rodata->keep_origins = config->keep_origins || c->watching;
	c->filtered = config->cpus || config->src || config->dst || config->funcs || config->tgid;
	/* An IPI names no function, so it cannot be told which ones to count. */
	c->kinds_known = !config->funcs;
}

static int watch_configure(struct ipitrace_bpf *skel, const struct geometry *geo)
{
	int err = bpf_map__set_max_entries(skel->maps.stall_events, STALL_EVENTS_BYTES);

	if (!err)
		err = bpf_map__set_max_entries(skel->maps.ends, geo->nr_cpus * geo->edge_slots);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.frame_origins, geo->nr_cpus * FRAMES);
	return err;
}

static int configure(struct collect *c, const struct collect_config *config)
{
	const struct geometry *geo = &c->banks.geo;
	struct ipitrace_bpf *skel = c->skel;
	int err;

	skel->rodata->nr_cpus = geo->nr_cpus;
	skel->rodata->mailbox_slots = geo->mailbox_slots;
	skel->rodata->irq_work_slots = geo->irq_work_slots;
	skel->rodata->edge_slots = geo->edge_slots;
	skel->rodata->fn_shards = geo->fn_shards;
	skel->rodata->waits_by_task = c->fexit;
	skel->rodata->wait_slots = geo->wait_slots;
	skel->rodata->watch_ns = config->watch_threshold;
	skel->rodata->end_slots = geo->watched ? geo->edge_slots : 1;
	skel->rodata->flush_from = config->flush_func;
	skel->rodata->flush_to = config->flush_func + FLUSH_FUNC_SIZE;
	filters_configure(c, config);

	for (size_t i = 0; i < NR_OWN; i++)
		bpf_program__set_autoload(*prog_of(c, progs[i].name)->prog, used(c, &progs[i]));
	err = bpf_map__set_max_entries(skel->maps.cpus, geo->nr_cpus + 1);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.calls, geo->nr_cpus);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.waits, geo->wait_slots);
	if (!err && geo->watched)
		err = watch_configure(skel, geo);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.slots, geometry__slots(geo));
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.origins, geo->origins);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.edges, geo->nr_cpus * geo->edge_slots);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.fn_keys, geo->tables * FN_ROWS);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.fns,
					       geo->tables * geo->fn_shards * (FN_ROWS + 1));
	if (!err && config->nr_funcs)
		err = bpf_map__set_max_entries(skel->maps.func_filter, config->nr_funcs);
	return err;
}

static int maps_open(struct collect *c, const struct collect_config *config)
{
	struct ipitrace_bpf *skel = c->skel;
	struct banks *banks = &c->banks;
	const uint8_t yes = 1;

	for (size_t i = 0; i < config->nr_funcs; i++) {
		int err = bpf_map__update_elem(skel->maps.func_filter, &config->funcs[i],
					       sizeof(config->funcs[i]), &yes, sizeof(yes), 0);

		if (err)
			return err;
	}
	banks->cpus = map_mmap(skel->maps.cpus);
	banks->slots = map_mmap(skel->maps.slots);
	banks->origins = map_mmap(skel->maps.origins);
	banks->calls = map_mmap(skel->maps.calls);
	banks->edges = map_mmap(skel->maps.edges);
	banks->fn_keys = map_mmap(skel->maps.fn_keys);
	banks->fns = map_mmap(skel->maps.fns);
	banks->samples = map_mmap(skel->maps.samples);
	banks->samples_taken = (uint64_t *)skel->bss->samples_taken;
	banks->waits_by_task = c->fexit;
	if (!banks->cpus || !banks->slots || !banks->origins || !banks->calls || !banks->edges ||
	    !banks->fn_keys || !banks->fns || !banks->samples)
		return -errno;
	return 0;
}

static int attach(struct collect *c)
{
	for (size_t i = 0; i < NR_OWN; i++) {
		const struct bpf_prog_skeleton *prog = prog_of(c, progs[i].name);

		if (!used(c, &progs[i]))
			continue;
		*prog->link = bpf_program__attach(*prog->prog);
		if (!*prog->link && progs[i].use != USE_ARRIVAL)
			return -errno;
	}
	return 0;
}

/*
 * Open and load. @irq: the programs that see interrupts (filter.bpf.h); the
 * two objects have the same maps and programs, so one skeleton fits both.
 */
static int load(struct collect *c, const struct collect_config *config, bool irq, bool fexit)
{
	struct ipitrace_bpf *skel = calloc(1, sizeof(*skel));
	int err = skel ? ipitrace_bpf__create_skeleton(skel) : -ENOMEM;

	if (err) {
		free(skel);
		return err;
	}
	c->skel = skel;
	c->sees_interrupts = irq;
	c->fexit = fexit;
	if (irq)
		skel->skeleton->data =
			(void *)ipitrace_irq_bpf__elf_bytes(&skel->skeleton->data_sz);
	err = bpf_object__open_skeleton(skel->skeleton, NULL);
	if (!err)
		err = configure(c, config);
	if (!err)
		err = ipitrace_bpf__load(skel);
	if (err) {
		ipitrace_bpf__destroy(skel);
		c->skel = NULL;
	}
	return err;
}

/*
 * Whether programs at a function's entry and return may be loaded at all:
 * some kernels refuse them before they look at anything else.
 */
static bool fexit_allowed(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = 1);
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "probe", "GPL", insns, 2, &opts);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != EPERM;
}

/* The most that this kernel takes. */
static int load_best(struct collect *c, const struct collect_config *config)
{
	bool fexit = !config->no_fexit && fexit_allowed();
	int err = -ENOENT;

	c->by_task = config->tgid || config->keep_origins || c->watching ||
		     config->by_key == BY_SENDER || config->by_key == BY_CGROUP;
	for (int irq = c->by_task; irq >= 0 && err; irq--) {
		if (fexit)
			err = load(c, config, irq, true);
		if (err)
			err = load(c, config, irq, false);
	}
	return err;
}

/* Its maps stay mapped until we end: see watch.h. */
static int watch_open(struct collect *c)
{
	struct ipitrace_bpf *skel = c->skel;
	const struct watch_maps maps = {
		.banks = &c->banks,
		.waits = map_mmap(skel->maps.waits),
		.frame_origins = map_mmap(skel->maps.frame_origins),
		.sleepers = map_mmap(skel->maps.sleepers),
		.sleeper_origins = map_mmap(skel->maps.sleeper_origins),
		.lost = (uint64_t *)&skel->bss->stall_events_lost,
		.events_fd = bpf_map__fd(skel->maps.stall_events),
	};

	if (!maps.waits || !maps.frame_origins || !maps.sleepers || !maps.sleeper_origins)
		return -ENOMEM;
	return watch__open(&c->watch, &maps);
}

int collect__open(struct collect **out, const struct collect_config *config)
{
	struct collect *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->grace.outer_fd = c->grace.inner_fd = -1;
	c->stats_fd = -1;
	err = cpuset__read(&c->possible, "possible");
	if (err)
		goto out;
	c->banks.geo = geometry__of(c->possible.end);
	c->banks.geo.tables = config->by_key == BY_NONE ? 1 : 2;
	c->watching = config->watch_threshold;
	c->banks.geo.watched = c->watching;
	if (config->keep_origins || c->watching)
		c->banks.geo.origins = geometry__slots(&c->banks.geo);
	c->banks.by_key = config->by_key;
	err = load_best(c, config);
	if (!err)
		err = maps_open(c, config);
	if (!err)
		err = grace__open(&c->grace, !config->no_membarrier);
	if (!err && c->watching)
		err = watch_open(c);
	if (!err && config->self) {
		c->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		err = c->stats_fd < 0 ? -errno : 0;
	}
	if (!err && !config->no_attach)
		err = attach(c);
out:
	if (err) {
		collect__close(c);
		c = NULL;
	}
	*out = c;
	return err;
}

static int info_of(const struct collect *c, const char *name, struct bpf_prog_info *info)
{
	const struct bpf_prog_skeleton *prog = prog_of(c, name);

	return prog ? prog_info(bpf_program__fd(*prog->prog), info) : -ENOENT;
}

/* What the programs took since the last call. */
static void cost_read(struct collect *c, struct snapshot *snap)
{
	if (c->stats_fd < 0)
		return;
	snap->self_known = true;
	for (size_t i = 0; i < NR_OWN; i++) {
		struct bpf_prog_info info;

		if (!used(c, &progs[i]) || info_of(c, progs[i].name, &info))
			continue;
		snap->cost[i].name = progs[i].name;
		snap->cost[i].runs = info.run_cnt - c->cost[i].runs;
		snap->cost[i].ns = info.run_time_ns - c->cost[i].ns;
		c->cost[i].runs = info.run_cnt;
		c->cost[i].ns = info.run_time_ns;
	}
}

/* What a cut needs to know of the programs. */
static void windows_open(struct collect *c)
{
	struct ipitrace_bpf *skel = c->skel;

	c->windows = (struct windows){
		.banks = &c->banks,
		.grace = &c->grace,
		.possible = c->possible.has,
		.epoch_word = &skel->bss->epoch,
		.waits_dropped = (const volatile uint64_t *)&skel->bss->waits_dropped,
		.sweep_fd = bpf_program__fd(skel->progs.sweep),
		.queue_fd = bpf_program__fd(skel->progs.csd_queue),
		.wait_fds = { -1, -1 },
		.filtered = c->filtered,
	};
	if (!c->fexit)
		return;
	c->windows.wait_fds[0] = bpf_program__fd(skel->progs.single_begin);
	c->windows.wait_fds[1] = bpf_program__fd(skel->progs.many_begin);
}

int collect__begin(struct collect *c)
{
	struct snapshot before;

	cost_read(c, &before);
	windows_open(c);
	windows__begin(&c->windows);
	return 0;
}

int collect__cut(struct collect *c, struct snapshot *snap, bool last)
{
	int err = windows__cut(&c->windows, snap, last);

	if (err)
		return err;
	snap->filtered = c->filtered;
	snap->by_task = c->by_task;
	snap->sees_interrupts = c->sees_interrupts;
	snap->kinds_known = c->kinds_known;
	snap->wait_source = collect__wait_source(c);
	cost_read(c, snap);
	return 0;
}

void collect__close(struct collect *c)
{
	if (!c)
		return;
	if (c->skel) {
		map_munmap(c->banks.cpus, c->skel->maps.cpus);
		map_munmap(c->banks.slots, c->skel->maps.slots);
		map_munmap(c->banks.origins, c->skel->maps.origins);
		map_munmap(c->banks.calls, c->skel->maps.calls);
		map_munmap(c->banks.edges, c->skel->maps.edges);
		map_munmap(c->banks.fn_keys, c->skel->maps.fn_keys);
		map_munmap(c->banks.fns, c->skel->maps.fns);
		map_munmap(c->banks.samples, c->skel->maps.samples);
	}
	watch__close(c->watch);
	if (c->stats_fd >= 0)
		close(c->stats_fd);
	grace__close(&c->grace);
	ipitrace_bpf__destroy(c->skel);
	free(c);
}

struct watch *collect__watch(struct collect *c)
{
	return c->watch;
}

enum wait_source collect__wait_source(const struct collect *c)
{
	return c->fexit ? WAITS_FEXIT : WAITS_CSD;
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
	const struct bpf_prog_skeleton *prog = prog_of(c, name);

	return prog ? bpf_program__fd(*prog->prog) : -ENOENT;
}

bool collect__sees_interrupts(const struct collect *c)
{
	return c->sees_interrupts;
}

const char *collect__grace(const struct collect *c)
{
	return grace__how(&c->grace);
}

uint64_t collect__map_bytes(const struct collect *c)
{
	return geometry__bytes(&c->banks.geo);
}
