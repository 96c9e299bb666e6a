// SPDX-License-Identifier: GPL-2.0
#include <fnmatch.h>
#include "model/callers.h"
#include "model/cause.h"

static const struct signatures *const tables[] = { &signatures_of_tlb, &signatures_of_functions,
						   &signatures_of_tasks };

size_t signatures__nr(void)
{
	size_t nr = 0;

	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		nr += tables[t]->nr;
	return nr;
}

const struct signature *signature__at(size_t i)
{
	size_t t = 0;

	for (; i >= tables[t]->nr; t++)
		i -= tables[t]->nr;
	return &tables[t]->rows[i];
}

/* Whether @func matches @glob, without the compiler's suffixes: NAME.constprop.0, NAME.isra.0. */
static bool name_matches(const char *glob, const char *func)
{
	char name[128];
	size_t len = strcspn(func, ".");

	if (len >= sizeof(name))
		return false;
	memcpy(name, func, len);
	name[len] = '\0';
	/* fnmatch() is slow, and most globs are plain names. */
	if (!strpbrk(glob, "*?["))
		return !strcmp(glob, name);
	return !fnmatch(glob, name, 0);
}

/* Whether @func of @module (NULL: the kernel proper) is one of the row's functions. */
static bool row_has_func(const struct signature *sig, const char *func, const char *module)
{
	/* FNM_EXTMATCH: "@(a|b)" is a or b. */
	if (module && (!sig->module || fnmatch(sig->module, module, FNM_EXTMATCH)))
		return false;
	for (int i = 0; i < SIGNATURE_FUNCS && sig->funcs[i]; i++)
		if (name_matches(sig->funcs[i], func))
			return true;
	return false;
}

/*
 * The frames that may show the cause: the sender's stack, without the frames of a task that an
 * interrupt interrupted. The table has some 500 beginnings of names to compare with each frame, and
 * no frame begins with most of them. @marks rules these out: it has a bit for the first MARK bytes
 * of each frame's name.
 */
#define MARK 4
struct frames {
	const struct symbol *at;
	uint32_t nr;
	uint64_t marks[4];
};

/* Returns the bit in marks of a name that has MARK bytes or more. */
static unsigned int get_mark(const char *name)
{
	unsigned int mark = 0;

	for (int i = 0; i < MARK; i++)
		mark = mark * 31 + (unsigned char)name[i];
	return mark % (4 * 64);
}

/*
 * Returns how many of the frames of @stack may show the cause. These functions ask for themselves,
 * whoever called them: __schedule(), which may balance the load while the task begins to wait for
 * something; the entry of a page fault (x86; arm64: arch/arm64/mm/fault.c); and what lets a lock go
 * that others wait for, or lends its priority to the holder (kernel/locking/).
 */
static uint32_t count_asking(const struct symbol *stack, uint32_t nr)
{
	static const char *const ends[] = { "__schedule",
					    "exc_page_fault",
					    "do_mem_abort",
					    "__mutex_unlock_slowpath",
					    "rt_mutex_slowunlock",
					    "rt_spin_unlock",
					    "rt_read_unlock",
					    "rt_write_unlock",
					    "rtlock_slowlock_locked",
					    "rt_spin_lock",
					    "rt_read_lock",
					    "rt_write_lock",
					    NULL };
	uint32_t end = callers__interrupted(stack, nr);

	for (uint32_t f = 0; f < (end ? end : nr); f++)
		if (stack[f].name && name_list__has(ends, stack[f].name))
			return f + 1;
	return end ? end : nr;
}

static struct frames collect_frames(const struct symbol *stack, uint32_t nr)
{
	uint32_t first = callers__untraced(stack, nr), end = count_asking(stack, nr);
	struct frames frames = { .at = stack + first };

	frames.nr = end > first ? end - first : 0;
	for (uint32_t f = 0; f < frames.nr; f++) {
		const char *name = frames.at[f].name;

		if (name && strnlen(name, MARK) == MARK)
			frames.marks[get_mark(name) / 64] |= 1ULL << get_mark(name) % 64;
	}
	return frames;
}

/* Whether a frame's name may begin with the first @len bytes of @name. If false, none does. */
static bool may_begin(const struct frames *frames, const char *name, size_t len)
{
	return len < MARK || frames->marks[get_mark(name) / 64] >> get_mark(name) % 64 & 1;
}

static bool begins_with(const struct symbol *frame, const char *with, size_t len)
{
	return frame->name && !strncmp(frame->name, with, len);
}

/* Whether the stack has what @via names: a frame "a", or for "a<b" a frame "a" called by "b". */
static bool frames_have(const struct frames *frames, const char *via)
{
	size_t len = strcspn(via, "<");
	const char *caller = via[len] ? via + len + 1 : NULL;

	if (!may_begin(frames, via, len))
		return false;
	for (uint32_t f = 0; f < frames->nr; f++) {
		if (!begins_with(&frames->at[f], via, len))
			continue;
		if (!caller ||
		    (f + 1 < frames->nr && begins_with(&frames->at[f + 1], caller, strlen(caller))))
			return true;
	}
	return false;
}

static bool frames_have_any(const struct frames *frames, const char *const *list, int max)
{
	for (int i = 0; i < max && list[i]; i++)
		if (frames_have(frames, list[i]))
			return true;
	return false;
}

void possible__find(struct possible *possible, const struct sending *sent)
{
	possible->nr = 0;
	for (size_t i = 0; i < signatures__nr() && possible->nr < POSSIBLE_MAX; i++) {
		const struct signature *sig = signature__at(i);
		bool is_func = sent->func && row_has_func(sig, sent->func, sent->module);

		if (!is_func && !(sig->kinds & 1U << sent->kind))
			continue;
		possible->at[possible->nr++] = (struct possible_row){
			.sig = sig,
			.asked = is_func || !sig->by[0] ? sig->via : sig->by,
		};
	}
}

static const struct why *find_why(const struct signature *sig, const struct frames *frames)
{
	for (const struct why *why = sig->whys; why && why->word; why++)
		if (frames_have_any(frames, why->via, WHY_VIA))
			return why;
	return NULL;
}

struct cause possible__cause(const struct possible *possible, const struct symbol *stack,
			     uint32_t nr)
{
	const struct frames frames = collect_frames(stack, nr);

	for (size_t i = 0; i < possible->nr; i++) {
		const struct possible_row *row = &possible->at[i];

		if (!row->asked[0] || frames_have_any(&frames, row->asked, SIGNATURE_VIA))
			return (struct cause){ row->sig, find_why(row->sig, &frames) };
	}
	return (struct cause){};
}

struct cause cause__of(const struct sending *sent)
{
	struct possible possible;

	possible__find(&possible, sent);
	return possible__cause(&possible, sent->stack, sent->nr);
}

const struct signature *signature__named(const char *name)
{
	for (size_t i = 0; i < signatures__nr(); i++)
		if (!strcmp(signature__at(i)->name, name))
			return signature__at(i);
	return NULL;
}

const struct why *signature__why_named(const struct signature *sig, const char *word)
{
	for (const struct why *why = sig ? sig->whys : NULL; why && why->word; why++)
		if (!strcmp(why->word, word))
			return why;
	return NULL;
}

const struct why *signature__why_of(const struct signature *sig, const struct symbol *stack,
				    uint32_t nr)
{
	const struct frames frames = collect_frames(stack, nr);

	return sig ? find_why(sig, &frames) : NULL;
}
