// SPDX-License-Identifier: GPL-2.0
/* Reads a capture. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/btf.h>
#include "capture.h"
#include "fail.h"

#define INDEX_MAX 1024 /* objects of a capture */

struct capture cap;

static struct btf *btfs[INDEX_MAX];
static struct btf *kernel_btf;
static const char *from; /* the capture's folder */

/* By the index of the capture. */
static struct {
	int prog; /* in cap.progs */
	uint32_t expected, attach_btf;
} loaded[INDEX_MAX];

static const char *const event_names[NR_EVENTS] = {
	[EV_QUEUE] = "csd_queue_cpu",
	[EV_SEND_CPU] = "ipi_send_cpu",
	[EV_SEND_MASK] = "ipi_send_cpumask",
	[EV_ENTRY] = "csd_function_entry",
	[EV_EXIT] = "csd_function_exit",
	[EV_IRQ_SINGLE_BEGIN] = "call_function_single_entry",
	[EV_IRQ_SINGLE_END] = "call_function_single_exit",
	[EV_IRQ_MANY_BEGIN] = "call_function_entry",
	[EV_IRQ_MANY_END] = "call_function_exit",
	[EV_WAKING] = "sched_waking",
	[EV_WAKEUP] = "sched_wakeup",
	[EV_SINGLE_BEGIN] = "fentry/smp_call_function_single",
	[EV_SINGLE_END] = "fexit/smp_call_function_single",
	[EV_MANY_BEGIN] = "fentry/smp_call_function_many_cond",
	[EV_MANY_END] = "fexit/smp_call_function_many_cond",
};

void *capture_blob(const char *kind, int i, size_t *size)
{
	char path[512];
	struct stat st;
	void *data;
	int fd;

	snprintf(path, sizeof(path), "%s/%s.%d", from, kind, i);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	data = fstat(fd, &st) ? NULL : malloc(st.st_size);
	if (!data || read(fd, data, st.st_size) != st.st_size)
		fail("%s: cannot be read", path);
	close(fd);
	*size = st.st_size;
	return data;
}

const char *kernel_function(uint32_t btf_id)
{
	const struct btf_type *t = btf__type_by_id(kernel_btf, btf_id);

	return t ? btf__name_by_offset(kernel_btf, t->name_off) : "?";
}

static void btf_add(int i)
{
	size_t size;
	void *data = capture_blob("btf", i, &size);

	if (data)
		btfs[i] = btf__new(data, size);
	free(data);
}

static void map_add(int i, struct map map, int btf)
{
	if (i >= MAPS_MAX)
		fail("more than %d maps", MAPS_MAX);
	map.elem = (map.value_size + 7) & ~7U;
	map.btf = btf >= 0 ? btfs[btf] : NULL;
	map.constant = map.flags & BPF_F_RDONLY_PROG;
	map.bytes = ((size_t)map.elem * map.entries + 4095) & ~4095UL;
	cap.maps[i] = map;
}

/* Programs of other types, and those named "probe", are libbpf's trials of the kernel. */
static void prog_add(int i, const char *name, uint32_t type)
{
	struct prog *prog = &cap.progs[cap.nr_progs];
	size_t size;

	loaded[i].prog = -1;
	if (type != BPF_PROG_TYPE_RAW_TRACEPOINT &&
	    (type != BPF_PROG_TYPE_TRACING || !strcmp(name, "probe")))
		return;
	if (cap.nr_progs == PROGS_MAX)
		fail("more than %d programs", PROGS_MAX);
	snprintf(prog->name, sizeof(prog->name), "%.15s", name);
	prog->insns = capture_blob("prog", i, &size);
	if (!prog->insns)
		fail("%s: no instructions of %s", from, name);
	prog->nr = size / sizeof(*prog->insns);
	loaded[i].prog = cap.nr_progs++;
}

static void not_run_add(const char *name)
{
	size_t used = strlen(cap.not_run);

	if (!strstr(cap.not_run, name))
		snprintf(cap.not_run + used, sizeof(cap.not_run) - used, " %s", name);
}

static void attach_add(int i, const char *tracepoint)
{
	char name[128];
	int ev = 0;

	if (strcmp(tracepoint, "-"))
		snprintf(name, sizeof(name), "%s", tracepoint);
	else
		snprintf(name, sizeof(name), "%s/%.100s",
			 loaded[i].expected == BPF_TRACE_FENTRY ? "fentry" :
			 loaded[i].expected == BPF_TRACE_FEXIT	? "fexit" :
								  "?",
			 kernel_function(loaded[i].attach_btf));
	while (ev < NR_EVENTS && strcmp(event_names[ev], name))
		ev++;
	if (ev == NR_EVENTS) {
		not_run_add(name);
		return;
	}
	if (loaded[i].prog < 0 || cap.nr_at[ev] == EVENTS_MAX)
		fail("no program, or more than %d, at %s", EVENTS_MAX, name);
	cap.at[ev][cap.nr_at[ev]++] = loaded[i].prog;
}

static bool line_read(const char *line)
{
	struct map map = {};
	char name[128];
	uint32_t type, expected, attach;
	int i, btf;

	if (sscanf(line, "%*s %d", &i) != 1 || i < 0 || i >= INDEX_MAX)
		return false;
	if (!strncmp(line, "btf ", 4)) {
		btf_add(i);
	} else if (sscanf(line, "map %*d %15s %u %u %u %u %u %d", map.name, &map.type,
			  &map.value_size, &map.entries, &map.flags, &map.value_type, &btf) == 7) {
		map_add(i, map, btf);
	} else if (sscanf(line, "prog %*d %127s %u %u %u", name, &type, &expected, &attach) == 4) {
		loaded[i].expected = expected;
		loaded[i].attach_btf = attach;
		prog_add(i, name, type);
	} else if (sscanf(line, "attach %*d %127s", name) == 1) {
		attach_add(i, name);
	} else {
		return false;
	}
	return true;
}

static void index_read(void)
{
	char path[512], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/index", from);
	file = fopen(path, "re");
	if (!file)
		cannot("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file))
		if (!line_read(line))
			fail("%s: not understood: %.*s", path, (int)strcspn(line, "\n"), line);
	fclose(file);
}

/* A map that no program names is one by which libbpf tried what the kernel can do. */
static void maps_used(bool used[MAPS_MAX])
{
	for (int p = 0; p < cap.nr_progs; p++)
		for (uint32_t i = 0; i < cap.progs[p].nr; i++) {
			const struct bpf_insn *insn = &cap.progs[p].insns[i];

			if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
				continue;
			i++; /* the second half of the constant */
			if (insn->src_reg != BPF_PSEUDO_MAP_FD &&
			    insn->src_reg != BPF_PSEUDO_MAP_VALUE)
				continue;
			if (insn->imm < 0 || insn->imm >= MAPS_MAX)
				fail("%s names a map that was not captured", cap.progs[p].name);
			used[insn->imm] = true;
		}
}

static void capture_free(void)
{
	for (int i = 0; i < cap.nr_progs; i++)
		free(cap.progs[i].insns);
	for (int i = 0; i < INDEX_MAX; i++)
		btf__free(btfs[i]);
	if (cap.arena)
		munmap(cap.arena, cap.arena_bytes);
	memset(btfs, 0, sizeof(btfs));
	memset(&cap, 0, sizeof(cap));
}

void capture_load(const char *dir, uint32_t nr_cpus)
{
	bool used[MAPS_MAX] = {};

	from = dir;
	capture_free();
	if (!kernel_btf)
		kernel_btf = btf__load_vmlinux_btf();
	if (!kernel_btf)
		cannot("/sys/kernel/btf/vmlinux cannot be read");
	index_read();
	for (int ev = EV_QUEUE; ev <= EV_EXIT; ev++)
		if (!cap.nr_at[ev])
			fail("%s: no program is attached to %s", dir, event_names[ev]);
	maps_used(used);
	layout_maps(used, nr_cpus);
}
