// SPDX-License-Identifier: GPL-2.0
#include "model/cause.h"

/* A timer's signal interrupts the CPU where its task runs (kick_process()), wherever it was armed. */
#define TIMER_SIGNAL_ADVICE                                                       \
	"no timers with signals in the program: block the signal in this thread " \
	"(pthread_sigmask) and take it in another one, or wait by spinning"

/*
 * Name, how often a healthy machine does it, cause and advice; then what it is known by.
 * Functions by their names in Linux 5.10 to 7.3. The first row that matches
 * wins, so a row with via stands before a row of the same function without. Frames that
 * many causes pass (kick_process(), unmap_mapping_range()) are in no row: who called them is.
 */
const struct signature signatures[] = {
	/*
	 * arch/x86/kvm/x86.c: kvmclock_cpufreq_notifier(), which is registered only without
	 * X86_FEATURE_CONSTANT_TSC. view/storm_words.c puts advice about guests and governor in front.
	 */
	{ "tsc_khz_changed", USUAL_RARE,
	  "KVM tells every CPU of the policy of each frequency change, for the TSC is "
	  "not constant here",
	  "a CPU with an invariant TSC; for a VM, QEMU's -cpu host,+invtsc",
	  .funcs = { "tsc_khz_changed" }, .module = "kvm",
	  .shows = SHOWS_TSC | SHOWS_CPUFREQ | SHOWS_GUESTS },
	{ "kvm_vmcs_clear", USUAL_COMMON, /* arch/x86/kvm/vmx/vmx.c: vmx_vcpu_load_vmcs() */
	  "vCPUs of Intel guests move to other CPUs, which ask the last one for the VMCS",
	  "pin vCPUs: virsh vcpupin, or taskset -cp LIST TID; fewer vCPUs than CPUs",
	  .funcs = { "__loaded_vmcs_clear" }, .module = "kvm_intel", .shows = SHOWS_GUESTS },
	{ "kvm_wbinvd", USUAL_RARE, /* arch/x86/kvm/x86.c, up to 6.12; vmx/tdx.c */
	  "guests with devices of the host write back all caches (WBINVD, TDX)",
	  "a guest driver that maps write-combined memory in place of WBINVD; start and stop such guests less often",
	  .funcs = { "wbinvd_ipi", "smp_func_do_phymem_cache_wb" }, .module = "kvm*" },
	{ "kvm_setup", USUAL_RARE, /* virt/kvm/kvm_main.c, arch/x86/kvm/ */
	  "KVM is loaded or unloaded, or its first guest begins, or its last ends: a call to every CPU",
	  "keep KVM loaded, and a guest running: boot with kvm.enable_virt_at_load=1 (6.12 and later)",
	  .funcs = { "hardware_enable_nolock", "hardware_disable_nolock",
		     "kvm_enable_virtualization_cpu", "kvm_disable_virtualization_cpu",
		     "check_processor_compat", "kvm_x86_check_cpu_compat",
		     "svm_srso_clear_bp_spec_reduce", "tdx_flush_vp" },
	  .module = "kvm*" },
	{ "kvm_requests", USUAL_ROUTINE,
	  "KVM makes all vCPUs of a guest leave it (TLB flushes, memory taken from it)",
	  "sysctl kernel.numa_balancing=0; echo 0 >/sys/kernel/mm/ksm/run; "
	  "no ballooning; huge pages for guests",
	  .funcs = { "ack_kick", "ack_flush" }, .module = "kvm", .shows = SHOWS_GUESTS },
	{ "tlb_numa_balancing", USUAL_OCCASIONAL, /* kernel/sched/fair.c, mm/memory.c */
	  "NUMA balancing unmaps pages to see who uses them, and moves them",
	  "sysctl kernel.numa_balancing=0, or numactl --membind for the program",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_numa_page", "do_huge_pmd_numa_page", "change_prot_numa",
		   "task_numa_work" } },
	{ "tlb_ksm", USUAL_OCCASIONAL, /* mm/ksm.c */
	  "KSM write-protects and merges equal pages",
	  "echo 0 >/sys/kernel/mm/ksm/run; a larger /sys/kernel/mm/ksm/sleep_millisecs",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "ksm_scan_thread", "ksm_do_scan", "unmerge_ksm_pages", "break_ksm" } },
	{ "tlb_khugepaged", USUAL_OCCASIONAL, /* mm/khugepaged.c */
	  "small pages are put together to huge ones",
	  "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "khugepaged", "collapse_huge_page", "collapse_file", "collapse_single_pmd",
		   "madvise_collapse" },
	  .whys = whys_of_collapse },
	{ "tlb_damon", USUAL_OCCASIONAL, /* mm/damon/ */
	  "DAMON reclaims, moves or watches pages, as its schemes say",
	  "the schemes: /sys/kernel/mm/damon/admin/kdamonds/N/contexts/0/schemes; a smaller quota",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" }, .via = { "damon_", "kdamond_" } },
	{ "tlb_userfaultfd", USUAL_ROUTINE, /* mm/userfaultfd.c */
	  "a program moves, fills or write-protects pages by userfaultfd (UFFDIO_MOVE, UFFDIO_WRITEPROTECT)",
	  "larger ranges with each ioctl; fewer threads",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "userfaultfd_", "mwriteprotect_range", "move_pages_pte", "move_pages_huge_pmd",
		   "uffd_", "mfill_atomic" } },
	{ "tlb_move_pages", USUAL_OCCASIONAL, /* mm/migrate.c, mm/mempolicy.c */
	  "pages are moved to other NUMA nodes: move_pages(2), migrate_pages(2), mbind(2), cpusets",
	  "the sender moves fewer pages, or once: numactl when the program starts, in place of moving later",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_pages_move", "kernel_move_pages", "move_pages_and_store_status",
		   "kernel_migrate_pages", "do_migrate_pages", "migrate_to_node", "do_mbind",
		   "kernel_mbind", "cpuset_migrate_mm" } },
	{ "tlb_memory_offline", USUAL_RARE, /* mm/memory_hotplug.c, mm/memory-failure.c */
	  "memory is taken offline, or has failed and its pages are taken away",
	  "take memory offline less often; see dmesg for memory errors",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "offline_pages", "__offline_pages", "do_migrate_range", "memory_failure",
		   "soft_offline" } },
	{ "tlb_compaction", USUAL_OCCASIONAL, /* mm/compaction.c, mm/page_alloc.c */
	  "memory is compacted: pages move together to make room for large ones",
	  "sysctl vm.compaction_proactiveness=0; fewer huge pages on demand: reserve them at boot",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "compact_zone", "compact_node", "kcompactd", "alloc_contig_range",
		   "__alloc_contig" } },
	{ "tlb_reclaim", USUAL_OCCASIONAL, /* mm/vmscan.c */
	  "mapped pages are reclaimed or swapped out",
	  "the caller (via) shows for whom; more memory, or less use of it",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "balance_pgdat", "kswapd", "try_to_free_pages", "try_to_free_mem_cgroup_pages",
		   "reclaim_high", "shrink_node", "__node_reclaim", "user_proactive_reclaim" },
	  .whys = whys_of_reclaim },
	{ "tlb_soft_dirty", USUAL_OCCASIONAL, /* fs/proc/task_mmu.c */
	  "somebody clears the accessed or soft-dirty bits of a process: /proc/PID/clear_refs (CRIU, agents)",
	  "write to clear_refs less often; PAGEMAP_SCAN of a part of the memory",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" }, .via = { "clear_refs_write" } },
	{ "tlb_pagemap_scan", USUAL_OCCASIONAL, /* fs/proc/task_mmu.c */
	  "somebody write-protects the pages of a process to see which are written (PAGEMAP_SCAN)",
	  "scan less often, or a part of the memory",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_pagemap_scan", "pagemap_scan_" } },
	{ "tlb_uprobes", USUAL_RARE, /* kernel/events/uprobes.c */
	  "uprobes are set in programs, or taken out",
	  "set uprobes once, and for one process (perf -p, bpf links by PID)",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "uprobe_write", "__uprobe_write", "uprobe_register", "__uprobe_register",
		   "uprobe_unregister", "uprobe_apply", "uprobe_mmap", "uprobe_perf_",
		   "register_for_each_vma", "install_breakpoint", "remove_breakpoint", "set_swbp",
		   "set_orig_insn" } },
	{ "tlb_zerocopy_receive", USUAL_ROUTINE, /* net/ipv4/tcp.c */
	  "a program maps received data in place of copying it (TCP_ZEROCOPY_RECEIVE)",
	  "larger ranges with each call; recv(2) for small messages",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" }, .via = { "tcp_zerocopy_" } },
	{ "tlb_writeback", USUAL_ROUTINE, /* mm/page-writeback.c, mm/rmap.c */
	  "pages of mapped files are write-protected before they are written back",
	  "write by write(2) in place of mmap; the caller (via) shows who writes back",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "folio_mkclean", "page_mkclean", "folio_clear_dirty_for_io" },
	  .whys = whys_of_writeback },
	{ "tlb_invalidate", USUAL_ROUTINE, /* mm/truncate.c */
	  "pages of a mapped file or device leave the page cache, for what is below them changed: O_DIRECT, network file systems",
	  "do not map what is written with O_DIRECT, or by other hosts",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "invalidate_inode_pages2", "kiocb_invalidate_" } },
	{ "tlb_graphics", USUAL_ROUTINE, /* drivers/gpu/drm/ */
	  "a graphics driver takes mappings of its buffers back",
	  "fewer buffers that are mapped; a newer driver",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "drm_", "ttm_bo_", "i915_", "amdgpu_", "xe_bo_", "nouveau_" } },
	{ "tlb_madvise", USUAL_ROUTINE, /* mm/madvise.c */
	  "a program calls madvise(2) or process_madvise(2)",
	  "strace -e trace=madvise,process_madvise shows which advice the sender gives",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_madvise", "madvise_", "vector_madvise" }, .whys = whys_of_madvise },
	{ "tlb_truncate", USUAL_ROUTINE, /* mm/truncate.c, mm/shmem.c */
	  "mapped files are truncated, or have holes punched", "truncate files that nobody maps",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "truncate_pagecache", "truncate_setsize", "truncate_inode_", "do_truncate",
		   "vfs_truncate", "vfs_fallocate", "shmem_fallocate", "shmem_setattr",
		   "shmem_truncate_", "shmem_undo_range" } },
	{ "tlb_fork", USUAL_ROUTINE, /* kernel/fork.c, mm/mmap.c */
	  "programs with threads fork: their memory is write-protected first",
	  "vfork or posix_spawn in place of fork; a small process that forks for the large one",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" }, .via = { "dup_mmap", "dup_mm" } },
	{ "tlb_exit", USUAL_ROUTINE, /* mm/mmap.c */
	  "programs with threads end, or start another in their place",
	  "fewer short-lived programs with threads",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" }, .via = { "exit_mmap" } },
	{ "tlb_cow", USUAL_ROUTINE, /* mm/memory.c, mm/hugetlb.c */
	  "pages that are shared are copied on the first write: since a fork, by KSM, of a private file; which, no stack shows",
	  "after a fork: vfork or posix_spawn; by KSM: /proc/PID/ksm_merging_pages counts them, PR_SET_MEMORY_MERGE 0",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_wp_page", "wp_page_copy", "do_huge_pmd_wp_page", "hugetlb_wp",
		   "hugetlb_cow" } },
	{ "tlb_mprotect", USUAL_ROUTINE, /* mm/mprotect.c */
	  "a program protects memory with mprotect(2)",
	  "in a JIT: map code twice (writable, executable) or use pkeys; a runtime that wants a barrier: allow it membarrier(2); fewer threads",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "mprotect_fixup", "do_mprotect_pkey", "change_protection" },
	  .whys = whys_of_mprotect },
	{ "tlb_mremap", USUAL_ROUTINE, /* mm/mremap.c */
	  "a program moves memory with mremap(2)",
	  "larger allocations that need not grow; malloc: MALLOC_MMAP_THRESHOLD_",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "move_page_tables", "__do_sys_mremap", "__x64_sys_mremap", "do_mremap" } },
	{ "tlb_munmap", USUAL_ROUTINE, /* mm/vma.c, mm/mmap.c */
	  "a program unmaps memory with munmap(2), or maps other memory in its place",
	  "less unmapping; fewer threads", .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "do_vmi_munmap", "do_vmi_align_munmap", "__vm_munmap",
		   "vms_complete_munmap_vmas", "do_munmap", "unmap_region", "vms_clear_ptes" },
	  .whys = whys_of_munmap },
	{ "tlb_hugetlb", USUAL_ROUTINE, /* mm/hugetlb.c, fs/hugetlbfs/ */
	  "huge pages of hugetlbfs are unmapped or shared no longer",
	  "the caller (via) shows for whom", .funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
	  .via = { "hugetlb_", "__unmap_hugepage_range", "remove_inode_hugepages", "hugetlbfs_" } },
	{ "tlb_flush", USUAL_ROUTINE, "memory is unmapped or protected that other CPUs use too",
	  "ipitrace --stacks -f 'flush_tlb*' shows for whom",
	  .funcs = { "flush_tlb_func", "flush_tlb_func_remote" }, .open = true,
	  .isolated =
		  "the sender has a thread on this CPU: give that thread a process of its own, or stop "
		  "what it does to its memory there" },
	{ "tlb_flush_kernel", USUAL_OCCASIONAL,
	  "mappings of the kernel's own are undone or protected (vmalloc, vunmap, set_memory_*)",
	  "ipitrace --stacks -f do_flush_tlb_all shows for whom",
	  .funcs = { "do_flush_tlb_all", "do_kernel_range_flush" }, .whys = whys_of_kernel_tlb },
	{ "membarrier", USUAL_ROUTINE,
	  "a program calls membarrier(2), which interrupts the CPUs that run its threads",
	  "call it less in the sender (a JIT, liburcu: the flavours mb and qsbr do "
	  "without); keep its threads on fewer CPUs: taskset -c LIST",
	  .funcs = { "ipi_mb", "ipi_sync_core", "ipi_rseq", "ipi_sync_rq_state" },
	  .isolated =
		  "the sender has a thread on this CPU: give that thread a process of its own, or use "
		  "liburcu's flavours mb and qsbr" },
	{ "text_patching", USUAL_RARE, "code of the kernel is patched while it runs",
	  "ipitrace --stacks -f do_sync_core shows who has what patched; once, not in a loop",
	  .funcs = { "do_sync_core" }, .whys = whys_of_text },
	{ "ftrace", USUAL_RARE,
	  "ftrace changes what is traced, or wakes the readers of its buffers",
	  "echo nop >/sys/kernel/tracing/current_tracer; set filters once",
	  .funcs = { "ftrace_sync_ipi", "ignore_task_cpu", "rb_ipi", "rb_cpu_sync",
		     "rb_wake_up_waiters", "tracing_swap_cpu_buffer", "enable_trace_buffered_event",
		     "disable_trace_buffered_event", "__relay_set_buf_dentry" } },
	{ "kick_all_cpus", USUAL_RARE, /* kernel/smp.c, kick_all_cpus_sync(). */
	  "somebody waits until every CPU has been in the kernel (kick_all_cpus_sync; on "
	  "arm64 code that is patched, too)",
	  "ipitrace --stacks -f do_nothing shows who", .funcs = { "do_nothing" },
	  .whys = whys_of_text },
	{ "rcu_expedited", USUAL_RARE, "expedited RCU grace periods ask every CPU that is busy",
	  "boot with rcupdate.rcu_normal=1 (or echo 1 >/sys/kernel/rcu_normal); "
	  "nohz_full=LIST for CPUs that must be quiet",
	  .funcs = { "rcu_exp_handler" }, .whys = whys_of_expedited },
	{ "rcu_barrier", USUAL_RARE, "rcu_barrier() waits for the callbacks of every CPU",
	  "ipitrace --stacks -f rcu_barrier_handler shows for whom",
	  .funcs = { "rcu_barrier_handler" }, .whys = whys_of_rcu_barrier },
	{ "rcu_tasks_trace", USUAL_RARE,
	  "grace periods of RCU Tasks Trace ask running tasks (BPF programs that sleep "
	  "being removed)",
	  "boot with rcupdate.rcu_task_ipi_delay=500; detach such programs less often",
	  .funcs = { "trc_read_check_handler", "rcu_tasks_trace_empty_fn" } },
	{ "nohz_balance", USUAL_COMMON,
	  "a busy CPU asks an idle one to balance the load for those that sleep",
	  "isolcpus=LIST, or cpusets without load balancing, for CPUs that must be quiet",
	  .funcs = { "nohz_csd_func" },
	  .isolated = "boot with isolcpus=domain,LIST, or an isolated cpuset partition" },
	/* Since 6.12, the timer since 6.8; dl_server_timer() is often inlined into dl_task_timer(). */
	{ "fair_server", USUAL_OCCASIONAL, /* kernel/sched/deadline.c */
	  "the scheduler's server for fair tasks starts anew, each second, as if a real-time "
	  "task kept them waiting (since 6.12)",
	  "echo 0 >/sys/kernel/debug/sched/fair_server/cpuN/runtime",
	  .funcs = { "nohz_full_kick_func" }, .via = { "dl_server_timer" },
	  .kinds = 1 << KIND_RESCHEDULE },
	{ "deadline_task", USUAL_COMMON, /* kernel/sched/deadline.c */
	  "a SCHED_DEADLINE task gets the time of its next period", "chrt -p shows such tasks",
	  .funcs = { "nohz_full_kick_func" },
	  .via = { "enqueue_task_dl<dl_task_timer", "wakeup_preempt_dl<dl_task_timer" },
	  .kinds = 1 << KIND_RESCHEDULE },
	{ "deadline_timer", USUAL_COMMON, /* kernel/sched/deadline.c */
	  "a deadline timer runs out: of the server for fair tasks, each second (since 6.8), or of a "
	  "SCHED_DEADLINE task; which, the stack does not show",
	  "echo 0 >/sys/kernel/debug/sched/fair_server/cpuN/runtime; where that changes nothing, "
	  "see chrt -p of the tasks there",
	  .funcs = { "nohz_full_kick_func" }, .via = { "dl_task_timer" },
	  .kinds = 1 << KIND_RESCHEDULE },
	{ "nohz_full_kick", USUAL_OCCASIONAL, "something makes a nohz_full CPU take its tick back",
	  "echo 1 >/sys/kernel/tracing/events/timer/tick_stop/enable shows what needs the tick",
	  .funcs = { "nohz_full_kick_func" }, .whys = whys_of_nohz_kick },
	{ "rt_push", USUAL_OCCASIONAL,
	  "CPUs that fall back in priority ask overloaded ones for their real-time tasks",
	  "echo NO_RT_PUSH_IPI >/sys/kernel/debug/sched/features; pin real-time tasks",
	  .funcs = { "rto_push_irq_work_func" } },
	{ "perf_samples", USUAL_COMMON, /* kernel/events/core.c: perf_event_overflow() */
	  "perf events overflow, and wake who reads their samples, or stop",
	  "a lower sampling rate (perf record -F); fewer wake-ups: perf record --mmap-pages, "
	  "watermark",
	  .funcs = { "perf_pending_irq", "perf_pending_event", "perf_pending_disable",
		     "__perf_pending_irq" } },
	{ "perf", USUAL_OCCASIONAL, "perf asks something of other CPUs' events",
	  "ipitrace --stacks -f remote_function shows what the sender asks",
	  .funcs = { "remote_function", "__perf_event_read", "__perf_event_stop",
		     "__perf_event_exit_context", "flip_smm_bit", "update_tfa_sched",
		     "__armv8pmu_probe_pmu" },
	  .whys = whys_of_perf,
	  .isolated = "perf -C OTHERS, not -a; see also cgroup events, and agents that profile" },
	{ "msr", USUAL_OCCASIONAL,
	  "model-specific registers of other CPUs are read or written: turbostat, rdmsr, "
	  "monitoring, drivers",
	  "a longer interval in the sender; run it on the CPU that it reads: taskset -c CPU",
	  .funcs = { "__rdmsr*_on_cpu*", "__wrmsr*_on_cpu*" },
	  .isolated = "turbostat --cpu OTHERS; monitoring that leaves this CPU out" },
	{ "cpuid", USUAL_OCCASIONAL, "/dev/cpu/*/cpuid is read from other CPUs",
	  "stop the reader, or run it on that CPU: taskset -c CPU; modprobe -r cpuid",
	  .funcs = { "cpuid_smp_cpuid" }, .module = "cpuid" },
	{ "aperfmperf", USUAL_OCCASIONAL, /* arch/x86/kernel/cpu/aperfmperf.c, up to 5.17 */
	  "the frequency of other CPUs is measured, one after the other, for /proc/cpuinfo or "
	  "scaling_cur_freq (before 5.18)",
	  "the sender reads /proc/cpuinfo less often; nproc and /sys/devices/system/cpu ask nobody",
	  .funcs = { "aperfmperf_snapshot_khz" } },
	{ "slab_flush", USUAL_RARE, /* mm/slub.c: flush_all(), up to 5.14 */
	  "a slab cache is shrunk or removed, and every CPU gives its part back (before 5.15)",
	  "ipitrace --stacks -f flush_cpu_slab shows for whom", .funcs = { "flush_cpu_slab" } },
	{ "clock_set", USUAL_RARE, "the clock is set, and every CPU looks at its timers anew",
	  "slew the clock, do not step it (chrony: makestep only at boot); one daemon that sets it",
	  .funcs = { "retrigger_next_event" } },
	{ "page_attributes", USUAL_RARE,
	  "attributes of kernel pages are changed (graphics and other drivers, modules, BPF)",
	  "ipitrace --stacks -f '__cpa_flush*' shows by whom",
	  .funcs = { "__cpa_flush_all", "__cpa_flush_tlb" } },
	{ "wbinvd", USUAL_RARE,
	  "all caches are written back on every CPU (graphics drivers, SEV guests)",
	  "start and stop such guests less often; ipitrace --stacks -f __wbinvd shows by whom",
	  .funcs = { "__wbinvd", "__wbnoinvd" } },
	{ "bh_lru", USUAL_RARE,
	  "block devices are closed, flushed or unmounted, and every CPU drops its buffers",
	  "stop what opens and closes them in a loop (blkid, udev rules, BLKFLSBUF, mounts)",
	  .funcs = { "invalidate_bh_lru" } },
	{ "page_tables", USUAL_OCCASIONAL, "page tables are freed under lockless readers",
	  "ipitrace --stacks -f tlb_remove_table_smp_sync shows for whom",
	  .funcs = { "tlb_remove_table_smp_sync" }, .whys = whys_of_collapse },
	{ "acpi_cpufreq", USUAL_OCCASIONAL,
	  "acpi-cpufreq reads or sets the frequency of other CPUs",
	  "cpupower frequency-set -g performance; fewer readers of scaling_cur_freq",
	  .funcs = { "do_drv_write", "do_drv_read", "boost_set_msr_each" },
	  .module = "acpi_cpufreq", .shows = SHOWS_CPUFREQ },
	{ "amu_frequency", USUAL_OCCASIONAL,
	  "the frequency of other CPUs is read from their activity counters (CPPC)",
	  "fewer readers of cpuinfo_cur_freq; cpupower frequency-set -g performance",
	  .funcs = { "cpu_read_corecnt", "cpu_read_constcnt", "counters_read_on_cpu",
		     "amu_read_core_const_ctrs" },
	  .shows = SHOWS_CPUFREQ },
	{ "blk_complete", USUAL_TRAFFIC,
	  "block requests complete on another CPU than they came from",
	  "echo 0 >/sys/block/DEV/queue/rq_affinity; more hardware queues, or their "
	  "interrupts near the submitters",
	  .funcs = { "__blk_mq_complete_request_remote" } },
	{ "rps", USUAL_TRAFFIC,
	  "received packets are handed to other CPUs (RPS), or their buffers freed there",
	  "echo 0 >/sys/class/net/DEV/queues/rx-N/rps_cpus; RSS with more queues; "
	  "sysctl net.core.skb_defer_max=0",
	  .funcs = { "rps_trigger_softirq", "trigger_rx_softirq" } },
	{ "resctrl", USUAL_OCCASIONAL, "cache and bandwidth monitors of other domains are read",
	  "a longer interval in what reads /sys/fs/resctrl",
	  .funcs = { "mon_event_count", "smp_mon_event_count", "__ris_msmon_read" } },
	{ "rdpmc", USUAL_OCCASIONAL, /* arch/x86/events/core.c, drivers/perf/arm_pmuv3.c */
	  "programs map perf events to read the counters themselves, and every CPU is told whether they may",
	  "keep the events mapped; echo 0 >/sys/bus/event_source/devices/cpu/rdpmc",
	  .funcs = { "cr4_update_pce", "armv8pmu_disable_user_access_ipi" } },
	{ "resctrl_setup", USUAL_OCCASIONAL, /* fs/resctrl/, arch/x86/kernel/cpu/resctrl/ */
	  "tasks or CPUs move between resource groups, or schemata are written",
	  "move tasks once, when they start; a longer interval in what writes /sys/fs/resctrl",
	  .funcs = { "rdt_ctrl_update", "_update_task_closid_rmid", "update_cpu_closid_rmid",
		     "resctrl_arch_sync_cpu_closid_rmid", "mon_event_config_read",
		     "mon_event_config_write", "resctrl_arch_mon_event_config_*", "resctrl_abmc_*",
		     "resctrl_sdciae_set_one_amd", "l?_qos_cfg_update" } },
	{ "hrtick", USUAL_COMMON, /* kernel/sched/core.c: hrtick_start() */
	  "the scheduler feature HRTICK starts timers of other CPUs",
	  "echo NO_HRTICK >/sys/kernel/debug/sched/features", .funcs = { "__hrtick_start" } },
	{ "cpu_bandwidth", USUAL_COMMON, /* kernel/sched/fair.c: unthrottle_cfs_rq_async() */
	  "cgroups with a CPU quota go on in a new period, on every CPU where they were stopped",
	  "a larger or no cpu.max; a longer period: echo QUOTA 500000 >cpu.max",
	  .funcs = { "__cfsb_csd_unthrottle" }, .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "unthrottle_cfs_rq", "distribute_cfs_runtime", "sched_cfs_period_timer",
		  "do_sched_rt_period_timer", "sched_rt_period_timer" } },
	{ "ldt", USUAL_ROUTINE, /* arch/x86/kernel/ldt.c */
	  "a program with threads changes its LDT: modify_ldt(2), as Wine and DOSEMU do",
	  "fewer threads in it; keep it on few CPUs: taskset -c LIST", .funcs = { "flush_ldt" } },
	{ "lam", USUAL_RARE, /* arch/x86/kernel/process_64.c */
	  "programs turn on Linear Address Masking for all of their threads",
	  "call arch_prctl(ARCH_ENABLE_TAGGED_ADDR) before threads are made",
	  .funcs = { "enable_lam_func" } },
	{ "speculation", USUAL_RARE, /* arch/x86/kernel/cpu/bugs.c */
	  "mitigations of speculation change on every CPU: SMT turned on or off, BPF programs loaded",
	  "do not switch SMT in a loop (/sys/devices/system/cpu/smt/control)",
	  .funcs = { "update_stibp_msr", "__bpf_arch_ibpb" } },
	{ "sgx", USUAL_OCCASIONAL, /* arch/x86/kernel/cpu/sgx/main.c, ioctl.c */
	  "SGX takes pages from enclaves, whose threads must leave them",
	  "more EPC (BIOS), or smaller enclaves", .funcs = { "sgx_ipi_cb" } },
	{ "mce", USUAL_RARE, /* arch/x86/kernel/cpu/mce/ */
	  "machine check settings change on every CPU (sysfs machinecheck, CPUs that go and come)",
	  "do not write /sys/devices/system/machinecheck in a loop",
	  .funcs = { "mce_enable_ce", "mce_disable_cmci", "mce_cpu_restart", "__mce_disable_bank",
		     "cmci_rediscover_work_func", "threshold_restart_*" } },
	{ "clocksource_watchdog", USUAL_OCCASIONAL, /* kernel/time/clocksource.c */
	  "the clocksource watchdog compares the clocks of the CPUs",
	  "boot with tsc=reliable where the TSC is good; see dmesg for skewed CPUs",
	  .funcs = { "clocksource_verify_one_cpu", "watchdog_check_skew_remote" } },
	{ "bh_workqueue", USUAL_TRAFFIC, /* kernel/workqueue.c: kick_bh_pool() */
	  "works of BH workqueues are queued to other CPUs",
	  "the driver that queues them: ipitrace --stacks -f bh_pool_kick_normal",
	  .funcs = { "bh_pool_kick_normal", "bh_pool_kick_highpri" } },
	{ "bpf_test_run", USUAL_RARE, /* net/bpf/test_run.c */
	  "BPF_PROG_TEST_RUN runs raw tracepoint programs on other CPUs",
	  "run it on the own CPU: opts.cpu", .funcs = { "__bpf_prog_test_run_raw_tp" } },
	{ "sched_ext", USUAL_COMMON, /* kernel/sched/ext/ext.c */
	  "a scheduler made with BPF (sched_ext) kicks CPUs, or puts work off",
	  "the scheduler that is loaded: cat /sys/kernel/sched_ext/root/ops; kick fewer CPUs",
	  .funcs = { "deferred_irq_workfn", "kick_cpus_irq_workfn", "scx_*irq_workfn" },
	  .kinds = 1 << KIND_RESCHEDULE, .by = { "kick_cpus_irq_workfn", "kick_one_cpu", "scx_" } },
	{ "irq_redirect", USUAL_TRAFFIC, /* kernel/irq/irqdesc.c */
	  "interrupts of a device are handed to the CPU that should have them (7.2 and later)",
	  "set the affinity of the device so that its own vector fits: /proc/irq/N/smp_affinity",
	  .funcs = { "irq_redirect_work" } },
	{ "rcu_requests", USUAL_RARE, /* kernel/rcu/tree.c, tree_plugin.h */
	  "RCU asks CPUs that hold up a grace period",
	  "see dmesg for stalls of RCU; ipitrace stalls shows CPUs that keep interrupts off",
	  .funcs = { "rcu_iw_handler", "rcu_preempt_deferred_qs_handler", "rcu_strict_gp_boundary",
		     "swake_up_one_online_ipi", "call_rcu_tasks_iw_wakeup" },
	  .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "rcu_implicit_dynticks_qs", "rcu_watching_snap_recheck", "force_qs_rnp",
		  "rcu_gp_fqs", "resched_cpu" } },
	{ "lazy_tlb", USUAL_OCCASIONAL, /* kernel/fork.c; arch/x86/xen/mmu_pv.c */
	  "CPUs still hold page tables of processes that have ended", "fewer short-lived processes",
	  .funcs = { "do_shoot_lazy_tlb", "do_check_lazy_tlb", "drop_mm_ref_this_cpu" } },
	{ "powercap", USUAL_OCCASIONAL, /* drivers/powercap/intel_rapl_*.c */
	  "RAPL power limits and energy counters of other packages are read or written",
	  "a longer interval in what reads /sys/class/powercap; run it on that package",
	  .funcs = { "rapl_msr_update_func", "power_limit_irq_save_cpu" },
	  .module = "intel_rapl_*" },
	{ "speed_select",
	  USUAL_OCCASIONAL, /* drivers/platform/x86/intel/speed_select_if/isst_if_mbox_msr.c */
	  "Intel Speed Select settings of other CPUs are read or written",
	  "intel-speed-select less often", .funcs = { "msrl_update_func" },
	  .module = "isst_if_mbox_msr" },
	{ "legacy_cpufreq", USUAL_OCCASIONAL, /* drivers/cpufreq/ */
	  "powernow-k8, speedstep-ich or tegra194-cpufreq reads or sets the frequency of other CPUs",
	  "cpupower frequency-set -g performance; fewer readers of scaling_cur_freq",
	  .funcs = { "query_values_on_cpu", "powernowk8_cpu_init_on_cpu", "check_supported_cpu",
		     "get_freq_data", "get_freqs_on_cpu", "_speedstep_set_state",
		     "tegra194_*_cpu_ndiv_sysreg", "tegra_get_cpu_mpidr" },
	  .module = "@(powernow_k8|speedstep_ich|tegra194_cpufreq)" },
	{ "thermal", USUAL_RARE, /* drivers/thermal/intel/ */
	  "thermal interrupts are set up on other CPUs", "CPUs go and come less often",
	  .funcs = { "hfi_enable_instance", "hfi_disable_instance",
		     "config_directed_thermal_pkg_intr" } },
	{ "turbo", USUAL_OCCASIONAL, /* drivers/platform/x86/intel_ips.c */
	  "the driver intel_ips turns turbo off and on for all CPUs", "modprobe -r intel_ips",
	  .funcs = { "do_disable_cpu_turbo", "do_enable_cpu_turbo" }, .module = "intel_ips" },
	{ "amd_power", USUAL_OCCASIONAL, /* drivers/hwmon/fam15h_power.c */
	  "the power of other compute units is read (hwmon)",
	  "a longer interval in what reads power1_average", .funcs = { "do_read_registers_on_cu" },
	  .module = "fam15h_power" },
	{ "idle_setup",
	  USUAL_RARE, /* drivers/idle/, drivers/acpi/processor_idle.c, arch/x86/kernel/ */
	  "how CPUs idle is changed (cpuidle drivers, umwait, haltpoll)",
	  "set it once, when the machine boots",
	  .funcs = { "intel_c1_demotion_toggle", "umwait_update_control_msr",
		     "cpuidle_setup_broadcast_timer", "__lapic_timer_propagate_broadcast",
		     "hybrid_get_type", "kvm_*able_host_haltpoll", "__clockevents_unbind" } },
	{ "cpuidle_coupled", USUAL_COMMON, /* drivers/cpuidle/coupled.c */
	  "CPUs that can only idle together wake each other",
	  "disable the deepest state: cpupower idle-set -d N",
	  .funcs = { "cpuidle_coupled_handle_poke" } },
	{ "cpu_setup", USUAL_RARE, /* arch/x86/kernel/, arch/arm64/, kernel/cpu.c */
	  "CPUs are set up or stopped: boot, CPUs that go and come, microcode, the machine that ends",
	  "take CPUs off and on less often",
	  .funcs = { "zenbleed_check_cpu", "__fix_erratum_688", "__lapic_update_tsc_freq",
		     "mtrr_save_fixed_ranges", "check_tsc_sync_source", "cpuhp_complete_idle_dead",
		     "print_local_APIC", "apply_microcode_local", "collect_cpu_info_local",
		     "*able_insn_hw_mode", "cpu_hyp_*init", "_kvm_*", "__panic", "stop_self" } },
	{ "guest_setup", USUAL_RARE, /* arch/x86/kernel/kvm.c, arch/x86/xen/ */
	  "a guest is suspended, resumed or rebooted", "suspend it less often",
	  .funcs = { "xen_vcpu_notify_*", "kvm_pv_guest_cpu_reboot",
		     "vmware_pv_guest_cpu_reboot" } },
	{ "confidential_guests", USUAL_RARE, /* arch/x86/virt/ */
	  "SEV-SNP or TDX is turned on or off on every CPU", "load the modules once",
	  .funcs = { "snp_enable", "snp_set_hsave_pa", "clear_hsave_pa", "mfd_enable",
		     "mfd_reconfigure", "tdx_shutdown_cpu" } },
	{ "sme_dvmsync", USUAL_ROUTINE, /* arch/arm64/kernel/fpsimd.c */
	  "an erratum of arm64 CPUs with SME: each TLB flush interrupts the CPUs that run SME code",
	  "keep programs that use SME on few CPUs: taskset -c LIST",
	  .funcs = { "sme_dvmsync_ipi" } },
	{ "firmware_events", USUAL_RARE, /* drivers/firmware/arm_sdei.c */
	  "firmware events (SDEI) are turned on or off on every CPU",
	  "the firmware driver that does it",
	  .funcs = { "_ipi_*mask_cpu", "_ipi_private_reset", "_local_event_*able" } },
	{ "ffa_notifications", USUAL_COMMON, /* drivers/firmware/arm_ffa/driver.c */
	  "secure firmware (FF-A) notifies vCPUs or partitions", "the service behind it",
	  .funcs = { "notif_get_and_handle" }, .module = "ffa_core" },
	{ "arm_trace",
	  USUAL_OCCASIONAL, /* drivers/hwtracing/coresight/, drivers/perf/arm_spe_pmu.c */
	  "CoreSight or SPE tracing is set up, or read, on other CPUs",
	  "perf record -e cs_etm// less often; unload the drivers",
	  .funcs = { "arm_trbe_*_cpu", "etm4_*", "clear_etmdrvdata", "debug_init_arch_data",
		     "do_smp_cross_read", "__arm_spe_pmu_dev_probe" },
	  .module = "@(coresight*|arm_spe_pmu)" },
	{ "arm_setup",
	  USUAL_RARE, /* drivers/resctrl/mpam_devices.c, drivers/soc/qcom/spm.c, drivers/regulator/ */
	  "interrupts or voltages of arm64 CPUs are set up", "set it once, when the machine boots",
	  .funcs = { "_enable_percpu_irq", "smp_set_vdd_v1_1", "spmi_saw_set_vdd" },
	  .module = "@(spm|qcom_spmi_regulator)" },
	{ "edac", USUAL_RARE, /* drivers/edac/, arch/x86/kernel/cpu/mce/inject.c */
	  "memory errors are read or injected on other CPUs (EDAC, mce-inject)",
	  "a longer edac_mc_poll_msec; no injection",
	  .funcs = { "disable_caches", "enable_caches", "read_errors", "__read_local_reg",
		     "prepare_msrs", "trigger_mce", "trigger_dfr_int", "trigger_thr_int",
		     "mce_irq_ipi" },
	  .module = "@(*_edac|mce_inject)" },
	{ "nic_per_cpu", USUAL_TRAFFIC, /* drivers/net/ethernet/: liquidio, libeth, mvneta, mvpp2 */
	  "a network driver runs its queues on other CPUs",
	  "the affinity of the queues: ethtool -X, /proc/irq/N/smp_affinity",
	  .funcs = { "napi_schedule_wrapper", "libeth_xsk_napi_sched", "mvneta_percpu_*",
		     "mvpp2_*" },
	  .module = "@(liquidio|libeth_xdp|mvneta|mvpp2)" },
	{ "graphics",
	  USUAL_RARE, /* drivers/gpu/drm/, drivers/char/agp/, drivers/platform/x86/intel/pmc/ */
	  "graphics and platform drivers flush caches of all CPUs, or wake them",
	  "a driver that is newer, or none",
	  .funcs = { "drm_clflush_ipi_handler", "ipi_handler", "ping", "disable_c1_auto_demote",
		     "restore_c1_auto_demote" },
	  .module = "@(drm|i915|agpgart|intel_pmc_core)" },
	{ "hyperv_vtl", USUAL_COMMON, /* drivers/hv/mshv_vtl_main.c */
	  "registers of other virtual CPUs are read, or their interrupts masked (Hyper-V VTL)",
	  "run the reader on that CPU", .funcs = { "mshv_vtl_*" }, .module = "mshv_vtl" },
	{ "debugging", USUAL_RARE, /* drivers/tty/sysrq.c, kernel/debug/, mm/kasan/ */
	  "debugging: sysrq-l, kgdb, KASAN, the slab allocator of 6.1",
	  "leave it off in production",
	  .funcs = { "showacpu", "kgdb_call_nmi_hook", "per_cpu_remove_cache", "do_drain",
		     "__profile_flip_buffers" } },
	{ "kernel_tests",
	  USUAL_RARE, /* kernel/scftorture.c, kernel/rcu/rcutorture.c, drivers/misc/lkdtm/ */
	  "torture tests of the kernel run: scftorture, rcutorture, lkdtm",
	  "modprobe -r scftorture rcutorture lkdtm",
	  .funcs = { "scf_*", "rcu_torture_irq", "__lkdtm_SMP_CALL_LOCKUP" },
	  .module = "@(scftorture|rcutorture|lkdtm)" },
	{ "stop_machine", USUAL_RARE, /* kernel/stop_machine.c */
	  "all CPUs are stopped at once: CPUs that go and come, microcode, modules, mtrr",
	  "take CPUs off less often; load modules and microcode at boot",
	  .funcs = { "sched_ttwu_pending" },
	  .via = { "stop_machine", "stop_cpus", "__stop_cpus", "queue_stop_cpus_work",
		   "multi_cpu_stop" },
	  .kinds = 1 << KIND_RESCHEDULE },
	{ "page_drain",
	  USUAL_OCCASIONAL, /* mm/page_alloc.c: drain_all_pages(); mm/swap.c: lru_add_drain_all() */
	  "every CPU is asked to give back the pages that it keeps at hand",
	  "the caller (via) shows for whom", .funcs = { "sched_ttwu_pending" },
	  .via = { "__drain_all_pages", "drain_all_pages", "__lru_add_drain_all",
		   "lru_add_drain_all", "drain_all_stock" },
	  .kinds = 1 << KIND_RESCHEDULE, .whys = whys_of_drain, .open = true },
	{ "kvm_wakeups", USUAL_TRAFFIC, /* virt/kvm/kvm_main.c: kvm_vcpu_wake_up() */
	  "vCPUs that halted are woken on other CPUs: interrupts and IPIs of guests",
	  "pin vCPUs; guests: haltpoll, fewer timers; halt_poll_ns of kvm up",
	  .funcs = { "sched_ttwu_pending" }, .via = { "kvm_vcpu_wake_up", "kvm_vcpu_kick" },
	  .kinds = 1 << KIND_RESCHEDULE, .by = { "kvm_vcpu_wake_up" }, .shows = SHOWS_GUESTS },
	{ "kvm_kicks", USUAL_TRAFFIC, /* virt/kvm/kvm_main.c: kvm_vcpu_kick() */
	  "vCPUs that run are made to leave their guest: interrupts and IPIs of guests, requests",
	  "fewer vCPUs, or AVIC or IPI virtualization where the CPU has it",
	  .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "kvm_vcpu_kick", "__kvm_vcpu_kick", "kvm_make_", "vmx_deliver_",
		  "svm_complete_interrupt_delivery" },
	  .shows = SHOWS_GUESTS | SHOWS_GUEST_IPIS },
	{ "io_uring", USUAL_TRAFFIC, /* io_uring/io_uring.c, io-wq.c */
	  "io_uring tells tasks on other CPUs that requests have ended",
	  "IORING_SETUP_SINGLE_ISSUER with DEFER_TASKRUN or COOP_TASKRUN; submit from the task that waits",
	  .funcs = { "sched_ttwu_pending" },
	  .via = { "__io_req_task_work_add", "io_req_", "io_cq", "io_wq_", "io_acct", "io_worker",
		   "io_poll_", "io_queue_", "io_issue_", "io_submit_", "io_uring_", "io_complete_",
		   "io_async_", "io_timeout_", "io_msg_", "io_eventfd_" },
	  .kinds = 1 << KIND_RESCHEDULE },
	/* kernel/sched/core.c: kick_process() interrupts the CPU whose task is to look at something. */
	{ "freezer", USUAL_RARE, /* kernel/cgroup/freezer.c, kernel/freezer.c */
	  "tasks are frozen: cgroup.freeze, a suspend", "freeze and thaw less often",
	  .funcs = { "sched_ttwu_pending" }, .kinds = 1 << KIND_RESCHEDULE,
	  .via = { "cgroup_freeze", "cgroup_do_freeze", "cgroup_freezer_", "freeze_", "__freeze_",
		   "fake_signal_wake_up", "try_to_freeze_tasks" } },
	{ "ptrace", USUAL_OCCASIONAL, /* kernel/ptrace.c */
	  "a debugger or tracer stops tasks, or lets them go on (ptrace)",
	  "the tracer (the sender, or the one that the stopped task tells): strace, gdb, samplers",
	  .funcs = { "sched_ttwu_pending" }, .kinds = 1 << KIND_RESCHEDULE,
	  .via = { "ptrace_", "__ptrace_", "__do_sys_ptrace", "__x64_sys_ptrace",
		   "__arm64_sys_ptrace", "arch_ptrace" } },
	{ "itimer", USUAL_ROUTINE, /* kernel/time/itimer.c */
	  "a timer of setitimer(2) or alarm(2) runs out, and its signal comes to the program here",
	  TIMER_SIGNAL_ADVICE, .funcs = { "sched_ttwu_pending" }, .kinds = 1 << KIND_RESCHEDULE,
	  .via = { "it_real_fn" }, .to_timer = true },
	{ "posix_timer", USUAL_ROUTINE, /* kernel/time/posix-timers.c */
	  "a timer of timer_create(2) runs out, and its signal comes to the program here",
	  TIMER_SIGNAL_ADVICE, .funcs = { "sched_ttwu_pending" }, .kinds = 1 << KIND_RESCHEDULE,
	  .via = { "posix_timer_fn" }, .to_timer = true },
	{ "signal", USUAL_TRAFFIC, /* kernel/signal.c */
	  "signals are sent to tasks that run, or wake them",
	  "fewer signals (the sender); block them in that thread (pthread_sigmask), and take them in "
	  "another one, or by signalfd",
	  .funcs = { "sched_ttwu_pending" }, .kinds = 1 << KIND_RESCHEDULE,
	  .via = { "__send_signal", "send_signal", "complete_signal", "do_send_", "group_send_sig",
		   "send_sig", "posixtimer_send_sigqueue", "force_sig", "prepare_signal",
		   "kill_pid", "__kill_pgrp", "retarget_shared_pending", "zap_other_threads",
		   "de_thread", "do_notify_parent" },
	  .whys = whys_of_signal,
	  .isolated =
		  "no signals to the program while the CPU must be quiet; or block them in its thread, "
		  "and take them in another one" },
	{ "task_work", USUAL_COMMON, /* kernel/task_work.c: TWA_SIGNAL */
	  "a task that runs is told that there is work for it on its way out of the kernel (task_work)",
	  "the caller (via) shows for what", .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "task_work_add" }, .open = true },
	{ "task_changes", USUAL_OCCASIONAL, /* kernel/sched/: a priority, policy or group */
	  "the priority, policy or group of tasks is changed (nice, chrt, cgroups)",
	  "set it once, when the program starts", .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "set_user_nice", "__sched_setscheduler", "sched_setattr", "rt_mutex_setprio",
		  "rt_mutex_adjust_prio", "sched_move_task", "yield_to", "sched_setscheduler" },
	  .whys = whys_of_changes },
	{ "rt_balance", USUAL_ROUTINE, /* kernel/sched/rt.c, deadline.c */
	  "real-time or deadline tasks are pushed to a CPU where they may run",
	  "pin real-time tasks: taskset -cp LIST PID; fewer of them than CPUs",
	  .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "push_rt_task", "pull_rt_task", "push_dl_task", "pull_dl_task" } },
	{ "idle_wakeup", USUAL_COMMON, /* kernel/sched/core.c: wake_up_idle_cpu(); kernel/smp.c */
	  "CPUs in idle are made to look again, and wake no task",
	  "the caller (via) shows for what", .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "wake_up_if_idle", "wake_up_all_idle_cpus", "wake_up_nohz_cpu",
		  "wake_up_idle_cpu", "kick_ilb" },
	  .whys = whys_of_idle, .open = true },
	{ "migration", USUAL_ROUTINE, /* kernel/sched/core.c, fair.c */
	  "tasks are moved to other CPUs: sched_setaffinity, cpusets, active balancing",
	  "set affinity once, not in a loop; pin what keeps moving: taskset -cp LIST PID",
	  .funcs = { "sched_ttwu_pending" },
	  .via = { "stop_one_cpu", "affine_move_task", "stop_two_cpus", "migration_cpu_stop",
		   "migrate_swap_stop", "active_load_balance_cpu_stop", "push_cpu_stop",
		   "cpu_stopper_thread", "move_queued_task", "__set_cpus_allowed_ptr",
		   "set_cpus_allowed_ptr", "__sched_setaffinity" },
	  .kinds = 1 << KIND_RESCHEDULE, .stops = true, .shows = SHOWS_STOPS,
	  .isolated = "set affinity before the CPU must be quiet, and once" },
	/* Guests' IPIs: one for a vCPU that runs is a reschedule interrupt, where no AVIC does it. */
	{ "wakeups", USUAL_TRAFFIC, "tasks are woken on other CPUs",
	  "the caller (via) shows what wakes them", .funcs = { "sched_ttwu_pending" },
	  .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "try_to_wake_up", "wake_up_process", "wake_up_new_task", "ttwu_do_activate",
		  "ttwu_queue", "sched_ttwu_pending", "wake_up_state", "default_wake_function" },
	  .whys = whys_of_wakeups, .shows = SHOWS_GUEST_IPIS,
	  .isolated =
		  "the task that is woken may run elsewhere: taskset -cp OTHERS PID; rcu_nocbs=LIST" },
	{ "reschedule", USUAL_TRAFFIC, /* resched_curr(), smp_send_reschedule() */
	  "CPUs are asked to look at what they run: a wake-up, a signal, or another cause",
	  "ipitrace trace --kind reschedule shows who sends them", .kinds = 1 << KIND_RESCHEDULE,
	  .open = true, .shows = SHOWS_GUEST_IPIS,
	  .isolated = "one runnable task on the CPU; ipitrace --stacks -c CPU shows by whom" },
	/* irq_work_queue(): a CPU raises the interrupt on itself. */
	{ "bpf_ringbuf", USUAL_COMMON, /* kernel/bpf/ringbuf.c */
	  "BPF programs put records into ring buffers, and wake who reads them",
	  "BPF_RB_NO_WAKEUP and a timed poll; fewer records", .funcs = { "bpf_ringbuf_notify" } },
	{ "bpf_deferred",
	  USUAL_COMMON, /* kernel/bpf/memalloc.c, mmap_unlock_work.h; kernel/trace/bpf_trace.c */
	  "BPF programs put off what they may not do where they run: memory, locks, signals",
	  "bpftool prog shows the programs; preallocated maps",
	  .funcs = { "bpf_mem_refill", "do_mmap_read_unlock", "do_up_read", "do_bpf_send_signal",
		     "bpf_async_*", "bpf_*irq_work*" } },
	{ "printk", USUAL_OCCASIONAL, /* kernel/printk/ */
	  "messages of the kernel wake those who write them to consoles, or read them",
	  "see dmesg for who writes so much; dmesg -n 1; fewer consoles",
	  .funcs = { "wake_up_klogd_work_func", "nbcon_irq_work" } },
	{ "schedutil", USUAL_COMMON, /* kernel/sched/cpufreq_schedutil.c */
	  "the governor schedutil has its thread change the frequency",
	  "cpupower frequency-set -g performance; a larger schedutil/rate_limit_us",
	  .funcs = { "sugov_irq_work" }, .shows = SHOWS_CPUFREQ },
	{ "irq_work", USUAL_COMMON,
	  "CPUs interrupt themselves to go on outside of an NMI or a lock",
	  "ipitrace trace --kind irq_work shows the function and the task",
	  .kinds = 1 << KIND_IRQ_WORK, .open = true,
	  .isolated = "ipitrace --stacks -c CPU shows by whom" },
};

const size_t nr_signatures = sizeof(signatures) / sizeof(*signatures);
