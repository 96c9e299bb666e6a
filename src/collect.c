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
#include "ipis_bpf.h"
#include "ipitrace.skel.h"
#include "ipitrace_irq.skel.h"

struct collect {
	struct ipitrace_bpf *skel;
	struct banks banks;
	struct ipis_bpf *ipis; /* NULL: not asked for */
	struct grace grace;
	int stats_fd; /* holds the kernel's BPF statistics on; -1 */
	struct prog_cost cost[NR_PROGS]; /* at the last cut */
	struct cpuset possible;
	struct window window;
	uint32_t epoch;
	uint64_t in_flight; /* at the last cut */
	/* Queue events that the kernel skipped, and what became of them. */
	uint64_t skipped_base;
	uint64_t recovered;
	uint64_t unseen;
	bool filtered;
	bool kinds_known;
	bool by_task;
	bool sees_interrupts;
};

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
	c->filtered = config->cpus || config->src || config->dst || config->funcs || config->tgid;
	/* An IPI names no function, so it cannot be told which ones to count. */
	c->kinds_known = !config->funcs;
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
	filters_configure(c, config);

	err = bpf_map__set_max_entries(skel->maps.cpus, geo->nr_cpus + 1);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.slots, geometry__slots(geo));
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.edges, geo->nr_cpus * geo->edge_slots);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.fn_keys, geo->tables * FN_ROWS);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.fns,
					       geo->tables * geo->fn_shards * (FN_ROWS + 1));
	if (!err)
		err = ipis_bpf__configure(&c->ipis, skel->obj, geo, config->kinds);
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
	banks->edges = map_mmap(skel->maps.edges);
	banks->fn_keys = map_mmap(skel->maps.fn_keys);
	banks->fns = map_mmap(skel->maps.fns);
	banks->samples = map_mmap(skel->maps.samples);
	banks->samples_taken = (uint64_t *)skel->bss->samples_taken;
	if (!banks->cpus || !banks->slots || !banks->edges || !banks->fn_keys || !banks->fns ||
	    !banks->samples)
		return -errno;
	return ipis_bpf__open(c->ipis);
}

/*
 * Backwards along the life of a csd, so that none is half seen: what is
 * queued once the queue program is there will be seen to run. The twin must
 * come behind its first (csd_queue_twin()).
 */
static const char *const attach_order[NR_PROGS] = {
	"csd_exit", "csd_entry", "csd_queue", "csd_queue_twin", "ipi_send_cpu", "ipi_send_cpumask",
};

static int attach(struct collect *c)
{
	for (int i = 0; i < NR_PROGS; i++) {
		const struct bpf_prog_skeleton *prog = prog_of(c, attach_order[i]);

		if (!c->kinds_known && !strncmp(attach_order[i], "ipi_send", 8))
			continue;
		*prog->link = bpf_program__attach(*prog->prog);
		if (!*prog->link)
			return -errno;
	}
	return ipis_bpf__attach(c->ipis);
}

/*
 * Open and load. @irq: the programs that see interrupts (filter.bpf.h); the
 * two objects have the same maps and programs, so one skeleton fits both.
 */
static int load(struct collect *c, const struct collect_config *config, bool irq)
{
	struct ipitrace_bpf *skel = calloc(1, sizeof(*skel));
	int err = skel ? ipitrace_bpf__create_skeleton(skel) : -ENOMEM;

	if (err) {
		free(skel);
		return err;
	}
	c->skel = skel;
	c->sees_interrupts = irq;
	if (irq)
		skel->skeleton->data =
			(void *)ipitrace_irq_bpf__elf_bytes(&skel->skeleton->data_sz);
	err = bpf_object__open_skeleton(skel->skeleton, NULL);
	if (!err)
		err = configure(c, config);
	if (!err)
		err = ipitrace_bpf__load(skel);
	if (err) {
		ipis_bpf__close(c->ipis);
		c->ipis = NULL;
		ipitrace_bpf__destroy(skel);
		c->skel = NULL;
	}
	return err;
}

/* -ENOENT: the kernel cannot resolve what the first choice needs. */
static int load_best(struct collect *c, const struct collect_config *config)
{
	int err;

	c->by_task = config->tgid || config->kinds || config->by_key == BY_SENDER ||
		     config->by_key == BY_CGROUP;
	err = load(c, config, c->by_task);
	return c->by_task && err == -ENOENT ? load(c, config, false) : err;
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
	c->banks.by_key = config->by_key;
	err = load_best(c, config);
	if (!err)
		err = maps_open(c, config);
	if (!err)
		err = grace__open(&c->grace, !config->no_membarrier);
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

static uint64_t mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int prog_info(const struct collect *c, const char *name, struct bpf_prog_info *info)
{
	const struct bpf_prog_skeleton *prog = prog_of(c, name);
	__u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return prog ? bpf_obj_get_info_by_fd(bpf_program__fd(*prog->prog), info, &len) : -ENOENT;
}

/* How often the kernel did not run the first queue program inside itself. */
static uint64_t queue_skipped(const struct collect *c)
{
	struct bpf_prog_info info;

	return prog_info(c, "csd_queue", &info) ? 0 : info.recursion_misses;
}

/* What the programs took since the last call. */
static void cost_read(struct collect *c, struct snapshot *snap)
{
	if (c->stats_fd < 0)
		return;
	snap->self_known = true;
	for (int i = 0; i < NR_PROGS; i++) {
		struct bpf_prog_info info;

		snap->cost[i].name = attach_order[i];
		if (prog_info(c, attach_order[i], &info))
			continue;
		snap->cost[i].runs = info.run_cnt - c->cost[i].runs;
		snap->cost[i].ns = info.run_time_ns - c->cost[i].ns;
		c->cost[i].runs = info.run_cnt;
		c->cost[i].ns = info.run_time_ns;
	}
}

static void epoch_set(struct collect *c, uint32_t epoch)
{
	__atomic_store_n(&c->skel->bss->epoch, epoch, __ATOMIC_SEQ_CST);
}

static void window_begin(struct window *window)
{
	clock_gettime(CLOCK_REALTIME, &window->start);
	window->mono_start = mono_ns();
}

int collect__begin(struct collect *c)
{
	struct snapshot before;

	cost_read(c, &before);
	c->skipped_base = queue_skipped(c);
	c->epoch = 1;
	window_begin(&c->window);
	epoch_set(c, c->epoch);
	return 0;
}

/* irq_works tell only when asked whether they have run. */
static int sweep(struct collect *c)
{
	__u64 epoch = c->epoch;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &epoch, .ctx_size_in = sizeof(epoch));
	int err = bpf_prog_test_run_opts(bpf_program__fd(c->skel->progs.sweep), &opts);

	return err < 0 ? -errno : 0;
}

/*
 * What both queue programs were skipped for: @skipped, read before the cut,
 * less what the second one saw; of a skip counted before the cut the second
 * program may be late and count in the new epoch, so those are taken off as
 * well. That errs towards too few, and a later window makes up for it.
 */
static uint64_t queue_unseen(struct collect *c, uint64_t skipped, uint64_t recovered)
{
	uint64_t late = banks__recovered(&c->banks, c->epoch + 1), seen, unseen = 0;

	c->recovered += recovered;
	seen = c->recovered + late + c->unseen;
	skipped -= c->skipped_base;
	if (!c->filtered && skipped > seen)
		unseen = skipped - seen;
	c->unseen += unseen;
	return unseen;
}

int collect__cut(struct collect *c, struct snapshot *snap, bool last)
{
	uint64_t skipped, recovered, unseen;
	int err;

	memset(snap, 0, sizeof(*snap));
	skipped = queue_skipped(c);
	snap->window = c->window;
	window_begin(&c->window);
	epoch_set(c, last ? 0 : c->epoch + 1);
	snap->window.mono_end = c->window.mono_start;
	err = grace__wait(&c->grace);
	if (!err)
		err = sweep(c);
	if (err)
		return err;

	recovered = banks__recovered(&c->banks, c->epoch);
	err = banks__read(&c->banks, c->epoch, c->possible.has, snap);
	if (err)
		return err;
	snap->filtered = c->filtered;
	err = ipis_bpf__read(c->ipis, c->epoch, snap);
	if (err)
		return err;
	unseen = queue_unseen(c, skipped, recovered);
	snap->ledger.queued += unseen;
	snap->ledger.lost_by[LOST_QUEUE_UNSEEN] += unseen;
	snap->ledger.carried_in = c->in_flight;
	snap->by_task = c->by_task;
	snap->sees_interrupts = c->sees_interrupts;
	snap->kinds_known = c->kinds_known;
	cost_read(c, snap);
	c->in_flight = snap->ledger.in_flight;
	c->epoch++;
	return 0;
}

void collect__close(struct collect *c)
{
	if (!c)
		return;
	if (c->skel) {
		map_munmap(c->banks.cpus, c->skel->maps.cpus);
		map_munmap(c->banks.slots, c->skel->maps.slots);
		map_munmap(c->banks.edges, c->skel->maps.edges);
		map_munmap(c->banks.fn_keys, c->skel->maps.fn_keys);
		map_munmap(c->banks.fns, c->skel->maps.fns);
		map_munmap(c->banks.samples, c->skel->maps.samples);
	}
	ipis_bpf__close(c->ipis);
	if (c->stats_fd >= 0)
		close(c->stats_fd);
	grace__close(&c->grace);
	ipitrace_bpf__destroy(c->skel);
	free(c);
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
