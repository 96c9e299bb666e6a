/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps and programs that a run of ipitrace loaded, and the event to which each
 * program is attached (capture/dump.h has the files' format).
 */
#ifndef SCALE_CAPTURE_H
#define SCALE_CAPTURE_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

#define CPUS_MAX   256
#define MAPS_MAX   256
#define PROGS_MAX  64
#define EVENTS_MAX 16 /* programs at one event */

struct map {
	char name[16];
	uint32_t type, value_size, entries, flags;
	uint32_t elem; /* bytes from one entry to the next */
	uint8_t *memory; /* NULL: the type is not modelled */
	size_t bytes; /* of all entries; of a per-CPU map, on one CPU */
	bool constant; /* .rodata: its lines are not followed */
	struct btf *btf;
	uint32_t value_type;
	uint64_t outside; /* look-ups beyond the last entry */
};

struct prog {
	char name[16];
	struct bpf_insn *insns;
	uint32_t nr;
};

/* Where programs are attached. */
enum event {
	/* The marks of a csd; ipitrace always has a program there. */
	EV_QUEUE,
	EV_SEND_CPU,
	EV_SEND_MASK,
	EV_ENTRY,
	EV_EXIT,
	/* x86's interrupts: begin and end. */
	EV_IRQ_SINGLE_BEGIN,
	EV_IRQ_SINGLE_END,
	EV_IRQ_MANY_BEGIN,
	EV_IRQ_MANY_END,
	/* A wake-up: on the waker, and when the task is awake. */
	EV_WAKING,
	EV_WAKEUP,
	/* Functions, by fentry and fexit. */
	EV_SINGLE_BEGIN,
	EV_SINGLE_END,
	EV_MANY_BEGIN,
	EV_MANY_END,
	NR_EVENTS,
};

extern struct capture {
	struct map maps[MAPS_MAX]; /* by the index of the capture */
	struct prog progs[PROGS_MAX];
	int nr_progs;
	/* The programs at each event, in the order in which they were attached. */
	int at[NR_EVENTS][EVENTS_MAX];
	int nr_at[NR_EVENTS];
	char not_run[1024]; /* other events with programs: no workload has them */
	uint8_t *arena; /* all maps' memory */
	size_t arena_bytes;
} cap;

/* Read @dir, a capture for @nr_cpus CPUs, and lay the maps out (index.c). */
void capture_load(const char *dir, uint32_t nr_cpus);
/* The bytes of DIR/KIND.@i; NULL if there is no such file. To be freed. */
void *capture_blob(const char *kind, int i, size_t *size);
/* The function with this id in the BTF of the kernel that runs here. */
const char *kernel_function(uint32_t btf_id);

/* Give each map for which @used is set its memory, as the kernel would (layout.c). */
void layout_maps(const bool used[MAPS_MAX], uint32_t nr_cpus);
/* Every map as it was captured. */
void layout_reset(void);
/* How many times @map's values exist; 0: the type is not modelled. */
size_t layout_copies(const struct map *map);
/* The map in whose memory @address lies; NULL: none. */
struct map *layout_map_of(const void *address);

#endif /* SCALE_CAPTURE_H */
