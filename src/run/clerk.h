/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clerk: a process that is forked while ipitrace is root, and keeps the rights that
 * ipitrace gives up. It does three things, of which all words come from the command line:
 * creates and names the files of the flight recorder, sends --signal, and starts --exec.
 * It reads requests of fixed size, which hold numbers alone.
 *
 * The scheduler may put the clerk on a CPU that is stuck. So a file is there before
 * something happens, and gets its name when it is whole.
 */
#ifndef IPITRACE_RUN_CLERK_H
#define IPITRACE_RUN_CLERK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/trigger.h"

struct clerk;

struct clerk_config {
	const char *path; /* of the file that is there; the others get a time before the first dot */
	uint32_t max_files; /* with a time; the oldest of the run gives way to a new one */
	const char *exec; /* for /bin/sh -c; NULL: nothing */
	uint32_t signal; /* the process that gets SIGUSR1; 0: none */
};

/*
 * As root, before there is a thread or a BPF program: create the first file. Returns an
 * exit status; a failure has been reported. The strings must live as long as the clerk.
 */
int clerk__open(struct clerk **clerk, const struct clerk_config *config);

/* The functions below are called by one thread at a time. */

/* Something happened: --signal. Does not wait. */
void clerk__happened(struct clerk *clerk);

/*
 * The descriptor of an empty file, the caller's; or a negative errno: -ETIMEDOUT, there was
 * none within 2 s.
 */
int clerk__file(struct clerk *clerk);

/*
 * That file is finished, and gets its name, which is then in @name (@size bytes); @whole:
 * --exec. Does not wait.
 */
void clerk__finished(struct clerk *clerk, const struct trigger *trigger, bool whole, char *name,
		     size_t size);

/* Ends the clerk, once it has done what it was asked for; CMD goes on. @clerk may be NULL. */
void clerk__close(struct clerk *clerk);

#endif /* IPITRACE_RUN_CLERK_H */
