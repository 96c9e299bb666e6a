// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks to names, with an opener that is this test's: processes that lie about what they have
 * mapped, and files that are made to keep their reader busy.
 */
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include "base/helper_process.h"
#include "host/user/user.h"
#include "made_elf.h"

#define VICTIM	 100
#define ATTACKER 200
#define CODE	 0x7f0000000000ULL

/* The files that the opener has for a process; negative: none. */
struct files {
	uint32_t pid;
	int maps;
	int mapped;
	int debug;
	int perf;
};

static struct files files[3];
static bool ends_before_perf; /* a process ends as soon as its perf map is asked for */
static int sockets[2];
static pthread_t thread;
static struct namer *namer;

static int file_of(const struct opener_request *request)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (files[i].pid != request->pid)
			continue;
		/* The file of a process that has ended reads as empty. */
		if (request->file == OPEN_PERF_MAP && ends_before_perf)
			(void)!ftruncate(files[i].maps, 0);
		return request->file == OPEN_MAPS   ? files[i].maps :
		       request->file == OPEN_MAPPED ? files[i].mapped :
		       request->file == OPEN_DEBUG  ? files[i].debug :
						      files[i].perf;
	}
	return -ENOENT;
}

static void *opener(void *arg)
{
	struct opener_request request;

	while (recv(sockets[1], &request, sizeof(request), 0) == sizeof(request))
		pass_fd__send(sockets[1], file_of(&request));
	return arg;
}

/*
 * Nothing frees a namer, which lasts as long as its process: keep them, so that none is a leak, and close
 * the descriptors that they keep.
 */
static struct namer *namers[32];
static size_t nr_namers;
static bool open_before[FDS_MAX];

static int setup(void **state)
{
	list_fds(open_before);
	ends_before_perf = false;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		files[i] = (struct files){ 0, -ENOENT, -ENOENT, -ENOENT, -ENOENT };
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
	assert_int_equal(pthread_create(&thread, NULL, opener, NULL), 0);
	namer = namer__new(sockets[0]);
	assert_non_null(namer);
	assert_in_range(nr_namers, 0, ARRAY_SIZE(namers) - 1);
	namers[nr_namers++] = namer;
	return 0;
}

static int teardown(void **state)
{
	shutdown(sockets[0], SHUT_RDWR);
	pthread_join(thread, NULL);
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (!open_before[fd])
			close(fd);
	return 0;
}

static int text_fd(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	assert_true(fd >= 0);
	made_put(fd, text, strlen(text), 0);
	return fd;
}

/* A maps file with one mapping of code, of the file with inode @inode; 0: of no file. */
static int maps_fd(int inode)
{
	char line[128];

	snprintf(line, sizeof(line), "%llx-%llx r-xp 00000000 fe:01 %d %s\n", CODE,
		 CODE + MADE_TEXT, inode, inode ? "/bin/a" : "");
	return text_fd(line);
}

/* A file with one function. */
static int program(const char *name, bool stripped, uint8_t build_id)
{
	const Elf64_Sym symbol = MADE_SYMBOL(0, MADE_TEXT, 1);

	return made_elf(&(struct made_elf){ .stripped = stripped,
					    .build_id = build_id,
					    .strings = name,
					    .symbols = &symbol,
					    .nr = 1 });
}

static const struct named_frame *name_at(uint32_t pid, uint64_t addr)
{
	static struct named_stack named;
	const struct user_stack stack = { .ip = addr, .nr = 1, .frames = { addr } };

	namer__name(namer, pid, &stack, &named);
	assert_int_equal(named.nr, 1);
	return &named.frames[0];
}

/* A process may map another file at an address after its maps were read. */
TEST_F(a_process_names_no_file_of_another)
{
	files[0] =
		(struct files){ ATTACKER, maps_fd(7), program("evil", false, 1), -ENOENT, -ENOENT };
	files[1] =
		(struct files){ VICTIM, maps_fd(7), program("honest", false, 2), -ENOENT, -ENOENT };
	assert_string_equal(name_at(ATTACKER, CODE)->name, "evil");
	assert_string_equal(name_at(VICTIM, CODE)->name, "honest");
	assert_string_equal(name_at(ATTACKER, CODE)->name, "evil");
}

/* Processes that run the same stripped file have symbols each from its own mount namespace. */
TEST_F(a_debug_file_counts_for_its_own_root)
{
	int shared = program("exported", true, 3);

	files[0] =
		(struct files){ ATTACKER, maps_fd(7), shared, program("evil", false, 3), -ENOENT };
	files[1] = (struct files){ VICTIM, maps_fd(7), dup(shared), program("honest", false, 3),
				   -ENOENT };
	assert_string_equal(name_at(ATTACKER, CODE)->name, "evil");
	assert_string_equal(name_at(VICTIM, CODE)->name, "honest");
}

TEST_F(a_debug_file_of_another_build_names_nothing)
{
	files[0] = (struct files){ VICTIM, maps_fd(7), program("exported", true, 3),
				   program("evil", false, 4), -ENOENT };
	assert_string_equal(name_at(VICTIM, CODE)->name, "exported");
	/* ipitrace's own root directory. */
	files[1] = (struct files){ 0, -ENOENT, -ENOENT, program("honest", false, 3), -ENOENT };
	files[2] = (struct files){ ATTACKER, maps_fd(7), dup(files[0].mapped), -ENOENT, -ENOENT };
	assert_string_equal(name_at(ATTACKER, CODE)->name, "honest");
}

/* A new file in the same place is another file. */
TEST_F(a_file_that_changed_is_read_again)
{
	int fd = program("before", false, 5), same = dup(fd);

	files[0] = (struct files){ ATTACKER, maps_fd(7), fd, -ENOENT, -ENOENT };
	assert_string_equal(name_at(ATTACKER, CODE)->name, "before");
	made_put(same, "behind", 7, MADE_TEXT + 1);
	assert_int_equal(ftruncate(same, 8 * MADE_TEXT), 0);
	files[1] = (struct files){ VICTIM, maps_fd(7), same, -ENOENT, -ENOENT };
	assert_string_equal(name_at(VICTIM, CODE)->name, "behind");
}

/* How many frames of @at, which frame pointers found in the victim, are named; each has its own module or none. */
static uint32_t count_frames(const uint64_t *at, uint32_t nr, struct named_stack *named)
{
	struct user_stack stack = { .ip = at[0], .nr = nr, .words = 1 };

	memcpy(stack.frames, at, nr * sizeof(*at));
	namer__name(namer, VICTIM, &stack, named);
	return named->nr;
}

/* In a program without frame pointers that register leads to any word. */
TEST_F(an_address_after_no_call_ends_the_stack)
{
	const uint64_t at[] = { CODE, CODE + MADE_CALLS + 16, CODE + MADE_CALLS + 33,
				CODE + MADE_CALLS + 48 };
	struct named_stack named;

	files[0] = (struct files){ VICTIM, maps_fd(7), program("f", false, 2), -ENOENT, -ENOENT };
	assert_int_equal(count_frames(at, ARRAY_SIZE(at), &named), 2);
	assert_int_equal(named.end, USER_END_LOST);
	assert_int_equal(named.frames[1].addr, at[1]);
}

/* __restore_rt() of glibc: nobody calls it, and a signal's handler returns to it. */
TEST_F(the_return_from_a_signal_is_a_frame)
{
	static const char restore_rt[] = "\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05";
	const uint64_t at[] = { CODE, CODE + MADE_CALLS + 33, CODE + MADE_CALLS + 64 };
	struct named_stack named;
	int fd = program("f", false, 2);

	made_put(fd, restore_rt, sizeof(restore_rt) - 1, MADE_CALLS + 33);
	files[0] = (struct files){ VICTIM, maps_fd(7), fd, -ENOENT, -ENOENT };
	assert_int_equal(count_frames(at, ARRAY_SIZE(at), &named), 3);
}

TEST_F(a_goroutine_begins_where_nobody_calls)
{
	const uint64_t at[] = { CODE, CODE + MADE_CALLS + 33, CODE + MADE_CALLS + 48 };
	struct named_stack named;

	files[0] = (struct files){ VICTIM, maps_fd(7), program("runtime.goexit", false, 2), -ENOENT,
				   -ENOENT };
	assert_int_equal(count_frames(at, 2, &named), 2);
	assert_int_equal(named.end, USER_END_BASE);
}

/* Code made at run time has no file to read, nor has the kernel's vDSO. */
TEST_F(code_that_cannot_be_read_may_call)
{
	const uint64_t at[] = { CODE, CODE + 33, CODE + 49 };
	struct named_stack named;

	files[0] = (struct files){ VICTIM, maps_fd(0), -ENOENT, -ENOENT, -ENOENT };
	assert_int_equal(count_frames(at, ARRAY_SIZE(at), &named), 3);
}

/* What this process has read, by the kernel's count: "syscr" calls, "rchar" bytes. */
static unsigned long count(const char *what)
{
	FILE *io = fopen("/proc/self/io", "r");
	unsigned long n = 0, value;
	char line[64], key[16];

	assert_non_null(io);
	while (fgets(line, sizeof(line), io))
		if (sscanf(line, "%15[^:]: %lu", key, &value) == 2 && !strcmp(key, what))
			n = value;
	fclose(io);
	return n;
}

/* A file with @nr functions that all contain the last address; each begins nearer to it. */
static int crowded(size_t nr)
{
	Elf64_Sym *symbols = calloc(nr, sizeof(*symbols));
	int fd;

	assert_non_null(symbols);
	for (size_t i = 0; i < nr; i++)
		symbols[i] = (Elf64_Sym)MADE_SYMBOL(MADE_TEXT * i / nr / 2, MADE_TEXT, 1);
	fd = made_elf(
		&(struct made_elf){ .build_id = 6, .strings = "f", .symbols = symbols, .nr = nr });
	free(symbols);
	return fd;
}

TEST_F(overlapping_symbols_cost_no_read_each)
{
	enum { NR = 100000 };
	unsigned long before;

	files[0] = (struct files){ ATTACKER, maps_fd(7), crowded(NR), -ENOENT, -ENOENT };
	before = count("syscr");
	assert_string_equal(name_at(ATTACKER, CODE + MADE_TEXT - 1)->name, "f");
	assert_in_range(count("syscr") - before, NR / 1024, NR / 128);
}

/* Each frame is in a function whose symbol is the last that is read: 48 MB a frame. */
TEST_F(a_stack_has_a_budget)
{
	struct user_stack stack = { .nr = USER_DEPTH };
	struct named_stack named;
	unsigned long before;
	uint32_t names = 0;

	files[0] = (struct files){ ATTACKER, maps_fd(7), crowded(2 << 20), -ENOENT, -ENOENT };
	files[1] =
		(struct files){ VICTIM, maps_fd(8), program("honest", false, 2), -ENOENT, -ENOENT };
	for (uint32_t f = 0; f < stack.nr; f++)
		stack.frames[f] = CODE + MADE_CALLS + 16 * f;
	stack.ip = stack.frames[0];
	before = count("rchar");
	namer__name(namer, ATTACKER, &stack, &named);
	assert_in_range(count("rchar") - before, 1 << 20, 257 << 20);
	assert_true(named.nr > 8);
	for (uint32_t f = 0; f < named.nr; f++)
		names += *named.frames[f].name != '\0';
	assert_in_range(names, 0, named.nr - 1);
	assert_string_equal(named.frames[named.nr - 1].module, "a");
	/* The next request has a budget of its own. */
	assert_string_equal(name_at(VICTIM, CODE)->name, "honest");
}

/* What a budget cut off is found by the requests that follow. */
TEST_F(large_files_are_named_in_the_end)
{
	struct user_stack stack = { .nr = 8 };
	struct named_stack named;
	uint32_t names = 0;

	/* An emulated processor cannot read a file for 48 MB within the time of a request. */
	files[0] =
		(struct files){ ATTACKER, maps_fd(7), crowded(repeats(2 << 20)), -ENOENT, -ENOENT };
	for (uint32_t f = 0; f < stack.nr; f++)
		stack.frames[f] = CODE + MADE_CALLS + 16 * f;
	stack.ip = stack.frames[0];
	for (int i = 0; i < 20 * USER_DEPTH && names < stack.nr; i++) {
		namer__name(namer, ATTACKER, &stack, &named);
		assert_int_equal(named.nr, stack.nr);
		names = 0;
		for (uint32_t f = 0; f < named.nr; f++)
			names += *named.frames[f].name != '\0';
	}
	assert_int_equal(names, stack.nr);
}

/* The perf map may be that of another process, which has the number now. */
TEST_F(a_process_that_ends_has_no_perf_map)
{
	char line[64];
	int map, others[8], before;

	snprintf(line, sizeof(line), "%llx 1000 evil\n", CODE);
	map = text_fd(line);
	files[0] = (struct files){ ATTACKER, maps_fd(0), -ENOENT, -ENOENT, map };
	ends_before_perf = true;
	before = list_fds(NULL);
	assert_string_equal(name_at(ATTACKER, CODE)->name, "");
	/* The namer keeps the process's mappings. */
	assert_int_equal(list_fds(NULL), before + 1);
	/* These get the numbers of the descriptors that the namer has closed. */
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		others[i] = dup(map);
	assert_string_equal(name_at(ATTACKER, CODE)->name, "");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		close(others[i]);
}

/* If a map has grown, only its new lines are read, and they give names. */
TEST_F(a_growing_perf_map_is_read_once)
{
	const int lines = repeats(200000);
	int map = memfd_create("map", MFD_CLOEXEC), end = dup(map);
	FILE *file = fdopen(map, "w");
	unsigned long before;

	assert_non_null(file);
	fprintf(file, "%llx 1000 first\n", CODE);
	for (int i = 0; i < lines; i++)
		fprintf(file, "%x 10 function\n", 16 * i);
	assert_int_equal(fflush(file), 0);
	files[0] = (struct files){ ATTACKER, maps_fd(0), -ENOENT, -ENOENT, end };
	assert_string_equal(name_at(ATTACKER, CODE)->name, "first");

	before = count("rchar");
	fprintf(file, "%llx 10 sec", CODE);
	assert_int_equal(fflush(file), 0);
	assert_string_equal(name_at(ATTACKER, CODE)->name, "first");
	fprintf(file, "ond\n");
	assert_int_equal(fflush(file), 0);
	assert_string_equal(name_at(ATTACKER, CODE)->name, "second");
	assert_string_equal(name_at(ATTACKER, CODE)->module, "jit");
#ifndef __SANITIZE_THREAD__ /* its runtime reads files, too */
	assert_in_range(count("rchar") - before, 1, lines);
#endif
	/* A new address is searched for in the whole map. */
	assert_string_equal(name_at(ATTACKER, CODE + 0x20)->name, "first");
	/* The program makes a new map. */
	rewind(file);
	assert_int_equal(ftruncate(map, 0), 0);
	fprintf(file, "%llx 10 anew\n", CODE);
	assert_int_equal(fflush(file), 0);
	assert_string_equal(name_at(ATTACKER, CODE)->name, "anew");
	assert_string_equal(name_at(ATTACKER, CODE + 0x20)->name, "");
	fclose(file);
}

TEST_MAIN(NULL, NULL)
