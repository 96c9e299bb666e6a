/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One storm of IPIs, its known cause, facts about the time of the storm; and a run without a storm.
 * Plain data. Times are CLOCK_MONOTONIC ns.
 */
#ifndef IPITRACE_MODEL_STORM_H
#define IPITRACE_MODEL_STORM_H

#include "base/cpuset.h"
#include "model/callers.h"
#include "model/cause.h"

#define STORM_INTERVAL_NS 200000000ULL /* the shortest interval */
#define STORM_CSDS_MIN	  32 /* fewer csds in two intervals are not enough evidence */
#define STORM_GROUPS	  320 /* maximum number of groups at once; a snapshot has fewer */
#define STORM_FUNCS	  6 /* maximum number of functions listed for a storm */
#define STORM_SOURCES	  8 /* maximum number of senders listed for a storm */
#define STORM_WHYS	  24 /* more than any signature has reasons */
#define STORM_CHAIN	  5 /* maximum number of frames listed for a sender */
#define STORM_NAME	  64
#define STORM_CGROUP	  128
#define STORM_CHAIN_LEN	  80
#define STORM_WHY	  32
/* a storm that costs less than this share of CPU time is a note: no --on or --exit-code */
#define STORM_NOTE	  0.01

/*
 * Flushes of other CPUs' TLBs that send no IPI, because the kernel asks its host by hypercalls, or
 * because the CPU has an instruction for them. On such a machine a program that unmaps memory in a
 * loop sends no csd.
 */

/* The flushes in some time. */
struct flushes {
	enum flush_way way;
	bool hosted_known; /* all of the kernel's requests to its host were counted */
	/* Requests to the host. If Hyper-V's hypercall was not ready, IPIs followed the request. */
	uint64_t hosted;
	uint64_t local; /* runs of flush_tlb_func on the CPU that asked for the flush */
	uint64_t csds; /* csds of flush_tlb_func */
};

/* Add a window, whose functions have names, to @flushes. The caller zeroes @flushes at first. */
void flushes__add(struct flushes *flushes, const struct snapshot *snap);

/*
 * Whether @flushes explain why there are few IPIs: requests were sent to the host, or the @seconds
 * had many local flushes and hardly a csd.
 */
bool flushes__explain(const struct flushes *flushes, double seconds);

struct storm_func {
	char name[STORM_NAME]; /* name of the function; "": an interrupt without a csd, of @kind */
	char module[STORM_NAME]; /* module of the function; "": the kernel proper */
	enum ipi_kind kind;
	uint64_t count;
	double rate; /* csds a second; only in a storm_line */
};

/*
 * A sender of a storm: the samples that have the same callers__reason(), the same struct why and
 * the same process. For kworkers the process is the process that queued their works; tgid and comm
 * are then those of the latest sample.
 */
struct storm_source {
	uint64_t sender; /* callers__sender(); 0 if the source was read from a capture */
	bool interrupt; /* the csds were sent by an interrupt, not by a task */
	uint32_t tgid;
	char comm[COMM_LEN];
	bool kworker; /* the task runs works (abi/work.h); false if an interrupt sent */
	struct task_id queued_by; /* the task that queued the kworker's work; all 0 if unknown */
	char cgroup[STORM_CGROUP]; /* path of the cgroup; "" if unknown */
	/* From the latest sample; "" if no frame has a name. */
	char caller[STORM_NAME]; /* the first frame outside kernel/smp.c */
	char reason[REASON_LEN]; /* callers__reason() */
	char why[STORM_WHY]; /* identifier of the signature's reason; "" if no frame shows one */
	/* The frames from the reason on, innermost first, without plumbing: "name [module]". */
	char chain[STORM_CHAIN][STORM_CHAIN_LEN];
	int nr_chain;
	/* The program's frame that led to the system call (callers__user()). */
	bool has_user;
	uint64_t user_offset;
	char user_func[STORM_NAME]; /* "" if the file has no name for the address */
	char user_module[STORM_NAME]; /* "" if the address belongs to no file */
	uint64_t samples;
	double csds; /* how many csds or interrupts the samples represent: sample__csds() */
	double share; /* the part of the storm's sampled csds, 0 to 1; only in a storm_line */
};

/*
 * Whether the source is a stopper thread (migration/N: kernel/stop_machine.c), which runs what
 * another task has queued. The thread's stack does not show that task.
 */
bool storm_source__is_stopper(const struct storm_source *source);

struct storm;

/* Returns the part of @storm's sampled csds that @source, one of its sources, has sent, 0 to 1. */
double storm_source__share(const struct storm *storm, const struct storm_source *source);

/*
 * The samples that show one reason of the storm's signature, of all senders. Shares are those of
 * the csds, because each CPU's first csds are sampled: a CPU that sends few has almost as many
 * samples as one that sends very many.
 */
struct storm_why {
	char why[STORM_WHY]; /* identifier of the signature's reason; "" if no frame shows one */
	char reason[REASON_LEN]; /* callers__reason() of most of the csds; "" if it has no name */
	uint64_t samples;
	double csds; /* as in struct storm_source */
	double lead; /* 0 if read from a capture; by how many csds @reason leads the others */
};

enum storm_shape {
	SHAPE_UNKNOWN,
	SHAPE_BROADCAST, /* a call interrupts all other CPUs at once */
	SHAPE_MASK, /* a call interrupts several CPUs at once */
	SHAPE_IN_TURN, /* one CPU interrupts several CPUs, one after the other */
	SHAPE_PAIRWISE, /* several CPUs interrupt several CPUs, one at a time */
	SHAPE_ONE_TARGET, /* all CPUs interrupt one CPU */
	SHAPE_SELF, /* each CPU interrupts itself */
	NR_SHAPES,
};

/* Which limit a storm exceeded; not why its csds were sent (struct reason). */
enum storm_reason {
	STORM_CALM,
	STORM_BY_RATE,
	STORM_BY_RISE,
	STORM_BY_SHARE,
};

enum storm_news {
	STORM_BEGAN, /* recognised in the last window */
	STORM_LASTS,
	STORM_ENDED, /* the last window was the last of the storm */
};

/* The time of which a cost is a share. */
enum cost_of {
	COST_OF_ALL, /* time in handlers and senders' waits, of the time of all CPUs */
	COST_OF_ONE, /* time in interrupts and handlers, of the time of the busiest CPU */
	COST_OF_WAITER, /* a quarter of the waits, of the time of the CPU that waits most */
	NR_COST_OF,
};

/* The share that is largest in comparison with its limit, and this limit; both 0 to 1. */
struct storm_cost {
	double share;
	double limit; /* 0 if unknown */
	enum cost_of of;
};

/* Sums over an interval. Times are ns. */
struct storm_sums {
	uint64_t ns; /* length of the interval */
	uint64_t cpu_ns; /* ns multiplied by the number of online CPUs */
	uint64_t count; /* csds of the storm, or interrupts that carry no csd */
	uint64_t all; /* count of all groups */
	uint64_t unsampled; /* the part of count whose senders' stacks were not sampled */
	uint64_t own; /* csds of the same functions that ipitrace itself caused; not in count */
	uint64_t handler_ns;
	uint64_t wait_ns; /* waits of senders in synchronous calls */
	struct steal_sum stolen;
	uint64_t many; /* the part of count that calls to several CPUs sent */
	double victim; /* how many of count ran on the CPU that received most */
	double victim_ns; /* how much of handler_ns was on the CPU that has most, ns */
	double waiter_ns; /* how much of wait_ns is of the CPU that waits most, ns; 0 if unknown */
	double sent_elsewhere; /* the part of count whose sender is unknown */
	double received_elsewhere; /* the part of count whose destination is unknown */
	bool runs_unseen; /* SOURCE_CALLS: handler_ns and victim_ns are unknown */
	bool at_most; /* fn_stats.at_most: count is an upper bound */
	bool waits_unknown; /* WAITS_UNKNOWN: wait_ns and waiter_ns are unknown */
};

struct storm {
	uint64_t id;
	enum storm_news news;
	enum storm_reason reason;
	const struct signature *sig; /* NULL if the cause is unknown */
	struct storm_func funcs[STORM_FUNCS]; /* sorted by count, most first */
	int nr_funcs;
	struct storm_source sources[STORM_SOURCES]; /* sorted by csds, most first */
	int nr_sources;
	/* All samples count here, also those whose source had no room; old captures lack whys. */
	struct storm_why whys[STORM_WHYS];
	int nr_whys;
	uint64_t samples; /* samples of all sources, also of those that had no room */
	double csds; /* the csds that these samples represent */
	uint64_t onset; /* accurate to one window */
	uint64_t recognised; /* end of the interval that proved the storm */
	uint64_t seen; /* end of the last window with the storm */
	bool before; /* the storm had begun before collection */
	enum names_shown names; /* without a signature: whether the functions' names are hidden */
	/* The storm costs less than STORM_NOTE: it is reported, without --exit-code and --on. */
	bool note;
	double limit; /* csds a second on one CPU that make a storm, whatever CPU time they take */
	struct storm_cost cost; /* cost in the last interval */
	double baseline; /* csds a second on one CPU before the storm */
	bool baseline_known;
	struct storm_sums last; /* sums of the last interval */
	struct storm_sums life; /* sums of all intervals since the storm was recognised */
	/*
	 * csds by sender and by destination during the storm. With @own_counts they are the csds of
	 * this storm only; else of all functions, because an edge has no function.
	 * For a storm of interrupts without a csd: all interrupts of the most frequent kind. Arrays
	 * with nr_cpus items, indexed by CPU.
	 */
	bool own_counts;
	uint32_t nr_cpus;
	uint64_t *src;
	uint64_t *dst;
};

/* A storm that is a note, of the last interval. */
struct storm_note {
	const char *name; /* name of the signature; NULL if the cause is unknown */
	struct storm_func func; /* the most frequent function of the group */
	double rate; /* csds a second on the CPU that receives most */
	double rate_limit;
	struct storm_cost cost;
};

/*
 * The group of IPIs that is a storm, or that came nearest to a limit in the last interval. Groups
 * are compared by the larger part: rate divided by its limit, or cost divided by its limit.
 */
struct storm_nearest {
	bool known; /* an interval is over, and something was sent in that interval */
	/* The interval includes the last window; false: the last window was too short to judge. */
	bool judged;
	bool worst; /* of many intervals, this is the one in which a group came nearest */
	bool undecided; /* the group exceeds a limit in the last interval only: not yet a storm */
	/*
	 * If there are several storms, the one that costs most; NULL if there is none. Valid until
	 * the next window.
	 */
	const struct storm *storm;
	size_t nr_storms; /* number of storms, without notes and without an undecided one */
	size_t nr_notes;
	struct storm_note note; /* of nr_notes notes, the one that costs most */
	struct storm_func func; /* the most frequent function of the group */
	/* The second most frequent function, if its share is large; else its count is 0. */
	struct storm_func second;
	bool second_found; /* in a line from a capture: the line has a second function */
	const char *cause; /* name of the group's signature; NULL if unknown; a constant */
	const char *usual; /* the usual_names[] of the signature, which sets the limit; or NULL */
	enum names_shown names; /* without a cause: whether the kernel hides the functions' names */
	double rate; /* csds or interrupts a second on the CPU that receives most */
	double rate_limit;
	struct storm_cost cost;
	bool cpu_known;
	uint32_t cpu; /* the CPU that received most in the last window */
};

/* Return the rate, or the cost, divided by its limit: 1 is the limit, 0 is unknown. */
double storm_nearest__rate_part(const struct storm_nearest *nearest);
double storm_nearest__cost_part(const struct storm_nearest *nearest);

/* Returns the larger of the two parts. */
double storm_nearest__part(const struct storm_nearest *nearest);

/*
 * Returns "storm", "undecided" or "none"; NULL if it is too early to say: nearest->known is false,
 * and @sent: something was sent after the last window.
 */
const char *storm_nearest__verdict(const struct storm_nearest *nearest, bool sent);

/*
 * Whether @cpu takes part in the storm: @by (src or dst) has at least a tenth of its largest count
 * for this CPU.
 */
bool storm__has_cpu(const struct storm *storm, const uint64_t *by, uint32_t cpu);

/* Returns the shape, by the kind of the calls and by their senders and destinations. */
enum storm_shape storm__shape(const struct storm *storm, uint32_t nr_online);

/*
 * Whether most of the storm are interrupts without a csd. Then src and dst count all interrupts of
 * this kind.
 */
bool storm__is_of_kind(const struct storm *storm);

/*
 * Whether src, dst and shape describe this storm: either they have its own csds, or most of all
 * csds are the storm's.
 */
bool storm__has_cpus(const struct storm *storm);

/*
 * Returns the rate, in csds a second, of a part of the storm: @count csds of its life's csds. The
 * rates of all parts add up to the storm's reported rate.
 */
double storm__part_rate(const struct storm *storm, double count);

/*
 * Returns the rate of @cpu, in csds a second, for the csds whose CPU is known. @by is src or dst;
 * @elsewhere is the part of life.count that @by lacks. Returns 0 unless storm->own_counts.
 */
double storm__cpu_rate(const struct storm *storm, const uint64_t *by, double elsewhere,
		       uint32_t cpu);

/*
 * Returns the sums to report: of the last interval when the storm has just begun, later of the
 * storm's whole life.
 */
const struct storm_sums *storm__figures(const struct storm *storm);

/* Add @sums of another interval to @to. */
void sums__add(struct storm_sums *to, const struct storm_sums *sums);

/* Return csds a second: of all CPUs, and of the CPU that receives most. 0 without a length. */
double sums__rate(const struct storm_sums *sums);
double sums__victim_rate(const struct storm_sums *sums);

/*
 * Return the part of the storm whose senders' stacks were not sampled, 0 to 1; and the csds a
 * second that ipitrace itself caused.
 */
double sums__unsampled(const struct storm_sums *sums);
double sums__own_rate(const struct storm_sums *sums);

/* Returns the part of all csds that the storm has, 0 to 1. */
double sums__share(const struct storm_sums *sums);

extern const struct form verdict_form;

extern const char *const shape_names[NR_SHAPES];
extern const char *const usual_names[NR_USUAL];
extern const char *const reason_names[STORM_BY_SHARE + 1];
extern const char *const cost_of_names[NR_COST_OF];

/* A run without a storm: what was sent, its cost, and the group that came nearest to a storm. */
struct calm {
	double seconds;
	uint64_t csds; /* csds queued */
	/* Time in handlers; with runs_unseen, what cpu_stats__arrived_ns() returns. */
	uint64_t handler_ns;
	bool runs_unseen; /* SOURCE_CALLS: the runs of functions are unknown, ... */
	bool irqs_unseen; /* ... and the time of interrupts, too */
	uint64_t wait_ns; /* waits of senders in synchronous calls */
	bool waits_unknown; /* WAITS_UNKNOWN: wait_ns is unknown */
	uint64_t reschedules; /* interrupts sent, whose time is in none of the members above */
	uint64_t cpu_ns; /* run time multiplied by the online CPUs; 0 if unknown */
	struct flushes flushes;
	/* The group that came nearest to a storm in the run; its member storm is NULL. */
	struct storm_nearest nearest;
	/* Only in the line of a run: calm__cost(), and a sentence about it, "" if unknown. */
	double cost_share;
	char explanation[160];
	/* In a line from a capture: the line has handler_ns, wait_ns, cost_share. */
	bool handler_found, wait_found, cost_found;
};

extern const struct form calm_form;

/* Set what a capture's line lacks of @calm. The capture's host has @nr_online CPUs. */
void calm__restore(struct calm *calm, uint32_t nr_online);

void calm__add(struct calm *calm, const struct snapshot *snap);

/* Returns the share of all CPU time in handlers and waits, 0 to 1. */
double calm__cost(const struct calm *calm);

/*
 * Bytes of a text with its NUL. The structs from here on have facts from the kernel's files about
 * the time of a storm.
 */
#define EVIDENCE_LEN 64

struct tsc_evidence {
	bool known; /* the machine is an x86 */
	bool constant; /* the rate of the TSC does not change with the CPU's frequency */
	bool nonstop; /* the TSC does not stop in deep idle states */
	bool invariant; /* CPUID reports that the TSC is constant and nonstop */
	char clocksource[EVIDENCE_LEN]; /* "" if unknown */
};

/* CPUs that share one frequency. */
struct cpufreq_policy {
	char name[EVIDENCE_LEN]; /* "policy0" */
	struct cpuset cpus;
	uint32_t nr_cpus;
	char driver[EVIDENCE_LEN];
	char governor[EVIDENCE_LEN];
};

#define POLICIES_MAX 4

struct cpufreq_evidence {
	uint32_t nr_policies; /* policies of the machine, or 0; policies[] has the first ones */
	struct cpufreq_policy policies[POLICIES_MAX];
	uint32_t cpus_a_policy; /* number of CPUs of each policy; 0 if the numbers differ */
	bool counted;
	double transitions; /* changes of frequency a second, each counted once for its policy */
	double ipis_each; /* IPIs of the storm for each transition; only in a storm_line */
};

struct guest_evidence {
	bool known; /* vcpus and owner are known, because /proc shows all processes */
	char module[EVIDENCE_LEN]; /* such as "kvm_amd"; "": KVM is not loaded as a module */
	long users; /* users of the module: guests, open files of /dev/kvm; -1 if unknown */
	bool users_known; /* only in a storm_line */
	uint32_t vcpus; /* number of threads whose name is that of a vCPU */
	char owner[EVIDENCE_LEN]; /* the process of one of these threads; "" if there is none */
};

/* A process that runs a guest. */
struct guest_vm {
	uint32_t tgid;
	char comm[EVIDENCE_LEN];
	uint64_t ipis; /* IPIs that its vCPUs asked for */
	double rate; /* these IPIs a second; only in a storm_line */
};

/* Guests' IPIs that caused an exit to the host, by a write to the ICR or by a hypercall. */
struct guest_ipi_evidence {
	bool known;
	bool virtualized; /* AVIC or IPI virtualization is on, so most IPIs need no exit */
	uint64_t all; /* IPIs of all guests during ns */
	uint64_t ns;
	uint32_t nr_vms;
	struct guest_vm vms[GUESTS_MAX]; /* the guests that asked for the most IPIs, most first */
	double other_rate; /* IPIs a second of guests that vms lacks; only in a storm_line */
};

/* Returns how many IPIs were asked for by guests that @ipis->vms lacks. */
uint64_t guest_ipis__other(const struct guest_ipi_evidence *ipis);

/* How often KVM wrote a guest's clock page (kvmclock), on the threads of vCPUs. */
struct clock_evidence {
	bool counted;
	uint64_t updates; /* number of writes during ns */
	uint64_t ns;
};

/* A change of the machine: a module was loaded, a CPU came online, a setting was written. */
struct change {
	uint64_t time; /* end of the window in which the change was seen, CLOCK_MONOTONIC ns */
	char text[2 * EVIDENCE_LEN];
};

#define CHANGES_MAX 8

struct storm_evidence {
	uint64_t ns; /* length of the last interval of the storm in which events were counted, ns */
	struct tsc_evidence tsc;
	struct cpufreq_evidence cpufreq;
	struct guest_evidence guests;
	struct guest_ipi_evidence guest_ipis;
	struct clock_evidence clock;
	bool updates_each_known; /* these two only in a storm_line */
	double updates_each; /* what storm_evidence__updates_each() returns */
	bool stops_known;
	uint64_t stops; /* runs of the stopper threads during stops_ns */
	bool moves_known;
	uint64_t stops_ns;
	uint64_t moves; /* tasks moved to other CPUs during moves_ns */
	uint64_t moves_ns;
	struct change changes[CHANGES_MAX]; /* changes near the onset, oldest first */
	uint32_t nr_changes;
	uint32_t nr_online;
};

/* Returns the updates of guests' clocks (kvmclock) per frequency transition; negative: unknown. */
double storm_evidence__updates_each(const struct storm_evidence *evidence);

/* The csds a second of one CPU. */
struct cpu_rate {
	uint32_t cpu;
	double rate;
};

/* A storm's own csds a second by CPU, and those of CPUs that are not known. */
struct storm_spread {
	size_t nr;
	struct cpu_rate cpus[MAX_CPUS];
	double elsewhere;
};

/* Bytes of a sentence about a storm. */
#define STORM_SENTENCE 1024

/*
 * The line of a storm in JSON: the storm, its evidence, and figures that are computed from both.
 * The views fill in the words: name, limit_why, explanation, advice. The struct is too large for a
 * stack.
 */
struct storm_line {
	struct storm storm;
	struct storm_evidence evidence;
	bool id_known; /* in a line from a capture: the line has the id */
	bool ongoing;
	/* These two are NULL only in a line from a capture that lacks them. */
	const char *name;
	const char *limit_why;
	double rate; /* the figures from here on are those of storm__figures() */
	double victim_rate;
	double share;
	struct cpuset src, dst; /* CPUs that take part */
	bool src_known, dst_known;
	struct storm_spread sent, received; /* only if storm.own_counts */
	bool has_cpus; /* storm__has_cpus() */
	enum storm_shape shape;
	uint64_t cost_ns, handler_ns, wait_ns; /* a second */
	bool cost_known, handler_known, wait_known;
	struct steal_sum stolen; /* a second */
	double own_rate;
	double unsampled; /* sums__unsampled() */
	bool at_most;
	char explanation[STORM_SENTENCE];
	char advice[STORM_SENTENCE];
	/* In a line from a capture, storm.src and storm.dst are these. */
	uint64_t counts_src[MAX_CPUS], counts_dst[MAX_CPUS];
};

extern const struct form storm_line_form;

/* Set the figures of @line, which is all zero bytes, and copies of @storm and @evidence. */
void storm_line__make(struct storm_line *line, const struct storm *storm,
		      const struct storm_evidence *evidence);

/*
 * Set the members of @line->storm and @line->evidence that a line has only as figures. @line was
 * read from a capture of a host with @nr_online CPUs. A line has rates, and a storm has sums: the
 * sums are computed for one second (last), and for the storm's duration (life).
 */
void storm_line__restore(struct storm_line *line, uint32_t nr_online);

#endif /* IPITRACE_MODEL_STORM_H */
