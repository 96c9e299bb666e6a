/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interruptions of CPUs that should not be disturbed, and the verdict on them. Plain
 * data: isolated/ fills it in, view/ shows it. Durations are ns.
 */
#ifndef IPITRACE_MODEL_ISOLATION_H
#define IPITRACE_MODEL_ISOLATION_H

#include "abi/interruption.h"
#include "model/cause.h"
#include "model/moment.h"
#include "model/snapshot.h"

/* The interruptions that are judged, and those that a quiet CPU may have: --only, --allow, --max-interruption. */
#define ALLOWANCES_MAX 16
#define ALLOWANCE_GLOB 64

/* As many interruptions a CPU, of causes or functions that match. */
struct allowance {
	char glob[ALLOWANCE_GLOB];
	uint64_t count;
};

/* Each is looked for elsewhere: IPIs come from somebody, tasks are in the wrong place. */
enum culprit_group {
	GROUP_IPIS,
	GROUP_INTERRUPTS,
	GROUP_TASKS,
	NR_GROUPS,
};

/* The values of --only. */
extern const char *const group_names[NR_GROUPS];

/* All zero: nothing is allowed. Each limit counts by itself: one more is never looser. */
struct gate {
	struct allowance allowances[ALLOWANCES_MAX];
	size_t nr_allowances;
	bool total_given;
	uint64_t total; /* of the interruptions that no allowance matches */
	uint64_t max_interruption; /* ns; 0: not given */
	uint32_t only; /* a bit for each group that is judged; 0: all are */
};

/* A run that ended before its time: a gate that found nothing until then has no verdict. */
enum cut_by {
	CUT_NOT,
	CUT_SIGNAL, /* before --duration, or before PROGRAM ended */
	CUT_PROGRAM, /* --duration is over, and PROGRAM is not */
	CUT_READER, /* nobody reads stdout any more */
};

struct cut_short {
	enum cut_by by;
	char why[192]; /* "SIGTERM came after 1.43 s of 60.00 s" */
};

#define CULPRIT_TEXT 128
#define CULPRITS_MAX 256 /* of a CPU; one more of each group sums the rest of that group */

enum verdict {
	VERDICT_QUIET, /* also if each lost event was an interruption */
	VERDICT_NOT_QUIET,
	/* All that was seen is quiet; the rest was lost, or came after a run cut short. */
	VERDICT_NOT_CERTAIN,
};

/* Interruptions of one CPU that have kind, function and sender in common. */
struct culprit {
	enum interruption_kind kind;
	bool other; /* the sum of the culprits of its group that got no row */
	uint32_t id; /* as in struct interruption */
	uint64_t addr; /* the function's; 0: none */
	char func[CULPRIT_TEXT]; /* "": none */
	char module[CULPRIT_TEXT]; /* "": the kernel proper */
	char caller[CULPRIT_TEXT]; /* "": unknown */
	char *chain; /* the sender's stack from the caller on, "a < b < c"; NULL: unknown; malloc() */
	char what[COMM_LEN]; /* the name of a device, a task, an interrupt; "": none */
	struct task_id sender; /* known: a task, or an interrupt, causes the interruptions */
	bool serves; /* the sender is the task that the timer or signal is for */
	struct task_id victim; /* of a reschedule: the task that it interrupted last */
	uint32_t src; /* the sender's CPU, where src_known */
	bool src_known; /* all came from one CPU */
	struct cause named; /* by the sender's stack; sig NULL: it has none */
	int32_t stack; /* of a sender, as in struct origin; negative: none */
	char cgroup[CULPRIT_TEXT]; /* of the sender; "": unknown */
	bool cgroup_read; /* the cgroup was looked for */
	uint64_t count;
	bool timed; /* interrupted and longest are known */
	uint64_t interrupted; /* time in which the CPU did something else, ns */
	uint64_t longest;
	const char *cause; /* a word for scripts */
	const char *because; /* the cause in words */
	char *said; /* where these are of no other culprit; else NULL; malloc() */
	const char *advice; /* its words get values once all CPUs are judged: model/advice.h */
	char *filled; /* where they have, what advice is then; else NULL; malloc() */
	bool follows; /* another culprit of this CPU, which runs a task there, causes it */
	enum culprit_group group;
	bool judged; /* --only has its group; a culprit that is not judged is allowed */
	bool allowed; /* by --allow, and not too long; or not judged */
};

/* A limit of the gate that a CPU went beyond. */
struct breach {
	enum {
		LIMIT_NUMBER, /* --allow */
		LIMIT_LENGTH, /* --max-interruption */
	} limit;
	const char *glob; /* of --allow; NULL: all that no glob matches */
	uint64_t most; /* interruptions, or ns */
	uint64_t found;
	size_t nr; /* culprits under the limit; of LIMIT_LENGTH those that took longer by themselves */
	size_t worst; /* the first of the culprits; of LIMIT_LENGTH the longest */
	size_t frequent; /* the culprit that came most often; of LIMIT_LENGTH the worst */
};

#define BREACHES_MAX (ALLOWANCES_MAX + 2)

/* A CPU that should not be disturbed. */
struct isolated_cpu {
	uint32_t cpu;
	enum verdict verdict;
	bool too_long; /* an interruption was longer than --max-interruption */
	struct breach breaches[BREACHES_MAX];
	size_t nr_breaches;
	uint64_t count; /* interruptions, by the sum of the culprits */
	uint64_t interrupted; /* time in which the CPU did something else, ns */
	uint64_t longest; /* the longest time for which the CPU did not get on */
	uint64_t silence; /* the longest time without any */
	bool host_known; /* this machine is a guest whose host says what it takes */
	uint64_t host; /* the time for which the host did not run the CPU; no culprit has it */
	uint64_t offline; /* the time, at most, for which nobody could watch it, as it was offline */
	uint64_t switches; /* of tasks, voluntary ones included */
	uint64_t preempted; /* switches that a task did not ask for */
	struct culprit *culprits; /* once judged: by interrupted time */
	size_t nr_culprits;
};

/* A check of the machine's setup, before collection. */
struct setup_check {
	const char *name; /* a word for scripts */
	bool known; /* the kernel says whether it is ok */
	bool ok;
	char found[256];
	char advice[320]; /* where the check is not ok; the words in it have their values */
};

#define SETUP_CHECKS 16

struct isolation {
	struct window window;
	struct isolated_cpu *cpus;
	size_t nr_cpus;
	struct setup_check checks[SETUP_CHECKS];
	size_t nr_checks;
	uint64_t lost; /* events of which each may hide an interruption of any of the CPUs */
	uint64_t senders_lost; /* csds that were counted, and whose sender was not seen */
	struct cut_short cut; /* a run that was cut short is never quiet */
	const char *detached; /* a program that saw nothing any more; NULL: none */
	enum verdict verdict;
	uint32_t only; /* the groups that are judged, a bit for each; 0: all */
};

#endif /* IPITRACE_MODEL_ISOLATION_H */
