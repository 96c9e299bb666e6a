// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/diag.h"
#include "run/patience.h"

struct patience {
	pthread_t thread;
	int ms;
	int pipe[2]; /* closed at one end, it ends the thread */
	char *message;
};

static void *wait_and_say(void *ctx)
{
	const struct patience *p = ctx;
	struct pollfd end = { .fd = p->pipe[0], .events = POLLIN };

	if (!poll(&end, 1, p->ms))
		fail(EXIT_DONE, "%s", p->message);
	return NULL;
}

static void patience_free(struct patience *p)
{
	close(p->pipe[0]);
	free(p->message);
	free(p);
}

struct patience *patience__begin(uint64_t ns, const char *message)
{
	struct patience *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->ms = ns / 1000000;
	p->message = strdup(message);
	if (!p->message || pipe2(p->pipe, O_CLOEXEC)) {
		free(p->message);
		free(p);
		return NULL;
	}
	if (!pthread_create(&p->thread, NULL, wait_and_say, p))
		return p;
	close(p->pipe[1]);
	patience_free(p);
	return NULL;
}

void patience__end(struct patience *p)
{
	if (!p)
		return;
	close(p->pipe[1]);
	pthread_join(p->thread, NULL);
	patience_free(p);
}
