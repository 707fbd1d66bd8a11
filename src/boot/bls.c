/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Entries of the Boot Loader Specification, type 1: a file of lines "key value" for each
 * kernel, which the distribution's packages write, and loader.conf, which says what is the
 * default. Fedora and its relatives have GRUB read them, which expands variables in them and
 * calls entries by their files' names without ".conf".
 *
 * References: UAPI.1 "Boot Loader Specification"; loader.conf(5);
 * GRUB with Fedora's changes, grub-core/commands/blscfg.c.
 */
#include "boot/bls.h"

#include <stddef.h>
#include <string.h>

#include "boot/entry_text.h"
#include "boot/uki.h"
#include "lib/glob.h"
#include "lib/util.h"

enum { INITRDS_MAX = 32, SECOND = 1000 /* ms */, TIMEOUT_MAX = 1000000 };

/* A file while it is read. */
struct reading {
	struct text_file file;
	struct bls_entry *entry;
	const struct grub_variables *variables;
	const char *kernel, *uki, *efi;
	const char *architecture;
	const char *users;
	char *options; /* as long as the file */
	uint32_t options_length;
	char *initrds[INITRDS_MAX]; /* values of these lines: one or more paths */
	unsigned initrd_count;
	bool ends_in_efi;
};

static bool leave_out(const struct reading *r, const char *why, const char *what)
{
	text_note(r->file.fs, r->file.path, 0, "left out: %s%s", why, what);
	return false;
}

/* --- a file's lines -------------------------------------------------------------------------- */

static void add_options(struct reading *r, const char *value)
{
	size_t length = strlen(value);

	if (r->options_length)
		r->options[r->options_length++] = ' ';
	memcpy(r->options + r->options_length, value, length);
	r->options_length += length;
}

static void add_initrd(struct reading *r, char *value)
{
	if (r->initrd_count == INITRDS_MAX)
		text_note(r->file.fs, r->file.path, r->file.line, "too many initrds");
	else
		r->initrds[r->initrd_count++] = value;
}

/* Which of our fields has this key, or NULL. */
static const char **field(struct reading *r, const char *key)
{
	const struct {
		const char *key, **field;
	} fields[] = {
		{"title", &r->entry->entry.title},
		{"version", &r->entry->version},
		{"machine-id", &r->entry->machine_id},
		{"sort-key", &r->entry->sort_key},
		{"linux", &r->kernel},
		{"uki", &r->uki},
		{"efi", &r->efi},
		{"architecture", &r->architecture},
		{"grub_users", &r->users},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(key, fields[i].key))
			return fields[i].field;
	return NULL;
}

/* Keys that mean nothing to a PC, or to a menu such as ours. */
static bool is_ignored(const char *key)
{
	static const char *const keys[] = {
		"devicetree",  "devicetree-overlay",
		"grub_class",  "grub_arg",
		"grub_hotkey", "id",
		"uki-url",     "extra",
		"profile",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static void take_line(struct reading *r, char *line)
{
	char *value = line, *key = text_word(&value);
	const char **to;

	if (!key || *key == '#')
		return;
	value = text_trim(value);
	to = field(r, key);
	if (to)
		*to = value;
	else if (!strcmp(key, "options"))
		add_options(r, value);
	else if (!strcmp(key, "initrd"))
		add_initrd(r, value);
	else if (!is_ignored(key))
		text_note(r->file.fs, r->file.path, r->file.line, "unknown key '%s'", key);
	else if (!strcmp(key, "extra") || !strcmp(key, "profile") || !strcmp(key, "uki-url"))
		text_note(r->file.fs, r->file.path, r->file.line, "'%s' is not followed", key);
}

/* --- what it means ---------------------------------------------------------------------------- */

static const char *expand(const struct reading *r, const char *text)
{
	return r->variables ? grub_expand(r->variables, text) : text;
}

/* The file that is named, "from the root of its file system"; where that is the root of the
 * whole system, GRUB's are named from /boot, too. EFI's separators are understood. */
static const char *find_file(const struct reading *r, const char *path)
{
	char *name = text_copy(path, strlen(path));
	const char *found;

	if (!name)
		return NULL;
	if (r->file.fs->ignores_case)
		for (char *c = name; *c; c++)
			if (*c == '\\')
				*c = '/';
	found = text_find_path(r->file.fs, name);
	if (!found)
		leave_out(r, "there is no ", name);
	return found;
}

static bool set_initrds(struct reading *r)
{
	struct entry *e = &r->entry->entry;
	struct entry_part *parts = entry_alloc(INITRDS_MAX * sizeof(*parts));
	const char *expanded, *path;
	char *rest, *word;

	for (unsigned i = 0; parts && i < r->initrd_count; i++) {
		expanded = expand(r, r->initrds[i]);
		rest = expanded ? text_copy(expanded, strlen(expanded)) : NULL;
		if (!rest)
			return false;
		while ((word = text_word(&rest)) && e->initrd_count < INITRDS_MAX) {
			path = find_file(r, word);
			if (!path)
				return false;
			parts[e->initrd_count++] = (struct entry_part){.fs = e->fs, .path = path};
		}
	}
	e->initrds = parts;
	return parts;
}

static bool set_kernel(struct reading *r)
{
	struct entry *e = &r->entry->entry;
	const char *path = expand(r, r->kernel);

	if (!path)
		return false;
	e->kernel = (struct entry_part){.fs = e->fs, .path = find_file(r, path)};
	return e->kernel.path && set_initrds(r);
}

/* An image that has all: `efi` may name one as well as `uki`. */
static bool set_image(struct reading *r, const char *path)
{
	struct entry *e = &r->entry->entry;

	path = find_file(r, path);
	if (!path)
		return false;
	if (!*e->options)
		e->options = NULL;
	if (uki_complete(r->entry, path))
		return true;
	if (!e->options)
		e->options = "";
	e->kernel = (struct entry_part){.fs = e->fs, .path = path};
	e->is_efi_only = true;
	return r->uki ? leave_out(r, "no unified kernel image: ", path) : true;
}

static bool set_options(struct reading *r)
{
	struct entry *e = &r->entry->entry;
	char *options;

	e->options = r->options;
	if (r->variables && !r->options_length) /* as RHEL 8 leaves it to grubenv */
		e->options = grub_get(r->variables, "kernelopts");
	e->options = expand(r, e->options ? e->options : "");
	options = e->options ? text_copy(e->options, strlen(e->options)) : NULL;
	if (!options)
		return false;
	text_clean(options);
	e->options = text_trim(options);
	return true;
}

static bool is_for_us(const struct reading *r)
{
	return !r->architecture || text_same(r->architecture, "x64") ||
	       text_same(r->architecture, "ia32");
}

/* GRUB asks for a password where users are named, if there are any passwords. */
static void set_users(struct reading *r)
{
	const char *users = r->users && r->variables ? expand(r, r->users) : NULL;

	if (users && *users && grub_get(r->variables, "superusers"))
		r->entry->entry.refused = "needs a password";
}

static bool finish(struct reading *r)
{
	struct entry *e = &r->entry->entry;

	if (!is_for_us(r))
		return leave_out(r, "for another architecture: ", r->architecture);
	if (!set_options(r))
		return false;
	if (r->variables && e->title)
		e->title = expand(r, e->title);
	if (r->kernel ? !set_kernel(r) :
	    r->uki    ? !set_image(r, r->uki) :
	    r->efi    ? !set_image(r, r->efi) :
			!leave_out(r, "names no kernel", ""))
		return false;
	set_users(r);
	if (!e->title || !*e->title)
		e->title = e->id;
	return true;
}

static bool start(struct reading *r, const char *directory, const char *name, struct fs *fs)
{
	const char *path = text_print("%s/%s", directory, name);
	struct bls_entry *entry = entry_alloc(sizeof(*entry));

	if (!path || !entry || text_file_read(fs, path, &r->file) || !bls_set_name(entry, name))
		return false;
	r->entry = entry;
	entry->entry.kind = ENTRY_BLS;
	entry->entry.source = path;
	entry->entry.fs = fs;
	if (r->variables) /* GRUB's ids end before ".conf" */
		entry->entry.id = text_copy(entry->name, strlen(entry->name) - strlen(".conf"));
	r->options = entry_alloc(r->file.size + 1);
	return entry->entry.id && r->options;
}

static void read_entry(struct fs *fs, const char *directory, const char *name,
		       const struct grub_variables *variables, struct bls_list *list)
{
	struct reading r = {.variables = variables};
	char *line;

	if (!start(&r, directory, name, fs))
		return;
	while ((line = text_file_line(&r.file)))
		take_line(&r, line);
	if (finish(&r))
		bls_insert(list, r.entry);
}

void bls_read_directory(struct fs *fs, const char *directory,
			const struct grub_variables *variables, struct bls_list *list)
{
	for (struct text_name *n = text_list(fs, directory, ".conf"); n; n = n->next)
		read_entry(fs, directory, n->name, variables, list);
}

/* --- loader.conf -------------------------------------------------------------------------------- */

bool bls_read_config(struct fs *fs, struct bls_config *config)
{
	struct text_file file;
	uint32_t seconds;
	char *line, *key;

	*config = (struct bls_config){.timeout_ms = ENTRY_NO_TIMEOUT};
	if (text_file_read(fs, "/loader/loader.conf", &file))
		return false;
	while ((line = text_file_line(&file))) {
		key = text_word(&line);
		if (!key)
			continue;
		line = text_trim(line);
		if (!strcmp(key, "default"))
			config->wanted = line;
		else if (!strcmp(key, "timeout") && text_number(line, &seconds))
			config->timeout_ms = min_u32(seconds, TIMEOUT_MAX) * SECOND;
		else if (!strcmp(key, "timeout") && !strcmp(line, "menu-hidden"))
			config->timeout_ms = 0;
	}
	return true;
}

struct entry *bls_find(const struct bls_list *list, const char *pattern)
{
	for (struct entry *e = list->first; e; e = e->next)
		if (glob_match(pattern, e->id))
			return e;
	return NULL;
}
