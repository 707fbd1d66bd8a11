/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Kernels given with -kernel, of each kind: where their parts go, what they are told, how
 * they are entered, and what is refused.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "alone.h"
#include "bios/handover.h"
#include "bios/realmode.h"
#include "bios/vbe.h"
#include "bios/vectors.h"
#include "boot/fw_cfg_kernel.h"
#include "boot/kernel.h"
#include "console/framebuffer.h"
#include "fw/acpi.h"
#include "fw/fw_cfg.h"
#include "fw/fw_cfg_drivers.h"
#include "layout.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	KERNEL = 0x200000,
	SETUP = 0x20000,
	COMMAND_LINE = 0x40000,
	RSDP = 0xf1230,
	MAX_SETUP = 8192,
	MAX_DATA = 64 << 10,
};

/* Fields of Linux's header. */
enum {
	SETUP_SECTS = 0x1f1,
	SYSSIZE = 0x1f4,
	VID_MODE = 0x1fa,
	BOOT_FLAG = 0x1fe,
	JUMP_OFFSET = 0x201,
	MAGIC = 0x202,
	VERSION = 0x206,
	LOADFLAGS = 0x211,
	CODE32 = 0x214,
	RAMDISK_IMAGE = 0x218,
	RAMDISK_SIZE = 0x21c,
	CMD_LINE_PTR = 0x228,
	INITRD_MAX = 0x22c,
	ALIGNMENT = 0x230,
	RELOCATABLE = 0x234,
	XLOADFLAGS = 0x236,
	CMDLINE_SIZE = 0x238,
	SETUP_DATA = 0x250,
	PREF_ADDRESS = 0x258,
	INIT_SIZE = 0x260,
};

/* --- the host's items --------------------------------------------------------------------- */

static uint32_t numbers[0x40];
static uint8_t setup[MAX_SETUP], data[MAX_DATA], initrd[MAX_DATA];
static const char *command_line;
static unsigned failing_item; /* 0: none */
static bool display;
static unsigned files_forgotten, vectors_made, stacks_reset;

int fw_cfg_read(uint16_t key, void *to, uint32_t size)
{
	const void *from = &numbers[key & 0x3f];
	uint32_t length = sizeof(numbers[0]);

	if (key == FW_CFG_SETUP_DATA)
		from = setup, length = sizeof(setup);
	else if (key == FW_CFG_KERNEL_DATA)
		from = data, length = sizeof(data);
	else if (key == FW_CFG_INITRD_DATA)
		from = initrd, length = sizeof(initrd);
	else if (key == FW_CFG_CMDLINE_DATA)
		from = command_line, length = strlen(command_line) + 1;
	else if (key == FW_CFG_NO_ITEM)
		length = 0;
	if (failing_item && key == failing_item)
		return ERR_IO;
	memset(to, 0, size);
	memcpy(to, from, size < length ? size : length);
	return 0;
}

void fw_cfg_forget_files(void)
{
	files_forgotten++;
}

bool fw_cfg_has_display_rom(void)
{
	return display;
}

static bool has_ramfb;

const struct fw_cfg_file *fw_cfg_next(const struct fw_cfg_file *previous, const char *prefix)
{
	static const struct fw_cfg_file rom = {.name = "vgaroms/vgabios.bin"};

	ok(!previous && !strcmp(prefix, "vgaroms/"));
	return display || has_ramfb ? &rom : NULL;
}

static unsigned handovers;

void handover(const struct regs *caller)
{
	ok(!caller);
	handovers++;
}

static struct framebuffer *framebuffer;
static unsigned vbe_mode;

struct framebuffer *framebuffer_first(void)
{
	return framebuffer;
}

bool vbe_set_mode(uint16_t number)
{
	vbe_mode = number;
	framebuffer->mode = (struct framebuffer_mode){1024, 768, 16, 2048};
	return true;
}

uint32_t acpi_rsdp(void)
{
	return RSDP;
}

void vectors_init(void)
{
	vectors_made++;
}

void realmode_reset_stack(void)
{
	stacks_reset++;
}

static unsigned mp_tables, tasks_loaded;

void mptable_make(void)
{
	mp_tables++;
}

bool kernel_load_task(void)
{
	tasks_loaded++;
	return true;
}

static struct regs frame, real;
static jmp_buf entered;

struct regs *realmode_frame(uint16_t stack, uint16_t cs, uint16_t ip, uint16_t flags)
{
	ok(!cs && !ip && !flags);
	frame = (struct regs){.esp = stack};
	return &frame;
}

void enter_real(struct regs *regs)
{
	real = *regs;
	longjmp(entered, 2);
}

static struct {
	uint32_t entry, eax, ebx, esi;
} entry;

void kernel_enter(uint32_t address, uint32_t eax, uint32_t ebx, uint32_t esi)
{
	entry.entry = address;
	entry.eax = eax;
	entry.ebx = ebx;
	entry.esi = esi;
	longjmp(entered, 1);
}

/* --- starting ------------------------------------------------------------------------------ */

static uint64_t get(const uint8_t *from, unsigned offset, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, from + offset, size);
	return value;
}

static void put(uint8_t *to, unsigned offset, uint64_t value, unsigned size)
{
	memcpy(to + offset, &value, size);
}

static void set(uint16_t key, uint32_t value)
{
	numbers[key] = value;
}

static void begin(void)
{
	machine_reset();
	say("\n"); /* behind which the banner is */
	machine_said("");
	memset(numbers, 0, sizeof(numbers));
	memset(setup, 0, sizeof(setup));
	command_line = "root=/dev/vda quiet";
	failing_item = files_forgotten = vectors_made = stacks_reset = 0;
	mp_tables = tasks_loaded = 0;
	display = has_ramfb = false;
	framebuffer = NULL;
	handovers = vbe_mode = 0;
	for (unsigned i = 0; i < MAX_DATA; i++) {
		data[i] = i * 13;
		initrd[i] = i * 17;
	}
	set(FW_CFG_KERNEL_ADDR, KERNEL);
	set(FW_CFG_KERNEL_SIZE, 40000);
	set(FW_CFG_SETUP_ADDR, SETUP);
	set(FW_CFG_SETUP_SIZE, 4096);
	set(FW_CFG_CMDLINE_ADDR, COMMAND_LINE);
	set(FW_CFG_CMDLINE_SIZE, strlen(command_line) + 1);
}

/* A kernel of protocol 2.15, as distributions have it. */
static void begin_linux(void)
{
	begin();
	setup[SETUP_SECTS] = 7;
	put(setup, SYSSIZE, 2500, 4); /* of 16 bytes */
	put(setup, BOOT_FLAG, 0xaa55, 2);
	setup[JUMP_OFFSET] = 0x6a;
	memcpy(setup + MAGIC, "HdrS", 4);
	put(setup, VERSION, 0x20f, 2);
	setup[LOADFLAGS] = 1;
	put(setup, CODE32, KERNEL, 4);
	put(setup, INITRD_MAX, 0x7fffffff, 4);
	put(setup, ALIGNMENT, 0x100000, 4);
	setup[RELOCATABLE] = 1;
	put(setup, CMDLINE_SIZE, 2047, 4);
	put(setup, PREF_ADDRESS, 0x100000, 8);
	put(setup, INIT_SIZE, 0x180000, 4);
}

enum how { RETURNED, PROTECTED, REAL };

/* How the kernel is entered; by the second call if by real mode. Memory is the kernel's. */
static enum how start(void)
{
	volatile unsigned calls = 0;
	enum how how = setjmp(entered);

	if (how)
		return calls == (how == REAL || has_ramfb ? 2 : 1) || display ? how : RETURNED;
	machine_end_of_post();
	calls = 1;
	fw_cfg_kernel_start();
	calls = 2;
	fw_cfg_kernel_start_late();
	return RETURNED;
}

static bool refused(const char *said)
{
	return start() == RETURNED && machine_said_only(said);
}

static uint8_t *page(void)
{
	return phys_ptr(entry.esi);
}

/* --- Linux --------------------------------------------------------------------------------- */

static void linux_new(void)
{
	const struct memmap_entry *map;
	unsigned count;

	begin_linux();
	setup[0x26b] = 0x99; /* the last byte of the header, and the one behind it */
	setup[0x26c] = 0x98;
	ok(start() == PROTECTED && fw_cfg_kernel_given() && machine_was_silent());
	ok(entry.entry == KERNEL && !entry.eax && !entry.ebx);
	ok(!memcmp(phys_ptr(KERNEL), data, 40000) && *(uint8_t *)phys_ptr(KERNEL + 40000) == 0);
	ok(!memcmp(page() + MAGIC, "HdrS", 4) && page()[0x1f0] == 0 && page()[SETUP_SECTS] == 7);
	ok(page()[0x26b] == 0x99 && page()[0x26c] == 0);
	ok(get(page(), 0x70, 8) == RSDP);
	ok(!strcmp(phys_ptr(get(page(), CMD_LINE_PTR, 4)), command_line));
	ok(!get(page(), RAMDISK_IMAGE, 4) && !get(page(), RAMDISK_SIZE, 4));
	map = memmap_entries(&count);
	ok(page()[0x1e8] == count && !memcmp(page() + 0x2d0, map, count * sizeof(*map)));
	ok(entry.esi + 4096 <= SCRATCH_END && entry.esi >= SCRATCH_BASE);
	ok(!files_forgotten && !vectors_made && !mp_tables && !tasks_loaded);
}

static void no_kernel(void)
{
	begin_linux();
	set(FW_CFG_KERNEL_SIZE, 0);
	ok(start() == RETURNED && !fw_cfg_kernel_given() && machine_was_silent());
}

static void no_command_line(void)
{
	begin_linux();
	command_line = "";
	set(FW_CFG_CMDLINE_SIZE, 1);
	ok(start() == PROTECTED && !*(char *)phys_ptr(get(page(), CMD_LINE_PTR, 4)));
}

/* Only a kernel that does without ACPI gets an MP table. */
static void without_acpi(void)
{
	begin_linux();
	command_line = "quiet acpi=off";
	set(FW_CFG_CMDLINE_SIZE, strlen(command_line) + 1);
	ok(start() == PROTECTED && mp_tables == 1);
	begin_linux();
	command_line = "acpi=on a";
	set(FW_CFG_CMDLINE_SIZE, strlen(command_line) + 1);
	ok(start() == PROTECTED && !mp_tables);
}

static void long_memory_map(void)
{
	unsigned count;

	begin_linux();
	for (unsigned i = 0; i < 140; i++)
		memmap_set(0x100000000ull + i * 0x10000, 0x1000, 3 + i % 2);
	ok(start() == PROTECTED);
	memmap_entries(&count);
	ok(count > 120 && page()[0x1e8] == count);
}

/* The initrd lies as high as it may: below what is ours, above what the kernel needs. */
static void initrds(void)
{
	uint32_t at;

	begin_linux();
	set(FW_CFG_INITRD_SIZE, 50000);
	ok(start() == PROTECTED);
	at = get(page(), RAMDISK_IMAGE, 4);
	ok(get(page(), RAMDISK_SIZE, 4) == 50000 && at % PAGE_SIZE == 0);
	ok(at + 50000 <= memory_arena().start && at + 50000 + PAGE_SIZE > memory_arena().start);
	ok(!memcmp(phys_ptr(at), initrd, 50000));
}

static void initrd_limit(void)
{
	begin_linux();
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, INITRD_MAX, 0x4fffff, 4);
	ok(start() == PROTECTED && get(page(), RAMDISK_IMAGE, 4) == 0x4f3000);
}

static void initrd_limit_2_12(void)
{
	begin_linux(); /* which can be above 4 GiB, so that the limit is an old one */
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, INITRD_MAX, 0x4fffff, 4);
	put(setup, XLOADFLAGS, 2, 2);
	ok(start() == PROTECTED && get(page(), RAMDISK_IMAGE, 4) > 0x500000);
}

static void initrd_limit_2_11(void)
{
	begin_linux();
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, VERSION, 0x20b, 2);
	put(setup, INITRD_MAX, 0x4fffff, 4);
	put(setup, XLOADFLAGS, 2, 2); /* not known yet */
	ok(start() == PROTECTED && get(page(), RAMDISK_IMAGE, 4) == 0x4f3000);
}

/* From 200000 aligned to 1 MiB, 180000 long: up to 380000. */
static void initrd_low(void)
{
	begin_linux();
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, INITRD_MAX, 0x38c350 - 1, 4);
	ok(start() == PROTECTED && get(page(), RAMDISK_IMAGE, 4) == 0x380000);
	begin_linux();
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, INITRD_MAX, 0x38c350 - 2, 4);
	ok(refused("Kernel: the initrd of 50000 bytes does not fit between 380000 and 38c34f\n"));
	begin_linux(); /* aligned up, or by the address that it prefers */
	set(FW_CFG_INITRD_SIZE, 50000);
	set(FW_CFG_KERNEL_ADDR, KERNEL + 0x1000);
	put(setup, INITRD_MAX, 0x48d000 - 1, 4);
	ok(start() == PROTECTED && get(page(), RAMDISK_IMAGE, 4) == 0x480000);
	begin_linux();
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, PREF_ADDRESS, 0x340000, 8);
	put(setup, INITRD_MAX, 0x4cc350 - 2, 4);
	ok(refused("Kernel: the initrd of 50000 bytes does not fit between 4c0000 and 4cc34f\n"));
	begin_linux(); /* not relocatable: where it is loaded */
	set(FW_CFG_INITRD_SIZE, 50000);
	set(FW_CFG_KERNEL_ADDR, KERNEL + 0x1000);
	setup[RELOCATABLE] = 0;
	put(setup, INITRD_MAX, 0x38d000 - 1, 4);
	ok(refused("Kernel: the initrd of 50000 bytes does not fit between 381000 and 38d000\n"));
	begin_linux(); /* less than the file */
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, INIT_SIZE, 0x1000, 4);
	put(setup, INITRD_MAX, 0x215000, 4);
	ok(refused("Kernel: the initrd of 50000 bytes does not fit between 209c40 and 215001\n"));
	begin_linux();
	set(FW_CFG_INITRD_SIZE, 0x700000);
	ok(start() == RETURNED && machine_said("Kernel: the initrd of 7340032 bytes does not fit"));
	begin_linux();
	set(FW_CFG_INITRD_SIZE, 0xfffff000);
	ok(start() == RETURNED && machine_said("does not fit"));
	begin_linux();
	set(FW_CFG_INITRD_SIZE, 50000);
	failing_item = FW_CFG_INITRD_DATA;
	ok(refused("Kernel: item 12 of fw_cfg cannot be read\n"));
}

static void no_linux(void)
{
	static const char said[] =
		"Kernel: not a Linux kernel (no HdrS), nor one for PVH or multiboot\n";

	begin_linux();
	setup[MAGIC]++;
	ok(refused(said));
	begin_linux();
	setup[BOOT_FLAG]++;
	ok(refused(said));
	begin_linux();
	put(setup, VERSION, 0x1ff, 2);
	ok(refused(said));
	begin_linux();
	set(FW_CFG_SETUP_SIZE, 1023);
	ok(refused(said));
	begin_linux();
	set(FW_CFG_SETUP_SIZE, 1024);
	ok(start() == PROTECTED);
}

static void truncated(void)
{
	begin_linux();
	put(setup, SYSSIZE, 2501, 4);
	ok(refused("Kernel: truncated: 40000 bytes of 40016 are there\n"));
	begin_linux();
	set(FW_CFG_KERNEL_SIZE, 39985); /* the last paragraph need not be whole */
	ok(start() == PROTECTED);
	begin_linux();
	set(FW_CFG_KERNEL_SIZE, 39984);
	ok(refused("Kernel: truncated: 39984 bytes of 40000 are there\n"));
}

static void command_lines(void)
{
	static char long_line[(64 << 10) + 1];

	begin_linux();
	put(setup, CMDLINE_SIZE, strlen(command_line), 4);
	ok(start() == PROTECTED);
	begin_linux();
	put(setup, CMDLINE_SIZE, strlen(command_line) - 1, 4);
	ok(refused("Kernel: the command line is too long: 19 characters, it takes 18\n"));
	begin_linux();
	command_line = memset(long_line, 'x', sizeof(long_line) - 1);
	set(FW_CFG_CMDLINE_SIZE, sizeof(long_line));
	ok(refused("Kernel: the command line is too long: 65536 characters\n"));
	begin_linux();
	failing_item = FW_CFG_CMDLINE_DATA;
	ok(refused("Kernel: item 15 of fw_cfg cannot be read\n"));
	begin_linux();
	failing_item = FW_CFG_SETUP_DATA;
	ok(refused("Kernel: item 18 of fw_cfg cannot be read\n"));
	begin_linux();
	failing_item = FW_CFG_KERNEL_DATA;
	ok(refused("Kernel: item 11 of fw_cfg cannot be read\n"));
}

static void places(void)
{
	begin_linux();
	set(FW_CFG_KERNEL_ADDR, MIB - 1);
	ok(start() == RETURNED && machine_said("Kernel: its memory at fffff-"));
	begin_linux();
	set(FW_CFG_KERNEL_ADDR, 0x680000);
	put(setup, INIT_SIZE, 0x180001, 4);
	ok(start() == RETURNED && machine_said("Kernel: its memory at 680000-880000 is outside"
					       " memory or over the firmware\n"));
	begin_linux();
	put(setup, CODE32, MIB - 1, 4);
	ok(refused("Kernel: its entry point at fffff-fffff is outside memory or over the"
		   " firmware\n"));
}

/* What QEMU appends to the kernel, for it to find: moved out of the way. */
static void setup_data(void)
{
	uint8_t *node;

	begin_linux();
	put(setup, SETUP_DATA, KERNEL + 39900, 8);
	put(data, 39900, KERNEL + 39940, 8);
	put(data, 39908, 0x9, 4);
	put(data, 39940, 0, 8);
	put(data, 39950, 0x7777, 4);
	ok(start() == PROTECTED);
	node = phys_ptr(get(page(), SETUP_DATA, 8));
	ok(get(page(), SETUP_DATA, 8) < MIB && get(node, 8, 4) == 9);
	node = phys_ptr(get(node, 0, 8));
	ok(ptr_phys(node) == get(page(), SETUP_DATA, 8) + 40 && get(node, 10, 4) == 0x7777 &&
	   !get(node, 0, 8));
	begin_linux(); /* a list that bites its tail */
	put(setup, SETUP_DATA, KERNEL + 39900, 8);
	put(data, 39900, KERNEL + 39900, 8);
	ok(start() == PROTECTED);
	begin_linux(); /* elsewhere: not ours to move */
	put(setup, SETUP_DATA, KERNEL + 40000 - 7, 8);
	ok(start() == PROTECTED && get(page(), SETUP_DATA, 8) == KERNEL + 40000 - 7);
	begin_linux();
	put(setup, SETUP_DATA, KERNEL - 1, 8);
	ok(start() == PROTECTED && get(page(), SETUP_DATA, 8) == KERNEL - 1);
}

/* --- Linux by its own real-mode part ------------------------------------------------------- */

static void begin_old(uint16_t version)
{
	begin_linux();
	put(setup, VERSION, version, 2);
	setup[4000] = 0x42;
}

static void linux_old(void)
{
	begin_old(0x209);
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, INITRD_MAX, 0x4fffff, 4);
	ok(start() == REAL && machine_was_silent() && files_forgotten == 1);
	ok(real.ds == SETUP >> 4 && real.es == real.ds && real.fs == real.ds &&
	   real.gs == real.ds && real.ss == real.ds);
	ok(caller_frame(&real)->cs == (SETUP >> 4) + 0x20 && !caller_frame(&real)->ip);
	ok(caller_frame(&real)->flags == FLAG_ALWAYS);
	/* 64 KiB of stack, or up to the command line */
	ok((uint16_t)(real.esp + sizeof(struct caller_frame)) == 0xfff0);
	ok(!memcmp(phys_ptr(KERNEL), data, 40000));
	ok(!strcmp(phys_ptr(COMMAND_LINE), command_line));
	ok(*(uint8_t *)phys_ptr(SETUP + 4000) == 0x42);
	ok(get(phys_ptr(SETUP), RAMDISK_SIZE, 4) == 50000);
	ok(get(phys_ptr(SETUP), RAMDISK_IMAGE, 4) == 0x4f3000);
	ok(!memcmp(phys_ptr(0x4f3000), initrd, 50000));
}

static void old_initrd_limits(void)
{
	begin_old(0x202); /* which says no limit */
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, INITRD_MAX, 0x4fffff, 4);
	ok(start() == REAL && get(phys_ptr(SETUP), RAMDISK_IMAGE, 4) > 0x500000);
	begin_old(0x203);
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, INITRD_MAX, 0x4fffff, 4);
	ok(start() == REAL && get(phys_ptr(SETUP), RAMDISK_IMAGE, 4) == 0x4f3000);
	begin_old(0x203); /* behind the kernel's file, whatever it says of more memory */
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, INITRD_MAX, 0x217000 - 1, 4);
	ok(start() == REAL && get(phys_ptr(SETUP), RAMDISK_IMAGE, 4) == 0x20a000);
}

static void low_stack(void)
{
	begin_old(0x209);
	set(FW_CFG_CMDLINE_ADDR, SETUP + 4096 + 512);
	ok(start() == REAL);
	ok((uint16_t)(real.esp + sizeof(struct caller_frame)) == 4096 + 512 - 16);
	begin_old(0x209);
	set(FW_CFG_CMDLINE_ADDR, SETUP + 4096 + 511);
	ok(refused("Kernel: no room for setup and command line below 640 KiB\n"));
}

/* Where low memory has no room. */
static void low_memory(void)
{
	static const char said[] = "Kernel: no room for setup and command line below 640 KiB\n";
	static const uint32_t addresses[] = {0, SCRATCH_BASE - 1, EBDA_BASE + 1, 0x100000,
					     UINT32_MAX};

	for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		begin_old(0x209);
		set(FW_CFG_SETUP_ADDR, addresses[i]);
		ok(refused(said) && !files_forgotten);
	}
	begin_old(0x209);
	set(FW_CFG_SETUP_ADDR, SCRATCH_BASE);
	ok(start() == REAL);
	begin_old(0x209);
	set(FW_CFG_CMDLINE_ADDR, EBDA_BASE - 20);
	ok(start() == REAL);
	begin_old(0x209);
	set(FW_CFG_CMDLINE_ADDR, EBDA_BASE - 19);
	ok(refused(said));
	begin_old(0x209);
	set(FW_CFG_SETUP_SIZE, 65 * 512);
	ok(start() == REAL);
	begin_old(0x209);
	set(FW_CFG_SETUP_SIZE, 65 * 512 + 1);
	ok(refused(said));
	begin_old(0x209);
	set(FW_CFG_KERNEL_ADDR, MACHINE_MEMORY - 39999);
	ok(start() == RETURNED && machine_said("Kernel: its memory at 7f63c1-8000"));
}

/* zImage: the kernel itself is below 640 KiB. */
static void low_kernel(void)
{
	begin_old(0x209);
	setup[LOADFLAGS] = 0;
	set(FW_CFG_KERNEL_ADDR, SCRATCH_BASE);
	set(FW_CFG_SETUP_ADDR, SCRATCH_BASE + 40000);
	set(FW_CFG_INITRD_SIZE, 50000);
	put(setup, INITRD_MAX, 0x10cfff, 4);
	ok(start() == REAL && !memcmp(phys_ptr(SCRATCH_BASE), data, 40000));
	ok(get(phys_ptr(SCRATCH_BASE + 40000), RAMDISK_IMAGE, 4) == 0x100000);
	begin_old(0x209);
	setup[LOADFLAGS] = 0;
	set(FW_CFG_KERNEL_ADDR, SCRATCH_BASE + 1);
	set(FW_CFG_SETUP_ADDR, SCRATCH_BASE + 40000);
	ok(refused("Kernel: 40000 bytes do not fit in low memory\n"));
	begin_old(0x209);
	setup[LOADFLAGS] = 0;
	set(FW_CFG_KERNEL_ADDR, SCRATCH_BASE - 16);
	set(FW_CFG_SETUP_ADDR, SCRATCH_BASE + 40000);
	ok(refused("Kernel: 40000 bytes do not fit in low memory\n"));
	begin_old(0x20f); /* a new protocol makes no difference to that */
	setup[LOADFLAGS] = 0;
	set(FW_CFG_KERNEL_ADDR, SCRATCH_BASE);
	set(FW_CFG_SETUP_ADDR, SCRATCH_BASE + 40000);
	ok(start() == REAL);
}

static void no_flush(struct framebuffer *f, unsigned x, unsigned y, unsigned width, unsigned height)
{
	(void)f, (void)x, (void)y, (void)width, (void)height;
}

/* screen_info, by its offsets in Linux's zero-page.rst and screen_info.h. */
static void with_framebuffer(void)
{
	struct framebuffer_ops ops = {0};
	struct framebuffer ramfb = {
		.ops = &ops, .address = 0x7c00000, .size = 4 << 20, .mode = {1280, 800, 32, 5120}};

	begin_linux();
	has_ramfb = true;
	framebuffer = &ramfb;
	put(setup, VID_MODE, 0xffff, 2);
	ok(start() == PROTECTED && handovers == 1 && !vbe_mode);
	ok(page()[0x0f] == 0x23 && get(page(), 0x12, 6) == 0x002003200500);
	ok(get(page(), 0x18, 8) == 0x0000004007c00000 && get(page(), 0x24, 2) == 5120);
	ok(get(page(), 0x26, 8) == 0x1808000808081008 && get(page(), 0x32, 2) == 1);
	begin_linux();
	has_ramfb = true;
	framebuffer = &ramfb;
	put(setup, VID_MODE, 0x317, 2);
	ok(start() == PROTECTED && vbe_mode == 0x117 && get(page(), 0x16, 2) == 16);
	ok(get(page(), 0x26, 8) == 0x0000000505060b05);
	begin_linux();
	has_ramfb = true;
	framebuffer = &ramfb;
	ops.flush = no_flush; /* nobody would call it */
	ok(start() == PROTECTED && !page()[0x0f] && !get(page(), 0x18, 4));
	begin_linux();
	ok(start() == PROTECTED && !handovers && !page()[0x0f]);
}

/* A display's own BIOS comes first, and then the kernel's part that sets its mode. */
static void with_display(void)
{
	begin_linux();
	display = true;
	ok(start() == REAL);
	begin_linux();
	display = true;
	put(setup, VERSION, 0x1ff, 2);
	ok(start() == RETURNED && machine_said("not a Linux kernel"));
}

static void old_failures(void)
{
	static const uint16_t items[] = {FW_CFG_CMDLINE_DATA, FW_CFG_KERNEL_DATA, FW_CFG_SETUP_DATA,
					 FW_CFG_INITRD_DATA};

	for (unsigned i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		begin_old(0x209);
		set(FW_CFG_INITRD_SIZE, 100);
		failing_item = items[i];
		ok(start() == RETURNED && machine_said("of fw_cfg cannot be read\n"));
	}
}

static void protocol_limits(void)
{
	begin_old(0x20a); /* the first that says how much memory it needs */
	ok(start() == PROTECTED);
	begin_old(0x200);
	put(setup, SYSSIZE, 0xffffffff, 4); /* 16 bits then */
	ok(start() == REAL);
	begin_old(0x203);
	put(setup, SYSSIZE, 0xffffffff, 4);
	ok(start() == REAL);
	begin_old(0x204);
	put(setup, SYSSIZE, 2501, 4);
	ok(start() == RETURNED && machine_said("truncated"));
	begin_old(0x205); /* 255 characters, whatever the field that comes later holds */
	put(setup, CMDLINE_SIZE, 1, 4);
	ok(start() == REAL);
	begin_old(0x206);
	put(setup, CMDLINE_SIZE, 1, 4);
	ok(start() == RETURNED && machine_said("it takes 1\n"));
}

static void longest_old_line(void)
{
	static char line[300];

	memset(line, 'x', 255);
	begin_old(0x205);
	command_line = line;
	set(FW_CFG_CMDLINE_SIZE, 256);
	ok(start() == REAL);
	line[255] = 'x';
	begin_old(0x205);
	command_line = line;
	set(FW_CFG_CMDLINE_SIZE, 257);
	ok(refused("Kernel: the command line is too long: 256 characters, it takes 255\n"));
}

/* --- ELF files ----------------------------------------------------------------------------- */

static void add_segment(bool wide, unsigned at, uint32_t type, uint32_t address, uint32_t file_size,
			uint32_t memory_size)
{
	put(setup, at, type, 4);
	put(setup, at + (wide ? 24 : 12), address, wide ? 8 : 4);
	put(setup, at + (wide ? 32 : 16), file_size, wide ? 8 : 4);
	put(setup, at + (wide ? 40 : 20), memory_size, wide ? 8 : 4);
}

static void begin_elf(bool wide, unsigned headers)
{
	begin();
	memcpy(setup, "\177ELF", 4);
	setup[4] = wide ? 2 : 1;
	put(setup, wide ? 32 : 28, 0x400, wide ? 8 : 4);
	put(setup, wide ? 54 : 42, wide ? 56 : 32, 2);
	put(setup, wide ? 56 : 44, headers, 2);
	set(FW_CFG_SETUP_SIZE, MAX_SETUP);
	set(FW_CFG_KERNEL_ENTRY, KERNEL + 0x10);
}

/* Both sizes of ELF; with what a start_info has. */
static void elf(bool wide)
{
	unsigned step = wide ? 56 : 32, count;
	const uint8_t *info, *map, *module;
	const struct memmap_entry *entries;

	begin_elf(wide, 4);
	add_segment(wide, 0x400, 1, KERNEL, 0x1000, 0x1800);
	add_segment(wide, 0x400 + step, 6, 0, 0, 0x1000);       /* no PT_LOAD */
	add_segment(wide, 0x400 + 2 * step, 1, 0xffffff, 0, 0); /* nothing */
	add_segment(wide, 0x400 + 3 * step, 1, KERNEL + 0x3000, 0x1000, 0x1000);
	set(FW_CFG_INITRD_SIZE, 50000);
	machine_end_of_post();
	memset(machine_memory + KERNEL, 0x55, 0x5000);
	ok(start() == PROTECTED && tasks_loaded == 1 && machine_was_silent());
	ok(entry.entry == KERNEL + 0x10 && !entry.eax && !entry.esi);
	for (unsigned i = 0; i < 0x5000; i++) /* only what no file bytes fill is cleared */
		if (machine_memory[KERNEL + i] != (i >= 0x1000 && i < 0x1800 ? 0 : 0x55)) {
			ok(i == 0x5000);
			break;
		}
	info = phys_ptr(entry.ebx);
	ok(get(info, 0, 4) == 0x336ec578 && get(info, 4, 4) == 1 && !get(info, 8, 4));
	ok(get(info, 12, 4) == 1 && get(info, 32, 8) == RSDP);
	ok(!strcmp(phys_ptr(get(info, 24, 8)), command_line));
	entries = memmap_entries(&count);
	ok(get(info, 48, 4) == count && !get(info, 52, 4));
	map = phys_ptr(get(info, 40, 8));
	for (unsigned i = 0; i < count; i++)
		ok(get(map, 24 * i, 8) == entries[i].start &&
		   get(map, 24 * i + 8, 8) == entries[i].length &&
		   get(map, 24 * i + 16, 4) == entries[i].type && !get(map, 24 * i + 20, 4));
	module = phys_ptr(get(info, 16, 8));
	ok(get(module, 8, 8) == 50000 && !get(module, 16, 8) && !get(module, 24, 8));
	ok(!memcmp(phys_ptr(get(module, 0, 8)), initrd, 50000));
}

static void elf_32(void)
{
	elf(false);
}

static void elf_64(void)
{
	elf(true);
}

static void elf_without_initrd(void)
{
	begin_elf(true, 1);
	add_segment(true, 0x400, 1, KERNEL, 0x1000, 0x1000);
	ok(start() == PROTECTED && !get(phys_ptr(entry.ebx), 12, 4) &&
	   !get(phys_ptr(entry.ebx), 16, 8));
	begin_elf(true, 2); /* the initrd's lowest address is the end of the highest segment */
	add_segment(true, 0x400, 1, 0x500000, 0x1000, 0x2000);
	add_segment(true, 0x438, 1, KERNEL, 0x1000, 0x1000);
	set(FW_CFG_INITRD_SIZE, MACHINE_MEMORY - 0x502000);
	ok(start() == PROTECTED);
	begin_elf(true, 2);
	add_segment(true, 0x400, 1, 0x500000, 0x1000, 0x2000);
	add_segment(true, 0x438, 1, KERNEL, 0x1000, 0x1000);
	set(FW_CFG_INITRD_SIZE, MACHINE_MEMORY - 0x502000 + 1);
	ok(start() == RETURNED && machine_said("does not fit between 502000 and"));
}

static void elf_refused(bool wide)
{
	static const char outside[] =
		"Kernel: ELF program headers lie outside the first 8192 bytes\n";
	unsigned size = wide ? 56 : 32, at_size = wide ? 54 : 42, at_place = wide ? 32 : 28;

	begin_elf(wide, 1);
	add_segment(wide, MAX_SETUP - size, 1, KERNEL, 1, 1);
	put(setup, at_place, MAX_SETUP - size, 4);
	ok(start() == PROTECTED); /* the last place that there is */
	begin_elf(wide, 1);
	put(setup, at_place, MAX_SETUP - size + 1, 4);
	ok(refused(outside));
	begin_elf(wide, 1);
	put(setup, at_place, MAX_SETUP + 1, 4);
	ok(refused(outside));
	begin_elf(wide, 1);
	put(setup, at_size, size - 1, 2);
	ok(refused(outside));
	begin_elf(wide, 1);
	set(FW_CFG_SETUP_SIZE, MAX_SETUP - 1);
	ok(refused(outside));
	begin_elf(wide, 1);
	ok(refused("Kernel: the ELF file has no segment to load\n"));
	begin_elf(wide, 1);
	add_segment(wide, 0x400, 1, MIB - 1, 1, 2);
	ok(refused("Kernel: an ELF segment at fffff-100000 is outside memory or over the"
		   " firmware\n"));
	begin_elf(wide, 1);
	add_segment(wide, 0x400, 1, KERNEL, 0x1000, 0x1000);
	set(FW_CFG_KERNEL_ENTRY, 0xfff00);
	ok(refused("Kernel: the ELF entry point at fff00-fff00 is outside memory or over the"
		   " firmware\n"));
}

static void elf_32_refused(void)
{
	elf_refused(false);
}

static void elf_64_refused(void)
{
	elf_refused(true);
}

/* --- multiboot ----------------------------------------------------------------------------- */

static void begin_multiboot(void)
{
	begin();
	set(FW_CFG_SETUP_SIZE, 0);
	set(FW_CFG_KERNEL_ENTRY, KERNEL + 0x20);
	memset(initrd, 0, 200);
	put(initrd, 0, 0x0a | 0x200 | 4, 4);
	put(initrd, 4, 0x1111, 4);
	put(initrd, 16, 0x223344, 4);
	put(initrd, 87, 0x99, 1);
	put(initrd, 88, 0x98, 1);
}

static void multiboot(void)
{
	const struct memmap_entry *entries;
	const uint8_t *info, *map;
	unsigned count;

	begin_multiboot();
	ok(start() == PROTECTED && machine_was_silent());
	ok(entry.entry == KERNEL + 0x20 && entry.eax == 0x2badb002 && !entry.esi);
	ok(vectors_made == 1 && stacks_reset == 1); /* Xen calls the BIOS */
	ok(!memcmp(phys_ptr(KERNEL), data, 40000));
	info = phys_ptr(entry.ebx);
	ok(get(info, 0, 4) == (0x200 | 4 | 8 | 0x41)); /* all but the boot device, and memory */
	ok(get(info, 4, 4) == EBDA_BASE >> 10);
	ok(get(info, 8, 4) == (memory_arena().start - MIB) >> 10);
	ok(get(info, 16, 4) == 0x223344 && info[87] == 0x99);
	entries = memmap_entries(&count);
	ok(get(info, 44, 4) == 24 * count);
	map = phys_ptr(get(info, 48, 4));
	for (unsigned i = 0; i < count; i++)
		ok(get(map, 24 * i, 4) == 20 && !memcmp(map + 24 * i + 4, &entries[i], 20));
}

static void multiboot_refused(void)
{
	begin_multiboot();
	set(FW_CFG_KERNEL_ADDR, 0xf0000);
	ok(start() == RETURNED && machine_said("Kernel: the multiboot image at f0000-"));
	begin_multiboot();
	set(FW_CFG_KERNEL_ENTRY, 7);
	ok(start() == RETURNED && machine_said("Kernel: the multiboot entry point at 7-7 is"));
	begin_multiboot();
	failing_item = FW_CFG_INITRD_DATA;
	ok(refused("Kernel: item 12 of fw_cfg cannot be read\n") && !vectors_made);
	begin_multiboot();
	failing_item = FW_CFG_KERNEL_DATA;
	ok(refused("Kernel: item 11 of fw_cfg cannot be read\n"));
	begin_multiboot();
	set(FW_CFG_KERNEL_SIZE, MACHINE_MEMORY - KERNEL + 1);
	ok(start() == RETURNED && machine_said("is outside memory or over the firmware\n"));
}

/* A kernel that needs no BIOS waits for a display's all the same. */
static void multiboot_with_display(void)
{
	begin_multiboot();
	display = true;
	ok(start() == PROTECTED);
}

/* Wherever scratch memory ends, that is said. */
static uint32_t scratch_left;

static void little_scratch(void)
{
	begin_linux();
	memory_alloc_scratch(SCRATCH_END - SCRATCH_BASE - scratch_left, 1);
	ok(start() == RETURNED &&
	   (machine_said("Kernel: no room for ") || machine_said("too long")));
}

static void no_scratch(void)
{
	for (scratch_left = 0; scratch_left < 8192 + 4096; scratch_left += 4000)
		alone(little_scratch);
}

int main(void)
{
	static void (*const parts[])(void) = {
		linux_new,
		no_kernel,
		no_command_line,
		without_acpi,
		long_memory_map,
		initrds,
		initrd_limit,
		initrd_limit_2_12,
		initrd_limit_2_11,
		initrd_low,
		no_linux,
		truncated,
		command_lines,
		places,
		setup_data,
		linux_old,
		old_initrd_limits,
		low_stack,
		low_memory,
		low_kernel,
		with_display,
		with_framebuffer,
		old_failures,
		protocol_limits,
		longest_old_line,
		elf_32,
		elf_64,
		elf_without_initrd,
		elf_32_refused,
		elf_64_refused,
		multiboot,
		multiboot_refused,
		multiboot_with_display,
		no_scratch,
	};

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		alone(parts[i]);
	return done();
}
