/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simulated machine: CPUs that run BPF programs at events, one program
 * after the other, on maps and on memory of the kernel.
 */
#ifndef SCALE_MACHINE_H
#define SCALE_MACHINE_H

#include "capture.h"

extern struct machine {
	uint32_t nr_cpus;
	uint32_t cpu; /* that runs a program */
	uint64_t now; /* CLOCK_MONOTONIC ns */
	int prog; /* that runs: an index in cap.progs */
	const uint64_t *args; /* of the event */
	uint64_t bad_reads; /* of addresses where no memory is */
	/* Instructions since the program that runs last read the clock, if it has. */
	uint64_t since_clock;
	bool clock_read;
	uint64_t behind_clock; /* the most of them at the end of a program at a queue event */
} sim;

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

void machine_open(void);
/* Run all programs at @event on @cpu; @args: a raw tracepoint's, or a function's. */
void fire(enum event event, uint32_t cpu, const uint64_t args[6]);
/* A planted fault: from now on each @nth run of @prog is left out. */
void fire_skips(const char *prog, uint64_t nth);

/* Accesses of programs, which the caches see (memory.c). */
uint64_t memory_load(uint64_t at, uint32_t size);
void memory_store(uint64_t at, uint32_t size, uint64_t value);
/* @data: NULL for zeros. */
void memory_copy(uint64_t to, uint32_t size, const void *data);
/* BPF_ATOMIC on @size bytes at @at: @op is the instruction's imm. Returns the value of before. */
uint64_t memory_atomic(uint64_t at, uint32_t size, int32_t op, uint64_t value, uint64_t expected);
bool memory_is_kernel(uint64_t at, uint32_t size);
/* A program's stack, for a call @depth deep: the address of its end. */
uint64_t memory_stack(int depth);

/* Arithmetic and conditions of BPF (alu.c); @op: BPF_ADD..., BPF_JEQ... */
uint64_t alu(uint8_t op, uint64_t a, uint64_t b, bool is_signed);
uint32_t alu32(uint8_t op, uint32_t a, uint32_t b, bool is_signed);
bool jump_taken(uint8_t op, uint64_t a, uint64_t b);
bool jump_taken32(uint8_t op, uint32_t a, uint32_t b);

/* Run @p from instruction @pc to its exit (interp.c). */
uint64_t interp(const struct prog *p, uint32_t pc, const uint64_t args[5], int depth);
/* A callback is an instruction's index with this mark. */
#define CALLBACK (0x7cULL << 56)

/* Run the helper that @p calls, with the arguments in r[1] to r[5]; an unknown one fails (helpers.c). */
uint64_t helper_call(const struct prog *p, int32_t id, const uint64_t r[11], int depth);
uint64_t kfunc_call(const struct prog *p, uint32_t btf_id, const uint64_t r[11]);

#endif /* SCALE_MACHINE_H */
