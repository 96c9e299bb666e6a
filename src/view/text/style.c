// SPDX-License-Identifier: GPL-2.0
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "view/text/redraw.h"
#include "view/text/style.h"

static int coloured = -1; /* unknown yet */

static bool colours(void)
{
	if (coloured < 0) {
		const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

		coloured = isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb");
	}
	return coloured;
}

void style__plain(void)
{
	coloured = false;
}

static bool utf8(void)
{
	static int is = -1;

	if (is < 0) {
		setlocale(LC_CTYPE, "");
		is = !strcmp(nl_langinfo(CODESET), "UTF-8");
	}
	return is;
}

const char *style__on(enum style style)
{
	static const char *const on[] = {
		[STYLE_PLAIN] = "",
		[STYLE_HEAD] = "\033[1m",
		[STYLE_DIM] = "\033[2m",
		[STYLE_ALERT] = "\033[1;31m",
	};

	return colours() ? on[style] : "";
}

const char *style__off(void)
{
	return colours() ? "\033[0m" : "";
}

int style__columns(void)
{
	static int columns;

	if (!columns) {
		int have = redraw__size().columns;

		columns = !have || have > STYLE_COLUMNS ? STYLE_COLUMNS :
			  have < STYLE_NARROW		? STYLE_NARROW :
							  have;
	}
	return columns;
}

int style__width(int width)
{
	int left = width - (STYLE_COLUMNS - style__columns());

	return left > 1 ? left : 1;
}

const char *style__bar(char buf[BAR_BYTES], uint64_t n, uint64_t max, int width)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };
	long eighth = max ? lround(n * 8.0 * width / max) : 0;
	char *p = buf;

	if (n && !eighth && width)
		eighth = 1;
	if (eighth > 8 * width)
		eighth = 8 * width;
	if (!utf8()) {
		long whole = (eighth + 7) / 8;

		memset(buf, '#', whole);
		buf[whole] = '\0';
		return buf;
	}
	for (*p = '\0'; eighth > 0; eighth -= 8)
		p = stpcpy(p, eighths[eighth > 8 ? 8 : eighth]);
	return buf;
}

#define SHADES 4

const char *style__shade(uint64_t n, uint64_t max)
{
	static const char *const blocks[] = { "░", "▒", "▓", "█" };
	static const char *const plain[] = { ".", "+", "x", "#" };
	/* One step lighter for each factor of ten below @max. */
	int step = n ? SHADES - 1 - (int)floor(log10((double)max / n)) : 0;

	if (!n)
		return " ";
	step = step < 0 ? 0 : step < SHADES ? step : SHADES - 1;
	return (utf8() ? blocks : plain)[step];
}

const char *style__shades(void)
{
	return utf8() ? "░▒▓█" : ".+x#";
}
