/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The log of XFS. It is a ring of records, each of them a header and a stream of operations:
 * the start of a transaction, regions of its items, its commit. A region can go on in the
 * next operation, which can be in the next record. An item is a region that says what it is,
 * and regions with what was changed: pieces of a buffer, as on the disk, or an inode's core,
 * in the order of bytes of the machine that wrote it (taken for little-endian), and its fork.
 *
 * Between the tail, which the last record names, and the head is what may not be in its
 * place yet. Where each change goes to and where it is in the log is written down here, in
 * the log's order; whoever reads a buffer or an inode gets them laid over what is on the
 * disk. Allocation, quota and extended attributes are left out: nobody reads them.
 *
 * Specification: XFS Algorithms & Data Structures, 3rd edition, "Journaling Log"; Linux,
 * fs/xfs/libxfs/xfs_log_format.h.
 */
#include "fs/xfs_log.h"

#include <string.h>

#include "fs/driver.h"
#include "lib/error.h"
#include "lib/util.h"

enum {
	BLOCK = 512,
	MAX_RECORD = 256 << 10,
	CYCLE_DATA = 64, /* words that one block of the header keeps */
	CYCLES_AT = 44,  /* in the first block; at 4 in the others */
	CYCLES_AT_EXTENDED = 4,
	MAX_BLOCKS = 1 << 22, /* 2 GiB */
};

/* The most significant byte first. */
struct record_header {
	uint8_t magic[4];
	uint32_t cycle, version, length;
	uint64_t lsn, tail_lsn;
	uint32_t crc, prev_block, operations;
	uint32_t cycle_data[CYCLE_DATA];
	uint32_t format;
	uint8_t uuid[16];
	uint32_t size;
} __attribute__((packed));

static const uint8_t record_magic[4] = {0xfe, 0xed, 0xba, 0xbe};

struct operation {
	uint32_t id, length;
	uint8_t client, flags;
	uint16_t unused;
} __attribute__((packed));

enum {
	OP_START = 0x1,
	OP_COMMIT = 0x2,
	OP_CONTINUE = 0x4, /* the region goes on in the next operation */
	OP_UNMOUNT = 0x20,
};

enum item_type { ITEM_INODE = 0x123b, ITEM_BUFFER = 0x123c };

/* What begins an item; of a buffer the map has a bit for each CHUNK that was changed. */
union item {
	struct {
		uint16_t type, regions;
	};
	struct {
		uint16_t type, regions, flags, blocks;
		uint64_t block; /* of 512 bytes */
		uint32_t map_size, map[17];
	} __attribute__((packed)) buffer;
	struct {
		uint16_t type, regions;
		uint32_t fields;
		uint16_t attr_size, data_size;
		uint32_t pad;
		uint64_t number, device[2], block; /* of 512 bytes */
		uint32_t blocks, offset;
	} __attribute__((packed)) inode;
	uint8_t bytes[88];
};

enum {
	CHUNK_BITS = 7,
	BUFFER_INODES = 0x1, /* only the list of unlinked inodes */
	BUFFER_CANCEL = 0x2,
	BUFFER_TYPE_SHIFT = 11,
	BUFFER_UNKNOWN = 0,
	BUFFER_BTREE = 4,
	BUFFER_SYMLINK = 9,
	BUFFER_DIR_BLOCK = 10,
	BUFFER_DIR_DATA = 11,
	BUFFERS_READ = 1 << BUFFER_UNKNOWN | 1 << BUFFER_BTREE | 1 << BUFFER_SYMLINK |
		       1 << BUFFER_DIR_BLOCK | 1 << BUFFER_DIR_DATA,

	INODE_DATA = 0x2 | 0x4, /* ilf_fields: the fork as on the disk, data or extents */
	INODE_ROOT = 0x8,       /* or the root of its B+tree, as in memory */
};

/* What a change is of. */
enum kind { IN_BUFFER, IN_CORE, IN_FORK, IN_ROOT };

enum { OWNER_NONE = 0 }; /* its transaction is committed; else one more than its number */

/* A change: `length` bytes that are in the stream of a record. */
struct change {
	uint64_t target; /* bytes from the partition's start: of the buffer's piece, the inode */
	uint32_t record; /* the block that its header is in */
	uint32_t stream;
	uint32_t length; /* 0: it does not count */
	uint16_t offset; /* in the core, the fork or the root */
	uint8_t kind, owner;
};

/* A transaction that is not committed yet: where in an item it is. */
struct transaction {
	bool open;
	uint32_t id;
	bool has_header; /* the first region has been read */
	uint16_t region; /* of the item; 0 is what it is */
	uint32_t got;    /* bytes of the region */
	uint32_t bit;    /* of a buffer: the next one of the map */
	union item item;
};

enum { TRANSACTIONS = 8, ROOT_MAX = 4096, MAX_CHANGES = 1 << 20 };

struct xfs_log {
	struct xfs_log_place place;
	struct transaction transactions[TRANSACTIONS];
	uint32_t record, header_blocks; /* that is read */
	uint8_t *buffers[2], *inode, *root;
	uint8_t turn; /* of `buffers` */
	uint32_t used;
	struct change *changes; /* NULL while they are counted */
};

static uint32_t be32(uint32_t value)
{
	return __builtin_bswap32(value);
}

/* --- the ring ------------------------------------------------------------------------- */

static const uint8_t *log_block(struct fs *fs, const struct xfs_log_place *place, uint32_t block)
{
	return fs_metadata(fs, place->start + (uint64_t)(block % place->blocks) * BLOCK, BLOCK);
}

/* The number of the turn of the ring in which a block was written. */
static int get_cycle(struct fs *fs, const struct xfs_log_place *place, uint32_t block,
		     uint32_t *cycle)
{
	const uint8_t *bytes = log_block(fs, place, block);

	if (!bytes)
		return ERR_IO;
	*cycle = get_be32(bytes + (memcmp(bytes, record_magic, 4) ? 0 : 4));
	return 0;
}

/* The block behind the last one that was written. */
static int find_head(struct fs *fs, const struct xfs_log_place *place, uint32_t *head)
{
	uint32_t low = 0, high = place->blocks, first, cycle;
	int error = get_cycle(fs, place, 0, &first);

	while (!error && low < high) {
		uint32_t middle = low + (high - low) / 2;

		error = get_cycle(fs, place, middle, &cycle);
		if (!error && cycle == first)
			low = middle + 1;
		else
			high = middle;
	}
	*head = low;
	return error;
}

static uint32_t header_blocks(const struct record_header *header)
{
	uint32_t size = be32(header->size);

	if (!(be32(header->version) & 2) || size > MAX_RECORD || !size)
		return 1;
	return (size + CYCLE_DATA * BLOCK - 1) / (CYCLE_DATA * BLOCK);
}

static uint32_t record_blocks(const struct record_header *header)
{
	return header_blocks(header) + (be32(header->length) + BLOCK - 1) / BLOCK;
}

/* A record's header; NULL if there is none, or after an error. */
static const struct record_header *get_record(struct fs *fs, const struct xfs_log_place *place,
					      uint32_t block)
{
	const struct record_header *header = (const void *)log_block(fs, place, block);

	if (!header || memcmp(header->magic, record_magic, 4) ||
	    be32(header->length) > MAX_RECORD || record_blocks(header) > place->blocks)
		return NULL;
	return header;
}

/* The last record that is whole; NULL if there is none. */
static const struct record_header *find_last(struct fs *fs, const struct xfs_log_place *place,
					     uint32_t *head)
{
	uint32_t limit = min_u32(place->blocks, 4 * MAX_RECORD / BLOCK), n;

	for (n = 1; n <= limit; n++) {
		uint32_t block = (*head + place->blocks - n) % place->blocks;
		const struct record_header *header = get_record(fs, place, block);

		if (header && record_blocks(header) <= n) {
			*head = (block + record_blocks(header)) % place->blocks;
			return get_record(fs, place, block);
		}
	}
	return NULL;
}

/* Copies a piece of a record's stream. The first word of each block has been replaced by
 * the cycle, and is kept in the header. */
static int read_stream(struct fs *fs, const struct xfs_log_place *place, uint32_t record,
		       uint32_t headers, uint32_t at, void *to, uint32_t length)
{
	uint8_t *out = to;
	const uint8_t *bytes;

	while (length) {
		uint32_t index = at / BLOCK, skip = at % BLOCK, n = min_u32(BLOCK - skip, length);
		uint32_t i;

		bytes = log_block(fs, place, record + headers + index);
		if (!bytes)
			return ERR_IO;
		memcpy(out, bytes + skip, n);
		if (skip < 4) {
			if (index / CYCLE_DATA >= headers)
				return ERR_INVAL;
			bytes = log_block(fs, place, record + index / CYCLE_DATA);
			if (!bytes)
				return ERR_IO;
			bytes += index < CYCLE_DATA ? CYCLES_AT : CYCLES_AT_EXTENDED;
			for (i = skip; i < 4 && i - skip < n; i++)
				out[i - skip] = bytes[index % CYCLE_DATA * 4 + i];
		}
		out += n;
		at += n;
		length -= n;
	}
	return 0;
}

/* --- what was changed ----------------------------------------------------------------- */

static int add_change(struct xfs_log *log, const struct transaction *t, enum kind kind,
		      uint64_t target, uint32_t offset, uint32_t stream, uint32_t length)
{
	if (!log->changes) {
		log->used++;
		return 0;
	}
	log->changes[log->used++] = (struct change){
		.target = target,
		.record = log->record,
		.stream = stream,
		.length = length,
		.offset = offset,
		.kind = kind,
		.owner = t - log->transactions + 1,
	};
	return 0;
}

/* A buffer was freed: what it held does not count any more. */
static void cancel(struct xfs_log *log, const union item *item)
{
	uint64_t start = item->buffer.block * BLOCK;

	for (uint32_t i = 0; log->changes && i < log->used; i++)
		if (log->changes[i].kind == IN_BUFFER &&
		    log->changes[i].target - start < (uint64_t)item->buffer.blocks * BLOCK)
			log->changes[i].length = 0;
}

static bool map_bit(const union item *item, uint32_t bit)
{
	return bit / 32 < item->buffer.map_size && bit / 32 < ARRAY_SIZE(item->buffer.map) &&
	       item->buffer.map[bit / 32] >> bit % 32 & 1;
}

/* A piece of a buffer's region: each region goes to the next bits of the map. */
static int buffer_region(struct xfs_log *log, struct transaction *t, uint32_t stream,
			 uint32_t length, bool last)
{
	const union item *item = &t->item;
	uint32_t end = ARRAY_SIZE(item->buffer.map) * 32;
	uint64_t target;
	int error = 0;

	if (!t->got)
		while (t->bit < end && !map_bit(item, t->bit))
			t->bit++;
	target = item->buffer.block * BLOCK + ((uint64_t)t->bit << CHUNK_BITS) + t->got;
	if (!(item->buffer.flags & (BUFFER_INODES | BUFFER_CANCEL)) &&
	    BUFFERS_READ >> (item->buffer.flags >> BUFFER_TYPE_SHIFT) & 1 && t->bit < end)
		error = add_change(log, t, IN_BUFFER, target, 0, stream, length);
	if (last)
		t->bit += (t->got + length) >> CHUNK_BITS;
	return error;
}

/* A piece of an inode's core, or its fork. */
static int inode_region(struct xfs_log *log, struct transaction *t, uint32_t stream,
			uint32_t length)
{
	const union item *item = &t->item;
	uint64_t target = item->inode.block * BLOCK + item->inode.offset;
	enum kind kind = t->region == 1                  ? IN_CORE :
			 item->inode.fields & INODE_ROOT ? IN_ROOT :
							   IN_FORK;
	uint32_t limit = kind == IN_CORE ? log->place.inode_core :
			 kind == IN_ROOT ? ROOT_MAX :
					   log->place.inode_size - log->place.inode_core;

	if (t->region > 2 || (t->region == 2 && !(item->inode.fields & (INODE_DATA | INODE_ROOT))))
		return 0;
	if (t->got >= limit)
		return 0;
	return add_change(log, t, kind, target, t->got, stream, min_u32(length, limit - t->got));
}

/* --- operations ----------------------------------------------------------------------- */

static struct transaction *find_transaction(struct xfs_log *log, uint32_t id)
{
	for (uint32_t i = 0; i < TRANSACTIONS; i++)
		if (log->transactions[i].open && log->transactions[i].id == id)
			return &log->transactions[i];
	return NULL;
}

static int start_transaction(struct xfs_log *log, uint32_t id)
{
	struct transaction *t = find_transaction(log, id);

	for (uint32_t i = 0; i < TRANSACTIONS && !t; i++)
		if (!log->transactions[i].open)
			t = &log->transactions[i];
	if (!t)
		return ERR_NOMEM;
	memset(t, 0, sizeof(*t));
	t->open = true;
	t->id = id;
	return 0;
}

static void commit(struct xfs_log *log, struct transaction *t)
{
	uint8_t owner = t - log->transactions + 1;

	for (uint32_t i = 0; log->changes && i < log->used; i++)
		if (log->changes[i].owner == owner)
			log->changes[i].owner = OWNER_NONE;
	t->open = false;
}

/* The piece of a region that an operation has. */
static int take_region(struct fs *fs, struct xfs_log *log, struct transaction *t, uint32_t stream,
		       uint32_t length, bool last)
{
	int error = 0;

	if (!t->has_header) {
		t->has_header = last;
		return 0;
	}
	if (!t->region) {
		uint32_t room = sizeof(t->item) - min_u32(t->got, sizeof(t->item));

		if (!t->got)
			memset(&t->item, 0, sizeof(t->item));
		error = read_stream(fs, &log->place, log->record, log->header_blocks, stream,
				    t->item.bytes + sizeof(t->item) - room, min_u32(length, room));
		if (last && t->item.type == ITEM_BUFFER && t->item.buffer.flags & BUFFER_CANCEL)
			cancel(log, &t->item);
		t->bit = 0;
	} else if (t->item.type == ITEM_BUFFER) {
		error = buffer_region(log, t, stream, length, last);
	} else if (t->item.type == ITEM_INODE) {
		error = inode_region(log, t, stream, length);
	}
	t->got += length;
	if (last) {
		t->got = 0;
		if (++t->region >= t->item.regions)
			t->region = 0;
	}
	return error;
}

/* The operations of one record. */
static int read_record(struct fs *fs, struct xfs_log *log, uint32_t length)
{
	struct operation op;
	struct transaction *t;
	uint32_t at = 0, size;
	int error = 0;

	while (!error && at + sizeof(op) <= length) {
		error = read_stream(fs, &log->place, log->record, log->header_blocks, at, &op,
				    sizeof(op));
		if (error)
			break;
		at += sizeof(op);
		size = be32(op.length);
		if (size > length - at)
			break;
		if (op.flags & OP_START)
			error = start_transaction(log, op.id);
		t = find_transaction(log, op.id);
		if (t && op.flags & OP_COMMIT)
			commit(log, t);
		else if (t && (size || !(op.flags & OP_START)))
			error = take_region(fs, log, t, at, size, !(op.flags & OP_CONTINUE));
		at += size;
	}
	return error;
}

/* All records from the tail to the head, or to the first that is not one. */
static int read_log(struct fs *fs, struct xfs_log *log, uint32_t tail, uint32_t head)
{
	uint32_t left = (head + log->place.blocks - tail) % log->place.blocks, length;
	int error = 0;

	if (!left)
		left = log->place.blocks;
	memset(log->transactions, 0, sizeof(log->transactions));
	log->used = 0;
	log->record = tail;
	while (!error && left) {
		const struct record_header *header = get_record(fs, &log->place, log->record);
		uint32_t blocks;

		if (!header)
			break;
		blocks = record_blocks(header);
		length = be32(header->length);
		log->header_blocks = header_blocks(header);
		if (blocks > left)
			break;
		error = read_record(fs, log, length);
		log->record = (log->record + blocks) % log->place.blocks;
		left -= blocks;
	}
	for (uint32_t i = 0; log->changes && i < log->used; i++)
		if (log->changes[i].owner != OWNER_NONE)
			log->changes[i].length = 0;
	return error;
}

/* Memory for all but the changes. */
static struct xfs_log *make_log(const struct xfs_log_place *place)
{
	struct xfs_log *log =
		fs_allocate(sizeof(*log) + 2 * place->buffer + place->inode_size + ROOT_MAX);

	if (!log)
		return NULL;
	log->place = *place;
	log->buffers[0] = (uint8_t *)(log + 1);
	log->buffers[1] = log->buffers[0] + place->buffer;
	log->inode = log->buffers[1] + place->buffer;
	log->root = log->inode + place->inode_size;
	return log;
}

/* Reads the log twice: for the number of changes, and for the changes. */
static int take_changes(struct fs *fs, struct xfs_log *log, uint32_t tail, uint32_t head)
{
	int error = read_log(fs, log, tail, head);

	if (error)
		return error;
	if (log->used > MAX_CHANGES)
		return ERR_NOMEM;
	log->changes = fs_allocate(log->used * sizeof(struct change));
	return log->changes ? read_log(fs, log, tail, head) : ERR_NOMEM;
}

int xfs_log_open(struct fs *fs, const struct xfs_log_place *place, struct xfs_log **log)
{
	const struct record_header *last;
	uint32_t head, tail, cycle;
	struct operation op;
	int error;

	*log = NULL;
	if (!place->blocks || place->blocks > MAX_BLOCKS)
		return ERR_INVAL;
	error = get_cycle(fs, place, 0, &cycle);
	if (error || !cycle)
		return error;
	error = find_head(fs, place, &head);
	if (error)
		return error;
	last = find_last(fs, place, &head);
	if (!last)
		return 0;
	tail = be32(last->tail_lsn >> 32) % place->blocks;
	if (be32(last->operations) == 1) {
		uint32_t blocks = record_blocks(last), headers = header_blocks(last);

		error = read_stream(fs, place, (head + place->blocks - blocks) % place->blocks,
				    headers, 0, &op, sizeof(op));
		if (error || op.flags & OP_UNMOUNT)
			return error;
	}
	*log = make_log(place);
	return *log ? take_changes(fs, *log, tail, head) : ERR_NOMEM;
}

/* --- laying changes over what is on the disk -------------------------------------------- */

static int read_change(struct fs *fs, struct xfs_log *log, const struct change *change,
		       uint32_t skip, void *to, uint32_t length)
{
	const struct record_header *header = get_record(fs, &log->place, change->record);

	if (!header)
		return ERR_IO;
	return read_stream(fs, &log->place, change->record, header_blocks(header),
			   change->stream + skip, to, length);
}

const void *xfs_log_metadata(struct fs *fs, struct xfs_log *log, uint64_t offset, uint32_t length)
{
	const void *on_disk = NULL;
	uint8_t *buffer = NULL;

	for (uint32_t i = 0; log && i < log->used; i++) {
		const struct change *change = &log->changes[i];
		uint64_t from = change->target > offset ? change->target : offset;
		uint64_t to = change->target + change->length;

		if (to > offset + length)
			to = offset + length;
		if (change->kind != IN_BUFFER || !change->length || from >= to)
			continue;
		if (!buffer) {
			on_disk = fs_metadata(fs, offset, length);
			if (!on_disk || length > log->place.buffer)
				return NULL;
			log->turn ^= 1;
			buffer = log->buffers[log->turn];
			memcpy(buffer, on_disk, length);
		}
		if (read_change(fs, log, change, from - change->target, buffer + (from - offset),
				to - from))
			return NULL;
	}
	return buffer ? buffer : fs_metadata(fs, offset, length);
}

/* The fields of an inode's core that are read, which the log has in the other order. */
static const struct {
	uint8_t offset, size;
} core_fields[] = {{0, 2}, {2, 2}, {24, 8}, {56, 8}, {76, 4}, {90, 2}, {120, 8}, {152, 8}};

static void swap_core(uint8_t *core, uint32_t size)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(core_fields); i++) {
		uint8_t *low = core + core_fields[i].offset;
		uint8_t *high = low + core_fields[i].size - 1;

		if (core_fields[i].offset + core_fields[i].size > size)
			continue;
		for (; low < high; low++, high--) {
			uint8_t byte = *low;

			*low = *high;
			*high = byte;
		}
	}
}

enum { CORE_MAX = 176, CORE_FORKOFF = 82 };

/* The root of a B+tree is in memory as any block of it; in the inode it has level and count
 * only, and its pointers are where there is room for as many keys as the fork can have. */
static void set_root(struct xfs_log *log, uint32_t root_size)
{
	uint32_t header = log->place.v5 ? 72 : 24, core = log->place.inode_core;
	uint32_t fork_size = log->place.inode_size - core;
	uint32_t forkoff = log->inode[CORE_FORKOFF] * 8, count, room, room_in_memory;
	uint8_t *fork = log->inode + core;

	if (root_size < header)
		return;
	if (forkoff && forkoff < fork_size)
		fork_size = forkoff;
	count = log->root[6] << 8 | log->root[7];
	room = (fork_size - 4) / 16;
	room_in_memory = (root_size - header) / 16;
	if (fork_size < 4 || count > room || count > room_in_memory)
		return;
	memcpy(fork, log->root + 4, 4);
	memcpy(fork + 4, log->root + header, count * 8);
	memcpy(fork + 4 + room * 8, log->root + header + room_in_memory * 8, count * 8);
}

const void *xfs_log_inode(struct fs *fs, struct xfs_log *log, uint64_t offset, uint32_t length)
{
	const void *on_disk = fs_metadata(fs, offset, length);
	uint8_t core[CORE_MAX];
	bool changed = false, has_core = false;
	uint32_t root_size = 0;
	uint8_t *to;

	if (!log || !on_disk)
		return on_disk;
	for (uint32_t i = 0; i < log->used; i++) {
		const struct change *change = &log->changes[i];

		if (change->target != offset || change->kind == IN_BUFFER || !change->length)
			continue;
		if (!changed)
			memcpy(log->inode, on_disk, length);
		changed = true;
		to = log->inode + log->place.inode_core + change->offset;
		if (change->kind == IN_FORK)
			root_size = 0;
		if (change->kind == IN_CORE) {
			has_core = true;
			to = core + change->offset;
		} else if (change->kind == IN_ROOT) {
			to = log->root + change->offset;
			root_size = change->offset + change->length;
		}
		if (read_change(fs, log, change, 0, to, change->length))
			return NULL;
	}
	if (!changed)
		return fs_metadata(fs, offset, length);
	if (has_core) {
		swap_core(core, log->place.inode_core);
		memcpy(log->inode, core, log->place.inode_core);
	}
	if (root_size)
		set_root(log, root_size);
	return log->inode;
}
