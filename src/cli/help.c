// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/option_table.h"

static void option_print(const struct option_row *row, uint32_t command)
{
	const char *help = row->own.commands & command ? row->own.help : row->help;
	char text[64], letter[8] = "    ";

	if (row->letter)
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	snprintf(text, sizeof(text), row->preset ? "%s--%s[=%s%s]" : "%s--%s%s%s", letter,
		 row->name, row->arg && !row->preset ? " " : "", row->arg ? row->arg : "");
	printf("  %-26s %s%s\n", text, strlen(text) > 26 ? " " : "", help);
}

void help__commands(void)
{
	puts("usage: ipitrace [COMMAND] [OPTIONS] [-- PROGRAM ARG...]\n"
	     "Shows which inter-processor interrupts hit which CPU, why, and what they cost.\n\n"
	     "commands:");
	for (int i = 0; i < NR_COMMANDS; i++)
		printf("  %-10s %s%s\n", command_texts[i].name, command_texts[i].summary,
		       i == COMMAND_SUMMARY ? " (default)" : "");
	puts("\ncommon options:");
	for (int i = 0; i < NR_OPTIONS; i++)
		if (option_rows[i].common)
			option_print(&option_rows[i], 0);
	puts("\nPROGRAM starts once collection has begun; ipitrace ends with it. Needs root.\n"
	     "ipitrace COMMAND --help: all options of a command, and what it shows.");
}

void help__command(enum command_id command)
{
	const struct command_text *text = &command_texts[command];

	printf("usage: ipitrace %s [OPTIONS]%s%s%s\n%s\n\noptions:\n", text->name,
	       text->operands ? " " : "", text->operands ? text->operands : "",
	       text->no_program ? "" : " [-- PROGRAM ARG...]", text->question);
	for (int i = 0; i < NR_OPTIONS; i++)
		if (option_rows[i].commands & 1U << command)
			option_print(&option_rows[i], 1U << command);
	printf("\n%s\n\nexamples:\n%s\n\nmore: man ipitrace-%s\n", text->output, text->examples,
	       text->name);
}

void help__version(void)
{
	puts("ipitrace " VERSION);
	puts("built for " BUILT_FOR " by gcc " __VERSION__ "; BPF programs by " BUILT_BPF);
	puts(BUILT_LINK ": " BUILT_LIBS);
}
