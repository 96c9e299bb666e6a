// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the cost of the programs of a running ipitrace, one line of JSON: the
 * places of the mailboxes that the programs of build/counted have read
 * (src/bpf/mailbox.bpf.h), and for each program the runs and ns that the kernel
 * counts under ipitrace --self. bpftool shows those too, but would have to be
 * fetched for each architecture of the test VM.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#define MAP	 "ipitrace.bss"
#define VARIABLE "probes_counted"

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "costs: %s\n", what);
	exit(3);
}

static int map_open(struct bpf_map_info *info)
{
	__u32 id = 0, size;
	int fd;

	while (!bpf_map_get_next_id(id, &id)) {
		fd = bpf_map_get_fd_by_id(id);
		if (fd < 0)
			continue;
		size = sizeof(*info);
		memset(info, 0, size);
		if (!bpf_obj_get_info_by_fd(fd, info, &size) && !strcmp(info->name, MAP))
			return fd;
		close(fd);
	}
	die("no map " MAP ": no ipitrace runs, or this is not root");
}

static __u32 variable_offset(const struct bpf_map_info *info)
{
	struct btf *btf = btf__load_from_kernel_by_id(info->btf_id);
	const struct btf_type *section, *type;
	const struct btf_var_secinfo *var;

	section = btf ? btf__type_by_id(btf, info->btf_value_type_id) : NULL;
	if (!section || !btf_is_datasec(section))
		die(MAP " has no types");
	for (int i = 0; i < btf_vlen(section); i++) {
		var = btf_var_secinfos(section) + i;
		type = btf__type_by_id(btf, var->type);
		if (!strcmp(btf__name_by_offset(btf, type->name_off), VARIABLE))
			return var->offset;
	}
	die("no variable " VARIABLE ": this ipitrace is not the one of build/counted");
}

static unsigned long long read_probes(void)
{
	struct bpf_map_info info;
	int fd = map_open(&info);
	char *values = calloc(1, info.value_size);
	unsigned long long probes;
	__u32 zero = 0;

	if (!values || bpf_map_lookup_elem(fd, &zero, values))
		die("cannot read " MAP);
	memcpy(&probes, values + variable_offset(&info), sizeof(probes));
	return probes;
}

/* All programs of the kernel: in the VM only ipitrace loads programs. */
static void print_programs(void)
{
	struct bpf_prog_info info;
	const char *comma = "";
	__u32 id = 0, size;
	int fd;

	while (!bpf_prog_get_next_id(id, &id)) {
		fd = bpf_prog_get_fd_by_id(id);
		if (fd < 0)
			continue;
		size = sizeof(info);
		memset(&info, 0, size);
		if (!bpf_obj_get_info_by_fd(fd, &info, &size)) {
			printf("%s\"%s\": [%llu, %llu]", comma, info.name, info.run_cnt,
			       info.run_time_ns);
			comma = ", ";
		}
		close(fd);
	}
}

int main(void)
{
	printf("{\"probes\": %llu, \"programs\": {", read_probes());
	print_programs();
	puts("}}");
	return 0;
}
