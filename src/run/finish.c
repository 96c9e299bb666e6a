// SPDX-License-Identifier: GPL-2.0
#include <linux/capability.h>
#include "base/clock.h"
#include "base/privileges.h"
#include "collect/kinds.h"
#include "host/cgroups.h"
#include "host/machine.h"
#include "run/parts.h"

void finisher__open(struct finisher *f)
{
	if (symbols__open(&f->symbols, NULL, NULL))
		f->symbols = NULL;
	f->syslog = privileges__have(CAP_SYSLOG);
	if (cgroups__open(&f->cgroups, NULL))
		f->cgroups = NULL;
	if (interrupts__open(&f->interrupts, NULL))
		f->interrupts = NULL;
}

void finisher__close(struct finisher *f)
{
	symbols__close(f->symbols);
	user_symbols__close(f->users);
	cgroups__close(f->cgroups);
	interrupts__close(f->interrupts);
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
