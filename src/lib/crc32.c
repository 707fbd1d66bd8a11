/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * CRC-32, four bits at a time.
 *
 * Reference: ITU-T V.42, 8.1.1.6.2; UEFI 2.10, 5.3.2 names it for GPTs.
 */
#include "lib/crc32.h"

uint32_t crc32(uint32_t crc, const void *memory, size_t size)
{
	/* What each value of four bits that are shifted out changes: the polynomial
	 * EDB88320 (its lowest term is bit 31), shifted. */
	static const uint32_t change[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	crc = ~crc;
	for (const uint8_t *byte = memory; size; size--, byte++) {
		crc ^= *byte;
		crc = crc >> 4 ^ change[crc & 15];
		crc = crc >> 4 ^ change[crc & 15];
	}
	return ~crc;
}
