// SPDX-License-Identifier: GPL-2.0
#include "internal.h"
int ipigen_device_init(void) { return 0; }
void ipigen_device_exit(void) {}
int ipigen_device(struct ipigen_device_args *args) { return -ENOTTY; }
bool ipigen_device_may_block(void) { return false; }
