/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Tables at fixed addresses that vectors point to or services return.
 */
#ifndef PETREL_BIOS_TABLES_H
#define PETREL_BIOS_TABLES_H

#include <stdint.h>

extern const uint8_t fixed_disk_table[16];

/* What video_table has a set of registers and a page size for: modes 0 and 1, 2 and 3, 4
 * to 6, and 7. */
enum video_kind {
	VIDEO_40_COLUMNS,
	VIDEO_80_COLUMNS,
	VIDEO_GRAPHICS,
	VIDEO_MONOCHROME,
	VIDEO_KINDS,
};

/* The video parameter table of INT 1Dh: what the first BIOS programmed the 6845 with. */
struct video_parameters {
	uint8_t registers[VIDEO_KINDS][16];
	uint16_t page_sizes[VIDEO_KINDS]; /* bytes */
	uint8_t columns[8];               /* by mode */
	uint8_t mode_registers[8];        /* by mode: what port 3D8 or 3B8 gets */
} __attribute__((packed));
extern const struct video_parameters video_table;

_Static_assert(sizeof(struct video_parameters) == 88, "video parameter table");

/* What INT 15h C0h tells, and the bits of its bytes 5 and 6. */
enum {
	CONFIG_TABLE_SIZE = 10,
	FEATURES_AT = 5, /* offset */
	FEATURES_2_AT = 6,
	FEATURE_PIC2 = 0x40,
	FEATURE_RTC = 0x20,
	FEATURE_EBDA = 0x04,
	FEATURE_2_INT16_09 = 0x40, /* that function is there */
	FEATURE_2_NO_8042 = 0x04,
};
extern const uint8_t config_table[CONFIG_TABLE_SIZE];

#endif
