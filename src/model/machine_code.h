/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Machine code: where instructions begin, whether code ends with a call, and whether code of the
 * kernel has just switched interrupts on. The functions depend only on their arguments.
 */
#ifndef IPITRACE_MODEL_MACHINE_CODE_H
#define IPITRACE_MODEL_MACHINE_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Returns the length of the x86-64 instruction at the beginning of @code, of which @len bytes are
 * known. 0: there is no such instruction, or its end is not known.
 */
size_t x86__instruction_length(const uint8_t *code, size_t len);

/* How many bytes before an address show whether it follows a call. */
#define X86_CALL_MAX 7
#define ARM64_CALL   4

/*
 * Whether the last bytes of @code, @len bytes, may be a call: a return address always follows a
 * call. Some 1 % of all bytes that are no code look like a call.
 */
bool x86__ends_with_call(const uint8_t *code, size_t len);
bool arm64__ends_with_call(const uint8_t *code, size_t len);

/*
 * x86 takes an interrupt only after the instruction that follows STI, if STI switched interrupts on
 * (Intel SDM, volume 2, STI). An interrupt that has waited for STI is taken there.
 */
struct code_tail {
	bool after_sti; /* the instruction before the last is STI */
	/*
	 * The last instruction is no call, return or unconditional jump, and no HLT or MWAIT, in
	 * which an idle CPU waits for interrupts.
	 */
	bool continues;
	uint64_t called; /* the address that the last instruction calls; 0: it is no call */
};

/*
 * Find how @code at @addr ends: @len bytes, from the beginning of a function on. Returns false if
 * @code has an instruction that is not known, or ends within an instruction.
 */
bool x86__find_tail(const uint8_t *code, size_t len, uint64_t addr, struct code_tail *tail);

/*
 * Whether the function whose beginning is @code, at @addr, only switches interrupts on: STI, and
 * then RET or a jump. *@goes_to is the target of the jump; 0: RET.
 */
bool x86__switches_on(const uint8_t *code, size_t len, uint64_t addr, uint64_t *goes_to);

#endif /* IPITRACE_MODEL_MACHINE_CODE_H */
