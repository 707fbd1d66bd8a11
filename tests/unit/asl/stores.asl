/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* Code at table level, which runs when the table is loaded. test_aml.c knows what to expect. */
DefinitionBlock ("", "DSDT", 2, "PETREL", "STORES", 1)
{
	Name (COND, 1)
	Name (SIX, 6)
	Name (TEXT, "STOR0002")
	Method (FUNC, 2) { Return (Arg0) }
	Device (STO0) { Name (_HID, "INTC1077") Store ("INTC10CB", _HID) }
	Device (STO1) { Name (_HID, "STOR0001") Store (TEXT, _HID) Store ("STOR0003", TEXT) }
	Device (STO2) { Name (_STA, 0x0F) _STA = 0 }
	Device (STO3) { Name (_UID, 5) Store (SIX, _UID) Name (_CID, "STOR0004") Store (SIX, _CID) }
	Device (STO4) { Name (_HID, "STOR0005") If (COND) { Store ("STOR0006", _HID) } }
	Device (STO5) { Name (_HID, "STOR0007") Store (FUNC (1, 2), _HID) }
	Device (STO6) { Name (_STA, 0x0F) Or (_STA, 0x10, _STA) Name (_UID, 1) Increment (_UID) }
	Device (STO7) { Name (_UID, "text") CopyObject (9, _UID) Name (_ADR, 1) If (One) { _ADR = 2 } }
	Device (STO8) { Name (_CID, Package () { "STOR0008" }) Store ("STOR0009", Index (_CID, 0)) }
	Device (STO9) { Name (_UID, 1) Name (_ADR, 2) Divide (7, FUNC (2, 3), _UID, _ADR) }
	Device (STOA) { Name (_HID, "STOR0010") }
	Store ("STOR0011", \STOA._HID)
	Device (STOB)
	{
		Name (_CRS, ResourceTemplate () { IO (Decode16, 0x100, 0x100, 1, 8) })
		Store (ResourceTemplate () { IO (Decode16, 0x200, 0x200, 1, 8) }, _CRS)
	}
	Device (STOC)
	{
		Name (_CRS, ResourceTemplate () { IO (Decode16, 0x100, 0x100, 1, 8) })
		Store (ResourceTemplate () { Irq (Edge, ActiveHigh) { 3 } }, _CRS)
	}
	/* The last of several; into an object of an If, and from one. */
	Device (STOD) { Name (_UID, 1) Store (2, _UID) Store (3, _UID) If (COND) { Name (_ADR, 1) }
		Store (2, _ADR) If (COND) { Name (MAYB, 4) } Name (_BBN, 1) Store (MAYB, _BBN) }
	If (COND) { Device (STOE) { Name (_UID, 1) Store (2, _UID) Store (7, SIX) } }
	Device (STOF) { Name (_UID, 0) Store (SIX, _UID) }

	/* As vendors write ids. */
	Device (IDS0) { Name (_HID, "*PNP0C14") Name (_CID, "pnp0c15") }
	Device (IDS1) { Name (_HID, "*pnp0c14") Name (_CID, Package () { "*aBcD0001" }) }
	Device (IDS2) { Name (_HID, "**PNP0C14") Name (_CID, "*") }

	External (\NONE)
	Alias (NONE, ALIA)
	Device (LAST) {}
}
