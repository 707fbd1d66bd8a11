/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The text screen on a framebuffer: every pixel against the font, when it is drawn and what
 * of it, and which mode is set.
 */
#include "console/framebuffer.h"

#include <string.h>

#include "alone.h"
#include "bda.h"
#include "console/screen.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/font.h"
#include "lib/log.h"
#include "lib/memory.h"

enum { PLAIN = 0x07, MAX_SETS = 8 };

static const struct device device = {.name = "display 1"};

/* --- a device ---------------------------------------------------------------------- */

static struct fake {
	struct framebuffer framebuffer;
	unsigned largest_bits; /* more it does not know */
	unsigned gap;          /* bytes from the end of a line to the next */
	unsigned refused;      /* so many modes are not set */
	unsigned sets;
	struct framebuffer_mode set[MAX_SETS];
	unsigned flushes;
	unsigned x, y, width, height; /* of the last flush */
} fake, other;

static struct fake *fake_of(const struct framebuffer *framebuffer)
{
	return (struct fake *)framebuffer;
}

static bool fits(const struct framebuffer *framebuffer, struct framebuffer_mode *mode)
{
	mode->pitch = mode->width * ((mode->bits + 7u) / 8) + fake_of(framebuffer)->gap;
	return mode->bits <= fake_of(framebuffer)->largest_bits &&
	       mode->height * mode->pitch <= framebuffer->size;
}

static int set_mode(struct framebuffer *framebuffer, const struct framebuffer_mode *mode)
{
	struct fake *f = fake_of(framebuffer);

	if (f->refused && f->refused--)
		return ERR_IO;
	f->set[f->sets++ % MAX_SETS] = *mode;
	return 0;
}

static void flush(struct framebuffer *framebuffer, unsigned x, unsigned y, unsigned width,
		  unsigned height)
{
	struct fake *f = fake_of(framebuffer);

	f->flushes++;
	f->x = x;
	f->y = y;
	f->width = width;
	f->height = height;
}

static const struct framebuffer_ops ops = {.fits = fits, .set_mode = set_mode, .flush = flush};

static void prepare(struct fake *f, unsigned width, unsigned height, unsigned bits, uint32_t size)
{
	void *pixels = memory_alloc_uncounted(size, 4);

	*f = (struct fake){.largest_bits = bits};
	ok(pixels);
	memset(pixels, 0x33, size);
	f->framebuffer = (struct framebuffer){
		.ops = &ops,
		.device = &device,
		.address = ptr_phys(pixels),
		.size = size,
		.preferred_width = width,
		.preferred_height = height,
	};
}

static void begin(unsigned width, unsigned height, unsigned bits, unsigned gap)
{
	machine_reset();
	machine_end_of_post();
	screen_init();
	prepare(&fake, width, height, bits, height * (width * ((bits + 7) / 8) + gap));
	fake.gap = gap;
}

static struct framebuffer_mode mode(void)
{
	return fake.framebuffer.mode;
}

/* --- what should be seen ------------------------------------------------------------ */

static uint32_t colour(unsigned index)
{
	static const uint32_t rgb[] = {
		0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa,
		0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff,
	};
	unsigned red = rgb[index] >> 16, green = rgb[index] >> 8 & 0xff, blue = rgb[index] & 0xff;

	if (mode().bits == 16)
		return red / 8 << 11 | green / 4 << 5 | blue / 8;
	if (mode().bits == 15)
		return red / 8 << 10 | green / 8 << 5 | blue / 8;
	return rgb[index];
}

static uint32_t pixel(unsigned x, unsigned y)
{
	unsigned bytes = (mode().bits + 7) / 8;
	const uint8_t *at = phys_ptr(fake.framebuffer.address + y * mode().pitch + x * bytes);
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint32_t)at[i] << 8 * i;
	return value;
}

static struct {
	unsigned columns;
	bool text_off;                                   /* what blinks is not seen */
	unsigned cursor_row, cursor_column, first, last; /* nothing if first is above last */
	const char *message;                             /* over the last row */
} seen;

static uint16_t cell_at(unsigned row, unsigned column)
{
	size_t length = seen.message ? strlen(seen.message) : 0;

	if (seen.message && row == 24)
		return 0x4f00 | (uint8_t)(column < length ? seen.message[column] : ' ');
	return screen_visible()[row * seen.columns + column];
}

static uint32_t wanted_dot(unsigned x, unsigned y)
{
	unsigned row = y / 16, column = x / 8, line = y % 16;
	uint16_t cell = cell_at(row, column);
	bool blinks = bda()->crt_mode & CRT_MODE_BLINK && cell & 0x8000;
	unsigned background = cell >> 12 & (bda()->crt_mode & CRT_MODE_BLINK ? 7 : 15);
	bool in_cursor = row == seen.cursor_row && column == seen.cursor_column &&
			 line >= seen.first && line <= seen.last;
	bool dot = font_8x16[(cell & 0xff) * 16 + line] & 0x80 >> x % 8;

	if (in_cursor || (dot && !(blinks && seen.text_off)))
		return colour(blinks && seen.text_off ? background : cell >> 8 & 15);
	return colour(background);
}

/* Whether each pixel is as it should be. */
static bool is_right(void)
{
	unsigned scale_x = mode().width / 640, scale_y = mode().height / 400;
	unsigned scale = scale_x < scale_y ? scale_x : scale_y;
	unsigned left = (mode().width - 640 * scale) / 2, top = (mode().height - 400 * scale) / 2;
	unsigned dot_width = scale * 80 / seen.columns;

	for (unsigned y = 0; y < mode().height; y++)
		for (unsigned x = 0; x < mode().width; x++) {
			bool inside = x >= left && x < left + 640 * scale && y >= top &&
				      y < top + 400 * scale;
			uint32_t wanted = 0;

			if (inside)
				wanted = wanted_dot((x - left) / dot_width, (y - top) / scale);
			if (pixel(x, y) != wanted) {
				printf("%u,%u: %x, not %x\n", x, y, pixel(x, y), wanted);
				return false;
			}
		}
	return true;
}

static void put(unsigned row, unsigned column, const char *text, uint8_t attribute)
{
	uint16_t *cells = (uint16_t *)screen_visible();

	for (; *text; text++)
		cells[row * seen.columns + column++] = attribute << 8 | (uint8_t)*text;
}

/* The cursor, in whose phase it is seen. */
static void expect_cursor(unsigned row, unsigned column, unsigned first, unsigned last)
{
	bda()->ticks = 0;
	bda()->cursor[0] = row << 8 | column;
	seen.cursor_row = row;
	seen.cursor_column = column;
	seen.first = first;
	seen.last = last;
}

static void expect_plain(void)
{
	memset(&seen, 0, sizeof(seen));
	seen.columns = 80;
	seen.first = 1; /* no cursor */
	bda()->ticks = 4;
}

/* --- tests --------------------------------------------------------------------------- */

static void fill_with_all(void)
{
	uint16_t *cells = (uint16_t *)screen_visible();

	for (unsigned i = 0; i < 2000; i++)
		cells[i] = (i * 7 % 256) << 8 | i % 256;
}

static const struct {
	uint16_t width, height;
	uint8_t bits, gap;
} modes[] = {{640, 400, 32, 0},
	     {720, 430, 32, 64},
	     {640, 480, 24, 5},
	     {1280, 800, 16, 0},
	     {800, 600, 15, 2}};

static unsigned which;

/* In a mode: its depth, lines with and without a gap, with margins and without. */
static void pixels(void)
{
	begin(modes[which].width, modes[which].height, modes[which].bits, modes[which].gap);
	expect_plain();
	ok(!framebuffer_register(&fake.framebuffer));
	ok(mode().width == modes[which].width && mode().height == modes[which].height);
	ok(mode().bits == modes[which].bits);
	ok(is_right());
	fill_with_all();
	screen_tick();
	ok(is_right());
	bda()->ticks = 8 + 4;
	seen.text_off = true;
	screen_tick();
	ok(is_right());
	screen_set_blink(false);
	screen_tick();
	ok(is_right());
	screen_set_blink(true);
	screen_tick();
	ok(is_right());
	screen_set_mode(1, true);
	seen.columns = 40;
	put(24, 36, "edge", 0x1f);
	bda()->ticks = 4;
	screen_tick();
	ok(is_right());
}

static bool flushed(unsigned row, unsigned column, unsigned rows, unsigned columns)
{
	bool right = fake.flushes == 1 && fake.x == column * 8 && fake.y == row * 16 &&
		     fake.width == columns * 8 && fake.height == rows * 16;

	if (!right)
		printf("%u flushes, %u,%u %ux%u\n", fake.flushes, fake.x, fake.y, fake.width,
		       fake.height);
	fake.flushes = 0;
	return right;
}

static void type(const char *text)
{
	for (; *text; text++)
		screen_type(0, *text, KEEP_ATTRIBUTE);
}

/* Nothing is drawn before the tick, and then what differs. */
static void differences(void)
{
	uint16_t before[2000];

	begin(640, 400, 32, 0);
	expect_plain();
	framebuffer_register(&fake.framebuffer);
	fake.flushes = 0;
	screen_tick();
	ok(!fake.flushes);
	type("two\r\nlines");
	ok(!fake.flushes && !pixel(2, 4));
	screen_tick();
	ok(flushed(0, 0, 2, 5) && is_right());
	put(7, 70, "x", PLAIN);
	screen_tick();
	ok(flushed(7, 70, 1, 1));
	put(9, 9, " ", 0x08); /* a blank like the one before */
	screen_tick();
	ok(!fake.flushes && is_right());
	put(9, 9, " ", 0x10);
	screen_tick();
	ok(flushed(9, 9, 1, 1) && is_right());
	memcpy(before, screen_visible(), sizeof(before));
	for (unsigned i = 0; i < 30; i++)
		type("\r\nscrolled away");
	memcpy((void *)screen_visible(), before, sizeof(before));
	screen_tick();
	ok(!fake.flushes && is_right());
	bda()->cursor_shape = 0x2000;
	screen_set_blink(false);
	screen_scroll(0, (struct screen_window){3, 3, 5, 5}, 0, 0x70);
	ok(!fake.flushes);
	screen_leave();
	ok(flushed(3, 3, 3, 3) && is_right());
}

static void cursor(void)
{
	static const struct {
		uint16_t shape;
		uint8_t first, last;
	} shapes[] = {
		{0x0607, 13, 14}, {0x0707, 14, 14}, {0x0507, 12, 14}, {0x0006, 0, 13},
		{0x0007, 0, 15},  {0x0407, 8, 15},  {0x0d0e, 13, 14}, {0x000f, 0, 15},
		{0x0b1f, 11, 15}, {0x2607, 1, 0},   {0x0706, 1, 0},   {0x0f0e, 1, 0},
	};

	begin(640, 400, 32, 0);
	expect_plain();
	framebuffer_register(&fake.framebuffer);
	put(3, 4, "text", 0x1e);
	for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		bda()->cursor_shape = shapes[i].shape;
		expect_cursor(3, 5, shapes[i].first, shapes[i].last);
		screen_tick();
		ok(is_right());
	}
	bda()->cursor_shape = 0x0607;
	expect_cursor(24, 79, 13, 14);
	screen_tick();
	ok(is_right());
	fake.flushes = 0;
	bda()->ticks = 3;
	screen_tick();
	ok(!fake.flushes);
	bda()->ticks = 4;
	seen.first = 15;
	screen_tick();
	ok(flushed(24, 79, 1, 1) && is_right());
	expect_cursor(25, 0, 13, 14); /* out of sight */
	screen_tick();
	ok(is_right());
	bda()->cursor[0] = 80;
	screen_tick();
	ok(is_right());
}

static void pages(void)
{
	begin(640, 400, 32, 0);
	expect_plain();
	framebuffer_register(&fake.framebuffer);
	put(1, 1, "page 0", PLAIN);
	screen_show_page(2);
	put(2, 2, "page 2", 0x30);
	screen_tick();
	ok(is_right());
	screen_show_page(0);
	screen_tick();
	ok(is_right());
}

/* A message where a program has drawn the screen. */
static void messages(void)
{
	char line[100];

	begin(640, 400, 32, 0);
	expect_plain();
	framebuffer_register(&fake.framebuffer);
	screen_print("typed\n", 6);
	ok((screen_visible()[0] & 0xff) == 't' && bda()->cursor[0] == 0x0100);
	put(20, 3, "a menu", 0x70);
	put(24, 0, "its last line", 0x70);
	screen_print("disk failed\n", 12);
	ok(bda()->cursor[0] == 0x0100);
	seen.message = "disk failed";
	screen_tick();
	ok(is_right());
	put(20, 3, "another", 0x70);
	screen_print("tried a,", 8);
	screen_print(" b\n", 3);
	seen.message = "tried a, b";
	screen_tick();
	ok(is_right());
	bda()->ticks = 0;
	bda()->cursor[0] = 24 << 8; /* under the message */
	screen_tick();
	ok(is_right());
	bda()->cursor[0] = 0x0100;
	bda()->ticks = 4;
	memset(line, 'm', sizeof(line));
	screen_print(line, sizeof(line));
	line[80] = '\0';
	seen.message = line;
	screen_tick();
	ok(is_right());
	put(24, 5, "changed", 0x70);
	seen.message = NULL;
	expect_cursor(24, 0, 13, 14);
	screen_tick();
	ok(is_right());
	bda()->cursor[0] = 0x3000; /* hidden so */
	screen_print("\nagain", 6);
	seen.message = "again";
	seen.first = 15;
	seen.cursor_row = 99;
	screen_tick();
	ok(is_right());
}

static bool is_mode(const struct framebuffer_mode *mode, unsigned width, unsigned height,
		    unsigned bits)
{
	return mode->width == width && mode->height == height && mode->bits == bits;
}

/* A program has a mode of its own. */
static void taken(void)
{
	const struct framebuffer_mode vbe = {320, 200, 16, 640};

	begin(640, 400, 32, 0);
	expect_plain();
	framebuffer_register(&fake.framebuffer);
	framebuffer_give_back(&fake.framebuffer);
	ok(fake.sets == 1);
	fake.refused = 1;
	ok(framebuffer_take(&fake.framebuffer, &vbe) == ERR_IO);
	type("still text");
	screen_tick();
	ok(is_mode(&fake.framebuffer.mode, 640, 400, 32) && is_right());
	ok(!framebuffer_take(&fake.framebuffer, &vbe));
	ok(fake.sets == 2 && is_mode(&fake.set[1], 320, 200, 16));
	ok(is_mode(&fake.framebuffer.mode, 320, 200, 16));
	memset(phys_ptr(fake.framebuffer.address), 0x55, fake.framebuffer.size);
	type("\rnot drawn");
	fake.flushes = 0;
	screen_tick();
	screen_leave();
	ok(!fake.flushes && pixel(0, 0) == 0x5555 && pixel(319, 199) == 0x5555);
	fake.refused = 1; /* then it stays as it is */
	framebuffer_give_back(&fake.framebuffer);
	ok(is_mode(&fake.framebuffer.mode, 320, 200, 16) && pixel(0, 0) == 0x5555);
	framebuffer_give_back(&fake.framebuffer);
	ok(is_mode(&fake.framebuffer.mode, 640, 400, 32) && is_right());
	screen_tick();
	ok(is_right());
}

static const struct {
	uint32_t size;
	uint16_t prefers_width, prefers_height, refused, width, height;
	uint8_t bits;
} cases[] = {
	{5 << 20, 1024, 768, 0, 1024, 768, 32}, {5 << 20, 0, 0, 0, 1280, 800, 32},
	{5 << 20, 640, 399, 0, 1280, 800, 32},  {5 << 20, 639, 800, 0, 1280, 800, 32},
	{5 << 20, 1024, 768, 1, 1024, 768, 24}, {5 << 20, 1024, 768, 4, 1280, 800, 32},
	{2 << 20, 1280, 800, 0, 1280, 800, 16}, {1 << 20, 0, 0, 0, 800, 600, 16},
	{600000, 0, 0, 0, 640, 400, 16},
};

/* The preferred size where it can be, or else the first that can. */
static void sizes(void)
{
	machine_reset();
	machine_end_of_post();
	prepare(&fake, cases[which].prefers_width, cases[which].prefers_height, 32,
		cases[which].size);
	fake.refused = cases[which].refused;
	ok(!framebuffer_register(&fake.framebuffer));
	ok(is_mode(&fake.framebuffer.mode, cases[which].width, cases[which].height,
		   cases[which].bits));
}

static void no_mode(void)
{
	machine_reset();
	machine_end_of_post();
	screen_init();
	prepare(&fake, 640, 400, 32, 500000);
	ok(framebuffer_register(&fake.framebuffer) == ERR_UNSUPPORTED);
	ok(!framebuffer_first());
	screen_tick();
	ok(!fake.flushes);
	while (memory_alloc(64, 4))
		;
	ok(framebuffer_register(&fake.framebuffer) == ERR_NOMEM && !framebuffer_first());
}

/* A display with a BIOS of its own: what is at B800:0000 is not ours to show. */
static void others_screen(void)
{
	uint16_t *vector = phys_ptr(0x10 * 4);

	begin(640, 400, 32, 0);
	expect_plain();
	vector[1] = 0xc000;
	put(0, 0, "not ours", PLAIN);
	framebuffer_register(&fake.framebuffer);
	screen_tick();
	ok(!pixel(1, 4));
	put(0, 0, "        ", PLAIN);
	ok(is_right());
}

static void two(void)
{
	begin(640, 400, 32, 0);
	expect_plain();
	prepare(&other, 640, 400, 16, 640 * 400 * 2);
	ok(!framebuffer_register(&fake.framebuffer) && !framebuffer_register(&other.framebuffer));
	ok(framebuffer_first() == &fake.framebuffer);
	ok(fake.framebuffer.next == &other.framebuffer && !other.framebuffer.next);
	ok(!framebuffer_take(&other.framebuffer, &other.framebuffer.mode));
	type("on the first");
	other.flushes = 0;
	screen_tick();
	ok(is_right() && !other.flushes);
	framebuffer_give_back(&other.framebuffer);
	ok(other.flushes == 2); /* all of it, then the text */
}

int main(void)
{
	for (which = 0; which < sizeof(modes) / sizeof(modes[0]); which++)
		alone(pixels);
	for (which = 0; which < sizeof(cases) / sizeof(cases[0]); which++)
		alone(sizes);
	alone(differences);
	alone(cursor);
	alone(pages);
	alone(messages);
	alone(taken);
	alone(no_mode);
	alone(others_screen);
	alone(two);
	return done();
}
