/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A record out of an object of a capture, by its table (model/field.h). A key that is missing, or
 * has another type, leaves its member 0, or unknown.
 */
#ifndef IPITRACE_VIEW_CAPTURE_FIELDS_H
#define IPITRACE_VIEW_CAPTURE_FIELDS_H

#include <jansson.h>
#include "model/field.h"
#include "view/capture/strings.h"

struct field_reader {
	struct strings *strings;
	const void *root; /* the record around all others, for the tables' rules */
	/* What a row of the tables does not say of @record, whose fields are there. */
	void (*settle)(const struct form *of, void *record, const json_t *object);
};

/* Read @object, which may be NULL, into @record, which is all 0. False: no memory. */
bool parse__fields(const struct field_reader *reader, const struct form *of, void *record,
		   const json_t *object);

/* A rate a second as a count over @ns; 0 for a rate that no count can be. */
uint64_t parse__sum(double per_second, uint64_t ns);

/* A count that a line has as a rate is one over this time. */
#define FIELD_RATE_NS 1000000000000ULL

#endif /* IPITRACE_VIEW_CAPTURE_FIELDS_H */
