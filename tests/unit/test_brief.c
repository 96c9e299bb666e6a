// SPDX-License-Identifier: GPL-2.0
/* The brief page over made-up windows: it fits each screen, and its tables have the right rows. */
#include "brief_window.h"

static int columns_of(const char *line)
{
	int columns = 0;

	for (; *line && *line != '\n'; line++)
		columns += (*line & 0xc0) != 0x80;
	return columns;
}

/* Returns how many lines the text has; none is wider than @columns. */
static int assert_fits(const char *text, int columns)
{
	int lines = 0;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		if (columns_of(line) > columns)
			fail_msg("%d columns, not %d: %.*s", columns_of(line), columns,
				 (int)strcspn(line, "\n"), line);
		lines++;
	}
	return lines;
}

TEST(it_fits_each_screen)
{
	static const int columns[] = { 60, 61, 79, 80, 109, 110, 132, 200, 400 };
	static const int rows[] = { 16, 24, 25, 50, 100 };
	static const uint32_t cpus[] = { 1, 2, 8, 64, 256 };
	static const size_t fns[] = { 0, 1, 4, 40 };
	static const uint64_t counts[] = { 1, 999, 99999, 9999999 };

	for (size_t c = 0; c < ARRAY_SIZE(columns) * ARRAY_SIZE(rows); c++) {
		for (size_t i = 0; i < ARRAY_SIZE(cpus) * ARRAY_SIZE(fns) * ARRAY_SIZE(counts);
		     i++) {
			struct snapshot snap = (i & 1 ? window_of_calls : window)(
				cpus[i % 5], fns[i / 5 % 4], counts[i / 20]);
			char *text;

			brief.columns = columns[c % ARRAY_SIZE(columns)];
			brief.rows = rows[c / ARRAY_SIZE(columns)];
			brief.by_cpu = i % 3 == 0;
			snap.ledger.lost_by[LOST_MAILBOX_FULL] = i % 2 ? counts[i / 20] : 0;
			text = page(&snap);
			assert_in_range(assert_fits(text, brief.columns), 3,
					brief.rows < 24 ? 23 : brief.rows - 1);
			free(text);
		}
	}
}

static struct snapshot plain_window(uint32_t nr_cpus)
{
	return window(nr_cpus, 4, 100);
}

/* Each clause that a page may have, at its longest. */
static struct snapshot window_of_words(uint32_t nr_cpus)
{
	static struct storm storm = { .reason = STORM_BY_RATE };
	struct snapshot snap = window(nr_cpus, FNS_MAX, 99999999);

	snap.kinds[KIND_IRQ_WORK] = 99999999;
	snap.kinds[KIND_RESCHEDULE] = 1999999999;
	for (int i = 0; i < NR_LOST; i++)
		snap.ledger.lost_by[i] = 99999999;
	snap.ledger.orphans = snap.sends_unseen = snap.waits_unseen = 99999999;
	for (uint32_t i = 0; i < nr_cpus; i++)
		snap.cpus[i].stolen =
			(struct steal_sum){ .known = true, .delay = 99999999, .handler = 99999999 };
	snap.cpus[nr_cpus - 1].handler.max = snap.fns[3].handler.max = 99999999999;
	snap.cpus[nr_cpus - 1].delay.max = snap.fns[3].delay.max = 99999999999;
	snprintf(nearest.func.name, sizeof(nearest.func.name), "%s", names[3]);
	nearest.second = nearest.func;
	nearest.second.count = 7;
	nearest.cost = (struct storm_cost){ 0.9, 0.05, COST_OF_ONE };
	nearest.rate = 99999999;
	nearest.worst = true;
	nearest.nr_storms = nearest.nr_notes = 99;
	nearest.storm = &storm;
	snprintf(nearest.note.func.name, sizeof(nearest.note.func.name), "%s", names[3]);
	nearest.note.rate = 99999999;
	snap.samples[0].own = true;
	brief.ran = "fifteen_letters[4194304]";
	brief.again = " -- fifteen_letters";
	brief.filters = " --src 0-127,129-255 --dst 0-127";
	return snap;
}

/* The page of a run stays on the screen, so it leaves lines for the status and the prompt. */
TEST(the_page_of_a_run_leaves_room_for_the_prompt)
{
	static const int columns[] = { 60, 80, 110, 200 };
	static const uint32_t cpus[] = { 2, 8, 256 };

	for (size_t i = 0; i < ARRAY_SIZE(columns) * ARRAY_SIZE(cpus) * 4; i++) {
		struct snapshot snap = window_of_words(cpus[i / 4 % 3]);
		char *text;

		brief.columns = columns[i / 12];
		brief.total = snap.window.last = i & 1;
		if (i & 2)
			nearest.storm = NULL;
		text = page(&snap);
		if (assert_fits(text, brief.columns) > (brief.total ? 22 : 23))
			fail_msg("more than %d lines:\n%s", brief.total ? 22 : 23, text);
		free(text);
	}
}

/* However long the other lines are, a command says how to see more. */
TEST(one_command_stays)
{
	static const int columns[] = { 60, 80 };
	static const int rows[] = { 16, 24 };

	for (size_t i = 0; i < 32; i++) {
		struct snapshot snap = window_of_words(i & 16 ? 256 : 2);
		char *text;

		brief.columns = columns[i & 1];
		brief.rows = rows[i >> 1 & 1];
		brief.total = snap.window.last = i & 4;
		brief.filters = brief.again = "";
		if (i & 8)
			nearest.storm = NULL;
		text = page(&snap);
		assert_has(text, i & 8 ? "\nadvice: ipitrace storm -d 5\n" :
					 "\nthe storm: ipitrace storm -d 5\n");
		free(text);
	}
}

static bool has(const char *text, const char *words)
{
	return strstr(text, words);
}

/* The fewer rows a screen has, the more the page leaves out: what it has least need of first. */
TEST(what_gives_way_first)
{
	struct snapshot snap = window(2, 4, 100);
	int most = 0, least = 0;

	snprintf(nearest.note.func.name, sizeof(nearest.note.func.name), "do_sync_core");
	nearest.nr_notes = 1;
	brief.columns = 60;
	for (brief.rows = 16; brief.rows < 40; brief.rows++) {
		char *text = page(&snap);
		bool worst = has(text, "\nmax delay ") && has(text, "\nmax run ");
		bool notes = has(text, "\nNOTE "), blank = has(text, "\n\nmax delay ");
		bool senders = has(text, "\nsenders: ");

		assert_has(text, "\nadvice: ");
		assert_true(worst || !notes);
		assert_true(notes || !senders);
		assert_true(senders || !blank);
		most += senders;
		least += !worst;
		free(text);
	}
	assert_true(most && least);
	nearest.nr_notes = 0;
}

/* Returns the lines from the heading of the table of functions to the line of all others. */
static int count_function_rows(const char *text)
{
	const char *p = strstr(text, "\nWHO "), *end = strstr(text, "\n(all others, ");
	int lines = 0;

	assert_true(p && end);
	while ((p = strchr(p + 1, '\n')) < end)
		lines++;
	return lines;
}

/* Two commands are enough where others would leave the senders a single row. */
TEST(a_second_sender_is_worth_more_than_a_third_command)
{
	struct snapshot snap = window(2, 4, 100);
	int few = 0, many = 0;

	brief.columns = 80;
	for (brief.rows = 16; brief.rows < 30; brief.rows++) {
		char *text = page(&snap);
		bool third = has(text, "\npercentiles: ");
		int rows = has(text, "\n(all others, ") ? count_function_rows(text) : 4;

		assert_true(rows >= 2 || !third);
		few += !third && rows >= 2;
		many += third;
		free(text);
	}
	assert_true(few && many);
}

TEST(other_notes_are_counted)
{
	struct snapshot snap = window(2, 1, 100);

	snprintf(nearest.note.func.name, sizeof(nearest.note.func.name), "do_sync_core");
	brief.columns = 200;
	nearest.nr_notes = 0;
	assert_page(&snap, "\n", "NOTE");
	nearest.nr_notes = 1;
	assert_page(&snap, "NOTE unknown: do_sync_core", " more");
	nearest.nr_notes = 2;
	assert_page(&snap, "and 1 more\n", NULL);
	nearest.nr_notes = 0;
}

/* A kworker sends for who queued its work; the sender of most samples is named. */
TEST(a_kworker_is_for_somebody)
{
	struct stack_sample calls[6];
	struct snapshot snap = window(2, 1, 100);

	for (uint32_t i = 0; i < ARRAY_SIZE(calls); i++) {
		calls[i] = (struct stack_sample){ .tgid = 50 + i,
						  .comm = "kworker/0:1",
						  .nr = 1,
						  .stack = { { .name = "netstamp_clear" } } };
		calls[i].kworker = i < 5;
	}
	snap.samples = calls;
	snap.nr_samples = ARRAY_SIZE(calls);
	brief.columns = 132;
	/* Samples of five kworkers, and of a process that is not a kworker. */
	assert_page(&snap, "\nkworker for (unknown) +1 ", "[5");
	for (int i = 0; i < 3; i++)
		calls[i].queued_by = (struct task_id){ true, false, 123, 123, "chronyd" };
	assert_page(&snap, "\nfor chronyd[123] +2 ", NULL);
	snap.nr_samples = 3;
	assert_page(&snap, "\nkworker for chronyd[123] ", NULL);
	for (int i = 0; i < 3; i++) {
		strcpy(calls[i].comm, "rcu_exp_gp");
		strcpy(calls[i].queued_by.comm, "cat");
	}
	assert_page(&snap, "\nrcu_exp_gp for cat[123] ", NULL);
	brief.columns = 60;
	assert_page(&snap, "\nfor cat[123] ", NULL);
	for (int i = 0; i < 3; i++)
		calls[i].queued_by = (struct task_id){};
	assert_page(&snap, "\nrcu_exp_gp ", NULL);
	strcpy(calls[0].comm, "kworker/0:1");
	snap.nr_samples = 1;
	assert_page(&snap, "\nkworker  ", NULL);
}

/* A row of --by is of one kworker: the samples show for whom it sent, and for how many others. */
TEST(a_row_of_a_kworker_is_for_somebody)
{
	static struct by_stats by[2] = {
		{ .tgid = 50, .comm = "kworker/0:1", .count = 9, .reschedules = 3 },
		{ .tgid = 51, .comm = "kworker/0:2", .count = 8 },
	};
	struct stack_sample calls[4], wake;
	struct snapshot snap = window(2, 1, 100);

	for (uint32_t i = 0; i < ARRAY_SIZE(calls); i++)
		calls[i] = (struct stack_sample){ .tgid = 50,
						  .comm = "kworker/0:1",
						  .kworker = true,
						  .csds = 1,
						  .nr = 1,
						  .stack = { { .name = "netstamp_clear" } } };
	wake = calls[0];
	snap.samples = calls;
	snap.nr_samples = ARRAY_SIZE(calls);
	snap.by = by;
	snap.nr_by = 2;
	snap.how.by_key = BY_SENDER;
	brief.columns = 132;
	assert_page(&snap, "\nkworker for (unknown) ", "\nkworker/0:1[50]");
	assert_page(&snap, "\nkworker/0:2[51] ", NULL);
	for (int i = 0; i < 3; i++)
		calls[i].queued_by = (struct task_id){ true, false, 123, 123, "chronyd" };
	assert_page(&snap, "\nkworker for chronyd[123] +1 ", NULL);
	/* A wake-up counts, too. */
	wake.queued_by = (struct task_id){ true, false, 124, 124, "runc" };
	wake.csds = 30;
	snap.send_samples = &wake;
	snap.nr_send_samples = 1;
	assert_page(&snap, "\nkworker for runc[124] +2 ", NULL);
	snap.how.by_key = BY_VICTIM;
	assert_page(&snap, "\nkworker/0:1[50] ", NULL);
}

/* The user who sent most of what is in the row of all others is named; without a user nobody is. */
TEST(others_are_of_a_user)
{
	static struct by_stats by[2] = {
		{ .other = true, .count = 100, .reschedules = 3 },
		{ .tgid = 51, .comm = "init", .count = 8 },
	};
	static struct by_stats others[3] = {
		{ .count = 4 },
		{ .uid_known = true, .uid = 0, .count = 6 },
		{ .uid_known = true, .uid = 4294967295, .count = 90 },
	};
	struct snapshot snap = window(2, 1, 100);

	snap.by = by;
	snap.nr_by = 2;
	snap.others = others;
	snap.nr_others = 3;
	snap.how.by_key = BY_SENDER;
	brief.columns = 132;
	assert_page(&snap, "\n(others) ", "uid 0");
	assert_page(&snap, " uid 4294967295: 90% ", NULL);
	snap.how.by_key = BY_CGROUP;
	assert_page(&snap, "\n(others) uid 4294967295: 90% ", NULL);
	snap.nr_others = 1;
	assert_page(&snap, "\n(others) ", "uid");
}

/* The longest run is of f on CPU 1. No figure shows whose csd had the longest delay. */
TEST(the_worst_is_marked_where_it_is_known)
{
	struct snapshot snap = window(2, 2, 100);
	char *text;

	snap.cpus[1].handler.max = snap.fns[1].handler.max = 193000;
	text = page(&snap);
	assert_has(text, "193us!\n", "max run 193us: ipi_mb on CPU 1, sent by CPU 0\n",
		   "max delay 3.00us: on CPU 1, sent by CPU 0\n");
	free(text);
	/*
	 * With three CPUs and a csd in flight, either of two CPUs may have sent the csd of the
	 * longest delay.
	 */
	snap = window(3, 2, 100);
	snap.cpus[1].handler.max = snap.fns[1].handler.max = 193000;
	snap.ledger.carried_in = 1;
	assert_page(&snap, "max run 193us: ipi_mb on CPU 1\n", "sent by");
}

/*
 * The time that the host stole explains the longest delay of CPU 1 (3 us), or is too short for
 * that.
 */
TEST(the_host_that_may_be_behind_the_worst_is_named)
{
	struct snapshot snap = window(2, 2, 100);

	snap.cpus[1].stolen = (struct steal_sum){ .known = true, .delay = 2000 };
	assert_page(&snap,
		    "max delay 3.00us: on CPU 1, sent by CPU 0\n"
		    "   (the host stole 2.00us of CPU 1's delays)\n",
		    "of all runs");
	snap.cpus[1].stolen = (struct steal_sum){ .known = true, .delay = 1000 };
	assert_page(&snap, "max delay 3.00us:", "the host stole");
	snap.cpus[1].stolen = (struct steal_sum){ .known = true, .handler = 1000 };
	assert_page(&snap, "(the host stole 1.00us of CPU 1's runs)", "'s delays");
}

TEST(what_is_not_shown_is_counted)
{
	struct snapshot snap = window(256, 40, 10);
	char *text = page(&snap);
	unsigned int cpus;
	int rows = 0;

	assert_has(text, "(all others, which cost less)");
	assert_int_equal(sscanf(strstr(text, "\nand "), "\nand %u more CPUs", &cpus), 1);
	for (const char *p = strstr(text, "CSDS/S IN"); (p = strchr(p, '\n')) && p[1] == ' '; p++)
		rows++;
	assert_int_equal(cpus + rows, 256);
	/* The most hit first. */
	assert_has(text, "\n  255 ");
	free(text);
}

/* Where there is no room for a CPU's row, there is no table of CPUs. */
TEST(a_table_without_rows_is_left_out)
{
	int without = 0;

	for (size_t fns = 0; fns <= FNS_MAX; fns++) {
		struct snapshot snap = fns ? window(2, fns, 10) : window_of_words(2);
		char *text, *head;

		brief.rows = 16;
		brief.total = fns % 8;
		nearest.note.rate = 5;
		nearest.nr_notes = 1;
		text = page(&snap);
		head = strstr(text, "CSDS/S IN");
		without += !head;
		if (head)
			assert_has(strchr(head, '\n'), " 1 ");
		free(text);
	}
	assert_true(without);
}

/* A row of a function is worth more than an empty line or a second command. */
TEST(a_screen_is_full_of_rows)
{
	struct snapshot snap = window(2, 8, 100);
	char *text;

	brief.columns = 80;
	brief.rows = 24;
	text = page(&snap);
	assert_true(count_function_rows(text) >= 5);
	assert_int_equal(assert_fits(text, 80), 23);
	free(text);
}

/* The answer to --by is the last table. */
TEST(the_rows_of_by_come_last)
{
	static struct by_stats by[30];
	struct snapshot snap = window(2, 4, 100);
	char *text;

	for (int i = 0; i < 30; i++)
		by[i] = (struct by_stats){ .tgid = i,
					   .comm = "worker",
					   .count = 100 - i,
					   .wait = { .count = i, .sum = i * 2000000ULL },
					   .handler = hist_of(10, 100),
					   .delay = hist_of(10, 10) };
	snap.by = by;
	snap.nr_by = 30;
	snap.how.by_key = BY_SENDER;
	text = page(&snap);
	assert_true(strstr(text, "SENT BY") > strstr(text, "max run"));
	assert_has(text,
		   "\nSENT BY             CGROUP               PER S   WAIT HANDLERS  MAX DEL",
		   "\n(idle)              -                      100      -   <0.01%",
		   "\nworker[1]           -                     99.0   0.1%   <0.01%");
	/* Those that are shown, and those that are not, are all. */
	assert_int_equal(count_words(text, "\nworker[") + count_words(text, "\n(idle) ") +
				 atoi(strstr(text, "\nand ") + 5),
			 30);
	assert_has(strstr(text, "\nand "), " more, with less\n");
	assert_string_equal(strstr(text, "with less\n"), "with less\n");
	free(text);
	by[0].cgroup_path =
		"/kubepods.slice/a-pod-of-a-long-name/and-its-container-with-an-id.scope";
	by[1].cgroup = 77;
	snap.how.by_key = BY_CGROUP;
	assert_page(&snap, "container-with-an-id.scope", "kubepods");
	assert_page(&snap, "cgroup 77 ", NULL);
	/* A wide page also has the column of IPIs sent without a csd, if they are known. */
	by[1].reschedules = 12345;
	snap.how.by_key = BY_SENDER;
	brief.columns = 120;
	assert_page(&snap, " MAX DELAY, RUN  RESCHED OUT/S\n", " 12.3k\n");
	snap.known.sends = true;
	assert_page(&snap, " 12.3k\n", NULL);
	snap.how.by_key = BY_VICTIM;
	assert_page(&snap, "INTERRUPTED", "RESCHED OUT");
	snap.how.by_key = BY_CGROUP;
	brief.columns = 60;
	assert_page(&snap, "\nSENT FROM CGROUP              PER S   WAIT HANDLERS     MAX\n", NULL);
	brief.columns = 80;
	/* A victim of interrupts waits for nothing. */
	snap.how.by_key = BY_VICTIM;
	assert_page(&snap,
		    "\nINTERRUPTED             CGROUP                  PER S HANDLERS  MAX DEL",
		    NULL);
	brief.by_cpu = true;
	snap.how.by_key = BY_NONE;
	text = page(&snap);
	assert_true(strstr(text, "CSDS/S IN") > strstr(text, "max run"));
	free(text);
}

/* Of three tables on a small screen those that matter less leave first; without room all leave. */
TEST(three_tables_share_a_small_screen)
{
	static struct by_stats by[30];
	size_t with_functions = 0, with_by = 0, without = 0;

	for (int i = 0; i < 30; i++)
		by[i] = (struct by_stats){ .tgid = 1 + i, .comm = "worker", .count = 100 - i };
	for (int i = 0; i < 240; i++) {
		struct snapshot snap = (i & 1 ? window_of_words : plain_window)(i & 2 ? 64 : 2);
		char *text;
		int lines;

		snap.by = by;
		snap.nr_by = i & 4 ? 30 : 1;
		snap.how.by_key = BY_SENDER;
		brief.columns = i & 8 ? 80 : 60;
		brief.rows = 16 + i / 16;
		text = page(&snap);
		lines = assert_fits(text, brief.columns);
		assert_in_range(lines, 3, brief.rows - 1);
		/* The lines above the tables alone need more than this screen, and fill it. */
		if (brief.rows == 16 && i & 1 && !(i & 8))
			assert_int_equal(lines, 15);
		/* The senders were asked for: they stay longer than the functions. */
		assert_true(has(text, "SENT BY") || !has(text, "FUNCTION"));
		with_functions += has(text, "FUNCTION");
		with_by += has(text, "SENT BY");
		without += !has(text, "SENT BY");
		free(text);
	}
	assert_true(with_functions > 10 && with_by > with_functions && without > 0);
}

TEST(who_sends)
{
	struct snapshot snap = window(2, 2, 100);
	char *text;

	/* Two tasks send the first function, and nobody knows who sends the second. */
	snap.samples[1].fn = 0;
	snap.samples[1].tgid = 7;
	snap.samples[0].tgid = 0;
	text = page(&snap);
	assert_has(text, "(idle) +1 ", "\n-    ");
	free(text);
	/* A wide page also has the callers. */
	brief.columns = 160;
	text = page(&snap);
	assert_has(text, "membarrier_private_expedited 2/2", "CSDS/S OUT");
	/*
	 * The longest delay and the longest run of a CPU name their function, if a figure shows it.
	 */
	assert_has(text, "MAX DELAY OF");
	free(text);
	snap.cpus[0].handler.max = snap.fns[1].handler.max = 77000;
	text = page(&snap);
	assert_has(strstr(text, "\n    0 "), "  ipi_mb ");
	free(text);
}

TEST(hostile_names_stay_harmless)
{
	struct snapshot snap = window(2, 2, 100);
	char *text;

	snap.fns[0].func.name = snap.fns[1].func.name = "\033[2J\nx'; reboot; '";
	memcpy(snap.samples[0].comm, "\033]0;\a\n\t\xff", 9);
	snprintf(host.name.nodename, sizeof(host.name.nodename), "\033[31m\nhost");
	text = page(&snap);
	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= ' ');
	assert_fits(text, 80);
	/* A name that a shell would not take literally is in no command. */
	assert_lacks(text, "-f ");
	free(text);
}

TEST(a_file_of_another_tracer_has_no_host)
{
	struct snapshot snap = window(2, 2, 100);
	struct utsname name = host.name;
	char *text;

	memset(&host.name, 0, sizeof(host.name));
	text = page(&snap);
	assert_memory_equal(text, "ipitrace: host not known, 2 CPUs   ", 35);
	free(text);
	strcpy(host.name.release, "6.12.1");
	assert_page(&snap, "ipitrace: ?, 2 CPUs, 6.12.1   ", "not known");
	host.name = name;
}

/* How the run ends is worth more than the end of a long release, of which eight columns stay. */
TEST(a_long_release_gives_way)
{
	struct snapshot snap = window(2, 2, 10);
	bool is_cut = false, is_least = false;

	for (brief.columns = 60; brief.columns < 140; brief.columns++) {
		char *text = page(&snap), *release = strstr(text, "6.12");
		size_t nr = strcspn(release, " ");

		*strchr(text, '\n') = '\0';
		is_cut |= release[nr - 1] == '~';
		if (strstr(text, "Ctrl-C ends")) {
			assert_true(nr >= 8);
			is_least |= nr == 8;
		}
		free(text);
	}
	assert_true(is_cut && is_least);
}

TEST_MAIN(NULL, NULL)
