/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Any bytes for the decoder of what terminals send; FF is a while without one. No byte is
 * more keys than the ring is kept free for, each key is one that there is, the decoder is
 * never stuck, and what another line sends in between changes nothing.
 */
#include "console/decoder.h"

#include <stdlib.h>
#include <string.h>

#include "console/keyboard.h"
#include "hw/clock.h"

enum {
	SILENCE = 0xff,
	LOOK_MS = 60,
	MAX_LOOKS = 3000 / LOOK_MS, /* after which no key is pressed by waiting */
	MAX_KEYS = 1 << 16,
};

static struct {
	unsigned key;
	uint8_t modifiers;
} keys[2][MAX_KEYS];
static size_t count[2];
static unsigned line;

static void must(bool condition)
{
	if (!condition)
		abort();
}

void keyboard_press(unsigned key, uint8_t modifiers)
{
	must(key <= KEY_DELETE && !(modifiers & ~ALL_MODIFIERS));
	if (line > 1)
		return;
	must(count[line] < MAX_KEYS);
	keys[line][count[line]].key = key;
	keys[line][count[line]++].modifiers = modifiers;
}

static void feed(struct decoder *decoder, uint8_t byte)
{
	size_t before = line < 2 ? count[line] : 0;

	if (byte == SILENCE)
		decoder_no_byte(decoder);
	else
		decoder_byte(decoder, byte);
	must(line > 1 || count[line] - before <= KEYBOARD_MAX_KEYS);
}

/* After an end to all that it may wait for, a key is a key. */
static void finish(struct decoder *decoder)
{
	for (unsigned i = 0; i < MAX_LOOKS; i++) {
		fake_ns += LOOK_MS * NS_PER_MS;
		feed(decoder, SILENCE);
	}
	feed(decoder, '\r'); /* cuts what waits without a limit */
	must(!decoder->state && keys[line][count[line] - 1].key == '\r');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decoder alone = {0}, first = {0}, second = {0};

	memset(count, 0, sizeof(count));
	memset(keys, 0, sizeof(keys[0][0]) * 2);
	for (line = 0; line < 2; line++) {
		struct decoder *decoder = line ? &first : &alone;

		fake_ns = 0;
		for (size_t i = 0; i < size; i++) {
			fake_ns += LOOK_MS * NS_PER_MS;
			feed(decoder, data[i]);
			if (!line)
				continue;
			line = 2;
			feed(&second, data[size - 1 - i]);
			line = 1;
		}
		finish(decoder);
	}
	must(count[0] == count[1]);
	for (size_t i = 0; i < count[0]; i++)
		must(keys[0][i].key == keys[1][i].key &&
		     keys[0][i].modifiers == keys[1][i].modifiers);
	return 0;
}
