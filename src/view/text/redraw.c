// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "view/text/redraw.h"

#define HOME	  "\033[H"
#define CUT	  "\033[?7l" /* a line that is too long is cut, */
#define WRAP	  "\033[?7h" /* or goes on below */
#define LINE_REST "\033[K" /* erase what is right of the cursor */
#define REST	  "\033[J" /* and what is below */

bool redraw__possible(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
}

struct screen_size redraw__size(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return (struct screen_size){};
	return (struct screen_size){ size.ws_col, size.ws_row };
}

static bool noted;

void redraw__note(const char *doing, double seconds)
{
	noted = redraw__possible() && isatty(STDERR_FILENO);
	if (!noted)
		return;
	fflush(stdout);
	if (seconds > 0)
		fprintf(stderr, "%s for %.3g s (Ctrl-C ends it) ...", doing, seconds);
	else
		fprintf(stderr, "%s until Ctrl-C ...", doing);
}

void redraw__note_end(void)
{
	if (noted)
		fputs("\r" LINE_REST, stderr);
	noted = false;
}

void redraw__frame(const char *text, bool first)
{
	int rows = redraw__size().rows;

	/* Erasing the screen would lose what is on it: scroll it up. */
	for (int row = first ? rows : 0; row > 1; row--)
		putchar('\n');
	fputs(HOME CUT, stdout);
	/* The last row is the cursor's: one line more would scroll the first away. */
	for (int row = 1; *text && (row < rows || !rows); row++) {
		int len = strcspn(text, "\n");

		/* Behind a line as wide as the screen the cursor is on its last character. */
		printf(LINE_REST "%.*s", len, text);
		text += len;
		if (*text) {
			putchar('\n');
			text++;
		}
	}
	fputs(WRAP REST, stdout);
}
