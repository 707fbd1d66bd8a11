/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 15h: system services, of which memory sizes matter most today.
 *
 * References: ACPI 6.5, 15.1 "INT 15H, E820H"; IBM PS/2 and PC BIOS Interface
 * Technical Reference, "INT 15H"; Ralf Brown's Interrupt List.
 */
#include <string.h>

#include "bda.h"
#include "fw/e820.h"
#include "hw/clock.h"
#include "hw/legacy.h"
#include "interrupt.h"
#include "readahead.h"
#include "rom.h"
#include "service.h"
#include "terminal.h"
#include "wallclock.h"

enum {
	SMAP = 0x534d4150,
	STATUS_OK = 0x00,
	STATUS_INVALID = 0x80,
	STATUS_UNSUPPORTED = 0x86,
	STATUS_NO_PROTECTED_MODE = 0xff,
	STATUS_POINTING_FUNCTION = 0x01, /* of C2xx: no such function, and ... */
	STATUS_POINTING_DEVICE = 0x03,   /* ... the device does not answer */
	LAST_POINTING_FUNCTION = 0x08,
	EVENT_WAITING = 0x01, /* in bda.wait_active */
	EVENT_HAPPENED = 0x80,
	KIB_64 = 64 << 10,
	MIB = 1 << 20,
};

static uint64_t event_time; /* when the wait of AH=83h ends, ns */

static void finish(struct regs *regs, uint8_t status)
{
	regs->ah = status;
	set_cf(regs, status != STATUS_OK);
}

/* AX=E820h: EBX counts the entries already returned. */
static void memory_map(struct regs *regs)
{
	unsigned count;
	const struct e820_entry *map = e820_map(&count);
	void *to = callers_ptr(regs->es, regs->di, sizeof(*map));

	/* A boot loader asks before it hands over (GRUB does): from here on no
	 * device may write to memory, no timer interrupt, and the terminal is
	 * as the OS should find it. */
	readahead_drop();
	tick_silence();
	terminal_leave();
	if (regs->edx != SMAP || regs->ecx < sizeof(*map) || regs->ebx >= count || !to) {
		finish(regs, STATUS_UNSUPPORTED);
		return;
	}
	memcpy(to, &map[regs->ebx], sizeof(*map));
	regs->eax = SMAP;
	regs->ecx = sizeof(*map);
	regs->ebx = regs->ebx + 1 < count ? regs->ebx + 1 : 0;
	set_cf(regs, false);
}

static uint32_t extended_kib(uint32_t from, uint64_t limit)
{
	return e820_ram_from(from, limit) >> 10;
}

/* AX=E801h and E881h: KiB from 1 to 16 MiB, and 64 KiB blocks from there on. */
static void memory_size_split(struct regs *regs, bool wide)
{
	uint32_t low = extended_kib(MIB, 16 * MIB);
	uint32_t high = extended_kib(16 * MIB, 1ull << 32) / 64;

	if (wide) {
		regs->eax = regs->ecx = low;
		regs->ebx = regs->edx = high;
	} else {
		regs->ax = regs->cx = low;
		regs->bx = regs->dx = high;
	}
	set_cf(regs, false);
}

/* AH=88h: KiB from 1 MiB on. Up to 63 MiB, since DOS programs take it as signed. */
static void memory_size(struct regs *regs)
{
	uint32_t kib = extended_kib(MIB, 64 * MIB);

	regs->ax = kib;
	set_cf(regs, false);
}

/* AH=8Ah: the same without this limit, in DX:AX. */
static void memory_size_big(struct regs *regs)
{
	uint32_t kib = extended_kib(MIB, 1ull << 32);

	regs->dx = kib >> 16;
	regs->ax = kib;
	set_cf(regs, false);
}

/* AX=DA88h: likewise in CL:BX. */
static void memory_size_wide(struct regs *regs)
{
	uint32_t kib = extended_kib(MIB, 1ull << 32);

	regs->cl = kib >> 16;
	regs->bx = kib;
	finish(regs, STATUS_OK);
}

/* AX=2400h-2403h: this machine has no A20 gate; the line is always on. */
static void a20_gate(struct regs *regs)
{
	switch (regs->al) {
	case 0x01: /* enable: it is */
		finish(regs, STATUS_OK);
		break;
	case 0x02: /* status */
		regs->al = 1;
		finish(regs, STATUS_OK);
		break;
	case 0x03: /* how it can be switched */
		regs->bx = 0;
		finish(regs, STATUS_OK);
		break;
	default:
		finish(regs, STATUS_UNSUPPORTED);
	}
}

static uint32_t descriptor_base(const uint8_t *descriptor)
{
	return descriptor[2] | descriptor[3] << 8 | descriptor[4] << 16 |
	       (uint32_t)descriptor[7] << 24;
}

static uint32_t descriptor_limit(const uint8_t *descriptor)
{
	uint32_t limit = descriptor[0] | descriptor[1] << 8 | (descriptor[6] & 0xf) << 16;

	return descriptor[6] & 0x80 ? limit << 12 | 0xfff : limit;
}

/* AH=87h: copies CX words between the two descriptors in the table at ES:SI. */
static void move_block(struct regs *regs)
{
	const uint8_t *table = seg_ptr(regs->es, regs->si);
	const uint8_t *source = table + 0x10, *target = table + 0x18;
	uint32_t bytes = regs->cx * 2u, to = descriptor_base(target);

	if (regs->cx > 0x8000 || (bytes && (descriptor_limit(source) < bytes - 1 ||
					    descriptor_limit(target) < bytes - 1))) {
		finish(regs, 2); /* what the processor would have done: an exception */
		return;
	}
	if (!memory_is_callers(to, bytes)) {
		finish(regs, 2);
		return;
	}
	memmove(phys_ptr(to), phys_ptr(descriptor_base(source)), bytes);
	finish(regs, STATUS_OK);
	set_flag(regs, FLAG_ZF, true);
}

/* AH=83h, AL=00h: sets bit 7 of the byte at ES:BX in CX:DX microseconds, at the
 * first tick after that: no machine is without ticks, but some are without the
 * real-time clock whose interrupts a PC/AT counts. AL=01h: never mind. */
static void event_wait(struct regs *regs)
{
	struct bda *b = bda();

	if (regs->al == 1) {
		b->wait_active = 0;
		finish(regs, STATUS_OK);
		return;
	}
	if (regs->al || b->wait_active & EVENT_WAITING) {
		finish(regs, STATUS_INVALID);
		return;
	}
	tick_resume();
	b->wait_flag_pointer = (uint32_t)regs->es << 16 | regs->bx;
	b->wait_microseconds = (uint32_t)regs->cx << 16 | regs->dx;
	b->wait_active = EVENT_WAITING;
	event_time = clock_ns() + b->wait_microseconds * NS_PER_US;
	finish(regs, STATUS_OK);
}

void int15_tick(void)
{
	struct bda *b = bda();

	if (!(b->wait_active & EVENT_WAITING) || clock_ns() < event_time)
		return;
	b->wait_active = 0;
	*(uint8_t *)seg_ptr(b->wait_flag_pointer >> 16, b->wait_flag_pointer) |= EVENT_HAPPENED;
}

/* AH=84h, DX=0: switches, DX=1: positions of joysticks, as without a game port. */
static void joystick(struct regs *regs)
{
	if (regs->dx > 1) {
		finish(regs, STATUS_UNSUPPORTED);
		return;
	}
	regs->ax = 0;
	if (regs->dx)
		regs->bx = regs->cx = regs->dx = 0;
	finish(regs, STATUS_OK);
}

/* AH=86h: waits CX:DX microseconds. */
static void wait(struct regs *regs)
{
	tick_resume();
	clock_wait_us((uint32_t)regs->cx << 16 | regs->dx);
	finish(regs, STATUS_OK);
}

/* AH=C0h */
static void get_configuration(struct regs *regs)
{
	static uint8_t table[CONFIG_TABLE_SIZE];

	memcpy(table, config_table, sizeof(table));
	if (!legacy_have_pic())
		table[FEATURES_AT] &= ~FEATURE_PIC2;
	if (!wallclock_chip())
		table[FEATURES_AT] &= ~FEATURE_RTC;
	regs->es = DATA_SEG;
	regs->bx = ptr_phys(table) - DATA_BASE;
	finish(regs, STATUS_OK);
}

/* AH=C1h */
static void get_ebda_segment(struct regs *regs)
{
	regs->es = bda()->ebda_segment;
	set_cf(regs, false);
}

static void by_ax(struct regs *regs)
{
	switch (regs->ax) {
	case 0xe801:
		memory_size_split(regs, false);
		break;
	case 0xe820:
		memory_map(regs);
		break;
	case 0xe881:
		memory_size_split(regs, true);
		break;
	case 0xda88:
		memory_size_wide(regs);
		break;
	default:
		finish(regs, STATUS_UNSUPPORTED);
	}
}

void int15_system(struct regs *regs)
{
	switch (regs->ah) {
	case 0x24:
		a20_gate(regs);
		break;
	case 0x4f: /* keyboard intercept: CF says that the key is to be used */
		set_cf(regs, true);
		break;
	case 0x80: /* device open, close, terminate: hooks for multitaskers */
	case 0x81:
	case 0x82:
	case 0x85: /* SysRq */
	case 0x90: /* device waits */
	case 0x91: /* device is done */
		finish(regs, STATUS_OK);
		break;
	case 0x83:
		event_wait(regs);
		break;
	case 0x84:
		joystick(regs);
		break;
	case 0x86:
		wait(regs);
		break;
	case 0x87:
		move_block(regs);
		break;
	case 0x88:
		memory_size(regs);
		break;
	case 0x89: /* switch to protected mode */
		finish(regs, STATUS_NO_PROTECTED_MODE);
		break;
	case 0x8a:
		memory_size_big(regs);
		break;
	case 0xc0:
		get_configuration(regs);
		break;
	case 0xc1:
		get_ebda_segment(regs);
		break;
	case 0xc2: /* pointing device: there is none */
		finish(regs, regs->al > LAST_POINTING_FUNCTION ? STATUS_POINTING_FUNCTION :
								 STATUS_POINTING_DEVICE);
		break;
	default:
		by_ax(regs);
	}
}
