// SPDX-License-Identifier: GPL-2.0
/*
 * Takes the room that a running ipitrace has in the kernel: from then on its programs lose what finds
 * none, and count that, as they do on a machine that makes so much.
 *
 * usage: made_loss PID mailbox | rows | frames MS | hidden NUMBER MS
 *	mailbox   no CPU's mailbox has a free place
 *	rows      the table of functions has no free row
 *	frames    each CPU runs as many functions inside each other as it has frames, since MS
 *	hidden    NUMBER csds to each CPU, for which senders wait, were queued MS ago and ran unseen
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "abi/cpu.h"
#include "abi/mailbox.h"
#include "abi/table.h"

/* As in the kernel (include/linux/smp_types.h). */
#define CSD_TYPE_SYNC 0x10

static _Noreturn void cannot(const char *what)
{
	perror(what);
	exit(1);
}

static int call_bpf(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr));
}

/* The memory of the map @name of process @pid; *@bytes: gets its size, *@entries its entries. */
static void *map_of(const char *pid, const char *name, size_t *bytes, __u32 *entries)
{
	char path[64], line[256];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fdinfo", pid);
	dir = opendir(path);
	if (!dir)
		cannot(path);
	while ((entry = readdir(dir))) {
		struct bpf_map_info info = {};
		union bpf_attr attr = {};
		unsigned int id = 0;
		FILE *file;
		int fd = openat(dirfd(dir), entry->d_name, O_RDONLY);

		file = fd < 0 ? NULL : fdopen(fd, "r");
		while (file && fgets(line, sizeof(line), file))
			if (sscanf(line, "map_id: %u", &id) == 1)
				break;
		if (file)
			fclose(file);
		if (!id)
			continue;
		attr.map_id = id;
		fd = call_bpf(BPF_MAP_GET_FD_BY_ID, &attr);
		attr = (union bpf_attr){ .info = { fd, sizeof(info),
						   (__u64)(unsigned long)&info } };
		if (fd < 0 || call_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
			cannot("a map");
		if (!strcmp(info.name, name)) {
			void *memory;

			*entries = info.max_entries;
			*bytes = (size_t)((info.value_size + 7) & ~7U) * info.max_entries;
			memory = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			if (memory == MAP_FAILED)
				cannot("mmap");
			closedir(dir);
			return memory;
		}
		close(fd);
	}
	fprintf(stderr, "process %s has no map %s\n", pid, name);
	exit(1);
}

/* Takes each free place, also those that csds leave meanwhile. Returns how many. */
static unsigned int mailbox_take(const char *pid)
{
	unsigned int taken = 0;
	__u32 nr;
	size_t bytes;
	struct slot *slots = map_of(pid, "slots", &bytes, &nr);

	for (int turn = 0; turn < 20; turn++, usleep(5000))
		for (__u32 i = 0; i < nr; i++)
			taken += __sync_bool_compare_and_swap(&slots[i].csd, SLOT_FREE,
							      SLOT_CLAIMED);
	return taken;
}

static unsigned int rows_take(const char *pid)
{
	unsigned int taken = 0;
	__u32 nr;
	size_t bytes;
	struct fn_key *keys = map_of(pid, "fn_keys", &bytes, &nr);

	for (__u32 i = 0; i < FN_ROWS; i++)
		taken += __sync_bool_compare_and_swap(&keys[i].func, 0, FN_BUSY);
	return taken;
}

/* CLOCK_MONOTONIC, ns: @ms ago. */
static __u64 time_ago(const char *ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec - atoi(ms) * 1000000ULL;
}

/* While a CPU runs a function, its depth is the CPU's own: then try again. */
static unsigned int frames_take(const char *pid, __u64 since)
{
	unsigned int taken = 0;
	__u32 nr;
	size_t bytes;
	struct cpu_rec *cpus = map_of(pid, "cpus", &bytes, &nr);

	/* The last one is that of the irq_works. */
	for (__u32 i = 0; i + 1 < nr; i++) {
		for (int frame = 0; frame < FRAMES; frame++) {
			cpus[i].frames[frame].row = FN_OTHER;
			cpus[i].frames[frame].part = 0;
			cpus[i].frames[frame].start = cpus[i].frames[frame].call = since;
		}
		for (int turn = 0; turn < 1000; turn++, usleep(1000))
			if (__sync_bool_compare_and_swap(&cpus[i].depth, 0, FRAMES)) {
				taken++;
				break;
			}
	}
	return taken;
}

/* Nothing is here (Documentation/arch/x86/x86_64/mm.rst): the kernel cannot read this csd. */
#define NO_CSD 0xffffffff00001000ULL

static unsigned int hide(const char *pid, int number, __u64 queued)
{
	unsigned int made = 0;
	__u32 nr_slots, nr;
	size_t bytes;
	struct slot *slots = map_of(pid, "slots", &bytes, &nr_slots);
	struct cpu_rec *cpus = map_of(pid, "cpus", &bytes, &nr);
	__u32 epoch = 0;

	for (__u32 i = 0; i < nr_slots; i++)
		if (slots[i].epoch > epoch)
			epoch = slots[i].epoch;
	for (__u32 cpu = 0; cpu + 1 < nr; cpu++)
		for (int i = 0; i < number; i++) {
			__u64 csd = NO_CSD + 32 * i;
			struct slot *slot =
				&slots[cpu * MAILBOX_SLOTS + (csd_home(csd) & (MAILBOX_SLOTS - 1))];

			if (!__sync_bool_compare_and_swap(&slot->csd, SLOT_FREE, SLOT_CLAIMED))
				continue;
			slot->time = queued;
			slot->epoch = epoch;
			slot->from = FROM(0, FN_OTHER, FN_OTHER);
			slot->since = NO_CALL;
			slot->type = CSD_TYPE_SYNC;
			slot->fresh = 0;
			slot->flags = 0;
			__sync_fetch_and_or(&cpus[cpu].reach[epoch & 1], 1);
			__atomic_store_n(&slot->csd, csd, __ATOMIC_RELEASE);
			made++;
		}
	return made;
}

int main(int argc, char *argv[])
{
	const char *kind = argc > 2 ? argv[2] : "";
	unsigned int done;

	if (!strcmp(kind, "mailbox"))
		done = mailbox_take(argv[1]);
	else if (!strcmp(kind, "rows"))
		done = rows_take(argv[1]);
	else if (!strcmp(kind, "frames") && argc > 3)
		done = frames_take(argv[1], time_ago(argv[3]));
	else if (!strcmp(kind, "hidden") && argc > 4)
		done = hide(argv[1], atoi(argv[3]), time_ago(argv[4]));
	else
		return 2;
	printf("%u\n", done);
	return !done;
}
