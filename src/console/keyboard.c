/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The ring in the BIOS data area is the only queue of keys: inputs are asked only while it
 * has room, and what they have waits in the device otherwise.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, "BIOS Data Area" and
 * "INT 16H - Keyboard"; Ralf Brown's MEMORY.LST, 40:17-40:3D and 40:80-40:83.
 */
#include "console/keyboard.h"

#include <string.h>

#include "bda.h"
#include "console/screen.h"
#include "hw/clock.h"
#include "hw/io.h"
#include "hw/reset.h"
#include "lib/util.h"

enum {
	BUSY_MS = 100,
	RING_START = 0x1e,        /* from 0040:0000 */
	ENHANCED_KEYBOARD = 0x10, /* in bda.keyboard_mode[0] */
	BREAK_PRESSED = 0x80,     /* in bda.break_flag */
	WARM_START = 0x1234,      /* in bda.reset_flag */
	MAX_CODES = 64,           /* of a keyboard at a time */
};

enum shift_flags {
	FLAG_LEFT_SHIFT = 0x02, /* 0040:0017 */
	FLAG_CTRL = 0x04,
	FLAG_ALT = 0x08,
	FLAG_INSERT = 0x80,
	FLAG_PRESSED = 0x0f,
	FLAG_LEFT_CTRL = 0x01, /* 0040:0018 */
	FLAG_LEFT_ALT = 0x02,
	FLAG_PAUSED = 0x08,
	MODE_RIGHT_KEYS = 0x0c, /* 0040:0096 */
};

static struct {
	struct keyboard_input *inputs;
	struct keyboard_input *filled; /* the one that has filled the ring, or NULL */
	uint64_t busy_since;           /* when a terminal has sent something, ns */
	bool break_due, print_screen_due, paused;
	uint8_t held[2];             /* of keyboards' keys: 0040:0017 and 0018 */
	uint8_t modifiers[BDA_KEYS]; /* of terminals' keys in the ring */
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

static bool ring_put(uint16_t key, uint8_t modifiers)
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
	return ring_put(key, 0);
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

	flags[0] = (flags[0] & ~FLAG_PRESSED) | keyboard.held[0];
	flags[1] = (flags[1] & FLAG_PAUSED) | keyboard.held[1];
	if (modifiers & MODIFIER_SHIFT)
		flags[0] |= FLAG_LEFT_SHIFT;
	if (modifiers & MODIFIER_CTRL) {
		flags[0] |= FLAG_CTRL;
		flags[1] |= FLAG_LEFT_CTRL;
	}
	if (modifiers & MODIFIER_ALT) {
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

/* --- what comes in --------------------------------------------------------- */

void keyboard_add_input(struct keyboard_input *input)
{
	input->next = keyboard.inputs;
	keyboard.inputs = input;
}

/* `shown` are the modifiers that are to be seen when a program takes the key. */
static void press(unsigned key, uint8_t modifiers, uint8_t shown)
{
	uint16_t code = keymap_bios_key(key, &modifiers);

	if (key == KEY_DELETE && modifiers & MODIFIER_ALT && modifiers & MODIFIER_CTRL) {
		bda()->reset_flag = WARM_START;
		reset_machine();
	}
	keyboard_toggle_insert(key == KEY_INSERT && !modifiers);
	if (code)
		ring_put(code, modifiers & shown);
}

void keyboard_press(unsigned key, uint8_t modifiers)
{
	if (!keyboard_resume())
		press(key, modifiers, ALL_MODIFIERS);
}

/* What is held on a keyboard is seen as long as it is held. */
void keyboard_press_scan_code(uint8_t scan_code, uint8_t modifiers)
{
	press(keymap_from_scan_code(scan_code, modifiers), modifiers, 0);
}

void keyboard_hold(const uint8_t flags[2], uint8_t mode)
{
	memcpy(keyboard.held, flags, sizeof(keyboard.held));
	bda()->keyboard_mode[0] = (bda()->keyboard_mode[0] & ~MODE_RIGHT_KEYS) | mode;
	set_shift_flags(0);
}

void keyboard_toggle_insert(bool pressed)
{
	if (pressed)
		bda()->shift_flags[0] ^= FLAG_INSERT;
}

void keyboard_print_screen(void)
{
	keyboard.print_screen_due = true;
}

void keyboard_pause(void)
{
	keyboard.paused = true;
	bda()->shift_flags[1] |= FLAG_PAUSED;
}

bool keyboard_resume(void)
{
	bool paused = keyboard.paused;

	keyboard.paused = false;
	bda()->shift_flags[1] &= ~FLAG_PAUSED;
	return paused;
}

/* The ring is emptied, and holds one key of zeros. */
void keyboard_break(void)
{
	struct bda *b = bda();

	b->break_flag |= BREAK_PRESSED;
	b->key_head = b->key_tail;
	ring_put(0, MODIFIER_CTRL);
	keyboard.break_due = true;
}

bool keyboard_has_input(void)
{
	return keyboard.inputs;
}

/* A keyboard's keys are dropped if the ring is full. One that has no end of keys is left
 * for the next time. */
static void drain_keyboard(struct keyboard_input *input)
{
	for (unsigned i = 0; i < MAX_CODES && input->poll(input); i++)
		;
}

/* Takes all that an input has; false if the ring has become full. */
static bool drain(struct keyboard_input *input, bool *any)
{
	if (input->is_keyboard) {
		drain_keyboard(input);
		return true;
	}
	while (ring_has_room(KEYBOARD_MAX_KEYS)) {
		if (!input->poll(input))
			return true;
		*any = true;
	}
	return false;
}

/* The input that has filled the ring comes last the next time, so that nobody who pastes
 * into one terminal keeps another one's keys out. */
static void poll_inputs(void)
{
	struct keyboard_input *last = keyboard.filled, *input = last;
	bool any = false;

	if (!keyboard.inputs)
		return;
	keyboard.filled = NULL;
	do {
		input = input && input->next ? input->next : keyboard.inputs;
		if (!drain(input, &any)) {
			keyboard.filled = input;
			break;
		}
	} while (last ? input != last : input->next != NULL);
	if (any)
		keyboard.busy_since = clock_ns();
}

/* The user, who has pressed Pause, has all the time there is. */
void keyboard_poll(void)
{
	poll_inputs();
	while (keyboard.paused) {
		cpu_pause();
		poll_inputs();
	}
}

bool keyboard_take_print_screen(void)
{
	bool due = keyboard.print_screen_due;

	keyboard.print_screen_due = false;
	return due;
}

bool keyboard_take_break(void)
{
	bool due = keyboard.break_due;

	keyboard.break_due = false;
	return due;
}

bool keyboard_is_busy(void)
{
	uint64_t since = keyboard.busy_since;

	return since && clock_ns() - since < BUSY_MS * NS_PER_MS;
}

uint64_t keyboard_time_ms(void)
{
	uint64_t time = clock_ns();

	divide_u64(&time, NS_PER_MS);
	return time;
}

bool keyboard_wait(uint16_t *key, uint64_t end)
{
	for (;;) {
		keyboard_poll();
		if (keyboard_peek(key)) {
			keyboard_take();
			return true;
		}
		if (keyboard_time_ms() >= end)
			return false;
		screen_tick();
		cpu_pause();
	}
}
