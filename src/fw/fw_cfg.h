/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * QEMU's fw_cfg device: what the host tells the firmware.
 */
#ifndef PETREL_FW_FW_CFG_H
#define PETREL_FW_FW_CFG_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { FW_CFG_NAME_SIZE = 56 };

/* Keys of items that have no name (QEMU: include/standard-headers/linux/qemu_fw_cfg.h). */
enum fw_cfg_key {
	FW_CFG_SIGNATURE = 0x00,
	FW_CFG_UUID = 0x02,      /* 16 bytes, as RFC 4122 orders them; zeros without -uuid */
	FW_CFG_RAM_SIZE = 0x03,  /* uint64_t, bytes */
	FW_CFG_NOGRAPHIC = 0x04, /* uint16_t, 1 with -nographic or graphics=off */
	FW_CFG_CPU_COUNT = 0x05, /* uint16_t */
	/* The kernel given with -kernel, and what comes with it: uint32_t each. */
	FW_CFG_KERNEL_ADDR = 0x07,
	FW_CFG_KERNEL_SIZE = 0x08, /* bytes; 0 without -kernel */
	FW_CFG_INITRD_SIZE = 0x0b,
	FW_CFG_BOOT_MENU = 0x0e, /* uint16_t, 1 with -boot menu=on */
	FW_CFG_KERNEL_ENTRY = 0x10,
	FW_CFG_KERNEL_DATA = 0x11,
	FW_CFG_INITRD_DATA = 0x12,
	FW_CFG_CMDLINE_ADDR = 0x13,
	FW_CFG_CMDLINE_SIZE = 0x14, /* with the NUL */
	FW_CFG_CMDLINE_DATA = 0x15,
	FW_CFG_SETUP_ADDR = 0x16,
	FW_CFG_SETUP_SIZE = 0x17,
	FW_CFG_SETUP_DATA = 0x18,
	FW_CFG_FILE_DIR = 0x19,
	FW_CFG_NO_ITEM = 0x3fff, /* reads as zeros */
};

/* A named item, in our byte order. */
struct fw_cfg_file {
	uint32_t size; /* bytes */
	uint16_t key;
	uint16_t reserved;
	char name[FW_CFG_NAME_SIZE]; /* ends with a NUL */
};

/* Looks for the device and reads its directory into scratch memory. Returns 0,
 * ERR_NOENT if there is no such device, ERR_NOMEM if the directory is absurd. */
int fw_cfg_init(void);

/* From here on there are no files: for whoever overwrites scratch memory, where their
 * directory is, before POST is over. Items can still be read by their keys. */
void fw_cfg_forget_files(void);

/* Reads the first `size` bytes of an item; beyond its end there are zeros.
 * Returns 0 or ERR_IO. */
int fw_cfg_read(uint16_t key, void *to, uint32_t size);

/* Zeroes memory, at the cost of one access, however much it is. */
static inline void fw_cfg_zero(void *to, uint32_t size)
{
	fw_cfg_read(FW_CFG_NO_ITEM, to, size);
}

/* Whether the name in a field of FW_CFG_NAME_SIZE bytes is `name`; `size` is that of `name`
 * with its NUL. The byte at that place is compared first: it tells most other names. */
static inline bool fw_cfg_same_name(const char *field, const char *name, size_t size)
{
	return size <= FW_CFG_NAME_SIZE && !field[size - 1] && !memcmp(field, name, size);
}

/* Finds a file by its name, whose length with the NUL is `size`, 4 at least; NULL if there
 * is none. The entry is in scratch memory: only POST may use it. */
const struct fw_cfg_file *fw_cfg_find_sized(const char *name, size_t size);

/* The same; the compiler knows the length of most names. */
static inline const struct fw_cfg_file *fw_cfg_find(const char *name)
{
	return fw_cfg_find_sized(name, __builtin_strlen(name) + 1);
}

/* Whether there is any file for us, below opt/org.petrel/. */
bool fw_cfg_has_options(void);

/* The first file after `file`, or of all if that is NULL, whose name begins with
 * `prefix`; NULL if there is none. */
const struct fw_cfg_file *fw_cfg_next(const struct fw_cfg_file *file, const char *prefix);

/* Reads a whole file into scratch memory, with a NUL behind it; *size, unless
 * NULL, is set to its length. NULL if there is none, or no room for it. Only POST may
 * use it: what is booted overwrites it, and so does a kernel in real mode (linux.c). */
void *fw_cfg_load(const char *name, uint32_t *size);

/* Reads the little-endian integer of 1 to 8 bytes that is a whole file.
 * Returns 0, ERR_NOENT, or ERR_INVAL if the file is longer. */
int fw_cfg_integer(const char *name, uint64_t *value);

/* Overwrites `size` bytes at `offset` of a file that the host made writable.
 * Returns 0; ERR_UNSUPPORTED without the DMA interface; ERR_IO. */
int fw_cfg_write(const struct fw_cfg_file *file, uint32_t offset, const void *from, uint32_t size);

#endif
