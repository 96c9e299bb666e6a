// SPDX-License-Identifier: GPL-2.0
/*
 * libbpf sets the offsets of the kernel's members in the programs by a few types of the kernel
 * (collect/core_types.c). They must be those that it would set by all types. The programs do not
 * reach the kernel here: the test keeps the instructions that libbpf hands over.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
/* The skeletons use the types of abi/. */
#include "abi/interruption.h"
#include "abi/hook.h"
#include "collect/layout.h"
#include "hooks.skel.h"
#include "ipitrace.skel.h"
#include "ipitrace_irq.skel.h"
#include "rig.h"

#define LOADS_MAX 256

/* A program as it would go to the kernel. */
struct load {
	char name[32];
	struct bpf_insn *insns;
	size_t nr;
};

static struct load loads[2][LOADS_MAX];
static int nr_loads[2];
static int search; /* an index of loads[]: 0: a few types; 1: all types of the kernel */
static const struct bpf_object_skeleton *loaded;

int __real_core_types__create(char *path, size_t size);
int __wrap_core_types__create(char *path, size_t size)
{
	return search ? -EACCES : __real_core_types__create(path, size);
}

int __wrap_bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license,
			 const struct bpf_insn *insns, size_t nr,
			 const struct bpf_prog_load_opts *opts)
{
	struct load *load = &loads[search][nr_loads[search]];

	/* libbpf also loads programs of its own, to find out what the kernel can do. */
	if (name && programs__find(loaded, name)) {
		assert_true(nr_loads[search]++ < LOADS_MAX);
		snprintf(load->name, sizeof(load->name), "%s", name);
		load->insns = malloc(nr * sizeof(*insns));
		assert_non_null(load->insns);
		memcpy(load->insns, insns, nr * sizeof(*insns));
		load->nr = nr;
	}
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Whether the kernel has what @prog is attached to; its section is "fentry/FUNCTION", for example. */
static bool is_loadable(const struct btf *kernel, const struct bpf_program *prog)
{
	const char *function = strchr(bpf_program__section_name(prog), '/');

	return bpf_program__type(prog) != BPF_PROG_TYPE_TRACING ||
	       (function && btf__find_by_name_kind(kernel, function + 1, BTF_KIND_FUNC) > 0);
}

/* Hand each program of @skeleton to libbpf. */
static void load(struct bpf_object_skeleton *skeleton, const struct btf *kernel)
{
	struct programs programs = { .skeleton = skeleton };
	struct bpf_program *prog;

	loaded = skeleton;
	assert_int_equal(programs__open(&programs), 0);
	bpf_object__for_each_program(prog, *skeleton->obj)
		bpf_program__set_autoload(prog, is_loadable(kernel, prog));
	assert_int_equal(programs__load(&programs, 0), 0);
	assert_true(programs.types_fd < 0);
}

static void load_all(const struct btf *kernel)
{
	struct ipitrace_bpf *csds = calloc(1, sizeof(*csds));
	struct ipitrace_irq_bpf *irqs = calloc(1, sizeof(*irqs));
	struct hooks_bpf *hooks = calloc(1, sizeof(*hooks));

	assert_int_equal(ipitrace_bpf__create_skeleton(csds), 0);
	load(csds->skeleton, kernel);
	ipitrace_bpf__destroy(csds);
	assert_int_equal(ipitrace_irq_bpf__create_skeleton(irqs), 0);
	load(irqs->skeleton, kernel);
	ipitrace_irq_bpf__destroy(irqs);
	assert_int_equal(hooks_bpf__create_skeleton(hooks), 0);
	load(hooks->skeleton, kernel);
	hooks_bpf__destroy(hooks);
}

/* Whether the number in @insn is a descriptor of a map, which may differ from load to load. */
static bool has_descriptor(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
	       (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE);
}

TEST(a_few_types_give_the_offsets_that_all_types_give)
{
	struct btf *kernel = kernel_btf__load();
	size_t nr = 0;

	assert_non_null(kernel);
	libbpf_set_print(NULL);
	for (search = 0; search < 2; search++)
		load_all(kernel);
	assert_int_equal(nr_loads[0], nr_loads[1]);
	/* Each of the three objects has at least 20 programs on each architecture. */
	assert_true(nr_loads[0] > 60);
	for (int i = 0; i < nr_loads[0]; i++) {
		const struct load *few = &loads[0][i], *all = &loads[1][i];

		assert_string_equal(few->name, all->name);
		assert_int_equal(few->nr, all->nr);
		nr += few->nr;
		for (size_t at = 0; at < few->nr; at++) {
			struct bpf_insn a = few->insns[at], b = all->insns[at];

			if (has_descriptor(&a))
				b.imm = a.imm;
			if (memcmp(&a, &b, sizeof(a)))
				fail_msg("%s: instruction %zu", few->name, at);
		}
		free(few->insns);
		free(all->insns);
	}
	print_message("# %d programs, %zu instructions\n", nr_loads[0], nr);
	btf__free(kernel);
}

/* `ulimit -f 0` keeps the file of the few types empty. Then libbpf searches all types. */
TEST(without_a_file_all_types_are_searched)
{
	struct ipitrace_bpf *csds = calloc(1, sizeof(*csds));
	struct rlimit limit, none = {};
	struct programs programs = {};

	search = 0;
	assert_int_equal(ipitrace_bpf__create_skeleton(csds), 0);
	programs.skeleton = csds->skeleton;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(programs__open(&programs), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_true(programs.types_fd < 0);
	assert_non_null(csds->progs.csd_queue);
	assert_int_equal(programs__load(&programs, -EINVAL), -EINVAL);
	ipitrace_bpf__destroy(csds);
}

TEST_MAIN(NULL, NULL)
