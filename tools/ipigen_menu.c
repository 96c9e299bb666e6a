// SPDX-License-Identifier: GPL-2.0
#include "ipigen_client.h"
int command_menu(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	die(EXIT_FAILED, "not yet");
}
