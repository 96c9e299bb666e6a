// SPDX-License-Identifier: GPL-2.0
/* The terminal, by ncurses. screen.h comes first: term.h has macros named columns and lines. */
#include "view/top/screen.h"
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* How long ncurses waits for the rest of a key's sequence after an Escape, ms. */
#define ESCAPE_MS 50

/* How long a run that should end waits for the terminal to accept output, s. */
#define GIVE_UP_S 1

static struct {
	bool shown; /* ncurses has the terminal */
	SCREEN *screen;
	struct termios before; /* the modes that the terminal gets back */
	int signal_fd, epoll_fd;
	int status; /* exit status if the terminal accepts no output */
	int own_fd; /* the terminal, non-blocking; other processes share the flags of stdout */
	sigset_t signals; /* those that signal_fd reports */
	attr_t inks[NR_INKS];
	short pairs[NR_INKS];
	char leave[64]; /* the escape sequences that end the full-screen mode */
} terminal = { .signal_fd = -1, .epoll_fd = -1, .own_fd = -1 };

bool terminal__known(void)
{
	int err;

	return setupterm(NULL, STDOUT_FILENO, &err) == OK && cursor_address;
}

/*
 * Handles SIGALRM. If the terminal accepts no output (ssh hangs, Ctrl-S), ncurses waits in write(2)
 * while the signals that end the run are blocked. So check whether one of these is pending, and if
 * so, give the terminal its former state back without waiting, and exit. All functions called here
 * are async-signal-safe.
 */
static void check_hang(int signo)
{
	sigset_t pending;

	(void)signo;
	if (sigpending(&pending) ||
	    !(sigismember(&pending, SIGTERM) > 0 || sigismember(&pending, SIGHUP) > 0 ||
	      sigismember(&pending, SIGINT) > 0)) {
		alarm(GIVE_UP_S);
		return;
	}
	tcflush(STDOUT_FILENO, TCOFLUSH);
	tcsetattr(STDOUT_FILENO, TCSANOW, &terminal.before);
	/* Write as much of the sequences as the terminal accepts. */
	if (write(terminal.own_fd, terminal.leave, strlen(terminal.leave)) < 0)
		_exit(terminal.status);
	_exit(terminal.status);
}

/*
 * Handle a signal, unless the parent has made this process ignore it, as a shell without job
 * control does.
 */
static void add_signal(int signo)
{
	struct sigaction action;

	if (!sigaction(signo, NULL, &action) && action.sa_handler != SIG_IGN)
		sigaddset(&terminal.signals, signo);
}

static int add_fd(int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(terminal.epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int terminal__open(int status)
{
	struct sigaction action = { .sa_handler = check_hang, .sa_flags = SA_RESTART };
	int err;

	terminal.status = status;
	if (tcgetattr(STDOUT_FILENO, &terminal.before))
		return -errno;
	sigemptyset(&terminal.signals);
	add_signal(SIGTSTP);
	add_signal(SIGWINCH);
	if (sigprocmask(SIG_BLOCK, &terminal.signals, NULL) || sigaction(SIGALRM, &action, NULL))
		return -errno;
	/*
	 * A process in the background that sets the terminal's modes gets SIGTTOU. That must not
	 * stop this process, which resets the modes at its end.
	 */
	signal(SIGTTOU, SIG_IGN);
	terminal.own_fd = open("/proc/self/fd/1", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	terminal.signal_fd = signalfd(-1, &terminal.signals, SFD_CLOEXEC | SFD_NONBLOCK);
	terminal.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (terminal.signal_fd < 0 || terminal.epoll_fd < 0)
		return -errno;
	err = add_fd(terminal.signal_fd);
	return err ? err : add_fd(STDIN_FILENO);
}

int terminal__fd(void)
{
	return terminal.epoll_fd;
}

static void open_inks(void)
{
	/* Viridis: colour-blind readers can tell its steps apart; in grey they get lighter. */
	static const short viridis[HEATS] = { 60, 31, 36, 71, 149, 226 };
	static const short eight[HEATS] = { COLOR_BLUE,	 COLOR_BLUE,   COLOR_CYAN,
					    COLOR_GREEN, COLOR_YELLOW, COLOR_WHITE };

	terminal.inks[INK_HEAD] = A_BOLD;
	terminal.inks[INK_DIM] = A_DIM;
	terminal.inks[INK_ALERT] = A_BOLD;
	terminal.inks[INK_SELECTED] = A_REVERSE;
	terminal.inks[INK_HEAT + HEATS - 1] = A_BOLD;
	if (!style__wanted() || !has_colors() || start_color() == ERR || COLOR_PAIRS < NR_INKS)
		return;
	use_default_colors();
	init_pair(INK_ALERT, COLOR_RED, -1);
	terminal.pairs[INK_ALERT] = INK_ALERT;
	for (int i = 0; i < HEATS; i++) {
		init_pair(INK_HEAT + i, COLORS >= 256 ? viridis[i] : eight[i], -1);
		terminal.pairs[INK_HEAT + i] = INK_HEAT + i;
	}
}

int terminal__begin(struct canvas *canvas)
{
	const char *leave[3];
	struct termios modes;
	FILE *in, *out;

	setlocale(LC_CTYPE, "");
	canvas->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	/* Do not let ncurses use stdin and stdout, because it would share their buffers. */
	in = fdopen(STDIN_FILENO, "r");
	out = fdopen(STDOUT_FILENO, "w");
	terminal.screen = in && out ? newterm(NULL, out, in) : NULL;
	if (!terminal.screen)
		return -ENOTTY;
	terminal.shown = true;
	/* Remove the handler of ncurses, which would redraw inside a signal handler. */
	if (sigismember(&terminal.signals, SIGTSTP) > 0)
		signal(SIGTSTP, SIG_DFL);
	cbreak();
	/* Ctrl and a backslash (SIGQUIT) would end the process, and leave the screen as it is. */
	if (!tcgetattr(STDOUT_FILENO, &modes)) {
		modes.c_cc[VQUIT] = _POSIX_VDISABLE;
		tcsetattr(STDOUT_FILENO, TCSANOW, &modes);
		def_prog_mode();
	}
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	mousemask(BUTTON1_CLICKED | BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
	open_inks();
	leave[0] = exit_attribute_mode;
	leave[1] = cursor_normal;
	leave[2] = exit_ca_mode;
	terminal.leave[0] = '\0';
	for (size_t i = 0; i < sizeof(leave) / sizeof(*leave); i++)
		if (leave[i] && strlen(terminal.leave) + strlen(leave[i]) < sizeof(terminal.leave))
			strcat(terminal.leave, leave[i]);
	return canvas__resize(canvas, COLS, LINES);
}

void terminal__end(void)
{
	if (terminal.shown) {
		terminal.shown = false;
		alarm(GIVE_UP_S);
		endwin();
		alarm(0);
	}
	if (terminal.signal_fd >= 0)
		close(terminal.signal_fd);
	if (terminal.epoll_fd >= 0)
		close(terminal.epoll_fd);
	if (terminal.own_fd >= 0)
		close(terminal.own_fd);
	terminal.signal_fd = terminal.epoll_fd = terminal.own_fd = -1;
}

/* Stop the process, as SIGTSTP does by default. Returns when the process continues. */
static void stop_process(void)
{
	sigset_t stop;

	endwin();
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	/* The signal is blocked: the process stops here, until it is continued. */
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	clearok(curscr, TRUE);
	refresh();
}

bool terminal__signals(struct canvas *canvas)
{
	struct signalfd_siginfo info;
	struct winsize size;
	bool any = false;

	while (terminal.shown && read(terminal.signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTSTP)
			stop_process();
		/* The size of the window may also have changed while the process was stopped. */
		if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col &&
		    !canvas__resize(canvas, size.ws_col, size.ws_row))
			resizeterm(size.ws_row, size.ws_col);
		any = true;
	}
	return any;
}

static bool read_mouse(struct input *input)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return false;
	if (event.bstate & BUTTON4_PRESSED)
		input->key = SCREEN_UP;
	else if (event.bstate & BUTTON5_PRESSED)
		input->key = SCREEN_DOWN;
	else if (event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
		input->key = SCREEN_CLICK;
	else
		return false;
	input->x = event.x;
	input->y = event.y;
	return true;
}

static bool read_key(int ch, struct input *input)
{
	static const struct {
		int ch;
		enum screen_key key;
	} keys[] = {
		{ KEY_UP, SCREEN_UP },		{ KEY_DOWN, SCREEN_DOWN },
		{ KEY_PPAGE, SCREEN_PAGE_UP },	{ KEY_NPAGE, SCREEN_PAGE_DOWN },
		{ KEY_HOME, SCREEN_HOME },	{ KEY_END, SCREEN_END },
		{ KEY_ENTER, SCREEN_ENTER },	{ '\r', SCREEN_ENTER },
		{ '\n', SCREEN_ENTER },		{ KEY_RIGHT, SCREEN_ENTER },
		{ KEY_BACKSPACE, SCREEN_BACK }, { KEY_LEFT, SCREEN_BACK },
		{ 0x7f, SCREEN_BACK },		{ '\b', SCREEN_BACK },
		{ 0x1b, SCREEN_ESCAPE },	{ '\t', SCREEN_NEXT },
		{ KEY_BTAB, SCREEN_PREVIOUS },
	};

	if (ch == KEY_MOUSE)
		return read_mouse(input);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (keys[i].ch != ch)
			continue;
		input->key = keys[i].key;
		return true;
	}
	input->key = SCREEN_CHAR;
	input->ch = ch;
	return ch >= ' ' && ch < 0x7f;
}

bool terminal__input(struct input *input, bool *gone)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	int ch;

	while (terminal.shown) {
		ch = getch();
		if (ch == ERR)
			break;
		if (read_key(ch, input))
			return true;
	}
	/* getch() returned nothing: no key was pressed, or the terminal was closed. */
	*gone = poll(&fd, 1, 0) > 0 && (fd.revents & (POLLHUP | POLLERR | POLLNVAL));
	return false;
}

void terminal__draw(const struct canvas *canvas)
{
	struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (!terminal.shown || poll(&room, 1, 0) <= 0)
		return;
	for (int y = 0; y < canvas->height; y++)
		for (int x = 0; x < canvas->width; x++) {
			const struct glyph *glyph = &canvas->glyphs[y * canvas->width + x];
			wchar_t text[2] = { glyph->ch };
			cchar_t cell;

			setcchar(&cell, text, terminal.inks[glyph->ink], terminal.pairs[glyph->ink],
				 NULL);
			mvadd_wch(y, x, &cell);
		}
	alarm(GIVE_UP_S);
	refresh();
	alarm(0);
}
