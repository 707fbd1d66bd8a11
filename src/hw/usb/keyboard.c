/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * USB keyboards. A report says which keys are down, as bits or as a list of usages; where
 * is told by the report descriptor, or by the boot protocol, which all keyboards of the
 * boot subclass know. What differs from the report before has been pressed or released.
 *
 * The device fills buffers that wait on the pipe, so that keys typed between two looks
 * are not lost. A look reads memory; when reports were taken, their buffers go back with
 * one access. A keyboard that has nothing to tell sends nothing.
 *
 * Specifications: HID 1.11; HID Usage Tables 1.4, 10 "Keyboard/Keypad Page", 11 "LED Page".
 */
#include <string.h>

#include "console/keyboard.h"
#include "console/scancode.h"
#include "hw/driver.h"
#include "hw/usb/usb.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "lib/util.h"

enum {
	CLASS_HID = 3,
	SUBCLASS_BOOT = 1,
	PROTOCOL_KEYBOARD = 1,

	SET_REPORT = 9, /* HID 1.11, 7.2 */
	SET_IDLE = 10,
	SET_PROTOCOL = 11,
	REPORT_OUTPUT = 2 << 8,
	DESCRIPTOR_HID = 0x21,
	DESCRIPTOR_REPORT = 0x22,
	HID_SIZE = 9, /* of its descriptor */
	HID_REPORT_LENGTH = 7,

	PAGE_KEYBOARD = 7,
	PAGE_LED = 8,
	USAGE_ERROR = 1, /* too many keys: the list says nothing */
	USAGE_FIRST = 4, /* A */
	USAGE_PAUSE = 0x48,
	USAGE_MODIFIERS = 0xe0,
	USAGES = 256,

	LED_NUM_LOCK = 1,
	LED_CAPS_LOCK = 2,
	LED_SCROLL_LOCK = 4,

	MAX_FIELDS = 8,
	REPORT_SIZE = 64,
	DESCRIPTOR_SIZE = 256,
	BUFFERS = 4,
	MAX_CLEARS = 4, /* of a pipe that fails again and again */
	NO_LIGHTS = 0xff,
};

/* Some values of a report: a bit or more for each of `count` usages from `usage` on, or
 * `count` usages of what is down. */
struct field {
	uint8_t report; /* its number, 0 if reports have none */
	bool is_list;
	uint8_t usage, size; /* size in bits */
	uint16_t offset, count;
};

struct keyboard {
	struct keyboard_input input;
	struct usb_device *device;
	struct xhci_pipe *pipe;
	struct field fields[MAX_FIELDS];
	unsigned field_count;
	uint8_t interface, light_report, lights, clears;
	bool has_lights;
	bool untold; /* the device is still to be told of buffers */
	uint16_t report_size;
	unsigned filled, taken; /* reports, ever */
	uint8_t down[USAGES / 8], shown[USAGES / 8];
	struct scancode_repeat repeat;
	uint16_t lengths[BUFFERS];
	uint8_t buffers[BUFFERS][REPORT_SIZE];
	uint8_t output[2];
};

/* Set 1 of scan codes for the usages from 04 on; 80h stands for E0 before it. */
static const uint8_t scan_codes[] = {
	0x1e, 0x30, 0x2e, 0x20, 0x12, 0x21, 0x22, 0x23, 0x17, 0x24, 0x25, 0x26, /* A-L */
	0x32, 0x31, 0x18, 0x19, 0x10, 0x13, 0x1f, 0x14, 0x16, 0x2f, 0x11, 0x2d, /* M-X */
	0x15, 0x2c, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, /* Y Z 1-0 */
	0x1c, 0x01, 0x0e, 0x0f, 0x39, 0x0c, 0x0d, 0x1a, 0x1b, 0x2b, 0x2b, 0x27, /* Enter ... */
	0x28, 0x29, 0x33, 0x34, 0x35, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, /* ' ... F6 */
	0x41, 0x42, 0x43, 0x44, 0x57, 0x58, 0xb7, 0x46, 0x00, 0xd2, 0xc7, 0xc9, /* F7 ... */
	0xd3, 0xcf, 0xd1, 0xcd, 0xcb, 0xd0, 0xc8, 0x45, 0xb5, 0x37, 0x4a, 0x4e, /* Del ... */
	0x9c, 0x4f, 0x50, 0x51, 0x4b, 0x4c, 0x4d, 0x47, 0x48, 0x49, 0x52, 0x53, /* keypad */
	0x56,
};

/* Those of the modifiers: left, then right Ctrl, Shift, Alt and logo key. */
static const uint8_t modifier_codes[] = {0x1d, 0x2a, 0x38, 0xdb, 0x9d, 0x36, 0xb8, 0xdc};

static struct keyboard *keyboard_of(struct keyboard_input *input)
{
	return container_of(input, struct keyboard, input);
}

/* --- reports ----------------------------------------------------------------- */

static bool has_bit(const uint8_t *bits, unsigned n)
{
	return bits[n / 8] & 1 << n % 8;
}

static void set_bit(uint8_t *bits, unsigned n)
{
	bits[n / 8] |= 1 << n % 8;
}

/* A value of up to 8 bits, which ends within the report. */
static unsigned value_at(const uint8_t *report, unsigned bit, unsigned size)
{
	unsigned value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= has_bit(report, bit + i) << i;
	return value;
}

static void read_field(struct keyboard *keyboard, const struct field *field, const uint8_t *report,
		       unsigned bits)
{
	for (unsigned i = 0; i < field->count; i++) {
		unsigned bit = field->offset + i * field->size, value;

		if (bit + field->size > bits)
			return;
		value = value_at(report, bit, field->size);
		if (!field->is_list)
			value = value ? field->usage + i : 0;
		else if (value)
			value += field->usage;
		if (value && value < USAGES)
			set_bit(keyboard->down, value);
	}
}

/* Which keys are down by a report. */
static void read_report(struct keyboard *keyboard, const uint8_t *report, unsigned length)
{
	uint8_t before[sizeof(keyboard->down)];

	memcpy(before, keyboard->down, sizeof(before));
	memset(keyboard->down, 0, sizeof(keyboard->down));
	for (unsigned i = 0; i < keyboard->field_count; i++) {
		const struct field *field = &keyboard->fields[i];

		if (!field->report || (length && report[0] == field->report))
			read_field(keyboard, field, report, length * 8);
	}
	if (has_bit(keyboard->down, USAGE_ERROR) ||
	    (keyboard->fields[0].report && length && report[0] != keyboard->fields[0].report))
		memcpy(keyboard->down, before, sizeof(before));
}

/* --- from usages to scan codes ----------------------------------------------- */

static uint16_t scan_code_of(unsigned usage)
{
	uint8_t code = 0;

	if (usage == USAGE_PAUSE)
		return SCANCODE_PAUSE;
	if (usage >= USAGE_MODIFIERS && usage < USAGE_MODIFIERS + sizeof(modifier_codes))
		code = modifier_codes[usage - USAGE_MODIFIERS];
	else if (usage >= USAGE_FIRST && usage < USAGE_FIRST + sizeof(scan_codes))
		code = scan_codes[usage - USAGE_FIRST];
	return code & 0x80 ? SCANCODE_E0 | (code & 0x7f) : code;
}

/* Tells of one key between two usages that has changed; false if none has. */
static bool tell_between(struct keyboard *keyboard, unsigned first, unsigned end)
{
	for (unsigned usage = first; usage < end; usage++) {
		bool down = has_bit(keyboard->down, usage);
		uint16_t code;

		if (down == has_bit(keyboard->shown, usage))
			continue;
		keyboard->shown[usage / 8] ^= 1 << usage % 8;
		code = scan_code_of(usage);
		if (code)
			scancode_repeating_key(&keyboard->repeat, code, down);
		return true;
	}
	return false;
}

/* Modifiers first, since they are held before the key and after it. */
static bool tell_change(struct keyboard *keyboard)
{
	if (!memcmp(keyboard->down, keyboard->shown, sizeof(keyboard->down)))
		return false;
	return tell_between(keyboard, USAGE_MODIFIERS, USAGES) ||
	       tell_between(keyboard, 0, USAGE_MODIFIERS);
}

/* --- the device -------------------------------------------------------------- */

static void offer(struct keyboard *keyboard, unsigned buffer)
{
	xhci_pipe_data(keyboard->pipe, ptr_phys(keyboard->buffers[buffer]), keyboard->report_size,
		       true);
}

/* A report has come; the buffers come back in their order. */
static void report_ended(struct xhci_pipe *pipe, uint32_t address, uint32_t residual)
{
	struct keyboard *keyboard = pipe->owner;
	unsigned buffer = keyboard->filled % BUFFERS;

	if (address != ptr_phys(keyboard->buffers[buffer]) || residual > keyboard->report_size ||
	    keyboard->filled - keyboard->taken == BUFFERS)
		return;
	keyboard->lengths[buffer] = keyboard->report_size - residual;
	keyboard->filled++;
}

static void offer_all(struct keyboard *keyboard)
{
	keyboard->filled = keyboard->taken = 0;
	for (unsigned i = 0; i < BUFFERS; i++)
		offer(keyboard, i);
	xhci_pipe_ring(keyboard->pipe);
}

/* Takes the oldest report; its buffer waits again, but the device is not told yet. */
static bool take_report(struct keyboard *keyboard)
{
	unsigned buffer = keyboard->taken % BUFFERS;

	if (keyboard->filled == keyboard->taken)
		return false;
	read_report(keyboard, keyboard->buffers[buffer], keyboard->lengths[buffer]);
	keyboard->taken++;
	offer(keyboard, buffer);
	return true;
}

/* Tries to get along with a device that has failed. */
static void clear(struct keyboard *keyboard)
{
	if (keyboard->clears == MAX_CLEARS)
		return;
	keyboard->clears++;
	log_line(LOG_ERROR, "%s: cleared", keyboard->device->device.name);
	if (!usb_clear(keyboard->device, keyboard->pipe))
		offer_all(keyboard);
}

static void show_lights(struct keyboard *keyboard)
{
	uint8_t lights = scancode_lights(), *output = keyboard->output, length = 0;
	int error;

	if (!keyboard->has_lights || lights == keyboard->lights)
		return;
	keyboard->lights = lights;
	if (keyboard->light_report)
		output[length++] = keyboard->light_report;
	output[length++] = (lights & SCANCODE_NUM_LOCK ? LED_NUM_LOCK : 0) |
			   (lights & SCANCODE_CAPS_LOCK ? LED_CAPS_LOCK : 0) |
			   (lights & SCANCODE_SCROLL_LOCK ? LED_SCROLL_LOCK : 0);
	error = usb_control(keyboard->device, USB_OUT | USB_CLASS | USB_TO_INTERFACE, SET_REPORT,
			    REPORT_OUTPUT | keyboard->light_report, keyboard->interface, output,
			    length);
	keyboard->has_lights = !error;
}

static bool keyboard_input_poll(struct keyboard_input *input)
{
	struct keyboard *keyboard = keyboard_of(input);
	unsigned before = keyboard->taken;

	xhci_poll(keyboard->device->slot.xhci);
	do {
		if (tell_change(keyboard)) {
			keyboard->untold |= keyboard->taken != before;
			return true;
		}
	} while (take_report(keyboard));
	if (keyboard->untold || keyboard->taken != before || xhci_is_quiet(keyboard->pipe))
		xhci_pipe_ring(keyboard->pipe);
	keyboard->untold = false;
	if (xhci_pipe_failed(keyboard->pipe))
		clear(keyboard);
	show_lights(keyboard);
	return scancode_repeat(&keyboard->repeat);
}

/* --- report descriptors ------------------------------------------------------ */

/* What items of a report descriptor have said so far: HID 1.11, 6.2.2. */
struct items {
	uint32_t page, size, count, report, usage, offset;
	bool has_usage;
};

enum item {
	ITEM_INPUT = 0x80, /* without the two bits of its size */
	ITEM_OUTPUT = 0x90,
	ITEM_COLLECTION = 0xa0,
	ITEM_FEATURE = 0xb0,
	ITEM_END_COLLECTION = 0xc0,
	ITEM_PAGE = 0x04,
	ITEM_REPORT_SIZE = 0x74,
	ITEM_REPORT_ID = 0x84,
	ITEM_REPORT_COUNT = 0x94,
	ITEM_USAGE = 0x08,
	ITEM_USAGE_MINIMUM = 0x18,
	ITEM_LONG = 0xfc,
	ITEM_MASK = 0xfc,

	INPUT_CONSTANT = 1,
	INPUT_VARIABLE = 2,
};

static void add_field(struct keyboard *keyboard, const struct items *items, uint32_t flags)
{
	uint32_t bits = items->offset + items->size * items->count;

	if (items->page != PAGE_KEYBOARD || flags & INPUT_CONSTANT || !items->size ||
	    items->size > 8 || items->count > USAGES || bits > REPORT_SIZE * 8 ||
	    items->usage >= USAGES || keyboard->field_count == MAX_FIELDS)
		return;
	keyboard->fields[keyboard->field_count++] = (struct field){
		.report = items->report,
		.is_list = !(flags & INPUT_VARIABLE),
		.usage = items->usage,
		.size = items->size,
		.offset = items->offset,
		.count = items->count,
	};
}

static void read_item(struct keyboard *keyboard, struct items *items, uint8_t item, uint32_t value)
{
	switch (item & ITEM_MASK) {
	case ITEM_PAGE:
		items->page = value;
		return;
	case ITEM_REPORT_SIZE:
		items->size = min_u32(value, UINT16_MAX);
		return;
	case ITEM_REPORT_COUNT:
		items->count = min_u32(value, UINT16_MAX);
		return;
	case ITEM_REPORT_ID:
		items->report = value;
		items->offset = 8; /* the number is the first byte */
		return;
	case ITEM_USAGE:
	case ITEM_USAGE_MINIMUM:
		if (!items->has_usage)
			items->usage = value;
		items->has_usage = true;
		return;
	case ITEM_INPUT:
		add_field(keyboard, items, value);
		items->offset = min_u32(items->offset + items->size * items->count, UINT16_MAX);
		break;
	case ITEM_OUTPUT:
		if (items->page == PAGE_LED && !keyboard->has_lights) {
			keyboard->has_lights = true;
			keyboard->light_report = items->report;
		}
		break;
	case ITEM_COLLECTION:
	case ITEM_END_COLLECTION:
	case ITEM_FEATURE:
		break;
	default:
		return;
	}
	items->usage = 0; /* after each main item */
	items->has_usage = false;
}

static void read_items(struct keyboard *keyboard, const uint8_t *d, const uint8_t *end)
{
	struct items items = {0};

	while (d < end) {
		uint8_t item = *d++;
		unsigned size = item & 3 ? 1 << ((item & 3) - 1) : 0;
		uint32_t value = 0;

		if ((item & ITEM_MASK) == ITEM_LONG || size > (unsigned)(end - d))
			return;
		memcpy(&value, d, size);
		d += size;
		read_item(keyboard, &items, item, value);
	}
}

static int read_descriptor(struct keyboard *keyboard, const struct usb_interface *interface)
{
	const uint8_t *hid = usb_descriptor(interface->descriptors, interface->end);
	uint8_t *report = memory_alloc(DESCRIPTOR_SIZE, DESCRIPTOR_SIZE);
	uint32_t length;
	int error;

	while (hid && (hid[1] != DESCRIPTOR_HID || hid[0] < HID_SIZE))
		hid = usb_next_descriptor(hid, interface->end);
	if (!hid)
		return ERR_INVAL;
	if (!report)
		return ERR_NOMEM;
	length = min_u32(hid[HID_REPORT_LENGTH] | hid[HID_REPORT_LENGTH + 1] << 8, DESCRIPTOR_SIZE);
	error = usb_control(keyboard->device, USB_IN | USB_STANDARD | USB_TO_INTERFACE,
			    USB_GET_DESCRIPTOR, DESCRIPTOR_REPORT << 8, interface->number, report,
			    length);
	if (error)
		return error;
	read_items(keyboard, report, report + length);
	return keyboard->field_count ? 0 : ERR_NOENT;
}

/* --- bringing it up ---------------------------------------------------------- */

static int interface_request(struct keyboard *keyboard, uint8_t request)
{
	return usb_control(keyboard->device, USB_OUT | USB_CLASS | USB_TO_INTERFACE, request, 0,
			   keyboard->interface, NULL, 0);
}

/* HID 1.11, appendix B.1: eight bits, a byte of nothing, six usages. */
static int use_boot_protocol(struct keyboard *keyboard)
{
	keyboard->fields[0] = (struct field){.usage = USAGE_MODIFIERS, .size = 1, .count = 8};
	keyboard->fields[1] = (struct field){.is_list = true, .offset = 16, .size = 8, .count = 6};
	keyboard->field_count = 2;
	keyboard->has_lights = true;
	return interface_request(keyboard, SET_PROTOCOL);
}

static int keyboard_start(struct keyboard *keyboard, const struct usb_interface *interface)
{
	bool boot = interface->subclass == SUBCLASS_BOOT;
	int error;

	if (boot && interface->protocol != PROTOCOL_KEYBOARD)
		return ERR_NOENT;
	error = boot ? use_boot_protocol(keyboard) : read_descriptor(keyboard, interface);
	if (error)
		return error;
	interface_request(keyboard, SET_IDLE); /* which not all of them know */
	keyboard->pipe = usb_open(keyboard->device, interface, USB_ENDPOINT_INTERRUPT, USB_IN);
	if (!keyboard->pipe)
		return ERR_INVAL;
	keyboard->report_size = min_u32(xhci_pipe_max_packet(keyboard->pipe), REPORT_SIZE);
	keyboard->pipe->owner = keyboard;
	keyboard->pipe->ended = report_ended;
	offer_all(keyboard);
	return 0;
}

static int keyboard_probe(struct usb_device *device, const struct usb_interface *interface)
{
	struct keyboard *keyboard = memory_alloc(sizeof(*keyboard), 64);
	int error;

	if (!keyboard)
		return ERR_NOMEM;
	keyboard->device = device;
	keyboard->interface = interface->number;
	keyboard->lights = NO_LIGHTS;
	error = keyboard_start(keyboard, interface);
	if (error)
		return error;
	usb_name(device, "usb-keyboard", "usb");
	log_line(LOG_INFO, "%s: keyboard", device->device.name);
	keyboard->input.poll = keyboard_input_poll;
	keyboard->input.is_keyboard = true;
	keyboard_add_input(&keyboard->input);
	return 0;
}

USB_DRIVER(usb_keyboard) = {
	.class = CLASS_HID,
	.subclass = USB_ANY,
	.protocol = USB_ANY,
	.probe = keyboard_probe,
};
