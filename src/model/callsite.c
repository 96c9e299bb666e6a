// SPDX-License-Identifier: GPL-2.0
#include "model/callsite.h"
#include "model/field.h"

/* A traced function returns to one of these functions of tracers, in place of its caller. */
static const char *const trampolines[] = {
	/* Used by function_graph, and by fprobes since 6.14 (4346ba160409), on x86 and arm64. */
	"return_to_handler",
	/* Used by kretprobes based on rethook, and by fprobes up to 6.13: on x86 since 5.18. */
	"arch_rethook_trampoline",
	/* Used by other kretprobes: on arm64. */
	"__kretprobe_trampoline",
	"kretprobe_trampoline",
};

enum callsite_hidden callsite__clear_hidden(struct symbol *site)
{
	enum callsite_hidden hidden = CALLSITE_SHOWN;

	if (site->module && !strcmp(site->module, "bpf"))
		hidden = CALLSITE_BPF;
	for (size_t i = 0;
	     site->name && !site->module && i < sizeof(trampolines) / sizeof(*trampolines); i++)
		if (!strcmp(site->name, trampolines[i]))
			hidden = CALLSITE_TRACER;
	if (hidden != CALLSITE_SHOWN)
		*site = (struct symbol){};
	return hidden;
}

/* Rows that have call sites. Samples and the counts by CPU refer to these rows by index. */
struct site_rows {
	const struct form *form;
	char *rows;
	size_t *nr;
	size_t site; /* offset of a row's call site, bytes */
	struct stack_sample *samples;
	size_t nr_samples;
	struct fn_cpu *cpus;
	size_t nr_cpus;
};

/* Row @gone was added to row @into and removed. Returns the new index of the row at index @old. */
static size_t get_moved_index(size_t old, size_t gone, size_t into)
{
	size_t kept = old == gone ? into : old;

	return kept > gone ? kept - 1 : kept;
}

static void join_rows(struct site_rows *r, size_t into, size_t gone)
{
	size_t size = r->form->size;

	form__add(r->form, r->rows + into * size, r->rows + gone * size);
	--*r->nr;
	memmove(r->rows + gone * size, r->rows + (gone + 1) * size, (*r->nr - gone) * size);
	for (size_t i = 0; i < r->nr_samples; i++)
		r->samples[i].fn = get_moved_index(r->samples[i].fn, gone, into);
	for (size_t i = 0; i < r->nr_cpus; i++)
		r->cpus[i].fn = get_moved_index(r->cpus[i].fn, gone, into);
}

/* Clear hidden call sites and join rows that became equal. Returns whether a tracer hides any. */
static bool settle_rows(struct site_rows *r)
{
	bool traced = false;
	size_t i = 0;

	while (i < *r->nr) {
		char *row = r->rows + i * r->form->size;
		enum callsite_hidden hidden =
			callsite__clear_hidden((struct symbol *)(row + r->site));
		size_t same;

		traced |= hidden == CALLSITE_TRACER;
		/*
		 * The search begins after the row. If no other row is equal, the search finds the
		 * row itself last.
		 */
		same = hidden == CALLSITE_SHOWN ? i : rows__find(r->form, r->rows, *r->nr, i, row);
		if (same == i)
			i++;
		else
			join_rows(r, same, i);
	}
	return traced;
}

void callsites__clear_hidden(struct snapshot *snap)
{
	struct site_rows fns = {
		.form = &fn_form,
		.rows = (char *)snap->fns,
		.nr = &snap->nr_fns,
		.site = offsetof(struct fn_stats, callsite),
		.samples = snap->samples,
		.nr_samples = snap->nr_samples,
		.cpus = snap->fn_cpus,
		.nr_cpus = snap->nr_fn_cpus,
	};
	struct site_rows sends = {
		.form = &send_form,
		.rows = (char *)snap->sends,
		.nr = &snap->nr_sends,
		.site = offsetof(struct send_stats, callsite),
		.samples = snap->send_samples,
		.nr_samples = snap->nr_send_samples,
	};

	snap->how.callsites_hidden |= settle_rows(&fns);
	snap->how.callsites_hidden |= settle_rows(&sends);
}
