// SPDX-License-Identifier: GPL-2.0
/*
 * ipigen list: the paths, and whether this kernel has them.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ipigen_client.h"

static const char *const ipis[] = {
	[IPIGEN_IPIS_NONE] = "none", [IPIGEN_IPIS_EACH] = "each",     [IPIGEN_IPIS_VOID] = "void",
	[IPIGEN_IPIS_SELF] = "self", [IPIGEN_IPIS_KERNEL] = "kernel",
};

static void print_json(const struct ipigen_path_info *path)
{
	json_t *object = json_pack("{ss ss ss ss sb ss sb sb sb sb sb ss}", "schema", "ipigen/1",
				   "type", "path", "path", path->name, "func", path->func,
				   "available", path->available, "why", path->why, "waits",
				   path->flags & IPIGEN_WAITS, "ours", path->flags & IPIGEN_OURS,
				   "csd", path->flags & IPIGEN_CSD, "one_dst",
				   path->flags & IPIGEN_ONE_DST, "fixed",
				   path->flags & IPIGEN_FIXED, "ipis", ipis[path->ipis % 5]);

	if (!object)
		die(EXIT_FAILED, "no memory");
	json_object_set_new(object, "calls", json_string(path->calls));
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static void print_text(const struct ipigen_path_info *path)
{
	printf("%-22s %-9s %-34s %s%s\n", path->name, path->available ? "available" : "absent",
	       path->calls, path->flags & IPIGEN_WAITS ? "waits  " : "       ", path->why);
}

int command_list(int argc, char **argv)
{
	bool json = false;
	unsigned int i, count;
	int fd;

	while (argc > 0) {
		if (!client_next_option(&argc, &argv, "--json", "-j", NULL))
			die(EXIT_USAGE, "list: what is '%s'?", argv[0]);
		json = true;
	}
	fd = client_open();
	count = client_info(fd).paths;
	for (i = 0; i < count; i++) {
		struct ipigen_path_info path = client_path(fd, i);

		if (json)
			print_json(&path);
		else
			print_text(&path);
	}
	close(fd);
	return EXIT_DONE;
}
