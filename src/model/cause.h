/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From an interrupt that was sent to the name of its cause. One function, cause__of(), which all
 * commands ask: the same evidence has the same name everywhere. Pure, on plain data.
 */
#ifndef IPITRACE_MODEL_CAUSE_H
#define IPITRACE_MODEL_CAUSE_H

#include <stdbool.h>
#include "abi/limits.h"
#include "model/names.h"

/* How often a healthy machine does it; storm/limits.c has the rate of each. */
enum usual {
	USUAL_RARE, /* on events of administration: a module, a tracer, a clock set */
	USUAL_OCCASIONAL, /* by monitoring and maintenance */
	USUAL_COMMON, /* under load, though nobody asks for it; also all unknown causes */
	USUAL_ROUTINE, /* by programs at work */
	USUAL_TRAFFIC, /* for each packet, request or message */
	NR_USUAL,
};

/* The evidence that belongs to a cause. */
enum shows {
	SHOWS_TSC = 1 << 0,
	SHOWS_CPUFREQ = 1 << 1,
	SHOWS_GUESTS = 1 << 2,
	SHOWS_STOPS = 1 << 3, /* runs of the stopper threads */
	SHOWS_GUEST_IPIS = 1 << 4, /* where guests ask for any */
};

#define SIGNATURE_FUNCS 16
#define SIGNATURE_VIA	16
#define WHY_VIA		16

/*
 * Frames are named by how they begin: "damon_" is any of DAMON's functions. "a<b" is a frame that
 * begins with a, called by one that begins with b.
 */

/* Why somebody sent what a signature knows, where a frame of the sender's stack says it. */
struct because {
	const char *word; /* stable, for scripts; unique in its table */
	const char *cause; /* in place of the signature's */
	const char *advice;
	const char *via[WHY_VIA];
};

/* A known cause of IPIs: a row of the table. The columns that each row has come first. */
struct signature {
	const char *name; /* stable, for scripts */
	enum usual usual;
	const char *cause; /* follows the rate: "..., because CAUSE" */
	const char *advice; /* commands and boot parameters, "; " in between */
	const char *isolated; /* advice for an isolated CPU, whatever the why; NULL: the same */
	const char *funcs[SIGNATURE_FUNCS]; /* globs, of csds and of irq_works */
	const char *module; /* glob of modules that may hold funcs; NULL: only the kernel proper */
	const char
		*via[SIGNATURE_VIA]; /* the sender's stack has one of these frames; none: any has */
	unsigned int kinds; /* kinds of interrupts that match, whatever they run: 1 << KIND_* */
	const char *by[SIGNATURE_VIA]; /* in place of via, for these kinds */
	const struct because
		*whys; /* the first one that has a frame fits, up to an empty row; NULL: none */
	bool stops; /* kinds match while the stopper threads run, where no stack was sampled */
	bool open; /* of what no other row knows: the frame that asked is all that is known */
	bool to_timer; /* the interrupt is the end of a timer of the task that it meets */
	unsigned int shows; /* enum shows */
};

/*
 * The table of known causes is made of these, in this order: signatures_tlb.c, signatures.c,
 * signatures_tasks.c.
 */
struct signatures {
	const struct signature *rows;
	size_t nr;
};
extern const struct signatures signatures_of_tlb, signatures_of_functions, signatures_of_tasks;

/* How many rows the whole table has, and the row @i of these. */
size_t signatures__nr(void);
const struct signature *signature__at(size_t i);

/* whys.c: each ends with an empty row. */
extern const struct because whys_of_text[], whys_of_kernel_tlb[], whys_of_nohz_kick[],
	whys_of_reclaim[], whys_of_writeback[], whys_of_madvise[], whys_of_mprotect[],
	whys_of_munmap[], whys_of_perf[], whys_of_drain[], whys_of_signal[], whys_of_idle[],
	whys_of_wakeups[], whys_of_changes[], whys_of_expedited[], whys_of_rcu_barrier[],
	whys_of_collapse[];

/* An interrupt that was sent, or a csd. */
struct sending {
	enum ipi_kind kind; /* KIND_CALL_FUNCTION: a csd */
	const char *func; /* the csd's, or the irq_work's; NULL: a reschedule, or not known */
	const char *module; /* of func; NULL: the kernel proper */
	const struct symbol *stack; /* of the sender, innermost first */
	uint32_t nr; /* 0: it was not sampled */
};

struct cause {
	const struct signature *sig; /* NULL: the table has none */
	const struct because *why; /* NULL: no frame says it */
};

struct cause cause__of(const struct sending *sent);

/* What the cause is, and what to do: the why's own words, else the signature's, which it has. */
static inline const char *cause__words(const struct cause *cause)
{
	return cause->why ? cause->why->cause : cause->sig->cause;
}

static inline const char *cause__advice(const struct cause *cause)
{
	return cause->why ? cause->why->advice : cause->sig->advice;
}

/* cause__of() in two steps, for many samples of one function: the rows that may fit, in order. */
#define POSSIBLE_MAX 64

struct possible {
	size_t nr;
	struct possible_row {
		const struct signature *sig;
		const char *const *asked; /* its via, or by */
	} at[POSSIBLE_MAX];
	bool by_stack; /* a stack says more than the function's name */
};

/* @sent: its stack is not looked at. */
void possible__find(struct possible *possible, const struct sending *sent);

/* Of a sender's @stack; @nr 0: it was not sampled, so the row is the first that asks for no frame. */
struct cause possible__cause(const struct possible *possible, const struct symbol *stack,
			     uint32_t nr);

/*
 * Whether @func of @module (NULL: the kernel proper) is one of the row's
 * functions. The caller checks the row's via and kinds.
 */
bool signature__matches(const struct signature *sig, const char *func, const char *module);

/* NULL: the table has no such name. */
const struct signature *signature__named(const char *name);

/* Why who has @stack sent what @sig knows; NULL: no frame says it, or @sig is NULL. */
const struct because *signature__why_of(const struct signature *sig, const struct symbol *stack,
					uint32_t nr);

/* NULL: @sig, which may be NULL, has no such why. */
const struct because *signature__why(const struct signature *sig, const char *word);

#endif /* IPITRACE_MODEL_CAUSE_H */
