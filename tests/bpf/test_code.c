// SPDX-License-Identifier: GPL-2.0
/* The code of the running kernel: it can be read, and its instructions are known. */
#include "collect/collector.h"
#include "host/symbols.h"
#include "model/machine_code.h"
#include "rig.h"

static struct code_bpf *code;
static struct symbols *symbols;

static int setup(void **state)
{
	code = kernel_code__open();
	assert_non_null(code);
	assert_int_equal(symbols__open(&symbols, NULL, NULL), 0);
	return symbols__load(symbols, NULL, NULL);
}

static int teardown(void **state)
{
	symbols__close(symbols);
	kernel_code__close(code);
	return 0;
}

TEST_F(memory_that_is_not_there_is_not_read)
{
	uint64_t addr = symbols__address(symbols, "schedule");

	assert_non_null(kernel_code__read(code, addr, 16384));
	assert_null(kernel_code__read(code, addr, 16385));
	assert_null(kernel_code__read(code, 0, 16));
	assert_null(kernel_code__read(code, 0xdead000000000000, 16));
	assert_non_null(kernel_code__read(code, addr, 0));
}

#ifdef __x86_64__
/* Whether an interrupt that waited for interrupts to be on is taken in @func at @offset. */
static bool is_taken_at(uint64_t func, size_t offset)
{
	const uint8_t *bytes = kernel_code__read(code, func, offset);
	struct code_tail tail;
	uint64_t to;

	assert_non_null(bytes);
	if (!x86__find_tail(bytes, offset, func, &tail))
		return false;
	if (tail.after_sti && tail.continues)
		return true;
	bytes = tail.called ? kernel_code__read(code, tail.called, 16) : NULL;
	return bytes && x86__switches_on(bytes, 16, tail.called, &to);
}

/* How the kernel does that is decided when it boots. */
TEST_F(functions_that_unlock_switch_interrupts_on_once)
{
	static const char *const names[] = { "_raw_spin_unlock_irq", "_raw_spin_unlock_irqrestore",
					     "_raw_write_unlock_irq" };

	if (rig__lacks(symbols__address(symbols, "pvm_irq_enable"),
		       "STI: a guest of PVM, whose interrupts are switched on in memory"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint64_t func = symbols__address(symbols, names[i]);
		int taken = 0;

		assert_true(func);
		for (size_t offset = 1; offset < 32; offset++)
			taken += is_taken_at(func, offset);
		if (taken != 1)
			fail_msg("%s: %d places", names[i], taken);
	}
}

/*
 * Returns the offset of the first unknown instruction of @func, of @size bytes; @size if all are
 * known.
 */
static size_t walk(uint64_t func, size_t size)
{
	const uint8_t *bytes = kernel_code__read(code, func, size);
	size_t at = 0, len;

	if (!bytes)
		return size;
	for (; at < size; at += len) {
		len = x86__instruction_length(bytes + at, size - at);
		if (!len)
			break;
	}
	return at;
}

TEST_F(nearly_all_functions_are_known)
{
	unsigned int functions = 0, unknown = 0;
	/* The memory of functions that only boot needs is freed (free_initmem()), and has other data. */
	uint64_t freed = symbols__address(symbols, "_sinittext");
	uint64_t freed_end = symbols__address(symbols, "_einittext");
	uint64_t *addrs;
	int nr = symbols__match(symbols, "*_*", &addrs);

	assert_true(nr > 10000);
	assert_true(freed && freed < freed_end);
	/*
	 * The symbols are in order. Between two functions may be other code, which ends at a
	 * padding.
	 */
	for (int i = 0; i + 1 < nr; i++) {
		size_t size = addrs[i + 1] > addrs[i] ? addrs[i + 1] - addrs[i] : 0;

		if (!size || size > 16384 || (addrs[i] >= freed && addrs[i] < freed_end))
			continue;
		functions++;
		unknown += walk(addrs[i], size) != size;
	}
	free(addrs);
	if (1000 * unknown > functions)
		fail_msg("of %u functions %u are not known", functions, unknown);
}
#endif

TEST_MAIN(NULL, NULL)
