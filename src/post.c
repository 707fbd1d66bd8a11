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
#include "post.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bda.h"
#include "bios/pcibios.h"
#include "bios/realmode.h"
#include "bios/tick.h"
#include "bios/vectors.h"
#include "bios/wallclock.h"
#include "block/disks.h"
#include "block/readahead.h"
#include "boot/boot.h"
#include "boot/fw_cfg_kernel.h"
#include "boot/optionrom.h"
#include "console/keyboard.h"
#include "console/screen.h"
#include "console/terminal.h"
#include "entry.h"
#include "fw/acpi.h"
#include "fw/e820.h"
#include "fw/fw_cfg.h"
#include "fw/fw_cfg_drivers.h"
#include "fw/mptable.h"
#include "fw/smbios.h"
#include "fw/smbios_machine.h"
#include "hw/board.h"
#include "hw/clock.h"
#include "hw/cpu.h"
#include "hw/debugcon.h"
#include "hw/pci/rom.h"
#include "hw/pic.h"
#include "hw/reset.h"
#include "hw/smp.h"
#include "hw/uart.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/section.h"
#include "lib/util.h"
#include "version.h"

enum {
	MINIMUM_MEMORY = 8 << 20,
	READAHEAD_MEMORY = 32 << 20,
	CONVENTIONAL_KIB = EBDA_BASE >> 10,
	EBDA_KIB = 1,
	EQUIPMENT_80X25 = 2 << 4,
	WARM_START = 0x1234,

	RESUME_JUMP_EOI = 0x05, /* codes in the real-time clock's byte 0Fh */
	RESUME_JUMP = 0x0a,
	RESUME_IRET = 0x0b,
	RESUME_RETF = 0x0c,
	RESUME_STACK = 0x400,

	POSTED = 0x54534f50, /* "POST" */
};

/* POSTED from the end of POST on. QEMU writes zeros over our variables when it resets the
 * machine, but not when only the processor gets an INIT; so this tells the two apart.
 * After an INIT all that the last POST has found is still known. */
static uint32_t posted;

/*
 * Programs for the 80286 leave protected mode by resetting the processor. Before that they
 * write a code to the clock's memory and an address to 40:67, and this continues there.
 * After an INIT only the processor and its local APIC are reset. When QEMU resets the
 * whole machine it clears the code, so there is nothing to continue.
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
		pic_end_of_timer();
	else if (code != RESUME_JUMP)
		return;
	clock_lapic_was_reset();
	tick_restart();
	realmode_reset_stack();
	enter_real(realmode_frame(RESUME_STACK, ROM_SEG, fseg_offset(routine), 0));
}

/*
 * A jump to the reset vector, by which Linux reboots a microvm, finds devices that still
 * write to memory and interrupts that are pending. The program wants the machine to start
 * afresh, so we reset it. A hypervisor whose reset leaves the processor as it was would
 * bring us here again and again, so there is only one such reset, and the note of it is
 * in the EBDA, which a reset leaves alone.
 */
static void reset_after_jump(void)
{
	bool again = ebda()->reset_tried == POSTED;

	ebda()->reset_tried = 0;
	if (again || !cpu_is_set_up())
		return;
	ebda()->reset_tried = POSTED;
	reset_by_triple_fault();
}

/* An option ROM's header keeps DOS memory managers (EMM386, QEMM) from using our data
 * segment as an upper memory block: 55AA, 80h blocks of 512 bytes, which are 64 KiB, and as
 * the initialisation entry RETF. */
static void write_data_header(void)
{
	static const uint8_t header[] = {0x55, 0xaa, 0x80, 0xcb};

	memcpy(phys_ptr(DATA_BASE), header, sizeof(header));
}

static void init_bda(void)
{
	struct bda *b = bda();
	uint16_t reset_flag = b->reset_flag;

	memset(b, 0, BDA_SIZE);
	/* For option ROMs: the machine was running before. */
	if (reset_flag == WARM_START)
		b->reset_flag = reset_flag;
	b->ebda_segment = EBDA_BASE >> 4;
	b->memory_kib = CONVENTIONAL_KIB;
	b->equipment = EQUIPMENT_80X25;
	ebda()->kib = EBDA_KIB;
}

/* All memory of our own but the arena, whose place is not known yet. */
static void init_memory(void)
{
	const struct memory_layout layout = {
		.own = {DATA_BASE, MIB},
		.low = {ptr_phys(data_end), FSEG_BASE},
		.fseg = {ptr_phys(fseg_tables_start), ptr_phys(fseg_tables_end)},
		.scratch = {SCRATCH_BASE, SCRATCH_END},
	};

	memory_init(&layout);
}

static void __attribute__((noreturn)) die(void)
{
	screen_init();
	if (CONFIG_UART)
		uart_start();
	realmode_halt();
}

/* Finds RAM, and takes the log's page at its end, where it was before a reset, too. */
static void find_memory(void)
{
	uint32_t end = e820_init();
	void *ring;

	memory_set_end(end);
	if (end < MINIMUM_MEMORY) {
		say("Petrel: only %u KiB of memory, %u KiB are needed\n", end / KIB,
		    MINIMUM_MEMORY / KIB);
		die();
	}
	ring = memory_alloc_raw(LOG_RING_SIZE, PAGE_SIZE);
	if (!ring)
		return;
	log_set_ring(ring);
	memcpy(ebda()->log_signature, "PetrLog", sizeof(ebda()->log_signature));
	ebda()->log_address = ptr_phys(ring);
}

/* The level is a digit, or a byte of that value; it goes before Kconfig's. */
static void configure_log(void)
{
	uint64_t level;

	if (!fw_cfg_has_options() || fw_cfg_integer("opt/org.petrel/loglevel", &level))
		return;
	log_set_level(level >= '0' && level <= '9' ? level - '0' : level);
}

/* Not so with -nographic and graphics=off: those want the serial line beside a VGA. */
static bool has_graphics(void)
{
	uint16_t none = 0;

	return fw_cfg_read(FW_CFG_NOGRAPHIC, &none, sizeof(none)) || !none;
}

static void configure_console(bool have_rom)
{
	const char *charset =
		fw_cfg_has_options() ? fw_cfg_load("opt/org.petrel/charset", NULL) : NULL;
	uint64_t port;
	int error;

	if (charset)
		terminal_set_ascii(!strcmp(charset, "ascii"));
	if (!CONFIG_UART)
		return;
	error = fw_cfg_integer("etc/sercon-port", &port);
	if (error != ERR_NOENT)
		uart_set_console(error || port > UINT16_MAX ? 0 : port);
	else if (have_rom && has_graphics())
		uart_set_console(0);
}

/* Where a VGA will have it, the screen begins when its ROM has run. */
static void start_screen(void)
{
	bool have_rom = fw_cfg_has_display_rom();

	if (!have_rom)
		screen_init();
	keyboard_init();
	configure_console(have_rom);
	say_banner(); /* now at the latest: what went wrong so far came after it */
}

/* What every processor must be told, and starting them. Returns how many there are. */
static uint16_t init_processors(void)
{
	uint64_t feature_control;
	uint16_t count = 1;

	cpu_init();
	if (!fw_cfg_integer("etc/msr_feature_control", &feature_control))
		cpu_set_feature_control(feature_control);
	fw_cfg_read(FW_CFG_CPU_COUNT, &count, sizeof(count));
	smp_init(count);
	return count;
}

/* Tables in memory, which a kernel looks for. */
static void make_tables(unsigned processors)
{
	const struct smbios_facts facts = {
		.version = petrel_version + PETREL_NAME_LENGTH,
		.version_length = petrel_version_length - PETREL_NAME_LENGTH,
		.date = petrel_date,
		.processors = processors,
		.acpi = acpi_load(),
	};

	smbios_load(&facts);
}

/* The tables name the devices, the console among them. */
static void find_devices(void)
{
	struct acpi_reset reset;

	if (acpi_probe_devices() == ERR_NOENT)
		board_search_devices(fw_cfg_find("etc/table-loader"));
	fw_cfg_probe_devices();
	if (acpi_reset_register(&reset))
		reset_use(&(struct reset_register){reset.is_port, reset.address, reset.value});
	if (CONFIG_UART)
		uart_start();
}

void post(void)
{
	resume();
	reset_after_jump();
	memset(bss_start, 0, bss_end - bss_start);
	init_memory();
	log_init(petrel_version, screen_print);
	log_set_debug_sink(debugcon_write);
	realmode_reset_stack();
	init_bda();

	/* Everything that follows asks the host. */
	if (fw_cfg_init()) {
		say("Petrel: no fw_cfg device: this firmware is for QEMU only\n");
		die();
	}
	configure_log();
	find_memory();
	make_tables(init_processors());

	/* All that most kernels want is there: those do not see what follows. */
	fw_cfg_kernel_start();
	start_screen();
	mptable_make();
	write_data_header();
	vectors_init();
	find_devices();
	if (CONFIG_PCI)
		pcibios_init();

	/* What boots in less memory is small, and needs it itself. */
	if (disk_first() && memory_arena().end >= READAHEAD_MEMORY)
		readahead_init();
	boot_init();
	tick_init();
	/* ROMs count the drives, wait by the tick, and are candidates. */
	if (!optionrom_init(CONFIG_PCI ? pci_rom_images() : NULL) && CONFIG_UART)
		uart_use_default();
	fw_cfg_kernel_start_late();
	boot_choose();
	posted = POSTED;
	realmode_enter_hook(0x19);
	boot_start();
}
