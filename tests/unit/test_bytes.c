/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What a terminal is sent, byte by byte: the shortest way to each thing, as ECMA-48, 8.3
 * has the control functions. That it shows the screen is test_terminal.py's affair; this is
 * how many bytes that takes, and which.
 */
#include <string.h>

#include "alone.h"
#include "bda.h"
#include "console/console.h"
#include "console/screen.h"
#include "console/terminal.h"
#include "lib/memory.h"
#include "lib/util.h"

static char sent[8192];
static size_t sent_length;
static unsigned writes;
static bool takes_nothing, is_ready;
static struct console console;

static bool write_bytes(struct console *to, const char *s, size_t length)
{
	ok(to == &console && length);
	writes++;
	if (takes_nothing)
		return false;
	ok(sent_length + length < sizeof(sent));
	memcpy(sent + sent_length, s, length);
	sent_length += length;
	return true;
}

static bool ready(struct console *to)
{
	ok(to == &console);
	return is_ready;
}

static const struct terminal_output output = {.write = write_bytes, .ready = ready};

/* Whether exactly this was sent since the last call; what was sent instead is shown. */
static bool sends(const char *expected)
{
	bool same = sent_length == strlen(expected) && !memcmp(sent, expected, sent_length);

	if (!same) {
		printf("sent \"");
		for (size_t i = 0; i < sent_length; i++)
			if (sent[i] == '\033')
				printf("\\e");
			else if ((uint8_t)sent[i] < ' ')
				printf("\\x%x", sent[i]);
			else
				putchar(sent[i]);
		printf("\"\n");
	}
	sent_length = 0;
	return same;
}

static void begin(void)
{
	fake_console_reset();
	*(uint32_t *)phys_ptr(0x10 * 4) = 0xf000f065;
	screen_init();
	terminal_add(&console, &output);
	ok(sends(""));
}

/* The same, as a menu has it: the terminal's lines are the screen's. */
static void begin_drawn(void)
{
	begin();
	bda()->cursor[0] = 0x0500;
	screen_type(0, 'x', KEEP_ATTRIBUTE);
	bda()->cursor[0] = 0;
	screen_type(0, 'y', KEEP_ATTRIBUTE);
	screen_tick();
	screen_tick();
	sent_length = 0;
}

static void type(const char *s)
{
	for (; *s; s++)
		screen_type(0, *s, KEEP_ATTRIBUTE);
}

static void at(unsigned row, unsigned column)
{
	bda()->cursor[0] = row << 8 | column;
}

static void put(unsigned row, unsigned column, const char *s, uint8_t attribute)
{
	for (; *s; s++, column++)
		screen_page(0)[row * 80 + column] = attribute << 8 | (uint8_t)*s;
}

/* --- as lines ------------------------------------------------------------------------------- */

/* What was there before a terminal: its lines, and no more than they have. */
static void earlier_lines(void)
{
	fake_console_reset();
	*(uint32_t *)phys_ptr(0x10 * 4) = 0xf000f065;
	screen_print("first\nsecond", 12);
	screen_init();
	terminal_add(&console, &output);
	ok(sends("first\r\nsecond"));
	type("!");
	ok(sends("!"));
	screen_tick();
	screen_tick();
	ok(sends("")); /* nothing is sent for nothing */
}

static void lines(void)
{
	begin();
	type("ab");
	ok(sends("ab") && writes == 2);
	type("\r\n");
	ok(sends("\r\n"));
	type("c\b");
	ok(sends("c\r"));
	type("\a");
	ok(sends("\a"));
	at(3, 4);
	type("d"); /* over the columns that are there already */
	ok(sends("\r\n\n    d"));
	at(3, 0);
	type("e");
	ok(sends("\re"));
	at(3, 70);
	type("f"); /* short or long, it is text that is there */
	screen_tick();
	ok(sent_length == 69 + 1);
	sent_length = 0;
	at(3, 68);
	type("g");
	ok(sends("\b\b\bg"));
	at(3, 60);
	type("h");
	ok(sends("\e[61Gh"));
	screen_tick();
	ok(sends(""));
}

static void attributes(void)
{
	static const struct {
		uint8_t attribute;
		const char *sequence;
	} table[] = {
		{0x0f, "\e[0;1;37m"},  {0x01, "\e[0;34m"},      {0x04, "\e[0;31m"},
		{0x0e, "\e[0;1;33m"},  {0x1f, "\e[0;1;37;44m"}, {0x70, "\e[0;30;47m"},
		{0x87, "\e[0;37;5m"},  {0xa4, "\e[0;31;5;42m"}, {0x00, "\e[0;30;40m"},
		{0x02, "\e[0;32m"},    {0x35, "\e[0;35;46m"},   {0x53, "\e[0;36;45m"},
		{0x66, "\e[0;33;43m"}, {0x07, "\e[0m"},
	};

	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
		char expected[32];

		screen_type(0, 'x', table[i].attribute);
		snprintf(expected, sizeof(expected), "%sx", table[i].sequence);
		ok(sends(expected));
		screen_type(0, 'y', table[i].attribute);
		ok(sends("y"));
	}
	screen_set_blink(false);
	sent_length = 0;
	screen_type(0, 'x', 0x97);        /* bright backgrounds instead */
	ok(sends("\e[29G\e[0;37;104mx")); /* what blinked was sent again */
	screen_type(0, 'x', 0x87);
	ok(sends("\e[0;37;100mx"));
	screen_tick(); /* who comes next finds his own colours */
	ok(sends("\e[0m"));
	/* of blanks, only the background is seen */
	screen_type(0, ' ', 0x04);
	ok(sends("\e[32G"));
	screen_type(0, 0xff, 0x02);
	screen_type(0, 0, 0x01);
	screen_type(0, ' ', 0x17);
	ok(sends("\e[33G\e[34G\e[0;37;44m "));
}

static void characters(void)
{
	begin();
	screen_type(0, 0x82, KEEP_ATTRIBUTE);
	screen_type(0, 0xdb, KEEP_ATTRIBUTE);
	screen_type(0, 0x01, KEEP_ATTRIBUTE);
	screen_type(0, 0x7f, KEEP_ATTRIBUTE);
	screen_type(0, '~', KEEP_ATTRIBUTE);
	ok(sends("\xc3\xa9\xe2\x96\x88\xe2\x98\xba\xe2\x8c\x82~"));
	screen_type(0, 0xe3, KEEP_ATTRIBUTE); /* pi, of two bytes */
	ok(sends("\xcf\x80"));
}

static void ascii(void)
{
	terminal_set_ascii(true);
	begin();
	screen_type(0, 0x82, KEEP_ATTRIBUTE);
	screen_type(0, 0xc4, KEEP_ATTRIBUTE);
	screen_type(0, 0x7f, KEEP_ATTRIBUTE);
	for (size_t i = 0; i < sent_length; i++)
		ok(sent[i] >= ' ' && sent[i] < 0x7f);
	ok(sent_length == 3 && sent[0] == 'e' && sent[1] == '-');
}

static void chosen_utf8(void)
{
	terminal_set_ascii(false);
	begin();
	screen_type(0, 0x82, KEEP_ATTRIBUTE);
	ok(sends("\xc3\xa9"));
}

static void scrolling(void)
{
	begin();
	at(24, 0);
	type("last\r");
	sent_length = 0;
	type("\n");
	ok(sends("\n"));
	type("next");
	ok(sends("next"));
	screen_type(0, '\n', 0x17); /* the line is blue, but not what scrolls in */
	sent_length = 0;
	screen_tick();
	screen_tick();
	ok(sends("\e[0m"));
	type("z");
	ok(sends("\e[0;37;44mz"));
}

/* --- drawn ------------------------------------------------------------------------------------ */

static void drawing(void)
{
	char expected[200];

	begin();
	type("one");
	at(2, 0);
	type("three");
	sent_length = 0;
	at(0, 1);
	type("N");                  /* out of reach of who only has lines */
	memset(expected, '\n', 60); /* what the user had there scrolls away */
	strcpy(expected + 60, "\e[0m\e[H\e[J\e[3;1Hthree\e[1;1HoNe\b");
	ok(sends(expected));
	type("\b\b");
	ok(sends("\b\r"));
	at(24, 79);
	screen_fill(0, 24, 79, 1, 'q', KEEP_ATTRIBUTE);
	ok(sends("\e[25;80Hq"));
	screen_tick();
	screen_tick(); /* its cursor is behind the last column, where terminals differ */
	ok(sends("\e[80G"));
}

/* Even if nothing but the last column of a row out of reach is different. */
static void drawing_for_the_last_column(void)
{
	begin();
	type("one");
	at(2, 0);
	type("three");
	screen_tick();
	sent_length = 0;
	put(0, 79, "Z", 7);
	screen_tick();
	sent[sent_length] = '\0';
	ok(strstr(sent, "\033[0m\033[H\033[J") && strchr(sent, 'Z'));
}

static void moves(void)
{
	begin_drawn();
	put(3, 0, "ab", 7); /* a program writes by itself */
	screen_tick();
	ok(sends("\e[4;1Hab\e[1;2H"));
	put(3, 0, "AB", 7);
	put(4, 0, "c", 7); /* the next row's start is a line feed away */
	screen_tick();
	ok(sends("\e[4;1HAB\r\nc\e[1;2H"));
	put(0, 5, "d", 7); /* over four columns that are there, and five */
	screen_tick();
	ok(sends("    d\e[2G"));
	put(0, 7, "e", 7);
	screen_tick();
	ok(sends("\e[8Ge\e[2G"));
	put(24, 0, "f", 7); /* never by a line feed, which might scroll */
	put(23, 0, "g", 7);
	screen_tick();
	ok(sends("\e[24;1Hg\e[25;1Hf\e[1;2H"));
}

static void erasing(void)
{
	begin_drawn();
	put(2, 0, "a long line of text", 7);
	screen_tick();
	sent_length = 0;
	for (unsigned i = 4; i < 80; i++)
		screen_page(0)[2 * 80 + i] = 0x0720;
	screen_tick();
	ok(sends("\e[3;5H\e[K\e[1;2H"));
	put(2, 3, "ng", 7);
	screen_tick();
	sent_length = 0;
	put(2, 3, " ", 7);
	put(2, 4, " ", 0x17); /* a blank that is seen */
	screen_tick();
	ok(sends("\e[3;4H \e[0;37;44m \e[0m\e[1;2H"));
	screen_tick();
	ok(sends(""));
}

/* What looks the same need not be sent. */
static void alike(void)
{
	begin_drawn();
	put(2, 0, " ", 0x01);
	screen_page(0)[2 * 80 + 1] = 0x04ff;
	screen_page(0)[2 * 80 + 2] = 0x0000;
	screen_page(0)[2 * 80 + 79] = 0x0500;
	screen_tick();
	ok(sends(""));
	screen_page(0)[2 * 80 + 1] = 0x14ff;
	screen_tick();
	ok(sends("\e[3;2H\e[0;31;44m \e[0m\e[1;2H"));
}

static void cursors(void)
{
	begin_drawn();
	bda()->cursor_shape = 0x2000;
	screen_tick();
	ok(sends("\e[?25l"));
	screen_tick();
	ok(sends(""));
	bda()->cursor_shape = 0x0607;
	screen_tick();
	ok(sends("\e[?25h"));
	at(10, 10);
	screen_tick(); /* it may be on its way */
	ok(sends(""));
	screen_tick();
	ok(sends("\e[11;11H"));
	at(30, 0); /* out of sight */
	screen_tick();
	screen_tick();
	ok(sends("\e[?25l"));
	at(10, 10);
	screen_leave();
	ok(sends("\e[?25h"));
}

/* The screen goes on as lines when it scrolls, and the cursor is seen. */
static void scrolling_a_drawing(void)
{
	begin_drawn();
	bda()->cursor_shape = 0x2000;
	screen_tick();
	sent_length = 0;
	at(24, 0);
	type("p");
	ok(sends("\e[25;1Hp"));
	type("\r\n");
	ok(sends("\r\e[?25h\n"));
	type("line\r\n");
	ok(sends("line\r\n"));
}

static void ticks(void)
{
	begin_drawn();
	for (unsigned row = 0; row < 25; row++)
		for (unsigned column = 0; column < 80; column++)
			put(row, column, "M", 7);
	screen_tick(); /* 1,024 bytes, and what begins before that is finished */
	ok(sent_length > 1000 && sent_length < 1200);
	sent_length = 0;
	screen_tick();
	ok(sent_length > 900 && sent_length < 1200);
	sent_length = 0;
	screen_tick();
	screen_tick();
	sent_length = 0;
	screen_tick();
	ok(sends(""));
	put(24, 79, "N", 7);
	writes = 0;
	screen_tick();
	ok(writes == 1 && sent_length);
}

/* A burst that is longer than the buffer goes out in parts. */
static void long_bursts(void)
{
	const struct screen_window all = {0, 0, 24, 79};

	begin_drawn();
	for (unsigned i = 0; i < 25 * 80; i++)
		screen_page(0)[i] = 0x0700 | 'M';
	writes = 0;
	screen_scroll(0, (struct screen_window){24, 79, 24, 79}, 1, 7);
	ok(sent_length == 1999 + 6 + 24 * 2 && writes == 5);
	sent_length = 0;
	screen_scroll(0, all, 0, 0x07);
	for (unsigned i = 0; i < sent_length; i++)
		ok(sent[i] != 'M' && sent[i] != ' ');
}

static void forty_columns(void)
{
	begin();
	screen_set_mode(1, true);
	type("ab");
	at(0, 39);
	type("c");
	sent_length = 0;
	screen_page(0)[45] = 0x0700 | 'd'; /* column 5 of the second row */
	screen_tick();
	screen_tick();
	ok(strstr(sent, "d") || sent_length == 0);
	sent_length = 0;
	screen_set_mode(MODE_80X25, true);
	screen_tick();
	sent_length = 0;
	screen_tick();
	ok(sends(""));
}

/* Bit 7 of attributes means something else, and only cells that have it. */
static void blinking(void)
{
	begin();
	type("a");
	screen_type(0, 'b', 0x87);
	sent_length = 0;
	screen_set_blink(false);
	ok(sends("\e[0m\b\e[0;37;100mb"));
	screen_set_blink(true);
	ok(sends("\e[0m\b\e[0;37;5mb"));
}

/* --- lost bytes, messages, the end ------------------------------------------------------------- */

static void lost(void)
{
	begin();
	type("a");
	sent_length = 0;
	takes_nothing = true;
	type("b");
	writes = 0;
	type("cd\r\n\ae");
	screen_fill(0, 2, 0, 1, 'f', KEEP_ATTRIBUTE);
	screen_set_blink(false);
	screen_set_blink(true);
	screen_tick();
	ok(!writes && sends("")); /* nobody waits for who takes nothing */
	takes_nothing = false;
	screen_tick();
	ok(!writes); /* until it says that it is ready */
	is_ready = true;
	screen_tick();
	sent[sent_length] = '\0';
	ok(!memcmp(sent, "\x18\n\n", 3) && strstr(sent, "\e[0m\e[H\e[J\e[?25h"));
	ok(strstr(sent, "abcd\r\ne\r\nf") && sent_length < 120);
	sent_length = 0;
	type("g");
	ok(sends("\e[2;2Hg"));
}

static void lost_at_the_end(void)
{
	begin();
	takes_nothing = true;
	type("text");
	screen_leave();
	ok(sends(""));
	takes_nothing = false;
	is_ready = true;
	screen_leave();
	sent[sent_length] = '\0';
	ok(strstr(sent, "text"));
}

static void messages(void)
{
	begin_drawn();
	bda()->cursor_shape = 0x2000;
	screen_tick();
	screen_type(0, 'z', 0x1f);
	sent_length = 0;
	screen_print("said\nmore\n", 10);
	ok(sends("\e[0m\e[25;1H\e[?25h\nsaid\r\nmore\r\n"));
	screen_print("again\n", 6);
	ok(sends("again\r\n"));
	screen_tick();
	ok(sends("")); /* the program has not changed its screen */
	put(3, 0, "w", 7);
	screen_tick(); /* now it has: drawn anew, without 60 lines */
	sent[sent_length] = '\0';
	ok(strstr(sent, "\e[0m\e[H\e[J") && strstr(sent, "w"));
}

static void leaving(void)
{
	begin();
	type("text\r\n");
	sent_length = 0;
	screen_type(0, 'x', 0x1f);
	sent_length = 0;
	screen_leave();
	ok(sends("\e[0m"));
	screen_leave();
	ok(sends(""));
}

/* A menu may have left the cursor above its text: the system's messages come below. */
static void leaving_a_drawing(void)
{
	begin_drawn();
	put(10, 0, "below", 7);
	screen_tick();
	sent_length = 0;
	screen_leave();
	ok(sends("\e[25;1H\n"));
	screen_leave();
	ok(sends(""));
}

static void leaving_the_end_of_a_drawing(void)
{
	begin_drawn();
	at(5, 1);
	screen_tick();
	screen_tick();
	sent_length = 0;
	screen_leave();
	ok(sends(""));
}

static void leaving_the_last_row(void)
{
	begin_drawn();
	put(24, 0, "status", 7);
	at(23, 0);
	screen_tick();
	screen_tick();
	sent_length = 0;
	screen_leave();
	ok(sends("\e[25;1H\n"));
}

int main(void)
{
	static void (*const parts[])(void) = {
		earlier_lines,
		lines,
		attributes,
		characters,
		ascii,
		chosen_utf8,
		scrolling,
		drawing,
		drawing_for_the_last_column,
		moves,
		erasing,
		alike,
		cursors,
		scrolling_a_drawing,
		ticks,
		long_bursts,
		forty_columns,
		blinking,
		lost,
		lost_at_the_end,
		messages,
		leaving,
		leaving_a_drawing,
		leaving_the_end_of_a_drawing,
		leaving_the_last_row,
	};

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		alone(parts[i]);
	return done();
}
