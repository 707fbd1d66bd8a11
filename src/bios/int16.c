/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 16h: the keyboard, and its interrupt. Functions 00h-02h know the keys of the first PC's, 10h-
 * 12h those of the enhanced one with 101 keys, 20h-22h those of one with 122, of
 * which we have no more than of that. What 03h sets, how keys repeat, is for keyboards
 * that do not repeat by themselves.
 *
 * References: Ralf Brown's Interrupt List, INT 16; IBM PS/2 and PC BIOS Interface
 * Technical Reference, "INT 09H" and "INT 16H - Keyboard".
 */
#include "bda.h"
#include "bios/realmode.h"
#include "bios/service.h"
#include "bios/tick.h"
#include "console/keyboard.h"
#include "console/scancode.h"
#include "console/screen.h"
#include "hw/i8042.h"
#include "hw/pic.h"

enum {
	GREY = 0xe0, /* in AL: a key that the first PC had not */
	HIGHEST_PC_SCAN_CODE = 0x84,
	SCAN_KEYPAD_ENTER = 0xe0, /* in AH: Enter or / of the keypad */
	FUNCTIONS = 0x74,         /* 0305h, 0Ah, 10h-12h, 20h-22h */
	KEYBOARD_ID = 0x41ab,     /* of an enhanced keyboard, translated */
};

/* A key as the first PC would have it; false if it has no such key. */
static bool to_pc_key(uint16_t *key)
{
	uint8_t scan = *key >> 8, c = *key;

	if (scan == SCAN_KEYPAD_ENTER)
		*key = c == '/' ? 0x352f : 0x1c00 | c;
	else if (scan > HIGHEST_PC_SCAN_CODE)
		return false;
	else if (scan && (c == GREY || c == 0xf0))
		*key &= 0xff00;
	return true;
}

/* The next key that the caller can see; those that it cannot are dropped. */
static bool next_key(uint16_t *key, bool enhanced)
{
	keyboard_poll();
	while (keyboard_peek(key)) {
		if (enhanced || to_pc_key(key))
			return true;
		keyboard_take();
	}
	/* The program waits for its user, who shall see what there is to see. */
	screen_tick();
	keyboard_release();
	return false;
}

/* The interrupts that keys cause, once this one is over. */
static void continue_with_hooks(struct regs *regs)
{
	if (keyboard_take_break())
		realmode_continue(regs, call_break);
	if (keyboard_take_print_screen())
		realmode_continue(regs, call_print_screen);
}

/* 00h, 10h, 20h */
static void read_key(struct regs *regs, bool enhanced)
{
	uint16_t key;

	if (next_key(&key, enhanced)) {
		regs->ax = key;
		keyboard_take();
		return;
	}
	realmode_continue(regs, keyboard_is_busy() ? wait_key_spin : wait_key_hlt);
	continue_with_hooks(regs);
}

/* 01h, 11h, 21h */
static void check_key(struct regs *regs, bool enhanced)
{
	uint16_t key;
	bool found = next_key(&key, enhanced);

	set_flag(regs, FLAG_ZF, !found);
	if (found)
		regs->ax = key;
	continue_with_hooks(regs);
}

/* 12h, 22h: AH has the left and the right Ctrl and Alt, and the locks' keys. */
static void extended_flags(struct regs *regs)
{
	regs->al = bda()->shift_flags[0];
	regs->ah = (bda()->shift_flags[1] & 0x73) | (bda()->keyboard_mode[0] & 0x0c);
}

void int16_tick(struct regs *regs)
{
	keyboard_poll();
	screen_tick();
	continue_with_hooks(regs);
}

void int09_keyboard(struct regs *regs)
{
	if (CONFIG_I8042)
		i8042_interrupt();
	keyboard_poll();
	pic_end_of_irq(1);
	continue_with_hooks(regs);
}

void int16_keyboard(struct regs *regs)
{
	tick_resume();
	realmode_user_is_asked();
	switch (regs->ah) {
	case 0x00:
		read_key(regs, false);
		break;
	case 0x10:
	case 0x20:
		read_key(regs, true);
		break;
	case 0x01:
		check_key(regs, false);
		break;
	case 0x11:
	case 0x21:
		check_key(regs, true);
		break;
	case 0x02:
		regs->al = bda()->shift_flags[0];
		break;
	case 0x12:
	case 0x22:
		extended_flags(regs);
		break;
	case 0x03:
		if (regs->al == 0x05)
			scancode_set_typematic(regs->bh, regs->bl);
		break;
	case 0x05:
		regs->al = !keyboard_put(regs->cx);
		break;
	case 0x09:
		regs->al = FUNCTIONS;
		break;
	case 0x0a:
		regs->bx = KEYBOARD_ID;
		break;
	}
}
