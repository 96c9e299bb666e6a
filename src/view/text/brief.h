/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the first screen share: its lines, and those above its tables. */
#ifndef IPITRACE_VIEW_TEXT_BRIEF_H
#define IPITRACE_VIEW_TEXT_BRIEF_H

#include "view/table/table.h"
#include "view/text/views.h"

/* A line of clauses; a clause that does not fit begins a further line. */
struct clauses {
	FILE *out;
	int columns;
	const char *gap; /* between two clauses */
	int column;
};

struct clauses clauses__of(const struct brief_page *page, const char *gap);
void __attribute__((format(printf, 3, 4)))
clauses__add(struct clauses *line, enum style style, const char *format, ...);
#define clauses__plain(line, ...) clauses__add(line, STYLE_PLAIN, __VA_ARGS__)
void clauses__end(struct clauses *line);

/* Print the lines of rates and costs, and the verdict where @nearest is not NULL (sums.c). */
void brief__sums(const struct brief_page *page, const struct storm_nearest *nearest);

/*
 * Whether -p was given where programs cannot see interrupts, so that those on top of the process
 * pass, too. INTERRUPTS_UNTOLD says so.
 */
bool view__interrupts_untold(const struct snapshot *snap);
#define INTERRUPTS_UNTOLD "-p has them, too: this kernel does not tell them apart"

/* The sentence in place of the call sites that a tracer hides (how.callsites_hidden). */
#define CALLSITES_HIDDEN "not known: a tracer (function_graph, a kretprobe or an fprobe) hides them"

#endif /* IPITRACE_VIEW_TEXT_BRIEF_H */
