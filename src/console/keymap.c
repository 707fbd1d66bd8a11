/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The tables of a US keyboard: from keys to the codes that the BIOS knows them by, and
 * from the scan codes of a keyboard to keys.
 *
 * Reference: Ralf Brown's Interrupt List, INT 16, table 00006; IBM PS/2 and PC BIOS
 * Interface Technical Reference, "Keyboard" for scan codes.
 */
#include "console/keymap.h"

#include <stdbool.h>

#include "lib/util.h"

enum {
	SHIFTED = 0x80, /* in scan_codes[]: the character needs Shift */

	SCAN_1 = 0x02,
	SCAN_EQUAL = 0x0d,
	SCAN_F1 = 0x3b,
	SCAN_F10 = 0x44,
	SCAN_HOME = 0x47,
	SCAN_DELETE = 0x53,
	SCAN_F11 = 0x57,
	SCAN_F12 = 0x58,
	ALT_1_LESS_1 = 0x76, /* Alt with the upper row: 78h for 1 to 83h for = */

	GREY = 0xe0, /* the character of the keys that the first PC had not */
};

/* The columns of the tables. */
enum { ALONE, WITH_SHIFT, WITH_CTRL, WITH_ALT, COLUMNS };

/* Scan codes of the characters 20h-7Fh. */
static const uint8_t scan_codes[0x60] = {
	0x39, 0x82, 0xa8, 0x84, 0x85, 0x86, 0x88, 0x28, 0x8a, 0x8b, 0x89, 0x8d, 0x33, 0x0c,
	0x34, 0x35, 0x0b, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0xa7, 0x27,
	0xb3, 0x0d, 0xb4, 0xb5, 0x83, 0x9e, 0xb0, 0xae, 0xa0, 0x92, 0xa1, 0xa2, 0xa3, 0x97,
	0xa4, 0xa5, 0xa6, 0xb2, 0xb1, 0x98, 0x99, 0x90, 0x93, 0x9f, 0x94, 0x96, 0xaf, 0x91,
	0xad, 0x95, 0xac, 0x1a, 0x2b, 0x1b, 0x87, 0x8c, 0x29, 0x1e, 0x30, 0x2e, 0x20, 0x12,
	0x21, 0x22, 0x23, 0x17, 0x24, 0x25, 0x26, 0x32, 0x31, 0x18, 0x19, 0x10, 0x13, 0x1f,
	0x14, 0x16, 0x2f, 0x11, 0x2d, 0x15, 0x2c, 0x9a, 0xab, 0x9b, 0xa9, 0x0e,
};

/* Keys whose character is no letter of the table above. */
static const struct {
	char character;
	uint8_t scan_code;
	uint16_t codes[COLUMNS];
} named_keys[] = {
	{'\b', 0x0e, {0x0e08, 0x0e08, 0x0e7f, 0x0e00}},
	{'\t', 0x0f, {0x0f09, 0x0f00, 0x9400, 0xa500}},
	{'\r', 0x1c, {0x1c0d, 0x1c0d, 0x1c0a, 0x1c00}},
	{'\e', 0x01, {0x011b, 0x011b, 0x011b, 0x0100}},
};

/* Scan codes of KEY_HOME to KEY_DELETE. */
static const uint8_t grey_keys[][COLUMNS] = {
	{0x47, 0x47, 0x77, 0x97}, {0x48, 0x48, 0x8d, 0x98}, {0x49, 0x49, 0x84, 0x99},
	{0x4b, 0x4b, 0x73, 0x9b}, {0x4d, 0x4d, 0x74, 0x9d}, {0x4f, 0x4f, 0x75, 0x9f},
	{0x50, 0x50, 0x91, 0xa0}, {0x51, 0x51, 0x76, 0xa1}, {0x52, 0x52, 0x92, 0xa2},
	{0x53, 0x53, 0x93, 0xa3},
};

/* Scan codes of F1 and F11; the next ones follow. */
static const uint8_t f1[COLUMNS] = {0x3b, 0x54, 0x5e, 0x68};
static const uint8_t f11[COLUMNS] = {0x85, 0x87, 0x89, 0x8b};

static unsigned column_of(uint8_t modifiers)
{
	if (modifiers & MODIFIER_ALT)
		return WITH_ALT;
	if (modifiers & MODIFIER_CTRL)
		return WITH_CTRL;
	return modifiers & MODIFIER_SHIFT ? WITH_SHIFT : ALONE;
}

/* 00 to 1F are Ctrl and one of @ to _; letters as if they were small. */
static uint8_t without_ctrl(uint8_t c)
{
	return c | (c >= 1 && c <= 26 ? 0x60 : 0x40);
}

/* What a character's key types while Ctrl is held; negative if nothing. */
static int with_ctrl(uint8_t c)
{
	switch (c) {
	case ' ':
		return ' ';
	case '2':
		return 0x00;
	case '6':
		return 0x1e;
	case '-':
		return 0x1f;
	}
	return c >= '@' && c < 0x7f && c != '`' ? c & 0x1f : -1;
}

/* 0 if the key types nothing with these modifiers. */
static uint16_t character_key(uint8_t c, uint8_t *modifiers)
{
	bool alt = *modifiers & MODIFIER_ALT, ctrl = *modifiers & MODIFIER_CTRL;
	int code = c;
	uint8_t scan;

	if (c >= 0x80)
		return c; /* as if entered with Alt and the numeric pad */
	if (c < ' ') {
		c = without_ctrl(c);
		*modifiers |= MODIFIER_CTRL;
	} else if (ctrl && !alt) {
		code = with_ctrl(c);
	}
	if (code < 0)
		return 0;
	scan = scan_codes[c - ' '];
	if (scan & SHIFTED && !(*modifiers & MODIFIER_CTRL))
		*modifiers |= MODIFIER_SHIFT;
	scan &= ~SHIFTED;
	if (alt && c != ' ') {
		code = 0;
		if (scan >= SCAN_1 && scan <= SCAN_EQUAL)
			scan += ALT_1_LESS_1;
	}
	return scan << 8 | code;
}

uint16_t keymap_bios_key(unsigned key, uint8_t *modifiers)
{
	unsigned column = column_of(*modifiers);

	for (unsigned i = 0; i < ARRAY_SIZE(named_keys); i++)
		if (key == (uint8_t)named_keys[i].character)
			return named_keys[i].codes[column];
	if (key == 0x7f) /* what most terminals send for Backspace */
		return named_keys[0].codes[column];
	if (key < KEY_NONE)
		return character_key(key, modifiers);
	if (key >= KEY_F1 && key <= KEY_F10)
		return (f1[column] + key - KEY_F1) << 8;
	if (key == KEY_F11 || key == KEY_F12)
		return (f11[column] + key - KEY_F11) << 8;
	if (key >= KEY_HOME && key <= KEY_DELETE)
		return grey_keys[key - KEY_HOME][column] << 8 | (column == WITH_ALT ? 0 : GREY);
	return 0;
}

static unsigned key_of_character(uint8_t scan_code, uint8_t modifiers)
{
	uint8_t shifted = modifiers & MODIFIER_SHIFT ? SHIFTED : 0;

	for (unsigned i = 0; i < ARRAY_SIZE(named_keys); i++)
		if (named_keys[i].scan_code == scan_code)
			return (uint8_t)named_keys[i].character;
	if (scan_code & SHIFTED) /* a key that is released */
		return KEY_NONE;
	if (scan_code == scan_codes[0])
		return ' ';
	for (unsigned i = 1; i < ARRAY_SIZE(scan_codes); i++)
		if (scan_codes[i] == (scan_code | shifted))
			return i + ' ';
	return KEY_NONE;
}

unsigned keymap_from_scan_code(uint8_t scan_code, uint8_t modifiers)
{
	if (scan_code >= SCAN_F1 && scan_code <= SCAN_F10)
		return KEY_F1 + scan_code - SCAN_F1;
	if (scan_code == SCAN_F11 || scan_code == SCAN_F12)
		return KEY_F11 + scan_code - SCAN_F11;
	for (unsigned i = 0; i < ARRAY_SIZE(grey_keys); i++)
		if (grey_keys[i][ALONE] == scan_code)
			return KEY_HOME + i;
	return key_of_character(scan_code, modifiers);
}
