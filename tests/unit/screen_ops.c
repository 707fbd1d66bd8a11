/* SPDX-License-Identifier: LGPL-3.0-or-later */
#include "screen_ops.h"

#include <string.h>

#include "bda.h"
#include "console/screen.h"
#include "console/terminal.h"
#include "lib/util.h"

enum { QUIET_TICKS = 3 }; /* the cursor is followed at the second that finds it at rest */

static void (*sink)(const char *s, size_t length);
static struct screen_viewer *terminal;
static bool stalled;
static size_t sent; /* bytes */
static choose *cut; /* how much of a write a stalled device takes, or NULL: nothing */

void __real_screen_add_viewer(struct screen_viewer *viewer);
void __wrap_screen_add_viewer(struct screen_viewer *viewer);

/* By the linker's --wrap, to get hold of the terminal. */
void __wrap_screen_add_viewer(struct screen_viewer *viewer)
{
	terminal = viewer;
	__real_screen_add_viewer(viewer);
}

static bool device_write(struct console *console, const char *s, size_t length)
{
	(void)console;
	if (stalled && cut)
		length = cut(length);
	else if (stalled)
		length = 0;
	cut = NULL;
	sink(s, length);
	sent += length;
	return !stalled;
}

static bool device_ready(struct console *console)
{
	(void)console;
	return !stalled;
}

static const struct terminal_output device = {.write = device_write, .ready = device_ready};

void screen_ops_begin(void (*to)(const char *s, size_t length))
{
	fake_console_reset();
	sink = to;
	stalled = false;
	screen_init();
	terminal_add(NULL, &device);
}

void screen_ops_end(void)
{
	fake_console_free();
}

bool screen_ops_drawn(void)
{
	return terminal->ops->is_drawn(terminal);
}

void screen_ops_settle(void)
{
	stalled = false;
	for (unsigned quiet = 0; quiet < QUIET_TICKS; quiet++) {
		size_t before = sent;

		screen_tick();
		if (sent != before)
			quiet = 0;
	}
}

static unsigned active_page(void)
{
	return bda()->video_page % SCREEN_PAGES;
}

static void type_text(choose *choose)
{
	static const char special[] = "\r\n\b\a";

	for (unsigned left = choose(100); left; left--) {
		unsigned kind = choose(16);
		uint8_t c = ' ' + choose(95);

		if (kind == 15)
			c = choose(256);
		else if (kind >= 13)
			c = special[choose(4)];
		screen_type(active_page(), c, KEEP_ATTRIBUTE);
	}
}

static void type_lines(choose *choose)
{
	for (unsigned left = choose(30); left; left--) {
		for (const char *s = "a line\r\n"; *s; s++)
			screen_type(active_page(), *s, choose(64) ? KEEP_ATTRIBUTE : 0x1f);
	}
}

static void fill(choose *choose)
{
	int attribute = choose(4) ? (int)choose(256) : KEEP_ATTRIBUTE;
	unsigned page = choose(8) ? active_page() : choose(8);

	screen_fill(page, choose(26), choose(82), choose(200), choose(256), attribute);
}

static void scroll(choose *choose)
{
	struct screen_window window = {choose(26), choose(82), choose(26), choose(82)};

	screen_scroll(active_page(), window, (int)choose(12) - 6, choose(256));
}

/* As programs do that do not ask a BIOS. */
static void write_memory(choose *choose)
{
	uint16_t *cells = phys_ptr(0xb8000 + bda()->video_page_start % 0x7000);

	for (unsigned left = choose(60), at = choose(2000); left; left--) {
		cells[at % 2000] = choose(65536);
		at += choose(4) ? 1 : choose(200);
	}
}

/* What was printed below a drawn screen is what the terminal shows now; the next change
 * brings the screen back. */
static void bring_back(void)
{
	uint16_t *first = phys_ptr(ptr_phys(screen_visible()));

	if (!screen_ops_drawn())
		return;
	*first = 0x4e41;
	screen_ops_settle();
	*first = 0x1f42;
}

static void print(void)
{
	static const char text[] = "a message\n";

	screen_print(text, sizeof(text) - 1);
	bring_back();
}

static void leave(void)
{
	screen_leave();
	bring_back();
}

static void change_mode(choose *choose)
{
	screen_set_mode(choose(8) ? MODE_80X25 : choose(4), choose(2));
}

static void move_cursor(choose *choose)
{
	bda()->cursor[active_page()] = choose(25) << 8 | choose(screen_columns());
	bda()->cursor_shape = choose(4) ? 0x0607 : 0x2000;
}

static void stall(choose *choose)
{
	stalled = true;
	cut = choose;
}

void screen_op(choose *choose)
{
	switch (choose(24)) {
	case 0:
		change_mode(choose);
		break;
	case 1:
		screen_show_page(choose(8));
		break;
	case 2:
		print();
		break;
	case 3:
		screen_set_blink(choose(2));
		break;
	case 4:
		stall(choose);
		break;
	case 5:
		screen_ops_settle();
		break;
	case 6:
		leave();
		break;
	case 7:
	case 8:
		scroll(choose);
		break;
	case 9:
	case 10:
		move_cursor(choose);
		break;
	case 11:
	case 12:
		write_memory(choose);
		break;
	case 13:
	case 14:
	case 15:
		fill(choose);
		break;
	case 16:
	case 17:
		type_lines(choose);
		break;
	case 18:
	case 19:
	case 20:
		screen_tick();
		break;
	default:
		type_text(choose);
	}
}
