/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * In place of src/hw/io.h, in front of every source of fuzz_virtio: registers are
 * the fuzzed device's.
 */
#ifndef PETREL_HW_IO_H
#define PETREL_HW_IO_H

#include <stdint.h>

uint32_t readl(uint32_t address);
void writel(uint32_t address, uint32_t value);

static inline void memory_barrier(void)
{
	__sync_synchronize();
}

static inline void compiler_barrier(void)
{
	__sync_synchronize();
}

#endif
