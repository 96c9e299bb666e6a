// SPDX-License-Identifier: GPL-2.0
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "base/clock.h"
#include "base/confine.h"
#include "base/helper_process.h"
#include "base/privileges.h"
#include "host/machine.h"

/* A helper on a CPU that answers begins within this time; then the other helper is asked, too. */
#define BEGIN_MS 100
#define TRIES	 3
/* lib/nmi_backtrace.c waits 10 s for CPUs that do not even respond to an NMI. */
#define DONE_MS	 15000
#define MS	 1000000ULL

/* The helpers' descriptors. */
enum { SOCKET, TRIGGER, NR_FDS };

static void send_answer(uint64_t id, int state)
{
	const struct sysrq_answer text = { .id = id, .state = state };

	if (write(SOCKET, &text, sizeof(text)) != sizeof(text))
		_exit(1);
}

/* Write l for each request that comes. @last: when one of the helpers last wrote l. */
static void serve_requests(_Atomic uint64_t *last)
{
	struct sysrq_request request;

	while (read(SOCKET, &request, sizeof(request)) == sizeof(request)) {
		uint64_t before = *last, now = mono_ns();

		/* This helper got a CPU so late that nobody waits for its answer any more. */
		if (now > request.until)
			continue;
		if ((before && now - before < SYSRQ_GAP_NS) ||
		    !atomic_compare_exchange_strong(last, &before, now)) {
			send_answer(request.id, SYSRQ_TOO_SOON);
			continue;
		}
		send_answer(request.id, SYSRQ_BEGUN);
		send_answer(request.id, write(TRIGGER, "l", 1) == 1 ? SYSRQ_DONE : -errno);
	}
}

/* Let this process run only on the first half of the CPUs, or on the @second. Needs no root. */
static void cpus_halve(bool second)
{
	struct cpuset cpus = {}, half = {};
	uint32_t nr, i = 0;
	int cpu;

	if (sched_getaffinity(0, sizeof(cpus), (cpu_set_t *)&cpus))
		return;
	nr = cpuset__count(&cpus);
	for_each_cpu(cpu, &cpus)
		if ((i++ >= nr / 2) == second)
			cpuset__add(&half, cpu);
	if (cpuset__count(&half))
		(void)sched_setaffinity(0, sizeof(half), (const cpu_set_t *)&half);
}

/* Give up all rights except to use the two descriptors. Returns 0 or a negative errno. */
static int rights_drop(void)
{
	static const int calls[] = { SCMP_SYS(wait4) };
	int err = privileges__drop();

	helper_process__end_with_starter();
	if (!err)
		err = confine__limits(&(struct confine_limits){});
	if (!err)
		err = confine__files();
	if (!err || err == -EOPNOTSUPP)
		err = confine__calls(calls, 1);
	return err;
}

/*
 * Start the second helper, from the first, which will be another user. Returns what
 * helper_process__start() returns. The two helpers do not talk to each other.
 */
static pid_t second_start(void)
{
	int between;
	pid_t pid = helper_process__start(&between);

	if (!pid)
		helper_process__begin("ipitrace-sysrq", (const int[NR_FDS]){ SOCKET, TRIGGER },
				      NR_FDS);
	else if (pid > 0)
		close(between);
	return pid;
}

static void __attribute__((noreturn)) helper_main(int socket, const char *path)
{
	int fds[NR_FDS] = { socket, open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY) };
	int err = fds[TRIGGER] < 0 ? -errno : 0;
	_Atomic uint64_t *last;
	pid_t pid;

	helper_process__begin("ipitrace-sysrq", fds, err ? 1 : NR_FDS);
	/* The two helpers share this memory, and ipitrace does not. */
	last = mmap(NULL, sizeof(*last), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!err && last == MAP_FAILED)
		err = -errno;
	pid = err ? -1 : second_start();
	if (!err && pid < 0)
		err = pid;
	if (!err) {
		cpus_halve(!pid);
		err = rights_drop();
	}
	/* Only the first helper sends this answer, for both. */
	if (pid)
		send_answer(0, err);
	if (!err)
		serve_requests(last);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	_exit(0);
}

/* Receive the next answer, within @ms. Returns 0 or a negative errno. */
static int answer_take(const struct sysrq_helper *helper, struct sysrq_answer *answer, int ms)
{
	struct pollfd fd = { .fd = helper->socket, .events = POLLIN };

	if (poll(&fd, 1, ms) <= 0)
		return -ETIMEDOUT;
	return recv(helper->socket, answer, sizeof(*answer), MSG_DONTWAIT) == sizeof(*answer) ?
		       0 :
		       -EPIPE;
}

int sysrq_helper__start(struct sysrq_helper *helper, const char *path)
{
	struct sysrq_answer first = {};
	int err;

	*helper = (struct sysrq_helper){ .socket = -1 };
	helper->pid = helper_process__start(&helper->socket);
	if (!helper->pid)
		helper_main(helper->socket, path);
	if (helper->pid < 0)
		return helper->pid;
	err = answer_take(helper, &first, DONE_MS);
	if (!err)
		err = first.state;
	if (err)
		sysrq_helper__stop(helper);
	return err;
}

void sysrq_helper__stop(struct sysrq_helper *helper)
{
	if (helper->socket < 0)
		return;
	close(helper->socket);
	helper->socket = -1;
	/* A helper that waits for CPUs takes longer, and ends with ipitrace: do not wait for it. */
	helper_process__await_end(helper->pid, 100);
}

/* Wait @ms for the stacks; *@begun: a helper has begun. Returns 0 or a negative errno. */
static int stacks_wait(const struct sysrq_helper *helper, bool *begun, int ms)
{
	uint64_t end = mono_ns() + ms * MS;
	struct sysrq_answer answer;

	for (uint64_t now = mono_ns(); now < end; now = mono_ns()) {
		int err = answer_take(helper, &answer, (end - now) / MS + 1);

		if (err)
			return err;
		/* Skip an answer to an earlier request, and that of a helper which refuses. */
		if (answer.id != helper->id || answer.state == SYSRQ_TOO_SOON)
			continue;
		if (answer.state != SYSRQ_BEGUN)
			return answer.state == SYSRQ_DONE ? 0 : answer.state;
		*begun = true;
		end = mono_ns() + DONE_MS * MS;
	}
	return -ETIMEDOUT;
}

int sysrq_helper__ask(struct sysrq_helper *helper)
{
	const struct sysrq_request request = {
		.id = ++helper->id,
		.until = mono_ns() + TRIES * BEGIN_MS * MS,
	};
	bool begun = false;
	int err = -ETIMEDOUT;

	for (int i = 0; i < TRIES && err == -ETIMEDOUT && !begun; i++) {
		if (send(helper->socket, &request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT) <
		    0)
			return -errno;
		err = stacks_wait(helper, &begun, BEGIN_MS);
	}
	return err;
}

/* Room for 64 CPUs of 60 lines; with more CPUs the last stacks are missing. */
#define TEXT_BYTES   (512 << 10)
/* CONSOLE_EXT_LOG_MAX: the longest record of /dev/kmsg. */
#define RECORD_BYTES 8192

struct sysrq {
	struct sysrq_helper helper;
	int log;
	size_t len;
	char text[TEXT_BYTES];
};

/*
 * Whether this kernel takes stacks by NMI. arm64 uses a plain interrupt unless pseudo-NMIs are on.
 * A CPU with its interrupts off does not answer a plain interrupt, and the writer waits for that
 * CPU.
 */
static int has_nmi(void)
{
#ifdef __aarch64__
	char line[4096];

	return sysfile__line(line, sizeof(line), "/proc/cmdline") &&
	       strstr(line, "irqchip.gicv3_pseudo_nmi=1");
#else
	return 1;
#endif
}

int sysrq__open(struct sysrq **out, char *why, size_t size)
{
	struct sysrq *sysrq;
	int err = 0;

	if (!has_nmi()) {
		snprintf(why, size, "this machine has no NMIs (irqchip.gicv3_pseudo_nmi=1)");
		return -EOPNOTSUPP;
	}
	sysrq = calloc(1, sizeof(*sysrq));
	if (!sysrq) {
		snprintf(why, size, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	err = sysrq_helper__start(&sysrq->helper, "/proc/sysrq-trigger");
	if (err == -ENOENT)
		snprintf(why, size, "no /proc/sysrq-trigger: a kernel without CONFIG_MAGIC_SYSRQ");
	else if (err)
		snprintf(why, size, "/proc/sysrq-trigger: %s", strerror(-err));
	sysrq->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (!err && sysrq->log < 0) {
		err = -errno;
		snprintf(why, size, "/dev/kmsg: %s", strerror(-err));
	}
	if (err)
		sysrq__close(sysrq);
	else
		*out = sysrq;
	return err;
}

void sysrq__close(struct sysrq *sysrq)
{
	if (!sysrq)
		return;
	sysrq_helper__stop(&sysrq->helper);
	if (sysrq->log >= 0)
		close(sysrq->log);
	free(sysrq);
}

/* Read the texts of the log's records: "6,1234,5678,-,caller=T1;text\n SUBSYSTEM=...". */
static void log_read(struct sysrq *sysrq)
{
	char record[RECORD_BYTES + 1];

	for (;;) {
		ssize_t got = read(sysrq->log, record, RECORD_BYTES);
		const char *text;
		size_t len;

		/* EPIPE: records were overwritten; the next read goes on after them. */
		if (got < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (got <= 0)
			return;
		record[got] = '\0';
		text = strchr(record, ';');
		len = text ? strcspn(++text, "\n") : 0;
		if (!text || sysrq->len + len + 2 > sizeof(sysrq->text))
			continue;
		memcpy(sysrq->text + sysrq->len, text, len);
		sysrq->len += len;
		sysrq->text[sysrq->len++] = '\n';
		sysrq->text[sysrq->len] = '\0';
	}
}

const char *sysrq__backtraces(void *ctx)
{
	struct sysrq *sysrq = ctx;

	sysrq->len = 0;
	sysrq->text[0] = '\0';
	/* The trigger waits for all CPUs, and then their records are in the log. */
	if (lseek(sysrq->log, 0, SEEK_END) < 0 || sysrq_helper__ask(&sysrq->helper))
		return sysrq->text;
	log_read(sysrq);
	return sysrq->text;
}

/* x86's interrupt flag in EFLAGS. (arm64's PSTATE is printed with a letter for its mask.) */
#define EFLAGS_IF 0x200UL
/*
 * With pseudo-NMIs arm64 masks interrupts by priority, and PSTATE's mask stays clear: only this
 * priority lets them through (GIC_PRIO_IRQON, arch/arm64/include/asm/ptrace.h).
 */
#define PMR_ON	  0xe0UL

struct line {
	char s[512];
};

/* Get the next line of *@text, cut to struct line, without blanks in front. False at the end. */
static bool line_next(const char **text, struct line *line)
{
	size_t len = strcspn(*text, "\n"), skip = strspn(*text, " \t");

	if (!**text)
		return false;
	skip = skip < len ? skip : len;
	snprintf(line->s, sizeof(line->s), "%.*s", (int)(len - skip < 511 ? len - skip : 511),
		 *text + skip);
	*text += len + ((*text)[len] == '\n');
	return true;
}

/*
 * Parse "func.part.0+0x12/0x340 [module]" at @text; "[module BUILD-ID]" if the kernel has
 * CONFIG_STACKTRACE_BUILD_ID. False: @text is no such frame.
 */
static bool frame_parse(const char *text, struct backtrace_frame *frame)
{
	size_t len = strcspn(text, "+ ");
	const char *module;
	char *end;

	if (!len || text[len] != '+' || strncmp(text + len, "+0x", 3) || len >= sizeof(frame->name))
		return false;
	*frame = (struct backtrace_frame){};
	memcpy(frame->name, text, len);
	frame->offset = strtoull(text + len + 1, &end, 16);
	if (*end != '/')
		return false;
	module = strchr(end, '[');
	if (module)
		snprintf(frame->module, sizeof(frame->module), "%.*s",
			 (int)strcspn(module + 1, " ]"), module + 1);
	return true;
}

static void frame_add(struct backtrace *bt, const char *text)
{
	if (bt->nr < STACK_DEPTH && frame_parse(text, &bt->frames[bt->nr]))
		bt->nr++;
}

/* Parse the task in "CPU: 1 UID: 0 PID: 212 Comm: ipigen/1 Tainted: ...": names may have blanks. */
static void task_parse(const char *line, struct task_id *task)
{
	const char *pid = strstr(line, " PID: "), *comm = strstr(line, " Comm: ");
	const char *end = comm ? strstr(comm, " Not tainted") : NULL;

	if (!pid || !comm)
		return;
	comm += strlen(" Comm: ");
	end = end ? end : strstr(comm, " Tainted: ");
	*task = (struct task_id){ .known = true, .pid = strtoul(pid + strlen(" PID: "), NULL, 10) };
	snprintf(task->comm, sizeof(task->comm), "%.*s", end ? (int)(end - comm) : COMM_LEN - 1,
		 comm);
}

static void flags_parse(const char *line, struct backtrace *bt)
{
	const char *eflags = strstr(line, "EFLAGS: "), *pstate = strstr(line, "pstate: ");
	const char *masks, *pmr;

	if (eflags) {
		bt->interrupts_known = true;
		bt->interrupts_off = !(strtoul(eflags + strlen("EFLAGS: "), NULL, 16) & EFLAGS_IF);
	}
	/* "pstate: 600000c5 (nZCv daIF -PAN ...)": an upper-case I masks interrupts. */
	masks = pstate ? strchr(pstate, '(') : NULL;
	masks = masks ? strchr(masks, ' ') : NULL;
	if (masks && strlen(masks) > 4) {
		bt->interrupts_known = true;
		bt->interrupts_off = masks[3] == 'I';
	}
	/* "pmr: 000000c0", once "pmr_save: 000000c0", after pstate: only with pseudo-NMIs. */
	pmr = !strncmp(line, "pmr: ", 5) || !strncmp(line, "pmr_save: ", 10) ? strchr(line, ' ') :
									       NULL;
	if (pmr) {
		bt->interrupts_known = true;
		bt->interrupts_off |= strtoul(pmr, NULL, 16) != PMR_ON;
	}
}

/* Where in a CPU's part a line is. */
struct place {
	bool calls; /* after "Call Trace:" */
	bool nmi; /* among the NMI's own frames, which are not what the CPU was doing */
};

static void part_parse_line(const char *line, struct place *place, struct backtrace *bt)
{
	if (!strncmp(line, "<NMI>", 5))
		place->nmi = true;
	else if (!strncmp(line, "</NMI>", 6))
		place->nmi = false;
	else if (!strncasecmp(line, "call trace:", 11))
		place->calls = true;
	else if (place->nmi)
		return;
	else if (!strncmp(line, "CPU: ", 5))
		task_parse(line, &bt->task);
	else if (!strncmp(line, "RIP: ", 5) && !place->calls && strchr(line + 5, ':'))
		frame_add(bt, strchr(line + 5, ':') + 1);
	else if (!strncmp(line, "pc : ", 5) && !place->calls)
		frame_add(bt, line + 5);
	else if (place->calls && line[0] != '?') /* '?': an address that merely lay on the stack */
		frame_add(bt, line);
	if (!place->calls)
		flags_parse(line, bt);
}

enum backtrace_found backtrace_text__parse(const char *text, uint32_t cpu, struct backtrace *bt)
{
	enum backtrace_found found = BACKTRACE_ABSENT;
	struct place place = {};
	struct line line;
	bool within = false;

	while (line_next(&text, &line)) {
		uint32_t named_cpu;
		int len = 0;

		/* "NMI backtrace for cpu 3", perhaps followed by " skipped: idling at ...". */
		if (sscanf(line.s, "NMI backtrace for cpu %" SCNu32 "%n", &named_cpu, &len) == 1 &&
		    len) {
			bool idle = strstr(line.s + len, "idling");

			within = named_cpu == cpu && !idle;
			if (named_cpu != cpu)
				continue;
			*bt = (struct backtrace){};
			place = (struct place){};
			found = idle ? BACKTRACE_IDLE : BACKTRACE_FOUND;
		} else if (!strncmp(line.s, "Sending NMI from CPU ", 21)) {
			within = false;
		} else if (within) {
			part_parse_line(line.s, &place, bt);
		}
	}
	return found;
}
