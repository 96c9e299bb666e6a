# SPDX-License-Identifier: GPL-2.0
"""
For loads-test: what each load may be named, what each name means in ftrace's terms, and what ftrace's
histograms say of a load.
"""

import collections
import functools
import math
import re

POINTS = 0.05

# What each name means in ftrace's terms: the function of the csd or irq_work (a reschedule: "-"), and a
# frame of the sender; "a<b" is a frame a that b called. Written by hand from the kernel's sources, not from
# ipitrace's table.
TLB = "flush_tlb_func"
WAKE = "sched_ttwu_pending|-"
MEANS = {
    "tlb_munmap": (TLB, r"do_vmi_(align_)?munmap|vms_\w+|__do_sys_brk|ksys_shmdt|mmap_region"),
    "tlb_mprotect": (TLB, r"do_mprotect_pkey"),
    "tlb_mremap": (TLB, r"move_page_tables|do_mremap|__do_sys_mremap"),
    "tlb_madvise": (TLB, r"do_madvise|vector_madvise|madvise_\w+"),
    "tlb_fork": (TLB, r"dup_mm|copy_process"),
    "tlb_exit": (TLB, r"exit_mmap"),
    "tlb_exec": (TLB, r"load_elf_\w+|elf_load|setup_arg_pages|relocate_vma_down"),
    "tlb_cow": (TLB, r"do_wp_page|wp_page_copy|hugetlb_wp"),
    "tlb_ksm": (TLB, r"ksm_\w+"),
    "tlb_khugepaged": (TLB, r"collapse_\w+|madvise_collapse"),
    "tlb_userfaultfd": (TLB, r"userfaultfd_ioctl|uffd_\w+"),
    "tlb_pagemap_scan": (TLB, r"pagemap_scan\w*|do_pagemap_scan"),
    "tlb_soft_dirty": (TLB, r"clear_refs_write"),
    "tlb_move_pages": (TLB, r"do_pages_move|kernel_move_pages|move_pages_and_store_status|migrate_to_node|"
                            r"do_migrate_pages|do_mbind"),
    "tlb_numa_balancing": (TLB, r"task_numa_work|change_prot_numa|do_numa_page|migrate_misplaced_\w+"),
    "tlb_damon": (TLB, r"damo[ns]_\w+|kdamond_\w+|__damon_\w+"),
    "tlb_reclaim": (TLB, r"shrink_\w+|try_to_free_\w+|balance_pgdat"),
    "tlb_compaction": (TLB, r"compact_\w+"),
    "tlb_memory_offline": (TLB, r"offline_pages|do_migrate_range|memory_failure\w*|soft_offline\w*"),
    "tlb_uprobes": (TLB, r"uprobe_\w+|__uprobe_\w+|register_for_each_vma"),
    "tlb_writeback": (TLB, r"folio_mkclean|folio_clear_dirty_for_io"),
    "tlb_invalidate": (TLB, r"invalidate_inode_pages2\w*|kiocb_invalidate_\w+"),
    "tlb_truncate": (TLB, r"do_truncate|truncate_\w+|vfs_fallocate|shmem_fallocate"),
    "tlb_hugetlb": (TLB, r"hugetlb\w+"),
    "tlb_flush_kernel": ("do_flush_tlb_all|do_kernel_range_flush", ""),
    "page_tables": ("tlb_remove_table_smp_sync", ""),
    "page_attributes": ("__cpa_flush_\\w+", ""),
    "membarrier": ("ipi_mb|ipi_sync_core|ipi_rseq", ""),
    "ldt": ("flush_ldt", ""),
    "perf": ("remote_function|__perf_event_\\w+", ""),
    "perf_samples": ("perf_pending_\\w+", ""),
    "msr": (r"__rdmsr\w+", ""),
    "cpuid": ("cpuid_smp_cpuid", ""),
    "text_patching": ("do_sync_core", ""),
    "clock_set": ("retrigger_next_event", ""),
    "rcu_expedited": ("rcu_exp_handler", ""),
    "rcu_barrier": ("rcu_barrier_handler", ""),
    "rcu_tasks_trace": ("trc_read_check_handler|rcu_tasks_trace_empty_fn", ""),
    "nohz_full_kick": ("nohz_full_kick_func", ""),
    # dl_task_timer() is the timer of a task and of a server, and 6.12 has dl_server_timer() inlined: a stack
    # shows which only by what is done with a task of SCHED_DEADLINE (kernel/sched/deadline.c).
    "fair_server": ("nohz_full_kick_func|-", "dl_server_timer"),
    "deadline_task": ("nohz_full_kick_func|-", "(enqueue_task_dl|wakeup_preempt_dl|push_dl_task)<dl_task_timer"),
    "deadline_timer": ("nohz_full_kick_func|-", "dl_task_timer"),
    "bpf_deferred": ("bpf_mem_refill", ""),
    "bpf_ringbuf": ("bpf_ringbuf_notify", ""),
    "printk": ("wake_up_klogd_work_func", ""),
    "rps": ("rps_trigger_softirq", ""),
    "ftrace": ("rb_wake_up_waiters|ftrace_\\w+|rb_\\w+", ""),
    "nohz_balance": ("nohz_csd_func", ""),
    "bpf_test_run": ("__bpf_prog_test_run_raw_tp", ""),
    "io_uring": (WAKE, r"io_\w+|__io_\w+|__(do_sys|x64_sys)_io_uring_enter"),
    "ptrace": (WAKE, r"ptrace_\w+|arch_ptrace"),
    "signal": (WAKE, r"__send_signal_locked|do_send_\w+|prepare_signal|do_notify_parent\w*|zap_other_threads|"
                     r"complete_signal|get_signal"),
    "itimer": (WAKE, r"it_real_fn"),
    "posix_timer": (WAKE, r"posix_timer_fn"),
    "freezer": (WAKE, r"cgroup_\w*freez\w+"),
    "migration": (WAKE, r"migration_cpu_stop|affine_move_task|stop_one_cpu|move_queued_task|"
                        r"__set_cpus_allowed_ptr\w*|sched_balance_rq"),
    "stopper": (WAKE, "cpu_stopper_thread"),
    "watchdog": (WAKE, "watchdog_timer_fn"),
    "timerfd": (WAKE, r"timerfd_\w+"),
    "task_work": ("-", "task_work_add"),
    "rt_push": ("rto_push_irq_work_func", ""),
    "packets_freed": ("trigger_rx_softirq", ""),
    "kick_all_cpus": ("do_nothing", ""),
    "mce": ("mce_cpu_restart", ""),
    "bh_lru": ("invalidate_bh_lru", ""),
    "rcu_tasks": ("call_rcu_tasks_iw_wakeup", ""),
    "task_changes": ("-", r"set_user_nice|__sched_setscheduler|rt_mutex_setprio|sched_move_task"),
    "cpu_bandwidth": ("__cfsb_csd_unthrottle|-", r"__cfsb_\w+|distribute_cfs_runtime|unthrottle_cfs_rq\w*|"
                                                 r"sched_cfs_period_timer"),
    "page_drain": (WAKE, r"__?lru_add_drain_all|__drain_all_pages|drain_all_stock|flush_all_cpus_locked"),
    "stop_machine": (WAKE, r"stop_machine\w*|stop_cpus|__stop_cpus|multi_cpu_stop"),
    "vmstat": (WAKE, "vmstat_refresh"),
    "idle_wakeup": ("-", r"wake_up_if_idle|wake_up_all_idle_cpus|wake_up_nohz_cpu|kick_ilb"),
    "wakeups": (WAKE, r"try_to_wake_up|wake_up_new_task|ttwu_\w+|sched_ttwu_pending"),
    "rcu_requests": ("-|rcu_iw_handler|rcu_preempt_deferred_qs_handler", r"rcu_implicit_dynticks_qs|force_qs_rnp|"
                     r"rcu_watching_snap_recheck|rcu_exp_need_qs|resched_cpu"),
    "rcu_thread": (WAKE, r"swake_up_\w+|kthread_queue_work"),
    "rt_balance": ("-", r"push_rt_task\w*|pull_rt_task|push_dl_task\w*|pull_dl_task"),
    "cpu_times": ("-", "task_sched_runtime"),
}
# Where a stack fits several names, the frame that asked decides: it is further out. Each name has the stacks
# of those beside it, too, which are left to it.
ASKED = {
    "tlb_damon": {"tlb_madvise", "tlb_reclaim", "tlb_exit"},
    "tlb_madvise": {"tlb_reclaim", "tlb_hugetlb", "tlb_truncate"},
    "tlb_khugepaged": {"tlb_madvise"},
    "tlb_ksm": {"tlb_cow", "tlb_madvise"},
    "tlb_truncate": {"tlb_hugetlb"},
    "tlb_munmap": {"tlb_hugetlb"},
    "tlb_mprotect": {"tlb_hugetlb"},
    "io_uring": {"task_work"},
    "ptrace": {"signal"},
    "itimer": {"signal"},
    "posix_timer": {"signal"},
    "freezer": {"signal"},
    "deadline_timer": {"nohz_full_kick"},
    "deadline_task": {"deadline_timer", "nohz_full_kick", "rt_balance"},
    "fair_server": {"deadline_timer", "nohz_full_kick", "rt_balance"},
    "migration": {"stopper"},
}
# Who wakes a task is the cause; that a task is woken is one only if nothing else is known.
GENERIC = {"wakeups"}
# For names that say that the cause is not known: what no row of MEANS fits.
UNKNOWN = {"reschedule", "irq_work", "tlb_flush", "unknown", "function", "vector", "empty_call", "other"}

# A load: the names that it may have, each of which some command must show; words that the cause must
# have, and words that neither cause nor advice may have.
Load = collections.namedtuple("Load", "names says never", defaults=("", ""))
MALLOC = "MALLOC_|malloc|gives memory back"
TRACER = "tracing off|bpftool|tracepoints, ftrace"
TALK = "share a cache|larger messages"
LOADS = {
    "munmap": Load({"tlb_munmap"}, "munmap", TALK),
    "mmap_over": Load({"tlb_munmap"}, "in the place of other memory", MALLOC),
    "brk": Load({"tlb_munmap"}, "brk"),
    "shmdt": Load({"tlb_munmap"}, "shmdt", MALLOC),
    "mprotect": Load({"tlb_mprotect"}, "mprotect"),
    "pkey_mprotect": Load({"tlb_mprotect"}, "pkey_mprotect", "use pkeys"),
    "mremap": Load({"tlb_mremap"}, "mremap"),
    "dontneed": Load({"tlb_madvise"}, "MADV_DONTNEED", "MADV_COLD"),
    "free": Load({"tlb_madvise"}, "MADV_FREE"),
    "cold": Load({"tlb_madvise"}, "MADV_COLD", "gives memory back: "),
    "pageout": Load({"tlb_madvise"}, "MADV_PAGEOUT", MALLOC + "|memory is short"),
    "remove": Load({"tlb_madvise"}, "MADV_REMOVE", MALLOC),
    "process_madvise": Load({"tlb_madvise"}, "MADV_COLD", "gives memory back: "),
    "fork": Load({"tlb_fork", "tlb_cow"}, "fork"),
    "ksm": Load({"tlb_ksm", "tlb_cow"}, "KSM"),
    "collapse": Load({"tlb_khugepaged", "page_tables", "tlb_madvise"}, "MADV_", "enabled; or set a larger"),
    "exit": Load({"tlb_exit", "tlb_cow", "tlb_fork", "signal"}, "", ""),
    "uffd_wp": Load({"tlb_userfaultfd"}, "userfaultfd", MALLOC),
    "uffd_move": Load({"tlb_userfaultfd"}, "userfaultfd"),
    "pagemap_scan": Load({"tlb_pagemap_scan"}, "PAGEMAP_SCAN", MALLOC),
    "clear_refs": Load({"tlb_soft_dirty"}, "clear_refs", MALLOC),
    "msync": Load({"tlb_writeback"}, "msync", MALLOC),
    "fsync": Load({"tlb_writeback"}, "fsync", MALLOC),
    "odirect": Load({"tlb_invalidate"}, "O_DIRECT", "truncate"),
    "osync": Load({"tlb_writeback"}, "O_DSYNC", "fsync"),
    "ftruncate": Load({"tlb_truncate"}, "truncated", MALLOC),
    "punch": Load({"tlb_truncate", "wakeups"}, "", MALLOC),
    "hugetlb_munmap": Load({"tlb_munmap", "tlb_hugetlb"}, "", ""),
    "hugetlb_punch": Load({"tlb_truncate", "tlb_hugetlb"}, "", MALLOC),
    "move_pages": Load({"tlb_move_pages", "wakeups", "page_drain", "rcu_expedited"}, "", MALLOC),
    "migrate_pages": Load({"tlb_move_pages", "wakeups", "page_drain", "rcu_expedited"}, "", MALLOC),
    "mbind": Load({"tlb_move_pages", "wakeups", "page_drain", "rcu_expedited"}, "", MALLOC),
    "numa_balancing": Load({"tlb_numa_balancing"}, "NUMA", MALLOC),
    "uprobe": Load({"tlb_uprobes"}, "uprobes", MALLOC),
    "reclaim": Load({"tlb_reclaim"}, "memory.reclaim", "memory is short"),
    "memory_high": Load({"tlb_reclaim"}, "memory.high", "memory is short"),
    "damon": Load({"tlb_damon", "tlb_cow"}, "DAMON", MALLOC),
    "hugetlb_pool": Load({"tlb_flush_kernel", "page_drain", "wakeups", "rcu_expedited"}, "", MALLOC),
    "drop_caches": Load({"page_drain"}, "page cache", MALLOC),
    "compact": Load({"page_drain", "tlb_compaction"}, "compact", MALLOC),
    "offline": Load({"page_drain"}, "offline", MALLOC),
    "membarrier": Load({"membarrier"}, "membarrier"),
    "membarrier_sync_core": Load({"membarrier"}, "membarrier"),
    "membarrier_rseq": Load({"membarrier"}, "membarrier"),
    "membarrier_global": Load({"membarrier"}, "membarrier"),
    "ldt": Load({"ldt"}, "LDT"),
    "perf_open": Load({"perf"}, "opened and closed"),
    "perf_read": Load({"perf"}, "are read"),
    "perf_ioctl": Load({"perf"}, "switched on, off"),
    "perf_interval": Load({"perf"}, "take turns", "cgroup events"),
    "map": Load({"bpf_deferred"}, "not preallocated", "bpftool"),
    "helper": Load({"wakeups", "signal"}, "", "SIGSTOP"),
    "perf_samples": Load({"perf_samples", "tlb_madvise"}, "overflow", "printk|BPF"),
    "msr": Load({"msr", "wakeups"}, "", TALK),
    "cpuid": Load({"cpuid", "wakeups"}, "", TALK),
    "rcu_expedited": Load({"rcu_expedited"}, "expedited"),
    "netns": Load({"rcu_expedited", "rcu_barrier", "wakeups"}, "", ""),
    "printk": Load({"printk"}, "messages of the kernel", "perf record|BPF"),
    "bpf_ringbuf": Load({"bpf_ringbuf", "wakeups"}, "", "printk|perf record"),
    "bpf_test_run": Load({"bpf_test_run"}, "BPF_PROG_TEST_RUN", TRACER),
    "packets_freed": Load({"packets_freed"}, "given back to the CPUs", TALK),
    "task_work": Load({"task_work"}, "work for it", "pthread_sigmask|" + TALK),
    "tracepoint": Load({"text_patching"}, "tracepoints"),
    "raw_tp": Load({"text_patching"}, "BPF programs are attached"),
    "function_tracer": Load({"text_patching", "wakeups"}, "tracepoints, ftrace|RCU Tasks", TALK),
    "kprobe": Load({"text_patching"}, "kprobes"),
    "schedstats": Load({"text_patching"}, "sysctl", TRACER),
    "timestamp": Load({"text_patching"}, "time ?stamps", TRACER),
    "cgroup_program": Load({"text_patching"}, "to a cgroup", TRACER),
    "module": Load({"text_patching", "tlb_flush_kernel", "page_attributes", "rcu_expedited"}, "modules", TRACER),
    "tgkill": Load({"signal"}, "signals are sent", TALK),
    "stop": Load({"signal"}, "signals|stops", TALK),
    "ptrace": Load({"ptrace"}, "ptrace", TALK),
    "kill": Load({"signal", "tlb_exit", "wakeups"}, "", ""),
    "posix_timer": Load({"posix_timer"}, "timer_create", "another CPU \\(timers run where"),
    "itimer": Load({"itimer"}, "setitimer", "another CPU \\(timers run where"),
    "cpu_timer": Load({"nohz_full_kick"}, "CPU timer", "perf record|BPF"),
    "io_uring": Load({"io_uring"}, "io_uring", TALK + "|pthread_sigmask"),
    "freezer": Load({"freezer"}, "frozen", "pthread_sigmask"),
    "two_tasks": Load({"nohz_full_kick"}, "second task", "perf record|BPF"),
    "pipe": Load({"wakeups"}, "tasks wake tasks"),
    "futex": Load({"wakeups"}, "tasks wake tasks"),
    "eventfd": Load({"wakeups"}, "tasks wake tasks"),
    "fifo": Load({"wakeups"}, "take a CPU from|wake tasks"),
    "udp": Load({"wakeups"}, "packets .*arrive"),
    "rps": Load({"rps", "wakeups"}, "", "skb_defer_max"),
    "alarm": Load({"wakeups"}, "woken by their timers", "a timer runs out"),
    "uevent": Load({"wakeups"}, "netlink", TALK),
    "rcu_offloaded": Load({"rcu_thread"}, "handed to its threads"),
    "new_task": Load({"wakeups", "migration"}, "", ""),
    "affinity": Load({"migration"}, "affinity"),
    "affinity_other": Load({"migration"}, "", TALK),
    "policy": Load({"task_changes"}, "priority", TALK),
    "deadline": Load({"deadline_task", "wakeups"}, "SCHED_DEADLINE task", "fair_server"),
    "nohz_balance": Load({"nohz_balance"}, "balance the load", TALK),
    "cpu_clock": Load({"cpu_times"}, "CPU clock of another thread"),
    "group": Load({"task_changes"}, "between cgroups", TALK),
    "inheritance": Load({"task_changes", "wakeups"}, "", ""),
    "quota": Load({"cpu_bandwidth"}, "quota", TALK),
    "cpuset": Load({"migration"}, "cpusets", TALK),
    "partition": Load({"migration", "wakeups", "rcu_expedited", "stop_machine"}, "", TALK),
    "xdp": Load({"text_patching"}, "XDP programs", TRACER),
    "perf_key": Load({"text_patching"}, "perf event of its kind", TRACER),
    "udp_gro": Load({"text_patching"}, "UDP_GRO", TRACER),
    "preempt": Load({"text_patching"}, "debugfs", TRACER),
    "clocksource": Load({"stop_machine"}, "clocksource", TALK),
    "overcommit": Load({"wakeups"}, "must run", TALK),
    "mce": Load({"mce"}, "machine check", TALK),
    "link": Load({"rcu_expedited", "rcu_thread", "wakeups"}, "", TALK),
    "fadvise": Load({"page_drain"}, "posix_fadvise", MALLOC + "|memory is short"),
    "flushbufs": Load({"page_drain", "bh_lru"}, "block devices", MALLOC + "|memory is short"),
    "khugepaged": Load({"page_drain"}, "khugepaged", MALLOC + "|memory is short"),
    "slab_shrink": Load({"page_drain"}, "slab cache", MALLOC + "|memory is short"),
    "soft_offline": Load({"tlb_memory_offline", "page_drain"}, "MADV_SOFT_OFFLINE|looked for", MALLOC),
    "profiler": Load({"signal"}, "CPU time of a program", TALK),
    "sqpoll": Load({"io_uring"}, "IORING_SETUP_SQPOLL", TALK + "|pthread_sigmask"),
    "napi_thread": Load({"wakeups"}, "packets", TALK),
    "container": Load({"wakeups", "tlb_cow", "tlb_fork", "tlb_exit", "signal"}, "", MALLOC),
    "memory_max": Load({"tlb_reclaim"}, "memory.max", "memory is short"),
    "clock_set": Load({"clock_set"}, "clock is set"),
    "trace_pipe": Load({"ftrace", "wakeups"}, "", TALK),
    "dma_latency": Load({"idle_wakeup"}, "cpu_dma_latency", TALK),
    "timerfd": Load({"timerfd"}, "timerfd", TALK),
    "real_time": Load({"rt_balance", "rt_push", "wakeups"}, "", ""),
    "stat_refresh": Load({"wakeups", "vmstat"}, "", ""),
}

# What an interrupt interrupted did not ask for anything, nor what a page fault interrupted; and what a task
# waits for as the scheduler looks for the next one did not, either.
INTERRUPTED = re.compile(r"asm_(sysvec_\w+|common_interrupt|exc_nmi|exc_page_fault)|__schedule")
# enum trace_flag_type (include/linux/trace_events.h): HARDIRQ, SOFTIRQ, NMI
IN_INTERRUPT = 0x08 | 0x10 | 0x40

KINDS = ("csd", "reschedule", "irq_work")
Task = collections.namedtuple("Task", "comm kind func")
Sent = collections.namedtuple("Sent", "kind func target frames count")


def sampled(nth):
    """The numbers of the csds of a row that are sampled on a CPU: as docs/storms.md says it."""
    return 2 ** nth + (0 if nth < 3 else (3 * nth + 2) & 7)


def effective(samples):
    """
    How many samples of equal weight are as exact as these @samples of one row in one window: a sample's
    weight is the square root of its number.
    """
    weights = [math.sqrt(sampled(nth)) for nth in range(samples)]
    return sum(weights) ** 2 / sum(weight * weight for weight in weights) if weights else 0


def chance(samples, share, away):
    """The probability that a share of @samples is @away or more from @share, which the whole has: binomial."""
    if share <= 0 or share >= 1:
        return 0 if away > 0 else 1
    return sum(math.comb(samples, k) * share ** k * (1 - share) ** (samples - k) for k in range(samples + 1)
               if abs(k / samples - share) >= away)


class Span(collections.namedtuple("Span", "low high")):
    """
    The share that a name has: @low counts the stacks that no other name fits, @high all that the name fits.
    """

    def over(self, share):
        """How far @share lies outside."""
        return max(self.low - share, share - self.high, 0)

    def __str__(self):
        low, high = f"{100 * self.low:.0f}", f"{100 * self.high:.0f}"
        return low if low == high else f"{low}-{high}"


def task_name(comm):
    """One name for all workers, and for the idle tasks, which are <idle> for ftrace."""
    return re.sub("^(kworker|swapper)/.*", r"\1", comm).replace("<idle>", "swapper")


@functools.cache
def names_of(func, frames):
    """The names that an interrupt may have by MEANS."""
    found = {name for name, (funcs, frame) in MEANS.items() if re.fullmatch(funcs, func) and
             (not frame or re.search(f"(^|<)({frame})(<|$)", "<".join(frames)))}
    found -= set().union(*[ASKED.get(name, set()) for name in found])
    return found - GENERIC or found


class Truth:
    """
    What ftrace's histograms have: csds, irq_works and reschedules by function, stack and target, without those that
    ipitrace's own processes sent; and all by task.
    """

    def __init__(self, first, last):
        """What was sent between @first and @last, which read() has returned."""
        counts = last[0] - first[0]
        self.sent = [key._replace(count=count) for key, count in counts.items() if key.kind != "interrupt"]
        # The interrupts that were sent for csds, by target and stack.
        self.interrupts = {(key.target, key.frames): count for key, count in counts.items() if key.kind == "interrupt"}
        self.tasks = last[1] - first[1]
        self.count = sum(self.tasks.values())
        self.names = [names_of(sent.func, sent.frames) for sent in self.sent]

    @classmethod
    def read(cls, directory, moment):
        """The counts of the histograms at @moment: by Sent, and by Task."""
        stacks, tasks = collections.Counter(), collections.Counter()
        load = (directory / "pid").read_text(encoding="ascii").strip()
        for name in ("csd", "cpu"):
            text = (directory / f"{name}.{moment}").read_text(encoding="utf-8", errors="replace")
            # ftrace keeps the name that a task had when it first sent: the shell's, before exec.
            text = re.sub(rf"common_pid: script( *\[ *{load}\])", r"common_pid: loads\1", text)
            for key, count in cls.read_entries(text, name == "csd"):
                (stacks if isinstance(key, Sent) else tasks)[key] += count
        return stacks, tasks

    @staticmethod
    def read_entries(text, csds):
        for entry in text.split("\n{ ")[1:]:
            hits = re.search(r"hitcount:\s*(\d+)", entry)
            func = re.search(r"(?:callback|func): \[[0-9a-f]+\] *(\w*)", entry)
            cpu = re.search(r"\bcpu:\s*(\d+)", entry)
            task = re.search(r"common_pid: (.*?) *\[ *\d+\], common_flags: +(\d+)", entry)
            if not hits or not func:
                continue
            # A csd's interrupt is sent by ipi_send_cpu, too: it counts as a csd.
            of_csds = not csds and func[1].startswith("generic_smp_call_function")
            name = "-" if func[1] in ("", "0x0") else func[1]
            kind = "csd" if csds else "interrupt" if of_csds else "reschedule" if name == "-" else "irq_work"
            if task:
                if of_csds:
                    continue
                interrupt = int(task[2]) & IN_INTERRUPT
                comm = "interrupt" if interrupt else task_name(task[1])
                yield Task(comm, kind, name), int(hits[1])
                continue
            frames = []
            for frame in re.findall(r"^\s+(\w+)[\w.]*\+0x", entry, re.M):
                frames.append(frame)
                if INTERRUPTED.fullmatch(frame):
                    break
            yield Sent(kind, name, int(cpu[1]), tuple(frames), 0), int(hits[1])

    def shares(self, of):
        """The share of all that was sent: of each function (@of: "func"), or of each task and all interrupts ("comm")."""
        shares = collections.Counter()
        for task, count in self.tasks.items():
            shares[getattr(task, of)] += count / self.count
        return shares

    def own(self, funcs):
        """How many of @funcs ipitrace's own processes sent."""
        return sum(count for task, count in self.tasks.items()
                   if task.comm.startswith("ipitrace") and re.fullmatch(funcs, task.func))

    def spans(self, kinds=KINDS, own=False):
        """
        The span of each name that some stack fits, as part of all IPIs of @kinds; "": no name fits. @own: ipitrace's
        own may have any name that its function may have.
        """
        whole = sum(count for task, count in self.tasks.items() if task.kind in kinds)
        spans = self.counts([sent for sent in zip(self.sent, self.names) if sent[0].kind in kinds], whole)
        if not own:
            return spans
        return {name: span._replace(high=span.high + (self.own(MEANS[name][0]) / whole if name else 0))
                for name, span in spans.items()}

    def spans_to(self, cpu, merged=False):
        """
        The same of the IPIs to @cpu that ipitrace's own processes did not send. @merged: wake-ups that were
        queued behind others, without an interrupt, do not count.
        """
        sent = [(self.without_merged(one) if merged else one, names)
                for one, names in zip(self.sent, self.names) if one.target == cpu]
        return self.counts(sent, sum(one.count for one, _ in sent))

    def without_merged(self, sent):
        if sent.func != "sched_ttwu_pending":
            return sent
        return sent._replace(count=min(sent.count, self.interrupts.get((sent.target, sent.frames), 0)))

    @staticmethod
    def counts(rows, whole):
        low, high = collections.Counter(), collections.Counter()
        for sent, names in rows:
            for name in names or {""}:
                high[name] += sent.count
            if len(names) < 2:
                low[next(iter(names), "")] += sent.count
        return {name: Span(low[name] / whole, high[name] / whole) for name in high}

    def top(self):
        rows = sorted(self.sent, key=lambda sent: -sent.count)[:6]
        return [f"{100 * sent.count / max(self.count, 1):.0f} % {sent.func} to {sent.target}: "
                f"{' < '.join(sent.frames[:14])}" for sent in rows]


def largest(spans):
    """The names that a command may find the largest: it may be 5 points too low, and another 5 too high."""
    most = max((span.high for name, span in spans.items() if name), default=0)
    return {name for name, span in spans.items() if name and span.high >= most - 2 * POINTS}
