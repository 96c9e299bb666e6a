/* SPDX-License-Identifier: GPL-2.0 */
/* ipiload: makes IPIs on purpose, through system calls that send them. */
#ifndef IPILOAD_H
#define IPILOAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cpuset.h"
#include "cli/exit_status.h"
#include "ipiload_hist.h"
#include "pin.h"

#define NSEC_PER_SEC UINT64_C(1000000000)

enum phase {
	PHASE_SETUP, /* threads start, pin themselves, register */
	PHASE_RUN,
	PHASE_STOP, /* senders make no further call */
	PHASE_END, /* receivers leave, after the last sender has left */
};

/* The receivers of a load. */
enum peer {
	PEER_THREADS, /* busy threads of the sender's mm */
	PEER_PROCESSES, /* busy processes, each with an mm of its own */
	PEER_PAIRS, /* one thread for each sender, on another CPU */
};

struct sender;
struct receiver;

struct load {
	const char *name;
	const char *func; /* the csd function that is sent; NULL: no csd */
	const char *about; /* describes one call */
	enum peer peer;
	int command; /* command of membarrier(2); 0: another system call */
	int registration; /* command that registers the process for it */
	int (*setup)(const struct load *load); /* called once, before any thread */
	int (*join)(const struct load *load); /* called in each receiver, after it is pinned */
	int (*prepare)(struct sender *sender); /* called before each call, not timed */
	int (*call)(struct sender *sender); /* makes a call; returns 0, or -1 and errno */
	void (*receive)(struct receiver *receiver); /* called until PHASE_END */
	void (*release)(
		/* called at PHASE_END, if receive() does not check the phase */
		struct receiver *receiver);
};

struct options {
	const struct load *load;
	uint64_t duration_ns; /* UINT64_MAX: no limit */
	uint64_t count; /* UINT64_MAX: no limit */
	uint64_t rate; /* calls a second of all senders; 0: as fast as possible */
	unsigned int senders;
	unsigned int receivers;
	struct cpuset cpus;
	bool quiet;
};

struct receiver {
	struct run *run;
	int cpu; /* its first CPU; only the load setaffinity moves the receiver */
	pid_t tid;
	pthread_t thread;
	/* Written at each turn, so it has a cache line of its own. */
	_Alignas(64) _Atomic uint32_t turn;
	uint32_t door;
};

struct sender {
	_Alignas(64) struct run *run;
	unsigned int index;
	int cpu;
	pid_t tid;
	pthread_t thread;
	struct receiver *peer; /* set for PEER_PAIRS only */
	char *page; /* page of the next call */
	unsigned int pages_left; /* mapped pages, from page on */
	int move_to; /* setaffinity: the last CPU of its peer */
	uint64_t calls;
	uint64_t errors;
	uint64_t end_ns;
	struct hist round_trip;
};

/* In a shared mapping: the receivers of membarrier-global are processes, and read the phase. */
struct run {
	const struct options *opts;
	const struct load *load;
	uint64_t start_ns;
	uint64_t deadline_ns;
	pthread_t main_thread;
	struct sender *senders;
	struct receiver *receivers;
	unsigned int senders_made; /* fewer than wanted if setup failed */
	unsigned int receivers_made;
	atomic_uint ready;
	atomic_uint finished;
	atomic_bool failed;
	char why[160]; /* the first failure, one line */
	/*
	 * Every busy receiver reads this all the time, so it has a cache line without anything that
	 * is written often.
	 */
	_Alignas(64) _Atomic uint32_t phase;
};

/* ipiload_opts.c */
enum action { ACTION_RUN, ACTION_LIST, ACTION_LIST_JSON, ACTION_HELP };
int options_parse(int argc, char **argv, struct options *opts, enum action *action);
void options_help(void);

/* ipiload_loads.c */
const struct load *load_find(const char *name);
const struct load *load_at(size_t i);
const char *load_missing(const struct load *load);

/* ipiload_run.c */
struct run *run_new(const struct options *opts);
int run_loads(struct run *run);

/* ipiload_report.c */
int report_print(const struct run *run);
int report_list(bool json);
int finish_stdout(void);

#endif
