/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Partitions. A GPT counts where sector 0 has a protective partition; it has a second
 * copy at the disk's end for when the first is damaged. Otherwise sector 0 itself is the
 * table of up to four partitions, one of which may be an extended one: a chain of sectors
 * with a table each, that names one logical partition and the next sector of the chain.
 *
 * References: UEFI 2.10, 5.2 and 5.3; for extended partitions there is no specification,
 * they are as Linux, block/partitions/msdos.c, reads them.
 */
#include "block/partition.h"

#include <stdbool.h>
#include <string.h>

#include "block/mbr.h"
#include "block/transfer.h"
#include "lib/crc32.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/unicode.h"
#include "lib/util.h"

enum {
	/* Enough for all of a usual table at once: with blocks of 512 bytes sector 0, the
	 * header and 128 entries are 17 KiB, with blocks of 4096 bytes 24 KiB. */
	BUFFER_SIZE = 24 * KIB,

	LOGICAL_FIRST = 5, /* the number of the first logical partition */
	LOGICAL_MAX = 256, /* of a disk, as Linux */

	MBR_ID = 440,     /* offset of the disk's signature */
	BPB_MEDIA = 0xf0, /* the lowest media descriptor of a FAT or NTFS volume */

	GPT_HEADER_SIZE = 92, /* at least */
	GPT_ENTRY_SIZE = 128, /* at least; 128 x 2^n */
	GPT_LBA = 1,
	GPT_LABEL_UNITS = 36,
	GPT_TABLE_MAX = 16 * MIB, /* bytes of entries: 1000 times what any tool writes */
};

enum {
	TYPE_EXTENDED_CHS = 0x05,
	TYPE_EXTENDED = 0x0f,
	TYPE_EXTENDED_LINUX = 0x85,
	TYPE_GPT = 0xee
};

/* UEFI 2.10, table 5.5 */
struct gpt_header {
	char signature[8];
	uint32_t revision, size, crc, reserved;
	uint64_t lba, alternate, first_usable, last_usable;
	uint8_t guid[16];
	uint64_t entries_lba;
	uint32_t entries, entry_size, entries_crc;
} __attribute__((packed));

/* table 5.6 */
struct gpt_entry {
	uint8_t type[16], guid[16];
	uint64_t first, last, attributes;
	uint16_t name[GPT_LABEL_UNITS];
} __attribute__((packed));

_Static_assert(sizeof(struct gpt_header) == GPT_HEADER_SIZE, "GPT header");
_Static_assert(sizeof(struct gpt_entry) == GPT_ENTRY_SIZE, "GPT entry");

/* In the arena. */
static struct {
	uint8_t blocks[BUFFER_SIZE];
	uint64_t chain[LOGICAL_MAX]; /* of tables of logical partitions, so far */
} * buffer;

struct search {
	struct disk *disk;
	uint64_t lba;   /* what the buffer holds */
	uint32_t count; /* blocks of it */
	bool said;      /* that the table is damaged */
	int (*each)(const struct partition *p, void *context);
	void *context;
	struct partition partition;
};

void partition_name(const struct partition *partition, char *to, size_t size)
{
	const char *disk = disk_name(partition->disk);

	if (partition->number)
		format(to, size, "%s partition %u", disk, partition->number);
	else
		format(to, size, "%s", disk);
}

/* --- reading ------------------------------------------------------------------------------ */

static int fill_buffer(struct search *s, uint64_t lba, uint32_t count)
{
	int error;

	if (lba >= s->disk->blocks)
		return ERR_RANGE;
	if (count > s->disk->blocks - lba)
		count = s->disk->blocks - lba;
	s->count = 0;
	error = disk_transfer(s->disk, DISK_READ, lba, count, ptr_phys(buffer->blocks), &s->count);
	s->lba = lba;
	return error;
}

/* A block, by way of the buffer, where it stays until the next call; it is read together
 * with those that follow it, unless one of them cannot be read. */
static int get_block(struct search *s, uint64_t lba, const void **block)
{
	uint32_t size = s->disk->block_size;
	int error = 0;

	if (lba < s->lba || lba - s->lba >= s->count) {
		error = fill_buffer(s, lba, BUFFER_SIZE / size);
		if (error == ERR_IO)
			error = fill_buffer(s, lba, 1);
	}
	if (!error)
		*block = buffer->blocks + (uint32_t)(lba - s->lba) * size;
	return error;
}

/* Says, for once, that the table is damaged. */
static void complain(struct search *s, const char *what, uint64_t lba)
{
	if (!s->said)
		say("%s: %s (block %llu)\n", disk_name(s->disk), what, lba);
	s->said = true;
}

/* Gives s->partition, as far as it lies on the disk. */
static int give(struct search *s)
{
	struct partition *p = &s->partition;
	uint64_t left = p->start < s->disk->blocks ? s->disk->blocks - p->start : 0;
	char name[PARTITION_NAME_SIZE];

	p->disk = s->disk;
	if (!p->blocks || p->blocks > left) {
		partition_name(p, name, sizeof(name));
		say("%s: begins at block %llu and has %llu blocks, the disk has %llu\n", name,
		    p->start, p->blocks, s->disk->blocks);
		p->blocks = p->blocks ? left : 0;
	}
	return p->blocks ? s->each(p, s->context) : 0;
}

static int give_disk(struct search *s)
{
	s->partition = (struct partition){.blocks = s->disk->blocks};
	return give(s);
}

/* --- GPT ---------------------------------------------------------------------------------- */

static bool header_is_good(const struct gpt_header *header, uint64_t lba, uint32_t block_size)
{
	static const uint8_t no_crc[sizeof(header->crc)];
	const uint8_t *bytes = (const void *)header;
	const uint32_t at = offsetof(struct gpt_header, crc), behind = at + sizeof(no_crc);
	uint32_t crc;

	if (memcmp(header->signature, "EFI PART", sizeof(header->signature)) ||
	    header->size < GPT_HEADER_SIZE || header->size > block_size || header->lba != lba)
		return false;
	crc = crc32(0, bytes, at);
	crc = crc32(crc, no_crc, sizeof(no_crc));
	crc = crc32(crc, bytes + behind, header->size - behind);
	return crc == header->crc && header->entry_size &&
	       header->entry_size % GPT_ENTRY_SIZE == 0 &&
	       header->entries <= GPT_TABLE_MAX / header->entry_size;
}

/* The bytes of the entries from `offset` on, up to the end of a block. */
static int get_entries(struct search *s, const struct gpt_header *header, uint32_t offset,
		       const uint8_t **entries)
{
	uint32_t shift = __builtin_ctz(s->disk->block_size);
	const void *block;
	int error = get_block(s, header->entries_lba + (offset >> shift), &block);

	if (!error)
		*entries = (const uint8_t *)block + (offset & (s->disk->block_size - 1));
	return error;
}

static bool entries_are_good(struct search *s, const struct gpt_header *header)
{
	uint32_t size = header->entries * header->entry_size, crc = 0, piece;
	const uint8_t *entries;

	for (uint32_t offset = 0; offset < size; offset += piece) {
		piece = min_u32(size - offset, s->disk->block_size);
		if (get_entries(s, header, offset, &entries))
			return false;
		crc = crc32(crc, entries, piece);
	}
	return crc == header->entries_crc;
}

/* Reads a header. Sets *copy, unless it is damaged, to where the other one is. */
static bool load_gpt(struct search *s, uint64_t lba, struct gpt_header *header, uint64_t *copy)
{
	const void *block;

	if (get_block(s, lba, &block) || !header_is_good(block, lba, s->disk->block_size))
		return false;
	*header = *(const struct gpt_header *)block;
	*copy = header->alternate;
	return entries_are_good(s, header);
}

static int give_gpt_entry(struct search *s, const struct gpt_entry *entry, uint32_t number)
{
	static const uint8_t unused[sizeof(entry->type)];
	struct partition *p = &s->partition;

	if (!memcmp(entry->type, unused, sizeof(unused)))
		return 0;
	*p = (struct partition){
		.table = PARTITION_GPT,
		.number = number,
		.start = entry->first,
		.blocks = entry->last >= entry->first ? entry->last - entry->first + 1 : 0,
		.attributes = entry->attributes,
	};
	memcpy(p->type, entry->type, sizeof(p->type));
	memcpy(p->guid, entry->guid, sizeof(p->guid));
	unicode_from_utf16(p->label, sizeof(p->label), entry->name, GPT_LABEL_UNITS, false);
	return give(s);
}

static bool find_gpt(struct search *s, struct gpt_header *header)
{
	uint64_t copy = s->disk->blocks - 1;

	if (load_gpt(s, GPT_LBA, header, &copy))
		return true;
	if (!load_gpt(s, copy, header, &copy)) {
		complain(s, "the GPT and its copy are damaged", copy);
		return false;
	}
	complain(s, "the GPT is damaged, using its copy", header->lba);
	return true;
}

static int give_gpt(struct search *s, const struct gpt_header *header)
{
	const uint8_t *entry;
	int result = 0;

	for (uint32_t i = 0; i < header->entries && !result; i++) {
		result = get_entries(s, header, i * header->entry_size, &entry);
		if (!result)
			result = give_gpt_entry(s, (const void *)entry, i + 1);
	}
	return result;
}

/* --- MBR ---------------------------------------------------------------------------------- */

static bool is_extended(const struct mbr_partition *entry)
{
	return entry->type == TYPE_EXTENDED || entry->type == TYPE_EXTENDED_CHS ||
	       entry->type == TYPE_EXTENDED_LINUX;
}

/* Whether a FAT or NTFS volume begins here; its boot code may look like a table. */
static bool is_volume(const void *sector0)
{
	const struct bpb *bpb = sector0;

	return (bpb->jump[0] == BPB_JUMP_SHORT || bpb->jump[0] == BPB_JUMP_NEAR) &&
	       bpb->sector_size >= SECTOR_SIZE && !(bpb->sector_size & (bpb->sector_size - 1)) &&
	       bpb->media >= BPB_MEDIA;
}

static bool is_mbr(const struct search *s, const void *sector0)
{
	const struct mbr_partition *entry = mbr_partitions(sector0);
	bool any = false;

	if (mbr_signature(sector0) != MBR_SIGNATURE_VALUE)
		return false;
	for (unsigned i = 0; i < MBR_PARTITIONS; i++, entry++) {
		uint64_t end = (uint64_t)entry->start + entry->count;

		if (entry->status & ~MBR_ACTIVE)
			return false;
		if (entry->count && end > s->disk->blocks && is_volume(sector0))
			return false;
		any |= entry->count;
	}
	return any;
}

static int give_mbr_entry(struct search *s, const struct mbr_partition *entry, uint32_t number,
			  uint64_t base, uint32_t id)
{
	s->partition = (struct partition){
		.table = PARTITION_MBR,
		.number = number,
		.start = base + entry->start,
		.blocks = entry->count,
		.mbr_type = entry->type,
		.mbr_id = id,
	};
	return give(s);
}

static bool is_loop(uint64_t lba, unsigned length)
{
	for (unsigned i = 0; i < length; i++)
		if (buffer->chain[i] == lba)
			return true;
	return false;
}

/* The table of one link of the chain; NULL at the end of what can be read. */
static const void *get_link(struct search *s, uint64_t lba, unsigned length)
{
	const void *block;

	if (is_loop(lba, length) || length == LOGICAL_MAX)
		complain(s, "the chain of logical partitions has no end", lba);
	else if (lba >= s->disk->blocks)
		complain(s, "the chain of logical partitions leaves the disk", lba);
	else if (get_block(s, lba, &block))
		complain(s, "the chain of logical partitions cannot be read", lba);
	else if (mbr_signature(block) != MBR_SIGNATURE_VALUE)
		complain(s, "the chain of logical partitions is broken", lba);
	else
		return block;
	return NULL;
}

/* What an extended partition has, counted from *number on. Each table's partitions are
 * relative to itself, its link to the next one is relative to the first. */
static int give_logical(struct search *s, uint64_t first, uint32_t id, uint32_t *number)
{
	struct mbr_partition table[MBR_PARTITIONS], *entry;
	uint64_t lba = first;
	bool more = true;
	int result = 0;

	for (unsigned length = 0; more && !result; length++) {
		const void *block = get_link(s, lba, length);
		uint64_t base = lba;

		if (!block)
			return 0;
		buffer->chain[length] = lba;
		memcpy(table, mbr_partitions(block), sizeof(table));
		more = false;
		for (entry = table; entry < table + MBR_PARTITIONS && !result; entry++) {
			if (is_extended(entry) && entry->count && !more) {
				lba = first + entry->start;
				more = true;
			} else if (!is_extended(entry) && entry->count) {
				result = give_mbr_entry(s, entry, (*number)++, base, id);
			}
		}
	}
	return result;
}

static int give_mbr(struct search *s, const struct mbr_partition *table, uint32_t id)
{
	uint32_t number = LOGICAL_FIRST;
	int result = 0;

	for (unsigned i = 0; i < MBR_PARTITIONS && !result; i++)
		if (table[i].count && !is_extended(&table[i]) && table[i].type != TYPE_GPT)
			result = give_mbr_entry(s, &table[i], i + 1, 0, id);
	for (unsigned i = 0; i < MBR_PARTITIONS && !result; i++)
		if (table[i].count && is_extended(&table[i]))
			result = give_logical(s, table[i].start, id, &number);
	return result;
}

static bool has_gpt(const struct mbr_partition *table)
{
	for (unsigned i = 0; i < MBR_PARTITIONS; i++)
		if (table[i].type == TYPE_GPT)
			return true;
	return false;
}

int partition_each(struct disk *disk, int (*each)(const struct partition *p, void *context),
		   void *context)
{
	struct search search = {.disk = disk, .each = each, .context = context};
	struct mbr_partition table[MBR_PARTITIONS];
	struct gpt_header header;
	const uint8_t *sector0;
	uint32_t id;
	int error = disk_verify(disk, 0, 0); /* is there a medium? */

	if (!error && !buffer)
		buffer = memory_alloc_raw(sizeof(*buffer), PAGE_SIZE);
	if (!error && !buffer)
		error = ERR_NOMEM;
	if (error)
		return error == ERR_RANGE ? ERR_NOMEDIUM : error;
	if (disk->kind == DISK_CD)
		return give_disk(&search);
	error = get_block(&search, 0, (const void **)&sector0);
	if (error)
		return error;
	if (!is_mbr(&search, sector0))
		return give_disk(&search);
	memcpy(table, mbr_partitions(sector0), sizeof(table));
	memcpy(&id, sector0 + MBR_ID, sizeof(id));
	if (has_gpt(table) && find_gpt(&search, &header))
		return give_gpt(&search, &header);
	return give_mbr(&search, table, id);
}
