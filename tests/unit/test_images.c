// SPDX-License-Identifier: GPL-2.0
/* host/user/images: when a file is opened, who shares it, how long it stays, and the names found in it. */
#include "abi/limits.h"
#include "host/user/user.h"
#include "made_elf.h"

#define IMAGES 96 /* as many files are kept open */

static char asked[4096]; /* the requests, a line each */
static int answers[8]; /* what the next requests get: descriptors that the test keeps, or errors */
static int nr_answers, nr_asked;
static struct stat identity; /* what fstat() adds to the files that are opened */
static bool over, cut; /* the request's budget */
static const char *names[2]; /* of the functions in a file that is not stripped, and in one that is */
static int nr_searched; /* how often a function was searched in a file */
static struct images *images;
static bool open_before[FDS_MAX];

int __wrap_opener__ask(int socket, const struct opener_request *request)
{
	static const char *const kinds[] = { [OPEN_MAPPED] = "mapped", [OPEN_DEBUG] = "debug" };
	int answer;

	assert_int_equal(socket, 7);
	text_append(asked, sizeof(asked), "%s %u", kinds[request->file], request->pid);
	if (request->file == OPEN_MAPPED)
		text_append(asked, sizeof(asked), " %llx-%llx\n",
			    (unsigned long long)request->start, (unsigned long long)request->end);
	else
		text_append(asked, sizeof(asked), " %02x of %u\n", request->build_id[3],
			    request->build_id_len);
	answer = nr_asked < nr_answers ? answers[nr_asked] : -ENOENT;
	nr_asked++;
	return answer < 0 ? answer : fcntl(answer, F_DUPFD_CLOEXEC, 0);
}

int __real_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st)
{
	int err = __real_fstat(fd, st);

	st->st_dev += identity.st_dev;
	st->st_ino += identity.st_ino;
	st->st_size += identity.st_size;
	st->st_mtim.tv_sec += identity.st_mtim.tv_sec;
	st->st_mtim.tv_nsec += identity.st_mtim.tv_nsec;
	st->st_ctim.tv_sec += identity.st_ctim.tv_sec;
	st->st_ctim.tv_nsec += identity.st_ctim.tv_nsec;
	return err;
}

bool __wrap_elf_image__function(const struct elf_image *image, uint64_t vaddr, char *name,
				size_t size, uint64_t *offset)
{
	const char *found = names[image->stripped];

	nr_searched++;
	*offset = vaddr - 1;
	snprintf(name, size, "%s", found ?: "");
	return found;
}

bool __wrap_budget__over(void)
{
	return over;
}

bool __wrap_budget__cut(void)
{
	return cut;
}

static int setup(void **state)
{
	list_fds(open_before);
	identity = (struct stat){};
	over = cut = false;
	names[0] = names[1] = NULL;
	nr_searched = 0;
	images = images__new(7);
	return !images;
}

/* Nothing frees images and their descriptors, which last as long as their process. */
static int teardown(void **state)
{
	free(images);
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (!open_before[fd])
			close(fd);
	return 0;
}

/* The next requests get these. */
#define ANSWER(...)                                  \
	do {                                         \
		const int next[] = { __VA_ARGS__ };  \
                                                     \
		memcpy(answers, next, sizeof(next)); \
		nr_answers = ARRAY_SIZE(next);       \
		nr_asked = 0;                        \
		*asked = '\0';                       \
	} while (0)

static int elf(bool stripped, uint8_t build_id)
{
	return made_elf(
		&(struct made_elf){ .stripped = stripped, .build_id = build_id, .strings = "f" });
}

/* A process that runs, unless @runs is false. */
static struct images_owner process(uint32_t pid, uint64_t program, bool runs)
{
	struct images_owner owner = { .pid = pid, .program = program };

	owner.maps_fd = memfd_create("maps", MFD_CLOEXEC);
	assert_true(owner.maps_fd >= 0);
	if (runs)
		made_put(owner.maps_fd, "m", 1, 0);
	return owner;
}

static const struct code_mapping text = { .start = 0x1000,
					  .end = 0x5000,
					  .offset = 0x200,
					  .dev = 8,
					  .inode = 9 };

TEST_F(a_mapping_s_file_is_opened_once)
{
	const struct images_owner owner = process(5, 1, true);
	struct code_mapping other = text;
	const struct elf_image *image;
	struct mapped_file *file;
	int fd = elf(false, 1), nr;

	ANSWER(fd, fd);
	nr = list_fds(NULL);
	file = images__get(images, &owner, &text);
	assert_non_null(file);
	assert_ptr_equal(images__get(images, &owner, &text), file);
	assert_string_equal(asked, "mapped 5 1000-5000\n");
	assert_int_equal(list_fds(NULL), nr + 1);
	image = images__elf(images, file);
	assert_members(*image, machine, EM_X86_64, build_id[3], 1, segments[0].vaddr, MADE_VADDR);
	/* Memory without a file has none. */
	other.inode = 0;
	assert_null(images__get(images, &owner, &other));
	assert_int_equal(nr_asked, 1);
}

/* Another mapping at the same address, by any of its figures, and that of another program. */
TEST_F(another_mapping_is_asked_for)
{
	struct images_owner owner = process(5, 1, true);
	struct code_mapping others[] = { text, text, text, text };
	int fd = elf(false, 1), nr;

	others[0].end++;
	others[1].offset++;
	others[2].dev++;
	others[3].inode++;
	nr = list_fds(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		ANSWER(fd, fd);
		assert_non_null(images__get(images, &owner, &text));
		assert_non_null(images__get(images, &owner, &others[i]));
		assert_non_null(images__get(images, &owner, &others[i]));
		assert_int_equal(nr_asked, 2);
	}
	owner.program = 1ULL << 24 | 1; /* with the same place in the table */
	ANSWER(fd);
	assert_non_null(images__get(images, &owner, &others[3]));
	assert_int_equal(nr_asked, 1);
	/* All of them are one file. */
	assert_int_equal(list_fds(NULL), nr + 1);
}

/* A file that cannot be opened, is no program, or came when the process had ended, is not asked for again. */
TEST_F(an_unreadable_file_is_asked_for_once)
{
	const struct images_owner owner = process(5, 1, true), ended = process(6, 2, false);
	int fd = elf(false, 1), none = memfd_create("none", MFD_CLOEXEC), nr;

	nr = list_fds(NULL);
	for (int why = 0; why < 3; why++) {
		struct code_mapping mapping = text;

		mapping.offset += why;
		ANSWER(why == 0 ? -EACCES : why == 1 ? none : fd);
		for (int i = 0; i < 3; i++)
			assert_null(images__get(images, why == 2 ? &ended : &owner, &mapping));
		assert_int_equal(nr_asked, 1);
	}
	assert_int_equal(list_fds(NULL), nr);
	/* Once its budget is spent, a request says nothing of a file. */
	over = true;
	ANSWER(-ENOENT, -ENOENT, fd, fd);
	assert_null(images__get(images, &owner, &text));
	assert_null(images__get(images, &owner, &text));
	assert_non_null(images__get(images, &owner, &text));
	assert_non_null(images__get(images, &owner, &text));
	assert_int_equal(nr_asked, 3);
}

/* Each figure of a file tells it from another, and from itself before it was written to. */
TEST_F(processes_share_a_file_that_is_the_same)
{
	static const struct stat others[] = {
		{},
		{ .st_dev = 1 },
		{ .st_ino = 1 },
		{ .st_size = 1 },
		{ .st_mtim.tv_sec = 1 },
		{ .st_mtim.tv_nsec = 1 },
		{ .st_ctim.tv_sec = 1 },
		{ .st_ctim.tv_nsec = 1 },
		{},
	};
	const struct images_owner one = process(5, 1, true), two = process(6, 2, true);
	int fd = elf(false, 1), nr = list_fds(NULL) + 1;
	const struct elf_image *image;

	ANSWER(fd);
	image = images__elf(images, images__get(images, &one, &text));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct code_mapping mapping = text;
		bool same = i == 0 || i == ARRAY_SIZE(others) - 1;

		mapping.offset += i;
		identity = others[i];
		ANSWER(fd);
		assert_int_equal(images__elf(images, images__get(images, &two, &mapping)) == image,
				 same);
		nr += !same;
		assert_int_equal(list_fds(NULL), nr);
	}
}

/* As many files as have room stay open; a further one takes the place of the one unused for longest. */
TEST_F(the_file_that_was_unused_for_longest_is_closed)
{
	const struct images_owner owner = process(5, 1, true);
	struct mapped_file *files[IMAGES + 2];
	bool taken[1024] = {};
	struct code_mapping mapping = text;
	int fd = elf(false, 1), nr = list_fds(NULL);

	for (int i = 0; i < IMAGES + 2; i++) {
		/* Two mappings may share a place in the table: not these. */
		while (taken[hash64(mapping.start ^ 1ULL << 40) % 1024])
			mapping.start += 0x1000;
		taken[hash64(mapping.start ^ 1ULL << 40) % 1024] = true;
		identity.st_ino = i;
		ANSWER(fd);
		files[i] = images__get(images, &owner, &mapping);
		assert_non_null(files[i]);
		assert_int_equal(list_fds(NULL), nr + (i < IMAGES ? i + 1 : IMAGES));
		/* The second one is used now and then. */
		if (i)
			assert_non_null(images__elf(images, files[1]));
	}
	for (int i = 0; i < IMAGES + 2; i++)
		assert_int_equal(!images__elf(images, files[i]), i == 0 || i == 2);
	/* A file that is closed is opened again when it is needed. */
	identity.st_ino = 0;
	ANSWER(fd);
	mapping.start = text.start;
	assert_ptr_equal(images__get(images, &owner, &mapping), files[0]);
	assert_int_equal(nr_asked, 1);
	assert_non_null(images__elf(images, files[0]));
	assert_null(images__elf(images, files[1]));
}

/* Fails unless the function at @vaddr is @name, NULL for none, and @searches files were searched. */
static void check_function(struct mapped_file *file, const struct images_owner *owner,
			   uint64_t vaddr, const char *name, int searches)
{
	char got[16] = "unchanged";
	uint64_t offset = 77;

	nr_searched = 0;
	assert_int_equal(images__function(images, file, owner, vaddr, got, sizeof(got), &offset),
			 name != NULL);
	assert_int_equal(nr_searched, searches);
	assert_string_equal(got, name ?: "unchanged");
	assert_int_equal(offset, name ? vaddr - 1 : 77);
}

TEST_F(a_name_is_searched_once)
{
	const struct images_owner owner = process(5, 1, true);
	struct mapped_file *file;

	ANSWER(elf(false, 1));
	file = images__get(images, &owner, &text);
	names[0] = "found";
	check_function(file, &owner, 0x400100, "found", 1);
	names[0] = "another";
	check_function(file, &owner, 0x400100, "found", 0);
	check_function(file, &owner, 0x400101, "another", 1);
	names[0] = NULL;
	check_function(file, &owner, 0x400102, NULL, 1);
	check_function(file, &owner, 0x400102, NULL, 0);
	/* If the budget ended the search, another request searches again. */
	cut = true;
	check_function(file, &owner, 0x400103, NULL, 1);
	check_function(file, &owner, 0x400103, NULL, 1);
	check_function(file, &owner, 0x400100, "found", 0);
	names[0] = "at_last";
	check_function(file, &owner, 0x400103, "at_last", 1);
	check_function(file, &owner, 0x400103, "at_last", 0);
	/* A file that is not stripped needs no other one. */
	assert_int_equal(nr_asked, 1);
}

#define OF_20 " 03 of 20\n"

/* The process's own root directory comes first, then that of ipitrace. */
TEST_F(a_stripped_file_has_its_names_in_another)
{
	const struct images_owner owner = process(5, 1, true);
	struct mapped_file *file;
	int other = elf(false, 4), debug = elf(false, 3);

	names[1] = "dynamic";
	ANSWER(elf(true, 3), other, debug);
	file = images__get(images, &owner, &text);
	names[0] = "whole";
	check_function(file, &owner, 0x400100, "whole", 1);
	assert_string_equal(asked, "mapped 5 1000-5000\ndebug 5" OF_20 "debug 0" OF_20);
	check_function(file, &owner, 0x400101, "whole", 1);
	/* What the other one does not name may have a name in the file itself. */
	names[0] = NULL;
	check_function(file, &owner, 0x400102, "dynamic", 2);
	assert_int_equal(nr_asked, 3);
}

TEST_F(a_file_with_symbols_is_tried_once)
{
	const struct images_owner owner = process(5, 1, true);
	struct mapped_file *file;

	names[1] = "dynamic";
	names[0] = "whole";
	ANSWER(elf(true, 3), -ENOENT, -ENOENT, elf(false, 3));
	file = images__get(images, &owner, &text);
	check_function(file, &owner, 0x400100, "dynamic", 1);
	check_function(file, &owner, 0x400101, "dynamic", 1);
	assert_int_equal(nr_asked, 3);
	/* Without its budget the request has tried nothing. */
	over = true;
	ANSWER(elf(true, 5), -ENOENT, -ENOENT, elf(false, 5));
	file = images__get(images, &owner, &(struct code_mapping){ .start = 0x9000, .inode = 1 });
	check_function(file, &owner, 0x400100, "dynamic", 1);
	check_function(file, &owner, 0x400100, "whole", 1);
	assert_string_equal(asked, "mapped 5 9000-0\ndebug 5 05 of 20\ndebug 0 05 of 20\n"
				   "debug 5 05 of 20\n");
}

/* Other files take the place of the one with the symbols: it is opened again, and the names are the same. */
TEST_F(a_file_with_symbols_that_was_closed_is_opened_again)
{
	const struct images_owner owner = process(5, 1, true);
	struct mapped_file *file;
	int debug = elf(false, 3), fd = elf(false, 1);

	names[0] = "whole";
	ANSWER(elf(true, 3), debug);
	file = images__get(images, &owner, &text);
	check_function(file, &owner, 0x400100, "whole", 1);
	for (int i = 1; i < IMAGES; i++) {
		struct code_mapping mapping = text;

		/* One place of the table, which is not that of the file. */
		mapping.start = 0x9000;
		mapping.inode += i;
		identity.st_dev = i;
		ANSWER(fd);
		assert_non_null(images__get(images, &owner, &mapping));
		assert_non_null(images__elf(images, file));
	}
	identity.st_dev = 0;
	ANSWER(debug);
	check_function(file, &owner, 0x400101, "whole", 1);
	assert_string_equal(asked, "debug 5" OF_20);
	check_function(file, &owner, 0x400102, "whole", 1);
	assert_int_equal(nr_asked, 1);
}

TEST_F(a_process_runs_while_its_maps_have_text)
{
	const struct images_owner runs = process(5, 1, true), ended = process(6, 2, false);

	assert_true(images_owner__runs(&runs));
	assert_false(images_owner__runs(&ended));
	assert_false(images_owner__runs(&(struct images_owner){ .maps_fd = -1 }));
}

TEST_MAIN(NULL, NULL)
