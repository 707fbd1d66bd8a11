/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Registers behind an index: the VGA's, and those of the display interface.
 */
#include "vgasrc/vga.h"

#include "vgasrc/dispi.h"

/* Both halves in one access of 16 bits. */
static void write(uint16_t port, unsigned index, unsigned value)
{
	outw(port, value << 8 | index);
}

static unsigned read(uint16_t port, unsigned index)
{
	outb(port, index);
	return inb(port + 1);
}

void seq_write(unsigned index, unsigned value)
{
	write(PORT_SEQUENCER, index, value);
}

unsigned seq_read(unsigned index)
{
	return read(PORT_SEQUENCER, index);
}

void gfx_write(unsigned index, unsigned value)
{
	write(PORT_GRAPHICS, index, value);
}

unsigned gfx_read(unsigned index)
{
	return read(PORT_GRAPHICS, index);
}

void crtc_write(unsigned index, unsigned value)
{
	write(BDA->crtc_port, index, value);
}

unsigned crtc_read(unsigned index)
{
	return read(BDA->crtc_port, index);
}

void attribute_reset(void)
{
	inb(BDA->crtc_port + CRTC_STATUS);
}

unsigned dispi_read(unsigned index)
{
	outw(DISPI_INDEX, index);
	return inw(DISPI_DATA);
}

void dispi_write(unsigned index, unsigned value)
{
	outw(DISPI_INDEX, index);
	outw(DISPI_DATA, value);
}

void dispi_disable(void)
{
	dispi_write(DISPI_ENABLE, 0);
}
