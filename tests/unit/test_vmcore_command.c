// SPDX-License-Identifier: GPL-2.0
/* command/queue_report: waits --vmcore, by what a made-up dump has. */
#include <sys/utsname.h>
#include "collect/kcore/queues/queues.h"
#include "command_run.h"
#include "host/symbols.h"

/* The dump. */
static struct {
	int open, confine, read, look; /* negative errnos */
	struct moment moment;
	int has_process;
	int64_t realtime;
	int funcs; /* a negative errno of symbols__match() */
} made;

static int nr_open; /* dumps that were not closed */
static struct queue_filter filter;
static uint64_t funcs[2];

int __wrap_dump_queues__open(struct dump_queues **q, const char *path, const char *btf, char *why,
			     size_t size)
{
	assert_string_equal(path, "dump");
	assert_string_equal(btf ?: "", opts.btf ?: "");
	snprintf(why, size, "why not");
	nr_open += !made.open;
	*q = made.open ? NULL : (void *)&made;
	return made.open;
}

void __wrap_dump_queues__close(struct dump_queues *q)
{
	assert_ptr_equal(q, &made);
	nr_open--;
}

int __wrap_dump_queues__confine(void)
{
	return made.confine;
}

int __wrap_dump_queues__read(struct dump_queues *q, char *why, size_t size)
{
	snprintf(why, size, "no memory image");
	return made.read;
}

int __wrap_dump_queues__look(struct dump_queues *q, struct moment *m)
{
	*m = made.moment;
	return made.look;
}

int __wrap_dump_queues__has_process(const struct dump_queues *q, uint32_t tgid)
{
	assert_int_equal(tgid, 12);
	return made.has_process;
}

void __wrap_dump_queues__host(const struct dump_queues *q, struct utsname *host, int64_t *realtime)
{
	*host = (struct utsname){ .nodename = "node", .release = "6.18-dump", .machine = "x86_64" };
	*realtime = made.realtime;
}

struct symbols *__wrap_dump_queues__symbols(const struct dump_queues *q)
{
	return (void *)&made;
}

void __wrap_symbols__name(struct symbols *s, struct symbol *symbol, bool func)
{
	assert_ptr_equal(s, &made);
	symbol->name = func ? "flush" : "caller";
}

int __wrap_symbols__match(struct symbols *s, const char *glob, uint64_t **addrs)
{
	assert_string_equal(glob, "flush");
	*addrs = NULL;
	if (made.funcs)
		return made.funcs;
	*addrs = calloc(2, sizeof(**addrs));
	(*addrs)[0] = 16;
	(*addrs)[1] = 32;
	return 2;
}

void __wrap_lasting__filter(struct moment *m, const struct queue_filter *of)
{
	filter = *of;
	memset(funcs, 0, sizeof(funcs));
	assert_true(of->nr_funcs <= ARRAY_SIZE(funcs));
	if (of->nr_funcs)
		memcpy(funcs, of->funcs, of->nr_funcs * sizeof(*funcs));
}

static int setup(void **state)
{
	memset(&made, 0, sizeof(made));
	memset(&opts, 0, sizeof(opts));
	memset(&filter, 0, sizeof(filter));
	opts.command = COMMAND_WAITS;
	opts.vmcore = "dump";
	made.has_process = 1;
	made.realtime = 1700000000000000000;
	made.moment.from_queues = true;
	made.moment.now = 5000000000;
	made.moment.searched = (struct cpuset){ { 7 } };
	return 0;
}

#define TEST_DUMP(name) TEST(name, setup, printed_restore)

/* CPU 0 waits for CPU 1. */
static void wait_add(void)
{
	struct moment *m = &made.moment;

	m->nr_waiting = m->nr_pending = 1;
	m->waiting[0] = (struct waiting){ .src = 0, .func = 16, .call = 80 };
	m->pending[0] = (struct pending){ .src = 0, .dst = 1, .func = 16, .csd = 80, .call = 80 };
}

static const char *report(void)
{
	const char *said = run_command(vmcore_report, NULL);

	assert_int_equal(nr_open, 0);
	return said;
}

TEST_DUMP(the_dump_is_shown)
{
	wait_add();
	assert_string_equal(report(), "");
	assert_int_equal(status, EXIT_DONE);
	assert_has(out, "6.18-dump", "flush", "CPU 0", "CPU 1");
	opts.json = true;
	opts.btf = "btf";
	assert_string_equal(report(), "");
	assert_has(out,
		   "\"time\":5000000000,\"utc\":\"2023-11-14T22:13:25.000Z\",\"nodename\":\"node\","
		   "\"kernel\":\"6.18-dump\",",
		   "\"func\":\"flush\"", "\"vmcore\":\"dump\"}");
	assert_int_equal(count_words(out, "\n"), 1);
	/* A dump without a time of day has no time at all. */
	made.realtime = 0;
	report();
	assert_has(out, "\"time\":null,\"utc\":null,");
	opts.json = false;
	opts.tap = true;
	report();
	assert_has(out, "TAP version 13\n", "# ", "flush", "\nnot ok 1 - ");
	made.moment.nr_waiting = made.moment.nr_pending = 0;
	report();
	assert_has(out, "\nok 1 - ");
	assert_lacks(out, "TAP version");
}

TEST_DUMP(the_filters_are_those_of_the_options)
{
	report();
	assert_true(!filter.cpus && !filter.src && !filter.dst);
	assert_members(filter, tgid, 0, nr_funcs, 0);
	opts.cpus = (struct cpu_list){ .given = true, .set = { { 1 } } };
	opts.src = (struct cpu_list){ .given = true, .set = { { 2 } } };
	opts.dst = (struct cpu_list){ .given = true, .set = { { 4 } } };
	opts.pid = 12;
	opts.func = "flush";
	assert_string_equal(report(), "");
	assert_ptr_equal(filter.cpus, &opts.cpus.set);
	assert_ptr_equal(filter.src, &opts.src.set);
	assert_ptr_equal(filter.dst, &opts.dst.set);
	assert_members(filter, tgid, 12, nr_funcs, 2);
	assert_int_equal(funcs[0], 16);
	assert_int_equal(funcs[1], 32);
}

TEST_DUMP(cpus_must_be_those_of_the_dump)
{
	static const struct {
		struct cpu_list *list;
		const char *said;
	} rows[] = { { &opts.cpus, "ipitrace: --cpus 1,3: the dump has only CPUs 0-2\n" },
		     { &opts.src, "ipitrace: --src 1,3: the dump has only CPUs 0-2\n" },
		     { &opts.dst, "ipitrace: --dst 1,3: the dump has only CPUs 0-2\n" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		*rows[i].list = (struct cpu_list){ .given = true, .set = { { 10 } } };
		assert_string_equal(report(), rows[i].said);
		assert_int_equal(status, EXIT_USAGE);
		assert_string_equal(out, "");
		rows[i].list->set.words[0] = 2;
		assert_string_equal(report(), "");
		assert_int_equal(status, EXIT_DONE);
	}
}

TEST_DUMP(what_is_asked_for_must_be_there)
{
	opts.pid = 12;
	made.has_process = 0;
	assert_string_equal(report(), "ipitrace: --pid 12: the dump has no such process\n");
	assert_int_equal(status, EXIT_USAGE);
	assert_string_equal(out, "");
	opts.pid = 0;
	assert_string_equal(report(), "");
	opts.func = "flush";
	made.funcs = -ENOENT;
	assert_string_equal(report(),
			    "ipitrace: --func flush: no function of this kernel matches\n");
	assert_int_equal(status, EXIT_USAGE);
	assert_string_equal(out, "");
}

/* --exit-code: the waits, or why it is not certain that nobody waits. */
TEST_DUMP(a_gate_judges_the_dump)
{
	static const struct {
		size_t *member, nr;
		const char *why;
	} rows[] = {
		{ &made.moment.torn, 1, "1 queue could not be read to the end" },
		{ &made.moment.torn, 2, "2 queues could not be read to the end" },
		{ &made.moment.unread, 3, "3 CPUs could not be read" },
		{ &made.moment.dropped, 1, "1 item found no room" },
		{ &made.moment.unplaced, 4,
		  "somebody waits for 4 csds whose sender or CPU is unknown" },
		{ &made.moment.blocked, 1,
		  "1 sender may wait until the csd of an earlier call is free" },
		{ NULL, 0, "the dump does not show whether there was such a process" },
	};

	opts.exit_code = true;
	assert_string_equal(report(), "");
	assert_int_equal(status, EXIT_DONE);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char want[160];

		setup(NULL);
		opts.exit_code = true;
		if (rows[i].member) {
			*rows[i].member = rows[i].nr;
		} else {
			opts.pid = 12;
			made.has_process = -1;
		}
		snprintf(want, sizeof(want), "ipitrace: waits: not certain: %s\n", rows[i].why);
		assert_string_equal(report(), want);
		assert_int_equal(status, EXIT_FAILED);
		wait_add();
		assert_string_equal(report(), "");
		assert_int_equal(status, EXIT_FOUND);
	}
	opts.exit_code = false;
	report();
	assert_int_equal(status, EXIT_DONE);
}

TEST_DUMP(a_dump_may_not_be_read)
{
	static const struct {
		int *made, err, status;
		const char *said;
	} rows[] = {
		{ &made.open, -EACCES, EXIT_CANNOT, "--vmcore dump: why not" },
		{ &made.open, -ENOMEM, EXIT_FAILED, "--vmcore dump: why not" },
		{ &made.confine, -EPERM, EXIT_FAILED,
		  "cannot give up root: Operation not permitted" },
		{ &made.read, -EINVAL, EXIT_CANNOT, "--vmcore dump: no memory image" },
		{ &made.read, -ENOMEM, EXIT_FAILED, "--vmcore dump: no memory image" },
		{ &made.look, -EIO, EXIT_FAILED,
		  "--vmcore dump: its CPUs cannot be read: Input/output error" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char want[160];

		*rows[i].made = rows[i].err;
		snprintf(want, sizeof(want), "ipitrace: %s\n", rows[i].said);
		assert_string_equal(report(), want);
		assert_int_equal(status, rows[i].status);
		assert_string_equal(out, "");
		*rows[i].made = 0;
	}
	opts.output = "/nowhere/file";
	assert_has(report(), "--output /nowhere/file: ");
	assert_int_equal(status, EXIT_FAILED);
}

TEST_MAIN(NULL, NULL)
