/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The folders of view/ share these declarations: what a view gets from its caller, lines and cached
 * names of `trace`, protocol buffers, the metrics.
 */
#ifndef IPITRACE_VIEW_VIEW_H
#define IPITRACE_VIEW_VIEW_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "abi/record.h"
#include "model/metrics.h"
#include "model/snapshot.h"
#include "model/storm.h"

/* The options that change a snapshot's output. */
struct view_options {
	bool quiet; /* no heading */
	bool stacks; /* print the sampled stacks */
	bool anonymous; /* JSON: no names of tasks and cgroups */
	double asked; /* the intended length of a window, s; 0: not known */
	/*
	 * PROGRAM as "make[1234]", if the figures are those of all senders while PROGRAM ran. NULL
	 * or "": there was no PROGRAM.
	 */
	const char *ran;
	bool by_cpu; /* sort CPUs by handler time, not by number */
	/* JSON: the worst storm, or what came nearest to one; NULL: no storms were looked for */
	const struct storm_nearest *nearest;
};

/*
 * How a view asks its caller for the names of addresses. Views read no /proc, but only they know
 * which of thousands of addresses they print: `waits` up to 2,000 of a moment, `trace` the few that
 * its cache does not have yet. Naming all addresses beforehand would take an array beside each
 * moment, filled while a CPU is stuck. Therefore the caller passes its look-up, which obeys the
 * caller's rules (in the stall path: no allocation, no lock).
 */
struct naming {
	void *ctx;
	/*
	 * Sets the names of @symbol by its address; they are valid until the next call. @func: the
	 * address is where a function begins, and not inside a function.
	 */
	void (*symbol)(void *ctx, struct symbol *symbol, bool func);
	/* Sets sample->stack and sample->nr: the named frames of stack @id. NULL: no stacks. */
	void (*stack)(void *ctx, int32_t id, struct stack_sample *sample);
};

/*
 * Lines to a descriptor or to a function of the caller, many in one write. A reader only finds
 * whole lines: if a write fails in the middle of a line (no space left), the file is truncated to
 * the end of the previous line.
 */
#define LINES_BYTES (1 << 18)

struct lines {
	int fd;
	/* Takes whole lines in place of @fd. 0 or a negative errno. NULL: lines go to @fd. */
	int (*write)(void *ctx, const char *text, size_t len);
	void *ctx;
	int err; /* negative errno of the first write that failed */
	size_t len;
	char text[LINES_BYTES];
};

/*
 * Returns where to write a line of up to @max bytes (at most LINES_BYTES); lines__end() adds the
 * line. May write the earlier lines out, to make room.
 */
char *lines__begin(struct lines *lines, size_t max);
/* Add the line that was written to lines__begin()'s memory; @end: the byte after its newline. */
void lines__end(struct lines *lines, const char *end);

/* Note that a line cannot be made: write the earlier lines, and let all later calls return @err. */
void lines__fail(struct lines *lines, int err);

/* Write all lines out. 0, or the negative errno of this or an earlier write. */
int lines__flush(struct lines *lines);

/*
 * A cache of the parts that recur in `trace`'s lines: functions with their call sites, task names,
 * stacks. `trace` may print a hundred thousand records a second. jansson takes 3.3 us for one
 * object, a third of a CPU. Therefore jansson makes each part once, as text, the cache keeps the
 * part, and a line takes 0.07 us.
 */

/* A function and its call site. */
struct trace_func {
	uint64_t func;
	uint64_t callsite;
	char *json; /* `,"func":...,"module":...,"callsite":...`; NULL without memory */
	char *text; /* "func [module]", safe for a terminal; NULL without memory */
	bool unnamed; /* a name is missing */
	uint64_t uses; /* how often the function was used while a name was missing */
};

struct trace_stack {
	char *json; /* `,"caller":...,"reason":...,"stack":[...]`; NULL without memory */
	char *text; /* the reason, a line a frame; safe for a terminal; NULL without memory */
	bool interrupt; /* the stack goes through an interrupt's entry */
	bool own_softirq; /* callers__sent_in_own_softirq() */
};

struct trace_names;

/* NULL without memory. @naming is copied; its ctx must live as long as the cache. */
struct trace_names *trace_names__open(const struct naming *naming);
void trace_names__close(struct trace_names *names);

/* Each result is valid until the next call for another record. */
const struct trace_func *trace_names__func(struct trace_names *names, const struct record *r);
/* Returns the task's name as a JSON string; NULL without memory. */
const char *trace_names__comm(struct trace_names *names, const struct record *r);
/* NULL if naming->stack is NULL. A record without a stack gets an empty stack. */
const struct trace_stack *trace_names__stack(struct trace_names *names, const struct record *r);

struct trace_view {
	struct trace_names *names;
	uint64_t began; /* text counts its times from here; CLOCK_MONOTONIC ns */
	bool sees_interrupts; /* records show whether an interrupt sent the csd */
	int columns; /* width of the terminal that shows the text; 0: no terminal, nothing is cut */
};

/*
 * Whether an interrupt sent the csd. The stack may show that on kernels whose records cannot; and
 * it may show that the record's task ran the soft interrupt for its own packets.
 */
static inline bool trace__from_interrupt(const struct record *r, const struct trace_stack *stack)
{
	if (stack && stack->own_softirq)
		return false;
	return r->interrupt || (stack && stack->interrupt);
}

/*
 * Protocol buffer messages into a buffer that grows
 * (https://protobuf.dev/programming-guides/encoding/). nanopb encodes the fields. Its messages are
 * either encoded twice, the first time for their lengths, or generated as structs, which hold a
 * whole message at once. Timelines and metrics are written by calls in the order of the fields;
 * therefore a message's length is put in front of the message afterwards.
 */

/* Maximum depth of messages inside messages. */
#define PROTO_DEPTH 8

/* All zero bytes: empty. */
struct proto {
	uint8_t *bytes; /* the caller frees them */
	size_t len;
	size_t size;
	size_t begun[PROTO_DEPTH]; /* the first byte of each message that is open */
	unsigned int depth;
	int err; /* negative errno: some fields are missing */
};

void proto__uint(struct proto *p, uint32_t field, uint64_t value);
void proto__sint(struct proto *p, uint32_t field, int64_t value); /* of type sint32 or sint64 */
void proto__fixed64(struct proto *p, uint32_t field, uint64_t value);
void proto__double(struct proto *p, uint32_t field, double value);
void proto__string(struct proto *p, uint32_t field, const char *text);

/*
 * The fields between these two calls belong to the message in @field. A message of a delimited list
 * is in no field: only its length precedes it.
 */
#define PROTO_NO_FIELD 0
void proto__begin(struct proto *p, uint32_t field);
void proto__end(struct proto *p);

/* Metrics in the three formats that Prometheus reads. */

/* About ipitrace itself. A field of 0 is left out, except textfile_failures. */
struct metrics_process {
	double cpu_seconds;
	uint64_t resident_bytes;
	double start_time; /* seconds since 1970 */
	bool textfile; /* --textfile is given */
	uint64_t textfile_failures; /* texts that its file did not get */
};

enum metrics_format {
	METRICS_TEXT, /* 0.0.4 */
	METRICS_OPENMETRICS, /* 1.0: with units and exemplars */
	METRICS_PROTOBUF, /* with exemplars; has native histograms in addition to the usual ones */
};

/* The formats' Content-Type. */
#define TEXT_TYPE	 "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PROTOBUF_TYPE                                                                \
	"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; " \
	"encoding=delimited"

/* Write all metrics. 0 or -ENOMEM. The caller checks @out for errors. */
int view__metrics(FILE *out, const struct metrics *m, const struct metrics_process *process,
		  enum metrics_format format);

/* A way to write metrics: as text or as protobuf (metrics_formats.c). */

enum metrics_type { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

struct metrics_family {
	const char *name; /* name without _total, which is added for counters */
	enum metrics_type type;
	const char *unit; /* the unit in which the name ends; NULL: the name ends in no unit */
	const char *help;
};

/* Lists of labels end with a name that is NULL. Values may hold any bytes. */
struct metrics_label {
	const char *name;
	const char *value;
};

/* A whole number; a time in ns, which is written exactly in seconds; or a real number. */
struct metrics_value {
	bool ns; /* n is a time */
	uint8_t digits; /* the decimals of real; 0: the value is n */
	uint64_t n;
	double real;
};

#define VALUE_COUNT(value)	  ((struct metrics_value){ .n = (value) })
#define VALUE_NS(value)		  ((struct metrics_value){ .ns = true, .n = (value) })
#define VALUE_REAL(value, places) ((struct metrics_value){ .digits = (places), .real = (value) })

struct metrics_writer {
	void (*family)(struct metrics_writer *writer, const struct metrics_family *family);
	/* A sample, or a histogram, of the last family. */
	void (*sample)(struct metrics_writer *writer, const struct metrics_label *labels,
		       struct metrics_value value);
	void (*hist)(struct metrics_writer *writer, const struct metrics_label *labels,
		     const struct metrics_hist *hist);
	/* Write the end. 0 or -ENOMEM; the caller checks the stream for errors. */
	int (*end)(struct metrics_writer *writer);
};

struct metrics_text {
	struct metrics_writer writer;
	FILE *out;
	bool openmetrics;
	struct metrics_family family;
};

/* Write as OpenMetrics 1.0, or as text 0.0.4. */
void metrics_text__init(struct metrics_text *text, FILE *out, bool openmetrics);

struct metrics_proto {
	struct metrics_writer writer;
	FILE *out;
	struct proto body; /* the last family, whose samples are being written */
	bool open; /* there is a family */
	enum metrics_type type; /* the family's */
};

/* Write as io.prometheus.client.MetricFamily, each after its length, with native histograms. */
void metrics_proto__init(struct metrics_proto *proto, FILE *out);

#endif /* IPITRACE_VIEW_VIEW_H */
