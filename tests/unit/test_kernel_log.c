// SPDX-License-Identifier: GPL-2.0
/*
 * host/sysrq: what ipitrace asks of the helpers that write to /proc/sysrq-trigger, and what it takes from
 * the kernel's log. The log and the trigger are made up; a test answers in the place of the helpers.
 */
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "base/helper_process.h"
#include "host/machine.h"
#include "memory_fails.h"
#include "unit.h"

#define MS	 1000000ULL
/* A request is sent three times, and each of them is answered within a tenth of a second. */
#define TRIES	 3
#define BEGIN_MS 100
#define DONE_MS	 15000

/* What read(2) of the log returns next: a record, or an errno. */
struct log_item {
	const char *record;
	int err;
};

static char directory[64], fifo[96];
static int trigger; /* what the helper wrote can be read there */
static int log_fd = -1; /* the descriptor that stands for /dev/kmsg */
static int trigger_error, log_error, seek_error; /* errno; 0: no failure */
static const struct log_item *items; /* the end: neither a record nor an errno */
static int nr_seeks;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	bool is_log = !strcmp(path, "/dev/kmsg"), is_trigger = !strcmp(path, "/proc/sysrq-trigger");

	if ((is_log && log_error) || (is_trigger && trigger_error)) {
		errno = is_log ? log_error : trigger_error;
		return -1;
	}
	if (is_log) {
		assert_int_equal(flags, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		return log_fd = memfd_create("log", MFD_CLOEXEC);
	}
	return __real_open(is_trigger ? fifo : path, flags, 0600);
}

off_t __real_lseek(int fd, off_t offset, int whence);
off_t __wrap_lseek(int fd, off_t offset, int whence)
{
	if (fd != log_fd)
		return __real_lseek(fd, offset, whence);
	assert_int_equal(offset, 0);
	assert_int_equal(whence, SEEK_END);
	nr_seeks++;
	errno = seek_error;
	return seek_error ? -1 : 0;
}

ssize_t __real_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size)
{
	const struct log_item *item = items;

	if (fd != log_fd)
		return __real_read(fd, bytes, size);
	/* The longest record of /dev/kmsg: with less room, read(2) fails. */
	assert_true(size >= 8192);
	if (!item || (!item->record && !item->err)) {
		errno = EAGAIN;
		return -1;
	}
	items++;
	errno = item->err;
	if (item->err)
		return -1;
	memcpy(bytes, item->record, strlen(item->record));
	return strlen(item->record);
}

static bool is_made; /* the time is made up, and passes in poll(2) alone */
static uint64_t made_now;
static int waits[64]; /* the times of poll(2), ms */
static int nr_waits;

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	if (!is_made)
		return __real_clock_gettime(clock, time);
	time->tv_sec = made_now / (1000 * MS);
	time->tv_nsec = made_now % (1000 * MS);
	return 0;
}

/* Where the made time is concerned, each answer takes 50 ms. */
int __real_poll(struct pollfd *fds, nfds_t nr, int ms);
int __wrap_poll(struct pollfd *fds, nfds_t nr, int ms)
{
	int ready;

	if (!is_made)
		return __real_poll(fds, nr, ms);
	assert_int_equal(nr, 1);
	assert_int_equal(fds->events, POLLIN);
	ready = __real_poll(fds, nr, 0);
	waits[nr_waits++ % ARRAY_SIZE(waits)] = ms;
	made_now += (ready ? 50 : ms) * MS;
	return ready;
}

static int setup(void **state)
{
	strcpy(directory, "/tmp/test_kernel_log.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(fifo, sizeof(fifo), "%s/trigger", directory);
	if (mkfifo(fifo, 0600))
		return -1;
	trigger = __real_open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	trigger_error = log_error = seek_error = nr_seeks = 0;
	items = NULL;
	return trigger < 0;
}

static int teardown(void **state)
{
	is_made = false;
	close(trigger);
	return unlink(fifo) || rmdir(directory);
}

/* How often l was written. */
static int letters(void)
{
	char text[64];
	ssize_t n = __real_read(trigger, text, sizeof(text));

	return n < 0 ? 0 : n;
}

/* Wait for all helpers: host/sysrq does not wait for one that takes longer than 100 ms to end. */
static void await_helpers(void)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, 0)) > 0 || errno == EINTR)
		if (pid > 0)
			helpers__forget(pid);
}

static void log_close(struct sysrq *sysrq)
{
	sysrq__close(sysrq);
	log_fd = -1;
	await_helpers();
}

TEST_F(the_texts_since_the_request_are_read)
{
	static const struct log_item first[] = {
		{ .record = "6,10,20,-,caller=T1;sysrq: Show backtrace\n SUBSYSTEM=a;b\n" },
		{ .err = EPIPE },
		{ .record = "a record without a text\n" },
		{ .err = EINTR },
		{ .record = "4,11,21,-;RIP: 0010:a+0x1/0x2; b\n" },
		{ .record = "4,12,22,c;\n" },
		{ .record = "4,13,23,c; no line's end" },
		{ .err = EAGAIN },
		{ .record = "4,14,24,-;later\n" },
		{},
	};
	static const struct log_item second[] = { { .record = "6,15,25,-;again\n" }, {} };
	struct sysrq *sysrq = NULL;
	const char *text;
	char why[256] = "nothing";

	assert_int_equal(sysrq__open(&sysrq, why, sizeof(why)), 0);
	assert_non_null(sysrq);
	assert_string_equal(why, "nothing");
	assert_true(log_fd >= 0);
	items = first;
	assert_string_equal(sysrq__backtraces(sysrq), "sysrq: Show backtrace\n"
						      "RIP: 0010:a+0x1/0x2; b\n"
						      "\n"
						      " no line's end\n");
	assert_int_equal(nr_seeks, 1);
	assert_int_equal(letters(), 1);
	/* A request that is too soon has no answer, and the log is not read. */
	items = second;
	do
		text = sysrq__backtraces(sysrq);
	while (!*text);
	assert_string_equal(text, "again\n");
	assert_int_equal(letters(), 1);
	/* Where the log's end is not found, nobody is asked. */
	items = second;
	seek_error = EINVAL;
	assert_string_equal(sysrq__backtraces(sysrq), "");
	assert_ptr_equal(items, second);
	assert_int_equal(letters(), 0);
	log_close(sysrq);
	sysrq__close(NULL);
}

/* A record whose text has @len letters. */
static const char *record_of(char *record, size_t len)
{
	strcpy(record, "4,1,2,-;");
	memset(record + 8, 'a', len);
	strcpy(record + 8 + len, "\n");
	return record;
}

/* The room is 512 KiB, with a last '\0'. */
TEST_F(what_has_no_room_is_left_out)
{
	static char long_record[8192], fits[8192], too_long[8192];
	static struct log_item records[70];
	const size_t room = 512 << 10, rest = room - 65 * 8001;
	struct sysrq *sysrq;
	const char *text;
	char why[256];

	for (int i = 0; i < 65; i++)
		records[i].record = record_of(long_record, 8000);
	records[65].record = record_of(too_long, rest - 1);
	records[66].record = record_of(fits, rest - 2);
	records[67].record = "4,1,2,-;\n";
	assert_int_equal(sysrq__open(&sysrq, why, sizeof(why)), 0);
	items = records;
	text = sysrq__backtraces(sysrq);
	assert_ptr_equal(items, records + 68);
	assert_int_equal(strlen(text), room - 1);
	assert_memory_equal(text + room - 3, "a\n", 3);
	log_close(sysrq);
}

static void check_no_log(int err, const char *why)
{
	struct sysrq *sysrq = NULL;
	int fds = list_fds(NULL);
	char said[256] = "";

	nr_taken = 0;
	assert_int_equal(sysrq__open(&sysrq, said, sizeof(said)), -err);
	assert_null(sysrq);
	assert_string_equal(said, why);
	assert_int_equal(nr_taken, 0);
	await_helpers();
	assert_int_equal(list_fds(NULL), fds);
}

TEST_F(what_is_missing_is_named)
{
	trigger_error = ENOENT;
	check_no_log(ENOENT, "no /proc/sysrq-trigger: a kernel without CONFIG_MAGIC_SYSRQ");
	trigger_error = EACCES;
	check_no_log(EACCES, "/proc/sysrq-trigger: Permission denied");
	/* What came first. */
	log_error = EPERM;
	check_no_log(EACCES, "/proc/sysrq-trigger: Permission denied");
	trigger_error = 0;
	check_no_log(EPERM, "/dev/kmsg: Operation not permitted");
	nr_granted = 0;
	check_no_log(ENOMEM, "Cannot allocate memory");
	nr_granted = -1;
}

/* The helpers' answers, which are there before the request; an answer without a state is cut. */
struct answers {
	struct sysrq_answer of[6];
	size_t nr;
	bool is_cut; /* the last one */
};

/* Returns what sysrq_helper__ask() returns with these answers; *@asked: how many requests were sent. */
static int ask_with(const struct answers *answers, int *asked)
{
	struct sysrq_helper helper = { .id = 6 };
	struct sysrq_request request;
	uint64_t begun;
	int fds[2], err;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	helper.socket = fds[0];
	for (size_t i = 0; i < answers->nr; i++)
		send(fds[1], &answers->of[i],
		     sizeof(*answers->of) - (answers->is_cut && i == answers->nr - 1), 0);
	is_made = true;
	made_now = begun = 5000 * MS;
	nr_waits = *asked = 0;
	err = sysrq_helper__ask(&helper);
	is_made = false;
	assert_int_equal(helper.id, 7);
	while (recv(fds[1], &request, sizeof(request), MSG_DONTWAIT) == sizeof(request)) {
		assert_members(request, id, 7, until, begun + TRIES * BEGIN_MS * MS);
		++*asked;
	}
	close(fds[0]);
	close(fds[1]);
	return err;
}

TEST_F(the_answer_to_the_request_counts)
{
	static const struct {
		struct answers answers;
		int err, asked;
		int waits[4];
	} cases[] = {
		{ { .of = { { 7, SYSRQ_DONE } }, .nr = 1 }, 0, 1, { 101 } },
		{ { .of = { { 7, SYSRQ_BEGUN }, { 7, SYSRQ_DONE } }, .nr = 2 },
		  0,
		  1,
		  { 101, DONE_MS + 1 } },
		{ { .of = { { 7, SYSRQ_BEGUN }, { 7, -EIO } }, .nr = 2 },
		  -EIO,
		  1,
		  { 101, DONE_MS + 1 } },
		/* Of an earlier request, and of the helper that refuses. */
		{ { .of = { { 6, SYSRQ_DONE }, { 7, -EIO } }, .nr = 2 }, -EIO, 1, { 101, 51 } },
		{ { .of = { { 7, SYSRQ_TOO_SOON }, { 7, SYSRQ_DONE } }, .nr = 2 },
		  0,
		  1,
		  { 101, 51 } },
		/* Who has begun is not asked again. */
		{ { .of = { { 7, SYSRQ_BEGUN } }, .nr = 1 }, -ETIMEDOUT, 1, { 101, DONE_MS + 1 } },
		/* The time of a try ends, however many answers come. */
		{ { .of = { { 5, SYSRQ_DONE },
			    { 6, SYSRQ_DONE },
			    { 6, SYSRQ_BEGUN },
			    { 7, SYSRQ_DONE } },
		    .nr = 4 },
		  0,
		  2,
		  { 101, 51, 101, 51 } },
		{ { .of = { { 7, SYSRQ_BEGUN }, { 7, SYSRQ_DONE } }, .nr = 2, .is_cut = true },
		  -EPIPE,
		  1,
		  { 101, DONE_MS + 1 } },
		{ { .nr = 0 }, -ETIMEDOUT, 3, { 101, 101, 101 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int asked, nr = 0;

		assert_int_equal(ask_with(&cases[i].answers, &asked), cases[i].err);
		assert_int_equal(asked, cases[i].asked);
		for (; nr < 4 && cases[i].waits[nr]; nr++)
			assert_int_equal(waits[nr], cases[i].waits[nr]);
		assert_int_equal(nr_waits, nr);
	}
}

/* SIGPIPE would end the test. */
TEST_F(helpers_that_have_ended_are_an_error)
{
	struct sysrq_helper helper = {};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	close(fds[1]);
	helper.socket = fds[0];
	assert_int_equal(sysrq_helper__ask(&helper), -EPIPE);
	/* Who is stopped twice closes no descriptor of others. */
	helper.pid = getpid();
	sysrq_helper__stop(&helper);
	assert_int_equal(helper.socket, -1);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	sysrq_helper__stop(&helper);
}

TEST_MAIN(NULL, NULL)
