/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * INT 15h: system services, of which memory sizes matter most today.
 *
 * References: ACPI 6.5, 15.1 "INT 15H, E820H"; IBM PS/2 and PC BIOS Interface
 * Technical Reference, "INT 15H"; Ralf Brown's Interrupt List.
 */
#include <string.h>

#include "bda.h"
#include "bios/handover.h"
#include "bios/realmode.h"
#include "bios/regs.h"
#include "bios/service.h"
#include "bios/tables.h"
#include "bios/tick.h"
#include "bios/wallclock.h"
#include "hw/clock.h"
#include "hw/pic.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	SMAP = 0x534d4150,
	STATUS_OK = 0x00,
	STATUS_MOVE_EXCEPTION = 0x02, /* of 87h: the processor's answer to a wrong descriptor */
	STATUS_INVALID = 0x80,
	STATUS_UNSUPPORTED = 0x86,
	STATUS_NO_PROTECTED_MODE = 0xff,
	STATUS_POINTING_FUNCTION = 0x01, /* of C2xx: no such function, and ... */
	STATUS_POINTING_DEVICE = 0x03,   /* ... the device does not answer */
	LAST_POINTING_FUNCTION = 0x08,
	MOVE_MAX_WORDS = 0x8000, /* of 87h: 64 KiB */
	EVENT_WAITING = 0x01,    /* in bda.wait_active */
	EVENT_HAPPENED = 0x80,
};

static uint64_t event_time; /* when the wait of AH=83h ends, ns */

static void int15_finish(struct regs *regs, uint8_t status)
{
	regs->ah = status;
	set_cf(regs, status != STATUS_OK);
}

/* AX=E820h: EBX counts the entries already returned. */
static void memory_map(struct regs *regs)
{
	unsigned count;
	const struct memmap_entry *map = memmap_entries(&count);
	void *to = callers_ptr(regs->es, regs->di, sizeof(*map));

	handover(regs);
	if (regs->edx != SMAP || regs->ecx < sizeof(*map) || regs->ebx >= count || !to) {
		int15_finish(regs, STATUS_UNSUPPORTED);
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
	return memmap_ram_from(from, limit) >> 10;
}

/* AX=E801h and E881h: KiB from 1 to 16 MiB, and 64 KiB blocks from there on. */
static void memory_size_split(struct regs *regs, bool wide)
{
	uint32_t low = extended_kib(MIB, 16 * MIB);
	uint32_t high = extended_kib(16 * MIB, FOUR_GIB) / 64;

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
	uint32_t kib = extended_kib(MIB, FOUR_GIB);

	regs->dx = kib >> 16;
	regs->ax = kib;
	set_cf(regs, false);
}

/* AX=DA88h: likewise in CL:BX. */
static void memory_size_wide(struct regs *regs)
{
	uint32_t kib = extended_kib(MIB, FOUR_GIB);

	regs->cl = kib >> 16;
	regs->bx = kib;
	int15_finish(regs, STATUS_OK);
}

/* AX=2400h-2403h: this machine has no A20 gate; the line is always on. */
static void a20_gate(struct regs *regs)
{
	switch (regs->al) {
	case 0x01: /* enable: it is */
		int15_finish(regs, STATUS_OK);
		break;
	case 0x02: /* status */
		regs->al = 1;
		int15_finish(regs, STATUS_OK);
		break;
	case 0x03: /* how it can be switched */
		regs->bx = 0;
		int15_finish(regs, STATUS_OK);
		break;
	default:
		int15_finish(regs, STATUS_UNSUPPORTED);
	}
}

/* A segment descriptor: Intel SDM volume 3, 3.4.5. */
struct descriptor {
	uint16_t limit_low, base_low;
	uint8_t base_middle;
	uint8_t access;
	uint8_t limit_high; /* four bits; flags above them */
	uint8_t base_high;
} __attribute__((packed));

enum {
	DESCRIPTOR_LIMIT_HIGH = 0x0f,
	DESCRIPTOR_PAGES = 0x80, /* the limit counts pages of 4 KiB */
};

/* What ES:SI points to in AH=87h; the rest of it is for a BIOS that changes its mode. */
struct move_table {
	struct descriptor unused[2];
	struct descriptor source, target;
};

static uint32_t descriptor_base(const struct descriptor *d)
{
	return d->base_low | d->base_middle << 16 | (uint32_t)d->base_high << 24;
}

static uint32_t descriptor_limit(const struct descriptor *d)
{
	uint32_t limit = d->limit_low | (d->limit_high & DESCRIPTOR_LIMIT_HIGH) << 16;

	return d->limit_high & DESCRIPTOR_PAGES ? limit * PAGE_SIZE + PAGE_SIZE - 1 : limit;
}

/* AH=87h: copies CX words between the two descriptors in the table at ES:SI. */
static void move_block(struct regs *regs)
{
	const struct move_table *table = seg_ptr(regs->es, regs->si);
	uint32_t from = descriptor_base(&table->source), to = descriptor_base(&table->target);
	uint32_t bytes = regs->cx * 2u;

	if (regs->cx > MOVE_MAX_WORDS ||
	    (bytes && (descriptor_limit(&table->source) < bytes - 1 ||
		       descriptor_limit(&table->target) < bytes - 1)) ||
	    !memory_is_callers(to, bytes)) {
		int15_finish(regs, STATUS_MOVE_EXCEPTION);
		return;
	}
	memmove(phys_ptr(to), phys_ptr(from), bytes);
	int15_finish(regs, STATUS_OK);
	set_flag(regs, FLAG_ZF, true);
}

/* AH=83h, AL=00h: sets bit 7 of the byte at ES:BX in CX:DX microseconds, at the
 * first tick after that: no machine is without ticks, but some are without the
 * real-time clock whose interrupts a PC/AT counts. AL=01h: ends the wait. */
static void event_wait(struct regs *regs)
{
	struct bda *b = bda();

	if (regs->al == 1) {
		b->wait_active = 0;
		int15_finish(regs, STATUS_OK);
		return;
	}
	if (regs->al || b->wait_active & EVENT_WAITING) {
		int15_finish(regs, STATUS_INVALID);
		return;
	}
	tick_resume();
	b->wait_flag_pointer = (uint32_t)regs->es << 16 | regs->bx;
	b->wait_microseconds = (uint32_t)regs->cx << 16 | regs->dx;
	b->wait_active = EVENT_WAITING;
	event_time = clock_ns() + b->wait_microseconds * NS_PER_US;
	int15_finish(regs, STATUS_OK);
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
		int15_finish(regs, STATUS_UNSUPPORTED);
		return;
	}
	regs->ax = 0;
	if (regs->dx)
		regs->bx = regs->cx = regs->dx = 0;
	int15_finish(regs, STATUS_OK);
}

/*
 * AH=86h: waits CX:DX microseconds, up to 71 minutes. Interrupts are on meanwhile, in real
 * mode; when the wait ends (ns) lies on the caller's stack, below the frame of its INT, so
 * that a hook may wait inside the wait.
 */
static uint64_t *wait_end(const struct regs *regs)
{
	return seg_ptr(regs->ss, regs->esp);
}

static void move_stack(struct regs *regs, int bytes)
{
	regs->esp = (regs->esp & 0xffff0000) | (uint16_t)(regs->esp + bytes);
}

static void wait_microseconds(struct regs *regs)
{
	uint64_t end = clock_ns() + ((uint32_t)regs->cx << 16 | regs->dx) * NS_PER_US;

	tick_resume();
	move_stack(regs, -(int)sizeof(end));
	*wait_end(regs) = end;
	int15_wait(regs);
}

void int15_wait(struct regs *regs)
{
	if (clock_ns() < *wait_end(regs)) {
		realmode_continue(regs, wait_time);
		return;
	}
	move_stack(regs, sizeof(uint64_t));
	int15_finish(regs, STATUS_OK);
}

/* AH=C0h */
static void get_configuration(struct regs *regs)
{
	static uint8_t table[CONFIG_TABLE_SIZE];

	memcpy(table, config_table, sizeof(table));
	if (!pic_present())
		table[FEATURES_AT] &= ~FEATURE_PIC2;
	if (!wallclock_chip())
		table[FEATURES_AT] &= ~FEATURE_RTC;
	regs->es = DATA_SEG;
	regs->bx = ptr_phys(table) - DATA_BASE;
	int15_finish(regs, STATUS_OK);
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
		int15_finish(regs, STATUS_UNSUPPORTED);
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
		int15_finish(regs, STATUS_OK);
		break;
	case 0x83:
		event_wait(regs);
		break;
	case 0x84:
		joystick(regs);
		break;
	case 0x86:
		wait_microseconds(regs);
		break;
	case 0x87:
		move_block(regs);
		break;
	case 0x88:
		memory_size(regs);
		break;
	case 0x89: /* switch to protected mode */
		int15_finish(regs, STATUS_NO_PROTECTED_MODE);
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
		int15_finish(regs, regs->al > LAST_POINTING_FUNCTION ? STATUS_POINTING_FUNCTION :
								       STATUS_POINTING_DEVICE);
		break;
	default:
		by_ax(regs);
	}
}
