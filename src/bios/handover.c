/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Leaving the machine to an operating system: when a boot loader asks for the memory map,
 * which it does before it hands over (GRUB does), and when we enter a kernel ourselves.
 */
#include "bios/handover.h"

#include "bios/tick.h"
#include "block/readahead.h"
#include "console/screen.h"
#include "hw/quiet.h"

void handover(const struct regs *caller)
{
	readahead_drop();
	tick_silence(caller);
	quiet_all();
	screen_leave();
}
