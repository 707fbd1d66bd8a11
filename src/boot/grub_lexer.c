/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Words: as in a shell, with quotes, backslashes, comments and variables. A variable outside
 * of quotes becomes as many words as its value has, and none if it is empty. Commands end
 * with a line or ';'; '{' and '}' are around blocks. There are no redirections, pipes or
 * substitutions.
 *
 * Reference: GRUB 2.12, manual, "Writing full configuration files directly".
 */
#include "boot/grub_lexer.h"

#include <stddef.h>
#include <string.h>

#include "boot/entry.h"
#include "lib/util.h"

struct lexer {
	struct grub_place *place;
	const struct grub_variables *variables;
	struct grub_command *command;
	char *word; /* that is being read, or NULL */
};

static char peek(const struct lexer *l)
{
	return l->place->at < l->place->file->size ? l->place->file->text[l->place->at] : '\0';
}

static char next(struct lexer *l)
{
	char c = peek(l);

	if (c == '\n')
		l->place->line++;
	l->place->at += l->place->at < l->place->file->size;
	return c;
}

static bool is_end(const struct lexer *l)
{
	return l->place->at >= l->place->file->size;
}

static void begin_word(struct lexer *l)
{
	struct grub_command *c = l->command;

	if (l->word)
		return;
	if (c->count == GRUB_WORDS_MAX)
		c->is_too_long = true;
	else
		c->words[c->count++] = c->text + c->used;
	l->word = c->text + c->used;
}

static void put(struct lexer *l, char c)
{
	begin_word(l);
	if (l->command->used < GRUB_COMMAND_MAX - 1)
		l->command->text[l->command->used++] = c;
	else
		l->command->is_too_long = true;
}

static void end_word(struct lexer *l)
{
	if (!l->word)
		return;
	if (l->command->used == GRUB_COMMAND_MAX - 1)
		l->command->is_too_long = true;
	else
		l->command->text[l->command->used++] = '\0';
	l->word = NULL;
}

/* What is behind a '$'. */
static void read_variable(struct lexer *l, bool in_quotes)
{
	const char *start = l->place->file->text + l->place->at, *text = start, *value;

	if (!in_quotes && *text == '"') /* $"text" is to be translated */
		return;
	if (!grub_take_name(l->variables, &text, &value)) {
		put(l, '$');
		return;
	}
	l->place->at += text - start;
	for (; value && *value; value++) {
		if (!in_quotes && (*value == ' ' || *value == '\t' || *value == '\n'))
			end_word(l);
		else
			put(l, *value);
	}
}

static void read_single_quotes(struct lexer *l)
{
	begin_word(l);
	while (!is_end(l) && peek(l) != '\'')
		put(l, next(l));
	next(l);
}

/* A backslash counts before these only. */
static void read_escape_in_quotes(struct lexer *l)
{
	char c = peek(l);

	if (c == '\n') {
		next(l);
		return;
	}
	put(l, c == '$' || c == '"' || c == '\\' ? next(l) : '\\');
}

static void read_double_quotes(struct lexer *l)
{
	begin_word(l);
	while (!is_end(l) && peek(l) != '"') {
		char c = next(l);

		if (c == '$')
			read_variable(l, true);
		else if (c == '\\')
			read_escape_in_quotes(l);
		else
			put(l, c);
	}
	next(l);
}

static void read_escape(struct lexer *l)
{
	char c = next(l);

	if (c != '\n' && c != '\r')
		put(l, c);
	else if (c == '\r' && peek(l) == '\n')
		next(l);
}

static void skip_comment(struct lexer *l)
{
	while (!is_end(l) && peek(l) != '\n')
		next(l);
}

/* One character, or what it introduces, of a word or between words. */
static void read_some(struct lexer *l)
{
	char c = next(l);

	if (!l->command->count && (c == '\'' || c == '"' || c == '$' || c == '\\'))
		l->command->is_quoted = true;
	if (c == ' ' || c == '\t' || c == '\r' || c == '\0')
		end_word(l);
	else if (c == '#' && !l->word)
		skip_comment(l);
	else if (c == '\'')
		read_single_quotes(l);
	else if (c == '"')
		read_double_quotes(l);
	else if (c == '$')
		read_variable(l, false);
	else if (c == '\\')
		read_escape(l);
	else
		put(l, c);
}

/* Words that another command follows. */
static bool is_keyword(const struct grub_command *c)
{
	static const char *const keywords[] = {"if", "then", "elif",  "else",
					       "do", "!",    "while", "until"};

	if (c->count != 1 || c->is_quoted)
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(keywords); i++)
		if (!strcmp(c->words[0], keywords[i]))
			return true;
	return false;
}

static enum grub_end read_words(struct lexer *l)
{
	struct grub_command *c = l->command;

	for (;;) {
		char at = peek(l);

		if (is_end(l)) {
			end_word(l);
			return c->count ? GRUB_END_LINE : GRUB_END_TEXT;
		}
		if (at == '\n' || at == ';') {
			end_word(l);
			next(l);
			if (c->count)
				return GRUB_END_LINE;
			c->line = l->place->line;
			continue;
		}
		if (at == '{' || (at == '}' && !c->count && !l->word)) {
			end_word(l);
			next(l);
			return at == '{' ? GRUB_END_OPEN : GRUB_END_CLOSE;
		}
		if (at == '}') {
			end_word(l);
			return GRUB_END_LINE;
		}
		read_some(l);
		if (!l->word && is_keyword(c))
			return GRUB_END_KEYWORD;
	}
}

void grub_read_command(struct grub_place *place, const struct grub_variables *variables,
		       struct grub_command *command)
{
	struct lexer l = {.place = place, .variables = variables, .command = command};

	command->count = command->used = 0;
	command->is_quoted = command->is_too_long = false;
	command->line = place->line;
	command->end = read_words(&l);
	command->text[command->used] = '\0';
	command->words[command->count] = NULL;
}
