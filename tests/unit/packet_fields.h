/* SPDX-License-Identifier: GPL-2.0 */
/* Reads the fields of a message of protobuf. */
#ifndef IPITRACE_TESTS_PACKET_FIELDS_H
#define IPITRACE_TESTS_PACKET_FIELDS_H

#include <string.h>
#include "unit.h"

static inline uint64_t varint_read(const uint8_t **at)
{
	uint64_t value = 0;

	for (int shift = 0;; shift += 7) {
		uint8_t byte = *(*at)++;

		value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return value;
	}
}

/* The next field's number; *@value is its number, or its length with *@bytes. */
static inline uint64_t field_read(const uint8_t **at, uint64_t *value, const uint8_t **bytes)
{
	uint64_t tag = varint_read(at);

	*bytes = NULL;
	if ((tag & 7) == 1) {
		memcpy(value, *at, 8);
		*at += 8;
		return tag >> 3;
	}
	assert_true((tag & 7) == 0 || (tag & 7) == 2);
	*value = varint_read(at);
	if ((tag & 7) == 2) {
		*bytes = *at;
		*at += *value;
	}
	return tag >> 3;
}

#endif /* IPITRACE_TESTS_PACKET_FIELDS_H */
