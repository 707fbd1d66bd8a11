/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * From the bytes that a terminal sends to keys. Each line has a decoder of its own, so
 * that what is cut on one is never put together with what comes on another.
 */
#ifndef PETREL_CONSOLE_DECODER_H
#define PETREL_CONSOLE_DECODER_H

#include <stdbool.h>
#include <stdint.h>

/* All zero at the beginning. */
struct decoder {
	uint8_t state;     /* decoder.c */
	bool alt;          /* an ESC came before the sequence */
	bool waiting;      /* `since` is valid: the silence after a byte is measured */
	uint8_t count;     /* parameters that have ended */
	uint8_t utf8_left; /* bytes */
	uint16_t parameter[2];
	uint32_t utf8;
	uint32_t silent_ns; /* how long no byte has come */
	uint64_t since;     /* the clock when that was last looked at, ns */
};

/* Takes the next byte. Presses KEYBOARD_MAX_KEYS keys at most. */
void decoder_byte(struct decoder *decoder, uint8_t byte);

/* There is no byte. After some time without one, what began like a sequence was keys of
 * its own, KEYBOARD_MAX_KEYS at most, and these are pressed. */
void decoder_no_byte(struct decoder *decoder);

#endif
