// SPDX-License-Identifier: GPL-2.0
#include <sys/prctl.h>
#include "collect/kcore/queues/queues.h"
#include "command/parts.h"

#define TEXT_BYTES (1 << 20)

/* Open the queues. If they cannot be read, @r->queues stays NULL: no error. 0 or -ENOMEM. */
static int queues_open(struct queue_report *r)
{
	char why[192];
	int err;

	/*
	 * Keep khugepaged away, which collapses pages, and flushes the TLB of each CPU that has run
	 * this process.
	 */
	(void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	snprintf(r->slow, sizeof(r->slow),
		 "a CPU stopped answering, or the machine is busy: attaching the BPF programs has "
		 "made no progress");
	err = live_queues__open(&r->queues, why, sizeof(why));
	if (err)
		snprintf(r->slow, sizeof(r->slow),
			 "perhaps a CPU does not answer, and who waits for it cannot be read (%s): "
			 "attaching the BPF programs has made no progress",
			 why);
	if (err)
		return err == -ENOMEM ? err : 0;
	r->moment = calloc(1, sizeof(*r->moment));
	if (r->moment)
		return 0;
	queue_report__close(r);
	return -ENOMEM;
}

void queue_report__close(struct queue_report *r)
{
	live_queues__close(r->queues);
	free(r->moment);
	r->queues = NULL;
	r->moment = NULL;
}

int queue_report__look(struct queue_report *r, const struct collect_config *config, uint64_t span)
{
	const struct queue_filter filter = {
		.cpus = config->cpus,
		.src = config->src,
		.dst = config->dst,
		.funcs = config->funcs,
		.nr_funcs = config->nr_funcs,
		.tgid = config->tgid,
	};
	int err = r->queues ? 0 : queues_open(r);

	if (err)
		return err;
	if (!r->queues || live_queues__look(r->queues, span, r->over, r->over_ctx, r->moment))
		return false;
	r->waits = r->moment->nr_waiting;
	r->cut = r->waits && r->moment->waiting[0].at_least < span;
	r->stuck = (struct cpuset){};
	lasting__stuck(r->moment, &r->stuck);
	lasting__filter(r->moment, &filter);
	return true;
}

static void set_name(void *symbols, struct symbol *symbol, bool func)
{
	symbols__name(symbols, symbol, func);
}

/* Write @m, from this machine or a dump, to stdout. 0 or a negative errno. */
static int moment_write(const struct moment *m, const struct naming *naming,
			const struct options *opts)
{
	char *text = malloc(TEXT_BYTES), *notes = malloc(opts->tap ? TAP_NOTES(TEXT_BYTES) : 1);
	int err = -ENOMEM;
	size_t len;

	if (!text || !notes)
		goto out;
	len = opts->json ? json__waits(text, TEXT_BYTES, m, NULL, naming) :
			   view__waits(text, TEXT_BYTES, m, naming);
	err = opts->json && !len ? -ENOMEM :
	      opts->tap		 ? tap_write(notes, TAP_NOTES(TEXT_BYTES), text, len) :
				   write_all(STDOUT_FILENO, text, len, NULL);
out:
	free(text);
	free(notes);
	return err;
}

int queue_report__show(struct queue_report *r)
{
	const struct naming naming = { .ctx = live_queues__symbols(r->queues), .symbol = set_name };

	queue_report__head(r);
	return moment_write(r->moment, &naming, r->opts);
}

/* Whether @opts ask for all that is queued to @cpu. */
static bool wants_target(const struct options *opts, int cpu)
{
	return !opts->func && !opts->pid && !opts->src.given &&
	       (!opts->phases || opts->phases >> PHASE_DELIVERY & 1) &&
	       (!opts->cpus.given || cpuset__has(&opts->cpus.set, cpu)) &&
	       (!opts->dst.given || cpuset__has(&opts->dst.set, cpu));
}

void queue_report__head(struct queue_report *r)
{
	struct timespec now;
	struct host host;

	if (r->opts->json || r->opts->quiet || r->opts->tap || r->headed)
		return;
	machine__read(&host);
	clock_gettime(CLOCK_REALTIME, &now);
	view__stalls_head(r->command, r->what, &host, r->threshold, &now);
	fflush(stdout);
	r->headed = true;
}

struct sight queue_report__sight(const struct queue_report *r, uint64_t since)
{
	struct sight sight = { .shortest = r->threshold };
	int cpu;

	for_each_cpu(cpu, &r->stuck) {
		const struct cpu_state *state = r->moment ? moment__cpu(r->moment, cpu) : NULL;
		/* How long the CPU took no interrupt: since @since, or as its late timer shows. */
		uint64_t ns = since ? mono_ns() - since : 0;

		if (state && state->overdue > ns)
			ns = state->overdue;
		sight.found |= wants_target(r->opts, cpu) && ns > r->threshold;
		sight__miss_time(
			&sight, 0,
			"CPU %d took no interrupts for %s, and no BPF program was attached", cpu,
			view__duration(ns).s);
	}
	if (!cpuset__count(&r->stuck))
		sight__miss_time(&sight, 0, "no BPF program was attached");
	return sight;
}

static const struct cpuset *given_cpus(const struct cpu_list *list)
{
	return list->given ? &list->set : NULL;
}

static struct sight vmcore_sight(const struct moment *m)
{
	struct sight sight = { .found = m->nr_waiting };

	sight__miss(&sight, m->torn, 0, "%zu queue%s could not be read to the end", m->torn,
		    units__plural(m->torn));
	sight__miss(&sight, m->unread, 0, "%zu CPU%s could not be read", m->unread,
		    units__plural(m->unread));
	sight__miss(&sight, m->dropped, 0, "%zu item%s found no room", m->dropped,
		    units__plural(m->dropped));
	sight__miss(&sight, m->unplaced, 0,
		    "somebody waits for %zu csd%s whose sender or CPU is unknown", m->unplaced,
		    units__plural(m->unplaced));
	sight__miss(&sight, m->blocked, 0,
		    "%zu sender%s may wait until the csd of an earlier call is free", m->blocked,
		    units__plural(m->blocked));
	if (m->process_unknown)
		sight__miss_time(&sight, 0,
				 "the dump does not show whether there was such a process");
	return sight;
}

/* Refuse CPUs that the dump lacks: nothing is queued there. Returns an exit status. */
static int dump_cpus_check(const struct options *opts, const struct moment *m)
{
	const struct {
		const char *name;
		const struct cpu_list *list;
	} lists[] = { { "cpus", &opts->cpus }, { "src", &opts->src }, { "dst", &opts->dst } };
	struct cpuset lacking;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		lacking = lists[i].list->set;
		cpuset__subtract(&lacking, &m->searched);
		if (!lists[i].list->given || !cpuset__count(&lacking))
			continue;
		return configure__cpus_refuse(lists[i].list, lists[i].name, "the dump",
					      &m->searched);
	}
	return EXIT_DONE;
}

int vmcore_gate(const struct moment *m, int status)
{
	struct sight sight = vmcore_sight(m);

	return gate_status("waits", &sight, status);
}

/* Fill in @m and show it. Returns an exit status. */
static int dump_show(const struct options *opts, struct dump_queues *q, struct moment *m)
{
	const struct naming naming = { .ctx = dump_queues__symbols(q), .symbol = set_name };
	struct queue_filter filter = {
		.cpus = given_cpus(&opts->cpus),
		.src = given_cpus(&opts->src),
		.dst = given_cpus(&opts->dst),
		.tgid = opts->pid,
	};
	struct collect_config config = {};
	struct utsname host;
	uint64_t *funcs = NULL;
	struct sight sight;
	int64_t realtime;
	int err, process, status;

	err = dump_queues__look(q, m);
	if (err)
		return fail(EXIT_FAILED, "--vmcore %s: its CPUs cannot be read: %s", opts->vmcore,
			    strerror(-err));
	status = dump_cpus_check(opts, m);
	process = opts->pid ? dump_queues__has_process(q, opts->pid) : 1;
	m->process_unknown = process < 0;
	if (status == EXIT_DONE && !process)
		status = fail(EXIT_USAGE, "--pid %u: the dump has no such process", opts->pid);
	if (status == EXIT_DONE)
		status = configure__funcs(opts, dump_queues__symbols(q), &config, &funcs);
	if (status != EXIT_DONE)
		goto out;
	filter.funcs = config.funcs;
	filter.nr_funcs = config.nr_funcs;
	lasting__filter(m, &filter);
	/* The host of JSON's lines is the dump's. A dump without a time of day shows none. */
	dump_queues__host(q, &host, &realtime);
	wall_clock__set(realtime);
	if (!realtime)
		m->now = 0;
	status = stamp__set(&host) ? part_status("start", -ENOMEM) : EXIT_DONE;
	if (status != EXIT_DONE)
		goto out;
	m->vmcore = opts->vmcore;
	m->release = host.release;
	status = tap_begin(opts);
	if (status == EXIT_DONE)
		status = output_status(moment_write(m, &naming, opts));
	if (status == EXIT_DONE && opts->tap) {
		sight = vmcore_sight(m);
		view__tap_waits(0, &sight);
		status = output_status(0);
	}
	if (opts->exit_code)
		status = vmcore_gate(m, status);
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
	struct dump_queues *q;
	struct moment *m;
	char why[256];
	int err, status;

	err = dump_queues__open(&q, opts->vmcore, opts->btf, why, sizeof(why));
	if (err)
		return no_dump(opts, err, why);
	status = output_begin(opts);
	if (status != EXIT_DONE)
		goto close;
	/* Open the files of the time zone and of jansson's seed before the process is confined. */
	tzset();
	json_object_seed(0);
	err = dump_queues__confine();
	if (err) {
		status = part_status("cannot give up root", err);
		goto close;
	}
	err = dump_queues__read(q, why, sizeof(why));
	m = err ? NULL : calloc(1, sizeof(*m));
	status = err ? no_dump(opts, err, why) :
		 m   ? dump_show(opts, q, m) :
		       part_status("start", -ENOMEM);
	free(m);
close:
	dump_queues__close(q);
	return status;
}
