/* SPDX-License-Identifier: GPL-2.0 */
/* Stacks of stuck CPUs; the reporter; a run's names, reporter and watchers; the flight recorder. */
#ifndef IPITRACE_STALL_STALL_RUN_H
#define IPITRACE_STALL_STALL_RUN_H

#include <unistd.h>
#include "base/byte_ring.h"
#include "stall/incident.h"
#include "view/json/json.h"

/*
 * The stacks of stuck CPUs, for --backtrace. Watchers ask for stacks, one watcher takes
 * the stacks, and each watcher may then read them, without locks. A stack is taken once for
 * each stall, up to three times if the kernel could not unwind, and again after 30 s if the
 * stall lasts on. Stacks are taken at most once a second, since an NMI disturbs every CPU; one
 * stack serves all stalls of its CPU.
 *
 * The watcher that takes stacks may wait for a CPU that takes no NMI either, which breaks the rule
 * of watcher_scan_fn: that watcher is missing meanwhile, and the other watchers go on. The main
 * thread cannot take the stacks, because it may be on the stuck CPU.
 */
struct backtraces;

/* Takes the stacks of all CPUs. Returns text in the format of sysrq-l's, "" if that failed. */
typedef const char *backtraces_take_fn(void *ctx);

/* The caller frees the result with free(). NULL: no memory. */
struct backtraces *backtraces__new(backtraces_take_fn *take, void *ctx);

/* A stall: its CPU, when it began, and when it was seen last (CLOCK_MONOTONIC). */
struct backtrace_of {
	uint32_t cpu;
	uint64_t start;
	uint64_t last;
};

/* Ask for the stack, unless watchers asked often enough since the stall began. For watchers. */
void backtraces__ask(struct backtraces *backtraces, const struct backtrace_of *of);

/* Whether a watcher asked for a stack of the stall's CPU that is not there yet. */
bool backtraces__pending(const struct backtraces *backtraces, const struct backtrace_of *of);

/* Returns the longest stack of the stall, valid until 30 s after it was taken; NULL: none was. */
const struct backtrace *backtraces__find(const struct backtraces *backtraces,
					 const struct backtrace_of *of);

/*
 * Take the stacks that watchers asked for, unless another watcher does. Called by watchers
 * that hold no claim and no names.
 */
void backtraces__tend(struct backtraces *backtraces);

/*
 * Writes stalls to a descriptor as they happen, also while a CPU is stuck:
 * the first watcher that sees a stall reports it, in one write.
 */
struct reporter;

/* The longest report. */
#define REPORT_BYTES (128 << 10)

/* The reporter borrows the pointers, until reporter__close(). */
struct reporter_config {
	struct moment_reader *moments;
	struct name_cache *names;
	uint64_t threshold; /* ns */
	uint32_t phases; /* the phases to report, a bit for each enum stall_phase; 0: all */
	uint32_t nr_cpus; /* the highest CPU's number + 1 */
	enum apic_mode apic;
	bool bare; /* the CPUs are no virtual ones: machine__is_bare() */
	/*
	 * A stall that lasts longer than this, ns, gets another report, with the stack of its
	 * CPU. 0: never. @take is as in backtraces__new().
	 */
	uint64_t backtrace;
	backtraces_take_fn *take;
	void *take_ctx;
	code_read_fn *read_code; /* NULL: the kernel's code cannot be read */
	void *read_code_ctx;
	bool json;
	int fd;
	/*
	 * Takes a report in the place of @fd, from watcher number @which, and obeys the
	 * rule of watcher_scan_fn. Returns 0 or a negative errno. NULL: reports go to @fd.
	 */
	int (*write)(void *ctx, unsigned int which, const char *report, size_t len);
	/*
	 * Replaces @write and @fd if set: gets the report with its stall, whose pointers are valid
	 * during the call.
	 */
	int (*take_report)(void *ctx, const struct incident *incident, uint64_t id,
			   const char *report, size_t len);
	void *ctx;
	/*
	 * Called before a stall's first report; obeys watcher_scan_fn's rule. NULL: not called.
	 * @id is the number in the report.
	 */
	void (*found)(void *ctx, const struct incident *incident, uint64_t id);
	void *found_ctx;
};

/* Open the reporter as root. Returns 0 and *@reporter, or a negative errno. */
int reporter__open(struct reporter **reporter, const struct reporter_config *config);

/* The watchers must have ended. @reporter may be NULL. */
void reporter__close(struct reporter *reporter);

/*
 * Scan once, and report, as watcher number @which (below WATCHERS_MAX); several watchers may scan
 * at once. A watcher_scan_fn: @reporter is a struct reporter.
 */
void reporter__scan(void *reporter, unsigned int which);

/*
 * Refresh data that watchers need and must not read themselves. Called about every STEAL_PERIOD_NS,
 * by a thread that may be held up. 0, or the negative errno of a failed write.
 */
int reporter__maintain(struct reporter *reporter);

/* Returns the stalls that text only counted since the last call; JSON: none. One thread only. */
struct stalls_unreported reporter__take_unreported(struct reporter *reporter);

/*
 * After the watchers have ended: report the stalls still held, and set @sum, whose
 * families are valid until reporter__close(). 0, or the negative errno of a failed write.
 */
int reporter__finish(struct reporter *reporter, struct stall_totals *sum);

struct collect_config;
struct collector;

/* All zero except the threshold: not open. */
struct stall_run {
	uint64_t threshold; /* ns */
	/*
	 * There are no watchers, because these cost 1 % of a CPU: stall_run__tend() scans. A stall
	 * that lasts is reported at the next call, which needs a CPU for the main thread.
	 */
	bool unwatched;
	struct collector *collector;
	struct name_cache *names;
	struct reporter *reporter;
	struct watcher_threads *watchers;
	struct sysrq *sysrq; /* NULL: no backtraces */
	struct code_bpf *code; /* reads the kernel's code; NULL: the code is not read */
};

/*
 * Load the names, as root, and set in @config what the programs need to find stalls. If this fails,
 * stall_run__open() fails, too.
 */
void stall_run__configure(struct stall_run *run, struct collect_config *config);

/*
 * Prepare for backtraces, as root. Call before stall_run__open() if its config asks for
 * backtraces. 0 or a negative errno, with one line in @why (@size bytes).
 */
int stall_run__open_backtraces(struct stall_run *run, char *why, size_t size);

/*
 * Open the run, as root, after the programs were attached. @config says how reports are
 * written; a copy of it gets the other members. After this call, allocate and open all
 * else, and call watcher_threads__lock_memory(). 0 or a negative errno.
 */
int stall_run__open(struct stall_run *run, struct collector *collector,
		    const struct reporter_config *config);

/* Collection has begun: start the watchers. 0 or a negative errno. */
int stall_run__begin(struct stall_run *run);

/*
 * Do the work that watchers must not do. Called by the main thread every STEAL_PERIOD_NS. 0,
 * or the negative errno of a report that could not be written.
 */
int stall_run__tend(struct stall_run *run);

/* Stop the watchers, and report the stalls still held. Returns what stall_run__tend() returns. */
int stall_run__end(struct stall_run *run, struct stall_totals *sum);

void stall_run__close(struct stall_run *run);

/*
 * The flight recorder keeps the last lines of a run in memory, compressed, and writes a file
 * with the time before and after each trigger, also while a CPU is stuck.
 *
 * A crew of threads, each on a CPU of its own, takes turns at two jobs: gathering new lines into
 * frames, and writing frames to the file. The member that has a turn does each job that no other
 * member does. A member whose CPU gets stuck keeps its job until that CPU goes on. If that job is
 * gathering, another member writes the frames so far, and the lines that were gathered since the
 * last frame; later lines follow when the CPU goes on.
 */

struct flight;

/* How often each member of the crew has a turn. */
#define FLIGHT_TURN_NS 40000000ULL

/* A frame is closed when it is full, when it is this old, or when a trigger needs its lines. */
#define FLIGHT_FRAME_NS 500000000ULL

/* The result of gather(). */
struct flight_gathered {
	uint64_t settled; /* everything from before this time has been handed over, ns */
	uint64_t lost; /* records and reports so far that found no room on their way */
};

struct flight_config {
	uint64_t before, after; /* how much time before and after a trigger a file has, ns */
	size_t size; /* bytes of memory for the frames */
	/* The first lines of the files. Lives as long as the recorder. */
	const struct capture_head *head;
	/*
	 * Adds the lines that have come, by flight__add(). Called by one member of the crew at a
	 * time. Returns 0, or an exit status, which ends the run.
	 */
	int (*gather)(void *ctx, struct flight_gathered *gathered);
	/*
	 * Creates a file for @trigger. Returns a descriptor or a negative errno. Called by the
	 * crew. If a file fails, the triggers of the next @after ns are only counted.
	 */
	int (*create)(void *ctx, const struct trigger *trigger);
	/*
	 * Called by the crew when the file is finished; @err: 0, or the negative errno with
	 * which the file ended early. The callee closes the descriptor.
	 */
	void (*finished)(void *ctx, const struct trigger *trigger, int fd, int err);
	void *ctx;
};

struct flight_state {
	uint64_t held_ns; /* the time that the memory covers */
	uint64_t held_bytes;
	bool dropped; /* frames have left the memory, because it was full */
	uint64_t lost; /* lines that found no place in memory, and what gather() reported */
	uint64_t triggers;
	int status; /* not 0: what gather() returned as it failed */
};

/*
 * Open the recorder, as root; call watcher_threads__lock_memory() after this. Returns 0, -EINVAL
 * (config->size is too small) or another negative errno. After an error, too, close *@flight.
 */
int flight__open(struct flight **flight, const struct flight_config *config);

/* Start the crew. 0 or a negative errno. */
int flight__start(struct flight *flight);

/* Called by the main thread now and then: does the crew's work that may wait for a CPU. */
void flight__tend(struct flight *flight);

/*
 * Have a file written for @trigger. Any thread may call this function, also a watcher, because the
 * function obeys the rule of watcher_scan_fn (stall/watcher_threads.h). A trigger within
 * config->after of the last trigger belongs to the file of the last trigger; a later trigger waits
 * until that file is finished.
 */
void flight__trigger(struct flight *flight, const struct trigger *trigger);

/*
 * Add whole lines; called in gather(). The type is that of a function that takes records and
 * reports. Returns 0 or a negative errno.
 */
int flight__add(void *flight, const char *text, size_t len);

/* Add @line, which malloc() returned and the callee frees. Called by the main thread. */
void flight__hand_over(struct flight *flight, char *line);

struct flight_state flight__state(const struct flight *flight);

/* Stop the crew, gather once more, and finish the file. */
void flight__stop(struct flight *flight);
void flight__close(struct flight *flight);

/*
 * Threads that scan every few ms, also while a CPU is stuck: each thread is bound to
 * a CPU of its own, in locked memory, at real-time priority where permitted.
 * The threads take turns while no CPU is stuck; one thread is enough to scan. Also rings for the
 * threads' reports, and the names that the threads may use.
 */

struct watcher_threads;

#define WATCHERS_MAX	   4
/* The period of one watcher; the watchers' turns are spread over it. */
#define WATCHERS_PERIOD_NS 8000000ULL

/*
 * Scans, as watcher number @which; several watchers may scan at once. Must not
 * take a lock, allocate, unmap memory, or wait for another CPU.
 */
typedef void watcher_scan_fn(void *ctx, unsigned int which);

/*
 * Prepare up to WATCHERS_MAX watchers, as root, for CPUs that the calling thread may run on,
 * now or once they are online. From this call on, malloc() returns no memory to the kernel.
 * 0 and *@threads, or a negative errno.
 */
int watcher_threads__open(struct watcher_threads **threads);

/*
 * Prepare watchers for work that takes longer: they scan every @period, ns, and at a high priority
 * (nice) that is not real-time, unless the calling thread is real-time at watcher_threads__start().
 * Otherwise do what watcher_threads__open() does.
 */
int watcher_threads__open_calm(struct watcher_threads **threads, uint64_t period);

/* Lock all memory, as root, after everything that the watchers use is allocated. */
void watcher_threads__lock_memory(void);

/*
 * Start the watchers, which call @scan with @ctx. Each watcher has its CPU when this returns. The
 * first watcher may scan before that, because to move a thread may wait for a stuck CPU. Needs
 * no root. 0 or a negative errno.
 */
int watcher_threads__start(struct watcher_threads *threads, watcher_scan_fn *scan, void *ctx);

/*
 * Bind each watcher to a CPU of its own again after CPUs went or came. The main thread calls
 * this now and then, and not a watcher, because the call may wait for a stuck CPU.
 */
void watcher_threads__place(struct watcher_threads *threads);

/* Returns when no watcher scans any more. @threads may be NULL. */
void watcher_threads__stop(struct watcher_threads *threads);

/* Stops the watchers, too. @threads may be NULL. */
void watcher_threads__close(struct watcher_threads *threads);

/* Returns the watchers that have a CPU and scan; the others wait for CPUs to come. */
unsigned int watcher_threads__nr(const struct watcher_threads *threads);

/*
 * The watchers' reports on their way to the thread that keeps them. Each watcher has a ring of
 * its own, so that it waits neither for another watcher nor for the thread that takes reports.
 */

/* All zero: not open. */
struct report_rings {
	struct byte_ring rings[WATCHERS_MAX];
	char *text; /* room for the reports of one ring */
};

/* @size: bytes of one ring, a power of two; a report takes 2 KB. 0 or -ENOMEM. */
int report_rings__open(struct report_rings *rings, size_t size);
void report_rings__close(struct report_rings *rings);

/*
 * Put a report into the ring of watcher @which: the write function of struct reporter_config;
 * @ctx: the rings. A report that finds no room is counted; the stall's next report may find
 * room. Returns 0 always.
 */
int report_rings__put(void *ctx, unsigned int which, const char *report, size_t len);

/*
 * Hand the reports that have come, only whole ones, to @fn. Called by one thread at a time.
 * Returns 0; a result of @fn that is not 0 ends the call, which returns it.
 */
int report_rings__take(struct report_rings *rings,
		       int (*fn)(void *ctx, const char *text, size_t len), void *ctx);

/* Returns how many reports found no room so far. */
uint64_t report_rings__refused(const struct report_rings *rings);

/*
 * Names of functions and cgroups for watchers, which must not allocate, lock
 * or wait. There are two copies: watchers read the current copy, while a thread that may
 * allocate, lock and wait loads the other copy.
 */

struct name_cache;

/* Load all names that the kernel shows, as root. Returns 0 and *@cache, or -ENOMEM. */
int name_cache__open(struct name_cache **cache);

/* Close @cache, which may be NULL. */
void name_cache__close(struct name_cache *cache);

/*
 * Thread number @reader (below NAME_CACHE_READERS) looks up names only between
 * begin and end; the names that the thread found are valid until end.
 */
#define NAME_CACHE_READERS 8
void name_cache__begin(struct name_cache *cache, unsigned int reader);
void name_cache__end(struct name_cache *cache, unsigned int reader);

/* Name @symbol by its address. @function: the address is the start of a function. */
void name_cache__symbol(struct name_cache *cache, struct symbol *symbol, bool function);

/* Returns the path of the cgroup with @id; NULL: unknown. */
const char *name_cache__cgroup(struct name_cache *cache, uint64_t id);

/* Returns the address of the kernel's function @func; 0: unknown. */
uint64_t name_cache__address(const struct name_cache *cache, const char *func);

/*
 * Load the names again if modules came or went, or, at growing intervals, if a
 * name was missing. Does nothing while a reader still uses the copy to be replaced. Called by
 * one thread, which may allocate and wait.
 */
void name_cache__refresh(struct name_cache *cache);

#endif /* IPITRACE_STALL_STALL_RUN_H */
