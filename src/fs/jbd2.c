/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The journal of ext3 and ext4. It is a ring of blocks: a transaction is descriptor blocks,
 * each followed by the copies of the blocks that its tags name, revoke blocks with the
 * numbers of blocks whose earlier copies are void, and a commit block. Blocks of the last
 * transaction without a commit do not count. Recovery would write the last copy of each
 * block to its place; here a table says where that copy is.
 *
 * Fast commits, which no distribution turns on, are left out: what they say is in the next
 * full commit, five seconds later. Checksums are not verified: the commit block is written
 * when all others are on the disk.
 *
 * Specification: Linux, Documentation/filesystems/ext4/journal.rst.
 */
#include "fs/jbd2.h"

#include <string.h>

#include "fs/driver.h"
#include "lib/error.h"
#include "lib/util.h"

const uint8_t jbd2_magic[4] = {0xc0, 0x3b, 0x39, 0x98};

enum block_type { DESCRIPTOR = 1, COMMIT, SUPERBLOCK_V1, SUPERBLOCK_V2, REVOKE };

/* All of it has the most significant byte first. */
enum {
	HEADER_MAGIC = 0,
	HEADER_TYPE = 4,
	HEADER_SEQUENCE = 8,
	HEADER_SIZE = 12,

	SB_BLOCK_SIZE = 0xc,
	SB_MAXLEN = 0x10,
	SB_FIRST = 0x14,
	SB_SEQUENCE = 0x18,
	SB_START = 0x1c,
	SB_INCOMPAT = 0x28,
	SB_FAST_COMMIT_BLOCKS = 0x54,
	DEFAULT_FAST_COMMIT_BLOCKS = 256,

	INCOMPAT_REVOKE = 0x1,
	INCOMPAT_64BIT = 0x2,
	INCOMPAT_ASYNC_COMMIT = 0x4,
	INCOMPAT_CSUM_V2 = 0x8,
	INCOMPAT_CSUM_V3 = 0x10,
	INCOMPAT_FAST_COMMIT = 0x20,
	KNOWN_INCOMPAT = 0x3f,

	TAG_FLAGS = 6, /* 16 bits; with CSUM_V3 32 bits at 4, of which these are the lower */
	TAG_BLOCK_HIGH = 8,
	TAG_ESCAPED = 1,
	TAG_SAME_UUID = 2,
	TAG_LAST = 8,
	UUID_SIZE = 16,
	CHECKSUM_SIZE = 4, /* at the end of descriptor and revoke blocks */

	REVOKE_COUNT = 0xc, /* bytes in use, from the block's start */
	REVOKE_BLOCKS = 0x10,

	MIN_CAPACITY = 256,
};

/* The ring while it is read. */
struct log {
	struct fs *fs;
	struct jbd2 *journal; /* NULL: to find the last commit and to count tags */
	jbd2_map *map;
	uint32_t block_bits, features;
	uint32_t first, end; /* blocks of the ring: the last one is before `end` */
	uint32_t start, start_sequence;
	uint32_t at, sequence;
	uint32_t left; /* blocks of the ring not read yet: it may have no end */
	uint32_t tags;
	struct {
		uint64_t start;
		uint32_t block, count;
	} run; /* what `map` has said last */
};

static struct jbd2_copy *find_slot(const struct jbd2 *journal, uint64_t block)
{
	uint32_t i = ((uint32_t)block ^ (uint32_t)(block >> 32)) * 0x9e3779b1u >> 8;
	struct jbd2_copy *copy;

	for (;; i++) {
		copy = &journal->copies[i & (journal->capacity - 1)];
		if (copy->block == block || !(copy->block || copy->at))
			return copy;
	}
}

const struct jbd2_copy *jbd2_find(const struct jbd2 *journal, uint64_t block)
{
	const struct jbd2_copy *copy = journal->capacity ? find_slot(journal, block) : NULL;

	return copy && copy->block == block && copy->at ? copy : NULL;
}

const struct jbd2_copy *jbd2_first(const struct jbd2 *journal, uint64_t block, uint32_t count)
{
	const struct jbd2_copy *first = NULL;

	for (uint32_t i = 0; i < journal->capacity; i++) {
		const struct jbd2_copy *copy = &journal->copies[i];

		if (copy->at && copy->block - block < count &&
		    (!first || copy->block < first->block))
			first = copy;
	}
	return first;
}

static int add_copy(struct jbd2 *journal, uint64_t block, uint64_t at, bool escaped)
{
	struct jbd2_copy *copy = find_slot(journal, block);

	if (!copy->block && !copy->at && ++journal->used == journal->capacity)
		return ERR_NOMEM;
	*copy = (struct jbd2_copy){.block = block, .at = at, .escaped = escaped};
	return 0;
}

static void revoke(struct jbd2 *journal, uint64_t block)
{
	struct jbd2_copy *copy = find_slot(journal, block);

	if (copy->block == block)
		copy->at = 0;
}

/* Where in the file system a block of the journal is; 0 after an error. */
static uint64_t place_of(struct log *log, uint32_t block)
{
	if (block - log->run.block >= log->run.count) {
		log->run.block = block;
		if (log->map(log->fs, block, &log->run.start, &log->run.count)) {
			log->run.count = 0;
			return 0;
		}
	}
	return log->run.start + (block - log->run.block);
}

static const uint8_t *read_block(struct log *log, uint32_t block)
{
	uint64_t place = place_of(log, block);

	return place ? fs_metadata(log->fs, place << log->block_bits, 1u << log->block_bits) : NULL;
}

/* Goes on by one block of the ring; false when all of it has been read. */
static bool advance(struct log *log)
{
	if (++log->at == log->end)
		log->at = log->first;
	return --log->left;
}

static uint32_t room_for_tags(const struct log *log)
{
	bool tail = log->features & (INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3);

	return (1u << log->block_bits) - (tail ? CHECKSUM_SIZE : 0);
}

static uint32_t tag_size(const struct log *log)
{
	if (log->features & INCOMPAT_CSUM_V3)
		return 16;
	return 8 + (log->features & INCOMPAT_64BIT ? 4 : 0) +
	       (log->features & INCOMPAT_CSUM_V2 ? 2 : 0);
}

/* The tags of the descriptor block that the log is at, and the copies behind it. */
static int read_tags(struct log *log)
{
	uint32_t descriptor = log->at, offset = HEADER_SIZE, size = tag_size(log), flags = 0;
	const uint8_t *tag;
	uint64_t block, place;
	int error;

	for (; !(flags & TAG_LAST) && offset + size <= room_for_tags(log); offset += size) {
		if (!advance(log))
			return 0;
		place = place_of(log, log->at);
		tag = place ? read_block(log, descriptor) : NULL;
		if (!tag)
			return ERR_IO;
		tag += offset;
		flags = tag[TAG_FLAGS] << 8 | tag[TAG_FLAGS + 1];
		block = get_be32(tag);
		if (log->features & INCOMPAT_64BIT)
			block |= (uint64_t)get_be32(tag + TAG_BLOCK_HIGH) << 32;
		if (!(flags & TAG_SAME_UUID))
			offset += UUID_SIZE;
		log->tags++;
		if (log->journal) {
			error = add_copy(log->journal, block, place, flags & TAG_ESCAPED);
			if (error)
				return error;
		}
	}
	return 0;
}

static void read_revokes(struct log *log, const uint8_t *block)
{
	uint32_t size = log->features & INCOMPAT_64BIT ? 8 : 4, offset;
	uint32_t end = min_u32(get_be32(block + REVOKE_COUNT), room_for_tags(log));

	for (offset = REVOKE_BLOCKS; log->journal && offset + size <= end; offset += size) {
		uint64_t number = get_be32(block + offset);

		if (size == 8)
			number = number << 32 | get_be32(block + offset + 4);
		revoke(log->journal, number);
	}
}

/* Reads all transactions; without log->journal up to what is none, which gives the
 * sequence number `end` behind the last one that was committed. */
static int read_log(struct log *log, uint32_t *end)
{
	const uint8_t *block;
	int error = 0;

	log->at = log->start;
	log->sequence = log->start_sequence;
	log->left = log->end - log->first;
	do {
		if (log->journal && log->sequence == *end)
			return 0;
		block = read_block(log, log->at);
		if (!block)
			return ERR_IO;
		if (memcmp(block, jbd2_magic, sizeof(jbd2_magic)) ||
		    get_be32(block + HEADER_SEQUENCE) != log->sequence)
			break;
		switch (get_be32(block + HEADER_TYPE)) {
		case DESCRIPTOR:
			error = read_tags(log);
			break;
		case REVOKE:
			read_revokes(log, block);
			break;
		case COMMIT:
			log->sequence++;
			break;
		default:
			log->left = 1;
		}
	} while (!error && log->left && advance(log));
	*end = log->sequence;
	return error;
}

/* Memory for that many copies, or for as many as there is memory for. */
static int make_table(struct jbd2 *journal, uint32_t copies)
{
	journal->capacity = MIN_CAPACITY;
	while (journal->capacity / 4 * 3 < copies && journal->capacity < 1u << 24)
		journal->capacity *= 2;
	for (; journal->capacity >= MIN_CAPACITY; journal->capacity /= 2) {
		journal->copies = fs_allocate(journal->capacity * sizeof(struct jbd2_copy));
		if (journal->copies)
			return 0;
	}
	journal->capacity = 0;
	return ERR_NOMEM;
}

int jbd2_open(struct fs *fs, struct jbd2 *journal, jbd2_map *map, uint32_t block_bits)
{
	struct log log = {.fs = fs, .map = map, .block_bits = block_bits};
	const uint8_t *sb = read_block(&log, 0);
	uint64_t place = log.run.start;
	uint32_t type, end, sequence = 0;
	int error;

	if (!sb)
		return ERR_IO;
	type = get_be32(sb + HEADER_TYPE);
	if (memcmp(sb, jbd2_magic, sizeof(jbd2_magic)) ||
	    (type != SUPERBLOCK_V1 && type != SUPERBLOCK_V2) ||
	    get_be32(sb + SB_BLOCK_SIZE) != 1u << block_bits)
		return fs_say(fs, ERR_INVAL, place, "not the superblock of a journal");
	log.features = type == SUPERBLOCK_V2 ? get_be32(sb + SB_INCOMPAT) : 0;
	log.first = get_be32(sb + SB_FIRST);
	log.end = get_be32(sb + SB_MAXLEN);
	log.start = get_be32(sb + SB_START);
	log.start_sequence = get_be32(sb + SB_SEQUENCE);
	if (log.features & ~KNOWN_INCOMPAT)
		return fs_say(fs, ERR_UNSUPPORTED, place, "a journal with unknown features");
	if (log.features & INCOMPAT_FAST_COMMIT) {
		end = get_be32(sb + SB_FAST_COMMIT_BLOCKS);
		log.end -= end ? end : DEFAULT_FAST_COMMIT_BLOCKS;
	}
	if (!log.start)
		return 0;
	if (log.first == 0 || log.first >= log.end || log.end > get_be32(sb + SB_MAXLEN) ||
	    log.start < log.first || log.start >= log.end)
		return fs_say(fs, ERR_INVAL, place, "the journal's numbers of blocks are wrong");
	error = read_log(&log, &sequence);
	if (error || sequence == log.start_sequence)
		return error;
	error = make_table(journal, log.tags);
	if (error)
		return error;
	log.journal = journal;
	return read_log(&log, &sequence);
}
