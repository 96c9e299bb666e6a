/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The name that each caller in send_callers.h has: somebody looked at what the caller does. The name of
 * a cause is followed by its reason. Where the frames of the list show no cause, the name is that of an open
 * row, reschedule or irq_work: the caller is named, or one further out, which a scheduler's class does not know.
 */
#ifndef IPITRACE_TESTS_SEND_NAMES_H
#define IPITRACE_TESTS_SEND_NAMES_H

static const struct caller_name send_names[] = {
	{ "cpu_bandwidth", "distribute_cfs_runtime unthrottle_cfs_rq" },
	{ "cpu_bandwidth quota", "tg_set_bandwidth tg_set_cfs_bandwidth" },
	{ "cpu_bandwidth realtime", "sched_rt_period_timer" },
	{ "deadline_task", "dl_task_timer" },
	{ "deadline_timer", "dl_task_timer" },
	{ "freezer", "cgroup_freeze_task freeze_task" },
	{ "idle_wakeup", "wake_up_if_idle" },
	{ "idle_wakeup timer", "__mod_timer add_timer_on enqueue_timer timers_dead_cpu" },
	{ "io_uring", "io_worker_handle_work io_wq_worker_cancel io_wq_worker_wake" },
	{ "irq_work",
	  "__bpf_offload_dev_netdev_register __bpf_offload_dev_netdev_unregister "
	  "__delete_fprobe_node __fsverity_file_open __kfree_rcu_sheaf "
	  "__perf_event_overflow __update_max_tr __wake_up_klogd "
	  "__xfrm_policy_inexact_prune_bin arena_free_pages balance_rt "
	  "bpf_async_schedule_op bpf_find_vma bpf_ringbuf_commit bpf_ringbuf_discard "
	  "bpf_ringbuf_discard_dynptr bpf_ringbuf_output bpf_ringbuf_submit "
	  "bpf_ringbuf_submit_dynptr bpf_scx_unreg bpf_send_signal_common "
	  "bpf_task_work_schedule bpf_user_ringbuf_drain call_rcu_tasks_generic "
	  "defer_console_output defer_kfree_rcu destroy_dsq dma_fence_array_cb_func "
	  "dma_fence_chain_cb do_machine_check do_pick_task_scx event_hist_trigger "
	  "fsverity_remove_info fsverity_set_info generic_handle_demux_domain_irq "
	  "ghes_notify_nmi ghes_notify_sea ghes_sdei_critical_callback "
	  "ghes_sdei_normal_callback handshake_req_destroy handshake_req_submit "
	  "inet_frag_find inet_frag_kill ioam6_genl_addns ioam6_genl_addsc "
	  "ioam6_genl_delns ioam6_genl_delsc ip6_mroute_setsockopt ip6mr_mfc_add "
	  "ipc_addid ipc_kht_remove ipmr_mfc_add ipmr_mfc_delete irq_work_queue "
	  "irq_work_queue_on kfree_nolock kick_pool kick_pool_pick kvm_pmu_perf_overflow "
	  "latency_fsnotify machine_check_poll mem_allocator_disconnect merge_sched_in "
	  "mroute_clean_tables nbcon_kthreads_wake netlink_insert netlink_release "
	  "perf_aux_output_begin perf_aux_output_end perf_aux_output_skip "
	  "perf_event_disable_inatomic perf_output_end perf_output_put_handle "
	  "perf_pending_disable perf_pending_event perf_pending_irq "
	  "perf_sample_event_took pidfs_add_pid pidfs_remove_pid printk_safe_log_store "
	  "printk_trigger_flush pull_rt_task rcu_implicit_dynticks_qs "
	  "rcu_irq_work_resched rcu_watching_snap_recheck register_fprobe_ips "
	  "relay_switch_subbuf remove_event_file_dir rhashtable_insert_slow "
	  "rhtab_delete_elem rhtab_map_update_elem ring_buffer_poll_remote "
	  "ring_buffer_unlock_commit ring_buffer_wake_waiters ring_buffer_write "
	  "rto_push_irq_work_func sched_ext_dead scx_bpf_create_dsq scx_claim_exit "
	  "scx_dispatch_enqueue scx_kick_cpu scx_link_sched "
	  "scx_move_local_task_to_local_dsq scx_propagate_exit_irq_workfn "
	  "scx_rcu_cpu_stall scx_tid_hash_insert scx_unlink_sched seg6_hmac_info_add "
	  "seg6_hmac_info_del serial8250_console_write set_cpus_allowed_common "
	  "simple_xattr_add simple_xattr_set simple_xattrs_free srcu_gp_start_if_needed "
	  "stack_map_get_build_id_offset sugov_update_shared sugov_update_single_freq "
	  "super_dev_insert super_dev_put sysrq_handle_sched_ext_reset task_work_add "
	  "tick_nohz_full_kick tick_nohz_full_kick_cpu toggle_bp_slot trace_pid_list_set "
	  "unit_alloc unit_free unit_free_rcu unpack_profile vprintk_deferred "
	  "vprintk_emit wake_up_klogd xfrm_policy_inexact_alloc_bin" },
	{ "migration", "migration_cpu_stop push_cpu_stop" },
	{ "migration affinity",
	  "__set_cpus_allowed_ptr __set_cpus_allowed_ptr_locked affine_move_task" },
	{ "migration balance",
	  "__active_load_balance_cpu_stop active_load_balance_cpu_stop load_balance "
	  "sched_balance_rq" },
	{ "migration hotplug", "__balance_push_cpu_stop sched_cpu_dying" },
	{ "migration numa", "migrate_swap_stop" },
	{ "ptrace", "__ptrace_unlink ptrace_attach ptrace_request ptrace_trap_notify" },
	{ "rcu_requests", "force_qs_rnp rcu_implicit_dynticks_qs" },
	{ "reschedule",
	  "__account_cfs_rq_runtime __cfsb_csd_unthrottle __cgroup_throttle_swaprate "
	  "__folio_throttle_swaprate __getparam_dl __migrate_swap_task __resched_curr "
	  "__set_next_task_fair attach_task balance_dl balance_rt blkcg_schedule_throttle "
	  "cgroup_throttle_swaprate check_preempt_curr check_preempt_curr_idle "
	  "check_preempt_curr_rt check_preempt_wakeup check_preempt_wakeup_fair "
	  "dequeue_task_dl dequeue_task_fair dequeue_task_rt dequeue_task_scx "
	  "dl_server_attach_bw dl_server_start dl_server_swap_bw dl_server_update "
	  "do_pick_task_scx enqueue_task_fair enqueue_task_scx get_prio_dl "
	  "hrtick_start_fair ioc_rqos_merge ioc_rqos_throttle iocg_handle_over_budget "
	  "kick_process klp_try_complete_transition migrate_disable_switch "
	  "pick_next_task_fair pick_task_fair prio_changed_dl prio_changed_fair "
	  "prio_changed_rt put_prev_task_dl put_prev_task_fair put_prev_task_idle "
	  "put_prev_task_rt put_prev_task_scx resched_curr resched_curr_lazy "
	  "reweight_task_fair rq_offline_fair rq_offline_rt rq_offline_scx "
	  "sched_setnuma sched_tick "
	  "set_cpus_allowed_force set_load_weight set_next_task_fair signal_wake_up_state "
	  "switched_to_dl switched_to_fair switched_to_rt task_dead_fair task_fork_fair "
	  "task_tick_dl task_tick_fair task_tick_rt tg_unthrottle_up throttle_cfs_rq "
	  "throttle_cfs_rq_work try_charge try_charge_memcg unregister_fair_sched_group "
	  "update_curr update_curr_dl update_curr_fair update_curr_idle "
	  "wakeup_preempt_fair wakeup_preempt_idle wakeup_preempt_rt yield_task_dl" },
	{ "rt_balance", "pull_dl_task pull_rt_task push_dl_task push_rt_task" },
	{ "sched_ext",
	  "dispatch_to_local_dsq kick_cpus_irq_workfn reenq_local rq_owned_post_enq "
	  "scx_bypass scx_bypass_lb_timerfn scx_cgroup_task_notify scx_dispatch_enqueue "
	  "scx_fail_parent scx_move_local_task_to_local_dsq scx_rescue_timerfn "
	  "scx_root_disable scx_root_enable_workfn scx_sub_disable scx_sub_enable_workfn "
	  "task_tick_scx" },
	{ "signal", "__send_signal __send_signal_locked complete_signal do_signal_stop "
		    "force_sig_info_to_task prepare_signal retarget_shared_pending send_sigqueue" },
	{ "signal exit", "do_coredump vfs_coredump zap_other_threads zap_process" },
	{ "task_changes", "__sched_setscheduler set_user_nice" },
	{ "task_changes group", "sched_move_task" },
	{ "task_changes inheritance", "rt_mutex_setprio" },
	{ "task_changes server", "sched_fair_server_write sched_server_write_common" },
	{ "task_changes weight", "__sched_group_set_shares sched_group_set_shares" },
	{ "task_changes yield", "yield_to yield_to_task_fair" },
	{ "task_work", "task_work_add" },
	{ "wakeups", "sched_ttwu_pending try_to_wake_up ttwu_do_activate" },
	{ "wakeups new_task", "wake_up_new_task" },
};

#endif /* IPITRACE_TESTS_SEND_NAMES_H */
