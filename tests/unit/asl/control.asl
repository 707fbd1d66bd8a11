/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* Conditional definitions. Constant predicates count; of others, both branches do. */
DefinitionBlock ("", "DSDT", 2, "PETREL", "CONTROL", 1)
{
	Name (COND, 1)
	Method (FUNC, 2) { Return (Arg0) }
	If (One) { Device (TRU1) {} } Else { Device (FAL1) {} }
	If (Zero) { Device (FAL2) {} } Else { Device (TRU2) {} }
	If (0x1000) { Device (TRU3) {} } ElseIf (COND) { Device (FAL3) {} } Else { Device (FAL4) {} }
	If (Ones) { If (Zero) { Device (FAL5) {} } Else { Device (TRU5) {} } } Else { Device (FAL6) {} }
	If (COND) { Device (MAY1) {} } Else { Device (MAY2) {} }
	If (LEqual (COND, 1)) { Device (MAY3) {} }
	ElseIf (LGreater (FUNC (1, 2), FUNC (FUNC (3, 4), 5))) { Device (MAY4) {} }
	Else { Device (MAY5) {} }
	If (CondRefOf (\_OSI)) { If (_OSI ("Linux")) { Device (MAY6) {} } Device (MAY7) {} }
	If (FORW (1)) { Device (MAY8) {} }
	While (LLess (COND, 3))
	{
		Increment (COND)
		If (LEqual (COND, 2)) { Continue }
		Device (LOOP) {}
		Break
	}
	Switch (ToInteger (COND))
	{
		Case (1) { Device (SWI1) {} }
		Case (Package () { 2, 3 }) { Device (SWI2) {} }
		Default { Device (SWI3) {} }
	}
	For (Local0 = 0, Local0 < 3, Local0++) { Noop }
	If (COND) {}
	Else {}
	If (COND) { Return (1) }
	Method (FORW, 1) { Return (Arg0) }
	Device (LAST) { If (COND) { Name (_HID, "COND0001") } Device (INNR) {} }
}
