/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The BIOS data area at 0040:0000, which programs read and write directly.
 * Layout: IBM PS/2 and PC BIOS Interface Technical Reference, "BIOS Data Area".
 */
#ifndef PETREL_BDA_H
#define PETREL_BDA_H

#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "lib/memory.h"

enum { BDA_KEYS = 16, BDA_SIZE = 256 };

struct bda {
	uint16_t com_port[4];  /* 00 */
	uint16_t lpt_port[3];  /* 08 */
	uint16_t ebda_segment; /* 0E */
	uint16_t equipment;    /* 10: what INT 11h returns */
	uint8_t reserved_12;
	uint16_t memory_kib; /* 13: what INT 12h returns */
	uint8_t reserved_15[2];
	uint8_t shift_flags[2];        /* 17 */
	uint8_t alt_keypad;            /* 19 */
	uint16_t key_head, key_tail;   /* 1A: offsets from 0040:0000 */
	uint16_t keys[BDA_KEYS];       /* 1E */
	uint8_t diskette_state[4];     /* 3E */
	uint8_t diskette_result[7];    /* 42 */
	uint8_t video_mode;            /* 49 */
	uint16_t video_columns;        /* 4A */
	uint16_t video_page_size;      /* 4C */
	uint16_t video_page_start;     /* 4E */
	uint16_t cursor[8];            /* 50: row in the high byte */
	uint16_t cursor_shape;         /* 60 */
	uint8_t video_page;            /* 62 */
	uint16_t crtc_port;            /* 63 */
	uint8_t crt_mode, crt_palette; /* 65 */
	uint32_t reset_vector;         /* 67: for shutdown codes 5 and 0A */
	uint8_t last_interrupt;        /* 6B */
	uint32_t ticks;                /* 6C: since midnight */
	uint8_t midnight;              /* 70: set when ticks wrapped */
	uint8_t break_flag;            /* 71 */
	uint16_t reset_flag;           /* 72 */
	uint8_t disk_status;           /* 74: of the last INT 13h for a hard disk */
	uint8_t disk_count;            /* 75 */
	uint8_t disk_control[2];       /* 76 */
	uint8_t lpt_timeout[4];        /* 78 */
	uint8_t com_timeout[4];        /* 7C */
	uint16_t key_start, key_end;   /* 80: the ring's bounds, from 0040:0000 */
	uint8_t video_rows;            /* 84: less one */
	uint16_t char_height;          /* 85 */
	uint8_t video_control[4];      /* 87 */
	uint8_t diskette_rate;         /* 8B */
	uint8_t disk_controller[4];    /* 8C */
	uint8_t diskette_media[6];     /* 90 */
	uint8_t keyboard_mode[2];      /* 96 */
	uint32_t wait_flag_pointer;    /* 98: seg:off */
	uint32_t wait_microseconds;    /* 9C */
	uint8_t wait_active;           /* A0 */
	uint8_t reserved_a1[7];
	uint32_t video_pointer; /* A8: seg:off of the table of video tables */
} __attribute__((packed));

_Static_assert(offsetof(struct bda, video_mode) == 0x49, "BDA layout");
_Static_assert(offsetof(struct bda, ticks) == 0x6c, "BDA layout");
_Static_assert(offsetof(struct bda, key_start) == 0x80, "BDA layout");
_Static_assert(offsetof(struct bda, keyboard_mode) == 0x96, "BDA layout");
_Static_assert(offsetof(struct bda, video_pointer) == 0xa8, "BDA layout");

static inline struct bda *bda(void)
{
	return phys_ptr(BDA_BASE);
}

/*
 * The extended BIOS data area. The memory map reserves it. QEMU does not write it at a
 * reset, as it does our variables; so it has what must outlive a reset. It also has what
 * the host writes for us before the arena exists.
 */
struct ebda {
	uint8_t kib; /* its size */
	uint8_t reserved_01[0x3c];
	uint8_t disk_tables[2][16]; /* 3D: of vectors 41h and 46h, where a PS/2 has them */
	uint8_t reserved_5d[3];

	/* 60: the rest is Petrel's. Where the log is, for scripts/dumplog. */
	char log_signature[8];
	uint32_t log_address;
	uint32_t reset_tried; /* post.c */
	/* Which steps of the option ROMs' area hold copies that the last POST has made;
	 * valid if the bytes of the struct add up to zero and the mark is there. */
	struct rom_copies {
		uint32_t mark;
		uint8_t placed[64];
		uint8_t checksum;
		uint8_t reserved[3];
	} rom_copies;
	uint8_t reserved_b8[8];
	uint8_t clock_page[64];    /* C0: hw/clock.c */
	uint8_t fw_cfg_buffer[64]; /* 100: fw/fw_cfg.c */
} __attribute__((packed, aligned(4)));

_Static_assert(offsetof(struct ebda, log_signature) == 0x60, "EBDA layout");
_Static_assert(offsetof(struct ebda, clock_page) == 0xc0, "KVM wants 32-byte alignment");
_Static_assert(sizeof(struct ebda) <= 1024, "EBDA layout");

static inline struct ebda *ebda(void)
{
	return phys_ptr(EBDA_BASE);
}

#endif
