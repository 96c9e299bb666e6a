// SPDX-License-Identifier: GPL-2.0
/*
 * Each table of fields (model/field.h): all its fields at random, into a line and back; and each
 * member of its struct has a field, or is left out by name.
 */
#include <jansson.h>
#include "model/callers.h"
#include "model/field.h"
#include "model/incident.h"
#include "model/names.h"
#include "model/snapshot.h"
#include "model/storm.h"
#include "model/totals.h"
#include "forms.h"
#include "unit.h"
#include "view/capture/capture.h"
#include "view/json/json.h"

#define ROUNDS 50

static void records_compare(const struct form *of, const void *got, const void *want,
			    const void *root);

static void symbols_compare(const struct symbol *got, const struct symbol *want, const char *key)
{
	if (strcmp(got->name, want->name) || got->offset != want->offset ||
	    (want->module && strcmp(got->module, want->module)))
		fail_msg("%s: another function", key);
}

static void items_compare(const struct field *f, const char *got, const char *want, size_t nr,
			  const void *root)
{
	for (size_t i = 0; i < nr; i++)
		records_compare(f->of, got + i * f->of->size, want + i * f->of->size, root);
}

static void field_compare(const struct field *f, const void *got, const void *want,
			  const void *root)
{
	const char *a = member_of(got, f->at), *b = member_of(want, f->at);
	double off;

	switch (f->type) {
	case FIELD_FUNCTION:
	case FIELD_SITE:
		symbols_compare((const void *)a, (const void *)b, f->key);
		break;
	case FIELD_OBJECT:
	case FIELD_FLAT:
		records_compare(f->of, a, b, root);
		break;
	case FIELD_OBJECTS:
	case FIELD_LIST:
		items_compare(f, a, b, f->nr, root);
		break;
	case FIELD_ROWS:
		assert_int_equal(member__number(got, f->with), member__number(want, f->with));
		items_compare(f, *(char *const *)a, *(char *const *)b,
			      member__number(want, f->with), root);
		break;
	case FIELD_TEXT:
		assert_string_equal(a, b);
		break;
	case FIELD_STRING:
		assert_string_equal(*(char *const *)a, *(char *const *)b);
		break;
	case FIELD_REAL:
		off = *(const double *)a - *(const double *)b;
		assert_true(off < 1e-3 && off > -1e-3);
		break;
	case FIELD_TASK:
		/* An interrupt has no task. */
		if (!((const struct task_id *)b)->interrupt)
			assert_memory_equal(a, b, f->at.size);
		break;
	case FIELD_SINCE:
		/*
		 * If the other time comes later in the line, the reader of that one adds the two.
		 */
		if (memcmp(a, b, f->at.size))
			assert_int_equal(member__number(got, f->at) + member__number(want, f->with),
					 member__number(want, f->at));
		break;
	case FIELD_SITES:
	case FIELD_MODULE_SITES:
		for (size_t i = 0; i < member__number(want, f->with); i++)
			symbols_compare((const struct symbol *)a + i, (const struct symbol *)b + i,
					f->key);
		break;
	case FIELD_BORROWED:
	case FIELD_DERIVED:
		break;
	default:
		if (memcmp(a, b, f->at.size))
			fail_msg("%s (%s) differs", f->key, f->at.name);
	}
}

/* A member that a rule keeps out of the line cannot be read back. */
static void records_compare(const struct form *of, const void *got, const void *want,
			    const void *root)
{
	for (size_t i = 0; i < of->nr; i++) {
		const struct field *f = &of->fields[i];

		if (!f->key || (f->is_present && !f->is_present(root, want)) ||
		    (f->is_known && !f->is_known(root, want)) ||
		    (f->known.size && !member__number(want, f->known)))
			continue;
		if (f->known.size == 1)
			assert_int_equal(member__number(got, f->known), 1);
		if (f->present.size == 1)
			assert_int_equal(member__number(got, f->present), 1);
		if (f->found.size)
			assert_int_equal(member__number(got, f->found), 1);
		field_compare(f, got, want, root);
	}
}

/* The only derived value that the reader needs: it says to which record a row belongs. */
static void reason_derive(json_t **object, const struct form *of, const void *record,
			  const void *root)
{
	const struct snapshot *snap = root;

	if (of == &tlb_form)
		json_object_set_new(
			*object, "reason",
			json_string(tlb_names[(const struct tlb_stats *)record - snap->tlb]));
}

static void come_back(const struct form *of, const void *root, void *want)
{
	const struct json_fields fields = { root, reason_derive };
	const struct field_reader reader = { .strings = strings, .root = root };
	json_t *object = json_fields__object(&fields, of, want);
	void *got = calloc(1, of->size);

	assert_non_null(object);
	assert_true(parse__fields(&reader, of, got, object));
	records_compare(of, got, want, root);
	form__free(of, got);
	free(got);
	json_decref(object);
}

TEST_F(each_field_comes_back)
{
	static const struct signature all = { .shows = ~0U };
	static const struct form *const forms[] = { &storm_line_form,	&verdict_form,
						    &calm_form,		&stall_line_form,
						    &stall_totals_form, &trace_totals_form,
						    &trigger_form,	&caller_line_form,
						    &stack_line_form };

	for (int round = 0; round < ROUNDS; round++) {
		struct snapshot snap = {};

		record_fill(&snapshot_form, &snap);
		come_back(&snapshot_form, &snap, &snap);
		/* Interrupts and runs, which are in the line if calls were followed. */
		snap.how.source = SOURCE_CALLS;
		snap.known.irqs = snap.known.irq_delay = snap.known.entry_unseen = true;
		come_back(&snapshot_form, &snap, &snap);
		snapshot__free(&snap);
		for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
			void *record = calloc(1, forms[i]->size);

			record_fill(forms[i], record);
			if (forms[i] == &storm_line_form)
				((struct storm_line *)record)->storm.sig = &all;
			come_back(forms[i], record, record);
			free(record);
		}
	}
}

static bool is_member(const struct member_at *at, const char *path, const char *name, size_t len)
{
	size_t before = strlen(path);

	return at->name && !strncmp(at->name, path, before) &&
	       !strncmp(at->name + before, name, len) &&
	       (!at->name[before + len] || strchr(".[", at->name[before + len]));
}

/* Whether a field of @of, or of a part of it, reads @path's member @name, or depends on it. */
static bool has_member(const struct form *of, const char *path, const char *name, size_t len)
{
	for (size_t i = 0; i < of->nr; i++) {
		const struct field *f = &of->fields[i];

		if (is_member(&f->at, path, name, len) || is_member(&f->known, path, name, len) ||
		    is_member(&f->present, path, name, len) ||
		    is_member(&f->found, path, name, len) || is_member(&f->with, path, name, len))
			return true;
		if (f->of && !f->at.size && has_member(f->of, path, name, len))
			return true;
	}
	return false;
}

struct described {
	const char *header, *name;
	const struct form *root; /* the struct's form, or that of one around it ... */
	const char *key; /* ... which has this key: "cpus.delay" */
	const char *path; /* of the struct in the form's */
	const char *left_out; /* " name name " */
};

/* Returns the form of @key, "a.b", in @of. A part without a key belongs to the form around it. */
static const struct form *form_of(const struct form *of, const char *key)
{
	size_t len = strcspn(key, ".");

	for (size_t i = 0; *key && i < of->nr; i++) {
		const struct field *f = &of->fields[i];

		if (f->of && f->key && !strncmp(f->key, key, len) && !f->key[len])
			return form_of(f->of, key + len + (key[len] == '.'));
	}
	if (*key)
		fail_msg("no form has the key %s", key);
	return of;
}

static size_t line_check(const struct described *d, const char *line)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
	size_t found = 0;

	/* A line of a comment declares no member. */
	if (line[strspn(line, "\t ")] == '*')
		return 0;
	for (const char *at = line; *at && *at != '/';) {
		size_t len = strspn(at, letters);
		char word[64];

		if (len && strchr("[,;", at[len])) {
			snprintf(word, sizeof(word), " %.*s ", (int)len, at);
			if (!strstr(d->left_out, word) ==
			    !has_member(form_of(d->root, d->key), d->path, at, len))
				fail_msg("struct %s: %.*s has no field, or is left out and has one",
					 d->name, (int)len, at);
			found++;
		}
		at += len ? len : 1;
		if (*at == '[')
			at += strcspn(at, "]");
	}
	return found;
}

static void check(const struct described *d)
{
	FILE *file = fopen(d->header, "re");
	char line[256], head[96];
	bool inside = false;
	size_t found = 0;

	assert_non_null(file);
	snprintf(head, sizeof(head), "struct %s {\n", d->name);
	while (fgets(line, sizeof(line), file)) {
		if (inside && *line == '}')
			break;
		if (inside && strchr(line, ';'))
			found += line_check(d, line);
		inside |= !strcmp(line, head);
	}
	fclose(file);
	if (!found)
		fail_msg("struct %s: no member", d->name);
}

#define MODEL(file) "src/model/" file ".h"

static const struct described structs[] = {
	{ MODEL("hist"), "hist", &hist_form, "", "", "" },
	{ MODEL("hist"), "wait_sum", &wait_sum_form, "", "", "" },
	{ MODEL("snapshot"), "ledger", &ledger_form, "", "", " waits_unseen " },
	{ MODEL("snapshot"), "call_ledger", &call_ledger_form, "", "", "" },
	/* The worst call has bit-fields, which have no offset. */
	{ MODEL("hist"), "call_sum", &call_sum_form, "", "", " worst_ns worst " },
	{ MODEL("snapshot"), "window", &snapshot_form, "window", "", " last " },
	{ MODEL("snapshot"), "irq_sum", &snapshot_form, "cpus.irqs", "", "" },
	{ MODEL("snapshot"), "cpu_stats", &snapshot_form, "cpus", "", "" },
	{ MODEL("snapshot"), "fn_stats", &snapshot_form, "functions", "", "" },
	{ MODEL("snapshot"), "send_stats", &snapshot_form, "sends", "", "" },
	{ MODEL("snapshot"), "by_stats", &snapshot_form, "by.rows", "", " uid_known uid " },
	{ MODEL("snapshot"), "by_stats", &snapshot_form, "by.others", "",
	  " tgid cgroup cgroup_path interrupt other comm " },
	{ MODEL("snapshot"), "edge", &snapshot_form, "edges", "", "" },
	{ MODEL("snapshot"), "prog_cost", &snapshot_form, "self.programs", "", "" },
	{ MODEL("snapshot"), "kind_stats", &snapshot_form, "kinds", "", " most_hit " },
	{ MODEL("snapshot"), "tlb_stats", &snapshot_form, "tlb", "", "" },
	{ MODEL("snapshot"), "wake_stats", &snapshot_form, "wakes", "", "" },
	/* Members that the reader derives from keys of other members. */
	{ MODEL("snapshot"), "how", &snapshot_form, "", "how.",
	  " filtered by_task sees_interrupts " },
	/* A capture shows that calls were followed by which other fields are null. */
	{ MODEL("snapshot"), "known", &snapshot_form, "", "known.",
	  " irqs irq_delay entry_unseen " },
	/* `kinds` has the sums of all_kinds. */
	{ MODEL("snapshot"), "snapshot", &snapshot_form, "", "", " kinds " },
	{ MODEL("storm"), "storm_func", &storm_line_form, "functions", "", " count " },
	{ MODEL("storm"), "storm_source", &storm_line_form, "sources", "", " sender " },
	/* The line of a storm has rates, shares and CPUs in place of sums. */
	{ MODEL("storm"), "storm", &storm_line_form, "", "storm.",
	  " news sig recognised last life nr_cpus src dst csds " },
	{ MODEL("storm"), "cpu_rate", &storm_line_form, "sent.cpus", "", "" },
	{ MODEL("storm"), "storm_spread", &storm_line_form, "sent", "", "" },
	{ MODEL("storm"), "storm_line", &storm_line_form, "", "", " counts_src counts_dst " },
	{ MODEL("storm"), "storm_note", &verdict_form, "note", "", "" },
	{ MODEL("storm"), "storm_nearest", &verdict_form, "", "", " worst undecided storm " },
	{ MODEL("storm"), "calm", &calm_form, "", "",
	  " cpu_ns waits_unknown runs_unseen irqs_unseen " },
	{ MODEL("storm"), "tsc_evidence", &storm_line_form, "evidence.tsc", "", " known " },
	{ MODEL("storm"), "cpufreq_policy", &storm_line_form, "evidence.cpufreq.policies", "", "" },
	{ MODEL("storm"), "cpufreq_evidence", &storm_line_form, "evidence.cpufreq", "",
	  " cpus_a_policy " },
	{ MODEL("storm"), "guest_evidence", &storm_line_form, "evidence.guests", "", "" },
	{ MODEL("storm"), "guest_vm", &storm_line_form, "evidence.guest_ipis.vms", "", " ipis " },
	{ MODEL("storm"), "guest_ipi_evidence", &storm_line_form, "evidence.guest_ipis", "",
	  " known " },
	{ MODEL("storm"), "clock_evidence", &storm_line_form, "evidence", "clock.", "" },
	{ MODEL("storm"), "change", &storm_line_form, "changes", "", "" },
	{ MODEL("storm"), "storm_evidence", &storm_line_form, "evidence", "",
	  " changes nr_changes nr_online " },
	{ MODEL("totals"), "stall_totals", &stall_totals_form, "", "",
	  " ended families nr_families " },
	{ MODEL("totals"), "trace_totals", &trace_totals_form, "", "", " ended filtered " },
	{ MODEL("incident"), "trigger", &trigger_form, "", "", " time " },
	{ MODEL("incident"), "waiter", &stall_line_form, "waiters", "", "" },
	{ MODEL("incident"), "delay_split", &stall_line_form, "split", "", " known " },
	{ MODEL("incident"), "straggler_line", &stall_line_form, "straggler", "", " known " },
	{ MODEL("incident"), "target_line", &stall_line_form, "targets", "", "" },
	{ MODEL("incident"), "backtrace", &stall_line_form, "backtrace", "", " nr " },
	{ MODEL("incident"), "stall_line", &stall_line_form, "", "", " times " },
	{ MODEL("callers"), "caller_line", &caller_line_form, "", "", "" },
	{ MODEL("callers"), "stack_line", &stack_line_form, "", "", " address " },
	/* These become figures of the line, or are in no line; doing_since is in `doing`. */
	{ MODEL("incident"), "incident", &stall_line_form, "", "in.",
	  " key cause csd queued sent arrived ran looks others doing_since nr_listed targets straggler backtrace user interrupted just_enabled " },
};

TEST(each_member_has_a_field)
{
	for (size_t i = 0; i < ARRAY_SIZE(structs); i++)
		check(&structs[i]);
}

TEST_MAIN(NULL, NULL)
