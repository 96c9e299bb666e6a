// SPDX-License-Identifier: GPL-2.0
/* A program changes its own memory, which a thread on another CPU uses too. */
#include <errno.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#include "loads.h"

#define PAGES 8

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* since 6.13 */
#define MADV_GUARD_REMOVE  103
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static void share_some(void)
{
	share_pages(PAGES);
}

static void step_munmap(void)
{
	char *at = map_pages(1, MAP_PRIVATE, -1);

	touch_pages(at, 1);
	munmap(at, PAGE);
}

static void step_mmap_over(void)
{
	touch_pages(shared, PAGES);
	check(mmap(shared, PAGES * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED,
	      "mmap");
}

static void step_brk(void)
{
	char *at = sbrk(16 * PAGE);

	check(at == (void *)-1, "sbrk");
	touch_pages(at, 16);
	sbrk(-16 * (long)PAGE);
}

static void step_shmdt(void)
{
	static int id = -1;
	char *at;

	if (id < 0) {
		id = shmget(IPC_PRIVATE, PAGES * PAGE, IPC_CREAT | 0600);
		check(id < 0, "shmget");
		at = shmat(id, NULL, 0);
		check(shmctl(id, IPC_RMID, NULL), "shmctl");
	}
	at = shmat(id, NULL, 0);
	touch_pages(at, PAGES);
	shmdt(at);
}

static void step_mprotect(void)
{
	touch_pages(shared, PAGES);
	mprotect(shared, PAGES * PAGE, PROT_READ);
	mprotect(shared, PAGES * PAGE, PROT_READ | PROT_WRITE);
}

static void protect_pages(int prot)
{
	check(syscall(SYS_pkey_mprotect, shared, PAGES * PAGE, prot, -1), "pkey_mprotect");
}

static void step_pkey_mprotect(void)
{
	touch_pages(shared, PAGES);
	protect_pages(PROT_READ);
	protect_pages(PROT_READ | PROT_WRITE);
}

static void step_mremap(void)
{
	static char *at, *other;
	char *to;

	if (!at) {
		at = map_pages(PAGES, MAP_PRIVATE, -1);
		other = map_pages(PAGES, MAP_PRIVATE, -1);
	}
	touch_pages(at, PAGES);
	to = mremap(at, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other);
	check(to == MAP_FAILED, "mremap");
	other = at;
	at = to;
}

/* Touch the shared pages, and give advice on them. */
static void advise(int advice, const char *what)
{
	touch_pages(shared, PAGES);
	if (madvise(shared, PAGES * PAGE, advice))
		cannot(what);
}

static void step_dontneed(void)
{
	advise(MADV_DONTNEED, "MADV_DONTNEED");
}

static void step_free(void)
{
	advise(MADV_FREE, "MADV_FREE");
}

static void step_cold(void)
{
	advise(MADV_COLD, "MADV_COLD");
}

static void step_pageout(void)
{
	advise(MADV_PAGEOUT, "MADV_PAGEOUT");
}

static void step_remove(void)
{
	advise(MADV_REMOVE, "MADV_REMOVE");
}

static void step_guard(void)
{
	advise(MADV_GUARD_INSTALL, "MADV_GUARD_INSTALL");
	check(madvise(shared, PAGES * PAGE, MADV_GUARD_REMOVE), "MADV_GUARD_REMOVE");
}

static void nothing(void)
{
	relax();
}

static void share_file(void)
{
	int fd = memfd_create("loads", 0);

	check(fd < 0 || ftruncate(fd, PAGES * PAGE), "memfd_create");
	shared_pages = PAGES;
	shared = map_pages(PAGES, MAP_SHARED, fd);
}

/* The advice comes from another process, on the actor's CPU. */
static pid_t advised;

static void advise_other(void)
{
	struct iovec iov = { shared, PAGES * PAGE };
	int pidfd = syscall(SYS_pidfd_open, advised, 0);

	check(pidfd < 0, "pidfd_open");
	for (;;) {
		check(syscall(SYS_process_madvise, pidfd, &iov, 1, MADV_COLD, 0) < 0,
		      "process_madvise");
		usleep(100);
	}
}

static void step_touch(void)
{
	touch_pages(shared, PAGES);
}

static void begin_process_madvise(void)
{
	share_some();
	advised = getpid();
	process_begin(OTHER_CPU, advise_other);
}

static void step_fork(void)
{
	int status;
	pid_t pid;

	touch_pages(shared, PAGES);
	pid = fork();
	check(pid < 0, "fork");
	if (!pid) {
		pause();
		_exit(0);
	}
	touch_pages(shared, PAGES);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

/* Pages that KSM has merged are written, by the victim too. */
static void begin_ksm(void)
{
	share_pages(64);
	check(madvise(shared, 64 * PAGE, MADV_MERGEABLE), "MADV_MERGEABLE");
	file_write("/sys/kernel/mm/ksm/pages_to_scan", "1000");
	file_write("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	file_write("/sys/kernel/mm/ksm/run", "1");
}

static void step_ksm(void)
{
	touch_pages(shared, 64);
}

#define HUGE (2UL << 20)

#define HUGE_PAGES 8

static void step_collapse(void)
{
	static char *at;
	char *all;

	/* MADV_COLLAPSE makes a huge page also where no fault may make one, and of one small page. */
	if (!at) {
		file_write("/sys/kernel/mm/transparent_hugepage/enabled", "never");
		all = map_pages((HUGE_PAGES + 1) * HUGE / PAGE, MAP_PRIVATE, -1);
		at = (char *)(((unsigned long)all + HUGE - 1) & ~(HUGE - 1));
	}
	for (size_t i = 0; i < HUGE_PAGES; i++)
		touch_pages(at + i * HUGE, 1);
	if (madvise(at, HUGE_PAGES * HUGE, MADV_COLLAPSE))
		cannot("MADV_COLLAPSE");
	madvise(at, HUGE_PAGES * HUGE, MADV_DONTNEED);
}

static int uffd_open(unsigned long features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		cannot("userfaultfd");
	return uffd;
}

static void uffd_register(int uffd, char *at, unsigned long mode)
{
	struct uffdio_register range = { .range = { (unsigned long)at, PAGES * PAGE },
					 .mode = mode };

	check(ioctl(uffd, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
}

static int uffd;

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15) /* since 6.7 */
#endif
#ifndef UFFD_FEATURE_WP_UNPOPULATED
#define UFFD_FEATURE_WP_UNPOPULATED (1 << 13)
#endif

static void begin_uffd_wp(void)
{
	share_some();
	uffd = uffd_open(UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED);
	uffd_register(uffd, shared, UFFDIO_REGISTER_MODE_WP);
}

static void step_uffd_wp(void)
{
	struct uffdio_writeprotect wp = { .range = { (unsigned long)shared, PAGES * PAGE },
					  .mode = UFFDIO_WRITEPROTECT_MODE_WP };

	touch_pages(shared, PAGES);
	check(ioctl(uffd, UFFDIO_WRITEPROTECT, &wp), "UFFDIO_WRITEPROTECT");
}

/* linux/fs.h since 6.7. */
struct scan {
	unsigned long long size, flags, start, end, walk_end, vec, vec_len, max_pages,
		category_inverted, category_mask, category_anyof_mask, return_mask;
};
struct scanned {
	unsigned long long start, end, categories;
};
#define SCAN		 _IOWR('f', 16, struct scan)
#define SCAN_WP_MATCHING 1
#define PAGE_WRITTEN	 2

static void step_pagemap_scan(void)
{
	static struct scanned found[PAGES];
	static int pagemap = -1;
	struct scan scan = { .size = sizeof(scan),
			     .flags = SCAN_WP_MATCHING,
			     .start = (unsigned long)shared,
			     .end = (unsigned long)shared + PAGES * PAGE,
			     .vec = (unsigned long)found,
			     .vec_len = PAGES,
			     .category_mask = PAGE_WRITTEN,
			     .return_mask = PAGE_WRITTEN };

	if (pagemap < 0)
		pagemap = open("/proc/self/pagemap", O_RDONLY);
	touch_pages(shared, PAGES);
	if (ioctl(pagemap, SCAN, &scan) < 0)
		cannot("PAGEMAP_SCAN");
}

/* linux/userfaultfd.h since 6.8. */
struct move {
	unsigned long long dst, src, len, mode, moved;
};
#define MOVE	     _IOWR(UFFDIO, 0x05, struct move)
#define FEATURE_MOVE (1 << 16)

static char *move_from;

static void begin_uffd_move(void)
{
	share_some();
	move_from = map_pages(PAGES, MAP_PRIVATE, -1);
	madvise(move_from, PAGES * PAGE, MADV_NOHUGEPAGE);
	uffd = uffd_open(FEATURE_MOVE);
	uffd_register(uffd, shared, UFFDIO_REGISTER_MODE_MISSING);
}

static void step_uffd_move(void)
{
	struct move move = { .dst = (unsigned long)shared,
			     .src = (unsigned long)move_from,
			     .len = PAGES * PAGE };

	touch_pages(move_from, PAGES);
	madvise(shared, PAGES * PAGE, MADV_DONTNEED);
	if (ioctl(uffd, MOVE, &move) && errno != EAGAIN && errno != EBUSY)
		cannot("UFFDIO_MOVE");
}

const struct load loads_of_memory[] = {
	{ "munmap", .step = step_munmap, .begin = share_some },
	{ "mmap_over", .step = step_mmap_over, .begin = share_some, .victim = nothing },
	{ "brk", .step = step_brk, .begin = share_some },
	{ "shmdt", .step = step_shmdt, .begin = share_some },
	{ "mprotect", .step = step_mprotect, .begin = share_some },
	{ "pkey_mprotect", .step = step_pkey_mprotect, .begin = share_some },
	{ "mremap", .step = step_mremap, .begin = share_some },
	{ "dontneed", .step = step_dontneed, .begin = share_some, .victim = nothing },
	{ "free", .step = step_free, .begin = share_some, .victim = nothing },
	{ "cold", .step = step_cold, .begin = share_some },
	{ "pageout", .step = step_pageout, .begin = share_some },
	{ "remove", .step = step_remove, .begin = share_file, .victim = nothing },
	{ "guard", .step = step_guard, .begin = share_some, .victim = nothing },
	{ "process_madvise", .step = step_touch, .begin = begin_process_madvise, .pause_us = 200 },
	{ "fork", .step = step_fork, .begin = share_some },
	{ "ksm", .step = step_ksm, .begin = begin_ksm, .pause_us = 2000 },
	{ "collapse", .step = step_collapse, .begin = share_some },
	{ "uffd_wp", .step = step_uffd_wp, .begin = begin_uffd_wp },
	{ "pagemap_scan", .step = step_pagemap_scan, .begin = begin_uffd_wp },
	{ "uffd_move", .step = step_uffd_move, .begin = begin_uffd_move, .victim = nothing },
	{},
};
