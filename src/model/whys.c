// SPDX-License-Identifier: GPL-2.0
#include "model/cause.h"

/*
 * The reasons of each signature: identifier, cause, advice, and the frames of the sender's stack
 * that show the reason, of Linux 6.1 to 7.3. The first row that has a matching frame wins. The
 * tables are not complete: without a matching frame the signature's own text says all that is
 * known.
 */

/*
 * The reasons for patching the kernel's text (arch/x86/kernel/alternative.c). A tracepoint switches
 * a static key, too (kernel/tracepoint.c: tracepoint_add_func()), so the rows of tracing come
 * before those of keys.
 */
const struct why whys_of_text[] = {
	/* kernel/livepatch/, which patches by ftrace. */
	{ "livepatch", "live patches of the kernel are switched on or off",
	  "apply live patches once, not in a loop", .via = { "klp_" } },
	/*
	 * kernel/bpf/arraymap.c: a map of programs changes, and the jumps to these programs with
	 * it.
	 */
	{ "tail_calls",
	  "BPF programs are put into, or taken out of, maps for tail calls (prog arrays)",
	  "fill such maps once, not in a loop",
	  .via = { "prog_array_map_poke_run", "bpf_arch_poke_desc_update" } },
	/* kernel/bpf/dispatcher.c */
	{ "xdp", "XDP programs are attached to network devices, detached, or run as a test",
	  "attach once, not in a loop", .via = { "bpf_dispatcher_", "bpf_prog_change_xdp" } },
	{ "tracing", "tracepoints, ftrace, kprobes or BPF programs are attached or detached",
	  "tracing off: echo 0 >/sys/kernel/tracing/events/enable; bpftool link; "
	  "attach once, not in a loop",
	  .via = { "tracepoint_", "ftrace_", "arm_kprobe", "__arm_kprobe", "disarm_kprobe",
		   "disable_kprobe", "enable_kprobe", "register_kprobe", "unregister_kprobe",
		   "__unregister_kprobe", "kprobe_optimizer", "bpf_trampoline_",
		   "bpf_arch_text_poke", "trace_event_reg" } },
	{ "modules", "modules are loaded or unloaded, and their calls and keys are written",
	  "load modules when the machine boots, and once",
	  .via = { "load_module", "free_module", "do_init_module", "__do_sys_init_module",
		   "__do_sys_finit_module", "__do_sys_delete_module", "jump_label_module_notify",
		   "static_call_module_notify" } },
	/* net/core/dev.c: a work, netstamp_clear(), switches the key. */
	{ "timestamps",
	  "the last socket with time stamps is closed, and the next one opened (SO_TIMESTAMP, packet "
	  "sockets); who did it queued a work",
	  "keep one socket with SO_TIMESTAMP open all the time: the first and the last one switch "
	  "the key",
	  .via = { "netstamp_clear", "net_enable_timestamp", "net_disable_timestamp" } },
	/* arch/arm64/net/bpf_jit_comp.c */
	{ "bpf", "BPF programs are loaded, and their code is written",
	  "load programs and seccomp filters once, not in a loop",
	  .via = { "bpf_int_jit_compile", "bpf_jit_", "arch_prepare_bpf_trampoline",
		   "prepare_trampoline" } },
	/* mm/kfence/core.c */
	{ "kfence", "KFENCE lets an allocation through, at each kfence.sample_interval",
	  "boot with kfence.sample_interval=0, or a larger one; a kernel without "
	  "CONFIG_KFENCE_STATIC_KEYS",
	  .via = { "toggle_allocation_gate" } },
	{ "perf", "the first perf event of its kind is opened, or the last one closed",
	  "keep an event open in place of opening one in a loop",
	  .via = { "perf_event_alloc", "account_event", "perf_sched_delayed", "_free_event",
		   "perf_swevent_init", "x86_pmu_", "hw_perf_event_" } },
	/* fs/proc/proc_sysctl.c */
	{ "sysctl", "a sysctl is written that switches a static key",
	  "write it once, not in a loop", .via = { "proc_sys_call_handler" } },
	{ "sysfs", "a file of sysfs, debugfs or a cgroup is written that switches a static key",
	  "write it once, not in a loop",
	  .via = { "kernfs_fop_write_iter", "debugfs_attr_write", "full_proxy_write" } },
	/*
	 * Such a work ends with a jump to the key's function, which leaves no frame:
	 * netstamp_clear() of 6.18.
	 */
	{ "work",
	  "a work switches a static key; the stack does not show whose work it is, or who queued it "
	  "(time stamps of sockets do so, SO_TIMESTAMP)",
	  "echo 1 >/sys/kernel/tracing/events/workqueue/workqueue_execute_start/enable names the "
	  "work; of netstamp_clear: keep one socket with SO_TIMESTAMP open all the time",
	  .via = { "static_key_enable<process_one_work", "static_key_disable<process_one_work",
		   "static_key_slow_inc<process_one_work",
		   "static_key_slow_dec<process_one_work" } },
	{ "static_key", "a static key of the kernel's is switched",
	  "do what switches the key once, not in a loop",
	  .via = { "static_key_", "__static_key_", "jump_label_update", "__jump_label_update" } },
	{},
};

/* The kworkers of a CPU stay on that CPU: only unbound works can be moved. */
#define UNBOUND_ADVICE                                                               \
	"of unbound works: echo MASK >/sys/devices/virtual/workqueue/cpumask keeps " \
	"them on few CPUs"
#define WORK_ADVICE "no system calls on the CPU that queue works; " UNBOUND_ADVICE

/*
 * Why a nohz_full CPU must check its tick: a dependency (tick_nohz_dep_set*()) or a timer
 * (kernel/sched/core.c: wake_up_full_nohz_cpu(), inlined into wake_up_nohz_cpu()).
 */
const struct why whys_of_nohz_kick[] = {
	{ "clocksource_watchdog",
	  "the clocksource watchdog arms its timer on each CPU in turn, nohz_full or not",
	  "boot with tsc=reliable, if the TSC is", .via = { "clocksource_watchdog" } },
	{ "vmstat", "the counters of memory are to be added up there (vmstat_shepherd)",
	  "sysctl vm.stat_interval=86400; no system calls of its task that take or free memory",
	  .via = { "vmstat_shepherd" } },
	/* kernel/rcu/tree.c: rcu_do_batch(), of a thread: tree_nocb.h */
	{ "rcu_thread",
	  "a thread of RCU's (rcuo*) runs callbacks there, and needs the tick meanwhile",
	  "move the threads rcuo*: taskset -cp OTHERS TID", .via = { "rcu_nocb_cb_kthread" } },
	{ "rcu_callbacks", "RCU runs callbacks, and needs the tick meanwhile",
	  "boot with rcu_nocbs=LIST; less that is freed by RCU in a loop",
	  .via = { "rcu_do_batch" } },
	/* kernel/rcu/tree_exp.h, tree.c */
	{ "rcu_expedited", "an expedited grace period waits for the CPU",
	  "boot with rcupdate.rcu_normal=1; fewer system calls on the CPU",
	  .via = { "rcu_exp_wait_wake", "synchronize_rcu_expedited_wait" } },
	{ "rcu_waits", "RCU waits for the CPU, which an interrupt finds in the kernel",
	  "fewer, shorter system calls on the CPU", .via = { "__rcu_irq_enter_check_tick" } },
	{ "hotplug", "a CPU goes offline, and each CPU takes its tick back meanwhile",
	  "take CPUs off less often", .via = { "rcutree_offline_cpu" } },
	{ "posix_timer",
	  "a program sets a POSIX CPU timer, ITIMER_PROF, ITIMER_VIRTUAL or RLIMIT_CPU",
	  "no timer on a CPU clock in the program on that CPU",
	  .via = { "posix_cpu_timer", "arm_timer", "set_process_cpu_timer", "update_rlimit_cpu",
		   "do_setitimer", "thread_group_sample_cputime" } },
	/* kernel/sched/deadline.c: since 6.8. */
	{ "deadline_server",
	  "the scheduler's server for fair tasks starts there as a task wakes (since 6.8)",
	  "echo 0 >/sys/kernel/debug/sched/fair_server/cpuN/runtime",
	  .via = { "dl_server_start", "dl_server_update", "dl_server_apply_params" } },
	{ "perf", "a perf event there needs the tick", "perf -C OTHERS; close profilers",
	  .via = { "perf_event_alloc", "account_event", "perf_install_in_context" } },
	{ "clock", "the clock has become unstable, so each CPU needs its tick",
	  "boot with tsc=reliable, if the TSC is; look for 'Marking TSC unstable' in dmesg",
	  .via = { "clear_sched_clock_stable", "__clear_sched_clock_stable",
		   "mark_tsc_unstable" } },
	{ "device_watchdog", "the watchdog of a network device arms its timer there (dev_watchdog)",
	  "move the device's queues, or its timers' CPU: isolcpus=domain,LIST",
	  .via = { "dev_watchdog" } },
	{ "timer", "a timer is armed there", NO_ADVICE,
	  .via = { "wake_up_nohz_cpu", "add_timer_on", "__mod_timer", "internal_add_timer",
		   "timers_prepare_cpu" } },
	/* kernel/sched/core.c: sched_can_stop_tick(): one such task needs the tick. */
	{ "deadline_task", "a SCHED_DEADLINE task is to run there, which needs the tick",
	  "no such tasks on the CPU (chrt -p shows them)", .via = { "enqueue_task_dl" } },
	{ "work",
	  "a work is queued there, and the tick shares the CPU between its kworker and a task",
	  WORK_ADVICE, .via = { "__queue_work", "kick_pool", "wake_up_worker", "insert_work" } },
	{ "second_task", "a second task is to run there, and the tick shares the CPU",
	  "one runnable task on the CPU: taskset -cp OTHERS the others",
	  .via = { "enqueue_task", "activate_task", "ttwu_do_activate", "wake_up_new_task",
		   "move_queued_task", "attach_task" } },
	{},
};

/*
 * kernel/rcu/tree_exp.h: a kernel thread sends the IPIs for the waiting task, unless that task may
 * send them itself.
 */
const struct why whys_of_expedited[] = {
	{ "thread",
	  "expedited RCU grace periods ask every CPU that is busy; a thread of RCU's sends for who "
	  "waits, and who that is, is not known",
	  "boot with rcupdate.rcu_normal=1 (or echo 1 >/sys/kernel/rcu_normal); ipitrace --stacks "
	  "-f sched_ttwu_pending shows who wakes rcu_exp_gp_kthr",
	  .via = { "wait_rcu_exp_gp", "sync_rcu_do_polled_gp",
		   "sync_rcu_exp_select_node_cpus<process_one_work" } },
	{},
};

/*
 * virt/kvm/kvm_main.c: kvm_make_all_cpus_request(); arch/x86/kvm/. Where the host takes memory from
 * a guest, the frames that called the notifier show why; the first row that fits is the reason.
 */
const struct why whys_of_kvm_requests[] = {
	{ "numa_balancing", "NUMA balancing takes memory from guests, to see who uses it",
	  "sysctl kernel.numa_balancing=0",
	  .via = { "change_prot_numa", "task_numa_work", "do_numa_page", "do_huge_pmd_numa_page",
		   "migrate_misplaced_" } },
	{ "ksm", "KSM merges equal pages of guests",
	  "echo 0 >/sys/kernel/mm/ksm/run; QEMU: -machine mem-merge=off",
	  .via = { "ksm_scan_thread", "ksm_do_scan" } },
	{ "khugepaged", "pages of guests are put together to huge ones",
	  "huge pages for guests from the start (hugetlbfs)",
	  .via = { "khugepaged", "collapse_huge_page", "madvise_collapse" } },
	{ "reclaim", "the host reclaims memory of guests",
	  "more memory, or smaller guests; memory.min for them",
	  .via = { "shrink_node", "balance_pgdat", "try_to_free_pages",
		   "try_to_free_mem_cgroup_pages", "shrink_folio_list" } },
	{ "compaction", "the host compacts memory, and moves pages of guests",
	  "huge pages for guests, reserved at boot; sysctl vm.compaction_proactiveness=0",
	  .via = { "compact_zone", "__compact_zone", "try_to_compact_pages", "kcompactd",
		   "compact_node", "alloc_contig_" } },
	{ "given_back",
	  "a program calls madvise(2) or fallocate(2) for memory of a guest, as QEMU does for its "
	  "balloon",
	  "no balloon and no free-page-reporting where QEMU does it for these",
	  .via = { "do_madvise", "madvise_", "vector_madvise", "vfs_fallocate" } },
	{ "memory", "the host takes memory from guests, or checks whether they use it", NO_ADVICE,
	  .via = { "kvm_mmu_notifier_" } },
	{ "dirty_log", "pages that a guest writes are recorded, as for its live migration",
	  "migrate guests less often; a larger interval of what asks for the dirty pages",
	  .via = { "kvm_vm_ioctl_get_dirty_log", "kvm_vm_ioctl_clear_dirty_log",
		   "kvm_get_dirty_log_protect", "kvm_clear_dirty_log_protect",
		   "kvm_arch_sync_dirty_log", "kvm_arch_mmu_enable_log_dirty_",
		   "kvm_mmu_slot_apply_flags", "kvm_dirty_ring_" } },
	{ "slots", "the memory layout of a guest changes (its devices' memory, PCI BARs)",
	  NO_ADVICE,
	  .via = { "kvm_set_memory_region", "__kvm_set_memory_region", "kvm_set_memslot",
		   "kvm_mmu_zap_all_fast" } },
	{ "clock", "the clocks of a guest are set up anew (kvmclock, the TSC)",
	  "a clocksource of the host that stays tsc; a CPU with an invariant TSC",
	  .via = { "kvm_gen_update_masterclock", "kvm_start_pvclock_update",
		   "kvm_make_mclock_inprogress_request", "pvclock_gtod_update_fn",
		   "pvclock_update_vm_gtod_copy", "kvm_update_masterclock" } },
	{ "huge_pages", "small pages of guests become huge ones again (nx_huge_pages)",
	  "a longer kvm.nx_huge_pages_recovery_period_ms",
	  .via = { "kvm_nx_huge_page_recovery_worker", "kvm_recover_nx_huge_pages" } },
	{},
};

/* arch/x86/lib/cache-smp.c: the callers of wbinvd_on_all_cpus() and of wbinvd_on_cpus_mask(). */
const struct why whys_of_wbinvd[] = {
	{ "encrypted_guests", "encrypted guests (SEV) start, end or give memory back",
	  "start and stop such guests less often", .via = { "sev_", "__sev_", "snp_" } },
	/* arch/x86/kvm/x86.c; before 6.17 the function is KVM's own: kvm_wbinvd. */
	{ "guests", "guests with devices of the host write back all caches (WBINVD)",
	  "a guest driver that maps write-combined memory in place of WBINVD",
	  .via = { "kvm_emulate_wbinvd", "kvm_arch_vcpu_load" } },
	{ "graphics", "a graphics driver writes its buffers out of the caches", "a newer driver",
	  .via = { "drm_clflush_", "i915_", "agp_" } },
	{ "memory_devices", "memory of CXL or of persistent memory devices is set up or wiped",
	  "set such memory up once",
	  .via = { "cpu_cache_invalidate_memregion", "cxl_", "nvdimm_", "intel_security_" } },
	{},
};

/* kernel/bpf/memalloc.c */
const struct why whys_of_bpf_deferred[] = {
	{ "memory",
	  "elements of BPF maps that are not preallocated are made and freed, by programs or by bpf(2), "
	  "and their memory is fetched or given back",
	  "preallocated maps, without BPF_F_NO_PREALLOC; larger batches of bpf(2)",
	  .via = { "unit_alloc", "unit_free" } },
	{},
};

/* net/core/dev.c, skbuff.c */
const struct why whys_of_rps[] = {
	{ "steered", "received packets are handed to other CPUs (RPS)",
	  "echo 0 >/sys/class/net/DEV/queues/rx-N/rps_cpus; RSS with more queues",
	  .via = { "net_rps_" } },
	{ "freed", "buffers of packets are given back to the CPUs that received them",
	  "sysctl net.core.skb_defer_max=0; readers on the CPUs that receive their packets",
	  .via = { "skb_attempt_defer_free", "kick_defer_list_purge" } },
	{},
};

/* kernel/rcu/tree.c */
const struct why whys_of_rcu_barrier[] = {
	{ "modules", "modules are loaded or unloaded",
	  "load modules when the machine boots, and once",
	  .via = { "load_module", "free_module", "__do_sys_delete_module", "do_init_module" } },
	{ "netns", "network namespaces end, in a work", "fewer short-lived containers",
	  .via = { "cleanup_net", "default_device_exit_batch" } },
	/* net/core/dev.c */
	{ "devices", "network devices are removed", "remove them less often, or many at once",
	  .via = { "netdev_run_todo" } },
	{ "unmount", "file systems are unmounted", "unmount less often",
	  .via = { "deactivate_", "kill_block_super", "generic_shutdown_super",
		   "kill_anon_super" } },
	{ "caches", "slab caches are removed", NO_ADVICE,
	  .via = { "kmem_cache_destroy", "kmem_cache_shutdown" } },
	{},
};

/*
 * kernel/trace/bpf_trace.c: bpf_perf_event_output(); raw tracepoints and skbs have functions of
 * their own.
 */
const struct why whys_of_perf_samples[] = {
	{ "bpf",
	  "BPF programs write records to perf buffers, and wake who reads them (bpftrace, bcc)",
	  "fewer records: filter and add up in the BPF program",
	  .via = { "bpf_perf_event_output", "bpf_event_output", "bpf_skb_event_output",
		   "bpf_xdp_event_output" } },
	{},
};

/* kernel/trace/ring_buffer.c: rb_wakeups() of a committed record. */
const struct why whys_of_ftrace[] = {
	{ "records",
	  "records are written to ftrace's buffers, and wake who reads them (trace_pipe, trace-cmd)",
	  "fewer records: filters of events, fewer trace_marker writes; read without waiting, or later",
	  .via = { "ring_buffer_unlock_commit", "__trace_buffer_unlock_commit", "rb_wakeups" } },
	{},
};

/* kernel/events/core.c: remote_function() runs perf's function on the event's CPU. */
const struct why whys_of_perf[] = {
	{ "hotplug", "CPUs go offline or come online, and their perf events move or end",
	  "take CPUs off and on less often",
	  .via = { "perf_pmu_migrate_context", "perf_event_exit_cpu", "perf_event_init_cpu" } },
	{ "read", "perf events of other CPUs are read",
	  "read less often (perf stat -I), or each on its own CPU",
	  .via = { "perf_read", "perf_event_read" } },
	{ "switch", "perf events of other CPUs are switched on, off or changed",
	  "switch them once (perf -D, PERF_EVENT_IOC_ENABLE), not in a loop",
	  .via = { "perf_ioctl", "_perf_ioctl", "perf_event_enable", "perf_event_disable",
		   "_perf_event_enable", "_perf_event_disable", "perf_event_task_enable",
		   "perf_event_task_disable", "perf_event_period", "perf_event_modify_attr" } },
	{ "interval",
	  "the interval is set at which perf events take turns (perf_event_mux_interval_ms)",
	  "set it once", .via = { "perf_event_mux_interval_ms_store" },
	  .isolated = "set it before the CPU must be quiet, and once" },
	{ "cgroup",
	  "tasks that run move between cgroups, and perf asks their CPUs, whether events watch the "
	  "cgroups or not",
	  "move a task once, when it starts", .via = { "perf_cgroup_attach" },
	  .isolated = "move the program to its cgroup before the CPU must be quiet, and once" },
	{ "open", "perf events of other CPUs are opened and closed", "keep events open",
	  .via = { "__do_sys_perf_event_open", "__x64_sys_perf_event_open",
		   "__arm64_sys_perf_event_open", "perf_install_in_context", "perf_release",
		   "perf_event_release_kernel", "perf_remove_from_context",
		   "perf_event_create_kernel_counter" } },
	{},
};

/*
 * mm/page_alloc.c: drain_all_pages(); mm/swap.c: lru_add_drain_all(). Both queue a work for each
 * CPU.
 */
const struct why whys_of_drain[] = {
	{ "offline", "memory is taken offline", "take memory offline less often",
	  .via = { "offline_pages", "__offline_pages" } },
	{ "memory_failure", "memory has failed, and its pages are looked for",
	  "see dmesg for memory errors",
	  .via = { "memory_failure", "soft_offline", "hwpoison_user_mappings", "get_hwpoison_page",
		   "__page_handle_poison" } },
	{ "contiguous",
	  "a large range of memory is made free (CMA, huge pages of 1 GiB, virtio-mem)",
	  "reserve huge pages when the machine boots",
	  .via = { "alloc_contig_", "__alloc_contig", "cma_alloc", "__cma_alloc" } },
	{ "compaction_asked",
	  "somebody has memory compacted: vm.compact_memory, /sys/devices/system/node/nodeN/compact",
	  "write these files less often (the sender)",
	  .via = { "sysctl_compaction_handler", "compact_store" } },
	{ "compaction", "memory is compacted, by the kernel itself",
	  "sysctl vm.compaction_proactiveness=0; reserve huge pages when the machine boots",
	  .via = { "compact_zone", "__compact_zone", "try_to_compact_pages", "compact_node",
		   "kcompactd" } },
	{ "damon", "DAMON puts small pages together to huge ones, as its schemes say",
	  "give the scheme a smaller quota, or stop it: "
	  "/sys/kernel/mm/damon/admin/kdamonds/N/contexts/0/schemes",
	  .via = { "damon_", "damos_", "kdamond_" } },
	/* mm/khugepaged.c: madvise_collapse() drains once, whatever the length of the range. */
	{ "collapse_asked", "a program asks for huge pages at once: MADV_COLLAPSE",
	  "let the sender make one call for a large range in place of many for small ones",
	  .via = { "madvise_collapse" } },
	{ "khugepaged", "khugepaged puts small pages together to huge ones",
	  "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled", .via = { "khugepaged" } },
	/* kernel/cgroup/cpuset.c: cpuset_migrate_mm_workfn() */
	{ "cpuset",
	  "pages are to be moved to the memory nodes of a cpuset, in a work; the stack does not show "
	  "who set cpuset.mems, or moved a task",
	  "set cpuset.mems before tasks join the cpuset, and once",
	  .via = { "cpuset_migrate_mm" } },
	{ "move_pages", "pages are to be moved: move_pages(2), migrate_pages(2), mbind(2)",
	  "move more pages with each call",
	  .via = { "kernel_move_pages", "do_pages_move", "do_mbind", "do_migrate_pages" } },
	{ "ksm", "KSM looks for equal pages",
	  "echo 0 >/sys/kernel/mm/ksm/run; a larger /sys/kernel/mm/ksm/sleep_millisecs",
	  .via = { "ksm_scan_thread" } },
	/* mm/gup.c */
	{ "pinned", "pages are pinned for long, as RDMA, VFIO and io_uring's fixed buffers do",
	  "pin memory once, and use it again",
	  .via = { "collect_longterm_unpinnable_folios", "__gup_longterm_locked",
		   "lru_cache_drain_for_folio" } },
	/* mm/memcontrol.c: drain_all_stock() */
	{ "cgroup", "a cgroup is at its memory.high or memory.max",
	  "a larger memory.high or memory.max of that cgroup, or less use of memory in it",
	  .via = { "try_charge", "reclaim_high" } },
	{ "cgroup_set", "a limit of a cgroup is set, or memory.reclaim is written",
	  "stop who writes memory.reclaim, memory.high or memory.max (the sender), or do it in "
	  "smaller steps",
	  .via = { "memory_high_write", "memory_max_write", "mem_cgroup_resize_max",
		   "mem_cgroup_force_empty", "memory_reclaim", "user_proactive_reclaim" } },
	{ "cgroup_gone", "a cgroup is removed, in a work; the stack does not show who removed it",
	  "fewer short-lived containers", .via = { "mem_cgroup_css_offline" } },
	{ "shortage", "an allocation finds no memory, though memory was reclaimed for it",
	  "more memory, or less use of it",
	  .via = { "__alloc_pages_slowpath", "__alloc_pages_direct_reclaim" } },
	{ "fadvise", "a program drops pages of files with posix_fadvise(2)",
	  "POSIX_FADV_DONTNEED for larger parts, less often", .via = { "generic_fadvise" } },
	{ "memfd", "a program seals a memfd against writing", "seal it once", .via = { "memfd_" } },
	{ "cache_dropped", "somebody drops the page cache: vm.drop_caches",
	  "write it less often (the sender)", .via = { "drop_caches_sysctl_handler" } },
	{ "block_device",
	  "block devices are closed, flushed or unmounted, and their cached pages are dropped",
	  "stop what opens and closes them in a loop (blkid, udev rules, BLKFLSBUF, mounts)",
	  .via = { "invalidate_bdev", "bdev_mark_dead" } },
	/* mm/slub.c: since 5.15 */
	{ "slab",
	  "a slab cache is shrunk or removed, and every CPU gives its part back (since 5.15)",
	  NO_ADVICE, .via = { "flush_all_cpus_locked" } },
	{},
};

/*
 * fs/buffer.c: invalidate_bh_lrus(). mm/migrate.c calls it for a page whose buffers a CPU still
 * holds (buffer_migrate_folio_norefs()); block/bdev.c, as a device loses its cached pages.
 */
const struct why whys_of_buffers[] = {
	{ "compaction_asked",
	  "somebody has memory compacted (vm.compact_memory), and CPUs hold buffers of pages that are "
	  "to be moved",
	  "write it less often (the sender)",
	  .via = { "sysctl_compaction_handler", "compact_store" } },
	{ "compaction", "memory is compacted, and CPUs hold buffers of pages that are to be moved",
	  "sysctl vm.compaction_proactiveness=0; reserve huge pages when the machine boots",
	  .via = { "compact_zone", "__compact_zone", "try_to_compact_pages", "compact_node",
		   "kcompactd" } },
	{ "contiguous",
	  "a large range of memory is made free (CMA, huge pages of 1 GiB, virtio-mem), and CPUs "
	  "hold buffers of its pages",
	  "reserve huge pages when the machine boots",
	  .via = { "alloc_contig_", "__alloc_contig", "cma_alloc", "__cma_alloc" } },
	{ "offline", "memory is taken offline, and CPUs hold buffers of its pages",
	  "take memory offline less often", .via = { "offline_pages", "__offline_pages" } },
	{ "cpuset",
	  "pages are to be moved to the memory nodes of a cpuset, in a work, and CPUs hold their "
	  "buffers",
	  "set cpuset.mems before tasks join the cpuset, and once",
	  .via = { "cpuset_migrate_mm" } },
	{ "move_pages",
	  "pages are to be moved, and CPUs hold their buffers: move_pages(2), migrate_pages(2), "
	  "mbind(2)",
	  "move more pages with each call",
	  .via = { "do_pages_move", "do_mbind", "do_migrate_pages", "migrate_to_node" } },
	{ "block_device",
	  "block devices are closed, flushed or unmounted, and every CPU drops its buffers",
	  "stop what opens and closes them in a loop (blkid, udev rules, BLKFLSBUF, mounts)",
	  .via = { "invalidate_bdev", "kill_bdev", "blkdev_", "bdev_release", "fsync_bdev",
		   "set_blocksize" } },
	{},
};

/* io_uring/: io-wq.c has the worker threads, sqpoll.c the thread that submits. */
const struct why whys_of_io_uring[] = {
	{ "ended", "io_uring tells tasks on other CPUs that requests have ended",
	  "IORING_SETUP_SINGLE_ISSUER with DEFER_TASKRUN or COOP_TASKRUN; submit from the task that waits",
	  .via = { "__io_req_task_work_add", "io_req_normal_work_add", "io_req_local_work_add",
		   "task_work_add<io_", "io_poll_wake", "io_async_wake", "io_timeout_fn",
		   "io_eventfd_", "__wake_up<io_cq", "__wake_up<__io_cq",
		   "__wake_up<__io_submit_flush_completions" } },
	{ "workers", "io_uring hands requests that would wait to its worker threads (iou-wrk-*)",
	  "no IOSQE_ASYNC; files and sockets that can be polled; fewer workers "
	  "(IORING_REGISTER_IOWQ_MAX_WORKERS)",
	  .via = { "io_wq_enqueue", "io_wq_hash_wake", "io_wq_worker_running",
		   "io_wq_worker_sleeping", "io_acct", "create_io_worker" } },
	{ "sqpoll", "a program wakes io_uring's thread that submits for it (IORING_SETUP_SQPOLL)",
	  "a larger sq_thread_idle; or no SQPOLL",
	  .via = { "__wake_up<__do_sys_io_uring_enter", "__wake_up<__x64_sys_io_uring_enter" } },
	{},
};

/*
 * The callers of rdmsr_on_cpu() and its kin: arch/x86/kernel/msr.c, drivers/hwmon/coretemp.c,
 * drivers/cpufreq/.
 */
const struct why whys_of_msr[] = {
	{ "device", "/dev/cpu/N/msr is read or written (turbostat, rdmsr, wrmsr)",
	  "a longer interval in the sender; run it on the CPU that it reads: taskset -c CPU",
	  .via = { "msr_read", "msr_write", "msr_ioctl" },
	  .isolated = "turbostat --cpu OTHERS, or a sender that leaves this CPU out" },
	{ "temperature", "the temperature of other CPUs is read (hwmon: coretemp)",
	  "a longer interval in what reads temperatures (sensors, monitoring)",
	  .via = { "show_temp", "show_crit_alarm", "show_ttarget", "show_tjmax", "coretemp_" } },
	{ "frequency", "the frequency of other CPUs, or how it is chosen, is read or set",
	  "set it once; a longer interval in what reads it",
	  .via = { "intel_pstate_", "intel_cpufreq_", "amd_pstate_", "cpufreq_",
		   "store_energy_performance_", "energy_perf_bias_" } },
	{},
};

/* The callers of stop_machine() and stop_machine_cpuslocked(). */
const struct why whys_of_stop_machine[] = {
	{ "hotplug", "CPUs go offline, and all CPUs are stopped for each of them",
	  "take CPUs off less often", .via = { "takedown_cpu", "take_cpu_down", "_cpu_down" } },
	{ "microcode", "the CPUs' microcode is updated", "load microcode when the machine boots",
	  .via = { "load_late_", "microcode_", "reload_store" } },
	{ "mtrr", "the CPUs' memory types (MTRR) are changed", "set them once",
	  .via = { "mtrr_", "set_mtrr" } },
	{ "clocksource", "the machine gets another clocksource",
	  "set /sys/devices/system/clocksource/clocksource0/current_clocksource once; see dmesg for clocks "
	  "that are unstable",
	  .via = { "timekeeping_notify", "clocksource_" } },
	{ "text", "code of the kernel is patched", "do what has it patched once, not in a loop",
	  .via = { "aarch64_insn_patch_text", "patch_text", "arch_arm_kprobe", "kprobe_" } },
	{},
};

#define HELPER_ADVICE                                                                             \
	"echo 1 >/sys/kernel/tracing/events/module/module_request/enable shows the modules that " \
	"are asked for"

#define OOM_ADVICE "more memory, or a larger memory.max; see dmesg for what was killed"

/* kernel/signal.c */
const struct why whys_of_signal[] = {
	/* kernel/umh.c */
	{ "helper",
	  "programs that the kernel started have ended: modprobe, where somebody asks for a module, "
	  "and those of core_pattern or uevent_helper",
	  HELPER_ADVICE, .via = { "call_usermodehelper_" }, .isolated = HELPER_ADVICE },
	{ "stopped",
	  "a task that stops, goes on or ends tells its parent, its tracer, or who polls its pidfd",
	  "stop tasks less often (SIGSTOP, job control, strace, gdb); fewer short-lived children",
	  .via = { "do_notify_parent_cldstop", "do_notify_parent" },
	  .isolated =
		  "the program here waits for the sender, or traces it: wait in a process on another CPU" },
	{ "exit", "a program of several threads ends or starts another, and ends its other threads",
	  "fewer short-lived programs with threads",
	  .via = { "zap_other_threads", "zap_process", "de_thread", "kick_process<vfs_coredump",
		   "kick_process<do_coredump", "signal_wake_up_state<vfs_coredump",
		   "signal_wake_up_state<do_coredump", "try_to_wake_up<vfs_coredump",
		   "try_to_wake_up<do_coredump" },
	  .isolated =
		  "end threads one by one; no program here that ends while the CPU must be quiet" },
	/* mm/oom_kill.c */
	{ "oom", "a program is killed because memory is short, of the machine or of a cgroup (OOM)",
	  OOM_ADVICE, .via = { "__oom_kill_process", "oom_kill_process" }, .isolated = OOM_ADVICE },
	/* kernel/time/posix-cpu-timers.c: the tick of any thread of the program finds it due. */
	{ "cpu_timer",
	  "a timer on the CPU time of a program runs out (ITIMER_PROF, ITIMER_VIRTUAL, "
	  "timer_create(2), RLIMIT_CPU), and a thread of the program gets its signal",
	  "a lower rate of the profiler that set it",
	  .via = { "check_cpu_itimer", "check_process_timers", "check_thread_timers",
		   "cpu_timer_fire", "handle_posix_cpu_timers", "posix_cpu_timers_work",
		   "run_posix_cpu_timers" },
	  .isolated = "no profiler in the program; or block the signal in the thread here" },
	/* include/linux/signalfd.h: signalfd_notify(), always inlined, wakes this one queue. */
	{ "signalfd", "signals wake a task that reads or polls them by signalfd(2)",
	  "fewer signals (the sender); the reader and the sender on one CPU: taskset -c CPU",
	  .via = { "__wake_up<__send_signal" },
	  .isolated = "the task that reads the signals may run elsewhere: taskset -cp OTHERS TID" },
	{},
};

/* kernel/sched/core.c: sched_tick_remote(), of each nohz_full CPU. */
const struct why whys_of_task_work[] = {
	{ "remote_tick",
	  "another CPU does the tick of a nohz_full CPU, once a second, and leaves work of the "
	  "scheduler for the task there",
	  NO_ADVICE, .via = { "sched_tick_remote" } },
	{},
};

/* kernel/sched/core.c, smp.c: idle CPUs are woken so that they check for new work. */
const struct why whys_of_idle[] = {
	{ "timer", "a timer is armed on a CPU that is idle, and it must see when it is due",
	  NO_ADVICE,
	  .via = { "wake_up_nohz_cpu", "add_timer_on", "__mod_timer", "internal_add_timer" } },
	{ "latency", "a limit of the wake-up latency changes (/dev/cpu_dma_latency)",
	  "open /dev/cpu_dma_latency once, not in a loop", .via = { "cpu_latency_qos_" } },
	{},
};

/* The class of the running task decides on preemption: kernel/sched/fair.c, rt.c, deadline.c. */
const struct why whys_of_wakeups[] = {
	{ "preemption", "tasks are woken and take a CPU from the task that runs there",
	  "fewer tasks for each CPU, or other priorities (chrt, nice); SCHED_BATCH for tasks that "
	  "may wait",
	  .via = { "check_preempt_wakeup", "wakeup_preempt_fair", "wakeup_preempt_rt",
		   "wakeup_preempt_dl", "check_preempt_curr_rt", "check_preempt_curr_dl",
		   "check_preempt_equal_" } },
	/* kernel/umh.c */
	{ "helper",
	  "the kernel starts programs: modprobe, where somebody asks for a module, and those of "
	  "core_pattern or uevent_helper",
	  HELPER_ADVICE, .via = { "call_usermodehelper_" } },
	/* kernel/kthread.c */
	{ "kthread", "threads of the kernel are made, and wake, or are woken by, who makes them",
	  NO_ADVICE, .via = { "complete<kthread", "__kthread_create_on_node" } },
	{ "new_task", "new tasks start on other CPUs", "fewer short-lived threads and programs",
	  .via = { "wake_up_new_task" } },
	/*
	 * kernel/fork.c: mm_release() wakes the futex that the C library has a thread's end clear.
	 */
	{ "thread_ended", "threads end, and wake who joins them (pthread_join)",
	  "threads that stay (a pool), in place of short-lived ones",
	  .via = { "do_futex<mm_release" } },
	/* kernel/fork.c: mm_release() calls complete_vfork_done(), which compilers inline. */
	{ "vfork",
	  "programs have started after vfork or posix_spawn, or have ended, and their parents go on",
	  "fewer short-lived programs",
	  .via = { "complete_vfork_done", "mm_release", "exec_mm_release" } },
	/* kernel/events/core.c: perf_pending_irq(), perf_event_wakeup() */
	{ "perf", "perf events wake who reads their samples",
	  "a lower sampling rate (perf record -F); fewer wake-ups: perf record --mmap-pages, "
	  "watermark; of BPF programs (bpftrace, bcc): fewer records",
	  .via = { "perf_event_wakeup", "perf_pending_" } },
	/* kernel/time/timer_migration.c: a CPU that did not arm the timers runs them. */
	{ "remote_timer",
	  "timers of CPUs that idle run out on another CPU, and wake tasks; where they were armed is "
	  "not known",
	  "longer timeouts in the tasks that are woken",
	  .via = { "timer_expire_remote", "tmigr_" } },
	{ "timer", "tasks that sleep are woken by their timers: nanosleep, poll, futex, select",
	  "longer sleeps, or more slack: prctl(PR_SET_TIMERSLACK)", .via = { "hrtimer_wakeup" } },
	/*
	 * kernel/time/timer.c: schedule_timeout(). Its process_timeout() may end with a jump to
	 * wake_up_process(), which leaves no frame: 6.12.
	 */
	{ "timeout", "programs or threads of the kernel that wait with a timeout are woken by it",
	  "longer timeouts in the tasks that are woken",
	  .via = { "process_timeout", "try_to_wake_up<call_timer_fn",
		   "wake_up_process<call_timer_fn" } },
	{ "block", "block requests end, and wake who waits for them",
	  "fewer, larger requests; their interrupts near the submitters: /proc/irq/N/smp_affinity",
	  .via = { "blk_update_request", "blk_mq_end_request", "blk_done_softirq", "wbt_done",
		   "bio_endio" } },
	/* net/core/dev.c: the queue of packets from netif_rx() and from RPS. */
	{ "backlog",
	  "packets that this host sends to itself (lo, veth), or that RPS hands over, arrive and wake "
	  "who waits for them",
	  "fewer, larger packets; on one host: unix sockets in place of TCP and UDP, and tasks that talk "
	  "to each other on CPUs that share a cache: taskset -c LIST",
	  .via = { "process_backlog" } },
	{ "network", "packets arrive, or have been sent, and wake who waits for that",
	  "fewer, larger packets; busy polling (SO_BUSY_POLL); RSS near the readers",
	  .via = { "net_rx_action", "napi_", "__napi_poll" } },
	{ "each_cpu", "works are queued to CPUs that must run them, and wake kworkers there",
	  NO_ADVICE,
	  .via = { "schedule_on_each_cpu", "smp_call_on_cpu", "work_on_cpu", "ring_buffer_resize",
		   "flush_all_backlogs" },
	  .isolated = NO_ADVICE },
	{ "work", "works are queued, and wake kworkers", UNBOUND_ADVICE,
	  .via = { "__queue_work", "kick_pool", "wake_up_worker", "insert_work",
		   "kthread_insert_work" },
	  .isolated = WORK_ADVICE },
	/*
	 * A work may end with a jump to complete(), which leaves no frame of the work:
	 * wq_barrier_func() of kernel/workqueue.c does.
	 */
	{ "work_ended",
	  "works have ended, and who waits for them is woken (flush_work, completions)",
	  "echo 1 >/sys/kernel/tracing/events/workqueue/workqueue_queue_work/enable shows who queues "
	  "the works",
	  .via = { "wq_barrier_func", "complete<process_one_work",
		   "complete<pwq_dec_nr_in_flight" } },
	/* A function of a csd may end with a jump to complete(), too: cpuid_smp_cpuid() of 6.18. */
	{ "call_ended",
	  "functions that other CPUs called have run, and who waits for them is woken",
	  "fewer such calls: ipitrace storm names the functions",
	  .via = { "complete<__flush_smp_call_function_queue",
		   "complete<flush_smp_call_function_queue" } },
	{ "rcu",
	  "callbacks and threads of RCU wake tasks, such as those that wait for a grace period "
	  "(synchronize_rcu)",
	  "fewer actions that wait for RCU: modules, mounts, network devices, tracing",
	  .via = { "wakeme_after_rcu", "rcu_do_batch", "rcu_exp_wait_wake", "rcu_exp_sel_wait_wake",
		   "rcu_gp_cleanup", "rcu_sr_normal_" } },
	/* mm/migrate.c, vmscan.c: folio_unlock(), of pages that tasks use meanwhile */
	{ "moved", "pages are moved in memory, and tasks that use them meanwhile are woken",
	  "let the sender move fewer pages, or pages that nobody uses",
	  .via = { "folio_wake_bit<migrate_", "folio_unlock<migrate_", "migrate_folio_move",
		   "migrate_folio_unmap" } },
	{ "reclaimed", "pages are reclaimed, and tasks that use them meanwhile are woken",
	  "let the sender reclaim fewer pages, or pages that nobody uses",
	  .via = { "folio_wake_bit<shrink_folio_list", "folio_unlock<shrink_folio_list",
		   "folio_wake_bit<shrink_page_list", "unlock_page<shrink_page_list" } },
	/* kernel/locking/, mm/filemap.c: the holder's frames say what the lock is for. */
	{ "lock", "locks of the kernel or pages are let go, and tasks that wait for them are woken",
	  "fewer threads that need it at once (of a program's memory: "
	  "fewer mmap, munmap, page faults)",
	  .via = { "rwsem_wake", "rwsem_mark_wake", "up_read", "up_write", "__up_read",
		   "__up_write", "mutex_unlock", "__mutex_unlock", "percpu_up_write",
		   "__percpu_up_read", "rt_mutex_unlock", "folio_wake_bit", "folio_unlock",
		   "unlock_buffer" } },
	/* kernel/futex/pi.c, fs/locks.c */
	{ "program_lock",
	  "locks of programs are let go (mutexes with priority inheritance, flock(2), fcntl(2)), and "
	  "tasks that wait for them are woken",
	  "fewer tasks that need the lock at once; hold it for less time",
	  .via = { "futex_unlock_pi", "__locks_wake_up_blocks", "locks_wake_up_blocks" } },
	/* fs/fuse/virtio_fs.c */
	{ "virtiofs",
	  "the host answers requests of this guest to a file system that it shares (virtiofs)",
	  "fewer requests: virtiofsd --cache=always, if only this guest changes the files",
	  .via = { "virtio_fs_" } },
	/* fs/fuse/dev.c, dev_uring.c */
	{ "fuse",
	  "programs use a file system that another program serves (FUSE), and the two wake each other",
	  "fewer requests: names and attributes that are valid for longer (entry_timeout, "
	  "attr_timeout), a cache of data (kernel_cache)",
	  .via = { "fuse_dev_", "fuse_request_", "fuse_uring_" } },
	/* fs/userfaultfd.c */
	{ "userfaultfd",
	  "tasks wait for pages that another task fills, by userfaultfd(2), and these tasks wake each "
	  "other",
	  "more pages with each UFFDIO_COPY; the task that fills them on the CPU of the one that "
	  "waits: taskset -c CPU",
	  .via = { "userfaultfd_wake_function", "__wake_userfault", "handle_userfault" } },
	/* kernel/irq/handle.c */
	{ "irq_thread", "interrupts of devices wake the threads that handle them (irq/N-NAME)",
	  "fewer interrupts of the device; of network devices: ethtool -C",
	  .via = { "__irq_wake_thread", "irq_wake_thread" },
	  .isolated = "echo OTHERS >/proc/irq/N/smp_affinity_list, which moves the thread, too" },
	/* drivers/vhost/vhost.c */
	{ "vhost", "guests, or packets for guests, wake the host's threads for virtio (vhost-PID)",
	  "fewer, larger packets and requests in the guests; virsh emulatorpin",
	  .via = { "vhost_task_wake", "vhost_worker_queue", "vhost_work_queue",
		   "vhost_vq_work_queue" } },
	{ "talk", "tasks wake tasks on other CPUs",
	  "put tasks that talk to each other on CPUs that share a cache: taskset -c LIST; "
	  "fewer, larger messages",
	  .via = { "futex_", "do_splice", "__do_sys_vmsplice", "pipe_write", "anon_pipe_",
		   "pipe_read", "eventfd_write", "sock_def_", "unix_", "do_mq_", "tcp_send", "sem_",
		   "do_msgsnd", "do_semtimedop", "__do_semtimedop", "binder_" } },
	{},
};

/*
 * kernel/rcu/tree_exp.h. rcu_exp_handler(), which another CPU calls, ends with jumps to
 * swake_up_one(), which leave no frames. So does swake_up_one_online_ipi(), but only while a CPU
 * goes offline (6.7).
 */
const struct why whys_of_rcu_thread[] = {
	{ "expedited", "expedited grace periods of RCU begin or end, and wake RCU's threads",
	  "boot with rcupdate.rcu_normal=1 (or echo 1 >/sys/kernel/rcu_normal)",
	  .via = { "swake_up_one<__flush_smp_call_function_queue",
		   "swake_up_one<flush_smp_call_function_queue",
		   "kthread_queue_work<synchronize_rcu_expedited" },
	  .isolated = "boot with rcupdate.rcu_normal=1; fewer system calls on the CPU" },
	{},
};

/* kernel/sched/core.c, fair.c. The stopper thread that moves a task does not show who asked. */
const struct why whys_of_migration[] = {
	{ "affinity", "the affinity of tasks is set: sched_setaffinity, cpusets",
	  "set affinity once, not in a loop",
	  .via = { "__sched_setaffinity", "sched_setaffinity", "affine_move_task",
		   "__set_cpus_allowed_ptr", "set_cpus_allowed_ptr", "cpuset_" } },
	{ "hotplug", "a CPU goes offline, and its tasks are moved away", "take CPUs off less often",
	  .via = { "__balance_push_cpu_stop", "balance_push", "sched_cpu_dying" } },
	{ "exec", "tasks that start a program (exec) are moved to CPUs that have less to do",
	  "fewer short-lived programs; taskset for what starts them", .via = { "sched_exec" },
	  .isolated = "boot with isolcpus=domain,LIST, or an isolated cpuset partition" },
	{ "numa", "NUMA balancing moves tasks to the node of their memory",
	  "sysctl kernel.numa_balancing=0, or numactl --cpunodebind for the program",
	  .via = { "task_numa_migrate", "numa_migrate_preferred", "migrate_swap",
		   "migrate_task_to" },
	  .isolated = "sysctl kernel.numa_balancing=0" },
	{ "balance", "the scheduler moves tasks to CPUs that have less to do",
	  "fewer tasks that want to run, or pin those that keep moving: taskset -cp LIST PID",
	  .via = { "sched_balance_", "load_balance", "active_load_balance_cpu_stop",
		   "__active_load_balance_cpu_stop", "newidle_balance", "rebalance_domains",
		   "detach_task" },
	  .isolated = "boot with isolcpus=domain,LIST, or an isolated cpuset partition" },
	{},
};

/* kernel/sched/syscalls.c, core.c, kernel/locking/rtmutex.c */
const struct why whys_of_changes[] = {
	{ "inheritance", "a task that waits for a lock lends its priority to the holder",
	  "threads of one priority for one lock; PTHREAD_PRIO_NONE",
	  .via = { "rt_mutex_setprio", "rt_mutex_adjust_prio", "task_blocks_on_rt_mutex" } },
	/* kernel/sched/debug.c: debugfs sched/fair_server/cpuN */
	{ "server", "the runtime or period of the server for fair tasks is set", "set it once",
	  .via = { "sched_fair_server_write", "sched_server_write_common" } },
	{ "yield", "a vCPU gives its time to another one that waits (yield_to)",
	  "fewer vCPUs than CPUs", .via = { "yield_to", "kvm_vcpu_yield_to" } },
	{ "group", "tasks move between cgroups or sessions", "move tasks once",
	  .via = { "sched_move_task", "cpu_cgroup_attach" } },
	/* kernel/sched/autogroup.c */
	{ "autogroup", "the nice value of a session is set (/proc/PID/autogroup)", "set it once",
	  .via = { "proc_sched_autogroup_set_nice" } },
	{ "weight", "the weight of a cgroup is set (cpu.weight, cpu.shares, cpu.idle)",
	  "set it once",
	  .via = { "sched_group_set_shares", "__sched_group_set_shares", "sched_group_set_idle" } },
	{},
};

/*
 * kernel/sched/rt.c: without a cgroup, too, real-time tasks have 95 % of the time
 * (sched_rt_runtime_us).
 */
const struct why whys_of_bandwidth[] = {
	{ "realtime", "real-time tasks that had used up their time go on in a new period",
	  "real-time tasks that use less time; or sysctl kernel.sched_rt_runtime_us=-1, for no "
	  "limit",
	  .via = { "do_sched_rt_period_timer", "sched_rt_period_timer" } },
	{ "quota", "the CPU quota of a cgroup is set (cpu.max, cpu.cfs_quota_us)", "set it once",
	  .via = { "tg_set_cfs_bandwidth", "tg_set_bandwidth" } },
	{},
};
