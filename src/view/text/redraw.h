/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports drawn over each other on stdout's terminal, with the cursor's plain sequences
 * alone. The screen as it was goes up into the scrollback; the last report stays.
 */
#ifndef IPITRACE_VIEW_TEXT_REDRAW_H
#define IPITRACE_VIEW_TEXT_REDRAW_H

#include <stdbool.h>

struct screen_size {
	int columns;
	int rows;
};

/* Whether stdout is a terminal that can move its cursor; TERM=dumb cannot. */
bool redraw__possible(void);

/* The terminal's size now; {0, 0} if stdout is none, or does not tell. */
struct screen_size redraw__size(void);

/*
 * Draw @text, lines without escape sequences other than colours, over what is on the
 * screen, as far as it fits. @first: what is there goes up.
 */
void redraw__frame(const char *text, bool first);

/*
 * A line on stderr for the time in which nothing else is shown, and its end, which erases
 * the line: "measuring for 5 s (Ctrl-C ends it)"; 0 s: without an end. Only where stdout and
 * stderr are terminals; -q is the caller's to respect.
 */
void redraw__note(const char *doing, double seconds);
void redraw__note_end(void);

#endif /* IPITRACE_VIEW_TEXT_REDRAW_H */
