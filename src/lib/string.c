/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The string functions of C (ISO/IEC 9899:2011, 7.24), by the processor's
 * string instructions: small, and one instruction for many bytes.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	void *d = to;
	size_t n = size / 4;

	asm volatile("rep movsl" : "+D"(d), "+S"(from), "+c"(n) : : "memory");
	n = size % 4;
	asm volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(n) : : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	void *d = to;

	if ((uintptr_t)to - (uintptr_t)from >= size)
		return memcpy(to, from, size);
	d = (uint8_t *)to + size - 1;
	from = (const uint8_t *)from + size - 1;
	asm volatile("std; rep movsb; cld" : "+D"(d), "+S"(from), "+c"(size) : : "memory");
	return to;
}

void *memset(void *memory, int byte, size_t size)
{
	void *d = memory;
	uint32_t word = (uint8_t)byte * 0x01010101u;
	size_t n = size / 4;

	asm volatile("rep stosl" : "+D"(d), "+c"(n) : "a"(word) : "memory");
	n = size % 4;
	asm volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(word) : "memory");
	return memory;
}

void memset16(void *memory, unsigned word, size_t count)
{
	size_t pairs = count / 2;

	asm volatile("rep stosl" : "+D"(memory), "+c"(pairs) : "a"(word << 16 | word) : "memory");
	if (count % 2)
		*(uint16_t *)memory = word;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *p = a, *q = b;
	size_t words = size / 4, bytes = size % 4;
	bool equal = true;

	if (words)
		asm volatile("repe cmpsl"
			     : "+S"(p), "+D"(q), "+c"(words), "=@cce"(equal)
			     :
			     : "memory");
	if (!equal) { /* which byte of the last word it is */
		p -= 4;
		q -= 4;
		bytes = 4;
	}
	if (!bytes)
		return 0;
	asm volatile("repe cmpsb" : "+S"(p), "+D"(q), "+c"(bytes) : : "memory", "cc");
	return p[-1] - q[-1];
}

void *memchr(const void *memory, int byte, size_t size)
{
	const uint8_t *p = memory;
	bool found = false;

	if (size)
		asm volatile("repne scasb"
			     : "+D"(p), "+c"(size), "=@cce"(found)
			     : "a"(byte)
			     : "memory");
	return found ? (void *)(p - 1) : NULL;
}

size_t strlen(const char *s)
{
	size_t left = SIZE_MAX;

	asm volatile("repne scasb" : "+D"(s), "+c"(left) : "a"(0) : "memory", "cc");
	return SIZE_MAX - 1 - left;
}

int strncmp(const char *a, const char *b, size_t size)
{
	for (; size; size--, a++, b++) {
		if (*a != *b)
			return (uint8_t)*a - (uint8_t)*b;
		if (!*a)
			break;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}
