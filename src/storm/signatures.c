// SPDX-License-Identifier: GPL-2.0
#include <fnmatch.h>
#include <string.h>
#include "abi/limits.h"
#include "model/signature.h"
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
		.name = "kvm_requests",
		.funcs = { "ack_kick", "ack_flush" },
		.module = "kvm",
		.usual = USUAL_COMMON,
		.shows = SHOWS_GUESTS,
		.cause =
			"KVM makes all vCPUs of a guest leave it (TLB flushes, memory taken from it)",
		.advice = "sysctl kernel.numa_balancing=0; echo 0 >/sys/kernel/mm/ksm/run; "
			  "no ballooning; huge pages for guests",
	},
	{
		.name = "tlb_flush",
		.funcs = { "flush_tlb_func", "flush_tlb_func_remote" },
		.usual = USUAL_COMMON,
		.cause =
			"memory is unmapped or protected that other CPUs use too: munmap, mprotect, "
			"madvise, NUMA balancing, huge pages",
		.advice = "less unmapping in the sender (malloc: MALLOC_TRIM_THRESHOLD_, "
			  "MALLOC_MMAP_THRESHOLD_; fewer threads); sysctl kernel.numa_balancing=0",
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
		.usual = USUAL_COMMON,
		.cause =
			"a program calls membarrier(2), which interrupts the CPUs that run its threads",
		.advice = "call it less in the sender (a JIT, liburcu: the flavours mb and qsbr do "
			  "without); keep its threads on fewer CPUs: taskset -c LIST",
	},
	{
		.name = "text_patching",
		.funcs = { "do_sync_core" },
		.usual = USUAL_RARE,
		.cause =
			"code of the kernel is patched while it runs: static keys, tracepoints, ftrace, "
			"kprobes, BPF being attached (an ipitrace that starts or ends, too)",
		.advice = "tracing off: echo 0 >/sys/kernel/tracing/events/enable; bpftool link; "
			  "attach once, not in a loop",
	},
	{
		.name = "ftrace",
		.funcs = { "ftrace_sync_ipi" },
		.usual = USUAL_RARE,
		.cause = "ftrace changes what is traced",
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
		.funcs = { "trc_read_check_handler" },
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
		.funcs = { "remote_function", "__perf_event_read", "__perf_event_stop" },
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
		.funcs = { "do_drv_write", "do_drv_read" },
		.module = "acpi_cpufreq",
		.usual = USUAL_OCCASIONAL,
		.shows = SHOWS_CPUFREQ,
		.cause = "acpi-cpufreq reads or sets the frequency of other CPUs",
		.advice =
			"cpupower frequency-set -g performance; fewer readers of scaling_cur_freq",
	},
	{
		.name = "amu_frequency",
		.funcs = { "cpu_read_corecnt", "cpu_read_constcnt", "counters_read_on_cpu" },
		.usual = USUAL_OCCASIONAL,
		.shows = SHOWS_CPUFREQ,
		.cause = "the frequency of other CPUs is read from their activity counters (CPPC)",
		.advice =
			"fewer readers of cpuinfo_cur_freq; cpupower frequency-set -g performance",
	},
	{
		.name = "blk_complete",
		.funcs = { "__blk_mq_complete_request_remote" },
		.usual = USUAL_COMMON,
		.cause = "block requests complete on another CPU than they came from",
		.advice =
			"echo 0 >/sys/block/DEV/queue/rq_affinity; more hardware queues, or their "
			"interrupts near the submitters",
	},
	{
		.name = "rps",
		.funcs = { "rps_trigger_softirq", "trigger_rx_softirq" },
		.usual = USUAL_COMMON,
		.cause =
			"received packets are handed to other CPUs (RPS), or their buffers freed there",
		.advice = "echo 0 >/sys/class/net/DEV/queues/rx-N/rps_cpus; RSS with more queues; "
			  "sysctl net.core.skb_defer_max=0",
	},
	{
		.name = "resctrl",
		.funcs = { "mon_event_count", "smp_mon_event_count" },
		.usual = USUAL_OCCASIONAL,
		.cause = "cache and bandwidth monitors of other domains are read",
		.advice = "a longer interval in what reads /sys/fs/resctrl",
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
		.usual = USUAL_ROUTINE,
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
	return !fnmatch(glob, name, 0);
}

bool signature__matches(const struct signature *sig, const char *func, const char *module)
{
	if (module && (!sig->module || strcmp(module, sig->module)))
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
