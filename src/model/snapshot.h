/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One window's figures: plain data, no libbpf. Durations and times are ns, times CLOCK_MONOTONIC.
 * Counts are csds unless the name says otherwise; docs/reference.md defines each.
 */
#ifndef IPITRACE_MODEL_SNAPSHOT_H
#define IPITRACE_MODEL_SNAPSHOT_H

#include <time.h>
#include "abi/event.h"
#include "abi/table.h"
#include "model/host.h"
#include "model/names.h"

/* For qsort(): negative if @a comes first. cmp_u64() ?: cmp_u64() goes on where they are equal. */
static inline int cmp_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* The time that a snapshot covers. */
struct window {
	struct timespec start; /* CLOCK_REALTIME */
	uint64_t mono_start; /* CLOCK_MONOTONIC ns */
	uint64_t mono_end;
	/*
	 * How sharp the ends are, ns: an event before mono_end is in, an event after mono_end +
	 * end_within is out, an event between may be either. 0: not known.
	 */
	uint64_t start_within, end_within;
	bool last; /* the run ends with this window */
};

static inline double window__seconds(const struct window *window)
{
	return (window->mono_end - window->mono_start) / 1e9;
}

/* Whether it was cut before its end; @asked: the length it was to have, s, or 0: not known. */
static inline bool window__partial(const struct window *window, double asked)
{
	return window__seconds(window) < 0.95 * asked;
}

/* CLOCK_REALTIME less CLOCK_MONOTONIC, ns. */
static inline int64_t window__realtime(const struct window *window)
{
	return window->start.tv_sec * 1000000000LL + window->start.tv_nsec -
	       (int64_t)window->mono_start;
}

/* When it ended, seconds since 1970. */
static inline double window__end(const struct window *window)
{
	return window->start.tv_sec + window->start.tv_nsec / 1e9 + window__seconds(window);
}

/*
 * The account of a window's csds: each one queued is found again, in flight or lost.
 * queued + carried_in = function + ttwu + irq_work + in_flight + lost, where lost is the
 * sum of lost_by; docs/reference.md defines each term.
 */
struct ledger {
	uint64_t queued;
	uint64_t carried_in;
	uint64_t function;
	uint64_t ttwu;
	uint64_t irq_work;
	uint64_t in_flight;
	uint64_t lost_by[NR_LOST];
	uint64_t orphans;
	uint64_t local;
	uint64_t exit_unseen; /* matched csds without a handler time */
	/* Where stalls are watched for: csds whose senders may have waited too long, unseen. */
	uint64_t waits_unseen;
};

uint64_t ledger__lost(const struct ledger *ledger);

/* function + ttwu + irq_work. */
uint64_t ledger__matched(const struct ledger *ledger);

/* Whether the equation holds, exactly. */
bool ledger__closed(const struct ledger *ledger);

/*
 * The account of calls, where csds cannot be followed. begun + carried_in = returned +
 * under_way + lost, where lost is the sum of lost_by.
 */
struct call_ledger {
	uint64_t begun;
	uint64_t carried_in;
	uint64_t returned;
	uint64_t refused; /* of those returned: nothing was sent */
	uint64_t under_way;
	uint64_t lost_by[NR_HOOK_LOST];
	uint64_t local;
};

uint64_t call_ledger__lost(const struct call_ledger *ledger);

/* Whether the equation holds, exactly. */
bool call_ledger__closed(const struct call_ledger *ledger);

#define KIND_NAME 32 /* bytes, with the NUL */
#define KINDS_MAX 32 /* rows of /proc/interrupts that are read; more than any architecture has */

/* The CPU that received most of the interrupts of a kind. */
struct most_hit {
	double part; /* share of all of that kind, 0 to 1; 0: unknown */
	bool cpu_known;
	uint32_t cpu;
};

/* Interrupts of one kind. */
struct kind_stats {
	char kind[KIND_NAME]; /* kind_names[], then the architecture's others */
	bool sent_known;
	bool received_known;
	bool timed; /* the members below most_hit are known: --kinds */
	uint64_t sent;
	uint64_t received;
	struct most_hit most_hit; /* of those sent */
	uint64_t coalesced; /* sent while another was pending on the CPU, so without an interrupt of their own */
	uint64_t unseen; /* pending for so long that their handlers must have run unseen */
	struct hist delay; /* from send to the handler's entry */
	struct hist time; /* from entry to exit */
	const char *why; /* which figures are unknown and why; NULL: all are known */
};

/* TLB flushes for one reason. */
struct tlb_stats {
	uint64_t count;
	uint64_t pages; /* of the flushes that are not full */
	uint64_t all; /* full flushes */
};

/* Reschedules that one process sent to wake another. */
struct wake_stats {
	uint32_t waker; /* tgid; 0: idle */
	uint32_t woken;
	bool interrupt; /* an interrupt was the waker, not a task */
	bool other; /* the sum of the pairs that got no row */
	char waker_comm[COMM_LEN];
	char woken_comm[COMM_LEN];
	uint64_t count;
};

/* IPIs that the vCPUs of a process asked for. */
struct guest_ipis {
	uint32_t tgid;
	uint64_t ipis;
};

#define GUESTS_MAX 8

/* Events besides IPIs, counted in a window. */
struct machine_events {
	bool known[NR_EVENTS]; /* counted here */
	uint64_t hits[NR_EVENTS];
	uint32_t nr_guests;
	struct guest_ipis guests[GUESTS_MAX]; /* the processes that asked for most, most first */
};

/* Add an interval's counts to @to; a count that is unknown in one of both is unknown in @to. */
void machine_events__add(struct machine_events *to, const struct machine_events *from);

/* Take @guest into @events, if it is among those that asked for most. */
void machine_events__guest(struct machine_events *events, struct guest_ipis guest);

/* Interrupts of one kind that a CPU received, and the time that they took. */
struct irq_sum {
	uint64_t count, sum, max;
};

struct cpu_stats {
	uint32_t cpu;
	uint64_t sent;
	uint64_t received;
	uint64_t local;
	bool reschedules_known;
	uint64_t reschedules; /* interrupts received, which carry no csd */
	uint64_t reschedules_sent; /* known.sends */
	uint64_t irq_works; /* known.sends; raised here, so both sent and received */
	struct hist delay; /* queue to function entry, under the CPU that ran it */
	struct hist handler; /* function entry to exit, under the CPU that ran it */
	struct steal_sum stolen; /* of delay and handler */
	struct hist wait; /* in synchronous calls, under the sender */
	uint64_t wait_away; /* the part of wait in which the CPU ran other tasks, ns (7.3 on) */
	struct irq_sum irqs[NR_KINDS]; /* known.irqs */
	/*
	 * known.irq_delay: from a call to the first call-function interrupt here, where no other
	 * call to this CPU was without one
	 */
	struct hist irq_delay;
};

struct fn_stats {
	struct symbol func;
	struct symbol callsite; /* addr 0: ran locally, summed (other), or hidden */
	bool other; /* the sum of the functions that got no row */
	bool at_most; /* SOURCE_CALLS: a condition chose among the CPUs, so count is too high, if anything */
	uint64_t count;
	uint64_t local;
	struct call_sum calls; /* synchronous calls */
	struct wait_sum wait; /* of the senders in those calls */
	struct hist delay;
	struct hist handler;
	struct steal_sum stolen; /* of delay and handler */
};

/* Interrupts without a csd that one place sent: reschedules, or irq_works raised on the own CPU. */
struct send_stats {
	enum ipi_kind kind;
	struct symbol func; /* the irq_work's function; a reschedule has none */
	struct symbol callsite; /* none of those that found no row, or where a tracer hides it */
	uint64_t count;
};

/*
 * A function's csds on one CPU, as far as that CPU had a place of its own for the row
 * (abi/table.h). What is missing from the row's count was on CPUs without a place.
 */
struct fn_cpu {
	size_t fn; /* index in fns */
	uint32_t cpu;
	uint64_t sent; /* csds that the CPU queued */
	uint64_t received; /* csds that it ran */
	uint64_t handler; /* time of the csds that it ran, ns */
	uint64_t wait; /* the CPU's own waits in synchronous calls, ns */
};

/* A row of --by: a process or a cgroup. */
struct by_stats {
	uint32_t tgid; /* 0: idle, or a cgroup's row */
	uint64_t cgroup; /* its id, the inode of its directory; 0: unknown */
	const char *cgroup_path; /* NULL: unknown; owned by struct cgroups */
	bool interrupt; /* sent from interrupts, not by a task */
	bool other; /* the sum of the keys that got no row */
	char comm[COMM_LEN];
	uint64_t count;
	uint64_t local;
	/* Interrupts without a csd that were sent; known with known.sends, except BY_VICTIM. */
	uint64_t reschedules, irq_works;
	struct wait_sum wait; /* in synchronous calls; not BY_VICTIM: victims send no csds */
	struct hist delay;
	struct hist handler;
	struct steal_sum stolen; /* of delay and handler */
};

/* Frames of a program that are named. */
#define USER_FRAMES 16

/* A csd sampled at its queue event, with the sender's stack; see struct sample. */
struct stack_sample {
	size_t fn; /* index in fns; of send_samples: in sends */
	uint32_t tgid;
	uint64_t cgroup;
	const char *cgroup_path;
	char comm[COMM_LEN];
	bool uid_known;
	uint32_t uid; /* the task's real user id, in the first user namespace */
	bool interrupt; /* of a capture: an interrupt sent the csd, though no frame may say so */
	uint32_t nr;
	struct symbol stack[STACK_DEPTH]; /* innermost frame first */
	/* The program's frames, which follow the kernel's; none if an interrupt sent the csd. */
	uint32_t nr_user;
	enum user_end user_end; /* why there are no more */
	struct symbol user[USER_FRAMES];
};

struct edge {
	uint32_t src, dst;
	uint64_t count;
};

/* The cost of one of ipitrace's BPF programs in the window. */
struct prog_cost {
	const char *name; /* NULL: no program in this place */
	uint64_t runs;
	uint64_t ns;
};

/* The most BPF programs there can be. */
#define NR_PROGS 64

/* Where the figures come from. */
enum snapshot_source {
	SOURCE_CSD, /* the csd tracepoints: each csd from queue to exit */
	/*
	 * Entries and returns of kernel/smp.c's functions: calls, in call_ledger. What a
	 * csd does once it is queued is not known: no ledger, received, delay, handler.
	 */
	SOURCE_CALLS,
};

/* How the collection was configured, as far as the figures depend on it. */
struct how {
	enum snapshot_source source;
	bool filtered; /* -c, -f, -p and the like: orphans and LOST_QUEUE_UNSEEN are unknown */
	bool timed; /* --kinds: interrupts are followed from send to exit */
	bool by_task; /* -p or --by: figures belong to a task, not to what interrupts it, ... */
	bool sees_interrupts; /* ... provided that programs can see interrupts */
	enum by_key by_key;
	enum wait_source wait_source;
	enum names_shown names;
	enum flush_way flush_way;
	bool callsites_hidden; /* a tracer hides some call sites: model/callsite.h */
};

/* Which figures are known; an unknown figure reads as 0. */
struct known {
	bool kinds;
	bool self;
	bool polled;
	bool tlb;
	bool irqs;
	bool irq_delay;
	bool entry_unseen; /* of call_ledger.lost_by[] */
	bool begin_unseen;
	bool waits_unseen;
	bool sends;
};

/* SOURCE_CALLS: the own time of a function in call-function interrupts, whoever sent them. */
struct run_stats {
	struct symbol func;
	uint64_t measured; /* length of the measured part of the window, which is its end, ns */
	struct hist time;
};

/* Each field of this struct, and of all structs above, has a line in snapshot_fields.c. */
struct snapshot {
	const struct host *host; /* NULL: unknown; owned by the caller */
	struct window window;
	struct ledger ledger; /* SOURCE_CSD */
	struct call_ledger call_ledger; /* SOURCE_CALLS */
	struct how how;
	struct known known;
	struct prog_cost cost[NR_PROGS]; /* known.self */
	uint64_t cut_ns; /* known.self: from the end of the window until all was read */
	uint64_t rss_bytes; /* this process's peak; 0: unknown */
	uint64_t kinds[NR_KINDS]; /* interrupts sent */
	/* Interrupts sent inside the sending of another, in no kind; unknown if filtered. */
	uint64_t sends_unseen;
	/* WAITS_FEXIT: calls timed from their first csd, because their entry was not seen. */
	uint64_t begin_unseen;
	/*
	 * From Linux 7.3 on: calls whose wait is in no figure, and times that a waiting task was
	 * off its CPU that count as spun, because their records found no room.
	 */
	uint64_t waits_unseen;
	/* Every kind that the running kernel has, observable or not: collect/kinds.h. */
	struct kind_stats *all_kinds;
	size_t nr_all_kinds;
	/* With --kinds. */
	uint64_t polled; /* wake-ups of CPUs that polled in idle, so that no IPI was sent */
	struct tlb_stats tlb[TLB_REASONS];
	struct wake_stats *wakes;
	size_t nr_wakes;
	uint64_t reschedule_other; /* reschedules that no wake-up sent */
	struct machine_events events; /* where a command looks for storms */
	struct cpu_stats *cpus; /* CPUs that have been online; the index is not the CPU's number */
	size_t nr_cpus;
	struct fn_stats *fns;
	size_t nr_fns;
	struct fn_cpu *fn_cpus;
	size_t nr_fn_cpus;
	struct run_stats *runs; /* of the functions that were measured */
	size_t nr_runs;
	struct by_stats *by;
	size_t nr_by;
	struct stack_sample *samples;
	size_t nr_samples;
	/* As samples, by the same index, until host/user_symbols.h has named them; else none. */
	struct user_stack *user_stacks;
	size_t nr_user_stacks;
	/* known.sends: kinds[] is the sum of the sends of each kind. */
	struct send_stats *sends;
	size_t nr_sends;
	struct stack_sample *send_samples;
	size_t nr_send_samples;
	struct user_stack *send_user_stacks; /* as user_stacks */
	size_t nr_send_user_stacks;
	uint64_t samples_dropped; /* samples for which the map had no room */
	struct edge *edges; /* sorted by src only */
	size_t nr_edges;
	uint64_t edges_other; /* csds beyond EDGE_MAX destinations of a sender */
};

extern const struct form snapshot_form;

/* Parts of it. */
extern const struct form window_form, fn_form, send_form, by_row_form, tlb_form;
/* When a later window is added, the sum keeps the first window's carried_in. */
extern const struct form ledger_form, call_ledger_form;
extern const struct form sources_form, calls_form;

/* The part of @cpu's waits as the sender in which it did nothing else, ns. */
static inline uint64_t cpu_stats__spun(const struct cpu_stats *cpu)
{
	return wait_spun(cpu->wait.sum, cpu->wait_away);
}

/* Free what @snap owns and zero it. */
void snapshot__free(struct snapshot *snap);

/* Whether both rows are of one function, which has a row for each call site. */
bool fn_stats__same_func(const struct fn_stats *a, const struct fn_stats *b);

/*
 * Which rows of snap->fns are of one function, for a look at each of many: a capture has as many as its
 * author likes. As long as these rows do not change. NULL: no memory.
 */
struct fn_rows;
struct fn_rows *fn_rows__new(const struct snapshot *snap);
void fn_rows__free(struct fn_rows *rows);

/*
 * Sum up all rows of the function of snap->fns[@fn] in @sum, which gets the names of that
 * row. Returns false, and leaves @sum as it is, if an earlier row has the function. Looks at each row
 * if @rows is NULL.
 */
bool snapshot__function(const struct snapshot *snap, const struct fn_rows *rows, size_t fn,
			struct fn_stats *sum);

/* The row of @kind in @snap->all_kinds; NULL: none. */
struct kind_stats *snapshot__kind(const struct snapshot *snap, const char *kind);

/* The time that interrupts of @kind took, ns; false, and 0: not known without --kinds. */
bool snapshot__kind_time(const struct snapshot *snap, enum ipi_kind kind, uint64_t *ns);

/*
 * Sort functions, rows of --by and wake-ups, most expensive first: by time in
 * handlers, then csds, then address or id; wake-ups by count. 0 or -ENOMEM.
 */
int snapshot__rank(struct snapshot *snap);

/*
 * The work that a CPU received, and the time that it took there: csds, or where these are
 * not followed (SOURCE_CALLS), interrupts to call functions. The other is 0.
 */
uint64_t cpu_stats__arrived(const struct cpu_stats *cpu);

/* In handlers, or in interrupts of all kinds, ns. */
uint64_t cpu_stats__arrived_ns(const struct cpu_stats *cpu);

/* The longest of these, ns; 0: there was none. */
uint64_t cpu_stats__arrived_worst(const struct cpu_stats *cpu);

/*
 * The windows of a run as one. Add @snap, a later window, to @sum, which is all zero before the
 * first. Names stay those of @snap, and must live as long as @sum. Of the samples a share is kept,
 * the same of each window. 0 or -ENOMEM; snapshot__free() frees @sum.
 */
struct snapshot_sum {
	struct snapshot snap;
	size_t every; /* one of so many samples is kept; 0: none was seen */
	size_t seen; /* samples so far */
};

int snapshot_sum__add(struct snapshot_sum *sum, const struct snapshot *snap);

/* Keep every second of the samples so far, and half as many of those of the windows to come. */
void snapshot_sum__thin(struct snapshot_sum *sum);

/* A snapshot with copies of its names and its host, because their owners change them. */
struct kept {
	struct snapshot snap; /* its strings are in @strings, its host is @host */
	struct host host;
	uint64_t own_ns; /* CPU time that ipitrace itself took in the window; the keeper sets this */
	char *strings;
	size_t bytes; /* size of the whole copy */
};

/* A copy of @snap; NULL: there is no memory. */
struct kept *kept__new(const struct snapshot *snap);

/* @kept may be NULL. */
void kept__free(struct kept *kept);

#endif /* IPITRACE_MODEL_SNAPSHOT_H */
