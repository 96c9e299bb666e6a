/* SPDX-License-Identifier: GPL-2.0 */
/* What was sent, as text, and the name of the cause that it must have. */
#ifndef IPITRACE_TESTS_CAUSE_EXAMPLES_H
#define IPITRACE_TESTS_CAUSE_EXAMPLES_H

#include "model/callers.h"
#include "model/cause.h"
#include "unit.h"

#define SYSCALL "do_syscall_64<entry_SYSCALL_64_after_hwframe"
#define FLUSH \
	"flush_tlb_func: smp_call_function_many_cond<on_each_cpu_cond_mask<flush_tlb_mm_range<"
#define WAKE "resched_curr<wakeup_preempt<ttwu_do_activate<try_to_wake_up<"

/* "a<b<c": b called a. "": it was not sampled. */
static inline struct stack_sample sample_of(const char *frames)
{
	static char text[4096];
	struct stack_sample sample = {};
	char *at = text, *name;

	assert_true(strlen(frames) < sizeof(text));
	strcpy(text, frames);
	while (*text && (name = strsep(&at, "<")) && sample.nr < STACK_DEPTH)
		sample.stack[sample.nr++].name = name;
	return sample;
}

struct example {
	const char *cause; /* its name, and why, if that is known */
	const char *
		sent; /* "FUNCTION: FRAMES", "FUNCTION [MODULE]: FRAMES"; a reschedule has only FRAMES */
};

static inline void check(enum ipi_kind kind, const struct example *known, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const char *sent = known[i].sent, *frames = strstr(sent, ": ");
		struct stack_sample sample = sample_of(frames ? frames + 2 : sent);
		char func[64] = "", got[128], *module = NULL;
		struct cause cause;

		if (frames)
			snprintf(func, sizeof(func), "%.*s", (int)(frames - sent), sent);
		if ((module = strstr(func, " ["))) {
			*module = module[strlen(module) - 1] = '\0';
			module += 2;
		}
		cause = cause__of(&(struct sending){
			.kind = kind,
			.func = *func ? func : NULL,
			.module = module,
			.stack = sample.stack,
			.nr = sample.nr,
		});
		assert_non_null(cause.sig);
		snprintf(got, sizeof(got), "%s%s%s", cause.sig->name, cause.why ? " " : "",
			 cause.why ? cause.why->word : "");
		if (strcmp(got, known[i].cause))
			fail_msg("%s: %s, want %s", sent, got, known[i].cause);
		assert_true(strlen(cause__words(&cause)) > 20);
		assert_true(strlen(cause__advice(&cause)) > 5);
	}
}

#endif /* IPITRACE_TESTS_CAUSE_EXAMPLES_H */
