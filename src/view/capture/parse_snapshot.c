// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "model/field.h"
#include "view/capture/capture.h"

/* No window of a capture has more samples: the BPF programs take at most MAX_SAMPLES for all rows. */
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
	/* No function of the kernel is called "other" without a call site. */
	fn->other = name && !strcmp(name, "other") && !fn->callsite.addr && fn->count;
	fn->calls.worst_ns = fn->wait.max;
}

/* Read the sender, and the program's frames, if the line has them. */
static void parse_sender(struct strings *strings, const json_t *object, struct stack_sample *sample)
{
	const json_t *queued_by = json_object_get(object, "queued_by"), *item;
	size_t i;

	sample->interrupt = parse__true(object, "interrupt");
	sample->tgid = parse__number(object, "tgid");
	sample->cgroup_path = strings__keep(strings, parse__text(object, "cgroup"));
	parse__copy(object, "comm", sample->comm, sizeof(sample->comm));
	sample->own = parse__true(object, "own");
	sample->kworker = queued_by;
	sample->queued_by = parse__task(queued_by);

	json_array_foreach(json_object_get(object, "user_frames"), i, item) {
		struct symbol *frame = &sample->user[i];

		if (i == USER_FRAMES)
			break;
		*frame = parse__function(strings, item);
		frame->module = strings__keep(strings, parse__text(item, "module"));
		frame->offset = parse__number(item, "offset");
		sample->nr_user++;
	}
	sample->user_end =
		parse__name(object, "user_end", user_end_names, NR_USER_ENDS, USER_END_NONE);
}

/* Read the stacks as --stacks shows them. They name no row: take the first row of their function. */
static void parse_stacks(struct strings *strings, const json_t *array, struct snapshot *snap)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		struct stack_sample *sample = &snap->samples[snap->nr_samples];
		const char *func = parse__text(item, "func");
		size_t fn = 0;

		if (snap->nr_samples == SAMPLES_MAX)
			break;
		while (func && fn < snap->nr_fns &&
		       (!snap->fns[fn].func.name || strcmp(snap->fns[fn].func.name, func)))
			fn++;
		if (!func || fn == snap->nr_fns)
			continue;
		sample->fn = fn;
		parse_sender(strings, item, sample);
		sample->nr = parse__stack(strings, json_object_get(item, "frames"), sample->stack,
					  STACK_DEPTH - 1);
		snap->nr_samples++;
	}
}

/* The samples that are read so far. */
struct samples {
	struct stack_sample *at;
	size_t *nr;
};

/* Make as many samples as the caller of the row @row has. Their frames make the views find that caller. */
static void parse_caller(struct strings *strings, const json_t *item, size_t row,
			 const struct samples *to)
{
	struct stack_sample sample = { .fn = row };
	const char *caller = parse__text(item, "caller"), *reason = parse__text(item, "reason");
	uint64_t samples = parse__number(item, "samples");

	sample.csds = samples ? (double)parse__number(item, "csds") / samples : 0;
	parse_sender(strings, item, &sample);
	if (caller)
		sample.stack[sample.nr++] = parse__site(strings, caller);
	if (caller && reason && strcmp(caller, reason))
		sample.stack[sample.nr++] = parse__site(strings, reason);
	for (; samples && *to->nr < SAMPLES_MAX; samples--)
		to->at[(*to->nr)++] = sample;
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

int parse__snapshot_cpus(const json_t *object, struct snapshot *snap, struct host *host)
{
	static const char *const keys[] = { "window", "ledger", "cpus" };
	const struct field_reader reader = { NULL, snap, settle_record };
	bool good = true;

	*snap = (struct snapshot){ .host = host };
	parse__host(json_object_get(object, "host"), host);
	for (size_t i = 0; i < snapshot_form.nr; i++) {
		const struct field *f = &snapshot_form.fields[i];

		for (size_t j = 0; j < sizeof(keys) / sizeof(*keys) && good; j++)
			if (f->key && !strcmp(f->key, keys[j]))
				good = parse__fields(&reader,
						     &(struct form){ .fields = f, .nr = 1 }, snap,
						     object);
	}
	if (good)
		return 0;
	snapshot__free(snap);
	return -ENOMEM;
}

int parse__snapshot(struct strings *strings, const json_t *object, struct snapshot *snap,
		    struct host *host)
{
	const struct field_reader reader = { strings, snap, settle_record };
	const char *task = parse__text(json_object_get(object, "sources"), "task");
	uint64_t unseen;

	*snap = (struct snapshot){ .host = host };
	parse__host(json_object_get(object, "host"), host);
	if (!parse__fields(&reader, &snapshot_form, snap, object) ||
	    !parse_samples(strings, object, snap)) {
		snapshot__free(snap);
		return -ENOMEM;
	}
	snap->how.by_task = task;
	snap->how.sees_interrupts = task && !strcmp(task, "preempt_count");
	snap->how.filtered = !parse__is_number(object, "sends_unseen", &unseen);
	for (int i = 0; i < NR_KINDS; i++) {
		const struct kind_stats *kind = snapshot__kind(snap, kind_names[i]);

		snap->kinds[i] = kind ? kind->sent : 0;
	}
	return 0;
}
