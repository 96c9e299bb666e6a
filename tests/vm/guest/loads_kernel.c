// SPDX-License-Identifier: GPL-2.0
/* Functions that the kernel calls on other CPUs, irq_works, and text that is patched. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/membarrier.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "loads.h"

static void call_membarrier(int command)
{
	if (syscall(SYS_membarrier, command, 0, 0))
		cannot("membarrier");
}

static void begin_membarrier(void)
{
	call_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
	call_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE);
	call_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ);
	call_membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED);
}

static void step_membarrier(void)
{
	call_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

static void step_sync_core(void)
{
	call_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE);
}

static void step_rseq(void)
{
	call_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ);
}

static void step_global(void)
{
	call_membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED);
}

/* asm/ldt.h */
struct ldt_entry {
	unsigned int number, base, limit, flags;
};

static void step_ldt(void)
{
	static struct ldt_entry entry = { .limit = 1, .flags = 1 };

	entry.base++;
	if (syscall(SYS_modify_ldt, 0x11, &entry, sizeof(entry)))
		cannot("modify_ldt");
}

static int open_event(struct perf_event_attr attr, pid_t pid, int cpu)
{
	int fd;

	attr.size = sizeof(attr);
	fd = syscall(SYS_perf_event_open, &attr, pid, cpu, -1, 0);
	if (fd < 0)
		cannot("perf_event_open");
	return fd;
}

/* An event of another kind that stays open keeps the static keys of perf as they are. */
static int event;

static void begin_perf(void)
{
	event = open_event((struct perf_event_attr){ .type = PERF_TYPE_SOFTWARE,
						     .config = PERF_COUNT_SW_DUMMY },
			   -1, VICTIM_CPU);
}

static void step_perf_open(void)
{
	close(open_event((struct perf_event_attr){ .type = PERF_TYPE_SOFTWARE,
						   .config = PERF_COUNT_SW_DUMMY },
			 -1, VICTIM_CPU));
}

static void step_perf_read(void)
{
	long long count;

	check(read(event, &count, sizeof(count)) < 0, "read");
}

static void step_perf_ioctl(void)
{
	check(ioctl(event, PERF_EVENT_IOC_DISABLE, 0) || ioctl(event, PERF_EVENT_IOC_ENABLE, 0),
	      "ioctl");
}

/* Each sample wakes the reader, by an irq_work of the actor's CPU. */
static void begin_perf_samples(void)
{
	event = open_event((struct perf_event_attr){ .type = PERF_TYPE_SOFTWARE,
						     .config = PERF_COUNT_SW_PAGE_FAULTS,
						     .sample_period = 1,
						     .sample_type = PERF_SAMPLE_IP,
						     .wakeup_events = 1 },
			   0, -1);
	check(mmap(NULL, 9 * PAGE, PROT_READ, MAP_SHARED, event, 0) == MAP_FAILED, "mmap");
}

static void step_faults(void)
{
	static char *at;

	if (!at)
		at = map_pages(8, MAP_PRIVATE, -1);
	madvise(at, 8 * PAGE, MADV_DONTNEED);
	touch_pages(at, 8);
}

static void read_register(const char *path, size_t size, off_t offset)
{
	char value[16];
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		cannot(path);
	check(pread(fd, value, size, offset) < 0, path);
	close(fd);
}

static void step_msr(void)
{
	read_register("/dev/cpu/1/msr", 8, 0x10);
}

static void step_cpuid(void)
{
	read_register("/dev/cpu/1/cpuid", 16, 0);
}

/* namespace_unlock() waits for an expedited grace period. */
static void step_mount(void)
{
	mkdir("/tmp/loads", 0755);
	check(mount("none", "/tmp/loads", "tmpfs", 0, NULL) || umount("/tmp/loads"), "mount");
}

/* The namespace that the actor leaves ends. */
static void step_netns(void)
{
	check(unshare(CLONE_NEWNET), "unshare");
}

static void victim_calls(void)
{
	for (int i = 0; i < 50; i++)
		syscall(SYS_getppid);
	relax();
}

static void step_sysrq_l(void)
{
	file_write("/proc/sysrq-trigger", "l");
}

static void read_messages(void)
{
	static char text[8192];
	int fd = open("/dev/kmsg", O_RDONLY);

	for (;;)
		(void)!read(fd, text, sizeof(text));
}

static void begin_printk(void)
{
	file_write("/proc/sys/kernel/printk_devkmsg",
		   "on\n"); /* it takes nothing without its end */
	thread_begin(OTHER_CPU, read_messages);
}

/*
 * The irq_work that wakes the reader waits for the next tick, if there is one: the CPU sends
 * itself an interrupt only while its tick is stopped, as that of a nohz_full CPU is
 * (kernel/irq_work.c: __irq_work_queue_local(), of a lazy irq_work). Level 7 is beyond what the
 * console shows.
 */
static void victim_printk(void)
{
	file_write("/dev/kmsg", "<7>loads\n");
	for (int i = 0; i < 100; i++)
		relax();
}

static void step_hotplug(void)
{
	file_write("/sys/devices/system/cpu/cpu3/online", "0");
	usleep(50000);
	file_write("/sys/devices/system/cpu/cpu3/online", "1");
}

/* The timer of the victim must stay on the victim's CPU. */
static void begin_clock(void)
{
	file_write("/proc/sys/kernel/timer_migration", "0");
}

static void step_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_nsec += 20000000;
	now.tv_sec += now.tv_nsec / 1000000000;
	now.tv_nsec %= 1000000000;
	check(clock_settime(CLOCK_REALTIME, &now), "clock_settime");
}

/*
 * A timer of the clock that is set. The kernel asks a CPU only if its first timer is due sooner now
 * (kernel/time/hrtimer.c: update_needs_ipi(), since 5.14).
 */
static void victim_clock(void)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_sec++;
	clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &at, NULL);
}

#define TRACING "/sys/kernel/tracing/"

static int marker, pipe_end;

static void begin_marker(void)
{
	marker = open(TRACING "trace_marker", O_WRONLY);
	pipe_end = open(TRACING "trace_pipe", O_RDONLY);
	if (marker < 0 || pipe_end < 0)
		cannot(TRACING);
}

static void step_marker(void)
{
	check(write(marker, "x", 1) < 0, "trace_marker");
}

static void victim_trace_pipe(void)
{
	char text[4096];

	(void)!read(pipe_end, text, sizeof(text));
}

static int call_bpf(int command, union bpf_attr *attr)
{
	int fd = syscall(SYS_bpf, command, attr, sizeof(*attr));

	if (fd < 0)
		cannot("bpf");
	return fd;
}

static int load_program(int type, const struct bpf_insn *insns, unsigned int nr)
{
	union bpf_attr attr = { .prog_type = type,
				.insn_cnt = nr,
				.insns = (unsigned long)insns,
				.license = (unsigned long)"GPL" };

	return call_bpf(BPF_PROG_LOAD, &attr);
}

static int program, ringbuf, file;

/* Load a program of @type that only returns @value. */
static void load_constant(int type, int value)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	program = load_program(type, insns, 2);
}

/* Run the program @times times, each time with a packet. */
static void test_program(unsigned int times)
{
	static char packet[64];
	union bpf_attr attr = { .test = { .prog_fd = program,
					  .data_size_in = sizeof(packet),
					  .data_in = (unsigned long)packet,
					  .repeat = times } };

	check(syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)) < 0, "BPF_PROG_TEST_RUN");
}

/* The first page is the consumer's position, the second one the producer's. */
static void read_ringbuf(void)
{
	struct pollfd fd = { ringbuf, POLLIN, 0 };
	unsigned long *read = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ringbuf, 0);
	unsigned long *written = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ringbuf, PAGE);

	check(read == MAP_FAILED || written == MAP_FAILED, "mmap");
	for (;;) {
		poll(&fd, 1, -1);
		__atomic_store_n(read, __atomic_load_n(written, __ATOMIC_ACQUIRE),
				 __ATOMIC_RELEASE);
	}
}

/* A program that puts a record into a ring buffer, and wakes its reader. */
static void begin_ringbuf(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = PAGE };

	ringbuf = call_bpf(BPF_MAP_CREATE, &attr);
	{
		const struct bpf_insn insns[] = {
			{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 10, .off = -8 },
			{ .code = BPF_LD | BPF_IMM | BPF_DW,
			  .dst_reg = 1,
			  .src_reg = BPF_PSEUDO_MAP_FD,
			  .imm = ringbuf },
			{},
			{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 2, .src_reg = 10 },
			{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 2, .imm = -8 },
			{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 8 },
			{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
			  .dst_reg = 4,
			  .imm = BPF_RB_FORCE_WAKEUP },
			{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ringbuf_output },
			{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
			{ .code = BPF_JMP | BPF_EXIT },
		};

		program = load_program(BPF_PROG_TYPE_SOCKET_FILTER, insns,
				       sizeof(insns) / sizeof(*insns));
	}
	thread_begin(OTHER_CPU, read_ringbuf);
}

static void step_ringbuf(void)
{
	test_program(1);
}

/* The first program of a tracepoint switches its static key. */
static void begin_raw_tp(void)
{
	load_constant(BPF_PROG_TYPE_RAW_TRACEPOINT, 0);
}

/* The program runs on the victim's CPU. */
static void step_test_run(void)
{
	union bpf_attr attr = {
		.test = { .prog_fd = program, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = VICTIM_CPU }
	};

	check(syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)) < 0, "BPF_PROG_TEST_RUN");
}

static void begin_xdp(void)
{
	load_constant(BPF_PROG_TYPE_XDP, XDP_PASS);
}

/* The code that calls the program directly is made for a test that repeats, and undone after it. */
static void step_xdp(void)
{
	test_program(2);
}

static void step_raw_tp(void)
{
	union bpf_attr attr = { .raw_tracepoint = { .name = (unsigned long)"sched_process_hang",
						    .prog_fd = program } };

	close(call_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr));
}

/* The first program of a kind in any cgroup switches a static key. */
static void begin_cgroup_program(void)
{
	mkdir("/sys/fs/cgroup/loads-bpf", 0755);
	file = open("/sys/fs/cgroup/loads-bpf", O_RDONLY);
	if (file < 0)
		cannot("/sys/fs/cgroup");
	load_constant(BPF_PROG_TYPE_CGROUP_SKB, 1);
}

static void step_cgroup_program(void)
{
	union bpf_attr attr = { .target_fd = file,
				.attach_bpf_fd = program,
				.attach_type = BPF_CGROUP_INET_EGRESS };

	call_bpf(BPF_PROG_ATTACH, &attr);
	call_bpf(BPF_PROG_DETACH, &attr);
}

/* Each step switches text at two moments, each CPU is interrupted some times: 20 ms are enough. */
#define PATCH_PAUSE 20000

#define INSTANCE "/sys/kernel/tracing/instances/loads/"
#define EVENTS	 INSTANCE "events/"

static void begin_tracepoint(void)
{
	mkdir(INSTANCE, 0755);
}

static void step_tracepoint(void)
{
	file_write(EVENTS "sched/sched_process_hang/enable", "1");
	file_write(EVENTS "sched/sched_process_hang/enable", "0");
}

static void begin_function_tracer(void)
{
	mkdir(INSTANCE, 0755);
	file_write(INSTANCE "set_ftrace_filter", "do_exit");
}

static void step_function_tracer(void)
{
	file_write(INSTANCE "current_tracer", "function");
	file_write(INSTANCE "current_tracer", "nop");
}

/*
 * The kernel refuses an offset at which no instruction begins. A function's first 9 bytes are
 * ftrace's.
 */
static void open_kprobe(const char *func)
{
	struct perf_event_attr attr = {
		.type = file_read("/sys/bus/event_source/devices/kprobe/type"),
		.size = sizeof(attr),
		.kprobe_func = (unsigned long)func,
	};

	for (attr.probe_offset = 9; attr.probe_offset < 32; attr.probe_offset++)
		if (syscall(SYS_perf_event_open, &attr, -1, ACTOR_CPU, -1, 0) >= 0)
			return;
	cannot(func);
}

/* A kprobe that is removed waits for RCU: these stay, and are armed and disarmed. */
static void begin_kprobes(void)
{
	static const char *const funcs[] = { "__x64_sys_acct", "__x64_sys_chroot",
					     "__x64_sys_pivot_root", "__x64_sys_swapon",
					     "__x64_sys_sethostname" };

	file_write("/proc/sys/debug/kprobes-optimization", "0");
	for (size_t i = 0; i < sizeof(funcs) / sizeof(*funcs); i++)
		open_kprobe(funcs[i]);
}

static void step_kprobes(void)
{
	file_write("/sys/kernel/debug/kprobes/enabled", "0");
	file_write("/sys/kernel/debug/kprobes/enabled", "1");
}

/* The first event of its kind switches a static key, and so does the end of the last one. */
static void step_perf_key(void)
{
	close(open_event((struct perf_event_attr){ .type = PERF_TYPE_SOFTWARE,
						   .config = PERF_COUNT_SW_CONTEXT_SWITCHES },
			 -1, ACTOR_CPU));
}

static void step_udp_gro(void)
{
	int one = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);

	check(setsockopt(fd, IPPROTO_UDP, 104, &one, sizeof(one)), "UDP_GRO"); /* linux/udp.h */
	close(fd);
}

static void step_schedstats(void)
{
	file_write("/proc/sys/kernel/sched_schedstats", "1");
	file_write("/proc/sys/kernel/sched_schedstats", "0");
}

/*
 * A work switches the key, and finds nothing to do if the socket is closed by then (net/core/dev.c:
 * netstamp_clear()). A socket of UDP would go on until RCU has waited.
 */
static void step_timestamp(void)
{
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	check(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &one, sizeof(one)), "SO_TIMESTAMP");
	usleep(PATCH_PAUSE);
	close(fd);
}

/* Static calls and keys: kernel/sched/core.c, sched_dynamic_update(). */
static void step_preempt(void)
{
	file_write("/sys/kernel/debug/sched/preempt", "full");
	file_write("/sys/kernel/debug/sched/preempt", "voluntary");
}

static char module_path[256];

static void begin_module(void)
{
	FILE *order = fopen("/modules/order", "r");
	char name[128];

	while (order && fgets(name, sizeof(name), order)) {
		name[strcspn(name, "\n")] = '\0';
		if (strstr(name, "nls_utf8"))
			snprintf(module_path, sizeof(module_path), "/modules/%s", name);
	}
	errno = ENOENT;
	if (!*module_path)
		cannot("nls_utf8");
	syscall(SYS_delete_module, "nls_utf8", 0);
}

static void step_module(void)
{
	int fd = open(module_path, O_RDONLY);

	check(fd < 0 || syscall(SYS_finit_module, fd, "", 0), "finit_module");
	close(fd);
	check(syscall(SYS_delete_module, "nls_utf8", 0), "delete_module");
}

static void step_perf_interval(void)
{
	static bool other;

	other = !other;
	file_write("/sys/bus/event_source/devices/software/perf_event_mux_interval_ms",
		   other ? "4" : "5");
}

static int map;

static void begin_map(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_HASH,
				.key_size = sizeof(long),
				.value_size = sizeof(long),
				.max_entries = 4096,
				.map_flags = BPF_F_NO_PREALLOC };

	map = call_bpf(BPF_MAP_CREATE, &attr);
}

/* More elements than the CPU has at hand. */
static void step_map(void)
{
	static const int commands[] = { BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM };

	for (int i = 0; i < 2; i++)
		for (long key = 0; key < 256; key++) {
			union bpf_attr attr = { .map_fd = map,
						.key = (unsigned long)&key,
						.value = i ? 0 : (unsigned long)&key };

			check(syscall(SYS_bpf, commands[i], &attr, sizeof(attr)) < 0, "bpf");
		}
}

/* Two ends of a connection: the victim sends, and the actor polls. */
static int from, to;
#define PACKETS (16 * 65536UL)
static char *sent, *received;

static void begin_packets(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);

	sent = map_pages(PACKETS / PAGE, MAP_PRIVATE, -1);
	received = map_pages(PACKETS / PAGE, MAP_PRIVATE, -1);
	touch_pages(sent, PACKETS / PAGE);
	touch_pages(received, PACKETS / PAGE);
	file_write("/proc/sys/net/core/skb_defer_max", "2");
	from = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(server, (void *)&at, len) || listen(server, 1) ||
	    getsockname(server, (void *)&at, &len) || connect(from, (void *)&at, len))
		cannot("sockets");
	to = accept(server, NULL, NULL);
	check(to < 0 || setsockopt(from, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), "accept");
}

/* The buffers are freed on the CPU that allocated them. */
static void step_packets(void)
{
	(void)!recv(to, received, PACKETS, MSG_DONTWAIT);
	relax();
}

/* So many at once that the kernel does not join them; then none, as each sent one frees those of before. */
static void victim_packets(void)
{
	(void)!send(from, sent, PACKETS, MSG_DONTWAIT);
	for (int i = 0; i < 200; i++)
		relax();
}

/* A process that runs on the victim's CPU gets the keyring of a child. linux/keyctl.h has the numbers. */
static void give_keyring(void)
{
	for (;;) {
		check(syscall(SYS_keyctl, 1, NULL) < 0, "KEYCTL_JOIN_SESSION_KEYRING");
		check(syscall(SYS_keyctl, 18) < 0, "KEYCTL_SESSION_TO_PARENT");
		usleep(500);
	}
}

static void take_keyrings(void)
{
	process_begin(OTHER_CPU, give_keyring);
	spin_forever();
}

static void begin_keyrings(void)
{
	process_begin(VICTIM_CPU, take_keyrings);
}

static void sleep_long(void)
{
	usleep(1000000);
}

/* The kernel asks modprobe for a protocol that nobody has. */
static void step_helper(void)
{
	close(socket(AF_DECnet, SOCK_STREAM, 0));
}

const struct load loads_of_kernel[] = {
	{ "membarrier", .step = step_membarrier, .begin = begin_membarrier },
	{ "membarrier_sync_core", .step = step_sync_core, .begin = begin_membarrier },
	{ "membarrier_rseq", .step = step_rseq, .begin = begin_membarrier },
	{ "membarrier_global", .step = step_global, .begin = begin_membarrier },
	{ "ldt", .step = step_ldt },
	{ "perf_open", .step = step_perf_open, .begin = begin_perf },
	{ "perf_read", .step = step_perf_read, .begin = begin_perf },
	{ "perf_ioctl", .step = step_perf_ioctl, .begin = begin_perf },
	{ "perf_interval", .step = step_perf_interval },
	{ "map", .step = step_map, .begin = begin_map },
	{ "helper", .step = step_helper },
	{ "perf_samples", .step = step_faults, .begin = begin_perf_samples },
	{ "msr", .step = step_msr },
	{ "cpuid", .step = step_cpuid },
	{ "rcu_expedited", .step = step_mount, .victim = victim_calls },
	{ "netns", .step = step_netns, .victim = victim_calls },
	{ "sysrq_l", .step = step_sysrq_l, .pause_us = 100000 },
	{ "printk", .step = rest, .begin = begin_printk, .victim = victim_printk },
	{ "hotplug", .step = step_hotplug, .pause_us = 50000 },
	{ "clock_set", .step = step_clock, .begin = begin_clock, .victim = victim_clock,
	  .pause_us = 1000 },
	{ "trace_pipe", .step = step_marker, .begin = begin_marker, .victim = victim_trace_pipe,
	  .pause_us = 500 },
	{ "bpf_ringbuf", .step = step_ringbuf, .begin = begin_ringbuf, .pause_us = 200 },
	{ "bpf_test_run", .step = step_test_run, .begin = begin_raw_tp },
	{ "packets_freed", .step = step_packets, .begin = begin_packets, .victim = victim_packets },
	{ "task_work", .step = rest, .begin = begin_keyrings, .victim = sleep_long },
	{},
};

const struct load loads_of_text[] = {
	{ "tracepoint", .step = step_tracepoint, .begin = begin_tracepoint,
	  .pause_us = PATCH_PAUSE },
	{ "function_tracer", .step = step_function_tracer, .begin = begin_function_tracer },
	{ "raw_tp", .step = step_raw_tp, .begin = begin_raw_tp, .pause_us = PATCH_PAUSE },
	{ "kprobe", .step = step_kprobes, .begin = begin_kprobes, .pause_us = PATCH_PAUSE },
	{ "cgroup_program", .step = step_cgroup_program, .begin = begin_cgroup_program,
	  .pause_us = PATCH_PAUSE },
	{ "perf_key", .step = step_perf_key, .pause_us = PATCH_PAUSE },
	{ "udp_gro", .step = step_udp_gro, .pause_us = PATCH_PAUSE },
	{ "xdp", .step = step_xdp, .begin = begin_xdp },
	{ "schedstats", .step = step_schedstats, .pause_us = PATCH_PAUSE },
	{ "timestamp", .step = step_timestamp, .pause_us = PATCH_PAUSE },
	{ "preempt", .step = step_preempt, .pause_us = PATCH_PAUSE },
	{ "module", .step = step_module, .begin = begin_module, .pause_us = PATCH_PAUSE },
	{},
};
