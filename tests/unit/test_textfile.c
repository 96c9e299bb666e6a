// SPDX-License-Identifier: GPL-2.0
/* The file that node_exporter reads: it is replaced as a whole, and never written through. */
#include <poll.h>
#include <sys/stat.h>
#include "serve/serve.h"
#include "unit.h"

static char dir[32];

static int setup(void **state)
{
	strcpy(dir, "/tmp/textfile-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

/* Returns the path of a file in the directory. */
static const char *in_dir(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int teardown(void **state)
{
	unlink(in_dir(TEXTFILE_NAME));
	unlink(in_dir("." TEXTFILE_NAME ".new"));
	unlink(in_dir("victim"));
	return rmdir(dir);
}

/* Write @text, and wait for the writer's answer, which is returned. */
static int write_text(struct textfile *t, const char *text)
{
	struct pollfd fd = { .fd = textfile__fd(t), .events = POLLIN };
	FILE *out = textfile__begin(t);

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(textfile__commit(t), 0);
	assert_null(textfile__begin(t)); /* the writer reads the text */
	assert_int_equal(poll(&fd, 1, 30000), 1);
	return textfile__poll(t);
}

/* Fails unless the file has this text, and everybody can read it. */
static void check_file(const char *text)
{
	char got[1 << 17] = "";
	struct stat st;
	FILE *file = fopen(in_dir(TEXTFILE_NAME), "r");

	assert_non_null(file);
	assert_int_equal(fread(got, 1, sizeof(got) - 1, file), strlen(text));
	assert_int_equal(fstat(fileno(file), &st), 0);
	fclose(file);
	assert_string_equal(got, text);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(access(in_dir("." TEXTFILE_NAME ".new"), F_OK), -1);
}

TEST_F(each_text_replaces_the_file)
{
	static char large[100000];
	mode_t mask = umask(077);
	struct textfile *t;

	memset(large, 'x', sizeof(large) - 1);
	assert_int_equal(textfile__open(&t, dir), 0);
	assert_int_equal(access(in_dir(TEXTFILE_NAME), F_OK), -1);
	assert_int_equal(textfile__poll(t), 0);
	assert_int_equal(write_text(t, large), 0);
	check_file(large);
	assert_int_equal(write_text(t, "a 1\n"), 0);
	check_file("a 1\n");
	/* What is not committed is not written. */
	fputs("b 2\n", textfile__begin(t));
	fflush(textfile__begin(t));
	check_file("a 1\n");
	assert_int_equal(textfile__close(t), 0);
	umask(mask);
}

/* Another user may have put a link there, to have a file of ours overwritten. */
TEST_F(a_link_is_replaced_and_not_followed)
{
	struct textfile *t;
	struct stat st;

	assert_int_equal(symlink("victim", in_dir("." TEXTFILE_NAME ".new")), 0);
	assert_int_equal(symlink("victim", in_dir(TEXTFILE_NAME)), 0);
	assert_int_equal(textfile__open(&t, dir), 0);
	assert_int_equal(write_text(t, "a 1\n"), 0);
	check_file("a 1\n");
	assert_int_equal(access(in_dir("victim"), F_OK), -1);
	assert_int_equal(lstat(in_dir(TEXTFILE_NAME), &st), 0);
	assert_true(S_ISREG(st.st_mode));
	textfile__close(t);
}

TEST_F(errors_are_the_writers)
{
	struct textfile *t = NULL;

	assert_int_equal(textfile__open(&t, in_dir("none")), -ENOENT);
	assert_int_equal(textfile__open(&t, "/dev/null"), -ENOTDIR);
	assert_null(t);
	/* The file cannot be replaced, and the new one is removed. */
	assert_int_equal(textfile__open(&t, dir), 0);
	assert_int_equal(mkdir(in_dir(TEXTFILE_NAME), 0755), 0);
	assert_int_equal(write_text(t, "a 1\n"), -EISDIR);
	assert_int_equal(access(in_dir("." TEXTFILE_NAME ".new"), F_OK), -1);
	rmdir(in_dir(TEXTFILE_NAME));
	assert_int_equal(mkdir(in_dir("." TEXTFILE_NAME ".new"), 0755), 0);
	assert_int_equal(write_text(t, "a 1\n"), -EISDIR);
	rmdir(in_dir("." TEXTFILE_NAME ".new"));
	assert_int_equal(write_text(t, "a 1\n"), 0);
	check_file("a 1\n");
	assert_int_equal(textfile__close(t), 0);
	assert_int_equal(textfile__close(NULL), 0);
}

/* The writer is the directory's owner, and has no more rights than that. */
TEST_F(the_writer_is_the_owner)
{
	struct textfile *t;
	struct stat st;

	if (geteuid()) {
		/* Nobody can write there, not even the owner. */
		assert_int_equal(chmod(dir, 0500), 0);
		assert_int_equal(textfile__open(&t, dir), -EACCES);
		assert_int_equal(chmod(dir, 0700), 0);
		return;
	}
	assert_int_equal(chown(dir, 12345, 12346), 0);
	assert_int_equal(textfile__open(&t, dir), 0);
	assert_int_equal(write_text(t, "a 1\n"), 0);
	assert_int_equal(stat(in_dir(TEXTFILE_NAME), &st), 0);
	assert_members(st, st_uid, 12345, st_gid, 12346);
	textfile__close(t);
	assert_int_equal(chmod(dir, 0500), 0);
	assert_int_equal(textfile__open(&t, dir), -EACCES);
	assert_int_equal(chmod(dir, 0700), 0);
}

/* Who ends waits for the answer that is due. */
TEST_F(the_last_text_is_written)
{
	struct textfile *t;

	assert_int_equal(textfile__open(&t, dir), 0);
	fputs("a 1\n", textfile__begin(t));
	assert_int_equal(textfile__commit(t), 0);
	assert_int_equal(textfile__close(t), 0);
	check_file("a 1\n");
	assert_int_equal(textfile__open(&t, dir), 0);
	unlink(in_dir(TEXTFILE_NAME));
	assert_int_equal(mkdir(in_dir(TEXTFILE_NAME), 0755), 0);
	fputs("a 1\n", textfile__begin(t));
	assert_int_equal(textfile__commit(t), 0);
	assert_int_equal(textfile__close(t), -EISDIR);
	rmdir(in_dir(TEXTFILE_NAME));
}

TEST_MAIN(NULL, NULL)
