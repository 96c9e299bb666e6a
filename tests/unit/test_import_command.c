// SPDX-License-Identifier: GPL-2.0
/* command/import: the lines of a run, what is said of a file, which files are refused and what then becomes of an older capture. */
#include <sys/stat.h>
#include "captured.h"
#include "import/import.h"

static char directory[] = "/tmp/ipitrace-import-XXXXXX";
static char paths[2][64], capture[64]; /* the files that are read, and the one that is written */

static int setup(void **state)
{
	strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	for (int i = 0; i < 2; i++)
		snprintf(paths[i], sizeof(paths[i]), "%s/%c", directory, 'a' + i);
	snprintf(capture, sizeof(capture), "%s/out", directory);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	printed_restore(state);
	snprintf(command, sizeof(command), "rm -r '%s'", directory);
	return system(command);
}

/* The reader's process, without its limits. */
int __wrap_confined__run(int (*work)(void *ctx), void *ctx, const char *what, const int *fds,
			 size_t nr)
{
	assert_true(nr > 1);
	assert_true(fds[nr - 1] >= 0);
	assert_string_equal(what,
			    strcmp(opts.operands[0], "-") ? opts.operands[0] : "standard input");
	return work(ctx);
}

/* No tracer is installed. */
int __wrap_become__check(const char *name)
{
	return -ENOENT;
}

static bool terminal;

int __wrap_isatty(int fd)
{
	return terminal && fd == STDERR_FILENO;
}

static int stdout_err; /* what a write to stdout returns */

size_t __real_fwrite(const void *data, size_t size, size_t nr, FILE *file);
size_t __wrap_fwrite(const void *data, size_t size, size_t nr, FILE *file)
{
	return stdout_err && file == stdout ? 0 : __real_fwrite(data, size, nr, file);
}

int __real_output__flush(void);
int __wrap_output__flush(void)
{
	return stdout_err ?: __real_output__flush();
}

static void file_make(int which, const char *text, size_t len)
{
	int fd = open(paths[which], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static void text_make(int which, const char *text)
{
	file_make(which, text, strlen(text));
}

/* Runs the words, and returns what they say. */
static const char *import(const char *const *words)
{
	parse_words(words);
	return run_command(command_import, NULL);
}

#define IMPORT(...) import((const char *const[]){ "import", "-o", capture, __VA_ARGS__, NULL })

#define HEAD		"# tracer: nop\n#\n# entries-in-buffer/entries-written: 12/12   #P:4\n"
#define TASK(time)	"            bash-7141    (   7100) [000] d..1.  " time ": "
#define IRQ(cpu, time)	"          <idle>-0       (-------) [00" cpu "] d.h1.  " time ": "
#define SITE		"callsite=smp_call_function_many_cond+0x11d/0x150 "
#define QUEUE(dst, csd) "csd_queue_cpu: cpu=" dst " " SITE "func=do_flush_tlb csd=" csd "\n"
#define SEND(dst)                                                                               \
	"ipi_send_cpu: cpu=" dst " " SITE "callback=generic_smp_call_function_single_interrupt" \
	"+0x0/0x10\n"
#define ENTRY(csd) "csd_function_entry: func=do_flush_tlb, csd=" csd "\n"
#define EXIT(csd)  "csd_function_exit: func=do_flush_tlb, csd=" csd "\n"

/* A csd that is on time. */
#define RUN               \
	TASK("10.500000") \
	QUEUE("1", "08")  \
	TASK("10.500001") \
	SEND("1") IRQ("1", "10.500010") ENTRY("08") IRQ("1", "10.500022") EXIT("08")

/* Several windows before the others, by the file's clock. */
#define FAR_BACK TASK("2305843009.0") QUEUE("1", "08") TASK("1.0") QUEUE("1", "10")

/*
 * A csd that is on time; one that is delivered late to CPU 3; one whose function takes long on CPU 1, and one
 * that must wait for it.
 */
static const char run_text[] = HEAD RUN TASK("10.510000") QUEUE("3", "10") TASK("10.510002")
	SEND("3") IRQ("3", "10.513000") ENTRY("10") IRQ("3", "10.513007") EXIT("10")
		TASK("11.600000") QUEUE("1", "08") TASK("11.600001") SEND("1") IRQ("1", "11.600010")
			ENTRY("08") TASK("11.601000") QUEUE("1", "18") TASK("11.601003") SEND("1")
				IRQ("1", "11.604010") EXIT("08") IRQ("1", "11.604014") ENTRY("18")
					IRQ("1", "11.604020") EXIT("18");

/* What all lines together have. */
static const char *const run_lines[] = {
	"\"type\":\"capture\",\"time\":10500000000,\"minor\":1,\"part\":1,",
	"\"online\":[0,1,2,3]},\"options\":[\"-o\",",
	"\"program\":null,\"started\":null,\"mono\":10500000000,\"import\":{\"kind\":\"tracefs\",",
	"\"type\":\"ipi\",\"time\":11601000000,\"kind\":\"call_function\",\"src\":0,\"dst\":1,"
	"\"func\":\"do_flush_tlb\",\"module\":null,\"callsite\":\"smp_call_function_many_cond+0x11d\","
	"\"pid\":7100,\"tgid\":7100,\"tid\":7141,\"comm\":\"bash\",\"interrupt\":false,\"delay\":3014000,"
	"\"handler\":6000,\"call\":null,\"wait\":null,\"csd\":null,\"delay_stolen\":null,"
	"\"handler_stolen\":null,\"src_stolen\":null,\"preempted\":null}",
	"\"mono_start\":10500000000,\"mono_end\":11500000000,\"duration_s\":1.0},\"ledger\":{\"queued\":2,",
	"\"mono_start\":11500000000,\"mono_end\":11604020000,\"duration_s\":0.10402},\"ledger\":{\"queued\":2,",
	"\"limit_class\":null,\"names_hidden\":null,\"cost_share\":1.3e-5,\"limit_share\":0.05,",
	"\"type\":\"stall\",\"time\":10513000000,\"id\":1,\"src\":0,\"dst\":3,\"func\":\"do_flush_tlb\","
	"\"module\":null,\"phase\":\"delivery\",\"duration\":3000000,",
	"\"type\":\"stall\",\"time\":11604010000,\"id\":2,\"src\":0,\"dst\":1,\"func\":\"do_flush_tlb\","
	"\"module\":null,\"phase\":\"handler\",\"duration\":4000000,",
	"\"id\":3,\"src\":0,\"dst\":1,\"func\":\"do_flush_tlb\",\"module\":null,\"phase\":\"delivery\","
	"\"duration\":3014000,\"ongoing\":false,\"slept\":null,\"stack\":null,\"irq\":null,"
	"\"start\":11601000000,\"end_unseen\":false,\"at_most\":null,\"cause\":2,\"folded\":true,"
	"\"callsite\":\"smp_call_function_many_cond+0x11d\"",
	"\"type\":\"stalls_end\",\"time\":11604020000,\"sources\":{\"figures\":\"csds\"},\"threshold\":1000000,"
	"\"found\":{\"delivery\":2,\"handler\":1,\"wait\":null},\"folded\":1,\"csds\":4,\"run_unseen\":0,"
	"\"lost\":0,\"dropped\":0,",
	"\"type\":\"no_storm\",\"time\":11604020000,\"duration_s\":1.10402,\"csds\":4,\"reschedules\":0,"
	"\"handler_ns\":4025000,",
	"\"type\":\"trace_end\",\"time\":11604020000,\"records\":4,\"lost\":0,\"lost_by\":{\"queue_unseen\":0,"
	"\"mailbox_full\":0,\"run_unseen\":0,\"buffer_full\":0},\"queued\":4,\"csds\":4,\"in_flight\":0,",
	"\"type\":\"capture_end\",\"time\":11604020000,\"lines\":14,\"stalls_dropped\":0,\"mono\":11604020000,"
	"\"import\":{\"events\":16,\"lost\":0,\"gaps\":0,\"unread\":0,\"set_back\":0,\"paused\":0,\"cut\":false}}",
};

TEST_F(the_lines_of_a_run)
{
	char want[160];
	struct stat st;
	const char *said;

	text_make(0, run_text);
	said = IMPORT("-j", paths[0]);
	check_words(out, run_lines, ARRAY_SIZE(run_lines), true, __FILE__, __LINE__);
	assert_int_equal(count_words(out, "\n"), 14);
	assert_captured(capture, "0 6 6 2 1 6 6 1 2 2 3 5 7 9 ");
	/* The file is whole when its size is given. */
	assert_int_equal(stat(capture, &st), 0);
	snprintf(want, sizeof(want), "ipitrace: recorded 1.10s, 4 csds, 0 lost, %.2fkB in %s\n",
		 st.st_size / 1000.0, capture);
	assert_string_equal(said, want);
	/* Three windows, and one stall. */
	unlink(capture);
	assert_string_equal(IMPORT("-q", "-i", "0.5", "-t", "3500us", paths[0]), "");
	assert_captured(capture, "0 6 6 1 1 6 6 1 2 3 5 7 9 ");
}

/* What is said of a file: A is its path. */
static const struct {
	int status;
	const char *text, *said;
} texts[] = {
	{ EXIT_DONE, run_text, "" },
	{ EXIT_FAILED, "", "A: is neither a capture nor a file of another tracer\n" },
	{ EXIT_FAILED, "a\n\001", "A: is neither a capture nor a file of another tracer\n" },
	{ EXIT_FAILED, "\x28\xb5\x2f\xfd",
	  "A: is compressed by zstd, as a capture is: ipitrace report reads a capture; if it is text: "
	  "zstd -dc FILE | ipitrace import -\n" },
	{ EXIT_FAILED, "PERFILE2",
	  "A: is perf's own file, not text: perf script --ns --show-lost-events "
	  "-F comm,pid,tid,cpu,time,event,trace -i FILE | ipitrace import -\n" },
	{ EXIT_FAILED, "\x17\x08\x44tracing",
	  "A: is trace-cmd's own file, not text: trace-cmd report -t FILE | ipitrace import -\n" },
	{ EXIT_FAILED, "text\n", "A: has no csd events (csd:*): see ipitrace check --recipe\n" },
	{ EXIT_FAILED, HEAD,
	  "A: has no csd events: nobody sent one meanwhile, or csd:* was not recorded\n" },
	{ EXIT_FAILED, FAR_BACK FAR_BACK FAR_BACK, "A: has impossible times\n" },
	{ EXIT_DONE, HEAD RUN TASK("1.0") SEND("1"), "A: its clock was set back, 1 time\n" },
	{ EXIT_DONE, HEAD RUN TASK("109.6") SEND("1"),
	  "A: no event came for 99 s: its clock was set forward, or nothing was traced; rates are "
	  "those of the whole time\n" },
	{ EXIT_DONE, HEAD RUN "CPU:1 [LOST 5 EVENTS]\n",
	  "A: events are missing, 5 or more, in 1 place: csds that may have run there are lost\n" },
	{ EXIT_DONE, HEAD RUN "CPU:1 [LOST 5 EVENTS]\nCPU:0 [LOST 6 EVENTS]\n",
	  "A: events are missing, 11 or more, in 2 places: csds that may have run there are lost\n" },
	{ EXIT_DONE, HEAD RUN "CPU:1 [EVENTS]\n",
	  "A: events are missing, 0 or more, in 1 place: csds that may have run there are lost\n" },
	{ EXIT_DONE, HEAD RUN TASK("10.6") "csd_queue_cpu: cpu=\n",
	  "A: 1 event could not be read\n" },
	{ EXIT_DONE, HEAD RUN TASK("10.6") "csd_queue_cpu: cpu=\n" TASK("10.6") "ipi_send_cpu: \n",
	  "A: 2 events could not be read\n" },
	{ EXIT_DONE, HEAD RUN "cut", "A: ends in the middle of an event\n" },
};

/* Returns @said with "A: " in the place of "ipitrace: PATH: "; the path is that of the first file. */
static const char *without_paths(const char *said)
{
	static char text[4096];
	char head[96];
	const char *next;

	snprintf(head, sizeof(head), "ipitrace: %s: ", paths[0]);
	for (*text = '\0'; (next = strstr(said, head)); said = next + strlen(head))
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%.*sA: ", (int)(next - said), said);
	return strcat(text, said);
}

TEST_F(what_is_said_of_a_file)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		text_make(0, texts[i].text);
		unlink(capture);
		assert_string_equal(without_paths(IMPORT("-q", paths[0])), texts[i].said);
		assert_int_equal(status, texts[i].status);
		assert_string_equal(out, "");
	}
}

/* A file that cannot be imported is no reason to lose an older capture; one that can renames it. */
TEST_F(an_older_capture_stays)
{
	char before[512], want[512], old[80];

	text_make(0, run_text);
	IMPORT("-q", paths[0]);
	captured_read(capture);
	strcpy(before, captured_first);
	text_make(0, "text\n");
	snprintf(
		want, sizeof(want),
		"ipitrace: %s: the older file is %s.old now\nipitrace: %s: has no csd events (csd:*): see "
		"ipitrace check --recipe\nipitrace: %s: is the older file again\n",
		capture, capture, paths[0], capture);
	assert_string_equal(IMPORT("-q", paths[0]), want);
	assert_int_equal(captured_read(capture).end, CAPTURE_WHOLE);
	assert_string_equal(captured_first, before);
	/* Such a file does not even touch it. */
	text_make(0, "PERFILE2");
	assert_lacks(IMPORT("-q", paths[0]), "older");
	text_make(0, HEAD RUN);
	snprintf(want, sizeof(want), "ipitrace: %s: the older file is %s.old now\n", capture,
		 capture);
	assert_string_equal(IMPORT("-q", paths[0]), want);
	snprintf(old, sizeof(old), "%s.old", capture);
	captured_read(old);
	assert_string_equal(captured_first, before);
}

/* A gap is between them, and each is reported by its own name. */
TEST_F(several_files_are_one_run)
{
	const char *said;

	text_make(0, HEAD RUN "CPU:1 [LOST 5 EVENTS]\n" TASK("10.6") "ipi_send_cpu: \n");
	text_make(1, HEAD TASK("10.7") QUEUE("1", "08") "CPU:1 [LOST 6 EVENTS]\n" TASK("10.1")
			     SEND("1") TASK("10.6") "ipi_send_cpu: \n" TASK("90.1") SEND("1")
				     TASK("80.1") SEND("1") TASK("190.1") SEND("1") "cut");
	said = IMPORT("-j", paths[0], paths[1]);
	assert_has(
		said,
		"/a: events are missing, 5 or more, in 1 place: ", "/a: 1 event could not be read",
		"/b: events are missing, 6 or more, in 1 place: ", "/b: 1 event could not be read",
		"/b: its clock was set back, 2 times",
		"/b: no event came for 190 s: ", "/b: ends in the middle");
	assert_lacks(said, "/a: ends", "/a: its clock", "/a: no event");
	assert_has(out, "\"lost\":1,",
		   "\"import\":{\"events\":9,\"lost\":11,\"gaps\":2,\"unread\":2,",
		   "\"set_back\":2,\"paused\":190");
	assert_has(out, "\"cut\":true}}");
	/* The first file's end is the run's, too. */
	text_make(0, HEAD RUN "cut");
	text_make(1, HEAD TASK("10.7") QUEUE("1", "08"));
	assert_has(IMPORT("-j", paths[0], paths[1]), "/a: ends in the middle");
	assert_has(out, "\"cut\":true}}");
	/* What follows a file that is refused is not read. */
	text_make(0, "text\n");
	text_make(1, "PERFILE2");
	assert_has(IMPORT(paths[0], paths[1]), "/b: is perf's own file");
	assert_lacks(IMPORT(paths[0], paths[1]), "/a: ");
}

/* A stall is held until its cause is known, and no longer. */
TEST_F(a_stall_is_written_in_time)
{
	text_make(0, HEAD TASK("10.51") QUEUE("3", "10") IRQ("3", "10.513") ENTRY("10")
			     IRQ("3", "10.514") EXIT("10") TASK("10.6") QUEUE("3", "10")
				     IRQ("3", "10.613") ENTRY("10") IRQ("3", "10.614") EXIT("10")
					     TASK("10.7") QUEUE("3", "10") IRQ("3", "10.7001")
						     ENTRY("10") IRQ("3", "10.7002") EXIT("10"));
	assert_string_equal(IMPORT("-q", paths[0]), "");
	assert_captured(capture, "0 6 2 2 6 6 2 2 1 3 5 7 9 ");
}

/* Those of each window. Quiet, too: the run is not whole. */
TEST_F(lost_csds_are_counted)
{
	text_make(0, HEAD TASK("10.5") QUEUE("1", "08") "CPU:1 [LOST 5 EVENTS]\n" TASK("12.5")
			     QUEUE("1", "08") "CPU:1 [LOST 5 EVENTS]\n" TASK("14.5") SEND("1"));
	assert_has(IMPORT("-q", paths[0]), "ipitrace: recorded 4.00s, 2 csds, 2 lost, ");
}

TEST_F(a_file_may_be_standard_input)
{
	int own = dup(STDIN_FILENO), fd;

	text_make(0, HEAD RUN TASK("10.6") "ipi_send_cpu: \n");
	fd = open(paths[0], O_RDONLY | O_CLOEXEC);
	dup2(fd, STDIN_FILENO);
	assert_string_equal(IMPORT("-q", "-"),
			    "ipitrace: standard input: 1 event could not be read\n");
	dup2(own, STDIN_FILENO);
	close(own);
	close(fd);
	assert_int_equal(status, EXIT_DONE);
}

TEST_F(there_must_be_a_file)
{
	assert_string_equal(IMPORT("-q"), "ipitrace: import: needs a FILE, such as trace.txt (see "
					  "ipitrace import --help)\n");
	assert_int_equal(status, EXIT_USAGE);
	assert_has(IMPORT(paths[0]), "/a: No such file or directory\n");
	assert_int_equal(status, EXIT_FAILED);
	assert_has(IMPORT(directory), ": Is a directory\n");
	assert_int_equal(status, EXIT_FAILED);
	assert_int_equal(access(capture, F_OK), -1);
}

#define STORM_CSDS 400

/* Each csd of 1 s is an interrupt of 1 ms. */
static void storm_make(void)
{
	static char text[STORM_CSDS * 600];
	size_t len = snprintf(text, sizeof(text), HEAD);

	for (int i = 0; i < STORM_CSDS; i++) {
		char at[3][32];

		for (int t = 0; t < 3; t++)
			snprintf(at[t], sizeof(at[t]), "%d.%06d: ", 10 + i / 100,
				 i % 100 * 10000 + t * 700);
		len += snprintf(
			text + len, sizeof(text) - len,
			"            bash-7141    (   7100) [000] d..1.  %s" QUEUE("1", "08") "          <idle>-0       (-------) [001] d.h1.  %s" ENTRY(
				"08") "          <idle>-0       (-------) [001] d.h1.  %s" EXIT("08"),
			at[0], at[1], at[2]);
	}
	file_make(0, text, len);
}

TEST_F(a_storm_has_a_line)
{
	storm_make();
	IMPORT("-j", "-q", "--storm-rate", "50", "--storm-share", "1", paths[0]);
	assert_has(out, "\"type\":\"storm\"", "\"func\":\"do_flush_tlb\"");
	assert_lacks(out, "\"type\":\"no_storm\"");
	assert_int_equal(status, EXIT_DONE);
	IMPORT("-j", "-q", "--storm-rate", "101", "--storm-share", "8", paths[0]);
	assert_has(out, "\"type\":\"no_storm\"");
	assert_lacks(out, "\"type\":\"storm\"");
}

/* Each 16 MiB of the file show the progress, on a terminal only. */
TEST_F(a_long_file_shows_its_progress)
{
	size_t size = 2 * 64 * IMPORT_CHUNK + IMPORT_CHUNK / 2;
	char *text = malloc(size);

	assert_non_null(text);
	memset(text, '#', size);
	for (size_t i = 100; i < size; i += 100)
		text[i] = '\n';
	memcpy(text, HEAD RUN "#", sizeof(HEAD RUN));
	text[size - 1] = '\n';
	file_make(0, text, size);
	free(text);
	for (int i = 0; i < 2; i++) {
		const char *said;

		terminal = i;
		unlink(capture);
		said = IMPORT(paths[0]);
		assert_int_equal(count_words(said, "\r"), 3 * i);
		assert_lacks(IMPORT("-q", paths[0]), "\r");
	}
	terminal = false;
}

/* The capture becomes whole although nobody reads the lines. */
TEST_F(stdout_may_fail)
{
	text_make(0, run_text);
	stdout_err = -EPIPE;
	assert_string_equal(IMPORT("-j", "-q", paths[0]), "");
	assert_int_equal(status, EXIT_DONE);
	assert_captured(capture, "0 6 6 2 1 6 6 1 2 2 3 5 7 9 ");
	unlink(capture);
	stdout_err = -ENOSPC;
	assert_string_equal(IMPORT("-j", "-q", paths[0]),
			    "ipitrace: stdout: No space left on device\n");
	assert_int_equal(status, EXIT_FAILED);
	stdout_err = 0;
}

TEST_MAIN(NULL, NULL)
