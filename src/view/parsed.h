/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values out of objects that were read back from a capture. The file may be
 * damaged or made up: each value is checked before its use.
 */
#ifndef IPITRACE_VIEW_PARSED_H
#define IPITRACE_VIEW_PARSED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Whether @object[@key] is an integer from 0 to @max; then *@value is that integer. */
bool parsed__u64(const json_t *object, const char *key, uint64_t max, uint64_t *value);

/* As parsed__u64(), for the number of a CPU. */
bool parsed__cpu(const json_t *object, const char *key, uint32_t *cpu);

/* A time or a duration, ns; the sum of two of them fits 64 bits. */
bool parsed__ns(const json_t *object, const char *key, uint64_t *ns);

/* An integer that is 0 where the key is absent or null. */
uint64_t parsed__count(const json_t *object, const char *key);

/* A number, 0 where there is none. */
double parsed__number(const json_t *object, const char *key);

/* A string; NULL where there is none. */
const char *parsed__text(const json_t *object, const char *key);

/*
 * Whether the report is one that stands aside: a stall that is folded into its cause, or a
 * storm that is a note. A capture without the key "folded" has only the causes.
 */
bool parsed__aside(const json_t *report);

#endif /* IPITRACE_VIEW_PARSED_H */
