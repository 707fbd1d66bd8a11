// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * The C half of a boot program's runtime: results on the result port, calls of
 * interrupts, far memory, and the end of the run by isa-debug-exit.
 */

#include "guest.h"
#include "layout.h"

#define OFFSET_IS(type, member, offset)                                                            \
	_Static_assert(__builtin_offsetof(type, member) == (offset), #member)

OFFSET_IS(struct regs, eax, FRAME_EAX);
OFFSET_IS(struct regs, ebx, FRAME_EBX);
OFFSET_IS(struct regs, ecx, FRAME_ECX);
OFFSET_IS(struct regs, edx, FRAME_EDX);
OFFSET_IS(struct regs, esi, FRAME_ESI);
OFFSET_IS(struct regs, edi, FRAME_EDI);
OFFSET_IS(struct regs, ebp, FRAME_EBP);
OFFSET_IS(struct regs, ds, FRAME_DS);
OFFSET_IS(struct regs, es, FRAME_ES);
OFFSET_IS(struct regs, fs, FRAME_FS);
OFFSET_IS(struct regs, gs, FRAME_GS);
OFFSET_IS(struct regs, eflags, FRAME_EFLAGS);
OFFSET_IS(struct regs, esp, FRAME_ESP);
OFFSET_IS(struct regs, ss, FRAME_SS);
OFFSET_IS(struct entry, edx, ENTRY_DL);
_Static_assert(sizeof(struct entry) == ENTRY_PUSHED, "struct entry");

/* The boot sector fills these before .bss is cleared: a section of their own. */
struct entry entry __attribute__((section(".bss.entry")));
u64 entry_tsc __attribute__((section(".bss.entry")));
struct regs intr_frame;

static struct regs last_in;
static u8 last_vector;
static u32 passed, failed;

void guest_main(void) __attribute__((noreturn));
void guest_trapped(u32 number_ip, u32 cs) __attribute__((noreturn));
void intr_asm(u32 vector);
void trap_6(void);
void trap_12(void);
void trap_13(void);

static void put(char c)
{
	outb(RESULT_PORT, c);
}

static void put_hex(u32 value, int digits)
{
	while (digits--)
		put("0123456789ABCDEF"[value >> (4 * digits) & 15]);
}

static void put_decimal(u32 value)
{
	if (value >= 10)
		put_decimal(value / 10);
	put('0' + value % 10);
}

static void put_string(const char *s)
{
	while (*s)
		put(*s++);
}

void say(const char *format, ...)
{
	__builtin_va_list args;
	u64 q;

	__builtin_va_start(args, format);
	for (; *format; format++) {
		if (*format != '%') {
			put(*format);
			continue;
		}
		switch (*++format) {
		case 'c':
			put(__builtin_va_arg(args, int));
			break;
		case 's':
			put_string(__builtin_va_arg(args, const char *));
			break;
		case 'u':
			put_decimal(__builtin_va_arg(args, u32));
			break;
		case 'x':
			put_hex(__builtin_va_arg(args, u32), 8);
			break;
		case 'q':
			q = __builtin_va_arg(args, u64);
			put_hex(q >> 32, 8);
			put_hex(q, 8);
			break;
		}
	}
	__builtin_va_end(args);
}

static void say_regs(const char *when, const struct regs *r)
{
	say("#  %s eax %x ebx %x ecx %x edx %x esi %x edi %x ebp %x\n", when, r->eax, r->ebx,
	    r->ecx, r->edx, r->esi, r->edi, r->ebp);
	say("#  %s ds %x es %x fs %x gs %x eflags %x ss %x esp %x\n", when, r->ds, r->es, r->fs,
	    r->gs, r->eflags, r->ss, r->esp);
}

static void say_last(void)
{
	say("#  last: INT %x\n", last_vector);
	say_regs("in ", &last_in);
	say_regs("out", &intr_frame);
}

void ok_at(int line, const char *expression, int holds)
{
	say("%s %s:%u %s\n", holds ? "ok" : "FAIL", GUEST_NAME, line, expression);
	if (holds) {
		passed++;
		return;
	}
	failed++;
	say_last();
}

void finish(void)
{
	say("done: %u passed, %u failed\n", passed, failed);
	outl(EXIT_PORT, passed && !failed ? EXIT_PASSED : EXIT_FAILED);
	for (;;)
		__asm__ volatile("cli; hlt");
}

void guest_trapped(u32 number_ip, u32 cs)
{
	say("FAIL %s: CPU exception %u at %x:%x\n", GUEST_NAME, number_ip & 0xffff, cs & 0xffff,
	    number_ip >> 16);
	failed++;
	say_last();
	finish();
}

static void hook(u8 vector, void (*handler)(void))
{
	poke32(vector * 4u, (u32)handler);
}

void guest_main(void)
{
	extern u8 bss_start[], bss_end[];

	memset(bss_start, 0, bss_end - bss_start);
	hook(6, trap_6);
	hook(12, trap_12);
	hook(13, trap_13);
	say("start: %s tsc %q\n", GUEST_NAME, entry_tsc);
	test();
	finish();
}

struct regs regs(void)
{
	struct regs r;

	memset(&r, 0, sizeof(r));
	r.eflags = IF;
	return r;
}

void intr(u8 vector, struct regs *r)
{
	last_vector = vector;
	last_in = *r;
	intr_frame = *r;
	intr_asm(vector);
	*r = intr_frame;
}

struct regs intr_ax(u8 vector, u16 ax)
{
	struct regs r = regs();

	r.ax = ax;
	intr(vector, &r);
	return r;
}

struct regs intr_ax_dx(u8 vector, u16 ax, u16 dx)
{
	struct regs r = regs();

	r.ax = ax;
	r.dx = dx;
	intr(vector, &r);
	return r;
}

bool same_but(const struct regs *a, const struct regs *b, u32 may_differ)
{
	const u32 *x = &a->eax, *y = &b->eax;
	u32 i;

	for (i = 0; i < 7; i++) /* EAX to EBP, in the order of R_ */
		if (x[i] != y[i] && !(may_differ & 1u << i))
			return false;
	return a->ds == b->ds && a->fs == b->fs && a->gs == b->gs &&
	       (a->es == b->es || may_differ & R_ES);
}

static u16 use_fs(u32 address)
{
	u32 segment = address >> 4;

	if (segment > 0xffff) /* up to 64 KiB - 16 above 1 MiB */
		segment = 0xffff;
	__asm__ volatile("movw %w0, %%fs" ::"r"(segment));
	return address - (segment << 4);
}

#define PEEK(bits)                                                                                 \
	u##bits peek##bits(u32 address)                                                            \
	{                                                                                          \
		u32 offset = use_fs(address);                                                      \
		u##bits value;                                                                     \
                                                                                                   \
		__asm__ volatile("mov %%fs:(%1), %0" : "=q"(value) : "r"(offset));                 \
		return value;                                                                      \
	}

#define POKE(bits)                                                                                 \
	void poke##bits(u32 address, u##bits value)                                                \
	{                                                                                          \
		u32 offset = use_fs(address);                                                      \
                                                                                                   \
		__asm__ volatile("mov %0, %%fs:(%1)" ::"q"(value), "r"(offset) : "memory");        \
	}

PEEK(8)
PEEK(16)
PEEK(32)
POKE(8)
POKE(16)
POKE(32)

void fill(u32 address, u8 value, u32 size)
{
	while (size--)
		poke8(address++, value);
}

bool filled_with(u32 address, u8 value, u32 size)
{
	while (size--)
		if (peek8(address++) != value)
			return false;
	return true;
}

void *memset(void *to, int value, unsigned int size)
{
	u8 *p = to;

	while (size--)
		*p++ = value;
	return to;
}

void *memcpy(void *to, const void *from, unsigned int size)
{
	const u8 *q = from;
	u8 *p = to;

	while (size--)
		*p++ = *q++;
	return to;
}

int memcmp(const void *a, const void *b, unsigned int size)
{
	const u8 *p = a, *q = b;

	for (; size--; p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

bool ask_for_memory_map(void)
{
	static u8 range[20];
	struct regs r = regs();

	r.eax = 0xe820;
	r.ecx = sizeof(range);
	r.edx = 0x534d4150;
	r.di = (u32)range;
	intr(0x15, &r);
	return !carry(&r);
}

/* Null, DS and ES with 4 GiB, SS. */
static u64 own_gdt[] = {0, 0x00cf93000000ffffull, 0x00009300ffffull};

void enter_unreal(void)
{
	struct table_register gdt = {sizeof(own_gdt) - 1, (u32)own_gdt};
	u32 cr0 = read_cr0();

	__asm__ volatile("cli\n\t"
			 "lgdtl %0\n\t"
			 "movl %1, %%cr0\n\t"
			 "movw $8, %%ax\n\t"
			 "movw %%ax, %%ds\n\t"
			 "movw %%ax, %%es\n\t"
			 "movl %2, %%cr0\n\t"
			 "xorw %%ax, %%ax\n\t"
			 "movw %%ax, %%ds\n\t"
			 "movw %%ax, %%es\n\t"
			 "sti" ::"m"(gdt),
			 "r"(cr0 | 1), "r"(cr0)
			 : "eax", "memory");
}

u32 fw_cfg_u32(u16 key)
{
	u32 value = 0, i;

	outw(0x510, key);
	for (i = 0; i < 32; i += 8)
		value |= (u32)inb(0x511) << i;
	return value == 0xffffffff ? 0 : value;
}

void rendezvous(const char *what)
{
	u32 eflags;

	__asm__ volatile("pushfl; popl %0; cli" : "=r"(eflags));
	say("ready: %s\n", what);
	while (!(inb(0x3f8 + 5) & 1))
		;
	inb(0x3f8);
	__asm__ volatile("pushl %0; popfl" ::"r"(eflags) : "memory", "cc");
}
