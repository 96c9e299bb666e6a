// SPDX-License-Identifier: GPL-2.0
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

/* Tracepoints and functions that the programs need, by their names in the kernel's BTF. */
static const struct need {
	const char *name;
	int kind; /* BTF_KIND_* */
	const char *since; /* the first release that has the tracepoint or function */
} needs[] = {
	{ "csd_queue_cpu", BTF_KIND_TYPEDEF, "6.5" },
	{ "csd_function_entry", BTF_KIND_TYPEDEF, "6.5" },
	{ "csd_function_exit", BTF_KIND_TYPEDEF, "6.5" },
	{ "ipi_send_cpu", BTF_KIND_TYPEDEF, "6.4" },
	{ "ipi_send_cpumask", BTF_KIND_TYPEDEF, "6.4" },
	{ "bpf_rdonly_cast", BTF_KIND_FUNC, "6.2" },
#ifdef __x86_64__
	{ "reschedule_entry", BTF_KIND_TYPEDEF, "3.10" },
#else
	{ "ipi_entry", BTF_KIND_TYPEDEF, "3.17" },
#endif
};

/* Indices of needs[]. */
enum { NEED_QUEUE, NEED_ENTRY, NEED_EXIT, NEED_SEND, NEED_SEND_MASK, NEED_CAST, NEED_ARRIVAL };

/* Returns the kernel's BTF, for btf__free(); NULL if there is none. */
static struct btf *kernel_types(void)
{
	struct btf *btf = access(BTF_PATH, R_OK) ? NULL : kernel_btf__load();

	return libbpf_get_error(btf) ? NULL : btf;
}

/* Whether @btf, which may be NULL, has all functions and types of @names, which NULL ends. */
static bool has_all(const struct btf *btf, const char *const *names)
{
	for (; btf && *names; names++)
		if (btf__find_by_name(btf, *names) <= 0)
			return false;
	return btf;
}

enum snapshot_source probe__source_of(const struct btf *btf)
{
	static const char *const csds[] = { "btf_trace_csd_queue_cpu",
					    "btf_trace_csd_function_entry",
					    "btf_trace_csd_function_exit", NULL };
	static const char *const calls[] = { "smp_call_function_single",
					     "smp_call_function_single_async",
					     "smp_call_function_many_cond",
					     "__smp_call_single_queue", NULL };

	return !has_all(btf, csds) && has_all(btf, calls) ? SOURCE_CALLS : SOURCE_CSD;
}

bool probe__source_forced(enum source_forced what)
{
	const char *env = getenv("IPITRACE_SOURCE");

	return env &&
	       (!strcmp(env, "probes") || (what == SOURCE_BY_CALLS && !strcmp(env, "calls")));
}

enum snapshot_source probe__source(void)
{
	enum snapshot_source source;
	struct btf *btf;

	if (probe__source_forced(SOURCE_BY_CALLS))
		return SOURCE_CALLS;
	btf = kernel_types();
	source = probe__source_of(btf);
	btf__free(btf);
	return source;
}

/* Set in @feature whether the kernel has all of needs[@first] to needs[@last]. */
static void tracepoints_tell(struct feature *feature, const struct btf *btf, int first, int last,
			     const char *how)
{
	for (int i = first; i <= last; i++) {
		const struct need *need = &needs[i];
		char name[64];

		/* For a tracepoint BTF has the typedef of its probe. */
		snprintf(name, sizeof(name), "%s%s",
			 need->kind == BTF_KIND_TYPEDEF ? "btf_trace_" : "", need->name);
		if (btf && btf__find_by_name_kind(btf, name, need->kind) > 0)
			continue;
		/* Both texts take the same arguments; %.0s prints nothing. */
		feature__tell(feature, false,
			      btf ? "this kernel has no %s (Linux %s and later have it)" :
				    "without BTF it is not known if this kernel has %s%.0s",
			      need->name, need->since);
		return;
	}
	feature__tell(feature, true, "%s", how);
}

void probe__names(struct feature *feature)
{
	struct symbols *symbols;
	int err = symbols__open(&symbols, NULL, NULL);

	if (err) {
		feature__tell(feature, false, "/proc/kallsyms: %s", strerror(-err));
		return;
	}
	err = symbols__readable(symbols);
	if (!err)
		feature__tell(feature, true, "/proc/kallsyms");
	else if (err != -EPERM)
		feature__tell(feature, false, "/proc/kallsyms: %s", strerror(-err));
	else if (!privileges__have(CAP_SYSLOG))
		feature__tell(feature, false, "needs CAP_SYSLOG: /proc/kallsyms hides addresses");
	else
		feature__tell(feature, false,
			      "/proc/kallsyms hides addresses (sysctl kernel.kptr_restrict)");
	symbols__close(symbols);
}

/*
 * Whether @btf has the type @name with @member. The programs could find out by CO-RE; but if the
 * kernel lacks the type, libbpf then searches modules, too, which takes CAP_SYS_ADMIN.
 */
static bool has_member(const struct btf *btf, const char *name, const char *member)
{
	return layout__field(btf, name, member).size;
}

/* Returns the section of per-CPU variables; pahole writes sections last, so search backwards. */
static const struct btf_type *percpu_section_find(const struct btf *btf)
{
	for (uint32_t id = btf__type_cnt(btf) - 1; id; id--) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		if (btf_is_datasec(type) &&
		    !strcmp(btf__name_by_offset(btf, type->name_off), ".data..percpu"))
			return type;
	}
	return NULL;
}

/* Set *@offset to the place of the variable @name in @section. Returns whether it is there. */
static bool variable_find(const struct btf *btf, const struct btf_type *section, const char *name,
			  int64_t *offset)
{
	const struct btf_var_secinfo *var = btf_var_secinfos(section);

	for (uint32_t i = 0; i < btf_vlen(section); i++, var++) {
		const struct btf_type *type = btf__type_by_id(btf, var->type);

		*offset = var->offset;
		if (!strcmp(btf__name_by_offset(btf, type->name_off), name))
			return true;
	}
	return false;
}

/* Whether programs can read a worker's work, and see if an interrupt runs on top of a task. */
static bool has_workers(const struct btf *btf)
{
#if defined(__x86_64__)
	const struct btf_type *section = percpu_section_find(btf);
	int64_t at;

	if (!section || (!variable_find(btf, section, "__preempt_count", &at) &&
			 !variable_find(btf, section, "pcpu_hot", &at)))
		return false;
#endif
	return has_member(btf, "worker", "current_work") &&
	       has_member(btf, "worker", "current_func") && has_member(btf, "kthread", "data") &&
	       has_member(btf, "kthread_worker", "delayed_work_list");
}

static void works_tell(struct feature *feature, const struct btf *btf)
{
	static const char *const queue[] = { "btf_trace_workqueue_queue_work",
					     "btf_trace_sched_kthread_work_queue_work", NULL };

	if (!has_all(btf, queue))
		feature__tell(feature, false,
			      "no workqueue_queue_work, sched_kthread_work_queue_work");
	else if (!has_workers(btf))
		feature__tell(feature, false, "no types of workers or interrupts");
	else
		feature__tell(feature, true,
			      "raw_tp workqueue_queue_work, sched_kthread_work_queue_work");
}

/* Fill @features. Without csd tracepoints `summary` follows calls, and needs no feature of csds. */
void probe__features(struct feature features[NR_FEATURES])
{
	static const struct {
		const char *name, *what;
		enum { OPTIONAL, FOR_CSDS, ALWAYS } needed;
	} rows[NR_FEATURES] = {
		{ "btf", "the kernel's types", ALWAYS },
		{ "queue", "which CPU sends to which, and which function", FOR_CSDS },
		{ "run", "delay and handler time", FOR_CSDS },
		{ "kinds", "interrupts sent, by kind", FOR_CSDS },
		{ "arrival", "--kinds: from send to exit", OPTIONAL },
		{ "members", "each wake-up of a batch; irq_works", FOR_CSDS },
		{ "works", "for which task a worker sends", OPTIONAL },
		{ "windows", "each event falls into exactly one window", ALWAYS },
		{ "names", "functions and modules by name", OPTIONAL },
	};
	struct btf *btf = kernel_types();
	bool csds = probe__source_of(btf) == SOURCE_CSD;
	struct feature *feature = features;
	struct grace grace;
	int err;

	memset(features, 0, NR_FEATURES * sizeof(*features));
	for (int i = 0; i < NR_FEATURES; i++) {
		features[i].name = rows[i].name;
		features[i].what = rows[i].what;
		features[i].needed = rows[i].needed == ALWAYS ||
				     (rows[i].needed == FOR_CSDS && csds);
	}
	feature__tell(feature++, btf, "%s",
		      btf ? BTF_PATH :
		      access("/sys/devices/system/cpu/online", F_OK) ?
			    "no " BTF_PATH ": /sys is not mounted" :
			    "no " BTF_PATH " (CONFIG_DEBUG_INFO_BTF)");
	tracepoints_tell(feature++, btf, NEED_QUEUE, NEED_QUEUE, "raw_tp csd_queue_cpu");
	tracepoints_tell(feature++, btf, NEED_ENTRY, NEED_EXIT,
			 "raw_tp csd_function_entry, csd_function_exit");
	tracepoints_tell(feature++, btf, NEED_SEND, NEED_SEND_MASK,
			 "raw_tp ipi_send_cpu, ipi_send_cpumask");
#ifdef __x86_64__
	tracepoints_tell(feature++, btf, NEED_ARRIVAL, NEED_ARRIVAL,
			 "raw_tp irq_vectors, by vector");
#else
	tracepoints_tell(feature++, btf, NEED_ARRIVAL, NEED_ARRIVAL,
			 "raw_tp ipi_raise, ipi_entry, ipi_exit, by reason");
#endif
	tracepoints_tell(feature++, btf, NEED_CAST, NEED_CAST,
			 "the csd's flags and list, by bpf_rdonly_cast");
	works_tell(feature++, btf);
	err = grace__open(&grace, true);
	feature__tell(feature++, !err, "%s", err ? strerror(-err) : grace__how(&grace));
	grace__close(&grace);
	probe__names(feature++);
	btf__free(btf);
}

/* Explain why the kernel refuses BPF. Root of a container may lack the capabilities. */
static void explain_refusal(const char *command, char *why, size_t size)
{
	bool bpf = privileges__have(CAP_BPF), perfmon = privileges__have(CAP_PERFMON);
	char line[128];

	if (!bpf && !perfmon && geteuid())
		snprintf(why, size, "needs root: try sudo ipitrace %s", command);
	else if (!bpf || !perfmon)
		snprintf(why, size, "needs %s%s%s", bpf ? "" : "CAP_BPF",
			 bpf || perfmon ? "" : " and ", perfmon ? "" : "CAP_PERFMON");
	else if (sysfile__line(line, sizeof(line), "/sys/kernel/security/lockdown") &&
		 strstr(line, "[confidentiality]"))
		snprintf(why, size,
			 "kernel lockdown (confidentiality) forbids BPF to read the kernel: "
			 "boot without lockdown=confidentiality");
	else
		snprintf(why, size,
			 "the kernel refuses BPF despite CAP_BPF and CAP_PERFMON: "
			 "a user namespace, seccomp or a security module (-v says more)");
}

/* Say that @what failed. libbpf knows errors that the C library does not. */
static void explain_error(const char *what, int err, char *why, size_t size)
{
	char text[128];

	libbpf_strerror(err, text, sizeof(text));
	snprintf(why, size, "%s: %s (-v says more)", what, text);
}

/* Explain @err by the first feature that the csd tracepoints need and this kernel lacks. */
static void explain_features(int err, char *why, size_t size)
{
	struct feature features[NR_FEATURES];

	probe__features(features);
	for (int i = 0; i < NR_FEATURES; i++) {
		if (features[i].available || !features[i].needed)
			continue;
		snprintf(why, size, "%s", features[i].why);
		return;
	}
	explain_error("cannot load or attach the BPF programs", err, why, size);
}

void probe__explain(const struct collect_config *config, int err, char *why, size_t size)
{
	const char *lacks = hooks__lacks(config), *needs;

	/* A container's seccomp may hide bpf() from processes without the capability. */
	if (err == -EPERM || err == -EACCES ||
	    (err == -ENOSYS && !(privileges__have(CAP_BPF) && privileges__have(CAP_PERFMON)))) {
		explain_refusal(config->command, why, size);
		return;
	}
	/* Then a feature looks missing. */
	if (open_files__are_few(why, size))
		return;
	if (probe__source() == SOURCE_CSD) {
		explain_features(err, why, size);
		return;
	}
	needs = hooks__needs();
	if (!config->any_source)
		snprintf(why, size,
			 "this kernel has no csd tracepoints (Linux 6.5 and later have them)%s",
			 needs ? "" :
				 "; ipitrace summary, hist, storm, serve and stalls work without "
				 "them");
	else if (needs)
		snprintf(why, size,
			 "this kernel has no csd tracepoints (Linux 6.5), and no %s to see calls "
			 "instead",
			 needs);
	else if (lacks)
		snprintf(why, size, "without csd tracepoints (Linux 6.5) it is not known: %s",
			 lacks);
	else
		explain_error("this kernel has no csd tracepoints (Linux 6.5), and takes neither "
			      "fentry programs nor kprobes in their place",
			      err, why, size);
}

bool probe__fexit(void)
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

#if defined(__x86_64__)
/* EAX of the leaf after KVM's first leaf: arch/x86/include/uapi/asm/kvm_para.h. */
#define KVM_FEATURES	       1
#define KVM_FEATURE_STEAL_TIME (1U << 5)

/* Whether KVM offers the steal clock, and the kernel's command line does not forbid its use. */
static bool kvm_writes_clock(void)
{
	uint32_t leaf = machine__hypervisor_leaf(HYPERVISOR_KVM);
	unsigned int a, b, c, d;
	char line[4096];

	if (!leaf)
		return false;
	__cpuid(leaf + KVM_FEATURES, a, b, c, d);
	return a & KVM_FEATURE_STEAL_TIME && !(sysfile__line(line, sizeof(line), "/proc/cmdline") &&
					       strstr(line, "no-steal-acc"));
}
#else
/* Returns false: ipitrace was never tried with arm64's steal clock (stolen_time_region). */
static bool kvm_writes_clock(void)
{
	return false;
}
#endif

/*
 * Whether KVM writes the kernel's steal clocks. For tests IPITRACE_STEAL_CLOCK may be "none" (as on
 * a machine without clocks) or "kernel" (a module writes the clocks in place of a host).
 */
static bool clock_is_written(void)
{
	const char *env = getenv("IPITRACE_STEAL_CLOCK");

	if (env && !strcmp(env, "none"))
		return false;
	return (env && !strcmp(env, "kernel")) || kvm_writes_clock();
}

/* Set @places by the kernel's types, @btf. */
static void places_read(struct percpu_places *places, const struct btf *btf)
{
	const struct btf_type *section = percpu_section_find(btf);
	int64_t queue, at;

	if (!section || !variable_find(btf, section, "runqueues", &queue))
		return;
	places->known = true;
	if (clock_is_written() && variable_find(btf, section, "steal_time", &at))
		places->steal_clock = at - queue;
	if (variable_find(btf, section, "irq_stat", &at))
		places->irq_stat = at - queue;
	if (variable_find(btf, section, "cpu_stopper", &at))
		places->stopper = at - queue;
	if (variable_find(btf, section, "qnodes", &at))
		places->lock_nodes = at - queue;
	if (variable_find(btf, section, "__preempt_count", &at)) {
		places->preempt_count = at - queue;
	} else if (variable_find(btf, section, "pcpu_hot", &at)) {
		const struct field count = layout__field(btf, "pcpu_hot", "preempt_count");

		places->preempt_count = count.size ? at + count.offset - queue : 0;
	}
	places->counts_disables = variable_find(btf, section, "local_interrupt_disable_state", &at);
}

struct percpu_places probe__percpu_places(void)
{
	struct percpu_places places = {};
	struct btf *btf = kernel_btf__load();

	if (!btf)
		return places;
	places_read(&places, btf);
	/* Reading the types takes 5 ms, and the caller next loads programs, which need them. */
	kernel_btf__keep(btf);
	return places;
}

bool probe__steal_clock(void)
{
	return clock_is_written() && probe__percpu_places().steal_clock;
}

enum kernel_has probe__global_asids(void)
{
	struct btf *btf = kernel_types();
	enum kernel_has has = !btf					     ? KERNEL_UNKNOWN :
			      has_member(btf, "mm_context_t", "global_asid") ? KERNEL_HAS :
									       KERNEL_LACKS;

	btf__free(btf);
	return has;
}

enum kernel_has probe__isolation_changes(void)
{
	static const char *const update[] = { "housekeeping_update", NULL };
	struct btf *btf = kernel_types();
	enum kernel_has has = !btf		   ? KERNEL_UNKNOWN :
			      has_all(btf, update) ? KERNEL_HAS :
						     KERNEL_LACKS;

	btf__free(btf);
	return has;
}
