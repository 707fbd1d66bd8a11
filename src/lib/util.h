/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Sizes, alignment, and other things of one line.
 */
#ifndef PETREL_LIB_UTIL_H
#define PETREL_LIB_UTIL_H

#include <stddef.h>
#include <stdint.h>

#define KIB               1024u
#define MIB               (1024u * KIB)
#define GIB               (1024u * MIB)
#define FOUR_GIB          (1ull << 32)
#define PAGE_SIZE         4096u

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The struct of this type whose `member` is at `pointer`. */
#define container_of(pointer, type, member) ((type *)((uint8_t *)(pointer)-offsetof(type, member)))

/* `align` is a power of two. */
static inline uint32_t align_down(uint32_t value, uint32_t align)
{
	return value & ~(align - 1);
}

static inline uint32_t align_up(uint32_t value, uint32_t align)
{
	return align_down(value + align - 1, align);
}

static inline uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * Divides *value, which becomes the quotient, and returns the remainder. In two steps
 * of the processor's own division, because the ROM is linked without the compiler's
 * library, where C's 64-bit division is.
 */
static inline uint32_t divide_u64(uint64_t *value, uint32_t divisor)
{
	uint32_t high = *value >> 32, low = *value, remainder = high % divisor;

	high /= divisor;
	asm("divl %2" : "+a"(low), "+d"(remainder) : "rm"(divisor) : "cc");
	*value = (uint64_t)high << 32 | low;
	return remainder;
}

/* Numbers in memory, at any address: little-endian as in ACPI, big-endian as in SCSI. */
static inline uint32_t get_le32(const void *from)
{
	const uint8_t *byte = from;

	return byte[0] | byte[1] << 8 | byte[2] << 16 | (uint32_t)byte[3] << 24;
}

static inline uint32_t get_be32(const void *from)
{
	const uint8_t *byte = from;

	return (uint32_t)byte[0] << 24 | byte[1] << 16 | byte[2] << 8 | byte[3];
}

static inline void put_be32(void *to, uint32_t value)
{
	uint8_t *byte = to;

	byte[0] = value >> 24;
	byte[1] = value >> 16;
	byte[2] = value >> 8;
	byte[3] = value;
}

#endif
