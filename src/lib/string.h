/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The few string functions of C that Petrel uses. gcc may call the mem*
 * functions by itself.
 */
#ifndef PETREL_LIB_STRING_H
#define PETREL_LIB_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *memory, int byte, size_t size);
/* Not of C: `count` 16-bit words, such as cells of the text screen. */
void memset16(void *memory, unsigned word, size_t count);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *memory, int byte, size_t size);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);

#endif
