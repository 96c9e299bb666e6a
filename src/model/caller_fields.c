// SPDX-License-Identifier: GPL-2.0
#include "model/callers.h"
#include "model/field.h"

RULE(sent_by_task, stack_sample, !row->interrupt)

static const struct field user_frame_fields[] = {
	F(symbol, "func", STRING, NONE, name),
	K(symbol, STRING, NONE, module),
	K(symbol, NUMBER, NONE, offset),
};
static const struct form user_frame_form = FORM(struct symbol, user_frame_fields);

static const struct field sender_fields[] = {
	K(stack_sample, BOOL, NONE, interrupt),
	K(stack_sample, NUMBER, NONE, tgid, .is_known = sent_by_task),
	K(stack_sample, TEXT, NONE, comm, .is_known = sent_by_task),
	F(stack_sample, "cgroup", STRING, NONE, cgroup_path, .is_known = sent_by_task),
};
static const struct form sender_form = FORM(struct stack_sample, sender_fields);

/* Only some senders have the last two keys. */
static const struct field code_fields[] = {
	LIST(stack_sample, "user_frames", NONE, user, user_frame,
	     .with = PLACE(stack_sample, nr_user), KNOWN(stack_sample, nr_user)),
	K(stack_sample, NAME, NONE, user_end, NAMES(user_end_names)),
	K(stack_sample, BOOL, NONE, own, PRESENT(stack_sample, own)),
	K(stack_sample, TASK, NONE, queued_by, PRESENT(stack_sample, kworker)),
};
static const struct form code_form = FORM(struct stack_sample, code_fields);

static const struct field caller_fields[] = {
	K(caller_line, STRING, NONE, caller),
	K(caller_line, TEXT, NONE, reason, KNOWN(caller_line, reason)),
	K(caller_line, NUMBER, NONE, samples),
	K(caller_line, NUMBER, NONE, csds),
	FLAT(sender, .at = PLACE(caller_line, call)),
	FLAT(code, .at = PLACE(caller_line, call)),
};
const struct form caller_line_form = FORM(struct caller_line, caller_fields);

static const struct field stack_fields[] = {
	K(stack_line, STRING, NONE, func),
	FLAT(sender, .at = PLACE(stack_line, call)),
	F(stack_line, "frames", SITES, NONE, call.stack, .with = PLACE(stack_line, call.nr)),
	FLAT(code, .at = PLACE(stack_line, call)),
};
const struct form stack_line_form = FORM(struct stack_line, stack_fields);

/* Copy @call. @interrupt: an interrupt sent the csd, and no task did. */
static void copy_call(struct stack_sample *to, const struct stack_sample *call, bool interrupt)
{
	*to = *call;
	to->interrupt = interrupt;
	to->kworker = call->kworker && !interrupt;
}

void caller_line__make(struct caller_line *line, const struct caller *caller)
{
	line->caller = caller->frame ? caller->frame->name : NULL;
	memcpy(line->reason, caller->reason.name, sizeof(line->reason));
	line->samples = caller->samples;
	line->csds = caller__csds(caller);
	copy_call(&line->call, caller->call, caller->interrupt);
}

void stack_line__make(struct stack_line *line, const struct snapshot *snap, size_t i)
{
	const struct stack_sample *call = &snap->samples[i];
	uint32_t first = callers__untraced(call->stack, call->nr);

	line->func = fn_stats__text(&snap->fns[call->fn], line->address);
	copy_call(&line->call, call, callers__sent_by_interrupt(call));
	line->call.nr = call->nr - first;
	memmove(line->call.stack, call->stack + first, line->call.nr * sizeof(*call->stack));
}
