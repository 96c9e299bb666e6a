/* SPDX-License-Identifier: GPL-2.0 */
/* The signals of a run, as descriptors to poll. */
#ifndef IPITRACE_RUN_SIGNALS_H
#define IPITRACE_RUN_SIGNALS_H

#include <stdbool.h>

struct signals {
	int stop_fd; /* readable for good after a signal that ends the run */
	int child_fd; /* readable when a child has ended, until signals__child_seen() */
};

/*
 * SIGINT, SIGTERM and SIGHUP end the run, but for a SIGHUP that is ignored
 * already, by nohup. Returns 0 or a negative errno.
 */
int signals__open(struct signals *signals);

/* Whether a signal has come that ends the run. */
bool signals__stop(const struct signals *signals);

/* The name of such a signal, "SIGTERM"; NULL: none has come. */
const char *signals__stopped_by(void);

void signals__child_seen(const struct signals *signals);

/* Closes child_fd: stdout and stderr need the other until the process ends. */
void signals__close(struct signals *signals);

#endif /* IPITRACE_RUN_SIGNALS_H */
