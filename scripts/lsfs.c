/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Shows what the firmware sees in a disk image: partitions, file systems, directories,
 * files. For people whose image does not boot, and for the tests. It is the firmware's
 * own sources, compiled for 32 bits as they are in the ROM.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "block/disk.h"
#include "block/partition.h"
#include "boot/entry.h"
#include "fs/fs.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memmap.h"
#include "lib/memory.h"
#include "lib/util.h"

static const char usage[] =
	"usage: lsfs [-rstv] [-b BYTES] IMAGE [[PARTITION:]PATH]\n"
	"       lsfs --entries [-sv] [-b BYTES] IMAGE\n"
	"\n"
	"Without PATH the image's partitions are listed. A directory is listed, a file is\n"
	"written to standard output; both from the first partition that has it, or from the\n"
	"one whose number is given (0: the whole disk). Links are followed.\n"
	"With --entries: the boot entries in the order of the menu, '*' before the default one,\n"
	"and, on standard error, what was left out and why.\n"
	"\n"
	"  -r        a directory with all that is below it\n"
	"  -t        write the file, or the directory with all that is below it, as a tar archive\n"
	"  -s        say how many requests to the disk found the file, and how many read it\n"
	"  -v        say everything that the firmware writes to its log\n"
	"  -b BYTES  the size of the disk's blocks, if it is not 512\n"
	"\n"
	"The image must be raw: qemu-img convert -O raw IMAGE RAW makes one of a qcow2.\n";

enum {
	ARENA_SIZE = 8 << 20,
	CACHE_SIZE = 1 << 20,
	BUFFER_SIZE = 64 << 20, /* what is read of a file at once */
	REQUEST_MAX = 16 << 20, /* as virtio-blk's */
	PATH_SIZE = 1 << 16,    /* of what is below a directory */
	DEPTH_MAX = 1000,       /* of directories */
	NUMBER_NONE = -1,       /* no partition was named */
	BLOCKS_OF_4K = 4096,
	OPTION_ENTRIES = 256,
};

static struct {
	bool recursive, tar, statistics, verbose, entries;
	uint32_t block_size;
	long number;
	const char *image, *path;
} options = {.number = NUMBER_NONE};

static struct {
	struct disk disk;
	struct device device;
	int file;
	uint64_t requests, bytes;
} image;

static uint8_t arena[ARENA_SIZE] __attribute__((aligned(4096)));
static uint8_t cache[CACHE_SIZE] __attribute__((aligned(4096)));
static uint8_t entry_memory[ENTRY_MEMORY_MIN] __attribute__((aligned(4096)));
static uint8_t *buffer;
static struct fs fs;
static int status;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "lsfs: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

/* --- the image as a disk -------------------------------------------------------------- */

static int image_read(struct disk *disk, uint64_t lba, uint32_t count, uint64_t address)
{
	size_t size = (size_t)count * disk->block_size;
	char *to = phys_ptr(address);
	off_t at = lba * disk->block_size;

	image.requests++;
	image.bytes += size;
	while (size) {
		ssize_t n = pread(image.file, to, size, at);

		if (n < 0)
			return ERR_IO;
		if (!n) { /* what the last block lacks */
			memset(to, 0, size);
			return 0;
		}
		to += n;
		at += n;
		size -= n;
	}
	return 0;
}

static const struct disk_ops image_ops = {.read = image_read};

static bool image_has(off_t offset, const char *text, size_t length)
{
	char bytes[16];

	return pread(image.file, bytes, length, offset) == (ssize_t)length &&
	       !memcmp(bytes, text, length);
}

static void open_image(void)
{
	static const char gpt[] = "EFI PART";
	const char *name;
	off_t size;

	image.file = open(options.image, O_RDONLY);
	if (image.file < 0)
		die("%s: %s", options.image, strerror(errno));
	size = lseek(image.file, 0, SEEK_END);
	if (size < 0)
		die("%s: %s", options.image, strerror(errno));
	if (image_has(0, "QFI\xfb", 4))
		die("%s is a qcow2 image: qemu-img convert -O raw %s RAW makes one that can be read",
		    options.image, options.image);
	if (!options.block_size)
		options.block_size =
			!image_has(SECTOR_SIZE, gpt, 8) && image_has(BLOCKS_OF_4K, gpt, 8) ?
				BLOCKS_OF_4K :
				SECTOR_SIZE;
	image.disk = (struct disk){
		.ops = &image_ops,
		.kind = DISK_HARD,
		/* As QEMU: what lacks of the last block is zeroes. */
		.blocks = (size + options.block_size - 1) / options.block_size,
		.block_size = options.block_size,
		.max_blocks = REQUEST_MAX / options.block_size,
		.read_only = true,
		.device = &image.device,
	};
	name = strrchr(options.image, '/');
	snprintf(image.device.name, sizeof(image.device.name), "%s",
		 name ? name + 1 : options.image);
	if (!image.disk.blocks)
		die("%s is empty", options.image);
}

static void show_message(const char *s, size_t length)
{
	fflush(stdout);
	fwrite(s, 1, length, stderr);
}

/* What POST does of this. */
static void start_firmware(void)
{
	static const struct memory_layout layout;

	/* With --entries the log is shown, which has what is said, too. */
	log_init(NULL, options.entries || options.verbose ? NULL : show_message);
	log_set_level(0);
	if (options.verbose || options.entries) {
		log_set_level(options.verbose ? LOG_DEBUG : LOG_INFO);
		log_set_debug_sink(show_message);
	}

	memmap_init();
	memmap_set(ptr_phys(arena), ARENA_SIZE, MEMMAP_RAM);
	memory_init(&layout);
	memory_set_end(ptr_phys(arena + ARENA_SIZE));
	fs_init(cache, CACHE_SIZE);
}

/* --- showing ------------------------------------------------------------------------------ */

/* Names can hold anything: what a terminal would take for a command is shown as '?'. */
static void print_text(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

static void print_guid(const char *what, const uint8_t *guid)
{
	static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

	printf(" %s=", what);
	for (int i = 0; i < 16; i++)
		printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", guid[order[i]]);
}

static void print_quoted(const char *what, const char *text)
{
	printf(" %s=\"", what);
	print_text(text);
	printf("\"");
}

/* What else may be in a partition, by the bytes that blkid knows it by. */
static const char *foreign_format(const struct partition *p)
{
	static const struct {
		uint32_t offset;
		const char *magic, *name;
	} formats[] = {
		{0, "LUKS\xba\xbe", "LUKS"},
		{512, "LABELONE", "LVM2"},
		{65600, "_BHRfS_M", "btrfs"},
		{4086, "SWAPSPACE2", "swap"},
		{0, "hsqs", "squashfs"},
		{3, "NTFS    ", "ntfs"},
		{3, "EXFAT   ", "exfat"},
		{1024, "\x10\x20\xf5\xf2", "f2fs"},
		{4096, "\xfc\x4e\x2b\xa9", "RAID"},
	};
	off_t start = p->start * p->disk->block_size;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (image_has(start + formats[i].offset, formats[i].magic,
			      strlen(formats[i].magic)))
			return formats[i].name;
	return NULL;
}

static int show_partition(const struct partition *p, void *context)
{
	const char *foreign;
	int error;

	(void)context;
	printf("%u: start=%llu blocks=%llu", p->number, (unsigned long long)p->start,
	       (unsigned long long)p->blocks);
	if (p->table == PARTITION_MBR)
		printf(" table=mbr type=%02x id=%08x-%02x", p->mbr_type, p->mbr_id, p->number);
	if (p->table == PARTITION_GPT) {
		printf(" table=gpt");
		print_guid("type", p->type);
		print_guid("guid", p->guid);
		if (p->attributes)
			printf(" attributes=%llx", (unsigned long long)p->attributes);
		print_quoted("name", p->label);
	}
	error = fs_mount(&fs, p);
	foreign = error == ERR_NOENT ? foreign_format(p) : NULL;
	printf(" fs=%s", error == ERR_NOENT ? "none" : fs_format(&fs));
	if (foreign)
		printf(" (%s, which is not read)", foreign);
	if (!error && fs.label[0])
		print_quoted("label", fs.label);
	if (!error && fs.uuid[0])
		printf(" uuid=%s", fs.uuid);
	if (error && error != ERR_NOENT) {
		printf(" (cannot be read)");
		status = 1;
	}
	printf("\n");
	return 0;
}

static void trouble(const char *path)
{
	fflush(stdout);
	fprintf(stderr, "lsfs: %s: cannot be read\n", path);
	status = 1;
}

static void write_out(const void *from, size_t size)
{
	if (fwrite(from, 1, size, stdout) != size)
		die("writing: %s", strerror(errno));
}

/* Writes a file's contents; false if it cannot be read to its end. */
static bool write_file(const struct fs_node *node)
{
	uint32_t done;

	for (uint64_t at = 0; at < node->size; at += done) {
		if (fs_read(&fs, node, at, ptr_phys(buffer), BUFFER_SIZE, &done) || !done)
			return false;
		write_out(buffer, done);
	}
	return true;
}

/* Where a link leads, in the buffer. */
static const char *link_target(const struct fs_node *link)
{
	uint32_t done;

	if (link->size >= BUFFER_SIZE || fs_read(&fs, link, 0, ptr_phys(buffer), link->size, &done))
		return NULL;
	buffer[done] = '\0';
	return (char *)buffer;
}

static const char kinds[] = {
	[FS_FILE] = '-', [FS_DIRECTORY] = 'd', [FS_LINK] = 'l', [FS_OTHER] = '?'};

static void show_line(const char *path, const struct fs_node *node)
{
	const char *target;

	printf("%c %12llu ", kinds[node->type], (unsigned long long)node->size);
	print_text(path);
	if (node->type == FS_LINK) {
		target = link_target(node);
		printf(" -> ");
		print_text(target ? target : "?");
	}
	putchar('\n');
}

/* --- tar archives ------------------------------------------------------------------------- */

/* POSIX.1-2017, pax, "ustar Interchange Format". */
struct tar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[8], rest[247];
};

enum { TAR_BLOCK = 512, TAR_OCTAL_SIZES = 33 /* bits */ };

_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "tar header");

static void write_padding(uint64_t size)
{
	static const char zeros[2 * TAR_BLOCK];

	write_out(zeros, -size % TAR_BLOCK);
}

static void write_tar_header(const char *name, char type, uint64_t size)
{
	struct tar_header header = {.mode = "0000755",
				    .uid = "0000000",
				    .gid = "0000000",
				    .mtime = "00000000000",
				    .checksum = "        ",
				    .type = type,
				    .magic = "ustar  "};
	unsigned sum = 0;

	strncpy(header.name, name, sizeof(header.name) - 1);
	if (size >> TAR_OCTAL_SIZES) { /* GNU's: in bytes, the highest first */
		header.size[0] = '\x80';
		for (int i = 0; i < 8; i++)
			header.size[11 - i] = size >> 8 * i;
	} else {
		snprintf(header.size, sizeof(header.size), "%011llo", (unsigned long long)size);
	}
	for (size_t i = 0; i < sizeof(header); i++)
		sum += ((unsigned char *)&header)[i];
	snprintf(header.checksum, sizeof(header.checksum), "%06o", sum);
	write_out(&header, sizeof(header));
}

/* GNU's way of names of any length: as the contents of an entry in front. */
static void write_tar_name(const char *name, char type)
{
	size_t size = strlen(name) + 1;

	write_tar_header("././@LongLink", type, size);
	write_out(name, size);
	write_padding(size);
}

static void write_tar(const char *path, const struct fs_node *node)
{
	static const char types[] = {
		[FS_FILE] = '0', [FS_DIRECTORY] = '5', [FS_LINK] = '2', [FS_OTHER] = 0};
	const char *target;

	if (node->type == FS_OTHER)
		return;
	if (node->type == FS_LINK) {
		target = link_target(node);
		if (!target) {
			trouble(path);
			return;
		}
		write_tar_name(target, 'K');
	}
	write_tar_name(path, 'L');
	write_tar_header(path, types[node->type], node->type == FS_FILE ? node->size : 0);
	if (node->type == FS_FILE) {
		if (!write_file(node))
			die("%s: cannot be read, and the archive ends here", path);
		write_padding(node->size);
	}
}

/* --- directories and files ---------------------------------------------------------------- */

/* A directory on the way down. */
struct level {
	size_t length; /* of its path, with a '/' */
	unsigned depth;
};

static char path[PATH_SIZE];

static int show_entry(const struct fs_entry *entry, void *context)
{
	const struct level *level = context;
	size_t length = strlen(entry->name);
	struct level below = {level->length + length + 1, level->depth + 1};
	struct fs_node node;

	if (below.length >= PATH_SIZE || below.depth > DEPTH_MAX)
		die("%s: directories without an end", path);
	memcpy(path + level->length, entry->name, length + 1);
	if (fs_open_entry(&fs, entry, &node)) {
		trouble(path);
		return 0;
	}
	if (options.tar)
		write_tar(path, &node);
	else
		show_line(path, &node);
	if (node.type != FS_DIRECTORY || !options.recursive)
		return 0;
	memcpy(path + below.length - 1, "/", 2);
	if (fs_list(&fs, &node, show_entry, &below))
		trouble(path);
	return 0;
}

/* What has been asked of the disk since the last time. */
static void say_requests(const char *what)
{
	if (!options.statistics)
		return;
	fflush(stdout);
	fprintf(stderr, "%s: %llu requests, %llu bytes\n", what, (unsigned long long)image.requests,
		(unsigned long long)image.bytes);
	image.requests = image.bytes = 0;
}

static void show(const struct fs_node *node)
{
	static const char end_of_archive[2 * TAR_BLOCK];
	struct level top = {0, 0};
	const char *name = strrchr(options.path, '/');

	if (node->type == FS_DIRECTORY) {
		if (fs_list(&fs, node, show_entry, &top))
			trouble(options.path);
	} else if (options.tar) {
		write_tar(name ? name + 1 : options.path, node);
	} else if (!write_file(node)) {
		trouble(options.path);
	}
	if (options.tar)
		write_out(end_of_archive, sizeof(end_of_archive));
}

/* --- boot entries ----------------------------------------------------------------------- */

static void show_part(const char *what, const struct entry_part *part)
{
	printf("  %s=%u:", what, part->fs->partition.number);
	print_text(part->path);
	if (part->offset || part->size)
		printf(" offset=%llu size=%llu", (unsigned long long)part->offset,
		       (unsigned long long)part->size);
	putchar('\n');
}

static void show_text(const char *what, const char *text)
{
	printf("  %s=", what);
	print_text(text);
	putchar('\n');
}

static void show_boot_entry(const struct entry *entry, bool is_chosen)
{
	static const char *const names[] = {[ENTRY_UKI] = "uki",
					    [ENTRY_BLS] = "bls",
					    [ENTRY_GRUB] = "grub",
					    [ENTRY_EXTLINUX] = "extlinux"};

	printf("%c ", is_chosen ? '*' : '-');
	print_text(entry->title);
	printf("\n  id=");
	print_text(entry->id);
	printf("\n  kind=%s\n  source=%u:", names[entry->kind], entry->fs->partition.number);
	print_text(entry->source);
	putchar('\n');
	if (entry->kernel.path)
		show_part("kernel", &entry->kernel);
	for (unsigned i = 0; i < entry->initrd_count; i++)
		show_part("initrd", &entry->initrds[i]);
	show_text("options", entry->options);
	if (entry->is_efi_only)
		show_text("refused", "needs EFI");
	if (entry->refused)
		show_text("refused", entry->refused);
}

static void show_entries(void)
{
	struct entry_list list;
	int error;

	entry_init(entry_memory, sizeof(entry_memory));
	error = entry_find(&image.disk, &list);
	if (error) {
		fprintf(stderr, "lsfs: no boot entries%s\n",
			error == ERR_NOENT ? "" : ", it cannot be read");
		status = 1;
		return;
	}
	if (list.timeout_ms != ENTRY_NO_TIMEOUT)
		printf("timeout=%u ms\n", list.timeout_ms);
	for (const struct entry *e = list.first; e; e = e->next)
		show_boot_entry(e, e == list.chosen);
	say_requests("entries");
}

/* --- the command -------------------------------------------------------------------------- */

enum { SHOWN = 1 };

static unsigned found, known; /* partitions, and those with a file system */

static int show_path(const struct partition *p, void *context)
{
	struct fs_node node;
	int error;

	(void)context;
	if (options.number != NUMBER_NONE && p->number != (uint32_t)options.number)
		return 0;
	found++;
	error = fs_mount(&fs, p);
	if (error == ERR_NOENT && options.number != NUMBER_NONE)
		die("partition %u has no file system that is known", p->number);
	if (error) {
		status |= error != ERR_NOENT;
		return 0;
	}
	known++;
	error = fs_open(&fs, options.path, &node);
	if (error) {
		status |= error != ERR_NOENT;
		return 0;
	}
	say_requests("found");
	show(&node);
	say_requests("read");
	return SHOWN;
}

/* "2:/boot" names a partition. */
static void parse_path(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	options.path = text;
	if (end != text && *end == ':') {
		options.number = number;
		options.path = end + 1;
	}
}

static void parse_options(int count, char **arguments)
{
	static const struct option names[] = {{"entries", no_argument, NULL, OPTION_ENTRIES}, {0}};
	int option;

	while ((option = getopt_long(count, arguments, "rstvb:", names, NULL)) != -1) {
		switch (option) {
		case OPTION_ENTRIES:
			options.entries = true;
			break;
		case 'r':
			options.recursive = true;
			break;
		case 't':
			options.recursive = options.tar = true;
			break;
		case 's':
			options.statistics = true;
			break;
		case 'v':
			options.verbose = true;
			break;
		case 'b':
			options.block_size = strtoul(optarg, NULL, 10);
			if (options.block_size < SECTOR_SIZE ||
			    options.block_size > MAX_BLOCK_SIZE ||
			    options.block_size & (options.block_size - 1))
				die("%s is no block size", optarg);
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (count - optind < 1 || count - optind > 2 - options.entries) {
		fputs(usage, stderr);
		exit(2);
	}
	options.image = arguments[optind];
	if (count - optind == 2)
		parse_path(arguments[optind + 1]);
}

int main(int count, char **arguments)
{
	int result;

	parse_options(count, arguments);
	buffer = malloc(BUFFER_SIZE);
	if (!buffer)
		die("no memory");
	open_image();
	start_firmware();
	if (options.entries) {
		show_entries();
		return status;
	}
	result = partition_each(&image.disk, options.path ? show_path : show_partition, NULL);
	if (result < 0)
		status = 1;
	else if (options.path && options.number != NUMBER_NONE && !found)
		die("there is no partition %ld in %s", options.number, options.image);
	else if (options.path && result != SHOWN && !status)
		die(known ? "%s: not found" : "%s: not found, no file system is known here",
		    options.path);
	if (!options.path)
		say_requests("partitions");
	if (fflush(stdout))
		die("writing: %s", strerror(errno));
	return status;
}
