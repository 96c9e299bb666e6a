// SPDX-License-Identifier: GPL-2.0
#include "model/callers.h"

/* Each list below has names of functions; "x*" is every name that begins with x. */

/*
 * Plumbing, Linux 6.5 to 7.3. A function belongs here if its callers ask for different things, and
 * if each caller has a name that says which thing. A function that names a purpose (futex_wake,
 * kswapd, do_numa_page) does not belong here.
 */
const char *const plumbing[] = {
	/* kernel/sched/core.c, swait.c, wait.c, wait_bit.c, completion.c: wake a task. */
	"autoremove_wake_function", "complete", "complete_all", "complete_on_current_cpu",
	"complete_with_flags", "default_wake_function", "ep_autoremove_wake_function", "pollwake",
	"rq_qos_wake_function", "swake_up_all", "swake_up_all_locked", "__swake_up_locked",
	"swake_up_locked", "swake_up_one", "swake_up_one_online", "try_to_wake_up", "ttwu_queue",
	"__ttwu_queue_wakelist", "ttwu_queue_wakelist", "var_wake_function", "wake_bit_function",
	"wake_page_function", "__wake_up", "__wake_up_bit", "wake_up_bit", "__wake_up_common",
	"__wake_up_common_lock", "__wake_up_locked", "__wake_up_locked_key",
	"__wake_up_locked_sync_key", "__wake_up_on_current_cpu", "__wake_up_parent",
	"__wake_up_pollfree", "wake_up_process", "wake_up_q", "wake_up_state", "__wake_up_sync",
	"__wake_up_sync_key", "synchronous_wake_function", "wake_up_var", "woken_wake_function",
	/* mm/filemap.c, fs/buffer.c: a page or buffer is unlocked. */
	"folio_unlock", "folio_wake_bit", "folio_wake_private_2", "unlock_buffer",
	/*
	 * kernel/locking/: a lock is released, or lends a priority to its holder; the frames of the
	 * task say what the lock is for.
	 */
	"mark_wakeup_next_waiter", "mutex_unlock", "__mutex_unlock_slowpath",
	"percpu_rwsem_wake_function", "__percpu_up_read", "percpu_up_write",
	"rt_mutex_adjust_prio_chain", "__rt_mutex_futex_unlock", "rt_mutex_futex_unlock",
	"rt_mutex_lock", "rt_mutex_postunlock", "rt_mutex_setprio", "__rt_mutex_slowlock*",
	"rt_mutex_slowlock*", "rt_mutex_slowunlock", "rt_mutex_start_proxy_lock",
	"__rt_mutex_start_proxy_lock", "rt_mutex_unlock", "rt_mutex_wake_up_q", "rt_read_lock",
	"rt_read_unlock", "rt_spin_lock", "rt_spin_unlock", "rt_write_lock", "rt_write_unlock",
	"rtlock_slowlock_locked", "rwsem_downgrade_wake", "rwsem_mark_wake", "rwsem_wake",
	"task_blocks_on_rt_mutex", "__up", "up", "__up_read", "up_read", "__up_write", "up_write",
	"vma_end_write_all",
	/* fs/eventpoll.c, eventfd.c: a file is ready that epoll watches, or an eventfd. */
	"ep_poll_callback", "eventfd_signal", "eventfd_signal_mask",
	/* kernel/signal.c: a signal wakes its task. */
	"complete_signal", "do_send_sig_info", "do_send_specific", "do_tkill",
	"group_send_sig_info", "kill_pgrp", "__kill_pgrp_info", "kill_pid_info",
	"kill_pid_info_type", "kill_something_info", "posixtimer_send_sigqueue",
	"recalc_sigpending_and_wake", "__send_signal", "__send_signal_locked", "send_signal_locked",
	"send_sigqueue", "signal_wake_up_state",
	/* kernel/workqueue.c: a worker is woken; the function that queues the work says why. */
	"create_worker", "insert_work", "kick_pool", "kthread_insert_work", "kthread_queue_work",
	"__queue_delayed_work", "queue_delayed_work_on", "queue_rcu_work", "__queue_work",
	"queue_work_node", "queue_work_on", "schedule_on_each_cpu", "smp_call_on_cpu",
	"wake_up_worker",
	/* mm/swap.c, page_alloc.c, memcontrol.c, slub.c: CPUs give back what they keep at hand. */
	"__drain_all_pages", "drain_all_pages", "drain_all_stock", "flush_all_cpus_locked",
	"__lru_add_drain_all", "lru_add_drain_all", "lru_cache_disable",
	/* kernel/stop_machine.c, sched/core.c: a stopper is woken. */
	"affine_move_task", "__do_set_cpus_allowed", "cpu_stop_queue_two_works",
	"__cpu_stop_queue_work", "cpu_stop_queue_work", "queue_stop_cpus_work",
	"__sched_setaffinity", "__set_cpus_allowed_ptr", "__set_cpus_allowed_ptr_locked",
	"set_cpus_allowed_ptr", "__stop_cpus", "stop_cpus", "stop_machine",
	"stop_machine_cpuslocked", "stop_one_cpu", "stop_one_cpu_nowait", "stop_two_cpus",
	/* kernel/rcu/: the end of a grace period, and requests to CPUs for a quiescent state. */
	"call_rcu", "call_rcu_hurry", "rcu_accelerate_cbs_unlocked", "rcu_barrier",
	"rcu_check_quiescent_state", "rcu_gp_kthread_wake", "rcu_report_exp_cpu_mult",
	"rcu_report_exp_rdp", "__rcu_report_exp_rnp", "rcu_report_exp_rnp", "rcu_report_qs_rdp",
	"rcu_report_qs_rnp", "rcu_report_qs_rsp", "sync_rcu_exp_select_cpus",
	"__sync_rcu_exp_select_node_cpus", "sync_rcu_exp_select_node_cpus", "synchronize_net",
	"synchronize_rcu", "synchronize_rcu_expedited", "synchronize_rcu_normal", "__wait_rcu_gp",
	"__wake_nocb_gp", "wake_nocb_gp",
	/* arch/x86/mm/tlb.c, mm/mmu_gather.c, mm/rmap.c, mm/pgtable-generic.c: TLB flushes. */
	"arch_tlbbatch_flush", "flush_tlb_all", "flush_tlb_batched_pending",
	"flush_tlb_kernel_range", "flush_tlb_mm_range", "flush_tlb_multi", "__flush_tlb_range",
	"native_flush_tlb_multi", "pmdp_clear_flush_young", "pmdp_collapse_flush",
	"pmdp_huge_clear_flush", "pmdp_invalidate", "pmdp_invalidate_ad", "ptep_clear_flush",
	"ptep_clear_flush_young", "pudp_huge_clear_flush", "pudp_invalidate",
	"tlb_batch_pages_flush", "tlb_end_vma", "tlb_finish_mmu", "tlb_flush_mmu",
	"tlb_flush_mmu_tlbonly", "tlb_flush_rmap_batch", "tlb_flush_unshared_tables",
	"tlb_remove_page_size", "tlb_remove_table", "tlb_remove_table_sync_one", "tlb_table_flush",
	"try_to_unmap_flush", "try_to_unmap_flush_dirty",
	/* mm/vma.c, mmap.c, memory.c: called for munmap(2), mmap(2) and mremap(2). */
	"copy_vma_and_data", "do_brk_munmap", "do_mas_align_munmap", "do_mas_munmap", "do_mmap",
	"do_mremap", "__do_munmap", "do_munmap", "do_vma_munmap", "do_vmi_align_munmap",
	"do_vmi_munmap", "free_pgd_range", "free_pgtables", "ksys_mmap_pgoff", "ksys_shmdt",
	"__mmap_complete", "__mmap_prepare", "__mmap_region", "mmap_region", "move_page_tables",
	"move_ptes", "move_vma", "remap_move", "remove_vma", "unmap_mapping_page",
	"unmap_page_range", "unmap_region", "unmap_single_vma", "unmap_vmas", "vm_mmap_pgoff",
	"__vm_munmap", "vm_munmap", "vms_clean_up_area", "vms_clear_ptes",
	"vms_complete_munmap_vmas", "zap_huge_pmd", "zap_huge_pud", "zap_page_range",
	"zap_page_range_single", "zap_page_range_single_batched", "zap_pmd_range", "zap_pte_range",
	"zap_special_vma_range", "zap_vma_ptes", "__zap_vma_range", "zap_vma_range",
	"zap_vma_range_batched",
	/* mm/huge_memory.c, hugetlb.c: a huge page is split, unmapped or protected. */
	"change_huge_pmd", "__folio_split", "folio_split", "folio_split_or_unmap",
	"huge_pmd_unshare_flush", "hugetlb_change_protection", "hugetlb_unshare_pmds",
	"move_huge_pmd", "move_hugetlb_page_tables", "set_pmd_migration_entry",
	"split_folio_to_list", "split_huge_page_to_list", "__split_huge_page_to_list_to_order",
	"split_huge_page_to_list_to_order", "__split_huge_pmd", "split_huge_pmd_address",
	"split_huge_pmd_locked", "__split_huge_pmd_locked", "__split_huge_pud", "split_vma",
	"__split_vma", "vma_modify", "vma_modify_flags", "unmap_folio", "unmap_huge_pmd_locked",
	"__unmap_hugepage_range", "unmap_hugepage_range", "__unmap_hugepage_range_final",
	"vma_adjust_trans_huge",
	/* mm/mprotect.c, madvise.c, pagewalk.c: called for mprotect(2) and madvise(2). */
	"change_protection", "change_protection_range", "change_pte_range", "do_madvise",
	"do_mprotect_pkey", "madvise_cold", "madvise_cold_or_pageout_pte_range",
	"madvise_do_behavior", "madvise_dontneed_free", "madvise_dontneed_single_vma",
	"madvise_finish_tlb", "madvise_free_pte_range", "madvise_free_single_vma", "madvise_lock",
	"madvise_pageout", "madvise_unlock", "madvise_vma_anon_name", "madvise_vma_behavior",
	"madvise_walk_vmas", "mprotect_fixup", "vector_madvise", "walk_p4d_range",
	"__walk_page_range", "walk_page_range", "walk_page_range_mm", "walk_page_range_vma",
	"walk_page_range_mm_unsafe", "walk_page_range_vma_unsafe", "walk_page_vma",
	"walk_pgd_range", "walk_pmd_range", "walk_pud_range",
	/* mm/migrate.c, rmap.c: pages are moved, for NUMA balancing, compaction or a program. */
	"clear_page_dirty_for_io", "folio_clear_dirty_for_io", "folio_mkclean", "page_mkclean",
	"migrate_misplaced_folio", "migrate_misplaced_page", "migrate_pages", "migrate_pages_batch",
	"migrate_pages_sync", "page_mkclean_one", "page_vma_mkclean_one", "__replace_page",
	"rmap_walk", "rmap_walk_anon", "__rmap_walk_file", "rmap_walk_file", "try_to_migrate",
	"try_to_migrate_one", "migrate_folio_move", "migrate_folio_unmap", "try_to_unmap",
	"try_to_unmap_one", "__buffer_migrate_folio", "__buffer_migrate_page",
	"buffer_migrate_folio", "buffer_migrate_folio_norefs", "buffer_migrate_page_norefs",
	"invalidate_bh_lrus", "move_to_new_folio", "move_to_new_page",
	/* mm/memory.c: a part of a file is unmapped from all processes. */
	"folio_unmap_invalidate", "truncate_cleanup_folio", "unmap_mapping_folio",
	"unmap_mapping_pages", "unmap_mapping_range", "unmap_mapping_range_tree",
	/* mm/vmscan.c: pages are reclaimed, for kswapd, an allocation or a cgroup's limit. */
	"try_to_free_mem_cgroup_pages", "demote_folio_list", "do_try_to_free_pages", "evict_folios",
	"reclaim_folio_list", "reclaim_pages", "shrink_active_list", "shrink_folio_list",
	"shrink_inactive_list", "shrink_list", "shrink_lruvec", "shrink_many", "shrink_node",
	"shrink_node_memcgs", "shrink_one", "shrink_page_list", "shrink_zones",
	"try_to_shrink_lruvec",
	/* mm/khugepaged.c, ksm.c: called by the kernel thread's own function, or by madvise(2). */
	"break_cow", "break_ksm", "cmp_and_merge_page", "collapse_and_free_pmd", "collapse_file",
	"collapse_huge_page", "collapse_pte_mapped_thp", "collapse_single_pmd",
	"hpage_collapse_scan_file", "hpage_collapse_scan_pmd", "khugepaged_do_scan",
	"khugepaged_scan_mm_slot", "ksm_do_scan", "replace_page", "retract_page_tables",
	"try_collapse_pte_mapped_thp", "try_to_merge_one_page", "try_to_merge_two_pages",
	"try_to_merge_with_ksm_page", "write_protect_page",
	/* mm/vmalloc.c, arch/x86/mm/pat/set_memory.c: mappings of the kernel's own memory. */
	"__change_page_attr_set_clr", "change_page_attr_set_clr", "cpa_flush", "cpa_flush_all",
	"purge_fragmented_blocks_allcpus", "__purge_vmap_area_lazy", "set_memory_4k",
	"set_memory_decrypted", "__set_memory_enc_dec", "__set_memory_enc_pgtable",
	"set_memory_encrypted", "set_memory_np", "set_memory_nx", "set_memory_p",
	"__set_memory_prot", "set_memory_ro", "set_memory_rox", "set_memory_rw", "_set_memory_uc",
	"set_memory_uc", "_set_memory_wb", "set_memory_wb", "_set_memory_wc", "set_memory_wc",
	"_set_memory_wt", "set_memory_x", "_set_pages_array", "set_pages_array_uc",
	"set_pages_array_wb", "set_pages_array_wc", "set_pages_ro", "set_pages_rw", "set_pages_uc",
	"set_pages_wb", "vm_reset_perms", "_vm_unmap_aliases", "vm_unmap_aliases",
	/* arch/x86/kernel/alternative.c, kernel/jump_label.c, static_call_inline.c: patch code. */
	"arch_jump_label_transform", "arch_jump_label_transform_apply",
	"arch_static_call_transform", "bpf_arch_poke_desc_update", "bpf_arch_text_poke",
	"__bpf_arch_text_poke", "__jump_label_update", "jump_label_update",
	"smp_text_poke_batch_finish", "smp_text_poke_batch_flush", "smp_text_poke_single",
	"smp_text_poke_sync_each_cpu", "__static_call_transform", "__static_call_update",
	"static_call_update", "static_key_disable", "static_key_disable_cpuslocked",
	"static_key_enable", "static_key_enable_cpuslocked", "__static_key_slow_dec",
	"static_key_slow_dec", "__static_key_slow_dec_cpuslocked", "static_key_slow_dec_cpuslocked",
	"static_key_slow_inc", "static_key_slow_inc_cpuslocked", "text_poke_bp",
	"text_poke_bp_batch", "text_poke_finish", "text_poke_flush", "text_poke_sync",
	/* kernel/events/core.c: perf calls another CPU. */
	"cpu_function_call", "event_function_call", "task_function_call",
	/* arch/x86/lib/msr-smp.c, cache-smp.c: read or write another CPU's registers or caches. */
	"rdmsr_on_cpu", "rdmsr_on_cpus", "rdmsr_safe_on_cpu", "rdmsr_safe_regs_on_cpu",
	"rdmsrl_on_cpu", "rdmsrl_safe_on_cpu", "rdmsrq_on_cpu", "rdmsrq_safe_on_cpu",
	"wbinvd_on_all_cpus", "wbinvd_on_cpu", "wbinvd_on_cpus_mask", "wrmsr_on_cpu",
	"wrmsr_on_cpus", "wrmsr_safe_on_cpu", "wrmsr_safe_regs_on_cpu", "wrmsrl_on_cpu",
	"wrmsrl_safe_on_cpu", "wrmsrq_on_cpu", "wrmsrq_safe_on_cpu",
	/* drivers/cpufreq/cpufreq.c, arch/x86/kvm/x86.c: a frequency changes, for a governor. */
	"cpufreq_driver_target", "__cpufreq_driver_target", "cpufreq_freq_transition_begin",
	"cpufreq_freq_transition_end", "cpufreq_notify_transition", "kvmclock_cpufreq_notifier",
	"__kvmclock_cpufreq_notifier", "__target_index",
	/* virt/kvm/kvm_main.c: a request to the vCPUs of a guest. */
	"kvm_flush_remote_tlbs", "kvm_flush_remote_tlbs_memslot", "kvm_flush_remote_tlbs_range",
	"kvm_kick_many_cpus", "kvm_make_all_cpus_request", "kvm_make_all_cpus_request_except",
	"kvm_make_vcpus_request_mask",
	/* kernel/irq_work.c, arch/x86/kernel/irq_work.c. */
	"arch_irq_work_raise", "irq_work_queue", "__irq_work_queue_local", "irq_work_queue_on",
	/* kernel/sched/core.c, arch/x86/kernel/apic/ipi.c: a CPU must check which task to run. */
	"activate_task", "add_nr_running", "check_preempt_*", "__dequeue_dl_entity",
	"dequeue_entities", "dequeue_entity", "dequeue_rt_stack", "__dequeue_task", "dequeue_task",
	"__dequeue_task_dl", "dequeue_task_*", "detach_task", "detach_tasks", "enqueue_dl_entity",
	"enqueue_entity", "entity_tick", "enqueue_task", "enqueue_task_*", "enqueue_top_rt_rq",
	"kick_process", "move_queued_task", "native_smp_send_reschedule", "prio_changed_*",
	"put_prev_entity", "put_prev_task_*", "resched_cpu", "resched_curr*", "__resched_curr",
	"reweight_entity", "reweight_task*", "sched_change_begin", "sched_change_end",
	"set_next_entity", "set_next_task_*", "__set_next_task_fair", "set_task_cpu",
	"switched_from_*", "switched_to_*", "task_tick_*", "task_work_add", "ttwu_do_activate",
	"ttwu_do_wakeup", "update_cfs_group", "update_curr*", "wakeup_preempt*", "yield_task_*",
	/* kernel/time/: a CPU must check its tick, or a timer that is armed there. */
	"add_timer_on", "internal_add_timer", "__mod_timer", "mod_timer", "tick_nohz_dep_set*",
	"tick_nohz_full_kick", "tick_nohz_full_kick_cpu", "tick_nohz_full_kick_all",
	"tick_nohz_kick_task", "wake_up_all_idle_cpus", "wake_up_full_nohz_cpu", "wake_up_if_idle",
	"wake_up_idle_cpu", "wake_up_nohz_cpu",
	/* kernel/notifier.c */
	"atomic_notifier_call_chain", "blocking_notifier_call_chain", "notifier_call_chain",
	"notifier_call_chain_robust", "raw_notifier_call_chain", "srcu_notifier_call_chain", NULL
};

/* The functions by which a task, an interrupt or a thread enters the kernel: x86, arm64. */
const char *const kernel_entries[] = {
	/* System calls. */
	"entry_SYSCALL*", "entry_SYSENTER*", "entry_INT80*", "do_syscall_*", "do_int80_*",
	"do_fast_syscall_32", "__do_fast_syscall_32", "x64_sys_call", "ia32_sys_call", "el0_svc*",
	"do_el0_svc*", "el0t_*", "invoke_syscall",
	/* Faults and interrupts. */
	"asm_*", "exc_page_fault", "do_user_addr_fault", "do_page_fault", "do_translation_fault",
	"do_mem_abort", "handle_mm_fault", "__handle_mm_fault", "handle_pte_fault", "sysvec_*",
	"__sysvec_*", "common_interrupt", "__common_interrupt", "el1h_*", "el1_interrupt",
	"el0_interrupt", "call_on_irq_stack", "do_interrupt_handler", "handle_softirqs",
	"__do_softirq", "do_softirq*", "irq_exit*", "__irq_exit*", "run_ksoftirqd",
	"smpboot_thread_fn",
	/* Threads and works. */
	"ret_from_fork*", "kthread", "kthread_worker_fn", "worker_thread", "process_one_work",
	"process_scheduled_works", "do_idle", "cpu_startup_entry", "start_secondary",
	"secondary_start*", "__secondary_switched", "common_startup*", "rest_init", "start_kernel",
	"x86_64_start_*", NULL
};
