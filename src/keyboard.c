/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * From the bytes that a terminal sends to the keys of a PC's keyboard. The ring
 * in the BIOS data area is the only queue: bytes are taken from a console only
 * while it has room, and wait in the console otherwise.
 *
 * Characters are keys of the US keyboard. The others come as sequences: ESC O and
 * ESC [ (SS3 and CSI), with parameters, modifiers and a final character. A
 * sequence is recognised in whatever pieces it comes; only an ESC that stays alone
 * for long is the Esc key. ESC before a key is Alt.
 *
 * References: ECMA-48, 5.4 "Control sequences"; xterm, "Control Sequences", "PC-
 * Style Function Keys" and "VT220-Style Function Keys"; console_codes(4); Ralf
 * Brown's Interrupt List, INT 16, table 00006 for the keys.
 */
#include "keyboard.h"

#include <string.h>

#include "bda.h"
#include "charset.h"
#include "console.h"
#include "hw/clock.h"
#include "hw/reset.h"

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
	BUSY_MS = 100,

	RING_START = 0x1e,        /* from 0040:0000 */
	ENHANCED_KEYBOARD = 0x10, /* in bda.keyboard_mode[0] */
	MAX_KEYS_OF_A_BYTE = 2,
	MAX_PARAMETER = 0xffff,
};

enum modifiers { /* as xterm counts them, from 0 */
		 SHIFT = 1,
		 ALT = 2,
		 CTRL = 4,
		 MODIFIERS = 7,
};

enum shift_flags {
	FLAG_LEFT_SHIFT = 0x02, /* 0040:0017 */
	FLAG_CTRL = 0x04,
	FLAG_ALT = 0x08,
	FLAG_INSERT = 0x80,
	FLAG_PRESSED = 0x0f,
	FLAG_LEFT_CTRL = 0x01, /* 0040:0018 */
	FLAG_LEFT_ALT = 0x02,
};

/* Keys without a character: F1 is 1, F12 is 12. */
enum special_key {
	NONE = 0,
	F1 = 1,
	F12 = 12,
	HOME,
	UP,
	PAGE_UP,
	LEFT,
	RIGHT,
	END,
	DOWN,
	PAGE_DOWN,
	INSERT,
	DELETE,
	CENTRE,
	BACK_TAB,
	SHIFTED = 0x40, /* F13-F20 of a VT220 are a PC's Shift-F1 to -F8 */
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

static struct {
	uint8_t state;
	bool alt;      /* an ESC came before the sequence */
	uint8_t count; /* parameters that have ended */
	uint16_t parameter[2];
	uint8_t utf8_left;
	uint32_t utf8;
	uint64_t since;  /* when the last byte came or was waited for, ns */
	uint32_t silent; /* how long none has come, ns */
	bool break_due;
	uint8_t modifiers[BDA_KEYS]; /* of the keys in the ring */
} keyboard;

/* --- the ring -------------------------------------------------------------- */

void keyboard_init(void)
{
	struct bda *b = bda();

	memset(&keyboard, 0, sizeof(keyboard));
	b->key_start = RING_START;
	b->key_end = RING_START + sizeof(b->keys);
	b->key_head = b->key_tail = RING_START;
	b->keyboard_mode[0] = ENHANCED_KEYBOARD;
}

/* The ring's bounds, which programs may move to make it larger. */
static uint16_t ring_start(void)
{
	return bda()->key_start ? bda()->key_start : RING_START;
}

static uint16_t ring_end(void)
{
	uint16_t end = bda()->key_end;

	return end > ring_start() ? end : ring_start() + sizeof(bda()->keys);
}

static uint16_t ring_next(uint16_t offset)
{
	offset += 2;
	return offset >= ring_end() ? ring_start() : offset;
}

/* A program that writes the ring by itself may have left it in any state. */
static void check_ring(void)
{
	struct bda *b = bda();

	if (b->key_head < ring_start() || b->key_head >= ring_end() || b->key_tail < ring_start() ||
	    b->key_tail >= ring_end())
		b->key_head = b->key_tail = ring_start();
}

static uint16_t *ring_slot(uint16_t offset)
{
	return phys_ptr(BDA_BASE + offset);
}

static uint8_t *slot_modifiers(uint16_t offset)
{
	return &keyboard.modifiers[offset / 2 % BDA_KEYS];
}

static bool ring_has_room(unsigned keys)
{
	uint16_t tail;

	check_ring();
	tail = bda()->key_tail;
	for (; keys; keys--) {
		tail = ring_next(tail);
		if (tail == bda()->key_head)
			return false;
	}
	return true;
}

static bool put(uint16_t key, uint8_t modifiers)
{
	uint16_t tail;

	if (!ring_has_room(1))
		return false;
	tail = bda()->key_tail;
	*ring_slot(tail) = key;
	*slot_modifiers(tail) = modifiers;
	bda()->key_tail = ring_next(tail);
	return true;
}

bool keyboard_put(uint16_t key)
{
	return put(key, 0);
}

bool keyboard_peek(uint16_t *key)
{
	check_ring();
	if (bda()->key_head == bda()->key_tail)
		return false;
	*key = *ring_slot(bda()->key_head);
	return true;
}

static void set_shift_flags(uint8_t modifiers)
{
	uint8_t *flags = bda()->shift_flags;

	flags[0] &= ~FLAG_PRESSED;
	flags[1] &= ~(FLAG_LEFT_CTRL | FLAG_LEFT_ALT);
	if (modifiers & SHIFT)
		flags[0] |= FLAG_LEFT_SHIFT;
	if (modifiers & CTRL) {
		flags[0] |= FLAG_CTRL;
		flags[1] |= FLAG_LEFT_CTRL;
	}
	if (modifiers & ALT) {
		flags[0] |= FLAG_ALT;
		flags[1] |= FLAG_LEFT_ALT;
	}
}

void keyboard_take(void)
{
	uint16_t head = bda()->key_head;

	set_shift_flags(*slot_modifiers(head));
	*slot_modifiers(head) = 0;
	bda()->key_head = ring_next(head);
}

void keyboard_release(void)
{
	set_shift_flags(0);
}

/* --- characters ------------------------------------------------------------ */

/* Scan codes of the US keyboard for 20h-7Fh; bit 7: with Shift. */
static const uint8_t scan_codes[0x60] = {
	0x39, 0x82, 0xa8, 0x84, 0x85, 0x86, 0x88, 0x28, 0x8a, 0x8b, 0x89, 0x8d, 0x33, 0x0c,
	0x34, 0x35, 0x0b, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0xa7, 0x27,
	0xb3, 0x0d, 0xb4, 0xb5, 0x83, 0x9e, 0xb0, 0xae, 0xa0, 0x92, 0xa1, 0xa2, 0xa3, 0x97,
	0xa4, 0xa5, 0xa6, 0xb2, 0xb1, 0x98, 0x99, 0x90, 0x93, 0x9f, 0x94, 0x96, 0xaf, 0x91,
	0xad, 0x95, 0xac, 0x1a, 0x2b, 0x1b, 0x87, 0x8c, 0x29, 0x1e, 0x30, 0x2e, 0x20, 0x12,
	0x21, 0x22, 0x23, 0x17, 0x24, 0x25, 0x26, 0x32, 0x31, 0x18, 0x19, 0x10, 0x13, 0x1f,
	0x14, 0x16, 0x2f, 0x11, 0x2d, 0x15, 0x2c, 0x9a, 0xab, 0x9b, 0xa9, 0x0e,
};

enum {
	SCAN_SHIFT = 0x80,
	SCAN_ESC = 0x01,
	SCAN_1 = 0x02,
	SCAN_EQUAL = 0x0d,
	SCAN_BACKSPACE = 0x0e,
	SCAN_TAB = 0x0f,
	SCAN_ENTER = 0x1c,
	ALT_1_LESS_1 = 0x76, /* Alt with the upper row: 78h for 1 to 83h for = */
};

/* Backspace, Tab, Enter and Esc, which have a place of their own in every row
 * of the table of keys. */
static bool put_named(uint8_t c, uint8_t modifiers)
{
	bool alt = modifiers & ALT;

	switch (c) {
	case '\b':
	case DEL:
		put(SCAN_BACKSPACE << 8 | (alt ? 0 : '\b'), modifiers);
		return true;
	case '\t': /* ESC TAB is the Linux console's Shift-Tab */
		if (alt)
			modifiers = SHIFT;
		put(SCAN_TAB << 8 | (modifiers & SHIFT ? 0 : '\t'), modifiers);
		return true;
	case '\r':
		put(SCAN_ENTER << 8 | (alt ? 0 : '\r'), modifiers);
		return true;
	case ESC:
		put(SCAN_ESC << 8 | (alt ? 0 : ESC), modifiers);
		return true;
	}
	return false;
}

static void put_character(uint8_t c, uint8_t modifiers)
{
	uint8_t scan, code = c;

	if (put_named(c, modifiers))
		return;
	if (c < ' ') { /* Ctrl and one of @ to _; letters as if they were small */
		c |= c && c <= 26 ? 0x60 : 0x40;
		modifiers |= CTRL;
	}
	if (c >= 0x80) {
		put(c, modifiers); /* as if entered with Alt and the numeric pad */
		return;
	}
	scan = scan_codes[c - ' '];
	if (scan & SCAN_SHIFT && !(modifiers & CTRL))
		modifiers |= SHIFT;
	scan &= ~SCAN_SHIFT;
	if (modifiers & ALT && c != ' ') {
		code = 0;
		if (scan >= SCAN_1 && scan <= SCAN_EQUAL)
			scan += ALT_1_LESS_1;
	}
	put(scan << 8 | code, modifiers);
}

/* --- keys without a character ---------------------------------------------- */

/* HOME to DELETE: scan codes alone, with Ctrl, with Alt. */
static const uint8_t grey_keys[][3] = {
	{0x47, 0x77, 0x97}, {0x48, 0x8d, 0x98}, {0x49, 0x84, 0x99}, {0x4b, 0x73, 0x9b},
	{0x4d, 0x74, 0x9d}, {0x4f, 0x75, 0x9f}, {0x50, 0x91, 0xa0}, {0x51, 0x76, 0xa1},
	{0x52, 0x92, 0xa2}, {0x53, 0x93, 0xa3},
};

/* F1 and F11, alone and with Shift, Ctrl, Alt; the next ones follow. */
static const uint8_t function_keys[] = {0x3b, 0x54, 0x5e, 0x68};
static const uint8_t function_keys_11[] = {0x85, 0x87, 0x89, 0x8b};

static void put_grey(unsigned key, uint8_t modifiers)
{
	unsigned column = modifiers & ALT ? 2 : modifiers & CTRL ? 1 : 0;

	if (key == DELETE && modifiers & ALT && modifiers & CTRL) {
		bda()->reset_flag = 0x1234; /* a warm start */
		reset_machine();
	}
	if (key == INSERT && !modifiers)
		bda()->shift_flags[0] ^= FLAG_INSERT;
	/* With Alt, and only then, the character is 0. */
	put(grey_keys[key - HOME][column] << 8 | (column == 2 ? 0 : 0xe0), modifiers);
}

static void put_special(unsigned key, uint8_t modifiers)
{
	unsigned column;

	if (key & SHIFTED) {
		key &= ~SHIFTED;
		modifiers |= SHIFT;
	}
	column = modifiers & ALT ? 3 : modifiers & CTRL ? 2 : modifiers & SHIFT;
	if (key == NONE)
		return;
	if (key <= F1 + 9)
		put((function_keys[column] + key - F1) << 8, modifiers);
	else if (key <= F12)
		put((function_keys_11[column] + key - F1 - 10) << 8, modifiers);
	else if (key <= DELETE)
		put_grey(key, modifiers);
	else if (key == CENTRE)
		put((modifiers & CTRL ? 0x8f : 0x4c) << 8, modifiers);
	else
		put_character('\t', modifiers | SHIFT);
}

/* The finals from A on, after CSI or SS3. */
static const uint8_t cursor_keys[] =
	{
		['A' - 'A'] = UP,        ['B' - 'A'] = DOWN,    ['C' - 'A'] = RIGHT,
		['D' - 'A'] = LEFT,      ['E' - 'A'] = CENTRE,  ['F' - 'A'] = END,
		['G' - 'A'] = PAGE_DOWN, /* those to I and L: PuTTY as an SCO console */
		['H' - 'A'] = HOME,      ['I' - 'A'] = PAGE_UP, ['L' - 'A'] = INSERT,
};

/* CSI and a letter: F1-F12, with Shift, with Ctrl, of PuTTY as an SCO console. */
static void put_sco(uint8_t final, uint8_t modifiers)
{
	unsigned key = final - (final < 'a' ? 'M' : 'a' - 14);

	if (key >= 3 * F12 || (final > 'Z' && final < 'a'))
		return;
	if (key >= F12)
		modifiers |= key < 2 * F12 ? SHIFT : CTRL;
	put_special(F1 + key % F12, modifiers);
}

/* CSI number ~. */
static unsigned key_of_number(unsigned number)
{
	static const uint8_t keys[] = {
		NONE,
		HOME,
		INSERT,
		DELETE,
		END,
		PAGE_UP,
		PAGE_DOWN,
		HOME,
		END,
		NONE,
		NONE,
		F1,
		F1 + 1,
		F1 + 2,
		F1 + 3,
		F1 + 4,
		NONE,
		F1 + 5,
		F1 + 6,
		F1 + 7,
		F1 + 8,
		F1 + 9,
		NONE,
		F1 + 10,
		F12,
		SHIFTED | F1,
		SHIFTED | (F1 + 1),
		NONE,
		SHIFTED | (F1 + 2),
		SHIFTED | (F1 + 3),
		NONE,
		SHIFTED | (F1 + 4),
		SHIFTED | (F1 + 5),
		SHIFTED | (F1 + 6),
		SHIFTED | (F1 + 7),
	};

	return number < sizeof(keys) ? keys[number] : NONE;
}

/* --- sequences ------------------------------------------------------------- */

static void begin(enum state state)
{
	keyboard.state = state;
	keyboard.count = 0;
	memset(keyboard.parameter, 0, sizeof(keyboard.parameter));
}

/* Modifiers as a parameter has them, 1 more than their sum; bit 3 is Meta. */
static uint8_t modifiers_of(unsigned parameter)
{
	uint8_t modifiers = keyboard.alt ? ALT : 0;

	if (parameter)
		modifiers |= (parameter - 1) & MODIFIERS;
	return modifiers;
}

/* The modifiers of cursor keys are the last parameter, or the only one. `state` is
 * the one before the final. */
static void end_sequence(uint8_t final, enum state state)
{
	uint16_t *parameter = keyboard.parameter;
	uint8_t modifiers = modifiers_of(parameter[keyboard.count]);

	if (final == '~')
		put_special(key_of_number(parameter[0]),
			    modifiers_of(keyboard.count ? parameter[1] : 0));
	else if (final >= 'A' && final <= 'L')
		put_special(cursor_keys[final - 'A'], modifiers);
	else if (final == 'Z' && state != AFTER_SS3)
		put_special(BACK_TAB, modifiers);
	else if (state == AFTER_CSI)
		put_sco(final, modifiers);
	else if (final >= 'P' && final <= '[') /* PF1-PF4; VT100+ has all 12 */
		put_special(F1 + final - 'P', modifiers);
	else if (state == AFTER_SS3 && final == 'M') /* of the keypad */
		put_character('\r', modifiers);
	else if (state == AFTER_SS3 && final == 'w') /* PuTTY's, as rxvt's */
		put_special(END, modifiers);
}

/* A digit or separator of a sequence; false if it is neither. */
static bool add_parameter(uint8_t c)
{
	uint16_t *parameter = &keyboard.parameter[keyboard.count];

	if (c >= '0' && c <= '9') {
		if (*parameter < MAX_PARAMETER / 10)
			*parameter = *parameter * 10 + (c - '0');
	} else if (c == ';') {
		keyboard.count = 1;
	} else {
		return false;
	}
	return true;
}

/* --- bytes ----------------------------------------------------------------- */

static void begin_utf8(uint8_t c)
{
	if (c >= 0xf0 && c < 0xf8)
		keyboard.utf8_left = 3;
	else if (c >= 0xe0 && c < 0xf0)
		keyboard.utf8_left = 2;
	else if (c >= 0xc2 && c < 0xe0)
		keyboard.utf8_left = 1;
	else
		return;
	keyboard.utf8 = c & (0x3f >> keyboard.utf8_left);
	keyboard.state = IN_UTF8;
}

static void in_ground(uint8_t c)
{
	keyboard.alt = keyboard.state != GROUND;
	begin(GROUND);
	if (c == ESC)
		keyboard.state = AFTER_ESC;
	else if (c == C1_CSI || c == C1_SS3)
		keyboard.state = c == C1_CSI ? AFTER_CSI : AFTER_SS3;
	else if (c >= 0x80)
		begin_utf8(c);
	else
		put_character(c, keyboard.alt ? ALT : 0);
}

static void in_utf8(uint8_t c)
{
	int character;

	if ((c & 0xc0) != 0x80) { /* cut short: it is lost, what follows is not */
		keyboard.state = GROUND;
		in_ground(c);
		return;
	}
	keyboard.utf8 = keyboard.utf8 << 6 | (c & 0x3f);
	if (--keyboard.utf8_left)
		return;
	keyboard.state = GROUND;
	character = charset_from_unicode(keyboard.utf8);
	if (character >= 0)
		put_character(character, 0);
}

static void after_esc(uint8_t c)
{
	bool twice = keyboard.state == AFTER_ESC_ESC;

	if (c == '[' || c == 'O') {
		keyboard.alt = twice;
		begin(c == '[' ? AFTER_CSI : AFTER_SS3);
		return;
	}
	if (c == ESC) {
		if (twice)
			put_character(ESC, 0);
		keyboard.state = AFTER_ESC_ESC;
		return;
	}
	if (twice)
		put_character(ESC, 0);
	in_ground(c);
}

static void in_sequence(uint8_t c)
{
	enum state state = keyboard.state;

	if (c < ' ' || c >= DEL) { /* cut short: it is lost, what follows is not */
		keyboard.state = GROUND;
		in_ground(c);
		return;
	}
	if (state == AFTER_CSI && c == '[') {
		keyboard.state = AFTER_CSI_CSI;
		return;
	}
	if (state == AFTER_CSI_CSI) {
		keyboard.state = GROUND;
		if (c >= 'A' && c <= 'E')
			put_special(F1 + c - 'A', modifiers_of(0));
		return;
	}
	/* Private parameters and intermediate bytes belong to keys we don't have. */
	if (add_parameter(c) || c < '@') {
		keyboard.state = IN_SEQUENCE;
		return;
	}
	keyboard.state = GROUND;
	end_sequence(c, state);
}

static void decode(uint8_t c)
{
	switch (keyboard.state) {
	case GROUND:
		in_ground(c);
		break;
	case AFTER_ESC:
	case AFTER_ESC_ESC:
		after_esc(c);
		break;
	case IN_UTF8:
		in_utf8(c);
		break;
	default:
		in_sequence(c);
	}
}

/*
 * How long no byte has come, ns, as far as we were there to see: a long time between
 * two looks is one in which the machine stood still or the program did not care, and
 * the byte may be on its way.
 */
static uint32_t silence(void)
{
	uint64_t now = clock_ns(), step = now - keyboard.since;

	keyboard.since = now;
	keyboard.silent += step < LOOK_MS * NS_PER_MS ? step : LOOK_MS * NS_PER_MS;
	return keyboard.silent;
}

/* The rest of a sequence did not come: what came were keys of their own. With
 * parameters it was none; its rest may come at any time. */
static void give_up_waiting(void)
{
	enum state state = keyboard.state;
	uint32_t limit_ms = state <= AFTER_ESC_ESC ? LONE_ESC_MS : SEQUENCE_MS;

	if (state == GROUND || state >= IN_SEQUENCE || silence() < limit_ms * NS_PER_MS)
		return;
	keyboard.state = GROUND;
	if (state <= AFTER_ESC_ESC)
		put_character(ESC, 0);
	if (state == AFTER_ESC_ESC)
		put_character(ESC, 0);
	else if (state != AFTER_ESC)
		put_character(state == AFTER_CSI ? '[' : 'O', ALT);
}

/* Ctrl-Break: the ring is emptied, and holds one key of zeros. */
static void break_pressed(void)
{
	struct bda *b = bda();

	b->break_flag |= 0x80;
	b->key_head = b->key_tail;
	put(0, CTRL);
	keyboard.break_due = true;
}

void keyboard_poll(void)
{
	bool any = false;

	while (ring_has_room(MAX_KEYS_OF_A_BYTE)) {
		int c = console_read();

		if (c < 0)
			break;
		any = true;
		if (c == CONSOLE_BREAK)
			break_pressed();
		else
			decode(c);
	}
	if (any) {
		keyboard.since = clock_ns();
		keyboard.silent = 0;
	} else if (ring_has_room(MAX_KEYS_OF_A_BYTE)) {
		give_up_waiting();
	}
}

bool keyboard_take_break(void)
{
	bool due = keyboard.break_due;

	keyboard.break_due = false;
	return due;
}

bool keyboard_is_busy(void)
{
	return keyboard.since && clock_ns() - keyboard.since < BUSY_MS * NS_PER_MS;
}
