/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stacks that ipitrace --stacks sampled on a machine with 2 CPUs and Linux 6.18, under
 * a build, pgbench, nginx, redis, fio, node, a JVM and twenty-five stressors of
 * stress-ng: the reason that a reader finds in each, and its frames from the inside.
 */
#ifndef IPITRACE_TESTS_STACKS_H
#define IPITRACE_TESTS_STACKS_H

static const struct {
	const char *reason;
	const char *frames; /* "a<b<c": b called a */
} stacks[] = {
	{ "__flush_smp_call_function_queue",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<swake_up_one<"
	  "__flush_smp_call_function_queue<__sysvec_call_function_single<"
	  "sysvec_call_function_single<asm_sysvec_call_function_single" },
	{ "__io_req_task_work_add",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "__io_req_task_work_add<io_async_buf_func<__wake_up_common<folio_wake_bit<"
	  "__read_end_io<blk_update_request<blk_mq_end_request<blk_done_softirq<"
	  "handle_softirqs<__irq_exit_rcu<common_interrupt<asm_common_interrupt" },
	{ "__io_req_task_work_add",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "__io_req_task_work_add<io_async_buf_func<__wake_up_common<folio_wake_bit<"
	  "__read_end_io<blk_update_request<blk_mq_end_request<blk_done_softirq<"
	  "handle_softirqs<__irq_exit_rcu<common_interrupt<asm_common_interrupt<"
	  "ext4_discard_preallocations<ext4_clear_inode<ext4_free_inode<"
	  "ext4_evict_inode<evict<do_unlinkat" },
	{ "__io_req_task_work_add",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "__io_req_task_work_add<io_issue_sqe<io_wq_submit_work<io_worker_handle_work<"
	  "io_wq_worker<ret_from_fork<ret_from_fork_asm" },
	{ "__read_end_io", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
			   "wake_page_function<__wake_up_common<folio_wake_bit<__read_end_io<"
			   "blk_update_request<blk_mq_end_request<blk_done_softirq<handle_softirqs<"
			   "__irq_exit_rcu<common_interrupt<asm_common_interrupt" },
	{ "__read_end_io", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
			   "wake_page_function<__wake_up_common<folio_wake_bit<__read_end_io<"
			   "blk_update_request<blk_mq_end_request<blk_done_softirq<handle_softirqs<"
			   "__irq_exit_rcu<common_interrupt<asm_common_interrupt<__handle_mm_fault<"
			   "handle_mm_fault<exc_page_fault<asm_exc_page_fault" },
	{ "__read_end_io",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "wake_page_function<__wake_up_common<folio_wake_bit<__read_end_io<"
	  "blk_update_request<blk_mq_end_request<blk_done_softirq<handle_softirqs<"
	  "__irq_exit_rcu<common_interrupt<asm_common_interrupt<"
	  "finish_task_switch.isra.0<__schedule<schedule<irqentry_exit_to_user_mode<"
	  "asm_common_interrupt" },
	{ "blk_update_request",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<complete<"
	  "blk_update_request<blk_mq_end_request<blk_done_softirq<handle_softirqs<"
	  "__irq_exit_rcu<common_interrupt<asm_common_interrupt<clear_page_erms<"
	  "get_page_from_freelist<__alloc_frozen_pages_noprof<alloc_pages_mpol<"
	  "vma_alloc_folio_noprof<do_anonymous_page<__handle_mm_fault<handle_mm_fault<"
	  "exc_page_fault<asm_exc_page_fault" },
	{ "blk_update_request",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<complete<"
	  "blk_update_request<blk_mq_end_request<blk_flush_complete_seq<flush_end_io<"
	  "__blk_mq_end_request<blk_done_softirq<handle_softirqs<__irq_exit_rcu<"
	  "common_interrupt<asm_common_interrupt" },
	{ "blk_update_request",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<complete<"
	  "blk_update_request<blk_mq_end_request<blk_flush_complete_seq<flush_end_io<"
	  "__blk_mq_end_request<blk_done_softirq<handle_softirqs<__irq_exit_rcu<"
	  "common_interrupt<asm_common_interrupt<is_ftrace_trampoline<"
	  "kernel_text_address<__kernel_text_address<unwind_get_return_address<"
	  "perf_callchain_kernel<get_perf_callchain<__bpf_get_stack" },
	{ "call_timer_fn",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<call_timer_fn<"
	  "__run_timers<timer_expire_remote<tmigr_handle_remote<handle_softirqs<"
	  "__irq_exit_rcu<sysvec_apic_timer_interrupt<asm_sysvec_apic_timer_interrupt" },
	{ "do_mq_timedreceive",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<wake_up_q<"
	  "do_mq_timedreceive<__x64_sys_mq_timedreceive<do_syscall_64<"
	  "entry_SYSCALL_64_after_hwframe" },
	{ "do_mq_timedsend", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<wake_up_q<"
			     "do_mq_timedsend<__x64_sys_mq_timedsend<do_syscall_64<"
			     "entry_SYSCALL_64_after_hwframe" },
	{ "do_notify_parent",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<__wake_up_common<"
	  "__wake_up_sync_key<do_notify_parent<do_exit<do_group_exit<"
	  "__x64_sys_exit_group<x64_sys_call<do_syscall_64<"
	  "entry_SYSCALL_64_after_hwframe" },
	{ "do_notify_parent",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<complete_signal<"
	  "__send_signal_locked<do_notify_parent<do_exit<do_group_exit<"
	  "__x64_sys_exit_group<x64_sys_call<do_syscall_64<"
	  "entry_SYSCALL_64_after_hwframe" },
	{ "do_wp_page", "smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
			"ptep_clear_flush<do_wp_page<__handle_mm_fault<handle_mm_fault<"
			"exc_page_fault<asm_exc_page_fault" },
	{ "dup_mmap", "smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
		      "dup_mmap<copy_process<kernel_clone<__do_sys_clone<do_syscall_64<"
		      "entry_SYSCALL_64_after_hwframe" },
	{ "end_bio_bh_io_sync",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "wake_bit_function<__wake_up_common<wake_up_bit<end_bio_bh_io_sync<"
	  "blk_update_request<blk_mq_end_request<blk_done_softirq<handle_softirqs<"
	  "__irq_exit_rcu<common_interrupt<asm_common_interrupt" },
	{ "end_buffer_write_sync",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "wake_bit_function<__wake_up_common<wake_up_bit<end_buffer_write_sync<"
	  "end_bio_bh_io_sync<blk_update_request<blk_mq_end_request<blk_done_softirq<"
	  "handle_softirqs<__irq_exit_rcu<common_interrupt<asm_common_interrupt" },
	{ "eventfd_write",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "ep_autoremove_wake_function<__wake_up_common<__wake_up<ep_poll_callback<"
	  "__wake_up_common<eventfd_write<vfs_write<ksys_write<do_syscall_64<"
	  "entry_SYSCALL_64_after_hwframe" },
	{ "sock_def_readable",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "ep_autoremove_wake_function<__wake_up_common<__wake_up_sync<"
	  "ep_poll_callback<__wake_up_common<__wake_up_sync_key<sock_def_readable<"
	  "tcp_rcv_established<tcp_v4_do_rcv<tcp_v4_rcv<ip_protocol_deliver_rcu<"
	  "ip_local_deliver_finish<__netif_receive_skb_one_core<process_backlog<"
	  "__napi_poll<net_rx_action<handle_softirqs<do_softirq.part.0" },
	{ "sock_def_readable",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "ep_autoremove_wake_function<__wake_up_common<__wake_up_sync<"
	  "ep_poll_callback<__wake_up_common<__wake_up_sync_key<sock_def_readable<"
	  "unix_stream_sendmsg<__sys_sendto<__x64_sys_sendto<do_syscall_64<"
	  "entry_SYSCALL_64_after_hwframe" },
	{ "exit_mmap", "smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
		       "tlb_flush_mmu_tlbonly<tlb_finish_mmu<exit_mmap<__mmput<begin_new_exec<"
		       "load_elf_binary<bprm_execve<do_execveat_common.isra.0<__x64_sys_execve<"
		       "do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "exit_mmap", "smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
		       "tlb_flush_mmu_tlbonly<tlb_finish_mmu<exit_mmap<__mmput<do_exit<"
		       "do_group_exit<__x64_sys_exit_group<x64_sys_call<do_syscall_64<"
		       "entry_SYSCALL_64_after_hwframe" },
	{ "exit_mmap", "smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
		       "tlb_flush_mmu_tlbonly<tlb_finish_mmu<exit_mmap<__mmput<do_exit<"
		       "do_group_exit<get_signal<arch_do_signal_or_restart<exit_to_user_mode_loop<"
		       "do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "folio_end_writeback_no_dropbehind",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "wake_page_function<__wake_up_common<folio_wake_bit<"
	  "folio_end_writeback_no_dropbehind<folio_end_writeback<ext4_finish_bio<"
	  "ext4_end_bio<blk_update_request<blk_mq_end_request<blk_done_softirq<"
	  "handle_softirqs<__irq_exit_rcu<common_interrupt<asm_common_interrupt" },
	{ "folio_end_writeback_no_dropbehind",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "wake_page_function<__wake_up_common<folio_wake_bit<"
	  "folio_end_writeback_no_dropbehind<folio_end_writeback<ext4_finish_bio<"
	  "ext4_end_bio<blk_update_request<blk_mq_end_request<blk_done_softirq<"
	  "handle_softirqs<__irq_exit_rcu<common_interrupt<asm_common_interrupt<"
	  "get_page_from_freelist<__alloc_frozen_pages_noprof<alloc_pages_mpol<"
	  "folio_alloc_noprof" },
	{ "futex_wake", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<wake_up_q<"
			"futex_wake<do_futex<__x64_sys_futex<do_syscall_64<"
			"entry_SYSCALL_64_after_hwframe" },
	{ "hrtimer_wakeup",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<hrtimer_wakeup<"
	  "__hrtimer_run_queues<hrtimer_interrupt<__sysvec_apic_timer_interrupt<"
	  "sysvec_apic_timer_interrupt<asm_sysvec_apic_timer_interrupt" },
	{ "io_acct_activate_free_worker",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "io_acct_activate_free_worker<io_wq_enqueue<io_submit_sqes<"
	  "__do_sys_io_uring_enter<do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "io_cq_unlock_post",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "autoremove_wake_function<__wake_up_common<__wake_up<io_cq_unlock_post<"
	  "io_issue_sqe<io_wq_submit_work<io_worker_handle_work<io_wq_worker<"
	  "ret_from_fork<ret_from_fork_asm" },
	{ "kick_pool", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<kick_pool<"
		       "process_one_work<worker_thread<kthread<ret_from_fork<ret_from_fork_asm" },
	{ "do_rt_sigqueueinfo",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<complete_signal<"
	  "__send_signal_locked<do_send_sig_info<kill_pid_info_type<do_rt_sigqueueinfo<"
	  "__x64_sys_rt_sigqueueinfo<do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "kill", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<complete_signal<"
		  "__send_signal_locked<do_send_sig_info<kill_pid_info_type<"
		  "kill_something_info<__x64_sys_kill<do_syscall_64<"
		  "entry_SYSCALL_64_after_hwframe" },
	{ "m_stop", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<wake_up_q<"
		    "rwsem_wake.isra.0<up_read<m_stop<seq_read_iter<seq_read<vfs_read<ksys_read<"
		    "do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "madvise", "smp_call_function_many_cond<on_each_cpu_cond_mask<arch_tlbbatch_flush<"
		     "try_to_unmap_flush<shrink_folio_list<reclaim_folio_list<reclaim_pages<"
		     "madvise_cold_or_pageout_pte_range<walk_pgd_range<__walk_page_range<"
		     "walk_page_range_vma<madvise_pageout<madvise_vma_behavior<"
		     "madvise_do_behavior<do_madvise<__x64_sys_madvise<do_syscall_64<"
		     "entry_SYSCALL_64_after_hwframe" },
	{ "madvise", "smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
		     "flush_tlb_batched_pending<madvise_cold_or_pageout_pte_range<walk_pgd_range<"
		     "__walk_page_range<walk_page_range_vma<madvise_cold<madvise_vma_behavior<"
		     "madvise_do_behavior<do_madvise<__x64_sys_madvise<do_syscall_64<"
		     "entry_SYSCALL_64_after_hwframe" },
	{ "madvise", "smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
		     "tlb_flush_mmu_tlbonly<tlb_finish_mmu<do_madvise<__x64_sys_madvise<"
		     "do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "mpage_process_page_bufs",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "wake_page_function<__wake_up_common<folio_wake_bit<mpage_process_page_bufs<"
	  "mpage_prepare_extent_to_map<ext4_do_writepages<ext4_writepages<"
	  "do_writepages<filemap_fdatawrite_wbc<__filemap_fdatawrite_range<"
	  "generic_fadvise<ksys_fadvise64_64<__x64_sys_fadvise64<do_syscall_64<"
	  "entry_SYSCALL_64_after_hwframe" },
	{ "mprotect", "smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
		      "tlb_flush_mmu_tlbonly<tlb_finish_mmu<do_mprotect_pkey<__x64_sys_mprotect<"
		      "do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "msync", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<wake_up_q<"
		   "rwsem_wake.isra.0<up_read<__do_sys_msync<do_syscall_64<"
		   "entry_SYSCALL_64_after_hwframe" },
	{ "munmap", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<wake_up_q<"
		    "rwsem_wake.isra.0<up_read<vms_complete_munmap_vmas<do_vmi_align_munmap<"
		    "do_vmi_munmap<__vm_munmap<__x64_sys_munmap<do_syscall_64<"
		    "entry_SYSCALL_64_after_hwframe" },
	{ "munmap", "smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
		    "tlb_flush_mmu_tlbonly<tlb_finish_mmu<vms_clear_ptes.part.0<"
		    "vms_complete_munmap_vmas<do_vmi_align_munmap<do_vmi_munmap<__vm_munmap<"
		    "__x64_sys_munmap<do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "munmap", "smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
		    "tlb_flush_mmu_tlbonly<unmap_page_range<unmap_vmas<vms_clear_ptes.part.0<"
		    "vms_complete_munmap_vmas<do_vmi_align_munmap<do_vmi_munmap<__vm_munmap<"
		    "__x64_sys_munmap<do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "rcu_core", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<swake_up_one<"
		      "rcu_core<handle_softirqs<__irq_exit_rcu<sysvec_apic_timer_interrupt<"
		      "asm_sysvec_apic_timer_interrupt" },
	{ "rcu_core", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<swake_up_one<"
		      "rcu_core<handle_softirqs<__irq_exit_rcu<sysvec_apic_timer_interrupt<"
		      "asm_sysvec_apic_timer_interrupt<alloc_fd<do_sys_openat2<__x64_sys_openat<"
		      "do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "rcu_core", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<swake_up_one<"
		      "rcu_core<handle_softirqs<run_ksoftirqd<smpboot_thread_fn<kthread<"
		      "ret_from_fork<ret_from_fork_asm" },
	{ "sock_def_readable",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<pollwake<"
	  "__wake_up_common<__wake_up_sync_key<sock_def_readable<unix_stream_sendmsg<"
	  "__sys_sendto<__x64_sys_sendto<do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "update_process_times",
	  "__smp_call_single_queue<generic_exec_single<smp_call_function_single_async<"
	  "update_process_times<tick_nohz_handler<__hrtimer_run_queues<"
	  "hrtimer_interrupt<__sysvec_apic_timer_interrupt<sysvec_apic_timer_interrupt<"
	  "asm_sysvec_apic_timer_interrupt" },
	{ "update_process_times",
	  "__smp_call_single_queue<generic_exec_single<smp_call_function_single_async<"
	  "update_process_times<tick_nohz_handler<__hrtimer_run_queues<"
	  "hrtimer_interrupt<__sysvec_apic_timer_interrupt<sysvec_apic_timer_interrupt<"
	  "asm_sysvec_apic_timer_interrupt<do_anonymous_page<__handle_mm_fault<"
	  "handle_mm_fault<exc_page_fault<asm_exc_page_fault" },
	{ "update_process_times",
	  "__smp_call_single_queue<generic_exec_single<smp_call_function_single_async<"
	  "update_process_times<tick_nohz_handler<__hrtimer_run_queues<"
	  "hrtimer_interrupt<__sysvec_apic_timer_interrupt<sysvec_apic_timer_interrupt<"
	  "asm_sysvec_apic_timer_interrupt<handle_softirqs<__irq_exit_rcu<"
	  "common_interrupt<asm_common_interrupt" },
	{ "vring_interrupt", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
			     "autoremove_wake_function<__wake_up_common<__wake_up<vring_interrupt<"
			     "__handle_irq_event_percpu<handle_irq_event<handle_edge_irq<"
			     "__common_interrupt<common_interrupt<asm_common_interrupt" },
	{ "vring_interrupt",
	  "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
	  "autoremove_wake_function<__wake_up_common<__wake_up<vring_interrupt<"
	  "__handle_irq_event_percpu<handle_irq_event<handle_edge_irq<"
	  "__common_interrupt<common_interrupt<asm_common_interrupt<"
	  "__x64_sys_mq_timedreceive<do_syscall_64<entry_SYSCALL_64_after_hwframe" },
	{ "wait_rcu_exp_gp",
	  "__smp_call_single_queue<generic_exec_single<smp_call_function_single<"
	  "__sync_rcu_exp_select_node_cpus<sync_rcu_exp_select_cpus<wait_rcu_exp_gp<"
	  "kthread_worker_fn<kthread<ret_from_fork<ret_from_fork_asm" },
	{ "wbt_done", "__smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<"
		      "rq_qos_wake_function<__wake_up_common<__wake_up<wbt_done<__rq_qos_done<"
		      "blk_mq_free_request<blk_done_softirq<handle_softirqs<__irq_exit_rcu<"
		      "common_interrupt<asm_common_interrupt" },
};

#endif /* IPITRACE_TESTS_STACKS_H */
