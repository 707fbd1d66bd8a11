/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The script language, carried out as it is read. There is no tree and no recursion: what
 * is open (a file, an if, a loop, a function) is a stack of frames of a fixed size, and each
 * command counts as a step of which there is a fixed number, as there is of files and
 * variables that are looked for. So no script goes on for ever or takes more stack than
 * another one. Loops with conditions are passed over: no
 * distribution writes any.
 *
 * Reference: GRUB 2.12, manual, "Writing full configuration files directly".
 */
#include "boot/grub_script.h"

#include <stddef.h>
#include <string.h>

#include "boot/entry.h"
#include "lib/util.h"

enum { STEPS_MAX = 20000, WORK_MAX = 20000000 };

void grub_script_note(const struct grub_script *s, const char *what, const char *name)
{
	const struct text_file *file = s->place.file;

	text_note(file->fs, file->path, s->read.line, "%s%s", what, name);
}

static void stop(struct grub_script *s, const char *why)
{
	if (!s->stopped)
		grub_script_note(s, why, ": the rest is left out");
	s->stopped = true;
}

static struct grub_frame *top(struct grub_script *s)
{
	return &s->frames[s->depth - 1];
}

static bool runs(struct grub_script *s)
{
	return !s->depth || top(s)->runs;
}

/* A new frame; NULL, and no more is carried out, if there are too many. */
static struct grub_frame *push(struct grub_script *s, enum grub_frame_kind kind)
{
	struct grub_frame *frame = &s->frames[s->depth];
	bool outer = runs(s);

	if (s->depth == GRUB_DEPTH_MAX) {
		stop(s, "too deep");
		return NULL;
	}
	s->depth++;
	*frame = (struct grub_frame){.kind = kind, .outer_runs = outer, .runs = outer};
	return frame;
}

/* The innermost frame if it is of this kind, or NULL, noted. */
static struct grub_frame *expect(struct grub_script *s, enum grub_frame_kind kind)
{
	if (s->depth && top(s)->kind == kind)
		return top(s);
	grub_script_note(s, "out of place: ", s->read.count ? s->read.words[0] : "}");
	return NULL;
}

/* --- functions ---------------------------------------------------------------------------- */

static const char argument_names[GRUB_ARGUMENTS][2] = {"0", "1", "2", "3", "4",
						       "5", "6", "7", "8", "9"};

static void define(struct grub_script *s)
{
	struct grub_function *function = entry_alloc(sizeof(*function));
	const char *name = s->read.count == 2 ? s->read.words[1] : NULL;

	if (!function || !name)
		return;
	function->name = text_copy(name, strlen(name));
	function->body = s->place;
	function->next = s->functions;
	if (function->name)
		s->functions = function;
}

static const struct grub_function *find_function(const struct grub_script *s, const char *name)
{
	const struct grub_function *f = s->functions;

	while (f && strcmp(f->name, name))
		f = f->next;
	return f;
}

static void call(struct grub_script *s, const struct grub_function *function)
{
	struct grub_frame *frame = push(s, GRUB_CALL);
	const char *value;

	if (!frame)
		return;
	frame->place = s->place;
	for (unsigned i = 0; i < GRUB_ARGUMENTS; i++) {
		frame->arguments[i] = grub_get(&s->variables, argument_names[i]);
		value = i < s->read.count ? text_print("%s", s->read.words[i]) : NULL;
		if (value || frame->arguments[i])
			grub_set(&s->variables, argument_names[i], value);
	}
	s->place = function->body;
}

static void end_call(struct grub_script *s)
{
	struct grub_frame *frame = top(s);

	for (unsigned i = 0; i < GRUB_ARGUMENTS; i++)
		if (frame->arguments[i] != grub_get(&s->variables, argument_names[i]))
			grub_set(&s->variables, argument_names[i], frame->arguments[i]);
	s->place = frame->place;
	s->depth--;
}

/* --- loops --------------------------------------------------------------------------------- */

/* `for name in words`; its body is behind `do`. */
static void begin_for(struct grub_script *s)
{
	struct grub_command *c = &s->read;
	struct grub_frame *frame = push(s, GRUB_LOOP);
	unsigned count = c->count > 3 ? c->count - 3 : 0;

	if (!frame || !frame->outer_runs)
		return;
	frame->words = entry_alloc((count + 1) * sizeof(*frame->words));
	frame->variable = c->count > 1 ? text_print("%s", c->words[1]) : NULL;
	if (!frame->words || !frame->variable)
		count = 0;
	for (unsigned i = 0; i < count; i++)
		frame->words[i] = text_print("%s", c->words[3 + i]);
}

static void begin_while(struct grub_script *s)
{
	struct grub_frame *frame = push(s, GRUB_LOOP);

	if (frame && frame->runs)
		grub_script_note(s, "left out: a loop with a condition", "");
	if (frame)
		frame->runs = false;
}

/* Begins the body for the next word; false if there is none, or no body. */
static bool next_turn(struct grub_script *s, struct grub_frame *frame)
{
	if (!frame->outer_runs || !frame->words || !*frame->words || !frame->place.file)
		return false;
	grub_set(&s->variables, frame->variable, *frame->words++);
	frame->runs = true;
	s->place = frame->place;
	return true;
}

static void begin_turns(struct grub_script *s)
{
	struct grub_frame *frame = expect(s, GRUB_LOOP);

	if (!frame)
		return;
	frame->place = s->place;
	frame->runs = next_turn(s, frame);
}

static void end_turn(struct grub_script *s)
{
	struct grub_frame *frame = expect(s, GRUB_LOOP);

	if (frame && !next_turn(s, frame))
		s->depth--;
}

/* `break` and `continue`: what follows in the innermost loop is not carried out. */
static void leave_turn(struct grub_script *s, bool leave_loop)
{
	unsigned depth = s->depth;

	while (depth && s->frames[depth - 1].kind == GRUB_IF)
		depth--;
	if (!depth || s->frames[depth - 1].kind != GRUB_LOOP)
		return;
	if (leave_loop)
		s->frames[depth - 1].words = NULL;
	for (; depth <= s->depth; depth++)
		s->frames[depth - 1].runs = s->frames[depth - 1].taken = false;
	for (depth = s->depth; s->frames[depth - 1].kind == GRUB_IF; depth--)
		s->frames[depth - 1].outer_runs = false;
}

/* --- conditions ------------------------------------------------------------------------------ */

static void condition_ends(struct grub_script *s)
{
	struct grub_frame *frame = expect(s, GRUB_IF);

	if (!frame)
		return;
	frame->runs = frame->runs && !s->status;
	frame->taken |= frame->runs;
}

/* `elif` and `else`: the condition, or the branch, counts if none was taken. */
static void next_branch(struct grub_script *s)
{
	struct grub_frame *frame = expect(s, GRUB_IF);

	if (frame)
		frame->runs = frame->outer_runs && !frame->taken;
}

static void end_frame(struct grub_script *s, enum grub_frame_kind kind)
{
	if (expect(s, kind))
		s->depth--;
}

/* --- commands -------------------------------------------------------------------------------- */

/* Words of the language itself, whether they are carried out or passed over. */
static bool control(struct grub_script *s, const char *word)
{
	if (!strcmp(word, "if"))
		push(s, GRUB_IF);
	else if (!strcmp(word, "then"))
		condition_ends(s);
	else if (!strcmp(word, "elif") || !strcmp(word, "else"))
		next_branch(s);
	else if (!strcmp(word, "fi"))
		end_frame(s, GRUB_IF);
	else if (!strcmp(word, "for"))
		begin_for(s);
	else if (!strcmp(word, "while") || !strcmp(word, "until"))
		begin_while(s);
	else if (!strcmp(word, "do"))
		begin_turns(s);
	else if (!strcmp(word, "done"))
		end_turn(s);
	else if (!strcmp(word, "!"))
		s->negated = !s->negated;
	else
		return false;
	return true;
}

/* Leaves frames up to that of the innermost function. */
static void leave_function(struct grub_script *s)
{
	unsigned depth = s->depth;

	while (depth && s->frames[depth - 1].kind != GRUB_CALL &&
	       s->frames[depth - 1].kind != GRUB_BODY)
		depth--;
	if (!depth)
		return;
	s->depth = depth;
	if (top(s)->kind == GRUB_CALL)
		end_call(s);
	else
		s->depth--; /* which ends grub_script_run_block() */
}

/* $?, which is a new variable each time that it changes. */
static void set_status(struct grub_script *s)
{
	const char *old = grub_get(&s->variables, "?"), *new = s->status ? "1" : "0";

	if (!old || *old != *new)
		grub_set(&s->variables, "?", new);
}

static void carry_out(struct grub_script *s)
{
	const char *word = s->read.words[0];
	const struct grub_function *function = find_function(s, word);

	if (s->read.is_too_long) {
		grub_script_note(s, "left out, too long: ", word);
		s->status = 1;
	} else if (function) {
		call(s, function);
	} else if (!strcmp(word, "return")) {
		leave_function(s);
	} else if (!strcmp(word, "break") || !strcmp(word, "continue")) {
		leave_turn(s, *word == 'b');
	} else {
		s->status = s->ops->command(s, &s->read);
		if (s->negated)
			s->status = !s->status;
		s->negated = false;
	}
	set_status(s);
}

/* What begins with '{'. */
static void open_block(struct grub_script *s)
{
	const char *word = s->read.count ? s->read.words[0] : "{";
	struct grub_frame *frame;

	if (runs(s)) {
		if (!strcmp(word, "function"))
			define(s);
		else
			s->ops->block(s, &s->read, &s->place);
	}
	frame = push(s, GRUB_SKIP);
	if (frame)
		frame->runs = false;
}

/* '}': what was opened in the block ends, too. */
static void close_block(struct grub_script *s)
{
	unsigned depth = s->depth;

	while (depth &&
	       (s->frames[depth - 1].kind == GRUB_IF || s->frames[depth - 1].kind == GRUB_LOOP))
		depth--;
	if (!depth || s->frames[depth - 1].kind == GRUB_FILE) {
		grub_script_note(s, "out of place: ", "}");
		return;
	}
	if (depth < s->depth)
		grub_script_note(s, "something has no end", "");
	s->depth = depth;
	if (top(s)->kind == GRUB_CALL)
		end_call(s);
	else
		s->depth--;
}

/* The end of a file: what was opened in it ends, too. */
static void end_file(struct grub_script *s)
{
	while (s->depth && top(s)->kind != GRUB_FILE) {
		if (top(s)->kind == GRUB_CALL || top(s)->kind == GRUB_BODY) {
			stop(s, "a block has no end");
			return;
		}
		grub_script_note(s, "something has no end", "");
		s->depth--;
	}
	if (!s->depth)
		return;
	s->place = top(s)->place;
	s->depth--;
}

static void step(struct grub_script *s)
{
	struct grub_command *c = &s->read;

	grub_read_command(&s->place, &s->variables, c);
	if (c->end == GRUB_END_TEXT)
		end_file(s);
	else if (c->end == GRUB_END_CLOSE)
		close_block(s);
	else if (c->end == GRUB_END_OPEN)
		open_block(s);
	else if ((c->is_quoted || !control(s, c->words[0])) && runs(s))
		carry_out(s);
	if (++s->steps > STEPS_MAX || s->work > WORK_MAX)
		stop(s, "too many commands");
}

static void run(struct grub_script *s)
{
	unsigned depth = s->depth;

	while (!s->stopped && s->depth >= depth)
		step(s);
}

void grub_script_run_file(struct grub_script *s, const struct text_file *file)
{
	s->depth = 0;
	s->stopped = s->negated = false;
	if (!grub_script_source(s, file))
		run(s);
}

void grub_script_run_block(struct grub_script *s, const struct grub_place *body)
{
	s->depth = 0;
	s->stopped = s->negated = false;
	s->place = *body;
	if (push(s, GRUB_BODY))
		run(s);
}

int grub_script_source(struct grub_script *s, const struct text_file *file)
{
	struct grub_frame *frame = push(s, GRUB_FILE);

	if (!frame)
		return 1;
	frame->place = s->place;
	s->place = (struct grub_place){.file = file, .line = 1};
	return 0;
}
