/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Protocol buffer messages into a buffer that grows
 * (https://protobuf.dev/programming-guides/encoding/). nanopb encodes the fields. Its
 * messages are encoded twice, the first time for their lengths, or generated as structs, which
 * hold a whole message at once; timelines and metrics are written by calls in the order of the
 * fields, so here the length is put in front afterwards.
 */
#ifndef IPITRACE_VIEW_PROTO_H
#define IPITRACE_VIEW_PROTO_H

#include <stddef.h>
#include <stdint.h>

/* Messages within messages. */
#define PROTO_DEPTH 8

/* All zero bytes: empty. */
struct proto {
	uint8_t *bytes; /* the caller frees them */
	size_t len;
	size_t size;
	size_t begun[PROTO_DEPTH]; /* the first byte of each message that is open */
	unsigned int depth;
	int err; /* negative errno: some fields are missing */
};

void proto__uint(struct proto *p, uint32_t field, uint64_t value);
void proto__sint(struct proto *p, uint32_t field, int64_t value); /* of type sint32 or sint64 */
void proto__fixed64(struct proto *p, uint32_t field, uint64_t value);
void proto__double(struct proto *p, uint32_t field, double value);
void proto__string(struct proto *p, uint32_t field, const char *text);

/*
 * The fields between the two belong to the message in @field. A message of a delimited list is in
 * no field: its length alone is in front.
 */
#define PROTO_NO_FIELD 0
void proto__begin(struct proto *p, uint32_t field);
void proto__end(struct proto *p);

#endif /* IPITRACE_VIEW_PROTO_H */
