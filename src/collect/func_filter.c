// SPDX-License-Identifier: GPL-2.0
#include <bpf/libbpf.h>
#include "collect/config.h"
#include "collect/func_filter.h"

int func_filter__fill(struct bpf_map *map, const struct collect_config *config)
{
	const uint8_t yes = 1;
	int err = 0;

	for (size_t i = 0; !err && i < config->nr_funcs; i++)
		err = bpf_map__update_elem(map, &config->funcs[i], sizeof(config->funcs[i]), &yes,
					   sizeof(yes), 0);
	return err;
}
