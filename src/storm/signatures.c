// SPDX-License-Identifier: GPL-2.0
#include <fnmatch.h>
#include <string.h>
#include "abi/limits.h"
#include "model/storm.h"
#include "storm/signatures.h"

/*
 * Functions by their names in Linux 5.10 to 7.3. The first row that matches
 * wins, so a row with via stands before a row of the same function without.
 */
const struct signature signatures[] = {
	{
		/*
		 * arch/x86/kvm/x86.c: kvmclock_cpufreq_notifier(), which is
		 * registered only without X86_FEATURE_CONSTANT_TSC.
		 */
		.name = "tsc_khz_changed",
		.funcs = { "tsc_khz_changed" },
		.module = "kvm",
		.usual = USUAL_RARE,
		.shows = SHOWS_TSC | SHOWS_CPUFREQ | SHOWS_GUESTS,
		.cause =
			"KVM tells every CPU of the policy of each frequency change, for the TSC is "
			"not constant here",
		/* view/storm_words.c puts advice about guests and governor in front. */
		.advice = "a CPU with an invariant TSC; for a VM, QEMU's -cpu host,+invtsc",
	},
	{
		/* arch/x86/kvm/vmx/vmx.c: vmx_vcpu_load_vmcs() */
		.name = "kvm_vmcs_clear",
		.funcs = { "__loaded_vmcs_clear" },
		.module = "kvm_intel",
		.usual = USUAL_COMMON,
		.shows = SHOWS_GUESTS,
		.cause =
			"vCPUs of Intel guests move to other CPUs, which ask the last one for the VMCS",
		.advice =
			"pin vCPUs: virsh vcpupin, or taskset -cp LIST TID; fewer vCPUs than CPUs",
	},
	{
		/* arch/x86/kvm/x86.c, up to 6.12; vmx/tdx.c */
		.name = "kvm_wbinvd",
		.funcs = { "wbinvd_ipi", "smp_func_do_phymem_cache_wb" },
		.module = "kvm*",
		.usual = USUAL_RARE,
		.cause = "guests with devices of the host write back all caches (WBINVD, TDX)",
		.advice =
			"a guest driver that maps write-combined memory in place of WBINVD; start and stop such guests less often",
	},
	{
		/* virt/kvm/kvm_main.c, arch/x86/kvm/ */
		.name = "kvm_setup",
		.funcs = { "hardware_enable_nolock", "hardware_disable_nolock",
			   "kvm_enable_virtualization_cpu", "kvm_disable_virtualization_cpu",
			   "check_processor_compat", "kvm_x86_check_cpu_compat",
			   "svm_srso_clear_bp_spec_reduce", "tdx_flush_vp" },
		.module = "kvm*",
		.usual = USUAL_RARE,
		.cause =
			"KVM is loaded or unloaded, or its first guest begins, or its last ends: a call to every CPU",
		.advice =
			"keep KVM loaded, and a guest running: boot with kvm.enable_virt_at_load=1 (6.12 and later)",
	},
	{
		.name = "kvm_requests",
		.funcs = { "ack_kick", "ack_flush" },
		.module = "kvm",
		.usual = USUAL_ROUTINE,
		.shows = SHOWS_GUESTS,
		.cause =
			"KVM makes all vCPUs of a guest leave it (TLB flushes, memory taken from it)",
		.advice = "sysctl kernel.numa_balancing=0; echo 0 >/sys/kernel/mm/ksm/run; "
			  "no ballooning; huge pages for guests",
	},
	{
		/* kernel/sched/fair.c, mm/memory.c */
		.name = "tlb_numa_balancing",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "do_numa_page", "do_huge_pmd_numa_page", "change_prot_numa",
			 "task_numa_work" },
		.usual = USUAL_OCCASIONAL,
		.cause = "NUMA balancing unmaps pages to see who uses them, and moves them",
		.advice = "sysctl kernel.numa_balancing=0, or numactl --membind for the program",
	},
	{
		/* mm/ksm.c */
		.name = "tlb_ksm",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "ksm_scan_thread", "ksm_do_scan", "unmerge_ksm_pages", "break_ksm" },
		.usual = USUAL_OCCASIONAL,
		.cause = "KSM write-protects and merges equal pages",
		.advice =
			"echo 0 >/sys/kernel/mm/ksm/run; a larger /sys/kernel/mm/ksm/sleep_millisecs",
	},
	{
		/* mm/khugepaged.c */
		.name = "tlb_khugepaged",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "khugepaged", "collapse_huge_page", "collapse_file", "collapse_single_pmd",
			 "madvise_collapse" },
		.usual = USUAL_OCCASIONAL,
		.cause = "khugepaged or MADV_COLLAPSE puts small pages together to huge ones",
		.advice =
			"echo madvise >/sys/kernel/mm/transparent_hugepage/enabled; a larger khugepaged/scan_sleep_millisecs",
	},
	{
		/* mm/compaction.c, mm/page_alloc.c */
		.name = "tlb_compaction",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "compact_zone", "compact_node", "kcompactd", "alloc_contig_range",
			 "__alloc_contig" },
		.usual = USUAL_OCCASIONAL,
		.cause = "memory is compacted: pages move together to make room for large ones",
		.advice =
			"sysctl vm.compaction_proactiveness=0; fewer huge pages on demand: reserve them at boot",
	},
	{
		/* mm/vmscan.c */
		.name = "tlb_reclaim",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "balance_pgdat", "kswapd", "try_to_free_pages",
			 "try_to_free_mem_cgroup_pages", "reclaim_high", "shrink_node",
			 "__node_reclaim" },
		.usual = USUAL_OCCASIONAL,
		.cause = "memory is short: mapped pages are reclaimed or swapped out",
		.advice =
			"more memory, or less use of it; a larger memory.high or memory.max of the cgroup that is short",
	},
	{
		/* mm/page-writeback.c, mm/rmap.c */
		.name = "tlb_writeback",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "folio_mkclean", "page_mkclean", "folio_clear_dirty_for_io" },
		.usual = USUAL_ROUTINE,
		.cause = "pages of mapped files are write-protected before they are written back",
		.advice = "write by write(2) in place of mmap; larger vm.dirty_writeback_centisecs",
	},
	{
		/* mm/memory.c */
		.name = "tlb_truncate",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "unmap_mapping_range", "unmap_mapping_pages", "unmap_mapping_folio" },
		.usual = USUAL_ROUTINE,
		.cause = "mapped files are truncated, or have holes punched",
		.advice = "truncate files that nobody maps",
	},
	{
		/* kernel/fork.c, mm/mmap.c */
		.name = "tlb_fork",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "dup_mmap", "dup_mm" },
		.usual = USUAL_ROUTINE,
		.cause = "programs with threads fork: their memory is write-protected first",
		.advice =
			"vfork or posix_spawn in place of fork; a small process that forks for the large one",
	},
	{
		/* mm/mmap.c */
		.name = "tlb_exit",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "exit_mmap" },
		.usual = USUAL_ROUTINE,
		.cause = "programs with threads end, or start another in their place",
		.advice = "fewer short-lived programs with threads",
	},
	{
		/* mm/memory.c */
		.name = "tlb_cow",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "do_wp_page", "wp_page_copy", "do_huge_pmd_wp_page" },
		.usual = USUAL_ROUTINE,
		.cause = "pages shared since a fork are copied on the first write",
		.advice =
			"vfork or posix_spawn in place of fork; the process that forked writes less until its child has ended",
	},
	{
		/* mm/madvise.c */
		.name = "tlb_madvise",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "do_madvise", "madvise_", "vector_madvise" },
		.usual = USUAL_ROUTINE,
		.cause = "a program gives memory back with madvise(2)",
		.advice =
			"malloc: MALLOC_TRIM_THRESHOLD_ up, jemalloc dirty_decay_ms up, TCMALLOC_RELEASE_RATE down; fewer threads",
	},
	{
		/* mm/mprotect.c, mm/userfaultfd.c */
		.name = "tlb_mprotect",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "mprotect_fixup", "do_mprotect_pkey", "change_protection",
			 "mwriteprotect_range" },
		.usual = USUAL_ROUTINE,
		.cause = "a program protects memory with mprotect(2)",
		.advice =
			"in a JIT: map code twice (writable, executable) or use pkeys; fewer threads",
	},
	{
		/* mm/mremap.c */
		.name = "tlb_mremap",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "move_page_tables", "__do_sys_mremap", "__x64_sys_mremap", "do_mremap" },
		.usual = USUAL_ROUTINE,
		.cause = "a program moves memory with mremap(2)",
		.advice = "larger allocations that need not grow; malloc: MALLOC_MMAP_THRESHOLD_",
	},
	{
		/* mm/vma.c, mm/mmap.c */
		.name = "tlb_munmap",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.via = { "do_vmi_munmap", "do_vmi_align_munmap", "__vm_munmap",
			 "vms_complete_munmap_vmas", "do_munmap", "unmap_region",
			 "vms_clear_ptes" },
		.usual = USUAL_ROUTINE,
		.cause =
			"a program unmaps memory with munmap(2), or maps other memory in its place",
		.advice =
			"less unmapping (malloc: MALLOC_TRIM_THRESHOLD_, MALLOC_MMAP_THRESHOLD_); fewer threads",
	},
	{
		.name = "tlb_flush",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.usual = USUAL_ROUTINE,
		.cause =
			"memory is unmapped or protected that other CPUs use too; no sampled stack shows "
			"for which of the causes above",
		.advice = "ipitrace --stacks -f 'flush_tlb*' shows for whom",
	},
	{
		.name = "tlb_flush_kernel",
		.funcs = { "do_flush_tlb_all", "do_kernel_range_flush" },
		.usual = USUAL_OCCASIONAL,
		.cause =
			"mappings of the kernel's own are undone: vmalloc and vunmap, by modules, BPF, "
			"stacks of threads",
		.advice = "ipitrace --stacks -f do_flush_tlb_all shows for whom; fewer short-lived "
			  "threads and programs",
	},
	{
		.name = "membarrier",
		.funcs = { "ipi_mb", "ipi_sync_core", "ipi_rseq", "ipi_sync_rq_state" },
		.usual = USUAL_ROUTINE,
		.cause =
			"a program calls membarrier(2), which interrupts the CPUs that run its threads",
		.advice = "call it less in the sender (a JIT, liburcu: the flavours mb and qsbr do "
			  "without); keep its threads on fewer CPUs: taskset -c LIST",
	},
	{
		.name = "text_patching",
		.funcs = { "do_sync_core" },
		.by_tracer = true,
		.usual = USUAL_RARE,
		.cause =
			"code of the kernel is patched while it runs: static keys, tracepoints, ftrace, "
			"kprobes, BPF being attached",
		.advice = "tracing off: echo 0 >/sys/kernel/tracing/events/enable; bpftool link; "
			  "attach once, not in a loop",
	},
	{
		.name = "ftrace",
		.funcs = { "ftrace_sync_ipi", "ignore_task_cpu", "rb_ipi", "rb_cpu_sync",
			   "rb_wake_up_waiters", "tracing_swap_cpu_buffer",
			   "enable_trace_buffered_event", "disable_trace_buffered_event",
			   "__relay_set_buf_dentry" },
		.usual = USUAL_RARE,
		.cause = "ftrace changes what is traced, or wakes the readers of its buffers",
		.advice = "echo nop >/sys/kernel/tracing/current_tracer; set filters once",
	},
	{
		/* kernel/smp.c, kick_all_cpus_sync(). */
		.name = "kick_all_cpus",
		.funcs = { "do_nothing" },
		.usual = USUAL_RARE,
		.cause =
			"somebody waits until every CPU has been in the kernel (kick_all_cpus_sync; on "
			"arm64 code that is patched, too)",
		.advice =
			"ipitrace --stacks -f do_nothing shows who; tracing and module loading off",
	},
	{
		.name = "rcu_expedited",
		.funcs = { "rcu_exp_handler" },
		.usual = USUAL_RARE,
		.cause = "expedited RCU grace periods ask every CPU that is busy",
		.advice = "boot with rcupdate.rcu_normal=1 (or echo 1 >/sys/kernel/rcu_normal); "
			  "nohz_full=LIST for CPUs that must be quiet",
	},
	{
		.name = "rcu_barrier",
		.funcs = { "rcu_barrier_handler" },
		.usual = USUAL_RARE,
		.cause =
			"rcu_barrier() waits for the callbacks of every CPU (modules unloaded, file "
			"systems unmounted)",
		.advice = "unload and unmount less often",
	},
	{
		.name = "rcu_tasks_trace",
		.funcs = { "trc_read_check_handler", "rcu_tasks_trace_empty_fn" },
		.usual = USUAL_RARE,
		.cause =
			"grace periods of RCU Tasks Trace ask running tasks (BPF programs that sleep "
			"being removed)",
		.advice =
			"boot with rcupdate.rcu_task_ipi_delay=500; detach such programs less often",
	},
	{
		.name = "nohz_balance",
		.funcs = { "nohz_csd_func" },
		.usual = USUAL_COMMON,
		.cause = "a busy CPU asks an idle one to balance the load for those that sleep",
		.advice =
			"isolcpus=LIST, or cpusets without load balancing, for CPUs that must be quiet",
	},
	{
		.name = "nohz_full_kick",
		.funcs = { "nohz_full_kick_func" },
		.usual = USUAL_OCCASIONAL,
		.cause = "something makes a nohz_full CPU take its tick back",
		.advice = "one task on each nohz_full CPU, no POSIX CPU timers, no perf there: "
			  "echo 1 >/sys/kernel/tracing/events/timer/tick_stop/enable shows why",
	},
	{
		.name = "rt_push",
		.funcs = { "rto_push_irq_work_func" },
		.usual = USUAL_OCCASIONAL,
		.cause =
			"CPUs that fall back in priority ask overloaded ones for their real-time tasks",
		.advice =
			"echo NO_RT_PUSH_IPI >/sys/kernel/debug/sched/features; pin real-time tasks",
	},
	{
		.name = "perf",
		.funcs = { "remote_function", "__perf_event_read", "__perf_event_stop",
			   "__perf_event_exit_context", "perf_pending_irq", "perf_pending_disable",
			   "flip_smm_bit", "update_tfa_sched", "__armv8pmu_probe_pmu" },
		.usual = USUAL_OCCASIONAL,
		.cause = "perf events of other CPUs are opened, switched or read",
		.advice =
			"read less often (perf stat -I), keep events open, read each on its own CPU",
	},
	{
		.name = "msr",
		.funcs = { "__rdmsr*_on_cpu*", "__wrmsr*_on_cpu*" },
		.usual = USUAL_OCCASIONAL,
		.cause =
			"model-specific registers of other CPUs are read or written: turbostat, rdmsr, "
			"monitoring, drivers",
		.advice =
			"a longer interval in the sender; run it on the CPU that it reads: taskset -c "
			"CPU",
	},
	{
		.name = "cpuid",
		.funcs = { "cpuid_smp_cpuid" },
		.module = "cpuid",
		.usual = USUAL_OCCASIONAL,
		.cause = "/dev/cpu/*/cpuid is read from other CPUs",
		.advice =
			"stop the reader, or run it on that CPU: taskset -c CPU; modprobe -r cpuid",
	},
	{
		.name = "clock_set",
		.funcs = { "retrigger_next_event" },
		.usual = USUAL_RARE,
		.cause = "the clock is set, and every CPU looks at its timers anew",
		.advice = "slew the clock, do not step it (chrony: makestep only at boot); "
			  "one daemon that sets it",
	},
	{
		.name = "page_attributes",
		.funcs = { "__cpa_flush_all", "__cpa_flush_tlb" },
		.usual = USUAL_RARE,
		.cause =
			"attributes of kernel pages are changed (graphics and other drivers, modules, "
			"BPF)",
		.advice = "ipitrace --stacks -f '__cpa_flush*' shows by whom",
	},
	{
		.name = "wbinvd",
		.funcs = { "__wbinvd", "__wbnoinvd" },
		.usual = USUAL_RARE,
		.cause = "all caches are written back on every CPU (graphics drivers, SEV guests)",
		.advice =
			"start and stop such guests less often; ipitrace --stacks -f __wbinvd shows by "
			"whom",
	},
	{
		.name = "bh_lru",
		.funcs = { "invalidate_bh_lru" },
		.usual = USUAL_RARE,
		.cause =
			"block devices are closed, flushed or unmounted, and every CPU drops its buffers",
		.advice =
			"stop what opens and closes them in a loop (blkid, udev rules, BLKFLSBUF, "
			"mounts)",
	},
	{
		.name = "page_tables",
		.funcs = { "tlb_remove_table_smp_sync" },
		.usual = USUAL_OCCASIONAL,
		.cause = "page tables are freed under lockless readers (khugepaged, huge pages)",
		.advice = "echo never >/sys/kernel/mm/transparent_hugepage/enabled",
	},
	{
		.name = "acpi_cpufreq",
		.funcs = { "do_drv_write", "do_drv_read", "boost_set_msr_each" },
		.module = "acpi_cpufreq",
		.usual = USUAL_OCCASIONAL,
		.shows = SHOWS_CPUFREQ,
		.cause = "acpi-cpufreq reads or sets the frequency of other CPUs",
		.advice =
			"cpupower frequency-set -g performance; fewer readers of scaling_cur_freq",
	},
	{
		.name = "amu_frequency",
		.funcs = { "cpu_read_corecnt", "cpu_read_constcnt", "counters_read_on_cpu",
			   "amu_read_core_const_ctrs" },
		.usual = USUAL_OCCASIONAL,
		.shows = SHOWS_CPUFREQ,
		.cause = "the frequency of other CPUs is read from their activity counters (CPPC)",
		.advice =
			"fewer readers of cpuinfo_cur_freq; cpupower frequency-set -g performance",
	},
	{
		.name = "blk_complete",
		.funcs = { "__blk_mq_complete_request_remote" },
		.usual = USUAL_TRAFFIC,
		.cause = "block requests complete on another CPU than they came from",
		.advice =
			"echo 0 >/sys/block/DEV/queue/rq_affinity; more hardware queues, or their "
			"interrupts near the submitters",
	},
	{
		.name = "rps",
		.funcs = { "rps_trigger_softirq", "trigger_rx_softirq" },
		.usual = USUAL_TRAFFIC,
		.cause =
			"received packets are handed to other CPUs (RPS), or their buffers freed there",
		.advice = "echo 0 >/sys/class/net/DEV/queues/rx-N/rps_cpus; RSS with more queues; "
			  "sysctl net.core.skb_defer_max=0",
	},
	{
		.name = "resctrl",
		.funcs = { "mon_event_count", "smp_mon_event_count", "__ris_msmon_read" },
		.usual = USUAL_OCCASIONAL,
		.cause = "cache and bandwidth monitors of other domains are read",
		.advice = "a longer interval in what reads /sys/fs/resctrl",
	},
	{
		/* arch/x86/events/core.c, drivers/perf/arm_pmuv3.c */
		.name = "rdpmc",
		.funcs = { "cr4_update_pce", "armv8pmu_disable_user_access_ipi" },
		.usual = USUAL_OCCASIONAL,
		.cause =
			"programs map perf events to read the counters themselves, and every CPU is told whether they may",
		.advice = "keep the events mapped; echo 0 >/sys/bus/event_source/devices/cpu/rdpmc",
	},
	{
		/* fs/resctrl/, arch/x86/kernel/cpu/resctrl/ */
		.name = "resctrl_setup",
		.funcs = { "rdt_ctrl_update", "_update_task_closid_rmid", "update_cpu_closid_rmid",
			   "resctrl_arch_sync_cpu_closid_rmid", "mon_event_config_read",
			   "mon_event_config_write", "resctrl_arch_mon_event_config_*",
			   "resctrl_abmc_*", "resctrl_sdciae_set_one_amd", "l?_qos_cfg_update" },
		.usual = USUAL_OCCASIONAL,
		.cause = "tasks or CPUs move between resource groups, or schemata are written",
		.advice =
			"move tasks once, when they start; a longer interval in what writes /sys/fs/resctrl",
	},
	{
		/* kernel/sched/core.c: hrtick_start() */
		.name = "hrtick",
		.funcs = { "__hrtick_start" },
		.usual = USUAL_COMMON,
		.cause = "the scheduler feature HRTICK starts timers of other CPUs",
		.advice = "echo NO_HRTICK >/sys/kernel/debug/sched/features",
	},
	{
		/* kernel/sched/fair.c: unthrottle_cfs_rq_async() */
		.name = "cpu_bandwidth",
		.funcs = { "__cfsb_csd_unthrottle" },
		.usual = USUAL_COMMON,
		.cause =
			"cgroups with a CPU quota go on in a new period, on every CPU where they were stopped",
		.advice = "a larger or no cpu.max; a longer period: echo QUOTA 500000 >cpu.max",
	},
	{
		/* arch/x86/kernel/ldt.c */
		.name = "ldt",
		.funcs = { "flush_ldt" },
		.usual = USUAL_ROUTINE,
		.cause =
			"a program with threads changes its LDT: modify_ldt(2), as Wine and DOSEMU do",
		.advice = "fewer threads in it; keep it on few CPUs: taskset -c LIST",
	},
	{
		/* arch/x86/kernel/process_64.c */
		.name = "lam",
		.funcs = { "enable_lam_func" },
		.usual = USUAL_RARE,
		.cause = "programs turn on Linear Address Masking for all of their threads",
		.advice = "call arch_prctl(ARCH_ENABLE_TAGGED_ADDR) before threads are made",
	},
	{
		/* arch/x86/kernel/cpu/bugs.c */
		.name = "speculation",
		.funcs = { "update_stibp_msr", "__bpf_arch_ibpb" },
		.usual = USUAL_RARE,
		.cause =
			"mitigations of speculation change on every CPU: SMT turned on or off, BPF programs loaded",
		.advice = "do not switch SMT in a loop (/sys/devices/system/cpu/smt/control)",
	},
	{
		/* arch/x86/kernel/cpu/sgx/main.c, ioctl.c */
		.name = "sgx",
		.funcs = { "sgx_ipi_cb" },
		.usual = USUAL_OCCASIONAL,
		.cause = "SGX takes pages from enclaves, whose threads must leave them",
		.advice = "more EPC (BIOS), or smaller enclaves",
	},
	{
		/* arch/x86/kernel/cpu/mce/ */
		.name = "mce",
		.funcs = { "mce_enable_ce", "mce_disable_cmci", "mce_cpu_restart",
			   "__mce_disable_bank", "cmci_rediscover_work_func",
			   "threshold_restart_*" },
		.usual = USUAL_RARE,
		.cause =
			"machine check settings change on every CPU (sysfs machinecheck, CPUs that go and come)",
		.advice = "do not write /sys/devices/system/machinecheck in a loop",
	},
	{
		/* kernel/time/clocksource.c */
		.name = "clocksource_watchdog",
		.funcs = { "clocksource_verify_one_cpu", "watchdog_check_skew_remote" },
		.usual = USUAL_OCCASIONAL,
		.cause = "the clocksource watchdog compares the clocks of the CPUs",
		.advice = "boot with tsc=reliable where the TSC is good; see dmesg for skewed CPUs",
	},
	{
		/* kernel/workqueue.c: kick_bh_pool() */
		.name = "bh_workqueue",
		.funcs = { "bh_pool_kick_normal", "bh_pool_kick_highpri" },
		.usual = USUAL_TRAFFIC,
		.cause = "works of BH workqueues are queued to other CPUs",
		.advice = "the driver that queues them: ipitrace --stacks -f bh_pool_kick_normal",
	},
	{
		/* net/bpf/test_run.c */
		.name = "bpf_test_run",
		.funcs = { "__bpf_prog_test_run_raw_tp" },
		.usual = USUAL_RARE,
		.cause = "BPF_PROG_TEST_RUN runs raw tracepoint programs on other CPUs",
		.advice = "run it on the own CPU: opts.cpu",
	},
	{
		/* kernel/sched/ext/ext.c */
		.name = "sched_ext",
		.funcs = { "deferred_irq_workfn" },
		.usual = USUAL_COMMON,
		.cause = "a scheduler made with BPF (sched_ext) puts work off to another CPU",
		.advice = "the scheduler that is loaded: cat /sys/kernel/sched_ext/root/ops",
	},
	{
		/* kernel/irq/irqdesc.c */
		.name = "irq_redirect",
		.funcs = { "irq_redirect_work" },
		.usual = USUAL_TRAFFIC,
		.cause =
			"interrupts of a device are handed to the CPU that should have them (7.2 and later)",
		.advice =
			"set the affinity of the device so that its own vector fits: /proc/irq/N/smp_affinity",
	},
	{
		/* kernel/rcu/tree.c, tree_plugin.h */
		.name = "rcu_requests",
		.funcs = { "rcu_iw_handler", "rcu_preempt_deferred_qs_handler",
			   "rcu_strict_gp_boundary", "swake_up_one_online_ipi" },
		.usual = USUAL_RARE,
		.cause = "RCU asks CPUs that hold up a grace period",
		.advice =
			"see dmesg for stalls of RCU; ipitrace stalls shows CPUs that keep interrupts off",
	},
	{
		/* kernel/fork.c; arch/x86/xen/mmu_pv.c */
		.name = "lazy_tlb",
		.funcs = { "do_shoot_lazy_tlb", "do_check_lazy_tlb", "drop_mm_ref_this_cpu" },
		.usual = USUAL_OCCASIONAL,
		.cause = "CPUs still hold page tables of processes that have ended",
		.advice = "fewer short-lived processes",
	},
	{
		/* drivers/powercap/intel_rapl_*.c */
		.name = "powercap",
		.funcs = { "rapl_msr_update_func", "power_limit_irq_save_cpu" },
		.module = "intel_rapl_*",
		.usual = USUAL_OCCASIONAL,
		.cause =
			"RAPL power limits and energy counters of other packages are read or written",
		.advice =
			"a longer interval in what reads /sys/class/powercap; run it on that package",
	},
	{
		/* drivers/platform/x86/intel/speed_select_if/isst_if_mbox_msr.c */
		.name = "speed_select",
		.funcs = { "msrl_update_func" },
		.module = "isst_if_mbox_msr",
		.usual = USUAL_OCCASIONAL,
		.cause = "Intel Speed Select settings of other CPUs are read or written",
		.advice = "intel-speed-select less often",
	},
	{
		/* drivers/cpufreq/ */
		.name = "legacy_cpufreq",
		.funcs = { "query_values_on_cpu", "powernowk8_cpu_init_on_cpu",
			   "check_supported_cpu", "get_freq_data", "get_freqs_on_cpu",
			   "_speedstep_set_state", "tegra194_*_cpu_ndiv_sysreg",
			   "tegra_get_cpu_mpidr" },
		.module = "@(powernow_k8|speedstep_ich|tegra194_cpufreq)",
		.usual = USUAL_OCCASIONAL,
		.cause =
			"powernow-k8, speedstep-ich or tegra194-cpufreq reads or sets the frequency of other CPUs",
		.advice =
			"cpupower frequency-set -g performance; fewer readers of scaling_cur_freq",
	},
	{
		/* drivers/thermal/intel/ */
		.name = "thermal",
		.funcs = { "hfi_enable_instance", "hfi_disable_instance",
			   "config_directed_thermal_pkg_intr" },
		.usual = USUAL_RARE,
		.cause = "thermal interrupts are set up on other CPUs",
		.advice = "CPUs go and come less often",
	},
	{
		/* drivers/platform/x86/intel_ips.c */
		.name = "turbo",
		.funcs = { "do_disable_cpu_turbo", "do_enable_cpu_turbo" },
		.module = "intel_ips",
		.usual = USUAL_OCCASIONAL,
		.cause = "the driver intel_ips turns turbo off and on for all CPUs",
		.advice = "modprobe -r intel_ips",
	},
	{
		/* drivers/hwmon/fam15h_power.c */
		.name = "amd_power",
		.funcs = { "do_read_registers_on_cu" },
		.module = "fam15h_power",
		.usual = USUAL_OCCASIONAL,
		.cause = "the power of other compute units is read (hwmon)",
		.advice = "a longer interval in what reads power1_average",
	},
	{
		/* drivers/idle/, drivers/acpi/processor_idle.c, arch/x86/kernel/ */
		.name = "idle_setup",
		.funcs = { "intel_c1_demotion_toggle", "umwait_update_control_msr",
			   "cpuidle_setup_broadcast_timer", "__lapic_timer_propagate_broadcast",
			   "hybrid_get_type", "kvm_*able_host_haltpoll", "__clockevents_unbind" },
		.usual = USUAL_RARE,
		.cause = "how CPUs idle is changed (cpuidle drivers, umwait, haltpoll)",
		.advice = "set it once, when the machine boots",
	},
	{
		/* drivers/cpuidle/coupled.c */
		.name = "cpuidle_coupled",
		.funcs = { "cpuidle_coupled_handle_poke" },
		.usual = USUAL_COMMON,
		.cause = "CPUs that can only idle together wake each other",
		.advice = "disable the deepest state: cpupower idle-set -d N",
	},
	{
		/* arch/x86/kernel/, arch/arm64/, kernel/cpu.c */
		.name = "cpu_setup",
		.funcs = { "zenbleed_check_cpu", "__fix_erratum_688", "__lapic_update_tsc_freq",
			   "mtrr_save_fixed_ranges", "check_tsc_sync_source",
			   "cpuhp_complete_idle_dead", "print_local_APIC", "apply_microcode_local",
			   "collect_cpu_info_local", "*able_insn_hw_mode", "cpu_hyp_*init",
			   "_kvm_*", "__panic", "stop_self" },
		.usual = USUAL_RARE,
		.cause =
			"CPUs are set up or stopped: boot, CPUs that go and come, microcode, the machine that ends",
		.advice = "take CPUs off and on less often",
	},
	{
		/* arch/x86/kernel/kvm.c, arch/x86/xen/ */
		.name = "guest_setup",
		.funcs = { "xen_vcpu_notify_*", "kvm_pv_guest_cpu_reboot",
			   "vmware_pv_guest_cpu_reboot" },
		.usual = USUAL_RARE,
		.cause = "a guest is suspended, resumed or rebooted",
		.advice = "suspend it less often",
	},
	{
		/* arch/x86/virt/ */
		.name = "confidential_guests",
		.funcs = { "snp_enable", "snp_set_hsave_pa", "clear_hsave_pa", "mfd_enable",
			   "mfd_reconfigure", "tdx_shutdown_cpu" },
		.usual = USUAL_RARE,
		.cause = "SEV-SNP or TDX is turned on or off on every CPU",
		.advice = "load the modules once",
	},
	{
		/* arch/arm64/kernel/fpsimd.c */
		.name = "sme_dvmsync",
		.funcs = { "sme_dvmsync_ipi" },
		.usual = USUAL_ROUTINE,
		.cause =
			"an erratum of arm64 CPUs with SME: each TLB flush interrupts the CPUs that run SME code",
		.advice = "keep programs that use SME on few CPUs: taskset -c LIST",
	},
	{
		/* drivers/firmware/arm_sdei.c */
		.name = "firmware_events",
		.funcs = { "_ipi_*mask_cpu", "_ipi_private_reset", "_local_event_*able" },
		.usual = USUAL_RARE,
		.cause = "firmware events (SDEI) are turned on or off on every CPU",
		.advice = "the firmware driver that does it",
	},
	{
		/* drivers/firmware/arm_ffa/driver.c */
		.name = "ffa_notifications",
		.funcs = { "notif_get_and_handle" },
		.module = "ffa_core",
		.usual = USUAL_COMMON,
		.cause = "secure firmware (FF-A) notifies vCPUs or partitions",
		.advice = "the service behind it",
	},
	{
		/* drivers/hwtracing/coresight/, drivers/perf/arm_spe_pmu.c */
		.name = "arm_trace",
		.funcs = { "arm_trbe_*_cpu", "etm4_*", "clear_etmdrvdata", "debug_init_arch_data",
			   "do_smp_cross_read", "__arm_spe_pmu_dev_probe" },
		.module = "@(coresight*|arm_spe_pmu)",
		.usual = USUAL_OCCASIONAL,
		.cause = "CoreSight or SPE tracing is set up, or read, on other CPUs",
		.advice = "perf record -e cs_etm// less often; unload the drivers",
	},
	{
		/* drivers/resctrl/mpam_devices.c, drivers/soc/qcom/spm.c, drivers/regulator/ */
		.name = "arm_setup",
		.funcs = { "_enable_percpu_irq", "smp_set_vdd_v1_1", "spmi_saw_set_vdd" },
		.module = "@(spm|qcom_spmi_regulator)",
		.usual = USUAL_RARE,
		.cause = "interrupts or voltages of arm64 CPUs are set up",
		.advice = "set it once, when the machine boots",
	},
	{
		/* drivers/edac/, arch/x86/kernel/cpu/mce/inject.c */
		.name = "edac",
		.funcs = { "disable_caches", "enable_caches", "read_errors", "__read_local_reg",
			   "prepare_msrs", "trigger_mce", "trigger_dfr_int", "trigger_thr_int",
			   "mce_irq_ipi" },
		.module = "@(*_edac|mce_inject)",
		.usual = USUAL_RARE,
		.cause = "memory errors are read or injected on other CPUs (EDAC, mce-inject)",
		.advice = "a longer edac_mc_poll_msec; no injection",
	},
	{
		/* drivers/net/ethernet/: liquidio, libeth, mvneta, mvpp2 */
		.name = "nic_per_cpu",
		.funcs = { "napi_schedule_wrapper", "libeth_xsk_napi_sched", "mvneta_percpu_*",
			   "mvpp2_*" },
		.module = "@(liquidio|libeth_xdp|mvneta|mvpp2)",
		.usual = USUAL_TRAFFIC,
		.cause = "a network driver runs its queues on other CPUs",
		.advice = "the affinity of the queues: ethtool -X, /proc/irq/N/smp_affinity",
	},
	{
		/* drivers/gpu/drm/, drivers/char/agp/, drivers/platform/x86/intel/pmc/ */
		.name = "graphics",
		.funcs = { "drm_clflush_ipi_handler", "ipi_handler", "ping",
			   "disable_c1_auto_demote", "restore_c1_auto_demote" },
		.module = "@(drm|i915|agpgart|intel_pmc_core)",
		.usual = USUAL_RARE,
		.cause = "graphics and platform drivers flush caches of all CPUs, or wake them",
		.advice = "a driver that is newer, or none",
	},
	{
		/* drivers/hv/mshv_vtl_main.c */
		.name = "hyperv_vtl",
		.funcs = { "mshv_vtl_*" },
		.module = "mshv_vtl",
		.usual = USUAL_COMMON,
		.cause =
			"registers of other virtual CPUs are read, or their interrupts masked (Hyper-V VTL)",
		.advice = "run the reader on that CPU",
	},
	{
		/* drivers/tty/sysrq.c, kernel/debug/, mm/kasan/ */
		.name = "debugging",
		.funcs = { "showacpu", "kgdb_call_nmi_hook", "per_cpu_remove_cache", "do_drain",
			   "__profile_flip_buffers" },
		.usual = USUAL_RARE,
		.cause = "debugging: sysrq-l, kgdb, KASAN, the slab allocator of 6.1",
		.advice = "leave it off in production",
	},
	{
		/* kernel/scftorture.c, kernel/rcu/rcutorture.c, drivers/misc/lkdtm/ */
		.name = "kernel_tests",
		.funcs = { "scf_*", "rcu_torture_irq", "__lkdtm_SMP_CALL_LOCKUP" },
		.module = "@(scftorture|rcutorture|lkdtm)",
		.usual = USUAL_RARE,
		.cause = "torture tests of the kernel run: scftorture, rcutorture, lkdtm",
		.advice = "modprobe -r scftorture rcutorture lkdtm",
	},
	{
		/* kernel/stop_machine.c */
		.name = "stop_machine",
		.funcs = { "sched_ttwu_pending" },
		.via = { "stop_machine", "stop_cpus", "__stop_cpus", "queue_stop_cpus_work" },
		.usual = USUAL_RARE,
		.cause =
			"all CPUs are stopped at once: CPUs that go and come, microcode, modules, mtrr",
		.advice = "take CPUs off less often; load modules and microcode at boot",
	},
	{
		/* mm/page_alloc.c: drain_all_pages(); mm/swap.c: lru_add_drain_all() */
		.name = "page_drain",
		.funcs = { "sched_ttwu_pending" },
		.via = { "__drain_all_pages", "drain_all_pages", "__lru_add_drain_all",
			 "lru_add_drain_all" },
		.usual = USUAL_OCCASIONAL,
		.cause =
			"every CPU is asked to give back the pages that it keeps: compaction, huge pages, memory offlined, CMA",
		.advice = "reserve huge pages at boot; sysctl vm.compaction_proactiveness=0",
	},
	{
		/* virt/kvm/kvm_main.c: kvm_vcpu_wake_up() */
		.name = "kvm_wakeups",
		.funcs = { "sched_ttwu_pending" },
		.via = { "kvm_vcpu_wake_up", "kvm_vcpu_kick" },
		.usual = USUAL_TRAFFIC,
		.shows = SHOWS_GUESTS,
		.cause = "vCPUs that halted are woken on other CPUs: interrupts and IPIs of guests",
		.advice = "pin vCPUs; guests: haltpoll, fewer timers; halt_poll_ns of kvm up",
	},
	{
		/* io_uring/io_uring.c, io-wq.c */
		.name = "io_uring",
		.funcs = { "sched_ttwu_pending" },
		.via = { "__io_req_task_work_add", "io_req_", "io_cq", "io_wq_", "io_acct",
			 "io_worker" },
		.usual = USUAL_TRAFFIC,
		.cause = "io_uring tells tasks on other CPUs that requests have ended",
		.advice =
			"IORING_SETUP_SINGLE_ISSUER with DEFER_TASKRUN or COOP_TASKRUN; submit from the task that waits",
	},
	{
		.name = "migration",
		.funcs = { "sched_ttwu_pending" },
		.via = { "stop_one_cpu", "affine_move_task", "stop_two_cpus" },
		.kinds = 1 << KIND_RESCHEDULE,
		.stops = true,
		.usual = USUAL_ROUTINE,
		.shows = SHOWS_STOPS,
		.cause = "tasks are moved to other CPUs: sched_setaffinity, cpusets, active "
			 "balancing",
		.advice =
			"set affinity once, not in a loop; pin what keeps moving: taskset -cp LIST PID",
	},
	{
		.name = "wakeups",
		.funcs = { "sched_ttwu_pending" },
		.kinds = 1 << KIND_RESCHEDULE,
		.usual = USUAL_TRAFFIC,
		/* A vCPU that runs takes a guest's IPI by a reschedule interrupt, where no AVIC does it. */
		.shows = SHOWS_GUEST_IPIS,
		.cause = "tasks wake tasks on other CPUs",
		.advice =
			"put tasks that talk to each other on CPUs that share a cache: taskset -c LIST; "
			"fewer, larger messages",
	},
	{
		/* irq_work_queue(): a CPU raises the interrupt on itself. */
		.name = "irq_work",
		.kinds = 1 << KIND_IRQ_WORK,
		.usual = USUAL_COMMON,
		.cause =
			"CPUs interrupt themselves to go on outside of an NMI or a lock: perf overflows, "
			"BPF ring buffers that wake their reader, printk",
		.advice = "a lower sampling rate; BPF: BPF_RB_NO_WAKEUP and a timed poll",
	},
};

const size_t nr_signatures = sizeof(signatures) / sizeof(*signatures);

/* Compares without the suffix of compiler-made parts: NAME.constprop.0, NAME.isra.0. */
static bool matches(const char *glob, const char *func)
{
	char name[128];
	size_t len = strcspn(func, ".");

	if (len >= sizeof(name))
		return false;
	memcpy(name, func, len);
	name[len] = '\0';
	/* fnmatch() is slow, and most globs are plain names. */
	if (!strpbrk(glob, "*?["))
		return !strcmp(glob, name);
	return !fnmatch(glob, name, 0);
}

bool signature__matches(const struct signature *sig, const char *func, const char *module)
{
	/* FNM_EXTMATCH: "@(a|b)" is a or b. */
	if (module && (!sig->module || fnmatch(sig->module, module, FNM_EXTMATCH)))
		return false;
	for (int i = 0; i < SIGNATURE_FUNCS && sig->funcs[i]; i++)
		if (matches(sig->funcs[i], func))
			return true;
	return false;
}

bool signature__is_via(const struct signature *sig, const char *frame)
{
	for (int i = 0; i < SIGNATURE_VIA && sig->via[i]; i++)
		if (!strncmp(frame, sig->via[i], strlen(sig->via[i])))
			return true;
	return false;
}
