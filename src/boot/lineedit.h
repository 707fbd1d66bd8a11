/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * One row of the console that is written again and again, and a line that is edited there.
 */
#ifndef PETREL_BOOT_LINEEDIT_H
#define PETREL_BOOT_LINEEDIT_H

#include <stdbool.h>
#include <stdint.h>

/* Keys as keyboard_wait() gives them: scan codes, and characters. */
enum lineedit_key {
	SCAN_ESC = 0x01,
	SCAN_HOME = 0x47,
	SCAN_UP = 0x48,
	SCAN_LEFT = 0x4b,
	SCAN_RIGHT = 0x4d,
	SCAN_END = 0x4f,
	SCAN_DOWN = 0x50,
	SCAN_DELETE = 0x53,
	CHARACTER_ENTER = '\r',
};

/* Shows text in the cursor's row instead of what is there: as much of it from `start` on as
 * the row has room for, with the cursor at `cursor` (an index, `start` or above). */
void lineedit_show(const char *text, uint32_t start, uint32_t cursor);

/* Lets the user edit a text of at most `size` bytes with its NUL, which may be longer than
 * the screen is wide. True after Enter; after Esc false, and the text is as it then was. */
bool lineedit(char *text, uint32_t size);

#endif
