/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * XFS, versions 4 and 5: allocation groups of the same size, inodes whose number says where
 * they are, and forks, the part of an inode that is the file itself, a list of its extents,
 * or the root of a B+tree of extents. A directory is read from its data blocks alone; what
 * is behind them (leaf, node and free blocks) is for finding names by their hash.
 *
 * Checksums of metadata are not verified: each field is checked before it is used.
 *
 * Specification: XFS Algorithms & Data Structures, 3rd edition; Linux, fs/xfs/libxfs/
 * xfs_format.h and xfs_da_format.h. All of it has the most significant byte first.
 */
#include <string.h>

#include "fs/driver.h"
#include "fs/xfs_log.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/util.h"

enum {
	SUPERBLOCK_SIZE = 512, /* the smallest sector; what we read of it is less */
	MIN_BLOCK_LOG = 9,
	MAX_BLOCK_LOG = 16,
	MIN_INODE_LOG = 8,
	MAX_INODE_LOG = 11,

	VERSION_MASK = 0xf,
	VERSION_DIRV2 = 0x2000,
	VERSION_IGNORES_CASE = 0x4000, /* of ASCII letters */
	VERSION_MORE = 0x8000,         /* features2 is valid */
	FEATURE2_FTYPE = 0x200,

	INCOMPAT_FTYPE = 0x1,
	INCOMPAT_SPARSE_INODES = 0x2,
	INCOMPAT_META_UUID = 0x4,
	INCOMPAT_BIGTIME = 0x8,
	INCOMPAT_NEEDS_REPAIR = 0x10,
	INCOMPAT_NREXT64 = 0x20,
	INCOMPAT_EXCHRANGE = 0x40,
	INCOMPAT_PARENT = 0x80,
	INCOMPAT_METADIR = 0x100,   /* quota and realtime inodes have a tree of their own */
	INCOMPAT_ZONED = 0x200,     /* files with data there have FLAG_REALTIME */
	INCOMPAT_ZONE_GAPS = 0x400, /* the same */
	KNOWN_INCOMPAT = 0x7ff,
};

struct superblock {
	char magic[4];
	uint32_t block_size;
	uint64_t dblocks, rblocks, rextents;
	uint8_t uuid[16];
	uint64_t log_start, root_inode, rbm_inode, rsum_inode;
	uint32_t rext_size, ag_blocks, ag_count, rbm_blocks, log_blocks;
	uint16_t version, sector_size, inode_size, inodes_per_block;
	char name[12];
	uint8_t block_log, sector_log, inode_log, inopb_log, agblk_log, rext_log, in_progress,
		imax_pct;
	uint64_t icount, ifree, fdblocks, frextents, uquota_inode, gquota_inode;
	uint16_t qflags;
	uint8_t flags, shared_version;
	uint32_t inode_align, unit, width;
	uint8_t dirblk_log, log_sector_log;
	uint16_t log_sector_size;
	uint32_t log_unit, features2, bad_features2;
	uint32_t features_compat, features_ro_compat, features_incompat, features_log_incompat;
} __attribute__((packed));
_Static_assert(sizeof(struct superblock) == 224, "sb_crc is behind it");

enum {
	INODE_MAGIC = 0x494e,
	INODE_CORE_SIZE = 100, /* of versions 1 and 2 */
	INODE_CORE_SIZE_V3 = 176,

	FLAG_REALTIME = 0x1,
	FLAG2_NREXT64 = 0x10,
};

enum fork_format { FORK_DEVICE, FORK_LOCAL, FORK_EXTENTS, FORK_BTREE };

struct inode {
	uint16_t magic, mode;
	uint8_t version, format;
	uint8_t unused_6[18];
	uint64_t big_nextents; /* with FLAG2_NREXT64 */
	uint32_t times[6];
	uint64_t size, nblocks;
	uint32_t extsize, nextents;
	uint16_t anextents;
	uint8_t forkoff; /* where the attributes begin, in 8 bytes from the core's end; 0: none */
	uint8_t aformat;
	uint32_t dmevmask;
	uint16_t dmstate, flags;
	uint32_t gen, next_unlinked;
	/* version 3 */
	uint32_t crc;
	uint64_t changecount, lsn, flags2;
	uint8_t unused_80[24];
	uint64_t ino;
	uint8_t uuid[16];
} __attribute__((packed));
_Static_assert(sizeof(struct inode) == INODE_CORE_SIZE_V3, "the data fork is behind it");

/* An extent: a flag, 54 bits of its offset in the file, 52 of its place, 21 of its length. */
struct record {
	uint64_t high, low;
} __attribute__((packed));

/* A node of the B+tree of extents; its root in an inode has the level and the count only. */
struct bmap_block {
	char magic[4];
	uint16_t level, count;
	uint64_t left, right;
	uint8_t v5[48]; /* block, LSN, UUID, owner, checksum */
} __attribute__((packed));

enum {
	BMAP_HEADER = 24,
	BMAP_HEADER_V5 = 72,
	BMAP_ROOT_HEADER = 4,
	BMAP_LEVELS_MAX = 16,

	SYMLINK_HEADER_V5 = 56,
};

struct symlink_header {
	char magic[4];
	uint32_t offset, bytes;
} __attribute__((packed));

enum {
	DIRECTORY_HEADER = 16,
	DIRECTORY_HEADER_V5 = 64,
	DIRECTORY_TAIL = 8, /* of a single block: how many leaf entries are in front of it */
	LEAF_ENTRY = 8,
	FREE_TAG = 0xffff,
	ENTRY_ALIGN = 8,
	ENTRY_NAME = 9, /* behind the inode and the name's length; type and tag are behind it */
	ENTRY_TAG = 2,
	ENTRY_MAX = 272,
};

/* fs->state */
struct xfs {
	uint64_t blocks;
	uint32_t ag_blocks, ag_count;
	uint8_t block_bits, inode_bits, inopb_bits, agblk_bits;
	uint8_t directory_bits; /* log2 of the size of a directory's block */
	bool v5, has_types;     /* types in directory entries */
	struct xfs_log *log;    /* NULL if it is empty */
};
_Static_assert(sizeof(struct xfs) <= FS_STATE_SIZE, "fits into fs->state");

/* What an inode has in its data fork. */
struct fork {
	enum fork_format format;
	const uint8_t *bytes;
	uint32_t size;    /* bytes */
	uint64_t extents; /* if it is a list of them */
};

/* Blocks of a file that follow each other on the disk. */
struct run {
	uint64_t start; /* 0: a hole */
	uint64_t count;
};

static struct xfs *xfs_of(struct fs *fs)
{
	return (struct xfs *)fs->state;
}

static uint32_t be16(uint16_t value)
{
	return __builtin_bswap16(value);
}

static uint32_t be32(uint32_t value)
{
	return __builtin_bswap32(value);
}

static uint64_t be64(uint64_t value)
{
	return __builtin_bswap64(value);
}

/* Of a B+tree's node: its keys and pointers are at any multiple of 4. */
static uint64_t get_be64(const uint8_t *from)
{
	return (uint64_t)get_be32(from) << 32 | get_be32(from + 4);
}

static uint32_t block_size(const struct xfs *xfs)
{
	return 1u << xfs->block_bits;
}

/* A block of metadata in the cache. NULL after an error, which has been said. */
static const void *get_block(struct fs *fs, uint64_t block)
{
	const struct xfs *xfs = xfs_of(fs);

	return xfs_log_metadata(fs, xfs->log, block << xfs->block_bits, block_size(xfs));
}

/* --- inodes --------------------------------------------------------------------------- */

/* A block's number counted from the partition's start; 0 if there is no such block. On the
 * disk the upper bits are the allocation group. */
static uint64_t linear_block(const struct xfs *xfs, uint64_t block)
{
	uint64_t group = block >> xfs->agblk_bits, linear;
	uint32_t in_group = block & ((1u << xfs->agblk_bits) - 1);

	if (group >= xfs->ag_count || in_group >= xfs->ag_blocks)
		return 0;
	linear = group * xfs->ag_blocks + in_group;
	return linear < xfs->blocks ? linear : 0;
}

/* The block that an inode is in, by its number; 0 if there is none. */
static uint64_t inode_block(const struct xfs *xfs, uint64_t number)
{
	return linear_block(xfs, number >> xfs->inopb_bits);
}

/* An inode in the cache. NULL after an error, which has been said. */
static const struct inode *get_inode(struct fs *fs, uint64_t number)
{
	const struct xfs *xfs = xfs_of(fs);
	uint64_t block = inode_block(xfs, number);
	uint32_t index = number & ((1u << xfs->inopb_bits) - 1);
	const struct inode *inode;

	if (!block) {
		fs_say(fs, ERR_INVAL, 0, "an inode number that the file system has not");
		return NULL;
	}
	inode = xfs_log_inode(fs, xfs->log, (block << xfs->block_bits) + (index << xfs->inode_bits),
			      1u << xfs->inode_bits);
	if (!inode)
		return NULL;
	if (be16(inode->magic) != INODE_MAGIC || !inode->mode || (inode->version == 3) != xfs->v5 ||
	    inode->version > 3 || (xfs->v5 && be64(inode->ino) != number)) {
		fs_say(fs, ERR_INVAL, block, "no inode where there should be one");
		return NULL;
	}
	return inode;
}

static int get_fork(struct fs *fs, uint64_t number, struct fork *fork)
{
	const struct xfs *xfs = xfs_of(fs);
	const struct inode *inode = get_inode(fs, number);
	uint32_t core = xfs->v5 ? INODE_CORE_SIZE_V3 : INODE_CORE_SIZE;

	if (!inode)
		return ERR_INVAL;
	if (be16(inode->flags) & FLAG_REALTIME)
		return fs_say(fs, ERR_UNSUPPORTED, inode_block(xfs, number),
			      "the inode of a file in the realtime section, which is not read");
	fork->format = inode->format;
	fork->bytes = (const uint8_t *)inode + core;
	fork->size = (1u << xfs->inode_bits) - core;
	if (inode->forkoff && inode->forkoff * 8u <= fork->size)
		fork->size = inode->forkoff * 8u;
	fork->extents = be32(inode->nextents);
	if (xfs->v5 && be64(inode->flags2) & FLAG2_NREXT64)
		fork->extents = be64(inode->big_nextents);
	return 0;
}

static int xfs_complete(struct fs *fs, struct fs_node *node)
{
	const struct xfs *xfs = xfs_of(fs);
	const struct inode *inode = get_inode(fs, node->id);

	if (!inode)
		return ERR_INVAL;
	node->size = be64(inode->size);
	node->type = fs_type_of_mode(be16(inode->mode));
	/* A directory: so that reading it ends when the partition does. */
	if (node->size >> 63 || (node->type == FS_DIRECTORY && node->size > fs_size(fs)))
		return fs_say(fs, ERR_INVAL, inode_block(xfs, node->id), "an impossible file size");
	return 0;
}

/* --- where a file's blocks are -------------------------------------------------------- */

static uint64_t record_offset(const struct record *record)
{
	return be64(record->high) << 1 >> 10;
}

/* How many of `count` keys or, if they are so far apart, records, in ascending order, are
 * not above `block`. */
static uint32_t count_below(const uint8_t *from, uint32_t count, uint32_t stride, uint64_t block)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;
		const uint8_t *at = from + middle * stride;

		if ((stride == sizeof(struct record) ? record_offset((const void *)at) :
						       get_be64(at)) <= block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Finds `block` of a file in a list of extents; `next` is where the next list begins and
 * `at` the block it is in. */
static int search_records(struct fs *fs, const struct record *records, uint32_t count,
			  uint64_t block, uint64_t next, uint64_t at, struct run *run)
{
	const struct xfs *xfs = xfs_of(fs);
	uint32_t below = count_below((const void *)records, count, sizeof(*records), block);
	const struct record *record = &records[below - 1];
	uint64_t skip, length, start, low, high;

	if (below < count)
		next = record_offset(&records[below]);
	run->start = 0;
	run->count = next > block ? next - block : 1;
	if (!below)
		return 0;
	high = be64(record->high);
	low = be64(record->low);
	length = low & 0x1fffff;
	skip = block - record_offset(record);
	if (skip >= length)
		return 0;
	run->count = length - skip;
	if (high >> 63) /* allocated, and not written yet */
		return 0;
	start = linear_block(xfs, (high & 0x1ff) << 43 | low >> 21);
	if (!start || length > xfs->blocks - start)
		return fs_say(fs, ERR_INVAL, at, "an extent that is not in the file system");
	run->start = start + skip;
	return 0;
}

/* Goes down the tree whose root is in the fork. */
static int map_btree(struct fs *fs, const struct fork *fork, uint64_t block, uint64_t at,
		     struct run *run)
{
	const struct xfs *xfs = xfs_of(fs);
	const struct bmap_block *node;
	const uint8_t *bytes = fork->bytes;
	uint32_t header = BMAP_ROOT_HEADER, size = fork->size;
	uint32_t level = get_be32(bytes) >> 16, count = get_be32(bytes) & 0xffff, room, below;
	uint64_t next = UINT64_MAX, child;

	if (!level || level > BMAP_LEVELS_MAX)
		return fs_say(fs, ERR_INVAL, at, "an inode whose tree of extents has no levels");
	for (;;) {
		/* Keys, room for as many as there could be, and pointers; or records. */
		room = (size - header) / sizeof(struct record);
		if (count > room)
			return fs_say(fs, ERR_INVAL, at, "a node with too many extents");
		if (!level)
			return search_records(fs, (const void *)(bytes + header), count, block,
					      next, at, run);
		below = count_below(bytes + header, count, sizeof(uint64_t), block);
		if (below < count)
			next = get_be64(bytes + header + below * 8);
		if (!below) {
			run->start = 0;
			run->count = next > block ? next - block : 1;
			return 0;
		}
		child = get_be64(bytes + header + (room + below - 1) * 8);
		child = linear_block(xfs, child);
		if (!child)
			return fs_say(fs, ERR_INVAL, at, "a pointer to no block");
		at = child;
		size = block_size(xfs);
		header = xfs->v5 ? BMAP_HEADER_V5 : BMAP_HEADER;
		bytes = get_block(fs, at);
		if (!bytes)
			return ERR_IO;
		node = (const void *)bytes;
		level--;
		count = be16(node->count);
		if (memcmp(node->magic, xfs->v5 ? "BMA3" : "BMAP", 4) || be16(node->level) != level)
			return fs_say(fs, ERR_INVAL, at, "not a node of a file's tree of extents");
	}
}

static int map_run(struct fs *fs, uint64_t number, const struct fork *fork, uint64_t block,
		   struct run *run)
{
	uint64_t home = inode_block(xfs_of(fs), number);

	if (fork->format == FORK_BTREE)
		return map_btree(fs, fork, block, home, run);
	if (fork->format != FORK_EXTENTS || fork->extents > fork->size / sizeof(struct record))
		return fs_say(fs, ERR_INVAL, home, "an inode of an unknown format");
	return search_records(fs, (const void *)fork->bytes, fork->extents, block, UINT64_MAX, home,
			      run);
}

static void set_extent(const struct xfs *xfs, const struct run *run, uint64_t skip,
		       struct fs_extent *extent)
{
	extent->kind = run->start ? FS_EXTENT_DISK : FS_EXTENT_HOLE;
	extent->offset = (run->start << xfs->block_bits) + skip;
	extent->length = UINT64_MAX / 2;
	if (run->count < UINT64_MAX / 2 >> xfs->block_bits)
		extent->length = (run->count << xfs->block_bits) - skip;
}

/* Where a link leads is metadata, and may be in the log. */
static int set_memory(struct fs *fs, uint64_t block, uint32_t skip, struct fs_extent *extent)
{
	const uint8_t *bytes = get_block(fs, block);

	if (!bytes)
		return ERR_IO;
	extent->kind = FS_EXTENT_MEMORY;
	extent->memory = bytes + skip;
	extent->length = block_size(xfs_of(fs)) - skip;
	return 0;
}

/* A link of version 5 that does not fit into its inode has a header in each extent. */
static int map_link(struct fs *fs, const struct fs_node *node, uint64_t offset,
		    struct fs_extent *extent)
{
	const struct xfs *xfs = xfs_of(fs);
	const struct symlink_header *header;
	uint64_t begin = 0, block = 0, length;
	struct fork fork;
	struct run run;
	int error;

	for (;;) {
		error = get_fork(fs, node->id, &fork);
		if (!error)
			error = map_run(fs, node->id, &fork, block, &run);
		if (error)
			return error;
		if (!run.start)
			break;
		header = get_block(fs, run.start);
		if (!header)
			return ERR_IO;
		length = be32(header->bytes);
		if (memcmp(header->magic, "XSLM", 4) || be32(header->offset) != begin || !length ||
		    length > (run.count << xfs->block_bits) - SYMLINK_HEADER_V5)
			break;
		if (offset < begin + length) {
			uint64_t at = SYMLINK_HEADER_V5 + (offset - begin);

			error = set_memory(fs, run.start + (at >> xfs->block_bits),
					   at & (block_size(xfs) - 1), extent);
			if (extent->length > begin + length - offset)
				extent->length = begin + length - offset;
			return error;
		}
		begin += length;
		block += run.count;
	}
	return fs_say(fs, ERR_INVAL, run.start, "not a part of a symbolic link");
}

static int xfs_map(struct fs *fs, const struct fs_node *node, uint64_t offset,
		   struct fs_extent *extent)
{
	const struct xfs *xfs = xfs_of(fs);
	uint32_t skip = offset & (block_size(xfs) - 1);
	struct fork fork;
	struct run run;
	int error = get_fork(fs, node->id, &fork);

	if (error)
		return error;
	if (fork.format == FORK_LOCAL) {
		if (offset >= fork.size)
			return fs_say(fs, ERR_INVAL, inode_block(xfs, node->id),
				      "a file that is larger than its inode");
		extent->kind = FS_EXTENT_MEMORY;
		extent->memory = fork.bytes + offset;
		extent->length = fork.size - offset;
		return 0;
	}
	if (node->type == FS_LINK && xfs->v5)
		return map_link(fs, node, offset, extent);
	error = map_run(fs, node->id, &fork, offset >> xfs->block_bits, &run);
	if (error)
		return error;
	if (node->type == FS_LINK && xfs->log && run.start)
		return set_memory(fs, run.start, skip, extent);
	set_extent(xfs, &run, skip, extent);
	return 0;
}

/* --- directories ---------------------------------------------------------------------- */

/* An entry of either form: `type` is behind the name. */
static int set_entry(struct fs *fs, struct fs_entry *entry, uint64_t inode, const uint8_t *name,
		     uint8_t length)
{
	uint8_t type = xfs_of(fs)->has_types ? name[length] : 0;
	int error = 0;

	memcpy(entry->name, name, length);
	entry->name[length] = '\0';
	memset(&entry->node, 0, sizeof(entry->node));
	entry->node.id = inode;
	if (type) {
		entry->type = fs_type_of_entry(type);
	} else {
		error = xfs_complete(fs, &entry->node);
		entry->type = entry->node.type;
	}
	return error ? error : 1;
}

/* A directory in its inode: the numbers of entries and of those with 8 bytes for an inode, the
 * parent, and for each entry the name's length, 2 bytes, the name, type, inode. */
static int next_short(struct fs *fs, const struct fs_node *directory, const struct fork *fork,
		      struct fs_cursor *cursor, struct fs_entry *entry)
{
	bool has_types = xfs_of(fs)->has_types;
	const uint8_t *bytes = fork->bytes;
	uint32_t inode_size = bytes[1] ? 8 : 4, at, length;
	uint64_t inode;

	if (!cursor->position)
		cursor->position = 2 + inode_size;
	at = cursor->position;
	if (at >= directory->size)
		return 0;
	length = at < fork->size ? bytes[at] : 0;
	if (!length || directory->size > fork->size ||
	    at + 3 + length + has_types + inode_size > directory->size)
		return fs_say(fs, ERR_INVAL, inode_block(xfs_of(fs), directory->id),
			      "an inode with a wrong directory entry");
	cursor->position = at + 3 + length + has_types + inode_size;
	bytes += at + 3;
	inode = inode_size == 8 ? get_be64(bytes + length + has_types) :
				  get_be32(bytes + length + has_types);
	return set_entry(fs, entry, inode, bytes, length);
}

/* fs_cursor.private: one more than the file's block whose place is in CURSOR_PLACE; where
 * entries end in the directory's block. */
enum { CURSOR_BLOCK, CURSOR_PLACE, CURSOR_END };

/* Where the block of the directory with the cursor is; 0 after a hole, which is skipped. */
static int place_cursor(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
			uint64_t position)
{
	const struct xfs *xfs = xfs_of(fs);
	uint64_t block = position >> xfs->block_bits;
	struct fork fork;
	struct run run;
	int error;

	if (cursor->private[CURSOR_BLOCK] == block + 1)
		return 0;
	error = get_fork(fs, directory->id, &fork);
	if (!error)
		error = map_run(fs, directory->id, &fork, block, &run);
	if (error)
		return error;
	cursor->private[CURSOR_BLOCK] = block + 1;
	cursor->private[CURSOR_PLACE] = run.start;
	if (!run.start) {
		cursor->private[CURSOR_BLOCK] = 0;
		cursor->position = run.count < UINT64_MAX / 2 >> xfs->block_bits ?
					   (block + run.count) << xfs->block_bits :
					   UINT64_MAX / 2;
	}
	return 0;
}

static int say_directory(struct fs *fs, const struct fs_cursor *cursor)
{
	return fs_say(fs, ERR_INVAL, cursor->private[CURSOR_PLACE], "a wrong directory block");
}

/* `length` bytes at `position` of the directory, in the cache, or put together in `buffer`
 * where a directory's block is several blocks. NULL after an error. */
static const uint8_t *directory_bytes(struct fs *fs, const struct fs_node *directory,
				      struct fs_cursor *cursor, uint64_t position, uint32_t length,
				      uint8_t *buffer)
{
	const struct xfs *xfs = xfs_of(fs);
	uint32_t skip, have, copied = 0;
	const uint8_t *block;

	for (;;) {
		if (place_cursor(fs, directory, cursor, position))
			return NULL;
		if (!cursor->private[CURSOR_PLACE]) {
			say_directory(fs, cursor);
			return NULL;
		}
		block = get_block(fs, cursor->private[CURSOR_PLACE]);
		if (!block)
			return NULL;
		skip = position & (block_size(xfs) - 1);
		have = min_u32(block_size(xfs) - skip, length - copied);
		if (have == length)
			return block + skip;
		memcpy(buffer + copied, block + skip, have);
		copied += have;
		position += have;
		if (copied == length)
			return buffer;
	}
}

/* At the start of a directory's block: its header, and where its entries end. */
static int begin_block(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor)
{
	const struct xfs *xfs = xfs_of(fs);
	uint64_t start = cursor->position;
	uint32_t size = 1u << xfs->directory_bits, leaves;
	const uint8_t *bytes;
	uint8_t buffer[DIRECTORY_TAIL];
	bool single;
	int error = place_cursor(fs, directory, cursor, start);

	if (error || !cursor->private[CURSOR_PLACE]) {
		/* After a hole comes a whole block. */
		cursor->position = (cursor->position + size - 1) & ~(uint64_t)(size - 1);
		return error;
	}
	bytes = directory_bytes(fs, directory, cursor, start, sizeof(buffer), buffer);
	if (!bytes)
		return ERR_INVAL;
	single = !memcmp(bytes, xfs->v5 ? "XDB3" : "XD2B", 4);
	if (!single && memcmp(bytes, xfs->v5 ? "XDD3" : "XD2D", 4))
		return say_directory(fs, cursor);
	cursor->position += xfs->v5 ? DIRECTORY_HEADER_V5 : DIRECTORY_HEADER;
	cursor->private[CURSOR_END] = size;
	if (!single)
		return 0;
	bytes = directory_bytes(fs, directory, cursor, start + size - DIRECTORY_TAIL,
				DIRECTORY_TAIL, buffer);
	if (!bytes)
		return ERR_INVAL;
	leaves = get_be32(bytes);
	if (leaves > (size - DIRECTORY_HEADER_V5 - DIRECTORY_TAIL) / LEAF_ENTRY)
		return say_directory(fs, cursor);
	cursor->private[CURSOR_END] = size - DIRECTORY_TAIL - leaves * LEAF_ENTRY;
	return 0;
}

/* The entry at the cursor, which goes on behind it: 1, or 0 if there is a free space. */
static int take_entry(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		      uint32_t left, struct fs_entry *entry)
{
	uint64_t position = cursor->position, inode;
	uint8_t buffer[ENTRY_MAX];
	const uint8_t *bytes;
	uint32_t length;

	if (left < ENTRY_ALIGN)
		return say_directory(fs, cursor);
	bytes = directory_bytes(fs, directory, cursor, position, ENTRY_ALIGN, buffer);
	if (!bytes)
		return ERR_INVAL;
	if (get_be32(bytes) >> 16 == FREE_TAG) {
		length = get_be32(bytes) & 0xffff;
		if (!length || length % ENTRY_ALIGN || length > left)
			return say_directory(fs, cursor);
		cursor->position += length;
		return 0;
	}
	if (left < 2 * ENTRY_ALIGN)
		return say_directory(fs, cursor);
	bytes = directory_bytes(fs, directory, cursor, position, 2 * ENTRY_ALIGN, buffer);
	if (!bytes)
		return ERR_INVAL;
	length = align_up(ENTRY_NAME + bytes[ENTRY_NAME - 1] + xfs_of(fs)->has_types + ENTRY_TAG,
			  ENTRY_ALIGN);
	if (!bytes[ENTRY_NAME - 1] || length > left)
		return say_directory(fs, cursor);
	bytes = directory_bytes(fs, directory, cursor, position, length, buffer);
	if (!bytes)
		return ERR_INVAL;
	cursor->position += length;
	inode = get_be64(bytes);
	return set_entry(fs, entry, inode, bytes + ENTRY_NAME, bytes[ENTRY_NAME - 1]);
}

static int next_in_blocks(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
			  struct fs_entry *entry)
{
	uint32_t mask = (1u << xfs_of(fs)->directory_bits) - 1, at;
	int result = 0;

	while (!result && cursor->position < directory->size) {
		at = cursor->position & mask;
		if (!at)
			result = begin_block(fs, directory, cursor);
		else if (at >= cursor->private[CURSOR_END])
			cursor->position = (cursor->position | mask) + 1;
		else
			result = take_entry(fs, directory, cursor, cursor->private[CURSOR_END] - at,
					    entry);
	}
	return result;
}

static int xfs_next(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		    struct fs_entry *entry)
{
	struct fork fork;
	int error;

	/* Most entries are in the block that the last one was in. */
	if (cursor->private[CURSOR_BLOCK])
		return next_in_blocks(fs, directory, cursor, entry);
	error = get_fork(fs, directory->id, &fork);
	if (error)
		return error;
	if (fork.format == FORK_LOCAL)
		return next_short(fs, directory, &fork, cursor, entry);
	return next_in_blocks(fs, directory, cursor, entry);
}

/* --- mounting ------------------------------------------------------------------------- */

static int take_geometry(struct fs *fs, const struct superblock *sb)
{
	struct xfs *xfs = xfs_of(fs);

	xfs->blocks = be64(sb->dblocks);
	xfs->ag_blocks = be32(sb->ag_blocks);
	xfs->ag_count = be32(sb->ag_count);
	xfs->block_bits = sb->block_log;
	xfs->inode_bits = sb->inode_log;
	xfs->inopb_bits = sb->inopb_log;
	xfs->agblk_bits = sb->agblk_log;
	xfs->directory_bits = sb->block_log + sb->dirblk_log;
	if (sb->block_log < MIN_BLOCK_LOG || sb->block_log > MAX_BLOCK_LOG ||
	    be32(sb->block_size) != block_size(xfs))
		return fs_say(fs, ERR_INVAL, 0, "the superblock has a wrong block size");
	if (sb->dirblk_log > MAX_BLOCK_LOG || xfs->directory_bits > MAX_BLOCK_LOG)
		return fs_say(fs, ERR_INVAL, 0, "the superblock has a wrong directory block size");
	if (sb->inode_log < MIN_INODE_LOG || sb->inode_log > MAX_INODE_LOG ||
	    sb->inode_log > sb->block_log || sb->inopb_log != sb->block_log - sb->inode_log)
		return fs_say(fs, ERR_INVAL, 0, "the superblock has a wrong inode size");
	if (!xfs->ag_count || !xfs->ag_blocks || sb->agblk_log > 31 ||
	    xfs->ag_blocks > 1u << sb->agblk_log || xfs->blocks >> 48 ||
	    xfs->blocks > (uint64_t)xfs->ag_count * xfs->ag_blocks)
		return fs_say(fs, ERR_INVAL, 0, "the superblock has wrong numbers of blocks");
	return 0;
}

static int refuse_features(struct fs *fs, const struct superblock *sb)
{
	uint32_t version = be16(sb->version), unknown = 0;
	char what[64];

	if ((version & VERSION_MASK) == 5)
		unknown = be32(sb->features_incompat) & ~KNOWN_INCOMPAT;
	else if ((version & VERSION_MASK) != 4 || !(version & VERSION_DIRV2))
		return fs_say(fs, ERR_UNSUPPORTED, 0, "a version before 4, or its directories");
	if (sb->in_progress)
		return fs_say(fs, ERR_INVAL, 0, "mkfs.xfs was not finished");
	if (unknown) {
		format(what, sizeof(what), "has features that are not known here: %x", unknown);
		return fs_say(fs, ERR_UNSUPPORTED, 0, what);
	}
	return 0;
}

/* A log that was not emptied is read through. If it cannot be, or is on another device, what
 * is in its place is all that there is. */
static void open_log(struct fs *fs, const struct xfs_log_place *place)
{
	struct xfs *xfs = xfs_of(fs);
	int error = place->start ? xfs_log_open(fs, place, &xfs->log) : 0;

	if (error)
		xfs->log = NULL;
	if (error == ERR_NOMEM)
		fs_note(fs, "was not unmounted, and its log has more than fits into memory");
	else if (error)
		fs_note(fs, "its log cannot be read");
	else if (xfs->log)
		fs_note(fs, "was not unmounted: read as its log has it");
}

static int xfs_mount(struct fs *fs)
{
	const struct superblock *sb = fs_metadata(fs, 0, SUPERBLOCK_SIZE);
	struct xfs *xfs = xfs_of(fs);
	struct xfs_log_place place = {0};
	int error;

	if (!sb)
		return ERR_IO;
	if (memcmp(sb->magic, "XFSB", 4))
		return ERR_NOENT;
	error = refuse_features(fs, sb);
	if (!error)
		error = take_geometry(fs, sb);
	if (error)
		return error;
	memcpy(fs->label, sb->name, sizeof(sb->name));
	fs->ignores_case = be16(sb->version) & VERSION_IGNORES_CASE;
	fs_set_uuid(fs, sb->uuid);
	xfs->v5 = (be16(sb->version) & VERSION_MASK) == 5;
	xfs->has_types =
		xfs->v5 ? be32(sb->features_incompat) & INCOMPAT_FTYPE :
			  be16(sb->version) & VERSION_MORE && be32(sb->features2) & FEATURE2_FTYPE;
	fs->root.id = be64(sb->root_inode);
	place.start = linear_block(xfs, be64(sb->log_start)) << xfs->block_bits;
	place.blocks = be32(sb->log_blocks) << (xfs->block_bits - MIN_BLOCK_LOG);
	place.buffer = block_size(xfs);
	place.inode_size = 1u << xfs->inode_bits;
	place.inode_core = xfs->v5 ? INODE_CORE_SIZE_V3 : INODE_CORE_SIZE;
	place.v5 = xfs->v5;
	open_log(fs, &place);
	error = xfs_complete(fs, &fs->root);
	if (!error && fs->root.type != FS_DIRECTORY)
		return fs_say(fs, ERR_INVAL, 0, "the root is not a directory");
	return error;
}

FS_DRIVER(xfs_driver) = {
	.name = "xfs",
	.mount = xfs_mount,
	.map = xfs_map,
	.next = xfs_next,
	.complete = xfs_complete,
};
