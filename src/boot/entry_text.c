/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Text: see entry_text.h. All of it comes from disks and may be anything.
 */
#include "boot/entry_text.h"

#include <stdarg.h>
#include <string.h>

#include "block/partition.h"
#include "boot/entry.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum { NUMBER_MAX = 10 /* digits */, NOTE_MAX = 120 };

char *text_copy(const char *from, size_t length)
{
	char *to = entry_alloc(length + 1);

	return to ? memcpy(to, from, length) : NULL;
}

/* At least as many bytes as a text has. */
static size_t print_size(const char *format, va_list args)
{
	size_t size = strlen(format) + 1;

	for (const char *p = memchr(format, '%', size); p; p = memchr(p + 2, '%', strlen(p + 2))) {
		if (p[1] == 's') {
			size += strlen(va_arg(args, const char *));
		} else {
			size += NUMBER_MAX;
			(void)va_arg(args, unsigned);
		}
	}
	return size;
}

char *text_print(const char *format, ...)
{
	va_list args;
	size_t size;
	char *to;

	va_start(args, format);
	size = print_size(format, args);
	va_end(args);
	to = entry_alloc(size);
	if (!to)
		return NULL;
	va_start(args, format);
	format_args(to, size, format, args);
	va_end(args);
	return to;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

char *text_word(char **rest)
{
	char *word = *rest;

	while (is_blank(*word))
		word++;
	*rest = word;
	while (**rest && !is_blank(**rest))
		++*rest;
	if (**rest)
		*(*rest)++ = '\0';
	return *word ? word : NULL;
}

char *text_trim(char *text)
{
	size_t length;

	while (is_blank(*text))
		text++;
	for (length = strlen(text); length && is_blank(text[length - 1]); length--)
		;
	text[length] = '\0';
	return text;
}

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool text_same(const char *a, const char *b)
{
	while (*a && small(*a) == small(*b)) {
		a++;
		b++;
	}
	return small(*a) == small(*b);
}

bool text_begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

bool text_ends(const char *text, const char *with)
{
	size_t length = strlen(text), end = strlen(with);

	return length >= end && text_same(text + length - end, with);
}

char *text_find(const char *text, char c)
{
	return memchr(text, c, strlen(text));
}

bool text_number(const char *text, uint32_t *number)
{
	uint32_t value = 0;
	const char *p;

	for (p = text; *p >= '0' && *p <= '9'; p++) {
		if (value > 200000000)
			return false;
		value = value * 10 + (*p - '0');
	}
	*number = value;
	return p > text && !*p;
}

void text_clean(char *text)
{
	for (; *text; text++)
		if ((uint8_t)*text < ' ' || *text == 0x7f)
			*text = ' ';
}

/* --- files ---------------------------------------------------------------------------- */

void text_note(const struct fs *fs, const char *path, uint32_t line, const char *format, ...)
{
	char partition[PARTITION_NAME_SIZE], note[NOTE_MAX];
	va_list args;

	va_start(args, format);
	format_args(note, sizeof(note), format, args);
	va_end(args);
	text_clean(note);
	partition_name(&fs->partition, partition, sizeof(partition));
	if (line)
		log_line(LOG_INFO, "%s: %s:%u: %s", partition, path, line, note);
	else
		log_line(LOG_INFO, "%s: %s: %s", partition, path, note);
}

int text_file_read(struct fs *fs, const char *path, struct text_file *file)
{
	struct fs_node node;
	uint32_t done;
	int error = fs_open(fs, path, &node);

	if (error)
		return error;
	if (node.type != FS_FILE)
		return ERR_NOENT;
	*file = (struct text_file){.fs = fs, .path = path};
	if (node.size > TEXT_FILE_MAX) {
		text_note(fs, path, 0, "left out: has %llu bytes", node.size);
		return ERR_RANGE;
	}
	file->text = entry_alloc(node.size + 1);
	if (!file->text)
		return ERR_NOMEM;
	error = fs_read(fs, &node, 0, ptr_phys(file->text), node.size, &done);
	if (error) {
		text_note(fs, path, 0, "left out: cannot be read");
		return ERR_IO;
	}
	file->size = done;
	for (uint32_t i = 0; i < done; i++)
		if (!file->text[i])
			file->text[i] = ' ';
	return 0;
}

char *text_file_line(struct text_file *file)
{
	char *line = file->text + file->at, *end;

	if (file->at >= file->size)
		return NULL;
	end = memchr(line, '\n', file->size - file->at);
	if (end)
		*end = '\0';
	file->at = (end ? end + 1 : file->text + file->size) - file->text;
	file->line++;
	return text_trim(line);
}

bool text_file_exists(struct fs *fs, const char *path)
{
	struct fs_node node;

	return !fs_open(fs, path, &node) && node.type == FS_FILE;
}

const char *text_find_path(struct fs *fs, const char *path)
{
	const char *other;

	if (text_file_exists(fs, path))
		return path;
	if (text_begins(path, "/boot/"))
		other = path + strlen("/boot");
	else
		other = text_print("/boot%s%s", *path == '/' ? "" : "/", path);
	return other && text_file_exists(fs, other) ? other : NULL;
}

struct listing {
	bool directories;
	const char *suffix;
	struct text_name *first;
	unsigned count;
};

static int add_name(const struct fs_entry *entry, void *context)
{
	struct listing *listing = context;
	struct text_name **slot = &listing->first, *name;
	size_t size = strlen(entry->name) + 1;

	if ((entry->type == FS_DIRECTORY) != listing->directories || entry->name[0] == '.' ||
	    !text_ends(entry->name, listing->suffix))
		return 0;
	name = entry_alloc(sizeof(*name) + size);
	if (!name || ++listing->count > TEXT_NAMES_MAX)
		return 1;
	memcpy(name->name, entry->name, size);
	while (*slot && strcmp((*slot)->name, name->name) < 0)
		slot = &(*slot)->next;
	name->next = *slot;
	*slot = name;
	return 0;
}

static struct text_name *list(struct fs *fs, const char *directory, struct listing listing)
{
	struct fs_node node;

	if (fs_open(fs, directory, &node) || node.type != FS_DIRECTORY)
		return NULL;
	if (fs_list(fs, &node, add_name, &listing))
		text_note(fs, directory, 0, "cannot be read to its end");
	return listing.first;
}

struct text_name *text_list(struct fs *fs, const char *directory, const char *suffix)
{
	return list(fs, directory, (struct listing){.suffix = suffix});
}

struct text_name *text_list_directories(struct fs *fs, const char *directory)
{
	return list(fs, directory, (struct listing){.directories = true, .suffix = ""});
}
