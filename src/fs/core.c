/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * File systems, read only: what does not depend on the format. Paths are followed here,
 * and where a file's pieces follow each other on the disk they are read at once, straight
 * to where the caller wants them. What describes files (metadata) goes through a cache:
 * a ring of pieces of any length, in which a new one takes the place of the oldest.
 *
 * Reference for paths: POSIX.1-2017, 4.13 "Pathname Resolution".
 */
#include "fs/fs.h"

#include <string.h>

#include "block/transfer.h"
#include "fs/driver.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/section.h"
#include "lib/unicode.h"
#include "lib/util.h"

enum {
	METADATA_MAX = 64 * KIB,  /* bytes that are asked for at once */
	READ_UNIT = 4 * KIB,      /* pieces begin and end at multiples of it */
	READ_SEQUENCE = 32 * KIB, /* the most that is read when less is asked for */
	PIECE_MAX = METADATA_MAX + READ_UNIT,
	RING_MIN = 3 * PIECE_MAX, /* so that there is room beside any piece that must stay */
	LOOKUPS_MAX = 4096,       /* of one path: many links and ".." could need any number */
};

/* A piece of a disk. */
struct piece {
	struct disk *disk;
	uint64_t offset; /* bytes from the disk's start */
	uint32_t length; /* 0: there is none */
	uint32_t place;  /* in the ring */
};

static struct {
	uint8_t *ring;
	uint32_t size; /* of the ring */
	uint32_t next; /* where the next piece goes */
	struct piece *pieces;
	uint32_t capacity;        /* of `pieces`: enough for a ring of READ_UNITs */
	const struct piece *last; /* that was asked for: it stays for one more call */
	uint64_t sequence_end;    /* disk bytes: where the piece ends that was read last */
	uint32_t sequence;        /* and how much to read if the next begins there */
	char *path, *link;        /* FS_PATH_MAX each */
	struct fs_entry entry;
} cache NOINIT;

_Static_assert((int)MAX_BLOCK_SIZE <= (int)READ_UNIT, "pieces are whole blocks");

/* --- messages ----------------------------------------------------------------------- */

static int say_where(struct fs *fs, int error, const char *unit, uint64_t where, const char *what)
{
	char name[PARTITION_NAME_SIZE];

	if (fs->damage_said)
		return error;
	fs->damage_said = true;
	partition_name(&fs->partition, name, sizeof(name));
	say("%s: %s: %s %llu: %s\n", name, fs->driver->name, unit, where, what);
	return error;
}

int fs_say(struct fs *fs, int error, uint64_t block, const char *what)
{
	return say_where(fs, error, "block", block, what);
}

void fs_note(struct fs *fs, const char *what)
{
	char name[PARTITION_NAME_SIZE];

	partition_name(&fs->partition, name, sizeof(name));
	say("%s: %s: %s\n", name, fs->driver->name, what);
}

/* --- metadata ------------------------------------------------------------------------- */

void fs_init(void *memory, uint32_t size)
{
	uint32_t capacity = size / READ_UNIT;

	memset(&cache, 0, sizeof(cache));
	size -= 2 * FS_PATH_MAX + capacity * sizeof(struct piece);
	cache.ring = memory;
	cache.size = align_down(size, READ_UNIT);
	cache.pieces = (void *)(cache.ring + cache.size);
	cache.capacity = capacity;
	memset(cache.pieces, 0, capacity * sizeof(struct piece));
	cache.path = (char *)(cache.pieces + capacity);
	cache.link = cache.path + FS_PATH_MAX;
}

static bool overlaps(const struct piece *piece, uint32_t place, uint32_t length)
{
	return piece && piece->length && place < piece->place + piece->length &&
	       piece->place < place + length;
}

/* Forgets the pieces in a part of the ring. */
static void clear_ring(uint32_t place, uint32_t length)
{
	for (uint32_t i = 0; i < cache.capacity; i++)
		if (overlaps(&cache.pieces[i], place, length))
			cache.pieces[i].length = 0;
}

void *fs_allocate(uint32_t size)
{
	if (size > cache.size || cache.size - align_up(size, READ_UNIT) < RING_MIN)
		return NULL;
	size = align_up(size, READ_UNIT);
	cache.size -= size;
	clear_ring(cache.size, size);
	if (cache.next > cache.size)
		cache.next = 0;
	cache.last = NULL;
	return memset(cache.ring + cache.size, 0, size);
}

uint64_t fs_size(const struct fs *fs)
{
	return fs->partition.blocks * fs->partition.disk->block_size;
}

static bool holds(const struct piece *piece, const struct disk *disk, uint64_t offset,
		  uint32_t length)
{
	return piece->disk == disk && offset >= piece->offset &&
	       offset + length <= piece->offset + piece->length;
}

static const struct piece *find_piece(const struct disk *disk, uint64_t offset, uint32_t length)
{
	if (cache.last && holds(cache.last, disk, offset, length))
		return cache.last;
	for (uint32_t i = 0; i < cache.capacity; i++)
		if (holds(&cache.pieces[i], disk, offset, length))
			return &cache.pieces[i];
	return NULL;
}

/* Makes room in the ring, but not where the last piece is. */
static struct piece *new_piece(uint32_t length)
{
	uint32_t place = cache.next;
	struct piece *piece = cache.pieces;

	for (;;) {
		if (length > cache.size - place)
			place = 0;
		if (!overlaps(cache.last, place, length))
			break;
		place = align_up(cache.last->place + cache.last->length, READ_UNIT);
	}
	clear_ring(place, length);
	cache.next = align_up(place + length, READ_UNIT);
	while (piece->length)
		piece++;
	piece->place = place;
	return piece;
}

/* Fills a piece with what the disk has from `start` on. */
static bool fill_piece(struct piece *piece, struct disk *disk, uint64_t start, uint32_t length)
{
	uint32_t shift = __builtin_ctz(disk->block_size), done;

	if (disk_transfer(disk, DISK_READ, start >> shift, length >> shift,
			  ptr_phys(cache.ring + piece->place), &done))
		return false;
	piece->disk = disk;
	piece->offset = start;
	piece->length = length;
	cache.sequence_end = start + length;
	return true;
}

/* Reads what lies around [offset, offset + length) of a disk; more, and more each time,
 * if such a piece begins where the last one ended, and if that can be read. */
static const struct piece *read_piece(struct disk *disk, uint64_t offset, uint32_t length)
{
	uint64_t disk_end = disk->blocks * disk->block_size;
	uint64_t start = offset & ~(uint64_t)(READ_UNIT - 1);
	uint32_t needed = align_up(offset + length - start, READ_UNIT), size;
	struct piece *piece;

	if (needed > disk_end - start)
		needed = disk_end - start;
	cache.sequence =
		start == cache.sequence_end ? min_u32(2 * cache.sequence, READ_SEQUENCE) : needed;
	size = cache.sequence > needed ? cache.sequence : needed;
	if (size > disk_end - start)
		size = disk_end - start;
	piece = new_piece(size);
	if (fill_piece(piece, disk, start, size) ||
	    (size > needed && fill_piece(piece, disk, start, needed)))
		return piece;
	return NULL;
}

const void *fs_metadata(struct fs *fs, uint64_t offset, uint32_t length)
{
	struct disk *disk = fs->partition.disk;
	const struct piece *piece;

	if (length > METADATA_MAX || offset > fs_size(fs) || length > fs_size(fs) - offset) {
		say_where(fs, ERR_INVAL, "byte", offset, "outside of the partition");
		return NULL;
	}
	offset += fs->partition.start * disk->block_size;
	piece = find_piece(disk, offset, length);
	if (!piece)
		piece = read_piece(disk, offset, length);
	cache.last = piece;
	return piece ? cache.ring + piece->place + (uint32_t)(offset - piece->offset) : NULL;
}

/* --- mounting ------------------------------------------------------------------------- */

/* A label is shown: as a terminal's command it would do harm. */
static void clean_label(char *label)
{
	size_t length = strlen(label);

	while (length && label[length - 1] == ' ')
		label[--length] = '\0';
	for (; *label; label++)
		if ((uint8_t)*label < ' ' || *label == 0x7f)
			*label = '?';
}

void fs_set_uuid(struct fs *fs, const uint8_t *uuid)
{
	char *to = fs->uuid, *end = fs->uuid + sizeof(fs->uuid);

	for (int i = 0; i < 16; i++)
		to += format(to, end - to, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
			     uuid[i]);
}

enum fs_type fs_type_of_mode(uint16_t mode)
{
	switch (mode & FS_MODE_TYPE) {
	case FS_MODE_FILE:
		return FS_FILE;
	case FS_MODE_DIRECTORY:
		return FS_DIRECTORY;
	case FS_MODE_LINK:
		return FS_LINK;
	default:
		return FS_OTHER;
	}
}

enum fs_type fs_type_of_entry(uint8_t type)
{
	return type == 1 ? FS_FILE : type == 2 ? FS_DIRECTORY : type == 7 ? FS_LINK : FS_OTHER;
}

static void log_mounted(const struct fs *fs)
{
	char name[PARTITION_NAME_SIZE];

	partition_name(&fs->partition, name, sizeof(name));
	log_line(LOG_INFO, "%s: %s, label '%s', UUID '%s'", name, fs->driver->name, fs->label,
		 fs->uuid);
}

int fs_mount(struct fs *fs, const struct partition *partition)
{
	for (const struct fs_driver *d = fs_drivers_start; d < fs_drivers_end; d++) {
		int error;

		memset(fs, 0, sizeof(*fs));
		fs->partition = *partition;
		fs->driver = d;
		error = d->mount(fs);
		if (error == ERR_NOENT)
			continue;
		clean_label(fs->label);
		if (!error)
			log_mounted(fs);
		return error;
	}
	return ERR_NOENT;
}

const char *fs_format(const struct fs *fs)
{
	return fs->driver->name;
}

/* --- directories and paths ------------------------------------------------------------ */

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

int fs_list(struct fs *fs, const struct fs_node *directory,
	    int (*each)(const struct fs_entry *entry, void *context), void *context)
{
	struct fs_cursor cursor = {0};
	int result;

	if (directory->type != FS_DIRECTORY)
		return ERR_NOENT;
	for (;;) {
		cache.entry.alias[0] = '\0';
		result = fs->driver->next(fs, directory, &cursor, &cache.entry);
		if (result <= 0)
			return result;
		result = is_dots(cache.entry.name) ? 0 : each(&cache.entry, context);
		if (result)
			return result;
	}
}

int fs_open_entry(struct fs *fs, const struct fs_entry *entry, struct fs_node *node)
{
	*node = entry->node;
	node->type = entry->type;
	return fs->driver->complete ? fs->driver->complete(fs, node) : 0;
}

struct wanted {
	struct fs *fs;
	const char *name;
	struct fs_node *node;
};

enum { FOUND = 1 };

static bool is_wanted(const struct wanted *wanted, const char *name)
{
	return wanted->fs->ignores_case ? unicode_same_but_case(name, wanted->name) :
					  !strcmp(name, wanted->name);
}

static int compare_name(const struct fs_entry *entry, void *context)
{
	const struct wanted *wanted = context;
	int error;

	if (!is_wanted(wanted, entry->name) &&
	    !(entry->alias[0] && is_wanted(wanted, entry->alias)))
		return 0;
	error = fs_open_entry(wanted->fs, entry, wanted->node);
	return error ? error : FOUND;
}

/* The entry of this name; it may overwrite the directory. */
static int look_up(struct fs *fs, const struct fs_node *directory, const char *name,
		   struct fs_node *node)
{
	struct fs_node in = *directory;
	struct wanted wanted = {fs, name, node};
	int result;

	if (in.type != FS_DIRECTORY)
		return ERR_NOENT;
	if (fs->driver->lookup)
		return fs->driver->lookup(fs, &in, name, node);
	result = fs_list(fs, &in, compare_name, &wanted);
	return result == FOUND ? 0 : result ? result : ERR_NOENT;
}

/* Puts `text` in place of [start, end) of the path. */
static int replace(uint32_t start, uint32_t end, const char *text)
{
	size_t length = strlen(text), rest = strlen(cache.path + end) + 1;

	if (start + length + rest > FS_PATH_MAX)
		return ERR_RANGE;
	memmove(cache.path + start + length, cache.path + end, rest);
	memcpy(cache.path + start, text, length);
	return 0;
}

/* Reads where a link leads. */
static int read_link(struct fs *fs, const struct fs_node *link)
{
	uint32_t done;
	int error;

	if (!link->size || link->size >= FS_PATH_MAX)
		return link->size ? ERR_RANGE : ERR_NOENT;
	error = fs_read(fs, link, 0, ptr_phys(cache.link), link->size, &done);
	cache.link[error ? 0 : done] = '\0';
	return error;
}

/*
 * A path on its way. What is before `at` in cache.path are names of directories, no links,
 * each with one '/' behind it; `node` is the last of them. A link is replaced by where it
 * leads; ".." takes the name before it away, and the way is begun again.
 */
struct walk {
	struct fs *fs;
	uint32_t at, end; /* of the next name */
	struct fs_node *node;
	unsigned links, lookups;
};

static void begin_again(struct walk *w)
{
	w->at = 0;
	*w->node = w->fs->root;
}

/* Finds the next name; false if there is none. */
static bool next_name(struct walk *w)
{
	while (cache.path[w->at] == '/')
		replace(w->at, w->at + 1, "");
	for (w->end = w->at; cache.path[w->end] && cache.path[w->end] != '/'; w->end++)
		;
	return w->end > w->at;
}

static bool name_is(const struct walk *w, const char *name)
{
	size_t length = strlen(name);

	return w->end - w->at == length && !memcmp(cache.path + w->at, name, length);
}

/* Takes out ".." and the name before it, if there is one, and what more there is of this. */
static void go_up(struct walk *w)
{
	do {
		uint32_t start = w->at ? w->at - 1 : 0;

		while (start && cache.path[start - 1] != '/')
			start--;
		replace(start, w->end, "");
		w->at = start;
	} while (next_name(w) && name_is(w, ".."));
	begin_again(w);
}

static int follow_link(struct walk *w, const struct fs_node *link)
{
	bool absolute;
	int error = ++w->links > FS_LINKS_MAX ? ERR_RANGE : read_link(w->fs, link);

	if (error)
		return error;
	absolute = cache.link[0] == '/';
	error = replace(absolute ? 0 : w->at, w->end, cache.link);
	if (absolute)
		begin_again(w);
	return error;
}

static int enter(struct walk *w)
{
	char after = cache.path[w->end];
	struct fs_node found = {0};
	int error;

	if (++w->lookups > LOOKUPS_MAX)
		return ERR_RANGE;
	cache.path[w->end] = '\0';
	error = look_up(w->fs, w->node, cache.path + w->at, &found);
	cache.path[w->end] = after;
	if (error)
		return error;
	if (found.type == FS_LINK)
		return follow_link(w, &found);
	*w->node = found;
	w->at = w->end + (after == '/');
	return 0;
}

static int walk(struct fs *fs, struct fs_node *node)
{
	struct walk w = {.fs = fs, .node = node};
	int error = 0;

	begin_again(&w);
	while (!error && next_name(&w)) {
		if (node->type != FS_DIRECTORY)
			return ERR_NOENT;
		if (name_is(&w, "."))
			replace(w.at, w.end, "");
		else if (name_is(&w, ".."))
			go_up(&w);
		else
			error = enter(&w);
	}
	return error;
}

int fs_open(struct fs *fs, const char *path, struct fs_node *node)
{
	char name[PARTITION_NAME_SIZE], start[PARTITION_NAME_SIZE];
	int error = ERR_RANGE;

	if (strlen(path) < FS_PATH_MAX) {
		memcpy(cache.path, path, strlen(path) + 1);
		error = walk(fs, node);
	}
	if (error == ERR_RANGE) {
		partition_name(&fs->partition, name, sizeof(name));
		format(start, sizeof(start), "%s", path);
		say("%s: too long a path, or too many links: %s\n", name, start);
	}
	return error;
}

/* --- reading ---------------------------------------------------------------------------- */

static int transfer(struct fs *fs, uint64_t offset, uint32_t length, uint64_t to)
{
	const struct partition *p = &fs->partition;
	uint32_t block_size = p->disk->block_size, shift = __builtin_ctz(block_size), done;

	while (length) {
		uint32_t in_block = offset & (block_size - 1);
		uint32_t bytes = length & ~(block_size - 1);
		const void *metadata;

		if (!in_block && bytes) {
			int error = disk_transfer(p->disk, DISK_READ, p->start + (offset >> shift),
						  bytes >> shift, to, &done);
			if (error)
				return error;
		} else { /* a part of a block */
			bytes = min_u32(block_size - in_block, length);
			if (to + bytes > FOUR_GIB)
				return ERR_RANGE;
			metadata = fs_metadata(fs, offset, bytes);
			if (!metadata)
				return ERR_IO;
			memcpy(phys_ptr(to), metadata, bytes);
		}
		offset += bytes;
		to += bytes;
		length -= bytes;
	}
	return 0;
}

/* Pieces of a file that make one transfer. */
struct run {
	uint64_t offset, to;
	uint32_t length;
};

static int finish_run(struct fs *fs, struct run *run)
{
	uint32_t length = run->length;

	run->length = 0;
	if (!length)
		return 0;
	if (run->offset > fs_size(fs) || length > fs_size(fs) - run->offset)
		return say_where(fs, ERR_INVAL, "byte", run->offset, "outside of the partition");
	return transfer(fs, run->offset, length, run->to);
}

/* Adds a piece of the disk to a run, which is finished first if the piece does not follow
 * it. */
static int add_to_run(struct fs *fs, struct run *run, const struct fs_extent *extent, uint64_t to)
{
	int error = 0;

	if (!run->length || run->offset + run->length != extent->offset ||
	    run->to + run->length != to) {
		error = finish_run(fs, run);
		run->offset = extent->offset;
		run->to = to;
	}
	run->length += extent->length;
	return error;
}

/* What is not on the disk by itself. */
static int fill(const struct fs_extent *extent, uint64_t to)
{
	if (to + extent->length > FOUR_GIB)
		return ERR_RANGE;
	if (extent->kind == FS_EXTENT_HOLE)
		memset(phys_ptr(to), 0, extent->length);
	else
		memcpy(phys_ptr(to), extent->memory, extent->length);
	return 0;
}

int fs_read(struct fs *fs, const struct fs_node *node, uint64_t offset, uint64_t to,
	    uint32_t length, uint32_t *done)
{
	struct run run = {0};
	struct fs_extent extent;
	int error;

	*done = 0;
	if (offset >= node->size)
		return 0;
	if (length > node->size - offset)
		length = node->size - offset;
	for (uint32_t at = 0; at < length; at += extent.length) {
		error = fs->driver->map(fs, node, offset + at, &extent);
		if (error)
			return error;
		if (extent.length > length - at)
			extent.length = length - at;
		if (extent.kind == FS_EXTENT_DISK)
			error = add_to_run(fs, &run, &extent, to + at);
		else
			error = fill(&extent, to + at);
		if (error)
			return error;
	}
	error = finish_run(fs, &run);
	*done = error ? 0 : length;
	return error;
}
