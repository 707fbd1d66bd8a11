/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The program behind test_terminal.py: terminal_driver SEED OPERATIONS. It does random
 * operations on the screen, and writes to its standard output what a terminal is sent,
 * with a record of what it must show by then behind every few of them. A record:
 * a little-endian length and so many bytes for the terminal; 1 if the screen is drawn from
 * its first line on; 256 bytes of the BIOS data area; 4000 bytes of cells.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bda.h"
#include "console/screen.h"
#include "lib/memory.h"
#include "screen_ops.h"

enum { OPERATIONS_A_RECORD = 5, CELL_BYTES = 4000 };

static uint32_t random_state;
static char *sent;
static size_t sent_length, sent_size;

/* xorshift32 */
static unsigned choose_randomly(unsigned limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return limit ? random_state % limit : 0;
}

static void collect(const char *s, size_t length)
{
	if (sent_length + length > sent_size) {
		sent_size = 2 * (sent_length + length);
		sent = realloc(sent, sent_size);
	}
	if (length)
		memcpy(sent + sent_length, s, length);
	sent_length += length;
}

static void record(void)
{
	uint32_t length = sent_length;
	uint8_t drawn = screen_ops_drawn();

	fwrite(&length, sizeof(length), 1, stdout);
	if (length)
		fwrite(sent, 1, length, stdout);
	fwrite(&drawn, 1, 1, stdout);
	fwrite(bda(), 1, 256, stdout);
	fwrite(screen_visible(), 1, CELL_BYTES, stdout);
	sent_length = 0;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	random_state = strtoul(argv[1], NULL, 0) * 2654435761u | 1;
	screen_ops_begin(collect);
	for (unsigned left = strtoul(argv[2], NULL, 0); left; left--) {
		screen_op(choose_randomly);
		if (left % OPERATIONS_A_RECORD)
			continue;
		screen_ops_settle();
		record();
	}
	return ferror(stdout) != 0;
}
