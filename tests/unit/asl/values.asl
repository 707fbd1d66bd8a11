/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* Identification objects in all their forms; test_aml.c knows what to expect. */
DefinitionBlock ("", "DSDT", 2, "PETREL", "VALUES", 1)
{
	Name (NUID, 42)
	Name (NBUF, ResourceTemplate () { IO (Decode16, 0x100, 0x100, 1, 8) })
	OperationRegion (REGN, SystemMemory, 0, 8)
	Field (REGN, DWordAcc, NoLock, Preserve) { FLDX, 32 }
	Device (IDS0) { Name (_HID, EisaId ("PNP0501")) Name (_CID, "CIDS0001") Name (_UID, 0) }
	Device (IDS1)
	{
		Name (_HID, "LNRO0005")
		Name (_CID, Package () { "ABCD0001", EisaId ("PNP0A08"), "ABCD0002" })
		Name (_UID, "text")
		Name (_ADR, 0x123456789ABCDEF0)
		Name (_CCA, One)
		Name (_BBN, 0xFF)
	}
	Device (IDS2)
	{
		Name (_CID, EisaId ("PNP0A03"))
		Method (_HID) { Return ("METH0001") }
		Method (_UID) { Return (\NUID) }
		Name (_ADR, Ones)
	}
	Device (IDS3)
	{
		Method (_HID) { If (FLDX) { Return ("METH0002") } Return ("METH0003") }
		Method (_CID) { Return (Package () { "PACK0001", EisaId ("PNPFFFF") }) }
		Method (_UID) { Return (FLDX) }
	}
	Device (STA0) { Name (_STA, 0x0F) Device (CHLD) { } }
	Device (STA1) { Name (_STA, Zero) Device (CHLD) { Name (_STA, 0x0F) Device (CHL2) {} } }
	Device (STA2) { Method (_STA) { Return (0x0B) } }
	Device (STA3) { Method (_STA) { Return (Zero) } }
	Device (STA4) { Method (_STA) { Return (FLDX) } Device (CHLD) {} }
	Device (STA5) { Method (_STA) { If (FLDX) { Return (Zero) } Return (0x0F) } }
	Device (STA6) { Name (_STA, 0x0E) }
	Device (STA7) { Name (FSTA, 0x0F) Method (_STA) { Return (FSTA) } }
	Device (STA8) { Name (ASTA, Zero) Alias (ASTA, _STA) }
	Device (STA9) { Method (_STA) { Return (MSTA ()) } Method (MSTA) { Return (0x0F) } }
	Device (CRS0) { Name (_CRS, ResourceTemplate () { IO (Decode16, 0x200, 0x200, 1, 8) }) }
	Device (CRS1) { Method (_CRS) { Return (ResourceTemplate () { IO (Decode16, 0x300, 0x300, 1, 8) }) } }
	Device (CRS2) { Method (_CRS) { Return (NBUF) } }
	Device (CRS3)
	{
		Method (_CRS, 0, Serialized)
		{
			Name (SPAR, 1)
			Name (RBUF, ResourceTemplate () { IO (Decode16, 0x400, 0x400, 1, 8) })
			Return (RBUF)
		}
	}
	Device (CRS4)
	{
		Name (RBUF, ResourceTemplate () { IO (Decode16, 0x500, 0x500, 1, 8, POR0) })
		Method (_CRS)
		{
			CreateWordField (RBUF, ^POR0._MIN, MINI)
			MINI = FLDX
			Return (RBUF)
		}
	}
	Device (CRS5) { Name (RBUF, ResourceTemplate () { IO (Decode16, 0x600, 0x600, 1, 8) })
		Method (_CRS) { Return (^RBUF) } }
	Device (CRS6) { Name (NCRS, 5) Alias (NCRS, _CRS) }
	Device (CRS7) {}
	Device (CRS8) { Name (_CRS, Buffer () { 0x79, 0 }) }
	Device (CRS9) { Name (_CRS, Buffer (NUID) { 0x47, 1, 0, 1, 0, 1, 1, 1, 0x79, 0 }) }
	Method (WARG, 1) { Return (Arg0) }
	Device (ARGS) { Method (_UID) { Return (WARG (1)) } }
	Device (RECU) { Method (_UID) { Return (_UID) } }
}
