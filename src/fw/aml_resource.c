/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Resource descriptors, as they are in the buffers that _CRS gives: ACPI 6.5,
 * 6.4. A small descriptor has its type and length in one byte, a large one has
 * a type byte with bit 7 set and two bytes of length.
 */
#include "fw/aml.h"

#include "error.h"

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

static uint64_t get(const uint8_t *p, uint32_t size)
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
		d->length = get(crs->pos + 1, 2);
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
	return next_bit(get(d->data, 2), index, &r->number);
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
	r->number = get(d->data + 2 + 4 * (*index)++, 4);
	return 1;
}

static int decode_io(const struct descriptor *d, struct aml_resource *r)
{
	if (d->length < 7)
		return ERR_INVAL;
	r->kind = AML_IO;
	r->width = d->data[0] & IO_DECODE16 ? 16 : 10;
	r->base = get(d->data + 1, 2);
	r->max = get(d->data + 3, 2);
	r->length = d->data[6];
	r->fixed = r->base == r->max;
	return 1;
}

static int decode_fixed_io(const struct descriptor *d, struct aml_resource *r)
{
	if (d->length < 3)
		return ERR_INVAL;
	r->kind = AML_IO;
	r->width = 10;
	r->base = get(d->data, 2);
	r->max = r->base;
	r->length = d->data[2];
	r->fixed = true;
	return 1;
}

/* Memory24, Memory32, Memory32Fixed. Numbers have `size` bytes, in units of 1 << shift. */
static int decode_memory(const struct descriptor *d, uint32_t size, uint32_t shift,
			 struct aml_resource *r)
{
	const uint8_t *numbers = d->data + 1;

	r->fixed = d->type == LARGE_FIXED_MEMORY32;
	if (d->length < 1 + size * (r->fixed ? 2 : 4))
		return ERR_INVAL;
	r->kind = AML_MEMORY;
	r->width = 8 * size + shift;
	r->writable = d->data[0] & MEMORY_WRITABLE;
	r->base = get(numbers, size) << shift;
	if (r->fixed) {
		r->max = r->base;
		r->length = get(numbers + size, size);
		return 1;
	}
	r->max = get(numbers + size, size) << shift;
	r->length = get(numbers + 3 * size, size) << shift;
	r->fixed = r->base == r->max;
	return 1;
}

/* Word, DWord, QWord and Extended address spaces: numbers of `size` bytes from `offset`. */
static int decode_address(const struct descriptor *d, uint32_t size, uint32_t offset,
			  struct aml_resource *r)
{
	static const uint8_t kinds[] = { AML_MEMORY, AML_IO, AML_BUS };
	const uint8_t *numbers = d->data + offset;

	if (d->length < offset + 5 * size)
		return ERR_INVAL;
	r->type = d->data[0];
	r->kind = r->type < sizeof(kinds) ? kinds[r->type] : AML_OTHER;
	r->width = 8 * size;
	r->producer = !(d->data[1] & ADDRESS_CONSUMER);
	r->fixed = d->data[1] & ADDRESS_MIN_FIXED;
	r->writable = r->kind == AML_MEMORY && d->data[2] & MEMORY_WRITABLE;
	r->base = get(numbers + size, size);
	r->max = get(numbers + 2 * size, size);
	r->translation = get(numbers + 3 * size, size);
	r->length = get(numbers + 4 * size, size);
	return 1;
}

/* Returns 1 if there is a resource, 0 if the descriptor is used up. */
static int decode(const struct descriptor *d, uint32_t *index, struct aml_resource *r)
{
	*r = (struct aml_resource){ 0 };
	switch (d->type) {
	case SMALL_IRQ:
		return decode_irq(d, index, r);
	case SMALL_DMA:
		return decode_dma(d, index, r);
	case LARGE_INTERRUPT:
		return decode_interrupt(d, index, r);
	}
	/* The others have one resource each. */
	if ((*index)++)
		return 0;
	switch (d->type) {
	case SMALL_IO:
		return decode_io(d, r);
	case SMALL_FIXED_IO:
		return decode_fixed_io(d, r);
	case LARGE_MEMORY24:
		return decode_memory(d, 2, 8, r);
	case LARGE_MEMORY32:
	case LARGE_FIXED_MEMORY32:
		return decode_memory(d, 4, 0, r);
	case LARGE_WORD:
		return decode_address(d, 2, 3, r);
	case LARGE_DWORD:
		return decode_address(d, 4, 3, r);
	case LARGE_QWORD:
		return decode_address(d, 8, 3, r);
	case LARGE_EXTENDED:
		return decode_address(d, 8, 5, r);
	}
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
