// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation of each function that opens something fails in turn. The function then returns -ENOMEM
 * or NULL, sets no object, frees all memory that it had taken, and closes its descriptors. An object that
 * is opened and closed again frees all its memory, too.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include "command/parts.h"
#include "host/machine.h"
#include "host/symbols.h"
#include "import/parts.h"
#include "isolated/isolated.h"
#include "model/callers.h"
#include "prove/proof.h"
#include "run/parts.h"
#include "run/run.h"
#include "serve/serve.h"
#include "stall/incident.h"
#include "stall/stall_run.h"
#include "view/perfetto/timeline.h"
#include "membarrier_window.h"
#include "memory_fails.h"
#include "refused_memory.h"

static int fd, trace_fd;

/* More than the least that a ring of frames may have. */
#define RING_BYTES (8 << 20)

static const struct cpuset cpus = { { 5 } };
static const struct storm_limits limits = { .rate = 1, .share = 1, .rise = 1 };
static struct names *names;
static struct report_rings rings;
static struct frame_ring frames;
static struct key_map keys;
static struct byte_ring bytes;
static struct proof_table proof;
static struct capture_sink sink;

OPENING(account, account__new((void *)&object, &cpus), account__free(object))
OPENING(detector, storm_detector__new((void *)&object, &limits), storm_detector__free(object))
OPENING(evidence, evidence_reader__open((void *)&object, ""), evidence_reader__close(object))
OPENING(changes, change_log__open((void *)&object, ""), change_log__close(object))
OPENING(interrupts, interrupts__open((void *)&object, "/dev/null"), interrupts__close(object))
OPENING(steal, steal_time__open((void *)&object, "/proc/stat", 4), steal_time__close(object))
OPENING(symbols, symbols__open((void *)&object, "/dev/null", "/dev/null"), symbols__close(object))
OPENING(writer, capture_writer__open((void *)&object, fd), capture_writer__close(object))
OPENING(watchers, watcher_threads__open((void *)&object), watcher_threads__close(object))
OPENING(folded, keep_object(folded__new()), folded__free(object))
OPENING(recent, keep_object(recent__new(&(struct recent_limits){ .nr = 4 })), recent__free(object))
OPENING(names, keep_object(names__new()), names__free(object))
OPENING(sums, keep_object(sums__new(names)), sums__free(object))
OPENING(replay, keep_object(replay__new(names, &(struct replay_ops){}, NULL, SECOND, SECOND)),
	replay__free(object))
OPENING(live, keep_object(live__new(1, true)), live__free(object))
OPENING(trace_names, keep_object(trace_names__open(&(struct naming){})), trace_names__close(object))
OPENING(timeline, keep_object(timeline__open(fd, 100)),
	timeline__close(object, &(struct timeline_totals){}))
static void close_rings(void);
OPENING_OF(rings, report_rings__open(&rings, 4096), report_rings__close(&rings))
static void close_frames(void);
OPENING_OF(frames, frame_ring__open(&frames, RING_BYTES), frame_ring__close(&frames))
static void close_keys(void);
OPENING_OF(keys, key_map__open(&keys, 100), key_map__close(&keys))
static void close_bytes(void);
OPENING_OF(bytes, byte_ring__open(&bytes, 4096), byte_ring__close(&bytes))
static void close_proof(void);
OPENING_OF(proof, proof_table__open(&proof), proof_table__close(&proof))
static void close_sink(void);
OPENING_OF(sink, capture_sink__open(&sink), capture_sink__close(&sink))

/* No BPF program runs, so the reporter has no reader of its records. */
bool __wrap_moment_reader__knows(const struct moment_reader *reader, enum stall_phase phase)
{
	return true;
}

static const uint8_t *read_no_code(void *ctx, uint64_t addr, size_t size)
{
	return NULL;
}

static int open_reporter_with(bool json)
{
	struct reporter_config config = { .nr_cpus = 2,
					  .threshold = SECOND,
					  .backtrace = SECOND,
					  .read_code = read_no_code,
					  .json = json };

	return reporter__open((void *)&object, &config);
}

OPENING(reporter, open_reporter_with(false), reporter__close(object))
OPENING(json_reporter, open_reporter_with(true), reporter__close(object))

static int open_flight_recorder(void)
{
	static struct capture_head head = { .host = &host };
	struct flight_config config = {
		.before = SECOND, .after = SECOND, .size = RING_BYTES, .head = &head
	};

	return flight__open((void *)&object, &config);
}

static void close_flight(void);
OPENING_OF(flight, open_flight_recorder(), flight__close(object); object = NULL)

/* A snapshot with a row of each kind. */
static int keep_window(void)
{
	struct snapshot snap = membarrier_window(0, 1, 5);
	struct stack_sample sample = { .nr = 2, .stack = { { .name = "a" }, { .name = "b" } } };
	struct send_stats send = { .callsite.name = "site" };
	struct by_stats by = { .cgroup_path = "/a" };

	snap.samples = snap.send_samples = &sample;
	snap.nr_samples = snap.nr_send_samples = 1;
	snap.sends = &send;
	snap.nr_sends = 1;
	snap.by = &by;
	snap.nr_by = 1;
	return keep_object(kept__new(&snap));
}

OPENING(kept, keep_window(), kept__free(object))

static struct snapshot_sum sum;

static int sum_windows(void)
{
	struct snapshot snap = membarrier_window(0, 1, 5);
	int err;

	sum = (struct snapshot_sum){ .every = 1 };
	err = snapshot_sum__add(&sum, &snap) ?: snapshot_sum__add(&sum, &snap);
	snapshot_sum__end(&sum);
	if (err)
		snapshot__free(&sum.snap);
	return err;
}

OPENING(sum, sum_windows(), snapshot__free(&sum.snap))

static int nr_windows;

static int take_window(void *ctx, struct snapshot *snap)
{
	nr_windows++;
	return 0;
}

/* A file of another tracer becomes two windows. */
static int import_file(void)
{
	static const struct replay_ops ops = { .window = take_window };
	struct names *own = names__new();
	struct replay *replay = own ? replay__new(own, &ops, NULL, SECOND, SECOND) : NULL;
	struct import_reader reader = { .names = own, .fn = replay__event, .ctx = replay };
	int err = -ENOMEM;

	assert_int_equal(lseek(trace_fd, 0, SEEK_SET), 0);
	nr_windows = 0;
	if (replay)
		err = import__read(&reader, trace_fd).err ?: replay__end(replay);
	if (!err)
		assert_int_equal(nr_windows, 2);
	replay__free(replay);
	names__free(own);
	return err;
}

OPENING(import, import_file(), {})

/* Each of the windows is a storm. */
static int detect_storm(void)
{
	int err = storm_detector__new((void *)&object, &limits);

	for (int i = 0; i < 3 && !err; i++) {
		struct snapshot snap = membarrier_window(i * SECOND, 1, 100000);

		err = storm_detector__window(object, &snap, NULL);
	}
	if (!err)
		assert_non_null(storm_detector__get(object, 0));
	return err;
}

static void close_storm(void);
OPENING_OF(storm, detect_storm(), storm_detector__free(object); object = NULL)

OPENING(record_names, keep_object(record_names__new(NULL)), record_names__free(object))

static struct proof_reader reader;
static void close_proof_reader(void);

/* ftrace's text, in which CPU 0 has called CPU 1. */
static int read_proof(void)
{
	int err = proof_reader__open(&reader);

	assert_int_equal(lseek(trace_fd, 0, SEEK_SET), 0);
	return err ?: proof_reader__read(&reader, trace_fd);
}

OPENING_OF(proof_reader, read_proof(), proof_reader__close(&reader))

static const struct sockaddr_in loopback = { .sin_family = AF_INET };
OPENING(http, http__open((void *)&object, (const void *)&loopback, sizeof(loopback), NULL, NULL),
	http__close(object))

static const struct opening openings[] = {
	{ ROW(account) },
	{ ROW(detector) },
	{ ROW(evidence), .optional = true },
	{ ROW(changes) },
	{ ROW(interrupts) },
	{ ROW(steal) },
	{ ROW(symbols) },
	{ ROW(writer) },
	{ ROW(watchers) },
	{ ROW(folded) },
	{ ROW(recent) },
	{ ROW(names) },
	{ ROW(sums) },
	{ ROW(replay) },
	{ ROW(live) },
	{ ROW(trace_names) },
	{ ROW(timeline) },
	{ ROW(rings) },
	{ ROW(frames) },
	{ ROW(keys) },
	{ ROW(bytes) },
	{ ROW(proof) },
	{ ROW(sink) },
	{ ROW(reporter), .optional = true },
	{ ROW(json_reporter), .optional = true },
	{ ROW(flight) },
	{ ROW(kept) },
	{ ROW(sum) },
	{ ROW(import), .optional = true },
	{ ROW(storm) },
	{ ROW(record_names) },
	{ ROW(proof_reader), .optional = true },
	{ ROW(http), .optional = true },
};

TEST(each_allocation_may_fail)
{
	test_each_allocation(openings, ARRAY_SIZE(openings));
}

#define TRACED(cpu, time, event) "<idle>-0 [00" #cpu "] d.... " #time ": " event "\n"

static const char trace[] = TRACED(0, 1.000001,
				   "csd_queue_cpu: cpu=1 callsite=caller+0x1/0x2 func=flush csd=12")
	TRACED(1, 1.000005, "csd_function_entry: func=flush csd=12")
		TRACED(1, 1.000009, "csd_function_exit: func=flush csd=12")
			TRACED(0, 2.500000,
			       "csd_queue_cpu: cpu=1 callsite=caller+0x1/0x2 func=flush csd=12");

static int setup_group(void **state)
{
	fd = memfd_create("file", MFD_CLOEXEC);
	trace_fd = memfd_create("trace", MFD_CLOEXEC);
	names = names__new();
	if (fd < 0 || !names || write(trace_fd, trace, sizeof(trace) - 1) < 0)
		return -1;
	return host_setup(state);
}

static int teardown_group(void **state)
{
	name_opening();
	names__free(names);
	close(fd);
	close(trace_fd);
	return 0;
}

TEST_MAIN(setup_group, teardown_group)
