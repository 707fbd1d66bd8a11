/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Formatted output into memory.
 *
 * The format knows %c %s %d %u %x %% with a width and leading zeros, and ll
 * for 64 bits.
 */
#ifndef PETREL_LIB_FORMAT_H
#define PETREL_LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Formats into `to`, at most `size` bytes with the NUL that always ends it;
 * returns the length of what it wrote. */
size_t format(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t format_args(char *to, size_t size, const char *format, va_list args);

#endif
