// SPDX-License-Identifier: GPL-2.0
/* The table of signatures knows these functions, and no others. */
#include "model/cause.h"
#include "smp_callers.h"
#include "unit.h"

/* Returns the name of the cause of a csd of @func whose sender's stack was not sampled. */
static const char *name_cause(const char *func, const char *module)
{
	struct cause cause = cause__of(&(struct sending){ .func = func, .module = module });

	return cause.sig ? cause.sig->name : "unknown";
}

/* Linux 5.10 to 7.3. */
TEST(every_function_is_known)
{
	static const struct {
		const char *name;
		const char *funcs; /* "FUNCTION FUNCTION:MODULE" */
	} known[] = {
		{ "tsc_khz_changed", "tsc_khz_changed:kvm tsc_khz_changed" },
		{ "kvm_requests", "ack_kick:kvm" },
		{ "tlb_flush", "flush_tlb_func flush_tlb_func.constprop.0" },
		{ "tlb_flush_kernel", "do_flush_tlb_all do_kernel_range_flush" },
		{ "membarrier", "ipi_mb ipi_sync_core ipi_rseq ipi_sync_rq_state" },
		{ "text_patching", "do_sync_core" },
		{ "kick_all_cpus", "do_nothing" },
		{ "rcu_expedited", "rcu_exp_handler" },
		{ "rcu_barrier", "rcu_barrier_handler" },
		{ "rcu_tasks_trace", "trc_read_check_handler" },
		{ "nohz_balance", "nohz_csd_func" },
		{ "nohz_full_kick", "nohz_full_kick_func" },
		{ "rt_push", "rto_push_irq_work_func" },
		{ "perf", "remote_function __perf_event_read" },
		{ "msr",
		  "__rdmsr_on_cpu __rdmsr_safe_on_cpu __rdmsr_safe_regs_on_cpu __wrmsr_on_cpu __wrmsr_safe_on_cpu" },
		{ "cpuid", "cpuid_smp_cpuid:cpuid cpuid_smp_cpuid" },
		/* Functions of 5.13 to 5.17, where calls are followed. */
		{ "aperfmperf", "aperfmperf_snapshot_khz" },
		{ "slab_flush", "flush_cpu_slab" },
		{ "clock_set", "retrigger_next_event" },
		{ "page_attributes", "__cpa_flush_all __cpa_flush_tlb" },
		{ "wbinvd", "__wbinvd" },
		{ "bh_lru", "invalidate_bh_lru" },
		{ "page_tables", "tlb_remove_table_smp_sync" },
		{ "ftrace", "ftrace_sync_ipi" },
		{ "acpi_cpufreq", "do_drv_write:acpi_cpufreq do_drv_read:acpi_cpufreq" },
		{ "amu_frequency", "cpu_read_corecnt" },
		{ "blk_complete", "__blk_mq_complete_request_remote" },
		{ "rps", "rps_trigger_softirq" },
		{ "packets_freed", "trigger_rx_softirq" },
		{ "resctrl", "mon_event_count" },
		{ "wakeups", "sched_ttwu_pending" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		char funcs[256], *at = funcs, *module;

		snprintf(funcs, sizeof(funcs), "%s", known[i].funcs);
		while ((module = strsep(&at, " "))) {
			const char *func = strsep(&module, ":");

			assert_string_equal(name_cause(func, module), known[i].name);
		}
	}
}

/* The calls in the kernel's sources, each with its name. None is without one. */
TEST(every_call_of_the_kernels_has_a_name)
{
	size_t nr = 0, nameless = 0;

	for (size_t i = 0; i < ARRAY_SIZE(smp_callers); i++) {
		const char *module = smp_callers[i].module, *func;
		char funcs[1024], *at = funcs;

		assert_true(strlen(smp_callers[i].funcs) < sizeof(funcs));
		strcpy(funcs, smp_callers[i].funcs);
		for (; (func = strsep(&at, " ")); nr++) {
			const char *name = name_cause(func, module);

			print_message("# %s%s%s, %s: %s\n", func, module ? " of " : "",
				      module ? module : "", smp_callers[i].file, name);
			nameless += !strcmp(name, "unknown");
		}
	}
	assert_true(nr > 200);
	assert_int_equal(nameless, 0);
}

static const char *named_by_stack(const char *func, const char *frame)
{
	const struct symbol stack[] = { { .name = frame } };
	const struct cause cause =
		cause__of(&(struct sending){ .func = func, .stack = stack, .nr = 1 });

	return cause.sig ? cause.sig->name : "unknown";
}

/* Storms of one function that differ only in the sender's stack. */
TEST(frames_name_causes)
{
	static const struct {
		const char *func, *frame, *name;
	} known[] = {
		{ "flush_tlb_func", "do_numa_page", "tlb_numa_balancing" },
		{ "flush_tlb_func", "ksm_scan_thread", "tlb_ksm" },
		{ "flush_tlb_func", "khugepaged", "tlb_khugepaged" },
		{ "flush_tlb_func", "compact_zone", "tlb_compaction" },
		{ "flush_tlb_func", "try_to_free_pages", "tlb_reclaim" },
		{ "flush_tlb_func", "folio_mkclean", "tlb_flush" },
		{ "flush_tlb_func", "folio_clear_dirty_for_io", "tlb_writeback" },
		{ "flush_tlb_func", "truncate_pagecache", "tlb_truncate" },
		{ "flush_tlb_func", "unmap_mapping_range", "tlb_flush" },
		{ "flush_tlb_func", "dup_mmap", "tlb_fork" },
		{ "flush_tlb_func", "exit_mmap", "tlb_exit" },
		{ "flush_tlb_func", "do_wp_page", "tlb_cow" },
		{ "flush_tlb_func", "do_madvise", "tlb_madvise" },
		{ "flush_tlb_func", "mprotect_fixup", "tlb_mprotect" },
		{ "flush_tlb_func", "move_page_tables", "tlb_mremap" },
		{ "flush_tlb_func", "do_vmi_munmap", "tlb_munmap" },
		{ "flush_tlb_func", "somebody_else", "tlb_flush" },
		{ "sched_ttwu_pending", "stop_machine_cpuslocked", "stop_machine" },
		{ "sched_ttwu_pending", "__drain_all_pages", "page_drain" },
		{ "sched_ttwu_pending", "kvm_vcpu_wake_up", "kvm_wakeups" },
		{ "sched_ttwu_pending", "__io_req_task_work_add", "io_uring" },
		{ "sched_ttwu_pending", "stop_one_cpu", "migration" },
		{ "sched_ttwu_pending", "futex_wake", "wakeups" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_string_equal(named_by_stack(known[i].func, known[i].frame), known[i].name);
}

TEST(others_are_not)
{
	static const struct {
		const char *func, *module;
	} strangers[] = {
		{ "do_nothing", "ipigen" },
		{ "tsc_khz_changed", "ipifreq" },
		{ "tsc_khz_change", "kvm" },
		{ "ack_kick", "other" },
		{ "my_flush_tlb_func", NULL },
		{ "flush_tlb_func_new", NULL },
		{ "ipi_mb2", NULL },
		{ "rdmsr_on_cpu", NULL },
		{ "do_drv_write", "other" },
		{ "ipigen_single_wait", "ipigen" },
		{ "0xffffffff81000000", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++)
		assert_string_equal(name_cause(strangers[i].func, strangers[i].module), "unknown");
}

/* Each row has a unique word for scripts, a cause and advice. */
TEST(rows_are_whole)
{
	for (size_t i = 0; i < signatures__nr(); i++) {
		const struct signature *sig = signature__at(i);

		assert_int_equal(strspn(sig->name, "abcdefghijklmnopqrstuvwxyz_"),
				 strlen(sig->name));
		assert_true(strlen(sig->cause) > 20);
		assert_true(strlen(sig->advice) > 15 || !strcmp(sig->advice, NO_ADVICE));
		assert_in_range(sig->usual, 0, NR_USUAL - 1);
		assert_true(sig->funcs[0] || sig->kinds);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(signature__at(j)->name, sig->name);
	}
}

/* Whoever wakes a task by a csd does that by a reschedule, too, if both CPUs share a cache. */
TEST(a_wake_up_is_also_a_reschedule)
{
	for (size_t i = 0; i < signatures__nr(); i++) {
		const struct signature *sig = signature__at(i);
		bool wakes = false;

		for (size_t f = 0; f < ARRAY_SIZE(sig->funcs) && sig->funcs[f]; f++)
			wakes |= !strcmp(sig->funcs[f], "sched_ttwu_pending");
		if (wakes && !(sig->kinds & 1U << KIND_RESCHEDULE))
			fail_msg("%s: no reschedule", sig->name);
		assert_int_equal(sig->kinds & ~(1U << KIND_RESCHEDULE | 1U << KIND_IRQ_WORK), 0);
	}
}

/* How often a healthy machine sends for the cause, on which the limit of the rate depends. */
static const char *const causes[NR_USUAL] = {
	[USUAL_RARE] =
		" tlb_memory_offline tlb_uprobes tsc_khz_changed kvm_wbinvd kvm_setup "
		"text_patching ftrace kick_all_cpus rcu_expedited rcu_barrier rcu_tasks_trace "
		"slab_flush clock_set page_attributes wbinvd bh_lru lam speculation mce "
		"bpf_test_run rcu_requests thermal idle_setup cpu_setup guest_setup "
		"confidential_guests firmware_events arm_setup edac graphics debugging "
		"kernel_tests stop_machine freezer ",
	[USUAL_OCCASIONAL] =
		" tlb_numa_balancing tlb_ksm tlb_khugepaged tlb_damon tlb_move_pages "
		"tlb_compaction tlb_reclaim tlb_soft_dirty tlb_pagemap_scan tlb_flush_kernel "
		"fair_server nohz_full_kick rt_push perf msr cpuid aperfmperf page_tables "
		"acpi_cpufreq amu_frequency resctrl rdpmc resctrl_setup sgx clocksource_watchdog "
		"lazy_tlb powercap speed_select legacy_cpufreq turbo amd_power arm_trace "
		"page_drain ptrace task_changes printk vmstat watchdog ",
	[USUAL_COMMON] =
		" kvm_vmcs_clear nohz_balance deadline_task deadline_timer perf_samples hrtick "
		"rcu_tasks cpu_bandwidth sched_ext cpuidle_coupled ffa_notifications hyperv_vtl task_work "
		"idle_wakeup bpf_ringbuf bpf_deferred schedutil irq_work cpu_times ",
	[USUAL_ROUTINE] =
		" tlb_userfaultfd tlb_zerocopy_receive tlb_writeback tlb_invalidate tlb_graphics "
		"tlb_madvise tlb_truncate tlb_fork tlb_exit tlb_cow tlb_exec tlb_mprotect tlb_mremap "
		"tlb_munmap tlb_hugetlb tlb_flush kvm_requests membarrier ldt sme_dvmsync itimer "
		"timerfd posix_timer rt_balance migration stopper ",
	[USUAL_TRAFFIC] =
		" blk_complete rps packets_freed bh_workqueue irq_redirect nic_per_cpu kvm_wakeups kvm_kicks "
		"io_uring signal rcu_thread wakeups reschedule ",
};

TEST(each_cause_is_as_usual_as_this)
{
	size_t nr = 0;

	for (size_t i = 0; i < signatures__nr(); i++) {
		char word[64];

		snprintf(word, sizeof(word), " %s ", signature__at(i)->name);
		assert_has(causes[signature__at(i)->usual], word);
	}
	for (int usual = 0; usual < NR_USUAL; usual++)
		for (const char *c = causes[usual] + 1; (c = strchr(c, ' ')); c++)
			nr++;
	assert_int_equal(nr, signatures__nr());
}

TEST(via_is_how_a_frame_begins)
{
	assert_string_equal(named_by_stack("sched_ttwu_pending", "stop_one_cpu"), "migration");
	assert_string_equal(named_by_stack("sched_ttwu_pending", "affine_move_task.isra.0"),
			    "migration");
	assert_string_equal(named_by_stack("sched_ttwu_pending", "__stop_one_cpu"), "wakeups");
}

/* Writes the names of the signatures whose interrupts may be of @kind to @names. */
static void list_names(enum ipi_kind kind, char *names, size_t size)
{
	*names = '\0';
	for (size_t i = 0; i < signatures__nr(); i++) {
		const struct signature *sig = signature__at(i);

		/* Calls have a function, so that no signature is of them as a kind. */
		assert_int_equal(sig->kinds & ~(1U << KIND_RESCHEDULE | 1U << KIND_IRQ_WORK), 0);
		if (sig->kinds >> kind & 1)
			snprintf(names + strlen(names), size - strlen(names), "%s ", sig->name);
	}
}

/* An interrupt without a function has only these causes. */
TEST(kinds_of_interrupts_have_causes_of_their_own)
{
	char names[2048];

	list_names(KIND_RESCHEDULE, names, sizeof(names));
	assert_string_equal(
		names,
		"fair_server deadline_task deadline_timer cpu_bandwidth sched_ext rcu_requests stop_machine "
		"page_drain kvm_wakeups kvm_kicks io_uring freezer ptrace itimer posix_timer timerfd signal "
		"task_work task_changes cpu_times rt_balance idle_wakeup watchdog migration stopper vmstat "
		"rcu_thread wakeups reschedule ");
	list_names(KIND_IRQ_WORK, names, sizeof(names));
	assert_string_equal(names, "irq_work ");
}

TEST_MAIN(NULL, NULL)
