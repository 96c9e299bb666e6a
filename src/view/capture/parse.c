// SPDX-License-Identifier: GPL-2.0
#include "model/field.h"
#include "view/capture/capture.h"

/* The most samples of a window: twice as many as this version's BPF programs take (SAMPLES). */
#define SAMPLES_MAX 1024

static void settle_worst(const json_t *object, struct worst_call *worst)
{
	uint64_t last;
	bool last_known = parse__is_number(object, "last", &last);

	*worst = (struct worst_call){
		.begun = parse__number(object, "begun"),
		.csds = parse__number(object, "targets"),
		.src = parse__cpu(object, "src"),
		.tgid = parse__number(object, "tgid"),
		.last = last_known && last < MAX_CPUS ? last : LAST_UNKNOWN,
	};
}

/* Set what the tables do not describe. */
static void settle_record(const struct form *form, void *record, const json_t *object)
{
	const char *name = parse__text(object, "func");
	struct window *window = record;
	struct call_sum *calls = record;
	struct fn_stats *fn = record;

	if (form == &window_form && window->mono_end < window->mono_start)
		window->mono_end = window->mono_start;
	if (form == &call_sum_form)
		settle_worst(json_object_get(object, "worst"), &calls->worst);
	if (form != &fn_form)
		return;
	/* The sum of all other functions: a function of this name would have a call site. */
	fn->other = name && !strcmp(name, "other") && !fn->callsite.addr && fn->count;
	fn->calls.worst_ns = fn->wait.max;
}

/* Give the program's frames the addresses of their names. */
static void settle_frames(struct strings *strings, struct stack_sample *sample)
{
	for (uint32_t i = 0; i < sample->nr_user; i++) {
		struct symbol *frame = &sample->user[i];

		frame->addr = parse__symbol(strings, frame->name, frame->module).addr;
	}
}

/* Read the stacks of --stacks. They name no row: take the first row of the stack's function. */
static void parse_stacks(struct strings *strings, const json_t *array, struct snapshot *snap)
{
	const struct field_reader reader = { .strings = strings };
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		struct stack_line line = {};
		size_t fn = 0;

		if (snap->nr_samples == SAMPLES_MAX)
			break;
		parse__fields(&reader, &stack_line_form, &line, item);
		while (line.func && fn < snap->nr_fns &&
		       (!snap->fns[fn].func.name || strcmp(snap->fns[fn].func.name, line.func)))
			fn++;
		if (!line.func || fn == snap->nr_fns)
			continue;
		settle_frames(strings, &line.call);
		line.call.fn = fn;
		snap->samples[snap->nr_samples++] = line.call;
	}
}

/* Where samples are added. */
struct samples {
	struct stack_sample *samples;
	size_t *nr;
};

/* Make as many samples as the caller @item has, with frames by which the views find this caller. */
static void parse_caller(struct strings *strings, const json_t *item, size_t row,
			 const struct samples *to)
{
	const struct field_reader reader = { .strings = strings };
	struct caller_line line = {};
	struct stack_sample *call = &line.call;

	parse__fields(&reader, &caller_line_form, &line, item);
	settle_frames(strings, call);
	call->fn = row;
	call->csds = line.samples ? (double)line.csds / line.samples : 0;
	if (line.caller)
		call->stack[call->nr++] = parse__site(strings, line.caller);
	if (line.caller && *line.reason && strcmp(line.caller, line.reason))
		call->stack[call->nr++] = parse__site(strings, line.reason);
	for (; line.samples && *to->nr < SAMPLES_MAX; line.samples--)
		to->samples[(*to->nr)++] = *call;
}

static void parse_callers(struct strings *strings, const json_t *rows, const struct samples *to)
{
	const json_t *row, *item;
	size_t i, j;

	json_array_foreach(rows, i, row)
		json_array_foreach(json_object_get(row, "callers"), j, item)
			parse_caller(strings, item, i, to);
}

/* Returns room for the samples of the callers of @rows, which may be NULL; NULL without memory. */
static struct stack_sample *alloc_samples(const json_t *rows)
{
	const json_t *row, *item;
	uint64_t nr = 1;
	size_t i, j;

	json_array_foreach(rows, i, row)
		json_array_foreach(json_object_get(row, "callers"), j, item) {
			uint64_t more = parse__number(item, "samples");

			nr = more < SAMPLES_MAX - nr ? nr + more : SAMPLES_MAX;
		}
	return calloc(nr, sizeof(struct stack_sample));
}

static bool parse_samples(struct strings *strings, const json_t *object, struct snapshot *snap)
{
	const json_t *stacks = json_object_get(object, "stacks");
	const json_t *sends = json_object_get(object, "sends");
	const json_t *functions = json_object_get(object, "functions");

	snap->samples = stacks ? calloc(SAMPLES_MAX, sizeof(*snap->samples)) :
				 alloc_samples(functions);
	snap->send_samples = sends ? alloc_samples(sends) : NULL;
	if (!snap->samples || (sends && !snap->send_samples))
		return false;
	parse_callers(strings, sends,
		      &(struct samples){ snap->send_samples, &snap->nr_send_samples });
	if (stacks)
		parse_stacks(strings, stacks, snap);
	else
		parse_callers(strings, functions,
			      &(struct samples){ snap->samples, &snap->nr_samples });
	return true;
}

/* Read of a line of type snapshot only the window, the ledger and the rows of CPUs. */
static bool parse_cpus(const json_t *object, struct snapshot *snap)
{
	static const char *const keys[] = { "window", "ledger", "cpus" };
	const struct field_reader reader = { NULL, snap, settle_record };
	bool good = true;

	for (size_t i = 0; i < snapshot_form.nr; i++) {
		const struct field *f = &snapshot_form.fields[i];

		for (size_t j = 0; j < sizeof(keys) / sizeof(*keys) && good; j++)
			if (f->key && !strcmp(f->key, keys[j]))
				good = parse__fields(&reader,
						     &(struct form){ .fields = f, .nr = 1 }, snap,
						     object);
	}
	return good;
}

static bool parse_all(struct strings *strings, const json_t *object, struct snapshot *snap)
{
	const struct field_reader reader = { strings, snap, settle_record };
	const json_t *sources = json_object_get(object, "sources");
	const char *task = parse__text(sources, "task");
	uint64_t unseen;

	/* Rules of fields that come before these ask for the source of the figures. */
	if (!parse__fields(&reader, &sources_form, snap, sources) ||
	    !parse__fields(&reader, &snapshot_form, snap, object) ||
	    !parse_samples(strings, object, snap))
		return false;
	snap->how.by_task = task;
	snap->how.sees_interrupts = task && !strcmp(task, "preempt_count");
	snap->how.filtered = !parse__is_number(object, "sends_unseen", &unseen);
	/* A line without a ledger of csds has the csds of each sender. */
	if (snap->how.source == SOURCE_CALLS)
		for (size_t i = 0; i < snap->nr_cpus; i++)
			snap->ledger.queued += snap->cpus[i].sent;
	for (int i = 0; i < NR_KINDS; i++) {
		const struct kind_stats *kind = snapshot__kind(snap, kind_names[i]);

		snap->kinds[i] = kind ? kind->sent : 0;
	}
	return true;
}

static int parse_snapshot(struct line_parser *parser, const json_t *object, struct snapshot *snap)
{
	*snap = (struct snapshot){ .host = &parser->host };
	parse__host(json_object_get(object, "host"), &parser->host);
	if (parser->cpus_only ? parse_cpus(object, snap) : parse_all(parser->strings, object, snap))
		return 0;
	snapshot__free(snap);
	return -ENOMEM;
}

/* Set what the tables do not describe. */
static void complete_record(struct line_parser *parser, const json_t *object,
			    struct capture_record *record)
{
	const struct stall_line *stall = &record->stall;
	const struct storm_line *storm = &record->storm;
	uint64_t orphans;

	switch (record->type) {
	case LINE_CAPTURE:
		record->start.started = parse__date(parse__text(object, "started"));
		record->start.mono = parse__number(object, "mono");
		parse__host(json_object_get(object, "host"), &record->start.host);
		parser->nr_online = cpuset__count(&record->start.host.online);
		break;
	case LINE_STALL:
		stall_line__restore(&record->stall);
		record->report = (struct parsed_report){ stall->id_known, stall->in.ongoing,
							 stall->in.covered, stall->id,
							 incident__duration(&stall->in) };
		break;
	case LINE_STALLS_END:
		stall_totals__restore(&record->stalls_end);
		break;
	case LINE_STORM:
		record->time = parse__number(object, "time");
		storm_line__restore(&record->storm, parser->nr_online);
		record->report = (struct parsed_report){ storm->id_known, storm->ongoing,
							 storm->storm.note, storm->storm.id,
							 storm->storm.seen - storm->storm.onset };
		break;
	case LINE_NO_STORM:
		calm__restore(&record->no_storm, parser->nr_online);
		break;
	case LINE_TRACE_END:
		if (!parse__is_number(object, "orphans", &orphans))
			record->trace_end.orphans = NOT_KNOWN;
		break;
	case LINE_TRIGGER:
		record->trigger.time = parse__number(object, "time");
		record->from = parse__number(object, "from");
		break;
	case LINE_CAPTURE_END:
		record->stalls_dropped = parse__number(object, "stalls_dropped");
		break;
	default:
		break;
	}
}

int parse__line(struct line_parser *parser, const json_t *object, struct capture_record *record)
{
	static const struct form *const forms[NR_LINE_TYPES] = {
		[LINE_STALL] = &stall_line_form,       [LINE_STALLS_END] = &stall_totals_form,
		[LINE_STORM] = &storm_line_form,       [LINE_NO_STORM] = &calm_form,
		[LINE_TRACE_END] = &trace_totals_form, [LINE_TRIGGER] = &trigger_form,
	};
	const struct form *form = forms[record->type];
	void *data = &record->start; /* as all members of the union */
	const struct field_reader reader = { .strings = parser->strings, .root = data };

	if (record->type == LINE_SNAPSHOT)
		return parse_snapshot(parser, object, &record->snap);
	if (form) {
		memset(data, 0, form->size);
		parse__fields(&reader, form, data, object);
	}
	complete_record(parser, object, record);
	return 0;
}
