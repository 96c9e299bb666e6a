// SPDX-License-Identifier: GPL-2.0
/* Top's terminal, played by a pty: keys, the mouse, sizes, inks, a stop, an end; a terminal that hangs. */
#include "view/top/screen.h"
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include "skip.h"
#include "unit.h"

#define WIDTH  40
#define HEIGHT 10
#define STATUS 42 /* of a run that should end, and whose terminal hangs */

/* What the process on the terminal tells the test. */
static struct shared {
	_Atomic int begun, ready; /* SIGTERM is blocked; the first page is drawn */
	_Atomic int signals; /* how often it was asked to draw again */
	_Atomic int nr;
	struct input inputs[64];
	int width, height;
	bool utf8, gone;
	char mouse[16]; /* what begins a report of the mouse */
} * shared;

static int master, slave;
static pid_t child;

/* For the leak sanitizer: ncurses keeps a terminal that was ended, as the program may go on with it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:_nc_setupterm\n";
}
static char shown[1 << 16]; /* what the terminal got */
static size_t shown_len;
static struct termios before;

char *tigetstr(const char *name);

/* Read what the terminal gets for @ms, and longer while more comes. */
static void pump(int ms)
{
	struct pollfd fd = { .fd = master, .events = POLLIN };

	while (poll(&fd, 1, ms) > 0 && fd.revents & POLLIN) {
		ssize_t n = read(master, shown + shown_len, sizeof(shown) - 1 - shown_len);

		if (n <= 0)
			break;
		shown_len += n;
	}
	shown[shown_len] = '\0';
}

/* Wait until *@counter is @least; a busy machine may take long. */
static bool counts(const _Atomic int *counter, int least)
{
	for (int i = 0; i < 20000 && *counter < least; i++)
		pump(1);
	return *counter >= least;
}

static void canvas_fill(struct canvas *canvas)
{
	static const char *const texts[NR_INKS] = { "plain", "Head", "Dim", "Alert", "Select", "h0",
						    "h1",    "h2",   "h3",  "h4",    "h5" };

	canvas__clear(canvas);
	for (int ink = 0; ink < NR_INKS && ink < canvas->height; ink++)
		canvas__put(canvas, ink, 2, 9, ink, texts[ink]);
}

/* The process on the terminal, until the key 'q' or the end of the terminal. */
static void __attribute__((noreturn)) run(bool fill)
{
	struct canvas canvas = {};
	sigset_t term;
	int fds;

	/* Its own group may stop: the test, in another group of the session, is its parent. */
	setpgid(0, 0);
	dup2(slave, STDIN_FILENO);
	dup2(slave, STDOUT_FILENO);
	close(slave);
	close(master);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	fds = list_fds(NULL);
	if (terminal__open(STATUS) || terminal__begin(&canvas))
		_exit(1);
	shared->width = canvas.width;
	shared->height = canvas.height;
	shared->utf8 = canvas.utf8;
	snprintf(shared->mouse, sizeof(shared->mouse), "%s", tigetstr("kmous"));
	shared->begun = 1;
	while (!shared->gone) {
		struct pollfd fd = { .fd = terminal__fd(), .events = POLLIN };
		struct input *input = &shared->inputs[shared->nr];

		if (fill)
			for (int i = 0; i < canvas.width * canvas.height; i++)
				canvas.glyphs[i].ch = 'a' + rand() % 26;
		else
			canvas_fill(&canvas);
		terminal__draw(&canvas);
		shared->ready = 1;
		poll(&fd, 1, -1);
		if (terminal__signals(&canvas)) {
			shared->width = canvas.width;
			shared->height = canvas.height;
			shared->signals++;
		}
		while (terminal__input(input, &shared->gone)) {
			if (input->key == SCREEN_CHAR && input->ch == 'q') {
				terminal__end();
				terminal__end();
				_exit(list_fds(NULL) == fds ? 0 : 4);
			}
			input = &shared->inputs[++shared->nr];
		}
	}
	terminal__end();
	_exit(3);
}

static void begin(int width, int height, bool fill)
{
	struct winsize size = { .ws_row = height, .ws_col = width };

	memset(shared, 0, sizeof(*shared));
	shown_len = 0;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
	tcgetattr(slave, &before);
	fflush(NULL);
	child = fork();
	if (!child)
		run(fill);
	assert_true(child > 0);
}

static void type(const char *keys)
{
	assert_int_equal(write(master, keys, strlen(keys)), strlen(keys));
}

/* Returns the exit status of the process. */
static int end(void)
{
	int status;
	pid_t ended;

	while (!(ended = waitpid(child, &status, WNOHANG)))
		pump(1);
	pump(0);
	assert_int_equal(ended, child);
	assert_true(WIFEXITED(status));
	close(master);
	close(slave);
	return WEXITSTATUS(status);
}

static bool is_unknown(void)
{
	return skip_if(!terminal__known(), "ncurses does not know xterm-256color");
}

TEST(keys_have_names)
{
	static const struct {
		const char *bytes;
		enum screen_key key;
		int ch;
	} keys[] = {
		{ "\033OA", SCREEN_UP, 0 },
		{ "\033OB", SCREEN_DOWN, 0 },
		{ "\033[5~", SCREEN_PAGE_UP, 0 },
		{ "\033[6~", SCREEN_PAGE_DOWN, 0 },
		{ "\033OH", SCREEN_HOME, 0 },
		{ "\033OF", SCREEN_END, 0 },
		{ "\r", SCREEN_ENTER, 0 },
		{ "\n", SCREEN_ENTER, 0 },
		{ "\033OC", SCREEN_ENTER, 0 },
		{ "\033OD", SCREEN_BACK, 0 },
		{ "\177", SCREEN_BACK, 0 },
		{ "\b", SCREEN_BACK, 0 },
		{ "\t", SCREEN_NEXT, 0 },
		{ "\033[Z", SCREEN_PREVIOUS, 0 },
		{ " ", SCREEN_CHAR, ' ' },
		{ "~", SCREEN_CHAR, '~' },
		/* Others are no keys. */
		{ "\001\037\033[15~7", SCREEN_CHAR, '7' },
		{ "\033", SCREEN_ESCAPE, 0 },
	};

	if (is_unknown())
		return;
	begin(WIDTH, HEIGHT, false);
	assert_true(counts(&shared->ready, 1));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		type(keys[i].bytes);
		assert_true(counts(&shared->nr, i + 1));
		assert_int_equal(shared->inputs[i].key, keys[i].key);
		if (keys[i].ch)
			assert_int_equal(shared->inputs[i].ch, keys[i].ch);
	}
	type("q");
	assert_int_equal(end(), 0);
}

/* Reports a press of @button at column 5 and line 3. */
static void click(int button)
{
	char bytes[32];

	if (strstr(shared->mouse, "<"))
		snprintf(bytes, sizeof(bytes), "%s%d;5;3M", shared->mouse, button);
	else
		snprintf(bytes, sizeof(bytes), "%s%c%%#", shared->mouse, 32 + button);
	type(bytes);
}

TEST(the_mouse_has_a_place)
{
	static const struct {
		int button;
		enum screen_key key;
	} rows[] = { { 0, SCREEN_CLICK }, { 64, SCREEN_UP }, { 65, SCREEN_DOWN } };

	if (is_unknown())
		return;
	begin(WIDTH, HEIGHT, false);
	assert_true(counts(&shared->ready, 1));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		click(rows[i].button);
		assert_true(counts(&shared->nr, i + 1));
		assert_members(shared->inputs[i], key, rows[i].key, x, 4, y, 2);
	}
	/* The third button does nothing. */
	click(2);
	type("w");
	assert_true(counts(&shared->nr, 4));
	assert_members(shared->inputs[3], key, SCREEN_CHAR, ch, 'w');
	type("q");
	assert_int_equal(end(), 0);
}

/* The terminal has other modes while the screen is shown, and gets its own back. */
TEST(the_terminal_gets_its_state_back)
{
	struct termios modes;
	int status;

	if (is_unknown())
		return;
	begin(WIDTH, HEIGHT, false);
	assert_true(counts(&shared->ready, 1));
	assert_members(*shared, width, WIDTH, height, HEIGHT);
	tcgetattr(slave, &modes);
	assert_int_equal(modes.c_lflag & (ICANON | ECHO), 0);
	assert_int_equal(modes.c_iflag & ICRNL, 0);
	assert_int_equal(modes.c_lflag & ISIG, ISIG);
	assert_int_equal(modes.c_cc[VQUIT], _POSIX_VDISABLE);
	assert_has(shown, "\033[?1049h", "\033[?25l");
	assert_lacks(shown, "\033[?1049l");
	type("q");
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	tcgetattr(slave, &modes);
	assert_int_equal(modes.c_lflag, before.c_lflag);
	assert_int_equal(modes.c_iflag, before.c_iflag);
	assert_int_equal(modes.c_cc[VQUIT], before.c_cc[VQUIT]);
	pump(0);
	close(master);
	close(slave);
	assert_has(shown, "\033[?1049l", "\033[?25h");
}

/* An ink has its attribute and its colour; heat gets brighter. */
TEST(inks_are_attributes_and_colours)
{
	if (is_unknown())
		return;
	begin(WIDTH, NR_INKS, false);
	assert_true(counts(&shared->ready, 1));
	pump(200);
	assert_has(shown, "plain", "1mHead", "2mDim", "7mSelect", "\033[31mAlert");
	assert_has(shown, "38;5;60mh0", "38;5;31mh1", "38;5;36mh2", "38;5;71mh3", "38;5;149mh4",
		   "38;5;226mh5");
	type("q");
	assert_int_equal(end(), 0);
}

/* What a terminal of @name shows of the inks; NULL: ncurses does not know the terminal. */
static const char *inks_of(const char *name)
{
	setenv("TERM", name, 1);
	if (!terminal__known())
		return NULL;
	begin(WIDTH, NR_INKS, false);
	assert_true(counts(&shared->ready, 1));
	pump(200);
	type("q");
	assert_int_equal(end(), 0);
	return shown;
}

static int use_usual_terminal(void **state)
{
	setenv("TERM", "xterm-256color", 1);
	style__set(true);
	return 0;
}

TEST(eight_colours_are_enough, NULL, use_usual_terminal)
{
	const char *text = inks_of("xterm");

	if (skip_if(!text, "ncurses does not know xterm"))
		return;
	assert_has(text, "31mAlert", "34mh0", "36mh2", "32mh3", "33mh4", "h5");
	assert_lacks(text, "38;5;");
}

TEST(without_colours_there_are_attributes, NULL, use_usual_terminal)
{
	const char *text;

	style__set(false);
	text = inks_of("xterm-256color");
	if (skip_if(!text, "ncurses does not know xterm-256color"))
		return;
	assert_has(text, "plain", "1mHead", "2mDim", "1mAlert", "7mSelect", "h0", "1mh5");
	assert_lacks(text, "31m", "33m", "34m", "36m", "38;5;");
}

TEST(a_new_size_is_a_new_canvas)
{
	struct winsize size = { .ws_row = 7, .ws_col = 31 };

	if (is_unknown())
		return;
	begin(WIDTH, HEIGHT, false);
	assert_true(counts(&shared->ready, 1));
	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	kill(child, SIGWINCH);
	assert_true(counts(&shared->signals, 1));
	assert_members(*shared, width, 31, height, 7);
	/* A size that is not known changes nothing. */
	size.ws_col = 0;
	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	kill(child, SIGWINCH);
	assert_true(counts(&shared->signals, 2));
	assert_members(*shared, width, 31, height, 7);
	type("q");
	assert_int_equal(end(), 0);
}

/* Ctrl-Z: the shell's terminal is as before, until the process goes on. */
TEST(a_stopped_run_leaves_the_terminal)
{
	struct termios modes;
	pid_t stopped;
	int status;

	if (is_unknown())
		return;
	begin(WIDTH, HEIGHT, false);
	assert_true(counts(&shared->ready, 1));
	pump(50);
	kill(child, SIGTSTP);
	while (!(stopped = waitpid(child, &status, WNOHANG | WUNTRACED)))
		pump(1);
	pump(0);
	assert_int_equal(stopped, child);
	assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
	assert_has(shown, "\033[?1049l");
	tcgetattr(slave, &modes);
	assert_int_equal(modes.c_lflag & (ICANON | ECHO), before.c_lflag & (ICANON | ECHO));
	shown_len = 0;
	kill(child, SIGCONT);
	assert_true(counts(&shared->signals, 1));
	pump(200);
	assert_has(shown, "\033[?1049h", "plain");
	type("q");
	assert_int_equal(end(), 0);
}

TEST(a_terminal_that_is_gone_is_noticed)
{
	int status;

	if (is_unknown())
		return;
	begin(WIDTH, HEIGHT, false);
	assert_true(counts(&shared->ready, 1));
	close(slave);
	close(master);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
	assert_true(shared->gone);
}

/* Nobody reads what is drawn, and the run should end. */
TEST(a_terminal_that_hangs_is_left)
{
	struct termios modes;
	int status;

	if (is_unknown())
		return;
	begin(500, 200, true);
	assert_true(counts(&shared->begun, 1));
	kill(child, SIGTERM);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), STATUS);
	tcgetattr(slave, &modes);
	assert_int_equal(modes.c_lflag & (ICANON | ECHO), before.c_lflag & (ICANON | ECHO));
	close(master);
	close(slave);
}

static int setup_group(void **state)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	setenv("TERM", "xterm-256color", 1);
	unsetenv("NO_COLOR");
	style__set(true);
	return shared == MAP_FAILED ? -1 : 0;
}

TEST_MAIN(setup_group, NULL)
