/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Keys of a PC's keyboard, the US one, and what INT 16h returns for them.
 */
#ifndef PETREL_CONSOLE_KEYMAP_H
#define PETREL_CONSOLE_KEYMAP_H

#include <stdint.h>

/* What is held down with a key; the values are those of xterm's sequences, from 0. */
enum modifiers {
	MODIFIER_SHIFT = 1,
	MODIFIER_ALT = 2,
	MODIFIER_CTRL = 4,
	ALL_MODIFIERS = 7,
};

/* A key is a character of code page 437 that it types, 00 to FF (Backspace, Tab, Enter
 * and Esc are 08, 09, 0D and 1B), or one of these. */
enum key {
	KEY_NONE = 0x100,
	KEY_F1 = 0x101,
	KEY_F10 = KEY_F1 + 9,
	KEY_F11 = KEY_F1 + 10,
	KEY_F12 = KEY_F1 + 11,
	KEY_HOME, /* in the order of their scan codes */
	KEY_UP,
	KEY_PAGE_UP,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_END,
	KEY_DOWN,
	KEY_PAGE_DOWN,
	KEY_INSERT,
	KEY_DELETE,
};

/*
 * What INT 16h AH=10h returns for a key: its scan code in the high byte, its character in
 * the low one. *modifiers gets those without which the character cannot be typed, such as
 * Shift for a capital. Returns 0 if the key types nothing, as KEY_NONE does.
 */
uint16_t keymap_bios_key(unsigned key, uint8_t *modifiers);

/* The key with a scan code of set 1 (01 to 58, whether E0 comes before it or not) while
 * these modifiers are held; KEY_NONE if that types nothing. */
unsigned keymap_from_scan_code(uint8_t scan_code, uint8_t modifiers);

#endif
