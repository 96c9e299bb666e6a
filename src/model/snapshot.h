/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The figures of one window: plain data, without libbpf. Durations and times are ns; times are
 * CLOCK_MONOTONIC. A count without another noun in its name counts csds. docs/reference.md defines
 * each count.
 */
#ifndef IPITRACE_MODEL_SNAPSHOT_H
#define IPITRACE_MODEL_SNAPSHOT_H

#include <time.h>
#include "abi/event.h"
#include "abi/table.h"
#include "model/host.h"
#include "model/moment.h"
#include "model/names.h"

/*
 * A comparison for qsort(): negative if @a comes first. cmp_u64() ?: cmp_u64() compares by a second
 * key where the first keys are equal.
 */
static inline int cmp_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* The same of two items that are uint64_t, for bsearch(), too. */
static inline int cmp_u64_items(const void *a, const void *b)
{
	return cmp_u64(*(const uint64_t *)a, *(const uint64_t *)b);
}

/* The time that a snapshot covers. */
struct window {
	struct timespec start; /* CLOCK_REALTIME */
	uint64_t mono_start; /* CLOCK_MONOTONIC ns */
	uint64_t mono_end;
	/*
	 * How exact the start and the end are, ns: the window has each event before mono_end, no
	 * event after mono_end + end_within, and possibly an event between the two. 0 if unknown.
	 */
	uint64_t start_within, end_within;
	bool last; /* the window is the last of the run */
};

static inline double window__seconds(const struct window *window)
{
	return (window->mono_end - window->mono_start) / 1e9;
}

/* Returns the rate of @n events in @ns, for each second; 0 where no time has passed. */
static inline double per_second(double n, uint64_t ns)
{
	return ns ? n * 1e9 / ns : 0;
}

/* Returns the count over @ns that has the rate @per_second; 0 if no count can have it. */
uint64_t count_of_rate(double per_second, uint64_t ns);

static inline double window__rate(const struct window *window, uint64_t n)
{
	return per_second(n, window->mono_end - window->mono_start);
}

/* Whether the window was cut before its end. @asked: the intended length, s; 0 if unknown. */
static inline bool window__partial(const struct window *window, double asked)
{
	return window__seconds(window) < 0.95 * asked;
}

/* Returns CLOCK_REALTIME minus CLOCK_MONOTONIC, ns. */
static inline int64_t window__realtime(const struct window *window)
{
	return window->start.tv_sec * 1000000000LL + window->start.tv_nsec -
	       (int64_t)window->mono_start;
}

/* Returns the end of the window, seconds since 1970. */
static inline double window__end(const struct window *window)
{
	return window->start.tv_sec + window->start.tv_nsec / 1e9 + window__seconds(window);
}

/*
 * The ledger of a window: each queued csd has run, is in flight or is lost. queued + carried_in =
 * function + ttwu + irq_work + in_flight + lost, where lost is the sum of lost_by;
 * docs/reference.md defines each term.
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
	/* If stalls are watched: csds whose senders may have waited too long without being seen. */
	uint64_t waits_unseen;
	/*
	 * Only with a filter, and in no other member: csds that no program saw being queued. How
	 * many of these csds the filter lets through is unknown.
	 */
	uint64_t filter_unseen;
};

uint64_t ledger__lost(const struct ledger *ledger);

/* Returns function + ttwu + irq_work. */
uint64_t ledger__matched(const struct ledger *ledger);

/* Whether the equation of the ledger holds exactly. */
bool ledger__closed(const struct ledger *ledger);

/*
 * The ledger of calls, if csds cannot be followed: begun + carried_in = returned + under_way +
 * lost, where lost is the sum of lost_by.
 */
struct call_ledger {
	uint64_t begun;
	uint64_t carried_in;
	uint64_t returned;
	uint64_t refused; /* returned calls that sent nothing */
	uint64_t under_way;
	uint64_t lost_by[NR_HOOK_LOST];
	uint64_t local;
	/* As in struct ledger: calls that no program saw begin. */
	uint64_t filter_unseen;
};

uint64_t call_ledger__lost(const struct call_ledger *ledger);

/* Whether the equation of the ledger holds exactly. */
bool call_ledger__closed(const struct call_ledger *ledger);

#define KIND_NAME 32 /* bytes, with the NUL */
/* maximum number of rows of /proc/interrupts that are read; no architecture has more */
#define KINDS_MAX 32

/* The CPU that received most of the interrupts of one kind. */
struct most_hit {
	double part; /* the CPU's share of all interrupts of the kind, 0 to 1; 0 if unknown */
	bool cpu_known;
	uint32_t cpu;
};

/* Interrupts of one kind. */
struct kind_stats {
	char kind[KIND_NAME]; /* a name of kind_names[], or the architecture's other names */
	bool sent_known;
	bool received_known;
	bool timed; /* the members after most_hit are known: --kinds */
	uint64_t sent;
	uint64_t received;
	struct most_hit most_hit; /* among the CPUs to which interrupts of the kind were sent */
	uint64_t coalesced; /* sent while another one was pending on the CPU, and merged into it */
	uint64_t unseen; /* pending for so long that their handlers must have run unseen */
	struct hist delay; /* from the sending to the handler's entry */
	struct hist time; /* from the handler's entry to its exit */
	const char *why; /* which figures are unknown, and why; NULL if all are known */
};

/* TLB flushes for one reason. */
struct tlb_stats {
	uint64_t count;
	uint64_t pages; /* pages of the flushes that are not full flushes */
	uint64_t all; /* full flushes */
};

/* Reschedules that one process sent to wake another. */
struct wake_stats {
	uint32_t waker; /* tgid; 0: an idle task */
	uint32_t woken;
	bool interrupt; /* an interrupt woke the task, not the task that was interrupted (waker) */
	bool other; /* the row is the sum of the pairs that got no row */
	char waker_comm[COMM_LEN];
	char woken_comm[COMM_LEN];
	uint64_t count;
};

/* The IPIs that the vCPUs of one process (a guest) asked for. */
struct guest_ipis {
	uint32_t tgid;
	uint64_t ipis;
};

#define GUESTS_MAX 8

/* Events that are not IPIs, counted in a window. */
struct machine_events {
	bool known[NR_EVENTS]; /* the event was counted in this window */
	uint64_t hits[NR_EVENTS];
	uint32_t nr_guests;
	struct guest_ipis guests[GUESTS_MAX]; /* those that asked for the most IPIs, most first */
};

/* Add another interval's counts to @to. A count unknown in either is unknown in the sum. */
void machine_events__add(struct machine_events *to, const struct machine_events *from);

/* Put @guest into events->guests if it is among those that asked for the most IPIs. */
void machine_events__guest(struct machine_events *events, struct guest_ipis guest);

/* The interrupts of one kind that a CPU received, and their time. */
struct irq_sum {
	uint64_t count, sum, max;
};

struct cpu_stats {
	uint32_t cpu;
	uint64_t sent;
	uint64_t received;
	uint64_t local;
	bool reschedules_known;
	uint64_t reschedules; /* interrupts received that carry no csd */
	uint64_t reschedules_sent; /* known if known.sends is */
	uint64_t irq_works; /* known if known.sends is; raised here, so both sent and received */
	struct hist delay; /* from queue event to function entry, for the csds that this CPU ran */
	struct hist handler; /* from function entry to exit, for the csds that this CPU ran */
	struct steal_sum stolen; /* of delay and handler */
	struct hist wait; /* waits in synchronous calls, with this CPU as the sender */
	uint64_t wait_away; /* the part of wait in which the CPU ran other tasks, ns (from 7.3) */
	struct irq_sum irqs[NR_KINDS]; /* known if known.irqs is */
	/*
	 * Known if known.irq_delay is: from a call to the first call-function interrupt on this
	 * CPU, for calls during which no other call to this CPU waited for an interrupt.
	 */
	struct hist irq_delay;
};

struct fn_stats {
	struct symbol func;
	/*
	 * addr is 0 if the function ran locally, if the row is a sum (other), or if a tracer hides
	 * the site
	 */
	struct symbol callsite;
	bool other; /* the row is the sum of the functions that got no row */
	bool at_most; /* SOURCE_CALLS: a condition chose among the CPUs; the count may be less */
	uint64_t count;
	uint64_t local;
	struct call_sum calls; /* synchronous calls */
	struct wait_sum wait; /* waits of the senders in those calls */
	struct hist delay;
	struct hist handler;
	struct steal_sum stolen; /* of delay and handler */
};

/*
 * Interrupts without a csd that one place in the kernel sent: reschedules, or irq_works that a CPU
 * raised on itself.
 */
struct send_stats {
	enum ipi_kind kind;
	struct symbol func; /* function of the irq_work; empty for a reschedule */
	struct symbol callsite; /* empty if the row is a sum, or if a tracer hides the site */
	uint64_t count;
};

/*
 * The csds of a function on one CPU, if that CPU had a place of its own for the row (abi/table.h).
 * The difference to the row's count is from CPUs without such a place.
 */
struct fn_cpu {
	size_t fn; /* index of the row in fns */
	uint32_t cpu;
	uint64_t sent; /* csds that this CPU queued */
	uint64_t received; /* csds that this CPU ran */
	uint64_t handler; /* time of the csds that this CPU ran, ns */
	uint64_t wait; /* waits of this CPU in synchronous calls, ns */
};

/* A row of --by: a process or a cgroup; in snapshot.others a user. */
struct by_stats {
	uint32_t tgid; /* 0 for an idle task, or in the row of a cgroup */
	uint64_t cgroup; /* id of the cgroup, the inode of its directory; 0 if unknown */
	const char *cgroup_path; /* NULL if unknown; owned by struct cgroups */
	bool interrupt; /* the csds were sent by interrupts, not by a task */
	bool other; /* the row is the sum of the processes or cgroups that got no row */
	char comm[COMM_LEN];
	/* Only in snapshot.others: the user, in the first user namespace. */
	bool uid_known;
	uint32_t uid;
	uint64_t count;
	uint64_t local;
	/* Interrupts without a csd that were sent; known with known.sends, except BY_VICTIM. */
	uint64_t reschedules, irq_works;
	struct wait_sum wait; /* waits in synchronous calls; not BY_VICTIM: victims send no csds */
	struct hist delay;
	struct hist handler;
	struct steal_sum stolen; /* of delay and handler */
};

/* Maximum number of a program's frames that get names. */
#define USER_FRAMES 16

/* A csd whose sender's stack was sampled at the queue event; see struct sample. */
struct stack_sample {
	size_t fn; /* index in fns, for send_samples: index in sends */
	uint32_t tgid;
	uint64_t cgroup;
	const char *cgroup_path;
	char comm[COMM_LEN];
	bool uid_known;
	uint32_t uid; /* real user id of the task, in the first user namespace */
	bool contained; /* the task is in a PID namespace other than the first */
	bool own_exe; /* the task is called ipitrace..., and runs the file that ipitrace runs */
	/*
	 * An interrupt sent the csd, even if no frame shows that: a capture says so, or
	 * callers__doubt_backlog() does.
	 */
	bool interrupt;
	bool own; /* ipitrace itself is the sender: own_work__mark() */
	double csds; /* how many csds of the row the sample represents, an estimate; 0 if unknown */
	/* the task runs works (abi/work.h); valid unless callers__sent_by_interrupt() */
	bool kworker;
	struct task_id queued_by; /* the task that queued the kworker's work; all 0 if unknown */
	uint32_t nr;
	struct symbol stack[STACK_DEPTH]; /* innermost frame first */
	/* The program's frames, which follow the kernel's; 0 if an interrupt sent the csd. */
	uint32_t nr_user;
	enum user_end user_end; /* why user[] has no more frames of the program */
	struct symbol user[USER_FRAMES];
};

/* Returns "other" for the row of all other functions, else what symbol__text() returns. */
const char *fn_stats__text(const struct fn_stats *fn, char address[ADDRESS_TEXT]);

struct edge {
	uint32_t src, dst;
	uint64_t count;
};

/* The cost of one of ipitrace's BPF programs in a window. */
struct prog_cost {
	const char *name; /* NULL if this place of the array is empty */
	uint64_t runs;
	uint64_t ns;
};

/* Maximum number of BPF programs. */
#define NR_PROGS 64

/* The source of the figures; source_names[] in names.c. */
enum snapshot_source {
	SOURCE_CSD, /* the csd tracepoints: each csd is followed from its queue event to its exit */
	/*
	 * Entries and returns of functions in kernel/smp.c: calls, in call_ledger. Csds cannot be
	 * followed after they were queued, so ledger, received, delay and handler are unknown.
	 */
	SOURCE_CALLS,
	NR_SOURCES,
};

extern const char *const source_names[NR_SOURCES];

/* The configuration of the collection, where the figures depend on it. */
struct how {
	enum snapshot_source source;
	bool filtered; /* with -c, -f, -p and the like: orphans and LOST_QUEUE_UNSEEN are unknown */
	bool timed; /* --kinds: interrupts are followed from send to exit */
	bool by_task; /* -p or --by: figures belong to the tasks that sent */
	/* BPF programs recognise interrupts; else by_task counts these for the interrupted task */
	bool sees_interrupts;
	bool by_pid; /* -p: figures belong to the csds of one process */
	enum by_key by_key;
	enum wait_source wait_source;
	enum names_shown names;
	enum flush_way flush_way;
	bool callsites_hidden; /* a tracer hides some call sites; see model/callsite.h */
};

/* Which figures are known. An unknown figure has the value 0. */
struct known {
	bool kinds;
	bool self;
	bool polled;
	bool tlb;
	bool irqs;
	bool irq_delay;
	bool entry_unseen; /* entry_unseen in call_ledger.lost_by[] */
	bool begin_unseen;
	bool waits_unseen;
	bool sends;
};

/* A field of this struct, or of a struct above, has a line in snapshot_fields.c. */
struct snapshot {
	const struct host *host; /* NULL if unknown; owned by the caller */
	struct window window;
	struct ledger ledger; /* valid with SOURCE_CSD */
	struct call_ledger call_ledger; /* valid with SOURCE_CALLS */
	struct how how;
	struct known known;
	struct prog_cost cost[NR_PROGS]; /* known.self */
	uint64_t cut_ns; /* known.self: from the end of the window until all was read, ns */
	uint64_t rss_bytes; /* peak of this process's memory, bytes; 0 if unknown */
	uint64_t kinds[NR_KINDS]; /* interrupts sent */
	/*
	 * Interrupts sent that kinds[] lacks: the kernel skipped the program that counts
	 * interrupts, because it was running on that CPU for another interrupt. Unknown with a
	 * filter.
	 */
	uint64_t sends_unseen;
	/* WAITS_FEXIT: calls whose entry was not seen, and which are timed from their first csd. */
	uint64_t begin_unseen;
	/*
	 * This is not ledger.waits_unseen. From Linux 7.3 on: the calls that found no free struct
	 * task_call, so that no figure has their waits; plus the times off the CPU that found no
	 * free struct away_task, so that they count as spun.
	 */
	uint64_t waits_unseen;
	/* All kinds that the running kernel has, even if no event shows them: kinds__complete(). */
	struct kind_stats *all_kinds;
	size_t nr_all_kinds;
	/* Known with --kinds. */
	uint64_t polled; /* wake-ups of CPUs that polled in idle, for which no IPI was sent */
	struct tlb_stats tlb[TLB_REASONS];
	struct wake_stats *wakes;
	size_t nr_wakes;
	uint64_t reschedule_other; /* reschedules that were not sent for a wake-up */
	struct machine_events events; /* counted if the command looks for storms */
	struct cpu_stats *cpus; /* CPUs that have been online; the index is not the CPU's number */
	size_t nr_cpus;
	struct fn_stats *fns;
	size_t nr_fns;
	struct fn_cpu *fn_cpus;
	size_t nr_fn_cpus;
	struct by_stats *by;
	size_t nr_by;
	/*
	 * The row of by[] that is `other`, by user: the sums of these rows are that row, exactly.
	 * The row without a user has what interrupts sent, and what users without a row sent.
	 */
	struct by_stats *others;
	size_t nr_others;
	struct stack_sample *samples;
	size_t nr_samples;
	/* The same index as samples, until host/user_symbols.c has named the frames; then NULL. */
	struct user_stack *user_stacks;
	size_t nr_user_stacks;
	/* Known if known.sends is. kinds[] is the sum of the sends of each kind. */
	struct send_stats *sends;
	size_t nr_sends;
	struct stack_sample *send_samples;
	size_t nr_send_samples;
	struct user_stack *send_user_stacks; /* for send_samples, as user_stacks for samples */
	size_t nr_send_user_stacks;
	uint64_t samples_dropped; /* samples that the map had no room for */
	struct edge *edges; /* sorted only by src */
	size_t nr_edges;
	uint64_t edges_other; /* csds to destinations beyond EDGE_MAX of a sender */
};

extern const struct form snapshot_form;

/* How the parts of a snapshot are written, copied, added and freed (model/field.h). */
extern const struct form window_form, cpu_form, fn_form, send_form, by_row_form, kind_form,
	tlb_form;
/* The sum with a later window keeps carried_in of the first window. */
extern const struct form ledger_form, call_ledger_form;
extern const struct form sources_form, calls_form;

/* Whether the figures are of another tracer's file: nothing else has waits that are not known. */
bool snapshot__is_imported(const struct snapshot *snap);

/*
 * Whether the filter -p also lets csds pass that interrupts sent while the process ran, because BPF
 * programs cannot recognise interrupts on this kernel.
 */
bool snapshot__passes_interrupts(const struct snapshot *snap);

/* Free all that @snap owns, and zero @snap. */
void snapshot__free(struct snapshot *snap);

/* Whether both rows are of the same function. A function has a row for each of its call sites. */
bool fn_stats__same_func(const struct fn_stats *a, const struct fn_stats *b);

/*
 * An index of which rows of snap->fns belong to the same function, for callers that read many rows:
 * the author of a capture may write any number. Valid until the rows change. fn_rows__new() returns
 * NULL if there is no memory.
 */
struct fn_rows;
struct fn_rows *fn_rows__new(const struct snapshot *snap);
void fn_rows__free(struct fn_rows *rows);

/*
 * Sum up all rows of the function of snap->fns[@fn] in @sum, which gets the names of this row.
 * Returns false, without changing @sum, if an earlier row has the same function. @rows may be NULL:
 * then each row is compared.
 */
bool snapshot__function(const struct snapshot *snap, const struct fn_rows *rows, size_t fn,
			struct fn_stats *sum);

/* Returns the row of @kind in snap->all_kinds; NULL if there is none. */
struct kind_stats *snapshot__kind(const struct snapshot *snap, const char *kind);

/*
 * Get the time of all interrupts of @kind, ns. Returns false, with *@ns 0, if the time is unknown,
 * as without --kinds.
 */
bool snapshot__kind_time(const struct snapshot *snap, enum ipi_kind kind, uint64_t *ns);

/* Returns the runs and the time of all of ipitrace's BPF programs together. */
struct prog_cost snapshot__self_cost(const struct snapshot *snap);

/*
 * Sort functions and rows of --by by time in handlers, then by csds, then by address or id, largest
 * first; sort wake-ups by count. Returns 0 or -ENOMEM.
 */
int snapshot__rank(struct snapshot *snap);

/*
 * Returns the work that a CPU received: csds, or with SOURCE_CALLS, where csds are not followed,
 * interrupts for function calls.
 */
uint64_t cpu_stats__arrived(const struct cpu_stats *cpu);

/* Returns the time of that work, in handlers or in interrupts of all kinds, ns. */
uint64_t cpu_stats__arrived_ns(const struct cpu_stats *cpu);

/* Returns the longest of these handlers or interrupts, ns; 0 if there was none. */
uint64_t cpu_stats__arrived_worst(const struct cpu_stats *cpu);

/* Returns the spun part of @cpu's waits as the sender, in which it did nothing else, ns. */
uint64_t cpu_stats__spun(const struct cpu_stats *cpu);

/*
 * A sum of the windows of a run. snapshot_sum__add() adds the later window @snap to @sum, which the
 * caller zeroes at first. Names remain those of @snap, and must be valid as long as @sum. The sum
 * keeps the same share of each window's samples. Returns 0 or -ENOMEM; snapshot__free() frees
 * sum->snap.
 */
struct snapshot_sum {
	struct snapshot snap;
	size_t every; /* one of this many samples is kept; 0 before the first sample */
	size_t seen; /* number of samples so far */
	size_t joined; /* number of edges, the first ones, of which no two have the same two CPUs */
	size_t room; /* number of edges for which there is memory */
	struct form_index *index; /* of @snap's rows; NULL before the first window */
};

int snapshot_sum__add(struct snapshot_sum *sum, const struct snapshot *snap);

/* Call this after the last window, also if adding one failed: only then are the edges complete. */
void snapshot_sum__end(struct snapshot_sum *sum);

/* Keep every second sample of those so far, and half as large a share of later samples. */
void snapshot_sum__thin(struct snapshot_sum *sum);

/* A snapshot with copies of its names and its host, whose owners may change them. */
struct kept {
	struct snapshot snap; /* its strings are in @strings, its host is @host */
	struct host host;
	uint64_t own_ns; /* CPU time that ipitrace itself used, ns; the copy's owner sets it */
	char *strings;
	size_t bytes; /* size of the whole copy */
};

/* Returns a copy of @snap, which kept__free() frees; NULL if there is no memory. */
struct kept *kept__new(const struct snapshot *snap);

/* Free @kept, which may be NULL. */
void kept__free(struct kept *kept);

#endif /* IPITRACE_MODEL_SNAPSHOT_H */
