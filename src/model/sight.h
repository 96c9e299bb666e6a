/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A gate is a run whose exit status is a verdict (--exit-code, isolated). struct sight has what a
 * gate saw and missed; by one rule, sight__judge(), every gate (`stalls`, `waits`, `storm`,
 * `isolated`, `report --diff`) passes, finds what it looks for, or is not certain.
 */
#ifndef IPITRACE_MODEL_SIGHT_H
#define IPITRACE_MODEL_SIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sight_verdict {
	SIGHT_CLEAR, /* nothing was found, and nothing that was missed can be a finding */
	SIGHT_FOUND,
	SIGHT_NOT_CERTAIN, /* nothing was found, but something that was missed may be a finding */
};

/* Something that was missed. */
struct missed {
	uint64_t count; /* events; 0: a time in which nobody watched */
	uint64_t ns; /* the longest event, or the time, lasted at most this long; 0: unknown */
	char what[128]; /* text for the line: "3 stalls found no room" */
};

#define MISSED_MAX 8

/* All zero: nothing was found, and nothing missed. */
struct sight {
	bool found;
	uint64_t shortest; /* events up to this length, ns, are not what the gate looks for */
	uint64_t fewest; /* fewer missed events than this cannot be what the gate looks for */
	uint64_t allowed; /* number of events that may be missed without any effect */
	struct missed missed[MISSED_MAX];
	size_t nr_missed;
};

/*
 * Note that @count events were missed that could be what the gate looks for; the caller leaves out
 * events of other CPUs, functions and phases. @ns: as in struct missed.
 */
void __attribute__((format(printf, 4, 5)))
sight__miss(struct sight *sight, uint64_t count, uint64_t ns, const char *what, ...);

/* Note that nobody watched for @ns; 0: nobody knows for how long. */
void __attribute__((format(printf, 3, 4)))
sight__miss_time(struct sight *sight, uint64_t ns, const char *what, ...);

/*
 * Note that @program, the answer of programs__detached(), has seen nothing since it was detached.
 * NULL: all programs are attached.
 */
void sight__miss_detached(struct sight *sight, const char *program);

struct cut_short;

/* Note that the run was cut short: nobody watched from then on. CUT_NOT: it was not. */
void sight__miss_cut(struct sight *sight, const struct cut_short *cut);

enum sight_verdict sight__judge(const struct sight *sight);

/*
 * Write into @why (@size bytes) what was missed that could have been what the gate looks for, as a
 * part of a line: "1 stall found no room; ...".
 */
void sight__why(const struct sight *sight, char *why, size_t size);

#endif /* IPITRACE_MODEL_SIGHT_H */
