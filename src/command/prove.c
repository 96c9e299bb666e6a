// SPDX-License-Identifier: GPL-2.0
#include <libgen.h>
#include <limits.h>
#include "abi/record.h"
#include "base/sysfile.h"
#include "collect/collector.h"
#include "command/parts.h"
#include "model/names.h"
#include "prove/proof.h"

#define DURATION 5.0 /* s */

/* --load: these loads run one after the other, each with at most this many calls a second. */
#define LOADS	  "membarrier tlb-munmap tlb-mprotect membarrier-sync-core wakeup"
#define NR_LOADS  5
#define LOAD_RATE 40000

/* Limits of ftrace's buffers: KB for one CPU; 1 / MEMORY_PART of the free memory for all CPUs. */
#define KB_MOST	    (256U << 10)
#define MEMORY_PART 8
/* The rate is counted for LOOK_NS, and multiplied by BUSIER, because a busier time may follow. */
#define LOOK_NS	    200000000
#define BUSIER	    3

/* Stalls that are kept: an incident or two a millisecond. */
#define STALLS_MOST 65536

/* Room for the functions of csds; the kernel has some hundred. */
#define FUNCS 1024

struct prove_run {
	struct trace_run trace;
	struct instance instance;
	struct proof_reader reader; /* reads ftrace's side */
	struct proof_list list; /* ipitrace's side */
	struct feeds feeds;
	struct proof_input in;
	struct proof_table functions, edges;
	struct proof_stalls stalls;
	struct proof_waits waits;
	size_t stalls_room;
	struct proof_cost cost;
	/* Addresses of functions; the row of an address is an index of numbers[]. */
	struct key_map addresses;
	uint64_t numbers[FUNCS]; /* the number of each function, by row */
	char unsound[160];
	int status; /* exit status by the verdict */
};

static uint64_t func_number(struct prove_run *run, uint64_t addr)
{
	uint32_t known = run->addresses.nr, row = key_map__row(&run->addresses, addr);
	struct symbol symbol = { .addr = addr };
	uint64_t number;

	if (row < known)
		return run->numbers[row];
	if (run->trace.symbols)
		symbols__find(run->trace.symbols, &symbol, true, mono_ns());
	number = symbol.name ? proof_reader__func(&run->reader, symbol.name, symbol.module) : 0;
	if (row < run->addresses.max)
		run->numbers[row] = number;
	return number;
}

/* Keep the record, in place of printing it. */
static void keep_record(const struct trace_view *view, const struct record *r, struct lines *lines)
{
	struct prove_run *run = (void *)((char *)view - offsetof(struct prove_run, trace.view));
	const struct proof_csd csd = {
		.queued = r->time,
		.delay = r->delay,
		.handler = r->handler,
		.func = func_number(run, r->func),
		.wait = r->wait,
		.call = r->call,
		.src = r->src,
		.dst = r->dst,
		.batch = r->type >> 4 == CSD_NAME_TTWU,
	};

	(void)lines;
	if (r->kind == KIND_CALL_FUNCTION)
		proof_list__add(&run->list, &csd);
}

/* Keep the stall, which is over. */
static int keep_stall(void *ctx, const struct incident *incident, uint64_t id, const char *report,
		      size_t len)
{
	struct prove_run *run = ctx;
	struct proof_stalls *stalls = &run->stalls;

	(void)id;
	(void)report;
	(void)len;
	if (incident->ongoing || incident->end_unseen || incident->phase > PHASE_HANDLER)
		return 0;
	if (stalls->nr == run->stalls_room) {
		stalls->dropped++;
		return 0;
	}
	stalls->reported[stalls->nr++] = (struct proof_stall){
		.of = incident->phase == PHASE_DELIVERY ? PROOF_DELAY : PROOF_HANDLER,
		.start = incident->start,
		.duration = incident__duration(incident),
		.func = func_number(run, incident->func.addr),
		.src = incident->src,
		.dst = incident->dst,
	};
	return 0;
}

static void renew_probes(void *ctx)
{
	struct prove_run *run = ctx;

	/* Without the owner process, instance__stop() fails, too. */
	(void)instance__renew(&run->instance);
}

static void configure_prove(void *ctx, const struct options *opts, struct collect_config *config)
{
	(void)opts;
	config->attaching = renew_probes;
	config->attaching_ctx = ctx;
}

static int begin_prove(void *ctx)
{
	((struct prove_run *)ctx)->cost.both = round_trip__measure();
	return EXIT_DONE;
}

static void add_kind(struct proof_kinds *kinds, enum proof_kind_row row, bool known, uint64_t count)
{
	kinds->rows[row].reported_known = known;
	kinds->rows[row].reported += count;
}

static void add_kinds(struct proof_kinds *kinds, const struct snapshot *snap)
{
	static const enum proof_kind_row sent[NR_KINDS] = {
		[KIND_CALL_FUNCTION] = PROOF_CALLS_SENT,
		[KIND_RESCHEDULE] = PROOF_RESCHEDULES_SENT,
		[KIND_IRQ_WORK] = PROOF_IRQ_WORKS_SENT,
	};

	for (int i = 0; i < NR_KINDS; i++) {
		const struct kind_stats *kind = snapshot__kind(snap, kind_names[i]);

		add_kind(kinds, sent[i], kind && kind->sent_known, kind ? kind->sent : 0);
		/* The row after SENT is ARRIVED of the same kind. */
		add_kind(kinds, sent[i] + 1, kind && kind->received_known,
			 kind ? kind->received : 0);
	}
	add_kind(kinds, PROOF_LOCAL, true, snap->ledger.local);
	kinds->nested += snap->sends_unseen;
}

/*
 * Add the runs of each BPF program, by the kernel's statistics; note the mean run of each mark's
 * program.
 */
static void add_costs(struct prove_run *run, const struct snapshot *snap)
{
	static const char *const programs[] = { "csd_queue", "csd_entry", "csd_exit" };

	for (int i = 0; snap->known.self && i < NR_PROGS; i++) {
		const struct prog_cost *cost = &snap->cost[i];

		if (!cost->name || !cost->runs)
			continue;
		run->cost.programs[run->cost.nr].name = cost->name;
		run->cost.programs[run->cost.nr].runs = cost->runs;
		run->cost.programs[run->cost.nr++].ns = cost->ns;
		for (int mark = 0; mark < NR_PROOF_MARKS; mark++)
			if (!strcmp(cost->name, programs[mark]))
				run->in.run_ns[mark] = cost->ns / cost->runs;
	}
}

static int take_snapshot(void *ctx, const struct snapshot *snap, const struct options *opts)
{
	struct prove_run *run = ctx;
	struct proof_ledger *ledger = &run->in.ledger;

	(void)opts;
	ledger->queued += snap->ledger.queued;
	ledger->lost += ledger__lost(&snap->ledger);
	ledger->in_flight = snap->ledger.in_flight;
	for (size_t i = 0; i < snap->nr_fns; i++)
		if (snap->fns[i].other)
			run->functions.other += snap->fns[i].count;
		else if (snap->fns[i].count)
			proof_table__report(&run->functions,
					    func_number(run, snap->fns[i].func.addr),
					    snap->fns[i].count);
	for (size_t i = 0; i < snap->nr_edges; i++)
		proof_table__report(&run->edges, proof_edge(snap->edges[i].src, snap->edges[i].dst),
				    snap->edges[i].count);
	run->edges.other += snap->edges_other;
	run->waits.exact = snap->how.wait_source == WAITS_CSD;
	add_kinds(&run->reader.kinds, snap);
	add_costs(run, snap);
	if (!run->in.start)
		run->in.start = snap->window.mono_start;
	run->in.end = snap->window.mono_end;
	return EXIT_DONE;
}

/* Returns why the comparison would prove nothing; NULL: it is sound. */
static const char *why_unsound(struct prove_run *run, const struct instance_end *end)
{
	if (end->was_off)
		return "somebody switched ftrace's instance or its events off";
	if (end->lost)
		snprintf(run->unsound, sizeof(run->unsound),
			 "ftrace lost %" PRIu64 " events: its buffers were too small", end->lost);
	else if (run->trace.totals.dropped)
		snprintf(run->unsound, sizeof(run->unsound),
			 "%" PRIu64 " of ipitrace's records found no room",
			 run->trace.totals.dropped);
	else if (run->list.cut || run->reader.list.cut)
		return "there were more csds than prove keeps: use a shorter -d";
	else
		return NULL;
	return run->unsound;
}

/* Complete the data of both sides. Returns an exit status. */
static int gather_sides(struct prove_run *run, struct instance_end *ftrace)
{
	struct proof_kinds *kinds = &run->reader.kinds;

	if (!instance__stop(&run->instance, ftrace))
		return fail(EXIT_FAILED, "ftrace: the process that holds the instance is gone");
	run->stalls.dropped += run->feeds.sum.lost + run->feeds.sum.dropped;
	kinds->start = run->in.start;
	kinds->end = run->in.end;
	/* Each kind has a row SENT, with an even number, and then a row ARRIVED. */
	for (int i = 0; i < PROOF_LOCAL; i++)
		kinds->rows[i].seen_known = i % 2 ? ftrace->arrivals : ftrace->sends;
	kinds->rows[PROOF_LOCAL].seen_known = true;
	return part_status("ftrace", proof_reader__read(&run->reader, run->instance.data));
}

static int report_proof(const struct prove_run *run, const struct options *opts,
			const struct proof *proof)
{
	struct proof_report report = {
		.proof = proof,
		.in = &run->in,
		.names = run->reader.names,
		.cost = run->cost,
		.details = !opts->output || opts->details,
	};
	struct utsname name;
	int err = 0;

	machine_facts__read(&report.machine);
	/* A file is for others, who need not know the host's name. */
	name = report.machine.name;
	snprintf(name.nodename, sizeof(name.nodename), "?");
	if (!report.details && stamp__set(&name))
		return part_status("report", -ENOMEM);
	if (opts->json)
		err = json__emit(stamp__line("prove", run->in.end, proof__json(&report)));
	else
		proof__page(&report);
	return output_status(err);
}

static int end_prove(void *ctx, const struct options *opts, const struct cut_short *cut)
{
	static const int statuses[] = {
		[PROOF_EQUAL] = EXIT_DONE, [PROOF_NOT_EQUAL] = EXIT_FOUND, [PROOF_NONE] = EXIT_FAILED
	};
	struct prove_run *run = ctx;
	struct instance_end ftrace;
	struct proof proof;
	int status = gather_sides(run, &ftrace);

	(void)cut;
	if (status != EXIT_DONE)
		return status;
	run->in.unsound = why_unsound(run, &ftrace);
	run->in.csds[PROOF_IPITRACE] = run->list.csds;
	run->in.nr[PROOF_IPITRACE] = run->list.nr;
	run->in.csds[PROOF_FTRACE] = run->reader.list.csds;
	run->in.nr[PROOF_FTRACE] = run->reader.list.nr;
	run->in.functions = &run->functions;
	run->in.edges = &run->edges;
	run->in.kinds = &run->reader.kinds;
	run->in.stalls = &run->stalls;
	run->in.waits = &run->waits;
	run->in.gaps = run->reader.gaps;
	prove(&proof, &run->in);
	run->status = statuses[proof.verdict];
	return report_proof(run, opts, &proof);
}

/* Returns the call-function interrupts a second of the CPU that gets most; 0: unknown. */
static double count_rate(void)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	struct interrupts *in;
	struct arrivals since;
	double rate = 0;

	if (interrupts__open(&in, NULL))
		return 0;
	interrupts__since(in, &since);
	nanosleep(&look, NULL);
	interrupts__since(in, &since);
	for (size_t i = 0; i < since.nr; i++)
		if (!strcmp(since.rows[i].kind, kind_names[KIND_CALL_FUNCTION]))
			rate = since.rows[i].most * 1e9 / LOOK_NS;
	interrupts__close(in);
	return rate;
}

/*
 * Returns the KB that ftrace's buffer of a CPU needs at the present rate of csds. If the buffers
 * would be too large, shortens the run.
 */
static uint64_t buffer_kb(struct options *opts)
{
	double rate = BUSIER * count_rate(), seconds = opts->duration;
	uint64_t most, kb;

	if (opts->load && rate < LOAD_RATE)
		rate = LOAD_RATE;
	sysfile__number(&most, "MemAvailable: %" SCNu64, "/proc/meminfo");
	most /= MEMORY_PART * sysconf(_SC_NPROCESSORS_ONLN);
	most = most < 1024 ? 1024 : most > KB_MOST ? KB_MOST : most;
	kb = instance__fit(&opts->duration, rate, most);
	if (opts->duration < seconds)
		fprintf(stderr,
			"ipitrace: %.1f s in place of %.1f: ftrace's buffers have no room for more at "
			"%.0f csds a second\n",
			opts->duration, seconds, rate);
	return kb;
}

static int tables_open(struct prove_run *run)
{
	run->stalls_room = STALLS_MOST;
	run->stalls.reported = calloc(STALLS_MOST, sizeof(*run->stalls.reported));
	if (!run->stalls.reported)
		return -ENOMEM;
	return key_map__open(&run->addresses, FUNCS)	  ?:
		       proof_table__open(&run->functions) ?:
							    proof_table__open(&run->edges);
}

/* Say why the comparison did not begin. Returns the exit status. */
static int no_verdict(const struct options *opts, const char *why)
{
	if (opts->json && output_begin(opts) == EXIT_DONE)
		output_status(json__emit(stamp__line("prove", mono_ns(), proof__json_none(why))));
	return fail(EXIT_FAILED, "no verdict: %s", why);
}

/* Run the session. Returns an exit status. */
static int run_session(struct prove_run *run, struct options *opts)
{
	static const struct session_ops ops = {
		.configure = configure_prove,
		.begun = begin_prove,
		.window = take_snapshot,
		.nameless = true,
		.end = end_prove,
	};
	char self[PATH_MAX] = "", ipiload[PATH_MAX + 16], seconds[32], rate[32], why[INSTANCE_WHY];
	char *program[] = { (char *)"/bin/sh",
			    (char *)"-c",
			    (char *)"for load in " LOADS
				    "; do \"$0\" $load -q --rate $2 --duration $1; done >/dev/null",
			    ipiload,
			    seconds,
			    rate,
			    NULL };
	struct feature names = {};
	const char *signal;
	uint64_t kb;

	if (opts->load) {
		if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
			return fail(EXIT_CANNOT, "--load: /proc/self/exe: %s", strerror(errno));
		snprintf(ipiload, sizeof(ipiload), "%s/ipiload", dirname(self));
		snprintf(seconds, sizeof(seconds), "%.2f", opts->duration / NR_LOADS);
		snprintf(rate, sizeof(rate), "%d", LOAD_RATE);
		if (access(ipiload, X_OK))
			return fail(EXIT_CANNOT, "--load needs ipiload beside ipitrace: %s",
				    ipiload);
		fprintf(stderr,
			"ipitrace: --load runs %s, for %.1f s each, at most %d calls a second\n",
			LOADS, opts->duration / NR_LOADS, LOAD_RATE);
	}
	/* ftrace names functions where the kernel hides their addresses, and ipitrace does not. */
	probe__names(&names);
	if (!names.available)
		return no_verdict(opts, names.why);
	signals__hold();
	kb = buffer_kb(opts);
	run->cost.bare = round_trip__measure();
	signal = signals__stopped_by();
	if (signal) {
		snprintf(why, sizeof(why), "%s came before the comparison began", signal);
		return no_verdict(opts, why);
	}
	if (!instance__open(&run->instance, kb, why))
		return no_verdict(opts, why);
	run->cost.ftrace = round_trip__measure();
	if (opts->load)
		opts->program = program;
	opts->interval = WHOLE_RUN;
	return session__run(opts, &ops, &run->feeds, run);
}

int command_prove(const struct options *opts)
{
	struct options adjusted = *opts;
	struct prove_run *run;
	int status;

	if (geteuid())
		return fail(EXIT_CANNOT, "prove: needs root: try sudo ipitrace prove");
	if (!adjusted.duration)
		adjusted.duration = DURATION;
	run = calloc(1, sizeof(*run));
	if (!run)
		return part_status("start", -ENOMEM);
	run->trace.print = keep_record;
	run->trace.lines.fd = STDOUT_FILENO;
	run->stalls.threshold = options_limits__stall(&adjusted);
	run->feeds = (struct feeds){
		.which = FEED_FIGURES | FEED_STALLS,
		.records = &run->trace,
		.reports = { .json = true, .take_report = keep_stall, .ctx = run },
		.unwatched = true,
	};
	adjusted.self = true;
	status = part_status("start", proof_reader__open(&run->reader) ?: tables_open(run));
	if (status == EXIT_DONE)
		status = run_session(run, &adjusted);
	/* It does not matter how the loads end: the verdict is about the csds that were sent. */
	if (status == EXIT_DONE)
		status = run->status;
	instance__close(&run->instance);
	proof_reader__close(&run->reader);
	key_map__close(&run->addresses);
	proof_table__close(&run->functions);
	proof_table__close(&run->edges);
	free(run->stalls.reported);
	free(run->list.csds);
	free(run);
	return status;
}
