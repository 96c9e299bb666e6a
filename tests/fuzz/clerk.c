// SPDX-License-Identifier: GPL-2.0
/* A request to the clerk out of arbitrary bytes: what passes the check names a file and the environment of --exec. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "run/parts.h"

static void set(const char *name, const char *value)
{
	if (strncmp(name, "IPITRACE_", 9))
		abort();
	/* A word or a number of ipitrace's own, which a shell takes for nothing else. */
	for (; value && *value; value++)
		if (!isalnum((unsigned char)*value) && !strchr("/.-_", *value))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clerk_request request;
	char name[64];

	if (size < sizeof(request))
		return 0;
	memcpy(&request, data, sizeof(request));
	if (!clerk_request__is_valid(&request))
		return 0;
	if (!clerk__name("/tmp/flight.zst", request.real, name, sizeof(name)))
		abort();
	clerk_request__environment(&request, name, set);
	return 0;
}
