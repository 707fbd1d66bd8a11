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
 * how many arguments a method has whose name comes up. Only Match, Acquire,
 * BankField and the CreateField operators have bytes *behind* an operand that
 * are no tokens. For these the operands are counted, which takes the argument
 * counts of the methods called in them; if such a method is still unknown, the
 * rest of the enclosing package waits for aml_finish.
 *
 * There is no recursion: open packages and counted operators are frames on a
 * stack that grows downwards from the arena's end, against the nodes of the
 * namespace, which grow upwards from its start.
 */
#include "fw/aml.h"

#include "error.h"

enum {
	HEADER_SIZE = 36,
	HEADER_LENGTH = 4, /* offset of the table's length */
	HEADER_REVISION = 8,
	SIGNATURE_DSDT = 0x54445344,

	ROOT = 0, /* the namespace root's node; as a child: none */
	NONE = 0xffffffff,

	METHOD_ARGS = 7, /* bits of the method flags */

	/*
	 * The next two bound what a hostile table can cost; a real one stays
	 * far below. A token of real AML takes about one step and a name about
	 * log2(names) steps, times the scopes to look in.
	 */
	STEPS_PER_BYTE = 32,
	STEPS_PER_QUERY = 512,
	MAX_SIMPLE_METHOD = 4096, /* bytes; a longer one is not looked into */
	MAX_HOPS = 4,             /* methods that return what a method returns, ... */
	DEFER_ROUNDS = 3,
};

/* ACPI 6.5, 20.3. The extended opcodes have a second byte, which is given here. */
enum {
	ZeroOp = 0x00,
	OneOp = 0x01,
	AliasOp = 0x06,
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

	MutexOp = 0x01,
	EventOp = 0x02,
	CondRefOfOp = 0x12,
	CreateFieldOp = 0x13,
	LoadTableOp = 0x1f,
	LoadOp = 0x20,
	StallOp = 0x21,
	SleepOp = 0x22,
	AcquireOp = 0x23,
	SignalOp = 0x24,
	WaitOp = 0x25,
	ResetOp = 0x26,
	ReleaseOp = 0x27,
	FromBCDOp = 0x28,
	ToBCDOp = 0x29,
	UnloadOp = 0x2a,
	RevisionOp = 0x30,
	DebugOp = 0x31,
	FatalOp = 0x32,
	TimerOp = 0x33,
	OpRegionOp = 0x80,
	FieldOp = 0x81,
	DeviceOp = 0x82,
	ProcessorOp = 0x83,
	PowerResOp = 0x84,
	ThermalZoneOp = 0x85,
	IndexFieldOp = 0x86,
	BankFieldOp = 0x87,
	DataRegionOp = 0x88,
};

/* Field elements other than a named field. */
enum {
	ReservedField = 0x00,
	AccessField = 0x01,
	ConnectField = 0x02,
	ExtendedAccessField = 0x03,
};

/*
 * How an opcode is read: its class in the upper four bits, and in the lower
 * four a number with a meaning of its own in each class. The classes up to
 * NAME_START can be operands.
 */
enum {
	PARAMETER = 0x0f,
	OPERANDS = 7,  /* of the parameter of OPERATOR and COUNTED */
	SUPERNAME = 8, /* the first is a SuperName: a method's name there is no call */

	NO_OPCODE = 0,
	OPERATOR = 0x10, /* operands that follow, | SUPERNAME */
	CONSTANT = 0x20, /* bytes that follow */
	STRING = 0x30,
	AGGREGATE = 0x40, /* Buffer, Package */
	FATAL = 0x50,
	COUNTED = 0x60, /* operands that are followed by bytes, | SUPERNAME */
	NAME_START = 0x70,
	DEFINITION = 0x80, /* bytes between the name and the operands that follow */
	OBJECT = 0x90,     /* bytes between the name and the body */
	FIELD = 0xa0,      /* names at first, | BANKED */
	BANKED = 8,        /* then an operand, and only then flags and fields */
	CONDITIONAL = 0xc0,
	ALIAS = 0xd0,
	EXTERNAL = 0xe0,
};

/* Where in the table the extended opcodes are: those from 00 on and those from 80 on. */
enum {
	EXTENDED_00 = BreakOp + 1,
	EXTENDED_80 = EXTENDED_00 + TimerOp + 1 - OpRegionOp,
};

/* clang-format off */
static const uint8_t opcodes[] = {
	[ZeroOp ... OneOp] = OPERATOR,
	[AliasOp] = ALIAS,
	[NameOp] = DEFINITION,
	[BytePrefix] = CONSTANT | 1,
	[WordPrefix] = CONSTANT | 2,
	[DWordPrefix] = CONSTANT | 4,
	[StringPrefix] = STRING,
	[QWordPrefix] = CONSTANT | 8,
	[ScopeOp] = OBJECT,
	[BufferOp ... VarPackageOp] = AGGREGATE,
	[MethodOp] = OBJECT | 1,
	[ExternalOp] = EXTERNAL,
	[DualNamePrefix ... MultiNamePrefix] = NAME_START,
	['A' ... 'Z'] = NAME_START,
	[RootChar] = NAME_START,
	[ParentPrefixChar ... '_'] = NAME_START,
	[Local0Op ... Arg6Op] = OPERATOR,
	[StoreOp] = OPERATOR | 2,
	[RefOfOp] = OPERATOR | SUPERNAME | 1,
	[AddOp ... SubtractOp] = OPERATOR | 3,
	[IncrementOp ... DecrementOp] = OPERATOR | SUPERNAME | 1,
	[MultiplyOp] = OPERATOR | 3,
	[DivideOp] = OPERATOR | 4,
	[ShiftLeftOp ... XOrOp] = OPERATOR | 3,
	[NotOp ... FindSetRightBitOp] = OPERATOR | 2,
	[DerefOfOp] = OPERATOR | 1,
	[ConcatResOp ... ModOp] = OPERATOR | 3,
	[NotifyOp] = OPERATOR | SUPERNAME | 2,
	[SizeOfOp] = OPERATOR | SUPERNAME | 1,
	[IndexOp] = OPERATOR | 3,
	[MatchOp] = COUNTED | 1,
	[CreateDWordFieldOp ... CreateBitFieldOp] = COUNTED | 2,
	[ObjectTypeOp] = OPERATOR | SUPERNAME | 1,
	[CreateQWordFieldOp] = COUNTED | 2,
	[LAndOp ... LOrOp] = OPERATOR | 2,
	[LNotOp] = OPERATOR | 1,
	[LEqualOp ... LLessOp] = OPERATOR | 2,
	[ToBufferOp ... ToIntegerOp] = OPERATOR | 2,
	[ToStringOp] = OPERATOR | 3,
	[CopyObjectOp] = OPERATOR | 2,
	[MidOp] = OPERATOR | 4,
	[ContinueOp] = OPERATOR,
	[IfOp ... WhileOp] = CONDITIONAL,
	[NoopOp] = OPERATOR,
	[ReturnOp] = OPERATOR | 1,
	[BreakOp] = OPERATOR,

	[EXTENDED_00 + MutexOp] = DEFINITION | 1,
	[EXTENDED_00 + EventOp] = DEFINITION,
	[EXTENDED_00 + CondRefOfOp] = OPERATOR | SUPERNAME | 2,
	[EXTENDED_00 + CreateFieldOp] = COUNTED | 3,
	[EXTENDED_00 + LoadTableOp] = OPERATOR | 6,
	[EXTENDED_00 + LoadOp] = OPERATOR | SUPERNAME | 2,
	[EXTENDED_00 + StallOp ... EXTENDED_00 + SleepOp] = OPERATOR | 1,
	[EXTENDED_00 + AcquireOp] = COUNTED | SUPERNAME | 1,
	[EXTENDED_00 + SignalOp] = OPERATOR | SUPERNAME | 1,
	[EXTENDED_00 + WaitOp] = OPERATOR | SUPERNAME | 2,
	[EXTENDED_00 + ResetOp ... EXTENDED_00 + ReleaseOp] = OPERATOR | SUPERNAME | 1,
	[EXTENDED_00 + FromBCDOp ... EXTENDED_00 + ToBCDOp] = OPERATOR | 2,
	[EXTENDED_00 + UnloadOp] = OPERATOR | 1,
	[EXTENDED_00 + RevisionOp ... EXTENDED_00 + DebugOp] = OPERATOR,
	[EXTENDED_00 + FatalOp] = FATAL | 5,
	[EXTENDED_00 + TimerOp] = OPERATOR,
	[EXTENDED_80 + OpRegionOp] = DEFINITION | 1,
	[EXTENDED_80 + FieldOp] = FIELD | 1,
	[EXTENDED_80 + DeviceOp] = OBJECT,
	[EXTENDED_80 + ProcessorOp] = OBJECT | 6,
	[EXTENDED_80 + PowerResOp] = OBJECT | 3,
	[EXTENDED_80 + ThermalZoneOp] = OBJECT,
	[EXTENDED_80 + IndexFieldOp] = FIELD | 2,
	[EXTENDED_80 + BankFieldOp] = FIELD | BANKED | 2,
	[EXTENDED_80 + DataRegionOp] = DEFINITION,
};
/* clang-format on */

enum node_kind {
	PLACEHOLDER, /* part of a path; not defined (yet) */
	DECLARED,    /* by External; not defined (yet) */
	SCOPE,       /* predefined, Processor, PowerResource, ThermalZone */
	DEVICE,
	METHOD,   /* data: its body */
	NAME,     /* data: its DataRefObject */
	SYNONYM,  /* of target, by Alias */
	OTHER,    /* field, mutex, region... */
	DEFERRED, /* no name, but AML that waits for aml_finish; parent: its scope */
	DONE,     /* AML that has waited */
};

enum {
	ABSENT = 1,    /* this object or one around it is a device that is not present */
	UNCERTAIN = 2, /* ... or may not be */
	ORPHAN = 4,    /* ... or is not defined */
};

struct aml_node {
	uint32_t seg; /* its name */
	uint32_t parent;
	uint32_t child[2]; /* of the search tree, see slot() */
	uint32_t length;   /* bytes at data; what belongs to the object may end earlier */
	uint32_t target;   /* of an alias */
	const uint8_t *data;
	uint8_t kind;
	uint8_t args; /* a method's argument count */
	uint8_t flags;
};

struct bytes {
	const uint8_t *pos;
	const uint8_t *end;
};

enum frame_kind {
	BODY,         /* of Scope, Device, If... */
	BODY_IF_TRUE, /* its Else is skipped */
	/* Operators with counted operands, named for what comes after these: */
	THEN_MATCH_1, /* an opcode byte, and one more operand */
	THEN_MATCH_2, /* an opcode byte, and two more operands */
	THEN_TIMEOUT, /* a word */
	THEN_NAME,    /* the name of the field it creates */
	THEN_FIELDS,  /* flags and a field list, up to the frame's end */
};

struct aml_frame {
	const uint8_t *end;
	const uint8_t *start; /* operators: where the opcode is */
	uint32_t scope;
	uint32_t wanted; /* operators: operands still to come */
	uint8_t kind;
	bool supername; /* operators: the next operand is a SuperName */
};

/* A NameString. */
struct path {
	const uint8_t *segs;
	uint32_t parents; /* how many ^ */
	uint8_t count;
	bool root;
};

/* --- bytes --------------------------------------------------------------- */

static uint32_t get32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static size_t left(const struct bytes *b)
{
	return b->end - b->pos;
}

/* Takes n bytes. */
static int take(struct bytes *b, size_t n)
{
	if (left(b) < n)
		return ERR_INVAL;
	b->pos += n;
	return 0;
}

/*
 * Takes a PkgLength into *length. Not more than 4 bytes; in the first, bits 7-6
 * say how many follow.
 */
static int take_length(struct bytes *b, uint32_t *length)
{
	uint32_t more, i;
	uint8_t lead;

	if (b->pos >= b->end)
		return ERR_INVAL;
	lead = *b->pos++;
	more = lead >> 6;
	*length = more ? lead & 0x0f : lead;
	if (left(b) < more)
		return ERR_INVAL;
	for (i = 0; i < more; i++)
		*length |= (uint32_t)*b->pos++ << (4 + 8 * i);
	return 0;
}

/*
 * Takes a package from its PkgLength on; gives what is in it. One that reaches
 * out of its surroundings is cut.
 */
static int take_package(struct bytes *b, struct bytes *body)
{
	const uint8_t *start = b->pos;
	uint32_t length;

	if (take_length(b, &length) || length < (size_t)(b->pos - start))
		return ERR_INVAL;
	body->pos = b->pos;
	body->end = length > (size_t)(b->end - start) ? b->end : start + length;
	b->pos = body->end;
	return 0;
}

static bool is_name_start(const struct bytes *b)
{
	return b->pos < b->end && *b->pos <= BreakOp && opcodes[*b->pos] == NAME_START;
}

static int take_path(struct bytes *b, struct path *path)
{
	path->root = false;
	path->parents = 0;
	path->count = 1;
	if (b->pos < b->end && *b->pos == RootChar) {
		path->root = true;
		b->pos++;
	}
	for (; b->pos < b->end && *b->pos == ParentPrefixChar; b->pos++)
		path->parents++;
	if (b->pos >= b->end)
		return ERR_INVAL;
	switch (*b->pos) {
	case ZeroOp:
		path->count = 0;
		b->pos++;
		break;
	case DualNamePrefix:
		path->count = 2;
		b->pos++;
		break;
	case MultiNamePrefix:
		if (left(b) < 2)
			return ERR_INVAL;
		path->count = b->pos[1];
		b->pos += 2;
		break;
	default:
		if (!is_name_start(b))
			return ERR_INVAL;
	}
	path->segs = b->pos;
	return take(b, 4 * path->count);
}

static int take_integer(struct bytes *b, uint64_t *integer)
{
	uint32_t size, i;
	uint8_t op;

	if (b->pos >= b->end)
		return ERR_INVAL;
	op = *b->pos++;
	*integer = op;
	if (op <= OneOp)
		return 0;
	if (op == OnesOp) {
		*integer = UINT64_MAX;
		return 0;
	}
	if (op > QWordPrefix || (opcodes[op] & ~PARAMETER) != CONSTANT)
		return ERR_INVAL;
	size = opcodes[op] & PARAMETER;
	if (left(b) < size)
		return ERR_INVAL;
	*integer = 0;
	for (i = size; i--;)
		*integer = *integer << 8 | b->pos[i];
	b->pos += size;
	return 0;
}

static int skip_string(struct bytes *b)
{
	while (b->pos < b->end)
		if (!*b->pos++)
			return 0;
	return ERR_INVAL;
}

/* --- the namespace ------------------------------------------------------- */

/* Returns NULL if the arena is full. */
static struct aml_node *new_node(struct aml *aml)
{
	struct aml_node *node = &aml->nodes[aml->count];

	if ((uint8_t *)(node + 1) > (uint8_t *)aml->top)
		return NULL;
	aml->count++;
	*node = (struct aml_node){0};
	return node;
}

/*
 * Where the number of parent's child of that name is, or would be put: all
 * names are in one digital search tree, rooted in node 0. At level n the way
 * is bit n of a 64-bit key that is different for every name: first 32 bits
 * that mix name and parent, then the parent, which gives the name back. So no
 * choice of names makes the tree deeper than 64, and most leave it balanced.
 */
static uint32_t *slot(struct aml *aml, uint32_t parent, uint32_t seg)
{
	uint32_t key = (seg + parent * 0x9e3779b1) * 0x85ebca6b;
	struct aml_node *node = aml->nodes;
	uint32_t *link, level;

	for (level = 1;; level++) {
		aml->steps++;
		link = &node->child[key >> 31];
		node = &aml->nodes[*link];
		if (!*link || (node->seg == seg && node->parent == parent))
			return link;
		key = level == 32 ? parent : key << 1;
	}
}

/* What an alias stands for. */
static uint32_t target(const struct aml *aml, uint32_t node)
{
	return aml->nodes[node].kind == SYNONYM ? aml->nodes[node].target : node;
}

static uint32_t parent_of(const struct aml *aml, uint32_t node)
{
	return node == ROOT ? ROOT : aml->nodes[node].parent;
}

static uint32_t base_scope(const struct aml *aml, uint32_t scope, const struct path *path)
{
	uint32_t i;

	if (path->root)
		scope = ROOT;
	for (i = 0; i < path->parents && scope != ROOT; i++)
		scope = parent_of(aml, scope);
	return scope;
}

/* Looks for one name in a scope and then in those around it. */
static uint32_t search_up(struct aml *aml, uint32_t scope, uint32_t seg)
{
	uint32_t undefined = NONE, node;

	for (;;) {
		node = target(aml, *slot(aml, scope, seg));
		if (node != ROOT && aml->nodes[node].kind != PLACEHOLDER)
			return node;
		if (node != ROOT && undefined == NONE)
			undefined = node;
		if (scope == ROOT || (int32_t)(aml->limit - aml->steps) <= 0)
			return undefined;
		scope = parent_of(aml, scope);
	}
}

/* ACPI 6.5, 5.3: only a lone name is looked for in the scopes around this one. */
static uint32_t search(struct aml *aml, uint32_t scope, const struct path *path)
{
	uint32_t i;

	if (path->count == 1 && !path->root && !path->parents)
		return search_up(aml, scope, get32(path->segs));
	scope = base_scope(aml, scope, path);
	for (i = 0; i < path->count; i++) {
		scope = target(aml, *slot(aml, scope, get32(path->segs + 4 * i)));
		if (scope == ROOT)
			return NONE;
	}
	return scope;
}

/*
 * Gets the node of a name that is about to be defined, or makes it; and those
 * on its path, as placeholders.
 */
static int get_node(struct aml *aml, uint32_t scope, const struct path *path, uint32_t *number)
{
	uint32_t i, seg, *link;
	struct aml_node *node;

	scope = base_scope(aml, scope, path);
	for (i = 0; i < path->count; i++) {
		seg = get32(path->segs + 4 * i);
		link = slot(aml, scope, seg);
		if (!*link) {
			node = new_node(aml);
			if (!node)
				return ERR_NOMEM;
			node->seg = seg;
			node->parent = scope;
			*link = node - aml->nodes;
		}
		scope = target(aml, *link);
	}
	*number = scope;
	return 0;
}

static bool is_defined(const struct aml *aml, uint32_t node)
{
	return node != NONE && aml->nodes[node].kind > DECLARED;
}

/*
 * Defines a name, unless it is defined already: like in OSPM, the first counts.
 * Gives its node. Returns 1 if it is new.
 */
static int define(struct aml *aml, const struct path *path, enum node_kind kind,
		  const struct bytes *data, uint32_t *number)
{
	struct aml_node *node;

	if (get_node(aml, aml->top->scope, path, number))
		return ERR_NOMEM;
	if (is_defined(aml, *number))
		return 0;
	node = &aml->nodes[*number];
	node->kind = kind;
	node->args = 0;
	node->data = data->pos;
	node->length = left(data);
	return 1;
}

static int take_and_define(struct aml *aml, struct bytes *b, enum node_kind kind)
{
	struct path path;
	uint32_t number;

	if (take_path(b, &path))
		return ERR_INVAL;
	return define(aml, &path, kind, b, &number) < 0 ? ERR_NOMEM : 0;
}

/* --- the walk ------------------------------------------------------------ */

/*
 * What the functions that read a token may return besides ERR_NOMEM. If the
 * end of what is malformed is known, only that is left out; otherwise it spoils
 * the rest of the package that it is in.
 */
enum {
	SPOILT = ERR_INVAL,
	LEFT_OUT = ERR_RANGE,
};

/* Opens a frame, in the scope of the one around it. */
static int push(struct aml *aml, enum frame_kind kind, const uint8_t *end)
{
	struct aml_frame *frame = aml->top - 1;

	if ((uint8_t *)frame < (uint8_t *)(aml->nodes + aml->count))
		return ERR_NOMEM;
	*frame = (struct aml_frame){
		.end = end,
		.kind = kind,
		.scope = aml->top->scope,
	};
	aml->top = frame;
	return 0;
}

static bool is_counting(const struct aml *aml)
{
	return aml->top->kind > BODY_IF_TRUE;
}

/* Counts one operand, which has operands of its own. */
static void count_operand(struct aml *aml, uint32_t operands)
{
	if (!is_counting(aml))
		return;
	aml->top->wanted += (operands & OPERANDS) - 1;
	aml->top->supername = operands & SUPERNAME;
}

/* A definition is no operand. If it comes up as one, the operator was damaged. */
static void stop_counting(struct aml *aml)
{
	while (is_counting(aml))
		aml->top++;
}

/* Begins an operator with operands to count; `start` is where its opcode is. */
static int count_operands(struct aml *aml, const uint8_t *start, const uint8_t *end,
			  enum frame_kind kind, uint32_t operands)
{
	int error;

	count_operand(aml, 0);
	error = push(aml, kind, end);
	if (error)
		return error;
	aml->top->start = start;
	count_operand(aml, operands + 1);
	return 0;
}

/* Leaves AML to aml_finish, when more names are known. */
static int defer(struct aml *aml, const uint8_t *start, const uint8_t *end)
{
	struct aml_node *node = new_node(aml);

	if (!node)
		return ERR_NOMEM;
	if (aml->first_deferred == NONE)
		aml->first_deferred = aml->count - 1;
	node->kind = DEFERRED;
	node->data = start;
	node->length = end - start;
	node->parent = aml->top->scope;
	return 0;
}

/*
 * A name among counted operands is unknown: it may be a method with any number
 * of arguments. All has to wait from the first counted operator on.
 */
static int defer_counted(struct aml *aml, struct bytes *b)
{
	const uint8_t *start = aml->top->start;

	for (; is_counting(aml); aml->top++)
		start = aml->top->start;
	b->pos = aml->top->end;
	return defer(aml, start, b->pos);
}

/* A name as a statement or an operand: a variable or a method call. */
static int read_name(struct aml *aml, struct bytes *b)
{
	uint32_t number, args = 0;
	struct path path;

	if (take_path(b, &path))
		return SPOILT;
	if (!is_counting(aml))
		return 0;
	if (!aml->top->supername) {
		number = search(aml, aml->top->scope, &path);
		if (number != NONE && aml->nodes[number].kind != PLACEHOLDER)
			args = aml->nodes[number].args;
		else if (!aml->final)
			return defer_counted(aml, b);
	}
	count_operand(aml, args);
	return 0;
}

/* A declaration: a method's argument count is all that is of use. */
static int read_external(struct aml *aml, struct bytes *b)
{
	struct aml_node *node;
	struct path path;
	uint32_t number;

	if (take_path(b, &path) || take(b, 2))
		return SPOILT;
	if (get_node(aml, aml->top->scope, &path, &number))
		return ERR_NOMEM;
	node = &aml->nodes[number];
	if (node->kind == PLACEHOLDER) {
		node->kind = DECLARED;
		node->args = b->pos[-1] & METHOD_ARGS;
	}
	return 0;
}

static int read_alias(struct aml *aml, struct bytes *b, const uint8_t *start)
{
	struct bytes none = {0};
	struct path source, alias;
	uint32_t node, number;
	int defined;

	if (take_path(b, &source) || take_path(b, &alias))
		return SPOILT;
	node = search(aml, aml->top->scope, &source);
	if (!is_defined(aml, node))
		return aml->final ? LEFT_OUT : defer(aml, start, b->pos);
	defined = define(aml, &alias, SYNONYM, &none, &number);
	if (defined > 0)
		aml->nodes[number].target = node;
	return defined < 0 ? defined : 0;
}

/* What a Connection is to: a name, or a buffer with a descriptor. */
static int skip_connection(struct bytes *b)
{
	struct bytes body;
	struct path path;

	if (b->pos >= b->end || *b->pos != BufferOp)
		return take_path(b, &path);
	b->pos++;
	return take_package(b, &body);
}

static int read_field_element(struct aml *aml, struct bytes *b)
{
	uint32_t length;
	int error;

	switch (*b->pos) {
	case ReservedField:
		b->pos++;
		break;
	case AccessField:
		return take(b, 3);
	case ExtendedAccessField:
		return take(b, 4);
	case ConnectField:
		b->pos++;
		return skip_connection(b);
	default:
		error = take_and_define(aml, b, OTHER);
		if (error)
			return error;
	}
	return take_length(b, &length);
}

/* Flags and a field list. If it is damaged, the fields from there on are left out. */
static int read_fields(struct aml *aml, struct bytes *b)
{
	int error = take(b, 1);

	while (!error && b->pos < b->end) {
		aml->steps++;
		error = read_field_element(aml, b);
	}
	return error == ERR_INVAL ? LEFT_OUT : error;
}

/* Field, IndexField: names come first. BankField: then an operand follows. */
static int read_field(struct aml *aml, struct bytes *b, uint32_t names, const uint8_t *start)
{
	struct bytes body;
	struct path path;

	if (take_package(b, &body))
		return SPOILT;
	for (; names & OPERANDS; names--)
		if (take_path(&body, &path))
			return LEFT_OUT;
	if (!names)
		return read_fields(aml, &body);
	b->pos = body.pos;
	return count_operands(aml, start, body.end, THEN_FIELDS, 1);
}

/*
 * All counted operands have been read: takes what follows them. If a field's
 * name is not there, an operand was a call of a method that no table defines;
 * its arguments are then read as if they were statements.
 */
static int after_operands(struct aml *aml, struct bytes *b)
{
	struct aml_frame *frame = aml->top;
	struct bytes fields;

	if (frame->kind == THEN_MATCH_1) {
		frame->kind = THEN_MATCH_2;
		frame->wanted = 1;
		return take(b, 1);
	}
	aml->top++;
	switch (frame->kind) {
	case THEN_MATCH_2:
		if (is_counting(aml))
			aml->top->wanted += 2;
		return take(b, 1);
	case THEN_TIMEOUT:
		return take(b, 2);
	case THEN_NAME:
		return is_name_start(b) ? take_and_define(aml, b, OTHER) : 0;
	default:
		fields = *b;
		b->pos = frame->end;
		return read_fields(aml, &fields);
	}
}

/*
 * Scope, Device, Processor, PowerResource, ThermalZone, Method: `fixed` bytes
 * after the name. A Scope of something that isn't defined yet has to wait.
 */
static int read_object(struct aml *aml, struct bytes *b, uint8_t op, uint32_t fixed,
		       const uint8_t *start)
{
	enum node_kind kind = op == MethodOp               ? METHOD :
			      op == EXTENDED_80 + DeviceOp ? DEVICE :
							     SCOPE;
	struct bytes body;
	struct path path;
	uint32_t scope;
	int error = 0;

	if (take_package(b, &body))
		return SPOILT;
	if (take_path(&body, &path) || take(&body, fixed))
		return LEFT_OUT;
	if (op != ScopeOp) {
		error = define(aml, &path, kind, &body, &scope);
	} else {
		scope = search(aml, aml->top->scope, &path);
		if (!is_defined(aml, scope) && !aml->final)
			return defer(aml, start, body.end);
		if (scope == NONE)
			error = get_node(aml, aml->top->scope, &path, &scope);
	}
	if (error < 0)
		return error;
	if (kind == METHOD) {
		if (error)
			aml->nodes[scope].args = body.pos[-1] & METHOD_ARGS;
		return 0;
	}
	b->pos = body.pos;
	error = push(aml, BODY, body.end);
	if (!error)
		aml->top->scope = scope;
	return error;
}

/*
 * If, Else, While. What a predicate says that is no constant is not known, so
 * its body counts, and so does its Else. What is never reached doesn't, except
 * for External: iasl puts these into an If (Zero).
 */
static int read_conditional(struct aml *aml, struct bytes *b, uint8_t op)
{
	enum frame_kind kind = BODY;
	struct bytes body, rest;
	uint64_t predicate;
	int error = 0;

	if (take_package(b, &body))
		return SPOILT;
	rest = body;
	if (op != ElseOp && !take_integer(&rest, &predicate)) {
		if (!predicate) {
			while (!error && rest.pos < rest.end && *rest.pos++ == ExternalOp)
				error = read_external(aml, &rest);
			return error == ERR_INVAL ? LEFT_OUT : error;
		}
		kind = BODY_IF_TRUE;
	}
	b->pos = body.pos;
	return push(aml, kind, body.end);
}

/* Takes an opcode; gives its index in the table, or one that is in no class. */
static uint8_t take_opcode(struct bytes *b)
{
	enum { INVALID = OneOp + 1 };
	uint8_t op = *b->pos++;

	if (op == OnesOp || op == BreakPointOp)
		return OneOp;
	if (op != ExtOpPrefix)
		return op <= BreakOp ? op : INVALID;
	if (b->pos >= b->end)
		return INVALID;
	op = *b->pos++;
	if (op <= TimerOp)
		return EXTENDED_00 + op;
	return op >= OpRegionOp && op <= DataRegionOp ? EXTENDED_80 + op : INVALID;
}

/*
 * Reads one token, but an operator's without its operands, a package's without
 * its body. An unknown opcode is left out, as ACPICA does.
 */
static int read_token(struct aml *aml, struct bytes *b)
{
	const uint8_t *start = b->pos;
	uint8_t op = take_opcode(b);
	uint8_t parameter = opcodes[op] & PARAMETER;
	uint8_t class = opcodes[op] - parameter;
	struct bytes body;
	int error;

	if (class > NAME_START)
		stop_counting(aml);
	switch (class) {
	case OPERATOR:
		count_operand(aml, parameter);
		return 0;
	case CONSTANT:
		count_operand(aml, 0);
		return take(b, parameter);
	case STRING:
		count_operand(aml, 0);
		return skip_string(b);
	case AGGREGATE:
		count_operand(aml, 0);
		return take_package(b, &body);
	case FATAL:
		count_operand(aml, 1);
		return take(b, parameter);
	case COUNTED:
		return count_operands(aml, start, b->end,
				      op == MatchOp                 ? THEN_MATCH_1 :
				      op == EXTENDED_00 + AcquireOp ? THEN_TIMEOUT :
								      THEN_NAME,
				      parameter);
	case NAME_START:
		b->pos = start;
		return read_name(aml, b);
	case DEFINITION:
		error = take_and_define(aml, b, op == NameOp ? NAME : OTHER);
		return error ? error : take(b, parameter);
	case OBJECT:
		return read_object(aml, b, op, parameter, start);
	case FIELD:
		return read_field(aml, b, parameter, start);
	case CONDITIONAL:
		return read_conditional(aml, b, op);
	case ALIAS:
		return read_alias(aml, b, start);
	case EXTERNAL:
		return read_external(aml, b);
	default:
		return LEFT_OUT;
	}
}

/* Closes the innermost frame at its end. */
static void pop(struct aml *aml, struct bytes *b)
{
	struct bytes body;

	b->pos = aml->top->end;
	b->end = aml->top[1].end;
	if (aml->top->kind == BODY_IF_TRUE && b->pos < b->end && *b->pos == ElseOp) {
		b->pos++;
		if (take_package(b, &body)) {
			b->pos = b->end;
			aml->malformed = true;
		}
	}
	aml->top++;
}

/*
 * Reads a row of terms. What cannot be read spoils the rest of its package at
 * most: where that ends is known.
 */
static int walk(struct aml *aml, const uint8_t *start, const uint8_t *end, uint32_t scope)
{
	struct bytes b = {start, end};
	int error;

	aml->base->scope = scope;
	aml->base->end = end;
	error = push(aml, BODY, end);
	while (aml->top != aml->base && error != ERR_NOMEM) {
		aml->steps++;
		b.end = aml->top->end;
		error = 0;
		if (b.pos >= b.end)
			pop(aml, &b);
		else if (is_counting(aml) && !aml->top->wanted)
			error = after_operands(aml, &b);
		else
			error = read_token(aml, &b);
		if (error)
			aml->malformed = true;
		if (error == SPOILT) {
			stop_counting(aml);
			b.pos = aml->top->end;
		}
	}
	aml->top = aml->base;
	return error == ERR_NOMEM ? error : 0;
}

/* --- building the namespace ---------------------------------------------- */

/* A table's length by its header, or ERR_RANGE. */
static int table_length(const uint8_t *table, size_t available)
{
	uint32_t length;

	if (available < HEADER_SIZE)
		return ERR_RANGE;
	length = get32(table + HEADER_LENGTH);
	if (length < HEADER_SIZE || length > available || length > INT32_MAX)
		return ERR_RANGE;
	return length;
}

int aml_check_table(const void *table, size_t available)
{
	int length = table_length(table, available), i;
	const uint8_t *p = table;
	uint8_t sum = 0;

	for (i = 0; i < length; i++)
		sum += p[i];
	return sum ? ERR_CHECKSUM : length;
}

/*
 * What is there before any table, ACPI 6.5, 5.3.1 and 5.7: the scopes, and of
 * the objects the only method.
 */
int aml_init(struct aml *aml, void *arena, size_t size)
{
	static const char names[] = "_GPE_PR__SB__SI__TZ__OSI";
	const uintptr_t align = sizeof(uint64_t);
	uintptr_t start = ((uintptr_t)arena + align - 1) & -align;
	uintptr_t end = ((uintptr_t)arena + size) & -align;
	struct path path = {.count = 1, .segs = (const uint8_t *)names};
	uint32_t number;

	*aml = (struct aml){.first_deferred = NONE};
	if (end < start || end - start < sizeof(struct aml_node) + sizeof(struct aml_frame))
		return ERR_NOMEM;
	aml->nodes = (struct aml_node *)start;
	aml->nodes[ROOT] = (struct aml_node){.kind = SCOPE, .parent = NONE};
	aml->count = 1;
	aml->base = (struct aml_frame *)end - 1;
	*aml->base = (struct aml_frame){0};
	aml->top = aml->base;
	for (; *path.segs; path.segs += 4) {
		if (get_node(aml, ROOT, &path, &number))
			return ERR_NOMEM;
		aml->nodes[number].kind = SCOPE;
	}
	aml->nodes[number].kind = OTHER;
	aml->nodes[number].args = 1;
	return 0;
}

static int result(const struct aml *aml, int error)
{
	if (error)
		return error;
	return aml->malformed ? ERR_INVAL : 0;
}

int aml_add_table(struct aml *aml, const void *table, size_t length)
{
	const uint8_t *p = table;
	int size = table_length(p, length);

	if (size < 0)
		return size;
	if (get32(p) == SIGNATURE_DSDT)
		aml->narrow = p[HEADER_REVISION] < 2;
	aml->total += size;
	aml->limit = aml->steps + STEPS_PER_BYTE * size;
	aml->malformed = false;
	return result(aml, walk(aml, p + HEADER_SIZE, p + size, ROOT));
}

/*
 * Each round reads what an earlier one left: what a round defines may be what
 * the next one needs. In the last, an unknown name is a variable.
 */
int aml_finish(struct aml *aml)
{
	uint32_t round, i = aml->first_deferred, end;
	struct aml_node *node;
	int error = 0;

	aml->malformed = false;
	for (round = 1; round <= DEFER_ROUNDS && i < aml->count && !error; round++) {
		aml->final = round == DEFER_ROUNDS;
		aml->limit = aml->steps + STEPS_PER_BYTE * aml->total;
		for (end = aml->count; i < end && !error; i++) {
			node = &aml->nodes[i];
			if (node->kind != DEFERRED)
				continue;
			node->kind = DONE;
			error = walk(aml, node->data, node->data + node->length, node->parent);
		}
	}
	return result(aml, error);
}

/* --- values -------------------------------------------------------------- */

/* Takes a DataRefObject or a name. What has no value to be had is AML_COMPLEX. */
static void take_value(struct bytes *b, struct aml_value *value)
{
	const uint8_t *start = b->pos;
	struct bytes body;
	struct path path;

	*value = (struct aml_value){.kind = AML_COMPLEX};
	if (is_name_start(b)) {
		take_path(b, &path);
		return;
	}
	if (!take_integer(b, &value->integer)) {
		value->kind = AML_INTEGER;
		return;
	}
	b->pos = start;
	if (b->pos >= b->end)
		return;
	b->pos++;
	switch (*start) {
	case StringPrefix:
		if (skip_string(b))
			return;
		value->kind = AML_STRING;
		body = (struct bytes){start + 1, b->pos - 1};
		break;
	case BufferOp:
	case VarPackageOp:
		if (take_package(b, &body) || take_integer(&body, &value->integer))
			return;
		value->kind = *start == BufferOp ? AML_BUFFER : AML_PACKAGE;
		break;
	case PackageOp:
		if (take_package(b, &body) || take(&body, 1))
			return;
		value->integer = body.pos[-1];
		value->kind = AML_PACKAGE;
		break;
	default:
		return;
	}
	value->data = body.pos;
	value->length = left(&body);
}

/*
 * Reads a method's body up to its Return if all there is before it is Names.
 * With a name given, looks for the Name that defines it instead. Returns
 * whether it found what it looked for; b is then at the value.
 */
static bool find_in_method(struct bytes *b, const uint8_t *seg)
{
	struct aml_value value;
	struct path path;

	while (b->pos < b->end) {
		switch (*b->pos++) {
		case NoopOp:
			continue;
		case ReturnOp:
			return !seg;
		case NameOp:
			break;
		default:
			return false;
		}
		if (take_path(b, &path) || path.count != 1)
			return false;
		if (seg && get32(seg) == get32(path.segs))
			return true;
		take_value(b, &value);
		if (value.kind == AML_COMPLEX)
			return false;
	}
	return false;
}

/*
 * What a method returns: b is its body, and then the value, if it is a constant
 * or something that the method itself names. Otherwise returns the node of what
 * it names, or NONE if the body does more than that.
 */
static uint32_t returned(struct aml *aml, uint32_t method, struct bytes *b)
{
	struct bytes body = *b, names = *b;
	struct path path;

	*b = (struct bytes){0};
	if (aml->nodes[method].args || left(b) > MAX_SIMPLE_METHOD || !find_in_method(&body, NULL))
		return NONE;
	*b = body;
	if (!is_name_start(&body))
		return NONE;
	*b = (struct bytes){0};
	if (take_path(&body, &path))
		return NONE;
	if (path.count == 1 && !path.root && !path.parents && find_in_method(&names, path.segs)) {
		*b = names;
		return NONE;
	}
	return search(aml, method, &path);
}

static void evaluate(struct aml *aml, uint32_t number, struct aml_value *value)
{
	struct aml_node *node;
	struct bytes b;
	uint32_t hop;

	*value = (struct aml_value){.kind = AML_COMPLEX};
	aml->limit = aml->steps + STEPS_PER_QUERY;
	for (hop = 0; hop < MAX_HOPS; hop++) {
		node = &aml->nodes[number];
		if (node->kind != METHOD && node->kind != NAME)
			return;
		b = (struct bytes){node->data, node->data + node->length};
		number = node->kind == METHOD ? returned(aml, number, &b) : NONE;
		if (number != NONE)
			continue;
		take_value(&b, value);
		if (aml->narrow && value->kind == AML_INTEGER)
			value->integer &= UINT32_MAX;
		return;
	}
}

static void get_value(struct aml *aml, uint32_t device, const char *name, struct aml_value *value)
{
	uint32_t node = target(aml, *slot(aml, device, get32((const uint8_t *)name)));

	*value = (struct aml_value){.kind = AML_ABSENT};
	if (node != ROOT && is_defined(aml, node))
		evaluate(aml, node, value);
}

enum aml_kind aml_get(struct aml *aml, const struct aml_device *device, const char *name,
		      struct aml_value *value)
{
	get_value(aml, device->node, name, value);
	return value->kind;
}

bool aml_next_element(struct aml_value *package, struct aml_value *element)
{
	struct bytes b = {package->data, package->data + package->length};

	if (!package->integer || !package->length)
		return false;
	take_value(&b, element);
	/* Of a malformed name there may be nothing to take. */
	if (b.pos == package->data)
		return false;
	package->integer--;
	package->data = b.pos;
	package->length = left(&b);
	return true;
}

/* --- devices ------------------------------------------------------------- */

void aml_eisa_id(uint64_t integer, char text[AML_EISA_ID_SIZE])
{
	static const char digits[] = "0123456789ABCDEF";
	uint32_t id = __builtin_bswap32((uint32_t)integer), i;

	for (i = 0; i < 3; i++)
		text[i] = 0x40 + (id >> (26 - 5 * i) & 0x1f);
	for (; i < AML_EISA_ID_SIZE - 1; i++)
		text[i] = digits[id >> (24 - 4 * i) & 0xf];
	text[i] = '\0';
}

static bool value_matches(const struct aml_value *value, const char *id)
{
	char text[AML_EISA_ID_SIZE];
	const char *data = (const char *)value->data;
	uint32_t length = value->length, i;

	if (value->kind == AML_INTEGER) {
		aml_eisa_id(value->integer, text);
		data = text;
		length = AML_EISA_ID_SIZE - 1;
	} else if (value->kind != AML_STRING) {
		return false;
	}
	for (i = 0; i < length; i++)
		if (data[i] != id[i])
			return false;
	return !id[length];
}

bool aml_device_matches(const struct aml_device *device, const char *id)
{
	struct aml_value ids = device->cid, element;

	if (value_matches(&device->hid, id) || value_matches(&device->cid, id))
		return true;
	if (ids.kind != AML_PACKAGE)
		return false;
	while (aml_next_element(&ids, &element))
		if (value_matches(&element, id))
			return true;
	return false;
}

static uint8_t status_flags(struct aml *aml, uint32_t number)
{
	struct aml_value sta;

	get_value(aml, number, "_STA", &sta);
	if (sta.kind == AML_ABSENT)
		return 0;
	if (sta.kind != AML_INTEGER)
		return UNCERTAIN;
	return sta.integer & 1 ? 0 : ABSENT;
}

int aml_next_device(struct aml *aml, uint32_t *cursor, struct aml_device *device)
{
	struct aml_node *node;
	uint32_t number;

	while (*cursor < aml->count) {
		number = (*cursor)++;
		node = &aml->nodes[number];
		/* A parent comes before its children: its own flags are complete. */
		node->flags = number ? aml->nodes[node->parent].flags : 0;
		if (node->kind <= DECLARED)
			node->flags |= ORPHAN;
		if (node->kind != DEVICE)
			continue;
		node->flags |= status_flags(aml, number);
		device->node = number;
		device->orphan = node->flags & ORPHAN;
		device->status = node->flags & ABSENT    ? AML_NOT_PRESENT :
				 node->flags & UNCERTAIN ? AML_STATUS_UNKNOWN :
							   AML_PRESENT;
		get_value(aml, number, "_HID", &device->hid);
		get_value(aml, number, "_CID", &device->cid);
		return 1;
	}
	return 0;
}

/* How long a name is without its trailing underscores; never empty. */
static uint32_t seg_length(uint32_t seg)
{
	uint32_t length = 4;

	while (length > 1 && seg >> 24 == '_') {
		seg <<= 8;
		length--;
	}
	return length;
}

int aml_device_path(const struct aml *aml, const struct aml_device *device, char *buffer,
		    size_t size)
{
	uint32_t number = device->node, length, seg, i;
	size_t start = size, used;
	uint8_t c;

	/* From the buffer's end backwards, because the way leads from the device to the root. */
	while (number != ROOT) {
		seg = aml->nodes[number].seg;
		length = seg_length(seg);
		if (start < length + 2)
			break;
		start -= length + 1;
		number = aml->nodes[number].parent;
		buffer[start] = number == ROOT ? '\\' : '.';
		for (i = 1; i <= length; i++, seg >>= 8) {
			c = seg;
			buffer[start + i] = c > ' ' && c <= '~' ? c : '*';
		}
	}
	used = number == ROOT ? size - start : 0;
	for (i = 0; i < used; i++)
		buffer[i] = buffer[start + i];
	if (size)
		buffer[used] = '\0';
	return used ? (int)used : ERR_RANGE;
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
