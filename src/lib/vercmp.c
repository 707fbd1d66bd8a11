/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Versions are compared part by part: numbers by their values, words by their letters. What
 * may stand between parts, and what it means that one version has a part more, is where
 * UAPI.10 and RPM differ.
 *
 * References: UAPI.10 "Version Format Specification"; RPM's manual, "Dependencies", "Sorting".
 */
#include "lib/vercmp.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_part(char c)
{
	return is_digit(c) || is_letter(c);
}

static size_t span(const char *s, bool (*is)(char))
{
	size_t n = 0;

	while (is(s[n]))
		n++;
	return n;
}

/* Compares the numbers that both begin with, and goes behind them; no digits are 0. */
static int compare_numbers(const char **a, const char **b)
{
	size_t in_a, in_b;
	int order;

	while (**a == '0')
		++*a;
	while (**b == '0')
		++*b;
	in_a = span(*a, is_digit);
	in_b = span(*b, is_digit);
	if (in_a != in_b)
		return in_a < in_b ? -1 : 1;
	order = memcmp(*a, *b, in_a);
	*a += in_a;
	*b += in_b;
	return order;
}

/* The same for words; of two that begin alike the longer one is greater. */
static int compare_words(const char **a, const char **b)
{
	size_t in_a = span(*a, is_letter), in_b = span(*b, is_letter);
	int order = memcmp(*a, *b, in_a < in_b ? in_a : in_b);

	if (!order && in_a != in_b)
		order = in_a < in_b ? -1 : 1;
	*a += in_a;
	*b += in_b;
	return order;
}

static const char *skip_foreign(const char *s)
{
	while (*s && !is_part(*s) && *s != '-' && *s != '.' && *s != '~' && *s != '^')
		s++;
	return s;
}

/* A mark that one of them begins with: `sign` is the order if it is only `a`. If both do,
 * goes behind it. */
static int compare_mark(const char **a, const char **b, char mark, int sign)
{
	bool a_has = **a == mark, b_has = **b == mark;

	if (a_has != b_has)
		return a_has ? sign : -sign;
	*a += a_has;
	*b += b_has;
	return 0;
}

static int compare_ends(const char *a, const char *b)
{
	return !!*a - !!*b;
}

int vercmp_uapi(const char *a, const char *b)
{
	int order;

	for (;;) {
		a = skip_foreign(a);
		b = skip_foreign(b);
		order = compare_mark(&a, &b, '~', -1);
		if (order)
			return order;
		if (!*a || !*b)
			return compare_ends(a, b);
		order = compare_mark(&a, &b, '-', -1);
		if (!order)
			order = compare_mark(&a, &b, '^', 1);
		if (!order)
			order = compare_mark(&a, &b, '.', -1);
		if (!order && (is_digit(*a) || is_digit(*b)))
			order = compare_numbers(&a, &b);
		else if (!order)
			order = compare_words(&a, &b);
		if (order)
			return order;
	}
}

static const char *skip_separators(const char *s)
{
	while (*s && !is_part(*s) && *s != '~')
		s++;
	return s;
}

int vercmp_rpm(const char *a, const char *b)
{
	int order;

	for (;;) {
		a = skip_separators(a);
		b = skip_separators(b);
		if (*a == '~' || *b == '~')
			order = compare_mark(&a, &b, '~', -1);
		else if (!*a || !*b)
			return compare_ends(a, b);
		else if (is_digit(*a) != is_digit(*b)) /* a number is newer than a word */
			order = is_digit(*a) ? 1 : -1;
		else if (is_digit(*a))
			order = compare_numbers(&a, &b);
		else
			order = compare_words(&a, &b);
		if (order)
			return order;
	}
}
