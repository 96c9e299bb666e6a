/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine, as /proc, /sys and CPUID show it: its name, kernel and online CPUs; which of these
 * share memory or a cache; threads and processes; cgroups; interrupts; isolated CPUs; time that the
 * hypervisor took; what new kernels and CPUs hide; what may explain a storm; the stacks of all
 * CPUs.
 */
#ifndef IPITRACE_HOST_MACHINE_H
#define IPITRACE_HOST_MACHINE_H

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "abi/limits.h"
#include "base/sysfile.h"
#include "model/incident.h"
#include "model/isolation.h"
#include "model/snapshot.h"
#include "model/storm.h"

/* Fill in @host. A part that cannot be read becomes empty. */
void machine__read(struct host *host);

/* Whether the processor says that no hypervisor runs this machine's CPUs. Only x86 can say so. */
bool machine__is_bare(void);

/*
 * Returns the CPUID leaf at which the hypervisor with the signature @name, of 12 bytes, describes
 * itself; 0 on a machine without that hypervisor, and on other processors than x86.
 */
uint32_t machine__hypervisor_leaf(const char *name);

/*
 * Whether processes have the same numbers here as in the kernel, whose numbers the BPF programs
 * see: false in a PID namespace, such as a container's. There /proc/N is another process than the
 * kernel's N.
 */
bool machine__has_kernel_pids(void);

/* Whether @root's /proc has the kernel's numbers: always, unless @root is "", this machine's. */
bool machine__proc_has_kernel_pids(const char *root);

/*
 * Whether a time namespace shifts this process's CLOCK_MONOTONIC from the kernel's, which the BPF
 * programs read. Then @why (@size bytes) says by how much, and what to do. @path: normally NULL for
 * /proc/self/timens_offsets.
 */
bool machine__clock_is_shifted(char *why, size_t size, const char *path);

#define HYPERVISOR_KVM	  "KVMKVMKVM\0\0\0"
#define HYPERVISOR_HYPERV "Microsoft Hv"

/*
 * Returns how the local APICs are reached, by CPUID and by the kernel's log, which takes
 * CAP_SYSLOG; APIC_UNKNOWN if neither says so, and on other processors than x86.
 */
enum apic_mode apic__mode(void);

/* Returns the same, by the text of a kernel's log. */
enum apic_mode apic__mode_in_log(const char *log);

/* Set whether a feature is @available, and @how ipitrace gets it, or why not, as printf(3). */
void feature__tell(struct feature *feature, bool available, const char *how, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Read which node each online CPU belongs to, from @dir, normally NULL for
 * /sys/devices/system/node. A kernel without NUMA has no such directory: @numa does not change. The
 * kernel lists only online CPUs (drivers/base/node.c, node_read_cpumap()): read again once a CPU
 * has come. Nodes keep their places in @numa, and new nodes are added.
 */
void numa__read(struct numa *numa, const char *dir);

/*
 * Read which of @cpus share a last-level cache, from @dir, normally NULL for
 * /sys/devices/system/cpu. A group has the number of its first CPU. @groups must be all zero, and
 * stays so if the files are missing.
 */
void llc__read(struct numa *groups, const struct cpuset *cpus, const char *dir);

#define TRACEFS "/sys/kernel/tracing"

/* Fill @events from the tracefs at @root. Returns 0, or a negative errno: @root has no events/. */
int tracefs_events__read(struct tracefs_events *events, const char *root);

/*
 * Get the name of a thread; "" if unknown. Neither this function nor thread_file__slices()
 * allocates memory, and both read only files whose text the kernel makes without waiting for
 * another CPU.
 */
void thread_file__comm(char comm[COMM_LEN], uint32_t tgid, uint32_t tid);

/*
 * Get how often a thread has got a CPU, in *@slices. @root: a directory in front of /proc, ""
 * outside tests. False: unknown, because /proc hides the thread or the kernel has no
 * CONFIG_SCHED_INFO.
 */
bool thread_file__slices(const char *root, uint32_t tgid, uint32_t tid, uint64_t *slices);

/*
 * Get the path of process @tgid's cgroup in cgroup2, into @path, cut to @size. @root: a directory
 * in front of /proc, "" outside tests. False, and "": unknown.
 */
bool task_cgroup__read(const char *root, uint32_t tgid, char *path, size_t size);

/* Returns the peak of this process's resident memory, bytes; 0: unknown. */
uint64_t self__rss_peak(void);

/* Returns the resident memory of this process now, bytes; 0: unknown. */
uint64_t self__rss(void);

/* Finds paths by cgroup ids: an id is the inode of the cgroup's directory in cgroup2. */
struct cgroups;

/*
 * Open the cgroups below @root; NULL: below the mount point of cgroup2. Returns 0 and *@c; -ENOMEM;
 * or -ENOENT if cgroup2 is not mounted.
 */
int cgroups__open(struct cgroups **c, const char *root);
void cgroups__close(struct cgroups *c);

/* An id is forgotten after this many calls of cgroups__resolve() or cgroups__load() without it. */
#define CGROUPS_KEPT 60

/*
 * Fill in the paths of @snap's rows and samples, "/" for the root. Walks the tree if there are new
 * ids, or if a path has another id now. If walks take long, not each call walks, so a path may come
 * later. The paths belong to @c, and are valid until the next call. The path of a cgroup that is
 * gone stays for CGROUPS_KEPT calls, because its csds may still be shown. If @c is NULL (no
 * cgroup2), only the root has a path.
 */
void cgroups__resolve(struct cgroups *c, struct snapshot *snap);

/* Read the paths of all cgroups that exist now. */
void cgroups__load(struct cgroups *c);

/* Returns the path of a cgroup that was read before, or NULL. Takes no memory; @c may be NULL. */
const char *cgroups__path(const struct cgroups *c, uint64_t id);

/* Returns how many ids @c keeps. */
size_t cgroups__known(const struct cgroups *c);

/* A walk through all cgroups ends after this many directories, more than machines have. */
#define CGROUP_WALK_MAX 65536

/* A cgroup: its directory @path, and the id that bpf_get_current_cgroup_id() gives. */
typedef void cgroup_visit_fn(void *ctx, const char *path, uint64_t id);

/*
 * Call @visit for @root, which is where cgroup2 is mounted or a directory below that, and for each
 * cgroup below @root. A cgroup that is removed meanwhile may be left out.
 */
void cgroup_walk(const char *root, cgroup_visit_fn *visit, void *ctx);

/*
 * Interrupts received, by kind, as the kernel itself counts them in /proc/interrupts. They cost
 * nothing until they are read.
 */
struct interrupts;

struct arrival {
	char kind[KIND_NAME]; /* as in struct kind_stats */
	uint64_t count; /* since the last call, over all CPUs */
	uint64_t most; /* since the last call, of the CPU that received most; 0: none, or unknown */
	/*
	 * The file had a count for the same CPUs at this call and at the last. If not, @count lacks
	 * what a CPU received before it went offline, which the call after its return adds.
	 */
	bool whole;
};

/* The rows of IPIs, in the file's order. */
struct arrivals {
	struct arrival rows[KINDS_MAX];
	size_t nr;
	struct cpuset shown; /* the CPUs that the file has at this call: those that are online */
	/* The CPUs for which the file had a count of reschedules at this call and at the last. */
	struct cpuset counted;
	uint64_t reschedules[MAX_CPUS]; /* since the last call, of the CPUs of @counted */
};

/* Open @path; NULL: /proc/interrupts. Returns 0 and *@in, or a negative errno. */
int interrupts__open(struct interrupts **in, const char *path);
void interrupts__close(struct interrupts *in);

/*
 * Get the interrupts that arrived since the last call, also if CPUs went or came in between. A kind
 * without a row on this machine is left out. A kind whose row does not fit the CPUs at this moment
 * is left out, too: the next call gets what arrived. There are no rows at the first call, or if @in
 * is NULL.
 */
void interrupts__since(struct interrupts *in, struct arrivals *since);

/*
 * Get the interrupts of @kind that @cpu had received when the file was last
 * read, since boot. False: the file has no such row or CPU.
 */
bool interrupts__of_cpu(const struct interrupts *in, const char *kind, uint32_t cpu,
			uint64_t *count);

/*
 * Turn the kernel's description of a kind, as in the rows of arm64 and in its
 * ipi_raise, into a name: "CPU stop interrupts" is cpu_stop.
 */
void interrupts__name(const char *text, char kind[KIND_NAME]);

/*
 * Get the CPUs that the kernel isolates: those of isolcpus=, of nohz_full= and of isolated cpuset
 * partitions. @root: a directory in front of /sys and /proc, "" outside tests.
 */
void isolation__cpus(const char *root, struct cpuset *set);

/* Check what of the setup will disturb @cpus. Returns how many of @checks are filled in. */
size_t isolation__check(const char *root, const struct cpuset *cpus,
			struct setup_check checks[SETUP_CHECKS]);

/*
 * Features of newer kernels and CPUs that hide IPIs or change them, a row of `check` each.
 * @root: a directory in front of /proc, /sys and /boot, "" outside tests.
 */

/* Whether the kernel has a feature, by the types in its BTF. */
enum kernel_has {
	KERNEL_UNKNOWN,
	KERNEL_LACKS,
	KERNEL_HAS,
};

/* The facts that decide whether flushes of other CPUs' TLBs send IPIs. */
struct tlb_facts {
	bool invlpgb; /* the CPU has an instruction for flushes of other CPUs' TLBs (AMD) */
	enum kernel_has global_asids; /* the kernel needs these to use that instruction */
	bool hyperv, xen; /* the kernel asks its host to flush */
};

/* Returns what /proc, /sys and CPUID say: all members except global_asids. */
struct tlb_facts quirks__tlb_facts(const char *root);

/* Returns how TLBs of other CPUs are flushed, if not by IPIs; FLUSH_BY_IPI if that is unknown. */
enum flush_way quirks__flush_way(const struct tlb_facts *facts);

/* Set in @feature whether TLB flushes send IPIs. */
void quirks__tlb(struct feature *feature, const struct tlb_facts *facts);

/* Set in @feature whether isolated CPUs may change: if @kernel has housekeeping_update(). */
void quirks__isolation(struct feature *feature, enum kernel_has kernel);

/* Set in @feature when the kernel itself complains of a csd, and if a user can change that time. */
void quirks__csd_timeout(struct feature *feature, const char *root);

/* Set in @feature whether csds are debugged: from 7.2 on all senders then share a target's csd. */
void quirks__csd_debug(struct feature *feature, const char *root);

/*
 * Returns how many interrupts CPUs have got since boot by which RPS (receive packet steering) hands
 * them packets; SOFTNET_UNKNOWN if the file cannot be read. @path: normally NULL for
 * /proc/net/softnet_stat.
 */
uint64_t softnet__handed(const char *path);

#define SOFTNET_UNKNOWN UINT64_MAX

/*
 * Whether RPS may have handed packets to CPUs between two calls of softnet__handed(), which
 * returned @before and @after.
 */
bool softnet__may_have_handed(uint64_t before, uint64_t after);

/* The time that the hypervisor took from each CPU in the last few seconds. */
struct steal_time;

/* How often to call steal_time__sample(). */
#define STEAL_PERIOD_NS 100000000ULL

/* Open @path; NULL: /proc/stat. Returns 0 and *@s, or a negative errno. */
int steal_time__open(struct steal_time **s, const char *path, uint32_t nr_cpus);
void steal_time__close(struct steal_time *s);

/* Take a sample at @now. Only one thread at a time may call this. */
void steal_time__sample(struct steal_time *s, uint64_t now);

/*
 * Returns the time taken from @cpu since the last sample before @start, ns, in whole ticks of the
 * kernel; 0: unknown. Only one thread at a time may call this, while another may sample. Takes no
 * memory.
 */
uint64_t steal_time__since(struct steal_time *s, uint32_t cpu, uint64_t start);

/*
 * Facts that may explain a storm: changes of the machine, runs of the stopper threads, guests, the
 * time stamp counter and the policies of the CPUs' frequency. @root of each function: where the
 * kernel's files are, "" outside tests.
 */

/*
 * Changes of the machine while ipitrace runs: modules, CPUs online, the clocksource, a few settings
 * that cause IPIs. They are read once a window.
 */
struct change_log;

/* Open the log, and read the machine. Returns 0 and *@ch, or a negative errno. */
int change_log__open(struct change_log **ch, const char *root);
void change_log__close(struct change_log *ch);

/* Read the machine again. What differs from the last reading changed at @time, which is not 0. */
void change_log__update(struct change_log *ch, uint64_t time);

/* Get the latest @max changes between @from and @to, oldest first. Returns how many. */
uint32_t change_log__of(const struct change_log *ch, uint64_t from, uint64_t to,
			struct change *changes, uint32_t max);

/*
 * Counts how often the stopper threads ran: once for each running task that is moved to another
 * CPU, and for stop_machine(). No event shows the cause of a plain reschedule interrupt; these runs
 * hint at a cause.
 */
struct stopper_threads;

/*
 * Find the stopper threads. @root must live as long as *@st. Returns 0 and *@st, or a negative
 * errno: -ENOENT if no stopper thread is visible, as in a container.
 */
int stopper_threads__open(struct stopper_threads **st, const char *root);
void stopper_threads__close(struct stopper_threads *st);

/*
 * Get the runs since the last call, or since opening, also of CPUs that came meanwhile. Returns
 * false, with 0 runs, if they are unknown: @st is NULL, or a thread cannot be read now or could not
 * be read at the last call (/proc is mounted with hidepid, and ipitrace has given up root).
 */
bool stopper_threads__since(struct stopper_threads *st, uint64_t *runs);

/* Whether the CPU itself delivers IPIs between running vCPUs, without an exit. */
bool kvm_guests__ipis_virtualized(const char *root);

/* Get the name of process @tgid; "" if the process is hidden or has ended. */
void kvm_guests__name(uint32_t tgid, char *name, size_t size, const char *root);

/* Find the guests, by reading every thread: expensive, so only if a storm gives a reason. */
void kvm_guests__read(struct guest_evidence *guests, const char *root);

void tsc__read(struct tsc_evidence *tsc, const char *root);

/* Set in @f, a line of `check`, whether KVM's tsc_khz_changed is impossible on this machine. */
void tsc__feature(struct feature *f);

/* Read the cpufreq policies; the members about transitions stay as they are. */
void cpufreq__policies(struct cpufreq_evidence *evidence, const char *root);

/* Gets the stacks of all CPUs, by sysrq-l: the kernel sends NMIs, and writes to its log. */

struct sysrq;

/*
 * Open the log and the trigger, as root. Returns 0 and *@sysrq; or a negative errno,
 * with one line in @why (@size bytes) that says what is missing.
 */
int sysrq__open(struct sysrq **sysrq, char *why, size_t size);
void sysrq__close(struct sysrq *sysrq);

/*
 * Ask for all stacks; @sysrq is a struct sysrq. Returns the lines that the kernel's log got since
 * the request, without their prefix; valid until the next call; "" after a failure. Takes no
 * memory. Waits for the CPUs: 10 s if a CPU does not even respond to an NMI (lib/nmi_backtrace.c).
 */
const char *sysrq__backtraces(void *sysrq);

/*
 * In that text each CPU has a part: lib/nmi_backtrace.c writes its head, and the architecture's
 * show_regs() the rest. Others write to the kernel's log, too, so the text may contain anything.
 */
enum backtrace_found {
	BACKTRACE_ABSENT, /* the CPU has no part */
	BACKTRACE_IDLE, /* "skipped: idling" */
	BACKTRACE_FOUND,
};

/* Parse the part of @cpu in @text, lines without the log's prefix. The last such part counts. */
enum backtrace_found backtrace_text__parse(const char *text, uint32_t cpu, struct backtrace *bt);

/*
 * Two helper processes write to /proc/sysrq-trigger. Only they have that file open, and they write
 * only the letter l, at most once in SYSRQ_GAP_NS. ipitrace itself, which has given up its rights,
 * does not have the file open, because with it a fault in ipitrace could crash the machine.
 *
 * There are two because the scheduler may put one of them on the CPU that is stuck: an idle CPU
 * whose interrupt does not return still looks idle. Each process has its half of the CPUs.
 */

#define SYSRQ_GAP_NS 500000000ULL

/* A request has only a number and a time, so that nobody who has the socket can do harm. */
struct sysrq_request {
	uint64_t id;
	uint64_t until; /* CLOCK_MONOTONIC ns; nobody waits for the answer after this time */
};

enum sysrq_state {
	SYSRQ_BEGUN,
	SYSRQ_DONE,
	SYSRQ_TOO_SOON,
};

struct sysrq_answer {
	uint64_t id; /* id of the request; 0: the answer that the helper sends at its start */
	int state; /* enum sysrq_state, or a negative errno */
};

struct sysrq_helper {
	int socket;
	pid_t pid;
	uint64_t id; /* id of the last request */
};

/*
 * Start both processes. Call this as root, before there is a thread. @path: /proc/sysrq-trigger,
 * except in tests. Returns 0 or a negative errno, also of opening @path.
 */
int sysrq_helper__start(struct sysrq_helper *helper, const char *path);
void sysrq_helper__stop(struct sysrq_helper *helper);

/* Let a helper write l, and wait for the stacks. Takes no memory. Returns 0 or a negative errno. */
int sysrq_helper__ask(struct sysrq_helper *helper);

#endif /* IPITRACE_HOST_MACHINE_H */
