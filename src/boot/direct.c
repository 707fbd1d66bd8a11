/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Booting without a boot loader: the entries of a disk (entry.h) are found when somebody
 * asks for them, and the kernel of one is read from its files and started as one given with
 * -kernel is (linux.c).
 *
 * What is needed for that lies right below the arena in memory that belongs to nobody: a
 * cache for the file systems, what the entries are, a command line. None of it is kept
 * from the system that is started, which therefore gets it back as free memory; what is read
 * for that system lies below. Once something else has been booted, which may have used the
 * memory, all is forgotten and looked for again.
 *
 * The options are files of fw_cfg: opt/org.petrel/direct (on, off), opt/org.petrel/entry
 * (an id or a title, or a pattern of these), opt/org.petrel/append.
 *
 * References: UAPI.1 "Boot Loader Specification"; UAPI.2 "Discoverable Partitions
 * Specification", for root=.
 */
#include "boot/direct.h"

#include <stddef.h>
#include <string.h>

#include "bios/handover.h"
#include "block/disk.h"
#include "boot/entry.h"
#include "boot/linux.h"
#include "console/screen.h"
#include "fs/fs.h"
#include "fw/fw_cfg.h"
#include "layout.h"
#include "lib/charset.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/glob.h"
#include "lib/log.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/section.h"
#include "lib/unicode.h"
#include "lib/util.h"

enum {
	/* The working memory: the cache, the entries, a kernel's setup part, its line. */
	CACHE_SIZE = 1 << 20,
	ENTRIES_SIZE = 2 << 20,
	SETUP_SIZE = 65 * 512, /* what a kernel's own real-mode part may have */
	WORK_SIZE = CACHE_SIZE + ENTRIES_SIZE + SETUP_SIZE + DIRECT_LINE_SIZE,
	ARENA_GROWS = 1 << 20, /* the most that the arena may still take for us */
	LOWEST = 8 << 20,      /* what has less memory boots no such kernel */

	OPTION_MAX = DIRECT_LINE_SIZE,
	INITRD_ALIGN = 16, /* of each file: any device can write there; cpio wants 4 */
	TITLE_SIZE = 100,
	GUID_SIZE = 16,
	GUID_TEXT_SIZE = 40,
	ROOT_TEXT_SIZE = 64,
	MBR_LINUX = 0x83,
};

#define NO_AUTO (1ull << 63) /* GPT attribute: not to be found by itself (UAPI.2) */

enum mode { AS_NEEDED, FIRST, OFF };

static enum mode mode;
static const char *wanted, *append; /* NULL: the user has not said */
static bool have_wait;
static uint32_t wait_ms; /* that the user wants instead of what entries say */

/* What is known of a disk. */
struct found {
	struct disk *disk;
	struct entry_list list;
	struct found *next;
};

static uint32_t work; /* address of the working memory; 0: nothing was looked for */
static struct found *found;

/* --- options --------------------------------------------------------------------------- */

/* A file's text in the arena, without the newline that an editor leaves; NULL if there is
 * none, or nothing in it. */
static const char *option(const char *name)
{
	uint32_t size;
	char *text = fw_cfg_load(name, &size), *copy;

	if (!text)
		return NULL;
	while (size && (uint8_t)text[size - 1] <= ' ')
		size--;
	if (size >= OPTION_MAX)
		say("%s: too long, ignored: %u bytes\n", name, size);
	if (!size || size >= OPTION_MAX)
		return NULL;
	text[size] = '\0';
	copy = memory_alloc_raw(size + 1, 1);
	return copy ? memcpy(copy, text, size + 1) : NULL;
}

void direct_init(void)
{
	const char *text;
	uint64_t wait;

	have_wait = !fw_cfg_integer("etc/boot-menu-wait", &wait);
	if (have_wait)
		wait_ms = wait < UINT32_MAX ? wait : UINT32_MAX;
	if (!fw_cfg_has_options())
		return;
	text = option("opt/org.petrel/direct");
	if (text && !strcmp(text, "on"))
		mode = FIRST;
	else if (text && !strcmp(text, "off"))
		mode = OFF;
	else if (text)
		say("opt/org.petrel/direct: neither on nor off: %s\n", text);
	wanted = option("opt/org.petrel/entry");
	append = option("opt/org.petrel/append");
}

bool direct_is_first(void)
{
	return mode == FIRST;
}

const char *direct_wanted(void)
{
	return mode == OFF ? NULL : wanted;
}

uint32_t direct_wait_ms(const struct entry_list *list)
{
	if (wanted)
		return 0;
	if (have_wait)
		return wait_ms;
	return list->timeout_ms == ENTRY_NO_TIMEOUT ? 0 : list->timeout_ms;
}

/* --- what is on the disks ------------------------------------------------------------------ */

void direct_forget(void)
{
	work = 0;
	found = NULL;
}

static bool begin(void)
{
	uint32_t end = memory_arena().start;

	if (work)
		return true;
	if (end < LOWEST + WORK_SIZE + ARENA_GROWS) {
		log_line(LOG_INFO, "boot entries: too little memory to look for them");
		return false;
	}
	work = align_down(end - WORK_SIZE - ARENA_GROWS, PAGE_SIZE);
	if (memmap_ram_from(work, end) < end - work) {
		log_line(LOG_INFO, "boot entries: no memory at %x to look for them", work);
		work = 0;
		return false;
	}
	fs_init(phys_ptr(work), CACHE_SIZE);
	entry_init(phys_ptr(work + CACHE_SIZE), ENTRIES_SIZE);
	found = NULL;
	return true;
}

static uint8_t *setup_memory(void)
{
	return phys_ptr(work + CACHE_SIZE + ENTRIES_SIZE);
}

static char *line_memory(void)
{
	return (char *)setup_memory() + SETUP_SIZE;
}

static void log_entries(const struct disk *disk, const struct entry_list *list)
{
	for (const struct entry *e = list->first; e; e = e->next)
		log_line(LOG_INFO, "%s: entry '%s'%s: %s, kernel %s", disk_name(disk), e->id,
			 e == list->chosen ? " (the default)" : "", e->title,
			 e->refused     ? e->refused :
			 e->kernel.path ? e->kernel.path :
					  "for EFI");
}

struct entry_list *direct_entries(struct disk *disk)
{
	struct found *f;

	if (mode == OFF || disk->kind == DISK_FLOPPY || !disk->blocks || !begin())
		return NULL;
	for (f = found; f && f->disk != disk; f = f->next)
		;
	if (!f) {
		f = entry_alloc(sizeof(*f));
		if (!f)
			return NULL;
		*f = (struct found){disk, {.timeout_ms = ENTRY_NO_TIMEOUT}, found};
		found = f;
		if (entry_find(disk, &f->list))
			f->list = (struct entry_list){.timeout_ms = ENTRY_NO_TIMEOUT};
		log_entries(disk, &f->list);
	}
	return f->list.first ? &f->list : NULL;
}

struct entry *direct_find_wanted(struct disk *disk)
{
	struct entry_list *list = direct_entries(disk);
	struct entry *entry = list ? list->first : NULL;

	while (entry && !glob_match(wanted, entry->id) && !glob_match(wanted, entry->title))
		entry = entry->next;
	return entry;
}

/* --- root= ------------------------------------------------------------------------------------ */

/* In the order of bytes on a disk. */
static const uint8_t root_x86_64[GUID_SIZE] = {0xe3, 0xbc, 0x68, 0x4f, 0xcd, 0xe8, 0xb1, 0x4d,
					       0x96, 0xe7, 0xfb, 0xca, 0xf9, 0x84, 0xb7, 0x09};
static const uint8_t root_x86[GUID_SIZE] = {0x40, 0x95, 0x47, 0x44, 0x97, 0xf2, 0xb2, 0x41,
					    0x9a, 0xf7, 0xd1, 0x31, 0xd5, 0xf0, 0x45, 0x8a};
static const uint8_t linux_data[GUID_SIZE] = {0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47,
					      0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4};

/* The first partition of each kind; a number of 0: none. */
struct roots {
	struct partition x86_64, x86, other;
	unsigned others; /* partitions for Linux that do not say what for */
};

static void note(struct partition *to, const struct partition *p)
{
	if (!to->number)
		*to = *p;
}

static int note_root(const struct partition *p, void *context)
{
	struct roots *roots = context;
	bool gpt = p->table == PARTITION_GPT;

	if (gpt && !memcmp(p->type, root_x86_64, GUID_SIZE) && !(p->attributes & NO_AUTO)) {
		note(&roots->x86_64, p);
	} else if (gpt && !memcmp(p->type, root_x86, GUID_SIZE) && !(p->attributes & NO_AUTO)) {
		note(&roots->x86, p);
	} else if (gpt ? !memcmp(p->type, linux_data, GUID_SIZE) : p->mbr_type == MBR_LINUX) {
		note(&roots->other, p);
		roots->others++;
	}
	return 0;
}

/* Whether a partition may hold a system: of what we cannot read, that is not known. */
static bool may_be_root(const struct partition *p)
{
	struct fs *fs = entry_alloc(sizeof(*fs));
	struct fs_node node;

	return fs &&
	       (fs_mount(fs, p) || !fs_open(fs, "/etc", &node) || !fs_open(fs, "/usr", &node));
}

static const struct partition *choose_root(const struct roots *roots)
{
	if (roots->x86_64.number)
		return &roots->x86_64;
	if (roots->x86.number)
		return &roots->x86;
	return roots->others == 1 && may_be_root(&roots->other) ? &roots->other : NULL;
}

/* What the kernel calls a partition. */
static void format_partuuid(const struct partition *p, char *to, size_t size)
{
	const uint8_t *g = p->guid;

	if (p->table == PARTITION_MBR)
		format(to, size, "%08x-%02x", p->mbr_id, p->number);
	else
		format(to, size, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", get_le32(g),
		       g[4] | g[5] << 8, g[6] | g[7] << 8, g[8], g[9], g[10], g[11], g[12], g[13],
		       g[14], g[15]);
}

/* Whether a command line has a word that begins so. */
static bool has_word(const char *line, const char *start)
{
	size_t length = strlen(start);

	for (; *line; line++) {
		if (!strncmp(line, start, length))
			return true;
		while (*line && *line != ' ')
			line++;
		if (!*line)
			break;
	}
	return false;
}

/*
 * systemd's loader and stub leave a note in an EFI variable where they come from, by which
 * the system finds its root when the command line says nothing. Without EFI it must be said.
 * What verifies its root by dm-verity is left as it is: a root= would be in its way.
 */
static bool needs_root(const struct entry *entry, const char *line)
{
	if (entry->kind != ENTRY_UKI && entry->kind != ENTRY_BLS)
		return false;
	if (has_word(line, "roothash=") || has_word(line, "usrhash=")) {
		log_line(LOG_INFO, "%s: root= is left to roothash= or usrhash=", entry->source);
		return false;
	}
	return has_word(line, "root=gpt-auto") || !has_word(line, "root=");
}

/* Finds the root partition and writes " root=PARTUUID=..." to `to`, or nothing. */
static void find_root(struct disk *disk, char *to, size_t size)
{
	struct roots *roots = entry_alloc(sizeof(*roots));
	const struct partition *root = NULL;
	char id[GUID_TEXT_SIZE];

	*to = '\0';
	if (roots && disk->kind != DISK_CD && !partition_each(disk, note_root, roots))
		root = choose_root(roots);
	if (!root)
		return;
	format_partuuid(root, id, sizeof(id));
	format(to, size, " root=PARTUUID=%s", id);
	say("Adding root=PARTUUID=%s (partition %u)\n", id, root->number);
}

char *direct_command_line(struct disk *disk, const struct entry *entry)
{
	const char *more = append ? append : "";
	char *line = line_memory(), root[ROOT_TEXT_SIZE] = "";
	size_t length;

	if (needs_root(entry, entry->options) && !has_word(more, "root="))
		find_root(disk, root, sizeof(root));
	length = format(line, DIRECT_LINE_SIZE, "%s%s%s%s", entry->options, root, *more ? " " : "",
			more);
	if (length < strlen(entry->options) + strlen(root) + strlen(more)) {
		say("%s: the command line is too long\n", entry->source);
		return NULL;
	}
	return line;
}

/* --- reading ----------------------------------------------------------------------------- */

/* A file, or what is wanted of it. */
struct file {
	const struct entry_part *part;
	struct fs_node node;
	uint32_t size; /* bytes */
};

/* The entry that is being started. */
static struct {
	struct kernel kernel;
	struct file main, *initrds;
	unsigned initrd_count;
	uint32_t setup_size;
} job NOINIT;

static bool complain(const struct entry_part *part, const char *what)
{
	char name[PARTITION_NAME_SIZE];

	partition_name(&part->fs->partition, name, sizeof(name));
	say("%s: %s: %s\n", name, part->path, what);
	return false;
}

static bool open_file(struct file *file, const struct entry_part *part)
{
	uint64_t size;
	int error = fs_open(part->fs, part->path, &file->node);

	file->part = part;
	if (error)
		return complain(part, error == ERR_NOENT ? "no such file" : "it cannot be opened");
	if (file->node.type != FS_FILE)
		return complain(part, "it is no file");
	if (part->offset > file->node.size || part->size > file->node.size - part->offset)
		return complain(part, "it is truncated");
	size = part->size ? part->size : file->node.size - part->offset;
	if (size >= FOUR_GIB)
		return complain(part, "it is larger than 4 GiB");
	file->size = size;
	return true;
}

static bool read_file(const struct file *file, uint32_t offset, void *to, uint32_t size)
{
	const struct entry_part *part = file->part;
	uint32_t done;

	if (!fs_read(part->fs, &file->node, part->offset + offset, ptr_phys(to), size, &done) &&
	    done == size)
		return true;
	return complain(part, "it cannot be read");
}

/* One behind the other, each at a multiple of INITRD_ALIGN, with zeros between them. */
static bool read_initrds(uint8_t *to)
{
	for (unsigned i = 0; i < job.initrd_count; i++) {
		const struct file *file = &job.initrds[i];

		if (!read_file(file, 0, to, file->size))
			return false;
		memset(to + file->size, 0, -file->size & (INITRD_ALIGN - 1));
		to += align_up(file->size, INITRD_ALIGN);
	}
	return true;
}

static bool read_part(enum kernel_part part, void *to, uint32_t size)
{
	switch (part) {
	case KERNEL_SETUP:
		memcpy(to, job.kernel.setup, size);
		return true;
	case KERNEL_MAIN:
		return read_file(&job.main, job.kernel.setup_size, to, size);
	case KERNEL_INITRD:
		return read_initrds(to);
	default:
		memcpy(to, job.kernel.command_line, size);
		return true;
	}
}

static void leave(void)
{
	handover(NULL);
}

static bool open_initrds(const struct entry *entry)
{
	uint64_t total = 0;

	job.initrd_count = entry->initrd_count;
	job.initrds = entry_alloc(entry->initrd_count * sizeof(*job.initrds));
	if (!job.initrds && entry->initrd_count) {
		say("%s: %u initrds are too many\n", entry->source, entry->initrd_count);
		return false;
	}
	for (unsigned i = 0; i < entry->initrd_count; i++) {
		if (!open_file(&job.initrds[i], &entry->initrds[i]))
			return false;
		total += align_up(job.initrds[i].size, INITRD_ALIGN);
	}
	if (total >= FOUR_GIB)
		return complain(entry->initrds, "with the others larger than 4 GiB");
	job.kernel.initrd_size = total;
	return true;
}

/* --- starting --------------------------------------------------------------------------- */

/* The kernel's first sectors, and what follows from them. */
static bool prepare(const struct entry *entry, const char *line)
{
	struct kernel *kernel = &job.kernel;
	uint32_t first;

	memset(&job, 0, sizeof(job));
	if (!open_file(&job.main, &entry->kernel) || !open_initrds(entry))
		return false;
	first = min_u32(job.main.size, SETUP_SIZE);
	kernel->setup = setup_memory();
	memset(kernel->setup, 0, SETUP_SIZE);
	if (!read_file(&job.main, 0, kernel->setup, first))
		return false;
	kernel->read = read_part;
	kernel->leave = leave;
	kernel->top = work;
	kernel->size = job.main.size;
	kernel->command_line = line;
	kernel->command_line_size = strlen(line) + 1;
	return linux_prepare(kernel, first);
}

/* In protected mode the kernel reads its command line where it is; that must be memory where
 * it does not unpack itself. */
static bool move_command_line(struct kernel *kernel)
{
	char *line = kernel_scratch(kernel->command_line_size);

	if (line)
		kernel->command_line =
			memcpy(line, kernel->command_line, kernel->command_line_size);
	return line;
}

void direct_title(const struct entry *entry, char *to, uint32_t size)
{
	const char *title = entry->title, *end = to + size - 1;
	uint32_t c;

	while (to < end && (c = unicode_next(&title))) {
		int shown = c < 0x80 ? (int)c : charset_from_unicode(c);

		*to++ = shown >= ' ' && shown != 0x7f ? shown : '?';
	}
	*to = '\0';
}

static bool can_start(const struct entry *entry)
{
	return !entry->refused && !entry->is_efi_only;
}

void direct_start(const struct entry *entry, const char *line)
{
	char title[TITLE_SIZE], name[PARTITION_NAME_SIZE];
	bool real;

	direct_title(entry, title, sizeof(title));
	if (!can_start(entry)) {
		say("%s: not started: %s\n", title,
		    entry->refused ? entry->refused : "it is for UEFI only");
		return;
	}
	partition_name(&entry->kernel.fs->partition, name, sizeof(name));
	say("Booting %s (%s) from %s\n", title, entry->kernel.path, name);
	log_line(LOG_INFO, "from %s, with: %s", entry->source, line);
	/* POST is over, so that this is free. */
	fw_cfg_forget_files();
	memory_reset_scratch();
	if (!prepare(entry, line))
		return;
	/* A display of its own BIOS is set up by the kernel's real-mode part. */
	real = linux_needs_bios(&job.kernel) || !screen_is_ours();
	if (real || move_command_line(&job.kernel))
		linux_start(&job.kernel, real);
}

static void start(struct disk *disk, const struct entry *entry)
{
	const char *line = can_start(entry) ? direct_command_line(disk, entry) : "";

	if (line)
		direct_start(entry, line);
}

void direct_start_disk(struct disk *disk)
{
	struct entry_list *list = direct_entries(disk);
	struct entry *first, *entry;

	if (!list)
		return;
	first = list->chosen ? list->chosen : list->first;
	entry = first;
	do {
		start(disk, entry);
		entry = entry->next ? entry->next : list->first;
	} while (entry != first);
}
