/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * Operators with bytes behind an operand, whose operands call methods that are
 * defined later, in a conditional, or in another table (calls.asl and
 * calls-ssdt.asl are one machine).
 */
DefinitionBlock ("", "DSDT", 2, "PETREL", "CALLS", 1)
{
	External (\FAR2, MethodObj, IntObj, { IntObj, IntObj })
	External (\_SB.LATE, DeviceObj)
	External (\_SB.LATE.LMTH, MethodObj, IntObj, { IntObj })
	Name (PKG0, Package () { 1, 2, 3 })
	Name (BUF0, Buffer (64) {})
	Mutex (MTX0, 0)
	Scope (\_SB)
	{
		Device (FIRS) {}
		Store (Match (PKG0, MEQ, FOR2 (1, 2), MTR, 0, 0), Local0)
		Device (MTC1) {}
		CreateDWordField (BUF0, FOR3 (1, FOR1 (2), 3), CRE1)
		Device (CRE2) {}
		Store (Match (PKG0, MEQ, \FAR2 (1, 2), MTR, \_SB.LATE.LMTH (4), 0), Local0)
		Device (MTC2) {}
		Store (Acquire (MTX0, 0x5B82), Local0)
		Store (Match (FOR0 (), MEQ, 1, MTR, 0, 0), Local0)
		Device (MTC3) { Name (_HID, "MTC30001") }
		Store (Match (PKG0, MEQ, \_SB.LATE.LMTH (FOR2 (FOR1 (1), FOR0 ())), MTR, 0, 0), Local0)
		Device (MTC4) {}
		If (FOR1 (1))
		{
			Device (INIF) {}
			Method (INM1, 1) { Return (Arg0) }
		}
		Store (Match (PKG0, MEQ, INM1 (2), MTR, 0, 0), Local0)
		Device (MTC5) {}
	}
	Method (FOR0) { Return (PKG0) }
	Method (FOR1, 1) { Return (Arg0) }
	Method (FOR2, 2) { Return (Arg0) }
	Method (FOR3, 3) { Return (Arg0) }
	Scope (\_SB.LATE) { Device (INLA) {} }
	Device (LAST) {}
}
