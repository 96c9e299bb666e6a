/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of a line's object, as the model has them. A key that is missing, or has
 * another type, reads as unknown: a capture may be of another minor version, or made by
 * hand.
 */
#ifndef IPITRACE_VIEW_CAPTURE_PARSE_H
#define IPITRACE_VIEW_CAPTURE_PARSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "model/host.h"
#include "model/moment.h"
#include "model/symbol.h"

struct form;

/* Each string once: names that outlive the line that they were read from. */
struct strings;

/* NULL without memory. */
struct strings *strings__new(void);
void strings__free(struct strings *strings);

/* Whether a text was not kept: there is no memory, or the texts have STRINGS_MAX bytes. */
#define STRINGS_MAX ((size_t)128 << 20)
bool strings__short(const struct strings *strings);

/*
 * The one copy of @text, valid until strings__free(); the same pointer for the same
 * text. NULL for NULL, or where there is no room.
 */
const char *strings__keep(struct strings *strings, const char *text);

/* Never negative; 0: null, or no number. */
uint64_t parse__number(const json_t *object, const char *key);

/* The same; *@known says whether it is a number. */
uint64_t parse__known(const json_t *object, const char *key, bool *known);

/* Whether @object[@key] is an integer from 0 to @max; then *@value is that integer. */
bool parse__is_u64(const json_t *object, const char *key, uint64_t max, uint64_t *value);

/* The same for a time or a duration, of which two fit 64 bits. */
bool parse__is_ns(const json_t *object, const char *key, uint64_t *ns);

/*
 * Whether the report is one that stands aside: a stall that is folded into its cause, or a
 * storm that is a note. A capture without the key "folded" has only the causes.
 */
bool parse__aside(const json_t *report);

double parse__real(const json_t *object, const char *key);
bool parse__true(const json_t *object, const char *key);

/* NULL: null, or no string. Valid as long as @object. */
const char *parse__text(const json_t *object, const char *key);

/* The same, cut to @size bytes; "" if unknown. */
void parse__copy(const json_t *object, const char *key, char *to, size_t size);

/* A CPU's number; 0 where it is none that can be. */
uint32_t parse__cpu(const json_t *object, const char *key);

/* A list of CPUs. */
void parse__cpus(const json_t *array, struct cpuset *set);

/* The index of parse__text() among @nr names; @none: it is none of them. */
int parse__name(const json_t *object, const char *key, const char *const *names, int nr, int none);

/* The same of @text, which may be NULL. */
int parse__index(const char *text, const char *const *names, int nr, int none);

/*
 * A function by "func" and "module". Functions with the same names get the same
 * address, which is not the kernel's.
 */
struct symbol parse__function(struct strings *strings, const json_t *object);

/* The same; @func and @module may be NULL. */
struct symbol parse__symbol(struct strings *strings, const char *func, const char *module);

/* "name+0x1c", "name+0x1c [module]" or "0xADDRESS"; addr 0: NULL. */
struct symbol parse__site(struct strings *strings, const char *text);

/* An array of such; returns how many, @max at most. */
uint32_t parse__stack(struct strings *strings, const json_t *array, struct symbol *stack,
		      uint32_t max);

/* {nodename, kernel, arch, online}. */
void parse__host(const json_t *object, struct host *host);

/* RFC 3339 in UTC, as json/parts writes it. */
struct timespec parse__date(const char *text);

/*
 * A record out of an object of a capture, by its table (model/field.h). A key that is missing, or
 * has another type, leaves its member 0, or unknown.
 */
struct field_reader {
	struct strings *strings;
	const void *root; /* the record around all others, for the tables' rules */
	/* Sets what no row of the tables says of @record, whose fields are there. */
	void (*settle)(const struct form *of, void *record, const json_t *object);
};

/* Read @object, which may be NULL, into @record, which is all 0. False: no memory. */
bool parse__fields(const struct field_reader *reader, const struct form *of, void *record,
		   const json_t *object);

/* A rate a second as a count over @ns; 0 for a rate that no count can be. */
uint64_t parse__sum(double per_second, uint64_t ns);

/* A count that a line has as a rate is one over this time. */
#define FIELD_RATE_NS 1000000000000ULL

#endif /* IPITRACE_VIEW_CAPTURE_PARSE_H */
