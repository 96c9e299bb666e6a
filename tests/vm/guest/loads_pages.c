// SPDX-License-Identifier: GPL-2.0
/* Files that are mapped, and pages that the kernel or an agent moves, watches or takes back. */
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "loads.h"

#define PAGES	   64
#define DISK	   "/dev/ram0"
#define KHUGEPAGED "/sys/kernel/mm/transparent_hugepage/khugepaged/"
#define GROUP	   "/sys/fs/cgroup/loads"

static int file;

static void share_fd(int fd)
{
	file = fd;
	shared = map_pages(PAGES, MAP_SHARED, fd);
	shared_pages = PAGES;
	touch_pages(shared, PAGES);
}

static void share_disk(void)
{
	int fd = open(DISK, O_RDWR);

	if (fd < 0)
		cannot(DISK);
	share_fd(fd);
}

static void share_memfd(void)
{
	int fd = memfd_create("loads", 0);

	check(fd < 0 || ftruncate(fd, 2 * PAGES * PAGE), "memfd_create");
	share_fd(fd);
}

static void step_msync(void)
{
	touch_pages(shared, PAGES);
	check(msync(shared, PAGES * PAGE, MS_SYNC), "msync");
}

static void step_fsync(void)
{
	touch_pages(shared, PAGES);
	check(fsync(file), "fsync");
}

/* The file again, with flags of its own, and pages to write from. */
struct writes {
	int fd;
	char *from;
};

static void open_writes(struct writes *writes, int flags, size_t pages)
{
	if (writes->from)
		return;
	writes->fd = open(DISK, O_WRONLY | flags);
	check(writes->fd < 0, DISK);
	writes->from = map_pages(pages, MAP_PRIVATE, -1);
}

/* The pages that are written are mapped, too, and changed there. */
static void step_osync(void)
{
	static struct writes synced;

	open_writes(&synced, O_DSYNC, PAGES);
	touch_pages(shared, PAGES);
	check(pwrite(synced.fd, synced.from, PAGES * PAGE, 0) < 0, "pwrite");
}

static void step_odirect(void)
{
	static struct writes direct;

	open_writes(&direct, O_DIRECT, 1);
	for (size_t i = 0; i < 4; i++)
		(void)((volatile char *)shared)[i * PAGE];
	check(pwrite(direct.fd, direct.from, PAGE, 0) < 0, "pwrite");
}

/* The victim reads only what is there all the time. */
static void step_ftruncate(void)
{
	static char *end;

	if (!end) {
		end = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file,
			   PAGES * PAGE);
		check(end == MAP_FAILED, "mmap");
	}
	touch_pages(end, PAGES);
	check(ftruncate(file, PAGES * PAGE) || ftruncate(file, 2 * PAGES * PAGE), "ftruncate");
}

static void punch_hole(size_t size)
{
	check(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, size), "fallocate");
}

static void step_punch(void)
{
	touch_pages(shared, PAGES);
	punch_hole(PAGES * PAGE);
}

#define HUGE (2UL << 20)

static char *huge;

static void map_huge(int flags)
{
	file_write("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "16");
	huge = mmap(NULL, 2 * HUGE, PROT_READ | PROT_WRITE, flags | MAP_HUGETLB | MAP_ANONYMOUS, -1,
		    0);
	if (huge == MAP_FAILED)
		cannot("MAP_HUGETLB");
}

static void begin_hugetlb(void)
{
	map_huge(MAP_PRIVATE);
}

static void step_hugetlb_munmap(void)
{
	touch_pages(huge, 1);
	munmap(huge, 2 * HUGE);
	map_huge(MAP_PRIVATE);
}

static void begin_hugetlb_punch(void)
{
	file = memfd_create("loads", MFD_HUGETLB);
	file_write("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "16");
	if (file < 0 || ftruncate(file, 2 * HUGE))
		cannot("MFD_HUGETLB");
	huge = mmap(NULL, 2 * HUGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	check(huge == MAP_FAILED, "mmap");
}

static void step_hugetlb_punch(void)
{
	touch_pages(huge, 1);
	punch_hole(HUGE);
}

static void share_some(void)
{
	share_pages(PAGES);
}

static void step_clear_refs(void)
{
	touch_pages(shared, PAGES);
	file_write("/proc/self/clear_refs", "4");
}

/*
 * Before pages are moved, each CPU is asked for those that it keeps at hand, and an expedited
 * grace period of RCU passes (mm/swap.c: lru_cache_disable()): so many are moved at once.
 */
#define MANY 2048

static void share_many(void)
{
	share_pages(MANY);
}

/* The worker that the CPU is asked by need not wait, and nobody waits for pages that are moved. */
static void victim_yields(void)
{
	for (int i = 0; i < 10; i++)
		relax();
	sched_yield();
}

static int to_node(void)
{
	static int node;

	node = !node;
	return node;
}

/* Pages that follow each other go to different nodes, so each of them is flushed by itself. */
static void step_move_pages(void)
{
	static void *pages[PAGES];
	static int nodes[PAGES], status[PAGES];
	int node = to_node();

	for (size_t i = 0; i < PAGES; i++) {
		pages[i] = shared + i * PAGE;
		nodes[i] = (node + i) % 2;
	}
	if (syscall(SYS_move_pages, 0, PAGES, pages, nodes, status, 2) < 0)
		cannot("move_pages");
}

static void step_migrate_pages(void)
{
	int node = to_node();
	unsigned long from = 1UL << !node, to = 1UL << node;

	if (syscall(SYS_migrate_pages, 0, 64UL, &from, &to) < 0)
		cannot("migrate_pages");
}

static void step_mbind(void)
{
	unsigned long nodes = 1UL << to_node();

	if (syscall(SYS_mbind, shared, MANY * PAGE, MPOL_BIND, &nodes, 64UL, MPOL_MF_MOVE))
		cannot("mbind");
}

#define BALANCING "/sys/kernel/debug/sched/numa_balancing/"

static void balanced(void)
{
	for (;;) {
		touch_pages(shared, 4 * PAGES);
		relax();
	}
}

/*
 * Memory with a policy of its own is not balanced. A scan of few megabytes may follow the one
 * before sooner (kernel/sched/fair.c: task_nr_scan_windows(), task_scan_min()), in the ticks of a
 * task that begins with these settings (init_numa_balancing()).
 */
static void begin_numa_balancing(void)
{
	file_write(BALANCING "scan_size_mb", "1");
	file_write(BALANCING "scan_period_min_ms", "1");
	file_write(BALANCING "scan_period_max_ms", "1");
	file_write(BALANCING "scan_delay_ms", "1");
	file_write("/proc/sys/kernel/numa_balancing", "1");
	share_pages(4 * PAGES);
	thread_begin(ACTOR_CPU, balanced);
}

#define TRACING "/sys/kernel/tracing/"
#define UPROBES 16

/* Function in which the uprobes are set; nobody calls it. */
__attribute__((noinline, used)) static void probed(void)
{
	__asm__ volatile(".skip 64, 0x90");
}

static long offset_of_probed(void)
{
	unsigned long start, end, offset;
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];

	check(!maps, "/proc/self/maps");
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &offset) == 3 &&
		    (unsigned long)probed >= start && (unsigned long)probed < end) {
			fclose(maps);
			return (unsigned long)probed - start + offset;
		}
	cannot("probed()");
}

/*
 * As an uprobe is taken out, the kernel waits for RCU, once for all the uprobes of an event
 * (kernel/trace/trace_uprobe.c: __probe_event_disable()).
 */
static void begin_uprobe(void)
{
	long offset = offset_of_probed() + 8;
	char path[256] = "", probe[512];

	check(readlink("/proc/self/exe", path, sizeof(path) - 1) < 0, "/proc/self/exe");
	for (int i = 0; i < UPROBES; i++) {
		snprintf(probe, sizeof(probe), "p:loads/probed %s:0x%lx\n", path, offset + i);
		file_write(TRACING "uprobe_events", probe);
	}
}

static void step_uprobe(void)
{
	file_write(TRACING "events/loads/probed/enable", "1");
	file_write(TRACING "events/loads/probed/enable", "0");
}

/* A cgroup of the actor's. */
static void join_group(const char *name, const char *value)
{
	char path[128];

	file_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir(GROUP, 0755);
	file_write(GROUP "/cgroup.procs", "0");
	if (!name)
		return;
	snprintf(path, sizeof(path), GROUP "/%s", name);
	file_write(path, value);
}

#define RECLAIMED 512

static void begin_reclaim(void)
{
	share_pages(RECLAIMED);
	join_group(NULL, NULL);
	share_pages(RECLAIMED);
}

static void step_reclaim(void)
{
	int fd = open(GROUP "/memory.reclaim", O_WRONLY);

	touch_pages(shared, RECLAIMED);
	if (fd < 0)
		cannot("memory.reclaim");
	/* EAGAIN: less was reclaimed. */
	(void)!write(fd, "1M", 2);
	close(fd);
}

/* More memory than the cgroup may have. */
static void begin_memory_high(void)
{
	join_group("memory.high", "3M");
	share_pages(1024);
}

static void begin_memory_max(void)
{
	join_group("memory.max", "3M");
	share_pages(1024);
}

static void step_memory(void)
{
	touch_pages(shared, 1024);
}

static void step_drop_caches(void)
{
	file_write("/proc/sys/vm/drop_caches", "1");
}

/* A block of memory that nobody needs, from the last one on. */
static void step_offline(void)
{
	static int block = 15;
	char state[64];
	int fd;

	snprintf(state, sizeof(state), "/sys/devices/system/memory/memory%d/state", block);
	fd = open(state, O_WRONLY);
	if (fd < 0)
		cannot(state);
	if (write(fd, "offline", 7) < 0)
		block = block > 4 ? block - 1 : 15;
	else
		check(pwrite(fd, "online_movable", 14, 0) < 0, state);
	close(fd);
}

#define DAMON "/sys/kernel/mm/damon/admin/kdamonds/"

/* DAMON takes the memory that the actor does not use, and the actor then uses it. */
static void begin_damon(void)
{
	static const char *const settings[][2] = {
		{ "nr_kdamonds", "1" },
		{ "0/contexts/nr_contexts", "1" },
		{ "0/contexts/0/operations", "vaddr" },
		{ "0/contexts/0/monitoring_attrs/intervals/sample_us", "1000" },
		{ "0/contexts/0/monitoring_attrs/intervals/aggr_us", "5000" },
		{ "0/contexts/0/targets/nr_targets", "1" },
		{ "0/contexts/0/schemes/nr_schemes", "1" },
		{ "0/contexts/0/schemes/0/action", "pageout" },
		{ "0/contexts/0/schemes/0/access_pattern/sz/max", "1000000000000" },
		{ "0/contexts/0/schemes/0/access_pattern/nr_accesses/max", "1000" },
		{ "0/contexts/0/schemes/0/access_pattern/age/max", "1000" },
	};
	char path[128], pid[16];

	share_pages(RECLAIMED);
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		snprintf(path, sizeof(path), DAMON "%s", settings[i][0]);
		file_write(path, settings[i][1]);
	}
	snprintf(pid, sizeof(pid), "%d", getpid());
	file_write(DAMON "0/contexts/0/targets/0/pid_target", pid);
	file_write(DAMON "0/state", "on");
}

static void step_touch(void)
{
	touch_pages(shared, RECLAIMED);
}

/* Huge pages are made of the pages that are free, and given back. */
static void step_hugetlb_pool(void)
{
	file_write("/proc/sys/vm/nr_hugepages", "8");
	file_write("/proc/sys/vm/nr_hugepages", "0");
}

/* The node that the victim's pages are not on, so little is there to be moved. */
static void step_compact(void)
{
	file_write("/sys/devices/system/node/node1/compact", "1");
}

/* New pages, which the CPU keeps at hand for a while, are there to be drained. */
static void victim_fault(void)
{
	static char *at;
	static size_t next;

	if (!at) {
		at = map_pages(4096, MAP_PRIVATE, -1);
		madvise(at, 4096 * PAGE, MADV_NOHUGEPAGE);
	}
	touch_pages(at + next * PAGE, 1);
	next = (next + 1) % 4096;
	if (!next)
		madvise(at, 4096 * PAGE, MADV_DONTNEED);
	for (int i = 0; i < 100; i++)
		relax();
	/* The worker that drains the CPU need not wait. */
	sched_yield();
}

/* Pages that the actor has mapped stay in the cache, so each CPU is asked whether it holds them. */
static void step_fadvise(void)
{
	check(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), "POSIX_FADV_DONTNEED");
}

static void step_flushbufs(void)
{
	check(ioctl(file, BLKFLSBUF, 0), "BLKFLSBUF");
}

/* khugepaged begins each pass so, even if there is nothing to put together. */
static void begin_khugepaged(void)
{
	char *at = map_pages(1024, MAP_PRIVATE, -1);

	file_write(KHUGEPAGED "max_ptes_none", "0");
	file_write(KHUGEPAGED "scan_sleep_millisecs", "1");
	madvise(at, 1024 * PAGE, MADV_HUGEPAGE);
	touch_pages(at, 1024);
}

/* Files are opened on the victim's CPU, which keeps a part of their slab cache. */
static void victim_opens(void)
{
	close(open("/proc/self/stat", O_RDONLY));
	for (int i = 0; i < 100; i++)
		relax();
	sched_yield();
}

static void step_slab_shrink(void)
{
	file_write("/sys/kernel/slab/filp/shrink", "1");
}

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

/* The page is moved, and nobody uses it any more until the machine boots. */
static void step_soft_offline(void)
{
	if (madvise(shared, PAGE, MADV_SOFT_OFFLINE))
		cannot("MADV_SOFT_OFFLINE");
	touch_pages(shared, 1);
}

const struct load loads_of_files[] = {
	{ "msync", .step = step_msync, .begin = share_disk },
	{ "fsync", .step = step_fsync, .begin = share_disk },
	{ "odirect", .step = step_odirect, .begin = share_disk },
	{ "osync", .step = step_osync, .begin = share_disk },
	{ "ftruncate", .step = step_ftruncate, .begin = share_memfd },
	{ "punch", .step = step_punch, .begin = share_memfd },
	{ "hugetlb_munmap", .step = step_hugetlb_munmap, .begin = begin_hugetlb },
	{ "hugetlb_punch", .step = step_hugetlb_punch, .begin = begin_hugetlb_punch },
	{},
};

const struct load loads_of_pages[] = {
	{ "clear_refs", .step = step_clear_refs, .begin = share_some },
	{ "move_pages", .step = step_move_pages, .begin = share_many, .victim = victim_yields },
	{ "migrate_pages", .step = step_migrate_pages, .begin = share_many,
	  .victim = victim_yields },
	{ "mbind", .step = step_mbind, .begin = share_many, .victim = victim_yields },
	{ "numa_balancing", .step = rest, .begin = begin_numa_balancing },
	{ "uprobe", .step = step_uprobe, .begin = begin_uprobe },
	{ "reclaim", .step = step_reclaim, .begin = begin_reclaim },
	{ "memory_high", .step = step_memory, .begin = begin_memory_high },
	{ "memory_max", .step = step_memory, .begin = begin_memory_max },
	{ "drop_caches", .step = step_drop_caches, .victim = victim_fault },
	{ "compact", .step = step_compact, .victim = victim_fault },
	{ "damon", .step = step_touch, .begin = begin_damon, .pause_us = 10000 },
	{ "fadvise", .step = step_fadvise, .begin = share_disk, .victim = victim_fault },
	{ "flushbufs", .step = step_flushbufs, .begin = share_disk, .victim = victim_fault },
	{ "khugepaged", .step = rest, .begin = begin_khugepaged, .victim = victim_fault },
	{ "slab_shrink", .step = step_slab_shrink, .victim = victim_opens },
	{ "soft_offline", .step = step_soft_offline, .begin = share_some, .pause_us = 1000 },
	{ "hugetlb_pool", .step = step_hugetlb_pool, .pause_us = 1000 },
	{ "offline", .step = step_offline },
	{},
};
