/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A PS/2 keyboard behind an 8042 keyboard controller (PNP0303), which is asked to
 * translate to set 1 of scan codes. It is polled, a port for each look, and interrupts by
 * IRQ 1 for programs that have hooked INT 09h (DOS's keyboard drivers, games): such a one
 * reads each byte first and need not pass it on, so that nobody else looks at the port
 * then. The mouse stays off.
 *
 * Reference: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary
 * Device Controller".
 */
#include "hw/i8042.h"

#include <stddef.h>
#include <string.h>

#include "bda.h"
#include "console/keyboard.h"
#include "console/scancode.h"
#include "hw/clock.h"
#include "hw/driver.h"
#include "hw/io.h"
#include "hw/pic.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"

enum {
	DATA = 0x60,
	COMMAND = 0x64, /* write */
	STATUS = 0x64,  /* read */

	STATUS_OUTPUT = 1 << 0, /* there is a byte for us ... */
	STATUS_INPUT = 1 << 1,  /* the controller has not taken ours yet */
	STATUS_MOUSE = 1 << 5,  /* ... of the mouse */

	READ_MODE = 0x20,
	WRITE_MODE = 0x60,
	DISABLE_KEYBOARD = 0xad,
	MODE_KEYBOARD_IRQ = 1 << 0,
	MODE_MOUSE_IRQ = 1 << 1,
	MODE_NO_KEYBOARD = 1 << 4,
	MODE_NO_MOUSE = 1 << 5,
	MODE_TRANSLATE = 1 << 6,

	KEYBOARD_LIGHTS = 0xed,
	KEYBOARD_ENABLE = 0xf4,
	KEYBOARD_DEFAULTS = 0xf6,
	ACKNOWLEDGE = 0xfa,
	RESEND = 0xfe,

	PREFIX_E0 = 0xe0,
	PREFIX_E1 = 0xe1, /* Pause: E1 1D 45 E1 9D C5 */
	PAUSE_REST = 2,
	RELEASED = 0x80,
	NUM_LOCK = 0x45,

	TIMEOUT_MS = 200,
	MAX_FLUSH = 32, /* bytes that a keyboard had when we came */

	VECTOR = PIC1_VECTOR + 1, /* IRQ 1 */
	PAUSED = 1 << 3,          /* 0040:0018: RBIL, MEMORY.LST */
};

struct i8042 {
	struct keyboard_input input;
	bool extended, has_lights;
	uint8_t skip; /* bytes of Pause that follow */
	uint8_t lights;
	uint32_t vector; /* where INT 09h leads to as long as nobody has hooked it */
};

static struct i8042 *keyboard;

static bool wait_status(uint8_t bits, uint8_t value)
{
	struct deadline deadline = deadline_in_ms(TIMEOUT_MS);

	while ((inb(STATUS) & bits) != value)
		if (deadline_passed(&deadline))
			return false;
	return true;
}

static bool write_port(uint16_t port, uint8_t value)
{
	if (!wait_status(STATUS_INPUT, 0))
		return false;
	outb(port, value);
	return true;
}

/* A byte that is due; negative if none comes. */
static int read_answer(void)
{
	return wait_status(STATUS_OUTPUT, STATUS_OUTPUT) ? inb(DATA) : ERR_TIMEOUT;
}

/* Sends a byte to the keyboard, which acknowledges it; keys that come first are lost. */
static bool tell_keyboard(uint8_t byte)
{
	if (!write_port(DATA, byte))
		return false;
	for (unsigned i = 0; i < MAX_FLUSH; i++) {
		int answer = read_answer();

		if (answer == ACKNOWLEDGE)
			return true;
		if (answer < 0 || answer == RESEND)
			return false;
	}
	return false;
}

static void flush(void)
{
	for (unsigned i = 0; i < MAX_FLUSH && inb(STATUS) & STATUS_OUTPUT; i++)
		inb(DATA);
}

/* A byte of set 1. */
static void take_byte(struct i8042 *chip, uint8_t byte)
{
	uint16_t prefix = chip->extended ? SCANCODE_E0 : 0;

	if (chip->skip) {
		if (!--chip->skip && byte == NUM_LOCK)
			scancode_key(SCANCODE_PAUSE, true);
		return;
	}
	chip->extended = byte == PREFIX_E0;
	if (byte == PREFIX_E1)
		chip->skip = PAUSE_REST;
	else if (byte != PREFIX_E0)
		scancode_key(prefix | (byte & ~RELEASED), !(byte & RELEASED));
}

static void show_lights(struct i8042 *chip)
{
	uint8_t lights = scancode_lights();

	if (!chip->has_lights || lights == chip->lights)
		return;
	chip->lights = lights;
	chip->has_lights = tell_keyboard(KEYBOARD_LIGHTS) && tell_keyboard(lights);
}

static uint32_t get_vector(void)
{
	return *(const uint32_t *)phys_ptr(VECTOR * sizeof(uint32_t));
}

/* Whether a program has hooked INT 09h, which it gets for each byte, but for the key that
 * ends a pause: the program stands still then. */
static bool is_hooked(const struct i8042 *chip)
{
	return pic_present() && get_vector() != chip->vector && !(bda()->shift_flags[1] & PAUSED);
}

static bool i8042_poll(struct keyboard_input *input)
{
	struct i8042 *chip = (struct i8042 *)input;
	uint8_t status, byte;

	if (is_hooked(chip))
		return false;
	status = inb(STATUS);
	if (!(status & STATUS_OUTPUT)) {
		show_lights(chip);
		return false;
	}
	byte = inb(DATA);
	if (!(status & STATUS_MOUSE))
		take_byte(chip, byte);
	return true;
}

void i8042_interrupt(void)
{
	if (keyboard && is_hooked(keyboard))
		take_byte(keyboard, inb(DATA));
}

/* An empty port reads as FF, which no controller's status is for long. */
static int set_up(void)
{
	int mode;

	if (inb(STATUS) == 0xff)
		return ERR_NOENT;
	if (!write_port(COMMAND, DISABLE_KEYBOARD))
		return ERR_TIMEOUT;
	flush();
	if (!write_port(COMMAND, READ_MODE))
		return ERR_TIMEOUT;
	mode = read_answer();
	if (mode < 0)
		return mode;
	mode &= ~(MODE_MOUSE_IRQ | MODE_NO_KEYBOARD);
	mode |= MODE_KEYBOARD_IRQ | MODE_NO_MOUSE | MODE_TRANSLATE;
	if (!write_port(COMMAND, WRITE_MODE) || !write_port(DATA, mode))
		return ERR_TIMEOUT;
	/* No keyboard may be plugged in. */
	return tell_keyboard(KEYBOARD_DEFAULTS) && tell_keyboard(KEYBOARD_ENABLE) ? 0 : ERR_NOENT;
}

static int i8042_probe(struct aml *aml, const struct aml_device *device)
{
	struct i8042 *chip;
	int error = set_up();

	(void)aml;
	(void)device;
	if (error)
		return error;
	chip = memory_alloc(sizeof(*chip), 8);
	if (!chip)
		return ERR_NOMEM;
	chip->has_lights = true;
	chip->vector = get_vector();
	keyboard = chip;
	chip->input.poll = i8042_poll;
	chip->input.is_keyboard = true;
	log_line(LOG_INFO, "PS/2 keyboard");
	keyboard_add_input(&chip->input);
	return 0;
}

ACPI_DRIVER(i8042) = {
	.ids = {"PNP0303"},
	.probe = i8042_probe,
};
