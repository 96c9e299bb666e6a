// SPDX-License-Identifier: GPL-2.0
/* The clerk names files, keeps the last of them, and waits for no CMD. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "run/clerk.h"
#include "run/clerk_work.h"
#include "unit.h"

static char directory[64], path[PATH_MAX];

static int in_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test_clerk.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/f.zst", directory);
	return 0;
}

static int directory_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static int files(void)
{
	DIR *dir = opendir(directory);
	int nr = 0;

	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr - 2;
}

static const struct trigger *trigger(void)
{
	static struct trigger trigger;

	/* A name has its milliseconds. */
	usleep(2000);
	trigger = (struct trigger){ .kind = TRIGGER_STALL,
				    .time = mono_ns(),
				    .id = 7,
				    .phase = PHASE_DELIVERY,
				    .src = 1,
				    .dst = 2,
				    .duration = 3 };
	return &trigger;
}

static void a_name_has_the_time(void **state)
{
	static const struct {
		const char *path, *name;
	} cases[] = {
		{ "f.ndjson.zst", "f-20261121T034105.123Z.ndjson.zst" },
		{ "/a.b/f", "/a.b/f-20261121T034105.123Z" },
		{ "/a.b/.f.zst", "/a.b/.f-20261121T034105.123Z.zst" },
		{ "a/%s.x", "a/%s-20261121T034105.123Z.x" },
	};
	char name[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(
			clerk_work__name(cases[i].path, 1795232465123456789, name, sizeof(name)));
		assert_string_equal(name, cases[i].name);
	}
	assert_false(clerk_work__name("f.zst", 0, name, 20));
}

static void the_last_files_stay(void **state)
{
	const struct clerk_config config = { .path = path, .max_files = 2 };
	char names[4][PATH_MAX], none[PATH_MAX];
	struct clerk *clerk;

	(void)state;
	assert_int_equal(clerk__open(&clerk, &config), 0);
	for (int i = 0; i < 4; i++) {
		int fd = clerk__file(clerk);

		assert_true(fd >= 0);
		clerk__happened(clerk);
		assert_int_equal(write(fd, &i, sizeof(i)), sizeof(i));
		close(fd);
		clerk__finished(clerk, trigger(), i != 2, names[i], sizeof(names[i]));
	}
	/* Nothing could be written to this one: no file gives way to it. */
	close(clerk__file(clerk));
	clerk__happened(clerk);
	clerk__finished(clerk, trigger(), false, none, sizeof(none));
	/* The next one is there, and goes with the clerk. */
	close(clerk__file(clerk));
	assert_int_equal(files(), 3);
	clerk__close(clerk);
	assert_int_equal(files(), 2);
	for (int i = 0; i < 4; i++)
		assert_int_equal(!access(names[i], F_OK), i >= 2);
}

static void a_cmd_gets_numbers_and_is_not_waited_for(void **state)
{
	const struct clerk_config config = {
		.path = path,
		.max_files = 1,
		.exec = "cd $CLERK_DIR && env | grep ^IPITRACE_ | sort >env.$$ && "
			"mv env.$$ env.$IPITRACE_ID && echo >>written && exec sleep 5",
	};
	char name[PATH_MAX], text[1024] = {};
	struct stat written = {};
	struct clerk *clerk;
	FILE *env;

	(void)state;
	setenv("CLERK_DIR", directory, 1);
	assert_int_equal(clerk__open(&clerk, &config), 0);
	/* More than may run at one time: the rest is refused. */
	for (int i = 0; i < CLERK_CMDS + 2; i++) {
		int fd = clerk__file(clerk);

		assert_true(fd >= 0);
		close(fd);
		clerk__happened(clerk);
		clerk__finished(clerk, trigger(), true, name, sizeof(name));
	}
	close(clerk__file(clerk));
	clerk__close(clerk);
	/* Nobody waits for a CMD: it may write its file later. */
	snprintf(text, sizeof(text), "%s/written", directory);
	for (int i = 0; i < 3000 && (stat(text, &written) || written.st_size < CLERK_CMDS); i++)
		usleep(10000);
	assert_int_equal(written.st_size, CLERK_CMDS);
	snprintf(text, sizeof(text), "%s/env.7", directory);
	env = fopen(text, "r");
	text[fread(text, 1, sizeof(text) - 1, env)] = '\0';
	fclose(env);
	assert_non_null(strstr(text, "IPITRACE_DST=2\n"));
	assert_non_null(strstr(text, "\nIPITRACE_INCIDENT=stall\n"));
	assert_non_null(strstr(text, "\nIPITRACE_PHASE=delivery\n"));
	assert_non_null(strstr(text, "\nIPITRACE_NS=3\n"));
}

static void what_is_no_file_is_refused(void **state)
{
	struct clerk_config config = { .path = "/dev/null", .max_files = 1 };
	struct clerk *clerk;
	struct stat st;

	(void)state;
	assert_int_equal(clerk__open(&clerk, &config), 0);
	assert_int_equal(clerk__file(clerk), -EINVAL);
	clerk__close(clerk);
	assert_false(stat("/dev/null", &st));
	assert_true(S_ISCHR(st.st_mode));
	config.path = "/nowhere/f";
	assert_int_equal(clerk__open(&clerk, &config), 0);
	assert_int_equal(clerk__file(clerk), -ENOENT);
	clerk__close(clerk);
	assert_int_equal(symlink("/dev/null", path), 0);
	config.path = path;
	assert_int_equal(clerk__open(&clerk, &config), 0);
	assert_int_equal(clerk__file(clerk), -ELOOP);
	clerk__close(clerk);
}

static volatile sig_atomic_t signals;

static void count(int signo)
{
	(void)signo;
	signals++;
}

static void the_process_gets_the_signal(void **state)
{
	const struct clerk_config config = { .path = path, .max_files = 1, .signal = getpid() };
	struct clerk *clerk;

	(void)state;
	signal(SIGUSR1, count);
	assert_int_equal(clerk__open(&clerk, &config), 0);
	assert_int_equal(signals, 0);
	clerk__happened(clerk);
	for (int i = 0; i < 300 && !signals; i++)
		usleep(10000);
	assert_int_equal(signals, 1);
	clerk__close(clerk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_has_the_time),
		cmocka_unit_test_setup_teardown(the_last_files_stay, in_directory,
						directory_remove),
		cmocka_unit_test_setup_teardown(a_cmd_gets_numbers_and_is_not_waited_for,
						in_directory, directory_remove),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, in_directory,
						directory_remove),
		cmocka_unit_test_setup_teardown(the_process_gets_the_signal, in_directory,
						directory_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
