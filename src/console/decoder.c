/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What terminals send for keys.
 *
 * Characters are keys of the US keyboard. The others come as sequences: ESC O and
 * ESC [ (SS3 and CSI), with parameters, modifiers and a final character. A
 * sequence is recognised in whatever pieces it comes; only an ESC that stays alone
 * for long is the Esc key. ESC before a key is Alt.
 *
 * References: ECMA-48, 5.4 "Control sequences"; xterm, "Control Sequences", "PC-
 * Style Function Keys" and "VT220-Style Function Keys"; console_codes(4).
 */
#include "console/decoder.h"

#include <string.h>

#include "lib/charset.h"
#include "console/keyboard.h"
#include "hw/clock.h"
#include "lib/util.h"

enum {
	ESC = 0x1b,
	DEL = 0x7f,
	C1_SS3 = 0x8f, /* of a VT220 with 8 bits; no UTF-8 begins so */
	C1_CSI = 0x9b,

	/* How long a terminal may take from ESC to the next byte, over a slow
	 * network, and after ESC [ and ESC O, which a person hardly types. */
	LONE_ESC_MS = 500,
	SEQUENCE_MS = 2000,
	LOOK_MS = 60, /* what counts at most of the time between two looks */

	MAX_PARAMETER = 0xffff,
	SHIFTED = 0x1000, /* in key_of_number(): the key with Shift */
};

enum state {
	GROUND,
	AFTER_ESC,     /* ESC */
	AFTER_ESC_ESC, /* ESC ESC: Esc twice, or Alt and a sequence */
	AFTER_SS3,     /* ESC O */
	AFTER_CSI,     /* ESC [ */
	IN_SEQUENCE,   /* either, and parameters */
	AFTER_CSI_CSI, /* ESC [ [: the Linux console's F1-F5 */
	IN_UTF8,
};

/* --- what sequences mean --------------------------------------------------- */

/* The finals from A to L, after CSI or SS3; G, I and L are PuTTY's as an SCO console. */
static const uint16_t cursor_keys[] = {
	['A' - 'A'] = KEY_UP,        ['B' - 'A'] = KEY_DOWN, ['C' - 'A'] = KEY_RIGHT,
	['D' - 'A'] = KEY_LEFT,      ['E' - 'A'] = KEY_NONE, ['F' - 'A'] = KEY_END,
	['G' - 'A'] = KEY_PAGE_DOWN, ['H' - 'A'] = KEY_HOME, ['I' - 'A'] = KEY_PAGE_UP,
	['J' - 'A'] = KEY_NONE,      ['K' - 'A'] = KEY_NONE, ['L' - 'A'] = KEY_INSERT,
};

/* CSI number ~. F13-F20 of a VT220 are a PC's Shift-F1 to -F8. */
static unsigned key_of_number(unsigned number)
{
	static const uint16_t keys[] = {
		KEY_NONE,
		KEY_HOME, /* 1 */
		KEY_INSERT,
		KEY_DELETE,
		KEY_END,
		KEY_PAGE_UP,
		KEY_PAGE_DOWN,
		KEY_HOME, /* 7: of rxvt, as the next one */
		KEY_END,
		KEY_NONE,
		KEY_NONE,
		KEY_F1, /* 11 */
		KEY_F1 + 1,
		KEY_F1 + 2,
		KEY_F1 + 3,
		KEY_F1 + 4,
		KEY_NONE,
		KEY_F1 + 5, /* 17 */
		KEY_F1 + 6,
		KEY_F1 + 7,
		KEY_F1 + 8,
		KEY_F10,
		KEY_NONE,
		KEY_F11, /* 23 */
		KEY_F12,
		SHIFTED | KEY_F1, /* 25 */
		SHIFTED | (KEY_F1 + 1),
		KEY_NONE,
		SHIFTED | (KEY_F1 + 2),
		SHIFTED | (KEY_F1 + 3),
		KEY_NONE,
		SHIFTED | (KEY_F1 + 4), /* 31 */
		SHIFTED | (KEY_F1 + 5),
		SHIFTED | (KEY_F1 + 6),
		SHIFTED | (KEY_F1 + 7),
	};

	return number < ARRAY_SIZE(keys) ? keys[number] : KEY_NONE;
}

static void press_numbered(unsigned number, uint8_t modifiers)
{
	unsigned key = key_of_number(number);

	if (key & SHIFTED)
		modifiers |= MODIFIER_SHIFT;
	keyboard_press(key & ~SHIFTED, modifiers);
}

/* CSI and a letter, of PuTTY as an SCO console: F1-F12 are M-X, with Shift Y and Z and a-j,
 * with Ctrl k-v. */
static void press_sco(uint8_t final, uint8_t modifiers)
{
	static const char letters[] = "MNOPQRSTUVWXYZabcdefghijklmnopqrstuv";
	enum { ROW = 12 };

	for (unsigned i = 0; i < sizeof(letters) - 1; i++) {
		if (letters[i] != final)
			continue;
		if (i >= ROW)
			modifiers |= i < 2 * ROW ? MODIFIER_SHIFT : MODIFIER_CTRL;
		keyboard_press(KEY_F1 + i % ROW, modifiers);
	}
}

/* --- sequences ------------------------------------------------------------- */

static void begin(struct decoder *d, enum state state)
{
	d->state = state;
	d->count = 0;
	memset(d->parameter, 0, sizeof(d->parameter));
}

/* Modifiers as a parameter has them, 1 more than their sum; bit 3 is Meta. */
static uint8_t modifiers_of(const struct decoder *d, unsigned parameter)
{
	uint8_t modifiers = d->alt ? MODIFIER_ALT : 0;

	if (parameter)
		modifiers |= (parameter - 1) & ALL_MODIFIERS;
	return modifiers;
}

/* The modifiers of cursor keys are the last parameter, or the only one. `state` is
 * the one before the final. */
static void end_sequence(const struct decoder *d, uint8_t final, enum state state)
{
	const uint16_t *parameter = d->parameter;
	uint8_t modifiers = modifiers_of(d, parameter[d->count || final == '~']);

	if (final == '~')
		press_numbered(parameter[0], modifiers);
	else if (final >= 'A' && final <= 'L')
		keyboard_press(cursor_keys[final - 'A'], modifiers);
	else if (final == 'Z' && state != AFTER_SS3)
		keyboard_press('\t', MODIFIER_SHIFT);
	else if (state == AFTER_CSI)
		press_sco(final, modifiers);
	else if (final >= 'P' && final <= '[') /* PF1-PF4; VT100+ has all 12 */
		keyboard_press(KEY_F1 + final - 'P', modifiers);
	else if (state == AFTER_SS3 && final == 'M') /* of the keypad */
		keyboard_press('\r', modifiers);
	else if (state == AFTER_SS3 && final == 'w') /* PuTTY's, as rxvt's */
		keyboard_press(KEY_END, modifiers);
}

/* A digit or separator of a sequence; false if it is neither. */
static bool add_parameter(struct decoder *d, uint8_t c)
{
	uint16_t *parameter = &d->parameter[d->count];

	if (c >= '0' && c <= '9') {
		if (*parameter < MAX_PARAMETER / 10)
			*parameter = *parameter * 10 + (c - '0');
	} else if (c == ';') {
		d->count = 1;
	} else {
		return false;
	}
	return true;
}

/* --- bytes ----------------------------------------------------------------- */

static void press_character(uint8_t c, bool alt)
{
	if (c == '\t' && alt) /* ESC TAB is the Linux console's Shift-Tab */
		keyboard_press(c, MODIFIER_SHIFT);
	else
		keyboard_press(c, alt ? MODIFIER_ALT : 0);
}

static void begin_utf8(struct decoder *d, uint8_t c)
{
	if (c < 0xc2 || c >= 0xf8)
		return;
	d->utf8_left = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	d->utf8 = c & (0x3f >> d->utf8_left);
	d->state = IN_UTF8;
}

static void in_ground(struct decoder *d, uint8_t c)
{
	d->alt = d->state != GROUND;
	begin(d, GROUND);
	if (c == ESC)
		d->state = AFTER_ESC;
	else if (c == C1_CSI || c == C1_SS3)
		d->state = c == C1_CSI ? AFTER_CSI : AFTER_SS3;
	else if (c >= 0x80)
		begin_utf8(d, c);
	else
		press_character(c, d->alt);
}

static void in_utf8(struct decoder *d, uint8_t c)
{
	int character;

	if ((c & 0xc0) != 0x80) { /* cut short: it is lost, what follows is not */
		d->state = GROUND;
		in_ground(d, c);
		return;
	}
	d->utf8 = d->utf8 << 6 | (c & 0x3f);
	if (--d->utf8_left)
		return;
	d->state = GROUND;
	character = charset_from_unicode(d->utf8);
	if (character >= 0)
		press_character(character, false);
}

static void after_esc(struct decoder *d, uint8_t c)
{
	bool twice = d->state == AFTER_ESC_ESC;

	if (c == '[' || c == 'O') {
		d->alt = twice;
		begin(d, c == '[' ? AFTER_CSI : AFTER_SS3);
		return;
	}
	if (twice)
		press_character(ESC, false);
	if (c == ESC)
		d->state = AFTER_ESC_ESC;
	else
		in_ground(d, c);
}

static void in_sequence(struct decoder *d, uint8_t c)
{
	enum state state = d->state;

	if (c < ' ' || c >= DEL) { /* cut short: it is lost, what follows is not */
		d->state = GROUND;
		in_ground(d, c);
		return;
	}
	if (state == AFTER_CSI && c == '[') {
		d->state = AFTER_CSI_CSI;
		return;
	}
	if (state == AFTER_CSI_CSI) {
		d->state = GROUND;
		if (c >= 'A' && c <= 'E')
			keyboard_press(KEY_F1 + c - 'A', modifiers_of(d, 0));
		return;
	}
	/* Private parameters and intermediate bytes belong to keys we don't have. */
	if (add_parameter(d, c) || c < '@') {
		d->state = IN_SEQUENCE;
		return;
	}
	d->state = GROUND;
	end_sequence(d, c, state);
}

void decoder_byte(struct decoder *d, uint8_t c)
{
	d->waiting = false;
	switch (d->state) {
	case GROUND:
		in_ground(d, c);
		break;
	case AFTER_ESC:
	case AFTER_ESC_ESC:
		after_esc(d, c);
		break;
	case IN_UTF8:
		in_utf8(d, c);
		break;
	default:
		in_sequence(d, c);
	}
}

/*
 * How long no byte has come, ns, as far as we were there to see: a long time between
 * two looks is one in which the machine stood still or the program did not care, and
 * the byte may be on its way.
 */
static uint32_t silence(struct decoder *d)
{
	uint64_t now = clock_ns(), step = now - d->since;

	if (!d->waiting)
		step = d->silent_ns = 0;
	d->waiting = true;
	d->since = now;
	d->silent_ns += step < LOOK_MS * NS_PER_MS ? step : LOOK_MS * NS_PER_MS;
	return d->silent_ns;
}

/* With parameters it was a sequence for sure; its rest may come at any time. */
void decoder_no_byte(struct decoder *d)
{
	enum state state = d->state;
	uint32_t limit_ms = state <= AFTER_ESC_ESC ? LONE_ESC_MS : SEQUENCE_MS;

	if (state == GROUND || state >= IN_SEQUENCE || silence(d) < limit_ms * NS_PER_MS)
		return;
	d->state = GROUND;
	if (state <= AFTER_ESC_ESC)
		press_character(ESC, false);
	if (state == AFTER_ESC_ESC)
		press_character(ESC, false);
	else if (state != AFTER_ESC)
		press_character(state == AFTER_CSI ? '[' : 'O', true);
}
