/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The INT services as callers reach them, by their vectors: every function there is and
 * every one there is not, with any registers. Each call returns, gives back what it does
 * not answer with, refuses what it does not know in the way its interface says, and writes
 * to no memory but the caller's buffers and what a BIOS keeps its state in.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bda.h"
#include "bios/bootstrap.h"
#include "bios/drive.h"
#include "bios/idle.h"
#include "bios/realmode.h"
#include "bios/regs.h"
#include "bios/tables.h"
#include "bios/tick.h"
#include "bios/vectors.h"
#include "bios/wallclock.h"
#include "block/disks.h"
#include "block/floppy.h"
#include "boot/boot.h"
#include "console/console.h"
#include "console/font.h"
#include "console/keyboard.h"
#include "console/screen.h"
#include "entry.h"
#include "fake_disk.h"
#include "fake_io.h"
#include "hw/clock.h"
#include "hw/reset.h"
#include "interrupt.h"
#include "layout.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memmap.h"
#include "lib/util.h"
#include "unit.h"

enum {
	STACK_SEG = 0x0700,
	STACK = 0x0f00,
	BUFFERS = 0x20000, /* the caller's, 64 KiB from each segment */
	COM1 = 0x3f8,
	VIDEO = 0xb8000,
	VIDEO_END = 0xc0000,
	MAX_DISK_BLOCKS = 5000,
	ROUNDS = 2, /* calls of each function */
};

/* --- what the services lean on ------------------------------------------------------------ */

const char petrel_version[] = "Petrel";
const uint8_t font_stand_in[1];
const uint8_t pnp_structure[1];
const struct table_register gdt_pointer;
uint32_t private_stack[2];
volatile bool nmi_waiting;
uint8_t fseg_tables_start[1], fseg_tables_end[1];

static uint64_t now;
static jmp_buf left; /* where a call goes that does not return to its caller */
static const char *left_to;
static struct fake_disk hard, cd, floppy;
static uint8_t uart[8];
static bool tick_runs; /* its timer was started */

uint64_t clock_ns(void)
{
	return now += 1000;
}

bool clock_epoch_seconds(uint32_t *seconds)
{
	(void)seconds;
	return false;
}

void clock_release_lapic(void)
{
}

void clock_wait_us(uint64_t microseconds)
{
	now += microseconds * 1000;
}

bool deadline_passed(struct deadline *deadline)
{
	return ++deadline->polls > 10;
}

void outb(uint16_t port, uint8_t value)
{
	if (port >= COM1 && port < COM1 + 8)
		uart[port - COM1] = value;
}

uint8_t inb(uint16_t port)
{
	return port >= COM1 && port < COM1 + 8 ? uart[port - COM1] :
						 0xff; /* there is no other chip */
}

uint32_t readl(uint32_t address)
{
	(void)address;
	return 0;
}

void writel(uint32_t address, uint32_t value)
{
	ok(address - 0xfee00000 < 4096); /* the local APIC */
	tick_runs |= address == 0xfee00380 && value;
}

void cpu_pause(void)
{
}

static void __attribute__((noreturn)) leave(const char *where)
{
	left_to = where;
	longjmp(left, 1);
}

void bootstrap_enter(uint16_t cs, uint16_t ip, uint8_t drive)
{
	(void)cs, (void)ip, (void)drive;
	leave("boot image");
}

void boot_int18(struct regs *regs)
{
	ok(regs->vector == 0x18);
	leave("INT 18h");
}

void boot_int19(struct regs *regs)
{
	ok(regs->vector == 0x19);
	leave("INT 19h");
}

void idle_tick(struct regs *regs)
{
	ok(regs->vector == VECTOR_IDLE);
	leave("idle");
}

void reset_machine(void)
{
	leave("reset");
}

void reset_by_triple_fault(void)
{
	leave("reset");
}

/* In place of realmode.c's, by the linker's --wrap. */
void __attribute__((noreturn)) __wrap_realmode_halt(void);
void __wrap_realmode_halt(void)
{
	leave("halt");
}

void enter_real(struct regs *regs)
{
	(void)regs;
	abort();
}

void real_call(struct regs *regs)
{
	(void)regs;
	abort();
}

static unsigned real_calls_done;

void real_call_done(struct regs *regs)
{
	ok(regs->vector == VECTOR_REAL_RETURN);
	real_calls_done++;
}

/* Routines of entry.S: nothing but addresses here. */
#define ROUTINE(name)                                                                              \
	void name(void)                                                                            \
	{                                                                                          \
		abort();                                                                           \
	}
ROUTINE(real_return)
ROUTINE(pmm_entry)
ROUTINE(wait_key_hlt)
ROUTINE(wait_key_spin)
ROUTINE(wait_time)
ROUTINE(call_nmi)
ROUTINE(call_tick)
ROUTINE(call_user_tick)
ROUTINE(call_break)
ROUTINE(call_print_screen)
ROUTINE(call_alarm)
ROUTINE(fixed_e2c3)
ROUTINE(fixed_e3fe)
ROUTINE(fixed_e6f2)
ROUTINE(fixed_ff53)
ROUTINE(int_05)
ROUTINE(int_08)
ROUTINE(int_09)
ROUTINE(int_0e)
ROUTINE(int_10)
ROUTINE(int_11)
ROUTINE(int_12)
ROUTINE(int_14)
ROUTINE(int_15)
ROUTINE(int_16)
ROUTINE(int_17)
ROUTINE(int_18)
ROUTINE(int_1a)
ROUTINE(int_40)
ROUTINE(int_70)
ROUTINE(int_apic_tick)
ROUTINE(int_irq_master)
ROUTINE(int_irq_slave)

/* --- a clock chip ----------------------------------------------------------------------------- */

static struct date_time chip_time;
static int chip_error;

static int chip_get(struct date_time *time)
{
	*time = chip_time;
	return chip_error;
}

static int chip_set(const struct date_time *time)
{
	chip_time = *time;
	return chip_error;
}

static int chip_set_alarm(uint8_t hour, uint8_t minute, uint8_t second)
{
	(void)hour, (void)minute, (void)second;
	return 0;
}

static void chip_cancel_alarm(void)
{
}

static bool chip_take_alarm(void)
{
	return true;
}

static const struct wallclock_ops chip = {.get = chip_get,
					  .set = chip_set,
					  .set_alarm = chip_set_alarm,
					  .cancel_alarm = chip_cancel_alarm,
					  .take_alarm = chip_take_alarm};

/* --- calling ------------------------------------------------------------------------------- */

static struct regs regs, given;
static uint16_t flags_given;

static void add_disk(struct fake_disk *fake, uint64_t blocks, enum disk_kind kind)
{
	fake_disk_init(fake, blocks, kind == DISK_CD ? 2048 : 512);
	fake->disk.kind = kind;
	ok(!disk_register(&fake->disk));
	drive_add(&fake->disk);
}

static char logged[200];

static void note_log(const char *s, size_t length)
{
	strncat(logged, s, length < sizeof(logged) - strlen(logged) ? length : 0);
}

static void begin(void)
{
	machine_reset();
	memset(bda(), 0, sizeof(struct bda));
	bda()->com_port[0] = COM1;
	bda()->com_timeout[0] = 1;
	bda()->ebda_segment = EBDA_BASE >> 4;
	chip_time = (struct date_time){2026, 11, 21, 13, 30, 15, true};
	vectors_init();
	keyboard_init();
	screen_init();
	log_set_debug_sink(note_log);
	tick_init();
	log_set_debug_sink(NULL);
	ok(strstr(logged, "tick from the local APIC\n")); /* there is no interval timer */
	add_disk(&hard, MAX_DISK_BLOCKS, DISK_HARD);
	add_disk(&cd, MAX_DISK_BLOCKS, DISK_CD);
	add_disk(&floppy, 2880, DISK_HARD);
	drive_publish();
	machine_end_of_post();
}

/* A caller with these registers; all others hold what they should keep. */
static void prepare(uint8_t vector, uint16_t ax)
{
	memset(&regs, 0, sizeof(regs));
	regs.eax = 0xa5a50000 | ax;
	regs.ebx = 0xb5b50000;
	regs.ecx = 0xc5c50000;
	regs.edx = 0xd5d50000;
	regs.esi = 0x51510000;
	regs.edi = 0xd1d10000;
	regs.ebp = 0xb9b90000;
	regs.ds = regs.es = BUFFERS >> 4;
	regs.fs = 0xf5f5;
	regs.gs = 0x6565;
	regs.ss = STACK_SEG;
	regs.esp = 0xe5e50000 | STACK;
	regs.vector = vector;
	*caller_frame(&regs) = (struct caller_frame){0x1234, 0x5678, FLAG_IF | FLAG_ALWAYS};
}

static uint64_t pass_ns = 60000000000; /* between two looks of a wait at the clock */

/* What entry.S does in wait_time: IRET to there, and ask again. */
static bool goes_on_waiting(void)
{
	const struct caller_frame *frame = caller_frame(&regs);

	if (frame->cs != ROM_SEG || frame->ip != fseg_offset(wait_time))
		return false;
	ok(!(frame->flags & FLAG_IF)); /* it is STI that lets interrupts in */
	regs.esp += sizeof(*frame);
	regs.vector = VECTOR_WAIT;
	now += pass_ns;
	return true;
}

/* Returns true if it has come back. */
static bool call(void)
{
	given = regs;
	flags_given = caller_frame(&regs)->flags;
	left_to = NULL;
	if (!setjmp(left))
		do {
			interrupt(&regs);
			if (nmi_waiting)
				interrupt_pass_nmi(&regs);
		} while (goes_on_waiting());
	regs.vector = given.vector;
	return !left_to;
}

static bool carry(void)
{
	return caller_frame(&given)->flags & FLAG_CF;
}

static bool nothing_changed(void)
{
	return !memcmp(&regs, &given, sizeof(regs)) && caller_frame(&regs)->flags == flags_given;
}

/* --- any registers ---------------------------------------------------------------------------- */

static uint8_t before[MIB];

/* What a call may write to beside the caller's buffers. */
static bool is_bios_state(uint32_t at)
{
	uint32_t stack = (STACK_SEG << 4) + STACK;

	return at < 0x501 || /* vectors, BIOS data area, the print screen's status */
	       (at >= stack - 32 && at < stack + 6) ||
	       (at >= BOOT_SECTOR && at < BOOT_SECTOR + 2048) || /* El Torito's 4Ah, 4Ch */
	       (at >= EBDA_BASE && at < VGA_BASE) || (at >= VIDEO && at < VIDEO_END);
}

static bool is_in(uint32_t at, uint16_t segment)
{
	return at - ((uint32_t)segment << 4) < 0x10000;
}

/* Whether memory below 1 MiB is as it was, but for what may be written to. */
static bool memory_is_as_before(void)
{
	bool kept = true;

	if (!memcmp(before, machine_memory, sizeof(before)))
		return true;
	for (uint32_t at = 0; at < sizeof(before) && kept; at++) {
		if (before[at] == machine_memory[at] || is_bios_state(at))
			continue;
		/* A caller may say that its buffer is where the firmware's memory is. */
		kept = at < DATA_BASE && (is_in(at, given.es) || is_in(at, given.ds));
		if (!kept)
			printf("INT %02x, AX %04x has written to %x\n", given.vector & 0xff,
			       given.ax, at);
	}
	memcpy(before, machine_memory, sizeof(before));
	return kept;
}

/* Segments, the stack, and the upper halves of all registers are the caller's. */
static bool others_are_kept(void)
{
	bool wide = (given.ax == 0xe820 || given.ax == 0xe881) && (given.vector & 0xff) == 0x15;
	uint16_t moved = given.esp - regs.esp; /* goes on somewhere before it returns */

	return !memcmp(&regs, &given, offsetof(struct regs, edi)) && regs.ss == given.ss &&
	       regs.ds == given.ds && regs.fs == given.fs && regs.gs == given.gs &&
	       regs.esp >> 16 == given.esp >> 16 && moved % 6 == 0 && moved <= 12 &&
	       regs.esi >> 16 == given.esi >> 16 && regs.edi >> 16 == given.edi >> 16 &&
	       regs.ebp >> 16 == given.ebp >> 16 &&
	       (wide || (regs.eax >> 16 == given.eax >> 16 && regs.ebx >> 16 == given.ebx >> 16 &&
			 regs.ecx >> 16 == given.ecx >> 16 && regs.edx >> 16 == given.edx >> 16));
}

/* Numbers of all sizes, small ones more often. */
static uint16_t any(void)
{
	uint16_t value = rand();

	return rand() % 2 ? value >> rand() % 16 : value;
}

/* INT 13h and 15h 87h are told addresses in memory: these lead to the caller's. */
static void fill_buffers(void)
{
	uint8_t *buffer = machine_memory + BUFFERS;

	for (unsigned i = 0; i < 256; i++)
		buffer[i] = rand() % 3 ? 0 : rand();
	buffer[0] = rand() % 2 ? 16 : rand() % 40;
	buffer[3] = 0;
	buffer[6] = BUFFERS >> 4 & 0xff; /* the segment of a disk address packet */
	buffer[7] = BUFFERS >> 12;
	buffer[0x14] = BUFFERS >> 16; /* bits 16-31 of two descriptors' bases */
	buffer[0x1c] = BUFFERS >> 16;
	buffer[0x17] = buffer[0x1f] = 0;
	buffer[10] = buffer[11] = 0;
	memcpy(before + BUFFERS, buffer, 256);
}

static void any_registers(uint8_t vector, uint8_t ah)
{
	static const uint8_t drives[] = {0x80, 0xe0, 0x00, 0x81, 0x7f, 0xff};
	static const uint16_t segments[] = {BUFFERS >> 4, 0x3000, 0x8000, DATA_SEG, 0xf000};

	prepare(vector, ah << 8 | (any() & 0xff));
	regs.bx = any();
	regs.cx = any();
	regs.dx = any();
	regs.si = regs.di = regs.bp = 0;
	if (vector == 0x13 || vector == 0x40)
		regs.dl = drives[rand() % 6];
	else if (rand() % 4 == 0)
		regs.es = segments[rand() % 5];
	if (vector == 0x10 && ah == 0x13)
		regs.cx %= 100; /* each character may scroll the screen */
	if (rand() % 2)
		caller_frame(&regs)->flags |= FLAG_CF | FLAG_ZF;
}

static void random_calls(uint8_t vector)
{
	bool memory_kept = true, registers_kept = true;

	srand(vector);
	memcpy(before, machine_memory, sizeof(before));
	for (unsigned i = 0; i < 256 * ROUNDS; i++) {
		fill_buffers();
		any_registers(vector, i);
		if (!call()) {
			ok(!strcmp(left_to, "boot image") && vector == 0x13 && given.ah == 0x4c);
			continue;
		}
		memory_kept &= memory_is_as_before();
		if (!others_are_kept()) {
			printf("INT %02x, AX %04x, DL %02x has changed other registers\n", vector,
			       given.ax, given.dl);
			registers_kept = false;
		}
		machine_said("");
	}
	ok(memory_kept);
	ok(registers_kept);
}

/* Buffers that are the firmware's memory are not written to. */
static void firmware_memory(void)
{
	static const uint16_t functions[][2] = {
		{0x10, 0x1009}, {0x10, 0x1b00}, {0x13, 0x4800}, {0x13, 0x4b01}, {0x15, 0xe820}};

	for (unsigned i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		prepare(functions[i][0], functions[i][1]);
		regs.es = regs.ds = DATA_SEG;
		regs.dx = functions[i][0] == 0x13 ? 0x80 : 0;
		regs.ecx = 20;
		regs.edx = functions[i][0] == 0x15 ? 0x534d4150 : regs.edx;
		*(uint8_t *)phys_ptr(DATA_BASE) = 26; /* the size of 4800h's buffer */
		memcpy(before, machine_memory, sizeof(before));
		ok(call() && memory_is_as_before());
	}
}

/* --- functions that there are not ----------------------------------------------------------- */

static bool is_known(const uint8_t *known, unsigned count, uint8_t function)
{
	while (count--)
		if (*known++ == function)
			return true;
	return false;
}

#define KNOWN(function, ...)                                                                       \
	is_known((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), function)

/* Each with the carry flag as it should not be afterwards. */
static void unknown_functions(void)
{
	for (unsigned ah = 0; ah < 256; ah++) {
		prepare(0x10, ah << 8 | 0xee);
		ok(call());
		if (!KNOWN(ah, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa, 0xb, 0xe, 0xf, 0x10, 0x11, 0x12,
			   0x13, 0x1a, 0x1b, 0x4f))
			ok(nothing_changed());
		prepare(0x13, ah << 8 | 0xee);
		regs.dl = 0x80;
		ok(call());
		if (!KNOWN(ah, 0, 1, 2, 3, 4, 8, 9, 0xc, 0xd, 0x10, 0x11, 0x14, 0x15, 0x19, 0x41,
			   0x42, 0x43, 0x44, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e))
			ok(regs.ah == 1 && carry() && bda()->disk_status == 1);
		prepare(0x40, ah << 8 | 0xee);
		ok(call());
		if (!KNOWN(ah, 0, 1, 2, 3, 4, 5, 8, 0x15, 0x16, 0x17, 0x18))
			ok(regs.ah == 1 && carry() && bda()->diskette_state[3] == 1);
		prepare(0x14, ah << 8 | 0xee);
		ok(call());
		if (ah > 5)
			ok(regs.ah == 0x80 && regs.al == 0xee);
		prepare(0x15, ah << 8 | 0xee);
		ok(call());
		if (!KNOWN(ah, 0x24, 0x4f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88,
			   0x89, 0x8a, 0x90, 0x91, 0xc0, 0xc1, 0xc2))
			ok(regs.ah == 0x86 && carry());
		prepare(0x16, ah << 8 | 0xee);
		ok(call());
		if (!KNOWN(ah, 0, 1, 2, 5, 9, 0xa, 0x10, 0x11, 0x12, 0x20, 0x21, 0x22))
			ok(nothing_changed());
		prepare(0x17, ah << 8 | 0xee);
		ok(call() && regs.ah == 1 && regs.al == 0xee);
		prepare(0x1a, ah << 8 | 0xee);
		ok(call());
		if (ah == 0xb1)
			ok(regs.ah == 0x81 && carry());
		else if (ah > 7)
			ok(regs.ax == (ah << 8 | 0xee) && carry());
	}
	machine_said("");
}

/* --- vectors --------------------------------------------------------------------------------- */

static void dispatch(void)
{
	static const uint8_t ours[] = {0x02,        0x05,
				       0x08,        0x09,
				       0x0e,        0x0f,
				       0x10,        0x13,
				       0x14,        0x15,
				       0x16,        0x17,
				       0x18,        0x19,
				       0x1a,        0x40,
				       0x70,        0x77,
				       VECTOR_PMM,  VECTOR_REAL_RETURN,
				       VECTOR_IDLE, VECTOR_APIC_TICK,
				       VECTOR_WAIT};

	for (unsigned vector = 0; vector < 256; vector++) {
		if (is_known(ours, sizeof(ours), vector))
			continue;
		prepare(vector, 0x1234);
		ok(call() && nothing_changed());
	}
	ok(machine_was_silent());
	prepare(0x02, 0);
	ok(call() && machine_said("Petrel: non-maskable interrupt at 5678:1234\n"));
	prepare(0x18, 0);
	ok(!call() && !strcmp(left_to, "INT 18h"));
	prepare(0x19, 0);
	ok(!call() && !strcmp(left_to, "INT 19h"));
	prepare(VECTOR_IDLE, 0);
	ok(!call() && !strcmp(left_to, "idle"));
	prepare(VECTOR_REAL_RETURN, 0);
	ok(call() && real_calls_done == 1);
	prepare(0x05, 0);
	*(uint8_t *)phys_ptr(0x500) = 0;
	ok(call() && *(uint8_t *)phys_ptr(0x500) == 0xff);
}

/* On the private stack, at a place where nothing more fits. */
static void nested_too_deeply(void)
{
	uint8_t *page = mmap((void *)DATA_BASE, 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	struct regs *deep = (struct regs *)(page + 0x100);

	ok(page == (uint8_t *)DATA_BASE);
	deep->vector = 0x10;
	if (!setjmp(left))
		interrupt(deep);
	ok(left_to && !strcmp(left_to, "halt"));
	ok(machine_said("Petrel: interrupts nested too deeply (INT 10h)\n"));
}

static void exceptions(void)
{
	const struct exception_frame frame = {
		.vector = 13, .error = 0x18, .eip = 0xfffc1234, .eflags = 0x246, .eax = 0x12345678};

	left_to = NULL;
	if (!setjmp(left))
		interrupt_exception(&frame);
	ok(left_to && !strcmp(left_to, "halt"));
	ok(machine_said(
		"Petrel: exception 13, error 18, at fffc1234, flags 246\neax 12345678 ebx"));
}

/* --- what some functions answer --------------------------------------------------------------- */

static void memory_sizes(void)
{
	const struct memmap_entry *entry = phys_ptr(BUFFERS + 0x100);
	unsigned count = 0;
	uint32_t next = 0;
	uint64_t end = 0;

	prepare(0x15, 0x8800);
	ok(call() && !carry() && regs.ax == (memory_arena().start - MIB) >> 10);
	prepare(0x15, 0x8a00);
	ok(call() && !carry() && regs.ax == (memory_arena().start - MIB) >> 10 && !regs.dx);
	prepare(0x15, 0xe801);
	ok(call() && !carry() && regs.ax == regs.cx && !regs.bx && !regs.dx);
	ok(regs.ax == (memory_arena().start - MIB) >> 10);
	prepare(0x15, 0xe881);
	ok(call() && !carry() && regs.eax == regs.ecx && !regs.ebx && !regs.edx);
	prepare(0x15, 0xda88);
	ok(call() && !carry() && !regs.cl && regs.bx == (memory_arena().start - MIB) >> 10);
	do {
		prepare(0x15, 0xe820);
		regs.edx = 0x534d4150;
		regs.ecx = 20 + count;
		regs.ebx = next;
		regs.di = 0x100;
		ok(call() && !carry() && regs.eax == 0x534d4150 && regs.ecx == 20);
		ok(entry->start >= end && entry->length);
		end = entry->start + entry->length;
		next = regs.ebx;
		count++;
	} while (next && count < 100);
	ok(count == 5 && end == MACHINE_MEMORY); /* with the arena */
	for (unsigned i = 0; i < 4; i++) {
		prepare(0x15, 0xe820);
		regs.edx = 0x534d4150 + (i == 0);
		regs.ecx = i == 1 ? 19 : 20;
		regs.ebx = i == 2 ? 5 : 0;
		regs.es = i == 3 ? DATA_SEG : BUFFERS >> 4;
		ok(call() && carry() && regs.ah == 0x86);
	}
}

static void set_descriptor(unsigned at, uint32_t base, uint32_t limit, bool pages)
{
	uint8_t *d = machine_memory + BUFFERS + at;

	d[0] = limit;
	d[1] = limit >> 8;
	d[2] = base;
	d[3] = base >> 8;
	d[4] = base >> 16;
	d[5] = 0x93;
	d[6] = (limit >> 16 & 0xf) | (pages ? 0x80 : 0);
	d[7] = base >> 24;
}

static bool moves(uint16_t words, uint8_t status)
{
	prepare(0x15, 0x8700);
	regs.cx = words;
	set_cf(&regs, !status);
	return call() && regs.ah == status && carry() == !!status;
}

static void moving_blocks(void)
{
	uint8_t *from = machine_memory + 0x200000, *to = machine_memory + 0x300000;

	for (unsigned i = 0; i < 0x10000; i++)
		from[i] = i * 7;
	memset(to, 0, 0x10001);
	set_descriptor(0x10, 0x200000, 0xffff, false);
	set_descriptor(0x18, 0x300000, 0xffff, false);
	ok(moves(0, 0) && !*to);
	ok(moves(0x8000, 0) && !memcmp(from, to, 0x10000) && !to[0x10000]);
	ok(caller_frame(&regs)->flags & FLAG_ZF);
	ok(moves(0x8001, 2));
	set_descriptor(0x18, 0x300000, 99, false);
	ok(moves(50, 0) && moves(51, 2));
	set_descriptor(0x18, 0x300000, 0, true); /* one page */
	ok(moves(2048, 0) && moves(2049, 2));
	set_descriptor(0x10, 0x200000, 97, false);
	ok(moves(49, 0) && moves(50, 2));
	set_descriptor(0x18, DATA_BASE, 0xffff, false); /* the firmware's */
	ok(moves(1, 2));
	set_descriptor(0x18, memory_arena().start - 2, 0xffff, false);
	ok(moves(1, 0) && moves(2, 2));
}

static void events(void)
{
	uint8_t *flag = machine_memory + BUFFERS + 0x50;

	*flag = 0x01;
	prepare(0x15, 0x8300);
	regs.bx = 0x50;
	regs.cx = 1; /* 65.536 ms */
	ok(call() && !carry() && !regs.ah && *flag == 0x01);
	prepare(0x15, 0x8300);
	ok(call() && carry()); /* one at a time */
	prepare(0x08, 0);
	ok(call() && *flag == 0x01);
	now += 70000000;
	prepare(0x08, 0);
	ok(call() && *flag == 0x81);
	prepare(0x15, 0x8300);
	regs.bx = 0x50;
	ok(call() && !carry());
	prepare(0x15, 0x8301);
	ok(call() && !carry());
	*flag = 0;
	now += 1000000;
	prepare(0x08, 0);
	ok(call() && !*flag); /* never mind */
	prepare(0x15, 0x8600);
	regs.cx = 0x000f;
	regs.dx = 0x4240; /* a second */
	now = 0;
	pass_ns = 500000;
	ok(call() && !carry() && now >= 1000000000 && now < 1001000000);
	pass_ns = 60000000000;
	ok(regs.ax == 0x0000 && regs.cx == 0x000f && regs.esp == given.esp);
}

/* What comes while a call is served is passed on when that is done, once. */
static void nmi_in_a_call(void)
{
	prepare(0x13, 0x0800);
	regs.dl = 0x80;
	nmi_waiting = true;
	ok(call() && !nmi_waiting && regs.esp == given.esp - sizeof(struct caller_frame));
	ok(caller_frame(&regs)->cs == ROM_SEG && caller_frame(&regs)->ip == fseg_offset(call_nmi));
	ok(!carry() && regs.dl == 1); /* and the call is done */
	prepare(0x13, 0x0800);
	ok(call() && regs.esp == given.esp);
}

static void other_system_services(void)
{
	prepare(0x15, 0x2402);
	ok(call() && !carry() && regs.ax == 0x0001);
	prepare(0x15, 0x2400);
	ok(call() && carry() && regs.ah == 0x86); /* it cannot be switched off */
	prepare(0x15, 0x2401);
	ok(call() && !carry());
	prepare(0x15, 0x2403);
	regs.bx = 0xffff;
	ok(call() && !carry() && !regs.bx);
	prepare(0x15, 0x4f1e);
	ok(call() && carry() && regs.ax == 0x4f1e);
	prepare(0x15, 0xc100);
	ok(call() && !carry() && regs.es == EBDA_BASE >> 4);
	prepare(0x15, 0xc205);
	ok(call() && carry() && regs.ah == 3);
	prepare(0x15, 0xc209);
	ok(call() && carry() && regs.ah == 1);
	prepare(0x15, 0x8900);
	ok(call() && carry() && regs.ah == 0xff);
	prepare(0x15, 0x8400);
	regs.dx = 1;
	regs.bx = regs.cx = 9;
	ok(call() && !carry() && !regs.ax && !regs.bx && !regs.cx && !regs.dx);
	prepare(0x15, 0x8400);
	regs.dx = 2;
	ok(call() && carry() && regs.ah == 0x86);
}

static void time_of_day(void)
{
	prepare(0x1a, 0x0200);
	ok(call() && !carry() && regs.cx == 0x1330 && regs.dx == 0x1501);
	prepare(0x1a, 0x0400);
	ok(call() && !carry() && regs.cx == 0x2026 && regs.dx == 0x1121);
	chip_time.year = 2000;
	prepare(0x1a, 0x0400);
	ok(call() && !carry() && regs.cx == 0x2000);
	chip_time.year = 2026;
	prepare(0x1a, 0x0300);
	regs.cx = 0x2359;
	regs.dx = 0x5800;
	ok(call() && !carry());
	ok(chip_time.hour == 23 && chip_time.minute == 59 && chip_time.second == 58 &&
	   !chip_time.daylight_saving && chip_time.year == 2026 && chip_time.day == 21);
	for (unsigned i = 0; i < 6; i++) {
		static const uint16_t wrong[6][2] = {{0x2400, 0}, {0x0a00, 0}, {0x0060, 0},
						     {0x000a, 0}, {0, 0x6000}, {0, 0xa000}};

		prepare(0x1a, 0x0300);
		regs.cx = wrong[i][0];
		regs.dx = wrong[i][1];
		ok(call() && carry() && chip_time.hour == 23);
	}
	prepare(0x1a, 0x0500);
	regs.cx = 0x1999;
	regs.dx = 0x1231;
	ok(call() && !carry());
	ok(chip_time.year == 1999 && chip_time.month == 12 && chip_time.day == 31 &&
	   chip_time.hour == 23);
	for (unsigned i = 0; i < 6; i++) {
		static const uint16_t wrong[6][2] = {{0x2026, 0x0001}, {0x2026, 0x1301},
						     {0x2026, 0x0100}, {0x2026, 0x0132},
						     {0x20a6, 0x0101}, {0xa026, 0x0101}};

		prepare(0x1a, 0x0500);
		regs.cx = wrong[i][0];
		regs.dx = wrong[i][1];
		ok(call() && carry() && chip_time.year == 1999);
	}
	chip_error = ERR_TIMEOUT;
	for (unsigned ah = 2; ah < 6; ah++) {
		prepare(0x1a, ah << 8);
		regs.cx = 0x2020;
		regs.dx = 0x0101;
		ok(call() && carry());
	}
	prepare(0x1a, 0x0600); /* no interrupt controller here */
	ok(call() && carry());
	prepare(0x1a, 0x0700);
	ok(call() && !carry());
	chip_error = 0;
}

static void ticks(void)
{
	prepare(0x1a, 0x0100);
	regs.cx = 0x0012;
	regs.dx = 0x3456;
	ok(call() && !carry() && !regs.ah);
	bda()->midnight = 2;
	prepare(0x1a, 0x0000);
	ok(call() && !carry() && regs.cx == 0x12 && regs.dx == 0x3456 && regs.ax == 2);
	prepare(0x1a, 0x0000);
	ok(call() && !regs.ax);
}

/* INT 15h E820 silences the tick, for an OS that takes over. A program that goes on calling
 * these services is none, and waits by the tick. */
static void tick_goes_on(void)
{
	static const uint16_t calls[][2] = {
		{0x10, 0x0f00}, {0x13, 0x0100}, {0x15, 0x8600}, {0x16, 0x0100},
		{0x16, 0x0200}, {0x1a, 0x0000}, {0x1a, 0x0200},
	};

	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		prepare(calls[i][0], calls[i][1]);
		tick_silence(&regs);
		tick_runs = false;
		regs.cx = regs.dx = 0;
		regs.dl = calls[i][0] == 0x13 ? 0x80 : 0;
		ok(call() && tick_runs);
	}
}

static void serial_line(void)
{
	uart[5] = 0x60;
	uart[6] = 0xb0;
	prepare(0x14, 0x00e3);
	ok(call() && regs.ax == 0x60b0 && uart[0] == 12 && !uart[1] && uart[3] == 0x03);
	prepare(0x14, 0x0003);
	ok(call() && uart[0] == (1047 & 0xff) && uart[1] == 1047 >> 8);
	prepare(0x14, 0x0400); /* 19200 baud, 8 bits, a parity of 3, 2 stop bits */
	regs.bx = 0x0301;
	regs.cx = 0x0308;
	ok(call() && uart[0] == 6 && !uart[1] && uart[3] == 0x1f);
	prepare(0x14, 0x0400);
	regs.cx = 0x0309;
	ok(call() && regs.ah == 0x80);
	prepare(0x14, 0x0141);
	ok(call() && regs.ax == 0x6041 && uart[0] == 'A');
	uart[5] = 0;
	prepare(0x14, 0x0142);
	ok(call() && regs.ax == 0x8042 && uart[0] == 'A');
	prepare(0x14, 0x0200);
	ok(call() && regs.ah == 0x80);
	uart[5] = 0x61 | 0x04;
	prepare(0x14, 0x0200);
	ok(call() && regs.ax == 0x0441);
	prepare(0x14, 0x0501);
	regs.bl = 3;
	ok(call() && uart[4] == 3 && regs.ax == 0x65b0);
	prepare(0x14, 0x0500);
	ok(call() && regs.bl == 3);
	for (unsigned port = 1; port < 6; port++) {
		prepare(0x14, 0x0300);
		regs.dx = port;
		ok(call() && regs.ax == 0x8000);
	}
}

/* --- the screen and the keyboard ------------------------------------------------------------- */

static bool video(uint16_t ax, uint16_t bx, uint16_t cx, uint16_t dx)
{
	prepare(0x10, ax);
	regs.bx = bx;
	regs.cx = cx;
	regs.dx = dx;
	return call();
}

static uint16_t cell(unsigned page, unsigned row, unsigned column)
{
	return screen_page(page)[row * screen_columns() + column];
}

static void video_modes(void)
{
	screen_page(0)[100] = 0x4141;
	ok(video(0x0083, 0, 0, 0) && regs.al == 0x30 && cell(0, 1, 20) == 0x4141);
	ok(video(0x0f00, 0, 0, 0) && regs.ax == 0x5083 && regs.bx == 0);
	ok(video(0x0001, 0, 0, 0) && regs.al == 0x30 && screen_page(0)[100] == 0x0720);
	ok(video(0x0f00, 0, 0, 0) && regs.ax == 0x2801);
	ok(video(0x0004, 0, 0, 0) && regs.al == 0x04 && bda()->video_mode == 1); /* graphics */
	ok(video(0x0003, 0, 0, 0) && video(0x0f00, 0xff00, 0, 0) && regs.ax == 0x5003 && !regs.bh);
	ok(video(0x0503, 0, 0, 0) && video(0x0f00, 0, 0, 0) && regs.bh == 3);
	ok(video(0x0508, 0, 0, 0) && video(0x0f00, 0, 0, 0) && regs.bh == 3);
	ok(video(0x0500, 0, 0, 0) && video(0x0f00, 0, 0, 0) && regs.bh == 0);
}

static void video_cells(void)
{
	ok(video(0x0003, 0, 0, 0));
	ok(video(0x0100, 0, 0x0607, 0) && video(0x0200, 0x0100, 0, 0x0c22));
	ok(video(0x0300, 0x0100, 0, 0) && regs.cx == 0x0607 && regs.dx == 0x0c22);
	ok(video(0x0300, 0x0000, 0, 0) && regs.dx == 0);
	ok(video(0x0300, 0x0900, 0, 0) && regs.dx == 0x0c22); /* page 9 is page 1 */
	ok(video(0x0941, 0x011e, 3, 0) && cell(1, 12, 34) == 0x1e41 && cell(1, 12, 36) == 0x1e41);
	ok(cell(1, 12, 33) == 0x0720 && cell(1, 12, 37) == 0x0720);
	ok(video(0x0a42, 0x0155, 2, 0) && cell(1, 12, 34) == 0x1e42 && cell(1, 12, 36) == 0x1e41);
	ok(video(0x0800, 0x0100, 0, 0) && regs.ax == 0x1e42);
	ok(video(0x0200, 0x0100, 0, 0x194f) && video(0x0800, 0x0100, 0, 0) && regs.ax == 0x0800);
	ok(video(0x0200, 0x0100, 0, 0x1850) && video(0x0800, 0x0100, 0, 0) && regs.ax == 0x0800);
	ok(video(0x0200, 0x0100, 0, 0x184f) && video(0x0800, 0x0100, 0, 0) && regs.ax == 0x0720);
	ok(video(0x0400, 0, 0, 0) && regs.ah == 0);

	for (unsigned row = 0; row < 25; row++)
		screen_page(0)[row * 80 + 5] = 0x0700 | row;
	ok(video(0x0602, 0x3100, 0x0105, 0x1405)); /* rows 1 to 20 of column 5 */
	ok(cell(0, 0, 5) == 0x0700 && cell(0, 1, 5) == 0x0703 && cell(0, 18, 5) == 0x0714);
	ok(cell(0, 19, 5) == 0x3120 && cell(0, 20, 5) == 0x3120 && cell(0, 21, 5) == 0x0715);
	ok(video(0x0701, 0x3200, 0x0105, 0x1405));
	ok(cell(0, 1, 5) == 0x3220 && cell(0, 2, 5) == 0x0703 && cell(0, 21, 5) == 0x0715);
	ok(video(0x0600, 0x3300, 0x0105, 0x1405) && cell(0, 1, 5) == 0x3320 &&
	   cell(0, 20, 5) == 0x3320);

	ok(video(0x0200, 0, 0, 0x0102) && video(0x0e58, 0x0700, 0, 0));
	ok(cell(0, 1, 2) == 0x0758 && bda()->cursor[0] == 0x0103);
}

static void video_strings(void)
{
	uint8_t *text = machine_memory + BUFFERS + 0x80;

	memcpy(text,
	       "A\x11"
	       "B\x12",
	       4);
	for (unsigned al = 0; al < 4; al++) {
		unsigned step = al & 2 ? 1 : 0;

		ok(video(0x0003, 0, 0, 0) && video(0x0200, 0x0200, 0, 0x0505));
		prepare(0x10, 0x1300 | al);
		regs.bx = 0x0244;
		regs.cx = 2;
		regs.dx = 0x0310;
		regs.bp = 0x80;
		ok(call());
		ok(cell(2, 3, 16) == (step ? 0x1141 : 0x4441));
		ok(cell(2, 3, 17) == (step ? 0x1242 : 0x4411));
		ok(cell(2, 3, 18) == 0x0720);
		ok(bda()->cursor[2] == (al & 1 ? 0x0312 : 0x0505));
	}
}

static void video_palette(void)
{
	static const uint8_t registers[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38,
					    0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0b};
	uint8_t *to = machine_memory + BUFFERS + 0x60;

	bda()->crt_palette = 0xff;
	ok(video(0x0b00, 0x000b, 0, 0) && bda()->crt_palette == 0xeb);
	ok(video(0x0b00, 0x01fe, 0, 0) && bda()->crt_palette == 0xcb);
	ok(video(0x0b00, 0x0101, 0, 0) && bda()->crt_palette == 0xeb);
	ok(video(0x0b00, 0x0201, 0, 0) && bda()->crt_palette == 0xeb);
	memset(to, 0xee, 32);
	ok(video(0x1009, 0, 0, 0x60) && !memcmp(to, registers, 17) && to[17] == 0xee);
	for (unsigned i = 0; i < 32; i++)
		ok(video(0x1007, i, 0, 0) && regs.bh == registers[i % 16]);
	ok(video(0x1008, 0, 0, 0) && regs.bh == 0x0b);
	ok(video(0x1003, 0, 0, 0) && !(bda()->crt_mode & 0x20));
	ok(video(0x1003, 1, 0, 0) && bda()->crt_mode & 0x20);
	ok(video(0x1003, 2, 0, 0) && !(bda()->crt_mode & 0x20));
	ok(video(0x1003, 1, 0, 0));
}

static void video_information(void)
{
	uint8_t *to = machine_memory + BUFFERS + 0x40;

	*(uint32_t *)phys_ptr(4 * 0x1f) = 0xc0001234;
	*(uint32_t *)phys_ptr(4 * 0x43) = 0xf000fa6e;
	ok(video(0x1130, 0, 0, 0) && regs.es == 0xc000 && regs.bp == 0x1234 && regs.cx == 16 &&
	   regs.dl == 24);
	ok(video(0x1130, 0x0100, 0, 0) && regs.es == 0xf000 && regs.bp == 0xfa6e);
	ok(video(0x1120, 0, 0, 0) && nothing_changed());
	ok(video(0x1200, 0x10, 0, 0) && regs.bx == 3 && regs.cx == 9);
	for (unsigned bl = 0; bl < 0x40; bl++) {
		bool there = (bl >= 0x30 && bl <= 0x34) || bl == 0x36;

		ok(video(0x1201, bl, 0, 0) && (bl == 0x10 || regs.al == (there ? 0x12 : 1)));
	}
	ok(video(0x1a00, 0, 0, 0) && regs.al == 0x1a && regs.bx == 8);
	ok(video(0x1a01, 0x1234, 0, 0) && regs.al == 0x1a && regs.bx == 0x1234);
	ok(video(0x1a02, 0x1234, 0, 0) && nothing_changed());
	ok(video(0x4f00, 0, 0, 0) && regs.ax == 0x0100);

	memset(to, 0xee, 65);
	bda()->cursor[7] = 0x0817;
	prepare(0x10, 0x1b00);
	regs.di = 0x40;
	ok(call() && regs.al == 0x1b);
	ok(!memcmp(to + 4, &bda()->video_mode, 30) && to[4] == 3 && to[5] == 80);
	ok(to[0x22] == 25 && to[0x23] == 16 && !to[0x24] && to[0x25] == 8 && !to[0x26]);
	ok(to[0x27] == 16 && !to[0x28] && to[0x29] == 8 && to[0x2a] == 2 && !to[0x2b]);
	ok(to[0x2d] == 0x20 && !to[0x30] && to[0x31] == 3 && !to[0x3f] && to[0x40] == 0xee);
	ok(video(0x1b00, 1, 0, 0) && nothing_changed());
}

/* Keys as each generation of keyboards has them. */
static void keys(void)
{
	static const struct {
		uint16_t typed, first, enhanced;
	} table[] = {
		{0x1e61, 0x1e61, 0x1e61}, {0xe00d, 0x1c0d, 0xe00d}, /* Enter of the keypad */
		{0xe00a, 0x1c0a, 0xe00a}, {0xe02f, 0x352f, 0xe02f}, /* and its / */
		{0x48e0, 0x4800, 0x48e0}, {0x1ef0, 0x1e00, 0x1ef0}, {0x00e0, 0x00e0, 0x00e0},
		{0x00f0, 0x00f0, 0x00f0}, {0x8400, 0x8400, 0x8400}, {0x84e0, 0x8400, 0x84e0},
		{0x0000, 0x0000, 0x0000},
	};
	static const uint16_t new_keys[] = {0x8500, 0x8600, 0x8de0, 0xa600, 0xffff};
	uint16_t left_key;

	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (unsigned ah = 0; ah <= 0x20; ah += 0x10) {
			uint16_t seen = ah ? table[i].enhanced : table[i].first;

			keyboard_init();
			ok(keyboard_put(table[i].typed));
			prepare(0x16, (ah + 1) << 8);
			caller_frame(&regs)->flags |= FLAG_ZF;
			ok(call() && regs.ax == seen && !(caller_frame(&regs)->flags & FLAG_ZF));
			prepare(0x16, ah << 8);
			ok(call() && regs.ax == seen && !keyboard_peek(&left_key));
		}
	for (unsigned i = 0; i < sizeof(new_keys) / sizeof(new_keys[0]); i++) {
		keyboard_init(); /* a program of the first PC's never sees them */
		ok(keyboard_put(new_keys[i]) && keyboard_put(0x1e61));
		prepare(0x16, 0x1100);
		ok(call() && regs.ax == new_keys[i]);
		prepare(0x16, 0x0100);
		ok(call() && regs.ax == 0x1e61);
		prepare(0x16, 0x0000);
		ok(call() && regs.ax == 0x1e61 && !keyboard_peek(&left_key));
	}
	prepare(0x16, 0x0100);
	ok(call() && regs.ax == 0x0100 && caller_frame(&regs)->flags & FLAG_ZF);
	prepare(0x16, 0x0000); /* it goes on waiting in real mode */
	ok(call() && regs.ax == 0x0000 && given.esp - regs.esp == sizeof(struct caller_frame));
	ok(caller_frame(&regs)->ip == (uint16_t)fseg_pointer(wait_key_hlt));
}

static void keyboard_functions(void)
{
	uint16_t key;

	keyboard_init();
	bda()->shift_flags[0] = 0xa5;
	bda()->shift_flags[1] = 0xff;
	for (unsigned ah = 0x02; ah <= 0x22; ah += 0x10) {
		prepare(0x16, ah << 8);
		ok(call() && regs.ax == (ah == 2 ? 0x02a5 : 0x73a5));
	}
	prepare(0x16, 0x0500);
	regs.cx = 0x1e61;
	ok(call() && regs.ax == 0x0500 && keyboard_peek(&key) && key == 0x1e61);
	while (keyboard_put(1))
		;
	prepare(0x16, 0x0500);
	ok(call() && regs.ax == 0x0501);
	keyboard_init();
	prepare(0x16, 0x0900);
	ok(call() && regs.ax == 0x0974);
	prepare(0x16, 0x0a00);
	ok(call() && regs.bx == 0x41ab);
	bda()->shift_flags[0] = bda()->shift_flags[1] = 0;
	/* Ctrl-Break is INT 1Bh, whatever was asked. */
	for (unsigned ah = 0; ah < 2; ah++) {
		keyboard_break();
		keyboard_take();
		prepare(0x16, ah << 8);
		ok(call() && caller_frame(&regs)->ip == (uint16_t)fseg_pointer(call_break));
		prepare(0x16, 0x0100);
		ok(call() && regs.esp == given.esp);
	}
}

/* Every subfunction of those with a list of them. */
static void more_system_services(void)
{
	static const uint8_t hooks[] = {0x80, 0x81, 0x82, 0x85, 0x90, 0x91};
	const uint8_t *table = config_table;

	for (unsigned i = 0; i < sizeof(hooks); i++) {
		prepare(0x15, hooks[i] << 8 | 0x77);
		set_cf(&regs, true);
		ok(call() && !carry() && regs.ax == 0x0077);
	}
	prepare(0x15, 0xc208);
	ok(call() && carry() && regs.ah == 3);
	prepare(0x15, 0x8401);
	regs.bx = regs.cx = regs.dx = 0;
	ok(call() && !carry() && !regs.ax);
	prepare(0x15, 0x8302);
	ok(call() && carry() && regs.ah == 0x80);
	prepare(0x15, 0xc000);
	ok(call() && !carry() && !regs.ah && regs.es == DATA_SEG);
	/* It is a variable, which lies elsewhere here: this is what it is copied from. */
	ok(CONFIG_TABLE_SIZE == 10 && table[0] == 8 && !table[1] && table[2] == 0xfc);
	ok(!table[3] && !table[4] && table[5] == 0x64 && table[6] == 0x44);
	ok(!table[7] && !table[8] && !table[9]);
}

static void more_of_the_serial_line(void)
{
	static const uint16_t divisors[] = {1047, 768, 384, 192, 96, 48, 24, 12, 6};

	for (unsigned i = 0; i < 9; i++) {
		uart[5] = 0x60;
		if (i < 8) {
			prepare(0x14, i << 5 | 0x1f);
			ok(call() && uart[0] == (divisors[i] & 0xff) &&
			   uart[1] == divisors[i] >> 8 && uart[3] == 0x1f);
		}
		prepare(0x14, 0x0401);
		regs.cx = i;
		ok(call() && uart[0] == (divisors[i] & 0xff) && uart[1] == divisors[i] >> 8 &&
		   uart[3] == 0x40);
	}
	uart[5] = 0xff; /* its highest bit is the timeout's */
	prepare(0x14, 0x0300);
	ok(call() && regs.ah == 0x7f);
	prepare(0x14, 0x0141);
	ok(call() && regs.ah == 0x7f);
	uart[0] = 0x55;
	prepare(0x14, 0x0200);
	ok(call() && regs.ax == 0x1e55);
	uart[4] = 0x0b;
	prepare(0x14, 0x0502);
	ok(call() && uart[4] == 0x0b && regs.bl == 0);
	prepare(0x14, 0x0600);
	ok(call() && regs.ah == 0x80);
}

/* All 256, as the first program finds them. */
static void vector_table(void)
{
	static const struct {
		uint8_t vector;
		const void *target;
	} others[] = {
		{0x02, fixed_e2c3},
		{0x05, int_05},
		{0x08, int_08},
		{0x09, int_09},
		{0x0e, int_0e},
		{0x10, int_10},
		{0x11, int_11},
		{0x12, int_12},
		{0x13, fixed_e3fe},
		{0x14, int_14},
		{0x15, int_15},
		{0x16, int_16},
		{0x17, int_17},
		{0x18, int_18},
		{0x19, fixed_e6f2},
		{0x1a, int_1a},
		{0x1d, &video_table},
		{0x1e, &diskette_table},
		{0x1f, font_8x8 + 1024},
		{0x40, int_40},
		{0x43, font_8x8},
		{0x70, int_70},
		{VECTOR_APIC_TICK, int_apic_tick},
	};
	const uint32_t *ivt = phys_ptr(0);
	uint32_t expected[256] = {0};

	for (unsigned i = 0; i < 0x78; i++)
		expected[i] = i >= 0x60 && i < 0x68 ? 0 : fseg_pointer(fixed_ff53);
	expected[0x41] = expected[0x46] = 0;
	for (unsigned i = 0x0a; i < 0x10; i++)
		expected[i] = fseg_pointer(int_irq_master);
	for (unsigned i = 0x71; i < 0x78; i++)
		expected[i] = fseg_pointer(int_irq_slave);
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		expected[others[i].vector] = fseg_pointer(others[i].target);
	memset(phys_ptr(0), 0xee, 1024);
	vectors_init();
	for (unsigned i = 0; i < 256; i++)
		ok(ivt[i] == expected[i]);
	drive_publish();
}

int main(void)
{
	static const uint8_t services[] = {0x10, 0x13, 0x14, 0x15, 0x16, 0x17, 0x1a, 0x40};

	begin();
	vector_table();
	dispatch();
	prepare(0x1a, 0x0200);
	ok(call() && carry()); /* no clock yet */
	prepare(0x1a, 0x0600);
	ok(call() && carry());
	wallclock_register(&chip);
	memory_sizes();
	moving_blocks();
	events();
	nmi_in_a_call();
	other_system_services();
	time_of_day();
	ticks();
	tick_goes_on();
	serial_line();
	video_modes();
	video_cells();
	video_strings();
	video_palette();
	video_information();
	keys();
	keyboard_functions();
	more_system_services();
	more_of_the_serial_line();
	unknown_functions();
	firmware_memory();
	for (unsigned i = 0; i < sizeof(services); i++)
		random_calls(services[i]);
	nested_too_deeply();
	exceptions();
	return done();
}
