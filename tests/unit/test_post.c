/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * POST's list: what comes before what, what is left out when, and what a program finds that
 * has reset the processor. All that the list calls is made up here, and says that it was
 * called.
 */
#include "post.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "alone.h"
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
#include "lib/romimage.h"

const char petrel_version[] = "Petrel of the test";
const unsigned petrel_version_length = sizeof(petrel_version) - 1;
const char petrel_date[] = "01/02/2026";
const struct table_register gdt_pointer;
uint32_t private_stack[2];

/* --- what was called, in order ------------------------------------------------------------- */

static char called[1024];

static void note(const char *name)
{
	strcat(called, name);
	strcat(called, " ");
}

/* Whether one was called before the other, both once. */
static bool before(const char *first, const char *second)
{
	const char *a = strstr(called, first), *b = strstr(called, second);

	return a && b && a < b && !strstr(a + 1, first) && !strstr(b + 1, second);
}

static bool was_called(const char *name)
{
	return strstr(called, name);
}

#define NOTES(name)                                                                                \
	void name(void)                                                                            \
	{                                                                                          \
		note(#name);                                                                       \
	}
NOTES(vectors_init)
NOTES(keyboard_init)
NOTES(readahead_init)
NOTES(boot_init)
NOTES(boot_choose)
NOTES(tick_init)
NOTES(tick_restart)
NOTES(pcibios_init)
NOTES(fw_cfg_kernel_start)
NOTES(fw_cfg_kernel_start_late)
NOTES(mptable_make)

NOTES(cpu_init)
NOTES(uart_start)
NOTES(pic_end_of_timer)
NOTES(clock_lapic_was_reset)
NOTES(realmode_reset_stack)
NOTES(resume_jump)
NOTES(resume_iret)
NOTES(resume_retf)

static const struct rom_image image;

const struct rom_image *pci_rom_images(void)
{
	return &image;
}

static bool has_display, shows_nothing;

bool fw_cfg_has_display_rom(void)
{
	return has_display;
}

bool optionrom_init(const struct rom_image *images)
{
	ok(images == &image);
	note("optionrom_init");
	return !shows_nothing;
}

static jmp_buf left;

static void __attribute__((noreturn)) leave(const char *name)
{
	note(name);
	longjmp(left, 1);
}

/* What is shown as soon as there is a screen, as screen.c does it. */
static bool screen_is_there;
static char shown[512], logged[1024];

void screen_init(void)
{
	if (!screen_is_there)
		note("screen_init");
	screen_is_there = true;
}

void screen_print(const char *s, size_t length)
{
	strncat(shown, s, length);
}

void debugcon_write(const char *s, size_t length)
{
	strncat(logged, s, length);
}

static int no_fw_cfg;

int fw_cfg_init(void)
{
	note("fw_cfg_init");
	return no_fw_cfg;
}

static const char *integer_name; /* of the only integer that there is, ... */
static uint64_t integer_value;
static int integer_error; /* ... or what comes instead */

bool fw_cfg_has_options(void)
{
	return true;
}

int fw_cfg_integer(const char *name, uint64_t *value)
{
	if (!integer_name || strcmp(name, integer_name))
		return ERR_NOENT;
	*value = integer_value;
	return integer_error;
}

static const char *charset;

void *fw_cfg_load(const char *name, uint32_t *size)
{
	ok(!strcmp(name, "opt/org.petrel/charset") && !size);
	return (void *)charset;
}

static uint16_t processors, no_graphics;

int fw_cfg_read(uint16_t key, void *to, uint32_t size)
{
	if (key == FW_CFG_NOGRAPHIC && size == 2) {
		*(uint16_t *)to = no_graphics;
		return 0;
	}
	ok(key == FW_CFG_CPU_COUNT && size == 2);
	if (processors)
		memcpy(to, &processors, size);
	return processors ? 0 : ERR_IO;
}

static bool have_loader;

const struct fw_cfg_file *fw_cfg_find_sized(const char *name, size_t size)
{
	static const struct fw_cfg_file file;

	ok(!strcmp(name, "etc/table-loader") && size == strlen(name) + 1);
	return have_loader ? &file : NULL;
}

static uint32_t memory_end;

uint32_t e820_init(void)
{
	note("e820_init");
	return memory_end;
}

static unsigned smp_count;

void smp_init(unsigned count)
{
	smp_count = count;
	note("smp_init");
}

static uint64_t feature_control;

void cpu_set_feature_control(uint64_t value)
{
	feature_control = value;
	note("feature_control");
}

static bool set_up;

bool cpu_is_set_up(void)
{
	return set_up;
}

static int acpi_result;
static bool board_had_tables;

bool acpi_load(void)
{
	note("acpi_load");
	return true;
}

void smbios_load(const struct smbios_facts *facts)
{
	ok(facts->acpi && facts->processors && facts->version_length && facts->date);
	note("smbios_load");
}

int acpi_probe_devices(void)
{
	note("acpi_probe_devices");
	return acpi_result;
}

void fw_cfg_probe_devices(void)
{
	note("fw_cfg_probe_devices");
}

void board_search_devices(bool have_tables)
{
	board_had_tables = have_tables;
	note("board_search_devices");
}

static bool have_reset;
static struct reset_register reset;

bool acpi_reset_register(struct acpi_reset *to)
{
	*to = (struct acpi_reset){.is_port = true, .address = 0x604, .value = 0x42};
	return have_reset;
}

void reset_use(const struct reset_register *used)
{
	reset = *used;
	note("reset_use");
}

void reset_by_triple_fault(void)
{
	leave("triple_fault");
}

static int sercon = -1;

void uart_set_console(uint16_t port)
{
	sercon = port;
}

void uart_use_default(void)
{
	note("uart_use_default");
}

static int ascii = -1;

void terminal_set_ascii(bool on)
{
	ascii = on;
}

static struct disk disk;
static bool have_disk;

struct disk *disk_first(void)
{
	return have_disk ? &disk : NULL;
}

static int hook;

void realmode_enter_hook(uint8_t vector)
{
	hook = vector;
	note("hook");
}

void boot_start(void)
{
	leave("boot_start");
}

void realmode_halt(void)
{
	leave("halt");
}

static struct regs frame;
static uint16_t resumed_at;

struct regs *realmode_frame(uint16_t stack, uint16_t cs, uint16_t ip, uint16_t flags)
{
	ok(stack == 0x400 && cs == ROM_SEG && !flags);
	resumed_at = ip;
	return &frame;
}

void enter_real(struct regs *regs)
{
	ok(regs == &frame);
	leave("enter_real");
}

static uint8_t reset_code;
static bool have_clock;

static uint8_t take_reset_code(void)
{
	uint8_t code = reset_code;

	reset_code = 0;
	return code;
}

const struct wallclock_ops *wallclock_chip(void)
{
	static const struct wallclock_ops chip = {.take_reset_code = take_reset_code};

	return have_clock ? &chip : NULL;
}

/* --- the linker's symbols: all variables here are the test's own ---------------------------- */

uint8_t bss_start[64];

/* --- tests --------------------------------------------------------------------------------------- */

static void begin(void)
{
	machine_reset();
	machine_end_of_post();
	memset(phys_ptr(DATA_BASE), 0xee, 4096);
	memset(bda(), 0xee, 256);
	memset(ebda(), 0, 1024);
	memory_end = MACHINE_MEMORY;
	processors = 4;
}

static void run(void)
{
	called[0] = shown[0] = logged[0] = '\0';
	screen_is_there = false;
	if (!setjmp(left))
		post();
}

static void good_machine(void)
{
	static const char *const order[] = {
		"realmode_reset_stack",
		"fw_cfg_init",
		"e820_init",
		"cpu_init",
		"smp_init",
		"acpi_load",
		"smbios_load",
		"fw_cfg_kernel_start ",
		"screen_init",
		"keyboard_init",
		"vectors_init",
		"acpi_probe_devices",
		"fw_cfg_probe_devices",
		"uart_start",
		"boot_init",
		"tick_init",
		"optionrom_init",
		"fw_cfg_kernel_start_late",
		"boot_choose",
		"hook",
		"boot_start",
	};
	const struct bda *b = bda();
	const uint8_t *data = phys_ptr(DATA_BASE);

	begin();
	have_disk = true;
	memset(bss_start, 0x77, sizeof(bss_start));
	run();
	for (unsigned i = 0; i + 1 < sizeof(order) / sizeof(order[0]); i++) {
		ok(before(order[i], order[i + 1]));
		if (!before(order[i], order[i + 1]))
			printf("%s and %s: %s\n", order[i], order[i + 1], called);
	}
	ok(!was_called("readahead_init")); /* 8 MiB: whoever boots in that needs it */
	ok(hook == 0x19 && smp_count == 4 && !was_called("feature_control"));
	ok(!was_called("board_search") && !was_called("reset_use"));
	ok(!strcmp(shown, "Petrel of the test\n"));
	ok(b->ebda_segment == 0x9fc0 && b->memory_kib == 639 && b->equipment == 0x20);
	ok(!b->reset_flag && !b->ticks && !b->com_port[0] && ((const uint8_t *)b)[255] == 0);
	ok(ebda()->kib == 1 && !memcmp(ebda()->log_signature, "PetrLog\0", 8));
	ok(ebda()->log_address == MACHINE_MEMORY - LOG_RING_SIZE);
	ok(!memcmp(data, "\x55\xaa\x80\xcb\xee", 5));
	ok(sercon == -1 && ascii == -1);
	for (unsigned i = 0; i < sizeof(bss_start); i++)
		ok(!bss_start[i]);
}

static void no_disk(void)
{
	begin();
	run();
	ok(!was_called("readahead_init") && was_called("boot_start"));
}

static void no_host(void)
{
	begin();
	no_fw_cfg = ERR_NOENT;
	run();
	ok(was_called("halt") && !was_called("e820_init") && before("uart_start", "halt"));
	ok(strstr(shown, "Petrel: no fw_cfg device: this firmware is for QEMU only\n"));
	ok(screen_is_there);
}

static void little_memory(void)
{
	begin();
	memory_end = (8 << 20) - 4096;
	run();
	ok(was_called("halt") && !was_called("cpu_init"));
	ok(strstr(shown, "Petrel: only 8188 KiB of memory, 8192 KiB are needed\n"));
	begin();
	memory_end = 8 << 20;
	run();
	ok(was_called("boot_start"));
}

static void kept_by_a_reset(void)
{
	begin();
	bda()->reset_flag = 0x1234;
	run();
	ok(bda()->reset_flag == 0x1234);
	begin();
	bda()->reset_flag = 0x1235;
	run();
	ok(!bda()->reset_flag);
}

static void integer(const char *name, uint64_t value)
{
	begin();
	integer_name = name;
	integer_value = value;
	run();
}

static void configuration(void)
{
	integer("etc/msr_feature_control", 5);
	ok(feature_control == 5 && before("cpu_init", "feature_control"));
	ok(before("feature_control", "smp_init"));
	integer("etc/sercon-port", 0x2f8);
	ok(sercon == 0x2f8);
	integer("etc/sercon-port", 0x10000);
	ok(sercon == 0);
	integer("etc/sercon-port", 0xffff);
	ok(sercon == 0xffff);
	integer_error = ERR_INVAL;
	integer("etc/sercon-port", 0x2f8);
	ok(sercon == 0);
	integer_error = 0;
	integer_name = NULL;
	sercon = -1;
	begin();
	has_display = true; /* a VGA: the serial line is no console, ... */
	run();
	ok(sercon == 0 && !was_called("screen_init") && !was_called("uart_use_default"));
	sercon = -1;
	begin();
	no_graphics = 1; /* ... unless it is asked for, ... */
	run();
	ok(sercon == -1);
	begin();
	no_graphics = 0;
	shows_nothing = true; /* ... or the VGA's ROM is of no use */
	run();
	ok(was_called("uart_use_default") && before("optionrom_init", "uart_use_default"));
	has_display = shows_nothing = false;
	processors = 0;
	run();
	ok(smp_count == 1); /* a host that does not tell */
	charset = "ascii";
	run();
	ok(ascii == 1);
	charset = "utf-8";
	run();
	ok(ascii == 0);
}

/* The level of the log, as a byte or as a digit. */
static void log_levels(void)
{
	integer("opt/org.petrel/loglevel", LOG_ERROR);
	log_line(LOG_INFO, "information");
	log_line(LOG_ERROR, "an error");
	ok(!strcmp(logged, "Petrel of the test\nan error\n"));
	integer("opt/org.petrel/loglevel", '0' + LOG_INFO);
	log_line(LOG_DEBUG, "much more");
	log_line(LOG_INFO, "information");
	ok(!strcmp(logged, "Petrel of the test\ninformation\n"));
	integer("opt/org.petrel/loglevel", '9');
	log_line(9, "all");
	log_line(10, "more");
	ok(!strcmp(logged, "Petrel of the test\nall\n"));
	integer("opt/org.petrel/loglevel", '0');
	log_line(1, "anything");
	ok(!*logged && !strcmp(shown, "Petrel of the test\n"));
}

static void without_tables(void)
{
	begin();
	acpi_result = ERR_NOENT;
	run();
	ok(before("board_search_devices", "uart_start") && !board_had_tables);
	have_loader = true;
	run();
	ok(board_had_tables);
	acpi_result = ERR_INVAL; /* there are tables, if not good ones */
	run();
	ok(!was_called("board_search_devices"));
	have_reset = true;
	run();
	ok(reset.is_port && reset.address == 0x604 && reset.value == 0x42);
}

/* A jump to the reset vector of a machine that runs: once, it is reset. */
static void jump_to_reset(void)
{
	begin();
	set_up = true;
	run();
	ok(!strcmp(called, "triple_fault "));
	run(); /* the processor was left as it was: this must do */
	ok(was_called("boot_start"));
	run();
	ok(!strcmp(called, "triple_fault "));
	set_up = false; /* the reset was one */
	run();
	ok(was_called("boot_start"));
	set_up = true;
	run();
	ok(!strcmp(called, "triple_fault "));
}

/* Programs for the 80286: after an INIT they go on where they want. */
static void resuming(void)
{
	static const struct {
		uint8_t code;
		void (*routine)(void);
	} codes[] = {
		{0x05, resume_jump}, {0x0a, resume_jump}, {0x0b, resume_iret}, {0x0c, resume_retf}};

	begin();
	have_clock = true;
	reset_code = 0x0a;
	run(); /* of a reset of the whole machine nothing is left */
	ok(was_called("boot_start") && !was_called("enter_real") && reset_code == 0x0a);
	for (unsigned i = 0; i < 4; i++) {
		reset_code = codes[i].code;
		run();
		ok(was_called("enter_real") && !was_called("fw_cfg_init") && !reset_code);
		ok(resumed_at == fseg_offset(codes[i].routine));
		ok(was_called("pic_end_of_timer") == (codes[i].code == 0x05));
		ok(before("clock_lapic_was_reset", "tick_restart") &&
		   before("realmode_reset_stack", "enter_real"));
	}
	for (unsigned code = 0; code < 256; code++) {
		if (code == 5 || (code >= 0x0a && code <= 0x0c))
			continue;
		reset_code = code;
		run();
		ok(was_called("boot_start") && !was_called("enter_real"));
	}
	have_clock = false;
	reset_code = 0x0a;
	run();
	ok(was_called("boot_start"));
}

int main(void)
{
	static void (*const parts[])(void) = {
		good_machine,  no_disk,    no_host,        little_memory, kept_by_a_reset,
		configuration, log_levels, without_tables, jump_to_reset, resuming,
	};

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		alone(parts[i]);
	return done();
}
