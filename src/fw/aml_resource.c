/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Resource descriptors, as they are in the buffers that _CRS gives: ACPI 6.5,
 * 6.4. A small descriptor has its type and length in one byte, a large one has
 * a type byte with bit 7 set and two bytes of length.
 */
#include "fw/aml.h"
#include "lib/error.h"
#include "lib/util.h"

enum {
	SMALL_IRQ = 0x04,
	SMALL_DMA = 0x05,
	SMALL_IO = 0x08,
	SMALL_FIXED_IO = 0x09,
	SMALL_END = 0x0f,

	LARGE = 0x80,
	LARGE_MEMORY24 = 0x81,
	LARGE_MEMORY32 = 0x85,
	LARGE_FIXED_MEMORY32 = 0x86,
	LARGE_DWORD = 0x87,
	LARGE_WORD = 0x88,
	LARGE_INTERRUPT = 0x89,
	LARGE_QWORD = 0x8a,
	LARGE_EXTENDED = 0x8b,
};

enum {
	/* Memory descriptors */
	MEMORY_WRITABLE = 1,
	/* IO */
	IO_DECODE16 = 1,
	/* IRQ */
	IRQ_EDGE = 1,
	IRQ_ACTIVE_LOW = 8,
	IRQ_SHARED = 16,
	/* Interrupt */
	INTERRUPT_CONSUMER = 1,
	INTERRUPT_EDGE = 2,
	INTERRUPT_ACTIVE_LOW = 4,
	INTERRUPT_SHARED = 8,
	/* Address spaces */
	ADDRESS_CONSUMER = 1,
	ADDRESS_MIN_FIXED = 4,
};

/* One descriptor: its type as above, and what follows its length. */
struct descriptor {
	const uint8_t *data;
	const uint8_t *next;
	uint32_t length;
	uint8_t type;
};

/* A little-endian number of 1 to 8 bytes. */
static uint64_t get_number(const uint8_t *p, uint32_t size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | p[size];
	return value;
}

static int take_descriptor(const struct aml_resources *crs, struct descriptor *d)
{
	size_t left = crs->end - crs->pos;

	if (!left)
		return ERR_INVAL;
	d->type = *crs->pos;
	if (d->type & LARGE) {
		if (left < 3)
			return ERR_INVAL;
		d->length = get_number(crs->pos + 1, 2);
		d->data = crs->pos + 3;
	} else {
		d->length = d->type & 7;
		d->type >>= 3;
		d->data = crs->pos + 1;
	}
	if (d->length > (size_t)(crs->end - d->data))
		return ERR_INVAL;
	d->next = d->data + d->length;
	return 0;
}

/* Takes the next bit of a mask, from *index on. Returns 0 after the last one. */
static int next_bit(uint32_t mask, uint32_t *index, uint32_t *number)
{
	while (mask >> *index) {
		*number = (*index)++;
		if (mask >> *number & 1)
			return 1;
	}
	return 0;
}

static int decode_irq(const struct descriptor *d, uint32_t *index, struct aml_resource *r)
{
	uint8_t flags = IRQ_EDGE;

	if (d->length < 2)
		return ERR_INVAL;
	if (d->length > 2)
		flags = d->data[2];
	r->kind = AML_IRQ;
	r->level = !(flags & IRQ_EDGE);
	r->active_low = flags & IRQ_ACTIVE_LOW;
	r->shared = flags & IRQ_SHARED;
	return next_bit(get_number(d->data, 2), index, &r->number);
}

static int decode_dma(const struct descriptor *d, uint32_t *index, struct aml_resource *r)
{
	if (d->length < 2)
		return ERR_INVAL;
	r->kind = AML_DMA;
	return next_bit(d->data[0], index, &r->number);
}

static int decode_interrupt(const struct descriptor *d, uint32_t *index, struct aml_resource *r)
{
	uint8_t flags;

	if (d->length < 2 || d->length < 2 + 4 * (uint32_t)d->data[1])
		return ERR_INVAL;
	if (*index >= d->data[1])
		return 0;
	flags = d->data[0];
	r->kind = AML_IRQ;
	r->producer = !(flags & INTERRUPT_CONSUMER);
	r->level = !(flags & INTERRUPT_EDGE);
	r->active_low = flags & INTERRUPT_ACTIVE_LOW;
	r->shared = flags & INTERRUPT_SHARED;
	r->number = get_number(d->data + 2 + 4 * (*index)++, 4);
	return 1;
}

/* Which bytes of a descriptor of one range of addresses are its numbers. */
struct layout {
	uint8_t type;
	uint8_t least; /* length of the descriptor, at least */
	uint8_t size;  /* bytes of a number; the length of IO has one byte */
	uint8_t base;  /* offsets */
	uint8_t max;
	uint8_t length;
};

static const struct layout layouts[] = {
	{SMALL_IO, 7, 2, 1, 3, 6},
	{SMALL_FIXED_IO, 3, 2, 0, 0, 2},
	{LARGE_MEMORY24, 9, 2, 1, 3, 7},
	{LARGE_MEMORY32, 17, 4, 1, 5, 13},
	{LARGE_FIXED_MEMORY32, 9, 4, 1, 1, 5},
	{LARGE_WORD, 13, 2, 5, 7, 11},
	{LARGE_DWORD, 23, 4, 7, 11, 19},
	{LARGE_QWORD, 43, 8, 11, 19, 35},
	{LARGE_EXTENDED, 45, 8, 13, 21, 37},
};

/* An address space descriptor, but for its numbers. */
static void decode_address(const struct descriptor *d, struct aml_resource *r)
{
	static const uint8_t kinds[] = {AML_MEMORY, AML_IO, AML_BUS};

	r->type = d->data[0];
	r->kind = r->type < sizeof(kinds) ? kinds[r->type] : AML_OTHER;
	r->producer = !(d->data[1] & ADDRESS_CONSUMER);
	r->fixed = d->data[1] & ADDRESS_MIN_FIXED;
	r->writable = r->kind == AML_MEMORY && d->data[2] & MEMORY_WRITABLE;
}

static int decode_range(const struct descriptor *d, const struct layout *l, struct aml_resource *r)
{
	if (d->length < l->least)
		return ERR_INVAL;
	r->base = get_number(d->data + l->base, l->size);
	r->max = get_number(d->data + l->max, l->size);
	r->length = get_number(d->data + l->length, d->type & LARGE ? l->size : 1);
	r->width = 8 * l->size;
	r->fixed = r->base == r->max;
	if (d->type >= LARGE_DWORD) {
		r->translation = get_number(d->data + l->max + l->size, l->size);
		decode_address(d, r);
		return 1;
	}
	if (!(d->type & LARGE)) {
		r->kind = AML_IO;
		r->width = d->type == SMALL_IO && d->data[0] & IO_DECODE16 ? 16 : 10;
		return 1;
	}
	r->kind = AML_MEMORY;
	r->writable = d->data[0] & MEMORY_WRITABLE;
	if (d->type == LARGE_MEMORY24) {
		/* In units of 256 bytes. */
		r->width = 24;
		r->base <<= 8;
		r->max <<= 8;
		r->length <<= 8;
	}
	return 1;
}

/* Returns 1 if there is a resource, 0 if the descriptor is used up. */
static int decode(const struct descriptor *d, uint32_t *index, struct aml_resource *r)
{
	uint32_t i;

	*r = (struct aml_resource){0};
	switch (d->type) {
	case SMALL_IRQ:
		return decode_irq(d, index, r);
	case SMALL_DMA:
		return decode_dma(d, index, r);
	case LARGE_INTERRUPT:
		return decode_interrupt(d, index, r);
	}
	if ((*index)++)
		return 0;
	for (i = 0; i < ARRAY_SIZE(layouts); i++)
		if (layouts[i].type == d->type)
			return decode_range(d, &layouts[i], r);
	return 0;
}

int aml_next_resource(struct aml_resources *crs, struct aml_resource *resource)
{
	struct descriptor d;
	int found;

	for (;;) {
		if (take_descriptor(crs, &d))
			return ERR_INVAL;
		if (d.type == SMALL_END)
			return 0;
		found = decode(&d, &crs->index, resource);
		if (found)
			return found;
		crs->pos = d.next;
		crs->index = 0;
	}
}
