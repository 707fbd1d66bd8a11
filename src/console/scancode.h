/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Keyboards whose keys are known by scan codes, when they are pressed and when they are
 * released: the state of shift and lock keys, and what a BIOS makes of each key.
 */
#ifndef PETREL_CONSOLE_SCANCODE_H
#define PETREL_CONSOLE_SCANCODE_H

#include <stdbool.h>
#include <stdint.h>

/* A code is one of set 1, 01 to 58, or with this where E0 comes before it. */
enum {
	SCANCODE_E0 = 0xe000,
	SCANCODE_PAUSE = 0xe11d, /* that key's own sequence, shortened */
};

/* A key is down, or up. If it was down already it repeats. */
void scancode_key(uint16_t code, bool down);

/* The lights: as at 0040:0097, and as PS/2 keyboards have them. */
enum {
	SCANCODE_SCROLL_LOCK = 1,
	SCANCODE_NUM_LOCK = 2,
	SCANCODE_CAPS_LOCK = 4,
};
uint8_t scancode_lights(void);

/* What a keyboard that does not repeat by itself remembers. */
struct scancode_repeat {
	uint16_t code; /* of the key that is held, or 0 */
	uint32_t wait; /* ms until it counts as pressed again */
	uint64_t last; /* keyboard_time_ms() of the last look */
};

/* As scancode_key(), and notes which key repeats. */
void scancode_repeating_key(struct scancode_repeat *repeat, uint16_t code, bool down);

/* Presses it again if it is time; true if it was. Call when nothing else has come. */
bool scancode_repeat(struct scancode_repeat *repeat);

/* INT 16h AX=0305h: the delay, 0 to 3, of 250 ms and more each; the rate, 0 (30 a second)
 * to 1Fh (2). */
void scancode_set_typematic(uint8_t delay, uint8_t rate);

#endif
