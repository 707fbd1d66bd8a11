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

int main(void)
{
	test_ring();
	test_flags();
	test_ctrl_alt_del();
	test_two_consoles();
	test_paste();
	test_wait();
	test_scan_codes();
	return done();
}
