/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_CAPTURE_PARSE_RECORD_H
#define IPITRACE_VIEW_CAPTURE_PARSE_RECORD_H

#include <jansson.h>
#include "abi/record.h"
#include "model/symbol.h"
#include "model/totals.h"
#include "view/capture/record_line.h"
#include "view/capture/strings.h"

/* A line of type ipi. Its stack is left out. */
struct parsed_record {
	struct record record; /* func and callsite are the symbols' addresses */
	struct symbol func;
	struct symbol callsite;
};

/* The functions and call sites that were met before. */
struct record_names;

/* NULL without memory. @strings must live as long. */
struct record_names *record_names__new(struct strings *strings);
void record_names__free(struct record_names *names);

void parse__record(struct record_names *names, const struct record_line *line,
		   struct parsed_record *parsed);

/* The last line of trace. */
void parse__trace_end(const json_t *object, struct trace_totals *totals);

#endif /* IPITRACE_VIEW_CAPTURE_PARSE_RECORD_H */
