/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The cyclic redundancy check of GPTs, Ethernet and gzip.
 */
#ifndef PETREL_LIB_CRC32_H
#define PETREL_LIB_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of `size` more bytes; `crc` is that of what comes before them, 0 at the start. */
uint32_t crc32(uint32_t crc, const void *memory, size_t size);

#endif
