/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The terminal, by ncurses: shows a canvas, reads keys, and is put back as it was,
 * whatever ends the run. One terminal a process, since ncurses has globals.
 */
#ifndef IPITRACE_VIEW_TOP_TERMINAL_H
#define IPITRACE_VIEW_TOP_TERMINAL_H

#include <stdbool.h>
#include "view/top/canvas.h"
#include "view/top/screen.h"

/* Whether ncurses knows the terminal of $TERM; changes nothing. */
bool terminal__known(void);

/*
 * As root, while no other thread runs: blocks SIGTSTP and SIGWINCH, which
 * terminal__fd() then reports. SIGINT, SIGTERM and SIGHUP are blocked and stay pending.
 * @status: with which the process ends if the terminal takes nothing then. 0 or a
 * negative errno.
 */
int terminal__open(int status);

/* Show the screen in the place of the shell's lines. 0, or -ENOTTY: not with this terminal. */
int terminal__begin(struct canvas *canvas);

/* Put the terminal back as it was, and close all; may be called at any time, and again. */
void terminal__end(void);

/* Readable when there are keys or signals. */
int terminal__fd(void);

/* Stop or resize, if a signal asks for that. True: draw again. */
bool terminal__signals(struct canvas *canvas);

/* The next key; false: there is none now. *@gone: nobody is at the terminal any more. */
bool terminal__input(struct input *input, bool *gone);

/* Draw what has changed since the last time, if the terminal takes anything now. */
void terminal__draw(const struct canvas *canvas);

#endif /* IPITRACE_VIEW_TOP_TERMINAL_H */
