// SPDX-License-Identifier: GPL-2.0
/* The source of calls, collect/hooks/hooks.c: its programs are opened, and never loaded. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "collect/collector.h"
#include "collect/hooks/hooks.h"
#include "collect/read_moment.h"
#include "hooks.skel.h"
#include "unit.h"

#define FD 77 /* of the map of stalls' events */

/* What the kernel does: errnos, and how often an entry skipped each program. */
static struct {
	int open, load, filter, reader, read, helper;
	uint64_t single, async, many, queue;
	uint64_t under_way;
} made;

static struct collector *collector;
static struct moment_maps watched; /* what the moment reader was opened with */
static int nr_filtered, nr_readers, nr_loads;

int __wrap_programs__open(struct programs *programs)
{
	return made.open ?: bpf_object__open_skeleton(programs->skeleton, NULL);
}

int __wrap_programs__load(struct programs *programs, int err)
{
	nr_loads++;
	return err ?: made.load;
}

int __wrap_programs__filter_funcs(const struct programs *programs,
				  const struct collect_config *config)
{
	nr_filtered++;
	return made.filter;
}

int __wrap_programs__map_fd(const struct programs *programs, const char *name)
{
	assert_ptr_equal(programs, &collector->programs);
	assert_string_equal(name, "stall_events");
	return FD;
}

uint64_t __wrap_programs__skipped(const struct programs *programs, const char *name)
{
	assert_ptr_equal(programs, &collector->programs);
	return !strcmp(name, "hook_single") ? made.single :
	       !strcmp(name, "hook_async")  ? made.async :
	       !strcmp(name, "hook_many")   ? made.many :
	       !strcmp(name, "hook_queue")  ? made.queue :
					      1000000;
}

int __wrap_moment_reader__open(struct moment_reader **reader, const struct moment_maps *maps)
{
	assert_ptr_equal(reader, &collector->moment_reader);
	nr_readers++;
	watched = *maps;
	return made.reader;
}

int __wrap_read_hooks(struct hook_maps *maps, uint32_t epoch, const struct cpuset *cpus,
		      struct snapshot *snap)
{
	assert_ptr_equal(maps->maps, &collector->maps);
	assert_int_equal(epoch, collector->epoch);
	assert_ptr_equal(cpus, &collector->seen);
	snap->call_ledger.begun = 100;
	snap->call_ledger.under_way = made.under_way;
	return made.read;
}

int __wrap_libbpf_probe_bpf_helper(enum bpf_prog_type type, enum bpf_func_id helper,
				   const void *opts)
{
	assert_int_equal(type, BPF_PROG_TYPE_RAW_TRACEPOINT);
	assert_int_equal(helper, BPF_FUNC_for_each_map_elem);
	assert_null(opts);
	return made.helper;
}

static void begin(uint32_t nr_cpus)
{
	collector = calloc(1, call_source.size);
	assert_non_null(collector);
	collector->source = &call_source;
	collector->programs.table = call_source.programs;
	collector->programs.nr = call_source.nr_programs;
	collector->maps.geo = geometry__of(nr_cpus);
	collector->epoch = 3;
}

static void end(void)
{
	if (collector)
		call_source.close(collector);
	free(collector);
	collector = NULL;
}

static int setup(void **state)
{
	memset(&made, 0, sizeof(made));
	memset(&watched, 0, sizeof(watched));
	nr_filtered = nr_readers = nr_loads = 0;
	begin(4);
	return 0;
}

static int teardown(void **state)
{
	end();
	return 0;
}

static int load(const struct collect_config *config, bool probes)
{
	return call_source.load(collector, config, probes);
}

/* The memory of a section of the programs' variables. */
static void *section(const char *name)
{
	const struct bpf_object_skeleton *skeleton = collector->programs.skeleton;

	for (int i = 0; i < skeleton->map_cnt; i++) {
		const char *dot = strchr(skeleton->maps[i].name, '.');

		if (dot && !strcmp(dot, name))
			return *skeleton->maps[i].mmaped;
	}
	fail_msg("no section %s", name);
	return NULL;
}

static const struct hooks_bpf__rodata *constants(void)
{
	return section(".rodata");
}

static uint32_t entries(const char *name)
{
	const struct bpf_object_skeleton *skeleton = collector->programs.skeleton;

	for (int i = 0; i < skeleton->map_cnt; i++)
		if (!strcmp(skeleton->maps[i].name, name))
			return bpf_map__max_entries(*skeleton->maps[i].map);
	fail_msg("no map %s", name);
	return 0;
}

static const struct collect_config all;

TEST_F(programs_at_functions_or_kprobes_are_loaded)
{
	for (int probes = 0; probes < 2; probes++) {
		assert_int_equal(load(&all, probes), 0);
		assert_members(*collector, sees_interrupts, 1, wait_source,
			       probes ? WAITS_KPROBE : WAITS_FEXIT);
		for (size_t i = 0; i < call_source.nr_programs; i++) {
			const struct program *program = &call_source.programs[i];
			const struct bpf_prog_skeleton *prog =
				programs__find(collector->programs.skeleton, program->name);
			bool wanted = program->use == USE_FENTRY ?
					      !probes :
				      program->use == USE_PROBES ?
					      probes :
					      program->use == USE_IRQS || program->use == USE_WORKS;

			/* Another architecture lacks some interrupts. */
			if (prog)
				assert_int_equal(bpf_program__autoload(*prog->prog), wanted);
		}
		end();
		begin(4);
	}
	/* The programs at returns come first. */
	assert_string_equal(call_source.programs[0].name, "hook_single_end");
	assert_int_equal(call_source.optional, 1U << USE_IRQS | 1U << USE_EVENTS |
						       1U << USE_HOST_FLUSHES | 1U << USE_WORKS |
						       1U << USE_MODULES);
}

/* Eight places for each CPU, 256 at least, and a power of two. */
TEST_F(the_table_of_calls_has_places_for_all_cpus)
{
	static const struct {
		uint32_t cpus, slots;
	} cases[] = { { 1, 256 }, { 32, 256 }, { 33, 512 }, { 64, 512 }, { 65, 1024 } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		end();
		begin(cases[i].cpus);
		assert_int_equal(load(&all, false), 0);
		assert_int_equal(entries("hook_calls"), cases[i].slots);
		assert_int_equal(constants()->hook_slots, cases[i].slots);
		assert_int_equal(entries("hook_cpus"), cases[i].cpus);
		assert_int_equal(constants()->nr_cpus, cases[i].cpus);
		/* One for each row of functions, however many CPUs there are. */
		assert_int_equal(entries("hook_at_most"), FN_ROWS + 1);
		assert_int_equal(constants()->edge_slots, collector->maps.geo.edge_slots);
		assert_int_equal(constants()->fn_shards, collector->maps.geo.fn_shards);
		assert_int_equal(constants()->hot_places, collector->maps.geo.hot_places);
	}
}

TEST_F(a_run_without_filters_has_none)
{
	assert_int_equal(load(&all, false), 0);
	assert_members(*constants(), has_filter, 0, filter_cpus, 0, filter_src, 0, filter_dst, 0,
		       filter_funcs, 0, filter_tgid, 0, by_key, 0, stall_threshold_ns, 0,
		       keep_user_stacks, 0, follow_works, 1);
	assert_int_equal(constants()->stall_phases, 0);
	assert_int_equal(nr_filtered, 1);
}

TEST_F(filters_reach_the_programs)
{
	static const uint64_t funcs[] = { 1, 2, 3 };
	const struct cpuset cpus = { { 1 } }, src = { { 2 } }, dst = { { 4, 8 } };
	const struct collect_config config = {
		.cpus = &cpus,
		.src = &src,
		.dst = &dst,
		.funcs = funcs,
		.nr_funcs = ARRAY_SIZE(funcs),
		.tgid = 71,
		.by_key = BY_NONE + 1,
		.watch_threshold = 1500,
		.watch_phases = 5,
	};

	collector->filtered = true;
	collector->maps.geo.user_stacks = 9;
	assert_int_equal(load(&config, false), 0);
	assert_members(*constants(), has_filter, 1, filter_cpus, 1, filter_src, 1, filter_dst, 1,
		       filter_funcs, 1, filter_tgid, 71, by_key, BY_NONE + 1, stall_threshold_ns,
		       1500, keep_user_stacks, 1);
	assert_int_equal(constants()->stall_phases, 5);
	assert_int_equal(constants()->cpu_filter[0], 1);
	assert_int_equal(constants()->src_filter[0], 2);
	assert_int_equal(constants()->dst_filter[0], 4);
	assert_int_equal(constants()->dst_filter[1], 8);
	assert_int_equal(entries("func_filter"), ARRAY_SIZE(funcs));
}

TEST_F(words_are_shared_with_the_programs)
{
	struct hooks_bpf__bss *bss;

	assert_int_equal(load(&all, false), 0);
	bss = section(".bss");
	assert_ptr_equal(collector->programs.epoch, &bss->epoch);
	assert_ptr_equal(collector->programs.samples_taken, bss->samples_taken);
	assert_ptr_equal(collector->programs.stall_events_lost, &bss->stall_events_lost);
	assert_ptr_equal(collector->programs.modules_gone, &bss->modules_gone);
	assert_ptr_equal(collector->programs.init_dropped, &bss->init_dropped);
}

TEST_F(a_load_that_fails_returns_its_error)
{
	made.load = -EINVAL;
	assert_int_equal(load(&all, false), -EINVAL);
	assert_null(collector->programs.epoch);
	assert_int_equal(nr_filtered, 0);
	end();
	begin(4);
	made.load = 0;
	made.filter = -E2BIG;
	assert_int_equal(load(&all, false), -E2BIG);
	assert_null(collector->programs.epoch);
	end();
	begin(4);
	made.open = -ENOENT;
	assert_int_equal(load(&all, false), -ENOENT);
	/* Each open has its load, which gives back what the open took. */
	assert_int_equal(nr_loads, 3);
	assert_null(collector->programs.epoch);
}

static int watch(const struct collect_config *config, uint32_t missing, bool filtered)
{
	end();
	begin(4);
	collector->filtered = filtered;
	assert_int_equal(load(config, false), 0);
	collector->programs.missing = missing;
	return call_source.open(collector, config);
}

/* Interrupts are watched if their programs are attached, and no filter is in the way. */
TEST_F(stalls_are_watched_for_if_that_is_wanted)
{
	static const struct collect_config stalls = { .watch_threshold = 1000 },
					   alone = { .watch_threshold = 1000, .no_attach = true };
	const struct under_way *under_way;

	assert_int_equal(watch(&all, 0, false), 0);
	assert_int_equal(nr_readers, 0);

	assert_int_equal(watch(&stalls, 0, false), 0);
	assert_int_equal(nr_readers, 1);
	assert_members(watched, events_fd, FD, phases, 1U << PHASE_WAIT | 1U << PHASE_INTERRUPT);
	assert_ptr_equal(watched.lost, collector->programs.stall_events_lost);
	assert_ptr_equal(watched.fill, read_under_way);
	under_way = watched.ctx;
	assert_members(*under_way, interrupts, 1, root, "");
	assert_ptr_equal(under_way->maps->maps, &collector->maps);
	assert_int_equal(under_way->maps->slots, HOOK_CALLS_MIN);

	assert_int_equal(watch(&stalls, ~(1U << USE_IRQS), false), 0);
	assert_int_equal(watched.phases, 1U << PHASE_WAIT | 1U << PHASE_INTERRUPT);
	assert_int_equal(watch(&stalls, 1U << USE_IRQS, false), 0);
	assert_int_equal(watched.phases, 1U << PHASE_WAIT);
	under_way = watched.ctx;
	assert_false(under_way->interrupts);
	assert_int_equal(watch(&stalls, 0, true), 0);
	assert_int_equal(watched.phases, 1U << PHASE_WAIT);
	assert_int_equal(watch(&alone, 0, false), 0);
	assert_int_equal(watched.phases, 1U << PHASE_WAIT);

	made.reader = -EMFILE;
	assert_int_equal(watch(&stalls, 0, false), -EMFILE);
}

/* The counts of skipped programs at a window's beginning and at its end. */
static struct snapshot window_of(uint64_t single, uint64_t async, uint64_t many, uint64_t queue)
{
	struct snapshot snap = {};

	call_source.begins(collector);
	made.single += single;
	made.async += async;
	made.many += many;
	made.queue += queue;
	call_source.begins(collector);
	assert_int_equal(call_source.read(collector, &snap), 0);
	return snap;
}

TEST_F(calls_that_no_program_saw_are_lost)
{
	struct snapshot snap;

	made.single = 50;
	assert_int_equal(watch(&all, 0, false), 0);
	snap = window_of(1, 2, 4, 8);
	assert_members(snap.known, entry_unseen, 1, irqs, 1, irq_delay, 1);
	assert_members(snap.call_ledger, begun, 115, filter_unseen, 0);
	assert_int_equal(snap.call_ledger.lost_by[HOOK_ENTRY_UNSEEN], 15);
	snap = window_of(0, 0, 0, 0);
	assert_members(snap.call_ledger, begun, 100);
	assert_int_equal(snap.call_ledger.lost_by[HOOK_ENTRY_UNSEEN], 0);
}

TEST_F(with_a_filter_such_calls_are_apart)
{
	struct snapshot snap;

	assert_int_equal(watch(&all, 0, true), 0);
	snap = window_of(1, 2, 4, 8);
	assert_members(snap.known, entry_unseen, 0, irqs, 1, irq_delay, 0);
	assert_members(snap.call_ledger, begun, 100, filter_unseen, 15);
	assert_int_equal(snap.call_ledger.lost_by[HOOK_ENTRY_UNSEEN], 0);
}

TEST_F(kprobes_that_were_skipped_are_unknown)
{
	struct snapshot snap;

	assert_int_equal(load(&all, true), 0);
	collector->programs.missing = 1U << USE_IRQS;
	assert_int_equal(call_source.open(collector, &all), 0);
	snap = window_of(1, 2, 4, 8);
	assert_members(snap.known, entry_unseen, 0, irqs, 0, irq_delay, 0);
	assert_members(snap.call_ledger, begun, 100, filter_unseen, 0);
	assert_int_equal(snap.call_ledger.lost_by[HOOK_ENTRY_UNSEEN], 0);
}

TEST_F(calls_under_way_are_carried_into_the_next_window)
{
	struct snapshot snap;

	assert_int_equal(watch(&all, 0, false), 0);
	made.under_way = 6;
	snap = window_of(0, 0, 0, 0);
	assert_members(snap.call_ledger, carried_in, 0, under_way, 6);
	made.under_way = 9;
	snap = window_of(0, 0, 0, 0);
	assert_members(snap.call_ledger, carried_in, 6, under_way, 9);
	/* A window that cannot be read changes nothing. */
	made.read = -ENOMEM;
	made.under_way = 30;
	assert_int_equal(call_source.read(collector, &snap), -ENOMEM);
	made.read = 0;
	assert_members(window_of(0, 0, 0, 0).call_ledger, carried_in, 9);
}

/* The task is known if a filter or the table of --by needs it. */
TEST_F(a_snapshot_says_if_the_task_is_known)
{
	const struct collect_config one = { .tgid = 71 };
	struct snapshot snap;

	for (int by = BY_NONE; by <= BY_VICTIM; by++) {
		const struct collect_config config = { .by_key = by };

		assert_int_equal(watch(&config, 0, false), 0);
		snap = window_of(0, 0, 0, 0);
		assert_members(snap.how, by_task, by_key_sends(by), sees_interrupts,
			       by_key_sends(by));
	}
	assert_int_equal(watch(&one, 0, true), 0);
	snap = window_of(0, 0, 0, 0);
	assert_members(snap.how, by_task, 1, sees_interrupts, 1);
}

/* The waits that are missing in the window that goes on. */
TEST_F(waits_that_no_program_saw_are_counted)
{
	struct hook_cpu *cpus = aligned_alloc(CACHE_LINE, 5 * sizeof(*cpus));
	struct unseen unseen = {};

	assert_non_null(cpus);
	memset(cpus, 0, 5 * sizeof(*cpus));
	assert_int_equal(watch(&all, 0, false), 0);
	for (size_t i = 0; i < collector->programs.nr_maps; i++)
		if (!strcmp(collector->programs.maps[i].name, "hook_cpus"))
			*(void **)((char *)collector + collector->programs.maps[i].at) = cpus;
	cpus[0].bank[1].lost[0] = 1;
	cpus[3].bank[1].lost[NR_HOOK_LOST - 1] = 2;
	/* Another bank, and a CPU beyond the last. */
	cpus[1].bank[0].lost[0] = 100;
	cpus[4].bank[1].lost[0] = 200;
	made.many = 10;
	call_source.begins(collector);
	made.many = 14;
	call_source.unseen(collector, true, &unseen);
	assert_int_equal(unseen.waits, 7);
	collector->epoch = 4;
	unseen = (struct unseen){};
	call_source.unseen(collector, true, &unseen);
	assert_int_equal(unseen.waits, 104);
	free(cpus);
}

TEST_F(calls_need_a_walk_over_a_map)
{
	made.helper = 1;
	assert_null(hooks__needs());
	made.helper = 0;
	assert_string_equal(hooks__needs(), "bpf_for_each_map_elem() (Linux 5.13)");
}

/* What a command wants and calls cannot say: each alone. */
TEST_F(hooks_lack_what_only_csds_show)
{
	assert_string_equal(hooks__lacks(&(struct collect_config){ .interruptions = true }),
			    "what interrupts a CPU");
	assert_string_equal(hooks__lacks(&(struct collect_config){ .keep_origins = true }),
			    "when a function runs on its target");
	assert_string_equal(hooks__lacks(&(struct collect_config){ .record_kinds = true }),
			    "each csd's run");
	assert_string_equal(hooks__lacks(&(struct collect_config){ .kinds = true }),
			    "--kinds: interrupts from send to exit");
	for (int by = BY_NONE; by < BY_VICTIM; by++)
		assert_null(hooks__lacks(&(struct collect_config){ .by_key = by }));
	assert_string_equal(hooks__lacks(&(struct collect_config){ .by_key = BY_VICTIM }),
			    "--by victim: what a function interrupts");
}

TEST_MAIN(NULL, NULL)
