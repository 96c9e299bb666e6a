// SPDX-License-Identifier: GPL-2.0
/* A page that is redrawn in place, the key that ends it, and what a terminal shows of styles; on a pty. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <utmp.h>
#include "terminal.h"
#include "unit.h"
#include "view/words/words.h"

/* Fails unless @print(@of) writes @want to a terminal of @columns. */
static void check_print(int columns, void (*print)(const void *of), const void *of,
			const char *want)
{
	char *text = terminal_print(columns, print, of);

	assert_string_equal(text, want);
	free(text);
}

/* What the environment is for a process that prints. */
struct environment {
	const char *term, *no_color;
	int set; /* style__set(); -1: not called */
	const char *shown;
};

static void print_styles(const void *of)
{
	const struct environment *e = of;

	e->term ? setenv("TERM", e->term, 1) : unsetenv("TERM");
	e->no_color ? setenv("NO_COLOR", e->no_color, 1) : unsetenv("NO_COLOR");
	if (e->set >= 0)
		style__set(e->set);
	printf("%sa%s%sb%s%sc%s%sd%s%d", style__on(STYLE_PLAIN), style__off(),
	       style__on(STYLE_HEAD), style__off(), style__on(STYLE_DIM), style__off(),
	       style__on(STYLE_ALERT), style__off(), redraw__possible());
}

#define STYLED "a\033[0m\033[1mb\033[0m\033[2mc\033[0m\033[1;31md\033[0m1"

TEST(styles_are_for_terminals_with_colours)
{
	static const struct environment rows[] = {
		{ "xterm", NULL, -1, STYLED }, { "xterm", "", -1, STYLED },
		{ "xterm", "1", -1, "abcd1" }, { "dumb", NULL, -1, "abcd0" },
		{ NULL, NULL, -1, "abcd0" },   { "xterm", "1", 1, STYLED },
		{ "xterm", NULL, 0, "abcd1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_print(80, print_styles, &rows[i], rows[i].shown);
}

static void print_line(const void *of)
{
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	style__line(STYLE_HEAD, "%s %d", "line", 7);
}

static void print_widths(const void *of)
{
	printf("%d %d %d", style__columns(), style__width(30), style__width(10));
}

TEST(a_page_is_as_wide_as_its_terminal)
{
	static const struct {
		int columns;
		const char *shown;
	} rows[] = {
		{ 0, "80 30 10" }, { 39, "40 1 1" },  { 40, "40 1 1" },	  { 41, "41 1 1" },
		{ 52, "52 2 1" },  { 79, "79 29 9" }, { 80, "80 30 10" }, { 81, "80 30 10" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_print(rows[i].columns, print_widths, NULL, rows[i].shown);
	check_print(80, print_line, NULL, "\033[1mline 7\033[0m\n");
}

/* The size stays known after stdout has become a pipe. */
static void print_fixed(const void *of)
{
	int terminal = dup(STDOUT_FILENO), file = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct screen_size none, size;

	dup2(file, STDOUT_FILENO);
	none = redraw__size();
	dup2(terminal, STDOUT_FILENO);
	style__fix();
	dup2(file, STDOUT_FILENO);
	size = redraw__size();
	dup2(terminal, STDOUT_FILENO);
	printf("%d %d %d %d", none.columns, none.rows, size.columns, size.rows);
}

static void print_notes(const void *of)
{
	setenv("TERM", of ? "xterm" : "dumb", 1);
	dup2(STDOUT_FILENO, STDERR_FILENO);
	redraw__note_end();
	redraw__note("attaching");
	redraw__note_end();
	redraw__note_end();
	redraw__note_run("recording", 2.5);
	redraw__note_end();
	redraw__note_run("recording", 0);
	redraw__note_end();
}

TEST(a_note_is_there_until_something_is_printed)
{
	check_print(80, print_fixed, NULL, "0 0 80 30");
	check_print(80, print_notes, "",
		    "attaching ...\r\033[K"
		    "recording for 2.5 s (Ctrl-C ends it) ...\r\033[K"
		    "recording until Ctrl-C ...\r\033[K");
	check_print(80, print_notes, NULL, "");
}

static void print_frames(const void *of)
{
	redraw__frame(of, true);
	redraw__frame("x\n", false);
}

/* The last row stays empty: a newline there would scroll. */
TEST(a_frame_has_a_row_less_than_the_terminal)
{
	char text[128] = "", want[512] = "";

	for (int i = 0; i < TERMINAL_ROWS + 2; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d\n", i);
	for (int i = 1; i < TERMINAL_ROWS; i++)
		strcat(want, "\n");
	strcat(want, "\033[H\033[?7l");
	for (int i = 0; i < TERMINAL_ROWS - 1; i++)
		snprintf(want + strlen(want), sizeof(want) - strlen(want), "\033[K%d\n", i);
	strcat(want, "\033[?7h\033[J\033[H\033[?7l\033[Kx\n\033[?7h\033[J");
	check_print(80, print_frames, text, want);
}

/* What the process on the terminal tells the test. */
static struct shared {
	_Atomic int ready, looks;
	_Atomic bool over;
} * shared;

static int master, slave;
static struct termios before;
static pid_t child;

static void __attribute__((noreturn)) run(void)
{
	bool pressed = false;

	setpgid(0, 0);
	dup2(slave, STDIN_FILENO);
	close(slave);
	close(master);
	if (quit_key__pressed() || quit_key__fd() >= 0 || !quit_key__open() ||
	    quit_key__fd() != STDIN_FILENO)
		_exit(1);
	shared->ready = 1;
	while (!pressed && quit_key__fd() >= 0) {
		pressed = quit_key__pressed();
		shared->looks++;
		usleep(1000);
	}
	quit_key__close();
	_exit(pressed ? 7 : 8);
}

static void begin(void)
{
	memset(shared, 0, sizeof(*shared));
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	tcgetattr(slave, &before);
	fflush(NULL);
	child = fork();
	if (!child)
		run();
	for (int i = 0; i < 20000 && !shared->ready; i++)
		usleep(1000);
	assert_int_equal(shared->ready, 1);
}

/* Wait until the process has looked for a key after now. */
static void pass_look(void)
{
	int from = shared->looks;

	for (int i = 0; i < 20000 && shared->looks < from + 2; i++)
		usleep(1000);
	assert_true(shared->looks >= from + 2);
}

static int end(void)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Whether the terminal has the modes that it had before. */
static bool has_its_modes(void)
{
	struct termios modes;

	tcgetattr(slave, &modes);
	return modes.c_lflag == before.c_lflag && modes.c_cc[VQUIT] == before.c_cc[VQUIT] &&
	       modes.c_cc[VMIN] == before.c_cc[VMIN];
}

static bool has_modes_of_a_page(void)
{
	struct termios modes;

	tcgetattr(slave, &modes);
	return !(modes.c_lflag & (ICANON | ECHO)) && modes.c_lflag & ISIG &&
	       modes.c_cc[VQUIT] == _POSIX_VDISABLE && !modes.c_cc[VMIN] && !modes.c_cc[VTIME];
}

TEST(a_key_ends_the_page)
{
	static const char *const keys[] = { "q", "Q", "xyzq", "aQb" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		begin();
		assert_true(has_modes_of_a_page());
		assert_int_equal(write(master, "xyz\n", 4), 4);
		pass_look();
		assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
		assert_int_equal(write(master, keys[i], strlen(keys[i])), strlen(keys[i]));
		assert_int_equal(end(), 7);
		assert_true(has_its_modes());
		close(master);
		close(slave);
	}
}

TEST(a_stopped_page_leaves_the_terminal)
{
	int status;

	begin();
	kill(child, SIGTSTP);
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
	assert_true(has_its_modes());
	kill(child, SIGCONT);
	pass_look();
	assert_true(has_modes_of_a_page());
	/* A second time, too. */
	kill(child, SIGTSTP);
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status));
	kill(child, SIGCONT);
	pass_look();
	assert_int_equal(write(master, "q", 1), 1);
	assert_int_equal(end(), 7);
	close(master);
	close(slave);
}

TEST(a_terminal_that_is_gone_has_no_key)
{
	begin();
	close(slave);
	close(master);
	assert_int_equal(end(), 8);
}

/* In the background a process takes no keys: the kernel would stop it. */
TEST(a_page_in_the_background_takes_no_keys)
{
	int status;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	fflush(NULL);
	child = fork();
	if (!child) {
		pid_t other;

		close(master);
		if (login_tty(slave))
			_exit(1);
		other = fork();
		if (!other) {
			setpgid(0, 0);
			_exit(quit_key__open() || quit_key__fd() >= 0 ? 2 : 0);
		}
		if (waitpid(other, &status, 0) != other || status)
			_exit(3);
		_exit(quit_key__open() && quit_key__fd() == STDIN_FILENO ? 0 : 4);
	}
	assert_int_equal(end(), 0);
	close(master);
	close(slave);
}

static int setup_group(void **state)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	return shared == MAP_FAILED ? -1 : 0;
}

TEST_MAIN(setup_group, NULL)
