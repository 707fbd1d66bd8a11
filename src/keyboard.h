/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The keyboard: what comes in on the consoles, as the keys of a PC's.
 *
 * A key is what INT 16h returns in AX: its scan code in the high byte, its
 * character in the low one, E0h there for the grey keys of an enhanced keyboard.
 */
#ifndef PETREL_KEYBOARD_H
#define PETREL_KEYBOARD_H

#include <stdbool.h>
#include <stdint.h>

/* An empty ring, no shift key down: the start of POST. */
void keyboard_init(void);

/* Takes what has come in from the consoles, as long as the ring has room. */
void keyboard_poll(void);

/* The oldest key, which stays in the ring; false if there is none. */
bool keyboard_peek(uint16_t *key);

/* Removes it. The shift flags become those with which it was typed. */
void keyboard_take(void);

/* Adds a key; false if the ring is full. */
bool keyboard_put(uint16_t key);

/* No key is down any more: clears the shift flags. */
void keyboard_release(void);

/* True once for each Ctrl-Break, for which INT 1Bh is due. */
bool keyboard_take_break(void);

/* True if something has come in so recently that more may follow at once. */
bool keyboard_is_busy(void);

#endif
