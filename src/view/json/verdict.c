// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdlib.h>
#include "view/json/json.h"
#include "view/words/words.h"

static json_t *feature_json(const void *items, size_t i)
{
	const struct feature *f = (const struct feature *)items + i;

	return json_pack("{s:s, s:b, s:b, s:o, s:o}", "name", f->name, "available", f->available,
			 "needed", f->needed, "how", parts__word_or_null(f->how), "why",
			 parts__word_or_null(f->why));
}

int json__check(const struct feature *features, size_t nr, uint64_t time)
{
	return json__emit(stamp__line("check", time,
				      json_pack("{s:o}", "features",
						parts__array(nr, feature_json, features))));
}

static json_t *row_json(const void *items, size_t i)
{
	static const char *const groups[NR_DIFF_GROUPS] = { "all",	"functions", "delays",
							    "handlers", "senders",   "receivers",
							    "callers",	"storms" };
	/* By enum diff_unit, and by enum diff_change: only a change beyond the noise is named. */
	static const char *const units[] = { "per_s", "ns", "ns_per_s" };
	static const char *const changes[] = { NULL, "rose", "fell", NULL };
	const struct diff *diff = items;
	const struct diff_row *row = &diff->rows[i];

	return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:[oo], s:o, s:s?, s:s?}", "group",
			 groups[row->group], "name", parts__text(row->name), "unit",
			 units[row->unit], "a",
			 parts__number_or_null(row->value[0], row->series[0].nr), "b",
			 parts__number_or_null(row->value[1], row->series[1].nr), "factor",
			 parts__number_or_null(row->factor, row->factor > 0), "limits",
			 parts__number_or_null(row->limits[0], row->limits[1] > 0),
			 parts__number_or_null(row->limits[1],
					       row->limits[1] > 0 && isfinite(row->limits[1])),
			 "noise", parts__number_or_null(row->noise, row->noise >= 0), "change",
			 changes[row->change], "verdict",
			 diff_verdict_names[diff_row__verdict(row)]);
}

static json_t *side_json(const void *items, size_t i)
{
	const struct diff_side *side = &((const struct diff *)items)->side[i];
	const struct utsname *name = &side->host.name;

	return json_pack("{s:o, s:o, s:o, s:I, s:f}", "nodename",
			 parts__word_or_null(name->nodename), "kernel",
			 parts__word_or_null(name->release), "utc", parts__date(&side->start),
			 "windows", (json_int_t)side->windows, "seconds", side->seconds);
}

int json__diff(const struct diff *diff, double tolerance)
{
	return json__emit(json_pack(
		"{s:s, s:s, s:f, s:o, s:o, s:I, s:I, s:I}", "schema", "ipitrace/1", "type", "diff",
		"tolerance", tolerance, "runs", parts__array(2, side_json, diff), "rows",
		parts__array(diff->nr, row_json, diff), "rose", (json_int_t)diff->rose, "fell",
		(json_int_t)diff->fell, "unsure", (json_int_t)diff->unsure));
}

/* Returns @text, which has at most @size bytes and may lack a '\0'; null if it is empty. */
static json_t *bounded_text_json(const char *text, size_t size)
{
	char whole[CULPRIT_TEXT + 1];

	snprintf(whole, sizeof(whole), "%.*s", (int)size, text);
	return parts__word_or_null(whole);
}

static json_t *sender_json(const struct culprit *culprit)
{
	const struct task_id *sender = &culprit->sender;

	if (!sender->known)
		return json_null();
	return json_pack("{s:o, s:o, s:b, s:o, s:o, s:o*}", "tgid",
			 parts__integer_or_null(sender->tgid, !sender->interrupt), "comm",
			 sender->interrupt ? json_null() :
					     bounded_text_json(sender->comm, COMM_LEN),
			 "interrupt", sender->interrupt, "cgroup",
			 bounded_text_json(culprit->cgroup, sizeof(culprit->cgroup)), "cpu",
			 parts__integer_or_null(culprit->src, culprit->src_known), "queued_by",
			 culprit->kworker ? parts__task_or_null(&culprit->queued_by) : NULL);
}

/* Returns the array of the names in "a < b < c". */
static json_t *stack_json(const char *chain)
{
	json_t *stack = json_array();

	while (stack && chain && *chain) {
		const char *end = strstr(chain, " < ");
		size_t len = end ? (size_t)(end - chain) : strlen(chain);
		char name[CULPRIT_TEXT];

		snprintf(name, sizeof(name), "%.*s", (int)len, chain);
		parts__append(&stack, parts__text(name));
		chain = end ? end + strlen(" < ") : NULL;
	}
	return stack;
}

/* stolen_ns, here and in cpu_json(), is the old name of interrupted_ns. */
static json_t *culprit_json(const void *items, size_t i)
{
	const struct culprit *culprit = (const struct culprit *)items + i;
	static const char *const kinds[NR_INTERRUPTIONS] = {
		[INTERRUPTION_VECTOR] = "interrupt",
		[INTERRUPTION_IRQ] = "irq",
		[INTERRUPTION_SOFTIRQ] = "softirq",
		[INTERRUPTION_CSD] = "csd",
		[INTERRUPTION_TIMER] = "timer",
		[INTERRUPTION_WORK] = "work",
		[INTERRUPTION_WAKE_SENT] = "reschedule",
		[INTERRUPTION_IRQ_WORK] = "irq_work",
		[INTERRUPTION_SWITCH] = "task",
		[INTERRUPTION_MOVED] = "move",
		[INTERRUPTION_TICK] = "tick",
		[INTERRUPTION_STOPPER] = "stopper",
		[INTERRUPTION_FORK] = "fork",
	};

	return json_pack(
		"{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:I, s:o, s:o, s:b, s:b, s:b, "
		"s:s, s:s, s:o, s:b}",
		"cause", culprit->cause, "group", group_names[culprit->group], "kind",
		kinds[culprit->kind], "func",
		bounded_text_json(culprit->func, sizeof(culprit->func)), "module",
		bounded_text_json(culprit->module, sizeof(culprit->module)), "what",
		bounded_text_json(culprit->what, COMM_LEN), "caller",
		bounded_text_json(culprit->caller, sizeof(culprit->caller)), "stack",
		stack_json(culprit->chain), "id", (json_int_t)culprit->id, "sender",
		sender_json(culprit), "count", (json_int_t)culprit->count, "interrupted_ns",
		parts__integer_or_null(culprit->interrupted, culprit->timed), "longest_ns",
		parts__integer_or_null(culprit->longest, culprit->timed), "follows",
		culprit->follows, "judged", culprit->judged, "allowed", culprit->allowed, "because",
		culprit->because, "advice", culprit->advice, "stolen_ns",
		parts__integer_or_null(culprit->interrupted, culprit->timed), "several",
		culprit->several);
}

/* By enum verdict. */
static const char *const verdicts[] = { "quiet", "not_quiet", "not_certain" };

static json_t *breach_json(const void *items, size_t i)
{
	const struct isolated_cpu *cpu = items;
	const struct breach *breach = &cpu->breaches[i];
	bool of_number = breach->limit == LIMIT_NUMBER;

	return json_pack("{s:s, s:o, s:I, s:I, s:o}", "limit",
			 of_number ? "allow" : "max_interruption", "glob",
			 parts__text_or_null(breach->glob), "most", (json_int_t)breach->most,
			 "found", (json_int_t)breach->found, "cause",
			 parts__text_or_null(breach->worst < cpu->nr_culprits ?
						     cpu->culprits[breach->worst].cause :
						     NULL));
}

static json_t *cpu_json(const void *items, size_t i)
{
	const struct isolated_cpu *cpu = (const struct isolated_cpu *)items + i;

	return json_pack(
		"{s:I, s:b, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:b, s:o, s:o}",
		"cpu", (json_int_t)cpu->cpu, "quiet", cpu->verdict == VERDICT_QUIET, "verdict",
		verdicts[cpu->verdict], "count", (json_int_t)cpu->count, "interrupted_ns",
		(json_int_t)cpu->interrupted, "stolen_ns", (json_int_t)cpu->interrupted,
		"longest_ns", (json_int_t)cpu->longest, "silence_ns", (json_int_t)cpu->silence,
		"host_ns", parts__integer_or_null(cpu->host, cpu->host_known), "offline_ns",
		(json_int_t)cpu->offline, "unseen", (json_int_t)isolation__unseen(cpu, 0),
		"switches", (json_int_t)cpu->switches, "preempted", (json_int_t)cpu->preempted,
		"too_long", cpu->too_long, "breaches",
		parts__array(cpu->nr_breaches, breach_json, cpu), "causes",
		parts__array(cpu->nr_culprits, culprit_json, cpu->culprits));
}

static json_t *check_json(const void *items, size_t i)
{
	const struct setup_check *check = (const struct setup_check *)items + i;

	return json_pack("{s:s, s:o, s:o, s:o}", "check", check->name, "ok",
			 check->known ? json_boolean(check->ok) : json_null(), "found",
			 parts__text(check->found), "advice",
			 parts__text_or_null(check->ok ? NULL : check->advice));
}

int json__isolated(const struct isolation *isolation)
{
	/* By enum cut_by; isolated has no --func. */
	static const char *const cuts[] = { NULL, "signal", "program", "reader", NULL };
	const struct window *window = &isolation->window;
	json_t *only = isolation->only ? json_array() : json_null(); /* null: all groups */

	for (size_t i = 0; i < NR_GROUPS; i++)
		if (isolation->only >> i & 1)
			parts__append(&only, json_string(group_names[i]));
	return json__emit(stamp__line(
		"isolated", window->mono_end,
		json_pack("{s:I, s:b, s:s, s:o, s:o, s:I, s:I, s:o, s:o}", "duration",
			  (json_int_t)(window->mono_end - window->mono_start), "quiet",
			  isolation->verdict == VERDICT_QUIET, "verdict",
			  verdicts[isolation->verdict], "only", only, "cut_short",
			  parts__text_or_null(cuts[isolation->cut.by]), "lost",
			  (json_int_t)isolation->lost, "senders_lost",
			  (json_int_t)isolation->senders_lost, "cpus",
			  parts__array(isolation->nr_cpus, cpu_json, isolation->cpus), "config",
			  parts__array(isolation->nr_checks, check_json, isolation->checks))));
}

char *json__storm_line(const struct storm *storm, const struct storm_evidence *evidence,
		       uint64_t time)
{
	struct storm_line *line = calloc(1, sizeof(*line));
	json_t *object;

	if (!line)
		return NULL;
	storm_line__make(line, storm, evidence);
	line->name = storm_words__name(storm);
	line->limit_why = storm_words__usual(storm);
	storm_words__why(storm, evidence, line->explanation, sizeof(line->explanation));
	storm_words__advice(storm, evidence, line->advice, sizeof(line->advice));
	object = json_fields__object(&(struct json_fields){ .root = line }, &storm_line_form, line);
	free(line);
	return json__owned_line(stamp__line("storm", time, object));
}

json_t *json_storm__verdict(const struct storm_nearest *nearest, bool sent)
{
	json_t *object = json_fields__object(&(struct json_fields){}, &verdict_form, nearest);

	parts__add(&object, "verdict", parts__text_or_null(storm_nearest__verdict(nearest, sent)));
	return object;
}

char *json__no_storm_line(const struct calm *calm, uint64_t time)
{
	struct calm line = *calm;

	line.cost_share = calm__cost(calm);
	snprintf(line.explanation, sizeof(line.explanation), "%s", storm_words__calm(calm).s);
	return json__owned_line(stamp__line(
		"no_storm", time, json_fields__object(&(struct json_fields){}, &calm_form, &line)));
}
