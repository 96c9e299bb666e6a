// SPDX-License-Identifier: GPL-2.0
#include "model/cause.h"

/*
 * A signal of a timer interrupts the CPU on which the task runs (kick_process()), wherever the
 * timer was armed.
 */
#define TIMER_SIGNAL_ADVICE                                                           \
	"use no timers with signals in the program: block the signal in this thread " \
	"(pthread_sigmask) and receive it in another thread, or wait by spinning"

/*
 * Wake-ups, reschedules and irq_works. Rows differ by the calling frame or by the irq_work's
 * function, because most of them share sched_ttwu_pending() and a kind. See signatures.c for the
 * members.
 */
static const struct signature signatures[] = {
	{ "stop_machine", USUAL_RARE, /* kernel/stop_machine.c */
	  "all CPUs are stopped at once",
	  "ipitrace --stacks -f sched_ttwu_pending shows who asks for this",
	  .funcs = { "sched_ttwu_pending" },
	  .via = { "stop_machine", "stop_cpus", "__stop_cpus", "queue_stop_cpus_work",
		   "take_cpu_down" },
	  .kinds = 1 << KIND_RESCHEDULE, .whys = whys_of_stop_machine, .open = true },
	{ "page_drain",
	  USUAL_OCCASIONAL, /* mm/page_alloc.c: drain_all_pages(); mm/swap.c: lru_add_drain_all() */
	  "every CPU is asked to give back the pages that it keeps at hand",
	  "ipitrace --stacks -f sched_ttwu_pending shows who asks for this",
	  .funcs = { "sched_ttwu_pending" },
	  .via = { "__drain_all_pages", "drain_all_pages", "__lru_add_drain_all",
		   "lru_add_drain_all", "drain_all_stock", "flush_all_cpus_locked" },
	  .kinds = 1 << KIND_RESCHEDULE, .whys = whys_of_drain, .open = true },
	{ "kvm_wakeups", USUAL_TRAFFIC, /* virt/kvm/kvm_main.c: kvm_vcpu_wake_up() */
	  "vCPUs that halted are woken on other CPUs: interrupts and IPIs of guests",
	  "pin vCPUs; in guests: use haltpoll and fewer timers; raise kvm's halt_poll_ns",
	  .funcs = { "sched_ttwu_pending" }, .via = { "kvm_vcpu_wake_up", "kvm_vcpu_kick" },
	  .kinds = 1 << KIND_RESCHEDULE, .by = { "kvm_vcpu_wake_up" },
	  .shows = SHOWS_GUESTS | SHOWS_GUEST_IPIS },
	{ "kvm_kicks", USUAL_TRAFFIC, /* virt/kvm/kvm_main.c: kvm_vcpu_kick() */
	  "vCPUs that run are made to leave their guest: interrupts and IPIs of guests, requests",
	  "use fewer vCPUs, or AVIC or IPI virtualization where the CPU has it",
	  .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "kvm_vcpu_kick", "__kvm_vcpu_kick", "kvm_make_", "vmx_deliver_",
		  "svm_complete_interrupt_delivery" },
	  .shows = SHOWS_GUESTS | SHOWS_GUEST_IPIS },
	/*
	 * io_uring/io_uring.c, io-wq.c, poll.c. The frames that issue a request (io_issue_sqe(),
	 * io_wq_submit_work()) are not in this row: the request may be a write(2) that wakes a
	 * reader.
	 */
	{ "io_uring", USUAL_TRAFFIC,
	  "io_uring hands requests or their results to tasks on other CPUs",
	  "submit from the task that waits", .funcs = { "sched_ttwu_pending" },
	  .via = { "__io_req_task_work_add",
		   "io_req_normal_work_add",
		   "io_req_local_work_add",
		   "task_work_add<io_",
		   "io_poll_wake",
		   "io_async_wake",
		   "io_timeout_fn",
		   "io_eventfd_",
		   "io_wq_enqueue",
		   "io_wq_hash_wake",
		   "io_wq_worker_",
		   "io_acct",
		   "create_io_worker",
		   "kick_process<io_",
		   "wake_up_process<io_",
		   "try_to_wake_up<io_",
		   "__wake_up<io_",
		   "__wake_up<__io_",
		   "__wake_up<__do_sys_io_uring_enter",
		   "__wake_up<__x64_sys_io_uring_enter" },
	  .kinds = 1 << KIND_RESCHEDULE, .whys = whys_of_io_uring },
	/*
	 * kernel/sched/core.c: kick_process() interrupts a CPU so that its task checks for new
	 * work.
	 */
	{ "freezer", USUAL_RARE, /* kernel/cgroup/freezer.c, legacy_freezer.c, kernel/freezer.c */
	  "tasks are frozen or thawed: cgroup.freeze, freezer.state, a suspend",
	  "freeze and thaw less often", .funcs = { "sched_ttwu_pending" },
	  .kinds = 1 << KIND_RESCHEDULE,
	  .via = { "cgroup_freeze", "cgroup_do_freeze", "cgroup_freezer_", "freeze_task",
		   "__freeze_task", "freeze_cgroup", "freeze_processes", "freeze_kernel_threads",
		   "fake_signal_wake_up", "try_to_freeze_tasks", "__thaw_task", "thaw_processes",
		   "thaw_kernel_threads", "unfreeze_cgroup" } },
	{ "ptrace", USUAL_OCCASIONAL, /* kernel/ptrace.c */
	  "a debugger or tracer stops tasks, or lets them go on (ptrace)",
	  "detach the tracer (strace, gdb, a sampler), or let it trace fewer tasks",
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
	  .via = { "posix_timer_fn", "alarm_handle_timer" }, .to_timer = true },
	/* hrtimer_start() gives the timer no slack. */
	{ "timerfd", USUAL_ROUTINE, /* fs/timerfd.c */
	  "timers of timerfd_create(2) run out, and wake the tasks that read or poll them",
	  "set a longer period (timerfd_settime); arm and read the timerfd on the CPU of the task "
	  "that waits for it: taskset -c CPU",
	  .funcs = { "sched_ttwu_pending" }, .kinds = 1 << KIND_RESCHEDULE,
	  .via = { "timerfd_tmrproc", "timerfd_triggered", "timerfd_alarmproc" },
	  .isolated = "run the task that waits for the timerfd on another CPU, or let it wait by "
		      "spinning" },
	{ "signal", USUAL_TRAFFIC, /* kernel/signal.c */
	  "signals are sent to tasks that run, or wake them",
	  "let the sender send fewer signals; block the signals in that thread (pthread_sigmask), "
	  "and receive them in another thread or by signalfd",
	  .funcs = { "sched_ttwu_pending" }, .kinds = 1 << KIND_RESCHEDULE,
	  .via = { "__send_signal",
		   "complete_signal",
		   "do_send_",
		   "group_send_sig",
		   "send_sig",
		   "posixtimer_send_sigqueue",
		   "force_sig",
		   "prepare_signal",
		   "kill_pid",
		   "__kill_pgrp",
		   "retarget_shared_pending",
		   "zap_other_threads",
		   "zap_process",
		   "de_thread",
		   "do_notify_parent",
		   "kick_process<do_signal_stop",
		   "kick_process<vfs_coredump",
		   "kick_process<do_coredump",
		   "signal_wake_up_state<vfs_coredump",
		   "signal_wake_up_state<do_coredump",
		   "try_to_wake_up<vfs_coredump",
		   "try_to_wake_up<do_coredump" },
	  .whys = whys_of_signal,
	  .isolated = "send no signals to the program while the CPU must be quiet; or block the "
		      "signals in the thread here, and receive them in another thread" },
	{ "task_work", USUAL_COMMON, /* kernel/task_work.c: TWA_SIGNAL */
	  "a task that runs learns that there is work for it on its way out of the kernel (task_work)",
	  "ipitrace trace --kind reschedule shows who sends them", .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "task_work_add" }, .whys = whys_of_task_work, .open = true },
	{ "task_changes", USUAL_OCCASIONAL, /* kernel/sched/: a priority, policy or group changes */
	  "the priority, policy or group of tasks is changed (nice, chrt, cgroups)",
	  "make this setting once, when the program starts", .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "set_user_nice", "__sched_setscheduler", "sched_setattr", "rt_mutex_setprio",
		  "rt_mutex_adjust_prio", "sched_move_task", "yield_to", "sched_setscheduler",
		  "sched_group_set_idle", "update_cfs_group<sched_group_set_shares",
		  "update_cfs_group<__sched_group_set_shares",
		  "reweight_entity<sched_group_set_shares",
		  "reweight_entity<__sched_group_set_shares", "sched_fair_server_write",
		  "sched_server_write_common" },
	  .whys = whys_of_changes },
	/* kernel/sched/core.c: task_sched_runtime() accounts the running task first. */
	{ "cpu_times", USUAL_COMMON,
	  "somebody reads the CPU clock of another thread, which runs and has used up its time slice: "
	  "clock_gettime(2), as monitoring of threads does",
	  "let the sender read less often", .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "task_sched_runtime" } },
	{ "rt_balance", USUAL_ROUTINE, /* kernel/sched/rt.c, deadline.c */
	  "real-time or deadline tasks are pushed to a CPU where they may run",
	  "pin real-time tasks: taskset -cp LIST PID; run fewer real-time tasks than CPUs",
	  .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "push_rt_task", "pull_rt_task", "push_dl_task", "pull_dl_task" },
	  .isolated = "pin real-time tasks to other CPUs: taskset -cp OTHERS TID" },
	{ "idle_wakeup", USUAL_COMMON, /* kernel/sched/core.c: wake_up_idle_cpu(); kernel/smp.c */
	  "CPUs in idle are made to look again, and wake no task",
	  "ipitrace trace --kind reschedule shows who sends them", .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "wake_up_if_idle", "wake_up_all_idle_cpus", "wake_up_nohz_cpu",
		  "wake_up_idle_cpu", "kick_ilb" },
	  .whys = whys_of_idle, .open = true },
	/*
	 * kernel/watchdog.c: the timer has the stopper thread run softlockup_fn(), and no task
	 * moves.
	 */
	{ "watchdog", USUAL_OCCASIONAL,
	  "the watchdog for lockups wakes the stopper thread of its CPU (migration/N)",
	  "sysctl kernel.watchdog_cpumask=OTHERS, or kernel.watchdog=0",
	  .funcs = { "sched_ttwu_pending" }, .via = { "watchdog_timer_fn" },
	  .kinds = 1 << KIND_RESCHEDULE },
	{ "migration", USUAL_ROUTINE, /* kernel/sched/core.c, fair.c */
	  "tasks are moved to other CPUs: sched_setaffinity, cpusets, exec, balancing; no stack shows "
	  "which",
	  "set affinity once, not in a loop; pin what keeps moving: taskset -cp LIST PID",
	  .funcs = { "sched_ttwu_pending" },
	  .via = { "stop_one_cpu", "affine_move_task", "stop_two_cpus", "migration_cpu_stop",
		   "migrate_swap_stop", "active_load_balance_cpu_stop", "push_cpu_stop",
		   "move_queued_task", "__set_cpus_allowed_ptr", "set_cpus_allowed_ptr",
		   "__sched_setaffinity", "sched_balance_rq", "load_balance", "detach_task",
		   "__active_load_balance_cpu_stop" },
	  .kinds = 1 << KIND_RESCHEDULE, .whys = whys_of_migration, .stops = true,
	  .shows = SHOWS_STOPS, .isolated = "set affinity before the CPU must be quiet, and once" },
	/*
	 * kernel/stop_machine.c: cpu_stopper_thread() wakes who waits for its work, after the
	 * function of that work has returned. NUMA balancing swaps two tasks by multi_cpu_stop(),
	 * too.
	 */
	{ "stopper", USUAL_ROUTINE,
	  "a stopper thread (migration/N) has moved a task or stopped the CPUs for a task that "
	  "waits for that; no stack shows which",
	  "echo 1 >/sys/kernel/tracing/events/sched/sched_waking/enable shows who wakes migration/N",
	  .funcs = { "sched_ttwu_pending" }, .via = { "cpu_stopper_thread" },
	  .kinds = 1 << KIND_RESCHEDULE, .shows = SHOWS_STOPS },
	{ "vmstat", USUAL_OCCASIONAL, /* mm/vmstat.c: schedule_on_each_cpu() */
	  "somebody reads or writes vm.stat_refresh, and each CPU adds its counters of memory to the "
	  "machine's",
	  "use vm.stat_refresh less often; sysctl -a reads it, too",
	  .funcs = { "sched_ttwu_pending" }, .via = { "vmstat_refresh" },
	  .kinds = 1 << KIND_RESCHEDULE },
	/* Only RCU's threads wait on such a queue. */
	{ "rcu_thread", USUAL_TRAFFIC, /* kernel/rcu/ */
	  "RCU wakes its threads", "boot with rcu_nocbs=LIST; free fewer objects by RCU",
	  .funcs = { "sched_ttwu_pending" }, .kinds = 1 << KIND_RESCHEDULE,
	  .via = { "rcu_gp_kthread_wake", "__wake_nocb_gp", "wake_nocb_gp", "swake_up_one_online",
		   "swake_up_one<rcu_", "swake_up_one<__rcu_", "swake_up_one<nocb_",
		   "swake_up_one<synchronize_rcu_normal", "swake_up_all<rcu_",
		   "swake_up_all_locked<rcu_", "rcu_wake_cond",
		   "swake_up_one<__flush_smp_call_function_queue",
		   "swake_up_one<flush_smp_call_function_queue",
		   "kthread_queue_work<synchronize_rcu_expedited" },
	  .whys = whys_of_rcu_thread,
	  .isolated = "boot with rcu_nocbs=LIST; move the threads rcuo*: taskset -cp OTHERS TID" },
	/*
	 * These also match IPIs that a guest sends to a running vCPU, without AVIC: they are
	 * reschedule interrupts.
	 */
	{ "wakeups", USUAL_TRAFFIC, "tasks are woken on other CPUs",
	  "ipitrace --stacks -f sched_ttwu_pending shows what wakes them",
	  .funcs = { "sched_ttwu_pending" }, .kinds = 1 << KIND_RESCHEDULE,
	  .by = { "try_to_wake_up", "wake_up_process", "wake_up_new_task", "ttwu_do_activate",
		  "ttwu_queue", "sched_ttwu_pending", "wake_up_state", "default_wake_function" },
	  .whys = whys_of_wakeups, .open = true, .shows = SHOWS_GUEST_IPIS,
	  .isolated = "run the woken task on another CPU: taskset -cp OTHERS TID" },
	{ "reschedule", USUAL_TRAFFIC, /* resched_curr(), smp_send_reschedule() */
	  "CPUs are asked to look at what they run: a wake-up, a signal, or another cause",
	  "ipitrace trace --kind reschedule shows who sends them", .kinds = 1 << KIND_RESCHEDULE,
	  .open = true, .shows = SHOWS_GUEST_IPIS,
	  .isolated =
		  "keep one runnable task on the CPU; ipitrace --stacks -c CPU shows who asks for "
		  "this" },
	/* irq_work_queue(): a CPU raises the interrupt on itself. */
	{ "bpf_ringbuf", USUAL_COMMON, /* kernel/bpf/ringbuf.c */
	  "BPF programs put records into ring buffers, and wake their readers",
	  "use BPF_RB_NO_WAKEUP and a timed poll, or write fewer records",
	  .funcs = { "bpf_ringbuf_notify" } },
	{ "bpf_deferred",
	  USUAL_COMMON, /* kernel/bpf/memalloc.c, mmap_unlock_work.h; kernel/trace/bpf_trace.c */
	  "BPF programs defer work that they may not do where they run: memory, locks, signals",
	  "bpftool prog shows the programs; use preallocated maps",
	  .funcs = { "bpf_mem_refill", "do_mmap_read_unlock", "do_up_read", "do_bpf_send_signal",
		     "bpf_async_*", "bpf_*irq_work*" },
	  .whys = whys_of_bpf_deferred },
	{ "printk", USUAL_OCCASIONAL, /* kernel/printk/ */
	  "messages of the kernel wake the threads that write them to consoles, or their readers",
	  "dmesg shows who writes so much; dmesg -n 1; use fewer consoles",
	  .funcs = { "wake_up_klogd_work_func", "nbcon_irq_work" } },
	{ "schedutil", USUAL_COMMON, /* kernel/sched/cpufreq_schedutil.c */
	  "the governor schedutil has its thread change the frequency",
	  "cpupower frequency-set -g performance; or set a larger schedutil/rate_limit_us",
	  .funcs = { "sugov_irq_work" }, .shows = SHOWS_CPUFREQ },
	{ "irq_work", USUAL_COMMON,
	  "CPUs interrupt themselves to go on outside of an NMI or a lock",
	  "ipitrace trace --kind irq_work shows the function and the task",
	  .kinds = 1 << KIND_IRQ_WORK, .open = true,
	  .isolated = "ipitrace --stacks -c CPU shows who asks for this" },
};

const struct signatures signatures_of_tasks = { signatures,
						sizeof(signatures) / sizeof(*signatures) };
