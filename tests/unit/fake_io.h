/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * In place of src/hw/io.h, in front of every source of a test whose sources reach for
 * ports, for a device's registers or for the processor's own: the test defines those of
 * these functions that they call, and so is the hardware.
 */
#ifndef PETREL_HW_IO_H
#define PETREL_HW_IO_H

#include <stdint.h>

void outb(uint16_t port, uint8_t value);
void outw(uint16_t port, uint16_t value);
void outl(uint16_t port, uint32_t value);
uint8_t inb(uint16_t port);
uint32_t inl(uint16_t port);
void insb(uint16_t port, void *to, uint32_t count);

uint8_t readb(uint32_t address);
uint16_t readw(uint32_t address);
uint32_t readl(uint32_t address);
void writeb(uint32_t address, uint8_t value);
void writew(uint32_t address, uint16_t value);
void writel(uint32_t address, uint32_t value);

uint64_t rdtsc(void);
uint64_t rdmsr(uint32_t index);
void wrmsr(uint32_t index, uint64_t value);
void cpu_pause(void);

struct cpuid_registers {
	uint32_t eax, ebx, ecx, edx;
};

struct cpuid_registers cpuid(uint32_t leaf);

static inline void memory_barrier(void)
{
	__sync_synchronize();
}

static inline void compiler_barrier(void)
{
	__sync_synchronize();
}

#endif
