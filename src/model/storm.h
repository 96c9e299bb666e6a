/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One storm of IPIs, its known cause, facts about its time, and a run without a storm: plain
 * data. Times are CLOCK_MONOTONIC ns.
 */
#ifndef IPITRACE_MODEL_STORM_H
#define IPITRACE_MODEL_STORM_H

#include "model/callers.h"
#include "model/cause.h"
#include "model/flushes.h"

#define STORM_INTERVAL_NS 200000000ULL
#define STORM_CSDS_MIN	  32 /* fewer csds in two intervals are no evidence */
#define STORM_GROUPS	  320 /* groups kept at once: more than a snapshot has */
#define STORM_FUNCS	  6 /* functions named of one storm */
#define STORM_SOURCES	  8
#define STORM_CHAIN	  5
#define STORM_NAME	  64
#define STORM_CGROUP	  128
#define STORM_CHAIN_LEN	  80
#define STORM_WHY	  32
#define STORM_NOTE	  0.01 /* below this share of CPU time a storm is a note, and sets off nothing */

struct storm_func {
	char name[STORM_NAME]; /* "": an interrupt without a function, see kind */
	char module[STORM_NAME]; /* "": the kernel proper */
	enum ipi_kind kind;
	uint64_t count;
};

/* Samples of the sender's stack that have the reason, the why and the process in common. */
struct storm_source {
	bool interrupt; /* sent from an interrupt, not by a task */
	uint32_t tgid;
	char comm[COMM_LEN];
	char cgroup[STORM_CGROUP]; /* "": unknown */
	/* From the latest sample; "": no frame has a name. */
	char caller[STORM_NAME]; /* the first frame outside kernel/smp.c */
	char reason[REASON_LEN]; /* callers__reason() */
	char why[STORM_WHY]; /* the word of the signature's why; "": no frame says one */
	/* Frames from the reason's on, without plumbing, innermost first: "name [module]". */
	char chain[STORM_CHAIN][STORM_CHAIN_LEN];
	int nr_chain;
	/* The program's frame that led to the system call (callers__user()). */
	bool has_user;
	uint64_t user_offset;
	char user_func[STORM_NAME]; /* "": the file names none */
	char user_module[STORM_NAME]; /* "": no file */
	uint64_t samples;
};

enum storm_shape {
	SHAPE_UNKNOWN,
	SHAPE_BROADCAST, /* one call to all other CPUs at once */
	SHAPE_MASK, /* one call to several CPUs at once */
	SHAPE_IN_TURN, /* one CPU calls several, one after the other */
	SHAPE_PAIRWISE, /* several CPUs call several, one at a time */
	SHAPE_ONE_TARGET, /* all CPUs call one */
	SHAPE_SELF, /* each CPU interrupts itself */
};

enum storm_reason {
	STORM_CALM,
	STORM_BY_RATE,
	STORM_BY_RISE,
	STORM_BY_SHARE,
};

enum storm_news {
	STORM_BEGAN, /* recognised in this window */
	STORM_LASTS,
	STORM_ENDED, /* this window was its last */
};

/* The time that a cost is a share of. */
enum cost_of {
	COST_OF_ALL, /* handlers and senders' waits, of all CPUs */
	COST_OF_ONE, /* interrupts and handlers, of the CPU most hit */
	COST_OF_WAITER, /* a quarter of the waits of the CPU that waits most */
	NR_COST_OF,
};

/* The largest of these shares, beside its limit; 0 to 1. */
struct storm_cost {
	double share;
	double limit; /* 0: unknown */
	enum cost_of of;
};

/* Sums over an interval. */
struct storm_sums {
	uint64_t ns; /* length of the interval */
	uint64_t cpu_ns; /* ns times the online CPUs */
	uint64_t count; /* csds, or interrupts that have no csd */
	uint64_t all; /* count of all groups */
	uint64_t unsampled; /* the part of count of whose senders no stack was sampled */
	uint64_t own; /* ipitrace's own, of the same functions; not in count */
	uint64_t handler_ns;
	uint64_t wait_ns; /* of senders in synchronous calls */
	struct steal_sum stolen;
	uint64_t many; /* the part of count from calls to several CPUs at once */
	double victim; /* count at the CPU that receives most */
	double victim_ns; /* handler_ns at the CPU that it takes most of */
	double waiter_ns; /* wait_ns of the CPU that waits most; 0: unknown */
	double sent_elsewhere; /* the part of count whose sender is unknown */
	double received_elsewhere; /* the part of count whose destination is unknown */
	/* SOURCE_CALLS: handler_ns and victim_ns are not known; of fn_stats.at_most, count is no more. */
	bool runs_unseen;
	bool at_most;
};

struct storm {
	uint64_t id;
	enum storm_news news;
	enum storm_reason reason;
	const struct signature *sig; /* NULL: unknown */
	struct storm_func funcs[STORM_FUNCS]; /* by count, most first */
	int nr_funcs;
	struct storm_source sources[STORM_SOURCES]; /* by samples, most first */
	int nr_sources;
	uint64_t samples; /* of all sources, stored or not */
	uint64_t onset; /* accurate to a window */
	uint64_t recognised; /* end of the interval that showed the storm to be one */
	uint64_t seen; /* end of the last window that had the storm */
	bool before; /* the storm was there when collection began */
	enum names_shown names; /* without a signature: whether the functions' names are hidden */
	bool note; /* it costs less than STORM_NOTE: it is reported, and sets off nothing */
	double limit; /* csds a second on one CPU that are a storm whatever they cost */
	struct storm_cost cost; /* in the last interval */
	double baseline; /* csds a second on one CPU before the storm */
	bool baseline_known;
	struct storm_sums last; /* the last interval */
	struct storm_sums life; /* all intervals from the one that recognised the storm */
	/*
	 * csds by sender and by destination over the storm's life: its own where CPUs
	 * counted them (own), else of all functions, since an edge names no function. Of a storm of
	 * interrupts without a csd: all interrupts of the kind that leads.
	 * Arrays of nr_cpus, indexed by CPU.
	 */
	bool own;
	uint32_t nr_cpus;
	uint64_t *src;
	uint64_t *dst;
};

/* A storm that is a note, in the last interval. */
struct storm_note {
	const char *name; /* its signature's; NULL: it has none */
	struct storm_func func; /* most frequent of the group */
	double rate; /* csds a second at the CPU most hit */
	double rate_limit;
	struct storm_cost cost;
};

/*
 * The group of IPIs that is a storm, or that came nearest to a limit in the last
 * interval: by its rate's or its cost's part of the limit, whichever is larger.
 */
struct storm_nearest {
	bool known; /* an interval is over, and something was sent in it */
	/* The last window belongs to the interval; false: that window is too short, and has none. */
	bool judged;
	bool worst; /* the interval is one of many, where the group came nearest */
	bool undecided; /* it passed a limit only in the last interval; the next interval decides */
	const struct storm *
		storm; /* the one that costs most of several; NULL: none; valid until the next window */
	size_t nr_storms; /* number of storms, without notes; this one counts unless it is undecided */
	size_t nr_notes;
	struct storm_note note; /* the note that costs most of nr_notes */
	struct storm_func func; /* most frequent of the group */
	struct storm_func second; /* the second most frequent, where it matters; count 0: none */
	/* Its signature's name: a function may have several; NULL: none. Not the struct's own. */
	const char *cause;
	const char *usual; /* that signature's usual_names[], which sets the limit; NULL: not known */
	enum names_shown names; /* without a cause: whether the functions' names are hidden */
	double rate; /* csds or interrupts a second at the CPU most hit */
	double rate_limit;
	struct storm_cost cost;
	bool cpu_known;
	uint32_t cpu; /* most hit in the last window */
};

/* The parts of their limits that the rate and the cost make; 1 is the limit, 0: unknown. */
double storm_nearest__rate_part(const struct storm_nearest *nearest);
double storm_nearest__cost_part(const struct storm_nearest *nearest);

/* The larger of the two. */
double storm_nearest__part(const struct storm_nearest *nearest);

/*
 * "storm", "undecided" or "none"; NULL: not known yet. @sent: something was sent since the
 * last window.
 */
const char *storm_nearest__verdict(const struct storm_nearest *nearest, bool sent);

/* Whether @cpu takes part: @by (src or dst) has at least a tenth of its largest count there. */
bool storm__has_cpu(const struct storm *storm, const uint64_t *by, uint32_t cpu);

/* Derived from the kind of the calls and from their senders and destinations. */
enum storm_shape storm__shape(const struct storm *storm, uint32_t nr_online);

/* Whether interrupts without a csd are most of it: src and dst are of all interrupts of their kind. */
bool storm__is_of_kind(const struct storm *storm);

/* Whether src, dst and shape describe this storm: its own csds, or most of all csds. */
bool storm__has_cpus(const struct storm *storm);

/*
 * csds a second of a part of the storm, @count of its life's csds: that part of the
 * storm's reported rate, so that the rates of all parts add up to that rate.
 */
double storm__part_rate(const struct storm *storm, double count);

/*
 * The same of @cpu, of the csds whose CPU is known; @by is src or dst, @elsewhere the
 * part of life.count that it lacks. 0 unless storm->own.
 */
double storm__cpu_rate(const struct storm *storm, const uint64_t *by, double elsewhere,
		       uint32_t cpu);

/* The sums to report: the last interval's when the storm began, then its whole life's. */
const struct storm_sums *storm__figures(const struct storm *storm);

/* Add @sums, which are of another interval, to @to. */
void sums__add(struct storm_sums *to, const struct storm_sums *sums);

/* csds a second: all, and of the CPU that receives most. 0 over no time. */
double sums__rate(const struct storm_sums *sums);
double sums__victim_rate(const struct storm_sums *sums);

/* The part of the storm for whose senders no stack was sampled; and ipitrace's own csds a second. */
double sums__unsampled(const struct storm_sums *sums);
double sums__own_rate(const struct storm_sums *sums);

/* The part of all csds. */
double sums__share(const struct storm_sums *sums);

extern const struct form storm_form, verdict_form;

/* Parts of it. */
extern const struct form storm_func_form, storm_source_form;

extern const char *const shape_names[];
extern const char *const usual_names[NR_USUAL];
extern const char *const reason_names[STORM_BY_SHARE + 1];
extern const char *const cost_of_names[NR_COST_OF];

/* A run without a storm: what was sent, what it cost, and what came nearest to a storm. */
struct calm {
	double seconds;
	uint64_t csds; /* queued */
	uint64_t handler_ns; /* or of interrupts (runs_unseen), as cpu_stats__arrived_ns() has it */
	bool runs_unseen; /* SOURCE_CALLS: when functions run is not known, ... */
	bool irqs_unseen; /* ... nor the time of interrupts */
	uint64_t wait_ns; /* of senders in synchronous calls */
	uint64_t reschedules; /* interrupts sent; their time is in none of the times above */
	uint64_t cpu_ns; /* seconds times the online CPUs; 0: unknown */
	struct flushes flushes;
	struct storm_nearest nearest; /* in the interval that came nearest; its storm is NULL */
};

extern const struct form calm_form;

void calm__add(struct calm *calm, const struct snapshot *snap);

/* The share of all CPU time that handlers and waits took, 0 to 1. */
double calm__cost(const struct calm *calm);

/* Of facts from the kernel's files about the time of a storm. */
#define EVIDENCE_LEN 64

struct tsc_evidence {
	bool known; /* the machine is an x86 */
	bool constant; /* the TSC's rate does not follow the CPU's frequency */
	bool nonstop; /* the TSC does not stop in deep idle */
	bool invariant; /* CPUID reports constant and nonstop */
	char clocksource[EVIDENCE_LEN]; /* "": unknown */
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
	uint32_t nr_policies; /* of the machine, 0 if it has none; policies[] has the first few */
	struct cpufreq_policy policies[POLICIES_MAX];
	uint32_t cpus_a_policy; /* 0: not the same for all policies */
	bool counted;
	double transitions; /* a second, however many CPUs their policies have */
};

struct guest_evidence {
	bool known; /* vcpus and owner are known: /proc shows all processes */
	char module[EVIDENCE_LEN]; /* "kvm_amd"; "": KVM is not loaded as a module */
	long users; /* of the module: guests and open /dev/kvm; -1: unknown */
	uint32_t vcpus; /* threads that have a vCPU's name */
	char owner[EVIDENCE_LEN]; /* the process of one of these threads; "": none */
};

/* A process that runs a guest. */
struct guest_vm {
	uint32_t tgid;
	char comm[EVIDENCE_LEN];
	uint64_t ipis; /* that its vCPUs asked for */
};

/* IPIs of guests that made an exit to the host, by write of the ICR or by hypercall. */
struct guest_ipi_evidence {
	bool known;
	bool virtualized; /* AVIC or IPI virtualization is on: most need no exit */
	uint64_t all; /* of all guests; during ns */
	uint64_t ns;
	uint32_t nr_vms;
	struct guest_vm vms[GUESTS_MAX]; /* that asked for most, most first */
};

/* Times that KVM wrote a guest's clock page anew (kvmclock), on vCPU threads. */
struct clock_evidence {
	bool counted;
	uint64_t updates; /* during ns */
	uint64_t ns;
};

/* A change of the machine: a module, a CPU, a setting. */
struct change {
	uint64_t time; /* CLOCK_MONOTONIC ns at the end of the window that saw it */
	char text[2 * EVIDENCE_LEN];
};

#define CHANGES_MAX 8

/* The record around all others of a storm's line. */
struct storm_told {
	const struct storm *storm;
	const struct storm_evidence *evidence;
};

struct storm_evidence {
	uint64_t ns; /* of the interval, at the storm's last window, that events were counted in */
	struct tsc_evidence tsc;
	struct cpufreq_evidence cpufreq;
	struct guest_evidence guests;
	struct guest_ipi_evidence guest_ipis;
	struct clock_evidence clock;
	bool stops_known;
	uint64_t stops; /* runs of the stopper threads during stops_ns */
	bool moves_known;
	uint64_t stops_ns;
	uint64_t moves; /* tasks moved to other CPUs during moves_ns */
	uint64_t moves_ns;
	struct change changes[CHANGES_MAX]; /* near the onset, oldest first */
	uint32_t nr_changes;
	uint32_t nr_online;
};

extern const struct form evidence_form, changes_form;

/* Parts of it. */
extern const struct form cpufreq_form, guest_form, vm_form, guest_ipi_form, clock_form;

#endif /* IPITRACE_MODEL_STORM_H */
