/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * POST: one list of what happens between reset and the boot sector, in the order
 * in which one thing needs another. A kernel given with -kernel leaves it half
 * way; everything below that line is for those who boot from a disk or a ROM.
 *
 * Contract with what is booted: IBM PS/2 and PC BIOS Interface Technical
 * Reference, "Power-On Self-Test"; BIOS Boot Specification 1.01. Codes after a
 * reset: Ralf Brown's CMOS.LST, 0Fh.
 */
#include <string.h>

#include "bda.h"
#include "boot.h"
#include "disk.h"
#include "error.h"
#include "fw/acpi.h"
#include "fw/e820.h"
#include "fw/fw_cfg.h"
#include "fw/kernel.h"
#include "fw/smbios.h"
#include "fw/smp.h"
#include "hw/board.h"
#include "hw/clock.h"
#include "hw/cpu.h"
#include "hw/legacy.h"
#include "hw/reset.h"
#include "hw/uart.h"
#include "interrupt.h"
#include "keyboard.h"
#include "memory.h"
#include "optionrom.h"
#include "post.h"
#include "print.h"
#include "readahead.h"
#include "rom.h"
#include "screen.h"
#include "terminal.h"
#include "wallclock.h"

enum {
	MINIMUM_MEMORY = 8 << 20,
	CONVENTIONAL_KIB = EBDA_BASE >> 10,
	EBDA_KIB = 1,
	EQUIPMENT_80X25 = 2 << 4,
	WARM_START = 0x1234,

	RESUME_JUMP_EOI = 0x05, /* codes in the real-time clock's byte 0Fh */
	RESUME_JUMP = 0x0a,
	RESUME_IRET = 0x0b,
	RESUME_RETF = 0x0c,
	RESUME_STACK = 0x400,

	POSTED = 0x54534f50,
};

/* POSTED from the end of POST on. A reset of a virtual machine leaves memory as it
 * is, so this tells one from the start, and what the last POST has found is known. */
static uint32_t posted;

/*
 * Goes on where a program that resets the processor wants to: it has said so by a
 * code in the clock's memory and the address in 40:67. Everything is as it was but
 * for the processor and its local APIC. That is an INIT; when QEMU resets the machine
 * it clears the code, and memory is all that is left.
 */
static void resume(void)
{
	void (*routine)(void) = resume_jump;
	uint8_t code;

	if (posted != POSTED || !wallclock_chip())
		return;
	code = wallclock_chip()->take_reset_code();
	if (code == RESUME_IRET)
		routine = resume_iret;
	else if (code == RESUME_RETF)
		routine = resume_retf;
	else if (code == RESUME_JUMP_EOI)
		legacy_end_of_tick();
	else if (code != RESUME_JUMP)
		return;
	clock_lapic_was_reset();
	tick_restart();
	interrupt_reset_stack();
	enter_real(real_mode_frame(RESUME_STACK, ROM_SEG, rom_offset(routine), 0));
}

/*
 * A jump to the reset vector, by which Linux reboots a microvm, finds devices that
 * still write to memory and interrupts that are pending. Whoever comes so wants a
 * reset. Once: a hypervisor whose reset leaves the processor as it was gets no second.
 */
static void reset_after_jump(void)
{
	static uint32_t tried __attribute__((section(".noinit")));
	bool again = tried == POSTED;

	tried = 0;
	if (again || !cpu_is_set_up())
		return;
	tried = POSTED;
	reset_by_triple_fault();
}

/* A 55AA header keeps DOS memory managers from using our data segment as an
 * upper memory block; in front of the initialisation entry, a far return. */
static void write_data_header(void)
{
	static const uint8_t header[] = {0x55, 0xaa, 0x80, 0xcb};

	memcpy(phys_ptr(DATA_BASE), header, sizeof(header));
}

static void init_bda(void)
{
	struct bda *b = bda();
	uint16_t reset_flag = b->reset_flag;

	memset(b, 0, 256);
	/* For option ROMs: the machine was running before. */
	if (reset_flag == WARM_START)
		b->reset_flag = reset_flag;
	b->ebda_segment = EBDA_BASE >> 4;
	b->memory_kib = CONVENTIONAL_KIB;
	b->equipment = EQUIPMENT_80X25;
	*(uint8_t *)phys_ptr(EBDA_BASE) = EBDA_KIB;
}

static void __attribute__((noreturn)) die(void)
{
	if (CONFIG_UART)
		uart_start();
	halt();
}

static void check_memory(uint32_t end)
{
	if (end >= MINIMUM_MEMORY)
		return;
	say("Petrel: only %u KiB of memory, %u KiB are needed\n", end >> 10, MINIMUM_MEMORY >> 10);
	die();
}

void post(void)
{
	uint32_t memory_end;

	resume();
	reset_after_jump();
	memset(bss_start, 0, bss_end - bss_start);
	memory_init();
	interrupt_reset_stack();
	init_bda();

	/* Everything that follows asks the host. */
	if (fw_cfg_init()) {
		say("Petrel: no fw_cfg device: this firmware is for QEMU only\n");
		die();
	}
	log_configure();
	memory_end = e820_init();
	check_memory(memory_end);
	high_init(memory_end);
	cpu_init();
	smp_init();

	/* It reserves what all before it have taken at the end of memory. */
	smbios_load();
	acpi_load();

	/* All that most kernels want is there: those do not see what follows. */
	kernel_start();
	screen_init();
	keyboard_init();
	terminal_configure();
	say_banner(); /* now at the latest: what went wrong so far came after it */

	/* The tables name the devices; the console is one of them, and what was
	 * said before it was found appears then. */
	write_data_header();
	interrupt_init();
	if (acpi_probe_devices() == ERR_NOENT)
		board_search_devices();
	if (CONFIG_UART)
		uart_start();

	if (disk_first())
		readahead_init();
	boot_init();
	legacy_init();
	/* ROMs count the drives, wait by the tick, and are candidates. */
	optionrom_init();
	kernel_start_late();
	boot_choose();
	posted = POSTED;
	interrupt_enter_hook(0x19);
	boot_start();
}
