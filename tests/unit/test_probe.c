// SPDX-License-Identifier: GPL-2.0
/* What collect/probe.c says of kernels: made-up types, privileges and files. */
#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include "base/privileges.h"
#include "collect/collector.h"
#include "collect/hooks/hooks.h"
#include "collect/layout.h"
#include "collect/probe.h"
#include "host/symbols.h"
#include "unit.h"

/* What the kernel is like. */
static struct {
	bool types, sys; /* whether the kernel has BTF, and /sys is there */
	const char *lacks; /* what its types lack */
	bool old; /* the types have the functions of the source of calls */
	bool hot; /* the preempt count is in pcpu_hot */
	bool bpf, perfmon, syslog;
	uid_t uid;
	const char *lockdown, *cmdline; /* files; NULL: there are none */
	int grace, symbols, readable; /* negative errnos */
	bool membarrier;
	const char *needs;
	uint32_t leaf; /* of KVM */
	int prog, prog_errno; /* a descriptor */
} made;

static int nr_symbols, nr_grace; /* that are open */

struct btf *__wrap_kernel_btf__load(void);

static bool has(const char *name)
{
	return !made.lacks || strcmp(made.lacks, name);
}

static void add_func(struct btf *btf, const char *name)
{
	int proto = btf__add_func_proto(btf, 0);

	if (has(name))
		assert_true(btf__add_func(btf, name, BTF_FUNC_STATIC, proto) > 0);
}

static void add_struct(struct btf *btf, const char *name, const char *first, const char *second)
{
	assert_true(btf__add_struct(btf, name, 16) > 0);
	if (has(first))
		assert_int_equal(btf__add_field(btf, first, 1, 0, 0), 0);
	if (second && has(second))
		assert_int_equal(btf__add_field(btf, second, 1, 32, 0), 0);
}

/* The section of variables has these at these places. */
static const struct {
	const char *name;
	uint32_t at;
} variables[] = {
	{ "runqueues", 0x1000 },	{ "steal_time", 0x40 },
	{ "irq_stat", 0x1240 },		{ "cpu_stopper", 0x1380 },
	{ "qnodes", 0x14c0 },		{ "__preempt_count", 0x600 },
	{ "pcpu_hot", 0x1700 },		{ "local_interrupt_disable_state", 0x1840 },
	{ "another_variable", 0x1980 },
};

static void add_section(struct btf *btf)
{
	int ids[ARRAY_SIZE(variables)] = {};

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		const char *name = variables[i].name;

		if (has(name) && (strcmp(name, "__preempt_count") || !made.hot))
			ids[i] = btf__add_var(btf, name, BTF_VAR_STATIC, 1);
	}
	if (!has(".data..percpu"))
		return;
	assert_true(btf__add_datasec(btf, ".data..percpu", 0x2000) > 0);
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		if (ids[i])
			assert_int_equal(btf__add_datasec_var_info(btf, ids[i], variables[i].at, 4),
					 0);
}

static const char *const tracepoints[] = {
	"csd_queue_cpu", "csd_function_entry",	 "csd_function_exit",
	"ipi_send_cpu",	 "ipi_send_cpumask",	 "reschedule_entry",
	"ipi_entry",	 "workqueue_queue_work", "sched_kthread_work_queue_work",
};

struct btf *__wrap_kernel_btf__load(void)
{
	struct btf *btf = made.types ? btf__new_empty() : NULL;
	char name[64];

	if (!btf)
		return NULL;
	assert_int_equal(btf__add_int(btf, "int", 4, 0), 1);
	for (size_t i = 0; i < ARRAY_SIZE(tracepoints); i++) {
		snprintf(name, sizeof(name), "btf_trace_%s", tracepoints[i]);
		if (has(tracepoints[i]))
			assert_true(btf__add_typedef(btf, name, 1) > 0);
	}
	add_func(btf, "bpf_rdonly_cast");
	add_func(btf, "housekeeping_update");
	if (made.old) {
		add_func(btf, "smp_call_function_single");
		add_func(btf, "smp_call_function_single_async");
		add_func(btf, "smp_call_function_many_cond");
		add_func(btf, "__smp_call_single_queue");
	}
	add_struct(btf, "mm_context_t", "global_asid", NULL);
	add_struct(btf, "worker", "current_work", "current_func");
	add_struct(btf, "kthread", "data", NULL);
	add_struct(btf, "kthread_worker", "delayed_work_list", NULL);
	add_struct(btf, "pcpu_hot", "current_task", "preempt_count");
	add_section(btf);
	return btf;
}

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode)
{
	if (!strcmp(path, BTF_PATH))
		return made.types ? 0 : -1;
	if (!strcmp(path, "/sys/devices/system/cpu/online"))
		return made.sys ? 0 : -1;
	return __real_access(path, mode);
}

bool __wrap_privileges__have(int capability)
{
	switch (capability) {
	case CAP_BPF:
		return made.bpf;
	case CAP_PERFMON:
		return made.perfmon;
	case CAP_SYSLOG:
		return made.syslog;
	default:
		return false;
	}
}

uid_t __wrap_geteuid(void)
{
	return made.uid;
}

bool __wrap_sysfile__line(char *buf, size_t size, const char *path, ...)
{
	const char *text = !strcmp(path, "/proc/cmdline")		  ? made.cmdline :
			   !strcmp(path, "/sys/kernel/security/lockdown") ? made.lockdown :
									    NULL;

	snprintf(buf, size, "%s", text ?: "");
	return text;
}

int __wrap_grace__open(struct grace *grace, bool try_membarrier)
{
	assert_true(try_membarrier);
	*grace = (struct grace){ .membarrier = made.membarrier };
	nr_grace++;
	return made.grace;
}

void __wrap_grace__close(struct grace *grace)
{
	nr_grace--;
}

int __wrap_symbols__open(struct symbols **s, const char *path, const char *modules)
{
	assert_null(path);
	assert_null(modules);
	*s = (void *)&nr_symbols;
	nr_symbols += !made.symbols;
	return made.symbols;
}

int __wrap_symbols__readable(struct symbols *s)
{
	assert_ptr_equal(s, &nr_symbols);
	return made.readable;
}

void __wrap_symbols__close(struct symbols *s)
{
	assert_ptr_equal(s, &nr_symbols);
	nr_symbols--;
}

const char *__wrap_hooks__needs(void)
{
	return made.needs;
}

uint32_t __wrap_machine__hypervisor_leaf(const char *name)
{
	assert_memory_equal(name, "KVMKVMKVM\0\0", 12);
	return made.leaf;
}

int __wrap_bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license,
			 const struct bpf_insn *insns, size_t nr, struct bpf_prog_load_opts *opts)
{
	/* r0 = 0, exit: a program that any kernel takes that has such programs. */
	const struct bpf_insn wanted[] = { { .code = 0xb7 }, { .code = 0x95 } };

	assert_int_equal(type, BPF_PROG_TYPE_TRACING);
	assert_int_equal(opts->expected_attach_type, BPF_TRACE_FENTRY);
	assert_int_equal(opts->attach_btf_id, 1);
	assert_int_equal(nr, ARRAY_SIZE(wanted));
	assert_memory_equal(insns, wanted, sizeof(wanted));
	errno = made.prog_errno;
	return made.prog;
}

static char why[256];

static int setup(void **state)
{
	memset(&made, 0, sizeof(made));
	made.types = made.sys = made.bpf = made.perfmon = made.syslog = made.membarrier = true;
	nr_symbols = nr_grace = 0;
	memset(why, 'x', sizeof(why) - 1);
	unsetenv("IPITRACE_SOURCE");
	unsetenv("IPITRACE_STEAL_CLOCK");
	return 0;
}

static int teardown(void **state)
{
	kernel_btf__keep(NULL);
	assert_int_equal(nr_symbols, 0);
	assert_int_equal(nr_grace, 0);
	return setup(state);
}

#ifdef __x86_64__
#define ARRIVAL	    "reschedule_entry"
#define ARRIVAL_HOW "raw_tp irq_vectors, by vector"
#else
#define ARRIVAL	    "ipi_entry"
#define ARRIVAL_HOW "raw_tp ipi_raise, ipi_entry, ipi_exit, by reason"
#endif
#define QUEUE_WORK "workqueue_queue_work, sched_kthread_work_queue_work"

enum { BTF, QUEUE, RUN, KINDS, ARRIVALS, BATCHES, WORKS_KNOWN, WINDOWS, NAMES };

/* What is there with all types, and who needs what. */
static const struct {
	const char *name, *how;
	bool needed, needed_by_calls;
} full[NR_FEATURES] = {
	{ "btf", BTF_PATH, true, true },
	{ "queue", "raw_tp csd_queue_cpu", true, false },
	{ "run", "raw_tp csd_function_entry, csd_function_exit", true, false },
	{ "kinds", "raw_tp ipi_send_cpu, ipi_send_cpumask", true, false },
	{ "arrival", ARRIVAL_HOW, false, false },
	{ "members", "the csd's flags and list, by bpf_rdonly_cast", true, false },
	{ "works", "raw_tp " QUEUE_WORK, false, false },
	{ "windows", "membarrier(MEMBARRIER_CMD_GLOBAL)", true, true },
	{ "names", "/proc/kallsyms", false, false },
};

/* All features, in a table that had something else before. */
static const struct feature *features(void)
{
	static struct feature table[NR_FEATURES];

	memset(table, 'x', sizeof(table));
	probe__features(table);
	return table;
}

TEST_F(a_kernel_that_has_all_has_each_feature)
{
	const struct feature *is = features();

	for (int i = 0; i < NR_FEATURES; i++) {
		assert_members(is[i], name, full[i].name, how, full[i].how, why, "", available, 1,
			       needed, full[i].needed);
		assert_true(strlen(is[i].what) > 0);
	}
}

/* The source of calls needs nothing of csds. */
TEST_F(calls_need_no_feature_of_csds)
{
	const struct feature *is;

	made.old = true;
	made.lacks = "csd_queue_cpu";
	is = features();
	for (int i = 0; i < NR_FEATURES; i++) {
		assert_int_equal(is[i].needed, full[i].needed_by_calls);
		assert_int_equal(is[i].available, i != QUEUE);
	}
}

TEST_F(each_missing_type_takes_one_feature_away)
{
	static const struct {
		const char *lacks;
		int feature;
		const char *why;
	} cases[] = {
		{ "csd_queue_cpu", QUEUE,
		  "this kernel has no csd_queue_cpu (Linux 6.5 and later have it)" },
		{ "csd_function_entry", RUN,
		  "this kernel has no csd_function_entry (Linux 6.5 and later have it)" },
		{ "csd_function_exit", RUN,
		  "this kernel has no csd_function_exit (Linux 6.5 and later have it)" },
		{ "ipi_send_cpu", KINDS,
		  "this kernel has no ipi_send_cpu (Linux 6.4 and later have it)" },
		{ "ipi_send_cpumask", KINDS,
		  "this kernel has no ipi_send_cpumask (Linux 6.4 and later have it)" },
		{ ARRIVAL, ARRIVALS, "this kernel has no " ARRIVAL " (Linux 3.1" },
		{ "bpf_rdonly_cast", BATCHES,
		  "this kernel has no bpf_rdonly_cast (Linux 6.2 and later have it)" },
		{ "workqueue_queue_work", WORKS_KNOWN, "no " QUEUE_WORK },
		{ "sched_kthread_work_queue_work", WORKS_KNOWN, "no " QUEUE_WORK },
		{ "current_work", WORKS_KNOWN, "no types of workers or interrupts" },
		{ "current_func", WORKS_KNOWN, "no types of workers or interrupts" },
		{ "data", WORKS_KNOWN, "no types of workers or interrupts" },
		{ "delayed_work_list", WORKS_KNOWN, "no types of workers or interrupts" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct feature *is;

		made.lacks = cases[i].lacks;
		is = features();
		for (int f = 0; f < NR_FEATURES; f++) {
			assert_int_equal(is[f].available, f != cases[i].feature);
			if (f != cases[i].feature)
				continue;
			assert_memory_equal(is[f].why, cases[i].why, strlen(cases[i].why));
			assert_string_equal(is[f].how, "");
		}
	}
}

#ifdef __x86_64__
/* A worker's interrupts are known by the preempt count, a variable of its own or a member. */
TEST_F(works_need_the_preempt_count)
{
	made.lacks = ".data..percpu";
	assert_false(features()[WORKS_KNOWN].available);
	made.lacks = "pcpu_hot";
	assert_true(features()[WORKS_KNOWN].available);
	made.hot = true;
	assert_false(features()[WORKS_KNOWN].available);
	made.lacks = NULL;
	assert_true(features()[WORKS_KNOWN].available);
}
#endif

TEST_F(without_types_nothing_of_them_is_known)
{
	const struct feature *is;

	made.types = false;
	is = features();
	assert_members(is[BTF], available, 0, why, "no " BTF_PATH " (CONFIG_DEBUG_INFO_BTF)");
	assert_members(is[QUEUE], available, 0, why,
		       "without BTF it is not known if this kernel has csd_queue_cpu");
	assert_members(is[WORKS_KNOWN], available, 0, why, "no " QUEUE_WORK);
	assert_members(is[WINDOWS], available, 1);
	made.sys = false;
	assert_string_equal(features()[BTF].why, "no " BTF_PATH ": /sys is not mounted");
	assert_int_equal(probe__source(), SOURCE_CSD);
	assert_int_equal(probe__global_asids(), KERNEL_UNKNOWN);
	assert_int_equal(probe__isolation_changes(), KERNEL_UNKNOWN);
	assert_false(probe__percpu_places().known);
}

TEST_F(windows_say_how_they_wait)
{
	made.membarrier = false;
	assert_string_equal(features()[WINDOWS].how, "update of a map of maps");
	made.grace = -EMFILE;
	assert_members(features()[WINDOWS], available, 0, why, strerror(EMFILE), needed, 1);
}

TEST_F(names_say_why_they_are_hidden)
{
	static const struct {
		int open, readable;
		bool syslog;
		const char *why;
	} cases[] = {
		{ 0, 0, false, "" },
		{ -ENOENT, 0, true, "/proc/kallsyms: No such file or directory" },
		{ 0, -EPERM, false, "needs CAP_SYSLOG: /proc/kallsyms hides addresses" },
		{ 0, -EPERM, true, "/proc/kallsyms hides addresses (sysctl kernel.kptr_restrict)" },
		{ 0, -EIO, false, "/proc/kallsyms: Input/output error" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct feature feature = {};

		made.symbols = cases[i].open;
		made.readable = cases[i].readable;
		made.syslog = cases[i].syslog;
		probe__names(&feature);
		assert_members(feature, available, !*cases[i].why, why, cases[i].why, how,
			       *cases[i].why ? "" : "/proc/kallsyms");
		assert_int_equal(nr_symbols, 0);
	}
}

TEST_F(the_environment_may_force_a_source)
{
	assert_int_equal(probe__source(), SOURCE_CSD);
	assert_false(probe__source_forced(SOURCE_BY_CALLS));
	assert_false(probe__source_forced(SOURCE_BY_PROBES));
	setenv("IPITRACE_SOURCE", "calls", 1);
	assert_int_equal(probe__source(), SOURCE_CALLS);
	assert_true(probe__source_forced(SOURCE_BY_CALLS));
	assert_false(probe__source_forced(SOURCE_BY_PROBES));
	setenv("IPITRACE_SOURCE", "probes", 1);
	assert_int_equal(probe__source(), SOURCE_CALLS);
	assert_true(probe__source_forced(SOURCE_BY_CALLS));
	assert_true(probe__source_forced(SOURCE_BY_PROBES));
	setenv("IPITRACE_SOURCE", "csds", 1);
	assert_int_equal(probe__source(), SOURCE_CSD);
	unsetenv("IPITRACE_SOURCE");
	made.old = true;
	made.lacks = "csd_function_exit";
	assert_int_equal(probe__source(), SOURCE_CALLS);
}

TEST_F(the_types_say_what_else_the_kernel_has)
{
	assert_int_equal(probe__global_asids(), KERNEL_HAS);
	assert_int_equal(probe__isolation_changes(), KERNEL_HAS);
	made.lacks = "global_asid";
	assert_int_equal(probe__global_asids(), KERNEL_LACKS);
	made.lacks = "housekeeping_update";
	assert_int_equal(probe__isolation_changes(), KERNEL_LACKS);
}

TEST_F(variables_have_their_distances_from_the_run_queue)
{
	struct percpu_places places;

	setenv("IPITRACE_STEAL_CLOCK", "kernel", 1);
	places = probe__percpu_places();
	assert_members(places, known, 1, steal_clock, -0xfc0, irq_stat, 0x240, stopper, 0x380,
		       lock_nodes, 0x4c0, preempt_count, -0xa00, counts_disables, 1);
	/* The types are kept for libbpf. */
	assert_true(btf__find_by_name(kernel_btf__kept(), "housekeeping_update") > 0);
	assert_true(probe__steal_clock());
	made.hot = true;
	assert_int_equal(probe__percpu_places().preempt_count, 0x704);
	made.lacks = "preempt_count";
	assert_int_equal(probe__percpu_places().preempt_count, 0);
	made.lacks = "local_interrupt_disable_state";
	assert_members(probe__percpu_places(), known, 1, counts_disables, 0);
	made.lacks = "steal_time";
	assert_members(probe__percpu_places(), known, 1, steal_clock, 0, irq_stat, 0x240);
	assert_false(probe__steal_clock());
	made.lacks = "runqueues";
	assert_members(probe__percpu_places(), known, 0, steal_clock, 0, irq_stat, 0);
	made.lacks = ".data..percpu";
	assert_members(probe__percpu_places(), known, 0, steal_clock, 0, irq_stat, 0);
}

TEST_F(a_missing_variable_has_no_distance)
{
	static const char *const names[] = { "irq_stat", "cpu_stopper", "qnodes" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		made.lacks = names[i];
		assert_members(probe__percpu_places(), known, 1, irq_stat, i == 0 ? 0 : 0x240,
			       stopper, i == 1 ? 0 : 0x380, lock_nodes, i == 2 ? 0 : 0x4c0);
	}
}

TEST_F(the_environment_may_say_who_writes_the_steal_clock)
{
	assert_int_equal(probe__percpu_places().steal_clock, 0);
	assert_false(probe__steal_clock());
	setenv("IPITRACE_STEAL_CLOCK", "other", 1);
	assert_false(probe__steal_clock());
	setenv("IPITRACE_STEAL_CLOCK", "kernel", 1);
	assert_true(probe__steal_clock());
	setenv("IPITRACE_STEAL_CLOCK", "none", 1);
	assert_false(probe__steal_clock());
}

#ifdef __x86_64__
/*
 * These leaves of the processor serve as that of KVM: bit 5 of EAX stands for a clock. Some higher
 * leaves differ by ECX, which __cpuid() does not set (AMD's caches, 0x8000001d).
 */
#define LEAF_FIRST 0x80000001
#define LEAF_LAST  0x80000008

TEST_F(kvm_says_if_it_writes_the_steal_clock)
{
	uint32_t last = __get_cpuid_max(0x80000000, NULL);
	int nr[2] = {};

	for (uint32_t leaf = LEAF_FIRST; leaf <= last && leaf <= LEAF_LAST; leaf++) {
		unsigned int a, b, c, d;

		__cpuid(leaf, a, b, c, d);
		made.leaf = leaf - 1;
		assert_int_equal(probe__steal_clock(), a >> 5 & 1);
		nr[a >> 5 & 1]++;
		made.cmdline = "root=/dev/vda no-steal-acc quiet";
		assert_false(probe__steal_clock());
		made.cmdline = "root=/dev/vda quiet";
		assert_int_equal(probe__steal_clock(), a >> 5 & 1);
		setenv("IPITRACE_STEAL_CLOCK", "none", 1);
		assert_false(probe__steal_clock());
		unsetenv("IPITRACE_STEAL_CLOCK");
		made.cmdline = NULL;
	}
	/* The processor's name has several leaves, most often of both kinds. */
	assert_true(nr[0] + nr[1] > 3);
}
#endif

static const char *explain(const struct collect_config *config, int err)
{
	probe__explain(config, err, why, sizeof(why));
	return why;
}

TEST_F(a_refusal_says_which_privilege_is_missing)
{
	static const struct collect_config csds = { .command = "storm" };
	static const struct {
		bool bpf, perfmon;
		uid_t uid;
		const char *why;
	} cases[] = {
		{ false, false, 1000, "needs root: try sudo ipitrace storm" },
		{ false, false, 0, "needs CAP_BPF and CAP_PERFMON" },
		{ true, false, 1000, "needs CAP_PERFMON" },
		{ false, true, 1000, "needs CAP_BPF" },
		{ true, false, 0, "needs CAP_PERFMON" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		made.bpf = cases[i].bpf;
		made.perfmon = cases[i].perfmon;
		made.uid = cases[i].uid;
		assert_string_equal(explain(&csds, -EPERM), cases[i].why);
		assert_string_equal(explain(&csds, -EACCES), cases[i].why);
		/* A filter of system calls may say that there is no bpf(). */
		assert_string_equal(explain(&csds, -ENOSYS), cases[i].why);
	}
	made.bpf = made.perfmon = true;
	assert_has(explain(&csds, -EPERM), "refuses BPF despite CAP_BPF and CAP_PERFMON: a user");
	assert_has(explain(&csds, -ENOSYS), "cannot load or attach the BPF programs: ");
	made.lockdown = "none [integrity] confidentiality";
	assert_has(explain(&csds, -EPERM), "refuses BPF despite");
	made.lockdown = "none integrity [confidentiality]";
	assert_string_equal(explain(&csds, -EPERM),
			    "kernel lockdown (confidentiality) forbids BPF to read the kernel: "
			    "boot without lockdown=confidentiality");
}

/* What a command can do without is no reason. */
TEST_F(the_first_missing_feature_is_the_reason)
{
	static const struct collect_config csds = { .command = "storm" };

	assert_string_equal(explain(&csds, -EINVAL), "cannot load or attach the BPF programs: "
						     "Invalid argument (-v says more)");
	made.lacks = ARRIVAL;
	assert_has(explain(&csds, -EINVAL), "cannot load or attach");
	made.lacks = "ipi_send_cpumask";
	assert_string_equal(explain(&csds, -EINVAL),
			    "this kernel has no ipi_send_cpumask (Linux 6.4 and later have it)");
	made.types = false;
	assert_string_equal(explain(&csds, -EINVAL), "no " BTF_PATH " (CONFIG_DEBUG_INFO_BTF)");
}

TEST_F(without_csds_the_reason_depends_on_the_command)
{
	static const struct collect_config csds = { .command = "storm" },
					   any = { .any_source = true },
					   victims = { .any_source = true, .by_key = BY_VICTIM };

	made.old = true;
	made.lacks = "csd_queue_cpu";
	assert_string_equal(explain(&csds, -EINVAL),
			    "this kernel has no csd tracepoints (Linux 6.5 and later have them); "
			    "ipitrace summary, hist, storm, serve and stalls work without them");
	assert_string_equal(explain(&any, -EINVAL),
			    "this kernel has no csd tracepoints (Linux 6.5), and takes neither "
			    "fentry programs nor kprobes in their place: Invalid argument (-v says "
			    "more)");
	assert_string_equal(explain(&victims, -EINVAL),
			    "without csd tracepoints (Linux 6.5) it is not known: --by victim: "
			    "what a function interrupts");
	made.needs = "helper (Linux 5.13)";
	assert_string_equal(explain(&csds, -EINVAL),
			    "this kernel has no csd tracepoints (Linux 6.5 and later have them)");
	assert_string_equal(explain(&victims, -EINVAL),
			    "this kernel has no csd tracepoints (Linux 6.5), and no helper (Linux "
			    "5.13) to see calls instead");
}

TEST_F(a_kernel_that_refuses_fexit_says_eperm)
{
	made.prog = -1;
	made.prog_errno = EPERM;
	assert_false(probe__fexit());
	made.prog_errno = EINVAL;
	assert_true(probe__fexit());
	/* A program that was loaded is closed. */
	made.prog = open("/dev/null", O_RDONLY | O_CLOEXEC);
	made.prog_errno = EPERM;
	assert_true(made.prog > 0);
	assert_true(probe__fexit());
	assert_int_equal(fcntl(made.prog, F_GETFD), -1);
}

TEST_MAIN(NULL, NULL)
