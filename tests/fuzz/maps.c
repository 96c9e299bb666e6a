// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: the text of /proc/PID/maps, and that of /tmp/perf-PID.map, which a program writes. A
 * map that is read in two parts, as it grows, says the same as one that is read at once.
 */
#include <stdlib.h>
#include <string.h>
#include "host/user/user.h"

/* Longer lines are left out, and may end in the other part. */
#define LINE_MAX_BYTES (32 << 10)
#define NAMES	       4

static const char *text;
static size_t text_size;

ssize_t budget__pread(int fd, void *to, size_t size, off_t offset)
{
	size_t left = (uint64_t)offset < text_size ? text_size - offset : 0;

	(void)fd;
	if (size > left)
		size = left;
	memcpy(to, text + offset, size);
	return size;
}

static void maps(void)
{
	struct proc_maps maps = {};

	proc_maps__read(&maps, 0);
	for (size_t i = 0; i < maps.nr; i++) {
		uint64_t addr = maps.mappings[i].start;
		const struct code_mapping *found = proc_maps__find(&maps, addr);

		if (!memchr(maps.mappings[i].name, '\0', MAPPING_NAME) ||
		    (found && (addr < found->start || addr >= found->end)))
			abort();
	}
	proc_maps__free(&maps);
}

static void perf_map(size_t part)
{
	struct made_name once[NAMES] = {}, twice[NAMES] = {};
	size_t size = text_size;
	off_t at;

	for (int i = 0; i < NAMES; i++)
		once[i].addr = twice[i].addr = 1ULL << (16 * i);
	perf_map__read(0, 0, PERF_MAP_MAX, once, NAMES);
	text_size = part;
	at = perf_map__read(0, 0, PERF_MAP_MAX, twice, NAMES);
	text_size = size;
	if (at < 0 || at > (off_t)part || perf_map__read(0, at, PERF_MAP_MAX, twice, NAMES) < at ||
	    (size < LINE_MAX_BYTES && memcmp(once, twice, sizeof(once))))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t part;

	if (size < sizeof(part))
		return 0;
	memcpy(&part, data, sizeof(part));
	text = (const char *)data + sizeof(part);
	text_size = size - sizeof(part);
	maps();
	perf_map(text_size ? part % text_size : 0);
	return 0;
}
