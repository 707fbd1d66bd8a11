/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Names on disks: UTF-16 there, UTF-8 here.
 */
#ifndef PETREL_LIB_UNICODE_H
#define PETREL_LIB_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands for something that is no character. */
enum { UNICODE_REPLACEMENT = 0xfffd };

/* Writes a character as UTF-8 to `to`, 4 bytes at most, without a NUL; returns how many. */
size_t unicode_to_utf8(uint32_t character, char *to);

/*
 * Writes UTF-16, in the order of bytes that is said, as UTF-8 to `to`, at most `size` bytes
 * with the NUL that always ends it. Ends before the first 0 or after `units`. Returns
 * whether all of it had room.
 */
bool unicode_from_utf16(char *to, size_t size, const void *from, size_t units, bool big_endian);

/* The character at *s in UTF-8, which is skipped; 0 at the end. A byte that begins none
 * stands for itself. */
uint32_t unicode_next(const char **s);

/* The small letter for a Latin, Greek or Cyrillic capital; other characters as they are. */
uint32_t unicode_lower_case(uint32_t c);

/* Whether two names in UTF-8 differ by the case of such letters only. */
bool unicode_same_but_case(const char *a, const char *b);

#endif
