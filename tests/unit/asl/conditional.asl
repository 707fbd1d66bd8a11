/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* What an If defines inside a device, and around one. test_aml.c knows what to expect. */
DefinitionBlock ("", "DSDT", 2, "PETREL", "CONDITIO", 1)
{
	Name (COND, 1)
	Device (STA0) { If (LEqual (COND, 2)) { Name (_STA, 8) } Device (CHLD) {} }
	Device (STA1) { If (COND) {} Else { Name (_STA, 0) } }
	Device (STA2) { Name (_STA, 0x0F) If (COND) { Name (_STA, 0) } }
	Device (STA3) { If (COND) { Method (_STA) { Return (0x0F) } } Else { Name (_STA, 0) } }
	Device (STA4) { While (LLess (COND, 1)) { Name (_STA, 0) } }
	/* Constant predicates: known. */
	Device (STA5) { If (One) { Name (_STA, 0) } Else { Name (_STA, 0x0F) } }
	Device (STA6) { If (Zero) { Name (_STA, 0) } Else { Name (_STA, 0x0F) } }
	Device (STA7) { If (Zero) { Name (_STA, 0) } ElseIf (COND) { Name (_STA, 0x0F) } }
	Device (STA8) { If (COND) { Name (MAYB, 0x0F) } Method (_STA) { Return (MAYB) } }
	Device (STA9) { Name (SURE, 0) If (COND) { Alias (SURE, _STA) } }

	Device (HID0)
	{
		If (LEqual (COND, 2)) { Name (_HID, "COND0001") } Else { Name (_HID, "COND0002") }
		Name (_CID, "COND0003")
	}
	Device (HID1) { If (COND) { If (One) { Name (_HID, "COND0004") } } Name (_UID, 1) }

	/* A device that may not be there; what is in it is as sure as it is itself. */
	If (COND) { Device (DEV0) { Name (_HID, "COND0005") Name (VALU, 7) Device (INNR) {}
		Method (_UID) { Return (VALU) } } }
	/* One of two: nothing of it is. */
	If (COND) { Device (DEV1) { Name (_HID, "COND0006") Name (_UID, 1) } }
	Else { Device (DEV1) { Name (_HID, "COND0007") } }
	/* Added to a device that is there, from an If and from a device in one. */
	Device (DEV2) { Name (_UID, 2) }
	If (COND) { Scope (DEV2) { Name (_HID, "COND0008") } }
	Device (DEV3) {}
	If (COND) { Device (DEV4) { Device (^DEV5) {} Scope (\DEV3) { Name (_STA, 0) } } }
	Device (DEV6) { Method (_UID) { Return (\DEV0.VALU) } }
	/* It has to wait for a name, and what is in doubt remains so. */
	If (COND) { Scope (DEV7) { Name (_STA, 0) } }
	Device (DEV7) {}
}
