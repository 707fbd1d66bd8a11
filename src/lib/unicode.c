/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * UTF-16, UTF-8 and what is upper and lower case of one letter.
 *
 * Reference: The Unicode Standard 15.0, 3.9 "Unicode Encoding Forms"; UnicodeData.txt
 * for the letters' cases.
 */
#include "lib/unicode.h"

enum {
	HIGH_SURROGATE = 0xd800,
	LOW_SURROGATE = 0xdc00,
	SURROGATES_END = 0xe000,
	SUPPLEMENTARY = 0x10000,
};

size_t unicode_to_utf8(uint32_t character, char *to)
{
	size_t more = character < 0x80 ? 0 : character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;

	if (!more) {
		*to = character;
		return 1;
	}
	*to = 0xff80 >> more | character >> 6 * more; /* as many ones as bytes */
	for (size_t i = 1; i <= more; i++)
		to[i] = 0x80 | (character >> 6 * (more - i) & 0x3f);
	return more + 1;
}

static uint16_t unit(const uint8_t *at, bool big_endian)
{
	return at[!big_endian] << 8 | at[big_endian];
}

/* The character that begins at `at`; sets *units to 2 if it takes two. */
static uint32_t utf16_character(const uint8_t *at, size_t left, bool big_endian, size_t *units)
{
	uint32_t first = unit(at, big_endian), second;

	*units = 1;
	if (first < HIGH_SURROGATE || first >= SURROGATES_END)
		return first;
	second = left > 1 ? unit(at + 2, big_endian) : 0;
	if (first >= LOW_SURROGATE || second < LOW_SURROGATE || second >= SURROGATES_END)
		return UNICODE_REPLACEMENT;
	*units = 2;
	return SUPPLEMENTARY + ((first - HIGH_SURROGATE) << 10) + (second - LOW_SURROGATE);
}

bool unicode_from_utf16(char *to, size_t size, const void *from, size_t units, bool big_endian)
{
	const uint8_t *at = from;
	char bytes[4];
	size_t used, length;

	for (; units; units -= used, at += 2 * used) {
		uint32_t character = utf16_character(at, units, big_endian, &used);

		if (!character)
			break;
		length = unicode_to_utf8(character, bytes);
		if (length >= size) {
			*to = '\0';
			return false;
		}
		for (size_t i = 0; i < length; i++)
			*to++ = bytes[i];
		size -= length;
	}
	*to = '\0';
	return true;
}

static bool in(uint32_t character, uint32_t first, uint32_t last)
{
	return character >= first && character <= last;
}

uint32_t unicode_lower_case(uint32_t c)
{
	if (in(c, 'A', 'Z') || (in(c, 0xc0, 0xde) && c != 0xd7) || in(c, 0x391, 0x3a9) ||
	    in(c, 0x410, 0x42f))
		return c + 0x20;
	if (in(c, 0x400, 0x40f))
		return c + 0x50;
	/* Latin Extended-A has them in pairs. */
	if (in(c, 0x100, 0x137) || in(c, 0x14a, 0x177))
		return c | 1;
	if (in(c, 0x139, 0x148) || in(c, 0x179, 0x17e))
		return c + (c & 1);
	return c;
}

uint32_t unicode_next(const char **s)
{
	const uint8_t *at = (const uint8_t *)*s;
	unsigned more = *at < 0xc2 ? 0 : *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : *at < 0xf8 ? 3 : 0;
	uint32_t character = more ? *at & (0x3f >> more) : *at;

	for (unsigned i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			more = 0;
			character = *at;
			break;
		}
		character = character << 6 | (at[i] & 0x3f);
	}
	*s += *at ? 1 + more : 0;
	return character;
}

bool unicode_same_but_case(const char *a, const char *b)
{
	uint32_t c;

	do {
		c = unicode_lower_case(unicode_next(&a));
		if (c != unicode_lower_case(unicode_next(&b)))
			return false;
	} while (c);
	return true;
}
