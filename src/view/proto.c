// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <pb_encode.h>
#include <stdlib.h>
#include <string.h>
#include "view/view.h"

/* The most bytes of a varint: it has 64 bits, 7 in each byte. */
#define VARINT_MAX 10

/* Make room for @len more bytes; NULL without memory. */
static uint8_t *make_room(struct proto *p, size_t len)
{
	size_t size = p->size ? p->size : 4096;
	uint8_t *bytes;

	if (p->err)
		return NULL;
	while (size - p->len < len)
		size *= 2;
	if (size > p->size) {
		bytes = realloc(p->bytes, size);
		if (!bytes) {
			p->err = -ENOMEM;
			return NULL;
		}
		p->bytes = bytes;
		p->size = size;
	}
	return p->bytes + p->len;
}

/*
 * Write the tag of @field, and let *@to write up to @len more bytes after the tag. The caller adds
 * what *@to wrote to @p->len. False: no memory.
 */
static bool begin_field(struct proto *p, pb_ostream_t *to, uint32_t field, pb_wire_type_t wire,
			size_t len)
{
	uint8_t *bytes = make_room(p, VARINT_MAX + len);

	if (!bytes)
		return false;
	*to = pb_ostream_from_buffer(bytes, VARINT_MAX + len);
	return field == PROTO_NO_FIELD || pb_encode_tag(to, wire, field);
}

void proto__uint(struct proto *p, uint32_t field, uint64_t value)
{
	pb_ostream_t to;

	if (begin_field(p, &to, field, PB_WT_VARINT, VARINT_MAX) && pb_encode_varint(&to, value))
		p->len += to.bytes_written;
}

void proto__sint(struct proto *p, uint32_t field, int64_t value)
{
	pb_ostream_t to;

	if (begin_field(p, &to, field, PB_WT_VARINT, VARINT_MAX) && pb_encode_svarint(&to, value))
		p->len += to.bytes_written;
}

void proto__fixed64(struct proto *p, uint32_t field, uint64_t value)
{
	pb_ostream_t to;

	if (begin_field(p, &to, field, PB_WT_64BIT, sizeof(value)) &&
	    pb_encode_fixed64(&to, &value))
		p->len += to.bytes_written;
}

void proto__double(struct proto *p, uint32_t field, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	proto__fixed64(p, field, bits);
}

void proto__string(struct proto *p, uint32_t field, const char *text)
{
	size_t len = strlen(text);
	pb_ostream_t to;

	if (begin_field(p, &to, field, PB_WT_STRING, VARINT_MAX + len) &&
	    pb_encode_string(&to, (const pb_byte_t *)text, len))
		p->len += to.bytes_written;
}

void proto__begin(struct proto *p, uint32_t field)
{
	pb_ostream_t to;

	/* Leave one byte for the length: most messages are shorter than 128 bytes. */
	if (!begin_field(p, &to, field, PB_WT_STRING, 1))
		return;
	if (p->depth == PROTO_DEPTH) {
		p->err = -EOVERFLOW;
		return;
	}
	p->len += to.bytes_written + 1;
	p->begun[p->depth++] = p->len;
}

void proto__end(struct proto *p)
{
	uint8_t length[VARINT_MAX];
	pb_ostream_t to = pb_ostream_from_buffer(length, sizeof(length));
	size_t begun;

	if (p->err)
		return;
	begun = p->begun[--p->depth];
	if (!pb_encode_varint(&to, p->len - begun) || !make_room(p, to.bytes_written))
		return;
	/* If the length needs more bytes than proto__begin() left, move the message. */
	memmove(p->bytes + begun - 1 + to.bytes_written, p->bytes + begun, p->len - begun);
	memcpy(p->bytes + begun - 1, length, to.bytes_written);
	p->len += to.bytes_written - 1;
}
