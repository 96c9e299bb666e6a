// SPDX-License-Identifier: GPL-2.0
#include <search.h>
#include "model/callers.h"

struct folded {
	void *tree; /* root of the binary tree of struct stack, for tsearch() */
};

struct stack {
	uint64_t count;
	char text[];
};

static int compare_stacks(const void *a, const void *b)
{
	return strcmp(((const struct stack *)a)->text, ((const struct stack *)b)->text);
}

struct folded *folded__new(void)
{
	return calloc(1, sizeof(struct folded));
}

void folded__free(struct folded *folded)
{
	if (folded)
		tdestroy(folded->tree, free);
	free(folded);
}

static int count_add(struct folded *folded, const char *text, uint64_t count)
{
	struct stack *stack = malloc(sizeof(*stack) + strlen(text) + 1), **found;

	if (!stack)
		return -ENOMEM;
	stack->count = 0;
	strcpy(stack->text, text);
	found = tsearch(stack, &folded->tree, compare_stacks);
	if (!found || *found != stack)
		free(stack);
	if (!found)
		return -ENOMEM;
	(*found)->count += count;
	return 0;
}

/* Append a name to @text. A name must not have the characters that separate frames and stacks. */
static void frame_add(char *text, const char *name)
{
	size_t len = strlen(text), i = len;

	snprintf(text + len, FOLDED_BYTES - len, "%s%s", len ? ";" : "", name);
	for (i += len > 0; text[i]; i++)
		if (text[i] == ';' || text[i] == '\n')
			text[i] = ':';
}

static void symbol_add(char *text, const struct symbol *symbol)
{
	char address[ADDRESS_TEXT];

	frame_add(text, symbol__text(symbol, address));
}

static void func_add(char *text, const struct fn_stats *fn)
{
	if (fn->other)
		frame_add(text, "(other functions)");
	else
		symbol_add(text, &fn->func);
}

/* Append the name of the sender; for a worker, also that of the task that queued the work. */
static void sender_add(char *text, const struct stack_sample *sample)
{
	const struct task_id *by = &sample->queued_by;
	char name[16 + 2 * COMM_LEN];

	snprintf(name, sizeof(name), "%s for %s", callers__worker(sample->comm),
		 by->tgid ? by->comm : "(unknown)");
	if (callers__sent_by_interrupt(sample))
		frame_add(text, "(interrupt)");
	else if (sample->kworker)
		frame_add(text, name);
	else
		frame_add(text, *sample->comm ? sample->comm : "(idle)");
}

static void write_sample(char *text, const struct snapshot *snap, const struct stack_sample *sample)
{
	*text = '\0';
	sender_add(text, sample);
	for (uint32_t f = sample->nr_user; f > 0; f--) {
		const struct symbol *frame = &sample->user[f - 1];
		char file[80];

		/* Each address without a name would make another stack: append its file's name. */
		snprintf(file, sizeof(file), "[%s]", frame->module ? frame->module : "unknown");
		frame_add(text, frame->name ? frame->name : file);
	}
	for (uint32_t f = sample->nr; f > callers__untraced(sample->stack, sample->nr); f--)
		symbol_add(text, &sample->stack[f - 1]);
	func_add(text, &snap->fns[sample->fn]);
}

/* Share the csds of a row among the row's samples, by how many each sample represents. */
static int fn_add(struct folded *folded, const struct snapshot *snap, size_t fn)
{
	uint64_t count = snap->fns[fn].count, given = 0, nr = 0, nth = 0;
	double all = 0, sum = 0;
	char text[FOLDED_BYTES] = "";
	int err = 0;

	for (size_t s = 0; s < snap->nr_samples; s++) {
		if (snap->samples[s].fn != fn)
			continue;
		nr++;
		all += sample__csds(&snap->samples[s]);
	}
	if (!nr && count) {
		frame_add(text, "(not sampled)");
		func_add(text, &snap->fns[fn]);
		return count_add(folded, text, count);
	}
	for (size_t s = 0; s < snap->nr_samples && !err; s++) {
		uint64_t upto;

		if (snap->samples[s].fn != fn)
			continue;
		sum += sample__csds(&snap->samples[s]);
		/* Round sums, so that the parts add up to the count. */
		upto = ++nth == nr ? count : count * (sum / all);
		write_sample(text, snap, &snap->samples[s]);
		if (upto > given)
			err = count_add(folded, text, upto - given);
		given = upto;
	}
	return err;
}

int folded__add(struct folded *folded, const struct snapshot *snap)
{
	int err = 0;

	for (size_t fn = 0; fn < snap->nr_fns && !err; fn++)
		err = fn_add(folded, snap, fn);
	return err;
}

/* The closure of twalk_r(). */
struct walk {
	void (*fn)(const char *stack, uint64_t count);
};

static void visit_stack(const void *node, VISIT which, void *closure)
{
	const struct stack *stack = *(const struct stack *const *)node;
	const struct walk *walk = closure;

	if (which == postorder || which == leaf)
		walk->fn(stack->text, stack->count);
}

void folded__each(const struct folded *folded, void (*fn)(const char *stack, uint64_t count))
{
	struct walk walk = { fn };

	twalk_r(folded->tree, visit_stack, &walk);
}
