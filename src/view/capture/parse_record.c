// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "abi/limits.h"
#include "model/names.h"
#include "view/capture/parse.h"
#include "view/capture/parse_record.h"

/* Slots of the cache; a power of two. */
#define KNOWN 256

/* Symbols by the texts of a line: to make them takes as long as all else of a line. */
struct known {
	const char *func; /* these three are kept strings; NULL: unknown */
	const char *module;
	const char *callsite;
	struct symbol func_symbol;
	struct symbol callsite_symbol;
};

struct record_names {
	struct strings *strings;
	struct known known[KNOWN];
};

struct record_names *record_names__new(struct strings *strings)
{
	struct record_names *names = calloc(1, sizeof(*names));

	if (names)
		names->strings = strings;
	return names;
}

void record_names__free(struct record_names *names)
{
	free(names);
}

static uint32_t hash(uint32_t hash, const char *text)
{
	while (text && *text)
		hash = (hash ^ (unsigned char)*text++) * 0x01000193;
	return hash;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static const struct known *symbols_find(struct record_names *names, const struct record_line *line)
{
	const char *func = record_line__text(line, RECORD_FUNC);
	const char *module = record_line__text(line, RECORD_MODULE);
	const char *site = record_line__text(line, RECORD_CALLSITE);
	uint32_t at = hash(hash(0x811c9dc5, func), site);
	struct known *known = &names->known[(at ^ at >> 16) & (KNOWN - 1)];

	if (same(known->func, func) && same(known->module, module) && same(known->callsite, site))
		return known;
	*known = (struct known){
		.func = strings__keep(names->strings, func),
		.module = strings__keep(names->strings, module),
		.callsite = strings__keep(names->strings, site),
		.func_symbol = parse__symbol(names->strings, func, module),
		.callsite_symbol = parse__site(names->strings, site),
	};
	return known;
}

static uint64_t number(const struct record_line *line, enum record_key key)
{
	uint64_t n;

	record_line__number(line, key, &n);
	return n;
}

static uint64_t duration(const struct record_line *line, enum record_key key)
{
	uint64_t ns;

	return record_line__number(line, key, &ns) ? ns : NOT_KNOWN;
}

static uint32_t cpu(const struct record_line *line, enum record_key key)
{
	uint64_t n = number(line, key);

	return n < MAX_CPUS ? n : 0;
}

/* The index of the text among @nr names; @none: it is none of them. */
static int name(const struct record_line *line, enum record_key key, const char *const *names,
		int nr, int none)
{
	return parse__index(record_line__text(line, key), names, nr, none);
}

/* "SRC-NUMBER"; 0: null, or something else. */
static uint64_t call(const struct record_line *line)
{
	const char *text = record_line__text(line, RECORD_CALL);
	const char *digits = text ? strchr(text, '-') : NULL;

	return digits ? strtoull(digits + 1, NULL, 10) : 0;
}

void parse__record(struct record_names *names, const struct record_line *line,
		   struct parsed_record *parsed)
{
	static const char *const types[] = { "async", "sync", "irq_work", "ttwu" };
	const struct known *known = symbols_find(names, line);
	const char *comm = record_line__text(line, RECORD_COMM);
	struct record *r = &parsed->record;

	parsed->func = known->func_symbol;
	parsed->callsite = known->callsite_symbol;
	*r = (struct record){
		.time = number(line, RECORD_TIME),
		.func = parsed->func.addr,
		.callsite = parsed->callsite.addr,
		.delay = duration(line, RECORD_DELAY),
		.handler = duration(line, RECORD_HANDLER),
		.call = call(line),
		.wait = duration(line, RECORD_WAIT),
		.pid = number(line, RECORD_TID),
		.tgid = number(line, RECORD_PID),
		.stack = NO_STACK,
		.src = cpu(line, RECORD_SRC),
		.dst = cpu(line, RECORD_DST),
		.kind = name(line, RECORD_KIND, kind_names, NR_KINDS, KIND_CALL_FUNCTION),
		.type = name(line, RECORD_CSD, types, 4, 0) << 4,
		.interrupt = record_line__true(line, RECORD_INTERRUPT),
	};
	if (comm)
		memcpy(r->comm, comm, strnlen(comm, sizeof(r->comm) - 1));
}

void parse__trace_end(const json_t *object, struct trace_totals *totals)
{
	const json_t *lost_by = json_object_get(object, "lost_by");

	*totals = (struct trace_totals){
		.records = parse__number(object, "records"),
		.queued = parse__number(object, "queued"),
		.csds = parse__number(object, "csds"),
		.in_flight = parse__number(object, "in_flight"),
		.brief = parse__number(object, "brief"),
		.late = parse__number(object, "late"),
		.dropped = parse__number(lost_by, "buffer_full"),
		.csds_wanted = json_is_integer(json_object_get(object, "queued")),
	};
	for (int i = 0; i < NR_LOST; i++)
		totals->lost_by[i] = parse__number(lost_by, lost_names[i]);
}
