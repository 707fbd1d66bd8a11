/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * The AML reader: builds the namespace of a set of definition blocks from
 * their bytes and answers questions about devices. It follows ACPI 6.5,
 * chapter 20 (the grammar) and 5.3 (how names are resolved).
 *
 * Most of AML is in prefix notation and every token tells its own length, so
 * a definition block is read as a flat row of tokens: an Add is stepped over,
 * then its operands come up by themselves. Which operand belongs to which
 * operator does not matter for finding devices, and so neither does it matter
 * how many arguments a method has whose name comes up. Only Acquire, BankField
 * and the CreateField operators have bytes *behind* an operand that are no
 * tokens. For these the operands are counted, which takes the argument counts
 * of the methods called in them; if such a method is still unknown, the rest
 * of the enclosing package waits for aml_finish.
 *
 * There is no recursion: open packages are frames on a stack that grows
 * downwards from the arena's end, against the nodes of the namespace, which
 * grow upwards from its start.
 *
 * What is malformed spoils the rest of the package that it is in: there is
 * nothing more to take from it then, and so nothing more is found.
 */
#include "fw/aml.h"

#include <string.h>

#include "lib/checksum.h"
#include "lib/error.h"
#include "lib/util.h"

enum {
	HEADER_SIZE = 36,
	HEADER_LENGTH = 4, /* offset of the table's length */
	HEADER_REVISION = 8,
	SIGNATURE_DSDT = 0x54445344,

	METHOD_ARGS = 7, /* bits of the method flags, and of External's last byte */

	/*
	 * The next two bound what a hostile table can cost; a real one stays
	 * far below. A token of real AML takes about one step and a name about
	 * log2(names) steps, times the scopes to look in.
	 */
	STEPS_PER_BYTE = 32,
	STEPS_PER_QUERY = 512,
	MAX_SIMPLE_METHOD = 4096, /* bytes; a longer one is not looked into */
	MAX_HOPS = 4,             /* methods that return what a method returns, ... */
	MAX_SOURCE = 32,          /* tokens of an expression before what it is stored to */
	DEFER_ROUNDS = 3,
};

/*
 * ACPI 6.5, 20.3. The extended opcodes have a second byte; those from 00 on and those
 * from 80 on are numbered behind the others.
 */
enum {
	ZeroOp = 0x00,
	OneOp = 0x01,
	MatchMLE = 0x02, /* of Match; MTR and MEQ look like Zero and One */
	MatchMGT = 0x05,
	AliasOp = 0x06,
	InvalidOp = 0x07, /* stands for all that are none */
	NameOp = 0x08,
	BytePrefix = 0x0a,
	WordPrefix = 0x0b,
	DWordPrefix = 0x0c,
	StringPrefix = 0x0d,
	QWordPrefix = 0x0e,
	ScopeOp = 0x10,
	BufferOp = 0x11,
	PackageOp = 0x12,
	VarPackageOp = 0x13,
	MethodOp = 0x14,
	ExternalOp = 0x15,
	DualNamePrefix = 0x2e,
	MultiNamePrefix = 0x2f,
	ExtOpPrefix = 0x5b,
	RootChar = 0x5c,
	ParentPrefixChar = 0x5e,
	Local0Op = 0x60,
	Arg6Op = 0x6e,
	StoreOp = 0x70,
	RefOfOp = 0x71,
	AddOp = 0x72,
	ConcatOp = 0x73,
	SubtractOp = 0x74,
	IncrementOp = 0x75,
	DecrementOp = 0x76,
	MultiplyOp = 0x77,
	DivideOp = 0x78,
	ShiftLeftOp = 0x79,
	XOrOp = 0x7f,
	NotOp = 0x80,
	FindSetLeftBitOp = 0x81,
	FindSetRightBitOp = 0x82,
	DerefOfOp = 0x83,
	ConcatResOp = 0x84,
	ModOp = 0x85,
	NotifyOp = 0x86,
	SizeOfOp = 0x87,
	IndexOp = 0x88,
	MatchOp = 0x89,
	CreateDWordFieldOp = 0x8a,
	CreateBitFieldOp = 0x8d,
	ObjectTypeOp = 0x8e,
	CreateQWordFieldOp = 0x8f,
	LAndOp = 0x90,
	LOrOp = 0x91,
	LNotOp = 0x92,
	LEqualOp = 0x93,
	LLessOp = 0x95,
	ToBufferOp = 0x96,
	ToIntegerOp = 0x99,
	ToStringOp = 0x9c,
	CopyObjectOp = 0x9d,
	MidOp = 0x9e,
	ContinueOp = 0x9f,
	IfOp = 0xa0,
	ElseOp = 0xa1,
	WhileOp = 0xa2,
	NoopOp = 0xa3,
	ReturnOp = 0xa4,
	BreakOp = 0xa5,
	BreakPointOp = 0xcc,
	OnesOp = 0xff,

	EXTENDED_00 = BreakOp + 1,
	MutexOp = EXTENDED_00 + 0x01,
	EventOp = EXTENDED_00 + 0x02,
	CondRefOfOp = EXTENDED_00 + 0x12,
	CreateFieldOp = EXTENDED_00 + 0x13,
	LoadTableOp = EXTENDED_00 + 0x1f,
	LoadOp = EXTENDED_00 + 0x20,
	StallOp = EXTENDED_00 + 0x21,
	SleepOp = EXTENDED_00 + 0x22,
	AcquireOp = EXTENDED_00 + 0x23,
	SignalOp = EXTENDED_00 + 0x24,
	WaitOp = EXTENDED_00 + 0x25,
	ResetOp = EXTENDED_00 + 0x26,
	ReleaseOp = EXTENDED_00 + 0x27,
	FromBCDOp = EXTENDED_00 + 0x28,
	ToBCDOp = EXTENDED_00 + 0x29,
	UnloadOp = EXTENDED_00 + 0x2a,
	RevisionOp = EXTENDED_00 + 0x30,
	DebugOp = EXTENDED_00 + 0x31,
	FatalOp = EXTENDED_00 + 0x32,
	TimerOp = EXTENDED_00 + 0x33,
	EXTENDED_80 = TimerOp + 1 - 0x80, /* 80 itself comes after TimerOp */
	OpRegionOp = EXTENDED_80 + 0x80,
	FieldOp = EXTENDED_80 + 0x81,
	DeviceOp = EXTENDED_80 + 0x82,
	ProcessorOp = EXTENDED_80 + 0x83,
	PowerResOp = EXTENDED_80 + 0x84,
	ThermalZoneOp = EXTENDED_80 + 0x85,
	IndexFieldOp = EXTENDED_80 + 0x86,
	BankFieldOp = EXTENDED_80 + 0x87,
	DataRegionOp = EXTENDED_80 + 0x88,
};

/* Field elements other than a named field. */
enum {
	ReservedField = 0x00,
	AccessField = 0x01,
	ConnectField = 0x02,
	ExtendedAccessField = 0x03,
};

/*
 * How an opcode is read. The classes up to NAME_START can be operands. `count` in struct
 * opcode means something else in each class; where nothing is said it is not used.
 */
enum opcode_class {
	NO_OPCODE,
	OPERATOR, /* operands follow: count */
	CONSTANT, /* bytes follow: count */
	STRING,
	AGGREGATE, /* Buffer, Package */
	NAME_START,
	COUNTED,    /* operands, and behind them bytes that are no tokens: count operands */
	DEFINITION, /* a name, then count bytes, then operands */
	OBJECT,     /* a package: a name, then count bytes, then the body */
	FIELD,      /* a package: count names, flags, fields */
	CONDITIONAL,
	ALIAS,
	EXTERNAL,
};

struct opcode {
	uint8_t class; /* enum opcode_class */
	uint8_t count;
	bool supername;  /* the first operand is a SuperName: a method's name there is no call */
	bool banked;     /* of FIELD: there is an operand between names and flags */
	uint8_t targets; /* of OPERATOR: so many operands at the end are written to */
};

/* clang-format off */
static const struct opcode opcodes[] = {
	[ZeroOp ... OneOp] = {.class = CONSTANT},
	[MatchMLE ... MatchMGT] = {.class = OPERATOR},
	[AliasOp] = {.class = ALIAS},
	[NameOp] = {.class = DEFINITION},
	[BytePrefix] = {.class = CONSTANT, .count = 1},
	[WordPrefix] = {.class = CONSTANT, .count = 2},
	[DWordPrefix] = {.class = CONSTANT, .count = 4},
	[StringPrefix] = {.class = STRING},
	[QWordPrefix] = {.class = CONSTANT, .count = 8},
	[ScopeOp] = {.class = OBJECT},
	[BufferOp ... VarPackageOp] = {.class = AGGREGATE},
	[MethodOp] = {.class = OBJECT, .count = 1},
	[ExternalOp] = {.class = EXTERNAL},
	[DualNamePrefix ... MultiNamePrefix] = {.class = NAME_START},
	['A' ... 'Z'] = {.class = NAME_START},
	[RootChar] = {.class = NAME_START},
	[ParentPrefixChar ... '_'] = {.class = NAME_START},
	[Local0Op ... Arg6Op] = {.class = OPERATOR},
	[StoreOp] = {.class = OPERATOR, .count = 2, .targets = 1},
	[RefOfOp] = {.class = OPERATOR, .count = 1, .supername = true},
	[AddOp ... SubtractOp] = {.class = OPERATOR, .count = 3, .targets = 1},
	[IncrementOp ... DecrementOp] = {.class = OPERATOR, .count = 1, .supername = true, .targets = 1},
	[MultiplyOp] = {.class = OPERATOR, .count = 3, .targets = 1},
	[DivideOp] = {.class = OPERATOR, .count = 4, .targets = 2},
	[ShiftLeftOp ... XOrOp] = {.class = OPERATOR, .count = 3, .targets = 1},
	[NotOp ... FindSetRightBitOp] = {.class = OPERATOR, .count = 2, .targets = 1},
	[DerefOfOp] = {.class = OPERATOR, .count = 1},
	[ConcatResOp ... ModOp] = {.class = OPERATOR, .count = 3, .targets = 1},
	[NotifyOp] = {.class = OPERATOR, .count = 2, .supername = true},
	[SizeOfOp] = {.class = OPERATOR, .count = 1, .supername = true},
	[IndexOp] = {.class = OPERATOR, .count = 3, .targets = 1},
	[MatchOp] = {.class = OPERATOR, .count = 6},
	[CreateDWordFieldOp ... CreateBitFieldOp] = {.class = COUNTED, .count = 2},
	[ObjectTypeOp] = {.class = OPERATOR, .count = 1, .supername = true},
	[CreateQWordFieldOp] = {.class = COUNTED, .count = 2},
	[LAndOp ... LOrOp] = {.class = OPERATOR, .count = 2},
	[LNotOp] = {.class = OPERATOR, .count = 1},
	[LEqualOp ... LLessOp] = {.class = OPERATOR, .count = 2},
	[ToBufferOp ... ToIntegerOp] = {.class = OPERATOR, .count = 2, .targets = 1},
	[ToStringOp] = {.class = OPERATOR, .count = 3, .targets = 1},
	[CopyObjectOp] = {.class = OPERATOR, .count = 2, .targets = 1},
	[MidOp] = {.class = OPERATOR, .count = 4, .targets = 1},
	[ContinueOp] = {.class = OPERATOR},
	[IfOp ... WhileOp] = {.class = CONDITIONAL},
	[NoopOp] = {.class = OPERATOR},
	[ReturnOp] = {.class = OPERATOR, .count = 1},
	[BreakOp] = {.class = OPERATOR},

	[MutexOp] = {.class = DEFINITION, .count = 1},
	[EventOp] = {.class = DEFINITION},
	[CondRefOfOp] = {.class = OPERATOR, .count = 2, .supername = true, .targets = 1},
	[CreateFieldOp] = {.class = COUNTED, .count = 3},
	[LoadTableOp] = {.class = OPERATOR, .count = 6},
	[LoadOp] = {.class = OPERATOR, .count = 2, .supername = true},
	[StallOp ... SleepOp] = {.class = OPERATOR, .count = 1},
	[AcquireOp] = {.class = COUNTED, .count = 1, .supername = true},
	[SignalOp] = {.class = OPERATOR, .count = 1, .supername = true},
	[WaitOp] = {.class = OPERATOR, .count = 2, .supername = true},
	[ResetOp ... ReleaseOp] = {.class = OPERATOR, .count = 1, .supername = true},
	[FromBCDOp ... ToBCDOp] = {.class = OPERATOR, .count = 2, .targets = 1},
	[UnloadOp] = {.class = OPERATOR, .count = 1},
	[RevisionOp ... DebugOp] = {.class = OPERATOR},
	[FatalOp] = {.class = CONSTANT, .count = 5},
	[TimerOp] = {.class = OPERATOR},
	[OpRegionOp] = {.class = DEFINITION, .count = 1},
	[FieldOp] = {.class = FIELD, .count = 1},
	[DeviceOp] = {.class = OBJECT},
	[ProcessorOp] = {.class = OBJECT, .count = 6},
	[PowerResOp] = {.class = OBJECT, .count = 3},
	[ThermalZoneOp] = {.class = OBJECT},
	[IndexFieldOp] = {.class = FIELD, .count = 2},
	[BankFieldOp] = {.class = FIELD, .count = 2, .banked = true},
	[DataRegionOp] = {.class = DEFINITION},
};
/* clang-format on */

/* What a node is: one of these, or the opcode that defined it. */
enum {
	PLACEHOLDER, /* part of a path; not defined (yet) */
	DECLARED,    /* by External; not defined (yet) */
	DEFERRED,    /* no name, but AML that waits for aml_finish; parent: its scope */
};

struct aml_node {
	struct aml_node *parent;   /* NULL: this is the root */
	struct aml_node *child[2]; /* of the search tree, see slot() */
	union {
		const uint8_t *data;     /* what comes after the name and its fixed bytes */
		struct aml_node *target; /* of an alias */
	};
	uint32_t length; /* bytes at data; what belongs to the object may end earlier */
	uint32_t seg;    /* its name */
	uint8_t kind;
	uint8_t status; /* as in struct aml_device */
	uint8_t doubt;
};

/* What is not sure of an object: flags. */
enum doubt {
	DOUBT_OWN = 1,   /* whether it is there, or its value, even if its scope is there */
	DOUBT_SCOPE = 2, /* whether its scope, or one around that, is there */
	DOUBT_BODY = 4,  /* which of several definitions it is, and so what is in it */
};

/* AML that is taken from its start on. */
struct bytes {
	const uint8_t *pos;
	const uint8_t *end;
	bool malformed; /* something in it was left out */
	uint8_t doubt;  /* enum doubt, of an open package: of all that it defines */
};

/* An open package, or the whole of a definition block. */
struct aml_frame {
	struct bytes rest;
	struct aml_node *scope;
};

/* A NameString. */
struct path {
	const uint8_t *segs;
	uint32_t parents; /* how many ^ */
	uint32_t count;   /* of segs; 0 if there is none, or it is malformed */
	bool root;
};

/* --- bytes --------------------------------------------------------------- */

static size_t left(const struct bytes *b)
{
	return b->end - b->pos;
}

static void spoil(struct bytes *b)
{
	b->pos = b->end;
	b->malformed = true;
}

/* The next byte, or NO_BYTE at the end. */
static uint32_t peek(const struct bytes *b)
{
	enum { NO_BYTE = 0x100 };

	return b->pos < b->end ? *b->pos : NO_BYTE;
}

/* Takes n bytes. Returns NULL if there are not so many. */
static const uint8_t *take(struct bytes *b, size_t n)
{
	const uint8_t *start = b->pos;

	if (left(b) < n) {
		spoil(b);
		return NULL;
	}
	b->pos += n;
	return start;
}

static uint8_t take_byte(struct bytes *b)
{
	if (left(b))
		return *b->pos++;
	spoil(b);
	return 0;
}

/* Takes a byte if it is this one. */
static bool take_if(struct bytes *b, uint8_t byte)
{
	if (peek(b) != byte)
		return false;
	b->pos++;
	return true;
}

/* Not more than 4 bytes; in the first, bits 7-6 say how many follow. */
static uint32_t take_length(struct bytes *b)
{
	uint8_t lead = take_byte(b);
	uint32_t more = lead >> 6, length = more ? lead & 0x0f : lead, i;

	for (i = 0; i < more; i++)
		length |= (uint32_t)take_byte(b) << (4 + 8 * i);
	return length;
}

/*
 * Takes a package from its PkgLength on; gives what is in it. One that reaches
 * out of its surroundings is cut.
 */
static void take_package(struct bytes *b, struct bytes *body)
{
	const uint8_t *start = b->pos;
	uint32_t length = take_length(b), used = b->pos - start;

	if (length < used)
		spoil(b);
	*body = (struct bytes){b->pos, b->end, false, 0};
	if (length - used < left(b))
		body->end = b->pos + length - used;
	b->pos = body->end;
}

static bool is_name_start(const struct bytes *b)
{
	uint32_t op = peek(b);

	return op <= BreakOp && opcodes[op].class == NAME_START;
}

/* Takes what comes before a path's names. Returns the byte behind it, taken. */
static uint8_t take_prefix(struct bytes *b, struct path *path)
{
	uint8_t byte;

	*path = (struct path){0};
	for (;;) {
		byte = take_byte(b);
		if (byte == RootChar)
			path->root = true;
		else if (byte == ParentPrefixChar)
			path->parents++;
		else
			return byte;
	}
}

static void take_path(struct bytes *b, struct path *path)
{
	switch (take_prefix(b, path)) {
	case ZeroOp:
		return;
	case DualNamePrefix:
		path->count = 2;
		break;
	case MultiNamePrefix:
		path->count = take_byte(b);
		break;
	default:
		b->pos--;
		path->count = 1;
		if (!is_name_start(b))
			spoil(b);
	}
	path->segs = take(b, 4 * path->count);
	if (!path->segs)
		path->count = 0;
}

/*
 * Takes an opcode; gives its index in the table. What is no opcode gets the index
 * of one that isn't.
 */
static uint8_t take_opcode(struct bytes *b)
{
	uint8_t op = take_byte(b);

	if (op == OnesOp)
		return OneOp;
	if (op == BreakPointOp)
		return NoopOp;
	if (op != ExtOpPrefix)
		return op <= BreakOp ? op : InvalidOp;
	op = take_byte(b);
	if (op <= TimerOp - EXTENDED_00)
		return EXTENDED_00 + op;
	op += EXTENDED_80;
	return op >= OpRegionOp && op <= DataRegionOp ? op : InvalidOp;
}

/* Takes an integer if there is one. Zero, One and Ones are in the opcode itself. */
static bool take_integer(struct bytes *b, uint64_t *integer)
{
	struct bytes after = {b->pos, b->end, false, 0};
	const struct opcode *opcode = &opcodes[take_opcode(&after)];
	const uint8_t *p;

	if (opcode->class != CONSTANT)
		return false;
	p = take(&after, opcode->count);
	if (after.malformed)
		return false;
	*integer = opcode->count ? 0 : (int8_t)*b->pos; /* Zero, One, Ones: 0, 1, -1 */
	memcpy(integer, p, opcode->count);
	b->pos = after.pos;
	return true;
}

static void skip_string(struct bytes *b)
{
	while (b->pos < b->end)
		if (!*b->pos++)
			return;
	spoil(b);
}

/*
 * How many operands of an operator are still to come. If the first is a SuperName
 * that is a name, that is taken.
 */
static uint32_t take_supername(struct bytes *b, const struct opcode *opcode)
{
	struct path path;

	if (!opcode->supername || !is_name_start(b))
		return opcode->count;
	take_path(b, &path);
	return opcode->count - 1;
}

/*
 * Takes the rest of a token that may be an operand. Returns how many operands
 * of its own come next. An unknown opcode is left out, as ACPICA does.
 */
static uint32_t take_operand(struct bytes *b, const struct opcode *opcode)
{
	struct bytes body;
	struct path path;

	switch (opcode->class) {
	case OPERATOR:
		return take_supername(b, opcode);
	case CONSTANT:
		take(b, opcode->count);
		return 0;
	case STRING:
		skip_string(b);
		return 0;
	case AGGREGATE:
		take_package(b, &body);
		return 0;
	case NAME_START:
		b->pos--;
		take_path(b, &path);
		return 0;
	default:
		b->malformed = true;
		return 0;
	}
}

/* --- the namespace ------------------------------------------------------- */

/* Returns NULL if the arena is full. */
static struct aml_node *new_node(struct aml *aml, struct aml_node *parent)
{
	struct aml_node *node = aml->free;

	if ((uint8_t *)(node + 1) > (uint8_t *)aml->top) {
		aml->error = ERR_NOMEM;
		return NULL;
	}
	aml->free++;
	*node = (struct aml_node){.parent = parent};
	return node;
}

/*
 * Where the pointer to parent's child of that name is, or would be put: all
 * names are in one digital search tree, rooted in the namespace's root. At level
 * n the way is bit n of a 64-bit key that is different for every name: first 32
 * bits that mix name and parent, then the parent, which gives the name back. So
 * no choice of names makes the tree deeper than 64, and most leave it balanced.
 */
static struct aml_node **slot(struct aml *aml, const struct aml_node *parent, uint32_t seg)
{
	uint32_t number = (uintptr_t)parent - (uintptr_t)aml->nodes;
	uint32_t key = (seg + number * 0x9e3779b1) * 0x85ebca6b, level;
	struct aml_node *node = aml->nodes, **link;

	for (level = 1;; level++) {
		aml->steps++;
		link = &node->child[key >> 31];
		node = *link;
		if (!node || (node->seg == seg && node->parent == parent))
			return link;
		key = level == 32 ? number : key << 1;
	}
}

/* What an alias stands for; of others, the node itself. */
static struct aml_node *target(struct aml_node *node)
{
	return node && node->kind == AliasOp ? node->target : node;
}

/*
 * The object that a path leads to from a scope, without a search in other
 * scopes. What is not there is made, as placeholders, if `make` says so.
 * Returns NULL if it is not there or the arena is full.
 */
static struct aml_node *follow(struct aml *aml, struct aml_node *scope, const struct path *path,
			       bool make)
{
	struct aml_node **link, *node;
	uint32_t i, seg;

	if (path->root)
		scope = aml->nodes;
	for (i = 0; i < path->parents && scope->parent; i++)
		scope = scope->parent;
	for (i = 0; i < path->count && scope; i++) {
		seg = get_le32(path->segs + 4 * i);
		link = slot(aml, scope, seg);
		if (!*link && make) {
			node = new_node(aml, scope);
			if (!node)
				return NULL;
			node->seg = seg;
			*link = node;
		}
		scope = target(*link);
	}
	return scope;
}

static bool is_lone(const struct path *path)
{
	return path->count == 1 && !path->root && !path->parents;
}

/*
 * Looks for what a path means in a scope. ACPI 6.5, 5.3: a lone name is also
 * looked for in the scopes around this one. Returns a placeholder if there is
 * nothing better, and NULL if there is none either.
 */
static struct aml_node *search(struct aml *aml, struct aml_node *scope, const struct path *path)
{
	struct aml_node *placeholder = NULL, *node;

	if (!is_lone(path))
		return follow(aml, scope, path, false);
	for (;;) {
		node = target(*slot(aml, scope, get_le32(path->segs)));
		if (node && node->kind != PLACEHOLDER)
			return node;
		if (!placeholder)
			placeholder = node;
		scope = scope->parent;
		if (!scope || (int32_t)(aml->limit - aml->steps) <= 0)
			return placeholder;
	}
}

static bool is_defined(const struct aml_node *node)
{
	return node && node->kind > DECLARED;
}

/*
 * Defines a name, unless it is defined already: like in OSPM, the first counts. Which one
 * that is, is not known where the first may not be there. `data` is what comes after
 * the name. Returns its node, or NULL if the arena is full.
 */
static struct aml_node *define(struct aml *aml, const struct path *path, uint8_t kind,
			       const struct bytes *data)
{
	struct aml_node *node = follow(aml, aml->top->scope, path, true);

	if (!node || !path->count)
		return node;
	if (is_defined(node)) {
		if (node->doubt)
			node->doubt |= DOUBT_OWN | DOUBT_BODY;
		return node;
	}
	node->kind = kind;
	node->data = data->pos;
	node->length = left(data);
	node->doubt = aml->top->rest.doubt;
	if (node->doubt && !is_lone(path)) /* somewhere else than in the frame's scope */
		node->doubt |= DOUBT_OWN;
	return node;
}

static void take_and_define(struct aml *aml, struct bytes *b, uint8_t kind)
{
	struct path path;

	take_path(b, &path);
	define(aml, &path, kind, b);
}

static uint32_t argument_count(const struct aml_node *node)
{
	if (node->kind != MethodOp && node->kind != DECLARED)
		return 0;
	return node->data[-1] & METHOD_ARGS;
}

/* Takes a DataRefObject or a name. What has no value to be had is AML_COMPLEX. */
static void take_value(struct bytes *b, struct aml_value *value)
{
	struct bytes body;
	struct path path;
	uint8_t op;

	*value = (struct aml_value){.kind = AML_COMPLEX};
	if (is_name_start(b)) {
		take_path(b, &path);
		return;
	}
	if (take_integer(b, &value->integer)) {
		value->kind = AML_INTEGER;
		return;
	}
	op = take_byte(b);
	switch (op) {
	case StringPrefix:
		body.pos = b->pos;
		skip_string(b);
		if (b->malformed)
			return;
		body.end = b->pos - 1;
		value->kind = AML_STRING;
		break;
	case BufferOp:
	case VarPackageOp:
		take_package(b, &body);
		if (!take_integer(&body, &value->integer))
			return;
		value->kind = op == BufferOp ? AML_BUFFER : AML_PACKAGE;
		break;
	case PackageOp:
		take_package(b, &body);
		value->integer = take_byte(&body);
		value->kind = AML_PACKAGE;
		break;
	default:
		return;
	}
	value->data = body.pos;
	value->length = left(&body);
}

/* --- the walk ------------------------------------------------------------ */

static void push(struct aml *aml, const struct bytes *body, struct aml_node *scope, uint8_t doubt)
{
	struct aml_frame *frame = aml->top - 1;

	if ((uint8_t *)frame < (uint8_t *)aml->free) {
		aml->error = ERR_NOMEM;
		return;
	}
	*frame = (struct aml_frame){*body, scope};
	frame->rest.doubt = doubt;
	aml->top = frame;
}

/* Leaves the AML from `start` on, as far as it has been taken, to aml_finish. */
static void defer(struct aml *aml, const uint8_t *start)
{
	struct aml_node *node = new_node(aml, aml->top->scope);

	if (!node)
		return;
	node->kind = DEFERRED;
	node->data = start;
	node->length = aml->top->rest.pos - start;
	node->doubt = aml->top->rest.doubt;
}

/*
 * Steps over so many operands, with all that belongs to them, of at most `limit` tokens.
 * Returns false if there are more, or if a name is unknown: it may be a method with any
 * number of arguments. A definition is no operand. If it comes up as one, the operator
 * was damaged.
 */
static bool skip_operands(struct aml *aml, struct bytes *b, uint32_t wanted, uint32_t limit)
{
	const struct opcode *opcode;
	const struct aml_node *node;
	struct bytes token;
	struct path path;

	for (; wanted && left(b); wanted--) {
		if (!limit--)
			return false;
		aml->steps++;
		token = *b;
		opcode = &opcodes[take_opcode(b)];
		if (opcode->class < NAME_START) {
			wanted += take_operand(b, opcode);
			continue;
		}
		*b = token;
		if (opcode->class > NAME_START)
			break;
		take_path(b, &path);
		node = search(aml, aml->top->scope, &path);
		if (node && node->kind != PLACEHOLDER)
			wanted += argument_count(node);
		else if (!aml->final)
			return false;
	}
	return true;
}

/*
 * Acquire, CreateField and the like: what follows the operands is a timeout, or
 * the field's name. If that is not there, an operand was a call of a method that
 * no table defines; its arguments are then read as if they were statements.
 */
static void read_counted(struct aml *aml, struct bytes *b, uint8_t op, const uint8_t *start)
{
	if (!skip_operands(aml, b, take_supername(b, &opcodes[op]), UINT32_MAX)) {
		b->pos = b->end;
		defer(aml, start);
	} else if (op == AcquireOp) {
		take(b, 2);
	} else if (is_name_start(b)) {
		take_and_define(aml, b, op);
	}
}

static void read_external(struct aml *aml, struct bytes *b)
{
	struct path path;

	take_path(b, &path);
	take(b, 2);
	define(aml, &path, DECLARED, b);
}

/* An alias of what no table defines is left out. */
static void read_alias(struct aml *aml, struct bytes *b, const uint8_t *start)
{
	struct aml_node *source, *node;
	struct path path, alias;

	take_path(b, &path);
	take_path(b, &alias);
	source = search(aml, aml->top->scope, &path);
	if (is_defined(source)) {
		node = define(aml, &alias, AliasOp, b);
		if (node && node->kind == AliasOp)
			node->target = source;
	} else if (!aml->final) {
		defer(aml, start);
	}
}

static void read_field_element(struct aml *aml, struct bytes *b)
{
	switch (peek(b)) {
	case AccessField:
		take(b, 3);
		return;
	case ExtendedAccessField:
		take(b, 4);
		return;
	case ConnectField:
		take(b, 1);
		take_operand(b, &opcodes[take_opcode(b)]);
		return;
	case ReservedField:
		take(b, 1);
		break;
	default:
		take_and_define(aml, b, FieldOp);
	}
	take_length(b);
}

/*
 * Field, IndexField: names, flags and a field list. BankField: an operand comes
 * before the flags.
 */
static void read_field(struct aml *aml, struct bytes *b, const struct opcode *opcode,
		       const uint8_t *start)
{
	struct bytes body;
	struct path path;
	uint32_t names;

	take_package(b, &body);
	for (names = opcode->count; names; names--)
		take_path(&body, &path);
	if (opcode->banked && !skip_operands(aml, &body, 1, UINT32_MAX)) {
		defer(aml, start);
		return;
	}
	take(&body, 1);
	while (left(&body)) {
		aml->steps++;
		read_field_element(aml, &body);
	}
	b->malformed |= body.malformed;
}

/*
 * What is in doubt in an object's body: in the first of its definitions nothing but the
 * object itself and what is around it. What opens it again adds to something else.
 */
static uint8_t body_doubt(const struct aml *aml, const struct aml_node *node, bool first)
{
	uint8_t doubt = aml->top->rest.doubt || node->doubt ? DOUBT_SCOPE : 0;

	return aml->top->rest.doubt && !first ? doubt | DOUBT_OWN : doubt;
}

/*
 * Scope, Device, Processor, PowerResource, ThermalZone, Method. A Scope of something that isn't defined yet has to wait.
 */
static void read_object(struct aml *aml, struct bytes *b, uint8_t op, const uint8_t *start)
{
	struct aml_node *node;
	struct bytes body;
	struct path path;

	take_package(b, &body);
	take_path(&body, &path);
	take(&body, opcodes[op].count);
	if (body.malformed) {
		b->malformed = true;
		return;
	}
	if (op == ScopeOp) {
		node = search(aml, aml->top->scope, &path);
		if (!is_defined(node) && !aml->final) {
			defer(aml, start);
			return;
		}
		if (!node)
			node = follow(aml, aml->top->scope, &path, true);
	} else {
		node = define(aml, &path, op, &body);
	}
	if (op != MethodOp && node)
		push(aml, &body, node, body_doubt(aml, node, node->data == body.pos));
}

/*
 * If, Else, While. What a predicate says that is no constant is not known, so its
 * body is read, and so is its Else; what they define may not be there. What is never
 * reached isn't read, except for External: iasl puts these into an If (Zero). A
 * While that runs can be left at any place.
 */
static void read_conditional(struct aml *aml, struct bytes *b, uint8_t op)
{
	const struct aml_frame *around = aml->top;
	uint8_t doubt = around->rest.doubt | DOUBT_OWN;
	struct bytes body, rest;
	uint64_t predicate;

	take_package(b, &body);
	rest = body;
	if (op == ElseOp || !take_integer(&rest, &predicate)) {
		push(aml, &body, around->scope, doubt);
	} else if (predicate) {
		if (take_if(b, ElseOp))
			take_package(b, &body);
		push(aml, &rest, around->scope, op == IfOp ? around->rest.doubt : doubt);
	} else {
		while (take_if(&rest, ExternalOp))
			read_external(aml, &rest);
		b->malformed |= rest.malformed;
		if (take_if(b, ElseOp)) {
			take_package(b, &body);
			push(aml, &body, around->scope, around->rest.doubt);
		}
	}
}

/*
 * The kind of a constant, and of a buffer its size, in few steps however long it is; what
 * is none is AML_COMPLEX.
 */
static void peek_value(const struct bytes *b, struct aml_value *value)
{
	struct bytes copy = *b;

	if (peek(b) == StringPrefix)
		*value = (struct aml_value){.kind = AML_STRING};
	else
		take_value(&copy, value);
}

/*
 * Finds the constant that a Store copies: it is there, or the value of a Name that is
 * as sure to be there as the Store is.
 */
static bool find_source(struct aml *aml, struct bytes *b)
{
	const struct aml_node *node;
	struct path path;

	if (!is_name_start(b))
		return true;
	take_path(b, &path);
	node = search(aml, aml->top->scope, &path);
	if (!node || node->kind != NameOp || node->doubt & ~(aml->top->rest.doubt & DOUBT_SCOPE))
		return false;
	*b = (struct bytes){node->data, node->data + node->length, false, 0};
	return true;
}

/*
 * Whether an object has this value after a Store. ACPI 6.5, 19.3.5.8: what is stored
 * is converted to the type that the object has, which is done here where there is nothing to
 * convert; a buffer keeps its size. CopyObject converts nothing.
 */
static bool store_keeps(const struct aml_node *node, uint8_t op, const struct bytes *source)
{
	struct bytes old = {node->data, node->data + node->length, false, 0};
	struct aml_value from, to;

	peek_value(source, &from);
	if (op == CopyObjectOp || from.kind == AML_COMPLEX)
		return from.kind != AML_COMPLEX;
	peek_value(&old, &to);
	return from.kind == to.kind && (from.kind != AML_BUFFER || from.integer == to.integer);
}

/*
 * An operator writes to a Name, or to an element of what it names. Its value is known
 * after that if a constant is stored and nothing decides whether this happens.
 */
static void write_object(struct aml *aml, uint8_t op, const struct bytes *operands,
			 struct bytes *target)
{
	bool element = take_if(target, IndexOp);
	struct bytes source = *operands;
	struct aml_node *node;
	struct path path;

	take_path(target, &path);
	node = search(aml, aml->top->scope, &path);
	if (!node || node->kind != NameOp)
		return;
	if (!element && (op == StoreOp || op == CopyObjectOp) &&
	    !(aml->top->rest.doubt & ~(node->doubt & DOUBT_SCOPE)) && find_source(aml, &source) &&
	    store_keeps(node, op, &source)) {
		node->data = source.pos;
		node->length = left(&source);
	} else {
		node->doubt |= DOUBT_OWN;
	}
}

/* Code at table level runs when the table is loaded: what an operator writes to. */
static void read_targets(struct aml *aml, const struct bytes *operands, uint8_t op)
{
	const struct opcode *opcode = &opcodes[op];
	uint32_t sources = opcode->count - opcode->targets, i;
	struct bytes b = *operands, target;

	if (sources)
		sources -= opcode->count - take_supername(&b, opcode);
	for (i = 0; i < opcode->targets && skip_operands(aml, &b, sources, MAX_SOURCE); i++) {
		target = b;
		if (is_name_start(&target) || peek(&target) == IndexOp)
			write_object(aml, op, operands, &target);
		sources = 1;
	}
}

/* Reads one token, but an operator's without its operands, a package's without its body. */
static void read_token(struct aml *aml, struct bytes *b)
{
	const uint8_t *start = b->pos;
	uint8_t op = take_opcode(b);
	const struct opcode *opcode = &opcodes[op];

	switch (opcode->class) {
	case COUNTED:
		read_counted(aml, b, op, start);
		break;
	case DEFINITION:
		take_and_define(aml, b, op);
		take(b, opcode->count);
		break;
	case OBJECT:
		read_object(aml, b, op, start);
		break;
	case FIELD:
		read_field(aml, b, opcode, start);
		break;
	case CONDITIONAL:
		read_conditional(aml, b, op);
		break;
	case ALIAS:
		read_alias(aml, b, start);
		break;
	case EXTERNAL:
		read_external(aml, b);
		break;
	default:
		if (opcode->targets)
			read_targets(aml, b, op);
		take_operand(b, opcode);
	}
}

/* Reads a row of terms, with all packages in it. */
static void walk(struct aml *aml, const uint8_t *start, size_t length, struct aml_node *scope,
		 uint8_t doubt)
{
	struct bytes all = {start, start + length, false, 0};
	struct bytes *b;

	push(aml, &all, scope, doubt);
	while (aml->top != aml->base && aml->error != ERR_NOMEM) {
		aml->steps++;
		b = &aml->top->rest;
		if (left(b)) {
			read_token(aml, b);
			continue;
		}
		if (b->malformed)
			aml->error = ERR_INVAL;
		aml->top++;
	}
	aml->top = aml->base;
}

/* --- building the namespace ---------------------------------------------- */

/* A table's length by its header, or ERR_RANGE. */
static int table_length(const uint8_t *table, size_t available)
{
	uint32_t length;

	if (available < HEADER_SIZE)
		return ERR_RANGE;
	length = get_le32(table + HEADER_LENGTH);
	if (length < HEADER_SIZE || length > available || length > INT32_MAX)
		return ERR_RANGE;
	return length;
}

int aml_check_table(const void *table, size_t available)
{
	int length = table_length(table, available);

	return length > 0 && checksum_bytes(table, length) ? ERR_CHECKSUM : length;
}

int aml_init(struct aml *aml, void *arena, size_t size)
{
	/* ACPI 6.5, 5.3.1 and 5.7: the scopes, as ThermalZones, and the only method. */
	static const char predefined[] = "\x5b\x85\x05_GPE"
					 "\x5b\x85\x05_PR_"
					 "\x5b\x85\x05_SB_"
					 "\x5b\x85\x05_SI_"
					 "\x5b\x85\x05_TZ_"
					 "\x14\x06_OSI\x01";
	struct aml_node *root;

	*aml = (struct aml){.nodes = arena, .free = arena};
	aml->base = (struct aml_frame *)((uint8_t *)arena + size);
	aml->top = aml->base;
	root = new_node(aml, NULL);
	if (!root)
		return ERR_NOMEM;
	root->kind = ScopeOp;
	walk(aml, (const uint8_t *)predefined, sizeof(predefined) - 1, root, 0);
	return aml->error;
}

int aml_add_table(struct aml *aml, const void *table, size_t length)
{
	const uint8_t *p = table;
	int size = table_length(p, length);

	if (size < 0)
		return size;
	if (get_le32(p) == SIGNATURE_DSDT)
		aml->narrow = p[HEADER_REVISION] < 2;
	aml->limit += STEPS_PER_BYTE * size;
	aml->error = 0;
	walk(aml, p + HEADER_SIZE, size - HEADER_SIZE, aml->nodes, 0);
	return aml->error;
}

/*
 * Each round reads what an earlier one left: what a round defines may be what
 * the next one needs. In the last, an unknown name is a variable.
 */
int aml_finish(struct aml *aml)
{
	struct aml_node *node = aml->nodes, *end;
	uint32_t round;

	aml->error = 0;
	for (round = 1; round <= DEFER_ROUNDS; round++) {
		aml->final = round == DEFER_ROUNDS;
		for (end = aml->free; node < end && aml->error != ERR_NOMEM; node++)
			if (node->kind == DEFERRED)
				walk(aml, node->data, node->length, node->parent, node->doubt);
	}
	return aml->error;
}

/* --- values -------------------------------------------------------------- */

/*
 * Reads a method's body up to its Return if all there is before it is Names.
 * With a name given, looks for the Name that defines it instead. Returns
 * whether it found what it looked for; b is then at the value.
 */
static bool find_in_method(struct bytes *b, const uint8_t *seg)
{
	struct aml_value value;
	struct path path;

	for (;;) {
		switch (take_byte(b)) {
		case NoopOp:
			continue;
		case ReturnOp:
			return !seg;
		case NameOp:
			break;
		default:
			return false;
		}
		take_path(b, &path);
		if (path.count != 1)
			return false;
		if (seg && get_le32(seg) == get_le32(path.segs))
			return true;
		take_value(b, &value);
		if (value.kind == AML_COMPLEX)
			return false;
	}
}

/* Whether this is a method that is worth a look. */
static bool is_simple_method(const struct aml_node *node)
{
	return node->kind == MethodOp && !argument_count(node) && node->length <= MAX_SIMPLE_METHOD;
}

/*
 * Finds where an object's value is: of a Name; of a method, what it returns, if
 * that is a constant, or something that the method itself names, or another
 * object in turn. Returns false if the object is or does more than that.
 */
static bool find_value(struct aml *aml, struct aml_node *node, struct bytes *b)
{
	uint8_t accepted = node->doubt & DOUBT_SCOPE;
	struct bytes body;
	struct path path;
	uint32_t hop;

	for (hop = 0; node && hop < MAX_HOPS; hop++) {
		if (node->doubt & ~accepted || (node->kind != NameOp && !is_simple_method(node)))
			return false;
		body = (struct bytes){node->data, node->data + node->length, false, 0};
		*b = body;
		if (node->kind == NameOp)
			return true;
		if (!find_in_method(b, NULL))
			return false;
		if (!is_name_start(b))
			return true;
		take_path(b, &path);
		*b = body;
		if (is_lone(&path) && find_in_method(b, path.segs))
			return true;
		node = search(aml, node, &path);
	}
	return false;
}

static void get_value(struct aml *aml, struct aml_node *device, const char *name,
		      struct aml_value *value)
{
	struct aml_node *named = *slot(aml, device, get_le32((const uint8_t *)name));
	struct aml_node *node = target(named);
	struct bytes b;

	*value = (struct aml_value){.kind = AML_ABSENT};
	if (!is_defined(node))
		return;
	value->kind = AML_COMPLEX;
	aml->limit = aml->steps + STEPS_PER_QUERY;
	if (named->doubt & DOUBT_OWN || device->doubt & DOUBT_BODY || !find_value(aml, node, &b))
		return;
	take_value(&b, value);
	if (aml->narrow && value->kind == AML_INTEGER)
		value->integer &= UINT32_MAX;
}

enum aml_kind aml_get(struct aml *aml, const struct aml_device *device, const char *name,
		      struct aml_value *value)
{
	get_value(aml, device->node, name, value);
	return value->kind;
}

bool aml_next_element(struct aml_value *package, struct aml_value *element)
{
	struct bytes b = {package->data, package->data + package->length, false, 0};

	if (!package->integer || !package->length)
		return false;
	take_value(&b, element);
	package->integer--;
	package->data = b.pos;
	package->length = left(&b);
	return !b.malformed;
}

/* --- devices ------------------------------------------------------------- */

static const char eisa_digits[] = "0123456789ABCDEF";

void aml_eisa_id(uint64_t integer, char text[AML_EISA_ID_SIZE])
{
	uint32_t id = __builtin_bswap32((uint32_t)integer), i;

	for (i = 0; i < 3; i++)
		text[i] = 0x40 + (id >> (26 - 5 * i) & 0x1f);
	for (; i < AML_EISA_ID_SIZE - 1; i++)
		text[i] = eisa_digits[id >> (24 - 4 * i) & 0xf];
	text[i] = '\0';
}

static uint8_t upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

enum { ID_LENGTH_MIN = 7, ID_LENGTH_MAX = 8 }; /* of _HID and _CID as strings */

/* Vendors also write "*PNP0C14", as Plug and Play BIOSes did, and "pnp0c14". */
static bool string_matches(const struct aml_value *string, const char *id)
{
	const uint8_t *byte = string->data, *end = byte + string->length;

	if (byte < end && *byte == '*')
		byte++;
	/* Most ids differ in length or in the last digit: that is quick to see. */
	if (end - byte < ID_LENGTH_MIN || end - byte > ID_LENGTH_MAX ||
	    upper(end[-1]) != id[end - byte - 1])
		return false;
	for (; byte < end; byte++, id++)
		if (upper(*byte) != *id)
			return false;
	return !*id;
}

static inline bool value_matches(const struct aml_value *value, const char *id)
{
	char text[AML_EISA_ID_SIZE];

	if (value->kind == AML_STRING)
		return string_matches(value, id);
	/* Most ids differ in their last digit; this saves making a text of each. */
	if (value->kind != AML_INTEGER ||
	    eisa_digits[value->integer >> 24 & 0xf] != id[AML_EISA_ID_SIZE - 2])
		return false;
	aml_eisa_id(value->integer, text);
	return !strcmp(text, id);
}

bool aml_device_matches(const struct aml_device *device, const char *id)
{
	struct aml_value ids, element;

	if (value_matches(&device->hid, id))
		return true;
	if (device->cid.kind != AML_PACKAGE)
		return value_matches(&device->cid, id);
	ids = device->cid;
	while (aml_next_element(&ids, &element))
		if (value_matches(&element, id))
			return true;
	return false;
}

/* What a device's own _STA says. */
static uint8_t own_status(struct aml *aml, struct aml_node *device)
{
	struct aml_value sta;

	get_value(aml, device, "_STA", &sta);
	if (sta.kind == AML_ABSENT || (sta.kind == AML_INTEGER && sta.integer & 1))
		return AML_PRESENT;
	return sta.kind == AML_INTEGER ? AML_NOT_PRESENT : AML_STATUS_UNKNOWN;
}

bool aml_next_device(struct aml *aml, struct aml_device *device)
{
	struct aml_node *node = device->node ? device->node : aml->nodes;

	while (++node < aml->free) {
		/* A parent comes before its children: its own status is complete. */
		node->status = node->parent->status;
		if (node->kind <= DECLARED)
			node->status |= AML_ORPHAN;
		if (node->doubt & DOUBT_OWN)
			node->status |= AML_STATUS_UNKNOWN;
		if (node->kind != DeviceOp)
			continue;
		node->status |= own_status(aml, node);
		device->node = node;
		device->status = node->status;
		get_value(aml, node, "_HID", &device->hid);
		get_value(aml, node, "_CID", &device->cid);
		return true;
	}
	return false;
}

const char *aml_device_path(const struct aml_device *device, char *buffer, size_t size)
{
	const struct aml_node *node = device->node;
	char *p = buffer + size - 1;
	bool padding;
	uint8_t c;
	int i;

	/* From the buffer's end backwards, because the way leads from the device to the root. */
	*p = '\0';
	for (; node->parent && p - buffer > 4; node = node->parent) {
		for (padding = true, i = 24; i >= 0; i -= 8) {
			c = node->seg >> i;
			padding &= c == '_' && i;
			if (!padding)
				*--p = c > ' ' && c <= '~' ? c : '*';
		}
		*--p = node->parent->parent ? '.' : '\\';
	}
	return p;
}

int aml_resources(struct aml *aml, const struct aml_device *device, struct aml_resources *crs)
{
	struct aml_value value;

	get_value(aml, device->node, "_CRS", &value);
	if (value.kind == AML_ABSENT)
		return ERR_NOENT;
	if (value.kind != AML_BUFFER)
		return ERR_UNSUPPORTED;
	*crs = (struct aml_resources){value.data, value.data + value.length, 0};
	return 0;
}
