/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Patterns. Only the last `*` is ever tried again, one character further on: what an
 * earlier one could take more, the last one can take as well. So the work is bounded by the
 * product of the lengths.
 *
 * Reference: POSIX.1-2017, Shell Command Language, 2.13 "Pattern Matching Notation".
 */
#include "lib/glob.h"

#include <stddef.h>
#include <stdint.h>

/* Whether `c` is one of [...]; *pattern is behind the '[' and goes behind the ']'. An end
 * that is missing makes it a character like others. */
static bool match_set(const char **pattern, char c)
{
	const char *p = *pattern;
	bool negated = *p == '!' || *p == '^', found = false;

	p += negated;
	for (bool first = true; *p && (first || *p != ']'); first = false) {
		uint8_t from = *p++, to = from;

		if (p[0] == '-' && p[1] && p[1] != ']') {
			to = p[1];
			p += 2;
		}
		found |= (uint8_t)c >= from && (uint8_t)c <= to;
	}
	if (!*p)
		return c == '[';
	*pattern = p + 1;
	return found != negated;
}

/* The same for one character of a pattern, which is not `*`. */
static bool match_one(const char **pattern, char c)
{
	char wanted = *(*pattern)++;

	if (wanted == '[')
		return match_set(pattern, c);
	if (wanted == '\\' && **pattern)
		wanted = *(*pattern)++;
	else if (wanted == '?')
		return true;
	return wanted == c;
}

bool glob_match(const char *pattern, const char *text)
{
	const char *behind_star = NULL, *retry = NULL;

	while (*text) {
		if (*pattern == '*') {
			behind_star = ++pattern;
			retry = text;
		} else if (*pattern && match_one(&pattern, *text)) {
			text++;
		} else if (behind_star) {
			pattern = behind_star;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
