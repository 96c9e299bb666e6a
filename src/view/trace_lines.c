// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/write_all.h"
#include "model/callsite.h"
#include "view/json/json.h"
#include "view/words/words.h"

char *lines__begin(struct lines *lines, size_t max)
{
	if (lines->len + max > LINES_BYTES)
		lines__flush(lines);
	return lines->text + lines->len;
}

void lines__end(struct lines *lines, const char *end)
{
	lines->len = end - lines->text;
}

/*
 * The first @done bytes of @text were written to @fd: truncate the incomplete line at the file's
 * end, but only if nobody has written after these bytes, because PROGRAM may write to the file,
 * too.
 */
static void remove_part_line(int fd, const char *text, size_t done)
{
	const char *newline = memrchr(text, '\n', done);
	size_t part = done - (newline ? newline + 1 - text : 0);
	off_t end = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (!part || end < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size != end)
		return;
	if (!ftruncate(fd, end - part))
		lseek(fd, end - part, SEEK_SET);
}

int lines__flush(struct lines *lines)
{
	size_t done = 0;

	if (!lines->err && lines->write)
		lines->err = lines->len ? lines->write(lines->ctx, lines->text, lines->len) : 0;
	else if (!lines->err)
		lines->err = write_all(lines->fd, lines->text, lines->len, &done);
	if (lines->err && done)
		remove_part_line(lines->fd, lines->text, done);
	lines->len = 0;
	return lines->err;
}

void lines__fail(struct lines *lines, int err)
{
	if (!lines__flush(lines))
		lines->err = err;
}

/* Slots of the caches; powers of two. */
#define FUNCS 1024
#define COMMS 256

/* Longer than any frame's name. */
#define NAME_BYTES 1024

struct comm {
	char comm[COMM_LEN];
	char *json;
};

struct trace_names {
	struct naming naming;
	struct trace_func funcs[FUNCS];
	struct comm comms[COMMS];
	struct trace_stack *stacks; /* by id; NULL: without stacks */
};

struct trace_names *trace_names__open(const struct naming *naming)
{
	struct trace_names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->naming = *naming;
	names->stacks = naming->stack ? calloc(STACKS, sizeof(*names->stacks)) : NULL;
	if (naming->stack && !names->stacks) {
		free(names);
		return NULL;
	}
	return names;
}

void trace_names__close(struct trace_names *names)
{
	if (!names)
		return;
	for (int i = 0; i < FUNCS; i++) {
		free(names->funcs[i].json);
		free(names->funcs[i].text);
	}
	for (int i = 0; i < COMMS; i++)
		free(names->comms[i].json);
	for (int i = 0; names->stacks && i < STACKS; i++) {
		free(names->stacks[i].json);
		free(names->stacks[i].text);
	}
	free(names->stacks);
	free(names);
}

/* The factor is the kernel's GOLDEN_RATIO_64 (include/linux/hash.h). */
static uint32_t hash_pair(uint64_t a, uint64_t b)
{
	return (a ^ b << 7) * 0x61c8864680b583ebULL >> 32;
}

/* Returns the members of @object as `,"key":value,...`; NULL without memory. */
static char *write_members(json_t *object)
{
	char *text = json__text(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (!text)
		return NULL;
	*text = ',';
	text[strlen(text) - 1] = '\0';
	return text;
}

static void make_func(struct trace_names *names, struct trace_func *fn)
{
	struct symbol func = { .addr = fn->func }, site = { .addr = fn->callsite };
	char address[ADDRESS_TEXT];
	json_t *object;

	free(fn->json);
	free(fn->text);
	names->naming.symbol(names->naming.ctx, &func, true);
	fn->unnamed = func.addr && !func.name;
	object = json_pack("{s:o, s:o}", "func", func.addr ? parts__function(&func) : json_null(),
			   "module", parts__text_or_null(func.module));
	if (asprintf(&fn->text, "%s%s%s%s", func.addr ? safe(symbol__text(&func, address)).s : "",
		     func.module ? " [" : "", func.module ? safe(func.module).s : "",
		     func.module ? "]" : "") < 0)
		fn->text = NULL;
	/* This look-up may free the strings of the first look-up, which are already copied. */
	names->naming.symbol(names->naming.ctx, &site, false);
	callsite__clear_hidden(&site);
	fn->unnamed |= site.addr && !site.name;
	parts__add(&object, "callsite", parts__callsite(&site));
	fn->json = write_members(object);
}

const struct trace_func *trace_names__func(struct trace_names *names, const struct record *r)
{
	struct trace_func *fn = &names->funcs[hash_pair(r->func, r->callsite) & (FUNCS - 1)];

	if (!fn->json || fn->func != r->func || fn->callsite != r->callsite) {
		fn->func = r->func;
		fn->callsite = r->callsite;
		fn->uses = 0;
		make_func(names, fn);
	} else if (fn->unnamed) {
		/* A missing name may be known later: ask at the first, second, fourth, ... use. */
		fn->uses++;
		if (!(fn->uses & (fn->uses - 1)))
			make_func(names, fn);
	}
	return fn;
}

const char *trace_names__comm(struct trace_names *names, const struct record *r)
{
	struct comm *comm;
	uint64_t words[2];

	memcpy(words, r->comm, sizeof(words));
	comm = &names->comms[hash_pair(words[0], words[1]) & (COMMS - 1)];
	if (!comm->json || memcmp(comm->comm, r->comm, COMM_LEN)) {
		memcpy(comm->comm, r->comm, COMM_LEN);
		free(comm->json);
		comm->json = json__quoted(comm->comm);
	}
	return comm->json;
}

static void make_stack(struct trace_names *names, int32_t id, struct trace_stack *stack)
{
	const struct symbol *caller;
	struct stack_sample sample = {};
	struct reason reason;
	char text[NAME_BYTES];
	uint32_t first;
	size_t len;
	FILE *out;

	names->naming.stack(names->naming.ctx, id, &sample);
	caller = callers__frame(&sample);
	reason = callers__reason(sample.stack, sample.nr);
	first = callers__untraced(sample.stack, sample.nr);
	free(stack->json);
	free(stack->text);
	stack->interrupt = callers__sent_by_interrupt(&sample);
	stack->own_softirq = callers__sent_in_own_softirq(&sample);
	stack->json = write_members(json_pack(
		"{s:o, s:o, s:o}", "caller", parts__text_or_null(caller ? caller->name : NULL),
		"reason", parts__word_or_null(reason.name), "stack",
		sample.nr ? parts__frames(sample.stack + first, sample.nr - first) : json_null()));
	stack->text = NULL;
	out = memory_text__open(&stack->text, &len);
	if (!out)
		return;
	if (*reason.name)
		fprintf(out, "            via %s\n", safe(reason.name).s);
	for (uint32_t i = first; i < sample.nr; i++) {
		const struct symbol *frame = &sample.stack[i];

		if (frame->name)
			snprintf(text, sizeof(text), "%s+0x%" PRIx64, frame->name, frame->offset);
		else
			snprintf(text, sizeof(text), "0x%" PRIx64, frame->addr);
		fprintf(out, "              %s\n", safe(text).s);
	}
	if (fclose(out)) {
		free(stack->text);
		stack->text = NULL;
	}
}

const struct trace_stack *trace_names__stack(struct trace_names *names, const struct record *r)
{
	static const struct trace_stack none = {
		.json = ",\"caller\":null,\"reason\":null,\"stack\":null",
		.text = "",
	};
	struct trace_stack *stack;

	if (!names->stacks)
		return NULL;
	if (r->stack < 0 || r->stack >= STACKS)
		return &none;
	stack = &names->stacks[r->stack];
	if (!stack->json || !stack->text)
		make_stack(names, r->stack, stack);
	return stack;
}
