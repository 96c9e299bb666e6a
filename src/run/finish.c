// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/privileges.h"
#include "collect/kinds.h"
#include "host/cgroups.h"
#include "host/interrupts.h"
#include "host/machine.h"
#include "host/symbols.h"
#include "host/task_files.h"
#include "host/user_symbols.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "run/finish.h"

struct finisher {
	struct symbols *symbols; /* NULL: addresses stay addresses */
	struct user_symbols *users; /* NULL: the user's side of stacks is not asked for */
	struct cgroups *cgroups; /* NULL: cgroups have no paths */
	bool syslog; /* when the names' file was opened this process had CAP_SYSLOG */
	struct interrupts *interrupts; /* NULL: arrivals stay unknown */
	struct arrivals since; /* interrupts since the last cut */
	struct host host;
};

int finisher__open(struct finisher **out)
{
	struct finisher *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	if (symbols__open(&f->symbols, NULL, NULL))
		f->symbols = NULL;
	f->syslog = privileges__have(CAP_SYSLOG);
	if (cgroups__open(&f->cgroups, NULL))
		f->cgroups = NULL;
	if (interrupts__open(&f->interrupts, NULL))
		f->interrupts = NULL;
	*out = f;
	return 0;
}

void finisher__close(struct finisher *f)
{
	if (!f)
		return;
	symbols__close(f->symbols);
	user_symbols__close(f->users);
	cgroups__close(f->cgroups);
	interrupts__close(f->interrupts);
	free(f);
}

struct symbols *finisher__symbols(struct finisher *f)
{
	return f->symbols;
}

int finisher__users(struct finisher *f)
{
	return user_symbols__open(&f->users);
}

bool finisher__users_gone(const struct finisher *f, char *how, size_t size)
{
	return user_symbols__gone(f->users, how, size);
}

void finisher__begin_turn(struct finisher *f)
{
	user_symbols__look(f->users);
}

bool finisher__name_stack(void *finisher, uint32_t tgid, const struct user_stack *stack)
{
	return user_symbols__glance(((struct finisher *)finisher)->users, tgid, stack);
}

void finisher__begin(struct finisher *f)
{
	finisher__cut(f);
}

void finisher__cut(struct finisher *f)
{
	interrupts__since(f->interrupts, &f->since);
}

int finisher__finish(struct finisher *f, struct snapshot *snap, const struct collect_config *config,
		     bool nameless)
{
	int err = 0;

	machine__read(&f->host);
	snap->host = &f->host;
	if (f->symbols && !nameless)
		err = symbols__resolve(f->symbols, snap, mono_ns());
	if (f->symbols && !nameless && !err && symbols__hidden(f->symbols))
		snap->how.names = f->syslog ? NAMES_RESTRICTED : NAMES_NEED_SYSLOG;
	user_symbols__resolve(f->users, snap);
	if (!nameless)
		cgroups__resolve(f->cgroups, snap);
	if (!err)
		err = kinds__complete(snap, config, &f->since, f->host.name.machine);
	if (!err && snap->known.self)
		snap->rss_bytes = self__rss_peak();
	return err ? err : snapshot__rank(snap);
}
