/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Tables that old software reads at fixed addresses in segment F000, or by
 * the vectors that point to them.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, section 3
 * "Data Areas and ROM Tables".
 */
#include "bios/tables.h"

#include "lib/section.h"

enum { MODEL_AT = 0xfc };

/* A word at an odd address, where an array of uint16_t cannot be. */
#define WORD(value) (value) & 0xff, (value) >> 8

/* E401: parameters of the fixed disk types of the AT; no disk has a type here. */
const uint8_t fixed_disk_table[16] FIXED(e401) = {0};

/* E6F5: what INT 15h C0h returns, less the chips that a machine lacks. */
const uint8_t config_table[CONFIG_TABLE_SIZE] FIXED(e6f5) = {
	[0] = CONFIG_TABLE_SIZE - 2, /* length of what follows */
	[2] = MODEL_AT,              /* submodel and revision are 0 */
	[FEATURES_AT] = FEATURE_PIC2 | FEATURE_RTC | FEATURE_EBDA,
	[FEATURES_2_AT] = FEATURE_2_INT16_09 | FEATURE_2_NO_8042,
};

/* E729: divisors of 110 to 9600 baud. */
static const uint8_t baud_table[] FIXED(e729) = {
	WORD(1047), WORD(768), WORD(384), WORD(192), WORD(96), WORD(48), WORD(24), WORD(12),
};

/* F0A4: also INT 1Dh. */
const struct video_parameters
	video_table
		FIXED(f0a4) =
			{
				.registers =
					{
						[VIDEO_40_COLUMNS] = {0x38, 0x28, 0x2d, 0x0a, 0x1f,
								      0x06, 0x19, 0x1c, 0x02, 0x07,
								      0x06, 0x07},
						[VIDEO_80_COLUMNS] =
							{0x71, 0x50, 0x5a, 0x0a,
							 0x1f, 0x06, 0x19, 0x1c, 0x02, 0x07, 0x06, 0x07},
						[VIDEO_GRAPHICS] =
							{0x38, 0x28, 0x2d, 0x0a,
							 0x7f, 0x06, 0x64, 0x70, 0x02, 0x01, 0x06, 0x07},
						[VIDEO_MONOCHROME] =
							{0x61, 0x50, 0x52, 0x0f,
							 0x19, 0x06, 0x19, 0x19, 0x02, 0x0d, 0x0b, 0x0c},
					},
				.page_sizes = {[VIDEO_40_COLUMNS] = 0x0800,
					       [VIDEO_80_COLUMNS] = 0x1000,
					       [VIDEO_GRAPHICS] = 0x4000,
					       [VIDEO_MONOCHROME] = 0x4000},
				.columns = {40, 40, 80, 80, 40, 40, 80, 80},
				.mode_registers = {0x2c, 0x28, 0x2d, 0x29, 0x2a, 0x2e, 0x1e, 0x29},
};

/* FEF3: offsets of the interrupt routines 08-1F, as the first BIOS had them. What it had
 * no routine for leads to an IRET. */
#define IRET_ROUTINE 0xff53

static const uint8_t vector_table[] FIXED(fef3) = {
	WORD(0xfea5),       /* 08: timer */
	WORD(0xe987),       /* 09: keyboard hardware */
	WORD(IRET_ROUTINE), /* 0A */
	WORD(IRET_ROUTINE), /* 0B */
	WORD(IRET_ROUTINE), /* 0C */
	WORD(IRET_ROUTINE), /* 0D */
	WORD(0xef57),       /* 0E: diskette hardware */
	WORD(IRET_ROUTINE), /* 0F */
	WORD(0xf065),       /* 10: video */
	WORD(0xf84d),       /* 11: equipment */
	WORD(0xf841),       /* 12: memory size */
	WORD(0xec59),       /* 13: diskettes */
	WORD(0xe739),       /* 14: serial ports */
	WORD(0xf859),       /* 15: system services */
	WORD(0xe82e),       /* 16: keyboard */
	WORD(0xefd2),       /* 17: printer */
	WORD(IRET_ROUTINE), /* 18 */
	WORD(0xe6f2),       /* 19: bootstrap */
	WORD(0xfe6e),       /* 1A: time */
	WORD(IRET_ROUTINE), /* 1B */
	WORD(IRET_ROUTINE), /* 1C */
	WORD(0xf0a4),       /* 1D: video_table */
	WORD(0xefc7),       /* 1E: diskette_table */
	WORD(IRET_ROUTINE), /* 1F */
};

/* FFF5: the BIOS date, and FFFE: the model. */
static const char bios_date[9] FIXED(fff5) = "11/21/26";
static const uint8_t model_byte[2] FIXED(fffe) = {MODEL_AT, 0};
