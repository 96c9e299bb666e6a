// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include "base/clock.h"
#include "cli/diag.h"
#include "collect/config.h"
#include "collect/kcore/queues/dump.h"
#include "collect/kcore/queues/lasting.h"
#include "command/queue_report.h"
#include "command/vmcore_report.h"
#include "host/symbols.h"
#include "model/moment.h"
#include "model/symbol.h"
#include "run/configure.h"
#include "view/json/stamp.h"
#include "view/naming.h"

static void name(void *ctx, struct symbol *symbol, bool func)
{
	symbols__name(ctx, symbol, func);
}

/* An option that is about the run of a machine. NULL: none was given. */
static const char *of_a_run(const struct options *opts)
{
	return opts->program		? "PROGRAM" :
	       opts->duration		? "--duration" :
	       opts->threshold		? "--threshold" :
	       opts->housekeeping.given ? "--housekeeping" :
	       opts->ready_file		? "--ready-file" :
					  NULL;
}

static const struct cpuset *given(const struct cpu_list *list)
{
	return list->given ? &list->set : NULL;
}

/* Lines of JSON are of the dump's host. Returns an exit status. */
static int host_set(const struct dump_queues *q, struct moment *m, struct utsname *host)
{
	int64_t realtime;

	dump_queues__host(q, host, &realtime);
	wall_clock__set(realtime);
	/* Without the time of day there is none to show. */
	if (!realtime)
		m->now = 0;
	return stamp__set(host) ? fail(EXIT_FAILED, "start: %s", strerror(ENOMEM)) : EXIT_DONE;
}

/* Fill in @m and show it. Returns an exit status. */
static int show(const struct options *opts, struct dump_queues *q, struct moment *m)
{
	const struct naming naming = { .ctx = dump_queues__symbols(q), .symbol = name };
	struct queue_filter filter = {
		.cpus = given(&opts->cpus),
		.src = given(&opts->src),
		.dst = given(&opts->dst),
		.tgid = opts->pid,
	};
	struct collect_config config = {};
	struct utsname host;
	uint64_t *funcs = NULL;
	int err, status;

	err = dump_queues__look(q, m);
	if (err)
		return fail(EXIT_FAILED, "--vmcore %s: its CPUs cannot be read: %s", opts->vmcore,
			    strerror(-err));
	status = configure__funcs(opts, dump_queues__symbols(q), &config, &funcs);
	if (status != EXIT_DONE)
		goto out;
	filter.funcs = config.funcs;
	filter.nr_funcs = config.nr_funcs;
	lasting__filter(m, &filter);
	status = host_set(q, m, &host);
	if (status != EXIT_DONE)
		goto out;
	m->vmcore = opts->vmcore;
	m->release = host.release;
	status = output_status(queue_report__write(m, &naming, opts->json));
	if (status == EXIT_DONE && m->nr_waiting && opts->exit_code)
		status = EXIT_FOUND;
out:
	free(funcs);
	return status;
}

static int no_dump(const struct options *opts, int err, const char *why)
{
	return fail(err == -ENOMEM ? EXIT_FAILED : EXIT_CANNOT, "--vmcore %s: %s", opts->vmcore,
		    why);
}

int vmcore_report(const struct options *opts)
{
	const char *refused = of_a_run(opts);
	struct dump_queues *q;
	struct moment *m;
	char why[256];
	int err, status;

	if (refused)
		return fail(EXIT_USAGE, "--vmcore: a dump shows one moment, without %s", refused);
	err = dump_queues__open(&q, opts->vmcore, opts->btf, why, sizeof(why));
	if (err)
		return no_dump(opts, err, why);
	/* What opens a file goes before: the time zone; the seed of jansson's tables, from /dev/urandom. */
	tzset();
	json_object_seed(0);
	err = dump_queues__confine();
	if (err)
		return fail(EXIT_FAILED, "cannot give up root: %s", strerror(-err));
	err = dump_queues__read(q, why, sizeof(why));
	m = err ? NULL : calloc(1, sizeof(*m));
	status = err ? no_dump(opts, err, why) :
		 m   ? show(opts, q, m) :
		       fail(EXIT_FAILED, "start: %s", strerror(ENOMEM));
	free(m);
	dump_queues__close(q);
	return status;
}
