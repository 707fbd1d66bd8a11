/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * grub.cfg, as grub-mkconfig and installers write it. It is carried out with the variables
 * that GRUB for a PC would have. `menuentry` and `submenu` note where their blocks are, which
 * are carried out when all else was: `linux` and `initrd` there make the entry. What GRUB
 * would load that is no Linux kernel, is where we cannot read, or is not there, is left out.
 *
 * Reference: GRUB 2.12, manual, "Commands", "Special environment variables".
 */
#include "boot/grub.h"

#include <stddef.h>
#include <string.h>

#include "boot/bls.h"
#include "boot/entry_text.h"
#include "boot/grub_script.h"
#include "boot/grub_test.h"
#include "lib/error.h"
#include "lib/util.h"

enum {
	ITEMS_MAX = 512,
	FILES_MAX = 64,
	INITRDS_MAX = 32,
	SUBMENUS_MAX = 8, /* in each other */
	SECOND = 1000,    /* ms */
	TIMEOUT_MAX = 1000000,
};

/* A line of the menu, or of one below it. */
struct item {
	struct item *next; /* an item's own items follow it */
	const struct item *parent;
	const char *title, *id;
	bool is_submenu;
	bool is_unrestricted;
	unsigned level;
	struct grub_place body;
	uint32_t line;
	struct entry *entry;             /* NULL: left out */
	struct grub_variables variables; /* of a submenu, behind its block */
};

struct grub {
	struct grub_script script;
	struct volume *volumes;
	struct item *items, **slot; /* where the next one goes */
	unsigned item_count, file_count;
	struct item *running; /* whose block is carried out, or NULL */
	/* What its commands said: */
	struct volume *kernel_volume;
	const char *kernel, *options, *foreign;
	struct entry_part initrds[INITRDS_MAX];
	unsigned initrd_count;
};

static struct grub *of(struct grub_script *script)
{
	return container_of(script, struct grub, script);
}

static const char *get(struct grub *g, const char *name)
{
	const char *value = grub_get(&g->script.variables, name);

	return value ? value : "";
}

static void set(struct grub *g, const char *name, const char *value)
{
	if (name && value)
		grub_set(&g->script.variables, name, value);
}

static int fail(struct grub *g, const char *what, const char *name)
{
	grub_script_note(&g->script, what, name);
	return 1;
}

/* --- devices and paths ------------------------------------------------------------------------ */

/* GRUB's name for a volume: "hd0,gpt2", as if this disk were the first. */
static const char *device_name(const struct volume *volume)
{
	const struct partition *p = &volume->fs.partition;

	if (!p->number)
		return "hd0";
	return text_print("hd0,%s%u", p->table == PARTITION_GPT ? "gpt" : "msdos", p->number);
}

/* The partition of "hd0,gpt2", "hd0,msdos1", "hd0,2"; whatever the number of the disk was,
 * it is this one. NULL if it is something else. */
static struct volume *find_device(struct grub *g, const char *name, size_t length)
{
	char *copy = text_copy(name, length), *comma = copy ? text_find(copy, ',') : NULL;
	uint32_t number = 0;

	if (!copy || (!text_begins(copy, "hd") && !text_begins(copy, "cd")))
		return NULL;
	if (comma) {
		comma++;
		comma += text_begins(comma, "gpt") ? 3 : text_begins(comma, "msdos") ? 5 : 0;
		if (!text_number(comma, &number))
			return NULL;
	}
	for (struct volume *v = g->volumes; v; v = v->next)
		if (v->fs.partition.number == number)
			return v;
	return NULL;
}

/* Where a path leads: "(hd0,gpt2)/vmlinuz", or on $root; *rest is what follows the device. */
static struct volume *find_volume(struct grub *g, const char *path, const char **rest)
{
	const char *end = *path == '(' ? text_find(path, ')') : NULL;
	const char *root = get(g, "root");

	g->script.work += GRUB_FILE_WORK;
	if (end) {
		*rest = end + 1;
		return find_device(g, path + 1, end - path - 1);
	}
	*rest = path;
	if (*root == '(') /* as some write it */
		root++;
	return find_device(g, root, strlen(root) - text_ends(root, ")"));
}

static bool test_file(const char *path, char kind, void *context)
{
	struct volume *volume = find_volume(context, path, &path);
	struct fs_node node;

	if (!volume || fs_open(&volume->fs, path, &node))
		return false;
	if (kind == 'd')
		return node.type == FS_DIRECTORY;
	return kind == 'e' || (node.type == FS_FILE && (kind == 'f' || node.size));
}

/* --- options ----------------------------------------------------------------------------------- */

/* The value of an option, "--name value" or "--name=value"; *at goes to its last word. NULL
 * if this is another word. */
static const char *option(const struct grub_command *c, unsigned *at, const char *name)
{
	size_t length = strlen(name);
	const char *word = c->words[*at];

	if (!text_begins(word, name))
		return NULL;
	if (word[length] == '=')
		return word + length + 1;
	if (word[length])
		return NULL;
	return ++*at < c->count ? c->words[*at] : "";
}

/* --- variables ---------------------------------------------------------------------------------- */

static int cmd_set(struct grub *g, const struct grub_command *c)
{
	for (unsigned i = 1; i < c->count; i++) {
		const char *value = text_find(c->words[i], '=');

		if (value)
			set(g, text_copy(c->words[i], value - c->words[i]),
			    text_print("%s", value + 1));
	}
	return 0;
}

static int cmd_unset(struct grub *g, const struct grub_command *c)
{
	const char *name;

	for (unsigned i = 1; i < c->count; i++) {
		name = text_print("%s", c->words[i]);
		if (name)
			grub_set(&g->script.variables, name, NULL);
	}
	return 0;
}

static int cmd_load_env(struct grub *g, const struct grub_command *c)
{
	const char *path = NULL, *value;
	struct volume *volume;
	unsigned i;

	for (i = 1; i < c->count && c->words[i][0] == '-'; i++) {
		value = option(c, &i, "--file");
		if (!value)
			value = option(c, &i, "-f");
		if (value)
			path = value;
	}
	if (!path)
		path = text_print("%s/grubenv", get(g, "prefix"));
	volume = path ? find_volume(g, path, &path) : NULL;
	path = volume ? text_print("%s", path) : NULL;
	if (!path || i > c->count)
		return 1;
	return grubenv_read(&volume->fs, path, c->words + i, c->count - i, &g->script.variables) ?
		       1 :
		       0;
}

static int cmd_count(struct grub *g, const struct grub_command *c)
{
	uint32_t number;

	if (c->count < 2 || !text_number(get(g, c->words[1]), &number))
		return 1;
	number += *c->words[0] == 'i' ? 1 : number ? -1 : 0;
	set(g, text_print("%s", c->words[1]), text_print("%u", number));
	return 0;
}

/* --- search -------------------------------------------------------------------------------------- */

enum search { BY_NOTHING, BY_UUID, BY_LABEL, BY_FILE };

static bool matches(struct volume *volume, enum search by, const char *what)
{
	switch (by) {
	case BY_UUID:
		return text_same(volume->fs.uuid, what);
	case BY_LABEL:
		return !strcmp(volume->fs.label, what);
	case BY_FILE:
		return text_file_exists(&volume->fs, what);
	default:
		return false;
	}
}

static int search(struct grub *g, enum search by, const char *what, const char *variable)
{
	for (struct volume *v = g->volumes; v; v = v->next) {
		g->script.work += by == BY_FILE ? GRUB_FILE_WORK : 1;
		if (!matches(v, by, what))
			continue;
		set(g, text_print("%s", variable), device_name(v));
		return 0;
	}
	return fail(g, "not found on this disk: ", what);
}

static enum search search_by(const char *word, enum search otherwise)
{
	static const struct {
		const char *word;
		enum search by;
	} words[] = {
		{"--fs-uuid", BY_UUID},
		{"-u", BY_UUID},
		{"--label", BY_LABEL},
		{"-l", BY_LABEL},
		{"--fs-label", BY_LABEL},
		{"--file", BY_FILE},
		{"-f", BY_FILE},
		{"search.fs_uuid", BY_UUID},
		{"search.fs_label", BY_LABEL},
		{"search.file", BY_FILE},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(word, words[i].word))
			return words[i].by;
	return otherwise;
}

/* `search --fs-uuid --set=root UUID`, in any order, and with "--set root" as some write it. */
static int cmd_search(struct grub *g, const struct grub_command *c)
{
	const char *variable = "root", *names[2] = {NULL, NULL};
	enum search by = BY_NOTHING;
	bool set_apart = false;
	unsigned count = 0;

	for (unsigned i = 1; i < c->count; i++) {
		const char *word = c->words[i];

		by = search_by(word, by);
		if (text_begins(word, "--set=") || text_begins(word, "-s="))
			variable = text_find(word, '=') + 1;
		else if (!strcmp(word, "--set") || !strcmp(word, "-s"))
			set_apart = true;
		else if (!strcmp(word, "--hint"))
			i++;
		else if (word[0] != '-' && count < ARRAY_SIZE(names))
			names[count++] = word;
	}
	if (set_apart && count == 2)
		variable = names[0];
	return count ? search(g, by, names[count - 1], variable) : 1;
}

/* `search.fs_uuid UUID root hints`, in files that grub-install writes. */
static int cmd_search_by(struct grub *g, const struct grub_command *c)
{
	if (c->count < 2)
		return 1;
	return search(g, search_by(c->words[0], BY_NOTHING), c->words[1],
		      c->count > 2 ? c->words[2] : "root");
}

/* --- files ------------------------------------------------------------------------------------ */

/* `replaces`: what would follow behind the command is not carried out. */
static int include(struct grub *g, const char *path, bool replaces)
{
	struct text_file *file = entry_alloc(sizeof(*file));
	const char *rest;
	struct volume *volume = find_volume(g, path, &rest);

	rest = volume ? text_print("%s", rest) : NULL;
	if (!rest || !file || g->file_count == FILES_MAX)
		return fail(g, "left out, no such file: ", path);
	g->file_count++;
	if (text_file_read(&volume->fs, rest, file))
		return fail(g, "left out, no such file: ", path);
	if (replaces)
		g->script.depth = 0;
	return grub_script_source(&g->script, file);
}

static int cmd_source(struct grub *g, const struct grub_command *c)
{
	return c->count > 1 ? include(g, c->words[1], false) : 1;
}

/* A menu of its own takes the place of this one. */
static int cmd_configfile(struct grub *g, const struct grub_command *c)
{
	const char *slash = NULL, *path = c->count > 1 ? text_print("%s", c->words[1]) : NULL;

	if (g->running) {
		g->foreign = "configfile";
		return 0;
	}
	if (!path)
		return 1;
	for (const char *p = path; *p; p++)
		if (*p == '/')
			slash = p;
	if (include(g, path, true))
		return 1;
	set(g, "config_file", path);
	set(g, "config_directory", slash ? text_copy(path, slash - path) : "");
	return 0;
}

/* --- kernels ------------------------------------------------------------------------------------- */

/* The words from `first` on, in one; those with blanks in them get quotes, as GRUB does. */
static const char *join(const struct grub_command *c, unsigned first)
{
	char *text = entry_alloc(c->used + 3 * c->count + 1), *to = text;

	for (unsigned i = first; text && i < c->count; i++) {
		bool quoted = text_find(c->words[i], ' ');
		size_t length = strlen(c->words[i]);

		if (i > first)
			*to++ = ' ';
		if (quoted)
			*to++ = '"';
		memcpy(to, c->words[i], length);
		to += length;
		if (quoted)
			*to++ = '"';
	}
	if (text)
		text_clean(text);
	return text;
}

static int cmd_linux(struct grub *g, const struct grub_command *c)
{
	const char *path, *arguments = join(c, 2);

	if (!g->running || c->count < 2)
		return 1;
	g->kernel_volume = find_volume(g, c->words[1], &path);
	g->kernel = text_print("%s", path);
	if (!g->kernel_volume)
		return fail(g, "no partition that is read: ",
			    *c->words[1] == '(' ? c->words[1] : get(g, "root"));
	/* GRUB says so, and dracut looks for it. */
	if (arguments)
		g->options = text_print("BOOT_IMAGE=%s", c->words[1]);
	if (arguments && g->options && *arguments)
		g->options = text_print("%s %s", g->options, arguments);
	return 0;
}

static int cmd_initrd(struct grub *g, const struct grub_command *c)
{
	const char *path;

	g->initrd_count = 0;
	for (unsigned i = 1; i < c->count && g->initrd_count < INITRDS_MAX; i++) {
		struct volume *volume = find_volume(g, c->words[i], &path);

		if (c->words[i][0] == '-')
			continue;
		path = text_print("%s", path);
		if (!volume || !path) {
			g->foreign = "an initrd that is not read";
			return 1;
		}
		g->initrds[g->initrd_count++] =
			(struct entry_part){.fs = &volume->fs, .path = path};
	}
	return 0;
}

/* --- the menu ------------------------------------------------------------------------------------ */

static struct item *add_item(struct grub *g, const char *title, const char *id)
{
	struct item *item = entry_alloc(sizeof(*item));

	if (g->item_count == ITEMS_MAX) {
		fail(g, "left out, too many: ", title);
		return NULL;
	}
	title = text_print("%s", title);
	id = id ? text_print("%s", id) : title;
	if (!item || !title || !id)
		return NULL;
	item->title = title;
	item->id = id;
	item->parent = g->running;
	item->level = g->running ? g->running->level + 1 : 0;
	item->next = *g->slot;
	*g->slot = item;
	g->slot = &item->next;
	g->item_count++;
	return item;
}

/* Entries of the BLS: below /loader, or where $blsdir or an argument says. */
static int cmd_blscfg(struct grub *g, const struct grub_command *c)
{
	static const char *const usual[] = {"/loader/entries", "/boot/loader/entries"};
	const char *directory = c->count > 1 ? c->words[1] : get(g, "blsdir");
	struct bls_list found = {.is_grub = true};
	struct volume *volume = find_volume(g, directory, &directory);

	if (!volume)
		return fail(g, "no partition that is read: ", get(g, "root"));
	volume->has_grub = true;
	directory = text_print("%s", directory);
	if (directory && *directory)
		bls_read_directory(&volume->fs, directory, &g->script.variables, &found);
	for (unsigned i = 0; i < ARRAY_SIZE(usual) && !found.first; i++)
		bls_read_directory(&volume->fs, usual[i], &g->script.variables, &found);
	for (struct entry *e = found.first; e; e = e->next) {
		struct item *item = add_item(g, e->title, e->id);

		if (item)
			item->entry = e;
	}
	return 0;
}

static void add_block(struct grub_script *script, const struct grub_command *c,
		      const struct grub_place *body)
{
	const char *title = NULL, *id = NULL, *value;
	bool is_submenu, unrestricted = false;
	struct grub *g = of(script);
	struct item *item;

	if (!c->count || (strcmp(c->words[0], "menuentry") && strcmp(c->words[0], "submenu"))) {
		fail(g, "left out, a block of ", c->count ? c->words[0] : "nothing");
		return;
	}
	is_submenu = *c->words[0] == 's';
	for (unsigned i = 1; i < c->count; i++) {
		if (option(c, &i, "--class") || option(c, &i, "--users") ||
		    option(c, &i, "--hotkey") || option(c, &i, "--source"))
			continue;
		value = option(c, &i, "--id");
		if (value)
			id = value;
		else if (!strcmp(c->words[i], "--unrestricted"))
			unrestricted = true;
		else if (!title)
			title = c->words[i];
	}
	if (g->running && (!g->running->is_submenu || g->running->level + 1 == SUBMENUS_MAX)) {
		fail(g, "left out, not in a menu: ", title ? title : "");
		return;
	}
	item = add_item(g, title ? title : "", id && *id ? id : NULL);
	if (!item)
		return;
	item->is_submenu = is_submenu;
	item->is_unrestricted = unrestricted;
	item->body = *body;
	item->line = c->line;
}

static void leave_out(const struct item *item, const char *why, const char *what)
{
	text_note(item->body.file->fs, item->body.file->path, item->line, "'%s' left out: %s%s",
		  item->title, why, what);
}

/* The paths of a block that was carried out are those of files, or the entry is left out. */
static bool check_files(struct grub *g, const struct item *item)
{
	if (!g->kernel || !g->kernel_volume || !g->options) {
		leave_out(item,
			  g->kernel  ? "its file system is not read" :
			  g->foreign ? "no Linux kernel: " :
				       "starts nothing",
			  g->foreign && !g->kernel ? g->foreign : "");
		return false;
	}
	if (g->foreign) {
		leave_out(item, "uses ", g->foreign);
		return false;
	}
	if (!text_file_exists(&g->kernel_volume->fs, g->kernel)) {
		leave_out(item, "there is no ", g->kernel);
		return false;
	}
	for (unsigned i = 0; i < g->initrd_count; i++) {
		if (text_file_exists(g->initrds[i].fs, g->initrds[i].path))
			continue;
		leave_out(item, "there is no ", g->initrds[i].path);
		return false;
	}
	return true;
}

static struct entry *make_entry(struct grub *g, const struct item *item)
{
	struct entry *e = entry_alloc(sizeof(*e));
	struct entry_part *initrds = entry_alloc(g->initrd_count * sizeof(*initrds));

	if (!e || !initrds)
		return NULL;
	memcpy(initrds, g->initrds, g->initrd_count * sizeof(*initrds));
	*e = (struct entry){
		.kind = ENTRY_GRUB,
		.id = item->id,
		.title = item->title,
		.source = item->body.file->path,
		.fs = item->body.file->fs,
		.options = g->options,
		.kernel = {.fs = &g->kernel_volume->fs, .path = g->kernel},
		.initrds = initrds,
		.initrd_count = g->initrd_count,
	};
	if (!item->is_unrestricted && grub_get(&g->script.variables, "superusers"))
		e->refused = "needs a password";
	return e;
}

/* Carries out the block of an item, with the variables that there are behind all else. */
static void run_item(struct grub *g, struct item *item, const struct grub_variables *end)
{
	g->script.variables = item->parent ? item->parent->variables : *end;
	g->running = item;
	g->slot = &item->next;
	g->kernel = g->options = g->foreign = NULL;
	g->kernel_volume = NULL;
	g->initrd_count = 0;
	grub_script_run_block(&g->script, &item->body);
	item->variables = g->script.variables;
	if (!item->is_submenu && !g->script.stopped && check_files(g, item))
		item->entry = make_entry(g, item);
}

/* --- commands -------------------------------------------------------------------------------------- */

static int cmd_test(struct grub *g, const struct grub_command *c)
{
	unsigned count = c->count - 1;

	if (*c->words[0] == '[') {
		if (!count || strcmp(c->words[count], "]"))
			return fail(g, "no ] behind ", "[");
		count--;
	}
	return !grub_test(c->words + 1, count, test_file, g);
}

static const struct {
	const char *name;
	int (*carry_out)(struct grub *g, const struct grub_command *c);
} commands[] = {
	{"[", cmd_test},
	{"test", cmd_test},
	{"set", cmd_set},
	{"unset", cmd_unset},
	{"load_env", cmd_load_env},
	{"increment", cmd_count},
	{"decrement", cmd_count},
	{"search", cmd_search},
	{"search.fs_uuid", cmd_search_by},
	{"search.fs_label", cmd_search_by},
	{"search.file", cmd_search_by},
	{"source", cmd_source},
	{".", cmd_source},
	{"configfile", cmd_configfile},
	{"normal", cmd_configfile},
	{"blscfg", cmd_blscfg},
	{"linux", cmd_linux},
	{"linux16", cmd_linux},
	{"linuxefi", cmd_linux},
	{"initrd", cmd_initrd},
	{"initrd16", cmd_initrd},
	{"initrdefi", cmd_initrd},
};

/* What makes no difference to what is started, or what we could not know. */
static const char *const harmless[] = {
	"true",
	"insmod",
	"rmmod",
	"export",
	"terminal_input",
	"terminal_output",
	"terminal",
	"loadfont",
	"background_image",
	"background_color",
	"play",
	"sleep",
	"clear",
	"echo",
	"save_env",
	"setparams",
	"serial",
	"password",
	"password_pbkdf2",
	"gfxmode",
	"keymap",
	"loadkeys",
	"drivemap",
	"parttool",
	"bli",
	"devicetree",
	"cpuid",
	"nativedisk",
	"cat",
	"ls",
	"videoinfo",
	"hwmatch",
	"boot",
	"lockdown",
	"rmsecure",
	"shift",
};
static const char *const failing[] = {
	"false",  "keystatus",    "cryptomount", "read",         "probe",
	"regexp", "smbios",       "sendkey",     "authenticate", "fwsetup",
	"getenv", "lsefi",        "tpm",         "net_bootp",    "search_fs_uuid",
	"eval",   "cmosbootflag", "acpi",        "statfile",     "getkey",
};
/* What starts something else, or ends GRUB. */
static const char *const foreign[] = {
	"chainloader",
	"multiboot",
	"multiboot2",
	"module",
	"module2",
	"xen_hypervisor",
	"xen_module",
	"kfreebsd",
	"knetbsd",
	"kopenbsd",
	"ntldr",
	"freedos",
	"plan9",
	"legacy_configfile",
	"extract_entries_configfile",
	"syslinux_configfile",
	"reboot",
	"halt",
	"poweroff",
	"exit",
	"wimboot",
	"linux_loopback",
	"loopback",
	"uki",
	"map",
	"vmlinux",
};

static bool is_among(const char *word, const char *const words[], unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

/* `name=value` is a command, too. */
static bool is_assignment(const char *word)
{
	const char *value = text_find(word, '=');

	for (const char *p = word; value && p < value; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_' ||
		      (*p >= '0' && *p <= '9' && p > word)))
			return false;
	return value && value > word;
}

static int carry_out(struct grub_script *script, const struct grub_command *c)
{
	struct grub *g = of(script);
	const char *word = c->words[0];

	for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(word, commands[i].name))
			return commands[i].carry_out(g, c);
	if (is_assignment(word)) {
		const char *value = text_find(word, '=');

		set(g, text_copy(word, value - word), text_print("%s", value + 1));
		return 0;
	}
	if (is_among(word, harmless, ARRAY_SIZE(harmless)))
		return 0;
	if (is_among(word, foreign, ARRAY_SIZE(foreign))) {
		if (!g->foreign)
			g->foreign = text_print("%s", word);
		return 0;
	}
	if (!is_among(word, failing, ARRAY_SIZE(failing)))
		grub_script_note(script, "unknown command: ", word);
	return 1;
}

static const struct grub_script_ops ops = {.command = carry_out, .block = add_block};

/* --- the default ---------------------------------------------------------------------------------- */

/* The length of a part of "menu>entry"; ">>" is a '>' that separates nothing. */
static size_t part_length(const char *spec)
{
	size_t length = 0;

	while (spec[length] && (spec[length] != '>' || spec[length + 1] == '>'))
		length += spec[length] == '>' ? 2 : 1;
	return length;
}

static bool is_called(const struct item *item, const char *name, size_t length)
{
	return (!strncmp(item->title, name, length) && !item->title[length]) ||
	       (!strncmp(item->id, name, length) && !item->id[length]);
}

/* The item of a menu by number, title or id. */
static struct item *find_in_menu(struct grub *g, const struct item *parent, const char *name,
				 size_t length)
{
	char *copy = text_copy(name, length);
	uint32_t number;
	bool counts = copy && text_number(copy, &number);

	for (struct item *i = g->items; i; i = i->next) {
		if (i->parent != parent)
			continue;
		if (counts ? !number-- : is_called(i, name, length))
			return i;
	}
	return NULL;
}

/* The item that $default names, or the first one. */
static struct item *find_default(struct grub *g, const char *spec)
{
	const struct item *parent = NULL;
	struct item *item = NULL;

	while (*spec) {
		size_t length = part_length(spec);
		struct item *found = find_in_menu(g, parent, spec, length);

		if (!found)
			break;
		parent = item = found;
		spec += length;
		spec += *spec == '>';
	}
	return item ? item : g->items;
}

/* --- a grub.cfg ------------------------------------------------------------------------------------ */

static void set_up(struct grub *g, struct volume *volume, const char *directory)
{
	static const char *const known[] = {
		"feature_200_final",
		"feature_all_video_module",
		"feature_chainloader_bpb",
		"feature_default_font_path",
		"feature_menuentry_id",
		"feature_menuentry_options",
		"feature_nativedisk_cmd",
		"feature_ntldr",
		"feature_platform_search_hint",
		"feature_timeout_style",
	};
	const char *root = device_name(volume);
	const char *prefix = root ? text_print("(%s)%s", root, directory) : NULL;

	for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
		set(g, known[i], "y");
	set(g, "grub_platform", "pc");
	set(g, "grub_cpu", "i386");
	set(g, "root", root);
	set(g, "prefix", prefix);
	set(g, "cmdpath", prefix);
	set(g, "config_directory", prefix);
}

/* Puts the items' entries into the list, from that of the default on as the menu has them. */
static bool give(struct grub *g, struct entry_list *list, const struct grub_variables *end)
{
	const char *spec = grub_get(end, "default"), *timeout = grub_get(end, "timeout");
	struct item *item = find_default(g, spec ? spec : "");
	struct entry **slot = &list->first;
	uint32_t seconds;

	for (struct item *i = g->items; i; i = i->next) {
		if (!i->entry)
			continue;
		*slot = i->entry;
		slot = &i->entry->next;
	}
	*slot = NULL;
	while (item && !item->entry)
		item = item->next;
	list->chosen = item ? item->entry : list->first;
	if (timeout && text_number(timeout, &seconds))
		list->timeout_ms = min_u32(seconds, TIMEOUT_MAX) * SECOND;
	return list->first;
}

static bool read_config(struct volume *volumes, struct volume *volume, const char *path,
			const char *directory, struct entry_list *list)
{
	struct grub *g = entry_alloc(sizeof(*g));
	struct text_file *file = entry_alloc(sizeof(*file));
	struct grub_variables end;

	if (!g || !file || text_file_read(&volume->fs, path, file))
		return false;
	g->script.ops = &ops;
	g->script.variables.work = &g->script.work;
	g->volumes = volumes;
	g->slot = &g->items;
	set_up(g, volume, directory);
	grub_script_run_file(&g->script, file);
	end = g->script.variables;
	for (struct item *i = g->items; i; i = i->next)
		if (i->body.file)
			run_item(g, i, &end);
	return give(g, list, &end);
}

/* What firmware for UEFI would start has a small grub.cfg beside it, which finds the other. */
static bool read_stubs(struct volume *volumes, struct volume *volume, struct entry_list *list)
{
	for (struct text_name *n = text_list_directories(&volume->fs, "/EFI"); n; n = n->next) {
		const char *directory = text_print("/EFI/%s", n->name);
		const char *path = directory ? text_print("%s/grub.cfg", directory) : NULL;

		if (path && read_config(volumes, volume, path, directory, list))
			return true;
	}
	return false;
}

void grub_find(struct volume *volumes, struct entry_list *list)
{
	static const char *const directories[] = {"/boot/grub", "/grub", "/boot/grub2", "/grub2"};

	for (struct volume *v = volumes; v; v = v->next)
		for (unsigned i = 0; i < ARRAY_SIZE(directories); i++) {
			const char *path = text_print("%s/grub.cfg", directories[i]);

			if (path && text_file_exists(&v->fs, path) &&
			    read_config(volumes, v, path, directories[i], list))
				return;
		}
	for (struct volume *v = volumes; v; v = v->next)
		if (v->role == VOLUME_ESP && read_stubs(volumes, v, list))
			return;
}
