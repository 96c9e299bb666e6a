// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <bpf/libbpf.h>
#include "abi/ipi.h"
#include "collect/geometry.h"
#include "collect/ipis_bpf.h"
#include "collect/read_ipis.h"
#include "model/snapshot.h"

/* Along the life of an interrupt, backwards; some are x86's alone, some arm64's. */
static const char *const progs[] = {
	"call_function_exit",
	"call_function_single_exit",
	"reschedule_exit",
	"irq_work_exit",
	"x86_platform_ipi_exit",
	"ipis_exit",
	"call_function_entry",
	"call_function_single_entry",
	"reschedule_entry",
	"irq_work_entry",
	"x86_platform_ipi_entry",
	"ipis_entry",
	"ipis_wakeup",
	"ipis_queue",
	"ipis_waking",
	"ipis_tlb_flush",
	"ipis_polled",
	"ipis_send",
	"ipis_send_mask",
	"ipis_raise",
};

static const char *const maps[] = { "ipi_recs", "ipi_hists", "ipi_reasons", "wakes" };

#define NR_PROGS_HERE (sizeof(progs) / sizeof(*progs))
#define NR_MAPS	      (sizeof(maps) / sizeof(*maps))

struct ipis_bpf {
	struct ipis ipis;
	struct bpf_object *obj;
	struct bpf_link *links[NR_PROGS_HERE];
	void *memory[NR_MAPS];
	size_t size[NR_MAPS];
};

static int sizes_set(struct bpf_object *obj, const struct geometry *geo)
{
	int err = bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, "ipi_recs"),
					   geo->nr_cpus);

	if (err)
		return err;
	return bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, "ipi_hists"),
					geo->fn_shards * IPI_CLASSES);
}

int ipis_bpf__configure(struct ipis_bpf **ipis, struct bpf_object *obj, const struct geometry *geo,
			bool kinds)
{
	struct bpf_program *prog;
	int err = 0;

	for (size_t i = 0; i < NR_MAPS && !err; i++)
		err = bpf_map__set_autocreate(bpf_object__find_map_by_name(obj, maps[i]), kinds);
	if (err || !kinds)
		return err;
	*ipis = calloc(1, sizeof(**ipis));
	if (!*ipis)
		return -ENOMEM;
	(*ipis)->obj = obj;
	(*ipis)->ipis.nr_cpus = geo->nr_cpus;
	(*ipis)->ipis.shards = geo->fn_shards;
	for (size_t i = 0; i < NR_PROGS_HERE; i++) {
		prog = bpf_object__find_program_by_name(obj, progs[i]);
		if (prog)
			bpf_program__set_autoload(prog, true);
	}
	return sizes_set(obj, geo);
}

int ipis_bpf__open(struct ipis_bpf *ipis)
{
	for (size_t i = 0; ipis && i < NR_MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(ipis->obj, maps[i]);
		size_t size = (size_t)bpf_map__max_entries(map) * bpf_map__value_size(map);
		void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

		if (p == MAP_FAILED)
			return -errno;
		ipis->memory[i] = p;
		ipis->size[i] = size;
	}
	if (!ipis)
		return 0;
	ipis->ipis.recs = ipis->memory[0];
	ipis->ipis.hists = ipis->memory[1];
	ipis->ipis.reasons = ipis->memory[2];
	ipis->ipis.wakes = ipis->memory[3];
	return 0;
}

/* A tracepoint that the kernel does not have is one by which it has nothing to say. */
int ipis_bpf__attach(struct ipis_bpf *ipis)
{
	for (size_t i = 0; ipis && i < NR_PROGS_HERE; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(ipis->obj, progs[i]);

		if (!prog)
			continue;
		ipis->links[i] = bpf_program__attach(prog);
		if (!ipis->links[i] && errno != ENOENT)
			return -errno;
	}
	return 0;
}

const char *ipis_bpf__prog(const struct ipis_bpf *ipis, size_t i)
{
	for (size_t at = 0; ipis && at < NR_PROGS_HERE; at++)
		if (bpf_object__find_program_by_name(ipis->obj, progs[at]) && !i--)
			return progs[at];
	return NULL;
}

int ipis_bpf__read(struct ipis_bpf *ipis, uint32_t epoch, struct snapshot *snap)
{
	return ipis ? read_ipis(&ipis->ipis, epoch, snap) : 0;
}

void ipis_bpf__close(struct ipis_bpf *ipis)
{
	if (!ipis)
		return;
	for (size_t i = 0; i < NR_PROGS_HERE; i++)
		bpf_link__destroy(ipis->links[i]);
	for (size_t i = 0; i < NR_MAPS; i++)
		if (ipis->memory[i])
			munmap(ipis->memory[i], ipis->size[i]);
	free(ipis);
}
