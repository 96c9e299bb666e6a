// SPDX-License-Identifier: GPL-2.0
#include "base/sanitize.h"
#include "collect/kcore/queues/parts.h"
#include "host/symbols.h"

/*
 * kernel/smp.c has the queues and csds, kernel/sched/sched.h the runqueues,
 * include/linux/smp_types.h the node of a csd. Kernels with NR_CPUS=1 have none of these.
 */
static const char *const names[NR_FACT_ADDRESSES] = {
	[AT_QUEUE] = "call_single_queue",
	[AT_CFD_DATA] = "cfd_data",
	[AT_RUNQUEUES] = "runqueues",
	[AT_PER_CPU_OFFSET] = "__per_cpu_offset",
	[AT_NR_CPU_IDS] = "nr_cpu_ids",
	[AT_ONLINE] = "__cpu_online_mask",
	[AT_CSD_DATA] = "csd_data",
	[AT_PCPU_HOT] = "pcpu_hot",
	[AT_PREEMPT_COUNT] = "__preempt_count",
	[AT_IRQ_DISABLE] = "local_interrupt_disable_state",
	[AT_IRQ_STAT] = "irq_stat",
	[AT_KSTAT] = "kstat",
	[AT_HRTIMERS] = "hrtimer_bases",
	[AT_WAIT_MANY] = "smp_call_function_many_cond",
	[AT_CALL_SINGLE] = "smp_call_function_single",
	[AT_TTWU] = "sched_ttwu_pending",
	[AT_FLUSH] = "__flush_smp_call_function_queue",
	[AT_FLUSH_OLD] = "flush_smp_call_function_queue",
	[AT_IRQ_STACK_TOP] = "hardirq_stack_ptr",
	[AT_IRQ_STACK] = "irq_stack_ptr",
	[AT_INIT_TASK] = "init_task",
	[AT_POSSIBLE] = "__cpu_possible_mask",
	[AT_JIFFIES_UPDATE] = "last_jiffies_update",
	[AT_TEXT] = "_stext",
	[AT_TEXT_END] = "_etext",
	[AT_MODULES] = "modules",
	[AT_BTF] = "__start_BTF",
	[AT_BTF_END] = "__stop_BTF",
};

static const struct {
	const char *type;
	const char *path;
	const char *before; /* the member's path in older kernels; NULL if it was the same */
} members[NR_FACT_FIELDS] = {
	[FIELD_LLIST] = { "__call_single_data", "node.llist" },
	[FIELD_FLAGS] = { "__call_single_data", "node.u_flags" },
	[FIELD_FUNC] = { "__call_single_data", "func" },
	/*
	 * Linux 5.13 to 6.3 have a struct cfd_percpu, which begins with the csd ("locking/csd_lock:
	 * Prepare more CSD lock debugging").
	 */
	[FIELD_CFD_CSD] = { "call_function_data", "csd", "pcpu" },
	[FIELD_CURR] = { "rq", "curr" },
	[FIELD_PID] = { "task_struct", "pid" },
	[FIELD_TGID] = { "task_struct", "tgid" },
	[FIELD_COMM] = { "task_struct", "comm" },
	[FIELD_STACK] = { "task_struct", "stack" },
	[FIELD_CLOCK] = { "rq", "clock" },
	[FIELD_ARRIVAL] = { "task_struct", "sched_info.last_arrival" },
	[FIELD_WORK_FUNC] = { "irq_work", "func" },
	[FIELD_HOT_COUNT] = { "pcpu_hot", "preempt_count" },
	[FIELD_TASK_COUNT] = { "task_struct", "thread_info.preempt_count" },
	[FIELD_CALLS] = { "irq_cpustat_t", "irq_call_count" },
	[FIELD_IRQS] = { "kernel_stat", "irqs_sum" },
	[FIELD_EXPIRES] = { "hrtimer_cpu_base", "expires_next" },
	[FIELD_HOT_IRQ_STACK] = { "pcpu_hot", "hardirq_stack_ptr" },
	[FIELD_TASKS] = { "task_struct", "tasks" },
	[FIELD_THREADS] = { "task_struct", "thread_node" },
	[FIELD_SIGNAL] = { "task_struct", "signal" },
	[FIELD_THREAD_HEAD] = { "signal_struct", "thread_head" },
	[FIELD_SP_X86] = { "task_struct", "thread.sp" },
	[FIELD_SP_ARM64] = { "task_struct", "thread.cpu_context.sp" },
	[FIELD_TASK_CPU] = { "task_struct", "thread_info.cpu" },
	[FIELD_STATE] = { "task_struct", "__state", "state" },
	[FIELD_IPI_MASK] = { "task_struct", "ipi_mask" },
	[FIELD_CLOCK_BASES] = { "hrtimer_cpu_base", "clock_base" },
	[FIELD_CLOCK_OFFSET] = { "hrtimer_clock_base", "offset" },
};

void queue_facts__names(struct queue_facts *facts)
{
	for (int i = 0; i < NR_FACT_ADDRESSES; i++)
		facts->at[i] = (struct address){ .name = names[i] };
}

void queue_facts__fields(struct queue_facts *facts, const struct btf *btf)
{
	for (int i = 0; i < NR_FACT_FIELDS; i++) {
		facts->field[i] = layout__field(btf, members[i].type, members[i].path);
		if (!facts->field[i].size && members[i].before)
			facts->field[i] = layout__field(btf, members[i].type, members[i].before);
	}
}

bool queue_facts__lack(const struct queue_facts *facts, char *why, size_t size)
{
	for (int i = 0; i < NR_NEEDED_ADDRESSES; i++) {
		if (facts->at[i].at)
			continue;
		snprintf(why, size, "the kernel does not say where %s is (CONFIG_KALLSYMS_ALL)",
			 names[i]);
		return true;
	}
	for (int i = 0; i < NR_NEEDED_FIELDS; i++) {
		if (facts->field[i].size)
			continue;
		snprintf(why, size, "the kernel's struct %s has no %s", members[i].type,
			 members[i].path);
		return true;
	}
	return false;
}

void address_search__see(void *ctx, uint64_t at, const char *name)
{
	struct address_search *search = ctx;

	if (search->last && at > search->last->at) {
		search->last->end = at;
		search->last = NULL;
	}
	for (size_t i = 0; i < search->nr; i++) {
		struct address *address = &search->list[i];

		/* There are about 200,000 symbols, so compare the first letter before the name. */
		if (address->at || address->name[0] != name[0] || strcmp(address->name, name))
			continue;
		address->at = at;
		search->last = address;
	}
}

/* include/linux/kallsyms.h: KSYM_NAME_LEN. */
#define NAME_BYTES 512

/* Keep the addresses that the walk needs, and the names of functions. */
static int keep_symbol(void *ctx, const struct kernel_symbol *symbol)
{
	struct queue_names *names = ctx;
	char name[NAME_BYTES];

	if (!symbol->module)
		address_search__see(&names->search, symbol->at, symbol->name);
	if (!symbol->text)
		return 0;
	/* A dump may have any bytes in a name. */
	sanitize(name, sizeof(name), symbol->name);
	return symbols__add(names->symbols, symbol->at, name, symbol->module);
}

int queue_names__open(struct queue_names *names, struct queue_facts *facts)
{
	queue_facts__names(facts);
	*names = (struct queue_names){
		.search = { .list = facts->at, .nr = NR_FACT_ADDRESSES },
		.sink = { keep_symbol, names, SYMBOLS_MAX, SYMBOL_BYTES_MAX },
	};
	return symbols__new(&names->symbols);
}

int queue_names__finish(struct queue_names *names, const struct queue_facts *facts,
			const struct memory *memory, const struct btf *btf)
{
	uint64_t modules = facts->at[AT_MODULES].at;
	int err = 0;

	if (modules)
		err = module_symbols__read(memory, btf, modules, &names->sink);
	symbols__sort(names->symbols);
	return err == -ENOMEM || err == -E2BIG ? err : 0;
}
