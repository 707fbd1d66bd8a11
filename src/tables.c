/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Tables that old software reads at fixed addresses in segment F000, or by
 * the vectors that point to them.
 *
 * Reference: IBM PS/2 and PC BIOS Interface Technical Reference, section 3
 * "Data Areas and ROM Tables".
 */
#include <stdint.h>

#include "rom.h"

/* Words at odd addresses. */
#define WORD(value) (value) & 0xff, (value) >> 8

/* E401: parameters of the fixed disk types of the AT; no disk has a type here. */
const uint8_t fixed_disk_table[16] FIXED(e401) = {0};

/* E6F5: what INT 15h C0h returns, less the chips that a machine lacks. */
const uint8_t config_table[CONFIG_TABLE_SIZE] FIXED(e6f5) = {
	[0] = CONFIG_TABLE_SIZE - 2, /* length of what follows */
	[2] = 0xfc,                  /* model: AT; submodel and revision are 0 */
	[FEATURES_AT] = FEATURE_PIC2 | FEATURE_RTC | FEATURE_EBDA,
	[FEATURES_AT + 1] = 0x44, /* INT 16h 09h is there, an 8042 is not */
};

/* E729: divisors of 110 to 9600 baud. */
static const uint8_t baud_table[] FIXED(e729) = {
	WORD(1047), WORD(768), WORD(384), WORD(192), WORD(96), WORD(48), WORD(24), WORD(12),
};

/* EFC7: parameters of a 1.44 MB diskette, also INT 1Eh. */
const uint8_t diskette_table[] FIXED(efc7) = {
	0xdf, 0x02,       /* step rate, head unload and load, DMA mode */
	37,               /* ticks until the motor is switched off */
	2,    18,         /* bytes a sector (512), sectors a track */
	0x1b, 0xff, 0x6c, /* gap, data length, gap when formatting */
	0xf6,             /* fill byte when formatting */
	15,   8,          /* head settle time in ms, motor start time in 1/8 s */
};

/* F0A4: the 6845's registers for modes 0-1, 2-3, 4-6 and 7, page sizes, columns
 * and mode register for modes 0-7; also INT 1Dh. */
const uint8_t video_table[] FIXED(f0a4) = {
	0x38, 0x28, 0x2d, 0x0a, 0x1f, 0x06, 0x19, 0x1c, 0x02, 0x07, 0x06, 0x07, 0,    0,    0,
	0,    0x71, 0x50, 0x5a, 0x0a, 0x1f, 0x06, 0x19, 0x1c, 0x02, 0x07, 0x06, 0x07, 0,    0,
	0,    0,    0x38, 0x28, 0x2d, 0x0a, 0x7f, 0x06, 0x64, 0x70, 0x02, 0x01, 0x06, 0x07, 0,
	0,    0,    0,    0x61, 0x50, 0x52, 0x0f, 0x19, 0x06, 0x19, 0x19, 0x02, 0x0d, 0x0b, 0x0c,
	0,    0,    0,    0,    0x00, 0x08, 0x00, 0x10, 0x00, 0x40, 0x00, 0x40, 40,   40,   80,
	80,   40,   40,   80,   80,   0x2c, 0x28, 0x2d, 0x29, 0x2a, 0x2e, 0x1e, 0x29,
};

/* FEF3: offsets of the interrupt routines 08-1F, as the first BIOS had them. */
static const uint8_t vector_table[] FIXED(fef3) = {
	/* 08-0F */
	WORD(0xfea5),
	WORD(0xe987),
	WORD(0xff53),
	WORD(0xff53),
	WORD(0xff53),
	WORD(0xff53),
	WORD(0xef57),
	WORD(0xff53),
	/* 10-17 */
	WORD(0xf065),
	WORD(0xf84d),
	WORD(0xf841),
	WORD(0xec59),
	WORD(0xe739),
	WORD(0xf859),
	WORD(0xe82e),
	WORD(0xefd2),
	/* 18-1F */
	WORD(0xff53),
	WORD(0xe6f2),
	WORD(0xfe6e),
	WORD(0xff53),
	WORD(0xff53),
	WORD(0xf0a4),
	WORD(0xefc7),
	WORD(0xff53),
};

/* FFF5: the BIOS date, and FFFE: the model. */
static const char bios_date[9] FIXED(fff5) = "11/21/26";
static const uint8_t model_byte[2] FIXED(fffe) = {0xfc, 0};
