/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Formatted output into memory, for messages to the user and for the debug log.
 *
 * Specification: a small part of printf (ISO/IEC 9899:2011, 7.21.6.1).
 */
#include "lib/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/util.h"

struct output {
	char *next, *end; /* end: where the NUL must go at the latest */
};

static void put(struct output *out, char c)
{
	if (out->next < out->end)
		*out->next++ = c;
}

struct spec {
	unsigned width;
	char pad;
	bool is_long;
};

static void put_number(struct output *out, const struct spec *spec, uint64_t value, unsigned base,
		       bool negative)
{
	char digits[24];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[divide_u64(&value, base)];
	} while (value);
	if (negative && spec->pad == '0')
		put(out, '-');
	for (unsigned i = n + negative; i < spec->width; i++)
		put(out, spec->pad);
	if (negative && spec->pad != '0')
		put(out, '-');
	while (n)
		put(out, digits[--n]);
}

static void put_string(struct output *out, const struct spec *spec, const char *s)
{
	size_t length = strlen(s);

	while (*s)
		put(out, *s++);
	for (; length < spec->width; length++)
		put(out, ' ');
}

static void put_signed(struct output *out, const struct spec *spec, int64_t value)
{
	put_number(out, spec, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0);
}

static const char *parse_spec(const char *p, struct spec *spec)
{
	*spec = (struct spec){.pad = ' '};
	if (*p == '0') {
		spec->pad = '0';
		p++;
	}
	for (; *p >= '0' && *p <= '9'; p++)
		spec->width = spec->width * 10 + (*p - '0');
	if (p[0] == 'l' && p[1] == 'l') {
		spec->is_long = true;
		p += 2;
	}
	return p;
}

size_t format_args(char *to, size_t size, const char *format, va_list args)
{
	struct output out = {to, to + size - 1};
	struct spec spec;

	for (const char *p = format; *p; p++) {
		if (*p != '%') {
			put(&out, *p);
			continue;
		}
		p = parse_spec(p + 1, &spec);
		switch (*p) {
		case 'c':
			put(&out, va_arg(args, int));
			break;
		case 's':
			put_string(&out, &spec, va_arg(args, const char *));
			break;
		case 'd':
			put_signed(&out, &spec,
				   spec.is_long ? va_arg(args, long long) : va_arg(args, int));
			break;
		case 'u':
		case 'x':
			put_number(&out, &spec,
				   spec.is_long ? va_arg(args, unsigned long long) :
						  va_arg(args, unsigned),
				   *p == 'x' ? 16 : 10, false);
			break;
		default:
			put(&out, *p);
		}
	}
	*out.next = '\0';
	return out.next - to;
}

size_t format(char *to, size_t size, const char *format, ...)
{
	va_list args;
	size_t length;

	va_start(args, format);
	length = format_args(to, size, format, args);
	va_end(args);
	return length;
}
