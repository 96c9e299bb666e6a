// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: arbitrary bytes as machine code. An instruction has 15 bytes at most, none behind the end, and
 * the same length whatever follows; what code ends with does not depend on the address but for what it calls;
 * a call at the end is an instruction of 2 to 7 bytes.
 */
#include <stdlib.h>
#include "model/machine_code.h"

#define ADDR 0xffffffff81000000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_call(const uint8_t *data, size_t size)
{
	bool any = false;

	for (size_t len = 2; len <= X86_CALL_MAX && len <= size; len++)
		any |= x86__instruction_length(data + size - len, len) == len &&
		       x86__ends_with_call(data + size - len, len);
	if (x86__ends_with_call(data, size) != any)
		abort();
	arm64__ends_with_call(data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = x86__instruction_length(data, size);
	struct code_tail tail, moved;
	uint64_t to;

	if (len > 15 || len > size || (len && x86__instruction_length(data, len) != len) ||
	    (len && x86__instruction_length(data, len - 1)))
		abort();
	if (x86__find_tail(data, size, ADDR, &tail) !=
		    x86__find_tail(data, size, 2 * ADDR, &moved) ||
	    tail.after_sti != moved.after_sti || tail.continues != moved.continues ||
	    (tail.called && tail.continues))
		abort();
	x86__switches_on(data, size, ADDR, &to);
	check_call(data, size);
	return 0;
}
