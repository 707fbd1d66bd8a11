/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A display with a BIOS of its own, such as a VGA: its option ROM has taken INT 10h, and the
 * memory at B800:0000 is the display's. Messages are typed by that INT 10h.
 *
 * Where there are consoles as well, they show the same. Then we stand in front of the ROM:
 * INT 10h is ours again, has each call done by the ROM, whose entry is at vector 6Dh, and
 * tells those who show the screen what has changed. Vector 6Dh is where IBM's VGA has its
 * own entry; a caller in VM86 mode is led there by entry.S.
 *
 * Reference: Ralf Brown's Interrupt List, INT 10 and INT 6D.
 */
#include "bios/display.h"

#include <string.h>

#include "bda.h"
#include "bios/realmode.h"
#include "bios/regs.h"
#include "console/screen.h"
#include "lib/log.h"
#include "lib/section.h"
#include "lib/util.h"

enum {
	VIDEO_INT = 0x10,
	DISPLAY_INT = 0x6d,
	STACK_SIZE = 2048,
	NO_MODE = 0xff, /* in the BIOS data area: none of text */
};

/* For the ROM while it types messages: the program that runs may have no room on its own. */
static uint8_t NOINIT stack[STACK_SIZE] __attribute__((aligned(4)));
static bool stack_in_use;

bool display_is_behind_us;

static void call_video(uint16_t ax, uint16_t bx)
{
	struct regs regs = {.ss = DATA_SEG, .esp = ptr_phys(stack) + STACK_SIZE - DATA_BASE};

	if (stack_in_use) /* a message of an interrupt that came while one was typed */
		return;
	stack_in_use = true;
	regs.ax = ax;
	regs.bx = bx;
	realmode_int(&regs, VIDEO_INT);
	stack_in_use = false;
}

/* BL is the colour, for graphics modes. */
static void display_type(uint8_t c)
{
	call_video(0x0e00 | c, bda()->video_page << 8 | ATTRIBUTE_PLAIN);
}

static void type_nothing(uint8_t c)
{
	(void)c;
}

bool display_start(void)
{
	uint32_t *vector = phys_ptr(VIDEO_INT * 4), *own = phys_ptr(DISPLAY_INT * 4);
	uint16_t segment = *vector >> 16;

	if (segment < ROMS_BASE >> 4 || segment >= DATA_SEG) {
		bda()->video_mode = NO_MODE;
		screen_use_teletype(type_nothing);
		return false;
	}
	call_video(MODE_80X25, 0);
	if (screen_is_viewed()) {
		*own = *vector;
		*vector = fseg_pointer(int_10);
		display_is_behind_us = true;
	}
	log_line(LOG_INFO, "text on the display%s", display_is_behind_us ? " and on consoles" : "");
	screen_use_teletype(display_type);
	return true;
}

/* What has changed on the screen, by the caller's registers and where the cursor was. */
static void tell_viewers(const struct regs *regs, uint16_t cursor)
{
	switch (regs->ah) {
	case 0x09:
	case 0x0a:
		screen_was_filled(cursor, regs->cx);
		break;
	case 0x0e:
		screen_was_typed(cursor, regs->al);
		break;
	case 0x00:
	case 0x05:
	case 0x06:
	case 0x07:
	case 0x13:
		screen_was_drawn();
		break;
	}
}

void display_call(struct regs *regs)
{
	struct regs call = *regs;
	uint16_t cursor = bda()->cursor[bda()->video_page % SCREEN_PAGES];

	realmode_int(&call, DISPLAY_INT);
	tell_viewers(regs, cursor);
	memcpy(&regs->edi, &call.edi, REGS_VECTOR - REGS_GPRS);
}
