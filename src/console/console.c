/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What a console is made of: a terminal that shows the screen, and a decoder of what that
 * terminal sends, as an input of the keyboard. Each console has its own of both.
 */
#include "console/console.h"

#include "lib/util.h"

static bool present;

static bool console_poll(struct keyboard_input *input)
{
	struct console *console = container_of(input, struct console, input);
	int byte = console->ops->read(console);

	if (byte < 0) {
		decoder_no_byte(&console->decoder);
		return false;
	}
	if (byte == CONSOLE_BREAK)
		keyboard_break();
	else
		decoder_byte(&console->decoder, byte);
	return true;
}

void console_register(struct console *console)
{
	present = true;
	console->input.poll = console_poll;
	keyboard_add_input(&console->input);
	terminal_add(console, &console->ops->output);
}

bool console_present(void)
{
	return present;
}
