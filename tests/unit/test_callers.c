// SPDX-License-Identifier: GPL-2.0
/* From sampled stacks to callers: which frame is the caller, and which samples share it. */
#include "abi/limits.h"
#include "model/callers.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "stacks.h"
#include "unit.h"

#define FUNC 0xffffffff81000000ULL

/* Frames of the tracing itself above the tracepoint; then those of kernel/smp.c. */
#define TRACING "bpf_prog_f8e4_csd_queue [bpf]", "bpf_trace_run4", "__traceiter_csd_queue_cpu"
#define SMP	TRACING, "smp_call_function_many_cond.constprop.0", "on_each_cpu_cond_mask"

static char names[64][64];
static size_t nr_names;

/* Each frame is "NAME", "NAME [MODULE]", or "?" if it has no name. */
static struct symbol frame_of(const char *text)
{
	struct symbol frame = { .addr = FUNC };
	char *name = names[nr_names++ % ARRAY_SIZE(names)], *module;

	if (!strcmp(text, "?"))
		return frame;
	snprintf(name, sizeof(names[0]), "%s", text);
	frame.name = name;
	module = strstr(name, " [");
	if (module) {
		*module = '\0';
		frame.module = module + 2;
		name[strcspn(text, "]")] = '\0';
	}
	return frame;
}

static struct stack_sample call_of(const char *const *frames)
{
	struct stack_sample call = { .tgid = 1 };

	for (; *frames; frames++)
		call.stack[call.nr++] = frame_of(*frames);
	return call;
}

#define CALL(...) call_of((const char *const[]){ __VA_ARGS__, NULL })

static void check_frame(struct stack_sample call, const char *want)
{
	const struct symbol *frame = callers__frame(&call);

	if (!want) {
		assert_null(frame);
		return;
	}
	assert_non_null(frame);
	assert_string_equal(frame->name, want);
}

TEST(the_caller_is_the_first_frame_outside_smp_c)
{
	static const char *const smp[] = {
		"__smp_call_single_queue",
		"__smp_call_function_single",
		"generic_exec_single",
		"smp_call_function",
		"smp_call_function_any",
		"smp_call_function_many",
		"smp_call_function_many_cond",
		"smp_call_function_many_cond.constprop.0",
		"smp_call_function_many_cond.isra.0.cold",
		"smp_call_function_single",
		"smp_call_function_single_async",
		"on_each_cpu_cond_mask",
		"kick_all_cpus_sync",
	};

	check_frame(CALL(TRACING, "generic_exec_single", "bpf_trampoline_6442475990 [bpf]",
			 "smp_call_function_single", "wanted", "not_me"),
		    "wanted");
	for (size_t i = 0; i < ARRAY_SIZE(smp); i++) {
		check_frame(CALL(TRACING, smp[i], "wanted", "not_me"), "wanted");
		check_frame(CALL(TRACING, smp[i], "smp_call_function_single", "wanted"), "wanted");
	}
	check_frame(CALL(SMP, "flush_tlb_mm_range", "zap_pte_range"), "flush_tlb_mm_range");
	/* No frame of smp.c is between the tracing and the caller. */
	check_frame(CALL(TRACING, "membarrier_private_expedited"), "membarrier_private_expedited");
	check_frame(CALL(TRACING, "ttwu_queue_wakelist", "try_to_wake_up"), "ttwu_queue_wakelist");
}

TEST(a_name_that_only_begins_like_smp_c_is_a_caller)
{
	static const char *const others[] = {
		"smp_call_function_x",	  "smp_call_functio", "on_each_cpu",
		"kick_all_cpus_sync_all", "smp_call_on_cpu",
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		check_frame(CALL(SMP, others[i], "not_me"), others[i]);
	/*
	 * A function with a suffix (.part, .isra) is the same function; one with a longer name is
	 * not.
	 */
	check_frame(CALL(SMP, "smp_call_functions.part.0"), "smp_call_functions.part.0");
}

static struct stack_sample parsed(const char *frames)
{
	struct stack_sample call = { .tgid = 1 };
	char text[2048], *at = text, *name;

	assert_true(strlen(frames) < sizeof(text));
	strcpy(text, frames);
	while ((name = strsep(&at, "<")) && call.nr < STACK_DEPTH)
		call.stack[call.nr++] = frame_of(name);
	return call;
}

static void check_reason(struct stack_sample call, const char *want)
{
	struct reason reason = callers__reason(call.stack, call.nr);

	assert_string_equal(reason.name, want);
	assert_true(reason.frame < call.nr || !*want);
}

/* On the way back from an interrupt a task may do work of its own. */
TEST(the_way_back_to_user_mode_is_the_tasks_own)
{
	static const struct {
		const char *frames;
		bool interrupt;
	} known[] = {
		{ "try_to_wake_up<__wake_up_sync_key<do_notify_parent_cldstop<get_signal<"
		  "arch_do_signal_or_restart<irqentry_exit_to_user_mode<asm_sysvec_reschedule_ipi",
		  false },
		{ "try_to_wake_up<get_signal<do_signal<do_notify_resume<el0_interrupt<"
		  "el0t_64_irq_handler<el0t_64_irq",
		  false },
		{ "try_to_wake_up<hrtimer_wakeup<sysvec_apic_timer_interrupt<asm_sysvec_apic_timer_interrupt",
		  true },
		/* The innermost interrupt decides. */
		{ "try_to_wake_up<hrtimer_wakeup<asm_sysvec_apic_timer_interrupt<get_signal<"
		  "irqentry_exit_to_user_mode<asm_sysvec_reschedule_ipi",
		  true },
		{ "try_to_wake_up<futex_wake<do_syscall_64", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct stack_sample call = parsed(known[i].frames);

		assert_int_equal(callers__sent_by_interrupt(&call), known[i].interrupt);
	}
}

#define WAKES \
	"__resched_curr<try_to_wake_up<__wake_up_common<sock_def_readable<tcp_rcv_established<"
#define BACKLOG	 WAKES "__netif_receive_skb_one_core<process_backlog<__napi_poll<net_rx_action<"
#define TCP_SEND "__dev_queue_xmit<ip_finish_output2<tcp_sendmsg<__x64_sys_sendto<do_syscall_64"

/* As a task allows soft interrupts again, it runs the packets that it has sent to this host. */
TEST(packets_to_this_host_are_the_tasks_own)
{
	static const struct {
		const char *frames;
		bool interrupt;
	} known[] = {
		/* lo on 6.18 and 6.1, x86; on arm64; with PREEMPT_RT; before 6.4; tun; veth */
		{ BACKLOG "handle_softirqs<do_softirq.part.0<__local_bh_enable_ip<" TCP_SEND,
		  false },
		{ BACKLOG "__do_softirq<do_softirq<__local_bh_enable_ip<" TCP_SEND, false },
		{ BACKLOG "__do_softirq<____do_softirq<call_on_irq_stack<do_softirq_own_stack<"
			  "do_softirq<__local_bh_enable_ip<__dev_queue_xmit",
		  false },
		{ BACKLOG "handle_softirqs.constprop.0<__local_bh_enable_ip<" TCP_SEND, false },
		{ BACKLOG "__do_softirq<do_softirq<__local_bh_enable_ip<ip_finish_output2<"
			  "__ip_queue_xmit<tcp_sendmsg<__x64_sys_sendto<do_syscall_64",
		  false },
		{ BACKLOG "handle_softirqs<do_softirq.part.0<__local_bh_enable_ip<netif_rx<"
			  "tun_get_user<tun_chr_write_iter<vfs_write<do_syscall_64",
		  false },
		{ WAKES "veth_poll<__napi_poll<net_rx_action<handle_softirqs<do_softirq.part.0<"
			"__local_bh_enable_ip<__dev_queue_xmit",
		  false },
		/* The stack begins where the packets are run. */
		{ "process_backlog<__napi_poll<net_rx_action<handle_softirqs<do_softirq.part.0<"
		  "__local_bh_enable_ip<" TCP_SEND,
		  false },
		/* A packet, a timer and a callback that nobody asked this task for. */
		{ WAKES "virtnet_poll<__napi_poll<net_rx_action<handle_softirqs<do_softirq.part.0<"
			"__local_bh_enable_ip<__dev_queue_xmit",
		  true },
		{ "try_to_wake_up<process_timeout<run_timer_softirq<handle_softirqs<do_softirq<"
		  "__local_bh_enable_ip<release_sock",
		  true },
		{ "try_to_wake_up<rcu_core<handle_softirqs<do_softirq.part.0<__local_bh_enable_ip",
		  true },
		/* Packets of others, by RPS: the task receives, or has yet to send its own packet. */
		{ BACKLOG "handle_softirqs<do_softirq.part.0<__local_bh_enable_ip<lock_sock_nested<"
			  "tcp_recvmsg<__x64_sys_recvfrom<do_syscall_64",
		  true },
		{ BACKLOG "handle_softirqs<do_softirq.part.0<__local_bh_enable_ip<ipt_do_table<"
			  "nf_hook_slow<__ip_local_out<tcp_sendmsg<__x64_sys_sendto<do_syscall_64",
		  true },
		/* The same packets as an interrupt ends, and in ksoftirqd. */
		{ BACKLOG "handle_softirqs<__irq_exit_rcu<sysvec_apic_timer_interrupt<"
			  "asm_sysvec_apic_timer_interrupt<__local_bh_enable_ip<" TCP_SEND,
		  true },
		{ BACKLOG "handle_softirqs<run_ksoftirqd<smpboot_thread_fn<kthread", true },
		/* An interrupt on top of the task's own packets. */
		{ "try_to_wake_up<hrtimer_wakeup<asm_sysvec_apic_timer_interrupt<process_backlog<"
		  "net_rx_action<handle_softirqs<do_softirq.part.0<__local_bh_enable_ip",
		  true },
		/* The stack was cut. */
		{ BACKLOG "handle_softirqs", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct stack_sample call = parsed(known[i].frames);

		assert_int_equal(callers__sent_by_interrupt(&call), known[i].interrupt);
		assert_true(callers__sender(&call) == (known[i].interrupt ? UINT64_MAX : 1));
	}
}

/* RPS puts packets of others into the queue of lo: then only a stack without this queue is proof. */
TEST(a_backlog_that_rps_fills_names_no_task)
{
#define OWN "__do_softirq<do_softirq<__local_bh_enable_ip<" TCP_SEND
	static const struct {
		const char *frames;
		bool interrupt, doubted;
	} known[] = {
		{ BACKLOG OWN, false, true },
		{ WAKES "veth_poll<__napi_poll<net_rx_action<" OWN, false, false },
		{ BACKLOG "handle_softirqs<run_ksoftirqd<smpboot_thread_fn<kthread", true, true },
		{ "try_to_wake_up<futex_wake<do_syscall_64", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct stack_sample call = parsed(known[i].frames);

		assert_int_equal(callers__sent_by_interrupt(&call), known[i].interrupt);
		callers__doubt_backlog(&call);
		assert_int_equal(callers__sent_by_interrupt(&call), known[i].doubted);
		assert_true(callers__sender(&call) == (known[i].doubted ? UINT64_MAX : 1));
	}
}

/* A capture says that an interrupt sent the csd: it has no task to name. */
TEST(a_captures_word_counts_more_than_its_stack)
{
	struct stack_sample call = parsed(BACKLOG OWN);

	call.interrupt = true;
	assert_true(callers__sent_by_interrupt(&call));
}

TEST(real_stacks_have_these_reasons)
{
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++)
		check_reason(parsed(stacks[i].frames), stacks[i].reason);
}

#define DRAINED "try_to_wake_up<kick_pool<__queue_work<queue_work_on<"
#define WRITE \
	"flush_tlb_mm_range<ptep_clear_flush<wp_page_copy<do_wp_page<__handle_mm_fault<handle_mm_fault<"

/* Stacks made from the kernel's sources, of work that the machine of stacks.h did not do. */
static const struct {
	const char *frames, *reason;
} others[] = {
	{ "ttwu_queue_wakelist<try_to_wake_up<autoremove_wake_function<__wake_up_common<"
	  "__wake_up_sync_key<pipe_write<vfs_write<ksys_write",
	  "pipe_write" },
	{ "ttwu_queue_wakelist<try_to_wake_up<kick_pool<__queue_work<mod_delayed_work_on<"
	  "kblockd_mod_delayed_work_on",
	  "mod_delayed_work_on" },
	{ "ttwu_queue_wakelist<try_to_wake_up<kick_pool<__queue_work<queue_work_on<"
	  "tty_flip_buffer_push<uart_write",
	  "tty_flip_buffer_push" },
	{ "arch_tlbbatch_flush<try_to_unmap_flush<migrate_pages_batch<migrate_pages_sync<"
	  "migrate_pages<migrate_misplaced_folio<do_numa_page<__handle_mm_fault",
	  "do_numa_page" },
	{ "flush_tlb_mm_range<change_protection_range<change_prot_numa<task_numa_work<"
	  "task_work_run",
	  "change_prot_numa" },
	{ "flush_tlb_mm_range<pmdp_collapse_flush<collapse_huge_page<"
	  "hpage_collapse_scan_pmd<khugepaged_scan_mm_slot.constprop.0<khugepaged<kthread<"
	  "ret_from_fork",
	  "khugepaged" },
	{ "flush_tlb_mm_range<ptep_clear_flush<write_protect_page<try_to_merge_one_page<"
	  "cmp_and_merge_page<ksm_do_scan<ksm_scan_thread<kthread",
	  "ksm_scan_thread" },
	{ "arch_tlbbatch_flush<try_to_unmap_flush<shrink_folio_list<evict_folios<"
	  "try_to_shrink_lruvec<shrink_one<shrink_node<balance_pgdat<kswapd<kthread",
	  "balance_pgdat" },
#define RECLAIM                                                                                     \
	"arch_tlbbatch_flush<try_to_unmap_flush_dirty<shrink_folio_list<shrink_lruvec<shrink_node<" \
	"do_try_to_free_pages<try_to_free_mem_cgroup_pages<"
	{ RECLAIM "try_charge_memcg<charge_memcg<__mem_cgroup_charge<do_anonymous_page",
	  "try_charge_memcg" },
	{ RECLAIM "reclaim_high<mem_cgroup_handle_over_high<exit_to_user_mode_loop",
	  "reclaim_high" },
	{ RECLAIM "user_proactive_reclaim<memory_reclaim<cgroup_file_write",
	  "user_proactive_reclaim" },
	{ RECLAIM "mem_cgroup_resize_max<mem_cgroup_write<kernfs_fop_write_iter",
	  "mem_cgroup_resize_max" },
	/* A shared page is written: by a fault, which shows nothing more, or by who reaches the memory. */
	{ WRITE "exc_page_fault<asm_exc_page_fault", "do_wp_page" },
	{ WRITE "do_page_fault<do_translation_fault<do_mem_abort<el0_da<el0t_64_sync_handler",
	  "do_wp_page" },
	{ WRITE "exc_page_fault<asm_exc_page_fault<__put_user_8<__rseq_handle_notify_resume",
	  "do_wp_page" },
	{ WRITE
	  "__get_user_pages<get_user_pages_remote<__access_remote_vm<mem_rw<vfs_write<__x64_sys_pwrite64",
	  "mem_rw" },
	{ WRITE "__get_user_pages<populate_vma_page_range<__mm_populate<do_mlock<__x64_sys_mlock",
	  "do_mlock" },
	{ WRITE "__get_user_pages<pin_user_pages_remote<process_vm_rw_core<process_vm_rw",
	  "process_vm_rw_core" },
	{ "arch_tlbbatch_flush<try_to_unmap_flush<migrate_pages_batch<migrate_pages<"
	  "compact_zone<compact_node<kcompactd",
	  "compact_zone" },
	{ "flush_tlb_mm_range<tlb_finish_mmu<unmap_region<do_vmi_align_munmap<do_vmi_munmap<"
	  "__vm_munmap<__arm64_sys_munmap<invoke_syscall<el0_svc_common.constprop.0",
	  "munmap" },
	{ "ttwu_queue_wakelist<try_to_wake_up<wake_up_q<cpu_stop_queue_work<stop_one_cpu<"
	  "affine_move_task<__set_cpus_allowed_ptr<__sched_setaffinity<sched_setaffinity<"
	  "__x64_sys_sched_setaffinity",
	  "sched_setaffinity" },
	{ "ttwu_queue_wakelist<try_to_wake_up<wake_up_q<cpu_stop_queue_work<stop_one_cpu<"
	  "affine_move_task<__set_cpus_allowed_ptr<set_cpus_allowed_ptr<"
	  "cpuset_update_tasks_cpumask<cpuset_write_resmask<cgroup_file_write",
	  "cpuset_update_tasks_cpumask" },
	{ "kick_process<__send_signal_locked<group_send_sig_info<__kill_pgrp_info<kill_pgrp<"
	  "tty_do_resize<tty_ioctl",
	  "tty_do_resize" },
	{ "kick_process<complete_signal<posixtimer_send_sigqueue<posix_timer_fn<"
	  "__hrtimer_run_queues<hrtimer_interrupt<asm_sysvec_apic_timer_interrupt",
	  "posix_timer_fn" },
	{ "kvm_make_vcpus_request_mask [kvm]<kvm_make_all_cpus_request [kvm]<"
	  "kvm_flush_remote_tlbs [kvm]",
	  "kvm_flush_remote_tlbs" },
	/* Kicks of nohz_full CPUs, and memory that a seccomp filter makes read-only. */
	{ "irq_work_queue_on<tick_nohz_dep_set_all<rcu_do_batch<rcu_core<rcu_cpu_kthread",
	  "rcu_do_batch" },
	{ "irq_work_queue_on<wake_up_nohz_cpu<internal_add_timer<add_timer_on<queue_delayed_work_on<"
	  "vmstat_shepherd<process_one_work",
	  "vmstat_shepherd" },
	{ "on_each_cpu_cond_mask<flush_tlb_kernel_range<__purge_vmap_area_lazy<free_work<"
	  "process_one_work",
	  "free_work" },
	{ "on_each_cpu_cond_mask<flush_tlb_kernel_range<cpa_flush<change_page_attr_set_clr<set_memory_ro<"
	  "bpf_int_jit_compile<bpf_prog_select_runtime<do_seccomp<__do_sys_prctl",
	  "bpf_int_jit_compile" },
	{ "on_each_cpu_cond_mask<flush_tlb_kernel_range<pcpu_reclaim_populated<pcpu_balance_workfn",
	  "pcpu_reclaim_populated" },
	/* Reschedules. */
	{ "native_smp_send_reschedule<kick_process<__send_signal_locked<do_send_specific<do_tkill<"
	  "__x64_sys_tgkill<do_syscall_64",
	  "tgkill" },
	{ "resched_curr<update_curr<enqueue_task_fair<activate_task<ttwu_do_activate<try_to_wake_up<"
	  "eventfd_write<vfs_write",
	  "eventfd_write" },
	/*
	 * 6.18 accounts the running task first (update_curr), before it wakes or changes another
	 * one.
	 */
	{ "__resched_curr<update_curr<reweight_entity<enqueue_task_fair<enqueue_task<ttwu_do_activate<"
	  "try_to_wake_up<wake_up_q<futex_wake<do_futex",
	  "futex_wake" },
	{ "__resched_curr<update_curr<reweight_entity<dequeue_entities<dequeue_task_fair<"
	  "sched_change_begin<set_user_nice<set_one_prio<__do_sys_setpriority",
	  "set_user_nice" },
	{ "__resched_curr<update_curr<put_prev_entity<put_prev_task_fair<sched_change_begin<"
	  "__sched_setscheduler<_sched_setscheduler<__x64_sys_sched_setscheduler",
	  "__sched_setscheduler" },
	{ "resched_curr<prio_changed_rt<rt_mutex_setprio<rt_mutex_adjust_prio_chain<"
	  "task_blocks_on_rt_mutex<__rt_mutex_start_proxy_lock<futex_lock_pi<do_futex",
	  "futex_lock_pi" },
	/* PREEMPT_RT. */
	{ "resched_curr<try_to_wake_up<rt_mutex_slowunlock<rt_spin_unlock<fd_install<do_sys_openat2",
	  "fd_install" },
	{ "resched_curr<rt_mutex_setprio<rt_mutex_adjust_prio_chain<task_blocks_on_rt_mutex<"
	  "rtlock_slowlock_locked<rt_spin_lock<alloc_fd<do_sys_openat2",
	  "alloc_fd" },
	/* The kernel tells who waits for an eventfd. */
	{ "resched_curr<try_to_wake_up<__wake_up_locked_key<eventfd_signal_mask<aio_complete_rw",
	  "aio_complete_rw" },
	{ "flush_tlb_mm_range<ptep_clear_flush<try_to_migrate_one<rmap_walk_anon<try_to_migrate<"
	  "unmap_folio<__folio_split<split_huge_pages_write",
	  "split_huge_pages_write" },
	{ "kick_process<__send_signal_locked<do_send_sig_info<kill_pid_info_type<kill_something_info<"
	  "__x64_sys_kill",
	  "kill" },
	{ "flush_tlb_mm_range<move_page_tables<copy_vma_and_data<move_vma<do_mremap<__do_sys_mremap<"
	  "do_syscall_64",
	  "mremap" },
	/* 6.12. */
	{ "flush_tlb_mm_range<ptep_clear_flush<page_vma_mkclean_one<page_mkclean_one<__rmap_walk_file<"
	  "folio_mkclean<folio_clear_dirty_for_io<write_cache_pages<blkdev_writepages",
	  "write_cache_pages" },
	{ "flush_tlb_mm_range<ptep_clear_flush<__replace_page<uprobe_write_opcode<install_breakpoint",
	  "uprobe_write_opcode" },
	/* 6.1, 7.3, and huge pages. */
	{ "flush_tlb_mm_range<tlb_finish_mmu<unmap_region<do_mas_align_munmap<do_mas_munmap<"
	  "__vm_munmap<__x64_sys_munmap<do_syscall_64",
	  "munmap" },
	{ "flush_tlb_mm_range<__zap_vma_range<zap_vma_range_batched<madvise_vma_behavior<"
	  "madvise_do_behavior<do_madvise<__x64_sys_madvise<do_syscall_64",
	  "madvise" },
	{ "flush_tlb_mm_range<tlb_flush_mmu<zap_huge_pmd<unmap_page_range<unmap_vmas<exit_mmap",
	  "exit_mmap" },
	{ "flush_tlb_mm_range<pmdp_invalidate<__split_huge_pmd_locked<__split_huge_pmd<"
	  "vma_adjust_trans_huge<__split_vma<vma_modify<vma_modify_flags<mprotect_fixup<"
	  "do_mprotect_pkey<__x64_sys_mprotect<do_syscall_64",
	  "mprotect" },
	{ "flush_tlb_mm_range<pmdp_huge_clear_flush<split_huge_pmd_locked<__split_huge_pmd<"
	  "change_protection<do_mprotect_pkey<__x64_sys_mprotect<do_syscall_64",
	  "mprotect" },
	{ "flush_tlb_all<__change_page_attr_set_clr<change_page_attr_set_clr<set_pages_array_wb<"
	  "ttm_pool_free_page [ttm]",
	  "ttm_pool_free_page" },
	{ "irq_work_queue_on<tick_nohz_full_kick_cpu<tick_nohz_kick_task<tick_nohz_dep_set_task<"
	  "posix_cpu_timer_set",
	  "posix_cpu_timer_set" },
	{ "__resched_curr<update_curr<reweight_entity<dequeue_entities<dequeue_task_fair<"
	  "__do_set_cpus_allowed<__set_cpus_allowed_ptr_locked<__set_cpus_allowed_ptr<"
	  "__sched_setaffinity<sched_setaffinity<__x64_sys_sched_setaffinity",
	  "sched_setaffinity" },
	{ "flush_tlb_mm_range<zap_page_range_single<unmap_mapping_range_tree<unmap_mapping_pages<"
	  "invalidate_inode_pages2_range<blkdev_direct_write",
	  "invalidate_inode_pages2_range" },
	{ "try_to_wake_up<synchronous_wake_function<__wake_up_common<shmem_fallocate<vfs_fallocate",
	  "shmem_fallocate" },
	{ "complete [ipigen]<vfs_write", "complete" },
	{ "text_poke_bp_batch<text_poke_finish<arch_jump_label_transform_apply<"
	  "static_key_enable_cpuslocked<static_key_enable<tracepoint_add_func",
	  "tracepoint_add_func" },
	{ "__kvmclock_cpufreq_notifier [kvm]<kvmclock_cpufreq_notifier [kvm]<"
	  "srcu_notifier_call_chain<cpufreq_notify_transition<"
	  "cpufreq_freq_transition_begin<__target_index<__cpufreq_driver_target<od_update<"
	  "od_dbs_update<dbs_work_handler<process_one_work",
	  "od_update" },
	{ "kvmclock_cpufreq_notifier [kvm]<notifier_call_chain<cpufreq_notify_transition<"
	  "cpufreq_freq_transition_end<ipifreq_thread [ipifreq]<kthread",
	  "ipifreq_thread" },
	{ "smp_call_function_single<rdmsr_safe_on_cpu<msr_read [msr]<vfs_read", "msr_read" },
	/* Who has CPUs give back pages, or run a work, is who asks, not the function that does so. */
	{ DRAINED "__lru_add_drain_all<lru_add_drain_all<shmem_unuse<try_to_unuse", "shmem_unuse" },
	{ DRAINED "__lru_add_drain_all<lru_cache_disable<do_something_new", "do_something_new" },
	{ DRAINED "__drain_all_pages<drain_all_pages<something_new", "something_new" },
	{ DRAINED "drain_all_stock<memory_max_write<cgroup_file_write", "memory_max_write" },
	{ DRAINED "flush_all_cpus_locked<kmem_cache_shrink<shrink_store", "kmem_cache_shrink" },
	{ DRAINED "schedule_on_each_cpu<rcu_tasks_rude_wait_gp", "rcu_tasks_rude_wait_gp" },
	{ DRAINED "smp_call_on_cpu<lockup_detector_reconfigure", "lockup_detector_reconfigure" },
	{ "smp_call_function_single<rcu_barrier<btrfs_exit_something", "btrfs_exit_something" },
	/* 7.3 */
	{ "kick_process<task_work_add<task_tick_fair<sched_tick_remote<process_one_work",
	  "sched_tick_remote" },
	{ "flush_tlb_mm_range<flush_tlb_batched_pending<madvise_cold_or_pageout_pte_range<"
	  "walk_pgd_range<walk_page_range_vma_unsafe<madvise_pageout<madvise_vma_behavior<"
	  "do_madvise<__x64_sys_madvise",
	  "madvise" },
};

TEST(reasons_of_other_machines)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		check_reason(parsed(others[i].frames), others[i].reason);
}

TEST(a_reason_is_of_the_senders_own)
{
	/*
	 * If all frames are plumbing, the caller is the outermost of them, but no frame of the
	 * interrupted task.
	 */
	check_reason(CALL(SMP, "ttwu_queue_wakelist", "try_to_wake_up", "complete",
			  "asm_sysvec_apic_timer_interrupt", "futex_wake"),
		     "complete");
	check_reason(CALL(SMP, "ttwu_queue_wakelist", "kick_pool", "process_one_work",
			  "worker_thread", "kthread", "ret_from_fork"),
		     "kick_pool");
	check_reason(CALL(SMP, "?", "flush_tlb_mm_range", "?", "bpf_trampoline_1 [bpf]",
			  "__x64_sys_munmap"),
		     "munmap");
	check_reason(CALL(SMP, "flush_tlb_mm_range.part.0", "exit_mmap.isra.0"), "exit_mmap");
	check_reason(CALL(SMP, "asm_sysvec_call_function"), "asm_sysvec_call_function");
	check_reason(CALL("?", "?"), "");
	check_reason(CALL(SMP), "");
	check_reason((struct stack_sample){}, "");
}

static void check_first(struct stack_sample call, uint32_t want)
{
	assert_int_equal(callers__untraced(call.stack, call.nr), want);
}

TEST(tracings_own_frames_come_first)
{
	check_first(CALL(TRACING, "generic_exec_single"), 3);
	check_first(CALL("bpf_prog_1 [bpf]", "__bpf_trace_csd", "trace_call_bpf", "perf_trace_x",
			 "generic_exec_single"),
		    4);
	check_first(CALL("generic_exec_single", "bpf_trace_run4"), 0);
	check_first(CALL("?", "generic_exec_single"), 0);
	/* ipitrace's program has no name under net.core.bpf_jit_harden. */
	check_first(CALL("?", "bpf_trace_run4", "generic_exec_single"), 2);
	check_frame(CALL("?", "bpf_trace_run4", "generic_exec_single", "wanted"), "wanted");
	/* A frame of a BPF program belongs to the tracing, whatever its name is. */
	check_first(CALL("my_subprogram [bpf]", "generic_exec_single"), 1);
	check_first(CALL("my_function [kvm]", "generic_exec_single"), 0);
	check_first(CALL(TRACING), 3);
	check_first((struct stack_sample){}, 0);
	/* Further out than the frames of smp.c, the same names are callers. */
	check_frame(CALL(SMP, "perf_event_enable"), "perf_event_enable");
	check_frame(CALL(SMP, "bpf_trampoline_update"), "bpf_trampoline_update");
}

TEST(frames_without_a_name_are_passed_over)
{
	check_frame(CALL(SMP, "?", "wanted"), "wanted");
	check_frame(CALL("?", "generic_exec_single", "wanted"), "wanted");
	check_frame(CALL("?", "?"), NULL);
}

TEST(there_may_be_no_caller)
{
	check_frame((struct stack_sample){}, NULL);
	check_frame(CALL(TRACING), NULL);
	check_frame(CALL(SMP), NULL);
}

TEST(a_module_of_another_name_is_no_tracing)
{
	struct stack_sample call = CALL(TRACING, "generic_exec_single", "tsc_khz_changed [kvm]");

	check_frame(call, "tsc_khz_changed");
	assert_string_equal(callers__frame(&call)->module, "kvm");
}

TEST(a_full_stack_is_looked_at_to_its_end)
{
	struct stack_sample call = {};

	while (call.nr < STACK_DEPTH)
		call.stack[call.nr++] = frame_of("generic_exec_single");
	check_frame(call, NULL);
	call.stack[STACK_DEPTH - 1] = frame_of("asm_sysvec_call_function");
	check_frame(call, "asm_sysvec_call_function");
	assert_true(callers__sent_by_interrupt(&call));
}

static void check_interrupt(struct stack_sample call, bool want)
{
	assert_int_equal(callers__sent_by_interrupt(&call), want);
}

TEST(an_interrupt_is_recognised_by_its_entry)
{
	static const char *const entries[] = {
		"asm_sysvec_apic_timer_interrupt",
		"asm_sysvec_call_function_single",
		"asm_common_interrupt",
		"asm_exc_nmi",
		"el1h_64_irq_handler",
		"el0t_64_irq",
		"handle_softirqs",
		"__do_softirq",
		"irq_exit_rcu",
		"__irq_exit_rcu",
	};
	static const char *const tasks[] = {
		"entry_SYSCALL_64_after_hwframe",
		"asm_exc_page_fault",
		"ret_from_fork_asm",
		"el0t_64_sync",
		"do_idle",
		"irq_work_queue_on",
		"sysvec_is_no_entry",
	};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		check_interrupt(CALL(SMP, "try_to_wake_up", entries[i], "cpu_idle"), true);
		check_interrupt(CALL(entries[i]), true);
	}
	for (size_t i = 0; i < ARRAY_SIZE(tasks); i++)
		check_interrupt(CALL(SMP, "flush_tlb_mm_range", tasks[i]), false);
	check_interrupt(CALL("?", "?"), false);
	check_interrupt((struct stack_sample){}, false);
}

/* A snapshot of some functions, to which samples are added one by one. */
static struct fn_stats fns[4];
static struct stack_sample calls[32];
static struct snapshot snap;
static struct caller callers[8];
static size_t samples;

static int setup(void **state)
{
	memset(fns, 0, sizeof(fns));
	for (size_t i = 0; i < ARRAY_SIZE(fns); i++) {
		fns[i].func.addr = FUNC + 16 * (i / 2);
		fns[i].callsite.addr = FUNC + i;
	}
	snap = (struct snapshot){ .fns = fns, .nr_fns = ARRAY_SIZE(fns), .samples = calls };
	memset(callers, 0xff, sizeof(callers));
	return 0;
}

static struct stack_sample *take(size_t fn, uint32_t tgid, struct stack_sample call)
{
	struct stack_sample *new = &calls[snap.nr_samples++];

	*new = call;
	new->fn = fn;
	new->tgid = tgid;
	return new;
}

static void check_caller(size_t i, const char *name, size_t want, uint32_t tgid)
{
	if (name)
		assert_string_equal(callers[i].frame->name, name);
	else
		assert_null(callers[i].frame);
	assert_members(callers[i], samples, want, call->tgid, tgid);
}

static size_t of(size_t fn, bool all_rows, size_t max)
{
	return callers__of(&snap, fn, all_rows, callers, max, &samples);
}

TEST(grouped_by_frame_and_process_most_first, setup)
{
	take(0, 7, CALL(SMP, "munmap"));
	for (int i = 0; i < 3; i++)
		take(0, 8, CALL(SMP, "munmap"));
	take(0, 8, CALL(SMP, "mprotect"));
	take(0, 8, CALL("generic_exec_single", "mprotect", "deeper"));
	take(1, 7, CALL(SMP, "munmap"));
	assert_int_equal(of(0, false, 8), 3);
	assert_int_equal(samples, 6);
	check_caller(0, "munmap", 3, 8);
	check_caller(1, "mprotect", 2, 8);
	check_caller(2, "munmap", 1, 7);
	assert_false(callers[0].interrupt);
	/* The caller keeps the latest sample. */
	assert_ptr_equal(callers[0].call, &calls[3]);
}

/* One caller with two reasons has two rows, each with its own samples. */
TEST(grouped_by_reason_too, setup)
{
	take(0, 7, CALL(SMP, "flush_tlb_mm_range", "__x64_sys_munmap"));
	take(0, 7, CALL(SMP, "flush_tlb_mm_range", "dup_mmap"));
	take(0, 7, CALL(SMP, "flush_tlb_mm_range", "tlb_finish_mmu", "__x64_sys_munmap"));
	assert_int_equal(of(0, false, 8), 2);
	check_caller(0, "flush_tlb_mm_range", 2, 7);
	assert_string_equal(callers[0].reason.name, "munmap");
	check_caller(1, "flush_tlb_mm_range", 1, 7);
	assert_string_equal(callers[1].reason.name, "dup_mmap");
}

TEST(what_has_no_caller_is_a_group_too, setup)
{
	take(0, 7, CALL("?", "?"));
	take(0, 7, CALL(SMP));
	take(0, 8, CALL("?"));
	take(0, 7, CALL(SMP, "munmap"));
	assert_int_equal(of(0, false, 8), 3);
	check_caller(0, NULL, 2, 7);
	assert_int_equal(samples, 4);
}

/*
 * The task of an interrupt's sample is only the one it interrupted, so samples of all tasks are one
 * row.
 */
TEST(from_interrupts_the_task_does_not_count, setup)
{
	for (uint32_t tgid = 0; tgid < 4; tgid++)
		take(0, tgid, CALL(SMP, "kick", "asm_sysvec_apic_timer_interrupt"));
	take(0, 2, CALL(SMP, "kick", "entry_SYSCALL_64"));
	take(0, 2, CALL(SMP, "other", "handle_softirqs"));
	assert_int_equal(of(0, false, 8), 3);
	assert_members(callers[0], samples, 4, frame->name, "kick");
	assert_true(callers[0].interrupt);
	for (size_t i = 1; i < 3; i++)
		assert_int_equal(callers[i].samples, 1);
	assert_int_equal(callers[1].interrupt + callers[2].interrupt, 1);
}

TEST(no_more_than_there_is_room_for, setup)
{
	static const char *const who[] = { "a", "b", "c", "d" };

	for (int i = 0; i < 4; i++)
		for (int n = 0; n <= i; n++)
			take(0, 1, CALL(SMP, who[i]));
	assert_int_equal(of(0, false, 2), 2);
	check_caller(0, "d", 4, 1);
	check_caller(1, "c", 3, 1);
	/* All samples count, whether their callers are shown or not. */
	assert_int_equal(samples, 10);
	assert_int_equal(of(0, false, 0), 0);
	assert_int_equal(samples, 10);
}

TEST(all_rows_of_a_function_or_one, setup)
{
	take(0, 1, CALL(SMP, "a"));
	take(1, 1, CALL(SMP, "a"));
	take(1, 1, CALL(SMP, "b"));
	take(2, 1, CALL(SMP, "c"));
	assert_int_equal(of(0, false, 8), 1);
	assert_int_equal(samples, 1);
	assert_int_equal(of(1, true, 8), 2);
	assert_int_equal(samples, 3);
	check_caller(0, "a", 2, 1);
	assert_int_equal(of(3, false, 8), 0);
	assert_int_equal(samples, 0);
	assert_int_equal(of(3, true, 8), 1);
	/* The sum of the others is no function, and has no further rows. */
	fns[1].other = true;
	fns[1].func.addr = fns[0].func.addr;
	assert_int_equal(of(0, true, 8), 1);
	assert_int_equal(samples, 1);
	assert_int_equal(of(1, true, 8), 2);
	assert_int_equal(samples, 2);
}

TEST(without_samples_there_are_no_callers, setup)
{
	snap.samples = NULL;
	assert_int_equal(of(0, true, 8), 0);
	assert_int_equal(samples, 0);
}

/* @queuer: the process that queued the work of the kworker; 0: not known. */
static void take_of_kworker(uint32_t kworker, uint32_t queuer)
{
	struct stack_sample *call = take(0, kworker, CALL(SMP, "netstamp_clear"));

	call->kworker = true;
	call->queued_by.known = queuer;
	call->queued_by.tgid = queuer;
}

/* Returns whether callers[@i] is a kworker's, of a work of @queuer. */
static bool is_for(size_t i, uint32_t queuer)
{
	return callers[i].call->kworker && callers[i].call->queued_by.tgid == queuer;
}

TEST(a_kworker_sends_for_who_queued_its_work, setup)
{
	take_of_kworker(50, 0);
	take_of_kworker(51, 0);
	take_of_kworker(50, 7);
	take_of_kworker(51, 7);
	take(0, 7, CALL(SMP, "netstamp_clear"));
	take(0, 50, CALL(SMP, "netstamp_clear"));
	assert_int_equal(of(0, false, 8), 4);
	/* Both rows have two samples: the row with a known process comes first. */
	assert_true(is_for(0, 7));
	assert_true(is_for(1, 0));
	check_caller(0, "netstamp_clear", 2, 51);
	check_caller(1, "netstamp_clear", 2, 51);
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++)
			assert_int_equal(callers[i].sender == callers[j].sender, i == j);
}

/* An interrupt during a kworker's work was not caused by the process that queued the work. */
TEST(an_interrupt_of_a_kworker_is_an_interrupt, setup)
{
	for (uint32_t queuer = 0; queuer < 3; queuer++) {
		take_of_kworker(50, queuer);
		calls[queuer].interrupt = true;
	}
	assert_int_equal(of(0, false, 8), 1);
	assert_true(callers[0].interrupt);
	assert_int_equal(callers[0].samples, 3);
}

TEST_MAIN(NULL, NULL)
