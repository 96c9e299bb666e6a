// SPDX-License-Identifier: GPL-2.0
/* host/storm_facts: each change that is logged, the limits of the log, and the runs of stopper threads. */
#include <stdarg.h>
#include "base/sysfile.h"
#include "host/machine.h"
#include "made_root.h"
#include "memory_fails.h"

#define CPU "/sys/devices/system/cpu/"

static const char *refused; /* the end of the path of the file that cannot be read now */
static int refusal; /* errno then */

bool __real_sysfile__line(char *buf, size_t size, const char *format, ...);
bool __wrap_sysfile__line(char *buf, size_t size, const char *format, ...)
{
	char path[256];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	if (!refused || !strstr(path, refused))
		return __real_sysfile__line(buf, size, "%s", path);
	*buf = '\0';
	errno = refusal;
	return false;
}

/* The files that the log watches, in its order. */
static const char *const files[] = {
	CPU "online",
	"/sys/devices/system/clocksource/clocksource0/current_clocksource",
	CPU "cpufreq/policy0/scaling_governor",
	CPU "cpufreq/policy0/scaling_driver",
	"/proc/sys/kernel/numa_balancing",
	"/sys/kernel/mm/transparent_hugepage/enabled",
	"/sys/kernel/mm/ksm/run",
	"/sys/kernel/rcu_expedited",
};

static struct change_log *open_log(void)
{
	struct change_log *log;

	assert_int_equal(change_log__open(&log, root), 0);
	return log;
}

/* The changes at @from to @to, a line each with its time, at most @max of them. */
static const char *changes_of(const struct change_log *log, uint64_t from, uint64_t to,
			      uint32_t max)
{
	static char text[16384];
	struct change changes[100];
	uint32_t nr = change_log__of(log, from, to, changes, max);

	assert_in_range(nr, 0, max);
	*text = '\0';
	for (uint32_t i = 0; i < nr; i++)
		text_append(text, sizeof(text), "%u %s\n", (unsigned int)changes[i].time,
			    changes[i].text);
	return text;
}

TEST(each_watched_file_has_its_name, root_setup, root_teardown)
{
	struct change_log *log;
	char text[16];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(text, sizeof(text), "old%zu\n", i);
		root_file(files[i], text);
	}
	log = open_log();
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(text, sizeof(text), "new%zu\n", i);
		root_file(files[i], text);
	}
	change_log__update(log, 5);
	change_log__update(log, 6);
	assert_text(changes_of(log, 5, 6, 100), "5 CPUs online: old0 -> new0\n"
						"5 clocksource: old1 -> new1\n"
						"5 governor of policy0: old2 -> new2\n"
						"5 cpufreq driver: old3 -> new3\n"
						"5 kernel.numa_balancing: old4 -> new4\n"
						"5 transparent huge pages: old5 -> new5\n"
						"5 KSM: old6 -> new6\n"
						"5 rcu_expedited: old7 -> new7\n");
	change_log__close(log);
}

/* A value is 31 bytes at most; a list of CPUs then ends at a comma. */
TEST(a_choice_is_its_word_and_a_long_value_is_cut, root_setup, root_teardown)
{
	static const char *const values[] = {
		"always [madvise] never\n",
		"a [b\n",
		"b] a\n",
		"1234567890123456789012345678901\n",
		"12345678901234567890123456789012\n",
		"1,3,5,7,9,11,13,15,17,19,21,2345\n",
		"",
	};
	struct change_log *log;

	root_file(files[5], "[] first\n");
	log = open_log();
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		root_file(files[5], values[i]);
		change_log__update(log, i + 1);
	}
#define THP	" transparent huge pages: "
#define B31	"1234567890123456789012345678901"
#define B28	"1234567890123456789012345678..."
#define OF_LIST "1,3,5,7,9,11,13,15,17,19,21,..."
	assert_text(changes_of(log, 1, 99, 100),
		    "1" THP "none -> madvise\n2" THP "madvise -> a [b\n3" THP "a [b -> b] a\n"
		    "4" THP "b] a -> " B31 "\n5" THP B31 " -> " B28 "\n6" THP B28 " -> " OF_LIST
		    "\n7" THP OF_LIST " -> none\n");
	change_log__close(log);
}

/* A file that is not there has no value; a file that cannot be opened for now keeps its own. */
TEST(a_file_that_cannot_be_opened_for_now_has_not_changed, root_setup, root_teardown)
{
	static const int for_now[] = { ENOMEM, EMFILE, ENFILE };
	struct change_log *log;

	root_file(files[0], "0-3\n");
	root_file(files[1], "tsc\n");
	log = open_log();
	root_file(files[0], "0-2\n");
	refused = files[0];
	for (size_t i = 0; i < ARRAY_SIZE(for_now); i++) {
		refusal = for_now[i];
		change_log__update(log, i + 1);
		assert_text(changes_of(log, 0, 99, 100), "");
	}
	refusal = ENOENT;
	change_log__update(log, 4);
	refused = NULL;
	/* An empty file sets no errno: what another call left there says nothing of it. */
	root_file(files[1], "");
	errno = ENOMEM;
	change_log__update(log, 5);
	assert_text(changes_of(log, 0, 99, 100), "4 CPUs online: 0-3 -> none\n"
						 "5 CPUs online: none -> 0-2\n"
						 "5 clocksource: tsc -> none\n");
	change_log__close(log);
}

/* A list of modules that cannot be read does not unload them. */
TEST(modules_come_and_go, root_setup, root_teardown)
{
#define NAME55 "a123456789b123456789c123456789d123456789e123456789f1234"
	struct change_log *log;
	char path[128];

	root_file("/proc/modules", "one 1 0 - Live 0x0\ntwo 1 0 - Live 0x0\nthree 1 0\n");
	log = open_log();
	root_file("/proc/modules", "three 1 0\n\n" NAME55 "56 1 0\none 1 0 - Live 0x0\n");
	change_log__update(log, 1);
	snprintf(path, sizeof(path), "%s/proc/modules", root);
	assert_int_equal(unlink(path), 0);
	change_log__update(log, 2);
	root_file("/proc/modules", "one 1 0\ntwo 1 0\n");
	change_log__update(log, 3);
	change_log__update(log, 4);
	assert_text(changes_of(log, 0, 99, 100),
		    "1 module loaded: " NAME55 "\n1 module unloaded: two\n"
		    "3 module loaded: two\n3 module unloaded: three\n"
		    "3 module unloaded: " NAME55 "\n");
	change_log__close(log);
}

/* The log knows 1024 modules: one more has no name there until another one has gone. */
TEST(modules_beyond_the_room_are_left_out, root_setup, root_teardown)
{
	static char list[32768];
	struct change_log *log;

	for (int i = 0; i < 1022; i++)
		text_append(list, sizeof(list), "m%d 1 0\n", i);
	root_file("/proc/modules", list);
	log = open_log();
	text_append(list, sizeof(list), "first 1 0\nsecond 1 0\nthird 1 0\n");
	root_file("/proc/modules", list);
	change_log__update(log, 1);
	change_log__update(log, 2);
	root_file("/proc/modules", strchr(list, '\n') + 1);
	change_log__update(log, 3);
	change_log__update(log, 4);
	assert_text(changes_of(log, 0, 99, 100), "1 module loaded: first\n1 module loaded: second\n"
						 "3 module unloaded: m0\n4 module loaded: third\n");
	change_log__close(log);
}

/* The first 70 of 135 changes are forgotten, and 64 stay: of these the latest have room. */
TEST(the_latest_changes_are_kept, root_setup, root_teardown)
{
	struct change_log *log = open_log();
	char text[32], want[16384] = "";

	for (int i = 1; i <= 64; i++) {
		snprintf(text, sizeof(text), "%d\n", i);
		root_file(files[6], text);
		change_log__update(log, i);
	}
	assert_has(changes_of(log, 0, 99, 100), "1 KSM: none -> 1\n2 KSM: 1 -> 2\n");
	for (int i = 65; i <= 135; i++) {
		snprintf(text, sizeof(text), "%d\n", i);
		root_file(files[6], text);
		change_log__update(log, i);
	}
	for (int i = 72; i <= 135; i++)
		text_append(want, sizeof(want), "%d KSM: %d -> %d\n", i, i - 1, i);
	assert_text(changes_of(log, 0, 1000, 100), want);
	assert_text(changes_of(log, 0, 1000, 3), strstr(want, "133 KSM"));
	/* Both ends of the time belong to it. */
	assert_text(changes_of(log, 80, 82, 100), "80 KSM: 79 -> 80\n81 KSM: 80 -> 81\n"
						  "82 KSM: 81 -> 82\n");
	assert_text(changes_of(log, 80, 82, 2), "81 KSM: 80 -> 81\n82 KSM: 81 -> 82\n");
	change_log__close(log);
}

/* The thread @pid of CPU @cpu has run @runs times. @flags: PF_KTHREAD is 0x200000. */
static void stopper(int pid, const char *name, unsigned int flags, int runs)
{
	char path[64], text[128];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	snprintf(text, sizeof(text), "%d (%s) S 2 0 0 0 -1 %u 0 0 0 0\n", pid, name, flags);
	root_file(path, text);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	snprintf(text, sizeof(text), "Name:\tx\nvoluntary_ctxt_switches:\t%d\n", runs);
	root_file(path, text);
}

#define KTHREAD 0x200000U

static struct stopper_threads *open_stoppers(void)
{
	struct stopper_threads *stoppers;

	assert_int_equal(stopper_threads__open(&stoppers, root), 0);
	return stoppers;
}

static void check_runs(struct stopper_threads *stoppers, bool known, uint64_t want)
{
	uint64_t runs = 77;

	assert_int_equal(stopper_threads__since(stoppers, &runs), known);
	assert_int_equal(runs, want);
}

/* The sum of some of the threads would be too little. */
TEST(runs_are_those_of_all_stoppers_or_unknown, root_setup, root_teardown)
{
	struct stopper_threads *stoppers;
	char path[128];

	stopper(15, "migration/0", KTHREAD, 100);
	stopper(20, "migration/1", KTHREAD | 0x4000040, 200);
	stopper(21, "migration/2", ~KTHREAD, 300);
	stopper(22, "migration", KTHREAD, 300);
	stopper(23, "xmigration/3", KTHREAD, 300);
	stoppers = open_stoppers();
	check_runs(stoppers, true, 0);
	stopper(21, "migration/2", ~KTHREAD, 1300);
	stopper(22, "migration", KTHREAD, 1300);
	stopper(23, "xmigration/3", KTHREAD, 1300);
	stopper(15, "migration/0", KTHREAD, 101);
	stopper(20, "migration/1", KTHREAD, 202);
	check_runs(stoppers, true, 3);
	stopper(20, "migration/1", KTHREAD, 206);
	snprintf(path, sizeof(path), "%s/proc/15/status", root);
	assert_int_equal(unlink(path), 0);
	check_runs(stoppers, false, 0);
	stopper(15, "migration/0", KTHREAD, 111);
	stopper(20, "migration/1", KTHREAD, 207);
	check_runs(stoppers, false, 0);
	/* A count that fell is another thread's: no runs are known of it. */
	stopper(15, "migration/0", KTHREAD, 5);
	stopper(20, "migration/1", KTHREAD, 209);
	check_runs(stoppers, true, 2);
	stopper(15, "migration/0", KTHREAD, 8);
	check_runs(stoppers, true, 3);
	stopper_threads__close(stoppers);
	check_runs(NULL, false, 0);
}

/* A larger machine costs no more: 256 threads, and no more than there may be CPUs. */
TEST(no_more_stoppers_are_read_than_needed, root_setup, root_teardown)
{
	struct stopper_threads *stoppers;

	for (int i = 0; i < 258; i++)
		stopper(10 + i, "migration/0", KTHREAD, 1);
	for (int all = 0; all < 2; all++) {
		if (!all)
			root_file(CPU "possible", "0-1\n");
		else
			root_file(CPU "possible", "no list\n");
		stoppers = open_stoppers();
		for (int i = 0; i < 258; i++)
			stopper(10 + i, "migration/0", KTHREAD, 2 + all);
		check_runs(stoppers, true, all ? 256 : 2);
		stopper_threads__close(stoppers);
	}
}

/* The threads are searched again only once a CPU has come. */
TEST(a_stopper_that_comes_has_a_cpu_that_came, root_setup, root_teardown)
{
	struct stopper_threads *stoppers;

	root_file(CPU "possible", "0-2\n");
	root_file(CPU "online", "0\n");
	stopper(15, "migration/0", KTHREAD, 100);
	stoppers = open_stoppers();
	stopper(16, "migration/1", KTHREAD, 40);
	check_runs(stoppers, true, 0);
	root_file(CPU "online", "0-1\n");
	check_runs(stoppers, true, 40);
	stopper(17, "migration/2", KTHREAD, 50);
	check_runs(stoppers, true, 0);
	root_file(CPU "online", "no list\n");
	check_runs(stoppers, true, 0);
	root_file(CPU "online", "0-2\n");
	check_runs(stoppers, true, 50);
	stopper_threads__close(stoppers);
}

TEST(without_memory_nothing_is_opened, root_setup, root_teardown)
{
	struct stopper_threads *stoppers = (void *)root;
	struct change_log *log;

	stopper(15, "migration/0", KTHREAD, 100);
	nr_granted = 0;
	assert_int_equal(change_log__open(&log, root), -ENOMEM);
	assert_null(log);
	nr_granted = 0;
	assert_int_equal(stopper_threads__open(&stoppers, root), -ENOMEM);
	assert_null(stoppers);
	assert_int_equal(nr_granted, -1);
	assert_int_equal(nr_taken, 0);
}

TEST_MAIN(NULL, NULL)
