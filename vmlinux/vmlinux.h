/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel types that the BPF programs read, written by hand: only the fields
 * in use. libbpf relocates them at load time against the running kernel's BTF
 * (CO-RE), so a build does not depend on the build host's kernel.
 */
#ifndef IPITRACE_VMLINUX_H
#define IPITRACE_VMLINUX_H
/* libbpf: registers have the kernel's names here, not those of user space. */
#define __VMLINUX_H__

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/llist.h */
struct llist_node {
	struct llist_node *next;
};

/* include/linux/smp_types.h, since 5.8 (4b44a21dd640, 545b8c8df41f) */
struct __call_single_node {
	struct llist_node llist;
	unsigned int u_flags;
};

/* include/linux/smp.h */
struct __call_single_data {
	struct __call_single_node node;
	void *func;
};

/* include/linux/irq_work.h, since 5.11 (7a9f50a05843) */
struct irq_work {
	struct __call_single_node node;
	void *func;
};

/* arch/x86/include/asm/current.h, 6.2 to 6.14 */
struct pcpu_hot {
	int preempt_count;
};

/* arch/x86/include/asm/hardirq.h; the fields became an array between 6.18 and 7.2 */
typedef struct {
	unsigned int apic_timer_irqs;
	unsigned int irq_call_count;
} irq_cpustat_t;

/* include/linux/sched.h; arch/arm64/include/asm/thread_info.h */
struct thread_info {
	__u64 preempt_count;
	__u32 cpu;
};

/* include/linux/sched.h: CONFIG_SCHED_INFO */
struct sched_info {
	unsigned long pcount; /* how often the task has got a CPU */
};

/* include/linux/pid.h */
struct pid {
	unsigned int level; /* of the PID namespace; 0: the first */
};

/* include/linux/mount.h */
struct vfsmount {
	struct dentry *mnt_root;
};

/* include/linux/path.h */
struct path {
	struct vfsmount *mnt;
};

/* include/linux/fs.h */
struct file {
	struct inode *f_inode;
	struct path f_path;
};

/* include/linux/nsproxy.h */
struct nsproxy {
	struct ipc_namespace *ipc_ns;
	struct cgroup_namespace *cgroup_ns;
};

/* include/linux/mm_types.h */
struct mm_struct {
	struct file *exe_file;
};

/* include/linux/uidgid.h */
typedef struct {
	__u32 val;
} kuid_t;

/* include/linux/user_namespace.h */
struct user_namespace {
	struct user_namespace *parent;
	int level;
	kuid_t owner;
};

/* include/linux/cred.h */
struct cred {
	struct user_namespace *user_ns;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	void *stack;
	unsigned int flags;
	struct __call_single_node wake_entry;
	struct mm_struct *mm;
	int pid;
	int tgid;
	int softirq_disable_cnt; /* CONFIG_PREEMPT_RT */
	/* A kernel thread's struct kthread: since 5.17 (e32cf5dfbe22) the second, before the first. */
	int *set_child_tid;
	void *worker_private;
	struct pid *thread_pid;
	const struct cred *cred;
	struct nsproxy *nsproxy;
	char comm[16];
	struct sched_info sched_info;
};

/* include/linux/module.h, since 6.4 (ac3b43283923); mem[4] is MOD_INIT_TEXT */
struct module_memory {
	void *base;
	unsigned int size;
};

struct module {
	struct module_memory mem[5];
};

/* include/linux/module.h, 4.5 to 6.3; libbpf ignores what follows the three underscores */
struct module_layout {
	void *base;
	unsigned int size;
};

struct module___6_3 {
	struct module_layout init_layout;
};

/* kernel/sched/sched.h */
struct rq {
	struct task_struct *curr;
};

/* arch/x86/include/asm/ptrace.h, arch/arm64/include/asm/ptrace.h */
struct pt_regs {
#ifdef __TARGET_ARCH_x86
	unsigned long bp;
	unsigned long r8;
	unsigned long ax;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long ip;
	unsigned long sp;
#else
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
#endif
};

#ifndef __TARGET_ARCH_x86
/* arch/arm64/include/uapi/asm/ptrace.h: the beginning of struct pt_regs, which probes are given */
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
};
#endif

/* include/linux/hrtimer.h, timer_types.h, workqueue_types.h, interrupt.h: named by the tracepoints */
struct hrtimer {
	void *function;
};

struct timer_list {
	void *function;
};

/* include/linux/types.h, named by its typedef */
typedef struct {
	long counter;
} atomic_long_t;

struct work_struct {
	atomic_long_t data;
	void *func;
};

/* kernel/kthread.c */
struct kthread {
	void *data; /* of a kworker its struct worker, of a kthread_worker's thread the latter */
};

/* kernel/workqueue_internal.h */
struct worker {
	struct work_struct *current_work;
	void *current_func;
};

/* include/linux/types.h, kthread.h */
struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct kthread_work {
	struct list_head node; /* in no list: from when the work begins until it is queued again */
	void *func;
};

struct kthread_worker {
	struct list_head delayed_work_list;
	struct task_struct *task;
	struct kthread_work *current_work;
};

/* kernel/stop_machine.c: a CPU's stopper thread, and who asked for the function that it runs */
struct cpu_stopper {
	struct task_struct *thread;
	unsigned long caller; /* since 5.11 (a8b62fd08505); 0 if it runs none */
};

struct irqaction {
	const char *name;
};

#pragma clang attribute pop

/* include/linux/sched.h */
#define PF_WQ_WORKER	    0x00000020
#define PF_KTHREAD	    0x00200000
/* include/linux/workqueue.h: in work_struct.data, from when the work is queued until it begins. */
#define WORK_STRUCT_PENDING 1
/* A state of a task; the same since 4.14. */
#define TASK_WAKING	    0x200
/* scf_flags of smp_call_function_many_cond() (5.12 to 7.3 kernel/smp.c). */
#define SCF_WAIT	    1
#define SCF_RUN_LOCAL	    2

/*
 * Flags of __call_single_node (include/linux/smp_types.h). An irq_work
 * (include/linux/irq_work.h) starts with the same node and keeps its own
 * state in the low bits: PENDING is set when the work is claimed and cleared
 * just before its function is called (irq_work_single(), kernel/irq_work.c).
 */
#define CSD_TYPE_ASYNC	   0x00
#define CSD_TYPE_SYNC	   0x10
#define CSD_TYPE_IRQ_WORK  0x20
#define CSD_TYPE_TTWU	   0x30
#define CSD_FLAG_LOCK	   0x01
#define CSD_FLAG_TYPE_MASK 0xf0
#define IRQ_WORK_PENDING   0x01

#endif /* IPITRACE_VMLINUX_H */
