/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The callers of the functions that send interrupts without a csd, and of the plumbing that calls these, in
 * the kernels 5.10, 6.1, 6.12, 6.12-rt, 7, 6.12-arm64, 6.1-arm64 of tests/vm/KERNELS: made by
 * tools/flush-callers --sends and clang-format, from the machine code. A caller that ends in '~' jumps to the
 * function, and leaves no frame; one that ends in '&' gives the function's address to who calls it.
 */
#ifndef IPITRACE_TESTS_SEND_CALLERS_H
#define IPITRACE_TESTS_SEND_CALLERS_H

static const struct caller_row send_callers[] = {
	{ "__account_cfs_rq_runtime", "5.10 6.1", "update_curr~" },
	{ "__account_cfs_rq_runtime", "5.10 6.1 6.12 6.12-rt",
	  "enqueue_entity set_next_task_fair" },
	{ "__account_cfs_rq_runtime", "6.12 6.12-rt", "update_curr" },
	{ "__dequeue_task", "7", "dequeue_task_fair~ pick_task_fair wakeup_preempt_fair" },
	{ "__migrate_swap_task", "5.10 6.1 6.12", "migrate_swap_stop" },
	{ "__resched_curr", "6.12-rt 7",
	  "push_cpu_stop resched_cpu resched_curr_lazy~ resched_curr~ sched_move_task "
	  "sched_tick wake_up_if_idle wakeup_preempt" },
	{ "__resched_curr", "7", "sched_change_end~" },
	{ "__set_next_task_fair", "6.12 6.12-rt", "pick_next_task_fair set_next_task_fair~" },
	{ "attach_task", "5.10", "active_load_balance_cpu_stop load_balance" },
	{ "blkcg_schedule_throttle", "5.10", "cgroup_throttle_swaprate" },
	{ "blkcg_schedule_throttle", "5.10 6.1 6.12 6.12-rt", "ioc_rqos_throttle" },
	{ "blkcg_schedule_throttle", "5.10 6.1 6.12 6.12-rt 7", "ioc_rqos_merge" },
	{ "blkcg_schedule_throttle", "6.1", "__cgroup_throttle_swaprate" },
	{ "blkcg_schedule_throttle", "6.12 6.12-rt 7", "__folio_throttle_swaprate" },
	{ "blkcg_schedule_throttle", "7", "iocg_handle_over_budget" },
	{ "check_preempt_curr", "5.10", "attach_task~" },
	{ "check_preempt_curr", "5.10 6.1",
	  "__migrate_swap_task~ prio_changed_fair~ switched_to_fair~" },
	{ "check_preempt_curr", "5.10 6.1 6.1-arm64",
	  "move_queued_task ttwu_do_wakeup wake_up_new_task" },
	{ "check_preempt_curr", "6.1", "active_load_balance_cpu_stop load_balance" },
	{ "check_preempt_curr", "6.1-arm64",
	  "__migrate_swap_task attach_task prio_changed_fair switched_to_fair" },
	{ "check_preempt_curr_dl", "5.10 6.1", "switched_to_dl~" },
	{ "check_preempt_curr_dl", "5.10 6.1 6.1-arm64", "dl_task_timer" },
	{ "check_preempt_curr_dl", "6.1-arm64", "switched_to_dl" },
	{ "complete_signal", "5.10", "__send_signal" },
	{ "complete_signal", "5.10 6.1 6.12 6.12-rt", "send_sigqueue" },
	{ "complete_signal", "6.1 6.12 6.12-rt 7", "__send_signal_locked" },
	{ "complete_signal", "7", "posixtimer_queue_sigqueue~" },
	{ "dequeue_entities", "6.12 6.12-rt 6.12-arm64",
	  "dequeue_task_fair pick_task_fair task_dead_fair unregister_fair_sched_group" },
	{ "dequeue_entity", "5.10 6.1", "dequeue_task_fair" },
	{ "dequeue_entity", "5.10 6.1 6.12 6.12-rt 6.12-arm64", "throttle_cfs_rq" },
	{ "dequeue_entity", "6.12 6.12-rt 6.12-arm64", "dequeue_entities unthrottle_cfs_rq" },
	{ "dequeue_task_fair", "7", "throttle_cfs_rq_work" },
	{ "dl_server_start", "6.12 6.12-rt", "sched_fair_server_write unthrottle_cfs_rq" },
	{ "dl_server_start", "6.12 6.12-rt 7", "enqueue_task_fair" },
	{ "dl_server_start", "7",
	  "dl_server_attach_bw dl_server_swap_bw enqueue_task_scx "
	  "sched_server_write_common" },
	{ "dl_server_update", "6.12 6.12-rt 7", "update_curr" },
	{ "enqueue_entity", "5.10 6.1 6.12 6.12-rt 6.12-arm64",
	  "enqueue_task_fair unthrottle_cfs_rq" },
	{ "enqueue_task_fair", "7", "tg_unthrottle_up" },
	{ "enqueue_timer", "5.10 6.1 6.12 6.12-rt 7 6.12-arm64 6.1-arm64",
	  "__mod_timer add_timer_on timers_dead_cpu" },
	{ "hrtick_start_fair", "5.10 6.1", "pick_next_task_fair" },
	{ "hrtick_start_fair", "5.10 6.1 6.12 6.12-rt", "hrtick_update~" },
	{ "hrtick_start_fair", "6.12 6.12-rt", "__set_next_task_fair" },
	{ "hrtick_start_fair", "7", "enqueue_task_fair~ set_next_task_fair" },
	{ "irq_work_queue", "5.10",
	  "printk_safe_log_store rcu_read_unlock_trace_special~ sugov_deferred_update~ "
	  "vprintk_deferred vprintk_emit" },
	{ "irq_work_queue", "5.10 6.1 6.12", "stack_map_get_build_id_offset~" },
	{ "irq_work_queue", "5.10 6.1 6.12 6.12-rt", "__update_max_tr~ latency_fsnotify~" },
	{ "irq_work_queue", "5.10 6.1 6.12 6.12-rt 7",
	  "bpf_ringbuf_discard bpf_ringbuf_output bpf_ringbuf_submit "
	  "dbs_update_util_handler~ defer_console_output ghes_notify_nmi "
	  "perf_event_disable_inatomic~ ring_buffer_wake_waiters~ wake_up_klogd" },
	{ "irq_work_queue", "5.10 6.1 6.12 6.12-rt 7 6.12-arm64 6.1-arm64",
	  "__perf_event_overflow bpf_send_signal_common perf_aux_output_begin "
	  "perf_aux_output_end perf_aux_output_skip perf_output_put_handle "
	  "perf_sample_event_took relay_switch_subbuf ring_buffer_unlock_commit "
	  "ring_buffer_write" },
	{ "irq_work_queue", "5.10 6.12-arm64 6.1-arm64", "perf_output_end" },
	{ "irq_work_queue", "6.1", "unit_free~" },
	{ "irq_work_queue", "6.1 6.12 6.12-rt", "printk_trigger_flush" },
	{ "irq_work_queue", "6.1 6.12 6.12-rt 7",
	  "bpf_ringbuf_discard_dynptr bpf_ringbuf_submit_dynptr call_rcu_tasks_generic~ "
	  "dma_fence_array_cb_func~ sugov_update_shared sugov_update_single_freq "
	  "tick_nohz_full_kick~" },
	{ "irq_work_queue", "6.1 6.12 6.12-rt 7 6.12-arm64 6.1-arm64",
	  "__wake_up_klogd bpf_user_ringbuf_drain dma_fence_chain_cb trace_pid_list_set "
	  "unit_alloc" },
	{ "irq_work_queue", "6.1 6.12 7 6.12-arm64 6.1-arm64", "bpf_find_vma" },
	{ "irq_work_queue", "6.12 6.12-rt", "do_machine_check machine_check_poll" },
	{ "irq_work_queue", "6.12 6.12-rt 7", "mce_log~ remove_event_file_dir~" },
	{ "irq_work_queue", "6.12 6.12-rt 7 6.12-arm64",
	  "event_hist_trigger nbcon_kthreads_wake task_work_add unit_free_rcu" },
	{ "irq_work_queue", "6.12 6.12-rt 7 6.12-arm64 6.1-arm64", "unit_free" },
	{ "irq_work_queue", "6.12-arm64", "remove_event_file_dir" },
	{ "irq_work_queue", "6.12-arm64 6.1-arm64",
	  "__update_max_tr bpf_ringbuf_commit call_rcu_tasks_generic "
	  "dma_fence_array_cb_func ghes_notify_sea ghes_sdei_critical_callback "
	  "ghes_sdei_normal_callback kvm_pmu_perf_overflow latency_fsnotify "
	  "perf_event_disable_inatomic rcu_irq_work_resched ring_buffer_wake_waiters "
	  "tick_nohz_full_kick" },
	{ "irq_work_queue", "7",
	  "__bpf_offload_dev_netdev_register __bpf_offload_dev_netdev_unregister "
	  "__delete_fprobe_node __fsverity_file_open __kfree_rcu_sheaf "
	  "__xfrm_policy_inexact_prune_bin arena_free_pages bpf_async_refcount_put~ "
	  "bpf_async_schedule_op bpf_scx_unreg bpf_task_work_cancel_and_free~ "
	  "bpf_task_work_ctx_put~ bpf_task_work_schedule defer_kfree_rcu destroy_dsq "
	  "fsverity_remove_info fsverity_set_info handshake_req_destroy "
	  "handshake_req_submit inet_frag_find inet_frag_kill ioam6_genl_addns "
	  "ioam6_genl_addsc ioam6_genl_delns ioam6_genl_delsc ip6_mroute_setsockopt "
	  "ip6mr_mfc_add ipc_addid ipc_kht_remove ipmr_mfc_add ipmr_mfc_delete "
	  "kfree_nolock mem_allocator_disconnect merge_sched_in mroute_clean_tables "
	  "netlink_insert netlink_release pidfs_add_pid pidfs_remove_pid "
	  "register_fprobe_ips rhashtable_insert_slow rhtab_delete_elem "
	  "rhtab_map_update_elem ring_buffer_poll_remote sched_ext_dead "
	  "scx_bpf_create_dsq scx_claim_exit scx_finish_exit~ scx_kick_cpu scx_link_sched "
	  "scx_propagate_exit_irq_workfn scx_rcu_cpu_stall scx_tid_hash_insert "
	  "scx_unlink_sched seg6_hmac_info_add seg6_hmac_info_del "
	  "serial8250_console_write set_cpus_allowed_common simple_xattr_add "
	  "simple_xattr_set simple_xattrs_free srcu_gp_start_if_needed super_dev_insert "
	  "super_dev_put sysrq_handle_sched_ext_reset toggle_bp_slot unpack_profile "
	  "xfrm_policy_inexact_alloc_bin" },
	{ "irq_work_queue", "7 6.12-arm64 6.1-arm64", "stack_map_get_build_id_offset" },
	{ "irq_work_queue_on", "5.10", "perf_pending_event" },
	{ "irq_work_queue_on", "5.10 6.1 6.1-arm64", "rcu_implicit_dynticks_qs" },
	{ "irq_work_queue_on", "5.10 6.1 6.12 6.12-rt 7", "pull_rt_task~ rto_push_irq_work_func~" },
	{ "irq_work_queue_on", "6.1", "perf_pending_irq~" },
	{ "irq_work_queue_on", "6.1 6.1-arm64", "perf_pending_irq" },
	{ "irq_work_queue_on", "6.1 6.12 6.12-rt 7",
	  "rcu_read_unlock_special~ tick_nohz_full_kick_cpu~" },
	{ "irq_work_queue_on", "6.12 6.12-rt 6.12-arm64", "kick_pool" },
	{ "irq_work_queue_on", "6.12 6.12-rt 7", "perf_pending_disable~" },
	{ "irq_work_queue_on", "6.12 6.12-rt 7 6.12-arm64",
	  "perf_pending_disable rcu_watching_snap_recheck" },
	{ "irq_work_queue_on", "6.12-arm64 6.1-arm64",
	  "pull_rt_task rto_push_irq_work_func tick_nohz_full_kick_cpu" },
	{ "irq_work_queue_on", "7",
	  "do_pick_task_scx generic_handle_demux_domain_irq kick_pool_pick "
	  "ring_buffer_poll_remote ring_buffer_unlock_commit ring_buffer_write "
	  "rq_owned_post_enq~ schedule_dsq_reenq~ scx_do_enqueue_task~" },
	{ "kick_process", "5.10", "io_wq_worker_cancel io_wq_worker_wake try_charge" },
	{ "kick_process", "5.10 6.1", "recalc_sigpending_and_wake~" },
	{ "kick_process", "5.10 6.1 6.12 6.12-rt 7",
	  "blkcg_schedule_throttle~ complete_signal complete_signal~ do_signal_stop "
	  "force_sig_info_to_task ptrace_trap_notify~ signal_wake_up_state~" },
	{ "kick_process", "5.10 6.1 6.12 6.12-rt 7 6.12-arm64 6.1-arm64",
	  "retarget_shared_pending task_work_add zap_other_threads" },
	{ "kick_process", "6.1 6.12 6.12-rt 7", "klp_try_complete_transition" },
	{ "kick_process", "6.1 6.12 6.12-rt 7 6.12-arm64 6.1-arm64",
	  "io_worker_handle_work try_charge_memcg" },
	{ "kick_process", "6.12-arm64 6.1-arm64",
	  "blkcg_schedule_throttle ptrace_trap_notify signal_wake_up_state" },
	{ "move_queued_task", "5.10", "__set_cpus_allowed_ptr sched_cpu_dying" },
	{ "move_queued_task", "5.10 6.1 6.12 6.12-rt 7 6.12-arm64 6.1-arm64",
	  "migration_cpu_stop" },
	{ "move_queued_task", "6.1 6.12 6.12-rt 7 6.12-arm64 6.1-arm64",
	  "__balance_push_cpu_stop affine_move_task" },
	{ "ptrace_trap_notify", "5.10 6.1 6.12 6.12-rt 7", "do_signal_stop prepare_signal" },
	{ "pull_dl_task", "5.10 6.1 6.12 6.12-rt 7", "balance_dl" },
	{ "pull_rt_task", "5.10 6.1 6.12 6.12-rt 7", "balance_rt" },
	{ "put_prev_entity", "5.10 6.1 6.12 6.12-rt 6.12-arm64",
	  "pick_next_task_fair put_prev_task_fair" },
	{ "resched_cpu", "5.10 6.1 6.1-arm64", "rcu_implicit_dynticks_qs" },
	{ "resched_cpu", "6.12 6.12-rt 7 6.12-arm64", "force_qs_rnp" },
	{ "resched_cpu", "7", "scx_bypass_lb_timerfn" },
	{ "resched_curr", "5.10 6.1",
	  "check_preempt_curr_dl~ check_preempt_curr_idle~ check_preempt_curr_rt~" },
	{ "resched_curr", "5.10 6.1 6.1-arm64",
	  "check_preempt_curr check_preempt_wakeup rq_offline_rt sched_rt_period_timer "
	  "task_fork_fair update_curr_dl update_curr_rt" },
	{ "resched_curr", "5.10 6.1 6.12 6.12-arm64 6.1-arm64", "resched_cpu sched_move_task" },
	{ "resched_curr", "5.10 6.1 6.12 6.12-rt", "__account_cfs_rq_runtime~" },
	{ "resched_curr", "5.10 6.1 6.12 6.12-rt 7",
	  "hrtick_start_fair~ prio_changed_dl~ prio_changed_fair~ prio_changed_rt~ "
	  "pull_dl_task~ pull_rt_task~ switched_to_dl~ switched_to_fair~ switched_to_rt~ "
	  "task_tick_rt~ unthrottle_cfs_rq~" },
	{ "resched_curr", "5.10 6.1 6.12 6.12-rt 7 6.12-arm64 6.1-arm64",
	  "dl_task_timer push_dl_task push_rt_task yield_to" },
	{ "resched_curr", "5.10 6.1 6.12 7 6.12-arm64 6.1-arm64", "task_tick_fair" },
	{ "resched_curr", "6.1 6.12 6.12-arm64 6.1-arm64", "push_cpu_stop wake_up_if_idle" },
	{ "resched_curr", "6.1-arm64",
	  "check_preempt_curr_dl check_preempt_curr_idle check_preempt_curr_rt" },
	{ "resched_curr", "6.12", "check_preempt_wakeup_fair~" },
	{ "resched_curr", "6.12 6.12-arm64", "update_curr wakeup_preempt" },
	{ "resched_curr", "6.12 6.12-rt 7",
	  "dl_server_start~ update_curr_dl_se~ wakeup_preempt_dl~ wakeup_preempt_idle~ "
	  "wakeup_preempt_rt~" },
	{ "resched_curr", "6.12-arm64",
	  "check_preempt_wakeup_fair dl_server_start update_curr_dl_se wakeup_preempt_dl "
	  "wakeup_preempt_idle wakeup_preempt_rt" },
	{ "resched_curr", "6.12-arm64 6.1-arm64",
	  "__account_cfs_rq_runtime hrtick_start_fair prio_changed_dl prio_changed_fair "
	  "prio_changed_rt pull_dl_task pull_rt_task switched_to_dl switched_to_fair "
	  "switched_to_rt task_tick_rt unthrottle_cfs_rq" },
	{ "resched_curr", "7",
	  "dispatch_to_local_dsq kick_cpus_irq_workfn reenq_local rq_owned_post_enq~ "
	  "scx_bypass scx_rescue_timerfn task_tick_scx~ throttle_cfs_rq_work" },
	{ "resched_curr_lazy", "6.12-rt", "check_preempt_wakeup_fair~ task_tick_fair" },
	{ "resched_curr_lazy", "6.12-rt 7", "update_curr" },
	{ "resched_curr_lazy", "7", "wakeup_preempt_fair~" },
	{ "reweight_entity", "5.10 6.1", "reweight_task" },
	{ "reweight_entity", "5.10 6.1 6.12 6.12-rt", "update_cfs_group~" },
	{ "reweight_entity", "6.12 6.12-rt 6.12-arm64", "reweight_task_fair" },
	{ "reweight_entity", "6.12-arm64", "update_cfs_group" },
	{ "reweight_task", "5.10 6.1", "set_load_weight" },
	{ "rq_owned_post_enq", "7", "scx_dispatch_enqueue scx_move_local_task_to_local_dsq" },
	{ "sched_change_end", "7",
	  "__sched_setscheduler __set_cpus_allowed_ptr_locked migrate_disable_switch "
	  "rq_offline_scx rt_mutex_setprio sched_move_task sched_setnuma scx_bypass "
	  "scx_fail_parent scx_rehome_task~ scx_root_disable scx_root_enable_workfn "
	  "scx_sub_enable_workfn set_cpus_allowed_force set_user_nice" },
	{ "scx_rehome_task", "7", "scx_cgroup_task_notify scx_sub_disable" },
	{ "signal_wake_up_state", "5.10", "klp_try_complete_transition zap_process" },
	{ "signal_wake_up_state", "5.10 6.1 6.12 6.12-rt 7",
	  "__ptrace_unlink cgroup_freeze_task freeze_task ptrace_attach ptrace_request" },
	{ "signal_wake_up_state", "6.1 6.12 6.12-rt", "do_coredump" },
	{ "signal_wake_up_state", "7", "vfs_coredump" },
	{ "ttwu_do_activate", "5.10 6.1", "sched_ttwu_pending try_to_wake_up" },
	{ "ttwu_do_wakeup", "5.10 6.1", "ttwu_do_activate~" },
	{ "ttwu_do_wakeup", "5.10 6.1 6.1-arm64", "try_to_wake_up" },
	{ "ttwu_do_wakeup", "6.1-arm64", "ttwu_do_activate" },
	{ "unthrottle_cfs_rq", "5.10 6.1 6.12 6.12-rt", "tg_set_cfs_bandwidth" },
	{ "unthrottle_cfs_rq", "5.10 6.1 6.12 6.12-rt 7",
	  "distribute_cfs_runtime rq_offline_fair" },
	{ "unthrottle_cfs_rq", "6.12 6.12-rt 7", "__cfsb_csd_unthrottle" },
	{ "unthrottle_cfs_rq", "7", "tg_set_bandwidth" },
	{ "update_cfs_group", "5.10", "sched_group_set_shares" },
	{ "update_cfs_group", "5.10 6.1", "dequeue_task_fair" },
	{ "update_cfs_group", "5.10 6.1 6.12 6.12-rt 6.12-arm64",
	  "dequeue_entity enqueue_entity enqueue_task_fair task_tick_fair" },
	{ "update_cfs_group", "6.1 6.12 6.12-rt 6.12-arm64", "__sched_group_set_shares" },
	{ "update_cfs_group", "6.12 6.12-rt 6.12-arm64", "dequeue_entities" },
	{ "update_curr", "5.10 6.1", "check_preempt_wakeup pick_next_task_fair task_fork_fair" },
	{ "update_curr", "5.10 6.1 6.12 6.12-rt", "update_curr_fair~" },
	{ "update_curr", "5.10 6.1 6.12 6.12-rt 6.12-arm64",
	  "dequeue_entity enqueue_entity put_prev_entity reweight_entity" },
	{ "update_curr", "5.10 6.1 6.12 6.12-rt 7 6.12-arm64", "task_tick_fair yield_task_fair" },
	{ "update_curr", "6.1 6.12 6.12-rt 7 6.12-arm64", "pick_task_fair" },
	{ "update_curr", "6.12 6.12-rt 6.12-arm64", "check_preempt_wakeup_fair" },
	{ "update_curr", "7",
	  "__dequeue_task distribute_cfs_runtime enqueue_task_fair put_prev_task_fair "
	  "reweight_task_fair tg_unthrottle_up unthrottle_cfs_rq wakeup_preempt_fair" },
	{ "update_curr", "7 6.12-arm64", "update_curr_fair" },
	{ "update_curr_dl", "5.10 6.1 6.1-arm64",
	  "dequeue_task_dl put_prev_task_dl task_tick_dl yield_task_dl" },
	{ "update_curr_dl_se", "6.12 6.12-rt 7", "dl_server_update~ update_curr_dl~" },
	{ "update_curr_dl_se", "6.12 6.12-rt 7 6.12-arm64",
	  "dequeue_task_dl put_prev_task_dl task_tick_dl yield_task_dl" },
	{ "update_curr_dl_se", "6.12-arm64", "dl_server_update update_curr_dl" },
	{ "update_curr_dl_se", "7",
	  "__getparam_dl dl_server_update_idle~ get_prio_dl update_curr_idle "
	  "update_curr_idle~ update_curr_scx~" },
	{ "update_curr_idle", "7", "put_prev_task_idle task_tick_idle~" },
	{ "update_curr_rt", "5.10 6.1 6.1-arm64", "dequeue_task_rt put_prev_task_rt task_tick_rt" },
	{ "update_curr_scx", "7",
	  "dequeue_task_scx do_pick_task_scx put_prev_task_scx task_tick_scx" },
	{ "wake_up_nohz_cpu", "5.10 6.1 6.12 6.12-rt 7", "enqueue_timer~" },
	{ "wake_up_nohz_cpu", "6.12-arm64 6.1-arm64", "enqueue_timer" },
	{ "wakeup_preempt", "6.12", "__migrate_swap_task~" },
	{ "wakeup_preempt", "6.12 6.12-rt", "active_load_balance_cpu_stop" },
	{ "wakeup_preempt", "6.12 6.12-rt 7",
	  "prio_changed_fair~ sched_balance_rq switched_to_fair~" },
	{ "wakeup_preempt", "6.12 6.12-rt 7 6.12-arm64",
	  "move_queued_task try_to_wake_up ttwu_do_activate wake_up_new_task" },
	{ "wakeup_preempt", "6.12-arm64", "attach_task prio_changed_fair switched_to_fair" },
	{ "wakeup_preempt", "7",
	  "__active_load_balance_cpu_stop pull_dl_task pull_rt_task push_cpu_stop "
	  "push_dl_task push_rt_task rq_owned_post_enq sched_change_end sched_move_task" },
	{ "wakeup_preempt", "7 6.12-arm64", "__migrate_swap_task" },
	{ "wakeup_preempt_dl", "6.12 6.12-rt 7", "switched_to_dl~" },
	{ "wakeup_preempt_dl", "6.12 6.12-rt 7 6.12-arm64", "dl_task_timer" },
	{ "wakeup_preempt_dl", "6.12-arm64", "switched_to_dl" },
	{ "yield_task_fair", "5.10 6.1 6.12 6.12-rt 7 6.12-arm64", "yield_to_task_fair" },
};

#endif /* IPITRACE_TESTS_SEND_CALLERS_H */
