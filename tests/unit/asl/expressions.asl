/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* Every operator as code at table level, a device behind each kind: none may be lost. */
DefinitionBlock ("", "DSDT", 2, "PETREL", "EXPR", 1)
{
	Name (INT0, 0x12345678)
	Name (INT1, 0x123456789ABCDEF0)
	Name (STR0, "text")
	Name (BUF0, Buffer (16) { 1, 2, 3, 4 })
	Name (PKG0, Package () { 1, "two", Package () { 3, 4 }, INT0, \INT1 })
	Name (ALL1, Ones)
	Mutex (MTX0, 3)
	Event (EVT0)
	Method (FUN0) { Return (1) }
	Method (FUN1, 1) { Return (Arg0) }
	Method (FUN2, 2) { Return (Arg0 + Arg1) }

	/* Arithmetic, with and without targets */
	Store (Add (INT0, 2), Local0)
	Add (INT0, FUN1 (3), Local1)
	Subtract (INT0, 1, Local0)
	Multiply (FUN2 (1, FUN1 (2)), 3, Local0)
	Divide (INT0, 3, Local0, Local1)
	Divide (INT0, 3, Local0, )
	Divide (INT0, 3, , Local1)
	Mod (INT0, 3, Local0)
	ShiftLeft (INT0, 3, Local0)
	ShiftRight (INT0, 3, Local0)
	And (INT0, 0xFF, Local0)
	NAnd (INT0, 0xFF, Local0)
	Or (INT0, 0xFFFF, Local0)
	NOr (INT0, 0xFFFFFFFF, Local0)
	XOr (INT0, 0x123456789ABC, Local0)
	Not (INT0, Local0)
	FindSetLeftBit (INT0, Local0)
	FindSetRightBit (INT0, Local0)
	Increment (INT0)
	Decrement (INT0)
	Device (ARIT) { Name (_ADR, 1) }

	/* Logic */
	Store (LAnd (INT0, INT1), Local0)
	Store (LOr (INT0, FUN2 (INT0, FUN0 ())), Local0)
	Store (LNot (INT0), Local0)
	Store (LEqual (INT0, 1), Local0)
	Store (LNotEqual (INT0, 1), Local0)
	Store (LGreater (INT0, 1), Local0)
	Store (LLess (INT0, 1), Local0)
	Store (LGreaterEqual (INT0, 1), Local0)
	Store (LLessEqual (INT0, 1), Local0)
	Device (LOGI) { Name (_ADR, 2) }

	/* Conversions and strings */
	FromBCD (0x12, Local0)
	ToBCD (12, Local0)
	ToBuffer (INT0, Local0)
	ToDecimalString (INT0, Local0)
	ToHexString (INT0, Local0)
	ToInteger (STR0, Local0)
	ToString (BUF0, 4, Local0)
	ToString (BUF0, Ones, Local0)
	Concatenate (STR0, "more", Local0)
	Mid (STR0, 1, 2, Local0)
	CopyObject (STR0, Local0)
	Store (SizeOf (STR0), Local0)
	Store (ObjectType (STR0), Local0)
	ConcatenateResTemplate (ResourceTemplate () { IO (Decode16, 1, 1, 1, 1) },
		ResourceTemplate () { IO (Decode16, 2, 2, 1, 1) }, Local0)
	Device (CONV) { Name (_ADR, 3) }

	/* References */
	Store (RefOf (INT0), Local0)
	Store (DerefOf (Local0), Local1)
	Store (DerefOf (Index (PKG0, 1)), Local1)
	Index (BUF0, FUN1 (1), Local2)
	Store (CondRefOf (INT0), Local0)
	Store (CondRefOf (\NOPE.NONE, Local1), Local0)
	Store (Match (PKG0, MEQ, 1, MTR, 0, 0), Local0)
	Store (Match (PKG0, MGE, Add (1, 2), MLT, FUN2 (1, 2), FUN0 ()), Local0)
	Store (Match (Package () { 0xA0, 0x5B }, MEQ, Match (PKG0, MTR, 0, MLE, 9, 0), MGT,
		Match (PKG0, MTR, 0, MTR, 0, 0), 0), Local0)
	Device (REFS) { Name (_ADR, 4) }

	/* Synchronization, time and events */
	Acquire (MTX0, 0xFFFF)
	Acquire (\MTX0, 0x5B82)
	Release (MTX0)
	Signal (EVT0)
	Wait (EVT0, 0x10)
	Reset (EVT0)
	Sleep (1)
	Stall (1)
	Notify (ARIT, 0x80)
	Store (Timer, Local0)
	Store (Revision, Local0)
	Store ("debug", Debug)
	Fatal (1, 0x5B821041, INT0)
	BreakPoint
	Noop
	FUN0 ()
	FUN1 (FUN2 (FUN0 (), 1))
	Device (SYNC) { Name (_ADR, 5) }

	/* Tables */
	OperationRegion (REG0, SystemMemory, Add (INT0, FUN1 (1)), Multiply (2, 0x80))
	Load (REG0, Local0)
	Store (LoadTable ("OEM1", "PETREL", "TABLE", "\\", "PARM", 1), Local0)
	Unload (Local0)
	Device (TABL) { Name (_ADR, 6) }

	/* Field creation from computed sources and offsets */
	CreateBitField (BUF0, 1, CBIT)
	CreateByteField (BUF0, 1, CBYT)
	CreateWordField (BUF0, Add (1, 1), CWRD)
	CreateDWordField (BUF0, FUN2 (1, FUN1 (1)), CDWD)
	CreateQWordField (BUF0, 8, CQWD)
	CreateField (BUF0, Subtract (9, 1), FUN1 (8), CFLD)
	CreateField (DerefOf (RefOf (BUF0)), SizeOf (BUF0), ObjectType (FUN2), CFL2)
	Device (CREA) { Name (_ADR, 7) }

	Return (Zero)
}
