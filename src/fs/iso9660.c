/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * ISO 9660: a CD, or an image of one on any disk. A directory is a file of records, one
 * for each entry. Long names, links and more are in one of two extensions: Rock Ridge puts
 * them behind each record, or elsewhere if there is no room (a continuation area); Joliet
 * is a second tree of directories with names in UTF-16. As in Linux, Rock Ridge is used
 * where a CD has both, and neither on a CD without.
 *
 * References: ECMA-119, 4th edition; System Use Sharing Protocol 1.12 (SUSP); Rock Ridge
 * Interchange Protocol 1.12 (RRIP); Microsoft, Joliet specification, 1995.
 */
#include <stddef.h>
#include <string.h>

#include "fs/driver.h"
#include "lib/error.h"
#include "lib/section.h"
#include "lib/unicode.h"
#include "lib/util.h"

enum {
	SECTOR = 2048,           /* no record of a directory crosses the end of one */
	VOLUME_DESCRIPTORS = 16, /* the first one's sector */
	DESCRIPTORS_MAX = 64,
	VOLUME_PRIMARY = 1,
	VOLUME_SUPPLEMENTARY = 2,
	VOLUME_END = 255,

	RECORD_NAME = 33, /* where a record's name begins */
	AREAS_MAX = 32,   /* continuation areas of one record, as in Linux */
};

enum { FLAG_DIRECTORY = 0x02, FLAG_ASSOCIATED = 0x04, FLAG_MORE_EXTENTS = 0x80 };

/* ECMA-119, 8.4; a number is there in both orders of bytes, of which this is one. */
struct iso_volume {
	uint8_t type;
	char id[5];
	uint8_t version, flags;
	char system[32], label[32];
	uint8_t unused[16];
	char escapes[32]; /* which character set: 8.5.6 */
	uint8_t set[8];
	uint16_t block_size, block_size_be;
	uint8_t path_tables[24];
	uint8_t root[34];
	char names[623];
	char created[17], modified[17];
} __attribute__((packed));

_Static_assert(offsetof(struct iso_volume, block_size) == 128, "8.4.12");
_Static_assert(offsetof(struct iso_volume, root) == 156, "8.4.18");
_Static_assert(offsetof(struct iso_volume, created) == 813, "8.4.26");

/* 9.1 */
struct iso_record {
	uint8_t length, attributes_length;
	uint32_t block, block_be, size, size_be;
	uint8_t date[7], flags, unit_size, gap;
	uint16_t set, set_be;
	uint8_t name_length;
} __attribute__((packed));

_Static_assert(sizeof(struct iso_record) == RECORD_NAME, "9.1");

enum names { NAMES_PLAIN, NAMES_JOLIET, NAMES_ROCK_RIDGE };

/* What is kept of a volume. */
struct iso {
	enum names names;
	uint8_t block_shift;
	uint8_t skip; /* bytes of a record's system use area that are not SUSP's */
};

_Static_assert(sizeof(struct iso) <= FS_STATE_SIZE, "fs.state");

/*
 * Of a node, `id` is where its contents begin, in bytes, and private[] is for files and
 * links:
 */
enum {
	FIRST_SIZE, /* how much of it is there; more of it is where the records tell that ... */
	RECORD,     /* ... follow this one. A link's record has its target. */
	REST,       /* bytes of the directory from that record on */
	REFUSED,    /* enum refused: why it cannot be read */
};

enum refused { REFUSED_NOT, REFUSED_COMPRESSED, REFUSED_INTERLEAVED };

static struct iso *iso_of(struct fs *fs)
{
	return (struct iso *)fs->state;
}

static int damaged(struct fs *fs, uint64_t offset, const char *what)
{
	return fs_say(fs, ERR_INVAL, offset / SECTOR, what);
}

/* --- records -------------------------------------------------------------------------------- */

/* The record at an offset; NULL if there is none any more in its sector, or with *error
 * set. */
static const struct iso_record *get_record(struct fs *fs, uint64_t offset, int *error)
{
	uint32_t room = SECTOR - (offset & (SECTOR - 1));
	const struct iso_record *record;

	*error = 0;
	if (room < sizeof(*record))
		return NULL;
	record = fs_metadata(fs, offset, room);
	if (!record)
		*error = ERR_IO;
	else if (!record->length)
		return NULL;
	else if (record->length > room || RECORD_NAME + record->name_length > record->length)
		*error = damaged(fs, offset, "a directory's record is cut short");
	return *error ? NULL : record;
}

/* Where its contents begin: behind what attributes it has. */
static uint64_t record_start(const struct iso *iso, const struct iso_record *record)
{
	return ((uint64_t)record->block + record->attributes_length) << iso->block_shift;
}

/* The next record of a directory; NULL at its end, or with *error set. *at is where it
 * was found. */
static const struct iso_record *next_record(struct fs *fs, const struct fs_node *directory,
					    uint64_t *position, uint64_t *at, int *error)
{
	const struct iso_record *record;

	*error = 0;
	while (*position < directory->size) {
		*at = directory->id + *position;
		record = get_record(fs, *at, error);
		if (*error)
			return NULL;
		if (record) {
			*position += record->length;
			return record;
		}
		*position += SECTOR - (*at & (SECTOR - 1));
	}
	return NULL;
}

/* --- system use -------------------------------------------------------------------------------- */

/* The entries behind a record (SUSP, 5): a signature of two letters, length, version. */
struct susp {
	struct fs *fs;
	const uint8_t *at;
	uint32_t left;
	uint64_t more;      /* where the continuation area is, in bytes */
	uint32_t more_size; /* 0: there is none */
	unsigned areas;
	int error;
};

static struct susp susp_begin(struct fs *fs, const struct iso_record *record)
{
	/* The name is filled up to an even length: 9.1.12. */
	uint32_t start = (RECORD_NAME + record->name_length + 1) & ~1u;
	struct susp susp = {.fs = fs};

	start += iso_of(fs)->skip;
	if (start < record->length) {
		susp.at = (const uint8_t *)record + start;
		susp.left = record->length - start;
	}
	return susp;
}

static bool is(const uint8_t *entry, const char *signature, unsigned length)
{
	return entry[0] == signature[0] && entry[1] == signature[1] && entry[2] >= length;
}

/* Goes on to the continuation area; false if there is none. */
static bool susp_continue(struct susp *susp)
{
	uint32_t size = susp->more_size;

	if (!size)
		return false;
	susp->more_size = 0;
	if (++susp->areas > AREAS_MAX || size > SECTOR) {
		susp->error = damaged(susp->fs, susp->more, "a continuation area has no end");
		return false;
	}
	susp->at = fs_metadata(susp->fs, susp->more, size);
	susp->left = size;
	susp->error = susp->at ? 0 : ERR_IO;
	return susp->at;
}

/* The next entry, whose length is checked; NULL after the last, or with ->error set. An
 * earlier entry's memory may be gone. */
static const uint8_t *susp_next(struct susp *susp)
{
	for (;;) {
		const uint8_t *entry = susp->at;

		if (susp->left < 4 || entry[2] < 4 || entry[2] > susp->left || is(entry, "ST", 4)) {
			if (!susp_continue(susp))
				return NULL;
			continue;
		}
		susp->at += entry[2];
		susp->left -= entry[2];
		if (!is(entry, "CE", 28))
			return entry;
		susp->more = ((uint64_t)get_le32(entry + 4) << iso_of(susp->fs)->block_shift) +
			     get_le32(entry + 12);
		susp->more_size = get_le32(entry + 20);
	}
}

/* --- Rock Ridge --------------------------------------------------------------------------------- */

/* What Rock Ridge says of a record. */
struct rock {
	char *name; /* where it goes, FS_NAME_SIZE; NULL: nowhere */
	size_t length;
	uint32_t mode;  /* as in struct stat; 0: it does not say */
	uint64_t child; /* a directory that has been moved elsewhere; 0: it is here */
	bool moved;     /* this is where such a one was moved to */
	bool compressed;
};

/* Where a link leads. */
static struct {
	char target[FS_PATH_MAX];
	uint32_t length;
	bool separate; /* the next component is a name of its own */
	bool damaged;
} link NOINIT;

static void put_target(const char *text, uint32_t length)
{
	if (length >= sizeof(link.target) - link.length) {
		link.damaged = true;
		return;
	}
	memcpy(link.target + link.length, text, length);
	link.length += length;
}

/* RRIP, 4.1.3.1 */
static void put_component(uint8_t flags, const uint8_t *text, uint8_t length)
{
	enum { CONTINUE = 1, CURRENT = 2, PARENT = 4, ROOT = 8 };

	if (link.separate)
		put_target("/", 1);
	if (flags & ROOT)
		put_target("/", 1);
	else if (flags & CURRENT)
		put_target(".", 1);
	else if (flags & PARENT)
		put_target("..", 2);
	else
		put_target((const char *)text, length);
	link.separate = !(flags & (CONTINUE | ROOT));
}

static void put_components(const uint8_t *entry)
{
	const uint8_t *component = entry + 5;
	uint8_t left = entry[2] - 5;

	for (; left >= 2 && component[1] <= left - 2; component += 2 + component[1]) {
		put_component(component[0], component + 2, component[1]);
		left -= 2 + component[1];
	}
	link.damaged |= left;
}

/* RRIP, 4.1.4 */
static void put_name(struct rock *rock, const uint8_t *entry)
{
	uint8_t length = entry[2] - 5;

	if (!rock->name || length >= FS_NAME_SIZE - rock->length)
		return;
	memcpy(rock->name + rock->length, entry + 5, length);
	rock->length += length;
	rock->name[rock->length] = '\0';
}

static void parse_rock_entry(struct fs *fs, const uint8_t *entry, struct rock *rock)
{
	if (is(entry, "NM", 5))
		put_name(rock, entry);
	else if (is(entry, "PX", 12))
		rock->mode = get_le32(entry + 4);
	else if (is(entry, "SL", 5))
		put_components(entry);
	else if (is(entry, "CL", 12))
		rock->child = (uint64_t)get_le32(entry + 4) << iso_of(fs)->block_shift;
	else if (is(entry, "RE", 4))
		rock->moved = true;
	else if (is(entry, "ZF", 16))
		rock->compressed = true;
}

/* Reads all that Rock Ridge says of a record; a link's target is in `link` then. */
static int parse_rock(struct fs *fs, const struct iso_record *record, struct rock *rock)
{
	struct susp susp = susp_begin(fs, record);
	const uint8_t *entry;

	link.length = 0;
	link.separate = link.damaged = false;
	while ((entry = susp_next(&susp)))
		parse_rock_entry(fs, entry, rock);
	return susp.error;
}

/* --- names -------------------------------------------------------------------------------------- */

/* Takes away the version and the dot of a name without an extension: "KERNEL.;1". */
static void cut_version(char *name)
{
	size_t length = strlen(name);

	if (length > 2 && !strcmp(name + length - 2, ";1"))
		name[length -= 2] = '\0';
	if (length > 1 && name[length - 1] == '.')
		name[length - 1] = '\0';
}

static const uint8_t *name_of(const struct iso_record *record)
{
	return (const uint8_t *)record + RECORD_NAME;
}

/* This directory, or its parent: 7.6.2. */
static bool is_dots(const struct iso_record *record)
{
	return record->name_length == 1 && name_of(record)[0] <= 1;
}

/* The name that the record itself has. */
static void record_name(const struct iso *iso, const struct iso_record *record, char *to)
{
	const uint8_t *name = name_of(record);
	uint8_t length = record->name_length;

	if (iso->names == NAMES_JOLIET) {
		unicode_from_utf16(to, FS_NAME_SIZE, name, length / 2, true);
	} else {
		for (unsigned i = 0; i < length; i++)
			to[i] = unicode_lower_case(name[i]);
		to[length] = '\0';
	}
	cut_version(to);
}

/* --- entries ------------------------------------------------------------------------------------ */

static enum fs_type type_of(const struct iso_record *record, const struct rock *rock)
{
	if (rock->mode & FS_MODE_TYPE)
		return fs_type_of_mode(rock->mode);
	return record->flags & FLAG_DIRECTORY ? FS_DIRECTORY : FS_FILE;
}

/* Adds up what the records have that follow the first one of a file in several extents. */
static int add_extents(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		       struct fs_node *node)
{
	const struct iso_record *record;
	uint64_t at = node->id;
	int error;

	do {
		record = next_record(fs, directory, &cursor->position, &at, &error);
		if (!record)
			return error ? error : damaged(fs, at, "a file's last record is missing");
		node->size += record->size;
	} while (record->flags & FLAG_MORE_EXTENTS);
	return 0;
}

/* A directory that was moved to be less deep: its own first record says how large it is. */
static int open_child(struct fs *fs, uint64_t start, struct fs_node *node)
{
	int error;
	const struct iso_record *record = get_record(fs, start, &error);

	if (!record)
		return error ? error : damaged(fs, start, "a directory has no records");
	*node = (struct fs_node){.type = FS_DIRECTORY, .id = start, .size = record->size};
	return 0;
}

static enum refused refused(const struct iso_record *record, const struct rock *rock)
{
	if (record->unit_size || record->gap)
		return REFUSED_INTERLEAVED;
	return rock->compressed ? REFUSED_COMPRESSED : REFUSED_NOT;
}

/* Fills in an entry from a record at *cursor. Returns 1, 0 if it is to be left out, an
 * error. */
static int fill_entry(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		      const struct iso_record *record, uint64_t at, struct fs_entry *to)
{
	struct iso_record first = *record; /* whose memory may be gone soon */
	struct rock rock = {.name = to->name};
	int error = 0;

	record_name(iso_of(fs), record, to->name);
	if (iso_of(fs)->names == NAMES_ROCK_RIDGE)
		error = parse_rock(fs, record, &rock);
	if (error || rock.moved || first.flags & FLAG_ASSOCIATED)
		return error;
	to->type = type_of(&first, &rock);
	to->node = (struct fs_node){
		.type = to->type,
		.size = to->type == FS_LINK ? link.length : first.size,
		.id = record_start(iso_of(fs), &first),
		.private = {[FIRST_SIZE] = first.size,
			    [RECORD] = at,
			    [REST] = directory->id + directory->size - at,
			    [REFUSED] = refused(&first, &rock)},
	};
	if (rock.child) {
		to->type = FS_DIRECTORY;
		error = open_child(fs, rock.child, &to->node);
	} else if (to->type == FS_FILE && first.flags & FLAG_MORE_EXTENTS) {
		error = add_extents(fs, directory, cursor, &to->node);
	}
	return error ? error : 1;
}

static int iso_next(struct fs *fs, const struct fs_node *directory, struct fs_cursor *cursor,
		    struct fs_entry *to)
{
	const struct iso_record *record;
	uint64_t at;
	int result;

	while ((record = next_record(fs, directory, &cursor->position, &at, &result))) {
		result = is_dots(record) ? 0 : fill_entry(fs, directory, cursor, record, at, to);
		if (result)
			break;
	}
	return result;
}

/* --- contents ----------------------------------------------------------------------------------- */

static int map_link(struct fs *fs, const struct fs_node *node, uint64_t offset,
		    struct fs_extent *extent)
{
	struct rock rock = {0};
	int error;
	const struct iso_record *record = get_record(fs, node->private[RECORD], &error);

	if (!error && record)
		error = parse_rock(fs, record, &rock);
	if (error)
		return error;
	if (link.damaged || link.length != node->size)
		return damaged(fs, node->private[RECORD], "where a link leads is damaged");
	extent->kind = FS_EXTENT_MEMORY;
	extent->memory = link.target + offset;
	extent->length = link.length - offset;
	return 0;
}

/* Finds the record that has the byte at `offset`, which is not the first one. */
static int map_more(struct fs *fs, const struct fs_node *node, uint64_t offset,
		    struct fs_extent *extent)
{
	struct fs_node rest = {.id = node->private[RECORD], .size = node->private[REST]};
	const struct iso_record *record;
	uint64_t position = 0, at;
	int error;

	while ((record = next_record(fs, &rest, &position, &at, &error))) {
		if (offset < record->size) {
			extent->offset = record_start(iso_of(fs), record) + offset;
			extent->length = record->size - offset;
			return 0;
		}
		offset -= record->size;
		if (!(record->flags & FLAG_MORE_EXTENTS))
			break;
	}
	return error ? error : damaged(fs, rest.id, "a file's records have changed");
}

static int iso_map(struct fs *fs, const struct fs_node *node, uint64_t offset,
		   struct fs_extent *extent)
{
	if (node->type == FS_LINK)
		return map_link(fs, node, offset, extent);
	if (node->private[REFUSED])
		return fs_say(fs, ERR_UNSUPPORTED, node->id / SECTOR,
			      node->private[REFUSED] == REFUSED_COMPRESSED ?
				      "a file is compressed (zisofs)" :
				      "a file is interleaved with others");
	extent->kind = FS_EXTENT_DISK;
	if (offset >= node->private[FIRST_SIZE])
		return map_more(fs, node, offset, extent);
	extent->offset = node->id + offset;
	extent->length = node->private[FIRST_SIZE] - offset;
	return 0;
}

/* --- the volume --------------------------------------------------------------------------------- */

/* Joliet, "SVD Escape Sequences field" */
static bool is_joliet(const struct iso_volume *volume)
{
	return volume->type == VOLUME_SUPPLEMENTARY && volume->escapes[0] == '%' &&
	       volume->escapes[1] == '/' &&
	       (volume->escapes[2] == '@' || volume->escapes[2] == 'C' ||
		volume->escapes[2] == 'E');
}

static struct fs_node root_of(const struct iso *iso, const struct iso_volume *volume)
{
	const struct iso_record *record = (const void *)volume->root;

	return (struct fs_node){
		.type = FS_DIRECTORY,
		.id = record_start(iso, record),
		.size = record->size,
	};
}

/* As blkid makes one of a date: 8.4.26.1. False if there is no date. */
static bool set_uuid(struct fs *fs, const char *date)
{
	static const uint8_t parts[] = {4, 2, 2, 2, 2, 2, 2};
	char *to = fs->uuid;
	bool any = false;

	for (unsigned i = 0; i < sizeof(parts); i++) {
		if (i)
			*to++ = '-';
		for (unsigned j = 0; j < parts[i]; j++, date++) {
			if (*date < '0' || *date > '9')
				return false;
			any |= *date != '0';
			*to++ = *date;
		}
	}
	*to = '\0';
	return any;
}

static int take_primary(struct fs *fs, const struct iso_volume *volume)
{
	uint16_t size = volume->block_size;

	if (size < 512 || size > SECTOR || size & (size - 1))
		return damaged(fs, VOLUME_DESCRIPTORS * SECTOR, "no size that blocks can have");
	iso_of(fs)->block_shift = __builtin_ctz(size);
	fs->root = root_of(iso_of(fs), volume);
	memcpy(fs->label, volume->label, sizeof(volume->label));
	fs->label[sizeof(volume->label)] = '\0';
	if (!set_uuid(fs, volume->modified) && !set_uuid(fs, volume->created))
		fs->uuid[0] = '\0';
	return 0;
}

/* SUSP, 5.3: the root directory's first record says whether its protocol is used. */
static int find_susp(struct fs *fs)
{
	struct iso *iso = iso_of(fs);
	int error;
	const struct iso_record *record = get_record(fs, fs->root.id, &error);
	struct susp susp;
	const uint8_t *entry;

	if (!record)
		return error ? error : damaged(fs, fs->root.id, "the root has no records");
	susp = susp_begin(fs, record);
	if (susp.left < 7 || !is(susp.at, "SP", 7) || susp.at[4] != 0xbe || susp.at[5] != 0xef)
		return 0;
	iso->skip = susp.at[6];
	/* Rock Ridge says that it is there in "ER"; before version 1.10 in "RR". Or it does
	 * not, but has modes. */
	while ((entry = susp_next(&susp)))
		if (is(entry, "ER", 8) || is(entry, "RR", 5) || is(entry, "PX", 12))
			iso->names = NAMES_ROCK_RIDGE;
	return susp.error;
}

/* Goes through the volume descriptors. Returns ERR_NOENT if there is no primary one. */
static int find_volumes(struct fs *fs, struct fs_node *joliet)
{
	const struct iso_volume *volume;
	int error = ERR_NOENT;

	for (uint32_t i = 0; i < DESCRIPTORS_MAX; i++) {
		uint64_t at = (uint64_t)(VOLUME_DESCRIPTORS + i) * SECTOR;

		if (at + SECTOR > fs_size(fs))
			break;
		volume = fs_metadata(fs, at, SECTOR);
		if (!volume)
			return ERR_IO;
		if (memcmp(volume->id, "CD001", sizeof(volume->id)) || volume->type == VOLUME_END)
			break;
		if (volume->type == VOLUME_PRIMARY && error)
			error = take_primary(fs, volume);
		else if (is_joliet(volume) && !error)
			*joliet = root_of(iso_of(fs), volume);
	}
	return error;
}

static int iso_mount(struct fs *fs)
{
	struct iso *iso = iso_of(fs);
	struct fs_node joliet = {0};
	int error = find_volumes(fs, &joliet);

	if (!error)
		error = find_susp(fs);
	if (!error && iso->names == NAMES_PLAIN && joliet.size) {
		iso->names = NAMES_JOLIET;
		fs->root = joliet;
	}
	fs->ignores_case = iso->names != NAMES_ROCK_RIDGE;
	return error;
}

FS_DRIVER(iso9660_driver) = {
	.name = "iso9660",
	.mount = iso_mount,
	.map = iso_map,
	.next = iso_next,
};
