// SPDX-License-Identifier: GPL-2.0
/* Unwind tables and symbols: of this test itself, and of the same file damaged. */
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include "abi/table.h"
#include "host/user/user.h"
#include "scratch_file.h"

#define DAMAGES 2000

static struct elf_image image;
static uint64_t load_bias;
static struct user_stack stack;
static uint64_t wanted[2]; /* the return addresses of the functions below */

/*
 * Sample the registers and the stack of this thread, as the kernel would. It reads more of the
 * stack than the sanitizers let a function read.
 */
__attribute__((noinline, no_sanitize("address"))) static void sample(void)
{
	uint64_t ip, sp, fp;

#ifdef __x86_64__
	__asm__ volatile("lea 0(%%rip), %0\n\tmov %%rsp, %1\n\tmov %%rbp, %2"
			 : "=r"(ip), "=r"(sp), "=r"(fp));
#else
	__asm__ volatile("adr %0, .\n\tmov %1, sp\n\tmov %2, x29" : "=r"(ip), "=r"(sp), "=r"(fp));
#endif
	stack = (struct user_stack){ .ip = ip, .sp = sp, .fp = fp, .words = USER_WORDS };
	for (int i = 0; i < USER_WORDS; i++)
		stack.stack[i] = ((volatile uint64_t *)sp)[i];
	wanted[0] = (uint64_t)__builtin_extract_return_addr(__builtin_return_address(0));
	__asm__ volatile("" : : : "memory");
}

__attribute__((noinline)) void unwind_middle(void)
{
	volatile char room[100];

	room[0] = 1;
	wanted[1] = (uint64_t)__builtin_extract_return_addr(__builtin_return_address(0));
	sample();
	room[1] = room[0];
}

__attribute__((noinline)) void unwind_outer(void)
{
	unwind_middle();
	__asm__ volatile("" : : : "memory");
}

#ifdef __x86_64__
/* vfork() of the GNU C library: the caller's address is in a register while the kernel works. */
__asm__(".text\n"
	".type keeps_caller, @function\n"
	"keeps_caller:\n"
	".cfi_startproc\n"
	"	pop %rdi\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_register %rip, %rdi\n"
	"keeps_caller_here:\n"
	"	jmp *%rdi\n"
	".cfi_endproc\n"
	".size keeps_caller, . - keeps_caller");
extern const char keeps_caller_here[];

/*
 * A function that sets up a frame pointer. Between the first two instructions the register is saved, and
 * the frame is found by the stack pointer, as in a function without frame pointer that uses the register.
 */
__asm__(".type sets_up_frame, @function\n"
	"sets_up_frame:\n"
	".cfi_startproc\n"
	"	push %rbp\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_offset %rbp, -16\n"
	"fp_saved_here:\n"
	"	mov %rsp, %rbp\n"
	"	.cfi_def_cfa_register %rbp\n"
	"fp_set_here:\n"
	"	pop %rbp\n"
	"	.cfi_def_cfa %rsp, 8\n"
	"	ret\n"
	".cfi_endproc\n"
	".size sets_up_frame, . - sets_up_frame");
extern const char sets_up_frame[], fp_saved_here[], fp_set_here[];
#endif

static int setup(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(elf_image__open(&image, fd), 0);
	/* Without a fixed address the first segment begins at 0. */
	load_bias = (getauxval(AT_PHDR) & ~0xfffULL) - image.segments[0].vaddr;
	unwind_outer();
	return scratch_setup(state);
}

static int teardown(void **state)
{
	close(image.fd);
	return scratch_teardown(state);
}

TEST(callers_are_found_without_frame_pointers)
{
	struct unwind_regs regs = { stack.ip, stack.sp, stack.fp, 0 };

	for (int i = 0; i < 2; i++) {
		assert_int_equal(unwind__step(&image, regs.ip - load_bias, i > 0, &stack, &regs),
				 UNWIND_STEPPED);
		assert_int_equal(regs.ip, wanted[i]);
	}
}

TEST(functions_have_names)
{
	char name[64] = "";
	uint64_t offset = 0;

	assert_true(elf_image__function(&image, (uint64_t)unwind_outer - load_bias, name,
					sizeof(name), &offset));
	assert_string_equal(name, "unwind_outer");
	assert_int_equal(offset, 0);
	assert_true(elf_image__function(&image, wanted[0] - load_bias - 1, name, sizeof(name),
					&offset));
	assert_string_equal(name, "unwind_middle");
	assert_int_equal(offset, wanted[0] - (uint64_t)unwind_middle - 1);
	assert_false(elf_image__function(&image, 1, name, sizeof(name), &offset));
}

TEST(a_short_stack_is_said_to_be_short)
{
	struct unwind_regs regs = { stack.ip, stack.sp, stack.fp, 0 };
	struct user_stack few = stack;

	few.words = 0;
	assert_int_equal(unwind__step(&image, regs.ip - load_bias, false, &few, &regs),
			 UNWIND_BEYOND);
	assert_int_equal(regs.ip, stack.ip);
	assert_int_equal(unwind__step(&image, 1, false, &stack, &regs), UNWIND_UNKNOWN);
}

#ifdef __x86_64__
/* The table has the frame, so the word on top of the stack must not be taken for the caller. */
TEST(a_caller_in_a_register_is_not_copied)
{
	struct unwind_regs regs = { (uint64_t)keeps_caller_here, stack.sp, stack.fp, 0 };

	assert_int_equal(unwind__step(&image, regs.ip - load_bias, false, &stack, &regs),
			 UNWIND_BEYOND);
}
#endif

#ifdef __x86_64__
/* What the tables say of the frame pointer where the caller's address was not copied. */
TEST(a_saved_frame_pointer_holds_other_data_unless_it_finds_the_frame)
{
	static const struct {
		const char *ip;
		enum unwind_step step;
	} cases[] = { { sets_up_frame, UNWIND_BEYOND },
		      { fp_saved_here, UNWIND_NO_FP },
		      { fp_set_here, UNWIND_BEYOND } };
	struct user_stack few = stack;

	few.words = 0;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct unwind_regs regs = { (uint64_t)cases[i].ip, stack.sp, stack.fp, 0 };

		assert_int_equal(unwind__step(&image, regs.ip - load_bias, false, &few, &regs),
				 cases[i].step);
	}
}
#endif

TEST(a_file_that_is_not_elf_is_refused)
{
	static const char *const texts[] = { "", "#!/bin/sh\n", "\177ELF" };
	struct elf_image other;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		int fd;

		scratch_write(texts[i], strlen(texts[i]));
		fd = open(scratch_path, O_RDONLY);
		assert_int_equal(elf_image__open(&other, fd), -ENOEXEC);
		close(fd);
	}
}

/* Call every function that reads a file; the results may be anything. */
static void use(int fd)
{
	struct unwind_regs regs = { stack.ip, stack.sp, stack.fp, 0 };
	struct elf_image damaged;
	char name[64];
	uint64_t at;

	if (elf_image__open(&damaged, fd))
		return;
	elf_image__vaddr(&damaged, stack.ip - load_bias, &at);
	for (int i = 0; i < 3; i++)
		unwind__step(&damaged, regs.ip - load_bias, i > 0, &stack, &regs);
	elf_image__function(&damaged, stack.ip - load_bias, name, sizeof(name), &at);
}

/* Random bytes in headers and tables; under the sanitizers a wrong read ends the test. */
TEST(a_damaged_file_does_no_harm)
{
	uint64_t seed = 1, hdr = 0;
	struct stat st;
	char *file;
	int fd;

	assert_int_equal(fstat(image.fd, &st), 0);
	file = malloc(st.st_size);
	assert_non_null(file);
	assert_int_equal(pread(image.fd, file, st.st_size, 0), st.st_size);
	scratch_write(file, st.st_size);
	for (unsigned int i = 0; i < image.nr_segments; i++)
		if (image.unwind >= image.segments[i].vaddr &&
		    image.unwind - image.segments[i].vaddr < image.segments[i].size)
			hdr = image.unwind - image.segments[i].vaddr + image.segments[i].offset;
	assert_true(hdr);
	fd = open(scratch_path, O_RDWR);
	for (int i = 0; i < DAMAGES; i++) {
		uint64_t from = i % 3 ? hdr : 0, bytes = i % 3 ? 1 << 16 : 1024, at;
		uint8_t value = random_next(&seed);

		at = from + random_next(&seed) % bytes;
		if (at >= (uint64_t)st.st_size)
			continue;
		assert_int_equal(pwrite(fd, &value, 1, at), 1);
		use(fd);
		/* Damage mostly tables: a wrong header would end the reading before any table. */
		if (!from || i % 8)
			assert_int_equal(pwrite(fd, file + at, 1, at), 1);
	}
	close(fd);
	free(file);
}

TEST_MAIN(setup, teardown)
