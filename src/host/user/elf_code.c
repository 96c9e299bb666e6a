// SPDX-License-Identifier: GPL-2.0
#include "host/user/user.h"
#include "model/machine_code.h"

#define PATTERN_MAX 16

/* The bytes of the same code on both architectures. */
struct pattern {
	size_t x86_len, arm64_len;
	uint8_t x86[PATTERN_MAX], arm64[PATTERN_MAX];
};

static size_t pattern_length(const struct elf_image *elf, const struct pattern *pattern)
{
	return elf->machine == EM_AARCH64 ? pattern->arm64_len : pattern->x86_len;
}

/* Whether the file has @pattern at @vaddr. */
static bool has_pattern(const struct elf_image *elf, uint64_t vaddr, const struct pattern *pattern)
{
	const uint8_t *wanted = elf->machine == EM_AARCH64 ? pattern->arm64 : pattern->x86;
	size_t len = pattern_length(elf, pattern);
	uint8_t code[PATTERN_MAX];

	return elf_image__read(elf, vaddr, code, len) && !memcmp(code, wanted, len);
}

bool elf_code__follows_syscall(const struct elf_image *elf, uint64_t vaddr)
{
	static const struct pattern syscall = {
		2,
		4,
		.x86 = { 0x0f, 0x05 },
		.arm64 = { 0x01, 0x00, 0x00, 0xd4 },
	};

	return has_pattern(elf, vaddr - pattern_length(elf, &syscall), &syscall);
}

/*
 * Whether the code at @vaddr only makes the system call rt_sigreturn(2): the kernel lets the
 * handler of a signal return there, and no call is before it (glibc __restore_rt; musl
 * __restore_rt, also on arm64).
 */
static bool ends_signal(const struct elf_image *elf, uint64_t vaddr)
{
	static const struct pattern sigreturn = {
		9,
		8,
		.x86 = { 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 },
		.arm64 = { 0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4 },
	};

	return has_pattern(elf, vaddr, &sigreturn);
}

bool elf_code__may_return_to(const struct elf_image *elf, uint64_t vaddr)
{
	uint8_t code[X86_CALL_MAX];

	switch (elf->machine) {
	case EM_X86_64:
		return !elf_image__read(elf, vaddr - X86_CALL_MAX, code, X86_CALL_MAX) ||
		       x86__ends_with_call(code, X86_CALL_MAX) || ends_signal(elf, vaddr);
	case EM_AARCH64:
		return !elf_image__read(elf, vaddr - ARM64_CALL, code, ARM64_CALL) ||
		       arm64__ends_with_call(code, ARM64_CALL) || ends_signal(elf, vaddr);
	default:
		return true;
	}
}
