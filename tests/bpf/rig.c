// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "base/cpuset.h"
#include "collect/collector.h"
#include "model/snapshot.h"
#include "../unit/skip.h"
#include "rig.h"

#define TTWU 0x30 /* CSD_TYPE_TTWU */
#define SYNC 0x11 /* CSD_TYPE_SYNC, CSD_FLAG_LOCK */

struct rig rig;

static void run(int prog_fd, __u64 *args, size_t size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = size);

	assert_true(prog_fd >= 0);
	assert_int_equal(bpf_prog_test_run_opts(prog_fd, &opts), 0);
}

static void bind(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void run_on(struct rig *rig, int cpu, const char *prog, __u64 *args, size_t size)
{
	bind(cpu);
	run(programs__fd(&rig->collector->programs, prog), args, size);
}

/*
 * The stack's end has the registers with which the task entered the kernel (struct pt_regs). This code
 * puts two made-up csds there, each in a pair of registers: list and flags.
 */
#if defined(__x86_64__)
#define FIRST_PAIR  0 /* r15, r14 */
#define SECOND_PAIR 2 /* r13, r12 */

static long bpf_call(union bpf_attr *attr, size_t size)
{
	long ret = SYS_bpf;

	asm volatile("mov %[flags], %%r14\n\tmov %[flags], %%r12\n\tsyscall"
		     : "+a"(ret)
		     : "D"(BPF_PROG_TEST_RUN), "S"(attr), "d"(size), [flags] "i"(SYNC)
		     : "rcx", "r11", "r12", "r14", "memory");
	return ret;
}
#else
#define FIRST_PAIR  19
#define SECOND_PAIR 21

static long bpf_call(union bpf_attr *attr, size_t size)
{
	register long ret asm("x0") = BPF_PROG_TEST_RUN;
	register union bpf_attr *x1 asm("x1") = attr;
	register size_t x2 asm("x2") = size;
	register long x8 asm("x8") = SYS_bpf;

	asm volatile("mov x20, %[flags]\n\tmov x22, %[flags]\n\tsvc 0"
		     : "+r"(ret)
		     : "r"(x1), "r"(x2), "r"(x8), [flags] "i"(SYNC)
		     : "x20", "x22", "memory");
	return ret;
}
#endif

__u64 rig__csd_on_stack(const struct rig *rig, int i)
{
	return rig->memory->regs + (i ? SECOND_PAIR : FIRST_PAIR) * sizeof(__u64);
}

void rig__run_on_stack(struct rig *rig, int cpu, const char *prog, __u64 *args, size_t size)
{
	union bpf_attr attr = {
		.test.prog_fd = programs__fd(&rig->collector->programs, prog),
		.test.ctx_in = (__u64)args,
		.test.ctx_size_in = size,
	};

	bind(cpu);
	assert_int_equal(bpf_call(&attr, sizeof(attr)), 0);
}

/* A thread that keeps its CPU from being idle. */
struct spinner {
	int cpu;
	_Atomic bool spins, over;
};

static void *spin(void *of)
{
	struct spinner *spinner = of;

	bind(spinner->cpu);
	for (spinner->spins = true; !spinner->over;)
		;
	return NULL;
}

/*
 * The kernel runs a program on another CPU by an IPI. A CPU that polls while it is idle, as with mwait,
 * gets no IPI, and its idle task runs the program (call_function_single_prep_ipi(), kernel/sched/core.c).
 */
void rig__run_in_interrupt(struct rig *rig, int cpu, const char *prog, __u64 *args, size_t size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = size, .cpu = cpu,
		    .flags = BPF_F_TEST_RUN_ON_CPU);
	int fd = programs__fd(&rig->collector->programs, prog), err;
	struct spinner spinner = { .cpu = cpu };
	pthread_t thread;

	bind(!cpu);
	assert_int_equal(pthread_create(&thread, NULL, spin, &spinner), 0);
	while (!spinner.spins)
		sched_yield();
	err = bpf_prog_test_run_opts(fd, &opts);
	spinner.over = true;
	pthread_join(thread, NULL);
	assert_int_equal(err, 0);
}

static void fakes_open(struct rig *rig)
{
	const char *build = getenv("BUILD");
	struct bpf_program *prog;
	struct bpf_map *map;
	char path[256];
	__u64 none = 0;

	snprintf(path, sizeof(path), "%s/tests/fake.bpf.o", build ? build : "build");
	rig->fakes = bpf_object__open_file(path, NULL);
	assert_non_null(rig->fakes);
	assert_int_equal(bpf_object__load(rig->fakes), 0);
	map = bpf_object__find_map_by_name(rig->fakes, "memory");
	rig->memory = mmap(NULL, sizeof(*rig->memory), PROT_READ | PROT_WRITE, MAP_SHARED,
			   bpf_map__fd(map), 0);
	assert_ptr_not_equal(rig->memory, MAP_FAILED);
	prog = bpf_object__find_program_by_name(rig->fakes, "address");
	run(bpf_program__fd(prog), &none, sizeof(none));
	assert_true(rig->memory->address != 0);
}

void rig__open(struct rig *rig, const struct collect_config *config)
{
	struct collect_config own = config ? *config : (struct collect_config){};

	memset(rig, 0, sizeof(*rig));
	own.no_attach = true;
	assert_int_equal(collector__open(&rig->collector, &own), 0);
	fakes_open(rig);
	collector__begin(rig->collector);
}

void rig__close(struct rig *rig)
{
	if (!rig->collector)
		return;
	snapshot__free(&rig->snap);
	munmap(rig->memory, sizeof(*rig->memory));
	bpf_object__close(rig->fakes);
	collector__close(rig->collector);
	rig->collector = NULL;
}

int rig__setup(void **state)
{
	rig__open(&rig, *state);
	return 0;
}

int rig__teardown(void **state)
{
	rig__close(&rig);
	return 0;
}

int rig__nr_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

__u64 rig__csd(struct rig *rig, int i, __u32 flags)
{
	assert_in_range(i, 0, NR_FAKES - 1);
	rig->memory->csds[i].flags = flags;
	return rig->memory->address + offsetof(struct fake_memory, csds) +
	       i * sizeof(struct fake_csd);
}

void rig__wake_ups(struct rig *rig, int nr, __u64 csds[])
{
	for (int i = nr - 1; i >= 0; i--) {
		csds[i] = rig__csd(rig, i, TTWU);
		rig->memory->csds[i].next = i + 1 < nr ? csds[i + 1] : 0;
	}
}

/* The byte offset of @member of the structure @id; @type: its type. */
static __u32 offset_of(const struct btf *btf, __s32 id, const char *member, __s32 *type)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const struct btf_member *m = btf_members(t);

	for (int i = 0; i < btf_vlen(t); i++) {
		if (strcmp(btf__name_by_offset(btf, m[i].name_off), member) != 0)
			continue;
		*type = m[i].type;
		return btf_member_bit_offset(t, i) / 8;
	}
	fail_msg("no member %s", member);
	return 0;
}

void rig__waking(struct rig *rig, int i, bool waking, __u32 cpu)
{
	struct btf *btf = btf__load_vmlinux_btf();
	__s32 task = btf__find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT), info, other;
	char *start = (char *)&rig->memory->csds[i] - offset_of(btf, task, "wake_entry", &other);
	__u32 state = offset_of(btf, task, "__state", &other);
	__u32 of_cpu = offset_of(btf, task, "thread_info", &info);

	of_cpu += offset_of(btf, info, "cpu", &other);
	assert_true(start >= (char *)rig->memory->csds);
	*(__u32 *)(start + state) = waking ? 0x200 : 0;
	*(__u32 *)(start + of_cpu) = cpu;
	btf__free(btf);
}

__u64 rig__work(struct rig *rig, int i, const char *type, __u64 func)
{
	struct btf *btf = btf__load_vmlinux_btf();
	__s32 work = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT), member;
	__u32 at = offset_of(btf, work, "func", &member);

	btf__free(btf);
	assert_in_range(at, 0, sizeof(struct fake_csd) - sizeof(func));
	*(__u64 *)((char *)&rig->memory->csds[i] + at) = func;
	return rig->memory->address + offsetof(struct fake_memory, csds) +
	       i * sizeof(struct fake_csd);
}

void *rig__member(struct rig *rig, int i, const char *type, const char *member)
{
	struct btf *btf = btf__load_vmlinux_btf();
	__s32 of = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT), type_of_member;
	__u32 at = offset_of(btf, of, member, &type_of_member);

	btf__free(btf);
	assert_in_range(at, 0, (NR_FAKES - i - 1) * sizeof(struct fake_csd));
	return (char *)&rig->memory->csds[i] + at;
}

/* Returns the fake at @csd; NULL if there is none. */
static struct fake_csd *fake_at(struct rig *rig, __u64 csd)
{
	__u64 first = rig->memory->address + offsetof(struct fake_memory, csds);
	__u64 i = (csd - first) / sizeof(struct fake_csd);

	return csd >= first && i < NR_FAKES ? &rig->memory->csds[i] : NULL;
}

void rig__queue_first(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd)
{
	__u64 args[] = { dst, CALLSITE, func, csd };
	struct fake_csd *fake = fake_at(rig, csd);

	if (fake)
		fake->func = func;

	run_on(rig, cpu, "csd_queue", args, sizeof(args));
}

void rig__queue_twin(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd)
{
	__u64 args[] = { dst, CALLSITE, func, csd };

	run_on(rig, cpu, "csd_queue_twin", args, sizeof(args));
}

void rig__queue(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd)
{
	rig__queue_first(rig, cpu, dst, func, csd);
	rig__queue_twin(rig, cpu, dst, func, csd);
}

void rig__queue_in_interrupt(struct rig *rig, int cpu, int dst, __u64 func, __u64 csd)
{
	__u64 args[] = { dst, CALLSITE, func, csd };

	rig__run_in_interrupt(rig, cpu, "csd_queue", args, sizeof(args));
	rig__run_in_interrupt(rig, cpu, "csd_queue_twin", args, sizeof(args));
}

void rig__send_in_interrupt(struct rig *rig, int cpu, int dst, __u64 callback)
{
	__u64 args[] = { dst, CALLSITE, callback };

	rig__run_in_interrupt(rig, cpu, "ipi_send_cpu", args, sizeof(args));
}

void rig__entry(struct rig *rig, int cpu, __u64 func, __u64 csd)
{
	__u64 args[] = { func, csd };

	run_on(rig, cpu, "csd_entry", args, sizeof(args));
}

void rig__exit(struct rig *rig, int cpu, __u64 func, __u64 csd)
{
	__u64 args[] = { func, csd };

	run_on(rig, cpu, "csd_exit", args, sizeof(args));
}

void rig__run_csd(struct rig *rig, int cpu, __u64 func, __u64 csd)
{
	rig__entry(rig, cpu, func, csd);
	rig__exit(rig, cpu, func, csd);
}

void rig__pass_csd(struct rig *rig, int src, int cpu, __u64 func, __u64 csd)
{
	rig__queue(rig, src, cpu, func, csd);
	rig__run_csd(rig, cpu, func, csd);
}

void rig__send(struct rig *rig, int cpu, int dst, __u64 callback)
{
	__u64 args[] = { dst, CALLSITE, callback };

	run_on(rig, cpu, "ipi_send_cpu", args, sizeof(args));
}

void rig__send_mask(struct rig *rig, int cpu, __u64 mask)
{
	__u64 args[] = { rig->memory->address + offsetof(struct fake_memory, mask), CALLSITE, 1 };

	rig->memory->mask[0] = mask;
	run_on(rig, cpu, "ipi_send_cpumask", args, sizeof(args));
}

__u64 rig__task(const struct rig *rig)
{
	return rig->memory->task;
}

/* Whether the kernel's name of a map is @name; ".bss" means the .bss of any object. */
static bool is_named(const struct bpf_map_info *map, const char *name)
{
	const char *part = strchr(map->name, '.');

	return !strcmp(map->name, name) || (part && !strcmp(part, name));
}

int rig__map_fd(const struct rig *rig, const char *prog, const char *name)
{
	__u32 ids[64], len = sizeof(struct bpf_prog_info);
	struct bpf_prog_info program = { .nr_map_ids = 64, .map_ids = (__u64)ids };

	assert_int_equal(bpf_obj_get_info_by_fd(programs__fd(&rig->collector->programs, prog),
						&program, &len),
			 0);
	assert_in_range(program.nr_map_ids, 1, 64);
	for (__u32 i = 0; i < program.nr_map_ids; i++) {
		int fd = bpf_map_get_fd_by_id(ids[i]);
		struct bpf_map_info map = {};

		len = sizeof(map);
		assert_int_equal(bpf_obj_get_info_by_fd(fd, &map, &len), 0);
		if (is_named(&map, name))
			return fd;
		close(fd);
	}
	fail_msg("%s uses no map %s", prog, name);
	return -1;
}

void *rig__map(const struct rig *rig, const char *prog, const char *name, __u32 *entries)
{
	int fd = rig__map_fd(rig, prog, name);
	struct bpf_map_info map = {};
	__u32 len = sizeof(map);
	void *memory;

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &map, &len), 0);
	/* An array's values are multiples of 8 bytes. */
	memory = mmap(NULL, (size_t)map.max_entries * ((map.value_size + 7) & ~7U),
		      PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	close(fd);
	if (entries)
		*entries = map.max_entries;
	return memory;
}

void *rig__variable(const struct rig *rig, const char *prog, const char *name)
{
	int fd = rig__map_fd(rig, prog, ".bss");
	struct bpf_map_info map = {};
	const struct btf_var_secinfo *var;
	const struct btf_type *section;
	__u32 len = sizeof(map), offset = UINT32_MAX;
	struct btf *btf;

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &map, &len), 0);
	close(fd);
	btf = btf__load_from_kernel_by_id(map.btf_id);
	assert_non_null(btf);
	section = btf__type_by_id(btf, btf__find_by_name_kind(btf, ".bss", BTF_KIND_DATASEC));
	assert_non_null(section);
	var = btf_var_secinfos(section);
	for (int i = 0; i < btf_vlen(section); i++)
		if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, var[i].type)->name_off),
			    name))
			offset = var[i].offset;
	btf__free(btf);
	assert_in_range(offset, 0, map.value_size - 1);
	return (char *)rig__map(rig, prog, ".bss", NULL) + offset;
}

void rig__run(struct rig *rig, int cpu, const char *prog, __u64 *args, size_t size)
{
	run_on(rig, cpu, prog, args, size);
}

void rig__cut(struct rig *rig)
{
	snapshot__free(&rig->snap);
	assert_int_equal(collector__cut(rig->collector, &rig->snap, false), 0);
	assert_true(ledger__closed(&rig->snap.ledger));
}

const struct cpu_stats *rig__cpu(const struct rig *rig, int cpu)
{
	for (size_t i = 0; i < rig->snap.nr_cpus; i++)
		if (rig->snap.cpus[i].cpu == (uint32_t)cpu)
			return &rig->snap.cpus[i];
	fail_msg("no CPU %d in the snapshot", cpu);
	return NULL;
}

const struct fn_stats *rig__fn(const struct rig *rig, __u64 func, __u64 callsite)
{
	for (size_t i = 0; i < rig->snap.nr_fns; i++)
		if (rig->snap.fns[i].func.addr == func &&
		    rig->snap.fns[i].callsite.addr == callsite)
			return &rig->snap.fns[i];
	fail_msg("no function %llx from %llx in the snapshot", func, callsite);
	return NULL;
}

const struct by_stats *rig__by(const struct rig *rig, __u32 tgid)
{
	const struct by_stats *found = NULL;

	for (size_t i = 0; i < rig->snap.nr_by; i++) {
		const struct by_stats *by = &rig->snap.by[i];

		if (by->tgid != tgid || by->interrupt || by->other)
			continue;
		assert_null(found);
		found = by;
	}
	return found;
}

bool rig__lacks(bool lacking, const char *what)
{
	return skip_if(lacking, what);
}

bool rig__lacks_clock(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool lacking = btf__find_by_name_kind(btf, "kvm_steal_time", BTF_KIND_STRUCT) < 0;

	btf__free(btf);
	return rig__lacks(lacking, "struct kvm_steal_time");
}

const struct cpuset *rig__cpuset(struct cpuset *set, unsigned int bits)
{
	memset(set, 0, sizeof(*set));
	for (int cpu = 0; cpu < 2; cpu++) {
		if (!(bits >> cpu & 1))
			continue;
		cpuset__add(set, cpu);
	}
	return bits ? set : NULL;
}

void rig__check_edge(const struct rig *rig, int src, int dst, uint64_t want)
{
	uint64_t count = 0;

	for (size_t i = 0; i < rig->snap.nr_edges; i++)
		if (rig->snap.edges[i].src == (__u32)src && rig->snap.edges[i].dst == (__u32)dst)
			count += rig->snap.edges[i].count;
	if (count != want)
		fail_msg("%d to %d: %d, not %d", src, dst, (int)count, (int)want);
}
