// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/write_all.h"
#include "model/callsite.h"
#include "view/json/json.h"
#include "view/view.h"
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
 * The file has @done bytes of @text: truncate the incomplete line at the end, but only if these are
 * the file's last bytes, because PROGRAM may write to the file, too.
 */
static void cut_off(int fd, const char *text, size_t done)
{
	const char *newline = memrchr(text, '\n', done);
	size_t part = done - (newline ? newline + 1 - text : 0);
	off_t at = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (!part || at < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size != at)
		return;
	if (!ftruncate(fd, at - part))
		lseek(fd, at - part, SEEK_SET);
}

int lines__flush(struct lines *lines)
{
	size_t done = 0;

	if (!lines->err && lines->write)
		lines->err = lines->len ? lines->write(lines->ctx, lines->text, lines->len) : 0;
	else if (!lines->err)
		lines->err = write_all(lines->fd, lines->text, lines->len, &done);
	if (lines->err && done)
		cut_off(lines->fd, lines->text, done);
	lines->len = 0;
	return lines->err;
}

void lines__fail(struct lines *lines, int err)
{
	if (!lines__flush(lines))
		lines->err = err;
}

/* Slots of the caches; powers of two. */
#define FUNCS	   1024
#define COMMS	   256
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

static uint32_t hash_pair(uint64_t a, uint64_t b)
{
	return (a ^ b << 7) * 0x61c8864680b583ebULL >> 32;
}

static void print_symbol(const struct symbol *s, bool offset, char *text, size_t size)
{
	if (!s->name)
		snprintf(text, size, "0x%" PRIx64, s->addr);
	else if (offset)
		snprintf(text, size, "%s+0x%" PRIx64, s->name, s->offset);
	else
		snprintf(text, size, "%s", s->name);
}

/*
 * Returns a JSON string, or null for address 0. The caller frees the string; NULL without memory.
 */
static char *quote_symbol(const struct symbol *s, bool offset)
{
	char text[NAME_BYTES];

	if (!s->addr)
		return strdup("null");
	print_symbol(s, offset, text, sizeof(text));
	return json__quoted(text);
}

static void make_func(struct trace_names *names, struct trace_func *fn)
{
	struct symbol func = { .addr = fn->func }, site = { .addr = fn->callsite };
	char *func_json, *site_json, *module;
	char text[NAME_BYTES];

	free(fn->json);
	free(fn->text);
	names->naming.symbol(names->naming.ctx, &func, true);
	fn->unnamed = func.addr && !func.name;
	func_json = quote_symbol(&func, false);
	print_symbol(&func, false, text, sizeof(text));
	module = func.module ? json__quoted(func.module) : NULL;
	if (asprintf(&fn->text, "%s%s%s%s", func.addr ? safe(text).s : "", func.module ? " [" : "",
		     func.module ? safe(func.module).s : "", func.module ? "]" : "") < 0)
		fn->text = NULL;
	/* This look-up may free the strings of the first look-up, which are already copied. */
	names->naming.symbol(names->naming.ctx, &site, false);
	callsite__settle(&site);
	fn->unnamed |= site.addr && !site.name;
	site_json = quote_symbol(&site, true);
	if (!func_json || !site_json || (func.module && !module) ||
	    asprintf(&fn->json, "\"func\":%s,\"module\":%s,\"callsite\":%s", func_json,
		     module ? module : "null", site_json) < 0)
		fn->json = NULL;
	free(func_json);
	free(site_json);
	free(module);
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

/* Append @a and @b, by @format, to @to, which is freed. NULL without memory, or if any of the three is NULL. */
static char *append(char *to, const char *format, const char *a, const char *b)
{
	char *more, *all = NULL;

	if (!to || !a || !b || asprintf(&more, format, a, b) < 0) {
		free(to);
		return NULL;
	}
	if (asprintf(&all, "%s%s", to, more) < 0)
		all = NULL;
	free(to);
	free(more);
	return all;
}

static void make_stack(struct trace_names *names, int32_t id, struct trace_stack *stack)
{
	const struct symbol *caller;
	struct stack_sample sample = {};
	struct reason reason;
	char text[NAME_BYTES];
	char *json;

	names->naming.stack(names->naming.ctx, id, &sample);
	caller = callers__frame(&sample);
	reason = callers__reason(sample.stack, sample.nr);
	free(stack->json);
	free(stack->text);
	stack->interrupt = callers__interrupt(&sample);
	json = caller ? json__quoted(caller->name) : strdup("null");
	stack->json = append(strdup(""), ",\"caller\":%s%s", json, "");
	free(json);
	json = *reason.name ? json__quoted(reason.name) : strdup("null");
	stack->json =
		append(stack->json, ",\"reason\":%s,\"stack\":%s", json, sample.nr ? "[" : "null");
	free(json);
	stack->text = strdup("");
	if (*reason.name)
		stack->text =
			append(stack->text, "            via %s%s\n", safe(reason.name).s, "");
	for (uint32_t i = callers__first(&sample), first = i; i < sample.nr; i++) {
		print_symbol(&sample.stack[i], true, text, sizeof(text));
		json = json__quoted(text);
		stack->json = append(stack->json, "%s%s", i == first ? "" : ",", json);
		free(json);
		stack->text = append(stack->text, "              %s%s\n", safe(text).s, "");
	}
	if (sample.nr)
		stack->json = append(stack->json, "%s%s", "]", "");
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
