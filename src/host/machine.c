// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/klog.h>
#endif
#include "host/machine.h"

void machine__read(struct host *host)
{
	if (uname(&host->name))
		memset(&host->name, 0, sizeof(host->name));
	if (cpuset__read(&host->online, "online"))
		memset(&host->online, 0, sizeof(host->online));
}

/* The initial PID namespace's inode: PROC_PID_INIT_INO, include/linux/proc_ns.h since Linux 3.8. */
#define INITIAL_PIDS 0xeffffffc

bool machine__has_kernel_pids(void)
{
	/* A process stays in its PID namespace: ask once, for watchers must not wait for a file. */
	static _Atomic enum { UNASKED, OWN, KERNELS } pids;
	struct stat st;

	/* A kernel without CONFIG_PID_NS has no such file. */
	if (pids == UNASKED)
		pids = (stat("/proc/self/ns/pid", &st) ? errno == ENOENT :
							 st.st_ino == INITIAL_PIDS) ?
			       KERNELS :
			       OWN;
	return pids == KERNELS;
}

bool machine__clock_is_shifted(char *why, size_t size, const char *path)
{
	char text[64];
	long long seconds;
	long ns;

	if (!sysfile__rest(text, sizeof(text), "monotonic", "%s",
			   path ?: "/proc/self/timens_offsets") ||
	    sscanf(text, "%lld %ld", &seconds, &ns) != 2 || (!seconds && !ns))
		return false;
	snprintf(
		why, size,
		"this time namespace shifts the clock by %.9g s from the kernel's: run ipitrace in "
		"the host's (nsenter -T -t 1 ipitrace)",
		seconds + ns / 1e9);
	return true;
}

bool machine__is_bare(void)
{
#if defined(__x86_64__)
	unsigned int a, b, c, d;

	/* Only a hypervisor sets bit 31 (X86_FEATURE_HYPERVISOR). */
	return __get_cpuid(1, &a, &b, &c, &d) && !(c >> 31);
#else
	return false;
#endif
}

uint32_t machine__hypervisor_leaf(const char *name)
{
#if defined(__x86_64__)
	uint32_t highest, found[3];

	if (machine__is_bare())
		return 0;
	/* A KVM that says first that it is Hyper-V is at the second leaf (QEMU's hv-* flags). */
	for (uint32_t leaf = 0x40000000; leaf <= 0x40000100; leaf += 0x100) {
		__cpuid(leaf, highest, found[0], found[1], found[2]);
		if (!memcmp(found, name, sizeof(found)))
			return leaf;
	}
#endif
	(void)name;
	return 0;
}

void feature__tell(struct feature *feature, bool available, const char *how, ...)
{
	va_list args;

	feature->available = available;
	va_start(args, how);
	if (available)
		vsnprintf(feature->how, sizeof(feature->how), how, args);
	else
		vsnprintf(feature->why, sizeof(feature->why), how, args);
	va_end(args);
}

/* Returns the place of node number @id, which is added if new; the last place without room. */
static uint32_t place_node(struct numa *numa, int id)
{
	for (uint32_t i = 0; i < numa->nr_nodes; i++)
		if (numa->ids[i] == id)
			return i;
	if (numa->nr_nodes == NUMA_NODES_MAX)
		return NUMA_NODES_MAX - 1;
	numa->ids[numa->nr_nodes] = id;
	return numa->nr_nodes++;
}

void numa__read(struct numa *numa, const char *dir)
{
	struct cpuset nodes, cpus;
	int node, cpu;

	if (!dir)
		dir = "/sys/devices/system/node";
	/* The list of nodes has the format of a list of CPUs. */
	if (cpuset__read_path(&nodes, "%s/online", dir))
		return;
	for_each_cpu(node, &nodes) {
		uint32_t place;

		/* A node that has only memory has an empty list. */
		if (cpuset__read_path(&cpus, "%s/node%d/cpulist", dir, node))
			continue;
		place = place_node(numa, node);
		for_each_cpu(cpu, &cpus)
			numa->nodes[cpu] = place;
	}
}

#define CACHES_MAX 8 /* maximum number of a CPU's caches; x86 has 4 */

void llc__read(struct numa *groups, const struct cpuset *cpus, const char *dir)
{
	struct cpuset set;
	int cpu, index;

	if (!dir)
		dir = "/sys/devices/system/cpu";
	for_each_cpu(cpu, cpus) {
		/* The kernel numbers caches from the CPU outwards: take the last one. */
		for (index = CACHES_MAX - 1; index >= 0; index--)
			if (!cpuset__read_path(&set, "%s/cpu%d/cache/index%d/shared_cpu_list", dir,
					       cpu, index))
				break;
		if (index >= 0)
			groups->nodes[cpu] = place_node(groups, cpuset__next(&set, 0));
	}
}

/* Whether @root's trace_clock, a line of clocks with the current clock in brackets, has @clock. */
static bool has_clock(int root, const char *clock)
{
	int fd = openat(root, "trace_clock", O_RDONLY | O_CLOEXEC);
	char text[256], *rest = NULL, *word;
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	bool found = false;

	if (fd >= 0)
		close(fd);
	text[len > 0 ? len : 0] = '\0';
	for (word = strtok_r(text, " []\n", &rest); word && !found;
	     word = strtok_r(NULL, " []\n", &rest))
		found = !strcmp(word, clock);
	return found;
}

static bool has_event(int root, const char *event)
{
	return !faccessat(root, event, F_OK, 0);
}

int tracefs_events__read(struct tracefs_events *events, const char *root)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (faccessat(fd, "events", F_OK, 0))
		err = -errno;
	events->csd = has_event(fd, "events/csd/csd_queue_cpu") &&
		      has_event(fd, "events/csd/csd_function_entry") &&
		      has_event(fd, "events/csd/csd_function_exit");
	events->ipi = has_event(fd, "events/ipi");
	events->call_function = has_event(fd, "events/irq_vectors/call_function_entry") &&
				has_event(fd, "events/irq_vectors/call_function_single_entry");
	events->reschedule = has_event(fd, "events/irq_vectors/reschedule_entry");
	events->mono = has_clock(fd, "mono");
	close(fd);
	return err;
}

bool machine__proc_has_kernel_pids(const char *root)
{
	return *root || machine__has_kernel_pids();
}

/* Read the file @name of the thread into @text, cut to @size. */
static void thread_file_read(const char *root, uint32_t tgid, uint32_t tid, const char *name,
			     char *text, size_t size)
{
	char path[128];
	ssize_t len;
	int fd;

	text[0] = '\0';
	if (!machine__proc_has_kernel_pids(root))
		return;
	snprintf(path, sizeof(path), "%s/proc/%" PRIu32 "/task/%" PRIu32 "/%s", root, tgid, tid,
		 name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, text, size - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
}

void thread_file__comm(char comm[COMM_LEN], uint32_t tgid, uint32_t tid)
{
	thread_file_read("", tgid, tid, "comm", comm, COMM_LEN);
	comm[strcspn(comm, "\n")] = '\0';
}

bool thread_file__slices(const char *root, uint32_t tgid, uint32_t tid, uint64_t *slices)
{
	char text[80];

	/* Time on a CPU, time in a run queue, slices: proc_pid_schedstat(), fs/proc/base.c. */
	thread_file_read(root, tgid, tid, "schedstat", text, sizeof(text));
	return sscanf(text, "%*u %*u %" SCNu64, slices) == 1;
}

/* Hierarchy 0, without controllers, is cgroup2 (cgroups(7)). */
bool task_cgroup__read(const char *root, uint32_t tgid, char *path, size_t size)
{
	*path = '\0';
	return machine__proc_has_kernel_pids(root) &&
	       sysfile__rest(path, size, "0::", "%s/proc/%" PRIu32 "/cgroup", root, tgid);
}

/* Read VmHWM, because the maximum of getrusage() includes the parent's memory before exec. */
uint64_t self__rss_peak(void)
{
	uint64_t kib;

	sysfile__number(&kib, "VmHWM: %" SCNu64 " kB", "/proc/self/status");
	return kib * 1024;
}

uint64_t self__rss(void)
{
	uint64_t pages;

	sysfile__number(&pages, "%*u %" SCNu64, "/proc/self/statm");
	return pages * sysconf(_SC_PAGESIZE);
}

/* The kernel prints the line at boot. A log that begins later lacks it, and proves nothing. */
enum apic_mode apic__mode_in_log(const char *log)
{
	/* "Switched APIC routing to physical flat." (6.1), "... to: cluster x2apic" (6.12). */
	const char *line = strstr(log, "Switched APIC routing to"), *next;
	const char *name;

	if (!line)
		/* The kernel begins with xAPIC's driver, and prints a line only for another one. */
		return strstr(log, "Linux version ") ? APIC_XAPIC : APIC_UNKNOWN;
	while ((next = strstr(line + 1, "Switched APIC routing to")))
		line = next;
	name = strstr(line, "x2apic");
	return name && name < line + strcspn(line, "\n") ? APIC_X2APIC : APIC_XAPIC;
}

#if defined(__x86_64__)
/*
 * SYSLOG_ACTION_READ_ALL of syslog(2), and bytes enough for the log of a boot. syslog(2) gives the
 * last bytes of the log, so the whole log is read to find a line of the boot: 1 ms for 128 KiB.
 * /dev/kmsg begins with the boot, but a service with PrivateDevices= has no such file; and to read
 * the register (IA32_APIC_BASE) takes the module msr and CAP_SYS_RAWIO.
 */
#define READ_ALL  3
#define LOG_BYTES (1 << 20)

/* CPUID leaf 1, ECX: the processor has x2APIC. */
#define HAS_X2APIC (1U << 21)

enum apic_mode apic__mode(void)
{
	enum apic_mode mode = APIC_UNKNOWN;
	unsigned int a, b, c, d;
	char *log;
	int len;

	if (__get_cpuid(1, &a, &b, &c, &d) && !(c & HAS_X2APIC))
		return APIC_XAPIC;
	log = malloc(LOG_BYTES + 1);
	len = log ? klogctl(READ_ALL, log, LOG_BYTES) : -1;
	if (len >= 0) {
		log[len] = '\0';
		mode = apic__mode_in_log(log);
	}
	free(log);
	return mode;
}
#else
enum apic_mode apic__mode(void)
{
	return APIC_UNKNOWN;
}
#endif
