// SPDX-License-Identifier: GPL-2.0
/* From what was sent, and the sender's stack, to the name of its cause: stacks that people had. */
#include "model/callers.h"
#include "model/cause.h"
#include "unit.h"

#define SYSCALL "do_syscall_64<entry_SYSCALL_64_after_hwframe"
#define TICK \
	"__sysvec_apic_timer_interrupt<sysvec_apic_timer_interrupt<asm_sysvec_apic_timer_interrupt"
#define RUN_HRTIMERS "__hrtimer_run_queues<hrtimer_interrupt<" TICK
#define FLUSH	     "smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
#define WAKE	     "resched_curr<wakeup_preempt<ttwu_do_activate<try_to_wake_up<"
#define PATCH \
	"smp_call_function_many_cond<on_each_cpu_cond_mask<smp_text_poke_batch_finish<arch_jump_label_transform_apply<__jump_label_update<jump_label_update<"
#define KICK "irq_work_queue<tick_nohz_dep_set_cpu<"

/* "a<b<c": b called a. "": it was not sampled. */
static struct stack_sample sample_of(const char *frames)
{
	static char text[4096];
	struct stack_sample sample = {};
	char *at = text, *name;

	assert_true(strlen(frames) < sizeof(text));
	strcpy(text, frames);
	while (*text && (name = strsep(&at, "<")) && sample.nr < STACK_DEPTH)
		sample.stack[sample.nr++].name = name;
	return sample;
}

struct example {
	const char *func; /* NULL: a reschedule; "": an irq_work that is not known */
	const char *frames;
	const char *name;
	const char *why; /* NULL: none */
	bool irq_work;
};

static void check(const struct example *known, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct example *k = &known[i];
		struct stack_sample sample = sample_of(k->frames);
		struct cause cause = cause__of(&(struct sending){
			.kind = k->irq_work ? KIND_IRQ_WORK :
				k->func	    ? KIND_CALL_FUNCTION :
					      KIND_RESCHEDULE,
			.func = k->func && *k->func ? k->func : NULL,
			.stack = sample.stack,
			.nr = sample.nr,
		});

		assert_non_null(cause.sig);
		if (strcmp(cause.sig->name, k->name) || !cause.why != !k->why ||
		    (k->why && strcmp(cause.why->word, k->why)))
			fail_msg("%s by %s: %s (%s), want %s (%s)",
				 k->func ? k->func : "reschedule", k->frames, cause.sig->name,
				 cause.why ? cause.why->word : "-", k->name, k->why ? k->why : "-");
		assert_true(strlen(cause__words(&cause)) > 20);
		assert_true(strlen(cause__advice(&cause)) > 5);
	}
}

/* Reschedules: half of all IPIs, which had one name. */
TEST(reschedules)
{
	static const struct example known[] = {
		/* Nothing was sampled: none of the neighbours. */
		{ NULL, "", "reschedule", .why = NULL },
		{ NULL, WAKE "eventfd_write<vfs_write<ksys_write<" SYSCALL, "wakeups",
		  .why = "talk" },
		{ NULL,
		  "resched_curr<check_preempt_wakeup_fair<" WAKE "futex_wake<do_futex<" SYSCALL,
		  "wakeups", .why = "preemption" },
		{ NULL, "resched_curr<wakeup_preempt<wake_up_new_task<kernel_clone<" SYSCALL,
		  "wakeups", .why = "new_task" },
		/* R3: io_uring's task_work; no signal was sent. */
		{ NULL,
		  "kick_process<task_work_add<io_poll_wake<__wake_up_common<eventfd_write<" SYSCALL,
		  "io_uring", .why = NULL },
		{ NULL, "kick_process<task_work_add<__io_req_task_work_add<io_wq_submit_work",
		  "io_uring", .why = NULL },
		{ NULL, "kick_process<task_work_add<somebody<" SYSCALL, "task_work", .why = NULL },
		/* R4 */
		{ NULL,
		  "kick_process<__send_signal_locked<do_send_specific<do_tkill<__x64_sys_tgkill<" SYSCALL,
		  "signal", .why = NULL },
		{ NULL,
		  "kick_process<signal_wake_up_state<complete_signal<__send_signal_locked<kill_pid_info",
		  "signal", .why = NULL },
		{ NULL, WAKE "prepare_signal<send_signal_locked<do_send_sig_info<" SYSCALL,
		  "signal", .why = NULL },
		{ NULL,
		  "kick_process<signal_wake_up_state<zap_other_threads<do_group_exit<" SYSCALL,
		  "signal", .why = "exit" },
		{ NULL,
		  WAKE
		  "__wake_up_common<__wake_up_sync_key<do_notify_parent_cldstop<do_signal_stop<"
		  "get_signal<arch_do_signal_or_restart<irqentry_exit_to_user_mode<"
		  "asm_sysvec_reschedule_ipi",
		  "signal", .why = "stopped" },
		/* kick_process() alone is no signal. */
		{ NULL,
		  "kick_process<signal_wake_up_state<cgroup_freeze_task<cgroup_do_freeze<"
		  "cgroup_freeze_write",
		  "freezer", .why = NULL },
		{ NULL, "kick_process<ptrace_request<arch_ptrace<__do_sys_ptrace<" SYSCALL,
		  "ptrace", .why = NULL },
		{ NULL, WAKE "__send_signal_locked<do_notify_parent_cldstop<ptrace_stop<get_signal",
		  "ptrace", .why = NULL },
		{ NULL, "kick_process<somebody_else<" SYSCALL, "reschedule", .why = NULL },
		{ NULL,
		  "kick_process<complete_signal<posixtimer_send_sigqueue<posix_timer_fn<" RUN_HRTIMERS,
		  "posix_timer", .why = NULL },
		{ NULL,
		  "kick_process<complete_signal<__send_signal_locked<it_real_fn<" RUN_HRTIMERS,
		  "itimer", .why = NULL },
		/* R5: the server's timer, a task's, and the one that inlining leaves. */
		{ NULL, "resched_curr<dl_server_timer<dl_task_timer<" RUN_HRTIMERS, "fair_server",
		  .why = NULL },
		{ NULL, "resched_curr<wakeup_preempt_dl<dl_task_timer<" RUN_HRTIMERS,
		  "deadline_task", .why = NULL },
		{ NULL, "resched_curr<dl_task_timer<" RUN_HRTIMERS, "deadline_timer", .why = NULL },
		/* They wake nobody. */
		{ NULL, "native_smp_send_reschedule<wake_up_if_idle<wake_up_all_idle_cpus<somebody",
		  "idle_wakeup", .why = NULL },
		{ NULL,
		  "native_smp_send_reschedule<wake_up_nohz_cpu<add_timer_on<clocksource_watchdog",
		  "idle_wakeup", .why = "timer" },
		{ NULL, "resched_curr<set_user_nice<__x64_sys_setpriority<" SYSCALL, "task_changes",
		  .why = NULL },
		{ NULL, "resched_curr<__sched_setscheduler<do_sched_setscheduler<" SYSCALL,
		  "task_changes", .why = NULL },
		{ NULL, "resched_curr<rt_mutex_setprio<rt_mutex_adjust_prio_chain", "task_changes",
		  .why = "inheritance" },
		/* A move that the stopper's thread makes, and the one that wakes the stopper. */
		{ NULL,
		  "resched_curr<wakeup_preempt<move_queued_task<migration_cpu_stop<cpu_stopper_thread<smpboot_thread_fn",
		  "migration", .why = NULL },
		{ NULL, WAKE "complete<migration_cpu_stop<cpu_stopper_thread<smpboot_thread_fn",
		  "migration", .why = NULL },
		{ NULL,
		  WAKE "cpu_stop_queue_work<stop_one_cpu<affine_move_task<__set_cpus_allowed_ptr",
		  "migration", .why = NULL },
		{ NULL, "resched_curr<push_rt_task<push_rt_tasks<task_woken_rt", "rt_balance",
		  .why = NULL },
		{ NULL,
		  "resched_curr<unthrottle_cfs_rq<distribute_cfs_runtime<sched_cfs_period_timer",
		  "cpu_bandwidth", .why = NULL },
		{ NULL, "native_smp_send_reschedule<kvm_vcpu_kick<kvm_apic_send_ipi", "kvm_kicks",
		  .why = NULL },
		{ NULL, WAKE "kvm_vcpu_wake_up<kvm_vcpu_kick<kvm_apic_send_ipi", "kvm_wakeups",
		  .why = NULL },
		{ NULL, "resched_cpu<rcu_watching_snap_recheck<force_qs_rnp<rcu_gp_fqs_loop",
		  "rcu_requests", .why = NULL },
		{ NULL, "resched_curr<kick_cpus_irq_workfn<irq_work_single<irq_work_run_list",
		  "sched_ext", .why = NULL },
		/* The interrupted task's frames say nothing. */
		{ NULL, WAKE "hrtimer_wakeup<" RUN_HRTIMERS "<io_poll_wake<do_madvise<" SYSCALL,
		  "wakeups", .why = "timer" },
	};

	check(known, ARRAY_SIZE(known));
}

/* The same frames have the same name, whether the woken task's CPU gets a csd or a reschedule. */
TEST(wakeups_by_csd)
{
	static const struct example known[] = {
		{ "sched_ttwu_pending", "", "wakeups", .why = NULL },
		{ "sched_ttwu_pending", "try_to_wake_up<somebody", "wakeups", .why = NULL },
		{ "sched_ttwu_pending",
		  "try_to_wake_up<call_timer_fn<__run_timers<timer_expire_remote<tmigr_handle_remote<"
		  "handle_softirqs",
		  "wakeups", .why = "remote_timer" },
		{ "sched_ttwu_pending", "try_to_wake_up<swake_up_one<rcu_core<handle_softirqs",
		  "wakeups", .why = "rcu" },
		{ "sched_ttwu_pending",
		  "try_to_wake_up<complete<blk_update_request<blk_mq_end_request", "wakeups",
		  .why = "block" },
		{ "sched_ttwu_pending",
		  "try_to_wake_up<kick_pool<__queue_work<queue_work_on<somebody", "wakeups",
		  .why = "work" },
		{ "sched_ttwu_pending",
		  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<futex_wake",
		  "wakeups", .why = "talk" },
		{ "sched_ttwu_pending",
		  "ttwu_queue_wakelist<try_to_wake_up<io_poll_wake<__wake_up_common", "io_uring",
		  .why = NULL },
		{ "sched_ttwu_pending",
		  "try_to_wake_up<complete_signal<__send_signal_locked<do_rt_sigqueueinfo",
		  "signal", .why = NULL },
		{ "sched_ttwu_pending",
		  "try_to_wake_up<complete<migration_cpu_stop<cpu_stopper_thread", "migration",
		  .why = NULL },
		{ "sched_ttwu_pending",
		  "try_to_wake_up<kick_pool<__queue_work<queue_work_on<__lru_add_drain_all<lru_cache_disable<do_pages_move",
		  "page_drain", .why = "move_pages" },
		{ "sched_ttwu_pending",
		  "try_to_wake_up<kick_pool<__queue_work<queue_work_on<__lru_add_drain_all<somebody",
		  "page_drain", .why = NULL },
	};

	check(known, ARRAY_SIZE(known));
}

/* What a CPU sends itself is known by its function, and is no list of three. */
TEST(irq_works)
{
	static const struct example known[] = {
		{ "", "", "irq_work", .irq_work = true },
		{ "unheard_of", "irq_work_queue<somebody", "irq_work", .irq_work = true },
		{ "perf_pending_irq", "", "perf_samples", .irq_work = true },
		{ "bpf_ringbuf_notify", "", "bpf_ringbuf", .irq_work = true },
		{ "wake_up_klogd_work_func", "", "printk", .irq_work = true },
		{ "sugov_irq_work", "", "schedutil", .irq_work = true },
		{ "kick_cpus_irq_workfn", "", "sched_ext", .irq_work = true },
		{ "rb_wake_up_waiters", "", "ftrace", .irq_work = true },
		{ "nohz_full_kick_func", "", "nohz_full_kick", .irq_work = true },
		/* R1, R5, R7, R9: why. */
		{ "nohz_full_kick_func",
		  KICK "enqueue_task_fair<activate_task<ttwu_do_activate<try_to_wake_up",
		  "nohz_full_kick", .why = "second_task", .irq_work = true },
		{ "nohz_full_kick_func", KICK "enqueue_dl_entity<dl_server_start<enqueue_task_fair",
		  "nohz_full_kick", .why = "deadline_server", .irq_work = true },
		{ "nohz_full_kick_func",
		  "irq_work_queue_on<tick_nohz_dep_set_all<rcu_do_batch<rcu_core<rcu_cpu_kthread",
		  "nohz_full_kick", .why = "rcu_callbacks" },
		{ "nohz_full_kick_func",
		  "irq_work_queue_on<wake_up_nohz_cpu<internal_add_timer<add_timer_on<queue_delayed_work_on<vmstat_shepherd",
		  "nohz_full_kick", .why = "vmstat" },
		{ "nohz_full_kick_func",
		  "irq_work_queue_on<wake_up_nohz_cpu<add_timer_on<clocksource_watchdog",
		  "nohz_full_kick", .why = "clocksource_watchdog" },
		{ "nohz_full_kick_func", "irq_work_queue<wake_up_nohz_cpu<__mod_timer<dev_watchdog",
		  "nohz_full_kick", .why = "device_watchdog" },
		{ "nohz_full_kick_func",
		  "irq_work_queue_on<tick_nohz_dep_set_task<posix_cpu_timer_set", "nohz_full_kick",
		  .why = "posix_timer" },
		{ "nohz_full_kick_func",
		  "irq_work_queue_on<tick_nohz_full_kick_cpu<dl_server_timer<dl_task_timer",
		  "fair_server", .why = NULL },
		{ "nohz_full_kick_func", "irq_work_queue_on<tick_nohz_dep_set_cpu<somebody",
		  "nohz_full_kick", .why = NULL },
	};

	check(known, ARRAY_SIZE(known));
}

/* TLB flushes by the frame that asked. */
TEST(flushes)
{
	static const struct example known[] = {
		{ "flush_tlb_func", "", "tlb_flush", .why = NULL },
		{ "flush_tlb_func", FLUSH "ptep_clear_flush<somebody_new<" SYSCALL, "tlb_flush",
		  .why = NULL },
		/* R12 */
		{ "flush_tlb_func",
		  FLUSH
		  "ptep_clear_flush<try_to_migrate_one<rmap_walk_anon<migrate_pages_batch<migrate_pages<move_pages_and_store_status<do_pages_move<kernel_move_pages",
		  "tlb_move_pages", .why = NULL },
		{ "flush_tlb_func",
		  FLUSH
		  "try_to_migrate<migrate_pages<migrate_to_node<do_migrate_pages<kernel_migrate_pages",
		  "tlb_move_pages", .why = NULL },
		{ "flush_tlb_func", FLUSH "try_to_migrate<migrate_pages<do_mbind<kernel_mbind",
		  "tlb_move_pages", .why = NULL },
		{ "flush_tlb_func",
		  FLUSH "try_to_migrate<migrate_pages<do_migrate_range<offline_pages",
		  "tlb_memory_offline", .why = NULL },
		/* R13 */
		{ "flush_tlb_func", FLUSH "tlb_finish_mmu<clear_refs_write<vfs_write<" SYSCALL,
		  "tlb_soft_dirty", .why = NULL },
		{ "flush_tlb_func", FLUSH "pagemap_scan_pmd_entry<walk_pgd_range<do_pagemap_scan",
		  "tlb_pagemap_scan", .why = NULL },
		{ "flush_tlb_func", FLUSH "move_pages_pte<move_pages<userfaultfd_ioctl",
		  "tlb_userfaultfd", .why = NULL },
		{ "flush_tlb_func", FLUSH "change_protection<mwriteprotect_range<userfaultfd_ioctl",
		  "tlb_userfaultfd", .why = NULL },
		{ "flush_tlb_func",
		  FLUSH
		  "ptep_clear_flush<__replace_page<uprobe_write_opcode<install_breakpoint<register_for_each_vma",
		  "tlb_uprobes", .why = NULL },
		{ "flush_tlb_func",
		  FLUSH "zap_page_range_single<tcp_zerocopy_receive<do_tcp_getsockopt",
		  "tlb_zerocopy_receive", .why = NULL },
		{ "flush_tlb_func", FLUSH "hugetlb_wp<hugetlb_fault<handle_mm_fault", "tlb_cow",
		  .why = NULL },
		{ "flush_tlb_func", FLUSH "__unmap_hugepage_range<hugetlb_vmdelete_list",
		  "tlb_hugetlb", .why = NULL },
		{ "flush_tlb_func",
		  FLUSH
		  "try_to_unmap_flush<shrink_folio_list<reclaim_pages<damon_pa_pageout<kdamond_fn",
		  "tlb_damon", .why = NULL },
		/* unmap_mapping_*() is no truncation by itself. */
		{ "flush_tlb_func",
		  FLUSH
		  "zap_page_range_single<unmap_mapping_range_tree<unmap_mapping_pages<invalidate_inode_pages2_range<kiocb_invalidate_pages<generic_file_direct_write",
		  "tlb_invalidate", .why = NULL },
		{ "flush_tlb_func",
		  FLUSH "unmap_mapping_range<ttm_bo_unmap_virtual<ttm_bo_handle_move_mem",
		  "tlb_graphics", .why = NULL },
		{ "flush_tlb_func",
		  FLUSH "unmap_mapping_range<truncate_pagecache<truncate_setsize<do_truncate",
		  "tlb_truncate", .why = NULL },
		{ "flush_tlb_func", FLUSH "unmap_mapping_range<shmem_fallocate<vfs_fallocate",
		  "tlb_truncate", .why = NULL },
		{ "flush_tlb_func", FLUSH "unmap_mapping_range<some_driver_ioctl<" SYSCALL,
		  "tlb_flush", .why = NULL },
		/* Reclaim that somebody asked for is no shortage. */
		{ "flush_tlb_func",
		  FLUSH
		  "try_to_unmap_flush<shrink_folio_list<shrink_node<do_try_to_free_pages<try_to_free_mem_cgroup_pages<user_proactive_reclaim<memory_reclaim",
		  "tlb_reclaim", .why = "asked" },
		{ "flush_tlb_func",
		  FLUSH
		  "shrink_node<try_to_free_mem_cgroup_pages<reclaim_high<mem_cgroup_handle_over_high",
		  "tlb_reclaim", .why = "cgroup" },
		{ "flush_tlb_func", FLUSH "shrink_node<balance_pgdat<kswapd<kthread", "tlb_reclaim",
		  .why = "shortage" },
		/* Which advice the program gives. */
		{ "flush_tlb_func",
		  FLUSH
		  "tlb_finish_mmu<madvise_cold<madvise_vma_behavior<madvise_do_behavior<do_madvise",
		  "tlb_madvise", .why = "cold" },
		{ "flush_tlb_func",
		  FLUSH
		  "flush_tlb_batched_pending<madvise_cold_or_pageout_pte_range<walk_pgd_range<madvise_cold<madvise_vma_behavior<do_madvise",
		  "tlb_madvise", .why = "cold" },
		{ "flush_tlb_func",
		  FLUSH
		  "arch_tlbbatch_flush<shrink_folio_list<reclaim_folio_list<reclaim_pages<madvise_cold_or_pageout_pte_range<madvise_pageout<madvise_vma_behavior<do_madvise",
		  "tlb_madvise", .why = "pageout" },
		{ "flush_tlb_func",
		  FLUSH
		  "tlb_flush_mmu_tlbonly<tlb_finish_mmu<do_madvise<__x64_sys_madvise<" SYSCALL,
		  "tlb_madvise", .why = "give_back" },
		{ "flush_tlb_func",
		  FLUSH "tlb_finish_mmu<zap_page_range_single<madvise_vma_behavior<do_madvise",
		  "tlb_madvise", .why = "give_back" },
		{ "flush_tlb_func",
		  FLUSH
		  "unmap_mapping_range<shmem_fallocate<vfs_fallocate<madvise_remove<madvise_vma_behavior<do_madvise",
		  "tlb_madvise", .why = "remove" },
		{ "flush_tlb_func",
		  FLUSH
		  "zap_page_range_single<madvise_guard_install<madvise_vma_behavior<do_madvise",
		  "tlb_madvise", .why = "guard" },
		{ "flush_tlb_func", FLUSH "somebody<madvise_vma_behavior<do_madvise", "tlb_madvise",
		  .why = NULL },
		{ "flush_tlb_func",
		  FLUSH
		  "tlb_finish_mmu<vms_clear_ptes<vms_complete_munmap_vmas<do_vmi_align_munmap<do_vmi_munmap<__vm_munmap<__x64_sys_munmap<" SYSCALL,
		  "tlb_munmap", .why = "munmap" },
		{ "flush_tlb_func",
		  FLUSH
		  "tlb_finish_mmu<vms_clear_ptes<__mmap_region<mmap_region<do_mmap<vm_mmap_pgoff",
		  "tlb_munmap", .why = "mmap" },
		{ "flush_tlb_func",
		  FLUSH
		  "folio_mkclean<folio_clear_dirty_for_io<ext4_writepages<file_write_and_wait_range<ext4_sync_file<vfs_fsync_range<__do_sys_msync",
		  "tlb_writeback", .why = "msync" },
		{ "flush_tlb_func",
		  FLUSH
		  "folio_mkclean<folio_clear_dirty_for_io<ext4_writepages<wb_writeback<wb_workfn",
		  "tlb_writeback", .why = "flusher" },
		{ "flush_tlb_func",
		  FLUSH "tlb_finish_mmu<do_mprotect_pkey<__x64_sys_pkey_mprotect<" SYSCALL,
		  "tlb_mprotect", .why = "pkey" },
		{ "flush_tlb_func",
		  FLUSH "tlb_finish_mmu<do_mprotect_pkey<__x64_sys_mprotect<" SYSCALL,
		  "tlb_mprotect", .why = NULL },
		{ "flush_tlb_func", FLUSH "ptep_clear_flush<do_wp_page<__handle_mm_fault",
		  "tlb_cow", .why = NULL },
		/* R7 */
		{ "do_kernel_range_flush",
		  "on_each_cpu_cond_mask<flush_tlb_kernel_range<__change_page_attr_set_clr<set_memory_ro<bpf_int_jit_compile<do_seccomp<" SYSCALL,
		  "tlb_flush_kernel", .why = "bpf" },
		{ "do_flush_tlb_all",
		  "on_each_cpu_cond_mask<__purge_vmap_area_lazy<free_work<process_one_work",
		  "tlb_flush_kernel", .why = "bulk" },
		{ "do_flush_tlb_all",
		  "on_each_cpu_cond_mask<pcpu_reclaim_populated<pcpu_balance_workfn",
		  "tlb_flush_kernel", .why = NULL },
	};

	check(known, ARRAY_SIZE(known));
}

/* Text is patched by others than tracers; and perf asks for more than one thing. */
TEST(patches)
{
	static const struct example known[] = {
		{ "do_sync_core", "", "text_patching", .why = NULL },
		{ "do_sync_core",
		  PATCH "static_key_enable<tracepoint_add_func<bpf_raw_tp_link_attach",
		  "text_patching", .why = "tracing" },
		{ "do_sync_core",
		  "smp_text_poke_single<arm_kprobe<enable_kprobe<perf_trace_event_init",
		  "text_patching", .why = "tracing" },
		/* R11 */
		{ "do_sync_core",
		  PATCH "static_key_enable<netstamp_clear<process_one_work<worker_thread",
		  "text_patching", .why = "timestamps" },
		{ "do_sync_core",
		  PATCH
		  "static_key_enable_cpuslocked<static_key_enable<process_one_work<worker_thread",
		  "text_patching", .why = "work" },
		{ "do_sync_core",
		  PATCH "static_key_enable<sysctl_schedstats<proc_sys_call_handler<vfs_write",
		  "text_patching", .why = "sysctl" },
		{ "do_sync_core", PATCH "static_key_enable<toggle_allocation_gate<process_one_work",
		  "text_patching", .why = "kfence" },
		{ "do_sync_core",
		  PATCH
		  "static_key_slow_inc<account_event<perf_event_alloc<__do_sys_perf_event_open",
		  "text_patching", .why = "perf" },
		{ "do_sync_core",
		  "__static_call_transform<__static_call_init<static_call_module_notify<load_module",
		  "text_patching", .why = "modules" },
		{ "do_sync_core", PATCH "static_key_slow_dec<somebody", "text_patching",
		  .why = "static_key" },
		{ "do_nothing",
		  "kick_all_cpus_sync<jump_label_update<static_key_enable<toggle_allocation_gate",
		  "kick_all_cpus", .why = "kfence" },
		{ "remote_function", "event_function_call<_perf_event_enable<perf_ioctl", "perf",
		  .why = "switch" },
		{ "remote_function",
		  "cpu_function_call<perf_install_in_context<__do_sys_perf_event_open", "perf",
		  .why = "open" },
		{ "__perf_event_read",
		  "smp_call_function_single<perf_event_read<perf_read<vfs_read", "perf",
		  .why = "read" },
		{ "rcu_exp_handler",
		  "smp_call_function_single<__sync_rcu_exp_select_node_cpus<wait_rcu_exp_gp<"
		  "kthread_worker_fn",
		  "rcu_expedited", .why = "thread" },
		{ "rcu_exp_handler", "smp_call_function_single<synchronize_rcu_expedited<somebody",
		  "rcu_expedited", .why = NULL },
		{ "rcu_barrier_handler",
		  "smp_call_function_single<rcu_barrier<cleanup_net<process_one_work",
		  "rcu_barrier", .why = "netns" },
		{ "tlb_remove_table_smp_sync",
		  "tlb_remove_table_sync_one<collapse_huge_page<madvise_collapse<do_madvise",
		  "page_tables", .why = "asked" },
		{ "flush_tlb_func",
		  FLUSH "collapse_huge_page<hpage_collapse_scan_pmd<khugepaged<kthread",
		  "tlb_khugepaged", .why = "khugepaged" },
		{ "remote_function", "task_function_call<somebody", "perf", .why = NULL },
	};

	check(known, ARRAY_SIZE(known));
}

static bool says(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strstr(text, *words))
			return true;
	return false;
}

/* A signature that has whys says nothing itself that only one of them may. */
TEST(what_is_not_seen_is_not_said)
{
	static const char *const closed[] = { "malloc", "MALLOC_", "tracing off", "fork:", NULL };
	static const char *const names[] = { "text_patching", "tlb_madvise", "tlb_munmap",
					     "perf",	      "page_drain",  "nohz_full_kick",
					     "tlb_reclaim" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct signature *sig = signature__named(names[i]);

		assert_non_null(sig);
		assert_non_null(sig->whys);
		assert_false(says(sig->advice, closed));
		assert_false(says(sig->cause, closed));
	}
}

TEST(whys_are_whole)
{
	for (size_t i = 0; i < signatures__nr(); i++)
		for (const struct because *why = signature__at(i)->whys; why && why->word; why++) {
			assert_int_equal(strspn(why->word, "abcdefghijklmnopqrstuvwxyz_"),
					 strlen(why->word));
			assert_true(strlen(why->word) < 32);
			assert_true(strlen(why->cause) > 15 && strlen(why->advice) > 10);
			assert_non_null(why->via[0]);
			/* Unique in its table. */
			assert_ptr_equal(signature__why(signature__at(i), why->word), why);
		}
	assert_null(signature__why(signature__at(0), "unheard_of"));
	assert_null(signature__why(NULL, "tracing"));
}

/* "a<b" is a frame and its caller; each is how a name begins. */
TEST(a_pair_is_a_frame_and_its_caller)
{
	static const struct example known[] = {
		{ "flush_tlb_func", "tlb_finish_mmu<do_madvise", "tlb_madvise",
		  .why = "give_back" },
		{ "flush_tlb_func", "tlb_finish_mmu.isra.0<do_madvise.part.0", "tlb_madvise",
		  .why = "give_back" },
		{ "flush_tlb_func", "do_madvise<tlb_finish_mmu", "tlb_madvise", .why = NULL },
		{ "flush_tlb_func", "tlb_finish_mmu<somebody<do_madvise", "tlb_madvise",
		  .why = NULL },
		{ "flush_tlb_func", "x_do_madvise", "tlb_flush", .why = NULL },
	};

	check(known, ARRAY_SIZE(known));
}

TEST_MAIN(NULL, NULL)
