// SPDX-License-Identifier: GPL-2.0
/*
 * The first source: the csd tracepoints. This file is the only owner of their skeletons, so only
 * this file reads and writes the words that the programs share with user space.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include "abi/interruption.h"
#include "collect/collector.h"
#include "collect/layout.h"
#include "collect/probe.h"
#include "collect/read_moment.h"
/* The skeletons use types of abi/. */
#include "ipitrace.skel.h"
#include "ipitrace_irq.skel.h"

/* At least the size of __flush_smp_call_function_queue(). */
#define FLUSH_FUNC_SIZE	 0x800
/* At least the size of generic_exec_single(); no function right after it in memory queues csds. */
#define SINGLE_FUNC_SIZE 0x180

struct csds {
	struct collector base;
	struct ipitrace_bpf *skel;
	struct ipis ipis; /* mapped with --kinds */
	struct moment_maps moment_maps; /* mapped if stalls are watched for */
	int evidence_fd; /* descriptor of the program `evidence`, if stalls are watched for */
	bool needs_task; /* the configuration needs to know the task that sends */
	bool kinds_known; /* a window has counts of interrupts sent, by kind */
	struct percpu_places places; /* of the variables that the configuration needs */
	uint64_t in_flight; /* csds in flight at the last cut */
	uint64_t waits_unseen; /* waits, up to the last cut, that were not seen */
	/*
	 * Queue events for which the kernel skipped csd_queue(), because csd_queue() was running on
	 * that CPU already.
	 */
	uint64_t skipped_base; /* the kernel's count at the beginning */
	uint64_t skipped; /* the kernel's count at the last cut */
	uint64_t recovered; /* of these events, those that csd_queue_twin() saw */
	uint64_t unseen; /* of these events, those for which csd_queue_twin() was skipped, too */
	/* Interrupts sent that no program counted, up to the last cut, and up to the cut before. */
	uint64_t sends_skipped;
	uint64_t sends_skipped_before;
};

static struct csds *csds_of(struct collector *collector)
{
	return (struct csds *)collector;
}

/*
 * The programs in the order of attaching. The first program sees CPUs come online, because the
 * other programs count there. The next programs are those of a csd, from the end of its life to the
 * beginning, then those of an interrupt: each csd that csd_queue sees is also seen to run. The
 * program csd_queue_twin must come after csd_queue, which it checks. Some programs of --kinds exist
 * only on x86, some only on arm64.
 */
static const struct program programs[] = {
	{ "cpu_hotplugged", USE_HOTPLUGGED },
	{ "csd_exit", USE_CSDS },
	{ "csd_entry", USE_CSDS },
	{ "single_end", USE_FENTRY },
	{ "single_begin", USE_FENTRY },
	{ "many_begin", USE_FENTRY },
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
	EVENT_PROGRAMS,
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

#define NR_PROGRAMS (sizeof(programs) / sizeof(*programs))
_Static_assert(NR_PROGRAMS <= NR_PROGS, "a snapshot has room for the cost of each program");

static void geometry_set(struct csds *csds, const struct collect_config *config)
{
	struct geometry *geo = &csds->base.maps.geo;

	if (config->no_hot_rows)
		geo->hot_places = 0;
	if (config->one_edge)
		geo->edge_slots = 1;
	/* From Linux 7.3 on a task has a mask for its calls, and may be preempted during a call. */
	if (config->calls_at_once || kernel_btf__names("task_ipi_mask"))
		geo->task_call_slots = geometry__task_calls(geo->nr_cpus);
	if (config->record_kinds)
		geo->record_slots = config->record_slots ? config->record_slots :
							   geometry__records(geo->nr_cpus);
	if (config->keep_origins || geo->watched || geo->record_slots)
		geo->origins = geometry__slots(geo);
	csds->ipis.nr_cpus = geo->nr_cpus;
	csds->ipis.shards = geo->ipi_shards;
}

/* Whether functions, CPUs and calls are added up, and senders sampled. */
static bool keeps_sums(const struct collect_config *config)
{
	return config->keep_sums || (!config->watch_threshold && !config->record_kinds);
}

/* Whether a call begins at its task's entry into the kernel's function (calls_fentry.bpf.h). */
static bool times_waits_by_task(const struct csds *csds, const struct collect_config *config)
{
	return programs__uses(&csds->base.programs, USE_FENTRY) || config->waits_given;
}

/* Whether a program must find the CPUs' run queues (bpf/queues.bpf.h). */
static bool finds_queues(const struct csds *csds)
{
	return csds->places.steal_clock || csds->places.known;
}

/* Whether ipitrace finds out for whom a kworker sends. */
static bool follows_works(const struct collect_config *config)
{
	return keeps_sums(config) || config->interruptions;
}

/* Whether the programs of a sender see if an interrupt runs on top of the current task. */
static bool sees_tasks(const struct csds *csds)
{
#if defined(__x86_64__)
	bool count_known = csds->places.preempt_count;
#else
	bool count_known = true;
#endif

	return csds->base.sees_interrupts || (csds->places.known && count_known);
}

/* Returns the number that the kernel's types have for struct @name; 0: not known. */
static uint32_t find_type(const char *name)
{
	const struct btf *kernel = kernel_btf__kept();
	int id = kernel ? btf__find_by_name_kind(kernel, name, BTF_KIND_STRUCT) : 0;

	return id > 0 ? id : 0;
}

static void rodata_configure(const struct csds *csds, const struct collect_config *config)
{
	struct ipitrace_bpf__rodata *rodata = csds->skel->rodata;
	const struct geometry *geo = &csds->base.maps.geo;

	rodata->csd_type_id = find_type("__call_single_data");
	rodata->task_type_id = geo->watched ? find_type("task_struct") : 0;
	rodata->nr_cpus = geo->nr_cpus;
	rodata->mailbox_slots = geo->mailbox_slots;
	rodata->irq_work_slots = geo->irq_work_slots;
	rodata->edge_slots = geo->edge_slots;
	rodata->fn_shards = geo->fn_shards;
	rodata->hot_places = geo->hot_places;
	rodata->ipi_shards = geo->ipi_shards;
	rodata->keep_sums = keeps_sums(config);
	rodata->waits_by_task = times_waits_by_task(csds, config);
	rodata->wait_slots = geo->wait_slots;
	rodata->calls_at_once = geo->task_call_slots > 1;
	rodata->task_call_slots = geo->task_call_slots;
	rodata->keep_origins = geo->origins > 1;
	rodata->keep_stacks = config->keep_stacks;
	rodata->keep_user_stacks = geo->user_stacks;
	rodata->follow_works = programs__uses(&csds->base.programs, USE_WORKS);
	rodata->record_kinds = config->record_kinds;
	rodata->record_slots = geo->record_slots;
	rodata->keep_interruptions = config->interruptions;
	rodata->min_delay = config->min_delay;
	rodata->min_handler = config->min_handler;
	rodata->min_wait = config->min_wait;
	rodata->stall_threshold_ns = config->watch_threshold;
	rodata->stall_phases = config->watch_phases;
	rodata->end_slots = geo->watched ? geo->edge_slots : 1;
	rodata->flush_from = config->flush_func;
	rodata->flush_to = config->flush_func + FLUSH_FUNC_SIZE;
	rodata->steal_clocks = csds->places.steal_clock || config->steal_given;
	rodata->steal_time_type_id = rodata->steal_clocks ? find_type("kvm_steal_time") : 0;
	rodata->steal_clock_distance = csds->places.steal_clock;
	rodata->irq_stat_distance = csds->places.irq_stat;
	rodata->preempt_count_distance = csds->places.preempt_count;
	rodata->lock_nodes_distance = csds->places.lock_nodes;
	rodata->stopper_distance = csds->places.stopper;
	rodata->counts_disables = csds->places.counts_disables;
	rodata->find_queues = finds_queues(csds);
	rodata->see_cpus = csds->places.known;
	rodata->single_from = config->single_func;
	rodata->single_to = config->single_func ? config->single_func + SINGLE_FUNC_SIZE : 0;
	rodata->has_filter = csds->base.filtered;
	programs__filter_cpus(config->cpus, &rodata->filter_cpus, (uint64_t *)rodata->cpu_filter);
	programs__filter_cpus(config->src, &rodata->filter_src, (uint64_t *)rodata->src_filter);
	programs__filter_cpus(config->dst, &rodata->filter_dst, (uint64_t *)rodata->dst_filter);
	rodata->filter_funcs = config->funcs != NULL;
	rodata->filter_tgid = config->tgid;
	rodata->by_key = config->by_key;
}

/* Returns 0 or a negative errno. */
static int maps_configure(struct csds *csds, const struct collect_config *config)
{
	const struct geometry *geo = &csds->base.maps.geo;
	uint32_t watched = geo->watched ? geo->nr_cpus : 0;
	uint32_t waits = times_waits_by_task(csds, config) ? geo->wait_slots : 0;
	uint32_t rings = geo->record_slots ? geo->nr_cpus : 0;
#define CSDS(name, use, nr, by_cpu, member) MAPPED(struct csds, name, use, nr, by_cpu, member)
	const struct map_desc maps[] = {
		CSDS("cpus", USE_ALWAYS, geo->nr_cpus + 1, BY_CPU_ENTRY, base.maps.cpus),
		CSDS("slots", USE_ALWAYS, geometry__slots(geo), BY_CPU_BOX, base.maps.slots),
		CSDS("origins", USE_ALWAYS, geo->origins, BY_CPU_BOX, base.maps.origins),
		CSDS("calls", USE_ALWAYS, geo->nr_cpus, BY_CPU_ENTRY, base.maps.calls),
		CSDS("task_calls", USE_ALWAYS, geo->task_call_slots, BY_CPU_NONE,
		     base.maps.task_calls),
		CSDS("records", USE_ALWAYS, rings * geo->record_slots, BY_CPU_RING,
		     base.maps.records),
		CSDS("record_rings", USE_ALWAYS, rings, BY_CPU_ENTRY, base.maps.rings),
		CSDS("entered", USE_ALWAYS, rings * FRAMES, BY_CPU_RUNNING, base.maps.entered),
		CSDS("frame_origins", USE_WATCH, watched * FRAMES, BY_CPU_NONE,
		     moment_maps.frame_origins),
		CSDS("sleepers", USE_WATCH, 0, BY_CPU_NONE, moment_maps.sleepers),
		CSDS("sleeper_origins", USE_WATCH, 0, BY_CPU_NONE, moment_maps.sleeper_origins),
		CSDS("ipi_recs", USE_KINDS, geo->nr_cpus, BY_CPU_ENTRY, ipis.recs),
		CSDS("ipi_hists", USE_KINDS, geo->ipi_shards * IPI_CLASSES, BY_CPU_NONE,
		     ipis.hists),
		CSDS("ipi_reasons", USE_KINDS, 0, BY_CPU_NONE, ipis.reasons),
		CSDS("wakes", USE_KINDS, 0, BY_CPU_NONE, ipis.wakes),
		{ .name = "waits", .entries = waits },
		{ .name = "away_tasks", .entries = geo->task_call_slots },
		{ .name = "ends", .entries = watched * geo->edge_slots },
		{ .name = "stacks", .entries = config->keep_stacks ? STACKS : 0 },
		{ "interruptions", USE_INTERRUPTIONS, .entries = INTERRUPTIONS_BYTES },
		{ "interrupted", USE_INTERRUPTIONS, .entries = geo->nr_cpus },
		{ "origin_works", USE_INTERRUPTIONS, .entries = geo->origins },
		{ "entered_works", USE_INTERRUPTIONS, .entries = geo->nr_cpus * FRAMES },
	};
#undef CSDS

	return programs__configure(&csds->base, config, maps, sizeof(maps) / sizeof(*maps));
}

static void skeleton_close(struct collector *collector)
{
	struct csds *csds = csds_of(collector);

	ipitrace_bpf__destroy(csds->skel);
	csds->skel = NULL;
}

/*
 * Open and load the programs; with @irq the object whose programs recognise interrupts
 * (bpf/kernel.bpf.h). Both objects have the same maps and programs, so one skeleton fits both.
 */
static int object_load(struct csds *csds, const struct collect_config *config, bool irq, bool fexit)
{
	struct ipitrace_bpf *skel = calloc(1, sizeof(*skel));
	struct programs *used = &csds->base.programs;
	int err = skel ? ipitrace_bpf__create_skeleton(skel) : -ENOMEM;

	if (err) {
		free(skel);
		return err;
	}
	csds->skel = skel;
	used->skeleton = skel->skeleton;
	programs__use(used, USE_FENTRY, fexit);
	csds->base.sees_interrupts = irq;
	csds->base.wait_source = fexit ? WAITS_FEXIT : WAITS_CSD;
	programs__use(used, USE_WORKS, follows_works(config) && sees_tasks(csds));
	if (irq)
		skel->skeleton->data =
			(void *)ipitrace_irq_bpf__elf_bytes(&skel->skeleton->data_sz);
	err = programs__open(used);
	if (!err) {
		rodata_configure(csds, config);
		/* These three programs are attached to no event: user space runs them. */
		bpf_program__set_autoload(skel->progs.evidence, csds->base.maps.geo.watched);
		bpf_program__set_autoload(skel->progs.queues_find, finds_queues(csds));
		bpf_program__set_autoload(skel->progs.steal_clock_look,
					  csds->places.steal_clock && config->interruptions);
		err = maps_configure(csds, config);
	}
	err = programs__load(used, err);
	if (!err)
		err = programs__filter_funcs(used, config);
	if (err)
		skeleton_close(&csds->base);
	return err;
}

/* Let a program find the run queues and steal clocks. Returns whether it found all run queues. */
static bool queues_find(const struct csds *csds)
{
	const struct programs *used = &csds->base.programs;
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int fd = programs__map_fd(used, "cpus"), err, cpu;
	struct cpu_rec *rec = malloc(sizeof(*rec));

	err = rec ? bpf_prog_test_run_opts(programs__fd(used, "queues_find"), &opts) : -ENOMEM;
	for_each_cpu(cpu, &csds->base.possible)
		if (!err && !bpf_map_lookup_elem(fd, &cpu, rec))
			err = rec->queue ? 0 : -ENOENT;
	free(rec);
	return !err;
}

/*
 * Do what object_load() does, and if the run queue or the clock of some CPU cannot be found, load
 * again without run queues and clocks.
 */
static int object_load_with_clocks(struct csds *csds, const struct collect_config *config, bool irq,
				   bool fexit)
{
	int err = object_load(csds, config, irq, fexit);

	if (err || !finds_queues(csds) || queues_find(csds))
		return err;
	skeleton_close(&csds->base);
	csds->places = (struct percpu_places){};
	return object_load(csds, config, irq, fexit);
}

static void uses_set(struct csds *csds, const struct collect_config *config)
{
	const struct geometry *geo = &csds->base.maps.geo;
	struct programs *used = &csds->base.programs;

	programs__use(used, USE_CSDS,
		      !config->record_kinds || config->record_kinds >> KIND_CALL_FUNCTION & 1);
	programs__use(used, USE_WATCH, geo->watched);
	programs__use(used, USE_AT_ONCE, geo->task_call_slots > 1);
	programs__use(used, USE_KINDS, config->kinds);
	programs__use(used, USE_INTERRUPTIONS, config->interruptions);
	programs__use(used, USE_FORKS, config->interruptions && config->program);
	programs__use(used, USE_HOTPLUGGED,
		      config->interruptions || memcmp(&csds->base.seen, &csds->base.possible,
						      sizeof(csds->base.seen)));
	csds->needs_task = config->tgid || config->kinds || geo->origins > 1 ||
			   by_key_sends(config->by_key);
}

/* Load as much as this kernel accepts. @probes is only for the other source. */
static int csds_load(struct collector *collector, const struct collect_config *config, bool probes)
{
	struct programs *used = &collector->programs;
	struct csds *csds = csds_of(collector);
	int err = -ENOENT;
	bool fexit;

	(void)probes;
	geometry_set(csds, config);
	if ((uint64_t)collector->maps.geo.nr_cpus * collector->maps.geo.record_slots > UINT32_MAX)
		return -ENOMEM;
	uses_set(csds, config);
	csds->places = probe__percpu_places();
	if (config->steal_given)
		csds->places.steal_clock = 0;
	/* Only the evidence and the works use the other places. */
	if (config->no_interrupts || (!collector->maps.geo.watched && !follows_works(config)))
		csds->places.known = false;
	/* Try the objects and programs that know most first, then simpler ones. */
	fexit = !config->no_fexit && programs__uses(used, USE_CSDS) && probe__fexit();
	for (int irq = csds->needs_task && !config->no_interrupts; irq >= 0 && err; irq--)
		for (int with_fexit = fexit; with_fexit >= 0 && err; with_fexit--)
			err = object_load_with_clocks(csds, config, irq, with_fexit);
	if (err)
		return err;
	/* An IPI names no function, so a filter by function cannot select IPIs. */
	csds->kinds_known = !config->funcs;
	used->epoch = &csds->skel->bss->epoch;
	used->samples_taken = (uint64_t *)csds->skel->bss->samples_taken;
	used->stall_events_lost = (const uint64_t *)&csds->skel->bss->stall_events_lost;
	used->modules_gone = &csds->skel->bss->modules_gone;
	used->init_dropped = (const uint64_t *)&csds->skel->bss->init_dropped;
	used->interruptions_lost = (const uint64_t *)&csds->skel->bss->interruptions_lost;
	used->hotplugged = csds->skel->bss->hotplugged;
	used->gone = csds->skel->bss->gone;
	return 0;
}

static int csds_open(struct collector *collector, const struct collect_config *config)
{
	struct csds *csds = csds_of(collector);
	struct moment_maps *maps = &csds->moment_maps;

	(void)config;
	collector->map_bytes = geometry__bytes(&collector->maps.geo);
	if (!collector->maps.geo.watched)
		return 0;
	csds->evidence_fd = programs__fd(&collector->programs, "evidence");
	maps->maps = &collector->maps;
	maps->cpus = &collector->seen;
	maps->phases = CSD_PHASES;
	maps->lost = collector->programs.stall_events_lost;
	maps->events_fd = programs__map_fd(&collector->programs, "stall_events");
	maps->evidence_fd = &csds->evidence_fd;
	return moment_reader__open(&collector->moment_reader, maps);
}

/*
 * Note how often the kernel has skipped programs. The kernel does not run a program inside itself:
 * if an interrupt interrupts the program that counts csds (or interrupts sent) and queues a csd (or
 * sends an interrupt), the program does not see that.
 */
static void csds_begins(struct collector *collector)
{
	/* The programs of sends to one CPU and to a mask; then those of --kinds. */
	static const char *const sends[] = { "ipi_send_cpu", "ipi_send_cpumask", "ipis_send",
					     "ipis_send_mask" };
	const struct programs *used = &collector->programs;
	struct csds *csds = csds_of(collector);

	csds->skipped = programs__skipped(used, "csd_queue");
	if (!collector->epoch)
		csds->skipped_base = csds->skipped;
	csds->sends_skipped_before = csds->sends_skipped;
	csds->sends_skipped = 0;
	for (size_t i = 0; i < sizeof(sends) / sizeof(*sends); i++)
		csds->sends_skipped += programs__skipped(used, sends[i]);
}

static int csds_sweep(struct collector *collector)
{
	__u64 epoch = collector->epoch;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &epoch, .ctx_size_in = sizeof(epoch));
	int err = bpf_prog_test_run_opts(programs__fd(&collector->programs, "sweep"), &opts);

	return err < 0 ? -errno : 0;
}

/*
 * Returns the queue events of this window for which both queue programs were skipped: the kernel's
 * count, read before the cut, minus the events that csd_queue_twin() saw (@recovered).
 * csd_queue_twin() may have counted, already in the new epoch, an event from before the cut, so its
 * events of the new epoch are subtracted, too. The result may be too small; then the result of a
 * later window is larger.
 */
static uint64_t queue_unseen(struct csds *csds, uint64_t recovered)
{
	uint64_t skipped = csds->skipped - csds->skipped_base;
	uint64_t late = read_recovered(&csds->base.maps, csds->base.epoch + 1), seen, unseen = 0;

	csds->recovered += recovered;
	seen = csds->recovered + late + csds->unseen;
	if (skipped > seen)
		unseen = skipped - seen;
	csds->unseen += unseen;
	return unseen;
}

/*
 * The kernel counts that it skipped csd_queue(), and csd_queue_twin() counts the event soon after:
 * at most this time later if an interrupt comes between the two.
 */
#define RECOVERY_US 100000

static uint64_t queue_unseen_now(const struct csds *csds)
{
	const struct collector *collector = &csds->base;
	uint64_t skipped =
		programs__skipped(&collector->programs, "csd_queue") - csds->skipped_base;
	uint64_t recovered = read_recovered(&collector->maps, collector->epoch);

	if (skipped <= recovered)
		return 0;
	/* Sleep, because a grace period would wait for a CPU that takes no interrupts. */
	usleep(RECOVERY_US);
	recovered = read_recovered(&collector->maps, collector->epoch);
	return skipped > recovered ? skipped - recovered : 0;
}

/* Returns the waits so far that found no record: only Linux 7.3 and later has such. */
static uint64_t waits_lost(const struct csds *csds)
{
	return __atomic_load_n(&csds->skel->bss->task_calls_lost, __ATOMIC_RELAXED);
}

static void csds_unseen(struct collector *collector, bool only_waits, struct unseen *unseen)
{
	const struct csds *csds = csds_of(collector);

	unseen->late = read_late_unseen(&collector->maps, collector->epoch, only_waits);
	unseen->queued = queue_unseen_now(csds);
	unseen->waits = waits_lost(csds);
}

/* Mark the figures of steal time as known: the CPUs' clocks show all of it. */
static void mark_stolen_known(struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nr_cpus; i++)
		snap->cpus[i].stolen.known = snap->cpus[i].stolen.csds_known = true;
	for (size_t i = 0; i < snap->nr_fns; i++)
		snap->fns[i].stolen.known = snap->fns[i].stolen.csds_known = true;
	for (size_t i = 0; i < snap->nr_by; i++)
		snap->by[i].stolen.known = snap->by[i].stolen.csds_known = true;
	for (size_t i = 0; i < snap->nr_others; i++)
		snap->others[i].stolen.known = snap->others[i].stolen.csds_known = true;
}

static int csds_read(struct collector *collector, struct snapshot *snap)
{
	struct csds *csds = csds_of(collector);
	uint64_t recovered, unseen, lost;
	int err = csds_sweep(collector);

	recovered = read_recovered(&collector->maps, collector->epoch);
	if (!err)
		err = read_cpus(&collector->maps, collector->epoch, &collector->seen, snap);
	if (!err && programs__uses(&collector->programs, USE_KINDS))
		err = read_ipis(&csds->ipis, collector->epoch, snap);
	if (err)
		return err;
	unseen = queue_unseen(csds, recovered);
	if (collector->filtered) {
		snap->ledger.filter_unseen = unseen;
	} else {
		snap->ledger.queued += unseen;
		snap->ledger.lost_by[LOST_QUEUE_UNSEEN] += unseen;
	}
	/* With a filter it is unknown which of these sends the filter lets through. */
	snap->sends_unseen = collector->filtered ? 0 :
						   csds->sends_skipped - csds->sends_skipped_before;
	snap->ledger.carried_in = csds->in_flight;
	csds->in_flight = snap->ledger.in_flight;
	snap->how.by_task = csds->needs_task;
	snap->how.sees_interrupts = collector->sees_interrupts;
	snap->how.by_pid = csds->skel->rodata->filter_tgid;
	snap->known.kinds = csds->kinds_known;
	if (csds->kinds_known && csds->skel->rodata->keep_sums)
		sends__complete(snap);
	snap->known.begin_unseen = collector->wait_source == WAITS_FEXIT;
	if (csds->skel->rodata->steal_clocks)
		mark_stolen_known(snap);
	/* The waits, since the last cut, that found no record. */
	lost = waits_lost(csds);
	snap->known.waits_unseen = collector->maps.geo.task_call_slots > 1;
	snap->waits_unseen = lost - csds->waits_unseen;
	csds->waits_unseen = lost;
	return 0;
}

const struct source_desc csd_source = {
	.size = sizeof(struct csds),
	.programs = programs,
	.nr_programs = NR_PROGRAMS,
	/* Without hotplug's tracepoint (CONFIG_HOTPLUG_CPU) no CPU comes online later. */
	.optional = 1U << USE_KINDS | 1U << USE_INTERRUPTIONS | 1U << USE_EVENTS |
		    1U << USE_HOST_FLUSHES | 1U << USE_HOTPLUGGED | 1U << USE_WORKS |
		    1U << USE_MODULES,
	.load = csds_load,
	.open = csds_open,
	.begins = csds_begins,
	.read = csds_read,
	.unseen = csds_unseen,
	.sweep = csds_sweep,
	.close = skeleton_close,
};
