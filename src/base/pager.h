/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The user's pager, such as less(1): a long text on stdout can then be scrolled and searched. The
 * pager is $IPITRACE_PAGER, or $PAGER, or less; words are separated by blanks, and no shell reads
 * them. "cat" or an empty value: no pager.
 */
#ifndef IPITRACE_BASE_PAGER_H
#define IPITRACE_BASE_PAGER_H

/*
 * Start the pager if stdout is a terminal that can move its cursor, and let stdout be a pipe to the
 * pager. Ask the terminal for its width and colours before this call. Nothing may be in stdout's
 * buffer. If less cannot be started, stdout stays the terminal; if a pager that the user chose
 * cannot be started, a warning says so, too. From then on a SIGINT or SIGTERM ends this process
 * only after the pager has ended, because the shell would take the terminal from the pager.
 */
void pager__open(void);

/* Flush stdout, close the pipe, and wait until the pager ends. Does nothing without a pager. */
void pager__close(void);

#endif
