/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of a line's object, as the model has them. A key that is missing, or has another type,
 * reads as unknown: a capture may be of another minor version, or made by hand.
 */
#ifndef IPITRACE_VIEW_CAPTURE_PARSE_H
#define IPITRACE_VIEW_CAPTURE_PARSE_H

#include <jansson.h>
#include "abi/record.h"
#include "model/incident.h"
#include "model/storm.h"
#include "model/totals.h"

struct form;

/* Keeps each string once: names that live longer than the line from which they were read. */
struct strings;

/* NULL without memory. */
struct strings *strings__new(void);
void strings__free(struct strings *strings);

/* Whether a text was not kept, because there is no memory, or the texts have STRINGS_MAX bytes. */
#define STRINGS_MAX ((size_t)128 << 20)
bool strings__short(const struct strings *strings);

/*
 * Returns the only copy of @text, valid until strings__free(): the same pointer for the same text.
 * NULL for NULL, or if there is no room.
 */
const char *strings__keep(struct strings *strings, const char *text);

/* Returns the number at @key, never negative; 0: there is null, or no number. */
uint64_t parse__number(const json_t *object, const char *key);

/*
 * Whether @object[@key] is a number that is not negative; then *@n is that number. It may be a time or
 * a duration: a number of JSON has 63 bits, and the sum of two fits 64.
 */
bool parse__is_number(const json_t *object, const char *key, uint64_t *n);

/*
 * Whether the report is secondary: a stall that is folded into its cause, or a storm that is a note. In
 * a capture without the key "folded", a stall with a cause is secondary.
 */
bool parse__is_secondary(const json_t *report);

double parse__real(const json_t *object, const char *key);
bool parse__true(const json_t *object, const char *key);

/* Returns the text at @key; NULL: there is null, or no string. Valid as long as @object. */
const char *parse__text(const json_t *object, const char *key);

/* Copy parse__text(), cut to @size bytes, to @to; "" if unknown. */
void parse__copy(const json_t *object, const char *key, char *to, size_t size);

/* Returns a CPU's number; 0 if no CPU can have that number. */
uint32_t parse__cpu(const json_t *object, const char *key);

/* Read a list of CPUs. */
void parse__cpus(const json_t *array, struct cpuset *set);

/* Returns the index of the text at @key among @nr names; @none if it is none of them. */
int parse__name(const json_t *object, const char *key, const char *const *names, int nr, int none);

/* Returns the index of @text, which may be NULL, among @nr names; @none: it is none of them. */
int parse__index(const char *text, const char *const *names, int nr, int none);

/*
 * Returns a function by "func" and "module". Functions with the same names get
 * the same address, which is not the kernel's.
 */
struct symbol parse__function(struct strings *strings, const json_t *object);

/* Do what parse__function() does, from @func and @module, which may be NULL. */
struct symbol parse__symbol(struct strings *strings, const char *func, const char *module);

/* Returns a call site from "name+0x1c", "name+0x1c [module]" or "0xADDRESS"; addr is 0 for NULL. */
struct symbol parse__site(struct strings *strings, const char *text);

/* Read an array of such texts as a stack. Returns the number of frames, at most @max. */
uint32_t parse__stack(struct strings *strings, const json_t *array, struct symbol *stack,
		      uint32_t max);

/* Read a task {pid, tgid, tid, comm}; not known if @object is NULL or no object. */
struct task_id parse__task(const json_t *object);

/* Read a host {nodename, kernel, arch, online}. */
void parse__host(const json_t *object, struct host *host);

/* Read a time in RFC 3339 and UTC, as json/json.h has it. */
struct timespec parse__date(const char *text);

/*
 * A record out of an object of a capture, by its table (model/field.h). A key that is missing, or
 * has another type, leaves its member 0, or unknown.
 */
struct field_reader {
	struct strings *strings;
	const void *root; /* the outermost record, for the tables' rules */
	/* Called after @record's fields were read: sets what the tables do not describe. */
	void (*settle)(const struct form *of, void *record, const json_t *object);
};

/* Read @object, which may be NULL, into @record, which is all 0. False: no memory. */
bool parse__fields(const struct field_reader *reader, const struct form *of, void *record,
		   const json_t *object);

/* Returns a rate a second as a count over @ns; 0 if no count can have that rate. */
uint64_t parse__sum(double per_second, uint64_t ns);

/* A count that a line has as a rate is read as a count over this time, ns. */
#define FIELD_RATE_NS 1000000000000ULL

/* Lines, read back into the structs of the model. */

/*
 * Read a line of type snapshot. Without --stacks the samples are made from the callers of each
 * function: the views find the same callers. The caller frees @snap by snapshot__free(); its names
 * are @strings', its host is @host. 0 or -ENOMEM.
 */
int parse__snapshot(struct strings *strings, const json_t *object, struct snapshot *snap,
		    struct host *host);

/* A stall's targets and backtrace, to which the incident points. */
struct parsed_stall {
	uint64_t id;
	/* incident.covered is set if the report of the stall's cause names the stall. */
	struct incident incident;
	struct target_time targets[TARGETS_MAX];
	struct backtrace backtrace;
};

void parse__stall(struct strings *strings, const json_t *object, struct parsed_stall *stall);

/* Read why the flight recorder wrote the file; *@from: when the file's lines begin, ns. */
void parse__trigger(const json_t *object, struct trigger *trigger, uint64_t *from);

/* Read the last line of `stalls`. */
void parse__stalls_end(const json_t *object, struct stall_totals *totals);

/* A storm with the arrays that it points to. */
struct parsed_storm {
	struct storm storm;
	struct storm_evidence evidence;
	uint64_t time; /* time of the report */
	uint64_t src[MAX_CPUS], dst[MAX_CPUS];
};

/*
 * Read the line of a storm. @sig: the signature of the storm's name; NULL: unknown. @nr_online:
 * CPUs of the host. A line has rates, and the model has sums: they are made for one second, and for
 * the storm's duration.
 */
void parse__storm(const json_t *object, const struct signature *sig, uint32_t nr_online,
		  struct parsed_storm *parsed);

/* Read a line of type no_storm. */
void parse__calm(struct strings *strings, const json_t *object, uint32_t nr_online,
		 struct calm *calm);

/*
 * The line of a record (type ipi). A capture has millions of these lines. Therefore a line as ipitrace
 * writes it is read in one pass, without further memory, in a tenth of the time that a jansson object
 * takes. Any other line is read by jansson.
 */

struct parsed_record {
	struct record record; /* func and callsite are the symbols' addresses; without its stack */
	struct symbol func;
	struct symbol callsite;
	const char *func_text; /* these two as the line has them; NULL: unknown */
	const char *callsite_text;
	/* If one of these is false, the record has 0 in that member. */
	bool time_known, kind_known, src_known, dst_known;
};

/* The functions and call sites that were met before, and their texts. */
struct record_names;

/*
 * @strings must live as long as the result; NULL: the result has strings of its own. Returns NULL
 * if there is no memory.
 */
struct record_names *record_names__new(struct strings *strings);
void record_names__free(struct record_names *names);
/* Whether a text was not kept, as strings__short() says. */
bool record_names__short(const struct record_names *names);

/*
 * Read the line of a record. If @names is NULL, functions and call sites are left out. False: @text
 * is no JSON, or there is no memory.
 */
bool parse__record(struct record_names *names, const char *text, size_t len,
		   struct parsed_record *parsed);

/*
 * parse__record() in two ways: parse__record_text() reads plain lines, and returns false if the
 * line is not plain.
 */
bool parse__record_text(struct record_names *names, const char *text, size_t len,
			struct parsed_record *parsed);
void parse__record_object(struct record_names *names, const json_t *object,
			  struct parsed_record *parsed);

/* Read the last line of `trace`. */
void parse__trace_end(const json_t *object, struct trace_totals *totals);

/* Stalls and storms are reported while they last, and again, with the same id, when they are over. */

/* If more stalls or storms than this last at one time, the rest counts as over. */
#define LASTING_MAX 4096

/*
 * Several threads report stalls. Therefore the report that a stall lasts may follow the report of
 * its end in a capture, by at most a second. This many ids of the last ends are remembered.
 */
#define OVER_MAX 1024

/* All zero bytes: no report yet. */
struct lasting {
	json_t *reports; /* id -> the latest report */
	uint64_t over[OVER_MAX]; /* the last ids: number n is at n % OVER_MAX */
	size_t nr_over; /* how many are over, in all */
	uint64_t secondary; /* how many of these are secondary: parse__is_secondary() */
};

/*
 * Count a report. 1: the stall or storm is over; 0: it lasts, and the report is kept, or it was over
 * already; -EINVAL: the report has no id; -ENOMEM.
 */
int lasting__report(struct lasting *o, json_t *object);

/*
 * Return how many stalls or storms there were, each counted once, and how many of them are
 * secondary.
 */
uint64_t lasting__nr(const struct lasting *o);
uint64_t lasting__secondary(const struct lasting *o);

void lasting__free(struct lasting *o);

#endif /* IPITRACE_VIEW_CAPTURE_PARSE_H */
