// SPDX-License-Identifier: LGPL-3.0-or-later
/*
 * A kernel that reports what it was given, as lines "name value ..." on the
 * result port, and ends QEMU. tests/qemu/test_kernel.py wraps it as a bzImage,
 * as an ELF file with Xen's note and as a multiboot image, and judges.
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

enum { RESULT_PORT = 0xe9, EXIT_PORT = 0xf4, EXIT_PASSED = 0x10 };
enum { LINUX, PVH, MULTIBOOT };

extern u32 state_kind, state_tsc, state_eflags, state_cr0, state_cr4;
extern u32 state_regs[7]; /* EAX, EDX, EBX, ECX, ESI, EDI, EBP */
extern u32 state_selectors[4];
extern u8 bss_start[], bss_end[];

void kernel_main(void);

static inline void outb(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static void put(const char *s)
{
	while (*s)
		outb(RESULT_PORT, *s++);
}

static void put_hex(u64 value)
{
	char digits[18];
	char *p = digits + 17;

	*p = 0;
	do
		*--p = "0123456789abcdef"[value & 15];
	while (value >>= 4);
	put(" ");
	put(p);
}

static void line(const char *name, int count, const u64 *values)
{
	put(name);
	for (int i = 0; i < count; i++)
		put_hex(values[i]);
	put("\n");
}

#define LINE(name, ...)                                                                            \
	do {                                                                                       \
		const u64 values_[] = {__VA_ARGS__};                                               \
		line(name, sizeof(values_) / sizeof(values_[0]), values_);                         \
	} while (0)

static u32 sum(u32 address, u32 size)
{
	u32 total = 0;

	for (u32 i = 0; i < size; i++)
		total = total * 31 + *(u8 *)(address + i);
	return total;
}

/* A file by its place, size, and the sums of its first and last 4 KiB. */
static void file_line(const char *name, u32 address, u32 size)
{
	u32 part = size < 4096 ? size : 4096;

	LINE(name, address, size, sum(address, part), sum(address + size - part, part));
}

static void text_line(const char *name, u32 address)
{
	put(name);
	put(" ");
	put((const char *)address);
	put("\n");
}

static void rsdp_line(u32 address)
{
	const char *rsdp = (const char *)address;
	u8 total = 0;

	if (!address) {
		put("rsdp none\n");
		return;
	}
	for (int i = 0; i < 20; i++)
		total += rsdp[i];
	put(*(u64 *)rsdp == 0x2052545020445352ull && !total ? "rsdp good\n" : "rsdp bad\n");
}

/* How many tables there are whose anchor a system without ACPI looks for in segment F000:
 * on a paragraph, with `size` bytes that add up to 0. */
static void anchor_line(const char *name, u32 anchor, u32 size)
{
	u32 count = 0;

	for (u32 at = 0xf0000; at < 0x100000; at += 16) {
		u8 total = 0;

		for (u32 i = 0; i < size; i++)
			total += *(u8 *)(at + i);
		count += *(u32 *)at == anchor && !total;
	}
	LINE(name, count);
}

static void selector_line(const char *name, u32 selector)
{
	u32 rights = 0, limit = 0;

	__asm__("lar %1, %0" : "+r"(rights) : "r"(selector) : "cc");
	__asm__("lsl %1, %0" : "+r"(limit) : "r"(selector) : "cc");
	LINE(name, selector & 0xffff, limit, rights & 0xc09a00);
}

/* The task register: its limit, and whether its descriptor is a busy task's. */
static void task_line(void)
{
	u32 selector = 0, rights = 0, limit = 0;

	__asm__("strl %0" : "=r"(selector));
	__asm__("lar %1, %0" : "+r"(rights) : "r"(selector) : "cc");
	__asm__("lsl %1, %0" : "+r"(limit) : "r"(selector) : "cc");
	LINE("task", limit, rights >> 8 & 0xff);
}

static void e820_lines(const u8 *entry, u32 count, u32 step)
{
	for (; count; count--, entry += step)
		LINE("e820", *(u64 *)entry, *(u64 *)(entry + 8), *(u32 *)(entry + 16));
}

static void linux_zero_page(u8 *page)
{
	u64 next = *(u64 *)(page + 0x250);

	LINE("header", page[0x210], page[0x211], *(u16 *)(page + 0x1fa), page[0x1ef]);
	e820_lines(page + 0x2d0, page[0x1e8], 20);
	text_line("cmdline", *(u32 *)(page + 0x228));
	file_line("initrd", *(u32 *)(page + 0x218), *(u32 *)(page + 0x21c));
	rsdp_line(*(u64 *)(page + 0x070));
	for (; next; next = *(u64 *)(u32)next)
		LINE("setup_data", next, *(u32 *)((u32)next + 8), *(u32 *)((u32)next + 12),
		     sum((u32)next + 16, *(u32 *)((u32)next + 12)));
}

static void pvh_start_info(u32 *info)
{
	u64 *module = (u64 *)info[4];

	LINE("start_info", info[0], info[1], info[3]);
	task_line();
	e820_lines((u8 *)info[10], info[12], 24);
	text_line("cmdline", info[6]);
	if (info[3])
		file_line("initrd", module[0], module[1]);
	rsdp_line(info[8]);
}

static void multiboot_info(u32 *info)
{
	u32 *module = (u32 *)info[6];
	u32 offset = 0;

	LINE("info", state_regs[0], info[0], info[1], info[2]);
	for (; offset < info[11]; offset += 4 + *(u32 *)(info[12] + offset))
		e820_lines((u8 *)info[12] + offset + 4, 1, 20);
	text_line("cmdline", info[4]);
	for (u32 i = 0; i < info[5]; i++, module += 4) {
		file_line("module", module[0], module[1] - module[0]);
		text_line("module_cmdline", module[2]);
	}
}

void kernel_main(void)
{
	static const char *const kinds[] = {"kind linux\n", "kind pvh\n", "kind multiboot\n"};
	u32 dirty = 0;

	put(kinds[state_kind]);
	LINE("tsc", state_tsc);
	LINE("state", state_eflags, state_cr0, state_cr4);
	LINE("regs", state_regs[2], state_regs[5], state_regs[6]);
	selector_line("cs", state_selectors[0]);
	selector_line("ds", state_selectors[1]);
	selector_line("es", state_selectors[2]);
	selector_line("ss", state_selectors[3]);
	for (u8 *p = bss_start; p < bss_end; p++)
		dirty += *p != 0;
	LINE("bss", dirty);
	anchor_line("smbios", 0x5f4d535f, 31); /* DSP0134, 5.2.1: "_SM_" */
	anchor_line("mp", 0x5f504d5f, 16);     /* MP 1.4, 4.1: "_MP_" */
	if (state_kind == LINUX)
		linux_zero_page((u8 *)state_regs[4]);
	else if (state_kind == PVH)
		pvh_start_info((u32 *)state_regs[2]);
	else
		multiboot_info((u32 *)state_regs[2]);
	put("end\n");
	__asm__ volatile("outl %0, %1" ::"a"(EXIT_PASSED), "Nd"((u16)EXIT_PORT));
	for (;;)
		__asm__ volatile("cli; hlt");
}
