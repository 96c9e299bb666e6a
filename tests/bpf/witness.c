// SPDX-License-Identifier: GPL-2.0
/*
 * Runs witness.bpf.c until its stdin ends. "ready" on stdout: it looks. Then, after the end, a line of
 * JSON for each csd that was late or of which the host stole, and a line with the totals. Status 3: this
 * kernel has no steal clock, or its machine code does not say where.
 *
 * ipitrace finds the clocks by the distances in the kernel's BTF. This program finds them by the code of
 * kvm_steal_clock(), which reads them for the kernel itself: it has the address of the variable, and that
 * of the array of the CPUs' offsets.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "witness.h"

static struct bpf_object *object;
static struct memory *memory;

/* Returns the address of the kernel's function; 0: not known. */
static __u64 find_function(const char *name)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], found[256];
	__u64 addr = 0, at;

	while (file && !addr && fgets(line, sizeof(line), file))
		if (sscanf(line, "%llx %*c %255s", &at, found) == 2 && !strcmp(found, name))
			addr = at;
	if (file)
		fclose(file);
	return addr;
}

static const __u8 *peek(__u64 addr)
{
	int fd = bpf_program__fd(bpf_object__find_program_by_name(object, "peek"));
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	memory->peek_at = addr;
	return !bpf_prog_test_run_opts(fd, &opts) && !opts.retval ? memory->peeked : NULL;
}

static __u64 read_address(const __u8 *code)
{
	__s32 value;

	memcpy(&value, code, sizeof(value));
	return (__s64)value;
}

/* What kvm_steal_clock() adds up. */
struct places {
	__u64 variable; /* &steal_time, to which a CPU's offset is added */
	__u64 offsets; /* __per_cpu_offset[] */
};

/* An instruction with REX.W at @code: a place, if it has one. */
static void read_instruction(const __u8 *code, struct places *places)
{
	bool is_move = code[1] == 0xc7 && code[2] >> 3 == 0x18; /* mov $imm32, reg */
	bool is_add = code[1] == 0x81 && code[2] >> 3 == 0x18; /* add $imm32, reg */
	/* mov or add disp32(,index,8), reg */
	bool is_indexed = (code[1] == 0x8b || code[1] == 0x03) && (code[2] & 0xc7) == 0x04 &&
			  (code[3] & 0xc7) == 0xc5;

	if ((code[0] & 0xf8) != 0x48)
		return;
	if ((is_move || is_add) && !places->variable)
		places->variable = read_address(code + 3);
	else if (code[1] == 0x05 && !places->variable) /* add $imm32, %rax */
		places->variable = read_address(code + 2);
	else if (is_indexed && !places->offsets)
		places->offsets = read_address(code + 4);
}

static bool find_clocks(void)
{
	__u64 function = find_function("kvm_steal_clock");
	const __u8 *code = function ? peek(function) : NULL;
	struct places places = {};
	int nr = libbpf_num_possible_cpus();

	/* A `ret` ends the function: do not read the next function. */
	for (int i = 0; code && i < CODE_SIZE - 8 && !(places.variable && places.offsets); i++)
		read_instruction(code + i, &places);
	if (!places.variable || !places.offsets || nr > CPUS_MAX) {
		fprintf(stderr, "witness: kvm_steal_clock() %s\n",
			!function ? "is not in this kernel" : "has other code than expected:");
		for (int i = 0; code && i < CODE_SIZE; i++)
			fprintf(stderr, "%02x%s", code[i], i % 16 == 15 ? "\n" : " ");
		return false;
	}
	for (int cpu = 0; cpu < nr; cpu++) {
		const __u8 *offset = peek(places.offsets + cpu * sizeof(__u64));
		__u64 value;

		if (!offset)
			return false;
		memcpy(&value, offset, sizeof(value));
		memory->clocks[cpu] = value + places.variable;
	}
	return true;
}

static bool attach(void)
{
	struct bpf_program *program = NULL;

	while ((program = bpf_object__next_program(object, program)))
		if (strcmp(bpf_program__name(program), "peek") != 0 &&
		    !bpf_program__attach(program))
			return false;
	return true;
}

static void print_seen(void)
{
	int fd = bpf_map__fd(bpf_object__find_map_by_name(object, "kept"));
	__u64 nr = memory->totals.seen < SEEN_MAX ? memory->totals.seen : SEEN_MAX;
	struct seen seen;

	for (__u32 i = 0; i < nr && !bpf_map_lookup_elem(fd, &i, &seen); i++)
		printf("{\"time\":%llu,\"src\":%u,\"dst\":%u,\"delay\":%llu,\"delay_stolen\":%llu,\"src_stolen\":%llu,"
		       "\"handler\":%llu,\"handler_stolen\":%llu}\n",
		       seen.time, seen.src, seen.dst, seen.delay, seen.delay_stolen,
		       seen.src_stolen, seen.handler, seen.handler_stolen);
	printf("{\"deliveries\":%llu,\"late\":%llu,\"late_stolen\":%llu,\"unpaired\":%llu,"
	       "\"seen\":%llu}\n",
	       memory->totals.deliveries, memory->totals.late, memory->totals.late_stolen,
	       memory->totals.unpaired, memory->totals.seen);
}

int main(int argc, char **argv)
{
	char end[64];

	if (argc != 2) {
		fprintf(stderr, "usage: witness OBJECT\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object)) {
		fprintf(stderr, "witness: %s does not load here\n", argv[1]);
		return 3;
	}
	memory = mmap(NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_SHARED,
		      bpf_map__fd(bpf_object__find_map_by_name(object, ".bss")), 0);
	if (memory == MAP_FAILED || !find_clocks())
		return 3;
	if (!attach()) {
		fprintf(stderr, "witness: its programs do not attach here\n");
		return 3;
	}
	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, end, sizeof(end)) > 0)
		;
	print_seen();
	return 0;
}
