// SPDX-License-Identifier: GPL-2.0
/* The table of signatures knows these functions, and no others. */
#include "model/cause.h"
#include "smp_callers.h"
#include "unit.h"

static const char *named(const char *func, const char *module)
{
	for (size_t i = 0; i < signatures__nr(); i++)
		if (!signature__at(i)->via[0] && signature__matches(signature__at(i), func, module))
			return signature__at(i)->name;
	return "unknown";
}

/* Linux 5.10 to 7.3. */
TEST(every_function_is_known)
{
	static const struct {
		const char *func, *module, *name;
	} known[] = {
		{ "tsc_khz_changed", "kvm", "tsc_khz_changed" },
		{ "tsc_khz_changed", NULL, "tsc_khz_changed" },
		{ "ack_kick", "kvm", "kvm_requests" },
		{ "flush_tlb_func", NULL, "tlb_flush" },
		{ "flush_tlb_func.constprop.0", NULL, "tlb_flush" },
		{ "do_flush_tlb_all", NULL, "tlb_flush_kernel" },
		{ "do_kernel_range_flush", NULL, "tlb_flush_kernel" },
		{ "ipi_mb", NULL, "membarrier" },
		{ "ipi_sync_core", NULL, "membarrier" },
		{ "ipi_rseq", NULL, "membarrier" },
		{ "ipi_sync_rq_state", NULL, "membarrier" },
		{ "do_sync_core", NULL, "text_patching" },
		{ "do_nothing", NULL, "kick_all_cpus" },
		{ "rcu_exp_handler", NULL, "rcu_expedited" },
		{ "rcu_barrier_handler", NULL, "rcu_barrier" },
		{ "trc_read_check_handler", NULL, "rcu_tasks_trace" },
		{ "nohz_csd_func", NULL, "nohz_balance" },
		{ "nohz_full_kick_func", NULL, "nohz_full_kick" },
		{ "rto_push_irq_work_func", NULL, "rt_push" },
		{ "remote_function", NULL, "perf" },
		{ "__perf_event_read", NULL, "perf" },
		{ "__rdmsr_on_cpu", NULL, "msr" },
		{ "__rdmsr_safe_on_cpu", NULL, "msr" },
		{ "__rdmsr_safe_regs_on_cpu", NULL, "msr" },
		{ "__wrmsr_on_cpu", NULL, "msr" },
		{ "__wrmsr_safe_on_cpu", NULL, "msr" },
		{ "cpuid_smp_cpuid", "cpuid", "cpuid" },
		{ "cpuid_smp_cpuid", NULL, "cpuid" },
		/* R15: of 5.13 to 5.17, which are followed by calls. */
		{ "aperfmperf_snapshot_khz", NULL, "aperfmperf" },
		{ "flush_cpu_slab", NULL, "slab_flush" },
		{ "retrigger_next_event", NULL, "clock_set" },
		{ "__cpa_flush_all", NULL, "page_attributes" },
		{ "__cpa_flush_tlb", NULL, "page_attributes" },
		{ "__wbinvd", NULL, "wbinvd" },
		{ "invalidate_bh_lru", NULL, "bh_lru" },
		{ "tlb_remove_table_smp_sync", NULL, "page_tables" },
		{ "ftrace_sync_ipi", NULL, "ftrace" },
		{ "do_drv_write", "acpi_cpufreq", "acpi_cpufreq" },
		{ "do_drv_read", "acpi_cpufreq", "acpi_cpufreq" },
		{ "cpu_read_corecnt", NULL, "amu_frequency" },
		{ "__blk_mq_complete_request_remote", NULL, "blk_complete" },
		{ "rps_trigger_softirq", NULL, "rps" },
		{ "trigger_rx_softirq", NULL, "rps" },
		{ "mon_event_count", NULL, "resctrl" },
		{ "sched_ttwu_pending", NULL, "wakeups" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		assert_string_equal(named(known[i].func, known[i].module), known[i].name);
}

/* The calls in the kernel's sources, with the name of each; all have one. */
TEST(every_call_of_the_kernels_has_a_name)
{
	size_t nameless = 0;

	for (size_t i = 0; i < ARRAY_SIZE(smp_callers); i++) {
		const char *func = smp_callers[i].func, *module = smp_callers[i].module;
		const char *name = named(func, module);

		print_message("# %s%s%s, %s: %s\n", func, module ? " of " : "",
			      module ? module : "", smp_callers[i].file, name);
		nameless += !strcmp(name, "unknown");
	}
	assert_true(ARRAY_SIZE(smp_callers) > 200);
	assert_int_equal(nameless, 0);
}

static const char *named_by_stack(const char *func, const char *frame)
{
	const struct symbol stack[] = { { .name = frame } };
	const struct cause cause =
		cause__of(&(struct sending){ .func = func, .stack = stack, .nr = 1 });

	return cause.sig ? cause.sig->name : "unknown";
}

/* Storms that only the sender's stack tells apart. */
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
		{ "flush_tlb_func", "folio_mkclean", "tlb_writeback" },
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
		assert_string_equal(named(strangers[i].func, strangers[i].module), "unknown");
}

/* Each row has a unique word for scripts, a cause and advice. */
TEST(rows_are_whole)
{
	for (size_t i = 0; i < signatures__nr(); i++) {
		const struct signature *sig = signature__at(i);

		assert_int_equal(strspn(sig->name, "abcdefghijklmnopqrstuvwxyz_"),
				 strlen(sig->name));
		assert_true(strlen(sig->cause) > 20 && strlen(sig->advice) > 20);
		assert_in_range(sig->usual, 0, NR_USUAL - 1);
		assert_true(sig->funcs[0] || sig->kinds);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(signature__at(j)->name, sig->name);
	}
}

/* How often a healthy machine does the same: the limit of the rate depends on it. */
static const struct {
	const char *name;
	enum usual usual;
} causes[] = {
	{ "tlb_numa_balancing", USUAL_OCCASIONAL },
	{ "tlb_ksm", USUAL_OCCASIONAL },
	{ "tlb_khugepaged", USUAL_OCCASIONAL },
	{ "tlb_damon", USUAL_OCCASIONAL },
	{ "tlb_userfaultfd", USUAL_ROUTINE },
	{ "tlb_move_pages", USUAL_OCCASIONAL },
	{ "tlb_memory_offline", USUAL_RARE },
	{ "tlb_compaction", USUAL_OCCASIONAL },
	{ "tlb_reclaim", USUAL_OCCASIONAL },
	{ "tlb_soft_dirty", USUAL_OCCASIONAL },
	{ "tlb_pagemap_scan", USUAL_OCCASIONAL },
	{ "tlb_uprobes", USUAL_RARE },
	{ "tlb_zerocopy_receive", USUAL_ROUTINE },
	{ "tlb_writeback", USUAL_ROUTINE },
	{ "tlb_invalidate", USUAL_ROUTINE },
	{ "tlb_graphics", USUAL_ROUTINE },
	{ "tlb_madvise", USUAL_ROUTINE },
	{ "tlb_truncate", USUAL_ROUTINE },
	{ "tlb_fork", USUAL_ROUTINE },
	{ "tlb_exit", USUAL_ROUTINE },
	{ "tlb_cow", USUAL_ROUTINE },
	{ "tlb_mprotect", USUAL_ROUTINE },
	{ "tlb_mremap", USUAL_ROUTINE },
	{ "tlb_munmap", USUAL_ROUTINE },
	{ "tlb_hugetlb", USUAL_ROUTINE },
	{ "tlb_flush", USUAL_ROUTINE },
	{ "tlb_flush_kernel", USUAL_OCCASIONAL },
	{ "tsc_khz_changed", USUAL_RARE },
	{ "kvm_vmcs_clear", USUAL_COMMON },
	{ "kvm_wbinvd", USUAL_RARE },
	{ "kvm_setup", USUAL_RARE },
	{ "kvm_requests", USUAL_ROUTINE },
	{ "membarrier", USUAL_ROUTINE },
	{ "text_patching", USUAL_RARE },
	{ "ftrace", USUAL_RARE },
	{ "kick_all_cpus", USUAL_RARE },
	{ "rcu_expedited", USUAL_RARE },
	{ "rcu_barrier", USUAL_RARE },
	{ "rcu_tasks_trace", USUAL_RARE },
	{ "nohz_balance", USUAL_COMMON },
	{ "fair_server", USUAL_OCCASIONAL },
	{ "deadline_task", USUAL_COMMON },
	{ "deadline_timer", USUAL_COMMON },
	{ "nohz_full_kick", USUAL_OCCASIONAL },
	{ "rt_push", USUAL_OCCASIONAL },
	{ "perf_samples", USUAL_COMMON },
	{ "perf", USUAL_OCCASIONAL },
	{ "msr", USUAL_OCCASIONAL },
	{ "cpuid", USUAL_OCCASIONAL },
	{ "aperfmperf", USUAL_OCCASIONAL },
	{ "slab_flush", USUAL_RARE },
	{ "clock_set", USUAL_RARE },
	{ "page_attributes", USUAL_RARE },
	{ "wbinvd", USUAL_RARE },
	{ "bh_lru", USUAL_RARE },
	{ "page_tables", USUAL_OCCASIONAL },
	{ "acpi_cpufreq", USUAL_OCCASIONAL },
	{ "amu_frequency", USUAL_OCCASIONAL },
	{ "blk_complete", USUAL_TRAFFIC },
	{ "rps", USUAL_TRAFFIC },
	{ "resctrl", USUAL_OCCASIONAL },
	{ "rdpmc", USUAL_OCCASIONAL },
	{ "resctrl_setup", USUAL_OCCASIONAL },
	{ "hrtick", USUAL_COMMON },
	{ "cpu_bandwidth", USUAL_COMMON },
	{ "ldt", USUAL_ROUTINE },
	{ "lam", USUAL_RARE },
	{ "speculation", USUAL_RARE },
	{ "sgx", USUAL_OCCASIONAL },
	{ "mce", USUAL_RARE },
	{ "clocksource_watchdog", USUAL_OCCASIONAL },
	{ "bh_workqueue", USUAL_TRAFFIC },
	{ "bpf_test_run", USUAL_RARE },
	{ "sched_ext", USUAL_COMMON },
	{ "irq_redirect", USUAL_TRAFFIC },
	{ "rcu_requests", USUAL_RARE },
	{ "lazy_tlb", USUAL_OCCASIONAL },
	{ "powercap", USUAL_OCCASIONAL },
	{ "speed_select", USUAL_OCCASIONAL },
	{ "legacy_cpufreq", USUAL_OCCASIONAL },
	{ "thermal", USUAL_RARE },
	{ "turbo", USUAL_OCCASIONAL },
	{ "amd_power", USUAL_OCCASIONAL },
	{ "idle_setup", USUAL_RARE },
	{ "cpuidle_coupled", USUAL_COMMON },
	{ "cpu_setup", USUAL_RARE },
	{ "guest_setup", USUAL_RARE },
	{ "confidential_guests", USUAL_RARE },
	{ "sme_dvmsync", USUAL_ROUTINE },
	{ "firmware_events", USUAL_RARE },
	{ "ffa_notifications", USUAL_COMMON },
	{ "arm_trace", USUAL_OCCASIONAL },
	{ "arm_setup", USUAL_RARE },
	{ "edac", USUAL_RARE },
	{ "nic_per_cpu", USUAL_TRAFFIC },
	{ "graphics", USUAL_RARE },
	{ "hyperv_vtl", USUAL_COMMON },
	{ "debugging", USUAL_RARE },
	{ "kernel_tests", USUAL_RARE },
	{ "stop_machine", USUAL_RARE },
	{ "page_drain", USUAL_OCCASIONAL },
	{ "kvm_wakeups", USUAL_TRAFFIC },
	{ "kvm_kicks", USUAL_TRAFFIC },
	{ "io_uring", USUAL_TRAFFIC },
	{ "freezer", USUAL_RARE },
	{ "ptrace", USUAL_OCCASIONAL },
	{ "itimer", USUAL_ROUTINE },
	{ "posix_timer", USUAL_ROUTINE },
	{ "signal", USUAL_TRAFFIC },
	{ "task_work", USUAL_COMMON },
	{ "task_changes", USUAL_OCCASIONAL },
	{ "rt_balance", USUAL_ROUTINE },
	{ "idle_wakeup", USUAL_COMMON },
	{ "migration", USUAL_ROUTINE },
	{ "wakeups", USUAL_TRAFFIC },
	{ "reschedule", USUAL_TRAFFIC },
	{ "bpf_ringbuf", USUAL_COMMON },
	{ "bpf_deferred", USUAL_COMMON },
	{ "printk", USUAL_OCCASIONAL },
	{ "schedutil", USUAL_COMMON },
	{ "irq_work", USUAL_COMMON },
};

TEST(each_cause_is_as_usual_as_this)
{
	assert_int_equal(signatures__nr(), ARRAY_SIZE(causes));
	for (size_t i = 0; i < signatures__nr(); i++) {
		assert_string_equal(signature__at(i)->name, causes[i].name);
		assert_int_equal(signature__at(i)->usual, causes[i].usual);
	}
}

TEST(via_is_how_a_frame_begins)
{
	assert_string_equal(named_by_stack("sched_ttwu_pending", "stop_one_cpu"), "migration");
	assert_string_equal(named_by_stack("sched_ttwu_pending", "affine_move_task.isra.0"),
			    "migration");
	assert_string_equal(named_by_stack("sched_ttwu_pending", "__stop_one_cpu"), "wakeups");
}

TEST_MAIN(NULL, NULL)
