// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/helper_process.h"
#include "base/sysfile.h"
#include "prove/proof.h"

#define TRACING	  "/sys/kernel/tracing"
#define INSTANCES TRACING "/instances"
#define PREFIX	  "ipitrace-prove-"

/* Bytes of a csd in a CPU's buffer: its three events and those of its IPI, with their headers. */
#define CSD_BYTES     256
#define KB_LEAST      8192
/* ftrace traces longer than ipitrace runs by this time, s. */
#define MARGIN	      1.0
#define SECONDS_LEAST 0.5

/* Requests to the process that owns the instance: a byte in its socket. */
#define ASK_RENEW 'r'
#define ASK_STOP  's'

/* First the csds' events, then events that a kernel may lack: of IPIs sent and, on x86, arrived. */
#define NR_EVENTS 7
#define SENDS	  1
#define ARRIVALS  3
static const char *const events[NR_EVENTS] = {
	"events/csd/enable",
	"events/ipi/ipi_send_cpu/enable",
	"events/ipi/ipi_send_cpumask/enable",
	"events/irq_vectors/call_function_entry/enable",
	"events/irq_vectors/call_function_single_entry/enable",
	"events/irq_vectors/reschedule_entry/enable",
	"events/irq_vectors/irq_work_entry/enable",
};

static bool write_file(const char *dir, const char *name, const char *value)
{
	char path[PATH_MAX];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, value, strlen(value)) == (ssize_t)strlen(value);
	close(fd);
	return done;
}

static void remove_instance(const char *dir)
{
	write_file(dir, "tracing_on", "0");
	write_file(dir, "events/enable", "0");
	/* A reader of a file in the instance keeps the instance busy. */
	for (int i = 0; i < 100 && rmdir(dir) && errno == EBUSY; i++)
		usleep(20000);
}

/*
 * Mark the instance as held, for as long as this process lives. Returns false if another process
 * holds it. The process number in its name does not say so to a process in another PID namespace.
 */
static bool lock_instance(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return true;
	close(fd);
	return false;
}

/* Remove the instances of processes that were killed, and so could not remove them. */
static void remove_old_instances(void)
{
	DIR *dir = sysdir__open(INSTANCES);
	const struct dirent *entry;
	char path[PATH_MAX];
	char *end;

	while ((entry = sysdir__next(dir))) {
		long pid;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)))
			continue;
		pid = strtol(entry->d_name + strlen(PREFIX), &end, 10);
		if (*end || pid <= 0 || !kill(pid, 0) || errno != ESRCH)
			continue;
		snprintf(path, sizeof(path), INSTANCES "/%s", entry->d_name);
		if (lock_instance(path))
			remove_instance(path);
	}
}

/*
 * If the machine has no tracefs mounted, mount it for this process only: no other process sees the
 * mount, which ends with this process. Returns 0 or a negative errno.
 */
static int mount_tracefs(void)
{
	if (!access(INSTANCES, F_OK))
		return 0;
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", TRACING, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return -errno;
	return access(INSTANCES, F_OK) ? -errno : 0;
}

/* Begin to trace. *@on gets the traced events, as bits; @why the reason of a failure, else "". */
static void begin_tracing(const char *dir, uint64_t kb, uint32_t *on, int mounted, char *why)
{
	char size[32];

	*on = 1;
	snprintf(size, sizeof(size), "%" PRIu64, kb);
	if (access(INSTANCES, F_OK)) {
		snprintf(why, INSTANCE_WHY, "no tracefs at " TRACING ": %s", strerror(-mounted));
	} else if (mkdir(dir, 0700)) {
		snprintf(why, INSTANCE_WHY, "no instance of ftrace: %s", strerror(errno));
	} else if (!lock_instance(dir)) {
		snprintf(why, INSTANCE_WHY, "another ipitrace removes the instance of ftrace");
	} else if (!write_file(dir, "tracing_on", "0") ||
		   !write_file(dir, "buffer_size_kb", size) ||
		   !write_file(dir, "trace_clock", "mono")) {
		snprintf(why, INSTANCE_WHY, "ftrace's buffers or clock: %s", strerror(errno));
	} else if (!write_file(dir, events[0], "1")) {
		snprintf(why, INSTANCE_WHY, "ftrace has no csd events here: %s", strerror(errno));
	}
	for (int i = SENDS; i < NR_EVENTS && !*why; i++)
		*on |= write_file(dir, events[i], "1") ? 1U << i : 0;
	if (!*why && !write_file(dir, "tracing_on", "1"))
		snprintf(why, INSTANCE_WHY, "ftrace does not begin: %s", strerror(errno));
}

static uint64_t count_lost(const char *dir)
{
	static const char *const names[] = { "overrun: %" SCNu64, "commit overrun: %" SCNu64,
					     "dropped events: %" SCNu64 };
	uint64_t sum = 0, number;
	char path[PATH_MAX], line[128];

	for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/per_cpu/cpu%ld/stats", dir, cpu);
		file = fopen(path, "re");
		while (file && fgets(line, sizeof(line), file))
			for (int i = 0; i < 3; i++)
				if (sscanf(line, names[i], &number) == 1)
					sum += number;
		if (file)
			fclose(file);
	}
	return sum;
}

/* Whether all events of @on are still traced. */
static bool is_tracing(const char *dir, uint32_t on)
{
	uint64_t value = 0;

	if (!sysfile__number(&value, "%" SCNu64, "%s/tracing_on", dir) || !value)
		return false;
	for (int i = 0; i < NR_EVENTS; i++)
		if (on >> i & 1 &&
		    (!sysfile__number(&value, "%" SCNu64, "%s/%s", dir, events[i]) || !value))
			return false;
	return true;
}

/* Stop tracing, report how it went, and pass on the text of the events. */
static void stop_tracing(const char *dir, uint32_t on, int socket)
{
	struct instance_end end = {
		.was_off = !is_tracing(dir, on),
		/* Both events of IPIs that are sent; all four of IPIs that arrive. */
		.sends = !(~on >> SENDS & 3),
		.arrivals = !(~on >> ARRIVALS & 15),
	};
	char path[PATH_MAX];
	int fd;

	write_file(dir, "tracing_on", "0");
	end.lost = count_lost(dir);
	if (write(socket, &end, sizeof(end)) != sizeof(end))
		return;
	snprintf(path, sizeof(path), "%s/trace", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	pass_fd__send(socket, fd < 0 ? -errno : fd);
	if (fd >= 0)
		close(fd);
}

static void __attribute__((noreturn)) hold_instance(int socket, uint64_t kb)
{
	char dir[128], why[INSTANCE_WHY] = "", byte = 0;
	int null = open("/dev/null", O_RDWR);
	uint32_t on;
	int mounted;

	helper_process__begin("ipitrace-ftrace", (int[]){ null, null, null, socket }, 4);
	socket = 3;
	mounted = mount_tracefs();
	remove_old_instances();
	snprintf(dir, sizeof(dir), INSTANCES "/" PREFIX "%d", (int)getpid());
	begin_tracing(dir, kb, &on, mounted, why);
	if (write(socket, why, sizeof(why)) == sizeof(why) && !*why) {
		while (read(socket, &byte, 1) == 1 && byte == ASK_RENEW) {
			write_file(dir, events[0], "0");
			write_file(dir, events[0], "1");
			if (write(socket, &byte, 1) != 1)
				break;
		}
	}
	if (byte == ASK_STOP) {
		stop_tracing(dir, on, socket);
		/* The other end closes the text first: an instance being read cannot be removed. */
		while (read(socket, &byte, 1) > 0)
			;
	}
	remove_instance(dir);
	_exit(0);
}

uint64_t instance__fit(double *seconds, double rate, uint64_t most)
{
	double kb_a_second = rate * CSD_BYTES / 1024;
	double kb = (*seconds + MARGIN) * kb_a_second;

	if (kb > most) {
		double fits = most / kb_a_second - MARGIN;

		*seconds = fits < SECONDS_LEAST ? SECONDS_LEAST : fits;
		kb = most;
	}
	return kb < KB_LEAST && most > KB_LEAST ? KB_LEAST : (uint64_t)kb;
}

bool instance__open(struct instance *in, uint64_t kb, char why[INSTANCE_WHY])
{
	*in = (struct instance){ .data = -1 };
	snprintf(why, INSTANCE_WHY, "no process for ftrace");
	in->pid = helper_process__start(&in->socket);
	if (!in->pid)
		hold_instance(in->socket, kb);
	if (in->pid < 0) {
		in->pid = 0;
		return false;
	}
	if (read(in->socket, why, INSTANCE_WHY) == INSTANCE_WHY && !*why)
		return true;
	instance__close(in);
	return false;
}

bool instance__renew(struct instance *in)
{
	char byte = ASK_RENEW;

	return write(in->socket, &byte, 1) == 1 && read(in->socket, &byte, 1) == 1;
}

bool instance__stop(struct instance *in, struct instance_end *end)
{
	char byte = ASK_STOP;

	if (write(in->socket, &byte, 1) != 1 || read(in->socket, end, sizeof(*end)) != sizeof(*end))
		return false;
	in->data = pass_fd__receive(in->socket, 0);
	return in->data >= 0;
}

void instance__close(struct instance *in)
{
	if (!in->pid)
		return;
	if (in->data >= 0)
		close(in->data);
	close(in->socket);
	waitpid(in->pid, NULL, 0);
	helpers__forget(in->pid);
	in->pid = 0;
}
