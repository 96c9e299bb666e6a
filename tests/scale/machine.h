/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simulated machine: what a run of ipitrace loaded, and CPUs that run its
 * BPF programs at events, one program after the other, on the maps and on memory
 * of the kernel.
 */
#ifndef SCALE_MACHINE_H
#define SCALE_MACHINE_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CPUS_MAX    256
#define OBJECTS_MAX 1024

struct btf;

/* An error, said on stderr; ends with a status of cli/exit_status.h. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What a descriptor of the false bpf(2) stands for (bpf.c). */
enum kind { OTHER, MAP, PROG, BTF };

struct object {
	enum kind kind;
	ino_t ino; /* of the memfd, by which a descriptor is recognized */
	int fd; /* a second descriptor, so that the memory stays */
	char name[16];
	uint32_t type; /* of a map or program */
	struct btf *btf; /* a map's; NULL: none */
	/* A map's: */
	uint32_t value_size, entries, flags, value_type;
	uint32_t elem; /* bytes from one entry to the next */
	size_t bytes; /* of all entries; of a per-CPU map, on one CPU */
	uint8_t *memory; /* that programs see; NULL: the type is not modelled */
	uint64_t outside; /* look-ups beyond the last entry */
	/* A program's; its instructions name a map by the index of the object. */
	uint32_t expected, attach_btf;
	struct bpf_insn *insns;
	uint32_t nr_insns;
};

extern struct object objects[OBJECTS_MAX];
extern int nr_objects;

/* Arguments and result are those of bpf(2). */
long bpf_call(int cmd, const union bpf_attr *attr, size_t size);
/* NULL: @fd is no descriptor of such an object. */
struct object *object_of(int fd, enum kind kind);

extern struct machine {
	uint32_t nr_cpus;
	uint32_t cpu; /* that runs a program */
	uint64_t now; /* CLOCK_MONOTONIC ns */
	int prog; /* that runs: an index in objects */
	const uint64_t *args; /* of the event */
	uint64_t bad_reads; /* of addresses where no memory is */
	/* Instructions since the program that runs last read the clock, if it has. */
	uint64_t since_clock;
	bool clock_read;
	uint64_t behind_clock; /* the most of them at the end of a program at a queue event */
} sim;

/* Where programs are attached (events.c). */
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

extern char events_not_run[1024]; /* other events with programs: no workload has them */

/* @prog goes to the end of the programs at @tracepoint; NULL: at the function of its attach_btf. */
void events_attach(int prog, const char *tracepoint);
/* Fails if a mark of a csd has no program. */
void events_check(void);
/* Run all programs at @event on @cpu; @args: a raw tracepoint's, or a function's. */
void fire(enum event event, uint32_t cpu, const uint64_t args[6]);
/* The function with this id in the BTF of the kernel that runs here. */
const char *kernel_function(uint32_t btf_id);

/* All maps' memory (maps.c), laid out as the kernel does for sim.nr_cpus. */
extern uint8_t *arena;
extern size_t arena_bytes;
void maps_layout(void);
/* Every map as it was loaded. */
void maps_reset(void);
/* How many times @map's values exist; 0: the type is not modelled. */
size_t map_copies(const struct object *map);
/* The map in whose memory @address lies; NULL: none. */
struct object *map_at(const void *address);
/* Find the rings, which user space empties: a map by CPU whose value has a `head` and a `tail`. */
void rings_find(void);
/* @cpu's rings are read to their heads. */
void rings_empty(uint32_t cpu);

/* The members of the maps' values, by name, from the BTF that the maps came with (members.c). */
#define MEMBER_LEN 160
/* The member at @offset of @map's memory: "fns[].bank[].delay.sum+0". */
void member_at(const struct object *map, uint32_t offset, char path[MEMBER_LEN]);
/* The sum of the unsigned integers called @name in all maps' values; fails if there are none. */
uint64_t members_sum(const char *name);
/* The offset of the u64 @name in @map's value, which is a structure; -1: it has none. */
int64_t member_offset(const struct object *map, const char *name);

/* Kernel memory that is not the maps': csds, masks, contexts. */
extern uint8_t *kmem;
#define KMEM_BYTES     (1UL << 30)
/* The last areas of it belong to the interpreter. */
#define KMEM_AREA      (64UL << 10)
#define KMEM_RESERVED  (kmem + KMEM_BYTES - KMEM_AREA) /* of bpf_ringbuf_reserve() */
#define KMEM_VARIABLE  (kmem + KMEM_BYTES - 2 * KMEM_AREA) /* a variable of the kernel: 0 */
#define KMEM_ARGUMENTS (kmem + KMEM_BYTES - 3 * KMEM_AREA) /* the programs' context */
#define KMEM_TASKS     (kmem + KMEM_BYTES / 2) /* each CPU's task: 0, and so a user's */
#define TASK_BYTES     9920

/* Accesses of programs, which the caches see (memory.c). */
void memory_open(void);
uint64_t memory_load(uint64_t at, uint32_t size);
/* @data: NULL for zeros. */
void memory_copy(uint64_t to, uint32_t size, const void *data);
/* BPF_ATOMIC on @size bytes at @at: @op is the instruction's imm. Returns the value of before. */
uint64_t memory_atomic(uint64_t at, uint32_t size, int32_t op, uint64_t value, uint64_t expected);
bool memory_is_kernel(uint64_t at, uint32_t size);
/* A program's stack, for a call @depth deep: the address of its end. */
uint64_t memory_stack(int depth);

/* Run @p from instruction @pc to its exit (interp.c). */
uint64_t interp(const struct object *p, uint32_t pc, const uint64_t args[5], int depth);
/* A callback is an instruction's index with this mark. */
#define CALLBACK (0x7cULL << 56)
/* Arithmetic of BPF, and its conditions; @op: BPF_ADD..., BPF_JEQ... The low half alone, if not @wide. */
uint64_t alu(uint8_t op, uint64_t a, uint64_t b, bool wide);
bool jump_taken(uint8_t op, uint64_t a, uint64_t b, bool wide);

/* Run the helper that @p calls, with the arguments in r[1] to r[5]; an unknown one fails (helpers.c). */
uint64_t helper_call(const struct object *p, int32_t id, const uint64_t r[11], int depth);
uint64_t kfunc_call(const struct object *p, uint32_t btf_id, const uint64_t r[11]);

/* Caches and interpreter on what can be told by hand. Returns how many results are right. */
int selftest(void);
/* Run all workloads, and write an object of JSON for each, one a line, to @path (measure.c). */
void measure_all(const char *path);

#endif /* SCALE_MACHINE_H */
