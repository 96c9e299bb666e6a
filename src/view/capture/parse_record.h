/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IPITRACE_VIEW_CAPTURE_PARSE_RECORD_H
#define IPITRACE_VIEW_CAPTURE_PARSE_RECORD_H

#include <jansson.h>
#include "abi/record.h"
#include "view/capture/strings.h"
#include "model/symbol.h"
#include "model/totals.h"

/* A line of type ipi. Its stack is left out. */
struct parsed_record {
	struct record record; /* func and callsite are the symbols' addresses */
	struct symbol func;
	struct symbol callsite;
};

void parse__record(struct strings *strings, const json_t *object, struct parsed_record *parsed);

/* The last line of trace. */
void parse__trace_end(const json_t *object, struct trace_totals *totals);

#endif /* IPITRACE_VIEW_CAPTURE_PARSE_RECORD_H */
