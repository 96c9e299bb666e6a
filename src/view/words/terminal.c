// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "view/words/words.h"

static int asked = -1; /* whether style__set() asked for colours; -1: it was not called */
static int coloured = -1; /* the answer of has_colours(); -1: not asked yet */

void style__set(bool on)
{
	asked = coloured = on;
}

bool style__wanted(void)
{
	const char *no = getenv("NO_COLOR");

	return asked >= 0 ? asked : !(no && *no);
}

static bool has_colours(void)
{
	const char *term = getenv("TERM");

	if (coloured < 0)
		coloured = isatty(STDOUT_FILENO) && style__wanted() && term && strcmp(term, "dumb");
	return coloured;
}

void style__plain(void)
{
	coloured = false;
}

static bool has_utf8(void)
{
	static int utf8 = -1; /* -1: the locale was not asked yet */

	if (utf8 < 0) {
		setlocale(LC_CTYPE, "");
		utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	}
	return utf8;
}

const char *style__on(enum style style)
{
	static const char *const on[] = {
		[STYLE_PLAIN] = "",
		[STYLE_HEAD] = "\033[1m",
		[STYLE_DIM] = "\033[2m",
		[STYLE_ALERT] = "\033[1;31m",
	};

	return has_colours() ? on[style] : "";
}

const char *style__off(void)
{
	return has_colours() ? "\033[0m" : "";
}

void style__line(enum style style, const char *format, ...)
{
	va_list args;

	fputs(style__on(style), stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("%s\n", style__off());
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
	static const char *const blocks[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };
	long eighths = max ? lround(n * 8.0 * width / max) : 0; /* of a character */
	char *end = buf;

	if (n && !eighths && width)
		eighths = 1;
	if (eighths > 8 * width)
		eighths = 8 * width;
	if (!has_utf8()) {
		long characters = (eighths + 7) / 8;

		memset(buf, '#', characters);
		buf[characters] = '\0';
		return buf;
	}
	for (*end = '\0'; eighths > 0; eighths -= 8)
		end = stpcpy(end, blocks[eighths > 8 ? 8 : eighths]);
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
	return (has_utf8() ? blocks : plain)[step];
}

const char *style__shades(void)
{
	return has_utf8() ? "░▒▓█" : ".+x#";
}

#define HOME	  "\033[H"
#define CUT	  "\033[?7l" /* from now on lines that are too long are cut */
#define WRAP	  "\033[?7h" /* from now on such lines go on in the next line */
#define LINE_REST "\033[K" /* erase the rest of the line */
#define REST	  "\033[J" /* erase the rest of the screen */

bool redraw__possible(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
}

static struct screen_size fixed; /* by style__fix() */

struct screen_size redraw__size(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return fixed;
	return (struct screen_size){ size.ws_col, size.ws_row };
}

void style__fix(void)
{
	fixed = redraw__size();
	has_colours();
}

static bool noted;

void redraw__note(const char *doing)
{
	noted = redraw__possible() && isatty(STDERR_FILENO);
	if (!noted)
		return;
	fflush(stdout);
	fprintf(stderr, "%s ...", doing);
}

void redraw__note_run(const char *doing, double seconds)
{
	char text[80];

	if (seconds > 0)
		snprintf(text, sizeof(text), "%s for %.3g s (Ctrl-C ends it)", doing, seconds);
	else
		snprintf(text, sizeof(text), "%s until Ctrl-C", doing);
	redraw__note(text);
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

	/* Scroll the screen up, because erasing it would lose its content. */
	for (int row = first ? rows : 0; row > 1; row--)
		putchar('\n');
	fputs(HOME CUT, stdout);
	/* A newline in the last row would scroll the first line away: leave the last row empty. */
	for (int row = 1; *text && (row < rows || !rows); row++) {
		int len = strcspn(text, "\n");

		/* Erase first: after a line of full width the cursor is on its last character. */
		printf(LINE_REST "%.*s", len, text);
		text += len;
		if (*text) {
			putchar('\n');
			text++;
		}
	}
	fputs(WRAP REST, stdout);
}

/* A global variable, because a signal handler restores the modes. */
static struct {
	bool taken; /* the terminal has the page's modes */
	bool over; /* no key will come any more */
	struct termios before;
} keys;

/*
 * Whether this process is in the foreground. In the background it must neither read nor set modes:
 * the kernel would stop it.
 */
static bool in_foreground(void)
{
	pid_t group = tcgetpgrp(STDIN_FILENO);

	/* ENOTTY: this terminal does not control the process's session, so it stops no process. */
	return group < 0 ? errno == ENOTTY : group == getpgrp();
}

/*
 * Make the terminal deliver each key at once, and show no key; Ctrl-C and Ctrl-Z stay signals.
 * Calls only functions that a signal handler may call.
 */
static void set_modes(void)
{
	struct termios modes = keys.before;

	modes.c_lflag &= ~(ICANON | ECHO);
	modes.c_cc[VMIN] = 0;
	modes.c_cc[VTIME] = 0;
	/* SIGQUIT would end the process at once, and leave the modes. */
	modes.c_cc[VQUIT] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

/* Stop at Ctrl-Z: restore the terminal for the shell; when continued, set the page's modes. */
static void stop_page(int signo)
{
	struct sigaction own, plain = { .sa_handler = SIG_DFL };
	int err = errno;
	sigset_t stop;

	if (keys.taken)
		tcsetattr(STDIN_FILENO, TCSANOW, &keys.before);
	sigemptyset(&stop);
	sigaddset(&stop, signo);
	sigaction(signo, &plain, &own);
	raise(signo);
	/* The signal is blocked in its handler: the process stops here, until it is continued. */
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	sigaction(signo, &own, NULL);
	if (keys.taken && in_foreground())
		set_modes();
	errno = err;
}

bool quit_key__open(void)
{
	struct sigaction action = { .sa_handler = stop_page, .sa_flags = SA_RESTART }, was;

	if (tcgetattr(STDIN_FILENO, &keys.before) || !in_foreground())
		return false;
	if (!sigaction(SIGTSTP, NULL, &was) && was.sa_handler == SIG_DFL)
		sigaction(SIGTSTP, &action, NULL);
	keys.taken = true;
	set_modes();
	return true;
}

int quit_key__fd(void)
{
	return keys.taken && !keys.over && in_foreground() ? STDIN_FILENO : -1;
}

bool quit_key__pressed(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	char typed[64];
	ssize_t len;

	while (quit_key__fd() >= 0 && poll(&fd, 1, 0) > 0) {
		len = read(STDIN_FILENO, typed, sizeof(typed));
		/* The terminal is gone; a signal will end the run. */
		if (len <= 0)
			keys.over = true;
		for (ssize_t i = 0; i < len; i++)
			if (typed[i] == 'q' || typed[i] == 'Q')
				return true;
	}
	return false;
}

void quit_key__close(void)
{
	if (keys.taken && in_foreground())
		tcsetattr(STDIN_FILENO, TCSANOW, &keys.before);
	keys.taken = false;
}
