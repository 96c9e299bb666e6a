/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interruptions of CPUs that should not be disturbed, and the verdict on them. Plain data:
 * isolated/ sets it, view/ shows it. Durations are ns.
 */
#ifndef IPITRACE_MODEL_ISOLATION_H
#define IPITRACE_MODEL_ISOLATION_H

#include "abi/interruption.h"
#include "model/cause.h"
#include "model/snapshot.h"

/*
 * The limits of the gate of `isolated` (model/sight.h): which interruptions are judged (--only),
 * and which a quiet CPU may have (--allow, --max-interruption).
 */
#define ALLOWANCES_MAX 16
#define ALLOWANCE_GLOB 64

/* --allow: a number of interruptions for each CPU, of the causes or functions that match. */
struct allowance {
	char glob[ALLOWANCE_GLOB];
	uint64_t count;
};

/*
 * Groups of culprits. A user looks for the source of each group in another place: IPIs come from
 * a sender, tasks run on the wrong CPU.
 */
enum culprit_group {
	GROUP_IPIS,
	GROUP_INTERRUPTS,
	GROUP_TASKS,
	NR_GROUPS,
};

/* The words that --only accepts. */
extern const char *const group_names[NR_GROUPS];

/*
 * All zero: no interruption is allowed. Each limit is checked separately: a further limit never
 * allows more.
 */
struct gate {
	struct allowance allowances[ALLOWANCES_MAX];
	size_t nr_allowances;
	bool total_given;
	uint64_t total; /* allowed number of interruptions that no item of allowances[] matches */
	uint64_t max_interruption; /* the longest allowed interruption, ns; 0: not given */
	uint32_t only; /* a bit for each group that is judged; 0: all groups are */
};

/* A run that ended early. If the gate found nothing until then, there is no verdict. */
enum cut_by {
	CUT_NOT,
	CUT_SIGNAL, /* a signal ended the run before --duration, or before PROGRAM ended */
	CUT_PROGRAM, /* --duration is over, and PROGRAM still runs */
	CUT_READER, /* the reader of stdout has closed it */
	CUT_FUNCTIONS, /* functions came that match --func, and were not watched */
};

struct cut_short {
	enum cut_by by;
	char why[192]; /* text such as "SIGTERM came after 1.43 s of 60.00 s" */
};

#define CULPRIT_TEXT	  128
/* Culprits of one CPU. Each group may have one more, the sum of those that found no room. */
#define CULPRITS_MAX	  256
/*
 * Further culprits of one CPU, which differ from another culprit only by the sender's stack. Beyond
 * that, a process shares the culprit of another process of its name that has the same stack.
 */
#define CULPRIT_STACKS	  128
/*
 * Maximum number of culprits of one CPU that are, or whose sender is, a single process. Beyond
 * that, processes of the same name share a culprit (culprit.several) if nothing else distinguishes
 * them.
 */
#define CULPRIT_PROCESSES 64

enum verdict {
	VERDICT_QUIET, /* quiet even if each lost event was an interruption */
	VERDICT_NOT_QUIET,
	/* All seen interruptions are allowed, but events were lost, or the run was cut short. */
	VERDICT_NOT_CERTAIN,
};

/* To whom a culprit's sender belongs; if the culprit has no sender, to whom its task belongs. */
enum culprit_owner {
	OWNER_OTHER,
	OWNER_PROGRAM, /* PROGRAM or one of its descendants */
	OWNER_IPITRACE, /* this ipitrace, or one of its helpers */
};

/*
 * Interruptions of one CPU that have kind, function and sender in common. Interruptions that
 * another CPU sends also have the sender's stack in common; once they are judged, only the cause.
 */
struct culprit {
	enum interruption_kind kind;
	bool other; /* the sum of the culprits of the group that got no row */
	uint32_t id; /* the same id as in struct interruption */
	bool several; /* the sum for several processes of one name; @id or @sender is one of them */
	uint64_t addr; /* address of the function; 0 if there is none */
	char func[CULPRIT_TEXT]; /* name of the function; "" if there is none */
	char module[CULPRIT_TEXT]; /* module of the function; "": the kernel proper */
	char caller[CULPRIT_TEXT]; /* the first frame that shows a reason; "" if unknown */
	/* the sender's stack from the caller on, "a < b < c"; NULL if unknown; owned, malloc() */
	char *chain;
	char what[COMM_LEN]; /* name of a device, a task, or an interrupt; "" if there is none */
	struct task_id sender; /* known if a task, or an interrupt, causes the interruptions */
	bool kworker; /* @sender runs a work of @queued_by (abi/work.h) */
	struct task_id queued_by; /* the task that queued the kworker's work; all 0 if unknown */
	/* @sender is an interrupt: the task that ran below all of them; unknown if several */
	struct task_id below;
	enum culprit_owner owner;
	bool stopper; /* a stopper thread is the sender, for an unknown task: @sender is unknown */
	bool woken; /* the culprit is a task from another CPU, and its wake-up chose this CPU */
	bool serves; /* sender is the task that the timer or the signal is for */
	struct task_id victim; /* of a reschedule: the last task that it interrupted */
	uint32_t src; /* the sender's CPU, if src_known */
	bool src_known; /* all interruptions came from one CPU */
	struct cause named; /* found from the sender's stack; sig is NULL if no cause was found */
	int32_t stack; /* index of a sender's stack, as in struct origin; negative: no stack */
	char cgroup[CULPRIT_TEXT]; /* path of the sender's cgroup; "" if unknown */
	bool cgroup_read; /* ipitrace has tried to find the cgroup's path */
	uint64_t count;
	bool timed; /* interrupted and longest are known */
	uint64_t interrupted; /* time in which the CPU did something else, ns */
	uint64_t longest;
	const char *cause; /* an identifier for scripts */
	/* a second name of the cause, which --allow accepts, too; NULL if there is none */
	const char *also;
	const char *because; /* the cause in words */
	/* the cause in words made for this culprit only; NULL: @because; owned, malloc() */
	char *said;
	/* advice with words for which advice__fill() inserts values once all CPUs are judged */
	const char *advice;
	char *filled; /* advice with the values; NULL if nothing was inserted; owned, malloc() */
	bool follows; /* another culprit of this CPU, a task that runs there, causes this culprit */
	enum culprit_group group;
	bool judged; /* --only has the culprit's group; an unjudged culprit is allowed */
	/* The culprit is within --allow and --max-interruption, or it is not judged. */
	bool allowed;
};

/* A limit of the gate that a CPU exceeded. */
struct breach {
	enum {
		LIMIT_NUMBER, /* --allow */
		LIMIT_LENGTH, /* --max-interruption */
	} limit;
	const char *glob; /* the glob of --allow; NULL: all interruptions that no glob matches */
	uint64_t most; /* the allowed number of interruptions, or the allowed length in ns */
	uint64_t found;
	/* Number of culprits under this limit; for LIMIT_LENGTH, with a too long interruption. */
	size_t nr;
	/* Index of the first of these culprits; for LIMIT_LENGTH, of that with the longest one. */
	size_t worst;
	/* Index of the culprit with the most interruptions; for LIMIT_LENGTH, the same as worst. */
	size_t frequent;
};

/*
 * Returns the process that asked for the interruptions: the sender; of a kworker, the process that
 * queued its work. 0: an interrupt did, or the process is unknown.
 */
static inline uint32_t culprit__asker(const struct culprit *culprit)
{
	if (!culprit->sender.known || culprit->sender.interrupt)
		return 0;
	return culprit->kworker ? culprit->queued_by.tgid : culprit->sender.tgid;
}

/* Returns the process that culprit->owner is about: who asked, else the task; 0: unknown. */
static inline uint32_t culprit__process(const struct culprit *culprit)
{
	if (culprit->several)
		return 0;
	if (culprit->sender.known)
		return culprit__asker(culprit);
	return culprit->kind == INTERRUPTION_SWITCH ? culprit->id : 0;
}

#define BREACHES_MAX (ALLOWANCES_MAX + 2)

/* A CPU that should not be disturbed. */
struct isolated_cpu {
	uint32_t cpu;
	enum verdict verdict;
	bool too_long; /* an interruption was longer than --max-interruption */
	struct breach breaches[BREACHES_MAX];
	size_t nr_breaches;
	uint64_t count; /* interruptions: the sum over the culprits */
	uint64_t interrupted; /* time in which the CPU did something else, ns */
	uint64_t longest; /* the longest time for which the CPU's own program could not run, ns */
	uint64_t silence; /* the longest time without any interruption, ns */
	bool host_known; /* this machine is a guest, and its host reports the steal time */
	/* time for which the host did not run the CPU, ns; no culprit has this time */
	uint64_t host;
	/*
	 * Interrupts by group that the kernel counted on the CPU and that had no event: each was an
	 * interruption, or hides one.
	 */
	uint64_t unseen[NR_GROUPS];
	bool uncounted; /* /proc/interrupts did not show the CPU, so `unseen` is unknown */
	uint64_t offline; /* the CPU was offline, and so unwatched, for at most this long, ns */
	uint64_t switches; /* context switches, voluntary ones included */
	uint64_t preempted; /* switches away from a task that could have kept running */
	/* Sorted once the CPU is judged: those not allowed first, then by interrupted time. */
	struct culprit *culprits;
	size_t nr_culprits;
	/*
	 * Until the CPU is judged: culprits that count towards CULPRIT_STACKS, and culprits that
	 * count towards CULPRIT_PROCESSES.
	 */
	size_t nr_stacks, nr_processes;
};

/* Returns @cpu's unseen interrupts of the groups in @only, a bit for each; 0: of all groups. */
static inline uint64_t isolation__unseen(const struct isolated_cpu *cpu, uint32_t only)
{
	uint64_t unseen = 0;

	for (size_t g = 0; g < NR_GROUPS; g++)
		unseen += !only || only >> g & 1 ? cpu->unseen[g] : 0;
	return unseen;
}

/* A check of the machine's setup, before collection. */
struct setup_check {
	const char *name; /* an identifier for scripts */
	bool known; /* the kernel reports whether the setup is ok */
	bool ok;
	char found[256];
	char advice[320]; /* advice, with this machine's values, if the setup is not ok */
};

#define SETUP_CHECKS 16

struct isolation {
	struct window window;
	struct isolated_cpu *cpus;
	size_t nr_cpus;
	struct setup_check checks[SETUP_CHECKS];
	size_t nr_checks;
	uint64_t lost; /* lost events: each may have been an interruption of any of the CPUs */
	uint64_t senders_lost; /* csds that were counted, but whose sender was not recorded */
	struct cut_short cut; /* a run that was cut short is never quiet */
	const char *detached; /* a BPF program that was detached meanwhile; NULL if none was */
	enum verdict verdict;
	uint32_t only; /* a bit for each group that is judged; 0: all groups are */
};

/*
 * Advice for isolated CPUs has words such as OTHERS in place of values that depend on the machine.
 * advice__fill() replaces the words by this machine's values, so that a user can paste the advice
 * as a command.
 */

/* The values of the words. A word stays in the advice if its value is unknown or too long. */
struct advice_values {
	const struct cpuset *judged; /* the value of LIST */
	/* the CPUs for OTHERS (a list) and for MASK (the kernel's hex mask); NULL if unknown */
	const struct cpuset *others;
	int cpu; /* the CPU for "-c CPU" and cpuN; negative if unknown */
	int irq; /* the interrupt for N; negative if unknown */
	uint32_t pid; /* the process for PID; 0 if unknown */
};

/*
 * Write @advice, its words replaced by @values, to @text, cut to @size bytes with its NUL. If all
 * CPUs are judged, and the advice needs another, the text first advises to judge fewer.
 */
void advice__fill(const struct advice_values *values, const char *advice, char *text, size_t size);

#endif /* IPITRACE_MODEL_ISOLATION_H */
