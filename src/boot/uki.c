/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Unified kernel images: a program for UEFI whose sections hold a kernel, its initrd, its
 * command line and what it is. The program itself is never run; the kernel and the initrds
 * are ranges of the file, read when the entry is started. An image can have several
 * profiles, each of which overrides sections of the first part, and there can be add-ons in
 * a directory beside it.
 *
 * References: UAPI.5 "Unified Kernel Image"; systemd-stub(7); Microsoft, "PE Format";
 * os-release(5).
 */
#include "boot/uki.h"

#include <stddef.h>
#include <string.h>

#include "boot/entry_text.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	HEADERS_MAX = 8 * KIB, /* of the file are looked at: some 190 sections */
	TEXT_MAX = 32 * KIB,   /* of a section */
	PROFILES_MAX = 64,
	ADDONS_MAX = 16,
	INITRDS_MAX = 2 + 2 * ADDONS_MAX,
	PE_OFFSET = 0x3c, /* where the file says where the PE header is */
	MACHINE_I386 = 0x14c,
	MACHINE_AMD64 = 0x8664,
};

/* "COFF File Header", with the signature before it */
struct pe_header {
	char signature[4];
	uint16_t machine, sections;
	uint32_t time, symbols, symbol_count;
	uint16_t optional_size, characteristics;
} __attribute__((packed));

/* "Section Table" */
struct pe_section {
	char name[8];
	uint32_t virtual_size, virtual_address, raw_size, raw_offset;
	uint32_t relocations, lines;
	uint16_t relocation_count, line_count;
	uint32_t characteristics;
} __attribute__((packed));

_Static_assert(sizeof(struct pe_header) == 24, "PE header");
_Static_assert(sizeof(struct pe_section) == 40, "PE section");

enum section { LINUX, INITRD, UCODE, CMDLINE, OSREL, UNAME, PROFILE, SECTIONS };

static const char section_names[SECTIONS][8] = {
	[LINUX] = ".linux", [INITRD] = ".initrd", [UCODE] = ".ucode",     [CMDLINE] = ".cmdline",
	[OSREL] = ".osrel", [UNAME] = ".uname",   [PROFILE] = ".profile",
};

/* Bytes of the file; size 0: there is no such section. */
struct range {
	uint32_t offset, size;
};

struct image {
	struct fs *fs;
	const char *path;
	struct fs_node node;
	const struct pe_section *sections;
	unsigned count;
};

static bool note(const struct image *image, const char *what)
{
	text_note(image->fs, image->path, 0, "left out: %s", what);
	return false;
}

/* --- the file's format -------------------------------------------------------------------- */

/* Finds the sections, in memory of entries. What is no program at all is not noted. */
static bool open_image(struct image *image, struct fs *fs, const char *path)
{
	const struct pe_header *pe;
	uint32_t done, at, table;
	uint8_t *headers;

	*image = (struct image){.fs = fs, .path = path};
	if (fs_open(fs, path, &image->node) || image->node.type != FS_FILE)
		return false;
	headers = entry_alloc(HEADERS_MAX);
	if (!headers)
		return false;
	if (fs_read(fs, &image->node, 0, ptr_phys(headers), HEADERS_MAX, &done))
		return note(image, "cannot be read");
	if (done < PE_OFFSET + 4 || memcmp(headers, "MZ", 2))
		return note(image, "no PE file");
	at = get_le32(headers + PE_OFFSET);
	if (at > done || done - at < sizeof(*pe))
		return note(image, "its PE header is elsewhere");
	pe = (const void *)(headers + at);
	if (memcmp(pe->signature, "PE\0", 4))
		return note(image, "no PE file");
	if (pe->machine != MACHINE_AMD64 && pe->machine != MACHINE_I386)
		return note(image, "for another kind of processor");
	table = at + sizeof(*pe) + pe->optional_size;
	if (table > done || (done - table) / sizeof(struct pe_section) < pe->sections)
		return note(image, "its table of sections is too long");
	image->sections = (const void *)(headers + table);
	image->count = pe->sections;
	return true;
}

/* What kind of section it is; SECTIONS for all others. */
static enum section kind_of(const struct pe_section *section)
{
	enum section kind = 0;

	while (kind < SECTIONS && memcmp(section->name, section_names[kind], sizeof(section->name)))
		kind++;
	return kind;
}

/* The part of the file that a section has; the rest of it, if any, would be zeroes. */
static bool get_range(const struct image *image, const struct pe_section *section,
		      struct range *range)
{
	uint32_t size = min_u32(section->virtual_size, section->raw_size);

	if (section->raw_offset > image->node.size || size > image->node.size - section->raw_offset)
		return note(image, "a section reaches beyond the file's end");
	*range = (struct range){section->raw_offset, size};
	return true;
}

/* The text of a section, "" if there is none. */
static char *get_text(const struct image *image, struct range range)
{
	uint32_t done = 0;
	char *text;

	if (range.size > TEXT_MAX) {
		note(image, "a section of text is too long");
		return NULL;
	}
	text = entry_alloc(range.size + 1);
	if (!text)
		return NULL;
	if (range.size &&
	    fs_read(image->fs, &image->node, range.offset, ptr_phys(text), range.size, &done)) {
		note(image, "cannot be read");
		return NULL;
	}
	text[done] = '\0';
	return text;
}

/* The same in one line. */
static char *get_line(const struct image *image, struct range range)
{
	char *text = get_text(image, range);

	if (!text)
		return NULL;
	text_clean(text);
	return text_trim(text);
}

/* --- os-release ------------------------------------------------------------------------------- */

/* The value behind NAME=, without the shell's quotes; ends where they or the line do. */
static char *unquote(const char *value)
{
	char quote = *value == '"' || *value == '\'' ? *value++ : '\0', *to, *start;
	const char *end = text_find(value, '\n');

	start = to = text_copy(value, end ? (size_t)(end - value) : strlen(value));
	if (!to)
		return NULL;
	for (; *value && *value != '\n' && *value != '\r'; value++) {
		if (quote ? *value == quote : *value == ' ' || *value == '\t')
			break;
		if (*value == '\\' && quote != '\'' && value[1] && value[1] != '\n')
			value++;
		*to++ = *value;
	}
	*to = '\0';
	text_clean(start);
	return start;
}

/* The value of a line NAME=value; "" if there is none. */
static const char *get_field(const char *text, const char *name)
{
	size_t length = strlen(name);
	const char *value;

	for (const char *p = text; p; p = text_find(p, '\n')) {
		while (*p == '\n' || *p == ' ' || *p == '\t')
			p++;
		if (strncmp(p, name, length) || p[length] != '=')
			continue;
		value = unquote(p + length + 1);
		return value ? value : "";
	}
	return "";
}

/* The first of the fields that says something. */
static const char *first_field(const char *text, const char *const names[], unsigned count)
{
	const char *value = "";

	for (unsigned i = 0; i < count && !*value; i++)
		value = get_field(text, names[i]);
	return value;
}

static void describe(struct bls_entry *entry, const char *release, const char *uname)
{
	static const char *const titles[] = {"PRETTY_NAME", "IMAGE_ID", "NAME", "ID"};
	static const char *const versions[] = {"IMAGE_VERSION", "VERSION", "VERSION_ID",
					       "BUILD_ID"};
	static const char *const keys[] = {"IMAGE_ID", "ID"};

	if (!entry->entry.title)
		entry->entry.title = first_field(release, titles, ARRAY_SIZE(titles));
	if (!*entry->version)
		entry->version =
			*uname ? uname : first_field(release, versions, ARRAY_SIZE(versions));
	if (!*entry->sort_key)
		entry->sort_key = first_field(release, keys, ARRAY_SIZE(keys));
}

/* --- add-ons ------------------------------------------------------------------------------------ */

/* What an image is started with. */
struct parts {
	struct entry_part initrds[INITRDS_MAX];
	unsigned count;
	const char *options;
};

static void add_initrd(struct parts *parts, const struct image *image, struct range range,
		       bool first)
{
	unsigned at = first ? 0 : parts->count;

	if (!range.size || parts->count == INITRDS_MAX)
		return;
	memmove(parts->initrds + at + 1, parts->initrds + at,
		(parts->count - at) * sizeof(parts->initrds[0]));
	parts->initrds[at] = (struct entry_part){image->fs, image->path, range.offset, range.size};
	parts->count++;
}

/* Microcode goes in front of all initrds, the last one first. */
static void apply_addon(struct parts *parts, struct fs *fs, const char *path)
{
	struct range ranges[SECTIONS] = {0};
	struct image addon;
	const char *options;

	if (!open_image(&addon, fs, path))
		return;
	for (unsigned i = 0; i < addon.count; i++) {
		enum section kind = kind_of(&addon.sections[i]);

		if (kind < SECTIONS && !get_range(&addon, &addon.sections[i], &ranges[kind]))
			return;
	}
	if (ranges[LINUX].size) {
		note(&addon, "an add-on has no kernel");
		return;
	}
	options = get_line(&addon, ranges[CMDLINE]);
	if (!options)
		return;
	add_initrd(parts, &addon, ranges[UCODE], true);
	add_initrd(parts, &addon, ranges[INITRD], false);
	if (*options)
		options = text_print("%s%s%s", parts->options, *parts->options ? " " : "", options);
	if (options && *options)
		parts->options = options;
}

static void apply_addons(struct parts *parts, struct fs *fs, const char *directory)
{
	unsigned count = 0;

	for (struct text_name *n = text_list(fs, directory, ".addon.efi"); n; n = n->next) {
		const char *path = text_print("%s/%s", directory, n->name);

		if (path && count++ < ADDONS_MAX)
			apply_addon(parts, fs, path);
	}
}

/* --- entries ------------------------------------------------------------------------------------ */

/* The sections of a profile, or of what comes before the first one. */
struct profile {
	struct range ranges[SECTIONS];
};

static bool set_parts(struct bls_entry *entry, const struct image *image,
		      const struct profile *profile)
{
	struct entry *e = &entry->entry;
	struct parts *parts = entry_alloc(sizeof(*parts));
	const char *extra = text_print("%s.extra.d", image->path);

	if (!parts || !extra)
		return false;
	parts->options = e->options ? e->options : get_line(image, profile->ranges[CMDLINE]);
	if (!parts->options)
		return false;
	add_initrd(parts, image, profile->ranges[UCODE], false);
	add_initrd(parts, image, profile->ranges[INITRD], false);
	apply_addons(parts, image->fs, "/loader/addons");
	apply_addons(parts, image->fs, extra);
	e->kernel = (struct entry_part){image->fs, image->path, profile->ranges[LINUX].offset,
					profile->ranges[LINUX].size};
	e->initrds = parts->initrds;
	e->initrd_count = parts->count;
	e->options = parts->options;
	return true;
}

/* Fills in what an entry lacks of a profile that has a kernel. */
static bool complete(struct bls_entry *entry, const struct image *image,
		     const struct profile *profile)
{
	const char *release = get_text(image, profile->ranges[OSREL]);
	const char *uname = get_line(image, profile->ranges[UNAME]);
	const char *text = get_text(image, profile->ranges[PROFILE]);
	const char *title;

	if (!release || !uname || !text)
		return false;
	describe(entry, release, uname);
	title = get_field(text, "TITLE");
	if (!*entry->entry.title)
		entry->entry.title = entry->name;
	if (*title)
		entry->entry.title = text_print("%s (%s)", entry->entry.title, title);
	return entry->entry.title && set_parts(entry, image, profile);
}

static const char *file_name(const char *path)
{
	const char *name = path;

	for (; *path; path++)
		if (*path == '/')
			name = path + 1;
	return name;
}

/* Adds the entry of a profile: what it lacks is the first part's. */
static void add_profile(struct bls_list *list, const struct image *image,
			const struct profile *base, struct profile *profile, unsigned number)
{
	struct bls_entry *entry = entry_alloc(sizeof(*entry));

	for (enum section i = 0; i < SECTIONS; i++)
		if (!profile->ranges[i].size)
			profile->ranges[i] = base->ranges[i];
	if (!entry || !bls_set_name(entry, file_name(image->path)))
		return;
	if (!profile->ranges[LINUX].size) {
		note(image, "has no kernel");
		return;
	}
	entry->entry.kind = ENTRY_UKI;
	entry->entry.source = image->path;
	entry->entry.fs = image->fs;
	entry->profile = number;
	if (number)
		entry->entry.id = text_print("%s@%u", entry->name, number);
	if (entry->entry.id && complete(entry, image, profile))
		bls_insert(list, entry);
}

/* Gives the sections of a profile, of which *at is the first, and goes behind them. */
static bool get_profile(const struct image *image, unsigned *at, struct profile *profile)
{
	memset(profile, 0, sizeof(*profile));
	for (unsigned first = *at; *at < image->count; ++*at) {
		const struct pe_section *section = &image->sections[*at];
		enum section kind = kind_of(section);

		if (kind == PROFILE && *at > first)
			break;
		if (kind == SECTIONS)
			continue;
		if (!get_range(image, section, &profile->ranges[kind]))
			return false;
	}
	return true;
}

/* The first part, and *at where the first profile begins. */
static bool get_base(const struct image *image, unsigned *at, struct profile *base)
{
	*at = 0;
	if (image->count && kind_of(&image->sections[0]) == PROFILE) {
		memset(base, 0, sizeof(*base));
		return true;
	}
	return get_profile(image, at, base);
}

static void add_profiles(struct bls_list *list, const struct image *image)
{
	struct profile base, profile;
	unsigned at, number = 0;

	if (!get_base(image, &at, &base))
		return;
	do {
		if (!get_profile(image, &at, &profile))
			return;
		add_profile(list, image, &base, &profile, number++);
	} while (at < image->count && number < PROFILES_MAX);
}

bool uki_read_file(struct fs *fs, const char *path, struct bls_list *list)
{
	unsigned count = list->count;
	struct image image;

	if (open_image(&image, fs, path))
		add_profiles(list, &image);
	return list->count > count;
}

void uki_read_directory(struct fs *fs, const char *directory, struct bls_list *list)
{
	for (struct text_name *n = text_list(fs, directory, ".efi"); n; n = n->next) {
		const char *path = text_print("%s/%s", directory, n->name);

		if (path)
			uki_read_file(fs, path, list);
	}
}

bool uki_complete(struct bls_entry *entry, const char *path)
{
	struct profile base, profile;
	struct image image;
	unsigned at;

	if (!open_image(&image, entry->entry.fs, path) || !get_base(&image, &at, &base) ||
	    !get_profile(&image, &at, &profile))
		return false;
	for (enum section i = 0; i < SECTIONS; i++)
		if (!profile.ranges[i].size)
			profile.ranges[i] = base.ranges[i];
	if (!profile.ranges[LINUX].size)
		return note(&image, "has no kernel");
	return complete(entry, &image, &profile);
}
