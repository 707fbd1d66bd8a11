/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* UTF-16 to UTF-8, and letters' cases. */
#include "lib/unicode.h"

#include <string.h>

#include "unit.h"

static bool converts(const char *utf16, size_t units, const char *utf8)
{
	char to[20];

	return unicode_from_utf16(to, sizeof(to), utf16, units, false) && !strcmp(to, utf8);
}

static void from_utf16(void)
{
	char to[6];

	ok(converts("", 0, "") && converts("a\0b\0", 2, "ab") && converts("a\0\0\0b\0", 3, "a"));
	ok(converts("\x7f\0\x80\0\xff\x07\0\x08", 4, "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80"));
	ok(converts("\xff\xff", 1, "\xef\xbf\xbf"));
	ok(converts("\x3d\xd8\x27\xdc", 2, "\xf0\x9f\x90\xa7")); /* a pair: U+1F427 */
	ok(converts("\x3d\xd8", 1, "\xef\xbf\xbd"));             /* its first half */
	ok(converts("\x3d\xd8"
		    "a\0",
		    2,
		    "\xef\xbf\xbd"
		    "a"));
	ok(converts("\x27\xdc\x3d\xd8", 2, "\xef\xbf\xbd\xef\xbf\xbd")); /* the wrong way round */
	ok(unicode_from_utf16(to, sizeof(to), "\0a\x20\xac", 2, true) && !strcmp(to, "a\u20ac"));
	ok(unicode_from_utf16(to, 5, "\0a\x20\xac", 2, true));
	ok(!unicode_from_utf16(to, 4, "\0a\x20\xac", 2, true) && !strcmp(to, "a"));
	ok(!unicode_from_utf16(to, 1, "\0a", 1, true) && !*to);
}

static void cases(void)
{
	ok(unicode_same_but_case("EFI/boot.123", "efi/BOOT.123"));
	ok(!unicode_same_but_case("efi", "ef") && !unicode_same_but_case("ef", "efi"));
	ok(!unicode_same_but_case("[", "{") && !unicode_same_but_case("@", "`"));
	ok(unicode_same_but_case("ÀÖØÞ", "àöøþ") && !unicode_same_but_case("×", "÷"));
	ok(unicode_same_but_case("ĀĶĹŇŊŶŹŽ", "āķĺňŋŷźž") && !unicode_same_but_case("ĸ", "Ĺ"));
	ok(unicode_same_but_case("ΑΩ", "αω") && unicode_same_but_case("АЯЀЏ", "аяѐџ"));
	/* What is no UTF-8 is compared byte by byte. */
	ok(unicode_same_but_case("a\xff", "A\xff") && !unicode_same_but_case("\xff", "\xfe"));
	ok(unicode_same_but_case("\xe2\x82", "\xe2\x82") &&
	   !unicode_same_but_case("\xe2\x82", "\xe2"));
}

int main(void)
{
	from_utf16();
	cases();
	return done();
}
