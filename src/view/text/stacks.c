// SPDX-License-Identifier: GPL-2.0
#include "base/sanitize.h"
#include "view/text/views.h"

#define STACKS_MAX 12

static bool same_stack(const struct stack_sample *a, const struct stack_sample *b)
{
	if (a->fn != b->fn || a->nr != b->nr)
		return false;
	if (a->nr_user != b->nr_user || (a->nr_user && a->tgid != b->tgid) ||
	    a->queued_by.tgid != b->queued_by.tgid)
		return false;
	for (uint32_t f = 0; f < a->nr; f++)
		if (a->stack[f].addr != b->stack[f].addr)
			return false;
	for (uint32_t f = 0; f < a->nr_user; f++)
		if (a->user[f].addr != b->user[f].addr)
			return false;
	return true;
}

/* Samples of a window, and what their rows are called. */
struct stacks {
	const struct snapshot *snap;
	const struct stack_sample *samples;
	size_t nr;
	const char *(*name)(const struct snapshot *snap, size_t row);
};

static const char *name_fn(const struct snapshot *snap, size_t row)
{
	return snap->fns[row].func.name;
}

static const char *name_send(const struct snapshot *snap, size_t row)
{
	const struct send_stats *send = &snap->sends[row];

	return send->func.name ? send->func.name : kind_names[send->kind];
}

static void print_stack(const struct stacks *stacks, size_t first)
{
	const struct stack_sample *call = &stacks->samples[first];
	const char *end = words__user_end(call->user_end);
	size_t samples = 0;

	for (size_t i = first; i < stacks->nr; i++)
		samples += same_stack(call, &stacks->samples[i]);
	printf("  %s, ", safe(stacks->name(stacks->snap, call->fn)).s);
	printf("%s, %s\n", words__sender(call).s, words__number(samples, "sample").s);
	for (uint32_t f = callers__first(call); f < call->nr; f++)
		style__line(STYLE_DIM, "    %s", words__frame(&call->stack[f]).s);
	/* After the kernel's frames those of the program, and why there are no more. */
	for (uint32_t f = 0; f < call->nr_user; f++)
		style__line(STYLE_DIM, "   %s", words__user(&call->user[f]).s);
	if (end)
		style__line(STYLE_DIM, "    (%s)", end);
}

static void print_stacks(const struct stacks *stacks)
{
	size_t shown = 0;

	for (size_t i = 0; i < stacks->nr && shown < STACKS_MAX; i++) {
		bool before = false;

		for (size_t j = 0; j < i && !before; j++)
			before = same_stack(&stacks->samples[i], &stacks->samples[j]);
		if (before)
			continue;
		print_stack(stacks, i);
		shown++;
	}
}

void view__stacks(const struct snapshot *snap)
{
	printf("\n%sSTACKS%s (of the 1st, 2nd, 4th, 8th ... csd of each function)\n",
	       style__on(STYLE_HEAD), style__off());
	print_stacks(&(struct stacks){ snap, snap->samples, snap->nr_samples, name_fn });
	if (!snap->nr_send_samples)
		return;
	printf("\n%sSTACKS%s of interrupts without a csd\n", style__on(STYLE_HEAD), style__off());
	print_stacks(
		&(struct stacks){ snap, snap->send_samples, snap->nr_send_samples, name_send });
}

static void stack_print(const char *stack, uint64_t count)
{
	static char safe[FOLDED_BYTES];

	sanitize(safe, sizeof(safe), stack);
	printf("%s %" PRIu64 "\n", safe, count);
}

void view__folded(const struct folded *folded)
{
	folded__each(folded, stack_print);
}
