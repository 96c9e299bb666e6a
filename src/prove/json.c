// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include "base/sanitize.h"
#include "prove/parts.h"

static json_t *text_json(const char *value)
{
	char safe[512];

	sanitize(safe, sizeof(safe), value);
	return json_string(safe);
}

static json_t *text_or_null(const char *value)
{
	return *value ? text_json(value) : json_null();
}

static json_t *number_or_null(uint64_t value, bool known)
{
	return known ? json_integer(value) : json_null();
}

/* @time is in ns. */
static json_t *time_json(uint64_t time)
{
	return number_or_null(time, time != PROOF_UNKNOWN);
}

/* @value is in ns, rounded to a tenth. */
static json_t *mean_json(double value)
{
	return json_real(round(value * 10) / 10);
}

/* Returns an array of @nr values, which @item makes from @data. */
static json_t *array_json(size_t nr, json_t *(*item)(const void *data, size_t i), const void *data)
{
	json_t *all = json_array();

	for (size_t i = 0; all && i < nr; i++)
		if (json_array_append_new(all, item(data, i))) {
			json_decref(all);
			return NULL;
		}
	return all;
}

static json_t *csds_json(const struct proof_report *report)
{
	const struct proof *proof = report->proof;
	const struct proof_ledger *ledger = &report->in->ledger;

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "ipitrace",
			 (json_int_t)proof->csds[PROOF_IPITRACE], "ftrace",
			 (json_int_t)proof->csds[PROOF_FTRACE], "queued",
			 (json_int_t)ledger->queued, "matched", (json_int_t)proof->matched,
			 "at_ends", (json_int_t)proof->at_ends, "hidden", (json_int_t)proof->hidden,
			 "lost", (json_int_t)ledger->lost, "in_flight",
			 (json_int_t)ledger->in_flight, "unrecorded",
			 (json_int_t)(ledger->lost + ledger->in_flight), "ipitrace_alone",
			 (json_int_t)proof->alone[PROOF_IPITRACE], "ftrace_alone",
			 (json_int_t)proof->alone[PROOF_FTRACE], "ftrace_gaps",
			 (json_int_t)report->in->gaps);
}

/* Add the counts of @row to @object, which has the row's key. Returns NULL without memory. */
static json_t *row_json(json_t *object, const struct proof_row *row)
{
	json_t *counts = json_pack("{s:I, s:I, s:I}", "ipitrace", (json_int_t)row->reported,
				   "ftrace", (json_int_t)row->within, "matched",
				   (json_int_t)row->matched);

	if (json_object_update(object, counts)) {
		json_decref(object);
		object = NULL;
	}
	json_decref(counts);
	return object;
}

static json_t *function_json(const void *data, size_t i)
{
	const struct proof_report *report = data;
	const struct proof_row *row = &report->in->functions->rows[i];

	return row_json(json_pack("{s:o}", "func", text_json(proof__func(report, row->key))), row);
}

static json_t *edge_json(const void *data, size_t i)
{
	const struct proof_row *row = &((const struct proof_table *)data)->rows[i];

	return row_json(json_pack("{s:I, s:I}", "src", (json_int_t)(row->key >> 32), "dst",
				  (json_int_t)(uint32_t)row->key),
			row);
}

static json_t *kind_json(const void *data, size_t i)
{
	const struct proof_kind *kind = &((const struct proof_kinds *)data)->rows[i];

	return json_pack("{s:s, s:o, s:o, s:I, s:I}", "kind", proof_kind_keys[i], "ipitrace",
			 number_or_null(kind->reported, kind->reported_known), "ftrace",
			 number_or_null(kind->seen, kind->seen_known), "at_ends",
			 (json_int_t)kind->ends, "hidden", (json_int_t)kind->hidden);
}

static json_t *stalls_json(const struct proof_stalls *stalls)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "threshold",
			 (json_int_t)stalls->threshold, "told", (json_int_t)stalls->nr, "confirmed",
			 (json_int_t)stalls->confirmed, "false", (json_int_t)stalls->untrue,
			 "missing", (json_int_t)stalls->missing, "apart", (json_int_t)stalls->apart,
			 "covered", (json_int_t)stalls->within, "not_judged",
			 (json_int_t)stalls->unjudged, "dropped", (json_int_t)stalls->dropped);
}

static json_t *differences_json(const struct proof_differences *differences)
{
	return json_pack(
		"{s:I, s:I, s:I, s:o}", "count", (json_int_t)differences->count, "bound",
		(json_int_t)differences->bound, "beyond", (json_int_t)differences->beyond, "mean",
		differences->near ? mean_json(proof_differences__mean(differences)) : json_null());
}

static json_t *reading_json(const struct proof_mean *mean)
{
	return mean->known ? json_pack("{s:o, s:o, s:o, s:o}", "mean", mean_json(mean->mean),
				       "least", mean_json(mean->least), "low", mean_json(mean->low),
				       "most", mean_json(mean->most)) :
			     json_null();
}

static json_t *csd_json(const struct proof_report *report, const struct proof_csd *csd)
{
	return json_pack("{s:I, s:I, s:I, s:o, s:o, s:o}", "time", (json_int_t)csd->queued, "src",
			 (json_int_t)csd->src, "dst", (json_int_t)csd->dst, "func",
			 text_json(proof__func(report, csd->func)), "delay", time_json(csd->delay),
			 "handler", time_json(csd->handler));
}

static json_t *pair_json(const struct proof_report *report, const struct proof_pair *pair)
{
	return json_pack("{s:s, s:I, s:o, s:o}", "of", proof_measure_keys[pair->measure],
			 "difference", (json_int_t)pair->difference,
			 proof_side_keys[PROOF_IPITRACE],
			 csd_json(report, &pair->side[PROOF_IPITRACE]),
			 proof_side_keys[PROOF_FTRACE],
			 csd_json(report, &pair->side[PROOF_FTRACE]));
}

static json_t *worst_json(const void *data, size_t i)
{
	const struct proof_report *report = data;

	return pair_json(report, &report->proof->worst[i]);
}

static json_t *call_json(const struct proof_report *report, const struct proof_call *call)
{
	return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "time", (json_int_t)call->first.queued,
			 "src", (json_int_t)call->first.src, "func",
			 text_json(proof__func(report, call->first.func)), "wait",
			 time_json(call->wait), "ipitrace", time_json(call->ipitrace), "ftrace",
			 time_json(call->ftrace));
}

static json_t *waits_json(const struct proof_report *report)
{
	const struct proof_waits *waits = report->in->waits;

	return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "exact", waits->exact, "calls",
			 (json_int_t)waits->calls, "confirmed", (json_int_t)waits->confirmed,
			 "longer", (json_int_t)waits->longer, "apart", (json_int_t)waits->apart,
			 "not_judged", (json_int_t)waits->unjudged, "false",
			 (json_int_t)waits->untrue, "first_false",
			 waits->untrue ? call_json(report, &waits->first_untrue) : json_null());
}

/* For each side, give the first csd that only this side has, if there is one. */
static json_t *alone_json(const struct proof_report *report)
{
	json_t *all = json_array();

	for (int side = 0; side < NR_PROOF_SIDES; side++)
		if (report->proof->alone[side] &&
		    json_array_append_new(
			    all, json_pack("{s:o}", proof_side_keys[side],
					   csd_json(report, &report->proof->stray[side])))) {
			json_decref(all);
			return NULL;
		}
	return all;
}

static json_t *machine_json(const struct machine_facts *facts)
{
	return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "kernel",
			 text_json(facts->name.release), "arch", text_json(facts->name.machine),
			 "cpu_model", text_or_null(facts->model), "hypervisor", facts->hypervisor,
			 "cpus", number_or_null(facts->cpus, facts->cpus), "cores",
			 number_or_null(facts->cores, facts->cores), "packages",
			 number_or_null(facts->packages, facts->packages), "nodes",
			 number_or_null(facts->nodes, facts->nodes));
}

static json_t *program_json(const void *data, size_t i)
{
	const struct proof_cost *cost = data;

	return json_pack("{s:s, s:I, s:I}", "name", cost->programs[i].name, "runs",
			 (json_int_t)cost->programs[i].runs, "ns",
			 (json_int_t)cost->programs[i].ns);
}

static json_t *cost_json(const struct proof_cost *cost)
{
	return json_pack("{s:o, s:{s:o, s:o, s:o}}", "programs",
			 array_json(cost->nr, program_json, cost), "membarrier", "bare",
			 number_or_null(cost->bare, cost->bare), "ftrace",
			 number_or_null(cost->ftrace, cost->ftrace), "both",
			 number_or_null(cost->both, cost->both));
}

json_t *proof__json(const struct proof_report *report)
{
	static const char *const verdicts[] = { "equal", "not_equal", "no_verdict" };
	const struct proof_input *in = report->in;
	const struct proof *proof = report->proof;

	return json_pack(
		"{s:s, s:o, s:o, s:{s:I, s:I}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o, "
		"s:{s:o, s:o, s:o}, s:o, s:o, s:o}",
		"verdict", verdicts[proof->verdict], "why", text_or_null(proof->why), "machine",
		machine_json(&report->machine), "window", "mono_start", (json_int_t)in->start,
		"mono_end", (json_int_t)in->end, "csds", csds_json(report), "functions",
		array_json(in->functions->map.nr, function_json, report), "edges",
		array_json(in->edges->map.nr, edge_json, in->edges), "interrupts",
		array_json(NR_PROOF_KINDS, kind_json, in->kinds), "stalls", stalls_json(in->stalls),
		"waits", waits_json(report), proof_measure_keys[PROOF_DELAY],
		differences_json(&proof->differences[PROOF_DELAY]),
		proof_measure_keys[PROOF_HANDLER],
		differences_json(&proof->differences[PROOF_HANDLER]), "apart",
		(json_int_t)proof->apart, "impossible", (json_int_t)proof->impossible,
		"first_impossible",
		proof->impossible ? pair_json(report, &proof->first_impossible) : json_null(),
		"readings", proof_mark_keys[PROOF_QUEUE], reading_json(&proof->means[PROOF_QUEUE]),
		proof_mark_keys[PROOF_ENTRY], reading_json(&proof->means[PROOF_ENTRY]),
		proof_mark_keys[PROOF_EXIT], reading_json(&proof->means[PROOF_EXIT]), "cost",
		cost_json(&report->cost), "largest",
		array_json(proof->nr_worst, worst_json, report), "alone", alone_json(report));
}

json_t *proof__json_none(const char *why)
{
	return json_pack("{s:s, s:o}", "verdict", "no_verdict", "why", text_or_null(why));
}
