// SPDX-License-Identifier: GPL-2.0
/*
 * From a function and the sender's stack to the name of the cause. The stacks come from real hosts.
 */
#include "cause_examples.h"

#define TICK \
	"__sysvec_apic_timer_interrupt<sysvec_apic_timer_interrupt<asm_sysvec_apic_timer_interrupt"
#define RUN_HRTIMERS "__hrtimer_run_queues<hrtimer_interrupt<" TICK
#define KERNEL_FLUSH "do_kernel_range_flush: on_each_cpu_cond_mask<flush_tlb_kernel_range<"
#define PATCH \
	"do_sync_core: smp_call_function_many_cond<on_each_cpu_cond_mask<smp_text_poke_batch_finish<arch_jump_label_transform_apply<__jump_label_update<jump_label_update<"
#define BUFFERS \
	"invalidate_bh_lru: smp_call_function_many_cond<on_each_cpu_cond_mask<invalidate_bh_lrus<"
#define DRAIN "try_to_wake_up<kick_pool<__queue_work<queue_work_on<"
#define KICK  "irq_work_queue<tick_nohz_dep_set_cpu<"

/* Reschedules: their stacks show many causes. */
static const struct example sent_reschedules[] = {
	/* Without a stack the cause is not known. */
	{ "reschedule", "" },
	{ "wakeups talk", WAKE "eventfd_write<vfs_write<ksys_write<" SYSCALL },
	/* A task that reads events of files. */
	{ "wakeups file_events",
	  WAKE "__wake_up_common<__wake_up<fsnotify_insert_event<"
	       "fanotify_handle_event<fsnotify<__fsnotify_parent<vfs_open<" SYSCALL },
	{ "wakeups file_events", WAKE "__wake_up_common<__wake_up<fsnotify_insert_event<"
				      "inotify_handle_inode_event<fsnotify<vfs_write<" SYSCALL },
	/* A mutex of fsnotify's is a lock. */
	{ "wakeups lock", WAKE "wake_up_q<__mutex_unlock_slowpath<fsnotify_group_unlock<"
			       "do_inotify_add_watch<" SYSCALL },
	/* A grace period of SRCU has ended. */
	{ "wakeups rcu", WAKE "complete<srcu_invoke_callbacks<process_one_work<worker_thread" },
	/* A work of the file system's ends the write. */
	{ "wakeups writeback",
	  WAKE "wake_page_function<__wake_up_common<folio_wake_bit<"
	       "folio_end_writeback<ext4_finish_bio<ext4_end_io_rsv_work<process_one_work" },
	{ "wakeups writeback",
	  WAKE "__wake_up_common<wake_up_page_bit<end_page_writeback<nfs_write_completion" },
	/* A kworker makes another one. */
	{ "wakeups work", WAKE "create_worker<worker_thread<kthread<ret_from_fork" },
	{ "wakeups work",
	  WAKE "create_worker<alloc_unbound_pwq<apply_wqattrs_prepare<"
	       "workqueue_apply_unbound_cpumask<cpumask_store<kernfs_fop_write_iter" },
	/* The irq_work's function has jumped to __wake_up(), and may be that of printk or of ftrace. */
	{ "wakeups irq_work", WAKE "autoremove_wake_function<__wake_up_common<__wake_up<"
				   "irq_work_run_list<update_process_times<tick_nohz_handler" },
	{ "wakeups irq_work", WAKE "__wake_up_common<__wake_up<irq_work_single<irq_work_run_list<"
				   "irq_work_run<__sysvec_irq_work" },
	{ "wakeups perf", WAKE "__wake_up<perf_event_wakeup<perf_pending_irq<irq_work_single" },
	/* A pipe is closed, and its reader sees the end; the counter of an eventfd is read. */
	{ "wakeups talk", WAKE "__wake_up_common<__wake_up<pipe_release<__fput<task_work_run" },
	{ "wakeups talk", WAKE "__wake_up_common<__wake_up<do_tee<__x64_sys_tee<" SYSCALL },
	{ "wakeups talk", WAKE "__wake_up_common<eventfd_read<vfs_read<ksys_read<" SYSCALL },
	{ "wakeups preemption",
	  "resched_curr<check_preempt_wakeup_fair<" WAKE "futex_wake<do_futex<" SYSCALL },
	{ "stopper", WAKE "complete<cpu_stopper_thread<smpboot_thread_fn<kthread" },
	{ "vmstat", WAKE "kick_pool<__queue_work<schedule_on_each_cpu<vmstat_refresh<" SYSCALL },
	/* mm_release() ends a vfork(), and wakes who joins a thread. */
	{ "wakeups thread_ended",
	  WAKE "wake_up_q<futex_wake<do_futex<mm_release<do_exit<" SYSCALL },
	/* A robust mutex: its holder died, and did not wake somebody to talk. */
	{ "wakeups owner_ended", "__" WAKE "wake_up_q<futex_wake<handle_futex_death<"
				 "futex_exit_release<exit_mm_release<do_exit<do_group_exit" },
	/* /proc/pressure/cpu, polled: with CAP_SYS_RESOURCE by a thread, else by a work. */
	{ "wakeups pressure", WAKE "pollwake<__wake_up_common<__wake_up<update_triggers<"
				   "psi_avgs_work<process_one_work<worker_thread" },
	{ "wakeups pressure",
	  WAKE "ep_autoremove_wake_function<__wake_up_common<__wake_up<ep_poll_callback<"
	       "__wake_up_common<__wake_up<psi_rtpoll_worker<kthread" },
	/* Who asks for a file, and the program that serves the file system. */
	{ "wakeups fuse", WAKE "__wake_up_common<__wake_up_sync_key<fuse_dev_queue_req<"
			       "fuse_simple_request<fuse_do_getattr<vfs_statx<" SYSCALL },
	{ "wakeups fuse", WAKE "__wake_up_common<__wake_up<fuse_request_end<fuse_dev_do_write<"
			       "fuse_dev_write<vfs_write<" SYSCALL },
	/* The host of a guest serves it. */
	{ "wakeups virtiofs", WAKE "__wake_up_common<__wake_up<fuse_request_end<"
				   "virtio_fs_request_complete<virtio_fs_requests_done_work<"
				   "process_one_work<worker_thread" },
	{ "wakeups program_lock",
	  WAKE "wake_up_q<rt_mutex_postunlock<futex_unlock_pi<do_futex<" SYSCALL },
	{ "wakeups program_lock", WAKE "autoremove_wake_function<__wake_up_common<__wake_up<"
				       "__locks_wake_up_blocks<locks_unlink_lock_ctx<"
				       "flock_lock_inode<__do_sys_flock<" SYSCALL },
	{ "wakeups vfork",
	  WAKE "complete<mm_release<begin_new_exec<load_elf_binary<bprm_execve<" SYSCALL },
	{ "wakeups perf", WAKE
	  "pollwake<__wake_up_common<__wake_up<perf_event_wakeup<perf_pending_irq<irq_work_run_list" },
	{ "wakeups new_task",
	  "resched_curr<wakeup_preempt<wake_up_new_task<kernel_clone<" SYSCALL },
	/* io_uring's task_work kicks the task as a signal does, but no signal was sent. */
	{ "io_uring ended",
	  "kick_process<task_work_add<io_poll_wake<__wake_up_common<eventfd_write<" SYSCALL },
	{ "io_uring ended", "kick_process<task_work_add<__io_req_task_work_add<io_wq_submit_work" },
	{ "task_work", "kick_process<task_work_add<somebody<" SYSCALL },
	/* A page fault lets go of its lock of a mapping, for which munmap(2) waits (6.18). */
	{ "wakeups lock", WAKE "rcuwait_wake_up<exc_page_fault<asm_exc_page_fault" },
	{ "wakeups lock", WAKE "wake_up_q<downgrade_write<vms_complete_munmap_vmas<__vm_munmap" },
	{ "wakeups lock", WAKE "rcuwait_wake_up<vma_refcount_put<lock_vma_under_rcu" },
	{ "wakeups", WAKE "rcuwait_wake_up<somebody<" SYSCALL },
	/* A guest's packets from and to its host, in works. */
	{ "wakeups vsock",
	  WAKE "ep_autoremove_wake_function<__wake_up_common<ep_poll_callback<__wake_up_common<"
	       "sock_def_write_space<virtio_transport_recv_pkt<virtio_transport_rx_work<"
	       "process_one_work" },
	{ "wakeups vsock", WAKE "__wake_up_sync_key<sock_def_write_space<sock_wfree<consume_skb<"
				"virtio_transport_tx_work<process_one_work" },
	{ "wakeups talk", WAKE "__wake_up_sync_key<sock_def_readable<virtio_transport_recv_pkt<"
			       "vsock_loopback_work<process_one_work" },
	/* 7.3: each second, of each nohz_full CPU. */
	{ "task_work remote_tick",
	  "kick_process<task_work_add<task_tick_fair<sched_tick_remote<process_one_work" },
	/* Signals. */
	{ "signal",
	  "kick_process<__send_signal_locked<do_send_specific<do_tkill<__x64_sys_tgkill<" SYSCALL },
	{ "signal",
	  "kick_process<signal_wake_up_state<complete_signal<__send_signal_locked<kill_pid_info" },
	{ "signal signalfd",
	  WAKE "__wake_up_common<__wake_up<__send_signal_locked<do_send_sig_info<" SYSCALL },
	{ "signal stopped", WAKE
	  "__wake_up_common<__wake_up<__send_signal_locked<do_notify_parent<do_exit<" SYSCALL },
	{ "signal", WAKE "prepare_signal<send_signal_locked<do_send_sig_info<" SYSCALL },
	{ "signal exit",
	  "kick_process<signal_wake_up_state<zap_other_threads<do_group_exit<" SYSCALL },
	/* The other threads of a program dump core, or stop. */
	{ "signal exit", "kick_process<zap_process<zap_threads<vfs_coredump<get_signal" },
	{ "signal", "kick_process<do_signal_stop<get_signal<arch_do_signal_or_restart" },
	{ "signal stopped",
	  WAKE "__wake_up_common<__wake_up_sync_key<do_notify_parent_cldstop<do_signal_stop<"
	       "get_signal<arch_do_signal_or_restart<irqentry_exit_to_user_mode<"
	       "asm_sysvec_reschedule_ipi" },
	/* kick_process() alone is no signal. */
	{ "freezer", "kick_process<signal_wake_up_state<cgroup_freeze_task<cgroup_do_freeze<"
		     "cgroup_freeze_write" },
	{ "freezer", WAKE "__thaw_task<unfreeze_cgroup<freezer_write<kernfs_fop_write_iter" },
	/* fsfreeze(8) freezes no task. */
	{ "wakeups lock", WAKE "percpu_up_write<freeze_super<somebody" },
	{ "ptrace", "kick_process<ptrace_request<arch_ptrace<__do_sys_ptrace<" SYSCALL },
	{ "ptrace", WAKE "__send_signal_locked<do_notify_parent_cldstop<ptrace_stop<get_signal" },
	{ "reschedule", "kick_process<somebody_else<" SYSCALL },
	{ "posix_timer",
	  "kick_process<complete_signal<posixtimer_send_sigqueue<posix_timer_fn<" RUN_HRTIMERS },
	{ "posix_timer",
	  "kick_process<complete_signal<send_sigqueue<alarm_handle_timer<alarmtimer_fired<" RUN_HRTIMERS },
	/* The kernel starts modprobe, for who asks for a module. */
	{ "signal helper", WAKE "__wake_up_common<__wake_up_sync_key<do_notify_parent<do_exit<"
				"call_usermodehelper_exec_async<ret_from_fork" },
	{ "wakeups helper",
	  "resched_curr<wakeup_preempt<wake_up_new_task<kernel_clone<user_mode_thread<call_usermodehelper_exec_work<process_one_work" },
	/* Threaded interrupts: on PREEMPT_RT, nearly all. */
	{ "wakeups irq_thread", WAKE "__irq_wake_thread<__handle_irq_event_percpu<"
				     "handle_irq_event<handle_edge_irq<common_interrupt" },
	{ "wakeups vhost", WAKE "vhost_task_wake<vhost_worker_queue<vhost_poll_wakeup<"
				"__wake_up_common<eventfd_signal_mask<ioeventfd_write" },
	/* debugfs: sched/fair_server/cpuN/runtime */
	{ "task_changes server",
	  "resched_curr<sched_fair_server_write<full_proxy_write<vfs_write<" SYSCALL },
	{ "signal oom",
	  "kick_process<complete_signal<__send_signal_locked<do_send_sig_info<"
	  "__oom_kill_process<oom_kill_process<out_of_memory<mem_cgroup_out_of_memory" },
	/* A profiler's timer counts the CPU time of all threads, and the signal goes to one. */
	{ "signal cpu_timer", "kick_process<complete_signal<__send_signal_locked<check_cpu_itimer<"
			      "handle_posix_cpu_timers<posix_cpu_timers_work<task_work_run" },
	{ "timerfd", WAKE "timerfd_triggered<timerfd_tmrproc<" RUN_HRTIMERS },
	/* A task in epoll_wait() is woken by a timerfd. */
	{ "timerfd", WAKE "ep_poll_callback<__wake_up_common<timerfd_tmrproc<" RUN_HRTIMERS },
	{ "itimer", "kick_process<complete_signal<__send_signal_locked<it_real_fn<" RUN_HRTIMERS },
	/*
	 * The timer of a fair server, the timer of a deadline task, and a stack in which inlining
	 * hides which.
	 */
	{ "fair_server", "resched_curr<dl_server_timer<dl_task_timer<" RUN_HRTIMERS },
	{ "deadline_task", "resched_curr<wakeup_preempt_dl<dl_task_timer<" RUN_HRTIMERS },
	{ "deadline_timer", "resched_curr<dl_task_timer<" RUN_HRTIMERS },
	/* Only tasks are pushed to other CPUs. */
	{ "deadline_task", "resched_curr<push_dl_task<dl_task_timer<" RUN_HRTIMERS },
	/* The clock of another thread is read. */
	{ "cpu_times",
	  "resched_curr<update_curr<task_sched_runtime<cpu_clock_sample<posix_cpu_clock_get<__x64_sys_clock_gettime<" SYSCALL },
	{ "wakeups kthread", WAKE "complete<kthread<ret_from_fork<ret_from_fork_asm" },
	{ "wakeups kthread", WAKE "__kthread_create_on_node<kthread_create_on_node<create_worker" },
	/* These wake no task. */
	{ "idle_wakeup",
	  "native_smp_send_reschedule<wake_up_if_idle<wake_up_all_idle_cpus<somebody" },
	{ "idle_wakeup timer",
	  "native_smp_send_reschedule<wake_up_nohz_cpu<add_timer_on<clocksource_watchdog" },
	/* A task in epoll_wait() may be woken by a device or by a task. */
	{ "wakeups",
	  WAKE "ep_poll_callback<__wake_up_common<evdev_pass_values<input_handle_event" },
	{ "wakeups talk",
	  WAKE "ep_autoremove_wake_function<ep_poll_callback<__wake_up_common<eventfd_write" },
	{ "task_changes", "resched_curr<set_user_nice<__x64_sys_setpriority<" SYSCALL },
	{ "task_changes", "resched_curr<__sched_setscheduler<do_sched_setscheduler<" SYSCALL },
	{ "task_changes inheritance", "resched_curr<rt_mutex_setprio<rt_mutex_adjust_prio_chain" },
	/*
	 * The stopper thread moves a task; it completes the move; the mover wakes the stopper
	 * thread.
	 */
	{ "migration",
	  "resched_curr<wakeup_preempt<move_queued_task<migration_cpu_stop<cpu_stopper_thread<smpboot_thread_fn" },
	{ "migration", WAKE "complete<migration_cpu_stop<cpu_stopper_thread<smpboot_thread_fn" },
	/* The last frame of a stopper thread's stack is from where its work was asked for. */
	{ "migration affinity", WAKE
	  "complete_all<migration_cpu_stop<cpu_stopper_thread<ret_from_fork_asm<affine_move_task" },
	{ "migration exec",
	  "resched_curr<move_queued_task<migration_cpu_stop<cpu_stopper_thread<ret_from_fork_asm<sched_exec" },
	{ "stop_machine", WAKE
	  "complete<multi_cpu_stop<cpu_stopper_thread<ret_from_fork_asm<stop_machine_cpuslocked" },
	{ "rt_balance",
	  "resched_curr<push_cpu_stop<cpu_stopper_thread<ret_from_fork_asm<push_rt_task" },
	{ "migration affinity",
	  WAKE "cpu_stop_queue_work<stop_one_cpu<affine_move_task<__set_cpus_allowed_ptr" },
	/* The watchdog wakes each CPU's stopper thread every 4 s, and no task is moved. */
	{ "watchdog",
	  WAKE "cpu_stop_queue_work<stop_one_cpu_nowait<watchdog_timer_fn<" RUN_HRTIMERS },
	{ "migration exec", WAKE "cpu_stop_queue_work<stop_one_cpu<sched_exec<bprm_execve" },
	/* 6.18: load balancing takes a task from another CPU. */
	{ "migration balance",
	  "__resched_curr<update_curr<reweight_entity<dequeue_entities<dequeue_task_fair<detach_task<sched_balance_rq<sched_balance_newidle<pick_next_task_fair" },
	{ "wakeups lock",
	  WAKE "wake_up_q<rwsem_wake.isra.0<up_read<exc_page_fault<asm_exc_page_fault" },
	{ "wakeups lock", WAKE
	  "wake_page_function<__wake_up_common<folio_wake_bit<fault_dirty_shared_page<do_fault<__handle_mm_fault" },
	/* 6.18 accounts the running task before a wake-up, and may send the IPI there. */
	{ "wakeups talk",
	  "__resched_curr<update_curr<reweight_entity<enqueue_task_fair<enqueue_task<ttwu_do_activate<try_to_wake_up<wake_up_q<futex_wake<do_futex<" SYSCALL },
	{ "task_changes",
	  "__resched_curr<update_curr<reweight_entity<dequeue_entities<dequeue_task_fair<sched_change_begin<set_user_nice<set_one_prio" },
	{ "task_changes weight",
	  "resched_curr<update_curr<reweight_entity<update_cfs_group<sched_group_set_shares<cpu_weight_write_u64" },
	/* No cgroup, but a session has the weight. */
	{ "task_changes autogroup",
	  "resched_curr<reweight_entity<update_cfs_group<sched_group_set_shares<proc_sched_autogroup_set_nice<sched_autogroup_write" },
	/* The lock of the weights wakes who waits for it. */
	{ "wakeups lock", WAKE "wake_up_q<__mutex_unlock_slowpath<sched_group_set_shares" },
	{ "rt_balance", "resched_curr<push_rt_task<push_rt_tasks<task_woken_rt" },
	{ "cpu_bandwidth",
	  "resched_curr<unthrottle_cfs_rq<distribute_cfs_runtime<sched_cfs_period_timer" },
	{ "cpu_bandwidth realtime", "resched_curr<sched_rt_period_timer<" RUN_HRTIMERS },
	{ "cpu_bandwidth quota", "resched_curr<tg_set_cfs_bandwidth<cpu_max_write" },
	{ "cpu_bandwidth quota",
	  "resched_curr<unthrottle_cfs_rq<tg_set_bandwidth<cpu_period_quota_write" },
	{ "sched_ext", "resched_curr<dispatch_to_local_dsq<finish_dispatch<flush_dispatch_buf" },
	{ "kvm_kicks", "native_smp_send_reschedule<kvm_vcpu_kick<kvm_apic_send_ipi" },
	{ "kvm_wakeups", WAKE "kvm_vcpu_wake_up<kvm_vcpu_kick<kvm_apic_send_ipi" },
	{ "rcu_requests", "resched_cpu<rcu_watching_snap_recheck<force_qs_rnp<rcu_gp_fqs_loop" },
	{ "sched_ext", "resched_curr<kick_cpus_irq_workfn<irq_work_single<irq_work_run_list" },
	/* Frames of the interrupted task do not count. */
	{ "wakeups timer",
	  WAKE "hrtimer_wakeup<" RUN_HRTIMERS "<io_poll_wake<do_madvise<" SYSCALL },
};

TEST(reschedules)
{
	check(KIND_RESCHEDULE, sent_reschedules, ARRAY_SIZE(sent_reschedules));
}

static const struct example sent_wakeups[] = {
	{ "wakeups", "sched_ttwu_pending: " },
	{ "wakeups", "sched_ttwu_pending: try_to_wake_up<somebody" },
	{ "wakeups remote_timer",
	  "sched_ttwu_pending: try_to_wake_up<call_timer_fn<__run_timers<timer_expire_remote<tmigr_handle_remote<"
	  "handle_softirqs" },
	{ "rcu_thread",
	  "sched_ttwu_pending: try_to_wake_up<swake_up_one<rcu_core<handle_softirqs" },
	{ "wakeups block",
	  "sched_ttwu_pending: try_to_wake_up<complete<blk_update_request<blk_mq_end_request" },
	{ "wakeups work",
	  "sched_ttwu_pending: try_to_wake_up<kick_pool<__queue_work<queue_work_on<somebody" },
	{ "wakeups talk",
	  "sched_ttwu_pending: __smp_call_single_queue<ttwu_queue_wakelist<try_to_wake_up<futex_wake" },
	{ "io_uring ended",
	  "sched_ttwu_pending: ttwu_queue_wakelist<try_to_wake_up<io_poll_wake<__wake_up_common" },
	{ "signal",
	  "sched_ttwu_pending: try_to_wake_up<complete_signal<__send_signal_locked<do_rt_sigqueueinfo" },
	{ "migration",
	  "sched_ttwu_pending: try_to_wake_up<complete<migration_cpu_stop<cpu_stopper_thread" },
	{ "vmstat",
	  "sched_ttwu_pending: try_to_wake_up<kick_pool<__queue_work<schedule_on_each_cpu<vmstat_refresh<proc_sys_call_handler" },
	{ "rcu_thread",
	  "sched_ttwu_pending: try_to_wake_up<swake_up_one<rcu_core<handle_softirqs" },
	{ "rcu_thread",
	  "sched_ttwu_pending: try_to_wake_up<swake_up_one_online<rcu_gp_kthread_wake<note_gp_changes" },
	/* 6.18: rcu_gp_kthread_wake() is inlined. */
	{ "rcu_thread",
	  "sched_ttwu_pending: try_to_wake_up<swake_up_one<synchronize_rcu_normal<__x64_sys_membarrier" },
	/* rcu_exp_handler() of 6.18 leaves no frame. */
	{ "rcu_thread expedited",
	  "sched_ttwu_pending: try_to_wake_up<swake_up_one<__flush_smp_call_function_queue<__sysvec_call_function_single" },
	{ "rcu_thread expedited",
	  "sched_ttwu_pending: try_to_wake_up<kthread_queue_work<synchronize_rcu_expedited<lru_cache_disable<do_mbind" },
	{ "wakeups rcu",
	  "sched_ttwu_pending: try_to_wake_up<autoremove_wake_function<__wake_up_common<rcu_exp_wait_wake" },
	{ "wakeups call_ended",
	  "sched_ttwu_pending: try_to_wake_up<complete<__flush_smp_call_function_queue<__sysvec_call_function_single" },
	{ "wakeups work_ended",
	  "sched_ttwu_pending: try_to_wake_up<complete<process_one_work<worker_thread<kthread" },
	/* flush_workqueue() */
	{ "wakeups work_ended",
	  "sched_ttwu_pending: try_to_wake_up<complete<pwq_dec_nr_in_flight<worker_thread<kthread" },
	/* A task that sleeps with a timeout in jiffies: process_timeout() leaves no frame. */
	{ "wakeups timeout",
	  "sched_ttwu_pending: ttwu_queue_wakelist<try_to_wake_up<call_timer_fn<__run_timers<run_timer_softirq" },
	{ "wakeups timeout",
	  "sched_ttwu_pending: try_to_wake_up<wake_up_process<process_timeout<call_timer_fn<__run_timers" },
	/* Another function of a timer, which wakes the worker of a delayed work. */
	{ "wakeups work",
	  "sched_ttwu_pending: try_to_wake_up<kick_pool<__queue_work<call_timer_fn<__run_timers" },
	/* The pages are locked while they are moved or reclaimed. */
	{ "wakeups moved",
	  "sched_ttwu_pending: try_to_wake_up<wake_page_function<__wake_up_common<folio_wake_bit<migrate_folio_move<migrate_pages_batch<migrate_pages<migrate_to_node<do_migrate_pages" },
	{ "wakeups reclaimed",
	  "sched_ttwu_pending: try_to_wake_up<wake_page_function<__wake_up_common<folio_wake_bit<shrink_folio_list<reclaim_folio_list<reclaim_pages<damon_va_apply_scheme" },
	/* The woken task waited for a grace period, and is not a thread of RCU. */
	{ "wakeups rcu",
	  "sched_ttwu_pending: try_to_wake_up<complete<wakeme_after_rcu<rcu_do_batch<rcu_core" },
	{ "page_drain move_pages",
	  "sched_ttwu_pending: try_to_wake_up<kick_pool<__queue_work<queue_work_on<__lru_add_drain_all<lru_cache_disable<do_pages_move" },
	{ "page_drain",
	  "sched_ttwu_pending: try_to_wake_up<kick_pool<__queue_work<queue_work_on<__lru_add_drain_all<somebody" },
	/* lru_cache_disable() has other callers than move_pages(2). */
	{ "page_drain",
	  "sched_ttwu_pending: " DRAIN "__lru_add_drain_all<lru_cache_disable<somebody" },
	{ "page_drain move_pages",
	  "sched_ttwu_pending: " DRAIN "__lru_add_drain_all<kernel_move_pages" },
	{ "page_drain memory_failure",
	  "sched_ttwu_pending: " DRAIN "lru_add_drain_all<memory_failure" },
	{ "page_drain khugepaged",
	  "sched_ttwu_pending: " DRAIN "lru_add_drain_all<khugepaged<kthread" },
	{ "page_drain collapse_asked",
	  "sched_ttwu_pending: " DRAIN "__lru_add_drain_all<madvise_collapse<do_madvise<" SYSCALL },
	{ "page_drain damon", "sched_ttwu_pending: " DRAIN "__lru_add_drain_all<madvise_collapse<"
			      "do_madvise<damos_madvise<kdamond_fn<kthread" },
	/* A caller of the future: the functions of khugepaged.c do not show who asks. */
	{ "page_drain", "sched_ttwu_pending: " DRAIN "lru_add_drain_all<collapse_something_new" },
	{ "page_drain ksm", "sched_ttwu_pending: " DRAIN "lru_add_drain_all<ksm_scan_thread" },
	{ "page_drain pinned",
	  "sched_ttwu_pending: " DRAIN "lru_add_drain_all<collect_longterm_unpinnable_folios" },
	{ "page_drain cgroup",
	  "sched_ttwu_pending: " DRAIN "drain_all_stock<try_charge_memcg<charge_memcg" },
	{ "page_drain cgroup_set",
	  "sched_ttwu_pending: " DRAIN "drain_all_stock<memory_max_write" },
	{ "page_drain cgroup_gone", "sched_ttwu_pending: " DRAIN
				    "drain_all_stock<mem_cgroup_css_offline<css_killed_work_fn" },
	{ "page_drain shortage",
	  "sched_ttwu_pending: " DRAIN "__drain_all_pages<__alloc_pages_slowpath" },
	/* A work moves the pages of a cpuset, by the function of migrate_pages(2). */
	{ "page_drain cpuset",
	  "sched_ttwu_pending: " DRAIN "__lru_add_drain_all<lru_cache_disable<do_migrate_pages<"
	  "cpuset_migrate_mm_workfn<process_one_work" },
	{ "page_drain move_pages",
	  "sched_ttwu_pending: " DRAIN
	  "__lru_add_drain_all<lru_cache_disable<do_migrate_pages<kernel_migrate_pages" },
	/* A block device that is closed loses its pages; nobody wrote vm.drop_caches. */
	{ "page_drain block_device",
	  "sched_ttwu_pending: " DRAIN
	  "__lru_add_drain_all<invalidate_bdev<ext4_put_super<generic_shutdown_super" },
	{ "page_drain cache_dropped",
	  "sched_ttwu_pending: " DRAIN "__lru_add_drain_all<drop_caches_sysctl_handler" },
	/* Since 5.15 works flush slabs. */
	{ "page_drain slab",
	  "sched_ttwu_pending: " DRAIN "flush_all_cpus_locked<kmem_cache_shrink<shrink_store" },
	{ "wakeups tracers_ended",
	  "sched_ttwu_pending: " DRAIN "schedule_on_each_cpu<rcu_tasks_rude_wait_gp" },
	{ "wakeups each_cpu",
	  "sched_ttwu_pending: " DRAIN "smp_call_on_cpu<lockup_detector_reconfigure" },
	{ "wakeups each_cpu", "sched_ttwu_pending: " DRAIN "ring_buffer_resize<"
			      "__tracing_resize_ring_buffer<tracing_entries_write" },
};

/* A wake-up has the same cause whether it is sent as a csd or as a reschedule. */
TEST(wakeups_by_csd)
{
	check(KIND_CALL_FUNCTION, sent_wakeups, ARRAY_SIZE(sent_wakeups));
}

/* Kicks of nohz_full CPUs: the stack shows the reason. */
static const struct example sent_kicks[] = {
	{ "nohz_full_kick rcu_callbacks",
	  "nohz_full_kick_func: irq_work_queue_on<tick_nohz_dep_set_all<rcu_do_batch<rcu_core<rcu_cpu_kthread" },
	{ "nohz_full_kick rcu_expedited",
	  "nohz_full_kick_func: irq_work_queue_on<tick_nohz_dep_set_cpu<rcu_exp_wait_wake<wait_rcu_exp_gp<kthread_worker_fn" },
	{ "nohz_full_kick rcu_waits",
	  "nohz_full_kick_func: irq_work_queue_on<tick_nohz_dep_set_cpu<__rcu_irq_enter_check_tick<irqentry_enter" },
	{ "nohz_full_kick hotplug",
	  "nohz_full_kick_func: irq_work_queue_on<tick_nohz_dep_set<rcutree_offline_cpu<cpuhp_invoke_callback" },
	{ "nohz_full_kick deadline_task",
	  "nohz_full_kick_func: " KICK
	  "enqueue_dl_entity<enqueue_task_dl<enqueue_task<ttwu_do_activate" },
	/* The second task is a kworker, or a thread of RCU's. */
	{ "nohz_full_kick work",
	  "nohz_full_kick_func: " KICK "enqueue_task_fair<enqueue_task<ttwu_do_activate<" DRAIN
	  "vsock_loopback_send_pkt" },
	{ "nohz_full_kick rcu_thread",
	  "nohz_full_kick_func: irq_work_queue_on<tick_nohz_kick_task<rcu_do_batch<rcu_nocb_cb_kthread<kthread" },
	{ "nohz_full_kick vmstat",
	  "nohz_full_kick_func: irq_work_queue_on<wake_up_nohz_cpu<internal_add_timer<add_timer_on<queue_delayed_work_on<vmstat_shepherd" },
	{ "nohz_full_kick clocksource_watchdog",
	  "nohz_full_kick_func: irq_work_queue_on<wake_up_nohz_cpu<add_timer_on<clocksource_watchdog" },
	{ "nohz_full_kick device_watchdog",
	  "nohz_full_kick_func: irq_work_queue<wake_up_nohz_cpu<__mod_timer<dev_watchdog" },
	{ "nohz_full_kick posix_timer",
	  "nohz_full_kick_func: irq_work_queue_on<tick_nohz_dep_set_task<posix_cpu_timer_set" },
	{ "fair_server",
	  "nohz_full_kick_func: irq_work_queue_on<tick_nohz_full_kick_cpu<dl_server_timer<dl_task_timer" },
	{ "nohz_full_kick",
	  "nohz_full_kick_func: irq_work_queue_on<tick_nohz_dep_set_cpu<somebody" },
};

/* The cause of an irq_work is its function. */
TEST(irq_works)
{
	static const struct example known[] = {
		{ "irq_work", ": " },
		{ "irq_work", "unheard_of: irq_work_queue<somebody" },
		{ "perf_samples", "perf_pending_irq: " },
		{ "perf_samples bpf",
		  "perf_pending_irq: irq_work_queue<perf_output_put_handle<perf_output_end<"
		  "perf_event_output<bpf_perf_event_output_tp<bpf_prog_1_enter<trace_call_bpf" },
		/* Nothing overflowed: perf records that a BPF program was loaded, and a file mapped. */
		{ "perf_samples records",
		  "perf_pending_irq: __irq_work_queue_local<irq_work_queue<perf_output_put_handle<"
		  "perf_output_end<perf_event_bpf_output<perf_iterate_sb.constprop.0<"
		  "perf_event_bpf_event<bpf_prog_load<__sys_bpf<" SYSCALL },
		{ "perf_samples records",
		  "perf_pending_irq: irq_work_queue<perf_output_end<perf_event_mmap_output<"
		  "perf_iterate_ctx<perf_iterate_sb<perf_event_mmap<mmap_region<do_mmap<" SYSCALL },
		/* A thread of RCU's is woken: no CPU holds up a grace period. */
		{ "cpu_setup", "swake_up_one_online_ipi: " },
		{ "rcu_tasks", "call_rcu_tasks_iw_wakeup: " },
		{ "rcu_tasks",
		  "call_rcu_tasks_iw_wakeup: __irq_work_queue_local<irq_work_queue<__wait_rcu_gp<"
		  "synchronize_rcu_tasks_trace<perf_trace_event_unreg.isra.0<perf_trace_destroy<"
		  "__free_event<perf_event_release_kernel<" SYSCALL },
		{ "bpf_ringbuf", "bpf_ringbuf_notify: " },
		{ "printk", "wake_up_klogd_work_func: " },
		{ "bpf_deferred", "bpf_mem_refill: " },
		/* bpf(2) changes a map, and no BPF program runs. */
		{ "bpf_deferred memory", "bpf_mem_refill: irq_work_queue<unit_free<free_htab_elem<"
					 "htab_map_delete_elem<__sys_bpf<" SYSCALL },
		{ "schedutil", "sugov_irq_work: " },
		{ "sched_ext", "kick_cpus_irq_workfn: " },
		{ "ftrace", "rb_wake_up_waiters: " },
		{ "ftrace records", "rb_wake_up_waiters: irq_work_queue<ring_buffer_unlock_commit<"
				    "write_marker_to_buffer<tracing_mark_write<vfs_write" },
		{ "nohz_full_kick", "nohz_full_kick_func: " },
		/* The stack shows the reason of a kick. */
		{ "nohz_full_kick second_task",
		  "nohz_full_kick_func: " KICK
		  "enqueue_task_fair<activate_task<ttwu_do_activate<try_to_wake_up" },
		{ "nohz_full_kick deadline_server",
		  "nohz_full_kick_func: " KICK
		  "enqueue_dl_entity<dl_server_start<enqueue_task_fair" },
	};

	check(KIND_IRQ_WORK, known, ARRAY_SIZE(known));
	check(KIND_CALL_FUNCTION, sent_kicks, ARRAY_SIZE(sent_kicks));
}

/* The cause of a TLB flush is the frame that asked for it. */
static const struct example sent_flushes[] = {
	{ "tlb_flush", "flush_tlb_func: " },
	{ "tlb_flush", FLUSH "ptep_clear_flush<somebody_new<" SYSCALL },
	/* Pages that move_pages(2) and migrate_pages(2) move. */
	{ "tlb_move_pages", FLUSH
	  "ptep_clear_flush<try_to_migrate_one<rmap_walk_anon<migrate_pages_batch<migrate_pages<move_pages_and_store_status<do_pages_move<kernel_move_pages" },
	{ "tlb_move_pages", FLUSH
	  "try_to_migrate<migrate_pages<migrate_to_node<do_migrate_pages<kernel_migrate_pages" },
	{ "tlb_move_pages", FLUSH "try_to_migrate<migrate_pages<do_mbind<kernel_mbind" },
	{ "tlb_move_pages cpuset", FLUSH
	  "try_to_migrate<migrate_pages<do_migrate_pages<cpuset_migrate_mm_workfn<process_one_work" },
	{ "tlb_memory_offline offline",
	  FLUSH "try_to_migrate<migrate_pages<do_migrate_range<offline_pages" },
	/* R13 */
	{ "tlb_soft_dirty", FLUSH "tlb_finish_mmu<clear_refs_write<vfs_write<" SYSCALL },
	{ "tlb_pagemap_scan", FLUSH "pagemap_scan_pmd_entry<walk_pgd_range<do_pagemap_scan" },
	{ "tlb_userfaultfd", FLUSH "move_pages_pte<move_pages<userfaultfd_ioctl" },
	{ "tlb_userfaultfd", FLUSH "change_protection<mwriteprotect_range<userfaultfd_ioctl" },
	{ "tlb_uprobes", FLUSH
	  "ptep_clear_flush<__replace_page<uprobe_write_opcode<install_breakpoint<register_for_each_vma" },
	{ "tlb_zerocopy_receive",
	  FLUSH "zap_page_range_single<tcp_zerocopy_receive<do_tcp_getsockopt" },
	{ "tlb_cow", FLUSH "hugetlb_wp<hugetlb_fault<handle_mm_fault" },
	{ "tlb_hugetlb", FLUSH "__unmap_hugepage_range<hugetlb_vmdelete_list" },
	{ "tlb_damon",
	  FLUSH "try_to_unmap_flush<shrink_folio_list<reclaim_pages<damon_pa_pageout<kdamond_fn" },
	/* unmap_mapping_*() alone does not mean a truncation. */
	{ "tlb_invalidate", FLUSH
	  "zap_page_range_single<unmap_mapping_range_tree<unmap_mapping_pages<invalidate_inode_pages2_range<kiocb_invalidate_pages<generic_file_direct_write" },
	{ "tlb_graphics", FLUSH "unmap_mapping_range<ttm_bo_unmap_virtual<ttm_bo_handle_move_mem" },
	{ "tlb_graphics", FLUSH
	  "unmap_mapping_pages<i915_gem_object_release_mmap_offset<i915_gem_object_set_tiling" },
	/* A driver pins pages of the program, so the kernel copies them. */
	{ "tlb_cow pinned", FLUSH
	  "ptep_clear_flush<do_wp_page<handle_mm_fault<__get_user_pages<pin_user_pages_fast<i915_gem_userptr_ioctl<drm_ioctl_kernel<drm_ioctl" },
	{ "tlb_truncate truncated",
	  FLUSH "unmap_mapping_range<truncate_pagecache<truncate_setsize<do_truncate" },
	{ "tlb_truncate fallocate", FLUSH "unmap_mapping_range<shmem_fallocate<vfs_fallocate" },
	{ "tlb_flush", FLUSH "unmap_mapping_range<some_driver_ioctl<" SYSCALL },
	/* Reclaim that a user asked for is no shortage of memory. */
	{ "tlb_reclaim asked", FLUSH
	  "try_to_unmap_flush<shrink_folio_list<shrink_node<do_try_to_free_pages<try_to_free_mem_cgroup_pages<user_proactive_reclaim<memory_reclaim" },
	{ "tlb_reclaim cgroup", FLUSH
	  "shrink_node<try_to_free_mem_cgroup_pages<reclaim_high<mem_cgroup_handle_over_high" },
	{ "tlb_reclaim shortage", FLUSH "shrink_node<balance_pgdat<kswapd<kthread" },
	/*
	 * Some of these functions may be inlined; a cgroup's limit is known by a frame of its own.
	 */
	{ "tlb_reclaim cgroup",
	  FLUSH "shrink_node<try_to_free_mem_cgroup_pages<try_charge<mem_cgroup_charge" },
	{ "tlb_reclaim", FLUSH "shrink_node<try_to_free_mem_cgroup_pages<somebody" },
	{ "tlb_reclaim asked",
	  FLUSH "folio_clear_dirty_for_io<shrink_folio_list<evict_folios<lru_gen_seq_write" },
	{ "tlb_reclaim cgroup", FLUSH "shrink_lruvec<mem_cgroup_shrink_node<balance_pgdat" },
	/* The advice (MADV_*) that the program gave to madvise(2). */
	{ "tlb_madvise cold",
	  FLUSH "tlb_finish_mmu<madvise_cold<madvise_vma_behavior<madvise_do_behavior<do_madvise" },
	{ "tlb_madvise cold", FLUSH
	  "flush_tlb_batched_pending<madvise_cold_or_pageout_pte_range<walk_pgd_range<madvise_cold<madvise_vma_behavior<do_madvise" },
	{ "tlb_madvise pageout", FLUSH
	  "arch_tlbbatch_flush<shrink_folio_list<reclaim_folio_list<reclaim_pages<madvise_cold_or_pageout_pte_range<madvise_pageout<madvise_vma_behavior<do_madvise" },
	/* MADV_COLD of 6.12 and MADV_DONTNEED of 6.18 have the same stack. */
	{ "tlb_madvise give_back_or_cold",
	  FLUSH "tlb_flush_mmu_tlbonly<tlb_finish_mmu<do_madvise<__x64_sys_madvise<" SYSCALL },
	{ "tlb_madvise give_back",
	  FLUSH "tlb_finish_mmu<madvise_dontneed_single_vma<madvise_vma_behavior" },
	/* 7.3, which has a function of its own for guard pages. */
	{ "tlb_madvise give_back",
	  FLUSH "__zap_vma_range<zap_vma_range_batched<madvise_vma_behavior<do_madvise" },
	{ "tlb_madvise guard",
	  FLUSH "zap_vma_range_batched<zap_vma_range<madvise_guard_install<madvise_vma_behavior" },
	/* MADV_DONTNEED of 6.12 and MADV_GUARD_INSTALL of 6.18 have this stack. */
	{ "tlb_madvise dontneed_or_guard",
	  FLUSH "tlb_finish_mmu<zap_page_range_single<madvise_vma_behavior<do_madvise" },
	{ "tlb_madvise remove", FLUSH
	  "unmap_mapping_range<shmem_fallocate<vfs_fallocate<madvise_remove<madvise_vma_behavior<do_madvise" },
	{ "tlb_madvise guard",
	  FLUSH "zap_page_range_single<madvise_guard_install<madvise_vma_behavior<do_madvise" },
	{ "tlb_madvise", FLUSH "somebody<madvise_vma_behavior<do_madvise" },
	{ "tlb_munmap munmap", FLUSH
	  "tlb_finish_mmu<vms_clear_ptes<vms_complete_munmap_vmas<do_vmi_align_munmap<do_vmi_munmap<__vm_munmap<__x64_sys_munmap<" SYSCALL },
	{ "tlb_munmap mmap", FLUSH
	  "tlb_finish_mmu<vms_clear_ptes<__mmap_region<mmap_region<do_mmap<vm_mmap_pgoff<ksys_mmap_pgoff" },
	/* 6.18: the functions between are inlined. */
	{ "tlb_munmap mmap", FLUSH
	  "tlb_flush_mmu_tlbonly<tlb_finish_mmu<__mmap_region<do_mmap<vm_mmap_pgoff<" SYSCALL },
	/* Inlined, or named otherwise, in some kernels. */
	{ "tlb_numa_balancing", FLUSH
	  "try_to_migrate<migrate_pages_batch<migrate_pages<migrate_misplaced_folio<__handle_mm_fault<handle_mm_fault" },
	{ "tlb_memory_offline failed",
	  FLUSH "try_to_unmap_one<rmap_walk_anon<try_to_unmap<unmap_poisoned_folio<somebody" },
	{ "tlb_damon", FLUSH
	  "try_to_unmap_flush<migrate_pages_batch<migrate_pages<__damon_pa_migrate_folio_list" },
	{ "tlb_userfaultfd", FLUSH "tlb_finish_mmu<mrwprotect_range<somebody" },
	/* Isolating a range of pages is not compaction; 7.3 has other names for the functions. */
	{ "tlb_compaction compaction",
	  FLUSH "try_to_migrate<migrate_pages_batch<migrate_pages<compact_zone<kcompactd" },
	{ "tlb_compaction contiguous", FLUSH
	  "try_to_migrate<migrate_pages<__alloc_contig_migrate_range<alloc_contig_range_noprof" },
	{ "tlb_compaction contiguous", FLUSH
	  "try_to_migrate<migrate_pages_batch<migrate_pages<alloc_contig_frozen_range_noprof" },
	/* exec calls the functions of mprotect(2), mremap(2), mmap(2) and munmap(2). */
	{ "tlb_exec",
	  FLUSH "change_protection<mprotect_fixup<setup_arg_pages<load_elf_binary<bprm_execve" },
	{ "tlb_exec", FLUSH "tlb_finish_mmu<setup_arg_pages<load_elf_binary<bprm_execve" },
	{ "tlb_exec", FLUSH "flush_tlb_batched_pending<move_page_tables<relocate_vma_down" },
	{ "tlb_exec", FLUSH
	  "tlb_finish_mmu<unmap_region<__mmap_region<mmap_region<do_mmap<vm_mmap_pgoff<elf_load<load_elf_binary" },
	{ "tlb_exec", FLUSH
	  "tlb_finish_mmu<vms_complete_munmap_vmas<do_vmi_munmap<__vm_munmap<elf_load<load_elf_binary" },
	/*
	 * exec copies pages that the new program writes first, and unmaps the old program's memory.
	 */
	{ "tlb_cow", FLUSH
	  "ptep_clear_flush<do_wp_page<handle_mm_fault<exc_page_fault<asm_exc_page_fault<rep_stos_alternative<load_elf_binary" },
	{ "tlb_exit", FLUSH "tlb_finish_mmu<exit_mmap<mmput<begin_new_exec<load_elf_binary" },
	/* Other system calls than mmap(2) and munmap(2) also map and unmap memory. */
	{ "tlb_munmap aio",
	  FLUSH "unmap_region<mmap_region<do_mmap<ioctx_alloc<__x64_sys_io_setup<" SYSCALL },
	{ "tlb_munmap aio", FLUSH "vms_clear_ptes<do_vmi_munmap<__vm_munmap<kill_ioctx" },
	{ "tlb_munmap shmat", FLUSH "unmap_region<__mmap_region<mmap_region<do_mmap<do_shmat" },
	{ "tlb_munmap shadow_stack", FLUSH "vms_clear_ptes<do_vmi_munmap<__vm_munmap<shstk_free" },
	{ "tlb_munmap", FLUSH "unmap_region<__mmap_region<mmap_region<do_mmap<somebody" },
	{ "tlb_munmap", FLUSH "do_vmi_munmap<__vm_munmap<somebody" },
	{ "tlb_munmap munmap", FLUSH
	  "unmap_region<do_mas_align_munmap<do_mas_munmap<__vm_munmap<__x64_sys_munmap<" SYSCALL },
	{ "tlb_mremap", FLUSH "unmap_region<do_vmi_munmap<shrink_vma<somebody" },
	{ "tlb_uprobes", FLUSH "unmap_region<do_vmi_munmap<do_munmap<arch_uprobe_optimize" },
	{ "tlb_writeback msync", FLUSH
	  "folio_mkclean<folio_clear_dirty_for_io<ext4_writepages<file_write_and_wait_range<ext4_sync_file<vfs_fsync_range<__do_sys_msync" },
	/* Pages may be write-protected for another reason than writeback to a disk. */
	{ "tlb_flush", FLUSH "ptep_clear_flush<folio_mkclean<pagecache_isize_extended<somebody" },
	{ "tlb_flush",
	  FLUSH "ptep_clear_flush<folio_mkclean<fb_deferred_io_work<process_one_work" },
	{ "tlb_madvise pageout", FLUSH
	  "folio_mkclean<folio_clear_dirty_for_io<shrink_folio_list<reclaim_folio_list<reclaim_pages<madvise_pageout<madvise_vma_behavior<do_madvise" },
	{ "tlb_truncate fallocate", FLUSH
	  "folio_mkclean<folio_clear_dirty_for_io<mpage_submit_folio<ext4_writepages<filemap_write_and_wait_range<ext4_fallocate<vfs_fallocate" },
	{ "tlb_writeback flusher",
	  FLUSH "folio_mkclean<folio_clear_dirty_for_io<ext4_writepages<wb_writeback<wb_workfn" },
	{ "tlb_mprotect pkey",
	  FLUSH "tlb_finish_mmu<do_mprotect_pkey<__x64_sys_pkey_mprotect<" SYSCALL },
	{ "tlb_mprotect", FLUSH "tlb_finish_mmu<do_mprotect_pkey<__x64_sys_mprotect<" SYSCALL },
	{ "tlb_cow", FLUSH "ptep_clear_flush<do_wp_page<__handle_mm_fault" },
	/* Nobody forked. */
	{ "tlb_cow swap", FLUSH
	  "ptep_clear_flush<do_wp_page<do_swap_page<__handle_mm_fault<handle_mm_fault<exc_page_fault<"
	  "asm_exc_page_fault" },
	{ "tlb_cow remote", FLUSH "ptep_clear_flush<do_wp_page<__handle_mm_fault<handle_mm_fault<"
				  "__get_user_pages<get_user_pages_remote<__access_remote_vm<"
				  "mem_rw<vfs_write" },
	{ "tlb_fork", FLUSH "dup_mmap<copy_process<kernel_clone" },
	/* 6.12: dup_mmap() is inlined. */
	{ "tlb_fork", FLUSH "copy_process<kernel_clone<__do_sys_clone<" SYSCALL },
	/* A seccomp filter, which is a BPF program, is made read-only. */
	{ "tlb_flush_kernel bpf",
	  "do_kernel_range_flush: on_each_cpu_cond_mask<flush_tlb_kernel_range<__change_page_attr_set_clr<set_memory_ro<bpf_int_jit_compile<do_seccomp<" SYSCALL },
	{ "tlb_flush_kernel bulk",
	  "do_flush_tlb_all: on_each_cpu_cond_mask<__purge_vmap_area_lazy<free_work<process_one_work" },
	{ "tlb_flush_kernel bulk", KERNEL_FLUSH "__purge_vmap_area_lazy<drain_vmap_area_work" },
	{ "tlb_flush_kernel percpu",
	  KERNEL_FLUSH "pcpu_reclaim_populated<pcpu_balance_workfn<process_one_work" },
	/*
	 * A change of page attributes also unmaps memory that was freed earlier, but the change is
	 * the cause.
	 */
	{ "tlb_flush_kernel caching", KERNEL_FLUSH
	  "__purge_vmap_area_lazy<_vm_unmap_aliases<set_pages_array_wb<ttm_pool_free_page" },
	{ "tlb_flush_kernel attributes", KERNEL_FLUSH
	  "__purge_vmap_area_lazy<_vm_unmap_aliases<change_page_attr_set_clr<set_memory_ro<somebody" },
	{ "tlb_flush_kernel tracing", KERNEL_FLUSH
	  "__purge_vmap_area_lazy<_vm_unmap_aliases<change_page_attr_set_clr<set_memory_rox<arch_ftrace_update_trampoline" },
	{ "tlb_flush_kernel protected",
	  KERNEL_FLUSH "_vm_unmap_aliases<vfree<somebody<process_one_work" },
	{ "tlb_flush_kernel",
	  KERNEL_FLUSH "__purge_vmap_area_lazy<_vm_unmap_aliases<aa_dfa_unpack" },
	{ "tlb_flush_kernel huge_pages",
	  KERNEL_FLUSH "hugetlb_vmemmap_optimize_folios<alloc_pool_huge_folio" },
	{ "tlb_flush_kernel memory_hotplug",
	  KERNEL_FLUSH "__remove_pages<arch_remove_memory<try_remove_memory" },
	{ "tlb_flush_kernel secret_memory",
	  KERNEL_FLUSH "secretmem_fault<__do_fault<__handle_mm_fault" },
	{ "tlb_flush_kernel perf",
	  KERNEL_FLUSH "ds_update_cea<reserve_ds_buffers<x86_reserve_hardware" },
	{ "tlb_flush_kernel bpf_arena", KERNEL_FLUSH "arena_free_pages<bpf_arena_free_pages" },
	{ "tlb_flush_kernel", "do_kernel_range_flush: " },
};

TEST(flushes)
{
	check(KIND_CALL_FUNCTION, sent_flushes, ARRAY_SIZE(sent_flushes));
}

/* Not only tracers patch kernel text. And perf sends for several reasons. */
static const struct example sent_patches[] = {
	{ "text_patching", "do_sync_core: " },
	{ "text_patching tracing",
	  PATCH "static_key_enable<tracepoint_add_func<bpf_raw_tp_link_attach" },
	{ "text_patching tracing",
	  "do_sync_core: smp_text_poke_single<arm_kprobe<enable_kprobe<perf_trace_event_init" },
	/* R11 */
	{ "text_patching timestamps",
	  PATCH "static_key_enable<netstamp_clear<process_one_work<worker_thread" },
	{ "text_patching work",
	  PATCH "static_key_enable_cpuslocked<static_key_enable<process_one_work<worker_thread" },
	{ "text_patching sysctl",
	  PATCH "static_key_enable<sysctl_schedstats<proc_sys_call_handler<vfs_write" },
	{ "text_patching kfence",
	  PATCH "static_key_enable<toggle_allocation_gate<process_one_work" },
	{ "text_patching perf",
	  PATCH "static_key_slow_inc<account_event<perf_event_alloc<__do_sys_perf_event_open" },
	{ "text_patching modules",
	  "do_sync_core: __static_call_transform<__static_call_init<static_call_module_notify<load_module" },
	{ "text_patching cgroup_programs", PATCH
	  "static_key_slow_inc<__cgroup_bpf_attach<cgroup_bpf_prog_attach<bpf_prog_attach<__sys_bpf" },
	{ "text_patching bpf_stats", PATCH "static_key_slow_inc<bpf_enable_stats<__sys_bpf" },
	/* Linux 6.18 has bpf_enable_stats() in __sys_bpf(). */
	{ "text_patching bpf_stats",
	  PATCH "static_key_slow_inc_cpuslocked<static_key_slow_inc<__sys_bpf<__x64_sys_bpf" },
	{ "text_patching netfilter", PATCH
	  "static_key_slow_inc<__nf_register_net_hook<nf_register_net_hook<nf_tables_newrule" },
	{ "text_patching cgroups", PATCH
	  "static_key_slow_inc<cpuset_css_online<online_css<cgroup_apply_control_enable<cgroup_mkdir" },
	/* One event's open and close have one name. */
	{ "text_patching perf",
	  PATCH "__static_key_slow_dec_cpuslocked<static_key_slow_dec<sw_perf_event_destroy<"
		"__free_event<perf_event_release_kernel<__fput" },
	{ "text_patching xdp", PATCH "static_key_slow_inc<generic_xdp_install<dev_xdp_install<"
				     "dev_xdp_attach<bpf_xdp_link_attach<__sys_bpf" },
	{ "text_patching network_programs",
	  PATCH "static_key_slow_inc<tcx_link_attach<__sys_bpf<__x64_sys_bpf" },
	{ "text_patching network_programs",
	  PATCH "static_key_slow_dec<bpf_netns_link_release<bpf_link_free<bpf_link_release" },
	{ "text_patching qdiscs", PATCH "static_key_slow_inc<clsact_init<qdisc_create<"
					"tc_modify_qdisc<rtnetlink_rcv_msg<" SYSCALL },
	{ "text_patching qdiscs", PATCH "static_key_slow_dec<__qdisc_destroy<qdisc_graft<"
					"tc_get_qdisc<rtnetlink_rcv_msg<" SYSCALL },
	{ "text_patching sockets", PATCH "static_key_slow_inc<udp_lib_setsockopt<udp_setsockopt<"
					 "do_sock_setsockopt<__sys_setsockopt<" SYSCALL },
	{ "text_patching sockets", PATCH "static_key_slow_dec<udp_destroy_sock<sk_common_release<"
					 "inet_release<sock_close<__fput<" SYSCALL },
	/* setsockopt(2) that has a table of iptables made, in place of one of a socket's keys. */
	{ "text_patching netfilter", PATCH "static_key_slow_inc<__nf_register_net_hook<"
					   "ipt_register_table<do_ipt_get_ctl<__sys_setsockopt" },
	{ "text_patching static_key", PATCH "static_key_slow_dec<somebody" },
	{ "kick_all_cpus kfence",
	  "do_nothing: kick_all_cpus_sync<jump_label_update<static_key_enable<toggle_allocation_gate" },
	/* arm64 has no frame of text patching there. */
	{ "kick_all_cpus bpf", "do_nothing: kick_all_cpus_sync<bpf_int_jit_compile<somebody" },
	{ "kick_all_cpus", "do_nothing: kick_all_cpus_sync<somebody" },
	{ "page_tables",
	  "tlb_remove_table_smp_sync: tlb_remove_table_sync_one<huge_pmd_unshare_flush<somebody" },
	{ "perf switch", "remote_function: event_function_call<_perf_event_enable<perf_ioctl" },
	{ "perf open",
	  "remote_function: cpu_function_call<perf_install_in_context<__do_sys_perf_event_open" },
	{ "perf read",
	  "__perf_event_read: smp_call_function_single<perf_event_read<perf_read<vfs_read" },
	{ "rcu_expedited thread",
	  "rcu_exp_handler: smp_call_function_single<__sync_rcu_exp_select_node_cpus<wait_rcu_exp_gp<"
	  "kthread_worker_fn" },
	/* Where RCU's tree has several leaves, each leaf has a thread (since 6.9). */
	{ "rcu_expedited thread",
	  "rcu_exp_handler: smp_call_function_single<__sync_rcu_exp_select_node_cpus<"
	  "sync_rcu_exp_select_node_cpus<kthread_worker_fn<kthread" },
	{ "rcu_expedited",
	  "rcu_exp_handler: smp_call_function_single<synchronize_rcu_expedited<somebody" },
	{ "rcu_barrier netns",
	  "rcu_barrier_handler: smp_call_function_single<rcu_barrier<cleanup_net<process_one_work" },
	{ "rcu_barrier netns",
	  "rcu_barrier_handler: smp_call_function_single<rcu_barrier<netdev_run_todo<"
	  "default_device_exit_batch<ops_exit_list<cleanup_net<process_one_work" },
	/* ip link del: no namespace ends. */
	{ "rcu_barrier devices",
	  "rcu_barrier_handler: smp_call_function_single<rcu_barrier<netdev_run_todo<"
	  "rtnl_dellink<rtnetlink_rcv_msg<netlink_rcv_skb<" SYSCALL },
	{ "page_tables asked",
	  "tlb_remove_table_smp_sync: tlb_remove_table_sync_one<collapse_huge_page<madvise_collapse<do_madvise" },
	{ "tlb_khugepaged khugepaged",
	  FLUSH "collapse_huge_page<hpage_collapse_scan_pmd<khugepaged<kthread" },
	{ "perf cgroup",
	  "remote_function: generic_exec_single<smp_call_function_single<perf_cgroup_attach<cgroup_migrate_execute" },
	{ "perf", "remote_function: task_function_call<somebody" },
	{ "perf interval",
	  "remote_function: cpu_function_call<perf_event_mux_interval_ms_store<dev_attr_store" },
	{ "perf switch", "remote_function: event_function_call<perf_event_period<somebody" },
	{ "rps",
	  "rps_trigger_softirq: smp_call_function_single_async<net_rps_action_and_irq_enable" },
	/* No packet is handed on; the compiler leaves no frame of who frees: udp_recvmsg() of 6.18. */
	{ "packets_freed",
	  "trigger_rx_softirq: smp_call_function_single_async<skb_attempt_defer_free<"
	  "tcp_eat_recv_skb<tcp_recvmsg_locked" },
	{ "packets_freed", "trigger_rx_softirq: generic_exec_single<smp_call_function_single_async<"
			   "udp_recvmsg<sock_recvmsg<__sys_recvfrom<" SYSCALL },
	{ "packets_freed", "trigger_rx_softirq: " },
	{ "rps", "rps_trigger_softirq: " },
	/*
	 * Compaction also invalidates buffers of pages that it moves: no block device was closed.
	 */
	{ "bh_lru compaction", BUFFERS
	  "__buffer_migrate_folio<move_to_new_folio<migrate_pages_batch<migrate_pages<compact_zone<compact_node<kcompactd" },
	{ "bh_lru contiguous",
	  BUFFERS "__buffer_migrate_folio<migrate_pages<alloc_contig_range_noprof" },
	{ "bh_lru contiguous",
	  BUFFERS "__buffer_migrate_folio<migrate_pages<alloc_contig_frozen_range_noprof" },
	{ "bh_lru offline", BUFFERS "migrate_pages<do_migrate_range<offline_pages" },
	{ "bh_lru move_pages", BUFFERS "migrate_pages<do_pages_move<kernel_move_pages" },
	{ "bh_lru cpuset", BUFFERS "migrate_pages<do_migrate_pages<cpuset_migrate_mm_workfn" },
	{ "bh_lru block_device", BUFFERS "invalidate_bdev<ext4_put_super<generic_shutdown_super" },
	{ "bh_lru block_device", BUFFERS "invalidate_bdev<blkdev_common_ioctl" },
	{ "bh_lru", BUFFERS "__buffer_migrate_folio<migrate_pages<somebody" },
	{ "bh_lru", "invalidate_bh_lru: " },
};

TEST(patches)
{
	check(KIND_CALL_FUNCTION, sent_patches, ARRAY_SIZE(sent_patches));
}

static bool says(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strstr(text, *words))
			return true;
	return false;
}

/* The text of a signature with reasons must fit all of its reasons. */
TEST(what_is_not_seen_is_not_said)
{
	static const char *const closed[] = { "malloc",	 "MALLOC_", "tracing off", "fork:",
					      "unmount", "mounts",  NULL };
	static const char *const names[] = { "text_patching", "tlb_madvise", "tlb_munmap",
					     "perf",	      "page_drain",  "nohz_full_kick",
					     "tlb_reclaim",   "bh_lru" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct signature *sig = signature__named(names[i]);

		assert_non_null(sig);
		assert_non_null(sig->whys);
		assert_false(says(sig->advice, closed));
		assert_false(says(sig->cause, closed));
	}
}

/*
 * The function of an irq_work may be missing from the stack of the wake-ups that it sends: that of
 * printk, of ftrace or of a BPF ring buffer.
 */
TEST(irq_works_wake_any_reader)
{
	static const char *const one[] = { "printk", "traced events", NULL };
	const struct why *why = signature__why_named(signature__named("wakeups"), "irq_work");

	assert_non_null(why);
	assert_has(why->cause, "BPF ring buffers");
	assert_false(says(why->advice, one));
}

/*
 * The end or the fork of a process sends IPIs to the CPUs on which it ran, even if it has only one
 * thread: its words must not assume threads.
 */
TEST(ends_and_forks_need_no_threads)
{
	static const char *const names[] = { "tlb_exit", "tlb_fork" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_lacks(signature__named(names[i])->cause, "thread");
		assert_lacks(signature__named(names[i])->advice, "thread");
	}
}

/* Advice must say what to do, not how to find the sender, which the report names. */
static void check_advice(const char *advice)
{
	static const char *const restated[] = { "via", "the caller", "see who", NULL };

	if (says(advice, restated))
		fail_msg("%s", advice);
}

TEST(advice_is_something_to_do)
{
	for (size_t i = 0; i < signatures__nr(); i++) {
		const struct signature *sig = signature__at(i);

		check_advice(sig->advice);
		check_advice(sig->isolated ?: "");
		for (const struct why *why = sig->whys; why && why->word; why++)
			check_advice(why->advice);
	}
}

/*
 * The report names the caller that a sampled stack shows. So advice to look for the caller belongs
 * to an open row, which gives the advice only where no stack was sampled.
 */
TEST(advice_to_look_is_of_open_rows)
{
	for (size_t i = 0; i < signatures__nr(); i++) {
		const struct signature *sig = signature__at(i);

		if (strstr(sig->advice, "ipitrace --stacks") && !sig->open)
			fail_msg("%s: %s", sig->name, sig->advice);
	}
}

TEST(whys_are_whole)
{
	for (size_t i = 0; i < signatures__nr(); i++)
		for (const struct why *why = signature__at(i)->whys; why && why->word; why++) {
			assert_int_equal(strspn(why->word, "abcdefghijklmnopqrstuvwxyz_"),
					 strlen(why->word));
			assert_true(strlen(why->word) < 32);
			assert_true(strlen(why->cause) > 15 && strlen(why->advice) > 10);
			assert_non_null(why->via[0]);
			/* The word is unique in its table. */
			assert_ptr_equal(signature__why_named(signature__at(i), why->word), why);
		}
	assert_null(signature__why_named(signature__at(0), "unheard_of"));
	assert_null(signature__why_named(NULL, "tracing"));
}

/* LIST and CPU become the CPUs that must be quiet: nothing may be moved there. */
TEST(advice_moves_nothing_to_an_isolated_cpu)
{
	static const char *const there[] = { "taskset -c CPU", "taskset -c LIST",
					     "taskset -cp LIST", "by PID", NULL };

	for (size_t i = 0; i < signatures__nr(); i++) {
		struct cause cause = { .sig = signature__at(i) };
		const struct why *why = cause.sig->whys;

		do {
			cause.why = why && why->word ? why : NULL;
			if (says(cause__isolated_advice(&cause), there))
				fail_msg("%s: %s", cause.sig->name, cause__isolated_advice(&cause));
		} while (cause.why && why++);
	}
}

/* "a<b" names a frame and its caller, each by the beginning of its function's name. */
TEST(a_pair_is_a_frame_and_its_caller)
{
	static const struct example known[] = {
		{ "tlb_madvise give_back_or_cold", "flush_tlb_func: tlb_finish_mmu<do_madvise" },
		{ "tlb_madvise give_back_or_cold",
		  "flush_tlb_func: tlb_finish_mmu.isra.0<do_madvise.part.0" },
		{ "tlb_madvise", "flush_tlb_func: do_madvise<tlb_finish_mmu" },
		{ "tlb_madvise", "flush_tlb_func: tlb_finish_mmu<somebody<do_madvise" },
		{ "tlb_flush", "flush_tlb_func: x_do_madvise" },
	};

	check(KIND_CALL_FUNCTION, known, ARRAY_SIZE(known));
}

TEST_MAIN(NULL, NULL)
