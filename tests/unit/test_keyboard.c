/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The ring of keys, what fills it, consoles as its inputs, and keys by scan code.
 */
#include "console/keyboard.h"

#include <string.h>

#include "bda.h"
#include "console/console.h"
#include "console/screen.h"
#include "hw/clock.h"
#include "lib/util.h"
#include "unit.h"

enum { S = MODIFIER_SHIFT, A = MODIFIER_ALT, C = MODIFIER_CTRL, RING_KEYS = 15 };

void screen_tick(void)
{
	fake_ns += 10 * NS_PER_MS;
}

/* A console without a terminal. */
struct line {
	struct console console;
	const char *typed; /* '!' is a break; "" and NULL: nothing */
	unsigned reads;
};

void terminal_add(struct console *console, const struct terminal_output *output)
{
	ok(output == &console->ops->output);
}

static int line_read(struct console *console)
{
	struct line *line = container_of(console, struct line, console);

	line->reads++;
	if (!line->typed || !*line->typed)
		return -1;
	return *line->typed == '!' ? (line->typed++, CONSOLE_BREAK) : *line->typed++;
}

static const struct console_ops ops = {.read = line_read};

static void begin(void)
{
	fake_console_reset();
	fake_ns = NS_PER_MS; /* 0 would be: nothing has come in yet */
	keyboard_init();
}

static uint16_t take(void)
{
	uint16_t key;

	if (!keyboard_peek(&key))
		return 0xffff;
	keyboard_take();
	return key;
}

static void test_ring(void)
{
	uint16_t key;

	begin();
	ok(!keyboard_peek(&key));
	for (unsigned i = 0; i < RING_KEYS; i++)
		ok(keyboard_put(0x1000 + i));
	ok(!keyboard_put(0x2000)); /* one place stays free, or it would look empty */
	for (unsigned i = 0; i < RING_KEYS; i++)
		ok(take() == 0x1000 + i);
	ok(take() == 0xffff);
	/* a program has written nonsense into its pointers */
	bda()->key_head = 0x1234;
	ok(!keyboard_peek(&key) && keyboard_put(7) && take() == 7);
	/* or made it larger */
	bda()->key_start = bda()->key_head = bda()->key_tail = 0x200;
	bda()->key_end = 0x280;
	for (unsigned i = 0; i < 63; i++)
		ok(keyboard_put(i));
	ok(!keyboard_put(99) && take() == 0);
}

static void test_flags(void)
{
	begin();
	keyboard_press('a', C | A);
	keyboard_press('x', 0);
	take();
	ok((bda()->shift_flags[0] & 0x0f) == 0x0c && bda()->shift_flags[1] == 0x03);
	take();
	ok(!(bda()->shift_flags[0] & 0x0f) && !bda()->shift_flags[1]);
	keyboard_press(KEY_INSERT, 0);
	ok(bda()->shift_flags[0] & 0x80);
	keyboard_press(KEY_INSERT, S);
	ok(bda()->shift_flags[0] & 0x80);
	keyboard_press(KEY_NONE, 0);
	ok(take() == 0x52e0 && take() == 0x52e0 && take() == 0xffff);
}

static void test_ctrl_alt_del(void)
{
	volatile bool was_reset = false;

	begin();
	if (!setjmp(fake_reset))
		keyboard_press(KEY_DELETE, C | A);
	else
		was_reset = true;
	ok(was_reset && bda()->reset_flag == 0x1234);
}

static void test_two_consoles(void)
{
	struct line first = {.console.ops = &ops}, second = {.console.ops = &ops};

	begin();
	console_register(&first.console);
	console_register(&second.console);
	ok(console_present());
	first.typed = "\033";
	second.typed = "[A";
	keyboard_poll();
	ok(take() == 0x1a5b && take() == 0x1e41 && take() == 0xffff);
	ok(keyboard_is_busy());
	fake_ns += NS_PER_SECOND;
	ok(!keyboard_is_busy());
	first.typed = "[B";
	keyboard_poll();
	ok(take() == 0x50e0 && take() == 0xffff);
	ok(!keyboard_take_break());
	second.typed = "x!";
	keyboard_poll();
	ok(take() == 0 && take() == 0xffff); /* the ring was emptied */
	ok(keyboard_take_break() && !keyboard_take_break() && bda()->break_flag == 0x80);
}

/* Who pastes much does not keep the other one's keys out, and no byte is taken that has
 * no place. */
static void test_paste(void)
{
	struct line first = {.console.ops = &ops}, second = {.console.ops = &ops};
	char pasted[1000];
	unsigned from_first = 0;
	bool came = false;

	begin();
	console_register(&first.console);
	console_register(&second.console);
	memset(pasted, 'p', sizeof(pasted));
	pasted[sizeof(pasted) - 1] = 0;
	first.typed = pasted;
	keyboard_poll();
	ok(first.typed - pasted < RING_KEYS);
	second.typed = "k";
	for (unsigned i = 0; i < 2 * RING_KEYS; i++) {
		uint8_t c = take();

		from_first += c == 'p';
		came |= c == 'k';
		keyboard_poll();
	}
	ok(came && from_first == 2 * RING_KEYS - 1);
	while (take() != 0xffff) {
		from_first++;
		keyboard_poll();
	}
	ok(from_first == sizeof(pasted) - 1);
}

static void test_wait(void)
{
	struct line line = {.console.ops = &ops, .typed = "k"};
	uint16_t key;

	begin();
	console_register(&line.console);
	ok(keyboard_wait(&key, KEYBOARD_NO_END) && key == 0x256b);
	ok(!keyboard_wait(&key, keyboard_time_ms() + 500));
	ok(fake_ns >= 500 * NS_PER_MS);
}

/* Set 1 of scan codes, and what a BIOS makes of them: RBIL, INT 16, table 00006. */
static void test_scan_codes(void)
{
	static const struct {
		uint8_t scan_code, modifiers;
		uint16_t key;
	} table[] = {
		{0x1e, 0, 0x1e61}, {0x1e, S, 0x1e41}, {0x1e, C, 0x1e01},       {0x1e, A, 0x1e00},
		{0x02, 0, 0x0231}, {0x02, S, 0x0221}, {0x02, A, 0x7800},       {0x02, C, 0xffff},
		{0x03, C, 0x0300}, {0x07, C, 0x071e}, {0x0c, C, 0x0c1f},       {0x39, 0, 0x3920},
		{0x39, S, 0x3920}, {0x39, C, 0x3920}, {0x39, A, 0x3920},       {0x23, C, 0x2308},
		{0x1c, 0, 0x1c0d}, {0x1c, C, 0x1c0a}, {0x0e, 0, 0x0e08},       {0x0e, C, 0x0e7f},
		{0x0f, 0, 0x0f09}, {0x0f, S, 0x0f00}, {0x0f, C, 0x9400},       {0x01, 0, 0x011b},
		{0x3b, 0, 0x3b00}, {0x3b, S, 0x5400}, {0x44, C, 0x6700},       {0x44, A, 0x7100},
		{0x57, 0, 0x8500}, {0x58, A, 0x8c00}, {0x48, 0, 0x48e0},       {0x48, C, 0x8de0},
		{0x53, A, 0xa300}, {0x56, 0, 0xffff}, {0x2a, 0, 0xffff},       {0x00, 0, 0xffff},
		{0x80, 0, 0xffff}, {0x2b, 0, 0x2b5c}, {0x2b, S, 0x2b00 | '|'}, {0x35, S, 0x353f},
	};

	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
		uint16_t key;

		keyboard_press_scan_code(table[i].scan_code, table[i].modifiers);
		key = take();
		ok(key == table[i].key);
		if (key != table[i].key)
			printf("%02x with %x: %04x, not %04x\n", table[i].scan_code,
			       table[i].modifiers, key, table[i].key);
	}
}

/* The rows of an American keyboard, from these scan codes on. */
static const struct {
	uint8_t scan;
	const char *alone, *shifted;
} rows[] = {
	{0x02, "1234567890-=", "!@#$%^&*()_+"},
	{0x10, "qwertyuiop[]", "QWERTYUIOP{}"},
	{0x1e, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
	{0x2b, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
};

static uint16_t pressed(unsigned key, uint8_t modifiers)
{
	keyboard_init();
	keyboard_press(key, modifiers);
	return take();
}

/* What Ctrl makes of a key: RBIL, INT 16, table 00006. */
static uint16_t with_ctrl(uint8_t scan, char c)
{
	static const char others[] = "2\x00"
				     "6\x1e"
				     "-\x1f"
				     "[\x1b"
				     "]\x1d"
				     "\\\x1c";

	if (c >= 'a' && c <= 'z')
		return scan << 8 | (c - 'a' + 1);
	for (unsigned i = 0; i < sizeof(others) - 1; i += 2)
		if (others[i] == c)
			return scan << 8 | (uint8_t)others[i + 1];
	return 0xffff;
}

static void test_characters(void)
{
	begin();
	for (unsigned row = 0; row < ARRAY_SIZE(rows); row++)
		for (unsigned i = 0; rows[row].alone[i]; i++) {
			uint8_t scan = rows[row].scan + i, alt = row ? scan : scan + 0x76;
			char c = rows[row].alone[i], big = rows[row].shifted[i];

			ok(pressed(c, 0) == (scan << 8 | c) && !(bda()->shift_flags[0] & 0x0f));
			ok(pressed(big, 0) == (scan << 8 | big));
			ok((bda()->shift_flags[0] & 0x0f) == 0x02); /* capitals need Shift */
			ok(pressed(c, A) == alt << 8 && pressed(big, A) == alt << 8);
			ok(pressed(c, C | A) == alt << 8);
			ok(pressed(c, C) == with_ctrl(scan, c));
			keyboard_init();
			keyboard_press_scan_code(scan, 0);
			ok(take() == (scan << 8 | c));
			keyboard_press_scan_code(scan, S);
			ok(take() == (scan << 8 | big));
		}
	ok(pressed(' ', 0) == 0x3920 && pressed(' ', S) == 0x3920 && pressed(' ', C) == 0x3920);
	ok(pressed(' ', A) == 0x3920);
	for (unsigned c = 0x80; c < 0x100; c++) /* as by Alt and the numeric pad */
		ok(pressed(c, 0) == c);
}

/* What terminals send for Ctrl and a letter, or one of @[\]^_ */
static void test_control_characters(void)
{
	static const struct {
		uint8_t c;
		uint16_t key;
	} others[] = {
		{0x00, 0x0300}, {0x1c, 0x2b1c}, {0x1d, 0x1b1d}, {0x1e, 0x071e}, {0x1f, 0x0c1f},
	};

	begin();
	for (unsigned c = 1; c < 27; c++) {
		if (c == 8 || c == 9 || c == 13)
			continue;
		ok((pressed(c, 0) & 0xff) == c);
		ok(pressed(c, 0) == (pressed('a' + c - 1, 0) & 0xff00) + c);
		ok((bda()->shift_flags[0] & 0x0f) == 0x00); /* the 'a' above */
		pressed(c, 0);
		ok((bda()->shift_flags[0] & 0x0f) == 0x04);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
		ok(pressed(others[i].c, 0) == others[i].key);
}

/* Keys with a code of their own for each modifier: RBIL, the same table. */
static void test_named_keys(void)
{
	static const struct {
		unsigned key;
		uint16_t codes[4]; /* alone, Shift, Ctrl, Alt */
	} table[] = {
		{'\b', {0x0e08, 0x0e08, 0x0e7f, 0x0e00}},
		{0x7f, {0x0e08, 0x0e08, 0x0e7f, 0x0e00}},
		{'\t', {0x0f09, 0x0f00, 0x9400, 0xa500}},
		{'\r', {0x1c0d, 0x1c0d, 0x1c0a, 0x1c00}},
		{27, {0x011b, 0x011b, 0x011b, 0x0100}},
		{KEY_HOME, {0x47e0, 0x47e0, 0x77e0, 0x9700}},
		{KEY_HOME + 1, {0x48e0, 0x48e0, 0x8de0, 0x9800}},
		{KEY_HOME + 2, {0x49e0, 0x49e0, 0x84e0, 0x9900}},
		{KEY_HOME + 3, {0x4be0, 0x4be0, 0x73e0, 0x9b00}},
		{KEY_HOME + 4, {0x4de0, 0x4de0, 0x74e0, 0x9d00}},
		{KEY_HOME + 5, {0x4fe0, 0x4fe0, 0x75e0, 0x9f00}},
		{KEY_HOME + 6, {0x50e0, 0x50e0, 0x91e0, 0xa000}},
		{KEY_HOME + 7, {0x51e0, 0x51e0, 0x76e0, 0xa100}},
		{KEY_HOME + 8, {0x52e0, 0x52e0, 0x92e0, 0xa200}},
		{KEY_DELETE, {0x53e0, 0x53e0, 0x93e0, 0xa300}},
		{KEY_F11, {0x8500, 0x8700, 0x8900, 0x8b00}},
		{KEY_F12, {0x8600, 0x8800, 0x8a00, 0x8c00}},
	};
	static const uint8_t modifiers[] = {0, S, C, A};
	static const uint8_t grey[] = {0x47, 0x48, 0x49, 0x4b, 0x4d, 0x4f, 0x50, 0x51, 0x52, 0x53};

	begin();
	ok(KEY_DELETE == KEY_HOME + 9);
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
		for (unsigned m = 0; m < 4; m++)
			ok(pressed(table[i].key, modifiers[m]) == table[i].codes[m]);
	for (unsigned f = 0; f < 10; f++) {
		ok(pressed(KEY_F1 + f, 0) == (0x3b + f) << 8);
		ok(pressed(KEY_F1 + f, S) == (0x54 + f) << 8);
		ok(pressed(KEY_F1 + f, C) == (0x5e + f) << 8);
		ok(pressed(KEY_F1 + f, A) == (0x68 + f) << 8);
		ok(keymap_from_scan_code(0x3b + f, 0) == KEY_F1 + f);
	}
	ok(keymap_from_scan_code(0x57, 0) == KEY_F11 && keymap_from_scan_code(0x58, 0) == KEY_F12);
	for (unsigned i = 0; i < ARRAY_SIZE(grey); i++)
		ok(keymap_from_scan_code(grey[i], 0) == KEY_HOME + i);
	for (unsigned scan = 0x59; scan < 0x100; scan++)
		ok(keymap_from_scan_code(scan, 0) == KEY_NONE);
	ok(pressed(KEY_NONE, 0) == 0xffff && pressed(KEY_F1 + 100, 0) == 0xffff);
}

/* Insert is a state, and only one of that key alone. */
static void test_insert(void)
{
	begin();
	bda()->shift_flags[0] = 0x70;
	keyboard_press(KEY_INSERT, 0);
	ok(bda()->shift_flags[0] == 0xf0);
	keyboard_press(KEY_INSERT, C);
	ok((bda()->shift_flags[0] & 0xf0) == 0xf0);
	keyboard_press(KEY_DELETE, 0);
	keyboard_press(KEY_INSERT, 0);
	ok(bda()->shift_flags[0] == 0x70);
	keyboard_press(KEY_DELETE, C); /* and no reset by halves */
	keyboard_press(KEY_DELETE, A);
	bda()->shift_flags[1] = 0xfc;
	keyboard_press('x', S | C | A);
	while (take() != 0xffff)
		;
	ok(bda()->shift_flags[0] == 0x7e && bda()->shift_flags[1] == 0x03); /* the pause is over */
	keyboard_release();
	ok(bda()->shift_flags[0] == 0x70 && bda()->shift_flags[1] == 0);
}

/* Busy is who has sent something within the last 100 ms, and nobody else. */
static void test_busy(void)
{
	struct line line = {.console.ops = &ops};

	begin();
	keyboard_poll(); /* no input at all */
	console_register(&line.console);
	ok(!keyboard_is_busy());
	keyboard_poll();
	ok(!keyboard_is_busy());
	line.typed = "x";
	keyboard_poll();
	ok(keyboard_is_busy());
	fake_ns += 100 * NS_PER_MS - 1;
	keyboard_poll();
	ok(keyboard_is_busy());
	fake_ns++;
	ok(!keyboard_is_busy());
}

/* The ring's state as a program finds it: RBIL, MEMORY.LST. */
static void test_start(void)
{
	uint16_t key;

	begin();
	ok(bda()->key_start == 0x1e && bda()->key_end == 0x3e && bda()->key_head == 0x1e &&
	   bda()->key_tail == 0x1e && bda()->keyboard_mode[0] == 0x10);
	ok(keyboard_put(0x1234) && bda()->keys[0] == 0x1234 && bda()->key_tail == 0x20);
	bda()->key_start = bda()->key_end = 0; /* what a program of the first PC's leaves */
	ok(take() == 0x1234 && bda()->key_head == 0x20);
	for (unsigned i = 0; i < RING_KEYS; i++)
		ok(keyboard_put(i));
	ok(!keyboard_put(1) && take() == 0 && bda()->key_head == 0x22);
	for (unsigned i = 0; i < 4; i++) { /* each pointer out of the ring, on either side */
		keyboard_init();
		keyboard_put(5);
		if (i & 1)
			bda()->key_head = i & 2 ? 0x3e : 0x1c;
		else
			bda()->key_tail = i & 2 ? 0x3e : 0x1c;
		ok(!keyboard_peek(&key) && bda()->key_head == 0x1e && bda()->key_tail == 0x1e);
	}
	keyboard_init();
	bda()->break_flag = 0x11;
	ok(keyboard_put(7));
	keyboard_break();
	ok(bda()->break_flag == 0x91 && keyboard_peek(&key) && !key);
	keyboard_take();
	ok((bda()->shift_flags[0] & 0x0f) == 0x04 && !keyboard_peek(&key));
}

/* Nobody waits beyond the end, and the screen is shown meanwhile. */
static void test_wait_ends(void)
{
	uint64_t start;
	uint16_t key;

	begin();
	start = keyboard_time_ms();
	ok(start == 1);
	ok(!keyboard_wait(&key, start + 50) && keyboard_time_ms() == start + 50);
	ok(!keyboard_wait(&key, start) && keyboard_time_ms() == start + 50);
	keyboard_put(0x1e61);
	ok(keyboard_wait(&key, 0) && key == 0x1e61 && !keyboard_peek(&key));
}

int main(void)
{
	test_ring();
	test_flags();
	test_ctrl_alt_del();
	test_two_consoles();
	test_paste();
	test_wait();
	test_scan_codes();
	test_characters();
	test_control_characters();
	test_named_keys();
	test_insert();
	test_busy();
	test_start();
	test_wait_ends();
	return done();
}
