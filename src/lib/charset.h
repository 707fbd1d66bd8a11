/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The PC's character set, code page 437, and Unicode.
 */
#ifndef PETREL_LIB_CHARSET_H
#define PETREL_LIB_CHARSET_H

#include <stdint.h>

/* The Unicode character that the PC's screen shows for a byte, control codes
 * included; those that show as nothing are spaces. */
uint16_t charset_to_unicode(uint8_t c);

/* The ASCII character that looks most like it. */
char charset_to_ascii(uint8_t c);

/* The byte for a Unicode character from 80h on; -1 if the PC has none. */
int charset_from_unicode(uint32_t c);

#endif
