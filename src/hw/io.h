/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Ports, device registers in memory, and the processor's own registers.
 */
#ifndef PETREL_HW_IO_H
#define PETREL_HW_IO_H

#include <stdint.h>

static inline void outb(uint16_t port, uint8_t value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outw(uint16_t port, uint16_t value)
{
	asm volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outl(uint16_t port, uint32_t value)
{
	asm volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint16_t inw(uint16_t port)
{
	uint16_t value;

	asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint32_t inl(uint16_t port)
{
	uint32_t value;

	asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

/* `count` bytes from one port into memory. */
static inline void insb(uint16_t port, void *to, uint32_t count)
{
	asm volatile("rep insb" : "+D"(to), "+c"(count) : "d"(port) : "memory");
}

/* A device's registers in memory. */
static inline uint8_t readb(uint32_t address)
{
	uint8_t value = *(volatile uint8_t *)(uintptr_t)address;

	asm volatile("" : : : "memory");
	return value;
}

static inline uint16_t readw(uint32_t address)
{
	uint16_t value = *(volatile uint16_t *)(uintptr_t)address;

	asm volatile("" : : : "memory");
	return value;
}

static inline uint32_t readl(uint32_t address)
{
	uint32_t value = *(volatile uint32_t *)(uintptr_t)address;

	asm volatile("" : : : "memory");
	return value;
}

static inline void writeb(uint32_t address, uint8_t value)
{
	asm volatile("" : : : "memory");
	*(volatile uint8_t *)(uintptr_t)address = value;
}

static inline void writew(uint32_t address, uint16_t value)
{
	asm volatile("" : : : "memory");
	*(volatile uint16_t *)(uintptr_t)address = value;
}

static inline void writel(uint32_t address, uint32_t value)
{
	asm volatile("" : : : "memory");
	*(volatile uint32_t *)(uintptr_t)address = value;
}

/* Orders memory accesses between us and a device that reads our memory; x86
 * needs the compiler's order, and a fence between a store and a later load. */
static inline void memory_barrier(void)
{
	asm volatile("lock addl $0, (%%esp)" : : : "memory", "cc");
}

static inline void compiler_barrier(void)
{
	asm volatile("" : : : "memory");
}

static inline void cpu_pause(void)
{
	asm volatile("pause" : : : "memory");
}

static inline uint64_t rdtsc(void)
{
	uint64_t value;

	asm volatile("rdtsc" : "=A"(value));
	return value;
}

static inline uint64_t rdmsr(uint32_t index)
{
	uint64_t value;

	asm volatile("rdmsr" : "=A"(value) : "c"(index));
	return value;
}

static inline void wrmsr(uint32_t index, uint64_t value)
{
	asm volatile("wrmsr" : : "A"(value), "c"(index) : "memory");
}

struct cpuid_registers {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_registers cpuid(uint32_t leaf)
{
	struct cpuid_registers r;

	asm volatile("cpuid"
		     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
		     : "a"(leaf), "c"(0));
	return r;
}

#endif
