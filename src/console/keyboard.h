/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The keyboard: the queue of keys in the BIOS data area, and what puts keys there.
 *
 * Where a function takes a `uint16_t key`, it is what INT 16h returns in AX: its scan code
 * in the high byte, its character in the low one, E0h there for the grey keys of an
 * enhanced keyboard.
 */
#ifndef PETREL_CONSOLE_KEYBOARD_H
#define PETREL_CONSOLE_KEYBOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "console/keymap.h"

/*
 * Something that keys come from: a terminal, or a keyboard. Each keeps the state of what
 * it has read of a sequence of bytes or scan codes to itself, and reports whole keys.
 */
struct keyboard_input {
	/* Looks whether something has come in and takes one byte or one scan code of it,
	 * which is KEYBOARD_MAX_KEYS keys at most (keyboard_press()). False if there was
	 * nothing. Never waits. */
	bool (*poll)(struct keyboard_input *input);
	/* A keyboard is polled even if the ring is full, for its shift keys and Ctrl-Alt-Del;
	 * a terminal's characters wait. */
	bool is_keyboard;
	struct keyboard_input *next;
};

enum { KEYBOARD_MAX_KEYS = 2 };

/* An empty ring, no input, no shift key down: the start of POST. */
void keyboard_init(void);

/* Adds an input, which is polled as long as the ring has room. */
void keyboard_add_input(struct keyboard_input *input);

/* For inputs: a key was pressed. `key` is a character or an enum key; capitals need no
 * Shift in `modifiers`. Dropped if the ring is full. */
void keyboard_press(unsigned key, uint8_t modifiers);

/* For scancode.c: the key with this scan code (set 1, 01 to 58, without the E0 that may
 * come before it) was pressed while these modifiers were held. */
void keyboard_press_scan_code(uint8_t scan_code, uint8_t modifiers);

/* For scancode.c: keys that are held, as 0040:0017 and 0018 have them, and 0040:0096. */
void keyboard_hold(const uint8_t flags[2], uint8_t mode);

/* For scancode.c: the Insert key was pressed, if `pressed`. */
void keyboard_toggle_insert(bool pressed);

/* For inputs: Ctrl-Break; Print Screen; Pause, which stops the program until the next key;
 * and that key, which is nothing else then: true if the program was stopped. */
void keyboard_break(void);
void keyboard_print_screen(void);
void keyboard_pause(void);
bool keyboard_resume(void);

/* Whether there is an input at all. */
bool keyboard_has_input(void);

/* Takes what has come in from the inputs, as long as the ring has room. */
void keyboard_poll(void);

/* The oldest key, which stays in the ring; false if there is none. */
bool keyboard_peek(uint16_t *key);

/* Removes it. The shift flags become those with which it was typed. */
void keyboard_take(void);

/* Adds a key as it is; false if the ring is full. */
bool keyboard_put(uint16_t key);

/* No key is down any more: clears the shift flags. */
void keyboard_release(void);

/* True once for each Ctrl-Break, for which INT 1Bh is due, and for each Print Screen, for
 * which INT 05h is. */
bool keyboard_take_break(void);
bool keyboard_take_print_screen(void);

/* The time by which keyboard_wait() counts, in milliseconds. */
uint64_t keyboard_time_ms(void);

#define KEYBOARD_NO_END UINT64_MAX

/* Waits for a key and takes it; false if keyboard_time_ms() has reached `end` before.
 * Meanwhile the screen is shown as by the timer tick. */
bool keyboard_wait(uint16_t *key, uint64_t end);

/* True if a terminal has sent something so recently that more may follow at once. */
bool keyboard_is_busy(void);

#endif
