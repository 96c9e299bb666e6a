// SPDX-License-Identifier: GPL-2.0
/* Waits as text and as JSON: who waits for whom. */
#include "json_has.h"
#include "stall_text.h"
#include "view/json/json.h"
#include "view/text/views.h"

/* What is after the last entry of a list would wait, be queued and run, too: nobody may read it. */
static void add_decoys(struct moment *m)
{
	struct waiting *w = &m->waiting[m->nr_waiting];

	if (!m->nr_waiting)
		return;
	*w = (struct waiting){ .call = m->waiting[0].call, .src = m->waiting[0].src };
	m->pending[m->nr_pending] =
		(struct pending){ .dst = 60, .call = w->call, .src = w->src, .func = OTHER };
	m->running[m->nr_running] = m->running[m->nr_running + 1] =
		(struct running){ .dst = 61, .call = w->call, .src = w->src, .func = OTHER };
}

static size_t waits_text(struct moment *m)
{
	add_decoys(m);
	return view__waits(text, sizeof(text), m, &naming);
}

TEST(who_waits_for_whom_is_a_tree)
{
	struct moment *m = moment_at(T0 + 48 * MS);

	runs(m, 0, 2, SPIN, T0, T0);
	waits(m, 0, SPIN, T0, WAIT_SINGLE);
	is_queued(m, 1, 2, FLUSH, T0 + 20 * MS, T0 + 20 * MS);
	waits(m, 1, FLUSH, T0 + 20 * MS, WAIT_MANY);
	/* CPU 3 waits for CPU 0, and CPU 0 waits too. */
	is_queued(m, 3, 0, FLUSH, T0 + 30 * MS, T0 + 30 * MS);
	waits(m, 3, FLUSH, T0 + 30 * MS, WAIT_UNKNOWN);
	assert_true(waits_text(m) > 0);
	assert_string_equal(
		text, "CPU 2 is in ipi_bad_spinning [ipigen] for 48 ms\n"
		      "- sender[100] on CPU 0 has waited 48 ms in smp_call_function_single for "
		      "it\n"
		      "   - sender[103] on CPU 3 has waited 18 ms for flush_tlb_func\n"
		      "- sender[101] on CPU 1 has waited 28 ms in smp_call_function_many_cond "
		      "for\n  flush_tlb_func, behind it\n");
	assert_true(moment__waits_longer(m, 40 * MS));
	assert_false(moment__waits_longer(m, 49 * MS));
}

TEST(two_that_wait_for_each_other_are_found)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	is_queued(m, 0, 1, FLUSH, T0, T0);
	waits(m, 0, FLUSH, T0, WAIT_SINGLE);
	is_queued(m, 1, 0, SPIN, T0, T0);
	waits(m, 1, SPIN, T0, WAIT_SINGLE);
	assert_true(waits_text(m) > 0);
	assert_has(text, "is above: they wait for each other\n");
	assert_in_range(widest(text), 20, 80);
}

/* Each circle is a tree of its own, beside a CPU that waits for nobody. CPUs of another tree are not above. */
TEST(each_circle_is_shown_once)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	is_queued(m, 0, 5, FLUSH, T0, T0);
	waits(m, 0, FLUSH, T0, WAIT_SINGLE);
	for (int cpu = 1; cpu < 5; cpu++) {
		is_queued(m, cpu, cpu % 2 ? cpu + 1 : cpu - 1, SPIN, T0, T0);
		waits(m, cpu, SPIN, T0, WAIT_SINGLE);
	}
	waits_text(m);
	assert_true(!strncmp(text, "CPU 5 has not begun", 19));
	assert_has(text, "\nCPU 2 has not begun",
		   "     CPU 2 is above: they wait for each other\n");
	assert_has(text, "\nCPU 4 has not begun",
		   "     CPU 4 is above: they wait for each other\n");
	assert_int_equal(count_words(text, " has not begun"), 3);
	assert_int_equal(count_words(text, "sender["), 5);
}

TEST(a_wait_that_nothing_explains_is_shown)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	waits(m, 4, FLUSH, T0, WAIT_SINGLE);
	waits_text(m);
	assert_string_equal(
		text,
		"sender[104] on CPU 4 has waited 5 ms for flush_tlb_func, on an unknown CPU\n");
}

/* CPU 1 has its interrupts off, CPU 2 sleeps in a function, CPU 3 is late for itself. */
static struct moment *queues_moment(void)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	m->from_queues = true;
	is_queued(m, 0, 1, FLUSH, 1, 0);
	waits(m, 0, FLUSH, 1, WAIT_MANY);
	m->waiting[0].at_least = 30 * MS;
	m->waiting[0].at_most = 1200 * MS;
	runs(m, 4, 2, SPIN, 1, 0);
	m->running[0].slept = true;
	m->running[0].found = true;
	m->running[0].sleeper = task_named("victim", 77);
	waits(m, 4, SPIN, 1, WAIT_SINGLE);
	m->waiting[1].at_least = 30 * MS;
	runs(m, 5, CPU_UNKNOWN, SPIN, 1, 0);
	waits(m, 5, SPIN, 1, WAIT_SINGLE);
	m->cpus[m->nr_cpus++] = (struct cpu_state){ .cpu = 1,
						    .overdue = 1100 * MS,
						    .task = task_named("holder", 12) };
	m->cpus[m->nr_cpus++] = (struct cpu_state){ .cpu = 3, .overdue = 200 * MS };
	return m;
}

TEST(what_the_queues_do_not_tell_is_not_told)
{
	struct moment *m = queues_moment();

	assert_true(waits_text(m) > 0);
	assert_string_equal(
		text,
		"CPU 2 sleeps, or has slept, in ipi_bad_spinning [ipigen]; victim[77] sleeps\n"
		"there\n"
		"- sender[104] on CPU 4 has waited 30 ms or longer in smp_call_function_single\n"
		"  for it\n"
		"CPU 1 has not begun what is queued to it: it does not respond to interrupts; it\n"
		"runs holder[12], its next timer is 1.1 s late\n"
		"- sender[100] on CPU 0 has waited 30 ms to 1.2 s in smp_call_function_many_cond\n"
		"  for flush_tlb_func\n"
		"sender[105] on CPU 5 has waited for an unknown time for ipi_bad_spinning\n"
		"[ipigen], on an unknown CPU\n"
		"CPU 3 does not respond to interrupts; its next timer is 200 ms late\n");
	m->torn = 1;
	m->dropped = 2;
	waits_text(m);
	assert_has(text, "late\n1 queue changed while being read: there may be more\n"
			 "and 2 more found no room\n");
}

/* Whatever else is known of a CPU with a function that sleeps, that is no cause: the CPU does other work. */
TEST(a_function_that_sleeps_has_no_other_cause)
{
	struct moment *m = queues_moment();

	m->running[0].sleeper = (struct task_id){};
	m->cpus[m->nr_cpus++] = (struct cpu_state){ .cpu = 2, .overdue = 900 * MS };
	waits_text(m);
	assert_has(text, "CPU 2 sleeps, or has slept, in ipi_bad_spinning [ipigen]\n");
	assert_lacks(text, "900 ms");
}

TEST(a_dump_says_whose_it_is)
{
	struct moment *m = queues_moment();
	char line[1 << 14];

	m->vmcore = "a/dump";
	m->release = "6.12.1";
	/* One look shows no time for which a wait lasted. */
	m->waiting[0].at_least = m->waiting[1].at_least = 0;
	waits_text(m);
	assert_ptr_equal(strstr(text, "the dump of Linux 6.12.1\nCPU 2 sleeps"), text);
	wall_clock__set(1795000000LL * 1000000000 - (int64_t)m->now);
	waits_text(m);
	assert_ptr_equal(strstr(text, "the dump of Linux 6.12.1, taken at 2026-11-18T"), text);
	wall_clock__set(0);
	waits_text(m);
	assert_has(text, "sender[104] on CPU 4 has waited for an unknown time in",
		   "sender[100] on CPU 0 has waited up to 1.2 s in");
	line[json__waits(line, sizeof(line), m, NULL, &naming)] = '\0';
	assert_has(line, "\"vmcore\":\"a/dump\"");
	m->nr_waiting = m->nr_pending = m->nr_running = m->nr_cpus = 0;
	m->release = "";
	waits_text(m);
	assert_string_equal(text, "the dump of Linux of an unknown release: nobody waits\n");
}

TEST(what_the_queues_do_not_tell_is_null)
{
	static char line[1 << 16];

	line[json__waits(line, sizeof(line) - 1, queues_moment(), NULL, &naming)] = '\0';
	assert_json(line, "{'how':'queues','waiting':[{'call':null,'duration':null,"
			  "'at_least':30000000,'at_most':1200000000,'queued':[{'cpu':1,"
			  "'start':null,'duration':null}]},{},{'at_least':null,'at_most':null}],"
			  "'running':[{'slept':true},{'cpu':null,'slept':null}],"
			  "'cpus':[{'overdue':1100000000},{}]}");
}

TEST(a_full_moment_fits)
{
	static char line[1 << 20];
	struct moment *m = moment_at(T0 + 5 * MS);

	for (uint32_t i = 0; i < MOMENT_WAITING; i++) {
		runs(m, i, i / 7, SPIN, T0, T0);
		waits(m, i, SPIN, T0, WAIT_SINGLE);
	}
	for (uint32_t i = 0; i < MOMENT_PENDING; i++)
		is_queued(m, i, i % 13, FLUSH, T0, T0);
	view__waits(line, sizeof(line), m, &naming);
	assert_in_range(widest(line), 20, 80);
	assert_true(json__waits(line, sizeof(line), m, NULL, &naming) > 0);
}

TEST(roots_without_a_place_are_counted)
{
	static char line[1 << 16];
	struct moment *m = moment_at(T0 + 5 * MS);

	/* 30 CPUs, each with two functions of one sender. */
	for (uint32_t cpu = 0; cpu < 30; cpu++) {
		runs(m, 100 + cpu, cpu, SPIN, T0, T0);
		is_queued(m, 100 + cpu, cpu, FLUSH, T0, T0);
		waits(m, 100 + cpu, SPIN, T0, WAIT_SINGLE);
	}
	view__waits(line, sizeof(line), m, &naming);
	assert_has(line, "CPU 23 is in");
	assert_lacks(line, "CPU 24 is in");
	assert_has(line, "\nand 6 more CPUs that others wait for\n");
}

/* A chain of @links: the sender on CPU n waits for CPU n - 1, and CPU 0 for nobody. */
static struct moment *chain_of(uint32_t links)
{
	struct moment *m = moment_at(T0 + 5 * MS);

	for (uint32_t i = 1; i <= links; i++) {
		is_queued(m, i, i - 1, FLUSH, T0 + i, T0 + i);
		waits(m, i, FLUSH, T0 + i, WAIT_UNKNOWN);
	}
	return m;
}

TEST(a_chain_has_at_most_eight_links)
{
	struct moment *m = chain_of(8);

	waits_text(m);
	assert_has(text,
		   "CPU 0 has not begun what is queued to it: the cause is unknown\n"
		   "- sender[101] on CPU 1 has waited 5 ms for flush_tlb_func\n"
		   "   - sender[102] on CPU 2 has waited 5 ms for flush_tlb_func\n",
		   "\n                     - sender[108] on CPU 8");
	waits_text(chain_of(9));
	assert_has(text, "\n                     - sender[108] on CPU 8");
	assert_lacks(text, "sender[109]");
}

TEST(a_cpu_shows_at_most_sixteen_senders)
{
	static const char *const more[] = { NULL, "\n- and 1 more\n", "\n- and 2 more\n" };

	for (uint32_t beyond = 0; beyond < ARRAY_SIZE(more); beyond++) {
		struct moment *m = moment_at(T0 + 5 * MS);

		for (uint32_t src = 1; src <= 16 + beyond; src++) {
			is_queued(m, src, 0, FLUSH, T0 + src, T0 + src);
			waits(m, src, FLUSH, T0 + src, WAIT_UNKNOWN);
		}
		waits_text(m);
		assert_int_equal(count_words(text, "\n- sender["), 16);
		if (more[beyond])
			assert_has(text, more[beyond]);
		else
			assert_lacks(text, "more");
	}
}

/* The lists of a dump may miss CPUs; senders may wait for a csd that an earlier call still uses. */
TEST(what_a_dump_lacks_is_counted)
{
	static const char unread[] = "2 CPUs could not be read: there may be more\n";
	static const char blocked[] =
		"1 more sender may wait until the csd of an earlier call is free\n";
	struct moment *m = moment_at(0);

	m->release = "6.12.1";
	m->unread = 2;
	m->blocked = 1;
	waits_text(m);
	assert_string_equal(text, "");
	m->vmcore = "a/dump";
	waits_text(m);
	assert_has(text, "the dump of Linux 6.12.1: nobody waits\n", unread, blocked);
	m->unread = m->blocked = 0;
	waits_text(m);
	assert_string_equal(text, "the dump of Linux 6.12.1: nobody waits\n");
	/* It has a time only if both clocks are known. */
	wall_clock__set(1795000000LL * 1000000000);
	waits_text(m);
	assert_lacks(text, "taken at");
	wall_clock__set(0);
}

/* A CPU's own state: the idle task has no number, and a timer may be on time. */
TEST(what_a_cpu_runs_is_shown_as_far_as_it_is_known)
{
	static const struct {
		struct cpu_state state;
		const char *shown;
	} rows[] = {
		{ { .task = { .known = true, .comm = "idle" } }, "unknown\n" },
		{ { .task = { .pid = 12, .comm = "holder" } }, "unknown\n" },
		{ { .task = { .known = true, .pid = 12, .comm = "holder" } },
		  "unknown; it runs holder\nthread 12\n" },
		{ { .overdue = 1 },
		  "it does not respond to interrupts; its\nnext timer is 1 ns late\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct moment *m = chain_of(1);

		m->cpus[m->nr_cpus++] = rows[i].state;
		waits_text(m);
		assert_has(text, rows[i].shown);
	}
}

TEST(how_long_a_sender_waits_is_as_exact_as_the_queues_are)
{
	static const struct {
		uint64_t at_least, at_most;
		const char *shown;
	} rows[] = {
		{ 30 * MS, 1200 * MS, "has waited 30 ms to 1.2 s for" },
		{ 30 * MS, 30 * MS, "has waited 30 ms or longer for" },
		{ 30 * MS, 0, "has waited 30 ms or longer for" },
		{ 0, 1, "has waited up to 1 ns for" },
		{ 0, 0, "has waited for an unknown time for" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct moment *m = chain_of(1);

		m->from_queues = true;
		m->waiting[0].at_least = rows[i].at_least;
		m->waiting[0].at_most = rows[i].at_most;
		waits_text(m);
		assert_has(text, rows[i].shown);
	}
}

TEST(waits_as_json_name_their_targets)
{
	static char line[8192];
	struct moment *m = moment_at(T0 + 5 * MS);

	runs(m, 0, 2, SPIN, T0, T0 + 1 * MS);
	waits(m, 0, SPIN, T0, WAIT_SINGLE);
	runs(m, 7, 5, FLUSH, T0, T0);
	line[json__waits(line, sizeof(line) - 1, m, NULL, &naming)] = '\0';
	assert_json(line, "{'running':[{},{}],'waiting':[{'duration':5000000,'module':'ipigen',"
			  "'running':[{'cpu':2,'duration':4000000}],'queued':[]}]}");
}

TEST_MAIN(NULL, NULL)
