/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Linux by its boot protocol. A kernel that tells how much memory it needs to
 * unpack itself (2.10, Linux 2.6.31, and later) is entered in protected mode
 * with a zero page that we fill in. Older ones, and programs that only look
 * like a kernel of an old protocol (memdisk, ipxe.lkrn), run their own
 * real-mode part, which asks the BIOS; so does any kernel where there is a
 * display, since only that part sets the mode that vga= names.
 *
 * Specification: Linux, Documentation/arch/x86/boot.rst and zero-page.rst.
 */
#include "boot/linux.h"

#include <stddef.h>
#include <string.h>

#include "bios/realmode.h"
#include "boot/screen_info.h"
#include "fw/acpi.h"
#include "fw/fw_cfg.h"
#include "layout.h"
#include "lib/log.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/util.h"

/* The names are the protocol's. */
struct setup_header {
	uint8_t setup_sects; /* 1F1 */
	uint16_t root_flags;
	uint32_t syssize; /* paragraphs; 16 bits before 2.04 */
	uint16_t ram_size;
	uint16_t vid_mode;
	uint16_t root_dev;
	uint16_t boot_flag;
	uint8_t jump, jump_offset; /* 200: the header ends at 202 + jump_offset */
	uint32_t header;
	uint16_t version;
	uint32_t realmode_swtch;
	uint16_t start_sys_seg;
	uint16_t kernel_version;
	uint8_t type_of_loader; /* 210 */
	uint8_t loadflags;
	uint16_t setup_move_size;
	uint32_t code32_start;
	uint32_t ramdisk_image;
	uint32_t ramdisk_size;
	uint32_t bootsect_kludge;
	uint16_t heap_end_ptr;
	uint8_t ext_loader_ver, ext_loader_type;
	uint32_t cmd_line_ptr;
	uint32_t initrd_addr_max;  /* from 2.03 on */
	uint32_t kernel_alignment; /* 230: from 2.05 on */
	uint8_t relocatable_kernel;
	uint8_t min_alignment;
	uint16_t xloadflags;   /* from 2.12 on */
	uint32_t cmdline_size; /* from 2.06 on, without the NUL */
	uint32_t hardware_subarch;
	uint64_t hardware_subarch_data;
	uint32_t payload_offset, payload_length;
	uint64_t setup_data;   /* 250: from 2.09 on */
	uint64_t pref_address; /* from 2.10 on */
	uint32_t init_size;    /* from 2.10 on */
} __attribute__((packed));

enum {
	HEADER = 0x1f1,         /* where it is in the first sectors */
	HEADER_COUNTED = 0x202, /* from here on jump_offset counts the header's bytes */
	SETUP_SECTOR = 512,
	BOOT_FLAG = 0xaa55,
	HEADER_MAGIC = 0x53726448, /* "HdrS" */
	LOADED_HIGH = 1 << 0,
	CAN_USE_HEAP = 1 << 7,
	UNKNOWN_LOADER = 0xff, /* in type_of_loader */
	XLF_CAN_BE_LOADED_ABOVE_4G = 1 << 1,
	OLD_COMMAND_LINE_MAX = 255,
	OLD_INITRD_MAX = 0x37ffffff,

	ZERO_PAGE_SIZE = 4096,
	ZERO_PAGE_RSDP = 0x070,
	ZERO_PAGE_E820_COUNT = 0x1e8,
	ZERO_PAGE_E820 = 0x2d0,
	ZERO_PAGE_E820_MAX = 128,

	/* Where a kernel from a file has its real-mode parts, as boot loaders place them. */
	SETUP_NEW = 0x10000, /* from 2.02 on, and high */
	SETUP_OLD = 0x90000,
	COMMAND_LINE_NEW = 0x20000,
	COMMAND_LINE_OLD_END = 0x9a000,
	MAIN_LOW = 0x10000,
	HEAP_GAP = 0x200,       /* heap_end_ptr counts from here */
	OLD_MAGIC_PLACE = 0x20, /* before 2.02: of A33F, and of the command line's offset */
	OLD_MAGIC = 0xa33f,
	DEFAULT_SETUP_SECTS = 4,

	SETUP_DATA_NODES = 16, /* more than QEMU has kinds of */
	LOW_SETUP_MAX = 65 * SETUP_SECTOR,
	STACK_SIZE = 512, /* at least; up to the command line */
	STACK_GAP = 16,
};

/* Versions of the protocol, which the header has in this form. */
enum {
	PROTOCOL_2_00 = 0x200,
	PROTOCOL_2_01 = 0x201,
	PROTOCOL_2_02 = 0x202,
	PROTOCOL_2_03 = 0x203,
	PROTOCOL_2_04 = 0x204,
	PROTOCOL_2_06 = 0x206,
	PROTOCOL_2_10 = 0x20a,
	PROTOCOL_2_12 = 0x20c,
};

_Static_assert(HEADER + offsetof(struct setup_header, init_size) == 0x260, "setup header");

static struct setup_header *get_header(const struct kernel *kernel)
{
	return (struct setup_header *)(kernel->setup + HEADER);
}

static bool check_header(const struct kernel *kernel)
{
	const struct setup_header *h = get_header(kernel);
	uint32_t longest;

	if (kernel->setup_size < 2 * SETUP_SECTOR || h->boot_flag != BOOT_FLAG ||
	    h->header != HEADER_MAGIC || h->version < PROTOCOL_2_00) {
		say("Kernel: not a Linux kernel (no HdrS), nor one for PVH or multiboot\n");
		return false;
	}
	if (h->version >= PROTOCOL_2_04 && (kernel->size + 15) >> 4 < h->syssize) {
		say("Kernel: truncated: %u bytes of %u are there\n", kernel->size, h->syssize << 4);
		return false;
	}
	longest = h->version >= PROTOCOL_2_06 ? h->cmdline_size : OLD_COMMAND_LINE_MAX;
	if (kernel->command_line_size - 1 > longest) {
		say("Kernel: the command line is too long: %u characters, it takes %u\n",
		    kernel->command_line_size - 1, longest);
		return false;
	}
	return true;
}

static bool is_low(const struct setup_header *h)
{
	return !(h->loadflags & LOADED_HIGH);
}

/* The end of the memory that the kernel overwrites while it unpacks itself. */
static uint64_t unpacked_end(const struct kernel *kernel)
{
	const struct setup_header *h = get_header(kernel);
	uint64_t end = (uint64_t)kernel->address + kernel->size;
	uint64_t start = kernel->address;

	if (h->version < PROTOCOL_2_10)
		return end;
	if (h->relocatable_kernel && h->kernel_alignment)
		start = (start + h->kernel_alignment - 1) & -(uint64_t)h->kernel_alignment;
	/* A relocatable one does not run below its preferred address either. */
	if (start < h->pref_address)
		start = h->pref_address;
	return start + h->init_size > end ? start + h->init_size : end;
}

static uint32_t initrd_highest(const struct setup_header *h)
{
	/* Kernels that can be anywhere still say 2 GiB, for old boot loaders. */
	if (h->version >= PROTOCOL_2_12 && h->xloadflags & XLF_CAN_BE_LOADED_ABOVE_4G)
		return UINT32_MAX;
	return h->version >= PROTOCOL_2_03 ? h->initrd_addr_max : OLD_INITRD_MAX;
}

static bool place_initrd(const struct kernel *kernel, struct setup_header *h, uint64_t lowest)
{
	if (!kernel->initrd_size)
		return true;
	h->ramdisk_image = kernel_read_initrd(kernel, lowest, initrd_highest(h));
	h->ramdisk_size = kernel->initrd_size;
	return h->ramdisk_image;
}

/* setup_data lies where the kernel ends, aligned or not. */
typedef uint64_t __attribute__((aligned(1))) address;

/*
 * Copies setup_data, which QEMU appends to the kernel, to where the kernel does
 * not unpack itself: one of more than 15 MiB would run over it.
 */
static bool rescue_setup_data(const struct kernel *kernel, struct setup_header *h)
{
	uint64_t first = h->setup_data, end = (uint64_t)kernel->address + kernel->size;
	address *next;
	uint32_t delta;
	uint8_t *copy;

	if (first < kernel->address || first + sizeof(*next) > end)
		return true;
	copy = kernel_scratch(end - first);
	if (!copy)
		return false;
	memcpy(copy, phys_ptr(first), end - first);
	delta = ptr_phys(copy) - first;
	h->setup_data = ptr_phys(copy);
	next = (address *)copy; /* a node begins with the next one's address */
	for (unsigned n = 0; n < SETUP_DATA_NODES && *next >= first && *next < end - 8; n++) {
		*next = (uint32_t)(*next + delta);
		next = phys_ptr(*next);
	}
	return true;
}

static void fill_zero_page(uint8_t *page, const struct setup_header *h)
{
	unsigned count;
	const struct memmap_entry *map = memmap_entries(&count);

	memcpy(page + HEADER, h, HEADER_COUNTED - HEADER + h->jump_offset);
	if (count > ZERO_PAGE_E820_MAX)
		count = ZERO_PAGE_E820_MAX;
	page[ZERO_PAGE_E820_COUNT] = count;
	memcpy(page + ZERO_PAGE_E820, map, count * sizeof(*map));
	*(uint64_t *)(page + ZERO_PAGE_RSDP) = acpi_rsdp();
	screen_info_fill((struct screen_info *)page, h->vid_mode);
}

static void start_protected(const struct kernel *kernel, struct setup_header *h)
{
	uint8_t *page = kernel_scratch(ZERO_PAGE_SIZE);
	uint64_t end = unpacked_end(kernel);

	if (!page || !kernel_range("its memory", kernel->address, end - kernel->address) ||
	    !kernel_range("its entry point", h->code32_start, 1) || !place_initrd(kernel, h, end))
		return;
	if (!kernel->read(KERNEL_MAIN, phys_ptr(kernel->address), kernel->size) ||
	    !rescue_setup_data(kernel, h))
		return;
	h->cmd_line_ptr = ptr_phys(kernel->command_line);
	fill_zero_page(page, h);
	if (kernel->leave)
		kernel->leave();
	kernel_enter(h->code32_start, 0, 0, ptr_phys(page));
}

/* The low memory that the kernel asks for, apart from EBDA and interrupt vectors. */
static bool check_low(const struct kernel *kernel, const struct setup_header *h,
		      uint32_t command_line)
{
	uint32_t setup_end = kernel->setup_address + kernel->setup_size;

	if (kernel->setup_address < SCRATCH_BASE || kernel->setup_address > EBDA_BASE ||
	    kernel->setup_size > LOW_SETUP_MAX || command_line < setup_end + STACK_SIZE ||
	    command_line > EBDA_BASE - kernel->command_line_size) {
		say("Kernel: no room for setup and command line below 640 KiB\n");
		return false;
	}
	if (!is_low(h))
		return kernel_range("its memory", kernel->address, kernel->size);
	if (kernel->address >= SCRATCH_BASE && kernel->address <= kernel->setup_address &&
	    kernel->size <= kernel->setup_address - kernel->address)
		return true;
	say("Kernel: %u bytes do not fit in low memory\n", kernel->size);
	return false;
}

static void __attribute__((noreturn)) enter_setup(uint16_t segment, uint16_t stack)
{
	struct regs *regs = realmode_frame(BOOT_SECTOR, 0, 0, 0);

	regs->ds = regs->es = regs->fs = regs->gs = regs->ss = segment;
	regs->esp = stack - sizeof(struct caller_frame);
	*caller_frame(regs) = (struct caller_frame){0, segment + (SETUP_SECTOR >> 4), FLAG_ALWAYS};
	enter_real(regs);
}

static void start_real(const struct kernel *kernel, struct setup_header *h)
{
	uint32_t command_line = kernel->command_line_address;
	uint32_t ramdisk_image, ramdisk_size, stack = command_line - kernel->setup_address;

	if (!check_low(kernel, h, command_line) ||
	    !place_initrd(kernel, h, is_low(h) ? KERNEL_LOWEST : unpacked_end(kernel)))
		return;
	ramdisk_image = h->ramdisk_image;
	ramdisk_size = h->ramdisk_size;

	/* From here on scratch memory is overwritten: the kernel's first part and the command
	 * line as they were read before, and the directory of fw_cfg. If an item cannot be
	 * read, POST goes on without these. */
	fw_cfg_forget_files();
	h = phys_ptr(kernel->setup_address + HEADER);
	if (!kernel->read(KERNEL_SETUP, phys_ptr(kernel->setup_address), kernel->setup_size) ||
	    !kernel->read(KERNEL_COMMAND_LINE, phys_ptr(command_line), kernel->command_line_size) ||
	    !kernel->read(KERNEL_MAIN, phys_ptr(kernel->address), kernel->size))
		return;
	h->ramdisk_image = ramdisk_image;
	h->ramdisk_size = ramdisk_size;
	enter_setup(kernel->setup_address >> 4, (stack < 0x10000 ? stack : 0x10000) - STACK_GAP);
}

/* --- kernels from files ------------------------------------------------------------- */

/* The number that `text` begins with, in C's notation. */
static uint32_t number(const char *text)
{
	unsigned base = 10;
	uint32_t value = 0;

	if (text[0] == '0' && (text[1] | 0x20) == 'x') {
		base = 16;
		text += 2;
	}
	for (;; text++) {
		unsigned letter = (*text | 0x20) - 'a';
		unsigned digit = *text >= '0' && *text <= '9' ? (unsigned)*text - '0' : letter + 10;

		if (digit >= base)
			return value;
		value = value * base + digit;
	}
}

/* What vga= asks for; this is a boot loader's to see to. */
static void set_video_mode(const struct kernel *kernel, struct setup_header *h)
{
	static const struct {
		const char *name;
		uint16_t mode;
	} names[] = {{"normal", 0xffff}, {"ext", 0xfffe}, {"ask", 0xfffd}};

	for (const char *word = kernel->command_line; *word;) {
		if (!strncmp(word, "vga=", 4)) {
			h->vid_mode = number(word + 4);
			for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
				if (!strncmp(word + 4, names[i].name, strlen(names[i].name)))
					h->vid_mode = names[i].mode;
		}
		while (*word && *word != ' ')
			word++;
		while (*word == ' ')
			word++;
	}
}

/* A kernel that can be anywhere is put where it need not move itself. */
static bool place_main(struct kernel *kernel, struct setup_header *h)
{
	uint64_t start = KERNEL_LOWEST, highest = kernel->top;

	if (is_low(h)) {
		kernel->address = MAIN_LOW;
		return true;
	}
	if (h->version >= PROTOCOL_2_10 && h->relocatable_kernel && h->pref_address > start)
		start = h->pref_address;
	if (start > highest || kernel->size > highest - start) {
		say("Kernel: %u bytes do not fit in memory from %llx on\n", kernel->size, start);
		return false;
	}
	kernel->address = start;
	h->code32_start = start;
	return true;
}

/* Where the parts go that a kernel's own real-mode part uses. */
static void place_setup(struct kernel *kernel, struct setup_header *h)
{
	bool is_old = is_low(h) || h->version < PROTOCOL_2_02;
	uint16_t *magic = (uint16_t *)(kernel->setup + OLD_MAGIC_PLACE);
	uint32_t line_offset;

	kernel->setup_address = is_old ? SETUP_OLD : SETUP_NEW;
	kernel->command_line_address =
		is_old ? COMMAND_LINE_OLD_END - kernel->command_line_size : COMMAND_LINE_NEW;
	line_offset = kernel->command_line_address - kernel->setup_address;
	h->type_of_loader = UNKNOWN_LOADER;
	if (h->version >= PROTOCOL_2_01) {
		h->loadflags |= CAN_USE_HEAP;
		h->heap_end_ptr = line_offset - HEAP_GAP;
	}
	if (h->version >= PROTOCOL_2_02) {
		h->cmd_line_ptr = kernel->command_line_address;
	} else {
		magic[0] = OLD_MAGIC;
		magic[1] = line_offset;
	}
}

bool linux_prepare(struct kernel *kernel, uint32_t setup_read)
{
	struct setup_header *h = get_header(kernel);

	kernel->setup_size =
		((h->setup_sects ? h->setup_sects : DEFAULT_SETUP_SECTS) + 1) * SETUP_SECTOR;
	if (kernel->setup_size > kernel->size)
		kernel->setup_size = kernel->size;
	kernel->size -= kernel->setup_size;
	if (!check_header(kernel))
		return false;
	if (linux_needs_bios(kernel) && kernel->setup_size > setup_read) {
		say("Kernel: its real-mode part is too large: %u bytes\n", kernel->setup_size);
		return false;
	}
	place_setup(kernel, h);
	set_video_mode(kernel, h);
	return place_main(kernel, h);
}

/* --- starting --------------------------------------------------------------------------- */

static bool is_new(const struct setup_header *h)
{
	return h->version >= PROTOCOL_2_10 && !is_low(h);
}

bool linux_needs_bios(const struct kernel *kernel)
{
	const struct setup_header *h = get_header(kernel);

	return h->header == HEADER_MAGIC && !is_new(h);
}

void linux_start(const struct kernel *kernel, bool real)
{
	struct setup_header *h = get_header(kernel);

	if (!check_header(kernel))
		return;
	if (real)
		start_real(kernel, h);
	else
		start_protected(kernel, h);
}
