// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "base/cpuset.h"
#include "host/machine.h"
#include "model/host.h"

void machine__read(struct host *host)
{
	if (uname(&host->name))
		memset(&host->name, 0, sizeof(host->name));
	if (cpuset__read(&host->online, "online"))
		memset(&host->online, 0, sizeof(host->online));
}
