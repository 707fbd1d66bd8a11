/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* Versions in both orders, and patterns. */
#include "lib/glob.h"
#include "lib/vercmp.h"
#include "unit.h"

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

/* The order of two versions, both ways round. */
static bool uapi(const char *a, int order, const char *b)
{
	return sign(vercmp_uapi(a, b)) == order && sign(vercmp_uapi(b, a)) == -order;
}

static bool rpm(const char *a, int order, const char *b)
{
	return sign(vercmp_rpm(a, b)) == order && sign(vercmp_rpm(b, a)) == -order;
}

/* UAPI.10, "Examples", but for two that say that a suffix with ~ is newer, against the
 * text above them and systemd's strverscmp_improved(). */
static void test_examples(void)
{
	ok(uapi("11", 0, "11"));
	ok(uapi("systemd-123", 0, "systemd-123"));
	ok(uapi("bar-123", -1, "foo-123"));
	ok(uapi("123a", 1, "123"));
	ok(uapi("123.a", 1, "123"));
	ok(uapi("123.a", -1, "123.b"));
	ok(uapi("123a", 1, "123.a"));
	ok(uapi("11\xce\xb1", 0, "11\xce\xb2"));
	ok(uapi("A", -1, "a"));
	ok(uapi("", -1, "0"));
	ok(uapi("0.", 1, "0"));
	ok(uapi("0.0", 1, "0"));
	ok(uapi("0", 1, "~"));
	ok(uapi("", 1, "~"));
	ok(uapi("1_", 0, "1"));
	ok(uapi("_1", 0, "1"));
	ok(uapi("1_", -1, "1.2"));
	ok(uapi("1_2_3", 1, "1.3.3"));
	ok(uapi("1+", 0, "1"));
	ok(uapi("+1", 0, "1"));
	ok(uapi("1+", -1, "1.2"));
	ok(uapi("1+2+3", 1, "1.3.3"));
}

/* What systemd-analyze compare-versions says. */
static void test_kernels(void)
{
	ok(uapi("123~rc1", -1, "123"));
	ok(uapi("123~rc1", -1, "123~rc2"));
	ok(uapi("1^a", 1, "1"));
	ok(uapi("1^", 1, "1-1"));
	ok(uapi("1-2", -1, "1.2"));
	ok(uapi("6.1.0-9-amd64", -1, "6.1.0-10-amd64"));
	ok(uapi("6.1.010", 0, "6.1.10"));
	ok(uapi("6.1.99999999999999999999", 1, "6.1.9999999999999999999"));
	ok(uapi("a-", 0, "a-0")); /* an empty number is 0 */
	ok(uapi("--", 1, "-"));
	ok(uapi("5.10.0-rc1", -1, "5.10.0.1"));
}

static void test_rpm(void)
{
	ok(rpm("6.11.10-300.fc41", 1, "6.11.4-301.fc41"));
	ok(rpm("1.0", 0, "1.0"));
	ok(rpm("1.0", 0, "1-0"));
	ok(rpm("1.0~rc1", -1, "1.0"));
	ok(rpm("1.0~rc1", -1, "1.0~rc2"));
	ok(rpm("1.0a", 1, "1.0"));
	ok(rpm("a", -1, "1"));
	ok(rpm("x1", -1, "x01a"));
	ok(rpm("", -1, "1"));
	ok(rpm("..", 0, "-"));
	ok(rpm("abc", -1, "abd"));
}

static void test_glob(void)
{
	ok(glob_match("", "") && !glob_match("", "a") && !glob_match("a", ""));
	ok(glob_match("*", "") && glob_match("**", "abc"));
	ok(glob_match("a*c", "abbc") && !glob_match("a*c", "abbd"));
	ok(glob_match("*.conf", "a.conf.conf") && !glob_match("*.conf", "a.conf.x"));
	ok(glob_match("?b", "ab") && !glob_match("?", ""));
	ok(glob_match("[a-c]x", "bx") && !glob_match("[a-c]x", "dx"));
	ok(glob_match("[!a-c]", "d") && !glob_match("[^a-c]", "a"));
	ok(glob_match("[]a]", "]") && glob_match("[a-]", "-"));
	ok(glob_match("[", "[") && glob_match("[ab", "[ab"));
	ok(glob_match("\\*", "*") && !glob_match("\\*", "a"));
	ok(!glob_match("*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
	test_examples();
	test_kernels();
	test_rpm();
	test_glob();
	return done();
}
