/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A reader of ACPI definition blocks (DSDT, SSDT): which devices there are,
 * what they are called and which resources they use. It interprets no code.
 * docs/aml.md says what is read, what is stepped over, and the limits.
 *
 * Use: aml_init, aml_add_table for the DSDT and then each SSDT, aml_finish,
 * then aml_next_device until it returns false. The tables are read in place and
 * must stay where they are. Errors are the negative codes of error.h.
 */
#ifndef PETREL_FW_AML_H
#define PETREL_FW_AML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aml_node;
struct aml_frame;

/* The namespace being built. The members are private to aml.c, but for steps. */
struct aml {
	struct aml_node *nodes; /* from the arena's start upwards; the first is the root */
	struct aml_node *free;  /* behind the last of them */
	struct aml_frame *top;  /* from the arena's end downwards */
	struct aml_frame *base; /* the arena's end: no frame open */
	uint32_t steps;         /* units of work done; only tests look at it */
	uint32_t limit;         /* no climbing search starts a level after so many steps */
	int error;              /* of the call that reads tables */
	bool narrow;            /* the DSDT is of revision 1: integers have 32 bits */
	bool final;             /* nothing is deferred any more */
};

enum aml_kind {
	AML_ABSENT,  /* there is no such object */
	AML_INTEGER, /* integer */
	AML_STRING,  /* data, length: without the final NUL */
	AML_BUFFER,  /* data, length: its initial bytes; integer: its declared size */
	AML_PACKAGE, /* data, length: its elements as AML; integer: their number */
	AML_COMPLEX, /* there is or may be one, but only an interpreter could tell its value */
};

struct aml_value {
	uint8_t kind; /* enum aml_kind */
	uint32_t length;
	const uint8_t *data;
	uint64_t integer;
};

/* What speaks against probing a device, of it and of all devices around it: flags. */
enum aml_status {
	AML_PRESENT = 0,        /* nothing: no _STA, or the present bit is set */
	AML_NOT_PRESENT = 1,    /* a constant _STA without the present bit */
	AML_STATUS_UNKNOWN = 2, /* a _STA that needs an interpreter, or an If around it */
	AML_ORPHAN = 4,         /* under a Scope that no table defines */
};

enum { AML_EISA_ID_SIZE = 8 }; /* "PNP0501" and its NUL */

struct aml_device {
	struct aml_node *node;
	uint8_t status; /* of enum aml_status; probe only AML_PRESENT */
	struct aml_value hid;
	struct aml_value cid;
};

enum aml_resource_kind {
	AML_MEMORY,
	AML_IO,
	AML_BUS,
	AML_IRQ,
	AML_DMA,
	AML_OTHER, /* address space of another type, see type */
};

/* One resource. Addresses and lengths are in bytes (AML_BUS: bus numbers). */
struct aml_resource {
	uint8_t kind;    /* enum aml_resource_kind */
	uint8_t type;    /* the resource type byte of an address space descriptor */
	uint8_t width;   /* bits of an address: 10 or 16 (IO), 16, 24, 32, 64 */
	bool producer;   /* passed on to children, not used by the device itself */
	bool writable;   /* memory */
	bool fixed;      /* the base cannot be changed */
	bool level;      /* interrupts: level, not edge, triggered */
	bool active_low; /* interrupts */
	bool shared;     /* interrupts */
	uint32_t number; /* AML_IRQ: the interrupt; AML_DMA: the channel */
	uint64_t base;   /* lowest possible base address; the base if fixed */
	uint64_t max;    /* highest base (IO, Memory) or highest address (address space) */
	uint64_t length;
	uint64_t translation; /* to add to get the address on the parent's side */
};

/* A place in a _CRS; the members are private to aml.c. */
struct aml_resources {
	const uint8_t *pos;
	const uint8_t *end;
	uint32_t index; /* within the descriptor at pos, if it has several */
};

/*
 * Checks a table's header: the length (which must cover the 36 bytes of the
 * header and lie within `available` bytes) and the checksum.
 * Returns the length, ERR_RANGE or ERR_CHECKSUM. Source: ACPI 6.5, 5.2.6.
 */
int aml_check_table(const void *table, size_t available);

/*
 * Starts an empty namespace in `size` bytes at `arena`, which must stay until
 * the last call; both are multiples of 8. AML_ARENA_SIZE(n) bytes suffice for n
 * bytes of AML that iasl wrote; a table that needs more gets ERR_NOMEM from
 * aml_add_table.
 * Returns 0, or ERR_NOMEM if not even the predefined names fit.
 */
int aml_init(struct aml *aml, void *arena, size_t size);

#define AML_ARENA_SIZE(bytes) (4096 + 8 * (size_t)(bytes))

/*
 * Reads one DSDT or SSDT, header included, of at most `length` bytes; the
 * header's length counts if it is less. The checksum is not looked at.
 * Returns 0; ERR_RANGE if there is no whole header, or its length exceeds
 * `length`; ERR_INVAL if a part was malformed and was left out; ERR_NOMEM if
 * the arena is full. Whatever was read before an error stays valid.
 */
int aml_add_table(struct aml *aml, const void *table, size_t length);

/*
 * Reads what had to wait for names in later tables. Call it once, after the
 * last table. Returns like aml_add_table.
 */
int aml_finish(struct aml *aml);

/*
 * Gets the device after *device, whose node is NULL at first, in the order in
 * which they are defined (DSDT first, a device before its children). Devices
 * that are not present are reported as well. Returns false after the last one.
 */
bool aml_next_device(struct aml *aml, struct aml_device *device);

/*
 * True if _HID is `id` or _CID is or contains it. `id` is as in ASL: "LNRO0005",
 * "PNP0501", 7 or 8 characters in capitals. Integers are compared as EISA ids, strings without a '*' before
 * them and in whatever case.
 */
bool aml_device_matches(const struct aml_device *device, const char *id);

/*
 * Writes the full path, "\_SB.PCI0.ISA", each name without its trailing
 * underscores, as iasl prints it; '*' stands for a byte that is no character.
 * Returns where it begins in the buffer, which has 5 bytes for each name and one
 * more. If it is smaller, the path's front is missing, with the backslash.
 */
const char *aml_device_path(const struct aml_device *device, char *buffer, size_t size);

/*
 * Evaluates the object called `name` ("_UID", "_ADR", "_CCA", "_BBN"...) in a
 * device. A method counts if all it does is to return a constant or a named
 * object. Returns the kind, which is also in *value.
 */
enum aml_kind aml_get(struct aml *aml, const struct aml_device *device, const char *name,
		      struct aml_value *value);

/*
 * Gets the next element of a package, which advances. Returns false after the
 * last one.
 * References and packages within packages come as AML_COMPLEX and AML_PACKAGE.
 */
bool aml_next_element(struct aml_value *package, struct aml_value *element);

/* Writes the EISA id that an integer stands for as text: 0x0105D041 is "PNP0501". */
void aml_eisa_id(uint64_t integer, char text[AML_EISA_ID_SIZE]);

/*
 * Starts going through a device's _CRS. Returns 0; ERR_NOENT if it has none;
 * ERR_UNSUPPORTED if only an interpreter could tell what is in it.
 */
int aml_resources(struct aml *aml, const struct aml_device *device, struct aml_resources *crs);

/*
 * Gets the next resource. A descriptor of several interrupts or channels gives
 * one resource for each. Vendor, GPIO, serial bus, pin and register descriptors
 * are stepped over. Returns 1; 0 at the end tag; ERR_INVAL if the buffer ends
 * without one or a descriptor is too short.
 */
int aml_next_resource(struct aml_resources *crs, struct aml_resource *resource);

#endif
