// SPDX-License-Identifier: GPL-2.0
/* host/user/namer: what a frame is called by each way of naming it, and which processes and files are kept. */
#include <sys/mman.h>
#include "abi/table.h"
#include "host/user/user.h"
#include "memory_fails.h"
#include "model/names.h"
#include "unit.h"

#define PROCESSES 32 /* as many processes are kept */

#define LIB  0x10000ULL /* code of a file at 0x1000 of it, 0x3000 bytes */
#define BARE 0x20000ULL /* code of a file that has no address for it */
#define JIT  0x30000ULL /* code without a file */
#define GONE 0x40000ULL /* nothing is mapped there */

static const char all_maps[] = "10000-13000 r-xp 00001000 fe:01 7    /usr/lib/lib.so\n"
			       "13000-14000 rw-p 00004000 fe:01 7    /usr/lib/lib.so\n"
			       "20000-23000 r-xp 00100000 fe:01 8\n"
			       "30000-33000 r-xp 00000000 00:00 0    [anon:jit]\n";

static struct process {
	int maps, perf; /* descriptors, or why there are none */
	int nr_maps, nr_perfs; /* how often each was asked for */
} processes[PROCESSES + 8]; /* by number */

static const char *function; /* the name of the function at LIB; NULL: none */
static uint64_t program; /* of the owner for whom a file was last asked */
static struct named_stack named;
static struct namer *namer;
static bool open_before[FDS_MAX];

int __wrap_opener__ask(int socket, const struct opener_request *request)
{
	struct process *process = &processes[request->pid];
	int fd = request->file == OPEN_MAPS ? process->maps : process->perf;

	assert_int_equal(socket, 7);
	assert_true(request->file == OPEN_MAPS || request->file == OPEN_PERF_MAP);
	*(request->file == OPEN_MAPS ? &process->nr_maps : &process->nr_perfs) += 1;
	return fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* The frames are those of the sample. */
void __wrap_join_frames(const struct user_stack *stack, const struct frame_ops *ops, void *ctx,
			struct joined_frames *frames)
{
	*frames = (struct joined_frames){ .nr = stack->nr, .end = USER_END_LOST };
	memcpy(frames->addrs, stack->frames, stack->nr * sizeof(*frames->addrs));
}

struct mapped_file *__wrap_images__get(struct images *images, const struct images_owner *owner,
				       const struct code_mapping *mapping)
{
	program = owner->program;
	return mapping->inode ? (void *)&processes : NULL;
}

const struct elf_image *__wrap_images__elf(struct images *images, const struct mapped_file *file)
{
	assert_ptr_equal(file, &processes);
	return NULL;
}

bool __wrap_elf_image__vaddr(const struct elf_image *image, uint64_t offset, uint64_t *vaddr)
{
	*vaddr = 0x400000 + offset;
	return offset < 0x100000;
}

bool __wrap_images__function(struct images *images, struct mapped_file *file,
			     const struct images_owner *owner, uint64_t vaddr, char *name,
			     size_t size, uint64_t *offset)
{
	if (!function)
		return false;
	snprintf(name, size, "%s", function);
	*offset = vaddr & 0xff;
	return true;
}

static int text_fd(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
	return fd;
}

/* Nothing frees a namer, which lasts as long as its process: keep them, so that none is a leak. */
static int setup(void **state)
{
	static struct namer *namers[16];
	static size_t nr_namers;

	list_fds(open_before);
	for (size_t i = 0; i < ARRAY_SIZE(processes); i++)
		processes[i] = (struct process){ -ESRCH, -ENOENT, 0, 0 };
	processes[1].maps = text_fd(all_maps);
	function = NULL;
	namer = namer__new(7);
	assert_in_range(nr_namers, 0, ARRAY_SIZE(namers) - 1);
	namers[nr_namers++] = namer;
	return !namer;
}

static int teardown(void **state)
{
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (!open_before[fd])
			close(fd);
	return 0;
}

/* Name a stack of process @pid. */
#define NAME(pid, ...)                                                                   \
	do {                                                                             \
		const uint64_t frames[] = { __VA_ARGS__ };                               \
		struct user_stack stack = { .ip = frames[0], .nr = ARRAY_SIZE(frames) }; \
                                                                                         \
		memcpy(stack.frames, frames, sizeof(frames));                            \
		memset(&named, 0x55, sizeof(named));                                     \
		namer__name(namer, pid, &stack, &named);                                 \
	} while (0)

/* Fails unless the stack has these frames, each on a line: "NAME+OFFSET MODULE". */
static void check_frames(enum user_end end, const char *want)
{
	char got[1024] = "";

	assert_int_equal(named.end, end);
	assert_in_range(named.nr, 0, USER_FRAMES);
	for (uint32_t i = 0; i < named.nr; i++)
		text_append(got, sizeof(got), "%s+%llx %s\n", named.frames[i].name,
			    (unsigned long long)named.frames[i].offset, named.frames[i].module);
	assert_text(got, want);
}

/* A caller's address is behind its call: the byte before it is looked up, and the offset is its own. */
TEST_F(each_way_of_naming_has_its_offset)
{
	NAME(1, GONE, GONE);
	check_frames(USER_END_LOST, "+40000 \n+40000 \n");
	NAME(1, LIB + 0x10, LIB + 0x20, LIB + 0x3000, LIB + 0x3001);
	check_frames(USER_END_LOST, "+401010 lib.so\n+401020 lib.so\n+404000 lib.so\n+13001 \n");
	function = "f";
	NAME(1, LIB + 0x10, LIB + 0x20, LIB + 0x3000, LIB);
	check_frames(USER_END_LOST, "f+10 lib.so\nf+20 lib.so\nf+100 lib.so\n+10000 \n");
	NAME(1, BARE, BARE + 8);
	check_frames(USER_END_LOST, "+20000 \n+20008 \n");
	NAME(1, JIT + 0x110, JIT + 0x111);
	check_frames(USER_END_LOST, "+30110 [anon:jit]\n+30111 [anon:jit]\n");
}

TEST_F(code_without_a_file_has_the_names_of_its_program)
{
	processes[1].perf = text_fd("30100 10 made one\n30110 10 two\n");
	NAME(1, JIT + 0x10f, JIT + 0x110, JIT + 0x111, JIT + 0x120, JIT + 0x121);
	check_frames(USER_END_LOST, "made one+f jit\nmade one+10 jit\ntwo+1 jit\ntwo+10 jit\n"
				    "+30121 [anon:jit]\n");
	assert_int_equal(processes[1].nr_perfs, 1);
}

/* The last frame's function is that in which a thread begins. */
TEST_F(a_stack_is_whole_where_a_thread_begins)
{
	static const struct {
		const char *function;
		enum user_end end;
	} rows[] = {
		{ "_start", USER_END_BASE },
		{ "__libc_start_call_main", USER_END_BASE },
		{ "start_thread", USER_END_BASE },
		{ "clone3", USER_END_BASE },
		{ "runtime.goexit.abi0", USER_END_BASE },
		{ "main", USER_END_LOST },
		{ "a_start", USER_END_LOST },
		{ "_star", USER_END_LOST },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		function = rows[i].function;
		NAME(1, LIB + 0x10, LIB + 0x20);
		assert_int_equal(named.end, rows[i].end);
		NAME(1, LIB + 0x10, GONE);
		assert_int_equal(named.end, USER_END_LOST);
	}
}

/* The maps are read once, and again when the process has ended, or runs another program. */
TEST_F(the_maps_of_a_process_are_read_once)
{
	uint64_t first;
	int nr;

	function = "f";
	NAME(1, LIB + 0x10);
	first = program;
	nr = list_fds(NULL);
	NAME(1, LIB + 0x20);
	assert_int_equal(processes[1].nr_maps, 1);
	assert_int_equal(program, first);
	/* The process has ended: its stacks still have names. */
	assert_int_equal(ftruncate(processes[1].maps, 0), 0);
	for (int i = 0; i < 2; i++) {
		NAME(1, LIB + 0x20);
		check_frames(USER_END_LOST, "f+20 lib.so\n");
		assert_int_equal(processes[1].nr_maps, 2 + i);
		assert_int_equal(program, first);
	}
	processes[1].maps = text_fd("10000-11000 r-xp 00000000 fe:01 9  /bin/new\n");
	nr++;
	NAME(1, LIB + 0x20);
	check_frames(USER_END_LOST, "f+20 new\n");
	assert_int_equal(processes[1].nr_maps, 4);
	assert_int_not_equal(program, first);
	assert_int_equal(list_fds(NULL), nr);
}

TEST_F(a_process_without_maps_has_no_frames)
{
	static const struct {
		int err;
		enum user_end end;
	} rows[] = {
		{ -EACCES, USER_END_DENIED },
		{ -EPERM, USER_END_DENIED },
		{ -ESRCH, USER_END_GONE },
		{ -ENOENT, USER_END_GONE },
	};
	int nr;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		processes[2].maps = rows[i].err;
		NAME(2, LIB);
		check_frames(rows[i].end, "");
		assert_int_equal(processes[2].nr_maps, i + 1);
	}
	/* It has ended since its file was opened. */
	processes[2].maps = text_fd("");
	nr = list_fds(NULL);
	NAME(2, LIB);
	check_frames(USER_END_GONE, "");
	assert_int_equal(list_fds(NULL), nr);
}

/* Of more processes than have room the one that was unused for longest gives way. */
TEST_F(some_processes_are_kept)
{
	int nr;

	processes[1].perf = text_fd("");
	for (int i = 2; i < PROCESSES + 3; i++)
		processes[i].maps = text_fd(all_maps);
	nr = list_fds(NULL);
	NAME(1, JIT);
	for (int i = 2; i <= PROCESSES; i++)
		NAME(i, LIB);
	assert_int_equal(list_fds(NULL), nr + PROCESSES + 1);
	NAME(2, LIB);
	/* In the place of 1, whose two files are closed, and then of 3. */
	NAME(PROCESSES + 1, LIB);
	assert_int_equal(list_fds(NULL), nr + PROCESSES);
	NAME(PROCESSES + 2, LIB);
	assert_int_equal(list_fds(NULL), nr + PROCESSES);
	NAME(2, LIB);
	NAME(4, LIB);
	for (int i = 1; i < PROCESSES + 3; i++)
		assert_int_equal(processes[i].nr_maps, 1);
	NAME(1, LIB);
	NAME(3, LIB);
	assert_int_equal(processes[1].nr_maps, 2);
	assert_int_equal(processes[3].nr_maps, 2);
}

/* A library may be loaded after the maps were read: the first four frames are a reason to read them again. */
TEST_F(code_that_came_later_is_found)
{
	static const char later[] = "50000-60000 r-xp 00000000 fe:01 9  /lib/later\n";

	for (int at = 0; at < 5; at++) {
		uint64_t addrs[5] = { LIB + 1, LIB + 1, LIB + 1, LIB + 1, LIB + 1 };

		teardown(NULL);
		setup(NULL);
		NAME(1, LIB);
		assert_int_equal(pwrite(processes[1].maps, later, strlen(later), strlen(all_maps)),
				 strlen(later));
		addrs[at] = 0x50010;
		NAME(1, addrs[0], addrs[1], addrs[2], addrs[3], addrs[4]);
		assert_string_equal(named.frames[at].module, at < 4 ? "later" : "");
		assert_int_equal(processes[1].nr_maps, 1);
	}
	/* One that has ended keeps the code that it had. */
	assert_int_equal(ftruncate(processes[1].maps, 0), 0);
	NAME(1, 0x50010);
	NAME(1, LIB);
	assert_string_equal(named.frames[0].module, "lib.so");
}

/* A program may begin to write its map at any time: it is asked for now and then. */
TEST_F(a_map_that_is_not_there_is_asked_for_seldom)
{
	for (int i = 1; i < 64; i++)
		NAME(1, JIT);
	assert_int_equal(processes[1].nr_perfs, 1);
	NAME(1, JIT);
	assert_int_equal(processes[1].nr_perfs, 2);
	for (int i = 65; i < 128; i++)
		NAME(1, JIT);
	assert_int_equal(processes[1].nr_perfs, 2);
	processes[1].perf = text_fd("30000 10 made\n");
	NAME(1, JIT);
	check_frames(USER_END_LOST, "made+0 jit\n");
	for (int i = 0; i < 200; i++)
		NAME(1, JIT);
	assert_int_equal(processes[1].nr_perfs, 3);
}

/* Whoever writes the map anew has other functions; two addresses may share a place in the table of names. */
TEST_F(a_map_that_is_written_anew_has_other_names)
{
	static const char first[] = "30000 10 one\n30010 10 two\n30400 10 far\n",
			  second[] = "30010 10 xy\n", third[] = "30000 10 back\n";
	int fd = text_fd(first);

	processes[1].perf = fd;
	for (int i = 0; i < 2; i++) {
		NAME(1, JIT, JIT + 0x11, JIT + 0x401);
		check_frames(USER_END_LOST, "one+0 jit\ntwo+1 jit\nfar+1 jit\n");
	}
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, second, strlen(second), 0), strlen(second));
	NAME(1, JIT, JIT + 0x11, JIT + 0x401);
	check_frames(USER_END_LOST, "+30000 [anon:jit]\nxy+1 jit\n+30401 [anon:jit]\n");
	assert_int_equal(pwrite(fd, third, strlen(third), strlen(second)), strlen(third));
	NAME(1, JIT, JIT + 0x11, JIT + 0x401);
	check_frames(USER_END_LOST, "back+0 jit\nxy+1 jit\n+30401 [anon:jit]\n");
}

TEST_F(without_memory_there_is_no_namer)
{
	size_t before = nr_taken;

	for (long granted = 0; granted < 2; granted++) {
		nr_granted = granted;
		assert_null(namer__new(7));
		assert_int_equal(nr_granted, -1);
		assert_int_equal(nr_taken, before);
	}
}

TEST_MAIN(NULL, NULL)
