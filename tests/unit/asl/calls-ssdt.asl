/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* The second table of calls.asl's machine: uses the first one's names, and the other way round. */
DefinitionBlock ("", "SSDT", 2, "PETREL", "CALLS2", 1)
{
	External (\_SB.FIRS, DeviceObj)
	External (\FOR2, MethodObj)
	External (\PKG0, PkgObj)
	Scope (\_SB)
	{
		Device (LATE)
		{
			Name (_HID, "LATE0001")
			Method (LMTH, 1) { Return (Arg0) }
		}
		Store (Match (\PKG0, MEQ, \FOR2 (1, 2), MTR, 0, 0), Local0)
		Device (SECO) {}
	}
	Scope (\_SB.FIRS) { Name (_UID, 7) Device (CHLD) {} }
	Method (\FAR2, 2) { Return (Arg0) }
}
