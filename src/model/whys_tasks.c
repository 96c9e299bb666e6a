// SPDX-License-Identifier: GPL-2.0
#include "model/cause.h"

/* The reasons of wake-ups, reschedules and kicks of nohz_full CPUs. See whys.c for the members. */

/* The kworkers of a CPU stay on that CPU: only unbound works can be moved. */
#define UNBOUND_ADVICE \
	"echo MASK >/sys/devices/virtual/workqueue/cpumask keeps unbound works on few CPUs"
#define WORK_ADVICE "make no system calls on the CPU that queue works; " UNBOUND_ADVICE

/*
 * Why a nohz_full CPU must check its tick: a dependency (tick_nohz_dep_set*()) or a timer
 * (kernel/sched/core.c: wake_up_full_nohz_cpu(), inlined into wake_up_nohz_cpu()).
 */
const struct why whys_of_nohz_kick[] = {
	{ "clocksource_watchdog",
	  "the clocksource watchdog arms its timer on each CPU in turn, nohz_full or not",
	  "boot with tsc=reliable, if the TSC is reliable", .via = { "clocksource_watchdog" } },
	{ "vmstat", "the counters of memory are to be added up there (vmstat_shepherd)",
	  "sysctl vm.stat_interval=86400; let the task there make no system calls that allocate or "
	  "free memory",
	  .via = { "vmstat_shepherd" } },
	/* kernel/rcu/tree.c: rcu_do_batch(), of a thread: tree_nocb.h */
	{ "rcu_thread",
	  "a thread of RCU's (rcuo*) runs callbacks there, and needs the tick meanwhile",
	  "move the threads rcuo*: taskset -cp OTHERS TID", .via = { "rcu_nocb_cb_kthread" } },
	{ "rcu_callbacks", "RCU runs callbacks, and needs the tick meanwhile",
	  "boot with rcu_nocbs=LIST; free fewer objects by RCU in a loop",
	  .via = { "rcu_do_batch" } },
	/* kernel/rcu/tree_exp.h, tree.c */
	{ "rcu_expedited", "an expedited grace period waits for the CPU",
	  "boot with rcupdate.rcu_normal=1; make fewer system calls on the CPU",
	  .via = { "rcu_exp_wait_wake", "synchronize_rcu_expedited_wait" } },
	{ "rcu_waits", "RCU waits for the CPU, which an interrupt finds in the kernel",
	  "make fewer, shorter system calls on the CPU", .via = { "__rcu_irq_enter_check_tick" } },
	{ "hotplug", "a CPU goes offline, and each CPU takes its tick back meanwhile",
	  "take CPUs off less often", .via = { "rcutree_offline_cpu" } },
	{ "posix_timer",
	  "a program sets a POSIX CPU timer, ITIMER_PROF, ITIMER_VIRTUAL or RLIMIT_CPU",
	  "use no timer on a CPU clock in the program on that CPU",
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
	  "boot with tsc=reliable, if the TSC is reliable; look for 'Marking TSC unstable' in "
	  "dmesg",
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
	  "run no such tasks on the CPU (chrt -p shows them)", .via = { "enqueue_task_dl" } },
	{ "work",
	  "a work is queued there, and the tick shares the CPU between its kworker and a task",
	  WORK_ADVICE, .via = { "__queue_work", "kick_pool", "wake_up_worker", "insert_work" } },
	{ "second_task", "a second task is to run there, and the tick shares the CPU",
	  "keep one runnable task on the CPU: taskset -cp OTHERS moves the other tasks",
	  .via = { "enqueue_task", "activate_task", "ttwu_do_activate", "wake_up_new_task",
		   "move_queued_task", "attach_task" } },
	{},
};

#define HELPER_ADVICE                                                                             \
	"echo 1 >/sys/kernel/tracing/events/module/module_request/enable shows the modules that " \
	"are asked for"

#define OOM_ADVICE "add memory, or raise memory.max; see dmesg for what was killed"

/* kernel/signal.c */
const struct why whys_of_signal[] = {
	/* kernel/umh.c */
	{ "helper",
	  "programs that the kernel started have ended: modprobe, where somebody asks for a module, "
	  "and those of core_pattern or uevent_helper",
	  HELPER_ADVICE, .via = { "call_usermodehelper_" }, .isolated = HELPER_ADVICE },
	{ "stopped",
	  "a task that stops, goes on or ends tells its parent, its tracer, or a task that polls "
	  "its pidfd",
	  "stop tasks less often (SIGSTOP, job control, strace, gdb); start fewer short-lived "
	  "children",
	  .via = { "do_notify_parent_cldstop", "do_notify_parent" },
	  .isolated =
		  "the program here waits for the sender, or traces it: wait in a process on another CPU" },
	/* kernel/cgroup/cgroup.c */
	{ "cgroup_kill",
	  "all programs of a cgroup are killed: cgroup.kill, as container runtimes do",
	  "start fewer short-lived containers", .via = { "__cgroup_kill", "cgroup_kill_write" },
	  .isolated = "end the cgroup's programs before the CPU must be quiet" },
	{ "exit", "a program of several threads ends or starts another, and ends its other threads",
	  "start fewer short-lived programs with threads",
	  .via = { "zap_other_threads", "zap_process", "de_thread", "kick_process<vfs_coredump",
		   "kick_process<do_coredump", "signal_wake_up_state<vfs_coredump",
		   "signal_wake_up_state<do_coredump", "try_to_wake_up<vfs_coredump",
		   "try_to_wake_up<do_coredump" },
	  .isolated = "end threads one by one; run no program here that ends while the CPU must be "
		      "quiet" },
	/* mm/oom_kill.c */
	{ "oom", "a program is killed because memory is short, of the machine or of a cgroup (OOM)",
	  OOM_ADVICE, .via = { "__oom_kill_process", "oom_kill_process" }, .isolated = OOM_ADVICE },
	/* kernel/time/posix-cpu-timers.c: the tick of any thread of the program finds it due. */
	{ "cpu_timer",
	  "a timer on the CPU time of a program runs out (ITIMER_PROF, ITIMER_VIRTUAL, "
	  "timer_create(2), RLIMIT_CPU), and a thread of the program gets its signal",
	  "lower the rate of the profiler that set the timer",
	  .via = { "check_cpu_itimer", "check_process_timers", "check_thread_timers",
		   "cpu_timer_fire", "handle_posix_cpu_timers", "posix_cpu_timers_work",
		   "run_posix_cpu_timers" },
	  .isolated = "run no profiler in the program, or block the signal in the thread here" },
	/* kernel/events/core.c: perf_event_wakeup() */
	{ "perf", "perf events send a signal for their samples, as a profiler asks (F_SETOWN)",
	  "lower the sampling rate of the profiler",
	  .via = { "perf_event_wakeup", "perf_pending_" },
	  .isolated = "run no profiler in the program, or block the signal in the thread here" },
	/* include/linux/signalfd.h: signalfd_notify(), always inlined, wakes this one queue. */
	{ "signalfd", "signals wake a task that reads or polls them by signalfd(2)",
	  "let the sender send fewer signals; run the reader and the sender on one CPU: taskset -c "
	  "CPU",
	  .via = { "__wake_up<__send_signal" },
	  .isolated =
		  "run the task that reads the signals on another CPU: taskset -cp OTHERS TID" },
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
	{ "timer", "a timer is armed on an idle CPU, which must see when the timer is due",
	  NO_ADVICE,
	  .via = { "wake_up_nohz_cpu", "add_timer_on", "__mod_timer", "internal_add_timer" } },
	{ "latency", "a limit of the wake-up latency changes (/dev/cpu_dma_latency)",
	  "open /dev/cpu_dma_latency once, not in a loop", .via = { "cpu_latency_qos_" } },
	{},
};

/* The class of the running task decides on preemption: kernel/sched/fair.c, rt.c, deadline.c. */
const struct why whys_of_wakeups[] = {
	{ "preemption", "tasks are woken and take a CPU from the task that runs there",
	  "run fewer tasks for each CPU, or set other priorities (chrt, nice); use SCHED_BATCH for "
	  "tasks that may wait",
	  .via = { "check_preempt_wakeup", "wakeup_preempt_fair", "wakeup_preempt_rt",
		   "wakeup_preempt_dl", "check_preempt_curr_rt", "check_preempt_curr_dl",
		   "check_preempt_equal_" } },
	/* kernel/umh.c */
	{ "helper",
	  "the kernel starts programs: modprobe, where somebody asks for a module, and those of "
	  "core_pattern or uevent_helper",
	  HELPER_ADVICE, .via = { "call_usermodehelper_" } },
	/* kernel/kthread.c */
	{ "kthread",
	  "kernel threads are created, and wake the tasks that create them, or are woken by these "
	  "tasks",
	  NO_ADVICE, .via = { "complete<kthread", "__kthread_create_on_node" } },
	/* kernel/exit.c: __exit_signal(), which is inlined, wakes de_thread() in fs/exec.c. */
	{ "exec",
	  "a program of several threads starts another (exec), and waits until its other threads have "
	  "ended",
	  "start programs from a process with one thread, or by posix_spawn",
	  .via = { "try_to_wake_up<release_task", "wake_up_process<release_task" } },
	{ "new_task", "new tasks start on other CPUs",
	  "start fewer short-lived threads and programs", .via = { "wake_up_new_task" } },
	/*
	 * kernel/fork.c: mm_release() wakes the futex that the C library has a thread's end clear.
	 */
	{ "thread_ended", "threads end, and wake the threads that join them (pthread_join)",
	  "use threads that stay (a pool), in place of short-lived threads",
	  .via = { "do_futex<mm_release" } },
	/* kernel/futex/core.c */
	{ "owner_ended",
	  "tasks end that hold robust mutexes (PTHREAD_MUTEX_ROBUST), and wake the tasks that wait "
	  "for these",
	  "let the tasks unlock the mutexes before they end", .via = { "handle_futex_death" } },
	/* kernel/fork.c: mm_release() calls complete_vfork_done(), which compilers inline. */
	{ "vfork",
	  "programs have started after vfork or posix_spawn, or have ended, and their parents go on",
	  "start fewer short-lived programs",
	  .via = { "complete_vfork_done", "mm_release", "exec_mm_release" } },
	/* kernel/events/core.c: perf_pending_irq(), perf_event_wakeup() */
	{ "perf", "perf events wake the readers of their samples and other records",
	  "lower the sampling rate (perf record -F); for fewer wake-ups: perf record --mmap-pages, "
	  "watermark; let BPF programs (bpftrace, bcc) write fewer records",
	  .via = { "perf_event_wakeup", "perf_pending_" } },
	/* kernel/time/timer_migration.c: a CPU that did not arm the timers runs them. */
	{ "remote_timer",
	  "timers of CPUs that idle run out on another CPU, and wake tasks; where they were armed is "
	  "not known",
	  "use longer timeouts in the tasks that are woken",
	  .via = { "timer_expire_remote", "tmigr_" } },
	{ "timer", "tasks that sleep are woken by their timers: nanosleep, poll, futex, select",
	  "sleep longer, or allow more slack: prctl(PR_SET_TIMERSLACK)",
	  .via = { "hrtimer_wakeup", "alarmtimer_" } },
	/*
	 * kernel/time/timer.c: schedule_timeout(). Its process_timeout() may end with a jump to
	 * wake_up_process(), which leaves no frame: 6.12.
	 */
	{ "timeout",
	  "programs or threads of the kernel that wait with a timeout are woken by the timeout",
	  "use longer timeouts in the tasks that are woken",
	  .via = { "process_timeout", "try_to_wake_up<call_timer_fn",
		   "wake_up_process<call_timer_fn" } },
	{ "block", "block requests end, and wake the tasks that wait for them",
	  "make fewer, larger requests; move their interrupts near the submitters: "
	  "/proc/irq/N/smp_affinity",
	  .via = { "blk_update_request", "blk_mq_end_request", "blk_done_softirq", "wbt_done",
		   "bio_endio" } },
	/* net/core/dev.c: ____napi_schedule() of a device whose `threaded` is set (5.12). */
	{ "napi_thread",
	  "packets arrive, and wake the threads that take them from network devices (napi/DEV-N, "
	  "backlog_napi/N)",
	  "send fewer, larger packets; run the thread on the CPU that wakes it: taskset -cp CPU TID; or "
	  "echo 0 >/sys/class/net/DEV/threaded",
	  .via = { "____napi_schedule", "__napi_schedule" },
	  .isolated = "run the thread on another CPU: taskset -cp OTHERS TID; or "
		      "echo 0 >/sys/class/net/DEV/threaded" },
	/* net/core/dev.c: the queue of packets from netif_rx() and from RPS. */
	{ "backlog",
	  "packets that this host sends to itself (lo, veth), or that RPS hands over, arrive and "
	  "wake the tasks that wait for them",
	  "send fewer, larger packets; on one host: use unix sockets in place of TCP and UDP, and "
	  "run tasks that talk to each other on CPUs that share a cache: taskset -c LIST",
	  .via = { "process_backlog" } },
	{ "network", "packets arrive, or have been sent, and wake the tasks that wait for that",
	  "send fewer, larger packets; use busy polling (SO_BUSY_POLL); let RSS deliver near the "
	  "readers",
	  .via = { "net_rx_action", "napi_", "__napi_poll" } },
	/* net/vmw_vsock/virtio_transport.c: works. A host sends itself packets in another one. */
	{ "vsock",
	  "packets between a guest and its host arrive, or have been sent (vsock), and wake the "
	  "tasks that wait for that",
	  "send fewer, larger packets",
	  .via = { "virtio_transport_rx_work", "virtio_transport_tx_work" } },
	/* kernel/rcu/tasks.h: schedule_on_each_cpu() */
	{ "tracers_ended",
	  "tracers or BPF programs end, and RCU has a work run on each CPU (RCU Tasks Rude)",
	  "attach and detach tracers and BPF programs once, not in a loop",
	  .via = { "rcu_tasks_rude_wait_gp" },
	  .isolated = "end no tracer and no BPF program while the CPU must be quiet" },
	{ "each_cpu", "works are queued to CPUs that must run them, and wake kworkers there",
	  NO_ADVICE,
	  .via = { "schedule_on_each_cpu", "smp_call_on_cpu", "work_on_cpu", "ring_buffer_resize",
		   "flush_all_backlogs" },
	  .isolated = NO_ADVICE },
	{ "work", "works are queued, and wake kworkers", UNBOUND_ADVICE,
	  .via = { "__queue_work", "kick_pool", "wake_up_worker", "insert_work", "create_worker",
		   "kthread_insert_work" },
	  .isolated = WORK_ADVICE },
	/*
	 * A work may end with a jump to complete(), which leaves no frame of the work:
	 * wq_barrier_func() of kernel/workqueue.c does.
	 */
	{ "work_ended",
	  "works have ended, and the tasks that wait for them are woken (flush_work, completions)",
	  "echo 1 >/sys/kernel/tracing/events/workqueue/workqueue_queue_work/enable shows who queues "
	  "the works",
	  .via = { "wq_barrier_func", "complete<process_one_work",
		   "complete<pwq_dec_nr_in_flight" } },
	/* A function of a csd may end with a jump to complete(), too: cpuid_smp_cpuid() of 6.18. */
	{ "call_ended",
	  "functions that other CPUs called have run, and the tasks that wait for them are woken",
	  "make fewer such calls: ipitrace storm names the functions",
	  .via = { "complete<__flush_smp_call_function_queue",
		   "complete<flush_smp_call_function_queue" } },
	/*
	 * The function of an irq_work may end with a jump, too: wake_up_klogd_work_func() and
	 * rb_wake_up_waiters() of 6.18 do, and bpf_ringbuf_notify() of 6.12.
	 */
	{ "irq_work",
	  "an irq_work wakes tasks, such as those that read the log of the kernel, ftrace's buffers or BPF "
	  "ring buffers; no stack shows which",
	  "ipitrace trace --kind irq_work shows the function and the task; let readers look less "
	  "often",
	  .via = { "__wake_up<irq_work_run_list", "__wake_up<irq_work_single" } },
	{ "rcu",
	  "callbacks and threads of RCU wake tasks, such as those that wait for a grace period "
	  "(synchronize_rcu)",
	  "do fewer things that wait for RCU: modules, mounts, network devices, tracing",
	  .via = { "wakeme_after_rcu", "rcu_do_batch", "rcu_exp_wait_wake", "rcu_exp_sel_wait_wake",
		   "rcu_gp_cleanup", "rcu_sr_normal_", "srcu_invoke_callbacks" } },
	/* mm/filemap.c: also from a work of the file system's */
	{ "writeback", "pages have been written back, and tasks that wait for that are woken",
	  "call fsync(2), msync(2) and sync(2) less often in the tasks that are woken",
	  .via = { "folio_end_writeback", "end_page_writeback" } },
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
	{ "lock",
	  "locks of the kernel or of pages are released, and tasks that wait for them are woken",
	  "let fewer threads need the lock at once (for the lock of a program's memory: fewer "
	  "mmap, munmap, page faults)",
	  .via = { "rwsem_wake",
		   "rwsem_mark_wake",
		   "up_read",
		   "up_write",
		   "__up_read",
		   "__up_write",
		   "mutex_unlock",
		   "__mutex_unlock",
		   "percpu_up_write",
		   "__percpu_up_read",
		   "rt_mutex_unlock",
		   "rt_mutex_slowunlock",
		   "rt_spin_unlock",
		   "rt_read_unlock",
		   "rt_write_unlock",
		   "folio_wake_bit",
		   "folio_unlock",
		   "unlock_buffer",
		   "downgrade_write",
		   "vma_refcount_put",
		   "rcuwait_wake_up<exc_page_fault",
		   "rcuwait_wake_up<lock_vma_under_rcu",
		   "rcuwait_wake_up<do_page_fault" } },
	/* kernel/futex/pi.c, fs/locks.c */
	{ "program_lock",
	  "locks of programs are released (mutexes with priority inheritance, flock(2), fcntl(2)), "
	  "and tasks that wait for them are woken",
	  "let fewer tasks need the lock at once; hold the lock for less time",
	  .via = { "futex_unlock_pi", "__locks_wake_up_blocks", "locks_wake_up_blocks" } },
	/* fs/fuse/virtio_fs.c */
	{ "virtiofs",
	  "the host answers requests of this guest to a file system that it shares (virtiofs)",
	  "for fewer requests: virtiofsd --cache=always, if only this guest changes the files",
	  .via = { "virtio_fs_" } },
	/* fs/fuse/dev.c, dev_uring.c */
	{ "fuse",
	  "programs use a file system that another program serves (FUSE), and the two wake each other",
	  "for fewer requests: let names and attributes be valid for longer (entry_timeout, "
	  "attr_timeout), and cache data (kernel_cache)",
	  .via = { "fuse_dev_", "fuse_request_", "fuse_uring_" } },
	/* fs/userfaultfd.c */
	{ "userfaultfd",
	  "tasks wait for pages that another task fills, by userfaultfd(2), and these tasks wake each "
	  "other",
	  "copy more pages with each UFFDIO_COPY; run the task that fills pages on the CPU of the "
	  "task that waits: taskset -c CPU",
	  .via = { "userfaultfd_wake_function", "__wake_userfault", "handle_userfault" } },
	/* kernel/irq/handle.c */
	{ "irq_thread", "interrupts of devices wake the threads that handle them (irq/N-NAME)",
	  "let the device raise fewer interrupts; for network devices: ethtool -C",
	  .via = { "__irq_wake_thread", "irq_wake_thread" },
	  .isolated = "echo OTHERS >/proc/irq/N/smp_affinity_list, which moves the thread, too" },
	/* drivers/vhost/vhost.c */
	{ "vhost", "guests, or packets for guests, wake the host's threads for virtio (vhost-PID)",
	  "let guests send fewer, larger packets and requests; pin the threads: virsh emulatorpin",
	  .via = { "vhost_task_wake", "vhost_worker_queue", "vhost_work_queue",
		   "vhost_vq_work_queue" } },
	/* mm/vmscan.c, compaction.c */
	{ "kswapd",
	  "allocations find little free memory, and wake the threads that make some free (kswapd, "
	  "kcompactd)",
	  "add memory, or use less", .via = { "wakeup_kswapd", "wakeup_kcompactd" } },
	/* kernel/sched/psi.c */
	{ "pressure",
	  "a trigger of pressure (PSI) fires, and wakes the task that polls it: /proc/pressure, a "
	  "cgroup's memory.pressure",
	  "set fewer triggers, or triggers with longer windows",
	  .via = { "update_triggers", "psi_rtpoll_worker", "psi_poll_worker" } },
	/* fs/notify/ */
	{ "file_events", "events of files wake their readers (inotify, fanotify)",
	  "watch fewer files, or for fewer kinds of events",
	  .via = { "fsnotify_insert_event", "fanotify_handle_event",
		   "inotify_handle_inode_event" } },
	/* net/netlink/af_netlink.c */
	{ "netlink",
	  "netlink messages wake their readers: changes of devices and of the network, audit, "
	  "replies of the kernel",
	  "udevadm monitor, ip monitor all and auditctl -l show what the messages are about",
	  .via = { "sock_def_readable<netlink_", "sock_def_readable<__netlink_",
		   "sock_def_readable<do_one_broadcast" } },
	{ "talk", "tasks wake tasks on other CPUs",
	  "put tasks that talk to each other on CPUs that share a cache: taskset -c LIST; send "
	  "fewer, larger messages",
	  .via = { "futex_", "do_splice", "do_tee", "__do_sys_vmsplice", "pipe_write", "anon_pipe_",
		   "pipe_read", "pipe_release", "eventfd_write", "eventfd_read", "sock_def_",
		   "unix_", "do_mq_", "tcp_send", "sem_", "do_msgsnd", "do_semtimedop",
		   "__do_semtimedop", "binder_" } },
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
	  .isolated = "boot with rcupdate.rcu_normal=1; make fewer system calls on the CPU" },
	/* kernel/rcu/tree_nocb.h */
	{ "offloaded",
	  "RCU's callbacks of CPUs in rcu_nocbs=LIST are handed to its threads (rcuo*)",
	  "free fewer objects by RCU: files, sockets and maps that are opened and closed in a loop",
	  .via = { "wake_nocb_gp", "__wake_nocb_gp", "__call_rcu_nocb_wake", "nocb_gp_wait",
		   "nocb_cb_", "rcu_nocb_" },
	  .isolated =
		  "move the threads rcuo*: taskset -cp OTHERS TID; make fewer system calls on the "
		  "CPU that free files, sockets or maps" },
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
	  "start fewer short-lived programs; use taskset for the program that starts them",
	  .via = { "sched_exec" },
	  .isolated = "boot with isolcpus=domain,LIST, or an isolated cpuset partition" },
	{ "numa", "NUMA balancing moves tasks to the node of their memory",
	  "sysctl kernel.numa_balancing=0, or numactl --cpunodebind for the program",
	  .via = { "task_numa_migrate", "numa_migrate_preferred", "migrate_swap",
		   "migrate_task_to" },
	  .isolated = "sysctl kernel.numa_balancing=0" },
	{ "balance", "the scheduler moves tasks to CPUs that have less to do",
	  "run fewer tasks, or pin those that keep moving: taskset -cp LIST PID",
	  .via = { "sched_balance_", "load_balance", "active_load_balance_cpu_stop",
		   "__active_load_balance_cpu_stop", "newidle_balance", "rebalance_domains",
		   "detach_task" },
	  .isolated = "boot with isolcpus=domain,LIST, or an isolated cpuset partition" },
	{},
};

/* kernel/sched/syscalls.c, core.c, kernel/locking/rtmutex.c */
const struct why whys_of_changes[] = {
	/* kernel/futex/pi.c */
	{ "futex",
	  "a thread that waits for a mutex of its program (PTHREAD_PRIO_INHERIT) lends its priority to "
	  "the holder, until the holder releases the mutex",
	  "let only threads of one priority use the lock; or use PTHREAD_PRIO_NONE",
	  .via = { "futex_" } },
	/* kernel/rcu/tree_plugin.h: CONFIG_RCU_BOOST */
	{ "rcu_boost", "RCU lends its priority to a task that it has waited for too long",
	  NO_ADVICE, .via = { "rcu_boost" } },
	{ "inheritance",
	  "a task that waits for a lock lends its priority to the holder, until the holder "
	  "releases the lock",
	  NO_ADVICE,
	  .via = { "rt_mutex_setprio", "rt_mutex_adjust_prio", "task_blocks_on_rt_mutex" } },
	/* kernel/sched/debug.c: debugfs sched/fair_server/cpuN */
	{ "server", "the runtime or period of the server for fair tasks is set",
	  "make this setting once",
	  .via = { "sched_fair_server_write", "sched_server_write_common" } },
	{ "yield", "a vCPU gives its time to another vCPU that waits (yield_to)",
	  "use fewer vCPUs than CPUs", .via = { "yield_to", "kvm_vcpu_yield_to" } },
	{ "group", "tasks move between cgroups or sessions", "move tasks once",
	  .via = { "sched_move_task", "cpu_cgroup_attach" } },
	/* kernel/sched/autogroup.c */
	{ "autogroup", "the nice value of a session is set (/proc/PID/autogroup)",
	  "make this setting once", .via = { "proc_sched_autogroup_set_nice" } },
	{ "weight", "the weight of a cgroup is set (cpu.weight, cpu.shares, cpu.idle)",
	  "make this setting once",
	  .via = { "sched_group_set_shares", "__sched_group_set_shares", "sched_group_set_idle" } },
	{},
};

/*
 * kernel/sched/rt.c: without a cgroup, too, real-time tasks have 95 % of the time
 * (sched_rt_runtime_us).
 */
const struct why whys_of_bandwidth[] = {
	{ "realtime", "real-time tasks that had used up their time go on in a new period",
	  "let real-time tasks use less time; or sysctl kernel.sched_rt_runtime_us=-1, for no "
	  "limit",
	  .via = { "do_sched_rt_period_timer", "sched_rt_period_timer" } },
	{ "quota", "the CPU quota of a cgroup is set (cpu.max, cpu.cfs_quota_us)",
	  "make this setting once", .via = { "tg_set_cfs_bandwidth", "tg_set_bandwidth" } },
	{},
};
