/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Variables, as a list in which nothing is ever changed, and GRUB's environment block: 1024
 * bytes of text, name=value, filled up with '#', which GRUB and grub2-editenv write in
 * place.
 *
 * Reference: GRUB 2.12, manual, "Environment variables", "The GRUB environment block".
 */
#include "boot/grubenv.h"

#include <stddef.h>
#include <string.h>

#include "boot/entry.h"
#include "boot/entry_text.h"
#include "lib/error.h"
#include "lib/util.h"

enum { EXPANDED_MAX = 4 * KIB };

static const char signature[] = "# GRUB Environment Block";

bool grub_set(struct grub_variables *variables, const char *name, const char *value)
{
	struct grub_variable *variable = entry_alloc(sizeof(*variable));

	if (!variable)
		return false;
	*variable = (struct grub_variable){variables->last, name, value};
	variables->last = variable;
	return true;
}

static const char *find(const struct grub_variables *variables, const char *name, size_t length)
{
	for (const struct grub_variable *v = variables->last; v; v = v->next) {
		if (variables->work)
			++*variables->work;
		if (!strncmp(v->name, name, length) && !v->name[length])
			return v->value;
	}
	return NULL;
}

const char *grub_get(const struct grub_variables *variables, const char *name)
{
	return find(variables, name, strlen(name));
}

/* --- expansion ------------------------------------------------------------------------ */

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

bool grub_take_name(const struct grub_variables *variables, const char **text, const char **value)
{
	bool braces = **text == '{';
	const char *name = *text + braces;
	uint32_t length = 0;

	if (*name == '?' || *name == '@' || *name == '*' || *name == '#')
		length = 1;
	else if (*name >= '0' && *name <= '9') /* $1x is $1 and an x */
		length = 1;
	else
		while (is_name(name[length]))
			length++;
	if (!length || (braces && name[length] != '}'))
		return false;
	*value = find(variables, name, length);
	*text = name + length + braces;
	return true;
}

const char *grub_expand(const struct grub_variables *variables, const char *text)
{
	uint32_t used = 0, size;
	const char *value;
	char *to;

	if (!text_find(text, '$'))
		return text;
	to = entry_alloc(EXPANDED_MAX);
	if (!to)
		return NULL;
	while (*text && used < EXPANDED_MAX - 1) {
		char c = *text++;

		if (c != '$' || !grub_take_name(variables, &text, &value)) {
			to[used++] = c;
			continue;
		}
		size = min_u32(value ? strlen(value) : 0, EXPANDED_MAX - 1 - used);
		memcpy(to + used, value ? value : "", size);
		used += size;
	}
	to[used] = '\0';
	return to;
}

/* --- the environment block ---------------------------------------------------------------- */

/* Takes the backslashes off, in place; returns the end: where a line feed that is not behind
 * one, or the text, ends. */
static char *unescape(char *text)
{
	char *to = text;

	while (*text && *text != '\n') {
		if (*text == '\\' && text[1])
			text++;
		*to++ = *text++;
	}
	text += *text == '\n';
	*to = '\0';
	return text;
}

static bool is_wanted(const char *name, char *const names[], unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(name, names[i]))
			return true;
	return !count;
}

int grubenv_read(struct fs *fs, const char *path, char *const names[], unsigned count,
		 struct grub_variables *variables)
{
	struct text_file file;
	int error = text_file_read(fs, path, &file);
	char *at, *line, *value;

	if (error)
		return error;
	if (!text_begins(file.text, signature)) {
		text_note(fs, path, 0, "left out: no environment block of GRUB's");
		return ERR_INVAL;
	}
	for (at = file.text; *at;) {
		line = at;
		at = unescape(line);
		value = text_find(line, '=');
		if (*line == '#' || !value)
			continue;
		*value++ = '\0';
		if (is_wanted(line, names, count) && !grub_set(variables, line, value))
			return ERR_NOMEM;
	}
	return 0;
}

int grubenv_find(struct fs *fs, struct grub_variables *variables)
{
	static const char *const paths[] = {"/grub2/grubenv", "/boot/grub2/grubenv",
					    "/grub/grubenv", "/boot/grub/grubenv"};
	int error = ERR_NOENT;

	for (unsigned i = 0; i < ARRAY_SIZE(paths) && error == ERR_NOENT; i++)
		error = grubenv_read(fs, paths[i], NULL, 0, variables);
	return error;
}
