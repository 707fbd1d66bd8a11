/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The configuration files of the Syslinux family, which U-Boot reads, too: lines of a
 * keyword, in any case, and what it says. A LABEL begins an entry. Paths are relative to the
 * file's directory, or absolute.
 *
 * References: Syslinux 6.03, doc/syslinux.txt and doc/menu.txt; U-Boot,
 * doc/README.pxe.
 */
#include "boot/extlinux.h"

#include <stddef.h>
#include <string.h>

#include "boot/entry_text.h"
#include "lib/util.h"

enum {
	LABELS_MAX = 128,
	FILES_MAX = 32,
	DEPTH_MAX = 8, /* of files that name each other */
	INITRDS_MAX = 16,
	TICK = 100, /* ms: what TIMEOUT counts */
	TIMEOUT_MAX = 1000000,
};

struct label {
	struct label *next;
	const struct text_file *file;
	uint32_t line;
	const char *name, *title;
	char *kernel, *initrd, *append;
	const char *foreign; /* what it starts instead of a Linux kernel */
	bool is_default, is_disabled, has_password;
};

struct config {
	struct fs *fs;
	const char *directory;             /* of the first file */
	struct text_file *open[DEPTH_MAX]; /* files that are being read */
	unsigned depth, files, count;
	struct label *labels, **slot, *label; /* `label`: that of the lines now, or NULL */
	char *append;                         /* of labels that have none */
	const char *wanted, *on_timeout;
	uint32_t timeout; /* ticks, 0: none */
	bool has_menu, prompts, in_help;
};

/* --- files ------------------------------------------------------------------------------- */

/* The path of a file that is named in the configuration, whether it exists or not. */
static const char *full_path(const struct config *c, const char *name)
{
	if (text_begins(name, "::")) /* Syslinux: from the root */
		return text_print("/%s", name + strlen("::"));
	return *name == '/' ? text_print("%s", name) : text_print("%s/%s", c->directory, name);
}

static void open_file(struct config *c, const char *path)
{
	struct text_file *file;

	if (c->depth == DEPTH_MAX || c->files == FILES_MAX || !path)
		return;
	file = entry_alloc(sizeof(*file));
	c->files++;
	if (file && !text_file_read(c->fs, path, file))
		c->open[c->depth++] = file;
	else
		text_note(c->fs, path, 0, "left out: cannot be read");
}

/* Goes on with another file; `name` may be NULL. */
static void include(struct config *c, const char *name)
{
	if (name)
		open_file(c, full_path(c, name));
}

static void note(const struct config *c, const char *what, const char *word)
{
	const struct text_file *file = c->open[c->depth - 1];

	text_note(file->fs, file->path, file->line, "%s%s", what, word);
}

/* --- keywords ------------------------------------------------------------------------------ */

static void begin_label(struct config *c, const char *name)
{
	struct label *label = entry_alloc(sizeof(*label));

	c->label = NULL;
	if (c->count == LABELS_MAX) {
		note(c, "left out, too many: ", name);
		return;
	}
	if (!label)
		return;
	label->name = label->title = name;
	label->file = c->open[c->depth - 1];
	label->line = label->file->line;
	*c->slot = c->label = label;
	c->slot = &label->next;
	c->count++;
}

/* A title without the '^' in front of its hot key. */
static const char *without_caret(const char *text)
{
	char *title = text_copy(text, strlen(text)), *caret = title ? text_find(title, '^') : NULL;

	if (caret)
		memmove(caret, caret + 1, strlen(caret));
	return title ? title : text;
}

/* What Syslinux takes for something other than Linux, by the end of its name. */
static bool is_foreign(const char *path)
{
	static const char *const ends[] = {".0",   ".bin", ".bs",  ".bss",
					   ".c32", ".cbt", ".com", ".img"};

	for (unsigned i = 0; i < ARRAY_SIZE(ends); i++)
		if (text_ends(path, ends[i]))
			return true;
	return false;
}

static void set_kernel(struct config *c, char *value, bool is_linux)
{
	char *path = text_word(&value);

	if (!c->label || !path)
		return;
	c->label->kernel = path;
	c->label->foreign = !is_linux && is_foreign(path) ? path : NULL;
}

static void take_menu(struct config *c, char *value)
{
	char *word = text_word(&value), *rest = value, *next = word ? text_word(&rest) : NULL;
	struct label *label = c->label;

	if (!word)
		return;
	if (text_same(word, "include"))
		include(c, next);
	else if (text_same(word, "default") && label)
		label->is_default = true;
	else if (text_same(word, "disable") && label)
		label->is_disabled = true;
	else if (text_same(word, "passwd") && label)
		label->has_password = true;
}

/* The title of "label title", or NULL. */
static const char *menu_label(const char *value)
{
	char *copy = text_copy(value, strlen(value)), *word = copy ? text_word(&copy) : NULL;

	return word && text_same(word, "label") ? without_caret(text_trim(copy)) : NULL;
}

static void take_menu_line(struct config *c, char *value)
{
	const char *title = c->label ? menu_label(value) : NULL;

	if (title && *title)
		c->label->title = title;
	else
		take_menu(c, value);
}

enum keyword {
	APPEND,
	BOOT,
	COM32,
	CONFIG,
	DEFAULT,
	FDIMAGE,
	INCLUDE,
	INITRD,
	KERNEL,
	LABEL,
	LINUX,
	LOCALBOOT,
	MENU,
	ONTIMEOUT,
	PROMPT,
	PXE,
	TEXT,
	TIMEOUT,
	UI,
	KEYWORDS
};

static const char names[KEYWORDS][10] = {
	"append", "boot",   "com32", "config",  "default",   "fdimage", "include",
	"initrd", "kernel", "label", "linux",   "localboot", "menu",    "ontimeout",
	"prompt", "pxe",    "text",  "timeout", "ui",
};

static void take_setting(struct config *c, enum keyword keyword, char *value)
{
	uint32_t number;

	switch (keyword) {
	case DEFAULT:
		c->wanted = value;
		c->has_menu |= text_ends(value, "menu.c32");
		break;
	case UI:
		c->has_menu = true;
		break;
	case ONTIMEOUT:
		c->on_timeout = value;
		break;
	case TIMEOUT:
		if (text_number(value, &number))
			c->timeout = number;
		break;
	case PROMPT:
		c->prompts = text_number(value, &number) && number;
		break;
	default:
		break;
	}
}

static void take_keyword(struct config *c, enum keyword keyword, char *value)
{
	struct label *label = c->label;
	char *rest = value;

	switch (keyword) {
	case LABEL:
		begin_label(c, value);
		break;
	case KERNEL:
	case LINUX:
		set_kernel(c, value, keyword == LINUX);
		break;
	case INITRD:
		if (label)
			label->initrd = value;
		break;
	case APPEND:
		*(label ? &label->append : &c->append) = value;
		break;
	case MENU:
		take_menu_line(c, value);
		break;
	case INCLUDE:
		include(c, text_word(&rest));
		break;
	case TEXT:
		c->in_help = text_same(value, "help");
		break;
	case BOOT:
	case COM32:
	case CONFIG:
	case FDIMAGE:
	case LOCALBOOT:
	case PXE:
		if (label)
			label->foreign = names[keyword];
		break;
	default:
		take_setting(c, keyword, value);
	}
}

/* What makes no difference to what is started. */
static bool is_ignored(const char *word)
{
	static const char *const words[] = {
		"allowoptions", "console",  "devicetree",   "devicetree-overlay", "devicetreedir",
		"display",      "fdt",      "fdtdir",       "fdtoverlays",        "font",
		"implicit",     "ipappend", "kbdmap",       "noescape",           "nocomplete",
		"nohalt",       "path",     "say",          "sendcookies",        "serial",
		"sysappend",    "onerror",  "totaltimeout",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		if (text_same(word, words[i]))
			return true;
	/* F1 to F12 */
	return (word[0] | 0x20) == 'f' && word[1] >= '0' && word[1] <= '9';
}

static void take_line(struct config *c, char *line)
{
	char *value = line, *word = text_word(&value);
	enum keyword keyword = 0;

	if (!word || *word == '#')
		return;
	if (c->in_help) {
		c->in_help = !text_same(word, "endtext");
		return;
	}
	while (keyword < KEYWORDS && !text_same(word, names[keyword]))
		keyword++;
	if (keyword < KEYWORDS)
		take_keyword(c, keyword, text_trim(value));
	else if (!is_ignored(word))
		note(c, "unknown keyword: ", word);
}

static void read_files(struct config *c)
{
	char *line;

	while (c->depth) {
		line = text_file_line(c->open[c->depth - 1]);
		if (line)
			take_line(c, line);
		else
			c->depth--;
	}
}

/* --- entries ------------------------------------------------------------------------------- */

static bool leave_out(const struct label *label, const char *why, const char *what)
{
	text_note(label->file->fs, label->file->path, label->line, "'%s' left out: %s%s",
		  label->title, why, what);
	return false;
}

/* The file of a name, from the root of the system or of its /boot. */
static const char *find_file(const struct config *c, const struct label *label, const char *name)
{
	const char *path = full_path(c, name);
	const char *found = path ? text_find_path(c->fs, path) : NULL;

	if (!found)
		leave_out(label, "there is no ", path ? path : name);
	return found;
}

/* The value of the last initrd= among kernel arguments, a copy. */
static char *initrd_argument(const char *append)
{
	char *rest = text_copy(append, strlen(append)), *word, *value = NULL;

	while (rest && (word = text_word(&rest)))
		if (text_begins(word, "initrd="))
			value = word + strlen("initrd=");
	return value;
}

static bool set_initrds(const struct config *c, const struct label *label, struct entry *e,
			char *names)
{
	struct entry_part *parts = entry_alloc(INITRDS_MAX * sizeof(*parts));
	char *comma;

	for (; parts && names && *names; names = comma) {
		comma = text_find(names, ',');
		if (comma)
			*comma++ = '\0';
		if (!*names || e->initrd_count == INITRDS_MAX)
			continue;
		parts[e->initrd_count].fs = c->fs;
		parts[e->initrd_count].path = find_file(c, label, text_trim(names));
		if (!parts[e->initrd_count++].path)
			return false;
	}
	e->initrds = parts;
	return parts;
}

/* NULL, noted, if it is left out. */
static struct entry *make_entry(const struct config *c, const struct label *label)
{
	const char *append = label->append ? label->append : c->append ? c->append : "";
	struct entry *e = entry_alloc(sizeof(*e));
	char *initrd = label->initrd, *options;

	if (label->foreign || !label->kernel) {
		leave_out(label, "no Linux kernel: ", label->foreign ? label->foreign : "none");
		return NULL;
	}
	if (label->is_disabled) {
		leave_out(label, "disabled", "");
		return NULL;
	}
	if (!strcmp(append, "-")) /* none, not even the one for all */
		append = "";
	if (!initrd)
		initrd = initrd_argument(append);
	options = text_print("BOOT_IMAGE=%s %s", label->kernel, append);
	if (!e || !options)
		return NULL;
	text_clean(options);
	e->kind = ENTRY_EXTLINUX;
	e->id = label->name;
	e->title = label->title;
	e->source = label->file->path;
	e->fs = c->fs;
	e->options = text_trim(options);
	e->kernel = (struct entry_part){.fs = c->fs, .path = find_file(c, label, label->kernel)};
	if (label->has_password)
		e->refused = "needs a password";
	return e->kernel.path && set_initrds(c, label, e, initrd) ? e : NULL;
}

/* How sure it is that this label is the default: 0 not at all. */
static unsigned claim(const struct config *c, const struct label *label)
{
	if (c->on_timeout && !strcmp(label->name, c->on_timeout))
		return 3;
	if (label->is_default)
		return 2;
	return c->wanted && !strcmp(label->name, c->wanted);
}

static void give(const struct config *c, struct entry_list *list)
{
	struct entry **slot = &list->first;
	unsigned best = 0;

	for (const struct label *l = c->labels; l; l = l->next) {
		struct entry *e = make_entry(c, l);

		if (!e)
			continue;
		*slot = e;
		slot = &e->next;
		if (claim(c, l) > best || !list->chosen)
			list->chosen = e;
		if (claim(c, l) > best)
			best = claim(c, l);
	}
	if (c->timeout && (c->has_menu || c->prompts))
		list->timeout_ms = min_u32(c->timeout, TIMEOUT_MAX) * TICK;
	else if (!c->has_menu && !c->prompts && list->first)
		list->timeout_ms = 0;
}

static void read_config(struct volume *volume, const char *directory, const char *name,
			struct entry_list *list)
{
	const char *path = text_print("%s/%s", directory, name);
	struct config *c;

	if (!path || !text_file_exists(&volume->fs, path))
		return;
	c = entry_alloc(sizeof(*c));
	if (!c)
		return;
	c->fs = &volume->fs;
	c->directory = directory;
	c->slot = &c->labels;
	open_file(c, path);
	read_files(c);
	give(c, list);
}

void extlinux_find(struct volume *volumes, struct entry_list *list)
{
	static const char *const directories[] = {
		"",          "/extlinux",      "/boot/extlinux", "/boot",
		"/syslinux", "/boot/syslinux", "/isolinux",      "/boot/isolinux",
	};
	static const char *const files[] = {"extlinux.conf", "syslinux.cfg", "isolinux.cfg"};

	for (struct volume *v = volumes; v; v = v->next)
		for (unsigned i = 0; i < ARRAY_SIZE(directories) * ARRAY_SIZE(files); i++) {
			read_config(v, directories[i / ARRAY_SIZE(files)],
				    files[i % ARRAY_SIZE(files)], list);
			if (list->first)
				return;
		}
}
