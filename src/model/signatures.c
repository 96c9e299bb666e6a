// SPDX-License-Identifier: GPL-2.0
#include "model/cause.h"

/*
 * Each row has name, how often a healthy machine sends such IPIs, cause and advice; then what it
 * matches. Functions have their names of Linux 5.10 to 7.3. The first matching row wins, so a row
 * with via comes before a row of the same function without via. Frames that many causes have in
 * common (kick_process(), unmap_mapping_range()) are in no row: their callers decide.
 */
static const struct signature signatures[] = {
	/*
	 * arch/x86/kvm/x86.c: kvmclock_cpufreq_notifier(), which is registered only without
	 * X86_FEATURE_CONSTANT_TSC. view/words/storm.c prints advice about guests and the governor
	 * first.
	 */
	{ "tsc_khz_changed", USUAL_RARE,
	  "at each frequency change KVM calls every CPU of the cpufreq policy, because the TSC is "
	  "not constant here",
	  "use a CPU with an invariant TSC; in a VM, QEMU's -cpu host,+invtsc",
	  .funcs = { "tsc_khz_changed" }, .module = "kvm",
	  .shows = SHOWS_TSC | SHOWS_CPUFREQ | SHOWS_GUESTS },
	{ "kvm_vmcs_clear", USUAL_COMMON, /* arch/x86/kvm/vmx/vmx.c: vmx_vcpu_load_vmcs() */
	  "vCPUs of Intel guests move to other CPUs, and each of these CPUs asks the vCPU's last "
	  "CPU to release the VMCS",
	  "pin vCPUs: virsh vcpupin, or taskset -cp LIST TID; use fewer vCPUs than CPUs",
	  .funcs = { "__loaded_vmcs_clear" }, .module = "kvm_intel", .shows = SHOWS_GUESTS,
	  .isolated = "pin each vCPU to one CPU: virsh vcpupin; use fewer vCPUs than CPUs" },
	{ "kvm_wbinvd", USUAL_RARE, /* arch/x86/kvm/x86.c, up to 6.12; vmx/tdx.c */
	  "guests with devices of the host write back all caches (WBINVD, TDX)",
	  "use a guest driver that maps memory write-combined in place of WBINVD; start and stop "
	  "such guests less often",
	  .funcs = { "wbinvd_ipi", "smp_func_do_phymem_cache_wb" }, .module = "kvm*" },
	{ "kvm_setup", USUAL_RARE, /* virt/kvm/kvm_main.c, arch/x86/kvm/ */
	  "KVM is loaded or unloaded, or its first guest begins, or its last ends: a call to every CPU",
	  "keep KVM loaded, and a guest running: boot with kvm.enable_virt_at_load=1 (6.12 and later)",
	  .funcs = { "hardware_enable_nolock", "hardware_disable_nolock",
		     "kvm_enable_virtualization_cpu", "kvm_disable_virtualization_cpu",
		     "check_processor_compat", "kvm_x86_check_cpu_compat",
		     "svm_srso_clear_bp_spec_reduce", "tdx_flush_vp" },
	  .module = "kvm*" },
	{ "kvm_requests", USUAL_ROUTINE, "KVM makes all vCPUs of a guest leave the guest",
	  "ipitrace --stacks -f 'ack_*' shows the reason", .funcs = { "ack_kick", "ack_flush" },
	  .module = "kvm", .open = true, .whys = whys_of_kvm_requests, .shows = SHOWS_GUESTS },
	{ "membarrier", USUAL_ROUTINE,
	  "a program calls membarrier(2), which interrupts the CPUs that run its threads",
	  "let the sender call membarrier(2) less often (a JIT; liburcu, whose flavours mb and "
	  "qsbr do not call it); keep the sender's threads on fewer CPUs: taskset -c LIST",
	  .funcs = { "ipi_mb", "ipi_sync_core", "ipi_rseq", "ipi_sync_rq_state" },
	  .isolated =
		  "the sender has a thread on this CPU: move the sender (taskset -acp OTHERS PID); if "
		  "that thread must run here, change the program: give the thread a process of its "
		  "own, or use liburcu's flavours mb and qsbr" },
	{ "text_patching", USUAL_RARE, "code of the kernel is patched while it runs",
	  "ipitrace --stacks -f do_sync_core shows who has which code patched; patch the code "
	  "once, not in a loop",
	  .funcs = { "do_sync_core" }, .open = true, .whys = whys_of_text },
	{ "ftrace", USUAL_RARE,
	  "ftrace changes what is traced, or wakes the readers of its buffers",
	  "echo nop >/sys/kernel/tracing/current_tracer; set filters once",
	  .funcs = { "ftrace_sync_ipi", "ignore_task_cpu", "rb_ipi", "rb_cpu_sync",
		     "rb_wake_up_waiters", "tracing_swap_cpu_buffer", "enable_trace_buffered_event",
		     "disable_trace_buffered_event", "__relay_set_buf_dentry" },
	  .whys = whys_of_ftrace },
	{ "kick_all_cpus", USUAL_RARE, /* kernel/smp.c, kick_all_cpus_sync(). */
	  "somebody waits until every CPU has been in the kernel (kick_all_cpus_sync; on arm64 "
	  "also when code is patched)",
	  "ipitrace --stacks -f do_nothing shows who waits", .funcs = { "do_nothing" },
	  .open = true, .whys = whys_of_text },
	{ "rcu_expedited", USUAL_RARE, "expedited RCU grace periods ask every CPU that is busy",
	  "boot with rcupdate.rcu_normal=1 (or echo 1 >/sys/kernel/rcu_normal); "
	  "nohz_full=LIST for CPUs that must be quiet",
	  .funcs = { "rcu_exp_handler" }, .whys = whys_of_expedited },
	{ "rcu_barrier", USUAL_RARE, "rcu_barrier() waits for the callbacks of every CPU",
	  "ipitrace --stacks -f rcu_barrier_handler shows who asks for this",
	  .funcs = { "rcu_barrier_handler" }, .open = true, .whys = whys_of_rcu_barrier },
	{ "rcu_tasks_trace", USUAL_RARE,
	  "grace periods of RCU Tasks Trace ask running tasks, when BPF programs that may sleep "
	  "are removed",
	  "boot with rcupdate.rcu_task_ipi_delay=500; detach such programs less often",
	  .funcs = { "trc_read_check_handler", "rcu_tasks_trace_empty_fn" } },
	{ "nohz_balance", USUAL_COMMON,
	  "a busy CPU asks an idle CPU to balance the load of all idle CPUs",
	  "for CPUs that must be quiet: boot with isolcpus=LIST, or use cpusets without load "
	  "balancing",
	  .funcs = { "nohz_csd_func" },
	  .isolated = "boot with isolcpus=domain,LIST, or an isolated cpuset partition" },
	/* Since 6.12; the timer since 6.8. dl_task_timer() often has dl_server_timer() inlined. */
	{ "fair_server", USUAL_OCCASIONAL, /* kernel/sched/deadline.c */
	  "the scheduler's server for fair tasks starts anew, each second, as if a real-time "
	  "task kept them waiting (since 6.12)",
	  "echo 0 >/sys/kernel/debug/sched/fair_server/cpuN/runtime",
	  .funcs = { "nohz_full_kick_func" }, .via = { "dl_server_timer" },
	  .kinds = 1 << KIND_RESCHEDULE },
	{ "deadline_task", USUAL_COMMON, /* kernel/sched/deadline.c */
	  "a SCHED_DEADLINE task gets the time of its next period", "chrt -p shows such tasks",
	  .funcs = { "nohz_full_kick_func" },
	  .via = { "enqueue_task_dl<dl_task_timer", "wakeup_preempt_dl<dl_task_timer",
		   "push_dl_task<dl_task_timer" },
	  .kinds = 1 << KIND_RESCHEDULE },
	{ "deadline_timer", USUAL_COMMON, /* kernel/sched/deadline.c */
	  "a deadline timer runs out: of the server for fair tasks, each second (since 6.8), or of a "
	  "SCHED_DEADLINE task; the stack does not show which",
	  "echo 0 >/sys/kernel/debug/sched/fair_server/cpuN/runtime; where that changes nothing, "
	  "see chrt -p of the tasks there",
	  .funcs = { "nohz_full_kick_func" }, .via = { "dl_task_timer" },
	  .kinds = 1 << KIND_RESCHEDULE },
	{ "nohz_full_kick", USUAL_OCCASIONAL, "something makes a nohz_full CPU take its tick back",
	  "echo 1 >/sys/kernel/tracing/events/timer/tick_stop/enable shows what needs the tick",
	  .funcs = { "nohz_full_kick_func" }, .whys = whys_of_nohz_kick },
	{ "rt_push", USUAL_OCCASIONAL,
	  "CPUs whose next task has a lower priority ask CPUs with several real-time tasks to push "
	  "one",
	  "echo NO_RT_PUSH_IPI >/sys/kernel/debug/sched/features; pin real-time tasks",
	  .funcs = { "rto_push_irq_work_func" } },
	{ "perf_samples", USUAL_COMMON, /* kernel/events/core.c: perf_event_overflow() */
	  "perf events overflow, and stop, or wake the readers of their samples",
	  "lower the sampling rate (perf record -F); for fewer wake-ups: perf record --mmap-pages, "
	  "watermark",
	  .funcs = { "perf_pending_irq", "perf_pending_event", "perf_pending_disable",
		     "__perf_pending_irq" },
	  .whys = whys_of_perf_samples },
	{ "perf", USUAL_OCCASIONAL, "perf asks other CPUs to read or change their events",
	  "ipitrace --stacks -f 'remote_function,__perf_event_*' shows what the sender asks",
	  .funcs = { "remote_function", "__perf_event_read", "__perf_event_stop",
		     "__perf_event_exit_context", "flip_smm_bit", "update_tfa_sched",
		     "__armv8pmu_probe_pmu" },
	  .open = true, .whys = whys_of_perf,
	  .isolated = "use perf -C OTHERS, not -a; look for cgroup events, and for agents that "
		      "profile" },
	{ "msr", USUAL_OCCASIONAL, "model-specific registers of other CPUs are read or written",
	  "give the sender a longer interval, or run the sender on the CPU that it reads: taskset "
	  "-c CPU",
	  .funcs = { "__rdmsr*_on_cpu*", "__wrmsr*_on_cpu*" }, .whys = whys_of_msr,
	  .isolated = "give the sender a longer interval, or let monitoring leave this CPU out" },
	{ "cpuid", USUAL_OCCASIONAL, "/dev/cpu/*/cpuid is read from other CPUs",
	  "stop the reader, or run it on that CPU: taskset -c CPU; modprobe -r cpuid",
	  .funcs = { "cpuid_smp_cpuid" }, .module = "cpuid",
	  .isolated = "stop the reader; modprobe -r cpuid" },
	{ "aperfmperf", USUAL_OCCASIONAL, /* arch/x86/kernel/cpu/aperfmperf.c, up to 5.17 */
	  "the frequency of other CPUs is measured, one after the other, for /proc/cpuinfo or "
	  "scaling_cur_freq (before 5.18)",
	  "let the sender read /proc/cpuinfo less often, or use nproc and /sys/devices/system/cpu, "
	  "which interrupt no CPU",
	  .funcs = { "aperfmperf_snapshot_khz" } },
	/* mm/slub.c: flush_all(), up to 5.14; mm/slab.c: drain_cpu_caches(), up to 6.7 */
	{ "slab_flush", USUAL_RARE,
	  "a slab cache is shrunk or removed, and every CPU gives its part back (before 5.15; with "
	  "CONFIG_SLAB before 6.8)",
	  "ipitrace --stacks -f flush_cpu_slab,do_drain shows who asks for this",
	  .funcs = { "flush_cpu_slab", "do_drain" }, .open = true },
	{ "clock_set", USUAL_RARE, "the clock is set, and every CPU looks at its timers anew",
	  "slew the clock, do not step it (chrony: makestep only at boot); let one daemon set the "
	  "clock",
	  .funcs = { "retrigger_next_event" } },
	{ "page_attributes", USUAL_RARE,
	  "attributes of kernel pages are changed (graphics and other drivers, modules, BPF)",
	  "ipitrace --stacks -f '__cpa_flush*' shows who asks for this",
	  .funcs = { "__cpa_flush_all", "__cpa_flush_tlb" }, .open = true },
	{ "wbinvd", USUAL_RARE, "all caches are written back on every CPU",
	  "ipitrace --stacks -f __wbinvd shows who asks for this",
	  .funcs = { "__wbinvd", "__wbnoinvd" }, .open = true, .whys = whys_of_wbinvd },
	{ "bh_lru", USUAL_RARE, /* fs/buffer.c: invalidate_bh_lrus() */
	  "every CPU is asked to drop the block buffers that it keeps at hand",
	  "ipitrace --stacks -f invalidate_bh_lru shows who asks for this",
	  .funcs = { "invalidate_bh_lru" }, .open = true, .whys = whys_of_buffers },
	{ "page_tables", USUAL_OCCASIONAL,
	  "page tables are freed that lockless walkers may still read",
	  "ipitrace --stacks -f tlb_remove_table_smp_sync shows who asks for this",
	  .funcs = { "tlb_remove_table_smp_sync" }, .open = true, .whys = whys_of_collapse },
	{ "acpi_cpufreq", USUAL_OCCASIONAL,
	  "acpi-cpufreq reads or sets the frequency of other CPUs",
	  "cpupower frequency-set -g performance; read scaling_cur_freq less often",
	  .funcs = { "do_drv_write", "do_drv_read", "boost_set_msr_each" },
	  .module = "acpi_cpufreq", .shows = SHOWS_CPUFREQ },
	{ "amu_frequency", USUAL_OCCASIONAL,
	  "the frequency of other CPUs is read from their activity counters (CPPC)",
	  "read cpuinfo_cur_freq less often; cpupower frequency-set -g performance",
	  .funcs = { "cpu_read_corecnt", "cpu_read_constcnt", "counters_read_on_cpu",
		     "amu_read_core_const_ctrs" },
	  .shows = SHOWS_CPUFREQ },
	{ "blk_complete", USUAL_TRAFFIC,
	  "interrupts of block requests arrive on other CPUs than those that must complete the "
	  "requests",
	  "echo 0 >/sys/block/DEV/queue/rq_affinity; use more hardware queues, or move their "
	  "interrupts near the submitters",
	  .funcs = { "__blk_mq_complete_request_remote" } },
	{ "rps", USUAL_TRAFFIC, "received packets are handed to other CPUs (RPS)",
	  "echo 0 >/sys/class/net/DEV/queues/rx-N/rps_cpus; use RSS with more queues",
	  .funcs = { "rps_trigger_softirq" } },
	{ "packets_freed", USUAL_TRAFFIC, /* net/core/skbuff.c: kick_defer_list_purge() */
	  "buffers of packets are given back to the CPUs that allocated them: those that receive from a device, or that send to this host (lo, veth)",
	  "sysctl net.core.skb_defer_max=0; run readers on the CPUs that receive their packets",
	  .funcs = { "trigger_rx_softirq" } },
	{ "resctrl", USUAL_OCCASIONAL, "cache and bandwidth monitors of other domains are read",
	  "read /sys/fs/resctrl less often",
	  .funcs = { "mon_event_count", "smp_mon_event_count", "__ris_msmon_read" } },
	{ "rdpmc", USUAL_OCCASIONAL, /* arch/x86/events/core.c, drivers/perf/arm_pmuv3.c */
	  "programs map perf events to read the counters themselves, and every CPU learns whether they may",
	  "keep the events mapped; echo 0 >/sys/bus/event_source/devices/cpu/rdpmc",
	  .funcs = { "cr4_update_pce", "armv8pmu_disable_user_access_ipi" } },
	{ "resctrl_setup", USUAL_OCCASIONAL, /* fs/resctrl/, arch/x86/kernel/cpu/resctrl/ */
	  "tasks or CPUs move between resource groups, or schemata are written",
	  "move tasks once, when they start; write /sys/fs/resctrl less often",
	  .funcs = { "rdt_ctrl_update", "_update_task_closid_rmid", "update_cpu_closid_rmid",
		     "resctrl_arch_sync_cpu_closid_rmid", "mon_event_config_read",
		     "mon_event_config_write", "resctrl_arch_mon_event_config_*", "resctrl_abmc_*",
		     "resctrl_sdciae_set_one_amd", "l?_qos_cfg_update" } },
	{ "hrtick", USUAL_COMMON, /* kernel/sched/core.c: hrtick_start() */
	  "the scheduler feature HRTICK starts timers of other CPUs",
	  "echo NO_HRTICK >/sys/kernel/debug/sched/features", .funcs = { "__hrtick_start" } },
	{ "cpu_bandwidth", USUAL_COMMON, /* kernel/sched/fair.c: unthrottle_cfs_rq_async() */
	  "cgroups with a CPU quota go on in a new period, on every CPU where they were stopped",
	  "set a larger cpu.max, or none; set a longer period: echo QUOTA 500000 >cpu.max",
	  .funcs = { "__cfsb_csd_unthrottle" }, .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "unthrottle_cfs_rq", "distribute_cfs_runtime", "sched_cfs_period_timer",
		  "do_sched_rt_period_timer", "sched_rt_period_timer", "resched_curr<tg_set_",
		  "__resched_curr<tg_set_" },
	  .whys = whys_of_bandwidth },
	{ "ldt", USUAL_ROUTINE, /* arch/x86/kernel/ldt.c */
	  "a program with threads changes its LDT: modify_ldt(2), as Wine and DOSEMU do",
	  "use fewer threads in the program; keep the program on few CPUs: taskset -c LIST",
	  .funcs = { "flush_ldt" }, .isolated = "move the sender: taskset -acp OTHERS PID" },
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
	  "give SGX more EPC (BIOS), or use smaller enclaves", .funcs = { "sgx_ipi_cb" } },
	{ "mce", USUAL_RARE, /* arch/x86/kernel/cpu/mce/ */
	  "machine check settings change on every CPU (sysfs machinecheck, CPUs that go offline "
	  "and come back)",
	  "do not write /sys/devices/system/machinecheck in a loop",
	  .funcs = { "mce_enable_ce", "mce_disable_cmci", "mce_cpu_restart", "__mce_disable_bank",
		     "cmci_rediscover_work_func", "threshold_restart_*" } },
	{ "clocksource_watchdog", USUAL_OCCASIONAL, /* kernel/time/clocksource.c */
	  "the clocksource watchdog compares the clocks of the CPUs",
	  "boot with tsc=reliable if the TSC is reliable; see dmesg for skewed CPUs",
	  .funcs = { "clocksource_verify_one_cpu", "watchdog_check_skew_remote" } },
	{ "bh_workqueue", USUAL_TRAFFIC, /* kernel/workqueue.c: kick_bh_pool() */
	  "works of BH workqueues are queued to other CPUs",
	  "ipitrace --stacks -f bh_pool_kick_normal shows which driver queues them",
	  .funcs = { "bh_pool_kick_normal", "bh_pool_kick_highpri" }, .open = true },
	{ "bpf_test_run", USUAL_RARE, /* net/bpf/test_run.c */
	  "BPF_PROG_TEST_RUN runs raw tracepoint programs on other CPUs",
	  "run the programs on the CPU of the task that asks for them: opts.cpu",
	  .funcs = { "__bpf_prog_test_run_raw_tp" } },
	{ "sched_ext", USUAL_COMMON, /* kernel/sched/ext/ext.c */
	  "a scheduler made with BPF (sched_ext) kicks CPUs, or defers work",
	  "cat /sys/kernel/sched_ext/root/ops names the scheduler: let it kick fewer CPUs",
	  .funcs = { "deferred_irq_workfn", "kick_cpus_irq_workfn", "scx_*irq_workfn" },
	  .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "kick_cpus_irq_workfn", "kick_one_cpu", "scx_", "dispatch_to_local_dsq",
		  "task_tick_scx", "reenq_local", "rq_owned_post_enq" } },
	{ "irq_redirect", USUAL_TRAFFIC, /* kernel/irq/irqdesc.c */
	  "interrupts of a device are handed to the CPU that should have them (7.2 and later)",
	  "set the affinity of the device so that its own vector fits: /proc/irq/N/smp_affinity",
	  .funcs = { "irq_redirect_work" } },
	{ "rcu_requests", USUAL_RARE, /* kernel/rcu/tree.c, tree_plugin.h */
	  "RCU asks CPUs that hold up a grace period",
	  "see dmesg for stalls of RCU; ipitrace stalls shows CPUs that keep interrupts off",
	  .funcs = { "rcu_iw_handler", "rcu_preempt_deferred_qs_handler",
		     "rcu_strict_gp_boundary" },
	  .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "rcu_implicit_dynticks_qs", "rcu_watching_snap_recheck", "force_qs_rnp",
		  "rcu_gp_fqs", "resched_cpu" } },
	{ "rcu_tasks", USUAL_COMMON, /* kernel/rcu/tasks.h */
	  "a thread of RCU is woken for a grace period of RCU Tasks, for which tracing and BPF "
	  "wait when they free code",
	  "attach and detach tracers and BPF programs once, not in a loop",
	  .funcs = { "call_rcu_tasks_iw_wakeup" },
	  .isolated = "start and end no tracer and no BPF program while the CPU must be quiet" },
	{ "lazy_tlb", USUAL_OCCASIONAL, /* kernel/fork.c; arch/x86/xen/mmu_pv.c */
	  "CPUs still hold page tables of processes that have ended",
	  "start fewer short-lived processes",
	  .funcs = { "do_shoot_lazy_tlb", "do_check_lazy_tlb", "drop_mm_ref_this_cpu" } },
	{ "powercap", USUAL_OCCASIONAL, /* drivers/powercap/intel_rapl_*.c */
	  "RAPL power limits and energy counters of other packages are read or written",
	  "read /sys/class/powercap less often, or on a CPU of that package",
	  .funcs = { "rapl_msr_update_func", "power_limit_irq_save_cpu" },
	  .module = "intel_rapl_*" },
	{ "speed_select",
	  USUAL_OCCASIONAL, /* drivers/platform/x86/intel/speed_select_if/isst_if_mbox_msr.c */
	  "Intel Speed Select settings of other CPUs are read or written",
	  "run intel-speed-select less often", .funcs = { "msrl_update_func" },
	  .module = "isst_if_mbox_msr" },
	{ "legacy_cpufreq", USUAL_OCCASIONAL, /* drivers/cpufreq/ */
	  "powernow-k8, speedstep-ich or tegra194-cpufreq reads or sets the frequency of other CPUs",
	  "cpupower frequency-set -g performance; read scaling_cur_freq less often",
	  .funcs = { "query_values_on_cpu", "powernowk8_cpu_init_on_cpu", "check_supported_cpu",
		     "get_freq_data", "get_freqs_on_cpu", "_speedstep_set_state",
		     "tegra194_*_cpu_ndiv_sysreg", "tegra_get_cpu_mpidr" },
	  .module = "@(powernow_k8|speedstep_ich|tegra194_cpufreq)" },
	{ "thermal", USUAL_RARE, /* drivers/thermal/intel/ */
	  "thermal interrupts are set up on other CPUs", "take CPUs off and on less often",
	  .funcs = { "hfi_enable_instance", "hfi_disable_instance",
		     "config_directed_thermal_pkg_intr" } },
	{ "turbo", USUAL_OCCASIONAL, /* drivers/platform/x86/intel_ips.c */
	  "the driver intel_ips turns turbo off and on for all CPUs", "modprobe -r intel_ips",
	  .funcs = { "do_disable_cpu_turbo", "do_enable_cpu_turbo" }, .module = "intel_ips" },
	{ "amd_power", USUAL_OCCASIONAL, /* drivers/hwmon/fam15h_power.c */
	  "the power of other compute units is read (hwmon)", "read power1_average less often",
	  .funcs = { "do_read_registers_on_cu" }, .module = "fam15h_power" },
	{ "idle_setup",
	  USUAL_RARE, /* drivers/idle/, drivers/acpi/processor_idle.c, arch/x86/kernel/ */
	  "how CPUs idle is changed (cpuidle drivers, umwait, haltpoll)",
	  "make this setting once, when the machine boots",
	  .funcs = { "intel_c1_demotion_toggle", "umwait_update_control_msr",
		     "cpuidle_setup_broadcast_timer", "__lapic_timer_propagate_broadcast",
		     "hybrid_get_type", "kvm_*able_host_haltpoll", "__clockevents_unbind" } },
	{ "cpuidle_coupled", USUAL_COMMON, /* drivers/cpuidle/coupled.c */
	  "CPUs that can only idle together wake each other",
	  "disable the deepest state: cpupower idle-set -d N",
	  .funcs = { "cpuidle_coupled_handle_poke" } },
	{ "cpu_setup", USUAL_RARE, /* arch/x86/kernel/, arch/arm64/, kernel/cpu.c */
	  "CPUs are set up or stopped: boot, CPUs that go offline and come back, microcode, "
	  "shutdown",
	  "take CPUs off and on less often",
	  .funcs = { "zenbleed_check_cpu", "__fix_erratum_688", "__lapic_update_tsc_freq",
		     "mtrr_save_fixed_ranges", "check_tsc_sync_source", "cpuhp_complete_idle_dead",
		     /* kernel/rcu/tree.c: from a CPU that goes offline */
		     "swake_up_one_online_ipi", "print_local_APIC", "apply_microcode_local",
		     "collect_cpu_info_local", "*able_insn_hw_mode", "cpu_hyp_*init", "_kvm_*",
		     "__panic", "stop_self" } },
	{ "guest_setup", USUAL_RARE, /* arch/x86/kernel/kvm.c, arch/x86/xen/ */
	  "a guest is suspended, resumed or rebooted", "suspend the guest less often",
	  .funcs = { "xen_vcpu_notify_*", "kvm_pv_guest_cpu_reboot",
		     "vmware_pv_guest_cpu_reboot" } },
	{ "confidential_guests", USUAL_RARE, /* arch/x86/virt/ */
	  "SEV-SNP or TDX is turned on or off on every CPU", "load the modules once",
	  .funcs = { "snp_enable", "snp_set_hsave_pa", "clear_hsave_pa", "mfd_enable",
		     "mfd_reconfigure", "tdx_shutdown_cpu" } },
	{ "sme_dvmsync", USUAL_ROUTINE, /* arch/arm64/kernel/fpsimd.c */
	  "an erratum of arm64 CPUs with SME: each TLB flush interrupts the CPUs that run SME code",
	  "keep programs that use SME on few CPUs: taskset -c LIST", .funcs = { "sme_dvmsync_ipi" },
	  .isolated = "run no program that uses SME on this CPU: taskset -acp OTHERS PID" },
	{ "firmware_events", USUAL_RARE, /* drivers/firmware/arm_sdei.c */
	  "firmware events (SDEI) are turned on or off on every CPU", NO_ADVICE,
	  .funcs = { "_ipi_*mask_cpu", "_ipi_private_reset", "_local_event_*able" } },
	{ "ffa_notifications", USUAL_COMMON, /* drivers/firmware/arm_ffa/driver.c */
	  "secure firmware (FF-A) notifies vCPUs or partitions", NO_ADVICE,
	  .funcs = { "notif_get_and_handle" }, .module = "ffa_core" },
	{ "arm_trace",
	  USUAL_OCCASIONAL, /* drivers/hwtracing/coresight/, drivers/perf/arm_spe_pmu.c */
	  "CoreSight or SPE tracing is set up, or read, on other CPUs",
	  "run perf record -e cs_etm// less often; unload the drivers",
	  .funcs = { "arm_trbe_*_cpu", "etm4_*", "clear_etmdrvdata", "debug_init_arch_data",
		     "do_smp_cross_read", "__arm_spe_pmu_dev_probe" },
	  .module = "@(coresight*|arm_spe_pmu)" },
	{ "arm_setup",
	  USUAL_RARE, /* drivers/resctrl/mpam_devices.c, drivers/soc/qcom/spm.c, drivers/regulator/ */
	  "interrupts or voltages of arm64 CPUs are set up",
	  "make this setting once, when the machine boots",
	  .funcs = { "_enable_percpu_irq", "smp_set_vdd_v1_1", "spmi_saw_set_vdd" },
	  .module = "@(spm|qcom_spmi_regulator)" },
	{ "edac", USUAL_RARE, /* drivers/edac/, arch/x86/kernel/cpu/mce/inject.c */
	  "memory errors are read or injected on other CPUs (EDAC, mce-inject)",
	  "set a larger edac_mc_poll_msec; inject no errors",
	  .funcs = { "disable_caches", "enable_caches", "read_errors", "__read_local_reg",
		     "prepare_msrs", "trigger_mce", "trigger_dfr_int", "trigger_thr_int",
		     "mce_irq_ipi" },
	  .module = "@(*_edac|mce_inject)" },
	{ "nic_per_cpu", USUAL_TRAFFIC, /* drivers/net/ethernet/: liquidio, libeth, mvneta, mvpp2 */
	  "a network driver runs its queues on other CPUs",
	  "set the affinity of the queues: ethtool -X, /proc/irq/N/smp_affinity",
	  .funcs = { "napi_schedule_wrapper", "libeth_xsk_napi_sched", "mvneta_percpu_*",
		     "mvpp2_*" },
	  .module = "@(liquidio|libeth_xdp|mvneta|mvpp2)" },
	{ "graphics",
	  USUAL_RARE, /* drivers/gpu/drm/, drivers/char/agp/, drivers/platform/x86/intel/pmc/ */
	  "graphics and platform drivers flush caches of all CPUs, or wake them",
	  "use a newer driver, or unload the driver",
	  .funcs = { "drm_clflush_ipi_handler", "ipi_handler", "ping", "disable_c1_auto_demote",
		     "restore_c1_auto_demote" },
	  .module = "@(drm|i915|agpgart|intel_pmc_core)" },
	{ "hyperv_vtl", USUAL_COMMON, /* drivers/hv/mshv_vtl_main.c */
	  "registers of other virtual CPUs are read, or their interrupts masked (Hyper-V VTL)",
	  "run the reader on that CPU", .funcs = { "mshv_vtl_*" }, .module = "mshv_vtl" },
	{ "debugging", USUAL_RARE, /* drivers/tty/sysrq.c, kernel/debug/, mm/kasan/ */
	  "debugging: sysrq-l, kgdb, KASAN, profiling", "leave debugging off in production",
	  .funcs = { "showacpu", "kgdb_call_nmi_hook", "per_cpu_remove_cache",
		     "__profile_flip_buffers" } },
	{ "kernel_tests",
	  USUAL_RARE, /* kernel/scftorture.c, kernel/rcu/rcutorture.c, drivers/misc/lkdtm/ */
	  "torture tests of the kernel run: scftorture, rcutorture, lkdtm",
	  "modprobe -r scftorture rcutorture lkdtm",
	  .funcs = { "scf_*", "rcu_torture_irq", "__lkdtm_SMP_CALL_LOCKUP" },
	  .module = "@(scftorture|rcutorture|lkdtm)" },
};

const struct signatures signatures_of_functions = { signatures,
						    sizeof(signatures) / sizeof(*signatures) };
