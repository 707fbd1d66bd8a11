/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * FAT12, FAT16 and FAT32. A volume is divided into clusters; a table (the FAT) has for
 * each of them the number of the file's next one. An entry of a directory has 8+3
 * characters for a name; a longer name, in UTF-16, is in entries in front of it that look
 * like volume labels, its last part first.
 *
 * Reference: Microsoft FAT specification, August 30 2005 (its sections are named below).
 * What tells FAT32 from the others is not what it says but what Linux does, mkfs.vfat
 * makes small volumes of FAT32.
 */
#include <string.h>

#include "block/mbr.h"
#include "fs/driver.h"
#include "lib/charset.h"
#include "lib/error.h"
#include "lib/section.h"
#include "lib/unicode.h"
#include "lib/util.h"

/* 3.1-3.3 */
struct fat_serial {
	uint8_t drive, reserved, signature; /* HAS_SERIAL: the rest is there */
	uint32_t serial;
	char label[11], type[8];
} __attribute__((packed));

struct fat_boot {
	struct bpb bpb;
	uint32_t hidden, sectors;
	union {
		struct fat_serial fat16;
		struct {
			uint32_t fat_sectors;
			uint16_t flags, version;
			uint32_t root;
			uint16_t info, copy;
			uint8_t reserved[12];
			struct fat_serial serial;
		} __attribute__((packed)) fat32;
	};
} __attribute__((packed));

/* 6 */
struct fat_entry {
	uint8_t name[11], attributes, lower_case, created[7];
	uint16_t cluster_high;
	uint8_t written[4];
	uint16_t cluster;
	uint32_t size;
} __attribute__((packed));

/* 7 */
struct fat_long_entry {
	uint8_t order;
	uint16_t name1[5];
	uint8_t attributes, type, sum;
	uint16_t name2[6], cluster, name3[2];
} __attribute__((packed));

enum {
	HAS_SERIAL = 0x29,
	MEDIA_REMOVABLE = 0xf0,
	MEDIA_MIN = 0xf8,  /* of all others */
	ONE_FAT = 0x80,    /* flags: only this FAT is used ... */
	FAT_NUMBER = 0x0f, /* ... of this number */
	CLUSTER_FIRST = 2, /* lower numbers are no clusters */
	FAT12_MAX = 4084,  /* clusters: 3.5 */
	RUN_MAX = 8192,    /* clusters of one piece of a file; more make another piece */
	DIRECTORY_MAX = 65536 * sizeof(struct fat_entry),
	LABEL_SEARCH = 4096, /* bytes of the root directory */

	ENTRY_END = 0x00, /* first byte of a name: no more entries */
	ENTRY_FREE = 0xe5,
	ENTRY_E5 = 0x05, /* stands for E5 */
	LOWER_NAME = 0x08,
	LOWER_EXTENSION = 0x10,
	LONG_LAST = 0x40, /* order: the last part, which comes first */
	LONG_UNITS = 13,  /* in one entry */
	LONG_MAX = 20,    /* entries */
};

enum { ATTR_VOLUME = 0x08, ATTR_DIRECTORY = 0x10, ATTR_LONG = 0x0f, ATTR_LONG_MASK = 0x3f };

/* What is kept of a volume. Offsets are bytes from the partition's start. */
struct fat {
	uint8_t bits;          /* of a number in the FAT: 12, 16, 32 */
	uint8_t cluster_shift; /* bytes of a cluster */
	uint8_t sector_shift;
	uint32_t clusters;  /* the first number that is none */
	uint32_t root_size; /* of the root directory of FAT12 and 16; bytes */
	uint64_t fat, root, data;
	/* A place in a file that was found, since a chain is followed from its start. */
	uint32_t chain, index, cluster;
};

_Static_assert(sizeof(struct fat) <= FS_STATE_SIZE, "fs.state");

/* A node is a cluster; the root directory of FAT12 and 16 has none. */
enum { FIXED_ROOT = 1 };

static struct fat *fat_of(struct fs *fs)
{
	return (struct fat *)fs->state;
}

static int damaged(struct fs *fs, uint64_t offset, const char *what)
{
	return fs_say(fs, ERR_INVAL, offset >> fat_of(fs)->sector_shift, what);
}

/* --- clusters ----------------------------------------------------------------------------- */

static bool is_cluster(const struct fat *fat, uint32_t cluster)
{
	return cluster >= CLUSTER_FIRST && cluster < fat->clusters;
}

static uint64_t cluster_offset(const struct fat *fat, uint32_t cluster)
{
	return fat->data + ((uint64_t)(cluster - CLUSTER_FIRST) << fat->cluster_shift);
}

/* The cluster behind this one; 0 at the chain's end. */
static int next_cluster(struct fs *fs, uint32_t *cluster)
{
	struct fat *fat = fat_of(fs);
	uint64_t at = fat->fat + (uint64_t)*cluster * fat->bits / 8;
	uint32_t mask = (fat->bits == 32 ? 1u << 28 : 1u << fat->bits) - 1, value;
	const uint8_t *bytes = fs_metadata(fs, at, fat->bits == 32 ? 4 : 2);

	if (!bytes)
		return ERR_IO;
	value = fat->bits == 32 ? get_le32(bytes) : (uint32_t)(bytes[0] | bytes[1] << 8);
	if (fat->bits == 12 && *cluster & 1)
		value >>= 4;
	value &= mask;
	if (value >= (mask & ~7u)) /* FF8-FFF */
		value = 0;
	else if (!is_cluster(fat, value))
		return damaged(fs, at, "the FAT names a cluster that there is not");
	*cluster = value;
	return 0;
}

/* Moves to cluster number `index` of a chain. */
static int seek_cluster(struct fs *fs, uint32_t chain, uint32_t index)
{
	struct fat *fat = fat_of(fs);
	int error;

	if (fat->chain != chain || fat->index > index) {
		fat->chain = fat->cluster = chain;
		fat->index = 0;
	}
	if (index >= fat->clusters || !is_cluster(fat, chain)) {
		fat->chain = 0;
		return damaged(fs, fat->fat, "a file is larger than its clusters");
	}
	while (fat->index < index) {
		uint32_t cluster = fat->cluster;

		error = next_cluster(fs, &cluster);
		if (!error && !cluster)
			error = damaged(fs, fat->fat, "a file is larger than its clusters");
		if (error)
			return error;
		fat->cluster = cluster;
		fat->index++;
	}
	return 0;
}

/* Clusters that follow each other on the disk are one piece. */
static int fat_map(struct fs *fs, const struct fs_node *node, uint64_t offset,
		   struct fs_extent *extent)
{
	struct fat *fat = fat_of(fs);
	uint32_t size = 1u << fat->cluster_shift, in_cluster = offset & (size - 1);
	uint32_t wanted = (node->size - offset + in_cluster + size - 1) >> fat->cluster_shift;
	uint32_t count = 1, next;
	int error = seek_cluster(fs, node->id, offset >> fat->cluster_shift);

	if (error)
		return error;
	extent->kind = FS_EXTENT_DISK;
	extent->offset = cluster_offset(fat, fat->cluster) + in_cluster;
	for (; count < wanted && count < RUN_MAX; count++) {
		next = fat->cluster;
		error = next_cluster(fs, &next);
		if (error)
			return error;
		if (next != fat->cluster + 1)
			break;
		fat->cluster = next;
		fat->index++;
	}
	extent->length = ((uint64_t)count << fat->cluster_shift) - in_cluster;
	return 0;
}

/* --- names ---------------------------------------------------------------------------------- */

/* A long name on its way. */
static struct {
	uint16_t units[LONG_MAX * LONG_UNITS];
	uint8_t left; /* entries to come; 0: the name is complete */
	uint8_t sum;
	bool valid;
} long_name NOINIT;

static void add_long_entry(const struct fat_long_entry *entry)
{
	uint8_t order = entry->order & ~LONG_LAST;
	uint16_t *units;

	if (entry->order & LONG_LAST) {
		memset(long_name.units, 0, sizeof(long_name.units));
		long_name.left = order;
		long_name.sum = entry->sum;
		long_name.valid = order <= LONG_MAX;
	}
	if (!long_name.valid || !order || order != long_name.left || entry->sum != long_name.sum) {
		long_name.valid = false;
		return;
	}
	long_name.left--;
	units = long_name.units + long_name.left * LONG_UNITS;
	memcpy(units, entry->name1, sizeof(entry->name1));
	memcpy(units + 5, entry->name2, sizeof(entry->name2));
	memcpy(units + 11, entry->name3, sizeof(entry->name3));
}

/* 7.2: what ties a long name to its short one. */
static uint8_t short_name_sum(const uint8_t *name)
{
	uint8_t sum = 0;

	for (unsigned i = 0; i < sizeof(((struct fat_entry *)0)->name); i++)
		sum = (sum << 7 | sum >> 1) + name[i];
	return sum;
}

/* Writes `size` characters of code page 437 without the blanks at their end; returns how
 * many bytes. */
static size_t put_characters(char *to, const uint8_t *from, size_t size, bool lower_case)
{
	char *start = to;

	while (size && from[size - 1] == ' ')
		size--;
	for (; size; size--, from++) {
		uint32_t character = charset_to_unicode(*from);

		to += unicode_to_utf8(lower_case ? unicode_lower_case(character) : character, to);
	}
	return to - start;
}

static void put_short_name(char *to, const struct fat_entry *entry)
{
	uint8_t name[11];
	size_t length;

	memcpy(name, entry->name, sizeof(name));
	if (name[0] == ENTRY_E5)
		name[0] = ENTRY_FREE;
	to += put_characters(to, name, 8, entry->lower_case & LOWER_NAME);
	*to = '.';
	length = put_characters(to + 1, name + 8, 3, entry->lower_case & LOWER_EXTENSION);
	to[length ? length + 1 : 0] = '\0';
}

/* --- directories ---------------------------------------------------------------------------- */

/* The next 32 bytes of a directory; NULL at its end, or with *error set. */
static const struct fat_entry *read_entry(struct fs *fs, const struct fs_node *directory,
					  struct fs_cursor *cursor, int *error)
{
	struct fat *fat = fat_of(fs);
	uint32_t in_cluster = cursor->position & ((1u << fat->cluster_shift) - 1);
	uint32_t cluster = cursor->position ? cursor->private[0] : directory->id;
	const struct fat_entry *entry;
	uint64_t at = fat->root + cursor->position;

	*error = 0;
	if (directory->private[0] == FIXED_ROOT) {
		if (cursor->position >= fat->root_size)
			return NULL;
	} else {
		if (cursor->position && !in_cluster)
			*error = next_cluster(fs, &cluster);
		if (*error || !cluster)
			return NULL;
		cursor->private[0] = cluster;
		at = cluster_offset(fat, cluster) + in_cluster;
	}
	if (cursor->position >= DIRECTORY_MAX) {
		*error = damaged(fs, at, "a directory has no end");
		return NULL;
	}
	entry = fs_metadata(fs, at, sizeof(*entry));
	if (!entry)
		*error = ERR_IO;
	else if (entry->name[0] == ENTRY_END)
		return NULL;
	cursor->position += sizeof(*entry);
	return entry;
}

static uint32_t entry_cluster(const struct fat *fat, const struct fat_entry *entry)
{
	return entry->cluster | (fat->bits == 32 ? (uint32_t)entry->cluster_high << 16 : 0);
}

static int fill_entry(struct fs *fs, const struct fat_entry *from, struct fs_entry *to)
{
	const struct fat *fat = fat_of(fs);
	bool has_long_name =
		long_name.valid && !long_name.left && long_name.sum == short_name_sum(from->name);

	put_short_name(has_long_name ? to->alias : to->name, from);
	if (has_long_name)
		unicode_from_utf16(to->name, sizeof(to->name), long_name.units,
				   LONG_MAX * LONG_UNITS, false);
	to->type = from->attributes & ATTR_DIRECTORY ? FS_DIRECTORY : FS_FILE;
	to->node = (struct fs_node){.type = to->type, .id = entry_cluster(fat, from)};
	if (to->type == FS_FILE)
		to->node.size = from->size;
	return 1;
}

static bool is_long(const struct fat_entry *entry)
{
	return (entry->attributes & ATTR_LONG_MASK) == ATTR_LONG;
}

static int fat_next(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		    struct fs_entry *to)
{
	const struct fat_entry *entry;
	int error;

	if (directory->private[0] != FIXED_ROOT && !is_cluster(fat_of(fs), directory->id))
		return damaged(fs, fat_of(fs)->data, "a directory has no cluster");
	long_name.valid = false;
	while ((entry = read_entry(fs, directory, cursor, &error))) {
		if (entry->name[0] != ENTRY_FREE && is_long(entry)) {
			add_long_entry((const void *)entry);
			continue;
		}
		if (entry->name[0] != ENTRY_FREE && !(entry->attributes & ATTR_VOLUME))
			return fill_entry(fs, entry, to);
		long_name.valid = false;
	}
	return error;
}

/* --- the volume ----------------------------------------------------------------------------- */

/* Four digits of a serial number, as everybody shows them. */
static char *put_hex(char *to, uint16_t value)
{
	for (int shift = 12; shift >= 0; shift -= 4)
		*to++ = "0123456789ABCDEF"[value >> shift & 15];
	return to;
}

/* The label is an entry of the root directory; the boot sector's may be out of date. */
static int find_label(struct fs *fs, const struct fat_serial *serial)
{
	struct fs_cursor cursor = {0};
	const struct fat_entry *entry;
	size_t length = 0;
	int error;

	if (serial->signature == HAS_SERIAL) {
		char *uuid = put_hex(fs->uuid, serial->serial >> 16);

		*uuid++ = '-';
		*put_hex(uuid, serial->serial) = '\0';
		if (memcmp(serial->label, "NO NAME    ", sizeof(serial->label)))
			length = put_characters(fs->label, (const uint8_t *)serial->label,
						sizeof(serial->label), false);
	}
	while ((entry = read_entry(fs, &fs->root, &cursor, &error)) &&
	       cursor.position <= LABEL_SEARCH) {
		if (entry->name[0] == ENTRY_FREE || is_long(entry) ||
		    !(entry->attributes & ATTR_VOLUME))
			continue;
		length = put_characters(fs->label, entry->name, sizeof(entry->name), false);
		break;
	}
	fs->label[length] = '\0';
	return error;
}

static bool is_power_of_two(uint32_t value)
{
	return value && !(value & (value - 1));
}

static bool is_fat(const struct bpb *bpb)
{
	return (bpb->jump[0] == BPB_JUMP_SHORT || bpb->jump[0] == BPB_JUMP_NEAR) &&
	       is_power_of_two(bpb->sector_size) && bpb->sector_size >= SECTOR_SIZE &&
	       bpb->sector_size <= 4096 && is_power_of_two(bpb->cluster_sectors) &&
	       bpb->reserved_sectors && bpb->fats &&
	       (bpb->media == MEDIA_REMOVABLE || bpb->media >= MEDIA_MIN);
}

/* No more clusters than the FAT has numbers for. */
static uint32_t limit_clusters(const struct fat *fat, uint64_t fat_size)
{
	uint64_t room = fat_size * 8;

	divide_u64(&room, fat->bits);
	return room < fat->clusters ? room : fat->clusters;
}

/* Where everything is: 3.5 "Determination of FAT type". */
static int measure(struct fs *fs, const struct fat_boot *boot)
{
	const struct bpb *bpb = &boot->bpb;
	struct fat *fat = fat_of(fs);
	uint32_t fat_sectors = bpb->fat_sectors ? bpb->fat_sectors : boot->fat32.fat_sectors;
	uint32_t sectors = bpb->sectors ? bpb->sectors : boot->sectors, active = 0;
	uint64_t start;

	fat->sector_shift = __builtin_ctz(bpb->sector_size);
	fat->cluster_shift = fat->sector_shift + __builtin_ctz(bpb->cluster_sectors);
	fat->root_size = bpb->root_entries * sizeof(struct fat_entry);
	start = bpb->reserved_sectors + (uint64_t)bpb->fats * fat_sectors;
	fat->root = start << fat->sector_shift;
	start += (fat->root_size + bpb->sector_size - 1) >> fat->sector_shift;
	fat->data = start << fat->sector_shift;
	if (!fat_sectors || start >= sectors)
		return damaged(fs, 0, "the boot sector names more sectors than there are");
	fat->clusters = (uint32_t)(sectors - start) / bpb->cluster_sectors;
	if (!bpb->fat_sectors)
		fat->bits = 32;
	else
		fat->bits = fat->clusters > FAT12_MAX ? 16 : 12;
	fat->clusters += CLUSTER_FIRST;
	fat->clusters = limit_clusters(fat, (uint64_t)fat_sectors << fat->sector_shift);
	if (fat->bits == 32 && boot->fat32.flags & ONE_FAT)
		active = boot->fat32.flags & FAT_NUMBER;
	if (active >= bpb->fats)
		return damaged(fs, 0, "the boot sector names a FAT that there is not");
	fat->fat = (bpb->reserved_sectors + (uint64_t)active * fat_sectors) << fat->sector_shift;
	return 0;
}

static int fat_mount(struct fs *fs)
{
	const struct fat_boot *sector = fs_metadata(fs, 0, SECTOR_SIZE);
	struct fat_boot boot;
	int error;

	if (!sector)
		return ERR_IO;
	boot = *sector;
	if (!is_fat(&boot.bpb))
		return ERR_NOENT;
	error = measure(fs, &boot);
	if (error)
		return error;
	if (fat_of(fs)->bits == 32 && boot.fat32.version)
		return fs_say(fs, ERR_UNSUPPORTED, 0, "a version of FAT32 that nobody knows");
	fs->ignores_case = true;
	fs->root.type = FS_DIRECTORY;
	if (fat_of(fs)->bits == 32)
		fs->root.id = boot.fat32.root;
	else
		fs->root.private[0] = FIXED_ROOT;
	if (fat_of(fs)->bits == 32 && !is_cluster(fat_of(fs), boot.fat32.root))
		return damaged(fs, 0, "the root directory has no cluster");
	return find_label(fs, fat_of(fs)->bits == 32 ? &boot.fat32.serial : &boot.fat16);
}

FS_DRIVER(fat_driver) = {
	.name = "vfat",
	.mount = fat_mount,
	.map = fat_map,
	.next = fat_next,
};
