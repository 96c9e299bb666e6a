// SPDX-License-Identifier: GPL-2.0
/* Machine code: the lengths of instructions, and how code ends before an interrupt. */
#include <string.h>
#include "model/machine_code.h"
#include "unit.h"

#define ADDR 0xffffffff81000000ULL

struct bytes {
	size_t nr;
	const char *at;
};

/* clang-format off */
/* Bytes of Debian's 6.12 and its modules, and what objdump says of them. */
static const struct bytes instructions[] = {
	{ 2, "\x89\xf8" }, /* mov %edi,%eax */
	{ 2, "\x0f\x30" }, /* wrmsr */
	{ 1, "\xf4" }, /* hlt */
	{ 11, "\x66\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00" }, /* data16 cs nopw 0x0(%rax,%rax,1) */
	{ 10, "\x48\xb8\x90\xa8\x95\xe1\x10\x00\x00\x00" }, /* movabs $0x10e195a890,%rax */
	{ 7, "\x48\x8d\x3d\x02\xf0\x54\x01" }, /* lea 0x154f002(%rip),%rdi */
	{ 6, "\x0f\x85\x4e\x01\x00\x00" }, /* jne 0xffffffff81000206 */
	{ 2, "\x75\x2e" }, /* jne 0xffffffff81000102 */
	{ 7, "\x81\x7d\x00\x41\x4d\x44\x45" }, /* cmpl $0x45444d41,0x0(%rbp) */
	{ 9, "\x65\x48\x2b\x14\x25\x28\x00\x00\x00" }, /* sub %gs:0x28,%rdx */
	{ 4, "\xf3\x0f\x1e\xfa" }, /* endbr64 */
	{ 3, "\xf6\x00\x04" }, /* testb $0x4,(%rax) */
	{ 6, "\xf7\x07\x01\x00\x00\x00" }, /* testl $0x1,(%rdi) */
	{ 2, "\xff\xd0" }, /* call *%rax */
	{ 1, "\xc9" }, /* leave */
	{ 10, "\xf7\x87\x00\x01\x00\x00\x00\x80\x01\x00" }, /* testl $0x18000,0x100(%rdi) */
	{ 7, "\x66\xf7\x44\x24\x06\xc0\x03" }, /* testw $0x3c0,0x6(%rsp) */
	{ 10, "\x66\xf7\x84\x24\x90\x00\x00\x00\xff\x0f" }, /* testw $0xfff,0x90(%rsp) */
	{ 6, "\x2e\xe8\x68\x94\xc8\x00" }, /* cs call 0xffffffff81ca3160 */
	{ 3, "\x66\xe5\x10" }, /* in $0x10,%ax */
	{ 1, "\x9d" }, /* popf */
	{ 2, "\x48\xcf" }, /* iretq */
	{ 5, "\xf3\x48\x0f\xae\xc0" }, /* rdfsbase %rax */
	{ 3, "\x0f\x01\xe8" }, /* serialize */
	{ 1, "\xc3" }, /* ret */
	{ 7, "\x0f\x00\x2d\x8a\x25\xfb\x00" }, /* verw 0xfb258a(%rip) */
	{ 4, "\x48\x0f\xae\x27" }, /* xsave64 (%rdi) */
	{ 1, "\x9b" }, /* fwait */
	{ 3, "\x0f\x01\x3b" }, /* invlpg (%rbx) */
	{ 3, "\x0f\x01\xc9" }, /* mwait %eax,%ecx */
	{ 4, "\x4d\x0f\xa5\xd3" }, /* shld %cl,%r10,%r11 */
	{ 3, "\x0f\x00\xd8" }, /* ltr %ax */
	{ 6, "\x66\x0f\x38\x82\x04\x24" }, /* invpcid (%rsp),%rax */
	{ 6, "\x66\x41\x0f\x38\x00\xdc" }, /* pshufb %xmm12,%xmm3 */
	{ 5, "\xc5\xfa\x6f\x4f\x10" }, /* vmovdqu 0x10(%rdi),%xmm1 */
	{ 5, "\xc4\xc1\x59\xef\xdf" }, /* vpxor %xmm15,%xmm4,%xmm3 */
	{ 6, "\x62\x72\x4d\x28\x76\xc7" }, /* vpermi2d %ymm7,%ymm6,%ymm8 */
	{ 3, "\xc5\xf8\x77" }, /* vzeroupper */
	{ 6, "\xc4\xe3\x7b\xf0\xd2\x01" }, /* rorx $0x1,%edx,%edx */
	{ 3, "\x0f\x01\xf8" }, /* swapgs */
	{ 3, "\x0f\xb9\xcc" }, /* ud1 %esp,%ecx */
	{ 3, "\x48\x0f\x07" }, /* sysretq */
	{ 5, "\x48\x0f\xba\x2a\x19" }, /* btsq $0x19,(%rdx) */
	{ 9, "\x48\x0f\xba\xab\x68\x01\x00\x00\x28" }, /* btsq $0x28,0x168(%rbx) */
	{ 7, "\x49\x69\xd6\x60\x08\x00\x00" }, /* imul $0x860,%r14,%rdx */
	{ 5, "\xf0\x80\x63\x38\xfb" }, /* lock andb $0xfb,0x38(%rbx) */
	{ 11, "\x65\xf7\x05\x00\x00\x00\x00\x00\x00\xf0\x00" }, /* testl $0xf00000,%gs:0x0(%rip) */
	{ 6, "\xc4\xc1\x35\x73\xd8\x01" }, /* vpsrldq $0x1,%ymm8,%ymm9 */
	{ 3, "\x41\x0f\xcf" }, /* bswap %r15d */
	{ 1, "\xcc" }, /* int3 */
	{ 2, "\x0f\x0b" }, /* ud2 */
	{ 2, "\x66\x90" }, /* xchg %ax,%ax */
	{ 3, "\xf3\x48\xa5" }, /* rep movsq %ds:(%rsi),%es:(%rdi) */
	{ 5, "\xe8\xfc\x55\x00\x00" }, /* call 0xffffffff81005770 */
	{ 5, "\xe9\xba\x3a\xca\x00" }, /* jmp 0xffffffff81ca3c70 */
	{ 2, "\xeb\xfd" }, /* jmp 0xffffffff8100002f */
	/* Instructions that other kernels have, by the manual. */
	{ 4, "\xc8\x10\x00\x00" }, /* enter $0x10,$0x0 */
	{ 9, "\xa1\x08\x07\x06\x05\x04\x03\x02\x01" }, /* movabs 0x102030405060708,%eax */
	{ 6, "\x67\xa1\x04\x03\x02\x01" }, /* addr32 mov 0x1020304,%eax */
	{ 4, "\x66\xb8\x34\x12" }, /* mov $0x1234,%ax */
	{ 5, "\x48\x66\xb8\x34\x12" }, /* rex.W counts for nothing there */
	{ 2, "\xf6\xd0" }, /* not %al */
	{ 3, "\xf7\x50\x10" }, /* notl 0x10(%rax) */
	{ 4, "\xf2\xff\x24\x24" }, /* bnd jmp *(%rsp) */
	{ 7, "\xff\x14\x25\x10\x20\x30\x00" }, /* call *0x302010 */
};
/* clang-format on */

TEST(instructions_are_as_long_as_objdump_says)
{
	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
		const uint8_t *code = (const uint8_t *)instructions[i].at;
		size_t nr = instructions[i].nr, len = x86__instruction_length(code, nr);

		if (len != nr)
			fail_msg("case %zu: %zu bytes, not %zu", i, len, nr);
		/* An instruction that is cut off has no length. */
		for (size_t part = 0; part < len; part++)
			assert_int_equal(x86__instruction_length(code, part), 0);
	}
}

TEST(what_is_no_instruction_has_no_length)
{
	/* An instruction of 32-bit mode; AMD's XOP; APX; an undefined opcode; too many prefixes. */
	static const struct bytes cases[] = {
		{ 4, "\x06\x90\x90\x90" },
		{ 4, "\xea\x90\x90\x90" },
		{ 6, "\x8f\xe8\x78\xa2\xca\x10" },
		{ 4, "\xd5\x10\x01\xc0" },
		{ 4, "\x0f\x04\x90\x90" },
		{ 6, "\x62\xf4\x7c\x48\x90\xc0" },
		{ 17, "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x90" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(x86__instruction_length((const uint8_t *)cases[i].at, cases[i].nr),
				 0);
}

/* Whether what ends with the bytes @at, after a NOP, may end with a call. */
static bool calls(const char *at, size_t nr)
{
	uint8_t code[32] = { 0x90 };

	memcpy(code + 1, at, nr);
	return x86__ends_with_call(code, nr + 1);
}

TEST(each_call_is_seen_before_its_return_address)
{
	static const struct bytes yes[] = {
		{ 5, "\xe8\xfc\x55\x00\x00" }, /* call 0xffffffff81005770 */
		{ 6, "\x2e\xe8\x68\x94\xc8\x00" }, /* cs call 0xffffffff81ca3160 */
		{ 8, "\x66\x66\x48\xe8\x10\x00\x00\x00" }, /* data16 data16 rex.W call */
		{ 2, "\xff\xd0" }, /* call *%rax */
		{ 3, "\x41\xff\xd4" }, /* call *%r12 */
		{ 3, "\x3e\xff\xd0" }, /* notrack call *%rax */
		{ 2, "\xff\x10" }, /* call *(%rax) */
		{ 3, "\xff\x50\x18" }, /* call *0x18(%rax) */
		{ 3, "\xff\x14\xc3" }, /* call *(%rbx,%rax,8) */
		{ 4, "\xff\x54\x24\x08" }, /* call *0x8(%rsp) */
		{ 5, "\x41\xff\x54\x24\x08" }, /* call *0x8(%r12) */
		{ 6, "\xff\x15\x00\x10\x00\x00" }, /* call *0x1000(%rip) */
		{ 6, "\xff\x90\x80\x01\x00\x00" }, /* call *0x180(%rax) */
		{ 7, "\xff\x14\x25\x10\x20\x30\x00" }, /* call *0x302010 */
		{ 8, "\x65\xff\x14\x25\x10\x00\x00\x00" }, /* call *%gs:0x10 */
		{ 7, "\xff\x94\xc3\x80\x01\x00\x00" }, /* call *0x180(%rbx,%rax,8) */
	};
	static const struct bytes no[] = {
		{ 1, "\xc3" }, /* ret */
		{ 5, "\xe9\xba\x3a\xca\x00" }, /* jmp 0xffffffff81ca3c70 */
		{ 2, "\xff\xe0" }, /* jmp *%rax */
		{ 2, "\xff\xc0" }, /* inc %eax */
		{ 2, "\xff\xd8" }, /* far call of a register, which does not exist */
		{ 3, "\xff\x70\x10" }, /* push 0x10(%rax) */
		{ 2, "\x0f\x05" }, /* syscall */
		{ 6, "\xe8\xfc\x55\x00\x00\x90" }, /* a call, and a nop */
		{ 4, "\xe8\xfc\x55\x00" }, /* not the whole call */
	};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (!calls(yes[i].at, yes[i].nr))
			fail_msg("case %zu is not seen", i);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (calls(no[i].at, no[i].nr))
			fail_msg("case %zu is no call", i);
	assert_true(x86__ends_with_call((const uint8_t *)"\xff\xd0", 2));
	assert_false(x86__ends_with_call((const uint8_t *)"\xff", 1));
	assert_false(x86__ends_with_call(NULL, 0));
}

/* The words of arm64, and what llvm-objdump says of them. */
TEST(the_calls_of_arm64_are_seen)
{
	static const struct {
		const char *at;
		bool call;
	} cases[] = {
		{ "\x00\x00\x00\x94", true }, /* bl #0 */
		{ "\xff\xff\xff\x97", true }, /* bl #-4 */
		{ "\x00\x01\x3f\xd6", true }, /* blr x8 */
		{ "\x1f\x09\x3f\xd6", true }, /* blraaz x8 */
		{ "\x1f\x0d\x3f\xd6", true }, /* blrabz x8 */
		{ "\x09\x09\x3f\xd7", true }, /* blraa x8, x9 */
		{ "\x00\x00\x00\x14", false }, /* b #0 */
		{ "\x00\x01\x1f\xd6", false }, /* br x8 */
		{ "\xc0\x03\x5f\xd6", false }, /* ret */
		{ "\x01\x00\x00\xd4", false }, /* svc #0 */
		{ "\x1f\x20\x03\xd5", false }, /* nop */
	};
	const uint8_t after[] = { 0x1f, 0x20, 0x03, 0xd5, 0x00, 0x00, 0x00, 0x94 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(arm64__ends_with_call((const uint8_t *)cases[i].at, 4),
				 cases[i].call);
	assert_true(arm64__ends_with_call(after, sizeof(after)));
	assert_false(arm64__ends_with_call(after, 4));
	assert_false(arm64__ends_with_call(after, 3));
}

/* Find the tail of the code @at. False, with 0 in all members: not known. */
static bool find(const char *at, size_t nr, struct code_tail *tail)
{
	return x86__find_tail((const uint8_t *)at, nr, ADDR, tail);
}

#define TAIL(text, tail) find(text, sizeof(text) - 1, tail)

/* The first instruction may be an INT3: what was there before it is not known. */
TEST(a_tail_may_begin_with_int3)
{
	struct code_tail tail;

	assert_true(TAIL("\xcc\x90", &tail));
	assert_true(tail.continues);
	assert_false(TAIL("\x90\xcc\x90", &tail));
}

TEST(an_interrupt_waits_for_the_instruction_after_sti)
{
	struct code_tail tail;

	/* _raw_spin_unlock_irq() of 6.12: movb $0,(%rdi); nopl (%rax); sti; nopw. The kernel wrote both last. */
	assert_true(TAIL("\xf3\x0f\x1e\xfa\xc6\x07\x00\x0f\x1f\x00\xfb\x66\x0f\x1f\x44\x00\x00",
			 &tail));
	assert_members(tail, after_sti, true, continues, true, called, 0);
	/* Right after STI no interrupt comes; one that comes later did not wait for STI. */
	assert_true(TAIL("\xc6\x07\x00\xfb", &tail));
	assert_members(tail, after_sti, false, continues, true);
	assert_true(TAIL("\xc6\x07\x00\xfb\x90\x90", &tail));
	assert_members(tail, after_sti, false, continues, true);
	/* The same byte within another instruction: mov $0xfb,%eax; test $0xfb,%al. */
	assert_true(TAIL("\xb8\x00\x00\x00\xfb\x90", &tail));
	assert_members(tail, after_sti, false);
	assert_true(TAIL("\xa8\xfb\x90", &tail));
	assert_members(tail, after_sti, false);
	/* A branch that is not taken. */
	assert_true(TAIL("\xfb\x74\x10", &tail));
	assert_members(tail, after_sti, true, continues, true);
}

TEST(an_idle_cpu_s_interrupts_are_on)
{
	struct code_tail tail;

	/* After sti; hlt and sti; mwait the interrupt may come at any time. */
	assert_true(TAIL("\xfb\xf4", &tail));
	assert_members(tail, after_sti, true, continues, false);
	assert_true(TAIL("\xfb\x0f\x01\xc9", &tail));
	assert_members(tail, after_sti, true, continues, false);
}

/* Code after such an instruction was entered from elsewhere. */
TEST(behind_a_jump_code_comes_from_elsewhere)
{
	static const struct bytes cases[] = {
		{ 6, "\xfb\xe9\x00\x00\x00\x00" },
		{ 3, "\xfb\xeb\x00" },
		{ 2, "\xfb\xc3" },
		{ 3, "\xfb\xff\xd0" },
		{ 4, "\xfb\x41\xff\xe3" },
		{ 7, "\xfb\x2e\xe8\x00\x00\x00\x00" },
		{ 3, "\xfb\x48\xcf" },
		{ 3, "\xfb\x0f\x0b" },
		{ 4, "\xfb\x48\x0f\x07" },
	};
	struct code_tail tail;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(find(cases[i].at, cases[i].nr, &tail));
		assert_members(tail, after_sti, true, continues, false);
	}
	/* incl (%rax), which has the opcode of jumps. */
	assert_true(TAIL("\xfb\xff\x00", &tail));
	assert_members(tail, after_sti, true, continues, true);
}

TEST(what_is_called_is_known)
{
	struct code_tail tail;

	/* _raw_spin_unlock_irq() of 6.18: call pv_native_irq_enable. */
	assert_true(
		TAIL("\x0f\x1f\x44\x00\x00\xc6\x07\x00\x0f\x1f\x00\xe8\x10\x0e\xff\xff", &tail));
	assert_members(tail, after_sti, false, continues, false, called, ADDR + 16 - 0xf1f0);
	/* The compiler's prefix (-mindirect-branch-cs-prefix). */
	assert_true(TAIL("\xfb\x2e\xe8\x10\x00\x00\x00", &tail));
	assert_members(tail, after_sti, true, called, ADDR + 7 + 0x10);
	/* call *%rax */
	assert_true(TAIL("\xff\xd0", &tail));
	assert_int_equal(tail.called, 0);
}

TEST(of_code_that_is_not_known_nothing_is_said)
{
	struct code_tail tail;

	assert_false(find("", 0, &tail));
	/* Code that ends within an instruction; code with bytes that are no instruction. */
	assert_false(TAIL("\x48\x89", &tail));
	assert_false(TAIL("\x06\xfb\x90", &tail));
	/*
	 * While the kernel exchanges an instruction, its first byte is int3, and the rest shows
	 * nothing.
	 */
	assert_false(TAIL("\x55\xcc\x00\x00\xfb\x90", &tail));
	/* The compiler writes int3 where no code runs. */
	assert_true(TAIL("\xc3\xcc\xcc\xfb\x90", &tail));
	assert_members(tail, after_sti, true);
}

static bool switches(const char *at, size_t nr, uint64_t *to)
{
	return x86__switches_on((const uint8_t *)at, nr, ADDR, to);
}

#define SWITCHES(text, to) switches(text, sizeof(text) - 1, to)

TEST(functions_that_only_switch_interrupts_on)
{
	uint64_t to = 1;

	/* native_irq_enable() without and with IBT; with a jump to __x86_return_thunk. */
	assert_true(SWITCHES("\xfb\xc3\xcc\xcc", &to));
	assert_int_equal(to, 0);
	to = 1;
	assert_true(SWITCHES("\xf3\x0f\x1e\xfa\xfb\xc3", &to));
	assert_int_equal(to, 0);
	assert_true(SWITCHES("\xfb\xe9\x00\x01\x00\x00", &to));
	assert_int_equal(to, ADDR + 6 + 0x100);
	/* cli; sti; hlt; sti, and then something else; a piece. */
	assert_false(SWITCHES("\xfa\xc3", &to));
	assert_false(SWITCHES("\xfb\xf4\xc3", &to));
	assert_false(SWITCHES("\xfb\x90\xc3", &to));
	assert_false(SWITCHES("\xfb", &to));
	assert_false(SWITCHES("\xfb\xe9\x00", &to));
	assert_false(SWITCHES("", &to));
}

TEST_MAIN(NULL, NULL)
