/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page that answers at a glance: what IPIs cost, whether that is a storm, who sends
 * them, who is hit, and what was worst. It fits the given screen.
 */
#ifndef IPITRACE_VIEW_TEXT_BRIEF_H
#define IPITRACE_VIEW_TEXT_BRIEF_H

#include <stdbool.h>
#include <stdio.h>
#include "model/snapshot.h"
#include "model/storm.h"

/* The page where there is no terminal; narrower pages are BRIEF_COLUMNS_MIN wide. */
#define BRIEF_COLUMNS	  80
#define BRIEF_ROWS	  24
#define BRIEF_COLUMNS_MIN 60
#define BRIEF_ROWS_MIN	  16

struct brief {
	int columns;
	int rows; /* the page has at most one line less */
	double asked; /* length of a whole window, s; 0: not known */
	bool endless; /* the run ends by Ctrl-C alone */
	bool quiet; /* no heading, no commands */
	bool by_cpu; /* the CPUs last, and more of them */
	const char *program; /* how to call ipitrace, for commands to paste */
	const char *again; /* " -- make": PROGRAM, for those commands; "": there is none to paste */
	const char *ran; /* "make[1234]": PROGRAM, where csds of all senders count; "": none */
	const char *filters; /* " --dst 1": the options that chose the csds of the page, or "" */
	const struct storm_nearest *nearest; /* NULL: not looked for */
};

/* Each line to @out, with colours if stdout has some. 0 or -ENOMEM. */
int view__brief(FILE *out, const struct snapshot *snap, const struct brief *brief);

/*
 * That page's lines of the IPIs and of their cost, and the verdict where @nearest is not
 * NULL, in @columns. 0 or -ENOMEM.
 */
int view__brief_cost(FILE *out, int columns, const struct snapshot *snap,
		     const struct storm_nearest *nearest);

#endif /* IPITRACE_VIEW_TEXT_BRIEF_H */
