// SPDX-License-Identifier: GPL-2.0
/* The table of loads. A load has a row and two small functions: prepare, and call. */
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ipiload.h"

#ifdef __aarch64__
/* arm64 broadcasts TLB invalidations in hardware: no IPI. */
#define TLB_FUNC NULL
#else
#define TLB_FUNC "flush_tlb_func"
#endif

/* Headers older than 5.10 lack these; a query asks the kernel for its commands. */
#define MB_RSEQ		 (1 << 7)
#define MB_REGISTER_RSEQ (1 << 8)

/* One mmap() for many calls, so that the calls dominate the load: 4 MiB a sender. */
#define CHUNK_PAGES 1024

static int call_membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

static void spin_until_end(struct receiver *receiver)
{
	while (atomic_load_explicit(&receiver->run->phase, memory_order_relaxed) < PHASE_END) {
#if defined(__x86_64__) || defined(__i386__)
		__builtin_ia32_pause();
#elif defined(__aarch64__)
		__asm__ volatile("yield");
#endif
	}
}

/* Used as setup in the senders' process, or as join in each receiver process. */
static int mb_register(const struct load *load)
{
	return call_membarrier(load->registration);
}

static int mb_call(struct sender *sender)
{
	return call_membarrier(sender->run->load->command);
}

static size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static void touch_page(struct sender *sender)
{
	*(volatile char *)sender->page = 1;
}

/* No huge pages: splitting them would add another load. */
static int map_pages(struct sender *sender, unsigned int pages)
{
	void *map = mmap(NULL, pages * page_size(), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return -1;
	/* EINVAL: the kernel has no huge pages */
	madvise(map, pages * page_size(), MADV_NOHUGEPAGE);
	sender->page = map;
	sender->pages_left = pages;
	return 0;
}

static char *next_page(struct sender *sender)
{
	char *page = sender->page;

	sender->page += page_size();
	sender->pages_left--;
	return page;
}

/* The kernel flushes only pages that are present, so touch the page first. */
static int munmap_prepare(struct sender *sender)
{
	if (!sender->pages_left && map_pages(sender, CHUNK_PAGES))
		return -1;
	touch_page(sender);
	return 0;
}

static int munmap_call(struct sender *sender)
{
	return munmap(next_page(sender), page_size());
}

/*
 * Protect each page once: x86 flushes when write access is given back, too, and one call would then
 * make two shootdowns.
 */
static int mprotect_prepare(struct sender *sender)
{
	if (!sender->pages_left) {
		if (sender->page &&
		    munmap(sender->page - CHUNK_PAGES * page_size(), CHUNK_PAGES * page_size()))
			return -1;
		if (map_pages(sender, CHUNK_PAGES))
			return -1;
	}
	touch_page(sender);
	return 0;
}

static int mprotect_call(struct sender *sender)
{
	return mprotect(next_page(sender), page_size(), PROT_READ);
}

static int madvise_prepare(struct sender *sender)
{
	if (!sender->pages_left && map_pages(sender, 1))
		return -1;
	touch_page(sender);
	return 0;
}

static int madvise_call(struct sender *sender)
{
	return madvise(sender->page, page_size(), MADV_DONTNEED);
}

enum { TURN_SENDER, TURN_RECEIVER };

/*
 * The kernel queues a wake-up with a csd only for a CPU that is idle, or shares no cache with the
 * waker's (ttwu_queue_cond() in kernel/sched/core.c); otherwise the waker takes the runqueue's lock
 * itself. So each side must really sleep. If they waited on the turn's word, a side could see the
 * turn change before it sleeps, and continue without a wake-up. So they wait on the word `door`,
 * which never changes, and the side that passes the turn wakes until the other one slept.
 */
static void turn_pass(struct receiver *pair, uint32_t to)
{
	atomic_store(&pair->turn, to);
	while (atomic_load(&pair->turn) == to &&
	       !syscall(SYS_futex, &pair->door, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0))
		;
}

static void turn_wait(struct receiver *pair, uint32_t mine)
{
	do {
		syscall(SYS_futex, &pair->door, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	} while (atomic_load(&pair->turn) != mine);
}

static int wakeup_call(struct sender *sender)
{
	turn_pass(sender->peer, TURN_RECEIVER);
	turn_wait(sender->peer, TURN_SENDER);
	return 0;
}

static void wakeup_receive(struct receiver *receiver)
{
	for (;;) {
		turn_wait(receiver, TURN_RECEIVER);
		if (atomic_load(&receiver->run->phase) == PHASE_END)
			return;
		turn_pass(receiver, TURN_SENDER);
	}
}

/* A receiver checks the phase when it gets the turn. */
static void wakeup_release(struct receiver *receiver)
{
	turn_pass(receiver, TURN_RECEIVER);
}

/*
 * SCHED_IDLE, because a busy thread of the sender's own class that moves to its CPU would keep the
 * sender from running for a tick.
 */
static int setaffinity_join(const struct load *load)
{
	const struct sched_param param = { 0 };

	(void)load;
	return sched_setscheduler(0, SCHED_IDLE, &param);
}

/* Each call names another CPU than the previous one, so that there is a thread to move. */
static int setaffinity_call(struct sender *sender)
{
	const struct cpuset *cpus = &sender->run->opts->cpus;
	int cpu = cpuset__next(cpus, sender->move_to + 1);

	sender->move_to = cpu < 0 ? cpuset__next(cpus, 0) : cpu;
	return pin_to(sender->peer->tid, sender->move_to);
}

static const struct load loads[] = {
	{
		.name = "membarrier",
		.func = "ipi_mb",
		.about =
			"membarrier(PRIVATE_EXPEDITED); busy threads of the same process are interrupted",
		.command = MEMBARRIER_CMD_PRIVATE_EXPEDITED,
		.registration = MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
		.setup = mb_register,
		.call = mb_call,
		.receive = spin_until_end,
	},
	{
		.name = "membarrier-global",
		.func = "ipi_mb",
		.about = "membarrier(GLOBAL_EXPEDITED); busy registered processes are interrupted",
		.peer = PEER_PROCESSES,
		.command = MEMBARRIER_CMD_GLOBAL_EXPEDITED,
		.registration = MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED,
		.join = mb_register,
		.call = mb_call,
		.receive = spin_until_end,
	},
	{
		.name = "membarrier-sync-core",
		.func = "ipi_sync_core",
		.about =
			"membarrier(PRIVATE_EXPEDITED_SYNC_CORE); runs on the sender's own CPU too",
		.command = MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE,
		.registration = MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
		.setup = mb_register,
		.call = mb_call,
		.receive = spin_until_end,
	},
	{
		.name = "membarrier-rseq",
		.func = "ipi_rseq",
		.about = "membarrier(PRIVATE_EXPEDITED_RSEQ); restarts restartable sequences",
		.command = MB_RSEQ,
		.registration = MB_REGISTER_RSEQ,
		.setup = mb_register,
		.call = mb_call,
		.receive = spin_until_end,
	},
	{
		.name = "tlb-munmap",
		.func = TLB_FUNC,
		.about = "munmap() of a written page; CPUs busy with the process are interrupted",
		.prepare = munmap_prepare,
		.call = munmap_call,
		.receive = spin_until_end,
	},
	{
		.name = "tlb-mprotect",
		.func = TLB_FUNC,
		.about = "mprotect(PROT_READ) of a written page",
		.prepare = mprotect_prepare,
		.call = mprotect_call,
		.receive = spin_until_end,
	},
	{
		.name = "tlb-madvise",
		.func = TLB_FUNC,
		.about = "madvise(MADV_DONTNEED) of a written page",
		.prepare = madvise_prepare,
		.call = madvise_call,
		.receive = spin_until_end,
	},
	{
		.name = "wakeup",
		.func = "sched_ttwu_pending",
		.about = "futex ping-pong with a thread on another CPU: two wake-ups of idle CPUs",
		.peer = PEER_PAIRS,
		.call = wakeup_call,
		.receive = wakeup_receive,
		.release = wakeup_release,
	},
	{
		.name = "setaffinity",
		.func = NULL,
		.about =
			"sched_setaffinity() moves a busy thread on: stopper and reschedule IPIs, no csd",
		.peer = PEER_PAIRS,
		.join = setaffinity_join,
		.call = setaffinity_call,
		.receive = spin_until_end,
	},
};

const struct load *load_at(size_t i)
{
	return i < sizeof(loads) / sizeof(*loads) ? &loads[i] : NULL;
}

const struct load *load_find(const char *name)
{
	const struct load *load;

	for (size_t i = 0; (load = load_at(i)); i++) {
		if (!strcmp(load->name, name))
			return load;
	}
	return NULL;
}

/* Returns NULL, or words for what this kernel lacks. */
const char *load_missing(const struct load *load)
{
	int need = load->command | load->registration;
	int has;

	if (!need)
		return NULL;
	has = call_membarrier(MEMBARRIER_CMD_QUERY);
	if (has < 0)
		return "this kernel has no membarrier(2)";
	if ((has & need) != need)
		return "this kernel's membarrier(2) lacks the command";
	return NULL;
}
