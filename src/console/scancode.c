/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * All keyboards together are one, as on a PC: a shift key of one counts for the other.
 * What is held is kept here and shown at 0040:0017; locks are kept there, where programs
 * change them, too.
 *
 * Most keys are those that terminals have as well (keymap.h). Here are those that only a
 * keyboard has: shift and lock keys, the keypad with its numbers, Print Screen, Pause.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, "Keyboard" and "INT 16H";
 * Ralf Brown's Interrupt List, INT 16, table 00006, and MEMORY.LST, 40:17-40:19, 40:96.
 */
#include "console/scancode.h"

#include "bda.h"
#include "console/keyboard.h"
#include "lib/util.h"

enum scancode {
	SCAN_CTRL = 0x1d,
	SCAN_LEFT_SHIFT = 0x2a,
	SCAN_RIGHT_SHIFT = 0x36,
	SCAN_ASTERISK = 0x37,
	SCAN_ALT = 0x38,
	SCAN_CAPS_LOCK = 0x3a,
	SCAN_NUM_LOCK = 0x45,
	SCAN_SCROLL_LOCK = 0x46,
	SCAN_KEYPAD = 0x47,
	SCAN_INSERT = 0x52,
	SCAN_DELETE = 0x53,
	SCAN_KEYPAD_5 = 0x4c,
	SCAN_102ND = 0x56,
	SCAN_SLASH = SCANCODE_E0 | 0x35,
	SCAN_PRINT = SCANCODE_E0 | 0x37,
	SCAN_ENTER = SCANCODE_E0 | 0x1c,
	SCAN_BREAK = SCANCODE_E0 | SCAN_SCROLL_LOCK, /* Pause with Ctrl */

	LOCK_KEYS = 0x70, /* at 0040:0018, while they are held */
	NO_KEY = -1,
	LOCKS_SHIFT = 4, /* of the lock flags at 0040:0017 ... */
	LOCKS = 7,
	CENTRE_KEY = 0xf0, /* the character of the keypad's 5 without a number */
	MAX_STEP_MS = 60,  /* that passes between two looks, as far as we count */
	DELAY_STEP_MS = 250,
	RATE_MASK = 0x1f,
	DELAY_MASK = 3,
};

/* 0040:0017, 0018 and 0096 while a key is held. */
static const struct {
	uint16_t code;
	uint8_t flags[2], mode;
} keys[] = {
	{SCAN_RIGHT_SHIFT, {0x01, 0x00}, 0x00},
	{SCAN_LEFT_SHIFT, {0x02, 0x00}, 0x00},
	{SCAN_CTRL, {0x04, 0x01}, 0x00},
	{SCAN_ALT, {0x08, 0x02}, 0x00},
	{SCANCODE_E0 | SCAN_CTRL, {0x04, 0x00}, 0x04},
	{SCANCODE_E0 | SCAN_ALT, {0x08, 0x00}, 0x08},
	{SCAN_SCROLL_LOCK, {0x00, 0x10}, 0x00}, /* what a lock switches is the same ... */
	{SCAN_NUM_LOCK, {0x00, 0x20}, 0x00},
	{SCAN_CAPS_LOCK, {0x00, 0x40}, 0x00}, /* ... bit at 0017 */
	{SCAN_INSERT, {0x00, 0x80}, 0x00},
	{SCANCODE_E0 | SCAN_INSERT, {0x00, 0x80}, 0x00},
};

/* The keypad from 7 to the point: the number, and the scan code with Ctrl. */
static const struct {
	char character;
	uint8_t with_ctrl;
} keypad[] = {
	{'7', 0x77}, {'8', 0x8d}, {'9', 0x84}, {'-', 0x8e}, {'4', 0x73}, {'5', 0x8f}, {'6', 0x74},
	{'+', 0x90}, {'1', 0x75}, {'2', 0x91}, {'3', 0x76}, {'0', 0x92}, {'.', 0x93},
};

/* Keys with codes of their own: alone, with Shift, Ctrl, Alt. */
static const struct {
	uint16_t code, keys[4];
} others[] = {
	{SCAN_ASTERISK, {0x372a, 0x372a, 0x9600, 0x3700}},
	{SCAN_SLASH, {0xe02f, 0xe02f, 0x9500, 0xa400}},
	{SCAN_ENTER, {0xe00d, 0xe00d, 0xe00a, 0xa600}},
	{SCAN_102ND, {0x565c, 0x567c, 0, 0}},
};

static uint32_t held; /* a bit for each of keys[] */
/* INT 16h AX=0305h. */
static uint8_t delay, rate;
static bool typematic_set;

static int find_key(uint16_t code)
{
	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].code == code)
			return i;
	return NO_KEY;
}

/* --- shift and lock keys ----------------------------------------------------- */

static void show_held(void)
{
	uint8_t flags[2] = {0, 0}, mode = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!(held & 1u << i))
			continue;
		flags[0] |= keys[i].flags[0];
		flags[1] |= keys[i].flags[1];
		mode |= keys[i].mode;
	}
	keyboard_hold(flags, mode);
}

static uint8_t modifiers_held(void)
{
	const uint8_t flags = bda()->shift_flags[0];

	return (flags & 3 ? MODIFIER_SHIFT : 0) | (flags & 4 ? MODIFIER_CTRL : 0) |
	       (flags & 8 ? MODIFIER_ALT : 0);
}

uint8_t scancode_lights(void)
{
	uint8_t lights = bda()->shift_flags[0] >> LOCKS_SHIFT & LOCKS;

	bda()->keyboard_mode[1] = (bda()->keyboard_mode[1] & ~LOCKS) | lights;
	return lights;
}

static bool locked(uint8_t lock)
{
	return scancode_lights() & lock;
}

/* A number that was entered on the keypad while Alt was held is a character. */
static void release_alt(void)
{
	uint8_t character = bda()->alt_keypad;

	bda()->alt_keypad = 0;
	if (character)
		keyboard_put(character);
}

static void hold_key(unsigned i, bool down)
{
	bool before = held & 1u << i;

	if (down && !before)
		bda()->shift_flags[0] ^= keys[i].flags[1] & LOCK_KEYS;
	held = down ? held | 1u << i : held & ~(1u << i);
	show_held();
	if (!down && before && keys[i].flags[0] & 8)
		release_alt();
}

/* --- keys -------------------------------------------------------------------- */

static unsigned column_of(uint8_t modifiers)
{
	return modifiers & MODIFIER_ALT ? 3 : modifiers & MODIFIER_CTRL ? 2 : modifiers & 1;
}

static void put(uint16_t key)
{
	if (key)
		keyboard_put(key);
}

static void press_keypad(uint8_t scan, uint8_t modifiers)
{
	char character = keypad[scan - SCAN_KEYPAD].character;
	bool number = character >= '0' && character <= '9';
	bool sign = character == '-' || character == '+', shift = modifiers & MODIFIER_SHIFT;

	if (modifiers & MODIFIER_ALT) {
		if (number)
			bda()->alt_keypad = bda()->alt_keypad * 10 + (character - '0');
		else if (sign)
			put(scan << 8);
	} else if (modifiers & MODIFIER_CTRL) {
		put(keypad[scan - SCAN_KEYPAD].with_ctrl << 8);
	} else if (sign || shift != locked(SCANCODE_NUM_LOCK)) {
		put(scan << 8 | character);
	} else {
		keyboard_toggle_insert(scan == SCAN_INSERT);
		put(scan << 8 | (scan == SCAN_KEYPAD_5 ? CENTRE_KEY : 0));
	}
}

static bool is_letter(uint8_t scan)
{
	return (scan >= 0x10 && scan <= 0x19) || (scan >= 0x1e && scan <= 0x26) ||
	       (scan >= 0x2c && scan <= 0x32);
}

/* A key that types something. */
static void press_key(uint16_t code, uint8_t modifiers)
{
	bool reset = modifiers & MODIFIER_CTRL && modifiers & MODIFIER_ALT;

	for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
		if (others[i].code == code) {
			put(others[i].keys[column_of(modifiers)]);
			return;
		}
	if (code >= SCAN_KEYPAD && code <= SCAN_DELETE && !(code == SCAN_DELETE && reset)) {
		press_keypad(code, modifiers);
		return;
	}
	if (is_letter(code) && !(modifiers & ~MODIFIER_SHIFT) && locked(SCANCODE_CAPS_LOCK))
		modifiers ^= MODIFIER_SHIFT;
	keyboard_press_scan_code(code, modifiers);
}

/* Print Screen, Pause and their like; false if it is none. */
static bool press_special(uint16_t code, uint8_t modifiers)
{
	bool ctrl = modifiers & MODIFIER_CTRL;

	if (code == SCAN_PRINT) {
		if (ctrl)
			put(0x7200);
		else if (!(modifiers & MODIFIER_ALT)) /* which makes it SysRq */
			keyboard_print_screen();
	} else if (code == SCAN_BREAK || (code == SCANCODE_PAUSE && ctrl) ||
		   (code == SCAN_SCROLL_LOCK && ctrl)) {
		keyboard_break();
	} else if (code == SCANCODE_PAUSE || (code == SCAN_NUM_LOCK && ctrl)) {
		keyboard_pause();
	} else {
		return false;
	}
	return true;
}

void scancode_key(uint16_t code, bool down)
{
	uint8_t modifiers = modifiers_held();
	int key = find_key(code);
	bool special = down && press_special(code, modifiers);

	/* With Ctrl, two of the lock keys are something else. */
	if (key >= 0 && !(special && keys[key].flags[1] & LOCK_KEYS))
		hold_key(key, down);
	if (!down || special || (key >= 0 && (code & 0xff) != SCAN_INSERT))
		return;
	/* Shift before and after a grey key, as keyboards send it for old programs. */
	if (code == (SCANCODE_E0 | SCAN_LEFT_SHIFT) || code == (SCANCODE_E0 | SCAN_RIGHT_SHIFT))
		return;
	if (keyboard_resume())
		return;
	press_key(code, modifiers);
}

/* --- repetition -------------------------------------------------------------- */

void scancode_set_typematic(uint8_t new_delay, uint8_t new_rate)
{
	delay = new_delay & DELAY_MASK;
	rate = new_rate & RATE_MASK;
	typematic_set = true;
}

/* A PC's beginning is 500 ms and 10.9 a second. */
static uint32_t delay_ms(void)
{
	return ((typematic_set ? delay : 1) + 1) * DELAY_STEP_MS;
}

static uint32_t period_ms(void)
{
	uint8_t r = typematic_set ? rate : 0x0b;

	/* (8 + bits 0-2) * 2^(bits 3-4) * 4.17 ms */
	return ((8 + (r & 7)) << (r >> 3)) * 417 / 100;
}

static bool repeats(uint16_t code)
{
	return code != SCANCODE_PAUSE && code != SCAN_PRINT && code != SCAN_BREAK &&
	       (find_key(code) < 0 || (code & 0xff) == SCAN_INSERT);
}

void scancode_repeating_key(struct scancode_repeat *repeat, uint16_t code, bool down)
{
	if (down && repeats(code)) {
		repeat->code = code;
		repeat->wait = delay_ms();
		repeat->last = keyboard_time_ms();
	} else if (repeat->code == code) {
		repeat->code = 0;
	}
	scancode_key(code, down);
}

/* A host that stood still for a while does not make a key repeat. */
bool scancode_repeat(struct scancode_repeat *repeat)
{
	uint64_t now;
	uint32_t step;

	if (!repeat->code)
		return false;
	now = keyboard_time_ms();
	step = now - repeat->last > MAX_STEP_MS ? MAX_STEP_MS : now - repeat->last;
	repeat->last = now;
	if (step < repeat->wait) {
		repeat->wait -= step;
		return false;
	}
	repeat->wait = period_ms();
	scancode_key(repeat->code, true);
	return true;
}
