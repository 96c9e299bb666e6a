// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <inttypes.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "base/sysfile.h"
#include "collect/collector.h"
#include "collect/layout.h"

static int call_membarrier(int cmd)
{
	return syscall(SYS_membarrier, cmd, 0, 0);
}

/*
 * Choose how to wait. MEMBARRIER_CMD_GLOBAL is synchronize_rcu() (kernel/sched/membarrier.c). A
 * kernel with nohz_full CPUs does not offer this command (since 4.15). On such a kernel an update
 * of a map of maps waits for running programs (since 4.18: 1ae80cf31938,
 * maybe_wait_bpf_programs()).
 */
int grace__open(struct grace *grace, bool try_membarrier)
{
	int cmds = call_membarrier(MEMBARRIER_CMD_QUERY), err;

	*grace = (struct grace){ .outer_fd = -1, .inner_fd = -1 };
	if (try_membarrier && cmds > 0 && cmds & MEMBARRIER_CMD_GLOBAL) {
		grace->membarrier = true;
		return 0;
	}
	grace->inner_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "grace_inner", 4, 4, 1, NULL);
	if (grace->inner_fd >= 0) {
		LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = grace->inner_fd);

		grace->outer_fd =
			bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "grace", 4, 4, 1, &opts);
	}
	if (grace->outer_fd >= 0)
		return 0;
	err = -errno;
	grace__close(grace);
	return err;
}

int grace__wait(struct grace *grace)
{
	int key = 0, err;

	if (grace->membarrier)
		err = call_membarrier(MEMBARRIER_CMD_GLOBAL);
	else
		err = bpf_map_update_elem(grace->outer_fd, &key, &grace->inner_fd, BPF_ANY);
	return err < 0 ? -errno : 0;
}

void grace__close(struct grace *grace)
{
	if (grace->outer_fd >= 0)
		close(grace->outer_fd);
	if (grace->inner_fd >= 0)
		close(grace->inner_fd);
	grace->outer_fd = grace->inner_fd = -1;
}

const char *grace__how(const struct grace *grace)
{
	return grace->membarrier ? "membarrier(MEMBARRIER_CMD_GLOBAL)" : "update of a map of maps";
}

/* Bytes: room for the events of a few ms, until a watcher reads them. */
#define STALL_EVENTS_BYTES (1 << 20)

/* The interrupts of x86 that have tracepoints, NAME_entry and NAME_exit (events/irq_vectors). */
static const char *const vectors[] = {
	"local_timer",	  "reschedule",		 "call_function",    "call_function_single",
	"irq_work",	  "error_apic",		 "spurious_apic",    "thermal_apic",
	"threshold_apic", "deferred_error_apic", "x86_platform_ipi",
};

void programs__use(struct programs *programs, enum use use, bool used)
{
	programs->uses = used ? programs->uses | 1U << use : programs->uses & ~(1U << use);
}

bool programs__uses(const struct programs *programs, enum use use)
{
	return use == USE_ALWAYS || programs->uses >> use & 1;
}

const struct bpf_prog_skeleton *programs__find(const struct bpf_object_skeleton *skeleton,
					       const char *name)
{
	for (int i = 0; i < skeleton->prog_cnt; i++)
		if (!strcmp(skeleton->progs[i].name, name))
			return &skeleton->progs[i];
	return NULL;
}

/* Returns the skeleton's entry; NULL: the program is unused, or missing on this architecture. */
static const struct bpf_prog_skeleton *prog_used(const struct programs *programs,
						 const struct program *program)
{
	return programs__uses(programs, program->use) ?
		       programs__find(programs->skeleton, program->name) :
		       NULL;
}

static struct bpf_map *map_find(const struct programs *programs, const char *name)
{
	const struct bpf_object_skeleton *skeleton = programs->skeleton;

	for (int i = 0; i < skeleton->map_cnt; i++)
		if (!strcmp(skeleton->maps[i].name, name))
			return *skeleton->maps[i].map;
	return NULL;
}

static int maps_configure(struct programs *programs, const struct map_desc *maps, size_t nr)
{
	int err = 0;

	if (programs->nr_maps + nr > NR_MAPS)
		return -E2BIG;
	for (size_t i = 0; !err && i < nr; i++) {
		struct bpf_map *map = map_find(programs, maps[i].name);
		/* Always create the maps of stalls, because the programs always refer to them. */
		bool created = maps[i].use == USE_WATCH || programs__uses(programs, maps[i].use);

		programs->maps[programs->nr_maps++] = maps[i];
		err = bpf_map__set_autocreate(map, created);
		if (!err && maps[i].entries)
			err = bpf_map__set_max_entries(map, maps[i].entries);
	}
	return err;
}

/*
 * Open the object, and give back the memory of its bytes, which are a part of the executable:
 * libbpf has copied what it needs. The pages at both ends have other data, too, and stay.
 */
static int open_object(struct bpf_object_skeleton *skeleton,
		       const struct bpf_object_open_opts *opts)
{
	uintptr_t page = sysconf(_SC_PAGESIZE), from = (uintptr_t)skeleton->data + page - 1;
	uintptr_t to = (uintptr_t)skeleton->data + skeleton->data_sz;
	int err = bpf_object__open_skeleton(skeleton, opts);

	from -= from % page;
	to -= to % page;
	if (from < to)
		madvise((void *)from, to - from, MADV_DONTNEED);
	return err;
}

static void close_types(struct programs *programs)
{
	if (programs->types_fd >= 0)
		close(programs->types_fd);
	programs->types_fd = -1;
}

int programs__open(struct programs *programs)
{
	struct bpf_object_skeleton *skeleton = programs->skeleton;
	const struct btf *kernel = kernel_btf__kept();
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	char path[64];
	int err;

	programs->types_fd = kernel ? core_types__create(path, sizeof(path)) : -ENOENT;
	if (programs->types_fd >= 0)
		opts.btf_custom_path = path;
	err = open_object(skeleton, &opts);
	if (!err && programs->types_fd >= 0 &&
	    core_types__write(programs->types_fd, kernel, bpf_object__btf(*skeleton->obj))) {
		/* `ulimit -f` holds for files in memory, too. Then libbpf searches all types. */
		close_types(programs);
		bpf_object__close(*skeleton->obj);
		*skeleton->obj = NULL;
		err = open_object(skeleton, NULL);
	}
	return err;
}

int programs__load(struct programs *programs, int err)
{
	if (!err)
		err = bpf_object__load_skeleton(programs->skeleton);
	/* libbpf takes these types only if a program needs them. */
	kernel_btf__keep(NULL);
	close_types(programs);
	return err;
}

int programs__configure(struct collector *collector, const struct collect_config *config,
			const struct map_desc *maps, size_t nr)
{
	struct programs *programs = &collector->programs;
	const struct geometry *geo = &collector->maps.geo;
	uint32_t user_stacks = geo->user_stacks ? geo->user_stacks : 1;
	uint32_t fns = geo->tables * geo->fn_shards * (FN_ROWS + 1);
#define BOTH(name, use, nr, by_cpu, member) MAPPED(struct collector, name, use, nr, by_cpu, member)
	const struct map_desc both[] = {
		BOTH("edges", USE_ALWAYS, geo->nr_cpus * geo->edge_slots, BY_CPU_EDGES, maps.edges),
		BOTH("fn_keys", USE_ALWAYS, geo->tables * FN_ROWS, BY_CPU_NONE, maps.fn_keys),
		BOTH("fns", USE_ALWAYS, fns, BY_CPU_NONE, maps.fns),
		BOTH("hot_rows", USE_ALWAYS, geometry__hot_rows(geo), BY_CPU_PLACES, maps.hot_rows),
		BOTH("samples", USE_ALWAYS, 0, BY_CPU_NONE, maps.samples),
		BOTH("user_stacks", USE_ALWAYS, user_stacks, BY_CPU_NONE, maps.user_stacks),
		BOTH("events", USE_COUNTS, geo->nr_cpus, BY_CPU_ENTRY, events.recs),
		BOTH("guests", USE_COUNTS, 0, BY_CPU_NONE, events.guests),
		{ .name = "queued_works", .use = USE_WORKS },
		{ .name = "new_modules", .use = USE_MODULES },
		{ .name = "stall_events", .entries = geo->watched ? STALL_EVENTS_BYTES : 0 },
		{ .name = "func_filter", .entries = config->nr_funcs },
	};
#undef BOTH
	int err;

	programs->nr_maps = 0;
	err = maps_configure(programs, both, sizeof(both) / sizeof(*both));
	for (size_t i = 0; i < programs->nr; i++) {
		const struct program *program = &programs->table[i];
		const struct bpf_prog_skeleton *prog =
			programs__find(programs->skeleton, program->name);

		if (prog)
			bpf_program__set_autoload(*prog->prog,
						  programs__uses(programs, program->use));
	}
	return err ? err : maps_configure(programs, maps, nr);
}

int programs__filter_funcs(const struct programs *programs, const struct collect_config *config)
{
	const struct bpf_map *map = map_find(programs, "func_filter");
	const uint8_t yes = 1;
	int err = 0;

	for (size_t i = 0; !err && i < config->nr_funcs; i++)
		err = bpf_map__update_elem(map, &config->funcs[i], sizeof(config->funcs[i]), &yes,
					   sizeof(yes), 0);
	return err;
}

void programs__filter_cpus(const struct cpuset *set, bool *filter, uint64_t *words)
{
	int cpu;

	if (!set)
		return;
	*filter = true;
	for_each_cpu(cpu, set)
		words[cpu / 64] |= 1ULL << cpu % 64;
}

/* Attach @prog to the tracepoint NAME_@end of each interrupt in `vectors` that the kernel has. */
static int vectors_attach(struct programs *programs, const struct bpf_program *prog,
			  const char *end)
{
	char tracepoint[64];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		struct bpf_link *link;

		if (programs->nr_links == PROGRAMS_LINKS)
			return -E2BIG;
		snprintf(tracepoint, sizeof(tracepoint), "%s_%s", vectors[i], end);
		link = bpf_program__attach_raw_tracepoint(prog, tracepoint);
		if (link)
			programs->links[programs->nr_links++] = link;
		else if (errno != ENOENT)
			return -errno;
	}
	return 0;
}

/* Attach a program to the tracepoint that its section names, or to several. */
static int prog_attach(struct programs *programs, const struct bpf_prog_skeleton *prog)
{
	if (!strcmp(prog->name, "interruption_vector_exit"))
		return vectors_attach(programs, *prog->prog, "exit");
	if (!strcmp(prog->name, "interruption_vector_entry"))
		return vectors_attach(programs, *prog->prog, "entry");
	*prog->link = bpf_program__attach(*prog->prog);
	return *prog->link ? 0 : -errno;
}

int programs__attach(struct programs *programs, uint32_t optional)
{
	for (size_t i = 0; i < programs->nr; i++) {
		const struct program *program = &programs->table[i];
		const struct bpf_prog_skeleton *prog = prog_used(programs, program);
		int err = prog ? prog_attach(programs, prog) : 0;

		if (err && (err != -ENOENT || !(optional >> program->use & 1)))
			return err;
		if (err)
			programs->missing |= 1U << program->use;
	}
	return 0;
}

/* Fill @info for the program @fd. Returns 0 or a negative errno; also for a negative @fd. */
static int prog_info_read(int fd, struct bpf_prog_info *info)
{
	__u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return fd < 0 ? fd : bpf_obj_get_info_by_fd(fd, info, &len);
}

/* Whether @link still has the program @prog; true if the kernel does not say. */
static bool has_program(const struct bpf_link *link, const struct bpf_program *prog)
{
	char path[32], target[16];
	struct bpf_link_info info = {};
	struct bpf_prog_info own;
	__u32 len = sizeof(info);

	if (!bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &len))
		return prog_info_read(bpf_program__fd(prog), &own) || own.id == info.prog_id;
	/* EBADFD: the descriptor is closed. */
	if (errno != EINVAL)
		return errno != EBADF && errno != EBADFD;
	/* Before 5.8 libbpf uses a perf event, or another anonymous descriptor, as a link. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", bpf_link__fd(link));
	return readlink(path, target, sizeof(target)) == sizeof(target) &&
	       !memcmp(target, "anon_inode:", strlen("anon_inode:"));
}

const char *programs__detached(const struct programs *programs)
{
	uint64_t ftrace;
	bool is_off = sysfile__number(&ftrace, "%" SCNu64, "/proc/sys/kernel/ftrace_enabled") &&
		      !ftrace;

	for (size_t i = 0; i < programs->nr; i++) {
		const struct bpf_prog_skeleton *prog = prog_used(programs, &programs->table[i]);
		enum bpf_prog_type type = prog ? bpf_program__type(*prog->prog) : 0;
		/* ftrace calls these programs: kernel/trace/ftrace.c, ftrace_enable_sysctl(). */
		bool by_ftrace = type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_KPROBE;

		if (prog && *prog->link &&
		    (!has_program(*prog->link, *prog->prog) || (is_off && by_ftrace)))
			return prog->name;
	}
	for (size_t i = 0; i < programs->nr_links; i++)
		if (fcntl(bpf_link__fd(programs->links[i]), F_GETFD) < 0)
			return "interruption_vector";
	return NULL;
}

void programs__detach(struct programs *programs)
{
	while (programs->nr_links)
		bpf_link__destroy(programs->links[--programs->nr_links]);
}

int programs__fd(const struct programs *programs, const char *name)
{
	const struct bpf_prog_skeleton *prog = programs__find(programs->skeleton, name);
	int fd = prog ? bpf_program__fd(*prog->prog) : -ENOENT;

	return fd < 0 ? -ENOENT : fd;
}

int programs__map_fd(const struct programs *programs, const char *name)
{
	return bpf_map__fd(map_find(programs, name));
}

size_t programs__map_bytes(const struct programs *programs, const char *name)
{
	const struct bpf_map *map = map_find(programs, name);

	return (size_t)bpf_map__max_entries(map) * bpf_map__value_size(map);
}

uint64_t programs__skipped(const struct programs *programs, const char *name)
{
	struct bpf_prog_info info;

	return prog_info_read(programs__fd(programs, name), &info) ? 0 : info.recursion_misses;
}

void programs__cost(struct programs *programs, struct snapshot *snap)
{
	size_t place = 0;

	for (size_t i = 0; i < programs->nr; i++) {
		const struct bpf_prog_skeleton *prog = prog_used(programs, &programs->table[i]);
		struct prog_cost *before = &programs->cost[place], *since = &snap->cost[place];
		struct bpf_prog_info info;

		if (!prog)
			continue;
		place++;
		if (prog_info_read(bpf_program__fd(*prog->prog), &info))
			continue;
		since->name = programs->table[i].name;
		since->runs = info.run_cnt - before->runs;
		since->ns = info.run_time_ns - before->ns;
		before->runs = info.run_cnt;
		before->ns = info.run_time_ns;
	}
}

static bool is_attached(const struct programs *programs, const char *name)
{
	const struct bpf_prog_skeleton *prog = programs__find(programs->skeleton, name);

	return prog && *prog->link;
}

void programs__known_events(const struct programs *programs, bool known[NR_EVENTS])
{
	known[EVENT_FREQUENCY] = is_attached(programs, "event_frequency");
	known[EVENT_MIGRATION] = is_attached(programs, "event_migration");
	known[EVENT_POLLED] = is_attached(programs, "event_polled");
	known[EVENT_GUEST_CLOCK] = is_attached(programs, "event_guest_clock");
	known[EVENT_GUEST_IPI] = is_attached(programs, "event_guest_icr") &&
				 is_attached(programs, "event_guest_hypercall");
	known[EVENT_HOST_FLUSH] = is_attached(programs, "event_host_hyperv") ||
				  is_attached(programs, "event_host_xen");
}
