/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Formatted output.
 *
 * The format knows %c %s %d %u %x %% with a width and leading zeros, and ll
 * for 64 bits.
 */
#ifndef PETREL_PRINT_H
#define PETREL_PRINT_H

#include <stdarg.h>
#include <stddef.h>

#include "log.h"

/* Says who we are, which comes before all else that is said; once. */
void say_banner(void);

/* Writes to the console and to the debug log; the text ends its own lines. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Formats into `to`, at most `size` bytes with the NUL that always ends it;
 * returns the length of what it wrote. */
size_t format(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t format_args(char *to, size_t size, const char *format, va_list args);

#endif
