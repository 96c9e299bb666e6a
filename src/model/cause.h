/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Find the name of the cause of an interrupt that was sent. All commands call the one function
 * cause__of(), so that the same evidence has the same name everywhere. The functions depend only on
 * their arguments.
 */
#ifndef IPITRACE_MODEL_CAUSE_H
#define IPITRACE_MODEL_CAUSE_H

#include <stdbool.h>
#include "abi/limits.h"
#include "model/names.h"

/* How often a healthy machine sends IPIs for a cause. storm/limits.c has the rate of each value. */
enum usual {
	USUAL_RARE, /* on actions of an administrator: a module, a tracer, a clock is set */
	USUAL_OCCASIONAL, /* by monitoring and maintenance */
	USUAL_COMMON, /* under load, though no program asks for it; also all unknown causes */
	USUAL_ROUTINE, /* by programs during their usual work */
	USUAL_TRAFFIC, /* for each packet, request or message */
	NR_USUAL,
};

/* The evidence that a report of a cause shows. */
enum shows {
	SHOWS_TSC = 1 << 0,
	SHOWS_CPUFREQ = 1 << 1,
	SHOWS_GUESTS = 1 << 2,
	SHOWS_STOPS = 1 << 3, /* the runs of the stopper threads */
	SHOWS_GUEST_IPIS = 1 << 4, /* the guests that asked for IPIs, if any guest did */
};

#define SIGNATURE_FUNCS 16
#define SIGNATURE_VIA	24
#define WHY_VIA		24

/* The advice where nothing that a person can do is known. */
#define NO_ADVICE "no advice known"

/*
 * A reason within a cause: why a sender sent what a signature describes, if a frame of the sender's
 * stack shows the reason.
 *
 * The lists @via and @by name frames by the beginning of the function's name: "damon_" is any
 * function of DAMON. "a<b" is a frame that begins with a, called by a frame that begins with b.
 */
struct why {
	const char *word; /* an identifier for scripts, stable; unique in its table */
	const char *cause; /* the text that replaces the signature's cause */
	const char *advice;
	const char *via[WHY_VIA];
	const char *isolated; /* advice for an isolated CPU; NULL: the signature's advice fits */
};

/*
 * The reason, within two causes, that a test injects errors of memory. mm/madvise.c:
 * madvise_inject_error(), which 6.12 and 6.18 have inlined.
 */
#define WHY_INJECTED                                                                             \
	{                                                                                        \
		"injected",                                                                      \
			"a test marks good memory as failed: MADV_HWPOISON, MADV_SOFT_OFFLINE, " \
			"hwpoison-inject",                                                       \
			"run no such tests in production",                                       \
			.via = { "madvise_inject_error",                                         \
				 "hwpoison_inject",                                              \
				 "soft_offline_page<do_madvise",                                 \
				 "soft_offline_page<madvise_",                                   \
				 "memory_failure<do_madvise",                                    \
				 "memory_failure<madvise_" }                                     \
	}

/* A known cause of IPIs: a row of the table. The members that every row sets come first. */
struct signature {
	const char *name; /* an identifier for scripts, stable */
	enum usual usual;
	const char *cause; /* the text after a rate: "..., because CAUSE" */
	const char *advice; /* commands and boot parameters, separated by "; " */
	const char *isolated; /* advice for an isolated CPU; NULL: cause__advice() fits */
	const char *funcs[SIGNATURE_FUNCS]; /* globs of functions of csds and of irq_works */
	const char *module; /* glob of modules that may have funcs; NULL: only the kernel proper */
	const char *via[SIGNATURE_VIA]; /* the sender's stack has one of these; may be empty */
	unsigned int kinds; /* kinds of interrupts (1 << KIND_*) that match, with any function */
	const char *by[SIGNATURE_VIA]; /* the frames that replace @via for these kinds */
	/* the reasons: the first one that has a frame fits; an empty row ends them; may be NULL */
	const struct why *whys;
	bool stops; /* kinds also match without a sampled stack, while the stopper threads run */
	bool open; /* matches what no other row matches: only the calling frame is known */
	bool to_timer; /* the interrupt ends a timer that belongs to the interrupted task */
	unsigned int shows; /* values of enum shows */
};

/*
 * The table of known causes consists of these three parts, in this order: signatures_tlb.c,
 * signatures.c, signatures_tasks.c.
 */
struct signatures {
	const struct signature *rows;
	size_t nr;
};
extern const struct signatures signatures_of_tlb, signatures_of_functions, signatures_of_tasks;

/* The number of rows of the whole table, and row @i of all rows. */
size_t signatures__nr(void);
const struct signature *signature__at(size_t i);

/* In whys.c, whys_tlb.c and whys_tasks.c. An empty row ends each array. */
extern const struct why whys_of_text[], whys_of_kernel_tlb[], whys_of_nohz_kick[],
	whys_of_reclaim[], whys_of_writeback[], whys_of_madvise[], whys_of_mprotect[],
	whys_of_munmap[], whys_of_perf[], whys_of_drain[], whys_of_signal[], whys_of_idle[],
	whys_of_wakeups[], whys_of_changes[], whys_of_expedited[], whys_of_rcu_barrier[],
	whys_of_collapse[], whys_of_migration[], whys_of_buffers[], whys_of_compaction[],
	whys_of_bandwidth[], whys_of_rcu_thread[], whys_of_cow[], whys_of_perf_samples[],
	whys_of_ftrace[], whys_of_io_uring[], whys_of_ksm[], whys_of_memory_offline[],
	whys_of_truncate[], whys_of_exit[], whys_of_kvm_requests[], whys_of_wbinvd[],
	whys_of_stop_machine[], whys_of_msr[], whys_of_moves[], whys_of_bpf_deferred[],
	whys_of_task_work[];

/* An interrupt or a csd that was sent. */
struct sending {
	enum ipi_kind kind; /* KIND_CALL_FUNCTION if it is a csd */
	const char *func; /* function of the csd or the irq_work; NULL: a reschedule, or unknown */
	const char *module; /* the module of func; NULL: the kernel proper */
	const struct symbol *stack; /* the sender's stack, innermost frame first */
	uint32_t nr; /* frames in stack; 0 if the stack was not sampled */
};

struct cause {
	const struct signature *sig; /* NULL if no row of the table matches */
	const struct why *why; /* NULL if no frame shows a reason */
};

struct cause cause__of(const struct sending *sent);

/* Returns the cause's text: the reason's, else the signature's. cause->sig must not be NULL. */
static inline const char *cause__words(const struct cause *cause)
{
	return cause->why ? cause->why->cause : cause->sig->cause;
}

static inline const char *cause__advice(const struct cause *cause)
{
	return cause->why ? cause->why->advice : cause->sig->advice;
}

/* Returns the advice for an isolated CPU, which the interrupt disturbs. */
static inline const char *cause__isolated_advice(const struct cause *cause)
{
	if (cause->why && cause->why->isolated)
		return cause->why->isolated;
	return cause->sig->isolated ? cause->sig->isolated : cause__advice(cause);
}

/*
 * These two functions do what cause__of() does in two steps, for many samples of one function. The
 * first step finds the rows that may match, in the order of the table.
 */
#define POSSIBLE_MAX 64

struct possible {
	size_t nr;
	struct possible_row {
		const struct signature *sig;
		const char *const *asked; /* the row's via or by */
	} at[POSSIBLE_MAX];
};

/* Find the rows that may match @sent. Does not read the stack of @sent. */
void possible__find(struct possible *possible, const struct sending *sent);

/*
 * Find the cause of a sender with @stack. If @nr is 0 (the stack was not sampled), the first row
 * that requires no frame matches.
 */
struct cause possible__cause(const struct possible *possible, const struct symbol *stack,
			     uint32_t nr);

/* Returns the row with the name @name; NULL if the table has no such row. */
const struct signature *signature__named(const char *name);

/*
 * Returns the reason that @stack shows for a sender of what @sig describes. NULL if no frame shows
 * a reason, or if @sig is NULL.
 */
const struct why *signature__why_of(const struct signature *sig, const struct symbol *stack,
				    uint32_t nr);

/* Returns the reason of @sig with the identifier @word; NULL: none. @sig may be NULL. */
const struct why *signature__why_named(const struct signature *sig, const char *word);

#endif /* IPITRACE_MODEL_CAUSE_H */
