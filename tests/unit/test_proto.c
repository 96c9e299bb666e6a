// SPDX-License-Identifier: GPL-2.0
/* Protocol buffers byte for byte, as the encoding's specification has them. */
#include "unit.h"
#include "view/view.h"

static struct proto p;

static int teardown(void **state)
{
	free(p.bytes);
	p = (struct proto){ 0 };
	return 0;
}

static void expect(const char *bytes, size_t len)
{
	assert_members(p, err, 0, depth, 0, len, len);
	assert_memory_equal(p.bytes, bytes, len);
	p.len = 0;
}

#define EXPECT(bytes) expect(bytes, sizeof(bytes) - 1)

/* A varint by the specification's rule, written otherwise: 7 bits a byte, the lowest first. */
static uint64_t varint_read(const uint8_t **at)
{
	uint64_t value = 0;

	for (int shift = 0;; shift += 7) {
		uint8_t byte = *(*at)++;

		value += (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return value;
	}
}

TEST(varints, NULL, teardown)
{
	uint64_t seed = 7;

	proto__uint(&p, 1, 0);
	EXPECT("\x08\x00");
	proto__uint(&p, 1, 150); /* the specification's example */
	EXPECT("\x08\x96\x01");
	proto__uint(&p, 1, 127);
	EXPECT("\x08\x7f");
	proto__uint(&p, 1, 128);
	EXPECT("\x08\x80\x01");
	proto__uint(&p, 16, 1); /* a tag of two bytes */
	EXPECT("\x80\x01\x01");
	proto__uint(&p, 2, UINT64_MAX);
	EXPECT("\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	for (int i = 0; i < 10000; i++) {
		uint64_t value = random_magnitude(&seed, 64);
		const uint8_t *at;

		proto__uint(&p, 536870911, value); /* the largest field */
		at = p.bytes;
		assert_int_equal(varint_read(&at), 536870911ULL << 3);
		assert_true(varint_read(&at) == value);
		assert_ptr_equal(at, p.bytes + p.len);
		p.len = 0;
	}
}

TEST(other_fields, NULL, teardown)
{
	proto__sint(&p, 1, 0);
	EXPECT("\x08\x00");
	proto__sint(&p, 1, -1); /* the specification's examples */
	EXPECT("\x08\x01");
	proto__sint(&p, 1, 0x7fffffff);
	EXPECT("\x08\xfe\xff\xff\xff\x0f");
	proto__fixed64(&p, 1, 0x0102030405060708);
	EXPECT("\x09\x08\x07\x06\x05\x04\x03\x02\x01");
	proto__double(&p, 1, 1.0);
	EXPECT("\x09\x00\x00\x00\x00\x00\x00\xf0\x3f");
	proto__string(&p, 2, "testing");
	EXPECT("\x12\x07testing");
	proto__string(&p, 2, "");
	EXPECT("\x12\x00");
}

TEST(messages_nest, NULL, teardown)
{
	proto__begin(&p, 3);
	proto__uint(&p, 1, 150); /* the specification's example */
	proto__end(&p);
	EXPECT("\x1a\x03\x08\x96\x01");
	proto__begin(&p, 1);
	proto__end(&p);
	EXPECT("\x0a\x00");
	proto__begin(&p, 1);
	proto__begin(&p, 2);
	proto__uint(&p, 1, 1);
	proto__end(&p);
	proto__begin(&p, 3);
	proto__end(&p);
	proto__uint(&p, 4, 2);
	proto__end(&p);
	EXPECT("\x0a\x08\x12\x02\x08\x01\x1a\x00\x20\x02");
	proto__begin(&p, PROTO_NO_FIELD);
	proto__uint(&p, 1, 150);
	proto__end(&p);
	EXPECT("\x03\x08\x96\x01");
}

/* The length takes one byte up to 127, then two, then three: what is there moves up. */
TEST(long_messages, NULL, teardown)
{
	static const size_t lengths[] = { 125, 126, 127, 128, 16379, 16380, 16381, 16384, 3000000 };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t len = lengths[i];
		char *text = malloc(len + 1);
		const uint8_t *at;
		uint64_t length;

		assert_non_null(text);
		memset(text, 'x', len);
		text[len] = '\0';
		proto__begin(&p, 1);
		proto__begin(&p, 2);
		proto__string(&p, 3, text);
		proto__end(&p);
		proto__uint(&p, 4, 5);
		proto__end(&p);
		assert_int_equal(p.err, 0);
		at = p.bytes;
		assert_int_equal(*at++, 0x0a);
		length = varint_read(&at);
		assert_int_equal(length, p.bytes + p.len - at);
		assert_int_equal(*at++, 0x12);
		length = varint_read(&at);
		assert_int_equal(length, p.bytes + p.len - 2 - at);
		assert_int_equal(*at++, 0x1a);
		assert_int_equal(varint_read(&at), len);
		assert_memory_equal(at, text, len);
		assert_memory_equal(at + len, "\x20\x05", 2);
		p.len = 0;
		free(text);
	}
}

TEST(too_deep_is_an_error, NULL, teardown)
{
	for (int i = 0; i <= PROTO_DEPTH; i++)
		proto__begin(&p, 1);
	assert_int_not_equal(p.err, 0);
	for (int i = 0; i <= PROTO_DEPTH; i++)
		proto__end(&p);
}

/*
 * Prometheus counts what is 0 apart: field 7 of a histogram. A span, field 12, has its distance from
 * the span before, and its length.
 */
TEST(a_native_histogram_has_its_zeros_and_spans)
{
	const struct metrics_family family = { .name = "x",
					       .type = METRICS_HISTOGRAM,
					       .help = "h" };
	const struct metrics_label none = {};
	const struct metrics_hist hist = {
		.count = 305, .slots = { [0] = 300, [40] = 1, [41] = 1, [42] = 1, [50] = 2 }
	};
	struct metrics_proto proto;
	char *bytes;
	size_t len;
	FILE *out = open_memstream(&bytes, &len);

	assert_non_null(out);
	metrics_proto__init(&proto, out);
	proto.writer.family(&proto.writer, &family);
	proto.writer.hist(&proto.writer, &none, &hist);
	assert_int_equal(proto.writer.end(&proto.writer), 0);
	assert_int_equal(fclose(out), 0);
	assert_non_null(memmem(bytes, len, "\x38\xac\x02", 3));
	/* Bucket 50 comes seven after the end of the first span; sint32 has the sign in bit 0. */
	assert_non_null(memmem(bytes, len, "\x10\x03\x62\x04\x08\x0e\x10\x01", 8));
	free(bytes);
}

/* Each family is written once, after its length. */
TEST(each_family_of_protobuf_is_there_once)
{
	const struct metrics_label none = {};
	struct metrics_proto proto;
	char *bytes;
	size_t len, at = 0;
	FILE *out = open_memstream(&bytes, &len);

	assert_non_null(out);
	metrics_proto__init(&proto, out);
	for (int i = 0; i < 3; i++) {
		const struct metrics_family family = { .name = (const char *[]){ "a", "b", "c" }[i],
						       .type = METRICS_GAUGE,
						       .help = "h" };

		proto.writer.family(&proto.writer, &family);
		proto.writer.sample(&proto.writer, &none, VALUE_COUNT(i));
	}
	assert_int_equal(proto.writer.end(&proto.writer), 0);
	assert_int_equal(fclose(out), 0);
	for (int i = 0; i < 3; i++) {
		const char name[] = { 0x0a, 1, 'a' + i };

		/* The length, then field 1, the name. */
		assert_true(at + 4 < len && (uint8_t)bytes[at] < 0x80);
		assert_memory_equal(bytes + at + 1, name, sizeof(name));
		at += 1 + bytes[at];
	}
	assert_int_equal(at, len);
	free(bytes);
}

TEST_MAIN(NULL, NULL)
