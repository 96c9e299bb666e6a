// SPDX-License-Identifier: GPL-2.0
#include "model/machine_code.h"
#include "stall/incident.h"

#define ANSWERS 64 /* number of answers that are kept */
#define KEEP_NS 1000000000ULL /* an answer is kept no longer: the kernel changes its code */

struct answer {
	uint64_t addr, called_from; /* addresses of the first two frames */
	uint64_t time; /* 0: no answer */
	bool enabled;
};

struct interrupted_code {
	code_read_fn *read;
	void *ctx;
	struct answer answers[ANSWERS];
};

struct interrupted_code *interrupted_code__new(code_read_fn *read, void *ctx)
{
	struct interrupted_code *code = calloc(1, sizeof(*code));

	if (code) {
		code->read = read;
		code->ctx = ctx;
	}
	return code;
}

/* Find how @frame's function ends before the frame's address. Returns false if that is unknown. */
static bool find_tail(const struct interrupted_code *code, const struct symbol *frame,
		      struct code_tail *tail)
{
	uint64_t begin = frame->addr - frame->offset;
	const uint8_t *bytes = frame->name ? code->read(code->ctx, begin, frame->offset) : NULL;

	return bytes && x86__find_tail(bytes, frame->offset, begin, tail);
}

/* STI and a jump take fewer bytes. */
#define STUB_BYTES 16

/*
 * Whether the function at @addr only switches interrupts on, and then goes to @goes_to, as
 * x86__switches_on() says. The kernel calls such a function where it may run under Xen
 * (CONFIG_PARAVIRT_XXL).
 */
static bool switches_on(const struct interrupted_code *code, uint64_t addr, uint64_t goes_to)
{
	const uint8_t *bytes = addr ? code->read(code->ctx, addr, STUB_BYTES) : NULL;
	uint64_t to;

	return bytes && x86__switches_on(bytes, STUB_BYTES, addr, &to) && to == goes_to;
}

/* Whether the code before stack[0].addr had just switched interrupts on. @nr: frames. */
static bool find_answer(const struct interrupted_code *code, const struct symbol *stack,
			uint32_t nr)
{
	struct code_tail tail;

	if (stack->offset)
		return find_tail(code, stack, &tail) &&
		       ((tail.after_sti && tail.continues) || switches_on(code, tail.called, 0));
	/*
	 * The interrupt came at the beginning of a function. Either its caller switched interrupts
	 * on and called the function, or the caller called code that switches interrupts on and
	 * jumps to the function, which returns (a return thunk).
	 */
	return nr > 1 && find_tail(code, &stack[1], &tail) &&
	       ((tail.after_sti && tail.called == stack->addr) ||
		switches_on(code, tail.called, stack->addr));
}

bool interrupted_code__just_enabled(struct interrupted_code *code, const struct incident *incident,
				    uint64_t now)
{
	uint64_t called_from = incident->nr > 1 ? incident->stack[1].addr : 0;
	struct answer *answer;

	if (!incident->interrupted || !incident->nr)
		return false;
	answer = &code->answers[incident->stack[0].addr % ANSWERS];
	if (!answer->time || answer->addr != incident->stack[0].addr ||
	    answer->called_from != called_from || now - answer->time > KEEP_NS)
		*answer = (struct answer){
			.addr = incident->stack[0].addr,
			.called_from = called_from,
			.time = now,
			.enabled = find_answer(code, incident->stack, incident->nr),
		};
	return answer->enabled;
}
