// SPDX-License-Identifier: GPL-2.0
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "cache.h"
#include "machine.h"

#define CPU_WORDS (CPUS_MAX / 64)

struct counts counts;

/* A CPU's latest access to a line. */
struct last {
	uint32_t offset; /* in the map */
	uint16_t cpu, prog;
};

struct line {
	uint64_t has[CPU_WORDS]; /* the CPUs that have it */
	uint64_t wrote[CPU_WORDS]; /* since cache_count() */
	bool dirty; /* the one CPU that has it wrote it */
	struct last writer, reader;
	uint32_t writes, moves; /* since cache_count() */
};

/* Moves by cause: a tree (tsearch(3)), which begins anew with each count. */
static void *causes;

static struct line *lines;
static size_t nr_lines;

static bool bit(const uint64_t *set, uint32_t cpu)
{
	return set[cpu / 64] >> cpu % 64 & 1;
}

static void set_bit(uint64_t *set, uint32_t cpu)
{
	set[cpu / 64] |= 1ULL << cpu % 64;
}

static uint32_t weight(const uint64_t *set)
{
	uint32_t nr = 0;

	for (int i = 0; i < CPU_WORDS; i++)
		nr += __builtin_popcountll(set[i]);
	return nr;
}

void cache_open(void)
{
	if (lines)
		munmap(lines, nr_lines * sizeof(*lines));
	nr_lines = arena_bytes / LINE;
	lines = mmap(NULL, nr_lines * sizeof(*lines), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (lines == MAP_FAILED)
		fail("no memory for %zu lines", nr_lines);
	cache_count();
}

void cache_count(void)
{
	memset(&counts, 0, sizeof(counts));
	tdestroy(causes, free);
	causes = NULL;
	for (size_t i = 0; i < nr_lines; i++) {
		if (!lines[i].writes && !lines[i].moves)
			continue; /* a page that was never touched stays so */
		memset(lines[i].wrote, 0, sizeof(lines[i].wrote));
		lines[i].writes = lines[i].moves = 0;
	}
}

static int cause_compare(const void *a, const void *b)
{
	return memcmp(a, b, offsetof(struct cause, nr));
}

static void cause_add(struct cause cause)
{
	struct cause **at = tsearch(&cause, &causes, cause_compare);

	if (at && *at == &cause) {
		*at = malloc(sizeof(cause));
		if (*at)
			**at = cause;
	}
	if (!at || !*at)
		fail("no memory for a cause of moves");
	(*at)->nr++;
}

static void (*cause_visit)(const struct cause *cause);

static void cause_walk(const void *node, VISIT visit, int depth)
{
	(void)depth;
	if (visit == postorder || visit == leaf)
		cause_visit(*(struct cause *const *)node);
}

void causes_each(void (*visit)(const struct cause *cause))
{
	cause_visit = visit;
	twalk(causes, cause_walk);
}

/* @by: what another CPU did with the line. */
static void moved(struct line *line, const struct object *map, const uint8_t *at, enum move move,
		  const struct last *by)
{
	counts.moves[move]++;
	line->moves++;
	cause_add((struct cause){
		.map = map - objects,
		.offset = (at - map->memory) % map->elem,
		.by_offset = by->offset % map->elem,
		.prog = sim.prog,
		.by_prog = by->prog,
		.move = move,
	});
}

static void line_read(struct line *line, const struct object *map, const uint8_t *at)
{
	if (bit(line->has, sim.cpu))
		return;
	if (weight(line->has))
		moved(line, map, at, line->dirty ? READ_DIRTY : READ_CLEAN,
		      line->writer.prog ? &line->writer : &line->reader);
	else
		counts.cold++;
	line->dirty = false;
	set_bit(line->has, sim.cpu);
	line->reader = (struct last){ at - map->memory, sim.cpu, sim.prog };
}

static void line_write(struct line *line, const struct object *map, const uint8_t *at)
{
	bool here = bit(line->has, sim.cpu);
	uint32_t others = weight(line->has) - here;

	if (others) {
		/* A copy is elsewhere because another CPU read the line, or because it wrote it. */
		moved(line, map, at, here ? WRITE_UPGRADE : WRITE_MISS,
		      here && line->reader.cpu != sim.cpu ? &line->reader : &line->writer);
		counts.invalidated += others;
	} else if (!here) {
		counts.cold++;
	}
	memset(line->has, 0, sizeof(line->has));
	set_bit(line->has, sim.cpu);
	set_bit(line->wrote, sim.cpu);
	line->dirty = true;
	line->writer = (struct last){ at - map->memory, sim.cpu, sim.prog };
	line->writes++;
}

void cache_access(const void *address, uint32_t size, bool write, bool locked)
{
	const struct object *map = map_at(address);
	const uint8_t *at = address;
	size_t first = (at - arena) / LINE, last = (at + size - 1 - arena) / LINE;

	if (!map || map->flags & BPF_F_RDONLY_PROG)
		return;
	counts.writes += write;
	counts.reads += !write;
	counts.locked += locked;
	for (size_t i = first; i <= last; i++) {
		if (write)
			line_write(&lines[i], map, at);
		else
			line_read(&lines[i], map, at);
	}
}

static void hottest_add(struct hot *hot, const struct line *line)
{
	const uint8_t *at = arena + (line - lines) * LINE;
	const struct object *map = map_at(at) ?: map_at(at + LINE - 1);
	size_t offset = at > map->memory ? at - map->memory : 0;
	int i = HOTTEST - 1;

	for (; i && hot->top[i - 1].moves < line->moves; i--)
		hot->top[i] = hot->top[i - 1];
	hot->top[i].moves = line->moves;
	hot->top[i].writers = weight(line->wrote);
	hot->top[i].map = map - objects;
	hot->top[i].entry = offset / map->elem;
	hot->top[i].begin = offset % map->elem;
	hot->top[i].end = hot->top[i].begin + LINE - 1;
	if (hot->top[i].end >= map->elem)
		hot->top[i].end = map->elem - 1;
}

void cache_hot(struct hot *hot)
{
	memset(hot, 0, sizeof(*hot));
	for (size_t i = 0; i < nr_lines; i++) {
		if (weight(lines[i].wrote) > 2) {
			hot->lines++;
			hot->writes += lines[i].writes;
		}
		if (lines[i].moves > hot->top[HOTTEST - 1].moves)
			hottest_add(hot, &lines[i]);
	}
}
