/* SPDX-License-Identifier: GPL-2.0 */
/* A line of a capture as the model has it. */
#ifndef IPITRACE_TESTS_UNIT_PARSED_H
#define IPITRACE_TESTS_UNIT_PARSED_H

#include "unit.h"
#include "view/capture/capture.h"

/* The caller frees the object by json_decref(). */
static inline json_t *parsed(const char *line)
{
	json_t *object = json_loads(line, 0, NULL);

	assert_non_null(object);
	return object;
}

/* Returns the record of @object, a line of @type; valid until the next call. */
static inline struct capture_record *parsed_record(struct line_parser *parser, enum line_type type,
						   const json_t *object)
{
	static struct capture_record record;

	record.type = type;
	assert_int_equal(parse__line(parser, object, &record), 0);
	return &record;
}

#endif /* IPITRACE_TESTS_UNIT_PARSED_H */
