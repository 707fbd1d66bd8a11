/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The POST memory manager. Option ROMs find its $PMM structure by looking through
 * segments E000 to FFFF and call its entry point for memory that is theirs until
 * the boot, below 1 MiB or above. What is permanent comes from the memory that
 * E820 keeps from the OS.
 *
 * Specification: Phoenix, POST Memory Manager Specification 1.01.
 */
#include "bios/pmm.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bios/realmode.h"
#include "layout.h"
#include "lib/checksum.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/section.h"
#include "lib/util.h"

enum {
	PARAGRAPH = 16,
	REVISION = 1, /* of the structure */
	MAX_BLOCKS = 32,
	LOW_SIZE = 128 << 10,
	HIGH_START = 2 << 20,

	ALLOCATE = 0,
	FIND = 1,
	DEALLOCATE = 2,
	SUCCESS = 0,
	FAILURE = 1,

	FLAG_LOW = 1 << 0,
	FLAG_HIGH = 1 << 1,
	FLAG_ALIGNED = 1 << 2,
	FLAG_PERMANENT = 1 << 3,
};

#define NO_HANDLE   0xffffffff
#define UNSUPPORTED 0xffffffff

static struct {
	char signature[4];
	uint8_t revision, length, checksum;
	uint16_t entry, segment;
	uint8_t reserved[5];
} __attribute__((packed, aligned(16))) structure;

struct block {
	uint32_t start, end; /* an end of 0: not in use */
	uint32_t handle;
};

/* The memory that blocks come from. `low` is scratch memory; neither is used after
 * pmm_end(), when there is no entry point any more. */
static struct memory_range low, high;
static struct block blocks[MAX_BLOCKS] NOINIT;

/* The arguments as the caller has pushed them. */
struct arguments {
	uint16_t function;
	union {
		struct {
			uint32_t paragraphs, handle;
			uint16_t flags;
		} __attribute__((packed)) allocate;
		uint32_t handle;
		uint32_t address;
	};
} __attribute__((packed));

void pmm_init(bool high_is_free)
{
	void *memory = memory_alloc_scratch(LOW_SIZE, PAGE_SIZE);

	memset(blocks, 0, sizeof(blocks));
	low.start = low.end = 0;
	if (memory) {
		low.start = ptr_phys(memory);
		low.end = low.start + LOW_SIZE;
	}
	/* The upper half of RAM stays for what comes later in POST. */
	high = (struct memory_range){HIGH_START,
				     high_is_free ? memory_arena().start / 2 : HIGH_START};
	memcpy(structure.signature, "$PMM", 4);
	structure.revision = REVISION;
	structure.length = sizeof(structure);
	structure.entry = fseg_offset(pmm_entry);
	structure.segment = ROM_SEG;
	structure.checksum = 0;
	structure.checksum = -checksum_bytes(&structure, sizeof(structure));
}

void pmm_end(void)
{
	memset(&structure, 0, sizeof(structure));
}

/* The first block in use that a range touches, or NULL. */
static const struct block *find_touched(uint32_t start, uint32_t size)
{
	for (const struct block *b = blocks; b < blocks + MAX_BLOCKS; b++)
		if (b->end > start && (b->start < start || b->start - start < size))
			return b;
	return NULL;
}

/* The lowest free place in a zone, 0 if there is none. */
static uint32_t free_place(const struct memory_range *zone, uint32_t size, uint32_t align)
{
	uint32_t start = align_up(zone->start, align);
	const struct block *b;

	while (start >= zone->start && start < zone->end && size <= zone->end - start) {
		b = find_touched(start, size);
		if (!b)
			return start;
		start = align_up(b->end, align);
	}
	return 0;
}

/* The size of the largest free block, by halving what is possible. */
static uint32_t largest_free(const struct memory_range *zone)
{
	uint32_t size = 0;

	for (uint32_t step = 1u << 31; step >= PARAGRAPH; step /= 2)
		if (free_place(zone, size + step, PARAGRAPH))
			size += step;
	return size;
}

static struct block *find_block(uint32_t handle)
{
	for (struct block *b = blocks; b < blocks + MAX_BLOCKS; b++)
		if (b->end && b->handle == handle)
			return b;
	return NULL;
}

static struct block *unused_block(void)
{
	for (struct block *b = blocks; b < blocks + MAX_BLOCKS; b++)
		if (!b->end)
			return b;
	return NULL;
}

/* Whole pages of the arena, which must not grow down to where the other blocks are. */
static void *take_arena(uint32_t size, uint32_t align)
{
	size = align_up(size, PAGE_SIZE);
	if (align < PAGE_SIZE)
		align = PAGE_SIZE;
	if ((uint64_t)size + align > memory_arena().start - high.end)
		return NULL;
	return memory_alloc_uncounted(size, align);
}

/* A part of our own segment, which is below 1 MiB, or of the arena. */
static uint32_t take_permanent(uint16_t flags, uint32_t size, uint32_t align)
{
	void *memory = NULL;

	if (flags & FLAG_LOW)
		memory = memory_alloc_low(size, align);
	if (!memory && flags & FLAG_HIGH)
		memory = take_arena(size, align);
	return memory ? ptr_phys(memory) : 0;
}

static uint32_t allocate(uint32_t paragraphs, uint32_t handle, uint16_t flags)
{
	struct block *block = unused_block();
	uint32_t size = paragraphs * PARAGRAPH, align = PARAGRAPH, start = 0;

	if (!paragraphs) {
		uint32_t most_low = flags & FLAG_LOW ? largest_free(&low) : 0;
		uint32_t most_high = flags & FLAG_HIGH ? largest_free(&high) : 0;

		return (most_low > most_high ? most_low : most_high) / PARAGRAPH;
	}
	if (!block || paragraphs > memory_arena().end / PARAGRAPH ||
	    (handle != NO_HANDLE && find_block(handle)))
		return 0;
	if (flags & FLAG_ALIGNED)
		align = size & -size; /* the lowest bit that is set, as the specification has it */
	if (flags & FLAG_PERMANENT && flags & (FLAG_LOW | FLAG_HIGH)) {
		start = take_permanent(flags, size, align);
	} else {
		if (flags & FLAG_LOW)
			start = free_place(&low, size, align);
		if (!start && flags & FLAG_HIGH)
			start = free_place(&high, size, align);
	}
	if (start)
		*block = (struct block){start, start + size, handle};
	log_line(LOG_DEBUG, "PMM: %u bytes, handle %x, flags %x: %x", size, handle, flags, start);
	return start;
}

static uint32_t deallocate(uint32_t address)
{
	for (struct block *b = blocks; b < blocks + MAX_BLOCKS; b++) {
		if (b->end && b->start == address) {
			b->end = 0;
			return SUCCESS;
		}
	}
	return FAILURE;
}

void pmm_call(struct regs *regs)
{
	/* Behind the frame that entry.S made, and the caller's return address. */
	const struct arguments *a = seg_ptr(regs->ss, regs->esp + sizeof(struct caller_frame) + 4);
	uint32_t result = UNSUPPORTED;
	struct block *block;

	if (!structure.length) /* the boot has begun */
		a = NULL;
	else if (a->function == ALLOCATE)
		result = allocate(a->allocate.paragraphs, a->allocate.handle, a->allocate.flags);
	else if (a->function == DEALLOCATE)
		result = deallocate(a->address);
	else if (a->function == FIND) {
		block = a->handle == NO_HANDLE ? NULL : find_block(a->handle);
		result = block ? block->start : 0;
	}
	regs->ax = result;
	regs->dx = result >> 16;
}
