/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The checksum of ACPI tables, option ROMs and their headers: bytes that add up
 * to zero.
 */
#ifndef PETREL_LIB_CHECKSUM_H
#define PETREL_LIB_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The sum of `size` bytes, modulo 256. */
uint8_t checksum_bytes(const void *memory, size_t size);

#endif
