/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Conditions: comparisons of words and numbers, and questions for files, with `!`, `-a` and
 * `-o`, of which `-a` binds more. Parentheses are not understood: what has them is false.
 *
 * Reference: GRUB 2.12, manual, "test".
 */
#include "boot/grub_test.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "boot/entry_text.h"
#include "lib/util.h"

struct test {
	char *const *words;
	unsigned count, at;
	grub_file_test *file;
	void *context;
};

/* As GRUB has it: an optional sign, digits, and whatever follows. */
static int32_t number(const char *text)
{
	bool negative = *text == '-';
	uint32_t value = 0;

	for (text += negative; *text >= '0' && *text <= '9' && value < 100000000; text++)
		value = value * 10 + (*text - '0');
	return negative ? -(int32_t)value : (int32_t)value;
}

enum comparison { EQUAL, DIFFERENT, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, COMPARISONS };

static bool holds(enum comparison comparison, int order)
{
	switch (comparison) {
	case EQUAL:
		return !order;
	case DIFFERENT:
		return order;
	case LESS:
		return order < 0;
	case LESS_EQUAL:
		return order <= 0;
	case GREATER:
		return order > 0;
	default:
		return order >= 0;
	}
}

/* Of two words with an operator between them; false if it is none. */
static bool compare(const char *a, const char *operator, const char * b, bool *result)
{
	static const struct {
		const char *name;
		enum comparison comparison;
		bool numbers;
	} operators[] = {
		{"=", EQUAL, false},          {"==", EQUAL, false},      {"!=", DIFFERENT, false},
		{"<", LESS, false},           {"<=", LESS_EQUAL, false}, {">", GREATER, false},
		{">=", GREATER_EQUAL, false}, {"-eq", EQUAL, true},      {"-ne", DIFFERENT, true},
		{"-lt", LESS, true},          {"-le", LESS_EQUAL, true}, {"-gt", GREATER, true},
		{"-ge", GREATER_EQUAL, true},
	};
	int32_t x, y;

	for (unsigned i = 0; i < ARRAY_SIZE(operators); i++) {
		if (strcmp(operator, operators[i].name))
			continue;
		x = number(a);
		y = number(b);
		*result = holds(operators[i].comparison,
				operators[i].numbers ? (x > y) - (x < y) : strcmp(a, b));
		return true;
	}
	return false;
}

static bool is_operator(const char *word)
{
	return word[0] == '-' && word[1] && !word[2] && memchr("znefsd", word[1], 6);
}

/* One comparison or question; goes behind it. */
static bool primary(struct test *t)
{
	char *const *w = t->words + t->at;
	unsigned left = t->count - t->at;
	bool result;

	if (left >= 3 && compare(w[0], w[1], w[2], &result)) {
		t->at += 3;
		return result;
	}
	if (left >= 2 && is_operator(w[0])) {
		t->at += 2;
		if (w[0][1] == 'z' || w[0][1] == 'n')
			return !*w[1] == (w[0][1] == 'z');
		return t->file(w[1], w[0][1], t->context);
	}
	t->at++;
	return *w[0];
}

static bool negation(struct test *t)
{
	bool negated = false;

	for (; t->at + 1 < t->count && !strcmp(t->words[t->at], "!"); t->at++)
		negated = !negated;
	return primary(t) != negated;
}

bool grub_test(char *const words[], unsigned count, grub_file_test *file, void *context)
{
	struct test t = {words, count, 0, file, context};
	bool result = false, all = true;

	while (t.at < count) {
		all &= negation(&t);
		if (t.at == count)
			return result || all;
		if (!strcmp(words[t.at], "-o")) {
			result |= all;
			all = true;
		} else if (strcmp(words[t.at], "-a")) {
			return false;
		}
		t.at++;
	}
	return false;
}
