/* SPDX-License-Identifier: GPL-2.0 */
/* What a function prints to a terminal of a given width. */
#ifndef IPITRACE_TESTS_TERMINAL_H
#define IPITRACE_TESTS_TERMINAL_H

#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "unit.h"

#define TERMINAL_ROWS 30

/*
 * The text that @print(@of) writes to stdout, a terminal of @columns, in a process of its own, because
 * the program asks for the width once. The caller frees the text.
 */
static inline char *terminal_print(int columns, void (*print)(const void *of), const void *of)
{
	struct winsize size = { .ws_row = TERMINAL_ROWS, .ws_col = columns };
	struct termios modes;
	int master, slave, status;
	char bytes[4096], *text;
	size_t text_size;
	FILE *out = open_memstream(&text, &text_size);
	ssize_t len;
	pid_t child;

	assert_non_null(out);
	assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
	tcgetattr(slave, &modes);
	cfmakeraw(&modes);
	tcsetattr(slave, TCSANOW, &modes);
	fflush(NULL);
	child = fork();
	if (!child) {
		dup2(slave, STDOUT_FILENO);
		print(of);
		exit(0);
	}
	assert_true(child > 0);
	close(slave);
	/* EIO: the child, which had the terminal open last, has ended. */
	while ((len = read(master, bytes, sizeof(bytes))) > 0)
		fwrite(bytes, 1, len, out);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(master);
	fclose(out);
	return text;
}

#endif /* IPITRACE_TESTS_TERMINAL_H */
