// SPDX-License-Identifier: GPL-2.0
/*
 * Causes that are near to each other: they share functions, and a frame further out tells them apart.
 * The stacks are made by hand from the sources of Linux 5.14 to 7.3, with the compiler's suffixes.
 */
#include "cause_examples.h"

#define BATCH \
	"flush_tlb_func: smp_call_function_many_cond<on_each_cpu_cond_mask<arch_tlbbatch_flush<try_to_unmap_flush<"
#define PATCH \
	"do_sync_core: smp_call_function_many_cond<on_each_cpu_cond_mask<smp_text_poke_batch_finish<"
/* Before 6.18. */
#define POKE \
	"do_sync_core: smp_call_function_many_cond<on_each_cpu_cond_mask<text_poke_bp_batch<text_poke_bp<"
#define KICK \
	"ack_kick [kvm]: smp_call_function_many_cond<kvm_make_all_cpus_request_except<kvm_make_all_cpus_request<"

/* kick_process(), try_to_wake_up() and the stopper threads serve many. */
static const struct example sent_reschedules[] = {
	{ "wakeups talk", WAKE
	  "autoremove_wake_function<__wake_up_common<anon_pipe_write<io_write<__io_issue_sqe<io_issue_sqe<io_submit_sqes<__do_sys_io_uring_enter<" SYSCALL },
	{ "wakeups talk", WAKE
	  "__wake_up_sync_key<sock_def_readable<unix_stream_sendmsg<__sock_sendmsg<io_send<io_issue_sqe<io_submit_sqes<" SYSCALL },
	{ "wakeups talk", WAKE
	  "wake_up_q<futex_wake<io_futex_wake<io_issue_sqe<io_wq_submit_work<io_worker_handle_work<io_wq_worker<ret_from_fork" },
	{ "io_uring ended", WAKE
	  "autoremove_wake_function<__wake_up_common<io_cqring_wake<__io_cq_unlock_post<__io_submit_flush_completions<io_submit_sqes<" SYSCALL },
	{ "io_uring ended",
	  "kick_process<task_work_add<io_req_normal_work_add<__io_req_task_work_add<io_poll_wake<__wake_up_common" },
	{ "io_uring workers", WAKE
	  "wake_up_process<io_acct_activate_free_worker<io_wq_enqueue<io_queue_iowq<io_queue_async<io_submit_sqes<" SYSCALL },
	{ "io_uring ended",
	  "kick_process<task_work_add.part.0<io_req_local_work_add.constprop.0<io_msg_remote_post<io_msg_ring<io_issue_sqe" },
	{ "io_uring sqpoll",
	  WAKE "default_wake_function<__wake_up<__do_sys_io_uring_enter<" SYSCALL },
	{ "wakeups tracers_ended", WAKE
	  "wake_up_process<kick_pool<__queue_work<queue_work_on<schedule_on_each_cpu<rcu_tasks_rude_wait_gp<rcu_tasks_one_gp<rcu_tasks_kthread<kthread" },
	{ "wakeups each_cpu", WAKE
	  "__queue_work<queue_work_on<schedule_on_each_cpu<overcommit_policy_handler<proc_sys_call_handler<vfs_write<" SYSCALL },
	{ "wakeups napi_thread", WAKE
	  "wake_up_process<__napi_schedule<tun_get_user<tun_chr_write_iter<vfs_write<ksys_write<" SYSCALL },
	{ "wakeups napi_thread", WAKE
	  "____napi_schedule<__napi_schedule<skb_recv_done<vring_interrupt<__handle_irq_event_percpu<handle_irq_event<handle_edge_irq<common_interrupt" },
	{ "wakeups napi_thread", WAKE
	  "____napi_schedule<__napi_schedule<veth_xmit<dev_hard_start_xmit<__dev_queue_xmit<ip_finish_output2<net_rx_action<handle_softirqs" },
	{ "wakeups network", WAKE
	  "sock_def_readable<tcp_data_ready<tcp_v4_rcv<virtnet_poll<__napi_poll<napi_threaded_poll_loop<napi_threaded_poll<kthread" },
	{ "wakeups block",
	  WAKE "complete<blk_update_request<blk_mq_end_request<nvme_pci_complete_rq<nvme_irq" },
	{ "reschedule",
	  "kick_process<klp_send_signals.part.0<klp_transition_work_fn<process_one_work" },
	{ "task_work",
	  "kick_process<task_work_add<keyctl_session_to_parent<__do_sys_keyctl<" SYSCALL },
	{ "task_work",
	  "kick_process<task_work_add<landlock_restrict_sibling_threads<__do_sys_landlock_restrict_self<" SYSCALL },
	{ "signal exit",
	  "kick_process<signal_wake_up_state<zap_process<do_coredump.isra.0<get_signal" },
	{ "signal exit",
	  "kick_process<signal_wake_up_state<vfs_coredump<get_signal<arch_do_signal_or_restart" },
	{ "signal exit", "kick_process<do_coredump<get_signal<arch_do_signal_or_restart" },
	{ "signal",
	  "kick_process<signal_wake_up_state<complete_signal.constprop.0<__send_signal_locked<do_send_sig_info<send_sigio_to_task<send_sigio<kill_fasync<pipe_write" },
	{ "signal cpu_timer",
	  "kick_process<complete_signal<__send_signal_locked<__group_send_sig_info<cpu_timer_fire<handle_posix_cpu_timers" },
	{ "freezer",
	  "kick_process<signal_wake_up_state<__freeze_task<freeze_task<try_to_freeze_tasks<freeze_processes<pm_suspend" },
	{ "wakeups lock",
	  WAKE "wake_up_q<rwsem_wake.isra.0<thaw_super_locked<thaw_super<__x64_sys_ioctl" },
	{ "wakeups lock",
	  WAKE "__wake_up<percpu_up_write<thaw_super_locked<do_vfs_ioctl<" SYSCALL },
	{ "wakeups lock", WAKE "percpu_up_write<thaw_super<thaw_bdev<dm_resume" },
	{ "ptrace",
	  "kick_process<signal_wake_up_state<ptrace_attach.cold<__do_sys_ptrace<" SYSCALL },
	{ "reschedule", "kick_process<__rseq_handle_notify_resume<somebody" },
	{ "idle_wakeup latency",
	  "native_smp_send_reschedule<wake_up_if_idle<wake_up_all_idle_cpus<cpu_latency_qos_apply<cpu_latency_qos_update_request" },
	{ "idle_wakeup",
	  "native_smp_send_reschedule<wake_up_if_idle<wake_up_all_idle_cpus<cpuidle_uninstall_idle_handler<cpuidle_switch_governor<current_governor_store" },
	{ "idle_wakeup",
	  "native_smp_send_reschedule<wake_up_if_idle<wake_up_all_idle_cpus<cpuidle_pause<dpm_suspend_noirq" },
	{ "idle_wakeup",
	  "native_smp_send_reschedule<wake_up_if_idle<klp_try_complete_transition<klp_transition_work_fn" },
	{ "stopper", WAKE "complete<cpu_stopper_thread<smpboot_thread_fn<kthread" },
	{ "stopper", WAKE "complete<multi_cpu_stop<cpu_stopper_thread<smpboot_thread_fn" },
	{ "migration",
	  "resched_curr<move_queued_task.isra.0<migration_cpu_stop<cpu_stopper_thread" },
	{ "task_changes weight",
	  "resched_curr<update_curr<reweight_entity<sched_group_set_idle<cpu_idle_write_s64" },
	{ "wakeups userfaultfd", WAKE
	  "userfaultfd_wake_function<__wake_up_common<__wake_userfault<userfaultfd_ioctl<__x64_sys_ioctl" },
	{ "wakeups userfaultfd",
	  WAKE "__wake_up_common<handle_userfault<do_anonymous_page<handle_mm_fault" },
	{ "migration balance",
	  "__resched_curr<update_curr<detach_task<sched_balance_rq<sched_balance_newidle<pick_next_task_fair<__schedule<schedule<ptrace_stop.part.0<ptrace_notify" },
	{ "migration balance",
	  "resched_curr<detach_tasks<load_balance<newidle_balance<pick_next_task_fair<__schedule<schedule<schedule_timeout<__wait_for_common<__flush_work<__lru_add_drain_all" },
	{ "rt_balance",
	  "resched_curr<push_rt_task.part.0<push_rt_tasks<finish_task_switch.isra.0<__schedule<schedule<do_nanosleep<io_sqd_wait" },
	{ "wakeups work",
	  "resched_curr<ttwu_do_activate<try_to_wake_up<kick_pool<wq_worker_sleeping<schedule<worker_thread" },
	{ "migration numa",
	  "resched_curr<wakeup_preempt<__migrate_swap_task<migrate_swap_stop<multi_cpu_stop<cpu_stopper_thread<smpboot_thread_fn" },
	{ "migration numa", WAKE
	  "wake_up_q<cpu_stop_queue_two_works<stop_two_cpus<migrate_swap<task_numa_migrate.isra.0<numa_migrate_preferred<task_numa_fault<do_numa_page" },
	{ "stop_machine hotplug", WAKE
	  "wake_up_q<cpu_stop_queue_work<queue_stop_cpus_work.constprop.0<stop_machine_cpuslocked<takedown_cpu" },
	{ "wakeups talk", WAKE
	  "__wake_up_sync_key<sock_def_readable<tcp_data_ready<tcp_rcv_established<tcp_v4_do_rcv<__release_sock<release_sock<tcp_sendmsg<io_sendmsg<io_issue_sqe<io_poll_issue<io_poll_task_func<io_run_local_work<io_cqring_wait" },
	{ "io_uring ended",
	  "kick_process<task_work_add<__io_req_task_work_add<io_req_rw_complete<io_wq_submit_work<io_worker_handle_work" },
	{ "io_uring ended", WAKE
	  "autoremove_wake_function<__wake_up_common<__wake_up<__io_submit_flush_completions<ctx_flush_and_put<tctx_task_work_run" },
	{ "io_uring",
	  WAKE "wake_up_process<io_sq_thread_unpark<io_ring_exit_work<process_one_work" },
	{ "ptrace",
	  "kick_process<signal_wake_up_state<ptrace_trap_notify<ptrace_request<arch_ptrace" },
	{ "signal",
	  "kick_process<signal_wake_up_state<complete_signal<__send_signal_locked<send_signal_locked<do_send_sig_info<group_send_sig_info<kill_pid_info<kill_something_info<__x64_sys_kill" },
	{ "signal",
	  "kick_process<signal_wake_up_state<complete_signal<__send_signal_locked<do_send_sig_info<bpf_send_signal_common" },
	{ "signal",
	  "kick_process<retarget_shared_pending.isra.0<__set_task_blocked<sigprocmask<__x64_sys_rt_sigprocmask" },
	{ "signal exit",
	  "kick_process<signal_wake_up_state<zap_other_threads<de_thread<begin_new_exec" },
	/* The last of the other threads has ended. */
	{ "wakeups exec", WAKE "release_task<do_exit<do_group_exit<get_signal" },
	{ "wakeups exec", WAKE "wake_up_process<release_task<do_exit<do_group_exit<get_signal" },
	{ "signal stopped",
	  WAKE "__wake_up_common<__wake_up_sync_key<do_notify_parent<release_task<do_exit" },
	/* No signal can be blocked that ends a cgroup. */
	{ "signal cgroup_kill",
	  "kick_process<signal_wake_up_state<complete_signal<__send_signal_locked<do_send_sig_info<__cgroup_kill<cgroup_kill_write<kernfs_fop_write_iter" },
	{ "posix_timer",
	  "kick_process<signal_wake_up_state<complete_signal<send_sigqueue<posix_timer_event<posix_timer_fn<__hrtimer_run_queues" },
	{ "kvm_kicks",
	  "native_smp_send_reschedule<kvm_vcpu_kick<vmx_deliver_interrupt<__apic_accept_irq<kvm_irq_delivery_to_apic_fast" },
	{ "kvm_kicks", "native_smp_send_reschedule<__kvm_vcpu_kick<kvm_pmu_deliver_pmi" },
	{ "rcu_requests",
	  "resched_cpu<rcu_implicit_dynticks_qs<force_qs_rnp<rcu_gp_fqs_loop<rcu_gp_kthread" },
	{ "reschedule", "resched_curr<task_tick_fair<sched_tick_remote<process_one_work" },
	{ "task_changes",
	  "resched_curr<prio_changed_fair<set_user_nice.part.0<set_one_prio<__do_sys_setpriority" },
	{ "task_changes",
	  "resched_curr_lazy<switched_to_fair<__sched_setscheduler.constprop.0<_sched_setscheduler<do_sched_setscheduler" },
	{ "task_changes group",
	  "resched_curr<enqueue_task_fair<sched_move_task<sched_autogroup_create_attach<ksys_setsid" },
	{ "rt_balance",
	  "resched_curr<push_rt_task.part.0<push_rt_tasks<rto_push_irq_work_func<irq_work_single" },
	{ "cpu_bandwidth",
	  "resched_curr<unthrottle_cfs_rq<__cfsb_csd_unthrottle<__flush_smp_call_function_queue" },
	{ "cpu_bandwidth quota",
	  "resched_curr<unthrottle_cfs_rq<tg_set_cfs_bandwidth<cpu_max_write<cgroup_file_write" },
	{ "fair_server", "resched_curr<dl_server_timer<__hrtimer_run_queues" },
	{ "deadline_task", "resched_curr<enqueue_task_dl<dl_task_timer<__hrtimer_run_queues" },
	{ "sched_ext", "resched_curr<kick_one_cpu<kick_cpus_irq_workfn<irq_work_single" },
	{ "sched_ext", "resched_curr<scx_bypass<scx_ops_disable_workfn" },
	{ "wakeups timer", WAKE "hrtimer_wakeup<__hrtimer_run_queues<hrtimer_interrupt" },
	{ "wakeups timeout", WAKE
	  "process_timeout<call_timer_fn<expire_timers<__run_timers.part.0<run_timer_softirq<__do_softirq" },
	{ "wakeups backlog", WAKE
	  "sock_def_readable<tcp_data_ready<tcp_rcv_established<tcp_v4_do_rcv<tcp_v4_rcv<ip_protocol_deliver_rcu<__netif_receive_skb_one_core<process_backlog<__napi_poll<net_rx_action<__do_softirq<do_softirq<__local_bh_enable_ip<tcp_sendmsg" },
	{ "wakeups lock", WAKE "wake_up_q<rwsem_wake<up_write<vm_mmap_pgoff<ksys_mmap_pgoff" },
	{ "wakeups program_lock",
	  WAKE "wake_up_q<rt_mutex_postunlock<futex_unlock_pi<do_futex<__x64_sys_futex" },
	{ "wakeups work", WAKE "__queue_work<mod_delayed_work_on<kblockd_mod_delayed_work_on" },
	{ "wakeups vfork", WAKE
	  "swake_up_locked<complete<complete_vfork_done<mm_release<exec_mm_release<begin_new_exec" },
	{ "signal stopped", WAKE
	  "child_wait_callback<__wake_up_common<__wake_up_sync_key<do_notify_parent<exit_notify<do_exit" },
	{ "timerfd", WAKE
	  "autoremove_wake_function<__wake_up_common<__wake_up_locked_key<timerfd_tmrproc<__hrtimer_run_queues" },
	{ "itimer",
	  "kick_process<signal_wake_up_state<complete_signal<__send_signal_locked<do_send_sig_info<kill_pid_info<it_real_fn<__hrtimer_run_queues" },
	{ "page_drain fadvise", WAKE
	  "kick_pool<__queue_work<queue_work_on<__lru_add_drain_all<generic_fadvise<ksys_fadvise64_64" },
	{ "page_drain injected", WAKE
	  "wake_up_process<kick_pool<__queue_work<queue_work_on<__drain_all_pages<zone_pcp_disable<__page_handle_poison<page_handle_poison<soft_offline_page<do_madvise.part.0<" SYSCALL },
	{ "page_drain injected", WAKE
	  "__queue_work<queue_work_on<__lru_add_drain_all<shake_folio<memory_failure<madvise_do_behavior<do_madvise" },
	{ "page_drain soft_offline", WAKE
	  "__queue_work<queue_work_on<__lru_add_drain_all<shake_folio<soft_offline_page<soft_offline_page_store<dev_attr_store" },
	{ "page_drain memory_failure", WAKE
	  "__queue_work<queue_work_on<__lru_add_drain_all<shake_folio<memory_failure<kill_me_maybe<task_work_run" },
	{ "page_drain offline",
	  WAKE "kick_pool<__queue_work<queue_work_on<__drain_all_pages<offline_pages" },
	{ "page_drain shortage", WAKE
	  "insert_work<__queue_work<queue_work_on<__drain_all_pages<drain_all_pages<__alloc_pages_slowpath.constprop.0" },
	{ "page_drain pinned", WAKE
	  "kick_pool<__queue_work<queue_work_on<__lru_add_drain_all<lru_add_drain_all<collect_longterm_unpinnable_folios<__gup_longterm_locked<pin_user_pages" },
	{ "signal exit", WAKE "vfs_coredump<get_signal<arch_do_signal_or_restart" },
	{ "stop_machine hotplug", WAKE
	  "wake_up_q<queue_stop_cpus_work.constprop.0<__stop_cpus<stop_machine_cpuslocked<takedown_cpu<cpuhp_invoke_callback<_cpu_down" },
	{ "stop_machine microcode", WAKE
	  "wake_up_q<queue_stop_cpus_work<stop_machine_cpuslocked<load_late_stop_cpus<reload_store" },
	{ "stop_machine clocksource", WAKE
	  "wake_up_q<queue_stop_cpus_work<stop_machine<timekeeping_notify<current_clocksource_store" },
	{ "stop_machine mtrr",
	  WAKE "wake_up_q<queue_stop_cpus_work<stop_machine_cpuslocked<set_mtrr<mtrr_add_page" },
	{ "stop_machine", WAKE "wake_up_q<queue_stop_cpus_work<stop_machine<somebody" },
	{ "migration hotplug",
	  "resched_curr<move_queued_task<__balance_push_cpu_stop<cpu_stopper_thread" },
	{ "wakeups backlog", WAKE
	  "sock_def_readable<tcp_data_ready<tcp_rcv_established<tcp_v4_do_rcv<tcp_v4_rcv<process_backlog<__napi_poll<net_rx_action<handle_softirqs<do_softirq" },
	{ "wakeups network", WAKE
	  "sock_def_readable<udp_queue_rcv_one_skb<napi_gro_receive<mlx5e_poll_rx_cq<__napi_poll<net_rx_action<handle_softirqs" },
	{ "page_drain compaction_asked", WAKE
	  "kick_pool<__queue_work<queue_work_on<__lru_add_drain_all<sysctl_compaction_handler" },
	{ "page_drain compaction",
	  WAKE "kick_pool<__queue_work<queue_work_on<__drain_all_pages<__compact_zone<kcompactd" },
	{ "wakeups rcu", WAKE "complete<rcu_gp_cleanup<rcu_gp_kthread<kthread" },
	{ "rcu_thread", WAKE "swake_up_all<rcu_gp_cleanup<rcu_gp_kthread<kthread" },
	/* Where RCU's callbacks go to threads already (rcu_nocbs=LIST). */
	{ "rcu_thread offloaded",
	  WAKE "swake_up_one<__wake_nocb_gp<__call_rcu_common<call_rcu<file_free<__fput" },
	{ "rcu_thread offloaded",
	  WAKE "swake_up_one<wake_nocb_gp<__call_rcu_nocb_wake<__call_rcu_common.constprop.0" },
	{ "rcu_thread offloaded",
	  WAKE "swake_up_one<nocb_gp_wait<rcu_nocb_gp_kthread<kthread<ret_from_fork" },
	/* A clock that wakes the machine, too (CLOCK_BOOTTIME_ALARM). */
	{ "wakeups timer",
	  WAKE "alarmtimer_nsleep_wakeup<alarmtimer_fired<__hrtimer_run_queues<hrtimer_interrupt" },
	{ "wakeups timer", WAKE "alarmtimer_fired<__hrtimer_run_queues<hrtimer_interrupt" },
	{ "posix_timer",
	  "kick_process<complete_signal<send_sigqueue<alarm_handle_timer<alarmtimer_fired" },
	{ "timerfd",
	  WAKE "__wake_up_locked_key<timerfd_alarmproc<alarmtimer_fired<__hrtimer_run_queues" },
	/* Nobody sends a signal but perf. */
	{ "signal perf",
	  "kick_process<complete_signal<__send_signal_locked<do_send_sig_info<send_sigio_to_task<send_sigio<kill_fasync<perf_event_wakeup<perf_pending_irq<irq_work_single" },
	/* An allocation, for whatever the task was about to do. */
	{ "wakeups kswapd", WAKE
	  "__wake_up<wakeup_kswapd<__alloc_frozen_pages_noprof<alloc_pages_noprof<anon_pipe_write<vfs_write" },
	/* The kernel tells programs of events by the sockets of netlink. */
	{ "wakeups netlink", WAKE
	  "__wake_up_sync_key<sock_def_readable<netlink_broadcast_filtered<netlink_broadcast<kobject_uevent_env<uevent_store<vfs_write" },
	{ "wakeups netlink", WAKE
	  "__wake_up_sync_key<sock_def_readable<__netlink_sendskb<netlink_unicast<kauditd_send_queue<kauditd_thread<kthread" },
};

/*
 * PREEMPT_RT: who lets a spinlock go wakes who waits for the lock, and who waits for it lends its
 * priority, whatever the two do with the lock.
 */
static const struct example sent_by_locks[] = {
	{ "wakeups lock", WAKE
	  "wake_up_state<rt_mutex_slowunlock<rt_spin_unlock<__wake_up_common_lock<anon_pipe_write<vfs_write" },
	{ "wakeups lock", WAKE "rt_mutex_slowunlock<unix_dgram_sendmsg<__sys_sendto" },
	{ "wakeups lock", WAKE
	  "rt_mutex_slowunlock<rt_spin_unlock<__queue_work<queue_work_on<tty_flip_buffer_push" },
	{ "wakeups lock", WAKE
	  "rt_mutex_slowunlock<rt_spin_unlock<__send_signal_locked<do_send_sig_info<do_tkill" },
	{ "wakeups lock", WAKE "rt_mutex_slowunlock<rt_read_unlock<do_wait<kernel_wait4" },
	{ "wakeups lock", WAKE "wake_up_q<__mutex_unlock_slowpath.isra.0<ptrace_attach" },
	{ "task_changes inheritance",
	  "resched_curr<rt_mutex_setprio<rt_mutex_adjust_prio_chain<task_blocks_on_rt_mutex<rtlock_slowlock_locked<rt_spin_lock<futex_wake<do_futex" },
	{ "task_changes inheritance",
	  "resched_curr<rt_mutex_setprio<mark_wakeup_next_waiter<rt_mutex_slowunlock<rt_spin_unlock<futex_wake" },
	{ "task_changes rcu_boost",
	  "resched_curr<rt_mutex_setprio<task_blocks_on_rt_mutex<rt_mutex_slowlock<rt_mutex_lock<rcu_boost_kthread<kthread" },
	{ "task_changes futex",
	  "resched_curr<rt_mutex_setprio<task_blocks_on_rt_mutex.constprop.0<__rt_mutex_start_proxy_lock<futex_lock_pi" },
	{ "task_changes futex",
	  "resched_curr<rt_mutex_setprio<mark_wakeup_next_waiter<__rt_mutex_futex_unlock<futex_unlock_pi" },
};

TEST(locks_of_the_kernel)
{
	check(KIND_RESCHEDULE, sent_by_locks, ARRAY_SIZE(sent_by_locks));
}

TEST(reschedules)
{
	check(KIND_RESCHEDULE, sent_reschedules, ARRAY_SIZE(sent_reschedules));
}

/*
 * do_wp_page(), unmap_mapping_range() and migrate_pages() serve many; and each allocation may reclaim or
 * compact memory.
 */
static const struct example sent_flushes[] = {
	{ "tlb_reclaim shortage", BATCH
	  "shrink_folio_list<shrink_lruvec<shrink_node<do_try_to_free_pages<try_to_free_pages<__alloc_pages_slowpath.constprop.0<__alloc_pages<mfill_atomic_pte_copy<mfill_atomic<userfaultfd_ioctl" },
	{ "tlb_reclaim cgroup", BATCH
	  "shrink_folio_list<shrink_node<do_try_to_free_pages<try_to_free_mem_cgroup_pages<try_charge_memcg<charge_memcg<__mem_cgroup_charge<mfill_atomic_pte_copy<mfill_atomic<userfaultfd_ioctl" },
	{ "tlb_reclaim shortage", BATCH
	  "shrink_folio_list<shrink_node<do_try_to_free_pages<try_to_free_pages<__alloc_pages_slowpath<alloc_migration_target<migrate_pages<do_pages_move<kernel_move_pages" },
	{ "tlb_reclaim shortage", BATCH
	  "shrink_folio_list<shrink_node<try_to_free_pages<__alloc_pages_slowpath<wp_page_copy<do_wp_page<handle_mm_fault<break_ksm<unmerge_ksm_pages<ksm_madvise<madvise_vma_behavior<do_madvise" },
	{ "tlb_compaction compaction", FLUSH
	  "try_to_migrate<migrate_pages_batch<migrate_pages<compact_zone<compact_zone_order<try_to_compact_pages<__alloc_pages_direct_compact<__alloc_pages_slowpath<mfill_atomic_hugetlb<mfill_atomic<userfaultfd_ioctl" },
	{ "tlb_khugepaged khugepaged", FLUSH
	  "try_to_migrate<migrate_pages<compact_zone<__alloc_pages_slowpath<alloc_charge_folio<collapse_huge_page<hpage_collapse_scan_pmd<khugepaged" },
	{ "tlb_reclaim cgroup", BATCH
	  "shrink_folio_list<shrink_node<try_to_free_mem_cgroup_pages<try_charge_memcg<obj_cgroup_charge<copy_process<kernel_clone" },
	{ "tlb_ksm unmerged", FLUSH
	  "ptep_clear_flush<wp_page_copy<do_wp_page<__handle_mm_fault<handle_mm_fault<break_ksm<unmerge_ksm_pages<ksm_madvise<madvise_vma_behavior<do_madvise" },
	{ "tlb_ksm unmerged", FLUSH
	  "ptep_clear_flush<do_wp_page<handle_mm_fault<break_ksm.constprop.0<unmerge_and_remove_all_rmap_items<run_store<kernfs_fop_write_iter" },
	{ "tlb_ksm", FLUSH
	  "ptep_clear_flush<write_protect_page<try_to_merge_one_page<cmp_and_merge_page<ksm_do_scan<ksm_scan_thread<kthread" },
	{ "tlb_madvise populate", FLUSH
	  "ptep_clear_flush<wp_page_copy<do_wp_page<handle_mm_fault<faultin_page<__get_user_pages<faultin_page_range<madvise_populate<do_madvise<" SYSCALL },
	{ "tlb_madvise populate", FLUSH
	  "ptep_clear_flush<do_wp_page<handle_mm_fault<__get_user_pages<faultin_vma_page_range<madvise_vma_behavior.isra.0<do_madvise" },
	{ "tlb_cow populate", FLUSH
	  "ptep_clear_flush<wp_page_copy<do_wp_page<handle_mm_fault<__get_user_pages<populate_vma_page_range<__mm_populate<do_mlock" },
	{ "tlb_memory_offline injected", FLUSH
	  "try_to_unmap<unmap_poisoned_folio<hwpoison_user_mappings<memory_failure<madvise_inject_error<do_madvise" },
	{ "tlb_memory_offline injected", FLUSH
	  "try_to_migrate<migrate_pages<soft_offline_in_use_page<soft_offline_page<madvise_inject_error<do_madvise" },
	/* 6.12 and 6.18 have madvise_inject_error() inlined. */
	{ "tlb_memory_offline injected", BATCH
	  "migrate_pages_batch<migrate_pages_sync<migrate_pages<soft_offline_page<do_madvise.part.0<__x64_sys_madvise<" SYSCALL },
	{ "tlb_memory_offline injected",
	  FLUSH "try_to_unmap<unmap_poisoned_folio<memory_failure<madvise_do_behavior<do_madvise" },
	{ "tlb_memory_offline soft_offline", BATCH
	  "migrate_pages_batch<migrate_pages<soft_offline_page<soft_offline_page_store<dev_attr_store<kernfs_fop_write_iter<" SYSCALL },
	{ "tlb_memory_offline failed", FLUSH
	  "try_to_unmap<unmap_poisoned_folio<hwpoison_user_mappings<memory_failure<kill_me_maybe<task_work_run" },
	{ "tlb_memory_offline offline", FLUSH
	  "try_to_migrate<migrate_pages<do_migrate_range<offline_pages<memory_subsys_offline<device_offline<state_store" },
	{ "tlb_exit killed",
	  FLUSH "tlb_flush_mmu_tlbonly<tlb_finish_mmu<__oom_reap_task_mm<oom_reaper<kthread" },
	{ "tlb_exit released",
	  FLUSH "tlb_finish_mmu<__oom_reap_task_mm<__do_sys_process_mrelease<" SYSCALL },
	{ "tlb_exit", FLUSH "tlb_finish_mmu<exit_mmap<mmput<do_exit<do_group_exit" },
	{ "tlb_truncate cloned", FLUSH
	  "zap_page_range_single<unmap_mapping_range<truncate_pagecache_range<xfs_flush_unmap_range<xfs_reflink_remap_prep<xfs_file_remap_range<vfs_clone_file_range<ioctl_file_clone" },
	{ "tlb_truncate cloned", FLUSH
	  "unmap_mapping_pages<truncate_inode_pages_range<btrfs_clone_files<btrfs_remap_file_range<do_clone_file_range" },
	{ "tlb_truncate fallocate", FLUSH
	  "unmap_mapping_range<truncate_pagecache_range<ext4_punch_hole<ext4_fallocate<vfs_fallocate" },
	{ "tlb_damon", FLUSH
	  "pmdp_collapse_flush<collapse_huge_page<hpage_collapse_scan_pmd<madvise_collapse<do_madvise<damos_madvise<damon_va_apply_scheme<kdamond_fn" },
	{ "tlb_damon", FLUSH
	  "tlb_finish_mmu<madvise_cold<do_madvise<damos_madvise.isra.0<damon_va_apply_scheme<damos_apply_scheme<kdamond_fn" },
	{ "tlb_numa_balancing", FLUSH
	  "change_protection_range<change_protection<change_prot_numa<task_numa_work<task_work_run<exit_to_user_mode_loop" },
	{ "tlb_munmap mmap", FLUSH
	  "tlb_finish_mmu<unmap_region.constprop.0<__mmap_region<mmap_region<do_mmap<vm_mmap_pgoff<ksys_mmap_pgoff<__x64_sys_mmap" },
	{ "tlb_mprotect",
	  FLUSH "tlb_finish_mmu<do_mprotect_pkey.constprop.0<__x64_sys_mprotect<x64_sys_call" },
	{ "tlb_mprotect pkey",
	  FLUSH "tlb_finish_mmu<do_mprotect_pkey.part.0<__ia32_sys_pkey_mprotect<x64_sys_call" },
	{ "tlb_writeback fsync", FLUSH
	  "folio_mkclean<folio_clear_dirty_for_io<mpage_submit_folio<ext4_do_writepages<file_write_and_wait_range<ext4_sync_file<__x64_sys_fdatasync" },
	{ "tlb_writeback fsync", FLUSH
	  "page_mkclean<clear_page_dirty_for_io<xfs_do_writepage<write_cache_pages<iomap_writepages<xfs_vm_writepages<filemap_fdatawrite_wbc<sync_filesystem<__do_sys_syncfs" },
	{ "tlb_cow remote", FLUSH
	  "ptep_clear_flush<wp_page_copy<do_wp_page<handle_mm_fault<__get_user_pages<pin_user_pages_remote<process_vm_rw_core<process_vm_rw" },
	{ "tlb_flush", FLUSH
	  "zap_page_range_single<unmap_mapping_range_tree<unmap_mapping_range<vfio_pci_zap_bars<vfio_pci_core_runtime_suspend" },
	{ "tlb_flush", FLUSH
	  "ptep_clear_flush<wp_clean_pmd_entry<walk_page_mapping<wp_shared_mapping_range<vmw_bo_dirty_scan_pagetable" },
	{ "tlb_cow", FLUSH
	  "ptep_clear_flush<wp_page_copy<do_wp_page<handle_mm_fault<do_user_addr_fault<exc_page_fault<asm_exc_page_fault<_copy_to_user<do_pagemap_scan" },
	{ "tlb_reclaim shortage", BATCH
	  "shrink_node<try_to_free_pages<__alloc_pages_slowpath<alloc_anon_folio<handle_mm_fault<exc_page_fault<asm_exc_page_fault<rep_movs_alternative<copy_process" },
	{ "tlb_userfaultfd",
	  FLUSH "tlb_finish_mmu<uffd_wp_range<mwriteprotect_range<userfaultfd_ioctl" },
	{ "tlb_flush", FLUSH "tlb_finish_mmu<zap_page_range_single<zap_vma_ptes<some_driver_mmap" },
	{ "tlb_truncate truncated", FLUSH
	  "unmap_mapping_range<truncate_pagecache<truncate_setsize<ext4_setattr<notify_change<do_truncate<do_ftruncate<__x64_sys_ftruncate" },
	{ "tlb_truncate",
	  FLUSH "unmap_mapping_pages<truncate_inode_pages_range<ext4_evict_inode<evict" },
	{ "tlb_invalidate", FLUSH
	  "unmap_mapping_range<invalidate_inode_pages2_range<nfs_invalidate_mapping<nfs_revalidate_mapping<nfs_file_read" },
	{ "tlb_flush", FLUSH "unmap_mapping_pages<filemap_invalidate_inode<somebody" },
	{ "tlb_cow swap", FLUSH
	  "ptep_clear_flush<wp_page_copy<do_wp_page<do_swap_page<handle_mm_fault<do_user_addr_fault<exc_page_fault" },
	{ "tlb_cow", FLUSH "pmdp_huge_clear_flush<do_huge_pmd_wp_page<__handle_mm_fault" },
	{ "tlb_numa_balancing", FLUSH
	  "change_huge_pmd<change_pmd_range.isra.0<change_protection_range<change_prot_numa<task_numa_work" },
	{ "tlb_exec", FLUSH
	  "tlb_finish_mmu<shift_arg_pages<setup_arg_pages<load_elf_binary<search_binary_handler<bprm_execve" },
	{ "tlb_exit", FLUSH "tlb_finish_mmu<exit_mmap<__mmput<mmput<exec_mmap<begin_new_exec" },
	{ "tlb_mremap", FLUSH
	  "move_ptes.constprop.0<move_page_tables<copy_vma_and_data<move_vma<__do_sys_mremap" },
	{ "tlb_reclaim asked", BATCH
	  "shrink_folio_list<shrink_node<do_try_to_free_pages<try_to_free_mem_cgroup_pages<memory_reclaim<cgroup_file_write" },
	{ "tlb_reclaim shortage", BATCH
	  "shrink_folio_list<shrink_inactive_list<shrink_lruvec<shrink_node_memcgs<shrink_node<balance_pgdat<kswapd" },
	{ "tlb_reclaim shortage", BATCH
	  "shrink_folio_list<evict_folios<try_to_shrink_lruvec<shrink_one<shrink_many<shrink_node<kswapd" },
	{ "tlb_compaction asked", FLUSH
	  "try_to_migrate_one<rmap_walk_anon<try_to_migrate<migrate_pages_batch<migrate_pages_sync<migrate_pages<compact_zone<compact_node<sysctl_compaction_handler<proc_sys_call_handler" },
	{ "tlb_compaction contiguous", FLUSH
	  "try_to_migrate<migrate_pages<__alloc_contig_migrate_range<alloc_contig_range_noprof<__cma_alloc<dma_alloc_contiguous" },
	/* O_DSYNC; an inlined generic_write_sync(); O_DIRECT. */
	{ "tlb_writeback written", FLUSH
	  "folio_mkclean<folio_clear_dirty_for_io<writeback_iter<blkdev_writepages<do_writepages<file_write_and_wait_range<blkdev_fsync<blkdev_write_iter<vfs_write<" SYSCALL },
	{ "tlb_writeback written", FLUSH
	  "folio_mkclean<folio_clear_dirty_for_io<ext4_writepages<file_write_and_wait_range<ext4_sync_file<vfs_fsync_range<ext4_buffered_write_iter<io_write<io_issue_sqe" },
	{ "tlb_writeback", FLUSH
	  "folio_mkclean<folio_clear_dirty_for_io<file_write_and_wait_range<ext4_sync_file<vfs_fsync_range<loop_process_work<process_one_work" },
	{ "tlb_writeback flusher", FLUSH
	  "page_vma_mkclean_one.constprop.0<page_mkclean_one<__rmap_walk_file<folio_mkclean<folio_clear_dirty_for_io<iomap_writepages<xfs_vm_writepages<do_writepages<__writeback_single_inode<writeback_sb_inodes<wb_writeback<wb_workfn" },
	{ "tlb_writeback", FLUSH
	  "folio_mkclean<folio_clear_dirty_for_io<write_cache_pages<do_writepages<filemap_write_and_wait_range<iomap_dio_rw<xfs_file_dio_write" },
	{ "tlb_madvise give_back", FLUSH
	  "tlb_finish_mmu<madvise_free_single_vma<madvise_dontneed_free<madvise_vma_behavior<do_madvise.part.0" },
	{ "tlb_madvise give_back",
	  FLUSH "tlb_finish_mmu<zap_page_range<madvise_dontneed_single_vma<madvise_vma_behavior" },
	{ "tlb_munmap brk", FLUSH
	  "unmap_region.constprop.0<do_vmi_align_munmap.constprop.0<do_brk_munmap<__do_sys_brk" },
	{ "tlb_munmap", FLUSH "unmap_region<do_vmi_align_munmap<do_vmi_munmap<do_munmap<somebody" },
	{ "tlb_soft_dirty", FLUSH "tlb_finish_mmu<clear_refs_write.cold<vfs_write" },
	{ "tlb_uprobes", FLUSH
	  "ptep_clear_flush<__replace_page<uprobe_write_opcode<remove_breakpoint.isra.0<register_for_each_vma<uprobe_unregister_nosync<bpf_uprobe_unregister" },
	{ "tlb_graphics", FLUSH "unmap_mapping_range<drm_vma_node_unmap.isra.0<somebody" },
	{ "tlb_compaction asked", BATCH
	  "migrate_pages_batch<migrate_pages_sync<migrate_pages<__compact_zone<compact_node<sysctl_compaction_handler<proc_sys_call_handler" },
	{ "tlb_compaction compaction", BATCH
	  "migrate_pages_batch<migrate_pages<__compact_zone<try_to_compact_pages<__alloc_pages_direct_compact<__alloc_pages_slowpath" },
	{ "tlb_compaction compaction", BATCH "migrate_pages<__compact_zone<kcompactd<kthread" },
	{ "tlb_reclaim node", BATCH
	  "shrink_folio_list<shrink_node<__node_reclaim<node_reclaim<get_page_from_freelist" },
	{ "tlb_reclaim hibernation", BATCH
	  "shrink_folio_list<shrink_node<do_try_to_free_pages<shrink_all_memory<hibernate_preallocate_memory" },
};

TEST(flushes)
{
	check(KIND_CALL_FUNCTION, sent_flushes, ARRAY_SIZE(sent_flushes));
}

static const struct example sent_patches[] = {
	{ "text_patching tail_calls", PATCH
	  "__bpf_arch_text_poke<bpf_arch_poke_desc_update<prog_array_map_poke_run<bpf_fd_array_map_update_elem<map_update_elem<__sys_bpf" },
	{ "text_patching tail_calls",
	  POKE "__bpf_arch_text_poke<prog_array_map_poke_run<fd_array_map_delete_elem<__sys_bpf" },
	{ "text_patching xdp", PATCH
	  "__static_call_transform<arch_static_call_transform<__static_call_update<bpf_dispatcher_change_prog<bpf_prog_change_xdp<veth_xdp_set<dev_xdp_install" },
	{ "text_patching tracing", PATCH
	  "__bpf_arch_text_poke<bpf_arch_text_poke<modify_fentry<bpf_trampoline_update<__bpf_trampoline_link_prog<bpf_tracing_prog_attach" },
	{ "text_patching tracing", PATCH
	  "ftrace_replace_code<ftrace_modify_all_code<ftrace_run_update_code<register_ftrace_direct<bpf_trampoline_update" },
	{ "text_patching livepatch", PATCH
	  "ftrace_replace_code<ftrace_modify_all_code<ftrace_startup<register_ftrace_function_nolock<klp_patch_object<klp_enable_patch<livepatch_init<do_one_initcall<do_init_module<load_module" },
	{ "text_patching perf", PATCH
	  "arch_jump_label_transform_apply<__jump_label_update<jump_label_update<static_key_slow_inc_cpuslocked<static_key_slow_inc<account_event<perf_event_alloc.part.0<__do_sys_perf_event_open" },
	{ "text_patching netfilter", PATCH
	  "arch_jump_label_transform_apply<jump_label_update<static_key_slow_inc_cpuslocked<static_key_slow_inc<__nf_register_net_hook<nf_register_net_hooks" },
	{ "text_patching sysctl", POKE
	  "arch_jump_label_transform_apply<__jump_label_update<static_key_enable_cpuslocked<static_key_enable<sysctl_schedstats<proc_sys_call_handler.isra.0<vfs_write" },
	{ "text_patching tracing",
	  POKE "arch_unoptimize_kprobe<do_unoptimize_kprobes<kprobe_optimizer<process_one_work" },
	{ "text_patching tracing", POKE "arch_optimize_kprobes<kprobe_optimizer<process_one_work" },
	{ "text_patching modules", POKE
	  "arch_static_call_transform<__static_call_init<static_call_module_notify<notifier_call_chain<load_module" },
	{ "text_patching timestamps", PATCH
	  "arch_jump_label_transform_apply<jump_label_update<static_key_enable_cpuslocked<netstamp_clear<process_one_work" },
	{ "text_patching tracing", PATCH
	  "arm_kprobe<enable_kprobe<enable_trace_kprobe<kprobe_register<perf_trace_event_init" },
	{ "text_patching kfence",
	  PATCH "jump_label_update<static_key_enable<toggle_allocation_gate<process_one_work" },
	{ "text_patching sysfs", PATCH
	  "arch_jump_label_transform_apply<static_key_slow_inc<sched_feat_set<sched_feat_write<full_proxy_write" },
	{ "text_patching", PATCH
	  "__static_call_transform<arch_static_call_transform<__static_call_update<somebody" },
};

TEST(patches)
{
	check(KIND_CALL_FUNCTION, sent_patches, ARRAY_SIZE(sent_patches));
}

/* kvm_make_all_cpus_request() serves all of KVM. */
static const struct example sent_kicks[] = {
	{ "kvm_requests dirty_log", KICK
	  "kvm_flush_remote_tlbs<kvm_get_dirty_log_protect<kvm_vm_ioctl_get_dirty_log<kvm_vm_ioctl" },
	{ "kvm_requests numa_balancing", KICK
	  "kvm_flush_remote_tlbs<kvm_mmu_notifier_invalidate_range_start<__mmu_notifier_invalidate_range_start<change_pmd_range<change_prot_numa" },
	{ "kvm_requests reclaim", KICK
	  "kvm_flush_remote_tlbs<kvm_mmu_notifier_clear_flush_young<__mmu_notifier_clear_flush_young<folio_referenced_one<shrink_folio_list<kswapd" },
	{ "kvm_requests clock",
	  KICK "kvm_gen_update_masterclock<kvm_track_tsc_matching<kvm_synchronize_tsc" },
	{ "kvm_requests slots", KICK
	  "kvm_mmu_zap_all_fast<kvm_arch_flush_shadow_memslot<kvm_set_memslot<kvm_set_memory_region<kvm_vm_ioctl" },
	{ "kvm_requests",
	  KICK "__kvm_set_or_clear_apicv_inhibit<kvm_set_or_clear_apicv_inhibit<somebody" },
};

TEST(kicks_of_guests)
{
	check(KIND_CALL_FUNCTION, sent_kicks, ARRAY_SIZE(sent_kicks));
}

static const struct example sent_calls[] = {
	{ "perf hotplug",
	  "remote_function: smp_call_function_single<perf_remove_from_context<__perf_pmu_remove<perf_pmu_migrate_context<uncore_event_cpu_offline<cpuhp_invoke_callback" },
	{ "perf read",
	  "__perf_event_read: smp_call_function_any<perf_event_read<__perf_event_read_value<perf_read<vfs_read" },
	{ "perf open",
	  "remote_function: smp_call_function_single<task_function_call<perf_install_in_context<__do_sys_perf_event_open" },
	{ "perf cgroup",
	  "remote_function: smp_call_function_single<task_function_call<perf_cgroup_attach<cgroup_migrate_execute" },
	{ "wbinvd memory_devices",
	  "__wbinvd: on_each_cpu_cond_mask<wbinvd_on_all_cpus<cpu_cache_invalidate_memregion<cxl_region_invalidate_memregion" },
	{ "wbinvd encrypted_guests",
	  "__wbinvd: on_each_cpu_cond_mask<wbinvd_on_all_cpus<sev_guest_memory_reclaimed<kvm_mmu_notifier_invalidate_range_start" },
	{ "slab_flush",
	  "do_drain: smp_call_function_many_cond<on_each_cpu_cond_mask<drain_cpu_caches<__kmem_cache_shrink<kmem_cache_shrink" },
	{ "tlb_flush_kernel bulk",
	  "do_flush_tlb_all: on_each_cpu_cond_mask<__purge_vmap_area_lazy<drain_vmap_area_work<process_one_work" },
	{ "tlb_flush_kernel attributes",
	  "do_flush_tlb_all: smp_call_function_many_cond<on_each_cpu_cond_mask<__purge_vmap_area_lazy<_vm_unmap_aliases.part.0<change_page_attr_set_clr<set_memory_ro<execmem_restore_rox<somebody" },
	{ "tlb_flush_kernel modules",
	  "do_kernel_range_flush: smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_kernel_range<__change_page_attr_set_clr<set_memory_rox<execmem_restore_rox<module_enable_text_rox<load_module.isra.0" },
	{ "page_tables",
	  "tlb_remove_table_smp_sync: smp_call_function_many_cond<tlb_remove_table_sync_one<huge_pmd_unshare<somebody" },
	{ "page_tables damon",
	  "tlb_remove_table_smp_sync: smp_call_function_many_cond<tlb_remove_table_sync_one<collapse_huge_page<madvise_collapse<do_madvise<damos_madvise<kdamond_fn" },
	{ "membarrier",
	  "ipi_sync_rq_state: smp_call_function_many_cond<on_each_cpu_cond_mask<sync_runqueues_membarrier_state<membarrier_register_global_expedited.isra.0<__x64_sys_membarrier" },
	{ "rcu_barrier netns",
	  "rcu_barrier_handler: smp_call_function_single<rcu_barrier<netdev_run_todo<rtnl_unlock<default_device_exit_batch<ops_exit_list<cleanup_net" },
	{ "rcu_barrier",
	  "rcu_barrier_handler: smp_call_function_single<rcu_barrier<kernfs_somebody<kthread" },
	{ "kick_all_cpus tracing",
	  "do_nothing: smp_call_function_many_cond<kick_all_cpus_sync<ftrace_somebody" },
	{ "perf switch",
	  "remote_function: smp_call_function_single<event_function_call<_perf_event_enable<perf_event_for_each_child<_perf_ioctl<perf_ioctl" },
	{ "perf open",
	  "remote_function: generic_exec_single<smp_call_function_single<event_function_call<perf_remove_from_context<perf_event_release_kernel<perf_release<__fput" },
	{ "bh_lru block_device",
	  "invalidate_bh_lru: on_each_cpu_cond_mask<invalidate_bh_lrus<invalidate_bdev<bdev_release<blkdev_release<__fput" },
	{ "rcu_expedited thread",
	  "rcu_exp_handler: smp_call_function_single<__sync_rcu_exp_select_node_cpus<sync_rcu_exp_select_cpus<wait_rcu_exp_gp<kthread_worker_fn" },
	{ "rcu_expedited thread",
	  "rcu_exp_handler: smp_call_function_single<sync_rcu_exp_select_node_cpus<process_one_work" },
	{ "rcu_barrier unmount",
	  "rcu_barrier_handler: smp_call_function_single<rcu_barrier<deactivate_locked_super<cleanup_mnt" },
	{ "tlb_flush_kernel bpf",
	  "do_kernel_range_flush: smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_kernel_range<__purge_vmap_area_lazy<_vm_unmap_aliases<change_page_attr_set_clr<set_memory_rox<bpf_prog_pack_alloc<bpf_jit_binary_pack_alloc<bpf_int_jit_compile" },
	{ "tlb_flush_kernel caching",
	  "do_flush_tlb_all: smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_kernel_range<cpa_flush<change_page_attr_set_clr<_set_memory_uc<set_memory_uc<somebody" },
	{ "tlb_flush_kernel stacks",
	  "do_flush_tlb_all: smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_kernel_range<__purge_vmap_area_lazy<free_vmap_area_noflush<remove_vm_area<vfree<thread_stack_free_rcu<rcu_do_batch" },
	{ "rcu_expedited thread",
	  "rcu_exp_handler: smp_call_function_single<sync_rcu_exp_select_node_cpus<process_one_work" },
	{ "bh_lru compaction_asked",
	  "invalidate_bh_lru: smp_call_function_many_cond<on_each_cpu_cond_mask<invalidate_bh_lrus<__buffer_migrate_folio<migrate_pages<__compact_zone<compact_node<compact_store" },
	{ "msr device",
	  "__rdmsr_safe_on_cpu: smp_call_function_single_async<rdmsr_safe_on_cpu<msr_read<vfs_read" },
	{ "msr temperature",
	  "__rdmsr_on_cpu: smp_call_function_single<rdmsr_on_cpu<show_temp<dev_attr_show" },
	{ "msr frequency",
	  "__wrmsrl_on_cpu: smp_call_function_single<wrmsrl_on_cpu<intel_pstate_set_epp<store_energy_performance_preference" },
	{ "msr", "__rdmsr_on_cpu: smp_call_function_single<rdmsr_on_cpu<somebody" },
};

TEST(calls)
{
	check(KIND_CALL_FUNCTION, sent_calls, ARRAY_SIZE(sent_calls));
}

static const struct example sent_irq_works[] = {
	{ "nohz_full_kick posix_timer",
	  "nohz_full_kick_func: irq_work_queue_on<tick_nohz_dep_set_signal<posix_cpu_timer_rearm" },
	{ "nohz_full_kick perf",
	  "nohz_full_kick_func: irq_work_queue_on<tick_nohz_dep_set_cpu<perf_event_alloc<inherit_event" },
	{ "sched_ext", "scx_kick_cpus_irq_workfn: irq_work_queue<scx_bpf_kick_cpu" },
	{ "bpf_deferred", "bpf_timer_irq_work: irq_work_queue<somebody" },
	{ "printk", "wake_up_klogd_work_func: irq_work_queue<vprintk_deferred<_printk_deferred" },
	{ "irq_work", "mce_irq_work_cb: irq_work_queue<do_machine_check" },
	{ "schedutil", "sugov_irq_work: irq_work_queue<sugov_update_shared" },
};

TEST(irq_works)
{
	check(KIND_IRQ_WORK, sent_irq_works, ARRAY_SIZE(sent_irq_works));
}

TEST_MAIN(NULL, NULL)
