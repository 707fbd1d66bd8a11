/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The runtime that boot programs are written against: results, interrupts
 * with every register chosen, and memory outside segment 0. A program defines
 * test() and says what must hold in bare ok(expression) lines.
 *
 * The program runs in real mode from 0:7C00 to at most 0:EFFF, with its stack
 * below 7C00. Memory from 10000 to 8FFFF is free for buffers.
 */
#ifndef GUEST_H
#define GUEST_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool;

#define true 1
#define false 0
#define NULL          ((void *)0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PACKED        __attribute__((packed))

#define CF            0x0001u
#define ZF            0x0040u
#define IF            0x0200u
#define DF            0x0400u

/* Registers of an INT. ss:esp of 0:0 means the program's own stack. */
#define REGISTER(name)                                                                             \
	union {                                                                                    \
		u32 e##name##x;                                                                    \
		u16 name##x;                                                                       \
		struct {                                                                           \
			u8 name##l, name##h;                                                       \
		};                                                                                 \
	}

struct regs {
	REGISTER(a);
	REGISTER(b);
	REGISTER(c);
	REGISTER(d);
	union {
		u32 esi;
		u16 si;
	};
	union {
		u32 edi;
		u16 di;
	};
	union {
		u32 ebp;
		u16 bp;
	};
	u16 ds, es, fs, gs;
	u32 eflags;
	u32 esp;
	u16 ss;
	u16 unused;
};

/* What the BIOS handed to the boot sector. */
struct entry {
	u16 ip; /* of the instruction after the pushes */
	u16 cs, ss, gs, fs, es, ds;
	u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
	u32 eflags;
} PACKED;

extern struct entry entry;
extern u64 entry_tsc;
extern const u8 entry_ip[]; /* where entry.ip was pushed */

/* The program. */
void test(void);

/* Results. A failed ok() is followed by the registers of the last intr(). */
#define ok(expression) ok_at(__LINE__, #expression, (expression) ? 1 : 0)
void ok_at(int line, const char *expression, int holds);

/* %c, %s, %u, %x (32 bits), %q (64 bits, hexadecimal) */
void say(const char *format, ...);

void finish(void) __attribute__((noreturn));

/*
 * Print "ready: what" and wait until the harness has answered with one byte on
 * COM1. Interrupts are off meanwhile, so that no BIOS takes the byte.
 */
void rendezvous(const char *what);

/* Registers all 0, interrupts on. */
struct regs regs(void);
/* INT vector: changes *r to what came back. */
void intr(u8 vector, struct regs *r);
/* The same with AX (and DX) alone. */
struct regs intr_ax(u8 vector, u16 ax);
struct regs intr_ax_dx(u8 vector, u16 ax, u16 dx);

static inline bool carry(const struct regs *r)
{
	return r->eflags & CF;
}

/* INT 15h E820h for the first range, as loaders do last; whether it succeeds. */
bool ask_for_memory_map(void);

/* Registers that may differ in same_but(). */
#define R_EAX 0x0001u
#define R_EBX 0x0002u
#define R_ECX 0x0004u
#define R_EDX 0x0008u
#define R_ESI 0x0010u
#define R_EDI 0x0020u
#define R_EBP 0x0040u
#define R_ES  0x0080u
bool same_but(const struct regs *a, const struct regs *b, u32 may_differ);

/* Memory by linear address, through FS: as far as real mode reaches, 10FFEF. */
u8 peek8(u32 address);
u16 peek16(u32 address);
u32 peek32(u32 address);
void poke8(u32 address, u8 value);
void poke16(u32 address, u16 value);
void poke32(u32 address, u32 value);
void fill(u32 address, u8 value, u32 size);
bool filled_with(u32 address, u8 value, u32 size);

/* Loads DS and ES with 4 GiB limits and goes on in real mode: pointers reach all
 * memory below 4 GiB. */
void enter_unreal(void);

void *memset(void *to, int value, unsigned int size);
void *memcpy(void *to, const void *from, unsigned int size);
int memcmp(const void *a, const void *b, unsigned int size);

/* fw_cfg by its byte interface; 0 where there is none. */
u32 fw_cfg_u32(u16 key);
#define FW_CFG_RAM_SIZE 0x0003
#define FW_CFG_NB_CPUS  0x0005

static inline void outb(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static inline void outw(u16 port, u16 value)
{
	__asm__ volatile("outw %0, %1" ::"a"(value), "Nd"(port));
}

static inline void outl(u16 port, u32 value)
{
	__asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

struct table_register {
	u16 limit;
	u32 base;
} PACKED;

static inline struct table_register sgdt(void)
{
	struct table_register t;

	__asm__ volatile("sgdtl %0" : "=m"(t));
	return t;
}

static inline struct table_register sidt(void)
{
	struct table_register t;

	__asm__ volatile("sidtl %0" : "=m"(t));
	return t;
}

static inline u32 read_cr0(void)
{
	u32 value;

	__asm__ volatile("movl %%cr0, %0" : "=r"(value));
	return value;
}

static inline u64 rdtsc(void)
{
	u64 value;

	__asm__ volatile("rdtsc" : "=A"(value));
	return value;
}

#endif
