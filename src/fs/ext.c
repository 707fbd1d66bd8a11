/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * ext2, ext3 and ext4: block groups of inode tables, files as extents or as maps of blocks.
 * All of them are one format with feature bits; a file system with an incompatible bit that
 * is not in KNOWN_INCOMPAT is refused.
 *
 * If the journal was not emptied (a machine that was switched off, a snapshot of a running
 * one), every block is read as the journal has it (jbd2.h). Directories are searched from
 * their start, hashed or not, because the blocks of the hash tree look like empty ones.
 * Checksums of metadata are not verified: what they would tell apart is found where it
 * matters by checking each field before it is used.
 *
 * Specification: Linux, Documentation/filesystems/ext4.
 */
#include <string.h>

#include "fs/driver.h"
#include "fs/jbd2.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/util.h"

enum {
	SUPERBLOCK_OFFSET = 1024,
	EXT_MAGIC = 0xef53,
	MIN_BLOCK_BITS = 10,
	MAX_LOG_BLOCK_SIZE = 6,
	OLD_INODE_SIZE = 128,
	OLD_DESC_SIZE = 32,
	NEW_DESC_SIZE = 64,
	ROOT_INODE = 2,
};

enum {
	COMPAT_SPARSE_SUPER2 = 0x200,

	INCOMPAT_COMPRESSION = 0x1, /* some files are */
	INCOMPAT_FILETYPE = 0x2,
	INCOMPAT_RECOVER = 0x4,
	INCOMPAT_JOURNAL_DEV = 0x8,
	INCOMPAT_META_BG = 0x10,
	INCOMPAT_EXTENTS = 0x40,
	INCOMPAT_64BIT = 0x80,
	INCOMPAT_MMP = 0x100,
	INCOMPAT_FLEX_BG = 0x200,
	INCOMPAT_EA_INODE = 0x400,
	INCOMPAT_DIRDATA = 0x1000,
	INCOMPAT_CSUM_SEED = 0x2000,
	INCOMPAT_LARGEDIR = 0x4000,
	INCOMPAT_INLINE_DATA = 0x8000,
	INCOMPAT_ENCRYPT = 0x10000, /* some files are */
	INCOMPAT_CASEFOLD = 0x20000,
	KNOWN_INCOMPAT = INCOMPAT_COMPRESSION | INCOMPAT_FILETYPE | INCOMPAT_RECOVER |
			 INCOMPAT_META_BG | INCOMPAT_EXTENTS | INCOMPAT_64BIT | INCOMPAT_MMP |
			 INCOMPAT_FLEX_BG | INCOMPAT_EA_INODE | INCOMPAT_DIRDATA |
			 INCOMPAT_CSUM_SEED | INCOMPAT_LARGEDIR | INCOMPAT_INLINE_DATA |
			 INCOMPAT_ENCRYPT | INCOMPAT_CASEFOLD,

	RO_COMPAT_SPARSE_SUPER = 0x1,
};

struct superblock {
	uint32_t inodes_count, blocks_count_lo, unused_8[3], first_data_block;
	uint32_t log_block_size, log_cluster_size, blocks_per_group, clusters_per_group;
	uint32_t inodes_per_group, unused_2c[3];
	uint16_t magic, unused_3a[9];
	uint32_t rev_level, unused_50[2];
	uint16_t inode_size, block_group_nr;
	uint32_t feature_compat, feature_incompat, feature_ro_compat;
	uint8_t uuid[16];
	char volume_name[16];
	uint8_t unused_88[0xe0 - 0x88];
	uint32_t journal_inum, journal_dev;
	uint8_t unused_e8[0xfe - 0xe8];
	uint16_t desc_size;
	uint32_t default_mount_opts, first_meta_bg, unused_108[18], blocks_count_hi;
	uint8_t unused_154[0x24c - 0x154];
	uint32_t backup_bgs[2];
	uint8_t unused_254[0x400 - 0x254];
} __attribute__((packed));
_Static_assert(sizeof(struct superblock) == 1024, "s_checksum ends the superblock");

struct group_descriptor {
	uint32_t bitmaps[2], inode_table_lo, unused_c[7], inode_table_hi;
} __attribute__((packed));

enum {
	FLAG_COMPRESSED = 0x4, /* is only a wish without INCOMPAT_COMPRESSION */
	FLAG_COMPRESSED_BLOCKS = 0x200,
	FLAG_ENCRYPTED = 0x800,
	FLAG_EXTENTS = 0x80000,
	FLAG_INLINE_DATA = 0x10000000,

	INODE_BLOCKS = 60, /* bytes of i_block */
};

struct inode {
	uint16_t mode, uid;
	uint32_t size_lo, times[4];
	uint16_t gid, links_count;
	uint32_t blocks_lo, flags, version;
	uint8_t block[INODE_BLOCKS];
	uint32_t generation, file_acl_lo, size_high, faddr;
	uint8_t os_dependent[12];
	uint16_t extra_isize; /* from here on if it is larger than OLD_INODE_SIZE */
} __attribute__((packed));

enum { XATTR_MAGIC = 0xea020000, XATTR_SYSTEM = 7 };

struct xattr {
	uint8_t name_len, name_index;
	uint16_t value_offs;
	uint32_t value_inum, value_size, hash;
	char name[];
} __attribute__((packed));

enum { EXTENT_MAGIC = 0xf30a, EXTENT_MAX_DEPTH = 5, EXTENT_MAX_LENGTH = 32768 };

struct extent_header {
	uint16_t magic, entries, max, depth;
	uint32_t generation;
} __attribute__((packed));

/* Of a leaf, or of an index, whose `length` is another unused word. */
struct extent_entry {
	uint32_t block;
	union {
		struct {
			uint16_t length, start_hi;
			uint32_t start_lo;
		} __attribute__((packed)) leaf;
		struct {
			uint32_t child_lo;
			uint16_t child_hi, unused;
		} __attribute__((packed)) index;
	};
} __attribute__((packed));
_Static_assert(sizeof(struct extent_entry) == sizeof(struct extent_header), "both 12 bytes");

enum { DIRECT_BLOCKS = 12, INDIRECT_LEVELS = 3 };

/* The upper bits are Lustre's (INCOMPAT_DIRDATA), which has data of its own behind names. */
enum { FILE_TYPE_MASK = 0xf };

struct dirent {
	uint32_t inode;
	uint16_t rec_len;
	uint8_t name_len, file_type;
	char name[];
} __attribute__((packed));

/* fs->state */
struct ext {
	uint64_t blocks;
	uint32_t inodes, inodes_per_group, groups;
	uint32_t blocks_per_group, first_data_block;
	uint32_t compat, incompat, ro_compat;
	uint32_t first_meta_bg, backup_groups[2];
	uint32_t journal_inode;
	uint16_t inode_size, desc_size;
	uint8_t block_bits; /* log2 of the block's size */
	struct jbd2 journal;
};
_Static_assert(sizeof(struct ext) <= FS_STATE_SIZE, "fits into fs->state");

/* Whose view: the journal itself is read from where it is. */
enum view { ON_DISK, REPLAYED };

/* What is needed of an inode while other blocks are read. */
struct file {
	uint64_t home; /* the block that the inode is in, for messages */
	uint64_t size;
	uint32_t flags;
	uint32_t number;
	uint16_t mode;
	uint8_t block[INODE_BLOCKS] __attribute__((aligned(4)));
};

/* Blocks of a file that follow each other on the disk. */
struct run {
	uint64_t start; /* 0: a hole */
	uint32_t count;
};

static struct ext *ext_of(struct fs *fs)
{
	return (struct ext *)fs->state;
}

static uint32_t block_size(struct fs *fs)
{
	return 1u << ext_of(fs)->block_bits;
}

/* A block, or NULL after an error, which has been said. `from` is the block that has
 * its number. */
static const void *get_block(struct fs *fs, uint64_t block, enum view view, uint64_t from)
{
	struct ext *ext = ext_of(fs);
	const struct jbd2_copy *copy;

	if (block == 0 || block >= ext->blocks) {
		fs_say(fs, ERR_INVAL, from, "it points to a block that is not in the file system");
		return NULL;
	}
	copy = view == REPLAYED ? jbd2_find(&ext->journal, block) : NULL;
	if (copy && copy->escaped) {
		fs_say(fs, ERR_INVAL, copy->at, "metadata that looks like the journal's own");
		return NULL;
	}
	if (copy)
		block = copy->at;
	return fs_metadata(fs, block << ext->block_bits, block_size(fs));
}

/* Does this group begin with a copy of the superblock? */
static bool has_superblock(const struct ext *ext, uint32_t group)
{
	uint32_t power, base;

	if (ext->compat & COMPAT_SPARSE_SUPER2)
		return !group || group == ext->backup_groups[0] || group == ext->backup_groups[1];
	if (!(ext->ro_compat & RO_COMPAT_SPARSE_SUPER) || group < 2)
		return true;
	for (base = 3; base <= 7; base += 2) {
		for (power = base; power < group && power <= UINT32_MAX / 7;)
			power *= base;
		if (power == group)
			return true;
	}
	return false;
}

/* The block with the descriptors from number `index` * descriptors in a block on. */
static uint64_t descriptor_block(const struct ext *ext, uint32_t index)
{
	uint32_t group = index << (ext->block_bits - __builtin_ctz(ext->desc_size));

	if (index && ext->incompat & INCOMPAT_META_BG && index >= ext->first_meta_bg)
		return ext->first_data_block + (uint64_t)group * ext->blocks_per_group +
		       has_superblock(ext, group);
	return (SUPERBLOCK_OFFSET >> ext->block_bits) + 1 + index;
}

/* An inode in the cache, all ext->inode_size bytes of it; its block is in *home. */
static const struct inode *inode_at(struct fs *fs, uint32_t number, enum view view, uint64_t *home)
{
	struct ext *ext = ext_of(fs);
	uint32_t group, index, per_block = block_size(fs) / ext->desc_size;
	const struct group_descriptor *descriptor;
	const uint8_t *block;
	uint64_t offset, table;

	if (number == 0 || number > ext->inodes) {
		fs_say(fs, ERR_INVAL, *home, "an inode number that the file system has not");
		return NULL;
	}
	group = (number - 1) / ext->inodes_per_group;
	index = (number - 1) % ext->inodes_per_group;
	*home = descriptor_block(ext, group / per_block);
	block = get_block(fs, *home, view, *home);
	if (!block)
		return NULL;
	descriptor = (const void *)(block + group % per_block * ext->desc_size);
	table = descriptor->inode_table_lo;
	if (ext->desc_size >= NEW_DESC_SIZE)
		table |= (uint64_t)descriptor->inode_table_hi << 32;
	offset = (uint64_t)index * ext->inode_size;
	table += offset >> ext->block_bits;
	block = get_block(fs, table, view, *home);
	*home = table;
	return block ? (const void *)(block + (offset & (block_size(fs) - 1))) : NULL;
}

/* `home` as in get_block(): who has its number. */
static int get_file(struct fs *fs, uint32_t number, enum view view, uint64_t home,
		    struct file *file)
{
	struct ext *ext = ext_of(fs);
	const struct inode *inode;
	uint16_t type;

	file->home = home;
	inode = inode_at(fs, number, view, &file->home);
	if (!inode)
		return ERR_INVAL;
	type = inode->mode & FS_MODE_TYPE;
	if (!inode->mode)
		return fs_say(fs, ERR_INVAL, file->home, "an inode that is not in use");
	file->number = number;
	file->mode = inode->mode;
	file->flags = inode->flags;
	file->size = inode->size_lo;
	if (type == FS_MODE_FILE ||
	    (type == FS_MODE_DIRECTORY && ext->incompat & INCOMPAT_LARGEDIR))
		file->size |= (uint64_t)inode->size_high << 32;
	memcpy(file->block, inode->block, sizeof(file->block));
	if (file->size >> (32 + ext->block_bits))
		return fs_say(fs, ERR_INVAL, file->home, "a file larger than the format allows");
	/* So that reading a directory ends when the partition does. */
	if (type == FS_MODE_DIRECTORY && file->size > fs_size(fs))
		return fs_say(fs, ERR_INVAL, file->home, "a directory larger than the partition");
	return 0;
}

/* fs_node.private: the block that has the inode's number, for messages. */
enum { NODE_HOME };

static int ext_complete(struct fs *fs, struct fs_node *node)
{
	struct file file;
	int error = get_file(fs, node->id, REPLAYED, node->private[NODE_HOME], &file);

	if (error)
		return error;
	node->size = file.size;
	node->type = fs_type_of_mode(file.mode);
	return 0;
}

/* The last of the entries, which are in the order of their blocks, that begins at or before
 * `block`; in *next where the one behind it begins. NULL if the first is behind it. */
static const struct extent_entry *search_entries(const struct extent_header *header, uint32_t block,
						 uint64_t *next)
{
	const struct extent_entry *entries = (const void *)(header + 1);
	uint32_t low = 0, high = header->entries;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (entries[middle].block <= block)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < header->entries)
		*next = entries[low].block;
	return low ? &entries[low - 1] : NULL;
}

/* What the file has from `block` on: the tree's path to it, one level at a time. */
static int map_extents(struct fs *fs, const struct file *file, uint32_t block, enum view view,
		       struct run *run)
{
	const struct extent_header *header = (const void *)file->block;
	uint32_t size = INODE_BLOCKS, depth = EXTENT_MAX_DEPTH + 1;
	const struct extent_entry *entry;
	uint64_t at = file->home, next = 1ull << 32;

	for (;;) {
		if (header->magic != EXTENT_MAGIC || header->depth >= depth ||
		    (depth <= EXTENT_MAX_DEPTH && header->depth != depth - 1) ||
		    header->entries > size / sizeof(*entry) - 1)
			return fs_say(fs, ERR_INVAL, at, "not a node of a file's extent tree");
		depth = header->depth;
		entry = search_entries(header, block, &next);
		if (!entry || !depth)
			break;
		header =
			get_block(fs, entry->index.child_lo | (uint64_t)entry->index.child_hi << 32,
				  view, at);
		if (!header)
			return ERR_INVAL;
		at = entry->index.child_lo | (uint64_t)entry->index.child_hi << 32;
		size = block_size(fs);
	}
	run->start = 0;
	run->count = next <= block ? 1 : next - block > UINT32_MAX ? UINT32_MAX : next - block;
	if (entry) {
		uint32_t length = entry->leaf.length, skip = block - entry->block;
		bool unwritten = length > EXTENT_MAX_LENGTH;

		if (unwritten)
			length -= EXTENT_MAX_LENGTH;
		if (skip < length) {
			run->count = length - skip;
			if (!unwritten)
				run->start = (entry->leaf.start_lo | (uint64_t)entry->leaf.start_hi
									     << 32) +
					     skip;
		}
	}
	return 0;
}

/* The blocks that these pointers, `count` of them, have in a row. */
static void run_of_pointers(const uint32_t *pointer, uint32_t count, struct run *run)
{
	run->start = pointer[0];
	for (run->count = 1; run->count < count; run->count++)
		if (pointer[run->count] != (run->start ? run->start + run->count : 0))
			return;
}

static int map_pointers(struct fs *fs, const struct file *file, uint32_t block, enum view view,
			struct run *run)
{
	const uint32_t *pointers = (const void *)file->block;
	uint32_t bits = ext_of(fs)->block_bits - 2, shift, index;
	uint64_t rest = block, at = file->home, child;
	int level = 0;

	if (block < DIRECT_BLOCKS) {
		run_of_pointers(pointers + block, DIRECT_BLOCKS - block, run);
		return 0;
	}
	/* A tree with `level` levels of pointers maps 1 << bits * level blocks. */
	for (rest -= DIRECT_BLOCKS, level = 1; rest >> bits * level; level++) {
		if (level == INDIRECT_LEVELS)
			return fs_say(fs, ERR_INVAL, at, "a file larger than a block map");
		rest -= 1ull << bits * level;
	}
	child = pointers[DIRECT_BLOCKS + level - 1];
	shift = bits * level;
	do {
		if (!child) {
			run->start = 0;
			rest = (1ull << shift) - (rest & ((1ull << shift) - 1));
			run->count = rest > UINT32_MAX ? UINT32_MAX : rest;
			return 0;
		}
		pointers = get_block(fs, child, view, at);
		if (!pointers)
			return ERR_INVAL;
		at = child;
		shift -= bits;
		index = rest >> shift & ((1u << bits) - 1);
		child = pointers[index];
	} while (shift);
	run_of_pointers(pointers + index, (1u << bits) - index, run);
	return 0;
}

static int map_run(struct fs *fs, const struct file *file, uint32_t block, enum view view,
		   struct run *run)
{
	struct ext *ext = ext_of(fs);
	int error;

	if (file->flags & FLAG_EXTENTS)
		error = map_extents(fs, file, block, view, run);
	else
		error = map_pointers(fs, file, block, view, run);
	if (!error && run->start &&
	    (run->start >= ext->blocks || run->count > ext->blocks - run->start))
		return fs_say(fs, ERR_INVAL, file->home,
			      "the file has a block that is not in the file system");
	return error;
}

/* For jbd2.c. */
static int map_journal(struct fs *fs, uint32_t block, uint64_t *start, uint32_t *count)
{
	struct file file;
	struct run run = {0};
	int error = get_file(fs, ext_of(fs)->journal_inode, ON_DISK, 0, &file);

	if (!error)
		error = map_run(fs, &file, block, ON_DISK, &run);
	if (!error && !run.start)
		error = fs_say(fs, ERR_INVAL, file.home, "the journal has a hole");
	*start = run.start;
	*count = run.count;
	return error;
}

/* The attribute "system.data" of an inode, of all ext->inode_size bytes, or NULL. */
static const struct xattr *inline_attribute(struct fs *fs, const struct inode *inode,
					    const uint8_t **values)
{
	uint32_t size = ext_of(fs)->inode_size, at = OLD_INODE_SIZE + sizeof(uint32_t);
	const uint8_t *bytes = (const void *)inode;
	const struct xattr *xattr;

	if (size <= at || inode->extra_isize >= size - at ||
	    get_le32(bytes + OLD_INODE_SIZE + inode->extra_isize) != XATTR_MAGIC)
		return NULL;
	at += inode->extra_isize;
	*values = bytes + at;
	while (at + sizeof(*xattr) + 4 <= size && get_le32(bytes + at)) {
		xattr = (const void *)(bytes + at);
		if (xattr->name_index == XATTR_SYSTEM && xattr->name_len == 4 &&
		    !memcmp(xattr->name, "data", 4) && !xattr->value_inum)
			return xattr;
		at += align_up(sizeof(*xattr) + xattr->name_len, 4);
	}
	return NULL;
}

/* Data in the inode itself: in i_block, then in an attribute, then zeroes. */
static int map_inline(struct fs *fs, const struct file *file, uint64_t offset,
		      struct fs_extent *extent)
{
	uint32_t size = ext_of(fs)->inode_size;
	uint64_t home = file->home, rest = offset - INODE_BLOCKS;
	const struct inode *inode = inode_at(fs, file->number, REPLAYED, &home);
	const struct xattr *xattr;
	const uint8_t *values;

	if (!inode)
		return ERR_INVAL;
	extent->kind = FS_EXTENT_MEMORY;
	if (offset < INODE_BLOCKS) {
		extent->memory = inode->block + offset;
		extent->length = INODE_BLOCKS - offset;
		return 0;
	}
	xattr = inline_attribute(fs, inode, &values);
	if (!xattr || rest >= xattr->value_size) {
		extent->kind = FS_EXTENT_HOLE;
		extent->length = file->size - offset;
		return 0;
	}
	values += xattr->value_offs;
	if (xattr->value_size > size || values > (const uint8_t *)inode + size - xattr->value_size)
		return fs_say(fs, ERR_INVAL, home, "inline data that is not in the inode");
	extent->memory = values + rest;
	extent->length = xattr->value_size - rest;
	return 0;
}

static int refuse_unreadable(struct fs *fs, const struct file *file)
{
	if (file->flags & FLAG_ENCRYPTED)
		return fs_say(fs, ERR_UNSUPPORTED, file->home,
			      "the inode of an encrypted file, which cannot be read");
	if (file->flags & FLAG_COMPRESSED_BLOCKS ||
	    (file->flags & FLAG_COMPRESSED && ext_of(fs)->incompat & INCOMPAT_COMPRESSION))
		return fs_say(fs, ERR_UNSUPPORTED, file->home,
			      "the inode of a compressed file, which cannot be read");
	return 0;
}

/* A run as the journal has it: up to the first block that it has a copy of, or, if that is
 * the run's first, its copy and those that follow both here and there. */
static bool replay_run(struct fs *fs, struct run *run)
{
	const struct jbd2 *journal = &ext_of(fs)->journal;
	const struct jbd2_copy *copy = jbd2_first(journal, run->start, run->count);
	uint64_t at;
	uint32_t n;

	if (copy && copy->block > run->start)
		run->count = copy->block - run->start;
	if (!copy || copy->block > run->start)
		return false;
	if (copy->escaped) {
		run->start = copy->at;
		run->count = 1;
		return true;
	}
	at = copy->at;
	for (n = 1; n < run->count; n++) {
		copy = jbd2_find(journal, run->start + n);
		if (!copy || copy->at != at + n || copy->escaped)
			break;
	}
	run->start = at;
	run->count = n;
	return false;
}

static int ext_map(struct fs *fs, const struct fs_node *node, uint64_t offset,
		   struct fs_extent *extent)
{
	uint32_t skip = offset & (block_size(fs) - 1), bits = ext_of(fs)->block_bits;
	struct file file;
	struct run run;
	int error = get_file(fs, node->id, REPLAYED, 0, &file);

	if (!error)
		error = refuse_unreadable(fs, &file);
	if (error)
		return error;
	if (file.flags & FLAG_INLINE_DATA ||
	    (node->type == FS_LINK && file.size < INODE_BLOCKS && !(file.flags & FLAG_EXTENTS)))
		return map_inline(fs, &file, offset, extent);
	error = map_run(fs, &file, offset >> bits, REPLAYED, &run);
	if (error)
		return error;
	extent->kind = run.start ? FS_EXTENT_DISK : FS_EXTENT_HOLE;
	if (run.start && replay_run(fs, &run) && skip < sizeof(jbd2_magic)) {
		extent->kind = FS_EXTENT_MEMORY;
		extent->memory = jbd2_magic + skip;
		extent->length = sizeof(jbd2_magic) - skip;
		return 0;
	}
	extent->offset = (run.start << bits) + skip;
	extent->length = ((uint64_t)run.count << bits) - skip;
	return 0;
}

/* A piece of a directory: a block, or a part of what the inode has inline. */
struct piece {
	const uint8_t *bytes;
	uint32_t offset; /* of the cursor in it */
	uint32_t length;
	uint64_t block;
};

/* fs_cursor.private: the block of the directory that the position is in, and for messages
 * the block that the last entry was in. */
enum { CURSOR_BLOCK, CURSOR_HOME };

/* The parent's inode number, entries up to the end of i_block, more of them behind it. */
static int inline_piece(struct fs *fs, const struct file *file, struct fs_cursor *cursor,
			struct piece *piece)
{
	struct fs_extent extent;
	int error;

	if (cursor->position < sizeof(uint32_t))
		cursor->position = sizeof(uint32_t);
	error = map_inline(fs, file, cursor->position, &extent);
	if (!error && extent.kind == FS_EXTENT_HOLE)
		error = fs_say(fs, ERR_INVAL, file->home, "a directory with a hole");
	if (error)
		return error;
	piece->block = file->home;
	piece->bytes = extent.memory;
	piece->offset = 0;
	piece->length = extent.length;
	return 0;
}

/* The piece that the cursor is in. */
static int get_piece(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		     struct piece *piece)
{
	uint32_t bits = ext_of(fs)->block_bits;
	struct file file;
	struct run run;
	int error;

	piece->offset = cursor->position & (block_size(fs) - 1);
	if (!piece->offset || !cursor->private[CURSOR_BLOCK]) {
		error = get_file(fs, directory->id, REPLAYED, 0, &file);
		if (!error)
			error = refuse_unreadable(fs, &file);
		if (error)
			return error;
		if (file.flags & FLAG_INLINE_DATA)
			return inline_piece(fs, &file, cursor, piece);
		error = map_run(fs, &file, cursor->position >> bits, REPLAYED, &run);
		if (error)
			return error;
		if (!run.start)
			return fs_say(fs, ERR_INVAL, file.home, "a directory with a hole");
		cursor->private[CURSOR_BLOCK] = run.start;
	}
	piece->block = cursor->private[CURSOR_BLOCK];
	piece->bytes = get_block(fs, piece->block, REPLAYED, piece->block);
	piece->length = block_size(fs);
	return piece->bytes ? 0 : ERR_INVAL;
}

static uint32_t record_length(struct fs *fs, const struct dirent *dirent)
{
	uint32_t length = dirent->rec_len;

	/* Blocks of 64 KiB have entries that are too long for 16 bits. */
	if (block_size(fs) < 65536)
		return length;
	if (length == 0 || length == 65535)
		return 65536;
	return (length & 65532) | (length & 3) << 16;
}

/* The next entry that names something, in the cache; returns 1, 0 at the end, or an error. */
static int next_dirent(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		       const struct dirent **found)
{
	const struct dirent *dirent;
	struct piece piece = {0};
	uint32_t length;
	int error;

	while (cursor->position < directory->size) {
		error = get_piece(fs, directory, cursor, &piece);
		if (error)
			return error;
		cursor->private[CURSOR_HOME] = piece.block;
		dirent = (const void *)(piece.bytes + piece.offset);
		length = 0;
		if (piece.length - piece.offset >= sizeof(*dirent))
			length = record_length(fs, dirent);
		if (length < sizeof(*dirent) || length & 3 ||
		    length > piece.length - piece.offset ||
		    dirent->name_len > length - sizeof(*dirent))
			return fs_say(fs, ERR_INVAL, piece.block,
				      "a directory entry of a wrong length");
		cursor->position += length;
		if (dirent->inode && dirent->name_len) {
			*found = dirent;
			return 1;
		}
	}
	return 0;
}

static int ext_next(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		    struct fs_entry *entry)
{
	const struct dirent *dirent = NULL;
	int error = next_dirent(fs, directory, cursor, &dirent);
	uint8_t type;

	if (error <= 0)
		return error;
	memcpy(entry->name, dirent->name, dirent->name_len);
	entry->name[dirent->name_len] = '\0';
	memset(&entry->node, 0, sizeof(entry->node));
	entry->node.id = dirent->inode;
	entry->node.private[NODE_HOME] = cursor->private[CURSOR_HOME];
	type = ext_of(fs)->incompat & INCOMPAT_FILETYPE ? dirent->file_type & FILE_TYPE_MASK : 0;
	entry->type = fs_type_of_entry(type);
	if (!type) {
		error = ext_complete(fs, &entry->node);
		entry->type = entry->node.type;
	}
	return error < 0 ? error : 1;
}

static int refuse_features(struct fs *fs, uint32_t incompat)
{
	char what[64];

	if (incompat & INCOMPAT_JOURNAL_DEV)
		return fs_say(fs, ERR_UNSUPPORTED, 0, "a journal of another file system");
	if (incompat & ~KNOWN_INCOMPAT) {
		format(what, sizeof(what), "has features that are not known here: %x",
		       incompat & ~KNOWN_INCOMPAT);
		return fs_say(fs, ERR_UNSUPPORTED, 0, what);
	}
	return 0;
}

static bool is_power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

/* Numbers of the superblock that everything else is computed with. */
static int take_geometry(struct fs *fs, const struct superblock *sb)
{
	struct ext *ext = ext_of(fs);
	uint64_t groups;

	ext->block_bits = MIN_BLOCK_BITS + sb->log_block_size;
	ext->inodes = sb->inodes_count;
	ext->blocks = sb->blocks_count_lo;
	ext->inodes_per_group = sb->inodes_per_group;
	ext->blocks_per_group = sb->blocks_per_group;
	ext->first_data_block = sb->first_data_block;
	ext->inode_size = OLD_INODE_SIZE;
	ext->desc_size = OLD_DESC_SIZE;
	if (sb->rev_level) {
		ext->inode_size = sb->inode_size;
		ext->compat = sb->feature_compat;
		ext->incompat = sb->feature_incompat;
		ext->ro_compat = sb->feature_ro_compat;
	}
	if (ext->incompat & INCOMPAT_64BIT) {
		ext->blocks |= (uint64_t)sb->blocks_count_hi << 32;
		ext->desc_size = sb->desc_size;
	}
	ext->first_meta_bg = sb->first_meta_bg;
	ext->backup_groups[0] = sb->backup_bgs[0];
	ext->backup_groups[1] = sb->backup_bgs[1];
	if (!is_power_of_two(ext->inode_size) || ext->inode_size < OLD_INODE_SIZE ||
	    ext->inode_size > block_size(fs))
		return fs_say(fs, ERR_INVAL, 0, "the superblock has a wrong inode size");
	if (!is_power_of_two(ext->desc_size) || ext->desc_size > block_size(fs) ||
	    ext->desc_size < (ext->incompat & INCOMPAT_64BIT ? NEW_DESC_SIZE : OLD_DESC_SIZE))
		return fs_say(fs, ERR_INVAL, 0, "the superblock has a wrong descriptor size");
	if (!ext->inodes_per_group || !ext->blocks_per_group || ext->first_data_block > 1 ||
	    ext->blocks <= ext->first_data_block || ext->blocks >> 48)
		return fs_say(fs, ERR_INVAL, 0, "the superblock has wrong numbers of blocks");
	groups = ext->blocks - ext->first_data_block + ext->blocks_per_group - 1;
	divide_u64(&groups, ext->blocks_per_group);
	ext->groups = groups;
	if (groups >> 32 || ext->inodes > groups * ext->inodes_per_group)
		return fs_say(fs, ERR_INVAL, 0, "the superblock has a wrong number of inodes");
	return 0;
}

/* What the journal has is found out once, here. If it cannot be read, what is in its place
 * is all that there is. */
static void open_journal(struct fs *fs, uint32_t inode)
{
	struct ext *ext = ext_of(fs);
	int error;

	if (!inode) {
		fs_note(fs, "was not unmounted, and its journal is on another device");
		return;
	}
	ext->journal_inode = inode;
	error = jbd2_open(fs, &ext->journal, map_journal, ext->block_bits);
	if (error)
		memset(&ext->journal, 0, sizeof(ext->journal));
	if (error == ERR_NOMEM)
		fs_note(fs, "was not unmounted, and its journal has more than fits into memory");
	else if (!error && ext->journal.capacity)
		fs_note(fs, "was not unmounted: read as its journal has it");
}

static int ext_mount(struct fs *fs)
{
	const struct superblock *sb = fs_metadata(fs, SUPERBLOCK_OFFSET, sizeof(*sb));
	uint32_t journal;
	int error;

	if (!sb)
		return ERR_IO;
	if (sb->magic != EXT_MAGIC || sb->log_block_size > MAX_LOG_BLOCK_SIZE)
		return ERR_NOENT;
	if (sb->rev_level) {
		error = refuse_features(fs, sb->feature_incompat);
		if (error)
			return error;
	}
	memcpy(fs->label, sb->volume_name, sizeof(sb->volume_name));
	fs_set_uuid(fs, sb->uuid);
	journal = sb->journal_inum;
	error = take_geometry(fs, sb);
	if (error)
		return error;
	if (ext_of(fs)->incompat & INCOMPAT_RECOVER)
		open_journal(fs, journal);
	fs->root.id = ROOT_INODE;
	error = ext_complete(fs, &fs->root);
	if (!error && fs->root.type != FS_DIRECTORY)
		return fs_say(fs, ERR_INVAL, 0, "the root is not a directory");
	return error;
}

FS_DRIVER(ext_driver) = {
	.name = "ext4",
	.mount = ext_mount,
	.map = ext_map,
	.next = ext_next,
	.complete = ext_complete,
};
