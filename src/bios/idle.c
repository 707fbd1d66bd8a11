/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * When nothing boots, the processor waits in HLT in real mode, so that keys (Ctrl-Alt-Del)
 * and the tick go on; each interrupt comes back here for a look at the time.
 *
 * Reference: QEMU, -boot reboot-timeout= (fw_cfg etc/boot-fail-wait).
 */
#include "bios/idle.h"

#include "bios/realmode.h"
#include "hw/clock.h"
#include "hw/reset.h"
#include "layout.h"

static uint64_t started; /* ns */
static uint32_t wait_ms;

static void __attribute__((noreturn)) wait_for_interrupt(void)
{
	realmode_reset_stack();
	enter_real(realmode_frame(BOOT_SECTOR, ROM_SEG, fseg_offset(wait_idle_hlt), 0));
}

void idle_start(uint32_t milliseconds)
{
	started = clock_ns();
	wait_ms = milliseconds;
	wait_for_interrupt();
}

void idle_tick(struct regs *regs)
{
	(void)regs;
	if (wait_ms != IDLE_FOR_EVER && clock_ns() - started >= wait_ms * NS_PER_MS)
		reset_machine();
	wait_for_interrupt();
}
