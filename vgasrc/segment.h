/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The segments of 16-bit code, all of which are loaded by entry.S and told apart by the
 * compiler:
 *
 *   DS, ES, SS   the caller's stack: ordinary pointers, which are to locals
 *   FS           this image: `ROM` pointers, which are to constants
 *   GS           segment 0: `LOW` pointers, which are to vectors and the BIOS data area
 *
 * Everything else, which is video memory and the callers' buffers, is reached by the
 * functions below, which name a segment and give ES and DS back.
 */
#ifndef VGASRC_SEGMENT_H
#define VGASRC_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#define ROM __seg_fs
#define LOW __seg_gs

/* A constant that is declared as an ordinary one, by what lib and console share. */
#define rom_ptr(object) ((const typeof(*(object)) ROM *)(uintptr_t)(object))

static inline uint16_t rom_segment(void)
{
	uint16_t segment;

	asm("movw %%cs, %0" : "=r"(segment));
	return segment;
}

/* Segment and offset as programs keep them. */
static inline uint32_t far_pointer(uint16_t segment, uint16_t offset)
{
	return (uint32_t)segment << 16 | offset;
}

static inline uint32_t rom_far_pointer(const void ROM *object)
{
	return far_pointer(rom_segment(), (uint16_t)(uintptr_t)object);
}

#define FAR_READ(bits, letter)                                                                     \
	static inline uint##bits##_t far_read##bits(uint16_t segment, uint16_t offset)             \
	{                                                                                          \
		uint##bits##_t value;                                                              \
                                                                                                   \
		asm volatile("movw %w1, %%es\n\tmov" letter " %%es:(%w2), %0\n\t"                  \
			     "pushw %%ss\n\tpopw %%es"                                             \
			     : "=q"(value)                                                         \
			     : "r"(segment), "bSD"(offset)                                         \
			     : "memory");                                                          \
		return value;                                                                      \
	}

#define FAR_WRITE(bits, letter)                                                                    \
	static inline void far_write##bits(uint16_t segment, uint16_t offset,                      \
					   uint##bits##_t value)                                   \
	{                                                                                          \
		asm volatile("movw %w0, %%es\n\tmov" letter " %2, %%es:(%w1)\n\t"                  \
			     "pushw %%ss\n\tpopw %%es"                                             \
			     :                                                                     \
			     : "r"(segment), "bSD"(offset), "q"(value)                             \
			     : "memory");                                                          \
	}

FAR_READ(8, "b")
FAR_READ(16, "w")
FAR_READ(32, "l")
FAR_WRITE(8, "b")
FAR_WRITE(16, "w")
FAR_WRITE(32, "l")

/* `count` words or bytes of one value; offsets wrap at 64 KiB. */
static inline void far_fill16(uint16_t segment, uint16_t offset, uint16_t value, uint16_t count)
{
	uint16_t pairs = count >> 1;

	asm volatile("movw %w3, %%es\n\trep stosl\n\tpushw %%ss\n\tpopw %%es"
		     : "+D"(offset), "+c"(pairs)
		     : "a"((uint32_t)value << 16 | value), "r"(segment)
		     : "memory");
	if (count & 1)
		far_write16(segment, offset, value);
}

static inline void far_fill8(uint16_t segment, uint16_t offset, uint8_t value, uint16_t count)
{
	asm volatile("movw %w3, %%es\n\trep stosb\n\tpushw %%ss\n\tpopw %%es"
		     : "+D"(offset), "+c"(count)
		     : "a"(value), "r"(segment)
		     : "memory");
}

/* How a copy goes: by single bytes where a read fills the latches of the planes. */
#define FAR_COPY(name, instruction)                                                                \
	static inline void name(uint16_t to_segment, uint16_t to, uint16_t from_segment,           \
				uint16_t from, uint16_t count)                                     \
	{                                                                                          \
		asm volatile("movw %w3, %%es\n\tmovw %w4, %%ds\n\trep " instruction "\n\t"         \
			     "pushw %%ss\n\tpopw %%es\n\tpushw %%ss\n\tpopw %%ds"                  \
			     : "+D"(to), "+S"(from), "+c"(count)                                   \
			     : "r"(to_segment), "r"(from_segment)                                  \
			     : "memory");                                                          \
	}

FAR_COPY(far_copy8, "movsb")
FAR_COPY(far_copy16, "movsw")
FAR_COPY(far_copy32, "movsl")

/* From the stack into a caller's buffer, and back. */
static inline uint16_t stack_segment(void)
{
	uint16_t segment;

	asm("movw %%ss, %0" : "=r"(segment));
	return segment;
}

static inline void far_put(uint16_t segment, uint16_t offset, const void *from, uint16_t count)
{
	far_copy8(segment, offset, stack_segment(), (uint16_t)(uintptr_t)from, count);
}

static inline void far_get(void *to, uint16_t segment, uint16_t offset, uint16_t count)
{
	far_copy8(stack_segment(), (uint16_t)(uintptr_t)to, segment, offset, count);
}

#endif
