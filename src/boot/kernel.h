/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What all ways of starting a kernel have in common: what is known of it, its parts, and
 * the jump. linux.c, pvh.c and multiboot.c each are one way.
 */
#ifndef PETREL_BOOT_KERNEL_H
#define PETREL_BOOT_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

/* What is read of a kernel, from fw_cfg (fw_cfg_kernel.c) or from files (direct.c). */
enum kernel_part { KERNEL_SETUP, KERNEL_MAIN, KERNEL_INITRD, KERNEL_COMMAND_LINE };

/* What is known of the kernel: addresses, and sizes in bytes. */
struct kernel {
	/* Reads the first `size` bytes of a part; a failure is said on the console. */
	bool (*read)(enum kernel_part part, void *to, uint32_t size);
	/* NULL, or what is done when nothing can fail any more: devices are left to the
	 * kernel. One that runs its real-mode part asks for that itself, by INT 15h E820. */
	void (*leave)(void);
	uint32_t top;           /* the initrd ends below; 0: it may reach up to memory of ours */
	uint32_t address, size; /* where its main part goes */
	uint32_t setup_address; /* of Linux's real-mode part */
	uint32_t setup_size;    /* its, or that of the start of an ELF file; or 0 */
	/* With -kernel both are in scratch memory, until its real-mode part is read (linux.c). */
	uint8_t *setup;                /* the first KERNEL_SETUP_READ bytes of it, or zeros */
	const char *command_line;      /* "" if there is none */
	uint32_t command_line_size;    /* with the NUL */
	uint32_t command_line_address; /* where a kernel in real mode finds it */
	uint32_t initrd_size;          /* 0 if there is none */
};

enum {
	KERNEL_SETUP_READ = 8192, /* as much as QEMU shows of an ELF file */
	KERNEL_LOWEST = 1 << 20,
};

/* Reads an item of fw_cfg; a failure is said on the console. */
bool kernel_read(uint16_t key, void *to, uint32_t size);

/* The item's four bytes; 0 where the host has no such item. */
uint32_t kernel_number(uint16_t key);

/* Whether a range (bytes) is RAM that we do not need ourselves; if not, that is
 * said on the console. */
bool kernel_range(const char *what, uint64_t start, uint64_t size);

/* Reads the initial RAM disk as high as it can be, between `lowest` and
 * `highest`, the last byte it may use. Returns its address; 0, and says so, if
 * it does not fit. */
uint32_t kernel_read_initrd(const struct kernel *kernel, uint64_t lowest, uint32_t highest);

/* Zeroed memory below 1 MiB that lasts until the kernel runs; NULL, and says so,
 * if there is none left. */
void *kernel_scratch(uint32_t size);

/* Loads TR with a task of 32 bits at 0, of 104 bytes, from a descriptor table in scratch
 * memory whose other entries are those of entry.S. False if there is no memory. */
bool kernel_load_task(void);

/* Jumps to the kernel: flat protected mode, interrupts off, EBP and EDI zero. */
void __attribute__((noreturn))
kernel_enter(uint32_t entry, uint32_t eax, uint32_t ebx, uint32_t esi);

#endif
