/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * vgasrc/segment.h for tests on the host: one address space; far memory is functions
 * of the test.
 */
#ifndef VGASRC_SEGMENT_H
#define VGASRC_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#define ROM
#define LOW
#define rom_ptr(object) (object)

uint8_t far_read8(uint16_t segment, uint16_t offset);
void far_write8(uint16_t segment, uint16_t offset, uint8_t value);
void far_get(void *to, uint16_t segment, uint16_t offset, uint16_t count);
void far_put(uint16_t segment, uint16_t offset, const void *from, uint16_t count);

#endif
