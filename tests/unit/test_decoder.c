/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The decoder of what terminals send, with the real keyboard behind it: every sequence of
 * docs/console.md, whole, cut behind each byte, and mixed with what comes on another line;
 * and what becomes of a sequence that does not end.
 */
#include "console/decoder.h"

#include <string.h>

#include "bda.h"
#include "console/keyboard.h"
#include "console/screen.h"
#include "hw/clock.h"
#include "lib/util.h"
#include "unit.h"

enum {
	S = MODIFIER_SHIFT,
	A = MODIFIER_ALT,
	C = MODIFIER_CTRL,
	TICK_MS = 55,
};

/* Bytes, INT 16h's AX (0: no key comes of it), what is held down. */
struct typed {
	const char *bytes;
	uint16_t key;
	uint8_t modifiers;
};

static const struct typed table[] = {
	/* arrows, Home, End */
	{"\e[A", 0x48e0, 0},
	{"\e[B", 0x50e0, 0},
	{"\e[C", 0x4de0, 0},
	{"\e[D", 0x4be0, 0},
	{"\e[H", 0x47e0, 0},
	{"\e[F", 0x4fe0, 0},
	{"\eOA", 0x48e0, 0},
	{"\eOB", 0x50e0, 0},
	{"\eOC", 0x4de0, 0},
	{"\eOD", 0x4be0, 0},
	{"\eOH", 0x47e0, 0},
	{"\eOF", 0x4fe0, 0},
	{"\x9b"
	 "A",
	 0x48e0, 0},
	{"\x8f"
	 "A",
	 0x48e0, 0},
	/* Home, Ins, Del, End, PgUp, PgDn */
	{"\e[1~", 0x47e0, 0},
	{"\e[2~", 0x52e0, 0},
	{"\e[3~", 0x53e0, 0},
	{"\e[4~", 0x4fe0, 0},
	{"\e[5~", 0x49e0, 0},
	{"\e[6~", 0x51e0, 0},
	{"\e[7~", 0x47e0, 0},
	{"\e[8~", 0x4fe0, 0},
	{"\eOw", 0x4fe0, 0},
	/* F1-F12 */
	{"\eOP", 0x3b00, 0},
	{"\eOQ", 0x3c00, 0},
	{"\eOR", 0x3d00, 0},
	{"\eOS", 0x3e00, 0},
	{"\eOT", 0x3f00, 0},
	{"\eO[", 0x8600, 0},
	{"\e[11~", 0x3b00, 0},
	{"\e[15~", 0x3f00, 0},
	{"\e[17~", 0x4000, 0},
	{"\e[21~", 0x4400, 0},
	{"\e[23~", 0x8500, 0},
	{"\e[24~", 0x8600, 0},
	{"\e[[A", 0x3b00, 0},
	{"\e[[E", 0x3f00, 0},
	/* Shift-F1 to -F8 */
	{"\e[25~", 0x5400, S},
	{"\e[26~", 0x5500, S},
	{"\e[28~", 0x5600, S},
	{"\e[29~", 0x5700, S},
	{"\e[31~", 0x5800, S},
	{"\e[34~", 0x5b00, S},
	/* with Shift, Ctrl, Alt */
	{"\e[1;2A", 0x48e0, S},
	{"\e[1;3A", 0x9800, A},
	{"\e[1;5A", 0x8de0, C},
	{"\e[3;2~", 0x53e0, S},
	{"\e[3;5~", 0x93e0, C},
	{"\e[1;5P", 0x5e00, C},
	{"\eO5P", 0x5e00, C},
	{"\e[5A", 0x8de0, C},
	{"\e[1;9A", 0x48e0, 0}, /* Meta is no key of a PC's */
	{"\e\e[A", 0x9800, A},
	{"\e\e[3~", 0xa300, A},
	/* PuTTY as SCO console */
	{"\e[M", 0x3b00, 0},
	{"\e[X", 0x8600, 0},
	{"\e[Y", 0x5400, S},
	{"\e[a", 0x5600, S},
	{"\e[j", 0x8800, S},
	{"\e[k", 0x5e00, C},
	{"\e[v", 0x8a00, C},
	{"\e[I", 0x49e0, 0},
	{"\e[G", 0x51e0, 0},
	{"\e[L", 0x52e0, 0},
	/* Shift-Tab, Backspace, Enter */
	{"\e[Z", 0x0f00, S},
	{"\e\t", 0x0f00, S},
	{"\b", 0x0e08, 0},
	{"\x7f", 0x0e08, 0},
	{"\e\x7f", 0x0e00, A},
	{"\r", 0x1c0d, 0},
	{"\eOM", 0x1c0d, 0},
	{"\e\r", 0x1c00, A},
	/* characters, Alt and Ctrl with them, UTF-8 of CP437's */
	{"a", 0x1e61, 0},
	{"A", 0x1e41, S},
	{"1", 0x0231, 0},
	{"!", 0x0221, S},
	{" ", 0x3920, 0},
	{"\t", 0x0f09, 0},
	{"\ea", 0x1e00, A},
	{"\e1", 0x7800, A},
	{"\x01", 0x1e01, C},
	{"\x1a", 0x2c1a, C},
	{"\x1d", 0x1b1d, C},
	{"\xc3\xa9", 0x0082, 0},
	{"\xe2\x96\x88", 0x00db, 0},
	/* no key of ours */
	{"\xe2\x82\xac", 0, 0},
	{"\xf0\x9f\x98\x80", 0, 0},
	{"\e[?1;2c", 0, 0},
	{"\e[200~", 0, 0},
	{"\e[99;5~", 0, 0},
	{"\eOc", 0, 0},
	{"\e[<0;10;20M", 0, 0},
	{"\e[27;5;9~", 0, 0},
	{"\e[99999999999~", 0, 0},
};

void screen_tick(void)
{
}

static void begin(void)
{
	fake_console_reset();
	keyboard_init();
}

static uint8_t held(void)
{
	uint8_t flags = bda()->shift_flags[0];

	return (flags & 0x02 ? S : 0) | (flags & 0x08 ? A : 0) | (flags & 0x04 ? C : 0);
}

/* Takes the next key; true if it is this one. */
static bool came(uint16_t wanted, uint8_t modifiers)
{
	uint16_t key;

	if (!keyboard_peek(&key))
		return false;
	keyboard_take();
	if (key == wanted && held() == modifiers)
		return true;
	printf("%04x with %x, not %04x with %x\n", key, held(), wanted, modifiers);
	return false;
}

static bool nothing_came(void)
{
	uint16_t key;

	return !keyboard_peek(&key);
}

static bool came_of(const struct typed *typed)
{
	bool good = (!typed->key || came(typed->key, typed->modifiers)) && nothing_came();

	if (!good)
		printf("that was entry %d\n", (int)(typed - table));
	return good;
}

static void type(struct decoder *decoder, const char *bytes)
{
	for (; *bytes; bytes++)
		decoder_byte(decoder, *bytes);
}

/* So long nothing comes, and the machine looks at each tick. */
static void wait_ms(struct decoder *decoder, unsigned ms)
{
	decoder_no_byte(decoder);
	for (; ms; ms -= min_u32(ms, TICK_MS)) {
		fake_ns += min_u32(ms, TICK_MS) * NS_PER_MS;
		decoder_no_byte(decoder);
	}
}

static void test_whole(void)
{
	struct decoder decoder = {0};

	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
		type(&decoder, table[i].bytes);
		ok(came_of(&table[i]));
		ok(!decoder.state);
	}
}

/* 110 ms behind each byte: a line of 115200 baud takes 0.09 ms for one. */
static void test_cut(void)
{
	struct decoder decoder = {0};

	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
		for (const char *byte = table[i].bytes; *byte; byte++) {
			ok(nothing_came());
			decoder_byte(&decoder, *byte);
			if (byte[1])
				wait_ms(&decoder, 2 * TICK_MS);
		}
		ok(came_of(&table[i]));
	}
}

/* A sequence that is cut short by another one is lost, and that other one is not. */
static void test_cut_short(void)
{
	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
		for (size_t cut = 1; cut < strlen(table[i].bytes); cut++) {
			struct decoder decoder = {0};
			uint16_t key = 0;

			for (size_t n = 0; n < cut; n++)
				decoder_byte(&decoder, table[i].bytes[n]);
			type(&decoder, "\e[20~");
			while (keyboard_peek(&key))
				keyboard_take();
			ok(key == 0x4300 || key == 0x7000); /* F9, or Alt-F9 after an ESC */
			ok(!decoder.state);
		}
}

/* Two lines at the same time, byte by byte. */
static void test_two_lines(void)
{
	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
		for (unsigned j = 0; j < ARRAY_SIZE(table); j++) {
			const struct typed *a = &table[i], *b = &table[j];
			struct decoder first = {0}, second = {0};
			const char *p = a->bytes, *q = b->bytes;

			while (*p || *q) {
				if (*p)
					decoder_byte(&first, *p++);
				if (*q)
					decoder_byte(&second, *q++);
			}
			if (strlen(a->bytes) > strlen(b->bytes)) {
				const struct typed *longer = a;

				a = b;
				b = longer;
			}
			ok(!a->key || came(a->key, a->modifiers));
			ok(came_of(b));
		}
}

static void test_esc_on_one_line_and_a_byte_on_another(void)
{
	struct decoder first = {0}, second = {0};

	begin();
	type(&first, "\e");
	type(&second, "[A");
	ok(came(0x1a5b, 0) && came(0x1e41, S) && nothing_came());
	type(&first, "[A");
	ok(came(0x48e0, 0) && nothing_came());
}

static void test_time(void)
{
	static const struct {
		const char *begin;
		unsigned ms;
		uint16_t keys[2];
		uint8_t modifiers;
	} alone[] = {
		{"\e", 500, {0x011b}, 0},
		{"\e\e", 500, {0x011b, 0x011b}, 0},
		{"\e[", 2000, {0x1a00}, A},
		{"\eO", 2000, {0x1800}, A | S},
	};
	struct decoder decoder = {0};

	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(alone); i++) {
		type(&decoder, alone[i].begin);
		wait_ms(&decoder, alone[i].ms - 1);
		ok(nothing_came());
		wait_ms(&decoder, 1);
		ok(came(alone[i].keys[0], alone[i].modifiers));
		ok(!alone[i].keys[1] || came(alone[i].keys[1], alone[i].modifiers));
		ok(nothing_came());
	}
	/* each byte begins the time anew */
	type(&decoder, "\e");
	wait_ms(&decoder, 499);
	type(&decoder, "[");
	wait_ms(&decoder, 1999);
	type(&decoder, "A");
	ok(came(0x48e0, 0) && nothing_came());
	/* with a number, or in a character, there is no end to waiting */
	type(&decoder, "\e[1;");
	wait_ms(&decoder, 100000);
	type(&decoder, "5A\xc3");
	ok(came(0x8de0, C));
	wait_ms(&decoder, 100000);
	type(&decoder, "\xa9");
	ok(came(0x0082, 0) && nothing_came());
}

/* A host that stood still for an hour between two looks has not cut a sequence. */
static void test_standstill(void)
{
	struct decoder decoder = {0};

	begin();
	type(&decoder, "\e");
	decoder_no_byte(&decoder);
	for (unsigned i = 0; i < 5; i++) {
		fake_ns += 3600 * NS_PER_SECOND;
		decoder_no_byte(&decoder);
	}
	type(&decoder, "[A");
	ok(came(0x48e0, 0) && nothing_came());
}

int main(void)
{
	test_whole();
	test_cut();
	test_cut_short();
	test_two_lines();
	test_esc_on_one_line_and_a_byte_on_another();
	test_time();
	test_standstill();
	return done();
}
