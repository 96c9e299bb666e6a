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
	  "attach once, not in a loop",
	  .via = { "bpf_dispatcher_", "bpf_prog_change_xdp", "generic_xdp_install" } },
	{ "tracing", "tracepoints, ftrace, kprobes or BPF programs are attached or detached",
	  "turn tracing off: echo 0 >/sys/kernel/tracing/events/enable; bpftool link lists "
	  "attached BPF programs; attach once, not in a loop",
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
	  "the last socket with time stamps is closed, and the next one opened (SO_TIMESTAMP, "
	  "packet sockets); a work switches the key for the task that did that",
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
	  "boot with kfence.sample_interval=0 or with a larger interval; or use a kernel without "
	  "CONFIG_KFENCE_STATIC_KEYS",
	  .via = { "toggle_allocation_gate" } },
	{ "perf", "the first perf event of its kind is opened, or the last one closed",
	  "keep an event open in place of opening one in a loop",
	  .via = { "perf_event_alloc", "account_event", "perf_sched_delayed", "_free_event",
		   "__free_event", "perf_swevent_init", "sw_perf_event_destroy", "x86_pmu_",
		   "hw_perf_event_" } },
	/* kernel/bpf/cgroup.c, syscall.c: a key for each kind of program; bpf_enable_stats() */
	{ "cgroup_programs",
	  "the first BPF program of its kind is attached to a cgroup, or the last one detached",
	  "attach once, not in a loop; keep a program of that kind attached",
	  .via = { "__cgroup_bpf_attach", "__cgroup_bpf_detach", "__cgroup_bpf_replace",
		   "cgroup_bpf_" } },
	{ "bpf_stats", "the statistics of BPF programs are switched on or off",
	  "leave kernel.bpf_stats_enabled as it is; run tools that show the cost of programs "
	  "(bpftop, ipitrace --self) once, not in a loop",
	  .via = { "bpf_enable_stats", "bpf_stats_release", "bpf_stats_handler",
		   "static_key_slow_inc<__sys_bpf" } },
	/* kernel/bpf/tcx.c, net_namespace.c */
	{ "network_programs",
	  "the first BPF program of its kind is attached to a network device or a network namespace, "
	  "or the last one detached",
	  "attach once, not in a loop; keep a program of that kind attached",
	  .via = { "tcx_link_", "tcx_prog_", "tcx_uninstall", "netns_bpf_", "bpf_netns_link_" } },
	/* net/netfilter/core.c: nf_static_key_inc() */
	{ "netfilter", "the first hook of netfilter of its kind is set, or the last one removed",
	  "keep a rule of nftables or iptables for that hook all the time",
	  .via = { "__nf_register_net_hook", "__nf_unregister_net_hook", "nf_register_net_hook",
		   "nf_unregister_net_hook" } },
	/* net/sched/sch_ingress.c: net_inc_ingress_queue() */
	{ "qdiscs", "qdiscs of tc that need a static key are made or removed (clsact, ingress)",
	  "keep one such qdisc all the time",
	  .via = { "clsact_", "ingress_init", "ingress_destroy", "__qdisc_destroy" } },
	/* net/ipv4/udp.c, tcp_ipv4.c: udp_encap_needed_key, tcp_md5_needed */
	{ "sockets",
	  "a program sets a socket option that needs a static key, or closes the last such socket "
	  "(UDP_GRO, UDP_ENCAP, TCP_MD5SIG)",
	  "keep one socket with that option open all the time",
	  .via = { "do_sock_setsockopt", "__sys_setsockopt", "udp_destroy_sock",
		   "udpv6_destroy_sock" } },
	/* kernel/cgroup/cpuset.c: cpusets_enabled_key */
	{ "cgroups", "a cgroup is made or removed, the first or last one of its kind",
	  "keep one cgroup with that controller all the time",
	  .via = { "cpuset_css_", "css_create", "online_css", "mem_cgroup_css_", "cgroup_mkdir",
		   "cgroup_rmdir" } },
	/* fs/proc/proc_sysctl.c */
	{ "sysctl", "a sysctl is written that switches a static key",
	  "write this file once, not in a loop", .via = { "proc_sys_call_handler" } },
	{ "sysfs", "a file of sysfs, debugfs or a cgroup is written that switches a static key",
	  "write this file once, not in a loop",
	  .via = { "kernfs_fop_write_iter", "debugfs_attr_write", "full_proxy_write" } },
	/*
	 * Such a work ends with a jump to the key's function, which leaves no frame:
	 * netstamp_clear() of 6.18.
	 */
	{ "work",
	  "a work switches a static key; the stack does not show whose work it is (time stamps of "
	  "sockets do so, SO_TIMESTAMP)",
	  "echo 1 >/sys/kernel/tracing/events/workqueue/workqueue_execute_start/enable names the "
	  "work; if that is netstamp_clear: keep one socket with SO_TIMESTAMP open all the time",
	  .via = { "static_key_enable<process_one_work", "static_key_disable<process_one_work",
		   "static_key_slow_inc<process_one_work",
		   "static_key_slow_dec<process_one_work" } },
	{ "static_key", "a static key of the kernel is switched",
	  "switch the key once, not in a loop",
	  .via = { "static_key_", "__static_key_", "jump_label_update", "__jump_label_update" } },
	{},
};

/*
 * kernel/rcu/tree_exp.h: a kernel thread sends the IPIs for the waiting task, unless that task may
 * send them itself.
 */
const struct why whys_of_expedited[] = {
	{ "thread",
	  "expedited RCU grace periods ask every CPU that is busy; a thread of RCU sends the IPIs "
	  "for the first task that waits",
	  "boot with rcupdate.rcu_normal=1 (or echo 1 >/sys/kernel/rcu_normal); ipitrace "
	  "--full names that task's call, in its rows of reschedules",
	  .via = { "wait_rcu_exp_gp", "sync_rcu_do_polled_gp",
		   "sync_rcu_exp_select_node_cpus<process_one_work",
		   "sync_rcu_exp_select_node_cpus<kthread_worker_fn" } },
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
	{ "khugepaged", "pages of guests are collapsed into huge pages",
	  "give guests huge pages from the start (hugetlbfs)",
	  .via = { "khugepaged", "collapse_huge_page", "madvise_collapse" } },
	{ "reclaim", "the host reclaims memory of guests",
	  "add memory, or use smaller guests; set memory.min for guests",
	  .via = { "shrink_node", "balance_pgdat", "try_to_free_pages",
		   "try_to_free_mem_cgroup_pages", "shrink_folio_list" } },
	{ "compaction", "the host compacts memory, and moves pages of guests",
	  "reserve huge pages for guests at boot; sysctl vm.compaction_proactiveness=0",
	  .via = { "compact_zone", "__compact_zone", "try_to_compact_pages", "kcompactd",
		   "compact_node", "alloc_contig_" } },
	{ "given_back",
	  "a program calls madvise(2) or fallocate(2) for memory of a guest, as QEMU does for its "
	  "balloon",
	  "if QEMU does this for its balloon or free-page-reporting, turn these off",
	  .via = { "do_madvise", "madvise_", "vector_madvise", "vfs_fallocate" } },
	{ "memory", "the host takes memory from guests, or checks whether they use it", NO_ADVICE,
	  .via = { "kvm_mmu_notifier_" } },
	{ "dirty_log", "pages that a guest writes are recorded, as for its live migration",
	  "migrate guests less often; ask for the dirty pages less often",
	  .via = { "kvm_vm_ioctl_get_dirty_log", "kvm_vm_ioctl_clear_dirty_log",
		   "kvm_get_dirty_log_protect", "kvm_clear_dirty_log_protect",
		   "kvm_arch_sync_dirty_log", "kvm_arch_mmu_enable_log_dirty_",
		   "kvm_mmu_slot_apply_flags", "kvm_dirty_ring_" } },
	{ "slots", "the memory layout of a guest changes (its devices' memory, PCI BARs)",
	  NO_ADVICE,
	  .via = { "kvm_set_memory_region", "__kvm_set_memory_region", "kvm_set_memslot",
		   "kvm_mmu_zap_all_fast" } },
	{ "clock", "the clocks of a guest are set up anew (kvmclock, the TSC)",
	  "keep tsc as the host's clocksource; use a CPU with an invariant TSC",
	  .via = { "kvm_gen_update_masterclock", "kvm_start_pvclock_update",
		   "kvm_make_mclock_inprogress_request", "pvclock_gtod_update_fn",
		   "pvclock_update_vm_gtod_copy", "kvm_update_masterclock" } },
	{ "huge_pages", "small pages of guests become huge ones again (nx_huge_pages)",
	  "set a longer kvm.nx_huge_pages_recovery_period_ms",
	  .via = { "kvm_nx_huge_page_recovery_worker", "kvm_recover_nx_huge_pages" } },
	{},
};

/* arch/x86/lib/cache-smp.c: the callers of wbinvd_on_all_cpus() and of wbinvd_on_cpus_mask(). */
const struct why whys_of_wbinvd[] = {
	{ "encrypted_guests", "encrypted guests (SEV) start, end or give memory back",
	  "start and stop such guests less often", .via = { "sev_", "__sev_", "snp_" } },
	/* arch/x86/kvm/x86.c; before 6.17 the function is KVM's own: kvm_wbinvd. */
	{ "guests", "guests with devices of the host write back all caches (WBINVD)",
	  "use a guest driver that maps memory write-combined in place of WBINVD",
	  .via = { "kvm_emulate_wbinvd", "kvm_arch_vcpu_load" } },
	{ "graphics", "a graphics driver writes its buffers out of the caches",
	  "use a newer driver", .via = { "drm_clflush_", "i915_", "agp_" } },
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
	  "use preallocated maps, without BPF_F_NO_PREALLOC; use larger batches of bpf(2)",
	  .via = { "unit_alloc", "unit_free" } },
	{},
};

/* kernel/rcu/tree.c */
const struct why whys_of_rcu_barrier[] = {
	{ "modules", "modules are loaded or unloaded",
	  "load modules when the machine boots, and once",
	  .via = { "load_module", "free_module", "__do_sys_delete_module", "do_init_module" } },
	{ "netns", "network namespaces end, in a work", "start fewer short-lived containers",
	  .via = { "cleanup_net", "default_device_exit_batch" } },
	/* net/core/dev.c */
	{ "devices", "network devices are removed", "remove devices less often, or many at once",
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
	  "BPF programs write records to perf buffers, and wake their readers (bpftrace, bcc)",
	  "write fewer records: filter and add up in the BPF program",
	  .via = { "bpf_perf_event_output", "bpf_event_output", "bpf_skb_event_output",
		   "bpf_xdp_event_output" } },
	/* kernel/events/core.c: records beside the samples, PERF_RECORD_MMAP and so on. */
	{ "records",
	  "perf events record that programs start, map files, switch or end, or that BPF programs "
	  "are loaded, and wake the reader",
	  "for fewer wake-ups: perf record --mmap-pages; for no records of BPF programs: "
	  "--no-bpf-event",
	  .via = { "perf_iterate_", "perf_event_mmap", "perf_event_task", "perf_event_comm",
		   "perf_event_switch", "perf_event_namespaces", "perf_event_cgroup",
		   "perf_event_ksymbol", "perf_event_bpf_", "perf_event_text_poke" } },
	{},
};

/* kernel/trace/ring_buffer.c: rb_wakeups() of a committed record. */
const struct why whys_of_ftrace[] = {
	{ "records",
	  "records are written to ftrace's buffers, and wake their readers (trace_pipe, trace-cmd)",
	  "write fewer records: filter events, write to trace_marker less often; read without "
	  "waiting, or later",
	  .via = { "ring_buffer_unlock_commit", "__trace_buffer_unlock_commit", "rb_wakeups" } },
	{},
};

/* kernel/events/core.c: remote_function() runs perf's function on the event's CPU. */
const struct why whys_of_perf[] = {
	{ "hotplug", "CPUs go offline or come online, and their perf events move or end",
	  "take CPUs off and on less often",
	  .via = { "perf_pmu_migrate_context", "perf_event_exit_cpu", "perf_event_init_cpu" } },
	{ "read", "perf events of other CPUs are read",
	  "read less often (perf stat -I), or read each event on its own CPU",
	  .via = { "perf_read", "perf_event_read" } },
	{ "switch", "perf events of other CPUs are switched on, off or changed",
	  "switch them once (perf -D, PERF_EVENT_IOC_ENABLE), not in a loop",
	  .via = { "perf_ioctl", "_perf_ioctl", "perf_event_enable", "perf_event_disable",
		   "_perf_event_enable", "_perf_event_disable", "perf_event_task_enable",
		   "perf_event_task_disable", "perf_event_period", "perf_event_modify_attr" } },
	{ "interval",
	  "the interval is set at which perf events take turns (perf_event_mux_interval_ms)",
	  "make this setting once", .via = { "perf_event_mux_interval_ms_store" },
	  .isolated = "make this setting before the CPU must be quiet, and once" },
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
	WHY_INJECTED,
	{ "soft_offline", "pages with errors that were corrected are moved, and used no longer",
	  "see dmesg for memory errors", .via = { "soft_offline" } },
	{ "memory_failure", "memory has failed, and the kernel looks for its pages",
	  "see dmesg for memory errors",
	  .via = { "memory_failure", "hwpoison_user_mappings", "get_hwpoison_page",
		   "__page_handle_poison" } },
	{ "contiguous",
	  "a large range of memory is made free (CMA, huge pages of 1 GiB, virtio-mem)",
	  "reserve huge pages when the machine boots",
	  .via = { "alloc_contig_", "__alloc_contig", "cma_alloc", "__cma_alloc" } },
	{ "compaction_asked",
	  "somebody has memory compacted: vm.compact_memory, /sys/devices/system/node/nodeN/compact",
	  "let the sender write these files less often",
	  .via = { "sysctl_compaction_handler", "compact_store" } },
	{ "compaction", "memory is compacted, by the kernel itself",
	  "sysctl vm.compaction_proactiveness=0; reserve huge pages when the machine boots",
	  .via = { "compact_zone", "__compact_zone", "try_to_compact_pages", "compact_node",
		   "kcompactd" } },
	{ "damon", "DAMON collapses small pages into huge pages, as its schemes say",
	  "give the scheme a smaller quota, or stop it: "
	  "/sys/kernel/mm/damon/admin/kdamonds/N/contexts/0/schemes",
	  .via = { "damon_", "damos_", "kdamond_" } },
	/* mm/khugepaged.c: madvise_collapse() drains once, whatever the length of the range. */
	{ "collapse_asked", "a program asks for huge pages at once: MADV_COLLAPSE",
	  "let the sender make one call for a large range in place of many for small ones",
	  .via = { "madvise_collapse" } },
	{ "khugepaged", "khugepaged collapses small pages into huge pages",
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
	  "echo 0 >/sys/kernel/mm/ksm/run; or set a larger /sys/kernel/mm/ksm/sleep_millisecs",
	  .via = { "ksm_scan_thread" } },
	/* mm/gup.c */
	{ "pinned", "pages are pinned for long, as RDMA, VFIO and io_uring's fixed buffers do",
	  "pin memory once, and use it again",
	  .via = { "collect_longterm_unpinnable_folios", "__gup_longterm_locked",
		   "lru_cache_drain_for_folio" } },
	/* mm/memcontrol.c: drain_all_stock() */
	{ "cgroup", "a cgroup is at its memory.high or memory.max",
	  "raise memory.high or memory.max of that cgroup, or use less memory in that cgroup",
	  .via = { "try_charge", "reclaim_high" } },
	{ "cgroup_set",
	  "a limit of a cgroup is set, or memory.reclaim or memory.force_empty is written",
	  "stop the sender, which writes memory.reclaim, memory.force_empty, memory.high or "
	  "memory.max, or let it write smaller steps",
	  .via = { "memory_high_write", "memory_max_write", "mem_cgroup_resize_max",
		   "mem_cgroup_force_empty", "memory_reclaim", "user_proactive_reclaim" } },
	{ "cgroup_gone", "a cgroup is removed, in a work; the stack does not show who removed it",
	  "start fewer short-lived containers", .via = { "mem_cgroup_css_offline" } },
	{ "shortage", "an allocation finds no memory, though memory was reclaimed for it",
	  "add memory, or use less",
	  .via = { "__alloc_pages_slowpath", "__alloc_pages_direct_reclaim" } },
	{ "fadvise", "a program drops pages of files with posix_fadvise(2)",
	  "use POSIX_FADV_DONTNEED for larger parts, less often", .via = { "generic_fadvise" } },
	{ "memfd", "a program seals a memfd against writing", "seal the memfd once",
	  .via = { "memfd_" } },
	{ "cache_dropped", "somebody drops the page cache: vm.drop_caches",
	  "let the sender write this file less often", .via = { "drop_caches_sysctl_handler" } },
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
	  "let the sender write this file less often",
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
	  "use IORING_SETUP_SINGLE_ISSUER with DEFER_TASKRUN or COOP_TASKRUN; submit from the task "
	  "that waits",
	  .via = { "__io_req_task_work_add", "io_req_normal_work_add", "io_req_local_work_add",
		   "task_work_add<io_", "io_poll_wake", "io_async_wake", "io_timeout_fn",
		   "io_eventfd_", "__wake_up<io_cq", "__wake_up<__io_cq",
		   "__wake_up<__io_submit_flush_completions" } },
	{ "workers", "io_uring hands requests that would wait to its worker threads (iou-wrk-*)",
	  "use no IOSQE_ASYNC, use files and sockets that can be polled, and fewer workers "
	  "(IORING_REGISTER_IOWQ_MAX_WORKERS)",
	  .via = { "io_wq_enqueue", "io_wq_hash_wake", "io_wq_worker_running",
		   "io_wq_worker_sleeping", "io_acct", "create_io_worker" } },
	{ "sqpoll", "a program wakes io_uring's thread that submits for it (IORING_SETUP_SQPOLL)",
	  "set a larger sq_thread_idle, or use no SQPOLL",
	  .via = { "__wake_up<__do_sys_io_uring_enter", "__wake_up<__x64_sys_io_uring_enter" } },
	{},
};

/*
 * The callers of rdmsr_on_cpu() and its kin: arch/x86/kernel/msr.c, drivers/hwmon/coretemp.c,
 * drivers/cpufreq/.
 */
const struct why whys_of_msr[] = {
	{ "device", "/dev/cpu/N/msr is read or written (turbostat, rdmsr, wrmsr)",
	  "give the sender a longer interval, or run the sender on the CPU that it reads: taskset "
	  "-c CPU",
	  .via = { "msr_read", "msr_write", "msr_ioctl" },
	  .isolated = "use turbostat --cpu OTHERS, or let the sender leave this CPU out" },
	{ "temperature", "the temperature of other CPUs is read (hwmon: coretemp)",
	  "read temperatures less often (sensors, monitoring)",
	  .via = { "show_temp", "show_crit_alarm", "show_ttarget", "show_tjmax", "coretemp_" } },
	{ "frequency", "the frequency of other CPUs, or how it is chosen, is read or set",
	  "set the frequency once; read it less often",
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
	{ "mtrr", "the CPUs' memory types (MTRR) are changed", "make this setting once",
	  .via = { "mtrr_", "set_mtrr" } },
	{ "clocksource", "the machine gets another clocksource",
	  "set /sys/devices/system/clocksource/clocksource0/current_clocksource once; see dmesg for clocks "
	  "that are unstable",
	  .via = { "timekeeping_notify", "clocksource_" } },
	{ "text", "code of the kernel is patched", "patch code once, not in a loop",
	  .via = { "aarch64_insn_patch_text", "patch_text", "arch_arm_kprobe", "kprobe_" } },
	{},
};
